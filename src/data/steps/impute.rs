//! Estimates missing numbers from the other columns of the row: by similar training rows, or by regression.

use polars::prelude::Float64Chunked;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{statistics, stride};

/// What estimates the gaps of a row; a row is a list of numbers, one per column, NaN where there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// The mean of the most similar training rows.
    Neighbours(Neighbours),
    /// Each column regressed on the others, in rounds.
    Regressions(Regressions),
}

/// K nearest neighbours as scikit-learn's `KNNImputer` with equal weights: of the training rows that have a value,
/// those at the smallest distance, which is the root of the mean squared difference over the columns both rows have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Neighbours {
    /// How many are averaged.
    pub n_neighbours: usize,
    /// For rows that share no column with any training row.
    pub means: Vec<f64>,
    /// The training rows, one after the other.
    pub cells: Vec<Option<f64>>,
}

/// Chained equations as scikit-learn's `IterativeImputer` with the estimator
/// `make_pipeline(StandardScaler(), Ridge(alpha=1.0))`, columns with few gaps first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regressions {
    /// Gaps begin as the mean of their column.
    pub means: Vec<f64>,
    /// Applied one after the other.
    pub sequence: Vec<Regression>,
}

/// One column as a weighted sum of the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// Number of the column.
    pub column: usize,
    /// Value where all others are 0.
    pub intercept: f64,
    /// One per column; that of the column itself is 0.
    pub weights: Vec<f64>,
}

/// Rows kept for comparison: more would make a recipe of hundreds of megabytes.
const MAX_NEIGHBOUR_ROWS: usize = 10_000;
/// Bounds the work of learning the regressions: multiplications per round.
const MAX_PRODUCTS: usize = 400_000_000;
const MAX_ROUNDS: usize = 10;
const TOLERANCE: f64 = 1e-3;
const RIDGE: f64 = 1.0;

impl Estimator {
    /// Fills the gaps of a row.
    pub fn fill(&self, row: &mut [f64]) {
        if !row.iter().any(|value| value.is_nan()) {
            return;
        }
        match self {
            Self::Neighbours(neighbours) => neighbours.fill(row),
            Self::Regressions(regressions) => regressions.fill(row),
        }
    }
}

impl Neighbours {
    /// Keeps the training rows, evenly thinned out where there are more than 10,000.
    pub fn learn(columns: &[Vec<f64>], n_neighbours: usize) -> Self {
        let n_rows = columns.first().map_or(0, Vec::len);
        let kept = (0..n_rows).step_by(stride(n_rows, MAX_NEIGHBOUR_ROWS));
        let row = |row: usize| columns.iter().map(move |column| column.get(row).copied());
        let cells = kept.flat_map(row).map(|cell| cell.filter(|value| value.is_finite())).collect();
        Self { n_neighbours, means: means(columns), cells }
    }

    fn fill(&self, row: &mut [f64]) {
        let n_columns = self.means.len().max(1);
        let rows: Vec<(f64, &[Option<f64>])> = self
            .cells
            .chunks_exact(n_columns)
            .map(|other| (distance(row, other), other))
            .filter(|(distance, _)| !distance.is_nan())
            .collect();
        let filled: Vec<f64> = row
            .iter()
            .zip(&self.means)
            .enumerate()
            .map(|(column, (value, mean))| {
                if !value.is_nan() {
                    return *value;
                }
                let value_of = |(distance, other): &(f64, &[Option<f64>])| {
                    Some((*distance, other.get(column).copied().flatten()?))
                };
                let mut donors: Vec<(usize, (f64, f64))> =
                    rows.iter().filter_map(value_of).enumerate().collect();
                let n = self.n_neighbours.min(donors.len());
                if n == 0 {
                    return *mean;
                }
                // Of equally distant rows the first.
                donors.select_nth_unstable_by(n - 1, |(a, (x, _)), (b, (y, _))| {
                    x.total_cmp(y).then(a.cmp(b))
                });
                let sum = donors.iter().take(n).map(|(_, (_, value))| value / n as f64).sum();
                statistics::bounded(sum)
            })
            .collect();
        row.copy_from_slice(&filled);
    }
}

