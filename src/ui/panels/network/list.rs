//! The layers of a network as a table: name, shape, numbers to learn, multiply-adds, and the share of each layer.

use eframe::egui::{
    Align, Align2, CornerRadius, FontId, Label, Layout, Rect, RichText, Role, ScrollArea, Sense,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::diagram::tooltip_ui;
use super::drawing::role_color;
use super::view::{LayerView, NetworkView};
use crate::lang::tr;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Widths of the columns of numbers; the name takes the rest.
const SHAPE: f32 = 84.0;
const PARAMS: f32 = 78.0;
const MACS: f32 = 90.0;
const SHARE: f32 = 66.0;
/// Settings of a layer are left out where they have less room.
const MIN_DETAILS: f32 = 52.0;
/// The list is never narrower.
pub(super) const MIN_WIDTH: f32 = 500.0;

/// Places of the columns in one row.
struct Columns {
    name: Rect,
    shape: f32,
    params: f32,
    macs: f32,
    share: Rect,
}

impl Columns {
    fn of(row: Rect) -> Self {
        let share = Rect::from_min_max(pos2(row.right() - SHARE, row.top()), row.max)
            .shrink2(vec2(8.0, 0.0));
        let macs = row.right() - SHARE - 4.0;
        let params = macs - MACS;
        let shape = params - PARAMS;
        let name = Rect::from_min_max(row.min + vec2(16.0, 0.0), pos2(shape - SHAPE, row.bottom()));
        Self { name, shape, params, macs, share }
    }
}

/// Draws the list; gives the layer that was clicked, and whether it was clicked twice.
pub(super) fn list_ui(
    ui: &mut Ui,
    network: &NetworkView,
    chosen: Option<usize>,
    revealed: Option<usize>,
) -> Option<(usize, bool)> {
    head_ui(ui);
    let most = network
        .layers
        .iter()
        .filter_map(|layer| layer.cost)
        .map(|cost| cost.n_params)
        .max()
        .unwrap_or(0);
    let all = network.total.map_or(0, |total| total.n_params);
    let mut clicked = None;
    ScrollArea::vertical().id_salt("layers").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, layer) in network.layers.iter().enumerate() {
            let width = ui.available_width();
            let (rect, response) = ui.allocate_exact_size(vec2(width, size::ROW), Sense::click());
            if revealed == Some(index) {
                ui.scroll_to_rect(rect.expand(size::ROW), None);
            }
            response.widget_info(|| {
                WidgetInfo::selected(Role::ListItem, true, chosen == Some(index), &layer.title)
            });
            if ui.is_rect_visible(rect) {
                row_ui(ui, rect, layer, (most, all), chosen == Some(index), response.hovered());
                widgets::focus_ring(ui, &response);
            }
            if response.clicked() {
                clicked = Some((index, response.double_clicked()));
            }
            response.on_hover_ui(|ui| tooltip_ui(ui, layer));
        }
    });
    clicked
}

fn head_ui(ui: &mut Ui) {
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::TABLE_ROW), Sense::hover());
    let columns = Columns::of(rect);
    let (font, color) = (theme::regular(size::SMALL), tokens(ui).weak);
    let paint = |x: f32, align: Align2, text: &str| {
        ui.painter().text(pos2(x, rect.center().y), align, text, font.clone(), color);
    };
    paint(columns.name.left(), Align2::LEFT_CENTER, tr("Layer", "层"));
    paint(columns.shape, Align2::RIGHT_CENTER, tr("Output", "输出形状"));
    paint(columns.params, Align2::RIGHT_CENTER, tr("Parameters", "参数"));
    paint(columns.macs, Align2::RIGHT_CENTER, tr("Multiply-adds", "乘加次数"));
    paint(columns.share.left(), Align2::LEFT_CENTER, tr("Share", "占比"));
    ui.painter().hline(
        rect.x_range(),
        rect.bottom(),
        eframe::egui::Stroke::new(1.0, tokens(ui).border),
    );
}

fn row_ui(
    ui: &mut Ui,
    rect: Rect,
    layer: &LayerView,
    (most, all): (u64, u64),
    is_chosen: bool,
    is_hovered: bool,
) {
    let tokens = tokens(ui);
    let fill = match (is_chosen, is_hovered) {
        (true, _) => Some(tokens.selected),
        (false, true) => Some(tokens.hover),
        _ => None,
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
    }
    let columns = Columns::of(rect);
    let bar = Rect::from_center_size(pos2(rect.left() + 8.0, rect.center().y), vec2(3.0, 12.0));
    ui.painter().rect_filled(bar, CornerRadius::same(1), role_color(layer.role, tokens));
    let mut name = ui.new_child(
        UiBuilder::new().max_rect(columns.name).layout(Layout::left_to_right(Align::Center)),
    );
    name.style_mut().interaction.selectable_labels = false;
    name.spacing_mut().item_spacing.x = 8.0;
    name.add(Label::new(RichText::new(&layer.title).color(tokens.strong)).truncate());
    if name.available_width() >= MIN_DETAILS {
        let details = RichText::new(&layer.details).size(size::SMALL).color(tokens.weak);
        name.add(Label::new(details).truncate());
    }
    let numbers = |x: f32, text: &str, color| {
        let font: FontId = theme::regular(size::BODY - 0.5);
        ui.painter().text(pos2(x, rect.center().y), Align2::RIGHT_CENTER, text, font, color);
    };
    numbers(columns.shape, layer.shape.as_deref().unwrap_or("?"), tokens.text);
    let Some(cost) = layer.cost else { return };
    let shown = |number: u64| if number == 0 { "–".to_owned() } else { widgets::count(number) };
    let shade = |number: u64| if number == 0 { tokens.weak } else { tokens.text };
    numbers(columns.params, &shown(cost.n_params), shade(cost.n_params));
    numbers(columns.macs, &shown(cost.n_macs), shade(cost.n_macs));
    if cost.n_params == 0 || most == 0 {
        return;
    }
    // The bar compares layers with the largest one, the tooltip of the column says the share of all.
    let track = Rect::from_center_size(columns.share.center(), vec2(columns.share.width(), 5.0));
    let width = (track.width() * (cost.n_params as f64 / all.max(1) as f64) as f32).max(1.5);
    ui.painter().rect_filled(track, CornerRadius::same(2), tokens.border);
    let filled = Rect::from_min_size(track.min, vec2(width, track.height()));
    ui.painter().rect_filled(filled, CornerRadius::same(2), role_color(layer.role, tokens));
}
