//! Step sizes over a training: a pure function of the step's number, so that a resumed run needs no memory of it.

use serde::{Deserialize, Serialize};

/// How the step size changes after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ScheduleKind {
    /// It stays.
    #[default]
    Constant,
    /// It falls along half a cosine; `torch.optim.lr_scheduler.CosineAnnealingLR`.
    Cosine {
        /// What is left at the end, as a fraction of the highest step size.
        min_fraction: f64,
    },
    /// It falls along a line.
    Linear {
        /// What is left at the end, as a fraction of the highest step size.
        end_fraction: f64,
    },
}

impl ScheduleKind {
    /// The fraction of the highest step size for a step counted from 0.
    ///
    /// During the `n_warm_up` first steps it rises evenly from 1/(n_warm_up + 1); then the schedule runs over the
    /// remaining steps of `n_steps`. It is `torch.optim.lr_scheduler.SequentialLR` of `LinearLR` and the schedule.
    pub fn fraction(self, step: usize, n_warm_up: usize, n_steps: usize) -> f64 {
        if step < n_warm_up {
            return (step + 1) as f64 / (n_warm_up + 1) as f64;
        }
        let n_rest = n_steps.saturating_sub(n_warm_up).max(1);
        let done = ((step - n_warm_up) as f64 / n_rest as f64).min(1.0);
        match self {
            Self::Constant => 1.0,
            Self::Cosine { min_fraction } => {
                min_fraction
                    + (1.0 - min_fraction) * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
            }
            Self::Linear { end_fraction } => 1.0 + (end_fraction - 1.0) * done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schedule: ScheduleKind, n_warm_up: usize, n_steps: usize, case: usize) {
        let golden: serde_json::Value =
            serde_json::from_str(include_str!("../golden/schedules.json")).expect("golden file");
        let rates = golden["cases"][case]["output"]["data"].as_array().expect("rates");
        for (step, expected) in rates.iter().enumerate().skip(n_warm_up) {
            let rate = 0.05 * schedule.fraction(step, n_warm_up, n_steps);
            let expected = expected.as_f64().expect("number");
            assert!(
                (rate - expected).abs() < 1e-8,
                "{schedule:?} step {step}: {rate} is not {expected}"
            );
        }
    }

    #[test]
    fn equals_pytorch() {
        check(ScheduleKind::Constant, 0, 5, 0);
        check(ScheduleKind::Cosine { min_fraction: 0.0 }, 0, 20, 1);
        check(ScheduleKind::Cosine { min_fraction: 0.02 }, 0, 20, 2);
        check(ScheduleKind::Constant, 5, 10, 3);
        check(ScheduleKind::Cosine { min_fraction: 0.0 }, 5, 20, 4);
    }

    #[test]
    fn warm_up_rises_evenly_to_one() {
        let schedule = ScheduleKind::Linear { end_fraction: 0.5 };
        let fractions: Vec<f64> = (0..8).map(|step| schedule.fraction(step, 3, 7)).collect();
        assert_eq!(fractions, [0.25, 0.5, 0.75, 1.0, 0.875, 0.75, 0.625, 0.5]);
        assert_eq!(schedule.fraction(100, 3, 7), 0.5);
        assert_eq!(ScheduleKind::Constant.fraction(0, 0, 0), 1.0);
    }
}
