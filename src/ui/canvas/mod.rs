//! The canvas.
pub mod edits;
use eframe::egui::Ui;
use crate::cx::Cx;
/// State of the canvas.
#[derive(Debug, Default)]
pub struct Canvas {}
impl Canvas {
    /// Shows the whole graph.
    pub fn fit(&mut self) {}
    /// Zooms to what is chosen.
    pub fn fit_selection(&mut self) {}
    /// Zooms by a factor around the middle.
    pub fn zoom_by(&mut self, _factor: f32) {}
    /// Zooms to a factor around the middle.
    pub fn zoom_to(&mut self, _zoom: f32) {}
    /// Brings a node into view.
    pub fn reveal(&mut self, _node: &str) {}
    /// Opens the search for a new node in the middle.
    pub fn open_search_in_middle(&mut self) {}
    /// Where a new node goes, in the middle of what is seen.
    pub fn middle(&self) -> [f32; 2] { [0.0, 0.0] }
}
/// Draws it.
pub fn canvas_ui(_ui: &mut Ui, _cx: &mut Cx<'_>) {}
