//! The canvas: ours, painted in screen space on plain egui, crisp at every zoom.
//!
//! Invariant: it never changes the document. While something is dragged the canvas keeps the change to itself; what was
//! dropped becomes one edit, one step of undo.

mod camera;
pub mod clipboard;
mod connect;
mod drag;
pub mod edits;
mod frames;
mod gesture;
mod keyboard;
mod minimap;
mod paint;
mod pointer;
mod preview;
mod scene;
mod search;
mod tidy;
mod wires;

use std::collections::BTreeSet;

use eframe::egui::{Id, Mesh, Pos2, Rect, Role, Sense, Shape, Ui, Vec2, WidgetInfo};
use pg_base::Lang;
use pg_pipeline::NodeId;

use camera::Camera;
use gesture::Gesture;
use paint::{Brush, Detail, Inside, Look};
use preview::Previews;
use scene::{Card, Scene};

pub use frames::{COLORS, color_of};
pub use paint::port_shape;
pub(crate) use scene::{Light, light_of, summary_text, value_text};
pub use search::Search;

use crate::cx::{Cx, Selection};
use crate::lang::{self, tr};
use crate::theme::tokens;

/// Something that the next frame does, once it knows its size.
#[derive(Clone, Debug, PartialEq)]
enum Wish {
    Fit,
    FitSelection,
    ZoomBy(f32),
    ZoomTo(f32),
    Reveal(NodeId),
    SearchInMiddle,
    ConnectChosen,
    Focus,
}

/// A text that is written on the canvas.
#[derive(Clone, Debug, PartialEq)]
enum Writing {
    Label { node: NodeId, text: String, is_new: bool },
    Title { frame: String, text: String, is_new: bool },
    Note { note: String, text: String, is_new: bool },
}

/// State of the canvas.
#[derive(Debug, Default)]
pub struct Canvas {
    camera: Camera,
    scene: Scene,
    /// Language of the texts in the scene; none when it has to be made anew.
    scene_lang: Option<Lang>,
    previews: Previews,
    gesture: Gesture,
    wishes: Vec<Wish>,
    search: Option<Search>,
    writing: Option<Writing>,
    has_size: bool,
}

impl Canvas {
    /// Shows the whole graph.
    pub fn fit(&mut self) {
        self.wishes.push(Wish::Fit);
    }

    /// Zooms to what is chosen.
    pub fn fit_selection(&mut self) {
        self.wishes.push(Wish::FitSelection);
    }

    /// Zooms by a factor around the middle.
    pub fn zoom_by(&mut self, factor: f32) {
        self.wishes.push(Wish::ZoomBy(factor));
    }

    /// Zooms to a factor around the middle.
    pub fn zoom_to(&mut self, zoom: f32) {
        self.wishes.push(Wish::ZoomTo(zoom));
    }

    /// Brings a node into view.
    pub fn reveal(&mut self, node: &str) {
        self.wishes.push(Wish::Reveal(node.to_owned()));
    }

    /// Opens the search for a new node in the middle.
    pub fn open_search_in_middle(&mut self) {
        self.wishes.push(Wish::SearchInMiddle);
    }

    /// Opens the search for what the chosen node may be wired to.
    pub fn connect_chosen(&mut self) {
        self.wishes.push(Wish::ConnectChosen);
    }

    /// Gives the keyboard to the canvas.
    pub fn focus(&mut self) {
        self.wishes.push(Wish::Focus);
    }

    /// Where a new node goes, in the middle of what is seen.
    pub fn middle(&self) -> [f32; 2] {
        let middle = self.camera.seen().center();
        snapped(middle - Vec2::new(scene::WIDTH / 2.0, 48.0))
    }

    /// The lay-out is made anew before it is drawn again.
    pub fn forget_scene(&mut self) {
        self.scene_lang = None;
    }

    /// Writes a node's name on the canvas.
    pub(crate) fn write_label(&mut self, node: &str, text: String) {
        self.writing = Some(Writing::Label { node: node.to_owned(), text, is_new: true });
    }

