//! Turns what a node kind suggests into an edit of the document.

use pg_contract::{Registry, SuggestedFix};

use crate::document::{Document, Endpoint, Link, Node};
use crate::edit::Edit;

/// The edit of a suggestion made at a node; none where it does not fit the document.
pub(crate) fn edit_of(
    fix: SuggestedFix,
    node: &Node,
    document: &Document,
    registry: &Registry,
) -> Option<Edit> {
    match fix {
        SuggestedFix::SetParam { param, value } => {
            Some(Edit::SetParam { id: node.id.clone(), param, value })
        }
        SuggestedFix::InsertBefore { port, kind, params } => {
            let spec = registry.get(&kind)?;
            let port_type = registry.get(&node.kind)?.input(&port)?.port_type;
            let output = spec.outputs.iter().find(|output| output.port_type == port_type)?;
            let to = Endpoint::new(&node.id, port);
            let wire = document.links().iter().enumerate().find(|(_, link)| link.to == to);
            let id = document.fresh_id(spec.id, &[]);
            let outgoing = Link { from: Endpoint::new(&id, output.id), to };
            let left = match wire {
                Some((_, link)) => document.node(&link.from.node)?.position,
                None => [node.position[0] - 480.0, node.position[1]],
            };
            let position = [
                f32::midpoint(left[0], node.position[0]),
                f32::midpoint(left[1], node.position[1]),
            ];
            let added = Node::new(&id, spec, params, position);
            let mut edits = vec![Edit::AddNode { node: Box::new(added) }];
            match wire {
                Some((index, link)) => {
                    let input = spec.inputs.iter().find(|input| input.port_type == port_type)?;
                    let incoming =
                        Link { from: link.from.clone(), to: Endpoint::new(&id, input.id) };
                    // The new wire takes the place of the old one, which matters where an input takes several.
                    edits.push(Edit::SpliceLinks {
                        remove: vec![index],
                        insert: vec![(index, outgoing)],
                    });
                    edits.push(Edit::AddLink { link: incoming });
                }
                None => edits.push(Edit::AddLink { link: outgoing }),
            }
            Some(Edit::Batch { edits })
        }
    }
}
