//! The top of a figure: title at the left, legend at the right or below, and a note.

use eframe::egui::{Align2, Color32, Rect, Vec2, pos2, vec2};

use super::super::model::{Figure, Layer, Line, Points};
use super::super::picture::{Mark, TextMark};
use super::super::text;
use super::{LABEL_SIZE, TITLE_SIZE, heat};
use crate::lang::tr;
use crate::theme::Tokens;
use crate::widgets::number;

const TITLE_ROW: f32 = 20.0;
const LEGEND_ROW: f32 = 18.0;
/// Between the entries of a legend.
const GAP: f32 = 14.0;
/// Between the title and a note on the same row.
const NOTE_GAP: f32 = 10.0;
/// A small picture of a series, with the space behind it.
const SWATCH: f32 = 20.0;
/// The colours of a scale from one end to the other.
const RAMP: f32 = 72.0;
/// Rows of a legend; what does not fit is counted.
const MAX_ROWS: usize = 2;
/// A name in the legend is cut after this.
const MAX_NAME: f32 = 140.0;

enum Entry {
    Series { name: String, color: Color32, shape: Shape },
    Ramp { low: String, high: String, colors: Vec<Color32> },
    More(String),
}

#[derive(Clone, Copy)]
enum Shape {
    Line,
    Dashes,
    Dot,
    Square,
}

/// The marks and how much room they take.
pub(super) fn marks(
    figure: &Figure,
    size: Vec2,
    tokens: &Tokens,
    corner_room: f32,
) -> (Vec<Mark>, f32) {
    let width = size.x;
    let mut marks = Vec::new();
    let entries = entries(figure, size, tokens);
    let legend_width = entries.iter().map(|entry| entry.width() + GAP).sum::<f32>() - GAP;
    let title_width = text::width(&figure.title, TITLE_SIZE, true);
    let free = width - corner_room;
    let fits_beside = title_width + 24.0 + legend_width <= free;
    let note_width = text::width(&figure.note, LABEL_SIZE, false);
    let is_note_beside =
        fits_beside && title_width + NOTE_GAP + note_width + 24.0 + legend_width.max(0.0) <= free;
    let mut bottom = 0.0;
    if !figure.title.is_empty() || (fits_beside && !entries.is_empty()) || corner_room > 0.0 {
        let room = if fits_beside { free - legend_width.max(0.0) - 16.0 } else { free };
        marks.push(Mark::Text(TextMark {
            at: pos2(0.0, TITLE_ROW / 2.0),
            anchor: Align2::LEFT_CENTER,
            text: text::cut(&figure.title, TITLE_SIZE, true, room),
            size: TITLE_SIZE,
            color: tokens.strong,
            is_bold: true,
            is_slanted: false,
        }));
        bottom = TITLE_ROW;
    }
    if fits_beside {
        let mut left = free - legend_width;
        for entry in &entries {
            entry.draw(left, TITLE_ROW / 2.0, tokens, &mut marks);
            left += entry.width() + GAP;
        }
    } else if !entries.is_empty() {
        bottom = rows(&entries, width, bottom, tokens, &mut marks);
    }
    if is_note_beside && !figure.note.is_empty() {
        let left = if title_width > 0.0 { title_width + NOTE_GAP } else { 0.0 };
        let at = pos2(left, TITLE_ROW / 2.0 + 0.5);
        marks.push(Mark::text(
            at,
            Align2::LEFT_CENTER,
            figure.note.clone(),
            LABEL_SIZE,
            tokens.weak,
        ));
        bottom = TITLE_ROW;
    } else if !figure.note.is_empty() {
        let note = text::cut(&figure.note, LABEL_SIZE, false, width);
        marks.push(Mark::text(
            pos2(0.0, bottom + 8.0),
            Align2::LEFT_CENTER,
            note,
            LABEL_SIZE,
            tokens.weak,
        ));
        bottom += 17.0;
    }
    let gap = if bottom > 0.0 { 6.0 } else { 0.0 };
    (marks, bottom + gap)
}

/// Draws a legend in rows of its own and gives their lower end.
fn rows(entries: &[Entry], width: f32, top: f32, tokens: &Tokens, marks: &mut Vec<Mark>) -> f32 {
    let (mut left, mut row) = (0.0, 0);
    for (index, entry) in entries.iter().enumerate() {
        let n_rest = entries.len() - index;
        let more = Entry::More(format!("+{n_rest}"));
        let is_last_row = row + 1 == MAX_ROWS;
        let reserve = if is_last_row && n_rest > 1 { more.width() + GAP } else { 0.0 };
        if left > 0.0 && left + entry.width() + reserve > width {
            if is_last_row {
                more.draw(left, top + row as f32 * LEGEND_ROW + LEGEND_ROW / 2.0, tokens, marks);
                break;
            }
            row += 1;
            left = 0.0;
        }
        entry.draw(left, top + row as f32 * LEGEND_ROW + LEGEND_ROW / 2.0, tokens, marks);
        left += entry.width() + GAP;
    }
    top + (row + 1) as f32 * LEGEND_ROW
}

