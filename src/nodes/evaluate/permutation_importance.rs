//! Permutation importance: how much worse the model gets when one column is shuffled.

use std::sync::Arc;

use pg_base::{Choice, NodeText, Param, ParamValue, Rng, Trouble, Words, say, t};
use pg_contract::{Effect, Example, NodeSpec, Report, RunCx, Stage, Status, Value};
use pg_metrics::findings::{Bar, Body, Chart, Grid};
use pg_metrics::{Findings, Metric};

use super::judge::{
    BATCH_ROWS, Judge, OF_TARGET, Truth, same, short, take, value_of, with_column_from,
};
use super::rows::{self, ROWS};
use super::{MODEL_IN, REPORT_OUT};
use crate::by_step::TABLE_IN;
use crate::examples;

const METRIC: Param<String> = Param::choice(
    "metric",
    t("Metric", "指标"),
    "auto",
    &[
        Choice { id: "auto", label: t("Accuracy or R²", "准确率或 R²") },
        Choice { id: "roc_auc", label: t("Area under ROC curve", "ROC 曲线下面积") },
        Choice { id: "log_loss", label: t("Log loss", "对数损失") },
        Choice { id: "f1_macro", label: t("F1 (macro)", "F1（宏平均）") },
        Choice { id: "mae", label: t("Mean absolute error", "平均绝对误差") },
        Choice { id: "rmse", label: t("Root mean squared error", "均方根误差") },
    ],
)
.help(t(
    "What is measured before and after shuffling. One that does not fit the target is replaced by accuracy or R².",
    "打乱前后衡量的指标。若与目标不符，则改用准确率或 R²。",
));
const REPEATS: Param<i64> = Param::int("repeats", t("Repeats", "重复次数"), 10, 1, 100)
    .help(t("Each column is shuffled so many times.", "每列打乱的次数。"));
/// Rows to judge on at most.
pub(super) const MAX_ROWS: Param<i64> =
    Param::int("max_rows", t("Rows at most", "最多行数"), 2000, 10, 1_000_000).help(t(
        "More rows are sampled by the seed of the project, so that it ends in good time.",
        "行数更多时按项目的随机种子抽样，以控制耗时。",
    ));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "permutation_importance",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Evaluate,
    text: NodeText {
        title: t("Permutation importance", "置换重要性"),
        summary: t("Which columns the model leans on.", "模型主要依赖哪些列。"),
        help: t(
            "Shuffles one raw column at a time and measures how much worse the predictions get. A column that can be \
             shuffled without harm is not needed. Two columns that say the same share their importance: both may look \
             small. It says what the model uses, not what causes the target.",
            "每次打乱一个原始列，衡量预测变差多少。打乱后毫无影响的列可以不要。内容相同的两列会分摊重要性，可能都显得很小。\
             它说明模型用了什么，而不是什么导致了目标。",
        ),
        keywords: &[
            "feature importance",
            "permutation_importance",
            "permutation feature importance",
            "variable importance",
            "特征重要性",
            "置换重要性",
            "变量重要性",
        ],
    },
    status: Status::Stable,
    inputs: &[MODEL_IN, TABLE_IN],
    outputs: &[REPORT_OUT],
    params: &[ROWS.spec, METRIC.spec, REPEATS.spec, MAX_ROWS.spec, OF_TARGET.spec],
    effect: Effect::Computes,
    is_individual: false,
    infer: rows::infer_one,
    run,
    example: Example {
        params: || examples::params([("repeats", ParamValue::Int(3))]),
        inputs: examples::model_and_table,
    },
};

/// How much one column matters.
struct Importance {
    name: String,
    mean: f64,
    /// Over the repeats.
    deviation: f64,
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let rows = rows::chosen(cx.table(TABLE_IN.id)?, &cx.param(&ROWS))?;
    let max_rows = cx.param(&MAX_ROWS).unsigned_abs() as usize;
    let mut judge = Judge::new(cx, cx.model(MODEL_IN.id)?, rows, max_rows)?;
    let metric = metric_of(&judge, &cx.param(&METRIC))?;
    let threshold = judge.model().decision_threshold();
    let base = value_of(metric, &judge.truth, &judge.answers, threshold).ok_or_else(|| {
        let id = metric.id;
        Trouble::new(
            "metric-undefined",
            say!("{id} has no value on these rows", "{id} 在这些数据上没有定义"),
        )
        .advice(say!("Choose another metric, or more rows.", "请选择其他指标，或使用更多数据。"))
        .param(METRIC.spec.id)
    })?;
    let columns = judge.columns(&[])?;
    let n_repeats = cx.param(&REPEATS).unsigned_abs() as usize;
    let mut importances = Vec::with_capacity(columns.len());
    for (number, name) in columns.iter().enumerate() {
        cx.check_cancelled()?;
        cx.progress(
            number as f64 / columns.len() as f64,
            say!("shuffling {name}", "正在打乱 {name}"),
        );
        let drops = drops(&mut judge, name, n_repeats, cx.seed, metric, base)?;
        let n = drops.len().max(1) as f64;
        let mean = drops.iter().sum::<f64>() / n;
        let variance = drops.iter().map(|drop| (drop - mean).powi(2)).sum::<f64>() / n;
        importances.push(Importance { name: name.clone(), mean, deviation: variance.sqrt() });
    }
    importances.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    let findings = findings(&judge, metric, base, &importances, n_repeats);
    Ok(vec![Value::Report(Arc::new(Report::Findings(Box::new(findings))))])
}

