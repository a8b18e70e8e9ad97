//! Marks painted in the window.

use std::sync::Arc;

use eframe::egui::{
    Color32, ColorImage, CornerRadius, Mesh, Painter, Pos2, Rect, Shape, Stroke, StrokeKind,
    TextureHandle, TextureOptions, Ui, Vec2, epaint::TextShape, pos2, vec2,
};

use super::picture::{Mark, Picture, TextMark};
use crate::theme;

/// Length of a dash and of the space behind it.
pub(super) const DASH: [f32; 2] = [5.0, 3.5];

/// Paints a picture with its upper left corner at `origin`.
pub(super) fn paint(ui: &Ui, picture: &Picture, origin: Pos2) {
    let shift = origin.to_vec2();
    let whole = ui.painter();
    let brush = Brush { ui, painter: whole, shift };
    brush.marks(&picture.back);
    let plot = picture.plane.rect.expand(1.0).translate(shift);
    let clipped = whole.with_clip_rect(whole.clip_rect().intersect(plot));
    let inner = Brush { painter: &clipped, ..brush };
    inner.marks(&picture.data);
    brush.marks(&picture.front);
}

/// Paints marks that are in points of the window.
pub(crate) fn paint_marks(ui: &Ui, painter: &Painter, marks: &[Mark]) {
    Brush { ui, painter, shift: Vec2::ZERO }.marks(marks);
}

struct Brush<'a> {
    ui: &'a Ui,
    painter: &'a Painter,
    shift: Vec2,
}

impl Brush<'_> {
    fn marks(&self, marks: &[Mark]) {
        for mark in marks {
            self.mark(mark);
        }
    }

    fn mark(&self, mark: &Mark) {
        match mark {
            Mark::Polyline { points, color, width, is_dashed } => {
                let points: Vec<Pos2> = points.iter().map(|point| *point + self.shift).collect();
                let stroke = Stroke::new(*width, *color);
                if *is_dashed {
                    self.painter.extend(Shape::dashed_line(&points, stroke, DASH[0], DASH[1]));
                } else if let ([from, to], true) = (points.as_slice(), *width <= 1.0) {
                    self.hairline(*from, *to, stroke);
                } else {
                    self.painter.add(Shape::line(points, stroke));
                }
            }
            Mark::Strip { points, color } => self.strip(points, *color),
            Mark::Polygon { points, color } => {
                let points = points.iter().map(|point| *point + self.shift).collect();
                self.painter.add(Shape::convex_polygon(points, *color, Stroke::NONE));
            }
            Mark::Rect { rect, fill, edge, radius } => {
                let rect = rect.translate(self.shift);
                let radius = CornerRadius::same(*radius as u8);
                self.painter.rect_filled(rect, radius, *fill);
                if let Some((width, color)) = edge {
                    self.painter.rect_stroke(
                        rect,
                        radius,
                        Stroke::new(*width, *color),
                        StrokeKind::Inside,
                    );
                }
            }
            Mark::Dot { center, radius, fill, edge } => {
                let stroke = edge.map_or(Stroke::NONE, |(width, color)| Stroke::new(width, color));
                self.painter.circle(*center + self.shift, *radius, *fill, stroke);
            }
            Mark::Text(text) => self.text(text),
            Mark::Raster { rect, n_columns, colors } => {
                self.raster(rect.translate(self.shift), *n_columns, colors);
            }
        }
    }

    /// A thin line on whole pixels, so that it is as sharp everywhere.
    fn hairline(&self, from: Pos2, to: Pos2, stroke: Stroke) {
        if from.y == to.y {
            self.painter.hline(from.x..=to.x, self.painter.round_to_pixel_center(from.y), stroke);
        } else if from.x == to.x {
            self.painter.vline(self.painter.round_to_pixel_center(from.x), from.y..=to.y, stroke);
        } else {
            self.painter.line_segment([from, to], stroke);
        }
    }

    fn strip(&self, points: &[[Pos2; 2]], color: Color32) {
        let mut mesh = Mesh::default();
        for [upper, lower] in points {
            let first = mesh.vertices.len() as u32;
            mesh.colored_vertex(*upper + self.shift, color);
            mesh.colored_vertex(*lower + self.shift, color);
            if let Some(before) = first.checked_sub(2) {
                mesh.add_triangle(before, before + 1, first);
                mesh.add_triangle(before + 1, first, first + 1);
            }
        }
        self.painter.add(Shape::mesh(mesh));
    }

    fn text(&self, text: &TextMark) {
        let font = if text.is_bold { theme::bold(text.size) } else { theme::regular(text.size) };
        let galley = self.painter.layout_no_wrap(text.text.clone(), font, text.color);
        let at = text.at + self.shift;
        if !text.is_slanted {
            let rect = text.anchor.anchor_size(at, galley.size());
            self.painter.galley(rect.min, galley, text.color);
            return;
        }
        // Turned about its right end: the upper left corner lies where the turned text begins.
        let angle = -std::f32::consts::FRAC_PI_4;
        let corner = eframe::egui::emath::Rot2::from_angle(angle)
            * vec2(-galley.size().x, -galley.size().y / 2.0);
        self.painter.add(TextShape::new(at + corner, galley, text.color).with_angle(angle));
    }

    /// Colours as a texture that is made again only when they change.
    fn raster(&self, rect: Rect, n_columns: usize, colors: &[Color32]) {
        type Held = Option<(Arc<Vec<Color32>>, TextureHandle)>;
        if n_columns == 0 || colors.len() < n_columns {
            return;
        }
        let n_rows = colors.len() / n_columns;
        let place = ((rect.left() * 4.0) as i32, (rect.top() * 4.0) as i32, n_columns, n_rows);
        let id = self.ui.scope_id().with(("raster", place));
        let held: Held = self.ui.data(|data| data.get_temp(id)).unwrap_or_default();
        let texture = match held {
            Some((before, texture)) if before.as_slice() == colors => texture,
            _ => {
                let pixels = colors.get(..n_columns * n_rows).unwrap_or_default().to_vec();
                let image = ColorImage::new([n_columns, n_rows], pixels);
                let texture = self.ui.ctx().load_texture("figure", image, TextureOptions::NEAREST);
                let new: Held = Some((Arc::new(colors.to_vec()), texture.clone()));
                self.ui.data_mut(|data| data.insert_temp(id, new));
                texture
            }
        };
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        self.painter.image(texture.id(), rect, uv, Color32::WHITE);
    }
}
