//! Which vector instructions run: the widest that the processor has, checked once, at run time.

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
    fn with_simd<S: pulp::Simd>(self, _: S) -> R {
        (self.0)()
    }
}
