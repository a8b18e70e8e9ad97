//! What a person does to the chosen things: each becomes one edit of the document.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::{Vec2, vec2};
use pg_base::{ParamValues, Trouble, say};
use pg_contract::PortType;
use pg_pipeline::{Edit, Endpoint, Frame, Link, Node, NodeId, Note};

use super::{clipboard, frames, pointer, tidy as layout};
use crate::cx::{Cx, Selection};
use crate::names;
use crate::theme::size::GRID;

/// Copies what is chosen and takes it away.
pub fn cut(cx: &mut Cx<'_>) {
    copy(cx);
    delete_as(cx, say!("Cut", "剪切"));
}

/// Copies what is chosen as text.
pub fn copy(cx: &mut Cx<'_>) {
    let text = clipboard::copied(cx.session.document(), &cx.view.selection);
    match text {
        Ok(text) => cx.egui.copy_text(text),
        Err(trouble) => cx.trouble(&trouble),
    }
}

/// Puts copied things where the view is.
pub fn paste(cx: &mut Cx<'_>, text: &str) {
    let middle = cx.view.canvas.middle();
    match clipboard::read(text) {
        Ok(clip) => put(cx, clip, Some(middle), say!("Paste", "粘贴")),
        Err(trouble) => cx.trouble(&trouble),
    }
}

/// Puts a copy of what is chosen beside it.
pub fn duplicate(cx: &mut Cx<'_>) {
    let clip = clipboard::Clip::of(cx.session.document(), &cx.view.selection);
    put(cx, clip, None, say!("Duplicate", "创建副本"));
}

fn put(cx: &mut Cx<'_>, clip: clipboard::Clip, at: Option<[f32; 2]>, name: pg_base::Words) {
    let (edits, selection) = clip.edits(cx.session.document(), at);
    if edits.is_empty() {
        return;
    }
    cx.edit(Edit::Batch { edits }, name);
    cx.view.selection = selection;
}

/// Takes what is chosen away.
pub fn delete(cx: &mut Cx<'_>) {
    let n = cx.view.selection.nodes.len();
    let name = if n > 1 {
        say!("Delete {n} nodes", "删除 {n} 个节点")
    } else {
        say!("Delete", "删除")
    };
    delete_as(cx, name);
}

fn delete_as(cx: &mut Cx<'_>, name: pg_base::Words) {
    let selection = std::mem::take(&mut cx.view.selection);
    let edits = removals(&selection);
    if !edits.is_empty() {
        cx.edit(Edit::Batch { edits }, name);
    }
}

fn removals(selection: &Selection) -> Vec<Edit> {
    let links = selection.link.iter().map(|link| Edit::RemoveLink { link: link.clone() });
    let nodes = selection.nodes.iter().map(|id| Edit::RemoveNode { id: id.clone() });
    let frames = selection.frames.iter().map(|id| Edit::RemoveFrame { id: id.clone() });
    let notes = selection.notes.iter().map(|id| Edit::RemoveNote { id: id.clone() });
    links.chain(nodes).chain(frames).chain(notes).collect()
}

/// Takes nodes away and joins what they stood between.
pub fn delete_and_heal(cx: &mut Cx<'_>) {
    let selection = std::mem::take(&mut cx.view.selection);
    let healed = healed_links(cx, &selection.nodes);
    let mut edits = removals(&selection);
    edits.extend(healed.into_iter().map(|link| Edit::AddLink { link }));
    cx.edit(Edit::Batch { edits }, say!("Delete and reconnect", "删除并重新连接"));
}

/// Wires over a gap: for each wire that leaves the removed nodes, the output of the same type that led into them.
fn healed_links(cx: &Cx<'_>, removed: &BTreeSet<NodeId>) -> Vec<Link> {
    let document = cx.session.document();
    let leaving = document
        .links()
        .iter()
        .filter(|link| removed.contains(&link.from.node) && !removed.contains(&link.to.node));
    leaving
        .filter_map(|link| {
            let wanted = port_type(cx, &link.from, true)?;
            let mut node = link.from.node.clone();
            // Back through the gap until a node stays.
            for _ in 0..=removed.len() {
                let into = document.links().iter().find(|other| {
                    other.to.node == node && port_type(cx, &other.from, true) == Some(wanted)
                })?;
                if !removed.contains(&into.from.node) {
                    return Some(Link { from: into.from.clone(), to: link.to.clone() });
                }
                node.clone_from(&into.from.node);
            }
            None
        })
        .collect()
}

fn port_type(cx: &Cx<'_>, end: &Endpoint, is_output: bool) -> Option<PortType> {
    let spec = cx.spec_of(&end.node)?;
    let port = if is_output { spec.output(&end.port) } else { spec.input(&end.port) };
    port.map(|port| port.port_type)
}

