//! Decision threshold: from which probability on a class is answered, so that mistakes cost least.

use std::sync::Arc;

use pg_base::{NodeText, Param, ParamValue, Trouble, Words, say, t};
use pg_contract::{
    Diagnostic, Effect, Example, Facts, InferCx, Inferred, NodeSpec, PortSpec, PortType, Report,
    RunCx, Stage, Status, Value,
};
use pg_deploy::Model;
use pg_metrics::Findings;
use pg_metrics::analysis::{CostCurve, CostPoint, cost_curve};
use pg_metrics::findings::{Body, Chart, Grid, Line};
use pg_nn::Head;

use super::judge::{Answers, Judge, Truth, percent, same, short};
use super::rows::{self, ROWS_TO_CHOOSE_BY};
use super::{MODEL_IN, REPORT_OUT};
use crate::by_step::TABLE_IN;
use crate::examples;

const MODEL_OUT: PortSpec =
    PortSpec::new("model", t("Model with threshold", "带阈值的模型"), PortType::Model);
const POSITIVE: Param<String> = Param::text("positive", t("Positive class", "正类"), "").help(t(
    "The class to look for, such as “yes” or “1”. Empty: the last of the two.",
    "要找出的类别，例如“是”或“1”。留空则取两类中的后一个。",
));
const COST_FALSE_POSITIVE: Param<f64> =
    Param::float("cost_false_positive", t("Cost of a false alarm", "误报的成本"), 1.0, 0.0, 1e9)
        .help(t(
            "What it costs to take another row for the positive class.",
            "把其他行误判为正类的代价。",
        ));
const COST_FALSE_NEGATIVE: Param<f64> =
    Param::float("cost_false_negative", t("Cost of a miss", "漏报的成本"), 1.0, 0.0, 1e9).help(t(
        "What it costs to overlook a row of the positive class, in the same unit.",
        "漏掉一个正类行的代价，单位相同。",
    ));
/// Points of a curve that are drawn.
const MAX_POINTS: usize = 200;

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "threshold",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Evaluate,
    text: NodeText {
        title: t("Decision threshold", "决策阈值"),
        summary: t(
            "Finds the probability from which on a class should be answered.",
            "寻找应回答某一类别的概率阈值。",
        ),
        help: t(
            "For two classes. Say what a false alarm and a miss cost; the curve shows the cost at every threshold, and \
             the model that leaves answers with the cheapest one, also when it predicts and serves. Judge that model on \
             the test rows, not on the rows that the threshold was chosen by.",
            "适用于二分类。填写误报和漏报的成本；曲线给出每个阈值下的成本，输出的模型将采用成本最低的阈值，预测与部署时同样生效。\
             请在测试数据上评估该模型，而不是在选择阈值所用的数据上。",
        ),
        keywords: &[
            "threshold",
            "cutoff",
            "cost",
            "TunedThresholdClassifierCV",
            "FixedThresholdClassifier",
            "false positive",
            "阈值",
            "误报",
            "漏报",
            "成本",
        ],
    },
    status: Status::Stable,
    inputs: &[MODEL_IN, TABLE_IN],
    outputs: &[REPORT_OUT, MODEL_OUT],
    params: &[
        ROWS_TO_CHOOSE_BY.spec,
        POSITIVE.spec,
        COST_FALSE_POSITIVE.spec,
        COST_FALSE_NEGATIVE.spec,
    ],
    effect: Effect::Computes,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || {
            examples::params([
                ("cost_false_negative", ParamValue::Float(5.0)),
                ("rows", ParamValue::Text("training".to_owned())),
            ])
        },
        inputs: examples::model_and_table,
    },
};

fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = rows::infer(cx);
    let facts = cx.input(MODEL_IN.id);
    if let Facts::Model(network) = &facts {
        let is_binary = match network.head {
            Some(Head::Softmax { n_classes }) => n_classes == 2,
            Some(Head::Labels { .. } | Head::Linear { .. } | Head::Rate { .. }) => false,
            Some(Head::Sigmoid) | None => true,
        };
        if !is_binary {
            inferred.diagnostics.push(Diagnostic::error(not_binary()));
        }
    }
    inferred.outputs.push(facts);
    inferred
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let rows = rows::chosen(cx.table(TABLE_IN.id)?, &cx.param(&ROWS_TO_CHOOSE_BY))?;
    let model = cx.model(MODEL_IN.id)?.clone();
    if model.class_names().is_none_or(|names| names.len() != 2) {
        return Err(not_binary());
    }
    let judge = Judge::new(cx, &model, rows, usize::MAX)?;
    let positive =
        judge.class(&cx.param(&POSITIVE)).map_err(|trouble| trouble.param(POSITIVE.spec.id))?;
    let (Truth::Classes(truth), Answers::Classes { .. }) = (&judge.truth, &judge.answers) else {
        return Err(not_binary());
    };
    let scores: Vec<f32> =
        judge.answers.of_class(positive).into_iter().map(|score| score as f32).collect();
    let is_positive: Vec<bool> = truth.iter().map(|class| *class == positive).collect();
    if !is_positive.contains(&true) {
        let name = judge.class_names().get(positive).cloned().unwrap_or_default();
        return Err(Trouble::new(
            "positive-none",
            say!("none of the rows to choose by is “{name}”", "用于选择阈值的数据中没有“{name}”"),
        )
        .expected(say!("rows of both classes", "两个类别的数据"))
        .advice(say!(
            "Choose other rows, or stratify the split by the target.",
            "请选择其他数据，或按目标列分层划分。"
        ))
        .param(ROWS_TO_CHOOSE_BY.spec.id));
    }
    let costs = (cx.param(&COST_FALSE_POSITIVE), cx.param(&COST_FALSE_NEGATIVE));
    let curve = cost_curve(&scores, &is_positive, costs.0, costs.1)
        .ok_or_else(|| Trouble::internal("no row has a score"))?;
    let at_half = at(&scores, &is_positive, costs, 0.5);
    // Where nothing is gained, the threshold stays.
    let best = if curve.best.cost < at_half.cost { curve.best } else { at_half };
    // The model keeps the threshold of the second class.
    let threshold = best.threshold;
    let threshold = if positive == 1 { threshold } else { 1.0 - threshold };
    let with_threshold = Model { threshold: Some(threshold.clamp(0.0, 1.0)), ..(*model).clone() };
    let findings = findings(&judge, positive, &curve, [&best, &at_half]);
    Ok(vec![
        Value::Report(Arc::new(Report::Findings(Box::new(findings)))),
        Value::Model(Arc::new(with_threshold)),
    ])
}

/// The mistakes at one threshold.
fn at(scores: &[f32], is_positive: &[bool], costs: (f64, f64), threshold: f64) -> CostPoint {
    let mut point = CostPoint {
        threshold,
        cost: 0.0,
        n_true_positive: 0,
        n_false_positive: 0,
        n_false_negative: 0,
        n_true_negative: 0,
    };
    for (score, is_positive) in scores.iter().zip(is_positive) {
        match (*score >= threshold as f32, is_positive) {
            (true, true) => point.n_true_positive += 1,
            (true, false) => point.n_false_positive += 1,
            (false, true) => point.n_false_negative += 1,
            (false, false) => point.n_true_negative += 1,
        }
    }
    point.cost = costs.0 * point.n_false_positive as f64 + costs.1 * point.n_false_negative as f64;
    point
}

