//! Convolution as one large matrix product for many small pictures, whose windows are written out as columns.

use std::ops::Range;

use rayon::prelude::*;

use super::super::gemm::{Finish, Mat, MatMut, Start, par_gemm};
use super::super::simd::vectorized;
use super::Convolution;
use super::grid::{Class, Grid, Pictures, add_rows, copy_row, join_rows};
use super::room::with_room;

/// Numbers in the columns that are written out at once: they stay in the last-level cache.
const MAX_NUMBERS: usize = 2 << 20;

/// Positions of the result in a small picture: in larger ones the padding of the direct way weighs little.
const MAX_POSITIONS: usize = 64;

/// Channels of the picture and of the result that make a large product.
const MIN_CHANNELS: usize = 32;

/// Images whose columns are added up by one task, as they lie close together.
const NEIGHBOURS: usize = 4;

/// A convolution as the product of its weights and the columns of its windows.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    shape: &'a Convolution,
    /// One channel of all images that are worked on at once.
    grid: Grid,
    /// One channel of one image.
    small_grid: Grid,
}

impl<'a> Columns<'a> {
    /// Whether the pictures are small and the product large enough to bear writing the columns.
    pub(super) fn suits(shape: &Convolution) -> bool {
        let [rows, cols] = shape.out_size();
        shape.groups == 1
            && (1..=MAX_POSITIONS).contains(&(rows * cols))
            && shape.in_channels.min(shape.out_channels) >= MIN_CHANNELS
            && shape.n_images > 0
    }

    pub(super) fn new(shape: &'a Convolution) -> Self {
        let [rows, cols] = shape.out_size();
        let n_batches = (shape.n_images * rows * cols * shape.row_len()).div_ceil(MAX_NUMBERS);
        let n_images = shape.n_images.div_ceil(n_batches);
        let grid = Grid::forward(shape);
        Self {
            shape,
            grid: grid.clone().for_one_channel(n_images),
            small_grid: grid.for_one_channel(1),
        }
    }

    /// The convolution.
    pub(super) fn forward(
        &self,
        x: &[f32],
        weight: &[f32],
        bias: Option<&[f32]>,
        finish: Finish,
        y: &mut [f32],
    ) {
        let (n_steps, n_out, positions) = self.sizes();
        let image = n_out * positions;
        with_room(self.room(), |[columns, sums]| {
            for images in self.batches() {
                let n_cols = images.len() * positions;
                let columns = &mut columns[..n_steps * n_cols];
                let sums = &mut sums[..n_out * n_cols];
                self.write_columns(x, images.clone(), columns);
                let columns = Mat::new(columns, n_steps, n_cols);
                let start = bias.map_or(Start::Zero, Start::PerRow);
                let weight = Mat::new(weight, n_out, n_steps);
                par_gemm(weight, &columns, MatMut::new(sums, n_out, n_cols), start, finish);
                let y = &mut y[images.start * image..images.end * image];
                y.par_chunks_exact_mut(image).enumerate().for_each(|(image, y)| {
                    for (y, sums) in y.chunks_exact_mut(positions).zip(sums.chunks_exact(n_cols)) {
                        y.copy_from_slice(&sums[image * positions..][..positions]);
                    }
                });
            }
        });
    }

    /// The gradient towards the pictures, plus a bias per channel.
    pub(super) fn input_gradient(
        &self,
        weight: &[f32],
        dy: Pictures<'_>,
        bias: Option<&[f32]>,
        dx: &mut [f32],
    ) {
        let (n_steps, n_out, positions) = self.sizes();
        let image = self.shape.in_image();
        with_room(self.room(), |[columns, rows]| {
            for images in self.batches() {
                let n_cols = images.len() * positions;
                let columns = &mut columns[..n_steps * n_cols];
                let rows = &mut rows[..n_out * n_cols];
                self.join_images(dy, images.clone(), rows);
                par_gemm(
                    Mat::new(weight, n_out, n_steps).transposed(),
                    &Mat::new(rows, n_out, n_cols),
                    MatMut::new(columns, n_steps, n_cols),
                    Start::Zero,
                    Finish::Nothing,
                );
                let dx = &mut dx[images.start * image..images.end * image];
                let plane = || vec![0.0; self.small_grid.len()];
                dx.par_chunks_mut(NEIGHBOURS * image).enumerate().for_each_init(
                    plane,
                    |plane, (task, dx)| {
                        let columns = &columns[task * NEIGHBOURS * positions..];
                        vectorized(
                            #[inline(always)]
                            || self.add_columns(columns, n_cols, bias, plane, dx),
                        );
                    },
                );
            }
        });
    }

