//! Step sizes over a training: a pure function of the place in it, so that a resumed run needs no memory of it. Only
//! what follows the loss itself, [`Plateau`], has a state.

use std::f64::consts::PI;

use pg_base::{Trouble, say};
use serde::{Deserialize, Serialize};

/// Share of the steps in which one-cycle rises, and how far below the highest rate it begins and ends; PyTorch's.
const ONE_CYCLE_RISE: f64 = 0.3;
const ONE_CYCLE_START: f64 = 1.0 / 25.0;
const ONE_CYCLE_END: f64 = ONE_CYCLE_START / 1e4;
/// A loss counts as lower when it is below the best by this share; `ReduceLROnPlateau`'s default.
const PLATEAU_THRESHOLD: f64 = 1e-4;

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
    /// It falls along half a cosine again and again, each time for longer; `CosineAnnealingWarmRestarts`.
    CosineRestarts {
        /// Epochs of the first fall.
        n_epochs: usize,
        /// How much longer each fall is than the one before.
        multiplier: usize,
        /// What is left at the end of each, as a fraction of the highest step size.
        min_fraction: f64,
    },
    /// It falls along a line.
    Linear {
        /// What is left at the end, as a fraction of the highest step size.
        end_fraction: f64,
    },
    /// It falls along a power of what is left to do; `PolynomialLR`.
    Polynomial {
        /// 1 is a line to zero.
        power: f64,
    },
    /// It is multiplied by a factor every few epochs; `StepLR`.
    Step {
        /// Epochs between two.
        n_epochs: usize,
        /// The factor.
        factor: f64,
    },
    /// It is multiplied by a factor after every epoch; `ExponentialLR`.
    Exponential {
        /// The factor.
        factor: f64,
    },
    /// It rises to the highest and falls to nearly nothing, both along half a cosine; `OneCycleLR`.
    OneCycle,
    /// It is multiplied by a factor when the loss has stopped falling; `ReduceLROnPlateau`.
    Plateau {
        /// The factor.
        factor: f64,
        /// Epochs without a lower loss that are borne.
        patience: usize,
    },
    /// It rises by the same factor at every step, from a fraction to the highest; a range test.
    Sweep {
        /// Where it begins, as a fraction of the highest step size.
        start_fraction: f64,
    },
}

/// A step's place in a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 0.
    pub step: usize,
    /// Steps of the warm-up.
    pub n_warm_up: usize,
    /// Steps of all epochs.
    pub n_steps: usize,
    /// Steps of one epoch.
    pub steps_per_epoch: usize,
}

impl ScheduleKind {
    /// The fraction of the highest step size at a place.
    ///
    /// During the warm-up it rises evenly from 1/(n_warm_up + 1); then the schedule runs over the remaining steps. It is
    /// `torch.optim.lr_scheduler.SequentialLR` of `LinearLR` and the schedule.
    pub fn fraction(self, place: Place) -> f64 {
        let Place { step, n_warm_up, n_steps, steps_per_epoch } = place;
        if step < n_warm_up {
            return (step + 1) as f64 / (n_warm_up + 1) as f64;
        }
        let step = step - n_warm_up;
        let n_rest = n_steps.saturating_sub(n_warm_up).max(1);
        let done = (step as f64 / n_rest as f64).min(1.0);
        let epoch = step / steps_per_epoch.max(1);
        match self {
            Self::Constant | Self::Plateau { .. } => 1.0,
            Self::Cosine { min_fraction } => cosine(1.0, min_fraction, done),
            Self::CosineRestarts { n_epochs, multiplier, min_fraction } => {
                let mut length = n_epochs.max(1).saturating_mul(steps_per_epoch.max(1));
                let mut within = step;
                while within >= length {
                    within -= length;
                    length = length.saturating_mul(multiplier.max(1));
                }
                cosine(1.0, min_fraction, within as f64 / length as f64)
            }
            Self::Linear { end_fraction } => 1.0 + (end_fraction - 1.0) * done,
            Self::Polynomial { power } => (1.0 - done).powf(power),
            Self::Step { n_epochs, factor } => factor.powf((epoch / n_epochs.max(1)) as f64),
            Self::Exponential { factor } => factor.powf(epoch as f64),
            Self::OneCycle => {
                let end = (n_rest as f64 - 1.0).max(1.0);
                let top = (ONE_CYCLE_RISE * n_rest as f64 - 1.0).max(0.0);
                let step = (step as f64).min(end);
                if step <= top && top > 0.0 {
                    cosine(ONE_CYCLE_START, 1.0, step / top)
                } else {
                    cosine(1.0, ONE_CYCLE_END, (step - top) / (end - top).max(1.0))
                }
            }
            Self::Sweep { start_fraction } => {
                let last = (n_rest as f64 - 1.0).max(1.0);
                start_fraction.powf(1.0 - (step as f64 / last).min(1.0))
            }
        }
    }

    /// Says which number is out of its range.
    pub fn check(self) -> Result<(), Trouble> {
        let is_share = |value: f64| (0.0..=1.0).contains(&value);
        let is_factor = |value: f64| value > 0.0 && value <= 1.0;
        let (value, fits) = match self {
            Self::Constant | Self::OneCycle => return Ok(()),
            Self::Cosine { min_fraction: value }
            | Self::CosineRestarts { min_fraction: value, .. }
            | Self::Linear { end_fraction: value } => (value, is_share(value)),
            Self::Polynomial { power } => (power, power > 0.0 && power.is_finite()),
            Self::Step { factor: value, .. }
            | Self::Exponential { factor: value }
            | Self::Plateau { factor: value, .. }
            | Self::Sweep { start_fraction: value } => (value, is_factor(value)),
        };
        if fits {
            return Ok(());
        }
        Err(Trouble::new(
            "train-setting",
            say!("the schedule's number is {value}", "学习率计划的数值为 {value}"),
        )
        .expected(match self {
            Self::Polynomial { .. } => say!("a power above 0", "大于 0 的幂"),
            _ => say!("a fraction between 0 and 1", "0 到 1 之间的比例"),
        })
        .param("schedule"))
    }
}

