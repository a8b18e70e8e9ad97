//! Sessions without jobs: edits, undo, the journal, files and what is known of the nodes. Jobs need devices and are
//! tested in `src/app/tests`.

use std::fs;
use std::path::Path;
use std::time::Instant;

use pg_base::ParamValue;
use pg_nn::Devices;
use pg_pipeline::{Edit, Link, Node, Targets};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

fn session_in(folder: &Path) -> Session {
    let core = Arc::new(Core::new(Devices::default()));
    let options =
        SessionOptions { unsaved_folder: folder.join("unsaved"), ..SessionOptions::default() };
    Session::new(core, options).expect("a folder to write in")
}

fn apply(session: &mut Session, edit: Edit) {
    session.dispatch(Command::Apply { edit, name: "Edit".into(), merges: false });
}

fn add(session: &mut Session, kind: &str) {
    let spec = session.core().registry().require(kind).expect("a known kind");
    let node = Node::new(kind, spec, spec.default_params(), [0.0, 0.0]);
    apply(session, Edit::AddNode { node: Box::new(node) });
}

fn set_path(session: &mut Session, path: &str) {
    let value = ParamValue::Text(path.to_owned());
    apply(session, Edit::SetParam { id: "csv_file".to_owned(), param: "path".to_owned(), value });
}

fn path_of(session: &Session) -> Option<ParamValue> {
    session.document().node("csv_file").and_then(|node| node.params.get("path")).cloned()
}

/// Codes of what could not be done since the last look.
fn troubles(session: &mut Session) -> Vec<String> {
    let events = session.poll();
    events
        .into_iter()
        .filter_map(
            |event| if let Event::Troubled { trouble } = event { Some(trouble.code) } else { None },
        )
        .collect()
}

fn has_found_journal(session: &mut Session) -> Option<u64> {
    let events = session.poll();
    events.iter().find_map(|event| {
        if let Event::JournalFound { n_edits, .. } = event { Some(*n_edits) } else { None }
    })
}

#[test]
fn steps_go_back_and_forth_and_revisions_rise() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = session_in(folder.path());
    add(&mut session, "csv_file");
    add(&mut session, "fill_missing");
    let link = Link::new(("csv_file", "table"), ("fill_missing", "table"));
    apply(&mut session, Edit::AddLink { link });
    for letter in ["a", "ab", "abc"] {
        let value = ParamValue::Text(letter.to_owned());
        let edit = Edit::SetParam { id: "csv_file".to_owned(), param: "path".to_owned(), value };
        session.dispatch(Command::Apply { edit, name: "Type".into(), merges: true });
    }
    let end = session.document().clone();
    assert_eq!(session.revision(), 6);
    for _ in 0..4 {
        session.dispatch(Command::Undo);
    }
    assert_eq!(session.document().n_nodes(), 0);
    session.dispatch(Command::Undo);
    assert_eq!(session.revision(), 10);
    for _ in 0..4 {
        session.dispatch(Command::Redo);
    }
    assert_eq!(*session.document(), end);
    apply(&mut session, Edit::RemoveNode { id: "nobody".to_owned() });
    session.dispatch(Command::Cancel);
    session.dispatch(Command::Save);
    assert_eq!(troubles(&mut session), ["node-unknown", "job-none", "project-unnamed"]);
    assert_eq!(*session.document(), end);
}

#[test]
fn the_analysis_follows_and_says_how_nodes_stand() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = session_in(folder.path());
    add(&mut session, "csv_file");
    add(&mut session, "fill_missing");
    assert!(session.wait_idle(PATIENCE));
    assert!(
        session
            .analysis()
            .at("fill_missing")
            .any(|diagnostic| diagnostic.trouble.code == "input-open")
    );
    let statuses = session.statuses();
    assert!(matches!(statuses.get("csv_file"), Some(NodeStatus::Blocked { .. })), "{statuses:?}");
    fs::write(folder.path().join("rows.csv"), "a,b\n1,2\n3,4\n").expect("written");
    set_path(&mut session, &folder.path().join("rows.csv").to_string_lossy());
    apply(
        &mut session,
        Edit::AddLink { link: Link::new(("csv_file", "table"), ("fill_missing", "table")) },
    );
    assert!(session.wait_idle(PATIENCE));
    assert_eq!(session.analysis().diagnostics, []);
    let statuses = session.statuses();
    assert!(
        statuses.values().all(|status| matches!(status, NodeStatus::Stale { .. })),
        "{statuses:?}"
    );
    let revision = session.revision();
    assert!(session.poll().contains(&Event::AnalysisChanged { revision }));
}

