//! Faster steps on flex tensors: the optimizers in one pass over memory, in place and on all threads.

use burn::backend::Autodiff;
use burn::tensor::{DType, Tensor, TensorPrimitive};
use burn_flex::{Flex, FlexTensor};
use pg_nn::kernels::{AdamStep, BurnKernels, Kernels, Moved, SgdStep};
use rayon::prelude::*;

/// Numbers that one thread treats at a time; a smaller tensor is not worth waking a second thread.
const CHUNK: usize = 32 * 1024;

/// The faster steps of the device `cpu`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuKernels;

impl Kernels<Autodiff<Flex>> for CpuKernels {}

impl Kernels<Flex> for CpuKernels {
    fn adam_step<const D: usize>(
        step: &AdamStep,
        moved: Moved<Flex, D>,
        moments: [Tensor<Flex, D>; 2],
    ) -> (Tensor<Flex, D>, [Tensor<Flex, D>; 2]) {
        if !all_f32(&[&moved.parameter, &moved.gradient, &moments[0], &moments[1]]) {
            return <BurnKernels as Kernels<Flex>>::adam_step(step, moved, moments);
        }
        let [first, second] = moments;
        let mut parameter = owned(moved.parameter);
        let gradient = owned(moved.gradient);
        let mut first = owned(first);
        let mut second = owned(second);
        let numbers = AdamNumbers::new(step);
        let chunks = [parameter.storage_mut::<f32>(), first.storage_mut(), second.storage_mut()];
        let [p, m, v] = chunks;
        let g = gradient.storage::<f32>();
        if g.len() <= CHUNK {
            numbers.pass(p, m, v, g);
        } else {
            let parts = p
                .par_chunks_mut(CHUNK)
                .zip(m.par_chunks_mut(CHUNK))
                .zip(v.par_chunks_mut(CHUNK))
                .zip(g.par_chunks(CHUNK));
            parts.for_each(|(((p, m), v), g)| numbers.pass(p, m, v, g));
        }
        (wrapped(parameter), [wrapped(first), wrapped(second)])
    }

    fn sgd_step<const D: usize>(
        step: &SgdStep,
        moved: Moved<Flex, D>,
        velocity: Option<Tensor<Flex, D>>,
    ) -> (Tensor<Flex, D>, Option<Tensor<Flex, D>>) {
        let is_f32 = all_f32(&[&moved.parameter, &moved.gradient])
            && velocity.as_ref().is_none_or(|velocity| all_f32(&[velocity]));
        if !is_f32 {
            return <BurnKernels as Kernels<Flex>>::sgd_step(step, moved, velocity);
        }
        let mut parameter = owned(moved.parameter);
        let gradient = owned(moved.gradient);
        let numbers = SgdNumbers::new(step);
        let g = gradient.storage::<f32>();
        let p = parameter.storage_mut::<f32>();
        let Some(velocity) = velocity else {
            if g.len() <= CHUNK {
                numbers.plain_pass(p, g);
            } else {
                p.par_chunks_mut(CHUNK)
                    .zip(g.par_chunks(CHUNK))
                    .for_each(|(p, g)| numbers.plain_pass(p, g));
            }
            return (wrapped(parameter), None);
        };
        let mut velocity = owned(velocity);
        let u = velocity.storage_mut::<f32>();
        if g.len() <= CHUNK {
            numbers.pass(p, u, g);
        } else {
            let parts =
                p.par_chunks_mut(CHUNK).zip(u.par_chunks_mut(CHUNK)).zip(g.par_chunks(CHUNK));
            parts.for_each(|((p, u), g)| numbers.pass(p, u, g));
        }
        (wrapped(parameter), Some(wrapped(velocity)))
    }
}

/// The constants of one step of Adam, rounded once.
struct AdamNumbers {
    beta1: f32,
    rest1: f32,
    beta2: f32,
    rest2: f32,
    epsilon: f32,
    factor: f32,
    shrink: f32,
    decay: f32,
}

