//! The burn network built from a blueprint: a flat list of layers and the plan by which values flow through them.

use std::collections::BTreeSet;
use std::sync::Arc;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use pg_base::{Array, Elements, Trouble, say};

use crate::blueprint::{Blueprint, Head};
use crate::kernels::{BurnKernels, Curve, Kernels};
use crate::layers::named::{self, ParamEntry};
use crate::layers::{self, Init, Layer, activation, max_pool2d};
use crate::spec::{Arity, Signal};
use crate::value::{self, Value};
use crate::weights::Weights;

/// More weights than this are refused: 8 GiB of numbers.
const MAX_PARAMS: u64 = 1 << 31;

/// A network with its weights on a device.
///
/// Clones share the running statistics of batch normalisation; [`Net::weights`] is the way to keep a copy.
#[derive(Module, Debug)]
pub struct Net<B: Backend> {
    layers: Vec<Layer<B>>,
    #[module(skip)]
    plan: Arc<Plan>,
}

/// How values flow; the same for all copies of a network.
#[derive(Debug)]
struct Plan {
    ids: Vec<String>,
    steps: Vec<Step>,
    inputs: Vec<Signal>,
    head: Head,
}

/// Where one layer takes its inputs from.
#[derive(Debug)]
struct Step {
    source: Source,
    /// How often the result is used; a layer that is not used at all is not computed.
    n_uses: usize,
    /// The curve of an activation that is done in the pass of this layer.
    curve: Option<Curve>,
    /// Whether this is an activation that another layer does.
    is_done: bool,
}

#[derive(Debug)]
enum Source {
    Slot(usize),
    Layers(Vec<usize>),
}

impl<B: Backend> Net<B> {
    /// Builds a network whose first weights depend on the seed and their names alone.
    pub fn build(blueprint: &Blueprint, seed: u64, device: &B::Device) -> Result<Self, Trouble> {
        let plan = Plan::new(blueprint)?;
        let signals = blueprint.signals()?;
        let mut built = Vec::with_capacity(blueprint.layers.len());
        for node in &blueprint.layers {
            let inputs = blueprint.inputs_of(node, &signals)?;
            let init = Init::new(seed, &node.id, device);
            built.push(
                Layer::build(&node.kind, &node.params, &inputs, &init)
                    .map_err(|found| found.node(node.id.clone()))?,
            );
        }
        Ok(Self { layers: built, plan: Arc::new(plan) })
    }

    /// Logits or numbers `[rows, units]` for one value per input of the network, computed by burn.
    pub fn forward(&self, inputs: Vec<Value<B>>) -> Result<Tensor<B, 2>, Trouble> {
        self.forward_with::<BurnKernels>(inputs)
    }

    /// The same with the faster steps of a device.
    pub fn forward_with<K: Kernels<B>>(
        &self,
        inputs: Vec<Value<B>>,
    ) -> Result<Tensor<B, 2>, Trouble> {
        self.plan.check(&inputs)?;
        let mut values: Vec<Option<Value<B>>> = vec![None; self.layers.len()];
        let mut n_uses: Vec<usize> = self.plan.steps.iter().map(|step| step.n_uses).collect();
        for (index, (layer, step)) in self.layers.iter().zip(&self.plan.steps).enumerate() {
            if step.n_uses == 0 {
                continue;
            }
            let entering = match &step.source {
                Source::Slot(slot) => inputs.get(*slot).map(|value| vec![value.clone()]),
                Source::Layers(sources) => sources
                    .iter()
                    .map(|source| take(&mut values[*source], &mut n_uses[*source]))
                    .collect(),
            };
            let entering =
                entering.ok_or_else(|| Trouble::internal("a value was dropped too early"))?;
            values[index] = Some(if step.is_done {
                value::only(entering)?
            } else {
                layer.forward_curved::<K>(entering, step.curve)?
            });
        }
        values
            .pop()
            .flatten()
            .ok_or_else(|| Trouble::internal("a network without an output"))?
            .rank2()
    }

