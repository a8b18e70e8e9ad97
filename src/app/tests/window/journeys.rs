//! Journeys through the whole window as a person makes them: by mouse alone, by keyboard alone, and after a crash.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::stage::{Setting, Stage};
use eframe::egui::{Key, Modifiers, Pos2, Role, Vec2, vec2};
use pg_base::Lang;
use pg_contract::ValueSummary;
use pg_session::{NodeStatus, templates};

fn sample(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_data").join(name);
    path.canonicalize().expect("the sample data")
}

/// A copy of a sample project with its data, where results may be written.
fn copied(folder: &Path, stem: &str) -> PathBuf {
    for extension in ["csv", "pyro"] {
        let name = format!("{stem}.{extension}");
        std::fs::copy(sample(&name), folder.join(&name)).expect("copied");
    }
    folder.join(format!("{stem}.pyro"))
}

fn links(stage: &Stage) -> Vec<String> {
    let mut links: Vec<String> =
        stage.app().session().document().links().iter().map(ToString::to_string).collect();
    links.sort();
    links
}

/// The accuracy of the report that the session holds.
fn accuracy(stage: &Stage) -> f64 {
    let session = stage.app().session();
    let entries = session.document().nodes().filter_map(|node| session.entry(&node.id));
    let metrics =
        entries.flat_map(|entry| entry.outputs.values()).find_map(|summary| match summary {
            ValueSummary::Report { metrics, .. } => metrics.get("accuracy").copied(),
            _ => None,
        });
    metrics.unwrap_or_else(|| panic!("no report: {:?}", session.statuses()))
}

/// A free place on the canvas: the strip above the graph, which is fitted with a margin.
fn free_place(stage: &Stage, column: f32) -> Pos2 {
    let canvas = stage.place("Canvas");
    canvas.min + vec2(canvas.width() * (0.08 + 0.13 * column), 14.0)
}

/// Drags a wire from a port into the empty and takes an offer from the list that opens.
fn grow(stage: &mut Stage, port: &str, to: Pos2, offer: &str) {
    let from = stage.place(port).center();
    stage.drag(from, to);
    stage.until_shown("Search nodes to add");
    stage.click_in_list(offer);
    // The new node may lie outside of what is seen.
    stage.press(Key::Home);
}

#[test]
fn the_iris_graph_is_built_run_saved_and_opened_by_mouse_alone() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::copy(sample("iris.csv"), folder.path().join("iris.csv")).expect("copied");
    let mut stage = Stage::open(folder.path(), Setting::default());
    stage.click("Empty canvas");
    stage.double_click("CSV file");
    assert_eq!(stage.app().session().document().n_nodes(), 1);
    stage.answer(folder.path().join("iris.csv"));
    stage.click("Choose a file");
    stage.until("the file is chosen", |app| {
        let node = app.session().document().node("csv_file");
        node.is_some_and(|node| {
            node.params.get("path").is_some_and(|path| path.to_string().contains("iris.csv"))
        })
    });
    let at = free_place(&stage, 0.0);
    grow(&mut stage, "Port CSV file · output", at, "Set target");
    stage.click_role(Role::ComboBox, "Target");
    stage.until_shown("petal width");
    stage.click("species");
    stage.press(Key::Escape);
    let at = free_place(&stage, 5.0);
    grow(&mut stage, "Port Set target · output", at, "Split");
    let at = free_place(&stage, 1.0);
    grow(&mut stage, "Port Split · output", at, "Standardise");
    let at = free_place(&stage, 2.0);
    grow(&mut stage, "Port Standardise · output", at, "MLP");
    let at = free_place(&stage, 3.0);
    grow(&mut stage, "Port MLP · output", at, "Train");
    stage.wire("Port Standardise · output", "Port Train · input · Table");
    let at = free_place(&stage, 4.0);
    grow(&mut stage, "Port Train · output", at, "Evaluate");
    stage.wire("Port Standardise · output", "Port Evaluate · input · Table");
    assert_eq!(
        links(&stage),
        [
            "csv_file.table → set_target.table",
            "mlp.network → train.network",
            "set_target.table → split.table",
            "split.table → standardise.table",
            "standardise.table → evaluate.table",
            "standardise.table → mlp.table",
            "standardise.table → train.table",
            "train.model → evaluate.model",
        ]
    );
    stage.click_role(Role::Button, "Run");
    assert!(accuracy(&stage) > 0.85, "{}", accuracy(&stage));
    // What the window shows is what the session holds.
    let shown = format!("{:.1} %", accuracy(&stage) * 100.0);
    stage.until_shown(&shown);

    let project = folder.path().join("flowers.pyro");
    stage.answer(&project);
    stage.click("File");
    stage.click("Save");
    stage.until("it is saved", |app| app.session().project().path().is_some());
    let document = stage.app().session().document().clone();
    drop(stage);
    let stage =
        Stage::open(folder.path(), Setting { project: Some(project), ..Setting::default() });
    assert_eq!(stage.app().session().document(), &document);
    let statuses = stage.app().session().statuses();
    assert!(statuses.values().all(|status| *status == NodeStatus::Fresh), "{statuses:?}");
}

