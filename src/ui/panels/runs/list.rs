//! The list of runs: what each began with, what came of it, and what was different from the run before.

use std::collections::BTreeSet;

use eframe::egui::{
    self, Align, Color32, Layout, Margin, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo,
    pos2, vec2,
};
use egui_material_icons::{MaterialIcon, icons};
use pg_base::{Text, Words, t};
use pg_contract::Registry;
use pg_session::{Command, RunEnd, RunRecord};

use super::changes::changes;
use super::compare::{best_record, metric_title};
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::{when, widgets};

/// Metrics that tell most in few columns, in this order; the rest stands in the tooltip.
const MAIN_METRICS: [&str; 4] = ["accuracy", "f1_macro", "r2", "rmse"];
/// Scores in a row.
const N_SCORES: usize = 2;
/// Widths of the columns; what was different takes what is left.
const MARK: f32 = 22.0;
const NUMBER: f32 = 36.0;
const WHEN: f32 = 168.0;
const END: f32 = 104.0;
const SCORE: f32 = 84.0;
const NOTE: f32 = 160.0;
const BUTTONS: f32 = 60.0;

/// A run as the list shows it.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub id: u64,
    started_unix_secs: u64,
    seconds: f64,
    outcome: RunEnd,
    scores: Vec<(Words, f64)>,
    /// All of its metrics, for the tooltip.
    all_scores: Vec<(Words, f64)>,
    changes: Option<Vec<Words>>,
    note: String,
}

/// What the person asked for in the list.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wish {
    Restore(u64),
    Delete(u64),
}

/// What the list remembers between frames.
#[derive(Debug, Default)]
pub(super) struct List {
    /// Numbers of the runs that are chosen.
    pub chosen: BTreeSet<u64>,
    /// The note that is being written.
    writing: Option<(u64, String)>,
}

/// Lines of all runs, the newest first; each is compared with the one before it.
pub(super) fn lines(runs: &[RunRecord], registry: &Registry) -> Vec<Line> {
    let before = std::iter::once(None).chain(runs.iter().map(Some));
    let mut lines: Vec<Line> =
        runs.iter().zip(before).map(|(run, before)| line(run, before, registry)).collect();
    lines.reverse();
    lines
}

fn line(run: &RunRecord, before: Option<&RunRecord>, registry: &Registry) -> Line {
    let all_scores = scores(run);
    let title = |id: &str| metric_title(id);
    let main = MAIN_METRICS.iter().filter_map(|id| {
        let found = run.metrics.values().rev().find_map(|metrics| metrics.get(*id));
        found.map(|value| (title(id), *value))
    });
    let mut main: Vec<(Words, f64)> = main.take(N_SCORES).collect();
    if main.is_empty() {
        main = all_scores.iter().take(N_SCORES).cloned().collect();
    }
    let changes = before.map(|before| {
        let mut all = changes(&before.document, &run.document, registry);
        if before.device != run.device {
            all.push(format!("{} → {}", before.device, run.device).into());
        }
        all
    });
    Line {
        id: run.id,
        started_unix_secs: run.started_unix_secs,
        seconds: run.seconds,
        outcome: run.outcome,
        scores: main,
        all_scores,
        changes,
        note: run.note.clone(),
    }
}

/// Metrics of the reports; of a run without one the score of its trainings.
fn scores(run: &RunRecord) -> Vec<(Words, f64)> {
    let of_reports = run.metrics.values().flatten().map(|(id, value)| (metric_title(id), *value));
    let of_reports: Vec<(Words, f64)> = of_reports.collect();
    if !of_reports.is_empty() {
        return of_reports;
    }
    let of_training = run.trainings.values().filter_map(|training| {
        let best = best_record(&training.history)?;
        let name = metric_title(&training.history.score_name);
        let (score, en, zh) = match best.validation_score {
            Some(score) => (score, "validation", "验证"),
            None => (best.training_score, "training", "训练"),
        };
        Some((
            Words { en: format!("{} ({en})", name.en), zh: format!("{}（{zh}）", name.zh) },
            score,
        ))
    });
    of_training.collect()
}

