//! The map in the corner: where the view is in the whole graph; with the zoom beside it.

use eframe::egui::{
    CornerRadius, Mesh, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use super::Canvas;
use crate::actions;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};

const SIZE: Vec2 = vec2(152.0, 96.0);
const MARGIN: f32 = 14.0;

/// Draws it; a click or drag on it moves the view.
pub(crate) fn minimap_ui(ui: &mut Ui, cx: &mut Cx<'_>, canvas: &mut Canvas) {
    let viewport = canvas.camera.viewport;
    if viewport.width() < 420.0 || viewport.height() < 220.0 {
        return;
    }
    let Some(bounds) = canvas.scene.bounds() else { return };
    let tokens = tokens(ui);
    let rect = Rect::from_min_size(
        pos2(viewport.left() + MARGIN, viewport.bottom() - MARGIN - SIZE.y),
        SIZE,
    );
    // It tells where the view is; where all is seen it would only be in the way.
    let all_is_seen = canvas.camera.seen().contains_rect(bounds);
    let hides_a_card = canvas
        .scene
        .cards
        .iter()
        .any(|card| canvas.camera.rect_to_screen(card.rect).intersects(rect));
    if all_is_seen && hides_a_card {
        zoom_ui(ui, cx, canvas, pos2(viewport.left(), rect.bottom()));
        return;
    }
    let response = ui.interact(rect, super::canvas_id().with("map"), Sense::click_and_drag());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Image, true, tr("Map of the graph", "画布缩略图"))
    });
    let painter = ui.painter_at(viewport);
    let radius = CornerRadius::same(size::CARD_RADIUS);
    painter.rect(
        rect,
        radius,
        tokens.panel.gamma_multiply(0.94),
        Stroke::new(1.0, tokens.border),
        StrokeKind::Inside,
    );
    let seen = canvas.camera.seen();
    let world = bounds.union(seen).expand(48.0);
    let inner = rect.shrink(8.0);
    let scale = (inner.width() / world.width()).min(inner.height() / world.height());
    let corner = inner.center() - world.size() * scale / 2.0;
    let place = |rect: Rect| {
        Rect::from_min_size(corner + (rect.min - world.min) * scale, rect.size() * scale)
    };
    let mut mesh = Mesh::default();
    for card in &canvas.scene.cards {
        let block = place(card.rect);
        let block = Rect::from_min_size(block.min, block.size().max(Vec2::splat(2.0)));
        mesh.add_colored_rect(block, tokens.stage(card.stage).gamma_multiply(0.8));
    }
    painter.add(Shape::mesh(mesh));
    painter.rect_stroke(
        place(seen).intersect(inner.expand(4.0)),
        CornerRadius::same(2),
        Stroke::new(1.0, tokens.weak),
        StrokeKind::Inside,
    );
    if let Some(pointer) = response.interact_pointer_pos() {
        let target: Pos2 = world.min + (pointer - corner) / scale;
        canvas.camera.origin = target - seen.size() / 2.0;
    }
    zoom_ui(ui, cx, canvas, rect.right_bottom());
}

/// `100 % · fit · tidy`, each of them a button.
fn zoom_ui(ui: &Ui, cx: &mut Cx<'_>, canvas: &Canvas, corner: Pos2) {
    let tokens = tokens(ui);
    let percent = format!("{:.0} %", canvas.camera.zoom * 100.0);
    let items = [
        (percent, &actions::ZOOM_RESET),
        (tr("fit", "适应").to_owned(), &actions::FIT),
        (tr("tidy", "整理").to_owned(), &actions::TIDY),
    ];
    let mut x = corner.x + 14.0;
    let left = x - 7.0;
    // Its place in the order of painting, below the texts, whose width is known after them.
    let plate = ui.painter().add(Shape::Noop);
    for (index, (label, action)) in items.into_iter().enumerate() {
        if index > 0 {
            ui.painter().text(
                pos2(x, corner.y - 9.0),
                eframe::egui::Align2::LEFT_CENTER,
                "·",
                theme::regular(size::SMALL),
                tokens.weak,
            );
            x += 10.0;
        }
        let galley = ui.painter().layout_no_wrap(label, theme::regular(size::SMALL), tokens.weak);
        let rect =
            Rect::from_min_size(pos2(x, corner.y - 9.0 - galley.size().y / 2.0), galley.size());
        let response =
            ui.interact(rect.expand(4.0), super::canvas_id().with(("zoom", index)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, action.label.tr()));
        let color =
            if response.hovered() || response.has_focus() { tokens.strong } else { tokens.weak };
        ui.painter().galley_with_override_text_color(rect.min, galley, color);
        x = rect.right() + 8.0;
        if response.on_hover_text(action.label.tr()).clicked() {
            cx.act(action);
        }
    }
    let rect = Rect::from_min_max(pos2(left, corner.y - 20.0), pos2(x - 1.0, corner.y + 2.0));
    let radius = CornerRadius::same(size::RADIUS);
    ui.painter().set(plate, Shape::rect_filled(rect, radius, tokens.card));
}
