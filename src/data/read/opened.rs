//! A text file opened for reading: dialect, names of the columns and the cells of a sample are known.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use pg_base::{Trouble, say};

use super::blanks::{self, BLANKS};
use super::blocks::{Blocks, MAX_RECORD_BYTES};
use super::csv::CsvOptions;
use super::names::column_names;
use super::preamble::{find_front, find_start};
use super::records::{Dialect, Fault, Records};
use super::sniff::{Quoting, Sniffed, find_dialect, found_delimiter};
use super::source::{Filled, TextSource};

/// What is looked at before the file is read.
const SAMPLE_BYTES: usize = 256 << 10;

/// An opened file.
#[derive(Debug)]
pub(super) struct Opened {
    /// Everything from the first record with values on.
    pub blocks: Blocks,
    /// Delimiter, quote and line end.
    pub dialect: Dialect,
    /// What was recognised.
    pub sniffed: Sniffed,
    /// Names of the columns.
    pub names: Vec<String>,
    /// Records from the front and from places all over the file, the header left out.
    pub sample: Vec<Vec<String>>,
    /// Whether the sample is the whole file.
    pub is_whole: bool,
    /// Lines in front of the table that were left out.
    pub n_skipped: usize,
    /// Whether the last column may be nothing but a delimiter at the end of each line.
    pub has_empty_end: bool,
}

impl Opened {
    /// Opens a file; `known_names` are columns that a header would hold.
    pub(super) fn new(
        options: &CsvOptions,
        block_bytes: usize,
        known_names: &[&str],
    ) -> Result<Self, Trouble> {
        check_marks_of_dialect(options)?;
        let mut source = match &options.text {
            Some(text) => TextSource::of_bytes(text, options.encoding),
            None => TextSource::open(&options.path, options.encoding, options.entry.as_deref())?,
        };
        let mut sample = Vec::new();
        let mut state = source.fill(&mut sample, SAMPLE_BYTES)?;
        // Very wide tables: a header alone may be longer than the usual sample.
        while state == Filled::More && sample.len() < MAX_RECORD_BYTES && has_few_lines(&sample) {
            let n_bytes = sample.len();
            state = source.fill(&mut sample, n_bytes)?;
        }
        let is_whole = state == Filled::End;
        let has_blanks = match options.delimiter {
            Some(delimiter) => delimiter == BLANKS,
            None => stands_apart_by_blanks(sound_part(&sample), is_whole, options),
        };
        if has_blanks {
            source.unify_blanks(&mut sample);
        }
        let text = sound_part(&sample);
        let is_whole_text = is_whole && text.len() == sample.len();
        if text.trim().is_empty() && is_whole_text {
            return Err(Trouble::new("file-empty", say!("the file is empty", "文件为空"))
                .expected(say!("a header and at least one row", "表头以及至少一行数据"))
                .advice(say!("Choose another file.", "请选择其他文件。"))
                .path(&options.path));
        }
        let front = find_front(text, options.n_skipped_lines, options.comments);
        let body = text.get(front.n_bytes..).unwrap_or_default();
        let given = if has_blanks { Some(b'\t') } else { options.delimiter };
        let delimiter = given.or(front.delimiter);
        let dialect = find_dialect(body, is_whole_text, delimiter, options.quote, front.comment);
        let end = if is_whole_text {
            text.len()
        } else {
            dialect.last_record_end(text.as_bytes()).unwrap_or(text.len())
        };
        let text = text.get(..end).unwrap_or_default();
        let mut records = Records::resume(text, dialect, front.n_bytes);
        if let Some(Err(fault)) = records.next_texts() {
            // Other faults are named with their row when the file is read; without a first record nothing can be said.
            return Err(fault_trouble(fault, 1, options));
        }
        let start = find_start(
            text,
            dialect,
            &front,
            options.has_header,
            options.n_skipped_lines,
            known_names,
        );
        let mut records = Records::resume(text, dialect, start.n_bytes);
        let mut rows = Vec::new();
        while let Some(Ok(record)) = records.next_texts() {
            rows.push(record);
        }
        let sniffed = Sniffed {
            encoding: source.encoding(),
            delimiter: if has_blanks { BLANKS } else { dialect.delimiter },
            quote: dialect.quote,
            has_header: start.header.is_some(),
            is_gzip: source.is_gzip(),
        };
        let names = column_names(start.header.as_deref(), start.n_columns);
        if !is_whole
            && !has_blanks
            && source.is_plain()
            && dialect.quote.is_none_or(|quote| !sample.contains(&quote))
        {
            // Types come from the whole file, not from its first pages.
            rows.extend(far_records(&options.path, sample.len() as u64, dialect));
        }
        // A last record without a line end leaves the walk one byte behind the text.
        sample.drain(..start.n_bytes.min(sample.len()));
        let blocks = Blocks::new(source, dialect, sample, state, block_bytes);
        Ok(Self {
            blocks,
            dialect,
            sniffed,
            names,
            sample: rows,
            is_whole,
            n_skipped: start.n_skipped,
            has_empty_end: start.has_empty_end,
        })
    }
}

