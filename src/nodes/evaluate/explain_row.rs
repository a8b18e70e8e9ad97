//! Explain rows: what each column adds to the answer for single rows (Shapley values).

use std::collections::BTreeMap;
use std::sync::Arc;

use pg_base::{NodeText, Param, ParamValue, Rng, Trouble, Words, say, t};
use pg_contract::{Effect, Example, NodeSpec, Report, RunCx, Stage, Status, Value};
use pg_data::{ColumnKind, Part, Rows, Table};
use pg_metrics::Findings;
use pg_metrics::analysis::{Explained, MAX_EXACT, shapley};
use pg_metrics::findings::{Bar, Body, Chart, Grid};

use super::answer_of::{CLASS_OR_ANSWER, answer_of, with_value};
use super::judge::{
    Answers, BATCH_ROWS, Judge, OF_TARGET, Truth, same, sample, short, take, with_column_from,
};
use super::rows::{self, ROWS};
use super::{MODEL_IN, REPORT_OUT};
use crate::by_step::TABLE_IN;
use crate::examples;

const ROW_NUMBERS: Param<Vec<i64>> =
    Param::ints("row_numbers", t("Row numbers", "行号"), &[], 1, 4_294_967_295).help(t(
        "Numbers of the rows in the source, as reports give them. Empty: the three rows that the model gets most wrong.",
        "数据源中的行号，与报告中的行号一致。留空则取模型错得最多的三行。",
    ));
const N_BACKGROUND: Param<i64> =
    Param::int("n_background", t("Background rows", "背景行数"), 50, 2, 1000).help(t(
        "Where a column counts as unknown, it takes the values of so many training rows.",
        "当某列视为未知时，用这么多训练行的值代替。",
    ));
const N_ORDERS: Param<i64> = Param::int("n_orders", t("Orders", "排列次数"), 20, 1, 1000).help(t(
    "With more than nine columns the values come from so many random orders of the columns and their reverses; more make them steadier.",
    "超过九列时，由这么多次随机列顺序及其逆序估计；次数越多越稳定。",
));
/// Rows that are explained at most, and columns of a row that are drawn.
const MAX_ROWS: usize = 50;
const MAX_BARS: usize = 14;
/// Rows that are explained where none are named.
const N_WORST: usize = 3;
/// Rows among which the worst are looked for.
const MAX_JUDGED: usize = 20_000;

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "explain_row",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Evaluate,
    text: NodeText {
        title: t("Explain rows", "解释单行预测"),
        summary: t(
            "Shows what each column adds to the answer for a row.",
            "展示每一列对某行预测的贡献。",
        ),
        help: t(
            "Starts from the mean answer over some training rows and shares the way to the answer for the row among its \
             columns (Shapley values, SHAP): what they add sums up to the difference exactly. It says what the model \
             does with the row, not what would change the truth.",
            "从若干训练行的平均预测出发，把到该行预测之间的差距分配给各列（Shapley 值，SHAP）：各列贡献之和恰好等于该差距。\
             它说明模型如何看待该行，而不是怎样才能改变真实结果。",
        ),
        keywords: &[
            "SHAP",
            "Shapley",
            "explain",
            "LIME",
            "local explanation",
            "feature contribution",
            "Explain Prediction",
            "解释",
            "特征贡献",
        ],
    },
    status: Status::Stable,
    inputs: &[MODEL_IN, TABLE_IN],
    outputs: &[REPORT_OUT],
    params: &[
        ROW_NUMBERS.spec,
        CLASS_OR_ANSWER.spec,
        ROWS.spec,
        N_BACKGROUND.spec,
        N_ORDERS.spec,
        OF_TARGET.spec,
    ],
    effect: Effect::Computes,
    is_individual: false,
    infer: rows::infer_one,
    run,
    example: Example {
        params: || examples::params([("n_background", ParamValue::Int(10))]),
        inputs: examples::model_and_table,
    },
};

