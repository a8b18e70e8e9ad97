//! Runs so far: a list that says what each tried and what came of it, and several of them side by side.

mod changes;
mod compare;
mod list;
mod table;

use std::time::Duration;

use eframe::egui::{Align, Color32, Layout, RichText, Ui, vec2};
use egui_material_icons::icons;
use pg_base::{Lang, say};
use pg_session::{Command, Event, RunRecord};

use crate::actions;
use crate::cx::Cx;
use crate::figure::figure_card_ui;
use crate::lang::{Tr, lang, tr};
use crate::panels::runs::compare::Comparison;
use crate::panels::runs::list::{Line, List, Wish};
use crate::theme::{self, size, tokens};
use crate::widgets;
use crate::writes::save_as;

/// Width of the list beside a comparison.
const LIST_WIDTH: f32 = 220.0;
/// Width of the curves beside a comparison, and of the panel below which they are left out.
const CURVES_WIDTH: f32 = 240.0;
const WIDTH_FOR_CURVES: f32 = 760.0;
/// Space between the parts.
const GAP: f32 = 12.0;
/// "3 min ago" is renewed so often.
const RENEW_AFTER: Duration = Duration::from_secs(30);

/// State of the panel.
#[derive(Debug, Default)]
pub struct RunsPanel {
    list: List,
    /// Rises whenever the list of runs is another.
    n_changes: u64,
    lines: Option<(Stamp, Vec<Line>)>,
    comparison: Option<(Stamp, Comparison)>,
    /// The run that will be deleted once the person says so.
    doomed: Option<u64>,
}

/// What is shown was made for this list, language and choice.
type Stamp = (u64, Lang, Vec<u64>);

/// Follows what happens.
pub fn hear(cx: &mut Cx<'_>, event: &Event) {
    let panel = &mut cx.view.panels.runs;
    match event {
        Event::ProjectOpened { .. } => {
            *panel = RunsPanel { n_changes: panel.n_changes + 1, ..RunsPanel::default() };
        }
        Event::RunsChanged => panel.n_changes += 1,
        _ => {}
    }
}

/// Draws it.
pub fn runs_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut panel = std::mem::take(&mut cx.view.panels.runs);
    if cx.session.runs().is_empty() {
        empty_ui(ui, cx);
    } else {
        panel.prepare(cx);
        panel.draw_ui(ui, cx);
        ui.ctx().request_repaint_after(RENEW_AFTER);
    }
    cx.view.panels.runs = panel;
}

fn empty_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let title = tr("No runs yet", "还没有运行记录");
    let text = tr(
        "Every training is noted here with its settings and scores, so that you can compare and go back.",
        "每次训练的设置和得分都会记录在这里，方便比较和恢复。",
    );
    let is_running = cx.session.job().is_some();
    let label = (!is_running).then(|| actions::RUN.label.tr());
    if widgets::empty_state(ui, icons::ICON_HISTORY, title, text, label) {
        cx.act(&actions::RUN);
    }
}

impl RunsPanel {
    /// Puts the list and the comparison into words, where they are others than before.
    fn prepare(&mut self, cx: &Cx<'_>) {
        let (runs, registry) = (cx.session.runs(), cx.session.core().registry());
        let stamp = (self.n_changes, lang(), Vec::new());
        if self.lines.as_ref().is_none_or(|(old, lines)| *old != stamp || lines.len() != runs.len())
        {
            self.lines = Some((stamp, list::lines(runs, registry)));
            self.list.chosen.retain(|id| runs.iter().any(|run| run.id == *id));
        }
        let chosen: Vec<u64> = self.list.chosen.iter().copied().collect();
        if chosen.len() < 2 {
            self.comparison = None;
            return;
        }
        let stamp = (self.n_changes, lang(), chosen);
        if self.comparison.as_ref().is_none_or(|(old, _)| *old != stamp) {
            let compared: Vec<&RunRecord> =
                runs.iter().filter(|run| stamp.2.contains(&run.id)).collect();
            self.comparison = Some((stamp, Comparison::of(&compared, registry)));
        }
    }

