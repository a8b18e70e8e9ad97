//! The form of the chosen node.
use eframe::egui::Ui;
use crate::cx::Cx;
/// State of the form.
#[derive(Debug)]
pub struct Inspector { /// Whether it is shown.
    pub is_open: bool }
impl Default for Inspector { fn default() -> Self { Self { is_open: true } } }
/// Draws it.
pub fn inspector_ui(_ui: &mut Ui, _cx: &mut Cx<'_>) {}
