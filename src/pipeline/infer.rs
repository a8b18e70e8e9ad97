//! Looks ahead node by node and remembers what it saw, so that an edit costs only what hangs on it.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use pg_base::{Fingerprint, ParamValues, Trouble};
use pg_contract::{Effect, Facts, InferCx, Inferred, NodeSpec};

use crate::document::NodeId;
use crate::wiring::{Origin, Wired};

/// Everything that `infer` of one node sees; equal views give equal answers, because `infer` is pure.
#[derive(Clone, Debug, PartialEq)]
struct View {
    kind: &'static str,
    params: ParamValues,
    /// By port: number of the answer and output of the node that each wire comes from; none where nothing arrives.
    inputs: BTreeMap<&'static str, Vec<Option<(u64, usize)>>>,
    /// Key of what a reading node would read now.
    outside: Option<Fingerprint>,
}

#[derive(Clone, Debug)]
struct Answer {
    view: View,
    number: u64,
    inferred: Inferred,
}

/// Analyses a document again and again while it is edited; gives the same as [`crate::analyse`], sooner.
#[derive(Clone, Debug, Default)]
pub struct Analyser {
    base_folder: PathBuf,
    answers: BTreeMap<NodeId, Answer>,
    n_answers: u64,
}

impl Analyser {
    /// Forgets what belongs to another folder or to nodes that are gone.
    pub(crate) fn begin<'a>(
        &mut self,
        base_folder: &Path,
        nodes: impl Iterator<Item = &'a NodeId>,
    ) {
        if self.base_folder != base_folder {
            base_folder.clone_into(&mut self.base_folder);
            self.answers.clear();
        }
        let nodes: BTreeSet<&NodeId> = nodes.collect();
        self.answers.retain(|id, _| nodes.contains(id));
    }

    /// What a node says about its outputs; those it depends on were asked before.
    pub(crate) fn infer(
        &mut self,
        wired: &Wired<'_>,
        spec: &'static NodeSpec,
        params: &ParamValues,
    ) -> Inferred {
        let id = &wired.node.id;
        let outside = match spec.effect {
            Effect::Reads(fingerprint) => Some(fingerprint(params, &self.base_folder).ok()),
            _ => None,
        };
        let input = |origin: &Origin<'_>| match origin {
            Origin::Output { node, index } => {
                self.answers.get(*node).map(|answer| (answer.number, *index))
            }
            Origin::CutOff { .. } => None,
        };
        let inputs = wired
            .inputs
            .iter()
            .map(|(port, origins)| (*port, origins.iter().map(input).collect()))
            .collect();
        let view =
            View { kind: spec.id, params: params.clone(), inputs, outside: outside.flatten() };
        // What cannot be looked at now may be there the next moment.
        let is_certain = outside != Some(None);
        if let Some(answer) =
            self.answers.get(id).filter(|answer| is_certain && answer.view == view)
        {
            return answer.inferred.clone();
        }
        let mut inferred = self.ask(wired, spec, params);
        inferred.outputs.resize(spec.outputs.len(), Facts::Unknown);
        self.n_answers += 1;
        self.answers.insert(
            id.clone(),
            Answer { view, number: self.n_answers, inferred: inferred.clone() },
        );
        inferred
    }

    /// Number of the newest answer of a node.
    pub(crate) fn number_of(&self, node: &str) -> Option<u64> {
        self.answers.get(node).map(|answer| answer.number)
    }

    /// `infer` keeps to its contract in every test; should one break it all the same, the editor lives on.
    fn ask(&self, wired: &Wired<'_>, spec: &'static NodeSpec, params: &ParamValues) -> Inferred {
        let facts = |origin: &Origin<'_>| match origin {
            Origin::Output { node, index } => {
                let answer = self.answers.get(*node);
                answer
                    .and_then(|answer| answer.inferred.outputs.get(*index))
                    .cloned()
                    .unwrap_or_default()
            }
            Origin::CutOff { .. } => Facts::Unknown,
        };
        let inputs = wired
            .inputs
            .iter()
            .map(|(port, origins)| ((*port).to_owned(), origins.iter().map(facts).collect()));
        let inputs = inputs.collect();
        let cx = InferCx {
            spec,
            node_id: &wired.node.id,
            params,
            inputs: &inputs,
            base_folder: &self.base_folder,
        };
        catch_unwind(AssertUnwindSafe(|| (spec.infer)(&cx))).unwrap_or_else(|_| {
            Inferred::error(Trouble::internal(format!("looking ahead at `{}` failed", spec.id)))
        })
    }
}