impl Regressions {
    /// Learns in at most ten rounds, which end when no estimate moves by more than a thousandth of the largest value.
    pub fn learn(columns: &[Vec<f64>]) -> Self {
        let n_columns = columns.len().max(1);
        let n_rows = columns.first().map_or(0, Vec::len);
        let most = (MAX_PRODUCTS / n_columns.pow(3)).max(10 * n_columns);
        let step = stride(n_rows, most);
        let known: Vec<Vec<f64>> =
            columns.iter().map(|column| column.iter().step_by(step).copied().collect()).collect();
        let means = means(columns);
        let largest = known.iter().flatten().filter(|value| value.is_finite());
        let tolerance = TOLERANCE * largest.fold(0.0, |most: f64, value| most.max(value.abs()));
        let mut filled: Vec<Vec<f64>> = known.clone();
        for (column, mean) in filled.iter_mut().zip(&means) {
            column.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = *mean);
        }
        let mut order: Vec<(usize, &Vec<f64>)> = known.iter().enumerate().collect();
        order.sort_by_key(|(_, column)| column.iter().filter(|value| !value.is_finite()).count());
        let mut sequence = Vec::new();
        for _ in 0..MAX_ROUNDS {
            let mut largest_move = 0.0_f64;
            for (column, known) in &order {
                let has_value: Vec<bool> = known.iter().map(|value| value.is_finite()).collect();
                let regression = Regression::learn(&filled, *column, &has_value);
                for row in (0..known.len()).filter(|row| has_value.get(*row) == Some(&false)) {
                    let values = filled.iter().map(|column| column.get(row).copied());
                    let estimate = regression.value(values.map(Option::unwrap_or_default));
                    if let Some(value) =
                        filled.get_mut(*column).and_then(|column| column.get_mut(row))
                    {
                        largest_move = largest_move.max((estimate - *value).abs());
                        *value = estimate;
                    }
                }
                sequence.push(regression);
            }
            if largest_move < tolerance {
                break;
            }
        }
        Self { means, sequence }
    }

    fn fill(&self, row: &mut [f64]) {
        let is_gap: Vec<bool> = row.iter().map(|value| value.is_nan()).collect();
        for (value, mean) in row.iter_mut().zip(&self.means) {
            if value.is_nan() {
                *value = *mean;
            }
        }
        for regression in &self.sequence {
            if is_gap.get(regression.column) == Some(&true) {
                let estimate = regression.value(row.iter().copied());
                if let Some(value) = row.get_mut(regression.column) {
                    *value = estimate;
                }
            }
        }
    }
}

impl Regression {
    fn learn(columns: &[Vec<f64>], target: usize, has_value: &[bool]) -> Self {
        // Predictors and answer are scaled, so that neither their units nor huge values matter.
        let scaled: Vec<(f64, f64, Vec<f64>)> = columns
            .par_iter()
            .map(|column| {
                let values = column.iter().zip(has_value).filter(|(_, has_value)| **has_value);
                let mut values: Vec<f64> = values.map(|(value, _)| *value).collect();
                let (mean, scale) = statistics::mean_and_scale(&values);
                for value in &mut values {
                    *value = *value / scale - mean / scale;
                }
                (mean, scale, values)
            })
            .collect();
        let others: Vec<usize> = (0..columns.len()).filter(|column| *column != target).collect();
        let z = |column: &usize| scaled.get(*column).map_or(&[][..], |(_, _, values)| values);
        let gram: Vec<Vec<f64>> = others
            .par_iter()
            .enumerate()
            .map(|(at, a)| {
                let row = others.iter().take(at + 1).enumerate();
                row.map(|(other, b)| dot(z(a), z(b)) + if at == other { RIDGE } else { 0.0 })
                    .collect()
            })
            .collect();
        let answers: Vec<f64> =
            others.par_iter().map(|column| dot(z(column), z(&target))).collect();
        let solved = solve(gram, answers);
        let (mean, unit) = scaled.get(target).map_or((0.0, 1.0), |(mean, unit, _)| (*mean, *unit));
        let mut weights = vec![0.0; columns.len()];
        let mut intercept = mean;
        for (column, weight) in others.iter().zip(solved) {
            let Some((mean, scale, _)) = scaled.get(*column) else { continue };
            let weight = weight * unit / scale;
            if let Some(place) = weights.get_mut(*column)
                && weight.is_finite()
                && (weight * mean).is_finite()
            {
                *place = weight;
                intercept -= weight * mean;
            }
        }
        Self { column: target, intercept: statistics::bounded(intercept), weights }
    }

