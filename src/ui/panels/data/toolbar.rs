//! The line above the table: whose table it is, how large, its parts; search, columns, a row by number, saving.

use std::collections::BTreeMap;

use eframe::egui::{
    self, Align, Align2, Color32, CornerRadius, Key, Layout, Popup, PopupCloseBehavior, ProgressBar, Rect, RichText, Role,
    ScrollArea, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons;
use pg_data::Part;
use pg_pipeline::NodeId;

use super::open::OpenTable;
use super::{DataPanel, Output, marks, subject};
use crate::cx::Cx;
use crate::files::{Pick, PickKind};
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Room that is kept for the tools and a search of some width.
const TOOLS_WIDTH: f32 = 430.0;
const MAX_SEARCH_WIDTH: f32 = 200.0;

/// Node and port at the left of the line.
pub(super) fn title_ui(ui: &mut Ui, cx: &mut Cx<'_>, ports: &mut BTreeMap<NodeId, String>, output: &Output) {
    ui.horizontal(|ui| {
        ui.set_height(size::CONTROL);
        title_parts_ui(ui, cx, ports, output);
    });
}

fn title_parts_ui(ui: &mut Ui, cx: &mut Cx<'_>, ports: &mut BTreeMap<NodeId, String>, (node, port): &Output) {
    let tokens = tokens(ui);
    let title = cx.title_of(node);
    let color = cx.spec_of(node).map_or(tokens.weak, |spec| tokens.stage(spec.stage));
    let (rect, _) = ui.allocate_exact_size(vec2(9.0, size::CONTROL), Sense::hover());
    ui.painter().rect_filled(Rect::from_center_size(rect.center(), vec2(9.0, 9.0)), CornerRadius::same(2), color);
    let text = RichText::new(&title).font(theme::bold(size::BODY)).color(tokens.strong);
    let label = ui.add(egui::Label::new(text).selectable(false).sense(Sense::click()).truncate());
    if label.on_hover_text(tr("Show the node", "定位到该节点")).on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        cx.go_to(node);
    }
    let all: Vec<_> = subject::table_ports(cx, node).collect();
    if all.len() > 1 {
        let options: Vec<(String, &str)> = all.iter().map(|port| (port.id.to_owned(), port.label.tr())).collect();
        if let Some(picked) = segmented(ui, port, &options) {
            ports.insert(node.clone(), picked);
        }
    }
}

/// The whole line.
pub(super) fn toolbar_ui(ui: &mut Ui, cx: &mut Cx<'_>, panel: &mut DataPanel, output: &Output, open: &mut OpenTable) {
    ui.horizontal(|ui| {
        ui.set_height(size::CONTROL);
        ui.spacing_mut().item_spacing.x = 8.0;
        title_parts_ui(ui, cx, &mut panel.ports, output);
        facts_ui(ui, open);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let options = [(false, tr("Table", "表格")), (true, tr("Columns", "各列"))];
            if let Some(shows_columns) = segmented(ui, &panel.shows_columns, &options) {
                panel.shows_columns = shows_columns;
            }
            ui.add_space(4.0);
            tools_ui(ui, cx, panel, output, open);
            ui.add_space(4.0);
            let (text, hint) = if panel.shows_columns {
                (&mut panel.column_search, tr("Find a column", "查找列"))
            } else {
                (&mut open.search, tr("Search all columns", "搜索所有列"))
            };
            let room = (ui.available_width() - 8.0).min(MAX_SEARCH_WIDTH);
            if room > 60.0 {
                search_ui(ui, text, hint, room);
            }
        });
    });
    busy_line(ui, open);
}

/// Size and parts, in as many words as there is room for beside the tools.
fn facts_ui(ui: &mut Ui, open: &mut OpenTable) {
    let room = ui.available_width() - TOOLS_WIDTH;
    let width = |text: &str| {
        ui.painter().layout_no_wrap(text.to_owned(), theme::regular(size::BODY), Color32::PLACEHOLDER).size().x + 12.0
    };
    let counts = if open.view.is_split() { open.part_counts } else { [0; 3] };
    let parts: Vec<(Part, u64)> =
        Part::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0).map(|(part, count)| (part, count as u64)).collect();
    let named = parts.iter().map(|(part, count)| (*part, format!("{} {}", marks::part_label(*part), widgets::count(*count))));
    let plain = parts.iter().map(|(part, count)| (*part, widgets::count(*count)));
    let (named, plain): (Vec<_>, Vec<_>) = (named.collect(), plain.collect());
    let (long, short) = size_texts(open);
    let forms = [(&long, &named), (&long, &plain), (&short, &plain), (&short, &Vec::new())];
    let fits = |(text, parts): &(&String, &Vec<(Part, String)>)| {
        width(text) + parts.iter().map(|(_, text)| width(text) + 14.0).sum::<f32>() < room
    };
    let Some((text, parts)) = forms.into_iter().find(fits) else { return };
    let label = widgets::weak(ui, text.as_str());
    if *text != long {
        label.on_hover_text(&long);
    }
    parts_ui(ui, open, parts);
}

