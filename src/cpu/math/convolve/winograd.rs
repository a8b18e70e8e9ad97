//! Convolution with 3 x 3 kernels by Winograd's algorithm: a quarter of the multiplications.
//!
//! Tiles of 4 x 4 numbers of the result come from 6 x 6 of the picture: `Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A` (Lavin and Gray,
//! "Fast Algorithms for Convolutional Neural Networks", 2016), where the sum over channels of the products ⊙ is a
//! matrix product for each of the 36 points. The interpolation points 0, ±3/4, ±3/2 and ∞ keep the rounding errors near
//! those of a plain sum, five times below the usual 0, ±1, ±2, ∞ (Barabasz et al., "Error Analysis and Improving the
//! Accuracy of Winograd Convolution for Deep Neural Networks", 2020, explain why).
//!
//! Infinity minus infinity arises inside a tile where a plain sum has none, so each result is checked: if a number is
//! not finite, the caller must take the plain way.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pulp::Arch;
use rayon::prelude::*;

use super::super::gemm::{self, Finish, Mat, MatMut, Start};
use super::Convolution;
use super::grid::Pictures;
use super::room::with_room;
use tiles::{FromPicture, FromWeights, Tiles, ToPicture, ToWeights};

mod tiles;
mod transform;

/// Rows and columns of the picture that a tile reads.
const TILE: usize = 6;
/// Rows and columns of the result in a tile.
const OUT: usize = 4;
const N_POINTS: usize = TILE * TILE;
/// Channels that are transformed together: a whole number of vectors.
const BLOCK: usize = 16;

/// Numbers in the transformed tiles that are worked on at once, if the weights have no more: they stay in the cache.
const MAX_NUMBERS: usize = 1 << 20;

/// A convolution with 3 x 3 kernels that read a picture with `padding` zeros before the first row and column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Winograd {
    n_images: usize,
    /// Channels and size of the picture.
    n_in: usize,
    in_size: [usize; 2],
    /// Channels and size of the result.
    n_out: usize,
    out_size: [usize; 2],
    padding: [usize; 2],
    /// Numbers from one channel of the result to the next in the weights, and from one of the picture to the next.
    strides: [usize; 2],
    /// The kernels are applied backwards.
    is_flipped: bool,
}

impl Winograd {
    /// The convolution itself, if this algorithm fits it.
    pub(super) fn forward(shape: &Convolution) -> Option<Self> {
        let winograd = Self {
            n_images: shape.n_images,
            n_in: shape.in_channels,
            in_size: shape.in_size,
            n_out: shape.out_channels,
            out_size: shape.out_size(),
            padding: shape.padding_start,
            strides: [shape.in_channels * 9, 9],
            is_flipped: false,
        };
        winograd.suits(shape).then_some(winograd)
    }

    /// The gradient towards the picture: the convolution of the result's gradient with the kernels backwards.
    pub(super) fn backward(shape: &Convolution) -> Option<Self> {
        let padding = [0, 1].map(|axis| 2usize.checked_sub(shape.padding_start[axis]));
        let winograd = Self {
            n_images: shape.n_images,
            n_in: shape.out_channels,
            in_size: shape.out_size(),
            n_out: shape.in_channels,
            out_size: shape.in_size,
            padding: [padding[0]?, padding[1]?],
            strides: [9, shape.in_channels * 9],
            is_flipped: true,
        };
        winograd.suits(shape).then_some(winograd)
    }

    fn suits(&self, shape: &Convolution) -> bool {
        let n_tiles = self.n_images * self.tiles_per_image();
        shape.kernel == [3; 2]
            && [shape.stride, shape.dilation] == [[1; 2]; 2]
            && shape.groups == 1
            && self.n_in.is_multiple_of(BLOCK)
            && self.n_out.is_multiple_of(BLOCK)
            && self.n_in.min(self.n_out) >= 2 * BLOCK
            && self.out_size[0].min(self.out_size[1]) >= 3
            && n_tiles >= 16
    }

    fn tiles(&self) -> [usize; 2] {
        self.out_size.map(|size| size.div_ceil(OUT))
    }

    fn tiles_per_image(&self) -> usize {
        let [rows, cols] = self.tiles();
        rows * cols
    }

    /// Images that are worked on at once: enough that reading the weights costs little.
    fn images_per_batch(&self) -> usize {
        let per_image = N_POINTS * self.tiles_per_image() * (self.n_in + self.n_out);
        (MAX_NUMBERS.max(N_POINTS * self.n_in * self.n_out) / per_image).max(1)
    }

    /// Ranges of images that are worked on at once.
    fn batches(&self) -> impl Iterator<Item = Range<usize>> {
        let n_batches = self.n_images.div_ceil(self.images_per_batch());
        let (n_images, size) = (self.n_images, self.n_images.div_ceil(n_batches));
        (0..n_images).step_by(size).map(move |first| first..n_images.min(first + size))
    }

