//! Every kernel gives burn's results and burn's gradients, over random shapes, views included.

use burn::backend::Autodiff;
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::ops::{ConvTransposeOptions, PaddedConvOptions};
use burn::tensor::{Bool, Int, Tensor, TensorData};
use burn_flex::{Flex, FlexDevice};
use pg_base::Rng;
use pg_nn::kernels::{Attending, BurnKernels, Cell, Curve, Kernels, Pooling, Recurrence, Scaling};

use super::CpuKernels;

type Ad = Autodiff<Flex>;
type Gradients = <Ad as AutodiffBackend>::Gradients;
type ReadGradient = Box<dyn Fn(&Gradients) -> Vec<f32>>;

/// Sizes around the edges of vectors and blocks.
const SIZES: [usize; 9] = [1, 2, 3, 5, 8, 16, 17, 33, 50];
const N_CASES: u64 = 24;
const CURVES: [Curve; 8] = [
    Curve::Relu,
    Curve::LeakyRelu { slope: 0.1 },
    Curve::Gelu,
    Curve::Silu,
    Curve::Elu,
    Curve::Tanh,
    Curve::Sigmoid,
    Curve::Softmax,
];

/// Random tensors whose gradients are asked for; the same ones for the same seed.
struct Inputs {
    rng: Rng,
    gradients: Vec<ReadGradient>,
}

impl Inputs {
    fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed, "kernels"), gradients: Vec::new() }
    }

    fn size(&mut self, at_most: usize) -> usize {
        let n = SIZES.iter().take_while(|size| **size <= at_most).count();
        SIZES[self.rng.below(n)]
    }

    fn plain<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<Ad, D> {
        let n = shape.iter().product();
        let numbers: Vec<f32> = (0..n).map(|_| self.rng.normal() as f32).collect();
        Tensor::from_data(TensorData::new(numbers, shape), &FlexDevice)
    }

    /// A tensor that learns.
    fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<Ad, D> {
        let tensor = self.plain(shape).require_grad();
        let leaf = tensor.clone();
        self.gradients.push(Box::new(move |gradients| match leaf.grad(gradients) {
            Some(gradient) => floats(gradient.into_data()),
            None => Vec::new(),
        }));
        tensor
    }

    /// The same, but sometimes a transposed view of it.
    fn view<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<Ad, D> {
        if D < 2 || self.rng.below(2) == 0 {
            return self.tensor(shape);
        }
        let mut turned = shape;
        turned.swap(0, D - 1);
        self.tensor(turned).swap_dims(0, D - 1)
    }

    fn ids<const D: usize>(&mut self, shape: [usize; D], below: usize) -> Tensor<Ad, D, Int> {
        let n = shape.iter().product();
        let ids: Vec<i32> = (0..n).map(|_| self.rng.below(below) as i32).collect();
        Tensor::from_data(TensorData::new(ids, shape), &FlexDevice)
    }

    /// Padding at the end of each row, never all of it; sometimes none at all.
    fn padding(&mut self, n_rows: usize, length: usize) -> Option<Tensor<Ad, 2, Bool>> {
        if self.rng.below(2) == 0 {
            return None;
        }
        let rows: Vec<bool> = (0..n_rows)
            .flat_map(|_| {
                let n_there = 1 + self.rng.below(length);
                (0..length).map(move |position| position >= n_there)
            })
            .collect();
        Some(Tensor::from_data(TensorData::new(rows, [n_rows, length]), &FlexDevice))
    }
}

/// Runs one computation with our kernels and with burn's, and compares results and gradients.
macro_rules! agree {
    ($what:expr, |$inputs:ident, $kernels:ident| $body:expr) => {
        for seed in 0..N_CASES {
            let ours = outcome(seed, |$inputs| {
                type $kernels = CpuKernels;
                $body
            });
            let burns = outcome(seed, |$inputs| {
                type $kernels = BurnKernels;
                $body
            });
            assert_close(&format!("{}, case {seed}", $what), &ours, &burns);
        }
    };
}

/// The result and all gradients of a weighted sum of it.
fn outcome<const D: usize>(
    seed: u64,
    run: impl FnOnce(&mut Inputs) -> Tensor<Ad, D>,
) -> Vec<Vec<f32>> {
    let mut inputs = Inputs::new(seed);
    let result = run(&mut inputs);
    let mut found = vec![floats(result.clone().into_data())];
    let weights = inputs.plain(result.dims());
    let gradients = result.mul(weights).sum().backward();
    found.extend(inputs.gradients.iter().map(|read| read(&gradients)));
    found
}

fn floats(data: TensorData) -> Vec<f32> {
    data.to_vec().expect("f32")
}

