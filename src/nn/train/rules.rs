//! The optimizers for one parameter: which kernel moves it, and with which slots.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorPrimitive, ops::FloatTensor};

use super::OptimizerKind;
use crate::kernels::{AdaGradStep, AdamStep, Kernels, Moved, RmsPropState, RmsPropStep, SgdStep};

/// The numbers of one step for all parameters.
pub(super) enum Rule {
    Adam(AdamStep),
    AmsGrad(AdamStep),
    Sgd(SgdStep),
    RmsProp { step: RmsPropStep, is_centered: bool },
    AdaGrad(AdaGradStep),
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
                let step = RmsPropStep { learning_rate, alpha, epsilon, momentum, weight_decay };
                Self::RmsProp { step, is_centered: centered }
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
                let moments = [next_slot(), next_slot(), next_slot()];
                let (parameter, moments) = K::ams_grad_step(step, moved, moments);
                (parameter, Vec::from(moments))
            }
            Self::Sgd(step) => {
                let velocity = (step.momentum != 0.0).then(next_slot);
                let (parameter, velocity) = K::sgd_step(step, moved, velocity);
                (parameter, velocity.into_iter().collect())
            }
            Self::RmsProp { step, is_centered } => {
                let square = next_slot();
                let mean = is_centered.then(&mut next_slot);
                let velocity = (step.momentum != 0.0).then(&mut next_slot);
                let state = RmsPropState { square, mean, velocity };
                let (parameter, state) = K::rms_prop_step(step, moved, state);
                let RmsPropState { square, mean, velocity } = state;
                (parameter, [Some(square), mean, velocity].into_iter().flatten().collect())
            }
            Self::AdaGrad(step) => {
                let (parameter, sum) = K::ada_grad_step(step, moved, next_slot());
                (parameter, vec![sum])
            }
        };
        (parameter, slots.into_iter().map(unwrap).collect())
    }
}
