//! The pointer over the rows: choosing, dragging, the tooltip and the menu of what is chosen.

use std::collections::BTreeSet;

use eframe::egui::{Pos2, Response, Ui, pos2};
use egui_material_icons::icons;
use pg_data::ColumnKind;

use super::super::{Cells, Frame, GridWish, PlacedColumn, keys};
use super::Pointed;
use crate::lang::tr;
use crate::panels::data::filter::Draft;
use crate::panels::data::marks;
use crate::panels::data::menu::item_ui;
use crate::panels::data::open::OpenTable;

/// Characters of a tooltip.
const MAX_TOOLTIP: usize = 1200;

impl Frame {
    pub(super) fn pointed(&self, open: &OpenTable, at: Pos2) -> Option<Pointed> {
        let down = f64::from(at.y - self.body.top() + open.grid.scroll.within())
            / f64::from(self.row_height);
        let place = (open.grid.scroll.first_row() as f64 + down.floor()).max(0.0) as u64;
        if place >= self.n_rows {
            return None;
        }
        let is_at =
            |column: &&PlacedColumn| at.x >= column.left && at.x < column.left + column.width;
        let column = self.columns.iter().find(is_at).filter(|_| at.x >= self.cells().left());
        Some(Pointed { place, column: column.copied() })
    }
}

/// Chooses what is pressed and dragged over; a second click shows the row.
pub(super) fn obey_pointer(
    ui: &Ui,
    open: &mut OpenTable,
    frame: &Frame,
    response: &Response,
    wishes: &mut Vec<GridWish>,
) {
    if !response.is_pointer_button_down_on()
        && !response.clicked()
        && !response.double_clicked()
        && !response.secondary_clicked()
    {
        return;
    }
    let Some(at) = response.interact_pointer_pos() else { return };
    let (is_press, is_primary, extends) = ui.input(|input| {
        (input.pointer.any_pressed(), input.pointer.primary_down(), input.modifiers.shift)
    });
    if response.is_pointer_button_down_on() && !is_press && is_primary {
        drag_on(ui, open, frame, at);
        return;
    }
    let Some(pointed) = frame.pointed(open, at) else {
        if is_press {
            open.grid.cells = None;
        }
        return;
    };
    if is_press {
        response.request_focus();
        let head = (pointed.place, pointed.column.map_or(0, |column| column.number));
        let are_rows = pointed.column.is_none();
        // A click with the other button keeps what is chosen, so that its menu is about all of it.
        let is_within = open.grid.cells.is_some_and(|cells| {
            cells.holds(head.0, head.1) || are_rows && cells.places().contains(&head.0)
        });
        if !is_primary && is_within {
            return;
        }
        let anchor = open.grid.cells.filter(|_| extends).map_or(head, |cells| cells.anchor);
        open.grid.cells = Some(Cells { anchor, head, are_rows });
    }
    if response.double_clicked() {
        wishes.push(GridWish::InspectRow);
    }
}

/// The pointer moves with its button down: what is chosen grows, and the table moves at its edges.
fn drag_on(ui: &Ui, open: &mut OpenTable, frame: &Frame, at: Pos2) {
    if ui.input(|input| !input.pointer.is_decidedly_dragging()) {
        return;
    }
    let beyond = (at.y - frame.body.bottom()).max(0.0) - (frame.body.top() - at.y).max(0.0);
    if beyond != 0.0 {
        open.grid.scroll.by(beyond * 0.3, frame.row_height);
        open.grid.scroll.clamp(frame.n_rows, frame.row_height, frame.body.height());
        ui.ctx().request_repaint();
    }
    let inside = pos2(at.x, at.y.clamp(frame.body.top(), frame.body.bottom() - 1.0));
    if let (Some(pointed), Some(cells)) = (frame.pointed(open, inside), &mut open.grid.cells) {
        let number = pointed.column.map_or(cells.head.1, |column| column.number);
        cells.head = (pointed.place, number);
    }
}

/// The whole value of a cell that shows a part of it.
pub(super) fn tooltip(response: Response, open: &OpenTable, pointed: &Pointed) -> Response {
    let Some(column) = pointed.column else { return response };
    let Some(row) = open.row_at(pointed.place) else { return response };
    let shown = open.view.cell(row, column.index);
    match open.view.exact(row, column.index) {
        Some(exact) if Some(&exact) != shown.as_ref() || exact.len() > 12 => {
            response.on_hover_text_at_pointer(marks::short(&exact, MAX_TOOLTIP))
        }
        _ => response,
    }
}

/// What can be done with what is chosen.
pub(super) fn context_menu_ui(ui: &mut Ui, open: &mut OpenTable, wishes: &mut Vec<GridWish>) {
    let Some(cells) = open.grid.cells else { return };
    if item_ui(ui, icons::ICON_CONTENT_COPY, tr("Copy", "复制")) {
        keys::copy(ui.ctx(), open);
        ui.close();
    }
    if !cells.are_rows && item_ui(ui, icons::ICON_TABLE_ROWS, tr("Copy whole rows", "复制整行"))
    {
        open.grid.cells = Some(Cells { are_rows: true, ..cells });
        keys::copy(ui.ctx(), open);
        ui.close();
    }
    if item_ui(ui, icons::ICON_DOCK_TO_RIGHT, tr("Show the row", "查看整行")) {
        wishes.push(GridWish::InspectRow);
        ui.close();
    }
    let column = open.shown_columns().get(cells.head.1).copied();
    let column =
        column.and_then(|index| Some((index, open.view.schema().columns.get(index)?.clone())));
    let row = open.row_at(cells.head.0);
    if let (Some((index, column)), Some(row)) = (column, row)
        && !matches!(column.kind, ColumnKind::Image(_) | ColumnKind::Sequence { .. })
    {
        ui.separator();
        if item_ui(ui, icons::ICON_FILTER_ALT, tr("Only rows with this value", "仅显示该值的行"))
        {
            let draft = match open.view.exact(row, index) {
                Some(label) => Draft { labels: BTreeSet::from([label]), ..Draft::default() },
                None => Draft { is_missing: Some(true), ..Draft::default() },
            };
            open.drafts.insert(column.name, draft);
            ui.close();
        }
    }
}
