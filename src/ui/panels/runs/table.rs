//! The table of a comparison: one column per run, what differs in strong text, the best of each row marked.

use eframe::egui::{
    self, Align2, Color32, CornerRadius, RichText, ScrollArea, Sense, Stroke, Ui, pos2, vec2,
};

use super::compare::{Comparison, Group, Row};
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Height of a row.
const ROW: f32 = size::TABLE_ROW;
/// Narrowest column of a run, and of the labels.
const MIN_COLUMN: f32 = 80.0;
const MIN_LABEL: f32 = 130.0;
const MAX_LABEL: f32 = 260.0;

/// Draws it; `color` is that of a run.
pub(super) fn table_ui(ui: &mut Ui, comparison: &Comparison, color: &dyn Fn(u64) -> Color32) {
    let n_runs = comparison.ids.len().max(1) as f32;
    let width = ui.available_width();
    let label = (width - n_runs * 110.0).clamp(MIN_LABEL, MAX_LABEL);
    let column = ((width - label) / n_runs).max(MIN_COLUMN);
    ScrollArea::both().auto_shrink(false).id_salt("comparison").show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.set_min_width(label + column * n_runs);
        head_ui(ui, comparison, label, column, color);
        let mut group = None;
        for row in &comparison.rows {
            if group != Some(row.group) {
                group = Some(row.group);
                ui.add_space(8.0);
                widgets::section_label(ui, group_title(row.group));
                ui.add_space(2.0);
            }
            row_ui(ui, row, label, column);
        }
    });
}

fn group_title(group: Group) -> &'static str {
    match group {
        Group::Differences => tr("Different settings", "不同的设置"),
        Group::Metrics => tr("Metrics", "指标"),
        Group::Training => tr("Training", "训练"),
        Group::Common => tr("Common settings", "相同的设置"),
    }
}

fn head_ui(
    ui: &mut Ui,
    comparison: &Comparison,
    label: f32,
    column: f32,
    color: &dyn Fn(u64) -> Color32,
) {
    let size = vec2(label + column * comparison.ids.len() as f32, ROW);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let tokens = tokens(ui);
    for (index, id) in comparison.ids.iter().enumerate() {
        let right = rect.left() + label + column * (index as f32 + 1.0) - 8.0;
        let text = format!("{} {id}", tr("Run", "运行"));
        let font = theme::bold(theme::size::BODY);
        let text = ui.painter().text(
            pos2(right, rect.center().y),
            Align2::RIGHT_CENTER,
            text,
            font,
            tokens.strong,
        );
        ui.painter().circle_filled(pos2(text.left() - 9.0, rect.center().y), 3.5, color(*id));
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, tokens.border));
}

fn row_ui(ui: &mut Ui, row: &Row, label: f32, column: f32) {
    let size = vec2(label + column * row.cells.len() as f32, ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    if !ui.is_rect_visible(rect) {
        return;
    }
    let tokens = tokens(ui);
    if response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::same(theme::size::RADIUS), tokens.hover);
    }
    let differs = row.differs();
    let place = rect.with_max_x(rect.left() + label - 8.0);
    cell_ui(ui, place, row.label.tr(), tokens.weak, egui::Align::Min);
    for (index, (cell, is_best)) in row.cells.iter().zip(&row.is_best).enumerate() {
        let left = rect.left() + label + column * index as f32;
        let place = rect.with_min_x(left + 4.0).with_max_x(left + column - 8.0);
        let color = match (is_best, differs) {
            (true, _) => tokens.good,
            (false, true) => tokens.strong,
            (false, false) => tokens.weak,
        };
        cell_ui(ui, place, &cell.text(), color, egui::Align::Max);
    }
}

/// Text that is cut where it does not fit.
fn cell_ui(ui: &mut Ui, place: egui::Rect, text: &str, color: Color32, align: egui::Align) {
    let layout = match align {
        egui::Align::Max => egui::Layout::right_to_left(egui::Align::Center),
        _ => egui::Layout::left_to_right(egui::Align::Center),
    };
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place).layout(layout));
    child.add(egui::Label::new(RichText::new(text).color(color)).truncate().selectable(false));
}
