//! The chosen row at the right: all its values, long texts whole, pictures large.

use eframe::egui::{
    self, Align, Color32, CornerRadius, Layout, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2,
};
use egui_material_icons::icons;
use pg_base::say;
use pg_data::{Column, ColumnKind, Role};

use super::marks;
use super::open::OpenTable;
use super::pictures::{PictureSize, Thumb};
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Longer values stand below their name, without being measured.
const MAX_BESIDE: usize = 60;
/// Share of a line that belongs to the name.
const NAME_SHARE: f32 = 0.55;
/// Characters of a value that are laid out; more would slow the window.
const MAX_CHARS: usize = 20_000;

/// Draws it; true where it was closed.
pub(super) fn row_ui(ui: &mut Ui, open: &mut OpenTable, place: u64) -> bool {
    let Some(row) = open.row_at(place) else { return false };
    let is_closed = head_ui(ui, open, place, row);
    let view = std::sync::Arc::clone(&open.view);
    ScrollArea::vertical().id_salt("data-row-values").auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.spacing_mut().interact_size.y = 20.0;
        for (index, column) in view.schema().columns.iter().enumerate() {
            value_ui(ui, open, row, index, column);
        }
        ui.add_space(8.0);
    });
    is_closed
}

fn head_ui(ui: &mut Ui, open: &mut OpenTable, place: u64, row: usize) -> bool {
    let tokens = tokens(ui);
    let mut is_closed = false;
    ui.horizontal(|ui| {
        ui.set_height(size::CONTROL);
        ui.spacing_mut().item_spacing.x = 6.0;
        let number = widgets::count(open.view.row_number(row));
        widgets::subheading(ui, say!("Row {number}", "第 {number} 行").tr());
        if let Some(part) = open.view.part(row) {
            let (rect, _) = ui.allocate_exact_size(vec2(3.0, 12.0), Sense::hover());
            ui.painter().rect_filled(rect, CornerRadius::same(1), marks::part_color(tokens, part));
            ui.label(RichText::new(marks::part_label(part)).size(size::SMALL).color(tokens.weak));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            is_closed = widgets::icon_button(ui, icons::ICON_CLOSE, tr("Close", "关闭")).clicked();
            let last = open.n_shown().saturating_sub(1);
            ui.add_enabled_ui(place < last, |ui| {
                if widgets::icon_button(
                    ui,
                    icons::ICON_KEYBOARD_ARROW_DOWN,
                    tr("Next row", "下一行"),
                )
                .clicked()
                {
                    open.grid.choose_row(place + 1);
                }
            });
            ui.add_enabled_ui(place > 0, |ui| {
                if widgets::icon_button(
                    ui,
                    icons::ICON_KEYBOARD_ARROW_UP,
                    tr("Row before", "上一行"),
                )
                .clicked()
                {
                    open.grid.choose_row(place - 1);
                }
            });
        });
    });
    is_closed
}

fn value_ui(ui: &mut Ui, open: &mut OpenTable, row: usize, index: usize, column: &Column) {
    let tokens = tokens(ui);
    let value = open.view.exact(row, index);
    if matches!(column.kind, ColumnKind::Image(_)) {
        name_ui(ui, column);
        picture_ui(ui, open, row, index);
        if let Some(path) = value {
            ui.add(
                egui::Label::new(RichText::new(path).size(size::SMALL).color(tokens.weak)).wrap(),
            );
        }
        return;
    }
    let exact = value.unwrap_or_else(|| "–".to_owned());
    // Long decimals are rounded; the whole number is told by the tooltip.
    let is_rounded = column.kind == ColumnKind::Number && exact.len() > 10;
    let text = open
        .view
        .cell(row, index)
        .filter(|_| column.kind == ColumnKind::Number && (is_rounded || exact.starts_with('-')));
    let text = text.unwrap_or_else(|| exact.clone());
    let is_short = text.chars().nth(MAX_BESIDE).is_none() && !text.contains('\n') && {
        let galley =
            ui.painter().layout_no_wrap(text.clone(), theme::regular(size::BODY), tokens.strong);
        galley.size().x < ui.available_width() * (1.0 - NAME_SHARE) - 8.0
    };
    if is_short {
        let width = ui.available_width();
        ui.horizontal(|ui| {
            ui.set_width(width);
            let room = width * NAME_SHARE;
            ui.allocate_ui_with_layout(
                vec2(room, 20.0),
                Layout::left_to_right(Align::Center),
                |ui| {
                    ui.set_width(room);
                    name_ui(ui, column);
                },
            );
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let color = if text == "–" { tokens.weak } else { tokens.strong };
                let label = ui.add(egui::Label::new(RichText::new(&text).color(color)).truncate());
                if is_rounded {
                    label.on_hover_text(exact);
                }
            });
        });
        return;
    }
    name_ui(ui, column);
    let text = marks::short(&text, MAX_CHARS);
    ui.add(egui::Label::new(RichText::new(text).color(tokens.strong)).wrap());
}

fn name_ui(ui: &mut Ui, column: &Column) {
    let tokens = tokens(ui);
    let color = if column.role == Role::Target { tokens.accent } else { tokens.weak };
    let label = ui.add(
        egui::Label::new(RichText::new(&column.name).font(theme::regular(size::BODY)).color(color))
            .truncate(),
    );
    if let Some(role) = marks::role_label(column.role) {
        label.on_hover_text(role);
    }
}

fn picture_ui(ui: &mut Ui, open: &mut OpenTable, row: usize, index: usize) {
    let tokens = tokens(ui);
    let side = ui.available_width().min(260.0);
    match open.pictures.get(row, index, PictureSize::Large) {
        Thumb::Ready(texture) => {
            let size = texture.size_vec2();
            let scale = (side / size.max_elem().max(1.0)).min(if size.max_elem() <= 64.0 {
                f32::INFINITY
            } else {
                1.0
            });
            let (rect, response) = ui.allocate_exact_size(size * scale, Sense::hover());
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture.id(), rect, uv, Color32::WHITE);
            response.widget_info(|| {
                egui::WidgetInfo::labeled(
                    egui::Role::Image,
                    true,
                    tr("Picture of the row", "该行的图片"),
                )
            });
        }
        Thumb::Loading => {
            let (rect, _) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
            ui.painter().rect_filled(rect, CornerRadius::same(4), tokens.field);
        }
        Thumb::Failed(Some(trouble)) => widgets::trouble_ui(ui, &trouble),
        Thumb::Failed(None) => {
            widgets::weak(ui, "–");
        }
    }
}
