//! The dialogs under the test harness: the real window, driven by pointer, keys and dropped files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{self, Key, Modifiers, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pg_base::Lang;
use pg_nn::Devices;
use pg_session::{Core, SessionOptions};

use super::Dialog;
use crate::actions;
use crate::files::{Pick, Picker};
use crate::settings::Settings;
use crate::{App, AppOptions};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The system has no dialogs: the window asks by itself.
struct NoPicker;

impl Picker for NoPicker {
    fn pick(&self, _pick: &Pick) -> Option<PathBuf> {
        None
    }

    fn is_there(&self) -> bool {
        false
    }
}

/// A file as it is dropped.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

struct Window {
    harness: Harness<'static, App>,
    folder: tempfile::TempDir,
}

impl Window {
    fn open(lang: Lang, project: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let mut settings = Settings::load(None);
        settings.lang = Some(lang);
        let options = AppOptions {
            project: project.map(Path::to_owned),
            settings,
            session: SessionOptions {
                unsaved_folder: folder.path().join("unsaved"),
                ..SessionOptions::default()
            },
            picker: Arc::new(NoPicker),
        };
        let builder = Harness::builder()
            .with_size(Vec2::new(1440.0, 900.0))
            .with_max_steps(60)
            .allow_missing_glyphs();
        let harness = builder.build_eframe(move |cx| {
            let core = Arc::new(Core::new(Devices { entries: Vec::new() }));
            App::new(&cx.egui_ctx, core, options).expect("a window")
        });
        let mut window = Self { harness, folder };
        window.harness.run_steps(4);
        window
    }

    fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self) {
            assert!(Instant::now() < deadline, "waited in vain until {what}");
            std::thread::sleep(Duration::from_millis(5));
            self.harness.step();
        }
        self.harness.run_steps(3);
    }

    fn is_shown(&self, label: &str) -> bool {
        self.harness.query_all_by_label_contains(label).next().is_some()
    }

    fn until_shown(&mut self, label: &str) {
        self.until(label, |window| window.is_shown(label));
    }

    fn until_gone(&mut self, label: &str) {
        self.until(label, |window| !window.is_shown(label));
    }

    fn click(&mut self, label: &str) {
        self.until_shown(label);
        let same = self.harness.query_all_by_label(label).next();
        same.or_else(|| self.harness.query_all_by_label_contains(label).next())
            .expect("there")
            .click();
        self.harness.run_steps(3);
    }

    fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(3);
    }

    fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.harness.run_steps(3);
    }

    fn drop_file(&mut self, path: &Path) {
        self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.to_owned())));
        self.harness.run_steps(3);
    }

    /// Holds a file over the window.
    fn hover_file(&mut self, path: &Path) {
        let file =
            egui::HoveredFile { path: Some(path.to_owned()), ..egui::HoveredFile::default() };
        self.harness.input_mut().hovered_files.push(file);
        self.harness.run_steps(3);
    }

    fn n_nodes(&self) -> usize {
        self.harness.state().session().document().n_nodes()
    }
}

fn table(folder: &Path) -> PathBuf {
    let path = folder.join("people.csv");
    let mut text = "age,size,smokes\n".to_owned();
    for row in 0..60 {
        let smokes = if row % 3 == 0 { "yes" } else { "no" };
        text.push_str(&format!("{row},{},{smokes}\n", row * 7 % 13));
    }
    std::fs::write(&path, text).expect("written");
    path
}

#[test]
fn a_sample_opens_from_the_welcome_and_the_tour_leads_on() {
    let mut window = Window::open(Lang::En, None);
    window.click("Take the tour");
    window.until_shown("Open a template");
    window.click("Open with sample data");
    window.until("the graph is there", |window| window.n_nodes() > 5);
    assert!(!window.is_shown("What do you want to do?"));
    window.until_shown("The road from data to a model");
    window.click("End the tour");
    window.until_gone("The road from data to a model");
    assert!(window.harness.state().view().settings.has_seen_tour);
}

#[test]
fn own_data_is_dropped_and_its_target_chosen() {
    let mut window = Window::open(Lang::En, None);
    let data = table(window.folder.path());
    window.drop_file(&data);
    window.click("Start with this: Tabular classification");
    window.until_shown("Column to predict");
    window.click("Create the project");
    window.until("the graph is there", |window| window.n_nodes() > 5);
    let document = window.harness.state().session().document();
    let names_target =
        |node: &pg_pipeline::Node| node.params.values().any(|value| value.to_string() == "smokes");
    assert!(document.nodes().any(names_target));
}

#[test]
fn a_starter_graph_is_given_up_without_a_question_and_edits_are_not() {
    let mut window = Window::open(Lang::En, None);
    window.click("Open with sample data");
    window.until("the graph is there", |window| window.n_nodes() > 5);
    window.press(Modifiers::COMMAND, Key::W);
    window.until("it is closed", |window| window.n_nodes() == 0);
    window.click("Open with sample data");
    window.until("the graph is there", |window| window.n_nodes() > 5);
    let n_nodes = window.n_nodes();
    let data = table(window.folder.path());
    window.drop_file(&data);
    window.until("one more is there", |window| window.n_nodes() == n_nodes + 1);
    window.press(Modifiers::COMMAND, Key::W);
    window.until_shown("Save changes to");
}

