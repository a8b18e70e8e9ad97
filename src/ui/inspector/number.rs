//! A field for a number: typed, dragged over, stepped by the arrow keys; with a slider where the range is narrow or
//! spans many sizes.

use eframe::egui::{CursorIcon, Key, Modifiers, Rect, Response, Sense, Ui, WidgetInfo, vec2};
use pg_base::{ParamKind, ParamSpec, ParamValue};
use pg_session::Command;

use super::controls::{INSET, TextField, begin_typing, box_ui, field_rect, slider_ui, text_at};
use super::drafts::Drafts;
use super::form::Field;
use crate::cx::Cx;
use crate::lang::Tr;
use crate::theme::tokens;

/// A range wider than this by factors is a matter of sizes, not of steps.
const MANY_SIZES: f64 = 1e4;
/// Whole numbers in a range up to this wide have a slider.
const MAX_WHOLE: f64 = 100.0;
/// The usual value must not lie nearer to the end of a slider than this, or nobody could set it.
const MIN_FROM_END: f64 = 0.04;
/// Points of a drag from one end of a narrow range to the other.
const FULL_DRAG: f32 = 250.0;
/// Points of a drag that make a number ten times as large.
const TENFOLD_DRAG: f32 = 120.0;
/// Points of a drag for one step.
const STEP_DRAG: f32 = 8.0;

/// How a number is changed by hand.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    /// In even steps between narrow limits.
    Even,
    /// By factors.
    Sizes,
    /// In steps that suit the number; no slider.
    Free,
}

/// What is known of a number from its record.
#[derive(Clone, Copy, Debug)]
struct Limits {
    min: f64,
    max: f64,
    is_whole: bool,
    scale: Scale,
}

/// Draws it.
pub(super) fn number_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    field: &Field<'_>,
) -> Response {
    let limits = Limits::of(field.param);
    let value = number_of(field.value);
    let rect = field_rect(ui);
    let is_bad = field.is_bad || drafts.trouble(field).is_some();
    let look = TextField {
        id: field.id(),
        name: field.name(),
        hint: "",
        unit: field.param.unit.tr(),
        is_bad,
        has_lines: false,
    };
    let has_focus = ui.memory(|memory| memory.has_focus(look.id));
    let response = if has_focus {
        let steps = ui.input_mut(|input| {
            let mut pressed = |key| input.count_and_consume_key(Modifiers::NONE, key) as f64;
            pressed(Key::ArrowUp) - pressed(Key::ArrowDown)
        });
        if steps != 0.0 {
            drafts.type_in(cx, field, shown(limits.stepped(value, steps)));
        }
        drafts.typed_ui(ui, cx, field, rect, &shown(value), &look)
    } else {
        drag_ui(ui, cx, drafts, field, rect, &look, limits)
    };
    if limits.scale != Scale::Free {
        let fraction = limits.fraction_of(value);
        let (slider, moved) =
            slider_ui(ui, look.id.with("slider"), field.name(), fraction as f32, value);
        if let Some(fraction) = moved {
            drafts.forget(field);
            field.set_merged(cx, limits.value(limits.at_fraction(f64::from(fraction))));
        }
        if slider.drag_stopped() || slider.clicked() {
            cx.dispatch(Command::EndMerging);
        }
    }
    response
}

