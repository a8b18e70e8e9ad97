//! Columns in a file, a slice of rows after the other: where those of a table are that is too large for memory.

use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pg_base::{Trouble, say};
use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tempfile::TempPath;

use crate::read::guarded;
use crate::table::polars_trouble;

/// Where columns go that would take too much memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scratch {
    /// Folder of the files, which is made when the first is written; a file vanishes with the last table made of it.
    pub folder: PathBuf,
    /// Memory that the columns of one table may take.
    pub max_bytes: usize,
}

/// The columns of a table in a file. Each column of each slice is a piece of its own, checked when it is read.
#[derive(Debug)]
pub(crate) struct Shelf {
    file: Mutex<File>,
    path: PathBuf,
    /// Removes the file in the end, where it belongs to no store.
    vanishes: Option<TempPath>,
    scratch: Scratch,
    contents: Contents,
    /// The columns without rows, with their types.
    form: DataFrame,
}

/// What stands where in the file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Contents {
    slices: Vec<Slice>,
    /// The columns without rows.
    form: Piece,
    /// Memory that all columns would take.
    n_memory_bytes: u64,
    /// Size of the file.
    n_file_bytes: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Slice {
    n_rows: usize,
    /// One per column.
    pieces: Vec<Piece>,
}

/// A whole Arrow file within the file.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Piece {
    start: u64,
    n_bytes: u64,
    /// CRC-32.
    checksum: u32,
}

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct ShelfWriter {
    file: File,
    path: TempPath,
    scratch: Scratch,
    contents: Contents,
}

/// Files that are nobody's any more have it, and no lock.
const SUFFIX: &str = ".shelf";
/// About so many rows make a slice …
pub(crate) const N_SLICE_ROWS: usize = 1 << 16;
/// … unless they take more memory than this.
pub(crate) const MAX_SLICE_BYTES: usize = 64 << 20;

impl Scratch {
    /// Files in a folder, for tables of more than a gibibyte.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), max_bytes: 1 << 30 }
    }

    /// Removes what killed processes left behind.
    pub fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_ours = path.to_string_lossy().ends_with(SUFFIX);
            // Whoever uses a file holds its lock, which ends with the process.
            if is_ours && File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
                // What cannot be removed now is looked at again next time.
                let _ = fs::remove_file(&path);
            }
        }
    }
}

impl Shelf {
    /// A file that was put into a store.
    pub(crate) fn open(
        path: &Path,
        contents: Contents,
        scratch: &Scratch,
    ) -> Result<Arc<Self>, Trouble> {
        let io = |error: io::Error| Trouble::io(&error, path);
        let file = File::open(path).map_err(io)?;
        let n_bytes = file.metadata().map_err(io)?.len();
        let pieces = contents.slices.iter().flat_map(|slice| &slice.pieces).chain([&contents.form]);
        let is_inside = |piece: &Piece| {
            piece.start.checked_add(piece.n_bytes).is_some_and(|end| end <= n_bytes)
        };
        if n_bytes != contents.n_file_bytes || !pieces.into_iter().all(is_inside) {
            return Err(damaged(path));
        }
        Self::of_file(file, path.to_owned(), None, scratch.clone(), contents)
    }

    fn of_file(
        file: File,
        path: PathBuf,
        vanishes: Option<TempPath>,
        scratch: Scratch,
        contents: Contents,
    ) -> Result<Arc<Self>, Trouble> {
        let (form, file) = (contents.form, Mutex::new(file));
        let mut shelf = Self { file, path, vanishes, scratch, contents, form: DataFrame::empty() };
        shelf.form = shelf.read(form)?;
        Ok(Arc::new(shelf))
    }

    pub(crate) fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The columns without rows.
    pub(crate) fn form(&self) -> &DataFrame {
        &self.form
    }

    /// Memory that all columns would take.
    pub(crate) fn n_memory_bytes(&self) -> u64 {
        self.contents.n_memory_bytes
    }

    /// Number of rows.
    pub(crate) fn n_rows(&self) -> usize {
        self.slice_rows().sum()
    }

    /// Rows of each slice.
    pub(crate) fn slice_rows(&self) -> impl Iterator<Item = usize> {
        self.contents.slices.iter().map(|slice| slice.n_rows)
    }

    /// The wanted columns of a slice.
    pub(crate) fn slice(
        &self,
        index: usize,
        is_wanted: impl Fn(&str) -> bool + Sync,
    ) -> Result<DataFrame, Trouble> {
        let slice = self.contents.slices.get(index);
        let slice = slice.ok_or_else(|| Trouble::internal(format!("there is no slice {index}")))?;
        let wanted: Vec<(&Column, &Piece)> = self
            .form
            .columns()
            .iter()
            .zip(&slice.pieces)
            .filter(|(column, _)| is_wanted(column.name()))
            .collect();
        let read = |(form, piece): &(&Column, &Piece)| {
            let frame = self.read(**piece)?;
            let column = frame.columns().first().ok_or_else(|| damaged(&self.path))?;
            // A file may begin with whole numbers and go on with others.
            column.cast(form.dtype()).map_err(polars_trouble)
        };
        let columns: Vec<Result<Column, Trouble>> = wanted.par_iter().map(read).collect();
        let columns = columns.into_iter().collect::<Result<_, _>>()?;
        DataFrame::new(slice.n_rows, columns).map_err(|_| damaged(&self.path))
    }

