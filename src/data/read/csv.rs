//! Reads delimited text (CSV, TSV): everything about the file recognised, everything overridable.
//!
//! One reader serves whole tables, forms and streamed predictions, so a cell never means two things.
//! It does not build on Polars' reader, which fills short rows, accepts broken quotes and cannot name a row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pg_base::{CancelToken, NoProgress, Progress, Trouble, say};
use polars::prelude::{
    ChunkFull, DataFrame, IntoSeries, Series, StringChunked, StringChunkedBuilder,
};

use super::cells::{Cells, Form, join_parts, shortened};
use super::dates::DayOrder;
use super::gathered::Gathered;
use super::infer::{chosen_kinds, form_of_sample, kind_of_values, names_rows};
use super::joined::Joined;
use super::notation::Decimal;
use super::numbers::parse_number;
use super::preamble::Comments;
use super::sniff::{Quoting, Sniffed};
use super::{Encoding, ReadTable, Reading};
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::shelf::Scratch;
use crate::table::{Table, polars_trouble};

/// A delimited file and what the person says about it; what is left open is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvOptions {
    /// The file, plain, gzip or in a zip archive; or a pattern (`*`, `?`, `[ab]`) that several files fit.
    pub path: PathBuf,
    /// The text itself, which then counts instead of a file.
    pub text: Option<Arc<[u8]>>,
    /// The member of a zip archive; the first table in it where none is named.
    pub entry: Option<String>,
    /// Between cells (ASCII); recognised among comma, semicolon, tab and bar.
    pub delimiter: Option<u8>,
    /// Around cells.
    pub quote: Quoting,
    /// Whether the first record names the columns.
    pub has_header: Option<bool>,
    /// Lines in front of the table; recognised by their fewer cells.
    pub n_skipped_lines: Option<usize>,
    /// Which lines are no records.
    pub comments: Comments,
    /// How characters are written.
    pub encoding: Option<Encoding>,
    /// What separates whole from broken in numbers.
    pub decimal: Option<Decimal>,
    /// Whether day or month comes first in dates such as 1/2/2024.
    pub day_order: Option<DayOrder>,
    /// Cells that mean "missing".
    pub missing_marks: Vec<String>,
    /// Column kinds (ids) that are not to be guessed.
    pub kinds: BTreeMap<String, String>,
    /// How columns are read whatever they look like, where their source knows it.
    pub(super) forms: BTreeMap<String, Form>,
    /// Whether blanks around cells are removed.
    pub trims: bool,
    /// Whether text in a column that was chosen as numbers or dates counts as missing, with a warning; otherwise it is
    /// an error.
    pub strays_are_missing: bool,
    /// Whether a column `file` tells which file each row comes from.
    pub names_files: bool,
    /// Where a table goes that is too large for memory; none where it must not.
    pub scratch: Option<Scratch>,
}

impl CsvOptions {
    /// Cells that usually mean "missing"; `-` and `无` are left out because both are honest categories;
    /// a dash among numbers or dates always counts as missing.
    pub const MISSING_MARKS: [&str; 13] =
        ["", "NA", "N/A", "na", "n/a", "NaN", "nan", "null", "NULL", "None", "#N/A", "?", "空"];

    /// A text of which everything is recognised.
    pub fn of_bytes(text: impl Into<Arc<[u8]>>) -> Self {
        Self { text: Some(text.into()), ..Self::new("") }
    }

    /// A file of which everything is recognised.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            text: None,
            entry: None,
            delimiter: None,
            quote: Quoting::Detected,
            has_header: None,
            n_skipped_lines: None,
            comments: Comments::Detected,
            encoding: None,
            decimal: None,
            day_order: None,
            missing_marks: Self::MISSING_MARKS.map(str::to_owned).to_vec(),
            kinds: BTreeMap::new(),
            forms: BTreeMap::new(),
            trims: true,
            strays_are_missing: false,
            names_files: false,
            scratch: None,
        }
    }
}

/// First rows that tell what kind of column each is, where the table is too large for memory.
const N_TELLING_ROWS: usize = 1 << 20;

