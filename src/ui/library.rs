//! The palette of node kinds.
use eframe::egui::Ui;
use crate::cx::Cx;
/// State of the palette.
#[derive(Debug)]
pub struct Library { /// Whether it is shown.
    pub is_open: bool }
impl Default for Library { fn default() -> Self { Self { is_open: true } } }
/// Draws it.
pub fn library_ui(_ui: &mut Ui, _cx: &mut Cx<'_>) {}
