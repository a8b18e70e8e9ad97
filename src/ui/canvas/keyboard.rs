//! The canvas by keyboard and for screen readers: walking between nodes, and a labelled place for everything seen.

use std::collections::BTreeSet;

use eframe::egui::{
    self, EventFilter, Key, Modifiers, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, vec2,
};
use pg_pipeline::NodeId;

use super::paint::Detail;
use super::scene::{Card, Light};
use super::{Canvas, Search, canvas_id, pointer};
use crate::cx::{Cx, Selection};
use crate::lang::{Tr, tr};

/// Keys that belong to the canvas while it has the keyboard.
pub(crate) fn take_keys(ui: &Ui, cx: &mut Cx<'_>, canvas: &mut Canvas, response: &Response) {
    if !response.has_focus() || canvas.takes_keys() {
        return;
    }
    let filter =
        EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    for (key, direction) in [
        (Key::ArrowLeft, vec2(-1.0, 0.0)),
        (Key::ArrowRight, vec2(1.0, 0.0)),
        (Key::ArrowUp, vec2(0.0, -1.0)),
        (Key::ArrowDown, vec2(0.0, 1.0)),
    ] {
        if ui.input_mut(|input| input.consume_key(Modifiers::ALT, key)) {
            nudge(cx, direction);
        } else if pressed(key) {
            walk(cx, canvas, direction);
        }
    }
    if pressed(Key::Enter)
        && let Some(node) = cx.chosen_node().map(|node| node.id.clone())
    {
        pointer::open_node(cx, &node);
    }
    if pressed(Key::Tab) || ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::Space)) {
        canvas.search = Some(Search::beside_chosen(cx, canvas));
    }
    // Space alone opens the search when it is let go without having moved the view.
    let space_up = ui.input(|input| {
        input.key_released(Key::Space) && !input.pointer.any_down() && !input.pointer.any_released()
    });
    if space_up && !matches!(canvas.gesture.doing, super::gesture::Doing::Pan) {
        canvas.search = Some(Search::beside_chosen(cx, canvas));
    }
    if pressed(Key::Escape) {
        if cx.view.selection.is_empty() {
            // The way out for who walks by Tab.
            response.surrender_focus();
        }
        cx.view.selection = Selection::default();
    }
}

/// Chooses the nearest node in a direction.
fn walk(cx: &mut Cx<'_>, canvas: &mut Canvas, direction: Vec2) {
    let from = cx.view.selection.nodes.iter().next().and_then(|node| canvas.scene.card(node));
    let next = match from {
        None => canvas.scene.cards.iter().min_by(|a, b| a.rect.left().total_cmp(&b.rect.left())),
        Some(from) => {
            let cost = |card: &&Card| {
                let way = card.rect.center() - from.rect.center();
                let along = way.dot(direction);
                let across = (way - direction * along).length();
                (card.id != from.id && along > 1.0).then_some(along + 2.5 * across)
            };
            let costs = canvas.scene.cards.iter().filter_map(|card| Some((cost(&card)?, card)));
            costs.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, card)| card)
        }
    };
    if let Some(card) = next {
        cx.view.selection = Selection::of(card.id.clone());
        canvas.camera.reveal(card.rect);
    }
}

/// Moves what is chosen by one step of the grid.
fn nudge(cx: &mut Cx<'_>, direction: Vec2) {
    let positions = pointer::moved_positions(
        cx,
        &cx.view.selection.nodes.clone(),
        direction * crate::theme::size::GRID,
    );
    if !positions.is_empty() {
        cx.edit_merged(pg_pipeline::Edit::MoveNodes { positions }, pg_base::say!("Move", "移动"));
    }
}

/// A labelled widget for every card, port and wire that is seen: for screen readers and for tests. Costs nothing where
/// nobody listens.
pub(crate) fn accessible_ui(
    ui: &Ui,
    cx: &mut Cx<'_>,
    canvas: &mut Canvas,
    visible: &BTreeSet<NodeId>,
    detail: Detail,
) {
    if ui.ctx().accesskit_node_builder(canvas_id(), |_| ()).is_none() {
        return;
    }
    let mut clicked = None;
    for card in canvas.scene.cards.iter().filter(|card| visible.contains(&card.id)) {
        let rect = canvas.camera.rect_to_screen(card.rect).intersect(canvas.camera.viewport);
        let id = canvas_id().with(("card", &card.id));
        let response = ui.interact(rect, id, Sense::hover());
        let is_selected = cx.view.selection.nodes.contains(&card.id);
        let name = format!("{} {} · {}", tr("Node", "节点"), card.title, state_name(card.light));
        response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_selected, &name));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_author_id(card.id.clone());
            node.add_action(egui::accesskit::Action::Click);
        });
        if ui.input(|input| input.has_accesskit_action_request(id, egui::accesskit::Action::Click))
        {
            clicked = Some(card.id.clone());
        }
        if detail == Detail::Block {
            continue;
        }
        for (ports, way) in
            [(&card.inputs, tr("input", "输入")), (&card.outputs, tr("output", "输出"))]
        {
            for port in ports {
                let rect =
                    Rect::from_center_size(canvas.camera.to_screen(port.at), Vec2::splat(12.0));
                let response = ui.interact(rect, id.with((way, &port.id)), Sense::hover());
                let label =
                    port.label.map_or_else(|| port.id.clone(), |label| label.tr().to_owned());
                let name = format!("{} {} · {way} · {label}", tr("Port", "端口"), card.title);
                response.widget_info(|| WidgetInfo::labeled(Role::GenericContainer, true, &name));
            }
        }
    }
    for wire in canvas.scene.wires.iter().filter(|wire| visible.contains(&wire.link.from.node)) {
        let Some(middle) = wire.points.get(wire.points.len() / 2) else { continue };
        let rect = Rect::from_center_size(canvas.camera.to_screen(*middle), Vec2::splat(8.0));
        let response =
            ui.interact(rect, canvas_id().with(("wire", wire.link.to_string())), Sense::hover());
        let (from, to) = (cx.title_of(&wire.link.from.node), cx.title_of(&wire.link.to.node));
        let name = format!("{} {from} → {to}", tr("Wire", "连线"));
        response.widget_info(|| WidgetInfo::labeled(Role::GenericContainer, true, &name));
    }
    if let Some(node) = clicked {
        cx.view.selection = Selection::of(node);
    }
}

/// A status light in words.
fn state_name(light: Light) -> &'static str {
    match light {
        Light::NotReady => tr("not ready", "未就绪"),
        Light::Ready => tr("ready", "就绪"),
        Light::Stale => tr("out of date", "已过期"),
        Light::Queued => tr("queued", "排队中"),
        Light::Running(_) => tr("running", "运行中"),
        Light::Done => tr("done", "已完成"),
        Light::Warned => tr("done, with a warning", "已完成，有警告"),
        Light::Failed => tr("failed", "失败"),
        Light::Muted => tr("muted", "已静音"),
    }
}
