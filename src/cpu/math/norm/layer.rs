//! Layer norm over the last dimension (Ba, Kiros and Hinton 2016).

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::reduce::add_up;
use super::super::rows_per_chunk;
use super::{rows_per_part, sum};

/// The parameters of a layer norm over rows of `weight.len()` numbers.
#[derive(Clone, Copy, Debug)]
pub struct LayerNorm<'a> {
    /// Factor of each number of a row, `[width]`.
    pub weight: &'a [f32],
    /// Added to each number of a row, `[width]`.
    pub bias: &'a [f32],
    /// Added to the variance.
    pub epsilon: f32,
}

/// What the backward pass needs.
#[derive(Clone, Copy, Debug)]
pub struct LayerNormKept<'a> {
    /// What was normalised, `[n_rows, width]`.
    pub x: &'a [f32],
    /// `[width]`.
    pub weight: &'a [f32],
    /// Mean of each row, `[n_rows]`.
    pub mean: &'a [f32],
    /// 1 / standard deviation of each row, `[n_rows]`.
    pub inv_std: &'a [f32],
}

/// What the backward pass writes.
#[derive(Debug)]
pub struct LayerNormGradients<'a> {
    /// `[n_rows, width]`.
    pub x: &'a mut [f32],
    /// `[width]`.
    pub weight: &'a mut [f32],
    /// `[width]`.
    pub bias: &'a mut [f32],
}

/// `y = (x − mean) / √(variance + epsilon) · weight + bias` for x and y `[n_rows, width]`; writes the mean and
/// 1 / standard deviation of each row.
pub fn layer_norm(
    norm: LayerNorm<'_>,
    x: &[f32],
    y: &mut [f32],
    mean: &mut [f32],
    inv_std: &mut [f32],
) {
    let width = norm.weight.len();
    assert_eq!(norm.bias.len(), width);
    assert_eq!(inv_std.len(), mean.len());
    assert_eq!(x.len(), mean.len() * width);
    assert_eq!(y.len(), x.len());
    let n_rows = rows_per_chunk(mean.len(), width);
    let n_numbers = (n_rows * width).max(1);
    x.par_chunks(n_numbers)
        .zip(y.par_chunks_mut(n_numbers))
        .zip(mean.par_chunks_mut(n_rows))
        .zip(inv_std.par_chunks_mut(n_rows))
        .for_each(|(((x, y), mean), inv_std)| {
            Arch::new().dispatch(Forward { norm, x, y, mean, inv_std });
        });
}

/// The gradients of [`layer_norm`] from that of its result, `dy` `[n_rows, width]`.
pub fn layer_norm_backward(kept: LayerNormKept<'_>, dy: &[f32], gradients: LayerNormGradients<'_>) {
    let LayerNormKept { x, weight, mean, inv_std } = kept;
    let LayerNormGradients { x: dx, weight: dweight, bias: dbias } = gradients;
    let width = weight.len();
    let n_rows = mean.len();
    assert_eq!(inv_std.len(), n_rows);
    assert_eq!(x.len(), n_rows * width);
    assert_eq!(dy.len(), x.len());
    assert_eq!(dx.len(), x.len());
    assert_eq!(dweight.len(), width);
    assert_eq!(dbias.len(), width);
    let n_rows = rows_per_part(n_rows, width);
    let n_numbers = (n_rows * width).max(1);
    let (dweights, dbiases): (Vec<_>, Vec<_>) = x
        .par_chunks(n_numbers)
        .zip(dy.par_chunks(n_numbers))
        .zip(dx.par_chunks_mut(n_numbers))
        .zip(mean.par_chunks(n_rows))
        .zip(inv_std.par_chunks(n_rows))
        .map(|((((x, dy), dx), mean), inv_std)| {
            let kept = LayerNormKept { x, weight, mean, inv_std };
            let (mut dweight, mut dbias) = (vec![0.0; width], vec![0.0; width]);
            let gradients = LayerNormGradients { x: dx, weight: &mut dweight, bias: &mut dbias };
            Arch::new().dispatch(Backward { kept, dy, gradients });
            (dweight, dbias)
        })
        .unzip();
    add_up(dweights.iter().map(Vec::as_slice), dweight);
    add_up(dbiases.iter().map(Vec::as_slice), dbias);
}

