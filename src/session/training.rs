//! What a training will need and how long it will take, as far as that is known before it runs.

use pg_nn::StepTimes;
use pg_pipeline::TrainingNeed;

/// What is known of a training that has not run.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingForecast {
    /// Numbers that are trained.
    pub n_params: u64,
    /// Rows per step, never more than there are.
    pub batch_size: u64,
    /// Memory that training takes, about.
    pub training_bytes: u64,
    /// Memory that the device has for it, where that is known.
    pub available_bytes: Option<u64>,
    /// Rows to learn from, where that is known.
    pub n_training_rows: Option<u64>,
    /// Passes over the rows, at most.
    pub n_epochs: Option<u64>,
    /// Time of one step, where it was measured on this device; see [`crate::Command::MeasureForecast`].
    pub step_ms: Option<f64>,
    /// Time of one pass over the training and the validation rows.
    pub seconds_per_epoch: Option<f64>,
    /// Time of all passes; early stopping may end it sooner.
    pub seconds: Option<f64>,
}

impl TrainingForecast {
    /// Puts together what is known.
    pub(crate) fn of(
        need: &TrainingNeed,
        available_bytes: Option<u64>,
        times: Option<StepTimes>,
    ) -> Self {
        let batch_size = need.rows_per_step();
        let n_validation_steps =
            need.n_validation_rows.map_or(0, |n_rows| n_rows.div_ceil(batch_size));
        let seconds_per_epoch = need.steps_per_epoch().zip(times).map(|(n_steps, times)| {
            (n_steps as f64 * times.train_ms + n_validation_steps as f64 * times.infer_ms) / 1000.0
        });
        Self {
            n_params: need.n_params,
            batch_size,
            training_bytes: need.training_bytes(batch_size),
            available_bytes,
            n_training_rows: need.n_training_rows,
            n_epochs: need.n_epochs,
            step_ms: times.map(|times| times.train_ms),
            seconds_per_epoch,
            seconds: seconds_per_epoch
                .zip(need.n_epochs)
                .map(|(seconds, n_epochs)| seconds * n_epochs as f64),
        }
    }
}
