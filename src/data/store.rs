//! Tables on disk for the cache: Arrow IPC for the values, JSON for schema and recipe, checksums over both.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pg_base::{Trouble, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::kept::Kept;
use crate::read::guarded;
use crate::recipe::Recipe;
use crate::schema::Schema;
use crate::shelf::{Contents, Scratch, Shelf};
use crate::table::{Rows, Table, polars_trouble};

const VERSION: u32 = 2;
const MANIFEST: &str = "table.json";
const ROWS: &str = "rows.arrow";
const ORIGIN: &str = "origin.arrow";
/// Extension of the files beside those.
const SHELF: &str = "shelf";
/// Schemas and recipes are small; a larger manifest is no manifest.
const MAX_MANIFEST_BYTES: u64 = 256 << 20;

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    version: u32,
    /// After the first steps; the others wait until somebody looks.
    rows: Frame,
    /// How many those are.
    n_done: usize,
    /// Absent where the origin is the same as the rows.
    origin: Option<Frame>,
    recipe: Recipe,
}

#[derive(Debug, Serialize, Deserialize)]
struct Frame {
    schema: Schema,
    n_bytes: u64,
    /// CRC-32 of the file.
    checksum: u32,
    /// The file beside it with the columns that are too large for memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shelf: Option<Contents>,
}

/// Writes a table as a folder, which is replaced as a whole or not at all.
pub fn save_table(table: &Table, folder: &Path) -> Result<(), Trouble> {
    let temporary = temporary_beside(folder, "new");
    let result = write_into(table, &temporary).and_then(|()| {
        let io = |error: io::Error| Trouble::io(&error, folder);
        let old = temporary_beside(folder, "old");
        let has_old = folder.exists();
        if has_old {
            fs::rename(folder, &old).map_err(io)?;
        }
        fs::rename(&temporary, folder).map_err(io)?;
        if has_old {
            // A left-over old folder is harmless: it is never read.
            let _ = fs::remove_dir_all(&old);
        }
        Ok(())
    });
    if result.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    result
}

/// Reads a table back; damage of any kind is a trouble with code `store-damaged`. What is made of a table that is too
/// large for memory goes to `scratch`.
pub fn load_table(folder: &Path, scratch: &Scratch) -> Result<Table, Trouble> {
    let path = folder.join(MANIFEST);
    let bytes = pg_base::files::read_limited(&path, MAX_MANIFEST_BYTES)?;
    let manifest: Manifest =
        serde_json::from_slice(&bytes).map_err(|error| damaged(&error.to_string(), &path))?;
    if manifest.version != VERSION {
        let version = manifest.version;
        return Err(damaged(&format!("version {version}"), &path));
    }
    let rows = read_kept(&folder.join(ROWS), manifest.rows, scratch)?;
    let origin = match manifest.origin {
        Some(origin) => read_kept(&folder.join(ORIGIN), origin, scratch)?,
        None => rows.clone(),
    };
    Table::from_parts(rows, manifest.n_done, origin, manifest.recipe)
}

fn write_into(table: &Table, folder: &Path) -> Result<(), Trouble> {
    fs::create_dir_all(folder).map_err(|error| Trouble::io(&error, folder))?;
    let ((rows, n_done), origin) = (table.done(), table.kept_origin());
    // Without a step, rows can only have parts or be fewer.
    let is_origin = n_done == 0
        && rows.n_rows() == origin.n_rows()
        && rows.marks().frame.get_column_names() == origin.marks().frame.get_column_names();
    let manifest = Manifest {
        version: VERSION,
        rows: write_kept(rows, &folder.join(ROWS))?,
        n_done,
        origin: if is_origin { None } else { Some(write_kept(origin, &folder.join(ORIGIN))?) },
        recipe: table.recipe().clone(),
    };
    let json = serde_json::to_vec(&manifest).map_err(Trouble::internal)?;
    pg_base::files::write_atomic(&folder.join(MANIFEST), &json)
}

fn write_kept(rows: &Kept, path: &Path) -> Result<Frame, Trouble> {
    let mut frame = write_frame(rows.marks(), path)?;
    if let Some(shelf) = rows.shelf() {
        shelf.link(&path.with_extension(SHELF))?;
        frame.shelf = Some(shelf.contents().clone());
    }
    Ok(frame)
}

fn read_kept(path: &Path, stored: Frame, scratch: &Scratch) -> Result<Arc<Kept>, Trouble> {
    let contents = stored.shelf.clone();
    let shelf = contents
        .map(|contents| Shelf::open(&path.with_extension(SHELF), contents, scratch))
        .transpose()?;
    let marks = read_frame(path, stored)?;
    let columns = shelf.as_ref().map_or(&marks.frame, |shelf| shelf.form());
    if let Some(column) =
        marks.schema.columns.iter().find(|column| columns.column(&column.name).is_err())
    {
        let name = &column.name;
        return Err(damaged(&format!("column `{name}` is absent"), path));
    }
    Ok(Arc::new(match shelf {
        Some(shelf) => {
            Kept::on_shelf(marks, shelf).map_err(|_| damaged("rows are absent", path))?
        }
        None => Kept::in_memory(marks),
    }))
}

