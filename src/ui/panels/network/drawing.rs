//! The boxes and lines of a network as marks, the same in the window and in files.

use eframe::egui::{Align2, Color32, Pos2, Rect, Vec2, pos2, vec2};
use pg_contract::Stage;

use super::layout::{Edge, Layout};
use super::scene::{BOX, Scene};
use super::view::{LayerView, NetworkView, Role};
use crate::figure::{Mark, TextMark, cut, marks_to_svg, text_width};
use crate::theme::{Tokens, size};

/// Below this, boxes have no text.
const ZOOM_FOR_TEXT: f32 = 0.42;
/// Points of a bent line.
const N_STEPS: u8 = 20;

/// How a box looks now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    pub(super) is_chosen: bool,
    pub(super) is_lit: bool,
    pub(super) has_focus: bool,
}

/// The whole network at full size, with the flow of the window, as SVG.
pub(super) fn to_svg(
    network: &NetworkView,
    layout: &Layout,
    is_flowing_down: bool,
    tokens: &Tokens,
) -> String {
    let scene = Scene::whole(layout, is_flowing_down);
    let mut marks: Vec<Mark> =
        layout.edges.iter().flat_map(|edge| connection(&scene, edge, None, tokens)).collect();
    for (layer, spot) in network.layers.iter().zip(&layout.spots) {
        marks.extend(layer_box(scene.rect(*spot), 1.0, layer, Look::default(), tokens));
    }
    marks_to_svg(&marks, scene.view.size(), tokens.canvas)
}

/// The way between two boxes, with its arrow.
pub(super) fn connection(
    scene: &Scene<'_>,
    edge: &Edge,
    chosen: Option<usize>,
    tokens: &Tokens,
) -> Vec<Mark> {
    let spot = |index: usize| scene.layout.spots.get(index);
    let (Some(from), Some(to)) = (spot(edge.from), spot(edge.to)) else { return Vec::new() };
    let is_chosen = chosen == Some(edge.from) || chosen == Some(edge.to);
    let color = if is_chosen { tokens.accent } else { tokens.weak.gamma_multiply(0.75) };
    let zoom = scene.camera.zoom;
    let (out, into) = if scene.is_flowing_down {
        (scene.rect(*from).center_bottom(), scene.rect(*to).center_top())
    } else {
        (scene.rect(*from).right_center(), scene.rect(*to).left_center())
    };
    let arrow = 6.0 * zoom.clamp(0.5, 1.2);
    let along = if scene.is_flowing_down { vec2(0.0, 1.0) } else { vec2(1.0, 0.0) };
    let end = into - along * arrow;
    let half = BOX / 2.0 * along * zoom;
    let mut points = vec![out];
    if to.rank > from.rank + 1 {
        let enter = scene.to_screen(scene.middle(from.rank + 1, edge.lane)) - half;
        let leave = scene.to_screen(scene.middle(to.rank - 1, edge.lane)) + half;
        bend(&mut points, enter, along);
        points.push(leave);
    }
    bend(&mut points, end, along);
    let side = vec2(along.y, along.x) * arrow * 0.55;
    let width = (1.4 * zoom).clamp(0.75, 2.0);
    vec![
        Mark::Polyline { points, color, width, is_dashed: false },
        Mark::Polygon { points: vec![into, end + side, end - side], color },
    ]
}

/// Goes on to a point, leaving and arriving along the flow.
fn bend(points: &mut Vec<Pos2>, to: Pos2, along: Vec2) {
    let Some(from) = points.last().copied() else { return };
    let reach = along * ((to - from).dot(along).abs() * 0.5).max(1.0);
    let [a, b, c, d] = [from, from + reach, to - reach, to].map(Pos2::to_vec2);
    points.extend((1..=N_STEPS).map(|step| {
        let t = f32::from(step) / f32::from(N_STEPS);
        let s = 1.0 - t;
        (a * (s * s * s) + b * (3.0 * s * s * t) + c * (3.0 * s * t * t) + d * (t * t * t))
            .to_pos2()
    }));
}

/// The box of a layer.
pub(super) fn layer_box(
    rect: Rect,
    zoom: f32,
    layer: &LayerView,
    look: Look,
    tokens: &Tokens,
) -> Vec<Mark> {
    let fill = if look.is_chosen {
        tokens.selected
    } else if look.is_lit {
        tokens.hover
    } else {
        tokens.card
    };
    let edge =
        if look.is_chosen || look.has_focus { (1.5, tokens.accent) } else { (1.0, tokens.border) };
    let radius = (6.0 * zoom).round().clamp(2.0, 8.0);
    let bar = Rect::from_min_size(
        rect.min + vec2(0.0, 9.0 * zoom),
        vec2((3.0 * zoom).max(2.0), rect.height() - 18.0 * zoom),
    );
    let bar_color = role_color(layer.role, tokens);
    let mut marks = vec![
        Mark::Rect { rect, fill, edge: Some(edge), radius },
        Mark::Rect { rect: bar, fill: bar_color, edge: None, radius: 0.0 },
    ];
    if zoom >= ZOOM_FOR_TEXT {
        texts(rect, zoom, layer, tokens, &mut marks);
    }
    marks
}

fn texts(rect: Rect, zoom: f32, layer: &LayerView, tokens: &Tokens, marks: &mut Vec<Mark>) {
    // Half points, so that the glyphs of one zoom are made once.
    let points = |size: f32| (size * zoom * 2.0).round() / 2.0;
    let (left, right) = (rect.left() + 13.0 * zoom, rect.right() - 11.0 * zoom);
    let (upper, lower) = (rect.top() + 17.0 * zoom, rect.top() + 36.0 * zoom);
    let (large, small) = (points(12.5), points(size::SMALL));
    let room = right - left;
    marks.push(Mark::Text(TextMark {
        is_bold: true,
        ..line(pos2(left, upper), Align2::LEFT_CENTER, &layer.title, large, room, tokens.strong)
    }));
    let mut free = room;
    if let Some(cost) = layer.cost.filter(|cost| cost.n_params > 0) {
        let text = super::compact(cost.n_params);
        free -= text_width(&text, small, false) + 8.0 * zoom;
        let at = pos2(right, lower);
        marks.push(Mark::Text(line(at, Align2::RIGHT_CENTER, &text, small, room, tokens.weak)));
    }
    let below = layer.shape.as_ref().unwrap_or(&layer.details);
    let at = pos2(left, lower);
    marks.push(Mark::Text(line(at, Align2::LEFT_CENTER, below, small, free, tokens.weak)));
}

fn line(at: Pos2, anchor: Align2, text: &str, size: f32, room: f32, color: Color32) -> TextMark {
    let text = cut(text, size, true, room);
    TextMark { at, anchor, text, size, color, is_bold: false, is_slanted: false }
}

/// The colour of a role.
pub(super) fn role_color(role: Role, tokens: &Tokens) -> Color32 {
    match role {
        Role::Entry => tokens.stage(Stage::Data),
        Role::Learns => tokens.stage(Stage::Model),
        Role::Fixed => tokens.border.lerp_to_gamma(tokens.weak, 0.5),
    }
}
