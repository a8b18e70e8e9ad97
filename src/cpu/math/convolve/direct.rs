//! Convolution as products of the weights with shifted views of pictures that lie in planes; no columns are written.

use std::ops::Range;

use rayon::prelude::*;

use super::super::gemm::Finish;
use super::super::simd::vectorized;
use super::grid::{Class, Grid, Pictures, copy_row};
use super::product;
use super::{Convolution, write_rows};

/// Multiplications that are not worth waking a second thread.
const SMALL_WORK: usize = 1 << 20;

/// Chunks of images whose gradients of the weights are summed apart, then in order.
const N_CHUNKS: usize = 8;

/// Numbers of gradients of the weights that all chunks together may hold.
const MAX_PARTIAL: usize = 1 << 20;

/// Output channels whose gradients of the weights are worked out together.
const WEIGHT_ROWS: usize = 64;

/// Rows of weights over all positions of all images: the convolution itself and its gradient towards the pictures.
pub(super) struct Sweep {
    grid: Grid,
    n_groups: usize,
    /// Rows of the product per group: channels of the result.
    n_rows: usize,
    in_image: usize,
    out_size: [usize; 2],
    /// Rows that one product treats.
    max_rows: usize,
    /// Per class and group: blocks of rows, in each the numbers of all rows for the first offset, then the second.
    weights: Vec<Vec<f32>>,
    /// Per class.
    offsets: Vec<Vec<usize>>,
}

impl Sweep {
    /// The convolution itself.
    pub(super) fn forward(shape: &Convolution, weight: &[f32]) -> Self {
        let strides = [shape.row_len(), shape.kernel_len()];
        Self::new(shape, Grid::forward(shape), shape.out_channels / shape.groups, weight, strides)
    }

    /// The gradient towards the pictures.
    pub(super) fn backward(shape: &Convolution, weight: &[f32]) -> Self {
        let strides = [shape.kernel_len(), shape.row_len()];
        Self::new(shape, Grid::backward(shape), shape.in_channels / shape.groups, weight, strides)
    }

    /// `strides` lead from one row of the product to the next and from one channel of the pictures to the next.
    fn new(
        shape: &Convolution,
        grid: Grid,
        n_rows: usize,
        weight: &[f32],
        [row_stride, channel_stride]: [usize; 2],
    ) -> Self {
        let max_rows = product::max_rows();
        let group_len = shape.weight_len() / shape.groups;
        let n_channels = group_len / shape.kernel_len() / n_rows.max(1);
        let pack = |class: &Class| {
            let mut packed =
                Vec::with_capacity(shape.groups * n_rows * n_channels * class.taps.len());
            for group in 0..shape.groups {
                for first in (0..n_rows).step_by(max_rows) {
                    for channel in 0..n_channels {
                        for (index, _) in &class.taps {
                            let from = group * group_len + channel * channel_stride + index;
                            let rows = first..n_rows.min(first + max_rows);
                            packed.extend(rows.map(|row| weight[from + row * row_stride]));
                        }
                    }
                }
            }
            packed
        };
        let weights = grid.classes.iter().map(pack).collect();
        let offsets = grid.classes.iter().map(|class| offsets(&grid, class, n_channels)).collect();
        Self {
            n_groups: shape.groups,
            n_rows,
            in_image: n_channels * shape.groups * grid.in_picture(),
            out_size: grid.out_size(),
            max_rows,
            weights,
            offsets,
            grid,
        }
    }

    fn out_image(&self) -> usize {
        self.n_groups * self.n_rows * self.out_size[0] * self.out_size[1]
    }

    /// Convolves; `out` is written.
    pub(super) fn run(
        &self,
        pictures: Pictures<'_>,
        bias: Option<&[f32]>,
        finish: Finish,
        out: &mut [f32],
    ) {
        if out.is_empty() {
            return;
        }
        let work = |(points, strip): &mut (Vec<f32>, Vec<f32>),
                    (task, out): (usize, &mut [f32])| {
            for group in 0..self.n_groups {
                let n_images = out.len() / self.out_image();
                for image in 0..n_images {
                    let from = (task * self.grid.n_images + image) * self.in_image
                        + group * self.in_image / self.n_groups;
                    vectorized(
                        #[inline(always)]
                        || {
                            self.grid.fill(image, pictures.from(from), points);
                        },
                    );
                }
                self.group(group, points, strip, bias, finish, out);
            }
        };
        let most = self.grid.classes.iter().map(|class| self.grid.n_points(class)).max();
        let buffers = || (vec![0.0; self.grid.len()], vec![0.0; self.max_rows * most.unwrap_or(0)]);
        let chunk = self.grid.n_images * self.out_image();
        let n_products: usize = self.weights.iter().map(Vec::len).sum::<usize>() / self.n_groups
            * out.len()
            / self.n_rows.max(1);
        if n_products < SMALL_WORK {
            let mut buffers = buffers();
            out.chunks_mut(chunk).enumerate().for_each(|task| work(&mut buffers, task));
        } else {
            out.par_chunks_mut(chunk).enumerate().for_each_init(buffers, work);
        }
    }

