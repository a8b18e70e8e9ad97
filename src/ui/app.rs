//! The window as a whole: listens to the session, does what was asked for, and lays out the panels.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{self, CentralPanel, Context, Frame, Margin, Panel, Ui};
use pg_base::{Trouble, say};
use pg_session::{Command, Core, Event, Session, SessionOptions};

use crate::actions::{self, Action, Menu};
use crate::canvas::{Canvas, clipboard, edits};
use crate::cx::{Ask, Cx, Selection, View};
use crate::dialogs::{self, Dialogs};
use crate::files::{Files, NativePicker, Picker};
use crate::inspector::Inspector;
use crate::library::Library;
use crate::panels::Panels;
use crate::settings::{Settings, ThemeChoice};
use crate::theme::{self, size, tokens};
use crate::toasts::Toasts;
use crate::values::Values;
use crate::writes::Writes;
use crate::{classes, inspector, lang, library, panels, top_bar, writes};

/// Changed settings are written after this time without another change.
const SAVE_SETTINGS_AFTER: Duration = Duration::from_secs(1);

/// Points that remain of the window however large everything is made; where it has fewer, nothing is enlarged.
const MIN_ROOM: egui::Vec2 = egui::vec2(1000.0, 600.0);

/// How a window is set up.
#[derive(Clone)]
pub struct AppOptions {
    /// Project to open.
    pub project: Option<PathBuf>,
    /// What the person set.
    pub settings: Settings,
    /// How the session is set up.
    pub session: SessionOptions,
    /// How files are asked for.
    pub picker: Arc<dyn Picker>,
}

impl Default for AppOptions {
    fn default() -> Self {
        let settings = Settings::load(Settings::default_file());
        let session =
            SessionOptions { device: settings.device.clone(), ..SessionOptions::default() };
        Self { project: None, settings, session, picker: Arc::new(NativePicker) }
    }
}

impl std::fmt::Debug for AppOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppOptions").field("project", &self.project).finish_non_exhaustive()
    }
}

/// The window.
#[derive(Debug)]
pub struct App {
    session: Session,
    view: View,
    asks: Vec<Ask>,
    /// Settings as they are applied, and when they last changed without being written.
    applied: Option<Settings>,
    settings_changed_at: Option<Instant>,
    title: String,
    /// Of the window, in points of the system.
    size: Option<egui::Vec2>,
    /// The zoom that was last asked for: the one that was set, or less where the window is small.
    scale: Option<f32>,
}

impl App {
    /// A window over a new session.
    pub fn new(ctx: &Context, core: Arc<Core>, options: AppOptions) -> Result<Self, Trouble> {
        theme::install(ctx);
        let device_is_there = core.devices().find(&options.settings.device).is_ok();
        let mut session_options = options.session;
        if !device_is_there {
            "cpu".clone_into(&mut session_options.device);
        }
        let mut session = Session::new(core, session_options)?;
        let mut in_front = Dialogs::default();
        match options.project {
            Some(path) if dialogs::projects::is_model(&path) => in_front.begin_with_model(path),
            Some(path) => session.dispatch(Command::Open { path }),
            None => {}
        }
        let view = View {
            settings: options.settings,
            selection: Selection::default(),
            statuses: BTreeMap::new(),
            values: Values::default(),
            toasts: Toasts::default(),
            files: Files::new(options.picker),
            writes: Writes::default(),
            canvas: Canvas::default(),
            library: Library::default(),
            inspector: Inspector::default(),
            panels: Panels::default(),
            dialogs: in_front,
        };
        Ok(Self {
            session,
            view,
            asks: Vec::new(),
            applied: None,
            settings_changed_at: None,
            title: String::new(),
            size: None,
            scale: None,
        })
    }

    /// The session behind the window.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What the window remembers.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// What the parts of the window draw with.
    fn cx<'a>(&'a mut self, egui: &'a Context) -> Cx<'a> {
        Cx { session: &self.session, view: &mut self.view, asks: &mut self.asks, egui }
    }

    /// Does what was asked for while the window was drawn.
    fn obey(&mut self, ctx: &Context) {
        // An action may ask for more; a chain has an end because actions only ask for commands.
        while !self.asks.is_empty() {
            for ask in std::mem::take(&mut self.asks) {
                match ask {
                    Ask::Do(command) => self.session.dispatch(command),
                    Ask::Act(action) => self.act(ctx, action),
                }
            }
        }
    }

