//! What a model wants to be given: the raw columns that its recipe or its network cannot do without.

use std::collections::BTreeSet;

use pg_base::{Text, Trouble, say, t};
use pg_data::table::polars_trouble;
use pg_data::{Column, ColumnKind, ImageForm, InputSlot, Rows, Schema, Step};
use polars::prelude::*;

use crate::model::Model;

/// What one field of a row holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// A number.
    Number,
    /// One of these values; another one is taken as unknown. Empty where the values are not known.
    Choice {
        /// Values seen in training, in the order of the one-hot step.
        options: Vec<String>,
    },
    /// Free text.
    Text,
    /// A day or a moment, ISO 8601.
    Date,
    /// A picture file (PNG, JPEG, BMP, GIF, WebP).
    Picture,
}

/// One field of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The raw column.
    pub column: Column,
    /// What it holds.
    pub kind: InputKind,
    /// Whether a row without a value can still be predicted (a step fills the gap or ignores it).
    pub may_be_missing: bool,
}

impl InputKind {
    /// Stable id: `number`, `choice`, `text`, `date`, `picture`.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Choice { .. } => "choice",
            Self::Text => "text",
            Self::Date => "date",
            Self::Picture => "picture",
        }
    }

    /// What is expected in the JSON form, in words.
    pub fn expected(&self) -> Text {
        match self {
            Self::Number => t("a number", "数字"),
            Self::Choice { .. } => t("a text", "文本（类别）"),
            Self::Text => t("a text", "文本"),
            Self::Date => t(
                "a date such as 2024-12-31 or 2024-12-31 08:30",
                "日期，例如 2024-12-31 或 2024-12-31 08:30",
            ),
            Self::Picture => t("a picture file in base64", "base64 编码的图片文件"),
        }
    }
}

/// The raw columns that new rows must have, in the order of the source; all as features.
///
/// A column is needed when the model does not work on rows that lack it.
pub fn needed_columns(model: &Model) -> Result<Schema, Trouble> {
    let encoded: BTreeSet<&str> =
        model.encoder.inputs.iter().flat_map(InputSlot::columns).map(String::as_str).collect();
    let mut columns = Vec::new();
    for column in &model.input_schema.columns {
        // Asking the network first spares wide tables a replay per column.
        if encoded.contains(column.name.as_str()) || !works_without(model, &column.name)? {
            columns.push(Column::new(column.name.clone(), column.kind.clone()));
        }
    }
    Ok(Schema { columns })
}

/// The fields of a row, in the order of the source.
///
/// Errors: `input-kind` for a raw column that has no JSON form (sounds, pixels in memory, token ids).
pub fn inputs_of(model: &Model) -> Result<Vec<Input>, Trouble> {
    let schema = needed_columns(model)?;
    let mut inputs = Vec::with_capacity(schema.columns.len());
    for column in &schema.columns {
        let kind = match &column.kind {
            ColumnKind::Number => InputKind::Number,
            ColumnKind::Category => InputKind::Choice { options: options_of(model, &column.name) },
            ColumnKind::Text => match options_of(model, &column.name) {
                options if options.is_empty() => InputKind::Text,
                options => InputKind::Choice { options },
            },
            ColumnKind::Date => InputKind::Date,
            ColumnKind::Image(ImageForm::Files) => InputKind::Picture,
            ColumnKind::Image(ImageForm::Pixels { .. })
            | ColumnKind::Audio
            | ColumnKind::Sequence { .. } => {
                let label = column.kind.label();
                let (en, zh) = (label.en, label.zh);
                return Err(Trouble::new(
                    "input-kind",
                    say!(
                        "a {en} column of this form cannot be given row by row",
                        "这种形式的{zh}列无法逐行提供"
                    ),
                )
                .expected(say!(
                    "numbers, categories, texts or picture files",
                    "数值、类别、文本或图片文件"
                ))
                .column(column.name.clone()));
            }
        };
        inputs.push(Input { column: column.clone(), kind, may_be_missing: false });
    }
    mark_missing(model, &schema, &mut inputs)?;
    Ok(inputs)
}