fn assert_close(what: &str, ours: &[Vec<f32>], burns: &[Vec<f32>]) {
    assert_eq!(ours.len(), burns.len());
    for (number, (ours, burns)) in ours.iter().zip(burns).enumerate() {
        assert_eq!(ours.len(), burns.len(), "{what}, tensor {number}");
        let largest = burns.iter().fold(1.0_f32, |most, number| most.max(number.abs()));
        for (index, (a, b)) in ours.iter().zip(burns).enumerate() {
            assert!(
                (a - b).abs() <= 2e-5 * largest,
                "{what}, tensor {number}, number {index}: {a} is not {b}"
            );
        }
    }
}

fn curve(inputs: &mut Inputs) -> Option<Curve> {
    let choice = inputs.rng.below(CURVES.len() + 1);
    CURVES.get(choice).copied()
}

#[test]
fn linear() {
    agree!("linear", |inputs, K| {
        let [n_rows, n_in, n_out] = [(); 3].map(|()| inputs.size(50));
        let x = inputs.view([n_rows, n_in]);
        let weight = inputs.view([n_in, n_out]);
        let bias = (inputs.rng.below(2) == 0).then(|| inputs.tensor([n_out]));
        K::linear(x, weight, bias, curve(inputs))
    });
}

#[test]
fn conv2d() {
    agree!("conv2d", |inputs, K| {
        let groups = [1, 1, 2, 3][inputs.rng.below(4)];
        let (n_in, n_out) = (groups * inputs.size(5), groups * inputs.size(8));
        let [height, width] = [(); 2].map(|()| 6 + inputs.rng.below(14));
        let mut pair = |least, n: usize| [(); 2].map(|()| least + inputs.rng.below(n));
        let (kernel, stride, dilation) = (pair(1, 3), pair(1, 2), pair(1, 2));
        let (start, end) = (pair(0, 3), pair(0, 3));
        let n_rows = inputs.size(5);
        let x = inputs.view([n_rows, n_in, height, width]);
        let weight = inputs.tensor([n_out, n_in / groups, kernel[0], kernel[1]]);
        let bias = (inputs.rng.below(2) == 0).then(|| inputs.tensor([n_out]));
        let options = PaddedConvOptions::asymmetric(stride, start, end, dilation, groups);
        let curve = [None, Some(Curve::Relu), Some(Curve::Gelu)][inputs.rng.below(3)];
        K::conv2d(x, weight, bias, options, curve)
    });
}

#[test]
fn conv_transpose2d() {
    agree!("conv_transpose2d", |inputs, K| {
        let groups = [1, 1, 2][inputs.rng.below(3)];
        let (n_in, n_out) = (groups * inputs.size(5), inputs.size(8));
        let mut pair = |least, n: usize| [(); 2].map(|()| least + inputs.rng.below(n));
        let ([height, width], kernel, stride) = (pair(3, 9), pair(1, 4), pair(1, 3));
        // At least as large as the stride it leaves pixels that are for burn.
        let (padding, beyond, dilation) = (pair(0, 2), pair(0, 2), pair(1, 2));
        let n_rows = inputs.size(5);
        let x = inputs.view([n_rows, n_in, height, width]);
        let weight = inputs.tensor([n_in, n_out, kernel[0], kernel[1]]);
        let bias = (inputs.rng.below(2) == 0).then(|| inputs.tensor([n_out * groups]));
        let options = ConvTransposeOptions::new(stride, padding, beyond, dilation, groups);
        K::conv_transpose2d(x, weight, bias, options)
    });
}

#[test]
fn pooling() {
    let window = |inputs: &mut Inputs| {
        let mut pair = |least, n: usize| [(); 2].map(|()| least + inputs.rng.below(n));
        let (kernel, stride) = (pair(2, 2), pair(1, 3));
        Pooling { kernel, stride, padding: pair(0, 2), dilation: [1, 1] }
    };
    let picture = |inputs: &mut Inputs| {
        let (n_rows, n_channels) = (inputs.size(3), inputs.size(5));
        let [height, width] = [(); 2].map(|()| 4 + inputs.rng.below(14));
        inputs.view([n_rows, n_channels, height, width])
    };
    agree!("maximum", |inputs, K| {
        let (x, window) = (picture(inputs), window(inputs));
        let curve = [None, Some(Curve::Relu), Some(Curve::Tanh)][inputs.rng.below(3)];
        K::max_pool2d(x, window, curve)
    });
    agree!("average", |inputs, K| {
        let (x, window) = (picture(inputs), window(inputs));
        K::avg_pool2d(x, window, inputs.rng.below(2) == 0)
    });
    agree!("global average", |inputs, K| K::global_average(picture(inputs)));
}

