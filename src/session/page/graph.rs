//! The picture of the graph: cards where they stand on the canvas, wires between them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pg_base::Lang;
use pg_contract::Registry;
use pg_pipeline::Document;

use super::{escaped, name_of};

const WIDTH: f32 = 168.0;
const HEIGHT: f32 = 52.0;
const MARGIN: f32 = 16.0;
/// Characters of a name at most.
const MAX_CHARS: usize = 22;

/// The graph as SVG; nothing for one without nodes.
pub(super) fn svg(document: &Document, registry: &Registry, lang: Lang) -> String {
    let places: BTreeMap<&str, [f32; 2]> =
        document.nodes().map(|node| (node.id.as_str(), node.position)).collect();
    let finite = || places.values().filter(|place| place.iter().all(|at| at.is_finite()));
    let least = |axis: usize| finite().map(|place| place[axis]).fold(f32::INFINITY, f32::min);
    let most = |axis: usize| finite().map(|place| place[axis]).fold(f32::NEG_INFINITY, f32::max);
    let (left, top) = (least(0) - MARGIN, least(1) - MARGIN);
    if !left.is_finite() {
        return String::new();
    }
    let width = most(0) - left + WIDTH + MARGIN;
    let height = most(1) - top + HEIGHT + MARGIN;
    let mut svg = format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\">");
    for link in document.links() {
        let ends = places.get(link.from.node.as_str()).zip(places.get(link.to.node.as_str()));
        let Some((from, to)) = ends else { continue };
        let (x0, y0) = (from[0] - left + WIDTH, from[1] - top + HEIGHT / 2.0);
        let (x1, y1) = (to[0] - left, to[1] - top + HEIGHT / 2.0);
        let reach = ((x1 - x0).abs() / 2.0).max(24.0);
        let (c0, c1) = (x0 + reach, x1 - reach);
        let _ = write!(
            svg,
            "<path class=\"g\" style=\"stroke:var(--weak)\" stroke-width=\"1.5\" d=\"M{x0} {y0}C{c0} {y0} {c1} {y1} {x1} {y1}\"/>"
        );
    }
    for node in document.nodes() {
        let (x, y) = (node.position[0] - left, node.position[1] - top);
        let name: String =
            name_of(document, registry, &node.id, lang).chars().take(MAX_CHARS).collect();
        let stage = registry.get(&node.kind).map_or("", |spec| spec.stage.title().get(lang));
        let (tx, ty, sy) = (x + 12.0, y + 22.0, y + 39.0);
        let opacity = if node.is_muted { 0.45 } else { 1.0 };
        let (name, stage) = (escaped(&name), escaped(stage));
        let _ = write!(
            svg,
            "<g opacity=\"{opacity}\"><rect class=\"b\" x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/>\
             <text x=\"{tx}\" y=\"{ty}\">{name}</text><text class=\"w\" x=\"{tx}\" y=\"{sy}\">{stage}</text></g>"
        );
    }
    svg.push_str("</svg>");
    svg
}
