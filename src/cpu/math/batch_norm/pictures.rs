//! Batch norm of pictures: each channel of a picture is a run of memory.
//!
//! The sums go over blocks of channels, small enough to stay in a core's cache while they are read twice; what is
//! written goes in the order of memory.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::norm::{sum, sums_of_pairs};
use super::super::simd::select;
use super::{BatchNorm, CHUNK, Lines, SMALL, n_values};

/// Numbers of a block of channels, over all pictures.
const BLOCK: usize = 2 * CHUNK;

/// Numbers of a block in one picture at least, so that whole cache lines are read.
const MIN_RUN: usize = 64;

/// Writes mean and variance of each channel.
pub(super) fn moments(norm: BatchNorm<'_>, x: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    let n_channels = channels_per_block(norm, x.len());
    mean.par_chunks_mut(n_channels).zip(variance.par_chunks_mut(n_channels)).enumerate().for_each(
        |(index, (mean, variance))| {
            let channels = index * n_channels..index * n_channels + mean.len();
            Arch::new().dispatch(SumMoments { norm, channels, x, mean, variance });
        },
    );
}

/// Writes `y`.
pub(super) fn forward(norm: BatchNorm<'_>, lines: &Lines, x: &[f32], y: &mut [f32]) {
    let n_planes = planes_per_chunk(norm, x.len());
    let n_numbers = n_planes * norm.n_pixels;
    x.par_chunks(n_numbers).zip(y.par_chunks_mut(n_numbers)).enumerate().for_each(
        |(index, (x, y))| {
            Arch::new().dispatch(Forward { norm, lines, first: index * n_planes, x, y });
        },
    );
}

/// Writes for each channel the sums of `dy` and `dy · (x − mean)`, ReLU passed.
pub(super) fn gradient_sums(
    norm: BatchNorm<'_>,
    lines: &Lines,
    x: &[f32],
    dy: &[f32],
    [sums, products]: [&mut [f32]; 2],
) {
    let n_channels = channels_per_block(norm, x.len());
    sums.par_chunks_mut(n_channels).zip(products.par_chunks_mut(n_channels)).enumerate().for_each(
        |(index, (sums, products))| {
            let channels = index * n_channels..index * n_channels + sums.len();
            Arch::new().dispatch(SumGradients { norm, lines, channels, x, dy, sums, products });
        },
    );
}

/// Writes `dx = dy · scale + correction`.
pub(super) fn backward(
    norm: BatchNorm<'_>,
    lines: [&Lines; 2],
    x: &[f32],
    dy: &[f32],
    dx: &mut [f32],
) {
    let n_planes = planes_per_chunk(norm, x.len());
    let n_numbers = n_planes * norm.n_pixels;
    x.par_chunks(n_numbers)
        .zip(dy.par_chunks(n_numbers))
        .zip(dx.par_chunks_mut(n_numbers))
        .enumerate()
        .for_each(|(index, ((x, dy), dx))| {
            Arch::new().dispatch(Backward { norm, lines, first: index * n_planes, x, dy, dx });
        });
}

fn planes_per_chunk(norm: BatchNorm<'_>, n_numbers: usize) -> usize {
    let n_numbers = if n_numbers <= SMALL { n_numbers } else { CHUNK };
    (n_numbers / norm.n_pixels).max(1)
}

fn channels_per_block(norm: BatchNorm<'_>, n_numbers: usize) -> usize {
    let n_channels = norm.weight.len().max(1);
    if n_numbers <= SMALL {
        return n_channels;
    }
    (BLOCK / n_values(n_numbers, n_channels)).max(MIN_RUN.div_ceil(norm.n_pixels))
}

/// The channel of each plane from number `first` on; counted, because a division per plane costs more than its pixels.
#[inline(always)]
fn channels_from(first: usize, n_channels: usize) -> impl Iterator<Item = usize> {
    (first % n_channels..n_channels).chain((0..n_channels).cycle())
}

/// The channels of a block in each picture.
#[inline(always)]
fn blocks<'a>(
    norm: BatchNorm<'_>,
    channels: &Range<usize>,
    x: &'a [f32],
) -> impl Iterator<Item = &'a [f32]> + Clone {
    let run = channels.start * norm.n_pixels..channels.end * norm.n_pixels;
    x.chunks_exact((norm.weight.len() * norm.n_pixels).max(1)).map(move |image| &image[run.clone()])
}

struct SumMoments<'a> {
    norm: BatchNorm<'a>,
    channels: Range<usize>,
    x: &'a [f32],
    mean: &'a mut [f32],
    variance: &'a mut [f32],
}

impl WithSimd for SumMoments<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let n_pixels = self.norm.n_pixels;
        let share = 1.0 / n_values(self.x.len(), self.norm.weight.len()) as f64;
        let blocks = blocks(self.norm, &self.channels, self.x);
        let mut totals = vec![0.0; self.channels.len()];
        for block in blocks.clone() {
            for (total, x) in totals.iter_mut().zip(block.chunks_exact(n_pixels)) {
                *total += f64::from(sum(simd, x, |x| x));
            }
        }
        for (mean, total) in self.mean.iter_mut().zip(&mut totals) {
            *mean = (*total * share) as f32;
            *total = 0.0;
        }
        for block in blocks {
            let planes = block.chunks_exact(n_pixels).zip(&*self.mean);
            for (total, (x, mean)) in totals.iter_mut().zip(planes) {
                let mean = simd.splat_f32s(*mean);
                *total += f64::from(sum(
                    simd,
                    x,
                    #[inline(always)]
                    |x| {
                        let distance = simd.sub_f32s(x, mean);
                        simd.mul_f32s(distance, distance)
                    },
                ));
            }
        }
        for (variance, total) in self.variance.iter_mut().zip(&totals) {
            *variance = (total * share) as f32;
        }
    }
}

