//! Evaluate: metrics and curves on rows the model has not seen.

use pg_base::{NodeText, Trouble, t};
use pg_contract::{
    Effect, Example, NodeSpec, PortSpec, PortType, Report, RunCx, Stage, Status, Value,
};
use std::sync::Arc;

use super::rows::{self, ROWS};
use crate::by_step::TABLE_IN;
use crate::examples;

/// The model that enters.
pub(crate) const MODEL_IN: PortSpec = PortSpec::new("model", t("Model", "模型"), PortType::Model);
/// The report that leaves.
pub(crate) const REPORT_OUT: PortSpec =
    PortSpec::new("report", t("Report", "报告"), PortType::Report);

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
    infer: rows::infer,
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
    let rows = cx.param(&ROWS);
    let slices = rows::chosen_slices(cx.any_table(TABLE_IN.id)?, &rows)?;
    let slices = slices.map(|rows| cx.check_cancelled().and(rows));
    let report = pg_deploy::score::evaluate_slices(cx.model(MODEL_IN.id)?, cx.env.compute, slices)?;
    Ok(vec![Value::Report(Arc::new(Report::Evaluation(Box::new(report))))])
}

#[cfg(test)]
mod tests {
    use pg_data::steps::remove_duplicates::RemoveDuplicates;
    use pg_data::table::ROW;
    use pg_data::{Part, Scratch, Table};
    use polars::prelude::*;

    use super::super::testing;
    use super::*;
    use crate::deploy::predict;

    #[test]
    fn worst_rows_keep_their_number_in_the_source_through_steps_that_drop_rows() {
        let once = examples::clouds().expect("a table").origin().clone();
        let frame = once.frame.drop(ROW).expect("numbered rows");
        let twice = frame.vstack(&frame).expect("equal columns");
        let table = Table::from_source(twice, once.schema).expect("few rows");
        let table = table.then(RemoveDuplicates::default()).expect("rows to drop");
        let mask: BooleanChunked = (0..table.n_rows()).map(|row| Some(row % 3 != 0)).collect();
        let table = table.sampled(&mask).expect("one mark per row");
        let parts: Vec<Part> = Part::ALL.into_iter().cycle().take(table.n_rows()).collect();
        let table = table.with_parts(&parts).expect("one part per row");
        let origin = table.origin().clone();
        let inputs = vec![
            ("model", examples::small_model().expect("a model")),
            ("table", Value::Table(table)),
        ];
        let values = testing::outputs_of(&SPEC, inputs, &[]).expect("runs");
        let [Value::Report(report)] = values.as_slice() else { panic!("a report") };
        let Report::Evaluation(report) = &**report else { panic!("an evaluation") };
        assert!(!report.worst().is_empty());
        let (x, side) = (origin.numbers("x").expect("x"), origin.texts("side").expect("side"));
        for worst in report.worst() {
            let at = worst.row as usize - 1;
            assert_eq!(side.get(at), Some(worst.truth.as_str()), "row {}", worst.row);
            // The model says "right" with the odds e^(2x).
            let sign = if worst.truth == "right" { -2.0 } else { 2.0 };
            let loss = (sign * x.get(at).expect("no gaps")).exp().ln_1p();
            assert!((worst.loss - loss).abs() < 1e-5, "row {}: {loss}", worst.row);
        }
    }

    #[test]
    fn a_table_that_is_too_large_for_memory_is_judged_and_predicted_alike() {
        let small = examples::clouds().expect("a table");
        let scratch = Scratch { max_bytes: 0, ..Scratch::new(std::env::temp_dir()) };
        let slices = small.origin_slices(None).expect("one slice");
        let large = Table::from_slices(&scratch, slices).expect("a table");
        assert!(large.is_large() && !small.is_large());
        let parts: Vec<Part> = Part::ALL.into_iter().cycle().take(small.n_rows()).collect();
        let given = |kind, table: &Table| {
            let table = table.with_parts(&parts).expect("one part per row");
            let model = examples::small_model().expect("a model");
            let inputs = vec![("model", model), ("table", Value::Table(table))];
            testing::outputs_of(kind, inputs, &[]).expect("runs").remove(0)
        };
        let report = |table: &Table| match given(&SPEC, table) {
            Value::Report(report) => format!("{report:?}"),
            other => panic!("{other:?} is no report"),
        };
        assert_eq!(report(&small), report(&large));
        let predicted = |table: &Table| match given(&predict::SPEC, table) {
            Value::Table(table) => table.rows().clone(),
            other => panic!("{other:?} is no table"),
        };
        assert!(predicted(&small).frame.equals_missing(&predicted(&large).frame));
    }
}