    /// The convolution; false if a number is not finite, y then holds nothing of use.
    pub(super) fn run(
        &self,
        x: Pictures<'_>,
        weight: &[f32],
        bias: Option<&[f32]>,
        finish: Finish,
        y: &mut [f32],
    ) -> bool {
        let image = self.n_out * self.out_size[0] * self.out_size[1];
        let n_tiles = self.images_per_batch().min(self.n_images) * self.tiles_per_image();
        let sizes = [self.n_in * self.n_out, n_tiles * self.n_in, n_tiles * self.n_out];
        let is_finite = AtomicBool::new(true);
        with_room(sizes.map(|size| N_POINTS * pitch(size)), |[u, v, m]| {
            self.transform_weights(weight, u);
            for images in self.batches() {
                let n_tiles = images.len() * self.tiles_per_image();
                let y = &mut y[images.start * image..images.end * image];
                let v = &mut v[..N_POINTS * pitch(n_tiles * self.n_in)];
                let m = &mut m[..N_POINTS * pitch(n_tiles * self.n_out)];
                self.transform_pictures(x, images, v);
                m.par_chunks_exact_mut(pitch(n_tiles * self.n_out))
                    .zip(v.par_chunks_exact(pitch(n_tiles * self.n_in)))
                    .zip(u.par_chunks_exact(pitch(self.n_in * self.n_out)))
                    .for_each(|((m, v), u)| {
                        let v = Mat::new(v, n_tiles, self.n_in);
                        let u = Mat::new(u, self.n_in, self.n_out);
                        let m = MatMut::new(&mut m[..n_tiles * self.n_out], n_tiles, self.n_out);
                        gemm::gemm(v, &u, m, Start::Zero, Finish::Nothing);
                    });
                y.par_chunks_exact_mut(image).enumerate().for_each(|(image, y)| {
                    let job = ToPicture { shape: self, m, n_tiles, image, bias, finish, y };
                    if !Arch::new().dispatch(job) {
                        is_finite.store(false, Relaxed);
                    }
                });
            }
        });
        is_finite.into_inner()
    }

    /// The gradient towards the weights; false if a number is not finite, dw then holds nothing of use.
    pub(super) fn weight_gradient(
        &self,
        x: Pictures<'_>,
        dy: Pictures<'_>,
        dw: &mut [f32],
    ) -> bool {
        let n_tiles = self.images_per_batch().min(self.n_images) * self.tiles_per_image();
        let sizes = [self.n_in * self.n_out, n_tiles * self.n_in, n_tiles * self.n_out];
        let is_finite = AtomicBool::new(true);
        with_room(sizes.map(|size| N_POINTS * pitch(size)), |[u, v, m]| {
            for images in self.batches() {
                let start = if images.start == 0 { Start::Zero } else { Start::Keep };
                let n_tiles = images.len() * self.tiles_per_image();
                let v = &mut v[..N_POINTS * pitch(n_tiles * self.n_in)];
                let m = &mut m[..N_POINTS * pitch(n_tiles * self.n_out)];
                self.transform_pictures(x, images.clone(), v);
                self.transform_gradients(dy, images, m);
                u.par_chunks_exact_mut(pitch(self.n_in * self.n_out))
                    .zip(v.par_chunks_exact(pitch(n_tiles * self.n_in)))
                    .zip(m.par_chunks_exact(pitch(n_tiles * self.n_out)))
                    .for_each(|((u, v), m)| {
                        let v = Mat::new(v, n_tiles, self.n_in).transposed();
                        let m = Mat::new(m, n_tiles, self.n_out);
                        let u =
                            MatMut::new(&mut u[..self.n_in * self.n_out], self.n_in, self.n_out);
                        gemm::gemm(v, &m, u, start, Finish::Nothing);
                    });
            }
            dw.par_chunks_exact_mut(BLOCK * self.strides[0]).enumerate().for_each(|(block, dw)| {
                let job = ToWeights { shape: self, u, first: block * BLOCK, dw };
                if !Arch::new().dispatch(job) {
                    is_finite.store(false, Relaxed);
                }
            });
        });
        is_finite.into_inner()
    }

    /// `u[point][in][out] = G g Gᵀ`.
    fn transform_weights(&self, weight: &[f32], u: &mut [f32]) {
        let u = planes(u, self.n_in, self.n_out);
        u.into_par_iter().enumerate().for_each(|(channel, u)| {
            Arch::new().dispatch(FromWeights { shape: self, weight, channel, u });
        });
    }

    /// `v[point][tile][in] = Bᵀ d B`.
    fn transform_pictures(&self, x: Pictures<'_>, images: Range<usize>, v: &mut [f32]) {
        let [rows, cols] = self.tiles();
        let v = planes(v, images.len() * rows, cols * self.n_in);
        v.into_par_iter().enumerate().for_each(|(row, v)| {
            let (image, row) = (images.start + row / rows, row % rows);
            let source = Tiles {
                x,
                size: self.in_size,
                n_channels: self.n_in,
                padding: self.padding,
                tile: TILE,
            };
            Arch::new().dispatch(FromPicture { source, image, row, n_tiles: cols, v });
        });
    }

    /// `d[point][tile][out] = A dy Aᵀ`.
    fn transform_gradients(&self, dy: Pictures<'_>, images: Range<usize>, d: &mut [f32]) {
        let [rows, cols] = self.tiles();
        let d = planes(d, images.len() * rows, cols * self.n_out);
        d.into_par_iter().enumerate().for_each(|(row, v)| {
            let (image, row) = (images.start + row / rows, row % rows);
            let source = Tiles {
                x: dy,
                size: self.out_size,
                n_channels: self.n_out,
                padding: [0; 2],
                tile: OUT,
            };
            Arch::new().dispatch(FromPicture { source, image, row, n_tiles: cols, v });
        });
    }
}

/// Numbers from the matrix of one point to the next: what belongs to one tile must not fall on one set of the cache.
fn pitch(size: usize) -> usize {
    size.next_multiple_of(1024) + 16
}

/// For each of `n` parts of each point's matrix, the slices of all points.
fn planes(numbers: &mut [f32], n: usize, part: usize) -> Vec<[&mut [f32]; N_POINTS]> {
    let mut rest: Vec<_> =
        numbers.chunks_exact_mut(pitch(n * part)).map(|m| m.chunks_exact_mut(part)).collect();
    (0..n).map(|_| std::array::from_fn(|point| rest[point].next().unwrap_or_default())).collect()
}
