//! The application without a face: takes commands, gives events, owns all state; the only place that mutates.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pg_base::{Fingerprint, Trouble, say};
use pg_contract::{Diagnostic, Value};
use pg_pipeline::{
    Analysis, Document, Entry, Forecast, NodeId, Plan, Recovered, RunOutcome, Store, Targets,
};

use crate::analyst::{Analyst, Question};
use crate::client::{News, Worker};
use crate::commands::{Command, Event};
use crate::core::Core;
use crate::folders;
use crate::project::{self, Project};
use crate::runner::RunRequest;
use crate::status::{self, Failures, JobView, NodeStatus};
use crate::worker::{FromWorker, JobId, ToWorker};

/// A job that does not notice that it is cancelled is ended with its process after this time.
const CANCEL_WITHIN: Duration = Duration::from_secs(3);
/// A worker without a job gives its memory back after this time.
const KEEP_WORKER: Duration = Duration::from_mins(1);

/// How a session is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    /// Program whose `worker` command runs jobs; none for the one that is running.
    pub worker_program: Option<PathBuf>,
    /// Folder for projects that were never saved.
    pub unsaved_folder: PathBuf,
    /// Device of the first job.
    pub device: String,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            worker_program: None,
            unsaved_folder: folders::unsaved_folder(),
            device: "cpu".to_owned(),
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
    n_answers: u64,
    analysis: Analysis,
    forecasts: Vec<Forecast>,
    plan: Option<Plan>,
    /// Results that are there.
    entries: BTreeMap<NodeId, Entry>,
    failures: Failures,
    worker: Option<Worker>,
    idle_since: Instant,
    job: Option<Job>,
    n_jobs: JobId,
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
    /// Reads it; none where it was removed since.
    pub fn read(&self) -> Option<Value> {
        Store::open(&self.folder, 0).get(self.key, &self.port)
    }
}

#[derive(Debug)]
struct Job {
    id: JobId,
    revision: u64,
    /// State that it runs; its keys come with the answer about it.
    question: u64,
    keys: Option<BTreeMap<NodeId, Fingerprint>>,
    view: JobView,
    cancelled_at: Option<Instant>,
}

