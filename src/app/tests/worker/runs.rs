//! What is kept of jobs: records that restore what ran, and results that stay fresh when the project is saved.

use pg_session::{RunEnd, RunRecord};

use super::*;

fn saved(folder: &Path, n_epochs: i64) -> Session {
    let mut session = session_in(folder);
    let document = flowers(session.core(), folder, n_epochs);
    session.dispatch(Command::New { document: Box::new(document) });
    session.dispatch(Command::SaveAs { path: folder.join("flowers.pyro") });
    session
}

fn run_all(session: &mut Session) -> RunOutcome {
    session.dispatch(Command::Run { targets: Targets::All });
    let outcome = end(session);
    assert!(session.wait_idle(PATIENCE));
    outcome
}

fn set_rate(session: &mut Session, value: f64) {
    let edit = Edit::SetParam {
        id: "train".to_owned(),
        param: "learning_rate".to_owned(),
        value: ParamValue::Float(value),
    };
    session.dispatch(Command::Apply { edit, name: "Rate".into(), merges: false });
}

fn accuracy(run: &RunRecord) -> Option<f64> {
    run.metrics.get("evaluate")?.get("accuracy").copied()
}

#[test]
fn every_run_is_kept_and_can_be_brought_back() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = saved(folder.path(), 5);
    assert!(run_all(&mut session).is_ok());
    let first = session.document().clone();
    set_rate(&mut session, 0.05);
    assert!(run_all(&mut session).is_ok());

    let [one, two] = session.runs() else { panic!("{:?}", session.runs()) };
    assert_eq!((one.id, one.outcome, one.device.as_str()), (1, RunEnd::Done, "cpu"));
    assert_eq!(one.document, first);
    let training = &two.trainings["train"];
    assert_eq!(training.history.epochs.len(), 5);
    assert_eq!(
        (training.history.ended_by.as_str(), training.history.best_epoch > 0),
        ("finished", true)
    );
    assert!(
        training
            .settings
            .iter()
            .any(|(label, value)| label.en == "Learning rate" && value.en == "0.05"),
        "{:?}",
        training.settings
    );
    assert!(accuracy(one).is_some() && accuracy(two).is_some());
    assert_ne!(one.trainings["train"].history, two.trainings["train"].history);

    session.dispatch(Command::RestoreRun { id: 1 });
    assert!(session.wait_idle(PATIENCE));
    let stale: Vec<&String> = session
        .statuses()
        .iter()
        .filter(|(_, status)| **status != NodeStatus::Fresh)
        .map(|(node, _)| node)
        .collect();
    assert_eq!(stale, ["bundle"], "the file beside the project is that of the second run");
    assert_eq!(run_all(&mut session).n_run(), 1);
    assert_eq!(session.runs().len(), 2, "nothing was trained and nothing judged");

    let runs = session.runs().to_vec();
    drop(session);
    let mut session = session_in(folder.path());
    session.dispatch(Command::Open { path: folder.path().join("flowers.pyro") });
    // What was restored was not saved.
    session.dispatch(Command::RestoreJournal);
    assert!(session.wait_idle(PATIENCE));
    assert_eq!(session.runs(), runs);
}

#[test]
fn results_stay_fresh_when_a_project_is_saved_for_the_first_time() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = session_in(folder.path());
    let mut document = flowers(session.core(), folder.path(), 2);
    // It writes its file beside the project, which then is elsewhere.
    let remove = Edit::RemoveNode { id: "bundle".to_owned() };
    remove.apply(&mut document, session.core().registry()).expect("a node");
    session.dispatch(Command::New { document: Box::new(document) });
    assert!(run_all(&mut session).is_ok());
    assert_eq!(session.runs().len(), 1);
    session.dispatch(Command::SaveAs { path: folder.path().join("deep/flowers.pyro") });
    assert!(session.wait_idle(PATIENCE));
    let path = session.document().node("csv_file").and_then(|node| node.params.get("path"));
    assert!(matches!(path, Some(ParamValue::Text(path)) if path.ends_with("iris.csv")), "{path:?}");
    let statuses = session.statuses();
    assert!(statuses.values().all(|status| *status == NodeStatus::Fresh), "{statuses:?}");
    assert_eq!(session.runs().len(), 1);
    session.dispatch(Command::RestoreRun { id: 1 });
    assert!(session.wait_idle(PATIENCE));
    assert_eq!(run_all(&mut session).n_run(), 0);
}

#[test]
fn a_training_is_timed_before_it_runs() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = saved(folder.path(), 50);
    assert!(session.wait_idle(PATIENCE));
    let before = session.forecast_of("train").expect("it trains");
    assert_eq!((before.n_epochs, before.step_ms), (Some(50), None));
    assert!(before.available_bytes.is_none_or(|available| available > before.training_bytes));
    let measure = || Command::MeasureForecast { node: "train".to_owned() };
    let is_measured = |event: &Event| *event == Event::ForecastChanged { node: "train".to_owned() };
    session.dispatch(measure());
    wait_for(&mut session, "the forecast", is_measured);
    let forecast = session.forecast_of("train").expect("it trains");
    let step_ms = forecast.step_ms.expect("timed");
    let seconds = forecast.seconds.expect("rows and epochs are known");
    // 97 rows in batches of 32 are four steps; validation takes less than another.
    assert!(seconds * 1000.0 >= step_ms * 4.0 * 50.0, "{forecast:?}");
    assert_eq!(session.worker_process_id(), None, "the process that timed it is gone");

    session.dispatch(measure());
    wait_for(&mut session, "the same forecast", is_measured);
    assert_eq!(session.forecast_of("train"), Some(forecast));
}

#[test]
fn a_training_that_memory_cannot_hold_is_refused_before_it_begins() {
    let folder = tempfile::tempdir().expect("folder");
    let core = core();
    let mut document = flowers(&core, folder.path(), 5);
    let edit = Edit::SetParam {
        id: "mlp".to_owned(),
        param: "hidden".to_owned(),
        value: ParamValue::Ints(vec![8192; 2048]),
    };
    edit.apply(&mut document, core.registry()).expect("a parameter of mlp");
    let request = request(&document, folder.path(), "large");
    let outcome = run(&core, &request, &TrainControl::default(), &|_| {}).expect("runs");
    let codes: Vec<&str> = outcome.troubles().map(|trouble| trouble.code.as_str()).collect();
    assert_eq!(codes, ["memory-short"], "{outcome:?}");
    let trouble = outcome.troubles().next().expect("one");
    assert_eq!(trouble.details.place.node.as_deref(), Some("train"));
}
