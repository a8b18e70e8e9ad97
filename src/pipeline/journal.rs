//! The edit journal beside a project: what was done since the last save survives the end of the program.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use pg_base::{StableHasher, Trouble, files, hash};
use pg_contract::Registry;
use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::edit::Edit;
use crate::file;

/// A larger journal is no journal of ours.
const MAX_BYTES: u64 = 512 << 20;
/// How long an edit may wait for the disk; the operating system has it at once.
const SYNC_EVERY: Duration = Duration::from_secs(1);
/// Layout of the lines.
const VERSION: u32 = 1;

/// First line: the state that the edits start from, and the file that held it.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    journal: u32,
    /// SHA-256 of the project file; none where the project was never saved.
    project_sha256: Option<String>,
    document: Document,
}

/// An open journal. Every line is `CHECKSUM JSON`; the checksum covers the number of the line as well.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    n_bytes: u64,
    n_edits: u64,
    unsynced_since: Option<Instant>,
    /// Started with the first edit that has to be brought to the disk.
    syncer: Option<Syncer>,
}

/// Brings a file to the disk on a thread of its own: a slow disk must not hold up who edits. It ends with this handle.
#[derive(Debug)]
struct Syncer {
    orders: Sender<()>,
    failures: Receiver<io::Error>,
}

/// What a journal gave back.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// The document with all edits.
    pub document: Document,
    /// Edits that the file does not hold.
    pub n_edits: u64,
    /// Whether the project file was changed by somebody else since: then the person must choose.
    pub file_has_changed: bool,
}

/// Where the journal of a project lies: `.NAME.pyro.journal` beside it.
pub fn path_of(project: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(project.file_name().unwrap_or_default());
    name.push(".journal");
    project.with_file_name(name)
}

impl Journal {
    /// Begins the journal of a project in its present state, in the place of an older one.
    /// Call it after opening, recovering and saving; `project_sha256` is that of the file, if there is one.
    pub fn begin(
        project: &Path,
        document: &Document,
        project_sha256: Option<&str>,
    ) -> Result<Self, Trouble> {
        let path = path_of(project);
        let head = Head {
            journal: VERSION,
            project_sha256: project_sha256.map(str::to_owned),
            document: document.clone(),
        };
        let line = line(0, &head)?;
        files::write_atomic(&path, line.as_bytes())?;
        let mut file = OpenOptions::new()
            .write(true)
            .open(&path)
            .map_err(|error| Trouble::io(&error, &path))?;
        file.seek(SeekFrom::End(0)).map_err(|error| Trouble::io(&error, &path))?;
        Ok(Self {
            path,
            file,
            n_bytes: line.len() as u64,
            n_edits: 0,
            unsynced_since: None,
            syncer: None,
        })
    }

    /// Writes an edit that was applied. It is on the disk within a second when [`Self::sync_if_due`] is called often.
    pub fn append(&mut self, edit: &Edit) -> Result<(), Trouble> {
        let line = line(self.n_edits + 1, edit)?;
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            // Half a line in the middle would hide all that follow.
            let _ = self.file.set_len(self.n_bytes);
            let _ = self.file.seek(SeekFrom::Start(self.n_bytes));
            return Err(Trouble::io(&error, &self.path));
        }
        self.n_bytes += line.len() as u64;
        self.n_edits += 1;
        self.unsynced_since.get_or_insert_with(Instant::now);
        self.sync_if_due()
    }

    /// Has edits brought to the disk that have waited for a second; does not wait for it.
    ///
    /// # Errors
    /// Why an earlier call failed.
    pub fn sync_if_due(&mut self) -> Result<(), Trouble> {
        if let Some(error) = self.syncer.as_ref().and_then(|syncer| syncer.failures.try_recv().ok())
        {
            return Err(Trouble::io(&error, &self.path));
        }
        if self.unsynced_since.is_none_or(|since| since.elapsed() < SYNC_EVERY) {
            return Ok(());
        }
        if self.syncer.is_none() {
            self.syncer = Syncer::start(&self.file).ok();
        }
        match &self.syncer {
            Some(syncer) if syncer.orders.send(()).is_ok() => {
                self.unsynced_since = None;
                Ok(())
            }
            _ => self.flush(),
        }
    }

    /// Brings all edits to the disk now.
    pub fn flush(&mut self) -> Result<(), Trouble> {
        self.file.sync_data().map_err(|error| Trouble::io(&error, &self.path))?;
        self.unsynced_since = None;
        Ok(())
    }

    /// Edits written since it began.
    pub fn n_edits(&self) -> u64 {
        self.n_edits
    }

    /// Ends the journal of a project that was saved, or whose changes the person gave up.
    pub fn remove(self) -> Result<(), Trouble> {
        let Self { path, file, .. } = self;
        drop(file);
        fs::remove_file(&path).map_err(|error| Trouble::io(&error, &path))
    }
}

impl Syncer {
    fn start(file: &File) -> io::Result<Self> {
        let file = file.try_clone()?;
        let (orders, inbox) = mpsc::channel();
        let (outbox, failures) = mpsc::channel();
        let work = move || {
            while inbox.recv().is_ok() {
                if let Err(error) = file.sync_data()
                    && outbox.send(error).is_err()
                {
                    return;
                }
            }
        };
        thread::Builder::new().name("journal-sync".to_owned()).spawn(work)?;
        Ok(Self { orders, failures })
    }
}

