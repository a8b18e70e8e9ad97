//! Laying the right factor out in strips, and the memory it is laid out in.

use std::array;
use std::cell::Cell;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::simd::{copy_row, select};
use super::kernel::widths;
use super::{Mat, Source};

/// Numbers in 64 bytes: a strip begins on such a boundary, so that no vector of it crosses two cache lines.
const LINE: usize = 16;

/// Numbers that are worth a task of their own to lay out.
const TASK: usize = 16 * 1024;

/// A right factor laid out for the processor once, for many products: a recurrent layer's weights.
///
/// Strips of columns follow each other, each with all its rows, padded with zeros to whole vectors.
#[derive(Debug)]
pub struct Packed {
    data: Vec<f32>,
    start: usize,
    n_rows: usize,
    n_cols: usize,
    n_lanes: usize,
    width: usize,
}

impl Packed {
    /// Lays the factor out, on all threads.
    pub fn new(b: &impl Source) -> Self {
        let mut packed = Self::empty(Arch::new(), b.size(), Vec::new());
        packed.fill(b);
        packed
    }

    /// The same in memory that is to be given back.
    pub(super) fn lent(arch: Arch, b: &impl Source) -> Self {
        let mut packed = Self::empty(arch, b.size(), BUFFER.take());
        packed.fill(b);
        packed
    }

    fn fill(&mut self, b: &impl Source) {
        let n_strips = TASK / (self.n_rows * self.width).max(1);
        let strips: Vec<_> = self.strips_mut().collect();
        strips.into_par_iter().with_min_len(n_strips).for_each(|strip| strip.fill(b));
    }

    pub(super) fn give_back(self) {
        BUFFER.set(self.data);
    }

    fn empty(arch: Arch, [n_rows, n_cols]: [usize; 2], data: Vec<f32>) -> Self {
        let (n_lanes, width) = widths(arch);
        let (data, start) = at_least(data, n_rows * n_cols.next_multiple_of(n_lanes));
        Self { data, start, n_rows, n_cols, n_lanes, width }
    }

    pub(super) fn size(&self) -> [usize; 2] {
        [self.n_rows, self.n_cols]
    }

    fn strips_mut(&mut self) -> impl Iterator<Item = EmptyStrip<'_>> {
        let Self { n_rows, n_lanes, .. } = *self;
        let len = n_rows * self.n_cols.next_multiple_of(n_lanes);
        let data = self.data[self.start..][..len].chunks_mut((n_rows * self.width).max(1));
        strips(self.n_cols, self.width).zip(data).map(move |(cols, out)| {
            let width = cols.len().next_multiple_of(n_lanes);
            EmptyStrip { n_rows, cols, out, width }
        })
    }

    /// Some rows of a strip and their distance.
    pub(super) fn strip(&self, rows: Range<usize>, cols: &Range<usize>) -> (&[f32], usize) {
        let width = cols.len().next_multiple_of(self.n_lanes);
        let strip = &self.data[self.start + cols.start * self.n_rows..];
        (&strip[rows.start * width..rows.end * width], width)
    }
}

/// A strip that is to be laid out.
struct EmptyStrip<'a> {
    n_rows: usize,
    cols: Range<usize>,
    out: &'a mut [f32],
    width: usize,
}

impl EmptyStrip<'_> {
    fn fill(self, b: &impl Source) {
        b.read(0..self.n_rows, self.cols, self.out, self.width);
    }
}

/// The columns of the strips of a right factor.
pub(super) fn strips(n_cols: usize, width: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n_cols).step_by(width).map(move |first| first..n_cols.min(first + width))
}

thread_local! {
    /// Taken while in use: a task that the same thread begins meanwhile finds it empty and makes its own.
    pub(super) static BUFFER: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Memory for so many numbers, and where in it they shall begin.
pub(super) fn at_least(mut data: Vec<f32>, len: usize) -> (Vec<f32>, usize) {
    if data.len() < len + LINE {
        data = vec![0.0; len + LINE];
    }
    let start = data.as_ptr().align_offset(4 * LINE).min(LINE);
    (data, start)
}

impl Source for Mat<'_> {
    fn size(&self) -> [usize; 2] {
        [self.n_rows, self.n_cols]
    }

    fn read(&self, rows: Range<usize>, cols: Range<usize>, out: &mut [f32], width: usize) {
        let from = self.block(rows, cols);
        if from.n_rows > 0 && from.n_cols > 0 {
            Arch::new().dispatch(Copy { from, out, width });
        }
    }

    fn as_mat(&self) -> Option<Mat<'_>> {
        Some(*self)
    }
}

