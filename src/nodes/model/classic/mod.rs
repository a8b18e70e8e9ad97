//! Classical methods: each stands where a network stands and is wired into Train like one.

mod decision_tree;
mod gradient_boosting;
mod k_nearest;
mod linear_model;
mod naive_bayes;
mod random_forest;
mod svm;

use std::sync::Arc;

use pg_base::{Param, ParamValues, Trouble, say, t};
use pg_classic::Method;
use pg_contract::{
    Diagnostic, Facts, InferCx, Inferred, NodeSpec, Plan, PortSpec, PortType, RunCx, SuggestedFix,
    Value,
};
use pg_data::{Encoder, Table};

use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::{is_from_sample, task_of};
use crate::train::estimate::check_inputs;

/// Kinds in palette order: the quickest to understand first.
pub(super) const ALL: &[&NodeSpec] = &[
    &linear_model::SPEC,
    &decision_tree::SPEC,
    &random_forest::SPEC,
    &gradient_boosting::SPEC,
    &k_nearest::SPEC,
    &naive_bayes::SPEC,
    &svm::SPEC,
];

/// The method that leaves; it goes where a network goes.
const METHOD_OUT: PortSpec = PortSpec::new("network", t("Method", "方法"), PortType::Network);

/// Questions from the root of a tree to a leaf; 0 for no limit.
const MAX_DEPTH: Param<i64> = Param::int("max_depth", t("Greatest depth", "最大深度"), 0, 0, 1000)
    .help(t(
        "Questions from the root to a leaf at most; 0 for no limit. Smaller over-fits less.",
        "从根到叶最多提问的次数；0 表示不限。越小越不易过拟合。",
    ));
/// Rows of a leaf.
const MIN_LEAF: Param<i64> =
    Param::int("min_leaf", t("Rows per leaf", "叶节点最少行数"), 1, 1, 1_000_000)
        .unit(t("rows", "行"))
        .help(t(
            "Training rows that each leaf must keep. Larger over-fits less.",
            "每个叶节点至少保留的训练行数。越大越不易过拟合。",
        ));

/// Spreads of two columns that differ by more than this are worth a word.
const WIDE_SPREADS: f64 = 30.0;

/// Makes the method from the parameters of its node.
type MakeMethod = fn(&ParamValues) -> Method;

fn limit(number: i64) -> Option<usize> {
    usize::try_from(number).ok().filter(|number| *number > 0)
}

fn run(cx: &mut RunCx<'_>, make: MakeMethod) -> Result<Vec<Value>, Trouble> {
    let plan = plan(cx.table(TABLE_IN.id)?, cx.params, make)?;
    Ok(vec![Value::Plan(Arc::new(plan))])
}

fn infer(cx: &InferCx<'_>, make: MakeMethod) -> Inferred {
    let Facts::Table { sample, is_whole } = cx.input(TABLE_IN.id) else {
        return Inferred::of(Facts::Unknown);
    };
    match plan(&sample, cx.params, make) {
        Ok(plan) => {
            let hint = wide_spreads(&plan, &sample);
            let mut inferred = Inferred::of(Facts::Plan(Arc::new(plan)));
            inferred.diagnostics.extend(hint);
            inferred
        }
        Err(trouble) if !is_whole && is_from_sample(&trouble) => Inferred::of(Facts::Unknown),
        Err(trouble) => Inferred::error(trouble),
    }
}

fn plan(table: &Table, params: &ParamValues, make: MakeMethod) -> Result<Plan, Trouble> {
    let method = make(params);
    let encoder = Encoder::fit(table, task_of(params))?.accepting_gaps(method.accepts_gaps());
    check_inputs(&encoder)?;
    Ok(Plan { method, encoder })
}

/// Where columns differ much in spread, the widest alone decides what is near.
fn wide_spreads(plan: &Plan, sample: &Table) -> Option<Diagnostic> {
    if !plan.method.minds_scale() {
        return None;
    }
    let columns = plan.encoder.inputs.iter().flat_map(pg_data::InputSlot::columns);
    let mut spreads: Vec<(f64, &String)> = columns
        .filter_map(|name| {
            let numbers = sample.rows().numbers(name).ok()?;
            let known: Vec<f64> = numbers.iter().flatten().filter(|v| v.is_finite()).collect();
            let n = known.len() as f64;
            let mean = known.iter().sum::<f64>() / n;
            let spread = (known.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
            (spread > 0.0).then_some((spread, name))
        })
        .collect();
    spreads.sort_by(|one, other| one.0.total_cmp(&other.0));
    let ((small, narrow), (large, wide)) = (spreads.first()?, spreads.last()?);
    if large / small < WIDE_SPREADS {
        return None;
    }
    let times = (large / small).round();
    let trouble = Trouble::new(
        "scales-differ",
        say!(
            "`{wide}` spreads {times} times as wide as `{narrow}`",
            "`{wide}` 的波动范围是 `{narrow}` 的 {times} 倍"
        ),
    )
    .expected(say!(
        "columns of one scale, for this method goes by distances",
        "各列尺度一致，因为该方法依据距离"
    ))
    .advice(say!("Put a Standardise node before it.", "请在之前加入“标准化”节点。"))
    .port(TABLE_IN.id);
    let fix = SuggestedFix::InsertBefore {
        port: TABLE_IN.id.to_owned(),
        kind: "standardise".to_owned(),
        params: examples::defaults(),
    };
    Some(Diagnostic::warning(trouble).with_fix(say!("Standardise the columns", "标准化各列"), fix))
}
