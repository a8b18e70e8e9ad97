//! The innermost loops: tiles of the result that stay in registers while their sums run.

use std::ops::Range;

use pulp::bytemuck::cast_slice_mut;
use pulp::{Arch, Simd, WithSimd};

use super::super::simd::select;
use super::{Finish, Mat, MatMut, Start};

/// The lanes of a vector, and the columns of a strip of the right factor: as many as a tile has.
///
/// A tile and one row of each factor's block fill the registers: 8 rows of 3 vectors the 32 of AVX-512 and NEON, 6
/// rows of 2 vectors the 16 of AVX2.
pub(super) fn widths(arch: Arch) -> (usize, usize) {
    struct Widths;

    impl WithSimd for Widths {
        type Output = (usize, usize);

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> Self::Output {
            (S::F32_LANES, S::F32_LANES * if S::REGISTER_COUNT >= 32 { 3 } else { 2 })
        }
    }

    arch.dispatch(Widths)
}

/// The result, whole or as a piece of each row.
pub(super) enum Out<'a> {
    Whole(MatMut<'a>),
    Pieces(Vec<&'a mut [f32]>),
}

impl Out<'_> {
    #[inline(always)]
    fn row(&mut self, i: usize) -> &mut [f32] {
        match self {
            Self::Whole(c) => &mut c.data[i * c.row_stride..][..c.n_cols],
            Self::Pieces(rows) => rows[i],
        }
    }
}

/// Work for one strip of the result: `C[first_row.., cols] = start + A · B`.
pub(super) struct Strip<'a, 'c> {
    pub(super) a: Mat<'a>,
    /// The rows of B, one every `pitch` numbers, padded to whole vectors.
    pub(super) b: &'a [f32],
    pub(super) pitch: usize,
    pub(super) c: &'a mut Out<'c>,
    pub(super) first_row: usize,
    pub(super) cols: Range<usize>,
    pub(super) start: Start<'a>,
    pub(super) finish: Finish,
}

impl WithSimd for Strip<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        match (self.cols.len().div_ceil(S::F32_LANES), self.a.has_rows()) {
            (1, true) => self.tiles::<S, 1, true>(simd),
            (1, false) => self.tiles::<S, 1, false>(simd),
            (2, true) => self.tiles::<S, 2, true>(simd),
            (2, false) => self.tiles::<S, 2, false>(simd),
            (_, true) => self.tiles::<S, 3, true>(simd),
            (_, false) => self.tiles::<S, 3, false>(simd),
        }
    }
}

impl Strip<'_, '_> {
    #[inline(always)]
    fn tiles<S: Simd, const V: usize, const BY_ROWS: bool>(&mut self, simd: S) {
        let n_rows = self.a.n_rows;
        let mut sums = [simd.splat_f32s(0.0); 8 * 3];
        let mut i = 0;
        if S::REGISTER_COUNT >= 32 {
            while i + 8 <= n_rows {
                self.tile::<S, 8, V, BY_ROWS>(simd, i, &mut sums);
                i += 8;
            }
        } else {
            while i + 6 <= n_rows {
                self.tile::<S, 6, V, BY_ROWS>(simd, i, &mut sums);
                i += 6;
            }
        }
        if i + 4 <= n_rows {
            self.tile::<S, 4, V, BY_ROWS>(simd, i, &mut sums);
            i += 4;
        }
        if i + 2 <= n_rows {
            self.tile::<S, 2, V, BY_ROWS>(simd, i, &mut sums);
            i += 2;
        }
        if i < n_rows {
            self.tile::<S, 1, V, BY_ROWS>(simd, i, &mut sums);
        }
    }

