//! Drift: whether new rows are distributed as the rows a model has learnt from.

use std::collections::BTreeMap;
use std::sync::Arc;

use pg_base::{NodeText, Trouble, Words, say, t};
use pg_contract::{
    Effect, Example, Facts, Inferred, NodeSpec, PortSpec, PortType, Report, RunCx, Stage, Status,
    Value,
};
use pg_data::{ColumnKind, Part, Rows};
use pg_metrics::Findings;
use pg_metrics::analysis::{Deviation, chi_squared, kolmogorov_smirnov, psi, psi_of_numbers};
use pg_metrics::findings::{Bar, Body, Chart, Grid};

use super::REPORT_OUT;
use super::judge::{percent, same, short};
use crate::by_step::TABLE_IN;
use crate::examples;

const NEW_IN: PortSpec = PortSpec::new("new", t("New rows", "新数据"), PortType::Table).optional();
/// Stability indices from which on a column has moved a little, and a lot (Siddiqi, Credit Risk Scorecards, 2006).
const SOME: f64 = 0.1;
const MUCH: f64 = 0.25;
/// Chance below which a difference is no accident.
const SIGNIFICANT: f64 = 0.01;
/// Categories that are counted one by one; the rest together.
const MAX_CATEGORIES: usize = 1000;
/// Bars that are drawn.
const MAX_BARS: usize = 25;

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "drift",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Evaluate,
    text: NodeText {
        title: t("Data drift", "数据漂移"),
        summary: t(
            "Compares new rows with the rows before, column by column.",
            "逐列比较新数据与原有数据。",
        ),
        help: t(
            "Wire the rows that the model learnt from to the first input and new rows to the second one; without a \
             second table the test rows are compared with the training rows, which shows whether the split is even. A \
             model is only as good as before where new rows look like those it has seen. The stability index (PSI) says \
             how far a column has moved: below 0.1 nothing, from 0.25 on a lot.",
            "把模型学习用的数据接到第一个输入，新数据接到第二个；没有第二个表格时，比较测试数据与训练数据，可检查划分是否均匀。\
             只有新数据与见过的数据相似时，模型才会同样可靠。稳定性指数（PSI）表示一列变化多大：低于 0.1 可忽略，0.25 以上为显著变化。",
        ),
        keywords: &[
            "data drift",
            "covariate shift",
            "PSI",
            "population stability index",
            "Kolmogorov-Smirnov",
            "chi-squared",
            "adversarial validation",
            "漂移",
            "分布变化",
            "稳定性指数",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN, NEW_IN],
    outputs: &[REPORT_OUT],
    params: &[],
    effect: Effect::Pure,
    is_individual: false,
    infer: |_| Inferred::of(Facts::Report),
    run,
    example: Example {
        params: examples::defaults,
        inputs: || {
            Ok(vec![
                ("table", Value::Table(examples::clouds()?)),
                ("new", Value::Table(examples::clouds()?)),
            ])
        },
    },
};

/// How one column has moved.
struct Moved {
    name: String,
    psi: f64,
    /// Kolmogorov–Smirnov of numbers, chi-squared of categories.
    test: Option<Deviation>,
    missing_before: f64,
    missing_now: f64,
    /// Share of new rows with a value that was not there before, and the first of these values.
    n_new: usize,
    new_share: f64,
    example: Option<String>,
}

/// What to conclude of a column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Steady,
    Some,
    Much,
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?;
    let (before, now, is_split) = match cx.all(NEW_IN.id).first() {
        Some(Value::Table(new)) => (table.rows().clone(), new.rows().clone(), false),
        _ => (table.part(Part::Training)?, table.part(Part::Test)?, true),
    };
    if before.n_rows() == 0 || now.n_rows() == 0 {
        return Err(Trouble::new(
            "rows-none",
            say!("there are no rows to compare", "没有可比较的数据"),
        )
        .advice(say!(
            "Wire a second table, or split the first one.",
            "请连接第二个表格，或先划分第一个表格。"
        ))
        .port(NEW_IN.id));
    }
    let mut moved = Vec::new();
    let mut gone = Vec::new();
    for column in &before.schema.columns {
        cx.check_cancelled()?;
        match now.schema.get(&column.name) {
            None => gone.push(column.name.clone()),
            Some(_) => moved.extend(compare(&before, &now, &column.name)?),
        }
    }
    moved.sort_by(|a, b| b.verdict().cmp(&a.verdict()).then(b.psi.total_cmp(&a.psi)));
    if moved.is_empty() {
        return Err(Trouble::new(
            "columns-none",
            say!("the tables share no column that can be compared", "两个表格没有可比较的共同列"),
        )
        .expected(say!("columns with the same names", "列名相同"))
        .port(NEW_IN.id));
    }
    let findings = findings(&moved, &gone, (before.n_rows(), now.n_rows()), is_split);
    Ok(vec![Value::Report(Arc::new(Report::Findings(Box::new(findings))))])
}