    fn draw_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        self.bar_ui(ui, cx);
        let Some((_, lines)) = &self.lines else { return };
        let tokens = tokens(ui);
        let Some((_, comparison)) = &self.comparison else {
            if let Some(wish) = self.list.show(ui, cx, lines, false, &|_| None) {
                self.obey(cx, wish);
            }
            return;
        };
        let place = |id: u64| comparison.ids.iter().position(|other| *other == id);
        let color = |id: u64| -> Option<Color32> { place(id).map(|index| tokens.series(index)) };
        let (width, height) = (ui.available_width(), ui.available_height());
        let curves = if width >= WIDTH_FOR_CURVES { CURVES_WIDTH } else { 0.0 };
        let table = width - LIST_WIDTH - GAP - if curves > 0.0 { curves + GAP } else { 0.0 };
        ui.allocate_ui_with_layout(vec2(width, height), Layout::left_to_right(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            part_ui(ui, LIST_WIDTH, height, |ui| {
                self.list.show(ui, cx, lines, true, &color);
            });
            part_ui(ui, table, height, |ui| {
                table::table_ui(ui, comparison, &|id| color(id).unwrap_or(tokens.weak));
            });
            if curves > 0.0 {
                figure_card_ui(ui, cx, &comparison.curves, vec2(curves, height));
            }
        });
    }

    /// What the list is about, and what can be done with the runs that are chosen.
    fn bar_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), size::CONTROL),
            Layout::right_to_left(Align::Center),
            |ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                if let Some(id) = self.doomed {
                    self.question_ui(ui, cx, id);
                    return;
                }
                self.buttons_ui(ui, cx);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let (n_runs, n_chosen) = (cx.session.runs().len(), self.list.chosen.len());
                    let (title, hint) = match n_chosen {
                        0 if n_runs < 2 => (n_runs_text(n_runs), ""),
                        0 => (
                            n_runs_text(n_runs),
                            tr("Tick two or more to compare them", "勾选两个或更多进行比较"),
                        ),
                        1 if n_runs < 2 => (n_chosen_text(n_chosen), ""),
                        1 => (
                            n_chosen_text(n_chosen),
                            tr("Tick another one to compare them", "再勾选一个即可比较"),
                        ),
                        _ => (n_chosen_text(n_chosen), ""),
                    };
                    ui.label(
                        RichText::new(title).font(theme::bold(size::BODY)).color(tokens(ui).strong),
                    );
                    widgets::truncated(ui, RichText::new(hint).color(tokens(ui).weak));
                });
            },
        );
    }

    fn buttons_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let chosen: Vec<u64> = self.list.chosen.iter().copied().collect();
        match chosen.as_slice() {
            [] => {}
            [id] => {
                if widgets::button(ui, Some(icons::ICON_DELETE), tr("Delete", "删除")).clicked() {
                    self.doomed = Some(*id);
                }
                let help = tr(
                    "Brings the document back to the one that this run began with. One step of undo.",
                    "将项目恢复到此次运行开始时的状态，可一步撤销。",
                );
                let label = tr("Restore settings", "恢复设置");
                let icon = Some(icons::ICON_SETTINGS_BACKUP_RESTORE);
                if widgets::button(ui, icon, label).on_hover_text(help).clicked() {
                    self.obey(cx, Wish::Restore(*id));
                }
            }
            _ => {
                if widgets::button(
                    ui,
                    Some(icons::ICON_CLOSE),
                    tr("Close the comparison", "关闭比较"),
                )
                .clicked()
                {
                    self.list.chosen.clear();
                }
                if widgets::button(
                    ui,
                    Some(icons::ICON_DOWNLOAD),
                    tr("Save as CSV…", "保存为 CSV…"),
                )
                .clicked()
                {
                    self.ask_where(cx);
                }
            }
        }
    }

    /// The question before a run is gone; drawn from right to left.
    fn question_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, id: u64) {
        if widgets::button(ui, None, tr("Keep", "保留")).clicked() {
            self.doomed = None;
        }
        if widgets::button(ui, Some(icons::ICON_DELETE), tr("Delete for good", "永久删除"))
            .clicked()
        {
            self.doomed = None;
            self.list.chosen.remove(&id);
            cx.dispatch(Command::DeleteRun { id });
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let color = tokens(ui).bad;
            ui.label(icons::ICON_DELETE.rich_text().size(size::ICON).color(color));
            let question = match lang() {
                Lang::En => format!("Delete run {id} from the list? This cannot be undone."),
                Lang::Zh => format!("从列表中删除运行 {id}？此操作无法撤销。"),
            };
            widgets::truncated(ui, RichText::new(question).color(tokens(ui).strong));
        });
    }

    fn obey(&mut self, cx: &mut Cx<'_>, wish: Wish) {
        match wish {
            Wish::Delete(id) => self.doomed = Some(id),
            Wish::Restore(id) => {
                cx.dispatch(Command::RestoreRun { id });
                cx.view.toasts.say(say!(
                    "The settings of run {id} are back; undo takes it back",
                    "已恢复运行 {id} 的设置，可撤销"
                ));
            }
        }
    }

    fn ask_where(&mut self, cx: &mut Cx<'_>) {
        let Some((_, comparison)) = &self.comparison else { return };
        let bytes = comparison.csv().into_bytes();
        let title = tr("Save the comparison", "保存比较结果");
        save_as(cx, title, tr("runs", "运行记录"), "csv", move || Ok(bytes));
    }
}

fn part_ui(ui: &mut Ui, width: f32, height: f32, content: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, height), Layout::top_down(Align::Min), |ui| {
        ui.set_width(width);
        content(ui);
    });
}

fn n_runs_text(n_runs: usize) -> String {
    match (lang(), n_runs) {
        (Lang::En, 1) => "1 run".to_owned(),
        (Lang::En, n_runs) => format!("{n_runs} runs"),
        (Lang::Zh, n_runs) => format!("{n_runs} 次运行"),
    }
}

fn n_chosen_text(n_chosen: usize) -> String {
    match lang() {
        Lang::En => format!("{n_chosen} chosen"),
        Lang::Zh => format!("已选 {n_chosen} 个"),
    }
}
