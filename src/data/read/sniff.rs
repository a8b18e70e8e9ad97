//! Recognises delimiter, quotes and header from the first part of a file.

use serde::{Deserialize, Serialize};

use super::cells::Marks;
use super::dates::parse_moment;
use super::encoding::Encoding;
use super::notation::Decimal;
use super::records::{Dialect, Records};

/// Whether quotes around cells mean anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quoting {
    /// Recognised: double quotes where they are used consistently, else none.
    #[default]
    Detected,
    /// Quotes are ordinary characters.
    Never,
    /// This character encloses cells.
    With(u8),
}

/// What was recognised about a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sniffed {
    /// How characters are written.
    pub encoding: Encoding,
    /// Between cells.
    pub delimiter: u8,
    /// Around cells.
    pub quote: Option<u8>,
    /// Whether the file names the columns.
    pub has_header: bool,
    /// Whether the file is compressed.
    pub is_gzip: bool,
}

/// Delimiters that are tried; of those that fit equally well the first wins, so commas inside cells do not mislead.
const DELIMITERS: [u8; 4] = [b'\t', b'|', b';', b','];

/// Records looked at.
const MAX_RECORDS: usize = 1000;

/// Finds the dialect of a sample; what is given is kept.
pub(super) fn find_dialect(
    sample: &str,
    is_whole: bool,
    delimiter: Option<u8>,
    quoting: Quoting,
    comment: Option<u8>,
) -> Dialect {
    let line_end = line_end_of(sample);
    if let Some(dialect) = fitting_dialect(sample, is_whole, delimiter, quoting, comment) {
        return dialect;
    }
    // One column: a delimiter that does not occur leaves commas in sentences alone.
    let absent = [b',', b';', b'\t', b'|']
        .into_iter()
        .find(|candidate| !sample.as_bytes().contains(candidate));
    let quote = match quoting {
        Quoting::Never => None,
        Quoting::Detected => Some(b'"'),
        Quoting::With(quote) => Some(quote),
    };
    let dialect =
        Dialect { delimiter: delimiter.or(absent).unwrap_or(b','), quote, line_end, comment };
    let has_broken_quotes =
        quoting == Quoting::Detected && !count_cells(sample, is_whole, dialect).1;
    if has_broken_quotes && delimiter.is_none() {
        Dialect { quote: None, ..dialect }
    } else {
        dialect
    }
}

/// The delimiter that makes columns of a sample, if one does.
pub(super) fn found_delimiter(
    sample: &str,
    is_whole: bool,
    quoting: Quoting,
    comment: Option<u8>,
) -> Option<u8> {
    fitting_dialect(sample, is_whole, None, quoting, comment).map(|dialect| dialect.delimiter)
}

fn line_end_of(sample: &str) -> u8 {
    if sample.contains('\n') || !sample.contains('\r') { b'\n' } else { b'\r' }
}

/// The dialect that fits best; none where all make one column.
fn fitting_dialect(
    sample: &str,
    is_whole: bool,
    delimiter: Option<u8>,
    quoting: Quoting,
    comment: Option<u8>,
) -> Option<Dialect> {
    let line_end = line_end_of(sample);
    let delimiters = delimiter.map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
    let mut best: Option<(Fit, Dialect)> = None;
    for delimiter in delimiters {
        // Only files with tabs hold quotes that mean nothing; elsewhere a broken quote is a fault of the file.
        let quotes: &[Option<u8>] = match quoting {
            Quoting::Detected if delimiter == b'\t' => &[Some(b'"'), None],
            Quoting::Detected => &[Some(b'"')],
            Quoting::Never => &[None],
            Quoting::With(quote) => &[Some(quote)],
        };
        for quote in quotes {
            let dialect = Dialect { delimiter, quote: *quote, line_end, comment };
            // Quotes that break mean nothing where that may be.
            let may_break = quotes.len() == 1 || quote.is_none();
            if let Some(fit) = fit(sample, is_whole, dialect)
                && (fit.is_sound || may_break)
                && best.is_none_or(|(best_fit, _)| fit > best_fit)
            {
                best = Some((fit, dialect));
            }
        }
    }
    best.map(|(_, dialect)| dialect)
}

/// Whether the first record names the columns.
pub(super) fn find_header(first: &[String], rest: &[Vec<String>], marks: &Marks) -> bool {
    let is_value = |cell: &str| {
        [Decimal::Point, Decimal::Comma].into_iter().any(|decimal| decimal.parse(cell).is_some())
            || parse_moment(cell).is_some()
    };
    let mut votes = 0_i64;
    for (index, cell) in first.iter().enumerate() {
        let cell = cell.trim();
        let mut column = rest
            .iter()
            .filter_map(|record| record.get(index))
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty() && !marks.hold(cell))
            .peekable();
        if cell.is_empty() || marks.hold(cell) {
            continue;
        }
        if is_value(cell) {
            votes -= 1;
        } else if column.peek().is_none() {
        } else if column.clone().all(is_value) {
            votes += 2;
        } else if column.any(|other| other == cell) {
            votes -= 2;
        }
    }
    if votes != 0 {
        return votes > 0;
    }
    let names: std::collections::BTreeSet<&str> = first.iter().map(|cell| cell.trim()).collect();
    names.len() == first.len() && first.iter().all(|cell| is_like_name(cell))
}

