//! What the model says about the row: its answer in large letters and, for classes, how sure it is of each.

use eframe::egui::{
    self, Align, CornerRadius, Id, Layout, Pos2, Rect, RichText, Sense, Shape, Stroke, Ui, pos2,
    vec2,
};
use egui_material_icons::icons;

use super::oracle::Answer;
use super::strip::{Look, percent};
use crate::lang::tr;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Classes shown at most, the most probable ones where there are more.
const MAX_BARS: usize = 12;
/// Height of the row of a class.
const BAR_ROW: f32 = 21.0;
/// Seconds that a bar takes to its new length.
const GROWS_SECS: f32 = 0.22;

/// What the answer is seen against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Background<'a> {
    /// The column that is predicted.
    pub target: &'a str,
    /// Its value in the sample row, where the row is still as it was.
    pub truth: Option<&'a str>,
    /// Its mean in training, for numbers.
    pub typical: Option<f64>,
    /// Where the card ends: `y` on the screen.
    pub bottom: f32,
}

/// Draws the answer.
pub(super) fn outcome_ui(ui: &mut Ui, answer: &Answer, look: Look<'_>, background: Background<'_>) {
    let Background { target, truth, typical, bottom } = background;
    match answer {
        Answer::Class { best, probabilities } => {
            let name = look.classes.get(*best).map_or("", String::as_str);
            let probability = probabilities.get(*best).copied().unwrap_or_default();
            large_ui(ui, name, &percent(probability));
            truth_ui(ui, truth, truth == Some(name));
            ui.add_space(4.0);
            let height = bottom - ui.cursor().top();
            let n_rows = probabilities.len().min(MAX_BARS);
            if n_rows as f32 * BAR_ROW > height && are_columns_better(ui, probabilities.len(), look)
            {
                columns_ui(ui, target, *best, probabilities, look, height);
            } else {
                let is_cut = n_rows as f32 * BAR_ROW > height || probabilities.len() > MAX_BARS;
                bars_ui(ui, target, *best, probabilities, look, is_cut);
            }
        }
        Answer::Number(number) => {
            large_ui(ui, &widgets::number(*number), "");
            if let Some(truth) = truth.and_then(|truth| truth.parse::<f64>().ok()) {
                fact_ui(ui, tr("In the sample row", "样本行中的值"), &widgets::number(truth));
            }
            ui.add_space(6.0);
            if let Some(target_span) = look.target {
                axis_ui(ui, target, *number, typical, target_span);
            }
        }
    }
}

/// The answers of several targets, one below the other: numbers, or how likely a label is there. A click chooses the
/// target that is looked at closely.
pub(super) fn targets_ui(
    ui: &mut Ui,
    names: &[String],
    answers: &[Answer],
    chosen: usize,
) -> Option<usize> {
    let mut clicked = None;
    for (index, (name, answer)) in names.iter().zip(answers).enumerate() {
        let (value, is_there) = match answer {
            Answer::Number(number) => (widgets::number(*number), false),
            Answer::Class { best, probabilities } => {
                (percent(probabilities.last().copied().unwrap_or_default()), *best > 0)
            }
        };
        let tokens = tokens(ui);
        let color = if is_there { tokens.accent } else { tokens.text };
        let font = if is_there { theme::bold(size::BODY) } else { theme::regular(size::BODY) };
        let button = egui::Button::selectable(
            index == chosen,
            RichText::new(name).font(font.clone()).color(color),
        )
        .truncate()
        .right_text(RichText::new(value).font(font).color(color));
        if ui.add(button.min_size(vec2(ui.available_width(), size::ROW))).clicked() {
            clicked = Some(index);
        }
    }
    ui.add_space(6.0);
    clicked
}

fn large_ui(ui: &mut Ui, text: &str, aside: &str) {
    let tokens = tokens(ui);
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 32.0),
        Layout::right_to_left(Align::Center),
        |ui| {
            if !aside.is_empty() {
                ui.label(RichText::new(aside).size(15.0).color(tokens.text));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text =
                    RichText::new(text).font(theme::bold(size::DISPLAY)).color(tokens.strong);
                widgets::truncated(ui, text);
            });
        },
    );
}