/// Chooses everything.
pub fn select_all(cx: &mut Cx<'_>) {
    let document = cx.session.document();
    cx.view.selection = Selection {
        nodes: document.nodes().map(|node| node.id.clone()).collect(),
        frames: document.frames().map(|frame| frame.id.clone()).collect(),
        notes: document.notes().map(|note| note.id.clone()).collect(),
        link: None,
    };
}

/// Writes the name of the chosen node on the canvas.
pub fn rename(cx: &mut Cx<'_>) {
    if let Some(node) = cx.chosen_node() {
        let (id, title) = (node.id.clone(), names::title(cx.session, node));
        cx.view.canvas.write_label(&id, title);
    }
}

/// Gives the keyboard to the first setting of the chosen node.
pub fn edit_settings(cx: &mut Cx<'_>) {
    let first = cx.chosen_node().and_then(|node| {
        let spec = cx.spec_of(&node.id)?;
        cx.session.analysis().shown_params(node, spec).next()
    });
    if let Some(param) = first {
        cx.view.inspector.is_open = true;
        cx.view.inspector.focus_param(param.id);
    }
}

/// Mutes nodes, or unmutes them where all are muted.
pub fn mute(cx: &mut Cx<'_>) {
    switch(
        cx,
        |node| node.is_muted,
        |id, is_muted| Edit::SetMuted { id, is_muted },
        say!("Mute", "静音"),
    );
}

/// Folds nodes, or unfolds them where all are folded.
pub fn collapse(cx: &mut Cx<'_>) {
    switch(
        cx,
        |node| node.is_collapsed,
        |id, is_collapsed| Edit::SetCollapsed { id, is_collapsed },
        say!("Collapse", "折叠"),
    );
}

fn switch(
    cx: &mut Cx<'_>,
    is_on: fn(&Node) -> bool,
    edit: fn(NodeId, bool) -> Edit,
    name: pg_base::Words,
) {
    let document = cx.session.document();
    let nodes: Vec<&Node> =
        cx.view.selection.nodes.iter().filter_map(|id| document.node(id)).collect();
    let on = !nodes.iter().all(|node| is_on(node));
    let edits = nodes.iter().map(|node| edit(node.id.clone(), on)).collect();
    cx.edit(Edit::Batch { edits }, name);
}

/// Draws a frame around the chosen nodes.
pub fn frame(cx: &mut Cx<'_>) {
    let places = cx
        .view
        .selection
        .nodes
        .iter()
        .filter_map(|id| cx.session.document().node(id))
        .map(|node| node.position);
    let Some(rect) = frames::around(places) else { return };
    let id = cx.session.document().fresh_frame_id();
    let frame = Frame {
        id: id.clone(),
        title: crate::lang::tr("Group", "分组").to_owned(),
        position: rect.min.into(),
        size: rect.size().into(),
        color: None,
        extra: serde_json::Map::default(),
    };
    cx.edit(Edit::PutFrame { frame }, say!("Frame", "分组框"));
    cx.view.selection = Selection { frames: BTreeSet::from([id]), ..Selection::default() };
}

/// Adds a note in the middle of the view.
pub fn note(cx: &mut Cx<'_>) {
    let id = cx.session.document().fresh_note_id();
    let note = Note {
        id: id.clone(),
        text: String::new(),
        position: cx.view.canvas.middle(),
        size: [9.0 * GRID, 4.0 * GRID],
        color: None,
        extra: serde_json::Map::default(),
    };
    cx.edit(Edit::PutNote { note }, say!("Add a note", "添加便签"));
    cx.view.selection = Selection { notes: BTreeSet::from([id.clone()]), ..Selection::default() };
    cx.view.canvas.writing =
        Some(super::Writing::Note { note: id, text: String::new(), is_new: true });
}

/// Arranges the chosen nodes, or all.
pub fn tidy(cx: &mut Cx<'_>) {
    let positions = layout::positions(cx.session, &cx.view.selection.nodes);
    if positions.is_empty() {
        return;
    }
    let bent = cx.session.document().links().iter().filter(|link| {
        let is_moved = |end: &Endpoint| positions.contains_key(&end.node);
        is_moved(&link.from) && is_moved(&link.to) && !cx.session.document().bends(link).is_empty()
    });
    let mut edits: Vec<Edit> =
        bent.map(|link| Edit::BendLink { link: link.clone(), points: Vec::new() }).collect();
    edits.push(Edit::MoveNodes { positions });
    cx.edit(Edit::Batch { edits }, say!("Tidy", "整理画布"));
    cx.view.canvas.fit();
}

