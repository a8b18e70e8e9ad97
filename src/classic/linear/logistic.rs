//! Logistic regression: log loss with a ridge penalty, found by L-BFGS on columns brought to one spread.

use pg_base::Trouble;
use rayon::prelude::*;

use super::{Centred, LinearSettings, Penalty, Score};
use crate::sample::Job;
use crate::solve::{dot, minimise};

const MAX_STEPS: usize = 2000;
/// Rows whose losses are summed together; fixed, so that sums do not depend on the number of threads.
const BLOCK_ROWS: usize = 2048;

pub(super) fn fit(
    settings: &LinearSettings,
    job: &Job<'_>,
    columns: &[Centred],
    ids: &[u32],
    n_classes: usize,
) -> Result<Vec<Score>, Trouble> {
    let width = columns.len() + 1;
    let n_scores = if n_classes == 2 { 1 } else { n_classes };
    let weights = &job.training.weights;
    // Rows side by side, a 1 for the intercept at the end.
    let mut rows = vec![1.0_f64; width * ids.len()];
    for (at, column) in columns.iter().enumerate() {
        let scale = if column.scale > 0.0 { column.scale } else { 1.0 };
        let slots = rows.iter_mut().skip(at).step_by(width);
        slots.zip(&column.values).for_each(|(slot, value)| *slot = value / scale);
    }
    // Weights of scaled columns are larger by the spread: the penalty is on the weights of the columns themselves.
    let strength = match settings.penalty {
        Penalty::None => 1e-8,
        _ => settings.strength.max(1e-8),
    };
    let pulls: Vec<f64> = columns
        .iter()
        .map(|column| if column.scale > 0.0 { strength / column.scale.powi(2) } else { strength })
        .chain([0.0])
        .collect();
    let n: f64 = weights.iter().sum();
    let found =
        minimise(vec![0.0; width * n_scores], MAX_STEPS, 1e-9 * n, job.cancel, |x, gradient| {
            let blocks = rows
                .par_chunks(BLOCK_ROWS * width)
                .zip(ids.par_chunks(BLOCK_ROWS))
                .zip(weights.par_chunks(BLOCK_ROWS));
            let sums: Vec<(f64, Vec<f64>)> = blocks
                .map(|((rows, ids), weights)| {
                    let mut sums = vec![0.0; x.len()];
                    let mut loss = 0.0;
                    for ((row, id), weight) in rows.chunks_exact(width).zip(ids).zip(weights) {
                        loss += weight * add_row(row, *id as usize, *weight, x, &mut sums);
                    }
                    (loss, sums)
                })
                .collect();
            gradient.fill(0.0);
            let mut value = 0.0;
            for (loss, sums) in sums {
                value += loss;
                gradient.iter_mut().zip(sums).for_each(|(slope, sum)| *slope += sum);
            }
            for (weights, slopes) in x.chunks_exact(width).zip(gradient.chunks_exact_mut(width)) {
                for ((weight, slope), pull) in weights.iter().zip(slopes).zip(&pulls) {
                    value += 0.5 * pull * weight * weight;
                    *slope += pull * weight;
                }
            }
            value
        })?;
    let score = |scaled: &[f64]| {
        let (scaled, intercept) = scaled.split_at(columns.len());
        let weights: Vec<f64> = scaled
            .iter()
            .zip(columns)
            .map(|(weight, column)| if column.scale > 0.0 { weight / column.scale } else { 0.0 })
            .collect();
        let moved: f64 = columns.iter().zip(&weights).map(|(column, w)| column.mean * w).sum();
        Score { intercept: intercept.first().copied().unwrap_or(0.0) - moved, weights }
    };
    Ok(found.chunks_exact(width).map(score).collect())
}

/// Adds the gradient of one row times its weight; gives its loss.
fn add_row(row: &[f64], id: usize, weight: f64, x: &[f64], sums: &mut [f64]) -> f64 {
    let width = row.len();
    let mut add = |score: usize, slope: f64| {
        let own = sums.iter_mut().skip(score * width).take(width);
        own.zip(row).for_each(|(sum, value)| *sum += weight * slope * value);
    };
    if x.len() == width {
        let score = dot(x, row);
        let signed = if id == 1 { score } else { -score };
        add(0, sigmoid(score) - id as f64);
        // ln(1 + exp(-s)) without overflow.
        return (-signed.abs()).exp().ln_1p() + (-signed).max(0.0);
    }
    let scores: Vec<f64> = x.chunks_exact(width).map(|weights| dot(weights, row)).collect();
    let highest = scores.iter().copied().fold(f64::MIN, f64::max);
    let whole: f64 = scores.iter().map(|score| (score - highest).exp()).sum();
    for (at, score) in scores.iter().enumerate() {
        let p = (score - highest).exp() / whole;
        add(at, p - f64::from(u8::from(at == id)));
    }
    whole.ln() + highest - scores.get(id).copied().unwrap_or(highest)
}

pub(super) fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}