#[test]
fn sums() {
    agree!("sum", |inputs, K| {
        let shape = [(); 3].map(|()| inputs.size(17));
        let (x, other) = (inputs.view(shape), inputs.view(shape));
        let curve = [None, Some(Curve::Relu), Some(Curve::Tanh)][inputs.rng.below(3)];
        K::add(x, other, curve)
    });
}

#[test]
fn curves() {
    for curve in CURVES {
        agree!(format!("{curve:?}"), |inputs, K| {
            let shape = [(); 3].map(|()| inputs.size(17));
            let x = inputs.view(shape);
            K::curve(x.mul_scalar(3.0), curve)
        });
    }
}

#[test]
fn normalisation() {
    agree!("layer norm", |inputs, K| {
        let [n_rows, length] = [(); 2].map(|()| inputs.size(33));
        // Few numbers may lie so close together that rounding decides the gradient.
        let width = 4 + inputs.size(33);
        let x = inputs.view([n_rows, length, width]);
        let [weight, bias] = [(); 2].map(|()| inputs.tensor([width]));
        K::layer_norm(x, Scaling { weight, bias, epsilon: 1e-5 })
    });
    agree!("RMS norm", |inputs, K| {
        let [n_rows, length] = [(); 2].map(|()| inputs.size(33));
        let width = 4 + inputs.size(33);
        let x = inputs.view([n_rows, length, width]);
        K::rms_norm(x, inputs.tensor([width]), 1e-5)
    });
    agree!("group norm", |inputs, K| {
        let n_groups = 1 + inputs.rng.below(4);
        let [n_rows, n_channels] = [inputs.size(8), n_groups * inputs.size(8)];
        let n_pixels = 4 + inputs.size(50);
        let x = inputs.view([n_rows, n_channels, n_pixels]);
        let [weight, bias] = [(); 2].map(|()| inputs.tensor([n_channels]));
        K::group_norm(x, n_groups, Scaling { weight, bias, epsilon: 1e-5 })
    });
    agree!("batch norm", |inputs, K| {
        let [n_rows, n_features] = [2 + inputs.size(17), inputs.size(17)];
        let n_pixels = inputs.size(50);
        let x = inputs.view([n_rows, n_features, n_pixels]);
        let [weight, bias] = [(); 2].map(|()| inputs.tensor([n_features]));
        let curve = [None, Some(Curve::Relu), Some(Curve::Tanh)][inputs.rng.below(3)];
        K::batch_norm(x, Scaling { weight, bias, epsilon: 1e-5 }, curve).normed
    });
    for seed in 0..N_CASES {
        let mut inputs = Inputs::new(seed);
        let n_features = inputs.size(17);
        let (n_rows, n_pixels) = (inputs.size(8), inputs.size(17));
        let x = inputs.plain([n_rows, n_features, n_pixels]).inner();
        let mut vector = || inputs.plain([n_features]).inner();
        let scaling = Scaling { weight: vector(), bias: vector(), epsilon: 1e-5 };
        let statistics = [vector(), vector().abs()];
        let [ours, burns] = [
            <CpuKernels as Kernels<Flex>>::batch_norm(x.clone(), scaling.clone(), None),
            <BurnKernels as Kernels<Flex>>::batch_norm(x.clone(), scaling.clone(), None),
        ]
        .map(|found| [found.mean, found.variance].map(|tensor| floats(tensor.into_data())));
        assert_close("statistics of a batch", &ours, &burns);
        let curve = Some(Curve::Relu);
        let ours = <CpuKernels as Kernels<Flex>>::batch_norm_with(
            x.clone(),
            scaling.clone(),
            statistics.clone(),
            curve,
        );
        let burns = <BurnKernels as Kernels<Flex>>::batch_norm_with(x, scaling, statistics, curve);
        let [ours, burns] = [ours, burns].map(|tensor| vec![floats(tensor.into_data())]);
        assert_close("batch norm of predictions", &ours, &burns);
    }
}

#[test]
fn concatenation_of_predictions() {
    for seed in 0..N_CASES {
        let mut inputs = Inputs::new(seed);
        let mut shape = [(); 3].map(|()| inputs.size(33));
        let dim = inputs.rng.below(3);
        let parts: Vec<Tensor<Flex, 3>> = (0..=inputs.rng.below(4))
            .map(|_| {
                shape[dim] = inputs.size(33);
                inputs.view(shape).inner()
            })
            .collect();
        let ours = <CpuKernels as Kernels<Flex>>::concatenate(parts.clone(), dim);
        let burns = <BurnKernels as Kernels<Flex>>::concatenate(parts, dim);
        assert_eq!(ours.dims(), burns.dims());
        assert_eq!(floats(ours.into_data()), floats(burns.into_data()), "case {seed}");
    }
}

