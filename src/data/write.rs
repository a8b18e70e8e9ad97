//! Writes tables to CSV, Parquet, Excel or JSON lines, chunk by chunk; the file is whole or absent.

mod excel;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use pg_base::{Trouble, say};
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::*;

use self::excel::ExcelSink;
use crate::table::polars_trouble;

/// Endings of the tables that can be written, the usual one first.
pub const WRITTEN: [&str; 5] = ["csv", "tsv", "parquet", "xlsx", "jsonl"];

/// Writes chunks of one table under a temporary name, which [`TableWriter::finish`] makes the real one.
///
/// Lists become text with blanks between their items; binary columns (pixels) are left out.
/// Dropped before that, it leaves no file behind.
pub struct TableWriter {
    path: PathBuf,
    temporary: PathBuf,
    format: Format,
    sink: Option<Sink>,
    /// Columns of the first chunk; later chunks of CSV and Parquet are brought into this form.
    schema: Option<SchemaRef>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Delimited(u8),
    Parquet,
    Excel,
    JsonLines,
}

enum Sink {
    Text(BufWriter<File>),
    Parquet(Box<BatchedWriter<File>>),
    Excel(Box<ExcelSink>, File),
}

impl TableWriter {
    /// Starts a file; its extension chooses the format: `.csv`, `.tsv`, `.txt`, `.parquet`, `.xlsx`,
    /// `.jsonl`.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, Trouble> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let path = path.into();
        let format = format_of(&path)?;
        if path.is_dir() {
            return Err(Trouble::io(&io::ErrorKind::IsADirectory.into(), &path));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_file_name(format!(".{name}.{}-{count}.tmp", std::process::id()));
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|error| Trouble::io(&error, folder))?;
        }
        let file = File::create(&temporary).map_err(|error| Trouble::io(&error, &path))?;
        let sink = Some(Sink::Text(BufWriter::new(file)));
        Ok(Self { path, temporary, format, sink, schema: None })
    }

    /// Appends rows.
    pub fn write(&mut self, frame: &DataFrame) -> Result<(), Trouble> {
        let mut frame = plain(frame)?;
        let is_first = self.schema.is_none();
        match &self.schema {
            None => self.schema = Some(frame.schema().clone()),
            Some(schema) if self.format != Format::JsonLines => frame = aligned(&frame, schema)?,
            Some(_) => {}
        }
        if is_first {
            self.start(frame.schema().clone())?;
        }
        let result = match (&mut self.sink, self.format) {
            (Some(Sink::Parquet(writer)), _) => writer.write_batch(&frame),
            (Some(Sink::Excel(writer, _)), _) => return writer.write(&frame),
            (Some(Sink::Text(file)), Format::Delimited(delimiter)) => CsvWriter::new(file)
                .include_header(is_first)
                .with_separator(delimiter)
                .finish(&mut frame),
            (Some(Sink::Text(file)), _) => {
                JsonWriter::new(file).with_json_format(JsonFormat::JsonLines).finish(&mut frame)
            }
            (None, _) => return Err(Trouble::internal("the table writer has failed before")),
        };
        result.map_err(|error| self.trouble(error))
    }

    /// Makes the file durable and gives it its name.
    pub fn finish(mut self) -> Result<(), Trouble> {
        if self.schema.is_none() && matches!(self.format, Format::Parquet | Format::Excel) {
            self.write(&DataFrame::empty())?;
        }
        match self.sink.take() {
            Some(Sink::Parquet(writer)) => {
                _ = writer.finish().map_err(|error| self.trouble(error))?;
            }
            Some(Sink::Excel(writer, file)) => {
                writer.finish(file).map_err(|trouble| trouble.path(&self.path))?;
            }
            Some(Sink::Text(mut file)) => {
                file.flush().map_err(|error| Trouble::io(&error, &self.path))?;
            }
            None => return Err(Trouble::internal("the table writer has failed before")),
        }
        let rename = || {
            File::open(&self.temporary)?.sync_all()?;
            fs::rename(&self.temporary, &self.path)
        };
        rename().map_err(|error| Trouble::io(&error, &self.path))
    }

    /// Begins a format that wants to know the columns first.
    fn start(&mut self, schema: SchemaRef) -> Result<(), Trouble> {
        if !matches!(self.format, Format::Parquet | Format::Excel) {
            return Ok(());
        }
        let Some(Sink::Text(file)) = self.sink.take() else {
            return Err(Trouble::internal("the table writer has failed before"));
        };
        let file = file.into_inner().map_err(|error| Trouble::io(error.error(), &self.path))?;
        self.sink = Some(if self.format == Format::Excel {
            Sink::Excel(Box::new(ExcelSink::new(&schema)?), file)
        } else {
            let writer = ParquetWriter::new(file).batched(&schema);
            Sink::Parquet(Box::new(writer.map_err(|error| self.trouble(error))?))
        });
        Ok(())
    }

    fn trouble(&self, error: PolarsError) -> Trouble {
        match error {
            PolarsError::IO { error, .. } => Trouble::io(&error, &self.path),
            // The Parquet writer wraps errors of the disk in words of its own.
            other if other.to_string().contains("No space left") => {
                Trouble::io(&io::Error::from(io::ErrorKind::StorageFull), &self.path)
            }
            other => polars_trouble(other).path(&self.path),
        }
    }
}

