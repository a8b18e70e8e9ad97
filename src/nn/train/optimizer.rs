//! Optimizers with PyTorch's defaults and meaning; their state is plain named arrays that restore bit for bit.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData, TensorMetadata, ops::FloatTensor};
use pg_base::{Array, Elements, Trouble, say};
use serde::{Deserialize, Serialize};

use super::gradients::{Gradients, ModulePath};
use super::rules::Rule;
use crate::kernels::{Kernels, Moved};

/// How the weights move along the gradient.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum OptimizerKind {
    /// Plain gradient descent; `torch.optim.SGD`.
    GradientDescent,
    /// Gradient descent with a velocity; `torch.optim.SGD` with dampening 0.
    Sgd {
        /// Memory of the velocity, in 0..1; 0 is plain gradient descent.
        momentum: f64,
        /// Looks ahead along the velocity.
        nesterov: bool,
    },
    /// `torch.optim.Adam`; weight decay joins the gradient.
    Adam {
        /// Memory of the mean gradient.
        beta1: f64,
        /// Memory of the mean squared gradient.
        beta2: f64,
        /// Added to the root of the second moment.
        epsilon: f64,
        /// Divides by the largest second moment so far instead of the present one.
        #[serde(default)]
        amsgrad: bool,
    },
    /// `torch.optim.AdamW`; weight decay acts on the weights themselves.
    AdamW {
        /// Memory of the mean gradient.
        beta1: f64,
        /// Memory of the mean squared gradient.
        beta2: f64,
        /// Added to the root of the second moment.
        epsilon: f64,
        /// Divides by the largest second moment so far instead of the present one.
        #[serde(default)]
        amsgrad: bool,
    },
    /// Steps divided by the root of the recent mean squared gradient; `torch.optim.RMSprop`.
    RmsProp {
        /// Memory of the mean squared gradient.
        alpha: f64,
        /// Added to the root.
        epsilon: f64,
        /// Memory of a velocity; 0 for none.
        momentum: f64,
        /// Divides by the spread of the gradient instead of its size.
        centered: bool,
    },
    /// Steps divided by the root of the sum of all squared gradients; `torch.optim.Adagrad`.
    AdaGrad {
        /// Added to the root.
        epsilon: f64,
    },
}

impl Default for OptimizerKind {
    fn default() -> Self {
        Self::adam()
    }
}

impl OptimizerKind {
    /// Adam with PyTorch's defaults.
    pub const fn adam() -> Self {
        Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false }
    }

    /// AdamW with PyTorch's defaults (its weight decay there is 0.01, set in the settings here).
    pub const fn adam_w() -> Self {
        Self::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false }
    }

    /// Gradient descent with the usual momentum 0.9.
    pub const fn sgd() -> Self {
        Self::Sgd { momentum: 0.9, nesterov: false }
    }

    /// RMSprop with PyTorch's defaults.
    pub const fn rms_prop() -> Self {
        Self::RmsProp { alpha: 0.99, epsilon: 1e-8, momentum: 0.0, centered: false }
    }

    /// AdaGrad with PyTorch's defaults.
    pub const fn ada_grad() -> Self {
        Self::AdaGrad { epsilon: 1e-10 }
    }

    /// Moments kept per weight; part of the memory that a training needs.
    pub fn n_slots(self) -> usize {
        match self {
            Self::GradientDescent => 0,
            Self::Sgd { momentum, .. } => usize::from(momentum != 0.0),
            Self::Adam { amsgrad, .. } | Self::AdamW { amsgrad, .. } => 2 + usize::from(amsgrad),
            Self::RmsProp { momentum, centered, .. } => {
                1 + usize::from(momentum != 0.0) + usize::from(centered)
            }
            Self::AdaGrad { .. } => 1,
        }
    }

    /// Says which number is out of its range.
    pub fn check(self) -> Result<(), Trouble> {
        let fraction = |name: &str, value: f64| {
            if (0.0..1.0).contains(&value) {
                return Ok(());
            }
            Err(Trouble::new("optimizer-setting", say!("{name} is {value}", "{name} 为 {value}"))
                .expected(say!("at least 0 and below 1", "不小于 0 且小于 1"))
                .param(name))
        };
        match self {
            Self::GradientDescent => Ok(()),
            Self::Sgd { momentum, nesterov } => {
                fraction("momentum", momentum)?;
                if nesterov && momentum == 0.0 {
                    return Err(Trouble::new(
                        "optimizer-setting",
                        say!("Nesterov without momentum", "启用了 Nesterov 但动量为 0"),
                    )
                    .expected(say!(
                        "a momentum above 0, for instance 0.9",
                        "大于 0 的动量，例如 0.9"
                    ))
                    .param("momentum"));
                }
                Ok(())
            }
            Self::Adam { beta1, beta2, epsilon, .. }
            | Self::AdamW { beta1, beta2, epsilon, .. } => {
                fraction("beta1", beta1)?;
                fraction("beta2", beta2)?;
                small("epsilon", epsilon)
            }
            Self::RmsProp { alpha, epsilon, momentum, .. } => {
                fraction("alpha", alpha)?;
                fraction("momentum", momentum)?;
                small("epsilon", epsilon)
            }
            Self::AdaGrad { epsilon } => small("epsilon", epsilon),
        }
    }
}

