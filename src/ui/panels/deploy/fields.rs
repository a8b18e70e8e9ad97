//! Draws the fields of the form, each by what its column holds, with what the model would say to other values.

use eframe::egui::{
    self, Align, Align2, Color32, ComboBox, CornerRadius, CursorIcon, DragValue, Frame, Layout, Margin, Rect, RichText, Role, Sense,
    Stroke, StrokeKind, TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons;
use pg_deploy::inputs::InputKind;

use super::form::{Content, Field};
use super::oracle::{Answer, Curve};
use super::pad::Pad;
use super::picture::{Picture, Source};
use super::strip::{self, Look, strip_ui};
use crate::cx::Cx;
use crate::files::{Pick, PickKind};
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// A column of fields is at least this wide.
const MIN_CELL: f32 = 208.0;
/// And gets no wider than this.
const MAX_CELL: f32 = 340.0;
/// Space between columns.
const GAP: f32 = 20.0;
/// Side of a shown picture, and of the sheet.
const PICTURE: f32 = 112.0;
/// Options that are shown side by side, where their names are short enough.
const MAX_SEGMENTS: usize = 6;
/// A drawing becomes a picture as large as the ones the model knows, but no larger than this.
const MAX_DRAWN: usize = 128;

/// Endings of picture files.
pub(super) const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "bmp", "gif", "webp"];

/// Draws all fields; true where a value changed.
pub(super) fn fields_ui(ui: &mut Ui, cx: &mut Cx<'_>, fields: &mut [Field], look: Look<'_>) -> bool {
    let width = ui.available_width();
    let n_columns = (((width + GAP) / (MIN_CELL + GAP)) as usize).clamp(1, 6);
    let cell = ((width - GAP * (n_columns - 1) as f32) / n_columns as f32).min(MAX_CELL);
    let mut has_changed = false;
    let mut index = 0;
    while index < fields.len() {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            let mut n_left = n_columns;
            while let Some(field) = fields.get_mut(index) {
                let n_wanted = if is_wide(field) { 2.min(n_columns) } else { 1 };
                if n_wanted > n_left {
                    break;
                }
                n_left -= n_wanted;
                let width = cell * n_wanted as f32 + GAP * (n_wanted - 1) as f32;
                let drawn = ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(width);
                    ui.spacing_mut().item_spacing = vec2(8.0, 3.0);
                    field_ui(ui, cx, field, index, look)
                });
                has_changed |= drawn.inner;
                field.is_visible = ui.is_rect_visible(drawn.response.rect);
                index += 1;
            }
        });
        ui.add_space(8.0);
    }
    has_changed
}

fn is_wide(field: &Field) -> bool {
    matches!(field.input.kind, InputKind::Text | InputKind::Picture)
}

fn field_ui(ui: &mut Ui, cx: &mut Cx<'_>, field: &mut Field, index: usize, look: Look<'_>) -> bool {
    let tokens = tokens(ui);
    let name = field.input.column.name.clone();
    let may_be_missing = field.input.may_be_missing;
    let (span, tried_options, curve) = (field.span, &field.options, &field.curve);
    let has_changed = match &mut field.content {
        Content::Number(value) => {
            let mut has_changed = false;
            head_ui(ui, &name, |ui| has_changed = number_ui(ui, &name, span, value, may_be_missing));
            if let Some(span) = span {
                has_changed |= strip_ui(ui, &name, span, value, curve, look);
            }
            has_changed
        }
        Content::Choice(choice) => {
            head_ui(ui, &name, |_| {});
            choice_ui(ui, &name, tried_options, choice, may_be_missing, curve, look)
        }
        Content::Text(text) if field.input.kind == InputKind::Date => {
            head_ui(ui, &name, |_| {});
            let edit = TextEdit::singleline(text).hint_text("2024-12-31").desired_width(f32::INFINITY);
            ui.name_inputs(&name, |ui| ui.add(edit.margin(Margin::symmetric(8, 6))).changed())
        }
        Content::Text(text) => {
            head_ui(ui, &name, |_| {});
            let edit = TextEdit::multiline(text).desired_rows(3).desired_width(f32::INFINITY);
            ui.name_inputs(&name, |ui| ui.add(edit.margin(Margin::symmetric(8, 6))).changed())
        }
        Content::Picture(picture) => {
            head_ui(ui, &name, |_| {});
            picture_ui(ui, cx, &name, picture, &field.input, index);
            false
        }
    };
    let trouble = field.trouble.as_ref().or(match &field.content {
        Content::Picture(picture) => picture.trouble.as_ref(),
        _ => None,
    });
    if let Some(trouble) = trouble {
        let mut text = widgets::sentence(trouble.details.found.tr());
        if !trouble.details.expected.is_empty() {
            text.push_str(&format!("{}{}", tr("; expected: ", "；应为："), trouble.details.expected.tr()));
        }
        ui.add(egui::Label::new(RichText::new(text).size(size::SMALL).color(tokens.bad)).wrap());
    }
    has_changed
}