/// One row with its explanation.
struct One {
    number: u32,
    explained: Explained,
    /// What the number is that is explained.
    answer: Words,
    truth: String,
    /// As they stand in the row, one per column.
    values: Vec<String>,
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?.clone();
    let rows = rows::chosen(&table, &cx.param(&ROWS))?;
    let mut judge = Judge::new(cx, cx.model(MODEL_IN.id)?, rows, MAX_JUDGED)?;
    let columns = judge.columns(&[])?;
    let origin = table.whole_origin()?;
    let position_of: BTreeMap<u32, usize> = origin.row_numbers().into_iter().zip(0..).collect();
    let background = background(cx, &table, &mut judge, &position_of, cx.param(&N_BACKGROUND))?;
    let wanted = cx.param(&ROW_NUMBERS);
    let numbers: Vec<u32> = if wanted.is_empty() {
        worst(&judge)
    } else {
        wanted.iter().take(MAX_ROWS).filter_map(|number| u32::try_from(*number).ok()).collect()
    };
    let class = cx.param(&CLASS_OR_ANSWER);
    let n_orders = cx.param(&N_ORDERS).unsigned_abs() as usize;
    let labels: Vec<Option<Vec<Option<String>>>> =
        columns.iter().map(|name| labels_of(origin, name)).collect::<Result<_, _>>()?;
    // A label of a column of labels is no column of the source.
    let truths = match origin.schema.get(judge.target()) {
        Some(target) => labels_of(origin, &target.name)?,
        None => None,
    };
    let mut all = Vec::with_capacity(numbers.len());
    for (index, number) in numbers.iter().enumerate() {
        cx.progress(
            index as f64 / numbers.len() as f64,
            say!("explaining row {number}", "正在解释第 {number} 行"),
        );
        let Some(position) = position_of.get(number).copied() else {
            let n = origin.n_rows();
            return Err(Trouble::new(
                "row-unknown",
                say!("there is no row {number}", "没有第 {number} 行"),
            )
            .expected(say!("a number from 1 to {n}", "1 到 {n} 之间的行号"))
            .param(ROW_NUMBERS.spec.id));
        };
        let own = judge.ask(take(origin, &[position])?)?;
        if !own.has(0) {
            return Err(Trouble::new(
                "row-unusable",
                say!("the model cannot predict row {number}", "模型无法预测第 {number} 行"),
            )
            .advice(say!("Fill its gaps before training.", "请在训练前填补其缺失值。"))
            .row(u64::from(*number))
            .param(ROW_NUMBERS.spec.id));
        }
        let named = match (&own, class.is_empty()) {
            (Answers::Classes { .. }, true) => {
                let decided = own.decided(judge.model().decision_threshold());
                let answered = decided.first().copied().unwrap_or_default();
                judge.class_names().get(answered).cloned().unwrap_or_default()
            }
            _ => class.clone(),
        };
        let (class, answer) = answer_of(&judge, &named)?;
        let mut rng = Rng::new(cx.seed, &format!("explain row {number}"));
        let explained = shapley(columns.len(), n_orders, &mut rng, |coalitions| {
            mixed(cx, &mut judge, origin, &columns, &background, position, coalitions, class)
        })?;
        let cell = |labels: &Option<Vec<Option<String>>>| {
            let label = labels.as_ref()?.get(position)?.clone();
            Some(label.unwrap_or_else(|| "–".to_owned()))
        };
        all.push(One {
            number: *number,
            explained,
            answer,
            truth: cell(&truths).unwrap_or_default(),
            values: labels
                .iter()
                .map(|labels| cell(labels).unwrap_or_else(|| "…".to_owned()))
                .collect(),
        });
    }
    let findings = findings(&columns, &all, background.len(), wanted.len());
    Ok(vec![Value::Report(Arc::new(Report::Findings(Box::new(findings))))])
}

/// Positions of training rows that the model can predict.
fn background(
    cx: &RunCx<'_>,
    table: &Table,
    judge: &mut Judge,
    position_of: &BTreeMap<u32, usize>,
    n_wanted: i64,
) -> Result<Vec<usize>, Trouble> {
    let training = table.origin_part(Part::Training)?;
    let numbers = training.row_numbers();
    let positions = numbers.iter().filter_map(|number| position_of.get(number).copied()).collect();
    let drawn = sample(positions, n_wanted.unsigned_abs() as usize, cx.seed);
    let answers = judge.ask(take(table.whole_origin()?, &drawn)?)?;
    let known: Vec<usize> = drawn
        .iter()
        .enumerate()
        .filter(|(row, _)| answers.has(*row))
        .map(|(_, position)| *position)
        .collect();
    if known.is_empty() {
        return Err(Trouble::new(
            "background-none",
            say!("the model can predict no training row", "模型无法预测任何训练行"),
        )
        .advice(say!(
            "Wire the table that the model was trained on.",
            "请连接训练该模型所用的表格。"
        ))
        .port(TABLE_IN.id));
    }
    Ok(known)
}

