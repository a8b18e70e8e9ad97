//! The menu of a column: order, filter, copy, width, hide.

use eframe::egui::{self, Button, Checkbox, RichText, ScrollArea, TextEdit, Ui, vec2};
use egui_material_icons::icons;
use pg_data::profile::{Distinct, Spread};
use pg_data::view::Order;
use pg_data::{Column, ColumnKind};

use super::filter::Draft;
use super::marks;
use super::open::OpenTable;
use crate::lang::tr;
use crate::theme::{size, tokens};
use crate::widgets;

/// Categories with more labels are filtered by typing.
const MAX_CHECKBOXES: usize = 12;

/// Draws the menu into its popup.
pub(super) fn menu_ui(ui: &mut Ui, open: &mut OpenTable, index: usize) {
    let Some(column) = open.view.schema().columns.get(index).cloned() else { return };
    let is_picture = matches!(column.kind, ColumnKind::Image(_));
    if !is_picture {
        order_ui(ui, open, &column);
        ui.separator();
    }
    // In line with the labels of the buttons.
    egui::Frame::new()
        .inner_margin(egui::Margin::symmetric(8, 4))
        .show(ui, |ui| filter_ui(ui, open, &column));
    ui.separator();
    if !is_picture && item_ui(ui, icons::ICON_CONTENT_COPY, tr("Copy the column", "复制该列")) {
        let last = open.n_shown().saturating_sub(1);
        open.copy(&ui.ctx().clone(), 0..=last, vec![index], true);
        ui.close();
    }
    if item_ui(ui, icons::ICON_FIT_WIDTH, tr("Fit the width", "自动列宽")) {
        super::grid::fit_width(ui, open, index);
        ui.close();
    }
    if item_ui(ui, icons::ICON_VISIBILITY_OFF, tr("Hide the column", "隐藏该列")) {
        open.hidden.insert(column.name);
        ui.close();
    }
}

/// One line of a menu; true where it was clicked.
pub(super) fn item_ui(ui: &mut Ui, icon: egui_material_icons::MaterialIcon, label: &str) -> bool {
    let button = Button::new((icon.rich_text().size(size::ICON), RichText::new(label)));
    ui.add(button.min_size(vec2(ui.available_width(), size::ROW))).clicked()
}

fn order_ui(ui: &mut Ui, open: &mut OpenTable, column: &Column) {
    let now = open
        .order
        .as_ref()
        .filter(|order| order.column == column.name)
        .map(|order| order.is_descending);
    let (up, down) = match column.kind {
        ColumnKind::Number => (
            tr("Sort from small to large", "从小到大排序"),
            tr("Sort from large to small", "从大到小排序"),
        ),
        ColumnKind::Date => (
            tr("Sort from early to late", "从早到晚排序"),
            tr("Sort from late to early", "从晚到早排序"),
        ),
        ColumnKind::Sequence { .. } => (
            tr("Sort from short to long", "从短到长排序"),
            tr("Sort from long to short", "从长到短排序"),
        ),
        _ => (tr("Sort from A to Z", "升序排序"), tr("Sort from Z to A", "降序排序")),
    };
    for (is_descending, icon, label) in
        [(false, icons::ICON_ARROW_UPWARD, up), (true, icons::ICON_ARROW_DOWNWARD, down)]
    {
        if now != Some(is_descending) && item_ui(ui, icon, label) {
            open.order = Some(Order { column: column.name.clone(), is_descending });
            ui.close();
        }
    }
    if now.is_some() && item_ui(ui, icons::ICON_CLOSE, tr("Do not sort", "取消排序")) {
        open.order = None;
        ui.close();
    }
}

