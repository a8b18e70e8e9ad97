//! What a kind sees while it infers and while it runs, and what it may say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pg_base::param::FromParam;
use pg_base::{
    CancelToken, Fingerprint, Param, ParamSpec, ParamValue, ParamValues, Progress, Trouble, Words,
};
use pg_data::{Scratch, Table};
use pg_deploy::Model;
use pg_nn::{Compute, TrainControl, TrainEvent};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::spec::NodeSpec;
use crate::value::{Facts, Network, Report, Value};

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Runs, but probably not as wished.
    Warning,
    /// The node cannot run like this.
    Error,
}

/// A change that mends a diagnostic, in terms of the node itself; the pipeline turns it into an `Edit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fix", rename_all = "snake_case")]
pub enum SuggestedFix {
    /// Sets a parameter of the node.
    SetParam {
        /// Which.
        param: String,
        /// To what.
        value: ParamValue,
    },
    /// Puts a node of another kind on the wire into one of its inputs.
    InsertBefore {
        /// The input port.
        port: String,
        /// Kind of the new node.
        kind: String,
        /// Parameters that differ from its defaults.
        params: ParamValues,
    },
    /// Puts a node of another kind where the values of an input come from, so that all that follows sees its work.
    InsertAtOrigin {
        /// The input port.
        port: String,
        /// Kind of the new node.
        kind: String,
        /// Parameters that differ from its defaults.
        params: ParamValues,
    },
}

/// Something to tell about an unfinished or doubtful graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// What was found, expected, what to try, and where.
    #[serde(flatten)]
    pub trouble: Trouble,
    /// One-click fix with its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<(Words, SuggestedFix)>,
}

impl Diagnostic {
    /// An error without a fix.
    pub fn error(trouble: Trouble) -> Self {
        Self { severity: Severity::Error, trouble, fix: None }
    }

    /// A warning without a fix.
    pub fn warning(trouble: Trouble) -> Self {
        Self { severity: Severity::Warning, trouble, fix: None }
    }

    /// Adds a fix.
    pub fn with_fix(mut self, label: impl Into<Words>, fix: SuggestedFix) -> Self {
        self.fix = Some((label.into(), fix));
        self
    }
}

/// What `infer` gives: facts per output (in order) and diagnostics.
#[derive(Clone, Debug, Default)]
pub struct Inferred {
    /// One per output port.
    pub outputs: Vec<Facts>,
    /// What to tell.
    pub diagnostics: Vec<Diagnostic>,
    /// Ids of parameters that change nothing for what arrives: a form need not ask for them.
    pub idle_params: Vec<&'static str>,
}

impl Inferred {
    /// Facts of the single output.
    pub fn of(facts: Facts) -> Self {
        Self { outputs: vec![facts], ..Self::default() }
    }

    /// Nothing known, one error.
    pub fn error(trouble: Trouble) -> Self {
        Self { diagnostics: vec![Diagnostic::error(trouble)], ..Self::default() }
    }
}

/// What `infer` sees.
#[derive(Debug)]
pub struct InferCx<'a> {
    /// Record of the node's kind.
    pub spec: &'static NodeSpec,
    /// Id of the node.
    pub node_id: &'a str,
    /// Parameters, checked.
    pub params: &'a ParamValues,
    /// Facts of the wired inputs by port id, in the order of the links.
    pub inputs: &'a BTreeMap<String, Vec<Facts>>,
    /// Folder that relative paths start from.
    pub base_folder: &'a Path,
}

impl InferCx<'_> {
    /// A parameter.
    pub fn param<T: FromParam>(&self, param: &Param<T>) -> T {
        param.of(self.params)
    }

    /// Facts of an input; unknown where nothing is wired.
    pub fn input(&self, port: &str) -> Facts {
        self.inputs.get(port).and_then(|facts| facts.first()).cloned().unwrap_or_default()
    }

    /// A path parameter against the project's folder.
    pub fn path(&self, param: &Param<String>) -> PathBuf {
        self.base_folder.join(self.param(param))
    }
}

/// What a running node tells before it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "run", rename_all = "snake_case")]
pub enum RunEvent {
    /// How far it is (0..=1), and at what.
    Progress {
        /// 0..=1.
        fraction: f64,
        /// Doing what.
        message: Words,
    },
    /// A step of a training.
    Training(TrainEvent),
    /// Something to know although it went on.
    Warning(Trouble),
}

/// A parameter of a node upstream and the value to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Id of the node.
    pub node: String,
    /// Id of the parameter.
    pub param: String,
    /// Checked against the parameter.
    pub value: ParamValue,
}

/// Runs what stands before a node again with other settings; lent to nodes that look for the best ones.
///
/// What is equal in two trials runs once, and a trial that was made before is not made again, also after a cancel.
pub trait Trials: Sync {
    /// The record of a parameter upstream, or what else could be varied.
    fn param(&self, node: &str, param: &str) -> Result<&'static ParamSpec, Trouble>;

