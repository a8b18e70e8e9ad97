//! One problem as a row: how bad, where, what was found, what to try, and the link that mends it.

use eframe::egui::{
    Align, Color32, CornerRadius, CursorIcon, Label, Layout, RichText, Role, Sense, Shape, Ui,
    UiBuilder, WidgetInfo, vec2,
};
use egui_material_icons::{MaterialIcon, icons};
use pg_base::Place as TroublePlace;
use pg_contract::{NodeSpec, Severity};

use super::Place;
use super::collect::Problem;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Columns: the icon, and the name of the node; below this width the name stands above the text.
const ICON_WIDTH: f32 = 30.0;
const PLACE_WIDTH: f32 = 190.0;
const WIDTH_FOR_COLUMNS: f32 = 560.0;
const MARGIN: f32 = 8.0;
/// Longer lines are hard to read.
const MAX_TEXT_WIDTH: f32 = 640.0;

/// What a person asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// To see the place.
    Go,
    /// To have it mended.
    Fix,
}

/// Draws a problem; gives what was asked for.
pub(super) fn row_ui(ui: &mut Ui, problem: &Problem<'_>, place: &Place) -> Option<Deed> {
    let tokens = tokens(ui);
    let mut deed = None;
    let background = ui.painter().add(Shape::Noop);
    let builder = UiBuilder::new().sense(Sense::click());
    let drawn = ui.scope_builder(builder, |ui| {
        // The whole row is one thing to click; its text is copied from the menu.
        ui.style_mut().interaction.selectable_labels = false;
        ui.set_width(ui.available_width());
        ui.add_space(MARGIN);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let (icon, color) = mark(problem.severity, tokens);
            let (rect, _) = ui.allocate_exact_size(vec2(ICON_WIDTH, 18.0), Sense::hover());
            widgets::icon_at(ui, icon, rect.translate(vec2(4.0, 0.0)), 17.0, color);
            ui.add_space(MARGIN);
            let is_wide = ui.available_width() >= WIDTH_FOR_COLUMNS;
            if is_wide {
                let (rect, _) =
                    ui.allocate_exact_size(vec2(PLACE_WIDTH - 16.0, 34.0), Sense::hover());
                let mut child = ui.new_child(
                    UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min)),
                );
                place_ui(&mut child, place);
                ui.add_space(16.0);
            }
            let width = (ui.available_width() - 12.0).min(MAX_TEXT_WIDTH);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 3.0;
                if !is_wide {
                    place_ui(ui, place);
                }
                widgets::trouble_ui(ui, problem.trouble);
                if let Some((words, _)) = problem.fix
                    && widgets::link(ui, words.tr()).clicked()
                {
                    deed = Some(Deed::Fix);
                }
            });
        });
        ui.add_space(MARGIN);
    });
    let response = drawn.response.on_hover_cursor(CursorIcon::PointingHand);
    let found = widgets::sentence(problem.trouble.details.found.tr());
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::ListItem,
            true,
            place.is_chosen,
            format!("{}: {found}", place.title),
        )
    });
    if let Some(fill) = fill(response.hovered(), place.is_chosen, tokens) {
        let shape = Shape::rect_filled(response.rect, CornerRadius::same(size::RADIUS), fill);
        ui.painter().set(background, shape);
    }
    widgets::focus_ring(ui, &response);
    response.context_menu(|ui| {
        if ui.button(tr("Copy the text", "复制文本")).clicked() {
            ui.ctx().copy_text(problem.trouble.message(crate::lang::lang()));
        }
    });
    if deed.is_none() && response.clicked() {
        deed = Some(Deed::Go);
    }
    deed
}

/// Field, port, column and row of a place, as a person reads them.
pub(super) fn details(spec: Option<&'static NodeSpec>, place: &TroublePlace) -> String {
    let mut parts = Vec::new();
    if let Some(id) = &place.param {
        let param = spec.and_then(|spec| spec.param(id));
        parts.push(param.map_or_else(|| id.clone(), |param| param.label.tr().to_owned()));
    }
    if let Some(id) = &place.port {
        let port = spec.and_then(|spec| spec.input(id).or_else(|| spec.output(id)));
        parts.push(port.map_or_else(|| id.clone(), |port| port.label.tr().to_owned()));
    }
    if let Some(column) = &place.column {
        parts.push(format!("{} {column}", tr("column", "列")));
    }
    if let Some(row) = place.row {
        let row = widgets::count(row);
        parts.push(match crate::lang::lang() {
            pg_base::Lang::En => format!("row {row}"),
            pg_base::Lang::Zh => format!("第 {row} 行"),
        });
    }
    parts.join(" · ")
}

fn place_ui(ui: &mut Ui, place: &Place) {
    let tokens = tokens(ui);
    ui.spacing_mut().item_spacing.y = 1.0;
    let title = RichText::new(&place.title).font(theme::bold(size::BODY)).color(tokens.strong);
    ui.add(Label::new(title).truncate());
    if !place.details.is_empty() {
        let details = RichText::new(&place.details).size(size::SMALL).color(tokens.weak);
        ui.add(Label::new(details).truncate());
    }
}

/// Told apart by shape as well as by colour.
fn mark(severity: Severity, tokens: &theme::Tokens) -> (MaterialIcon, Color32) {
    match severity {
        Severity::Error => (icons::ICON_ERROR, tokens.bad),
        Severity::Warning => (icons::ICON_WARNING, tokens.warning),
        Severity::Info => (icons::ICON_INFO, tokens.weak),
    }
}

fn fill(is_hovered: bool, is_chosen: bool, tokens: &theme::Tokens) -> Option<Color32> {
    match (is_hovered, is_chosen) {
        (_, true) => Some(tokens.selected),
        (true, false) => Some(tokens.hover),
        _ => None,
    }
}
