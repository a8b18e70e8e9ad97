//! What the pointer does apart from dragging: zoom, hover, clicks and menus.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::{self, CursorIcon, Key, Pos2, Response, Ui, Vec2, pos2, vec2};
use pg_base::say;
use pg_pipeline::{Edit, NodeId};

use super::gesture::Doing;
use super::{Canvas, Search, Writing, drag, edits, frames, snapped, wires};
use crate::cx::{Cx, Selection};
use crate::library::NewNode;
use crate::panels::Tab;
use crate::settings::Wheel;
use crate::theme::size::GRID;
use crate::{actions, names, top_bar};

/// How near the pointer must come to a port or a wire, in points of the screen.
pub(super) const PORT_REACH: f32 = 11.0;
pub(super) const SNAP_REACH: f32 = 24.0;
const WIRE_REACH: f32 = 6.0;

/// Takes the pointer's part of a frame.
pub(crate) fn take_pointer(ui: &mut Ui, cx: &mut Cx<'_>, canvas: &mut Canvas, response: &Response) {
    zoom_and_pan(ui, cx, canvas, response);
    drop_from_library(ui, cx, canvas, response);
    hover(canvas, response);
    let pointer = ui.input(|input| input.pointer.interact_pos());
    if let Some(screen) = pointer {
        let world = canvas.camera.to_world(screen);
        let pressed_at = ui
            .input(|input| input.pointer.press_origin())
            .map_or(world, |at| canvas.camera.to_world(at));
        if response.drag_started() {
            response.request_focus();
            drag::begin(ui, cx, canvas, response, pressed_at);
        }
        if response.dragged() {
            drag::go_on(ui, cx, canvas, response, world);
        }
        if response.drag_stopped() {
            drag::finish(ui, cx, canvas, world);
        }
        click(ui, cx, canvas, response, world);
    }
    if ui.input(|input| input.key_pressed(Key::Escape)) {
        canvas.gesture.doing = Doing::Nothing;
    }
    let world = canvas.camera.to_world(pointer.unwrap_or_default());
    response.context_menu(|ui| menu_ui(ui, cx, canvas, world));
    cursor(ui, canvas, response);
}

fn zoom_and_pan(ui: &Ui, cx: &Cx<'_>, canvas: &mut Canvas, response: &Response) {
    if !response.contains_pointer() || canvas.search.is_some() {
        return;
    }
    let (zoom, scroll, pointer) = ui.input(|input| {
        (input.zoom_delta(), input.smooth_scroll_delta(), input.pointer.hover_pos())
    });
    let Some(pointer) = pointer else { return };
    let wheel_zooms = cx.view.settings.wheel == Wheel::Zooms;
    if zoom != 1.0 && !wheel_zooms {
        canvas.camera.zoom_around(pointer, zoom);
    } else if zoom != 1.0 {
        canvas.camera.pan(vec2(0.0, zoom.ln() * 200.0));
    } else if wheel_zooms && scroll.y != 0.0 {
        canvas.camera.zoom_around(pointer, (scroll.y / 200.0).exp());
    } else if scroll != Vec2::ZERO {
        canvas.camera.pan(scroll);
    }
}

/// A kind that is dragged out of the library.
fn drop_from_library(ui: &Ui, cx: &mut Cx<'_>, canvas: &mut Canvas, response: &Response) {
    if response.dnd_hover_payload::<NewNode>().is_some() {
        ui.set_cursor_icon(CursorIcon::Copy);
    }
    let Some(new) = response.dnd_release_payload::<NewNode>() else { return };
    let Some(screen) = ui.input(|input| input.pointer.interact_pos()) else { return };
    let world = canvas.camera.to_world(screen);
    let position = snapped(world - vec2(super::scene::WIDTH / 2.0, 24.0));
    if let Some(wire) = canvas.scene.wire_at(world, 16.0 / canvas.camera.zoom)
        && edits::insert_new(cx, new.kind, position, &wire.link)
    {
        return;
    }
    crate::library::add::add_node(cx, new.kind, position, None);
}

