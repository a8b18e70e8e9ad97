//! A field for free text.

use eframe::egui::{Response, Ui};

use super::controls::{TextField, field_rect};
use super::drafts::Drafts;
use super::form::Field;
use crate::cx::Cx;
use crate::lang::Tr;

/// Draws it.
pub(super) fn text_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    field: &Field<'_>,
) -> Response {
    hinted_ui(ui, cx, drafts, field, "")
}

/// Draws it with a hint where it is empty.
pub(super) fn hinted_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    field: &Field<'_>,
    hint: &str,
) -> Response {
    let rect = field_rect(ui);
    let look = TextField {
        id: field.id(),
        name: field.name(),
        hint,
        unit: field.param.unit.tr(),
        is_bad: field.is_bad,
    };
    drafts.typed_ui(ui, cx, field, rect, &field.value.to_string(), &look)
}