fn end_of(outcome: RunEnd, ui: &Ui) -> (MaterialIcon, Color32, Text) {
    let tokens = tokens(ui);
    match outcome {
        RunEnd::Done => (icons::ICON_CHECK_CIRCLE, tokens.good, t("Done", "完成")),
        RunEnd::Failed => (icons::ICON_ERROR, tokens.bad, t("Failed", "失败")),
        RunEnd::Cancelled => (icons::ICON_CANCEL, tokens.weak, t("Cancelled", "已取消")),
        RunEnd::Stopped => {
            (icons::ICON_STOP_CIRCLE, tokens.warning, t("Stopped and kept", "已停止并保留"))
        }
    }
}

impl List {
    /// Draws it; a narrow one has fewer columns. `colors` are those of the chosen runs in a comparison.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        cx: &mut Cx<'_>,
        lines: &[Line],
        is_narrow: bool,
        colors: &dyn Fn(u64) -> Option<Color32>,
    ) -> Option<Wish> {
        let mut wish = None;
        ui.spacing_mut().item_spacing.y = 0.0;
        head_ui(ui, lines, is_narrow);
        let area = ScrollArea::vertical().auto_shrink(false);
        area.show_rows(ui, size::ROW, lines.len(), |ui, range| {
            for line in lines.get(range).unwrap_or_default() {
                wish = self.line_ui(ui, cx, line, is_narrow, colors).or(wish.take());
            }
        });
        wish
    }

    fn line_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Cx<'_>,
        line: &Line,
        is_narrow: bool,
        colors: &dyn Fn(u64) -> Option<Color32>,
    ) -> Option<Wish> {
        let is_chosen = self.chosen.contains(&line.id);
        let mut wish = None;
        let mut is_toggled = false;
        let name = format!("{} {}", tr("Run", "运行"), line.id);
        let response = widgets::row_ui(ui, &name, is_chosen, |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            is_toggled = mark_ui(ui, line.id, is_chosen, colors(line.id));
            let columns = Columns::of(ui, is_narrow);
            number_ui(ui, line);
            when_ui(ui, line);
            if !is_narrow {
                end_ui(ui, line);
            }
            scores_ui(ui, line, if is_narrow { 1 } else { N_SCORES });
            if !is_narrow {
                cell(ui, columns.changes, |ui| changes_ui(ui, line));
                cell(ui, NOTE, |ui| self.note_ui(ui, cx, line));
                let is_looked_at =
                    is_chosen || ui.rect_contains_pointer(ui.max_rect().expand2(vec2(8.0, 0.0)));
                if is_looked_at {
                    wish = buttons_ui(ui, line.id);
                }
            }
        });
        let is_added = response.ctx.input(|input| input.modifiers.command || input.modifiers.shift);
        if is_toggled || (response.clicked() && is_added) {
            if !self.chosen.remove(&line.id) {
                self.chosen.insert(line.id);
            }
        } else if response.clicked() {
            let was_alone = is_chosen && self.chosen.len() == 1;
            self.chosen.clear();
            if !was_alone {
                self.chosen.insert(line.id);
            }
        }
        wish
    }

    fn note_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, line: &Line) {
        let hint = tr("Add a note", "添加备注");
        if let Some((_, text)) = self.writing.as_mut().filter(|(id, _)| *id == line.id) {
            ui.spacing_mut().interact_size.y = size::ROW - 4.0;
            let field =
                egui::TextEdit::singleline(text).hint_text(hint).margin(Margin::symmetric(6, 2));
            let response = ui.add(field.desired_width(NOTE - 16.0));
            response.request_focus();
            let (is_entered, is_given_up, is_pressed) = ui.input(|input| {
                let key = |key| input.key_pressed(key);
                (key(egui::Key::Enter), key(egui::Key::Escape), input.pointer.any_pressed())
            });
            let has_left = is_pressed && !response.contains_pointer();
            let written =
                if is_entered || has_left || is_given_up { self.writing.take() } else { None };
            if let Some((id, note)) = written.filter(|(_, note)| !is_given_up && *note != line.note)
            {
                cx.dispatch(Command::NoteRun { id, note: note.trim().to_owned() });
            }
            return;
        }
        let tokens = tokens(ui);
        let (text, color) = if line.note.is_empty() {
            (hint, tokens.weak)
        } else {
            (line.note.as_str(), tokens.text)
        };
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
        response
            .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{hint} {}", line.id)));
        widgets::focus_ring(ui, &response);
        if !line.note.is_empty() || response.hovered() || response.has_focus() {
            let mut child = ui.new_child(
                egui::UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center)),
            );
            child.add(
                egui::Label::new(RichText::new(text).color(color)).truncate().selectable(false),
            );
        }
        if response.on_hover_cursor(egui::CursorIcon::Text).clicked() {
            self.writing = Some((line.id, line.note.clone()));
        }
    }
}

