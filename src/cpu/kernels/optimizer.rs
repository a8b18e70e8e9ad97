//! The optimizers in one pass over memory, in place and on all threads.

use burn::tensor::Tensor;
use burn_flex::FlexTensor;
use pg_nn::kernels::{
    AdaGradStep, AdamStep, BurnKernels, Kernels, Moved, RmsPropState, RmsPropStep, SgdStep,
};

use crate::math::optimize::{self, AdaGradNumbers, AdamNumbers, RmsPropNumbers, SgdNumbers};
use crate::op::{FlexBased, numbers, wrapped};

pub(super) fn adam_step<B: FlexBased, const D: usize>(
    step: &AdamStep,
    moved: Moved<B, D>,
    [first, second]: [Tensor<B, D>; 2],
) -> (Tensor<B, D>, [Tensor<B, D>; 2]) {
    if !all_f32([&moved.parameter, &moved.gradient, &first, &second]) {
        return <BurnKernels as Kernels<B>>::adam_step(step, moved, [first, second]);
    }
    let [mut p, mut m, mut v] = [moved.parameter, first, second].map(owned);
    let (gradient, scale) = (owned(moved.gradient), moved.scale as f32);
    let states = [m.storage_mut(), v.storage_mut()];
    optimize::adam(&adam_numbers(step), scale, p.storage_mut(), states, numbers(&gradient));
    (free(p), [free(m), free(v)])
}

pub(super) fn sgd_step<B: FlexBased, const D: usize>(
    step: &SgdStep,
    moved: Moved<B, D>,
    velocity: Option<Tensor<B, D>>,
) -> (Tensor<B, D>, Option<Tensor<B, D>>) {
    let is_covered = all_f32([&moved.parameter, &moved.gradient])
        && velocity.as_ref().is_none_or(|velocity| all_f32([velocity]));
    if !is_covered {
        return <BurnKernels as Kernels<B>>::sgd_step(step, moved, velocity);
    }
    let mut p = owned(moved.parameter);
    let (gradient, scale) = (owned(moved.gradient), moved.scale as f32);
    let sgd = SgdNumbers {
        learning_rate: step.learning_rate as f32,
        momentum: step.momentum as f32,
        is_nesterov: step.is_nesterov,
        decay: step.weight_decay as f32,
    };
    let Some(velocity) = velocity else {
        optimize::descend(&sgd, scale, p.storage_mut(), numbers(&gradient));
        return (free(p), None);
    };
    let mut u = owned(velocity);
    optimize::sgd(&sgd, scale, p.storage_mut(), u.storage_mut(), numbers(&gradient));
    (free(p), Some(free(u)))
}

pub(super) fn ams_grad_step<B: FlexBased, const D: usize>(
    step: &AdamStep,
    moved: Moved<B, D>,
    moments: [Tensor<B, D>; 3],
) -> (Tensor<B, D>, [Tensor<B, D>; 3]) {
    let [first, second, largest] = &moments;
    if !all_f32([&moved.parameter, &moved.gradient, first, second, largest]) {
        return <BurnKernels as Kernels<B>>::ams_grad_step(step, moved, moments);
    }
    let mut p = owned(moved.parameter);
    let [mut m, mut v, mut most] = moments.map(owned);
    let (gradient, scale) = (owned(moved.gradient), moved.scale as f32);
    let states = [m.storage_mut(), v.storage_mut(), most.storage_mut()];
    optimize::ams_grad(&adam_numbers(step), scale, p.storage_mut(), states, numbers(&gradient));
    (free(p), [free(m), free(v), free(most)])
}

