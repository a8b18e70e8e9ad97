//! The head of the table: per column its kind, name, role and a glance at its values; sorts, resizes, opens the menu.

use std::sync::Arc;

use eframe::egui::{
    Align2, CornerRadius, CursorIcon, Popup, PopupCloseBehavior, Rect, Response, Role, Sense, Ui,
    WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons;
use pg_data::profile::{ColumnProfile, Distinct, Spread};
use pg_data::{Column, Role as ColumnRole};

use super::widths::{self, MIN_WIDTH, PADDING};
use super::{Frame, HEADER_HEIGHT, PlacedColumn, hairline};
use crate::lang::tr;
use crate::panels::data::open::OpenTable;
use crate::panels::data::{marks, menu};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Side of the menu button.
const MENU: f32 = 20.0;
/// Middle of the line with the name, and of the line with the glance.
const NAME_LINE: f32 = 15.0;
const GLANCE_TOP: f32 = 29.0;
const GLANCE_BOTTOM: f32 = 49.0;

/// Draws the heads of the columns that are seen.
pub(super) fn header_ui(ui: &mut Ui, open: &mut OpenTable, frame: &Frame) {
    let tokens = tokens(ui);
    let line = frame.header.bottom() - 0.5;
    ui.painter().rect_filled(frame.header, CornerRadius::ZERO, tokens.panel);
    ui.painter().hline(frame.area.x_range(), line, eframe::egui::Stroke::new(1.0, tokens.border));
    let heads = frame.header.with_min_x(frame.header.left() + frame.numbers_width);
    let view = Arc::clone(&open.view);
    let mut inside = ui.new_child(eframe::egui::UiBuilder::new().max_rect(heads));
    inside.shrink_clip_rect(heads);
    for placed in &frame.columns {
        if let Some(column) = view.schema().columns.get(placed.index) {
            head_ui(&mut inside, open, frame, *placed, column);
        }
    }
    let at =
        pos2(frame.header.left() + frame.numbers_width - PADDING, frame.header.top() + NAME_LINE);
    ui.painter().text(
        at,
        Align2::RIGHT_CENTER,
        tr("row", "行"),
        theme::regular(size::SMALL),
        tokens.weak,
    );
}

fn head_ui(
    ui: &mut Ui,
    open: &mut OpenTable,
    frame: &Frame,
    placed: PlacedColumn,
    column: &Column,
) {
    let rect = Rect::from_min_size(
        pos2(placed.left, frame.header.top()),
        vec2(placed.width, HEADER_HEIGHT),
    );
    let id = frame.id.with(("head", placed.index));
    let order = open.order.as_ref().filter(|order| order.column == column.name);
    let direction = order.map(|order| order.is_descending);
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| {
        let name = &column.name;
        let label = match direction {
            None => format!("{} {name}", tr("Sort by", "排序：")),
            Some(false) => format!("{name}, {}", tr("sorted upwards", "已升序")),
            Some(true) => format!("{name}, {}", tr("sorted downwards", "已降序")),
        };
        WidgetInfo::labeled(Role::ColumnHeader, true, label)
    });
    let menu_rect = Rect::from_center_size(
        pos2(rect.right() - PADDING - 4.0, rect.top() + NAME_LINE),
        vec2(MENU, MENU),
    );
    let menu_response = menu_button_ui(ui, &response, menu_rect, &column.name);
    if response.hovered() || response.has_focus() {
        let inner = rect.shrink2(vec2(0.5, 0.0)).with_max_y(rect.bottom() - 1.0);
        ui.painter().rect_filled(inner, CornerRadius::ZERO, tokens(ui).hover.gamma_multiply(0.55));
    }
    let profile = open.profiles.get(&column.name);
    let has_filter = open.drafts.contains_key(&column.name);
    let is_menu_seen = response.contains_pointer()
        || response.has_focus()
        || menu_response.has_focus()
        || is_open(ui, &menu_response);
    name_line(ui, rect, column, direction, has_filter, is_menu_seen.then_some(menu_rect));
    if menu_response.hovered() || is_open(ui, &menu_response) {
        ui.painter().rect_filled(menu_rect, CornerRadius::same(size::RADIUS), tokens(ui).hover);
    }
    if is_menu_seen {
        widgets::icon_at(ui, icons::ICON_MORE_VERT, menu_rect, size::ICON, tokens(ui).text);
    }
    if let Some(profile) = profile {
        glance(ui, rect, column, profile, response.hovered());
    }
    ui.painter().vline(rect.right() - 0.5, rect.y_range().shrink(6.0), hairline(ui));
    edge_ui(ui, open, frame, placed, &column.name);
    widgets::focus_ring(ui, &response);
    let response = match open.profiles.get(&column.name) {
        Some(profile) if !is_open(ui, &menu_response) => {
            response.on_hover_ui(|ui| tooltip_ui(ui, column, profile))
        }
        _ => response,
    };
    if response.clicked() {
        open.turn_order(&column.name);
    }
    Popup::menu(&menu_response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .gap(4.0)
        .width(248.0)
        .show(|ui| menu::menu_ui(ui, open, placed.index));
    Popup::context_menu(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(248.0)
        .show(|ui| menu::menu_ui(ui, open, placed.index));
}

fn is_open(ui: &Ui, button: &Response) -> bool {
    Popup::is_id_open(ui.ctx(), Popup::default_response_id(button))
}

fn menu_button_ui(ui: &Ui, head: &Response, rect: Rect, name: &str) -> Response {
    let response = ui.interact(rect, head.id.with("menu"), Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Button, true, format!("{} {name}", tr("Menu of", "列菜单：")))
    });
    widgets::focus_ring(ui, &response);
    response
}

