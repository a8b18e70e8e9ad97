//! What a network or a training will cost, told before anything runs.

use std::time::{Duration, Instant};

use eframe::egui::Ui;
use pg_pipeline::{Forecast, Node, NodeId};
use pg_session::{Command, TrainingForecast};

use super::sections::{Rows, section_ui};
use crate::cx::Cx;
use crate::lang::tr;
use crate::theme::tokens;
use crate::widgets::{bytes, count, duration};

/// A training is timed once nothing was changed for this long.
const MEASURE_AFTER: Duration = Duration::from_millis(800);

/// Which state of which node waits to be timed, or was.
#[derive(Debug, Default)]
pub(super) struct Measuring {
    state: Option<(NodeId, u64)>,
    since: Option<Instant>,
    is_asked: bool,
}

/// Draws it where the node is on the road of a network.
pub(super) fn before_ui(ui: &mut Ui, cx: &mut Cx<'_>, measuring: &mut Measuring, node: &Node) {
    if let Some(forecast) = cx.session.forecast_of(&node.id) {
        measuring.follow(cx, node, &forecast);
        let is_awaited = cx.session.is_measuring() || !measuring.is_asked;
        training_ui(ui, &forecast, is_awaited);
        return;
    }
    let forecast = cx.session.forecasts().iter().find(|forecast| forecast.node == node.id);
    if let Some(forecast) = forecast {
        network_ui(ui, node, forecast);
    }
}

fn training_ui(ui: &mut Ui, forecast: &TrainingForecast, is_awaited: bool) {
    let tokens = tokens(ui);
    section_ui(ui, tr("Before you run", "运行之前"), |ui| {
        let mut rows = Rows::new(ui);
        rows.row(tr("Parameters", "参数量"), &count(forecast.n_params));
        if let Some(n_rows) = forecast.n_training_rows {
            rows.row(tr("Training rows", "训练数据"), &count(n_rows));
        }
        let needed = bytes(forecast.training_bytes);
        let is_too_much =
            forecast.available_bytes.is_some_and(|available| available < forecast.training_bytes);
        let memory = match forecast.available_bytes {
            Some(available) => format!("{needed} {} {}", tr("of", "/"), bytes(available)),
            None => needed,
        };
        let color = if is_too_much { tokens.bad } else { tokens.strong };
        rows.row_in(tr("Memory while training", "训练时内存"), &memory, color);
        // The rows are there while it is measured: what comes later would push down what stands below.
        let waiting = if is_awaited {
            tr("measuring…", "正在测量…")
        } else {
            tr("not known", "未知")
        };
        let mut time_row = |label, seconds: Option<f64>, text: fn(f64) -> String| match seconds {
            Some(seconds) => rows.row(label, &text(seconds)),
            None => rows.row_in(label, waiting, tokens.weak),
        };
        time_row(tr("Time per epoch", "每轮用时"), forecast.seconds_per_epoch, duration);
        time_row(tr("Whole run", "全部用时"), forecast.seconds, |seconds| {
            format!("{} {}", tr("about", "约"), duration(seconds))
        });
    });
}

fn network_ui(ui: &mut Ui, node: &Node, forecast: &Forecast) {
    section_ui(ui, tr("Before you run", "运行之前"), |ui| {
        let mut rows = Rows::new(ui);
        if let Some(shape) = &forecast.shape {
            rows.row(tr("Output per row", "每行输出"), shape);
        }
        let own =
            forecast.summary.rows.iter().find(|row| row.id == node.id).map(|row| row.cost.n_params);
        let all = forecast.summary.total.n_params;
        match own {
            Some(own) if own != all => {
                rows.row(tr("Parameters here", "本层参数"), &count(own));
                rows.row(tr("Parameters so far", "累计参数"), &count(all));
            }
            _ => rows.row(tr("Parameters", "参数量"), &count(all)),
        }
        if let Some(n_bytes) = forecast.training_bytes {
            rows.row(tr("Memory while training", "训练时内存"), &bytes(n_bytes));
        }
    });
}

impl Measuring {
    /// Has a training timed once the person pauses; each state of the document once.
    fn follow(&mut self, cx: &mut Cx<'_>, node: &Node, forecast: &TrainingForecast) {
        let state = (node.id.clone(), cx.session.revision());
        if self.state.as_ref() != Some(&state) {
            *self = Self { state: Some(state), since: Some(Instant::now()), is_asked: false };
        }
        if forecast.step_ms.is_some() || self.is_asked || cx.session.job().is_some() {
            return;
        }
        let waited = self.since.map_or(Duration::ZERO, |since| since.elapsed());
        if let Some(rest) = MEASURE_AFTER.checked_sub(waited).filter(|rest| !rest.is_zero()) {
            cx.egui.request_repaint_after(rest);
        } else {
            self.is_asked = true;
            cx.dispatch(Command::MeasureForecast { node: node.id.clone() });
        }
    }
}