    fn act(&mut self, ctx: &Context, action: &'static Action) {
        let mut cx = self.cx(ctx);
        if (action.is_enabled)(&cx) {
            (action.run)(&mut cx);
        }
    }

    /// Takes in what happened.
    fn listen(&mut self, ctx: &Context) {
        let events = self.session.poll();
        if !events.is_empty() {
            self.view.statuses = self.session.statuses().clone();
            self.view.canvas.forget_scene();
        }
        let answer = self.view.files.poll();
        let mut cx = self.cx(ctx);
        for event in events {
            hear(&mut cx, &event);
        }
        if let Some((then, path)) = answer {
            then(&mut cx, path);
        }
        writes::hear(&mut cx);
    }

    /// Keys that stand in the table of actions, unless somebody types.
    fn keys(&mut self, ctx: &Context) {
        if self.view.dialogs.takes_keys() || self.view.canvas.takes_keys() {
            return;
        }
        let is_typing = ctx.text_edit_focused();
        if !is_typing {
            self.view.panels.data.take_keys(ctx);
            self.clipboard_keys(ctx);
        }
        for (action, keys) in actions::shortcuts() {
            // Saving and running do not disturb who types.
            let is_harmless =
                matches!(action.menu.0, Menu::File | Menu::Run) && keys.modifiers.command;
            if is_typing && !is_harmless {
                continue;
            }
            if ctx.input_mut(|input| input.consume_shortcut(keys)) {
                self.asks.push(Ask::Act(action));
            }
        }
    }

    /// The system turns Ctrl+C, X and V into events of their own.
    fn clipboard_keys(&mut self, ctx: &Context) {
        let taken = ctx.input_mut(|input| {
            let is_ours = |event: &egui::Event| match event {
                egui::Event::Copy | egui::Event::Cut => true,
                egui::Event::Paste(text) => clipboard::is_clip(text),
                _ => false,
            };
            let taken: Vec<egui::Event> =
                input.events.iter().filter(|event| is_ours(event)).cloned().collect();
            input.events.retain(|event| !is_ours(event));
            taken
        });
        for event in taken {
            match event {
                egui::Event::Copy => self.asks.push(Ask::Act(&actions::COPY)),
                egui::Event::Cut => self.asks.push(Ask::Act(&actions::CUT)),
                egui::Event::Paste(text) => {
                    edits::paste(&mut self.cx(ctx), &text);
                }
                _ => {}
            }
        }
    }

    fn apply_settings(&mut self, ctx: &Context) {
        let settings = &self.view.settings;
        if self.applied.as_ref() == Some(settings) {
            if self.settings_changed_at.is_some_and(|at| at.elapsed() >= SAVE_SETTINGS_AFTER) {
                self.save_settings();
            }
            return;
        }
        lang::set_lang(settings.lang());
        ctx.set_theme(match settings.theme {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
            ThemeChoice::Light => egui::ThemePreference::Light,
        });
        if self.applied.is_some() {
            self.settings_changed_at = Some(Instant::now());
            ctx.request_repaint_after(SAVE_SETTINGS_AFTER);
        }
        self.applied = Some(settings.clone());
        self.apply_scale(ctx);
    }

    /// Makes everything as large as was set, but leaves room for the panels.
    fn apply_scale(&mut self, ctx: &Context) {
        let wanted = self.view.settings.scale;
        let most = self.size.map_or(wanted, |size| {
            let most = (size / MIN_ROOM).min_elem();
            // In steps, so that a window that is being resized does not change its letters all the time.
            ((most * 20.0 + 0.01).floor() / 20.0).max(1.0)
        });
        let scale = Some(wanted.min(most));
        if self.scale != scale {
            self.scale = scale;
            ctx.set_zoom_factor(wanted.min(most));
        }
    }

    fn save_settings(&mut self) {
        self.settings_changed_at = None;
        self.view.settings.window = self.size.map(Into::into);
        self.applied = Some(self.view.settings.clone());
        if let Err(trouble) = self.view.settings.save() {
            self.view.toasts.trouble(&trouble);
        }
    }

