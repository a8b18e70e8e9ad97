//! An interrupted training goes on bit for bit: on both devices, with every optimizer, on pictures and texts.

use std::sync::Arc;

use burn::backend::Autodiff;
use burn_ndarray::{NdArray, NdArrayDevice};
use pg_base::{Array, Batch, BatchSource, Elements, ParamValues, Rng, Trouble};
use pg_nn::kernels::BurnKernels;
use pg_nn::presets::{self, TransformerText};
use pg_nn::train::checkpoint::CheckpointPace;
use pg_nn::train::fit::fit_at_pace;
use pg_nn::train::{LossKind, Monitor, OptimizerKind, ScheduleKind};
use pg_nn::{Blueprint, Head, Signal, TrainControl, TrainEvent, TrainJob, TrainSettings};

use crate::entries;
use crate::fixtures::{assert_same, folder, job, noise, train, train_quietly, without_checkpoints};

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

/// Rows of one array of any shape.
struct Picked {
    inputs: Array,
    classes: Vec<i32>,
}

impl BatchSource for Picked {
    fn n_rows(&self) -> usize {
        self.inputs.n_rows()
    }

    fn gather(&self, rows: &[usize], _augment_seed: Option<u64>) -> Result<Batch, Trouble> {
        let width = self.inputs.shape[1..].iter().product::<usize>();
        let mut shape = self.inputs.shape.clone();
        shape[0] = rows.len();
        let range = |row: &usize| row * width..(row + 1) * width;
        let elements = match &self.inputs.elements {
            Elements::F32(all) => {
                Elements::F32(rows.iter().flat_map(|row| all[range(row)].to_vec()).collect())
            }
            Elements::I32(all) => {
                Elements::I32(rows.iter().flat_map(|row| all[range(row)].to_vec()).collect())
            }
        };
        let classes = rows.iter().map(|row| self.classes[*row]).collect();
        Ok(Batch {
            inputs: vec![Array { shape, elements }],
            target: Some(Array::i32([rows.len()], classes)),
        })
    }
}

/// A small network of a preset with 21 rows for it.
fn preset(
    signal: Signal,
    push: impl Fn(&mut Blueprint) -> Result<String, Trouble>,
) -> (Blueprint, Arc<Picked>) {
    let mut shape = vec![21];
    shape.extend(&signal.shape);
    let mut rng = Rng::new(4, "preset");
    let n_elements = shape.iter().product();
    let inputs = match signal.vocabulary {
        // Ids 0 at the ends: padding.
        Some(size) => Array::i32(
            shape,
            (0..n_elements)
                .map(|at| if at % 6 == 5 { 0 } else { 1 + rng.below(size - 1) as i32 })
                .collect(),
        ),
        None => Array::f32(shape, (0..n_elements).map(|_| rng.normal() as f32).collect()),
    };
    let mut blueprint = Blueprint::new(vec![signal]);
    blueprint.push("input", "input", ParamValues::new(), &[]).expect("fits");
    let last = push(&mut blueprint).expect("fits");
    blueprint.push("output", "output", ParamValues::new(), &[last]).expect("fits");
    blueprint.head = Some(Head::Sigmoid);
    (
        blueprint,
        Arc::new(Picked { inputs, classes: (0..21).map(|_| rng.below(2) as i32).collect() }),
    )
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
fn pictures_and_texts_go_on_bit_for_bit_with_every_optimizer() {
    let text = TransformerText {
        dim: 16,
        n_heads: 2,
        n_blocks: 1,
        feed_forward: 32,
        dropout: 0.1,
        norm: "pre".to_owned(),
        activation: "gelu".to_owned(),
        pool: "mean".to_owned(),
    };
    let pictures = preset(Signal::numbers([1, 12, 12]), |blueprint| {
        presets::lenet(blueprint, "lenet", "input")
    });
    let texts = preset(Signal::ids(6, 30), |blueprint| text.push(blueprint, "text", "input"));
    let optimizers = [
        OptimizerKind::GradientDescent,
        OptimizerKind::Sgd { momentum: 0.9, nesterov: true },
        OptimizerKind::adam(),
        OptimizerKind::adam_w(),
        OptimizerKind::rms_prop(),
        OptimizerKind::ada_grad(),
        OptimizerKind::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: true },
    ];
    for (index, (blueprint, rows)) in [pictures, texts].into_iter().enumerate() {
        for optimizer in optimizers {
            let mut job = job(&format!("preset-{index}"));
            job.blueprint = blueprint.clone();
            job.training = rows.clone();
            job.validation = Some(rows.clone());
            (job.settings.n_epochs, job.settings.batch_size) = (3, 8);
            job.settings.optimizer = optimizer;
            let whole = train_quietly(&without_checkpoints(job.clone()));
            assert_eq!(interrupt(&job, 4), 0);
            assert_eq!(interrupt(&job, 6), 4);
            assert_same(&train_quietly(&job), &whole);
            let _ = std::fs::remove_dir_all(job.checkpoint_folder.expect("given"));
        }
    }
}

#[test]
fn whatever_has_a_state_goes_on_bit_for_bit() {
    type Change = fn(&mut TrainSettings);
    let changes: [(&str, Change); 9] = [
        ("plateau", |settings| {
            settings.schedule = ScheduleKind::Plateau { factor: 0.1, patience: 0 };
            settings.learning_rate = 0.3;
        }),
        ("restarts", |settings| {
            settings.schedule =
                ScheduleKind::CosineRestarts { n_epochs: 1, multiplier: 2, min_fraction: 0.0 };
        }),
        ("one cycle", |settings| settings.schedule = ScheduleKind::OneCycle),
        ("step", |settings| settings.schedule = ScheduleKind::Step { n_epochs: 2, factor: 0.5 }),
        ("average", |settings| settings.average_decay = Some(0.9)),
        ("accumulated", |settings| settings.n_accumulated = 2),
        ("weights", |settings| {
            settings.class_weights = vec![0.5, 2.0];
            settings.label_smoothing = 0.1;
        }),
        ("focal", |settings| settings.loss = LossKind::Focal { gamma: 2.0, alpha: Some(0.25) }),
        ("score", |settings| {
            settings.monitor = Monitor::Score;
            settings.min_improvement = 0.01;
            settings.patience = Some(2);
        }),
    ];
    for (name, change) in changes {
        let mut job = job(&format!("state-{name}"));
        change(&mut job.settings);
        let whole = train_quietly(&without_checkpoints(job.clone()));
        let n_steps = whole.history.n_steps;
        for cut in [3, 7, 10, n_steps - 6] {
            // A cut within gathered batches goes back to the step before them.
            let n_resumed = interrupt(&job, cut);
            assert!(n_resumed <= cut, "{name}");
        }
        assert_same(&train_quietly(&job), &whole);
        let _ = std::fs::remove_dir_all(job.checkpoint_folder.expect("given"));
    }
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
