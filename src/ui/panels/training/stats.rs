//! The numbers beside the curves.

use eframe::egui::{Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};
use pg_session::Session;

use super::live::{Live, State};
use super::source::Curves;
use crate::lang::tr;
use crate::theme::tokens;
use crate::widgets;

/// Height of a row, and the space between two.
const ROW: f32 = 19.0;
const ROW_GAP: f32 = 2.0;
/// Height of the curve of the step size.
const MIN_CURVE: f32 = 26.0;
const MAX_CURVE: f32 = 64.0;

/// Label and value of every row.
pub(crate) fn rows(
    session: &Session,
    live: Option<&Live>,
    curves: &Curves,
) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    let active = live.filter(|live| live.is_active());
    match active {
        Some(live) => while_running(session, live, &mut rows),
        None => afterwards(live, curves, &mut rows),
    }
    if let Some(n_params) = curves.n_params {
        rows.push((tr("Parameters", "参数量"), widgets::count(n_params)));
    }
    if active.is_some() {
        rows.push((tr("Device", "设备"), device_name(session)));
    }
    rows
}

fn while_running(session: &Session, live: &Live, rows: &mut Vec<(&'static str, String)>) {
    let left = if live.state == State::Paused { None } else { live.seconds_left() };
    rows.push((
        tr("Time left", "剩余时间"),
        left.map_or_else(|| "–".to_owned(), widgets::duration),
    ));
    rows.push((tr("Elapsed", "已用时间"), widgets::duration(live.seconds())));
    if let Some(tick) = live.tick {
        rows.push((
            tr("Rows per second", "每秒行数"),
            widgets::count(tick.rows_per_second.round() as u64),
        ));
        rows.push((tr("Learning rate", "学习率"), widgets::number(tick.learning_rate)));
    }
    if let Some(n_bytes) = session.worker_memory_bytes() {
        rows.push((tr("Memory", "内存"), widgets::bytes(n_bytes)));
    }
}

fn afterwards(live: Option<&Live>, curves: &Curves, rows: &mut Vec<(&'static str, String)>) {
    let best = curves.epochs.iter().find(|record| Some(record.epoch) == curves.best_epoch);
    if let Some(best) = best.or(curves.epochs.last()) {
        if curves.best_epoch.is_some() {
            rows.push((tr("Best epoch", "最佳轮次"), best.epoch.to_string()));
        }
        let (loss, score) = match (best.validation_loss, best.validation_score) {
            (Some(loss), Some(score)) => (loss, score),
            _ => (best.training_loss, best.training_score),
        };
        let is_validation = best.validation_loss.is_some();
        let label = if is_validation {
            tr("Validation loss", "验证损失")
        } else {
            tr("Training loss", "训练损失")
        };
        rows.push((label, widgets::number(loss)));
        rows.push((curves.score_title(), widgets::number(score)));
    }
    let seconds = curves.seconds.or(live.map(Live::seconds));
    if let Some(seconds) = seconds {
        rows.push((tr("Time", "用时"), widgets::duration(seconds)));
        let n_epochs = curves.epochs.len();
        if n_epochs > 1 && curves.seconds.is_some() {
            rows.push((tr("Per epoch", "每轮"), widgets::duration(seconds / n_epochs as f64)));
        }
    }
}

fn device_name(session: &Session) -> String {
    let device = session.core().devices().find(session.device());
    device.map_or_else(|_| session.device().to_owned(), |entry| entry.info.name.clone())
}

/// Draws them one below the other, and the curve of the step size where there is room for it.
pub(crate) fn stats_ui(
    ui: &mut Ui,
    rows: &[(&'static str, String)],
    rates: &[[f64; 2]],
    height: f32,
) {
    ui.spacing_mut().item_spacing.y = ROW_GAP;
    ui.spacing_mut().interact_size.y = ROW;
    for (label, value) in rows {
        widgets::key_value(ui, label, value);
    }
    let room = height - rows.len() as f32 * (ROW + ROW_GAP) - 8.0;
    if room >= MIN_CURVE && rates.len() > 1 {
        ui.add_space(6.0);
        curve_ui(ui, rates, vec2(ui.available_width(), (room - 6.0).min(MAX_CURVE)));
    }
}

/// The step size from its begin to its end, without axes: its course matters here, its value stands above.
fn curve_ui(ui: &mut Ui, rates: &[[f64; 2]], size: Vec2) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let tokens = tokens(ui);
    let plot = rect.shrink2(vec2(0.0, 4.0));
    let highest = rates.iter().map(|[_, rate]| *rate).fold(f64::MIN_POSITIVE, f64::max);
    let last = rates.last().map_or(1.0, |[at, _]| *at).max(f64::MIN_POSITIVE);
    let n_between = (rates.len() / (plot.width().max(1.0) as usize * 2)).max(1);
    let place = |[at, rate]: &[f64; 2]| {
        let (x, y) = ((at / last) as f32, (rate / highest) as f32);
        pos2(plot.left() + x * plot.width(), plot.bottom() - y * plot.height())
    };
    let points: Vec<_> = rates.iter().step_by(n_between).chain(rates.last()).map(place).collect();
    ui.painter().hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, tokens.border));
    ui.painter().line(points, Stroke::new(1.5, tokens.series(4)));
    let name = tr("Learning rate over the epochs", "学习率随轮次的变化");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    response.on_hover_text(format!("{name}: {}", widgets::number(highest)));
}
