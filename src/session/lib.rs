//! Floor 6: the application without a face: projects, undo, jobs in a worker process, and what a window shows of them.
//!
//! Invariants: only [`Session`] mutates; a job runs on a snapshot; what was edited is in the journal, whatever happens to
//! the process. The command line runs the same jobs in its own process by [`run`].

mod analyst;
mod archive;
pub mod client;
pub mod commands;
pub mod core;
pub mod folders;
pub mod frames;
pub mod lost;
mod memory;
pub mod page;
pub mod project;
pub mod runner;
pub mod runs;
pub mod session;
pub mod status;
mod stopwatch;
pub mod templates;
pub mod training;
pub mod versions;
pub mod worker;

pub use commands::{Command, Event};
pub use core::Core;
pub use lost::{LostJob, Reached};
pub use project::Project;
pub use runner::{RunRequest, run};
pub use runs::{RunEnd, RunRecord, Training};
pub use session::{Session, SessionOptions, ValuePlace};
pub use status::NodeStatus;
pub use training::TrainingForecast;
pub use versions::Version;
pub use worker::JobId;
