//! The record of a node kind.

use pg_base::{Fingerprint, NodeText, ParamSpec, ParamValues, Text, Trouble, t};

use crate::cx::{InferCx, Inferred, RunCx};
use crate::value::{PortType, Value};

/// Where on the road from data to deployment a kind belongs; groups the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Sources.
    Data,
    /// Cleaning.
    Clean,
    /// Splitting and fitted preparation.
    Preprocess,
    /// Networks.
    Model,
    /// Training.
    Train,
    /// Judging.
    Evaluate,
    /// Using.
    Deploy,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 7] = [
        Self::Data,
        Self::Clean,
        Self::Preprocess,
        Self::Model,
        Self::Train,
        Self::Evaluate,
        Self::Deploy,
    ];

    /// Stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Clean => "clean",
            Self::Preprocess => "preprocess",
            Self::Model => "model",
            Self::Train => "train",
            Self::Evaluate => "evaluate",
            Self::Deploy => "deploy",
        }
    }

    /// What the person reads.
    pub const fn title(self) -> Text {
        match self {
            Self::Data => t("Data", "数据"),
            Self::Clean => t("Clean", "清洗"),
            Self::Preprocess => t("Preprocess", "预处理"),
            Self::Model => t("Model", "模型"),
            Self::Train => t("Train", "训练"),
            Self::Evaluate => t("Evaluate", "评估"),
            Self::Deploy => t("Deploy", "部署"),
        }
    }
}

/// How ripe a kind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Kept for good.
    Stable,
    /// May still change.
    Preview,
    /// Replaced by another kind.
    Deprecated {
        /// Id of the kind to use.
        use_instead: &'static str,
    },
}

/// A named, typed port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortSpec {
    /// Stable id, unique among the inputs or outputs of the kind.
    pub id: &'static str,
    /// What the person reads.
    pub label: Text,
    /// What may be wired.
    pub port_type: PortType,
    /// An input that must be wired; always true for outputs.
    pub is_required: bool,
    /// An input that takes several wires, in the order of the links.
    pub takes_many: bool,
}

impl PortSpec {
    /// A port that must be wired (inputs) or is always given (outputs).
    pub const fn new(id: &'static str, label: Text, port_type: PortType) -> Self {
        Self { id, label, port_type, is_required: true, takes_many: false }
    }

    /// An input that may stay open.
    pub const fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// An input that takes several wires.
    pub const fn many(mut self) -> Self {
        self.takes_many = true;
        self
    }
}

/// What a kind does besides computing its outputs from its inputs and parameters.
#[derive(Clone, Copy, Debug)]
pub enum Effect {
    /// Nothing.
    Pure,
    /// Uses the seed.
    Seeded,
    /// Uses the seed and the device: its results belong to one device class.
    Computes,
    /// Reads something outside; the function gives a key of what would be read now (file size, time, content).
    Reads(fn(&ParamValues, &std::path::Path) -> Result<Fingerprint, Trouble>),
    /// Writes something outside: runs only when asked and is never cached.
    Writes,
}

/// Renames or changes parameters saved by an older version of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Upgrade {
    /// The version it starts from; the result belongs to the next version.
    pub from_version: u32,
    /// Changes the values in place.
    pub apply: fn(&mut ParamValues),
}

/// Values by input port.
pub type ExampleInputs = Vec<(&'static str, Value)>;

/// A worked example: shown in help and run by the conformance test.
#[derive(Clone, Copy)]
pub struct Example {
    /// Parameters that differ from the defaults.
    pub params: fn() -> ParamValues,
    /// Values for the input ports, by id; a port that takes many may appear several times.
    pub inputs: fn() -> Result<ExampleInputs, Trouble>,
}

impl std::fmt::Debug for Example {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Example")
    }
}

/// Everything about a node kind. Invariant: `infer` and `run` depend on nothing but their context.
#[derive(Debug)]
pub struct NodeSpec {
    /// Stable id, hand-written; lives for ever in files.
    pub id: &'static str,
    /// Raised when the same parameters begin to give other results; a part of the cache key.
    pub version: u32,
    /// Ids of kinds it took the place of; files with those ids open as this kind.
    pub replaces: &'static [&'static str],
    /// Steps from older versions.
    pub upgrades: &'static [Upgrade],
    /// Palette group.
    pub stage: Stage,
    /// Title, summary, help, keywords.
    pub text: NodeText,
    /// Ripeness.
    pub status: Status,
    /// Input ports in order.
    pub inputs: &'static [PortSpec],
    /// Output ports in order.
    pub outputs: &'static [PortSpec],
    /// Parameters in the order of the form.
    pub params: &'static [ParamSpec],
    /// What it does besides computing.
    pub effect: Effect,
    /// Whether two nodes with equal settings are two different things (layers own their weights): then the node's id is
    /// a part of its cache key.
    pub is_individual: bool,
    /// What can be known without running: facts on every output and diagnostics. Cannot fail; opens at most a header.
    pub infer: fn(&InferCx<'_>) -> Inferred,
    /// Computes the outputs, in the order of `outputs`.
    pub run: fn(&mut RunCx<'_>) -> Result<Vec<Value>, Trouble>,
    /// Worked example.
    pub example: Example,
}

impl NodeSpec {
    /// The default of every parameter.
    pub fn default_params(&self) -> ParamValues {
        self.params.iter().map(|param| (param.id.to_owned(), param.default_value())).collect()
    }

    /// The input port of an id.
    pub fn input(&self, id: &str) -> Option<&PortSpec> {
        self.inputs.iter().find(|port| port.id == id)
    }

    /// The output port of an id.
    pub fn output(&self, id: &str) -> Option<&PortSpec> {
        self.outputs.iter().find(|port| port.id == id)
    }

    /// The parameter of an id.
    pub fn param(&self, id: &str) -> Option<&ParamSpec> {
        self.params.iter().find(|param| param.id == id)
    }
}
