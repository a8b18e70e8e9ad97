//! Training: settings, events, and the loop of ours that pauses, resumes bit for bit and reports every step.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use pg_base::{BatchSource, CancelToken, Fingerprint, Trouble};
use serde::{Deserialize, Serialize};

use crate::blueprint::Blueprint;
use crate::weights::Weights;

mod average;
pub mod checkpoint;
pub mod diagnosis;
pub mod fit;
pub mod gradients;
pub mod loss;
pub mod optimizer;
pub mod order;
pub mod prefetch;
mod rules;
pub mod schedule;
pub mod score;
pub mod step;
pub mod target;

mod settings;
pub mod speed;

pub use loss::LossKind;
pub use optimizer::OptimizerKind;
pub use schedule::ScheduleKind;

/// How to train. What an older file does not name has its default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainSettings {
    /// Passes over the training rows.
    pub n_epochs: usize,
    /// Rows per step.
    pub batch_size: usize,
    /// What is minimised.
    pub loss: LossKind,
    /// How the weights move.
    pub optimizer: OptimizerKind,
    /// Step size at its highest.
    pub learning_rate: f64,
    /// How the step size changes over the steps.
    pub schedule: ScheduleKind,
    /// Steps over which the step size rises from 0 at the start, before the schedule.
    pub n_warm_up_steps: usize,
    /// Shrinks weights: added to the gradient (SGD, Adam) or applied directly (AdamW), as PyTorch does.
    pub weight_decay: f64,
    /// Largest global gradient norm; none for no clipping.
    pub clip_norm: Option<f64>,
    /// Stops after this many epochs without a better validation loss; none to run all epochs.
    pub patience: Option<usize>,
    /// Gives back the weights of the best epoch (needs validation rows).
    pub keeps_best: bool,
    /// What each class counts, in the order of their ids; empty where all count the same.
    pub class_weights: Vec<f64>,
    /// Share of the certainty that cross-entropy takes from the right class and spreads over all.
    pub label_smoothing: f64,
    /// Batches whose gradients make one step of the optimizer.
    pub n_accumulated: usize,
    /// Memory of the running average of the weights that is judged and given back; none to use the weights themselves.
    pub average_decay: Option<f64>,
    /// Ends the training after so much time as if it had run out of patience; none for no limit.
    pub max_seconds: Option<f64>,
    /// What tells which epoch is the best.
    pub monitor: Monitor,
    /// By how much it must become better for patience to begin anew.
    pub min_improvement: f64,
}

/// What tells on validation rows which epoch is the best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    /// The loss; lower is better.
    #[default]
    Loss,
    /// Accuracy or R²; higher is better.
    Score,
}

/// One training to do.
#[derive(Clone)]
pub struct TrainJob {
    /// The network; its head must be set.
    pub blueprint: Blueprint,
    /// How.
    pub settings: TrainSettings,
    /// Rows to learn from.
    pub training: Arc<dyn BatchSource>,
    /// Rows to watch.
    pub validation: Option<Arc<dyn BatchSource>>,
    /// Decides weights, order of rows, dropout and augmentation.
    pub seed: u64,
    /// Folder for checkpoints; none to keep none.
    pub checkpoint_folder: Option<PathBuf>,
    /// Key of everything that shapes the result; a checkpoint of another key is not resumed.
    pub key: Fingerprint,
}

impl std::fmt::Debug for TrainJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrainJob")
            .field("settings", &self.settings)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// What the person wants of a running training; shared between the window and the loop.
#[derive(Clone, Debug, Default)]
pub struct TrainControl {
    /// Throws the run away.
    pub cancel: CancelToken,
    wish: Arc<AtomicU8>,
}

impl TrainControl {
    const GO: u8 = 0;
    const PAUSE: u8 = 1;
    const STOP: u8 = 2;

    /// Controls that also obey an existing cancel token.
    pub fn new(cancel: CancelToken) -> Self {
        Self { cancel, wish: Arc::default() }
    }

    /// Holds after the current step.
    pub fn pause(&self) {
        self.wish.store(Self::PAUSE, Ordering::Relaxed);
    }

    /// Goes on after a pause.
    pub fn go_on(&self) {
        self.wish.store(Self::GO, Ordering::Relaxed);
    }

    /// Ends after the current step and keeps what was learnt.
    pub fn stop_and_keep(&self) {
        self.wish.store(Self::STOP, Ordering::Relaxed);
    }

    /// Whether the loop should hold.
    pub fn is_paused(&self) -> bool {
        self.wish.load(Ordering::Relaxed) == Self::PAUSE
    }

    /// Whether the loop should end and keep.
    pub fn is_stopped(&self) -> bool {
        self.wish.load(Ordering::Relaxed) == Self::STOP
    }
}

/// What one epoch gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: usize,
    /// Mean loss over the training rows.
    pub training_loss: f64,
    /// Mean loss over the validation rows.
    pub validation_loss: Option<f64>,
    /// Accuracy (classes) or R² (numbers) on training rows, taken while training.
    pub training_score: f64,
    /// The same on validation rows.
    pub validation_score: Option<f64>,
    /// Step size at the end.
    pub learning_rate: f64,
    /// Wall time.
    pub seconds: f64,
    /// What tells why a training does not learn.
    #[serde(default)]
    pub signs: Signs,
}

/// What is noted once an epoch, to tell why a training does not learn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Signs {
    /// Length of the gradient of the first batch, before it is clipped.
    pub gradient_norm: Option<f64>,
    /// Largest number in the inputs of the first batch, without its sign.
    pub largest_input: Option<f64>,
    /// Score of the best constant answer on the training rows: the share of the most frequent class, 0 for R².
    pub baseline_score: Option<f64>,
}

/// The story of a training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Name of the score: `accuracy` or `r2`.
    pub score_name: String,
    /// One record per epoch.
    pub epochs: Vec<EpochRecord>,
    /// Epoch (from 1) whose weights were kept.
    pub best_epoch: usize,
    /// Steps in all.
    pub n_steps: usize,
    /// Wall time in all.
    pub seconds: f64,
    /// Of which the loop waited for batches.
    pub data_wait_seconds: f64,
    /// `finished`, `early_stopping`, `time_limit` or `stopped`.
    pub ended_by: String,
}

/// What a training gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The weights.
    pub weights: Weights,
    /// How they came about.
    pub history: History,
}

/// Reported while training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TrainEvent {
    /// Before the first step.
    Started {
        /// Trained numbers.
        n_params: u64,
        /// Steps of all epochs.
        n_steps: usize,
        /// Epochs.
        n_epochs: usize,
        /// Steps already done by an earlier run.
        n_steps_resumed: usize,
    },
    /// After a step.
    Step {
        /// From 1, over all epochs.
        step: usize,
        /// From 1.
        epoch: usize,
        /// Loss of the batch.
        loss: f64,
        /// Step size.
        learning_rate: f64,
        /// Training speed.
        rows_per_second: f64,
        /// Estimate for all remaining epochs.
        seconds_left: f64,
    },
    /// After an epoch.
    Epoch(EpochRecord),
    /// It came to its end: the whole story, what was done before it was resumed included.
    Ended {
        /// The same as in what the training gives.
        history: History,
    },
    /// The loop holds.
    Paused,
    /// The loop goes on.
    GoesOn,
    /// Something did not work that the training can do without: a damaged checkpoint, a full disk.
    Warned {
        /// What.
        trouble: Trouble,
    },
}
