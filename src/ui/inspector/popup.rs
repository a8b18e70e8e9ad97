//! Lists that open from a field: searchable where they are long, worked by the arrow keys, quick with hundreds of rows.

use eframe::egui::{
    self, Align2, Color32, EventFilter, Id, Key, Modifiers, Popup, PopupCloseBehavior, Rect,
    Response, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use egui_material_icons::{MaterialIcon, icons};

use super::controls::{TextField, button_box_ui, text_at};
use crate::lang::tr;
use crate::library::search::Finder;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Longer lists have a search field.
const MAX_WITHOUT_SEARCH: usize = 8;
/// Rows that are seen at once.
const N_VISIBLE: f32 = 10.5;

/// State of the list that is open; there is one at most.
#[derive(Debug, Default)]
pub(super) struct Listing {
    open: Option<Id>,
    filter: String,
    cursor: usize,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) text: &'a str,
    pub(super) detail: &'a str,
    pub(super) icon: Option<MaterialIcon>,
    pub(super) is_chosen: bool,
}

impl Listing {
    /// What is searched for.
    pub(super) fn filter(&self) -> &str {
        self.filter.trim()
    }

    /// Searches for nothing any more.
    pub(super) fn clear(&mut self) {
        self.filter.clear();
    }
}

impl<'a> Item<'a> {
    /// A row of plain text.
    pub(super) fn new(text: &'a str, is_chosen: bool) -> Self {
        Self { text, detail: "", icon: None, is_chosen }
    }
}

/// A field that opens a list.
#[derive(Debug)]
pub(super) struct Combo<'a> {
    pub(super) id: Id,
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) color: Color32,
    pub(super) is_bad: bool,
    /// Of the list.
    pub(super) min_width: f32,
}

/// Width of lists of short names.
pub(super) const NARROW: f32 = 180.0;
/// Width of lists of columns.
pub(super) const WIDE: f32 = 268.0;

/// What is done in an open list.
pub(super) struct ListUi<'a> {
    /// Boxes before the rows: several can be chosen, the list stays open, and other names can be typed.
    pub(super) has_boxes: bool,
    /// Rows.
    pub(super) items: &'a [Item<'a>],
}

impl Combo<'_> {
    /// Draws it; gives the row that was picked.
    pub(super) fn show(
        &self,
        ui: &mut Ui,
        rect: Rect,
        listing: &mut Listing,
        items: &[Item<'_>],
    ) -> (Response, Option<usize>) {
        let list = ListUi { has_boxes: false, items };
        self.show_with(ui, rect, listing, |ui, listing, keys| {
            let picked = list.show(ui, listing, keys);
            if picked.is_some() {
                ui.close();
            }
            picked
        })
    }

    /// Draws it with something else in the list.
    pub(super) fn show_with<T>(
        &self,
        ui: &mut Ui,
        rect: Rect,
        listing: &mut Listing,
        content: impl FnOnce(&mut Ui, &mut Listing, Keys) -> Option<T>,
    ) -> (Response, Option<T>) {
        let popup_id = self.id.with("list");
        // Before the field sees them: Enter would close the list.
        let is_open = Popup::is_id_open(ui.ctx(), popup_id);
        let keys = if is_open { Keys::take(ui, self.id) } else { Keys::default() };
        let response =
            button_box_ui(ui, self.id, rect, self.name, self.text, self.color, self.is_bad);
        if response.clicked() && !is_open {
            *listing = Listing { open: Some(popup_id), ..Listing::default() };
        }
        let popup = Popup::from_toggle_button_response(&response)
            .id(popup_id)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .align(egui::RectAlign::BOTTOM_END)
            .gap(4.0)
            .width(rect.width())
            .accessible_name(self.name);
        let shown = popup.show(|ui| {
            ui.set_width((rect.width() - 14.0).max(self.min_width));
            content(ui, listing, keys)
        });
        let picked = shown.and_then(|shown| shown.inner);
        (response, picked)
    }
}

/// What the keyboard does in an open list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keys {
    moves: i64,
    enters: bool,
}

impl Keys {
    fn take(ui: &Ui, field: Id) -> Self {
        // Or the arrow keys would lead from the field to the next one.
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(field, filter));
        ui.input_mut(|input| {
            let mut pressed = |key| input.count_and_consume_key(Modifiers::NONE, key) as i64;
            let moves = pressed(Key::ArrowDown) - pressed(Key::ArrowUp)
                + 8 * (pressed(Key::PageDown) - pressed(Key::PageUp));
            Self { moves, enters: pressed(Key::Enter) > 0 }
        })
    }
}

