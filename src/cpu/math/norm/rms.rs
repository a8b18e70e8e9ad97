//! RMS norm over the last dimension (Zhang and Sennrich 2019).

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::reduce::add_up;
use super::super::rows_per_chunk;
use super::{rows_per_part, sum, sums_of_pairs};

/// What the backward pass needs.
#[derive(Clone, Copy, Debug)]
pub struct RmsNormKept<'a> {
    /// What was normalised, `[n_rows, width]`.
    pub x: &'a [f32],
    /// `[width]`.
    pub weight: &'a [f32],
    /// 1 / root mean square of each row, `[n_rows]`.
    pub inv_rms: &'a [f32],
}

/// What the backward pass writes.
#[derive(Debug)]
pub struct RmsNormGradients<'a> {
    /// `[n_rows, width]`.
    pub x: &'a mut [f32],
    /// `[width]`.
    pub weight: &'a mut [f32],
}

/// `y = x / √(mean(x²) + epsilon) · weight` for x and y `[n_rows, width]` and weight `[width]`; writes 1 / that root
/// of each row.
pub fn rms_norm(weight: &[f32], epsilon: f32, x: &[f32], y: &mut [f32], inv_rms: &mut [f32]) {
    let width = weight.len();
    assert_eq!(x.len(), inv_rms.len() * width);
    assert_eq!(y.len(), x.len());
    let n_rows = rows_per_chunk(inv_rms.len(), width);
    let n_numbers = (n_rows * width).max(1);
    x.par_chunks(n_numbers)
        .zip(y.par_chunks_mut(n_numbers))
        .zip(inv_rms.par_chunks_mut(n_rows))
        .for_each(|((x, y), inv_rms)| {
            Arch::new().dispatch(Forward { weight, epsilon, x, y, inv_rms });
        });
}

/// The gradients of [`rms_norm`] from that of its result, `dy` `[n_rows, width]`.
pub fn rms_norm_backward(kept: RmsNormKept<'_>, dy: &[f32], gradients: RmsNormGradients<'_>) {
    let RmsNormKept { x, weight, inv_rms } = kept;
    let RmsNormGradients { x: dx, weight: dweight } = gradients;
    let width = weight.len();
    assert_eq!(x.len(), inv_rms.len() * width);
    assert_eq!(dy.len(), x.len());
    assert_eq!(dx.len(), x.len());
    assert_eq!(dweight.len(), width);
    let n_rows = rows_per_part(inv_rms.len(), width);
    let n_numbers = (n_rows * width).max(1);
    let dweights: Vec<_> = x
        .par_chunks(n_numbers)
        .zip(dy.par_chunks(n_numbers))
        .zip(dx.par_chunks_mut(n_numbers))
        .zip(inv_rms.par_chunks(n_rows))
        .map(|(((x, dy), dx), inv_rms)| {
            let kept = RmsNormKept { x, weight, inv_rms };
            let mut dweight = vec![0.0; width];
            let gradients = RmsNormGradients { x: dx, weight: &mut dweight };
            Arch::new().dispatch(Backward { kept, dy, gradients });
            dweight
        })
        .collect();
    add_up(dweights.iter().map(Vec::as_slice), dweight);
}

struct Forward<'a> {
    weight: &'a [f32],
    epsilon: f32,
    x: &'a [f32],
    y: &'a mut [f32],
    inv_rms: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.weight.len().max(1);
        let share = 1.0 / width as f32;
        let rows = self.x.chunks_exact(width).zip(self.y.chunks_exact_mut(width));
        for ((x, y), inv_rms) in rows.zip(self.inv_rms) {
            let square = sum(simd, x, |x| simd.mul_f32s(x, x)) * share;
            let s = 1.0 / (square + self.epsilon).sqrt();
            *inv_rms = s;
            for ((x, y), weight) in x.iter().zip(y).zip(self.weight) {
                *y = x * s * weight;
            }
        }
    }
}

