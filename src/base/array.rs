//! Plain arrays and batches: the only numbers that cross between data, networks and devices.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::Trouble;

/// The elements of an [`Array`], row-major.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Elements {
    /// Numbers.
    F32(Vec<f32>),
    /// Class or token ids.
    I32(Vec<i32>),
}

/// A dense array; the first dimension is the batch where it holds rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Array {
    /// Sizes of the dimensions; their product is the number of elements.
    pub shape: Vec<usize>,
    /// The elements.
    pub elements: Elements,
}

impl Array {
    /// Numbers of a shape; the product of `shape` must be the length of `data`.
    pub fn f32(shape: impl Into<Vec<usize>>, data: Vec<f32>) -> Self {
        let shape = shape.into();
        debug_assert_eq!(shape.iter().product::<usize>(), data.len());
        Self { shape, elements: Elements::F32(data) }
    }

    /// Ids of a shape; the product of `shape` must be the length of `data`.
    pub fn i32(shape: impl Into<Vec<usize>>, data: Vec<i32>) -> Self {
        let shape = shape.into();
        debug_assert_eq!(shape.iter().product::<usize>(), data.len());
        Self { shape, elements: Elements::I32(data) }
    }

    /// The numbers; none where it holds ids.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.elements {
            Elements::F32(data) => Some(data),
            Elements::I32(_) => None,
        }
    }

    /// The ids; none where it holds numbers.
    pub fn as_i32(&self) -> Option<&[i32]> {
        match &self.elements {
            Elements::I32(data) => Some(data),
            Elements::F32(_) => None,
        }
    }

    /// Size of the first dimension.
    pub fn n_rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Bytes of the elements.
    pub fn n_bytes(&self) -> usize {
        4 * self.shape.iter().product::<usize>()
    }
}

/// Rows ready for a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// One array per input of the network, `[rows, …]`.
    pub inputs: Vec<Array>,
    /// `[rows]` class ids, or `[rows, outputs]` numbers; none when predicting.
    pub target: Option<Array>,
}

impl Batch {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.inputs.first().map_or(0, Array::n_rows)
    }
}

/// Where a training loop takes its rows from; called from the thread that prepares batches ahead.
pub trait BatchSource: Send + Sync {
    /// Number of rows.
    fn n_rows(&self) -> usize;

    /// Ranges that the rows are cut into: training goes through one after the other and mixes the rows within each, so
    /// that no more than one range need be at hand. A single one where all rows are.
    fn windows(&self) -> Vec<Range<usize>> {
        std::iter::once(0..self.n_rows()).collect()
    }

    /// The rows with these indices, in this order.
    /// `augment_seed` is given in training only: random changes (flips) depend on it and on the row alone.
    fn gather(&self, rows: &[usize], augment_seed: Option<u64>) -> Result<Batch, Trouble>;
}
