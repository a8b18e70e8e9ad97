//! The head of the form: what the node is, its name, and what it does in one line.

use eframe::egui::{
    self, Align, Frame, Id, Key, Label, Layout, RichText, Sense, TextEdit, Ui, Vec2, vec2,
};
use egui_material_icons::icons as material;
use pg_base::say;
use pg_contract::{NodeSpec, Stage, Status};
use pg_pipeline::{Edit, Node};

use super::controls::select_all;
use crate::actions;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::library::status::{mark, mark_ui};
use crate::theme::{self, size, tokens};
use crate::{icons, names, widgets};

/// A name that is being written.
#[derive(Debug)]
pub(super) struct Rename {
    node: String,
    text: String,
    is_new: bool,
}

impl Rename {
    /// Begins with the name that a node has.
    pub(super) fn of(cx: &Cx<'_>, node: &Node) -> Self {
        Self { node: node.id.clone(), text: names::title(cx.session, node), is_new: true }
    }
}

/// Draws it.
pub(super) fn title_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    rename: &mut Option<Rename>,
    node: &Node,
    spec: Option<&'static NodeSpec>,
) {
    let tokens = tokens(ui);
    let stage = spec.map_or(Stage::Data, |spec| spec.stage);
    let color = if node.is_muted || spec.is_none() { tokens.weak } else { tokens.stage(stage) };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(22.0), Sense::hover());
        icons::kind_icon_ui(ui, &node.kind, stage, rect, color);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let can_run = (actions::RUN_SELECTED.is_enabled)(cx);
            let run = ui
                .add_enabled_ui(can_run, |ui| {
                    widgets::icon_button(
                        ui,
                        material::ICON_PLAY_ARROW,
                        tr("Run to this node", "运行到此节点"),
                    )
                })
                .inner;
            if run.clicked() {
                cx.act(&actions::RUN_SELECTED);
            }
            let mark = mark(tokens, cx.session, node, cx.view.statuses.get(&node.id));
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(22.0), Sense::hover());
            mark_ui(ui, &mark, rect);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &mark.text));
            response.on_hover_text(&mark.text);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                name_ui(ui, cx, rename, node);
            });
        });
    });
    let Some(spec) = spec else { return };
    let summary = spec.text.summary.tr();
    let kind = spec.text.title.tr();
    // Under a name of the person's own the kind is not seen elsewhere.
    let text = match &node.label {
        Some(label) if label != kind => format!("{kind} · {summary}"),
        _ => summary.to_owned(),
    };
    ui.add(Label::new(RichText::new(text).size(12.0).color(tokens.weak)).wrap());
    match spec.status {
        Status::Preview => {
            let text = tr("Preview: this kind may still change.", "预览：该节点类型仍可能变动。");
            ui.add(Label::new(RichText::new(text).size(size::SMALL).color(tokens.weak)).wrap());
        }
        Status::Deprecated { use_instead } => {
            let instead = cx.session.core().registry().get(use_instead);
            let name = instead.map_or(use_instead, |spec| spec.text.title.tr());
            let text = format!("{} {name}", tr("Replaced by", "已由以下节点取代："));
            ui.add(Label::new(RichText::new(text).size(size::SMALL).color(tokens.warning)).wrap());
        }
        Status::Stable => {}
    }
}

/// The name; written anew after a double click.
fn name_ui(ui: &mut Ui, cx: &mut Cx<'_>, rename: &mut Option<Rename>, node: &Node) {
    let tokens = tokens(ui);
    let Some(writing) = rename.as_mut().filter(|writing| writing.node == node.id) else {
        let title = names::title(cx.session, node);
        let text = RichText::new(title).font(theme::bold(size::HEADING)).color(tokens.strong);
        let response = ui.add(Label::new(text).truncate().selectable(false).sense(Sense::click()));
        let response = response.on_hover_text(tr("Double-click to rename", "双击可重命名"));
        if response.double_clicked() {
            *rename = Some(Rename::of(cx, node));
        }
        return;
    };
    let id = Id::unique(("rename", &node.id));
    let edit = TextEdit::singleline(&mut writing.text)
        .id(id)
        .font(theme::bold(size::HEADING))
        .frame(Frame::NONE)
        .text_color(tokens.strong)
        .desired_width(f32::INFINITY)
        .min_size(vec2(0.0, 24.0));
    let response = ui.add(edit).accessible_name(tr("Name of the node", "节点名称"));
    let line = response.rect;
    ui.painter().hline(line.x_range(), line.bottom() + 1.0, egui::Stroke::new(1.5, tokens.accent));
    if std::mem::take(&mut writing.is_new) {
        response.request_focus();
        select_all(ui, id, &writing.text);
        return;
    }
    if !response.lost_focus() && response.has_focus() {
        return;
    }
    let is_given_up = ui.input(|input| input.key_pressed(Key::Escape));
    let typed = writing.text.trim().to_owned();
    *rename = None;
    let own = cx.session.core().registry().get(&node.kind).map(|spec| spec.text.title.tr());
    let label = (!typed.is_empty() && Some(typed.as_str()) != own).then_some(typed);
    if !is_given_up && label != node.label {
        cx.edit(Edit::SetLabel { id: node.id.clone(), label }, say!("Rename", "重命名"));
    }
}