#[test]
fn the_iris_graph_is_built_and_run_by_keyboard_alone() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::copy(sample("iris.csv"), folder.path().join("iris.csv")).expect("copied");
    let mut stage = Stage::open(folder.path(), Setting::default());
    let add = |stage: &mut Stage, name: &str| {
        stage.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::A);
        stage.until_shown("Search nodes to add");
        stage.type_text(name);
        stage.press(Key::Enter);
    };
    // By Tab through the welcome screen.
    for _ in 0..60 {
        if stage.find("Empty canvas").is_focused() {
            break;
        }
        stage.press(Key::Tab);
    }
    stage.press(Key::Enter);
    add(&mut stage, "csv");
    stage.press(Key::F4);
    stage.type_text(&folder.path().join("iris.csv").to_string_lossy());
    stage.press(Key::Enter);
    let path = stage
        .app()
        .session()
        .document()
        .node("csv_file")
        .and_then(|node| node.params.get("path"))
        .cloned();
    assert!(path.is_some_and(|path| path.to_string().contains("iris.csv")));
    add(&mut stage, "set target");
    stage.press(Key::F4);
    stage.press(Key::Enter);
    // Down to the last column.
    for _ in 0..8 {
        stage.press(Key::ArrowDown);
    }
    stage.press(Key::Enter);
    stage.press(Key::Escape);
    stage.press(Key::F7);
    for name in ["split", "standardise", "mlp", "train"] {
        add(&mut stage, name);
    }
    // Back to the table, and wire it to the training by name.
    stage.press(Key::F7);
    for _ in 0..2 {
        stage.press(Key::ArrowLeft);
    }
    stage.press(Key::C);
    stage.until_shown("Connect to");
    stage.type_text("train table");
    stage.press(Key::Enter);
    stage.press(Key::ArrowRight);
    stage.press(Key::ArrowRight);
    add(&mut stage, "evaluate");
    stage.press(Key::F7);
    for _ in 0..3 {
        stage.press(Key::ArrowLeft);
    }
    stage.press(Key::C);
    stage.until_shown("Connect to");
    stage.type_text("evaluate table");
    stage.press(Key::Enter);
    assert_eq!(links(&stage).len(), 8, "{:?}", links(&stage));
    stage.press_with(Modifiers::COMMAND, Key::Enter);
    assert!(accuracy(&stage) > 0.85);
}

#[test]
fn fifty_steps_are_undone_and_done_again() {
    let folder = tempfile::tempdir().expect("folder");
    let project = copied(folder.path(), "iris");
    let mut stage =
        Stage::open(folder.path(), Setting { project: Some(project), ..Setting::default() });
    let before = stage.app().session().document().clone();
    let n_steps = |stage: &Stage| stage.app().session().project().history().n_undo();
    for round in 0.. {
        if n_steps(&stage) >= 50 {
            break;
        }
        stage.click("Node CSV file");
        stage.press_with(Modifiers::COMMAND, Key::D);
        stage.press_with(Modifiers::COMMAND, Key::M);
        stage.press_with(Modifiers::ALT, Key::C);
        stage.press_with(Modifiers::ALT, Key::ArrowRight);
        stage.press_with(Modifiers::COMMAND, Key::G);
        if round % 3 == 2 {
            stage.press_with(Modifiers::SHIFT, Key::A);
        }
    }
    let after = stage.app().session().document().clone();
    let n_steps = n_steps(&stage);
    for _ in 0..n_steps {
        stage.press_with(Modifiers::COMMAND, Key::Z);
    }
    assert!(stage.app().session().document() == &before, "undone to the first state");
    for _ in 0..n_steps {
        stage.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    }
    assert!(stage.app().session().document() == &after, "done again to the last state");
}

#[test]
fn a_wire_that_does_not_fit_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().expect("folder");
    let project = copied(folder.path(), "iris");
    let mut stage =
        Stage::open(folder.path(), Setting { project: Some(project), ..Setting::default() });
    let before = links(&stage);
    stage.press(Key::Home);
    stage.wire("Port Train · output", "Port Split · input");
    assert_eq!(links(&stage), before);
    stage.until_shown("carries a model");
    // In a circle.
    stage.wire("Port Standardise · output", "Port Split · input");
    assert_eq!(links(&stage), before);
    stage.until_shown("circle");
}

