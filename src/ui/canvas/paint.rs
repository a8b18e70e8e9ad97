//! Painting cards, ports and wires in screen space, at three levels of detail.

use eframe::egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Mesh, Painter, Pos2, Rect, Shape, Stroke,
    StrokeKind, Ui, Vec2, pos2, text::LayoutJob, text::TextWrapping, vec2,
};
use std::sync::Arc;

use pg_contract::PortType;

use super::camera::Camera;
use super::preview::Preview;
use super::scene::{Card, LINE, Light, Port, TITLE, Wire};
use crate::icons;
use crate::theme::{self, Tokens};

/// How much of a card is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// A coloured block.
    Block,
    /// Title and ports.
    Title,
    /// Everything.
    Full,
}

impl Detail {
    /// The level for a zoom.
    pub(crate) fn of(zoom: f32) -> Self {
        if zoom >= 0.6 {
            Self::Full
        } else if zoom >= 0.3 {
            Self::Title
        } else {
            Self::Block
        }
    }
}

/// What all painting needs.
pub(crate) struct Brush<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) painter: Painter,
    pub(crate) camera: Camera,
    pub(crate) tokens: &'static Tokens,
    pub(crate) time: f64,
}

/// What a card shows small between its lines and its badge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inside<'a> {
    /// How the loss fell; empty where nothing trained.
    pub(crate) losses: &'a [f64],
    /// What the table holds that leaves.
    pub(crate) preview: Option<&'a Preview>,
}

/// How a card is to be seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look {
    pub(crate) offset: Vec2,
    pub(crate) is_selected: bool,
    pub(crate) is_hovered: bool,
    /// Steps back while a wire is drawn that does not fit it.
    pub(crate) is_faded: bool,
}