/// What lies under the pointer: ports first, then cards, then wires.
fn hover(canvas: &mut Canvas, response: &Response) {
    let gesture = &mut canvas.gesture;
    (gesture.hover_node, gesture.hover_link, gesture.hover_port) = (None, None, None);
    if !matches!(gesture.doing, Doing::Nothing) {
        return;
    }
    let Some(screen) = response.hover_pos() else { return };
    let world = canvas.camera.to_world(screen);
    let reach = PORT_REACH / canvas.camera.zoom.max(0.5);
    if let Some((card, port, is_output)) =
        canvas.scene.port_at(world, reach).filter(|_| canvas.camera.zoom >= 0.3)
    {
        gesture.hover_port = Some((card.id.clone(), port.id.clone(), is_output));
    } else if let Some(card) = canvas.scene.card_at(world) {
        gesture.hover_node = Some(card.id.clone());
    } else if let Some(wire) = canvas.scene.wire_at(world, WIRE_REACH / canvas.camera.zoom) {
        gesture.hover_link = Some(wire.link.clone());
    }
}

fn cursor(ui: &Ui, canvas: &Canvas, response: &Response) {
    if !response.hovered() && !response.dragged() {
        return;
    }
    let icon = match &canvas.gesture.doing {
        Doing::Pan => CursorIcon::Grabbing,
        Doing::Cut { .. } => CursorIcon::Crosshair,
        Doing::Resize { .. } => CursorIcon::ResizeNwSe,
        Doing::Move { .. } => CursorIcon::Move,
        Doing::Wire { verdict: Some(Err(_)), .. } => CursorIcon::NotAllowed,
        _ if canvas.gesture.hover_port.is_some() => CursorIcon::Crosshair,
        _ if canvas.gesture.hover_link.is_some() => CursorIcon::PointingHand,
        _ => return,
    };
    ui.set_cursor_icon(icon);
}

fn click(ui: &Ui, cx: &mut Cx<'_>, canvas: &mut Canvas, response: &Response, world: Pos2) {
    let modifiers = ui.input(|input| input.modifiers);
    if response.clicked() || response.secondary_clicked() {
        response.request_focus();
        canvas.search = None;
        choose(cx, canvas, world, modifiers, response.secondary_clicked());
    }
    if response.double_clicked() {
        open_at(ui, cx, canvas, world);
    }
}

fn choose(
    cx: &mut Cx<'_>,
    canvas: &Canvas,
    world: Pos2,
    modifiers: egui::Modifiers,
    is_secondary: bool,
) {
    let adds = modifiers.shift || modifiers.command;
    let selection = &mut cx.view.selection;
    if let Some(card) = canvas.scene.card_at(world) {
        if is_secondary && selection.nodes.contains(&card.id) {
            return;
        }
        if adds {
            if !selection.nodes.remove(&card.id) {
                selection.nodes.insert(card.id.clone());
            }
        } else {
            *selection = Selection::of(card.id.clone());
        }
        return;
    }
    if let Some(wire) = canvas.scene.wire_at(world, WIRE_REACH / canvas.camera.zoom) {
        *selection = Selection { link: Some(wire.link.clone()), ..Selection::default() };
        return;
    }
    match frames::thing_at(cx.session.document(), world, canvas.camera.zoom) {
        Some((id, is_note, _, _)) => {
            let mut chosen = Selection::default();
            if is_note { &mut chosen.notes } else { &mut chosen.frames }.insert(id);
            cx.view.selection = chosen;
        }
        None if !adds => cx.view.selection = Selection::default(),
        None => {}
    }
}

