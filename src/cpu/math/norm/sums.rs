//! Sums over long rows in vector lanes, blocks of them in f64, so that rounding does not grow with the length.

use pulp::Simd;

/// Numbers added in f32 before their sum joins the one in f64.
const BLOCK: usize = 4096;

/// Vectors added side by side, because one addition takes several cycles.
const WAYS: usize = 2;

/// The sum of `f(x)`.
#[inline(always)]
pub(crate) fn sum<S: Simd>(simd: S, x: &[f32], f: impl Fn(S::f32s) -> S::f32s + Copy) -> f32 {
    let [sum] = sums_of_pairs(simd, x, x, |x, _| [f(x)]);
    sum
}

/// The sums of the `N` results of `f(a, b)`.
#[inline(always)]
pub(crate) fn sums_of_pairs<S: Simd, const N: usize>(
    simd: S,
    a: &[f32],
    b: &[f32],
    f: impl Fn(S::f32s, S::f32s) -> [S::f32s; N] + Copy,
) -> [f32; N] {
    if a.len() <= BLOCK {
        return sums_of_block(simd, a, b, f);
    }
    let mut totals = [0.0; N];
    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
        for (total, sum) in totals.iter_mut().zip(sums_of_block(simd, a, b, f)) {
            *total += f64::from(sum);
        }
    }
    totals.map(|total| total as f32)
}

#[inline(always)]
fn sums_of_block<S: Simd, const N: usize>(
    simd: S,
    a: &[f32],
    b: &[f32],
    f: impl Fn(S::f32s, S::f32s) -> [S::f32s; N] + Copy,
) -> [f32; N] {
    let (a_vectors, a_rest) = S::as_simd_f32s(a);
    let (b_vectors, b_rest) = S::as_simd_f32s(b);
    let (a_groups, a_singles) = a_vectors.as_chunks::<WAYS>();
    let (b_groups, b_singles) = b_vectors.as_chunks::<WAYS>();
    let mut sums = [[simd.splat_f32s(0.0); WAYS]; N];
    for (a, b) in a_groups.iter().zip(b_groups) {
        for way in 0..WAYS {
            let terms = f(a[way], b[way]);
            for k in 0..N {
                sums[k][way] = simd.add_f32s(sums[k][way], terms[k]);
            }
        }
    }
    for (a, b) in a_singles.iter().zip(b_singles) {
        let terms = f(*a, *b);
        for k in 0..N {
            sums[k][0] = simd.add_f32s(sums[k][0], terms[k]);
        }
    }
    if !a_rest.is_empty() {
        let terms = f(simd.partial_load_f32s(a_rest), simd.partial_load_f32s(b_rest));
        for k in 0..N {
            sums[k][1] = simd.add_f32s(sums[k][1], first_lanes(simd, terms[k], a_rest.len()));
        }
    }
    let mut totals = [0.0; N];
    for k in 0..N {
        let [a, b] = sums[k];
        totals[k] = simd.reduce_sum_f32s(simd.add_f32s(a, b));
    }
    totals
}

/// The first `n` lanes, 0 in the others.
#[inline(always)]
fn first_lanes<S: Simd>(simd: S, x: S::f32s, n: usize) -> S::f32s {
    const MOST: usize = 64;
    let mut lanes = [0.0; MOST];
    simd.partial_store_f32s(&mut lanes[..n], x);
    simd.partial_load_f32s(&lanes[..n])
}
