//! The closed sets of what a person can do and of what happens.

use std::path::PathBuf;

use pg_base::{Trouble, Words};
use pg_contract::Diagnostic;
use pg_pipeline::{Document, Edit, EngineEvent, NodeId, RunOutcome, Targets};

use crate::worker::JobId;

/// What a person can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Begins a project without a file, from a starter graph or empty. What was not saved before is given up.
    New {
        /// What it begins with.
        document: Box<Document>,
    },
    /// Opens a project file. What was not saved before is given up.
    Open {
        /// The file.
        path: PathBuf,
    },
    /// Opens a project that was never saved, left behind by a process that was killed.
    OpenUnsaved {
        /// A folder that [`Event::UnsavedFound`] named.
        folder: PathBuf,
    },
    /// Takes over the edits that the journal holds beyond the file.
    RestoreJournal,
    /// Gives them up.
    DiscardJournal,
    /// Saves to the project's file.
    Save,
    /// Saves to another file and goes on with that one.
    SaveAs {
        /// The file.
        path: PathBuf,
    },
    /// Closes the project; what was not saved is given up.
    Close,
    /// Changes the document.
    Apply {
        /// The change.
        edit: Edit,
        /// What undo calls it.
        name: Words,
        /// Whether it belongs to the step before where both change the same thing (typing, a slider).
        merges: bool,
    },
    /// The next change is a step of its own.
    EndMerging,
    /// Takes the last step back.
    Undo,
    /// Does it again.
    Redo,
    /// Runs what is not fresh, on the document as it is now.
    Run {
        /// What to compute.
        targets: Targets,
    },
    /// Holds the training.
    Pause,
    /// Lets it go on.
    GoOn,
    /// Ends the training and keeps what was learnt.
    StopAndKeep,
    /// Throws the job away.
    Cancel,
    /// Chooses the device of later jobs.
    SetDevice {
        /// Its id: `cpu`, `ndarray`, `cuda:0`.
        device: String,
    },
    /// Limits what results may take on the disk; applies from the next job on.
    SetCacheLimit {
        /// Bytes; results that were used longest ago go first.
        n_bytes: u64,
    },
    /// Brings the document back to the one that a run began with, as one step.
    RestoreRun {
        /// Number of the run.
        id: u64,
    },
    /// Forgets a run.
    DeleteRun {
        /// Its number.
        id: u64,
    },
    /// Writes something beside a run.
    NoteRun {
        /// Its number.
        id: u64,
        /// What the list says from now on.
        note: String,
    },
    /// Brings the document back to a former content of its file, as one step.
    RestoreVersion {
        /// Path of a [`crate::versions::Version`].
        path: PathBuf,
    },
    /// Times a few steps of the training that a node will do, in a process of its own, as soon as no job runs; the
    /// answer is [`Event::ForecastChanged`].
    MeasureForecast {
        /// The node.
        node: NodeId,
    },
}

/// What happened. Revisions number the states of the document: an event of an older one tells of a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Another project is open.
    ProjectOpened {
        /// Its file, if it has one.
        path: Option<PathBuf>,
        /// What was left out or upgraded while reading.
        diagnostics: Vec<Diagnostic>,
    },
    /// Projects that were never saved lie there; see [`Command::OpenUnsaved`].
    UnsavedFound {
        /// Their folders.
        folders: Vec<PathBuf>,
    },
    /// The journal holds edits that the file does not; nothing can be changed before the person chose.
    JournalFound {
        /// How many.
        n_edits: u64,
        /// Whether the file was changed by somebody else since.
        file_has_changed: bool,
    },
    /// The document changed.
    DocumentChanged {
        /// Its number now.
        revision: u64,
    },
    /// Diagnostics, forecasts and statuses are those of this revision.
    AnalysisChanged {
        /// Which.
        revision: u64,
    },
    /// The project is on the disk.
    Saved {
        /// Where.
        path: PathBuf,
    },
    /// A job began.
    JobStarted {
        /// Its number.
        job: JobId,
        /// What it runs.
        revision: u64,
    },
    /// A job goes on.
    Job {
        /// Its number.
        job: JobId,
        /// What it runs.
        revision: u64,
        /// What happened.
        event: EngineEvent,
    },
    /// A job ended.
    JobEnded {
        /// Its number.
        job: JobId,
        /// What it ran.
        revision: u64,
        /// What became of the nodes, or why it could not be run.
        outcome: Result<RunOutcome, Trouble>,
    },
    /// The worker process died, and the job with it; the next run starts another.
    WorkerLost {
        /// Number of the job.
        job: JobId,
        /// What it ran.
        revision: u64,
        /// How it died, and what to do.
        trouble: Trouble,
    },
    /// The list of runs is another.
    RunsChanged,
    /// A training was timed; see [`crate::Session::forecast_of`].
    ForecastChanged {
        /// The node.
        node: NodeId,
    },
    /// Something could not be done.
    Troubled {
        /// What.
        trouble: Trouble,
    },
}
