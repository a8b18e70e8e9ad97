//! Checks of the training settings, each with the parameter at fault.

use pg_base::{Trouble, say};

use super::{LossKind, OptimizerKind, ScheduleKind, TrainSettings};

impl Default for TrainSettings {
    /// Adam with PyTorch's numbers, twenty epochs, the best epoch's weights.
    fn default() -> Self {
        Self {
            n_epochs: 20,
            batch_size: 32,
            loss: LossKind::Auto,
            optimizer: OptimizerKind::adam(),
            learning_rate: 1e-3,
            schedule: ScheduleKind::Constant,
            n_warm_up_steps: 0,
            weight_decay: 0.0,
            clip_norm: None,
            patience: None,
            keeps_best: true,
        }
    }
}

impl TrainSettings {
    /// Says which number is out of its range.
    pub fn check(&self) -> Result<(), Trouble> {
        at_least_one("n_epochs", self.n_epochs)?;
        at_least_one("batch_size", self.batch_size)?;
        number(
            "learning_rate",
            self.learning_rate,
            self.learning_rate > 0.0,
            &say!("above 0, for instance 0.001", "大于 0，例如 0.001"),
        )?;
        number(
            "weight_decay",
            self.weight_decay,
            self.weight_decay >= 0.0,
            &say!("at least 0", "不小于 0"),
        )?;
        if let Some(norm) = self.clip_norm {
            number(
                "clip_norm",
                norm,
                norm > 0.0,
                &say!("above 0, for instance 1", "大于 0，例如 1"),
            )?;
        }
        match self.schedule {
            ScheduleKind::Constant => {}
            ScheduleKind::Cosine { min_fraction: fraction }
            | ScheduleKind::Linear { end_fraction: fraction } => {
                let is_fraction = (0.0..=1.0).contains(&fraction);
                number(
                    "schedule",
                    fraction,
                    is_fraction,
                    &say!("a fraction between 0 and 1", "0 到 1 之间的比例"),
                )?;
            }
        }
        self.optimizer.check()
    }
}

fn at_least_one(param: &str, value: usize) -> Result<(), Trouble> {
    if value > 0 {
        return Ok(());
    }
    Err(Trouble::new("train-setting", say!("{param} is 0", "{param} 为 0"))
        .expected(say!("at least 1", "至少为 1"))
        .param(param))
}

fn number(param: &str, value: f64, fits: bool, expected: &pg_base::Words) -> Result<(), Trouble> {
    if fits && value.is_finite() {
        return Ok(());
    }
    Err(Trouble::new("train-setting", say!("{param} is {value}", "{param} 为 {value}"))
        .expected(expected.clone())
        .param(param))
}