/// Rows and columns, how many rows are left by the filters; in words and short.
fn size_texts(open: &OpenTable) -> (String, String) {
    let (n_shown, n_rows) = (widgets::count(open.n_shown()), widgets::count(open.view.n_rows() as u64));
    let n_columns = widgets::count(open.view.schema().columns.len() as u64);
    let rows = if open.is_narrowed() { format!("{n_shown} {} {n_rows}", tr("of", "/")) } else { n_rows };
    let long = format!("{rows}{} × {n_columns}{}", tr(" rows", " 行"), tr(" columns", " 列"));
    (long, format!("{rows} × {n_columns}"))
}

/// The parts with their sizes; a click shows one part only.
fn parts_ui(ui: &mut Ui, open: &mut OpenTable, texts: &[(Part, String)]) {
    ui.spacing_mut().item_spacing.x = 0.0;
    let tokens = tokens(ui);
    for (part, text) in texts {
        let is_chosen = open.part == Some(*part);
        let color = if open.part.is_none() || is_chosen { tokens.text } else { tokens.weak };
        let galley = ui.painter().layout_no_wrap(text.clone(), theme::regular(size::SMALL), color);
        let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 22.0, 22.0), Sense::click());
        let name = format!("{} {}", tr("Only the rows for", "仅显示："), marks::part_label(*part));
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
        if is_chosen || response.hovered() {
            let fill = if is_chosen { tokens.selected } else { tokens.hover };
            ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
        }
        widgets::focus_ring(ui, &response);
        let tick = Rect::from_center_size(pos2(rect.left() + 7.5, rect.center().y), vec2(3.0, 11.0));
        ui.painter().rect_filled(tick, CornerRadius::same(1), marks::part_color(tokens, *part));
        let at = pos2(rect.left() + 14.0, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
        if response.on_hover_text(format!("{}: {}", marks::part_label(*part), tr("show these rows only", "仅显示这些行"))).clicked() {
            open.part = (!is_chosen).then_some(*part);
        }
    }
}

fn tools_ui(ui: &mut Ui, cx: &mut Cx<'_>, panel: &mut DataPanel, output: &Output, open: &mut OpenTable) {
    if let Some(saving) = &panel.saving {
        if widgets::icon_button(ui, icons::ICON_CLOSE, tr("Stop saving", "停止保存")).clicked() {
            saving.task.cancel();
        }
        if saving.task.is_long() {
            let (fraction, _) = saving.task.progress();
            ui.add(ProgressBar::new(fraction as f32).desired_width(72.0).desired_height(6.0));
        }
    } else if widgets::icon_button(ui, icons::ICON_DOWNLOAD, tr("Save as CSV…", "另存为 CSV…")).clicked() {
        ask_where(cx, output);
    }
    if panel.shows_columns {
        return;
    }
    let row_name = if panel.hides_row { tr("Show the chosen row at the right", "在右侧显示所选行") } else { tr("Hide the row at the right", "隐藏右侧的行详情") };
    let row_icon = if panel.hides_row { icons::ICON_RIGHT_PANEL_OPEN } else { icons::ICON_RIGHT_PANEL_CLOSE };
    if widgets::icon_button(ui, row_icon, row_name).clicked() {
        panel.hides_row ^= true;
        if !panel.hides_row && open.grid.chosen_place().is_none() {
            open.grid.choose_row(open.grid.scroll.first_row());
        }
    }
    let go = widgets::icon_button(ui, icons::ICON_PIN, tr("Go to a row…", "跳转到指定行…"));
    Popup::menu(&go).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(180.0).show(|ui| go_to_ui(ui, panel, open));
    let columns = widgets::icon_button(ui, icons::ICON_VIEW_COLUMN, tr("Choose columns…", "选择要显示的列…"));
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
    let name: String = title.chars().map(|c| if c.is_alphanumeric() || "-_ ".contains(c) { c } else { '_' }).collect();
    let extensions = ["csv", "tsv", "parquet", "jsonl"].map(str::to_owned).to_vec();
    let pick = Pick {
        title: tr("Save the rows", "保存数据").to_owned(),
        kind: PickKind::Save,
        filter: Some((tr("Table", "表格").to_owned(), extensions)),
        folder: cx.session.project().path().and_then(std::path::Path::parent).map(std::path::Path::to_path_buf),
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
        if super::menu::item_ui(ui, icons::ICON_VISIBILITY, tr("Show all columns", "显示所有列")) {
            open.hidden.clear();
        }
    });
    ui.separator();
    let view = std::sync::Arc::clone(&open.view);
    let columns = &view.schema().columns;
    ScrollArea::vertical().max_height(300.0).show_rows(ui, size::ROW, columns.len(), |ui, range| {
        for column in columns.get(range).unwrap_or_default() {
            let mut is_shown = !open.hidden.contains(&column.name);
            ui.allocate_ui(vec2(ui.available_width(), size::ROW), |ui| {
                ui.horizontal(|ui| {
                    if ui.add(egui::Checkbox::new(&mut is_shown, marks::short(&column.name, 26))).changed() {
                        if is_shown {
                            open.hidden.remove(&column.name);
                        } else {
                            open.hidden.insert(column.name.clone());
                        }
                    }
                });
            });
        }
    });
}

