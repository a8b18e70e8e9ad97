//! The strip under a number: a slider over the values seen in training, on which is painted what the model would say
//! at each of them.

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, Key, Mesh, Pos2, Rect, Sense, Shape, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::learnt::Span;
use super::oracle::{Answer, Curve};
use crate::theme::{self, Tokens, size, tokens};
use crate::{classes, widgets};

/// Height in points.
pub(super) const HEIGHT: f32 = 30.0;
/// More classes than this cannot be told apart by colour: then only the predicted one is painted.
pub(super) const MAX_COLOURED: usize = 8;

/// How answers are painted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'a> {
    /// Names of the classes; empty for numbers.
    pub classes: &'a [String],
    /// The class predicted for the row itself.
    pub best: usize,
    /// Where predicted numbers lie.
    pub target: Option<Span>,
}

impl Look<'_> {
    /// The colour of a class.
    pub(super) fn color(&self, tokens: &Tokens, class: usize) -> Color32 {
        if self.classes.len() <= MAX_COLOURED {
            let name = self.classes.get(class).map_or("", String::as_str);
            classes::color_of(name, class, tokens)
        } else if class == self.best {
            tokens.accent
        } else {
            tokens.weak
        }
    }

    /// An answer in few words.
    pub(super) fn words(&self, answer: &Answer) -> String {
        match answer {
            Answer::Class { best, probabilities } => {
                let name = self.classes.get(*best).map_or("", String::as_str);
                let probability = probabilities.get(*best).copied().unwrap_or_default();
                format!("{name} {}", percent(probability))
            }
            Answer::Number(number) => widgets::number(*number),
        }
    }

    /// Heights between 0 and 1 at which the areas of an answer end, from below, each with its colour.
    fn levels(
        &self,
        tokens: &Tokens,
        answer: &Answer,
        numbers: Option<Span>,
    ) -> Vec<(f32, Color32)> {
        match answer {
            Answer::Number(number) => {
                let height = numbers.map_or(0.5, |span| 0.08 + 0.84 * span.fraction(*number));
                vec![(height, tokens.accent)]
            }
            Answer::Class { probabilities, .. } if probabilities.len() <= MAX_COLOURED => {
                let mut top = 0.0;
                let areas = probabilities.iter().enumerate().map(|(class, probability)| {
                    top += probability;
                    (top, self.color(tokens, class))
                });
                areas.collect()
            }
            Answer::Class { probabilities, .. } => {
                vec![(probabilities.get(self.best).copied().unwrap_or_default(), tokens.accent)]
            }
        }
    }
}

/// A probability for people.
pub(super) fn percent(probability: f32) -> String {
    let percent = probability * 100.0;
    if percent > 0.0 && percent < 0.1 { "<0.1 %".to_owned() } else { format!("{percent:.1} %") }
}

/// Draws the strip; true where the value was moved.
pub(super) fn strip_ui(
    ui: &mut Ui,
    name: &str,
    span: Span,
    value: &mut Option<f64>,
    curve: &Curve,
    look: Look<'_>,
) -> bool {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click_and_drag());
    let response = response.on_hover_cursor(CursorIcon::ResizeHorizontal);
    let before = *value;
    let shown = value.unwrap_or(span.low);
    response.widget_info(|| WidgetInfo::slider(true, shown, name));
    let inner = rect.shrink2(vec2(6.0, 0.0));
    if let Some(pointer) = response.interact_pointer_pos() {
        *value = Some(span.at((pointer.x - inner.left()) / inner.width()));
        response.request_focus();
    }
    if response.has_focus() {
        let step = if span.is_whole { 1.0 } else { (span.high - span.low) / 100.0 };
        let pressed = |key| ui.input(|input| f64::from(input.num_presses(key) as u32));
        let n_steps = pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
        if n_steps != 0.0 {
            *value = Some((shown + n_steps * step).clamp(span.low, span.high));
        }
        ui.memory_mut(|memory| {
            let filter =
                eframe::egui::EventFilter { horizontal_arrows: true, ..Default::default() };
            memory.set_focus_lock_filter(response.id, filter);
        });
    }
    if ui.is_rect_visible(rect) {
        paint(ui, rect, inner, span, *value, curve, look);
        widgets::focus_ring(ui, &response);
    }
    if let Some(pointer) = response.hover_pos().filter(|_| !response.dragged()) {
        let fraction = (pointer.x - inner.left()) / inner.width();
        if let Some(answer) = near(curve, fraction) {
            let text = format!("{} → {}", widgets::number(span.at(fraction)), look.words(answer));
            response.on_hover_text_at_pointer(text);
        }
    }
    *value != before
}

/// The answer nearest to a position on the strip.
fn near(curve: &Curve, fraction: f32) -> Option<&Answer> {
    let last = curve.len().checked_sub(1)?;
    curve.get((fraction.clamp(0.0, 1.0) * last as f32).round() as usize)?.as_ref()
}