/// Width of the one column that takes what is left.
struct Columns {
    changes: f32,
}

impl Columns {
    fn of(ui: &Ui, is_narrow: bool) -> Self {
        let fixed = NUMBER + WHEN + END + N_SCORES as f32 * SCORE + NOTE + BUTTONS;
        Self { changes: if is_narrow { 0.0 } else { (ui.available_width() - fixed).max(60.0) } }
    }
}

fn cell(ui: &mut Ui, width: f32, content: impl FnOnce(&mut Ui)) {
    let rect = Rect::from_min_size(
        pos2(ui.cursor().left(), ui.max_rect().top()),
        vec2(width, ui.max_rect().height()),
    );
    ui.scope_builder(
        egui::UiBuilder::new()
            .max_rect(rect.with_max_x(rect.right() - 8.0))
            .layout(Layout::left_to_right(Align::Center)),
        content,
    );
    ui.advance_cursor_after_rect(rect);
}

fn head_ui(ui: &mut Ui, lines: &[Line], is_narrow: bool) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let inner = rect.shrink2(vec2(8.0, 0.0));
    let mut child = ui.new_child(
        egui::UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center)),
    );
    let ui = &mut child;
    ui.spacing_mut().item_spacing.x = 0.0;
    ui.add_space(MARK);
    let columns = Columns::of(ui, is_narrow);
    let color = tokens(ui).weak;
    let title = |ui: &mut Ui, width: f32, text: &str| {
        let text = RichText::new(text).size(size::SMALL).color(color);
        cell(ui, width, |ui| {
            ui.add(egui::Label::new(text).truncate().selectable(false));
        });
    };
    title(ui, NUMBER, tr("Run", "运行"));
    title(ui, WHEN, tr("When", "时间"));
    if !is_narrow {
        title(ui, END, tr("Duration", "用时"));
    }
    for index in 0..if is_narrow { 1 } else { N_SCORES } {
        title(ui, SCORE, &score_title(lines, index));
    }
    if is_narrow {
        return;
    }
    title(ui, columns.changes, tr("Different from the run before", "与上一次运行的差异"));
    title(ui, NOTE, tr("Note", "备注"));
}

/// The metric of a column, where all runs that have a score there mean the same one.
fn score_title(lines: &[Line], index: usize) -> String {
    let mut titles = lines.iter().filter_map(|line| line.scores.get(index)).map(|(title, _)| title);
    match (titles.next(), tr("Score", "得分")) {
        (Some(first), _) if titles.all(|title| title == first) => first.tr().to_owned(),
        (Some(_), score) => score.to_owned(),
        (None, score) => {
            if index == 0 {
                score.to_owned()
            } else {
                String::new()
            }
        }
    }
}

