//! A network layer by layer.
use eframe::egui::Ui;
use crate::cx::Cx;
/// State of the panel.
#[derive(Debug, Default)]
pub struct NetworkPanel {}
/// Draws it.
pub fn network_ui(_ui: &mut Ui, _cx: &mut Cx<'_>) {}

