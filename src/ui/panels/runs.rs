//! Runs so far.
use eframe::egui::Ui;
use crate::cx::Cx;
/// State of the panel.
#[derive(Debug, Default)]
pub struct RunsPanel {}
/// Draws it.
pub fn runs_ui(_ui: &mut Ui, _cx: &mut Cx<'_>) {}
/// Follows what happens.
pub fn hear(_cx: &mut Cx<'_>, _event: &pg_session::Event) {}