fn write_frame(rows: &Rows, path: &Path) -> Result<Frame, Trouble> {
    let io = |error: io::Error| Trouble::io(&error, path);
    let mut sink = Summed {
        inner: BufWriter::new(File::create(path).map_err(io)?),
        sum: flate2::Crc::new(),
        n_bytes: 0,
    };
    IpcWriter::new(&mut sink).finish(&mut rows.frame.clone()).map_err(|error| match error {
        PolarsError::IO { error, .. } => Trouble::io(&error, path),
        other => polars_trouble(other),
    })?;
    let file = sink.inner.into_inner().map_err(|error| Trouble::io(error.error(), path))?;
    file.sync_all().map_err(io)?;
    let (n_bytes, checksum) = (sink.n_bytes, sink.sum.sum());
    Ok(Frame { schema: rows.schema.clone(), n_bytes, checksum, shelf: None })
}

fn read_frame(path: &Path, stored: Frame) -> Result<Rows, Trouble> {
    let io = |error: io::Error| Trouble::io(&error, path);
    // Checked before Polars sees the bytes, which it trusts.
    let mut file = File::open(path).map_err(io)?;
    let (mut sum, mut buffer) = (flate2::Crc::new(), vec![0; 1 << 20]);
    loop {
        let n_read = file.read(&mut buffer).map_err(io)?;
        if n_read == 0 {
            break;
        }
        sum.update(buffer.get(..n_read).unwrap_or_default());
    }
    let n_bytes = file.metadata().map_err(io)?.len();
    if (n_bytes, sum.sum()) != (stored.n_bytes, stored.checksum) {
        return Err(damaged("the checksum differs", path));
    }
    let frame = guarded(path, || IpcReader::new(File::open(path)?).finish())?;
    Ok(Rows { frame, schema: stored.schema })
}

fn damaged(why: &str, path: &Path) -> Trouble {
    Trouble::new(
        "store-damaged",
        say!("the stored table is damaged: {why}", "存储的表格已损坏：{why}"),
    )
    .advice(say!("Run the step again.", "请重新运行该步骤。"))
    .path(path)
}

fn temporary_beside(folder: &Path, what: &str) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    folder.with_file_name(format!(".{name}.{}-{count}.{what}", std::process::id()))
}

/// Sums and counts what is written.
struct Summed<W> {
    inner: W,
    sum: flate2::Crc,
    n_bytes: u64,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_written = self.inner.write(bytes)?;
        self.sum.update(bytes.get(..n_written).unwrap_or_default());
        self.n_bytes += n_written as u64;
        Ok(n_written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, ColumnKind};
    use crate::table::Part;

    fn table() -> Table {
        let number = Series::new("n".into(), [Some(1.5), None, Some(-2.0)]);
        let text = Series::new("t".into(), [Some("中"), Some("b"), None]);
        let frame = DataFrame::new(3, vec![number.into(), text.into()]).expect("a frame");
        let columns =
            vec![Column::new("n", ColumnKind::Number), Column::new("t", ColumnKind::Category)];
        Table::from_source(frame, Schema { columns }).expect("a table")
    }

    fn load(path: &Path) -> Result<Table, Trouble> {
        load_table(path, &Scratch::new(std::env::temp_dir()))
    }

    fn check(table: &Table, n_files: usize) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        save_table(table, &path).expect("saved");
        save_table(table, &path).expect("saved over the old one");
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 1);
        assert_eq!(fs::read_dir(&path).expect("folder").count(), n_files);
        let loaded = load(&path).expect("loaded");
        assert!(loaded.rows().frame.equals_missing(&table.rows().frame));
        assert!(loaded.origin().frame.equals_missing(&table.origin().frame));
        assert_eq!(loaded.schema(), table.schema());
        assert_eq!(loaded.recipe(), table.recipe());
    }

    #[test]
    fn tables_come_back() {
        check(&table(), 2);
        check(
            &table().with_parts(&[Part::Training, Part::Test, Part::Validation]).expect("split"),
            3,
        );
    }

    #[test]
    fn a_damaged_store_is_a_trouble() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        assert_eq!(load(&path).expect_err("absent").code, "file-missing");
        save_table(&table(), &path).expect("saved");
        for name in [ROWS, MANIFEST] {
            let whole = fs::read(path.join(name)).expect("a file");
            for place in 0..whole.len() {
                let mut flipped = whole.clone();
                flipped[place] ^= 0x55;
                fs::write(path.join(name), &flipped).expect("writable");
                let loaded = load(&path);
                assert!(loaded.is_err() || name == MANIFEST, "{name} at {place}");
            }
            fs::write(path.join(name), &whole[..whole.len() / 2]).expect("writable");
            assert_eq!(load(&path).expect_err("cut").code, "store-damaged");
            fs::write(path.join(name), &whole).expect("writable");
        }
        load(&path).expect("whole again");
    }
}
