//! Values by key: some in memory, bounded by bytes; all worth it on disk. What is damaged counts as absent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pg_base::{Fingerprint, Trouble, files};
use pg_contract::{Value, ValueSummary};
use pg_data::Scratch;
use serde::{Deserialize, Serialize};

use crate::document::NodeId;
use crate::plan::Ingredients;
pub(crate) use crate::store_files::summary_of;
use crate::store_files::{self, FileMark, OutsideMark};

/// Values that can be made again by pure steps are written only when they are small …
const SMALL_BYTES: u64 = 16 << 20;
/// … or took longer to make than they take to write and read at this speed.
const DISK_BYTES_PER_SECOND: f64 = 200e6;
/// What was asked of each node last, for telling why one is stale.
const LAST: &str = "last.json";
const MAX_LAST_BYTES: u64 = 64 << 20;

/// What is known of a result without reading its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Kind of the node that made it.
    pub kind: String,
    /// How long it took.
    pub seconds: f64,
    /// Size of the values in memory.
    pub n_bytes: u64,
    /// What the node warned of.
    pub warnings: Vec<Trouble>,
    /// Summaries of the values by output port.
    pub outputs: BTreeMap<String, ValueSummary>,
    /// Whether the values are on disk too.
    pub is_stored: bool,
    pub(crate) files: Vec<FileMark>,
    pub(crate) outside: Vec<OutsideMark>,
}

impl Entry {
    /// An entry that says no more than what one output is.
    #[cfg(test)]
    pub(crate) fn with_output(port: &str, summary: ValueSummary) -> Self {
        Self {
            kind: String::new(),
            seconds: 0.0,
            n_bytes: 0,
            warnings: Vec::new(),
            outputs: BTreeMap::from([(port.to_owned(), summary)]),
            is_stored: false,
            files: Vec::new(),
            outside: Vec::new(),
        }
    }
}

/// A result that was just made.
#[derive(Debug)]
pub struct Made {
    /// Kind of the node.
    pub kind: String,
    /// How long it took.
    pub seconds: f64,
    /// What the node warned of.
    pub warnings: Vec<Trouble>,
    /// Values by output port.
    pub outputs: Vec<(&'static str, Value)>,
    /// Whether large values may be left in memory when making them again is quicker than reading them back.
    pub may_be_made_again: bool,
}

#[derive(Debug)]
struct Held {
    value: Value,
    n_bytes: u64,
    used: u64,
}

/// The store of one project. Several processes may use one folder: entries are whole or absent.
#[derive(Debug)]
pub struct Store {
    folder: Option<PathBuf>,
    scratch: Scratch,
    max_memory_bytes: u64,
    held: BTreeMap<(Fingerprint, String), Held>,
    held_bytes: u64,
    clock: u64,
    entries: BTreeMap<Fingerprint, Entry>,
    last: BTreeMap<NodeId, Ingredients>,
}

/// Where the results of a project are kept: `.pyrograph/NAME/cache` beside it.
pub fn cache_folder_of(project: &Path) -> PathBuf {
    project.with_file_name(".pyrograph").join(project.file_stem().unwrap_or_default()).join("cache")
}

impl Store {
    /// A store on disk (the folder is made when the first value is written) that holds up to so many bytes in memory.
    pub fn open(folder: impl Into<PathBuf>, max_memory_bytes: u64) -> Self {
        let folder = folder.into();
        let last = files::read_limited(&folder.join(LAST), MAX_LAST_BYTES).ok();
        let last = last.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let scratch = Scratch::new(folder.join("scratch"));
        Self { folder: Some(folder), scratch, last, ..Self::in_memory(max_memory_bytes) }
    }

    /// A store that keeps nothing beyond this process.
    pub fn in_memory(max_memory_bytes: u64) -> Self {
        Self {
            folder: None,
            scratch: Scratch::new(std::env::temp_dir()),
            max_memory_bytes,
            held: BTreeMap::new(),
            held_bytes: 0,
            clock: 0,
            entries: BTreeMap::new(),
            last: BTreeMap::new(),
        }
    }

    /// Where it keeps things.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Where tables go that are too large for memory.
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// What is known of a result; none where there is none, its files are damaged, or what it wrote was changed since.
    pub fn entry(&mut self, key: Fingerprint) -> Option<&Entry> {
        let folder = self.entry_folder(key);
        let is_valid = |entry: &Entry| {
            let is_whole = !entry.is_stored
                || folder
                    .as_deref()
                    .is_some_and(|folder| store_files::are_there(folder, &entry.files));
            is_whole && entry.outside.iter().all(OutsideMark::is_unchanged)
        };
        if !self.entries.get(&key).is_some_and(is_valid) {
            self.entries.remove(&key);
            let entry = folder.as_deref().and_then(store_files::read_entry).filter(is_valid)?;
            self.entries.insert(key, entry);
        }
        self.entries.get(&key)
    }

    /// Whether all values of a result can be had without running anything.
    pub fn holds(&mut self, key: Fingerprint) -> bool {
        let Some(entry) = self.entry(key) else { return false };
        let (is_stored, ports) =
            (entry.is_stored, entry.outputs.keys().cloned().collect::<Vec<_>>());
        is_stored || ports.into_iter().all(|port| self.held.contains_key(&(key, port)))
    }

