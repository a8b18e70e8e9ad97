//! How a person said that the cells of a source are to be understood: a model reads new files alike.
//!
//! Invariant: it holds what the cells mean, not where the table stands in a file; other files have other title lines.

use serde::{Deserialize, Serialize};

use super::csv::CsvOptions;
use super::dates::DayOrder;
use super::excel::SheetOptions;
use super::notation::Decimal;
use super::preamble::Comments;
use super::sniff::Quoting;

/// What differs from what would be recognised.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Cells that mean "missing", besides the usual ones.
    pub missing_marks: Vec<String>,
    /// What separates whole from broken in numbers.
    pub decimal: Option<Decimal>,
    /// Whether day or month comes first.
    pub day_order: Option<DayOrder>,
    /// Whether blanks around cells are a part of them.
    pub keeps_blanks: bool,
    /// Around cells.
    pub quote: Quoting,
    /// Which lines are no records.
    pub comments: Comments,
    /// Name of the sheet, where a workbook has it.
    pub sheet: Option<String>,
}

impl Reading {
    /// Whether everything is recognised.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Of a text file.
    pub(super) fn of_csv(options: &CsvOptions) -> Self {
        Self {
            missing_marks: unusual(&options.missing_marks),
            decimal: options.decimal,
            day_order: options.day_order,
            keeps_blanks: !options.trims,
            quote: options.quote,
            comments: options.comments,
            sheet: None,
        }
    }

    /// Of a source that knows its cells.
    pub(super) fn of_cells(missing_marks: &[String], sheet: Option<&str>) -> Self {
        Self {
            missing_marks: unusual(missing_marks),
            sheet: sheet.map(str::to_owned),
            ..Self::default()
        }
    }

    /// A text file read alike.
    pub(super) fn csv(&self, path: &std::path::Path) -> CsvOptions {
        let mut options = CsvOptions::new(path);
        options.missing_marks.extend(self.missing_marks.iter().cloned());
        options.decimal = self.decimal;
        options.day_order = self.day_order;
        options.trims = !self.keeps_blanks;
        options.quote = self.quote;
        options.comments = self.comments;
        options
    }

    /// A workbook read alike; the sheet counts where `names` holds it.
    pub(super) fn sheet(&self, names: &[String]) -> SheetOptions {
        let sheet = self.sheet.clone().filter(|sheet| names.contains(sheet));
        SheetOptions { sheet, ..SheetOptions::default() }
    }

    /// All cells that mean "missing".
    pub(super) fn marks(&self) -> Vec<String> {
        let usual = CsvOptions::MISSING_MARKS.map(str::to_owned);
        usual.into_iter().chain(self.missing_marks.iter().cloned()).collect()
    }
}

fn unusual(marks: &[String]) -> Vec<String> {
    let is_usual = |mark: &&String| CsvOptions::MISSING_MARKS.contains(&mark.as_str());
    marks.iter().filter(|mark| !is_usual(mark)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use pg_base::{CancelToken, NoProgress};

    use super::*;
    use crate::read::{open_rows, read_csv};

    #[test]
    fn new_files_are_read_as_the_source_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        let text = "% a remark\nn;day;word\n-999;01/02/2024;'a;b'\n1,5;03/02/2024; c\n";
        std::fs::write(&path, text).expect("writable");
        let mut options = CsvOptions::new(&path);
        options.missing_marks.push("-999".to_owned());
        options.day_order = Some(DayOrder::DayFirst);
        options.decimal = Some(Decimal::Comma);
        options.quote = Quoting::With(b'\'');
        options.comments = Comments::With(b'%');
        options.trims = false;
        let read = read_csv(&options, &CancelToken::default(), &NoProgress).expect("read").table;
        let json = serde_json::to_string(&read.recipe()).expect("plain data");
        let recipe: crate::Recipe = serde_json::from_str(&json).expect("round trip");
        let mut chunks = open_rows(&path, read.schema(), &recipe.reading, 100).expect("opened");
        let again = chunks.next().expect("a chunk").expect("read").rows;
        for name in ["n", "day", "word"] {
            let (one, two) = (read.rows().column(name), again.column(name));
            let (one, two) = (one.expect("read"), two.expect("read again"));
            assert!(one.equals_missing(two), "{name}: {one:?} {two:?}");
        }
        assert_eq!(read.rows().numbers("n").expect("numbers").null_count(), 1);
    }
}
