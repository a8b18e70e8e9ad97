//! The two products behind convolution: of rows with shifted views of a flat picture, so that no columns are written.

use pulp::{Simd, WithSimd};

/// Points that a product treats at least together: the numbers of points are rounded up to it.
pub(super) const LANES: usize = 16;

/// Most rows that one pass over the points may serve on this processor: their sums stay in registers.
pub(super) fn max_rows() -> usize {
    struct Rows;
    impl WithSimd for Rows {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            if has_many_registers::<S>() { 8 } else { 4 }
        }
    }
    pulp::Arch::new().dispatch(Rows)
}

/// `out[row][p] = Σ_k weights[k][row] · points[offsets[k] + p]`: each number k has its own view of the points.
///
/// `weights` has `n_rows` numbers per offset, `out` has `n_rows` rows of a multiple of [`LANES`].
pub(super) fn multiply(
    weights: &[f32],
    offsets: &[usize],
    points: &[f32],
    n_rows: usize,
    out: &mut [f32],
) {
    assert!((1..=max_rows()).contains(&n_rows));
    assert_eq!(weights.len(), n_rows * offsets.len());
    let n_points = out.len() / n_rows;
    assert_eq!(n_points % LANES, 0);
    pulp::Arch::new().dispatch(Multiply { weights, offsets, points, n_points, n_rows, out });
}

/// `out[row][k] += Σ_p rows[row][p] · points[offsets[k] + p]`, the gradient of [`multiply`] towards its weights.
///
/// `rows` has `n_rows` rows of a multiple of [`LANES`].
pub(super) fn correlate(
    rows: &[f32],
    offsets: &[usize],
    points: &[f32],
    n_rows: usize,
    out: &mut [f32],
) {
    assert_eq!(out.len(), n_rows * offsets.len());
    let n_points = rows.len() / n_rows;
    assert_eq!(n_points % LANES, 0);
    pulp::Arch::new().dispatch(Correlate { rows, offsets, points, n_points, out });
}

#[inline(always)]
const fn has_many_registers<S: Simd>() -> bool {
    S::REGISTER_COUNT >= 32
}

struct Multiply<'a> {
    weights: &'a [f32],
    offsets: &'a [usize],
    points: &'a [f32],
    n_points: usize,
    n_rows: usize,
    out: &'a mut [f32],
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.n_rows {
            1 => self.few_rows::<S, 1>(simd),
            2 => self.few_rows::<S, 2>(simd),
            3 => self.few_rows::<S, 3>(simd),
            4 => self.few_rows::<S, 4>(simd),
            5 => self.many_rows::<S, 5>(simd),
            6 => self.many_rows::<S, 6>(simd),
            7 => self.many_rows::<S, 7>(simd),
            _ => self.many_rows::<S, 8>(simd),
        }
    }
}

impl Multiply<'_> {
    #[inline(always)]
    fn few_rows<S: Simd, const R: usize>(mut self, simd: S) {
        let mut at = 0;
        if has_many_registers::<S>() {
            at = self.strips::<S, R, 6>(simd, at);
        }
        at = self.strips::<S, R, 3>(simd, at);
        self.strips::<S, R, 1>(simd, at);
    }

    #[inline(always)]
    fn many_rows<S: Simd, const R: usize>(mut self, simd: S) {
        let at = self.strips::<S, R, 3>(simd, 0);
        let at = self.strips::<S, R, 2>(simd, at);
        self.strips::<S, R, 1>(simd, at);
    }

    /// Strips of `V` vectors from point `at` on, as many as fit; returns where they end.
    #[inline(always)]
    fn strips<S: Simd, const R: usize, const V: usize>(&mut self, simd: S, mut at: usize) -> usize {
        let width = V * S::F32_LANES;
        while at + width <= self.n_points {
            let mut sums = [[simd.splat_f32s(0.0); V]; R];
            for (weights, offset) in self.weights.chunks_exact(R).zip(self.offsets) {
                let points = load::<S, V>(&self.points[offset + at..][..width]);
                for (sums, weight) in sums.iter_mut().zip(weights) {
                    let weight = simd.splat_f32s(*weight);
                    for (sum, points) in sums.iter_mut().zip(points) {
                        *sum = simd.mul_add_e_f32s(weight, points, *sum);
                    }
                }
            }
            for (out, sums) in self.out.chunks_exact_mut(self.n_points).zip(sums) {
                S::as_mut_simd_f32s(&mut out[at..at + width]).0.copy_from_slice(&sums);
            }
            at += width;
        }
        at
    }
}