fn truth_ui(ui: &mut Ui, truth: Option<&str>, is_right: bool) {
    let Some(truth) = truth else { return };
    let tokens = tokens(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let (icon, color) = if is_right {
            (icons::ICON_CHECK_CIRCLE, tokens.good)
        } else {
            (icons::ICON_CANCEL, tokens.bad)
        };
        ui.label(icon.rich_text().size(14.0).color(color));
        let text = if is_right {
            tr("As in the sample row", "与样本行一致").to_owned()
        } else {
            format!("{}{truth}", tr("In the sample row: ", "样本行中为："))
        };
        widgets::truncated(ui, RichText::new(text).size(size::SMALL).color(tokens.weak));
    });
}

fn fact_ui(ui: &mut Ui, label: &str, value: &str) {
    widgets::key_value(ui, label, value);
}

/// Whether the names of the classes are short enough to stand side by side under columns.
fn are_columns_better(ui: &Ui, n_classes: usize, look: Look<'_>) -> bool {
    let room = ui.available_width() / n_classes.max(1) as f32;
    let color = tokens(ui).text;
    let width = |name: &String| {
        ui.painter().layout_no_wrap(name.clone(), theme::bold(size::BODY), color).size().x
    };
    room >= 14.0 && look.classes.iter().all(|name| width(name) <= room - 2.0)
}

/// Classes as columns side by side, where there is no room for a row each.
fn columns_ui(
    ui: &mut Ui,
    target: &str,
    best: usize,
    probabilities: &[f32],
    look: Look<'_>,
    height: f32,
) {
    let tokens = tokens(ui);
    let (area, _) = ui
        .allocate_exact_size(vec2(ui.available_width(), height.clamp(64.0, 120.0)), Sense::hover());
    let step = area.width() / probabilities.len().max(1) as f32;
    for (class, probability) in probabilities.iter().enumerate() {
        let column = Rect::from_min_size(
            pos2(area.left() + step * class as f32, area.top()),
            vec2(step, area.height()),
        );
        let name = look.classes.get(class).map_or("", String::as_str);
        let is_best = class == best;
        let response = ui.interact(column, ui.scope_id().with(("class", class)), Sense::hover());
        let label = format!("{name} {}", percent(*probability));
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &label));
        response.on_hover_text(&label);
        let track = Rect::from_min_max(
            pos2(column.center().x - 5.0, column.top()),
            pos2(column.center().x + 5.0, column.bottom() - 20.0),
        );
        let radius = CornerRadius::same(3);
        ui.painter().rect_filled(track, radius, tokens.field);
        let id = Id::unique(("deploy-bar", target.to_owned(), class));
        let grown = ui.ctx().animate_value_with_time(id, *probability, GROWS_SECS);
        if grown > 0.002 {
            let fill = look.color(tokens, class).gamma_multiply(if is_best { 1.0 } else { 0.75 });
            let top = track.bottom() - (track.height() * grown).max(3.0);
            ui.painter().rect_filled(track.with_min_y(top), radius, fill);
        }
        let (color, font) = if is_best {
            (tokens.strong, theme::bold(size::BODY))
        } else {
            (tokens.weak, theme::regular(size::BODY))
        };
        ui.painter().text(
            pos2(column.center().x, column.bottom()),
            egui::Align2::CENTER_BOTTOM,
            name,
            font,
            color,
        );
    }
}

