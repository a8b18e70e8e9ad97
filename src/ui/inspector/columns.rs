//! A list of the columns that arrive, for naming several; those named stand below as chips.

use std::collections::BTreeMap;

use eframe::egui::{Response, Ui};
use pg_base::{ParamKind, ParamValue};
use pg_data::Column;

use super::controls::{chip_ui, field_rect};
use super::drafts::Drafts;
use super::form::Field;
use super::popup::{Combo, Item, ListUi, WIDE};
use super::{arriving, text};
use crate::cx::Cx;
use crate::lang::{lang, tr};
use crate::theme::tokens;
use crate::widgets;

/// Chips shown at most; hundreds would bury the rest of the form.
const MAX_CHIPS: usize = 12;

/// Draws the field and its list; a plain field where no columns are known.
pub(super) fn columns_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    field: &Field<'_>,
) -> Response {
    let columns = fitting(cx, field);
    let named = named(field.value);
    if columns.is_empty() {
        return text::hinted_ui(
            ui,
            cx,
            drafts,
            field,
            tr("names, with commas", "列名，以逗号分隔"),
        );
    }
    let text = match named.len() {
        // Where any kind would do, no column is meant; otherwise all of the kinds.
        0 if is_for_some_kinds(field) => tr("All that fit", "所有适用列").to_owned(),
        0 => tr("None named", "未指定").to_owned(),
        n if named.iter().all(|name| is_there(&columns, name)) => {
            format!("{n} / {}", columns.len())
        }
        n => n.to_string(),
    };
    let tokens = tokens(ui);
    let color = if named.is_empty() { tokens.text } else { tokens.strong };
    let combo = Combo {
        id: field.id(),
        name: field.name(),
        text: &text,
        color,
        is_bad: field.is_bad,
        min_width: WIDE,
    };
    let rect = field_rect(ui);
    let items: Vec<Item<'_>> = columns
        .iter()
        .map(|column| Item {
            text: &column.name,
            detail: arriving::detail_of(column),
            icon: Some(arriving::icon_of(column)),
            is_chosen: named.contains(&column.name),
        })
        .collect();
    let (response, changed) =
        combo.show_with(ui, rect, &mut drafts.listing, |ui, listing, keys| {
            let mut changed = actions_ui(ui, &columns, named);
            let list = ListUi { has_boxes: true, items: &items };
            if let Some(name) = list
                .show(ui, listing, keys)
                .and_then(|index| columns.get(index))
                .map(|column| &column.name)
            {
                changed = Some(toggled(named, name));
            }
            let typed = listing.filter().to_owned();
            if !typed.is_empty() && !is_there(&columns, &typed) && !named.contains(&typed) {
                let label = format!("{} “{typed}”", tr("Add", "添加"));
                if widgets::link(ui, &label).clicked() {
                    changed = Some(toggled(named, &typed));
                    listing.clear();
                }
            }
            changed
        });
    if let Some(names) = changed {
        field.set(cx, ParamValue::Texts(names));
    }
    response
}

/// The names as chips over the whole width; one that is not among the columns is marked.
pub(super) fn chips_ui(ui: &mut Ui, cx: &mut Cx<'_>, field: &Field<'_>) {
    let columns = fitting(cx, field);
    let named = named(field.value);
    if named.is_empty() || columns.is_empty() {
        return;
    }
    let tokens = tokens(ui);
    let checks = arriving::takes_tables(cx.session, field.node);
    let mut removed = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = eframe::egui::vec2(4.0, 4.0);
        for name in named.iter().take(MAX_CHIPS) {
            let color = if checks && !is_there(&columns, name) { tokens.bad } else { tokens.text };
            if chip_ui(ui, name, color, Some(tr("Remove", "移除"))) {
                removed = Some(name);
            }
        }
        if let Some(n_more) = named.len().checked_sub(MAX_CHIPS).filter(|n_more| *n_more > 0) {
            let more = match lang() {
                pg_base::Lang::En => format!("and {n_more} more"),
                pg_base::Lang::Zh => format!("另有 {n_more} 列"),
            };
            chip_ui(ui, &more, tokens.weak, None);
        }
    });
    if let Some(name) = removed {
        field.set(cx, ParamValue::Texts(toggled(named, name)));
    }
}

/// All, none, or all of one kind; gives the names from then on.
fn actions_ui(ui: &mut Ui, columns: &[&Column], named: &[String]) -> Option<Vec<String>> {
    let mut changed = None;
    let mut kinds: BTreeMap<&str, (String, Vec<String>)> = BTreeMap::new();
    for column in columns {
        let kind = kinds
            .entry(column.kind.id())
            .or_insert_with(|| (column.kind.label().get(lang()).to_owned(), Vec::new()));
        kind.1.push(column.name.clone());
    }
    ui.horizontal_wrapped(|ui| {
        ui.add_space(2.0);
        ui.spacing_mut().item_spacing.x = 12.0;
        if widgets::link(ui, tr("All", "全部")).clicked() {
            changed = Some(columns.iter().map(|column| column.name.clone()).collect());
        }
        if widgets::link(ui, tr("None", "无")).clicked() {
            changed = Some(Vec::new());
        }
        if kinds.len() > 1 {
            for (label, names) in kinds.values() {
                let text = format!("{} ({})", widgets::sentence(label), names.len());
                if widgets::link(ui, &text).clicked() {
                    changed = Some(with_all(named, names));
                }
            }
        }
    });
    ui.add_space(4.0);
    changed
}

/// The columns that arrive and are of a kind that fits.
fn fitting<'a>(cx: &Cx<'a>, field: &Field<'_>) -> Vec<&'a Column> {
    let kinds = if let ParamKind::Columns { kinds } = field.param.kind { kinds } else { &[] };
    let mut columns = arriving::columns(cx.session, field.node);
    columns.retain(|column| kinds.is_empty() || kinds.contains(&column.kind.id()));
    columns
}

fn is_for_some_kinds(field: &Field<'_>) -> bool {
    matches!(field.param.kind, ParamKind::Columns { kinds } if !kinds.is_empty())
}

/// An empty list may have been read as one of numbers.
fn named(value: &ParamValue) -> &[String] {
    if let ParamValue::Texts(names) = value { names } else { &[] }
}

fn is_there(columns: &[&Column], name: &str) -> bool {
    columns.iter().any(|column| column.name == name)
}

fn toggled(named: &[String], name: &str) -> Vec<String> {
    let mut names = named.to_vec();
    if let Some(index) = names.iter().position(|other| other == name) {
        names.remove(index);
    } else {
        names.push(name.to_owned());
    }
    names
}

/// All of a group are named; where they were already, none of them.
fn with_all(named: &[String], group: &[String]) -> Vec<String> {
    let mut names = named.to_vec();
    if group.iter().all(|name| named.contains(name)) {
        names.retain(|name| !group.contains(name));
    } else {
        names.extend(group.iter().filter(|name| !named.contains(name)).cloned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_keep_their_order_when_some_come_and_go() {
        assert_eq!(toggled(&texts(&["a", "b"]), "c"), texts(&["a", "b", "c"]));
        assert_eq!(toggled(&texts(&["a", "b"]), "a"), texts(&["b"]));
        assert_eq!(with_all(&texts(&["b"]), &texts(&["a", "b"])), texts(&["b", "a"]));
        assert_eq!(with_all(&texts(&["c", "a", "b"]), &texts(&["a", "b"])), texts(&["c"]));
    }
}
