//! Checks of the training settings, each with the parameter at fault.

use pg_base::{Trouble, say};

use super::{LossKind, Monitor, OptimizerKind, ScheduleKind, TrainSettings};

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
            class_weights: Vec::new(),
            label_smoothing: 0.0,
            n_accumulated: 1,
            average_decay: None,
            max_seconds: None,
            monitor: Monitor::Loss,
            min_improvement: 0.0,
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
        at_least_one("accumulate", self.n_accumulated)?;
        number(
            "label_smoothing",
            self.label_smoothing,
            (0.0..1.0).contains(&self.label_smoothing),
            &say!("at least 0 and below 1", "不小于 0 且小于 1"),
        )?;
        number(
            "min_improvement",
            self.min_improvement,
            self.min_improvement >= 0.0,
            &say!("at least 0", "不小于 0"),
        )?;
        for weight in &self.class_weights {
            number("class_weights", *weight, *weight > 0.0, &say!("above 0", "大于 0"))?;
        }
        if let Some(decay) = self.average_decay {
            number(
                "average_decay",
                decay,
                (0.0..1.0).contains(&decay),
                &say!(
                    "at least 0 and below 1, for instance 0.999",
                    "不小于 0 且小于 1，例如 0.999"
                ),
            )?;
        }
        if let Some(seconds) = self.max_seconds {
            number("time_limit", seconds, seconds > 0.0, &say!("above 0", "大于 0"))?;
        }
        self.schedule.check()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_older_files_get_the_defaults_of_what_they_do_not_name() {
        let old = r#"{"n_epochs":3,"batch_size":8,"loss":{"kind":"huber","delta":1.5},
            "optimizer":{"kind":"adam","beta1":0.9,"beta2":0.999,"epsilon":1e-8},"learning_rate":0.01,
            "schedule":{"kind":"cosine","min_fraction":0.0},"n_warm_up_steps":2,"weight_decay":0.0,
            "clip_norm":null,"patience":15,"keeps_best":true}"#;
        let settings: TrainSettings = serde_json::from_str(old).expect("reads");
        let expected = TrainSettings {
            n_epochs: 3,
            batch_size: 8,
            loss: LossKind::Huber { delta: 1.5 },
            learning_rate: 0.01,
            schedule: ScheduleKind::Cosine { min_fraction: 0.0 },
            n_warm_up_steps: 2,
            patience: Some(15),
            ..TrainSettings::default()
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn a_number_out_of_range_is_told_with_its_parameter() {
        let param = |settings: TrainSettings| {
            settings.check().expect_err("bad").details.place.param.expect("a parameter")
        };
        let good = TrainSettings::default;
        assert_eq!(good().check(), Ok(()));
        assert_eq!(param(TrainSettings { n_accumulated: 0, ..good() }), "accumulate");
        assert_eq!(param(TrainSettings { label_smoothing: 1.0, ..good() }), "label_smoothing");
        assert_eq!(param(TrainSettings { average_decay: Some(1.0), ..good() }), "average_decay");
        assert_eq!(param(TrainSettings { max_seconds: Some(f64::NAN), ..good() }), "time_limit");
        assert_eq!(param(TrainSettings { class_weights: vec![0.0], ..good() }), "class_weights");
    }
}