impl AdamNumbers {
    fn new(step: &AdamStep) -> Self {
        let (shrink, decay) = if step.is_decoupled {
            (1.0 - step.learning_rate * step.weight_decay, 0.0)
        } else {
            (1.0, step.weight_decay)
        };
        Self {
            beta1: step.beta1 as f32,
            rest1: (1.0 - step.beta1) as f32,
            beta2: step.beta2 as f32,
            rest2: (1.0 - step.beta2) as f32,
            epsilon: step.root_epsilon() as f32,
            factor: step.factor() as f32,
            shrink: shrink as f32,
            decay: decay as f32,
        }
    }

    fn pass(
        &self,
        parameters: &mut [f32],
        first: &mut [f32],
        second: &mut [f32],
        gradients: &[f32],
    ) {
        for (((p, m), v), g) in parameters.iter_mut().zip(first).zip(second).zip(gradients) {
            let start = *p * self.shrink;
            let g = *g + self.decay * *p;
            *m = self.beta1 * *m + self.rest1 * g;
            *v = self.beta2 * *v + self.rest2 * g * g;
            *p = start - self.factor * *m / (v.sqrt() + self.epsilon);
        }
    }
}

/// The constants of one step of gradient descent, rounded once.
struct SgdNumbers {
    learning_rate: f32,
    momentum: f32,
    /// 1 for Nesterov, else 0: the share of the plain gradient in the direction.
    ahead: f32,
    /// Share of the velocity in the direction.
    along: f32,
    decay: f32,
}

impl SgdNumbers {
    fn new(step: &SgdStep) -> Self {
        let momentum = step.momentum as f32;
        let (ahead, along) = if step.is_nesterov { (1.0, momentum) } else { (0.0, 1.0) };
        Self {
            learning_rate: step.learning_rate as f32,
            momentum,
            ahead,
            along,
            decay: step.weight_decay as f32,
        }
    }

    fn plain_pass(&self, parameters: &mut [f32], gradients: &[f32]) {
        for (p, g) in parameters.iter_mut().zip(gradients) {
            *p -= self.learning_rate * (*g + self.decay * *p);
        }
    }

    fn pass(&self, parameters: &mut [f32], velocities: &mut [f32], gradients: &[f32]) {
        for ((p, u), g) in parameters.iter_mut().zip(velocities).zip(gradients) {
            let g = *g + self.decay * *p;
            *u = self.momentum * *u + g;
            *p -= self.learning_rate * (self.ahead * g + self.along * *u);
        }
    }
}

fn all_f32<const D: usize>(tensors: &[&Tensor<Flex, D>]) -> bool {
    tensors.iter().all(|tensor| tensor.dtype() == DType::F32)
}

/// The tensor's memory in its own order; copied only where it is a view. Where nothing else holds it, `storage_mut`
/// then changes it in place.
fn owned<const D: usize>(tensor: Tensor<Flex, D>) -> FlexTensor {
    let tensor = tensor.into_primitive().tensor();
    // Not `to_contiguous` alone: its clone would share the memory with `tensor` while both are alive.
    let copy = tensor.to_contiguous();
    drop(tensor);
    copy
}

