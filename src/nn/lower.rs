//! Writes a trained network as an ONNX graph, layer by layer.

use std::collections::BTreeMap;

use pg_base::{ParamValues, Trouble, say};
use pg_onnx::{Dim, ElemType, GraphBuilder, Name, OnnxError};

use crate::blueprint::{Blueprint, Head};
use crate::layers;
use crate::spec::{Arity, Signal};
use crate::weights::Weights;

/// Name of the output of a network that classifies.
pub const PROBABILITIES: &str = "probabilities";
/// Name of the output of a network that gives numbers.
pub const PREDICTION: &str = "prediction";

/// What leaves a layer in an ONNX graph.
#[derive(Clone, Copy, Debug)]
pub struct Lowered {
    /// The numbers, or 64-bit ids.
    pub value: Name,
    /// Truth values `[N, length]`, true where a sequence holds padding.
    pub padding: Option<Name>,
}

impl From<Name> for Lowered {
    fn from(value: Name) -> Self {
        Self { value, padding: None }
    }
}

/// One layer on its way into an ONNX graph.
#[derive(Debug)]
pub struct Lowering<'a> {
    /// The graph so far.
    pub graph: &'a mut GraphBuilder,
    /// Parameters of the layer.
    pub params: &'a ParamValues,
    /// What enters.
    pub inputs: &'a [Lowered],
    /// Its shapes, without the batch.
    pub signals: &'a [Signal],
    /// The shape that leaves.
    pub output: &'a Signal,
    id: &'a str,
    weights: &'a Weights,
}

impl<'a> Lowering<'a> {
    /// The only input with its shape.
    pub fn only(&self) -> Result<(Lowered, &'a [usize]), Trouble> {
        match (self.inputs, self.signals) {
            ([input], [signal]) => Ok((*input, &signal.shape)),
            _ => Err(Trouble::internal(format!("layer `{}` has no single input", self.id))),
        }
    }

    /// The full name of a weight of this layer.
    pub fn name(&self, weight: &str) -> String {
        format!("{}.{weight}", self.id)
    }

    /// The numbers of a weight of this layer, which must have this shape.
    pub fn weight(&self, weight: &str, shape: &[usize]) -> Result<&'a [f32], Trouble> {
        let name = self.name(weight);
        let found = self.weights.arrays.get(&name).map(|array| array.shape.as_slice());
        if found.is_some_and(|found| found != shape) {
            return Err(Trouble::internal(format!(
                "`{name}` has the shape {found:?}, expected {shape:?}"
            )));
        }
        self.weights.f32(&name)
    }

    /// `x · weight + bias` over the last of `rank` dimensions with the weights `part.weight` and `part.bias`
    /// (or without `part`).
    pub fn linear(
        &mut self,
        part: &str,
        x: Name,
        rank: usize,
        sizes: [usize; 2],
        has_bias: bool,
    ) -> Result<Name, Trouble> {
        let dot = if part.is_empty() { "" } else { "." };
        let weight = self.weight(&format!("{part}{dot}weight"), &sizes)?;
        let bias = if has_bias {
            Some(self.weight(&format!("{part}{dot}bias"), &sizes[1..])?)
        } else {
            None
        };
        let hint = format!("{}{dot}{part}", self.id);
        Ok(self.graph.linear(&hint, x, rank, sizes, weight, bias))
    }

    /// Layer normalisation over the last dimension with the weights `part.weight` and `part.bias` (or without `part`).
    pub fn layer_norm(
        &mut self,
        part: &str,
        x: Name,
        width: usize,
        epsilon: f64,
    ) -> Result<Name, Trouble> {
        let dot = if part.is_empty() { "" } else { "." };
        let scale = self.weight(&format!("{part}{dot}weight"), &[width])?;
        let bias = self.weight(&format!("{part}{dot}bias"), &[width])?;
        let hint = format!("{}{dot}{part}", self.id);
        Ok(self.graph.layer_norm(&hint, x, scale, Some(bias), epsilon as f32))
    }
}

/// The trouble of a graph that could not be built.
pub fn onnx_trouble(error: &OnnxError) -> Trouble {
    Trouble::new(
        "onnx",
        say!("the network cannot be written as ONNX: {error}", "无法将网络导出为 ONNX：{error}"),
    )
}

