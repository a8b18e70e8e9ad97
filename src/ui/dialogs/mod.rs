//! What stands in front of everything: welcome, gallery, settings, recovery, palette, tour and help.

pub mod projects;

use eframe::egui::{Context, Ui};
use pg_session::Event;

use crate::cx::Cx;

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
}

impl Dialogs {
    /// Opens a dialog in the place of another.
    pub fn open(&mut self, dialog: Dialog) {
        self.open = Some(dialog);
    }

    /// Begins the tour.
    pub fn start_tour(&mut self) {}

    /// Whether keys belong to a dialog now.
    pub fn takes_keys(&self) -> bool {
        self.open.is_some()
    }
}

/// Draws what is open.
pub fn show(_ctx: &Context, _cx: &mut Cx<'_>) {}

/// Follows what happens.
pub fn hear(_cx: &mut Cx<'_>, _event: &Event) {}

/// Whether the welcome screen stands in the place of the canvas.
pub fn is_welcome(_cx: &Cx<'_>) -> bool {
    false
}

/// Draws the welcome screen.
pub fn welcome_ui(_ui: &mut Ui, _cx: &mut Cx<'_>) {}
