//! Least squares: plain, ridge, lasso and elastic net.

use pg_base::Trouble;
use rayon::prelude::*;

use super::{Centred, LinearSettings, Penalty, Score};
use crate::sample::Job;
use crate::solve::{dot, solve_symmetric};

/// Passes over the columns at most.
const MAX_PASSES: usize = 10_000;

pub(super) fn fit(
    settings: &LinearSettings,
    job: &Job<'_>,
    columns: &[Centred],
    numbers: &[f64],
) -> Result<Score, Trouble> {
    let weights = &job.training.weights;
    let n: f64 = weights.iter().sum();
    let mean = dot(numbers, weights) / n;
    let answers: Vec<f64> = numbers.iter().zip(weights).map(|(y, w)| (y - mean) * w).collect();
    let right: Vec<f64> = columns.par_iter().map(|column| dot(&column.values, &answers)).collect();
    let mut gram: Vec<Vec<f64>> = columns
        .par_iter()
        .map(|column| {
            let weighted: Vec<f64> =
                column.values.iter().zip(weights).map(|(v, w)| v * w).collect();
            columns.iter().map(|other| dot(&weighted, &other.values)).collect()
        })
        .collect();
    job.cancel.check()?;
    let strength = settings.strength.max(0.0);
    let found = match settings.penalty {
        Penalty::None => solve_symmetric(gram, &right),
        Penalty::Ridge => {
            gram.iter_mut().enumerate().for_each(|(at, row)| {
                if let Some(value) = row.get_mut(at) {
                    *value += strength;
                }
            });
            solve_symmetric(gram, &right)
        }
        Penalty::Lasso => descend(&gram, &right, n * strength, 0.0, job)?,
        Penalty::ElasticNet => {
            let share = settings.l1_share.clamp(0.0, 1.0);
            descend(&gram, &right, n * strength * share, n * strength * (1.0 - share), job)?
        }
    };
    let moved = columns.iter().zip(&found).map(|(column, weight)| column.mean * weight);
    Ok(Score { intercept: mean - moved.sum::<f64>(), weights: found })
}

/// Coordinate descent on the normal equations (Friedman, Hastie and Tibshirani, 2010).
fn descend(
    gram: &[Vec<f64>],
    right: &[f64],
    l1: f64,
    l2: f64,
    job: &Job<'_>,
) -> Result<Vec<f64>, Trouble> {
    let mut weights = vec![0.0; right.len()];
    // What is left to explain, per column.
    let mut rest = right.to_vec();
    for _ in 0..MAX_PASSES {
        job.cancel.check()?;
        let (mut largest, mut change) = (0.0_f64, 0.0_f64);
        for (at, row) in gram.iter().enumerate() {
            let own = row.get(at).copied().unwrap_or(0.0);
            let Some(weight) = weights.get_mut(at) else { continue };
            let pull = rest.get(at).copied().unwrap_or(0.0) + own * *weight;
            let new = if own > 0.0 { shrunk(pull, l1) / (own + l2) } else { 0.0 };
            let step = new - *weight;
            if step != 0.0 {
                *weight = new;
                rest.iter_mut().zip(row).for_each(|(rest, by)| *rest -= by * step);
            }
            largest = largest.max(new.abs() * own.sqrt());
            change = change.max(step.abs() * own.sqrt());
        }
        if change <= 1e-10 * largest {
            break;
        }
    }
    Ok(weights)
}

fn shrunk(value: f64, by: f64) -> f64 {
    value.signum() * (value.abs() - by).max(0.0)
}
