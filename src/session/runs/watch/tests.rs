//! Tests of records: what is put down of a job, and what is not.

use pg_base::{ParamValues, StableHasher};
use pg_nn::EpochRecord;

use super::*;

fn epoch(epoch: usize) -> EpochRecord {
    EpochRecord {
        epoch,
        training_loss: 1.0 / epoch as f64,
        validation_loss: None,
        training_score: 0.5,
        validation_score: None,
        learning_rate: 0.1,
        seconds: 0.25,
        signs: pg_nn::train::Signs::default(),
    }
}

fn training(event: TrainEvent) -> EngineEvent {
    EngineEvent::Running { node: "train".to_owned(), event: RunEvent::Training(event) }
}

fn started(n_steps_resumed: usize) -> EngineEvent {
    training(TrainEvent::Started { n_params: 9, n_steps: 40, n_epochs: 4, n_steps_resumed })
}

fn ended(node: &str, is_cached: bool, summary: ValueSummary) -> EngineEvent {
    EngineEvent::Ended {
        result: StepResult {
            node: node.to_owned(),
            kind: node.to_owned(),
            seconds: 1.0,
            is_cached,
            n_bytes: 0,
            warnings: Vec::new(),
            outcome: StepOutcome::Done { outputs: BTreeMap::from([("out".to_owned(), summary)]) },
        },
    }
}

fn model(is_cached: bool) -> EngineEvent {
    ended("train", is_cached, ValueSummary::Model { n_params: 9, n_epochs: 4, best_epoch: 4 })
}

fn report(is_cached: bool) -> EngineEvent {
    let metrics = BTreeMap::from([("accuracy".to_owned(), 0.75), ("r2".to_owned(), f64::NAN)]);
    ended(
        "evaluate",
        is_cached,
        ValueSummary::Report { metrics, targets: Vec::new(), conclusions: Vec::new() },
    )
}

fn record(events: &[EngineEvent], end: RunEnd, earlier: &[RunRecord]) -> Option<RunRecord> {
    let registry = pg_nodes::registry();
    let spec = registry.get("train").expect("a kind");
    let params = ParamValues::from([
        ("epochs".to_owned(), ParamValue::Int(4)),
        ("optimizer".to_owned(), ParamValue::Text("sgd".to_owned())),
        ("nesterov".to_owned(), ParamValue::Bool(true)),
        // Without effect, because the loss is another.
        ("huber_delta".to_owned(), ParamValue::Float(2.0)),
    ]);
    let mut document = Document::new("runs");
    let node = Box::new(Node::new("train", spec, params, [0.0; 2]));
    pg_pipeline::Edit::AddNode { node }.apply(&mut document, &registry).expect("adds");
    let mut watch = Watch::new(document, "cpu".to_owned());
    for event in events {
        watch.follow(event);
    }
    let key = StableHasher::new().text("train").finish();
    watch.record(end, &BTreeMap::from([("train".to_owned(), key)]), &registry, earlier)
}

fn epochs(record: &RunRecord) -> Vec<usize> {
    record.trainings["train"].history.epochs.iter().map(|record| record.epoch).collect()
}

#[test]
fn a_run_is_put_down_with_its_settings_history_and_metrics() {
    let history = History {
        score_name: "accuracy".to_owned(),
        epochs: vec![epoch(1), epoch(2)],
        best_epoch: 2,
        ended_by: "finished".to_owned(),
        ..History::default()
    };
    let events = [
        started(0),
        training(TrainEvent::Epoch(epoch(1))),
        training(TrainEvent::Ended { history: history.clone() }),
        model(false),
        report(false),
    ];
    let record = record(&events, RunEnd::Done, &[]).expect("a run to remember");
    assert_eq!(record.trainings["train"].history, history);
    let settings: Vec<String> = record.trainings["train"]
        .settings
        .iter()
        .map(|(label, value)| format!("{label}: {value} / {}", value.zh))
        .collect();
    assert_eq!(
        settings,
        ["Epochs: 4 / 4", "Optimizer: SGD with momentum / 带动量的 SGD", "Nesterov: yes / 是",]
    );
    assert_eq!(record.metrics["evaluate"], BTreeMap::from([("accuracy".to_owned(), 0.75)]));
    let json = serde_json::to_string(&record).expect("JSON");
    assert_eq!(serde_json::from_str::<RunRecord>(&json).expect("the same"), record);
}

#[test]
fn what_trained_and_judged_nothing_is_not_put_down() {
    assert!(record(&[], RunEnd::Done, &[]).is_none());
    assert!(record(&[model(true), report(true)], RunEnd::Done, &[]).is_none());
    assert!(record(&[started(0)], RunEnd::Cancelled, &[]).is_none(), "not one epoch was done");
}

#[test]
fn a_model_that_was_there_brings_its_training_along() {
    let first = record(&[started(0), training(TrainEvent::Epoch(epoch(1)))], RunEnd::Failed, &[]);
    let earlier = [first.expect("one epoch was done")];
    let second = record(&[model(true), report(false)], RunEnd::Done, &earlier).expect("judged");
    assert_eq!(second.trainings, earlier[0].trainings);
}

#[test]
fn a_training_that_broke_off_twice_tells_of_all_its_epochs() {
    let told = |epochs: &[usize], n_resumed: usize| {
        let told = epochs.iter().map(|number| training(TrainEvent::Epoch(epoch(*number))));
        std::iter::once(started(n_resumed)).chain(told).collect::<Vec<_>>()
    };
    let first = record(&told(&[1, 2, 3], 0), RunEnd::Failed, &[]).expect("epochs were done");
    let second = record(&told(&[3, 4], 20), RunEnd::Failed, &[first]).expect("epochs were done");
    assert_eq!(epochs(&second), [1, 2, 3, 4]);
}

#[test]
fn a_training_under_way_tells_how_far_it_is() {
    let mut watch = Watch::new(Document::new(""), "cpu".to_owned());
    watch.follow(&started(10));
    let step = TrainEvent::Step {
        step: 17,
        epoch: 2,
        loss: 1.0,
        learning_rate: 0.1,
        rows_per_second: 1.0,
        seconds_left: 1.0,
    };
    watch.follow(&training(step));
    let reached = Reached { step: 17, epoch: 2, n_steps: 40, n_epochs: 4 };
    assert_eq!(watch.reached(), BTreeMap::from([("train".to_owned(), reached)]));
    watch.follow(&training(TrainEvent::Ended { history: History::default() }));
    assert_eq!(watch.reached(), BTreeMap::new());
}