/// A search field with its icon and a cross to empty it.
fn search_ui(ui: &mut Ui, text: &mut String, hint: &str, width: f32) {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), tokens.field);
    let icon = Rect::from_center_size(pos2(rect.left() + 14.0, rect.center().y), vec2(size::ICON, size::ICON));
    widgets::icon_at(ui, icons::ICON_SEARCH, icon, size::ICON, tokens.weak);
    let right = if text.is_empty() { 4.0 } else { 26.0 };
    let place = Rect::from_min_max(pos2(rect.left() + 26.0, rect.top()), pos2(rect.right() - right, rect.bottom()));
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
    ui.painter().rect_stroke(rect, CornerRadius::same(size::RADIUS), stroke, egui::StrokeKind::Inside);
    if !text.is_empty() {
        let cross = Rect::from_center_size(pos2(rect.right() - 13.0, rect.center().y), vec2(20.0, 20.0));
        let response = ui.interact(cross, field.id.with("clear"), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, tr("Empty the search", "清空搜索")));
        let color = if response.hovered() { tokens.strong } else { tokens.weak };
        widgets::icon_at(ui, icons::ICON_CLOSE, cross, 14.0, color);
        if response.clicked() {
            text.clear();
        }
    }
}

/// One of a few: words side by side in one field.
pub(super) fn segmented<T: Clone + PartialEq>(ui: &mut Ui, chosen: &T, options: &[(T, &str)]) -> Option<T> {
    let tokens = tokens(ui);
    let galleys: Vec<_> = options
        .iter()
        .map(|(_, label)| ui.painter().layout_no_wrap((*label).to_owned(), theme::regular(size::BODY), Color32::PLACEHOLDER))
        .collect();
    let width: f32 = galleys.iter().map(|galley| galley.size().x + 20.0).sum();
    let (rect, whole) = ui.allocate_exact_size(vec2(width + 4.0, size::CONTROL), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), tokens.field);
    let mut clicked = None;
    let mut left = rect.left() + 2.0;
    for (index, ((option, label), galley)) in options.iter().zip(galleys).enumerate() {
        let part = Rect::from_min_size(pos2(left, rect.top() + 2.0), vec2(galley.size().x + 20.0, rect.height() - 4.0));
        left = part.right();
        let is_chosen = option == chosen;
        let response = ui.interact(part, whole.id.with(index), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, *label));
        if is_chosen {
            ui.painter().rect_filled(part, CornerRadius::same(size::RADIUS - 1), tokens.hover);
        }
        widgets::focus_ring(ui, &response);
        let color = if is_chosen || response.hovered() { tokens.strong } else { tokens.weak };
        let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), part).min;
        ui.painter().galley_with_override_text_color(at, galley, color);
        if response.clicked() && !is_chosen {
            clicked = Some(option.clone());
        }
    }
    clicked
}

/// A thin line below the tools while rows are looked for.
fn busy_line(ui: &mut Ui, open: &OpenTable) {
    if !open.is_selecting() {
        return;
    }
    let (x, y) = (ui.max_rect().x_range(), ui.cursor().top() - 2.0);
    let share = (ui.input(|input| input.time) * 0.8).fract() as f32;
    let left = x.min + (x.span() + 120.0) * share - 120.0;
    let part = Rect::from_min_max(pos2(left.max(x.min), y), pos2((left + 120.0).min(x.max), y + 2.0));
    ui.painter().rect_filled(part, CornerRadius::same(1), tokens(ui).accent);
    // It moves only while the task runs.
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
}
