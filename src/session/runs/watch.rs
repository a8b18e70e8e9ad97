//! Follows a job while it runs, and makes the record of it when it is over.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use pg_base::{Fingerprint, ParamKind, ParamSpec, ParamValue, Words, say};
use pg_contract::{Registry, RunEvent, ValueSummary};
use pg_nn::{History, TrainEvent};
use pg_pipeline::{Document, EngineEvent, Node, NodeId, StepOutcome, StepResult};

use crate::lost::Reached;
use crate::runs::{RunEnd, RunRecord, Training};

/// What a job did so far.
#[derive(Debug)]
pub(crate) struct Watch {
    document: Document,
    device: String,
    started_unix_secs: u64,
    clock: Instant,
    trainings: BTreeMap<NodeId, Watched>,
    /// Nodes whose model was there already.
    fresh_models: BTreeSet<NodeId>,
    metrics: BTreeMap<NodeId, BTreeMap<String, f64>>,
    has_judged: bool,
}

#[derive(Debug, Default)]
struct Watched {
    history: History,
    reached: Reached,
    has_ended: bool,
}

impl Watch {
    /// Begins with a job.
    pub(crate) fn new(document: Document, device: String) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            document,
            device,
            started_unix_secs: since.unwrap_or_default().as_secs(),
            clock: Instant::now(),
            trainings: BTreeMap::new(),
            fresh_models: BTreeSet::new(),
            metrics: BTreeMap::new(),
            has_judged: false,
        }
    }

    /// Takes in an event.
    pub(crate) fn follow(&mut self, event: &EngineEvent) {
        match event {
            EngineEvent::Running { node, event: RunEvent::Training(event) } => {
                self.follow_training(node, event);
            }
            EngineEvent::Ended { result } => self.follow_end(result),
            _ => {}
        }
    }

    /// Trainings under way, and how far they are.
    pub(crate) fn reached(&self) -> BTreeMap<NodeId, Reached> {
        let under_way = self.trainings.iter().filter(|(_, watched)| !watched.has_ended);
        under_way.map(|(node, watched)| (node.clone(), watched.reached)).collect()
    }

    /// Whether the person ended a training and kept what it had learnt.
    pub(crate) fn was_stopped(&self) -> bool {
        self.trainings.values().any(|watched| watched.history.ended_by == "stopped")
    }

    /// The record, without its number; none where nothing was trained and nothing judged. `keys` are those of the nodes.
    pub(crate) fn record(
        self,
        outcome: RunEnd,
        keys: &BTreeMap<NodeId, Fingerprint>,
        registry: &Registry,
        earlier: &[RunRecord],
    ) -> Option<RunRecord> {
        let seconds = self.clock.elapsed().as_secs_f64();
        let mut trainings = BTreeMap::new();
        for (node, watched) in self.trainings {
            let key = keys.get(&node).copied();
            let mut history = watched.history;
            if !watched.has_ended {
                complete(&mut history, known(key, earlier));
            }
            if !history.epochs.is_empty() {
                let settings = settings_of(self.document.node(&node), registry);
                trainings.insert(node, Training { settings, history, key });
            }
        }
        if trainings.is_empty() && !self.has_judged {
            return None;
        }
        for node in self.fresh_models {
            if let Some(training) = known(keys.get(&node).copied(), earlier) {
                trainings.entry(node).or_insert_with(|| training.clone());
            }
        }
        Some(RunRecord {
            id: 0,
            started_unix_secs: self.started_unix_secs,
            seconds,
            device: self.device,
            document: self.document,
            trainings,
            metrics: self.metrics,
            outcome,
            note: String::new(),
        })
    }

    fn follow_training(&mut self, node: &str, event: &TrainEvent) {
        if let TrainEvent::Started { n_steps, n_epochs, n_steps_resumed, .. } = event {
            let reached = Reached {
                step: *n_steps_resumed,
                epoch: 0,
                n_steps: *n_steps,
                n_epochs: *n_epochs,
            };
            self.trainings.insert(node.to_owned(), Watched { reached, ..Watched::default() });
            return;
        }
        let Some(watched) = self.trainings.get_mut(node) else { return };
        match event {
            TrainEvent::Step { step, epoch, .. } => {
                (watched.reached.step, watched.reached.epoch) = (*step, *epoch);
            }
            TrainEvent::Epoch(record) => {
                watched.reached.epoch = record.epoch;
                watched.history.epochs.push(record.clone());
            }
            TrainEvent::Ended { history } => {
                watched.has_ended = true;
                watched.history = history.clone();
            }
            _ => {}
        }
    }

    fn follow_end(&mut self, result: &StepResult) {
        let StepOutcome::Done { outputs } = &result.outcome else { return };
        for summary in outputs.values() {
            match summary {
                ValueSummary::Report { metrics, .. } => {
                    self.has_judged |= !result.is_cached;
                    // JSON holds no others.
                    let finite = metrics.iter().filter(|(_, value)| value.is_finite());
                    let finite = finite.map(|(name, value)| (name.clone(), *value));
                    self.metrics.entry(result.node.clone()).or_default().extend(finite);
                }
                ValueSummary::Model { .. } if result.is_cached => {
                    self.fresh_models.insert(result.node.clone());
                }
                _ => {}
            }
        }
    }
}

/// The newest training with a key.
fn known(key: Option<Fingerprint>, earlier: &[RunRecord]) -> Option<&Training> {
    let trainings = earlier.iter().rev().flat_map(|record| record.trainings.values());
    trainings.into_iter().find(|training| key.is_some() && training.key == key)
}

/// Puts the epochs before those of a resumed training that broke off; an earlier run told of them.
fn complete(history: &mut History, earlier: Option<&Training>) {
    let (Some(earlier), Some(first)) = (earlier, history.epochs.first()) else { return };
    let before = earlier.history.epochs.iter().filter(|record| record.epoch < first.epoch);
    let mut epochs: Vec<_> = before.cloned().collect();
    epochs.append(&mut history.epochs);
    history.epochs = epochs;
    history.score_name.clone_from(&earlier.history.score_name);
}

/// Settings that matter and differ from the defaults, in the order of the form.
fn settings_of(node: Option<&Node>, registry: &Registry) -> Vec<(Words, Words)> {
    let spec = node.and_then(|node| Some((node, registry.get(&node.kind)?)));
    let Some((node, spec)) = spec else { return Vec::new() };
    let differs = |param: &&ParamSpec| {
        node.params.get(param.id).is_some_and(|value| *value != param.default_value())
    };
    spec.params
        .iter()
        .filter(differs)
        .filter(|param| param.is_shown(&node.params, spec.params))
        .filter_map(|param| Some((param.label.into(), words_of(param, node.params.get(param.id)?))))
        .collect()
}

fn words_of(param: &ParamSpec, value: &ParamValue) -> Words {
    match (param.kind, value) {
        (ParamKind::Choice { options, .. }, ParamValue::Text(id)) => {
            let label = options.iter().find(|option| option.id == id).map(|option| option.label);
            label.map_or_else(|| Words::from(id.as_str()), Words::from)
        }
        (_, ParamValue::Bool(true)) => say!("yes", "是"),
        (_, ParamValue::Bool(false)) => say!("no", "否"),
        (_, value) if param.unit.en.is_empty() => Words::from(value.to_string()),
        (_, value) => {
            let (en, zh) = (param.unit.en, param.unit.zh);
            say!("{value} {en}", "{value} {zh}")
        }
    }
}

#[cfg(test)]
mod tests;
