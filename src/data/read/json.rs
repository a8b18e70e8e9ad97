//! Reads JSON: one object per line, or an array of objects; what is nested becomes columns with dots in their names.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use pg_base::{CancelToken, Trouble, say};
use polars::prelude::DataFrame;
use serde_json::{Map, Value};

use super::ReadTable;
use super::cells::shortened;
use super::csv::Sample;
use super::frames::{ColumnChoices, SAMPLE_ROWS, Texts, table_of};
use super::json_lines::JsonChunks;
use super::mixed::{Datum, Mixed};
use crate::table::polars_trouble;

/// Reads a file as a table.
pub fn read_json(
    path: &Path,
    choices: &ColumnChoices,
    cancel: &CancelToken,
) -> Result<ReadTable, Trouble> {
    let (frame, warnings) = frame_of(path, usize::MAX, cancel)?;
    let mut read = table_of(frame, Texts::StayText, choices, path)?;
    read.warnings.splice(0..0, warnings);
    Ok(read)
}

/// The first rows of a file as a table.
pub fn sample_of_json(path: &Path, choices: &ColumnChoices) -> Result<Sample, Trouble> {
    let (frame, _) = frame_of(path, SAMPLE_ROWS + 1, &CancelToken::default())?;
    let is_whole = frame.height() <= SAMPLE_ROWS;
    Ok(Sample { table: table_of(frame, Texts::StayText, choices, path)?.table, is_whole })
}

fn frame_of(
    path: &Path,
    most: usize,
    cancel: &CancelToken,
) -> Result<(DataFrame, Vec<Trouble>), Trouble> {
    let mut objects = JsonChunks::open(path, 1)?;
    let (mut rows, mut warnings) = (Objects::default(), Vec::new());
    while rows.n_rows < most {
        if rows.n_rows.is_multiple_of(1024) {
            cancel.check()?;
        }
        let Some(object) = objects.next_object()? else { break };
        match object {
            Ok(object) => rows.push(&object),
            // One broken line among many is left out, a file of broken lines is no JSON.
            Err(trouble) if rows.n_rows == 0 => return Err(trouble),
            Err(trouble) => warnings.push(trouble),
        }
    }
    Ok((rows.finish()?, warnings))
}

/// The columns of objects, in the order in which keys first appear.
#[derive(Default)]
pub(super) struct Objects {
    columns: Vec<(String, Mixed, usize)>,
    places: BTreeMap<String, usize>,
    n_rows: usize,
}

impl Objects {
    /// Adds a row.
    pub(super) fn push(&mut self, object: &Map<String, Value>) {
        self.add_all("", object);
        self.n_rows += 1;
    }

    /// The rows as a frame.
    pub(super) fn finish(self) -> Result<DataFrame, Trouble> {
        let n_rows = self.n_rows;
        let finish = |(name, mut column, n): (String, Mixed, usize)| {
            (n..n_rows).for_each(|_| column.push(Datum::Missing));
            Ok(column.finish(&name).map_err(polars_trouble)?.into())
        };
        let columns: Result<Vec<_>, Trouble> = self.columns.into_iter().map(finish).collect();
        DataFrame::new(n_rows, columns?).map_err(polars_trouble)
    }

    fn add_all(&mut self, prefix: &str, object: &Map<String, Value>) {
        for (key, value) in object {
            let name = if prefix.is_empty() {
                Cow::Borrowed(key.as_str())
            } else {
                Cow::Owned(format!("{prefix}.{key}"))
            };
            match value {
                Value::Object(inner) if !inner.is_empty() => self.add_all(&name, inner),
                value => self.add(&name, value),
            }
        }
    }

    fn add(&mut self, name: &str, value: &Value) {
        let n_rows = self.n_rows;
        let place = *self.places.entry(name.to_owned()).or_insert(self.columns.len());
        if place == self.columns.len() {
            self.columns.push((name.to_owned(), Mixed::new(n_rows), n_rows));
        }
        let Some((_, column, n)) = self.columns.get_mut(place) else { return };
        if *n > n_rows {
            return;
        }
        (*n..n_rows).for_each(|_| column.push(Datum::Missing));
        *n = n_rows + 1;
        match value {
            Value::Null => column.push(Datum::Missing),
            Value::Bool(flag) => column.push(Datum::Flag(*flag)),
            Value::Number(number) => column.push(match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Datum::Whole(whole),
                (None, Some(real)) => Datum::Real(real),
                (None, None) => Datum::Missing,
            }),
            Value::String(text) => column.push(Datum::Text(text)),
            other => column.push(Datum::Text(&other.to_string())),
        }
    }
}

/// The object that a text holds.
pub(super) fn object_of(text: &str, row: u64, path: &Path) -> Result<Map<String, Value>, Trouble> {
    let shown = shortened(text);
    serde_json::from_str(text).map_err(|_| {
        Trouble::new(
            "json-invalid",
            say!("the line is no JSON object: `{shown}`", "该行不是 JSON 对象：`{shown}`"),
        )
        .expected(say!(
            "one JSON object per line, or an array of objects",
            "每行一个 JSON 对象，或由对象组成的数组"
        ))
        .row(row)
        .path(path)
    })
}