#[test]
fn attention() {
    agree!("attention", |inputs, K| {
        let n_heads = [1, 2, 4][inputs.rng.below(3)];
        let width = n_heads * inputs.size(17);
        let [n_rows, n_queries, n_keys] = [inputs.size(5), inputs.size(50), inputs.size(50)];
        let query = inputs.view([n_rows, n_queries, width]);
        let [key, value] = [(); 2].map(|()| inputs.view([n_rows, n_keys, width]));
        let padding = inputs.padding(n_rows, n_keys);
        K::attention([query, key, value], &Attending { n_heads, padding, dropout: 0.0 })
    });
}

#[test]
fn embedding() {
    agree!("embedding", |inputs, K| {
        let [vocabulary, width, n_rows, length] = [(); 4].map(|()| inputs.size(33));
        let table = inputs.view([vocabulary, width]);
        K::embedding(table, inputs.ids([n_rows, length], vocabulary))
    });
}

#[test]
fn recurrent() {
    for cell in [Cell::Lstm, Cell::Gru, Cell::Tanh] {
        agree!(format!("{cell:?}"), |inputs, K| {
            let [n_rows, length, n_in, n_hidden] = [(); 4].map(|()| inputs.size(17));
            let n_wide = cell.n_gates() * n_hidden;
            let x = inputs.view([n_rows, length, n_in]);
            let scale = 1.0 / (n_hidden as f64).sqrt();
            let layer = Recurrence {
                cell,
                input: inputs.tensor([n_in, n_wide]).mul_scalar(scale),
                hidden: inputs.tensor([n_hidden, n_wide]).mul_scalar(scale),
                input_bias: inputs.tensor([n_wide]),
                hidden_bias: inputs.tensor([n_wide]),
                padding: inputs.padding(n_rows, length),
                is_reversed: inputs.rng.below(2) == 0,
            };
            K::recurrent(x, &layer)
        });
    }
}

#[test]
fn cross_entropy() {
    agree!("cross-entropy", |inputs, K| {
        let (n_rows, n_classes) = (inputs.size(50), 1 + inputs.size(33));
        let logits = inputs.view([n_rows, n_classes]).mul_scalar(5.0);
        let classes = inputs.ids([n_rows], n_classes);
        let weights: Vec<f32> = (0..n_classes).map(|class| 0.5 + class as f32).collect();
        let weights = if inputs.rng.below(2) == 0 { &weights[..] } else { &[] };
        K::cross_entropy(logits, classes, weights, [0.0, 0.1][inputs.rng.below(2)])
    });
}

#[test]
fn binary_cross_entropy() {
    agree!("binary cross-entropy", |inputs, K| {
        let [n_rows, n_units] = [(); 2].map(|()| inputs.size(33));
        let logits = inputs.view([n_rows, n_units]).mul_scalar(5.0);
        let yes = inputs.plain([n_rows, n_units]).clamp(0.0, 1.0);
        let weights = inputs.plain([n_rows, n_units]).abs().add_scalar(0.1);
        let is_weighted = inputs.rng.below(2) == 0;
        K::binary_cross_entropy(logits, yes, is_weighted.then_some(weights))
    });
}

#[test]
fn squared_norms() {
    for seed in 0..N_CASES {
        let mut inputs = Inputs::new(seed);
        let shape = [(); 3].map(|()| inputs.size(50));
        let tensor = inputs.view(shape).inner().into_primitive().tensor();
        let ours = <CpuKernels as Kernels<Flex>>::squared_norm(tensor.clone());
        let burns = <BurnKernels as Kernels<Flex>>::squared_norm(tensor);
        assert!((ours - burns).abs() <= 1e-5 * burns, "{ours} is not {burns}");
    }
}

#[test]
fn dropout_drops_alike_on_both_ways_and_by_its_seed() {
    let run = |seed| {
        pg_nn::kernels::chance::begin(seed);
        let x = Tensor::<Ad, 2>::ones([100, 77], &FlexDevice).require_grad();
        let y = CpuKernels::dropout(x.clone(), 0.25);
        let gradient = x.grad(&y.clone().sum().backward()).expect("a gradient");
        assert_eq!(floats(y.clone().into_data()), floats(gradient.into_data()));
        floats(y.into_data())
    };
    let first = run(1);
    assert_eq!(first, run(1));
    assert_ne!(first, run(2));
    let kept = first.iter().filter(|number| **number > 0.0).count() as f64 / first.len() as f64;
    assert!((kept - 0.75).abs() < 0.02, "{kept}");
    assert!(first.iter().all(|number| *number == 0.0 || (*number - 4.0 / 3.0).abs() < 1e-6));
    let x = Tensor::<Flex, 2>::ones([3, 3], &FlexDevice);
    assert_eq!(floats(CpuKernels::dropout(x, 0.5).into_data()), [1.0; 9]);
}