    /// What would arrive at these inputs (one value each) with these changes and this seed.
    fn values(&self, ports: &[&str], changes: &[Change], seed: u64) -> Result<Vec<Value>, Trouble>;
}

/// What the engine lends to every node of a run.
pub struct RunEnv<'a> {
    /// Folder that relative paths start from.
    pub base_folder: &'a Path,
    /// Folder for files a person asked for (`--out`); none when none was asked for.
    pub out_folder: Option<&'a Path>,
    /// Folder for checkpoints, kept between runs.
    pub checkpoint_folder: Option<PathBuf>,
    /// Where tables go that are too large for memory.
    pub scratch: &'a Scratch,
    /// The project as it is saved, for what carries its own origin; none where there is no project.
    pub graph_json: Option<&'a str>,
    /// The device.
    pub compute: &'a dyn Compute,
    /// Pause, stop and cancel.
    pub control: &'a TrainControl,
    /// Trials of other settings; none where there is no graph around the node.
    pub trials: Option<&'a dyn Trials>,
    /// Receives events of the running node.
    pub on_event: &'a (dyn Fn(RunEvent) + Sync),
}

impl std::fmt::Debug for RunEnv<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunEnv").field("base_folder", &self.base_folder).finish_non_exhaustive()
    }
}

/// What `run` sees.
#[derive(Debug)]
pub struct RunCx<'a> {
    /// Record of the node's kind.
    pub spec: &'static NodeSpec,
    /// Id of the node; only kinds that are individual may let it shape their output.
    pub node_id: &'a str,
    /// Parameters, checked.
    pub params: &'a ParamValues,
    /// Values of the wired inputs by port id, in the order of the links.
    pub inputs: &'a BTreeMap<String, Vec<Value>>,
    /// Seed of the project, mixed with nothing: kinds derive streams by purpose.
    pub seed: u64,
    /// Content key of this run of the node.
    pub key: Fingerprint,
    /// Everything lent by the engine.
    pub env: &'a RunEnv<'a>,
}

impl RunCx<'_> {
    /// A parameter.
    pub fn param<T: FromParam>(&self, param: &Param<T>) -> T {
        param.of(self.params)
    }

    /// A path parameter against the project's folder.
    pub fn path(&self, param: &Param<String>) -> PathBuf {
        self.env.base_folder.join(self.param(param))
    }

    /// All values on an input.
    pub fn all(&self, port: &str) -> &[Value] {
        self.inputs.get(port).map_or(&[], Vec::as_slice)
    }

    /// The table on an input, for a kind that needs all of its rows at once.
    ///
    /// Errors: `table-too-large`.
    pub fn table(&self, port: &str) -> Result<&Table, Trouble> {
        let table = self.any_table(port)?;
        table.check_fits().map_err(|trouble| trouble.port(port))?;
        Ok(table)
    }

    /// The table on an input, for a kind that takes its rows a slice at a time: it may be larger than memory.
    pub fn any_table(&self, port: &str) -> Result<&Table, Trouble> {
        match self.all(port).first() {
            Some(Value::Table(table)) => Ok(table),
            _ => Err(missing(port)),
        }
    }

    /// The network on an input.
    pub fn network(&self, port: &str) -> Result<&Arc<Network>, Trouble> {
        match self.all(port).first() {
            Some(Value::Network(network)) => Ok(network),
            Some(Value::Plan(plan)) => Err(plan.no_layers().port(port)),
            _ => Err(missing(port)),
        }
    }

    /// The model on an input.
    pub fn model(&self, port: &str) -> Result<&Arc<Model>, Trouble> {
        match self.all(port).first() {
            Some(Value::Model(model)) => Ok(model),
            _ => Err(missing(port)),
        }
    }

    /// The report on an input.
    pub fn report(&self, port: &str) -> Result<&Arc<Report>, Trouble> {
        match self.all(port).first() {
            Some(Value::Report(report)) => Ok(report),
            _ => Err(missing(port)),
        }
    }

    /// Returns early when the person cancelled.
    pub fn check_cancelled(&self) -> Result<(), Trouble> {
        self.env.control.cancel.check()
    }

    /// The token behind [`Self::check_cancelled`].
    pub fn cancel(&self) -> &CancelToken {
        &self.env.control.cancel
    }

    /// Tells something that the person should know although the node goes on.
    pub fn warn(&self, trouble: Trouble) {
        (self.env.on_event)(RunEvent::Warning(trouble));
    }

    /// Tells how far it is.
    pub fn progress(&self, fraction: f64, message: impl Into<Words>) {
        (self.env.on_event)(RunEvent::Progress { fraction, message: message.into() });
    }

    /// Tells a step of a training.
    pub fn training_event(&self, event: TrainEvent) {
        (self.env.on_event)(RunEvent::Training(event));
    }
}

impl Progress for RunEnv<'_> {
    fn report(&self, fraction: f64, message: &Words) {
        (self.on_event)(RunEvent::Progress { fraction, message: message.clone() });
    }
}

fn missing(port: &str) -> Trouble {
    Trouble::internal(format!("the engine ran a node without its input `{port}`"))
}
