//! A table of rows.
use eframe::egui::Ui;
use crate::cx::Cx;
/// State of the panel.
#[derive(Debug, Default)]
pub struct DataPanel {}
/// Draws it.
pub fn data_ui(_ui: &mut Ui, _cx: &mut Cx<'_>) {}