struct Forward<'a> {
    norm: LayerNorm<'a>,
    x: &'a [f32],
    y: &'a mut [f32],
    mean: &'a mut [f32],
    inv_std: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let LayerNorm { weight, bias, epsilon } = self.norm;
        let width = weight.len().max(1);
        let share = 1.0 / width as f32;
        let rows = self.x.chunks_exact(width).zip(self.y.chunks_exact_mut(width));
        for ((x, y), (mean, inv_std)) in rows.zip(self.mean.iter_mut().zip(self.inv_std)) {
            let m = sum(simd, x, |x| x) * share;
            let middle = simd.splat_f32s(m);
            let variance = sum(simd, x, |x| {
                let distance = simd.sub_f32s(x, middle);
                simd.mul_f32s(distance, distance)
            }) * share;
            let s = 1.0 / (variance + epsilon).sqrt();
            *mean = m;
            *inv_std = s;
            for (((x, y), weight), bias) in x.iter().zip(y).zip(weight).zip(bias) {
                *y = (x - m) * s * weight + bias;
            }
        }
    }
}

struct Backward<'a> {
    kept: LayerNormKept<'a>,
    dy: &'a [f32],
    /// The gradients of weight and bias are added to.
    gradients: LayerNormGradients<'a>,
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let LayerNormKept { x, weight, mean, inv_std } = self.kept;
        let LayerNormGradients { x: dx, weight: dweight, bias: dbias } = self.gradients;
        let width = weight.len().max(1);
        let (mut x, mut dy) = (x.chunks_exact(width), self.dy.chunks_exact(width));
        let mut dx = dx.chunks_exact_mut(width);
        let mut moments = mean.iter().zip(inv_std).map(|(mean, inv_std)| [*mean, *inv_std]);
        let mut next = || {
            let [mean, inv_std] = moments.next()?;
            Some(Row { x: x.next()?, dy: dy.next()?, dx: dx.next()?, mean, inv_std })
        };
        while let Some(first) = next() {
            match next() {
                Some(second) => rows_backward(simd, weight, [dweight, dbias], [first, second]),
                None => rows_backward(simd, weight, [dweight, dbias], [first]),
            }
        }
    }
}

/// One row of the backward pass.
struct Row<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
    mean: f32,
    inv_std: f32,
}