#[test]
fn edits_that_were_not_saved_come_back_after_a_kill() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("花.pyro");
    let mut session = session_in(folder.path());
    add(&mut session, "csv_file");
    session.dispatch(Command::SaveAs { path: path.clone() });
    assert!(!session.project().is_changed());
    set_path(&mut session, "one.csv");
    set_path(&mut session, "two.csv");
    session.dispatch(Command::Undo);
    assert!(session.project().is_changed());
    let last = session.document().clone();
    drop(session);

    let mut session = session_in(folder.path());
    session.dispatch(Command::Open { path: path.clone() });
    assert_eq!(has_found_journal(&mut session), Some(3));
    set_path(&mut session, "three.csv");
    assert_eq!(troubles(&mut session), ["journal-waits"]);
    session.dispatch(Command::RestoreJournal);
    assert_eq!(*session.document(), last);
    drop(session);

    // Killed again before anything was edited or saved.
    let mut session = session_in(folder.path());
    session.dispatch(Command::Open { path: path.clone() });
    assert_eq!(has_found_journal(&mut session), Some(1));
    session.dispatch(Command::RestoreJournal);
    assert_eq!(*session.document(), last);
    session.dispatch(Command::Save);
    set_path(&mut session, "four.csv");
    drop(session);

    let mut session = session_in(folder.path());
    session.dispatch(Command::Open { path: path.clone() });
    assert_eq!(has_found_journal(&mut session), Some(1));
    session.dispatch(Command::DiscardJournal);
    assert_eq!(*session.document(), last);
    session.dispatch(Command::Close);
    session.dispatch(Command::Open { path });
    assert_eq!(has_found_journal(&mut session), None);
    assert_eq!(troubles(&mut session), [""; 0]);
}

#[test]
fn a_damaged_file_is_restored_from_its_journal() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a.pyro");
    let mut session = session_in(folder.path());
    add(&mut session, "csv_file");
    session.dispatch(Command::SaveAs { path: path.clone() });
    set_path(&mut session, "one.csv");
    let last = session.document().clone();
    drop(session);
    let bytes = fs::read(&path).expect("readable");
    fs::write(&path, &bytes[..bytes.len() / 2]).expect("written");

    let mut session = session_in(folder.path());
    session.dispatch(Command::Open { path: path.clone() });
    session.dispatch(Command::RestoreJournal);
    assert_eq!(*session.document(), last);
    session.dispatch(Command::Save);
    drop(session);
    let mut session = session_in(folder.path());
    session.dispatch(Command::Open { path: path.clone() });
    assert_eq!(*session.document(), last);

    // Without a journal there is only the trouble, and the project that is open stays.
    fs::write(folder.path().join("b.pyro"), "{").expect("written");
    session.poll();
    session.dispatch(Command::Open { path: folder.path().join("b.pyro") });
    assert_eq!(troubles(&mut session), ["project-damaged"]);
    assert_eq!(session.project().path(), Some(&*path));
}

#[test]
fn a_project_that_was_never_saved_comes_back_too() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = session_in(folder.path());
    add(&mut session, "csv_file");
    let last = session.document().clone();
    // A second window does not take it for left behind.
    let found = |session: &mut Session| {
        let events = session.poll();
        events.into_iter().find_map(|event| {
            if let Event::UnsavedFound { folders } = event { Some(folders) } else { None }
        })
    };
    let mut other = session_in(folder.path());
    assert_eq!(found(&mut other), None);
    drop((session, other));

    let mut session = session_in(folder.path());
    let folders = found(&mut session).expect("one was left behind");
    assert_eq!(folders.len(), 1);
    session.dispatch(Command::OpenUnsaved { folder: folders[0].clone() });
    assert_eq!(*session.document(), last);
    assert_eq!(session.project().path(), None);
    session.dispatch(Command::SaveAs { path: folder.path().join("a.pyro") });
    assert!(!folders[0].exists());
    assert_eq!(troubles(&mut session), [""; 0]);
    drop(session);
    assert_eq!(found(&mut session_in(folder.path())), None);
}