/// The mark that chooses a run for a comparison; true where it was clicked.
fn mark_ui(ui: &mut Ui, id: u64, is_chosen: bool, color: Option<Color32>) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(MARK, size::ROW), Sense::click());
    let tokens = tokens(ui);
    let square = Rect::from_center_size(pos2(rect.left() + 7.0, rect.center().y), vec2(14.0, 14.0));
    let fill = color.unwrap_or(tokens.accent);
    if is_chosen {
        ui.painter().rect_filled(square, 3, fill);
        widgets::icon_at(ui, icons::ICON_CHECK, square, 12.0, tokens.on_accent);
    } else {
        let edge = if response.hovered() { tokens.text } else { tokens.weak.gamma_multiply(0.6) };
        ui.painter().rect_stroke(square, 3, egui::Stroke::new(1.0, edge), egui::StrokeKind::Inside);
    }
    let name = format!("{} {id}", tr("Compare run", "比较运行"));
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_chosen, &name));
    widgets::focus_ring(ui, &response);
    response.clicked()
}

fn number_ui(ui: &mut Ui, line: &Line) {
    let color = tokens(ui).strong;
    cell(ui, NUMBER, |ui| {
        ui.label(RichText::new(line.id.to_string()).font(theme::bold(size::BODY)).color(color));
    });
}

fn when_ui(ui: &mut Ui, line: &Line) {
    let color = tokens(ui).text;
    cell(ui, WHEN, |ui| {
        let (started, now) = (line.started_unix_secs, when::now_unix_secs());
        let text = format!("{} · {}", when::clock(started, now), when::ago(started, now).tr());
        let text = egui::Label::new(RichText::new(text).color(color)).truncate();
        ui.add(text).on_hover_text(when::exact(started));
    });
}

fn end_ui(ui: &mut Ui, line: &Line) {
    let (icon, color, title) = end_of(line.outcome, ui);
    let text = tokens(ui).text;
    cell(ui, END, |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(icon.rich_text().size(size::ICON).color(color)).on_hover_text(title.tr());
        widgets::truncated(ui, RichText::new(widgets::duration(line.seconds)).color(text));
    });
}

fn scores_ui(ui: &mut Ui, line: &Line, n_shown: usize) {
    let color = tokens(ui).strong;
    for index in 0..n_shown {
        cell(ui, SCORE, |ui| {
            let Some((_, value)) = line.scores.get(index) else { return };
            let response = ui.label(RichText::new(widgets::number(*value)).color(color));
            response.on_hover_ui(|ui| {
                ui.set_width(230.0);
                ui.spacing_mut().interact_size.y = 18.0;
                ui.spacing_mut().item_spacing.y = 2.0;
                for (title, value) in &line.all_scores {
                    widgets::key_value(ui, title.tr(), &widgets::number(*value));
                }
            });
        });
    }
}

fn changes_ui(ui: &mut Ui, line: &Line) {
    let tokens = tokens(ui);
    let (text, color) = match &line.changes {
        None => (tr("first run", "首次运行").to_owned(), tokens.weak),
        Some(changes) if changes.is_empty() => {
            (tr("same settings", "设置相同").to_owned(), tokens.weak)
        }
        Some(changes) => {
            let said: Vec<&str> = changes.iter().map(Tr::tr).collect();
            (said.join("  ·  "), tokens.text)
        }
    };
    let response = ui.add(
        egui::Label::new(RichText::new(text).color(color))
            .truncate()
            .show_tooltip_when_elided(false),
    );
    if let Some(changes) = line.changes.as_ref().filter(|changes| !changes.is_empty()) {
        response.on_hover_ui(|ui| {
            for change in changes {
                ui.label(change.tr());
            }
        });
    }
}

fn buttons_ui(ui: &mut Ui, id: u64) -> Option<Wish> {
    let restore = widgets::icon_button(
        ui,
        icons::ICON_SETTINGS_BACKUP_RESTORE,
        tr("Bring these settings back", "恢复这些设置"),
    );
    let delete = widgets::icon_button(
        ui,
        icons::ICON_DELETE,
        tr("Delete this run from the list", "从列表中删除此运行"),
    );
    if restore.clicked() {
        Some(Wish::Restore(id))
    } else if delete.clicked() {
        Some(Wish::Delete(id))
    } else {
        None
    }
}
