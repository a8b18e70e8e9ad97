//! Puts a new node into the document, joined to what is there where the types fit: one step of undo.

use eframe::egui::{Rect, pos2, vec2};
use pg_base::{ParamValues, say};
use pg_contract::{NodeSpec, PortSpec};
use pg_pipeline::{Document, Edit, Endpoint, Link, Node, NodeId};

use crate::cx::{Cx, Selection};
use crate::theme::size::GRID;

/// Room of a card on the canvas, with a margin.
const CARD: [f32; 2] = [8.0 * GRID, 5.0 * GRID];
/// From the left edge of a card to that of the next.
const NEXT: f32 = 9.0 * GRID;

/// An end of a wire that a new node is joined to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenEnd {
    /// An output: it leads into the new node.
    Output(Endpoint),
    /// An input: the new node leads into it.
    Input(Endpoint),
}

/// Adds a node of a kind with its upper left corner at `position`, joined to an open end where the types fit, and
/// chooses it. Gives its id; none for a kind that is not known.
pub fn add_node(
    cx: &mut Cx<'_>,
    kind: &str,
    position: [f32; 2],
    connect_from: Option<OpenEnd>,
) -> Option<NodeId> {
    let spec = cx.session.core().registry().get(kind)?;
    let id = cx.session.document().fresh_id(spec.id, &[]);
    let link = connect_from.and_then(|end| join(cx, &id, spec, &end));
    put(cx, spec, &id, position, link.into_iter().collect());
    Some(id)
}

/// Adds a node of a kind in the middle of the canvas, or beside the chosen nodes where it can be joined to them.
pub fn add_in_middle(cx: &mut Cx<'_>, kind: &str) -> Option<NodeId> {
    let spec = cx.session.core().registry().get(kind)?;
    let id = cx.session.document().fresh_id(spec.id, &[]);
    let (links, position) = match join_to_chosen(cx, &id, spec) {
        Some((links, position)) => (links, position),
        None => (Vec::new(), cx.view.canvas.middle()),
    };
    let position = free_place(cx.session.document(), position);
    put(cx, spec, &id, position, links);
    Some(id)
}

fn put(cx: &mut Cx<'_>, spec: &'static NodeSpec, id: &str, position: [f32; 2], links: Vec<Link>) {
    let node = Node::new(id, spec, ParamValues::new(), position);
    let mut edits = vec![Edit::AddNode { node: Box::new(node) }];
    edits.extend(links.into_iter().map(|link| Edit::AddLink { link }));
    let (en, zh) = (spec.text.title.en, spec.text.title.zh);
    cx.edit(Edit::Batch { edits }, say!("Add {en}", "添加{zh}"));
    cx.view.selection = Selection::of(id);
    cx.view.settings.remember_kind(spec.id);
}

/// The wire between a new node and an open end, where there is a port of its type.
fn join(cx: &Cx<'_>, id: &str, spec: &NodeSpec, end: &OpenEnd) -> Option<Link> {
    match end {
        OpenEnd::Output(from) => {
            let port_type = cx.spec_of(&from.node)?.output(&from.port)?.port_type;
            let input = spec.inputs.iter().find(|port| port.port_type == port_type)?;
            Some(Link::new((&from.node, &from.port), (id, input.id)))
        }
        OpenEnd::Input(to) => {
            let port_type = cx.spec_of(&to.node)?.input(&to.port)?.port_type;
            let output = spec.outputs.iter().find(|port| port.port_type == port_type)?;
            Some(Link::new((id, output.id), (&to.node, &to.port)))
        }
    }
}

/// Wires from the chosen nodes into the new one, else from the new one into their open inputs; and where it then stands.
fn join_to_chosen(cx: &Cx<'_>, id: &str, spec: &NodeSpec) -> Option<(Vec<Link>, [f32; 2])> {
    let document = cx.session.document();
    let chosen: Vec<&Node> =
        cx.view.selection.nodes.iter().filter_map(|id| document.node(id)).collect();
    let rightmost = chosen.iter().max_by(|a, b| a.position[0].total_cmp(&b.position[0]))?;
    let mut taken: Vec<&str> = Vec::new();
    let mut links = Vec::new();
    for node in &chosen {
        let outputs = cx.spec_of(&node.id).map_or(&[][..], |spec| spec.outputs);
        let fits = |input: &&PortSpec| {
            (input.takes_many || !taken.contains(&input.id))
                .then(|| outputs.iter().find(|output| output.port_type == input.port_type))
                .flatten()
        };
        let Some((input, output)) =
            spec.inputs.iter().find_map(|input| Some((input, fits(&input)?)))
        else {
            continue;
        };
        taken.push(input.id);
        links.push(Link::new((&node.id, output.id), (id, input.id)));
    }
    if !links.is_empty() {
        return Some((links, [rightmost.position[0] + NEXT, rightmost.position[1]]));
    }
    let is_open = |node: &str, port: &PortSpec| {
        port.takes_many
            || !document.links().iter().any(|link| link.to.node == node && link.to.port == port.id)
    };
    let (node, input, output) = chosen.iter().find_map(|node| {
        let inputs = cx.spec_of(&node.id)?.inputs;
        let mut open = inputs.iter().filter(|input| is_open(&node.id, input));
        open.find_map(|input| {
            let output = spec.outputs.iter().find(|output| output.port_type == input.port_type)?;
            Some((*node, input, output))
        })
    })?;
    Some((
        vec![Link::new((id, output.id), (&node.id, input.id))],
        [node.position[0] - NEXT, node.position[1]],
    ))
}

/// The first place from here downwards that no other node covers.
fn free_place(document: &Document, [x, mut y]: [f32; 2]) -> [f32; 2] {
    let room = |position: [f32; 2]| {
        Rect::from_min_size(pos2(position[0], position[1]), vec2(CARD[0], CARD[1]))
    };
    let taken: Vec<Rect> = document.nodes().map(|node| room(node.position)).collect();
    while taken.iter().any(|other| other.shrink(1.0).intersects(room([x, y]))) {
        y += CARD[1] + GRID;
    }
    [x, y]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_nodes_do_not_cover_others() {
        let mut document = Document::new("");
        assert_eq!(free_place(&document, [5.0, 7.0]), [5.0, 7.0]);
        let registry = pg_contract::Registry::default();
        let node: Node = serde_json::from_str(
            r#"{"id": "a", "kind": "a", "version": 1, "params": {}, "position": [0.0, 0.0]}"#,
        )
        .expect("node");
        Edit::AddNode { node: Box::new(node) }.apply(&mut document, &registry).expect("free");
        assert_eq!(free_place(&document, [24.0, 0.0]), [24.0, CARD[1] + GRID]);
        assert_eq!(free_place(&document, [400.0, 0.0]), [400.0, 0.0]);
    }
}
