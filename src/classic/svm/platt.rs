//! From a decision to a probability: a fitted S-curve (Platt, 1999; Lin, Lin and Weng, 2007).

use serde::{Deserialize, Serialize};

/// `1 / (1 + exp(slope · decision + shift))`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Platt {
    slope: f64,
    shift: f64,
}

impl Platt {
    /// Newton's method with halved steps on softened targets.
    pub(super) fn fit(decisions: &[f64], signs: &[f64]) -> Self {
        let n_yes = signs.iter().filter(|sign| **sign > 0.0).count() as f64;
        let n_no = signs.len() as f64 - n_yes;
        let (high, low) = ((n_yes + 1.0) / (n_yes + 2.0), 1.0 / (n_no + 2.0));
        let goal = |sign: f64| if sign > 0.0 { high } else { low };
        let loss = |curve: Self| {
            let term = |(decision, sign): (&f64, &f64)| {
                let z = curve.slope * decision + curve.shift;
                // -t ln p - (1 - t) ln(1 - p), without overflow.
                goal(*sign) * z + (-z.abs()).exp().ln_1p() + (-z).max(0.0)
            };
            decisions.iter().zip(signs).map(term).sum::<f64>()
        };
        let mut curve = Self { slope: 0.0, shift: ((n_no + 1.0) / (n_yes + 1.0)).ln() };
        let mut value = loss(curve);
        for _ in 0..100 {
            let (mut aa, mut bb, mut ab, mut a, mut b) = (1e-12, 1e-12, 0.0, 0.0, 0.0);
            for (decision, sign) in decisions.iter().zip(signs) {
                let p = curve.probability(*decision);
                let (wrong, bend) = (goal(*sign) - p, p * (1.0 - p));
                aa += decision * decision * bend;
                bb += bend;
                ab += decision * bend;
                a += decision * wrong;
                b += wrong;
            }
            if a.abs() < 1e-6 && b.abs() < 1e-6 {
                break;
            }
            let det = aa * bb - ab * ab;
            let (by_slope, by_shift) = (-(bb * a - ab * b) / det, -(aa * b - ab * a) / det);
            let mut step = 1.0;
            let better = loop {
                let next = Self {
                    slope: curve.slope + step * by_slope,
                    shift: curve.shift + step * by_shift,
                };
                let next_value = loss(next);
                if next_value.is_finite() && next_value < value {
                    break Some((next, next_value));
                }
                step /= 2.0;
                if step < 1e-10 {
                    break None;
                }
            };
            let Some((next, next_value)) = better else { break };
            (curve, value) = (next, next_value);
        }
        curve
    }

    pub(super) fn probability(self, decision: f64) -> f64 {
        1.0 / (1.0 + (self.slope * decision + self.shift).exp())
    }
}
