//! Which table is drawn: a result, or before a run what the analysis knows of it; and what is said where there is none.

use eframe::egui::{RichText, Ui};
use egui_material_icons::icons;
use pg_base::Trouble;
use pg_contract::Value;
use pg_data::Table;
use pg_pipeline::NodeId;

use crate::actions;
use crate::cx::Cx;
use crate::lang::tr;
use crate::panels::unrun;
use crate::theme::{size, tokens};
use crate::values::{Key, Shown};
use crate::widgets;

/// Tells tables apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TableKey {
    /// A result.
    Result(Key),
    /// What is known of the newest analysis of a state of the document.
    Sample {
        /// Node and port.
        output: (NodeId, &'static str),
        /// State of the document.
        revision: u64,
        /// Whether the analysis is still that of an earlier state.
        is_old: bool,
    },
}

/// What there is to draw.
pub(super) enum Source {
    /// A table; with a line above it where it is no result.
    Table(Table, TableKey, Option<&'static str>),
    /// It is being read.
    Loading,
    /// It could not be read.
    Failed(Trouble),
    /// The node has not run and nothing is known.
    NotRun,
}

/// The table of an output.
pub(super) fn find(cx: &mut Cx<'_>, output: &(NodeId, &'static str)) -> Source {
    let (node, port) = output;
    match cx.view.values.get(cx.egui, cx.session, node, port) {
        Shown::Ready(key, Value::Table(table)) => Source::Table(table, TableKey::Result(key), None),
        Shown::Loading => Source::Loading,
        Shown::Failed(trouble) => Source::Failed(trouble),
        Shown::Absent | Shown::Ready(..) => sample(cx, output),
    }
}

fn sample(cx: &Cx<'_>, output: &(NodeId, &'static str)) -> Source {
    let (node, port) = output;
    let Some((sample, is_whole)) = unrun::sample_of(cx, node, port) else {
        return Source::NotRun;
    };
    let note = if is_whole {
        tr("Preview; the node has not run yet.", "预览；该节点尚未运行。")
    } else {
        tr("First rows only; run the node to see all.", "仅含前若干行；运行该节点可查看全部。")
    };
    let key = TableKey::Sample {
        output: output.clone(),
        revision: cx.session.revision(),
        is_old: cx.session.is_analysing(),
    };
    Source::Table(sample.clone(), key, Some(note))
}

/// A table that is no result, with the way to get one; from right to left.
pub(super) fn note_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &str, note: &str) {
    let tokens = tokens(ui);
    ui.spacing_mut().item_spacing.x = 6.0;
    if unrun::can_run(cx, node) && widgets::link(ui, tr("Run to here", "运行到此处")).clicked()
    {
        unrun::run_to(cx, node);
    }
    let text = RichText::new(tr("Preview", "预览")).color(tokens.text);
    ui.add(eframe::egui::Label::new(text).truncate()).on_hover_text(note);
    ui.label(icons::ICON_VISIBILITY.rich_text().size(size::ICON).color(tokens.warning))
        .on_hover_text(note);
}

/// No node gives a table.
pub(super) fn no_table_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let title = tr("Nothing to draw yet", "还没有可绘制的数据");
    let text = tr(
        "Drop a data file on the window, or add a node that reads data.",
        "将数据文件拖入窗口，或添加一个读取数据的节点。",
    );
    if widgets::empty_state(
        ui,
        icons::ICON_INSERT_CHART,
        title,
        text,
        Some(tr("Add a node…", "添加节点…")),
    ) {
        cx.act(&actions::ADD_NODE);
    }
}

/// The node has no result.
pub(super) fn not_run_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &str) {
    if let Some(trouble) = unrun::trouble_of(cx, node) {
        widgets::notice_ui(ui, true, |ui| widgets::trouble_ui(ui, &trouble));
        return;
    }
    let said = unrun::Said {
        icon: icons::ICON_INSERT_CHART,
        title: tr("No rows to draw yet", "还没有可绘制的数据"),
        ready: tr("Run the node to see pictures of its table.", "运行该节点即可查看其表格的图表。"),
        running: tr(
            "Pictures come when the run reaches this node.",
            "运行到该节点后即可看到图表。",
        ),
    };
    unrun::not_run_ui(ui, cx, node, &said);
}