/// None for columns whose values cannot be compared, such as pictures.
fn compare(before: &Rows, now: &Rows, name: &str) -> Result<Option<Moved>, Trouble> {
    let is_number =
        |rows: &Rows| Ok::<_, Trouble>(rows.schema.require(name)?.kind == ColumnKind::Number);
    let is_label = |rows: &Rows| {
        let kind = &rows.schema.require(name)?.kind;
        let is_label = matches!(kind, ColumnKind::Category | ColumnKind::Text | ColumnKind::Number);
        Ok::<_, Trouble>(is_label)
    };
    if is_number(before)? && is_number(now)? {
        return Ok(Some(of_numbers(name, &sorted(before, name)?, &sorted(now, name)?)));
    }
    if is_label(before)? && is_label(now)? {
        return Ok(Some(of_labels(name, &before.labels(name)?, &now.labels(name)?)));
    }
    Ok(None)
}

/// Ascending finite values, and the share of rows without one.
fn sorted(rows: &Rows, name: &str) -> Result<(Vec<f64>, f64), Trouble> {
    let numbers = rows.numbers(name)?;
    let mut values: Vec<f64> = numbers.iter().flatten().filter(|value| value.is_finite()).collect();
    values.sort_unstable_by(f64::total_cmp);
    let missing = 1.0 - values.len() as f64 / rows.n_rows().max(1) as f64;
    Ok((values, missing))
}

fn of_numbers(name: &str, before: &(Vec<f64>, f64), now: &(Vec<f64>, f64)) -> Moved {
    let within = |value: &&f64| before.0.first() <= Some(value) && before.0.last() >= Some(value);
    let outside: Vec<f64> = now.0.iter().filter(|value| !within(value)).copied().collect();
    Moved {
        name: name.to_owned(),
        psi: psi_of_numbers(&before.0, &now.0).unwrap_or(0.0),
        test: kolmogorov_smirnov(&before.0, &now.0),
        missing_before: before.1,
        missing_now: now.1,
        n_new: outside.len(),
        new_share: outside.len() as f64 / now.0.len().max(1) as f64,
        example: outside.last().map(|value| short(*value)),
    }
}

fn of_labels(name: &str, before: &[Option<String>], now: &[Option<String>]) -> Moved {
    let mut counts: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for (side, labels) in [before, now].into_iter().enumerate() {
        for label in labels.iter().flatten() {
            if let Some(count) = counts.entry(label).or_default().get_mut(side) {
                *count += 1;
            }
        }
    }
    let n_new_rows: u64 = counts.values().filter(|count| count[0] == 0).map(|count| count[1]).sum();
    let new: Vec<&str> =
        counts.iter().filter(|(_, count)| count[0] == 0).map(|(label, _)| *label).collect();
    let (n_new, example) = (new.len(), new.first().map(|label| (*label).to_owned()));
    let mut all: Vec<[u64; 2]> = counts.into_values().collect();
    all.sort_by_key(|[before, now]| std::cmp::Reverse(before + now));
    let rest = all.split_off(all.len().min(MAX_CATEGORIES));
    if !rest.is_empty() {
        all.push(rest.iter().fold([0, 0], |[a, b], [before, now]| [a + before, b + now]));
    }
    let (first, second): (Vec<u64>, Vec<u64>) =
        all.into_iter().map(|[before, now]| (before, now)).unzip();
    let missing = |labels: &[Option<String>]| {
        let n_missing = labels.iter().filter(|label| label.is_none()).count();
        n_missing as f64 / labels.len().max(1) as f64
    };
    Moved {
        name: name.to_owned(),
        psi: psi(&first, &second).unwrap_or(0.0),
        test: chi_squared(&first, &second),
        missing_before: missing(before),
        missing_now: missing(now),
        n_new,
        new_share: n_new_rows as f64 / now.len().max(1) as f64,
        example,
    }
}

impl Moved {
    fn is_beyond_chance(&self) -> bool {
        self.test.is_none_or(|test| test.p_value < SIGNIFICANT)
    }

    /// Few rows make a large index by chance: it counts only together with the test.
    fn verdict(&self) -> Verdict {
        let missing = (self.missing_now - self.missing_before).abs();
        match self.psi {
            psi if psi >= MUCH && self.is_beyond_chance() => Verdict::Much,
            _ if missing >= 0.2 => Verdict::Much,
            psi if psi >= SOME && self.is_beyond_chance() => Verdict::Some,
            _ if missing >= 0.05 => Verdict::Some,
            _ => Verdict::Steady,
        }
    }

    fn remark(&self) -> Words {
        match (&self.example, self.n_new) {
            (Some(example), n) if self.new_share > 0.001 => {
                let share = percent(self.new_share);
                say!(
                    "{n} values not seen before ({share} of rows), such as {example}",
                    "{n} 个未见过的值（占 {share}），例如 {example}"
                )
            }
            _ => Words::default(),
        }
    }
}

impl Verdict {
    fn text(self) -> Words {
        match self {
            Self::Steady => t("steady", "稳定").into(),
            Self::Some => t("has moved", "有变化").into(),
            Self::Much => t("has moved a lot", "显著变化").into(),
        }
    }
}

