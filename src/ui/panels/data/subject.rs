//! Which table is shown, where its rows come from, and what is said where there are none.

use eframe::egui::{RichText, Ui};
use egui_material_icons::icons;
use pg_base::Trouble;
use pg_contract::Value;
use pg_data::Table;

use super::Output;
use super::open::OpenTable;
use crate::actions;
use crate::cx::Cx;
use crate::lang::tr;
use crate::panels::unrun;
use crate::theme::{size, tokens};
use crate::values::{Key, Shown};
use crate::widgets;

/// The rows of an output.
pub(super) enum Found<'a> {
    /// The result that is already open.
    Same,
    /// A result of a run.
    Result(Table, Key),
    /// What the analysis knows before a run.
    Sample(&'a Table, Note),
    /// It is being read.
    Loading,
    /// It could not be read.
    Failed(Trouble),
    /// Neither a result nor a sample.
    Nothing,
}

/// What is said above rows that are no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// Only the first rows are there.
    FirstRows,
    /// All rows are there, but the node has not run.
    Whole,
}

/// The rows of an output; `open_key` is the result that is open, which need not be fetched again.
pub(super) fn find<'a>(cx: &mut Cx<'a>, output: &Output, open_key: Option<&Key>) -> Found<'a> {
    let (node, port) = output;
    let key = cx.session.place_of(node, port).map(|place| (place.key, port.clone()));
    if key.is_some() && key.as_ref() == open_key {
        return Found::Same;
    }
    match cx.view.values.get(cx.egui, cx.session, node, port) {
        Shown::Ready(key, Value::Table(table)) => Found::Result(table, key),
        Shown::Ready(..) | Shown::Absent => sample_of(cx, output),
        Shown::Loading => Found::Loading,
        Shown::Failed(trouble) => Found::Failed(trouble),
    }
}

fn sample_of<'a>(cx: &Cx<'a>, (node, port): &Output) -> Found<'a> {
    match unrun::sample_of(cx, node, port) {
        Some((sample, is_whole)) => {
            Found::Sample(sample, if is_whole { Note::Whole } else { Note::FirstRows })
        }
        None => Found::Nothing,
    }
}

/// A line above rows that are no result, with the way to get it.
pub(super) fn note_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &str, note: Note) {
    let tokens = tokens(ui);
    let text = match note {
        Note::FirstRows => {
            tr("First rows; run the node to see all.", "仅显示前若干行；运行该节点可查看全部。")
        }
        Note::Whole => tr("Preview; the node has not run yet.", "预览；该节点尚未运行。"),
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(icons::ICON_VISIBILITY.rich_text().size(size::ICON).color(tokens.warning));
        ui.label(RichText::new(text).color(tokens.text));
        if unrun::can_run(cx, node) {
            ui.add_space(4.0);
            if widgets::link(ui, tr("Run to here", "运行到此处")).clicked() {
                unrun::run_to(cx, node);
            }
        } else if cx.session.job().is_some() {
            widgets::weak(ui, tr("Running…", "正在运行…"));
        }
    });
}

/// A node without result and without sample: how to get one, or what keeps it.
pub(super) fn not_run_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &str) {
    if let Some(trouble) = unrun::trouble_of(cx, node) {
        ui.add_space(6.0);
        widgets::notice_ui(ui, true, |ui| widgets::trouble_ui(ui, &trouble));
        return;
    }
    let said = unrun::Said {
        icon: icons::ICON_TABLE_ROWS,
        title: tr("No rows yet", "还没有数据"),
        ready: tr("Run the node to see its table.", "运行该节点即可查看其表格。"),
        running: tr(
            "The rows come when the run reaches this node.",
            "运行到该节点后即可看到数据。",
        ),
    };
    unrun::not_run_ui(ui, cx, node, &said);
}

/// No node gives a table.
pub(super) fn no_table_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let title = tr("No table yet", "还没有表格");
    let text = tr(
        "Drop a data file on the window, or add a node that reads data.",
        "将数据文件拖入窗口，或添加一个读取数据的节点。",
    );
    if widgets::empty_state(
        ui,
        icons::ICON_TABLE,
        title,
        text,
        Some(tr("Add a node…", "添加节点…")),
    ) {
        cx.act(&actions::ADD_NODE);
    }
}

/// The table, or what the filters leave of it, has no rows.
pub(super) fn no_rows_ui(ui: &mut Ui, open: &mut OpenTable) {
    if !open.is_narrowed() {
        unrun::no_rows_ui(ui);
        return;
    }
    let (title, text) = (
        tr("No row passes the filters", "没有符合条件的行"),
        tr("Change the filters, or show all rows again.", "请修改筛选条件，或重新显示所有行。"),
    );
    if widgets::empty_state(
        ui,
        icons::ICON_FILTER_ALT,
        title,
        text,
        Some(tr("Show all rows", "显示所有行")),
    ) {
        open.clear_filters();
    }
}