    fn value(&self, row: impl Iterator<Item = f64>) -> f64 {
        let terms = row.zip(&self.weights).filter(|(_, weight)| **weight != 0.0);
        let sum = terms.fold(self.intercept, |sum, (value, weight)| sum + value * weight);
        if sum.is_nan() { self.intercept } else { statistics::bounded(sum) }
    }
}

/// The finite numbers of a column and NaN for all else.
pub(crate) fn finite_or_nan(values: &Float64Chunked) -> Vec<f64> {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite()).unwrap_or(f64::NAN);
    values.iter().map(finite).collect()
}

fn means(columns: &[Vec<f64>]) -> Vec<f64> {
    let mean = |column: &Vec<f64>| {
        let finite: Vec<f64> = column.iter().copied().filter(|value| value.is_finite()).collect();
        statistics::mean(&finite).unwrap_or_default()
    };
    columns.iter().map(mean).collect()
}

/// Scaled up to all columns from those both rows have; NaN where they share none.
fn distance(row: &[f64], other: &[Option<f64>]) -> f64 {
    let (mut sum, mut n_shared) = (0.0, 0_usize);
    for (a, b) in row.iter().zip(other) {
        if let Some(b) = b
            && !a.is_nan()
        {
            sum += (a - b).powi(2);
            n_shared += 1;
        }
    }
    if n_shared == 0 { f64::NAN } else { sum * row.len() as f64 / n_shared as f64 }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Solves a symmetric positive definite system, given by its lower triangle, by Cholesky's decomposition.
fn solve(mut lower: Vec<Vec<f64>>, mut answers: Vec<f64>) -> Vec<f64> {
    let n = answers.len();
    let at = |lower: &[Vec<f64>], row: usize, column: usize| {
        lower.get(row).and_then(|row| row.get(column)).copied().unwrap_or_default()
    };
    for row in 0..n {
        for column in 0..=row {
            let done: f64 = (0..column).map(|k| at(&lower, row, k) * at(&lower, column, k)).sum();
            let rest = at(&lower, row, column) - done;
            let value = if row == column {
                rest.max(0.0).sqrt()
            } else {
                rest / at(&lower, column, column)
            };
            if let Some(place) = lower.get_mut(row).and_then(|row| row.get_mut(column)) {
                *place = value;
            }
        }
    }
    let forward = 0..n;
    for row in forward.clone().chain(forward.rev()).enumerate().map(|(step, row)| (step < n, row)) {
        let (is_forward, row) = row;
        let done: f64 = if is_forward {
            (0..row).map(|k| at(&lower, row, k) * answers.get(k).copied().unwrap_or_default()).sum()
        } else {
            (row + 1..n)
                .map(|k| at(&lower, k, row) * answers.get(k).copied().unwrap_or_default())
                .sum()
        };
        let pivot = at(&lower, row, row);
        if let Some(answer) = answers.get_mut(row) {
            *answer = (*answer - done) / pivot;
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved() {
        let solved = solve(vec![vec![4.0], vec![2.0, 3.0]], vec![10.0, 8.0]);
        assert!((solved[0] - 1.75).abs() < 1e-12 && (solved[1] - 1.5).abs() < 1e-12, "{solved:?}");
        assert_eq!(solve(vec![], vec![]), [] as [f64; 0]);
    }

    #[test]
    fn huge_numbers_give_finite_estimates() {
        let columns = [vec![1e308, f64::NAN, -1e308, 5.0], vec![f64::NAN, 1e300, 1e-320, 0.0]];
        for estimator in [
            Estimator::Neighbours(Neighbours::learn(&columns, 3)),
            Estimator::Regressions(Regressions::learn(&columns)),
        ] {
            for mut row in [[f64::NAN, 1e308], [-1e308, f64::NAN], [f64::NAN, f64::NAN]] {
                estimator.fill(&mut row);
                assert!(row.iter().all(|value| value.is_finite()), "{row:?} {estimator:?}");
            }
            serde_json::to_string(&estimator).expect("plain data");
        }
    }
}
