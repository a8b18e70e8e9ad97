//! The window on a stage: the real application under the test harness, driven by pointer and keys alone.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use eframe::egui::{self, Key, Modifiers, PointerButton, Pos2, Rect, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};
use egui_system_font_provider::SystemFontProvider;
use pg_base::Lang;
use pg_nn::Devices;
use pg_session::{Core, SessionOptions};
use pg_ui::files::{Pick, Picker};
use pg_ui::settings::{Settings, ThemeChoice};
use pg_ui::{App, AppOptions};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// Answers every question for a file with the next place of a list.
#[derive(Clone, Default)]
pub(crate) struct Answers(Arc<Mutex<VecDeque<PathBuf>>>);

impl Picker for Answers {
    fn pick(&self, _pick: &Pick) -> Option<PathBuf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// How a stage is set up.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) lang: Lang,
    pub(crate) theme: ThemeChoice,
    pub(crate) project: Option<PathBuf>,
    pub(crate) size: Vec2,
    /// Whether frames can be turned into pictures.
    pub(crate) renders: bool,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            lang: Lang::En,
            theme: ThemeChoice::Dark,
            project: None,
            size: Vec2::new(1440.0, 900.0),
            renders: false,
        }
    }
}

/// The window, and what stands around it.
pub(crate) struct Stage {
    pub(crate) harness: Harness<'static, App>,
    answers: Answers,
}

impl Stage {
    /// Opens the window; `folder` holds everything that it writes.
    pub(crate) fn open(folder: &Path, setting: Setting) -> Self {
        let answers = Answers::default();
        let mut settings = Settings::load(None);
        settings.lang = Some(setting.lang);
        settings.theme = setting.theme;
        settings.has_seen_tour = true;
        let options = AppOptions {
            project: setting.project,
            settings,
            session: SessionOptions {
                worker_program: Some(PathBuf::from(env!("CARGO_BIN_EXE_pyrograph"))),
                unsaved_folder: folder.join("unsaved"),
                ..SessionOptions::default()
            },
            picker: Arc::new(answers.clone()),
        };
        let is_chinese = setting.lang == Lang::Zh;
        let mut builder =
            Harness::builder().with_size(setting.size).with_max_steps(60).with_step_dt(1.0 / 60.0);
        if setting.renders {
            builder = builder.wgpu();
        }
        let harness = builder
            .allow_missing_glyphs()
            .with_context_setup(move |ctx| {
                if is_chinese {
                    let fonts = SystemFontProvider::new().with_locale(Some("zh-Hans"));
                    ctx.add_font_provider(Arc::new(fonts));
                }
            })
            .build_eframe(move |cx| {
                let core = Arc::new(Core::new(Devices { entries: pg_cpu::entries() }));
                App::new(&cx.egui_ctx, core, options).expect("a window")
            });
        let mut stage = Self { harness, answers };
        stage.settle();
        stage
    }

    /// The next question for a file is answered with this.
    pub(crate) fn answer(&self, path: impl Into<PathBuf>) {
        self.answers.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(path.into());
    }

    pub(crate) fn app(&self) -> &App {
        self.harness.state()
    }

    /// Draws until nothing goes on beside the window any more.
    pub(crate) fn settle(&mut self) {
        self.until("the window settles", |app| {
            !app.session().is_analysing() && app.session().job().is_none()
        });
        self.harness.run_steps(4);
    }