#[test]
fn saved_elsewhere_its_paths_lead_to_the_same_files() {
    let folder = tempfile::tempdir().expect("folder");
    let rows = folder.path().join("rows.csv");
    fs::write(&rows, "a,b\n1,2\n").expect("written");
    let mut session = session_in(folder.path());
    add(&mut session, "csv_file");
    set_path(&mut session, &rows.to_string_lossy());
    session.dispatch(Command::SaveAs { path: folder.path().join("a.pyro") });
    assert_eq!(path_of(&session), Some(ParamValue::Text("rows.csv".to_owned())));
    session.dispatch(Command::SaveAs { path: folder.path().join("deep/er/b.pyro") });
    assert_eq!(path_of(&session), Some(ParamValue::Text("../../rows.csv".to_owned())));
    assert!(!session.project().is_changed());
    assert!(session.wait_idle(PATIENCE));
    assert_eq!(session.analysis().diagnostics, []);
    session.dispatch(Command::Undo);
    assert_eq!(path_of(&session), Some(ParamValue::Text("rows.csv".to_owned())));
    assert!(session.project().is_changed());
}

#[test]
fn a_project_is_open_in_one_window_only() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a.pyro");
    let mut session = session_in(folder.path());
    add(&mut session, "csv_file");
    session.dispatch(Command::SaveAs { path: path.clone() });
    let mut other = session_in(folder.path());
    other.dispatch(Command::Open { path: path.clone() });
    assert_eq!(troubles(&mut other), ["project-in-use"]);
    session.dispatch(Command::Open { path: path.clone() });
    assert_eq!(troubles(&mut session), [""; 0]);
    session.dispatch(Command::Close);
    other.dispatch(Command::Open { path });
    assert_eq!(troubles(&mut other), [""; 0]);
    assert_eq!(other.document().n_nodes(), 1);
}

#[test]
fn a_worker_that_cannot_start_is_told() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = session_in(folder.path());
    session.options.worker_program = Some(folder.path().join("no-such-program"));
    session.dispatch(Command::Run { targets: Targets::All });
    assert_eq!(troubles(&mut session), ["worker-start"]);
    assert_eq!(session.job(), None);
}

fn save_as(session: &mut Session, path: &Path) {
    session.dispatch(Command::SaveAs { path: path.to_owned() });
    assert!(session.wait_idle(PATIENCE));
}

/// Puts a run of the document as it is beside the project, as a job would have left it.
fn leave_run(session: &Session, id: u64) {
    let run = RunRecord {
        id,
        started_unix_secs: id,
        seconds: 1.0,
        device: "cpu".to_owned(),
        document: session.document().clone(),
        trainings: BTreeMap::new(),
        metrics: BTreeMap::new(),
        outcome: crate::RunEnd::Done,
        note: String::new(),
    };
    let folder = session.project().cache_folder().join("runs");
    fs::create_dir_all(&folder).expect("folder");
    fs::write(folder.join(format!("{id:06}.json")), serde_json::to_vec(&run).expect("JSON"))
        .expect("written");
}

fn run_ids(session: &Session) -> Vec<u64> {
    session.runs().iter().map(|run| run.id).collect()
}

#[test]
fn runs_are_listed_noted_deleted_and_restored_as_one_step() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a.pyro");
    let mut session = session_in(folder.path());
    add(&mut session, "csv_file");
    set_path(&mut session, "one.csv");
    save_as(&mut session, &path);
    leave_run(&session, 3);
    let ran = session.document().clone();
    set_path(&mut session, "two.csv");
    add(&mut session, "fill_missing");
    let link = Link::new(("csv_file", "table"), ("fill_missing", "table"));
    apply(&mut session, Edit::AddLink { link: link.clone() });
    apply(&mut session, Edit::BendLink { link, points: vec![[1.0, 2.0]] });
    session.dispatch(Command::Save);
    leave_run(&session, 4);
    let later = session.document().clone();

    let mut session = {
        drop(session);
        session_in(folder.path())
    };
    session.dispatch(Command::Open { path });
    assert!(session.wait_idle(PATIENCE));
    assert_eq!(run_ids(&session), [3, 4]);
    assert!(session.poll().contains(&Event::RunsChanged));
    let n_undo = session.project().history().n_undo();
    session.dispatch(Command::RestoreRun { id: 3 });
    assert_eq!(*session.document(), ran);
    let history = session.project().history();
    assert_eq!(history.n_undo(), n_undo + 1);
    assert_eq!(history.undo_name().map(|name| name.en.as_str()), Some("Restore run 3"));
    session.dispatch(Command::Undo);
    assert_eq!(*session.document(), later);
    // It is that one already: nothing to be done.
    session.dispatch(Command::RestoreRun { id: 4 });
    assert_eq!(session.project().history().n_undo(), n_undo);

    session.dispatch(Command::NoteRun { id: 4, note: "best so far".to_owned() });
    session.dispatch(Command::DeleteRun { id: 3 });
    session.dispatch(Command::RestoreRun { id: 3 });
    assert_eq!(troubles(&mut session), ["run-unknown"]);
    let path = folder.path().join("deep/b.pyro");
    save_as(&mut session, &path);
    let paths = |session: &Session| {
        let node = session.runs()[0].document.node("csv_file").expect("a node").clone();
        (run_ids(session), session.runs()[0].note.clone(), node.params["path"].to_string())
    };
    let expected = (vec![4], "best so far".to_owned(), "../two.csv".to_owned());
    assert_eq!(paths(&session), expected);
    drop(session);
    let mut session = session_in(folder.path());
    session.dispatch(Command::Open { path });
    assert!(session.wait_idle(PATIENCE));
    assert_eq!(paths(&session), expected);
}

