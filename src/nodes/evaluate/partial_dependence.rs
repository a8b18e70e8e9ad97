//! Partial dependence: how the answer moves with one column while everything else stays.

use std::sync::Arc;

use pg_base::{NodeText, Param, ParamValue, Trouble, Words, say, t};
use pg_contract::{
    Diagnostic, Effect, Example, Facts, InferCx, Inferred, NodeSpec, Report, RunCx, Stage, Status,
    Value,
};
use pg_data::ColumnKind;
use pg_metrics::Findings;
use pg_metrics::findings::{Bar, Body, Chart, Line};

use super::answer_of::{CLASS, answer_of};
use super::judge::{BATCH_ROWS, Judge, OF_TARGET, same, short, take, with_column_from};
use super::rows::{self, ROWS};
use super::{MODEL_IN, REPORT_OUT};
use crate::by_step::TABLE_IN;
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["number", "category", "text"])
        .help(t("Empty: the first six that the model looks at.", "留空则取模型用到的前六列。"));
const SECOND: Param<String> =
    Param::column("second", t("Together with", "与另一列组合"), &["number", "category", "text"])
        .help(t(
            "A second column: the first one and this one are then varied together.",
            "第二列：与第一列同时变化。",
        ));
const MAX_ROWS: Param<i64> =
    Param::int("max_rows", t("Rows at most", "最多行数"), 300, 10, 100_000).help(t(
        "The answer is averaged over so many rows, sampled by the seed of the project.",
        "对这么多行求平均；超出时按项目的随机种子抽样。",
    ));
/// Values of a column that are tried, alone and in pairs.
const N_VALUES: usize = 24;
const N_VALUES_OF_PAIR: usize = 10;
/// Rows whose own line is drawn.
const N_LINES: usize = 40;
/// Columns where none are chosen.
const N_COLUMNS: usize = 6;

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "partial_dependence",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Evaluate,
    text: NodeText {
        title: t("Partial dependence", "部分依赖"),
        summary: t(
            "How the answer moves with one column, everything else being equal.",
            "其他条件不变时，预测如何随某一列变化。",
        ),
        help: t(
            "Gives the column one value after another in every row and averages the answers. Thin lines are single rows \
             (ICE): where they cross, the effect depends on other columns. Where columns go together in the data, some \
             of the combinations that are tried do not exist.",
            "让每一行的该列依次取不同的值，并对预测求平均。细线为单独的行（ICE）：若相互交叉，说明影响还取决于其他列。\
             若数据中各列相关，所尝试的某些组合在现实中并不存在。",
        ),
        keywords: &[
            "partial dependence",
            "PDP",
            "ICE",
            "PartialDependenceDisplay",
            "effect",
            "部分依赖图",
            "个体条件期望",
        ],
    },
    status: Status::Stable,
    inputs: &[MODEL_IN, TABLE_IN],
    outputs: &[REPORT_OUT],
    params: &[COLUMNS.spec, SECOND.spec, CLASS.spec, ROWS.spec, MAX_ROWS.spec, OF_TARGET.spec],
    effect: Effect::Computes,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || examples::params([("second", ParamValue::Text("y".to_owned()))]),
        inputs: examples::model_and_table,
    },
};

