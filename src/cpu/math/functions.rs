//! Exponentials and their kin as polynomials without branches that the compiler turns into vector code.
//!
//! Products and sums are written apart, not as `mul_add`: on a processor without that instruction it is a slow call,
//! and the two forms take about the same time where the loop waits for memory. All keep NaN and have the right limits.

use std::f32::consts::{FRAC_2_SQRT_PI, LOG2_E};

/// `exp(x)`, within 2 units in the last place; gradual underflow.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let reduced = reduce(x);
    (1.0 + reduced.rest) * reduced.scale[0] * reduced.scale[1]
}

/// `exp(x) − 1`, exact to a relative 1e-6 near 0 too.
#[inline(always)]
pub fn exp_m1(x: f32) -> f32 {
    let reduced = reduce(x);
    let [a, b] = reduced.scale;
    if a * b == 1.0 { reduced.rest } else { (1.0 + reduced.rest) * a * b - 1.0 }
}

/// `1 / (1 + exp(−x))`.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// `ln(1 + exp(x))`, the softplus, without overflow.
#[inline(always)]
pub fn ln_1p_exp(x: f32) -> f32 {
    let t = exp(-x.abs());
    let above = if x < 0.0 { 0.0 } else { x };
    above + t * quotient(LN_1P, t)
}

/// Hyperbolic tangent.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    odd_quotient(x, 9.02, TANH)
}

/// The error function.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    odd_quotient(x, 3.925, ERF)
}

// The coefficients below are minimax fits of the relative error (Lawson's iteration), lowest power first.

/// `(exp(r) − 1 − r) / r²` for |r| up to ln 2 / 2, error 3e-9.
const EXP: [f32; 5] = [0.49999994, 0.1666652, 0.041668404, 0.008368899, 0.0013814222];

/// `ln(1 + t) / t` for t in 0..=1, error 1e-9.
const LN_1P: [[f32; 4]; 2] =
    [[1.0, 1.0662174, 0.23815697, 0.003417266], [1.0, 1.5662173, 0.68793523, 0.07528707]];

/// `tanh(x) / x` as a quotient of polynomials in x², error 2e-8 up to 9.02, where tanh rounds to 1.
const TANH: [[f32; 5]; 2] = [
    [1.0, 0.13379718, 0.0034940343, 2.0583479e-5, 1.3319069e-8],
    [1.0, 0.46713033, 0.025871072, 0.00032830925, 7.762018e-7],
];

/// `erf(x) / x` as a quotient of polynomials in x², error 2e-8 up to 3.925, where erf rounds to 1.
const ERF: [[f32; 6]; 2] = [
    [FRAC_2_SQRT_PI, 0.190595, 0.052769467, 0.003772605, 0.00028484507, 2.0460216e-6],
    [1.0, 0.50224316, 0.11418324, 0.014983308, 0.0011638717, 3.8047794e-5],
];

/// `exp(x) = (1 + rest) · scale[0] · scale[1]`.
struct Reduced {
    /// `exp(r) − 1` of the rest `r = x − n ln 2`.
    rest: f32,
    /// Powers of two whose product is 2ⁿ; one alone could not hold every n that a result needs.
    scale: [f32; 2],
}

#[inline(always)]
fn reduce(x: f32) -> Reduced {
    /// Added to a small number it leaves the nearest whole number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// Leading bits of ln 2, few enough for an exact product with n.
    const LN_2_HIGH: f32 = 355.0 / 512.0;
    const LN_2_LOW: f32 = (std::f64::consts::LN_2 - LN_2_HIGH as f64) as f32;
    // Outside, the result is 0 or infinite already.
    let x = clamp(x, -104.0, 89.0);
    let shifted = x * LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let n = shifted.to_bits().wrapping_sub(ROUND.to_bits()).cast_signed();
    let half = n >> 1;
    let power = |n: i32| f32::from_bits((n.wrapping_add(127).cast_unsigned()) << 23);
    Reduced {
        rest: r + r * r * polynomial(EXP, r),
        scale: [power(half), power(n.wrapping_sub(half))],
    }
}

