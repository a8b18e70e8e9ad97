//! Sessions without jobs: edits, undo, the journal, files and what is known of the nodes. Jobs need devices and are
//! tested in `src/app/tests`.

use std::fs;
use std::path::Path;

use pg_base::ParamValue;
use pg_nn::Devices;
use pg_pipeline::{Edit, Link, Node};

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
