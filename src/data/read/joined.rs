//! Several text files as one table: found by a pattern, their columns matched by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pg_base::{CancelToken, Progress, Trouble, Words, say};

use super::cells::{Form, Marks};
use super::csv::CsvOptions;
use super::encoding::Encoding;
use super::gathered::Columns;
use super::notation::{Notation, find_day_order, find_decimal};
use super::opened::Opened;
use super::parse::{Plan, read_columns};
use super::sniff::Sniffed;

/// Bytes of text that one thread reads at a time.
const BLOCK_BYTES: usize = 1 << 20;

/// The files of a table, opened once to see what they hold.
#[derive(Debug)]
pub(super) struct Joined {
    /// Columns of the first file, which all have.
    pub names: Vec<String>,
    /// Records of all samples, cells in the order of `names`.
    pub sample: Vec<Vec<String>>,
    /// How their cells are to be understood.
    pub marks: Marks,
    /// Whether the samples are all there is.
    pub is_whole: bool,
    /// What was recognised about the first file.
    pub sniffed: Sniffed,
    /// Whether the last column may be nothing but a delimiter at the end of each line.
    pub has_empty_end: bool,
    /// How columns are read whatever they look like.
    pub forms: BTreeMap<String, Form>,
    /// What the person should know.
    pub warnings: Vec<Trouble>,
    files: Vec<Part>,
}

/// What was read from all files.
#[derive(Debug)]
pub(super) struct ReadFiles {
    pub columns: Columns,
    /// Rows of each file.
    pub n_rows: Vec<usize>,
    /// How the characters of the last file are written, as far as the whole of it tells.
    pub encoding: Encoding,
}

/// One file.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    /// The place of each of its columns among `names`; none where it is left out.
    places: Vec<Option<usize>>,
}

/// The files of a path: itself, or all that its pattern (`*`, `?`, `[ab]`) fits, in the order of their names.
pub fn files_of(path: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let text = path.to_string_lossy();
    if path.exists() || !text.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let bad = |error: String| {
        Trouble::new(
            "pattern-invalid",
            say!("the pattern cannot be read: {error}", "无法识别该通配符：{error}"),
        )
        .expected(say!("a pattern such as `sales_*.csv`", "类似 `sales_*.csv` 的通配符"))
        .path(path)
    };
    let found = glob::glob(&text).map_err(|error| bad(error.to_string()))?;
    let files: Vec<PathBuf> = found.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    if files.is_empty() {
        return Err(Trouble::new(
            "pattern-empty",
            say!("no file fits the pattern", "没有文件符合该通配符"),
        )
        .advice(say!("Correct the pattern or the folder.", "请修正通配符或文件夹。"))
        .path(path));
    }
    Ok(files)
}

impl Joined {
    /// Opens at most `most` of the files, spread over all.
    pub(super) fn open(options: &CsvOptions, most: usize) -> Result<Self, Trouble> {
        let mut paths = files_of(&options.path)?;
        let n_paths = paths.len();
        let step = n_paths.div_ceil(most).max(1);
        paths = paths.into_iter().step_by(step).collect();
        let mut opened = Vec::with_capacity(paths.len());
        for path in paths {
            let names: Vec<&str> = match opened.first() {
                Some((_, first, _)) => names_of(first),
                None => Vec::new(),
            };
            let one = Opened::new(
                &CsvOptions { path: path.clone(), ..options.clone() },
                BLOCK_BYTES,
                &names,
            )?;
            let Opened { names, sniffed, sample, is_whole, n_skipped, has_empty_end, .. } = one;
            opened.push((
                path,
                Head { names, sniffed, is_whole, n_skipped, has_empty_end },
                sample,
            ));
        }
        Self::join(options, opened, n_paths)
    }

    fn join(
        options: &CsvOptions,
        opened: Vec<(PathBuf, Head, Vec<Vec<String>>)>,
        n_paths: usize,
    ) -> Result<Self, Trouble> {
        let Some((_, first, _)) = opened.first() else {
            return Err(Trouble::internal("a table has at least one file"));
        };
        let (names, sniffed) = (first.names.clone(), first.sniffed);
        let mut joined = Self {
            names,
            sample: Vec::new(),
            marks: Marks::default(),
            is_whole: opened.len() == n_paths,
            sniffed,
            has_empty_end: true,
            forms: options.forms.clone(),
            warnings: Vec::new(),
            files: Vec::new(),
        };
        for (path, head, sample) in opened {
            joined.has_empty_end &= head.has_empty_end;
            joined.is_whole &= head.is_whole;
            if head.n_skipped > 0 {
                joined.warnings.push(skipped_warning(head.n_skipped, &path));
            }
            let places = joined.places(&head, &path)?;
            for record in sample.into_iter().filter(|record| record.len() == places.len()) {
                let mut row = vec![String::new(); joined.names.len()];
                for (cell, place) in record.into_iter().zip(&places) {
                    if let Some(slot) = place.and_then(|place| row.get_mut(place)) {
                        *slot = cell;
                    }
                }
                joined.sample.push(row);
            }
            joined.files.push(Part { path, places });
        }
        let (marks, warning) =
            marks_of(options, &joined.sample, joined.names.len(), sniffed.delimiter);
        joined.marks = marks;
        joined.warnings.extend(warning);
        Ok(joined)
    }

