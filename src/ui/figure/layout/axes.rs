//! Ticks, labels and gridlines around the plot, and how much room they need.

use eframe::egui::{Align2, Rect, pos2};

use super::super::model::{Figure, Layer, Scale};
use super::super::picture::{Mark, TextMark};
use super::super::plane::{Plane, Track};
use super::super::text::{cut, width};
use super::super::ticks::{Tick, ticks};
use super::{LABEL_SIZE, TICK_SIZE};
use crate::theme::Tokens;

/// A row of text below or above the plot.
const TEXT_ROW: f32 = 17.0;
/// Between the plot and its ticks.
const GAP: f32 = 8.0;
/// Labels of categories at the left take this share of the width at most.
const MAX_SHARE: f32 = 0.38;
/// Slanted labels are cut after this.
const MAX_SLANTED: f32 = 96.0;
/// Narrower categories have no slanted labels.
const MIN_SLANTED_STEP: f32 = 13.0;
/// Sine of 45°.
const SLANT: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// How the categories below the plot are written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Names {
    Level,
    Slanted,
    /// Only every so many.
    Sparse(usize),
}

/// The plane of a figure on the part of `area` that the axes leave.
pub(super) fn plane(figure: &Figure, area: Rect) -> Plane {
    let plane = Plane::of(figure);
    let label_row = |label: &str| if label.is_empty() { 0.0 } else { TEXT_ROW };
    let top = area.top() + label_row(y_label(figure)) + 5.0;
    let below = label_row(&figure.x.label);
    let y_texts = texts(&plane.y, area.height() - TEXT_ROW - below, false);
    let widest = y_texts.iter().map(|(_, text)| width(text, TICK_SIZE, false)).fold(0.0, f32::max);
    let left = area.left() + widest.min(area.width() * MAX_SHARE) + GAP;
    let right = area.right() - 8.0;
    let room = (right - left).max(20.0);
    let step = room / plane.x.categories.as_ref().map_or(1, |names| names.len().max(1)) as f32;
    let ticks_height = match names_style(&plane.x, step) {
        Names::Slanted => {
            let names = plane.x.categories.iter().flatten();
            let longest = names.map(|name| width(name, TICK_SIZE, false)).fold(0.0, f32::max);
            longest.min(max_slanted(area)) * SLANT + 14.0
        }
        Names::Level | Names::Sparse(_) => TEXT_ROW,
    };
    let bottom = (area.bottom() - below - ticks_height).max(top + 10.0);
    let mut rect = Rect::from_min_max(pos2(left, top), pos2(left + room, bottom));
    if figure.is_square {
        let side = rect.width().min(rect.height());
        let shift = (rect.width() - side) / 2.0;
        rect = Rect::from_min_size(
            pos2(rect.left() + shift, rect.top()),
            eframe::egui::Vec2::splat(side),
        );
    }
    plane.on(rect)
}

/// Everything around the plot, and the lines behind it.
pub(super) fn marks(
    figure: &Figure,
    plane: &Plane,
    area: Rect,
    tokens: &Tokens,
    marks: &mut Vec<Mark>,
) {
    let plot = plane.rect;
    let has_heat = figure.layers.iter().any(|layer| matches!(layer, Layer::Heat(_)));
    let has_points = figure.layers.iter().any(|layer| matches!(layer, Layer::Points(_)));
    let grid = tokens.border.gamma_multiply(0.55);
    let x_texts = texts(&plane.x, plot.width(), true);
    let y_texts = texts(&plane.y, plot.height(), false);
    if !has_heat {
        if plane.y.categories.is_none() {
            for y in y_texts.iter().filter_map(|(value, _)| plane.y.place(*value)) {
                marks.push(Mark::line(pos2(plot.left(), y), pos2(plot.right(), y), grid));
            }
        }
        if plane.x.categories.is_none() && (has_points || plane.is_lying) {
            for x in x_texts.iter().filter_map(|(value, _)| plane.x.place(*value)) {
                marks.push(Mark::line(pos2(x, plot.top()), pos2(x, plot.bottom()), grid));
            }
        }
        let (from, to) = if plane.is_lying {
            let zero = plane.x.place(0.0).unwrap_or(plot.left()).clamp(plot.left(), plot.right());
            (pos2(zero, plot.top()), pos2(zero, plot.bottom()))
        } else {
            (plot.left_bottom(), plot.right_bottom())
        };
        marks.push(Mark::line(from, to, tokens.border));
    }
    left_texts(plane, &y_texts, area, tokens, marks);
    let ticks_bottom = if plane.x.categories.is_some() {
        names_below(plane, area, tokens, marks)
    } else {
        numbers_below(plane, &x_texts, area, tokens, marks);
        plot.bottom() + TEXT_ROW
    };
    if !figure.x.label.is_empty() {
        let label = cut(&figure.x.label, LABEL_SIZE, false, area.width());
        let half = width(&label, LABEL_SIZE, false) / 2.0;
        let x = plot
            .center()
            .x
            .clamp(area.left() + half, (area.right() - half).max(area.left() + half));
        let y = (ticks_bottom + TEXT_ROW / 2.0 + 2.0).min(area.bottom() - 6.0);
        marks.push(Mark::text(pos2(x, y), Align2::CENTER_CENTER, label, LABEL_SIZE, tokens.weak));
    }
    if !y_label(figure).is_empty() {
        // Over the plot rather than on its side, where it could not be read.
        let left = if plane.y.categories.is_some() {
            area.left()
        } else {
            area.left().max(plot.left() - widest(&y_texts) - GAP)
        };
        let label = cut(&figure.y.label, LABEL_SIZE, false, area.right() - left);
        let at = pos2(left, plot.top() - 5.0 - TEXT_ROW / 2.0);
        marks.push(Mark::text(at, Align2::LEFT_CENTER, label, LABEL_SIZE, tokens.weak));
    }
}

