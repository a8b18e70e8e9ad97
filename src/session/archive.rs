//! Keeps the runs of a project on the disk, one file each, on a thread of its own: nothing here makes the window wait.
//!
//! Orders are carried out in their order; when the handle is dropped, those under way are finished first.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use pg_base::{Trouble, files};
use pg_contract::Registry;
use pg_pipeline::file;

use crate::core::Core;
use crate::project::Move;
use crate::runs::RunRecord;

/// Older runs are forgotten.
pub(crate) const MAX_RUNS: usize = 200;
/// A larger file is no record of ours.
const MAX_BYTES: u64 = 256 << 20;

/// What is to be done.
#[derive(Debug)]
enum Order {
    /// Goes over to the project with this cache folder.
    Open { cache_folder: PathBuf },
    /// Keeps a new run and gives it its number.
    Add { record: Box<RunRecord> },
    /// Keeps a run in the place of the one with its number.
    Put { record: Box<RunRecord> },
    /// Forgets a run.
    Remove { id: u64 },
    /// Takes the runs along to another cache folder, where those of another project are given up.
    Follow { cache_folder: PathBuf, moved: Move },
    /// Says when everything before is done.
    Tell { done: Sender<()> },
}

/// What came of an order.
#[derive(Debug)]
pub(crate) enum Report {
    /// All runs of the project, newest last.
    All(Vec<RunRecord>),
    /// A new run with its number.
    Added(Box<RunRecord>),
}

/// The thread.
#[derive(Debug)]
pub(crate) struct Archive {
    /// None while it is dropped.
    orders: Option<Sender<(u64, Order)>>,
    reports: Receiver<(u64, Report)>,
    thread: Option<JoinHandle<()>>,
    /// Number of the project: reports of an earlier one are of no interest.
    project: u64,
    n_expected: usize,
}

impl Archive {
    /// Starts it.
    pub(crate) fn start(core: Arc<Core>) -> Result<Self, Trouble> {
        let (orders, inbox) = mpsc::channel();
        let (outbox, reports) = mpsc::channel();
        let work = move || work(core.registry(), &inbox, &outbox);
        let thread = thread::Builder::new()
            .name("archive".to_owned())
            .spawn(work)
            .map_err(Trouble::internal)?;
        Ok(Self { orders: Some(orders), reports, thread: Some(thread), project: 0, n_expected: 0 })
    }

    /// Goes over to a project; its runs come as a report.
    pub(crate) fn open(&mut self, cache_folder: PathBuf) {
        self.project += 1;
        self.n_expected = 1;
        self.order(Order::Open { cache_folder });
    }

    /// Keeps a new run; it comes back with its number.
    pub(crate) fn add(&mut self, record: RunRecord) {
        self.n_expected += 1;
        self.order(Order::Add { record: Box::new(record) });
    }

    /// Keeps a changed run.
    pub(crate) fn put(&self, record: RunRecord) {
        self.order(Order::Put { record: Box::new(record) });
    }

    /// Forgets a run.
    pub(crate) fn remove(&self, id: u64) {
        self.order(Order::Remove { id });
    }

    /// Takes the runs along to where the project is now; they come as a report.
    pub(crate) fn follow(&mut self, cache_folder: PathBuf, moved: Move) {
        self.n_expected += 1;
        self.order(Order::Follow { cache_folder, moved });
    }

    /// Waits until nothing is written any more.
    pub(crate) fn wait(&self) {
        let (done, is_done) = mpsc::channel();
        self.order(Order::Tell { done });
        // It fails only where the thread is gone, and then nothing is written either.
        let _ = is_done.recv();
    }

    /// The next report on this project; never waits.
    pub(crate) fn poll(&mut self) -> Option<Report> {
        while let Ok((project, report)) = self.reports.try_recv() {
            if project == self.project {
                self.n_expected = self.n_expected.saturating_sub(1);
                return Some(report);
            }
        }
        None
    }

