//! Reads delimited text (CSV, TSV): everything about the file recognised, everything overridable.
//!
//! One reader serves whole tables, forms and streamed predictions, so a cell never means two things.
//! It does not build on Polars' reader, which fills short rows, accepts broken quotes and cannot name a row.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pg_base::{CancelToken, NoProgress, Progress, Trouble, say};
use polars::prelude::{DataFrame, Series};

use super::cells::{Cells, Form, join_parts, shortened};
use super::infer::{chosen_kinds, form_of_sample, kind_of_values, names_rows};
use super::numbers::parse_number;
use super::opened::Opened;
use super::parse::{Plan, ReadColumn, read_columns};
use super::sniff::{Quoting, Sniffed};
use super::{Encoding, ReadTable};
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::table::{Table, polars_trouble};

/// Bytes of text that one thread reads at a time.
const BLOCK_BYTES: usize = 1 << 20;

/// A delimited file and what the person says about it; what is left open is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvOptions {
    /// The file, plain or gzip.
    pub path: PathBuf,
    /// Between cells (ASCII); recognised among comma, semicolon, tab and bar.
    pub delimiter: Option<u8>,
    /// Around cells.
    pub quote: Quoting,
    /// Whether the first record names the columns.
    pub has_header: Option<bool>,
    /// How characters are written.
    pub encoding: Option<Encoding>,
    /// Cells that mean "missing".
    pub missing_marks: Vec<String>,
    /// Column kinds (ids) that are not to be guessed.
    pub kinds: BTreeMap<String, String>,
    /// Whether blanks around cells are removed.
    pub trims: bool,
    /// Whether text in a column that was chosen as numbers or dates counts as missing, with a warning; otherwise it is
    /// an error.
    pub strays_are_missing: bool,
}

impl CsvOptions {
    /// Cells that usually mean "missing"; `-` and `无` are left out because both are honest categories;
    /// a dash among numbers or dates always counts as missing.
    pub const MISSING_MARKS: [&str; 13] =
        ["", "NA", "N/A", "na", "n/a", "NaN", "nan", "null", "NULL", "None", "#N/A", "?", "空"];

    /// A file of which everything is recognised.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            delimiter: None,
            quote: Quoting::Detected,
            has_header: None,
            encoding: None,
            missing_marks: Self::MISSING_MARKS.map(str::to_owned).to_vec(),
            kinds: BTreeMap::new(),
            trims: true,
            strays_are_missing: false,
        }
    }
}

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
        && Opened::new(options, BLOCK_BYTES, &[])?.dialect.delimiter == b'\t'
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

/// The first 256 KiB of a file as a table; the same as [`read_csv`] gives where the file is no longer.
pub fn sample_of(options: &CsvOptions) -> Result<Sample, Trouble> {
    let mut opened = Opened::new(options, BLOCK_BYTES, &[])?;
    if opened.is_whole {
        let table = read_csv(options, &CancelToken::default(), &NoProgress)?.table;
        return Ok(Sample { table, is_whole: true });
    }
    let chosen = chosen_kinds(&opened.names, &options.kinds)?;
    let forms = forms_of(&opened, &chosen);
    let mut all: Vec<_> = forms.iter().map(|form| Cells::new(*form, 0, 1, options.trims)).collect();
    opened.sample.retain(|record| record.len() == forms.len());
    for (row, record) in opened.sample.iter().enumerate() {
        for (cells, cell) in all.iter_mut().zip(record) {
            cells.push(row, cell, &opened.marks);
        }
    }
    let mut series = Vec::with_capacity(forms.len());
    for ((cells, form), name) in all.into_iter().zip(&forms).zip(&opened.names) {
        let part = cells.finish();
        series.push(join_parts(name, *form, vec![part.series], part.has_time)?);
    }
    let schema = schema_of(&opened.names, &forms, &chosen, &series);
    let columns = series.into_iter().map(Into::into).collect();
    let frame = DataFrame::new(opened.sample.len(), columns).map_err(polars_trouble)?;
    Ok(Sample { table: Table::from_source(frame, schema)?, is_whole: false })
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
    read_opened(Opened::new(options, BLOCK_BYTES, &[])?, options, cancel, progress)
}

