//! Convolution over pictures [n, channels, rows, cols] and its gradients; a signal is a picture of one row.

use rayon::prelude::*;

use super::gemm::Finish;
use super::n_windows;
use super::simd::vectorized;
use columns::Columns;
use direct::Sweep;
use grid::{Class, Grid, Pictures};
use winograd::Winograd;

mod columns;
mod direct;
mod grid;
mod product;
mod room;
#[cfg(test)]
mod tests;
mod winograd;

/// A convolution with weights [out_channels, in_channels / groups, kernel rows, kernel cols].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    pub n_images: usize,
    pub in_channels: usize,
    pub out_channels: usize,
    /// Rows and columns of a picture; the pairs below are in this order too.
    pub in_size: [usize; 2],
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// Zeros before the first row and column.
    pub padding_start: [usize; 2],
    /// Zeros after the last row and column.
    pub padding_end: [usize; 2],
    pub dilation: [usize; 2],
    /// Each group of output channels reads its own group of input channels.
    pub groups: usize,
}

/// What the way back reads.
#[derive(Clone, Copy, Debug)]
pub struct Gradient<'a> {
    /// Gradient of the loss with respect to the result, [n, out_channels, out rows, out cols].
    pub dy: &'a [f32],
    /// The result y, if relu was part of it: nothing passes where y <= 0.
    pub relu_of: Option<&'a [f32]>,
}

/// Numbers to sum that are not worth waking a second thread.
const SMALL_SUM: usize = 1 << 18;

impl Convolution {
    /// Rows and columns of the result, zero where the kernel does not fit.
    pub fn out_size(&self) -> [usize; 2] {
        [0, 1].map(|axis| {
            let padded = self.padding_start[axis] + self.in_size[axis] + self.padding_end[axis];
            n_windows(padded, self.kernel[axis], self.dilation[axis], self.stride[axis])
        })
    }

    /// Numbers in x.
    pub fn in_len(&self) -> usize {
        self.n_images * self.in_image()
    }

    /// Numbers in y.
    pub fn out_len(&self) -> usize {
        self.n_images * self.out_image()
    }

    /// Numbers in the weights.
    pub fn weight_len(&self) -> usize {
        self.out_channels * self.row_len()
    }

    /// `y = x * weight + bias`, with relu if `finish` says so; y is [n, out_channels, out rows, out cols].
    pub fn forward(
        &self,
        x: &[f32],
        weight: &[f32],
        bias: Option<&[f32]>,
        finish: Finish,
        y: &mut [f32],
    ) {
        self.check(x, weight, y);
        bias.inspect(|bias| assert_eq!(bias.len(), self.out_channels));
        let pictures = Pictures::new(x);
        let is_done = Winograd::forward(self)
            .is_some_and(|winograd| winograd.run(pictures, weight, bias, finish, y));
        if is_done {
            return;
        }
        if Columns::suits(self) {
            Columns::new(self).forward(x, weight, bias, finish, y);
        } else {
            Sweep::forward(self, weight).run(pictures, bias, finish, y);
        }
    }

    /// Gradients with respect to x, the weights and the bias, as far as wanted.
    pub fn backward(
        &self,
        x: &[f32],
        weight: &[f32],
        gradient: Gradient<'_>,
        dx: Option<&mut [f32]>,
        dw: Option<&mut [f32]>,
        db: Option<&mut [f32]>,
    ) {
        self.check(x, weight, gradient.dy);
        gradient.relu_of.inspect(|y| assert_eq!(y.len(), gradient.dy.len()));
        let dy = Pictures { numbers: gradient.dy, relu_of: gradient.relu_of };
        if let Some(dx) = dx {
            self.input_gradient(weight, dy, None, dx);
        }
        if let Some(dw) = dw {
            self.weight_gradient(Pictures::new(x), dy, dw);
        }
        if let Some(db) = db {
            assert_eq!(db.len(), self.out_channels);
            sum_per_channel(dy, self.out_size(), db);
        }
    }

    /// The transposed convolution: `y = xᵀ`, where this convolution maps y's shape onto x's.
    ///
    /// `x` has the size of this convolution's result, `y` that of its picture; the weights are those of this
    /// convolution, [x's channels, y's channels / groups, kernel rows, kernel cols].
    pub fn transposed_forward(
        &self,
        x: &[f32],
        weight: &[f32],
        bias: Option<&[f32]>,
        y: &mut [f32],
    ) {
        self.check(y, weight, x);
        bias.inspect(|bias| assert_eq!(bias.len(), self.in_channels));
        self.input_gradient(weight, Pictures::new(x), bias, y);
    }

    /// Gradients of [`Self::transposed_forward`] with respect to its x, the weights and the bias, as far as wanted.
    pub fn transposed_backward(
        &self,
        x: &[f32],
        weight: &[f32],
        dy: &[f32],
        dx: Option<&mut [f32]>,
        dw: Option<&mut [f32]>,
        db: Option<&mut [f32]>,
    ) {
        self.check(dy, weight, x);
        if let Some(dx) = dx {
            self.forward(dy, weight, None, Finish::Nothing, dx);
        }
        if let Some(dw) = dw {
            self.weight_gradient(Pictures::new(dy), Pictures::new(x), dw);
        }
        if let Some(db) = db {
            assert_eq!(db.len(), self.in_channels);
            sum_per_channel(Pictures::new(dy), self.in_size, db);
        }
    }