fn wrapped<const D: usize>(tensor: FlexTensor) -> Tensor<Flex, D> {
    Tensor::from_primitive(TensorPrimitive::Float(tensor))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, Shape};

    use super::*;

    const DECAYS: [f64; 2] = [0.0, 0.05];

    fn random(shape: [usize; 2]) -> Tensor<Flex, 2> {
        let _turn = pg_nn::guard::random_turn();
        Tensor::random(Shape::from(shape), Distribution::Uniform(-1.0, 1.0), &burn_flex::FlexDevice)
    }

    fn assert_close(ours: Tensor<Flex, 2>, burn: Tensor<Flex, 2>, what: &str) {
        let (ours, burn) = (
            ours.into_data().to_vec::<f32>().expect("f32"),
            burn.into_data().to_vec::<f32>().expect("f32"),
        );
        for (index, (a, b)) in ours.iter().zip(&burn).enumerate() {
            assert!(
                (a - b).abs() <= 2e-6 * b.abs().max(1.0),
                "{what}, number {index}: {a} is not {b}"
            );
        }
    }

    /// Sizes below, at and above a chunk, and a transposed gradient.
    fn check(what: &str, n_steps: u64, run: impl Fn(u64, [usize; 2], Tensor<Flex, 2>)) {
        for shape in [[1, 1], [7, 5], [64, 512], [200, 331]] {
            for number in 1..=n_steps {
                run(number, shape, random(shape));
                run(number, shape, random([shape[1], shape[0]]).transpose());
            }
        }
        assert!(n_steps > 0, "{what}");
    }

    #[test]
    fn adam_equals_the_reference() {
        for (weight_decay, is_decoupled) in
            DECAYS.into_iter().flat_map(|decay| [(decay, false), (decay, true)])
        {
            check("adam", 3, |number, shape, gradient| {
                let step = AdamStep {
                    learning_rate: 0.01,
                    beta1: 0.9,
                    beta2: 0.999,
                    epsilon: 1e-8,
                    weight_decay,
                    is_decoupled,
                    number,
                };
                let (parameter, first, second) =
                    (random(shape), random(shape), random(shape).abs());
                let moved = || Moved { parameter: parameter.clone(), gradient: gradient.clone() };
                let (p, [m, v]) =
                    CpuKernels::adam_step(&step, moved(), [first.clone(), second.clone()]);
                let (p0, [m0, v0]) =
                    BurnKernels::adam_step(&step, moved(), [first.clone(), second.clone()]);
                assert_close(p, p0, "parameter");
                assert_close(m, m0, "first moment");
                assert_close(v, v0, "second moment");
            });
        }
    }

    #[test]
    fn sgd_equals_the_reference() {
        for weight_decay in DECAYS {
            for (momentum, is_nesterov) in [(0.0, false), (0.9, false), (0.9, true)] {
                check("sgd", 2, |_, shape, gradient| {
                    let step = SgdStep { learning_rate: 0.1, momentum, is_nesterov, weight_decay };
                    let (parameter, velocity) =
                        (random(shape), (momentum > 0.0).then(|| random(shape)));
                    let moved =
                        || Moved { parameter: parameter.clone(), gradient: gradient.clone() };
                    let (p, u) = CpuKernels::sgd_step(&step, moved(), velocity.clone());
                    let (p0, u0) = BurnKernels::sgd_step(&step, moved(), velocity);
                    assert_close(p, p0, "parameter");
                    if let (Some(u), Some(u0)) = (u, u0) {
                        assert_close(u, u0, "velocity");
                    }
                });
            }
        }
    }

    #[test]
    fn a_shared_parameter_is_copied_and_a_lone_one_is_not() {
        let step =
            SgdStep { learning_rate: 1.0, momentum: 0.0, is_nesterov: false, weight_decay: 0.0 };
        let shared = Tensor::<Flex, 2>::ones([2, 2], &burn_flex::FlexDevice);
        let moved = Moved { parameter: shared.clone(), gradient: shared.clone() };
        let (after, _) = CpuKernels::sgd_step(&step, moved, None);
        assert_eq!(shared.into_data().to_vec::<f32>().expect("f32"), [1.0; 4]);
        let address =
            |tensor: &Tensor<Flex, 2>| tensor.clone().into_primitive().tensor().bytes().as_ptr();
        let before = address(&after);
        let gradient = Tensor::ones([2, 2], &burn_flex::FlexDevice);
        let (after, _) = CpuKernels::sgd_step(&step, Moved { parameter: after, gradient }, None);
        assert_eq!(address(&after), before);
    }

    #[test]
    fn a_gradient_that_is_not_a_number_shows() {
        let step = AdamStep {
            learning_rate: 0.1,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            is_decoupled: false,
            number: 1,
        };
        let zeros = Tensor::<Flex, 2>::zeros([1, 1], &burn_flex::FlexDevice);
        let gradient = Tensor::full([1, 1], f32::NAN, &burn_flex::FlexDevice);
        let moved = Moved { parameter: zeros.clone(), gradient };
        let (after, _) = CpuKernels::adam_step(&step, moved, [zeros.clone(), zeros]);
        assert!(after.into_scalar().is_nan());
    }
}
