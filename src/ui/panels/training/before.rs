//! What is shown before a model has learnt anything: what the training will need, and the button that starts it.

use eframe::egui::{self, Align, Layout, RichText, Ui, vec2};
use egui_material_icons::icons;
use pg_base::Trouble;
use pg_session::{Command, NodeStatus, TrainingForecast};

use crate::actions;
use crate::cx::Cx;
use crate::lang::{Tr, lang, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Width of the block in the middle.
const WIDTH: f32 = 300.0;

/// Nothing in the document trains.
pub(crate) fn nothing_trains_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let title = tr("Nothing to train yet", "还没有可训练的内容");
    let text = tr(
        "Add a node that trains, and wire a table and a network into it.",
        "添加一个训练节点，并把表格和网络连接到它。",
    );
    let label = tr("Add a node…", "添加节点…");
    if widgets::empty_state(ui, icons::ICON_MODEL_TRAINING, title, text, Some(label)) {
        cx.act(&actions::ADD_NODE);
    }
}

/// The node has not trained: why, or what it will take.
pub(crate) fn before_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &str) {
    match cx.view.statuses.get(node) {
        Some(NodeStatus::Running { .. }) => {
            let text = tr("Rows are being prepared…", "正在准备数据…");
            widgets::empty_state(
                ui,
                icons::ICON_MODEL_TRAINING,
                tr("The training begins", "训练即将开始"),
                text,
                None,
            );
        }
        Some(NodeStatus::Blocked { trouble } | NodeStatus::Failed { trouble }) => {
            let trouble = trouble.clone();
            cannot_run_ui(ui, cx, &trouble);
        }
        Some(NodeStatus::CutOff { because }) => {
            let because = because.clone();
            waits_ui(ui, cx, &because);
        }
        _ if cx.session.job().is_some() => {
            let text = tr("The nodes before it run first.", "它之前的节点先运行。");
            widgets::empty_state(
                ui,
                icons::ICON_MODEL_TRAINING,
                tr("Waits for its turn", "等待运行"),
                text,
                None,
            );
        }
        _ => forecast_ui(ui, cx, node),
    }
}

fn cannot_run_ui(ui: &mut Ui, cx: &mut Cx<'_>, trouble: &Trouble) {
    let title = tr("The training cannot run as it stands", "目前无法训练");
    let text = widgets::sentence(trouble.details.found.tr());
    if widgets::empty_state(
        ui,
        icons::ICON_WARNING,
        title,
        &text,
        Some(actions::PROBLEMS.label.tr()),
    ) {
        cx.act(&actions::PROBLEMS);
    }
}

fn waits_ui(ui: &mut Ui, cx: &mut Cx<'_>, because: &str) {
    let name = cx.title_of(because);
    let text = match lang() {
        pg_base::Lang::En => format!("“{name}” has to work first."),
        pg_base::Lang::Zh => format!("需要先解决“{name}”的问题。"),
    };
    let title = tr("The training cannot run as it stands", "目前无法训练");
    if widgets::empty_state(
        ui,
        icons::ICON_WARNING,
        title,
        &text,
        Some(tr("Show the node", "查看节点")),
    ) {
        cx.go_to(because);
    }
}

fn forecast_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &str) {
    let forecast = cx.session.forecast_of(node);
    let rows = forecast.as_ref().map(forecast_rows).unwrap_or_default();
    let height = 84.0 + rows.len() as f32 * 21.0 + size::CONTROL;
    let (weak, strong) = (tokens(ui).weak, tokens(ui).strong);
    let space = ((ui.available_height() - height) / 2.0).max(4.0);
    ui.vertical_centered(|ui| {
        ui.add_space(space);
        ui.label(icons::ICON_MONITORING.rich_text().size(28.0).color(weak));
        let title = tr("Press Run and watch the model learn", "点击“运行”，观看模型学习");
        ui.add(egui::Label::new(RichText::new(title).font(theme::bold(14.0)).color(strong)));
        ui.add_space(4.0);
        ui.allocate_ui_with_layout(vec2(WIDTH, 0.0), Layout::top_down(Align::Min), |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.spacing_mut().interact_size.y = 20.0;
            for (label, value) in &rows {
                widgets::key_value(ui, label, value);
            }
        });
        ui.add_space(8.0);
        if widgets::primary_button(ui, Some(icons::ICON_PLAY_ARROW), actions::RUN.label.tr())
            .clicked()
        {
            cx.act(&actions::RUN);
        }
        if forecast.is_some_and(|forecast| forecast.step_ms.is_none())
            && widgets::link(ui, tr("Measure how long it will take", "测算所需时间")).clicked()
        {
            cx.dispatch(Command::MeasureForecast { node: node.to_owned() });
        }
    });
}

/// Label and value of what is known.
fn forecast_rows(forecast: &TrainingForecast) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if let Some(n_rows) = forecast.n_training_rows {
        rows.push((tr("Rows to learn from", "训练行数"), widgets::count(n_rows)));
    }
    if let Some(n_epochs) = forecast.n_epochs {
        rows.push((tr("Epochs at most", "最多轮数"), widgets::count(n_epochs)));
    }
    rows.push((tr("Parameters", "参数量"), widgets::count(forecast.n_params)));
    let needed = widgets::bytes(forecast.training_bytes);
    let memory = match (forecast.available_bytes.map(widgets::bytes), lang()) {
        (Some(available), pg_base::Lang::En) => format!("{needed} of {available}"),
        (Some(available), pg_base::Lang::Zh) => format!("{needed}（可用 {available}）"),
        (None, _) => needed,
    };
    rows.push((tr("Memory while training", "训练所需内存"), memory));
    if let Some(seconds) = forecast.seconds_per_epoch {
        rows.push((tr("Time per epoch", "每轮用时"), widgets::duration(seconds)));
    }
    if let Some(seconds) = forecast.seconds {
        let seconds = widgets::duration(seconds);
        let text = match lang() {
            pg_base::Lang::En => format!("at most {seconds}"),
            pg_base::Lang::Zh => format!("最多 {seconds}"),
        };
        rows.push((tr("Whole training", "整个训练"), text));
    }
    rows
}
