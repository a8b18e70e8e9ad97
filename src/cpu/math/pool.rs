//! Pooling over pictures: the maximum or the mean of each window, and the gradients.

use std::ops::Range;

use pulp::Arch;
use rayon::prelude::*;

use super::n_windows;
use super::simd::vectorized;
use maxima::Maxima;

mod maxima;
#[cfg(test)]
mod tests;

/// Windows over `n_planes` (images times channels) pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    pub n_planes: usize,
    /// Rows and columns of a picture; the pairs below are in this order too.
    pub in_size: [usize; 2],
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// Rows and columns that windows may reach over the start.
    pub padding_start: [usize; 2],
    /// Rows and columns that windows may reach over the end.
    pub padding_end: [usize; 2],
    pub dilation: [usize; 2],
}

/// Winner of a window that covers no position of the picture; its maximum is minus infinity.
const NOBODY: u32 = u32::MAX;

/// Numbers of a picture that one task treats at least.
const CHUNK: usize = 16 * 1024;

impl Pool {
    /// Rows and columns of the result, zero where the window does not fit.
    pub fn out_size(&self) -> [usize; 2] {
        [0, 1].map(|axis| {
            let padded = self.padding_start[axis] + self.in_size[axis] + self.padding_end[axis];
            n_windows(padded, self.kernel[axis], self.dilation[axis], self.stride[axis])
        })
    }

    /// Numbers in x.
    pub fn in_len(&self) -> usize {
        self.n_planes * self.in_plane()
    }

    /// Numbers in y.
    pub fn out_len(&self) -> usize {
        self.n_planes * self.out_plane()
    }

    /// The maximum of each window and its position in the picture.
    ///
    /// As in PyTorch the first of equal maxima wins, and NaN wins over everything. With `relu` the result below zero
    /// becomes zero, which equals relu before the pooling.
    pub fn max_forward(&self, x: &[f32], relu: bool, y: &mut [f32], winners: &mut [u32]) {
        assert_eq!(x.len(), self.in_len());
        assert_eq!(y.len(), self.out_len());
        assert_eq!(winners.len(), y.len());
        if y.is_empty() {
            return;
        }
        if x.is_empty() {
            y.fill(if relu { 0.0 } else { f32::NEG_INFINITY });
            winners.fill(NOBODY);
            return;
        }
        let (windows, n_planes) = (Windows::new(self), self.planes_per_task());
        y.par_chunks_mut(n_planes * self.out_plane())
            .zip(winners.par_chunks_mut(n_planes * self.out_plane()))
            .zip(x.par_chunks(n_planes * self.in_plane()))
            .with_min_len(self.min_tasks())
            .for_each(|((y, winners), x)| {
                let pool = self;
                Arch::new().dispatch(Maxima { pool, windows: &windows, x, y, winners, relu });
            });
    }

    /// The gradient goes to the winners; if relu was part of the maximum, only where its result `relu_of` is not zero.
    pub fn max_backward(
        &self,
        dy: &[f32],
        winners: &[u32],
        relu_of: Option<&[f32]>,
        dx: &mut [f32],
    ) {
        assert_eq!(dx.len(), self.in_len());
        assert_eq!(dy.len(), self.out_len());
        assert_eq!(winners.len(), dy.len());
        relu_of.inspect(|y| assert_eq!(y.len(), dy.len()));
        let out_plane = self.out_plane();
        self.for_each_picture(dx, |first, dx| {
            dx.fill(0.0);
            for (plane, dx) in dx.chunks_exact_mut(self.in_plane()).enumerate() {
                let range = (first + plane) * out_plane..(first + plane + 1) * out_plane;
                let grads = dy[range.clone()].iter().zip(&winners[range.clone()]);
                match relu_of {
                    None => {
                        for (dy, winner) in grads.filter(|(_, winner)| **winner != NOBODY) {
                            dx[*winner as usize] += dy;
                        }
                    }
                    Some(y) => {
                        for ((dy, winner), y) in grads.zip(&y[range]) {
                            if *winner != NOBODY {
                                dx[*winner as usize] += if *y <= 0.0 { 0.0 } else { *dy };
                            }
                        }
                    }
                }
            }
        });
    }

