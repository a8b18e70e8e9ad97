//! Looks at any file that holds a table, told by its name.

use std::collections::BTreeMap;
use std::path::Path;

use pg_base::Trouble;

use super::csv::{CsvOptions, Sample, sample_of};
use super::excel::{SheetOptions, read_sheet};
use super::frames::ColumnChoices;
use super::rows::Source;
use super::sqlite::{SqliteOptions, sample_of_sqlite};
use super::{arrow, json, parquet};

/// The first rows of a file with the kinds (ids) that are chosen; text among chosen numbers is missing.
pub fn sample_of_file(path: &Path, kinds: BTreeMap<String, String>) -> Result<Sample, Trouble> {
    let choices = ColumnChoices { kinds, ..ColumnChoices::default() };
    // A pattern is no file, and names text files only.
    let source = if path.exists() { Source::of(path)? } else { Source::Delimited };
    match source {
        Source::Parquet => parquet::sample_of_parquet(path, &choices),
        Source::Arrow => arrow::sample_of_arrow(path, &choices),
        Source::JsonLines => json::sample_of_json(path, &choices),
        Source::Workbook => {
            let options = SheetOptions { choices, ..SheetOptions::default() };
            Ok(Sample { table: read_sheet(path, &options)?.table, is_whole: true })
        }
        Source::Sqlite => {
            sample_of_sqlite(path, &SqliteOptions { choices, ..SqliteOptions::default() })
        }
        Source::Delimited | Source::Pictures => sample_of(&CsvOptions {
            kinds: choices.kinds,
            strays_are_missing: true,
            ..CsvOptions::new(path)
        }),
    }
}