    /// Class probabilities `[rows, classes]` (two columns for a sigmoid, and for each label) or numbers `[rows, outputs]` on the host.
    pub fn predict<K: Kernels<B>>(
        &self,
        inputs: &[Array],
        device: &B::Device,
    ) -> Result<Array, Trouble> {
        let n_rows = inputs.first().map_or(0, Array::n_rows);
        let parts = K::by_rows(n_rows, |rows| {
            let values = inputs
                .iter()
                .map(|array| Value::from_rows(array, rows.clone(), device))
                .collect::<Result<_, _>>()?;
            named::to_array(outputs::<_, K>(self.forward_with::<K>(values)?, self.plan.head))
        });
        let mut numbers = Vec::new();
        let mut n_columns = 0;
        for part in parts {
            let Array { shape, elements: Elements::F32(part) } = part? else {
                return Err(Trouble::internal("predictions that are ids"));
            };
            n_columns = shape.iter().skip(1).product();
            numbers.extend(part);
        }
        Ok(Array::f32([n_rows, n_columns], numbers))
    }

    /// What the output means.
    pub fn head(&self) -> Head {
        self.plan.head
    }

    /// All weights in a fixed order, running statistics included.
    pub fn params(&self) -> Vec<ParamEntry> {
        self.named_layers().flat_map(|(id, layer)| named::list(layer, id)).collect()
    }

    /// A copy of all weights on the host.
    pub fn weights(&self) -> Result<Weights, Trouble> {
        let mut weights = Weights::default();
        for (id, layer) in self.named_layers() {
            named::read(layer, id, &mut weights)?;
        }
        Ok(weights)
    }

    /// The network with other weights; names and shapes must be exactly its own.
    pub fn with_weights(mut self, weights: &Weights) -> Result<Self, Trouble> {
        named::check(&self.params(), weights)?;
        let ids = &self.plan.ids;
        self.layers = self
            .layers
            .into_iter()
            .zip(ids)
            .map(|(layer, id)| named::write(layer, id, weights))
            .collect();
        Ok(self)
    }

    fn named_layers(&self) -> impl Iterator<Item = (&str, &Layer<B>)> {
        self.plan.ids.iter().map(String::as_str).zip(&self.layers)
    }
}

/// What a person wants to see of logits: probabilities for classes, numbers as they are.
pub fn outputs<B: Backend, K: Kernels<B>>(logits: Tensor<B, 2>, head: Head) -> Tensor<B, 2> {
    match head {
        Head::Softmax { .. } => K::curve(logits, Curve::Softmax),
        // Each side from its own sign keeps small probabilities exact.
        Head::Sigmoid | Head::Labels { .. } => {
            let sides = vec![sigmoid(logits.clone().neg()), sigmoid(logits)];
            Tensor::stack::<3>(sides, 2).flatten(1, 2)
        }
        Head::Linear { .. } => logits,
        Head::Rate { .. } => logits.exp(),
    }
}

