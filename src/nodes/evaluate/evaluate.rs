//! Evaluate: metrics and curves on rows the model has not seen.

use pg_base::{Choice, NodeText, Param, ParamValue, Trouble, say, t};
use pg_contract::{
    Diagnostic, Effect, Example, Facts, InferCx, Inferred, NodeSpec, PortSpec, PortType, Report,
    RunCx, Stage, Status, SuggestedFix, Value,
};
use pg_data::Part;
use std::sync::Arc;

use crate::by_step::TABLE_IN;
use crate::examples;

/// The model that enters.
pub(crate) const MODEL_IN: PortSpec = PortSpec::new("model", t("Model", "模型"), PortType::Model);
/// The report that leaves.
pub(crate) const REPORT_OUT: PortSpec =
    PortSpec::new("report", t("Report", "报告"), PortType::Report);

const ROWS: Param<String> = Param::choice(
    "rows",
    t("Rows", "数据"),
    "test",
    &[
        Choice { id: "test", label: t("Test rows", "测试数据") },
        Choice { id: "validation", label: t("Validation rows", "验证数据") },
        Choice { id: "training", label: t("Training rows", "训练数据") },
        Choice { id: "all", label: t("All rows", "全部数据") },
    ],
)
.help(t(
    "Which rows to judge on. Only test rows tell how the model will do on new data. A table without a split is judged whole.",
    "用哪些数据评估。只有测试数据能说明模型在新数据上的表现。未划分的表格会整体评估。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "evaluate",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Evaluate,
    text: NodeText {
        title: t("Evaluate", "评估"),
        summary: t(
            "Metrics, confusion matrix, curves and worst rows of a model.",
            "模型的指标、混淆矩阵、曲线和最差的行。",
        ),
        help: t(
            "Takes the raw rows through the model's own recipe and compares its predictions with the truth. Beside each \
             metric stands the baseline: what always saying the most frequent class (or the mean) would score.",
            "让原始数据经过模型自带的处理步骤，再将预测与真实值比较。每个指标旁给出基线：总是回答最常见类别（或均值）的得分。",
        ),
        keywords: &[
            "evaluate",
            "score",
            "test",
            "metrics",
            "accuracy",
            "confusion matrix",
            "ROC",
            "评估",
            "混淆矩阵",
            "准确率",
        ],
    },
    status: Status::Stable,
    inputs: &[MODEL_IN, TABLE_IN],
    outputs: &[REPORT_OUT],
    params: &[ROWS.spec],
    effect: Effect::Computes,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: examples::defaults,
        inputs: || {
            Ok(vec![
                ("model", examples::small_model()?),
                ("table", Value::Table(examples::clouds()?)),
            ])
        },
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?;
    let rows = match part_of(&cx.param(&ROWS)) {
        Some(part) => table.origin_part(part)?,
        None => table.origin().clone(),
    };
    if rows.n_rows() == 0 {
        return Err(no_rows());
    }
    let report = pg_deploy::score::evaluate(cx.model(MODEL_IN.id)?, cx.env.compute, rows)?;
    Ok(vec![Value::Report(Arc::new(Report::Evaluation(Box::new(report))))])
}

/// A part that has no rows in a sample has none in the whole: a split gives each part with a share at least one row.
fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = Inferred::of(Facts::Report);
    let Facts::Table { sample, .. } = cx.input(TABLE_IN.id) else { return inferred };
    let parts = sample.parts();
    let wanted = part_of(&cx.param(&ROWS));
    if parts.is_empty() || wanted.is_none_or(|part| parts.contains(&part)) {
        return inferred;
    }
    let (rows, label) = if parts.contains(&Part::Validation) {
        ("validation", say!("Judge on validation rows", "用验证数据评估"))
    } else {
        ("training", say!("Judge on training rows", "用训练数据评估"))
    };
    let value = ParamValue::Text(rows.to_owned());
    let fix = SuggestedFix::SetParam { param: ROWS.spec.id.to_owned(), value };
    inferred.diagnostics.push(Diagnostic::error(no_rows()).with_fix(label, fix));
    inferred
}

/// None for all rows.
fn part_of(rows: &str) -> Option<Part> {
    match rows {
        "validation" => Some(Part::Validation),
        "training" => Some(Part::Training),
        "all" => None,
        _ => Some(Part::Test),
    }
}

fn no_rows() -> Trouble {
    Trouble::new("rows-none", say!("there are no rows to judge on", "没有可供评估的数据"))
        .advice(say!(
            "Give the split a share for them, or choose other rows.",
            "请在划分中为其留出比例，或选择其他数据。"
        ))
        .param(ROWS.spec.id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    /// Codes and fixes for a table with parts, judged on some rows.
    fn check(parts: &[Part], rows: &str, expected: &[&str]) {
        let table = examples::clouds().expect("a table");
        let parts: Vec<Part> = parts.iter().copied().cycle().take(table.n_rows()).collect();
        let sample = table.with_parts(&parts).expect("one part for each row");
        let facts = vec![Facts::Table { sample, is_whole: true }];
        let cx = InferCx {
            spec: &SPEC,
            node_id: "evaluate",
            params: &examples::params([("rows", ParamValue::Text(rows.to_owned()))]),
            inputs: &BTreeMap::from([(TABLE_IN.id.to_owned(), facts)]),
            base_folder: Path::new("."),
        };
        let found: Vec<String> = infer(&cx)
            .diagnostics
            .into_iter()
            .map(|found| {
                let fix = found.fix.map(|(label, _)| label.en).unwrap_or_default();
                format!("{}: {fix}", found.trouble.code)
            })
            .collect();
        assert_eq!(found, expected, "{rows} of {parts:?}");
    }

    #[test]
    fn rows_that_are_not_there_are_told_before_it_runs() {
        let without_test = [Part::Training, Part::Validation];
        check(&without_test, "test", &["rows-none: Judge on validation rows"]);
        check(&without_test, "validation", &[]);
        check(&without_test, "all", &[]);
        check(&[Part::Training], "test", &["rows-none: Judge on training rows"]);
        check(&Part::ALL, "test", &[]);
    }
}
