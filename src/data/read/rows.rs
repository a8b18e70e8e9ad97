//! Rows of any source in chunks of bounded size, typed for a model; what `predict` reads.

use std::path::{Path, PathBuf};

use pg_base::{CancelToken, Trouble, say};
use polars::prelude::{DataFrame, NamedFrom, Series};

use super::cells::Marks;
use super::excel::{sheet_frame, sheet_names};
use super::images::{is_picture, scan_image_folder};
use super::json_lines::JsonChunks;
use super::{Reading, arrow, chunks, parquet};
use crate::schema::{ColumnKind, Role, Schema};
use crate::table::Rows;

/// Where rows come from, told by the name of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Delimited text, plain or gzip.
    Delimited,
    /// Parquet.
    Parquet,
    /// Arrow IPC, also called Feather.
    Arrow,
    /// One JSON object per line, or an array of objects, plain or gzip.
    JsonLines,
    /// A workbook of Excel or OpenDocument.
    Workbook,
    /// A database of SQLite.
    Sqlite,
    /// A folder of pictures, or one picture.
    Pictures,
}

/// Some consecutive rows of a source.
#[derive(Clone, Debug)]
pub struct RowChunk {
    /// Number of the first row in the source, from 1.
    pub first_row: u64,
    /// The source's own columns; text exactly as in the file for delimited text.
    pub original: DataFrame,
    /// The columns of the wanted schema, in its order; as many rows as `original`.
    pub rows: Rows,
    /// Cells and rows that could not be used, each with its source row, in order of the rows.
    pub troubles: Vec<Trouble>,
}

/// The chunks of a source; ends after the first error.
pub struct RowChunks(Box<dyn Iterator<Item = Result<RowChunk, Trouble>> + Send>);

impl Source {
    /// Tells the source from the path: folders hold pictures; files go by their extension, `.gz` left aside.
    pub fn of(path: &Path) -> Result<Self, Trouble> {
        if path.is_dir() {
            return Ok(Self::Pictures);
        }
        if !path.exists() {
            return Err(Trouble::io(&std::io::ErrorKind::NotFound.into(), path));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "parquet" | "pq" => Ok(Self::Parquet),
            "jsonl" | "ndjson" | "json" => Ok(Self::JsonLines),
            "arrow" | "feather" | "ipc" => Ok(Self::Arrow),
            "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" => Ok(Self::Workbook),
            "db" | "sqlite" | "sqlite3" => Ok(Self::Sqlite),
            "pdf" | "doc" | "docx" => Err(unreadable(extension, path)),
            _ if is_picture(path) => Ok(Self::Pictures),
            _ => Ok(Self::Delimited),
        }
    }
}

/// Opens a source whose rows are typed as `schema` wants them.
pub fn open_rows(
    path: &Path,
    schema: &Schema,
    reading: &Reading,
    rows_per_chunk: usize,
) -> Result<RowChunks, Trouble> {
    let rows_per_chunk = rows_per_chunk.max(1);
    let (schema, marks) = (schema.clone(), Marks::new(&reading.marks()));
    Ok(RowChunks(match Source::of(path)? {
        Source::Delimited => {
            Box::new(chunks::open_chunks(&reading.csv(path), &schema, rows_per_chunk)?)
        }
        Source::Parquet => typed_frames(parquet::open(path, rows_per_chunk)?, schema, marks, path),
        Source::Arrow => typed_frames(arrow::open(path, rows_per_chunk)?, schema, marks, path),
        Source::JsonLines => {
            typed_frames(JsonChunks::open(path, rows_per_chunk)?, schema, marks, path)
        }
        Source::Workbook => {
            let frame = sheet_frame(path, &reading.sheet(&sheet_names(path)?))?;
            typed_frames(slices(frame, rows_per_chunk), schema, marks, path)
        }
        Source::Sqlite => return Err(unreadable("db", path)),
        Source::Pictures => {
            let frame = pictures(path, &schema)?;
            typed_frames(slices(frame, rows_per_chunk), schema, marks, path)
        }
    }))
}

/// A frame in pieces.
pub(super) fn slices(
    frame: DataFrame,
    rows_per_chunk: usize,
) -> impl Iterator<Item = FrameChunk> + Send + 'static {
    (0..frame.height())
        .step_by(rows_per_chunk)
        .map(move |from| Ok((frame.slice(from as i64, rows_per_chunk), Vec::new())))
}

fn unreadable(extension: &str, path: &Path) -> Trouble {
    Trouble::new(
        "format-unknown",
        say!(
            "files of the kind .{extension} cannot be read here",
            "此处无法读取 .{extension} 类型的文件"
        ),
    )
    .expected(say!(
        "CSV, TSV, Excel, Parquet, Arrow, JSON or a folder of pictures",
        "CSV、TSV、Excel、Parquet、Arrow、JSON 或图片文件夹"
    ))
    .advice(say!("Save the table as CSV.", "请将表格另存为 CSV。"))
    .path(path)
}

/// Rows of a source as they are, with troubles about rows that could not be read.
pub(super) type FrameChunk = Result<(DataFrame, Vec<Trouble>), Trouble>;

fn typed_frames(
    frames: impl Iterator<Item = FrameChunk> + Send + 'static,
    schema: Schema,
    marks: Marks,
    path: &Path,
) -> Box<dyn Iterator<Item = Result<RowChunk, Trouble>> + Send> {
    let path: PathBuf = path.to_owned();
    let (mut next_row, mut has_failed) = (1, false);
    Box::new(frames.map_while(move |frame| {
        if has_failed {
            return None;
        }
        let chunk = frame.and_then(|(frame, troubles)| {
            let first_row = next_row;
            next_row += frame.height() as u64;
            super::typed::typed_chunk(frame, &schema, &marks, first_row, troubles)
                .map_err(|trouble| trouble.path(&path))
        });
        has_failed = chunk.is_err();
        Some(chunk)
    }))
}

/// A frame whose picture column is called as the schema wants it.
fn pictures(path: &Path, schema: &Schema) -> Result<DataFrame, Trouble> {
    let wanted =
        schema.in_role(Role::Feature).find(|column| matches!(column.kind, ColumnKind::Image(_)));
    let Some(wanted) = wanted else {
        return Err(Trouble::new(
            "source-kind",
            say!("the model takes no pictures", "该模型不接受图片输入"),
        )
        .expected(say!("a table with the columns of the model", "包含模型所需列的表格"))
        .path(path));
    };
    let name = wanted.name.as_str();
    if path.is_file() {
        let text = path.to_str().unwrap_or_default();
        let series = Series::new(name.into(), [text]);
        return DataFrame::new(1, vec![series.into()]).map_err(crate::table::polars_trouble);
    }
    let table = scan_image_folder(path, &CancelToken::default())?.table;
    let mut frame = table.rows().frame.drop_many([crate::table::ROW]);
    if name != super::images::IMAGE {
        frame.rename(super::images::IMAGE, name.into()).map_err(crate::table::polars_trouble)?;
    }
    Ok(frame)
}

impl Iterator for RowChunks {
    type Item = Result<RowChunk, Trouble>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl std::fmt::Debug for RowChunks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RowChunks")
    }
}