impl Plan {
    fn new(blueprint: &Blueprint) -> Result<Self, Trouble> {
        let head = blueprint.head.ok_or_else(|| {
            Trouble::new("output-missing", say!("the network has no output", "网络没有输出层"))
                .advice(say!("End it with an Output layer.", "请以输出层结束。"))
        })?;
        let summary = blueprint.summary()?;
        let n_params = summary.total.n_params;
        if n_params > MAX_PARAMS {
            return Err(Trouble::new(
                "network-too-large",
                say!("the network has {n_params} weights", "网络有 {n_params} 个权重"),
            )
            .expected(say!("at most {MAX_PARAMS}", "不超过 {MAX_PARAMS} 个"))
            .advice(say!(
                "Use fewer units, or pooling before Flatten.",
                "请减少单元数，或在展平之前加入池化。"
            )));
        }
        let (Some(last), n_units) = (summary.rows.last(), head.n_units()) else {
            return Err(Trouble::internal("a network without layers"));
        };
        if last.signal.shape != [n_units] {
            let label = last.signal.label();
            return Err(Trouble::internal(format!(
                "the network ends with {label} numbers, its head wants {n_units}"
            )));
        }
        let ids: Vec<String> = blueprint.layers.iter().map(|layer| layer.id.clone()).collect();
        if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
            return Err(Trouble::internal("two layers share an id"));
        }
        let index_of = |id: &String| blueprint.layers.iter().position(|layer| layer.id == *id);
        let mut steps = Vec::new();
        for layer in &blueprint.layers {
            let source = if layers::spec(&layer.kind)?.arity == Arity::None {
                Source::Slot(layers::input::SLOT.of(&layer.params) as usize)
            } else {
                let sources: Option<Vec<usize>> = layer.inputs.iter().map(index_of).collect();
                Source::Layers(
                    sources.ok_or_else(|| Trouble::internal("an input that is no layer"))?,
                )
            };
            steps.push(Step { source, n_uses: 0, curve: None, is_done: false });
        }
        count_uses(&mut steps);
        join_curves(&mut steps, blueprint)?;
        Ok(Self { ids, steps, inputs: blueprint.inputs.clone(), head })
    }

    /// burn panics on shapes that do not fit; these are the shapes that everything else follows from.
    fn check<B: Backend>(&self, inputs: &[Value<B>]) -> Result<(), Trouble> {
        let (n_found, n_wanted) = (inputs.len(), self.inputs.len());
        if n_found != n_wanted {
            return Err(Trouble::new(
                "inputs-count",
                say!("{n_found} inputs were given", "给出了 {n_found} 个输入"),
            )
            .expected(say!("{n_wanted}", "{n_wanted} 个")));
        }
        let mut n_rows = None;
        for (value, signal) in inputs.iter().zip(&self.inputs) {
            let dims = value.dims();
            let (rows, shape) = dims
                .split_first()
                .ok_or_else(|| Trouble::internal("a value without dimensions"))?;
            if shape != signal.shape || value.is_ids() != signal.vocabulary.is_some() {
                let (found, wanted) = (Signal::numbers(shape).label(), signal.label());
                return Err(Trouble::new(
                    "inputs-shape",
                    say!("rows of {found} were given", "给出的每行为 {found}"),
                )
                .expected(say!("rows of {wanted}", "每行为 {wanted}")));
            }
            if *rows == 0 || n_rows.is_some_and(|known| known != *rows) {
                return Err(Trouble::internal(
                    "inputs without rows, or with different numbers of rows",
                ));
            }
            n_rows = Some(*rows);
        }
        Ok(())
    }
}

/// Counts from the end, so that layers which lead nowhere count nothing.
fn count_uses(steps: &mut [Step]) {
    if let Some(last) = steps.last_mut() {
        last.n_uses = 1;
    }
    for index in (0..steps.len()).rev() {
        if steps[index].n_uses > 0
            && let Source::Layers(sources) = &steps[index].source
        {
            for source in sources.clone() {
                steps[source].n_uses += 1;
            }
        }
    }
}

/// Hands each activation to the layer before it, where only the activation uses that layer, and ReLU on to the pooling
/// behind it: the largest number bent is the largest of the bent numbers, and fewer are left to bend.
fn join_curves(steps: &mut [Step], blueprint: &Blueprint) -> Result<(), Trouble> {
    for (index, node) in blueprint.layers.iter().enumerate() {
        let Some(source) = only_source(steps, index) else { continue };
        if node.kind == activation::SPEC.id {
            let (curve, before) = (activation::curve_of(&node.params)?, &mut steps[source]);
            if curve.is_of_single_numbers()
                && before.n_uses == 1
                && before.curve.is_none()
                && !before.is_done
            {
                before.curve = Some(curve);
                steps[index].is_done = true;
            }
        } else if node.kind == max_pool2d::SPEC.id
            && steps[source].is_done
            && steps[source].n_uses == 1
            && let Some(before) = only_source(steps, source)
            && steps[before].curve == Some(Curve::Relu)
        {
            steps[index].curve = steps[before].curve.take();
        }
    }
    Ok(())
}

/// The layer that a layer takes its input from, if it is one.
fn only_source(steps: &[Step], index: usize) -> Option<usize> {
    match &steps[index].source {
        Source::Layers(sources) if sources.len() == 1 => sources.first().copied(),
        _ => None,
    }
}

/// The value, moved out where it is used for the last time.
fn take<T: Clone>(value: &mut Option<T>, n_uses: &mut usize) -> Option<T> {
    *n_uses = n_uses.saturating_sub(1);
    if *n_uses == 0 { value.take() } else { value.clone() }
}

#[cfg(test)]
#[path = "net_tests.rs"]
mod tests;
