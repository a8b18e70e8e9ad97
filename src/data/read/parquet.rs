//! Reads Parquet files, whole, their first rows, or streamed row group by row group.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use pg_base::{Trouble, say};
use polars::prelude::*;

use super::ReadTable;
use super::csv::Sample;
use super::frames::{ColumnChoices, SAMPLE_ROWS, Texts, table_of};
use super::rows::FrameChunk;

/// Reads a file as a table.
pub fn read_parquet(path: &Path, choices: &ColumnChoices) -> Result<ReadTable, Trouble> {
    let frame = guarded(path, || ParquetReader::new(open_file(path)?).finish())?;
    table_of(frame, Texts::StayText, choices, path)
}

/// The first rows of a file as a table, from its first row groups.
pub fn sample_of_parquet(path: &Path, choices: &ColumnChoices) -> Result<Sample, Trouble> {
    let (n_rows, frame) = guarded(path, || {
        let mut reader = ParquetReader::new(open_file(path)?);
        let n_rows = reader.get_metadata()?.num_rows;
        Ok((n_rows, reader.with_slice(Some((0, SAMPLE_ROWS))).finish()?))
    })?;
    let is_whole = n_rows == frame.height();
    Ok(Sample { table: table_of(frame, Texts::StayText, choices, path)?.table, is_whole })
}

/// The chunks of a file; at most one row group is in memory.
#[derive(Debug)]
pub(super) struct ParquetChunks {
    path: PathBuf,
    rows_per_chunk: usize,
    /// Rows of the row groups not yet read, the next one last.
    groups: Vec<usize>,
    n_read: usize,
    pending: DataFrame,
    is_done: bool,
}

/// Opens a file.
pub(super) fn open(path: &Path, rows_per_chunk: usize) -> Result<ParquetChunks, Trouble> {
    let groups = guarded(path, || {
        let mut reader = ParquetReader::new(open_file(path)?);
        let mut groups = Vec::new();
        for group in reader.get_metadata()?.row_groups.iter().rev() {
            groups.push(group.num_rows());
        }
        Ok(groups)
    })?;
    let pending = DataFrame::empty();
    Ok(ParquetChunks {
        path: path.to_owned(),
        rows_per_chunk,
        groups,
        n_read: 0,
        pending,
        is_done: false,
    })
}

/// Runs a reader of Polars, whose faults on damaged files may be errors or panics.
pub(crate) fn guarded<T>(
    path: &Path,
    read: impl FnOnce() -> PolarsResult<T>,
) -> Result<T, Trouble> {
    let damaged = |error: String| {
        Trouble::new(
            "file-corrupt",
            say!("the file cannot be read: {error}", "无法读取该文件：{error}"),
        )
        .advice(say!("Copy or create the file again.", "请重新复制或生成该文件。"))
        .path(path)
    };
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(PolarsError::IO { error, .. })) if error.kind() != io::ErrorKind::Other => {
            Err(Trouble::io(&error, path))
        }
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(_) => Err(damaged(String::from("damaged"))),
    }
}

fn open_file(path: &Path) -> PolarsResult<File> {
    Ok(File::open(path)?)
}

impl ParquetChunks {
    fn next_frame(&mut self) -> Result<Option<DataFrame>, Trouble> {
        while self.pending.height() == 0 {
            let Some(n_rows) = self.groups.pop() else { return Ok(None) };
            let slice = (self.n_read, n_rows);
            self.n_read += n_rows;
            let path = &self.path;
            self.pending = guarded(path, || {
                ParquetReader::new(open_file(path)?).with_slice(Some(slice)).finish()
            })?;
        }
        let frame = self.pending.slice(0, self.rows_per_chunk);
        self.pending = self.pending.slice(frame.height() as i64, self.pending.height());
        Ok(Some(frame))
    }
}

impl Iterator for ParquetChunks {
    type Item = FrameChunk;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let frame = self.next_frame().transpose();
        self.is_done = !matches!(frame, Some(Ok(_)));
        Some(frame?.map(|frame| (frame, Vec::new())))
    }
}
