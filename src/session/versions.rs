//! Former contents of a project file, kept with every save that changes it: `versions/UNIXSECS.pyro` in the cache folder.
//!
//! The newest are kept, none of them twice. What cannot be kept never keeps a save from being done.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use pg_base::{Trouble, files};
use pg_pipeline::file;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Older versions are forgotten.
const MAX_VERSIONS: usize = 50;

/// A former content of the project file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// When it was saved, in seconds since 1970.
    pub saved_unix_secs: u64,
    /// Nodes in it.
    pub n_nodes: usize,
    /// Where it lies; for [`crate::Command::RestoreVersion`].
    pub path: PathBuf,
}

/// The versions in a cache folder (see [`crate::Project::cache_folder`]), newest first; damaged ones are passed over.
/// Reads the disk: for a thread of its own.
pub fn list(cache_folder: &Path) -> Vec<Version> {
    let read = |(saved_unix_secs, path): (u64, PathBuf)| {
        let bytes = files::read_limited(&path, file::MAX_BYTES).ok()?;
        let outline: Outline = serde_json::from_slice(&bytes).ok()?;
        Some(Version { saved_unix_secs, n_nodes: outline.nodes.len(), path })
    };
    found(&folder_of(cache_folder)).into_iter().rev().filter_map(read).collect()
}

/// Keeps what a project file holds before `next` takes its place.
pub(crate) fn keep(project: &Path, cache_folder: &Path, next: &[u8]) {
    let Ok(former) = files::read_limited(project, file::MAX_BYTES) else { return };
    if former == next {
        return;
    }
    if let Err(trouble) = keep_bytes(&folder_of(cache_folder), &former, saved_at(project)) {
        tracing::warn!(%trouble, "the former content of the project was not kept");
    }
}

/// No more of a project file than is told about a version.
#[derive(Deserialize)]
struct Outline {
    #[serde(default)]
    nodes: Vec<IgnoredAny>,
}

fn keep_bytes(folder: &Path, bytes: &[u8], saved_unix_secs: u64) -> Result<(), Trouble> {
    let mut found = found(folder);
    let is_same = |path: &Path| {
        let has_its_length =
            fs::metadata(path).is_ok_and(|metadata| metadata.len() == bytes.len() as u64);
        has_its_length && fs::read(path).is_ok_and(|other| other == bytes)
    };
    if let Some(twin) = found.iter().position(|(_, path)| is_same(path)) {
        let (_, path) = found.remove(twin);
        fs::remove_file(&path).map_err(|error| Trouble::io(&error, &path))?;
    }
    let n_too_many = (found.len() + 1).saturating_sub(MAX_VERSIONS);
    for (_, path) in found.iter().take(n_too_many) {
        // One too many takes space and does no other harm.
        let _ = fs::remove_file(path);
    }
    // Two within a second, or a clock that was set back, do not change the order.
    let secs = found.last().map_or(saved_unix_secs, |(last, _)| saved_unix_secs.max(last + 1));
    files::write_atomic(&folder.join(format!("{secs}.pyro")), bytes)
}

/// Times and paths of the versions in a folder, oldest first.
fn found(folder: &Path) -> Vec<(u64, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(u64, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.path();
            let is_ours = path.extension().is_some_and(|extension| extension == "pyro");
            let secs = path.file_stem()?.to_str()?.parse().ok().filter(|_| is_ours)?;
            Some((secs, path))
        })
        .collect();
    found.sort();
    found
}

fn saved_at(project: &Path) -> u64 {
    let modified = fs::metadata(project).and_then(|metadata| metadata.modified());
    let since = modified.unwrap_or_else(|_| SystemTime::now()).duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

fn folder_of(cache_folder: &Path) -> PathBuf {
    cache_folder.join("versions")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(n_nodes: usize) -> String {
        let nodes = vec!["{}"; n_nodes].join(",");
        format!("{{\"nodes\":[{nodes}]}}")
    }

    #[test]
    fn former_contents_are_kept_once_and_the_newest_win() {
        let folder = tempfile::tempdir().expect("folder");
        let (project, cache) = (folder.path().join("a.pyro"), folder.path().join("cache"));
        let save = |n_nodes: usize| {
            keep(&project, &cache, text(n_nodes).as_bytes());
            fs::write(&project, text(n_nodes)).expect("written");
        };
        let sizes =
            || -> Vec<usize> { list(&cache).into_iter().map(|version| version.n_nodes).collect() };
        save(1);
        assert_eq!(sizes(), [0; 0]);
        save(2);
        save(2);
        assert_eq!(sizes(), [1]);
        save(3);
        save(1);
        assert_eq!(sizes(), [3, 2, 1]);
        save(4);
        assert_eq!(sizes(), [1, 3, 2], "the same content once, at its newest place");
        for n_nodes in 5..70 {
            save(n_nodes);
        }
        let found = sizes();
        assert_eq!((found.len(), found.first()), (MAX_VERSIONS, Some(&68)));
        fs::write(cache.join("versions/7.pyro"), "{").expect("written");
        assert_eq!(sizes(), found);
    }
}
