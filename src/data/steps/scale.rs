//! Scale: by median and quartiles, by the largest size, or each row to length 1.

use pg_base::{Trouble, Words, say};
use polars::prelude::Series;
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, map_numbers, matrix, present, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, Schema};
use crate::table::Rows;

/// Scaling that extreme values or signs ask for; scikit-learn's `RobustScaler`, `MaxAbsScaler` and `Normalizer`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// How.
    pub method: ScaleMethod,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Unit>>,
}

/// How numbers are scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleMethod {
    /// Median 0, distance between the quartiles 1.
    #[default]
    Robust,
    /// Largest absolute value 1; 0 stays 0.
    MaxAbs,
    /// The values of each row divided by their Euclidean length; learns nothing.
    UnitLength,
}

/// Centre and unit of a column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Becomes 0.
    pub centre: f64,
    /// Becomes 1; never 0.
    pub size: f64,
}

const KINDS: &[&str] = &["number"];

impl Scale {
    fn unit(&self, mut values: Vec<f64>) -> Unit {
        let (centre, size) = match self.method {
            ScaleMethod::UnitLength => (0.0, 1.0),
            ScaleMethod::MaxAbs => {
                (0.0, values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs())))
            }
            ScaleMethod::Robust => {
                let mut at = |share| statistics::quantile(&mut values, share).unwrap_or_default();
                (at(0.5), at(0.75) - at(0.25))
            }
        };
        let is_zero = size < 10.0 * f64::EPSILON;
        Unit { centre, size: if is_zero { 1.0 } else { statistics::bounded(size) } }
    }
}

impl RecipeStep for Scale {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted = learn(training, &self.columns, KINDS, |name| {
            Ok(self.unit(statistics::finite(&training.numbers(name)?)))
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        if self.method == ScaleMethod::UnitLength {
            return to_unit_length(rows, &self.fitted);
        }
        map_numbers(rows, &self.fitted, |unit, value| (value - unit.centre) / unit.size)
    }

    fn depends_on_parts(&self) -> bool {
        self.method != ScaleMethod::UnitLength
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        match self.method {
            ScaleMethod::Robust => {
                say!("Scale {n} columns by median and quartiles", "按中位数和四分位距缩放 {n} 列")
            }
            ScaleMethod::MaxAbs => {
                say!("Scale {n} columns by their largest size", "按最大绝对值缩放 {n} 列")
            }
            ScaleMethod::UnitLength => {
                say!("Scale each row of {n} columns to length 1", "将每行的 {n} 列缩放为单位长度")
            }
        }
    }
}

/// Divides by the length of what is there; missing stays missing, a row of zeros stays.
fn to_unit_length(mut rows: Rows, fitted: &[Fitted<Unit>]) -> Result<Rows, Trouble> {
    let names: Vec<&str> =
        present(&rows, fitted)?.into_iter().map(|one| one.column.as_str()).collect();
    let columns = matrix::columns(&rows, &names)?;
    let mut largest = vec![0.0_f64; rows.n_rows()];
    for column in &columns {
        largest.iter_mut().zip(column).for_each(|(slot, value)| *slot = slot.max(value.abs()));
    }
    let mut squares = vec![0.0_f64; rows.n_rows()];
    for column in &columns {
        for ((sum, value), unit) in squares.iter_mut().zip(column).zip(&largest) {
            // In units of the largest value, so that no square overflows.
            if !value.is_nan() && *unit > 0.0 {
                *sum += (value / unit).powi(2);
            }
        }
    }
    let scaled: Vec<Series> = names
        .iter()
        .zip(columns)
        .map(|(name, column)| {
            let values = column.into_iter().zip(&squares).zip(&largest);
            let values = values.map(
                |((value, sum), unit)| {
                    if *unit > 0.0 { value / unit / sum.sqrt() } else { value }
                },
            );
            matrix::series(name, values.collect())
        })
        .collect();
    rows.set_all(scaled, Some(&ColumnKind::Number))?;
    Ok(rows)
}
