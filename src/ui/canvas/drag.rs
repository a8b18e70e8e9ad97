//! A drag from the press to the drop: what it begins as, how it goes on, and the edit that it becomes.

use std::collections::BTreeSet;

use eframe::egui::{Key, PointerButton, Pos2, Rect, Response, Ui, Vec2, pos2, vec2};
use pg_base::say;
use pg_pipeline::{Edit, Link, NodeId};

use super::connect::Loose;
use super::gesture::{Doing, Grip, Guide};
use super::pointer::{PORT_REACH, SNAP_REACH, half_snapped};
use super::scene::{Card, Scene, Wire};
use super::{Canvas, Search, edits, frames, snapped, wires};
use crate::cx::{Cx, Selection};
use crate::theme::size::GRID;

/// A drag begins.
pub(super) fn begin(
    ui: &Ui,
    cx: &mut Cx<'_>,
    canvas: &mut Canvas,
    response: &Response,
    world: Pos2,
) {
    let (modifiers, is_space) = ui.input(|input| (input.modifiers, input.key_down(Key::Space)));
    let middle = response.drag_started_by(PointerButton::Middle);
    let secondary = response.drag_started_by(PointerButton::Secondary);
    if middle || is_space || (secondary && !modifiers.command) {
        canvas.gesture.doing = Doing::Pan;
        return;
    }
    if secondary {
        canvas.gesture.doing = Doing::Cut { stroke: vec![world] };
        return;
    }
    let reach = PORT_REACH / canvas.camera.zoom.max(0.5);
    if let Some((card, port, is_output)) =
        canvas.scene.port_at(world, reach).filter(|_| canvas.camera.zoom >= 0.3)
    {
        canvas.gesture.doing = begin_wire(cx, &canvas.scene, card, port, is_output, world);
        return;
    }
    if let Some((wire, index)) = bend_at(&canvas.scene, world, reach) {
        canvas.gesture.doing =
            Doing::Bend { link: wire.link.clone(), bends: wire.bends.clone(), index };
        return;
    }
    if let Some(card) = canvas.scene.card_at(world) {
        if !cx.view.selection.nodes.contains(&card.id) {
            if modifiers.shift || modifiers.command {
                cx.view.selection.nodes.insert(card.id.clone());
            } else {
                cx.view.selection = Selection::of(card.id.clone());
            }
        }
        let selection = cx.view.selection.clone();
        canvas.gesture.doing = moving(selection.nodes, selection.notes, selection.frames, world);
        return;
    }
    if let Some((id, is_note, grip, rect)) =
        frames::thing_at(cx.session.document(), world, canvas.camera.zoom)
    {
        canvas.gesture.doing = match grip {
            Grip::Corner => {
                Doing::Resize { id, is_note, size: rect.size(), start: rect.size(), from: world }
            }
            Grip::Body => {
                let chosen =
                    if is_note { &cx.view.selection.notes } else { &cx.view.selection.frames };
                if !chosen.contains(&id) {
                    let mut selection = Selection::default();
                    if is_note { &mut selection.notes } else { &mut selection.frames }
                        .insert(id.clone());
                    cx.view.selection = selection;
                }
                let selection = cx.view.selection.clone();
                // A frame takes along what lies on it.
                let mut nodes = selection.nodes;
                for frame in cx
                    .session
                    .document()
                    .frames()
                    .filter(|frame| selection.frames.contains(&frame.id))
                {
                    let rect = frames::rect_of(frame.position, frame.size);
                    let on_it =
                        canvas.scene.cards.iter().filter(|card| rect.contains_rect(card.rect));
                    nodes.extend(on_it.map(|card| card.id.clone()));
                }
                moving(nodes, selection.notes, selection.frames, world)
            }
        };
        return;
    }
    let before = if modifiers.shift || modifiers.command {
        cx.view.selection.nodes.clone()
    } else {
        BTreeSet::new()
    };
    canvas.gesture.doing = Doing::Box { from: world, to: world, inside: before.clone(), before };
}

fn moving(
    nodes: BTreeSet<NodeId>,
    notes: BTreeSet<String>,
    frames: BTreeSet<String>,
    start: Pos2,
) -> Doing {
    Doing::Move { nodes, notes, frames, start, delta: Vec2::ZERO, guides: Vec::new(), onto: None }
}

/// A wire out of a port; one that is on an input already is taken off it.
fn begin_wire(
    cx: &Cx<'_>,
    scene: &Scene,
    card: &Card,
    port: &super::scene::Port,
    is_output: bool,
    at: Pos2,
) -> Doing {
    let document = cx.session.document();
    let takes_many =
        card.spec.and_then(|spec| spec.input(&port.id)).is_some_and(|port| port.takes_many);
    let taken = document.links().iter().rev().find(|link| {
        !is_output && !takes_many && link.to.node == card.id && link.to.port == port.id
    });
    let loose = match taken {
        Some(link) => {
            let start = scene.card(&link.from.node).and_then(|card| {
                let port = card.outputs.iter().find(|port| port.id == link.from.port)?;
                Some(Loose::from(document, card, port, true))
            });
            start.map(|loose| Loose { taken: Some(link.clone()), ..loose })
        }
        None => None,
    };
    let loose = loose.unwrap_or_else(|| Loose::from(document, card, port, is_output));
    Doing::Wire { loose, at, landing: None, verdict: None }
}