fn read_opened(
    mut opened: Opened,
    options: &CsvOptions,
    cancel: &CancelToken,
    progress: &dyn Progress,
) -> Result<ReadTable, Trouble> {
    let chosen = chosen_kinds(&opened.names, &options.kinds)?;
    let mut forms = forms_of(&opened, &chosen);
    let mut columns = read_with(&mut opened, options, &forms, cancel, progress)?;
    let mut stray_warnings = Vec::new();
    for (column, (name, form)) in columns.iter().zip(opened.names.iter().zip(&mut forms)) {
        let Some((row, cell)) = column.strays.first.first() else { continue };
        if chosen.contains_key(name) {
            let trouble = form.stray_trouble(name, *row as u64 + 1, cell);
            if !options.strays_are_missing {
                return Err(trouble.path(&options.path));
            }
            stray_warnings.push(stray_warning(&trouble, column.strays.count));
            continue;
        }
        *form = Form::Text;
    }
    let is_unforeseen = |(column, name): (&ReadColumn, &String)| {
        column.strays.count > 0 && !chosen.contains_key(name)
    };
    if columns.iter().zip(&opened.names).any(is_unforeseen) {
        // The sample promised numbers or dates that the rest of the file does not hold: once more, those as text.
        opened = Opened::new(options, BLOCK_BYTES, &[])?;
        columns = read_with(&mut opened, options, &forms, cancel, progress)?;
    }
    let n_rows = columns.first().map_or(0, |column| column.series.len());
    if n_rows == 0 {
        return Err(Trouble::new(
            "table-empty",
            say!("the file has a header but no rows", "文件只有表头，没有数据行"),
        )
        .expected(say!("at least one row", "至少一行数据"))
        .advice(say!(
            "Choose another file, or say that the file has no header.",
            "请选择其他文件，或指定该文件没有表头。"
        ))
        .path(&options.path));
    }
    let mut warnings = stray_warnings;
    let encoding = opened.blocks.source().encoding();
    if options.encoding.is_none() && matches!(encoding, Encoding::Gb18030 | Encoding::Latin1) {
        let (en, zh) = (encoding.label().en, encoding.label().zh);
        warnings.push(
            Trouble::new(
                "encoding-guessed",
                say!("the file was read as {en}", "文件按 {zh} 编码读取"),
            )
            .advice(say!(
                "Choose the encoding if letters look wrong.",
                "如果文字显示异常，请手动选择编码。"
            )),
        );
    }
    for ((column, form), name) in columns.iter().zip(&forms).zip(&opened.names) {
        warnings.extend(column_warnings(column, *form, name, chosen.contains_key(name)));
    }
    let series: Vec<Series> = columns.into_iter().map(|column| column.series).collect();
    let schema = schema_of(&opened.names, &forms, &chosen, &series);
    let columns = series.into_iter().map(Into::into).collect();
    let frame = DataFrame::new(n_rows, columns).map_err(polars_trouble)?;
    let sniffed = Some(Sniffed { encoding, ..opened.sniffed });
    Ok(ReadTable { table: Table::from_source(frame, schema)?, warnings, sniffed })
}

fn read_with(
    opened: &mut Opened,
    options: &CsvOptions,
    forms: &[Form],
    cancel: &CancelToken,
    progress: &dyn Progress,
) -> Result<Vec<ReadColumn>, Trouble> {
    let has_header = opened.sniffed.has_header;
    let plan = Plan { options, dialect: opened.dialect, has_header, forms, marks: &opened.marks };
    read_columns(&mut opened.blocks, plan, &opened.names, cancel, progress)
}

fn forms_of(opened: &Opened, chosen: &BTreeMap<String, ColumnKind>) -> Vec<Form> {
    let form = |(index, name): (usize, &String)| match chosen.get(name).and_then(Form::of_kind) {
        Some(form) => form,
        None => form_of_sample(
            opened.sample.iter().filter_map(|record| record.get(index)).map(String::as_str),
            &opened.marks,
        ),
    };
    opened.names.iter().enumerate().map(form).collect()
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

fn column_warnings(column: &ReadColumn, form: Form, name: &str, is_chosen: bool) -> Vec<Trouble> {
    let mut warnings = Vec::new();
    if let Some((row, cell)) = column.infinities.first.first() {
        let (count, cell) = (column.infinities.count, shortened(cell));
        let found = say!(
            "{count} numbers are infinite or too large, the first is `{cell}`; they count as missing",
            "有 {count} 个数字为无穷大或过大，第一个是 `{cell}`；它们按缺失处理"
        );
        warnings.push(Trouble::new("infinity-missing", found).column(name).row(*row as u64 + 1));
    }
    if column.series.null_count() == column.series.len() {
        warnings.push(
            Trouble::new("column-empty", say!("every value is missing", "所有值均缺失"))
                .column(name),
        );
    }
    if form == Form::Text && !is_chosen {
        warnings.extend(text_among_numbers(&column.series, name));
    }
    warnings
}

/// A warning about a column of which nearly all cells are numbers.
fn stray_warning(first: &Trouble, count: usize) -> Trouble {
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
