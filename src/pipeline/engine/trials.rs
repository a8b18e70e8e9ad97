//! Trials: the steps before a running node, planned and run again with other settings, on the same store.
//!
//! A trial lends no trials of its own, so a search before a search runs with its own settings only.

use std::sync::Mutex;

use pg_base::{ParamSpec, Trouble, say};
use pg_contract::{Change, Registry, RunEvent, Trials, Value};

use crate::document::Document;
use crate::edit::Edit;
use crate::engine::{EngineEvent, Loan, StepOutcome, run};
use crate::plan::{InputRef, PlanCx, StepState, Targets, plan};
use crate::store::Store;
use crate::wiring::{Origin, Wiring};

/// What a running node may try.
pub(super) struct Tried<'a> {
    node: &'a str,
    document: &'a Document,
    registry: &'a Registry,
    loan: &'a Loan<'a>,
    store: Mutex<&'a mut Store>,
    on_event: &'a (dyn Fn(RunEvent) + Sync),
}

impl<'a> Tried<'a> {
    pub(super) fn new(
        node: &'a str,
        (document, registry): (&'a Document, &'a Registry),
        loan: &'a Loan<'a>,
        store: &'a mut Store,
        on_event: &'a (dyn Fn(RunEvent) + Sync),
    ) -> Self {
        Self { node, document, registry, loan, store: Mutex::new(store), on_event }
    }

    /// Ids of the nodes that values of the running node come from, in the order they run in.
    fn upstream(&self) -> Vec<&str> {
        let wiring = Wiring::of(self.document, self.registry);
        let mut found = vec![self.node];
        for id in wiring.order.iter().rev() {
            let Some(wired) = wiring.nodes.get(id).filter(|_| found.contains(id)) else { continue };
            for origin in wired.inputs.values().flatten() {
                let (Origin::Output { node, .. } | Origin::CutOff { node }) = origin;
                if !found.contains(node) {
                    found.push(node);
                }
            }
        }
        wiring.order.into_iter().filter(|id| *id != self.node && found.contains(id)).collect()
    }
}

impl Trials for Tried<'_> {
    fn param(&self, node: &str, param: &str) -> Result<&'static ParamSpec, Trouble> {
        let upstream = self.upstream();
        let spec_of = |id: &str| self.registry.get(&self.document.node(id)?.kind);
        let Some(spec) = upstream.contains(&node).then(|| spec_of(node)).flatten() else {
            let all = upstream.join(", ");
            return Err(Trouble::new(
                "trial-node",
                say!("no node `{node}` stands before this one", "此节点之前没有节点 `{node}`"),
            )
            .expected(say!("one of: {all}", "以下之一：{all}")));
        };
        spec.param(param).ok_or_else(|| {
            let all: Vec<&str> = spec.params.iter().map(|param| param.id).collect();
            let all = all.join(", ");
            Trouble::new(
                "trial-param",
                say!("`{node}` has no parameter `{param}`", "`{node}` 没有参数 `{param}`"),
            )
            .expected(say!("one of: {all}", "以下之一：{all}"))
        })
    }

    fn values(&self, ports: &[&str], changes: &[Change], seed: u64) -> Result<Vec<Value>, Trouble> {
        let mut document = self.document.clone();
        for Change { node, param, value } in changes {
            let (id, param, value) = (node.clone(), param.clone(), value.clone());
            Edit::SetParam { id, param, value }.apply(&mut document, self.registry)?;
        }
        let Loan { base_folder, out_folder, compute, .. } = *self.loan;
        let device_class = &compute.info().class;
        let cx = PlanCx { base_folder, out_folder, device_class, seed: Some(seed) };
        let mut store = self.store.lock().map_err(|_| Trouble::internal("a trial broke off"))?;
        // The plan of the node itself tells the keys of what arrives at it.
        let whole = plan(&document, self.registry, &Targets::to(self.node), &cx, &mut store)?;
        let arriving = |port: &&str| {
            let step = whole.step(self.node)?;
            step.inputs.get(*port)?.first().cloned()
        };
        let missing = || Trouble::internal("nothing arrives at an input of a trial");
        let wanted: Option<Vec<InputRef>> = ports.iter().map(arriving).collect();
        let wanted = wanted.ok_or_else(|| {
            let blocked = whole.steps.iter().find_map(|step| match &step.state {
                StepState::Blocked { trouble } => Some(trouble.clone()),
                _ => None,
            });
            blocked.unwrap_or_else(missing)
        })?;
        let targets =
            Targets::Nodes { ids: wanted.iter().map(|input| input.node.clone()).collect() };
        let plan = plan(&document, self.registry, &targets, &cx, &mut store)?;
        let on_event = |event: EngineEvent| {
            if let EngineEvent::Running { event: event @ RunEvent::Training(_), .. } = event {
                (self.on_event)(event);
            }
        };
        let outcome = run(&plan, &mut store, &Loan { graph: None, ..*self.loan }, &on_event);
        if outcome.is_cancelled() {
            return Err(Trouble::cancelled());
        }
        let failed = outcome.steps.iter().find_map(|step| match &step.outcome {
            StepOutcome::Failed { trouble } => Some(trouble.clone()),
            _ => None,
        });
        if let Some(trouble) = failed {
            return Err(trouble);
        }
        wanted.iter().map(|input| store.get(input.key, input.port).ok_or_else(missing)).collect()
    }
}
