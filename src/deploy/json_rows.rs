//! JSON objects to raw rows and back: what the server is sent, and the form of golden rows.

use std::fs;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use pg_base::{Trouble, Words, say};
use pg_data::table::{number_label, polars_trouble};
use pg_data::{Rows, Schema};
use polars::prelude::*;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::inputs::{Input, InputKind};

/// One row by column name.
pub type JsonRow = Map<String, Value>;

/// Raw rows made of JSON; pictures lie in a private folder that lives as long as this value.
#[derive(Debug)]
pub struct TypedRows {
    /// The rows.
    pub rows: Rows,
    /// Keeps the decoded pictures on disk until the rows are used.
    pub pictures: Option<TempDir>,
}

/// Troubles told about one request at most.
const MAX_TROUBLES: usize = 20;

/// Types the rows as the model wants them.
///
/// Errors, each with row (from 1) and column: `field-missing`, `field-unknown`, `field-type`,
/// `picture-base64`. `known` are further columns that may be given and are passed over (the target, for instance).
pub fn rows_from_json(
    inputs: &[Input],
    known: &Schema,
    objects: &[JsonRow],
) -> Result<TypedRows, Vec<Trouble>> {
    let mut troubles = Vec::new();
    for (row, object) in objects.iter().enumerate() {
        for name in object.keys() {
            let is_known =
                known.get(name).is_some() || inputs.iter().any(|input| input.column.name == *name);
            if !is_known && troubles.len() < MAX_TROUBLES {
                troubles.push(unknown_field(inputs, name).row(row as u64 + 1));
            }
        }
    }
    let mut pictures = None;
    let mut columns = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        let name: PlSmallStr = input.column.name.as_str().into();
        let cells =
            objects.iter().enumerate().map(|(row, object)| (row, object.get(&input.column.name)));
        let mut note = |row: usize, trouble: Trouble| {
            if troubles.len() < MAX_TROUBLES {
                troubles.push(trouble.column(input.column.name.clone()).row(row as u64 + 1));
            }
        };
        let column: Series = match &input.kind {
            InputKind::Number => {
                let read = |value: &Value| {
                    value
                        .as_f64()
                        .filter(|number| number.is_finite())
                        .ok_or_else(|| wrong_type(input, value))
                };
                let numbers = cells.map(|(row, value)| {
                    cell(input, value, read).unwrap_or_else(|trouble| {
                        note(row, trouble);
                        None
                    })
                });
                Series::new(name, numbers.collect::<Vec<Option<f64>>>())
            }
            InputKind::Choice { .. } | InputKind::Text | InputKind::Date => {
                let read = |value: &Value| text_of(input, value);
                let texts = cells.map(|(row, value)| {
                    cell(input, value, read).unwrap_or_else(|trouble| {
                        note(row, trouble);
                        None
                    })
                });
                Series::new(name, texts.collect::<Vec<Option<String>>>())
            }
            InputKind::Picture => {
                let folder = match &mut pictures {
                    Some(folder) => folder,
                    none => none.insert(
                        tempfile::Builder::new()
                            .prefix("pyrograph-")
                            .tempdir()
                            .map_err(|error| vec![Trouble::io(&error, &std::env::temp_dir())])?,
                    ),
                };
                let mut paths = Vec::with_capacity(objects.len());
                for (row, value) in cells {
                    let bytes = cell(input, value, picture_bytes).unwrap_or_else(|trouble| {
                        note(row, trouble);
                        None
                    });
                    let Some(bytes) = bytes else {
                        paths.push(None);
                        continue;
                    };
                    let path = folder.path().join(format!("{row}-{index}"));
                    fs::write(&path, bytes).map_err(|error| vec![Trouble::io(&error, &path)])?;
                    paths.push(Some(path.to_string_lossy().into_owned()));
                }
                Series::new(name, paths)
            }
        };
        let column = if input.kind == InputKind::Date {
            dates(input, &column, &mut troubles)
        } else {
            column
        };
        columns.push(column.into());
    }
    if !troubles.is_empty() {
        troubles.sort_by_key(|trouble| trouble.details.place.row);
        return Err(troubles);
    }
    let frame =
        DataFrame::new(objects.len(), columns).map_err(|error| vec![polars_trouble(error)])?;
    let schema = Schema { columns: inputs.iter().map(|input| input.column.clone()).collect() };
    Ok(TypedRows { rows: Rows { frame, schema }, pictures })
}