fn filter_ui(ui: &mut Ui, open: &mut OpenTable, column: &Column) {
    let mut draft = open.drafts.get(&column.name).cloned().unwrap_or_default();
    let before = draft.clone();
    ui.spacing_mut().interact_size.y = 24.0;
    widgets::section_label(ui, tr("Filter", "筛选"));
    match column.kind {
        ColumnKind::Number | ColumnKind::Date | ColumnKind::Sequence { .. } => {
            range_ui(ui, open, column, &mut draft);
        }
        ColumnKind::Category | ColumnKind::Text | ColumnKind::Audio => {
            text_ui(ui, &mut draft);
            labels_ui(ui, open, column, &mut draft);
        }
        ColumnKind::Image(_) => {}
    }
    let n_missing = open.profiles.get(&column.name).map_or(1, |profile| profile.n_missing);
    if n_missing > 0 || draft.is_missing.is_some() {
        for (choice, label) in
            [(true, tr("Only missing", "仅缺失值")), (false, tr("Without missing", "排除缺失值"))]
        {
            let mut is_on = draft.is_missing == Some(choice);
            if ui.add(Checkbox::new(&mut is_on, label)).changed() {
                draft.is_missing = is_on.then_some(choice);
            }
        }
    }
    if draft != before {
        if draft == Draft::default() {
            open.drafts.remove(&column.name);
        } else {
            open.drafts.insert(column.name.clone(), draft);
        }
    }
}

fn text_ui(ui: &mut Ui, draft: &mut Draft) {
    let hint = tr("contains…", "包含…");
    let field = TextEdit::singleline(&mut draft.text)
        .hint_text(hint)
        .margin(vec2(8.0, 5.0))
        .desired_width(f32::INFINITY);
    ui.add(field);
}

fn labels_ui(ui: &mut Ui, open: &OpenTable, column: &Column, draft: &mut Draft) {
    let Some(profile) = open.profiles.get(&column.name) else { return };
    let Spread::Labels(labels) = &profile.spread else { return };
    if !matches!(profile.distinct, Distinct::Exactly(count) if count <= MAX_CHECKBOXES) {
        return;
    }
    let tokens = tokens(ui);
    ScrollArea::vertical().max_height(210.0).show(ui, |ui| {
        for (label, count) in &labels.top {
            ui.horizontal(|ui| {
                let mut is_on = draft.labels.contains(label);
                if ui.add(Checkbox::new(&mut is_on, marks::short(label, 24))).changed() {
                    if is_on {
                        draft.labels.insert(label.clone());
                    } else {
                        draft.labels.remove(label);
                    }
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.label(RichText::new(widgets::count(*count as u64)).color(tokens.weak));
                });
            });
        }
    });
}

fn range_ui(ui: &mut Ui, open: &OpenTable, column: &Column, draft: &mut Draft) {
    let (min_hint, max_hint) = match open.profiles.get(&column.name).map(|profile| &profile.spread)
    {
        Some(Spread::Numbers(numbers)) => {
            (widgets::number(numbers.min), widgets::number(numbers.max))
        }
        Some(Spread::Dates(numbers)) => numbers.date_range(),
        _ => Default::default(),
    };
    if let ColumnKind::Sequence { .. } = column.kind {
        widgets::weak(ui, tr("Length", "长度"));
    }
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 30.0) / 2.0;
        bound_ui(ui, &mut draft.min, &min_hint, &column.kind, width, tr("At least", "最小值"));
        widgets::weak(ui, "–");
        bound_ui(ui, &mut draft.max, &max_hint, &column.kind, width, tr("At most", "最大值"));
    });
}

fn bound_ui(ui: &mut Ui, text: &mut String, hint: &str, kind: &ColumnKind, width: f32, name: &str) {
    let is_unreadable = Draft::is_unreadable(text, kind);
    let mut field = TextEdit::singleline(text)
        .hint_text(hint)
        .margin(vec2(8.0, 5.0))
        .desired_width(width - 16.0);
    if is_unreadable {
        field = field.text_color(tokens(ui).bad);
    }
    let response = ui.add(field);
    let expected = match (is_unreadable, kind) {
        (true, ColumnKind::Date) => {
            tr("A day is expected, like 2024-01-31.", "应为日期，例如 2024-01-31。")
        }
        (true, _) => tr("A number is expected.", "应为数字。"),
        _ => name,
    };
    response.on_hover_text(expected);
}
