//! Which vector instructions run: the widest that the processor has, checked once, at run time.

use pulp::Simd;

/// Runs a closure compiled for the processor's own vectors; its loops over slices turn into them.
///
/// The closure and all that it calls must be `#[inline(always)]`, or they are compiled without them.
#[inline(always)]
pub fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(Work(work))
}

struct Work<F>(F);

impl<R, F: FnOnce() -> R> pulp::WithSimd for Work<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> R {
        (self.0)()
    }
}

/// Per lane `yes` where the mask is set, else `no`. pulp's own for `f32` is not always inlined, and a call per vector
/// costs more than the vector's arithmetic.
#[inline(always)]
pub fn select<S: Simd>(simd: S, mask: S::m32s, yes: S::f32s, no: S::f32s) -> S::f32s {
    let [yes, no] = [simd.transmute_u32s_f32s(yes), simd.transmute_u32s_f32s(no)];
    simd.transmute_f32s_u32s(simd.select_u32s(mask, yes, no))
}

/// Copies a row and fills up with zeros; for rows of few numbers much quicker than a call of `memcpy` for each.
#[inline(always)]
pub fn copy_row<S: Simd>(simd: S, row: &[f32], out: &mut [f32]) {
    let (vectors, rest) = S::as_simd_f32s(row);
    for (out, vector) in S::as_mut_simd_f32s(out).0.iter_mut().zip(vectors) {
        *out = *vector;
    }
    let out = &mut out[row.len() - rest.len()..];
    for (i, out) in out.chunks_mut(S::F32_LANES).enumerate() {
        simd.partial_store_f32s(out, simd.partial_load_f32s(if i == 0 { rest } else { &[] }));
    }
}
