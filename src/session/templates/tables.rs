//! Tables: classification and regression.

use pg_base::{ParamValue, Trouble, say, t};
use pg_data::{Column, ColumnKind, Role, Table};

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

/// Text columns of which at least four in five values are numbers: a few slips must not cost the whole column.
fn mostly_numbers(sample: &Table) -> Result<Vec<String>, Trouble> {
    let mut names = Vec::new();
    for column in sample
        .schema()
        .columns
        .iter()
        .filter(|column| matches!(column.kind, ColumnKind::Text | ColumnKind::Category))
    {
        let texts = sample.rows().texts(&column.name)?;
        let n_present = texts.iter().flatten().count();
        let n_numbers =
            texts.iter().flatten().filter(|text| text.trim().parse::<f64>().is_ok()).count();
        if n_numbers > 0 && 5 * n_numbers >= 4 * n_present {
            names.push(column.name.clone());
        }
    }
    Ok(names)
}

/// Number features with values that no scaling can bear: more than ten widths of the middle half beyond it.
fn far_out(sample: &Table, targets: &[String]) -> Result<Vec<String>, Trouble> {
    let mut names = Vec::new();
    let is_candidate =
        |column: &&Column| column.kind == ColumnKind::Number && !targets.contains(&column.name);
    for column in sample.schema().in_role(Role::Feature).filter(is_candidate) {
        let numbers = sample.rows().numbers(&column.name)?;
        let mut values: Vec<f64> =
            numbers.iter().flatten().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let at =
            |share: f64| values.get((values.len() as f64 * share) as usize).copied().unwrap_or(0.0);
        let (low, high) = (at(0.25), at(0.75));
        let reach = 10.0 * (high - low);
        if reach > 0.0 && values.iter().any(|value| *value < low - reach || *value > high + reach) {
            names.push(column.name.clone());
        }
    }
    Ok(names)
}

fn build(draft: &mut Draft<'_>, task: &str) -> Result<(), Trouble> {
    let numbers = mostly_numbers(&draft.sample()?)?;
    if !numbers.is_empty() {
        let names = numbers.join(", ");
        draft.say(say!(
            "read as numbers, with the text among them as missing: {names}",
            "按数值读取，其中的文字视为缺失：{names}"
        ));
    }
    let sample = draft.sample_with(&numbers)?;
    let schema = sample.schema();
    let targets = draft.choose_targets(schema, |kind| match task {
        "regression" => *kind == ColumnKind::Number,
        _ => !matches!(kind, ColumnKind::Date),
    })?;
    let ignored: Vec<String> = schema
        .in_role(Role::Feature)
        .filter(|column| !targets.contains(&column.name) && is_unusable(&column.kind))
        .map(|column| column.name.clone())
        .collect();
    if !ignored.is_empty() {
        let names = ignored.join(", ");
        draft.say(say!(
            "left out, because a table model cannot read them as they are: {names}",
            "以下列未使用，因为表格模型无法直接读取：{names}"
        ));
    }
    let extreme = far_out(&sample, &targets)?;
    let batch_size = if sample.n_rows() < 1000 { 16 } else { 64 };
    let mut source = draft.source("path");
    source.insert("numbers".to_owned(), ParamValue::Texts(numbers));
    let kind = draft.table_kind();
    draft.then(kind, source, &[])?;
    let roles =
        params([("target", ParamValue::Texts(targets)), ("ignored", ParamValue::Texts(ignored))]);
    draft.then("set_target", roles, &[(kind, "table", "table")])?;
    draft.then("remove_duplicates", params([]), &[("set_target", "table", "table")])?;
    draft.then("fill_missing", params([]), &[("remove_duplicates", "table", "table")])?;
    draft.then("split", params([]), &[("fill_missing", "table", "table")])?;
    let mut last = "split";
    if !extreme.is_empty() {
        let names = extreme.join(", ");
        draft.say(say!(
            "extreme numbers are pulled back in: {names}",
            "以下列的极端数值将被截断：{names}"
        ));
        let columns = params([("columns", ParamValue::Texts(extreme))]);
        draft.then("clip_outliers", columns, &[(last, "table", "table")])?;
        last = "clip_outliers";
    }
    draft.then("standardise", params([]), &[(last, "table", "table")])?;
    draft.then("one_hot", params([]), &[("standardise", "table", "table")])?;
    let network = params([
        ("task", text(task)),
        ("hidden", ParamValue::Ints(vec![128, 64])),
        ("dropout", ParamValue::Float(0.2)),
    ]);
    draft.then("mlp", network, &[("one_hot", "table", "table")])?;
    let training = params([
        ("epochs", ParamValue::Int(150)),
        ("batch_size", ParamValue::Int(batch_size)),
        ("optimizer", text("adamw")),
        ("learning_rate", ParamValue::Float(0.003)),
        ("weight_decay", ParamValue::Float(0.01)),
        ("schedule", text("cosine")),
        ("early_stopping", ParamValue::Int(30)),
    ]);
    draft.finish("one_hot", "mlp", training)
}
