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
use std::time::SystemTime;

use eframe::egui::{Context, Ui};
use pg_base::say;
use pg_session::{Command, Event};

use crate::cx::Cx;
use crate::files;
use crate::lang::{Tr, tr};
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

/// How long ago something was, for people.
pub(crate) fn ago(time: SystemTime) -> String {
    let Ok(elapsed) = time.elapsed() else { return tr("just now", "刚刚").to_owned() };
    let minutes = elapsed.as_secs() / 60;
    let (hours, days) = (minutes / 60, minutes / 60 / 24);
    let words = match (days, hours, minutes) {
        (0, 0, 0) => return tr("just now", "刚刚").to_owned(),
        (0, 0, n) => say!("{n} min ago", "{n} 分钟前"),
        (0, 1, _) => say!("1 hour ago", "1 小时前"),
        (0, n, _) => say!("{n} hours ago", "{n} 小时前"),
        (1, ..) => return tr("yesterday", "昨天").to_owned(),
        (n, ..) if n < 60 => say!("{n} days ago", "{n} 天前"),
        (n, ..) if n < 700 => {
            let months = n / 30;
            say!("{months} months ago", "{months} 个月前")
        }
        (n, ..) => {
            let years = n / 365;
            say!("{years} years ago", "{years} 年前")
        }
    };
    words.tr().to_owned()
}