impl ListUi<'_> {
    /// Draws search and rows; gives the row that was picked.
    pub(super) fn show(&self, ui: &mut Ui, listing: &mut Listing, keys: Keys) -> Option<usize> {
        // While the list is only measured nothing in it can have the keyboard.
        let is_new = !ui.is_sizing_pass() && listing.open.take().is_some();
        ui.spacing_mut().item_spacing.y = 0.0;
        if is_new {
            listing.cursor = self.items.iter().position(|item| item.is_chosen).unwrap_or_default();
        }
        if self.has_boxes || self.items.len() > MAX_WITHOUT_SEARCH {
            search_ui(ui, listing, is_new);
        }
        let visible = self.visible(&listing.filter);
        if visible.is_empty() {
            ui.add_space(6.0);
            widgets::weak(ui, tr("Nothing found", "未找到"));
            return None;
        }
        let last = visible.len() as i64 - 1;
        listing.cursor = (listing.cursor as i64 + keys.moves).clamp(0, last) as usize;
        let mut picked = keys.enters.then(|| visible.get(listing.cursor).copied()).flatten();
        let mut scroll = ScrollArea::vertical()
            .id_salt("rows")
            .max_height(size::ROW * N_VISIBLE)
            .auto_shrink([false, true]);
        if is_new || keys.moves != 0 {
            // The cursor in the middle.
            let offset = (listing.cursor as f32 - N_VISIBLE / 2.0) * size::ROW;
            scroll = scroll.vertical_scroll_offset(offset.max(0.0));
        }
        scroll.show_rows(ui, size::ROW, visible.len(), |ui, range| {
            for place in range {
                let Some((index, item)) =
                    visible.get(place).and_then(|index| Some((*index, self.items.get(*index)?)))
                else {
                    continue;
                };
                let response = self.row_ui(ui, item, place == listing.cursor);
                if response.hovered() && ui.input(|input| input.pointer.delta() != Vec2::ZERO) {
                    listing.cursor = place;
                }
                if response.clicked() {
                    picked = Some(index);
                }
            }
        });
        picked
    }

    /// Indices of the rows that fit the search, the best first.
    fn visible(&self, filter: &str) -> Vec<usize> {
        if filter.trim().is_empty() {
            return (0..self.items.len()).collect();
        }
        let mut finder = Finder::new(filter);
        let mut found: Vec<(u32, usize)> = self
            .items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| Some((finder.score(item.text)?, index)))
            .collect();
        found.sort_by_key(|(score, index)| (std::cmp::Reverse(*score), *index));
        found.into_iter().map(|(_, index)| index).collect()
    }

    fn row_ui(&self, ui: &mut Ui, item: &Item<'_>, is_at_cursor: bool) -> Response {
        let tokens = tokens(ui);
        // Not reached by Tab: the list is one stop, worked by the arrow keys.
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::CLICK);
        response.widget_info(|| {
            WidgetInfo::selected(Role::ListBoxOption, true, item.is_chosen, item.text)
        });
        if is_at_cursor {
            ui.painter().rect_filled(rect, size::RADIUS, tokens.hover);
        }
        let mut left = rect.left() + 8.0;
        if self.has_boxes {
            let (icon, color) = if item.is_chosen {
                (icons::ICON_CHECK_BOX, tokens.accent)
            } else {
                (icons::ICON_CHECK_BOX_OUTLINE_BLANK, tokens.weak)
            };
            widgets::icon_at(
                ui,
                icon,
                Rect::from_center_size(pos2(left + 8.0, rect.center().y), Vec2::splat(16.0)),
                17.0,
                color,
            );
            left += 24.0;
        }
        if let Some(icon) = item.icon {
            widgets::icon_at(
                ui,
                icon,
                Rect::from_center_size(pos2(left + 7.0, rect.center().y), Vec2::splat(16.0)),
                15.0,
                tokens.weak,
            );
            left += 21.0;
        }
        let mut right = rect.right() - 8.0;
        if item.is_chosen && !self.has_boxes {
            let at = Rect::from_center_size(pos2(right - 7.0, rect.center().y), Vec2::splat(16.0));
            widgets::icon_at(ui, icons::ICON_CHECK, at, 16.0, tokens.accent);
            right -= 20.0;
        }
        if !item.detail.is_empty() {
            let font = theme::regular(size::SMALL);
            let at = ui.painter().text(
                pos2(right, rect.center().y),
                Align2::RIGHT_CENTER,
                item.detail,
                font,
                tokens.weak,
            );
            right = at.left() - 8.0;
        }
        let color = if item.is_chosen || is_at_cursor { tokens.strong } else { tokens.text };
        let text = text_at(ui, pos2(left, rect.center().y), item.text, right - left, color);
        if text.width() >= right - left - 8.0 {
            response.on_hover_text(item.text)
        } else {
            response
        }
    }
}

fn search_ui(ui: &mut Ui, listing: &mut Listing, is_new: bool) {
    let id = ui.scope_id().with("search");
    let look = TextField {
        id,
        name: tr("Search", "搜索"),
        hint: tr("Search", "搜索"),
        unit: "",
        is_bad: false,
        has_lines: false,
    };
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::CONTROL), Sense::hover());
    if is_new {
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    if look.show(ui, rect, &mut listing.filter).changed() {
        listing.cursor = 0;
    }
    ui.add_space(4.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_leaves_the_best_first() {
        let names = ["petal width", "sepal length", "petal length", "class"];
        let items: Vec<Item<'_>> = names.iter().map(|name| Item::new(name, false)).collect();
        let list = ListUi { has_boxes: false, items: &items };
        let check = |filter: &str, expected: &[usize]| {
            assert_eq!(list.visible(filter), expected, "{filter}");
        };
        check("", &[0, 1, 2, 3]);
        check("petal", &[0, 2]);
        check("clas", &[3]);
        check("xyz", &[]);
    }
}