fn findings(
    moved: &[Moved],
    gone: &[String],
    (n_before, n_now): (usize, usize),
    is_split: bool,
) -> Findings {
    let mut findings = Findings::default();
    let n_drifted = moved.iter().filter(|one| one.verdict() > Verdict::Steady).count();
    let worst = moved.iter().map(|one| one.psi).fold(0.0, f64::max);
    findings.measure("n_columns", moved.len() as f64);
    findings.measure("n_drifted", n_drifted as f64);
    findings.measure("worst_psi", worst);
    let n = moved.len();
    let title = match moved.first().filter(|_| n_drifted > 0) {
        Some(first) => {
            let name = &first.name;
            say!(
                "{n_drifted} of {n} columns have moved, most of all {name}",
                "{n} 列中有 {n_drifted} 列发生变化，最明显的是 {name}"
            )
        }
        None => say!("No column has moved", "没有任何列发生变化"),
    };
    let note = match (n_drifted > 0, is_split) {
        (true, false) => say!(
            "{n_now} new rows against {n_before} before. Predictions for such rows rest on less than the report of the model says: judge it again on new rows, or train it anew.",
            "{n_now} 行新数据对比原有 {n_before} 行。对这类数据的预测不如模型报告所示可靠：请用新数据重新评估或重新训练。"
        ),
        (true, true) => say!(
            "{n_now} test rows against {n_before} training rows. The split is uneven: shuffle it, or stratify it.",
            "{n_now} 行测试数据对比 {n_before} 行训练数据。划分不均匀：请打乱或分层划分。"
        ),
        (false, _) => say!(
            "{n_now} rows against {n_before}: the differences are small or no more than chance.",
            "{n_now} 行对比 {n_before} 行：差异很小，或不超出偶然。"
        ),
    };
    findings.push(title, note, Body::Words);
    if !gone.is_empty() {
        let (n, names) = (gone.len(), gone.join(", "));
        findings.push(
            say!("{n} columns are gone", "缺少 {n} 列"),
            say!("The new rows lack {names}.", "新数据缺少 {names}。"),
            Body::Words,
        );
    }
    let bars = moved.iter().take(MAX_BARS).map(|one| Bar {
        name: same(&one.name),
        value: one.psi,
        interval: None,
    });
    findings.push(
        t("Stability index of the columns", "各列的稳定性指数"),
        t(
            "Below 0.1: as before. From 0.25 on: clearly different. With few rows it is large by chance; the test says whether.",
            "低于 0.1：与之前相同；0.25 以上：明显不同。行数少时可能偶然偏大，需结合检验判断。",
        ),
        Body::Chart(Chart::Bars { x: t("Stability index (PSI)", "稳定性指数（PSI）").into(), bars: bars.collect() }),
    );
    let test = |value: fn(&Deviation) -> f64| {
        moved.iter().map(move |one| one.test.as_ref().map_or(f64::NAN, value))
    };
    let grid = Grid::default()
        .texts(t("Column", "列"), moved.iter().map(|one| same(&one.name)))
        .texts(t("Verdict", "结论"), moved.iter().map(|one| one.verdict().text()))
        .numbers(t("PSI", "PSI"), moved.iter().map(|one| one.psi))
        .numbers(t("KS or χ²", "KS 或 χ²"), test(|test| test.statistic))
        .numbers(t("p-value", "p 值"), test(|test| test.p_value))
        .shares(t("Missing before", "原缺失率"), moved.iter().map(|one| one.missing_before))
        .shares(t("Missing now", "现缺失率"), moved.iter().map(|one| one.missing_now))
        .texts(t("Remark", "备注"), moved.iter().map(Moved::remark));
    findings.push(
        t("All columns", "全部列"),
        t(
            "Kolmogorov–Smirnov distance for numbers, chi-squared for categories.",
            "数值列为 Kolmogorov–Smirnov 距离，类别列为卡方值。",
        ),
        Body::Grid(grid),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_moved_is_told_from_one_that_did_not() {
        let numbers = |shift: f64| -> (Vec<f64>, f64) {
            ((0..200).map(|row| f64::from(row) + shift).collect(), 0.0)
        };
        assert!(of_numbers("a", &numbers(0.0), &numbers(120.0)).verdict() == Verdict::Much);
        let steady = of_numbers("a", &numbers(0.0), &numbers(0.0));
        assert!(steady.verdict() == Verdict::Steady && steady.psi == 0.0 && steady.n_new == 0);
        let labels = |texts: &[&str]| -> Vec<Option<String>> {
            (0..90).map(|row| Some(texts[row % texts.len()].to_owned())).collect()
        };
        let moved = of_labels("b", &labels(&["x", "y"]), &labels(&["x", "y", "z"]));
        assert!(moved.verdict() == Verdict::Much && moved.remark().en.contains("such as z"));
        let mut gaps = labels(&["x", "y"]);
        gaps.iter_mut().step_by(3).for_each(|label| *label = None);
        assert!(of_labels("b", &labels(&["x", "y"]), &gaps).verdict() == Verdict::Much);
    }
}
