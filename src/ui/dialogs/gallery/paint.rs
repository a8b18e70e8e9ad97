//! Painting of the pictures on the cards.

use eframe::egui::{
    Align2, Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, TextureHandle, pos2, vec2,
};
use egui_material_icons::icons;

use super::picture::{Picture, Scene};
use crate::theme::{self, Tokens};

/// Paints the data of a picture into a rectangle; `textures` are its small pictures.
pub(super) fn scene(
    painter: &Painter,
    tokens: &Tokens,
    rect: Rect,
    scene: &Scene,
    textures: &[TextureHandle],
) {
    let inner = rect.shrink2(vec2(20.0, 16.0));
    let at = |x: f32, y: f32| {
        pos2(inner.left() + x * inner.width(), inner.bottom() - y * inner.height())
    };
    match scene {
        Scene::Classes(points) => {
            axes(painter, tokens, inner);
            for ([x, y], class) in points {
                let color = tokens.series(*class + 1);
                painter.circle(
                    at(*x, *y),
                    2.8,
                    color.gamma_multiply(0.65),
                    Stroke::new(0.75, color),
                );
            }
        }
        Scene::Trend { points, line: [from, to] } => {
            axes(painter, tokens, inner);
            for [x, y] in points {
                painter.circle_filled(at(*x, *y), 2.2, tokens.series(1).gamma_multiply(0.6));
            }
            let line = [at(0.0, from.clamp(0.0, 1.0)), at(1.0, to.clamp(0.0, 1.0))];
            painter.line_segment(line, Stroke::new(2.5, tokens.series(0)));
        }
        Scene::Series(values) => {
            axes(painter, tokens, inner);
            let last = values.len().saturating_sub(1).max(1) as f32;
            let line: Vec<Pos2> = values
                .iter()
                .enumerate()
                .map(|(index, value)| at(index as f32 / last, *value))
                .collect();
            painter.add(Shape::line(line, Stroke::new(1.75, tokens.series(1))));
        }
        Scene::Pictures(_) => pictures(painter, rect, textures),
        Scene::Texts(lines) => texts(painter, tokens, inner, lines),
        Scene::Plain => plain(painter, tokens, rect),
    }
}

/// The nodes of the graph as a row of small squares on a line.
pub(super) fn road(painter: &Painter, tokens: &Tokens, rect: Rect, picture: &Picture) {
    let n = picture.stages.len();
    if n < 2 {
        return;
    }
    let gap = ((rect.width() - 8.0) / (n - 1) as f32).min(22.0);
    let at = |index: usize| pos2(rect.left() + 4.0 + gap * index as f32, rect.center().y);
    painter.line_segment([at(0), at(n - 1)], Stroke::new(1.5, tokens.weak.gamma_multiply(0.55)));
    for (index, stage) in picture.stages.iter().enumerate() {
        let square = Rect::from_center_size(at(index), vec2(8.0, 8.0));
        painter.rect(
            square.expand(1.5),
            CornerRadius::same(3),
            tokens.card,
            Stroke::NONE,
            eframe::egui::StrokeKind::Inside,
        );
        painter.rect_filled(square, CornerRadius::same(2), tokens.stage(*stage));
    }
}

fn axes(painter: &Painter, tokens: &Tokens, rect: Rect) {
    let stroke = Stroke::new(1.0, tokens.border);
    for step in 0..=3 {
        let y = rect.bottom() - rect.height() * step as f32 / 3.0;
        let color = if step == 0 { tokens.border } else { tokens.border.gamma_multiply(0.55) };
        painter.hline(rect.x_range().expand(6.0), y.round() + 0.5, Stroke::new(1.0, color));
    }
    painter.vline(rect.left().round() - 5.5, rect.y_range(), stroke);
}

/// As many rows of six as fit, over the whole width.
fn pictures(painter: &Painter, rect: Rect, textures: &[TextureHandle]) {
    let gap = 6.0;
    let n_across = 6;
    let inner = rect.shrink(14.0);
    let side = ((inner.width() - gap * (n_across - 1) as f32) / n_across as f32).floor();
    let n_down = (((inner.height() + gap) / (side + gap)).floor() as usize).max(1);
    let height = n_down as f32 * (side + gap) - gap;
    let top = inner.center().y - height / 2.0;
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    for (index, texture) in textures.iter().take(n_across * n_down).enumerate() {
        let (row, column) = (index / n_across, index % n_across);
        let min =
            pos2(inner.left() + column as f32 * (side + gap), top + row as f32 * (side + gap));
        let tile = Rect::from_min_size(min, vec2(side, side));
        let image =
            eframe::egui::epaint::RectShape::filled(tile, CornerRadius::same(4), Color32::WHITE)
                .with_texture(texture.id(), whole);
        painter.add(image);
    }
}

fn texts(painter: &Painter, tokens: &Tokens, rect: Rect, lines: &[(String, usize)]) {
    let height = rect.height() / lines.len().max(1) as f32;
    let painter = painter.with_clip_rect(rect);
    for (index, (text, class)) in lines.iter().enumerate() {
        let y = rect.top() + height * (index as f32 + 0.5);
        let color = tokens.series(*class + 1);
        let bubble = Rect::from_min_max(pos2(rect.left(), y - 8.0), pos2(rect.right(), y + 8.0));
        painter.rect_filled(bubble, CornerRadius::same(5), tokens.card);
        painter.rect_filled(bubble.with_max_x(bubble.left() + 3.0), CornerRadius::same(2), color);
        let mut job = eframe::egui::text::LayoutJob::simple_singleline(
            text.clone(),
            theme::regular(10.5),
            tokens.text,
        );
        job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(rect.width() - 18.0);
        let galley = painter.layout_job(job);
        let at = pos2(rect.left() + 11.0, y - galley.size().y / 2.0);
        painter.galley(at, galley, tokens.text);
    }
}

fn plain(painter: &Painter, tokens: &Tokens, rect: Rect) {
    let icon = icons::ICON_ACCOUNT_TREE;
    let font = eframe::egui::FontId::new(40.0, icon.font_family());
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        icon.codepoint,
        font,
        tokens.weak.gamma_multiply(0.5),
    );
}
