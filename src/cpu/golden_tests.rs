//! Losses, clipping and optimizers against PyTorch's numbers in `src/nn/golden`.

use std::collections::BTreeMap;

use burn::backend::Autodiff;
use burn::module::Param;
use burn::tensor::{Int, Tensor, TensorData};
use burn_flex::{Flex, FlexDevice};
use pg_nn::kernels::{BurnKernels, Kernels};
use pg_nn::train::gradients::Gradients;
use pg_nn::train::loss::Loss;
use pg_nn::train::optimizer::Optimizer;
use pg_nn::train::target::Target;
use pg_nn::train::{LossKind, OptimizerKind};
use pg_nn::{Head, TrainSettings};
use serde_json::Value;

use crate::CpuKernels;

type Training = Autodiff<Flex>;

fn cases(json: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(json).expect("golden file");
    file["cases"].as_array().expect("cases").clone()
}

fn packed(value: &Value) -> (Vec<usize>, Vec<f32>) {
    let numbers = |key: &str| {
        value[key].as_array().expect("list").iter().map(|number| number.as_f64().expect("number"))
    };
    (
        numbers("shape").map(|size| size as usize).collect(),
        numbers("data").map(|number| number as f32).collect(),
    )
}

fn matrix(value: &Value) -> Tensor<Training, 2> {
    let (shape, data) = packed(value);
    Tensor::from_data(TensorData::new(data, shape), &FlexDevice)
}

fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0), "{what}, number {index}: {a} is not {b}");
    }
}

fn host<const D: usize>(tensor: Tensor<Flex, D>) -> Vec<f32> {
    tensor.into_data().to_vec().expect("f32")
}

#[test]
fn losses_and_their_gradients_equal_pytorch() {
    let mut n_checked = 0;
    for case in cases(include_str!("../nn/golden/losses.json")) {
        let config = case["config"].as_object().expect("config");
        let number = |key: &str| config.get(key).and_then(Value::as_f64);
        let kind = match config["kind"].as_str().expect("kind") {
            "cross_entropy" => LossKind::CrossEntropy,
            "binary" => LossKind::BinaryCrossEntropy,
            "binary_cross_entropy_with_logits" if config.len() == 1 => LossKind::BinaryCrossEntropy,
            "mse" => LossKind::MeanSquared,
            "l1" => LossKind::MeanAbsolute,
            "huber" => LossKind::Huber { delta: number("delta").expect("delta") },
            "quantile" => LossKind::Quantile { quantile: number("quantile").expect("quantile") },
            "poisson" => LossKind::Poisson,
            "focal" | "focal_binary" => {
                LossKind::Focal { gamma: number("gamma").expect("gamma"), alpha: number("alpha") }
            }
            _ => continue,
        };
        let target = &case["inputs"]["target"];
        let has_classes = matches!(config["kind"].as_str(), Some("cross_entropy" | "focal"));
        let weights = config.get("weight").and_then(Value::as_array);
        let settings = TrainSettings {
            loss: kind,
            label_smoothing: number("label_smoothing").unwrap_or(0.0),
            class_weights: weights
                .map(|all| all.iter().map(|weight| weight.as_f64().expect("number")).collect())
                .unwrap_or_default(),
            ..TrainSettings::default()
        };
        let n_units = packed(&case["inputs"]["input"]).0[1];
        let head = match kind {
            LossKind::BinaryCrossEntropy => Head::Sigmoid,
            LossKind::Focal { .. } if !has_classes => Head::Sigmoid,
            LossKind::Poisson => Head::Rate { n_outputs: n_units },
            _ if has_classes => Head::Softmax { n_classes: n_units },
            _ => Head::Linear { n_outputs: n_units },
        };
        let loss = Loss::new(&settings, head).expect("fits");
        let target = if has_classes {
            let ids: Vec<i32> = packed(target).1.into_iter().map(|id| id as i32).collect();
            Target::Classes(Tensor::<Training, 1, Int>::from_data(
                TensorData::from(ids.as_slice()),
                &FlexDevice,
            ))
        } else {
            Target::Numbers(matrix(target))
        };
        for is_ours in [true, false] {
            let outputs = matrix(&case["inputs"]["input"]).require_grad();
            let value = if is_ours {
                loss.of::<_, CpuKernels>(outputs.clone(), target.clone())
            } else {
                loss.of::<_, BurnKernels>(outputs.clone(), target.clone())
            };
            let value = value.expect("fits");
            let gradients = value.backward();
            assert_close(&host(value.inner()), &packed(&case["output"]).1, kind.name());
            let gradient = outputs.grad(&gradients).expect("has a gradient");
            assert_close(&host(gradient), &packed(&case["grads"]["input"]).1, kind.name());
        }
        n_checked += 1;
    }
    assert_eq!(n_checked, 16);
}

