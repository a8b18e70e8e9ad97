//! The worker process over real pipes: runs, controls, and deaths at any moment.

use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, thread};

use pg_base::{CancelToken, ParamValue, Rng};
use pg_contract::RunEvent;
use pg_deploy::{Model, bundle};
use pg_nn::{Devices, TrainControl, TrainEvent};
use pg_pipeline::{Document, Edit, EngineEvent, RunOutcome, Targets};
use pg_session::client::{News, Worker};
use pg_session::runner::DEFAULT_CACHE_BYTES;
use pg_session::worker::{FromWorker, ToWorker};
use pg_session::{
    Command, Core, Event, NodeStatus, RunEnd, RunRequest, Session, SessionOptions, run, templates,
};

#[path = "worker/runs.rs"]
mod runs;

const PATIENCE: Duration = Duration::from_mins(2);
const N_KILLS: usize = 50;

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_pyrograph"))
}

fn core() -> Core {
    Core::new(Devices { entries: pg_cpu::entries() })
}

/// The starter graph on the flowers of iris, trained for so many epochs.
fn flowers(core: &Core, folder: &Path, n_epochs: i64) -> Document {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_data/iris.csv");
    let project = folder.join("flowers.pyro");
    let made = templates::make(core.registry(), "tabular_classification", &data, None, &project)
        .expect("made");
    let mut document = made.document;
    // Absolute, because a session that has not saved yet has another folder than the project will have.
    let absolute = data.canonicalize().expect("the sample data").to_string_lossy().into_owned();
    let edit = Edit::SetParam {
        id: "csv_file".to_owned(),
        param: "path".to_owned(),
        value: ParamValue::Text(absolute),
    };
    edit.apply(&mut document, core.registry()).expect("a parameter of csv_file");
    for (param, value) in [("epochs", n_epochs), ("early_stopping", 0)] {
        let edit = Edit::SetParam {
            id: "train".to_owned(),
            param: param.to_owned(),
            value: ParamValue::Int(value),
        };
        edit.apply(&mut document, core.registry()).expect("a parameter of train");
    }
    document
}

fn request(document: &Document, folder: &Path, name: &str) -> RunRequest {
    RunRequest {
        document: document.clone(),
        base_folder: folder.to_owned(),
        cache_folder: folder.join(name).join("cache"),
        targets: Targets::All,
        device: "cpu".to_owned(),
        seed: None,
        out_folder: Some(folder.join(name).join("out")),
        cache_bytes: DEFAULT_CACHE_BYTES,
    }
}

/// What a run left, without times.
fn left_by(request: &RunRequest) -> (Model, serde_json::Value) {
    let out = request.out_folder.as_deref().expect("asked for");
    let mut model = bundle::load(&out.join("train.pyromodel")).expect("a model");
    let history = &mut model.network_mut().expect("a network").history;
    history.seconds = 0.0;
    history.data_wait_seconds = 0.0;
    history.epochs.iter_mut().for_each(|epoch| epoch.seconds = 0.0);
    let report = fs::read(out.join("evaluate.json")).expect("a report");
    (model, serde_json::from_slice(&report).expect("JSON"))
}

fn uninterrupted(core: &Core, document: &Document, folder: &Path) -> (Model, serde_json::Value) {
    let request = request(document, folder, "uninterrupted");
    let control = TrainControl::new(CancelToken::default());
    let outcome = run(core, &request, &control, &|_| {}).expect("runs");
    assert!(outcome.is_ok(), "{outcome:?}");
    left_by(&request)
}

fn session_in(folder: &Path) -> Session {
    let options = SessionOptions {
        worker_program: Some(program().to_owned()),
        unsaved_folder: folder.join("unsaved"),
        ..SessionOptions::default()
    };
    Session::new(Arc::new(core()), options).expect("a session")
}

