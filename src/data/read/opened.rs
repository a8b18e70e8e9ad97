//! A text file opened for reading: dialect, names of the columns and the cells of a sample are known.

use pg_base::{Trouble, say};

use super::blocks::{Blocks, MAX_RECORD_BYTES};
use super::cells::Marks;
use super::csv::CsvOptions;
use super::names::column_names;
use super::records::{Dialect, Fault, Records};
use super::sniff::{Quoting, Sniffed, find_dialect, find_header};
use super::source::{Filled, TextSource};

/// What is looked at before the file is read.
const SAMPLE_BYTES: usize = 256 << 10;

/// An opened file, its first record not yet skipped.
#[derive(Debug)]
pub(super) struct Opened {
    /// Everything from the first record on, the header included.
    pub blocks: Blocks,
    /// Delimiter, quote and line end.
    pub dialect: Dialect,
    /// What was recognised.
    pub sniffed: Sniffed,
    /// Names of the columns.
    pub names: Vec<String>,
    /// Records of the sample, without the header; the last one is left out where it may be cut.
    pub sample: Vec<Vec<String>>,
    /// Whether the sample is the whole file.
    pub is_whole: bool,
    /// Cells that mean "missing".
    pub marks: Marks,
}

impl Opened {
    /// Opens a file; `known_names` are columns that a header would hold.
    pub(super) fn new(
        options: &CsvOptions,
        block_bytes: usize,
        known_names: &[&str],
    ) -> Result<Self, Trouble> {
        check_marks_of_dialect(options)?;
        let mut source = TextSource::open(&options.path, options.encoding)?;
        let mut sample = Vec::new();
        let mut state = source.fill(&mut sample, SAMPLE_BYTES)?;
        // Very wide tables: a header alone may be longer than the usual sample.
        while state == Filled::More && sample.len() < MAX_RECORD_BYTES && has_few_lines(&sample) {
            let n_bytes = sample.len();
            state = source.fill(&mut sample, n_bytes)?;
        }
        let text = String::from_utf8_lossy(&sample);
        if text.trim().is_empty() && state == Filled::End {
            return Err(Trouble::new("file-empty", say!("the file is empty", "文件为空"))
                .expected(say!("a header and at least one row", "表头以及至少一行数据"))
                .advice(say!("Choose another file.", "请选择其他文件。"))
                .path(&options.path));
        }
        let is_whole = state == Filled::End;
        let dialect = find_dialect(&text, is_whole, options.delimiter, options.quote);
        let end = if is_whole {
            text.len()
        } else {
            dialect.last_record_end(text.as_bytes()).unwrap_or(text.len())
        };
        let mut records = Records::new(text.get(..end).unwrap_or_default(), dialect);
        let mut rows = Vec::new();
        while let Some(record) = records.next_texts() {
            match record {
                Ok(record) => rows.push(record),
                // The fault is named with its row when the file is read; without a first record nothing can be said.
                Err(fault) if rows.is_empty() => return Err(fault_trouble(fault, 1, options)),
                Err(_) => break,
            }
        }
        let marks = Marks::new(&options.missing_marks);
        let first = rows.first().cloned().unwrap_or_default();
        let rest = rows.get(1..).unwrap_or_default();
        let is_known = first.iter().any(|cell| known_names.contains(&cell.trim()));
        let has_header =
            options.has_header.unwrap_or_else(|| is_known || find_header(&first, rest, &marks));
        let names = column_names(has_header.then_some(first.as_slice()), first.len());
        let sniffed = Sniffed {
            encoding: source.encoding(),
            delimiter: dialect.delimiter,
            quote: dialect.quote,
            has_header,
            is_gzip: source.is_gzip(),
        };
        if has_header && !rows.is_empty() {
            rows.remove(0);
        }
        drop(text);
        let blocks = Blocks::new(source, dialect, sample, state, block_bytes);
        Ok(Self { blocks, dialect, sniffed, names, sample: rows, is_whole, marks })
    }
}

/// The trouble with a record; `row` is counted from 1 without the header.
pub(super) fn fault_trouble(fault: Fault, row: u64, options: &CsvOptions) -> Trouble {
    let (code, found) = match fault {
        Fault::QuoteOpen => {
            ("quote-open", say!("a quote opens and never closes", "引号打开后没有闭合"))
        }
        Fault::QuoteStray => (
            "quote-stray",
            say!(
                "characters stand between a closing quote and the next delimiter",
                "闭合引号与下一个分隔符之间还有字符"
            ),
        ),
    };
    let advice = if options.quote == Quoting::Never {
        say!("Correct the row.", "请修正该行。")
    } else {
        say!(
            "Correct the row, or set the quote to “none” if quotes are ordinary characters in this file.",
            "请修正该行；如果引号在此文件中只是普通字符，请将引号设为“无”。"
        )
    };
    Trouble::new(code, found)
        .expected(say!("quotes in pairs around whole cells", "引号成对出现并包围整个单元格"))
        .advice(advice)
        .row(row)
        .path(&options.path)
}

fn has_few_lines(sample: &[u8]) -> bool {
    sample.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).take(20).count() < 20
}

fn check_marks_of_dialect(options: &CsvOptions) -> Result<(), Trouble> {
    let quote = match options.quote {
        Quoting::With(quote) => Some(quote),
        Quoting::Detected | Quoting::Never => None,
    };
    let is_usable = |byte: u8| byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0);
    let (param, byte) = match (options.delimiter, quote) {
        (Some(delimiter), _) if !is_usable(delimiter) => ("delimiter", delimiter),
        (_, Some(quote)) if !is_usable(quote) => ("quote", quote),
        (Some(delimiter), quote)
            if Some(delimiter) == quote.or(Some(b'"')) && options.quote != Quoting::Never =>
        {
            ("delimiter", delimiter)
        }
        _ => return Ok(()),
    };
    let shown = char::from(byte).escape_default();
    Err(Trouble::new(
        "delimiter-unusable",
        say!("`{shown}` cannot be used here", "此处不能使用 `{shown}`"),
    )
    .expected(say!(
        "one ASCII character, delimiter and quote different",
        "一个 ASCII 字符，且分隔符与引号不同"
    ))
    .param(param))
}