/// Source numbers of the rows whose truth the model finds least likely, or whose number it misses by most.
fn worst(judge: &Judge) -> Vec<u32> {
    let loss: Vec<f64> = match (&judge.truth, &judge.answers) {
        (Truth::Classes(truth), Answers::Classes { probabilities, n_classes }) => truth
            .iter()
            .zip(probabilities.chunks_exact((*n_classes).max(1)))
            .map(|(class, row)| 1.0 - f64::from(row.get(*class).copied().unwrap_or_default()))
            .collect(),
        (Truth::Numbers(truth), Answers::Numbers(numbers)) => {
            truth.iter().zip(numbers).map(|(truth, number)| (truth - number).abs()).collect()
        }
        _ => Vec::new(),
    };
    let mut order: Vec<(f64, u32)> = loss.into_iter().zip(judge.rows.row_numbers()).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    order.into_iter().take(N_WORST).map(|(_, number)| number).collect()
}

/// None for columns that cannot be written in a word, such as pictures.
fn labels_of(rows: &Rows, name: &str) -> Result<Option<Vec<Option<String>>>, Trouble> {
    match &rows.schema.require(name)?.kind {
        ColumnKind::Number => {
            let numbers = rows.numbers(name)?;
            Ok(Some(numbers.iter().map(|value| value.map(short)).collect()))
        }
        ColumnKind::Category | ColumnKind::Text => Ok(Some(rows.labels(name)?)),
        _ => Ok(None),
    }
}

/// The mean answer per coalition, where unknown columns take the values of the background rows.
#[expect(clippy::too_many_arguments, reason = "a coalition is asked with all of them")]
fn mixed(
    cx: &RunCx<'_>,
    judge: &mut Judge,
    origin: &Rows,
    columns: &[String],
    background: &[usize],
    position: usize,
    coalitions: &[Vec<bool>],
    class: usize,
) -> Result<Vec<f64>, Trouble> {
    let mut means = Vec::with_capacity(coalitions.len());
    for part in coalitions.chunks((BATCH_ROWS / background.len()).max(1)) {
        cx.check_cancelled()?;
        let own: Vec<usize> = part.iter().flat_map(|_| background.iter().copied()).collect();
        let mut copies = take(origin, &own)?;
        for (column, name) in columns.iter().enumerate() {
            let sources: Vec<usize> = part
                .iter()
                .flat_map(|known| {
                    let is_known = known.get(column) == Some(&true);
                    background.iter().map(move |other| if is_known { position } else { *other })
                })
                .collect();
            with_column_from(&mut copies, name, origin, &sources)?;
        }
        let answers = judge.ask(copies)?.of_class(class);
        means.extend(answers.chunks(background.len()).map(|own| {
            let known: Vec<f64> = own.iter().copied().filter(|value| value.is_finite()).collect();
            known.iter().sum::<f64>() / known.len().max(1) as f64
        }));
    }
    Ok(means)
}