#[test]
fn data_dropped_on_a_canvas_becomes_a_node() {
    let mut window = Window::open(Lang::En, None);
    window.click("Empty canvas");
    window.until_gone("What do you want to do?");
    let data = table(window.folder.path());
    window.hover_file(&data);
    window.until_shown("Add “people.csv” as data");
    window.harness.input_mut().hovered_files.clear();
    window.drop_file(&data);
    window.until("a node is there", |window| window.n_nodes() == 1);
    window.drop_file(Path::new("/nowhere/letter.docx"));
    window.until_shown("No node reads");
}

#[test]
fn closing_asks_for_what_is_not_saved() {
    let mut window = Window::open(Lang::En, None);
    window.click("Empty canvas");
    let data = table(window.folder.path());
    window.drop_file(&data);
    window.until("a node is there", |window| window.n_nodes() == 1);
    window.press(Modifiers::COMMAND, Key::W);
    window.until_shown("Save changes to");
    window.press(Modifiers::NONE, Key::Escape);
    window.until_gone("Save changes to");
    assert_eq!(window.n_nodes(), 1);
    window.press(Modifiers::COMMAND, Key::W);
    window.click("Don’t save");
    window.until("it is closed", |window| window.n_nodes() == 0);
}

#[test]
fn a_project_is_saved_and_opened_with_our_own_dialog() {
    let mut window = Window::open(Lang::En, None);
    window.click("Empty canvas");
    let data = table(window.folder.path());
    window.drop_file(&data);
    window.until("a node is there", |window| window.n_nodes() == 1);
    let project = window.folder.path().join("mine.pyro");
    window.press(Modifiers::COMMAND, Key::S);
    window.until_shown("Save the project as");
    // The name is selected up to its extension, so that typing replaces it.
    window.press(Modifiers::COMMAND, Key::A);
    window.type_text(&project.with_extension("").to_string_lossy());
    window.press(Modifiers::NONE, Key::Enter);
    window.until("it is saved", |_| project.is_file());
    window.until_gone("Save the project as");
    window.press(Modifiers::COMMAND, Key::W);
    window.until("it is closed", |window| window.n_nodes() == 0);
    window.press(Modifiers::COMMAND, Key::O);
    window.until_shown("Open a project");
    window.press(Modifiers::COMMAND, Key::A);
    window.type_text(&window.folder.path().join("mi").to_string_lossy());
    window.until_shown("mine.pyro");
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.press(Modifiers::NONE, Key::Enter);
    window.until("it is open", |window| window.n_nodes() == 1);
}

#[test]
fn a_save_that_fails_says_so_and_loses_nothing() {
    let mut window = Window::open(Lang::En, None);
    window.click("Empty canvas");
    let data = table(window.folder.path());
    window.drop_file(&data);
    window.until("a node is there", |window| window.n_nodes() == 1);
    // A file stands where a folder would have to be.
    let bad = data.join("mine.pyro");
    window.press(Modifiers::COMMAND, Key::S);
    window.until_shown("Save the project as");
    window.press(Modifiers::COMMAND, Key::A);
    window.type_text(&bad.to_string_lossy());
    window.press(Modifiers::NONE, Key::Enter);
    window.until_shown("could not be saved");
    window.click("Cancel");
    assert_eq!(window.n_nodes(), 1);
}

#[test]
fn the_palette_adds_a_node_by_either_name() {
    let mut window = Window::open(Lang::En, None);
    window.press(Modifiers::COMMAND, Key::P);
    window.type_text("标准化");
    window.until_shown("Standardise");
    window.press(Modifiers::NONE, Key::Enter);
    window.until("a node is there", |window| window.n_nodes() == 1);
}

#[test]
fn every_dialog_draws_in_both_languages_and_goes_with_escape() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_data/iris.pyro");
    let folder = tempfile::tempdir().expect("folder");
    let project = folder.path().join("iris.pyro");
    std::fs::copy(&sample, &project).expect("copied");
    std::fs::copy(sample.with_extension("csv"), folder.path().join("iris.csv")).expect("copied");
    for lang in [Lang::En, Lang::Zh] {
        let mut window = Window::open(lang, Some(&project));
        for (action, dialog) in [
            (&actions::NEW, Dialog::Gallery),
            (&actions::VERSIONS, Dialog::Versions),
            (&actions::COMMAND_LINE, Dialog::CommandLine),
            (&actions::SETTINGS, Dialog::Settings),
            (&actions::SHORTCUTS, Dialog::Shortcuts),
            (&actions::GLOSSARY, Dialog::Glossary),
            (&actions::ABOUT, Dialog::About),
        ] {
            let is_open =
                |window: &Window, dialog| window.harness.state().view().dialogs.is_open(dialog);
            window.press(Modifiers::COMMAND, Key::P);
            assert!(is_open(&window, Dialog::Palette), "{dialog:?}");
            window.type_text(action.label.get(lang).trim_end_matches('…'));
            window.press(Modifiers::NONE, Key::Enter);
            assert!(is_open(&window, dialog), "{dialog:?}");
            window.harness.run_steps(4);
            // The first may leave a field, the second the dialog.
            window.press(Modifiers::NONE, Key::Escape);
            window.press(Modifiers::NONE, Key::Escape);
            assert!(!window.harness.state().view().dialogs.takes_keys(), "{dialog:?}");
        }
    }
}
