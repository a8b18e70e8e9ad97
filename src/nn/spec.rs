//! What a layer kind is, apart from its arithmetic: texts, parameters, shape rule, cost and ONNX form.

use pg_base::{NodeText, ParamSpec, ParamValues, Trouble};
use serde::{Deserialize, Serialize};

use crate::lower::{Lowered, Lowering};

/// What flows between two layers, for one row: the batch dimension is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// Sizes: `[features]`, `[channels, height, width]`, `[length]` for ids, `[length, features]` for sequences.
    pub shape: Vec<usize>,
    /// For token ids, the size of the vocabulary (id 0 is padding); none for numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<usize>,
}

impl Signal {
    /// Numbers of a shape.
    pub fn numbers(shape: impl Into<Vec<usize>>) -> Self {
        Self { shape: shape.into(), vocabulary: None }
    }

    /// Token ids.
    pub fn ids(length: usize, vocabulary: usize) -> Self {
        Self { shape: vec![length], vocabulary: Some(vocabulary) }
    }

    /// Numbers per row.
    pub fn n_elements(&self) -> u64 {
        self.shape.iter().map(|size| *size as u64).product()
    }

    /// `28 × 28 × 1`-style text.
    pub fn label(&self) -> String {
        self.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ")
    }
}

/// How many inputs a layer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// None: it is where data enters.
    None,
    /// Exactly one.
    One,
    /// Two or more, joined.
    Many,
}

/// What a layer costs for one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Trained numbers (independent of the number of rows; running statistics not counted).
    pub n_params: u64,
    /// Multiply-adds of a forward pass.
    pub n_macs: u64,
    /// Numbers kept for the backward pass.
    pub n_kept: u64,
}

/// The record of one layer kind; the arithmetic is the module of the same file.
#[derive(Debug)]
pub struct LayerSpec {
    /// Stable id, written to files.
    pub id: &'static str,
    /// Raised when the same parameters begin to mean another network.
    pub version: u32,
    /// Title, summary, help, keywords.
    pub text: NodeText,
    /// Parameters, in the order of the form.
    pub params: &'static [ParamSpec],
    /// Number of inputs.
    pub arity: Arity,
    /// The output for given inputs, or why they do not fit.
    pub signal: fn(&ParamValues, &[Signal]) -> Result<Signal, Trouble>,
    /// The cost for given inputs and the output.
    pub cost: fn(&ParamValues, &[Signal], &Signal) -> Cost,
    /// Adds the layer to an ONNX graph; gives its output there.
    pub lower: fn(&mut Lowering<'_>) -> Result<Lowered, Trouble>,
}
