//! The closed set of changes to a document; each gives its exact inverse, and one that fails changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use pg_base::{ParamValue, Trouble, say};
use pg_contract::Registry;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::color::Rgb;
use crate::document::{Document, Frame, Link, Node, NodeId, Note};
use crate::file_form::{MAX_NODES, check_id};

mod between;
mod links;

pub use between::between;
pub(crate) use links::port_unknown;
use links::{add_link, bend, link_unknown, splice};

/// One change.
///
/// `AddLink`, `SetParam` and `AddNode` are what a person asks for and are checked against the node kinds;
/// `PutNode` and `SpliceLinks` put back what was there, whatever it was, and keep only the document's own invariants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// Adds a node without links.
    AddNode {
        /// The node; its id must be free.
        node: Box<Node>,
    },
    /// Removes a node and its links.
    RemoveNode {
        /// Which.
        id: NodeId,
    },
    /// Replaces the node of the same id, its kind included; links stay.
    PutNode {
        /// The node.
        node: Box<Node>,
    },
    /// Sets a parameter.
    SetParam {
        /// Of which node.
        id: NodeId,
        /// Which.
        param: String,
        /// To what; brought to its canonical form.
        value: ParamValue,
    },
    /// Names a node.
    SetLabel {
        /// Which.
        id: NodeId,
        /// None for the kind's title.
        label: Option<String>,
    },
    /// Passes over a node, or no longer.
    SetMuted {
        /// Which.
        id: NodeId,
        /// Whether.
        is_muted: bool,
    },
    /// Folds a node, or unfolds it.
    SetCollapsed {
        /// Which.
        id: NodeId,
        /// Whether.
        is_collapsed: bool,
    },
    /// Puts nodes elsewhere.
    MoveNodes {
        /// New places.
        positions: BTreeMap<NodeId, [f32; 2]>,
    },
    /// Draws a wire; one that is already on an input for a single wire gives way.
    AddLink {
        /// The wire.
        link: Link,
    },
    /// Removes a wire.
    RemoveLink {
        /// The wire.
        link: Link,
    },
    /// Takes links out of the list and puts others in.
    SpliceLinks {
        /// Indices to take out, ascending.
        remove: Vec<usize>,
        /// Links to put in, with their indices in the resulting list, ascending.
        insert: Vec<(usize, Link)>,
    },
    /// Leads a wire over points; none for a plain one.
    BendLink {
        /// The wire.
        link: Link,
        /// From its output to its input, in points; finite.
        points: Vec<[f32; 2]>,
    },
    /// Adds a frame, or changes the one with the same id.
    PutFrame {
        /// The frame.
        frame: Frame,
    },
    /// Removes a frame; the nodes on it stay.
    RemoveFrame {
        /// Which.
        id: String,
    },
    /// Adds a note, or changes the one with the same id.
    PutNote {
        /// The note.
        note: Note,
    },
    /// Removes a note.
    RemoveNote {
        /// Which.
        id: String,
    },
    /// Sets what decides everything random.
    SetSeed {
        /// The seed.
        seed: u64,
    },
    /// Names the project.
    SetName {
        /// The name.
        name: String,
    },
    /// Gives a class the colour that it has in every picture.
    SetClassColor {
        /// Name of the class.
        class: String,
        /// None for the one of its place in the order.
        color: Option<Rgb>,
    },
    /// Sets what the file holds beyond this version's knowledge.
    SetExtra {
        /// By field.
        extra: Map<String, Json>,
    },
    /// Several changes as one: all or none.
    Batch {
        /// In order.
        edits: Vec<Self>,
    },
}