    /// The title of the window: project, and a dot while it is not saved.
    fn show_title(&mut self, ctx: &Context) {
        let name = dialogs::projects::name_of(&self.session);
        let mark = if self.session.project().is_changed() { "● " } else { "" };
        let title = format!("{mark}{name} — Pyrograph");
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        classes::set_given(self.session.document().class_colors());
        self.apply_settings(ctx);
        self.keys(ctx);
        self.obey(ctx);
        self.listen(ctx);
        self.obey(ctx);
        let mut cx = self.cx(ctx);
        dialogs::projects::on_close_requested(&mut cx);
        dialogs::projects::on_dropped_files(&mut cx);
        self.show_title(ctx);
        // While something goes on beside the window, it looks again soon; otherwise it sleeps.
        if self.session.job().is_some() {
            ctx.request_repaint_after(Duration::from_millis(33));
        } else if self.session.is_analysing() {
            ctx.request_repaint_after(Duration::from_millis(10));
        } else if self.session.project().is_changed() {
            // The journal goes to the disk within a second.
            ctx.request_repaint_after(Duration::from_secs(1));
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.size = Some(ctx.viewport_rect().size() * ctx.zoom_factor());
        self.apply_scale(&ctx);
        let mut cx = self.cx(&ctx);
        window_ui(ui, &mut cx);
        dialogs::show(&ctx, &mut cx);
        if let Some(action) = cx.view.toasts.show(&ctx) {
            cx.act(action);
        }
        if !self.asks.is_empty() {
            ctx.request_repaint();
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.save_settings();
    }
}

fn hear(cx: &mut Cx<'_>, event: &Event) {
    match event {
        Event::Troubled { trouble } => cx.trouble(trouble),
        Event::Saved { path } => {
            cx.view.settings.remember(path);
            cx.view.toasts.say(say!("Saved", "已保存"));
        }
        // What was told of the last run is settled by the next.
        Event::JobStarted { .. } => cx.view.toasts.forget_actions(),
        Event::WorkerLost { trouble, .. } => {
            cx.view.toasts.trouble_with(trouble, Some(&actions::RUN));
        }
        Event::ProjectOpened { path, .. } => {
            cx.view.selection = Selection::default();
            cx.view.values.clear();
            cx.view.canvas.fit();
            if let Some(path) = path {
                cx.view.settings.remember(path);
            }
        }
        _ => {}
    }
    dialogs::hear(cx, event);
    panels::hear(cx, event);
}

/// Bars, panels and the canvas.
fn window_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let tokens = tokens(ui);
    let bar = Frame::new().fill(tokens.panel).inner_margin(Margin::symmetric(14, 0));
    Panel::top("top-bar")
        .exact_size(size::TOP_BAR)
        .resizable(false)
        .frame(bar)
        .show(ui, |ui| top_bar::top_bar_ui(ui, cx));
    Panel::bottom("status-bar")
        .exact_size(size::STATUS_BAR)
        .resizable(false)
        .frame(bar)
        .show(ui, |ui| top_bar::status_bar_ui(ui, cx));
    if dialogs::is_welcome(cx) {
        CentralPanel::no_frame()
            .frame(Frame::new().fill(tokens.canvas))
            .show(ui, |ui| dialogs::welcome_ui(ui, cx));
        return;
    }
    let side = Frame::new().fill(tokens.panel);
    if cx.view.library.is_open {
        Panel::left("library")
            .default_size(224.0)
            .size_range(180.0..=420.0)
            .frame(side)
            .show(ui, |ui| library::library_ui(ui, cx));
    }
    if cx.view.inspector.is_open {
        Panel::right("inspector")
            .default_size(320.0)
            .size_range(260.0..=560.0)
            .frame(side)
            .show(ui, |ui| inspector::inspector_ui(ui, cx));
    }
    if cx.view.panels.is_maximised && cx.view.panels.is_open {
        CentralPanel::no_frame().frame(side).show(ui, |ui| panels::panels_ui(ui, cx));
        return;
    }
    if cx.view.panels.is_open {
        Panel::bottom("panels")
            .default_size(320.0)
            .size_range(120.0..=720.0)
            .frame(side)
            .show(ui, |ui| panels::panels_ui(ui, cx));
    }
    CentralPanel::no_frame()
        .frame(Frame::new().fill(tokens.canvas))
        .show(ui, |ui| crate::canvas::canvas_ui(ui, cx));
}
