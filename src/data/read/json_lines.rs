//! Streams the objects of a JSON file: one per line, or the items of an array.

use std::path::{Path, PathBuf};

use pg_base::{Trouble, say};
use polars::prelude::DataFrame;
use serde_json::{Map, Value};

use super::blocks::Blocks;
use super::json::{Objects, object_of};
use super::records::Dialect;
use super::rows::FrameChunk;
use super::source::{Filled, TextSource};

const BLOCK_BYTES: usize = 1 << 20;

/// An object, or what is wrong with the text in its place.
type Object = Result<Map<String, Value>, Trouble>;

/// The objects of a file, one by one or in chunks.
#[derive(Debug)]
pub(super) struct JsonChunks {
    path: PathBuf,
    rows_per_chunk: usize,
    blocks: Blocks,
    text: String,
    position: usize,
    next_row: u64,
    /// Whether the objects are the items of an array; known at the first character.
    array: Option<bool>,
    is_done: bool,
}

impl JsonChunks {
    /// Opens a file, plain, gzip or in a zip archive.
    pub(super) fn open(path: &Path, rows_per_chunk: usize) -> Result<Self, Trouble> {
        let source = TextSource::open(path, None, None)?;
        // Blocks may end anywhere between characters; arrays often have no line ends.
        let dialect = Dialect { delimiter: 0, quote: None, line_end: b'}', comment: None };
        let blocks = Blocks::new(source, dialect, Vec::new(), Filled::More, BLOCK_BYTES);
        Ok(Self {
            path: path.to_owned(),
            rows_per_chunk,
            blocks,
            text: String::new(),
            position: 0,
            next_row: 1,
            array: None,
            is_done: false,
        })
    }

    /// The next object, or what is wrong with the text in its place; none at the end.
    pub(super) fn next_object(&mut self) -> Result<Option<Object>, Trouble> {
        if self.array.is_none() {
            let Some(first) = self.peek()? else {
                return Err(Trouble::new("file-empty", say!("the file is empty", "文件为空"))
                    .advice(say!("Choose another file.", "请选择其他文件。"))
                    .path(&self.path));
            };
            self.array = Some(first == '[' && !self.holds_lines_of_arrays());
            if self.array == Some(true) {
                self.position += 1;
            }
        }
        let object = if self.array == Some(true) { self.next_item()? } else { self.next_line()? };
        if object.is_some() {
            self.next_row += 1;
        }
        Ok(object)
    }

    /// The next line that is not blank.
    fn next_line(&mut self) -> Result<Option<Object>, Trouble> {
        if self.peek()?.is_none() {
            return Ok(None);
        }
        while !self.rest().contains('\n') && self.take_block()? {}
        let line = self.rest().lines().next().unwrap_or_default();
        let object = object_of(line.trim(), self.next_row, &self.path);
        let length = line.len();
        self.position += length;
        Ok(Some(object))
    }

    /// The next item of the array; more text is taken until it is whole.
    fn next_item(&mut self) -> Result<Option<Object>, Trouble> {
        loop {
            match self.peek()? {
                Some(',') => self.position += 1,
                Some(']') | None => return Ok(None),
                Some(_) => break,
            }
        }
        loop {
            let rest = self.rest();
            let mut items = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
            match items.next() {
                Some(Ok(Value::Object(object))) => {
                    self.position += items.byte_offset();
                    return Ok(Some(Ok(object)));
                }
                Some(Ok(other)) => {
                    self.position += items.byte_offset();
                    return Ok(Some(object_of(&other.to_string(), self.next_row, &self.path)));
                }
                Some(Err(error)) if error.is_eof() => {
                    if !self.take_block()? {
                        return Err(self.broken(&error.to_string()));
                    }
                }
                Some(Err(error)) => return Err(self.broken(&error.to_string())),
                None => return Ok(None),
            }
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// The next character that is not blank; it stays there.
    fn peek(&mut self) -> Result<Option<char>, Trouble> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            let (n_blank, first) = (rest.len() - trimmed.len(), trimmed.chars().next());
            self.position += n_blank;
            if first.is_some() {
                return Ok(first);
            }
            if !self.take_block()? {
                return Ok(None);
            }
        }
    }

    /// Adds the next block to what is not read yet; false at the end of the file.
    fn take_block(&mut self) -> Result<bool, Trouble> {
        let Some(block) = self.blocks.next_block()? else { return Ok(false) };
        let text = String::from_utf8(block.text).ok().filter(|_| block.fault.is_none());
        let Some(text) = text else {
            let found = say!("the file is not readable text", "该文件不是可读的文本");
            return Err(Trouble::new("bytes-invalid", found).row(self.next_row).path(&self.path));
        };
        self.text.drain(..self.position);
        self.position = 0;
        self.text.push_str(&text);
        Ok(true)
    }

    /// A line that is an array by itself is no object, which is told line by line.
    fn holds_lines_of_arrays(&self) -> bool {
        let rest = self.rest();
        let mut lines = rest.lines().filter(|line| !line.trim().is_empty());
        let is_array_of_values = |line: &str| {
            serde_json::from_str::<Vec<Value>>(line)
                .is_ok_and(|items| !items.is_empty() && !items.iter().any(Value::is_object))
        };
        lines.next().is_some_and(is_array_of_values)
    }

    fn broken(&self, error: &str) -> Trouble {
        Trouble::new(
            "json-invalid",
            say!("the file is no JSON: {error}", "该文件不是有效的 JSON：{error}"),
        )
        .advice(say!("Download or create the file again.", "请重新下载或生成该文件。"))
        .row(self.next_row)
        .path(&self.path)
    }

    fn next_frame(&mut self) -> Result<Option<(DataFrame, Vec<Trouble>)>, Trouble> {
        let (mut objects, mut troubles) = (Objects::default(), Vec::new());
        for n_rows in 0..self.rows_per_chunk {
            match self.next_object()? {
                Some(Ok(object)) => objects.push(&object),
                Some(Err(trouble)) => {
                    troubles.push(trouble);
                    objects.push(&Map::new());
                }
                None if n_rows == 0 => return Ok(None),
                None => break,
            }
        }
        Ok(Some((objects.finish()?, troubles)))
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