    /// All classes and rows of one group of channels for the images in `points`.
    fn group(
        &self,
        group: usize,
        points: &[f32],
        strip: &mut [f32],
        bias: Option<&[f32]>,
        finish: Finish,
        out: &mut [f32],
    ) {
        let plane = self.out_size[0] * self.out_size[1];
        for ((class, weights), offsets) in
            self.grid.classes.iter().zip(&self.weights).zip(&self.offsets)
        {
            let n_points = self.grid.n_points(class);
            let weights = &weights[group * self.n_rows * offsets.len()..];
            for first in (0..self.n_rows).step_by(self.max_rows) {
                let n_rows = self.max_rows.min(self.n_rows - first);
                let weights = &weights[first * offsets.len()..][..n_rows * offsets.len()];
                let strip = &mut strip[..n_rows * n_points];
                product::multiply(weights, offsets, points, n_rows, strip);
                for (row, strip) in strip.chunks_exact(n_points).enumerate() {
                    let channel = group * self.n_rows + first + row;
                    let start = bias.map_or(0.0, |bias| bias[channel]);
                    for (image, out) in out.chunks_exact_mut(self.out_image()).enumerate() {
                        let strip = &strip[self.grid.point(image, 0)..];
                        let out = &mut out[channel * plane..][..plane];
                        vectorized(
                            #[inline(always)]
                            || {
                                write_rows(
                                    &self.grid,
                                    class,
                                    self.grid.pitch(),
                                    strip,
                                    start,
                                    finish,
                                    out,
                                );
                            },
                        );
                    }
                }
            }
        }
    }
}

/// The gradient of the convolution towards its weights.
pub(super) fn weight_gradient(
    shape: &Convolution,
    x: Pictures<'_>,
    dy: Pictures<'_>,
    dw: &mut [f32],
) {
    dw.fill(0.0);
    if shape.n_products() == 0 {
        return;
    }
    let grid = Grid::forward(shape);
    let class = &grid.classes[0];
    let offsets = offsets(&grid, class, shape.in_channels / shape.groups);
    let n_chunks = (MAX_PARTIAL / dw.len()).clamp(1, N_CHUNKS);
    let per_chunk = shape.n_images.div_ceil(grid.n_images).div_ceil(n_chunks) * grid.n_images;
    let n_chunks = shape.n_images.div_ceil(per_chunk);
    let mut partial = vec![0.0; (n_chunks - 1) * dw.len()];
    let per_group = shape.out_channels / shape.groups;
    let mut tasks = Vec::new();
    let chunks = std::iter::once(&mut *dw).chain(partial.chunks_mut(shape.weight_len()));
    for (chunk, out) in chunks.enumerate() {
        let images = chunk * per_chunk..shape.n_images.min((chunk + 1) * per_chunk);
        for (group, out) in out.chunks_mut(per_group * shape.row_len()).enumerate() {
            for (block, out) in out.chunks_mut(WEIGHT_ROWS * shape.row_len()).enumerate() {
                tasks.push((images.clone(), group, group * per_group + block * WEIGHT_ROWS, out));
            }
        }
    }
    let n_points = grid.n_points(class);
    let work = |buffers: &mut (Vec<f32>, Vec<f32>), (images, group, row, out): Task<'_>| {
        let (points, rows) = buffers;
        let n_rows = out.len() / shape.row_len();
        let [out_rows, out_cols] = shape.out_size();
        let rows = &mut rows[..n_rows * n_points];
        for first in images.clone().step_by(grid.n_images) {
            let images = first..images.end.min(first + grid.n_images);
            if images.len() < grid.n_images {
                rows.fill(0.0);
            }
            for (i, image) in images.enumerate() {
                let from = image * shape.in_image() + group * shape.in_image() / shape.groups;
                let picture = out_rows * out_cols;
                let from_dy = image * shape.out_image() + row * picture;
                vectorized(
                    #[inline(always)]
                    || {
                        grid.fill(i, x.from(from), points);
                        for (channel, rows) in rows.chunks_exact_mut(n_points).enumerate() {
                            let from = from_dy + channel * picture;
                            for out_row in 0..out_rows {
                                let out = &mut rows[grid.point(i, out_row)..][..out_cols];
                                let from = from + out_row * out_cols;
                                copy_row(dy.from(from), 1, out);
                            }
                        }
                    },
                );
            }
            product::correlate(rows, &offsets, points, n_rows, out);
        }
    };
    let buffers = || {
        let n_rows = per_group.min(WEIGHT_ROWS);
        (vec![0.0; grid.len()], vec![0.0; n_rows * n_points])
    };
    if shape.n_products() < SMALL_WORK {
        let mut buffers = buffers();
        for task in tasks {
            work(&mut buffers, task);
        }
    } else {
        tasks.into_par_iter().for_each_init(buffers, work);
    }
    for part in partial.chunks(shape.weight_len()) {
        for (sum, part) in dw.iter_mut().zip(part) {
            *sum += part;
        }
    }
}

/// Images, group of channels, first output channel and the gradients of its weights.
type Task<'a> = (Range<usize>, usize, usize, &'a mut [f32]);

/// Shifts of all numbers that a position reads, channel by channel.
fn offsets(grid: &Grid, class: &Class, n_channels: usize) -> Vec<usize> {
    (0..n_channels)
        .flat_map(|channel| class.taps.iter().map(move |tap| channel * grid.channel_len() + tap.1))
        .collect()
}
