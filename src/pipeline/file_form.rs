//! The structs of the project file and their way to the document and back; nothing in the file is lost on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pg_base::{ParamValue, Trouble, say};
use pg_contract::Diagnostic;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::color::ClassColors;
use crate::document::{DEFAULT_SEED, Document, Frame, Link, Node, Note};

/// First field of every project file.
pub(crate) const FORMAT: &str = "pyrograph-project";
/// Raised when an older program could no longer read a file rightly.
pub(crate) const FORMAT_VERSION: u32 = 1;
/// More is no project that a person made.
pub(crate) const MAX_NODES: usize = 10_000;
/// The same for links.
pub(crate) const MAX_LINKS: usize = 100_000;
/// The same for the bends of one wire.
pub(crate) const MAX_BENDS: usize = 1000;

/// What is read first, to tell a damaged file from a newer one.
#[derive(Debug, Deserialize)]
pub(crate) struct Header {
    #[serde(default)]
    pub(crate) format: String,
    #[serde(default)]
    pub(crate) format_version: u32,
    #[serde(default)]
    pub(crate) program: String,
}

/// The file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FileProject {
    pub(crate) format: String,
    pub(crate) format_version: u32,
    #[serde(default)]
    pub(crate) program: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default = "default_seed")]
    pub(crate) seed: u64,
    #[serde(default)]
    pub(crate) nodes: Vec<FileNode>,
    #[serde(default)]
    pub(crate) links: Vec<FileLink>,
    #[serde(default)]
    pub(crate) frames: Vec<Frame>,
    #[serde(default)]
    pub(crate) notes: Vec<Note>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "colors")]
    pub(crate) class_colors: ClassColors,
    #[serde(flatten)]
    pub(crate) extra: Map<String, Json>,
}

/// One wire in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FileLink {
    #[serde(flatten)]
    link: Link,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bends: Vec<[f32; 2]>,
}

/// One node in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FileNode {
    id: String,
    kind: String,
    #[serde(default = "first_version")]
    version: u32,
    #[serde(default)]
    params: BTreeMap<String, Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(default)]
    position: [f32; 2],
    #[serde(default, skip_serializing_if = "is_false")]
    is_muted: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    is_collapsed: bool,
    #[serde(flatten)]
    extra: Map<String, Json>,
}

impl FileProject {
    /// The document, and what had to be left out.
    pub(crate) fn into_document(self) -> Result<(Document, Vec<Diagnostic>), Trouble> {
        let too_many = |what: usize, limit: usize| {
            Trouble::new(
                "project-too-large",
                say!("the project has {what} entries", "项目有 {what} 个条目"),
            )
            .expected(say!("at most {limit}", "不超过 {limit}"))
        };
        if self.nodes.len() > MAX_NODES {
            return Err(too_many(self.nodes.len(), MAX_NODES));
        }
        if self.links.len() > MAX_LINKS {
            return Err(too_many(self.links.len(), MAX_LINKS));
        }
        let mut diagnostics = Vec::new();
        let mut document = Document::new(self.name);
        let nodes = Arc::make_mut(&mut document.nodes);
        for node in self.nodes {
            let node = Node::from(node);
            let id = node.id.clone();
            check_id(&id)?;
            if nodes.insert(id.clone(), Arc::new(node)).is_some() {
                return Err(damaged(say!(
                    "two nodes have the id `{id}`",
                    "有两个节点的标识都是 `{id}`"
                )));
            }
        }
        let (mut seen, mut links, mut bends) = (BTreeSet::new(), Vec::new(), BTreeMap::new());
        for FileLink { link, bends: points } in self.links {
            let missing =
                [&link.from.node, &link.to.node].into_iter().find(|id| !nodes.contains_key(*id));
            let left_out = if let Some(id) = missing {
                Some(say!(
                    "a link was left out: there is no node `{id}`",
                    "已略去一条连线：没有节点 `{id}`"
                ))
            } else if seen.insert(link.clone()) {
                None
            } else {
                Some(say!(
                    "a link was left out: `{link}` occurs twice",
                    "已略去一条连线：`{link}` 出现了两次"
                ))
            };
            if let Some(found) = left_out {
                diagnostics.push(Diagnostic::warning(Trouble::new("link-dropped", found)));
                continue;
            }
            let points: Vec<[f32; 2]> = points.into_iter().take(MAX_BENDS).map(finite).collect();
            if !points.is_empty() {
                bends.insert(link.clone(), points);
            }
            links.push(link);
        }
        document.links = Arc::new(links);
        document.bends = Arc::new(bends);
        document.seed = self.seed;
        document.class_colors = Arc::new(self.class_colors);
        document.extra = self.extra;
        // An id that no edit could put back gets a fresh one: nothing refers to frames and notes by theirs.
        for mut frame in self.frames {
            (frame.position, frame.size) = (finite(frame.position), finite(frame.size));
            if check_id(&frame.id).is_err() {
                frame.id = document.fresh_frame_id();
            }
            document.frames.insert(frame.id.clone(), frame);
        }
        for mut note in self.notes {
            (note.position, note.size) = (finite(note.position), finite(note.size));
            if check_id(&note.id).is_err() {
                note.id = document.fresh_note_id();
            }
            document.notes.insert(note.id.clone(), note);
        }
        Ok((document, diagnostics))
    }
}

