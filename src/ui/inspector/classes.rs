//! The classes of a table with the colours that they have in every picture; a click changes one.

use eframe::egui::color_picker::{Alpha, color_picker_color32};
use eframe::egui::{
    Color32, Context, CornerRadius, Popup, PopupCloseBehavior, Rect, Response, Role, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use pg_base::say;
use pg_data::encode::{TargetCodec, Task as TargetTask};
use pg_data::{Part, Table};
use pg_pipeline::{Edit, Rgb};

use crate::classes::{color_of, given_to};
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::tasks::Task;
use crate::theme::{self, size, tokens};
use crate::values::Key;
use crate::widgets;

/// Classes shown at most, unless the person wants all.
const MAX_CLASSES: usize = 12;
/// Width of the picker.
const PICKER: f32 = 196.0;
/// Side of a colour that is offered.
const SWATCH: f32 = 18.0;

/// Names of the classes of the table that is shown.
#[derive(Debug, Default)]
pub(super) struct Classes {
    key: Option<Key>,
    task: Option<Task<Vec<String>>>,
    names: Vec<String>,
    shows_all: bool,
}

impl Classes {
    /// Learns the classes of another table, beside the window.
    pub(super) fn follow(&mut self, ctx: &Context, key: Key, table: Table) {
        if self.key.as_ref() != Some(&key) {
            let task = Task::spawn(ctx, move |_| Ok(classes_of(&table)));
            *self = Self { key: Some(key), task: Some(task), ..Self::default() };
        }
        if let Some(answer) = self.task.as_mut().and_then(Task::poll) {
            self.task = None;
            self.names = answer.unwrap_or_default();
        }
    }

    /// Draws them.
    pub(super) fn classes_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if self.names.is_empty() {
            return;
        }
        ui.add_space(2.0);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 2.0);
            let n_shown = if self.shows_all { self.names.len() } else { MAX_CLASSES };
            for (index, name) in self.names.iter().enumerate().take(n_shown) {
                class_ui(ui, cx, index, name);
            }
            if let Some(n_more) = self.names.len().checked_sub(n_shown).filter(|n| *n > 0) {
                self.shows_all = widgets::link(ui, &format!("+ {n_more}")).clicked();
            }
        });
    }
}

/// One class: its colour and its name.
fn class_ui(ui: &mut Ui, cx: &mut Cx<'_>, index: usize, name: &str) {
    let tokens = tokens(ui);
    let font = theme::regular(size::SMALL);
    let galley = ui.painter().layout_no_wrap(name.to_owned(), font, tokens.text);
    let (rect, response) =
        ui.allocate_exact_size(vec2(galley.size().x + 24.0, 22.0), Sense::click());
    let label = say!("Colour of {name}", "“{name}”的颜色");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label.tr()));
    let color = color_of(name, index, tokens);
    if response.hovered() || Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response)) {
        ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), tokens.hover);
    }
    widgets::focus_ring(ui, &response);
    let dot = Rect::from_center_size(pos2(rect.left() + 10.0, rect.center().y), Vec2::splat(9.0));
    ui.painter().rect_filled(dot, CornerRadius::same(3), color);
    let at = pos2(rect.left() + 19.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, tokens.text);
    let response = response.on_hover_text(tr("Change the colour", "更改颜色"));
    if let Some(edit) = picker_ui(&response, name, color) {
        cx.edit_merged(edit, say!("Set the colour of {name}", "设置“{name}”的颜色"));
    }
}

/// The change of a class's colour that was asked for.
fn picker_ui(response: &Response, name: &str, mut color: Color32) -> Option<Edit> {
    let mut wish = None;
    let set = |color: Option<Rgb>| Edit::SetClassColor { class: name.to_owned(), color };
    let popup = Popup::menu(response).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.width(PICKER).show(|ui| {
        ui.set_width(PICKER);
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        widgets::subheading(ui, name);
        ui.horizontal(|ui| {
            for offered in tokens(ui).series {
                if swatch_ui(ui, offered, offered == color).clicked() {
                    wish = Some(set(Some(rgb(offered))));
                }
            }
        });
        ui.spacing_mut().slider_width = PICKER;
        if color_picker_color32(ui, &mut color, Alpha::Opaque) {
            wish = Some(set(Some(rgb(color))));
        }
        if given_to(name).is_some()
            && widgets::link(ui, tr("Back to the usual colour", "恢复默认颜色")).clicked()
        {
            wish = Some(set(None));
            ui.close();
        }
    });
    wish
}

fn swatch_ui(ui: &mut Ui, color: Color32, is_chosen: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(SWATCH), Sense::click());
    let [red, green, blue, _] = color.to_srgba_unmultiplied();
    let name = format!("#{red:02x}{green:02x}{blue:02x}");
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, &name));
    ui.painter().rect_filled(rect.shrink(2.0), CornerRadius::same(4), color);
    if is_chosen || response.hovered() {
        let edge = Stroke::new(1.5, tokens(ui).strong);
        ui.painter().rect_stroke(rect, CornerRadius::same(5), edge, StrokeKind::Inside);
    }
    widgets::focus_ring(ui, &response);
    response
}

fn rgb(color: Color32) -> Rgb {
    let [red, green, blue, _] = color.to_srgba_unmultiplied();
    Rgb([red, green, blue])
}

/// As a training would see them; none where the target is a number, one of several, or cannot be used.
fn classes_of(table: &Table) -> Vec<String> {
    let Ok(target) = table.schema().one_target() else { return Vec::new() };
    let part = if table.is_split() { table.part(Part::Training) } else { Ok(table.rows().clone()) };
    let codec = part.and_then(|rows| TargetCodec::fit(&rows, &target.name, TargetTask::Auto));
    codec.map_or_else(|_| Vec::new(), |codec| codec.class_names().to_vec())
}
