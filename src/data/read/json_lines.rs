//! Streams files with one JSON object per line.

use std::path::{Path, PathBuf};

use pg_base::{Trouble, say};
use polars::prelude::*;
use serde_json::{Map, Value};

use super::blocks::Blocks;
use super::cells::shortened;
use super::records::Dialect;
use super::rows::FrameChunk;
use super::source::{Filled, TextSource};
use crate::table::polars_trouble;

const BLOCK_BYTES: usize = 1 << 20;

/// The chunks of a file.
#[derive(Debug)]
pub(super) struct JsonChunks {
    path: PathBuf,
    rows_per_chunk: usize,
    blocks: Blocks,
    text: String,
    position: usize,
    next_row: u64,
    is_done: bool,
}

/// Opens a file, plain or gzip.
pub(super) fn open(path: &Path, rows_per_chunk: usize) -> Result<JsonChunks, Trouble> {
    let source = TextSource::open(path, None)?;
    // Neither delimiter nor quote occurs as a byte of its own: blocks end at any line end.
    let dialect = Dialect { delimiter: 0, quote: None, line_end: b'\n' };
    let blocks = Blocks::new(source, dialect, Vec::new(), Filled::More, BLOCK_BYTES);
    let path = path.to_owned();
    Ok(JsonChunks {
        path,
        rows_per_chunk,
        blocks,
        text: String::new(),
        position: 0,
        next_row: 1,
        is_done: false,
    })
}

impl JsonChunks {
    /// The next line that is not blank.
    fn next_line(&mut self) -> Result<Option<String>, Trouble> {
        let (from, to) = loop {
            let rest = self.text.get(self.position..).unwrap_or_default();
            if rest.is_empty() {
                let Some(block) = self.blocks.next_block()? else { return Ok(None) };
                if block.fault.is_some() {
                    return Err(self.not_text());
                }
                self.text = String::from_utf8(block.text).map_err(|_| self.not_text())?;
                self.position = 0;
                continue;
            }
            let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
            let from = self.position;
            self.position += length;
            if !self.text.get(from..self.position).unwrap_or_default().trim().is_empty() {
                break (from, self.position);
            }
        };
        Ok(self.text.get(from..to).map(|line| line.trim().to_owned()))
    }

    fn not_text(&self) -> Trouble {
        let row = self.next_row;
        Trouble::new("bytes-invalid", say!("the file is not readable text", "该文件不是可读的文本"))
            .row(row)
            .path(&self.path)
    }

    fn next_frame(&mut self) -> Result<Option<(DataFrame, Vec<Trouble>)>, Trouble> {
        let (mut objects, mut troubles) = (Vec::new(), Vec::new());
        while objects.len() < self.rows_per_chunk {
            let Some(line) = self.next_line()? else { break };
            let parsed = serde_json::from_str::<Map<String, Value>>(&line);
            let shown = shortened(&line);
            if line.starts_with('[') && self.next_row == 1 {
                return Err(Trouble::new(
                    "json-array",
                    say!("the file holds a JSON array", "该文件是一个 JSON 数组"),
                )
                .expected(say!("one JSON object per line", "每行一个 JSON 对象"))
                .advice(say!(
                    "Write one object per line without commas between them.",
                    "请每行写一个对象，对象之间不加逗号。"
                ))
                .path(&self.path));
            }
            objects.push(parsed.unwrap_or_else(|_| {
                troubles.push(
                    Trouble::new(
                        "json-invalid",
                        say!(
                            "the line is no JSON object: `{shown}`",
                            "该行不是 JSON 对象：`{shown}`"
                        ),
                    )
                    .row(self.next_row)
                    .path(&self.path),
                );
                Map::new()
            }));
            self.next_row += 1;
        }
        if objects.is_empty() { Ok(None) } else { Ok(Some((frame_of(&objects)?, troubles))) }
    }
}

impl Iterator for JsonChunks {
    type Item = FrameChunk;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let frame = self.next_frame().transpose();
        self.is_done = !matches!(frame, Some(Ok(_)));
        frame
    }
}

/// One column per key, in the order in which keys first appear.
fn frame_of(objects: &[Map<String, Value>]) -> Result<DataFrame, Trouble> {
    let mut names: Vec<&str> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for name in objects.iter().flat_map(Map::keys) {
        if known.insert(name.as_str()) {
            names.push(name);
        }
    }
    let columns = names.into_iter().map(|name| {
        let values: Vec<&Value> =
            objects.iter().map(|object| object.get(name).unwrap_or(&Value::Null)).collect();
        series_of(name, &values).into()
    });
    DataFrame::new(objects.len(), columns.collect()).map_err(polars_trouble)
}

/// Booleans, whole numbers or floats where all values are such, else text.
fn series_of(name: &str, values: &[&Value]) -> Series {
    let name = PlSmallStr::from(name);
    let all = |fits: fn(&Value) -> bool| values.iter().all(|value| value.is_null() || fits(value));
    if values.iter().all(|value| value.is_null()) {
        return Series::full_null(name, values.len(), &DataType::String);
    }
    if all(Value::is_boolean) {
        return Series::new(name, values.iter().map(|value| value.as_bool()).collect::<Vec<_>>());
    }
    if all(Value::is_i64) {
        return Series::new(name, values.iter().map(|value| value.as_i64()).collect::<Vec<_>>());
    }
    if all(Value::is_number) {
        return Series::new(name, values.iter().map(|value| value.as_f64()).collect::<Vec<_>>());
    }
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    Series::new(name, values.iter().map(|value| text(value)).collect::<Vec<_>>())
}