/// How well a dialect fits: larger is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    is_sound: bool,
    /// Records with as many cells as the first one, of 1000.
    permille: usize,
    /// Whether the table begins at the top: a title is less likely than another delimiter.
    is_at_top: bool,
    n_cells: usize,
}

fn fit(sample: &str, is_whole: bool, dialect: Dialect) -> Option<Fit> {
    let (counts, is_sound) = count_cells(sample, is_whole, dialect);
    let start = body_start(&counts, dialect.delimiter);
    let counts = counts.get(start..)?;
    let n_cells = *counts.first()?;
    let n_alike = counts.iter().filter(|count| **count == n_cells).count();
    let permille = n_alike * 1000 / counts.len();
    let mut records = Records::new(sample, dialect);
    (0..start).for_each(|_| _ = records.next_texts());
    let first = records.next_texts()?.ok()?;
    let has_names = first.iter().all(|cell| is_like_name(cell) && !cell.starts_with(' '));
    (n_cells >= 2 && (permille >= 500 || has_names)).then_some(Fit {
        is_sound,
        permille,
        is_at_top: start == 0,
        n_cells,
    })
}

/// The first record of the table among records with so many cells: titles in front of it have fewer.
///
/// Two cells prove little, because sentences hold commas.
pub(super) fn body_start(counts: &[usize], delimiter: u8) -> usize {
    const MOST: usize = 50;
    let mut tally = std::collections::BTreeMap::<usize, usize>::new();
    for count in counts {
        *tally.entry(*count).or_default() += 1;
    }
    let usual = tally.iter().max_by_key(|(_, n)| **n).map_or(0, |(count, _)| *count);
    let proves = usual >= 3 || (usual == 2 && delimiter != b',');
    let start = counts.iter().position(|count| *count >= usual).unwrap_or(0);
    let body = counts.get(start..).unwrap_or_default();
    let n_usual = body.iter().filter(|count| **count == usual).count();
    let is_body = body.len() >= 2 && n_usual * 10 >= body.len() * 9;
    if proves && is_body && start <= MOST { start } else { 0 }
}

/// Cells of each record up to the first broken quote, and whether there was none.
fn count_cells(sample: &str, is_whole: bool, dialect: Dialect) -> (Vec<usize>, bool) {
    let end = if is_whole {
        sample.len()
    } else {
        dialect.last_record_end(sample.as_bytes()).unwrap_or(sample.len())
    };
    let mut records = Records::new(sample.get(..end).unwrap_or_default(), dialect);
    let (mut counts, mut cells) = (Vec::new(), Vec::new());
    loop {
        match records.next_into(&mut cells) {
            // Every record is checked for broken quotes, the first ones are counted.
            Ok(true) if counts.len() < MAX_RECORDS => counts.push(cells.len()),
            Ok(true) => {}
            Ok(false) => return (counts, true),
            Err(_) => return (counts, false),
        }
    }
}

fn is_like_name(cell: &str) -> bool {
    let cell = cell.trim();
    cell.chars().count() <= 40 && !cell.ends_with(['.', '!', '?', '。', '！', '？', '…'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sample: &str, delimiter: char, quote: bool, has_header: bool) {
        let dialect = find_dialect(sample, true, None, Quoting::Detected, None);
        let mut records = Records::new(sample, dialect);
        let first = records.next_texts().expect("a record").expect("no fault");
        let mut rest = Vec::new();
        while let Some(record) = records.next_texts() {
            rest.push(record.expect("no fault"));
        }
        let found = (
            char::from(dialect.delimiter),
            dialect.quote.is_some(),
            find_header(&first, &rest, &Marks::default()),
        );
        assert_eq!(found, (delimiter, quote, has_header), "{sample:?}");
    }

    #[test]
    fn dialects_and_headers() {
        check("a,b\n1,2\n3,4\n", ',', true, true);
        check("1,2\n3,4\n", ',', true, false);
        check("a;b\n1,5;2,5\n3,5;4,5\n", ';', true, true);
        check("a|b|c\nx|y, z|1\n", '|', true, true);
        check("\t \n\"\nx\n", ',', false, true);
        check("name,says\nBo,\"hi, you\"\nAl,\"a;b\"\n", ',', true, true);
        check("ham\tOk, \"lar\" x\nspam\t\"Free\" entry, now\nham\tbye\n", '\t', false, false);
        check("text\tlabel\nI like it\tgood\nI hate it\tbad\n", '\t', true, true);
        check(
            "two men are outside .\tdeux hommes sont dehors .\na girl runs .\tune fille court .\n",
            '\t',
            true,
            false,
        );
        check("review\nGood, and cheap.\nBad.\n", ';', true, true);
        check("a,b,c\n1,2\n3,4\n", ',', true, true);
        check("订单号;城市\nD1;北京\nD2;北京\n", ';', true, true);
        check(",x\n0,1.5\n1,2.5\n", ',', true, true);
        check("5.1,setosa\n4.9,setosa\n7.0,virginica\n", ',', true, false);
    }
}
