//! Finds where the table begins in a text: behind comments, titles and other lines that are no records.

use super::cells::Marks;
use super::records::{Dialect, Records};
use super::sniff::{body_start, find_header};
use serde::{Deserialize, Serialize};

/// Which lines are comments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comments {
    /// Recognised: lines that begin with `#`, where the file begins with such lines.
    #[default]
    Detected,
    /// None.
    Never,
    /// Lines that begin with this character.
    With(u8),
}

/// The lines in front of the table, as far as they can be told before the delimiter is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Front {
    /// Bytes in front of everything else.
    pub n_bytes: usize,
    /// Begins lines that are no records.
    pub comment: Option<u8>,
    /// The last comment, without its mark: it may name the columns.
    pub last_comment: Option<String>,
    /// A delimiter that the file names itself, as Excel does (`sep=;`).
    pub delimiter: Option<u8>,
}

/// Where the records begin, and what names the columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Start {
    /// Bytes up to the first record with values.
    pub n_bytes: usize,
    /// Lines left out that were no comments.
    pub n_skipped: usize,
    /// Cells of the header; none where there is none.
    pub header: Option<Vec<String>>,
    /// Cells of a record.
    pub n_columns: usize,
    /// Whether the last column may be nothing but a delimiter at the end of each line.
    pub has_empty_end: bool,
}

/// Finds the lines at the front of a sample.
pub(super) fn find_front(sample: &str, n_skipped: Option<usize>, comments: Comments) -> Front {
    let mut front = Front::default();
    for line in sample.split_inclusive(['\n', '\r']).take(n_skipped.unwrap_or(0)) {
        front.n_bytes += line.len();
    }
    let rest = sample.get(front.n_bytes..).unwrap_or_default();
    if let Some([delimiter, b'\r' | b'\n', ..]) =
        rest.get(..6).and_then(|line| line.strip_prefix("sep=")).map(str::as_bytes)
    {
        front.delimiter = Some(*delimiter);
        front.n_bytes += rest.find('\n').map_or(6, |end| end + 1);
    }
    let mark = match comments {
        Comments::Detected => b'#',
        Comments::Never => return front,
        Comments::With(mark) => mark,
    };
    let rest = sample.get(front.n_bytes..).unwrap_or_default();
    let mut has_body = false;
    for line in rest.lines().filter(|line| !line.trim().is_empty()) {
        if line.as_bytes().first() != Some(&mark) {
            has_body = true;
            break;
        }
        front.last_comment = line.get(1..).map(|line| line.trim().to_owned());
    }
    if matches!(comments, Comments::With(_)) || (has_body && front.last_comment.is_some()) {
        front.comment = Some(mark);
    }
    front
}

/// Finds the first record with values; `known_names` are columns that a header would hold.
pub(super) fn find_start(
    sample: &str,
    dialect: Dialect,
    front: &Front,
    has_header: Option<bool>,
    n_skipped: Option<usize>,
    known_names: &[&str],
) -> Start {
    const MANY: usize = 1000;
    let mut records = Records::resume(sample, dialect, front.n_bytes);
    let (mut rows, mut ends) = (Vec::new(), Vec::new());
    while let Some(Ok(record)) = records.next_texts() {
        rows.push(record);
        ends.push(records.position());
        if rows.len() >= MANY {
            break;
        }
    }
    let counts: Vec<usize> = rows.iter().map(Vec::len).collect();
    let first = if n_skipped.is_some() { 0 } else { body_start(&counts, dialect.delimiter) };
    let first = if first == 1 && is_short_header(&rows) { 0 } else { first };
    let end_of = |n_records: usize| {
        n_records.checked_sub(1).and_then(|last| ends.get(last)).copied().unwrap_or(front.n_bytes)
    };
    let mut rows = rows.split_off(first.min(rows.len()));
    let mut start = Start { n_bytes: end_of(first), n_skipped: first, ..Start::default() };
    let Some(head) = rows.first().cloned() else { return start };
    let marks = Marks::default();
    let rest = rows.get(1..).unwrap_or_default();
    let is_known = head.iter().any(|cell| known_names.contains(&cell.trim()));
    let is_header = has_header.unwrap_or_else(|| is_known || find_header(&head, rest, &marks));
    if is_header {
        start.n_bytes = end_of(first + 1);
        start.header = Some(head);
        rows.remove(0);
    } else if has_header.is_none() {
        start.header = header_in_comment(front, dialect, &rows);
    }
    start.n_columns = match (&start.header, rows.first()) {
        (Some(header), Some(_)) => columns_of(header, &rows),
        (Some(header), None) => header.len(),
        (None, first) => first.map_or(0, Vec::len),
    };
    if let Some(header) = &mut start.header {
        let ends_empty =
            rows.iter().all(|row| row.last().is_none_or(|cell| cell.trim().is_empty()));
        match start.n_columns.checked_sub(header.len()) {
            // A name less than there are cells: a delimiter ends each row, or the first column has no name.
            Some(1) if ends_empty => header.push(String::new()),
            Some(1) => header.insert(0, String::new()),
            None => header.truncate(start.n_columns),
            Some(_) => {}
        }
    }
    let is_nameless = start
        .header
        .as_ref()
        .is_none_or(|header| header.last().is_some_and(|name| name.trim().is_empty()));
    start.has_empty_end = is_nameless
        && start.n_columns > 1
        && !rows.is_empty()
        && rows
            .iter()
            .all(|row| row.get(start.n_columns - 1).is_none_or(|cell| cell.trim().is_empty()));
    start
}

/// The number of cells of a record under this header: one more or less where nearly all records say so.
fn columns_of(header: &[String], rows: &[Vec<String>]) -> usize {
    let n_names = header.len();
    let share = |n_cells: usize| {
        rows.iter().filter(|row| row.len() == n_cells).count() * 10 >= rows.len() * 9
    };
    let ends_empty = header.last().is_some_and(|name| name.trim().is_empty());
    if n_names >= 2 && share(n_names + 1) {
        n_names + 1
    } else if ends_empty && n_names >= 2 && share(n_names - 1) {
        n_names - 1
    } else {
        n_names
    }
}

/// Whether the first record names all columns but one, and no better header follows.
fn is_short_header(rows: &[Vec<String>]) -> bool {
    let [first, second, rest @ ..] = rows else { return false };
    let marks = Marks::default();
    first.len() >= 2
        && first.len() + 1 == second.len()
        && !find_header(second, rest, &marks)
        && first.iter().all(|cell| !cell.trim().is_empty() && cell.parse::<f64>().is_err())
}

/// The last comment where it has a name for each cell and the records themselves name nothing.
fn header_in_comment(front: &Front, dialect: Dialect, rows: &[Vec<String>]) -> Option<Vec<String>> {
    let comment = front.last_comment.as_deref()?;
    let dialect = Dialect { comment: None, ..dialect };
    let mut names = Records::new(comment, dialect).next_texts()?.ok()?;
    // A column of numbers may well be called `#`.
    if let Some(first) = names.first_mut().filter(|name| name.trim().is_empty()) {
        "#".clone_into(first);
    }
    let n_cells = rows.first().map(Vec::len)?;
    (n_cells >= 2 && names.len() == n_cells && names.iter().all(|name| !name.trim().is_empty()))
        .then_some(names)
}
