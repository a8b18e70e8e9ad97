//! Bars over bins and categories, and boxes; upright, or lying where the categories are at the left.

use eframe::egui::{Color32, Pos2, Rect, pos2, vec2};

use super::super::model::{BarMode, Bars, BoxStats, Boxes, Figure, Ink, Layer};
use super::super::picture::Mark;
use super::super::plane::{Plane, stack_starts};
use crate::theme::Tokens;

/// Share of a category that its bars take.
const FILLED: f32 = 0.74;
/// Bars are not wider than this.
const MAX_BAR: f32 = 56.0;
/// Outliers drawn per box.
const MAX_OUTLIERS: usize = 600;

/// The rectangle of each bar of a layer; none where it has no length.
pub(in super::super) fn rects(figure: &Figure, layer: usize, plane: &Plane) -> Vec<Option<Rect>> {
    let Some(Layer::Bars(bars)) = figure.layers.get(layer) else { return Vec::new() };
    let (base, length) = plane.base_and_length();
    // On an axis of factors there is no zero: bars begin at its low end.
    let zero = if length.low > 0.0 { length.low } else { 0.0 };
    let starts = stack_starts(figure, layer);
    let span = |index: usize| -> Option<[f32; 2]> {
        if bars.edges.is_empty() {
            let center = base.place(index as f64)?;
            let (own, n_beside) = place_beside(figure, layer);
            let width = (base.step() * FILLED / n_beside as f32).min(MAX_BAR);
            let from = center + width * (own as f32 - n_beside as f32 / 2.0);
            let gap = if width > 6.0 && n_beside > 1 { 0.5 } else { 0.0 };
            return Some([from + gap, from + width - gap]);
        }
        let (from, to) =
            (base.place(*bars.edges.get(index)?)?, base.place(*bars.edges.get(index + 1)?)?);
        let gap = if (to - from).abs() > 4.0 { 0.5 } else { 0.0 };
        let gap = if from < to { gap } else { -gap };
        Some([from + gap, to - gap])
    };
    let bar = |(index, (value, start)): (usize, (&f64, &f64))| {
        if !value.is_finite() || *value == 0.0 {
            return None;
        }
        let from = length.place(if *start == 0.0 { zero } else { *start })?;
        let to = length.place(start + value)?;
        Some(plane.bar_rect(span(index)?, [from, to]))
    };
    bars.values.iter().zip(&starts).enumerate().map(bar).collect()
}

/// Bars of a layer.
pub(super) fn bars(
    figure: &Figure,
    layer: usize,
    bars: &Bars,
    plane: &Plane,
    tokens: &Tokens,
    marks: &mut Vec<Mark>,
) {
    let color = tokens.ink(bars.ink);
    let lies_over_others =
        !bars.edges.is_empty() && figure.bars == BarMode::Beside && n_bar_layers(figure) > 1;
    let fill = color.gamma_multiply(if lies_over_others { 0.4 } else { 0.88 });
    let radius = if bars.edges.is_empty() && figure.bars == BarMode::Beside { 2.0 } else { 0.0 };
    for (index, rect) in rects(figure, layer, plane).into_iter().enumerate() {
        let Some(rect) = rect else { continue };
        let edge = lies_over_others.then(|| (1.0, color.gamma_multiply(0.7)));
        marks.push(Mark::Rect { rect, fill, edge, radius });
        if let Some(Some(ends)) = bars.whiskers.get(index) {
            whisker(*ends, rect, plane, tokens.strong, marks);
        }
    }
}

/// A line with ends over the bar.
fn whisker(ends: [f64; 2], bar: Rect, plane: &Plane, color: Color32, marks: &mut Vec<Mark>) {
    let (_, length) = plane.base_and_length();
    let [Some(low), Some(high)] = ends.map(|end| length.place(end)) else { return };
    let middle = if plane.is_lying { bar.center().y } else { bar.center().x };
    let at = |along: f32, shift: f32| {
        if plane.is_lying { pos2(along, middle + shift) } else { pos2(middle + shift, along) }
    };
    for (from, to) in [
        (at(low, 0.0), at(high, 0.0)),
        (at(low, -4.0), at(low, 4.0)),
        (at(high, -4.0), at(high, 4.0)),
    ] {
        marks.push(Mark::line(from, to, color));
    }
}

fn n_bar_layers(figure: &Figure) -> usize {
    figure.layers.iter().filter(|layer| matches!(layer, Layer::Bars(_))).count()
}

/// Which of how many bars on one category a layer's are.
fn place_beside(figure: &Figure, layer: usize) -> (usize, usize) {
    if figure.bars == BarMode::Stacked {
        return (0, 1);
    }
    let is_bars = |layer: &&Layer| matches!(layer, Layer::Bars(_));
    (figure.layers.iter().take(layer).filter(is_bars).count(), n_bar_layers(figure).max(1))
}

/// Boxes with whiskers and outliers.
pub(super) fn boxes(boxes: &Boxes, plane: &Plane, tokens: &Tokens, marks: &mut Vec<Mark>) {
    for (index, stats) in boxes.boxes.iter().enumerate() {
        let color = tokens.ink(boxes.ink.unwrap_or(Ink::Series(index)));
        one_box(index, stats, plane, color, tokens, marks);
    }
}

fn one_box(
    index: usize,
    stats: &BoxStats,
    plane: &Plane,
    color: Color32,
    tokens: &Tokens,
    marks: &mut Vec<Mark>,
) {
    let (base, length) = plane.base_and_length();
    let Some(center) = base.place(index as f64) else { return };
    let half = (base.step() * 0.28).clamp(2.0, 24.0);
    let at = |along: f32, shift: f32| -> Pos2 {
        if plane.is_lying { pos2(along, center + shift) } else { pos2(center + shift, along) }
    };
    let places = [stats.low, stats.quartile_1, stats.median, stats.quartile_3, stats.high]
        .map(|value| length.place(value));
    let [Some(low), Some(first), Some(median), Some(third), Some(high)] = places else { return };
    let soft = color.gamma_multiply(0.8);
    for (from, to) in [
        (at(low, 0.0), at(first, 0.0)),
        (at(third, 0.0), at(high, 0.0)),
        (at(low, -half / 2.0), at(low, half / 2.0)),
        (at(high, -half / 2.0), at(high, half / 2.0)),
    ] {
        marks.push(Mark::line(from, to, soft));
    }
    let rect = Rect::from_two_pos(at(first, -half), at(third, half));
    // A box without height is still a line.
    let rect = Rect::from_center_size(rect.center(), rect.size().max(vec2(1.5, 1.5)));
    marks.push(Mark::Rect {
        rect,
        fill: color.gamma_multiply(0.28),
        edge: Some((1.0, color)),
        radius: 3.0,
    });
    let points = vec![at(median, -half), at(median, half)];
    marks.push(Mark::Polyline { points, color: tokens.strong, width: 2.0, is_dashed: false });
    let stride = stats.outliers.len().div_ceil(MAX_OUTLIERS).max(1);
    for value in stats.outliers.iter().step_by(stride) {
        if let Some(along) = length.place(*value) {
            marks.push(Mark::Dot {
                center: at(along, 0.0),
                radius: 2.2,
                fill: color.gamma_multiply(0.6),
                edge: None,
            });
        }
    }
}