#[test]
fn former_contents_of_the_file_come_back_as_one_step() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a.pyro");
    let mut session = session_in(folder.path());
    add(&mut session, "csv_file");
    save_as(&mut session, &path);
    let first = session.document().clone();
    let versions = |session: &Session| crate::versions::list(&session.project().cache_folder());
    session.dispatch(Command::Save);
    assert_eq!(versions(&session), []);
    add(&mut session, "fill_missing");
    session.dispatch(Command::Save);
    let second = session.document().clone();
    let found = versions(&session);
    assert_eq!(found.iter().map(|version| version.n_nodes).collect::<Vec<_>>(), [1]);
    session.dispatch(Command::RestoreVersion { path: found[0].path.clone() });
    assert_eq!(*session.document(), first);
    assert!(session.project().is_changed());
    session.dispatch(Command::Undo);
    assert_eq!(*session.document(), second);
    assert!(!session.project().is_changed());
    session.dispatch(Command::RestoreVersion { path: folder.path().join("none.pyro") });
    assert_eq!(troubles(&mut session), ["file-missing"]);
}

#[test]
fn undo_leads_back_to_the_file_and_beyond() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = session_in(folder.path());
    add(&mut session, "csv_file");
    add(&mut session, "fill_missing");
    save_as(&mut session, &folder.path().join("a.pyro"));
    let is_changed = |session: &Session| session.project().is_changed();
    set_path(&mut session, "one.csv");
    assert!(is_changed(&session));
    session.dispatch(Command::Undo);
    assert!(!is_changed(&session));
    session.dispatch(Command::Undo);
    assert!(is_changed(&session));
    session.dispatch(Command::Redo);
    assert!(!is_changed(&session));
    session.dispatch(Command::Redo);
    session.dispatch(Command::Save);
    assert!(!is_changed(&session));
    session.dispatch(Command::Undo);
    assert!(is_changed(&session));
    set_path(&mut session, "two.csv");
    assert!(is_changed(&session), "what the file holds is out of reach");
}

/// As large as a person may ever make one: columns of thirty nodes, wires to the column before.
fn large_document(session: &Session, n_nodes: usize, n_links: usize) -> Document {
    let registry = session.core().registry();
    let mut document = Document::new("large");
    let spec = registry.get("fill_missing").expect("a kind");
    let join = registry.get("concatenate").expect("a kind");
    let mut edits = Vec::new();
    for number in 0..n_nodes {
        let kind = if number % 2 == 0 { spec } else { join };
        let position = [(number / 30) as f32, (number % 30) as f32];
        let node = Node::new(format!("n{number}"), kind, BTreeMap::new(), position);
        edits.push(Edit::AddNode { node: Box::new(node) });
    }
    let tables = (2..n_nodes).step_by(2).map(|number| {
        Link::new((&format!("n{}", number - 2), "table"), (&format!("n{number}"), "table"))
    });
    let networks = (3..n_nodes).step_by(2).flat_map(|number| {
        let from = (1..number).rev().step_by(2).skip(1).take(2);
        from.map(move |from| {
            Link::new((&format!("n{from}"), "network"), (&format!("n{number}"), "network"))
        })
    });
    let insert = tables.chain(networks).take(n_links).enumerate().collect();
    edits.push(Edit::SpliceLinks { remove: Vec::new(), insert });
    Edit::Batch { edits }.apply(&mut document, registry).expect("applies");
    document
}