/// Reads a whole file.
pub fn read_csv(
    options: &CsvOptions,
    cancel: &CancelToken,
    progress: &dyn Progress,
) -> Result<ReadTable, Trouble> {
    let result = read_all(options, cancel, progress);
    // A file with tabs whose first part looked properly quoted may turn out to use quotes as ordinary characters.
    let Err(trouble) = result else { return result };
    let is_quote = matches!(trouble.code.as_str(), "quote-open" | "quote-stray" | "row-too-long");
    if is_quote
        && options.quote == Quoting::Detected
        && Joined::open(options, 1)?.sniffed.delimiter == b'\t'
    {
        let unquoted = CsvOptions { quote: Quoting::Never, ..options.clone() };
        return read_all(&unquoted, cancel, progress).map_err(|_| trouble);
    }
    Err(trouble)
}

/// The first rows of a source, for what must be known while editing.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The rows; all of them where the source is small.
    pub table: Table,
    /// Whether these are all rows.
    pub is_whole: bool,
}

/// Rows from the front and from places all over a file as a table; the same as [`read_csv`] gives where the file is
/// small.
pub fn sample_of(options: &CsvOptions) -> Result<Sample, Trouble> {
    const MANY_FILES: usize = 16;
    let joined = Joined::open(options, MANY_FILES)?;
    if joined.is_whole {
        let table = read_csv(options, &CancelToken::default(), &NoProgress)?.table;
        return Ok(Sample { table, is_whole: true });
    }
    let chosen = chosen_kinds(&joined.names, &options.kinds)?;
    let forms = forms_of(&joined, &chosen);
    let mut all: Vec<_> = forms.iter().map(|form| Cells::new(*form, 0, 1, options.trims)).collect();
    for (row, record) in joined.sample.iter().enumerate() {
        for (cells, cell) in all.iter_mut().zip(record) {
            cells.push(row, cell, &joined.marks);
        }
    }
    let mut series = Vec::with_capacity(forms.len());
    for ((cells, form), name) in all.into_iter().zip(&forms).zip(&joined.names) {
        let part = cells.finish();
        series.push(join_parts(name, *form, vec![part.series], part.has_time)?);
    }
    if joined.has_empty_end && series.last().is_some_and(|last| last.null_count() == last.len()) {
        series.pop();
    }
    let schema = schema_of(&joined.names, &forms, &chosen, &series);
    let n_rows = joined.sample.len();
    let named =
        options.names_files.then(|| StringChunked::full("file".into(), "", n_rows).into_series());
    Ok(Sample { table: finished(series, schema, named)?, is_whole: false })
}

/// The columns judged by the first 256 KiB of a file.
pub fn header_of(options: &CsvOptions) -> Result<Schema, Trouble> {
    Ok(sample_of(options)?.table.schema().clone())
}

fn read_all(
    options: &CsvOptions,
    cancel: &CancelToken,
    progress: &dyn Progress,
) -> Result<ReadTable, Trouble> {
    let joined = Joined::open(options, usize::MAX)?;
    let chosen = chosen_kinds(&joined.names, &options.kinds)?;
    let mut forms = forms_of(&joined, &chosen);
    let mut read = joined.read(options, &forms, cancel, progress)?;
    let mut warnings = joined.warnings.clone();
    let mut has_changed = false;
    for (column, (name, form)) in read.columns.all.iter().zip(joined.names.iter().zip(&mut forms)) {
        let Some((row, cell)) = column.strays.first.first() else { continue };
        if chosen.contains_key(name) {
            let trouble = form.stray_trouble(name, *row as u64 + 1, cell);
            if !options.strays_are_missing {
                return Err(trouble.path(&options.path));
            }
            warnings.push(stray_warning(&trouble, column.strays.count));
        } else {
            // The sample promised numbers or dates that the rest of the file does not hold.
            *form = Form::Text;
            has_changed = true;
        }
    }
    if has_changed {
        drop(read);
        read = joined.read(options, &forms, cancel, progress)?;
    }
    let (mut columns, n_rows) = (read.columns, read.n_rows);
    if n_rows.iter().sum::<usize>() == 0 {
        return Err(no_rows(&options.path));
    }
    warnings.extend(encoding_warning(options, read.encoding));
    let ends_empty = joined.has_empty_end && columns.all.last().is_some_and(Gathered::is_empty);
    let n_columns = columns.all.len() - usize::from(ends_empty);
    let shelf = columns.shelf(n_columns)?;
    let mut series = Vec::with_capacity(n_columns);
    for (column, (name, form)) in
        columns.all.iter_mut().zip(joined.names.iter().zip(&forms)).take(n_columns)
    {
        let mut values = match &shelf {
            Some(shelf) => shelf.head(name, N_TELLING_ROWS)?,
            None => column.take()?,
        };
        if *form == Form::Text
            && shelf.is_none()
            && let Some((without_dots, warning)) = without_final_dots(&values, &n_rows)?
        {
            values = without_dots;
            warnings.push(warning);
        }
        let is_chosen = chosen.contains_key(name);
        warnings.extend(column_warnings(column, &values, *form, name, is_chosen));
        series.push(values);
    }
    let schema = schema_of(&joined.names, &forms, &chosen, &series);
    let table = if let Some(shelf) = shelf {
        Table::from_shelf(shelf, schema)?
    } else {
        let named = options.names_files.then(|| files_column(&joined, &n_rows));
        finished(series, schema, named)?
    };
    Ok(ReadTable {
        table: table.read_as(Reading::of_csv(options)),
        warnings,
        sniffed: Some(Sniffed { encoding: read.encoding, ..joined.sniffed }),
    })
}