    /// The gradient towards the weights.
    pub(super) fn weight_gradient(&self, x: &[f32], dy: Pictures<'_>, dw: &mut [f32]) {
        let (n_steps, n_out, positions) = self.sizes();
        with_room(self.room(), |[columns, rows]| {
            for images in self.batches() {
                let start = if images.start == 0 { Start::Zero } else { Start::Keep };
                let n_cols = images.len() * positions;
                let columns = &mut columns[..n_steps * n_cols];
                let rows = &mut rows[..n_out * n_cols];
                self.write_columns(x, images.clone(), columns);
                self.join_images(dy, images, rows);
                let columns = Mat::new(columns, n_steps, n_cols).transposed();
                let rows = Mat::new(rows, n_out, n_cols);
                par_gemm(rows, &columns, MatMut::new(dw, n_out, n_steps), start, Finish::Nothing);
            }
        });
    }

    fn class(&self) -> &Class {
        &self.grid.classes[0]
    }

    /// Weights per output channel, output channels and positions of the result per image.
    fn sizes(&self) -> (usize, usize, usize) {
        let [rows, cols] = self.class().size;
        (self.shape.row_len(), self.shape.out_channels, rows * cols)
    }

    /// Numbers in the columns and in the results of the images that are worked on at once.
    fn room(&self) -> [usize; 2] {
        let (n_steps, n_out, positions) = self.sizes();
        [n_steps, n_out].map(|rows| rows * self.grid.n_images * positions)
    }

    /// The images that are worked on at once.
    fn batches(&self) -> impl Iterator<Item = Range<usize>> {
        let (n_images, size) = (self.shape.n_images, self.grid.n_images);
        (0..n_images).step_by(size).map(move |first| first..n_images.min(first + size))
    }

    /// `rows[channel of the result][image][position]`.
    fn join_images(&self, dy: Pictures<'_>, images: Range<usize>, rows: &mut [f32]) {
        let (_, n_out, positions) = self.sizes();
        rows.par_chunks_exact_mut(images.len() * positions).enumerate().for_each(
            |(channel, row)| {
                vectorized(
                    #[inline(always)]
                    || {
                        for (image, row) in images.clone().zip(row.chunks_exact_mut(positions)) {
                            copy_row(dy.from((image * n_out + channel) * positions), 1, row);
                        }
                    },
                );
            },
        );
    }

    /// `columns[channel of the pictures][tap][image][position]`.
    fn write_columns(&self, x: &[f32], images: Range<usize>, columns: &mut [f32]) {
        let (_, _, positions) = self.sizes();
        let n_cols = images.len() * positions;
        let plane = || vec![0.0; self.grid.len()];
        columns.par_chunks_exact_mut(self.shape.kernel_len() * n_cols).enumerate().for_each_init(
            plane,
            |plane, (channel, columns)| {
                vectorized(
                    #[inline(always)]
                    || {
                        for (i, image) in images.clone().enumerate() {
                            let from = image * self.shape.in_channels + channel;
                            let x = Pictures::new(&x[from * self.grid.in_picture()..]);
                            self.grid.fill(i, x, plane);
                        }
                        let columns = columns.chunks_exact_mut(n_cols);
                        for (column, (_, shift)) in columns.zip(&self.class().taps) {
                            for i in 0..images.len() {
                                let plane = &plane[shift + self.grid.point(i, 0)..];
                                let out = &mut column[i * positions..];
                                join_rows(plane, self.grid.pitch(), self.class().size, out);
                            }
                        }
                    },
                );
            },
        );
    }

    /// Adds the columns of some images, the first ones in each row, up where their windows lie.
    #[inline(always)]
    fn add_columns(
        &self,
        columns: &[f32],
        n_cols: usize,
        bias: Option<&[f32]>,
        plane: &mut [f32],
        dx: &mut [f32],
    ) {
        let [_, cols] = self.class().size;
        let (_, _, positions) = self.sizes();
        let taps = &self.small_grid.classes[0].taps;
        for channel in 0..self.shape.in_channels {
            for (i, dx) in dx.chunks_exact_mut(self.shape.in_image()).enumerate() {
                plane.fill(0.0);
                for (tap, (_, shift)) in taps.iter().enumerate() {
                    let from = (channel * taps.len() + tap) * n_cols + i * positions;
                    let column = &columns[from..from + positions];
                    add_rows(column, cols, self.small_grid.pitch(), &mut plane[*shift..]);
                }
                let size = self.small_grid.in_picture();
                let dx = &mut dx[channel * size..][..size];
                self.small_grid.read_back(plane, bias.map_or(0.0, |bias| bias[channel]), dx);
            }
        }
    }
}
