//! How good a model is.
use eframe::egui::Ui;
use crate::cx::Cx;
/// State of the panel.
#[derive(Debug, Default)]
pub struct ReportPanel {}
/// Draws it.
pub fn report_ui(_ui: &mut Ui, _cx: &mut Cx<'_>) {}

