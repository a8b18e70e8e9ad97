//! Reads Arrow IPC (Feather) files and streams, whole or in chunks.

use std::fs::File;
use std::path::Path;

use pg_base::{Trouble, say};
use polars::prelude::*;

use super::ReadTable;
use super::csv::Sample;
use super::frames::{ColumnChoices, SAMPLE_ROWS, Texts, table_of};
use super::opened::head_of;
use super::parquet::guarded;
use super::rows::{FrameChunk, slices};

/// Reads a file as a table.
pub fn read_arrow(path: &Path, choices: &ColumnChoices) -> Result<ReadTable, Trouble> {
    table_of(frame_of(path, None)?, Texts::StayText, choices, path)
}

/// The first rows of a file as a table.
pub fn sample_of_arrow(path: &Path, choices: &ColumnChoices) -> Result<Sample, Trouble> {
    let frame = frame_of(path, Some(SAMPLE_ROWS + 1))?;
    let is_whole = frame.height() <= SAMPLE_ROWS;
    Ok(Sample { table: table_of(frame, Texts::StayText, choices, path)?.table, is_whole })
}

/// The rows in chunks; the file is read once, as a whole.
pub(super) fn open(
    path: &Path,
    rows_per_chunk: usize,
) -> Result<impl Iterator<Item = FrameChunk> + Send + 'static, Trouble> {
    Ok(slices(frame_of(path, None)?, rows_per_chunk))
}

fn frame_of(path: &Path, n_rows: Option<usize>) -> Result<DataFrame, Trouble> {
    let head = head_of(path)?;
    if !head.starts_with(b"ARROW1") {
        let found = match head.as_slice() {
            [b'F', b'E', b'A', b'1', ..] => {
                say!("this is Feather version 1", "这是 Feather 第 1 版文件")
            }
            [0xff, 0xff, 0xff, 0xff, ..] => say!("this is an Arrow stream", "这是 Arrow 流格式"),
            _ => say!("this is no Arrow file", "这不是 Arrow 文件"),
        };
        return Err(Trouble::new("format-unknown", found)
            .expected(say!(
                "an Arrow IPC file, which Feather version 2 is",
                "Arrow IPC 文件（即 Feather 第 2 版）"
            ))
            .advice(say!(
                "Write it again as Feather or Parquet.",
                "请重新保存为 Feather 或 Parquet。"
            ))
            .path(path));
    }
    guarded(path, || IpcReader::new(File::open(path)?).with_n_rows(n_rows).finish())
}
