//! Convolutions equal plain loops, forward and back, in all their settings.

use super::*;

/// A small deterministic generator of numbers in -1..1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn numbers(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.next()).collect()
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next().abs() * 1e6) as usize % n
    }
}

fn square(
    n_images: usize,
    [in_channels, out_channels]: [usize; 2],
    size: usize,
    [kernel, stride, padding]: [usize; 3],
) -> Convolution {
    Convolution {
        n_images,
        in_channels,
        out_channels,
        in_size: [size; 2],
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding_start: [padding; 2],
        padding_end: [padding; 2],
        dilation: [1; 2],
        groups: 1,
    }
}

/// One shape for each way: direct, in columns, Winograd's.
fn each_way() -> [Convolution; 3] {
    let shapes = [
        square(9, [6, 16], 14, [5, 1, 0]),
        square(9, [40, 50], 8, [3, 2, 1]),
        square(9, [32, 48], 11, [3, 1, 1]),
    ];
    assert!(!Columns::suits(&shapes[0]) && Columns::suits(&shapes[1]));
    assert!(Winograd::forward(&shapes[1]).is_none() && Winograd::forward(&shapes[2]).is_some());
    shapes
}

/// Calls `visit` with the indices in y, x and the weights of each product of the convolution.
fn for_each_product(shape: &Convolution, mut visit: impl FnMut(usize, usize, usize)) {
    let [out_rows, out_cols] = shape.out_size();
    let [in_rows, in_cols] = shape.in_size;
    let (per_out, per_in) = (shape.out_channels / shape.groups, shape.in_channels / shape.groups);
    for image in 0..shape.n_images {
        for out_channel in 0..shape.out_channels {
            for channel in 0..per_in {
                let in_channel = out_channel / per_out * per_in + channel;
                for (row, col) in (0..out_rows).flat_map(|r| (0..out_cols).map(move |c| (r, c))) {
                    for k in 0..shape.kernel[0] * shape.kernel[1] {
                        let tap = [k / shape.kernel[1], k % shape.kernel[1]];
                        let at = [row, col];
                        let from: [usize; 2] = std::array::from_fn(|i| {
                            (at[i] * shape.stride[i] + tap[i] * shape.dilation[i])
                                .wrapping_sub(shape.padding_start[i])
                        });
                        if from[0] < in_rows && from[1] < in_cols {
                            let plane = image * shape.in_channels + in_channel;
                            let y = (image * shape.out_channels + out_channel) * out_rows + row;
                            visit(
                                y * out_cols + col,
                                (plane * in_rows + from[0]) * in_cols + from[1],
                                (out_channel * per_in + channel) * shape.kernel_len() + k,
                            );
                        }
                    }
                }
            }
        }
    }
}

fn assert_close(name: &str, ours: &[f32], right: &[f64], shape: &Convolution) {
    let largest = right.iter().fold(1e-30, |largest: f64, v| largest.max(v.abs()));
    for (i, (ours, right)) in ours.iter().zip(right).enumerate() {
        let error = (f64::from(*ours) - right).abs() / largest;
        assert!(error < 1e-5, "{name}[{i}]: {ours} instead of {right} for {shape:?}");
    }
}

/// The results of all kernels: y, dx, dw, db.
fn run(
    shape: &Convolution,
    x: &[f32],
    weight: &[f32],
    bias: &[f32],
    dy: &[f32],
    with_relu: bool,
) -> [Vec<f32>; 4] {
    let nans = |n: usize| vec![f32::NAN; n];
    let finish = if with_relu { Finish::Relu } else { Finish::Nothing };
    let mut y = nans(dy.len());
    shape.forward(x, weight, Some(bias), finish, &mut y);
    let [mut dx, mut dw, mut db] = [nans(x.len()), nans(weight.len()), nans(bias.len())];
    let gradient = Gradient { dy, relu_of: with_relu.then_some(&y[..]) };
    shape.backward(x, weight, gradient, Some(&mut dx), Some(&mut dw), Some(&mut db));
    [y, dx, dw, db]
}