/// Whether no delimiter (but for a stray tab) fits a sample and its columns stand apart by blanks.
fn stands_apart_by_blanks(sample: &str, is_whole: bool, options: &CsvOptions) -> bool {
    let front = find_front(sample, options.n_skipped_lines, options.comments);
    let body = sample.get(front.n_bytes..).unwrap_or_default();
    let found = found_delimiter(body, is_whole, options.quote, front.comment);
    front.delimiter.is_none()
        && found.is_none_or(|delimiter| delimiter == b'\t')
        && blanks::separate(body, found.is_some())
}

/// The part of a sample before its first byte that is no UTF-8; where nothing is left, nothing is known.
fn sound_part(sample: &[u8]) -> &str {
    match std::str::from_utf8(sample) {
        Ok(text) => text,
        Err(error) => sample
            .get(..error.valid_up_to())
            .and_then(|valid| std::str::from_utf8(valid).ok())
            .unwrap_or_default(),
    }
}

/// Records from places all over a file; the same ones each time. A file that cannot be read shows so elsewhere.
fn far_records(path: &Path, n_known: u64, dialect: Dialect) -> Vec<Vec<String>> {
    const N_PLACES: u64 = 32;
    const PLACE_BYTES: u64 = 8 << 10;
    let mut found = Vec::new();
    let Ok(mut file) = File::open(path) else { return found };
    let n_bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let mut rng = pg_base::Rng::new(0, "sample of a file");
    let stride = n_bytes.saturating_sub(n_known) / N_PLACES;
    let n_place_bytes = PLACE_BYTES.min(stride);
    for place in 0..N_PLACES {
        let shift = (rng.unit() * (stride - n_place_bytes) as f64) as u64;
        let mut bytes = Vec::new();
        let from = n_known + place * stride + shift;
        let is_read = file.seek(SeekFrom::Start(from)).is_ok()
            && Read::by_ref(&mut file).take(n_place_bytes).read_to_end(&mut bytes).is_ok();
        let ends = |bytes: &[u8]| {
            let first = bytes.iter().position(|byte| *byte == dialect.line_end)? + 1;
            let last = bytes.iter().rposition(|byte| *byte == dialect.line_end)? + 1;
            (first < last).then_some(first..last)
        };
        let Some(lines) = ends(&bytes).filter(|_| is_read).and_then(|range| bytes.get(range))
        else {
            continue;
        };
        let Ok(text) = std::str::from_utf8(lines) else { continue };
        let mut records = Records::new(text, dialect);
        while let Some(Ok(record)) = records.next_texts() {
            found.push(record);
        }
    }
    found
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

/// The first bytes of a file.
pub(super) fn head_of(path: &Path) -> Result<Vec<u8>, Trouble> {
    const N_BYTES: u64 = 16;
    let io = |error: std::io::Error| Trouble::io(&error, path);
    if path.is_dir() {
        return Err(io(std::io::ErrorKind::IsADirectory.into()));
    }
    let mut head = Vec::new();
    File::open(path).map_err(io)?.take(N_BYTES).read_to_end(&mut head).map_err(io)?;
    if head.is_empty() {
        return Err(Trouble::new("file-empty", say!("the file is empty", "文件为空"))
            .advice(say!("Choose another file.", "请选择其他文件。"))
            .path(path));
    }
    Ok(head)
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
