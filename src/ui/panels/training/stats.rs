//! The numbers beside the curves.

use eframe::egui::Ui;
use pg_session::Session;

use super::live::{Live, State};
use super::source::Curves;
use crate::lang::tr;
use crate::widgets;

/// Label and value of every row.
pub(crate) fn rows(session: &Session, live: Option<&Live>, curves: &Curves) -> Vec<(&'static str, String)> {
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
    rows.push((tr("Time left", "剩余时间"), left.map_or_else(|| "–".to_owned(), widgets::duration)));
    rows.push((tr("Elapsed", "已用时间"), widgets::duration(live.seconds())));
    if let Some(tick) = live.tick {
        rows.push((tr("Rows per second", "每秒行数"), widgets::count(tick.rows_per_second.round() as u64)));
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
        let label = if is_validation { tr("Validation loss", "验证损失") } else { tr("Training loss", "训练损失") };
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

/// Draws them one below the other.
pub(crate) fn stats_ui(ui: &mut Ui, rows: &[(&'static str, String)]) {
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.spacing_mut().interact_size.y = 20.0;
    for (label, value) in rows {
        widgets::key_value(ui, label, value);
    }
}
