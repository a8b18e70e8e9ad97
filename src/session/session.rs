//! The application without a face: takes commands, gives events, owns all state; the only place that mutates.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pg_base::{Fingerprint, Trouble};
use pg_contract::Value;
use pg_pipeline::{Analysis, Document, Entry, Forecast, NodeId, Recovered, Store};

use crate::analyst::{Analyst, Answer, Question};
use crate::archive::{self, Archive};
use crate::client::Worker;
use crate::commands::{Command, Event};
use crate::core::Core;
use crate::lost::LostJob;
use crate::project::{self, Project};
use crate::runs::RunRecord;
use crate::status::{self, Failures, NodeStatus};
use crate::stopwatch::{Stopwatch, TimingKey};
use crate::training::TrainingForecast;
use crate::worker::JobId;
use crate::{folders, runner};

mod jobs;
mod obey;

use jobs::Job;

/// How a session is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    /// Program whose `worker` command runs jobs; none for the one that is running.
    pub worker_program: Option<PathBuf>,
    /// Folder for projects that were never saved.
    pub unsaved_folder: PathBuf,
    /// Device of the first job.
    pub device: String,
    /// What results may take on the disk; those of the document stay in any case.
    pub cache_bytes: u64,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            worker_program: None,
            unsaved_folder: folders::unsaved_folder(),
            device: "cpu".to_owned(),
            cache_bytes: runner::DEFAULT_CACHE_BYTES,
        }
    }
}

/// All state of the application.
#[derive(Debug)]
pub struct Session {
    core: Arc<Core>,
    options: SessionOptions,
    project: Project,
    /// Edits of a journal that wait for the person's choice.
    recovered: Option<Recovered>,
    revision: u64,
    device: String,
    analyst: Analyst,
    n_questions: u64,
    /// What the analyst said last.
    known: Answer,
    failures: Failures,
    statuses: BTreeMap<NodeId, NodeStatus>,
    worker: Option<Worker>,
    idle_since: Instant,
    job: Option<Job>,
    n_jobs: JobId,
    lost: Option<LostJob>,
    stopwatch: Stopwatch,
    archive: Archive,
    runs: Vec<RunRecord>,
    events: Vec<Event>,
}

/// A result on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuePlace {
    folder: PathBuf,
    /// Tells it from every other result of this output.
    pub key: Fingerprint,
    port: String,
}

impl ValuePlace {
    /// Reads it; of a table that is too large for memory some evenly spaced rows. None where it was removed since.
    pub fn read(&self) -> Option<Value> {
        match Store::open(&self.folder, 0).get(self.key, &self.port)? {
            Value::Table(table) => table.glimpse().ok().map(Value::Table),
            other => Some(other),
        }
    }
}

impl Session {
    /// A session with an empty project; looks for projects that a killed process left behind.
    pub fn new(core: Arc<Core>, options: SessionOptions) -> Result<Self, Trouble> {
        let left_behind = project::unsaved(&options.unsaved_folder, core.registry());
        let project = Project::new(Document::new(""), &options.unsaved_folder)?;
        let analyst = Analyst::start(Arc::clone(&core))?;
        let archive = Archive::start(Arc::clone(&core))?;
        let mut session = Self {
            device: options.device.clone(),
            core,
            options,
            project,
            recovered: None,
            revision: 0,
            analyst,
            n_questions: 0,
            known: Answer::default(),
            failures: Failures::default(),
            statuses: BTreeMap::new(),
            worker: None,
            idle_since: Instant::now(),
            job: None,
            n_jobs: 0,
            lost: None,
            stopwatch: Stopwatch::default(),
            archive,
            runs: Vec::new(),
            events: Vec::new(),
        };
        if !left_behind.is_empty() {
            session.events.push(Event::UnsavedFound { folders: left_behind });
        }
        session.archive.open(session.project.cache_folder());
        session.ask();
        Ok(session)
    }

    /// Does what a person asked for; what could not be done is told by [`Event::Troubled`].
    pub fn dispatch(&mut self, command: Command) {
        if let Err(trouble) = self.obey(command) {
            self.events.push(Event::Troubled { trouble });
        }
    }

    /// What happened since the last call; never waits. Call it often: it also keeps the journal.
    pub fn poll(&mut self) -> Vec<Event> {
        self.pump();
        std::mem::take(&mut self.events)
    }