/// The name at the left and the value at the right.
fn head_ui(ui: &mut Ui, name: &str, value: impl FnOnce(&mut Ui)) {
    let color = tokens(ui).text;
    ui.allocate_ui_with_layout(vec2(ui.available_width(), 24.0), Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        value(ui);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| widgets::truncated(ui, RichText::new(name).color(color)));
    });
}

fn number_ui(ui: &mut Ui, name: &str, span: Option<super::learnt::Span>, value: &mut Option<f64>, may_be_missing: bool) -> bool {
    let before = *value;
    ui.spacing_mut().interact_size.y = 22.0;
    ui.spacing_mut().button_padding = vec2(6.0, 2.0);
    match value {
        Some(number) => {
            if may_be_missing && small_icon(ui, icons::ICON_CLOSE, &format!("{}: {name}", tr("Leave empty", "留空"))) {
                *value = None;
                return true;
            }
            let speed = span.map_or(0.1, |span| ((span.high - span.low) / 200.0).max(1e-9));
            let drag = DragValue::new(number).speed(speed).max_decimals(10).custom_formatter(|number, _| plain(number));
            ui.name_inputs(name, |ui| ui.add_sized(vec2(64.0, 22.0), drag));
        }
        None => {
            let label = RichText::new(tr("Enter a value", "输入数值")).size(size::SMALL);
            if ui.add(egui::Button::new(label).min_size(vec2(64.0, 22.0))).clicked() {
                *value = Some(span.map_or(0.0, |span| span.at(0.5)));
            }
        }
    }
    *value != before
}

