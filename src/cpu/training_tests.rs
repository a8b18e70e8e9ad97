//! Whole trainings on the processor: what they learn, how they obey, and what they say when something is wrong.

use std::sync::Arc;
use std::sync::mpsc::channel;

use burn::backend::Autodiff;
use burn_flex::{Flex, FlexDevice};
use pg_base::{Array, Elements, Trouble};
use pg_nn::train::OptimizerKind;
use pg_nn::train::checkpoint::CheckpointPace;
use pg_nn::train::diagnosis::diagnose;
use pg_nn::train::fit::fit_at_pace;
use pg_nn::{Head, TrainControl, TrainEvent, TrainJob};

use crate::fixtures::{
    Rows, assert_same, circle, job, network, points, train, train_quietly, without_checkpoints,
};
use crate::{CpuKernels, entries};

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

#[test]
fn many_rows_are_predicted_as_few() {
    let job = without_checkpoints(job("rows"));
    let weights = train_quietly(&job).weights;
    let device = (entries().remove(0).open)().expect("opens");
    let mut predictor = device.load(&job.blueprint, &weights).expect("fits");
    let mut predict = |rows: &[[f32; 3]]| {
        let numbers = rows.iter().flatten().copied().collect();
        let answers = predictor.predict(&[Array::f32([rows.len(), 3], numbers)]).expect("predicts");
        assert_eq!(answers.shape, [rows.len(), 2]);
        answers.as_f32().expect("numbers").to_vec()
    };
    let rows = points(1_100, 9);
    assert_eq!(predict(&rows), rows.chunks(100).flat_map(predict).collect::<Vec<_>>());
}

#[test]
fn gathered_batches_give_what_one_large_batch_gives() {
    for weights in [vec![], vec![0.5, 2.0]] {
        let mut large = without_checkpoints(job("gathered"));
        large.blueprint = network(Head::Softmax { n_classes: 2 }, false);
        large.settings.optimizer = OptimizerKind::sgd();
        large.settings.class_weights = weights;
        // 72 rows: the last step of an epoch has fewer batches, and its last batch fewer rows.
        (large.settings.batch_size, large.settings.learning_rate) = (33, 0.1);
        let mut small = large.clone();
        (small.settings.batch_size, small.settings.n_accumulated) = (11, 3);
        let (large, small) = (train_quietly(&large), train_quietly(&small));
        for (one, other) in large.history.epochs.iter().zip(&small.history.epochs) {
            assert!((one.training_loss - other.training_loss).abs() < 1e-6, "{one:?} {other:?}");
            assert_eq!(one.learning_rate, other.learning_rate);
        }
        for (name, array) in &large.weights.arrays {
            let other = small.weights.arrays[name].as_f32().expect("numbers");
            for (a, b) in array.as_f32().expect("numbers").iter().zip(other) {
                assert!((a - b).abs() < 2e-6, "{name}: {a} is not {b}");
            }
        }
    }
}

#[test]
fn averaged_weights_are_the_running_mean_and_are_the_ones_given_back() {
    let mut plain = without_checkpoints(job("average"));
    plain.validation = None;
    plain.settings.n_epochs = 1;
    plain.settings.batch_size = 24;
    let mut averaged = plain.clone();
    averaged.settings.average_decay = Some(0.15);
    // Decays of the three steps: 0 (the first weights), 0.15, 0.15; the start is shorter only below (1 + n) / (10 + n).
    let after = |n_steps: usize| {
        let control = TrainControl::default();
        let mut handler = |event: TrainEvent| {
            if matches!(event, TrainEvent::Step { step, .. } if step == n_steps) {
                control.stop_and_keep();
            }
        };
        fit_at_pace::<Autodiff<Flex>, CpuKernels>(
            &plain,
            &control,
            &mut handler,
            &FlexDevice,
            CheckpointPace::EVERY_STEP,
        )
        .expect("trains")
        .weights
        .arrays
    };
    let steps = [after(1), after(2), after(3)];
    let found = train_quietly(&averaged).weights.arrays;
    let numbers = |arrays: &std::collections::BTreeMap<String, Array>, name: &str| {
        arrays[name].as_f32().expect("numbers").to_vec()
    };
    for name in found.keys() {
        let [a, b, c] = [0, 1, 2].map(|step| numbers(&steps[step], name));
        for (index, found) in numbers(&found, name).into_iter().enumerate() {
            let expected = if name.contains("running") {
                c[index]
            } else {
                let second = 0.15 * a[index] + 0.85 * b[index];
                0.15 * second + 0.85 * c[index]
            };
            assert!((found - expected).abs() < 1e-6, "{name} {index}: {found} is not {expected}");
        }
    }
}

#[test]
fn a_time_limit_ends_and_keeps_the_best() {
    let mut job = without_checkpoints(job("limit"));
    (job.settings.n_epochs, job.settings.patience) = (1_000_000, None);
    job.settings.max_seconds = Some(0.3);
    let trained = train_quietly(&job);
    let history = &trained.history;
    assert_eq!(history.ended_by, "time_limit");
    assert!(history.seconds >= 0.3 && history.seconds < 30.0);
    assert!((1..=history.epochs.len()).contains(&history.best_epoch));
}

#[test]
fn a_training_notes_why_it_does_not_learn() {
    let mut job = without_checkpoints(job("signs"));
    job.settings.learning_rate = 1e-9;
    job.settings.n_epochs = 5;
    job.settings.patience = None;
    let trained = train_quietly(&job);
    let signs = &trained.history.epochs[4].signs;
    assert!(signs.gradient_norm.expect("noted") > 1e-3);
    assert!((1.0..10.0).contains(&signs.largest_input.expect("noted")));
    assert!((0.5..0.8).contains(&signs.baseline_score.expect("noted")));
    let remarks = diagnose(&trained.history);
    assert!(remarks[0].help.en.contains("very small: try"), "{remarks:?}");
}
