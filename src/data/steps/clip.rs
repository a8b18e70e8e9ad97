//! Clip: numbers beyond given bounds, or beyond quantiles of the training values, become the bound.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::clip_outliers::Limits;
use super::{Fitted, chosen, learn, map_numbers, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// Keeps numbers between two bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// What the bounds are.
    pub bounds: Bounds,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Limits>>,
}

/// Where numbers are cut.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Bounds {
    /// Given numbers.
    Values {
        /// Smallest value kept.
        low: f64,
        /// Largest value kept.
        high: f64,
    },
    /// Shares of the training values.
    Quantiles {
        /// Share below which values are cut.
        low: f64,
        /// Share above which values are cut.
        high: f64,
    },
}

const KINDS: &[&str] = &["number"];

impl RecipeStep for Clip {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let (Bounds::Values { low, high } | Bounds::Quantiles { low, high }) = self.bounds;
        if !(low.is_finite() && high.is_finite() && low <= high) {
            return Err(Trouble::new(
                "param-range-invalid",
                say!("the bounds are {low} and {high}", "界限为 {low} 和 {high}"),
            )
            .expected(say!("a lower bound not above the upper one", "下限不大于上限")));
        }
        let fitted = learn(training, &self.columns, KINDS, |name| {
            if let Bounds::Values { low, high } = self.bounds {
                return Ok(Limits { low, high });
            }
            let mut values = statistics::finite(&training.numbers(name)?);
            let mut at =
                |share, otherwise| statistics::quantile(&mut values, share).unwrap_or(otherwise);
            Ok(Limits { low: at(low, f64::MIN), high: at(high, f64::MAX) })
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        map_numbers(rows, &self.fitted, |learnt, value| value.max(learnt.low).min(learnt.high))
    }

    fn depends_on_parts(&self) -> bool {
        matches!(self.bounds, Bounds::Quantiles { .. })
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        say!("Clip {n} columns", "截断 {n} 列")
    }
}