/// Values of one column, each with the row that it is taken from.
struct Values {
    name: String,
    /// Positions of rows, by growing value or falling frequency.
    sources: Vec<usize>,
    labels: Vec<String>,
    /// The values where they are numbers.
    numbers: Option<Vec<f64>>,
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = rows::infer_one(cx);
    let Facts::Table { sample, .. } = cx.input(TABLE_IN.id) else { return inferred };
    let schema = sample.origin_schema();
    let wanted = cx.param(&COLUMNS).into_iter().map(|name| (name, COLUMNS.spec.id));
    let second = Some(cx.param(&SECOND)).filter(|name| !name.is_empty());
    for (name, param) in wanted.chain(second.map(|name| (name, SECOND.spec.id))) {
        if let Err(trouble) = schema.require(&name) {
            inferred.diagnostics.push(Diagnostic::error(trouble.param(param)));
        }
    }
    inferred
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let rows = rows::chosen(cx.table(TABLE_IN.id)?, &cx.param(&ROWS))?;
    let max_rows = cx.param(&MAX_ROWS).unsigned_abs() as usize;
    let mut judge = Judge::new(cx, cx.model(MODEL_IN.id)?, rows, max_rows)?;
    let (class, answer) = answer_of(&judge, &cx.param(&CLASS))?;
    let wanted = cx.param(&COLUMNS);
    let mut columns = judge.columns(&wanted)?;
    if wanted.is_empty() {
        columns.truncate(N_COLUMNS);
    }
    let second = cx.param(&SECOND);
    let second = if second.is_empty() { None } else { judge.columns(&[second])?.pop() };
    let mut effects = Vec::new();
    let n_columns = columns.len();
    for (number, name) in columns.iter().enumerate() {
        cx.check_cancelled()?;
        cx.progress(number as f64 / n_columns as f64, say!("varying {name}", "正在变化 {name}"));
        if let Some(values) = values_of(&judge, name, N_VALUES)? {
            let lines = ask(cx, &mut judge, &[&values], class)?;
            effects.push((values, lines));
        }
    }
    if effects.is_empty() {
        return Err(Trouble::new(
            "columns-none",
            say!("no column has values that can be tried", "没有可尝试取值的列"),
        )
        .expected(say!("columns of numbers or categories", "数值列或类别列"))
        .param(COLUMNS.spec.id));
    }
    let mut findings = single(&judge, &answer, &effects);
    let first = columns.iter().find(|name| Some(*name) != second.as_ref());
    if let (Some(first), Some(second)) = (first, &second)
        && let Some(first) = values_of(&judge, first, N_VALUES_OF_PAIR)?
        && let Some(second) = values_of(&judge, second, N_VALUES_OF_PAIR)?
    {
        let all = ask(cx, &mut judge, &[&first, &second], class)?;
        let means: Vec<f64> = all.iter().map(|line| mean(line)).collect();
        let width = second.sources.len().max(1);
        let (a, b) = (&first.name, &second.name);
        findings.push(
            say!("{a} and {b} together", "{a} 与 {b} 的共同影响"),
            answer.clone(),
            Body::Chart(Chart::HeatMap {
                x: same(b),
                y: same(a),
                columns: second.labels.clone(),
                rows: first.labels.clone(),
                cells: means
                    .chunks(width)
                    .map(|row| {
                        row.iter().map(|value| value.is_finite().then_some(*value)).collect()
                    })
                    .collect(),
            }),
        );
    }
    Ok(vec![Value::Report(Arc::new(Report::Findings(Box::new(findings))))])
}

fn mean(values: &[f64]) -> f64 {
    let known: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    known.iter().sum::<f64>() / known.len() as f64
}

/// None for columns whose values cannot be tried one by one.
fn values_of(judge: &Judge, name: &str, n_wanted: usize) -> Result<Option<Values>, Trouble> {
    match judge.rows.schema.require(name)?.kind {
        ColumnKind::Number => {
            let numbers = judge.rows.numbers(name)?;
            let mut known: Vec<(f64, usize)> = numbers
                .iter()
                .enumerate()
                .filter_map(|(row, value)| Some((value.filter(|value| value.is_finite())?, row)))
                .collect();
            known.sort_by(|a, b| a.0.total_cmp(&b.0));
            known.dedup_by(|a, b| a.0 == b.0);
            // Extreme values are tried as well: the ends of the data are where a model is most often wrong.
            let n = known.len().min(n_wanted);
            let at = |step: usize| known.get(step * (known.len() - 1) / (n - 1).max(1)).copied();
            let (values, sources): (Vec<f64>, Vec<usize>) = (0..n).filter_map(at).unzip();
            Ok((n > 1).then(|| Values {
                name: name.to_owned(),
                labels: values.iter().map(|value| short(*value)).collect(),
                numbers: Some(values),
                sources,
            }))
        }
        ColumnKind::Category | ColumnKind::Text => {
            let mut seen: std::collections::BTreeMap<String, (usize, usize)> =
                std::collections::BTreeMap::new();
            for (row, label) in judge.rows.labels(name)?.into_iter().enumerate() {
                if let Some(label) = label {
                    seen.entry(label).or_insert((0, row)).0 += 1;
                }
            }
            let mut frequent: Vec<(String, (usize, usize))> = seen.into_iter().collect();
            frequent.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
            frequent.truncate(n_wanted);
            let (labels, sources): (Vec<String>, Vec<usize>) =
                frequent.into_iter().map(|(label, (_, row))| (label, row)).unzip();
            Ok((labels.len() > 1).then(|| Values {
                name: name.to_owned(),
                sources,
                labels,
                numbers: None,
            }))
        }
        _ => Ok(None),
    }
}

