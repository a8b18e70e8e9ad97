//! One card of the gallery.

use std::path::Path;

use eframe::egui::{
    self, Align2, CornerRadius, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use egui_material_icons::{MaterialIcon, icons};
use pg_session::templates::Template;

use super::{Gallery, Shown, Wish, paint};
use crate::dialogs::tour::{self, Spot};
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

const PICTURE: f32 = 148.0;
const HEIGHT: f32 = PICTURE + 182.0;
const PADDING: f32 = 16.0;
const BUTTON: f32 = 30.0;
const RADIUS: u8 = 10;

/// Whether a template is made of a folder; that of its sample has no extension.
pub(super) fn wants_folder(template: &Template) -> bool {
    Path::new(template.sample).extension().is_none()
}

/// Draws it; gives what was asked for.
pub(super) fn card_ui(
    ui: &mut Ui,
    width: f32,
    template: &'static Template,
    shown: Option<&Shown>,
    gallery: &Gallery,
    has_data: bool,
) -> Option<Wish> {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::HOVER);
    let is_under_pointer = ui.rect_contains_pointer(rect);
    let edge = if is_under_pointer { tokens.accent.gamma_multiply(0.7) } else { tokens.border };
    let radius = CornerRadius::same(RADIUS);
    ui.painter().rect(rect, radius, tokens.card, Stroke::new(1.0, edge), StrokeKind::Inside);
    let top = Rect::from_min_size(rect.min, vec2(width, PICTURE)).shrink2(vec2(1.0, 1.0));
    let top_radius = CornerRadius { nw: RADIUS - 1, ne: RADIUS - 1, sw: 0, se: 0 };
    ui.painter().rect_filled(top, top_radius, tokens.canvas.lerp_to_gamma(tokens.card, 0.35));
    ui.painter().hline(top.x_range(), top.bottom(), Stroke::new(1.0, tokens.border));
    if let Some(Shown { picture, textures }) = shown {
        paint::scene(&ui.painter().with_clip_rect(top), tokens, top, &picture.scene, textures);
    }
    let body = Rect::from_min_max(
        pos2(rect.left() + PADDING, top.bottom()),
        rect.max - Vec2::splat(PADDING),
    );
    let mut inner = ui.new_child(
        UiBuilder::new().max_rect(body).layout(egui::Layout::top_down(egui::Align::Min)),
    );
    inner.spacing_mut().item_spacing.y = 0.0;
    inner.add_space(12.0);
    if let Some(Shown { picture, .. }) = shown {
        let (road, _) = inner.allocate_exact_size(vec2(body.width(), 10.0), Sense::HOVER);
        paint::road(inner.painter(), tokens, road, picture);
    } else {
        inner.add_space(10.0);
    }
    inner.add_space(9.0);
    let title =
        RichText::new(template.text.title.tr()).font(theme::bold(14.5)).color(tokens.strong);
    inner.add(egui::Label::new(title).truncate().selectable(false));
    inner.add_space(2.0);
    let summary = RichText::new(template.text.summary.tr()).color(tokens.weak);
    inner.add(egui::Label::new(summary).wrap().selectable(false));

    if has_data {
        start_ui(ui, body, template, gallery)
    } else {
        buttons_ui(ui, body, template, gallery)
    }
}

/// Where a button lies, counted from the lower edge.
fn slot(body: Rect, from_below: u8) -> Rect {
    let bottom = body.bottom() - f32::from(from_below) * (BUTTON + 6.0);
    Rect::from_min_max(pos2(body.left(), bottom - BUTTON), pos2(body.right(), bottom))
}

/// The button where the data is there already.
fn start_ui(
    ui: &mut Ui,
    body: Rect,
    template: &'static Template,
    gallery: &Gallery,
) -> Option<Wish> {
    let fits = gallery.is_folder.is_none_or(|is_folder| is_folder == wants_folder(template));
    let label = match (fits, wants_folder(template)) {
        (true, _) => tr("Start with this", "以此开始"),
        (false, true) => tr("Wants a folder", "需要文件夹"),
        (false, false) => tr("Wants a table file", "需要表格文件"),
    };
    let title = template.text.title.tr();
    let response =
        card_button(ui, slot(body, 0), icons::ICON_ARROW_FORWARD, label, title, true, fits);
    response.clicked().then_some(Wish::Own(template))
}

/// The buttons at the lower edge.
fn buttons_ui(
    ui: &mut Ui,
    body: Rect,
    template: &'static Template,
    gallery: &Gallery,
) -> Option<Wish> {
    let title = template.text.title.tr();
    let is_starting = gallery.starting.as_ref().is_some_and(|(other, _)| other.id == template.id);
    let label = if is_starting {
        tr("Opening…", "正在打开…")
    } else {
        tr("Open with sample data", "使用示例数据打开")
    };
    let sample = card_button(
        ui,
        slot(body, 1),
        icons::ICON_PLAY_ARROW,
        label,
        title,
        true,
        !gallery.is_busy(),
    );
    tour::mark_first(ui, Spot::Welcome, sample.rect);
    let icon =
        if wants_folder(template) { icons::ICON_FOLDER_OPEN } else { icons::ICON_UPLOAD_FILE };
    let own = card_button(
        ui,
        slot(body, 0),
        icon,
        tr("Use my own data…", "使用我的数据…"),
        title,
        false,
        true,
    );
    if sample.clicked() {
        Some(Wish::Sample(template))
    } else {
        own.clicked().then_some(Wish::Own(template))
    }
}

/// A button over the whole width of a card, tinted with the accent where it is the first thing to try.
fn card_button(
    ui: &mut Ui,
    rect: Rect,
    icon: MaterialIcon,
    label: &str,
    title: &str,
    is_first: bool,
    is_enabled: bool,
) -> Response {
    let tokens = tokens(ui);
    let sense = if is_enabled { Sense::click() } else { Sense::HOVER };
    let response = ui.interact(rect, ui.scope_id().with(("card", title, is_first)), sense);
    response
        .widget_info(|| WidgetInfo::labeled(Role::Button, is_enabled, format!("{label}: {title}")));
    let is_hot = is_enabled && (response.hovered() || response.has_focus());
    let (fill, color) = match (is_first && is_enabled, is_hot) {
        (true, true) => (tokens.accent, tokens.on_accent),
        (true, false) => (tokens.selected, tokens.accent),
        (false, true) => (tokens.hover, tokens.strong),
        (false, false) if is_enabled => (tokens.field, tokens.text),
        (false, false) => (tokens.field, tokens.weak),
    };
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS + 1), fill);
    widgets::focus_ring(ui, &response);
    let icon_rect =
        Rect::from_center_size(pos2(rect.left() + 18.0, rect.center().y), vec2(16.0, 16.0));
    widgets::icon_at(ui, icon, icon_rect, size::ICON + 1.0, color);
    let font = if is_first { theme::bold(size::BODY) } else { theme::regular(size::BODY) };
    ui.painter().text(
        pos2(rect.left() + 34.0, rect.center().y),
        Align2::LEFT_CENTER,
        label,
        font,
        color,
    );
    if is_enabled { response.on_hover_cursor(egui::CursorIcon::PointingHand) } else { response }
}
