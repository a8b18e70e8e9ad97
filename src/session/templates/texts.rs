//! Texts: classification of one text column.

use pg_base::{ParamValue, Trouble, say, t};
use pg_data::{Column, ColumnKind};

use super::{Draft, Template, described, params};

pub(super) const CLASSIFICATION: Template = Template {
    id: "text_classification",
    text: described(
        t("Text classification", "文本分类"),
        t("Tell texts apart: moods, topics, spam.", "区分文本：情感、主题、垃圾信息。"),
        t(
            "From a table with a text column to a small transformer, its test report and a model file.",
            "从含文本列的表格到小型 Transformer、测试报告和模型文件。",
        ),
        &["text", "transformer", "sentiment", "spam", "文本"],
    ),
    sample: "sentences.tsv",
    build,
};

fn build(draft: &mut Draft<'_>) -> Result<(), Trouble> {
    let sample = draft.sample()?;
    let schema = sample.schema();
    let is_label =
        |column: &Column| matches!(column.kind, ColumnKind::Category | ColumnKind::Number);
    let targets = draft.choose_targets(schema, is_label, |_| false)?;
    let lengths = |name: &str| -> Result<f64, Trouble> {
        let texts = sample.rows().texts(name)?;
        let n_rows = texts.len().max(1);
        Ok(texts.iter().flatten().map(|text| text.chars().count()).sum::<usize>() as f64
            / n_rows as f64)
    };
    let mut longest: Option<(String, f64)> = None;
    for column in &schema.columns {
        if !targets.contains(&column.name)
            && matches!(column.kind, ColumnKind::Text | ColumnKind::Category)
        {
            let length = lengths(&column.name)?;
            if longest.as_ref().is_none_or(|(_, other)| length > *other) {
                longest = Some((column.name.clone(), length));
            }
        }
    }
    let (column, _) = longest.ok_or_else(|| {
        Trouble::new(
            "text-none",
            say!("the table has no text column besides the target", "除目标外，表格没有文本列"),
        )
        .advice(say!(
            "Name the target with --target, or choose a template for tables.",
            "请用 --target 指定目标，或选择表格模板。"
        ))
        .path(draft.data)
    })?;
    draft.say(say!("the text is `{column}`", "文本列为 `{column}`"));
    let others: Vec<String> = schema
        .columns
        .iter()
        .map(|c| c.name.clone())
        .filter(|name| *name != column && !targets.contains(name))
        .collect();
    let length = typical_length(&sample, &column)?;
    let is_small = sample.n_rows() < 1000;
    let kind = draft.table_kind();
    draft.then(kind, draft.source("path"), &[])?;
    let roles =
        params([("target", ParamValue::Texts(targets)), ("ignored", ParamValue::Texts(others))]);
    draft.then("set_target", roles, &[(kind, "table", "table")])?;
    draft.then("split", params([]), &[("set_target", "table", "table")])?;
    let tokens = params([
        ("columns", ParamValue::Texts(vec![column])),
        ("length", ParamValue::Int(length)),
        ("min_count", ParamValue::Int(if is_small { 1 } else { 2 })),
    ]);
    draft.then("tokenise", tokens, &[("split", "table", "table")])?;
    draft.then("text_transformer", params([]), &[("tokenise", "table", "table")])?;
    let training = params([
        ("epochs", ParamValue::Int(20)),
        ("batch_size", ParamValue::Int(32)),
        ("learning_rate", ParamValue::Float(0.001)),
        ("warm_up_steps", ParamValue::Int(50)),
        ("early_stopping", ParamValue::Int(5)),
    ]);
    draft.finish("tokenise", "text_transformer", training)
}

/// A length that holds 95 % of the sample's texts, in words, at least 8 and at most 128.
fn typical_length(sample: &pg_data::Table, column: &str) -> Result<i64, Trouble> {
    let unit = pg_data::steps::tokenise::TokenUnit::Words;
    let mut lengths: Vec<usize> =
        sample.rows().texts(column)?.iter().flatten().map(|text| unit.tokens(text).len()).collect();
    lengths.sort_unstable();
    let at = (lengths.len() * 95 / 100).min(lengths.len().saturating_sub(1));
    Ok(lengths.get(at).copied().unwrap_or(32).clamp(8, 128) as i64)
}