/// The field while nobody types: a drag changes the number, a click begins to type.
fn drag_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    field: &Field<'_>,
    rect: Rect,
    look: &TextField<'_>,
    limits: Limits,
) -> Response {
    let value = number_of(field.value);
    let response = ui.interact(rect, look.id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::drag_value(true, value));
    let response =
        response.accessible_name(look.name).on_hover_cursor(CursorIcon::ResizeHorizontal);
    box_ui(ui, rect, false, look.is_bad);
    // Escape takes the keyboard away before the field is drawn.
    drafts.end(ui, cx, field, &response);
    let inner = look.inner(ui, rect);
    let text = drafts.text(field, &shown(value));
    text_at(ui, rect.left_center() + vec2(INSET, 0.0), &text, inner.width(), tokens(ui).strong);
    if response.clicked() || response.gained_focus() {
        begin_typing(ui, &response, &text);
    }
    if response.drag_started() {
        drafts.forget(field);
        drafts.scrubbed_from = Some(value);
    }
    if response.dragged()
        && let (Some(from), Some(delta)) = (drafts.scrubbed_from, response.total_drag_delta())
    {
        let is_fine = ui.input(|input| input.modifiers.shift);
        let points = if is_fine { delta.x / 10.0 } else { delta.x };
        field.set_merged(cx, limits.value(limits.dragged(from, points)));
    }
    if response.drag_stopped() {
        drafts.scrubbed_from = None;
        cx.dispatch(Command::EndMerging);
    }
    response
}

impl Limits {
    fn of(param: &ParamSpec) -> Self {
        let (default, min, max, is_whole) = match param.kind {
            ParamKind::Int { default, min, max } => (default as f64, min as f64, max as f64, true),
            ParamKind::Float { default, min, max } => (default, min, max, false),
            _ => (0.0, 0.0, 0.0, false),
        };
        let width = max - min;
        let from_end = ((default - min) / width).min((max - default) / width);
        let scale = if !is_whole && min > 0.0 && max / min >= MANY_SIZES {
            Scale::Sizes
        } else if (!is_whole && width <= 1.0)
            || (from_end >= MIN_FROM_END && (!is_whole || width <= MAX_WHOLE) && width.is_finite())
        {
            Scale::Even
        } else {
            Scale::Free
        };
        // Limits that no hand could meet are none.
        let scale = if scale == Scale::Even && width > 1e4 { Scale::Free } else { scale };
        Self { min, max, is_whole, scale }
    }

    /// A number as a value of the parameter, within its limits.
    fn value(self, number: f64) -> ParamValue {
        let number = number.clamp(self.min, self.max);
        if self.is_whole {
            ParamValue::Int(number.round() as i64)
        } else {
            ParamValue::Float(number)
        }
    }

    fn fraction_of(self, number: f64) -> f64 {
        let fraction = match self.scale {
            Scale::Sizes => (number.max(self.min) / self.min).ln() / (self.max / self.min).ln(),
            Scale::Even | Scale::Free => (number - self.min) / (self.max - self.min),
        };
        fraction.clamp(0.0, 1.0)
    }

    fn at_fraction(self, fraction: f64) -> f64 {
        match self.scale {
            Scale::Sizes => significant(self.min * (self.max / self.min).powf(fraction), 1),
            Scale::Even | Scale::Free => {
                rounded_to(self.min + fraction * (self.max - self.min), self.step(0.0))
            }
        }
    }

    /// Where a drag over so many points leads.
    fn dragged(self, from: f64, points: f32) -> f64 {
        match self.scale {
            Scale::Even => rounded_to(
                from + f64::from(points / FULL_DRAG) * (self.max - self.min),
                self.step(from),
            ),
            Scale::Sizes => {
                significant(from.max(self.min) * 10_f64.powf(f64::from(points / TENFOLD_DRAG)), 2)
            }
            Scale::Free => rounded_to(
                from + f64::from((points / STEP_DRAG).trunc()) * self.step(from),
                self.step(from),
            ),
        }
    }

    /// So many steps of the arrow keys further.
    fn stepped(self, from: f64, steps: f64) -> f64 {
        let step = match self.scale {
            Scale::Sizes => size_of(from),
            Scale::Even | Scale::Free => self.step(from),
        };
        rounded_to(from + steps * step, step).clamp(self.min, self.max)
    }

