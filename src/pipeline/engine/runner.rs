//! The steps of one run: takes what is there, runs what is not, and keeps values as long as somebody waits for them.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Instant;

use pg_base::{Fingerprint, Trouble, say};
use pg_contract::{
    Effect, NodeSpec, PortType, RunCx, RunEnv, RunEvent, Trials, Value, ValueSummary,
};

use crate::document::NodeId;
use crate::engine::trials::Tried;
use crate::engine::{EngineEvent, Loan, StepOutcome, StepResult};
use crate::plan::{InputRef, Plan, PlanStep, StepState};
use crate::store::{Made, Store};

/// One run.
pub(super) struct Runner<'a> {
    pub(super) plan: &'a Plan,
    pub(super) store: &'a mut Store,
    pub(super) loan: &'a Loan<'a>,
    pub(super) on_event: &'a (dyn Fn(EngineEvent) + Sync),
    pub(super) index_of: BTreeMap<&'a str, usize>,
    /// Steps that have yet to take values of a key; these are kept whatever the store's memory holds.
    pub(super) waiting: BTreeMap<Fingerprint, usize>,
    pub(super) live: BTreeMap<Fingerprint, Vec<(&'static str, Value)>>,
    /// Steps that ended; for those without a result the node to blame.
    pub(super) ended: BTreeMap<usize, Result<(), NodeId>>,
    pub(super) results: Vec<StepResult>,
}

/// What a step left behind.
struct Ran {
    seconds: f64,
    n_bytes: u64,
    warnings: Vec<Trouble>,
    outputs: BTreeMap<String, ValueSummary>,
}

impl<'a> Runner<'a> {
    /// Brings a step to its end, if it is needed and has not ended yet.
    pub(super) fn settle(&mut self, index: usize) {
        let plan = self.plan;
        let Some(step) = plan.steps.get(index).filter(|_| !self.ended.contains_key(&index)) else {
            return;
        };
        match &step.state {
            StepState::Fresh => {
                if !self.take_cached(index, step) && step.is_needed {
                    self.execute(index, step);
                }
            }
            _ if !step.is_needed => {}
            StepState::Blocked { trouble } => {
                self.end(index, step, StepOutcome::Failed { trouble: trouble.clone() });
            }
            StepState::CutOff { because } => {
                self.end(index, step, StepOutcome::Skipped { because: because.clone() });
            }
            StepState::Stale { .. } => {
                // An equal step may have run in the meantime.
                let is_there = self.plan_twin_ran(index, step) && self.take_cached(index, step);
                if !is_there {
                    self.execute(index, step);
                }
                self.release_inputs(step);
            }
        }
    }

    /// Whether an earlier step of this run has the same key.
    fn plan_twin_ran(&self, index: usize, step: &PlanStep) -> bool {
        let earlier = self.plan.steps.iter().take(index);
        earlier
            .enumerate()
            .any(|(other, twin)| twin.key == step.key && self.ended.get(&other) == Some(&Ok(())))
    }

    fn take_cached(&mut self, index: usize, step: &PlanStep) -> bool {
        let Some(key) = step.key else { return false };
        let Some(entry) = self.store.entry(key).cloned() else { return false };
        self.store.touch(key);
        self.remember(step);
        let result = StepResult {
            node: step.node.clone(),
            kind: step.kind.clone(),
            seconds: entry.seconds,
            is_cached: true,
            n_bytes: entry.n_bytes,
            warnings: entry.warnings,
            outcome: StepOutcome::Done { outputs: entry.outputs },
        };
        self.push(index, result, Ok(()));
        true
    }

