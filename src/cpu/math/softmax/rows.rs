//! Maxima and exponentials of rows in the processor's own vectors.
//!
//! Unlike [`crate::math::functions::exp`] this exponential serves numbers without large positive ones alone and uses
//! fused products, which halves the time of a softmax.

use std::f32::consts::LOG2_E;

use pulp::{Arch, Simd, WithSimd};

use super::super::simd::select;

/// The largest number of a row (−∞ of nothing) and the sum of exp(x − largest).
#[derive(Clone, Copy, Debug)]
pub struct Sum {
    pub max: f32,
    pub sum: f32,
}

/// Writes exp(x − largest) into `y`, of the same length.
#[inline(always)]
pub fn exponentials(x: &[f32], y: &mut [f32]) -> Sum {
    Arch::new().dispatch(Exponentials { x, y })
}

/// [`exponentials`] without writing them.
#[inline(always)]
pub fn sum_of_exponentials(x: &[f32]) -> Sum {
    Arch::new().dispatch(SumOfExponentials { x })
}

/// The sum of a row.
#[inline(always)]
pub fn sum(x: &[f32]) -> f32 {
    Arch::new().dispatch(Total { x })
}

/// The sum of the products of two rows of the same length.
#[inline(always)]
pub fn dot(x: &[f32], y: &[f32]) -> f32 {
    Arch::new().dispatch(Dot { x, y })
}

/// Writes the largest number of each row of `width` numbers.
pub fn max_of_rows(rows: &[f32], width: usize, max: &mut [f32]) {
    assert_eq!(rows.len(), width * max.len(), "one maximum per row");
    Arch::new().dispatch(MaxOfRows { rows, width, max });
}

/// Turns each row of `width` numbers into exp(x − max) with a `max` of its own, and adds its sum to one of `sums`.
pub fn exponentials_of_rows(rows: &mut [f32], width: usize, max: &[f32], sums: &mut [f32]) {
    assert_eq!(rows.len(), width * max.len(), "one maximum per row");
    assert_eq!(rows.len(), width * sums.len(), "one sum per row");
    Arch::new().dispatch(ExponentialsOfRows { rows, width, max, sums });
}

struct Exponentials<'a> {
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Exponentials<'_> {
    type Output = Sum;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sum {
        let Self { x, y } = self;
        let max = largest(simd, x);
        let shift = simd.splat_f32s(max);
        let mut sums = simd.splat_f32s(0.0);
        let (x_vectors, x_rest) = S::as_simd_f32s(x);
        let (y_vectors, y_rest) = S::as_mut_simd_f32s(y);
        for (y, x) in y_vectors.iter_mut().zip(x_vectors) {
            *y = exp(simd, simd.sub_f32s(*x, shift));
            sums = simd.add_f32s(sums, *y);
        }
        if !x_rest.is_empty() {
            let y = exp(simd, simd.sub_f32s(filled(simd, x_rest), shift));
            simd.partial_store_f32s(y_rest, y);
            sums = simd.add_f32s(sums, y);
        }
        Sum { max, sum: simd.reduce_sum_f32s(sums) }
    }
}

struct SumOfExponentials<'a> {
    x: &'a [f32],
}

impl WithSimd for SumOfExponentials<'_> {
    type Output = Sum;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sum {
        let max = largest(simd, self.x);
        let shift = simd.splat_f32s(max);
        let mut sums = simd.splat_f32s(0.0);
        let (vectors, rest) = S::as_simd_f32s(self.x);
        for x in vectors {
            sums = simd.add_f32s(sums, exp(simd, simd.sub_f32s(*x, shift)));
        }
        if !rest.is_empty() {
            let x = filled(simd, rest);
            sums = simd.add_f32s(sums, exp(simd, simd.sub_f32s(x, shift)));
        }
        Sum { max, sum: simd.reduce_sum_f32s(sums) }
    }
}

struct Total<'a> {
    x: &'a [f32],
}

