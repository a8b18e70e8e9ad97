//! Min-max scaling: the training range becomes a given range.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, map_numbers, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// Maps the range of the training values onto `low..=high`; the same as scikit-learn's `MinMaxScaler`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinMax {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// Where the smallest training value goes.
    pub low: f64,
    /// Where the largest training value goes.
    pub high: f64,
    /// Whether new values beyond the training range are cut to `low..=high`.
    pub clips: bool,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Range>>,
}

/// Range of a column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// Smallest training value.
    pub min: f64,
    /// Largest training value.
    pub max: f64,
}

const KINDS: &[&str] = &["number"];

impl Default for MinMax {
    fn default() -> Self {
        Self { columns: Vec::new(), low: 0.0, high: 1.0, clips: false, fitted: Vec::new() }
    }
}

impl RecipeStep for MinMax {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let (low, high) = (self.low, self.high);
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(Trouble::new(
                "range-invalid",
                say!("the range is {low} to {high}", "范围为 {low} 到 {high}"),
            )
            .expected(say!("a lower end below the upper end", "下限小于上限")));
        }
        let fitted = learn(training, &self.columns, KINDS, |name| {
            let range = statistics::range(&statistics::finite(&training.numbers(name)?));
            // Without any value the column passes through unchanged but for the shift to `low`.
            let (min, max) = range.unwrap_or((0.0, 1.0));
            Ok(Range { min, max })
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let (low, high) = (self.low, self.high);
        map_numbers(rows, &self.fitted, |learnt, value| {
            let width = learnt.max - learnt.min;
            // A constant column is only moved; a range wider than the largest number is measured in halves.
            let share = if width == 0.0 {
                value - learnt.min
            } else if width.is_finite() {
                (value - learnt.min) / width
            } else {
                (value / 2.0 - learnt.min / 2.0) / (learnt.max / 2.0 - learnt.min / 2.0)
            };
            let scaled = low + share * (high - low);
            if self.clips { scaled.max(low).min(high) } else { scaled }
        })
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn describe(&self) -> Words {
        let (n, low, high) = (self.fitted.len(), self.low, self.high);
        say!("Scale {n} columns to {low}–{high}", "将 {n} 列缩放到 {low}–{high}")
    }
}
