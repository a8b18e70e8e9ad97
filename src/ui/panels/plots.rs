//! Pictures of a table.
use eframe::egui::Ui;
use crate::cx::Cx;
/// State of the panel.
#[derive(Debug, Default)]
pub struct PlotsPanel {}
/// Draws it.
pub fn plots_ui(_ui: &mut Ui, _cx: &mut Cx<'_>) {}