    /// The mean of each window; the padding counts as zeros, or does not count.
    pub fn average_forward(&self, x: &[f32], counts_padding: bool, y: &mut [f32]) {
        assert_eq!(x.len(), self.in_len());
        assert_eq!(y.len(), self.out_len());
        if y.is_empty() {
            return;
        }
        let (windows, shares) = (Windows::new(self), self.shares(counts_padding));
        let in_plane = self.in_plane();
        let n_planes = self.planes_per_task();
        y.par_chunks_mut(n_planes * self.out_plane())
            .enumerate()
            .with_min_len(self.min_tasks())
            .for_each(|(task, y)| {
                vectorized(
                    #[inline(always)]
                    || {
                        for (plane, y) in y.chunks_exact_mut(self.out_plane()).enumerate() {
                            let x = &x[(task * n_planes + plane) * in_plane..][..in_plane];
                            y.fill(0.0);
                            windows.for_each_tap(|positions, from| {
                                let x = x[from..].iter().step_by(windows.stride);
                                for (y, x) in y[positions].iter_mut().zip(x) {
                                    *y += x;
                                }
                            });
                            for (y, share) in y.iter_mut().zip(&shares) {
                                *y *= share;
                            }
                        }
                    },
                );
            });
    }

    /// The gradient of [`Self::average_forward`].
    pub fn average_backward(&self, dy: &[f32], counts_padding: bool, dx: &mut [f32]) {
        assert_eq!(dx.len(), self.in_len());
        assert_eq!(dy.len(), self.out_len());
        let (windows, shares) = (Windows::new(self), self.shares(counts_padding));
        let out_plane = self.out_plane();
        self.for_each_picture(dx, |first, dx| {
            dx.fill(0.0);
            for (plane, dx) in dx.chunks_exact_mut(self.in_plane()).enumerate() {
                let dy = &dy[(first + plane) * out_plane..][..out_plane];
                windows.for_each_tap(|positions, from| {
                    let grads = dy[positions.clone()].iter().zip(&shares[positions]);
                    for (dx, (dy, share)) in
                        dx[from..].iter_mut().step_by(windows.stride).zip(grads)
                    {
                        *dx += dy * share;
                    }
                });
            }
        });
    }

    fn in_plane(&self) -> usize {
        self.in_size[0] * self.in_size[1]
    }

    fn out_plane(&self) -> usize {
        let [rows, cols] = self.out_size();
        rows * cols
    }

    fn planes_per_task(&self) -> usize {
        (CHUNK / self.in_plane().max(self.out_plane()).max(1)).max(1)
    }

    /// Tasks that one thread takes at least: all of them if they are not worth waking a second one.
    fn min_tasks(&self) -> usize {
        let numbers = self.out_len() * self.kernel[0] * self.kernel[1];
        if numbers < 4 * CHUNK { usize::MAX } else { 1 }
    }

    /// Calls `work` with blocks of dx and the number of their first picture.
    fn for_each_picture(&self, dx: &mut [f32], work: impl Fn(usize, &mut [f32]) + Sync) {
        if dx.is_empty() {
            return;
        }
        let n_planes = self.planes_per_task();
        dx.par_chunks_mut(n_planes * self.in_plane())
            .enumerate()
            .with_min_len(self.min_tasks())
            .for_each(|(task, dx)| {
                vectorized(
                    #[inline(always)]
                    || work(task * n_planes, dx),
                );
            });
    }

    /// Positions of the result for which a number of the window lies in the picture.
    fn reached(&self, axis: usize, kernel: usize) -> Range<usize> {
        let shift = kernel * self.dilation[axis];
        let first_from = |position: usize| {
            let ahead = (position + self.padding_start[axis]).saturating_sub(shift);
            ahead.div_ceil(self.stride[axis]).min(self.out_size()[axis])
        };
        first_from(0)..first_from(self.in_size[axis])
    }

    /// One over the numbers that count, for each position of the result.
    fn shares(&self, counts_padding: bool) -> Vec<f32> {
        let counts = [0, 1].map(|axis| {
            let mut counts = vec![0; self.out_size()[axis]];
            for kernel in 0..self.kernel[axis] {
                let cols =
                    if counts_padding { 0..counts.len() } else { self.reached(axis, kernel) };
                counts[cols].iter_mut().for_each(|count| *count += 1);
            }
            counts
        });
        let share = |row: &usize, col: &usize| 1.0 / (row * col).max(1) as f32;
        counts[0].iter().flat_map(|row| counts[1].iter().map(move |col| share(row, col))).collect()
    }
}