fn wait_for(session: &mut Session, what: &str, is_it: impl Fn(&Event) -> bool) -> Event {
    let deadline = Instant::now() + PATIENCE;
    let mut seen = Vec::new();
    while Instant::now() < deadline {
        for event in session.poll() {
            if is_it(&event) {
                return event;
            }
            if !matches!(event, Event::Job { event: EngineEvent::Running { .. }, .. }) {
                seen.push(event);
            }
        }
        thread::sleep(Duration::from_millis(2));
    }
    panic!("{what} did not come; came: {seen:#?}")
}

fn training(event: &Event) -> Option<&TrainEvent> {
    match event {
        Event::Job {
            event: EngineEvent::Running { event: RunEvent::Training(event), .. }, ..
        } => Some(event),
        _ => None,
    }
}

fn is_step(event: &Event) -> bool {
    matches!(training(event), Some(TrainEvent::Step { .. }))
}

fn end(session: &mut Session) -> RunOutcome {
    match wait_for(session, "the end", |event| matches!(event, Event::JobEnded { .. })) {
        Event::JobEnded { outcome, .. } => outcome.expect("an outcome"),
        _ => unreachable!("asked for"),
    }
}

#[test]
fn a_session_runs_in_the_worker_what_is_not_fresh() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = session_in(folder.path());
    let document = flowers(session.core(), folder.path(), 5);
    session.dispatch(Command::New { document: Box::new(document) });
    session.dispatch(Command::SaveAs { path: folder.path().join("flowers.pyro") });
    let started = Instant::now();
    session.dispatch(Command::Run { targets: Targets::All });
    let outcome = end(&mut session);
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(outcome.n_run(), session.document().n_nodes());
    assert!(folder.path().join("flowers.pyromodel").exists());
    assert!(session.wait_idle(PATIENCE), "after {:?}", started.elapsed());
    let statuses = session.statuses();
    assert!(statuses.values().all(|status| *status == NodeStatus::Fresh), "{statuses:?}");
    assert!(session.value("evaluate", "report").is_some());

    let label = Edit::SetLabel { id: "train".to_owned(), label: Some("学习".to_owned()) };
    session.dispatch(Command::Apply { edit: label, name: "Name".into(), merges: false });
    session.dispatch(Command::Run { targets: Targets::All });
    assert_eq!(end(&mut session).n_run(), 0);

    let edit = Edit::SetParam {
        id: "train".to_owned(),
        param: "learning_rate".to_owned(),
        value: ParamValue::Float(0.01),
    };
    session.dispatch(Command::Apply { edit, name: "Rate".into(), merges: false });
    session.dispatch(Command::Run { targets: Targets::to("evaluate") });
    let outcome = end(&mut session);
    let ran: Vec<&str> = outcome
        .steps
        .iter()
        .filter(|step| !step.is_cached)
        .map(|step| step.node.as_str())
        .collect();
    assert_eq!(ran, ["train", "evaluate"]);

    let path = Edit::SetParam {
        id: "csv_file".to_owned(),
        param: "path".to_owned(),
        value: ParamValue::Text("gone.csv".to_owned()),
    };
    session.dispatch(Command::Apply { edit: path, name: "Path".into(), merges: false });
    session.dispatch(Command::Run { targets: Targets::to("train") });
    let outcome = end(&mut session);
    assert_eq!(
        outcome.troubles().map(|trouble| trouble.code.as_str()).collect::<Vec<_>>(),
        ["file-missing"]
    );
    assert_eq!(outcome.n_run(), 1);
}

