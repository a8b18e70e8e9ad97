//! Pictograms of node kinds, drawn by us as SVG and found by the id of the kind, and the icon of the window.

use eframe::egui::IconData;

/// The icon of the window.
pub fn window_icon() -> IconData {
    IconData::default()
}