    /// Whether keys belong to a search or a text on the canvas.
    pub fn takes_keys(&self) -> bool {
        self.search.is_some() || self.writing.is_some()
    }

    fn renew(
        &mut self,
        session: &pg_session::Session,
        statuses: &std::collections::BTreeMap<NodeId, pg_session::NodeStatus>,
    ) {
        if self.scene_lang != Some(lang::lang()) {
            self.scene = Scene::of(session, statuses);
            self.previews.keep(|node| session.document().node(node).is_some());
            self.scene_lang = Some(lang::lang());
        }
    }

    fn fulfil(&mut self, selection: &Selection) -> Vec<Wish> {
        let mut left = Vec::new();
        for wish in std::mem::take(&mut self.wishes) {
            let middle = self.camera.viewport.center();
            match wish {
                Wish::Fit => {
                    if let Some(bounds) = self.scene.bounds() {
                        self.camera.fit(bounds);
                    }
                }
                Wish::FitSelection => {
                    if let Some(bounds) = self.scene.bounds_of_nodes(&selection.nodes) {
                        self.camera.fit(bounds);
                    }
                }
                Wish::ZoomBy(factor) => self.camera.zoom_around(middle, factor),
                Wish::ZoomTo(zoom) => self.camera.zoom_around(middle, zoom / self.camera.zoom),
                Wish::Reveal(node) => match self.scene.card(&node) {
                    Some(card) => self.camera.reveal(card.rect),
                    // A node that was only just added.
                    None => left.push(Wish::Reveal(node)),
                },
                wish => left.push(wish),
            }
        }
        left
    }
}

/// The nearest place on the grid.
pub(crate) fn snapped(world: Pos2) -> [f32; 2] {
    let grid = crate::theme::size::GRID;
    [(world.x / grid).round() * grid, (world.y / grid).round() * grid]
}

/// Draws the canvas and takes what is done to it.
pub fn canvas_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let rect = ui.available_rect_before_wrap();
    let id = canvas_id();
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, tr("Canvas", "画布")));
    // Its state is taken out while it draws, so that the rest of the view stays within reach.
    let mut canvas = std::mem::take(&mut cx.view.canvas);
    canvas.camera.viewport = rect;
    canvas.renew(cx.session, &cx.view.statuses);
    if !canvas.has_size {
        canvas.has_size = true;
        canvas.wishes.push(Wish::Fit);
    }
    let left = canvas.fulfil(&cx.view.selection);
    for wish in left {
        match wish {
            Wish::SearchInMiddle => canvas.search = Some(Search::beside_chosen(cx, &canvas)),
            Wish::ConnectChosen => canvas.search = Search::for_wires_of_chosen(cx, &canvas),
            Wish::Focus => response.request_focus(),
            Wish::Reveal(node) if cx.session.document().node(&node).is_some() => {
                canvas.wishes.push(Wish::Reveal(node));
            }
            _ => {}
        }
    }
    pointer::take_pointer(ui, cx, &mut canvas, &response);
    keyboard::take_keys(ui, cx, &mut canvas, &response);
    paint_ui(ui, cx, &mut canvas, rect);
    if cx.view.settings.shows_minimap {
        minimap::minimap_ui(ui, cx, &mut canvas);
    }
    search::search_ui(ui, cx, &mut canvas);
    let wishes = std::mem::take(&mut cx.view.canvas.wishes);
    canvas.wishes.extend(wishes);
    if cx.view.canvas.writing.is_some() {
        canvas.writing = cx.view.canvas.writing.take();
    }
    cx.view.canvas = canvas;
}

fn canvas_id() -> Id {
    Id::unique("canvas")
}