/// The table of what was read; `named` tells the file of each row.
fn finished(
    mut series: Vec<Series>,
    mut schema: Schema,
    named: Option<Series>,
) -> Result<Table, Trouble> {
    if let Some(named) = named {
        let name = crate::steps::free_name("file", |name| schema.get(name).is_some());
        series.push(named.with_name(name.as_str().into()));
        schema.columns.push(Column::new(name, ColumnKind::Category));
    }
    let n_rows = series.first().map_or(0, |values| values.len());
    let columns = series.into_iter().map(Into::into).collect();
    let frame = DataFrame::new(n_rows, columns).map_err(polars_trouble)?;
    Table::from_source(frame, schema)
}

fn files_column(joined: &Joined, n_rows: &[usize]) -> Series {
    let names = joined.file_names().zip(n_rows);
    let mut texts = StringChunkedBuilder::new("file".into(), n_rows.iter().sum());
    for (name, n_rows) in names {
        (0..*n_rows).for_each(|_| texts.append_value(&name));
    }
    texts.finish().into_series()
}

/// Labels that end with a dot in one of several files only (`>50K.` beside `>50K`) without it.
fn without_final_dots(
    values: &Series,
    n_rows: &[usize],
) -> Result<Option<(Series, Trouble)>, Trouble> {
    const MOST: usize = 100;
    if n_rows.len() < 2 {
        return Ok(None);
    }
    let texts = values.str().map_err(polars_trouble)?;
    let (mut dotted, mut bare) = (BTreeSet::new(), BTreeSet::new());
    let mut from = 0;
    for n_rows in n_rows {
        let part = texts.slice(from, *n_rows);
        from += *n_rows as i64;
        let all_dotted = part.iter().flatten().all(|text| text.ends_with('.'));
        for text in part.iter().flatten() {
            let label = text.strip_suffix('.').filter(|_| all_dotted).unwrap_or(text).to_owned();
            _ = if all_dotted { dotted.insert(label) } else { bare.insert(label) };
            if dotted.len() + bare.len() > MOST {
                return Ok(None);
            }
        }
    }
    if dotted.is_empty() || !dotted.is_subset(&bare) {
        return Ok(None);
    }
    let cut = |text: Option<&str>| {
        text.map(|text| {
            text.strip_suffix('.').filter(|bare| dotted.contains(*bare)).unwrap_or(text).to_owned()
        })
    };
    let series: StringChunked = texts.iter().map(cut).collect();
    let listed = dotted.iter().map(|label| format!("{label}.")).collect::<Vec<_>>().join(", ");
    let warning = Trouble::new(
        "labels-joined",
        say!(
            "labels that end with a dot in one file only were read without it: {listed}",
            "仅在某个文件中以句点结尾的标签已去掉句点：{listed}"
        ),
    )
    .column(values.name().as_str());
    Ok(Some((series.into_series().with_name(values.name().clone()), warning)))
}

pub(super) fn no_rows(path: &Path) -> Trouble {
    Trouble::new(
        "table-empty",
        say!("the file has a header but no rows", "文件只有表头，没有数据行"),
    )
    .expected(say!("at least one row", "至少一行数据"))
    .advice(say!(
        "Choose another file, or say that the file has no header.",
        "请选择其他文件，或指定该文件没有表头。"
    ))
    .path(path)
}

