//! Draws the fields of the form, each by what its column holds, with what the model would say to other values.

use eframe::egui::{
    self, Align, DragValue, Layout, Margin, RichText, Role, Sense, TextEdit, Ui, WidgetInfo, vec2,
};
use egui_material_icons::icons;
use pg_deploy::inputs::InputKind;

use super::choices::choice_ui;
use super::form::{Content, Field};
use super::learnt::Span;
use super::picture_field::picture_ui;
use super::strip::{Look, strip_ui};
use super::words::words_ui;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{size, tokens};
use crate::widgets;

/// A column of fields is at least this wide.
const MIN_CELL: f32 = 208.0;
/// And gets no wider than this.
const MAX_CELL: f32 = 340.0;
/// Space between columns.
const GAP: f32 = 20.0;

/// Draws all fields; true where a value changed.
pub(super) fn fields_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    fields: &mut [Field],
    look: Look<'_>,
) -> bool {
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
                let drawn = ui.allocate_ui_with_layout(
                    vec2(width, 0.0),
                    Layout::top_down(Align::Min),
                    |ui| {
                        ui.set_width(width);
                        ui.spacing_mut().item_spacing = vec2(8.0, 3.0);
                        field_ui(ui, cx, field, index, look)
                    },
                );
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
            head_ui(ui, &name, |ui| {
                has_changed = number_ui(ui, &name, span, value, may_be_missing);
            });
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
            let edit =
                TextEdit::singleline(text).hint_text("2024-12-31").desired_width(f32::INFINITY);
            ui.name_inputs(&name, |ui| ui.add(edit.margin(Margin::symmetric(8, 6))).changed())
        }
        Content::Text(text) => {
            head_ui(ui, &name, |_| {});
            words_ui(ui, &name, text, &field.effects, look)
        }
        Content::Picture(picture) => {
            head_ui(ui, &name, |_| {});
            picture_ui(ui, cx, &name, picture, &field.input, index)
        }
    };
    let trouble = field.trouble.as_ref().or(match &field.content {
        Content::Picture(picture) => picture.trouble.as_ref(),
        _ => None,
    });
    if let Some(trouble) = trouble {
        let found = if trouble.code == "value-missing" {
            tr("a value is needed", "请填写此项")
        } else {
            trouble.details.found.tr()
        };
        let mut text = widgets::sentence(found);
        if !trouble.details.expected.is_empty() {
            text.push_str(&format!(
                "{}{}",
                tr("; expected: ", "；应为："),
                trouble.details.expected.tr()
            ));
        }
        ui.add(egui::Label::new(RichText::new(text).size(size::SMALL).color(tokens.bad)).wrap());
    }
    has_changed
}

/// The name at the left and the value at the right.
fn head_ui(ui: &mut Ui, name: &str, value: impl FnOnce(&mut Ui)) {
    let color = tokens(ui).text;
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 24.0),
        Layout::right_to_left(Align::Center),
        |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            value(ui);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                widgets::truncated(ui, RichText::new(name).color(color))
            });
        },
    );
}

fn number_ui(
    ui: &mut Ui,
    name: &str,
    span: Option<Span>,
    value: &mut Option<f64>,
    may_be_missing: bool,
) -> bool {
    let before = *value;
    ui.spacing_mut().interact_size.y = 22.0;
    ui.spacing_mut().button_padding = vec2(6.0, 2.0);
    if let Some(number) = value {
        if may_be_missing
            && small_icon(ui, icons::ICON_CLOSE, &format!("{}: {name}", tr("Leave empty", "留空")))
        {
            *value = None;
            return true;
        }
        let speed = span.map_or(0.1, |span| ((span.high - span.low) / 200.0).max(1e-9));
        let drag = DragValue::new(number)
            .speed(speed)
            .max_decimals(10)
            .custom_formatter(|number, _| plain(number));
        ui.name_inputs(name, |ui| ui.add_sized(vec2(64.0, 22.0), drag));
    } else {
        let label = RichText::new(tr("Enter a value", "输入数值")).size(size::SMALL);
        if ui.add(egui::Button::new(label).min_size(vec2(64.0, 22.0))).clicked() {
            *value = Some(span.map_or(0.0, |span| span.at(0.5)));
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
