//! A field for a list of whole numbers: chips until it is clicked, then text with commas.

use eframe::egui::{
    Align2, CornerRadius, CursorIcon, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};
use pg_base::ParamValue;

use super::controls::{INSET, TextField, begin_typing, box_ui, field_rect};
use super::drafts::Drafts;
use super::form::Field;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};

/// Draws it.
pub(super) fn numbers_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    field: &Field<'_>,
) -> Response {
    let rect = field_rect(ui);
    let plain = field.value.to_string();
    let is_bad = field.is_bad || drafts.trouble(field).is_some();
    let hint = tr("e.g. 1, 2", "如 1, 2");
    let look = TextField {
        id: field.id(),
        name: field.name(),
        hint,
        unit: field.param.unit.tr(),
        is_bad,
        has_lines: false,
    };
    let numbers =
        if let ParamValue::Ints(numbers) = field.value { numbers.as_slice() } else { &[] };
    let is_typed = ui.memory(|memory| memory.has_focus(look.id)) || drafts.trouble(field).is_some();
    if is_typed || numbers.is_empty() {
        return drafts.typed_ui(ui, cx, field, rect, &plain, &look);
    }
    let response = ui.interact(rect, look.id, Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, true, look.name);
        info.current_text_value = Some(plain.clone());
        info
    });
    drafts.end(ui, cx, field, &response);
    box_ui(ui, rect, false, look.is_bad);
    let inner = look.inner(ui, rect);
    let tokens = tokens(ui);
    let mut x = rect.left() + 4.0;
    for number in numbers {
        let galley = ui.painter().layout_no_wrap(
            number.to_string(),
            theme::regular(size::BODY),
            tokens.strong,
        );
        let chip = Rect::from_min_size(
            pos2(x, rect.center().y - 10.0),
            vec2(galley.size().x + 12.0, 20.0),
        );
        if chip.right() > inner.right() {
            let at = pos2(x + 2.0, rect.center().y);
            ui.painter().text(
                at,
                Align2::LEFT_CENTER,
                "…",
                theme::regular(size::BODY),
                tokens.weak,
            );
            break;
        }
        ui.painter().rect_filled(chip, CornerRadius::same(4), tokens.border);
        ui.painter().galley(
            chip.min + vec2(6.0, 10.0 - galley.size().y / 2.0),
            galley,
            tokens.strong,
        );
        x = chip.right() + 4.0;
    }
    let response = response.on_hover_cursor(CursorIcon::Text);
    if response.clicked() || response.gained_focus() {
        begin_typing(ui, &response, &plain);
    }
    if x > rect.left() + INSET { response.on_hover_text(plain) } else { response }
}