/// Rows without any row, in the physical types of a schema.
pub(crate) fn empty_rows(schema: &Schema) -> Result<Rows, Trouble> {
    let columns = schema.columns.iter().map(|column| {
        Series::new_empty(column.name.as_str().into(), &physical_type(&column.kind)).into()
    });
    let frame = DataFrame::new(0, columns.collect()).map_err(polars_trouble)?;
    Ok(Rows { frame, schema: schema.clone() })
}

/// The type in the frame of a raw column.
fn physical_type(kind: &ColumnKind) -> DataType {
    match kind {
        ColumnKind::Number => DataType::Float64,
        ColumnKind::Date => DataType::Date,
        ColumnKind::Image(ImageForm::Pixels { .. }) => DataType::Binary,
        ColumnKind::Sequence { .. } => DataType::List(Box::new(DataType::UInt32)),
        ColumnKind::Category
        | ColumnKind::Text
        | ColumnKind::Audio
        | ColumnKind::Image(ImageForm::Files) => DataType::String,
    }
}

fn works_without(model: &Model, name: &str) -> Result<bool, Trouble> {
    let columns = model.input_schema.columns.iter().filter(|column| column.name != name).cloned();
    let rows = empty_rows(&Schema { columns: columns.collect() })?;
    let encoded = model.prepare(rows).and_then(|prepared| model.encoder.encode(&prepared, false));
    Ok(encoded.is_ok())
}

fn options_of(model: &Model, name: &str) -> Vec<String> {
    let fitted = model.recipe.steps.iter().find_map(|step| match step {
        Step::OneHot(step) => step.fitted.iter().find(|fitted| fitted.column == name),
        _ => None,
    });
    fitted
        .map(|fitted| fitted.learnt.iter().map(|category| category.value.clone()).collect())
        .unwrap_or_default()
}

/// Tries one row per input, with a gap in that input only.
fn mark_missing(model: &Model, schema: &Schema, inputs: &mut [Input]) -> Result<(), Trouble> {
    let n_rows = inputs.len();
    let columns = inputs.iter().enumerate().map(|(index, input)| {
        let name = input.column.name.as_str().into();
        let is_gap = |row: usize| row == index;
        let series = match &input.kind {
            InputKind::Number => Series::new(
                name,
                (0..n_rows).map(|row| (!is_gap(row)).then_some(0.0)).collect::<Vec<_>>(),
            ),
            InputKind::Date => Series::full_null(name, n_rows, &DataType::Date),
            InputKind::Picture => Series::full_null(name, n_rows, &DataType::String),
            InputKind::Choice { .. } | InputKind::Text => Series::new(
                name,
                (0..n_rows).map(|row| (!is_gap(row)).then_some("0")).collect::<Vec<_>>(),
            ),
        };
        series.into()
    });
    let frame = DataFrame::new(n_rows, columns.collect()).map_err(polars_trouble)?;
    let prepared = model.prepare(Rows { frame, schema: schema.clone() })?;
    let rejected: BTreeSet<usize> = model
        .encoder
        .encode(&prepared, false)?
        .rejected
        .iter()
        .filter(|rejected| rejected.trouble.code == "value-missing")
        .map(|rejected| rejected.index)
        .collect();
    for (index, input) in inputs.iter_mut().enumerate() {
        input.may_be_missing = input.kind != InputKind::Picture && !rejected.contains(&index);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn only_what_the_model_needs_is_asked_for() {
        let model = testing::flowers_model();
        let inputs = inputs_of(&model).expect("inputs");
        let found: Vec<(&str, &str, bool)> = inputs
            .iter()
            .map(|input| (input.column.name.as_str(), input.kind.id(), input.may_be_missing))
            .collect();
        assert_eq!(
            found,
            [("length", "number", true), ("width", "number", false), ("colour", "choice", true)]
        );
        let InputKind::Choice { options } = &inputs[2].kind else { panic!("a choice") };
        assert_eq!(options, &["blue", "red"]);
    }

    #[test]
    fn pictures_are_asked_for_as_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let model = testing::pictures_model(folder.path());
        let inputs = inputs_of(&model).expect("inputs");
        assert_eq!(inputs.len(), 1);
        assert_eq!((inputs[0].kind.id(), inputs[0].may_be_missing), ("picture", false));
    }
}
