//! Turns what a node kind suggests into an edit of the document.

use pg_base::ParamValues;
use pg_contract::{PortType, Registry, SuggestedFix};

use crate::document::{Document, Endpoint, Link, Node};
use crate::edit::Edit;

/// Room of a card on the canvas with the space around it, in points.
const ROOM: [f32; 2] = [192.0, 144.0];
/// Steps in which a place is looked for, and how many.
const STEP: f32 = 24.0;
const MAX_STEPS: usize = 60;

/// The edit of a suggestion made at a node; none where it does not fit the document.
pub(crate) fn edit_of(
    fix: SuggestedFix,
    node: &Node,
    document: &Document,
    registry: &Registry,
) -> Option<Edit> {
    let port_type_of = |port: &str| Some(registry.get(&node.kind)?.input(port)?.port_type);
    match fix {
        SuggestedFix::SetParam { param, value } => {
            Some(Edit::SetParam { id: node.id.clone(), param, value })
        }
        SuggestedFix::InsertBefore { port, kind, params } => {
            let port_type = port_type_of(&port)?;
            let to = Endpoint::new(&node.id, port);
            let new = New { kind: &kind, params, port_type };
            match document.links().iter().find(|link| link.to == to) {
                Some(wire) => new.on_wires(&wire.from, |link| link == wire, document, registry),
                None => new.at_open_input(to, node, document, registry),
            }
        }
        SuggestedFix::InsertAtOrigin { port, kind, params } => {
            let port_type = port_type_of(&port)?;
            let origin = origin(Endpoint::new(&node.id, port), port_type, document, registry)?;
            let new = New { kind: &kind, params, port_type };
            new.on_wires(&origin, |link| link.from == origin, document, registry)
        }
    }
}

/// The output where what arrives at an input comes from: the way back over first inputs of the same type.
fn origin(
    mut to: Endpoint,
    port_type: PortType,
    document: &Document,
    registry: &Registry,
) -> Option<Endpoint> {
    // As many steps as there are nodes: a cycle has no origin.
    for _ in 0..document.n_nodes() {
        let from = &document.links().iter().find(|link| link.to == to)?.from;
        let spec = registry.get(&document.node(&from.node)?.kind)?;
        let input = spec.inputs.iter().find(|input| input.port_type == port_type);
        let Some(input) = input else { return Some(from.clone()) };
        to = Endpoint::new(&from.node, input.id);
        if !document.links().iter().any(|link| link.to == to) {
            return Some(from.clone());
        }
    }
    None
}

/// A node to put in.
struct New<'a> {
    kind: &'a str,
    params: ParamValues,
    port_type: PortType,
}

impl New<'_> {
    /// Before an input that nothing leads into.
    fn at_open_input(
        self,
        to: Endpoint,
        node: &Node,
        document: &Document,
        registry: &Registry,
    ) -> Option<Edit> {
        let spec = registry.get(self.kind)?;
        let output = spec.outputs.iter().find(|output| output.port_type == self.port_type)?;
        let id = document.fresh_id(spec.id, &[]);
        let link = Link { from: Endpoint::new(&id, output.id), to };
        let position = free_place([node.position[0] - 240.0, node.position[1]], document);
        let added = Box::new(Node::new(id, spec, self.params, position));
        Some(Edit::Batch { edits: vec![Edit::AddNode { node: added }, Edit::AddLink { link }] })
    }

    /// Between an output and those of its wires that are meant.
    fn on_wires(
        self,
        from: &Endpoint,
        is_meant: impl Fn(&Link) -> bool,
        document: &Document,
        registry: &Registry,
    ) -> Option<Edit> {
        let spec = registry.get(self.kind)?;
        let input = spec.inputs.iter().find(|input| input.port_type == self.port_type)?;
        let output = spec.outputs.iter().find(|output| output.port_type == self.port_type)?;
        let id = document.fresh_id(spec.id, &[]);
        let wires = || document.links().iter().enumerate().filter(|(_, link)| is_meant(link));
        // The new wires take the places of the old ones, which matters where an input takes several.
        let remove: Vec<usize> = wires().map(|(index, _)| index).collect();
        let outgoing =
            |link: &Link| Link { from: Endpoint::new(&id, output.id), to: link.to.clone() };
        let insert = wires().map(|(index, link)| (index, outgoing(link))).collect();
        let left = document.node(&from.node)?.position;
        let right = document.node(&wires().next()?.1.to.node)?.position;
        let middle = [f32::midpoint(left[0], right[0]), f32::midpoint(left[1], right[1])];
        let position = free_place(middle, document);
        let incoming = Link { from: from.clone(), to: Endpoint::new(&id, input.id) };
        let added = Box::new(Node::new(&id, spec, self.params, position));
        Some(Edit::Batch {
            edits: vec![
                Edit::AddNode { node: added },
                Edit::SpliceLinks { remove, insert },
                Edit::AddLink { link: incoming },
            ],
        })
    }
}

/// The first place at or below another that no card covers.
fn free_place([x, y]: [f32; 2], document: &Document) -> [f32; 2] {
    let is_free = |y: &f32| {
        document.nodes().all(|node| {
            (node.position[0] - x).abs() >= ROOM[0] || (node.position[1] - y).abs() >= ROOM[1]
        })
    };
    let mut places = (0..MAX_STEPS).map(|step| y + step as f32 * STEP);
    [x, places.find(is_free).unwrap_or(y)]
}