pub(super) fn rms_prop_step<B: FlexBased, const D: usize>(
    step: &RmsPropStep,
    moved: Moved<B, D>,
    state: RmsPropState<B, D>,
) -> (Tensor<B, D>, RmsPropState<B, D>) {
    let others = [&state.mean, &state.velocity];
    let is_covered = all_f32([&moved.parameter, &moved.gradient, &state.square])
        && others.into_iter().flatten().all(|tensor| all_f32([tensor]));
    if !is_covered {
        return <BurnKernels as Kernels<B>>::rms_prop_step(step, moved, state);
    }
    let [mut p, mut square] = [moved.parameter, state.square].map(owned);
    let (gradient, scale) = (owned(moved.gradient), moved.scale as f32);
    let [mut mean, mut velocity] = [state.mean, state.velocity].map(|tensor| tensor.map(owned));
    let constants = RmsPropNumbers {
        learning_rate: step.learning_rate as f32,
        alpha: step.alpha as f32,
        rest: (1.0 - step.alpha) as f32,
        epsilon: step.epsilon as f32,
        momentum: step.momentum as f32,
        decay: step.weight_decay as f32,
    };
    optimize::rms_prop(
        &constants,
        scale,
        p.storage_mut(),
        square.storage_mut(),
        mean.as_mut().map(FlexTensor::storage_mut),
        velocity.as_mut().map(FlexTensor::storage_mut),
        numbers(&gradient),
    );
    let state =
        RmsPropState { square: free(square), mean: mean.map(free), velocity: velocity.map(free) };
    (free(p), state)
}

pub(super) fn ada_grad_step<B: FlexBased, const D: usize>(
    step: &AdaGradStep,
    moved: Moved<B, D>,
    sum: Tensor<B, D>,
) -> (Tensor<B, D>, Tensor<B, D>) {
    if !all_f32([&moved.parameter, &moved.gradient, &sum]) {
        return <BurnKernels as Kernels<B>>::ada_grad_step(step, moved, sum);
    }
    let [mut p, mut sum] = [moved.parameter, sum].map(owned);
    let (gradient, scale) = (owned(moved.gradient), moved.scale as f32);
    let constants = AdaGradNumbers {
        learning_rate: step.learning_rate as f32,
        epsilon: step.epsilon as f32,
        decay: step.weight_decay as f32,
    };
    optimize::ada_grad(&constants, scale, p.storage_mut(), sum.storage_mut(), numbers(&gradient));
    (free(p), free(sum))
}

/// The constants of one step of Adam, rounded once.
fn adam_numbers(step: &AdamStep) -> AdamNumbers {
    let (shrink, decay) = if step.is_decoupled {
        (1.0 - step.learning_rate * step.weight_decay, 0.0)
    } else {
        (1.0, step.weight_decay)
    };
    AdamNumbers {
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

fn all_f32<B: FlexBased, const D: usize, const N: usize>(tensors: [&Tensor<B, D>; N]) -> bool {
    tensors.iter().all(|tensor| tensor.dtype() == burn::tensor::DType::F32)
}

/// The tensor's memory in its own order; copied only where it is a view. Where nothing else holds it, `storage_mut`
/// then changes it in place.
fn owned<B: FlexBased, const D: usize>(tensor: Tensor<B, D>) -> FlexTensor {
    let tensor = B::into_plain(tensor.into_primitive().tensor());
    // Not `to_contiguous` alone: its clone would share the memory with `tensor` while both are alive.
    let copy = tensor.to_contiguous();
    drop(tensor);
    copy
}

/// A tensor outside any graph.
fn free<B: FlexBased, const D: usize>(tensor: FlexTensor) -> Tensor<B, D> {
    wrapped(B::from_plain(tensor))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, Shape};
    use burn_flex::Flex;

    use super::*;
    use crate::CpuKernels;

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
                let moved = || Moved {
                    parameter: parameter.clone(),
                    gradient: gradient.clone(),
                    scale: 0.5,
                };
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
                    let moved = || Moved {
                        parameter: parameter.clone(),
                        gradient: gradient.clone(),
                        scale: 0.5,
                    };
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
        let moved = Moved { parameter: shared.clone(), gradient: shared.clone(), scale: 1.0 };
        let (after, _) = CpuKernels::sgd_step(&step, moved, None);
        assert_eq!(shared.into_data().to_vec::<f32>().expect("f32"), [1.0; 4]);
        let address =
            |tensor: &Tensor<Flex, 2>| tensor.clone().into_primitive().tensor().bytes().as_ptr();
        let before = address(&after);
        let gradient = Tensor::ones([2, 2], &burn_flex::FlexDevice);
        let (after, _) =
            CpuKernels::sgd_step(&step, Moved { parameter: after, gradient, scale: 1.0 }, None);
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
        let moved = Moved { parameter: zeros.clone(), gradient, scale: 1.0 };
        let (after, _) = CpuKernels::adam_step(&step, moved, [zeros.clone(), zeros]);
        assert!(after.into_scalar().is_nan());
    }
}