fn metric_of(judge: &Judge, id: &str) -> Result<&'static Metric, Trouble> {
    let (task, default) = match judge.truth {
        Truth::Classes(_) => (pg_metrics::Task::Classification, "accuracy"),
        Truth::Numbers(_) => (pg_metrics::Task::Regression, "r2"),
    };
    pg_metrics::metric(id)
        .filter(|metric| metric.task() == task)
        .or_else(|| pg_metrics::metric(default))
        .ok_or_else(|| Trouble::internal("a metric without a record"))
}

/// How much worse the metric gets in each repeat; copies of the rows are scored together.
fn drops(
    judge: &mut Judge,
    name: &str,
    n_repeats: usize,
    seed: u64,
    metric: &Metric,
    base: f64,
) -> Result<Vec<f64>, Trouble> {
    let n_rows = judge.n_rows();
    let threshold = judge.model().decision_threshold();
    let mut rng = Rng::new(seed, &format!("shuffle {name}"));
    let per_batch = (BATCH_ROWS / n_rows.max(1)).clamp(1, n_repeats);
    let mut drops = Vec::with_capacity(n_repeats);
    while drops.len() < n_repeats {
        let n_copies = per_batch.min(n_repeats - drops.len());
        let own: Vec<usize> = (0..n_copies).flat_map(|_| 0..n_rows).collect();
        let mut shuffled = Vec::with_capacity(own.len());
        for _ in 0..n_copies {
            let mut order: Vec<usize> = (0..n_rows).collect();
            rng.shuffle(&mut order);
            shuffled.extend(order);
        }
        let mut copies = take(&judge.rows, &own)?;
        with_column_from(&mut copies, name, &judge.rows, &shuffled)?;
        let answers = judge.ask(copies)?;
        for copy in 0..n_copies {
            let part: Vec<usize> = (copy * n_rows..(copy + 1) * n_rows).collect();
            let value = value_of(metric, &judge.truth, &answers.take(&part), threshold);
            let value = value.unwrap_or(base);
            drops.push(if metric.higher_is_better { base - value } else { value - base });
        }
    }
    Ok(drops)
}

fn findings(
    judge: &Judge,
    metric: &Metric,
    base: f64,
    importances: &[Importance],
    n_repeats: usize,
) -> Findings {
    let mut findings = Findings::default();
    findings.measure(metric.id, base);
    findings.measure("n_rows", judge.n_rows() as f64);
    let (en, zh) = (metric.title, metric.title_zh);
    let counts = |one: &&Importance| one.mean - 2.0 * one.deviation > 0.0;
    let strong: Vec<&Importance> = importances.iter().filter(counts).collect();
    let (title, note) = match (strong.as_slice(), importances.first()) {
        ([first, ..], _) => {
            let (name, value) = (&first.name, short(first.mean));
            let (n, all) = (strong.len(), importances.len());
            (
                say!("The model leans most on {name}", "模型最依赖 {name}"),
                say!(
                    "Shuffling it makes the metric ({en}) worse by {value}. {n} of {all} columns matter beyond chance.",
                    "打乱它会使{zh}变差 {value}。{all} 列中有 {n} 列的影响超出偶然。"
                ),
            )
        }
        ([], Some(_)) => (
            say!("No column matters beyond chance", "没有任何一列的影响超出偶然"),
            say!(
                "Either the model ignores its columns, or several of them say the same, or there are too few rows to tell.",
                "可能是模型没有利用这些列，或几列内容相同，或行数太少而无法判断。"
            ),
        ),
        ([], None) => {
            (say!("The model looks at no column", "模型没有用到任何列"), Words::default())
        }
    };
    findings.push(title, note, Body::Words);
    let bars = importances.iter().take(30).map(|one| Bar {
        name: same(&one.name),
        value: one.mean,
        interval: Some([one.mean - one.deviation, one.mean + one.deviation]),
    });
    let sampled = judge.sample_note();
    let (of_en, of_zh) = (sampled.en, sampled.zh);
    findings.push(
        t("Importance of the columns", "各列的重要性"),
        say!(
            "How much worse the metric gets when the column is shuffled; the whiskers are the standard deviation over {n_repeats} repeats. {of_en}",
            "打乱该列后指标变差的幅度；误差线为 {n_repeats} 次重复的标准差。{of_zh}"
        ),
        Body::Chart(Chart::Bars {
            x: say!("Loss of {en}", "{zh}的损失"),
            bars: bars.collect(),
        }),
    );
    let grid = Grid::default()
        .texts(t("Column", "列"), importances.iter().map(|one| same(&one.name)))
        .numbers(t("Importance", "重要性"), importances.iter().map(|one| one.mean))
        .numbers(t("Deviation", "标准差"), importances.iter().map(|one| one.deviation))
        .texts(
            t("Verdict", "结论"),
            importances.iter().map(|one| match one {
                one if counts(&one) => t("matters", "有影响"),
                one if one.mean + 2.0 * one.deviation < 0.0 => t("does harm", "有害"),
                _ => t("not beyond chance", "未超出偶然"),
            }),
        );
    findings.push(t("All columns", "全部列"), Words::default(), Body::Grid(grid));
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn only_the_column_that_decides_is_important() {
        // The example model looks at x alone.
        let rows = [("rows", ParamValue::Text("all".to_owned()))];
        let findings = testing::findings(&SPEC, &rows);
        let grid = findings.sections.iter().find_map(|section| match &section.body {
            Body::Grid(grid) => Some(grid.clone()),
            _ => None,
        });
        let columns = grid.expect("a table").columns;
        let pg_metrics::findings::Cells::Numbers(values) = &columns[1].cells else {
            panic!("numbers")
        };
        assert!(values[0] > Some(0.1) && values[1] == Some(0.0), "{values:?}");
        assert!(findings.sections[0].title.en.ends_with("on x"), "{:?}", findings.sections[0]);
    }
}