    /// The first rows of a column, at least so many where there are.
    pub(crate) fn head(&self, name: &str, n_rows: usize) -> Result<Series, Trouble> {
        let form = self.form.column(name).map_err(polars_trouble)?;
        let mut head = form.as_materialized_series().clone();
        for index in 0..self.contents.slices.len() {
            if head.len() >= n_rows {
                break;
            }
            let slice = self.slice(index, |column| column == name)?;
            let values = slice.column(name).map_err(polars_trouble)?;
            head.append(values.as_materialized_series()).map_err(polars_trouble)?;
        }
        Ok(head)
    }

    /// Puts the file into a store too: a second name for the same bytes where the disk can, else a copy.
    pub(crate) fn link(&self, path: &Path) -> Result<(), Trouble> {
        let io = |error: io::Error| Trouble::io(&error, path);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if self.vanishes.is_some() {
            file.sync_data().map_err(io)?;
        }
        if fs::hard_link(&self.path, path).is_ok() {
            return Ok(());
        }
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        let mut copy = File::create(path).map_err(io)?;
        io::copy(&mut *file, &mut copy).map_err(io)?;
        copy.sync_all().map_err(io)
    }

    fn read(&self, piece: Piece) -> Result<DataFrame, Trouble> {
        let io = |error: io::Error| Trouble::io(&error, &self.path);
        let mut bytes = vec![0; piece.n_bytes as usize];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(piece.start)).map_err(io)?;
            file.read_exact(&mut bytes).map_err(io)?;
        }
        // Checked before Polars sees the bytes, which it trusts.
        if checksum(&bytes) != piece.checksum {
            return Err(damaged(&self.path));
        }
        guarded(&self.path, || IpcReader::new(Cursor::new(bytes)).finish())
    }
}

impl ShelfWriter {
    /// Begins a file.
    pub(crate) fn new(scratch: &Scratch) -> Result<Self, Trouble> {
        let io = |error: io::Error| Trouble::io(&error, &scratch.folder);
        fs::create_dir_all(&scratch.folder).map_err(io)?;
        let file = tempfile::Builder::new().suffix(SUFFIX).tempfile_in(&scratch.folder);
        let (file, path) = file.map_err(io)?.into_parts();
        // Where there are no locks nothing is swept, and the file outlives no more than a killed process.
        let _ = file.try_lock();
        Ok(Self { file, path, scratch: scratch.clone(), contents: Contents::default() })
    }

    /// Writes rows behind the others; all frames have the same columns in the same order, their types may differ.
    pub(crate) fn push(&mut self, frame: &DataFrame) -> Result<(), Trouble> {
        let row_bytes = frame.estimated_size().div_ceil(frame.height().max(1)).max(1);
        let n_slices = frame.height() / (MAX_SLICE_BYTES / row_bytes).clamp(1, N_SLICE_ROWS);
        let n_rows = frame.height().div_ceil(n_slices.max(1)).max(1);
        for start in (0..frame.height()).step_by(n_rows) {
            let slice = frame.slice(start as i64, n_rows);
            self.contents.n_memory_bytes += slice.estimated_size() as u64;
            let bytes: Vec<Result<Vec<u8>, Trouble>> = slice
                .columns()
                .par_iter()
                .map(|column| {
                    let frame = DataFrame::new(slice.height(), vec![column.clone()]);
                    arrow_bytes(&mut frame.map_err(polars_trouble)?)
                })
                .collect();
            let mut pieces = Vec::with_capacity(bytes.len());
            for bytes in bytes {
                pieces.push(self.write(&bytes?)?);
            }
            self.contents.slices.push(Slice { n_rows: slice.height(), pieces });
        }
        Ok(())
    }

    /// Ends the file; `form` has the columns with the types they are to be read as.
    pub(crate) fn finish(mut self, form: &DataFrame) -> Result<Arc<Shelf>, Trouble> {
        let bytes = arrow_bytes(&mut form.clear())?;
        self.contents.form = self.write(&bytes)?;
        // On some systems nobody else could read a file that is locked by one alone.
        if self.file.unlock().is_ok() {
            let _ = self.file.try_lock_shared();
        }
        let path = self.path.to_path_buf();
        Shelf::of_file(self.file, path, Some(self.path), self.scratch, self.contents)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<Piece, Trouble> {
        self.file.write_all(bytes).map_err(|error| Trouble::io(&error, &self.path))?;
        let (start, n_bytes) = (self.contents.n_file_bytes, bytes.len() as u64);
        self.contents.n_file_bytes += n_bytes;
        Ok(Piece { start, n_bytes, checksum: checksum(bytes) })
    }
}

fn arrow_bytes(frame: &mut DataFrame) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    let writer = IpcWriter::new(&mut bytes).with_compression(Some(IpcCompression::LZ4));
    writer.with_parallel(false).finish(frame).map_err(polars_trouble)?;
    Ok(bytes)
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

fn damaged(path: &Path) -> Trouble {
    Trouble::new(
        "store-damaged",
        say!("the rows that lie in this file are damaged", "存放在该文件中的数据已损坏"),
    )
    .advice(say!("Run the step again.", "请重新运行该步骤。"))
    .path(path)
}