/// From one fraction to another along half a cosine.
fn cosine(from: f64, to: f64, done: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + (PI * done).cos())
}

/// How often [`ScheduleKind::Plateau`] has lowered the step size; a part of checkpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    n_reductions: u32,
    n_epochs_borne: usize,
    best: Option<f64>,
}

impl Plateau {
    /// Takes note of the loss of an epoch.
    pub fn hear(&mut self, loss: f64, schedule: ScheduleKind) {
        let ScheduleKind::Plateau { patience, .. } = schedule else { return };
        if self.best.is_none_or(|best| loss < best * (1.0 - PLATEAU_THRESHOLD)) {
            self.best = Some(loss);
            self.n_epochs_borne = 0;
            return;
        }
        self.n_epochs_borne += 1;
        if self.n_epochs_borne > patience {
            self.n_reductions += 1;
            self.n_epochs_borne = 0;
        }
    }

    /// What is left of the step size.
    pub fn fraction(&self, schedule: ScheduleKind) -> f64 {
        match schedule {
            ScheduleKind::Plateau { factor, .. } => factor.powf(f64::from(self.n_reductions)),
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(case: usize) -> serde_json::Value {
        let golden: serde_json::Value =
            serde_json::from_str(include_str!("../golden/schedules.json")).expect("golden file");
        golden["cases"][case].clone()
    }

    fn numbers(value: &serde_json::Value) -> Vec<f64> {
        let numbers = value["data"].as_array().expect("numbers");
        numbers.iter().map(|number| number.as_f64().expect("number")).collect()
    }

    fn fraction(schedule: ScheduleKind, step: usize, n_warm_up: usize, n_steps: usize) -> f64 {
        schedule.fraction(Place { step, n_warm_up, n_steps, steps_per_epoch: 2 })
    }

    fn check(schedule: ScheduleKind, n_warm_up: usize, n_steps: usize, case: usize) {
        for (step, expected) in numbers(&golden(case)["output"]).iter().enumerate().skip(n_warm_up)
        {
            let rate = 0.05 * fraction(schedule, step, n_warm_up, n_steps);
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
        check(ScheduleKind::Step { n_epochs: 3, factor: 0.1 }, 0, 20, 5);
        check(ScheduleKind::OneCycle, 0, 20, 7);
        let restarts =
            ScheduleKind::CosineRestarts { n_epochs: 2, multiplier: 2, min_fraction: 0.02 };
        check(restarts, 0, 30, 8);
        check(ScheduleKind::Polynomial { power: 2.0 }, 0, 20, 9);
        let exponential = ScheduleKind::Exponential { factor: 0.9 };
        for (epoch, expected) in numbers(&golden(6)["output"]).iter().enumerate() {
            let rate = 0.05 * fraction(exponential, 2 * epoch + 1, 0, 40);
            assert!((rate - expected).abs() < 1e-8, "epoch {epoch}: {rate} is not {expected}");
        }
    }

    #[test]
    fn a_plateau_equals_pytorch() {
        let golden = golden(10);
        let schedule = ScheduleKind::Plateau { factor: 0.5, patience: 2 };
        let mut plateau = Plateau::default();
        let epochs = numbers(&golden["inputs"]["loss"]).into_iter().zip(numbers(&golden["output"]));
        for (loss, expected) in epochs {
            plateau.hear(loss, schedule);
            assert!((0.05 * plateau.fraction(schedule) - expected).abs() < 1e-8, "{loss}");
        }
        assert_eq!(plateau.fraction(ScheduleKind::Constant), 1.0);
    }

    #[test]
    fn warm_up_rises_evenly_to_one() {
        let schedule = ScheduleKind::Linear { end_fraction: 0.5 };
        let fractions: Vec<f64> = (0..8).map(|step| fraction(schedule, step, 3, 7)).collect();
        assert_eq!(fractions, [0.25, 0.5, 0.75, 1.0, 0.875, 0.75, 0.625, 0.5]);
        assert_eq!(fraction(schedule, 100, 3, 7), 0.5);
        assert_eq!(fraction(ScheduleKind::Constant, 0, 0, 0), 1.0);
    }

    #[test]
    fn every_schedule_stays_within_its_range_whatever_the_length() {
        for schedule in [
            ScheduleKind::OneCycle,
            ScheduleKind::CosineRestarts { n_epochs: 0, multiplier: 0, min_fraction: 0.0 },
            ScheduleKind::Sweep { start_fraction: 1e-6 },
            ScheduleKind::Polynomial { power: 0.5 },
            ScheduleKind::Step { n_epochs: 0, factor: 0.5 },
        ] {
            for n_steps in [0, 1, 2, 3, 50] {
                for step in 0..=n_steps {
                    let found = fraction(schedule, step, 0, n_steps);
                    assert!((0.0..=1.0 + 1e-12).contains(&found), "{schedule:?} {step}: {found}");
                }
            }
        }
        let sweep = ScheduleKind::Sweep { start_fraction: 1e-6 };
        assert!((fraction(sweep, 0, 0, 50) - 1e-6).abs() < 1e-15);
        assert_eq!(fraction(sweep, 49, 0, 50), 1.0);
    }
}
