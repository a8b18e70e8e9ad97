//! Small trainings for the tests of this crate.

use std::path::PathBuf;
use std::sync::Arc;

use burn::backend::Autodiff;
use burn_flex::{Flex, FlexDevice};
use pg_base::{
    Array, Batch, BatchSource, Elements, ParamValue, ParamValues, Rng, StableHasher, Trouble,
};
use pg_nn::train::checkpoint::CheckpointPace;
use pg_nn::train::fit::fit_at_pace;
use pg_nn::train::{OptimizerKind, ScheduleKind};
use pg_nn::{Blueprint, Head, Signal, TrainControl, TrainEvent, TrainJob, TrainSettings, Trained};

use crate::CpuKernels;

/// Rows in memory.
pub(crate) struct Rows {
    pub(crate) inputs: Vec<[f32; 3]>,
    pub(crate) target: Elements,
    pub(crate) fails: bool,
}

impl BatchSource for Rows {
    fn n_rows(&self) -> usize {
        self.inputs.len()
    }

    fn gather(&self, rows: &[usize], augment_seed: Option<u64>) -> Result<Batch, Trouble> {
        if self.fails {
            return Err(Trouble::new("file-missing", "a picture is gone"));
        }
        // A change that depends on the epoch shows whether augmentation resumes too.
        let shift =
            augment_seed.map_or(0.0, |seed| Rng::new(seed, "test").uniform(-0.01, 0.01) as f32);
        let inputs =
            rows.iter().flat_map(|row| self.inputs[*row].map(|number| number + shift)).collect();
        let n = rows.len();
        let target = match &self.target {
            Elements::I32(ids) => Array::i32([n], rows.iter().map(|row| ids[*row]).collect()),
            Elements::F32(numbers) => {
                Array::f32([n, 1], rows.iter().map(|row| numbers[*row]).collect())
            }
        };
        Ok(Batch { inputs: vec![Array::f32([n, 3], inputs)], target: Some(target) })
    }
}

pub(crate) fn points(n_rows: usize, seed: u64) -> Vec<[f32; 3]> {
    let mut rng = Rng::new(seed, "points");
    (0..n_rows).map(|_| [rng.normal() as f32, rng.normal() as f32, rng.normal() as f32]).collect()
}

/// Two classes: inside and outside of a circle.
pub(crate) fn circle(n_rows: usize, seed: u64) -> Arc<Rows> {
    let inputs = points(n_rows, seed);
    let target =
        Elements::I32(inputs.iter().map(|[x, y, _]| i32::from(x * x + y * y > 1.4)).collect());
    Arc::new(Rows { inputs, target, fails: false })
}

/// Classes that have nothing to do with the inputs.
pub(crate) fn noise(n_rows: usize, seed: u64) -> Arc<Rows> {
    let mut rng = Rng::new(seed, "noise");
    let target = Elements::I32((0..n_rows).map(|_| rng.below(2) as i32).collect());
    Arc::new(Rows { inputs: points(n_rows, seed), target, fails: false })
}

pub(crate) fn network(head: Head, has_noise: bool) -> Blueprint {
    let mut blueprint = Blueprint::new(vec![Signal::numbers([3])]);
    let mut last: Vec<String> = Vec::new();
    let mut push = |id: &str, kind: &str, param: Option<(&str, ParamValue)>| {
        let params: ParamValues =
            param.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        blueprint.push(id, kind, params, &last).expect("fits");
        last = vec![id.to_owned()];
    };
    push("input", "input", None);
    push("dense_1", "dense", Some(("units", ParamValue::Int(24))));
    if has_noise {
        push("norm", "batch_norm", None);
    }
    push("relu", "activation", None);
    if has_noise {
        push("dropout", "dropout", Some(("rate", ParamValue::Float(0.2))));
    }
    push("output", "output", Some(("units", ParamValue::Int(head.n_units() as i64))));
    blueprint.head = Some(head);
    blueprint
}

pub(crate) fn job(name: &str) -> TrainJob {
    let settings = TrainSettings {
        n_epochs: 6,
        batch_size: 16,
        optimizer: OptimizerKind::adam(),
        learning_rate: 0.02,
        schedule: ScheduleKind::Cosine { min_fraction: 0.1 },
        n_warm_up_steps: 3,
        weight_decay: 0.001,
        clip_norm: Some(1.0),
        patience: Some(3),
        ..TrainSettings::default()
    };
    TrainJob {
        blueprint: network(Head::Softmax { n_classes: 2 }, true),
        settings,
        training: circle(72, 1),
        validation: Some(circle(30, 2)),
        seed: 5,
        checkpoint_folder: Some(folder(name)),
        key: StableHasher::new().text(name).finish(),
    }
}

pub(crate) fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("pg-training-{name}-{}", std::process::id()))
}

pub(crate) fn without_checkpoints(job: TrainJob) -> TrainJob {
    TrainJob { checkpoint_folder: None, ..job }
}

/// Trains on `cpu` with a checkpoint after every step, and hands every event on.
pub(crate) fn train(
    job: &TrainJob,
    on_event: &mut dyn FnMut(&TrainEvent, &TrainControl),
) -> Result<Trained, Trouble> {
    let control = TrainControl::default();
    let mut handler = |event: TrainEvent| on_event(&event, &control);
    fit_at_pace::<Autodiff<Flex>, CpuKernels>(
        job,
        &control,
        &mut handler,
        &FlexDevice,
        CheckpointPace::EVERY_STEP,
    )
}

pub(crate) fn train_quietly(job: &TrainJob) -> Trained {
    train(job, &mut |_, _| {}).expect("trains")
}

/// Everything but times.
pub(crate) fn numbers(trained: &Trained) -> (Vec<[Option<f64>; 5]>, usize, &str) {
    let epochs = trained.history.epochs.iter().map(|epoch| {
        [
            Some(epoch.training_loss),
            Some(epoch.training_score),
            epoch.validation_loss,
            epoch.validation_score,
            Some(epoch.learning_rate),
        ]
    });
    (epochs.collect(), trained.history.best_epoch, &trained.history.ended_by)
}

pub(crate) fn assert_same(one: &Trained, other: &Trained) {
    assert_eq!(numbers(one), numbers(other));
    assert_eq!(one.history.n_steps, other.history.n_steps);
    // Bits, not numbers: equal fingerprints mean equal bytes.
    assert_eq!(one.weights.fingerprint(), other.weights.fingerprint());
}
