//! Linear models: a weight per column; for numbers least squares with ridge, lasso or both, for classes logistic
//! regression.

mod logistic;
mod squares;

use pg_base::{Trouble, say};
use serde::{Deserialize, Serialize};

use crate::sample::{Job, Target};
use crate::solve::{dot_row, softmax};

/// What keeps the weights small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Penalty {
    /// Nothing.
    None,
    /// The squares of the weights.
    #[default]
    Ridge,
    /// Their sizes: many become 0. For numbers only.
    Lasso,
    /// Both. For numbers only.
    ElasticNet,
}

/// How the weights are found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearSettings {
    /// What keeps the weights small.
    pub penalty: Penalty,
    /// How much. For ridge and classes it is weighed against the sum of the errors of all rows (scikit-learn's `alpha`
    /// of `Ridge`, `1 / C` of `LogisticRegression`), for lasso against their mean.
    pub strength: f64,
    /// Share of the lasso in an elastic net.
    pub l1_share: f64,
}

impl Default for LinearSettings {
    fn default() -> Self {
        Self { penalty: Penalty::Ridge, strength: 1.0, l1_share: 0.5 }
    }
}

/// The weights, one set per score: a single one for two classes and for numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Linear {
    scores: Vec<Score>,
}

/// One weighted sum of the columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Score {
    weights: Vec<f64>,
    intercept: f64,
}

/// A column moved to mean 0; with its spread.
struct Centred {
    values: Vec<f64>,
    mean: f64,
    scale: f64,
}

/// Least squares and its kin cost the cube of the columns.
const MAX_COLUMNS: usize = 4000;

impl Linear {
    /// The model and the size of each column's part in it: weight times spread.
    pub(crate) fn fit(
        settings: &LinearSettings,
        job: &Job<'_>,
    ) -> Result<(Self, Vec<f64>), Trouble> {
        let sample = job.training;
        let columns: Vec<Centred> = (0..sample.x.n_columns())
            .map(|column| Centred::new(sample.x.column(column), &sample.weights))
            .collect();
        let scores = match &sample.y {
            Target::Numbers(numbers) => {
                if columns.len() > MAX_COLUMNS {
                    return Err(too_wide(columns.len()));
                }
                vec![squares::fit(settings, job, &columns, numbers)?]
            }
            Target::Classes { ids, n_classes } => {
                if matches!(settings.penalty, Penalty::Lasso | Penalty::ElasticNet) {
                    return Err(Trouble::new(
                        "penalty-unsupported",
                        say!("the target has classes", "目标是类别"),
                    )
                    .expected(say!("penalty `none` or `ridge`", "惩罚应为“无”或“岭”"))
                    .param("penalty"));
                }
                logistic::fit(settings, job, &columns, ids, *n_classes)?
            }
        };
        let part = |(at, column): (usize, &Centred)| {
            let weights = scores.iter().map(|score| score.weights.get(at).copied().unwrap_or(0.0));
            weights.map(f64::abs).sum::<f64>() * column.scale
        };
        let parts = columns.iter().enumerate().map(part).collect();
        Ok((Self { scores }, parts))
    }

    pub(crate) fn answer(&self, row: &[f32], answers: &mut [f32]) {
        let sum = |score: &Score| score.intercept + dot_row(row, &score.weights);
        match (self.scores.as_slice(), &mut *answers) {
            ([score], [answer]) => *answer = sum(score) as f32,
            ([score], [no, yes]) => {
                let p = logistic::sigmoid(sum(score));
                (*no, *yes) = ((1.0 - p) as f32, p as f32);
            }
            (scores, answers) => softmax(&scores.iter().map(sum).collect::<Vec<_>>(), answers),
        }
    }

    /// Weights that are not 0.
    pub(crate) fn n_weights(&self) -> usize {
        let weights = self.scores.iter().flat_map(|score| &score.weights);
        weights.filter(|weight| **weight != 0.0).count()
    }

    pub(crate) fn check(&self, n_columns: usize, n_outputs: usize) -> Result<(), Trouble> {
        let n_scores = if n_outputs == 2 { 1 } else { n_outputs };
        let is_sound = |score: &Score| score.weights.len() == n_columns;
        if self.scores.len() == n_scores && self.scores.iter().all(is_sound) {
            Ok(())
        } else {
            Err(Trouble::new(
                "model-inconsistent",
                say!("the weights do not fit the columns", "权重与列数不匹配"),
            ))
        }
    }
}

impl Centred {
    fn new(column: impl Iterator<Item = f32>, weights: &[f64]) -> Self {
        let mut values: Vec<f64> = column.map(f64::from).collect();
        let n: f64 = weights.iter().sum();
        let weighted = |values: &[f64], power: i32| {
            values.iter().zip(weights).map(|(v, w)| v.powi(power) * w).sum::<f64>() / n
        };
        let mean = weighted(&values, 1);
        for value in &mut values {
            *value -= mean;
        }
        let scale = weighted(&values, 2).sqrt();
        // Rounding alone must not look like a spread.
        let scale = if scale > 1e-7 * mean.abs() { scale } else { 0.0 };
        if scale == 0.0 {
            values.fill(0.0);
        }
        Self { values, mean, scale }
    }
}

fn too_wide(n_columns: usize) -> Trouble {
    Trouble::new("too-many-columns", say!("there are {n_columns} columns", "共有 {n_columns} 列"))
        .expected(say!("at most {MAX_COLUMNS} for a linear model", "线性模型最多 {MAX_COLUMNS} 列"))
        .advice(say!(
            "Select fewer columns, reduce them, or take gradient boosting.",
            "请选择更少的列、先降维，或改用梯度提升。"
        ))
}
