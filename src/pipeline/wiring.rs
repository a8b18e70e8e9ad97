//! The graph as it computes: order, kinds, and for each input where its values come from once muted nodes are passed over.

use std::collections::{BTreeMap, BTreeSet};

use pg_base::{Trouble, say};
use pg_contract::{NodeSpec, PortSpec, Registry};

use crate::document::{Document, Link, Node};
use crate::edit::port_unknown;

/// Where the values of a wire come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    /// An output of a node that computes.
    Output { node: &'a str, index: usize },
    /// Nothing arrives, because of this node: it is muted, unknown or in a cycle.
    CutOff { node: &'a str },
}

/// A wire that cannot carry anything.
#[derive(Clone, Debug)]
pub(crate) struct BadLink<'a> {
    pub(crate) link: &'a Link,
    pub(crate) trouble: Trouble,
}

/// One node with its wires.
#[derive(Debug)]
pub(crate) struct Wired<'a> {
    pub(crate) node: &'a Node,
    /// None where the kind is unknown.
    pub(crate) spec: Option<&'static NodeSpec>,
    /// By input port, in the order of the links.
    pub(crate) inputs: BTreeMap<&'static str, Vec<Origin<'a>>>,
    pub(crate) bad_links: Vec<BadLink<'a>>,
    /// Wires that carry nothing because another one is on the same input.
    pub(crate) surplus_links: Vec<BadLink<'a>>,
    /// Nodes of a cycle through this one that lead into it.
    pub(crate) cycle: Vec<&'a Link>,
}

/// All nodes: first those in topological order, then those in and behind cycles.
#[derive(Debug)]
pub(crate) struct Wiring<'a> {
    pub(crate) nodes: BTreeMap<&'a str, Wired<'a>>,
    pub(crate) order: Vec<&'a str>,
}

impl<'a> Wiring<'a> {
    pub(crate) fn of(document: &'a Document, registry: &Registry) -> Self {
        let mut into: BTreeMap<&str, Vec<&'a Link>> = BTreeMap::new();
        for link in document.links() {
            into.entry(link.to.node.as_str()).or_default().push(link);
        }
        let (order, in_cycle) = order(document);
        let mut wiring = Self { nodes: BTreeMap::new(), order };
        for id in wiring.order.clone() {
            let Some(node) = document.node(id) else { continue };
            let spec = registry.get(&node.kind);
            let links = into.get(id).map_or(&[][..], Vec::as_slice);
            let mut wired = Wired {
                node,
                spec,
                inputs: BTreeMap::new(),
                bad_links: Vec::new(),
                surplus_links: Vec::new(),
                cycle: Vec::new(),
            };
            if in_cycle.contains(id) {
                wired.cycle = links
                    .iter()
                    .copied()
                    .filter(|link| in_cycle.contains(link.from.node.as_str()))
                    .collect();
            }
            for link in links {
                wiring.add_link(&mut wired, link);
            }
            wiring.nodes.insert(id, wired);
        }
        wiring
    }

    fn add_link(&self, wired: &mut Wired<'a>, link: &'a Link) {
        let Some(spec) = wired.spec else { return };
        let mut bad = |trouble| wired.bad_links.push(BadLink { link, trouble });
        let Some(input) = spec.input(&link.to.port) else {
            return bad(port_unknown(&link.to.node, &link.to.port, spec.inputs));
        };
        let source = self.nodes.get(link.from.node.as_str());
        let origin = match source.and_then(|source| Some((source, source.spec?))) {
            Some((source, source_spec)) => {
                let found = source_spec.outputs.iter().position(|port| port.id == link.from.port);
                let Some((index, output)) =
                    found.and_then(|index| Some((index, source_spec.outputs.get(index)?)))
                else {
                    return bad(port_unknown(
                        &link.from.node,
                        &link.from.port,
                        source_spec.outputs,
                    ));
                };
                if output.port_type != input.port_type {
                    return bad(wrong_type(link, output, input));
                }
                if source.node.is_muted {
                    passed_over(source, source_spec, output)
                } else {
                    Origin::Output { node: &source.node.id, index }
                }
            }
            // A kind that is not known, or a node that stands behind this one in a cycle.
            None => Origin::CutOff { node: link.from.node.as_str() },
        };
        let origins = wired.inputs.entry(input.id).or_default();
        if !input.takes_many && !origins.is_empty() {
            let port = &link.to.port;
            let trouble = Trouble::new(
                "input-crowded",
                say!("several wires lead into `{port}`", "有多条连线接入 `{port}`"),
            )
            .expected(say!("one wire; the first is used", "一条连线；目前使用第一条"));
            let trouble = trouble.node(&link.to.node).port(port);
            wired.surplus_links.push(BadLink { link, trouble });
            return;
        }
        origins.push(origin);
    }
}

