//! Where things lie: cache folders, locks, the place of projects that have no file yet, and paths relative to a project.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use directories::ProjectDirs;
use pg_base::{StableHasher, Trouble, say};

/// File name, in its own folder, of a project that was never saved; only its journal exists.
const UNSAVED: &str = "project.pyro";

/// The folder that relative paths in a project file start from.
pub fn base_of(project: &Path) -> PathBuf {
    let project = clean(project);
    project.parent().map_or_else(|| project.clone(), Path::to_owned)
}

/// The cache folder of a project file: `.pyrograph/STEM` beside it, or a folder of the person where that cannot be
/// written (a read-only disk, an installed sample).
pub fn cache_folder_of(project: &Path) -> PathBuf {
    let project = clean(project);
    let stem = project.file_stem().unwrap_or_default();
    let beside = base_of(&project).join(".pyrograph").join(stem);
    match prepare_cache(&beside) {
        Ok(()) => beside,
        Err(_) => own_folder("projects")
            .join(StableHasher::new().text(&project.to_string_lossy()).finish().to_string()),
    }
}

/// Makes a cache folder that version control passes over.
///
/// # Errors
/// Where nothing can be written to it, even if it is there.
pub fn prepare_cache(folder: &Path) -> Result<(), Trouble> {
    fs::create_dir_all(folder).map_err(|error| Trouble::io(&error, folder))?;
    let mark = folder.join(".gitignore");
    let written = File::options().create(true).append(true).open(&mark).and_then(|mut file| {
        if file.metadata()?.len() == 0 { file.write_all(b"*\n") } else { Ok(()) }
    });
    written.map_err(|error| Trouble::io(&error, &mark))
}

/// The folder for projects that were never saved.
pub fn unsaved_folder() -> PathBuf {
    own_folder("unsaved")
}

/// The path written relative to a folder, with `/`, where they share more than the root; otherwise as it is.
pub fn relative_to(folder: &Path, path: &Path) -> String {
    let (folder, path) = (clean(folder), clean(path));
    let from: Vec<Component<'_>> = folder.components().collect();
    let to: Vec<Component<'_>> = path.components().collect();
    let n_shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let shares_a_name = from.iter().take(n_shared).any(|part| matches!(part, Component::Normal(_)));
    if !shares_a_name {
        return path.to_string_lossy().into_owned();
    }
    let up = std::iter::repeat_n("..".to_owned(), from.len() - n_shared);
    let down = to.iter().skip(n_shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let relative = up.chain(down).collect::<Vec<_>>().join("/");
    // Where a folder on the way is a link, its parent is not what the text says.
    let leads_there = !path.exists()
        || !folder.exists()
        || folder.join(&relative).canonicalize().ok() == path.canonicalize().ok();
    if leads_there { relative } else { path.to_string_lossy().into_owned() }
}

/// An absolute path without `.` and `..`, by its text alone.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

/// Held while a window has a project open; the operating system lets go of it even when the process is killed.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// The lock of a project whose cache folder this is.
    ///
    /// # Errors
    /// `project-in-use` where another process holds it. Where locks are not to be had there is none, and no error.
    pub(crate) fn take(cache_folder: &Path, project: &Path) -> Result<Option<Self>, Trouble> {
        let mut path = OsString::from(cache_folder);
        path.push(".lock");
        let Ok(file) = File::options().create(true).write(true).truncate(false).open(path) else {
            return Ok(None);
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::Error(_)) => Ok(None),
            Err(TryLockError::WouldBlock) => Err(Trouble::new(
                "project-in-use",
                say!("the project is open in another window", "该项目已在另一个窗口中打开"),
            )
            .advice(say!("Go on there, or close it there first.", "请在那里继续，或先在那里关闭。"))
            .path(project)),
        }
    }
}

/// A folder that stands in for the project's own until it is saved.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// A new folder within `root`.
    pub(crate) fn make(root: &Path) -> Result<Self, Trouble> {
        fs::create_dir_all(root).map_err(|error| Trouble::io(&error, root))?;
        let process = std::process::id();
        for number in 1..=10_000_u32 {
            let folder = root.join(format!("{process}-{number}"));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(Self { folder }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Trouble::io(&error, &folder)),
            }
        }
        Err(Trouble::internal("too many projects that were never saved"))
    }

    /// A folder that an earlier process left behind.
    pub(crate) fn left(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where the project file would be.
    pub(crate) fn project(&self) -> PathBuf {
        self.folder.join(UNSAVED)
    }

    /// Removes the folder with everything in it.
    pub(crate) fn remove(&self) {
        // What is left over is found and removed by the next start.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Folders that earlier processes left in `root`; those of living ones are passed over.
pub(crate) fn left_behind(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect();
    folders.sort();
    let is_free = |folder: &PathBuf| {
        let project = folder.join(UNSAVED);
        Lock::take(&cache_folder_of(&project), &project).is_ok()
    };
    folders.into_iter().filter(is_free).collect()
}

fn own_folder(name: &str) -> PathBuf {
    match ProjectDirs::from("", "", "pyrograph") {
        Some(own) => own.data_local_dir().join(name),
        None => std::env::temp_dir().join("pyrograph").join(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_relative_where_that_means_something() {
        let check = |folder: &str, path: &str, expected: &str| {
            assert_eq!(relative_to(Path::new(folder), Path::new(path)), expected, "{path}");
        };
        check("/home/a/work", "/home/a/work/data/花.csv", "data/花.csv");
        check("/home/a/work", "/home/a/data/x.csv", "../data/x.csv");
        check("/home/a/work", "/home/a/work/../x.csv", "../x.csv");
        check("/home/a/work", "/data/x.csv", "/data/x.csv");
    }

    #[test]
    fn a_lock_is_held_by_one_and_let_go() {
        let folder = tempfile::tempdir().expect("folder");
        let project = folder.path().join("a.pyro");
        let cache = cache_folder_of(&project);
        let held = Lock::take(&cache, &project).expect("free");
        assert!(held.is_some());
        assert_eq!(Lock::take(&cache, &project).expect_err("held").code, "project-in-use");
        drop(held);
        assert!(Lock::take(&cache, &project).is_ok());
    }
}