struct Backward<'a> {
    kept: RmsNormKept<'a>,
    dy: &'a [f32],
    /// That of the weight is added to.
    gradients: RmsNormGradients<'a>,
}

impl WithSimd for Backward<'_> {
    type Output = ();

    // With g = dy · weight: dx = s · g − x · s³ · mean(g · x).
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let RmsNormKept { x, weight, inv_rms } = self.kept;
        let RmsNormGradients { x: dx, weight: dweight } = self.gradients;
        let width = weight.len().max(1);
        let share = 1.0 / width as f32;
        let rows = x.chunks_exact(width).zip(self.dy.chunks_exact(width));
        for (((x, dy), dx), s) in rows.zip(dx.chunks_exact_mut(width)).zip(inv_rms) {
            let weights = weight.iter().zip(dweight.iter_mut());
            for ((dx, (weight, dweight)), (x, dy)) in
                dx.iter_mut().zip(weights).zip(x.iter().zip(dy))
            {
                *dx = dy * weight;
                *dweight += dy * x * s;
            }
            let [product] = sums_of_pairs(simd, dx, x, |g, x| [simd.mul_f32s(g, x)]);
            let slope = -product * share * s * s * s;
            for (dx, x) in dx.iter_mut().zip(x) {
                *dx = *dx * s + slope * x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        assert_close, assert_gradients, assert_same_on_threads, exact, numbers,
    };
    use super::*;

    const EPSILON: f32 = 1e-2;

    fn reference(x: &[f64], weight: &[f64]) -> Vec<f64> {
        let rows = x.chunks(weight.len()).flat_map(|x| {
            let square = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
            let rms = (square + f64::from(EPSILON)).sqrt();
            x.iter().zip(weight).map(move |(x, weight)| x / rms * weight)
        });
        rows.collect()
    }

    /// y, dx and dweight.
    fn run(x: &[f32], weight: &[f32], dy: &[f32]) -> [Vec<f32>; 3] {
        let [mut y, mut dx] = [vec![9.0; x.len()], vec![9.0; x.len()]];
        let mut inv_rms = vec![9.0; x.len() / weight.len()];
        rms_norm(weight, EPSILON, x, &mut y, &mut inv_rms);
        let mut dweight = vec![9.0; weight.len()];
        let gradients = RmsNormGradients { x: &mut dx, weight: &mut dweight };
        rms_norm_backward(RmsNormKept { x, weight, inv_rms: &inv_rms }, dy, gradients);
        [y, dx, dweight]
    }

    #[test]
    fn both_ways_equal_the_reference() {
        for [n_rows, width] in [[0, 8], [1, 1], [1, 7], [5, 33], [2, 4101], [600, 128]] {
            let n = n_rows * width;
            let (x, weight, dy) = (numbers(n, 1, 0.5), numbers(width, 2, 1.0), numbers(n, 3, 0.5));
            let [y, dx, dweight] = run(&x, &weight, &dy);
            let what = format!("RMS norm {n_rows} x {width}");
            assert_close(&what, &y, &reference(&exact(&x), &exact(&weight)));
            assert_gradients(&what, [&x, &weight], [&dx, &dweight], |[x, weight]| {
                reference(x, weight).iter().zip(&dy).map(|(y, dy)| y * f64::from(*dy)).sum()
            });
        }
    }

    #[test]
    fn nan_shows_in_its_row() {
        let [y, dx, _] = run(&[1.0, 2.0, f32::NAN, 1.0], &[1.0, 1.0], &[1.0; 4]);
        for numbers in [y, dx] {
            assert_eq!([0, 1, 2, 3].map(|i| numbers[i].is_nan()), [false, false, true, true]);
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let (x, weight) = (numbers(100_300, 1, 0.0), numbers(100, 2, 1.0));
        assert_same_on_threads(|| run(&x, &weight, &x).into());
    }
}
