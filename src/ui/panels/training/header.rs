//! The line above the curves: how the training stands, what the curves say, and what can be done about it.

use eframe::egui::{
    self, Align, Align2, Color32, CornerRadius, Layout, Margin, Rect, RichText, Role, Sense,
    Stroke, Ui, WidgetInfo, vec2,
};
use egui_material_icons::{MaterialIcon, icons};

use super::charts::Look;
use super::live::{Live, State};
use super::source::{Curves, Ending};
use crate::actions;
use crate::cx::Cx;
use crate::dialogs::sheet::keys_of;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;
use pg_nn::train::diagnosis::Remark;

/// Below this width buttons are icons only.
const WIDTH_FOR_LABELS: f32 = 1080.0;
/// Below this width the settings of the curves are left out.
const WIDTH_FOR_LOOK: f32 = 720.0;
/// With less room a remark is its icon only.
const WIDTH_FOR_REMARK: f32 = 110.0;
/// Thickness of a progress bar.
const BAR: f32 = 3.0;

/// How a training stands, for one line.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    icon: MaterialIcon,
    mood: Mood,
    /// What matters.
    pub title: String,
    /// What goes with it.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Running,
    Held,
    Good,
    Bad,
    Weak,
}

impl Standing {
    /// Says one more thing.
    pub(crate) fn add(&mut self, text: &str) {
        self.detail = join(&[std::mem::take(&mut self.detail), text.to_owned()]);
    }
}

impl Mood {
    fn color(self, ui: &Ui) -> Color32 {
        let tokens = tokens(ui);
        match self {
            Self::Running => tokens.accent,
            Self::Held => tokens.warning,
            Self::Good => tokens.good,
            Self::Bad => tokens.bad,
            Self::Weak => tokens.weak,
        }
    }
}

/// How it stands: while it runs from what is heard, later from the model.
pub(crate) fn standing(live: Option<&Live>, curves: &Curves) -> Standing {
    let done = |detail: String| (icons::ICON_CHECK_CIRCLE, Mood::Good, detail);
    let Some(live) = live.filter(|live| live.state != State::Done || curves.ending.is_none())
    else {
        return ended(curves);
    };
    let (epoch, n_epochs) = (live.epoch(), live.n_epochs);
    let of_all = match crate::lang::lang() {
        pg_base::Lang::En => format!("epoch {epoch} / {n_epochs}"),
        pg_base::Lang::Zh => format!("第 {epoch} / {n_epochs} 轮"),
    };
    let (icon, mood, title, detail) = match &live.state {
        State::Running => {
            (icons::ICON_MODEL_TRAINING, Mood::Running, widgets::sentence(&of_all), speed(live))
        }
        State::Paused => {
            (icons::ICON_PAUSE_CIRCLE, Mood::Held, tr("Paused", "已暂停").to_owned(), of_all)
        }
        State::Done => {
            let (icon, mood, detail) = done(widgets::duration(live.seconds()));
            (icon, mood, tr("Training is done", "训练完成").to_owned(), detail)
        }
        State::Failed(_) => {
            (icons::ICON_ERROR, Mood::Bad, tr("Training failed", "训练失败").to_owned(), of_all)
        }
        State::Cancelled => {
            (icons::ICON_CANCEL, Mood::Weak, tr("Cancelled", "已取消").to_owned(), of_all)
        }
        State::Lost => {
            (icons::ICON_ERROR, Mood::Bad, tr("Interrupted", "训练中断").to_owned(), of_all)
        }
    };
    let detail = match (live.n_trainings, live.is_active()) {
        (n @ 2.., true) => {
            let run = match crate::lang::lang() {
                pg_base::Lang::En => format!("model {n}"),
                pg_base::Lang::Zh => format!("第 {n} 个模型"),
            };
            join(&[run, detail])
        }
        _ => detail,
    };
    Standing { icon, mood, title, detail }
}

