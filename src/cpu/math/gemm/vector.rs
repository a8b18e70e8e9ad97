//! Products of a matrix and a vector, which only read the matrix once: nothing is laid out.

use std::array;

use pulp::{Arch, Simd, WithSimd};

use super::{Finish, Mat, MatMut, Source, Start};

/// `C = A · B` where B has one column.
pub(super) fn times_column(
    a: Mat<'_>,
    b: &impl Source,
    c: &mut MatMut<'_>,
    start: Start<'_>,
    finish: Finish,
) {
    let mut x = vec![0.0; a.n_cols];
    b.read(0..a.n_cols, 0..1, &mut x, 1);
    for (i, sum) in product(a, &x).into_iter().enumerate() {
        write(&mut c.data[i * c.row_stride], sum, [i, 0], start, finish);
    }
}

/// `C = A · B` where A has one row.
pub(super) fn row_times(
    a: Mat<'_>,
    b: Mat<'_>,
    c: &mut MatMut<'_>,
    start: Start<'_>,
    finish: Finish,
) {
    let mut x = vec![0.0; a.n_cols];
    a.transposed().read(0..a.n_cols, 0..1, &mut x, 1);
    for (j, sum) in product(b.transposed(), &x).into_iter().enumerate() {
        write(&mut c.data[j], sum, [0, j], start, finish);
    }
}

fn write(out: &mut f32, sum: f32, [i, j]: [usize; 2], start: Start<'_>, finish: Finish) {
    let value = match start {
        Start::Zero => sum,
        Start::Keep => sum + *out,
        Start::PerColumn(bias) => sum + bias[j],
        Start::PerRow(bias) => sum + bias[i],
    };
    *out = if finish == Finish::Relu && value < 0.0 { 0.0 } else { value };
}

/// `A · x`.
fn product(a: Mat<'_>, x: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0; a.n_rows];
    Arch::new().dispatch(AddProduct { a, x, sums: &mut sums });
    sums
}

/// `sums += A · x`.
struct AddProduct<'a> {
    a: Mat<'a>,
    x: &'a [f32],
    sums: &'a mut [f32],
}

impl WithSimd for AddProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { a, x, sums } = self;
        if a.has_rows() {
            let (groups, rest) = sums.as_chunks_mut::<4>();
            let n_grouped = 4 * groups.len();
            for (i, sums) in groups.iter_mut().enumerate() {
                dot::<S, 4>(simd, a, 4 * i, x, sums);
            }
            for (i, sum) in rest.iter_mut().enumerate() {
                dot::<S, 1>(simd, a, n_grouped + i, x, array::from_mut(sum));
            }
        } else if a.row_stride == 1 {
            let (groups, rest) = x.as_chunks::<4>();
            for (i, x) in groups.iter().enumerate() {
                add_columns::<S, 4>(simd, a, 4 * i, x, sums);
            }
            for (i, x) in rest.iter().enumerate() {
                add_columns::<S, 1>(simd, a, 4 * groups.len() + i, array::from_ref(x), sums);
            }
        } else {
            for (i, sum) in sums.iter_mut().enumerate() {
                for (k, x) in x.iter().enumerate() {
                    *sum += a.data[i * a.row_stride + k * a.col_stride] * x;
                }
            }
        }
    }
}

/// Adds the products of rows `i..i + N` and the vector.
#[inline(always)]
fn dot<S: Simd, const N: usize>(simd: S, a: Mat<'_>, i: usize, x: &[f32], sums: &mut [f32; N]) {
    let rows: [&[f32]; N] = array::from_fn(|r| &a.data[(i + r) * a.row_stride..][..x.len()]);
    let (x, x_rest) = S::as_simd_f32s(x);
    let vectors: [&[S::f32s]; N] = array::from_fn(|r| &S::as_simd_f32s(rows[r]).0[..x.len()]);
    let mut totals = [simd.splat_f32s(0.0); N];
    for (k, x) in x.iter().enumerate() {
        for r in 0..N {
            totals[r] = simd.mul_add_e_f32s(*x, vectors[r][k], totals[r]);
        }
    }
    let x_rest = simd.partial_load_f32s(x_rest);
    for r in 0..N {
        let rest = simd.partial_load_f32s(&rows[r][x.len() * S::F32_LANES..]);
        sums[r] += simd.reduce_sum_f32s(simd.mul_add_e_f32s(x_rest, rest, totals[r]));
    }
}

/// Adds columns `k..k + N`, each times its number.
#[inline(always)]
fn add_columns<S: Simd, const N: usize>(
    simd: S,
    a: Mat<'_>,
    k: usize,
    x: &[f32; N],
    sums: &mut [f32],
) {
    let columns: [&[f32]; N] = array::from_fn(|c| &a.data[(k + c) * a.col_stride..][..sums.len()]);
    let mut factors = [simd.splat_f32s(0.0); N];
    for c in 0..N {
        factors[c] = simd.splat_f32s(x[c]);
    }
    let (sums, sums_rest) = S::as_mut_simd_f32s(sums);
    let vectors: [&[S::f32s]; N] = array::from_fn(|c| &S::as_simd_f32s(columns[c]).0[..sums.len()]);
    for (i, sum) in sums.iter_mut().enumerate() {
        for c in 0..N {
            *sum = simd.mul_add_e_f32s(factors[c], vectors[c][i], *sum);
        }
    }
    let mut sum = simd.partial_load_f32s(sums_rest);
    for c in 0..N {
        let rest = simd.partial_load_f32s(&columns[c][sums.len() * S::F32_LANES..]);
        sum = simd.mul_add_e_f32s(factors[c], rest, sum);
    }
    simd.partial_store_f32s(sums_rest, sum);
}