fn entries(figure: &Figure, size: Vec2, tokens: &Tokens) -> Vec<Entry> {
    let mut entries = Vec::new();
    for layer in &figure.layers {
        if let Some((name, ink)) = layer.legend() {
            let name = text::cut(name, LABEL_SIZE, false, MAX_NAME);
            let shape = match layer {
                Layer::Line(Line { is_dashed: true, .. }) => Shape::Dashes,
                Layer::Line(_) => Shape::Line,
                Layer::Points(_) => Shape::Dot,
                _ => Shape::Square,
            };
            entries.push(Entry::Series { name, color: tokens.ink(ink), shape });
        }
        entries.extend(ramp(layer, size, tokens));
    }
    entries
}

/// The scale of colours of a layer, where its numbers are not written.
fn ramp(layer: &Layer, size: Vec2, tokens: &Tokens) -> Option<Entry> {
    let steps = || (0..24).map(|step| step as f32 / 23.0);
    let name = |name: &str, value: f64| {
        let value = number(value);
        if name.is_empty() { value } else { format!("{name} {value}") }
    };
    match layer {
        Layer::Points(Points { shades: Some((title, values)), .. }) => {
            let [low, high] = ends(values)?;
            let colors = steps().map(|step| tokens.shade(step)).collect();
            Some(Entry::Ramp { low: name(title, low), high: number(high), colors })
        }
        Layer::Heat(heat) if !heat::has_readable_numbers(heat, size) => {
            let [low, high] = heat.range.or_else(|| ends(&heat.values))?;
            let color =
                |step| if heat.is_diverging { tokens.diverging(step) } else { tokens.heat(step) };
            Some(Entry::Ramp {
                low: name(&heat.name, low),
                high: number(high),
                colors: steps().map(color).collect(),
            })
        }
        _ => None,
    }
}

/// The smallest and the largest finite value.
pub(super) fn ends(values: &[f64]) -> Option<[f64; 2]> {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let low = finite.clone().reduce(f64::min)?;
    Some([low, finite.reduce(f64::max)?])
}

impl Entry {
    fn width(&self) -> f32 {
        match self {
            Self::Series { name, .. } => SWATCH + text::width(name, LABEL_SIZE, false),
            Self::Ramp { low, high, .. } => {
                text::width(low, LABEL_SIZE, false)
                    + text::width(high, LABEL_SIZE, false)
                    + RAMP
                    + 12.0
            }
            Self::More(count) => text::width(count, LABEL_SIZE, false),
        }
    }

    fn draw(&self, left: f32, y: f32, tokens: &Tokens, marks: &mut Vec<Mark>) {
        let label = |at: f32, text: &str, color| {
            Mark::text(pos2(at, y), Align2::LEFT_CENTER, text, LABEL_SIZE, color)
        };
        match self {
            Self::Series { name, color, shape } => {
                let from_to = vec![pos2(left, y), pos2(left + 14.0, y)];
                marks.push(match shape {
                    Shape::Line | Shape::Dashes => {
                        let is_dashed = matches!(shape, Shape::Dashes);
                        Mark::Polyline { points: from_to, color: *color, width: 2.0, is_dashed }
                    }
                    Shape::Dot => Mark::Dot {
                        center: pos2(left + 9.0, y),
                        radius: 4.0,
                        fill: *color,
                        edge: None,
                    },
                    Shape::Square => {
                        let rect = Rect::from_center_size(pos2(left + 9.0, y), vec2(9.0, 9.0));
                        Mark::Rect { rect, fill: *color, edge: None, radius: 2.0 }
                    }
                });
                marks.push(label(left + SWATCH, name, tokens.text));
            }
            Self::Ramp { low, high, colors } => {
                marks.push(label(left, low, tokens.weak));
                let from = left + text::width(low, LABEL_SIZE, false) + 6.0;
                let rect = Rect::from_min_max(pos2(from, y - 4.0), pos2(from + RAMP, y + 4.0));
                marks.push(Mark::Raster { rect, n_columns: colors.len(), colors: colors.clone() });
                marks.push(label(rect.right() + 6.0, high, tokens.weak));
            }
            Self::More(count) => marks.push(label(left, count, tokens.weak)),
        }
    }
}

/// What a screen reader says of a figure.
pub(in super::super) fn spoken(figure: &Figure) -> String {
    let names: Vec<&str> =
        figure.layers.iter().filter_map(Layer::legend).map(|(name, _)| name).collect();
    let title = if figure.title.is_empty() { tr("Figure", "图表") } else { &figure.title };
    if names.is_empty() { title.to_owned() } else { format!("{title}: {}", names.join(", ")) }
}
