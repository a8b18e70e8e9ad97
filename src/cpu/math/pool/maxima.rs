//! The maxima of windows: of those that begin at each column in whole vectors, of which the stride then takes some.

use pulp::{Simd, WithSimd};

use super::super::simd::select;
use super::{NOBODY, Pool, Windows};

/// A task of [`Pool::max_forward`]: some pictures.
pub(super) struct Maxima<'a> {
    pub(super) pool: &'a Pool,
    pub(super) windows: &'a Windows,
    pub(super) x: &'a [f32],
    pub(super) y: &'a mut [f32],
    pub(super) winners: &'a mut [u32],
    pub(super) relu: bool,
}

impl WithSimd for Maxima<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (out_plane, out_cols) = (self.pool.out_plane(), self.windows.out_cols);
        let [in_rows, in_cols] = self.pool.in_size;
        let mut scratch = MaxRow::new(self.pool);
        let padding = self.pool.padding_start[1];
        let pitch = scratch.pitch;
        let mut padded = vec![f32::NEG_INFINITY; in_rows * pitch + scratch.reach()];
        let planes =
            self.y.chunks_exact_mut(out_plane).zip(self.winners.chunks_exact_mut(out_plane));
        for ((y, winners), x) in planes.zip(self.x.chunks_exact(in_rows * in_cols)) {
            if pitch == in_cols {
                padded[..x.len()].copy_from_slice(x);
            } else {
                for (padded, x) in padded.chunks_exact_mut(pitch).zip(x.chunks_exact(in_cols)) {
                    padded[padding..padding + in_cols].copy_from_slice(x);
                }
            }
            let rows = y.chunks_exact_mut(out_cols).zip(winners.chunks_exact_mut(out_cols));
            for (from_rows, (y, winners)) in self.windows.rows.iter().zip(rows) {
                scratch.compare(simd, &padded, from_rows);
                copy_strided(&scratch.best, self.windows.stride, y);
                copy_strided(&scratch.winners, self.windows.stride, winners);
            }
            if winners.iter().fold(0, |last, winner| last.max(*winner)) == NOBODY {
                self.windows.name_first(winners);
            }
        }
        if self.relu {
            for y in self.y {
                *y = if *y < 0.0 { 0.0 } else { *y };
            }
        }
    }
}

/// Every `stride`-th number.
#[inline(always)]
fn copy_strided<T: Copy>(row: &[T], stride: usize, out: &mut [T]) {
    match stride {
        1 => out.copy_from_slice(&row[..out.len()]),
        2 => {
            for (out, pair) in out.iter_mut().zip(row.as_chunks::<2>().0) {
                *out = pair[0];
            }
        }
        _ => {
            for (out, x) in out.iter_mut().zip(row.iter().step_by(stride)) {
                *out = *x;
            }
        }
    }
}

/// Rows are rounded up to so many numbers: a scalar rest would be slower than the vectors.
const LANES: usize = 16;

/// Maxima of the windows that begin at each column of a padded row, of which the stride then takes some.
struct MaxRow {
    best: Vec<f32>,
    winners: Vec<u32>,
    /// 0, 1, 2 and so on.
    steps: Vec<u32>,
    /// From the start of a window to its numbers.
    shifts: Vec<usize>,
    padding: usize,
    in_cols: usize,
    /// Numbers from one padded row to the next.
    pitch: usize,
}

impl MaxRow {
    fn new(pool: &Pool) -> Self {
        let n_cols = pool.out_size()[1] * pool.stride[1];
        let n = n_cols.next_multiple_of(LANES);
        let shifts: Vec<usize> = (0..pool.kernel[1]).map(|col| col * pool.dilation[1]).collect();
        let [_, in_cols] = pool.in_size;
        let padding = pool.padding_start[1];
        let end = n_cols - pool.stride[1] + 1 + (pool.kernel[1] - 1) * pool.dilation[1];
        Self {
            best: vec![0.0; n],
            winners: vec![0; n],
            steps: (0..n as u32).collect(),
            shifts,
            padding,
            in_cols,
            pitch: end.max(padding + in_cols),
        }
    }

    /// Numbers that are read from the start of a padded row on.
    fn reach(&self) -> usize {
        self.best.len() + self.shifts.last().unwrap_or(&0)
    }

    /// Finds the maxima over some padded rows.
    #[inline(always)]
    fn compare<S: Simd>(&mut self, simd: S, padded: &[f32], rows: &[usize]) {
        let (best, _) = S::as_mut_simd_f32s(&mut self.best);
        let (winners, _) = S::as_mut_simd_u32s(&mut self.winners);
        let (steps, _) = S::as_simd_u32s(&self.steps);
        for (i, ((best, winner), step)) in best.iter_mut().zip(winners).zip(steps).enumerate() {
            let mut value = simd.splat_f32s(f32::NEG_INFINITY);
            let mut place = simd.splat_u32s(NOBODY);
            for row in rows {
                let from = &padded[row * self.pitch + i * S::F32_LANES..];
                let first = (row * self.in_cols).wrapping_sub(self.padding);
                for shift in &self.shifts {
                    let x = S::as_simd_f32s(&from[*shift..shift + S::F32_LANES]).0[0];
                    let is_number = simd.equal_f32s(x, x);
                    let is_more = simd.greater_than_f32s(x, value);
                    let wins = simd.or_m32s(is_more, simd.not_m32s(is_number));
                    value = select(simd, wins, x, value);
                    let first = simd.splat_u32s(first.wrapping_add(*shift) as u32);
                    place = simd.select_u32s(wins, simd.add_u32s(first, *step), place);
                }
            }
            *best = value;
            *winner = place;
        }
    }
}