impl Brush<'_> {
    fn font(&self, size: f32, is_bold: bool) -> FontId {
        // Half points: the glyph atlas stays small while zooming.
        let size = ((size * self.camera.zoom * 2.0).round() / 2.0).max(4.0);
        if is_bold { theme::bold(size) } else { theme::regular(size) }
    }

    fn galley(&self, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
        let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
        job.wrap = TextWrapping::truncate_at_width(width.max(1.0));
        self.ui.fonts_mut(|fonts| fonts.layout_job(job))
    }

    /// The dots behind everything.
    pub(crate) fn grid(&self) {
        let step = theme::size::GRID * self.camera.zoom;
        let step = if step < 12.0 { step * (24.0 / step).ceil().max(2.0) } else { step };
        let world_step = step / self.camera.zoom;
        let seen = self.camera.seen();
        let first = pos2(
            (seen.left() / world_step).floor() * world_step,
            (seen.top() / world_step).floor() * world_step,
        );
        let start = self.camera.to_screen(first);
        let viewport = self.camera.viewport;
        let side = if self.camera.zoom > 1.2 { 2.0 } else { 1.5 };
        let mut mesh = Mesh::default();
        let mut y = start.y;
        while y < viewport.bottom() {
            let mut x = start.x;
            while x < viewport.right() {
                mesh.add_colored_rect(
                    Rect::from_center_size(pos2(x, y), Vec2::splat(side)),
                    self.tokens.grid,
                );
                x += step;
            }
            y += step;
        }
        self.painter.add(Shape::mesh(mesh));
    }

    /// A wire; `is_live` while its target runs.
    pub(crate) fn wire(
        &self,
        wire: &Wire,
        points: &[Pos2],
        is_strong: bool,
        is_live: bool,
        detail: Detail,
    ) {
        let color =
            wire.port_type.map_or(self.tokens.weak, |port_type| self.tokens.port(port_type));
        let color = if is_strong { self.tokens.accent } else { color };
        self.line(points, color, if is_strong { 3.0 } else { 2.0 }, is_live, detail);
        if detail > Detail::Block {
            for bend in &wire.bends {
                self.painter.circle_filled(
                    self.camera.to_screen(*bend),
                    (4.0 * self.camera.zoom).max(2.5),
                    color,
                );
            }
        }
    }

    /// A line of points of the world.
    pub(crate) fn line(
        &self,
        points: &[Pos2],
        color: Color32,
        width: f32,
        is_live: bool,
        detail: Detail,
    ) {
        let width = (width * self.camera.zoom).clamp(1.0, 4.0);
        let stroke = Stroke::new(width, color);
        // A block's wires are a few pixels: every fourth point says as much.
        let every = if detail == Detail::Block { 4 } else { 1 };
        let last = points.len().saturating_sub(1);
        let screen: Vec<Pos2> = points
            .iter()
            .enumerate()
            .filter(|(index, _)| index % every == 0 || *index == last)
            .map(|(_, point)| self.camera.to_screen(*point))
            .collect();
        if is_live && detail > Detail::Block {
            let dash = 6.0 * self.camera.zoom.max(0.6);
            let shift = -((self.time * 24.0) as f32 % (2.0 * dash)) + 2.0 * dash;
            self.painter.extend(Shape::dashed_line_with_offset(
                &screen,
                stroke,
                &[dash],
                &[dash],
                shift,
            ));
        } else if detail == Detail::Block {
            let mut mesh = Mesh::default();
            for pair in screen.windows(2) {
                if let &[a, b] = pair {
                    thin_line(&mut mesh, a, b, width, color.gamma_multiply(0.7));
                }
            }
            self.painter.add(Shape::mesh(mesh));
        } else {
            self.painter.add(Shape::line(screen, stroke));
        }
    }

    /// A card far away: its colour and its state.
    pub(crate) fn block(&self, mesh: &mut Mesh, card: &Card, look: Look) {
        let rect = self.camera.rect_to_screen(card.rect.translate(look.offset));
        let color = self.tokens.stage(card.stage);
        let color = if card.is_muted || look.is_faded {
            color.gamma_multiply(0.35)
        } else {
            color.gamma_multiply(0.85)
        };
        if look.is_selected {
            mesh.add_colored_rect(rect.expand(2.0), self.tokens.accent);
        }
        mesh.add_colored_rect(rect, color);
        let light = match card.light {
            Light::Failed | Light::NotReady => Some(self.tokens.bad),
            Light::Running(_) => Some(self.tokens.strong),
            _ => None,
        };
        if let Some(light) = light {
            let side = (rect.height() * 0.4).clamp(2.0, 8.0);
            mesh.add_colored_rect(
                Rect::from_min_size(rect.right_top() - vec2(side, 0.0), Vec2::splat(side)),
                light,
            );
        }
    }

    /// A card near enough to be read.
    pub(crate) fn card(&self, card: &Card, look: Look, detail: Detail, inside: Inside<'_>) {
        let tokens = self.tokens;
        let zoom = self.camera.zoom;
        let rect = self.camera.rect_to_screen(card.rect.translate(look.offset));
        let radius = CornerRadius::same((8.0 * zoom).round().clamp(2.0, 16.0) as u8);
        let fade = if card.is_muted || look.is_faded { 0.4 } else { 1.0 };
        let fill = if look.is_hovered { tokens.hover } else { tokens.card };
        let edge = if look.is_selected {
            Stroke::new(2.0, tokens.accent)
        } else if card.light == Light::Failed || (card.light == Light::NotReady && look.is_hovered)
        {
            Stroke::new(1.0, tokens.bad)
        } else {
            Stroke::new(1.0, tokens.border)
        };
        self.painter.rect(rect, radius, fill, edge.gamma_multiply_if(fade), StrokeKind::Inside);
        let stage = tokens.stage(card.stage).gamma_multiply(fade);
        let bar = Rect::from_min_size(
            rect.min + vec2(0.0, 10.0 * zoom),
            vec2((3.0 * zoom).max(2.0), 20.0 * zoom),
        );
        self.painter.rect_filled(bar, CornerRadius::same(1), stage);
        let title_y = rect.top() + TITLE / 2.0 * zoom + 1.0 * zoom;
        let icon = Rect::from_center_size(
            pos2(rect.left() + 22.0 * zoom, title_y),
            Vec2::splat(16.0 * zoom),
        );
        icons::kind_icon_ui(self.ui, &card.kind, card.stage, icon, stage);
        let title = self.galley(
            &card.title,
            self.font(13.0, true),
            tokens.strong.gamma_multiply(fade),
            rect.width() - 68.0 * zoom,
        );
        let at = pos2(rect.left() + 36.0 * zoom, title_y - title.size().y / 2.0);
        self.painter.galley(at, title, tokens.strong);
        self.light(card.light, pos2(rect.right() - 18.0 * zoom, title_y), fade);
        if detail == Detail::Full && !card.is_collapsed {
            self.lines(card, rect, fade);
            self.glance(card, rect, inside, fade);
        }
        for port in card.inputs.iter().chain(&card.outputs) {
            self.port(port, look, false);
        }
    }

    fn lines(&self, card: &Card, rect: Rect, fade: f32) {
        let (tokens, zoom) = (self.tokens, self.camera.zoom);
        let (weak, text) = (tokens.weak.gamma_multiply(fade), tokens.text.gamma_multiply(fade));
        let (left, right) = (rect.left() + 14.0 * zoom, rect.right() - 14.0 * zoom);
        let font = self.font(11.5, false);
        for (index, (label, value)) in card.lines.iter().enumerate() {
            let y = rect.top() + (TITLE + index as f32 * LINE + 8.0) * zoom;
            let label = self.galley(label, font.clone(), weak, (right - left) * 0.58);
            let value =
                self.galley(value, font.clone(), text, right - left - label.size().x - 8.0 * zoom);
            self.painter.galley(pos2(left, y - label.size().y / 2.0), label, weak);
            self.painter.galley(
                pos2(right - value.size().x, y - value.size().y / 2.0),
                value,
                text,
            );
        }
        let base = rect.bottom() - 15.0 * zoom;
        if let Light::Running(fraction) = card.light {
            let track =
                Rect::from_min_max(pos2(left, base - 1.5 * zoom), pos2(right, base + 1.5 * zoom));
            self.painter.rect_filled(track, CornerRadius::same(2), tokens.border);
            let done = fraction.unwrap_or(0.0).clamp(0.0, 1.0);
            let bar = Rect::from_min_size(track.min, vec2(track.width() * done, track.height()));
            self.painter.rect_filled(bar, CornerRadius::same(2), tokens.accent);
            return;
        }
        let (badge, color) = match card.light {
            Light::Failed | Light::NotReady => (card.why.as_str(), tokens.bad),
            Light::Warned | Light::Stale if card.badge.is_empty() => {
                (card.why.as_str(), tokens.warning)
            }
            _ => (card.badge.as_str(), tokens.weak),
        };
        let badge =
            self.galley(badge, self.font(11.0, false), color.gamma_multiply(fade), right - left);
        self.painter.galley(pos2(left, base - badge.size().y / 2.0), badge, color);
    }

    /// How the loss fell, or what the table holds, small, where a card has room between its lines and its badge.
    fn glance(&self, card: &Card, rect: Rect, inside: Inside<'_>, fade: f32) {
        let zoom = self.camera.zoom;
        let top = rect.top() + (TITLE + card.lines.len() as f32 * LINE + 5.0) * zoom;
        let room = Rect::from_min_max(
            pos2(rect.left() + 14.0 * zoom, top),
            pos2(rect.right() - 14.0 * zoom, rect.bottom() - 27.0 * zoom),
        );
        if room.height() < 8.0 * zoom {
            return;
        }
        match inside.preview.filter(|preview| !preview.is_empty() && inside.losses.is_empty()) {
            Some(preview) => preview.paint(&self.painter, room, zoom, (self.tokens, fade)),
            None => self.curve(card, room, inside.losses, fade),
        }
    }

    fn curve(&self, card: &Card, room: Rect, losses: &[f64], fade: f32) {
        let zoom = self.camera.zoom;
        let finite = || losses.iter().copied().filter(|loss| loss.is_finite());
        let (least, most) =
            (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        if finite().nth(1).is_none() {
            return;
        }
        let span = (most - least).max(f64::MIN_POSITIVE);
        let last = finite().count() as f32 - 1.0;
        let points = finite().enumerate().map(|(index, loss)| {
            let (x, y) = (index as f32 / last, ((most - loss) / span) as f32);
            pos2(room.left() + x * room.width(), room.top() + y * room.height())
        });
        let color = self.tokens.stage(card.stage).gamma_multiply(0.9 * fade);
        self.painter.add(Shape::line(points.collect(), Stroke::new((1.3 * zoom).max(1.0), color)));
    }

    /// The status light: a colour and a shape of its own for every state.
    pub(crate) fn light(&self, light: Light, center: Pos2, fade: f32) {
        let (tokens, zoom, painter) = (self.tokens, self.camera.zoom, &self.painter);
        let radius = 5.5 * zoom;
        let thin = Stroke::new((1.5 * zoom).max(1.0), tokens.weak.gamma_multiply(fade));
        let mark = Stroke::new((1.6 * zoom).max(1.0), tokens.card);
        let disc =
            |color: Color32| painter.circle_filled(center, radius, color.gamma_multiply(fade));
        match light {
            Light::Ready => {
                painter.circle_stroke(center, radius, thin);
            }
            Light::Queued => {
                painter.circle_stroke(center, radius, thin);
                painter.circle_filled(center, radius * 0.4, tokens.weak.gamma_multiply(fade));
            }
            Light::Muted => {
                painter.circle_stroke(center, radius, thin);
                let d = Vec2::splat(radius * 0.7);
                painter.line_segment([center - d, center + d], thin);
            }
            Light::Done => {
                disc(tokens.good);
                let points = [vec2(-0.45, 0.02), vec2(-0.1, 0.38), vec2(0.48, -0.32)]
                    .map(|at| center + at * radius);
                painter.add(Shape::line(points.to_vec(), mark));
            }
            Light::Stale => {
                // Half a disc: done, but not with what is here now.
                painter.circle_stroke(
                    center,
                    radius,
                    Stroke::new(thin.width, tokens.warning.gamma_multiply(fade)),
                );
                let arc = (0..=12).map(|step| {
                    let angle = std::f32::consts::PI * (0.5 + step as f32 / 12.0);
                    center + Vec2::angled(angle) * radius
                });
                painter.add(Shape::convex_polygon(
                    arc.collect(),
                    tokens.warning.gamma_multiply(fade),
                    Stroke::NONE,
                ));
            }
            Light::Running(fraction) => {
                painter.circle_stroke(center, radius, Stroke::new(thin.width, tokens.border));
                let turn = std::f32::consts::TAU;
                let (start, length) = match fraction {
                    Some(fraction) => (-0.25, fraction.clamp(0.02, 1.0)),
                    None => ((self.time % 1.2 / 1.2) as f32, 0.3),
                };
                let arc = (0..=24).map(|step| {
                    center + Vec2::angled(turn * (start + length * step as f32 / 24.0)) * radius
                });
                painter.add(Shape::line(
                    arc.collect(),
                    Stroke::new((2.2 * zoom).max(1.5), tokens.accent),
                ));
            }
            Light::Warned => {
                let corners = [vec2(0.0, -1.0), vec2(1.0, 0.75), vec2(-1.0, 0.75)]
                    .map(|at| center + at * radius);
                painter.add(Shape::convex_polygon(
                    corners.to_vec(),
                    tokens.warning.gamma_multiply(fade),
                    Stroke::NONE,
                ));
                painter.line_segment(
                    [center - vec2(0.0, 0.4) * radius, center + vec2(0.0, 0.2) * radius],
                    mark,
                );
                painter.circle_filled(
                    center + vec2(0.0, 0.5) * radius,
                    (0.9 * zoom).max(0.7),
                    tokens.card,
                );
            }
            Light::NotReady => {
                let corners = [vec2(0.0, -1.0), vec2(1.0, 0.0), vec2(0.0, 1.0), vec2(-1.0, 0.0)]
                    .map(|at| center + at * radius);
                let edge = Stroke::new(thin.width, tokens.bad.gamma_multiply(fade));
                painter.add(Shape::convex_polygon(corners.to_vec(), Color32::TRANSPARENT, edge));
            }
            Light::Failed => {
                disc(tokens.bad);
                let d = radius * 0.4;
                painter.line_segment([center - Vec2::splat(d), center + Vec2::splat(d)], mark);
                painter.line_segment([center + vec2(-d, d), center + vec2(d, -d)], mark);
            }
        }
    }

    /// A port: shape and colour tell its type.
    pub(crate) fn port(&self, port: &Port, look: Look, is_lit: bool) {
        let center = self.camera.to_screen(port.at + look.offset);
        let radius = (5.0 * self.camera.zoom).clamp(2.5, 9.0);
        let color =
            port.port_type.map_or(self.tokens.weak, |port_type| self.tokens.port(port_type));
        let color = if look.is_faded && !is_lit { color.gamma_multiply(0.35) } else { color };
        if is_lit {
            self.painter.circle_filled(center, radius * 2.2, color.gamma_multiply(0.25));
        }
        let fill = if port.is_wired || is_lit { color } else { self.tokens.canvas };
        port_shape(
            &self.painter,
            port.port_type,
            center,
            radius,
            fill,
            Stroke::new((1.5 * self.camera.zoom).max(1.0), color),
        );
    }

    /// Text in the middle of something that is drawn.
    pub(crate) fn text(
        &self,
        at: Pos2,
        align: Align2,
        text: &str,
        size: f32,
        is_bold: bool,
        color: Color32,
    ) -> Rect {
        self.painter.text(at, align, text, self.font(size, is_bold), color)
    }
}