fn ended(curves: &Curves) -> Standing {
    let n_epochs = curves.epochs.len();
    let n_since = curves.best_epoch.map_or(0, |best| n_epochs.saturating_sub(best));
    let is_en = crate::lang::lang() == pg_base::Lang::En;
    let title = match (curves.ending, is_en) {
        (Some(Ending::EarlyStopping), true) => format!("Stopped after epoch {n_epochs}"),
        (Some(Ending::EarlyStopping), false) => format!("第 {n_epochs} 轮后提前停止"),
        (Some(Ending::TimeLimit), true) => format!("Out of time after epoch {n_epochs}"),
        (Some(Ending::TimeLimit), false) => format!("第 {n_epochs} 轮后时间用完"),
        (Some(Ending::Stopped), true) => format!("Stopped by you after epoch {n_epochs}"),
        (Some(Ending::Stopped), false) => format!("您在第 {n_epochs} 轮后停止了训练"),
        (_, true) => {
            format!("Trained {n_epochs} {}", if n_epochs == 1 { "epoch" } else { "epochs" })
        }
        (_, false) => format!("已训练 {n_epochs} 轮"),
    };
    let reason = match (curves.ending, is_en) {
        (Some(Ending::EarlyStopping), true) => format!("no better for {n_since} epochs"),
        (Some(Ending::EarlyStopping), false) => format!("连续 {n_since} 轮没有进步"),
        _ => String::new(),
    };
    let best = curves.best_epoch.filter(|best| *best != n_epochs).map(|best| {
        if is_en { format!("epoch {best} is kept") } else { format!("保留第 {best} 轮") }
    });
    let detail = join(&[reason, best.unwrap_or_default()]);
    Standing { icon: icons::ICON_CHECK_CIRCLE, mood: Mood::Good, title, detail }
}

/// Rows per second and the time that is left.
fn speed(live: &Live) -> String {
    let rate = live.tick.map(|tick| tick.rows_per_second).filter(|rate| *rate > 0.0);
    let rate = rate
        .map(|rate| format!("{} {}", widgets::count(rate.round() as u64), tr("rows/s", "行/秒")));
    let left = live.seconds_left().map(|seconds| {
        let seconds = widgets::duration(if seconds < 10.0 { seconds } else { seconds.round() });
        match crate::lang::lang() {
            pg_base::Lang::En => format!("{seconds} left"),
            pg_base::Lang::Zh => format!("剩余 {seconds}"),
        }
    });
    join(&[rate.unwrap_or_default(), left.unwrap_or_default()])
}

fn join(parts: &[String]) -> String {
    let parts: Vec<&str> =
        parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    parts.join("  ·  ")
}

/// Draws the line. `names` are the nodes to choose from, `look` what the person sets.
pub(crate) fn header_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    live: Option<&Live>,
    standing: &Standing,
    remarks: &[Remark],
    look: &mut Look,
) {
    let width = ui.available_width();
    ui.allocate_ui_with_layout(
        vec2(width, size::CONTROL),
        Layout::right_to_left(Align::Center),
        |ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            if live.is_some_and(Live::is_active) && cx.session.job().is_some() {
                let is_paused = live.is_some_and(|live| live.state == State::Paused);
                buttons_ui(ui, cx, is_paused, width >= WIDTH_FOR_LABELS);
                ui.add_space(8.0);
            }
            if width >= WIDTH_FOR_LOOK {
                look_ui(ui, look);
            }
            ui.add_space(8.0);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                standing_ui(ui, standing);
                remarks_ui(ui, remarks);
            });
        },
    );
}

fn buttons_ui(ui: &mut Ui, cx: &mut Cx<'_>, is_paused: bool, has_labels: bool) {
    let pause = if is_paused {
        (icons::ICON_PLAY_ARROW, tr("Go on", "继续"))
    } else {
        (icons::ICON_PAUSE, tr("Pause", "暂停"))
    };
    let buttons = [
        (icons::ICON_CLOSE, tr("Cancel", "取消"), &actions::CANCEL),
        (icons::ICON_STOP_CIRCLE, tr("Stop and keep", "停止并保留"), &actions::STOP),
        (pause.0, pause.1, &actions::PAUSE),
    ];
    for (icon, label, action) in buttons {
        let response = if has_labels {
            widgets::button(ui, Some(icon), label)
        } else {
            widgets::icon_button(ui, icon, label)
        };
        let keys = action.keys.first().map(|keys| keys_of(ui.ctx(), *keys)).unwrap_or_default();
        let help = format!("{} {keys}", action.tooltip.tr());
        if response.on_hover_text(help.trim()).clicked() {
            cx.act(action);
        }
    }
}