struct SumGradients<'a> {
    norm: BatchNorm<'a>,
    lines: &'a Lines,
    channels: Range<usize>,
    x: &'a [f32],
    dy: &'a [f32],
    sums: &'a mut [f32],
    products: &'a mut [f32],
}

impl WithSimd for SumGradients<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let BatchNorm { n_pixels, relu, .. } = self.norm;
        let mut totals = vec![[0.0; 2]; self.channels.len()];
        let x = blocks(self.norm, &self.channels, self.x);
        for (x, dy) in x.zip(blocks(self.norm, &self.channels, self.dy)) {
            let planes = x.chunks_exact(n_pixels).zip(dy.chunks_exact(n_pixels));
            for ((total, (x, dy)), channel) in
                totals.iter_mut().zip(planes).zip(self.channels.clone())
            {
                let line = WideLine::new(simd, self.lines, channel);
                let sums = sums_of_pairs(
                    simd,
                    x,
                    dy,
                    #[inline(always)]
                    |x, dy| {
                        let dy = line.masked(simd, x, dy, relu);
                        [dy, simd.mul_f32s(dy, simd.sub_f32s(x, line.mean))]
                    },
                );
                for (total, sum) in total.iter_mut().zip(sums) {
                    *total += f64::from(sum);
                }
            }
        }
        for ((total, sum), product) in totals.iter().zip(self.sums).zip(self.products) {
            [*sum, *product] = total.map(|total| total as f32);
        }
    }
}

struct Forward<'a> {
    norm: BatchNorm<'a>,
    lines: &'a Lines,
    /// Number of the first plane of these, counted over all pictures.
    first: usize,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let BatchNorm { n_pixels, relu, weight, .. } = self.norm;
        let planes = self.x.chunks_exact(n_pixels).zip(self.y.chunks_exact_mut(n_pixels));
        for ((x, y), channel) in planes.zip(channels_from(self.first, weight.len())) {
            let line = WideLine::new(simd, self.lines, channel);
            map_pairs(
                simd,
                [x, x],
                y,
                #[inline(always)]
                |x, _| line.value(simd, x, relu),
            );
        }
    }
}

struct Backward<'a> {
    norm: BatchNorm<'a>,
    lines: [&'a Lines; 2],
    /// Number of the first plane of these, counted over all pictures.
    first: usize,
    x: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let BatchNorm { n_pixels, relu, weight, .. } = self.norm;
        let [lines, corrections] = self.lines;
        let planes = self.x.chunks_exact(n_pixels).zip(self.dy.chunks_exact(n_pixels));
        let planes = planes.zip(self.dx.chunks_exact_mut(n_pixels));
        for (((x, dy), dx), channel) in planes.zip(channels_from(self.first, weight.len())) {
            let line = WideLine::new(simd, lines, channel);
            let correction = WideLine::new(simd, corrections, channel);
            map_pairs(
                simd,
                [x, dy],
                dx,
                #[inline(always)]
                |x, dy| {
                    let dy = line.masked(simd, x, dy, relu);
                    simd.mul_add_e_f32s(dy, line.scale, correction.at(simd, x))
                },
            );
        }
    }
}

/// `(x − mean) · scale + shift` in vectors.
#[derive(Clone, Copy)]
struct WideLine<S: Simd> {
    mean: S::f32s,
    scale: S::f32s,
    shift: S::f32s,
}

impl<S: Simd> WideLine<S> {
    #[inline(always)]
    fn new(simd: S, lines: &Lines, channel: usize) -> Self {
        let [mean, scale, shift] = [&lines.mean, &lines.scale, &lines.shift];
        Self {
            mean: simd.splat_f32s(mean[channel]),
            scale: simd.splat_f32s(scale[channel]),
            shift: simd.splat_f32s(shift[channel]),
        }
    }

    #[inline(always)]
    fn at(self, simd: S, x: S::f32s) -> S::f32s {
        simd.mul_add_e_f32s(simd.sub_f32s(x, self.mean), self.scale, self.shift)
    }

    /// The value, with ReLU if it follows.
    #[inline(always)]
    fn value(self, simd: S, x: S::f32s, relu: bool) -> S::f32s {
        let (y, zero) = (self.at(simd, x), simd.splat_f32s(0.0));
        if relu { select(simd, simd.less_than_f32s(y, zero), zero, y) } else { y }
    }

    /// What ReLU lets through of the gradient.
    #[inline(always)]
    fn masked(self, simd: S, x: S::f32s, dy: S::f32s, relu: bool) -> S::f32s {
        let (y, zero) = (self.at(simd, x), simd.splat_f32s(0.0));
        if relu { select(simd, simd.less_than_or_equal_f32s(y, zero), zero, dy) } else { dy }
    }
}

/// `out = f(a, b)`; written with vectors, because planes of few pixels are over before a loop of the compiler begins.
#[inline(always)]
fn map_pairs<S: Simd>(
    simd: S,
    [a, b]: [&[f32]; 2],
    out: &mut [f32],
    f: impl Fn(S::f32s, S::f32s) -> S::f32s,
) {
    let (a, a_rest) = S::as_simd_f32s(a);
    let (b, b_rest) = S::as_simd_f32s(b);
    let (out, out_rest) = S::as_mut_simd_f32s(out);
    for ((a, b), out) in a.iter().zip(b).zip(out) {
        *out = f(*a, *b);
    }
    if !out_rest.is_empty() {
        let last = f(simd.partial_load_f32s(a_rest), simd.partial_load_f32s(b_rest));
        simd.partial_store_f32s(out_rest, last);
    }
}