/// Some rows of a table as JSON, spread evenly; pictures as the paths of their files.
/// Nothing where a column has no JSON form (pixels, token ids).
pub fn rows_to_json(rows: &Rows, n_wanted: usize) -> Result<Vec<JsonRow>, Trouble> {
    let n_rows = rows.n_rows();
    let n_taken = n_wanted.min(n_rows);
    let positions: Vec<IdxSize> =
        (0..n_taken).map(|index| (index * n_rows / n_taken) as IdxSize).collect();
    let mut objects = vec![JsonRow::new(); n_taken];
    for column in &rows.schema.columns {
        let values = rows.column(&column.name)?;
        if values.dtype().is_nested() || values.dtype().is_binary() {
            return Ok(Vec::new());
        }
        let picked =
            values.take(&IdxCa::from_vec("".into(), positions.clone())).map_err(polars_trouble)?;
        let values: Vec<Value> = if values.dtype().is_primitive_numeric() {
            let numbers = picked.cast(&DataType::Float64).map_err(polars_trouble)?;
            let numbers = numbers.f64().map_err(polars_trouble)?;
            numbers.iter().map(|number| number.map_or(Value::Null, Value::from)).collect()
        } else {
            let texts = picked.cast(&DataType::String).map_err(polars_trouble)?;
            let texts = texts.str().map_err(polars_trouble)?;
            texts.iter().map(|text| text.map_or(Value::Null, Value::from)).collect()
        };
        for (object, value) in objects.iter_mut().zip(values) {
            object.insert(column.name.clone(), value);
        }
    }
    Ok(objects)
}

/// A picture file as the text of a JSON field.
pub fn picture_to_json(mime_type: &str, bytes: &[u8]) -> Value {
    Value::from(format!("data:{mime_type};base64,{}", BASE64.encode(bytes)))
}

/// Standard base64; padding may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The value of a field; null is a gap, an absent field a mistake.
fn cell<T>(
    input: &Input,
    value: Option<&Value>,
    read: impl Fn(&Value) -> Result<T, Trouble>,
) -> Result<Option<T>, Trouble> {
    match value {
        None => Err(Trouble::new("field-missing", say!("the field is absent", "缺少该字段"))
            .expected(input.kind.expected())
            .advice(say!("Give null where the value is not known.", "如果值未知，请填 null。"))),
        Some(Value::Null) => Ok(None),
        // An empty cell of a file is a gap too.
        Some(Value::String(text))
            if text.trim().is_empty()
                && !matches!(input.kind, InputKind::Number | InputKind::Picture) =>
        {
            Ok(None)
        }
        Some(value) => read(value).map(Some),
    }
}

fn text_of(input: &Input, value: &Value) -> Result<String, Trouble> {
    let text = match (value, &input.kind) {
        (Value::String(text), _) => pg_data::read::plain_truth(text).to_owned(),
        // A category that was read as text may well look like a number or a truth value.
        (Value::Number(number), InputKind::Choice { .. }) => {
            number.as_f64().map(number_label).unwrap_or_default()
        }
        (Value::Bool(flag), InputKind::Choice { .. }) => flag.to_string(),
        _ => return Err(wrong_type(input, value)),
    };
    Ok(text)
}

fn picture_bytes(value: &Value) -> Result<Vec<u8>, Trouble> {
    let wrong = |found: Words| {
        Trouble::new("picture-base64", found).expected(InputKind::Picture.expected())
    };
    let Value::String(text) = value else {
        let found = shown(value);
        return Err(wrong(say!("the value is {found}", "值为 {found}")));
    };
    let encoded = match text.strip_prefix("data:") {
        Some(rest) => rest.split_once(";base64,").map_or("", |(_, encoded)| encoded),
        None => text,
    };
    match BASE64.decode(encoded.trim()) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        Ok(_) => Err(wrong(say!("there are no bytes in it", "其中没有任何字节"))),
        Err(_) => Err(wrong(say!("the text is not base64", "文本不是 base64"))),
    }
}