fn check(shape: &Convolution, with_relu: bool) {
    let mut noise = Noise(7);
    let [x, weight] = [shape.in_len(), shape.weight_len()].map(|n| noise.numbers(n));
    let [bias, dy] = [shape.out_channels, shape.out_len()].map(|n| noise.numbers(n));
    let [y, dx, dw, db] = run(shape, &x, &weight, &bias, &dy, with_relu);
    let picture: usize = shape.out_size().iter().product();
    let channel = |i: usize| i / picture % shape.out_channels;

    let mut right: Vec<f64> = (0..dy.len()).map(|i| f64::from(bias[channel(i)])).collect();
    for_each_product(shape, |i, j, k| right[i] += f64::from(x[j]) * f64::from(weight[k]));
    if with_relu {
        right = right.into_iter().map(|v| v.max(0.0)).collect();
    }
    assert_close("y", &y, &right, shape);

    let passed = |i: usize| if with_relu && y[i] <= 0.0 { 0.0 } else { f64::from(dy[i]) };
    let mut right = [vec![0.0; x.len()], vec![0.0; weight.len()], vec![0.0; bias.len()]];
    for_each_product(shape, |i, j, k| {
        right[0][j] += passed(i) * f64::from(weight[k]);
        right[1][k] += passed(i) * f64::from(x[j]);
    });
    (0..dy.len()).for_each(|i| right[2][channel(i)] += passed(i));
    for ((name, ours), right) in ["dx", "dw", "db"].iter().zip([dx, dw, db]).zip(&right) {
        assert_close(name, &ours, right, shape);
    }
}

#[test]
fn agrees_with_nested_loops_on_random_shapes() {
    let mut noise = Noise(3);
    for case in 0..250 {
        let groups = [1, 1, 1, 2, 3][noise.below(5)];
        let mut pair = |low: usize, high: usize| [0; 2].map(|_| low + noise.below(high - low + 1));
        let [n_images, _] = pair(1, 9);
        let [in_channels, out_channels] = pair(1, 11).map(|n| n * groups);
        let shape = Convolution {
            n_images,
            in_channels,
            out_channels,
            in_size: pair(1, 20),
            kernel: pair(1, 5),
            stride: pair(1, 3),
            padding_start: pair(0, 3),
            padding_end: pair(0, 3),
            dilation: pair(1, 2),
            groups,
        };
        check(&shape, case % 2 == 0);
    }
}

#[test]
fn agrees_with_nested_loops_in_each_way() {
    for (i, shape) in each_way().iter().enumerate() {
        check(shape, i != 1);
    }
    // A signal, a kernel for each channel, a single position, several batches of Winograd's way, pictures cut off.
    check(
        &Convolution { in_size: [1, 50], kernel: [1, 7], ..square(3, [5, 6], 1, [1, 1, 0]) },
        true,
    );
    check(&Convolution { groups: 20, ..square(2, [20, 20], 16, [3, 1, 1]) }, true);
    check(&square(5, [32, 32], 3, [3, 1, 0]), false);
    check(&square(6, [32, 32], 33, [3, 1, 1]), false);
    check(&Convolution { padding_end: [0, 3], ..square(20, [32, 32], 6, [3, 1, 0]) }, false);
    check(&Convolution { padding_start: [2, 1], ..square(5, [48, 32], 9, [3, 1, 0]) }, true);
    check(&square(33, [32, 32], 5, [1, 2, 0]), false);
}

