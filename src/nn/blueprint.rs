//! The network as data: layers by id, wired, with the signals that enter and the head that leaves.

use std::collections::BTreeMap;

use pg_base::{ParamValues, StableHasher, Trouble, say};
use serde::{Deserialize, Serialize};

use crate::layers;
use crate::spec::{Arity, Cost, LayerSpec, Signal};

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerNode {
    /// Unique in the blueprint; prefix of its weights' names. Made of the canvas node's id, so that two branches that
    /// meet again share exactly the layers they have in common.
    pub id: String,
    /// Id of the [`LayerSpec`].
    pub kind: String,
    /// Parameters of the layer.
    #[serde(default)]
    pub params: ParamValues,
    /// Ids of the layers it takes its inputs from; each stands earlier in the list.
    #[serde(default)]
    pub inputs: Vec<String>,
}

/// What the last numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "head")]
pub enum Head {
    /// One logit per class; probabilities by softmax.
    Softmax {
        /// Classes.
        n_classes: usize,
    },
    /// One logit for the second of two classes; probability by the logistic function.
    Sigmoid,
    /// One logit per label, each for itself; probabilities by the logistic function.
    Labels {
        /// Labels.
        n_labels: usize,
    },
    /// Numbers as they are.
    Linear {
        /// Numbers per row.
        n_outputs: usize,
    },
    /// Numbers above 0, of which the network gives the logarithms: expected counts.
    Rate {
        /// Numbers per row.
        n_outputs: usize,
    },
}

impl Head {
    /// Width of the last layer.
    pub fn n_units(self) -> usize {
        match self {
            Self::Softmax { n_classes } => n_classes,
            Self::Sigmoid => 1,
            Self::Labels { n_labels } => n_labels,
            Self::Linear { n_outputs } | Self::Rate { n_outputs } => n_outputs,
        }
    }

    /// Answers per row: probabilities of classes, of both sides for each label, or numbers.
    pub fn n_answers(self) -> usize {
        match self {
            Self::Sigmoid | Self::Labels { .. } => 2 * self.n_units(),
            Self::Softmax { .. } | Self::Linear { .. } | Self::Rate { .. } => self.n_units(),
        }
    }

    /// What an output of the network means as a number.
    pub fn number(self, output: f64) -> f64 {
        match self {
            Self::Rate { .. } => output.exp(),
            Self::Softmax { .. } | Self::Sigmoid | Self::Labels { .. } | Self::Linear { .. } => {
                output
            }
        }
    }
}

/// A network as data. Invariant: `layers` is in topological order and ends with the layer `output`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blueprint {
    /// Signals that enter, by slot; the `input` layers refer to them.
    pub inputs: Vec<Signal>,
    /// The layers.
    pub layers: Vec<LayerNode>,
    /// What the output means; none while the network is being built.
    pub head: Option<Head>,
}

/// One line of a layer list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// Id of the layer.
    pub id: String,
    /// Kind of the layer.
    pub kind: String,
    /// What leaves it.
    pub signal: Signal,
    /// What it costs per row.
    pub cost: Cost,
}

/// The network layer by layer, with sums.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Layers in order.
    pub rows: Vec<SummaryRow>,
    /// Sum of the costs.
    pub total: Cost,
}

impl Summary {
    /// Bytes needed to train with batches of `n_rows`: weights, gradients, `n_slots` optimizer moments per weight, and
    /// the activations kept for the backward pass with their gradients. An estimate: allocators add to it.
    pub fn training_bytes(&self, n_rows: usize, n_slots: usize) -> u64 {
        let of_weights = self.total.n_params.saturating_mul(2 + n_slots as u64);
        let of_rows = self.total.n_kept.saturating_mul(2 * n_rows as u64);
        of_weights.saturating_add(of_rows).saturating_mul(4)
    }
}

impl Blueprint {
    /// A network with nothing in it yet.
    pub fn new(inputs: Vec<Signal>) -> Self {
        Self { inputs, layers: Vec::new(), head: None }
    }

    /// Adds a layer after the given ones; the parameters are written out, defaults included.
    pub fn push(
        &mut self,
        id: impl Into<String>,
        kind: &str,
        params: ParamValues,
        inputs: &[String],
    ) -> Result<(), Trouble> {
        let spec = layers::spec(kind)?;
        let mut all: ParamValues =
            spec.params.iter().map(|param| (param.id.to_owned(), param.default_value())).collect();
        all.extend(params);
        let node = LayerNode {
            id: id.into(),
            kind: kind.to_owned(),
            params: all,
            inputs: inputs.to_vec(),
        };
        if self.layers.iter().any(|layer| layer.id == node.id) {
            return Err(Trouble::internal(format!("layer id `{}` is used twice", node.id)));
        }
        self.layers.push(node);
        Ok(())
    }

    /// Id of the last layer.
    pub fn output(&self) -> Option<&str> {
        self.layers.last().map(|layer| layer.id.as_str())
    }