/// What there is to say of the rows, of which more may have been wanted.
fn findings(columns: &[String], all: &[One], n_background: usize, n_wanted: usize) -> Findings {
    let mut findings = Findings::default();
    if let [one] = all {
        findings.measure("prediction", one.explained.answer);
        findings.measure("mean_prediction", one.explained.base);
    }
    let n = all.len();
    let strongest = all.first().and_then(|one| {
        let values = columns.iter().zip(&one.values).zip(&one.explained.values);
        values
            .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
            .map(|((name, value), added)| (one, name, value, *added))
    });
    let Some((one, name, value, added)) = strongest else {
        findings.push(
            t("There is nothing to explain", "没有可解释的内容"),
            t(
                "The model looks at no column, or no row was found.",
                "模型没有用到任何列，或没有找到行。",
            ),
            Body::Words,
        );
        return findings;
    };
    let (number, added) = (one.number, signed(added));
    let exactness = if columns.len() <= MAX_EXACT {
        t("every combination of columns was asked", "已尝试所有列组合")
    } else {
        t("estimated from random orders of the columns", "由随机列顺序估计")
    };
    let (how_en, how_zh) = (exactness.en, exactness.zh);
    let left_out = if n_wanted > n {
        say!(
            " Only the first {n} of the {n_wanted} rows that were asked for are explained.",
            "共要求解释 {n_wanted} 行，仅解释了前 {n} 行。"
        )
    } else {
        Words::default()
    };
    let (left_out_en, left_out_zh) = (left_out.en, left_out.zh);
    findings.push(
        say!("{n} rows explained", "已解释 {n} 行"),
        say!(
            "In row {number} {name} = {value} counts most: it adds {added}. Against {n_background} training rows; {how_en}.{left_out_en}",
            "第 {number} 行中 {name} = {value} 影响最大：贡献 {added}。以 {n_background} 行训练数据为背景；{how_zh}。{left_out_zh}"
        ),
        Body::Words,
    );
    for one in all {
        findings.sections.push(section(columns, one));
    }
    if n > 1 {
        let mean_size = |column: usize| {
            let sizes = all.iter().filter_map(|one| one.explained.values.get(column));
            sizes.map(|value| value.abs()).sum::<f64>() / n as f64
        };
        let mut order: Vec<(&String, f64)> =
            columns.iter().enumerate().map(|(at, name)| (name, mean_size(at))).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        let grid = Grid::default()
            .texts(t("Column", "列"), order.iter().map(|(name, _)| same(*name)))
            .numbers(
                t("Mean size of what it adds", "贡献的平均大小"),
                order.iter().map(|(_, size)| *size),
            );
        findings.push(t("Over these rows", "综合这些行"), Words::default(), Body::Grid(grid));
    }
    findings
}

fn section(columns: &[String], one: &One) -> pg_metrics::findings::Section {
    let explained = &one.explained;
    let mut order: Vec<usize> = (0..columns.len()).collect();
    let value = |column: &usize| explained.values.get(*column).copied().unwrap_or_default();
    order.sort_by(|a, b| value(b).abs().total_cmp(&value(a).abs()));
    let rest = order.split_off(order.len().min(MAX_BARS));
    let mut bars: Vec<Bar> = order
        .iter()
        .map(|column| {
            let name = columns.get(*column).map_or("", String::as_str);
            let own = one.values.get(*column).map_or("", String::as_str);
            let error = 2.0 * explained.errors.get(*column).copied().unwrap_or_default();
            Bar {
                name: with_value(name, own),
                value: value(column),
                interval: (error > 0.0).then(|| [value(column) - error, value(column) + error]),
            }
        })
        .collect();
    if !rest.is_empty() {
        let n = rest.len();
        let sum = rest.iter().map(value).sum();
        bars.push(Bar {
            name: say!("{n} other columns", "其余 {n} 列"),
            value: sum,
            interval: None,
        });
    }
    let (number, truth) = (one.number, &one.truth);
    let (en, zh) = (&one.answer.en, &one.answer.zh);
    let (answer, base) = (short(explained.answer), short(explained.base));
    pg_metrics::findings::Section {
        title: say!("Row {number}", "第 {number} 行"),
        note: say!(
            "{en}: {answer}, where the mean answer is {base}. The bars sum up to the difference. The truth is {truth}.",
            "{zh}：{answer}，平均预测为 {base}。各条之和等于两者之差。真实值为 {truth}。"
        ),
        body: Body::Chart(Chart::Bars {
            x: t("What the column adds to the answer", "该列对预测的贡献").into(),
            bars,
        }),
    }
}

fn signed(value: f64) -> String {
    if value < 0.0 { format!("−{}", short(-value)) } else { format!("+{}", short(value)) }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn what_the_columns_add_sums_up_to_the_answer() {
        let rows = [("row_numbers", ParamValue::Ints(vec![3]))];
        let findings = testing::findings(&SPEC, &rows);
        let Body::Chart(Chart::Bars { bars, .. }) = &findings.sections[1].body else {
            panic!("bars")
        };
        let sum: f64 = bars.iter().map(|bar| bar.value).sum();
        let difference = findings.metrics["prediction"] - findings.metrics["mean_prediction"];
        assert!((sum - difference).abs() < 1e-6, "{sum} and {difference}");
        // The model looks at x alone.
        assert!(bars[0].name.en.starts_with("x = ") && bars[1].value.abs() < 1e-6, "{bars:?}");
        let unknown = testing::outputs(&SPEC, &[("row_numbers", ParamValue::Ints(vec![1000]))]);
        assert_eq!(unknown.expect_err("60 rows").code, "row-unknown");
    }
}
