//! Readers: delimited text, Parquet, JSON lines and folders of pictures, whole or in chunks of bounded size.

mod blocks;
mod cells;
mod chunks;
mod dates;
mod encoding;
mod infer;
mod json_lines;
mod names;
mod numbers;
mod opened;
mod parquet;
mod parse;
mod records;
mod sniff;
mod source;
mod typed;

pub mod csv;
pub mod images;
pub mod rows;

#[cfg(test)]
mod tests;

use pg_base::Trouble;

pub use self::chunks::{CsvChunks, open_chunks};
pub use self::csv::{CsvOptions, Sample, header_of, read_csv, sample_of};
pub(crate) use self::dates::{MICROS_PER_DAY, days_of_month, parse_moment};
pub use self::encoding::Encoding;
pub use self::images::{ImageHead, decode, decode_all, probe_image, scan_image_folder};
pub(crate) use self::parquet::guarded;
pub use self::rows::{RowChunk, RowChunks, Source, open_rows};
pub use self::sniff::{Quoting, Sniffed};
use crate::table::Table;

/// A table as read, with what the person should know about the reading.
#[derive(Clone, Debug)]
pub struct ReadTable {
    /// The table, without a target column where the source names none.
    pub table: Table,
    /// What was found and worked around: infinite numbers, guessed encodings, ignored files.
    pub warnings: Vec<Trouble>,
    /// What was recognised about a text file; none for other sources.
    pub sniffed: Option<Sniffed>,
}
