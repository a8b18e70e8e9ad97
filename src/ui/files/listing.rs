//! What a folder holds, and the places that a person often goes to.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use directories::UserDirs;
use egui_material_icons::{MaterialIcon, icons};
use pg_base::{Trouble, Words, t};

/// Entries shown of one folder; more than anybody looks through.
const MAX_ENTRIES: usize = 20_000;

/// One file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) is_folder: bool,
    pub(super) n_bytes: u64,
    pub(super) changed: Option<SystemTime>,
}

/// A folder to go to.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) icon: MaterialIcon,
    /// Told in both languages: a task does not know that of the window.
    pub(super) name: Words,
    pub(super) path: PathBuf,
}

/// Reads a folder: folders first, then by name as people order names.
pub(super) fn read(folder: &Path) -> Result<Vec<Entry>, Trouble> {
    let entries = fs::read_dir(folder).map_err(|error| Trouble::io(&error, folder))?;
    let entry = |entry: fs::DirEntry| {
        // Links count as what they lead to.
        let data = fs::metadata(entry.path()).ok()?;
        Some(Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            is_folder: data.is_dir(),
            n_bytes: data.len(),
            changed: data.modified().ok(),
        })
    };
    let mut all: Vec<Entry> = entries.flatten().filter_map(entry).take(MAX_ENTRIES).collect();
    all.sort_by(|a, b| b.is_folder.cmp(&a.is_folder).then_with(|| by_name(&a.name, &b.name)));
    Ok(all)
}

/// The person's own folders that are there, then the roots of the disk.
pub(super) fn places() -> Vec<Place> {
    let mut places = Vec::new();
    let mut add = |icon, name: Words, path: Option<&Path>| {
        if let Some(path) = path.filter(|path| path.is_dir()) {
            places.push(Place { icon, name, path: path.to_owned() });
        }
    };
    let user = UserDirs::new();
    let user = user.as_ref();
    add(icons::ICON_HOME, t("Home", "主目录").into(), user.map(UserDirs::home_dir));
    add(
        icons::ICON_DESKTOP_WINDOWS,
        t("Desktop", "桌面").into(),
        user.and_then(UserDirs::desktop_dir),
    );
    add(
        icons::ICON_DESCRIPTION,
        t("Documents", "文档").into(),
        user.and_then(UserDirs::document_dir),
    );
    add(icons::ICON_DOWNLOAD, t("Downloads", "下载").into(), user.and_then(UserDirs::download_dir));
    add(icons::ICON_IMAGE, t("Pictures", "图片").into(), user.and_then(UserDirs::picture_dir));
    if cfg!(windows) {
        for letter in 'A'..='Z' {
            let path = PathBuf::from(format!("{letter}:\\"));
            add(icons::ICON_HARD_DRIVE, format!("{letter}:").into(), Some(&path));
        }
    } else {
        add(icons::ICON_HARD_DRIVE, t("Computer", "计算机").into(), Some(Path::new("/")));
        for mount in ["/media", "/mnt", "/Volumes"] {
            let inner = fs::read_dir(mount).into_iter().flatten().flatten();
            for entry in inner.take(8) {
                let name = entry.file_name().to_string_lossy().into_owned();
                add(icons::ICON_HARD_DRIVE, name.into(), Some(&entry.path()));
            }
        }
    }
    places
}

/// Without case, and numbers within names by their value: `a2` before `a10`.
fn by_name(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let ((n, rest_left), (m, rest_right)) = (number(left), number(right));
            match n.cmp(&m) {
                Ordering::Equal => (left, right) = (rest_left, rest_right),
                other => return other,
            }
        } else {
            match x.to_lowercase().cmp(y.to_lowercase()) {
                Ordering::Equal => {
                    left = left.get(x.len_utf8()..).unwrap_or_default();
                    right = right.get(y.len_utf8()..).unwrap_or_default();
                }
                other => return other,
            }
        }
    }
}

/// The number that a text begins with, and the rest.
fn number(text: &str) -> (u128, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits.parse().unwrap_or(u128::MAX), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_first_and_numbers_by_value() {
        let folder = tempfile::tempdir().expect("folder");
        for name in ["a10.csv", "a2.csv", "B.csv"] {
            fs::write(folder.path().join(name), b"x").expect("written");
        }
        fs::create_dir(folder.path().join("z")).expect("made");
        let names: Vec<String> =
            read(folder.path()).expect("read").into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["z", "a2.csv", "a10.csv", "B.csv"]);
        assert_eq!(read(&folder.path().join("none")).expect_err("absent").code, "file-missing");
    }
}