#[test]
fn clipping_equals_pytorch() {
    for case in cases(include_str!("../nn/golden/clip_grad_norm.json")) {
        let (_, a) = packed(&case["inputs"]["a"]);
        let (_, b) = packed(&case["inputs"]["b"]);
        let both = [a, b];
        let module: Vec<_> =
            both.iter().map(|numbers| parameter(&vec![0.0; numbers.len()])).collect();
        let pull = both
            .iter()
            .zip(&module)
            .map(|(numbers, param)| (param.val() * constant(numbers)).sum());
        let loss = pull.reduce(|left, right| left + right).expect("two parameters");
        let mut gradients = Gradients::of(&module, loss.backward());
        let norm =
            gradients.clip::<CpuKernels>(case["config"]["max_norm"].as_f64().expect("number"));
        assert_close(&[norm as f32], &packed(&case["output"]).1, "norm");
        for (path, name) in [("0", "a"), ("1", "b")] {
            let (gradient, scale) = gradients.take::<1>(path).expect("has a gradient");
            let gradient = gradient * scale;
            assert_close(&host(gradient), &packed(&case["grads"][name]).1, name);
        }
    }
}

#[test]
fn twenty_steps_of_every_optimizer_equal_pytorch() {
    let cases = cases(include_str!("../nn/golden/optimizers.json"));
    assert_eq!(cases.len(), 15);
    for case in &cases {
        check_optimizer::<BurnKernels>(case);
        check_optimizer::<CpuKernels>(case);
    }
}

#[test]
fn a_restored_optimizer_goes_on_bit_for_bit() {
    for kind in [
        OptimizerKind::adam(),
        OptimizerKind::adam_w(),
        OptimizerKind::sgd(),
        OptimizerKind::GradientDescent,
        OptimizerKind::ada_grad(),
        OptimizerKind::RmsProp { alpha: 0.9, epsilon: 1e-8, momentum: 0.9, centered: true },
        OptimizerKind::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: true },
    ] {
        let start = [0.5, -0.25, 1e-3];
        let pull = |step: usize| [0.1, -2.0, 1e-6 * (step as f32)];
        let mut whole = Optimizer::<Flex, CpuKernels>::new(kind, 0.01);
        let mut half = Optimizer::<Flex, CpuKernels>::new(kind, 0.01);
        let (mut a, mut b) = (parameter(&start), parameter(&start));
        for step in 0..6 {
            a = stepped(&mut whole, a, &pull(step), 0.1);
            b = stepped(&mut half, b, &pull(step), 0.1);
            let arrays = half.arrays().expect("readable");
            assert_eq!(arrays.len(), kind.n_slots());
            half = Optimizer::new(kind, 0.01);
            half.restore(step as u64 + 1, &arrays, &FlexDevice).expect("fits");
        }
        assert_eq!(host(a.val().inner()), host(b.val().inner()), "{kind:?}");
        let strange =
            BTreeMap::from([("weight#7".to_owned(), pg_base::Array::f32([1], vec![0.0]))]);
        assert!(half.restore(1, &strange, &FlexDevice).is_err());
    }
}

fn check_optimizer<K: Kernels<Flex>>(case: &Value) {
    let config = &case["config"];
    let number = |key: &str| config[key].as_f64().unwrap_or(0.0);
    let flag = |key: &str| config[key].as_bool().unwrap_or(false);
    let (beta1, beta2) =
        (config["betas"][0].as_f64().unwrap_or(0.0), config["betas"][1].as_f64().unwrap_or(0.0));
    let epsilon = number("eps");
    let kind = match config["kind"].as_str().expect("kind") {
        "adam" => OptimizerKind::Adam { beta1, beta2, epsilon, amsgrad: flag("amsgrad") },
        "adamw" => OptimizerKind::AdamW { beta1, beta2, epsilon, amsgrad: flag("amsgrad") },
        "rmsprop" => OptimizerKind::RmsProp {
            alpha: number("alpha"),
            epsilon,
            momentum: number("momentum"),
            centered: flag("centered"),
        },
        "adagrad" => OptimizerKind::AdaGrad { epsilon },
        _ if number("momentum") == 0.0 => OptimizerKind::GradientDescent,
        _ => OptimizerKind::Sgd { momentum: number("momentum"), nesterov: flag("nesterov") },
    };
    let mut optimizer = Optimizer::<Flex, K>::new(kind, number("weight_decay"));
    let (_, start) = packed(&case["inputs"]["start"]);
    let (_, gradients) = packed(&case["inputs"]["gradients"]);
    let (_, expected) = packed(&case["output"]);
    let mut module = parameter(&start);
    for (gradient, expected) in gradients.chunks(start.len()).zip(expected.chunks(start.len())) {
        module = stepped(&mut optimizer, module, gradient, number("lr"));
        assert_close(&host(module.val().inner()), expected, &config.to_string());
    }
    assert_eq!(optimizer.n_steps(), 20);
}

fn stepped<K: Kernels<Flex>>(
    optimizer: &mut Optimizer<Flex, K>,
    module: Param<Tensor<Training, 1>>,
    gradient: &[f32],
    learning_rate: f64,
) -> Param<Tensor<Training, 1>> {
    // The derivative of Σ g·p by p is g.
    let loss = (module.val() * constant(gradient)).sum();
    let gradients = Gradients::of(&module, loss.backward());
    optimizer.step(module, gradients, learning_rate)
}

fn parameter(numbers: &[f32]) -> Param<Tensor<Training, 1>> {
    Param::from_tensor(constant(numbers))
}

fn constant(numbers: &[f32]) -> Tensor<Training, 1> {
    Tensor::from_data(TensorData::from(numbers), &FlexDevice)
}
