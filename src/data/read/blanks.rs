//! Files whose columns stand apart by blanks, as old tables of numbers do: every run of blanks becomes one tab, so that
//! the rest of the reader sees tabs.

use super::notation::Decimal;
use super::records::{Dialect, Records};

/// The delimiter that stands for runs of blanks in options and in what was recognised.
pub(super) const BLANKS: u8 = b' ';

/// Turns runs of blanks outside quotes into tabs, piece by piece.
#[derive(Clone, Debug, Default)]
pub(super) struct Blanks {
    place: Place,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    LineStart,
    Cell,
    Run,
    Quotes,
    /// Behind a quote that closes, or is the first of two.
    Closed,
}

impl Blanks {
    /// Changes the bytes from `from` on, which follow those of the calls before.
    pub(super) fn unify(&mut self, text: &mut Vec<u8>, from: usize) {
        let raw = text.split_off(from.min(text.len()));
        for byte in raw {
            self.place = match (self.place, byte) {
                (Place::Quotes, b'"') => Place::Closed,
                (Place::Quotes, _) | (Place::Closed, b'"') => Place::Quotes,
                (_, b'\n' | b'\r') => Place::LineStart,
                (Place::LineStart, b' ' | b'\t') => continue,
                (_, b' ' | b'\t') => {
                    self.place = Place::Run;
                    continue;
                }
                (before, _) => {
                    if before == Place::Run {
                        text.push(b'\t');
                    }
                    let begins_cell = matches!(before, Place::LineStart | Place::Run);
                    if byte == b'"' && begins_cell { Place::Quotes } else { Place::Cell }
                }
            };
            text.push(byte);
        }
    }
}

/// Whether the columns of a text stand apart by blanks: nearly all lines have as many words, most of them numbers.
/// Where tabs make columns too, blanks must be there to align them.
pub(super) fn separate(sample: &str, has_tabs: bool) -> bool {
    const MOST: usize = 1000;
    let mut text = sample.as_bytes().to_vec();
    Blanks::default().unify(&mut text, 0);
    let text = String::from_utf8_lossy(&text);
    let line_end = if sample.contains('\n') { b'\n' } else { b'\r' };
    let dialect = Dialect { delimiter: b'\t', quote: Some(b'"'), line_end, comment: None };
    let mut records = Records::new(&text, dialect);
    let mut found = Vec::new();
    while let Some(Ok(record)) = records.next_texts()
        && found.len() < MOST
    {
        found.push(record);
    }
    // The last line of a sample may be cut.
    let lines = found.get(..found.len().saturating_sub(1)).unwrap_or_default();
    let n_cells = lines.last().map_or(0, Vec::len);
    let n_alike = lines.iter().filter(|line| line.len() == n_cells).count();
    let is_number = |cell: &&String| Decimal::Point.parse(cell.trim()).is_some();
    let n_numbers: usize = lines.iter().map(|line| line.iter().filter(is_number).count()).sum();
    let n_all: usize = lines.iter().map(Vec::len).sum();
    let n_aligned = sample.lines().filter(|line| line.contains("  ")).count();
    if has_tabs && n_aligned * 2 < sample.lines().count() {
        return false;
    }
    n_cells >= 2 && lines.len() >= 3 && n_alike * 10 >= lines.len() * 9 && n_numbers * 2 > n_all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_become_tabs_whatever_the_pieces() {
        let text = "  1.0   2\t \"a  \"\" b\"\t3  \n\n 4 5\"\t\"\" 6\r\n";
        let expected = "1.0\t2\t\"a  \"\" b\"\t3\n\n4\t5\"\t\"\"\t6\r\n";
        for size in 1..text.len() {
            let (mut blanks, mut found) = (Blanks::default(), Vec::new());
            for piece in text.as_bytes().chunks(size) {
                let from = found.len();
                found.extend_from_slice(piece);
                blanks.unify(&mut found, from);
            }
            assert_eq!(String::from_utf8(found).expect("text"), expected, "pieces of {size}");
        }
    }

    #[test]
    fn tables_of_numbers_and_not_sentences_are_recognised() {
        let check = |sample: &str, has_tabs: bool, expected: bool| {
            assert_eq!(separate(sample, has_tabs), expected, "{sample:?}");
        };
        check(" 0.02  18.00\n 0.03   0.00\n10.00  12.50\n 1.00   2.00\n", false, true);
        check(
            "18.  8\t\"buick a\"\n15.  8\t\"buick b\"\n16.  8\t\"amc c\"\n9.  4\t\"d\"\n",
            true,
            true,
        );
        check("1\t2\tAnn Lee\n3\t4\tBo Poe\n5\t6\tCy Day\n7\t8\tDi Fox\n", true, false);
        check("I like it\nI hate it\nyou like it\nthey like it\n", false, false);
        check("1\n2\n3\n4\n", false, false);
        check("a b\n1 2\n", false, false);
    }
}