fn bend_at(scene: &Scene, world: Pos2, reach: f32) -> Option<(&Wire, usize)> {
    scene.wires.iter().find_map(|wire| {
        let index = wire.bends.iter().position(|bend| bend.distance(world) <= reach)?;
        Some((wire, index))
    })
}

/// It goes on.
pub(super) fn go_on(ui: &Ui, cx: &Cx<'_>, canvas: &mut Canvas, response: &Response, world: Pos2) {
    let is_free = ui.input(|input| input.modifiers.alt);
    let Canvas { camera, scene, gesture, .. } = canvas;
    pan_at_edge(ui, camera, &gesture.doing);
    match &mut gesture.doing {
        Doing::Pan => camera.pan(response.drag_delta()),
        Doing::Box { from, to, before, inside } => {
            *to = world;
            let rect = Rect::from_two_pos(*from, *to);
            let touched = scene.cards.iter().filter(|card| card.rect.intersects(rect));
            *inside = before.iter().cloned().chain(touched.map(|card| card.id.clone())).collect();
        }
        Doing::Move { nodes, start, delta, guides, onto, .. } => {
            let raw = world - *start;
            let lead = nodes.iter().next().and_then(|node| scene.card(node));
            *delta = match lead {
                Some(card) if !is_free => {
                    let [x, y] = snapped(card.rect.min + raw);
                    pos2(x, y) - card.rect.min
                }
                _ if is_free => raw,
                _ => vec2((raw.x / GRID).round() * GRID, (raw.y / GRID).round() * GRID),
            };
            *guides = lead.map(|card| guides_of(scene, card, nodes, *delta)).unwrap_or_default();
            *onto = lead
                .filter(|_| nodes.len() == 1 && !is_free)
                .and_then(|card| wire_for(cx, scene, card, *delta));
        }
        Doing::Wire { loose, at, landing, verdict } => {
            *at = world;
            let found = scene
                .port_at(world, SNAP_REACH / camera.zoom)
                .or_else(|| port_of_card(scene, loose, world));
            *landing = found.map(|(card, port, _)| (card.id.clone(), port.id.clone()));
            *verdict = found
                .filter(|(card, port, is_output)| {
                    !(card.id == loose.node
                        && port.id == loose.port
                        && *is_output == loose.is_output)
                })
                .map(|(card, port, is_output)| loose.verdict(card, port, is_output));
        }
        Doing::Bend { bends, index, .. } => {
            if let Some(bend) = bends.get_mut(*index) {
                let [x, y] = if is_free { [world.x, world.y] } else { half_snapped(world) };
                *bend = pos2(x, y);
            }
        }
        Doing::Resize { size, start, from, .. } => {
            let [x, y] = snapped((*start + (world - *from)).to_pos2());
            *size = vec2(x.max(4.0 * GRID), y.max(2.0 * GRID));
        }
        Doing::Cut { stroke } => {
            if stroke.last().is_none_or(|last| last.distance(world) > 4.0 / camera.zoom) {
                stroke.push(world);
            }
        }
        Doing::Nothing => {}
    }
}

/// Near the edge the view moves along.
fn pan_at_edge(ui: &Ui, camera: &mut super::Camera, doing: &Doing) {
    if !matches!(doing, Doing::Move { .. } | Doing::Wire { .. } | Doing::Box { .. }) {
        return;
    }
    let Some(pointer) = ui.input(|input| input.pointer.hover_pos()) else { return };
    let inner = camera.viewport.shrink(18.0);
    let out = pointer - inner.clamp(pointer);
    if out != Vec2::ZERO {
        camera.pan(-out.clamp(Vec2::splat(-18.0), Vec2::splat(18.0)) * 0.6);
        ui.ctx().request_repaint();
    }
}

/// The port of the card under the pointer that a wire fits, so that it need not be dropped on the port itself.
fn port_of_card<'a>(
    scene: &'a Scene,
    loose: &Loose,
    world: Pos2,
) -> Option<(&'a Card, &'a super::scene::Port, bool)> {
    let card = scene.card_at(world)?;
    let (ports, is_output) =
        if loose.is_output { (&card.inputs, false) } else { (&card.outputs, true) };
    let fits = |port: &&super::scene::Port| loose.verdict(card, port, is_output).is_ok();
    let free = ports.iter().filter(fits).find(|port| !port.is_wired);
    let port = free.or_else(|| ports.iter().find(fits)).or_else(|| ports.first())?;
    Some((card, port, is_output))
}

