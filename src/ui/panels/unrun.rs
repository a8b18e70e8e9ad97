//! A table that is no result yet: what is known of it before a run, what keeps it, and the way to get it.

use eframe::egui::Ui;
use egui_material_icons::{MaterialIcon, icons};
use pg_base::Trouble;
use pg_contract::Facts;
use pg_data::Table;
use pg_pipeline::Targets;
use pg_session::NodeStatus;

use crate::cx::Cx;
use crate::lang::tr;
use crate::widgets;

/// What a panel says of a node that has not run.
pub(super) struct Said {
    pub(super) icon: MaterialIcon,
    pub(super) title: &'static str,
    /// Where it can run.
    pub(super) ready: &'static str,
    /// Where a run is under way.
    pub(super) running: &'static str,
}

/// The rows that the analysis knows of an output, and whether they are all.
pub(super) fn sample_of<'a>(cx: &Cx<'a>, node: &str, port: &str) -> Option<(&'a Table, bool)> {
    let index = cx.spec_of(node)?.outputs.iter().position(|other| other.id == port)?;
    match cx.session.analysis().facts.get(node)?.get(index)? {
        Facts::Table { sample, is_whole } => Some((sample, *is_whole)),
        _ => None,
    }
}

/// Whether a node could run now.
pub(super) fn can_run(cx: &Cx<'_>, node: &str) -> bool {
    let is_blocked = matches!(
        cx.view.statuses.get(node),
        Some(NodeStatus::Blocked { .. } | NodeStatus::CutOff { .. })
    );
    cx.session.job().is_none() && !is_blocked
}

/// Runs to a node.
pub(super) fn run_to(cx: &mut Cx<'_>, node: &str) {
    cx.run(Targets::to(node));
}

/// Why a node has no result, where that is known.
pub(super) fn trouble_of(cx: &Cx<'_>, node: &str) -> Option<Trouble> {
    match cx.view.statuses.get(node) {
        Some(NodeStatus::Failed { trouble } | NodeStatus::Blocked { trouble }) => {
            Some(trouble.clone())
        }
        _ => None,
    }
}

/// A node without a result: how to get one, or what keeps it.
pub(super) fn not_run_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &str, said: &Said) {
    if can_run(cx, node) {
        let label = Some(tr("Run to here", "运行到此处"));
        if widgets::empty_state(ui, said.icon, said.title, said.ready, label) {
            run_to(cx, node);
        }
        return;
    }
    let text = match cx.session.job() {
        Some(_) => said.running,
        None => tr(
            "The node lacks something before it can run; see Problems.",
            "该节点暂时无法运行，请查看“问题”。",
        ),
    };
    widgets::empty_state(ui, said.icon, said.title, text, None);
}

/// A table with columns and nothing in them.
pub(super) fn no_rows_ui(ui: &mut Ui) {
    let text =
        tr("The columns are known, but there is nothing in them.", "表格只有列，没有任何数据行。");
    let title = tr("The table has no rows", "表格没有数据行");
    widgets::empty_state(ui, icons::ICON_TABLE_ROWS, title, text, None);
}