impl WithSimd for Total<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (vectors, rest) = S::as_simd_f32s(self.x);
        let sums =
            vectors.iter().fold(simd.partial_load_f32s(rest), |sums, x| simd.add_f32s(sums, *x));
        simd.reduce_sum_f32s(sums)
    }
}

struct Dot<'a> {
    x: &'a [f32],
    y: &'a [f32],
}

impl WithSimd for Dot<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (x, x_rest) = S::as_simd_f32s(self.x);
        let (y, y_rest) = S::as_simd_f32s(self.y);
        let rest = simd.mul_f32s(simd.partial_load_f32s(x_rest), simd.partial_load_f32s(y_rest));
        let sums = x.iter().zip(y).fold(rest, |sums, (x, y)| simd.mul_add_e_f32s(*x, *y, sums));
        simd.reduce_sum_f32s(sums)
    }
}

struct MaxOfRows<'a> {
    rows: &'a [f32],
    width: usize,
    max: &'a mut [f32],
}

impl WithSimd for MaxOfRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (row, max) in self.rows.chunks_exact(self.width).zip(self.max) {
            *max = largest(simd, row);
        }
    }
}

struct ExponentialsOfRows<'a> {
    rows: &'a mut [f32],
    width: usize,
    max: &'a [f32],
    sums: &'a mut [f32],
}

impl WithSimd for ExponentialsOfRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rows = self.rows.chunks_exact_mut(self.width);
        for (row, (max, sum)) in rows.zip(self.max.iter().zip(self.sums)) {
            let shift = simd.splat_f32s(*max);
            let mut sums = simd.splat_f32s(0.0);
            let (vectors, rest) = S::as_mut_simd_f32s(row);
            for x in vectors {
                *x = exp(simd, simd.sub_f32s(*x, shift));
                sums = simd.add_f32s(sums, *x);
            }
            if !rest.is_empty() {
                let x = exp(simd, simd.sub_f32s(filled(simd, rest), shift));
                simd.partial_store_f32s(rest, x);
                sums = simd.add_f32s(sums, x);
            }
            *sum += simd.reduce_sum_f32s(sums);
        }
    }
}

#[inline(always)]
fn largest<S: Simd>(simd: S, x: &[f32]) -> f32 {
    let mut largest = simd.splat_f32s(f32::NEG_INFINITY);
    let (vectors, rest) = S::as_simd_f32s(x);
    for x in vectors {
        largest = simd.max_f32s(largest, *x);
    }
    if !rest.is_empty() {
        largest = simd.max_f32s(largest, filled(simd, rest));
    }
    simd.reduce_max_f32s(largest)
}

/// The end of a row as a vector, its missing numbers −∞.
#[inline(always)]
fn filled<S: Simd>(simd: S, rest: &[f32]) -> S::f32s {
    let is_there = simd.mask_between_m32s(0, rest.len() as u32).mask();
    let nothing = simd.splat_f32s(f32::NEG_INFINITY);
    select(simd, is_there, simd.partial_load_f32s(rest), nothing)
}

