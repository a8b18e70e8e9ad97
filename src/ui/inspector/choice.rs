//! A switch for yes or no, and a list for one of a few options.

use eframe::egui::{Rect, Response, Sense, Ui, pos2, vec2};
use pg_base::{ParamKind, ParamValue};

use super::controls::{self, field_rect};
use super::drafts::Drafts;
use super::form::Field;
use super::popup::{Combo, Item, NARROW};
use crate::cx::Cx;
use crate::lang::Tr;
use crate::theme::{size, tokens};

/// Width of a switch with its margin.
pub(super) const SWITCH: f32 = 40.0;

/// Draws a switch at the right.
pub(super) fn switch_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    _drafts: &mut Drafts,
    field: &Field<'_>,
) -> Response {
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::CONTROL), Sense::hover());
    let is_on = *field.value == ParamValue::Bool(true);
    let rect = Rect::from_min_max(pos2(rect.right() - 30.0, rect.top()), rect.max);
    let response = controls::switch_ui(ui, field.id(), rect, field.name(), is_on);
    if response.clicked() {
        field.set(cx, ParamValue::Bool(!is_on));
    }
    response
}

/// Draws a list of options.
pub(super) fn choice_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    field: &Field<'_>,
) -> Response {
    let options =
        if let ParamKind::Choice { options, .. } = field.param.kind { options } else { &[] };
    let ParamValue::Text(chosen) = field.value else { return ui.label(field.value.to_string()) };
    let items: Vec<Item<'_>> =
        options.iter().map(|option| Item::new(option.label.tr(), option.id == chosen)).collect();
    let text = items.iter().find(|item| item.is_chosen).map_or(chosen.as_str(), |item| item.text);
    let rect = field_rect(ui);
    let combo = Combo {
        id: field.id(),
        name: field.name(),
        text,
        color: tokens(ui).strong,
        is_bad: field.is_bad,
        min_width: NARROW,
    };
    let (response, picked) = combo.show(ui, rect, &mut drafts.listing, &items);
    if let Some(option) = picked.and_then(|index| options.get(index)) {
        field.set(cx, ParamValue::Text(option.id.to_owned()));
    }
    response
}