    /// Draws until something is so.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&App) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        self.harness.run_steps(3);
        while !is_so(self.harness.state()) {
            assert!(Instant::now() < deadline, "waited in vain until {what}");
            std::thread::sleep(Duration::from_millis(5));
            self.harness.step();
        }
        self.harness.run_steps(2);
    }

    /// Draws until something with a label is there.
    pub(crate) fn until_shown(&mut self, label: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.harness.query_all_by_label_contains(label).next().is_none() {
            let is_late = Instant::now() > deadline;
            assert!(
                !is_late,
                "waited in vain for `{label}`; there is: {}",
                self.labels().join(" | ")
            );
            std::thread::sleep(Duration::from_millis(5));
            self.harness.step();
        }
        self.harness.run_steps(2);
    }

    /// The first thing whose label holds a text.
    pub(crate) fn find<'a>(&'a self, label: &'a str) -> Node<'a> {
        // Labels that are just this come before those that hold it too.
        let same = self.harness.query_all_by_label(label).next();
        let found = same.or_else(|| self.harness.query_all_by_label_contains(label).next());
        found.unwrap_or_else(|| {
            panic!("nothing is labelled `{label}`; there is: {}", self.labels().join(" | "))
        })
    }

    fn labels(&self) -> Vec<String> {
        let all = self.harness.query_all(egui_kittest::kittest::By::new());
        all.filter_map(|node| node.accesskit_node().label()).collect()
    }

    /// Where something is.
    pub(crate) fn place(&self, label: &str) -> Rect {
        self.find(label).rect()
    }

    /// Clicks something.
    pub(crate) fn click(&mut self, label: &str) {
        let at = self.place(label).center();
        self.click_at(at);
    }

    /// Clicks the thing with this role and exactly this label that stands furthest to the right.
    pub(crate) fn click_role(&mut self, role: egui::Role, label: &str) {
        let all = self.harness.get_all_by_role_and_label(role, label);
        let places = all.map(|node| node.rect().center());
        let at =
            places.max_by(|a, b| a.x.total_cmp(&b.x)).expect("something with this role and label");
        self.click_at(at);
    }

    pub(crate) fn click_at(&mut self, at: Pos2) {
        self.pointer(at, true, Modifiers::NONE);
        self.pointer(at, false, Modifiers::NONE);
        self.settle_pointer();
    }

    pub(crate) fn double_click(&mut self, label: &str) {
        // Half a second after the last click: three in a row would be something else.
        self.harness.run_steps(30);
        let pos = self.place(label).center();
        self.harness.event(egui::Event::PointerMoved(pos));
        self.harness.step();
        for pressed in [true, false, true, false] {
            let modifiers = Modifiers::NONE;
            self.harness.event(egui::Event::PointerButton {
                pos,
                button: PointerButton::Primary,
                pressed,
                modifiers,
            });
        }
        self.harness.step();
        self.settle_pointer();
    }

    /// Presses in one place, moves in steps, and lets go in another.
    pub(crate) fn drag(&mut self, from: Pos2, to: Pos2) {
        self.pointer(from, true, Modifiers::NONE);
        for step in 1..=4 {
            self.harness.event(egui::Event::PointerMoved(from + (to - from) * (step as f32 / 4.0)));
            self.harness.step();
        }
        self.harness.run_steps(2);
        self.pointer(to, false, Modifiers::NONE);
        self.settle();
    }

    /// Clicks an offer of the open search, after scrolling to it.
    pub(crate) fn click_in_list(&mut self, label: &str) {
        self.harness.get_by_role_and_label(egui::Role::ListBoxOption, label).scroll_to_me();
        self.harness.run_steps(20);
        let at =
            self.harness.get_by_role_and_label(egui::Role::ListBoxOption, label).rect().center();
        self.click_at(at);
    }

    /// Writes a number into a field of the form.
    pub(crate) fn set_number(&mut self, label: &str, number: &str) {
        let is_field = |node: &Node<'_>| node.accesskit_node().role() != egui::Role::Label;
        let field = self.harness.query_all_by_label(label).rfind(is_field);
        field.unwrap_or_else(|| panic!("no field is labelled `{label}`")).focus();
        self.harness.run_steps(4);
        self.press_with(Modifiers::COMMAND, Key::A);
        self.type_text(number);
        self.press(Key::Enter);
    }

    /// Draws a wire between two ports.
    pub(crate) fn wire(&mut self, from: &str, to: &str) {
        let (from, to) = (self.place(from).center(), self.place(to).center());
        self.drag(from, to);
    }

    fn pointer(&mut self, pos: Pos2, pressed: bool, modifiers: Modifiers) {
        self.harness.event(egui::Event::PointerMoved(pos));
        self.harness.event(egui::Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers,
        });
        self.harness.step();
    }

    fn settle_pointer(&mut self) {
        self.harness.run_steps(3);
        // Two clicks in different places are not a double click.
        self.harness.event(egui::Event::PointerGone);
        self.settle();
    }

    pub(crate) fn press(&mut self, key: Key) {
        self.press_with(Modifiers::NONE, key);
    }

    pub(crate) fn press_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(2);
        self.settle();
    }

    /// Types into what has the keyboard.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.harness.run_steps(2);
    }
}
