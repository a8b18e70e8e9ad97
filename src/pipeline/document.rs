//! The document: nodes, links, frames, notes and the seed as one plain ordered value.
//!
//! Clones share their parts, and a change copies only the part that it is about: jobs, the analysis and undo take
//! snapshots all the time.

use std::collections::BTreeMap;
use std::sync::Arc;

use pg_base::{ParamValues, Trouble, say};
use pg_contract::NodeSpec;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::color::ClassColors;
use crate::file_form::{FileNode, FileProject};

/// Readable and unique in the document: `dense`, `dense_2`. Given on creation, never made of a place or a position.
pub type NodeId = String;

/// Seed of a new document.
pub const DEFAULT_SEED: u64 = 42;

/// One node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "FileNode", into = "FileNode")]
pub struct Node {
    /// Its id.
    pub id: NodeId,
    /// Id of its kind; kinds that the program does not know are kept.
    pub kind: String,
    /// Version of the kind that the parameters belong to.
    pub version: u32,
    /// Every parameter, written out on creation.
    pub params: ParamValues,
    /// What the person calls it; none for the kind's title.
    pub label: Option<String>,
    /// Where its upper left corner lies on the canvas, in points; finite.
    pub position: [f32; 2],
    /// Whether it is passed over.
    pub is_muted: bool,
    /// Whether the canvas shows its title only.
    pub is_collapsed: bool,
    /// Parameter values of a form that this version does not know; kept unchanged.
    pub extra_params: Map<String, Json>,
    /// Fields of the file that this version does not know; kept unchanged.
    pub extra: Map<String, Json>,
}

/// One end of a link; written `node.port`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint {
    /// Id of the node.
    pub node: NodeId,
    /// Id of the port; holds no point.
    pub port: String,
}

/// A wire from an output to an input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Link {
    /// The output.
    pub from: Endpoint,
    /// The input.
    pub to: Endpoint,
}

/// A titled rectangle behind nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Unique among the frames.
    pub id: String,
    /// What stands on it.
    #[serde(default)]
    pub title: String,
    /// Upper left corner in points.
    pub position: [f32; 2],
    /// Width and height in points.
    pub size: [f32; 2],
    /// Id of a colour of the palette; none for the usual one. Ids that the window does not know are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Json>,
}

/// A text on the canvas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Unique among the notes.
    pub id: String,
    /// What it says.
    #[serde(default)]
    pub text: String,
    /// Upper left corner in points.
    pub position: [f32; 2],
    /// Width and height in points.
    pub size: [f32; 2],
    /// Id of a colour of the palette; none for the usual one. Ids that the window does not know are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Json>,
}

/// A project as the person edits it.
///
/// Invariants: both ends of every link are nodes, no link occurs twice, only links have bends, numbers are finite. Cycles,
/// wires of unequal type and unknown kinds may come from a file; the analysis reports them.
///
/// Its JSON is that of the project file. An empty list has no type there: [`crate::file::upgrade`] gives it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "FileProject", into = "FileProject")]
pub struct Document {
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) nodes: Arc<BTreeMap<NodeId, Arc<Node>>>,
    pub(crate) links: Arc<Vec<Link>>,
    /// Never an empty list.
    pub(crate) bends: Arc<BTreeMap<Link, Vec<[f32; 2]>>>,
    pub(crate) frames: BTreeMap<String, Frame>,
    pub(crate) notes: BTreeMap<String, Note>,
    /// Only how things look: no result depends on it.
    pub(crate) class_colors: Arc<ClassColors>,
    pub(crate) extra: Map<String, Json>,
}