struct Correlate<'a> {
    rows: &'a [f32],
    offsets: &'a [usize],
    points: &'a [f32],
    n_points: usize,
    out: &'a mut [f32],
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let block = if has_many_registers::<S>() { 8 } else { 4 };
        let rows = self.rows.chunks(block * self.n_points);
        for (rows, out) in rows.zip(self.out.chunks_mut(block * self.offsets.len())) {
            let part = Correlate { rows, out, ..self };
            match rows.len() / self.n_points {
                1 => part.few_rows::<S, 1>(simd),
                2 => part.few_rows::<S, 2>(simd),
                3 => part.few_rows::<S, 3>(simd),
                4 => part.few_rows::<S, 4>(simd),
                5 => part.many_rows::<S, 5>(simd),
                6 => part.many_rows::<S, 6>(simd),
                7 => part.many_rows::<S, 7>(simd),
                _ => part.many_rows::<S, 8>(simd),
            }
        }
    }
}

impl Correlate<'_> {
    #[inline(always)]
    fn few_rows<S: Simd, const R: usize>(mut self, simd: S) {
        let mut at = 0;
        if has_many_registers::<S>() {
            at = self.columns::<S, R, 6>(simd, at);
        }
        at = self.columns::<S, R, 3>(simd, at);
        self.columns::<S, R, 1>(simd, at);
    }

    #[inline(always)]
    fn many_rows<S: Simd, const R: usize>(mut self, simd: S) {
        let at = self.columns::<S, R, 3>(simd, 0);
        let at = self.columns::<S, R, 2>(simd, at);
        self.columns::<S, R, 1>(simd, at);
    }

    /// Blocks of `C` offsets from number `at` on, as many as fit; returns where they end.
    #[inline(always)]
    fn columns<S: Simd, const R: usize, const C: usize>(
        &mut self,
        simd: S,
        mut at: usize,
    ) -> usize {
        while at + C <= self.offsets.len() {
            let mut sums = [[simd.splat_f32s(0.0); C]; R];
            let rows: [&[f32]; R] =
                std::array::from_fn(|row| &self.rows[row * self.n_points..][..self.n_points]);
            let views: [&[f32]; C] =
                std::array::from_fn(|c| &self.points[self.offsets[at + c]..][..self.n_points]);
            let rows = rows.map(|row| S::as_simd_f32s(row).0);
            let views = views.map(|view| S::as_simd_f32s(view).0);
            for p in 0..self.n_points / S::F32_LANES {
                // Indices, because closures over arrays are not always inlined.
                for r in 0..R {
                    for c in 0..C {
                        sums[r][c] = simd.mul_add_e_f32s(rows[r][p], views[c][p], sums[r][c]);
                    }
                }
            }
            for (out, sums) in self.out.chunks_exact_mut(self.offsets.len()).zip(sums) {
                for (out, sum) in out[at..at + C].iter_mut().zip(sums) {
                    *out += simd.reduce_sum_f32s(sum);
                }
            }
            at += C;
        }
        at
    }
}

#[inline(always)]
fn load<S: Simd, const V: usize>(points: &[f32]) -> [S::f32s; V] {
    let (points, _) = S::as_simd_f32s(points);
    std::array::from_fn(|v| points[v])
}
