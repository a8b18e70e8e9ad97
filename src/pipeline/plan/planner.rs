//! Makes the steps of a plan: keys from their ingredients, and how each node stands.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use pg_base::{
    Fingerprint, ParamKind, ParamSpec, ParamValue, ParamValues, StableHasher, Trouble, Words, say,
};
use pg_contract::{Effect, NodeSpec, PortType};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::analysis::checked_params;
use crate::document::NodeId;
use crate::file_form;
use crate::plan::{InputRef, NEVER_RUN, PlanCx, PlanStep, StepState};
use crate::store::Store;
use crate::wiring::{Origin, Wired};

/// Raised when results of the engine itself change: every cached value is then stale.
const ENGINE_VERSION: u32 = 1;

/// Everything that makes a key; kept per node, so that a stale node can say what changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ingredients {
    engine: u32,
    kind: String,
    version: u32,
    /// As JSON, which is what they are compared and hashed as: an empty list has no type there.
    params: BTreeMap<String, Json>,
    /// Input port, key and output port of every value taken.
    upstream: Vec<(String, Fingerprint, String)>,
    seed: Option<u64>,
    outside: Option<Fingerprint>,
    device: Option<String>,
    individual: Option<NodeId>,
    /// Where files go, for nodes that write.
    place: Option<String>,
}

impl Ingredients {
    fn key(&self) -> Result<Fingerprint, Trouble> {
        let json = serde_json::to_string(self).map_err(Trouble::internal)?;
        Ok(StableHasher::new().text("node result").text(&json).finish())
    }
}

/// Makes the steps one after the other, in topological order.
pub(super) struct Planner<'a> {
    pub(super) cx: &'a PlanCx<'a>,
    pub(super) seed: u64,
    pub(super) store: &'a mut Store,
    /// Key of each node planned so far, or the node that is to blame for its having none.
    pub(super) keys: BTreeMap<NodeId, Result<Fingerprint, NodeId>>,
    pub(super) steps: Vec<PlanStep>,
}