fn dates(input: &Input, texts: &Series, troubles: &mut Vec<Trouble>) -> Series {
    let moment = DataType::Datetime(TimeUnit::Microseconds, None);
    let micros: Option<Int64Chunked> = texts
        .str()
        .ok()
        .map(|texts| texts.iter().map(|text| pg_data::read::micros_of_date(text?)).collect());
    let dates = micros
        .and_then(|micros| micros.with_name(texts.name().clone()).into_series().cast(&moment).ok())
        .unwrap_or_else(|| Series::full_null(texts.name().clone(), texts.len(), &moment));
    for row in 0..texts.len() {
        let found = texts.str().ok().and_then(|texts| texts.get(row));
        if let Some(found) = found
            && dates.is_null().get(row) == Some(true)
            && troubles.len() < MAX_TROUBLES
        {
            let trouble = wrong_type(input, &Value::from(found));
            troubles.push(trouble.column(input.column.name.clone()).row(row as u64 + 1));
        }
    }
    dates
}

fn wrong_type(input: &Input, value: &Value) -> Trouble {
    let found = shown(value);
    Trouble::new("field-type", say!("the value is {found}", "值为 {found}"))
        .expected(input.kind.expected())
}

fn unknown_field(inputs: &[Input], name: &str) -> Trouble {
    let name = shortened(name);
    let names: Vec<&str> = inputs.iter().take(12).map(|input| input.column.name.as_str()).collect();
    let mut names = names.join(", ");
    if inputs.len() > 12 {
        names.push_str(", …");
    }
    Trouble::new(
        "field-unknown",
        say!("the model knows no field `{name}`", "模型没有字段 `{name}`"),
    )
    .expected(say!("{names}", "{names}"))
    .column(name)
}

/// A value in few words.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => shortened(&other.to_string()),
    }
}

fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    text.chars().take(MAX_CHARS).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::inputs::inputs_of;
    use crate::testing;

    fn objects(value: Value) -> Vec<JsonRow> {
        serde_json::from_value(value).expect("objects")
    }

    #[test]
    fn what_does_not_fit_is_named_with_row_and_field() {
        let model = testing::flowers_model();
        let inputs = inputs_of(&model).expect("inputs");
        let check = |rows: Value, expected: &[(&str, u64, &str)]| {
            let troubles =
                rows_from_json(&inputs, &model.input_schema, &objects(rows)).expect_err("wrong");
            let found: Vec<(&str, u64, &str)> = troubles
                .iter()
                .map(|trouble| {
                    let place = &trouble.details.place;
                    (
                        trouble.code.as_str(),
                        place.row.unwrap_or_default(),
                        place.column.as_deref().unwrap_or_default(),
                    )
                })
                .collect();
            assert_eq!(found, expected);
        };
        check(
            json!([{"length": 1, "width": 2, "colour": "red"}, {"length": "abc", "width": [], "colour": {}}]),
            &[("field-type", 2, "length"), ("field-type", 2, "width"), ("field-type", 2, "colour")],
        );
        check(json!([{"length": 1, "width": 2}]), &[("field-missing", 1, "colour")]);
        check(
            json!([{"length": 1, "width": 2, "colour": null, "x": 1}]),
            &[("field-unknown", 1, "x")],
        );
    }

    #[test]
    fn rows_survive_json() {
        let table = testing::flowers();
        let taken = rows_to_json(table.origin(), 3).expect("rows");
        assert_eq!(taken.len(), 3);
        assert_eq!(taken[0]["length"], json!(5.1));
        let model = testing::flowers_model();
        let typed =
            rows_from_json(&inputs_of(&model).expect("inputs"), &model.input_schema, &taken)
                .expect("typed");
        assert_eq!(typed.rows.n_rows(), 3);
        assert_eq!(typed.rows.schema.columns.len(), 3);
        assert!(rows_to_json(table.origin(), 100).expect("rows").len() == table.n_rows());
    }
}