/// Whether a loose wire fits a port of a card.
pub(super) fn fits_somewhere(loose: &Loose, card: &Card) -> bool {
    let (ports, is_output) =
        if loose.is_output { (&card.inputs, false) } else { (&card.outputs, true) };
    ports.iter().any(|port| loose.verdict(card, port, is_output).is_ok())
}

/// Lines where the moved card meets the edges of others nearby.
fn guides_of(scene: &Scene, card: &Card, moved: &BTreeSet<NodeId>, delta: Vec2) -> Vec<Guide> {
    let rect = card.rect.translate(delta);
    let near = rect.expand(900.0);
    let mut guides = Vec::new();
    let others = scene
        .cards
        .iter()
        .filter(|other| !moved.contains(&other.id) && other.rect.intersects(near));
    for other in others {
        if (other.rect.left() - rect.left()).abs() < 0.5 {
            guides.push(Guide::Vertical(rect.left()));
        }
        if (other.rect.top() - rect.top()).abs() < 0.5 {
            guides.push(Guide::Horizontal(rect.top()));
        }
    }
    guides.dedup();
    guides.truncate(4);
    guides
}

/// The wire that a single unwired node would be inserted into where it is now.
fn wire_for(cx: &Cx<'_>, scene: &Scene, card: &Card, delta: Vec2) -> Option<Link> {
    if card.inputs.iter().chain(&card.outputs).any(|port| port.is_wired) {
        return None;
    }
    let rect = card.rect.translate(delta);
    let crosses = |wire: &&Wire| {
        wire.bounds.intersects(rect)
            && wire.points.iter().any(|point| rect.shrink(6.0).contains(*point))
            || wires::distance(&wire.points, rect.center()) < 30.0
    };
    let wire = scene.wires.iter().find(crosses)?;
    edits::ports_for_insert(cx, &card.kind, &wire.link).map(|_| wire.link.clone())
}

/// It is dropped.
pub(super) fn finish(ui: &Ui, cx: &mut Cx<'_>, canvas: &mut Canvas, world: Pos2) {
    match std::mem::take(&mut canvas.gesture.doing) {
        Doing::Box { inside, .. } => {
            cx.view.selection = Selection { nodes: inside, ..Selection::default() }
        }
        Doing::Move { nodes, notes, frames, delta, onto, .. } if delta != Vec2::ZERO => {
            edits::move_things(cx, &nodes, &notes, &frames, delta, onto.as_ref());
            // The lay-out shows the new places before the session has answered.
            for card in &mut canvas.scene.cards {
                if nodes.contains(&card.id) {
                    card.rect = card.rect.translate(delta);
                    for port in card.inputs.iter_mut().chain(&mut card.outputs) {
                        port.at += delta;
                    }
                }
            }
        }
        Doing::Wire { loose, landing, verdict, .. } => {
            finish_wire(ui, cx, canvas, &loose, landing.as_ref(), verdict, world);
        }
        Doing::Bend { link, bends, .. } => {
            let points = bends.iter().map(|bend| [bend.x, bend.y]).collect();
            cx.edit(Edit::BendLink { link, points }, say!("Bend a wire", "弯折连线"));
        }
        Doing::Resize { id, is_note, size, .. } => frames::resize(cx, &id, is_note, size),
        Doing::Cut { stroke } => {
            let cut =
                canvas.scene.wires.iter().filter(|wire| wires::crosses(&wire.points, &stroke));
            let edits: Vec<Edit> =
                cut.map(|wire| Edit::RemoveLink { link: wire.link.clone() }).collect();
            if !edits.is_empty() {
                cx.edit(Edit::Batch { edits }, say!("Cut wires", "切断连线"));
            }
        }
        Doing::Move { .. } | Doing::Pan | Doing::Nothing => {}
    }
}

fn finish_wire(
    ui: &Ui,
    cx: &mut Cx<'_>,
    canvas: &mut Canvas,
    loose: &Loose,
    landing: Option<&(NodeId, String)>,
    verdict: Option<Result<Link, pg_base::Words>>,
    world: Pos2,
) {
    let taken = loose.taken.clone();
    match verdict {
        Some(Ok(link)) if taken.as_ref() == Some(&link) => {}
        Some(Ok(link)) => {
            let mut edits: Vec<Edit> =
                taken.map(|link| Edit::RemoveLink { link }).into_iter().collect();
            edits.push(Edit::AddLink { link });
            cx.edit(Edit::Batch { edits }, say!("Connect", "连接"));
        }
        Some(Err(why)) => cx.view.toasts.trouble(&pg_base::Trouble::new("wire-refused", why)),
        None if landing.is_some() => {}
        None => {
            if let Some(link) = taken {
                cx.edit(Edit::RemoveLink { link }, say!("Disconnect", "断开连接"));
            } else {
                let screen = ui.input(|input| input.pointer.interact_pos()).unwrap_or_default();
                canvas.search = Some(Search::at_loose_end(
                    screen,
                    snapped(world - vec2(0.0, 48.0)),
                    loose.clone(),
                ));
            }
        }
    }
}
