//! Small files that the worked examples of the sources read; their content is always the same.

use std::path::PathBuf;

use pg_base::files::write_atomic;
use pg_data::write::TableWriter;
use polars::prelude::{DataFrame, IpcWriter, NamedFrom, SerWriter, Series};

/// A sheet with a title, a header, dates and a formula, as Excel writes it.
const WORKBOOK: &[u8] = include_bytes!("samples/example.xlsx");
/// A database with one table.
const DATABASE: &[u8] = include_bytes!("samples/example.db");

// A file that cannot be written shows as a failing example, which says the path.

pub(super) fn excel_path() -> String {
    written("orders.xlsx", WORKBOOK)
}

pub(super) fn sqlite_path() -> String {
    written("orders.db", DATABASE)
}

pub(super) fn json_path() -> String {
    written(
        "orders.jsonl",
        b"{\"price\": 3.5, \"buyer\": {\"city\": \"Rome\"}}\n{\"price\": null, \"buyer\": {\"city\": \"Oslo\"}}\n\
          {\"price\": 2, \"buyer\": {}}\n",
    )
}

pub(super) fn parquet_path() -> String {
    let path = path("orders.parquet");
    if !path.exists()
        && let Ok(mut writer) = TableWriter::new(&path)
    {
        let _ = writer.write(&orders()).and_then(|()| writer.finish());
    }
    path.to_string_lossy().into_owned()
}

pub(super) fn arrow_path() -> String {
    let mut bytes = Vec::new();
    let _ = IpcWriter::new(&mut bytes).finish(&mut orders());
    written("orders.arrow", &bytes)
}

fn orders() -> DataFrame {
    let price = Series::new("price".into(), [Some(3.5), None, Some(2.0)]);
    let city = Series::new("city".into(), ["Rome", "Oslo", "Rome"]);
    DataFrame::new(3, vec![price.into(), city.into()]).unwrap_or_default()
}

fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join("pyrograph-examples").join(name)
}

fn written(name: &str, bytes: &[u8]) -> String {
    let path = path(name);
    let _ = write_atomic(&path, bytes);
    path.to_string_lossy().into_owned()
}
