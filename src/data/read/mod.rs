//! Readers: delimited text, workbooks, Parquet, Arrow, JSON, databases and folders of pictures, whole or in chunks of bounded size.

mod any;
mod arrow;
mod blanks;
mod blocks;
mod cells;
mod chunks;
mod dates;
mod encoding;
mod excel;
mod frames;
mod gathered;
mod infer;
mod joined;
mod json;
mod json_lines;
mod mixed;
mod names;
mod notation;
mod numbers;
mod opened;
mod parquet;
mod parse;
mod postgres;
mod preamble;
mod reading;
mod records;
mod sniff;
mod source;
mod sqlite;
mod typed;
mod zipped;

pub mod csv;
pub mod images;
pub mod rows;

#[cfg(test)]
mod tests;

use pg_base::Trouble;

pub use self::any::sample_of_file;
pub use self::arrow::{read_arrow, sample_of_arrow};
pub use self::cells::plain_truth;
pub use self::chunks::{CsvChunks, open_chunks};
pub use self::csv::{CsvOptions, Sample, header_of, read_csv, sample_of};
pub use self::dates::{DayOrder, micros_of_date};
pub(crate) use self::dates::{MICROS_PER_DAY, days_of_month, parse_moment, parse_moment_in};
pub use self::encoding::Encoding;
pub use self::excel::{SheetOptions, read_sheet};
pub use self::frames::ColumnChoices;
pub use self::images::{ImageHead, decode, decode_all, probe_image, scan_image_folder};
pub use self::joined::files_of;
pub use self::json::{read_json, sample_of_json};
pub use self::notation::Decimal;
pub(crate) use self::parquet::guarded;
pub use self::parquet::{read_parquet, sample_of_parquet};
pub use self::postgres::{PostgresOptions, read_postgres};
pub use self::preamble::Comments;
pub use self::reading::Reading;
pub use self::rows::{RowChunk, RowChunks, Source, open_rows};
pub use self::sniff::{Quoting, Sniffed};
pub use self::sqlite::{SqliteOptions, read_sqlite, sample_of_sqlite};
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