/// A double click: opens a node's result, bends a wire, writes a note, or looks for a node to add.
fn open_at(ui: &Ui, cx: &mut Cx<'_>, canvas: &mut Canvas, world: Pos2) {
    if let Some(card) = canvas.scene.card_at(world) {
        let in_title =
            world.y < card.rect.top() + super::scene::TITLE && world.x > card.rect.left() + 34.0;
        let id = card.id.clone();
        if in_title {
            canvas.write_label(&id, names::title_of(cx.session, &id));
        } else {
            open_node(cx, &id);
        }
        return;
    }
    if let Some(wire) = canvas.scene.wire_at(world, WIRE_REACH / canvas.camera.zoom) {
        let mut bends = wire.bends.clone();
        let reach = PORT_REACH / canvas.camera.zoom;
        if let Some(index) = bends.iter().position(|bend| bend.distance(world) < reach) {
            bends.remove(index);
        } else {
            let [x, y] = half_snapped(world);
            bends.insert(wires::place_of_bend(wire.from, wire.to, &bends, world), pos2(x, y));
        }
        let points = bends.iter().map(|bend| [bend.x, bend.y]).collect();
        cx.edit(
            Edit::BendLink { link: wire.link.clone(), points },
            say!("Bend a wire", "弯折连线"),
        );
        return;
    }
    match frames::thing_at(cx.session.document(), world, canvas.camera.zoom) {
        Some((id, true, ..)) => {
            let text = cx
                .session
                .document()
                .notes()
                .find(|note| note.id == id)
                .map(|note| note.text.clone());
            canvas.writing = text.map(|text| Writing::Note { note: id, text, is_new: true });
        }
        Some((id, false, ..)) => {
            let title = cx
                .session
                .document()
                .frames()
                .find(|frame| frame.id == id)
                .map(|frame| frame.title.clone());
            canvas.writing = title.map(|text| Writing::Title { frame: id, text, is_new: true });
        }
        None => {
            let screen = ui.input(|input| input.pointer.interact_pos()).unwrap_or_default();
            canvas.search = Some(Search::at(screen, snapped(world - vec2(24.0, 24.0))));
        }
    }
}

/// Shows what comes out of a node.
pub(crate) fn open_node(cx: &mut Cx<'_>, node: &str) {
    cx.view.selection = Selection::of(node);
    let output = cx.spec_of(node).and_then(|spec| spec.outputs.first());
    cx.show_tab(output.map_or(Tab::Data, |port| Tab::of(port.port_type)));
}

fn menu_ui(ui: &mut Ui, cx: &mut Cx<'_>, canvas: &mut Canvas, world: Pos2) {
    ui.set_width(280.0);
    let mut items: Vec<&'static actions::Action> = Vec::new();
    if !cx.view.selection.nodes.is_empty() {
        items.extend([
            &actions::RUN_SELECTED,
            &actions::RENAME,
            &actions::CONNECT,
            &actions::MUTE,
            &actions::COLLAPSE,
            &actions::FRAME,
        ]);
    }
    if !cx.view.selection.is_empty() {
        items.extend([&actions::CUT, &actions::COPY, &actions::DUPLICATE, &actions::DELETE]);
    }
    if !cx.view.selection.nodes.is_empty() {
        items.push(&actions::DELETE_AND_HEAL);
    }
    if cx.view.selection.is_empty() {
        items.extend([
            &actions::NOTE,
            &actions::PASTE,
            &actions::SELECT_ALL,
            &actions::TIDY,
            &actions::FIT,
        ]);
        if ui.button(actions::ADD_NODE.label_now(cx)).clicked() {
            let screen = canvas.camera.to_screen(world);
            canvas.search = Some(Search::at(screen, snapped(world)));
            ui.close();
        }
        ui.separator();
    }
    for action in items {
        top_bar::menu_item(ui, cx, action);
    }
}

/// Places of nodes after a move.
pub(crate) fn moved_positions(
    cx: &Cx<'_>,
    nodes: &BTreeSet<NodeId>,
    delta: Vec2,
) -> BTreeMap<NodeId, [f32; 2]> {
    let document = cx.session.document();
    let place = |id: &NodeId| {
        let [x, y] = document.node(id)?.position;
        Some((id.clone(), [x + delta.x, y + delta.y]))
    };
    nodes.iter().filter_map(place).collect()
}

/// Bends sit on half steps, so that they can lie on the lines of ports.
pub(super) fn half_snapped(world: Pos2) -> [f32; 2] {
    let half = GRID / 2.0;
    [(world.x / half).round() * half, (world.y / half).round() * half]
}