impl Drop for TableWriter {
    fn drop(&mut self) {
        // After a finish the temporary name is gone; otherwise nobody wants the part.
        let _ = fs::remove_file(&self.temporary);
    }
}

impl std::fmt::Debug for TableWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableWriter")
            .field("path", &self.path)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

fn format_of(path: &Path) -> Result<Format, Trouble> {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    match extension.as_str() {
        "csv" | "txt" => Ok(Format::Delimited(b',')),
        "tsv" => Ok(Format::Delimited(b'\t')),
        "parquet" | "pq" => Ok(Format::Parquet),
        "xlsx" => Ok(Format::Excel),
        "jsonl" | "ndjson" | "json" => Ok(Format::JsonLines),
        _ => {
            let written = WRITTEN.map(|ending| format!(".{ending}"));
            let (en, zh) = (written.join(", "), written.join("、"));
            Err(Trouble::new(
                "format-unknown",
                say!("tables cannot be written as `.{extension}`", "无法将表格写为 `.{extension}`"),
            )
            .expected(say!("one of {en}", "以下之一：{zh}"))
            .path(path))
        }
    }
}

/// The columns in a form that every format can hold: lists as text, pixels left out.
pub fn plain(frame: &DataFrame) -> Result<DataFrame, Trouble> {
    let mut columns = Vec::with_capacity(frame.width());
    for column in frame.columns() {
        match column.dtype() {
            DataType::Binary => {}
            DataType::List(_) => columns.push(joined(column.as_materialized_series())?.into()),
            _ => columns.push(column.clone()),
        }
    }
    DataFrame::new(frame.height(), columns).map_err(polars_trouble)
}

/// Lists as text, their items separated by blanks.
pub(crate) fn joined(series: &Series) -> Result<Series, Trouble> {
    let lists = series.list().map_err(polars_trouble)?;
    let mut texts = StringChunkedBuilder::new(series.name().clone(), series.len());
    for index in 0..lists.len() {
        let Some(items) = lists.get_as_series(index) else {
            texts.append_null();
            continue;
        };
        let items = items.cast(&DataType::String).map_err(polars_trouble)?;
        let items: Vec<&str> = items.str().map_err(polars_trouble)?.iter().flatten().collect();
        texts.append_value(items.join(" "));
    }
    Ok(texts.finish().into_series())
}