    /// A step that can be seen and does not run away: a hundredth of a narrow range, a tenth of the size of the number.
    fn step(self, number: f64) -> f64 {
        let step = match self.scale {
            Scale::Even => size_of((self.max - self.min) / 100.0),
            Scale::Sizes | Scale::Free if number == 0.0 => {
                size_of((self.max - self.min) / 1000.0).min(0.1)
            }
            Scale::Sizes | Scale::Free => size_of(number) / 10.0,
        };
        if self.is_whole { step.max(1.0) } else { step }
    }
}

fn number_of(value: &ParamValue) -> f64 {
    match value {
        ParamValue::Int(number) => *number as f64,
        ParamValue::Float(number) => *number,
        _ => f64::NAN,
    }
}

/// A number as it is typed: short, and read back as the same number.
fn shown(number: f64) -> String {
    if number != 0.0 && !(1e-4..1e15).contains(&number.abs()) {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

/// The power of ten at or below a number.
fn size_of(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        1.0
    } else {
        10_f64.powf(number.abs().log10().floor())
    }
}

/// A multiple of a step, without the dust of binary fractions.
fn rounded_to(number: f64, step: f64) -> f64 {
    let n_steps = (number / step).round();
    if step < 1.0 { n_steps / (1.0 / step).round() } else { n_steps * step }
}

/// A number with so many digits.
fn significant(number: f64, n_digits: usize) -> f64 {
    let text = format!("{number:.*e}", n_digits.saturating_sub(1));
    text.parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use pg_base::{Param, t};

    use super::*;

    fn float(default: f64, min: f64, max: f64) -> Limits {
        Limits::of(&Param::float("x", t("x", "x"), default, min, max).spec)
    }

    fn int(default: i64, min: i64, max: i64) -> Limits {
        Limits::of(&Param::int("x", t("x", "x"), default, min, max).spec)
    }

    #[test]
    fn a_slider_is_where_a_hand_can_set_it() {
        assert_eq!(float(0.001, 1e-9, 10.0).scale, Scale::Sizes);
        assert_eq!(float(0.2, 0.0, 0.95).scale, Scale::Even);
        assert_eq!(float(1.5, 0.0, 100.0).scale, Scale::Free);
        assert_eq!(float(0.0, -1e300, 1e300).scale, Scale::Free);
        assert_eq!(int(3, 1, 31).scale, Scale::Even);
        assert_eq!(int(100, 1, 100_000).scale, Scale::Free);
        assert_eq!(int(1, 1, 16).scale, Scale::Free);
    }

    #[test]
    fn hands_give_round_numbers() {
        let rate = float(0.001, 1e-9, 10.0);
        assert_eq!(rate.at_fraction(rate.fraction_of(0.001)), 0.001);
        assert_eq!([rate.stepped(0.001, 1.0), rate.stepped(0.009, 1.0)], [0.002, 0.01]);
        let share = float(0.15, 0.0, 0.5);
        assert_eq!(share.at_fraction(0.5), 0.25);
        assert_eq!(share.dragged(0.15, 25.0), 0.2);
        assert_eq!(share.value(share.dragged(0.15, 1e6)), ParamValue::Float(0.5));
        let epochs = int(100, 1, 100_000);
        assert_eq!(epochs.value(epochs.dragged(100.0, 16.0)), ParamValue::Int(120));
        assert_eq!(epochs.value(epochs.dragged(100.0, -1e6)), ParamValue::Int(1));
        assert_eq!(epochs.stepped(32.0, 1.0), 33.0);
        assert_eq!(float(0.0, -1e300, 1e300).stepped(0.0, 1.0), 0.1);
    }

    #[test]
    fn numbers_are_shown_as_they_are_typed() {
        let check = |number: f64, expected: &str| {
            assert_eq!(shown(number), expected);
            assert_eq!(expected.parse(), Ok(number));
        };
        check(20.0, "20");
        check(0.001, "0.001");
        check(0.00001, "1e-5");
        check(1e300, "1e300");
    }
}
