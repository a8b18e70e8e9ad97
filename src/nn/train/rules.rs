//! The formulas of the optimizers for one parameter; those of Adam and gradient descent are the device's kernels.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorPrimitive, ops::FloatTensor};

use super::OptimizerKind;
use crate::kernels::{AdamStep, Kernels, Moved, SgdStep, decayed, shrunk};

/// The numbers of one step for all parameters.
pub(super) enum Rule {
    Adam(AdamStep),
    AmsGrad(AdamStep),
    Sgd(SgdStep),
    RmsProp(RmsPropStep),
    AdaGrad(AdaGradStep),
}

pub(super) struct RmsPropStep {
    learning_rate: f64,
    alpha: f64,
    epsilon: f64,
    momentum: f64,
    is_centered: bool,
    weight_decay: f64,
}

pub(super) struct AdaGradStep {
    learning_rate: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Rule {
    pub(super) fn new(
        kind: OptimizerKind,
        weight_decay: f64,
        learning_rate: f64,
        number: u64,
    ) -> Self {
        let sgd = |momentum, is_nesterov| {
            Self::Sgd(SgdStep { learning_rate, momentum, is_nesterov, weight_decay })
        };
        let adam = |beta1, beta2, epsilon, amsgrad, is_decoupled| {
            let step = AdamStep {
                learning_rate,
                beta1,
                beta2,
                epsilon,
                weight_decay,
                is_decoupled,
                number,
            };
            if amsgrad { Self::AmsGrad(step) } else { Self::Adam(step) }
        };
        match kind {
            OptimizerKind::GradientDescent => sgd(0.0, false),
            OptimizerKind::Sgd { momentum, nesterov } => sgd(momentum, nesterov),
            OptimizerKind::Adam { beta1, beta2, epsilon, amsgrad } => {
                adam(beta1, beta2, epsilon, amsgrad, false)
            }
            OptimizerKind::AdamW { beta1, beta2, epsilon, amsgrad } => {
                adam(beta1, beta2, epsilon, amsgrad, true)
            }
            OptimizerKind::RmsProp { alpha, epsilon, momentum, centered } => {
                Self::RmsProp(RmsPropStep {
                    learning_rate,
                    alpha,
                    epsilon,
                    momentum,
                    is_centered: centered,
                    weight_decay,
                })
            }
            OptimizerKind::AdaGrad { epsilon } => {
                Self::AdaGrad(AdaGradStep { learning_rate, epsilon, weight_decay })
            }
        }
    }

    /// Moves a parameter; slots that are not there yet begin at zero.
    pub(super) fn apply<B: Backend, K: Kernels<B>, const D: usize>(
        &self,
        moved: Moved<B, D>,
        slots: Vec<FloatTensor<B>>,
    ) -> (Tensor<B, D>, Vec<FloatTensor<B>>) {
        let wrap = |tensor| Tensor::from_primitive(TensorPrimitive::Float(tensor));
        let unwrap = |tensor: Tensor<B, D>| tensor.into_primitive().tensor();
        let shape = moved.gradient.clone();
        let mut slots = slots.into_iter().map(wrap);
        let mut next_slot = || slots.next().unwrap_or_else(|| shape.zeros_like());
        let (parameter, slots) = match self {
            Self::Adam(step) => {
                let (parameter, moments) = K::adam_step(step, moved, [next_slot(), next_slot()]);
                (parameter, Vec::from(moments))
            }
            Self::AmsGrad(step) => {
                ams_grad_step(step, moved, [next_slot(), next_slot(), next_slot()])
            }
            Self::Sgd(step) => {
                let velocity = (step.momentum != 0.0).then(next_slot);
                let (parameter, velocity) = K::sgd_step(step, moved, velocity);
                (parameter, velocity.into_iter().collect())
            }
            Self::RmsProp(step) => step.apply(moved, next_slot),
            Self::AdaGrad(step) => step.apply(moved, next_slot()),
        };
        (parameter, slots.into_iter().map(unwrap).collect())
    }
}

/// Adam or AdamW with the largest second moment so far.
fn ams_grad_step<B: Backend, const D: usize>(
    step: &AdamStep,
    moved: Moved<B, D>,
    [first, second, largest]: [Tensor<B, D>; 3],
) -> (Tensor<B, D>, Vec<Tensor<B, D>>) {
    let Moved { parameter, gradient } = moved;
    let (parameter, gradient) = if step.is_decoupled {
        (shrunk(parameter, step.learning_rate * step.weight_decay), gradient)
    } else {
        let gradient = decayed(gradient, &parameter, step.weight_decay);
        (parameter, gradient)
    };
    let first = first * step.beta1 + gradient.clone() * (1.0 - step.beta1);
    let second = second * step.beta2 + gradient.square() * (1.0 - step.beta2);
    let largest = largest.max_pair(second.clone());
    let direction =
        (first.clone() * step.factor()) / (largest.clone().sqrt() + step.root_epsilon());
    (parameter - direction, vec![first, second, largest])
}

impl RmsPropStep {
    fn apply<B: Backend, const D: usize>(
        &self,
        moved: Moved<B, D>,
        mut next_slot: impl FnMut() -> Tensor<B, D>,
    ) -> (Tensor<B, D>, Vec<Tensor<B, D>>) {
        let Moved { parameter, gradient } = moved;
        let gradient = decayed(gradient, &parameter, self.weight_decay);
        let rest = 1.0 - self.alpha;
        let square = next_slot() * self.alpha + gradient.clone().square() * rest;
        let mut slots = vec![square.clone()];
        let spread = if self.is_centered {
            let mean = next_slot() * self.alpha + gradient.clone() * rest;
            slots.push(mean.clone());
            (square - mean.square()).clamp_min(0.0)
        } else {
            square
        };
        let direction = gradient / (spread.sqrt() + self.epsilon);
        let direction = if self.momentum == 0.0 {
            direction
        } else {
            let velocity = next_slot() * self.momentum + direction;
            slots.push(velocity.clone());
            velocity
        };
        (parameter - direction * self.learning_rate, slots)
    }
}

impl AdaGradStep {
    fn apply<B: Backend, const D: usize>(
        &self,
        moved: Moved<B, D>,
        sum: Tensor<B, D>,
    ) -> (Tensor<B, D>, Vec<Tensor<B, D>>) {
        let Moved { parameter, gradient } = moved;
        let gradient = decayed(gradient, &parameter, self.weight_decay);
        let sum = sum + gradient.clone().square();
        let direction = gradient * self.learning_rate / (sum.clone().sqrt() + self.epsilon);
        (parameter - direction, vec![sum])
    }
}
