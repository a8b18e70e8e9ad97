//! Cuts text into records and cells by the rules of RFC 4180, blanks allowed around quotes and blank lines skipped.
//!
//! Polars' own reader fills short rows with missing values and accepts stray quotes; here both are faults with a row.

use std::borrow::Cow;

/// The marks that separate cells and records; all are ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Between cells.
    pub delimiter: u8,
    /// Around cells; none where quotes are ordinary characters.
    pub quote: Option<u8>,
    /// Ends a record: line feed, or carriage return in files of old Macs.
    pub line_end: u8,
    /// Begins a line that is no record.
    pub comment: Option<u8>,
}

/// Where a cell lies in the text, quotes excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    end: usize,
    has_doubled_quotes: bool,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A quote opens and never closes.
    QuoteOpen,
    /// Characters stand between a closing quote and the next delimiter.
    QuoteStray,
}

/// Walks over the records of a text that begins at the start of a record.
#[derive(Debug)]
pub(super) struct Records<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
    separators: Separators,
}

/// The delimiters and line ends among eight bytes of text.
///
/// Every byte of a file passes here; the eight bytes are looked at once, however many cells end in them.
#[derive(Clone, Copy, Debug)]
struct Separators {
    /// Place of the first of the eight bytes.
    base: usize,
    /// The highest bit of each byte that is a separator.
    found: u64,
}

impl Separators {
    const ONES: u64 = u64::MAX / 0xff;
    const LOW_BITS: u64 = Self::ONES * 0x7f;

    #[inline]
    fn at(bytes: &[u8], base: usize, dialect: Dialect) -> Self {
        let rest = tail(bytes, base);
        let word = rest.first_chunk::<8>().copied().unwrap_or_else(|| {
            // Zero is no separator, so what is filled up is never found.
            let mut padded = [0; 8];
            padded.iter_mut().zip(rest).for_each(|(padded, byte)| *padded = *byte);
            padded
        });
        let word = u64::from_le_bytes(word);
        // Exactly the bytes that are zero keep their high bit: no carry leaves a byte (Warren, Hacker's Delight, 6-1).
        let zeros =
            |word: u64| !(((word & Self::LOW_BITS) + Self::LOW_BITS) | word | Self::LOW_BITS);
        let same_as = |byte: u8| zeros(word ^ (Self::ONES * u64::from(byte)));
        Self { base, found: same_as(dialect.delimiter) | same_as(dialect.line_end) }
    }

    /// The place of the first separator at or after `from`, or the length of the text.
    #[inline]
    fn next(&mut self, bytes: &[u8], from: usize, dialect: Dialect) -> usize {
        match from.checked_sub(self.base) {
            Some(n_passed) if n_passed < 8 => self.found &= u64::MAX << (8 * n_passed),
            _ => *self = Self::at(bytes, from, dialect),
        }
        while self.found == 0 {
            if self.base + 8 >= bytes.len() {
                return bytes.len();
            }
            *self = Self::at(bytes, self.base + 8, dialect);
        }
        self.base + self.found.trailing_zeros() as usize / 8
    }
}

impl Dialect {
    /// Blanks that may stand around cells and quotes.
    fn is_blank(self, byte: u8) -> bool {
        byte == b' ' || (byte == b'\t' && self.delimiter != b'\t')
    }

    /// The end of the last whole record of a text that begins at the start of a record and may go on.
    pub(super) fn last_record_end(self, bytes: &[u8]) -> Option<usize> {
        let Some(quote) = self.quote.filter(|quote| bytes.contains(quote)) else {
            return bytes.iter().rposition(|byte| *byte == self.line_end).map(|last| last + 1);
        };
        let (mut at, mut record_end) = (0, None);
        while let Some(step) =
            tail(bytes, at).iter().position(|byte| *byte == quote || *byte == self.line_end)
        {
            let here = at + step;
            at = here + 1;
            if bytes.get(here) == Some(&self.line_end) {
                record_end = Some(at);
            } else if self.begins_cell(bytes, here) {
                match closing_quote(bytes, at, quote) {
                    Some((close, _)) => at = close + 1,
                    None => break,
                }
            }
        }
        record_end
    }