/// All digits that a person typed and no more.
fn plain(number: f64) -> String {
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn small_icon(ui: &mut Ui, icon: egui_material_icons::MaterialIcon, name: &str) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(18.0, 22.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let tokens = tokens(ui);
    let color = if response.hovered() { tokens.strong } else { tokens.weak };
    widgets::icon_at(ui, icon, rect, 13.0, color);
    widgets::focus_ring(ui, &response);
    response.on_hover_text(name).clicked()
}

fn choice_ui(
    ui: &mut Ui,
    name: &str,
    options: &[String],
    choice: &mut Option<String>,
    may_be_missing: bool,
    curve: &Curve,
    look: Look<'_>,
) -> bool {
    let before = choice.clone();
    let unknown = tr("unknown", "未知");
    if options.is_empty() {
        let mut text = choice.clone().unwrap_or_default();
        let edit = TextEdit::singleline(&mut text).desired_width(f32::INFINITY).margin(Margin::symmetric(8, 6));
        if ui.name_inputs(name, |ui| ui.add(edit).changed()) {
            *choice = (!text.is_empty()).then_some(text);
        }
        return *choice != before;
    }
    let answer = |index: usize| curve.get(index).and_then(Option::as_ref);
    let font = theme::regular(size::BODY);
    let label_width = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Color32::WHITE).size().x + 22.0;
    let n_shown = options.len() + usize::from(may_be_missing);
    let total: f32 = options.iter().map(|option| label_width(option)).sum::<f32>()
        + if may_be_missing { label_width(unknown) } else { 0.0 };
    if n_shown <= MAX_SEGMENTS && total <= ui.available_width() {
        let extra = (ui.available_width() - total).min(n_shown as f32 * 28.0) / n_shown as f32;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let known = options.iter().enumerate().map(|(index, option)| (option.as_str(), Some(option), answer(index)));
            for (label, option, answer) in known.chain(may_be_missing.then_some((unknown, None, None))) {
                let width = ui.painter().layout_no_wrap(label.to_owned(), font.clone(), Color32::WHITE).size().x + 20.0 + extra;
                if segment_ui(ui, name, label, width, choice.as_ref() == option, answer, look) {
                    *choice = option.cloned();
                }
            }
        });
    } else {
        let shown = choice.clone().unwrap_or_else(|| unknown.to_owned());
        let combo = ComboBox::from_id_salt(("choice", name)).selected_text(shown).width(ui.available_width()).truncate();
        ui.name_inputs(name, |ui| {
            combo.show_ui(ui, |ui| {
                if may_be_missing {
                    ui.selectable_value(choice, None, unknown);
                }
                for (index, option) in options.iter().enumerate() {
                    let row = ui.selectable_value(choice, Some(option.clone()), option.as_str());
                    if let Some(answer) = answer(index) {
                        row.on_hover_text(look.words(answer));
                    }
                }
            })
        });
    }
    *choice != before
}

/// One option of several side by side, and under it what the model would say to it.
fn segment_ui(ui: &mut Ui, field: &str, label: &str, width: f32, is_chosen: bool, answer: Option<&Answer>, look: Look<'_>) -> bool {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, size::CONTROL + 4.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, format!("{field}: {label}")));
    let body = rect.with_max_y(rect.bottom() - 6.0);
    let fill = if is_chosen {
        tokens.selected
    } else if response.hovered() {
        tokens.hover
    } else {
        tokens.field
    };
    let radius = CornerRadius::same(size::RADIUS);
    ui.painter().rect_filled(body, radius, fill);
    if is_chosen {
        ui.painter().rect_stroke(body, radius, Stroke::new(1.0, tokens.accent), StrokeKind::Inside);
    }
    widgets::focus_ring(ui, &response);
    let color = if is_chosen { tokens.strong } else { tokens.text };
    ui.painter().text(body.center(), Align2::CENTER_CENTER, label, theme::regular(size::BODY), color);
    let track = Rect::from_min_max(pos2(rect.left() + 3.0, rect.bottom() - 4.0), pos2(rect.right() - 3.0, rect.bottom() - 1.0));
    let Some(answer) = answer else { return response.clicked() };
    match answer {
        Answer::Class { probabilities, .. } if probabilities.len() <= strip::MAX_COLOURED => {
            let mut left = track.left();
            for (class, probability) in probabilities.iter().enumerate() {
                let right = left + track.width() * probability;
                let part = Rect::from_min_max(pos2(left, track.top()), pos2(right.min(track.right()), track.bottom()));
                ui.painter().rect_filled(part, CornerRadius::ZERO, look.color(tokens, class).gamma_multiply(0.85));
                left = right;
            }
        }
        Answer::Class { probabilities, .. } => {
            let probability = probabilities.get(look.best).copied().unwrap_or_default();
            ui.painter().rect_filled(track, CornerRadius::ZERO, tokens.field);
            ui.painter().rect_filled(track.with_max_x(track.left() + track.width() * probability), CornerRadius::ZERO, tokens.accent);
        }
        Answer::Number(number) => {
            let fraction = look.target.map_or(0.0, |target| target.fraction(*number));
            ui.painter().rect_filled(track, CornerRadius::ZERO, tokens.field);
            ui.painter().rect_filled(track.with_max_x(track.left() + track.width() * fraction), CornerRadius::ZERO, tokens.accent);
        }
    }
    response.on_hover_text(format!("{label} → {}", look.words(answer))).clicked()
}