fn small(name: &str, value: f64) -> Result<(), Trouble> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Trouble::new("optimizer-setting", say!("{name} is {value}", "{name} 为 {value}"))
        .expected(say!("a small number, for instance 1e-8", "一个很小的数，例如 1e-8"))
        .param(name))
}

/// An optimizer with its state: per parameter path, [`OptimizerKind::n_slots`] tensors of the parameter's shape.
#[derive(Debug)]
pub struct Optimizer<B: Backend, K> {
    kind: OptimizerKind,
    weight_decay: f64,
    n_steps: u64,
    slots: BTreeMap<String, Vec<FloatTensor<B>>>,
    kernels: PhantomData<K>,
}

impl<B: Backend, K: Kernels<B>> Optimizer<B, K> {
    /// An optimizer that has not made a step.
    pub fn new(kind: OptimizerKind, weight_decay: f64) -> Self {
        Self { kind, weight_decay, n_steps: 0, slots: BTreeMap::new(), kernels: PhantomData }
    }

    /// Moves every parameter that has a gradient by one step.
    pub fn step<AB, M>(&mut self, module: M, gradients: Gradients<B>, learning_rate: f64) -> M
    where
        AB: AutodiffBackend<InnerBackend = B>,
        M: Module<AB>,
    {
        self.n_steps += 1;
        let mut mover = Mover::<AB, K> {
            path: ModulePath::default(),
            gradients,
            slots: &mut self.slots,
            rule: Rule::new(self.kind, self.weight_decay, learning_rate, self.n_steps),
            kernels: PhantomData,
        };
        module.map(&mut mover)
    }

    /// Steps made.
    pub fn n_steps(&self) -> u64 {
        self.n_steps
    }

    /// The state as plain arrays named `PATH#SLOT`.
    pub fn arrays(&self) -> Result<BTreeMap<String, Array>, Trouble> {
        let mut arrays = BTreeMap::new();
        for (path, slots) in &self.slots {
            for (slot, tensor) in slots.iter().enumerate() {
                arrays.insert(format!("{path}#{slot}"), plain::<B>(tensor.clone())?);
            }
        }
        Ok(arrays)
    }

    /// Takes over a state made by [`Optimizer::arrays`]; names that are no state are refused.
    pub fn restore(
        &mut self,
        n_steps: u64,
        arrays: &BTreeMap<String, Array>,
        device: &B::Device,
    ) -> Result<(), Trouble> {
        let mut slots: BTreeMap<String, Vec<FloatTensor<B>>> = BTreeMap::new();
        for (name, array) in arrays {
            let bad = || Trouble::internal(format!("`{name}` is no optimizer state"));
            let (path, slot) = name.rsplit_once('#').ok_or_else(bad)?;
            let tensors = slots.entry(path.to_owned()).or_default();
            let (Ok(slot), Some(tensor)) = (slot.parse::<usize>(), on_device::<B>(array, device))
            else {
                return Err(bad());
            };
            if slot != tensors.len() || slot >= self.kind.n_slots() {
                return Err(bad());
            }
            tensors.push(tensor);
        }
        self.n_steps = n_steps;
        self.slots = slots;
        Ok(())
    }
}

/// An array of numbers as a tensor; none where it holds whole numbers.
pub(super) fn on_device<B: Backend>(array: &Array, device: &B::Device) -> Option<FloatTensor<B>> {
    let Elements::F32(numbers) = &array.elements else { return None };
    Some(B::float_from_data(TensorData::new(numbers.clone(), array.shape.clone()), device))
}

/// A tensor as an array on the host.
pub(super) fn plain<B: Backend>(tensor: FloatTensor<B>) -> Result<Array, Trouble> {
    let shape = tensor.shape().to_vec();
    let data = burn::tensor::try_read_sync(B::float_into_data(tensor))
        .ok_or_else(|| Trouble::internal("the device does not give its numbers back at once"))?
        .map_err(|error| Trouble::internal(format!("reading a state: {error:?}")))?;
    let numbers = data
        .convert::<f32>()
        .into_vec::<f32>()
        .map_err(|error| Trouble::internal(format!("{error:?}")))?;
    Ok(Array::f32(shape, numbers))
}

/// Walks over the parameters of a module and moves them.
struct Mover<'a, AB: AutodiffBackend, K> {
    path: ModulePath,
    gradients: Gradients<AB::InnerBackend>,
    slots: &'a mut BTreeMap<String, Vec<FloatTensor<AB::InnerBackend>>>,
    rule: Rule,
    kernels: PhantomData<K>,
}

impl<AB: AutodiffBackend, K: Kernels<AB::InnerBackend>> ModuleMapper<AB> for Mover<'_, AB, K> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<AB, D>>) -> Param<Tensor<AB, D>> {
        let path = self.path.name();
        let Some((gradient, scale)) = self.gradients.take::<D>(&path) else {
            return param;
        };
        // Parameter and state are owned here and nowhere else, so that a kernel may change them in place.
        let (id, tensor, mapper) = param.consume();
        let moved = Moved { parameter: tensor.inner(), gradient, scale };
        let slots = self.slots.remove(&path).unwrap_or_default();
        let (parameter, slots) = self.rule.apply::<_, K, D>(moved, slots);
        self.slots.insert(path, slots);
        Param::from_mapped_value(id, Tensor::from_inner(parameter).require_grad(), mapper)
    }
}
