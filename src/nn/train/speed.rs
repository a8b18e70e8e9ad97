//! How fast a training is, as a moving average, and how long the rest will take.

/// Share of the newest measurement once there are many.
const NEWEST_SHARE: f64 = 0.1;

/// Moving averages of a training's speed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Speed {
    n_measured: u32,
    seconds_per_row: f64,
    validation_seconds: f64,
}

impl Speed {
    /// Adds a measurement; while there are few, all count alike.
    pub fn add_rows(&mut self, n_rows: usize, seconds: f64) {
        if n_rows == 0 {
            return;
        }
        self.n_measured = self.n_measured.saturating_add(1);
        let share = (1.0 / f64::from(self.n_measured)).max(NEWEST_SHARE);
        self.seconds_per_row += share * (seconds / n_rows as f64 - self.seconds_per_row);
    }

    /// Notes how long the validation of an epoch took.
    pub fn set_validation(&mut self, seconds: f64) {
        self.validation_seconds = seconds;
    }

    /// Rows per second; 0 before anything was measured.
    pub fn rows_per_second(&self) -> f64 {
        if self.seconds_per_row > 0.0 { 1.0 / self.seconds_per_row } else { 0.0 }
    }

    /// Estimate for rows and validations to come.
    pub fn seconds_for(&self, n_rows: usize, n_epochs: usize) -> f64 {
        self.seconds_per_row * n_rows as f64 + self.validation_seconds * n_epochs as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_first_step_fades() {
        let mut speed = Speed::default();
        assert_eq!(speed.rows_per_second(), 0.0);
        speed.add_rows(10, 10.0);
        for _ in 0..200 {
            speed.add_rows(10, 1.0);
        }
        assert!((speed.rows_per_second() - 10.0).abs() < 0.01);
        speed.set_validation(2.0);
        assert!((speed.seconds_for(100, 3) - 16.0).abs() < 0.1);
        speed.add_rows(0, 5.0);
        assert!((speed.rows_per_second() - 10.0).abs() < 0.01);
    }
}