/// The label of `y`; not said again where the title says it.
fn y_label(figure: &Figure) -> &str {
    if figure.y.label == figure.title { "" } else { &figure.y.label }
}

fn widest(texts: &[Tick]) -> f32 {
    texts.iter().map(|(_, text)| width(text, TICK_SIZE, false)).fold(0.0, f32::max)
}

/// Values and texts along an axis of this length, as many as have room beside or above each other.
fn texts(track: &Track, length: f32, is_beside: bool) -> Vec<Tick> {
    if let Some(names) = &track.categories {
        return names
            .iter()
            .enumerate()
            .map(|(index, name)| (index as f64, name.clone()))
            .collect();
    }
    let along = |spacing: f32| {
        ticks(track.scale, track.low, track.high, ((length / spacing) as usize).max(2))
    };
    if !is_beside {
        return along(40.0);
    }
    let texts = along(if track.scale == Scale::Time { 96.0 } else { 64.0 });
    let needed = widest(&texts) + 14.0;
    if needed * texts.len() as f32 > length { along(needed * 1.3) } else { texts }
}

fn left_texts(plane: &Plane, texts: &[Tick], area: Rect, tokens: &Tokens, marks: &mut Vec<Mark>) {
    let room = plane.rect.left() - GAP - area.left();
    let is_named = plane.y.categories.is_some();
    let stride =
        if is_named { (14.0 / plane.y.step().max(0.1)).ceil().max(1.0) as usize } else { 1 };
    for (value, text) in texts.iter().step_by(stride) {
        let Some(y) = plane.y.place(*value) else { continue };
        let color = if is_named { tokens.text } else { tokens.weak };
        let text = cut(text, TICK_SIZE, false, room.max(8.0) + 1.0);
        marks.push(Mark::text(
            pos2(plane.rect.left() - GAP, y),
            Align2::RIGHT_CENTER,
            text,
            TICK_SIZE,
            color,
        ));
    }
}

fn numbers_below(
    plane: &Plane,
    texts: &[Tick],
    area: Rect,
    tokens: &Tokens,
    marks: &mut Vec<Mark>,
) {
    let y = plane.rect.bottom() + TEXT_ROW / 2.0 + 1.0;
    let mut free_from = f32::NEG_INFINITY;
    for (value, text) in texts {
        let Some(x) = plane.x.place(*value) else { continue };
        let half = width(text, TICK_SIZE, false) / 2.0;
        let x = x.min(area.right() - half);
        if x - half < free_from {
            continue;
        }
        free_from = x + half + 10.0;
        marks.push(Mark::text(pos2(x, y), Align2::CENTER_CENTER, text, TICK_SIZE, tokens.weak));
    }
}

/// Length of slanted labels at most: a low plot is not given up for its labels.
fn max_slanted(area: Rect) -> f32 {
    (area.height() * 0.3 / SLANT).clamp(40.0, MAX_SLANTED)
}

fn names_style(track: &Track, step: f32) -> Names {
    let Some(names) = &track.categories else { return Names::Level };
    let longest = names.iter().map(|name| width(name, TICK_SIZE, false)).fold(0.0, f32::max);
    if longest <= step - 6.0 || longest <= 1.0 {
        Names::Level
    } else if step >= MIN_SLANTED_STEP {
        Names::Slanted
    } else {
        Names::Sparse((longest.min(60.0) / step.max(0.1)).ceil().max(1.0) as usize)
    }
}

/// Names of the categories below the plot; gives their lower end.
fn names_below(plane: &Plane, area: Rect, tokens: &Tokens, marks: &mut Vec<Mark>) -> f32 {
    let names = plane.x.categories.as_deref().unwrap_or_default();
    let bottom = plane.rect.bottom();
    let step = plane.x.step();
    let style = names_style(&plane.x, step);
    let stride = if let Names::Sparse(stride) = style { stride } else { 1 };
    let mut lowest = bottom + TEXT_ROW;
    for (index, name) in names.iter().enumerate().step_by(stride) {
        let Some(x) = plane.x.place(index as f64) else { continue };
        if style == Names::Slanted {
            let room = ((x - area.left()) / SLANT).min(max_slanted(area));
            let text = cut(name, TICK_SIZE, false, room);
            lowest = lowest.max(bottom + width(&text, TICK_SIZE, false) * SLANT + 14.0);
            marks.push(Mark::Text(TextMark {
                at: pos2(x + 3.0, bottom + 6.0),
                anchor: Align2::RIGHT_CENTER,
                text,
                size: TICK_SIZE,
                color: tokens.text,
                is_bold: false,
                is_slanted: true,
            }));
        } else {
            let text = cut(name, TICK_SIZE, false, (step * stride as f32 - 4.0).max(8.0));
            let at = pos2(x, bottom + TEXT_ROW / 2.0 + 1.0);
            marks.push(Mark::text(at, Align2::CENTER_CENTER, text, TICK_SIZE, tokens.text));
        }
    }
    lowest
}
