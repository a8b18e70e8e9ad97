//! A window that is killed at any moment while it edits and saves: what was done is there afterwards.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, io, thread};

use pg_base::Rng;
use pg_nn::Devices;
use pg_pipeline::{Document, Edit, file};
use pg_session::{Command, Core, Event, Session, SessionOptions};

const N_KILLS: usize = 50;
/// Tells this very program, started anew, to be the window that is killed; holds its folder.
const VICTIM: &str = "PYROGRAPH_TEST_VICTIM";

fn project_in(folder: &Path) -> PathBuf {
    folder.join("kept.pyro")
}

fn open(folder: &Path) -> Session {
    let core = Arc::new(Core::new(Devices::default()));
    let options =
        SessionOptions { unsaved_folder: folder.join("unsaved"), ..SessionOptions::default() };
    let mut session = Session::new(core, options).expect("a session");
    if !project_in(folder).exists() {
        session.dispatch(Command::New { document: Box::new(Document::new("kept")) });
        session.dispatch(Command::Apply {
            edit: Edit::SetSeed { seed: 0 },
            name: "Seed".into(),
            merges: false,
        });
        session.dispatch(Command::SaveAs { path: project_in(folder) });
    }
    session.dispatch(Command::Open { path: project_in(folder) });
    if session.poll().iter().any(|event| matches!(event, Event::JournalFound { .. })) {
        session.dispatch(Command::RestoreJournal);
    }
    for event in session.poll() {
        assert!(!matches!(event, Event::Troubled { .. }), "{event:?}");
    }
    session
}

/// Edits and saves until it is killed; says the number of every edit once it is done.
#[test]
fn victim() {
    let Some(folder) = env::var_os(VICTIM).map(PathBuf::from) else { return };
    let mut session = open(&folder);
    let mut out = io::stdout();
    let mut tell =
        |seed: u64| writeln!(out, "seed {seed}").and_then(|()| out.flush()).expect("a pipe");
    tell(session.document().seed());
    loop {
        let seed = session.document().seed() + 1;
        session.dispatch(Command::Apply {
            edit: Edit::SetSeed { seed },
            name: "Seed".into(),
            merges: false,
        });
        tell(seed);
        if seed.is_multiple_of(3) {
            session.dispatch(Command::Save);
        }
        for event in session.poll() {
            assert!(!matches!(event, Event::Troubled { .. }), "{event:?}");
        }
    }
}

#[test]
fn what_was_done_before_a_kill_is_there_after_it() {
    let folder = tempfile::tempdir().expect("folder");
    drop(open(folder.path()));
    let mut rng = Rng::new(3, "kills");
    let mut last = 0;
    for kill in 0..N_KILLS {
        let mut child = process::Command::new(env::current_exe().expect("this program"))
            .args(["--exact", "victim", "--nocapture", "--test-threads=1"])
            .env(VICTIM, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let seed_of = |line: String| {
            line.rsplit_once("seed ").and_then(|(_, number)| number.trim().parse::<u64>().ok())
        };
        let first =
            lines.by_ref().map_while(Result::ok).find_map(seed_of).expect("it opens the project");
        assert!(first >= last, "kill {kill}: {last} was done, {first} came back");
        let wait = Duration::from_micros(rng.below(60_000) as u64);
        let reader = thread::spawn(move || lines.map_while(Result::ok).filter_map(seed_of).last());
        let started = Instant::now();
        while started.elapsed() < wait {
            thread::sleep(Duration::from_micros(100));
        }
        child.kill().expect("a running process");
        child.wait().expect("it ends");
        last = reader.join().expect("reads").unwrap_or(first);
        // The file itself is whole at every moment.
        let session = open(folder.path());
        file::load(&project_in(folder.path()), session.core().registry()).expect("a whole file");
        assert!(session.document().seed() >= last, "kill {kill}: {last} was done");
    }
    assert!(last > N_KILLS as u64, "hardly anything was done");
}
