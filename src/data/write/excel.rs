//! Writes rows as the one sheet of an Excel workbook; memory does not grow with the rows.

use std::io::{Seek, Write};

use pg_base::{Trouble, say};
use polars::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// Rows of a sheet, the header included.
const MAX_ROWS: u32 = 1_048_576;
/// Days before 1900 have no number in Excel.
const FIRST_SECOND: i64 = -2_208_988_800;

/// A workbook in the making.
pub(super) struct ExcelSink {
    workbook: Workbook,
    n_rows: u32,
    date: Format,
    moment: Format,
}

impl ExcelSink {
    /// A workbook whose sheet begins with the names of the columns.
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, Trouble> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        let bold = Format::new().set_bold();
        for (column, name) in schema.iter_names().enumerate() {
            let column = place(column, name)?;
            sheet.write_string_with_format(0, column, name.as_str(), &bold).map_err(failed)?;
        }
        Ok(Self {
            workbook,
            n_rows: 1,
            date: Format::new().set_num_format("yyyy-mm-dd"),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        })
    }

    /// Appends rows.
    pub(super) fn write(&mut self, frame: &DataFrame) -> Result<(), Trouble> {
        if frame.height() > (MAX_ROWS - self.n_rows) as usize {
            return Err(Trouble::new(
                "excel-rows",
                say!(
                    "the table has more rows than a sheet of Excel",
                    "表格的行数超出了一个 Excel 工作表"
                ),
            )
            .expected(say!("at most {MAX_ROWS} rows with the header", "连同表头最多 {MAX_ROWS} 行"))
            .advice(say!("Save it as CSV or Parquet.", "请保存为 CSV 或 Parquet。")));
        }
        let Self { workbook, n_rows, date, moment } = self;
        let sheet = workbook.worksheet_from_index(0).map_err(failed)?;
        // A sheet that keeps nothing in memory takes its cells row by row.
        for index in 0..frame.height() {
            for (column, values) in frame.columns().iter().enumerate() {
                let at = (*n_rows, place(column, values.name())?);
                let value = values.get(index).map_err(crate::table::polars_trouble)?;
                write_cell(sheet, at, &value, [date, moment])
                    .map_err(|error| failed(error).column(values.name().to_string()))?;
            }
            *n_rows += 1;
        }
        Ok(())
    }

    /// Writes the file.
    pub(super) fn finish(mut self, file: impl Write + Seek + Send) -> Result<(), Trouble> {
        self.workbook.save_to_writer(file).map_err(failed)
    }
}

/// A missing value leaves its cell empty; what Excel cannot hold as a number or date becomes text.
fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: &AnyValue<'_>,
    [date, moment]: [&Format; 2],
) -> Result<(), XlsxError> {
    match value {
        AnyValue::Null => {}
        AnyValue::Boolean(flag) => {
            sheet.write_boolean(row, column, *flag)?;
        }
        AnyValue::String(text) => {
            sheet.write_string(row, column, *text)?;
        }
        AnyValue::Date(days) if i64::from(*days) * 86_400 >= FIRST_SECOND => {
            let day = ExcelDateTime::from_timestamp(i64::from(*days) * 86_400)?;
            sheet.write_datetime_with_format(row, column, &day, date)?;
        }
        AnyValue::Datetime(ticks, unit, _) if seconds(*ticks, *unit) >= FIRST_SECOND => {
            let at = ExcelDateTime::from_timestamp(seconds(*ticks, *unit))?;
            sheet.write_datetime_with_format(row, column, &at, moment)?;
        }
        AnyValue::Date(..) | AnyValue::Datetime(..) => {
            sheet.write_string(row, column, value.to_string())?;
        }
        value => match value.extract::<f64>().filter(|number| number.is_finite()) {
            Some(number) => {
                sheet.write_number(row, column, number)?;
            }
            None => {
                sheet.write_string(row, column, value.str_value())?;
            }
        },
    }
    Ok(())
}

fn seconds(ticks: i64, unit: TimeUnit) -> i64 {
    ticks.div_euclid(match unit {
        TimeUnit::Nanoseconds => 1_000_000_000,
        TimeUnit::Microseconds => 1_000_000,
        TimeUnit::Milliseconds => 1_000,
    })
}

fn place(column: usize, name: &str) -> Result<u16, Trouble> {
    u16::try_from(column).ok().filter(|column| *column < 16_384).ok_or_else(|| {
        Trouble::new(
            "excel-columns",
            say!(
                "the table has more columns than a sheet of Excel",
                "表格的列数超出了一个 Excel 工作表"
            ),
        )
        .expected(say!("at most 16384", "最多 16384 列"))
        .advice(say!("Save it as CSV or Parquet.", "请保存为 CSV 或 Parquet。"))
        .column(name)
    })
}

fn failed(error: XlsxError) -> Trouble {
    match error {
        XlsxError::MaxStringLengthExceeded => Trouble::new(
            "excel-text",
            say!("a text is longer than a cell of Excel", "有一段文本超出了 Excel 单元格的长度"),
        )
        .expected(say!("at most 32767 characters", "最多 32767 个字符"))
        .advice(say!("Save the table as CSV or Parquet.", "请将表格保存为 CSV 或 Parquet。")),
        XlsxError::IoError(error) => Trouble::io(&error, std::path::Path::new("")),
        error => Trouble::internal(format!("the workbook could not be written: {error}")),
    }
}
