//! The nodes of the project as a list in the order in which they compute, those of a frame together.

use std::collections::BTreeMap;

use eframe::egui::{
    self, Align2, Frame, Id, Key, Margin, Rect, Response, RichText, Role, ScrollArea, Sense, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons as material;
use pg_contract::Stage;
use pg_pipeline::{Document, Frame as Group, Node, NodeId};

use super::Library;
use super::rows::{filter_ui, moved};
use super::search::Finder;
use super::status::{mark, mark_ui};
use crate::cx::Cx;
use crate::icons;
use crate::lang::tr;
use crate::names;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Middle of a card, seen from its corner.
const MIDDLE: [f32; 2] = [84.0, 40.0];

/// A line of the list.
enum Line<'a> {
    Frame(&'a Group, usize),
    Node(&'a Node, bool),
}

/// Draws it.
pub(super) fn outline_ui(ui: &mut Ui, cx: &mut Cx<'_>, library: &mut Library) {
    let keys = filter_ui(ui, &mut library.outline_filter);
    let document = cx.session.document();
    if document.n_nodes() == 0 {
        let text = tr("Nodes of the project are listed here.", "项目中的节点会列在这里。");
        widgets::empty_state(
            ui,
            material::ICON_ACCOUNT_TREE,
            tr("No nodes yet", "还没有节点"),
            text,
            None,
        );
        return;
    }
    let lines = lines(cx, library);
    let nodes: Vec<&str> = lines
        .iter()
        .filter_map(
            |line| if let Line::Node(node, _) = line { Some(node.id.as_str()) } else { None },
        )
        .collect();
    if nodes.is_empty() && lines.is_empty() {
        let text = tr("No node is called like this.", "没有这样的节点。");
        widgets::empty_state(ui, material::ICON_SEARCH, tr("Nothing found", "未找到"), text, None);
        return;
    }
    let at =
        library.outline_cursor.as_deref().and_then(|id| nodes.iter().position(|node| *node == id));
    let cursor = moved(at, keys, nodes.len());
    if keys.moves != 0 || keys.is_changed {
        library.outline_cursor =
            cursor.and_then(|index| nodes.get(index)).map(|id| (*id).to_owned());
    }
    if keys.enters
        && let Some(id) = nodes.get(cursor.unwrap_or(0))
    {
        cx.go_to(id);
    }
    ScrollArea::vertical().id_salt("outline").auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(Margin { left: 8, right: 8, top: 2, bottom: 16 }).show(
            ui,
            |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for line in &lines {
                    match line {
                        Line::Frame(group, n_nodes) => frame_ui(ui, library, group, *n_nodes),
                        Line::Node(node, is_inside) => {
                            let is_at_cursor = keys.moves != 0
                                && library.outline_cursor.as_ref() == Some(&node.id);
                            let response =
                                node_ui(ui, cx, node, *is_inside, library.outline_cursor.as_ref());
                            if is_at_cursor {
                                response.scroll_to_me(None);
                            }
                            if response.clicked() {
                                library.outline_cursor = Some(node.id.clone());
                            }
                        }
                    }
                }
            },
        );
    });
}

/// Lines in topological order; a frame stands where its first node does.
fn lines<'a>(cx: &Cx<'a>, library: &Library) -> Vec<Line<'a>> {
    let document = cx.session.document();
    let mut finder =
        (!library.outline_filter.trim().is_empty()).then(|| Finder::new(&library.outline_filter));
    let known = cx.session.analysis().order.iter().filter_map(|id| document.node(id));
    let new = document.nodes().filter(|node| !cx.session.analysis().facts.contains_key(&node.id));
    let mut nodes: Vec<&Node> = known.chain(new).collect();
    if let Some(finder) = &mut finder {
        nodes.retain(|node| {
            finder
                .score(&names::title(cx.session, node))
                .or_else(|| finder.score(&node.id))
                .is_some()
        });
    }
    let homes: BTreeMap<&NodeId, &Group> =
        nodes.iter().filter_map(|node| Some((&node.id, home_of(document, node)?))).collect();
    let mut lines = Vec::new();
    let mut done: Vec<&str> = Vec::new();
    for node in &nodes {
        let Some(group) = homes.get(&node.id) else {
            lines.push(Line::Node(node, false));
            continue;
        };
        if done.contains(&group.id.as_str()) {
            continue;
        }
        done.push(&group.id);
        let inside: Vec<&Node> = nodes
            .iter()
            .copied()
            .filter(|other| homes.get(&other.id).is_some_and(|home| home.id == group.id))
            .collect();
        lines.push(Line::Frame(group, inside.len()));
        // A search looks into what is folded too.
        if finder.is_some() || !library.folded_frames.contains(&group.id) {
            lines.extend(inside.into_iter().map(|node| Line::Node(node, true)));
        }
    }
    lines
}