#[cfg(unix)]
#[test]
fn a_training_is_held_stopped_and_cancelled_and_survives_a_killed_worker() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = session_in(folder.path());
    // Far longer than any machine needs to get to each of the moments below; it is stopped in the end.
    let n_epochs = 60_000;
    let document = flowers(session.core(), folder.path(), n_epochs);
    session.dispatch(Command::New { document: Box::new(document.clone()) });
    session.dispatch(Command::SaveAs { path: folder.path().join("flowers.pyro") });
    let run_all = || Command::Run { targets: Targets::All };

    session.dispatch(run_all());
    wait_for(&mut session, "a step", is_step);
    session.dispatch(run_all());
    wait_for(
        &mut session,
        "a refusal",
        |event| matches!(event, Event::Troubled { trouble } if trouble.code == "job-running"),
    );
    session.dispatch(Command::Pause);
    wait_for(&mut session, "the pause", |event| training(event) == Some(&TrainEvent::Paused));
    session.dispatch(Command::GoOn);
    wait_for(&mut session, "the end of the pause", |event| {
        training(event) == Some(&TrainEvent::GoesOn)
    });
    let statuses = session.statuses();
    assert_eq!(statuses.get("evaluate"), Some(&NodeStatus::Queued), "{statuses:?}");
    assert!(
        matches!(statuses.get("train"), Some(NodeStatus::Running { fraction: Some(_) })),
        "{statuses:?}"
    );
    session.dispatch(Command::Cancel);
    assert!(end(&mut session).is_cancelled());
    assert!(session.wait_idle(PATIENCE));
    assert!(matches!(session.statuses().get("train"), Some(NodeStatus::Stale { .. })));
    assert_eq!(session.lost_job(), None);

    // Killed by the system once a checkpoint is there.
    session.dispatch(run_all());
    let checkpoints = session.project().cache_folder().join("checkpoints");
    wait_for(&mut session, "a checkpoint", |_| {
        fs::read_dir(&checkpoints).is_ok_and(|mut folders| {
            folders.any(|folder| has_files(&folder.expect("entry").path()))
        })
    });
    wait_for(&mut session, "an epoch", |event| {
        matches!(training(event), Some(TrainEvent::Epoch(_)))
    });
    let process_id = session.worker_process_id().expect("a worker");
    if cfg!(target_os = "linux") {
        assert!(session.worker_memory_bytes().is_some_and(|n_bytes| n_bytes > 1 << 20));
    }
    assert!(
        process::Command::new("kill")
            .args(["-9", &process_id.to_string()])
            .status()
            .expect("kill")
            .success()
    );
    let lost =
        wait_for(&mut session, "the loss", |event| matches!(event, Event::WorkerLost { .. }));
    assert!(
        matches!(&lost, Event::WorkerLost { trouble, .. } if trouble.code == "worker-lost"),
        "{lost:?}"
    );
    assert_eq!(session.job(), None);
    let lost = session.lost_job().expect("it is remembered").clone();
    assert!(lost.trainings["train"].epoch > 0, "{lost:?}");
    assert!(session.wait_idle(PATIENCE));
    assert_eq!(session.lost_job(), Some(&lost), "nothing was changed");
    assert!(session.can_resume("train") && !session.can_resume("evaluate"));
    let run = session.runs().last().expect("it was put down");
    assert_eq!(run.outcome, RunEnd::Failed);
    assert!(!run.trainings["train"].history.epochs.is_empty());
    session.dispatch(run_all());
    assert_eq!(session.lost_job(), None);
    let resumed = wait_for(&mut session, "the start", |event| {
        matches!(training(event), Some(TrainEvent::Started { .. }))
    });
    assert!(
        matches!(training(&resumed), Some(TrainEvent::Started { n_steps_resumed: 1.., .. })),
        "{resumed:?}"
    );
    wait_for(&mut session, "a step", is_step);

    session.dispatch(Command::StopAndKeep);
    let outcome = end(&mut session);
    assert!(outcome.is_ok(), "{outcome:?}");
    assert!(session.wait_idle(PATIENCE));
    let Some(pg_contract::Value::Model(model)) = session.value("train", "model") else {
        panic!("no model was kept")
    };
    let history = &model.network().expect("a network").history;
    assert!(!history.epochs.is_empty() && (history.epochs.len() as i64) < n_epochs);
    let run = session.runs().last().expect("it was put down");
    assert_eq!((run.outcome, &run.trainings["train"].history), (RunEnd::Stopped, history));
    assert!(!session.can_resume("train"));
}

