//! A training while it runs and after.
use eframe::egui::Ui;
use crate::cx::Cx;
/// State of the panel.
#[derive(Debug, Default)]
pub struct TrainingPanel {}
/// Draws it.
pub fn training_ui(_ui: &mut Ui, _cx: &mut Cx<'_>) {}
/// Follows what happens.
pub fn hear(_cx: &mut Cx<'_>, _event: &pg_session::Event) {}
impl TrainingPanel {
    /// Whether the training is held.
    pub fn is_paused(&self) -> bool { false }
}
