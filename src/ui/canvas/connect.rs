//! Which wires may be drawn, and why others may not: told while a wire is dragged, before it is dropped.

use std::collections::BTreeSet;

use pg_base::{Words, say};
use pg_contract::PortType;
use pg_pipeline::{Document, Link, NodeId};

use super::scene::{Card, Port};

/// The end of a wire that is being drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Loose {
    /// Its fixed end.
    pub(crate) node: NodeId,
    pub(crate) port: String,
    pub(crate) port_type: Option<PortType>,
    /// Whether the fixed end is an output.
    pub(crate) is_output: bool,
    /// The wire that was taken off an input, where it was one.
    pub(crate) taken: Option<Link>,
    /// Nodes that would make a circle.
    pub(crate) forbidden: BTreeSet<NodeId>,
}

impl Loose {
    /// A wire that begins at a port.
    pub(crate) fn from(document: &Document, card: &Card, port: &Port, is_output: bool) -> Self {
        Self {
            node: card.id.clone(),
            port: port.id.clone(),
            port_type: port.port_type,
            is_output,
            taken: None,
            forbidden: reachable(document, &card.id, !is_output),
        }
    }

    /// The wire that it becomes at a port, or why not.
    pub(crate) fn verdict(&self, card: &Card, port: &Port, is_output: bool) -> Result<Link, Words> {
        if card.id == self.node {
            return Err(say!("a node cannot feed itself", "节点不能连接到自身"));
        }
        if is_output == self.is_output {
            return Err(if is_output {
                say!(
                    "an output leads to an input, not to another output",
                    "输出只能连接到输入，不能连接到另一个输出"
                )
            } else {
                say!(
                    "an input takes an output, not another input",
                    "输入只能接收输出，不能连接到另一个输入"
                )
            });
        }
        if port.port_type != self.port_type {
            let name = |port_type: Option<PortType>| {
                port_type.map_or(pg_base::t("something unknown", "未知类型"), PortType::label)
            };
            let (output, input) = if self.is_output {
                (self.port_type, port.port_type)
            } else {
                (port.port_type, self.port_type)
            };
            let (a, b) = (name(output), name(input));
            let (a_en, a_zh, b_en, b_zh) = (a.en, a.zh, b.en, b.zh);
            return Err(say!(
                "this wire carries a {a_en}; here a {b_en} is wanted",
                "该连线传送{a_zh}，此处需要{b_zh}"
            ));
        }
        if self.forbidden.contains(&card.id) {
            return Err(say!("this would run in a circle", "这会形成循环"));
        }
        let (from, to) = if self.is_output {
            ((self.node.as_str(), self.port.as_str()), (card.id.as_str(), port.id.as_str()))
        } else {
            ((card.id.as_str(), port.id.as_str()), (self.node.as_str(), self.port.as_str()))
        };
        Ok(Link::new(from, to))
    }
}

/// Nodes that lead to a node, or that it leads to, itself included.
fn reachable(document: &Document, node: &str, forwards: bool) -> BTreeSet<NodeId> {
    let mut found = BTreeSet::from([node.to_owned()]);
    let mut next = vec![node.to_owned()];
    while let Some(node) = next.pop() {
        for link in document.links() {
            let (a, b) = if forwards {
                (&link.from.node, &link.to.node)
            } else {
                (&link.to.node, &link.from.node)
            };
            if *a == node && found.insert(b.clone()) {
                next.push(b.clone());
            }
        }
    }
    found
}
