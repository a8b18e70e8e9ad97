//! Batch norm of rows of features: whole rows are read in the order of memory, all features side by side.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{BatchNorm, CHUNK, Lines, SMALL, n_values};

/// Parts of the rows whose sums are added up; fixed, so that the threads do not change them.
const N_PARTS: usize = 8;

/// Writes mean and variance of each feature.
pub(super) fn moments(x: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    let n_features = mean.len();
    let share = 1.0 / n_values(x.len(), n_features) as f64;
    let part = part_size(x.len(), n_features);
    let sums: Vec<_> =
        x.par_chunks(part).map(|x| Arch::new().dispatch(Sum { x, n_features })).collect();
    add_up(&sums, share, mean);
    let mean = &*mean;
    let squares: Vec<_> =
        x.par_chunks(part).map(|x| Arch::new().dispatch(SumSquares { x, mean })).collect();
    add_up(&squares, share, variance);
}

/// Writes `y`.
pub(super) fn forward(norm: BatchNorm<'_>, lines: &Lines, x: &[f32], y: &mut [f32]) {
    let chunk = chunk_size(x.len(), norm.weight.len());
    x.par_chunks(chunk)
        .zip(y.par_chunks_mut(chunk))
        .for_each(|(x, y)| Arch::new().dispatch(Forward { norm, lines, x, y }));
}

/// Writes for each feature the sums of `dy` and `dy · (x − mean)`, ReLU passed.
pub(super) fn gradient_sums(
    norm: BatchNorm<'_>,
    lines: &Lines,
    x: &[f32],
    dy: &[f32],
    [sums, products]: [&mut [f32]; 2],
) {
    let part = part_size(x.len(), norm.weight.len());
    let (part_sums, part_products): (Vec<_>, Vec<_>) = x
        .par_chunks(part)
        .zip(dy.par_chunks(part))
        .map(|(x, dy)| Arch::new().dispatch(SumGradients { norm, lines, x, dy }))
        .unzip();
    add_up(&part_sums, 1.0, sums);
    add_up(&part_products, 1.0, products);
}

/// Writes `dx = dy · scale + correction`.
pub(super) fn backward(
    norm: BatchNorm<'_>,
    lines: [&Lines; 2],
    x: &[f32],
    dy: &[f32],
    dx: &mut [f32],
) {
    let chunk = chunk_size(x.len(), norm.weight.len());
    x.par_chunks(chunk)
        .zip(dy.par_chunks(chunk))
        .zip(dx.par_chunks_mut(chunk))
        .for_each(|((x, dy), dx)| Arch::new().dispatch(Backward { norm, lines, x, dy, dx }));
}

/// Numbers of a chunk of whole rows.
fn chunk_size(n_numbers: usize, n_features: usize) -> usize {
    let n_rows = if n_numbers <= SMALL { n_numbers } else { CHUNK } / n_features.max(1);
    n_rows.max(1) * n_features.max(1)
}

/// Numbers of a part of whole rows.
fn part_size(n_numbers: usize, n_features: usize) -> usize {
    let n_rows = n_numbers / n_features.max(1);
    let n_rows = if n_numbers <= SMALL { n_rows } else { n_rows.div_ceil(N_PARTS) };
    n_rows.max(1) * n_features.max(1)
}

/// `total = share · Σ parts`, added in their order.
fn add_up(parts: &[Vec<f64>], share: f64, total: &mut [f32]) {
    let mut sums = vec![0.0; total.len()];
    for part in parts {
        for (sum, part) in sums.iter_mut().zip(part) {
            *sum += part;
        }
    }
    for (total, sum) in total.iter_mut().zip(sums) {
        *total = (share * sum) as f32;
    }
}

struct Sum<'a> {
    x: &'a [f32],
    n_features: usize,
}

impl WithSimd for Sum<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f64> {
        let mut sums = vec![0.0; self.n_features];
        for x in self.x.chunks_exact(self.n_features) {
            for (sum, x) in sums.iter_mut().zip(x) {
                *sum += f64::from(*x);
            }
        }
        sums
    }
}

struct SumSquares<'a> {
    x: &'a [f32],
    mean: &'a [f32],
}

impl WithSimd for SumSquares<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f64> {
        let mut sums = vec![0.0; self.mean.len()];
        for x in self.x.chunks_exact(self.mean.len()) {
            for ((sum, x), mean) in sums.iter_mut().zip(x).zip(self.mean) {
                let distance = x - mean;
                *sum += f64::from(distance * distance);
            }
        }
        sums
    }
}

struct SumGradients<'a> {
    norm: BatchNorm<'a>,
    lines: &'a Lines,
    x: &'a [f32],
    dy: &'a [f32],
}

impl WithSimd for SumGradients<'_> {
    type Output = (Vec<f64>, Vec<f64>);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (Vec<f64>, Vec<f64>) {
        let relu = self.norm.relu;
        let n_features = self.norm.weight.len();
        let (mut sums, mut products) = (vec![0.0; n_features], vec![0.0; n_features]);
        for (x, dy) in self.x.chunks_exact(n_features).zip(self.dy.chunks_exact(n_features)) {
            let totals = sums.iter_mut().zip(&mut products);
            for (((sum, product), (x, dy)), line) in
                totals.zip(x.iter().zip(dy)).zip(self.lines.iter())
            {
                let dy = line.masked(*x, *dy, relu);
                *sum += f64::from(dy);
                *product += f64::from(dy * (x - line.mean));
            }
        }
        (sums, products)
    }
}

struct Forward<'a> {
    norm: BatchNorm<'a>,
    lines: &'a Lines,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let BatchNorm { weight, relu, .. } = self.norm;
        let rows = self.x.chunks_exact(weight.len()).zip(self.y.chunks_exact_mut(weight.len()));
        for (x, y) in rows {
            for ((x, y), line) in x.iter().zip(y).zip(self.lines.iter()) {
                *y = line.value(*x, relu);
            }
        }
    }
}

struct Backward<'a> {
    norm: BatchNorm<'a>,
    lines: [&'a Lines; 2],
    x: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let BatchNorm { weight, relu, .. } = self.norm;
        let [lines, corrections] = self.lines;
        let rows = self.x.chunks_exact(weight.len()).zip(self.dy.chunks_exact(weight.len()));
        for ((x, dy), dx) in rows.zip(self.dx.chunks_exact_mut(weight.len())) {
            let lines = lines.iter().zip(corrections.iter());
            for (((x, dy), dx), (line, correction)) in x.iter().zip(dy).zip(dx).zip(lines) {
                *dx = line.masked(*x, *dy, relu) * line.scale + correction.at(*x);
            }
        }
    }
}
