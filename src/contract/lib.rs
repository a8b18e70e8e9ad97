//! Floor 4: what a node kind is. One record per kind; palette, form, checks, files, keys, command line and docs derive
//! from it, and nothing is declared twice.

pub mod conformance;
pub mod cx;
pub mod reference;
pub mod registry;
pub mod spec;
pub mod value;

pub use cx::{
    Change, Diagnostic, InferCx, Inferred, RunCx, RunEnv, RunEvent, Severity, SuggestedFix, Trials,
};
pub use registry::Registry;
pub use spec::{Effect, Example, NodeSpec, PortSpec, Stage, Status, Upgrade};
pub use value::{Facts, Network, Plan, PortType, Report, Value, ValueSummary};