impl Wired<'_> {
    /// Required inputs without a wire.
    pub(crate) fn open_inputs(&self) -> impl Iterator<Item = &'static PortSpec> {
        let inputs = self.spec.map_or(&[][..], |spec| spec.inputs);
        inputs.iter().filter(|port| port.is_required && !self.inputs.contains_key(port.id))
    }

    /// The trouble of an open input.
    pub(crate) fn input_open(&self, port: &PortSpec) -> Trouble {
        let (en, zh) = (port.port_type.label().en, port.port_type.label().zh);
        let (name_en, name_zh) = (port.label.en, port.label.zh);
        Trouble::new(
            "input-open",
            say!("the input “{name_en}” is not wired", "输入“{name_zh}”未连接"),
        )
        .expected(say!("a wire that carries a {en}", "一条传送{zh}的连线"))
        .node(self.node.id.clone())
        .port(port.id)
    }

    /// The trouble of a node made by a newer program, whose settings may mean something else.
    pub(crate) fn too_new(&self) -> Option<Trouble> {
        let known = self.spec?.version;
        let version = self.node.version;
        (version > known).then(|| {
            Trouble::new(
                "kind-newer",
                say!("the node has version {version}", "该节点的版本是 {version}"),
            )
            .expected(say!("version {known} at most", "版本不高于 {known}"))
            .advice(say!(
                "Install the newest version, or add the node again.",
                "请安装最新版本，或重新添加该节点。"
            ))
            .node(self.node.id.clone())
        })
    }
}

/// A muted node hands on what enters the first input of the same type.
fn passed_over<'a>(source: &Wired<'a>, spec: &NodeSpec, output: &PortSpec) -> Origin<'a> {
    let mut same_type = spec.inputs.iter().filter(|port| port.port_type == output.port_type);
    let first = same_type.find_map(|port| source.inputs.get(port.id)?.first());
    first.copied().unwrap_or(Origin::CutOff { node: &source.node.id })
}

fn wrong_type(link: &Link, output: &PortSpec, input: &PortSpec) -> Trouble {
    let (en, zh) = (output.port_type.label().en, output.port_type.label().zh);
    let (wanted_en, wanted_zh) = (input.port_type.label().en, input.port_type.label().zh);
    let from = &link.from;
    Trouble::new(
        "wire-type",
        say!("the wire from `{from}` carries a {en}", "来自 `{from}` 的连线传送的是{zh}"),
    )
    .expected(say!("a {wanted_en}", "{wanted_zh}"))
    .node(&link.to.node)
    .port(&link.to.port)
}

/// Topological order (ties by id), behind it the rest; and the nodes that lie in a cycle.
fn order(document: &Document) -> (Vec<&str>, BTreeSet<&str>) {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut previous: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for link in document.links() {
        next.entry(&link.from.node).or_default().push(&link.to.node);
        previous.entry(&link.to.node).or_default().push(&link.from.node);
    }
    let ids: BTreeSet<&str> = document.nodes().map(|node| node.id.as_str()).collect();
    let mut order = peel(&ids, &previous, &next);
    let done: BTreeSet<&str> = order.iter().copied().collect();
    let rest: BTreeSet<&str> = ids.difference(&done).copied().collect();
    let behind: BTreeSet<&str> = peel(&rest, &next, &previous).into_iter().collect();
    let in_cycle = rest.difference(&behind).copied().collect();
    order.extend(rest);
    (order, in_cycle)
}

/// Takes away, one after the other, nodes of a set that wait for nothing in it.
fn peel<'a>(
    ids: &BTreeSet<&'a str>,
    waits_for: &BTreeMap<&str, Vec<&'a str>>,
    leads_to: &BTreeMap<&str, Vec<&'a str>>,
) -> Vec<&'a str> {
    let n_inside = |id: &str| {
        waits_for.get(id).map_or(0, |others| others.iter().filter(|id| ids.contains(*id)).count())
    };
    let mut n_waiting: BTreeMap<&str, usize> = ids.iter().map(|id| (*id, n_inside(id))).collect();
    let mut ready: BTreeSet<&str> =
        n_waiting.iter().filter(|(_, n)| **n == 0).map(|(id, _)| *id).collect();
    let mut order = Vec::with_capacity(ids.len());
    while let Some(id) = ready.pop_first() {
        order.push(id);
        for other in leads_to.get(id).into_iter().flatten() {
            if let Some(n) = n_waiting.get_mut(other) {
                *n = n.saturating_sub(1);
                if *n == 0 {
                    ready.insert(other);
                }
            }
        }
    }
    order
}