#[test]
fn the_window_speaks_chinese_at_once_and_everywhere() {
    let folder = tempfile::tempdir().expect("folder");
    let project = copied(folder.path(), "iris");
    let mut stage =
        Stage::open(folder.path(), Setting { project: Some(project), ..Setting::default() });
    stage.click("中文");
    for text in ["运行", "数据", "节点", "问题", "预处理", "撤销"] {
        if text == "撤销" {
            stage.click("编辑");
        }
        stage.until_shown(text);
    }
    assert_eq!(stage.app().view().settings.lang, Some(Lang::Zh));
}

#[test]
fn edits_of_a_killed_window_come_back() {
    let folder = tempfile::tempdir().expect("folder");
    let mut stage = Stage::open(folder.path(), Setting::default());
    stage.click("Empty canvas");
    stage.double_click("CSV file");
    stage.double_click("CSV file");
    let document = stage.app().session().document().clone();
    assert_eq!(document.n_nodes(), 2);
    // The journal is on the disk within a second; then the process is gone without a word.
    std::thread::sleep(Duration::from_millis(1200));
    stage.harness.run_steps(2);
    let left = folder.path().join("left");
    copy_all(&folder.path().join("unsaved"), &left);
    drop(stage);

    let other = tempfile::tempdir().expect("folder");
    copy_all(&left, &other.path().join("unsaved"));
    let mut stage = Stage::open(other.path(), Setting::default());
    stage.until_shown("never saved");
    stage.click("Open");
    stage.settle();
    assert_eq!(stage.app().session().document(), &document);
}

fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folder");
    for entry in std::fs::read_dir(from).expect("folder").flatten() {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &place);
        } else if !entry.file_name().to_string_lossy().ends_with(".lock") {
            std::fs::copy(entry.path(), place).expect("copied");
        }
    }
}

/// Starts a training of iris that goes on for a minute.
fn begin_long_training(folder: &Path) -> Stage {
    let project = copied(folder, "iris");
    let mut stage = Stage::open(folder, Setting { project: Some(project), ..Setting::default() });
    stage.press(Key::Home);
    stage.click("Node Train");
    stage.until_shown("Batch size");
    stage.set_number("Epochs", "100000");
    stage.set_number("Early stopping after", "0");
    // Not waited for.
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    stage
}

#[test]
fn a_killed_worker_is_told_and_the_training_resumes() {
    let folder = tempfile::tempdir().expect("folder");
    let mut stage = begin_long_training(folder.path());
    stage.until("a checkpoint is there", |app| {
        let checkpoints = app.session().project().cache_folder().join("checkpoints");
        let n_files =
            |folder: std::fs::DirEntry| std::fs::read_dir(folder.path()).map_or(0, Iterator::count);
        std::fs::read_dir(checkpoints)
            .is_ok_and(|found| found.flatten().map(n_files).sum::<usize>() > 0)
    });
    let worker = stage.app().session().worker_process_id().expect("a worker");
    let killed = std::process::Command::new("kill")
        .args(["-9", &worker.to_string()])
        .status()
        .expect("kill");
    assert!(killed.success());
    stage.until("the window has noticed", |app| app.session().job().is_none());
    stage.until_shown("Resume");
}

#[test]
fn frames_stay_short_while_a_model_learns() {
    let folder = tempfile::tempdir().expect("folder");
    let mut stage = begin_long_training(folder.path());
    stage.until("it trains", |app| {
        matches!(
            app.session().statuses().get("train"),
            Some(NodeStatus::Running { fraction: Some(_) })
        )
    });
    let mut times = Vec::new();
    for _ in 0..120 {
        std::thread::sleep(Duration::from_millis(16));
        let started = Instant::now();
        stage.harness.step();
        times.push(started.elapsed());
    }
    assert!(stage.app().session().job().is_some(), "it still trains");
    times.sort();
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    eprintln!("a frame while a model learns: {median:?} in the middle, {longest:?} at most");
    // The window's own code is not optimised here, and the training takes both cores.
    assert!(median < Duration::from_millis(60), "{median:?}");
}

#[test]
fn a_beginner_goes_from_the_welcome_to_a_report_with_two_clicks() {
    let folder = tempfile::tempdir().expect("folder");
    let mut stage = Stage::open(
        folder.path(),
        Setting { size: Vec2::new(1440.0, 900.0), ..Setting::default() },
    );
    for template in templates::ALL {
        stage.until_shown(template.text.title.en);
    }
    stage.click("Open with sample data");
    stage.until("the sample is open", |app| app.session().document().n_nodes() > 3);
    stage.settle();
    stage.click_role(Role::Button, "Run");
    assert!(accuracy(&stage) > 0.8);
    stage.until_shown("right in");
}
