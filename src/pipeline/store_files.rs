//! The files of one stored result: a folder with `entry.json` and the values, renamed into place when it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pg_base::{Fingerprint, Trouble, files, hash};
use pg_contract::{Network, Plan, Report, Value, ValueSummary};
use pg_data::Scratch;
use pg_deploy::Model;
use pg_nn::Weights;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::store::Entry;

const ENTRY: &str = "entry.json";
const MAX_ENTRY_BYTES: u64 = 16 << 20;
/// Values other than tables fit into memory twice.
const MAX_VALUE_BYTES: u64 = 16 << 30;
/// A folder that was not finished within this time never will be.
const ABANDONED_AFTER: Duration = Duration::from_hours(1);

/// A file of an entry as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileMark {
    /// Relative to the folder of the entry.
    path: PathBuf,
    n_bytes: u64,
    /// None for tables, which carry their own checksums.
    sha256: Option<String>,
}

/// A file outside the store that a node wrote, as it was right after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutsideMark {
    path: PathBuf,
    n_bytes: u64,
    modified_nanos: u64,
}

impl OutsideMark {
    /// The mark of a value that stands for a file.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bundle(path) => {
                let (n_bytes, modified_nanos) = look_at(path).unwrap_or_default();
                Some(Self { path: path.clone(), n_bytes, modified_nanos })
            }
            _ => None,
        }
    }

    pub(crate) fn is_unchanged(&self) -> bool {
        look_at(&self.path).is_ok_and(|found| found == (self.n_bytes, self.modified_nanos))
    }
}

/// Size and time of the last change of a file; of a folder the sum and the latest over its files.
fn look_at(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::metadata(path)?;
    let modified =
        metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
    if !metadata.is_dir() {
        return Ok((metadata.len(), modified));
    }
    fs::read_dir(path)?.try_fold((0, modified), |(n_bytes, latest), entry| {
        let (more, modified) = look_at(&entry?.path())?;
        Ok((n_bytes + more, latest.max(modified)))
    })
}

/// Reads what is known of an entry.
pub(crate) fn read_entry(folder: &Path) -> Option<Entry> {
    let bytes = files::read_limited(&folder.join(ENTRY), MAX_ENTRY_BYTES).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Whether all files have their sizes.
pub(crate) fn are_there(folder: &Path, marks: &[FileMark]) -> bool {
    marks.iter().all(|mark| {
        fs::metadata(folder.join(&mark.path)).is_ok_and(|found| found.len() == mark.n_bytes)
    })
}

/// Writes an entry, with or without its values, and sets what depends on the files.
pub(crate) fn write(
    folder: &Path,
    entry: &mut Entry,
    outputs: &[(&'static str, Value)],
    with_values: bool,
) -> Result<(), Trouble> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.with_file_name(format!(".{name}.{}-{number}.tmp", std::process::id()));
    let io = |error: io::Error| Trouble::io(&error, &temporary);
    let result = (|| {
        fs::create_dir_all(&temporary).map_err(io)?;
        if with_values {
            for (port, value) in outputs {
                write_value(&temporary, port, value)?;
            }
            entry.files = marks(&temporary)?;
            entry.n_bytes = outputs.iter().map(|(_, value)| table_bytes(value)).sum();
            entry.n_bytes += entry
                .files
                .iter()
                .filter(|mark| mark.sha256.is_some())
                .map(|mark| mark.n_bytes)
                .sum::<u64>();
            entry.is_stored = true;
        }
        let json = serde_json::to_vec(entry).map_err(Trouble::internal)?;
        fs::write(temporary.join(ENTRY), json).map_err(io)?;
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(io)?;
        }
        fs::rename(&temporary, folder).map_err(io)
    })();
    if result.is_err() {
        let _ = fs::remove_dir_all(&temporary);
        entry.is_stored = false;
        entry.files.clear();
        // Another process may have put the same result there in between.
        if let Some(other) =
            read_entry(folder).filter(|other| other.is_stored && are_there(folder, &other.files))
        {
            *entry = other;
            return Ok(());
        }
    }
    result
}

/// Reads one value; any damage is an error.
pub(crate) fn read_value(
    folder: &Path,
    port: &str,
    entry: &Entry,
    scratch: &Scratch,
) -> Result<Value, Trouble> {
    let summary = entry
        .outputs
        .get(port)
        .ok_or_else(|| Trouble::internal(format!("no output `{port}` is stored")))?;
    let checked = |name: String| {
        let bytes = files::read_limited(&folder.join(&name), MAX_VALUE_BYTES)?;
        let mark = entry
            .files
            .iter()
            .find(|mark| mark.path == Path::new(&name))
            .and_then(|mark| mark.sha256.as_ref());
        if mark.is_some_and(|mark| *mark == hash::sha256_hex(&bytes)) {
            Ok(bytes)
        } else {
            Err(Trouble::internal("a stored value is damaged"))
        }
    };
    let json = || checked(format!("{port}.json"));
    Ok(match summary {
        ValueSummary::Table { .. } => {
            Value::Table(pg_data::store::load_table(&folder.join(port), scratch)?)
        }
        ValueSummary::Network { .. } => Value::Network(Arc::new(from_json::<Network>(&json()?)?)),
        ValueSummary::Plan { .. } => Value::Plan(Arc::new(from_json::<Plan>(&json()?)?)),
        ValueSummary::Model { .. } | ValueSummary::Estimator { .. } => {
            let mut model: Model = from_json(&json()?)?;
            if let Some(network) = model.network_mut() {
                (network.weights, _) =
                    Weights::from_safetensors(&checked(format!("{port}.safetensors"))?)?;
            }
            Value::Model(Arc::new(model))
        }
        ValueSummary::Report { .. } => Value::Report(Arc::new(from_json::<Report>(&json()?)?)),
        ValueSummary::Bundle { .. } => Value::Bundle(from_json(&json()?)?),
    })
}

/// The summary of a value as JSON can hold it: a metric that is no number is left out.
pub(crate) fn summary_of(value: &Value) -> ValueSummary {
    let mut summary = value.summary();
    if let ValueSummary::Report { metrics, .. } = &mut summary {
        metrics.retain(|_, metric| metric.is_finite());
    }
    summary
}

/// Size of the rows of a table; nothing for other values.
pub(crate) fn table_bytes(value: &Value) -> u64 {
    match value {
        Value::Table(table) => table.n_bytes() as u64,
        _ => 0,
    }
}

/// Size where no file tells it.
pub(crate) fn rough_bytes(value: &Value) -> u64 {
    const SMALL: u64 = 64 << 10;
    match value {
        Value::Table(_) => table_bytes(value),
        Value::Model(model) => match model.network() {
            Some(network) => SMALL + 4 * network.weights.n_numbers() as u64,
            None => SMALL,
        },
        _ => SMALL,
    }
}

/// Share of one value in the size of its entry.
pub(crate) fn n_bytes_of(value: &Value, entry: &Entry) -> u64 {
    if entry.outputs.len() == 1 { entry.n_bytes } else { rough_bytes(value) }
}

/// Sets the time of the last use.
pub(crate) fn touch(folder: &Path) {
    if let Ok(file) = File::options().append(true).open(folder.join(ENTRY)) {
        // Only the order in which garbage is collected depends on it.
        let _ = file.set_modified(SystemTime::now());
    }
}

/// Key, size on disk and last use of every entry; folders that were never finished are removed.
pub(crate) fn list(values: &Path) -> Result<Vec<(Fingerprint, u64, SystemTime)>, Trouble> {
    let io = |error: io::Error| Trouble::io(&error, values);
    let entries = match fs::read_dir(values) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Ok(key) = Fingerprint::try_from(name) {
            let used = fs::metadata(path.join(ENTRY))
                .and_then(|metadata| metadata.modified())
                .unwrap_or(UNIX_EPOCH);
            found.push((key, look_at(&path).map_or(0, |(n_bytes, _)| n_bytes), used));
        } else if fs::metadata(&path)
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > ABANDONED_AFTER))
        {
            let _ = fs::remove_dir_all(&path);
        }
    }
    Ok(found)
}