    /// The union with another network that shares some first layers; the order stays topological.
    pub fn union(&self, other: &Self) -> Self {
        let mut joined = self.clone();
        for layer in &other.layers {
            if !joined.layers.iter().any(|known| known.id == layer.id) {
                joined.layers.push(layer.clone());
            }
        }
        for signal in other.inputs.iter().skip(joined.inputs.len()) {
            joined.inputs.push(signal.clone());
        }
        joined
    }

    /// What leaves every layer, by id. The first layer that does not fit is the trouble's node.
    pub fn signals(&self) -> Result<BTreeMap<String, Signal>, Trouble> {
        let mut known = BTreeMap::new();
        for layer in &self.layers {
            let signal =
                self.signal_of(layer, &known).map_err(|trouble| trouble.node(layer.id.clone()))?;
            known.insert(layer.id.clone(), signal);
        }
        Ok(known)
    }

    /// Shapes and costs layer by layer.
    pub fn summary(&self) -> Result<Summary, Trouble> {
        let signals = self.signals()?;
        let mut rows = Vec::new();
        let mut total = Cost::default();
        for layer in &self.layers {
            let signal = signals[&layer.id].clone();
            let inputs = self.inputs_of(layer, &signals)?;
            let cost = (layers::spec(&layer.kind)?.cost)(&layer.params, &inputs, &signal);
            total.n_params = total.n_params.saturating_add(cost.n_params);
            total.n_macs = total.n_macs.saturating_add(cost.n_macs);
            total.n_kept = total.n_kept.saturating_add(cost.n_kept);
            rows.push(SummaryRow { id: layer.id.clone(), kind: layer.kind.clone(), signal, cost });
        }
        Ok(Summary { rows, total })
    }

    /// The signals that enter a layer: its inputs' outputs, or for an `input` layer the signal of its slot.
    pub fn inputs_of(
        &self,
        layer: &LayerNode,
        known: &BTreeMap<String, Signal>,
    ) -> Result<Vec<Signal>, Trouble> {
        let spec = layers::spec(&layer.kind)?;
        if spec.arity == Arity::None {
            let slot = layers::input::SLOT.of(&layer.params);
            let signal = usize::try_from(slot)
                .ok()
                .and_then(|slot| self.inputs.get(slot))
                .ok_or_else(|| {
                    let n_inputs = self.inputs.len();
                    Trouble::new(
                        "input-slot",
                        say!(
                            "input {slot} is wanted, there are {n_inputs}",
                            "需要第 {slot} 个输入，共有 {n_inputs} 个"
                        ),
                    )
                })?;
            return Ok(vec![signal.clone()]);
        }
        check_arity(spec, layer.inputs.len())?;
        layer
            .inputs
            .iter()
            .map(|id| {
                known.get(id).cloned().ok_or_else(|| {
                    Trouble::internal(format!("layer `{id}` does not stand before `{}`", layer.id))
                })
            })
            .collect()
    }

    /// A stable key of the whole network.
    pub fn fingerprint(&self) -> pg_base::Fingerprint {
        let json = serde_json::to_string(self).unwrap_or_default();
        StableHasher::new().text("blueprint").text(&json).finish()
    }

    fn signal_of(
        &self,
        layer: &LayerNode,
        known: &BTreeMap<String, Signal>,
    ) -> Result<Signal, Trouble> {
        let inputs = self.inputs_of(layer, known)?;
        let spec = layers::spec(&layer.kind)?;
        for param in spec.params {
            if let Some(value) = layer.params.get(param.id) {
                param.check(value)?;
            }
        }
        let signal = (spec.signal)(&layer.params, &inputs)?;
        let n_elements =
            signal.shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
        match n_elements {
            Some(n) if n > 0 && n <= 1 << 31 => Ok(signal),
            _ => {
                let label = signal.label();
                Err(Trouble::new(
                    "shape-impossible",
                    say!("the output would be {label}", "输出形状将为 {label}"),
                )
                .expected(say!(
                    "every size at least 1 and at most 2³¹ numbers",
                    "每一维至少为 1，且总数不超过 2³¹"
                )))
            }
        }
    }
}

fn check_arity(spec: &LayerSpec, n_inputs: usize) -> Result<(), Trouble> {
    let fits = match spec.arity {
        Arity::None => n_inputs == 0,
        Arity::One => n_inputs == 1,
        Arity::Many => n_inputs >= 2,
    };
    if fits {
        return Ok(());
    }
    let expected = match spec.arity {
        Arity::None => say!("no input", "无输入"),
        Arity::One => say!("one input", "一个输入"),
        Arity::Many => say!("two or more inputs", "两个或更多输入"),
    };
    Err(Trouble::new("layer-inputs", say!("it has {n_inputs} inputs", "它有 {n_inputs} 个输入"))
        .expected(expected))
}
