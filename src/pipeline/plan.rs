//! The plan: for each needed node the key of its result, and whether that result is there already.
//!
//! A key is made of what can shape the result and of nothing else: not of ids, positions or labels (except that layers
//! own their weights, so that two equal ones are two things). So moving, naming and undo cost nothing, and equal
//! branches are computed once.
//!
//! Nodes that write something outside run when everything is asked for and they give a file, and again only when the
//! file is gone or was changed since; those that give no file (a server, say) run only when named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pg_base::{Fingerprint, ParamValues, Text, Trouble, Words, t};
use pg_contract::{Effect, NodeSpec, Registry};
use serde::{Deserialize, Serialize};

use crate::document::{Document, NodeId};
use crate::store::Store;
use crate::wiring::{Origin, Wired, Wiring};

mod planner;

pub(crate) use planner::Ingredients;
use planner::Planner;

/// What is to be computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "targets", rename_all = "snake_case")]
pub enum Targets {
    /// Every node, except those that only act outside and give nothing.
    All,
    /// These, and what they need.
    Nodes {
        /// Their ids.
        ids: Vec<NodeId>,
    },
}

impl Targets {
    /// One node and what it needs.
    pub fn to(node: impl Into<NodeId>) -> Self {
        Self::Nodes { ids: vec![node.into()] }
    }
}

/// What shapes results besides the document.
#[derive(Clone, Copy, Debug)]
pub struct PlanCx<'a> {
    /// Folder that relative paths start from.
    pub base_folder: &'a Path,
    /// Folder for files that a person asked for; none for the base folder.
    pub out_folder: Option<&'a Path>,
    /// Devices of one class give the same numbers: `cpu`, `ndarray`, `cuda`.
    pub device_class: &'a str,
    /// In place of the document's seed.
    pub seed: Option<u64>,
}

/// Why a node is stale that never ran.
pub const NEVER_RUN: Text = t("it has not run yet", "尚未运行");

/// How a node stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    /// Its result is there.
    Fresh,
    /// It has to run.
    Stale {
        /// Why.
        why: Words,
    },
    /// It cannot run.
    Blocked {
        /// Why.
        trouble: Trouble,
    },
    /// It cannot run because another node cannot, or is muted.
    CutOff {
        /// The node to look at.
        because: NodeId,
    },
}

/// A value that a node takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputRef {
    /// Node that makes it.
    pub node: NodeId,
    /// Output of that node.
    pub port: &'static str,
    /// Key of that node's result.
    pub key: Fingerprint,
}

/// One node of the plan.
#[derive(Clone, Debug)]
pub struct PlanStep {
    /// Its id.
    pub node: NodeId,
    /// Id of its kind.
    pub kind: String,
    /// Record of its kind; none where the kind is unknown (the step is blocked then).
    pub spec: Option<&'static NodeSpec>,
    /// Every parameter, checked.
    pub params: ParamValues,
    /// Where its inputs come from, by port.
    pub inputs: BTreeMap<&'static str, Vec<InputRef>>,
    /// Key of its result; none where it cannot run.
    pub key: Option<Fingerprint>,
    /// How it stands.
    pub state: StepState,
    /// Whether the person named it; then its values are kept in any case.
    pub is_named: bool,
    /// Whether this run needs it: it is a target, or a step that has to run takes its values.
    pub is_needed: bool,
    pub(crate) ingredients: Option<Ingredients>,
}

/// What is to be done, in an order in which every node stands behind those it depends on.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The targets and everything they depend on.
    pub steps: Vec<PlanStep>,
    /// Decides everything random.
    pub seed: u64,
}

impl Plan {
    /// The step of a node.
    pub fn step(&self, node: &str) -> Option<&PlanStep> {
        self.steps.iter().find(|step| step.node == node)
    }

    /// Steps that have to run.
    pub fn n_to_run(&self) -> usize {
        self.steps.iter().filter(|step| step.has_to_run()).count()
    }
}

impl PlanStep {
    /// Whether this run needs it and it is not there yet.
    pub fn has_to_run(&self) -> bool {
        self.is_needed && matches!(self.state, StepState::Stale { .. })
    }
}

/// Plans a run; nothing is computed.
///
/// # Errors
/// A target that the document does not hold.
pub fn plan(
    document: &Document,
    registry: &Registry,
    targets: &Targets,
    cx: &PlanCx<'_>,
    store: &mut Store,
) -> Result<Plan, Trouble> {
    let wiring = Wiring::of(document, registry);
    let named: BTreeSet<&str> = match targets {
        Targets::All => BTreeSet::new(),
        Targets::Nodes { ids } => ids.iter().map(String::as_str).collect(),
    };
    named.iter().try_for_each(|id| document.require(id).map(|_| ()))?;
    let wanted = wanted(&wiring, targets, &named);
    let seed = cx.seed.unwrap_or(document.seed());
    let mut planner = Planner { cx, seed, store, keys: BTreeMap::new(), steps: Vec::new() };
    for id in &wiring.order {
        if let Some(wired) = wiring.nodes.get(id).filter(|_| wanted.contains(id)) {
            planner.add(wired, named.contains(id));
        }
    }
    let mut plan = Plan { steps: planner.steps, seed };
    mark_needed(&mut plan, targets, &named);
    Ok(plan)
}

/// The targets and everything they depend on; muted nodes are passed over.
fn wanted<'a>(
    wiring: &Wiring<'a>,
    targets: &Targets,
    named: &BTreeSet<&'a str>,
) -> BTreeSet<&'a str> {
    let runs_with_all = |wired: &Wired<'_>| wired.spec.is_none_or(|spec| !acts_only(spec));
    let mut wanted: BTreeSet<&str> = match targets {
        Targets::All => wiring
            .nodes
            .iter()
            .filter(|(_, wired)| runs_with_all(wired))
            .map(|(id, _)| *id)
            .collect(),
        Targets::Nodes { .. } => named.clone(),
    };
    for id in wiring.order.iter().rev().filter(|_| *targets != Targets::All) {
        if wanted.contains(id)
            && let Some(wired) = wiring.nodes.get(id)
        {
            let origins = wired.inputs.values().flatten();
            wanted.extend(origins.map(|origin| match origin {
                Origin::Output { node, .. } | Origin::CutOff { node } => *node,
            }));
        }
    }
    wanted.retain(|id| {
        wiring.nodes.get(id).is_some_and(|wired| !wired.node.is_muted || named.contains(id))
    });
    wanted
}

fn acts_only(spec: &NodeSpec) -> bool {
    matches!(spec.effect, Effect::Writes) && spec.outputs.is_empty()
}

fn mark_needed(plan: &mut Plan, targets: &Targets, named: &BTreeSet<&str>) {
    let mut needed: BTreeSet<NodeId> = BTreeSet::new();
    for step in plan.steps.iter_mut().rev() {
        let is_target = *targets == Targets::All || named.contains(step.node.as_str());
        step.is_needed = is_target || needed.contains(&step.node);
        if step.is_needed && step.state != StepState::Fresh {
            needed.extend(step.inputs.values().flatten().map(|input| input.node.clone()));
            if let StepState::CutOff { because } = &step.state {
                needed.insert(because.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
