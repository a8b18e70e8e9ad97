//! Tiles between pictures or weights and the matrices of the 36 points, a block of channels at a time.

use std::cell::RefCell;

use pulp::{Simd, WithSimd};

use super::super::grid::{Pictures, passed};
use super::transform::{Kernel, KernelSum, Picture, Spread, Sum, Transform, both_ways};
use super::{BLOCK, Finish, N_POINTS, OUT, TILE, Winograd, pitch};

thread_local! {
    /// A row of tiles, all channels of a block of each number behind each other.
    static NUMBERS: RefCell<Vec<[f32; BLOCK]>> = const { RefCell::new(Vec::new()) };
}

/// Pictures to read tiles from.
pub(super) struct Tiles<'a> {
    pub(super) x: Pictures<'a>,
    pub(super) size: [usize; 2],
    pub(super) n_channels: usize,
    pub(super) padding: [usize; 2],
    /// Rows and columns of a tile.
    pub(super) tile: usize,
}

impl Tiles<'_> {
    /// Writes what a row of tiles reads as `out[row][col][channel]`, for a block of channels from `first` on.
    #[inline(always)]
    fn read(
        &self,
        image: usize,
        first: usize,
        first_row: usize,
        n_cols: usize,
        out: &mut [[f32; BLOCK]],
    ) {
        let [in_rows, in_cols] = self.size;
        for (row, out) in out.chunks_exact_mut(n_cols).enumerate() {
            let from_row = (first_row + row).wrapping_sub(self.padding[0]);
            if from_row >= in_rows {
                out.fill([0.0; BLOCK]);
                continue;
            }
            let start = self.padding[1].min(n_cols);
            let end = (start + in_cols).min(n_cols);
            out[..start].fill([0.0; BLOCK]);
            out[end..].fill([0.0; BLOCK]);
            let out = &mut out[start..end];
            for channel in 0..BLOCK {
                let plane = image * self.n_channels + first + channel;
                let x = self.x.from((plane * in_rows + from_row) * in_cols);
                if let Some(y) = x.relu_of {
                    for ((out, x), y) in out.iter_mut().zip(x.numbers).zip(y) {
                        out[channel] = passed(*x, *y);
                    }
                } else {
                    for (out, x) in out.iter_mut().zip(x.numbers) {
                        out[channel] = *x;
                    }
                }
            }
        }
    }
}

/// A row of tiles of pictures.
pub(super) struct FromPicture<'a> {
    pub(super) source: Tiles<'a>,
    pub(super) image: usize,
    pub(super) row: usize,
    pub(super) n_tiles: usize,
    pub(super) v: [&'a mut [f32]; N_POINTS],
}

impl WithSimd for FromPicture<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if self.source.tile == TILE {
            self.tiles::<S, Picture, TILE>(simd);
        } else {
            self.tiles::<S, Spread, OUT>(simd);
        }
    }
}

impl FromPicture<'_> {
    #[inline(always)]
    fn tiles<S: Simd, T: Transform<N, TILE>, const N: usize>(self, simd: S) {
        let Self { source, mut v, .. } = self;
        let n_cols = self.n_tiles * OUT + N - OUT;
        let mut numbers = NUMBERS.take();
        numbers.resize(numbers.len().max(N * n_cols), [0.0; BLOCK]);
        for first in (0..source.n_channels).step_by(BLOCK) {
            source.read(self.image, first, self.row * OUT, n_cols, &mut numbers[..N * n_cols]);
            for t in 0..self.n_tiles {
                for lane in (0..BLOCK).step_by(S::F32_LANES) {
                    let mut tile = [[simd.splat_f32s(0.0); N]; N];
                    for (row, tile) in tile.iter_mut().enumerate() {
                        for (col, value) in tile.iter_mut().enumerate() {
                            *value = load::<S>(&numbers[row * n_cols + t * OUT + col][lane..]);
                        }
                    }
                    let points = both_ways::<S, T, N, TILE>(simd, tile);
                    let at = t * source.n_channels + first + lane;
                    for (v, value) in v.iter_mut().zip(points.as_flattened()) {
                        store::<S>(&mut v[at..], *value);
                    }
                }
            }
        }
        NUMBERS.set(numbers);
    }
}

/// One channel of the picture and all of the result.
pub(super) struct FromWeights<'a> {
    pub(super) shape: &'a Winograd,
    pub(super) weight: &'a [f32],
    pub(super) channel: usize,
    pub(super) u: [&'a mut [f32]; N_POINTS],
}

impl WithSimd for FromWeights<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let [out_stride, in_stride] = self.shape.strides;
        for first in (0..self.shape.n_out).step_by(BLOCK) {
            let mut numbers = [[0.0; BLOCK]; 9];
            for (tap, numbers) in numbers.iter_mut().enumerate() {
                let tap = if self.shape.is_flipped { 8 - tap } else { tap };
                for (lane, number) in numbers.iter_mut().enumerate() {
                    let from = (first + lane) * out_stride + self.channel * in_stride;
                    *number = self.weight[from + tap];
                }
            }
            for lane in (0..BLOCK).step_by(S::F32_LANES) {
                let mut kernel = [[simd.splat_f32s(0.0); 3]; 3];
                for (value, numbers) in kernel.as_flattened_mut().iter_mut().zip(&numbers) {
                    *value = load::<S>(&numbers[lane..]);
                }
                let points = both_ways::<S, Kernel, 3, TILE>(simd, kernel);
                for (u, value) in self.u.iter_mut().zip(points.as_flattened()) {
                    store::<S>(&mut u[first + lane..], *value);
                }
            }
        }
    }
}