fn picture_ui(ui: &mut Ui, cx: &mut Cx<'_>, name: &str, picture: &mut Picture, input: &pg_deploy::inputs::Input, index: usize) {
    let tokens = tokens(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        let is_drawing = picture.pad.is_some();
        let sense = if is_drawing { Sense::drag() } else { Sense::click() };
        let (rect, response) = ui.allocate_exact_size(vec2(PICTURE, PICTURE), sense);
        let label = if is_drawing { tr("Draw here", "在此绘制") } else { tr("Choose a picture", "选择图片") };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}: {label}")));
        let radius = CornerRadius::same(size::RADIUS);
        ui.painter().rect_filled(rect, radius, tokens.field);
        if let Some(pad) = &mut picture.pad {
            let has_new_ink = pad.draw_ui(ui, rect, &response);
            if pad.is_empty() {
                let hint = theme::regular(size::SMALL);
                ui.painter().text(rect.center(), Align2::CENTER_CENTER, label, hint, tokens.weak);
            }
            if has_new_ink {
                let [width, height] = picture.loaded.as_ref().map_or([64, 64], |loaded| loaded.size);
                let (n_across, n_down) = drawn_size(width, height);
                let grey = pad.picture(n_across, n_down);
                picture.load(ui.ctx(), input, Source::Drawn(grey, n_across));
            }
        } else if let Some(texture) = picture.texture(ui.ctx()) {
            let (id, pixels) = (texture.id(), texture.size_vec2());
            let scale = (rect.width() / pixels.x).min(rect.height() / pixels.y);
            let place = Rect::from_center_size(rect.center(), pixels * scale);
            ui.painter().image(id, place, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
        } else {
            widgets::icon_at(ui, icons::ICON_IMAGE, rect, 30.0, tokens.weak);
        }
        let edge = if response.hovered() { tokens.accent } else { tokens.border };
        ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, edge), StrokeKind::Inside);
        widgets::focus_ring(ui, &response);
        if response.clicked() && !is_drawing {
            choose(cx, index);
        }
        response.on_hover_cursor(if is_drawing { CursorIcon::Crosshair } else { CursorIcon::PointingHand });
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            if let Some(loaded) = picture.loaded.as_ref().filter(|_| picture.pad.is_none()) {
                let shown = if loaded.name.is_empty() { tr("Sample picture", "示例图片") } else { &loaded.name };
                let [width, height] = loaded.size;
                widgets::truncated(ui, RichText::new(shown).color(tokens.strong));
                ui.label(RichText::new(format!("{width} × {height}")).size(size::SMALL).color(tokens.weak));
            } else {
                let text = if picture.pad.is_some() { tr("Draw with the pointer.", "用指针绘制。") } else { tr("No picture yet", "尚无图片") };
                ui.label(RichText::new(text).color(tokens.weak));
            }
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                if picture.pad.is_some() {
                    if widgets::button(ui, Some(icons::ICON_CLEANING_SERVICES), tr("Clear", "清空")).clicked()
                        && let Some(pad) = &mut picture.pad
                    {
                        pad.clear();
                    }
                    if widgets::button(ui, Some(icons::ICON_CHECK), tr("Done", "完成")).clicked() {
                        picture.pad = None;
                    }
                } else {
                    if widgets::button(ui, Some(icons::ICON_FOLDER_OPEN), tr("Choose…", "选择…")).clicked() {
                        choose(cx, index);
                    }
                    if widgets::button(ui, Some(icons::ICON_BRUSH), tr("Draw", "绘制")).clicked() {
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
    cx.view.files.pick(cx.egui, pick, move |cx, path| cx.view.panels.deploy.try_it.take_picture(&ctx, Some(index), path));
}

/// A frame around a notice that takes the width of its place.
pub(super) fn quiet_frame(ui: &Ui) -> Frame {
    Frame::new().fill(tokens(ui).card).corner_radius(CornerRadius::same(size::CARD_RADIUS)).inner_margin(Margin::same(12))
}