/// The smallest frame that a node stands on.
fn home_of<'a>(document: &'a Document, node: &Node) -> Option<&'a Group> {
    let middle = pos2(node.position[0] + MIDDLE[0], node.position[1] + MIDDLE[1]);
    let rect = |group: &Group| {
        Rect::from_min_size(
            pos2(group.position[0], group.position[1]),
            vec2(group.size[0], group.size[1]),
        )
    };
    document
        .frames()
        .filter(|group| rect(group).contains(middle))
        .min_by(|a, b| rect(a).area().total_cmp(&rect(b).area()))
}

fn frame_ui(ui: &mut Ui, library: &mut Library, group: &Group, n_nodes: usize) {
    let tokens = tokens(ui);
    let is_folded = library.folded_frames.contains(&group.id);
    let title = if group.title.is_empty() { tr("Frame", "分组框") } else { &group.title };
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, !is_folded, title));
    if response.hovered() {
        ui.painter().rect_filled(rect, size::RADIUS, tokens.hover);
    }
    widgets::focus_ring(ui, &response);
    let icon = if is_folded {
        material::ICON_KEYBOARD_ARROW_RIGHT
    } else {
        material::ICON_KEYBOARD_ARROW_DOWN
    };
    let at = Rect::from_center_size(rect.left_center() + vec2(15.0, 0.0), Vec2::splat(16.0));
    widgets::icon_at(ui, icon, at, 17.0, tokens.weak);
    let font = theme::bold(size::BODY);
    ui.painter().text(
        rect.left_center() + vec2(32.0, 0.0),
        Align2::LEFT_CENTER,
        title,
        font,
        tokens.text,
    );
    let font = theme::regular(size::SMALL);
    ui.painter().text(
        rect.right_center() - vec2(8.0, 0.0),
        Align2::RIGHT_CENTER,
        n_nodes,
        font,
        tokens.weak,
    );
    if response.clicked() && !library.folded_frames.remove(&group.id) {
        library.folded_frames.insert(group.id.clone());
    }
}

fn node_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    node: &Node,
    is_inside: bool,
    cursor: Option<&NodeId>,
) -> Response {
    let tokens = tokens(ui);
    let title = names::title(cx.session, node);
    let mark = mark(tokens, cx.session, node, cx.view.statuses.get(&node.id));
    let is_chosen = cx.view.selection.nodes.contains(&node.id);
    let stage = cx.spec_of(&node.id).map_or(Stage::Data, |spec| spec.stage);
    let response = ui
        .push_id(Id::unique(("outline", &node.id)), |ui| {
            widgets::row_ui(ui, &title, is_chosen, |ui| {
                if is_inside {
                    ui.add_space(16.0);
                }
                let (rect, _) = ui.allocate_exact_size(Vec2::splat(17.0), Sense::hover());
                let color = if node.is_muted { tokens.weak } else { tokens.stage(stage) };
                icons::kind_icon_ui(ui, &node.kind, stage, rect, color);
                ui.add_space(1.0);
                let color = if is_chosen { tokens.strong } else { tokens.text };
                ui.scope(|ui| {
                    ui.set_max_width(ui.available_width() - 24.0);
                    ui.add(
                        egui::Label::new(RichText::new(&title).color(if node.is_muted {
                            tokens.weak
                        } else {
                            color
                        }))
                        .truncate(),
                    );
                });
                let row = ui.max_rect();
                mark_ui(
                    ui,
                    &mark,
                    Rect::from_center_size(
                        pos2(row.right() - 7.0, row.center().y),
                        Vec2::splat(16.0),
                    ),
                );
            })
        })
        .inner;
    if cursor == Some(&node.id) && !is_chosen {
        let edge = egui::Stroke::new(1.0, tokens.border);
        ui.painter().rect_stroke(response.rect, size::RADIUS, edge, egui::StrokeKind::Inside);
    }
    let is_entered = response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if response.clicked() || is_entered {
        if ui.input(|input| input.modifiers.command) {
            if !cx.view.selection.nodes.remove(&node.id) {
                cx.view.selection.nodes.insert(node.id.clone());
            }
        } else {
            cx.go_to(&node.id);
        }
    }
    response.on_hover_text(mark.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_at_home_in_the_smallest_frame_under_it() {
        let mut document = Document::new("");
        let registry = pg_contract::Registry::default();
        for (id, size) in [("large", 900.0), ("small", 300.0)] {
            let json =
                format!(r#"{{"id": "{id}", "position": [0.0, 0.0], "size": [{size}, {size}]}}"#);
            let frame: Group = serde_json::from_str(&json).expect("frame");
            pg_pipeline::Edit::PutFrame { frame }.apply(&mut document, &registry).expect("put");
        }
        let check = |x: f32, expected: Option<&str>| {
            let json = format!(
                r#"{{"id": "a", "kind": "a", "version": 1, "params": {{}}, "position": [{x}, 10.0]}}"#
            );
            let node: Node = serde_json::from_str(&json).expect("node");
            assert_eq!(home_of(&document, &node).map(|frame| frame.id.as_str()), expected, "{x}");
        };
        check(20.0, Some("small"));
        check(400.0, Some("large"));
        check(2000.0, None);
    }
}
