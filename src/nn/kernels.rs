//! Steps of training that a device may do faster than burn; every default calls burn.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The faster steps of one family of devices for the backend `B`.
///
/// A type of the device's crate implements it: `CpuKernels` for `Flex` and for `Autodiff<Flex>` alike, so that
/// predictions gain what training gains. (It is no supertrait on the backend, because a crate may not implement a
/// foreign trait for a foreign type.) Whatever is not overridden goes through burn; [`BurnKernels`] overrides nothing,
/// works on every backend and is the reference for tests.
///
/// Room for more: a convolution, a dense layer, attention, dropout or a recurrent layer gets one method here whose
/// default body is burn's form of it; then `forward` of the layer and of the network takes `K: Kernels<B>` and calls
/// it as `K::…`, and the device's type overrides it. Layers without a faster form need only `B: Backend`. An override
/// must give the same numbers up to rounding and must fall back to burn for what it does not cover.
pub trait Kernels<B: Backend>: std::fmt::Debug + Send + Sync + 'static {
    /// Steps after which losses are read back. Reading waits for the device: nothing on a CPU, a stall on a GPU.
    const STEPS_PER_READ: usize = 1;

    /// One step of Adam or AdamW for one parameter; the same formulas as `torch.optim.Adam` and `torch.optim.AdamW`.
    /// All tensors have the same shape. Returns the parameter and both moments.
    fn adam_step<const D: usize>(
        step: &AdamStep,
        moved: Moved<B, D>,
        moments: [Tensor<B, D>; 2],
    ) -> (Tensor<B, D>, [Tensor<B, D>; 2]) {
        let Moved { parameter, gradient } = moved;
        let [first, second] = moments;
        let (parameter, gradient) = if step.is_decoupled {
            (shrunk(parameter, step.learning_rate * step.weight_decay), gradient)
        } else {
            let gradient = decayed(gradient, &parameter, step.weight_decay);
            (parameter, gradient)
        };
        let first = first * step.beta1 + gradient.clone() * (1.0 - step.beta1);
        let second = second * step.beta2 + gradient.square() * (1.0 - step.beta2);
        let direction =
            (first.clone() * step.factor()) / (second.clone().sqrt() + step.root_epsilon());
        let parameter = parameter - direction;
        (parameter, [first, second])
    }

    /// One step of gradient descent for one parameter, with momentum where a velocity is given; the same formulas as
    /// `torch.optim.SGD` without dampening. All tensors have the same shape. Returns the parameter and the velocity.
    fn sgd_step<const D: usize>(
        step: &SgdStep,
        moved: Moved<B, D>,
        velocity: Option<Tensor<B, D>>,
    ) -> (Tensor<B, D>, Option<Tensor<B, D>>) {
        let Moved { parameter, gradient } = moved;
        let gradient = decayed(gradient, &parameter, step.weight_decay);
        let Some(velocity) = velocity else {
            return (parameter - gradient * step.learning_rate, None);
        };
        let velocity = velocity * step.momentum + gradient.clone();
        let direction = if step.is_nesterov {
            gradient + velocity.clone() * step.momentum
        } else {
            velocity.clone()
        };
        (parameter - direction * step.learning_rate, Some(velocity))
    }
}

/// burn as it is, on any backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct BurnKernels;

impl<B: Backend> Kernels<B> for BurnKernels {}

/// A parameter that is about to move, and where to.
#[derive(Clone, Debug)]
pub struct Moved<B: Backend, const D: usize> {
    /// Current value.
    pub parameter: Tensor<B, D>,
    /// Gradient of the loss.
    pub gradient: Tensor<B, D>,
}

/// The numbers of one step of Adam or AdamW.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    /// Step size of this step.
    pub learning_rate: f64,
    /// Memory of the mean gradient.
    pub beta1: f64,
    /// Memory of the mean squared gradient.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Pull towards zero.
    pub weight_decay: f64,
    /// Whether the pull acts on the parameter itself (AdamW) or joins the gradient (Adam).
    pub is_decoupled: bool,
    /// Number of this step, from 1.
    pub number: u64,
}

impl AdamStep {
    /// The step is `factor · m / (√v + root_epsilon)`: the step size with the corrections for the start of both
    /// moments at zero, so that they cost no pass of their own.
    pub fn factor(&self) -> f64 {
        self.learning_rate * self.root_correction() / (1.0 - power(self.beta1, self.number))
    }

    /// Epsilon in the step of [`AdamStep::factor`].
    pub fn root_epsilon(&self) -> f64 {
        self.epsilon * self.root_correction()
    }

    fn root_correction(&self) -> f64 {
        (1.0 - power(self.beta2, self.number)).sqrt()
    }
}

/// The numbers of one step of gradient descent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdStep {
    /// Step size of this step.
    pub learning_rate: f64,
    /// Memory of the velocity.
    pub momentum: f64,
    /// Whether the step looks ahead along the velocity (Nesterov).
    pub is_nesterov: bool,
    /// Pull towards zero, joins the gradient.
    pub weight_decay: f64,
}

fn power(base: f64, exponent: u64) -> f64 {
    base.powf(exponent as f64)
}

pub(crate) fn decayed<B: Backend, const D: usize>(
    gradient: Tensor<B, D>,
    parameter: &Tensor<B, D>,
    weight_decay: f64,
) -> Tensor<B, D> {
    if weight_decay == 0.0 { gradient } else { gradient + parameter.clone() * weight_decay }
}

pub(crate) fn shrunk<B: Backend, const D: usize>(
    parameter: Tensor<B, D>,
    fraction: f64,
) -> Tensor<B, D> {
    if fraction == 0.0 { parameter } else { parameter * (1.0 - fraction) }
}