/// The shape of a port of a type; also drawn in help cards.
pub fn port_shape(
    painter: &Painter,
    port_type: Option<PortType>,
    center: Pos2,
    radius: f32,
    fill: Color32,
    edge: Stroke,
) {
    let polygon = |corners: &[(f32, f32)]| {
        let points = corners.iter().map(|(x, y)| center + vec2(*x, *y) * radius).collect();
        painter.add(Shape::convex_polygon(points, fill, edge));
    };
    match port_type {
        Some(PortType::Table) => {
            let square = Rect::from_center_size(center, Vec2::splat(radius * 1.8));
            painter.rect(square, CornerRadius::same(1), fill, edge, StrokeKind::Middle);
        }
        Some(PortType::Network) => polygon(&[(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)]),
        Some(PortType::Report) => polygon(&[(-0.9, -1.05), (1.1, 0.0), (-0.9, 1.05)]),
        Some(PortType::Bundle) => {
            polygon(&[
                (-0.55, -1.0),
                (0.55, -1.0),
                (1.1, 0.0),
                (0.55, 1.0),
                (-0.55, 1.0),
                (-1.1, 0.0),
            ]);
        }
        Some(PortType::Model) | None => {
            painter.circle(center, radius, fill, edge);
        }
    }
}

fn thin_line(mesh: &mut Mesh, a: Pos2, b: Pos2, width: f32, color: Color32) {
    let normal = (b - a).normalized().rot90() * width / 2.0;
    let base = mesh.vertices.len() as u32;
    for corner in [a + normal, b + normal, b - normal, a - normal] {
        mesh.colored_vertex(corner, color);
    }
    mesh.add_triangle(base, base + 1, base + 2);
    mesh.add_triangle(base, base + 2, base + 3);
}

/// A stroke that steps back with what it surrounds.
trait Faded {
    fn gamma_multiply_if(self, fade: f32) -> Self;
}

impl Faded for Stroke {
    fn gamma_multiply_if(self, fade: f32) -> Self {
        Self { color: self.color.gamma_multiply(fade), ..self }
    }
}