fn bars_ui(
    ui: &mut Ui,
    target: &str,
    best: usize,
    probabilities: &[f32],
    look: Look<'_>,
    is_cut: bool,
) {
    let tokens = tokens(ui);
    // Few classes keep their places, so that the eye can follow one while a value is moved.
    let mut shown: Vec<usize> = (0..probabilities.len()).collect();
    if is_cut {
        let probability = |class: usize| probabilities.get(class).copied().unwrap_or_default();
        shown.sort_by(|a, b| probability(*b).total_cmp(&probability(*a)).then(a.cmp(b)));
        shown.truncate(MAX_BARS);
    }
    let n_hidden = probabilities.len() - shown.len();
    let name_of = |class: usize| look.classes.get(class).map_or("", String::as_str);
    let measure = |text: &str| {
        ui.painter()
            .layout_no_wrap(text.to_owned(), theme::regular(size::BODY), tokens.text)
            .size()
            .x
    };
    let widest = shown.iter().map(|class| measure(name_of(*class))).fold(0.0, f32::max);
    let name_width = widest.clamp(14.0, ui.available_width() * 0.42).ceil() + 2.0;
    ui.spacing_mut().item_spacing.y = 0.0;
    for class in shown {
        let probability = probabilities.get(class).copied().unwrap_or_default();
        let (row, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), BAR_ROW), Sense::hover());
        let is_best = class == best;
        let label = format!("{} {}", name_of(class), percent(probability));
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &label));
        let name_rect = row.with_max_x(row.left() + name_width);
        let value_rect = row.with_min_x(row.right() - 52.0);
        let track = Rect::from_x_y_ranges(
            name_rect.right() + 8.0..=value_rect.left() - 4.0,
            row.center().y - 4.0..=row.center().y + 4.0,
        );
        let (name_color, font) = if is_best {
            (tokens.strong, theme::bold(size::BODY))
        } else {
            (tokens.text, theme::regular(size::BODY))
        };
        let mut child = ui.new_child(
            egui::UiBuilder::new().max_rect(name_rect).layout(Layout::left_to_right(Align::Center)),
        );
        widgets::truncated(&mut child, RichText::new(name_of(class)).font(font).color(name_color));
        let radius = CornerRadius::same(4);
        ui.painter().rect_filled(track, radius, tokens.field);
        let id = Id::unique(("deploy-bar", target.to_owned(), class));
        let grown = ui.ctx().animate_value_with_time(id, probability, GROWS_SECS);
        if grown > 0.002 {
            let fill = look.color(tokens, class).gamma_multiply(if is_best { 1.0 } else { 0.75 });
            let bar = track.with_max_x(track.left() + (track.width() * grown).max(4.0));
            ui.painter().rect_filled(bar, radius, fill);
        }
        let value_color = if is_best { tokens.strong } else { tokens.weak };
        let at = value_rect.right_center();
        ui.painter().text(
            at,
            egui::Align2::RIGHT_CENTER,
            percent(probability),
            theme::regular(size::SMALL),
            value_color,
        );
    }
    if n_hidden > 0 {
        let text = format!("+ {n_hidden} {}", tr("more classes", "个其他类别"));
        ui.label(RichText::new(text).size(size::SMALL).color(tokens.weak));
    }
}

/// Where a number lies among those of the training rows.
fn axis_ui(
    ui: &mut Ui,
    target: &str,
    number: f64,
    typical: Option<f64>,
    span: super::learnt::Span,
) {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::hover());
    let track = Rect::from_x_y_ranges(rect.x_range(), rect.top() + 12.0..=rect.top() + 20.0);
    let painter = ui.painter();
    painter.rect_filled(track, CornerRadius::same(4), tokens.field);
    let id = Id::unique(("deploy-number", target.to_owned()));
    let at = ui.ctx().animate_value_with_time(id, span.fraction(number), GROWS_SECS);
    let x = track.left() + track.width() * at;
    painter.rect_filled(
        track.with_max_x(x.max(track.left() + 4.0)),
        CornerRadius::same(4),
        tokens.accent,
    );
    if let Some(typical) = typical {
        let x = track.left() + track.width() * span.fraction(typical);
        painter.vline(x, track.y_range().expand(3.0), Stroke::new(1.5, tokens.weak));
    }
    painter.circle(pos2(x, track.center().y), 6.0, tokens.strong, Stroke::new(2.0, tokens.card));
    if number < span.low || number > span.high {
        // Beyond everything seen in training.
        let is_low = number < span.low;
        let tip: Pos2 = if is_low { track.left_center() } else { track.right_center() };
        let side = if is_low { 9.0 } else { -9.0 };
        let arrow = vec![tip, tip + vec2(side, -5.0), tip + vec2(side, 5.0)];
        painter.add(Shape::convex_polygon(arrow, tokens.warning, Stroke::NONE));
    }
    let font = theme::regular(size::SMALL);
    let y = track.bottom() + 6.0;
    painter.text(
        pos2(track.left(), y),
        egui::Align2::LEFT_TOP,
        widgets::number(span.low),
        font.clone(),
        tokens.weak,
    );
    painter.text(
        pos2(track.right(), y),
        egui::Align2::RIGHT_TOP,
        widgets::number(span.high),
        font.clone(),
        tokens.weak,
    );
    if let Some(typical) = typical {
        let text = format!("{} {}", tr("mean", "均值"), widgets::number(typical));
        painter.text(pos2(track.center().x, y), egui::Align2::CENTER_TOP, text, font, tokens.weak);
    }
}
