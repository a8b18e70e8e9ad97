//! The line above the table: whose table it is, how large it is, its parts, and the tools at the right.

mod tools;

use eframe::egui::{
    self, Align, Color32, CornerRadius, Layout, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2,
    vec2,
};
use pg_data::Part;

use self::tools::{search_ui, tools_ui};
use super::open::OpenTable;
use super::{DataPanel, Output, marks};
use crate::cx::Cx;
use crate::lang::tr;
use crate::panels::port::port_ui;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Room that is kept for the tools and a search of some width.
const TOOLS_WIDTH: f32 = 430.0;
const MAX_SEARCH_WIDTH: f32 = 200.0;

/// Node and port at the left of the line.
pub(super) fn title_ui(ui: &mut Ui, cx: &mut Cx<'_>, output: &Output) {
    ui.horizontal(|ui| {
        ui.set_height(size::CONTROL);
        title_parts_ui(ui, cx, output);
    });
}

fn title_parts_ui(ui: &mut Ui, cx: &mut Cx<'_>, (node, port): &Output) {
    let tokens = tokens(ui);
    let title = cx.title_of(node);
    let color = cx.spec_of(node).map_or(tokens.weak, |spec| tokens.stage(spec.stage));
    let (rect, _) = ui.allocate_exact_size(vec2(9.0, size::CONTROL), Sense::hover());
    ui.painter().rect_filled(
        Rect::from_center_size(rect.center(), vec2(9.0, 9.0)),
        CornerRadius::same(2),
        color,
    );
    let text = RichText::new(&title).font(theme::bold(size::BODY)).color(tokens.strong);
    let label = ui.add(egui::Label::new(text).selectable(false).sense(Sense::click()).truncate());
    if label
        .on_hover_text(tr("Show the node", "定位到该节点"))
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .clicked()
    {
        cx.go_to(node);
    }
    port_ui(ui, cx, node, port);
}

/// The whole line.
pub(super) fn toolbar_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    panel: &mut DataPanel,
    output: &Output,
    open: &mut OpenTable,
) {
    ui.horizontal(|ui| {
        ui.set_height(size::CONTROL);
        ui.spacing_mut().item_spacing.x = 8.0;
        title_parts_ui(ui, cx, output);
        facts_ui(ui, open);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let options = [(false, tr("Table", "表格")), (true, tr("Columns", "各列"))];
            if let Some(shows_columns) = widgets::segmented(ui, &panel.shows_columns, &options) {
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
        ui.painter()
            .layout_no_wrap(text.to_owned(), theme::regular(size::BODY), Color32::PLACEHOLDER)
            .size()
            .x
            + 12.0
    };
    let counts = if open.view.is_split() { open.part_counts } else { [0; 3] };
    let parts: Vec<(Part, u64)> = Part::ALL
        .into_iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(part, count)| (part, count as u64))
        .collect();
    let named = parts.iter().map(|(part, count)| {
        (*part, format!("{} {}", marks::part_label(*part), widgets::count(*count)))
    });
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
    let (n_shown, n_rows) =
        (widgets::count(open.n_shown()), widgets::count(open.view.n_rows() as u64));
    let n_columns = widgets::count(open.view.schema().columns.len() as u64);
    let rows =
        if open.is_narrowed() { format!("{n_shown} {} {n_rows}", tr("of", "/")) } else { n_rows };
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
        let (rect, response) =
            ui.allocate_exact_size(vec2(galley.size().x + 22.0, 22.0), Sense::click());
        let name = format!("{} {}", tr("Only the rows for", "仅显示："), marks::part_label(*part));
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
        if is_chosen || response.hovered() {
            let fill = if is_chosen { tokens.selected } else { tokens.hover };
            ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
        }
        widgets::focus_ring(ui, &response);
        let tick =
            Rect::from_center_size(pos2(rect.left() + 7.5, rect.center().y), vec2(3.0, 11.0));
        ui.painter().rect_filled(tick, CornerRadius::same(1), marks::part_color(tokens, *part));
        let at = pos2(rect.left() + 14.0, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
        if response
            .on_hover_text(format!(
                "{}: {}",
                marks::part_label(*part),
                tr("show these rows only", "仅显示这些行")
            ))
            .clicked()
        {
            open.part = (!is_chosen).then_some(*part);
        }
    }
}

/// A thin line below the tools while rows are looked for.
fn busy_line(ui: &mut Ui, open: &OpenTable) {
    if !open.is_selecting() {
        return;
    }
    let (x, y) = (ui.max_rect().x_range(), ui.cursor().top() - 2.0);
    let share = (ui.input(|input| input.time) * 0.8).fract() as f32;
    let left = x.min + (x.span() + 120.0) * share - 120.0;
    let part =
        Rect::from_min_max(pos2(left.max(x.min), y), pos2((left + 120.0).min(x.max), y + 2.0));
    ui.painter().rect_filled(part, CornerRadius::same(1), tokens(ui).accent);
    // It moves only while the task runs.
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
}