#[cfg(unix)]
fn has_files(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

#[test]
fn a_worker_killed_at_any_moment_costs_nothing_but_the_last_second() {
    let folder = tempfile::tempdir().expect("folder");
    let core = core();
    let document = flowers(&core, folder.path(), 5000);
    let expected = uninterrupted(&core, &document, folder.path());
    let request = request(&document, folder.path(), "killed");
    let mut rng = Rng::new(5, "kills");
    let (mut n_kills, mut n_ends, mut n_resumed) = (0, 0, 0);
    while n_kills < N_KILLS {
        if n_kills % 10 == 0 && request.cache_folder.exists() {
            fs::remove_dir_all(&request.cache_folder).expect("removed");
        }
        let mut worker = Worker::start(Some(program())).expect("starts");
        worker.tell(&ToWorker::Run { job: 1, request: Box::new(request.clone()) });
        // Of ten, six while reading, fitting and beginning to train, one well into the training, three soon after it goes on.
        let wait_ms = if n_kills % 10 == 6 { 1500 } else { rng.below(250) };
        let deadline = Instant::now() + Duration::from_millis(wait_ms as u64);
        let mut has_ended = false;
        while let Some(left) =
            deadline.checked_duration_since(Instant::now()).filter(|_| !has_ended)
        {
            match worker.wait(left) {
                Some(News::Said(said)) => {
                    n_resumed += usize::from(is_resumed(&said));
                    has_ended =
                        matches!(&said, FromWorker::Finished { outcome, .. } if outcome.is_ok());
                    assert!(
                        has_ended
                            || !matches!(
                                said,
                                FromWorker::Finished { .. } | FromWorker::Failed { .. }
                            ),
                        "{said:?}"
                    );
                }
                Some(News::Lost(trouble)) => panic!("{trouble}"),
                None => break,
            }
        }
        if has_ended {
            assert!(left_by(&request) == expected, "another result after {n_kills} kills");
            n_ends += 1;
            fs::remove_dir_all(&request.cache_folder).expect("removed");
        } else {
            worker.kill();
            n_kills += 1;
            assert!(is_lost(&mut worker), "its death was not noticed");
        }
    }
    let outcome =
        run(&core, &request, &TrainControl::new(CancelToken::default()), &|_| {}).expect("runs");
    assert!(outcome.is_ok(), "{outcome:?}");
    assert!(left_by(&request) == expected, "another result");
    assert!(n_resumed > 0, "never resumed; {n_ends} ends");
}

fn is_resumed(said: &FromWorker) -> bool {
    matches!(
        said,
        FromWorker::Event {
            event: EngineEvent::Running {
                event: RunEvent::Training(TrainEvent::Started { n_steps_resumed: 1.., .. }),
                ..
            },
            ..
        }
    )
}

fn is_lost(worker: &mut Worker) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(News::Lost(trouble)) = worker.wait(Duration::from_millis(100)) {
            return trouble.code == "worker-lost" && worker.poll().is_none();
        }
    }
    false
}

#[test]
fn a_worker_ends_with_its_window() {
    let mut child = process::Command::new(program())
        .arg("worker")
        .stdin(process::Stdio::piped())
        .stdout(process::Stdio::null())
        .spawn()
        .expect("starts");
    drop(child.stdin.take());
    let deadline = Instant::now() + Duration::from_secs(20);
    while child.try_wait().expect("a child").is_none() {
        assert!(Instant::now() < deadline, "it goes on without a window");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn rubbish_on_the_pipe_ends_the_worker_and_no_more() {
    use std::io::Write;
    let path: PathBuf = program().into();
    for rubbish in [&b"hello, worker"[..], b"\x04\0\0\0{}{}", b"\xff\xff\xff\xff"] {
        let mut child = process::Command::new(&path)
            .arg("worker")
            .stdin(process::Stdio::piped())
            .stdout(process::Stdio::null())
            .stderr(process::Stdio::piped())
            .spawn()
            .expect("starts");
        child.stdin.take().expect("piped").write_all(rubbish).expect("written");
        let output = child.wait_with_output().expect("ends");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
    }
}