    /// Rows `i..i + M` of the strip.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const V: usize, const BY_ROWS: bool>(
        &mut self,
        simd: S,
        i: usize,
        sums: &mut [S::f32s],
    ) {
        let Mat { data, n_cols: n_steps, row_stride, col_stride, .. } = self.a;
        let (b, pitch) = (self.b, self.pitch);
        let out = cast_slice_mut(&mut *sums);
        if BY_ROWS {
            let mut a = [&data[..0]; M];
            for (r, a) in a.iter_mut().enumerate() {
                *a = &data[(i + r) * row_stride..][..n_steps];
            }
            simd.vectorize(TileOfRows::<M, V> { a, b, pitch, out });
        } else {
            let a = data.get(i..).unwrap_or_default();
            simd.vectorize(TileOfColumns::<M, V> {
                a,
                a_pitch: col_stride,
                n_steps,
                b,
                pitch,
                out,
            });
        }
        let Self { cols, start, finish, .. } = self;
        for (r, sums) in sums.as_chunks::<V>().0.iter().take(M).enumerate() {
            let i = self.first_row + i + r;
            let row = &mut self.c.row(i)[cols.clone()];
            let begin = match start {
                Start::Zero => [simd.splat_f32s(0.0); V],
                Start::Keep => load(simd, row),
                Start::PerColumn(bias) => load(simd, &bias[cols.clone()]),
                Start::PerRow(bias) => [simd.splat_f32s(bias[i]); V],
            };
            // Loops, because closures over arrays are not always inlined and then lose their vectors.
            let mut values = begin;
            for (value, sum) in values.iter_mut().zip(sums) {
                *value = simd.add_f32s(*value, *sum);
            }
            if *finish == Finish::Relu {
                let zero = simd.splat_f32s(0.0);
                for value in &mut values {
                    *value = select(simd, simd.less_than_f32s(*value, zero), zero, *value);
                }
            }
            store::<S, V>(simd, row, values);
        }
    }
}

#[inline(always)]
fn load<S: Simd, const V: usize>(simd: S, row: &[f32]) -> [S::f32s; V] {
    if let Some(vectors) = S::as_simd_f32s(row).0.first_chunk() {
        *vectors
    } else {
        let mut vectors = [simd.splat_f32s(0.0); V];
        for (vector, row) in vectors.iter_mut().zip(row.chunks(S::F32_LANES)) {
            *vector = simd.partial_load_f32s(row);
        }
        vectors
    }
}

#[inline(always)]
fn store<S: Simd, const V: usize>(simd: S, row: &mut [f32], values: [S::f32s; V]) {
    if let Some(vectors) = S::as_mut_simd_f32s(row).0.first_chunk_mut() {
        *vectors = values;
    } else {
        for (row, value) in row.chunks_mut(S::F32_LANES).zip(values) {
            simd.partial_store_f32s(row, value);
        }
    }
}

/// Sums of a tile whose rows of A are slices.
struct TileOfRows<'a, const M: usize, const V: usize> {
    a: [&'a [f32]; M],
    b: &'a [f32],
    pitch: usize,
    out: &'a mut [f32],
}

impl<const M: usize, const V: usize> WithSimd for TileOfRows<'_, M, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let n_steps = self.a[0].len();
        let mut rows = self.a;
        for row in &mut rows {
            *row = &row[..n_steps];
        }
        let mut sums = [[simd.splat_f32s(0.0); V]; M];
        for (k, b) in self.b.chunks(self.pitch).take(n_steps).enumerate() {
            add_product(simd, &mut sums, |r| rows[r][k], b);
        }
        write(S::as_mut_simd_f32s(self.out).0, &sums);
    }
}

/// Sums of a tile whose columns of A are slices, one every `a_pitch` numbers.
struct TileOfColumns<'a, const M: usize, const V: usize> {
    a: &'a [f32],
    a_pitch: usize,
    n_steps: usize,
    b: &'a [f32],
    pitch: usize,
    out: &'a mut [f32],
}

impl<const M: usize, const V: usize> WithSimd for TileOfColumns<'_, M, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut sums = [[simd.splat_f32s(0.0); V]; M];
        let columns = self.a.chunks(self.a_pitch).zip(self.b.chunks(self.pitch));
        for (a, b) in columns.take(self.n_steps) {
            let a = &a[..M];
            add_product(simd, &mut sums, |r| a[r], b);
        }
        write(S::as_mut_simd_f32s(self.out).0, &sums);
    }
}

/// Adds a column of A times a row of B.
#[inline(always)]
fn add_product<S: Simd, const M: usize, const V: usize>(
    simd: S,
    sums: &mut [[S::f32s; V]; M],
    a: impl Fn(usize) -> f32,
    b: &[f32],
) {
    let b = &S::as_simd_f32s(b).0[..V];
    for (r, sums) in sums.iter_mut().enumerate() {
        let a = simd.splat_f32s(a(r));
        for (sum, b) in sums.iter_mut().zip(b) {
            *sum = simd.mul_add_e_f32s(a, *b, *sum);
        }
    }
}

/// Writes the sums out one by one: only a local that no variable ever indexes stays in registers.
#[inline(always)]
fn write<T: Copy, const M: usize, const V: usize>(out: &mut [T], sums: &[[T; V]; M]) {
    let out = &mut out[..M * V];
    for r in 0..M {
        for v in 0..V {
            out[r * V + v] = sums[r][v];
        }
    }
}
