//! A field for free text.

use eframe::egui::{Response, Sense, Ui, vec2};

use super::controls::{TextField, field_rect};
use super::drafts::Drafts;
use super::form::Field;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::size;

/// Lines that a long text shows at least and at most; a longer one scrolls.
const MIN_LINES: usize = 3;
const MAX_LINES: usize = 12;
/// Height of a line, in sizes of its letters.
const LINE_HEIGHT: f32 = 1.35;

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
        has_lines: false,
    };
    drafts.typed_ui(ui, cx, field, rect, &field.value.to_string(), &look)
}

/// Draws a field of several lines, which grows with its text.
pub(super) fn lines_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    field: &Field<'_>,
) -> Response {
    let text = field.value.to_string();
    let n_lines = (text.lines().count() + 1).clamp(MIN_LINES, MAX_LINES);
    let height = n_lines as f32 * size::BODY * LINE_HEIGHT + size::CONTROL / 2.0;
    let rect = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover()).0;
    let look = TextField {
        id: field.id(),
        name: field.name(),
        hint: tr("one per line", "每行一条"),
        unit: "",
        is_bad: field.is_bad,
        has_lines: true,
    };
    drafts.typed_ui(ui, cx, field, rect, &text, &look)
}
