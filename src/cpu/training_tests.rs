//! Whole trainings on the processor: what they learn, how they obey, and what they say when something is wrong.

use std::sync::Arc;
use std::sync::mpsc::channel;

use burn::backend::Autodiff;
use burn_flex::{Flex, FlexDevice};
use pg_base::{Array, Elements, Trouble};
use pg_nn::train::checkpoint::CheckpointPace;
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
