//! What the training rows looked like: the spans that sliders go over and the values that can be chosen from.

use std::collections::BTreeMap;

use pg_base::Trouble;
use pg_data::table::Part;
use pg_data::{Step, Table, TargetCodec};
use pg_deploy::Model;
use pg_deploy::inputs::{Input, InputKind};
use serde_json::Value as Json;

/// More values than this are typed, not chosen.
const MAX_OPTIONS: usize = 60;
/// A model alone tells a centre and a spread: this many deviations hold nearly all rows.
const DEVIATIONS: f64 = 2.5;
/// Values further from the middle half than this many times its width lie far outside.
const FENCE: f64 = 3.0;

/// The smallest and the largest value of a number in training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    /// Smallest.
    pub low: f64,
    /// Largest; above `low`.
    pub high: f64,
    /// Whether there were whole numbers only.
    pub is_whole: bool,
}

/// What is known of the training rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Learnt {
    /// Of number fields.
    pub spans: BTreeMap<String, Span>,
    /// Values of choice fields, where the model does not hold them itself.
    pub options: BTreeMap<String, Vec<String>>,
    /// Of each target; none where it is no number.
    pub targets: Vec<Option<Span>>,
}

impl Span {
    /// The span of some values; none where there are none.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut span: Option<Self> = None;
        for value in values.into_iter().filter(|value| value.is_finite()) {
            let is_whole = value.fract() == 0.0;
            let so_far = span.get_or_insert(Self { low: value, high: value, is_whole });
            so_far.low = so_far.low.min(value);
            so_far.high = so_far.high.max(value);
            so_far.is_whole &= is_whole;
        }
        span.map(Self::widened)
    }

    /// The span of values among which a few may lie far outside the rest: those do not stretch the slider.
    fn of_most(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_unstable_by(f64::total_cmp);
        let quartile =
            |part: usize| values.get(values.len() * part / 4).copied().unwrap_or_default();
        let margin = FENCE * (quartile(3) - quartile(1));
        let (low, high) = (quartile(1) - margin, quartile(3) + margin);
        let is_near = |value: &f64| margin <= 0.0 || (low..=high).contains(value);
        Self::of(values.iter().copied().filter(is_near))
    }

    /// A constant still gets a slider that can be moved.
    fn widened(mut self) -> Self {
        if self.low >= self.high {
            let margin = if self.is_whole { 1.0 } else { (self.low.abs() * 0.1).max(1.0) };
            (self.low, self.high) = (self.low - margin, self.high + margin);
        }
        self
    }

    fn joined(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            is_whole: self.is_whole && other.is_whole,
        }
    }

    /// Values spread evenly over it, whole where only whole numbers were seen.
    pub(super) fn steps(self, n_wanted: usize) -> Vec<f64> {
        let n_wanted = n_wanted.max(2);
        let width = self.high - self.low;
        if self.is_whole && width < n_wanted as f64 {
            return (0..=width as usize).map(|step| self.low + step as f64).collect();
        }
        let at = |step: usize| self.low + width * step as f64 / (n_wanted - 1) as f64;
        (0..n_wanted).map(|step| if self.is_whole { at(step).round() } else { at(step) }).collect()
    }

    /// Where a value lies: 0 at the low end, 1 at the high one.
    pub(super) fn fraction(self, value: f64) -> f32 {
        (((value - self.low) / (self.high - self.low)) as f32).clamp(0.0, 1.0)
    }

    /// The value at a fraction, with no more digits than a slider can mean.
    pub(super) fn at(self, fraction: f32) -> f64 {
        let value = self.low + (self.high - self.low) * f64::from(fraction.clamp(0.0, 1.0));
        let scale = 10_f64.powi(i32::try_from(self.n_decimals()).unwrap_or_default());
        ((value * scale).round() / scale).clamp(self.low, self.high)
    }

    /// Decimals that tell two positions of a slider apart.
    pub(super) fn n_decimals(self) -> usize {
        if self.is_whole {
            return 0;
        }
        let step = (self.high - self.low) / 100.0;
        (-step.log10()).ceil().clamp(0.0, 8.0) as usize
    }
}

impl Learnt {
    /// The span of a target that is a number.
    pub(super) fn target(&self, index: usize) -> Option<Span> {
        self.targets.get(index).copied().flatten()
    }

