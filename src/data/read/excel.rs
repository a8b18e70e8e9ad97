//! Reads sheets of workbooks (xlsx, xls, xlsb, ods): where the table begins is recognised, formulas give their last values.

use std::io::BufReader;
use std::path::Path;

use calamine::{
    Data, Ods, OdsError, Reader, Sheets, Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError,
    open_workbook,
};
use pg_base::{Trouble, say};
use polars::prelude::{Column, DataFrame};

use super::cells::Marks;
use super::frames::{ColumnChoices, Texts, table_of};
use super::mixed::{Datum, Mixed};
use super::sniff::{body_start, find_header};
use super::{ReadTable, Reading};
use crate::table::polars_trouble;

/// A sheet of a workbook and what the person says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetOptions {
    /// Name of the sheet; the first one that holds anything where none is named.
    pub sheet: Option<String>,
    /// Rows in front of the table; recognised by their fewer cells where not given.
    pub n_skipped_rows: Option<usize>,
    /// Whether the first row of the table names the columns.
    pub has_header: Option<bool>,
    /// Kinds and missing marks.
    pub choices: ColumnChoices,
}

/// Reads a sheet as a table.
pub fn read_sheet(path: &Path, options: &SheetOptions) -> Result<ReadTable, Trouble> {
    let frame = sheet_frame(path, options)?;
    let mut read = table_of(frame, Texts::MayBeNumbers, &options.choices, path)?;
    let marks = &options.choices.missing_marks;
    read.table = read.table.read_as(Reading::of_cells(marks, options.sheet.as_deref()));
    Ok(read)
}

/// The names of the sheets of a workbook.
pub(super) fn sheet_names(path: &Path) -> Result<Vec<String>, Trouble> {
    // The reader trusts what a damaged file says about itself.
    std::panic::catch_unwind(|| open(path).map(|book| book.sheet_names()))
        .unwrap_or_else(|_| Err(damaged("unreadable", path)))
}

/// Reads a sheet as it is, its columns named.
pub(super) fn sheet_frame(path: &Path, options: &SheetOptions) -> Result<DataFrame, Trouble> {
    // The reader trusts what a damaged file says about itself.
    let read = || -> Result<Vec<Vec<Data>>, Trouble> {
        let mut book = open(path)?;
        let names = book.sheet_names();
        let wanted: Vec<String> = match &options.sheet {
            Some(name) => vec![known_sheet(name, &names, path)?],
            None => names,
        };
        for name in wanted {
            let range = book.worksheet_range(&name).map_err(|error| trouble_of(error, path))?;
            if !range.is_empty() {
                return Ok(range.rows().map(<[Data]>::to_vec).collect());
            }
        }
        Ok(Vec::new())
    };
    let rows = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(damaged("unreadable", path)))?;
    frame_of(rows, options, path)
}

