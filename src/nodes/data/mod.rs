//! Sources.

use pg_contract::NodeSpec;

mod arrow_file;
mod csv_file;
mod data_quality;
mod excel_file;
mod fixtures;
mod image_folder;
mod json_lines_file;
mod paint_data;
mod parquet_file;
mod postgres;
mod sample_table;
mod source;
mod sqlite;
mod table_text;
mod toy_data;
mod toys;

/// Kinds of this stage in palette order.
pub(crate) const ALL: &[&NodeSpec] = &[
    &csv_file::SPEC,
    &excel_file::SPEC,
    &parquet_file::SPEC,
    &arrow_file::SPEC,
    &json_lines_file::SPEC,
    &sqlite::SPEC,
    &postgres::SPEC,
    &image_folder::SPEC,
    &table_text::SPEC,
    &sample_table::SPEC,
    &toy_data::SPEC,
    &paint_data::SPEC,
    &data_quality::SPEC,
];

use std::path::Path;
use std::time::UNIX_EPOCH;

use pg_base::{Fingerprint, StableHasher, Trouble, say};
use pg_contract::RunCx;

/// A key of a file as it is now: size and time of change.
pub(crate) fn file_key(hasher: &mut StableHasher, path: &Path) -> Result<(), Trouble> {
    let metadata = std::fs::metadata(path).map_err(|error| Trouble::io(&error, path))?;
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    hasher.number(metadata.len()).number(changed.map_or(0, |age| age.as_nanos() as u64));
    Ok(())
}

/// A key of a file, or of a folder with everything in it.
pub(crate) fn path_key(path: &Path) -> Result<Fingerprint, Trouble> {
    let mut hasher = StableHasher::new();
    let mut waiting = vec![path.to_owned()];
    while let Some(path) = waiting.pop() {
        file_key(&mut hasher, &path)?;
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).map_err(|error| Trouble::io(&error, &path))?;
            let mut inside: Vec<_> =
                entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
            inside.sort();
            for entry in &inside {
                hasher.text(&entry.file_name().unwrap_or_default().to_string_lossy());
            }
            waiting.extend(inside);
        }
    }
    Ok(hasher.finish())
}

/// The trouble of a source without a path.
pub(crate) fn no_path(param: &str) -> Trouble {
    Trouble::new("path-empty", say!("nothing is chosen yet", "尚未选择"))
        .advice(say!("Choose the data.", "请选择数据。"))
        .param(param)
}

/// Passes on what a reader worked around.
pub(crate) fn warn_all(cx: &RunCx<'_>, warnings: Vec<Trouble>) {
    for warning in warnings {
        cx.warn(warning);
    }
}