    /// A value; none where there is none or its file is damaged.
    pub fn get(&mut self, key: Fingerprint, port: &str) -> Option<Value> {
        self.clock += 1;
        if let Some(held) = self.held.get_mut(&(key, port.to_owned())) {
            held.used = self.clock;
            return Some(held.value.clone());
        }
        let entry = self.entry(key).filter(|entry| entry.is_stored)?.clone();
        let folder = self.entry_folder(key)?;
        if let Ok(value) = store_files::read_value(&folder, port, &entry, &self.scratch) {
            self.touch(key);
            self.hold(key, port, &value, store_files::n_bytes_of(&value, &entry));
            return Some(value);
        }
        // Damaged or foreign: as if it had never been; it is made again.
        self.forget(key);
        None
    }

    /// Keeps a result. When it cannot be written the error is told, and it is held in memory all the same.
    pub fn put(&mut self, key: Fingerprint, made: Made) -> Result<Entry, Trouble> {
        let summaries =
            made.outputs.iter().map(|(port, value)| ((*port).to_owned(), summary_of(value)));
        let mut entry = Entry {
            kind: made.kind,
            seconds: made.seconds,
            n_bytes: 0,
            warnings: made.warnings,
            outputs: summaries.collect(),
            is_stored: false,
            files: Vec::new(),
            outside: made.outputs.iter().filter_map(|(_, value)| OutsideMark::of(value)).collect(),
        };
        let table_bytes: u64 =
            made.outputs.iter().map(|(_, value)| store_files::table_bytes(value)).sum();
        let is_quick = made.seconds < table_bytes as f64 / DISK_BYTES_PER_SECOND;
        let stays_in_memory = made.may_be_made_again && table_bytes > SMALL_BYTES && is_quick;
        let written = match self.entry_folder(key) {
            Some(folder) => {
                store_files::write(&folder, &mut entry, &made.outputs, !stays_in_memory)
            }
            None => Ok(()),
        };
        if self.folder.is_none() || written.is_err() || stays_in_memory {
            entry.n_bytes =
                made.outputs.iter().map(|(_, value)| store_files::rough_bytes(value)).sum();
        }
        for (port, value) in &made.outputs {
            self.hold(key, port, value, store_files::n_bytes_of(value, &entry));
        }
        self.entries.insert(key, entry.clone());
        written.map(|()| entry)
    }

    /// Marks a result as used, so that collecting garbage takes others first.
    pub fn touch(&self, key: Fingerprint) {
        if let Some(folder) = self.entry_folder(key) {
            store_files::touch(&folder);
        }
    }

    /// Removes a result.
    pub fn forget(&mut self, key: Fingerprint) {
        let ports: Vec<String> = self
            .held
            .keys()
            .filter(|(other, _)| *other == key)
            .map(|(_, port)| port.clone())
            .collect();
        for port in ports {
            self.release(&(key, port));
        }
        self.entries.remove(&key);
        if let Some(folder) = self.entry_folder(key) {
            // What cannot be removed is replaced when the result is made again.
            let _ = std::fs::remove_dir_all(folder);
        }
    }

    /// Removes the results that were used longest ago, except those to keep, until at most `max_bytes` are on disk.
    /// Gives the number of bytes freed.
    pub fn collect_garbage(
        &mut self,
        keep: &BTreeSet<Fingerprint>,
        max_bytes: u64,
    ) -> Result<u64, Trouble> {
        let Some(values) = self.values_folder() else { return Ok(0) };
        let mut found = store_files::list(&values)?;
        found.sort_by_key(|(key, _, used)| (*used, *key));
        let mut total: u64 = found.iter().map(|(_, n_bytes, _)| *n_bytes).sum();
        let mut freed = 0;
        for (key, n_bytes, _) in found {
            if total <= max_bytes {
                break;
            }
            if !keep.contains(&key) {
                self.forget(key);
                total -= n_bytes;
                freed += n_bytes;
            }
        }
        Ok(freed)
    }

    /// Bytes of the values in memory.
    pub fn held_bytes(&self) -> u64 {
        self.held_bytes
    }

    pub(crate) fn last_of(&self, node: &str) -> Option<&Ingredients> {
        self.last.get(node)
    }

    pub(crate) fn remember(&mut self, node: &str, ingredients: Ingredients) {
        self.last.insert(node.to_owned(), ingredients);
    }

    /// Writes what was asked of each node last.
    pub(crate) fn save_last(&self) -> Result<(), Trouble> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let json = serde_json::to_vec(&self.last).map_err(Trouble::internal)?;
        files::write_atomic(&folder.join(LAST), &json)
    }

    fn values_folder(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join("values"))
    }

    fn entry_folder(&self, key: Fingerprint) -> Option<PathBuf> {
        self.values_folder().map(|folder| folder.join(key.to_string()))
    }

    fn hold(&mut self, key: Fingerprint, port: &str, value: &Value, n_bytes: u64) {
        let name = (key, port.to_owned());
        self.release(&name);
        if n_bytes > self.max_memory_bytes {
            return;
        }
        while self.held_bytes + n_bytes > self.max_memory_bytes {
            let Some(oldest) =
                self.held.iter().min_by_key(|(_, held)| held.used).map(|(name, _)| name.clone())
            else {
                break;
            };
            self.release(&oldest);
        }
        self.clock += 1;
        self.held_bytes += n_bytes;
        self.held.insert(name, Held { value: value.clone(), n_bytes, used: self.clock });
    }

    fn release(&mut self, name: &(Fingerprint, String)) {
        if let Some(held) = self.held.remove(name) {
            self.held_bytes -= held.n_bytes;
        }
    }
}

#[cfg(test)]
mod tests;