fn frame_of(
    mut rows: Vec<Vec<Data>>,
    options: &SheetOptions,
    path: &Path,
) -> Result<DataFrame, Trouble> {
    const LOOKED_AT: usize = 500;
    let n_cells = |row: &Vec<Data>| row.iter().filter(|cell| !is_empty(cell)).count();
    rows.drain(..options.n_skipped_rows.unwrap_or(0).min(rows.len()));
    rows.retain(|row| n_cells(row) > 0);
    // Titles over the table fill fewer cells than its rows; a merged cell fills one.
    let start = match options.n_skipped_rows {
        Some(_) => 0,
        None => title_rows(&rows.iter().map(n_cells).collect::<Vec<_>>()),
    };
    rows.drain(..start);
    let (Some(first), rest) = (rows.first(), rows.get(1..).unwrap_or_default()) else {
        return Err(Trouble::new("table-empty", say!("the sheet is empty", "工作表为空"))
            .expected(say!("a header and at least one row", "表头以及至少一行数据"))
            .advice(say!("Choose another sheet.", "请选择其他工作表。"))
            .param("sheet")
            .path(path));
    };
    let texts = |row: &Vec<Data>| row.iter().map(text_of).collect::<Vec<String>>();
    let head = texts(first);
    let sample: Vec<_> = rest.iter().take(LOOKED_AT).map(texts).collect();
    let has_header =
        options.has_header.unwrap_or_else(|| find_header(&head, &sample, &Marks::default()));
    let body = if has_header { rest } else { rows.as_slice() };
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut columns = Vec::with_capacity(n_columns);
    for index in 0..n_columns {
        let name =
            if has_header { head.get(index).cloned().unwrap_or_default() } else { String::new() };
        if name.trim().is_empty() && body.iter().all(|row| row.get(index).is_none_or(is_empty)) {
            continue;
        }
        let mut column = Mixed::new(0);
        for row in body {
            push(&mut column, row.get(index).unwrap_or(&Data::Empty));
        }
        columns.push((name, column));
    }
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let names = super::names::column_names(Some(&names), names.len());
    let columns: Result<Vec<Column>, Trouble> = columns
        .into_iter()
        .zip(&names)
        .map(|((_, column), name)| Ok(column.finish(name).map_err(polars_trouble)?.into()))
        .collect();
    DataFrame::new(body.len(), columns?).map_err(polars_trouble)
}

/// How many rows stand over the table; the comma of text files proves too little with two cells, here it does not matter.
fn title_rows(counts: &[usize]) -> usize {
    const MOST: usize = 500;
    let counts = counts.get(..counts.len().min(MOST)).unwrap_or_default();
    let exact = body_start(counts, b'\t');
    if exact > 0 {
        return exact;
    }
    // Gaps make rows shorter: the table begins where a row is nearly as full as the fullest.
    let fullest = counts.iter().copied().max().unwrap_or(0);
    let start = counts.iter().position(|n| *n * 10 >= fullest * 7).unwrap_or(0);
    let titles = counts.get(..start).unwrap_or_default();
    if fullest >= 3 && titles.iter().all(|n| *n * 2 <= fullest) { start } else { 0 }
}

fn is_empty(cell: &Data) -> bool {
    matches!(cell, Data::Empty | Data::Error(_))
        || matches!(cell, Data::String(text) if text.trim().is_empty())
}

fn push(column: &mut Mixed, cell: &Data) {
    match cell {
        Data::Int(whole) => column.push(Datum::Whole(*whole)),
        // Spreadsheets know no whole numbers.
        Data::Float(real) if real.fract() == 0.0 && real.abs() < 9e15 => {
            column.push(Datum::Whole(*real as i64));
        }
        Data::Float(real) => column.push(Datum::Real(*real)),
        Data::Bool(flag) => column.push(Datum::Flag(*flag)),
        Data::DateTime(moment) if moment.is_datetime() => push_moment(column, &iso(moment)),
        // Durations count in days.
        Data::DateTime(duration) => column.push(Datum::Real(duration.as_f64())),
        Data::DateTimeIso(text) | Data::DurationIso(text) => push_moment(column, text),
        Data::String(text) if !text.trim().is_empty() => column.push(Datum::Text(text.trim())),
        Data::String(_) | Data::Error(_) | Data::Empty => column.push(Datum::Missing),
    }
}

/// A day or a moment; midnight is no time.
fn push_moment(column: &mut Mixed, text: &str) {
    const MICROS_PER_DAY: i64 = 86_400_000_000;
    column.push(match super::dates::parse_moment(text) {
        Some(found) => Datum::Moment(found.micros, found.micros % MICROS_PER_DAY != 0),
        None => Datum::Text(text),
    });
}

/// A moment of Excel, whose days are counted from 1900 or 1904, without a time where it is midnight.
fn iso(moment: &calamine::ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if moment.as_f64().fract() == 0.0 {
        date
    } else {
        format!("{date} {hour:02}:{minute:02}:{second:02}")
    }
}

fn text_of(cell: &Data) -> String {
    match cell {
        Data::DateTime(moment) if moment.is_datetime() => iso(moment),
        Data::Empty | Data::Error(_) => String::new(),
        other => other.to_string(),
    }
}