    /// Whether only blanks stand between this place and the start of the cell.
    fn begins_cell(self, bytes: &[u8], place: usize) -> bool {
        let before = bytes.get(..place).unwrap_or_default();
        let last = before.iter().rev().find(|byte| !self.is_blank(**byte));
        last.is_none_or(|byte| *byte == self.delimiter || *byte == self.line_end)
    }
}

impl Span {
    /// The content of the cell, doubled quotes made single.
    #[inline]
    pub(super) fn text(self, text: &str, dialect: Dialect) -> Cow<'_, str> {
        let cell = text.get(self.start..self.end).unwrap_or_default();
        match dialect.quote {
            Some(quote) if self.has_doubled_quotes => {
                let quote = char::from(quote);
                Cow::Owned(cell.replace(&format!("{quote}{quote}"), &quote.to_string()))
            }
            _ => Cow::Borrowed(cell),
        }
    }
}

impl<'a> Records<'a> {
    /// Starts at the beginning of the text.
    pub(super) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self::resume(text, dialect, 0)
    }

    /// Goes on where an earlier walk over the same text stopped.
    pub(super) fn resume(text: &'a str, dialect: Dialect, position: usize) -> Self {
        let separators = Separators::at(text.as_bytes(), position, dialect);
        Self { text, at: position, dialect, separators }
    }

    /// Puts the cells of the next record into `cells`; false at the end of the text.
    #[inline]
    pub(super) fn next_into(&mut self, cells: &mut Vec<Span>) -> Result<bool, Fault> {
        cells.clear();
        let first = self.text.as_bytes().get(self.at);
        if first.is_none_or(|first| *first <= b' ') || first == self.dialect.comment.as_ref() {
            self.skip_empty_lines();
        }
        if self.at >= self.text.len() {
            return Ok(false);
        }
        loop {
            let (span, ends_record) = self.cell()?;
            cells.push(span);
            if ends_record {
                return Ok(true);
            }
        }
    }

    /// Bytes walked over.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next record as texts.
    pub(super) fn next_texts(&mut self) -> Option<Result<Vec<String>, Fault>> {
        let mut cells = Vec::new();
        match self.next_into(&mut cells) {
            Ok(false) => None,
            Ok(true) => Some(Ok(cells
                .iter()
                .map(|span| span.text(self.text, self.dialect).into_owned())
                .collect())),
            Err(fault) => Some(Err(fault)),
        }
    }

    /// Passes over lines without a cell: blank ones and comments.
    fn skip_empty_lines(&mut self) {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() {
            if bytes.get(self.at) == self.dialect.comment.as_ref() {
                let mut rest = tail(bytes, self.at).iter();
                let length = rest.position(|byte| *byte == self.dialect.line_end);
                self.at = length.map_or(bytes.len(), |length| self.at + length + 1);
                continue;
            }
            let end = self.skip_blanks(self.at);
            let end = if bytes.get(end) == Some(&b'\r') && self.dialect.line_end == b'\n' {
                end + 1
            } else {
                end
            };
            match bytes.get(end) {
                Some(byte) if *byte == self.dialect.line_end => self.at = end + 1,
                None => self.at = bytes.len(),
                Some(_) => return,
            }
        }
    }

    fn skip_blanks(&self, from: usize) -> usize {
        let blanks = tail(self.text.as_bytes(), from)
            .iter()
            .take_while(|byte| self.dialect.is_blank(**byte));
        from + blanks.count()
    }

    #[inline]
    fn cell(&mut self) -> Result<(Span, bool), Fault> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        if let Some(quote) = self.dialect.quote
            && let Some(first) = bytes.get(start)
            && (*first == quote || self.dialect.is_blank(*first))
        {
            let opening = self.skip_blanks(start);
            if bytes.get(opening) == Some(&quote) {
                return self.quoted_cell(opening + 1, quote);
            }
        }
        let stop = self.separators.next(bytes, start, self.dialect);
        let line_end = self.dialect.line_end;
        let ends_record = bytes.get(stop).is_none_or(|byte| *byte == line_end);
        self.at = stop + 1;
        let has_return =
            ends_record && line_end == b'\n' && stop > start && bytes.get(stop - 1) == Some(&b'\r');
        let end = stop - usize::from(has_return);
        Ok((Span { start, end, has_doubled_quotes: false }, ends_record))
    }

    fn quoted_cell(&mut self, start: usize, quote: u8) -> Result<(Span, bool), Fault> {
        let bytes = self.text.as_bytes();
        let (end, has_doubled_quotes) =
            closing_quote(bytes, start, quote).ok_or(Fault::QuoteOpen)?;
        let mut after = self.skip_blanks(end + 1);
        if self.dialect.line_end == b'\n'
            && matches!(tail(bytes, after), [b'\r'] | [b'\r', b'\n', ..])
        {
            after += 1;
        }
        self.at = after + 1;
        let span = Span { start, end, has_doubled_quotes };
        match bytes.get(after) {
            None => Ok((span, true)),
            Some(byte) if *byte == self.dialect.delimiter => Ok((span, false)),
            Some(byte) if *byte == self.dialect.line_end => Ok((span, true)),
            Some(_) => Err(Fault::QuoteStray),
        }
    }
}

