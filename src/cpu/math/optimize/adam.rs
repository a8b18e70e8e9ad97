//! Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) and AMSGrad (Reddi, Kale and Kumar 2018).

use super::step;

/// The constants of one step of Adam, AdamW and AMSGrad; `m` and `v` are the first and second moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamNumbers {
    /// Memory of `m`, and what is left to 1.
    pub beta1: f32,
    /// `1 − beta1`, rounded once.
    pub rest1: f32,
    /// Memory of `v`.
    pub beta2: f32,
    /// `1 − beta2`, rounded once.
    pub rest2: f32,
    /// Added to `√v`, with the correction for the start at zero.
    pub epsilon: f32,
    /// Step size with the corrections for the start at zero.
    pub factor: f32,
    /// What the parameter is multiplied by (decoupled weight decay); 1 for none.
    pub shrink: f32,
    /// Share of the parameter that joins the gradient (coupled weight decay); 0 for none.
    pub decay: f32,
}

/// One step of Adam or AdamW; the states are `m` and `v`.
pub fn adam(n: &AdamNumbers, scale: f32, p: &mut [f32], states: [&mut [f32]; 2], g: &[f32]) {
    let n = *n;
    step(p, states, g, move |p, [m, v], g| {
        let (m, v) = n.moments(p, [m, v], scale * g);
        (n.moved(p, m, v), [m, v])
    });
}

/// One step of Adam or AdamW that divides by the largest `v` so far; the states are `m`, `v` and that.
pub fn ams_grad(n: &AdamNumbers, scale: f32, p: &mut [f32], states: [&mut [f32]; 3], g: &[f32]) {
    let n = *n;
    step(p, states, g, move |p, [m, v, largest], g| {
        let (m, v) = n.moments(p, [m, v], scale * g);
        // In this order NaN stays.
        let largest = if largest > v { largest } else { v };
        (n.moved(p, m, largest), [m, v, largest])
    });
}

impl AdamNumbers {
    #[inline(always)]
    fn moments(self, p: f32, [m, v]: [f32; 2], g: f32) -> (f32, f32) {
        let g = g + self.decay * p;
        (self.beta1 * m + self.rest1 * g, self.beta2 * v + self.rest2 * g * g)
    }

    #[inline(always)]
    fn moved(self, p: f32, m: f32, v: f32) -> f32 {
        p * self.shrink - self.factor * m / (v.sqrt() + self.epsilon)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DECAY, SCALE, check, numbers};
    use super::super::{SMALL, squared_norm};
    use super::*;

    fn adam_numbers(is_decoupled: bool) -> AdamNumbers {
        AdamNumbers {
            beta1: 0.9,
            rest1: 0.1,
            beta2: 0.99,
            rest2: 0.01,
            epsilon: 1e-3,
            factor: 0.1,
            shrink: if is_decoupled { 1.0 - 0.1 * DECAY } else { 1.0 },
            decay: if is_decoupled { 0.0 } else { DECAY },
        }
    }

    fn exact_moments(n: &AdamNumbers, p: f64, [m, v]: [f64; 2], g: f64) -> [f64; 2] {
        let g = g + f64::from(n.decay) * p;
        [0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g]
    }

    #[test]
    fn adam_and_ams_grad_equal_the_reference() {
        for n in [false, true].map(adam_numbers) {
            let moved =
                |p: f64, m: f64, v: f64| p * f64::from(n.shrink) - 0.1 * m / (v.sqrt() + 1e-3);
            check(
                "adam",
                |p, states, g| adam(&n, SCALE, p, states, g),
                |p, states, g| {
                    *states = exact_moments(&n, p, *states, g);
                    moved(p, states[0], states[1])
                },
            );
            check(
                "ams_grad",
                |p, states, g| ams_grad(&n, SCALE, p, states, g),
                |p, [m, v, largest], g| {
                    [*m, *v] = exact_moments(&n, p, [*m, *v], g);
                    *largest = largest.max(*v);
                    moved(p, *m, *largest)
                },
            );
        }
    }

    #[test]
    fn nan_shows() {
        let (mut p, mut m, mut v, mut largest) = ([1.0; 3], [0.0; 3], [0.0; 3], [0.0; 3]);
        let g = [1.0, f32::NAN, 1.0];
        ams_grad(&adam_numbers(false), 1.0, &mut p, [&mut m, &mut v, &mut largest], &g);
        for numbers in [p, m, v, largest] {
            assert_eq!(numbers.map(f32::is_nan), [false, true, false]);
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let g = numbers(3 * SMALL + 3, 1);
        let on = |n_threads| {
            let pool =
                rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
            let (mut p, mut m, mut v) = (numbers(g.len(), 0), g.clone(), g.clone());
            for v in &mut v {
                *v *= *v;
            }
            pool.install(|| adam(&adam_numbers(true), SCALE, &mut p, [&mut m, &mut v], &g));
            (p, m, v, pool.install(|| squared_norm(&g)).to_bits())
        };
        let expected = on(1);
        assert!([2, 3].map(on).iter().all(|result| result == &expected));
    }
}