    /// What the model itself remembers: its fitted steps and its sample rows.
    pub(super) fn of_model(model: &Model, inputs: &[Input]) -> Self {
        let mut learnt = Self::default();
        for input in inputs.iter().filter(|input| input.kind == InputKind::Number) {
            let name = &input.column.name;
            let sampled = Span::of(
                model.sample_rows.iter().filter_map(|row| row.get(name).and_then(Json::as_f64)),
            );
            let fitted = model.recipe.steps.iter().find_map(|step| fitted_span(step, name));
            let span = match (sampled, fitted) {
                (Some(sampled), Some(mut fitted)) => {
                    fitted.is_whole = sampled.is_whole;
                    if sampled.low >= 0.0 {
                        fitted.low = fitted.low.max(0.0);
                    }
                    if sampled.is_whole {
                        (fitted.low, fitted.high) = (fitted.low.floor(), fitted.high.ceil());
                    }
                    Some(sampled.joined(fitted))
                }
                (sampled, fitted) => sampled.or(fitted),
            };
            learnt.spans.extend(span.map(|span| (name.clone(), span)));
        }
        let of_target = |target: &TargetCodec| match target {
            TargetCodec::Number { mean, std, .. } => Some(Span {
                low: mean - DEVIATIONS * std,
                high: mean + DEVIATIONS * std,
                is_whole: false,
            }),
            TargetCodec::Classes { .. } => None,
        };
        learnt.targets = model.encoder.targets.iter().map(of_target).collect();
        learnt
    }

    /// What the table that it was trained on says exactly.
    pub(super) fn refine(
        &mut self,
        table: &Table,
        inputs: &[Input],
        model: &Model,
    ) -> Result<(), Trouble> {
        let training = table.origin_part(Part::Training)?;
        for input in inputs {
            let name = &input.column.name;
            if training.schema.get(name).is_none() {
                continue;
            }
            match &input.kind {
                InputKind::Number => {
                    let span = Span::of_most(training.numbers(name)?.iter().flatten());
                    self.spans.extend(span.map(|span| (name.clone(), span)));
                }
                InputKind::Choice { options } if options.is_empty() => {
                    let values: Vec<String> =
                        training.label_counts(name)?.into_iter().map(|(value, _)| value).collect();
                    if values.len() <= MAX_OPTIONS {
                        self.options.insert(name.clone(), values);
                    }
                }
                _ => {}
            }
        }
        for (span, target) in self.targets.iter_mut().zip(&model.encoder.targets) {
            if let TargetCodec::Number { column, .. } = target
                && training.schema.get(column).is_some()
            {
                *span = Span::of(training.numbers(column)?.iter().flatten()).or(*span);
            }
        }
        Ok(())
    }
}

/// What a step that looked at raw numbers knows of their span.
fn fitted_span(step: &Step, name: &str) -> Option<Span> {
    let (low, high) = match step {
        Step::MinMax(step) => {
            let range = &step.fitted.iter().find(|fitted| fitted.column == name)?.learnt;
            (range.min, range.max)
        }
        Step::Standardise(step) => {
            let scale = &step.fitted.iter().find(|fitted| fitted.column == name)?.learnt;
            (scale.mean - DEVIATIONS * scale.scale, scale.mean + DEVIATIONS * scale.scale)
        }
        _ => return None,
    };
    (low < high).then_some(Span { low, high, is_whole: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliders_go_over_what_was_seen() {
        let span = Span::of([2.0, 1.0, f64::NAN, 3.0]).expect("a span");
        assert_eq!(span, Span { low: 1.0, high: 3.0, is_whole: true });
        assert_eq!(span.steps(32), [1.0, 2.0, 3.0]);
        assert_eq!((span.at(0.4), span.fraction(2.0)), (2.0, 0.5));
        assert_eq!(Span::of([5.0]).map(|span| (span.low, span.high)), Some((4.0, 6.0)));
        assert_eq!(Span::of([]), None);
        let petals = Span::of([0.1, 2.5]).expect("a span");
        assert_eq!((petals.n_decimals(), petals.at(0.333)), (2, 0.9));
        assert_eq!(petals.steps(3), [0.1, 1.3, 2.5]);
        let ages = (20..60).map(f64::from).chain([999.0]);
        assert_eq!(Span::of_most(ages).map(|span| (span.low, span.high)), Some((20.0, 59.0)));
        assert_eq!(Span::of_most([1.0, 1.0, 1.0, 1.0, 7.0]).map(|span| span.high), Some(7.0));
    }
}
