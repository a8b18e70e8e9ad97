//! Floor 5: the document and what is made of it: analysis, plan, run; with the store of values and the files.
//!
//! Nothing here names a node kind: the registry is handed in, and three toy kinds test everything.
//! Invariant: a [`Document`] changes only by [`Edit::apply`], whose result is the exact inverse.

pub mod analysis;
pub mod color;
pub mod document;
pub mod edit;
pub mod engine;
pub mod file;
mod file_form;
mod fix;
pub mod forecast;
pub mod history;
mod infer;
pub mod journal;
pub mod plan;
pub mod store;
mod store_files;
#[cfg(test)]
mod toy;
mod wiring;

pub use analysis::{Analysis, NodeDiagnostic, analyse};
pub use color::{ClassColors, Rgb};
pub use document::{Document, Endpoint, Frame, Link, Node, NodeId, Note};
pub use edit::Edit;
pub use engine::{EngineEvent, Loan, RunOutcome, StepOutcome, StepResult, run};
pub use forecast::{Forecast, TrainingNeed, forecast, trainings};
pub use history::History;
pub use infer::Analyser;
pub use journal::{Journal, Recovered};
pub use plan::{Plan, PlanCx, PlanStep, StepState, Targets, plan};
pub use store::{Entry, Store};
