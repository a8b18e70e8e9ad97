//! What flows between burn layers: tensors of several ranks in one enum, with the padding mask of sequences.

use std::ops::Range;

use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor, TensorData};
use pg_base::{Array, Elements, Trouble, say};

use crate::kernels::Kernels;

/// The tensor of a [`Value`]; the first dimension is the batch.
#[derive(Clone, Debug)]
pub enum Numbers<B: Backend> {
    /// `[rows, features]`.
    Rank2(Tensor<B, 2>),
    /// `[rows, length, features]`.
    Rank3(Tensor<B, 3>),
    /// `[rows, channels, height, width]`.
    Rank4(Tensor<B, 4>),
    /// Token ids `[rows, length]`; 0 is padding.
    Ids(Tensor<B, 2, Int>),
}

/// What leaves one layer and enters the next, for a whole batch.
#[derive(Clone, Debug)]
pub struct Value<B: Backend> {
    /// The numbers or ids.
    pub numbers: Numbers<B>,
    /// `[rows, length]`, true where a sequence holds padding; position 0 never is.
    pub padding: Option<Tensor<B, 2, Bool>>,
}

/// A step that treats tensors of every rank alike.
pub trait AnyRank<B: Backend> {
    /// Does the step.
    fn on<K: Kernels<B>, const D: usize>(&self, tensor: Tensor<B, D>) -> Tensor<B, D>;
}

/// A step that joins tensors of one rank, whatever the rank.
pub trait JoinAnyRank<B: Backend> {
    /// Does the step.
    fn join<K: Kernels<B>, const D: usize>(
        &self,
        first: Tensor<B, D>,
        rest: Vec<Tensor<B, D>>,
    ) -> Tensor<B, D>;
}

impl<B: Backend> From<Tensor<B, 2>> for Value<B> {
    fn from(tensor: Tensor<B, 2>) -> Self {
        Self { numbers: Numbers::Rank2(tensor), padding: None }
    }
}

impl<B: Backend> From<Tensor<B, 3>> for Value<B> {
    fn from(tensor: Tensor<B, 3>) -> Self {
        Self { numbers: Numbers::Rank3(tensor), padding: None }
    }
}

impl<B: Backend> From<Tensor<B, 4>> for Value<B> {
    fn from(tensor: Tensor<B, 4>) -> Self {
        Self { numbers: Numbers::Rank4(tensor), padding: None }
    }
}

impl<B: Backend> Value<B> {
    /// Puts an array on a device; its rank (2, 3 or 4, or 2 for ids) decides what it is.
    pub fn from_array(array: &Array, device: &B::Device) -> Result<Self, Trouble> {
        Self::from_rows(array, 0..array.n_rows(), device)
    }

    /// The same with some rows of the array, all of which must be there.
    pub fn from_rows(
        array: &Array,
        rows: Range<usize>,
        device: &B::Device,
    ) -> Result<Self, Trouble> {
        let mut shape = array.shape.clone();
        if let Some(n_rows) = shape.first_mut() {
            *n_rows = rows.len();
        }
        let width: usize = shape.iter().skip(1).product();
        let (shape, elements) = (shape.as_slice(), rows.start * width..rows.end * width);
        let numbers = match (&array.elements, shape.len()) {
            (Elements::I32(ids), 2) => {
                Numbers::Ids(Tensor::from_data(data(ids.get(elements), shape)?, device))
            }
            (Elements::F32(numbers), 2) => {
                Numbers::Rank2(Tensor::from_data(data(numbers.get(elements), shape)?, device))
            }
            (Elements::F32(numbers), 3) => {
                Numbers::Rank3(Tensor::from_data(data(numbers.get(elements), shape)?, device))
            }
            (Elements::F32(numbers), 4) => {
                Numbers::Rank4(Tensor::from_data(data(numbers.get(elements), shape)?, device))
            }
            _ => {
                let label = shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ");
                return Err(Trouble::new(
                    "array-rank",
                    say!("an input has the shape {label}", "输入形状为 {label}"),
                )
                .expected(say!(
                    "numbers of 2, 3 or 4 dimensions, or ids of 2",
                    "2、3 或 4 维的数字，或 2 维的编号"
                )));
            }
        };
        Ok(Self { numbers, padding: None })
    }

    /// The same sequence positions with other numbers.
    pub fn with_padding(mut self, padding: Option<Tensor<B, 2, Bool>>) -> Self {
        self.padding = padding;
        self
    }

