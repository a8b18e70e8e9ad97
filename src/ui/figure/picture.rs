//! What a layout gives and every back end paints: marks in points from the upper left corner.

use eframe::egui::{Align2, Color32, Pos2, Rect, Vec2};

use super::plane::Plane;

/// A figure laid out in one size and one theme.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    /// Its size.
    pub(super) size: Vec2,
    /// Where values are.
    pub(super) plane: Plane,
    /// Title, legend, gridlines and axes.
    pub(super) back: Vec<Mark>,
    /// What is cut off at the edge of the plot.
    pub(super) data: Vec<Mark>,
    /// Labels in front.
    pub(super) front: Vec<Mark>,
}

/// One thing to paint.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// A line through points.
    Polyline { points: Vec<Pos2>, color: Color32, width: f32, is_dashed: bool },
    /// The space between upper and lower points, from left to right.
    Strip { points: Vec<[Pos2; 2]>, color: Color32 },
    /// A filled shape without dents.
    Polygon { points: Vec<Pos2>, color: Color32 },
    /// A rectangle.
    Rect { rect: Rect, fill: Color32, edge: Option<(f32, Color32)>, radius: f32 },
    /// A dot.
    Dot { center: Pos2, radius: f32, fill: Color32, edge: Option<(f32, Color32)> },
    /// One line of text.
    Text(TextMark),
    /// A grid of colours, row by row from the top.
    Raster { rect: Rect, n_columns: usize, colors: Vec<Color32> },
}

/// One line of text.
#[derive(Clone, Debug)]
pub(crate) struct TextMark {
    /// Point that the anchor lies on.
    pub(crate) at: Pos2,
    /// Which part of the text lies there.
    pub(crate) anchor: Align2,
    /// What it says.
    pub(crate) text: String,
    /// Size in points.
    pub(crate) size: f32,
    /// Colour.
    pub(crate) color: Color32,
    /// Whether in the bold weight.
    pub(crate) is_bold: bool,
    /// Whether it climbs to its end at the upper right, by 45°; then the anchor is its right end.
    pub(crate) is_slanted: bool,
}

/// Height of a row of text above the baseline and below it, as shares of its size (Inter).
pub(super) const ASCENT: f32 = 0.969;
/// See [`ASCENT`].
pub(super) const DESCENT: f32 = 0.241;

impl Mark {
    /// A thin line.
    pub(super) fn line(from: Pos2, to: Pos2, color: Color32) -> Self {
        Self::Polyline { points: vec![from, to], color, width: 1.0, is_dashed: false }
    }

    /// Text.
    pub(super) fn text(
        at: Pos2,
        anchor: Align2,
        text: impl Into<String>,
        size: f32,
        color: Color32,
    ) -> Self {
        Self::Text(TextMark {
            at,
            anchor,
            text: text.into(),
            size,
            color,
            is_bold: false,
            is_slanted: false,
        })
    }
}
