//! The palette: a filter, favourites and what was used last, then all kinds by stage.

use eframe::egui::{
    self, Align2, CornerRadius, CursorIcon, Frame, Id, Key, LayerId, Margin, Modifiers, Order,
    Rect, RectAlign, Response, Role, ScrollArea, Sense, Stroke, StrokeKind, Tooltip, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons as material;
use pg_contract::{NodeSpec, Registry, Stage, Status};
use pg_pipeline::NodeId;

use super::{Library, NewNode, add, card, search};
use crate::cx::Cx;
use crate::icons;
use crate::lang::{Tr, lang, tr};
use crate::settings::Settings;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Kinds used last that are shown at the top.
const N_RECENT: usize = 4;

/// A line of the palette.
#[derive(Clone, Copy)]
enum Line {
    Label(Group),
    Kind(&'static NodeSpec),
}

#[derive(Clone, Copy, PartialEq)]
enum Group {
    Favourites,
    Recent,
    Stage(Stage),
}

/// Draws it.
pub(super) fn rows_ui(ui: &mut Ui, cx: &mut Cx<'_>, library: &mut Library) {
    let keys = filter_ui(ui, &mut library.filter);
    let lines = lines(cx.session.core().registry(), &cx.view.settings, library);
    let kinds: Vec<&'static NodeSpec> = lines
        .iter()
        .filter_map(|line| if let Line::Kind(spec) = line { Some(*spec) } else { None })
        .collect();
    library.cursor = moved(library.cursor, keys, kinds.len());
    if keys.is_changed && !library.filter.trim().is_empty() {
        // What Enter would add.
        library.cursor = Some(0);
    }
    if keys.enters
        && let Some(spec) = kinds.get(library.cursor.unwrap_or(0))
    {
        library.added = add::add_in_middle(cx, spec.id);
    }
    if kinds.is_empty() {
        let text = tr("No node kind is called like this.", "没有这样的节点。");
        widgets::empty_state(ui, material::ICON_SEARCH, tr("Nothing found", "未找到"), text, None);
        return;
    }
    let scroll = ScrollArea::vertical().id_salt("library").auto_shrink(false);
    scroll.show(ui, |ui| {
        Frame::new().inner_margin(Margin { left: 8, right: 8, top: 2, bottom: 16 }).show(
            ui,
            |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let mut index = 0;
                for (place, line) in lines.iter().enumerate() {
                    match line {
                        Line::Label(group) => label_ui(ui, library, *group, place == 0),
                        Line::Kind(spec) => {
                            let is_at_cursor = library.cursor == Some(index);
                            let (response, added) = ui
                                .push_id((place, spec.id), |ui| kind_ui(ui, cx, spec, is_at_cursor))
                                .inner;
                            library.added = added.or(library.added.take());
                            if is_at_cursor && keys.moves != 0 {
                                response.scroll_to_me(None);
                            }
                            if response.clicked() {
                                library.cursor = Some(index);
                            }
                            index += 1;
                        }
                    }
                }
            },
        );
    });
}

/// What the arrow keys and Enter did in a filter field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) moves: i32,
    pub(super) enters: bool,
    /// The text is another.
    pub(super) is_changed: bool,
}

/// A field that narrows a list down and sends the arrow keys to it.
pub(super) fn filter_ui(ui: &mut Ui, filter: &mut String) -> Keys {
    let tokens = tokens(ui);
    let mut keys = Keys::default();
    Frame::new().inner_margin(Margin { left: 12, right: 12, top: 0, bottom: 6 }).show(ui, |ui| {
        let id = ui.scope_id().with("filter");
        if ui.memory(|memory| memory.has_focus(id)) {
            ui.input_mut(|input| {
                let mut pressed = |key| i32::from(input.consume_key(Modifiers::NONE, key));
                keys.moves = pressed(Key::ArrowDown) - pressed(Key::ArrowUp)
                    + 10 * (pressed(Key::PageDown) - pressed(Key::PageUp));
                keys.enters = pressed(Key::Enter) > 0;
            });
        }
        let (rect, _) =
            ui.allocate_exact_size(vec2(ui.available_width(), size::CONTROL), Sense::hover());
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let edge = if has_focus { tokens.accent } else { tokens.border };
        ui.painter().rect(
            rect,
            size::RADIUS,
            tokens.field,
            Stroke::new(1.0, edge),
            StrokeKind::Inside,
        );
        let icon = Rect::from_min_size(rect.min, Vec2::splat(rect.height()));
        widgets::icon_at(ui, material::ICON_SEARCH, icon, 15.0, tokens.weak);
        let clear_width = if filter.is_empty() { 8.0 } else { size::CONTROL };
        let inner = Rect::from_min_max(
            pos2(icon.right() - 2.0, rect.top()),
            pos2(rect.right() - clear_width, rect.bottom()),
        );
        let hint = tr("Filter nodes", "筛选节点");
        let edit = egui::TextEdit::singleline(filter)
            .id(id)
            .frame(Frame::NONE)
            .hint_text(hint)
            .text_color(tokens.strong)
            .align(Align2::LEFT_CENTER)
            .min_size(inner.size())
            .desired_width(inner.width());
        let response = ui.put(inner, edit).accessible_name(hint);
        keys.is_changed = response.changed();
        if !filter.is_empty() {
            let at = Rect::from_min_max(pos2(rect.right() - size::CONTROL, rect.top()), rect.max);
            let mut child = ui.new_child(egui::UiBuilder::new().max_rect(at.shrink(1.0)));
            if widgets::icon_button(&mut child, material::ICON_CLOSE, tr("Clear", "清除")).clicked()
            {
                filter.clear();
                keys.is_changed = true;
            }
        }
    });
    keys
}