/// What there is to say of the curve, the point that was chosen and the one at 0.5.
fn findings(
    judge: &Judge,
    positive: usize,
    curve: &CostCurve,
    [best, half]: [&CostPoint; 2],
) -> Findings {
    let names = judge.class_names();
    let name = names.get(positive).cloned().unwrap_or_default();
    let other = names.get(1 - positive.min(1)).cloned().unwrap_or_default();
    let n = judge.n_rows() as f64;
    let mut findings = Findings::default();
    findings.measure("best_threshold", best.threshold);
    findings.measure("cost_at_best", best.cost / n);
    findings.measure("cost_at_half", half.cost / n);
    findings.measure("base_rate", (best.n_true_positive + best.n_false_negative) as f64 / n);
    let (threshold, cost, before) =
        (short(best.threshold), short(best.cost / n), short(half.cost / n));
    let title = say!(
        "Answer “{name}” from a probability of {threshold} on",
        "概率达到 {threshold} 时回答“{name}”"
    );
    let note = if best.cost < half.cost {
        let saved = percent(1.0 - best.cost / half.cost);
        say!(
            "Mistakes then cost {cost} per row instead of {before} at 0.5: {saved} less.",
            "此时每行的错误成本为 {cost}，而阈值 0.5 时为 {before}，降低了 {saved}。"
        )
    } else {
        say!(
            "The threshold stays at 0.5, where mistakes cost {cost} per row: moving it gains nothing on these rows.",
            "阈值保持为 0.5，每行的错误成本为 {cost}：在这些数据上调整阈值没有收益。"
        )
    };
    findings.push(title, note, Body::Words);
    let line = |name: Words, value: &dyn Fn(&CostPoint) -> f64| Line {
        name,
        points: thinned(&curve.points).map(|point| [point.threshold, value(point)]).collect(),
        band: Vec::new(),
    };
    let sampled = judge.sample_note();
    findings.push(
        t("Cost at each threshold", "各阈值下的成本"),
        sampled,
        Body::Chart(Chart::Lines {
            x: t("Threshold", "阈值").into(),
            y: t("Cost per row", "每行成本").into(),
            is_x_log: false,
            lines: vec![line(Words::default(), &|point: &CostPoint| point.cost / n)],
        }),
    );
    let precision = |point: &CostPoint| {
        let n_named = point.n_true_positive + point.n_false_positive;
        if n_named == 0 { 1.0 } else { point.n_true_positive as f64 / n_named as f64 }
    };
    let recall = |point: &CostPoint| {
        point.n_true_positive as f64
            / ((point.n_true_positive + point.n_false_negative) as f64).max(1.0)
    };
    let (right, found) = (percent(precision(best)), percent(recall(best)));
    findings.push(
        t("Precision and recall at each threshold", "各阈值下的精确率与召回率"),
        say!(
            "At the best threshold {right} of the rows named “{name}” are right, and {found} of all “{name}” are found.",
            "在最佳阈值处，判为“{name}”的行有 {right} 是对的，全部“{name}”中有 {found} 被找出。"
        ),
        Body::Chart(Chart::Lines {
            x: t("Threshold", "阈值").into(),
            y: t("Share", "比例").into(),
            is_x_log: false,
            lines: vec![
                line(t("Precision", "精确率").into(), &precision),
                line(t("Recall", "召回率").into(), &recall),
            ],
        }),
    );
    let both = [best, half];
    let column = |count: fn(&CostPoint) -> u64| both.map(|point| count(point) as f64);
    let grid = Grid::default()
        .texts(
            t("Threshold", "阈值"),
            [say!("best: {threshold}", "最佳：{threshold}"), same("0.5")],
        )
        .numbers(say!("“{name}” found", "找出的“{name}”"), column(|point| point.n_true_positive))
        .numbers(say!("“{name}” missed", "漏掉的“{name}”"), column(|point| point.n_false_negative))
        .numbers(t("False alarms", "误报"), column(|point| point.n_false_positive))
        .numbers(say!("“{other}” right", "判对的“{other}”"), column(|point| point.n_true_negative))
        .numbers(t("Cost of all rows", "总成本"), both.map(|point| point.cost));
    findings.push(
        t("Mistakes at the threshold", "该阈值下的错误"),
        Words::default(),
        Body::Grid(grid),
    );
    findings
}

/// Points from low to high thresholds, not too many to draw.
fn thinned(points: &[CostPoint]) -> impl Iterator<Item = &CostPoint> {
    let stride = points.len().div_ceil(MAX_POINTS).max(1);
    points.iter().rev().step_by(stride)
}

fn not_binary() -> Trouble {
    Trouble::new(
        "not-binary",
        say!("the model does not decide between two classes", "模型不是二分类模型"),
    )
    .expected(say!("a target with two classes", "目标列恰有两个类别"))
    .advice(say!(
        "Join classes in the data, or use the report of Evaluate for more classes. For one of several labels, train a model for it alone.",
        "请在数据中合并类别；多类别时请查看“评估”的报告。若是多个标签之一，请为它单独训练模型。"
    ))
    .port(MODEL_IN.id)
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn the_model_that_leaves_answers_with_the_threshold() {
        let values = testing::outputs(&SPEC, &[]).expect("runs");
        let [Value::Report(_), Value::Model(model)] = values.as_slice() else {
            panic!("a report and a model")
        };
        assert!(model.decision_threshold().is_some_and(|at| (0.0..=1.0).contains(&at)));
    }
}
