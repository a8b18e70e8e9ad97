//! A list of the columns that arrive, for choosing one.

use eframe::egui::{Response, Ui};
use pg_base::{ParamKind, ParamValue};

use super::arriving;
use super::controls::field_rect;
use super::drafts::Drafts;
use super::form::Field;
use super::popup::{Combo, Item, WIDE};
use super::text;
use crate::cx::Cx;
use crate::lang::tr;
use crate::theme::tokens;

/// Draws it; a plain field where no columns are known.
pub(super) fn column_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    field: &Field<'_>,
) -> Response {
    let kinds = if let ParamKind::Column { kinds } = field.param.kind { kinds } else { &[] };
    let mut columns = arriving::columns(cx.session, field.node);
    columns.retain(|column| kinds.is_empty() || kinds.contains(&column.kind.id()));
    let ParamValue::Text(chosen) = field.value else { return text::text_ui(ui, cx, drafts, field) };
    if columns.is_empty() {
        return text::hinted_ui(ui, cx, drafts, field, tr("name of a column", "列名"));
    }
    let automatic = tr("Automatic", "自动");
    let mut items = vec![Item::new(automatic, chosen.is_empty())];
    items.extend(columns.iter().map(|column| Item {
        text: &column.name,
        detail: arriving::detail_of(column),
        icon: Some(arriving::icon_of(column)),
        is_chosen: column.name == *chosen,
    }));
    let tokens = tokens(ui);
    let is_there = chosen.is_empty() || columns.iter().any(|column| column.name == *chosen);
    let text = if chosen.is_empty() { automatic } else { chosen };
    let color = if is_there { tokens.strong } else { tokens.bad };
    let combo = Combo {
        id: field.id(),
        name: field.name(),
        text,
        color,
        is_bad: field.is_bad || !is_there,
        min_width: WIDE,
    };
    let rect = field_rect(ui);
    let (response, picked) = combo.show(ui, rect, &mut drafts.listing, &items);
    if let Some(index) = picked {
        let name = index
            .checked_sub(1)
            .and_then(|index| columns.get(index))
            .map_or_else(String::new, |column| column.name.clone());
        field.set(cx, ParamValue::Text(name));
    }
    response
}
