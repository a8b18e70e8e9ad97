//! Activation functions on every number of a tensor, and their derivatives.

use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::functions::{erf, exp, exp_m1, sigmoid, tanh};

/// Numbers that are not worth waking a second thread.
const SMALL: usize = 64 * 1024;

/// Numbers that one thread treats at a time otherwise.
const CHUNK: usize = 32 * 1024;

/// A curve that a layer applies to each number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curve {
    /// `max(x, 0)`.
    Relu,
    /// `x` above 0, `slope · x` below; the slope is not negative.
    LeakyRelu {
        /// Slope below 0.
        slope: f32,
    },
    /// `x · Φ(x)` with the normal distribution's Φ, exact (Hendrycks and Gimpel 2016).
    Gelu,
    /// `x · sigmoid(x)`.
    Silu,
    /// `x` above 0, `exp(x) − 1` below.
    Elu,
    /// Hyperbolic tangent.
    Tanh,
    /// `1 / (1 + exp(−x))`.
    Sigmoid,
}

/// Which numbers of the forward pass the derivative needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// What went in.
    Input,
    /// What came out.
    Output,
}

impl Curve {
    /// What to keep for [`backward`].
    pub fn kept(self) -> Kept {
        match self {
            Self::Gelu | Self::Silu => Kept::Input,
            Self::Relu | Self::LeakyRelu { .. } | Self::Elu | Self::Tanh | Self::Sigmoid => {
                Kept::Output
            }
        }
    }
}

/// `y = curve(x)`, slices of one length.
pub fn forward(curve: Curve, x: &[f32], y: &mut [f32]) {
    match curve {
        Curve::Relu => map(x, y, relu),
        Curve::LeakyRelu { slope } => map(x, y, move |x| if x > 0.0 { x } else { slope * x }),
        Curve::Gelu => map(x, y, gelu),
        Curve::Silu => map(x, y, silu),
        Curve::Elu => map(x, y, elu),
        Curve::Tanh => map(x, y, tanh),
        Curve::Sigmoid => map(x, y, sigmoid),
    }
}

/// `y = max(x + other, 0)`, slices of one length.
pub fn relu_of_sum(x: &[f32], other: &[f32], y: &mut [f32]) {
    map_pair(x, other, y, |x, other| relu(x + other));
}

/// `dx = dy · curve′`, slices of one length; `kept` is what [`Curve::kept`] names.
pub fn backward(curve: Curve, kept: &[f32], dy: &[f32], dx: &mut [f32]) {
    match curve {
        Curve::Relu => map_pair(kept, dy, dx, relu_backward),
        Curve::LeakyRelu { slope } => {
            map_pair(kept, dy, dx, move |y, dy| if y > 0.0 { dy } else { slope * dy });
        }
        Curve::Gelu => map_pair(kept, dy, dx, gelu_backward),
        Curve::Silu => map_pair(kept, dy, dx, silu_backward),
        Curve::Elu => map_pair(kept, dy, dx, elu_backward),
        Curve::Tanh => map_pair(kept, dy, dx, |y, dy| dy * (1.0 - y * y)),
        Curve::Sigmoid => map_pair(kept, dy, dx, |y, dy| dy * y * (1.0 - y)),
    }
}

/// `1 / √(2π)`, the normal density at 0.
const DENSITY_AT_0: f32 = 0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2;

#[inline(always)]
fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

/// The derivative at 0 is 0, and NaN lets the gradient pass, as in PyTorch.
#[inline(always)]
fn relu_backward(y: f32, dy: f32) -> f32 {
    if y <= 0.0 { 0.0 } else { dy }
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    x * normal_share(x)
}

#[inline(always)]
fn gelu_backward(x: f32, dy: f32) -> f32 {
    dy * (normal_share(x) + x * DENSITY_AT_0 * exp(-0.5 * x * x))
}

/// Φ, the share of the normal distribution below x.
#[inline(always)]
fn normal_share(x: f32) -> f32 {
    0.5 + 0.5 * erf(x * FRAC_1_SQRT_2)
}

#[inline(always)]
fn silu(x: f32) -> f32 {
    x / (1.0 + exp(-x))
}

#[inline(always)]
fn silu_backward(x: f32, dy: f32) -> f32 {
    let share = sigmoid(x);
    dy * share * (1.0 + x * (1.0 - share))
}

#[inline(always)]
fn elu(x: f32) -> f32 {
    if x > 0.0 { x } else { exp_m1(x) }
}

#[inline(always)]
fn elu_backward(y: f32, dy: f32) -> f32 {
    if y > 0.0 { dy } else { dy * (y + 1.0) }
}

fn map(x: &[f32], y: &mut [f32], f: impl Fn(f32) -> f32 + Copy + Sync) {
    assert_eq!(x.len(), y.len());
    let pass = |(x, y): (&[f32], &mut [f32])| Arch::new().dispatch(Map { x, y, f });
    let chunk = chunk_size(x.len());
    x.par_chunks(chunk).zip(y.par_chunks_mut(chunk)).for_each(pass);
}

fn map_pair(a: &[f32], b: &[f32], out: &mut [f32], f: impl Fn(f32, f32) -> f32 + Copy + Sync) {
    assert_eq!(a.len(), out.len());
    assert_eq!(b.len(), out.len());
    let pass = |((a, b), out): ((&[f32], &[f32]), &mut [f32])| {
        Arch::new().dispatch(MapPair { a, b, out, f });
    };
    let chunk = chunk_size(out.len());
    a.par_chunks(chunk).zip(b.par_chunks(chunk)).zip(out.par_chunks_mut(chunk)).for_each(pass);
}

