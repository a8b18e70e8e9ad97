//! A field with a picture: shown, chosen from a file, or drawn by hand.

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons;
use pg_deploy::inputs::Input;

use super::pad::Pad;
use super::picture::{Picture, Source};
use crate::cx::Cx;
use crate::files::{Pick, PickKind};
use crate::lang::tr;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Side of a shown picture, and of the sheet.
const PICTURE: f32 = 112.0;
/// A drawing becomes a picture as large as the ones the model knows, but no larger than this.
const MAX_DRAWN: usize = 128;

/// Endings of picture files.
pub(super) const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "bmp", "gif", "webp"];

/// Draws the field; true where something was drawn on the sheet.
pub(super) fn picture_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    name: &str,
    picture: &mut Picture,
    input: &Input,
    index: usize,
) -> bool {
    let tokens = tokens(ui);
    let mut is_drawn_on = false;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        let is_drawing = picture.pad.is_some();
        let sense = if is_drawing { Sense::drag() } else { Sense::click() };
        let (rect, response) = ui.allocate_exact_size(vec2(PICTURE, PICTURE), sense);
        let label = if is_drawing {
            tr("Draw here", "在此绘制")
        } else {
            tr("Choose a picture", "选择图片")
        };
        response
            .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}: {label}")));
        let radius = CornerRadius::same(size::RADIUS);
        ui.painter().rect_filled(rect, radius, tokens.field);
        if let Some(pad) = &mut picture.pad {
            let has_new_ink = pad.draw_ui(ui, rect, &response);
            if pad.is_empty() {
                let hint = theme::regular(size::SMALL);
                ui.painter().text(rect.center(), Align2::CENTER_CENTER, label, hint, tokens.weak);
            }
            if has_new_ink {
                let [width, height] =
                    picture.loaded.as_ref().map_or([64, 64], |loaded| loaded.size);
                let (n_across, n_down) = drawn_size(width, height);
                let grey = pad.picture(n_across, n_down);
                picture.load(ui.ctx(), input, Source::Drawn(grey, n_across));
                is_drawn_on = true;
            }
        } else if let Some(texture) = picture.texture(ui.ctx()) {
            let (id, pixels) = (texture.id(), texture.size_vec2());
            let scale = (rect.width() / pixels.x).min(rect.height() / pixels.y);
            let place = Rect::from_center_size(rect.center(), pixels * scale);
            ui.painter().image(
                id,
                place,
                Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)),
                Color32::WHITE,
            );
        } else {
            widgets::icon_at(ui, icons::ICON_IMAGE, rect, 30.0, tokens.weak);
        }
        let edge = if response.hovered() { tokens.accent } else { tokens.border };
        ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, edge), StrokeKind::Inside);
        widgets::focus_ring(ui, &response);
        if response.clicked() && !is_drawing {
            choose(cx, index);
        }
        response.on_hover_cursor(if is_drawing {
            CursorIcon::Crosshair
        } else {
            CursorIcon::PointingHand
        });
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            if let Some(loaded) = picture.loaded.as_ref().filter(|_| picture.pad.is_none()) {
                let shown = if loaded.name.is_empty() {
                    tr("Sample picture", "示例图片")
                } else {
                    &loaded.name
                };
                let [width, height] = loaded.size;
                widgets::truncated(ui, RichText::new(shown).color(tokens.strong));
                ui.label(
                    RichText::new(format!("{width} × {height}"))
                        .size(size::SMALL)
                        .color(tokens.weak),
                );
            } else {
                let text = if picture.pad.is_some() {
                    tr("Draw with the pointer.", "用指针绘制。")
                } else {
                    tr("No picture yet", "尚无图片")
                };
                ui.label(RichText::new(text).color(tokens.weak));
            }
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                if picture.pad.is_some() {
                    if widgets::button(ui, Some(icons::ICON_CLEANING_SERVICES), tr("Clear", "清空"))
                        .clicked()
                        && let Some(pad) = &mut picture.pad
                    {
                        pad.clear();
                    }
                    if widgets::button(ui, Some(icons::ICON_CHECK), tr("Done", "完成")).clicked()
                    {
                        picture.pad = None;
                    }
                } else {
                    if widgets::button(ui, Some(icons::ICON_FOLDER_OPEN), tr("Choose…", "选择…"))
                        .clicked()
                    {
                        choose(cx, index);
                    }
                    if widgets::button(ui, Some(icons::ICON_BRUSH), tr("Draw", "绘制")).clicked()
                    {
                        let is_dark = picture.loaded.as_ref().is_some_and(|loaded| loaded.is_dark);
                        picture.pad = Some(Pad::new(is_dark));
                    }
                }
            });
            if picture.pad.is_none() {
                let hint = tr("or drop a file here", "或将文件拖放到此处");
                ui.label(RichText::new(hint).size(size::SMALL).color(tokens.weak));
            }
        });
    });
    is_drawn_on
}

fn drawn_size(width: u32, height: u32) -> (usize, usize) {
    let (width, height) = (width.max(1) as usize, height.max(1) as usize);
    if width.max(height) <= MAX_DRAWN { (width, height) } else { (MAX_DRAWN, MAX_DRAWN) }
}

/// Asks for a picture file.
fn choose(cx: &mut Cx<'_>, index: usize) {
    let pick = Pick {
        title: tr("Choose a picture", "选择图片").to_owned(),
        kind: PickKind::Open,
        filter: Some((tr("Pictures", "图片").to_owned(), PICTURES.map(str::to_owned).to_vec())),
        folder: Some(cx.session.project().base_folder()),
        ..Pick::default()
    };
    let ctx = cx.egui.clone();
    cx.view.files.pick(cx.egui, pick, move |cx, path| {
        cx.view.panels.deploy.try_it.take_picture(&ctx, Some(index), path);
    });
}
