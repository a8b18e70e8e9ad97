//! Whole trainings on the processor: what they learn, and that an interrupted one goes on bit for bit.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;

use burn::backend::Autodiff;
use burn_flex::{Flex, FlexDevice};
use burn_ndarray::{NdArray, NdArrayDevice};
use pg_base::{
    Array, Batch, BatchSource, Elements, ParamValue, ParamValues, Rng, StableHasher, Trouble,
};
use pg_nn::kernels::BurnKernels;
use pg_nn::train::checkpoint::CheckpointPace;
use pg_nn::train::fit::fit_at_pace;
use pg_nn::train::{OptimizerKind, ScheduleKind};
use pg_nn::{Blueprint, Head, Signal, TrainControl, TrainEvent, TrainJob, TrainSettings, Trained};

use crate::{CpuKernels, entries};

/// Rows in memory.
struct Rows {
    inputs: Vec<[f32; 3]>,
    target: Elements,
    fails: bool,
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

fn points(n_rows: usize, seed: u64) -> Vec<[f32; 3]> {
    let mut rng = Rng::new(seed, "points");
    (0..n_rows).map(|_| [rng.normal() as f32, rng.normal() as f32, rng.normal() as f32]).collect()
}

/// Two classes: inside and outside of a circle.
fn circle(n_rows: usize, seed: u64) -> Arc<Rows> {
    let inputs = points(n_rows, seed);
    let target =
        Elements::I32(inputs.iter().map(|[x, y, _]| i32::from(x * x + y * y > 1.4)).collect());
    Arc::new(Rows { inputs, target, fails: false })
}

/// Classes that have nothing to do with the inputs.
fn noise(n_rows: usize, seed: u64) -> Arc<Rows> {
    let mut rng = Rng::new(seed, "noise");
    let target = Elements::I32((0..n_rows).map(|_| rng.below(2) as i32).collect());
    Arc::new(Rows { inputs: points(n_rows, seed), target, fails: false })
}

fn network(head: Head, has_noise: bool) -> Blueprint {
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

fn job(name: &str) -> TrainJob {
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

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("pg-training-{name}-{}", std::process::id()))
}

fn without_checkpoints(job: TrainJob) -> TrainJob {
    TrainJob { checkpoint_folder: None, ..job }
}

/// Trains on `cpu` with a checkpoint after every step, and hands every event on.
fn train(
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

fn train_quietly(job: &TrainJob) -> Trained {
    train(job, &mut |_, _| {}).expect("trains")
}

/// Cancels after a step; gives the number of steps with which the run began.
fn interrupt(job: &TrainJob, after_step: usize) -> usize {
    let mut n_resumed = 0;
    let outcome = train(job, &mut |event, control| match event {
        TrainEvent::Started { n_steps_resumed, .. } => n_resumed = *n_steps_resumed,
        TrainEvent::Step { step, .. } if *step == after_step => control.cancel.cancel(),
        TrainEvent::Warned { trouble } => panic!("{trouble}"),
        _ => {}
    });
    assert!(outcome.expect_err("cancelled").is_cancelled());
    n_resumed
}

/// Everything but times.
fn numbers(trained: &Trained) -> (Vec<[Option<f64>; 5]>, usize, &str) {
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

fn assert_same(one: &Trained, other: &Trained) {
    assert_eq!(numbers(one), numbers(other));
    assert_eq!(one.history.n_steps, other.history.n_steps);
    // Bits, not numbers: equal fingerprints mean equal bytes.
    assert_eq!(one.weights.fingerprint(), other.weights.fingerprint());
}

#[test]
fn an_interrupted_training_goes_on_bit_for_bit() {
    let job = job("resumed");
    let whole = train_quietly(&without_checkpoints(job.clone()));
    assert_eq!(whole.history.n_steps, 30, "five steps an epoch, the last of eight rows");
    // At the start, within epochs, at their ends, and near the end of all.
    for cuts in [vec![1], vec![4], vec![5], vec![6, 7, 13], vec![10, 29]] {
        let mut n_expected = 0;
        for cut in cuts {
            assert_eq!(interrupt(&job, cut), n_expected);
            n_expected = cut;
        }
        let mut n_resumed = 0;
        let resumed = train(&job, &mut |event, _| {
            if let TrainEvent::Started { n_steps_resumed, .. } = event {
                n_resumed = *n_steps_resumed;
            }
        });
        assert_eq!(n_resumed, n_expected);
        assert_same(&resumed.expect("trains"), &whole);
        assert_eq!(
            std::fs::read_dir(folder("resumed")).expect("folder").count(),
            0,
            "checkpoints are removed"
        );
    }
    let _ = std::fs::remove_dir_all(folder("resumed"));
}

#[test]
fn an_interrupted_training_goes_on_bit_for_bit_on_ndarray() {
    let job = job("ndarray");
    let run = |job: &TrainJob, cut: Option<usize>| {
        let control = TrainControl::default();
        let mut handler = |event: TrainEvent| match event {
            TrainEvent::Step { step, .. } if Some(step) == cut => control.cancel.cancel(),
            _ => {}
        };
        let (device, pace) = (NdArrayDevice::Cpu, CheckpointPace::EVERY_STEP);
        fit_at_pace::<Autodiff<NdArray>, BurnKernels>(job, &control, &mut handler, &device, pace)
    };
    let whole = run(&without_checkpoints(job.clone()), None).expect("trains");
    assert!(run(&job, Some(8)).expect_err("cancelled").is_cancelled());
    assert_same(&run(&job, None).expect("trains"), &whole);
    let _ = std::fs::remove_dir_all(folder("ndarray"));
}

#[test]
fn early_stopping_resumes_and_gives_the_best_epoch_back() {
    let mut job = job("patience");
    job.training = noise(64, 1);
    job.validation = Some(noise(64, 2));
    job.settings.n_epochs = 60;
    job.settings.schedule = ScheduleKind::Constant;
    let whole = train_quietly(&without_checkpoints(job.clone()));
    let history = &whole.history;
    assert_eq!(history.ended_by, "early_stopping");
    assert_eq!(history.epochs.len(), history.best_epoch + 3);
    let losses: Vec<f64> =
        history.epochs.iter().filter_map(|epoch| epoch.validation_loss).collect();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(losses[history.best_epoch - 1], best);

    let cpu = (entries()[0].open)().expect("opens");
    let rows: Vec<usize> = (0..64).collect();
    let batch = job.validation.as_ref().expect("given").gather(&rows, None).expect("rows");
    let answers = cpu
        .load(&job.blueprint, &whole.weights)
        .expect("fits")
        .predict(&batch.inputs)
        .expect("predicts");
    let ids = batch.target.as_ref().and_then(Array::as_i32).expect("ids");
    let probabilities = answers
        .as_f32()
        .expect("numbers")
        .chunks(2)
        .zip(ids)
        .map(|(row, id)| f64::from(row[*id as usize]));
    let loss = -probabilities.map(f64::ln).sum::<f64>() / 64.0;
    assert!((loss - best).abs() < 1e-5, "{loss} is not {best}");

    let n_steps = history.n_steps;
    interrupt(&job, n_steps - 6);
    assert_same(&train_quietly(&job), &whole);
    let _ = std::fs::remove_dir_all(folder("patience"));
}

#[test]
fn networks_learn_classes_and_numbers() {
    let mut classes = without_checkpoints(job("classes"));
    classes.training = circle(600, 1);
    classes.settings.n_epochs = 30;
    classes.settings.patience = None;
    for (head, has_noise) in [(Head::Softmax { n_classes: 2 }, true), (Head::Sigmoid, false)] {
        classes.blueprint = network(head, has_noise);
        let trained = train_quietly(&classes);
        let best = trained
            .history
            .epochs
            .iter()
            .filter_map(|epoch| epoch.validation_score)
            .fold(0.0, f64::max);
        assert_eq!(trained.history.score_name, "accuracy");
        assert!(best > 0.92, "{best}");
    }
    let inputs = points(600, 3);
    let target =
        Elements::F32(inputs.iter().map(|[x, y, z]| 100.0 + 3.0 * x - y.abs() + 0.5 * z).collect());
    let mut values = classes;
    values.blueprint = network(Head::Linear { n_outputs: 1 }, false);
    values.training = Arc::new(Rows { inputs, target, fails: false });
    values.validation = None;
    values.settings.n_epochs = 60;
    values.settings.learning_rate = 0.5;
    values.settings.clip_norm = None;
    let trained = train_quietly(&values);
    assert_eq!((trained.history.score_name.as_str(), trained.history.best_epoch), ("r2", 60));
    let last = trained.history.epochs.last().expect("epochs");
    assert!(last.training_score > 0.9 && last.validation_loss.is_none(), "{last:?}");
}

#[test]
fn a_pause_holds_and_changes_nothing_and_a_stop_keeps() {
    let job = without_checkpoints(job("pause"));
    let whole = train_quietly(&job);
    let control = TrainControl::default();
    let (sender, receiver) = channel();
    let other = control.clone();
    let waker = std::thread::spawn(move || {
        receiver.recv().expect("paused");
        std::thread::sleep(std::time::Duration::from_millis(60));
        other.go_on();
    });
    let mut seen = Vec::new();
    let mut handler = |event: TrainEvent| match event {
        TrainEvent::Step { step: 7, .. } => control.pause(),
        TrainEvent::Paused => {
            seen.push("paused");
            sender.send(()).expect("listening");
        }
        TrainEvent::GoesOn => seen.push("goes on"),
        _ => {}
    };
    let pace = CheckpointPace::default();
    let paused =
        fit_at_pace::<Autodiff<Flex>, CpuKernels>(&job, &control, &mut handler, &FlexDevice, pace);
    assert_same(&paused.expect("trains"), &whole);
    assert_eq!(seen, ["paused", "goes on"]);
    waker.join().expect("no panic");

    let stopped = train(&job, &mut |event, control| {
        if matches!(event, TrainEvent::Step { step: 7, .. }) {
            control.stop_and_keep();
        }
    });
    let history = stopped.expect("kept").history;
    assert_eq!(
        (history.n_steps, history.epochs.len(), history.ended_by.as_str()),
        (7, 2, "stopped")
    );

    let cancelled = train(&job, &mut |event, control| match event {
        TrainEvent::Step { step: 3, .. } => control.pause(),
        TrainEvent::Paused => control.cancel.cancel(),
        _ => {}
    });
    assert!(cancelled.expect_err("cancelled while paused").is_cancelled());
}

#[test]
fn what_goes_wrong_is_told() {
    let good = without_checkpoints(job("wrong"));
    let code = |change: &dyn Fn(&mut TrainJob)| {
        let mut job = good.clone();
        change(&mut job);
        train(&job, &mut |_, _| {}).expect_err("fails").code
    };
    assert_eq!(
        code(&|job| (job.settings.learning_rate, job.settings.clip_norm) = (1e30, None)),
        "loss-not-finite"
    );
    assert_eq!(code(&|job| job.settings.learning_rate = f64::NAN), "train-setting");
    assert_eq!(code(&|job| job.settings.n_epochs = 0), "train-setting");
    assert_eq!(code(&|job| job.settings.batch_size = 1), "batch-of-one");
    assert_eq!(code(&|job| job.training = circle(0, 1)), "no-training-rows");
    assert_eq!(code(&|job| job.settings.loss = pg_nn::train::LossKind::MeanSquared), "loss-head");
    assert_eq!(code(&|job| job.blueprint.head = None), Trouble::INTERNAL);
    let broken =
        |fails| Arc::new(Rows { inputs: points(8, 1), target: Elements::I32(vec![2; 8]), fails });
    assert_eq!(code(&|job| job.training = broken(true)), "file-missing");
    assert_eq!(code(&|job| job.training = broken(false)), "target-class");
    assert_eq!(code(&|job| job.validation = Some(broken(true))), "file-missing");
}

#[test]
fn a_single_last_row_and_a_single_row_in_all_are_fine_where_they_can_be() {
    let mut job = without_checkpoints(job("single"));
    job.training = circle(33, 1);
    job.settings.patience = None;
    assert_eq!(train_quietly(&job).history.n_steps, 12);
    job.blueprint = network(Head::Sigmoid, false);
    assert_eq!(train_quietly(&job).history.n_steps, 18);
    job.training = circle(1, 1);
    assert_eq!(train_quietly(&job).history.n_steps, 6);
}

#[test]
fn a_damaged_checkpoint_is_told_and_the_training_starts_anew() {
    let job = job("damaged");
    let whole = train_quietly(&without_checkpoints(job.clone()));
    interrupt(&job, 7);
    for file in std::fs::read_dir(folder("damaged")).expect("folder") {
        std::fs::write(file.expect("entry").path(), b"not a checkpoint").expect("writable");
    }
    let mut codes = Vec::new();
    let trained = train(&job, &mut |event, _| match event {
        TrainEvent::Warned { trouble } => codes.push(trouble.code.clone()),
        TrainEvent::Started { n_steps_resumed, .. } => assert_eq!(*n_steps_resumed, 0),
        _ => {}
    });
    assert_same(&trained.expect("trains"), &whole);
    assert_eq!(codes, ["checkpoint-damaged", "checkpoint-damaged"]);
    let _ = std::fs::remove_dir_all(folder("damaged"));
}

#[test]
fn trainings_side_by_side_do_not_touch_each_other() {
    let job = without_checkpoints(job("parallel"));
    let alone = train_quietly(&job);
    let others: Vec<_> = (0..3)
        .map(|_| {
            let job = job.clone();
            std::thread::spawn(move || train_quietly(&job))
        })
        .collect();
    for other in others {
        assert_same(&other.join().expect("no panic"), &alone);
    }
    let mut reseeded = job;
    reseeded.seed += 1;
    assert_ne!(train_quietly(&reseeded).weights, alone.weights);
}

#[test]
fn both_devices_predict_the_same() {
    let job = without_checkpoints(job("devices"));
    let weights = train_quietly(&job).weights;
    let inputs = [Array::f32([20, 3], points(20, 9).into_iter().flatten().collect())];
    let mut answers = entries().into_iter().map(|entry| {
        let device = (entry.open)().expect("opens");
        let mut predictor = device.load(&job.blueprint, &weights).expect("fits");
        assert_eq!(predictor.predict(&[Array::f32([0, 3], vec![])]).expect("empty").shape, [0, 2]);
        assert_eq!(predictor.predict(&[]).expect_err("no input").code, "input-count");
        predictor.predict(&inputs).expect("predicts")
    });
    let (cpu, ndarray) = (answers.next().expect("cpu"), answers.next().expect("ndarray"));
    assert_eq!(cpu.shape, [20, 2]);
    for (a, b) in cpu.as_f32().expect("numbers").iter().zip(ndarray.as_f32().expect("numbers")) {
        assert!((a - b).abs() < 1e-5, "{a} is not {b}");
    }
}