fn write_value(folder: &Path, port: &str, value: &Value) -> Result<(), Trouble> {
    match value {
        Value::Table(table) => pg_data::store::save_table(table, &folder.join(port)),
        Value::Network(network) => write_json(folder, port, &**network),
        Value::Plan(plan) => write_json(folder, port, &**plan),
        Value::Report(report) => write_json(folder, port, &**report),
        Value::Bundle(path) => write_json(folder, port, path),
        Value::Model(model) => {
            write_json(folder, port, &**model)?;
            let Some(network) = model.network() else { return Ok(()) };
            let path = folder.join(format!("{port}.safetensors"));
            let bytes = network.weights.to_safetensors(&std::collections::BTreeMap::new())?;
            fs::write(&path, bytes).map_err(|error| Trouble::io(&error, &path))
        }
    }
}

/// Writes a value as JSON, unless it would not read back: JSON has no infinities.
fn write_json<T: Serialize + DeserializeOwned>(
    folder: &Path,
    port: &str,
    value: &T,
) -> Result<(), Trouble> {
    let json = serde_json::to_vec(value).map_err(Trouble::internal)?;
    from_json::<T>(&json)?;
    let path = folder.join(format!("{port}.json"));
    fs::write(&path, json).map_err(|error| Trouble::io(&error, &path))
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(bytes).map_err(Trouble::internal)
}

/// Every file below a folder; those at the top with their checksums.
fn marks(folder: &Path) -> Result<Vec<FileMark>, Trouble> {
    let mut marks = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        let here = folder.join(&below);
        let io = |error: io::Error| Trouble::io(&error, &here);
        for entry in fs::read_dir(&here).map_err(io)? {
            let entry = entry.map_err(io)?;
            let path = below.join(entry.file_name());
            let metadata = entry.metadata().map_err(io)?;
            if metadata.is_dir() {
                open.push(path);
                continue;
            }
            let is_top = below.as_os_str().is_empty();
            let bytes = if is_top {
                Some(files::read_limited(&folder.join(&path), MAX_VALUE_BYTES)?)
            } else {
                None
            };
            marks.push(FileMark {
                path,
                n_bytes: metadata.len(),
                sha256: bytes.map(|bytes| hash::sha256_hex(&bytes)),
            });
        }
    }
    marks.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(marks)
}
