//! Files that are whole or absent: written under a temporary name, synced, then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Trouble;

/// Writes `bytes` to `path` so that a reader, or a restart after a crash, sees the old content or the new, never a part.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    write_atomic_with(path, |file| file.write_all(bytes))
}

/// The same with a function that writes.
pub fn write_atomic_with(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), Trouble> {
    let temporary = temporary_beside(path);
    let result = (|| {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let mut file = BufWriter::new(File::create(&temporary)?);
        write(&mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_folder(path);
        Ok(())
    })();
    result.map_err(|error: io::Error| {
        // The original error is what the person must see; a left-over temporary file is harmless.
        let _ = fs::remove_file(&temporary);
        Trouble::io(&error, path)
    })
}

/// Reads a whole file, refusing one above `max_bytes`.
pub fn read_limited(path: &Path, max_bytes: u64) -> Result<Vec<u8>, Trouble> {
    let io = |error: io::Error| Trouble::io(&error, path);
    let metadata = fs::metadata(path).map_err(io)?;
    if metadata.is_dir() {
        return Err(Trouble::io(&io::Error::from(io::ErrorKind::IsADirectory), path));
    }
    let n_bytes = metadata.len();
    if n_bytes > max_bytes {
        return Err(Trouble::new(
            "file-too-large",
            crate::say!("the file has {n_bytes} bytes", "文件大小为 {n_bytes} 字节"),
        )
        .expected(crate::say!("at most {max_bytes} bytes", "不超过 {max_bytes} 字节"))
        .path(path));
    }
    fs::read(path).map_err(io)
}

fn temporary_beside(path: &Path) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{}.tmp", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

/// Makes the rename itself durable where the system allows it; a failure leaves a correct file.
fn sync_folder(path: &Path) {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_keeps_the_old_file() {
        let folder = std::env::temp_dir().join(format!("pg-files-{}", std::process::id()));
        let path = folder.join("a.txt");
        write_atomic(&path, b"old").expect("writable");
        let failed = write_atomic_with(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert_eq!(failed.expect_err("full").code, "disk-full");
        assert_eq!(fs::read(&path).expect("still there"), b"old");
        assert_eq!(fs::read_dir(&folder).expect("folder").count(), 1);
        fs::remove_dir_all(&folder).expect("clean up");
    }
}