/// exp(x) for x up to 88 within 2 units in the last place; 0 below −87, NaN stays.
#[inline(always)]
fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    /// `(exp(r) − 1 − r) / r²` for |r| up to ln 2 / 2, lowest power first; as in [`crate::math::functions::exp`].
    const COEFFICIENTS: [f32; 5] = [0.49999994, 0.1666652, 0.041668404, 0.008368899, 0.0013814222];
    /// Added to a small number it leaves the nearest whole number n in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// Leading bits of ln 2, few enough for an exact product with n.
    const LN_2_HIGH: f32 = 355.0 / 512.0;
    const LN_2_LOW: f32 = (std::f64::consts::LN_2 - LN_2_HIGH as f64) as f32;
    let splat = |number| simd.splat_f32s(number);
    let shifted = simd.mul_add_e_f32s(x, splat(LOG2_E), splat(ROUND));
    let n = simd.sub_f32s(shifted, splat(ROUND));
    let r = simd.mul_add_e_f32s(n, splat(-LN_2_HIGH), x);
    let r = simd.mul_add_e_f32s(n, splat(-LN_2_LOW), r);
    let mut sum = splat(COEFFICIENTS[4]);
    for coefficient in COEFFICIENTS[..4].iter().rev() {
        sum = simd.mul_add_e_f32s(sum, r, splat(*coefficient));
    }
    let rest = simd.mul_add_e_f32s(simd.mul_f32s(r, r), sum, r);
    let exponent =
        simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    let power = simd.add_u32s(exponent, simd.splat_u32s(127 << 23));
    let power = simd.transmute_f32s_u32s(power);
    let result = simd.mul_add_e_f32s(rest, power, power);
    select(simd, simd.less_than_f32s(x, splat(-87.0)), splat(0.0), result)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What this processor can run: everything it has, without AVX-512, without any vectors.
    fn archs() -> Vec<Arch> {
        #[cfg(target_arch = "x86_64")]
        let older = pulp::x86::V3::try_new().map(Arch::V3);
        #[cfg(not(target_arch = "x86_64"))]
        let older = None;
        [Arch::new(), Arch::Scalar].into_iter().chain(older).collect()
    }

    #[test]
    fn exponentials_are_close_from_the_smallest_on() {
        let x: Vec<f32> = (0..=870_000).map(|i| i as f32 * -1e-4).collect();
        for arch in archs() {
            let mut y = vec![f32::NAN; x.len()];
            let found = arch.dispatch(Exponentials { x: &x, y: &mut y });
            assert_eq!(found.max, 0.0);
            for (x, y) in x.iter().zip(&y) {
                let expected = f64::from(*x).exp();
                assert!((f64::from(*y) / expected - 1.0).abs() < 3e-7, "exp({x}) is {y}");
            }
        }
    }

    #[test]
    fn every_length_and_processor_gives_the_same_sums() {
        for arch in archs() {
            for length in 0..70 {
                let x: Vec<f32> =
                    (0..length).map(|i| ((i * 37 % 50) as f32 - 60.0) / 8.0).collect();
                let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let exact: f64 = x.iter().map(|x| f64::from(x - max).exp()).sum();
                let mut y = vec![f32::NAN; length];
                let written = arch.dispatch(Exponentials { x: &x, y: &mut y });
                let mut rows = x.clone();
                let (mut largest, mut sums) = ([f32::NAN], [0.0]);
                if length > 0 {
                    arch.dispatch(MaxOfRows { rows: &x, width: length, max: &mut largest });
                    let (width, max) = (length, &largest);
                    arch.dispatch(ExponentialsOfRows {
                        rows: &mut rows,
                        width,
                        max,
                        sums: &mut sums,
                    });
                    assert_eq!((largest[0], &rows), (max[0], &y));
                }
                let read = arch.dispatch(SumOfExponentials { x: &x });
                for sum in [written.sum, read.sum, sums[0]] {
                    assert!((f64::from(sum) - exact).abs() <= 1e-6 * exact, "{sum}, not {exact}");
                }
                assert_eq!([written.max, read.max], [max, max]);
                let total = arch.dispatch(Total { x: &y });
                let product = arch.dispatch(Dot { x: &x, y: &y });
                let expected: f64 =
                    x.iter().zip(&y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
                assert!((f64::from(total) - exact).abs() <= 1e-6 * exact);
                assert!((f64::from(product) - expected).abs() <= 1e-5 * (1.0 + expected.abs()));
            }
        }
    }

    #[test]
    fn what_lies_below_is_zero_and_nan_stays() {
        for arch in archs() {
            let x = [0.0, -87.5, -1e4, f32::NEG_INFINITY, -f32::MAX];
            let mut y = [f32::NAN; 5];
            arch.dispatch(Exponentials { x: &x, y: &mut y });
            assert_eq!(y, [1.0, 0.0, 0.0, 0.0, 0.0]);
            let sum = arch.dispatch(Exponentials { x: &[1.0, f32::NAN], y: &mut y[..2] }).sum;
            assert!(sum.is_nan() && y[1].is_nan());
        }
    }
}
