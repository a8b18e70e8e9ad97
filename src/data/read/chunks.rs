//! Streams a delimited file in chunks of rows: memory does not grow with the file.

use pg_base::Trouble;
use polars::prelude::*;

use super::blocks::BlockFault;
use super::cells::Marks;
use super::csv::CsvOptions;
use super::joined::marks_of;
use super::opened::{Opened, fault_trouble};
use super::parse::{block_trouble, ragged_trouble, text_of_block};
use super::records::{Records, Span};
use super::rows::RowChunk;
use super::typed::typed_chunk;
use crate::schema::Schema;
use crate::table::polars_trouble;

/// Bytes of text in memory at a time.
const BLOCK_BYTES: usize = 1 << 20;

/// The chunks of a delimited file; ends after the first error.
#[derive(Debug)]
pub struct CsvChunks {
    opened: Opened,
    marks: Marks,
    options: CsvOptions,
    schema: Schema,
    rows_per_chunk: usize,
    text: String,
    position: usize,
    fault: Option<BlockFault>,
    next_row: u64,
    trouble: Option<Trouble>,
    is_done: bool,
}

/// Opens a file whose rows are typed as `schema` wants them.
///
/// The original cells are kept as they are in the file; a row with too few or too many cells is filled up or cut and
/// reported among the chunk's troubles, like a cell that does not fit its kind.
pub fn open_chunks(
    options: &CsvOptions,
    schema: &Schema,
    rows_per_chunk: usize,
) -> Result<CsvChunks, Trouble> {
    let known: Vec<&str> = schema.columns.iter().map(|column| column.name.as_str()).collect();
    let opened = Opened::new(options, BLOCK_BYTES, &known)?;
    let (n_columns, delimiter) = (opened.names.len(), opened.dialect.delimiter);
    let (marks, _) = marks_of(options, &opened.sample, n_columns, delimiter);
    Ok(CsvChunks {
        marks,
        opened,
        options: options.clone(),
        schema: schema.clone(),
        rows_per_chunk: rows_per_chunk.max(1),
        text: String::new(),
        position: 0,
        fault: None,
        next_row: 1,
        trouble: None,
        is_done: false,
    })
}

impl CsvChunks {
    /// Names of the file's own columns.
    pub fn names(&self) -> &[String] {
        &self.opened.names
    }

    /// Puts the cells of the next record into `spans`; false at the end of the file.
    fn next_record(&mut self, spans: &mut Vec<Span>) -> Result<bool, Trouble> {
        loop {
            let mut records = Records::resume(&self.text, self.opened.dialect, self.position);
            let found = records
                .next_into(spans)
                .map_err(|fault| fault_trouble(fault, self.next_row, &self.options))?;
            self.position = records.position();
            if found {
                return Ok(true);
            }
            if let Some(fault) = self.fault {
                return Err(block_trouble(fault, self.next_row, &self.options));
            }
            let Some(block) = self.opened.blocks.next_block()? else { return Ok(false) };
            let (text, fault) = text_of_block(&block, self.opened.dialect);
            (self.text, self.fault, self.position) = (text.to_owned(), fault, 0);
        }
    }

    fn next_chunk(&mut self) -> Result<Option<RowChunk>, Trouble> {
        if let Some(trouble) = self.trouble.take() {
            return Err(trouble);
        }
        let n_columns = self.opened.names.len();
        let capacity = self.rows_per_chunk.min(1 << 16);
        let builder = |name: &String| StringChunkedBuilder::new(name.as_str().into(), capacity);
        let mut columns: Vec<StringChunkedBuilder> =
            self.opened.names.iter().map(builder).collect();
        let (mut spans, mut troubles, first_row) = (Vec::new(), Vec::new(), self.next_row);
        let mut n_rows = 0;
        while n_rows < self.rows_per_chunk {
            match self.next_record(&mut spans) {
                Ok(true) => {}
                Ok(false) => break,
                Err(trouble) if n_rows > 0 => {
                    // What was read before the fault is handed out first.
                    self.trouble = Some(trouble);
                    break;
                }
                Err(trouble) => return Err(trouble),
            }
            if spans.len() != n_columns {
                troubles.push(
                    ragged_trouble(self.next_row, spans.len(), n_columns).path(&self.options.path),
                );
            }
            for (index, column) in columns.iter_mut().enumerate() {
                match spans.get(index).map(|span| span.text(&self.text, self.opened.dialect)) {
                    Some(cell) if !cell.is_empty() => column.append_value(cell),
                    _ => column.append_null(),
                }
            }
            n_rows += 1;
            self.next_row += 1;
        }
        if n_rows == 0 {
            return Ok(None);
        }
        let columns =
            columns.into_iter().map(|column| column.finish().into_series().into()).collect();
        let original = DataFrame::new(n_rows, columns).map_err(polars_trouble)?;
        let chunk = typed_chunk(original, &self.schema, &self.marks, first_row, troubles);
        chunk.map(Some).map_err(|trouble| trouble.path(&self.options.path))
    }
}

impl Iterator for CsvChunks {
    type Item = Result<RowChunk, Trouble>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let chunk = self.next_chunk().transpose();
        self.is_done = !matches!(chunk, Some(Ok(_)));
        chunk
    }
}
