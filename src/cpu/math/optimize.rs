//! The optimizers: one pass in place over a parameter and its states, and the norm that clips gradients.
//!
//! Every step multiplies the gradient by `scale` while it reads it, so that clipping by the norm of all gradients
//! costs no pass of its own; 1 changes nothing. Formulas and defaults are PyTorch's (`torch.optim`, version 2).

mod adam;
mod descent;
mod roots;
#[cfg(test)]
mod testing;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{CHUNK, SMALL};

pub use adam::{AdamNumbers, adam, ams_grad};
pub use descent::{SgdNumbers, descend, sgd};
pub use roots::{AdaGradNumbers, RmsPropNumbers, ada_grad, rms_prop};

/// The sum of the squares.
pub fn squared_norm(g: &[f32]) -> f64 {
    let chunk = if g.len() <= SMALL { g.len().max(1) } else { CHUNK };
    let sums: Vec<f64> =
        g.par_chunks(chunk).map(|g| Arch::new().dispatch(SumOfSquares(g))).collect();
    sums.iter().sum()
}

/// Runs `f` (parameter, states, gradient) -> (parameter, states) over all numbers, on all threads.
fn step<const N: usize, F>(p: &mut [f32], states: [&mut [f32]; N], g: &[f32], f: F)
where
    F: Fn(f32, [f32; N], f32) -> (f32, [f32; N]) + Copy + Send + Sync,
{
    let n = p.len();
    assert_eq!(g.len(), n);
    for state in &states {
        assert_eq!(state.len(), n);
    }
    if n <= SMALL {
        return Arch::new().dispatch(Step { p, states, g, f });
    }
    let middle = n.div_ceil(CHUNK) / 2 * CHUNK;
    let (left, right) = p.split_at_mut(middle);
    let (left_g, right_g) = g.split_at(middle);
    let mut left_states = states;
    let right_states = left_states.each_mut().map(|state| {
        let (left, right) = std::mem::take(state).split_at_mut(middle);
        *state = left;
        right
    });
    rayon::join(|| step(left, left_states, left_g, f), || step(right, right_states, right_g, f));
}

// Types and not closures for `vectorized`, so that the loop is sure to be inlined into the vector code.

struct Step<'a, F, const N: usize> {
    p: &'a mut [f32],
    states: [&'a mut [f32]; N],
    g: &'a [f32],
    f: F,
}

impl<const N: usize, F> WithSimd for Step<'_, F, N>
where
    F: Fn(f32, [f32; N], f32) -> (f32, [f32; N]),
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { p, states, g, f } = self;
        let n = p.len();
        let g = &g[..n];
        let states = states.map(|state| &mut state[..n]);
        for i in 0..n {
            let (moved, next) = f(p[i], std::array::from_fn(|k| states[k][i]), g[i]);
            p[i] = moved;
            for k in 0..N {
                states[k][i] = next[k];
            }
        }
    }
}

struct SumOfSquares<'a>(&'a [f32]);

impl WithSimd for SumOfSquares<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        const LANES: usize = 32;
        let (blocks, rest) = self.0.as_chunks::<LANES>();
        let mut sums = [0.0; LANES];
        for block in blocks {
            for (sum, x) in sums.iter_mut().zip(block) {
                *sum += f64::from(*x) * f64::from(*x);
            }
        }
        let rest: f64 = rest.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
        sums.iter().sum::<f64>() + rest
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{SIZES, numbers};
    use super::*;

    #[test]
    fn squared_norm_equals_the_reference() {
        for n in SIZES {
            let g = numbers(n, 3);
            let exact: f64 = g.iter().map(|x| f64::from(*x).powi(2)).sum();
            assert!((squared_norm(&g) - exact).abs() <= 1e-12 * exact);
        }
        assert!(squared_norm(&[1.0, f32::NAN]).is_nan());
    }
}