    /// Waits until no job runs, nothing is timed, the runs are read and the analysis is that of the newest state; false
    /// when it takes longer than `timeout`. Events stay for [`Self::poll`].
    pub fn wait_idle(&mut self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            self.pump();
            let is_idle = self.job.is_none() && self.archive.is_idle() && self.stopwatch.is_idle();
            if is_idle && !self.is_analysing() {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Node kinds and devices.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// The same, for work on a thread of its own.
    pub fn core_arc(&self) -> Arc<Core> {
        Arc::clone(&self.core)
    }

    /// The open project.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Its document.
    pub fn document(&self) -> &Document {
        self.project.document()
    }

    /// Number of the document's present state.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Device of the next job.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// What results may take on the disk.
    pub fn cache_bytes(&self) -> u64 {
        self.options.cache_bytes
    }

    /// The newest analysis; see [`Event::AnalysisChanged`].
    pub fn analysis(&self) -> &Analysis {
        &self.known.analysis
    }

    /// What the networks cost.
    pub fn forecasts(&self) -> &[Forecast] {
        &self.known.forecasts
    }

    /// What a training will need and how long it will take; none for nodes that train nothing, or whose network is not
    /// known.
    pub fn forecast_of(&self, node: &str) -> Option<TrainingForecast> {
        let need = self.known.trainings.get(node)?;
        let times = self.stopwatch.times_of(&TimingKey::of(need, &self.device));
        Some(TrainingForecast::of(need, self.known.available_bytes, times))
    }

    /// Whether something is being timed, or waits for it; see [`Command::MeasureForecast`].
    pub fn is_measuring(&self) -> bool {
        !self.stopwatch.is_idle()
    }

    /// The running job.
    pub fn job(&self) -> Option<JobId> {
        self.job.as_ref().map(|job| job.id)
    }

    /// The last job, where its worker was lost, nothing ran since, and not everything that it trained was changed.
    pub fn lost_job(&self) -> Option<&LostJob> {
        self.lost.as_ref()
    }

    /// Whether the next run of a node goes on from a checkpoint.
    pub fn can_resume(&self, node: &str) -> bool {
        self.known.resumable.contains(node)
    }

    /// Process of the worker, while there is one.
    pub fn worker_process_id(&self) -> Option<u32> {
        self.worker.as_ref().map(Worker::process_id)
    }

    /// Memory of the worker process, where there is one and the system tells.
    pub fn worker_memory_bytes(&self) -> Option<u64> {
        pg_base::memory::resident_bytes(self.worker_process_id()?)
    }

    /// How the nodes stand: those that the newest analysis knew.
    pub fn statuses(&self) -> &BTreeMap<NodeId, NodeStatus> {
        &self.statuses
    }

    /// Whether the analysis of the newest state is still to come.
    pub fn is_analysing(&self) -> bool {
        self.known.number != self.n_questions
    }

    /// The runs of the project, newest last; see [`Event::RunsChanged`].
    pub fn runs(&self) -> &[RunRecord] {
        &self.runs
    }

    /// What is known of the result of a node: its size, time and summaries; none where it has not run.
    pub fn entry(&self, node: &str) -> Option<&Entry> {
        self.known.entries.get(node)
    }

    /// Where the result on an output lies; reading it may take long and is for a thread of its own.
    pub fn place_of(&self, node: &str, port: &str) -> Option<ValuePlace> {
        self.known.entries.get(node).filter(|entry| entry.is_stored)?;
        let key = self.known.plan.as_ref()?.step(node)?.key?;
        Some(ValuePlace { folder: self.project.cache_folder(), key, port: port.to_owned() })
    }

    /// A result that is there, read from the disk at once.
    pub fn value(&self, node: &str, port: &str) -> Option<Value> {
        self.place_of(node, port)?.read()
    }

    /// The document changed.
    fn changed(&mut self) {
        self.revision += 1;
        self.events.push(Event::DocumentChanged { revision: self.revision });
        self.ask();
    }

    /// Has the newest state looked at.
    fn ask(&mut self) {
        self.n_questions += 1;
        let device = self.core.devices().find(&self.device).ok().map(|entry| entry.info.clone());
        self.analyst.ask(Question {
            number: self.n_questions,
            revision: self.revision,
            document: self.document().clone(),
            base_folder: self.project.base_folder(),
            cache_folder: self.project.cache_folder(),
            device_class: device.as_ref().map_or(&self.device, |device| &device.class).clone(),
            device,
            worker_process_id: self.worker_process_id(),
        });
    }

    /// Takes in everything that happened beside us.
    fn pump(&mut self) {
        self.project.sync();
        if let Some(trouble) = self.project.take_trouble() {
            self.events.push(Event::Troubled { trouble });
        }
        self.pump_job();
        if let Some(answer) = self.analyst.poll() {
            self.learn(answer);
        }
        while let Some(report) = self.archive.poll() {
            match report {
                archive::Report::All(runs) => self.runs = runs,
                archive::Report::Added(run) => {
                    self.runs.push(*run);
                    let n_too_many = self.runs.len().saturating_sub(archive::MAX_RUNS);
                    self.runs.drain(..n_too_many);
                }
            }
            self.events.push(Event::RunsChanged);
        }
        self.pump_stopwatch();
    }

    /// Takes over what the analyst found.
    fn learn(&mut self, answer: Answer) {
        self.known = answer;
        let revision = self.known.revision;
        if let Some(plan) = &self.known.plan {
            self.failures.review(plan);
            if self.lost.as_mut().is_some_and(|lost| !lost.review(plan, revision)) {
                self.lost = None;
            }
            if let Some(job) = self.job.as_mut().filter(|job| job.question == self.known.number) {
                job.keys = Some(status::keys_of(plan));
            }
        }
        let job = self.job.as_ref().map(|job| &job.view);
        self.statuses =
            status::statuses(self.document(), self.known.plan.as_ref(), job, &self.failures);
        self.events.push(Event::AnalysisChanged { revision });
    }

    /// Looks anew how one node stands.
    fn refresh_status(&mut self, node: &str) {
        let job = self.job.as_ref().map(|job| &job.view);
        let status = status::status_of(node, self.known.plan.as_ref(), job, &self.failures);
        if let Some(known) = self.statuses.get_mut(node) {
            *known = status;
        }
    }

    fn pump_stopwatch(&mut self) {
        if let Some(node) = self.stopwatch.poll() {
            self.events.push(Event::ForecastChanged { node });
        }
        if self.job.is_some() || self.is_analysing() {
            return;
        }
        while let Some(node) = self.stopwatch.next() {
            let Some(need) = self.known.trainings.get(&node) else { continue };
            let fits = |available| need.least_bytes(need.batch_size) <= available;
            if !self.known.available_bytes.is_none_or(fits) {
                continue;
            }
            let program = self.options.worker_program.as_deref();
            match self.stopwatch.start(node.clone(), need, &self.device, program) {
                Ok(true) => return,
                Ok(false) => self.events.push(Event::ForecastChanged { node }),
                Err(trouble) => self.events.push(Event::Troubled { trouble }),
            }
        }
    }
}

#[cfg(test)]
mod tests;