#[test]
fn edits_of_a_large_document_do_not_hold_up_the_window() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = session_in(folder.path());
    let document = large_document(&session, 2000, 2990);
    assert!(document.links().len() > 2900, "{}", document.links().len());
    session.dispatch(Command::New { document: Box::new(document) });
    assert!(session.wait_idle(PATIENCE));
    let mut slowest = Vec::new();
    let mut measure = |session: &mut Session, name: &str, edits: Vec<Edit>| {
        let mut times: Vec<Duration> = edits
            .into_iter()
            .map(|edit| {
                // The analyst holds the document meanwhile, as it does in the window.
                let started = Instant::now();
                apply(session, edit);
                let took = started.elapsed();
                session.poll();
                let _ = session.project().is_changed();
                took
            })
            .collect();
        times.sort();
        slowest.push((name.to_owned(), times[times.len() / 2], times[times.len() - 1]));
    };
    let moved = |number: usize| Edit::MoveNodes {
        positions: [(format!("n{number}"), [number as f32, 1.0])].into(),
    };
    measure(&mut session, "move", (0..50).map(moved).collect());
    let label =
        |number: usize| Edit::SetLabel { id: format!("n{number}"), label: Some("x".to_owned()) };
    measure(&mut session, "label", (0..50).map(label).collect());
    let link = |number: usize| {
        Link::new((&format!("n{}", number - 2), "table"), (&format!("n{number}"), "table"))
    };
    let cut = |number: usize| Edit::RemoveLink { link: link(number) };
    measure(&mut session, "cut", (2..100).step_by(2).map(cut).collect());
    let wire = |number: usize| Edit::AddLink { link: link(number) };
    measure(&mut session, "wire", (2..100).step_by(2).map(wire).collect());
    let remove = |number: usize| Edit::RemoveNode { id: format!("n{number}") };
    measure(&mut session, "remove", (100..150).map(remove).collect());
    assert_eq!(troubles(&mut session), [""; 0]);
    for (name, median, slowest) in &slowest {
        println!("{name}: median {median:?}, slowest {slowest:?}");
    }
    // Half of it is a guess at how much slower than this a machine that is busy with other tests may be.
    assert!(slowest.iter().all(|(_, median, _)| *median < Duration::from_millis(4)), "{slowest:?}");
}

#[test]
fn trainings_that_memory_cannot_hold_are_told_and_mended() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = session_in(folder.path());
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_data/iris.csv");
    let made = crate::templates::make(
        session.core().registry(),
        "tabular_classification",
        &data,
        None,
        // Shares no folder with the data, so that the path to it is absolute: the session begins in another place.
        Path::new("/elsewhere/iris.pyro"),
    );
    let document = made.expect("made").document;
    session.dispatch(Command::New { document: Box::new(document) });
    save_as(&mut session, &folder.path().join("iris.pyro"));
    let (known, core) = (&session.known, Arc::clone(&session.core));
    let forecast = session.forecast_of("train").expect("it trains");
    assert_eq!((forecast.n_training_rows, forecast.batch_size), (Some(97), 16), "{forecast:?}");
    assert_eq!((forecast.step_ms, forecast.seconds), (None, None));
    assert_eq!(session.forecast_of("split"), None);

    let plan = known.plan.as_ref().expect("a plan");
    let told = |available_bytes: u64| {
        let mut analysis = known.analysis.clone();
        crate::memory::tell_shortages(&mut analysis, &known.trainings, plan, Some(available_bytes));
        analysis.diagnostics.into_iter().find(|found| found.trouble.code == "memory-short")
    };
    assert_eq!(told(forecast.training_bytes), None, "what fits is not refused");
    let need = &known.trainings["train"];
    let short = told(need.least_bytes(16) - 1).expect("too little");
    assert_eq!(short.node, "train");
    let (label, fix) = short.fix.expect("smaller batches fit");
    assert!(label.en.starts_with("Use batches of "), "{label}");
    let mut document = session.document().clone();
    fix.apply(&mut document, core.registry()).expect("applies");
    assert_ne!(document, *session.document());
    let hopeless = told(10).expect("too little for anything");
    assert!(hopeless.fix.is_none() && hopeless.trouble.details.advice.en.contains("one row"));
}