/// Icon, name and badge; at the right a mark for the order or a filter.
fn name_line(
    ui: &Ui,
    rect: Rect,
    column: &Column,
    direction: Option<bool>,
    has_filter: bool,
    menu: Option<Rect>,
) {
    let tokens = tokens(ui);
    let middle = rect.top() + NAME_LINE;
    let icon = Rect::from_center_size(pos2(rect.left() + PADDING + 7.0, middle), vec2(14.0, 14.0));
    widgets::icon_at(ui, marks::icon_of(&column.kind), icon, 14.0, tokens.weak);
    let mut right = menu.map_or(rect.right() - PADDING, |menu| menu.left());
    let mut mark = |icon| {
        let place = Rect::from_center_size(pos2(right - 7.0, middle), vec2(14.0, 14.0));
        widgets::icon_at(ui, icon, place, 14.0, tokens.accent);
        right -= 17.0;
    };
    match direction {
        Some(false) => mark(icons::ICON_ARROW_UPWARD),
        Some(true) => mark(icons::ICON_ARROW_DOWNWARD),
        None => {}
    }
    if has_filter && rect.width() > 76.0 {
        mark(icons::ICON_FILTER_ALT);
    }
    if let Some(label) = marks::role_label(column.role) {
        let is_target = column.role == ColumnRole::Target;
        // The name matters more: a narrow column shows no badge.
        if right - rect.left() > 110.0 {
            right -=
                marks::badge(ui.painter(), tokens, pos2(right, middle), label, is_target) + 6.0;
        }
    }
    let left = rect.left() + PADDING + 20.0;
    let color = if column.role == ColumnRole::Ignored { tokens.weak } else { tokens.strong };
    marks::line_of_text(
        ui,
        &column.name,
        pos2(left, middle),
        (right - left).max(8.0),
        theme::bold(size::BODY),
        color,
    );
}