    /// Sizes, the batch first.
    pub fn dims(&self) -> Vec<usize> {
        match &self.numbers {
            Numbers::Rank2(tensor) => tensor.dims().to_vec(),
            Numbers::Rank3(tensor) => tensor.dims().to_vec(),
            Numbers::Rank4(tensor) => tensor.dims().to_vec(),
            Numbers::Ids(tensor) => tensor.dims().to_vec(),
        }
    }

    /// Whether it holds token ids.
    pub fn is_ids(&self) -> bool {
        matches!(self.numbers, Numbers::Ids(_))
    }

    /// `[rows, features]`.
    pub fn rank2(self) -> Result<Tensor<B, 2>, Trouble> {
        match self.numbers {
            Numbers::Rank2(tensor) => Ok(tensor),
            _ => Err(self.misfit("a matrix")),
        }
    }

    /// `[rows, length, features]`.
    pub fn rank3(self) -> Result<Tensor<B, 3>, Trouble> {
        match self.numbers {
            Numbers::Rank3(tensor) => Ok(tensor),
            _ => Err(self.misfit("sequences")),
        }
    }

    /// `[rows, channels, height, width]`.
    pub fn rank4(self) -> Result<Tensor<B, 4>, Trouble> {
        match self.numbers {
            Numbers::Rank4(tensor) => Ok(tensor),
            _ => Err(self.misfit("pictures")),
        }
    }

    /// Token ids `[rows, length]`.
    pub fn ids(self) -> Result<Tensor<B, 2, Int>, Trouble> {
        match self.numbers {
            Numbers::Ids(tensor) => Ok(tensor),
            _ => Err(self.misfit("ids")),
        }
    }

    /// Does a step that keeps the shape.
    pub fn apply<K: Kernels<B>>(self, step: &impl AnyRank<B>) -> Result<Self, Trouble> {
        let numbers = match self.numbers {
            Numbers::Rank2(tensor) => Numbers::Rank2(step.on::<K, 2>(tensor)),
            Numbers::Rank3(tensor) => Numbers::Rank3(step.on::<K, 3>(tensor)),
            Numbers::Rank4(tensor) => Numbers::Rank4(step.on::<K, 4>(tensor)),
            Numbers::Ids(_) => return Err(self.misfit("numbers")),
        };
        Ok(Self { numbers, padding: self.padding })
    }

    /// Joins values of one rank; the padding is that of the first value that has one.
    pub fn join<K: Kernels<B>>(
        values: Vec<Self>,
        step: &impl JoinAnyRank<B>,
    ) -> Result<Self, Trouble> {
        let padding = values.iter().find_map(|value| value.padding.clone());
        let mut values = values.into_iter();
        let first = values.next().ok_or_else(|| Trouble::internal("a join of nothing"))?;
        let numbers = match first.numbers {
            Numbers::Rank2(first) => {
                Numbers::Rank2(step.join::<K, 2>(first, all(values, Self::rank2)?))
            }
            Numbers::Rank3(first) => {
                Numbers::Rank3(step.join::<K, 3>(first, all(values, Self::rank3)?))
            }
            Numbers::Rank4(first) => {
                Numbers::Rank4(step.join::<K, 4>(first, all(values, Self::rank4)?))
            }
            Numbers::Ids(_) => return Err(Trouble::internal("a join of ids")),
        };
        Ok(Self { numbers, padding })
    }

    fn misfit(&self, wanted: &str) -> Trouble {
        let dims = self.dims();
        let kind = if self.is_ids() { "ids" } else { "numbers" };
        Trouble::internal(format!("a layer wanted {wanted}, found {kind} {dims:?}"))
    }
}

/// The only value of a list, for layers with one input.
pub fn only<B: Backend>(values: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
    let n_values = values.len();
    let mut values = values.into_iter();
    match (values.next(), n_values) {
        (Some(value), 1) => Ok(value),
        _ => Err(Trouble::internal(format!("a layer with one input got {n_values}"))),
    }
}

fn all<B: Backend, T>(
    values: impl Iterator<Item = Value<B>>,
    unwrap: impl Fn(Value<B>) -> Result<T, Trouble>,
) -> Result<Vec<T>, Trouble> {
    values.map(unwrap).collect()
}

fn data<T: burn::tensor::Element>(
    elements: Option<&[T]>,
    shape: &[usize],
) -> Result<TensorData, Trouble> {
    elements
        .filter(|elements| shape.iter().product::<usize>() == elements.len())
        .map(|elements| TensorData::new(elements.to_vec(), shape))
        .ok_or_else(|| Trouble::internal(format!("an array has no {shape:?} elements")))
}