    fn execute(&mut self, index: usize, step: &'a PlanStep) {
        if self.loan.control.cancel.is_cancelled() {
            return self.end(index, step, StepOutcome::Cancelled);
        }
        let (Some(spec), Some(key)) = (step.spec, step.key) else {
            let trouble = Trouble::internal("a step without a kind or a key was to run");
            return self.end(index, step, StepOutcome::Failed { trouble });
        };
        let inputs = match self.inputs_of(step) {
            Ok(inputs) => inputs,
            Err(_) if self.loan.control.cancel.is_cancelled() => {
                return self.end(index, step, StepOutcome::Cancelled);
            }
            Err(because) => return self.end(index, step, StepOutcome::Skipped { because }),
        };
        (self.on_event)(EngineEvent::Started { node: step.node.clone() });
        match self.run_node(step, spec, key, &inputs) {
            Ok(ran) => {
                self.remember(step);
                let result = StepResult {
                    node: step.node.clone(),
                    kind: step.kind.clone(),
                    seconds: ran.seconds,
                    is_cached: false,
                    n_bytes: ran.n_bytes,
                    warnings: ran.warnings,
                    outcome: StepOutcome::Done { outputs: ran.outputs },
                };
                self.push(index, result, Ok(()));
            }
            Err(trouble) if trouble.is_cancelled() => self.end(index, step, StepOutcome::Cancelled),
            Err(trouble) => {
                let trouble = trouble.node(step.node.clone());
                self.end(index, step, StepOutcome::Failed { trouble });
            }
        }
    }

    /// The values a step takes; makes those again that the store no longer has. The error is the node to blame.
    fn inputs_of(&mut self, step: &PlanStep) -> Result<BTreeMap<String, Vec<Value>>, NodeId> {
        let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (port, inputs) in &step.inputs {
            let values = all.entry((*port).to_owned()).or_default();
            for input in inputs {
                values.push(self.value(input)?);
            }
        }
        Ok(all)
    }

    fn value(&mut self, input: &InputRef) -> Result<Value, NodeId> {
        let blame = || input.node.clone();
        let index = *self.index_of.get(input.node.as_str()).ok_or_else(blame)?;
        if let Some(Err(because)) = self.ended.get(&index) {
            return Err(because.clone());
        }
        if let Some(value) = self.kept(input) {
            return Ok(value);
        }
        // Damaged, collected, or never written because it is quick to make: it runs (again), and so do its inputs.
        let plan = self.plan;
        let step = plan.steps.get(index).ok_or_else(blame)?;
        self.ended.remove(&index);
        self.results.retain(|result| result.node != input.node);
        *self.waiting.entry(input.key).or_default() += 1;
        self.execute(index, step);
        let value = match self.ended.get(&index) {
            Some(Err(because)) => Err(because.clone()),
            _ => self.kept(input).ok_or_else(blame),
        };
        self.release(input.key);
        value
    }

    fn kept(&mut self, input: &InputRef) -> Option<Value> {
        let live = self
            .live
            .get(&input.key)
            .and_then(|outputs| outputs.iter().find(|(port, _)| *port == input.port));
        match live {
            Some((_, value)) => Some(value.clone()),
            None => self.store.get(input.key, input.port),
        }
    }

