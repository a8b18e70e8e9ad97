//! Parts of a graph as text: copied here, pasted into another window, a chat or a file.

use std::collections::BTreeMap;

use pg_base::{Trouble, say};
use pg_pipeline::{Document, Edit, Endpoint, Frame, Link, Node, NodeId, Note};
use serde::{Deserialize, Serialize};

use super::edits::COPY_OFFSET;
use crate::cx::Selection;

/// Tells our text from any other.
const FORMAT: &str = "pyrograph-graph-1";

/// A part of a graph.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    format: String,
    nodes: Vec<Node>,
    #[serde(default)]
    links: Vec<Link>,
    #[serde(default)]
    frames: Vec<Frame>,
    #[serde(default)]
    notes: Vec<Note>,
}

/// The chosen part of a document as text.
pub fn copied(document: &Document, selection: &Selection) -> Result<String, Trouble> {
    serde_json::to_string_pretty(&Clip::of(document, selection)).map_err(Trouble::internal)
}

/// Whether a text is a part of a graph.
pub fn is_clip(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.contains(FORMAT)
}

/// Reads a text back.
pub fn read(text: &str) -> Result<Clip, Trouble> {
    let found = |why: String| {
        Trouble::new(
            "clipboard-foreign",
            say!(
                "the clipboard holds no part of a graph: {why}",
                "剪贴板中没有可粘贴的节点：{why}"
            ),
        )
        .advice(say!("Copy nodes in Pyrograph first.", "请先在 Pyrograph 中复制节点。"))
    };
    let clip: Clip = serde_json::from_str(text.trim()).map_err(|error| found(error.to_string()))?;
    if clip.format == FORMAT { Ok(clip) } else { Err(found(clip.format)) }
}

impl Clip {
    /// What is chosen, with the wires between chosen nodes.
    pub fn of(document: &Document, selection: &Selection) -> Self {
        let is_inner = |link: &&Link| {
            selection.nodes.contains(&link.from.node) && selection.nodes.contains(&link.to.node)
        };
        Self {
            format: FORMAT.to_owned(),
            nodes: document
                .nodes()
                .filter(|node| selection.nodes.contains(&node.id))
                .cloned()
                .collect(),
            links: document.links().iter().filter(is_inner).cloned().collect(),
            frames: document
                .frames()
                .filter(|frame| selection.frames.contains(&frame.id))
                .cloned()
                .collect(),
            notes: document
                .notes()
                .filter(|note| selection.notes.contains(&note.id))
                .cloned()
                .collect(),
        }
    }

    /// The edits that put it into a document under free names, with its upper left corner at `at` or a little aside, and
    /// what is chosen then.
    pub fn edits(self, document: &Document, at: Option<[f32; 2]>) -> (Vec<Edit>, Selection) {
        let corner = self.corner();
        let shift = match at {
            Some([x, y]) => [x - corner[0], y - corner[1]],
            None => COPY_OFFSET.into(),
        };
        let moved = |[x, y]: [f32; 2]| [x + shift[0], y + shift[1]];
        let mut edits = Vec::new();
        let mut selection = Selection::default();
        let mut names: BTreeMap<NodeId, NodeId> = BTreeMap::new();
        let mut taken: Vec<NodeId> = Vec::new();
        for mut node in self.nodes {
            let id = document.fresh_id(&node.kind, &taken);
            taken.push(id.clone());
            names.insert(std::mem::replace(&mut node.id, id.clone()), id.clone());
            node.position = moved(node.position);
            selection.nodes.insert(id);
            edits.push(Edit::AddNode { node: Box::new(node) });
        }
        for link in self.links {
            let end = |end: Endpoint| Some(Endpoint { node: names.get(&end.node)?.clone(), ..end });
            if let (Some(from), Some(to)) = (end(link.from), end(link.to)) {
                edits.push(Edit::AddLink { link: Link { from, to } });
            }
        }
        // Frames and notes are rarely many: a free id is found by counting up.
        for (index, mut frame) in self.frames.into_iter().enumerate() {
            frame.id = free(&document.fresh_frame_id(), index);
            frame.position = moved(frame.position);
            selection.frames.insert(frame.id.clone());
            edits.push(Edit::PutFrame { frame });
        }
        for (index, mut note) in self.notes.into_iter().enumerate() {
            note.id = free(&document.fresh_note_id(), index);
            note.position = moved(note.position);
            selection.notes.insert(note.id.clone());
            edits.push(Edit::PutNote { note });
        }
        (edits, selection)
    }

    fn corner(&self) -> [f32; 2] {
        let nodes = self.nodes.iter().map(|node| node.position);
        let frames = self.frames.iter().map(|frame| frame.position);
        let notes = self.notes.iter().map(|note| note.position);
        let least =
            nodes.chain(frames).chain(notes).reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1])]);
        least.unwrap_or_default()
    }
}

/// The ids that follow a free one.
fn free(first: &str, index: usize) -> String {
    if index == 0 { first.to_owned() } else { format!("{first}_{}", index + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_texts_are_refused_with_a_reason() {
        for text in ["", "hello", "{}", r#"{"format":"other","nodes":[]}"#] {
            assert_eq!(read(text).expect_err(text).code, "clipboard-foreign");
            assert!(!is_clip(text));
        }
        let empty = copied(&Document::new(""), &Selection::default()).expect("text");
        assert!(is_clip(&empty));
        assert_eq!(read(&empty).expect("ours").edits(&Document::new(""), None).0, Vec::new());
    }
}
