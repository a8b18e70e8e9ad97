//! What can be done with several things, and the forms of frames, notes and wires.

use eframe::egui::{
    self, Color32, CornerRadius, Id, Label, RichText, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, vec2,
};
use egui_material_icons::icons as material;
use pg_base::{Lang, say};
use pg_contract::Stage;
use pg_pipeline::{Edit, Frame, Link, Node, Note};
use pg_session::Command;

use super::project::Written;
use super::sections::{Rows, section_ui};
use crate::actions::{self, Action};
use crate::canvas::{COLORS, color_of, summary_text};
use crate::cx::Cx;
use crate::dialogs::sheet::keys_of;
use crate::lang::{Tr, lang, tr};
use crate::theme::{size, tokens};
use crate::{icons, names, widgets};

/// Names of nodes that are listed at most.
const MAX_LISTED: usize = 12;

/// Draws the form of what is chosen, where it is no single node.
pub(super) fn selection_ui(ui: &mut Ui, cx: &mut Cx<'_>, writing: &mut Option<(Id, String)>) {
    let selection = cx.view.selection.clone();
    let document = cx.session.document();
    let n_things = selection.nodes.len() + selection.frames.len() + selection.notes.len();
    let frame = document.frames().find(|frame| selection.frames.contains(&frame.id)).cloned();
    let note = document.notes().find(|note| selection.notes.contains(&note.id)).cloned();
    match (n_things, frame, note, selection.link) {
        (1, Some(frame), _, _) => frame_ui(ui, cx, writing, frame),
        (1, _, Some(note), _) => note_ui(ui, cx, writing, note),
        (0, _, _, Some(link)) => link_ui(ui, cx, &link),
        _ => many_ui(ui, cx, n_things),
    }
}

fn many_ui(ui: &mut Ui, cx: &mut Cx<'_>, n_things: usize) {
    let document = cx.session.document();
    let nodes: Vec<&Node> =
        cx.view.selection.nodes.iter().filter_map(|id| document.node(id)).collect();
    let n_nodes = nodes.len();
    let title = match lang() {
        Lang::En if n_nodes == n_things => format!("{n_nodes} nodes"),
        Lang::En => format!("{n_things} things"),
        Lang::Zh if n_nodes == n_things => format!("{n_nodes} 个节点"),
        Lang::Zh => format!("{n_things} 个对象"),
    };
    widgets::heading(ui, &title);
    ui.add_space(6.0);
    actions_ui(
        ui,
        cx,
        &[
            &actions::RUN_SELECTED,
            &actions::DUPLICATE,
            &actions::FRAME,
            &actions::MUTE,
            &actions::COLLAPSE,
            &actions::TIDY,
            &actions::DELETE,
        ],
    );
    if nodes.is_empty() {
        return;
    }
    section_ui(ui, tr("Chosen", "已选中"), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for node in nodes.iter().take(MAX_LISTED) {
            let title = names::title(cx.session, node);
            let stage = cx.spec_of(&node.id).map_or(Stage::Data, |spec| spec.stage);
            let color = tokens(ui).stage(stage);
            let response = widgets::row_ui(ui, &title, false, |ui| {
                let (rect, _) = ui.allocate_exact_size(Vec2::splat(17.0), Sense::hover());
                icons::kind_icon_ui(ui, &node.kind, stage, rect, color);
                ui.add(Label::new(&title).truncate());
            });
            if response.clicked() {
                cx.go_to(&node.id);
            }
        }
        if let Some(n_more) = n_nodes.checked_sub(MAX_LISTED).filter(|n_more| *n_more > 0) {
            let more = match lang() {
                Lang::En => format!("and {n_more} more"),
                Lang::Zh => format!("另有 {n_more} 个"),
            };
            widgets::weak(ui, more);
        }
    });
}

/// Actions of the table, one a row.
fn actions_ui(ui: &mut Ui, cx: &mut Cx<'_>, actions: &[&'static Action]) {
    ui.spacing_mut().item_spacing.y = 0.0;
    for action in actions {
        let is_enabled = (action.is_enabled)(cx);
        let label = action.label.tr();
        let tokens = tokens(ui);
        ui.add_enabled_ui(is_enabled, |ui| {
            let keys = action.keys.first().map(|keys| keys_of(ui.ctx(), *keys)).unwrap_or_default();
            let response = widgets::row_ui(ui, label, false, |ui| {
                let (rect, _) = ui.allocate_exact_size(Vec2::splat(17.0), Sense::hover());
                widgets::icon_at(ui, action.icon, rect, size::ICON, tokens.weak);
                ui.add(Label::new(RichText::new(label).color(tokens.text)).truncate());
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(keys).size(size::SMALL).color(tokens.weak)));
                });
            });
            if response.clicked() {
                cx.act(action);
            }
        });
    }
}