impl Planner<'_> {
    /// Adds the step of a node; those it depends on were added before.
    pub(super) fn add(&mut self, wired: &Wired<'_>, is_named: bool) {
        let node = wired.node;
        let mut step = PlanStep {
            node: node.id.clone(),
            kind: wired.spec.map_or(&*node.kind, |spec| spec.id).to_owned(),
            spec: wired.spec,
            params: ParamValues::new(),
            inputs: BTreeMap::new(),
            key: None,
            state: StepState::Fresh,
            is_named,
            is_needed: false,
            ingredients: None,
        };
        step.state = match self.fill(&mut step, wired) {
            Ok(state) => state,
            Err(trouble) => StepState::Blocked { trouble: trouble.node(node.id.clone()) },
        };
        let key = match (&step.state, step.key) {
            (StepState::Fresh | StepState::Stale { .. }, Some(key)) => Ok(key),
            (StepState::CutOff { because }, _) => Err(because.clone()),
            _ => Err(node.id.clone()),
        };
        self.keys.insert(node.id.clone(), key);
        self.steps.push(step);
    }

    fn fill(&mut self, step: &mut PlanStep, wired: &Wired<'_>) -> Result<StepState, Trouble> {
        let spec = runnable(wired)?;
        let (params, troubles) = checked_params(spec, wired.node);
        if let Some(trouble) = troubles.into_iter().next() {
            return Err(trouble);
        }
        step.params = params;
        let mut cut_off = None;
        for (port, origins) in &wired.inputs {
            let is_required = spec.input(port).is_some_and(|port| port.is_required);
            for origin in origins {
                match self.input_ref(origin, wired) {
                    Ok(input) => step.inputs.entry(*port).or_default().push(input),
                    Err(because) if is_required => cut_off = cut_off.or(Some(because)),
                    // An optional input may stay open, but not silently when its node failed to be planned.
                    Err(because) if self.keys.contains_key(&because) => {
                        cut_off = cut_off.or(Some(because));
                    }
                    Err(_) => {}
                }
            }
        }
        if let Some(because) = cut_off {
            return Ok(StepState::CutOff { because });
        }
        let ingredients = self.ingredients(step, spec)?;
        let key = ingredients.key()?;
        step.key = Some(key);
        let is_there =
            if step.is_named { self.store.holds(key) } else { self.store.entry(key).is_some() };
        let state = if is_there && can_be_fresh(spec) {
            StepState::Fresh
        } else {
            StepState::Stale { why: self.why_stale(step, spec, &ingredients) }
        };
        step.ingredients = Some(ingredients);
        Ok(state)
    }

    /// The value of a wire, or the node that is to blame.
    fn input_ref(&self, origin: &Origin<'_>, wired: &Wired<'_>) -> Result<InputRef, NodeId> {
        let (node, index) = match origin {
            Origin::Output { node, index } => (*node, *index),
            Origin::CutOff { node } => return Err((*node).to_owned()),
        };
        let key = self.keys.get(node).cloned().unwrap_or_else(|| Err(node.to_owned()))?;
        let source =
            self.steps.iter().rev().find(|step| step.node == node).and_then(|step| step.spec);
        let port =
            source.and_then(|spec| spec.outputs.get(index)).ok_or_else(|| wired.node.id.clone())?;
        Ok(InputRef { node: node.to_owned(), port: port.id, key })
    }

    fn ingredients(
        &self,
        step: &PlanStep,
        spec: &'static NodeSpec,
    ) -> Result<Ingredients, Trouble> {
        // An advanced parameter at its default is left out, so that a kind can gain one and old results stay fresh.
        let matters = |id: &String, value: &ParamValue| {
            spec.param(id).is_some_and(|param| {
                param.affects_output
                    && param.is_shown(&step.params, spec.params)
                    && !(param.is_advanced && *value == param.default_value())
            })
        };
        let params = step
            .params
            .iter()
            .filter(|(id, value)| matters(id, value))
            .map(|(id, value)| (id.clone(), self.ingredient(spec.param(id), value)));
        let upstream = step.inputs.iter().flat_map(|(port, inputs)| {
            inputs.iter().map(|input| ((*port).to_owned(), input.key, input.port.to_owned()))
        });
        let is_random = matches!(spec.effect, Effect::Seeded | Effect::Computes);
        let outside = match spec.effect {
            Effect::Reads(fingerprint) => Some(fingerprint(&step.params, self.cx.base_folder)?),
            _ => None,
        };
        let writes = matches!(spec.effect, Effect::Writes);
        let place = self.cx.out_folder.unwrap_or(self.cx.base_folder).to_string_lossy();
        Ok(Ingredients {
            engine: ENGINE_VERSION,
            kind: spec.id.to_owned(),
            version: spec.version,
            params: params.collect(),
            upstream: upstream.collect(),
            seed: is_random.then_some(self.seed),
            outside,
            device: matches!(spec.effect, Effect::Computes)
                .then(|| self.cx.device_class.to_owned()),
            individual: spec.is_individual.then(|| step.node.clone()),
            place: writes.then(|| place.into_owned()),
        })
    }

    /// A value as it shapes the key. A path counts as the place that it leads to: a project that is saved for the first
    /// time writes it another way.
    fn ingredient(&self, param: Option<&ParamSpec>, value: &ParamValue) -> Json {
        match (param.map(|param| param.kind), value) {
            (Some(ParamKind::Path { .. }), ParamValue::Text(path)) if !path.is_empty() => {
                clean(&self.cx.base_folder.join(path)).to_string_lossy().into_owned().into()
            }
            _ => file_form::json_of(value.clone()),
        }
    }

    /// What differs from the last time the node ran.
    fn why_stale(&self, step: &PlanStep, spec: &NodeSpec, now: &Ingredients) -> Words {
        let Some(last) = self.store.last_of(&step.node).filter(|last| last.kind == now.kind) else {
            return NEVER_RUN.into();
        };
        if !can_be_fresh(spec) {
            return say!("it runs each time it is asked for", "每次请求都会运行");
        }
        let changed =
            spec.params.iter().find(|param| last.params.get(param.id) != now.params.get(param.id));
        if let Some(param) = changed {
            let (en, zh) = (param.label.en, param.label.zh);
            return say!("“{en}” changed", "“{zh}”已更改");
        }
        if last.upstream != now.upstream {
            let nodes = step.inputs.values().flatten().map(|input| &input.node);
            let is_stale = |node: &NodeId| {
                self.steps.iter().any(|step| step.node == *node && step.state != StepState::Fresh)
            };
            return match nodes.into_iter().find(|node| is_stale(node)) {
                Some(node) => say!("`{node}` before it changed", "它之前的 `{node}` 已更改"),
                None => say!("its wires changed", "它的连线已更改"),
            };
        }
        if last.outside != now.outside {
            return say!("what it reads changed", "它读取的内容已更改");
        }
        if last.seed != now.seed {
            return say!("the seed changed", "随机种子已更改");
        }
        if last.device != now.device {
            return say!("the device changed", "计算设备已更改");
        }
        if last.version != now.version || last.engine != now.engine {
            return say!("Pyrograph was updated", "Pyrograph 已更新");
        }
        if last.place != now.place {
            return say!("the output folder changed", "输出文件夹已更改");
        }
        say!("its result was not kept", "其结果未保留")
    }
}

/// The kind of a node that could run as far as its wires go.
fn runnable(wired: &Wired<'_>) -> Result<&'static NodeSpec, Trouble> {
    let node = wired.node;
    let Some(spec) = wired.spec else {
        let kind = &node.kind;
        return Err(Trouble::new(
            "kind-unknown",
            say!("there is no node kind `{kind}`", "没有名为 `{kind}` 的节点类型"),
        )
        .advice(say!(
            "It may come from a newer version; mute the node to run without it.",
            "它可能来自更新的版本；可将该节点静音后运行。"
        )));
    };
    if let Some(trouble) = wired.too_new() {
        return Err(trouble);
    }
    if let Some(link) = wired.cycle.first() {
        let from = &link.from.node;
        return Err(Trouble::new(
            "cycle",
            say!(
                "it depends on itself, by the wire from `{from}`",
                "它通过来自 `{from}` 的连线依赖于自身"
            ),
        )
        .advice(say!("Remove one wire of the cycle.", "请删除环中的一条连线。")));
    }
    if let Some(bad) = wired.bad_links.first() {
        return Err(bad.trouble.clone());
    }
    if let Some(port) = wired.open_inputs().next() {
        return Err(wired.input_open(port));
    }
    Ok(spec)
}

/// A path without `.` and `..`, by its text alone.
fn clean(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut clean, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
        clean
    })
}

/// A result that no file or value stands for is never there already.
fn can_be_fresh(spec: &NodeSpec) -> bool {
    !matches!(spec.effect, Effect::Writes)
        || spec.outputs.iter().any(|port| port.port_type == PortType::Bundle)
}
