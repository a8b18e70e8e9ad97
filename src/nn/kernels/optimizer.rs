//! The steps of the optimizers by burn, and their numbers.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// A parameter that is about to move, and where to.
#[derive(Clone, Debug)]
pub struct Moved<B: Backend, const D: usize> {
    /// Current value.
    pub parameter: Tensor<B, D>,
    /// Gradient of the loss.
    pub gradient: Tensor<B, D>,
    /// What the gradient is to be multiplied by: below 1 where the norm of all gradients is clipped.
    pub scale: f64,
}

impl<B: Backend, const D: usize> Moved<B, D> {
    /// The parameter and its gradient times the scale.
    fn scaled(self) -> (Tensor<B, D>, Tensor<B, D>) {
        let gradient = if self.scale == 1.0 { self.gradient } else { self.gradient * self.scale };
        (self.parameter, gradient)
    }
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

/// The numbers of one step of RMSprop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsPropStep {
    /// Step size of this step.
    pub learning_rate: f64,
    /// Memory of the mean squared gradient.
    pub alpha: f64,
    /// Added to the root.
    pub epsilon: f64,
    /// Memory of the velocity.
    pub momentum: f64,
    /// Pull towards zero, joins the gradient.
    pub weight_decay: f64,
}

/// What RMSprop keeps of a parameter.
#[derive(Clone, Debug)]
pub struct RmsPropState<B: Backend, const D: usize> {
    /// Mean squared gradient.
    pub square: Tensor<B, D>,
    /// Mean gradient, where the step divides by the spread.
    pub mean: Option<Tensor<B, D>>,
    /// Velocity, where it has momentum.
    pub velocity: Option<Tensor<B, D>>,
}

/// The numbers of one step of AdaGrad.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaGradStep {
    /// Step size of this step.
    pub learning_rate: f64,
    /// Added to the root.
    pub epsilon: f64,
    /// Pull towards zero, joins the gradient.
    pub weight_decay: f64,
}

pub(super) fn adam_step<B: Backend, const D: usize>(
    step: &AdamStep,
    moved: Moved<B, D>,
    [first, second]: [Tensor<B, D>; 2],
) -> (Tensor<B, D>, [Tensor<B, D>; 2]) {
    let (parameter, gradient) = prepared(step, moved);
    let [first, second] = moments(step, &gradient, [first, second]);
    let direction = (first.clone() * step.factor()) / (second.clone().sqrt() + step.root_epsilon());
    (parameter - direction, [first, second])
}

pub(super) fn ams_grad_step<B: Backend, const D: usize>(
    step: &AdamStep,
    moved: Moved<B, D>,
    [first, second, largest]: [Tensor<B, D>; 3],
) -> (Tensor<B, D>, [Tensor<B, D>; 3]) {
    let (parameter, gradient) = prepared(step, moved);
    let [first, second] = moments(step, &gradient, [first, second]);
    let largest = largest.max_pair(second.clone());
    let direction =
        (first.clone() * step.factor()) / (largest.clone().sqrt() + step.root_epsilon());
    (parameter - direction, [first, second, largest])
}

pub(super) fn sgd_step<B: Backend, const D: usize>(
    step: &SgdStep,
    moved: Moved<B, D>,
    velocity: Option<Tensor<B, D>>,
) -> (Tensor<B, D>, Option<Tensor<B, D>>) {
    let (parameter, gradient) = moved.scaled();
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

pub(super) fn rms_prop_step<B: Backend, const D: usize>(
    step: &RmsPropStep,
    moved: Moved<B, D>,
    state: RmsPropState<B, D>,
) -> (Tensor<B, D>, RmsPropState<B, D>) {
    let (parameter, gradient) = moved.scaled();
    let gradient = decayed(gradient, &parameter, step.weight_decay);
    let rest = 1.0 - step.alpha;
    let square = state.square * step.alpha + gradient.clone().square() * rest;
    let mean = state.mean.map(|mean| mean * step.alpha + gradient.clone() * rest);
    let spread = match &mean {
        Some(mean) => (square.clone() - mean.clone().square()).clamp_min(0.0),
        None => square.clone(),
    };
    let direction = gradient / (spread.sqrt() + step.epsilon);
    let velocity = state.velocity.map(|velocity| velocity * step.momentum + direction.clone());
    let direction = velocity.clone().unwrap_or(direction);
    let parameter = parameter - direction * step.learning_rate;
    (parameter, RmsPropState { square, mean, velocity })
}

pub(super) fn ada_grad_step<B: Backend, const D: usize>(
    step: &AdaGradStep,
    moved: Moved<B, D>,
    sum: Tensor<B, D>,
) -> (Tensor<B, D>, Tensor<B, D>) {
    let (parameter, gradient) = moved.scaled();
    let gradient = decayed(gradient, &parameter, step.weight_decay);
    let sum = sum + gradient.clone().square();
    let direction = gradient * step.learning_rate / (sum.clone().sqrt() + step.epsilon);
    (parameter - direction, sum)
}

/// With the weight decay of Adam in the gradient or, of AdamW, in the parameter.
fn prepared<B: Backend, const D: usize>(
    step: &AdamStep,
    moved: Moved<B, D>,
) -> (Tensor<B, D>, Tensor<B, D>) {
    let (parameter, gradient) = moved.scaled();
    if step.is_decoupled {
        (shrunk(parameter, step.learning_rate * step.weight_decay), gradient)
    } else {
        let gradient = decayed(gradient, &parameter, step.weight_decay);
        (parameter, gradient)
    }
}

fn moments<B: Backend, const D: usize>(
    step: &AdamStep,
    gradient: &Tensor<B, D>,
    [first, second]: [Tensor<B, D>; 2],
) -> [Tensor<B, D>; 2] {
    let first = first * step.beta1 + gradient.clone() * (1.0 - step.beta1);
    let second = second * step.beta2 + gradient.clone().square() * (1.0 - step.beta2);
    [first, second]
}

fn power(base: f64, exponent: u64) -> f64 {
    base.powf(exponent as f64)
}

fn decayed<B: Backend, const D: usize>(
    gradient: Tensor<B, D>,
    parameter: &Tensor<B, D>,
    weight_decay: f64,
) -> Tensor<B, D> {
    if weight_decay == 0.0 { gradient } else { gradient + parameter.clone() * weight_decay }
}

fn shrunk<B: Backend, const D: usize>(parameter: Tensor<B, D>, fraction: f64) -> Tensor<B, D> {
    if fraction == 0.0 { parameter } else { parameter * (1.0 - fraction) }
}