/// Adds a network to a graph whose values `inputs` are the network's inputs by slot (floats `[N, …]`, or 64-bit ids
/// `[N, length]`); gives class probabilities `[N, classes]` or numbers `[N, outputs]`.
pub fn lower_into(
    graph: &mut GraphBuilder,
    blueprint: &Blueprint,
    weights: &Weights,
    inputs: &[Name],
) -> Result<Name, Trouble> {
    let head = blueprint.head.ok_or_else(|| Trouble::internal("a network without a head"))?;
    let signals = blueprint.signals()?;
    let mut lowered: BTreeMap<&str, Lowered> = BTreeMap::new();
    let mut last = None;
    for layer in &blueprint.layers {
        let spec = layers::spec(&layer.kind)?;
        let entering = blueprint.inputs_of(layer, &signals)?;
        let values = if spec.arity == Arity::None {
            let slot = layers::input::SLOT.of(&layer.params) as usize;
            vec![Lowered::from(
                *inputs.get(slot).ok_or_else(|| Trouble::internal(format!("no input {slot}")))?,
            )]
        } else {
            layer.inputs.iter().filter_map(|id| lowered.get(id.as_str()).copied()).collect()
        };
        let mut lowering = Lowering {
            graph,
            params: &layer.params,
            inputs: &values,
            signals: &entering,
            output: &signals[&layer.id],
            id: &layer.id,
            weights,
        };
        let output =
            (spec.lower)(&mut lowering).map_err(|trouble| trouble.node(layer.id.clone()))?;
        last = Some(output.value);
        lowered.insert(&layer.id, output);
    }
    let logits = last.ok_or_else(|| Trouble::internal("a network without layers"))?;
    Ok(match head {
        Head::Softmax { .. } => graph.softmax(logits, -1),
        Head::Sigmoid => {
            let second = graph.node("Sigmoid", &[logits], &[]);
            let negative = graph.node("Neg", &[logits], &[]);
            let first = graph.node("Sigmoid", &[negative], &[]);
            graph.concat(&[first, second], -1)
        }
        Head::Labels { .. } => graph.node("Sigmoid", &[logits], &[]),
        Head::Linear { .. } => logits,
        Head::Rate { .. } => graph.node("Exp", &[logits], &[]),
    })
}

/// An ONNX file with the whole network: inputs under `input_names` with a free number of rows `N`, and one output,
/// [`PROBABILITIES`] or [`PREDICTION`].
pub fn to_onnx(
    blueprint: &Blueprint,
    weights: &Weights,
    input_names: &[String],
    metadata: &[(String, String)],
) -> Result<Vec<u8>, Trouble> {
    let (n_names, n_inputs) = (input_names.len(), blueprint.inputs.len());
    if n_names != n_inputs {
        return Err(Trouble::internal(format!("{n_names} names for {n_inputs} inputs")));
    }
    let mut graph = GraphBuilder::new("network");
    let mut inputs = Vec::new();
    for (name, signal) in input_names.iter().zip(&blueprint.inputs) {
        let elem = if signal.vocabulary.is_some() { ElemType::I64 } else { ElemType::F32 };
        let mut dims = vec![Dim::Symbol("N")];
        dims.extend(signal.shape.iter().map(|size| Dim::Fixed(*size as i64)));
        inputs.push(graph.input(name, elem, &dims));
    }
    let output = lower_into(&mut graph, blueprint, weights, &inputs)?;
    let (name, n_columns) = match blueprint.head {
        Some(Head::Softmax { n_classes }) => (PROBABILITIES, n_classes),
        Some(Head::Sigmoid) => (PROBABILITIES, 2),
        Some(Head::Labels { n_labels }) => (PROBABILITIES, n_labels),
        Some(Head::Linear { n_outputs } | Head::Rate { n_outputs }) => (PREDICTION, n_outputs),
        None => return Err(Trouble::internal("a network without a head")),
    };
    graph.output(name, output, ElemType::F32, &[Dim::Symbol("N"), Dim::Fixed(n_columns as i64)]);
    graph
        .finish(metadata, "A network trained with Pyrograph.")
        .map_err(|error| onnx_trouble(&error))
}