/// The gradients of some rows at once, so that the sums over rows are loaded and stored less often.
///
/// With n = (x − mean) · inv_std and g = dy · weight: dx = inv_std · (g − mean(g) − n · mean(g · n)).
#[inline(always)]
fn rows_backward<S: Simd, const N: usize>(
    simd: S,
    weight: &[f32],
    [dweight, dbias]: [&mut [f32]; 2],
    rows: [Row<'_>; N],
) {
    let zero = simd.splat_f32s(0.0);
    let share = 1.0 / weight.len() as f32;
    let mut sums = [[zero; 2]; N];
    let means: [_; N] = std::array::from_fn(|k| simd.splat_f32s(rows[k].mean));
    let inv_stds: [_; N] = std::array::from_fn(|k| simd.splat_f32s(rows[k].inv_std));
    let mut add =
        |weight, [mut dweight, mut dbias]: [S::f32s; 2], x: [S::f32s; N], dy: [S::f32s; N]| {
            for k in 0..N {
                let distance = simd.sub_f32s(x[k], means[k]);
                dbias = simd.add_f32s(dbias, dy[k]);
                dweight = simd.mul_add_e_f32s(dy[k], simd.mul_f32s(distance, inv_stds[k]), dweight);
                let g = simd.mul_f32s(dy[k], weight);
                let [sum, product] = sums[k];
                sums[k] = [simd.add_f32s(sum, g), simd.mul_add_e_f32s(g, distance, product)];
            }
            [dweight, dbias]
        };
    let (weights, weights_rest) = S::as_simd_f32s(weight);
    let (dweights, dweights_rest) = S::as_mut_simd_f32s(dweight);
    let (dbiases, dbiases_rest) = S::as_mut_simd_f32s(dbias);
    let xs: [_; N] = std::array::from_fn(|k| S::as_simd_f32s(rows[k].x));
    let dys: [_; N] = std::array::from_fn(|k| S::as_simd_f32s(rows[k].dy));
    for (i, (weight, (dweight, dbias))) in
        weights.iter().zip(dweights.iter_mut().zip(dbiases)).enumerate()
    {
        let x = std::array::from_fn(|k| xs[k].0[i]);
        let dy = std::array::from_fn(|k| dys[k].0[i]);
        [*dweight, *dbias] = add(*weight, [*dweight, *dbias], x, dy);
    }
    if !weights_rest.is_empty() {
        let x = std::array::from_fn(|k| simd.partial_load_f32s(xs[k].1));
        let dy = std::array::from_fn(|k| simd.partial_load_f32s(dys[k].1));
        let sums = [&*dweights_rest, &*dbiases_rest].map(|sums| simd.partial_load_f32s(sums));
        let [dweight, dbias] = add(simd.partial_load_f32s(weights_rest), sums, x, dy);
        simd.partial_store_f32s(dweights_rest, dweight);
        simd.partial_store_f32s(dbiases_rest, dbias);
    }
    for (row, [sum, product]) in rows.into_iter().zip(sums) {
        let Row { x, dy, dx, mean, inv_std } = row;
        let sum = simd.reduce_sum_f32s(sum) * share;
        let product = simd.reduce_sum_f32s(product) * share;
        let slope = -product * inv_std * inv_std * inv_std;
        let shift = -sum * inv_std;
        for (((x, dy), dx), weight) in x.iter().zip(dy).zip(dx).zip(weight) {
            *dx = dy * weight * inv_std + (slope * (x - mean) + shift);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        assert_close, assert_gradients, assert_same_on_threads, exact, numbers,
    };
    use super::*;

    /// Rows and width: around vectors, blocks of sums and chunks.
    const SHAPES: [[usize; 2]; 9] =
        [[0, 8], [1, 1], [1, 7], [3, 16], [5, 33], [7, 64], [9, 131], [2, 4101], [600, 128]];

    const EPSILON: f32 = 1e-2;

    fn reference(x: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
        let width = weight.len();
        let rows = x.chunks(width).flat_map(|x| {
            let mean = x.iter().sum::<f64>() / width as f64;
            let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
            let std = (variance + f64::from(EPSILON)).sqrt();
            (0..width).map(move |j| (x[j] - mean) / std * weight[j] + bias[j])
        });
        rows.collect()
    }

    struct Case {
        x: Vec<f32>,
        weight: Vec<f32>,
        bias: Vec<f32>,
        dy: Vec<f32>,
        n_rows: usize,
    }

    impl Case {
        fn new([n_rows, width]: [usize; 2]) -> Self {
            Self {
                x: numbers(n_rows * width, 1, 5.0),
                weight: numbers(width, 2, 1.0),
                bias: numbers(width, 3, 0.0),
                dy: numbers(n_rows * width, 4, 0.5),
                n_rows,
            }
        }

        fn norm(&self) -> LayerNorm<'_> {
            LayerNorm { weight: &self.weight, bias: &self.bias, epsilon: EPSILON }
        }

        /// y, dx, dweight and dbias.
        fn run(&self) -> [Vec<f32>; 4] {
            let mut y = vec![9.0; self.x.len()];
            let (mut mean, mut inv_std) = (vec![9.0; self.n_rows], vec![9.0; self.n_rows]);
            layer_norm(self.norm(), &self.x, &mut y, &mut mean, &mut inv_std);
            let mut dx = vec![9.0; self.x.len()];
            let (mut dweight, mut dbias) = (self.weight.clone(), self.bias.clone());
            let kept =
                LayerNormKept { x: &self.x, weight: &self.weight, mean: &mean, inv_std: &inv_std };
            let gradients =
                LayerNormGradients { x: &mut dx, weight: &mut dweight, bias: &mut dbias };
            layer_norm_backward(kept, &self.dy, gradients);
            [y, dx, dweight, dbias]
        }
    }

    #[test]
    fn both_ways_equal_the_reference() {
        for shape in SHAPES {
            let case = Case::new(shape);
            let [y, dx, dweight, dbias] = case.run();
            let what = format!("layer norm {shape:?}");
            let [x, weight, bias, dy] =
                [&case.x, &case.weight, &case.bias, &case.dy].map(|numbers| exact(numbers));
            assert_close(&what, &y, &reference(&x, &weight, &bias));
            let inputs: [&[f32]; 3] = [&case.x, &case.weight, &case.bias];
            assert_gradients(&what, inputs, [&dx, &dweight, &dbias], |[x, weight, bias]| {
                reference(x, weight, bias).iter().zip(&dy).map(|(y, dy)| y * dy).sum()
            });
        }
    }

    #[test]
    fn nan_shows_in_its_row() {
        let mut case = Case::new([3, 20]);
        case.x[25] = f32::NAN;
        let [y, dx, dweight, _] = case.run();
        for numbers in [y, dx] {
            assert!(
                numbers
                    .chunks(20)
                    .zip([false, true, false])
                    .all(|(row, is_nan)| { row.iter().all(|x| x.is_nan() == is_nan) })
            );
        }
        assert!(dweight.iter().all(|x| x.is_nan()));
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let case = Case::new([1003, 100]);
        assert_same_on_threads(|| case.run().into());
    }
}
