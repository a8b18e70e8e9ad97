//! Layered lay-out from left to right: each node one column behind what feeds it, rows ordered so that few wires cross,
//! neighbours on one line where there is room (after Sugiyama, Tagawa and Toda, 1981).

use std::collections::{BTreeMap, BTreeSet};

use pg_pipeline::NodeId;
use pg_session::Session;

use super::scene::{Scene, WIDTH};
use crate::theme::size::GRID;

/// From column to column.
const COLUMN: f32 = WIDTH + 3.0 * GRID;
/// Between two nodes of a column.
const GAP: f32 = 2.0 * GRID;
/// Sweeps over all columns.
const N_SWEEPS: usize = 8;

/// New places of the chosen nodes, or of all where fewer than two are chosen.
pub(crate) fn positions(
    session: &Session,
    chosen: &BTreeSet<NodeId>,
) -> BTreeMap<NodeId, [f32; 2]> {
    let scene = Scene::of(session, &BTreeMap::new());
    let takes_part = |id: &NodeId| chosen.len() < 2 || chosen.contains(id);
    let nodes: Vec<Item> = scene
        .cards
        .iter()
        .filter(|card| takes_part(&card.id))
        .map(|card| Item {
            id: card.id.clone(),
            height: card.rect.height(),
            top: card.rect.top(),
            left: card.rect.left(),
        })
        .collect();
    let links: Vec<(NodeId, NodeId)> = session
        .document()
        .links()
        .iter()
        .filter(|link| takes_part(&link.from.node) && takes_part(&link.to.node))
        .map(|link| (link.from.node.clone(), link.to.node.clone()))
        .collect();
    arranged(&nodes, &links)
}

/// A node as the lay-out sees it.
#[derive(Clone, Debug)]
struct Item {
    id: NodeId,
    height: f32,
    top: f32,
    left: f32,
}

fn arranged(nodes: &[Item], links: &[(NodeId, NodeId)]) -> BTreeMap<NodeId, [f32; 2]> {
    let Some(left) = nodes.iter().map(|node| node.left).reduce(f32::min) else {
        return BTreeMap::new();
    };
    let top = nodes.iter().map(|node| node.top).fold(f32::INFINITY, f32::min);
    let index: BTreeMap<&str, usize> =
        nodes.iter().enumerate().map(|(index, node)| (node.id.as_str(), index)).collect();
    let edges: Vec<(usize, usize)> = links
        .iter()
        .filter_map(|(from, to)| Some((*index.get(from.as_str())?, *index.get(to.as_str())?)))
        .collect();
    let layer = layers(nodes.len(), &edges);
    let mut columns: Vec<Vec<usize>> =
        vec![Vec::new(); layer.iter().max().map_or(0, |last| last + 1)];
    for (node, layer) in layer.iter().enumerate() {
        if let Some(column) = columns.get_mut(*layer) {
            column.push(node);
        }
    }
    // Begins with the order that the person sees, so that tidying twice changes nothing.
    for column in &mut columns {
        column.sort_by(|a, b| top_of(nodes, *a).total_cmp(&top_of(nodes, *b)));
    }
    let mut middle: Vec<f32> = nodes.iter().map(|node| node.top + node.height / 2.0).collect();
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (from, to) in &edges {
        if let Some(list) = before.get_mut(*to) {
            list.push(*from);
        }
        if let Some(list) = after.get_mut(*from) {
            list.push(*to);
        }
    }
    for sweep in 0..N_SWEEPS {
        let forwards = sweep % 2 == 0;
        let order: Vec<usize> = if forwards {
            (0..columns.len()).collect()
        } else {
            (0..columns.len()).rev().collect()
        };
        let neighbours = if forwards { &before } else { &after };
        for at in order {
            let Some(column) = columns.get_mut(at) else { continue };
            place_column(column, nodes, neighbours, &mut middle);
        }
    }
    let least = middle
        .iter()
        .zip(nodes)
        .map(|(middle, node)| middle - node.height / 2.0)
        .fold(f32::INFINITY, f32::min);
    let snap = |value: f32| (value / GRID).round() * GRID;
    nodes
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let column = layer.get(index).copied().unwrap_or_default();
            let y = middle.get(index).copied().unwrap_or_default() - node.height / 2.0 - least;
            (node.id.clone(), [snap(left) + column as f32 * COLUMN, snap(top) + snap(y)])
        })
        .collect()
}