impl TryFrom<FileProject> for Document {
    type Error = String;

    fn try_from(file: FileProject) -> Result<Self, String> {
        file.into_document().map(|(document, _)| document).map_err(|trouble| trouble.to_string())
    }
}

impl From<Document> for FileProject {
    fn from(document: Document) -> Self {
        let links = Arc::unwrap_or_clone(document.links);
        let mut bends = Arc::unwrap_or_clone(document.bends);
        Self {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            name: document.name,
            seed: document.seed,
            nodes: Arc::unwrap_or_clone(document.nodes)
                .into_values()
                .map(|node| FileNode::from(Arc::unwrap_or_clone(node)))
                .collect(),
            links: links
                .into_iter()
                .map(|link| {
                    let bends = bends.remove(&link).unwrap_or_default();
                    FileLink { link, bends }
                })
                .collect(),
            frames: document.frames.into_values().collect(),
            notes: document.notes.into_values().collect(),
            class_colors: Arc::unwrap_or_clone(document.class_colors),
            extra: document.extra,
        }
    }
}

impl From<FileNode> for Node {
    fn from(file: FileNode) -> Self {
        let mut params = BTreeMap::new();
        let mut extra_params = Map::new();
        for (id, json) in file.params {
            match param_value(&json) {
                Some(value) => {
                    params.insert(id, value);
                }
                None => {
                    extra_params.insert(id, json);
                }
            }
        }
        Self {
            id: file.id,
            kind: file.kind,
            version: file.version,
            params,
            label: file.label,
            position: finite(file.position),
            is_muted: file.is_muted,
            is_collapsed: file.is_collapsed,
            extra_params,
            extra: file.extra,
        }
    }
}

impl From<Node> for FileNode {
    fn from(node: Node) -> Self {
        let mut params: BTreeMap<String, Json> = node.extra_params.into_iter().collect();
        params.extend(node.params.into_iter().map(|(id, value)| (id, json_of(value))));
        Self {
            id: node.id,
            kind: node.kind,
            version: node.version,
            params,
            label: node.label,
            position: node.position,
            is_muted: node.is_muted,
            is_collapsed: node.is_collapsed,
            extra: node.extra,
        }
    }
}

/// The file is no whole project.
pub(crate) fn damaged(found: pg_base::Words) -> Trouble {
    Trouble::new("project-damaged", found).expected(say!("a whole project file", "完整的项目文件"))
}

/// Ids may hold anything that a person can read back.
pub(crate) fn check_id(id: &str) -> Result<(), Trouble> {
    let is_readable =
        !id.trim().is_empty() && id.chars().count() <= 100 && !id.chars().any(char::is_control);
    if is_readable {
        return Ok(());
    }
    Err(Trouble::new("id-invalid", say!("`{id}` cannot be an id", "`{id}` 不能用作标识"))
        .expected(say!("1 to 100 visible characters", "1 到 100 个可见字符")))
}

/// The value where its JSON form can be given back exactly.
fn param_value(json: &Json) -> Option<ParamValue> {
    match json {
        Json::Bool(value) => Some(ParamValue::Bool(*value)),
        Json::Number(number) if number.is_i64() => number.as_i64().map(ParamValue::Int),
        Json::Number(number) if number.is_f64() => number.as_f64().map(ParamValue::Float),
        Json::String(text) => Some(ParamValue::Text(text.clone())),
        Json::Array(items) => {
            let ints: Option<Vec<i64>> = items.iter().map(Json::as_i64).collect();
            let texts = || {
                items
                    .iter()
                    .map(|item| item.as_str().map(str::to_owned))
                    .collect::<Option<Vec<_>>>()
            };
            ints.map(ParamValue::Ints).or_else(|| texts().map(ParamValue::Texts))
        }
        _ => None,
    }
}

/// A parameter as it stands in files.
pub(crate) fn json_of(value: ParamValue) -> Json {
    match value {
        ParamValue::Bool(value) => value.into(),
        ParamValue::Int(value) => value.into(),
        ParamValue::Float(value) => value.into(),
        ParamValue::Text(text) => text.into(),
        ParamValue::Ints(values) => values.into(),
        ParamValue::Texts(texts) => texts.into(),
    }
}

/// JSON has no infinity, but a number too large for 32 bits becomes one.
fn finite(pair: [f32; 2]) -> [f32; 2] {
    pair.map(|number| if number.is_finite() { number } else { 0.0 })
}

/// What is no colour is left out: it is not worth the project.
fn colors<'de, D: serde::Deserializer<'de>>(from: D) -> Result<ClassColors, D::Error> {
    let json = Json::deserialize(from)?;
    let of =
        |(class, color): (&String, &Json)| Some((class.clone(), color.as_str()?.parse().ok()?));
    Ok(json.as_object().into_iter().flatten().filter_map(of).collect())
}

fn default_seed() -> u64 {
    DEFAULT_SEED
}

fn first_version() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(value: &bool) -> bool {
    !value
}
