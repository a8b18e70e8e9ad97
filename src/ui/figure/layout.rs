//! From a figure to marks: header, axes and layers, in one size and one theme.

mod axes;
pub(super) mod bars;
pub(super) mod header;
pub(super) mod heat;
mod lines;
mod points;

use eframe::egui::{Align2, Color32, Rect, Vec2, pos2, vec2};

use super::model::{Figure, Ink, Layer, Rule, RuleAt};
use super::picture::{Mark, Picture};
use super::plane::Plane;
use super::text;
use crate::lang::tr;
use crate::theme::Tokens;

/// Text of ticks.
pub(super) const TICK_SIZE: f32 = 11.0;
/// Text of legends, notes and labels of axes.
pub(super) const LABEL_SIZE: f32 = 11.5;
/// The title.
pub(super) const TITLE_SIZE: f32 = 13.0;

/// Lays a figure out; `corner_room` stays free at the right end of the title.
pub(super) fn picture(figure: &Figure, size: Vec2, tokens: &Tokens, corner_room: f32) -> Picture {
    let size = size.max(vec2(40.0, 30.0));
    let (mut back, header_height) = header::marks(figure, size, tokens, corner_room);
    let area = Rect::from_min_max(pos2(0.0, header_height), size.to_pos2());
    if figure.is_empty() {
        let nothing = tr("Nothing to show", "没有可显示的内容");
        let nothing =
            Mark::text(area.center(), Align2::CENTER_CENTER, nothing, LABEL_SIZE, tokens.weak);
        back.push(nothing);
        let plane = Plane::of(figure).on(area);
        return Picture { size, plane, back, data: Vec::new(), front: Vec::new() };
    }
    let plane = axes::plane(figure, area);
    axes::marks(figure, &plane, area, tokens, &mut back);
    let mut picture = Picture { size, plane, back, data: Vec::new(), front: Vec::new() };
    let is_dense = points::is_dense(figure);
    for (index, layer) in figure.layers.iter().enumerate() {
        match layer {
            Layer::Line(line) => lines::line(line, &picture.plane, tokens, &mut picture.data),
            Layer::Band(band) => lines::band(band, &picture.plane, tokens, &mut picture.data),
            Layer::Points(_) if is_dense => {}
            Layer::Points(own) => {
                points::points(own, figure, &picture.plane, tokens, &mut picture.data);
            }
            Layer::Bars(own) => {
                bars::bars(figure, index, own, &picture.plane, tokens, &mut picture.data);
            }
            Layer::Boxes(own) => bars::boxes(own, &picture.plane, tokens, &mut picture.data),
            Layer::Heat(own) => heat::heat(own, &picture.plane, tokens, &mut picture.data),
            Layer::Rule(own) => rule(own, tokens, &mut picture),
        }
    }
    if is_dense {
        let raster = points::density(figure, &picture.plane, tokens);
        picture.data.insert(0, raster);
    }
    picture
}

fn rule(rule: &Rule, tokens: &Tokens, picture: &mut Picture) {
    let (plane, plot) = (&picture.plane, picture.plane.rect);
    let color = tokens.ink(rule.ink);
    let (points, label_at, anchor) = match rule.at {
        RuleAt::X(value) => {
            let Some(x) = plane.x.place(value) else { return };
            let is_left = x > plot.center().x;
            let anchor = if is_left { Align2::RIGHT_TOP } else { Align2::LEFT_TOP };
            let shift = if is_left { -4.0 } else { 4.0 };
            (
                vec![pos2(x, plot.top()), pos2(x, plot.bottom())],
                pos2(x + shift, plot.top() + 1.0),
                anchor,
            )
        }
        RuleAt::Y(value) => {
            let Some(y) = plane.y.place(value) else { return };
            let is_below = y < plot.top() + 18.0;
            let anchor = if is_below { Align2::RIGHT_TOP } else { Align2::RIGHT_BOTTOM };
            let shift = if is_below { 2.0 } else { -2.0 };
            (
                vec![pos2(plot.left(), y), pos2(plot.right(), y)],
                pos2(plot.right() - 4.0, y + shift),
                anchor,
            )
        }
        RuleAt::Diagonal => {
            let (low, high) = (plane.x.low.max(plane.y.low), plane.x.high.min(plane.y.high));
            let ends = if low < high { [low, high] } else { return };
            let points: Option<Vec<_>> =
                ends.into_iter().map(|value| plane.place([value, value])).collect();
            let Some(points) = points else { return };
            let Some(end) = points.last().copied() else { return };
            (points, end + vec2(-8.0, 6.0), Align2::RIGHT_TOP)
        }
    };
    picture.data.push(Mark::Polyline { points, color, width: 1.0, is_dashed: true });
    if !rule.label.is_empty() {
        let room = plot.width() - 8.0;
        let label = text::cut(&rule.label, TICK_SIZE, false, room);
        picture.front.push(Mark::text(label_at, anchor, label, TICK_SIZE, color));
    }
}

impl Tokens {
    /// The colour that an ink has in this theme.
    pub(super) fn ink(&self, ink: Ink) -> Color32 {
        match ink {
            Ink::Series(index) => self.series(index),
            Ink::Accent => self.accent,
            Ink::Strong => self.strong,
            Ink::Text => self.text,
            Ink::Weak => self.weak,
            Ink::Good => self.good,
            Ink::Warning => self.warning,
            Ink::Bad => self.bad,
        }
    }

    /// A colour between low (0) and high (1) for points: both ends stand out from the ground.
    pub(super) fn shade(&self, fraction: f32) -> Color32 {
        self.series(1).lerp_to_gamma(self.series(0), fraction.clamp(0.0, 1.0))
    }

    /// A colour between two ends (0 and 1) around a neutral middle.
    pub(super) fn diverging(&self, fraction: f32) -> Color32 {
        let [neutral, high] = self.heat;
        let distance = (fraction.clamp(0.0, 1.0) - 0.5) * 2.0;
        let end = if distance < 0.0 { self.series(0) } else { high };
        neutral.lerp_to_gamma(end, distance.abs())
    }
}

#[cfg(test)]
mod tests;