    /// Where the columns of a file belong.
    fn places(&self, head: &Head, path: &Path) -> Result<Vec<Option<usize>>, Trouble> {
        let has_names = head.sniffed.has_header && self.sniffed.has_header;
        if !has_names && head.names.len() == self.names.len() {
            return Ok((0..self.names.len()).map(Some).collect());
        }
        let by_name: BTreeMap<&str, usize> =
            self.names.iter().map(String::as_str).zip(0..).collect();
        let places: Vec<_> =
            head.names.iter().map(|name| by_name.get(name.as_str()).copied()).collect();
        let absent: Vec<&str> = self
            .names
            .iter()
            .enumerate()
            .filter(|(index, _)| !places.contains(&Some(*index)))
            .map(|(_, name)| name.as_str())
            .collect();
        if absent.is_empty() {
            return Ok(places);
        }
        let absent = absent.join(", ");
        let found = if has_names {
            say!(
                "the file lacks columns of the first file: {absent}",
                "该文件缺少首个文件中的列：{absent}"
            )
        } else {
            let (n_found, n_wanted) = (head.names.len(), self.names.len());
            say!(
                "the file has {n_found} columns, the first file has {n_wanted}",
                "该文件有 {n_found} 列，首个文件有 {n_wanted} 列"
            )
        };
        Err(Trouble::new("columns-differ", found)
            .expected(say!(
                "the same columns in every file, in any order",
                "每个文件包含相同的列，顺序不限"
            ))
            .advice(say!(
                "Choose a pattern that fits files of one kind.",
                "请使用只匹配同类文件的通配符。"
            ))
            .path(path))
    }

    /// Reads all files.
    pub(super) fn read(
        &self,
        options: &CsvOptions,
        forms: &[Form],
        cancel: &CancelToken,
        progress: &dyn Progress,
    ) -> Result<ReadFiles, Trouble> {
        let mut encoding = self.sniffed.encoding;
        // Names of files are put together afterwards, in memory.
        let scratch = options.scratch.clone().filter(|_| !options.names_files);
        let mut columns = Columns::new(&self.names, forms, scratch);
        let mut n_rows = Vec::with_capacity(self.files.len());
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        for (index, file) in self.files.iter().enumerate() {
            let options = CsvOptions { path: file.path.clone(), ..options.clone() };
            let known: &[&str] = if index == 0 { &[] } else { &names };
            let mut opened = Opened::new(&options, BLOCK_BYTES, known)?;
            let own_forms: Vec<Form> = file
                .places
                .iter()
                .map(|place| {
                    place.and_then(|place| forms.get(place)).copied().unwrap_or(Form::Text)
                })
                .collect();
            let plan = Plan {
                options: &options,
                dialect: opened.dialect,
                forms: &own_forms,
                places: &file.places,
                marks: &self.marks,
            };
            let progress = Share { progress, index, n_files: self.files.len() };
            n_rows.push(read_columns(&mut opened.blocks, plan, &mut columns, cancel, &progress)?);
            encoding = opened.blocks.source().encoding();
        }
        Ok(ReadFiles { columns, n_rows, encoding })
    }

    /// Names of the files, without their folders.
    pub(super) fn file_names(&self) -> impl Iterator<Item = String> {
        self.files
            .iter()
            .map(|file| file.path.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }
}

/// Recognises how cells are to be understood, and doubts about it.
pub(super) fn marks_of(
    options: &CsvOptions,
    sample: &[Vec<String>],
    n_columns: usize,
    delimiter: u8,
) -> (Marks, Option<Trouble>) {
    const MOST: usize = 2000;
    let plain = Marks::new(&options.missing_marks).with_blanks(!options.trims);
    let step = sample.len().div_ceil(MOST).max(1);
    let cells = |column: usize| {
        let plain = &plain;
        sample
            .iter()
            .step_by(step)
            .filter_map(move |record| record.get(column))
            .map(|cell| cell.trim())
            .filter(move |cell| !plain.hold_in_numbers(cell))
    };
    let decimal =
        options.decimal.unwrap_or_else(|| find_decimal((0..n_columns).map(cells), delimiter));
    let (found_order, is_open) = find_day_order((0..n_columns).flat_map(cells));
    let day_order = options.day_order.unwrap_or(found_order);
    let warning = (is_open && options.day_order.is_none()).then(|| {
        Trouble::new(
            "dates-ambiguous",
            say!(
                "in dates such as 1/2/2024 the month was taken as the first part; nothing in the file decides it",
                "形如 1/2/2024 的日期按“月/日/年”读取；文件内容无法确定顺序"
            ),
        )
        .advice(say!("Say which part comes first, if that is wrong.", "如有误，请指定日期顺序。"))
        .param("dates")
    });
    (plain.with_notation(Notation { decimal, day_order }), warning)
}

/// What is kept of an opened file.
#[derive(Debug)]
struct Head {
    names: Vec<String>,
    sniffed: Sniffed,
    is_whole: bool,
    n_skipped: usize,
    has_empty_end: bool,
}

fn names_of(head: &Head) -> Vec<&str> {
    if head.sniffed.has_header {
        head.names.iter().map(String::as_str).collect()
    } else {
        Vec::new()
    }
}

fn skipped_warning(n_skipped: usize, path: &Path) -> Trouble {
    Trouble::new(
        "lines-skipped",
        say!(
            "{n_skipped} lines before the table were left out, because they have fewer cells",
            "表格之前的 {n_skipped} 行因单元格较少而被跳过"
        ),
    )
    .advice(say!(
        "Set the number of lines to skip, if that is wrong.",
        "如有误，请设置要跳过的行数。"
    ))
    .path(path)
}

/// The progress of one file among several.
struct Share<'a> {
    progress: &'a dyn Progress,
    index: usize,
    n_files: usize,
}

impl Progress for Share<'_> {
    fn report(&self, fraction: f64, message: &Words) {
        self.progress.report((self.index as f64 + fraction) / self.n_files as f64, message);
    }
}