fn encoding_warning(options: &CsvOptions, encoding: Encoding) -> Option<Trouble> {
    if options.encoding.is_some() || !matches!(encoding, Encoding::Gb18030 | Encoding::Latin1) {
        return None;
    }
    let (en, zh) = (encoding.label().en, encoding.label().zh);
    let found = say!("the file was read as {en}", "文件按 {zh} 编码读取");
    Some(Trouble::new("encoding-guessed", found).advice(say!(
        "Choose the encoding if letters look wrong.",
        "如果文字显示异常，请手动选择编码。"
    )))
}

fn forms_of(joined: &Joined, chosen: &BTreeMap<String, ColumnKind>) -> Vec<Form> {
    let form = |(index, name): (usize, &String)| match chosen
        .get(name)
        .and_then(Form::of_kind)
        .or_else(|| joined.forms.get(name).copied())
    {
        Some(form) => form,
        None => form_of_sample(
            joined.sample.iter().filter_map(|record| record.get(index)).map(String::as_str),
            &joined.marks,
        ),
    };
    joined.names.iter().enumerate().map(form).collect()
}

fn schema_of(
    names: &[String],
    forms: &[Form],
    chosen: &BTreeMap<String, ColumnKind>,
    series: &[Series],
) -> Schema {
    let column = |(index, ((name, form), series)): (usize, ((&String, &Form), &Series))| {
        let kind = chosen.get(name).cloned().unwrap_or_else(|| kind_of_values(series, *form));
        let is_id = names_rows(name, series, index == 0 && names.len() > 2);
        Column::new(name.clone(), kind).with_role(if is_id { Role::Id } else { Role::Feature })
    };
    Schema { columns: names.iter().zip(forms).zip(series).enumerate().map(column).collect() }
}

fn column_warnings(
    column: &Gathered,
    values: &Series,
    form: Form,
    name: &str,
    is_chosen: bool,
) -> Vec<Trouble> {
    let mut warnings = Vec::new();
    if let Some((row, cell)) = column.infinities.first.first() {
        let (count, cell) = (column.infinities.count, shortened(cell));
        let found = say!(
            "{count} numbers are infinite or too large, the first is `{cell}`; they count as missing",
            "有 {count} 个数字为无穷大或过大，第一个是 `{cell}`；它们按缺失处理"
        );
        warnings.push(Trouble::new("infinity-missing", found).column(name).row(*row as u64 + 1));
    }
    if column.is_empty() {
        warnings.push(
            Trouble::new("column-empty", say!("every value is missing", "所有值均缺失"))
                .column(name),
        );
    }
    if form == Form::Text && !is_chosen {
        warnings.extend(text_among_numbers(values, name));
    }
    warnings
}

/// A warning about a column of which nearly all cells are numbers.
pub(super) fn stray_warning(first: &Trouble, count: usize) -> Trouble {
    let (en, zh) = (&first.details.found.en, &first.details.found.zh);
    let found = say!(
        "{count} values count as missing; the first: {en}",
        "{count} 个值按缺失处理；第一个：{zh}"
    );
    let mut warning = Trouble::new("strays-missing", found);
    warning.details.place = first.details.place.clone();
    warning
}

fn text_among_numbers(series: &Series, name: &str) -> Option<Trouble> {
    const FEW: usize = 3;
    let texts = series.str().ok()?;
    let n_present = texts.len() - texts.null_count();
    let n_most = (n_present / 10).max(FEW.min(n_present / 3));
    let (mut count, mut first) = (0, None);
    for (row, cell) in texts.iter().enumerate() {
        let Some(cell) = cell.filter(|cell| parse_number(cell.trim()).is_none()) else {
            continue;
        };
        count += 1;
        first = first.or(Some((row, cell)));
        if count > n_most {
            return None;
        }
    }
    let (row, cell) = first?;
    let cell = shortened(cell);
    let found = say!(
        "the column is text because {count} of its {n_present} values are no numbers, the first is `{cell}`",
        "该列的 {n_present} 个值中有 {count} 个不是数字（第一个是 `{cell}`），因此按文本处理"
    );
    let warning =
        Trouble::new("text-among-numbers", found).column(name).row(row as u64 + 1).advice(say!(
            "Add such values to the missing marks, or correct them.",
            "请将这些值加入缺失标记，或加以修正。"
        ));
    Some(warning)
}