impl Document {
    /// A document with nothing in it.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            seed: DEFAULT_SEED,
            nodes: Arc::default(),
            links: Arc::default(),
            bends: Arc::default(),
            frames: BTreeMap::new(),
            notes: BTreeMap::new(),
            class_colors: Arc::default(),
            extra: Map::new(),
        }
    }

    /// What the person calls the project.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Decides everything random in it.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The nodes in the order of their ids.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values().map(Arc::as_ref)
    }

    /// Number of nodes.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// A node.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.get(id).map(Arc::as_ref)
    }

    /// A node, or a trouble that lists what there is.
    pub fn require(&self, id: &str) -> Result<&Node, Trouble> {
        self.node(id).ok_or_else(|| {
            let mut ids: Vec<&str> = self.nodes.keys().map(String::as_str).take(20).collect();
            if self.nodes.len() > ids.len() {
                ids.push("…");
            }
            let known = ids.join(", ");
            let trouble = Trouble::new(
                "node-unknown",
                say!("there is no node `{id}`", "没有名为 `{id}` 的节点"),
            );
            if known.is_empty() {
                trouble
            } else {
                trouble.expected(say!("one of {known}", "以下之一：{known}"))
            }
        })
    }

    /// The links; their order is the order of the values on an input that takes several.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Points that a wire leads over, from its output to its input.
    pub fn bends(&self, link: &Link) -> &[[f32; 2]] {
        self.bends.get(link).map_or(&[], Vec::as_slice)
    }

    /// The frames in the order of their ids.
    pub fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.frames.values()
    }

    /// The notes in the order of their ids.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.notes.values()
    }

    /// Colours that the person gave to classes.
    pub fn class_colors(&self) -> &Arc<ClassColors> {
        &self.class_colors
    }

    pub(crate) fn node_mut(&mut self, id: &str) -> Option<&mut Node> {
        Arc::make_mut(&mut self.nodes).get_mut(id).map(Arc::make_mut)
    }

    /// An id for a new node of a kind that neither the document nor `taken` holds: `dense`, then `dense_2`, …
    pub fn fresh_id(&self, kind: &str, taken: &[NodeId]) -> NodeId {
        let is_free =
            |id: &str| !self.nodes.contains_key(id) && !taken.iter().any(|other| other == id);
        fresh(kind, is_free)
    }

    /// An id for a new frame.
    pub fn fresh_frame_id(&self) -> String {
        fresh("frame", |id| !self.frames.contains_key(id))
    }

    /// An id for a new note.
    pub fn fresh_note_id(&self) -> String {
        fresh("note", |id| !self.notes.contains_key(id))
    }
}

impl Node {
    /// A node of a kind with every parameter written out; `params` are those that differ from the defaults.
    pub fn new(
        id: impl Into<NodeId>,
        spec: &NodeSpec,
        params: ParamValues,
        position: [f32; 2],
    ) -> Self {
        let mut all = spec.default_params();
        all.extend(params);
        Self {
            id: id.into(),
            kind: spec.id.to_owned(),
            version: spec.version,
            params: all,
            label: None,
            position,
            is_muted: false,
            is_collapsed: false,
            extra_params: Map::new(),
            extra: Map::new(),
        }
    }
}

impl Endpoint {
    /// An end of a link.
    pub fn new(node: impl Into<NodeId>, port: impl Into<String>) -> Self {
        Self { node: node.into(), port: port.into() }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.node, self.port)
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.to_string()
    }
}

impl TryFrom<String> for Endpoint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.rsplit_once('.') {
            Some((node, port)) if !node.is_empty() && !port.is_empty() => Ok(Self::new(node, port)),
            _ => Err(format!("`{text}` does not have the form `node.port`")),
        }
    }
}

impl Link {
    /// A wire; `from` and `to` are (node, port).
    pub fn new(from: (&str, &str), to: (&str, &str)) -> Self {
        Self { from: Endpoint::new(from.0, from.1), to: Endpoint::new(to.0, to.1) }
    }
}

impl std::fmt::Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} → {}", self.from, self.to)
    }
}

fn fresh(stem: &str, is_free: impl Fn(&str) -> bool) -> String {
    if is_free(stem) {
        return stem.to_owned();
    }
    let numbered = (2_u64..).map(|number| format!("{stem}_{number}"));
    numbered.into_iter().find(|id| is_free(id)).unwrap_or_default()
}
