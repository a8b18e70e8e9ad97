//! The rows and columns that are shown, written to a file.

use std::path::Path;

use pg_base::{CancelToken, Progress, Trouble, say};
use polars::prelude::*;

use super::RowsView;
use crate::table::polars_trouble;
use crate::write::TableWriter;

/// Rows brought together at a time.
const CHUNK: usize = 100_000;

impl RowsView {
    /// Writes rows in their order (none for all) and columns by place; the file's extension chooses the format.
    /// A cancel leaves no file behind.
    pub fn write(
        &self,
        path: &Path,
        rows: Option<&[u32]>,
        columns: &[usize],
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<(), Trouble> {
        let mut writer = TableWriter::new(path)?;
        let n_rows = rows.map_or(self.n_rows(), <[u32]>::len);
        let mut n_written = 0;
        loop {
            cancel.check()?;
            let n_chunk = CHUNK.min(n_rows - n_written);
            let range = n_written..n_written + n_chunk;
            let places =
                rows.map(|rows| IdxCa::from_slice("".into(), rows.get(range).unwrap_or_default()));
            let mut chunk = Vec::with_capacity(columns.len());
            for column in columns.iter().filter_map(|column| self.columns.get(*column)) {
                let values = match &places {
                    Some(places) => column.values.take(places).map_err(polars_trouble)?,
                    None => column.values.slice(n_written as i64, n_chunk),
                };
                chunk.push(values.into());
            }
            // An empty table still gets its header.
            writer.write(&DataFrame::new(n_chunk, chunk).map_err(polars_trouble)?)?;
            n_written += n_chunk;
            if n_written >= n_rows {
                break;
            }
            progress
                .report(n_written as f64 / n_rows as f64, &say!("Writing rows…", "正在写入数据…"));
        }
        writer.finish()
    }
}