/// What each row of the result reads, worked out once for all pictures.
struct Windows {
    in_cols: usize,
    out_cols: usize,
    stride: usize,
    /// Rows of the picture that lie in the window of each row of the result.
    rows: Vec<Vec<usize>>,
    /// Per number of a window's row: the columns of the result for which it lies in the picture, and the column of the
    /// first one there.
    cols: Vec<(Range<usize>, usize)>,
}

impl Windows {
    fn new(pool: &Pool) -> Self {
        let position = |axis: usize, out: usize, kernel: usize| {
            out * pool.stride[axis] + kernel * pool.dilation[axis] - pool.padding_start[axis]
        };
        let out_size = pool.out_size();
        let mut rows = vec![Vec::new(); out_size[0]];
        for kernel in 0..pool.kernel[0] {
            for row in pool.reached(0, kernel) {
                rows[row].push(position(0, row, kernel));
            }
        }
        let cols = (0..pool.kernel[1])
            .map(|kernel| (pool.reached(1, kernel), kernel))
            .filter(|(cols, _)| !cols.is_empty())
            .map(|(cols, kernel)| (cols.clone(), position(1, cols.start, kernel)))
            .collect();
        let (in_cols, out_cols) = (pool.in_size[1], out_size[1]);
        Self { in_cols, out_cols, stride: pool.stride[1], rows, cols }
    }

    /// Sets each winner that is nobody to the first position of its window, which wins if all are minus infinity.
    fn name_first(&self, winners: &mut [u32]) {
        for (row, winners) in self.rows.iter().zip(winners.chunks_exact_mut(self.out_cols)) {
            for (col, winner) in winners.iter_mut().enumerate().filter(|(_, w)| **w == NOBODY) {
                let first = self.cols.iter().find(|(cols, _)| cols.contains(&col));
                if let (Some(from_row), Some((cols, from_col))) = (row.first(), first) {
                    let from_col = from_col + (col - cols.start) * self.stride;
                    *winner = (from_row * self.in_cols + from_col) as u32;
                }
            }
        }
    }

    /// Calls `visit` for each row of the result and number of its windows with the positions of the result for which
    /// the number lies in the picture, and the position of the first one there.
    #[inline(always)]
    fn for_each_tap(&self, mut visit: impl FnMut(Range<usize>, usize)) {
        for (row, from_rows) in self.rows.iter().enumerate() {
            let first = row * self.out_cols;
            for from_row in from_rows {
                for (cols, from_col) in &self.cols {
                    let positions = first + cols.start..first + cols.end;
                    visit(positions, from_row * self.in_cols + from_col);
                }
            }
        }
    }
}

/// The mean of each of `y.len()` pictures of `plane` numbers.
pub fn global_average_forward(x: &[f32], plane: usize, y: &mut [f32]) {
    assert_eq!(x.len(), y.len() * plane);
    let share = 1.0 / plane as f32;
    let means = |(x, y): (&[f32], &mut [f32])| {
        vectorized(
            #[inline(always)]
            || {
                for (x, y) in x.chunks_exact(plane).zip(y) {
                    *y = share * sum(x);
                }
            },
        );
    };
    if x.is_empty() {
        y.fill(0.0 * share);
    } else {
        let n_planes = CHUNK.div_ceil(plane);
        x.par_chunks(n_planes * plane)
            .zip(y.par_chunks_mut(n_planes))
            .with_min_len(4)
            .for_each(means);
    }
}

/// The gradient of [`global_average_forward`].
pub fn global_average_backward(dy: &[f32], plane: usize, dx: &mut [f32]) {
    assert_eq!(dx.len(), dy.len() * plane);
    let share = 1.0 / plane as f32;
    for (dx, dy) in dx.chunks_exact_mut(plane.max(1)).zip(dy) {
        dx.fill(dy * share);
    }
}

#[inline(always)]
fn sum(numbers: &[f32]) -> f32 {
    let (chunks, rest) = numbers.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for chunk in chunks {
        for (sum, number) in sums.iter_mut().zip(chunk) {
            *sum += number;
        }
    }
    sums.iter().chain(rest).sum()
}