#[test]
fn transposed_is_the_adjoint() {
    for shape in each_way() {
        let mut noise = Noise(11);
        let [x, weight] = [shape.out_len(), shape.weight_len()].map(|n| noise.numbers(n));
        let [bias, dy] = [shape.in_channels, shape.in_len()].map(|n| noise.numbers(n));
        let [mut y, mut dx, mut dw, mut db] =
            [&dy, &x, &weight, &bias].map(|like| vec![f32::NAN; like.len()]);
        shape.transposed_forward(&x, &weight, Some(&bias), &mut y);
        let outs = (Some(&mut dx[..]), Some(&mut dw[..]), Some(&mut db[..]));
        shape.transposed_backward(&x, &weight, &dy, outs.0, outs.1, outs.2);

        let picture = shape.in_size[0] * shape.in_size[1];
        let channel = |i: usize| i / picture % shape.in_channels;
        let mut right: Vec<f64> = (0..y.len()).map(|i| f64::from(bias[channel(i)])).collect();
        let mut grads = [vec![0.0; x.len()], vec![0.0; weight.len()], vec![0.0; bias.len()]];
        for_each_product(&shape, |i, j, k| {
            right[j] += f64::from(x[i]) * f64::from(weight[k]);
            grads[0][i] += f64::from(dy[j]) * f64::from(weight[k]);
            grads[1][k] += f64::from(dy[j]) * f64::from(x[i]);
        });
        dy.iter().enumerate().for_each(|(i, dy)| grads[2][channel(i)] += f64::from(*dy));
        assert_close("y", &y, &right, &shape);
        for ((name, ours), right) in ["dx", "dw", "db"].iter().zip([dx, dw, db]).zip(&grads) {
            assert_close(name, &ours, right, &shape);
        }
    }
}

#[test]
fn nan_and_infinity_go_where_plain_sums_let_them() {
    for shape in each_way() {
        let mut noise = Noise(5);
        let [mut x, weight] = [shape.in_len(), shape.weight_len()].map(|n| noise.numbers(n));
        let mut y = vec![0.0; shape.out_len()];
        x[shape.in_len() / 2] = f32::INFINITY;
        x[shape.in_len() - 1] = f32::NAN;
        shape.forward(&x, &weight, None, Finish::Nothing, &mut y);
        let mut right = vec![0.0; y.len()];
        for_each_product(&shape, |i, j, k| right[i] += x[j] * weight[k]);
        let kind = |v: &f32| if v.is_finite() { 0.0 } else { *v };
        for (ours, right) in y.iter().map(kind).zip(right.iter().map(kind)) {
            assert!(ours == right || ours.is_nan() && right.is_nan(), "{ours} and {right}");
        }
        shape.forward(&x, &weight, None, Finish::Relu, &mut y);
        assert!(y.iter().any(|v| v.is_nan()));
        let dy = noise.numbers(y.len());
        let [mut dw, mut db] = [shape.weight_len(), shape.out_channels].map(|n| vec![0.0; n]);
        let gradient = Gradient { dy: &dy, relu_of: Some(&y) };
        shape.backward(&x, &weight, gradient, None, Some(&mut dw), Some(&mut db));
        assert!(dw.iter().any(|v| v.is_nan()) && db.iter().all(|v| v.is_finite()));
    }
}

#[test]
fn gives_the_same_bits_on_any_number_of_threads() {
    for shape in each_way() {
        let mut noise = Noise(9);
        let [x, weight] = [shape.in_len(), shape.weight_len()].map(|n| noise.numbers(n));
        let [bias, dy] = [shape.out_channels, shape.out_len()].map(|n| noise.numbers(n));
        let results = [1, 2, 3].map(|n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
            pool.map(|pool| pool.install(|| run(&shape, &x, &weight, &bias, &dy, true))).ok()
        });
        assert!(results[0].is_some());
        assert_eq!(results[0], results[1]);
        assert_eq!(results[0], results[2]);
    }
}

#[test]
fn empty_work_does_nothing() {
    check(&square(0, [3, 4], 8, [3, 1, 1]), true);
    check(&square(0, [32, 32], 8, [3, 1, 1]), false);
    check(&square(2, [3, 4], 2, [3, 1, 0]), true);
    check(&square(2, [3, 4], 0, [1, 1, 0]), false);
    check(&square(2, [3, 4], 0, [3, 1, 1]), true);
}