fn look_ui(ui: &mut Ui, look: &mut Look) {
    let log = egui::Button::selectable(look.is_log, tr("Log scale", "对数刻度"))
        .min_size(vec2(0.0, size::CONTROL));
    let help = tr(
        "Shows the loss with equal factors instead of equal steps.",
        "以等比而非等距刻度显示损失。",
    );
    if ui.add(log).on_hover_text(help).clicked() {
        look.is_log ^= true;
    }
    ui.add_space(6.0);
    ui.spacing_mut().slider_width = 72.0;
    let slider = egui::Slider::new(&mut look.smoothing, 0.0..=0.98).show_value(false);
    let name = tr("Smoothing", "平滑");
    let help = tr(
        "A moving average over the curves: 0 shows them as they are.",
        "对曲线取滑动平均：0 表示原样显示。",
    );
    let response = ui.add(slider).on_hover_text(format!("{help} ({:.2})", look.smoothing));
    let (is_enabled, value) = (ui.is_enabled(), f64::from(look.smoothing));
    response.widget_info(|| WidgetInfo::slider(is_enabled, value, name));
    widgets::weak(ui, name);
}

fn standing_ui(ui: &mut Ui, standing: &Standing) {
    let color = standing.mood.color(ui);
    let (strong, text) = (tokens(ui).strong, tokens(ui).text);
    ui.label(standing.icon.rich_text().size(size::ICON + 2.0).color(color));
    ui.label(RichText::new(&standing.title).font(theme::bold(size::BODY)).color(strong));
    if !standing.detail.is_empty() {
        widgets::truncated(ui, RichText::new(&standing.detail).color(text));
    }
}

/// The most important remark; the others stand in its tooltip.
fn remarks_ui(ui: &mut Ui, remarks: &[Remark]) {
    let Some(first) = remarks.first() else { return };
    ui.add_space(8.0);
    let tokens = tokens(ui);
    let (icon, color, fill) = if first.is_warning {
        (icons::ICON_WARNING, tokens.warning, tokens.warning_fill)
    } else {
        (icons::ICON_LIGHTBULB, tokens.text, tokens.hover)
    };
    let more = if remarks.len() > 1 { format!("  +{}", remarks.len() - 1) } else { String::new() };
    let text = format!("{}{more}", first.title.tr());
    let has_room = ui.available_width() >= WIDTH_FOR_REMARK;
    let frame = egui::Frame::new()
        .fill(fill)
        .corner_radius(CornerRadius::same(11))
        .inner_margin(Margin::symmetric(9, 3));
    let frame = if first.is_warning {
        frame.stroke(Stroke::new(1.0, color.gamma_multiply(0.4)))
    } else {
        frame
    };
    let response = frame
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            ui.style_mut().interaction.selectable_labels = false;
            ui.label(icon.rich_text().size(size::BODY).color(color));
            if has_room {
                widgets::truncated(ui, RichText::new(&text).size(size::SMALL + 0.5).color(color));
            }
        })
        .response
        .interact(Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Note, true, &text));
    widgets::focus_ring(ui, &response);
    response.on_hover_ui(|ui| {
        ui.set_max_width(340.0);
        for (index, remark) in remarks.iter().enumerate() {
            if index > 0 {
                ui.add_space(8.0);
            }
            widgets::subheading(ui, remark.title.tr());
            ui.label(remark.help.tr());
        }
    });
}

/// Two thin bars: all epochs, and the steps of this one.
pub(crate) fn bars_ui(ui: &mut Ui, live: &Live) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), 2.0 * BAR + 2.0), Sense::hover());
    let tokens = tokens(ui);
    let n_done = live.n_steps_done() as f64;
    let whole = n_done / live.n_steps.max(1) as f64;
    let in_epoch = (n_done / live.steps_per_epoch() - (live.epoch() as f64 - 1.0)).clamp(0.0, 1.0);
    let color = if live.state == State::Paused { tokens.warning } else { tokens.accent };
    for (row, fraction, color) in [(0.0, whole, color), (1.0, in_epoch, color.gamma_multiply(0.45))]
    {
        let top = rect.top() + row * (BAR + 2.0);
        let track = Rect::from_min_size(egui::pos2(rect.left(), top), vec2(rect.width(), BAR));
        let radius = CornerRadius::same(1);
        ui.painter().rect_filled(track, radius, tokens.border);
        let filled = Align2::LEFT_TOP
            .align_size_within_rect(vec2(rect.width() * fraction as f32, BAR), track);
        ui.painter().rect_filled(filled, radius, color);
    }
    let (done, all) =
        (widgets::count(live.n_steps_done() as u64), widgets::count(live.n_steps as u64));
    let percent = (whole * 100.0).floor();
    let said = match crate::lang::lang() {
        pg_base::Lang::En => {
            format!("Step {done} of {all} ({percent} %); below: the steps of this epoch")
        }
        pg_base::Lang::Zh => format!("第 {done} / {all} 步（{percent} %）；下方为本轮的进度"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &said));
    response.on_hover_text(said);
}