/// Histogram, or the most frequent value over a bar of shares; at the right how much is missing.
fn glance(ui: &Ui, rect: Rect, column: &Column, profile: &ColumnProfile, is_hovered: bool) {
    let tokens = tokens(ui);
    let place = Rect::from_min_max(
        pos2(rect.left() + PADDING, rect.top() + GLANCE_TOP),
        pos2(rect.right() - PADDING, rect.top() + GLANCE_BOTTOM),
    );
    let mut room = place;
    if profile.n_missing + profile.n_unusable > 0 {
        let missing = 1.0 - profile.quality().unwrap_or(1.0);
        let text = match place.width() {
            width if width > 150.0 => {
                format!("{} {}", marks::percent(missing), tr("missing", "缺失"))
            }
            _ => marks::percent(missing),
        };
        let color = if missing > 0.4 { tokens.bad } else { tokens.warning };
        let galley = ui.painter().layout_no_wrap(text, theme::regular(size::SMALL - 0.5), color);
        let at = pos2(place.right() - galley.size().x, place.bottom() - galley.size().y + 1.0);
        room.max.x = (at.x - 8.0).max(room.left());
        ui.painter().galley(at, galley, color);
    }
    if room.width() < 12.0 {
        return;
    }
    match &profile.spread {
        Spread::Numbers(numbers) | Spread::Dates(numbers) => {
            let color = if is_hovered { tokens.accent } else { tokens.accent.gamma_multiply(0.62) };
            marks::histogram(ui.painter(), room, numbers, color, 14.0);
        }
        Spread::Labels(labels) => {
            let n_usable = marks::n_usable(profile);
            let is_coloured = matches!(profile.distinct, Distinct::Exactly(count) if count <= marks::MAX_COLOURED);
            let text = match labels.top.first() {
                Some((label, count)) if *count > 1 && marks::is_told(column, profile) => {
                    format!(
                        "{} · {}",
                        marks::short(label, 40),
                        marks::percent(*count as f64 / n_usable.max(1) as f64)
                    )
                }
                _ => marks::distinct_text(profile.distinct)
                    .map(|count| format!("{count} {}", tr("different", "个不同值")))
                    .unwrap_or_default(),
            };
            let font = theme::regular(size::SMALL - 0.5);
            marks::line_of_text(
                ui,
                &text,
                pos2(room.left(), room.top() + 5.0),
                room.width(),
                font,
                tokens.weak,
            );
            let bar = room.with_min_y(room.bottom() - 5.0);
            if marks::is_told(column, profile) {
                marks::shares(ui.painter(), tokens, bar, labels, n_usable, is_coloured);
            }
        }
        Spread::Nothing => {
            if let Some(text) = marks::picture_text(&column.kind) {
                let at = pos2(room.left(), room.top() + 5.0);
                marks::line_of_text(
                    ui,
                    &text,
                    at,
                    room.width(),
                    theme::regular(size::SMALL - 0.5),
                    tokens.weak,
                );
            }
        }
    }
}

/// The right edge: dragged it resizes, clicked twice it fits.
fn edge_ui(ui: &mut Ui, open: &mut OpenTable, frame: &Frame, placed: PlacedColumn, name: &str) {
    let x = placed.left + placed.width;
    let rect =
        Rect::from_min_max(pos2(x - 5.0, frame.header.top()), pos2(x + 4.0, frame.header.bottom()));
    let response =
        ui.interact(rect, frame.id.with(("edge", placed.index)), Sense::click_and_drag());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Splitter, true, format!("{} {name}", tr("Width of", "列宽：")))
    });
    if response.double_clicked() {
        widths::fit(ui, open, placed.index);
    } else if response.dragged() {
        let width = (placed.width + response.drag_delta().x).max(MIN_WIDTH);
        open.widths.insert(name.to_owned(), width);
    }
    if response.hovered() || response.dragged() {
        let stroke = eframe::egui::Stroke::new(2.0, tokens(ui).accent);
        ui.painter().vline(x - 0.5, rect.y_range(), stroke);
    }
    response.on_hover_cursor(CursorIcon::ResizeHorizontal);
}

fn tooltip_ui(ui: &mut Ui, column: &Column, profile: &ColumnProfile) {
    use crate::lang::Tr as _;
    ui.set_width(260.0);
    widgets::subheading(ui, &column.name);
    let kind = column.kind.label();
    let role = marks::role_label(column.role).map(|role| format!(" · {role}")).unwrap_or_default();
    widgets::weak(ui, format!("{}{role}", kind.tr()));
    ui.add_space(2.0);
    for (label, value) in marks::summary(profile) {
        widgets::key_value(ui, &label, &value);
    }
}