impl Session {
    /// A session with an empty project; looks for projects that a killed process left behind.
    pub fn new(core: Arc<Core>, options: SessionOptions) -> Result<Self, Trouble> {
        let left_behind = project::unsaved(&options.unsaved_folder, core.registry());
        let project = Project::new(Document::new(""), &options.unsaved_folder)?;
        let analyst = Analyst::start(Arc::clone(&core))?;
        let mut session = Self {
            device: options.device.clone(),
            core,
            options,
            project,
            recovered: None,
            revision: 0,
            analyst,
            n_questions: 0,
            n_answers: 0,
            analysis: Analysis::default(),
            forecasts: Vec::new(),
            plan: None,
            entries: BTreeMap::new(),
            failures: Failures::default(),
            worker: None,
            idle_since: Instant::now(),
            job: None,
            n_jobs: 0,
            events: Vec::new(),
        };
        if !left_behind.is_empty() {
            session.events.push(Event::UnsavedFound { folders: left_behind });
        }
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

    /// Waits until no job runs and the analysis is that of the newest state; false when it takes longer than `timeout`.
    /// Events stay for [`Self::poll`].
    pub fn wait_idle(&mut self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            self.pump();
            if self.job.is_none() && self.n_answers == self.n_questions {
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

    /// The newest analysis; see [`Event::AnalysisChanged`].
    pub fn analysis(&self) -> &Analysis {
        &self.analysis
    }

    /// What the networks cost.
    pub fn forecasts(&self) -> &[Forecast] {
        &self.forecasts
    }

    /// The running job.
    pub fn job(&self) -> Option<JobId> {
        self.job.as_ref().map(|job| job.id)
    }

    /// Process of the worker, while there is one.
    pub fn worker_process_id(&self) -> Option<u32> {
        self.worker.as_ref().map(Worker::process_id)
    }

    /// How every node stands.
    pub fn statuses(&self) -> BTreeMap<NodeId, NodeStatus> {
        status::statuses(
            self.document(),
            self.plan.as_ref(),
            self.job.as_ref().map(|job| &job.view),
            &self.failures,
        )
    }

    /// Whether the analysis of the newest state is still to come.
    pub fn is_analysing(&self) -> bool {
        self.n_answers != self.n_questions
    }

    /// What is known of the result of a node: its size, time and summaries; none where it has not run.
    pub fn entry(&self, node: &str) -> Option<&Entry> {
        self.entries.get(node)
    }

    /// Where the result on an output lies; reading it may take long and is for a thread of its own.
    pub fn place_of(&self, node: &str, port: &str) -> Option<ValuePlace> {
        self.entries.get(node).filter(|entry| entry.is_stored)?;
        let key = self.plan.as_ref()?.step(node)?.key?;
        Some(ValuePlace { folder: self.project.cache_folder(), key, port: port.to_owned() })
    }

    /// A result that is there, read from the disk at once.
    pub fn value(&self, node: &str, port: &str) -> Option<Value> {
        self.place_of(node, port)?.read()
    }

    fn obey(&mut self, command: Command) -> Result<(), Trouble> {
        if self.recovered.is_some() {
            check_may_come_before_the_choice(&command)?;
        }
        let registry = Arc::clone(&self.core);
        let registry = registry.registry();
        match command {
            Command::New { document } => {
                let project = Project::new(*document, &self.options.unsaved_folder)?;
                self.replace(project, Vec::new())
            }
            Command::Open { path } => self.open(&path),
            Command::OpenUnsaved { folder } => {
                if folder.parent() != Some(&self.options.unsaved_folder) {
                    // Its folder is removed when it is closed: no other may come here.
                    return Err(Trouble::internal(
                        "not a folder of a project that was never saved",
                    ));
                }
                let project = Project::left_behind(&folder)?;
                let recovered = project.recoverable(registry)?;
                self.replace(project, Vec::new())?;
                if let Some(recovered) = recovered {
                    self.project.restore(recovered);
                    self.changed();
                }
                Ok(())
            }
            Command::RestoreJournal => {
                if let Some(recovered) = self.recovered.take() {
                    self.project.restore(recovered);
                    self.changed();
                }
                Ok(())
            }
            Command::DiscardJournal => {
                self.project.discard_journal()?;
                if self.recovered.take().is_some() && !self.project.has_file() {
                    // There was nothing but the journal.
                    let project = Project::new(Document::new(""), &self.options.unsaved_folder)?;
                    self.replace(project, Vec::new())?;
                }
                Ok(())
            }
            Command::Save => {
                self.project.save()?;
                self.saved();
                Ok(())
            }
            Command::SaveAs { path } => {
                self.project.save_as(&path, registry, self.job.is_none())?;
                self.saved();
                self.changed();
                Ok(())
            }
            Command::Close => {
                let project = Project::new(Document::new(""), &self.options.unsaved_folder)?;
                self.replace(project, Vec::new())
            }
            Command::Apply { edit, name, merges } => {
                self.project.apply(registry, edit, name, merges)?;
                self.changed();
                Ok(())
            }
            Command::EndMerging => {
                self.project.end_merging();
                Ok(())
            }
            Command::Undo => {
                if self.project.undo(registry)? {
                    self.changed();
                }
                Ok(())
            }
            Command::Redo => {
                if self.project.redo(registry)? {
                    self.changed();
                }
                Ok(())
            }
            Command::Run { targets } => self.start_job(targets),
            Command::Pause => self.tell(&ToWorker::Pause),
            Command::GoOn => self.tell(&ToWorker::GoOn),
            Command::StopAndKeep => self.tell(&ToWorker::StopAndKeep),
            Command::Cancel => {
                if let Some(job) = &mut self.job {
                    job.cancelled_at.get_or_insert_with(Instant::now);
                }
                self.tell(&ToWorker::Cancel)
            }
            Command::SetDevice { device } => {
                self.core.devices().find(&device)?;
                self.device = device;
                self.ask();
                Ok(())
            }
        }
    }

    fn open(&mut self, path: &std::path::Path) -> Result<(), Trouble> {
        let registry = self.core.registry();
        let (mut project, diagnostics) = match Project::load(path, registry) {
            Ok(loaded) => loaded,
            // The file cannot be read, but its journal may hold everything.
            Err(trouble) => {
                let project = Project::without_file(path);
                if project.recoverable(registry).ok().flatten().is_none() {
                    return Err(trouble);
                }
                (project, vec![Diagnostic::error(trouble)])
            }
        };
        if self.project.path() == project.path() {
            // It is our own lock.
            self.project.unlock();
        }
        project.lock()?;
        let recovered = project.recoverable(registry)?;
        self.replace(project, diagnostics)?;
        if let Some(recovered) = recovered {
            let (n_edits, file_has_changed) = (recovered.n_edits, recovered.file_has_changed);
            self.recovered = Some(recovered);
            self.events.push(Event::JournalFound { n_edits, file_has_changed });
        }
        Ok(())
    }

    /// Closes the project and goes on with another.
    fn replace(&mut self, project: Project, diagnostics: Vec<Diagnostic>) -> Result<(), Trouble> {
        if self.job.is_some() {
            // It works in folders that are about to go.
            self.worker = None;
            self.end_job(Err(Trouble::cancelled()));
        }
        let is_same = self.project.path().is_some() && self.project.path() == project.path();
        let old = std::mem::replace(&mut self.project, project);
        self.recovered = None;
        self.failures = Failures::default();
        self.plan = None;
        self.analysis = Analysis::default();
        self.forecasts.clear();
        self.entries.clear();
        self.events.push(Event::ProjectOpened {
            path: self.project.path().map(PathBuf::from),
            diagnostics,
        });
        self.changed();
        // Opened again, its journal is what was just looked at.
        if is_same { Ok(()) } else { old.close() }
    }

    fn saved(&mut self) {
        if let Some(path) = self.project.path() {
            self.events.push(Event::Saved { path: path.to_owned() });
        }
    }

    fn changed(&mut self) {
        self.revision += 1;
        self.events.push(Event::DocumentChanged { revision: self.revision });
        self.ask();
    }

    fn ask(&mut self) {
        self.n_questions += 1;
        let device_class = self
            .core
            .devices()
            .find(&self.device)
            .map_or_else(|_| self.device.clone(), |entry| entry.info.class.clone());
        self.analyst.ask(Question {
            number: self.n_questions,
            revision: self.revision,
            document: self.document().clone(),
            base_folder: self.project.base_folder(),
            cache_folder: self.project.cache_folder(),
            device_class,
        });
    }

    fn tell(&mut self, message: &ToWorker) -> Result<(), Trouble> {
        match &mut self.worker {
            Some(worker) if self.job.is_some() => {
                worker.tell(message);
                Ok(())
            }
            _ => Err(Trouble::new("job-none", say!("nothing is running", "没有正在运行的任务"))),
        }
    }

    fn start_job(&mut self, targets: Targets) -> Result<(), Trouble> {
        if self.job.is_some() {
            return Err(Trouble::new(
                "job-running",
                say!("a run is under way", "已有任务正在运行"),
            )
            .advice(say!("Wait for its end, or cancel it.", "请等待其结束，或取消它。")));
        }
        if self.worker.as_ref().is_none_or(Worker::is_lost) {
            self.worker = Some(Worker::start(self.options.worker_program.as_deref())?);
        }
        let request =
            RunRequest { targets, device: self.device.clone(), ..RunRequest::of(&self.project) };
        self.n_jobs += 1;
        let (id, revision) = (self.n_jobs, self.revision);
        let keys =
            self.plan.as_ref().filter(|_| self.n_answers == self.n_questions).map(status::keys_of);
        let view = JobView::default();
        self.job =
            Some(Job { id, revision, question: self.n_questions, keys, view, cancelled_at: None });
        self.events.push(Event::JobStarted { job: id, revision });
        self.tell(&ToWorker::Run { job: id, request: Box::new(request) })
    }

    /// Takes in everything that happened beside us.
    fn pump(&mut self) {
        self.project.sync();
        if let Some(trouble) = self.project.take_trouble() {
            self.events.push(Event::Troubled { trouble });
        }
        while let Some(news) = self.worker.as_mut().and_then(Worker::poll) {
            self.hear(news);
        }
        let is_overdue =
            |job: &Job| job.cancelled_at.is_some_and(|at| at.elapsed() >= CANCEL_WITHIN);
        if self.job.as_ref().is_some_and(is_overdue) {
            self.worker = None;
            self.end_job(Err(Trouble::cancelled()));
        }
        if self.job.is_none() && self.worker.is_some() && self.idle_since.elapsed() >= KEEP_WORKER {
            self.worker = None;
        }
        if let Some(answer) = self.analyst.poll() {
            self.n_answers = answer.number;
            self.analysis = answer.analysis;
            self.forecasts = answer.forecasts;
            self.plan = answer.plan;
            self.entries = answer.entries;
            if let Some(plan) = &self.plan {
                self.failures.review(plan);
                if let Some(job) = self.job.as_mut().filter(|job| job.question == answer.number) {
                    job.keys = Some(status::keys_of(plan));
                }
            }
            self.events.push(Event::AnalysisChanged { revision: answer.revision });
        }
    }

    fn hear(&mut self, news: News) {
        let is_ours =
            |job: JobId, running: Option<&Job>| running.is_some_and(|running| running.id == job);
        match news {
            News::Said(FromWorker::Event { job, event }) => {
                if let Some(running) = self.job.as_mut().filter(|running| running.id == job) {
                    running.view.follow(&event);
                    self.events.push(Event::Job { job, revision: running.revision, event });
                }
            }
            News::Said(FromWorker::Finished { job, outcome })
                if is_ours(job, self.job.as_ref()) =>
            {
                self.end_job(Ok(outcome));
            }
            News::Said(FromWorker::Failed { job, trouble }) if is_ours(job, self.job.as_ref()) => {
                self.end_job(Err(trouble));
            }
            News::Said(_) => {}
            News::Lost(trouble) => {
                self.worker = None;
                match self.job.take() {
                    Some(job) if job.cancelled_at.is_some() => {
                        self.job = Some(job);
                        self.end_job(Err(Trouble::cancelled()));
                    }
                    Some(job) => {
                        self.events.push(Event::WorkerLost {
                            job: job.id,
                            revision: job.revision,
                            trouble,
                        });
                        self.ask();
                    }
                    None => {}
                }
            }
        }
    }

    fn end_job(&mut self, outcome: Result<RunOutcome, Trouble>) {
        let Some(job) = self.job.take() else { return };
        self.idle_since = Instant::now();
        if let Ok(outcome) = &outcome {
            self.failures.take(outcome, &job.keys.unwrap_or_default());
        }
        self.events.push(Event::JobEnded { job: job.id, revision: job.revision, outcome });
        // Other nodes are fresh now.
        self.ask();
    }
}

/// Until the person chose, only what does not touch the journal may happen.
fn check_may_come_before_the_choice(command: &Command) -> Result<(), Trouble> {
    match command {
        Command::RestoreJournal
        | Command::DiscardJournal
        | Command::SetDevice { .. }
        | Command::Cancel => Ok(()),
        _ => Err(Trouble::new(
            "journal-waits",
            say!("edits of an earlier session wait to be recovered", "有上次会话的编辑等待恢复"),
        )
        .advice(say!("Restore them or discard them first.", "请先恢复或放弃这些编辑。"))),
    }
}

#[cfg(test)]
mod tests;
