//! Clip outliers: pull values far outside the middle half of the training values back to a limit.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, map_numbers, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// Limits `q1 - factor * (q3 - q1)` and `q3 + factor * (q3 - q1)` (Tukey's fences), quartiles by linear interpolation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipOutliers {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// How many widths of the middle half a value may lie outside it.
    pub factor: f64,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Limits>>,
}

/// Limits of a column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Smallest value kept.
    pub low: f64,
    /// Largest value kept.
    pub high: f64,
}

const KINDS: &[&str] = &["number"];

impl Default for ClipOutliers {
    fn default() -> Self {
        Self { columns: Vec::new(), factor: 1.5, fitted: Vec::new() }
    }
}

impl RecipeStep for ClipOutliers {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let factor = self.factor;
        if !(factor.is_finite() && factor >= 0.0) {
            return Err(Trouble::new(
                "factor-invalid",
                say!("the factor is {factor}", "系数为 {factor}"),
            )
            .expected(say!("0 or more", "不小于 0")));
        }
        let fitted = learn(training, &self.columns, KINDS, |name| {
            let mut values = statistics::finite(&training.numbers(name)?);
            let quartiles = statistics::quantile(&mut values, 0.25)
                .zip(statistics::quantile(&mut values, 0.75));
            let (low, high) = quartiles.map_or((f64::MIN, f64::MAX), |(q1, q3)| {
                let reach = factor * (q3 - q1);
                // An infinite width times a factor of 0 is not a number: nothing is out of reach then.
                if reach.is_nan() { (f64::MIN, f64::MAX) } else { (q1 - reach, q3 + reach) }
            });
            Ok(Limits { low: statistics::bounded(low), high: statistics::bounded(high) })
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        map_numbers(rows, &self.fitted, |learnt, value| value.max(learnt.low).min(learnt.high))
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        say!("Clip outliers in {n} columns", "截断 {n} 列中的离群值")
    }
}
