//! What nodes, ports and parameters are called in the window.

use pg_pipeline::Node;
use pg_session::Session;

use crate::lang::Tr;

/// The person's own name of a node, else its kind's title, else the id of a kind that is not known.
pub fn title_of(session: &Session, node: &str) -> String {
    match session.document().node(node) {
        Some(node) => title(session, node),
        None => node.to_owned(),
    }
}

/// The same for a node at hand.
pub fn title(session: &Session, node: &Node) -> String {
    if let Some(label) = &node.label {
        return label.clone();
    }
    let spec = session.core().registry().get(&node.kind);
    spec.map_or_else(|| node.kind.clone(), |spec| spec.text.title.tr().to_owned())
}
