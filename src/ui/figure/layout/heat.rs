//! Coloured cells with numbers in them where they fit.

use eframe::egui::{Align2, Rect, Vec2, pos2, vec2};

use super::super::model::Heat;
use super::super::picture::Mark;
use super::super::plane::Plane;
use super::super::text;
use super::TICK_SIZE;
use super::header::ends;
use crate::theme::{self, Tokens};
use crate::widgets::number;

/// Smaller cells have no room for a number.
const MIN_CELL: Vec2 = vec2(26.0, 14.0);
/// More cells than this have neither gaps nor numbers.
const MAX_CELLS: usize = 64 * 64;

/// The cells.
pub(super) fn heat(heat: &Heat, plane: &Plane, tokens: &Tokens, marks: &mut Vec<Mark>) {
    let n_columns = heat.column_labels.len().max(1);
    let [low, high] = heat.range.or_else(|| ends(&heat.values)).unwrap_or([0.0, 1.0]);
    let color = |value: f64| {
        if !value.is_finite() {
            return tokens.border.gamma_multiply(0.4);
        }
        let fraction = if high > low { ((value - low) / (high - low)) as f32 } else { 1.0 };
        // The lowest value still tells a cell from the ground.
        if heat.is_diverging {
            tokens.diverging(fraction)
        } else {
            tokens.heat(0.06 + 0.94 * fraction)
        }
    };
    if heat.values.len() > MAX_CELLS {
        let colors = heat.values.iter().map(|value| color(*value)).collect();
        marks.push(Mark::Raster { rect: plane.rect, n_columns, colors });
        return;
    }
    let size = vec2(plane.x.step(), plane.y.step());
    let gap = if size.min_elem() > 8.0 { 1.5 } else { 0.0 };
    let radius = if size.min_elem() > 16.0 { 3.0 } else { 0.0 };
    for (index, value) in heat.values.iter().enumerate() {
        let place =
            (plane.x.place((index % n_columns) as f64), plane.y.place((index / n_columns) as f64));
        let (Some(x), Some(y)) = place else { continue };
        let rect = Rect::from_center_size(pos2(x, y), size - vec2(gap, gap));
        let fill = color(*value);
        marks.push(Mark::Rect { rect, fill, edge: None, radius });
        if heat.shows_numbers && (value.is_finite() || !heat.texts.is_empty()) {
            let text = heat.texts.get(index).cloned().unwrap_or_else(|| number(*value));
            if text::width(&text, TICK_SIZE, false) <= rect.width() - 4.0
                && rect.height() >= MIN_CELL.y - 1.5
            {
                let color = theme::on_fill(fill);
                marks.push(Mark::text(
                    rect.center(),
                    Align2::CENTER_CENTER,
                    text,
                    TICK_SIZE,
                    color,
                ));
            }
        }
    }
}

/// Whether most cells of a figure of this size have room for their numbers.
pub(super) fn has_readable_numbers(heat: &Heat, size: Vec2) -> bool {
    // The rest is for title and labels.
    let room = size * vec2(0.75, 1.0) - vec2(0.0, 80.0);
    let (n_columns, n_rows) =
        (heat.column_labels.len().max(1) as f32, heat.row_labels.len().max(1) as f32);
    heat.shows_numbers && room.y / n_rows >= MIN_CELL.y && room.x / n_columns >= MIN_CELL.x
}

/// The cell at a place of the plot.
pub(in super::super) fn cell_at(heat: &Heat, plane: &Plane, [x, y]: [f32; 2]) -> Option<usize> {
    let index = plane.y.category_at(y)? * heat.column_labels.len() + plane.x.category_at(x)?;
    (index < heat.values.len()).then_some(index)
}
