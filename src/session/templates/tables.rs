//! Tables: classification and regression.

use pg_base::{ParamValue, Trouble, say, t};
use pg_data::ColumnKind;

use super::{Draft, Template, described, params, text};

pub(super) const CLASSIFICATION: Template = Template {
    id: "tabular_classification",
    text: described(
        t("Tabular classification", "表格分类"),
        t("Predict a category from the columns of a table.", "根据表格各列预测类别。"),
        t(
            "From a CSV file to a network, its test report and a model file.",
            "从 CSV 文件到网络、测试报告和模型文件。",
        ),
        &["csv", "classification", "分类"],
    ),
    sample: "iris.csv",
    build: |draft| build(draft, "classification"),
};

pub(super) const REGRESSION: Template = Template {
    id: "tabular_regression",
    text: described(
        t("Tabular regression", "表格回归"),
        t("Predict a number from the columns of a table.", "根据表格各列预测数值。"),
        t(
            "From a CSV file to a network, its test report and a model file.",
            "从 CSV 文件到网络、测试报告和模型文件。",
        ),
        &["csv", "regression", "回归"],
    ),
    sample: "diabetes.csv",
    build: |draft| build(draft, "regression"),
};

/// A text or a date with so few rows per value is no feature of a table model.
fn is_unusable(kind: &ColumnKind) -> bool {
    matches!(kind, ColumnKind::Text | ColumnKind::Date | ColumnKind::Audio)
}

fn build(draft: &mut Draft<'_>, task: &str) -> Result<(), Trouble> {
    let sample = draft.sample()?;
    let schema = sample.schema();
    let target = draft.choose_target(schema, |kind| match task {
        "regression" => *kind == ColumnKind::Number,
        _ => !matches!(kind, ColumnKind::Date),
    })?;
    let ignored: Vec<String> = schema
        .in_role(pg_data::Role::Feature)
        .filter(|column| column.name != target && is_unusable(&column.kind))
        .map(|column| column.name.clone())
        .collect();
    if !ignored.is_empty() {
        let names = ignored.join(", ");
        draft.say(say!(
            "left out, because a table model cannot read them as they are: {names}",
            "以下列未使用，因为表格模型无法直接读取：{names}"
        ));
    }
    let is_small = sample.n_rows() < 1000;
    draft.then("csv_file", draft.source("path"), &[])?;
    let roles = params([("target", text(&target)), ("ignored", ParamValue::Texts(ignored))]);
    draft.then("set_target", roles, &[("csv_file", "table", "table")])?;
    draft.then("remove_duplicates", params([]), &[("set_target", "table", "table")])?;
    draft.then("fill_missing", params([]), &[("remove_duplicates", "table", "table")])?;
    draft.then("split", params([]), &[("fill_missing", "table", "table")])?;
    draft.then("standardise", params([]), &[("split", "table", "table")])?;
    draft.then("one_hot", params([]), &[("standardise", "table", "table")])?;
    let network = params([("task", text(task)), ("dropout", ParamValue::Float(0.1))]);
    draft.then("mlp", network, &[("one_hot", "table", "table")])?;
    let batch_size = if is_small { 16 } else { 64 };
    let training = params([
        ("batch_size", ParamValue::Int(batch_size)),
        ("learning_rate", ParamValue::Float(0.002)),
    ]);
    draft.then(
        "train",
        training,
        &[("one_hot", "table", "table"), ("mlp", "network", "network")],
    )?;
    draft.then(
        "evaluate",
        params([]),
        &[("train", "model", "model"), ("one_hot", "table", "table")],
    )?;
    draft.then(
        "bundle",
        params([]),
        &[("train", "model", "model"), ("evaluate", "report", "report")],
    )
}