fn top_of(nodes: &[Item], index: usize) -> f32 {
    nodes.get(index).map_or(0.0, |node| node.top)
}

/// Column of each node: one behind the last that feeds it; a node that feeds only later ones moves up to them.
fn layers(n_nodes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut layer = vec![0_usize; n_nodes];
    // A circle would push for ever: no path is longer than the number of nodes.
    for _ in 0..n_nodes {
        let mut is_settled = true;
        for (from, to) in edges {
            let wanted =
                layer.get(*from).map_or(0, |layer| layer + 1).min(n_nodes.saturating_sub(1));
            if let Some(own) = layer.get_mut(*to).filter(|own| **own < wanted) {
                *own = wanted;
                is_settled = false;
            }
        }
        if is_settled {
            break;
        }
    }
    for node in 0..n_nodes {
        let feeds =
            edges.iter().filter(|(from, _)| *from == node).filter_map(|(_, to)| layer.get(*to));
        let is_source = !edges.iter().any(|(_, to)| *to == node);
        if let Some(first) = feeds.min().copied().filter(|_| is_source)
            && let Some(own) = layer.get_mut(node)
        {
            *own = first.saturating_sub(1);
        }
    }
    layer
}

/// Orders a column by where its neighbours are, and lays it out around them without overlaps.
fn place_column(
    column: &mut [usize],
    nodes: &[Item],
    neighbours: &[Vec<usize>],
    middle: &mut [f32],
) {
    let wanted = |node: usize, middle: &[f32]| {
        let around = neighbours.get(node).map_or(&[][..], Vec::as_slice);
        if around.is_empty() {
            return middle.get(node).copied().unwrap_or_default();
        }
        around.iter().filter_map(|other| middle.get(*other)).sum::<f32>() / around.len() as f32
    };
    let mut keyed: Vec<(f32, usize)> =
        column.iter().map(|node| (wanted(*node, middle), *node)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let height = |node: usize| nodes.get(node).map_or(0.0, |node| node.height);
    let mut bottom = f32::NEG_INFINITY;
    let mut placed = Vec::with_capacity(keyed.len());
    let mut n_pushed = 0.0;
    for (wish, node) in &keyed {
        let top = (wish - height(*node) / 2.0).max(bottom + GAP);
        n_pushed += top - (wish - height(*node) / 2.0);
        placed.push((*node, top + height(*node) / 2.0));
        bottom = top + height(*node);
    }
    // What was pushed down as a whole goes half of the way back.
    let back = if placed.is_empty() { 0.0 } else { n_pushed / placed.len() as f32 };
    for (slot, (node, at)) in column.iter_mut().zip(placed) {
        *slot = node;
        if let Some(middle) = middle.get_mut(node) {
            *middle = at - back;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, top: f32) -> Item {
        Item { id: id.to_owned(), height: 96.0, top, left: 0.0 }
    }

    fn link(from: &str, to: &str) -> (NodeId, NodeId) {
        (from.to_owned(), to.to_owned())
    }

    #[test]
    fn columns_follow_the_wires_and_nothing_overlaps() {
        let nodes: Vec<Item> = ["a", "b", "c", "d", "e"].iter().map(|id| item(id, 0.0)).collect();
        let links =
            [link("a", "b"), link("a", "c"), link("b", "d"), link("c", "d"), link("e", "d")];
        let places = arranged(&nodes, &links);
        let x = |id: &str| places.get(id).map(|place| place[0]);
        assert!(x("a") < x("b") && x("b") == x("c") && x("c") < x("d"));
        assert_eq!(x("e"), x("b"), "a source stands beside what it feeds");
        let mut column: Vec<f32> =
            ["b", "c", "e"].iter().filter_map(|id| places.get(*id)).map(|place| place[1]).collect();
        column.sort_by(f32::total_cmp);
        assert!(column.windows(2).all(|pair| pair[1] - pair[0] >= 96.0 + GAP - GRID), "{column:?}");
    }

    #[test]
    fn circles_single_nodes_and_nothing_are_no_trouble() {
        assert!(arranged(&[], &[]).is_empty());
        assert_eq!(arranged(&[item("a", 48.0)], &[]).get("a"), Some(&[0.0, 48.0]));
        let nodes = [item("a", 0.0), item("b", 0.0)];
        assert_eq!(arranged(&nodes, &[link("a", "b"), link("b", "a")]).len(), 2);
    }
}