/// Opens a workbook by its content, because names lie.
fn open(path: &Path) -> Result<Sheets<BufReader<std::fs::File>>, Trouble> {
    let head = super::opened::head_of(path)?;
    let book = match head.as_slice() {
        [0xd0, 0xcf, 0x11, 0xe0, ..] => match open_workbook::<Xls<_>, _>(path) {
            Ok(book) => Ok(Sheets::Xls(book)),
            // An encrypted xlsx has the outer form of an old workbook.
            Err(error) => match open_workbook::<Xlsx<_>, _>(path) {
                Err(XlsxError::Password) => return Err(encrypted(path)),
                _ => Err(calamine::Error::Xls(error)),
            },
        },
        [b'P', b'K', ..] => open_zipped(path),
        _ => {
            return Err(Trouble::new(
                "file-not-workbook",
                say!("this is no workbook", "这不是工作簿文件"),
            )
            .expected(say!(
                "an Excel or OpenDocument workbook (xlsx, xls, xlsb, ods)",
                "Excel 或 OpenDocument 工作簿（xlsx、xls、xlsb、ods）"
            ))
            .advice(say!("If it is text, use CSV file.", "如果是文本，请使用“CSV 文件”。"))
            .path(path));
        }
    };
    book.map_err(|error| trouble_of(error, path))
}

fn open_zipped(path: &Path) -> Result<Sheets<BufReader<std::fs::File>>, calamine::Error> {
    let first = match open_workbook::<Xlsx<_>, _>(path) {
        Ok(book) => return Ok(Sheets::Xlsx(book)),
        Err(error) => calamine::Error::Xlsx(error),
    };
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("xlsx" | "xlsm") => return Err(first),
        Some("ods") => {
            return open_workbook::<Ods<_>, _>(path).map(Sheets::Ods).map_err(calamine::Error::Ods);
        }
        _ => {}
    }
    if let Ok(book) = open_workbook::<Ods<_>, _>(path) {
        return Ok(Sheets::Ods(book));
    }
    match open_workbook::<Xlsb<_>, _>(path) {
        Ok(book) => Ok(Sheets::Xlsb(book)),
        Err(_) => Err(first),
    }
}

fn known_sheet(name: &str, names: &[String], path: &Path) -> Result<String, Trouble> {
    let found = names.iter().find(|other| other.trim().eq_ignore_ascii_case(name.trim()));
    found.cloned().ok_or_else(|| {
        let listed = names.join(", ");
        Trouble::new(
            "sheet-missing",
            say!("there is no sheet `{name}`", "没有名为 `{name}` 的工作表"),
        )
        .advice(say!("Choose one of: {listed}.", "请从以下工作表中选择：{listed}。"))
        .param("sheet")
        .path(path)
    })
}

fn trouble_of(error: calamine::Error, path: &Path) -> Trouble {
    use calamine::Error::{Io, Ods, Xls, Xlsb, Xlsx};
    match error {
        Io(error) => Trouble::io(&error, path),
        Xlsx(XlsxError::Password)
        | Xls(XlsError::Password)
        | Xlsb(XlsbError::Password)
        | Ods(OdsError::Password) => encrypted(path),
        other => damaged(&other.to_string(), path),
    }
}

fn encrypted(path: &Path) -> Trouble {
    Trouble::new(
        "file-encrypted",
        say!("the workbook is protected by a password", "工作簿受密码保护"),
    )
    .advice(say!("Save it without a password.", "请另存为不带密码的文件。"))
    .path(path)
}

fn damaged(why: &str, path: &Path) -> Trouble {
    Trouble::new(
        "file-corrupt",
        say!("the workbook cannot be read: {why}", "无法读取该工作簿：{why}"),
    )
    .advice(say!(
        "Open it in Excel or LibreOffice and save it again.",
        "请用 Excel 或 LibreOffice 打开后重新保存。"
    ))
    .path(path)
}