/// An odd function that reaches ±1 at ±`end`, from its quotient of polynomials in x² over x.
#[inline(always)]
fn odd_quotient<const N: usize>(x: f32, end: f32, coefficients: [[f32; N]; 2]) -> f32 {
    let x = clamp(x, -end, end);
    clamp(x * quotient(coefficients, x * x), -1.0, 1.0)
}

#[inline(always)]
fn quotient<const N: usize>([above, below]: [[f32; N]; 2], x: f32) -> f32 {
    polynomial(above, x) / polynomial(below, x)
}

#[inline(always)]
fn polynomial<const N: usize>(coefficients: [f32; N], x: f32) -> f32 {
    let mut sum = coefficients[N - 1];
    for coefficient in coefficients[..N - 1].iter().rev() {
        sum = sum * x + coefficient;
    }
    sum
}

/// Both ends included, NaN stays; unlike `f32::clamp` two instructions.
#[inline(always)]
fn clamp(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// The error function by Maclaurin's series, Abramowitz and Stegun 7.1.6, which has no cancellation.
#[cfg(test)]
pub(super) fn exact_erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of every size and both signs, denormal ones and 0 included.
    fn numbers() -> impl Iterator<Item = f32> {
        (0..u32::MAX).step_by(7_919).map(f32::from_bits).filter(|x| x.is_finite())
    }

    fn assert_relative(name: &str, ours: fn(f32) -> f32, exact: impl Fn(f64) -> f64, bound: f64) {
        for x in numbers() {
            let expected = exact(f64::from(x));
            // A denormal result has fewer bits.
            let tolerance = bound * expected.abs() + f64::from(f32::from_bits(1));
            let (y, rounded) = (ours(x), expected as f32);
            let is_close = (f64::from(y) - expected).abs() <= tolerance;
            assert!(is_close || y == rounded, "{name}({x}) is {y}, not {rounded}");
        }
    }

    #[test]
    fn exponentials_are_close_everywhere() {
        assert_relative("exp", exp, f64::exp, 1.5e-7);
        assert_relative("exp_m1", exp_m1, f64::exp_m1, 5e-7);
        assert_relative("tanh", tanh, f64::tanh, 5e-7);
        assert_relative("ln_1p_exp", ln_1p_exp, |x| x.max(0.0) + (-x.abs()).exp().ln_1p(), 5e-7);
    }

    #[test]
    fn sigmoid_is_close_where_its_exponential_is_finite() {
        let exact = |x: f64| {
            if x < -88.0 { f64::from(sigmoid(x as f32)) } else { 1.0 / (1.0 + (-x).exp()) }
        };
        assert_relative("sigmoid", sigmoid, exact, 5e-7);
        assert_eq!(sigmoid(-200.0), 0.0);
    }

    #[test]
    fn erf_is_close_everywhere() {
        assert_relative("erf", erf, exact_erf, 5e-7);
    }

    #[test]
    fn limits_and_nan() {
        let inf = f32::INFINITY;
        assert_eq!([exp(-inf), exp(inf), exp(0.0)], [0.0, inf, 1.0]);
        assert_eq!([exp(100.0), exp(-110.0)], [inf, 0.0]);
        assert_eq!([exp_m1(-inf), exp_m1(inf)], [-1.0, inf]);
        assert_eq!([tanh(-inf), tanh(inf)], [-1.0, 1.0]);
        assert_eq!([erf(-inf), erf(inf)], [-1.0, 1.0]);
        assert_eq!([sigmoid(-inf), sigmoid(inf)], [0.0, 1.0]);
        assert_eq!([ln_1p_exp(-inf), ln_1p_exp(inf)], [0.0, inf]);
        for function in [exp, exp_m1, tanh, erf, sigmoid, ln_1p_exp] {
            assert!(function(f32::NAN).is_nan());
        }
    }
}