/// Where the cursor of a list stands after the keys; it stays within the list.
pub(super) fn moved(cursor: Option<usize>, keys: Keys, n_rows: usize) -> Option<usize> {
    if keys.is_changed {
        return None;
    }
    let last = n_rows.checked_sub(1)?;
    if keys.moves == 0 {
        return cursor.filter(|cursor| *cursor <= last);
    }
    let from = cursor.map_or(-1, |cursor| cursor as i64);
    Some((from + i64::from(keys.moves)).clamp(0, last as i64) as usize)
}

/// All lines in order. What was typed leaves the best first, without groups.
fn lines(registry: &Registry, settings: &Settings, library: &Library) -> Vec<Line> {
    let stable: Vec<&'static NodeSpec> = registry
        .all()
        .iter()
        .copied()
        .filter(|spec| !matches!(spec.status, Status::Deprecated { .. }))
        .collect();
    if !library.filter.trim().is_empty() {
        return search::rank(&stable, &library.filter).into_iter().map(Line::Kind).collect();
    }
    let mut lines = Vec::new();
    let mut group = |group: Group, kinds: Vec<&'static NodeSpec>, is_folded: bool| {
        if !kinds.is_empty() {
            lines.push(Line::Label(group));
            lines.extend(kinds.into_iter().filter(|_| !is_folded).map(Line::Kind));
        }
    };
    let known = |ids: &[String]| ids.iter().filter_map(|id| registry.get(id)).collect::<Vec<_>>();
    group(Group::Favourites, known(&settings.favourites), false);
    let mut recent = known(&settings.recent_kinds);
    recent.truncate(N_RECENT);
    group(Group::Recent, recent, false);
    for stage in Stage::ALL {
        let kinds = stable.iter().copied().filter(|spec| spec.stage == stage).collect();
        group(Group::Stage(stage), kinds, library.folded.contains(&stage));
    }
    lines
}

/// The name of a group; a stage is folded and unfolded by it.
fn label_ui(ui: &mut Ui, library: &mut Library, group: Group, is_first: bool) {
    let tokens = tokens(ui);
    ui.add_space(if is_first { 2.0 } else { 10.0 });
    let title = match group {
        Group::Favourites => tr("Favourites", "收藏"),
        Group::Recent => tr("Recent", "最近使用"),
        Group::Stage(stage) => stage.title().get(lang()),
    };
    let Group::Stage(stage) = group else {
        ui.horizontal(|ui| {
            ui.add_space(8.0);
            widgets::section_label(ui, title);
        });
        return;
    };
    let is_folded = library.folded.contains(&stage);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, !is_folded, title));
    let font = theme::bold(size::SMALL - 0.5);
    let color = if response.hovered() { tokens.text } else { tokens.weak };
    ui.painter().text(
        rect.left_center() + vec2(8.0, 0.0),
        Align2::LEFT_CENTER,
        title.to_uppercase(),
        font,
        color,
    );
    if is_folded || response.hovered() {
        let icon = if is_folded {
            material::ICON_KEYBOARD_ARROW_RIGHT
        } else {
            material::ICON_KEYBOARD_ARROW_DOWN
        };
        let at = Rect::from_center_size(rect.right_center() - vec2(14.0, 0.0), Vec2::splat(16.0));
        widgets::icon_at(ui, icon, at, 16.0, tokens.weak);
    }
    widgets::focus_ring(ui, &response);
    if response.clicked() && !library.folded.remove(&stage) {
        library.folded.insert(stage);
    }
}