    fn run_node(
        &mut self,
        step: &PlanStep,
        spec: &'static NodeSpec,
        key: Fingerprint,
        inputs: &BTreeMap<String, Vec<Value>>,
    ) -> Result<Ran, Trouble> {
        let warnings = Mutex::new(Vec::new());
        let on_event = |event: RunEvent| {
            if let (RunEvent::Warning(trouble), Ok(mut warnings)) = (&event, warnings.lock()) {
                warnings.push(trouble.clone().node(step.node.clone()));
            }
            (self.on_event)(EngineEvent::Running { node: step.node.clone(), event });
        };
        let checkpoint_folder =
            self.loan.checkpoint_folder.map(|folder| folder.join(key.to_string()));
        let scratch = self.store.scratch().clone();
        let tried = self
            .loan
            .graph
            .map(|graph| Tried::new(&step.node, graph, self.loan, &mut *self.store, &on_event));
        let env = RunEnv {
            base_folder: self.loan.base_folder,
            out_folder: self.loan.out_folder,
            checkpoint_folder: checkpoint_folder.clone(),
            scratch: &scratch,
            graph_json: self.loan.graph_json,
            compute: self.loan.compute,
            control: self.loan.control,
            trials: tried.as_ref().map(|tried| tried as &dyn Trials),
            on_event: &on_event,
        };
        let mut cx = RunCx {
            spec,
            node_id: &step.node,
            params: &step.params,
            inputs,
            seed: self.plan.seed,
            key,
            env: &env,
        };
        let started = Instant::now();
        let values =
            catch_unwind(AssertUnwindSafe(|| (spec.run)(&mut cx))).unwrap_or_else(|panic| {
                Err(Trouble::internal(format!("`{}` broke off: {}", spec.id, said(&*panic))))
            })?;
        let seconds = started.elapsed().as_secs_f64();
        check_outputs(spec, &values)?;
        let outputs: Vec<(&'static str, Value)> =
            spec.outputs.iter().map(|port| port.id).zip(values).collect();
        if let Some(folder) = checkpoint_folder {
            // A left-over checkpoint only takes space: its key says what it belongs to.
            let _ = std::fs::remove_dir_all(folder);
        }
        let mut warnings = warnings.into_inner().unwrap_or_default();
        if self.waiting.get(&key).is_some_and(|n_waiting| *n_waiting > 0) {
            self.live.insert(key, outputs.clone());
        }
        let summaries = outputs
            .iter()
            .map(|(port, value)| ((*port).to_owned(), crate::store::summary_of(value)))
            .collect();
        let made = Made {
            kind: step.kind.clone(),
            seconds,
            warnings: warnings.clone(),
            outputs,
            may_be_made_again: matches!(spec.effect, Effect::Pure) && !step.is_named,
        };
        let n_bytes = match self.store.put(key, made) {
            Ok(entry) => entry.n_bytes,
            Err(trouble) => {
                warnings.push(not_kept(&trouble, step));
                0
            }
        };
        Ok(Ran { seconds, n_bytes, warnings, outputs: summaries })
    }

    fn remember(&mut self, step: &PlanStep) {
        if let Some(ingredients) = &step.ingredients {
            self.store.remember(&step.node, ingredients.clone());
        }
    }

    fn release_inputs(&mut self, step: &PlanStep) {
        step.inputs.values().flatten().for_each(|input| self.release(input.key));
    }

    /// One taker less.
    fn release(&mut self, key: Fingerprint) {
        if let Some(n_waiting) = self.waiting.get_mut(&key) {
            *n_waiting = n_waiting.saturating_sub(1);
            if *n_waiting == 0 {
                self.live.remove(&key);
            }
        }
    }

    /// Ends a step without a result.
    fn end(&mut self, index: usize, step: &PlanStep, outcome: StepOutcome) {
        let because = match &outcome {
            StepOutcome::Skipped { because } => because.clone(),
            _ => step.node.clone(),
        };
        let result = StepResult {
            node: step.node.clone(),
            kind: step.kind.clone(),
            seconds: 0.0,
            is_cached: false,
            n_bytes: 0,
            warnings: Vec::new(),
            outcome,
        };
        self.push(index, result, Err(because));
    }

    fn push(&mut self, index: usize, result: StepResult, ended: Result<(), NodeId>) {
        self.ended.insert(index, ended);
        (self.on_event)(EngineEvent::Ended { result: result.clone() });
        self.results.push(result);
    }
}

fn check_outputs(spec: &NodeSpec, values: &[Value]) -> Result<(), Trouble> {
    let found: Vec<PortType> = values.iter().map(Value::port_type).collect();
    let declared: Vec<PortType> = spec.outputs.iter().map(|port| port.port_type).collect();
    if found == declared {
        return Ok(());
    }
    Err(Trouble::internal(format!("`{}` gave {found:?}, declared are {declared:?}", spec.id)))
}

fn not_kept(trouble: &Trouble, step: &PlanStep) -> Trouble {
    let (en, zh) = (&trouble.details.found.en, &trouble.details.found.zh);
    Trouble::new(
        "result-not-kept",
        say!("the result could not be kept: {en}", "结果未能保存：{zh}"),
    )
    .advice(say!(
        "The run went on; the node will run again next time.",
        "运行未受影响；下次会重新运行该节点。"
    ))
    .node(step.node.clone())
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