/// The columns of the first chunk, in its types; absent ones are missing.
fn aligned(frame: &DataFrame, schema: &polars::prelude::Schema) -> Result<DataFrame, Trouble> {
    let mut columns = Vec::with_capacity(schema.len());
    for (name, dtype) in schema.iter() {
        columns.push(match frame.column(name) {
            Ok(column) => column.strict_cast(dtype).map_err(|error| {
                let found =
                    say!("the values change their type: {error}", "值的类型发生变化：{error}");
                Trouble::new("column-type-changed", found).column(name.to_string())
            })?,
            Err(_) => Series::full_null(name.clone(), frame.height(), dtype).into(),
        });
    }
    DataFrame::new(frame.height(), columns).map_err(polars_trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first() -> DataFrame {
        let ids = Series::new(
            "ids".into(),
            [Series::new("".into(), [2_u32, 3]), Series::new("".into(), [5_u32])],
        );
        let bytes = Series::new("pixels".into(), [b"ab".as_slice(), b"cd".as_slice()]);
        let text = Series::new("text".into(), [Some("a,\"b\""), None]);
        let number = Series::new("number".into(), [1.5, -2.0]);
        DataFrame::new(2, vec![number.into(), text.into(), ids.into(), bytes.into()])
            .expect("a frame")
    }

    fn second() -> DataFrame {
        let number = Series::new("number".into(), [7_i64]);
        let text = Series::new("text".into(), ["中"]);
        DataFrame::new(1, vec![text.into(), number.into()]).expect("a frame")
    }

    fn check(name: &str, expected: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out").join(name);
        let mut writer = TableWriter::new(&path).expect("writable");
        writer.write(&first()).expect("written");
        writer.write(&second()).expect("written");
        assert!(!path.exists(), "absent until it is finished");
        writer.finish().expect("finished");
        assert_eq!(fs::read_to_string(&path).expect("text"), expected);
        assert_eq!(fs::read_dir(folder.path().join("out")).expect("folder").count(), 1);
    }

    #[test]
    fn chunks_become_one_file() {
        check("a.csv", "number,text,ids\n1.5,\"a,\"\"b\"\"\",2 3\n-2.0,,5\n7.0,中,\n");
        check("a.tsv", "number\ttext\tids\n1.5\t\"a,\"\"b\"\"\"\t2 3\n-2.0\t\t5\n7.0\t中\t\n");
        check(
            "a.jsonl",
            "{\"number\":1.5,\"text\":\"a,\\\"b\\\"\",\"ids\":\"2 3\"}\n{\"number\":-2.0,\"text\":null,\"ids\":\"5\"}\n{\"text\":\"中\",\"number\":7}\n",
        );
    }

    #[test]
    fn parquet_is_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.parquet");
        let mut writer = TableWriter::new(&path).expect("writable");
        writer.write(&first()).expect("written");
        writer.write(&second()).expect("written");
        writer.finish().expect("finished");
        let frame =
            ParquetReader::new(File::open(&path).expect("a file")).finish().expect("a frame");
        assert_eq!(frame.shape(), (3, 3));
        let empty = folder.path().join("empty.parquet");
        TableWriter::new(&empty).expect("writable").finish().expect("finished");
        assert!(empty.exists());
    }

    #[test]
    fn a_workbook_is_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.xlsx");
        let mut writer = TableWriter::new(&path).expect("writable");
        let days = Series::new("day".into(), [Some(-30_000_i32), Some(20_000), None])
            .cast(&DataType::Date)
            .expect("days");
        let frame = DataFrame::new(
            3,
            vec![
                days.into(),
                Series::new("number".into(), [Some(1.5), None, Some(f64::INFINITY)]).into(),
                Series::new("flag".into(), [true, false, true]).into(),
                Series::new("text".into(), [Some("中 & <b>"), None, Some("=1+1")]).into(),
            ],
        );
        writer.write(&frame.expect("a frame")).expect("written");
        writer.finish().expect("finished");
        let mut book = calamine::open_workbook_auto(&path).expect("a workbook");
        let sheet = calamine::Reader::worksheet_range_at(&mut book, 0);
        let sheet = sheet.expect("one").expect("a sheet");
        let rows: Vec<String> = sheet
            .rows()
            .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|"))
            .collect();
        assert_eq!(
            rows,
            [
                "day|number|flag|text",
                "1887-11-12|1.5|true|中 & <b>",
                "45569||false|",
                "|inf|true|=1+1"
            ]
        );
    }

    #[test]
    fn a_sheet_holds_so_many_rows() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut writer = TableWriter::new(folder.path().join("a.xlsx")).expect("writable");
        let rows = Series::full_null("x".into(), 1_048_576, &DataType::Float64);
        let frame = DataFrame::new(1_048_576, vec![rows.into()]).expect("a frame");
        assert_eq!(writer.write(&frame).expect_err("too many").code, "excel-rows");
    }

    #[test]
    fn what_is_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut writer = TableWriter::new(folder.path().join("a.csv")).expect("writable");
        writer.write(&first()).expect("written");
        drop(writer);
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 0);
        assert_eq!(TableWriter::new("a.docx").expect_err("unknown").code, "format-unknown");
        assert_eq!(
            TableWriter::new(folder.path().join("x.csv/")).map(|_| ()).err().map(|t| t.code),
            None
        );
    }
}