fn paint(
    ui: &Ui,
    rect: Rect,
    inner: Rect,
    span: Span,
    value: Option<f64>,
    curve: &Curve,
    look: Look<'_>,
) {
    let tokens = tokens(ui);
    let painter = ui.painter_at(rect.expand(3.0));
    let radius = CornerRadius::same(size::RADIUS - 1);
    painter.rect_filled(rect, radius, tokens.field);
    let numbers = number_span(curve, look.target);
    let is_dark = ui.visuals().dark_mode;
    let mut edges: Vec<(Vec<Pos2>, Color32)> = Vec::new();
    let mut mesh = Mesh::default();
    let last = curve.len().saturating_sub(1).max(1) as f32;
    let mut before: Option<(f32, Vec<(f32, Color32)>)> = None;
    for (index, answer) in curve.iter().enumerate() {
        let Some(answer) = answer else {
            before = None;
            continue;
        };
        // The first and the last position cover the margin that the handle needs.
        let x = match index {
            0 => rect.left() + 1.0,
            _ if index as f32 >= last => rect.right() - 1.0,
            _ => inner.left() + inner.width() * index as f32 / last,
        };
        let levels = look.levels(tokens, answer, numbers);
        if let Some((x_before, levels_before)) = &before {
            let (mut low_before, mut low) = (0.0, 0.0);
            for (area, ((top_before, color), (top, _))) in
                levels_before.iter().zip(&levels).enumerate()
            {
                let at = |x, level: f32| {
                    pos2(x, rect.bottom() - 1.0 - level.clamp(0.0, 1.0) * (rect.height() - 2.0))
                };
                let fill = color.gamma_multiply(if is_dark { 0.42 } else { 0.30 });
                let first = mesh.vertices.len() as u32;
                for corner in
                    [at(*x_before, low_before), at(*x_before, *top_before), at(x, low), at(x, *top)]
                {
                    mesh.colored_vertex(corner, fill);
                }
                mesh.add_triangle(first, first + 1, first + 2);
                mesh.add_triangle(first + 1, first + 2, first + 3);
                if edges.len() <= area {
                    edges.push((Vec::new(), *color));
                }
                if let Some((line, _)) = edges.get_mut(area) {
                    if line.is_empty() {
                        line.push(at(*x_before, *top_before));
                    }
                    line.push(at(x, *top));
                }
                (low_before, low) = (*top_before, *top);
            }
        }
        before = Some((x, levels));
    }
    painter.add(Shape::mesh(mesh));
    // The uppermost edge of probabilities is always 1 and says nothing.
    let n_edges = if look.classes.is_empty() || look.classes.len() > MAX_COLOURED {
        edges.len()
    } else {
        edges.len().saturating_sub(1)
    };
    for (line, color) in edges.into_iter().take(n_edges) {
        painter.line(line, Stroke::new(1.2, color));
    }
    painter.rect_stroke(rect, radius, Stroke::new(1.0, tokens.border), StrokeKind::Inside);
    if let Some(value) = value {
        let x = inner.left() + inner.width() * span.fraction(value);
        painter.vline(x, rect.y_range(), Stroke::new(4.0, tokens.panel.gamma_multiply(0.75)));
        painter.vline(x, rect.y_range(), Stroke::new(1.5, tokens.strong));
        painter.circle(
            pos2(x, rect.bottom() - 7.0),
            5.0,
            tokens.strong,
            Stroke::new(1.5, tokens.panel),
        );
    } else {
        let font = theme::regular(size::SMALL);
        painter.text(
            rect.center(),
            Align2::CENTER_CENTER,
            crate::lang::tr("no value", "无值"),
            font,
            tokens.weak,
        );
    }
}

/// Where the numbers of a curve lie, on the scale of the target: a flat curve looks flat.
fn number_span(curve: &Curve, target: Option<Span>) -> Option<Span> {
    let numbers = || {
        curve.iter().flatten().filter_map(|answer| match answer {
            Answer::Number(number) => Some(*number),
            Answer::Class { .. } => None,
        })
    };
    let seen = Span::of(numbers())?;
    Some(target.map_or(seen, |target| Span {
        low: seen.low.min(target.low),
        high: seen.high.max(target.high),
        is_whole: false,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_of_classes_stand_on_each_other() {
        let classes = ["a".to_owned(), "b".to_owned()];
        let look = Look { classes: &classes, best: 0, target: None };
        let answer = Answer::Class { best: 1, probabilities: vec![0.25, 0.75] };
        let levels = look.levels(theme::of(true), &answer, None);
        assert_eq!(levels.iter().map(|(top, _)| *top).collect::<Vec<_>>(), [0.25, 1.0]);
        assert_eq!(look.words(&answer), "b 75.0 %");
        let curve = vec![Some(answer.clone()), None, Some(Answer::Number(2.0))];
        assert_eq!(near(&curve, 0.1), Some(&answer));
        assert_eq!(near(&curve, 0.5), None);
        assert_eq!(near(&Vec::new(), 0.5), None);
    }
}