impl Edit {
    /// Changes the document and gives the edit that takes it back exactly. A failing edit changes nothing.
    pub fn apply(self, document: &mut Document, registry: &Registry) -> Result<Self, Trouble> {
        match self {
            Self::AddNode { node } => add_node(document, node),
            Self::RemoveNode { id } => remove_node(document, &id),
            Self::PutNode { node } => {
                check_node(&node)?;
                let before = document.require(&node.id)?.clone();
                Arc::make_mut(&mut document.nodes).insert(node.id.clone(), Arc::new(*node));
                Ok(Self::PutNode { node: Box::new(before) })
            }
            Self::SetParam { id, param, value } => {
                let value = checked_value(document.require(&id)?, registry, &param, value)?;
                change_node(document, &id, |node| {
                    node.extra_params.remove(&param);
                    node.params.insert(param, value);
                })
            }
            Self::SetLabel { id, label } => change_node(document, &id, |node| node.label = label),
            Self::SetMuted { id, is_muted } => {
                change_node(document, &id, |node| node.is_muted = is_muted)
            }
            Self::SetCollapsed { id, is_collapsed } => {
                change_node(document, &id, |node| node.is_collapsed = is_collapsed)
            }
            Self::MoveNodes { positions } => move_nodes(document, positions),
            Self::AddLink { link } => add_link(document, registry, link),
            Self::RemoveLink { link } => {
                let index = document
                    .links
                    .iter()
                    .position(|other| *other == link)
                    .ok_or_else(|| link_unknown(&link))?;
                splice(document, &[index], Vec::new())
            }
            Self::SpliceLinks { remove, insert } => splice(document, &remove, insert),
            Self::BendLink { link, points } => bend(document, link, points),
            Self::PutFrame { frame } => {
                check_id(&frame.id)?;
                check_finite(&frame.id, &[frame.position, frame.size])?;
                let id = frame.id.clone();
                Ok(match document.frames.insert(id.clone(), frame) {
                    Some(frame) => Self::PutFrame { frame },
                    None => Self::RemoveFrame { id },
                })
            }
            Self::RemoveFrame { id } => {
                let frame = document.frames.remove(&id).ok_or_else(|| absent(&id))?;
                Ok(Self::PutFrame { frame })
            }
            Self::PutNote { note } => {
                check_id(&note.id)?;
                check_finite(&note.id, &[note.position, note.size])?;
                let id = note.id.clone();
                Ok(match document.notes.insert(id.clone(), note) {
                    Some(note) => Self::PutNote { note },
                    None => Self::RemoveNote { id },
                })
            }
            Self::RemoveNote { id } => {
                let note = document.notes.remove(&id).ok_or_else(|| absent(&id))?;
                Ok(Self::PutNote { note })
            }
            Self::SetSeed { seed } => {
                Ok(Self::SetSeed { seed: std::mem::replace(&mut document.seed, seed) })
            }
            Self::SetName { name } => {
                Ok(Self::SetName { name: std::mem::replace(&mut document.name, name) })
            }
            Self::SetClassColor { class, color } => {
                let colors = Arc::make_mut(&mut document.class_colors);
                let before = match color {
                    Some(color) => colors.insert(class.clone(), color),
                    None => colors.remove(&class),
                };
                Ok(Self::SetClassColor { class, color: before })
            }
            Self::SetExtra { extra } => {
                Ok(Self::SetExtra { extra: std::mem::replace(&mut document.extra, extra) })
            }
            Self::Batch { edits } => {
                let before = document.clone();
                let mut inverses = Vec::with_capacity(edits.len());
                for edit in edits {
                    match edit.apply(document, registry) {
                        Ok(inverse) => inverses.push(inverse),
                        Err(trouble) => {
                            *document = before;
                            return Err(trouble);
                        }
                    }
                }
                inverses.reverse();
                Ok(Self::Batch { edits: inverses })
            }
        }
    }
}

fn add_node(document: &mut Document, node: Box<Node>) -> Result<Edit, Trouble> {
    check_node(&node)?;
    let id = node.id.clone();
    if document.nodes.contains_key(&id) {
        return Err(Trouble::new(
            "node-exists",
            say!("there is already a node `{id}`", "已有名为 `{id}` 的节点"),
        ));
    }
    if document.nodes.len() >= MAX_NODES {
        return Err(Trouble::new(
            "project-too-large",
            say!("the project has {MAX_NODES} nodes", "项目已有 {MAX_NODES} 个节点"),
        ));
    }
    Arc::make_mut(&mut document.nodes).insert(id.clone(), Arc::new(*node));
    Ok(Edit::RemoveNode { id })
}

