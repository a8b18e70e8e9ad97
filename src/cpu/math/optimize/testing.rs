//! What the tests of the optimizers share.

use super::SMALL;

pub(super) const SIZES: [usize; 8] = [0, 1, 15, 17, 1000, SMALL, SMALL + 1, 2 * SMALL + 7];
pub(super) const SCALE: f32 = 0.5;
pub(super) const DECAY: f32 = 0.05;

pub(super) fn numbers(n: usize, seed: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + seed * 104_729) % 2003) as f32 / 1001.0 - 1.0).collect()
}

/// Three steps of ours against three of `exact`, which moves one parameter and its states in f64.
pub(super) fn check<const N: usize>(
    name: &str,
    ours: impl Fn(&mut [f32], [&mut [f32]; N], &[f32]),
    exact: impl Fn(f64, &mut [f64; N], f64) -> f64,
) {
    for n in SIZES {
        let start = numbers(n, 0);
        let mut p = start.clone();
        let mut states: [Vec<f32>; N] = std::array::from_fn(|_| vec![0.0; n]);
        for number in 1..=3 {
            ours(&mut p, states.each_mut().map(Vec::as_mut_slice), &numbers(n, number));
        }
        let gradients = [numbers(n, 1), numbers(n, 2), numbers(n, 3)];
        for i in 0..n {
            let (mut expected, mut expected_states) = (f64::from(start[i]), [0.0; N]);
            for g in &gradients {
                let g = f64::from(SCALE) * f64::from(g[i]);
                expected = exact(expected, &mut expected_states, g);
            }
            let close = |ours: f32, exact: f64| (f64::from(ours) - exact).abs() < 3e-6;
            assert!(close(p[i], expected), "{name}: number {i} of {n}: {} {expected}", p[i]);
            for k in 0..N {
                assert!(
                    close(states[k][i], expected_states[k]),
                    "{name}: state {k}, number {i} of {n}"
                );
            }
        }
    }
}
