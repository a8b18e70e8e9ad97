//! The form under the test harness: the real window over a sample project, driven by pointer and keys.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{self, Key, Modifiers, Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pg_base::{Lang, ParamKind, ParamValue};
use pg_nn::Devices;
use pg_pipeline::Node;
use pg_session::{Core, SessionOptions};

use crate::files::{Pick, Picker};
use crate::settings::Settings;
use crate::{App, AppOptions};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(1);

struct NoPicker;

impl Picker for NoPicker {
    fn pick(&self, _pick: &Pick) -> Option<PathBuf> {
        None
    }
}

/// The window with a copy of a sample project.
pub(crate) struct Window {
    pub(crate) harness: Harness<'static, App>,
    _folder: tempfile::TempDir,
}

impl Window {
    /// Opens it and waits until it is looked through.
    pub(crate) fn open(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_data");
        for extension in ["csv", "pyro"] {
            let file = format!("{name}.{extension}");
            std::fs::copy(samples.join(&file), folder.path().join(&file)).expect("copied");
        }
        let mut settings = Settings::load(None);
        settings.lang = Some(Lang::En);
        settings.has_seen_tour = true;
        let options = AppOptions {
            project: Some(folder.path().join(format!("{name}.pyro"))),
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
        let mut window = Self { harness, _folder: folder };
        window.until("it is looked through", |app| {
            !app.session().is_analysing() && !app.session().analysis().order.is_empty()
        });
        window.click(Role::Tab, "Outline");
        window
    }

    /// Waits.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&App) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self.harness.state()) {
            assert!(Instant::now() < deadline, "waited in vain until {what}");
            std::thread::sleep(Duration::from_millis(5));
            self.harness.step();
        }
        self.harness.run_steps(3);
    }

    /// Clicks the first thing of this role and name.
    pub(crate) fn click(&mut self, role: Role, name: &str) {
        let found = self.harness.query_all_by_role_and_label(role, name).next();
        found.unwrap_or_else(|| panic!("there is no {role:?} `{name}`")).click();
        self.harness.run_steps(4);
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: Key) {
        self.harness.key_press_modifiers(Modifiers::NONE, key);
        self.harness.run_steps(3);
    }

    /// Types.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.harness.run_steps(3);
    }

    fn is_said(&self, text: &str) -> bool {
        self.harness.query_all_by_label_contains(text).next().is_some()
    }

    /// Chooses the first node that has a parameter like this, by the outline; gives its id and the parameter's.
    fn choose(&mut self, label: &str, is_wanted: fn(&ParamKind) -> bool) -> (String, &'static str) {
        let session = self.harness.state().session();
        let param_of = |node: &Node| {
            let spec = session.core().registry().get(&node.kind)?;
            spec.params.iter().find(|param| param.label.en == label && is_wanted(&param.kind))
        };
        let found = session.document().nodes().find_map(|node| {
            Some((node.id.clone(), crate::names::title(session, node), param_of(node)?.id))
        });
        let (id, title, param) = found.expect("a node with this parameter");
        self.click(Role::ListItem, &title);
        assert_eq!(self.harness.state().view().selection.nodes.iter().collect::<Vec<_>>(), [&id]);
        (id, param)
    }

    fn value(&self, (node, param): &(String, &str)) -> ParamValue {
        let node = self.harness.state().session().document().node(node).expect("node");
        node.params.get(*param).expect("parameter").clone()
    }
}

#[test]
fn what_cannot_be_used_stays_in_its_field_and_changes_nothing() {
    let mut window = Window::open("iris");
    let epochs = window.choose("Epochs", |kind| matches!(kind, ParamKind::Int { .. }));
    let before = window.value(&epochs);
    window.click(Role::SpinButton, "Epochs");
    window.type_text("7");
    assert_eq!(window.value(&epochs), ParamValue::Int(7));
    window.type_text("x");
    window.press(Key::Tab);
    assert_eq!(window.value(&epochs), before);
    assert!(window.is_said("Expected: a whole number"));
    window.click(Role::SpinButton, "Epochs");
    window.type_text("9");
    window.press(Key::Enter);
    assert_eq!(window.value(&epochs), ParamValue::Int(9));
    assert!(!window.is_said("Expected: a whole number"));
}

#[test]
fn typing_is_one_step_and_escape_gives_it_up() {
    let mut window = Window::open("iris");
    let epochs = window.choose("Epochs", |kind| matches!(kind, ParamKind::Int { .. }));
    let before = window.value(&epochs);
    window.click(Role::SpinButton, "Epochs");
    for digit in ["3", "4", "5"] {
        window.type_text(digit);
    }
    window.press(Key::Enter);
    assert_eq!(window.value(&epochs), ParamValue::Int(345));
    assert_eq!(window.harness.state().session().project().history().n_undo(), 1);
    window.click(Role::SpinButton, "Epochs");
    window.type_text("8");
    window.press(Key::Escape);
    assert_eq!(window.value(&epochs), ParamValue::Int(345));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
    assert_eq!(window.value(&epochs), before);
}

#[test]
fn a_column_is_found_by_a_search_and_the_keyboard() {
    let mut window = Window::open("iris");
    let columns = window.choose(
        "Columns",
        |kind| matches!(kind, ParamKind::Columns { kinds } if !kinds.is_empty()),
    );
    window.click(Role::ComboBox, "Columns");
    window.type_text("petal w");
    window.press(Key::Enter);
    assert_eq!(window.value(&columns), ParamValue::Texts(vec!["petal width (cm)".to_owned()]));
    window.press(Key::Escape);
    assert!(window.is_said("petal width (cm)"));
    let group = window.choose("Group column", |kind| matches!(kind, ParamKind::Column { .. }));
    window.click(Role::ComboBox, "Group column");
    // Past three other columns.
    for _ in 0..4 {
        window.press(Key::ArrowDown);
    }
    window.press(Key::Enter);
    assert_eq!(window.value(&group), ParamValue::Text("petal width (cm)".to_owned()));
}

#[test]
fn a_fix_is_one_click() {
    let mut window = Window::open("iris");
    window.choose("Epochs", |kind| matches!(kind, ParamKind::Int { .. }));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::M);
    window.harness.run_steps(4);
    assert!(window.is_said("This node is muted"));
    window.click(Role::Button, "Unmute");
    assert!(!window.is_said("This node is muted"));
}

#[test]
fn every_kind_has_a_form_that_can_be_drawn() {
    let mut window = Window::open("iris");
    let names: Vec<String> = {
        let session = window.harness.state().session();
        session.analysis().order.iter().map(|id| crate::names::title_of(session, id)).collect()
    };
    for name in names {
        window.click(Role::ListItem, &name);
        assert!(window.is_said("What it does"), "{name}");
    }
}
