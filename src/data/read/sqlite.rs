//! Reads tables and queries of SQLite databases, opened for reading only.

use std::path::Path;
use std::time::Duration;

use pg_base::{CancelToken, Trouble, say};
use polars::prelude::{Column, DataFrame};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::ReadTable;
use super::csv::Sample;
use super::frames::{ColumnChoices, SAMPLE_ROWS, Texts, table_of};
use super::mixed::{Datum, Mixed};
use super::names::column_names;
use super::opened::head_of;
use crate::table::polars_trouble;

/// What to read from a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SqliteOptions {
    /// Name of a table or view; the only one where none is named.
    pub table: Option<String>,
    /// A query, which counts more than a table.
    pub query: Option<String>,
    /// Kinds and missing marks.
    pub choices: ColumnChoices,
}

/// Reads a table or the rows of a query.
pub fn read_sqlite(
    path: &Path,
    options: &SqliteOptions,
    cancel: &CancelToken,
) -> Result<ReadTable, Trouble> {
    let frame = frame_of(path, options, None, cancel)?;
    table_of(frame, Texts::StayText, &options.choices, path)
}

/// The first rows as a table.
pub fn sample_of_sqlite(path: &Path, options: &SqliteOptions) -> Result<Sample, Trouble> {
    let frame = frame_of(path, options, Some(SAMPLE_ROWS + 1), &CancelToken::default())?;
    let is_whole = frame.height() <= SAMPLE_ROWS;
    let table = table_of(frame, Texts::StayText, &options.choices, path)?.table;
    Ok(Sample { table, is_whole })
}

fn frame_of(
    path: &Path,
    options: &SqliteOptions,
    most: Option<usize>,
    cancel: &CancelToken,
) -> Result<DataFrame, Trouble> {
    if !head_of(path)?.starts_with(b"SQLite format 3") {
        return Err(Trouble::new(
            "file-not-database",
            say!("this is no SQLite database", "这不是 SQLite 数据库"),
        )
        .expected(say!("a file of SQLite version 3", "SQLite 3 数据库文件"))
        .path(path));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags).map_err(|error| sql(&error, path))?;
    // Another program may be writing.
    database.busy_timeout(Duration::from_secs(5)).map_err(|error| sql(&error, path))?;
    let asked = options.query.as_deref().map(str::trim).filter(|query| !query.is_empty());
    let query = if let Some(query) = asked {
        query.trim_end_matches(';').to_owned()
    } else {
        let table = table_name(&database, options.table.as_deref(), path)?;
        format!("SELECT * FROM \"{}\"", table.replace('"', "\"\""))
    };
    let mut statement = database.prepare(&query).map_err(|error| sql(&error, path))?;
    if !statement.readonly() || statement.column_count() == 0 {
        return Err(Trouble::new(
            "query-writes",
            say!("the query gives no rows", "该查询不返回数据行"),
        )
        .expected(say!("a SELECT query", "SELECT 查询"))
        .param("query")
        .path(path));
    }
    let found: Vec<String> = statement.column_names().map(ToOwned::to_owned).collect();
    let names = column_names(Some(&found), found.len());
    let mut columns: Vec<Mixed> = names.iter().map(|_| Mixed::new(0)).collect();
    let mut rows = statement.query([]).map_err(|error| sql(&error, path))?;
    let mut n_rows = 0;
    while most.is_none_or(|most| n_rows < most) {
        if n_rows % 4096 == 0 {
            cancel.check()?;
        }
        let Some(row) = rows.next().map_err(|error| sql(&error, path))? else { break };
        for (index, column) in columns.iter_mut().enumerate() {
            let value = row.get_ref(index).map_err(|error| sql(&error, path))?;
            match value {
                ValueRef::Null | ValueRef::Blob(_) => column.push(Datum::Missing),
                ValueRef::Integer(whole) => column.push(Datum::Whole(whole)),
                ValueRef::Real(real) => column.push(Datum::Real(real)),
                ValueRef::Text(text) => column.push(Datum::Text(&String::from_utf8_lossy(text))),
            }
        }
        n_rows += 1;
    }
    let columns: Result<Vec<Column>, Trouble> = columns
        .into_iter()
        .zip(&names)
        .map(|(column, name)| Ok(column.finish(name).map_err(polars_trouble)?.into()))
        .collect();
    DataFrame::new(n_rows, columns?).map_err(polars_trouble)
}

/// The table that is meant, in the spelling of the database.
fn table_name(database: &Connection, wanted: Option<&str>, path: &Path) -> Result<String, Trouble> {
    let sql = |error| sql(&error, path);
    let mut statement = database
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             ORDER BY name",
        )
        .map_err(sql)?;
    let names: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .map_err(sql)?
        .collect::<Result<_, _>>()
        .map_err(sql)?;
    let listed = names.join(", ");
    let advice = || say!("Choose one of: {listed}.", "请从以下表中选择：{listed}。");
    let trouble = match (wanted.map(str::trim).filter(|name| !name.is_empty()), names.as_slice()) {
        (None, [only]) => return Ok(only.clone()),
        (_, []) => {
            Trouble::new("database-empty", say!("the database holds no table", "数据库中没有表"))
        }
        (None, _) => Trouble::new(
            "table-unnamed",
            say!("the database holds several tables", "数据库中有多个表"),
        )
        .advice(advice()),
        (Some(wanted), names) => {
            match names.iter().find(|name| name.eq_ignore_ascii_case(wanted)) {
                Some(name) => return Ok(name.clone()),
                None => Trouble::new(
                    "table-missing",
                    say!("there is no table `{wanted}`", "没有名为 `{wanted}` 的表"),
                )
                .advice(advice()),
            }
        }
    };
    Err(trouble.param("table").path(path))
}

fn sql(error: &rusqlite::Error, path: &Path) -> Trouble {
    let error = error.to_string();
    Trouble::new("sql-failed", say!("SQLite says: {error}", "SQLite 提示：{error}"))
        .advice(say!("Correct the query or choose another file.", "请修正查询或选择其他文件。"))
        .path(path)
}