/// Moves nodes, notes and frames; a single node may land on a wire.
pub(crate) fn move_things(
    cx: &mut Cx<'_>,
    nodes: &BTreeSet<NodeId>,
    notes: &BTreeSet<String>,
    frames: &BTreeSet<String>,
    delta: Vec2,
    onto: Option<&Link>,
) {
    let document = cx.session.document();
    let moved = |[x, y]: [f32; 2]| [x + delta.x, y + delta.y];
    let mut edits = Vec::new();
    let positions = pointer::moved_positions(cx, nodes, delta);
    // Bends between moved nodes go along.
    let inner = document
        .links()
        .iter()
        .filter(|link| nodes.contains(&link.from.node) && nodes.contains(&link.to.node));
    for link in inner.filter(|link| !document.bends(link).is_empty()) {
        let points = document.bends(link).iter().map(|point| moved(*point)).collect();
        edits.push(Edit::BendLink { link: link.clone(), points });
    }
    if !positions.is_empty() {
        edits.push(Edit::MoveNodes { positions });
    }
    for note in document.notes().filter(|note| notes.contains(&note.id)) {
        edits.push(Edit::PutNote { note: Note { position: moved(note.position), ..note.clone() } });
    }
    for frame in document.frames().filter(|frame| frames.contains(&frame.id)) {
        edits.push(Edit::PutFrame {
            frame: Frame { position: moved(frame.position), ..frame.clone() },
        });
    }
    let inserted = onto.and_then(|link| {
        let node = document.node(nodes.first()?)?;
        insert_edits(cx, &node.id, &node.kind, link)
    });
    let name = match (&inserted, nodes.len()) {
        (Some(_), _) => say!("Insert into a wire", "插入连线"),
        (None, 0 | 1) => say!("Move", "移动"),
        (None, n) => say!("Move {n} nodes", "移动 {n} 个节点"),
    };
    edits.extend(inserted.into_iter().flatten());
    cx.edit(Edit::Batch { edits }, name);
}

/// Adds a new node in the middle of a wire; false where it does not fit.
pub(crate) fn insert_new(cx: &mut Cx<'_>, kind: &str, position: [f32; 2], link: &Link) -> bool {
    let Some(spec) = cx.session.core().registry().get(kind) else { return false };
    let id = cx.session.document().fresh_id(spec.id, &[]);
    let Some(wires) = insert_edits(cx, &id, kind, link) else { return false };
    let node = Node::new(&id, spec, ParamValues::new(), position);
    let mut edits = vec![Edit::AddNode { node: Box::new(node) }];
    edits.extend(wires);
    cx.edit(Edit::Batch { edits }, say!("Insert into a wire", "插入连线"));
    cx.view.settings.remember_kind(spec.id);
    cx.view.selection = Selection::of(id);
    true
}

fn insert_edits(cx: &Cx<'_>, node: &str, kind: &str, link: &Link) -> Option<Vec<Edit>> {
    let (input, output) = ports_for_insert(cx, kind, link)?;
    let into = Link { from: link.from.clone(), to: Endpoint::new(node, input) };
    let out = Link { from: Endpoint::new(node, output), to: link.to.clone() };
    Some(vec![
        Edit::RemoveLink { link: link.clone() },
        Edit::AddLink { link: into },
        Edit::AddLink { link: out },
    ])
}

/// The input and output of a kind that could stand in a wire.
pub(crate) fn ports_for_insert(
    cx: &Cx<'_>,
    kind: &str,
    link: &Link,
) -> Option<(&'static str, &'static str)> {
    let spec = cx.session.core().registry().get(kind)?;
    let carried = port_type(cx, &link.from, true)?;
    let wanted = port_type(cx, &link.to, false)?;
    let input = spec.inputs.iter().find(|port| port.port_type == carried)?;
    let output = spec.outputs.iter().find(|port| port.port_type == wanted)?;
    Some((input.id, output.id))
}

/// Draws a wire, or says why not.
pub(crate) fn connect(cx: &mut Cx<'_>, link: Link) {
    let document = cx.session.document();
    let known: BTreeMap<&str, &Node> =
        document.nodes().map(|node| (node.id.as_str(), node)).collect();
    if known.contains_key(link.from.node.as_str()) && known.contains_key(link.to.node.as_str()) {
        cx.edit(Edit::AddLink { link }, say!("Connect", "连接"));
    } else {
        cx.trouble(&Trouble::internal("a wire without ends"));
    }
}

/// Half a step down and right: where copies go.
pub(crate) const COPY_OFFSET: Vec2 = vec2(GRID, GRID);
