//! The sample data that comes with the program: where it lies, and a place of the person's own where that is needed.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use pg_base::{Trouble, say};

use crate::files::documents_folder;

/// Name of the folder that comes with the program.
const FOLDER: &str = "sample_data";
/// Name of the person's own copy, in their documents.
const OWN_FOLDER: &str = "Pyrograph samples";

/// Where a sample of this name lies, if the samples came along.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    folders().map(|folder| folder.join(name)).find(|path| path.exists())
}

/// The sample at a place where it will still lie tomorrow: as it is where its folder can be written to, else a copy
/// among the person's documents (an installed program or a mounted image may vanish, and projects remember paths).
pub(super) fn at_hand(name: &str) -> Result<PathBuf, Trouble> {
    let sample = find(name).ok_or_else(|| absent(name))?;
    let folder = sample.parent().unwrap_or(&sample);
    if can_write(folder) {
        return Ok(sample);
    }
    let own = documents_folder().unwrap_or_else(env::temp_dir).join(OWN_FOLDER);
    let copy = own.join(name);
    if !copy.exists() {
        fs::create_dir_all(&own).map_err(|error| Trouble::io(&error, &own))?;
        copy_all(&sample, &copy)?;
    }
    Ok(copy)
}

fn absent(name: &str) -> Trouble {
    Trouble::new(
        "sample-missing",
        say!("the sample data `{name}` is not there", "找不到示例数据 `{name}`"),
    )
    .expected(say!("a folder `{FOLDER}` beside the program", "程序旁边的文件夹 `{FOLDER}`"))
    .advice(say!(
        "Use your own data, or install the program again.",
        "请使用自己的数据，或重新安装程序。"
    ))
}

/// Beside the program, where an installation puts it, and above the program and the folder it was started in: the
/// repository.
fn folders() -> impl Iterator<Item = PathBuf> {
    let program = env::current_exe().and_then(|program| program.canonicalize()).ok();
    let beside = program.as_deref().and_then(Path::parent).map(Path::to_owned);
    let installed = beside.as_ref().map(|folder| folder.join("../share/pyrograph"));
    let here = env::current_dir().ok();
    let above: Vec<PathBuf> = beside
        .iter()
        .chain(&here)
        .flat_map(|folder| folder.ancestors().map(Path::to_owned))
        .collect();
    beside
        .into_iter()
        .chain(installed)
        .chain(above)
        .map(|folder| folder.join(FOLDER))
        .filter(|folder| folder.is_dir())
}

fn can_write(folder: &Path) -> bool {
    let probe = folder.join(format!(".pyrograph-{}", std::process::id()));
    let is_written = File::create_new(&probe).is_ok();
    // What was not written cannot be removed either.
    let _ = fs::remove_file(probe);
    is_written
}

fn copy_all(from: &Path, to: &Path) -> Result<(), Trouble> {
    let io = |error: std::io::Error| Trouble::io(&error, to);
    if !from.is_dir() {
        fs::copy(from, to).map_err(io)?;
        return Ok(());
    }
    // Renamed at the end: half a copy would be taken for a whole one.
    let mut beside = to.as_os_str().to_owned();
    beside.push("~");
    let beside = PathBuf::from(beside);
    copy_folder(from, &beside).and_then(|()| fs::rename(&beside, to)).map_err(io)
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_finds_its_sample() {
        for template in pg_session::templates::ALL {
            assert!(find(template.sample).is_some(), "{}", template.sample);
        }
        assert_eq!(at_hand("no such sample").expect_err("absent").code, "sample-missing");
    }

    #[test]
    fn folders_are_copied_whole() {
        let folder = tempfile::tempdir().expect("folder");
        let from = folder.path().join("a");
        fs::create_dir_all(from.join("b")).expect("made");
        fs::write(from.join("b/c.txt"), b"x").expect("written");
        copy_all(&from, &folder.path().join("d")).expect("copied");
        assert_eq!(fs::read(folder.path().join("d/b/c.txt")).expect("there"), b"x");
    }
}
