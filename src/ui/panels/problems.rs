//! What is wrong.
use eframe::egui::Ui;
use crate::cx::Cx;
/// State of the panel.
#[derive(Debug, Default)]
pub struct ProblemsPanel {}
/// Draws it.
pub fn problems_ui(_ui: &mut Ui, _cx: &mut Cx<'_>) {}