fn remove_node(document: &mut Document, id: &str) -> Result<Edit, Trouble> {
    document.require(id)?;
    let touches = |link: &Link| link.from.node == id || link.to.node == id;
    let indices: Vec<usize> = document
        .links
        .iter()
        .enumerate()
        .filter(|(_, link)| touches(link))
        .map(|(index, _)| index)
        .collect();
    let links = splice(document, &indices, Vec::new())?;
    let node = Arc::make_mut(&mut document.nodes).remove(id).ok_or_else(|| absent(id))?;
    let node = Box::new(Arc::unwrap_or_clone(node));
    Ok(Edit::Batch { edits: vec![Edit::AddNode { node }, links] })
}

/// The old node put back whole is the inverse of every change to one.
fn change_node(
    document: &mut Document,
    id: &str,
    change: impl FnOnce(&mut Node),
) -> Result<Edit, Trouble> {
    let node = require_mut(document, id)?;
    let before = node.clone();
    change(node);
    Ok(Edit::PutNode { node: Box::new(before) })
}

fn move_nodes(
    document: &mut Document,
    positions: BTreeMap<NodeId, [f32; 2]>,
) -> Result<Edit, Trouble> {
    for (id, position) in &positions {
        document.require(id)?;
        check_finite(id, &[*position])?;
    }
    let mut before = BTreeMap::new();
    for (id, position) in positions {
        if let Some(node) = document.node_mut(&id) {
            before.insert(id, std::mem::replace(&mut node.position, position));
        }
    }
    Ok(Edit::MoveNodes { positions: before })
}

fn checked_value(
    node: &Node,
    registry: &Registry,
    param: &str,
    value: ParamValue,
) -> Result<ParamValue, Trouble> {
    let at = |trouble: Trouble| trouble.node(node.id.clone());
    if let Some(spec) = registry.get(&node.kind) {
        let Some(param_spec) = spec.param(param) else {
            let known = spec.params.iter().map(|param| param.id).collect::<Vec<_>>().join(", ");
            let (id, kind) = (&node.id, spec.id);
            let found = say!(
                "`{id}` ({kind}) has no parameter `{param}`",
                "`{id}`（{kind}）没有参数 `{param}`"
            );
            let trouble = at(Trouble::new("param-unknown", found).param(param));
            return Err(if known.is_empty() {
                trouble
            } else {
                trouble.expected(say!("one of {known}", "以下之一：{known}"))
            });
        };
        return param_spec.check(&value).map_err(at);
    }
    check_param(&value).map(|()| value).map_err(|trouble| at(trouble.param(param)))
}

fn check_node(node: &Node) -> Result<(), Trouble> {
    check_id(&node.id)?;
    check_finite(&node.id, &[node.position])?;
    node.params.iter().try_for_each(|(param, value)| {
        check_param(value).map_err(|trouble| trouble.node(node.id.clone()).param(param.clone()))
    })
}

/// JSON cannot hold what is neither finite nor a number.
fn check_param(value: &ParamValue) -> Result<(), Trouble> {
    match value {
        ParamValue::Float(number) if !number.is_finite() => {
            Err(Trouble::new("param-invalid", say!("the value is `{number}`", "值是 `{number}`"))
                .expected(say!("a finite number", "有限的数字")))
        }
        _ => Ok(()),
    }
}

fn check_finite(id: &str, pairs: &[[f32; 2]]) -> Result<(), Trouble> {
    if pairs.iter().flatten().all(|number| number.is_finite()) {
        return Ok(());
    }
    Err(Trouble::new(
        "position-invalid",
        say!("the place of `{id}` is no number", "`{id}` 的位置不是数字"),
    )
    .node(id))
}

fn require_mut<'a>(document: &'a mut Document, id: &str) -> Result<&'a mut Node, Trouble> {
    document.require(id)?;
    document.node_mut(id).ok_or_else(|| absent(id))
}

fn absent(id: &str) -> Trouble {
    Trouble::new(
        "id-unknown",
        say!("there is nothing with the id `{id}`", "没有标识为 `{id}` 的内容"),
    )
}

#[cfg(test)]
mod tests;