fn frame_ui(ui: &mut Ui, cx: &mut Cx<'_>, writing: &mut Option<(Id, String)>, frame: Frame) {
    widgets::heading(ui, tr("Frame", "分组框"));
    let text = tr("Nodes on it move with it.", "移动分组框时，其上的节点随之移动。");
    ui.add(Label::new(RichText::new(text).size(12.0).color(tokens(ui).weak)).wrap());
    ui.add_space(10.0);
    ui.spacing_mut().item_spacing.y = 6.0;
    let title = Written {
        id: Id::unique(("frame", &frame.id)),
        label: tr("Title", "标题"),
        help: "",
        hint: "",
    };
    if let Some(title) = title.row_ui(ui, cx, writing, &frame.title, |_| true) {
        let frame = Frame { title, ..frame.clone() };
        cx.edit_merged(Edit::PutFrame { frame }, say!("Name the frame", "命名分组框"));
    }
    if let Some(color) = colors_ui(ui, frame.color.as_deref()) {
        let frame = Frame { color: Some(color.to_owned()), ..frame };
        cx.edit(Edit::PutFrame { frame }, say!("Colour the frame", "更改分组框颜色"));
    }
    ui.add_space(8.0);
    actions_ui(ui, cx, &[&actions::ZOOM_SELECTION, &actions::DELETE]);
}

fn note_ui(ui: &mut Ui, cx: &mut Cx<'_>, writing: &mut Option<(Id, String)>, note: Note) {
    widgets::heading(ui, tr("Note", "便签"));
    ui.add_space(10.0);
    ui.spacing_mut().item_spacing.y = 6.0;
    let id = Id::unique(("note", &note.id));
    let own = writing.as_ref().filter(|(writing, _)| *writing == id).map(|(_, text)| text.clone());
    let mut text = own.unwrap_or_else(|| note.text.clone());
    let edit = egui::TextEdit::multiline(&mut text)
        .id(id)
        .hint_text(tr("What is to be remembered", "写下需要记住的内容"))
        .desired_rows(6)
        .desired_width(f32::INFINITY);
    let response = ui.add(edit).accessible_name(tr("Text of the note", "便签内容"));
    if response.changed() {
        *writing = Some((id, text.clone()));
        let note = Note { text, ..note.clone() };
        cx.edit_merged(Edit::PutNote { note }, say!("Write a note", "编辑便签"));
    } else if response.lost_focus() {
        *writing = None;
        cx.dispatch(Command::EndMerging);
    }
    if let Some(color) = colors_ui(ui, Some(note.color.as_deref().unwrap_or("yellow"))) {
        let note = Note { color: Some(color.to_owned()), ..note };
        cx.edit(Edit::PutNote { note }, say!("Colour the note", "更改便签颜色"));
    }
    ui.add_space(8.0);
    actions_ui(ui, cx, &[&actions::DELETE]);
}

/// A row of colours; gives the id of the one that was clicked.
fn colors_ui(ui: &mut Ui, chosen: Option<&str>) -> Option<&'static str> {
    let tokens = tokens(ui);
    let mut clicked = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let labels = (ui.available_width() * 0.46).floor();
        let (rect, _) = ui.allocate_exact_size(vec2(labels, size::CONTROL), Sense::hover());
        super::controls::text_at(
            ui,
            rect.left_center(),
            tr("Colour", "颜色"),
            labels - 8.0,
            tokens.text,
        );
        for (id, _) in COLORS {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(24.0), Sense::click());
            let is_chosen = chosen == Some(id);
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, id));
            let dot = egui::Rect::from_center_size(
                rect.center(),
                Vec2::splat(if response.hovered() { 16.0 } else { 14.0 }),
            );
            ui.painter().rect_filled(dot, CornerRadius::same(5), color_of(tokens, Some(id)));
            let ring = if is_chosen { tokens.strong } else { Color32::TRANSPARENT };
            ui.painter().rect_stroke(
                dot.expand(2.5),
                CornerRadius::same(7),
                Stroke::new(1.5, ring),
                StrokeKind::Inside,
            );
            widgets::focus_ring(ui, &response);
            if response.clicked() {
                clicked = Some(id);
            }
        }
    });
    clicked
}

fn link_ui(ui: &mut Ui, cx: &mut Cx<'_>, link: &Link) {
    let output = cx.spec_of(&link.from.node).and_then(|spec| spec.output(&link.from.port));
    let input = cx.spec_of(&link.to.node).and_then(|spec| spec.input(&link.to.port));
    widgets::heading(ui, tr("Wire", "连线"));
    if let Some(output) = output {
        let carries = match lang() {
            Lang::En => format!("Carries a {}", output.port_type.label().en),
            Lang::Zh => format!("传送{}", output.port_type.label().zh),
        };
        ui.add(Label::new(RichText::new(carries).size(12.0).color(tokens(ui).weak)));
    }
    ui.add_space(10.0);
    let end = |node: &str, port: Option<&pg_contract::PortSpec>| {
        let title = names::title_of(cx.session, node);
        port.map_or_else(|| title.clone(), |port| format!("{title} · {}", port.label.tr()))
    };
    let (from, to) = (end(&link.from.node, output), end(&link.to.node, input));
    let summary = cx
        .session
        .entry(&link.from.node)
        .and_then(|entry| entry.outputs.get(&link.from.port))
        .map(summary_text);
    ui.spacing_mut().item_spacing.y = 6.0;
    let mut rows = Rows::new(ui);
    rows.row(tr("From", "来自"), &from);
    rows.row(tr("To", "通向"), &to);
    if let Some(summary) = summary.filter(|summary| !summary.is_empty()) {
        rows.row(tr("Last value", "上次的值"), &summary);
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if widgets::button(ui, Some(material::ICON_DELETE), actions::DELETE.label.tr()).clicked() {
            cx.act(&actions::DELETE);
        }
    });
}