/// One kind: can be dragged, added by a double click or Enter, and marked as a favourite.
/// Gives the id of the node that was added.
fn kind_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    spec: &'static NodeSpec,
    is_at_cursor: bool,
) -> (Response, Option<NodeId>) {
    let tokens = tokens(ui);
    let is_favourite = cx.view.settings.favourites.iter().any(|kind| kind == spec.id);
    let title = spec.text.title.tr();
    let mut star = None;
    let response = widgets::row_ui(ui, title, is_at_cursor, |ui| {
        let row = ui.max_rect();
        let is_hovered = ui.rect_contains_pointer(row.expand2(vec2(8.0, 0.0)));
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(17.0), Sense::hover());
        icons::kind_icon_ui(ui, spec.id, spec.stage, rect, tokens.stage(spec.stage));
        ui.add_space(1.0);
        let color = if is_hovered || is_at_cursor { tokens.strong } else { tokens.text };
        let shows_star = is_hovered || is_favourite;
        ui.scope(|ui| {
            ui.set_max_width(ui.available_width() - if shows_star { 22.0 } else { 0.0 });
            ui.add(egui::Label::new(egui::RichText::new(title).color(color)).truncate());
            if spec.status == Status::Preview {
                card::preview_badge(ui);
            }
        });
        if shows_star {
            let at =
                Rect::from_center_size(pos2(row.right() - 8.0, row.center().y), Vec2::splat(20.0));
            star = Some((at, if is_favourite { tokens.warning } else { tokens.weak }));
        }
    });
    if let Some((at, color)) = star {
        star_ui(ui, cx, spec, at, color, is_favourite);
    }
    response.dnd_set_drag_payload(NewNode { kind: spec.id });
    if response.dragged() {
        ghost_ui(ui, spec);
    }
    let is_entered = response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let is_added = response.double_clicked() || is_entered;
    let added = is_added.then(|| add::add_in_middle(cx, spec.id)).flatten();
    if !response.dragged() {
        let mut tooltip = Tooltip::for_enabled(&response);
        tooltip.popup = tooltip.popup.align(RectAlign::RIGHT_START).gap(12.0);
        tooltip.width(card::WIDTH).show(|ui| card::card_ui(ui, spec));
    }
    (response.on_hover_cursor(CursorIcon::Grab), added)
}

fn star_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    spec: &'static NodeSpec,
    at: Rect,
    color: egui::Color32,
    is_favourite: bool,
) {
    let name = if is_favourite {
        tr("No longer a favourite", "取消收藏")
    } else {
        tr("Mark as a favourite", "收藏")
    };
    let response = ui.interact(at, ui.scope_id().with(("star", spec.id)), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_favourite, name));
    let color = if response.hovered() { tokens(ui).warning } else { color };
    widgets::icon_at(ui, material::ICON_STAR, at, 16.0, color);
    if response.on_hover_text(name).clicked() {
        let favourites = &mut cx.view.settings.favourites;
        if is_favourite {
            favourites.retain(|kind| kind != spec.id);
        } else {
            favourites.push(spec.id.to_owned());
        }
    }
}

/// What hangs on the pointer while a kind is dragged.
fn ghost_ui(ui: &Ui, spec: &NodeSpec) {
    let Some(pointer) = ui.input(|input| input.pointer.interact_pos()) else { return };
    let tokens = tokens(ui);
    let mut layer = egui::Ui::new(
        ui.ctx().clone(),
        Id::unique("library-ghost"),
        egui::UiBuilder::new()
            .layer_id(LayerId::new(Order::Tooltip, Id::unique("library-ghost")))
            .max_rect(ui.ctx().content_rect()),
    );
    layer.set_clip_rect(ui.ctx().content_rect());
    let galley = layer.painter().layout_no_wrap(
        spec.text.title.tr().to_owned(),
        theme::bold(size::BODY),
        tokens.strong,
    );
    let rect = Rect::from_min_size(pointer + vec2(10.0, 10.0), vec2(galley.size().x + 44.0, 34.0));
    let edge = Stroke::new(1.0, tokens.accent);
    layer
        .painter()
        .add(ui.visuals().popup_shadow.as_shape(rect, CornerRadius::same(size::CARD_RADIUS)));
    layer.painter().rect(
        rect,
        CornerRadius::same(size::CARD_RADIUS),
        tokens.card,
        edge,
        StrokeKind::Inside,
    );
    let icon = Rect::from_center_size(pos2(rect.left() + 18.0, rect.center().y), Vec2::splat(17.0));
    icons::kind_icon_ui(&layer, spec.id, spec.stage, icon, tokens.stage(spec.stage));
    let at = pos2(rect.left() + 33.0, rect.center().y - galley.size().y / 2.0);
    layer.painter().galley(at, galley, tokens.strong);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_in_the_list() {
        let check = |cursor: Option<usize>, moves: i32, n_rows: usize, expected: Option<usize>| {
            assert_eq!(
                moved(cursor, Keys { moves, ..Keys::default() }, n_rows),
                expected,
                "{cursor:?} {moves} of {n_rows}"
            );
        };
        check(None, 1, 3, Some(0));
        check(Some(0), -1, 3, Some(0));
        check(Some(1), 10, 3, Some(2));
        check(Some(7), 0, 3, None);
        check(Some(1), 0, 3, Some(1));
        check(None, 1, 0, None);
        assert_eq!(moved(Some(1), Keys { is_changed: true, ..Keys::default() }, 3), None);
    }
}
