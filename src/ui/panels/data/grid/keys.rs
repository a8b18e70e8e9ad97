//! The table by keyboard: moving, choosing, copying.

use eframe::egui::{Context, Event, EventFilter, Key, Modifiers, Ui};

use super::{Cells, Frame, GridState, GridWish, keyboard_id};
use crate::panels::data::open::OpenTable;

/// A key that the table obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::panels::data) struct GridKey {
    does: Does,
    /// Whether what is chosen grows instead of moving.
    extends: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    First,
    Last,
    All,
    Copy,
    Inspect,
    Nothing,
}

impl GridState {
    /// Takes the keys that the table obeys out of the input while it has the keyboard, before the window's own actions
    /// see them; other keys (save, undo, run) go on to the window.
    pub(in crate::panels::data) fn take_keys(&mut self, ctx: &Context) {
        if !ctx.memory(|memory| memory.has_focus(keyboard_id())) {
            return;
        }
        let keys = &mut self.keys;
        ctx.input_mut(|input| {
            input.events.retain(|event| match key_of(event) {
                Some(key) => {
                    keys.push(key);
                    false
                }
                None => true,
            });
        });
    }
}

fn key_of(event: &Event) -> Option<GridKey> {
    let (key, modifiers) = match event {
        Event::Copy => return Some(GridKey { does: Does::Copy, extends: false }),
        Event::Key { key, pressed: true, modifiers, .. } => (*key, *modifiers),
        _ => return None,
    };
    let is_command = modifiers.command;
    if modifiers.alt {
        return None;
    }
    let does = match key {
        Key::A if is_command && !modifiers.shift => Does::All,
        Key::C if is_command && !modifiers.shift => Does::Copy,
        Key::ArrowUp if is_command => Does::First,
        Key::ArrowDown if is_command => Does::Last,
        Key::Home => Does::First,
        Key::End => Does::Last,
        _ if is_command => return None,
        Key::ArrowUp => Does::Up,
        Key::ArrowDown => Does::Down,
        Key::ArrowLeft => Does::Left,
        Key::ArrowRight => Does::Right,
        Key::PageUp => Does::PageUp,
        Key::PageDown => Does::PageDown,
        Key::Enter if !modifiers.shift => Does::Inspect,
        Key::Escape => Does::Nothing,
        _ => return None,
    };
    Some(GridKey {
        does,
        extends: modifiers.matches_logically(Modifiers::SHIFT) || modifiers.shift,
    })
}

/// Does what the keys ask for.
pub(super) fn obey(ui: &mut Ui, open: &mut OpenTable, frame: &Frame, wishes: &mut Vec<GridWish>) {
    let filter =
        EventFilter { horizontal_arrows: true, vertical_arrows: true, escape: true, tab: false };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(frame.id, filter));
    for key in std::mem::take(&mut open.grid.keys) {
        press(ui.ctx(), open, frame, key, wishes);
    }
}

fn press(
    ctx: &Context,
    open: &mut OpenTable,
    frame: &Frame,
    key: GridKey,
    wishes: &mut Vec<GridWish>,
) {
    let n_columns = frame.spans.len();
    if frame.n_rows == 0 || n_columns == 0 {
        return;
    }
    let (last_row, last_column) = (frame.n_rows - 1, n_columns - 1);
    let first = (open.grid.scroll.first_row(), 0);
    let (row, column) = open.grid.cells.map_or(first, |cells| cells.head);
    let page = open.grid.n_visible;
    let head = match key.does {
        // Without a chosen cell the first step chooses the one that is seen first.
        Does::Up | Does::Down | Does::Left | Does::Right if open.grid.cells.is_none() => first,
        Does::Up => (row.saturating_sub(1), column),
        Does::Down => ((row + 1).min(last_row), column),
        Does::Left => (row, column.saturating_sub(1)),
        Does::Right => (row, (column + 1).min(last_column)),
        Does::PageUp => (row.saturating_sub(page), column),
        Does::PageDown => ((row + page).min(last_row), column),
        Does::First => (0, column),
        Does::Last => (last_row, column),
        Does::All => {
            open.grid.cells =
                Some(Cells { anchor: (0, 0), head: (last_row, last_column), are_rows: true });
            return;
        }
        Does::Copy => return copy(ctx, open),
        Does::Inspect => return wishes.push(GridWish::InspectRow),
        Does::Nothing => {
            open.grid.cells = None;
            ctx.memory_mut(|memory| memory.surrender_focus(frame.id));
            return;
        }
    };
    let anchor = match open.grid.cells {
        Some(cells) if key.extends => cells.anchor,
        _ => head,
    };
    let are_rows = open.grid.cells.is_some_and(|cells| cells.are_rows)
        && key.does != Does::Left
        && key.does != Does::Right;
    open.grid.cells = Some(Cells { anchor, head, are_rows });
    open.grid.reveal = Some((head.0, (!are_rows).then_some(head.1)));
}

/// Copies what is chosen; several rows come with the names of their columns.
pub(super) fn copy(ctx: &Context, open: &mut OpenTable) {
    let Some(cells) = open.grid.cells else { return };
    let columns = cells.columns(&open.shown_columns());
    let has_header = cells.are_rows && cells.anchor.0 != cells.head.0;
    open.copy(ctx, cells.places(), columns, has_header);
}