fn paint_ui(ui: &mut Ui, cx: &mut Cx<'_>, canvas: &mut Canvas, rect: Rect) {
    let tokens = tokens(ui);
    let time = ui.input(|input| input.time);
    let painter = ui.painter_at(rect);
    let detail = Detail::of(canvas.camera.zoom);
    let seen = canvas.camera.seen().expand(16.0 / canvas.camera.zoom);
    if detail > Detail::Block {
        Brush { ui, painter: painter.clone(), camera: canvas.camera, tokens, time }.grid();
    }
    frames::frames_ui(ui, cx, canvas, &painter);
    let brush = Brush { ui, painter, camera: canvas.camera, tokens, time };
    let hovered = canvas.gesture.hovered_node();
    let moved = canvas.gesture.moved_nodes();
    let offset = canvas.gesture.offset();
    let offset_of = |node: &str| if moved.contains(node) { offset } else { Vec2::ZERO };
    let selection = &cx.view.selection;
    let loose = canvas.gesture.loose();
    let (mut is_moving, mut has_late) = (false, false);
    for wire in &canvas.scene.wires {
        if loose.is_some_and(|loose| loose.taken.as_ref() == Some(&wire.link)) {
            continue;
        }
        let (a, b) = (offset_of(&wire.link.from.node), offset_of(&wire.link.to.node));
        let bends = canvas.gesture.bends_of(wire);
        let is_still = a == Vec2::ZERO && b == Vec2::ZERO && bends.is_none();
        if is_still && !wire.bounds.expand(8.0).intersects(seen) {
            continue;
        }
        let is_live = canvas
            .scene
            .cards
            .get(wire.to_card)
            .is_some_and(|card| matches!(card.light, Light::Running(_)));
        let is_strong = selection.link.as_ref() == Some(&wire.link)
            || canvas.gesture.hovered_link() == Some(&wire.link);
        is_moving |= is_live;
        if is_still {
            brush.wire(wire, &wire.points, is_strong, is_live, detail);
        } else {
            let bends = bends.unwrap_or_else(|| wire.bends.clone());
            let points = wires::curve(wire.from + a, wire.to + b, &bends, wire.rank);
            brush.wire(wire, &points, is_strong, is_live, detail);
        }
    }
    let look = |card: &Card| Look {
        offset: offset_of(&card.id),
        is_selected: selection.nodes.contains(&card.id)
            || canvas.gesture.boxed().is_some_and(|boxed| boxed.contains(&card.id)),
        is_hovered: hovered == Some(card.id.as_str()),
        is_faded: loose
            .is_some_and(|loose| loose.node != card.id && !drag::fits_somewhere(loose, card)),
    };
    let is_seen = |card: &&Card| card.rect.translate(offset_of(&card.id)).intersects(seen);
    // What is dragged lies on top.
    let (lower, upper): (Vec<&Card>, Vec<&Card>) =
        canvas.scene.cards.iter().filter(is_seen).partition(|card| !moved.contains(&card.id));
    let mut blocks = Mesh::default();
    canvas.previews.begin();
    for card in lower.iter().chain(&upper) {
        is_moving |= matches!(card.light, Light::Running(_));
        if detail == Detail::Block {
            brush.block(&mut blocks, card, look(card));
        } else {
            let losses = cx.view.panels.training.losses_of(&card.id);
            let is_near = detail == Detail::Full && !card.is_collapsed;
            let (preview, is_late) = if is_near {
                canvas.previews.of(cx.egui, cx.session, &card.id)
            } else {
                (None, false)
            };
            has_late |= is_late;
            brush.card(card, look(card), detail, Inside { losses: &losses, preview });
        }
    }
    brush.painter.add(Shape::mesh(blocks));
    gesture::gesture_ui(&brush, canvas, cx);
    let visible: BTreeSet<NodeId> =
        lower.iter().chain(&upper).map(|card| card.id.clone()).collect();
    keyboard::accessible_ui(ui, cx, canvas, &visible, detail);
    frames::writing_ui(ui, cx, canvas);
    if has_late {
        ui.ctx().request_repaint();
    }
    if is_moving {
        // Rings and dashes move ten times a second: enough for the eye, nothing for the processor.
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_snap_to_the_grid() {
        assert_eq!(snapped(Pos2::new(11.0, 13.0)), [0.0, 24.0]);
        assert_eq!(snapped(Pos2::new(-13.0, 500.0)), [-24.0, 504.0]);
    }
}