/// Copies a matrix to rows of a width.
struct Copy<'a> {
    from: Mat<'a>,
    out: &'a mut [f32],
    width: usize,
}

impl WithSimd for Copy<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { from, out, width } = self;
        if from.has_rows() && from.n_cols > 1 {
            for (i, out) in out.chunks_mut(width).take(from.n_rows).enumerate() {
                copy_row(simd, &from.data[i * from.row_stride..][..from.n_cols], out);
            }
        } else if from.row_stride == 1 && from.n_cols > 1 {
            match S::F32_LANES {
                16 => copy_columns::<S, 16>(simd, from, out, width),
                8 => copy_columns::<S, 8>(simd, from, out, width),
                4 => copy_columns::<S, 4>(simd, from, out, width),
                _ => copy_columns::<S, 1>(simd, from, out, width),
            }
        } else {
            for (i, out) in out.chunks_mut(width).take(from.n_rows).enumerate() {
                out.fill(0.0);
                for (j, out) in out[..from.n_cols].iter_mut().enumerate() {
                    *out = from.data[i * from.row_stride + j * from.col_stride];
                }
            }
        }
    }
}

/// Copies a matrix whose columns are slices, in square blocks that are transposed in registers.
#[inline(always)]
fn copy_columns<S: Simd, const N: usize>(simd: S, from: Mat<'_>, out: &mut [f32], width: usize) {
    for j in (0..from.n_cols).step_by(N) {
        let columns: [&[f32]; N] = array::from_fn(|c| {
            let column = from.data.get((j + c) * from.col_stride..).unwrap_or_default();
            if j + c < from.n_cols { &column[..from.n_rows] } else { &[] }
        });
        let n_blocks = if j + N <= from.n_cols { from.n_rows / N } else { 0 };
        let vectors: [&[S::f32s]; N] =
            array::from_fn(|c| &S::as_simd_f32s(columns[c]).0[..n_blocks]);
        for k in 0..n_blocks {
            let mut block = [simd.splat_f32s(0.0); N];
            for (row, column) in block.iter_mut().zip(&vectors) {
                *row = column[k];
            }
            let block = transpose::<S, N>(simd, block);
            let out = &mut out[k * N * width + j..];
            for r in 0..N {
                S::as_mut_simd_f32s(&mut out[r * width..][..N]).0[0] = block[r];
            }
        }
        for i in (n_blocks * N..from.n_rows).step_by(N) {
            let mut block = [simd.splat_f32s(0.0); N];
            for (row, column) in block.iter_mut().zip(&columns) {
                *row = simd.partial_load_f32s(column.get(i..).unwrap_or_default());
            }
            let block = transpose::<S, N>(simd, block);
            for (out, row) in out[i * width..].chunks_mut(width).zip(block).take(from.n_rows - i) {
                simd.partial_store_f32s(&mut out[j..], row);
            }
        }
    }
    if from.n_cols < width {
        for out in out.chunks_mut(width).take(from.n_rows) {
            out[from.n_cols..].fill(0.0);
        }
    }
}

/// Exchanges rows and columns of a square block: its upper right and lower left quarters first, then those of each
/// quarter and so on.
#[inline(always)]
fn transpose<S: Simd, const N: usize>(simd: S, mut rows: [S::f32s; N]) -> [S::f32s; N] {
    exchange::<S, N, 8>(simd, &mut rows);
    exchange::<S, N, 4>(simd, &mut rows);
    exchange::<S, N, 2>(simd, &mut rows);
    exchange::<S, N, 1>(simd, &mut rows);
    rows
}

/// Exchanges those quarters of all blocks of `2 * HALF` rows.
#[inline(always)]
fn exchange<S: Simd, const N: usize, const HALF: usize>(simd: S, rows: &mut [S::f32s; N]) {
    if HALF < N {
        let mut lanes = [0; N];
        for (number, lane) in lanes.iter_mut().enumerate() {
            *lane = (number & HALF) as u32;
        }
        let lanes = S::as_simd_u32s(&lanes).0[0];
        let upper = simd.greater_than_u32s(lanes, simd.splat_u32s(0));
        for i in 0..N {
            if i & HALF == 0 {
                let (a, b) = (rows[i], rows[i + HALF]);
                rows[i] = select(simd, upper, simd.rotate_right_f32s(b, HALF), a);
                rows[i + HALF] = select(simd, upper, b, simd.rotate_left_f32s(a, HALF));
            }
        }
    }
}
