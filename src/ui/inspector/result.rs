//! The last result of a node in a few lines, and the way to all of it.

use std::collections::BTreeMap;

use eframe::egui::Ui;
use pg_base::Lang;
use pg_contract::{Effect, NodeSpec, PortType, Value, ValueSummary};
use pg_pipeline::{Entry, Node};
use pg_session::NodeStatus;

use super::classes::Classes;
use super::sections::{Rows, section_ui};
use crate::actions;
use crate::cx::Cx;
use crate::lang::{Tr, lang, tr};
use crate::panels::Tab;
use crate::theme::tokens;
use crate::values::Shown;
use crate::widgets::{self, bytes, count, duration, number};

/// Metrics shown at most; the report has all of them.
const MAX_METRICS: usize = 6;

/// Draws it.
pub(super) fn result_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    classes: &mut Classes,
    node: &Node,
    spec: &'static NodeSpec,
) {
    let Some(entry) = cx.session.entry(&node.id).cloned() else {
        return absent_ui(ui, cx, node, spec);
    };
    section_ui(ui, tr("Result", "结果"), |ui| {
        for output in spec.outputs {
            if let Some(summary) = entry.outputs.get(output.id) {
                summary_ui(ui, summary);
            }
        }
        cost_ui(ui, &entry);
        if let Some(output) = spec.outputs.iter().find(|output| output.port_type == PortType::Table)
        {
            if let Shown::Ready(key, Value::Table(table)) =
                cx.view.values.get(cx.egui, cx.session, &node.id, output.id)
            {
                classes.follow(cx.egui, key, table);
            }
            classes.classes_ui(ui, cx);
        }
        if let Some(output) = spec.outputs.first() {
            let tab = Tab::of(output.port_type);
            let label = match lang() {
                Lang::En => format!("Show in {}", tab.title()),
                Lang::Zh => format!("在“{}”中查看", tab.title()),
            };
            if widgets::link(ui, &label).clicked() {
                cx.show_tab(tab);
            }
        }
    });
}

/// What to do where there is no result yet.
fn absent_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &Node, spec: &NodeSpec) {
    let (text, can_run) = match cx.view.statuses.get(&node.id) {
        _ if node.is_muted => return,
        Some(
            NodeStatus::Blocked { .. } | NodeStatus::CutOff { .. } | NodeStatus::Failed { .. },
        ) => return,
        Some(NodeStatus::Running { .. }) => (tr("It is running.", "正在运行。").to_owned(), false),
        Some(NodeStatus::Queued) => {
            (tr("The run will come to it.", "等待运行到此节点。").to_owned(), false)
        }
        Some(NodeStatus::Stale { why }) => {
            (format!("{}{}", widgets::sentence(why.tr()), tr(".", "。")), true)
        }
        _ if matches!(spec.effect, Effect::Writes) => (
            tr("It writes a file and runs only when asked.", "它会写入文件，仅在要求时运行。")
                .to_owned(),
            true,
        ),
        _ => (tr("It has not run yet.", "尚未运行。").to_owned(), true),
    };
    section_ui(ui, tr("Result", "结果"), |ui| {
        let color = tokens(ui).weak;
        ui.add(eframe::egui::Label::new(eframe::egui::RichText::new(text).color(color)).wrap());
        if can_run
            && (actions::RUN_SELECTED.is_enabled)(cx)
            && widgets::link(ui, tr("Run to this node", "运行到此节点")).clicked()
        {
            cx.act(&actions::RUN_SELECTED);
        }
    });
}

fn summary_ui(ui: &mut Ui, summary: &ValueSummary) {
    let mut rows = Rows::new(ui);
    match summary {
        ValueSummary::Table { n_rows, n_columns } => {
            rows.row(tr("Rows", "行"), &count(*n_rows as u64));
            rows.row(tr("Columns", "列"), &count(*n_columns as u64));
        }
        ValueSummary::Network { n_layers, n_params } => {
            rows.row(tr("Layers", "层"), &count(*n_layers as u64));
            rows.row(tr("Parameters", "参数量"), &count(*n_params));
        }
        ValueSummary::Plan { method } => rows.row(tr("Method", "方法"), method.tr()),
        ValueSummary::Estimator { method, size, counted } => {
            rows.row(tr("Method", "方法"), method.tr());
            rows.row(tr("Size", "规模"), size.tr());
            for (column, share) in counted {
                rows.row(column, &format!("{:.1} %", 100.0 * share));
            }
        }
        ValueSummary::Model { n_params, n_epochs, best_epoch } => {
            rows.row(tr("Parameters", "参数量"), &count(*n_params));
            rows.row(tr("Epochs run", "已训练轮数"), &count(*n_epochs as u64));
            rows.row(tr("Best epoch", "最佳轮次"), &count(*best_epoch as u64));
        }
        ValueSummary::Report { metrics, .. } => {
            for (label, value) in main_metrics(metrics) {
                rows.row(&label, &value);
            }
        }
        ValueSummary::Bundle { path } => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            rows.row(tr("File", "文件"), &name);
        }
    }
}

/// In the order of the registry, which begins with those that matter most.
fn main_metrics(metrics: &BTreeMap<String, f64>) -> Vec<(String, String)> {
    let known = pg_metrics::metrics().filter_map(|metric| {
        let value = *metrics.get(metric.id)?;
        let title = if lang() == Lang::Zh { metric.title_zh } else { metric.title };
        let text = match metrics.get(&format!("{}_std", metric.id)) {
            Some(std) => format!("{} ± {}", number(value), number(*std)),
            None => number(value),
        };
        Some((title.to_owned(), text))
    });
    let is_deviation = |id: &str| id.ends_with("_std");
    let others = metrics
        .iter()
        .filter(|(id, _)| pg_metrics::metric(id).is_none() && !is_deviation(id))
        .map(|(id, value)| (pg_metrics::findings::title_of(id).tr().to_owned(), number(*value)));
    known.chain(others).take(MAX_METRICS).collect()
}

fn cost_ui(ui: &mut Ui, entry: &Entry) {
    let mut rows = Rows::new(ui);
    let took = if entry.seconds < 0.001 {
        tr("< 1 ms", "< 1 毫秒").to_owned()
    } else {
        duration(entry.seconds)
    };
    rows.row(tr("Took", "用时"), &took);
    // A path has no size worth telling.
    let is_path = |summary: &ValueSummary| matches!(summary, ValueSummary::Bundle { .. });
    if entry.n_bytes > 0 && !entry.outputs.values().all(is_path) {
        rows.row(tr("Size", "大小"), &bytes(entry.n_bytes));
    }
}
