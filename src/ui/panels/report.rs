//! How good a model is: a sentence, the numbers that matter beside the baseline, and where it goes wrong.

mod board;
mod cards;
mod curves;
mod dashboard;
mod errors;
mod findings;
mod folds;
mod head;
mod sums;
mod table;
mod tables;
mod words;

use eframe::egui::{ScrollArea, Ui};
use egui_material_icons::icons;
use pg_base::say;
use pg_contract::{PortType, Value};
use pg_session::NodeStatus;

use crate::actions;
use crate::cx::{Cx, Selection};
use crate::lang::{Tr, lang, tr};
use crate::panels::Tab;
use crate::panels::report::board::Wish;
use crate::panels::report::curves::Choice;
use crate::panels::report::dashboard::{Dashboard, Stamp};
use crate::values::Shown;
use crate::widgets;
use crate::writes::save_as;

/// State of the panel.
#[derive(Debug, Default)]
pub struct ReportPanel {
    board: Option<Dashboard>,
    /// Classes whose curves are shown.
    choice: Choice,
    /// Whether all metrics are listed.
    shows_all: bool,
    /// Cell of the confusion matrix under the pointer in the last frame.
    hovered_cell: Option<usize>,
}

/// Draws it.
pub fn report_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut panel = std::mem::take(&mut cx.view.panels.report);
    panel.draw_ui(ui, cx);
    cx.view.panels.report = panel;
}

impl ReportPanel {
    fn draw_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let Some((node, port)) = cx.subject(PortType::Report) else {
            let text = tr(
                "Add a node that judges a model, and connect the trained model to it.",
                "请添加一个用于评估模型的节点，并将训练好的模型连接到它。",
            );
            let button = actions::ADD_NODE.label.tr();
            if widgets::empty_state(
                ui,
                icons::ICON_FACT_CHECK,
                tr("No report yet", "还没有报告"),
                text,
                Some(button),
            ) {
                cx.act(&actions::ADD_NODE);
            }
            return;
        };
        let is_of_node = self.board.as_ref().is_some_and(|board| board.stamp.node == node);
        let is_stale = match cx.view.values.get(cx.egui, cx.session, &node, port) {
            Shown::Ready(key, Value::Report(report)) => {
                if !is_of_node {
                    self.choice = Choice::default();
                    self.shows_all = false;
                }
                let rows = head::rows_of(cx, &node);
                let stamp = Stamp {
                    node: node.clone(),
                    key,
                    lang: lang(),
                    choice: self.choice.clone(),
                    rows,
                };
                if self.board.as_ref().is_none_or(|board| board.stamp != stamp) {
                    self.board = Some(Dashboard::of(stamp, &report));
                }
                false
            }
            Shown::Failed(trouble) => {
                widgets::notice_ui(ui, true, |ui| widgets::trouble_ui(ui, &trouble));
                return;
            }
            Shown::Loading if is_of_node => false,
            Shown::Ready(..) | Shown::Loading => return,
            Shown::Absent if is_of_node => true,
            Shown::Absent => {
                absent_ui(ui, cx, &node);
                return;
            }
        };
        let Some(board) = self.board.take() else { return };
        let mut wishes = Vec::new();
        // Another node begins at its top.
        let scroll = ScrollArea::vertical().id_salt(("report", &node));
        scroll.auto_shrink([false, false]).show(ui, |ui| {
            if is_stale {
                stale_ui(ui, cx);
            }
            let look = board::Look { shows_all: self.shows_all, hovered_cell: self.hovered_cell };
            board::board_ui(ui, cx, &board, look, &mut wishes);
        });
        let title = cx.title_of(&node);
        self.hovered_cell = None;
        for wish in wishes {
            match wish {
                Wish::Hover(cell) => self.hovered_cell = Some(cell),
                Wish::ShowAllMetrics(shows_all) => self.shows_all = shows_all,
                Wish::Choose(choice) => self.choice = choice,
                Wish::Rows(rows) => show_rows(cx, &node, rows),
                Wish::Save(name, csv) => {
                    let name = format!("{title} {name}");
                    save_as(cx, tr("Save as CSV", "另存为 CSV"), &name, "csv", || {
                        Ok(csv.into_bytes())
                    });
                }
                Wish::GoTo(node) => cx.go_to(&node),
            }
        }
        self.board = Some(board);
    }
}

/// Shows rows of the table that the report was made of.
fn show_rows(cx: &mut Cx<'_>, node: &str, rows: Vec<u64>) {
    if rows.is_empty() {
        return;
    }
    // The data panel shows what leads into the chosen node.
    cx.view.selection = Selection::of(node);
    cx.view.panels.data.show_source_rows(rows);
    cx.show_tab(Tab::Data);
}

/// The report before the last change is still worth looking at.
fn stale_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    widgets::notice_ui(ui, false, |ui| {
        ui.horizontal_wrapped(|ui| {
            let text = if cx.session.job().is_some() {
                tr(
                    "This report is from before the run that is under way.",
                    "这是当前运行开始之前的报告。",
                )
            } else {
                tr(
                    "The graph has changed since this report was made.",
                    "生成此报告之后，画布已有改动。",
                )
            };
            ui.label(text);
            if cx.session.job().is_none()
                && widgets::link(ui, tr("Run again", "重新运行")).clicked()
            {
                cx.act(&actions::RUN);
            }
        });
    });
    ui.add_space(4.0);
}

fn absent_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &str) {
    let title = cx.title_of(node);
    let icon = icons::ICON_FACT_CHECK;
    match cx.view.statuses.get(node) {
        _ if cx.session.job().is_some() => {
            let text = tr(
                "The report appears here as soon as it is there.",
                "报告生成后会立即显示在这里。",
            );
            widgets::empty_state(ui, icon, tr("Running…", "正在运行…"), text, None);
        }
        Some(
            NodeStatus::Failed { .. } | NodeStatus::Blocked { .. } | NodeStatus::CutOff { .. },
        ) => {
            let words = say!("“{title}” cannot run yet", "“{title}”尚不能运行");
            let text =
                tr("Something in the graph has to be mended first.", "需要先修复画布中的问题。");
            if widgets::empty_state(ui, icon, words.tr(), text, Some(actions::PROBLEMS.label.tr()))
            {
                cx.show_tab(Tab::Problems);
            }
        }
        _ => {
            let text = tr("Run to see how good the model is.", "运行后即可查看模型的好坏。");
            if widgets::empty_state(
                ui,
                icon,
                tr("No report yet", "还没有报告"),
                text,
                Some(actions::RUN.label.tr()),
            ) {
                cx.act(&actions::RUN);
            }
        }
    }
}