    /// Whether every report has come.
    pub(crate) fn is_idle(&self) -> bool {
        self.n_expected == 0
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            let _ = orders.send((self.project, order));
        }
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(registry: &Registry, inbox: &Receiver<(u64, Order)>, outbox: &Sender<(u64, Report)>) {
    let mut folder = PathBuf::new();
    let mut last_id = 0;
    while let Ok((project, order)) = inbox.recv() {
        let report = match order {
            Order::Open { cache_folder } => {
                folder = folder_of(&cache_folder);
                let records = load(&folder, registry);
                last_id = list(&folder).last().map_or(0, |(id, _)| *id);
                Some(Report::All(records))
            }
            Order::Add { mut record } => {
                last_id += 1;
                record.id = last_id;
                write(&folder, &record);
                forget_old(&folder);
                Some(Report::Added(record))
            }
            Order::Put { record } => {
                write(&folder, &record);
                None
            }
            Order::Remove { id } => {
                // What is left over is found again by the next start.
                let _ = fs::remove_file(path_of(&folder, id));
                None
            }
            Order::Follow { cache_folder, moved } => {
                let target = folder_of(&cache_folder);
                // Moved with the whole cache folder, they are there already.
                let source = if folder.is_dir() { &folder } else { &target };
                let mut records = load(source, registry);
                if *source != target {
                    let _ = fs::remove_dir_all(&target);
                }
                for record in &mut records {
                    moved.apply(&mut record.document, registry);
                    write(&target, record);
                }
                folder = target;
                Some(Report::All(records))
            }
            Order::Tell { done } => {
                let _ = done.send(());
                None
            }
        };
        if report.is_some_and(|report| outbox.send((project, report)).is_err()) {
            // Nobody reads any more; what is still asked for is done all the same.
            tracing::debug!("a report on runs was not read");
        }
    }
}

/// The runs of a folder, oldest first; damaged files are passed over.
fn load(folder: &Path, registry: &Registry) -> Vec<RunRecord> {
    let read = |(id, path): (u64, PathBuf)| {
        let bytes = files::read_limited(&path, MAX_BYTES).ok()?;
        let mut record: RunRecord = serde_json::from_slice(&bytes).ok()?;
        file::upgrade(&mut record.document, registry);
        Some(RunRecord { id, ..record })
    };
    list(folder).into_iter().filter_map(read).collect()
}

/// Numbers and paths of the files, ascending.
fn list(folder: &Path) -> Vec<(u64, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(u64, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.path();
            let is_ours = path.extension().is_some_and(|extension| extension == "json");
            let id = path.file_stem()?.to_str()?.parse().ok().filter(|_| is_ours)?;
            Some((id, path))
        })
        .collect();
    found.sort();
    found
}

fn write(folder: &Path, record: &RunRecord) {
    let written = serde_json::to_vec(record)
        .map_err(Trouble::internal)
        .and_then(|json| files::write_atomic(&path_of(folder, record.id), &json));
    if let Err(trouble) = written {
        // The list of this session holds it all the same.
        tracing::warn!(%trouble, "a run could not be kept");
    }
}

fn forget_old(folder: &Path) {
    let found = list(folder);
    let n_too_many = found.len().saturating_sub(MAX_RUNS);
    for (_, path) in found.into_iter().take(n_too_many) {
        let _ = fs::remove_file(path);
    }
}

fn folder_of(cache_folder: &Path) -> PathBuf {
    cache_folder.join("runs")
}

fn path_of(folder: &Path, id: u64) -> PathBuf {
    folder.join(format!("{id:06}.json"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    use pg_nn::Devices;
    use pg_pipeline::Document;

    use super::*;
    use crate::runs::RunEnd;

    fn archive() -> Archive {
        Archive::start(Arc::new(Core::new(Devices::default()))).expect("a thread")
    }

    fn run(name: &str) -> RunRecord {
        RunRecord {
            id: 0,
            started_unix_secs: 1,
            seconds: 2.0,
            device: "cpu".to_owned(),
            document: Document::new(name),
            trainings: BTreeMap::new(),
            metrics: BTreeMap::new(),
            outcome: RunEnd::Done,
            note: String::new(),
        }
    }

    fn next(archive: &mut Archive) -> Report {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Some(report) = archive.poll() {
                return report;
            }
            thread::sleep(Duration::from_millis(1));
        }
        unreachable!("no report")
    }

    /// Numbers and names of the runs in a folder, as another session finds them.
    fn found(cache_folder: &Path) -> Vec<String> {
        let mut archive = archive();
        archive.open(cache_folder.to_owned());
        let Report::All(runs) = next(&mut archive) else { unreachable!("asked for all") };
        assert!(archive.is_idle());
        runs.iter().map(|run| format!("{} {} {}", run.id, run.document.name(), run.note)).collect()
    }

    #[test]
    fn runs_are_kept_numbered_noted_and_forgotten() {
        let folder = tempfile::tempdir().expect("folder");
        let mut first = archive();
        first.open(folder.path().to_owned());
        for name in ["a", "b", "c"] {
            first.add(run(name));
        }
        drop(first);
        assert_eq!(found(folder.path()), ["1 a ", "2 b ", "3 c "]);

        let mut second = archive();
        second.open(folder.path().to_owned());
        second.put(RunRecord { id: 2, note: "best".to_owned(), ..run("b") });
        second.remove(3);
        second.add(run("d"));
        second.wait();
        assert_eq!(found(folder.path()), ["1 a ", "2 b best", "4 d "]);

        fs::write(folder.path().join("runs/000001.json"), "{\"id\":1").expect("written");
        fs::write(folder.path().join("runs/notes.txt"), "mine").expect("written");
        assert_eq!(found(folder.path()), ["2 b best", "4 d "]);
    }

    #[test]
    fn old_runs_are_forgotten() {
        let folder = tempfile::tempdir().expect("folder");
        let runs = folder.path().join("runs");
        for id in 1..=MAX_RUNS as u64 {
            files::write_atomic(&path_of(&runs, id), b"{}").expect("written");
        }
        let mut archive = archive();
        archive.open(folder.path().to_owned());
        archive.add(run("new"));
        archive.wait();
        // The damaged ones count as well: they are ours.
        let kept = list(&runs);
        assert_eq!(kept.len(), MAX_RUNS);
        assert_eq!(kept.first().map(|(id, _)| *id), Some(2));
    }
}
