//! The tools at the right of the line: saving, the row at the right, a row by number, the columns that are shown, a field
//! for a search.

use eframe::egui::{
    self, Align2, CornerRadius, Key, Popup, PopupCloseBehavior, ProgressBar, Rect, Role,
    ScrollArea, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons;

use super::super::open::OpenTable;
use super::super::{DataPanel, Output, marks, menu};
use crate::cx::Cx;
use crate::files::{Pick, PickKind};
use crate::lang::tr;
use crate::theme::{size, tokens};
use crate::widgets;

/// The buttons, from right to left.
pub(super) fn tools_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    panel: &mut DataPanel,
    output: &Output,
    open: &mut OpenTable,
) {
    if let Some(saving) = &panel.saving {
        if widgets::icon_button(ui, icons::ICON_CLOSE, tr("Stop saving", "停止保存")).clicked()
        {
            saving.task.cancel();
        }
        if saving.task.is_long() {
            let (fraction, _) = saving.task.progress();
            ui.add(ProgressBar::new(fraction as f32).desired_width(72.0).desired_height(6.0));
        }
    } else if widgets::icon_button(ui, icons::ICON_DOWNLOAD, tr("Save as CSV…", "另存为 CSV…"))
        .clicked()
    {
        ask_where(cx, output);
    }
    if panel.shows_columns {
        return;
    }
    let row_name = if panel.hides_row {
        tr("Show the chosen row at the right", "在右侧显示所选行")
    } else {
        tr("Hide the row at the right", "隐藏右侧的行详情")
    };
    let row_icon =
        if panel.hides_row { icons::ICON_RIGHT_PANEL_OPEN } else { icons::ICON_RIGHT_PANEL_CLOSE };
    if widgets::icon_button(ui, row_icon, row_name).clicked() {
        panel.hides_row ^= true;
        if !panel.hides_row && open.grid.chosen_place().is_none() {
            open.grid.choose_row(open.grid.scroll.first_row());
        }
    }
    let go = widgets::icon_button(ui, icons::ICON_PIN, tr("Go to a row…", "跳转到指定行…"));
    Popup::menu(&go)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(180.0)
        .show(|ui| go_to_ui(ui, panel, open));
    let columns =
        widgets::icon_button(ui, icons::ICON_VIEW_COLUMN, tr("Choose columns…", "选择要显示的列…"));
    if !open.hidden.is_empty() {
        let dot = columns.rect.right_top() + vec2(-5.0, 5.0);
        ui.painter().circle_filled(dot, 3.0, tokens(ui).accent);
    }
    Popup::menu(&columns)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(230.0)
        .show(|ui| choose_columns_ui(ui, open));
}

fn ask_where(cx: &mut Cx<'_>, output: &Output) {
    let title = cx.title_of(&output.0);
    let name: String = title
        .chars()
        .map(|c| if c.is_alphanumeric() || "-_ ".contains(c) { c } else { '_' })
        .collect();
    let extensions = pg_data::write::WRITTEN.map(str::to_owned).to_vec();
    let pick = Pick {
        title: tr("Save the rows", "保存数据").to_owned(),
        kind: PickKind::Save,
        filter: Some((tr("Table", "表格").to_owned(), extensions)),
        folder: cx
            .session
            .project()
            .path()
            .and_then(std::path::Path::parent)
            .map(std::path::Path::to_path_buf),
        file_name: Some(format!("{name}.csv")),
    };
    let output = output.clone();
    cx.view.files.pick(cx.egui, pick, move |cx, path| {
        let ctx = cx.egui.clone();
        cx.view.panels.data.save(&ctx, &output, path);
    });
}

fn go_to_ui(ui: &mut Ui, panel: &mut DataPanel, open: &mut OpenTable) {
    widgets::section_label(ui, tr("Go to row", "跳转到行"));
    let field = ui.add(
        TextEdit::singleline(&mut panel.row_number)
            .hint_text(tr("Number of the row", "行号"))
            .margin(vec2(8.0, 5.0))
            .desired_width(f32::INFINITY),
    );
    let number = panel.row_number.replace([',', ' '], "").parse::<u64>().ok();
    if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        if let Some(number) = number {
            open.go_to_number(&ui.ctx().clone(), number);
            panel.row_number.clear();
        }
        ui.close();
    } else if !field.has_focus() {
        field.request_focus();
    }
}

fn choose_columns_ui(ui: &mut Ui, open: &mut OpenTable) {
    ui.add_enabled_ui(!open.hidden.is_empty(), |ui| {
        if menu::item_ui(ui, icons::ICON_VISIBILITY, tr("Show all columns", "显示所有列")) {
            open.hidden.clear();
        }
    });
    ui.separator();
    let view = std::sync::Arc::clone(&open.view);
    let columns = &view.schema().columns;
    ScrollArea::vertical().max_height(300.0).show_rows(
        ui,
        size::ROW,
        columns.len(),
        |ui, range| {
            for column in columns.get(range).unwrap_or_default() {
                let mut is_shown = !open.hidden.contains(&column.name);
                ui.allocate_ui(vec2(ui.available_width(), size::ROW), |ui| {
                    ui.horizontal(|ui| {
                        if ui
                            .add(egui::Checkbox::new(&mut is_shown, marks::short(&column.name, 26)))
                            .changed()
                        {
                            if is_shown {
                                open.hidden.remove(&column.name);
                            } else {
                                open.hidden.insert(column.name.clone());
                            }
                        }
                    });
                });
            }
        },
    );
}

/// A search field with its icon and a cross to empty it.
pub(super) fn search_ui(ui: &mut Ui, text: &mut String, hint: &str, width: f32) {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), tokens.field);
    let icon = Rect::from_center_size(
        pos2(rect.left() + 14.0, rect.center().y),
        vec2(size::ICON, size::ICON),
    );
    widgets::icon_at(ui, icons::ICON_SEARCH, icon, size::ICON, tokens.weak);
    let right = if text.is_empty() { 4.0 } else { 26.0 };
    let place = Rect::from_min_max(
        pos2(rect.left() + 26.0, rect.top()),
        pos2(rect.right() - right, rect.bottom()),
    );
    // The line before it changes with what is typed: the field must not lose the keyboard by that.
    let field = TextEdit::singleline(text)
        .id(egui::Id::unique(("data-search", hint)))
        .frame(egui::Frame::NONE)
        .hint_text(hint)
        .align(Align2::LEFT_CENTER)
        .min_size(place.size())
        .desired_width(place.width());
    let field = ui.put(place, field).accessible_name(hint);
    let edge = if field.has_focus() { tokens.accent } else { tokens.border };
    let stroke = egui::Stroke::new(1.0, edge);
    ui.painter().rect_stroke(
        rect,
        CornerRadius::same(size::RADIUS),
        stroke,
        egui::StrokeKind::Inside,
    );
    if !text.is_empty() {
        let cross =
            Rect::from_center_size(pos2(rect.right() - 13.0, rect.center().y), vec2(20.0, 20.0));
        let response = ui.interact(cross, field.id.with("clear"), Sense::click());
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Button, true, tr("Empty the search", "清空搜索"))
        });
        let color = if response.hovered() { tokens.strong } else { tokens.weak };
        widgets::icon_at(ui, icons::ICON_CLOSE, cross, 14.0, color);
        if response.clicked() {
            text.clear();
        }
    }
}
