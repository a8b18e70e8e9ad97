//! A field with options: side by side where they are few, with what the model would say to each.

use eframe::egui::{
    Align2, Atom, Color32, ComboBox, CornerRadius, Margin, Rect, RichText, Role, Sense, Stroke,
    StrokeKind, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use super::oracle::{Answer, Curve};
use super::strip::{self, Look, percent};
use crate::lang::tr;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Options that are shown side by side, where their names are short enough.
const MAX_SEGMENTS: usize = 6;

/// Draws the field; true where another option was chosen. `curve` holds an answer per option.
pub(super) fn choice_ui(
    ui: &mut Ui,
    name: &str,
    options: &[String],
    choice: &mut Option<String>,
    may_be_missing: bool,
    curve: &Curve,
    look: Look<'_>,
) -> bool {
    let before = choice.clone();
    let unknown = tr("unknown", "未知");
    if options.is_empty() {
        let mut text = choice.clone().unwrap_or_default();
        let edit = TextEdit::singleline(&mut text)
            .desired_width(f32::INFINITY)
            .margin(Margin::symmetric(8, 6));
        if ui.name_inputs(name, |ui| ui.add(edit).changed()) {
            *choice = (!text.is_empty()).then_some(text);
        }
        return *choice != before;
    }
    let answer = |index: usize| curve.get(index).and_then(Option::as_ref);
    let font = theme::regular(size::BODY);
    let label_width = |text: &str| {
        ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Color32::WHITE).size().x + 22.0
    };
    let n_shown = options.len() + usize::from(may_be_missing);
    let total: f32 = options.iter().map(|option| label_width(option)).sum::<f32>()
        + if may_be_missing { label_width(unknown) } else { 0.0 };
    if n_shown <= MAX_SEGMENTS && total <= ui.available_width() {
        let extra = (ui.available_width() - total).min(n_shown as f32 * 28.0) / n_shown as f32;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let known = options
                .iter()
                .enumerate()
                .map(|(index, option)| (option.as_str(), Some(option), answer(index)));
            for (label, option, answer) in
                known.chain(may_be_missing.then_some((unknown, None, None)))
            {
                let width = ui
                    .painter()
                    .layout_no_wrap(label.to_owned(), font.clone(), Color32::WHITE)
                    .size()
                    .x
                    + 20.0
                    + extra;
                if segment_ui(ui, name, label, width, choice.as_ref() == option, answer, look) {
                    *choice = option.cloned();
                }
            }
        });
    } else {
        let shown = choice.clone().unwrap_or_else(|| unknown.to_owned());
        let combo = ComboBox::from_id_salt(("choice", name))
            .selected_text(shown)
            .width(ui.available_width())
            .truncate();
        ui.name_inputs(name, |ui| {
            combo.show_ui(ui, |ui| {
                if may_be_missing {
                    ui.selectable_value(choice, None, unknown);
                }
                for (index, option) in options.iter().enumerate() {
                    let aside = answer(index).map(|answer| aside(answer, look)).unwrap_or_default();
                    let aside = RichText::new(aside).size(size::SMALL).weak();
                    ui.selectable_value(
                        choice,
                        Some(option.clone()),
                        (option.as_str(), Atom::grow(), aside),
                    );
                }
            })
        });
    }
    *choice != before
}

/// What an option would lead to, in as few characters as can be: how probable the present answer stays, or the number.
fn aside(answer: &Answer, look: Look<'_>) -> String {
    match answer {
        Answer::Class { probabilities, .. } => {
            percent(probabilities.get(look.best).copied().unwrap_or_default())
        }
        Answer::Number(number) => widgets::number(*number),
    }
}

/// One option of several side by side, and under it what the model would say to it.
fn segment_ui(
    ui: &mut Ui,
    field: &str,
    label: &str,
    width: f32,
    is_chosen: bool,
    answer: Option<&Answer>,
    look: Look<'_>,
) -> bool {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, size::CONTROL + 4.0), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::RadioButton, true, is_chosen, format!("{field}: {label}"))
    });
    let body = rect.with_max_y(rect.bottom() - 6.0);
    let fill = if is_chosen {
        tokens.selected
    } else if response.hovered() {
        tokens.hover
    } else {
        tokens.field
    };
    let radius = CornerRadius::same(size::RADIUS);
    ui.painter().rect_filled(body, radius, fill);
    if is_chosen {
        ui.painter().rect_stroke(body, radius, Stroke::new(1.0, tokens.accent), StrokeKind::Inside);
    }
    widgets::focus_ring(ui, &response);
    let color = if is_chosen { tokens.strong } else { tokens.text };
    ui.painter().text(
        body.center(),
        Align2::CENTER_CENTER,
        label,
        theme::regular(size::BODY),
        color,
    );
    let track = Rect::from_min_max(
        pos2(rect.left() + 3.0, rect.bottom() - 4.0),
        pos2(rect.right() - 3.0, rect.bottom() - 1.0),
    );
    let Some(answer) = answer else { return response.clicked() };
    match answer {
        Answer::Class { probabilities, .. } if probabilities.len() <= strip::MAX_COLOURED => {
            let mut left = track.left();
            for (class, probability) in probabilities.iter().enumerate() {
                let right = left + track.width() * probability;
                let part = Rect::from_min_max(
                    pos2(left, track.top()),
                    pos2(right.min(track.right()), track.bottom()),
                );
                ui.painter().rect_filled(
                    part,
                    CornerRadius::ZERO,
                    look.color(tokens, class).gamma_multiply(0.85),
                );
                left = right;
            }
        }
        Answer::Class { probabilities, .. } => {
            let probability = probabilities.get(look.best).copied().unwrap_or_default();
            ui.painter().rect_filled(track, CornerRadius::ZERO, tokens.field);
            ui.painter().rect_filled(
                track.with_max_x(track.left() + track.width() * probability),
                CornerRadius::ZERO,
                tokens.accent,
            );
        }
        Answer::Number(number) => {
            let fraction = look.target.map_or(0.0, |target| target.fraction(*number));
            ui.painter().rect_filled(track, CornerRadius::ZERO, tokens.field);
            ui.painter().rect_filled(
                track.with_max_x(track.left() + track.width() * fraction),
                CornerRadius::ZERO,
                tokens.accent,
            );
        }
    }
    response.on_hover_text(format!("{label} → {}", look.words(answer))).clicked()
}