/// The answers of every row, per value or pair of values; copies of the rows are scored together.
fn ask(
    cx: &RunCx<'_>,
    judge: &mut Judge,
    columns: &[&Values],
    class: usize,
) -> Result<Vec<Vec<f64>>, Trouble> {
    let mut combinations: Vec<Vec<usize>> = vec![Vec::new()];
    for values in columns {
        combinations = combinations
            .into_iter()
            .flat_map(|before| {
                values.sources.iter().map(move |source| {
                    let mut all = before.clone();
                    all.push(*source);
                    all
                })
            })
            .collect();
    }
    let n_rows = judge.n_rows();
    let mut lines = Vec::with_capacity(combinations.len());
    for part in combinations.chunks((BATCH_ROWS / n_rows.max(1)).max(1)) {
        cx.check_cancelled()?;
        let own: Vec<usize> = part.iter().flat_map(|_| 0..n_rows).collect();
        let mut copies = take(&judge.rows, &own)?;
        for (at, values) in columns.iter().enumerate() {
            let sources: Vec<usize> = part
                .iter()
                .flat_map(|combination| {
                    std::iter::repeat_n(combination.get(at).copied().unwrap_or_default(), n_rows)
                })
                .collect();
            with_column_from(&mut copies, &values.name, &judge.rows, &sources)?;
        }
        let answers = judge.ask(copies)?.of_class(class);
        lines.extend(answers.chunks(n_rows.max(1)).map(<[f64]>::to_vec));
    }
    Ok(lines)
}

fn single(judge: &Judge, answer: &Words, effects: &[(Values, Vec<Vec<f64>>)]) -> Findings {
    let mut findings = Findings::default();
    findings.measure("n_rows", judge.n_rows() as f64);
    let spread = |lines: &[Vec<f64>]| {
        let means: Vec<f64> = lines.iter().map(|line| mean(line)).collect();
        let low = means.iter().copied().fold(f64::INFINITY, f64::min);
        let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (low, high)
    };
    let mut order: Vec<&(Values, Vec<Vec<f64>>)> = effects.iter().collect();
    let range = |lines: &[Vec<f64>]| {
        let (low, high) = spread(lines);
        high - low
    };
    order.sort_by(|a, b| range(&b.1).total_cmp(&range(&a.1)));
    if let Some((values, lines)) = order.first() {
        let (low, high) = spread(lines);
        let (low, high, name) = (short(low), short(high), &values.name);
        let (en, zh) = (answer.en.clone(), answer.zh.clone());
        let from = judge.sample_note();
        let (from_en, from_zh) = (from.en, from.zh);
        findings.push(
            say!("{name} moves the answer most", "{name} 对预测影响最大"),
            say!(
                "{en}: between {low} and {high} on average, as {name} varies. {from_en}",
                "{zh}：随 {name} 变化，平均在 {low} 到 {high} 之间。{from_zh}"
            ),
            Body::Words,
        );
    }
    for (values, lines) in order {
        let name = &values.name;
        let (low, high) = spread(lines);
        let (low, high) = (short(low), short(high));
        let chart = match &values.numbers {
            Some(numbers) => {
                let line = |name: Words, value: &dyn Fn(&[f64]) -> f64| Line {
                    name,
                    points: numbers
                        .iter()
                        .zip(lines)
                        .map(|(x, line)| [*x, value(line)])
                        .filter(|[_, y]| y.is_finite())
                        .collect(),
                    band: Vec::new(),
                };
                let stride = judge.n_rows().div_ceil(N_LINES).max(1);
                let mut all: Vec<Line> = (0..judge.n_rows())
                    .step_by(stride)
                    .map(|row| {
                        line(Words::default(), &|line: &[f64]| {
                            line.get(row).copied().unwrap_or(f64::NAN)
                        })
                    })
                    .collect();
                all.push(line(t("Mean of all rows", "全部行的均值").into(), &mean));
                Chart::Lines { x: same(name), y: answer.clone(), is_x_log: false, lines: all }
            }
            None => Chart::Bars {
                x: answer.clone(),
                bars: values
                    .labels
                    .iter()
                    .zip(lines)
                    .map(|(label, line)| Bar {
                        name: same(label),
                        value: mean(line),
                        interval: None,
                    })
                    .filter(|bar| bar.value.is_finite())
                    .collect(),
            },
        };
        findings.push(
            same(name),
            say!("On average between {low} and {high}.", "平均在 {low} 到 {high} 之间。"),
            Body::Chart(chart),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn the_answer_rises_with_the_column_that_decides_and_not_with_the_other() {
        let findings = testing::findings(&SPEC, &[]);
        assert_eq!(findings.sections[0].title.en, "x moves the answer most");
        let mean_of = |section: usize| match &findings.sections[section].body {
            Body::Chart(Chart::Lines { lines, .. }) => {
                lines.last().expect("the mean").points.clone()
            }
            _ => panic!("lines"),
        };
        let x = mean_of(1);
        assert!(x.windows(2).all(|pair| pair[0][1] < pair[1][1]), "{x:?}");
        let y = mean_of(2);
        assert!(y.windows(2).all(|pair| (pair[0][1] - pair[1][1]).abs() < 1e-6), "{y:?}");
        let pair = findings.sections.last().expect("a heat map");
        assert!(matches!(pair.body, Body::Chart(Chart::HeatMap { .. })));
    }
}
