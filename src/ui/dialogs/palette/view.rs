//! Drawing of the palette.

use eframe::egui::{
    self, Align2, Frame, Margin, Rect, Response, RichText, Role, ScrollArea, Sense, Stroke, Ui,
    WidgetInfo, pos2,
    text::{LayoutJob, TextFormat, TextWrapping},
    vec2,
};
use egui_material_icons::icons;

use super::Palette;
use super::items::{Item, Mark};
use crate::dialogs::sheet::named;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::{icons as pictograms, widgets};

const ROW: f32 = 32.0;
const HEAD: f32 = 26.0;
const MAX_HEIGHT: f32 = 460.0;

/// Draws it; gives the row that was clicked.
pub(super) fn palette_ui(ui: &mut Ui, palette: &mut Palette, is_new: bool) -> Option<usize> {
    ui.spacing_mut().item_spacing.y = 0.0;
    field_ui(ui, palette, is_new);
    let line = ui.max_rect().x_range();
    ui.painter().hline(line, ui.cursor().top(), Stroke::new(1.0, tokens(ui).border));
    if palette.found.is_empty() {
        let room = vec2(ui.available_width(), 84.0);
        ui.allocate_ui_with_layout(
            room,
            egui::Layout::centered_and_justified(egui::Direction::TopDown),
            |ui| {
                let text = tr("Nothing of this name", "没有匹配的内容");
                ui.label(RichText::new(text).color(tokens(ui).weak));
            },
        );
        return None;
    }
    let mut clicked = None;
    let height = MAX_HEIGHT.min(ui.ctx().content_rect().height() - 200.0);
    let scrolls = std::mem::take(&mut palette.scrolls);
    let mut hovered = None;
    Frame::new().inner_margin(Margin { left: 8, right: 8, top: 4, bottom: 8 }).show(ui, |ui| {
        ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            let mut group = None;
            for (row, found) in palette.found.iter().enumerate() {
                let Some(item) = palette.items.get(found.item) else { continue };
                if group != Some(item.group) {
                    group = Some(item.group);
                    head_ui(ui, item.group.title().tr());
                }
                let response = item_ui(ui, item, &found.letters, row == palette.at);
                if row == palette.at && scrolls {
                    response.scroll_to_me(None);
                }
                if response.hovered() && ui.input(|input| input.pointer.is_moving()) {
                    hovered = Some(row);
                }
                if response.clicked() {
                    clicked = Some(row);
                }
            }
        });
    });
    if let Some(row) = hovered {
        palette.at = row;
    }
    clicked
}

fn field_ui(ui: &mut Ui, palette: &mut Palette, is_new: bool) {
    let tokens = tokens(ui);
    let hint = tr("Search nodes, columns, commands…", "搜索节点、列、命令…");
    let icon = icons::ICON_SEARCH.rich_text().size(18.0).color(tokens.weak);
    let field = egui::TextEdit::singleline(&mut palette.typed)
        .hint_text(RichText::new(hint).color(tokens.weak))
        .prefix(icon)
        .font(theme::regular(15.0))
        .frame(Frame::new())
        .margin(Margin::symmetric(16, 14))
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    named(ui, &response, hint);
    if is_new || !response.has_focus() {
        response.request_focus();
    }
    if response.changed() {
        palette.search();
    }
}

fn head_ui(ui: &mut Ui, title: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::HOVER);
    let font = theme::bold(size::SMALL - 0.5);
    let at = pos2(rect.left() + 8.0, rect.bottom() - 6.0);
    ui.painter().text(at, Align2::LEFT_BOTTOM, title.to_uppercase(), font, tokens(ui).weak);
}

fn item_ui(ui: &mut Ui, item: &Item, letters: &[u32], is_chosen: bool) -> Response {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
    response.widget_info(|| {
        WidgetInfo::selected(Role::ListBoxOption, item.is_enabled, is_chosen, &item.title)
    });
    if !ui.is_rect_visible(rect) {
        return response;
    }
    if is_chosen {
        ui.painter().rect_filled(rect, size::RADIUS + 1, tokens.selected);
    }
    let dim = if item.is_enabled { 1.0 } else { 0.45 };
    let mark = Rect::from_center_size(pos2(rect.left() + 19.0, rect.center().y), vec2(17.0, 17.0));
    match item.mark {
        Mark::Icon(icon) => widgets::icon_at(ui, icon, mark, 17.0, tokens.weak.gamma_multiply(dim)),
        Mark::Kind(kind, stage) => {
            pictograms::kind_icon_ui(ui, kind, stage, mark, tokens.stage(stage));
        }
    }
    let detail =
        ui.painter().layout_no_wrap(item.detail.clone(), theme::regular(size::SMALL), tokens.weak);
    let detail_width = detail.size().x.min(rect.width() * 0.5);
    let clip = Rect::from_min_max(pos2(rect.right() - 10.0 - detail_width, rect.top()), rect.max);
    let at = pos2(rect.right() - 10.0 - detail_width, rect.center().y - detail.size().y / 2.0);
    ui.painter().with_clip_rect(clip).galley(at, detail, tokens.weak);
    let color = if is_chosen { tokens.strong } else { tokens.text }.gamma_multiply(dim);
    let room = rect.width() - 38.0 - detail_width - 28.0;
    let galley = ui.painter().layout_job(title(&item.title, letters, color, tokens.accent, room));
    let at = pos2(rect.left() + 38.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    response
}

/// The title with the letters that were typed standing out.
fn title(
    text: &str,
    letters: &[u32],
    color: egui::Color32,
    accent: egui::Color32,
    room: f32,
) -> LayoutJob {
    let plain = TextFormat::simple(theme::regular(size::BODY), color);
    let strong = TextFormat::simple(theme::bold(size::BODY), accent);
    let mut job = LayoutJob { wrap: TextWrapping::truncate_at_width(room), ..LayoutJob::default() };
    let is_typed = |number: u32| letters.binary_search(&number).is_ok();
    let all: Vec<(u32, char)> = (0_u32..).zip(text.chars()).collect();
    for run in all.chunk_by(|(a, _), (b, _)| is_typed(*a) == is_typed(*b)) {
        let format =
            if run.first().is_some_and(|(number, _)| is_typed(*number)) { &strong } else { &plain };
        let letters: String = run.iter().map(|(_, letter)| *letter).collect();
        job.append(&letters, 0.0, format.clone());
    }
    job
}
