//! What is to be said about a node as a whole, in words, with the click that mends it.

use std::collections::BTreeSet;

use eframe::egui::{self, CornerRadius, Frame, Label, Margin, RichText, Stroke, Ui};
use pg_base::{Trouble, say};
use pg_contract::{NodeSpec, Severity};
use pg_pipeline::{Edit, Node, NodeDiagnostic};
use pg_session::NodeStatus;

use super::form;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Draws them; what belongs to a field of the form stands there.
pub(super) fn notices_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    node: &Node,
    spec: Option<&'static NodeSpec>,
) {
    if node.is_muted {
        muted_ui(ui, cx, node);
        return;
    }
    let analysis = cx.session.analysis();
    let shown = spec.into_iter().flat_map(|spec| analysis.shown_params(node, spec));
    let fields: BTreeSet<&str> = shown.map(|param| param.id).collect();
    let stands_at_a_field = |told: &NodeDiagnostic| {
        spec.and_then(|spec| form::param_of(told, spec)).is_some_and(|param| fields.contains(param))
    };
    let diagnostics: Vec<NodeDiagnostic> = cx.session.analysis().at(&node.id).cloned().collect();
    for told in diagnostics.iter().filter(|told| !stands_at_a_field(told)) {
        let fix = told.fix.as_ref().map(|(label, _)| label.tr());
        if notice_ui(ui, told.severity, &told.trouble, fix)
            && let Some((label, edit)) = &told.fix
        {
            cx.edit(edit.clone(), label.clone());
        }
    }
    match cx.view.statuses.get(&node.id) {
        Some(NodeStatus::Failed { trouble }) => {
            notice_ui(ui, Severity::Error, trouble, None);
        }
        Some(NodeStatus::Blocked { trouble })
            if !diagnostics.iter().any(|told| told.trouble.code == trouble.code) =>
        {
            notice_ui(ui, Severity::Warning, trouble, None);
        }
        Some(NodeStatus::CutOff { because }) => cut_off_ui(ui, cx, &because.clone()),
        _ => {}
    }
    let warnings =
        cx.session.entry(&node.id).map(|entry| entry.warnings.as_slice()).unwrap_or_default();
    for warning in warnings {
        notice_ui(ui, Severity::Warning, warning, None);
    }
}

/// One notice; true where its fix was clicked.
fn notice_ui(ui: &mut Ui, severity: Severity, trouble: &Trouble, fix: Option<&str>) -> bool {
    let tokens = tokens(ui);
    let details = &trouble.details;
    let mut text = String::new();
    if !details.expected.is_empty() {
        text.push_str(&format!("{}{}", tr("Expected: ", "应为："), details.expected.tr()));
    }
    if !details.advice.is_empty() {
        if !text.is_empty() {
            text.push_str(tr(". ", "。"));
        }
        text.push_str(details.advice.tr());
    }
    if let Some(path) = &details.place.path {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&path.display().to_string());
    }
    let (fill, edge) = match severity {
        Severity::Error => (tokens.bad_fill, tokens.bad),
        Severity::Warning => (tokens.warning_fill, tokens.warning),
        Severity::Info => (tokens.card, tokens.text),
    };
    let line = if severity == Severity::Info { tokens.border } else { edge.gamma_multiply(0.35) };
    box_ui(ui, fill, line, |ui| {
        title_and_text_ui(ui, &widgets::sentence(details.found.tr()), edge, &text);
        fix.is_some_and(|fix| widgets::link(ui, fix).clicked())
    })
}

fn muted_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &Node) {
    let tokens = tokens(ui);
    box_ui(ui, tokens.card, tokens.border, |ui| {
        let text = tr("The data passes it unchanged.", "数据会原样通过。");
        title_and_text_ui(ui, tr("This node is muted", "该节点已静音"), tokens.text, text);
        if widgets::link(ui, tr("Unmute", "取消静音")).clicked() {
            cx.edit(
                Edit::SetMuted { id: node.id.clone(), is_muted: false },
                say!("Unmute", "取消静音"),
            );
        }
    });
}

fn cut_off_ui(ui: &mut Ui, cx: &mut Cx<'_>, because: &str) {
    let tokens = tokens(ui);
    box_ui(ui, tokens.card, tokens.border, |ui| {
        let title = format!("{} “{}”", tr("Waits for", "等待"), cx.title_of(because));
        let text = tr("That node has to be mended first.", "请先解决该节点的问题。");
        title_and_text_ui(ui, &title, tokens.text, text);
        if widgets::link(ui, tr("Go there", "前往")).clicked() {
            cx.go_to(because);
        }
    });
}

fn title_and_text_ui(ui: &mut Ui, title: &str, color: egui::Color32, text: &str) {
    ui.add(Label::new(RichText::new(title).font(theme::bold(size::BODY)).color(color)).wrap());
    if !text.is_empty() {
        ui.add(Label::new(RichText::new(text).size(12.0).color(tokens(ui).text)).wrap());
    }
}

fn box_ui<R>(
    ui: &mut Ui,
    fill: egui::Color32,
    edge: egui::Color32,
    content: impl FnOnce(&mut Ui) -> R,
) -> R {
    let frame = Frame::new()
        .fill(fill)
        .stroke(Stroke::new(1.0, edge))
        .corner_radius(CornerRadius::same(size::CARD_RADIUS))
        .inner_margin(Margin::symmetric(12, 10));
    frame
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            content(ui)
        })
        .inner
}