fn chunk_size(n_numbers: usize) -> usize {
    if n_numbers <= SMALL { n_numbers.max(1) } else { CHUNK }
}

// Types and not closures for `vectorized`: a long curve would not be inlined into its closure's vector code.

struct Map<'a, F> {
    x: &'a [f32],
    y: &'a mut [f32],
    f: F,
}

impl<F: Fn(f32) -> f32> WithSimd for Map<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let f = self.f;
        for (x, y) in self.x.iter().zip(self.y) {
            *y = f(*x);
        }
    }
}

struct MapPair<'a, F> {
    a: &'a [f32],
    b: &'a [f32],
    out: &'a mut [f32],
    f: F,
}

impl<F: Fn(f32, f32) -> f32> WithSimd for MapPair<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let f = self.f;
        for ((a, b), out) in self.a.iter().zip(self.b).zip(self.out) {
            *out = f(*a, *b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::functions::exact_erf;
    use super::*;

    const CURVES: [Curve; 7] = [
        Curve::Relu,
        Curve::LeakyRelu { slope: 0.1 },
        Curve::Gelu,
        Curve::Silu,
        Curve::Elu,
        Curve::Tanh,
        Curve::Sigmoid,
    ];

    fn exact(curve: Curve, x: f64) -> f64 {
        let sigmoid = 1.0 / (1.0 + (-x).exp());
        match curve {
            Curve::Relu => x.max(0.0),
            Curve::LeakyRelu { slope } => x.max(f64::from(slope) * x),
            Curve::Gelu => 0.5 * x * (1.0 + exact_erf(x / 2_f64.sqrt())),
            Curve::Silu => x * sigmoid,
            Curve::Elu => {
                if x > 0.0 {
                    x
                } else {
                    x.exp_m1()
                }
            }
            Curve::Tanh => x.tanh(),
            Curve::Sigmoid => sigmoid,
        }
    }

    /// From -10 to 10, 0 not among them.
    fn inputs(n: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 7919 + 13) % 20_011) as f32 / 1000.0 - 10.0005).collect()
    }

    fn outputs(curve: Curve, x: &[f32]) -> Vec<f32> {
        let mut y = vec![9.0; x.len()];
        forward(curve, x, &mut y);
        y
    }

    fn gradients(curve: Curve, x: &[f32], dy: &[f32]) -> Vec<f32> {
        let y = outputs(curve, x);
        let mut dx = vec![9.0; x.len()];
        backward(curve, if curve.kept() == Kept::Input { x } else { &y }, dy, &mut dx);
        dx
    }

    #[test]
    fn values_and_derivatives_are_close() {
        for curve in CURVES {
            for n in [0, 1, 15, 16, 17, 1000, SMALL, SMALL + 1] {
                let x = inputs(n);
                let dy: Vec<f32> = x.iter().map(|x| 0.5 - 0.1 * x).collect();
                let (y, dx) = (outputs(curve, &x), gradients(curve, &x, &dy));
                for i in 0..n {
                    let at = f64::from(x[i]);
                    let value = exact(curve, at);
                    let h = 1e-5;
                    let slope = (exact(curve, at + h) - exact(curve, at - h)) / (2.0 * h);
                    let error = (f64::from(y[i]) - value).abs();
                    assert!(
                        error < 2e-6 * value.abs().max(1.0),
                        "{curve:?}({at}): {} {value}",
                        y[i]
                    );
                    let error = (f64::from(dx[i]) - slope * f64::from(dy[i])).abs();
                    assert!(error < 3e-6, "{curve:?}'({at}): {} {slope}", dx[i] / dy[i]);
                }
            }
        }
    }

    #[test]
    fn derivatives_at_0_and_far_out_are_those_of_pytorch() {
        let far = 1e4;
        for (curve, expected) in CURVES.into_iter().zip([
            [0.0, 0.0, 1.0],
            [0.1, 0.1, 1.0],
            [0.0, 0.5, 1.0],
            [0.0, 0.5, 1.0],
            [0.0, 1.0, 1.0],
            [0.0, 1.0, 0.0],
            [0.0, 0.25, 0.0],
        ]) {
            assert_eq!(gradients(curve, &[-far, 0.0, far], &[1.0; 3]), expected, "{curve:?}");
        }
    }

    #[test]
    fn nan_shows() {
        for curve in CURVES {
            let x = [f32::NAN; 17];
            assert!(outputs(curve, &x).iter().all(|y| y.is_nan()), "{curve:?}");
            let dx = gradients(curve, &x, &[1.0; 17]);
            let lets_pass = matches!(curve, Curve::Relu | Curve::LeakyRelu { .. });
            assert!(dx.iter().all(|dx| dx.is_nan() != lets_pass), "{curve:?}");
            let dx = gradients(curve, &[1.0; 17], &x);
            assert!(dx.iter().all(|dx| dx.is_nan()), "{curve:?}");
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let x = inputs(SMALL + CHUNK + 3);
        let on = |n_threads| {
            let pool =
                rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
            pool.install(|| gradients(Curve::Gelu, &x, &x))
        };
        let expected = on(1);
        assert!([2, 3].map(on).iter().all(|dx| dx == &expected));
    }
}
