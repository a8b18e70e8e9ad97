//! What is wrong, worst first: found while editing or while running, each with its place and, where there is one, its fix.

mod collect;
mod row;

use eframe::egui::{ScrollArea, Ui};
use egui_material_icons::icons;

use crate::cx::{Cx, Selection};
use crate::lang::tr;
use crate::panels::problems::collect::{Problem, collect};
use crate::panels::problems::row::Deed;
use crate::theme::{self, size, tokens};
use crate::widgets;
use pg_contract::Severity;

/// State of the panel.
#[derive(Debug, Default)]
pub struct ProblemsPanel {}

/// How many problems there are, for the tab: those that keep something from running, and those that may.
pub fn count(cx: &Cx<'_>) -> usize {
    let failed = collect::troubled(&cx.view.statuses);
    collect(cx.session, &failed).iter().filter(|problem| problem.severity > Severity::Info).count()
}

/// Draws it.
pub fn problems_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let failed = collect::troubled(&cx.view.statuses);
    let session = cx.session;
    let problems = collect(session, &failed);
    if problems.is_empty() {
        let (title, text) = if session.is_analysing() {
            (tr("Looking at the graph", "正在检查画布"), tr("One moment…", "请稍候…"))
        } else if session.document().n_nodes() == 0 {
            (
                tr("No problems", "没有问题"),
                tr(
                    "There is nothing on the canvas yet. Drag a node from the library to begin.",
                    "画布上还没有节点。从节点库拖入一个节点即可开始。",
                ),
            )
        } else {
            (
                tr("No problems", "没有问题"),
                tr(
                    "Every node has what it needs. What goes wrong while running will be listed here.",
                    "每个节点都已就绪。运行中出现的问题会列在这里。",
                ),
            )
        };
        widgets::empty_state(ui, icons::ICON_CHECK_CIRCLE, title, text, None);
        return;
    }
    let mut deed = None;
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let mut group = None;
        for (number, problem) in problems.iter().enumerate() {
            if group != Some(problem.severity) {
                ui.add_space(if group.is_none() { 0.0 } else { 14.0 });
                let n_alike =
                    problems.iter().filter(|other| other.severity == problem.severity).count();
                group_ui(ui, problem.severity, n_alike);
                group = Some(problem.severity);
            }
            let place = Place::of(cx, problem);
            ui.push_id(number, |ui| {
                if let Some(done) = row::row_ui(ui, problem, &place) {
                    deed = Some((done, number));
                }
            });
        }
    });
    let Some((deed, problem)) = deed.and_then(|(deed, number)| Some((deed, problems.get(number)?)))
    else {
        return;
    };
    match (deed, problem.fix) {
        (Deed::Fix, Some((words, edit))) => cx.edit(edit.clone(), words.clone()),
        _ => go(cx, problem),
    }
}

/// Where a problem is, in words.
struct Place {
    title: String,
    /// Field, port, column and row.
    details: String,
    is_chosen: bool,
}

impl Place {
    fn of(cx: &Cx<'_>, problem: &Problem<'_>) -> Self {
        Self {
            title: cx.title_of(problem.node),
            details: row::details(cx.spec_of(problem.node), &problem.trouble.details.place),
            is_chosen: cx.view.selection == Selection::of(problem.node),
        }
    }
}

/// Shows the node, and the field in its form.
fn go(cx: &mut Cx<'_>, problem: &Problem<'_>) {
    cx.go_to(problem.node);
    if let Some(param) = &problem.trouble.details.place.param {
        cx.view.inspector.focus_param(param);
    }
}

fn group_ui(ui: &mut Ui, severity: Severity, n_problems: usize) {
    let tokens = tokens(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.add_space(10.0);
        let title = match severity {
            Severity::Error => tr("Must be fixed", "需要修复"),
            Severity::Warning => tr("Worth a look", "需要留意"),
            Severity::Info => tr("Good to know", "提示"),
        };
        widgets::section_label(ui, title);
        let number = widgets::count(n_problems as u64);
        ui.label(
            eframe::egui::RichText::new(number)
                .font(theme::regular(size::SMALL))
                .color(tokens.weak),
        );
    });
    ui.add_space(2.0);
}