/// What the journal of a project holds beyond its file; none where there is nothing to recover.
/// A torn or damaged end is left out; a project file that is damaged or gone is no hindrance.
pub fn recover(project: &Path, registry: &Registry) -> Result<Option<Recovered>, Trouble> {
    let path = path_of(project);
    if !path.exists() {
        return Ok(None);
    }
    let bytes = files::read_limited(&path, MAX_BYTES)?;
    let mut lines = whole_lines(&bytes);
    let Some(mut head) = lines.next().and_then(|line| serde_json::from_slice::<Head>(line).ok())
    else {
        return Ok(None);
    };
    if head.journal != VERSION {
        return Ok(None);
    }
    let mut n_edits = 0;
    for line in lines {
        let Ok(edit) = serde_json::from_slice::<Edit>(line) else { break };
        if edit.apply(&mut head.document, registry).is_err() {
            break;
        }
        n_edits += 1;
    }
    file::upgrade(&mut head.document, registry);
    let on_disk = files::read_limited(project, file::MAX_BYTES).ok();
    let sha256 = on_disk.as_deref().map(hash::sha256_hex);
    let readable =
        on_disk.and_then(|bytes| file::parse(&bytes, registry).ok()).map(|(document, _)| document);
    let is_damaged = readable.is_none() && head.project_sha256.is_some();
    if readable.as_ref() == Some(&head.document) || (n_edits == 0 && !is_damaged) {
        return Ok(None);
    }
    let file_has_changed = readable.is_some() && sha256 != head.project_sha256;
    Ok(Some(Recovered { document: head.document, n_edits, file_has_changed }))
}

/// Removes the journal of a project, for a person who does not want what it holds.
pub fn discard(project: &Path) -> Result<(), Trouble> {
    let path = path_of(project);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Trouble::io(&error, &path))
        }
        _ => Ok(()),
    }
}

fn line(number: u64, content: &impl Serialize) -> Result<String, Trouble> {
    let json = serde_json::to_string(content).map_err(Trouble::internal)?;
    let checksum = checksum(number, json.as_bytes());
    Ok(format!("{checksum} {json}\n"))
}

fn checksum(number: u64, json: &[u8]) -> String {
    StableHasher::new().number(number).bytes(json).finish().to_string()
}

/// The JSON of the lines up to the first that is torn or damaged.
fn whole_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').zip(0_u64..).map_while(|(line, number)| {
        let line = line.strip_suffix(b"\n")?;
        let (sum, json) = (line.get(..32)?, line.get(33..)?);
        (checksum(number, json).as_bytes() == sum).then_some(json)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;

    fn project() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("花.pyro");
        (folder, path)
    }

    #[test]
    fn edits_since_the_save_come_back_and_torn_lines_do_not_hurt() {
        let (_folder, path) = project();
        let registry = toy::registry();
        let mut document = toy::chain(4);
        let sha256 = file::save(&path, &document).expect("saved");
        let mut journal = Journal::begin(&path, &document, Some(&sha256)).expect("begun");
        assert!(recover(&path, &registry).expect("readable").is_none());
        let mut states = vec![document.clone()];
        for amount in 10..20 {
            let edit = toy::set("add_3", "amount", amount);
            edit.clone().apply(&mut document, &registry).expect("applies");
            journal.append(&edit).expect("written");
            states.push(document.clone());
        }
        drop(journal);
        let whole = fs::read(path_of(&path)).expect("journal");
        for length in (0..=whole.len()).rev().step_by(7) {
            fs::write(path_of(&path), &whole[..length]).expect("written");
            let n_lines = whole[..length]
                .split_inclusive(|byte| *byte == b'\n')
                .filter(|line| line.ends_with(b"\n"))
                .count();
            let found = recover(&path, &registry).expect("readable");
            match n_lines.checked_sub(1).filter(|n_edits| *n_edits > 0) {
                None => assert!(found.is_none(), "{length}"),
                Some(n_edits) => {
                    let found = found.expect("edits");
                    assert_eq!(found.document, states[n_edits], "{length}");
                    assert_eq!(found.n_edits, n_edits as u64);
                    assert!(!found.file_has_changed);
                }
            }
        }
        for index in (0..whole.len()).step_by(11) {
            let mut flipped = whole.clone();
            flipped[index] ^= 4;
            fs::write(path_of(&path), &flipped).expect("written");
            if let Some(found) = recover(&path, &registry).expect("readable") {
                assert!(states.contains(&found.document), "{index}");
            }
        }
    }

    #[test]
    fn a_save_makes_the_journal_void_and_a_foreign_change_is_told() {
        let (_folder, path) = project();
        let registry = toy::registry();
        let mut document = toy::chain(2);
        let sha256 = file::save(&path, &document).expect("saved");
        let mut journal = Journal::begin(&path, &document, Some(&sha256)).expect("begun");
        let edit = toy::set("add", "amount", 77);
        edit.clone().apply(&mut document, &registry).expect("applies");
        journal.append(&edit).expect("written");
        journal.flush().expect("synced");

        // Killed after the file was renamed and before the journal began anew.
        file::save(&path, &document).expect("saved");
        assert!(recover(&path, &registry).expect("readable").is_none());

        file::save(&path, &toy::chain(5)).expect("saved");
        assert!(recover(&path, &registry).expect("readable").expect("edits").file_has_changed);

        fs::write(&path, "{\"format\":").expect("written");
        let trouble = file::load(&path, &registry).expect_err("damaged");
        assert!(
            trouble.code == "project-damaged" && trouble.to_string().contains("journal"),
            "{trouble}"
        );
        let found = recover(&path, &registry).expect("readable").expect("edits");
        assert_eq!(found.document, document);

        journal.remove().expect("removed");
        assert!(recover(&path, &registry).expect("readable").is_none());
        discard(&path).expect("nothing to do");
    }
}