/// One image of the result.
pub(super) struct ToPicture<'a> {
    pub(super) shape: &'a Winograd,
    pub(super) m: &'a [f32],
    /// Tiles in `m`.
    pub(super) n_tiles: usize,
    pub(super) image: usize,
    pub(super) bias: Option<&'a [f32]>,
    pub(super) finish: Finish,
    pub(super) y: &'a mut [f32],
}

impl WithSimd for ToPicture<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Winograd { n_out, out_size: [out_rows, out_cols], .. } = *self.shape;
        let [tile_rows, tile_cols] = self.shape.tiles();
        let n_cols = tile_cols * OUT;
        // Zero times a number that is not finite is not a number.
        let mut checked = simd.splat_f32s(0.0);
        let mut numbers = NUMBERS.take();
        numbers.resize(numbers.len().max(OUT * n_cols), [0.0; BLOCK]);
        for first in (0..n_out).step_by(BLOCK) {
            for tile_row in 0..tile_rows {
                for t in 0..tile_cols {
                    let tile = (self.image * tile_rows + tile_row) * tile_cols + t;
                    for lane in (0..BLOCK).step_by(S::F32_LANES) {
                        let channel = first + lane;
                        let mut points = [[simd.splat_f32s(0.0); TILE]; TILE];
                        for (point, value) in points.as_flattened_mut().iter_mut().enumerate() {
                            let at = point * pitch(self.n_tiles * n_out) + tile * n_out + channel;
                            *value = load::<S>(&self.m[at..]);
                        }
                        let bias = match self.bias {
                            Some(bias) => load::<S>(&bias[channel..]),
                            None => simd.splat_f32s(0.0),
                        };
                        let out = both_ways::<S, Sum, TILE, OUT>(simd, points);
                        for (row, out) in out.into_iter().enumerate() {
                            for (col, value) in out.into_iter().enumerate() {
                                checked = simd.mul_add_f32s(value, simd.splat_f32s(0.0), checked);
                                let value = simd.add_f32s(value, bias);
                                let numbers = &mut numbers[row * n_cols + t * OUT + col];
                                store::<S>(&mut numbers[lane..], value);
                            }
                        }
                    }
                }
                let rows = numbers.chunks_exact(n_cols).enumerate();
                for (row, numbers) in rows.take(OUT.min(out_rows - tile_row * OUT)) {
                    for channel in 0..BLOCK {
                        let from = (first + channel) * out_rows + tile_row * OUT + row;
                        let y = &mut self.y[from * out_cols..][..out_cols];
                        for (y, numbers) in y.iter_mut().zip(numbers) {
                            *y = numbers[channel];
                        }
                    }
                }
            }
        }
        NUMBERS.set(numbers);
        if self.finish == Finish::Relu {
            for y in self.y {
                *y = if *y < 0.0 { 0.0 } else { *y };
            }
        }
        simd.reduce_sum_f32s(checked) == 0.0
    }
}

/// The gradients of the weights of a block of output channels.
pub(super) struct ToWeights<'a> {
    pub(super) shape: &'a Winograd,
    pub(super) u: &'a [f32],
    pub(super) first: usize,
    pub(super) dw: &'a mut [f32],
}

impl WithSimd for ToWeights<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Winograd { n_in, n_out, strides: [out_stride, in_stride], .. } = *self.shape;
        let mut checked = simd.splat_f32s(0.0);
        for channel in 0..n_in {
            let mut numbers = [[0.0; BLOCK]; 9];
            for lane in (0..BLOCK).step_by(S::F32_LANES) {
                let mut points = [[simd.splat_f32s(0.0); TILE]; TILE];
                for (point, value) in points.as_flattened_mut().iter_mut().enumerate() {
                    let at = point * pitch(n_in * n_out) + channel * n_out + self.first + lane;
                    *value = load::<S>(&self.u[at..]);
                }
                let kernel = both_ways::<S, KernelSum, TILE, 3>(simd, points);
                for (numbers, value) in numbers.iter_mut().zip(kernel.as_flattened()) {
                    checked = simd.mul_add_f32s(*value, simd.splat_f32s(0.0), checked);
                    store::<S>(&mut numbers[lane..], *value);
                }
            }
            for lane in 0..BLOCK {
                let dw = &mut self.dw[lane * out_stride + channel * in_stride..][..9];
                for (dw, numbers) in dw.iter_mut().zip(&numbers) {
                    *dw = numbers[lane];
                }
            }
        }
        simd.reduce_sum_f32s(checked) == 0.0
    }
}

#[inline(always)]
fn load<S: Simd>(numbers: &[f32]) -> S::f32s {
    S::as_simd_f32s(&numbers[..S::F32_LANES]).0[0]
}

#[inline(always)]
fn store<S: Simd>(numbers: &mut [f32], value: S::f32s) {
    S::as_mut_simd_f32s(&mut numbers[..S::F32_LANES]).0[0] = value;
}
