//! A figure on a card, with a menu to save it as a picture or to copy its numbers.

use eframe::egui::{self, Align2, Popup, Rect, RichText, Ui, Vec2, vec2};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons;
use pg_base::say;

use super::csv::to_csv;
use super::model::Figure;
use super::svg::{to_png, to_svg};
use super::view::{FigureResponse, figure_with_corner_ui};
use crate::cx::Cx;
use crate::lang::tr;
use crate::theme::size;
use crate::widgets;
use crate::writes::save_as;

/// Margin of a card on each side.
const MARGIN: f32 = 13.0;
/// Room of the menu button beside the title.
const MENU_ROOM: f32 = 30.0;
const MENU_WIDTH: f32 = 200.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Png,
    Svg,
}

/// Draws a figure on a card of this size with its title, legend and a menu to save it.
pub fn figure_card_ui(ui: &mut Ui, cx: &mut Cx<'_>, figure: &Figure, size: Vec2) -> FigureResponse {
    let frame = widgets::card_frame(ui);
    let inner = (size - Vec2::splat(2.0 * MARGIN)).max(vec2(60.0, 40.0));
    frame
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            let answer = figure_with_corner_ui(ui, figure, inner, MENU_ROOM);
            let side = size::CONTROL - 2.0;
            let corner = answer.response.rect.right_top() + vec2(4.0, -3.0);
            let rect = Align2::RIGHT_TOP.anchor_size(corner, Vec2::splat(side));
            menu_ui(ui, cx, figure, size, rect, answer.is_entered);
            answer
        })
        .inner
}

fn menu_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    figure: &Figure,
    size: Vec2,
    rect: Rect,
    is_asked_for: bool,
) {
    // A child that takes no room: the button may stand on the margin of the card.
    let mut corner = ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt("figure-menu"));
    let button = widgets::icon_button(
        &mut corner,
        icons::ICON_DOWNLOAD,
        tr("Save or copy this figure", "保存或复制此图"),
    );
    if is_asked_for {
        Popup::open_id(ui.ctx(), Popup::default_response_id(&button));
        button.request_focus();
    }
    Popup::menu(&button).width(MENU_WIDTH).show(|ui| {
        ui.set_width(MENU_WIDTH);
        if menu_item(ui, icons::ICON_IMAGE, tr("Save as PNG…", "另存为 PNG…")) {
            ask(cx, figure, size, Format::Png, ui.visuals().dark_mode);
        }
        if menu_item(ui, icons::ICON_SHAPES, tr("Save as SVG…", "另存为 SVG…")) {
            ask(cx, figure, size, Format::Svg, ui.visuals().dark_mode);
        }
        if menu_item(ui, icons::ICON_CONTENT_COPY, tr("Copy data as CSV", "复制数据（CSV）"))
        {
            ui.ctx().copy_text(to_csv(figure));
            cx.view.toasts.say(say!("The data is on the clipboard", "数据已复制到剪贴板"));
        }
    });
}

/// A row of a menu as wide as the menu; true where it was clicked, which closes the menu.
pub(crate) fn menu_item(ui: &mut Ui, icon: MaterialIcon, label: &str) -> bool {
    let button = egui::Button::new((icon.rich_text().size(size::ICON), RichText::new(label)));
    let is_clicked = ui.add(button.min_size(vec2(ui.available_width(), size::ROW))).clicked();
    if is_clicked {
        ui.close();
    }
    is_clicked
}

/// Asks for a place and writes the picture there.
fn ask(cx: &mut Cx<'_>, figure: &Figure, size: Vec2, format: Format, is_dark: bool) {
    let (extension, title) = match format {
        Format::Png => ("png", tr("Save as PNG", "另存为 PNG")),
        Format::Svg => ("svg", tr("Save as SVG", "另存为 SVG")),
    };
    let name = figure.title.clone();
    let figure = figure.clone();
    // A file is looked at more closely than a panel.
    let size = size.max(vec2(560.0, 360.0));
    save_as(cx, title, &name, extension, move || match format {
        Format::Png => to_png(&figure, size, is_dark),
        Format::Svg => Ok(to_svg(&figure, size, is_dark).into_bytes()),
    });
}