    fn check(&self, x: &[f32], weight: &[f32], y: &[f32]) {
        assert_eq!(self.in_channels % self.groups, 0);
        assert_eq!(self.out_channels % self.groups, 0);
        assert_eq!(x.len(), self.in_len());
        assert_eq!(weight.len(), self.weight_len());
        assert_eq!(y.len(), self.out_len());
    }

    fn in_image(&self) -> usize {
        self.in_channels * self.in_size[0] * self.in_size[1]
    }

    fn out_image(&self) -> usize {
        let [rows, cols] = self.out_size();
        self.out_channels * rows * cols
    }

    /// Weights per pair of channels.
    fn kernel_len(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Weights per output channel.
    fn row_len(&self) -> usize {
        self.in_channels / self.groups * self.kernel_len()
    }

    fn n_products(&self) -> usize {
        self.out_len() * self.row_len()
    }

    fn input_gradient(
        &self,
        weight: &[f32],
        dy: Pictures<'_>,
        bias: Option<&[f32]>,
        dx: &mut [f32],
    ) {
        assert_eq!(dx.len(), self.in_len());
        let is_done = Winograd::backward(self)
            .is_some_and(|winograd| winograd.run(dy, weight, bias, Finish::Nothing, dx));
        if is_done {
            return;
        }
        if Columns::suits(self) {
            Columns::new(self).input_gradient(weight, dy, bias, dx);
        } else {
            Sweep::backward(self, weight).run(dy, bias, Finish::Nothing, dx);
        }
    }

    fn weight_gradient(&self, x: Pictures<'_>, dy: Pictures<'_>, dw: &mut [f32]) {
        assert_eq!(dw.len(), self.weight_len());
        let is_done =
            Winograd::forward(self).is_some_and(|winograd| winograd.weight_gradient(x, dy, dw));
        if is_done {
            return;
        }
        if Columns::suits(self) {
            Columns::new(self).weight_gradient(x.numbers, dy, dw);
        } else {
            direct::weight_gradient(self, x, dy, dw);
        }
    }
}

/// Writes the sums at the positions of a class, whose rows lie `pitch` apart, where they belong in a channel.
#[inline(always)]
fn write_rows(
    grid: &Grid,
    class: &Class,
    pitch: usize,
    sums: &[f32],
    start: f32,
    finish: Finish,
    out: &mut [f32],
) {
    let [row_stride, col_stride] = grid.out_stride();
    let out_cols = grid.out_size()[1];
    for row in 0..class.size[0] {
        let sums = &sums[row * pitch..][..class.size[1]];
        let out = &mut out[(class.first[0] + row * row_stride) * out_cols + class.first[1]..];
        if col_stride == 1 {
            finish_row(sums, start, finish, &mut out[..sums.len()]);
        } else {
            for (out, sum) in out.iter_mut().step_by(col_stride).zip(sums) {
                *out = sum + start;
            }
        }
    }
}

#[inline(always)]
fn finish_row(sums: &[f32], start: f32, finish: Finish, out: &mut [f32]) {
    if finish == Finish::Relu {
        for (out, sum) in out.iter_mut().zip(sums) {
            let v = sum + start;
            *out = if v < 0.0 { 0.0 } else { v };
        }
    } else {
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = sum + start;
        }
    }
}

/// Sums a gradient over images and positions.
fn sum_per_channel(dy: Pictures<'_>, [rows, cols]: [usize; 2], db: &mut [f32]) {
    let (n_channels, picture) = (db.len(), rows * cols);
    let sum = |(channel, out): (usize, &mut f32)| {
        let mut total = 0.0;
        for from in (channel * picture..dy.numbers.len()).step_by(n_channels * picture) {
            let numbers = &dy.numbers[from..from + picture];
            total += match dy.relu_of {
                None => vectorized(
                    #[inline(always)]
                    || sum(numbers),
                ),
                Some(y) => vectorized(
                    #[inline(always)]
                    || sum_passed(numbers, &y[from..from + picture]),
                ),
            };
        }
        *out = total;
    };
    if picture == 0 {
        db.fill(0.0);
    } else if dy.numbers.len() < SMALL_SUM {
        db.iter_mut().enumerate().for_each(sum);
    } else {
        db.par_iter_mut().enumerate().for_each(sum);
    }
}

#[inline(always)]
fn sum(dy: &[f32]) -> f32 {
    let (chunks, rest) = dy.as_chunks::<{ product::LANES }>();
    let mut sums = [0.0; product::LANES];
    for chunk in chunks {
        for (sum, dy) in sums.iter_mut().zip(chunk) {
            *sum += dy;
        }
    }
    sums.iter().chain(rest).sum()
}

/// The sum of the gradient that relu lets pass.
#[inline(always)]
fn sum_passed(dy: &[f32], y: &[f32]) -> f32 {
    let (chunks, rest) = dy.as_chunks::<{ product::LANES }>();
    let (y_chunks, y_rest) = y.as_chunks::<{ product::LANES }>();
    let mut sums = [0.0; product::LANES];
    for (chunk, y) in chunks.iter().zip(y_chunks) {
        for i in 0..product::LANES {
            sums[i] += grid::passed(chunk[i], y[i]);
        }
    }
    let rest = rest.iter().zip(y_rest).map(|(dy, y)| grid::passed(*dy, *y));
    sums.into_iter().chain(rest).sum()
}
