//! Drop correlated columns: of number features that say nearly the same only the first stays.

use pg_base::{Trouble, Words, say};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::impute::finite_or_nan;
use super::{chosen, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Role, Schema};
use crate::table::Rows;

/// Drops a number column whose correlation with one that stays before it is too strong, by Pearson's coefficient over
/// the training rows that have both values; the target is never dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DropCorrelated {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// Largest size of the coefficient that stays.
    pub bound: f64,
    /// The columns that go.
    #[serde(default)]
    pub dropped: Vec<String>,
}

const KINDS: &[&str] = &["number"];

impl Default for DropCorrelated {
    fn default() -> Self {
        Self { columns: Vec::new(), bound: 0.95, dropped: Vec::new() }
    }
}

impl RecipeStep for DropCorrelated {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let mut kept: Vec<Vec<f64>> = Vec::new();
        let mut dropped = Vec::new();
        for name in training.schema.select(&self.columns, KINDS)? {
            if training.schema.require(&name)?.role == Role::Target {
                continue;
            }
            let values = scaled(finite_or_nan(&training.numbers(&name)?));
            let is_close = |other: &Vec<f64>| {
                correlation(&values, other).is_some_and(|r| r.abs() > self.bound)
            };
            if kept.par_iter().any(is_close) {
                dropped.push(name);
            } else {
                kept.push(values);
            }
        }
        Ok(Self { dropped, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        rows.retain(|column| !self.dropped.contains(&column.name))?;
        Ok(rows)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let n = self.dropped.len();
        say!("Drop {n} columns that repeat others", "删除 {n} 个与其他列高度相关的列")
    }
}

/// Moved and scaled to the middle of its values, so that neither huge values nor a far offset cost digits.
fn scaled(mut values: Vec<f64>) -> Vec<f64> {
    let finite: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let (mean, scale) = statistics::mean_and_scale(&finite);
    for value in &mut values {
        *value = *value / scale - mean / scale;
    }
    values
}

/// Pearson's coefficient over the rows that have both values; none where one of them does not vary.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let pairs = || a.iter().zip(b).filter(|(a, b)| !a.is_nan() && !b.is_nan());
    let (mut n, mut sum_a, mut sum_b) = (0.0, 0.0, 0.0);
    for (a, b) in pairs() {
        n += 1.0;
        sum_a += a;
        sum_b += b;
    }
    if n < 2.0 {
        return None;
    }
    let (mean_a, mean_b) = (sum_a / n, sum_b / n);
    let (mut square_a, mut square_b, mut product) = (0.0, 0.0, 0.0);
    for (a, b) in pairs() {
        let (a, b) = (a - mean_a, b - mean_b);
        square_a += a * a;
        square_b += b * b;
        product += a * b;
    }
    let r = product / (square_a * square_b).sqrt();
    (square_a > n * f64::EPSILON && square_b > n * f64::EPSILON && r.is_finite()).then_some(r)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::tests::{numbers, table};

    #[test]
    fn coefficients_are_pearsons() {
        let r = |a: &[f64], b: &[f64]| correlation(&scaled(a.to_vec()), &scaled(b.to_vec()));
        assert!(r(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]).is_some_and(|r| (r - 1.0).abs() < 1e-12));
        assert!(
            r(&[1e300, -1e300, f64::NAN], &[-1.0, 1.0, 5.0])
                .is_some_and(|r| (r + 1.0).abs() < 1e-12)
        );
        assert_eq!(r(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(r(&[1.0], &[1.0]), None);
    }

    #[test]
    fn the_first_of_equal_columns_stays() {
        let of = |factor: f64| numbers(&[1.0, 4.0, 2.0, 8.0].map(|value| Some(value * factor)));
        let other = numbers(&[Some(1.0), Some(-1.0), Some(-1.0), Some(1.0)]);
        let columns = [("a", of(1.0)), ("b", other), ("c", of(-3.0)), ("d", of(0.0))];
        let table =
            table(columns.into_iter().map(|(name, (kind, series))| (name, kind, series)).collect());
        let left = table.then(DropCorrelated::default()).expect("fits");
        let names: Vec<&str> = left.schema().columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "d"]);
    }
}
