//! What stands in front of everything: welcome, gallery, settings, recovery, palette, tour and help.

mod about;
mod command_line;
mod gallery;
pub mod glossary;
mod palette;
pub mod projects;
mod settings;
pub(crate) mod sheet;
mod shortcuts;
pub(crate) mod tour;
mod versions;
mod welcome;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use eframe::egui::{Context, Ui};
use pg_session::{Command, Event};

use crate::cx::Cx;
use crate::files;
use crate::panels::Tab;

/// A dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Templates.
    Gallery,
    /// Earlier versions.
    Versions,
    /// The same on the command line.
    CommandLine,
    /// Settings.
    Settings,
    /// Everything by name.
    Palette,
    /// All keys.
    Shortcuts,
    /// Words explained.
    Glossary,
    /// The program.
    About,
}

/// State of the dialogs.
#[derive(Debug, Default)]
pub struct Dialogs {
    open: Option<Dialog>,
    is_picking_files: bool,
    pub(crate) projects: projects::Projects,
    pub(crate) gallery: gallery::Gallery,
    welcome: welcome::Welcome,
    tour: tour::Tour,
    palette: palette::Palette,
    pub(crate) glossary: glossary::Glossary,
    shortcuts: shortcuts::Shortcuts,
    versions: versions::Versions,
    model_at_start: Option<PathBuf>,
    /// The limit that the session was told.
    cache_gigabytes: Option<u64>,
    /// The person wants an empty canvas.
    is_welcome_dismissed: bool,
}

impl Dialogs {
    /// Opens a dialog in the place of another.
    pub fn open(&mut self, dialog: Dialog) {
        if dialog == Dialog::Palette {
            self.palette.open();
        }
        self.open = Some(dialog);
    }

    /// Shows a model as soon as the window is drawn.
    pub fn begin_with_model(&mut self, path: PathBuf) {
        self.model_at_start = Some(path);
    }

    /// Begins the tour.
    pub fn start_tour(&mut self) {
        self.open = None;
        self.tour.start();
    }

    /// Whether keys belong to a dialog now.
    pub fn takes_keys(&self) -> bool {
        self.open.is_some()
            || self.is_picking_files
            || self.projects.is_asking()
            || self.gallery.is_asking()
    }

    /// Lets the dialog go.
    pub(crate) fn close(&mut self) {
        self.open = None;
    }

    /// Whether this dialog is open.
    pub(crate) fn is_open(&self, dialog: Dialog) -> bool {
        self.open == Some(dialog)
    }
}

/// Draws what is open.
pub fn show(ctx: &Context, cx: &mut Cx<'_>) {
    let is_wanted = cx.view.settings.uses_native_dialogs;
    cx.view.files.prefer_native(is_wanted);
    let gigabytes = cx.view.settings.cache_gigabytes;
    if cx.view.dialogs.cache_gigabytes.replace(gigabytes) != Some(gigabytes) {
        cx.dispatch(Command::SetCacheLimit { n_bytes: gigabytes << 30 });
    }
    if let Some(path) = cx.view.dialogs.model_at_start.take() {
        open_model(cx, path);
    }
    if let Some(dialog) = cx.view.dialogs.open
        && !dialog_ui(ctx, cx, dialog)
        && cx.view.dialogs.open == Some(dialog)
    {
        cx.view.dialogs.open = None;
    }
    gallery::show(ctx, cx);
    projects::show(ctx, cx);
    files::show(ctx, cx);
    cx.view.dialogs.is_picking_files = cx.view.files.is_asking();
    tour::show(ctx, cx);
    projects::drop_zone_ui(ctx, cx);
}

/// Draws a dialog; false once it has to go.
fn dialog_ui(ctx: &Context, cx: &mut Cx<'_>, dialog: Dialog) -> bool {
    match dialog {
        Dialog::Gallery => gallery::dialog_ui(ctx, cx),
        Dialog::Versions => versions::show(ctx, cx),
        Dialog::CommandLine => command_line::show(ctx, cx),
        Dialog::Settings => settings::show(ctx, cx),
        Dialog::Palette => palette::show(ctx, cx),
        Dialog::Shortcuts => shortcuts::show(ctx, cx),
        Dialog::Glossary => glossary::show(ctx, cx),
        Dialog::About => about::show(ctx, cx),
    }
}

/// Follows what happens.
pub fn hear(cx: &mut Cx<'_>, event: &Event) {
    if let Event::ProjectOpened { .. } = event {
        cx.view.dialogs.is_welcome_dismissed =
            std::mem::take(&mut cx.view.dialogs.gallery.wants_empty);
    }
    projects::hear(cx, event);
    tour::hear(cx, event);
}

/// Whether the welcome screen stands in the place of the canvas.
pub fn is_welcome(cx: &Cx<'_>) -> bool {
    let project = cx.session.project();
    project.path().is_none() && !project.is_changed() && !cx.view.dialogs.is_welcome_dismissed
}

/// Draws the welcome screen.
pub fn welcome_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    welcome::show(ui, cx);
}

/// Shows a model that was written for use elsewhere.
pub(crate) fn open_model(cx: &mut Cx<'_>, path: PathBuf) {
    cx.view.dialogs.is_welcome_dismissed = true;
    cx.show_tab(Tab::Deploy);
    cx.view.panels.deploy.open_bundle(path);
}