fn tail(bytes: &[u8], from: usize) -> &[u8] {
    bytes.get(from..).unwrap_or_default()
}

/// The place of the quote that closes a cell, and whether doubled quotes stand before it.
fn closing_quote(bytes: &[u8], from: usize, quote: u8) -> Option<(usize, bool)> {
    let (mut at, mut has_doubled) = (from, false);
    loop {
        let close = at + tail(bytes, at).iter().position(|byte| *byte == quote)?;
        if bytes.get(close + 1) != Some(&quote) {
            return Some((close, has_doubled));
        }
        has_doubled = true;
        at = close + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Dialect =
        Dialect { delimiter: b',', quote: Some(b'"'), line_end: b'\n', comment: None };

    fn check(text: &str, expected: &[&[&str]]) {
        let mut records = Records::new(text, COMMA);
        let mut found = Vec::new();
        while let Some(record) = records.next_texts() {
            found.push(record.expect("no fault"));
        }
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn records_and_cells() {
        check("a,b\n1,2\n", &[&["a", "b"], &["1", "2"]]);
        check("a,b\r\n1,\r\n", &[&["a", "b"], &["1", ""]]);
        check("a,", &[&["a", ""]]);
        check("\n  \n\r\na\n\n", &[&["a"]]);
        check(
            "\"x, y\", \"two\nlines\" \r\n5\" pipe,z",
            &[&["x, y", "two\nlines"], &["5\" pipe", "z"]],
        );
        check("\"he said \"\"no\"\"\",\"\"\n", &[&["he said \"no\"", ""]]);
        check("", &[]);
    }

    #[test]
    fn comments_are_no_records() {
        let dialect = Dialect { comment: Some(b'#'), ..COMMA };
        let mut records = Records::new("# one\n\n#two\na,#b\n# \"\nc,d\n#end", dialect);
        let mut found = Vec::new();
        while let Some(record) = records.next_texts() {
            found.push(record.expect("no fault"));
        }
        assert_eq!(found, [["a", "#b"], ["c", "d"]]);
    }

    #[test]
    fn faults_of_quotes() {
        let fault = |text| Records::new(text, COMMA).next_into(&mut Vec::new());
        assert_eq!(fault("\"a\nb"), Err(Fault::QuoteOpen));
        assert_eq!(fault("\"a\" b,c"), Err(Fault::QuoteStray));
    }

    #[test]
    fn the_last_whole_record() {
        let end = |text: &str| COMMA.last_record_end(text.as_bytes());
        assert_eq!(end("a\nb\nc"), Some(4));
        assert_eq!(end("a\n\"b\nc"), Some(2));
        assert_eq!(end("a\n\"b\nc\"\nd"), Some(8));
        assert_eq!(end("5\" pipe\nx"), Some(8));
        assert_eq!(end("abc"), None);
    }

    proptest::proptest! {
        #[test]
        fn separators_are_where_they_are(text in "[,\u{0}\u{1}a-c-\u{7f}é\n]{0,40}") {
            let bytes = text.as_bytes();
            let mut separators = Separators::at(bytes, 0, COMMA);
            for from in 0..=bytes.len() {
                let rest = tail(bytes, from);
                let expected = rest.iter().position(|byte| matches!(byte, b',' | b'\n'));
                let found = separators.next(bytes, from, COMMA);
                proptest::prop_assert_eq!(found, from + expected.unwrap_or(rest.len()));
            }
        }
    }
}
