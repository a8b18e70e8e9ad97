//! Losses with their first and second derivatives, and from scores to answers.

use super::BoostingLoss;
use crate::sample::{Sample, Target};

/// A loss over one score per class, or a single one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Loss {
    Squared,
    Absolute,
    Logistic,
    Softmax { n_classes: usize },
}

/// Derivatives by the score, one pair per row, times the weight of the row.
pub(super) type Gradients = Vec<[f32; 2]>;

impl Loss {
    pub(super) fn new(y: &Target, numbers: BoostingLoss) -> Self {
        match (y, numbers) {
            (Target::Classes { n_classes: 2, .. }, _) => Self::Logistic,
            (Target::Classes { n_classes, .. }, _) => Self::Softmax { n_classes: *n_classes },
            (Target::Numbers(_), BoostingLoss::Squared) => Self::Squared,
            (Target::Numbers(_), BoostingLoss::Absolute) => Self::Absolute,
        }
    }

    /// The scores that answer best before any tree.
    pub(super) fn base(self, sample: &Sample) -> Vec<f64> {
        let total: f64 = sample.weights.iter().sum();
        match &sample.y {
            Target::Numbers(numbers) => {
                let weighted = numbers.iter().zip(&sample.weights);
                vec![match self {
                    Self::Absolute => median(numbers.clone()),
                    _ => weighted.map(|(y, weight)| y * weight).sum::<f64>() / total,
                }]
            }
            Target::Classes { ids, n_classes } => {
                let mut shares = vec![0.0; *n_classes];
                for (id, weight) in ids.iter().zip(&sample.weights) {
                    if let Some(share) = shares.get_mut(*id as usize) {
                        *share += weight / total;
                    }
                }
                let bounded = |share: f64| share.clamp(1e-6, 1.0 - 1e-6);
                match (self, shares.as_slice()) {
                    (Self::Logistic, [_, yes]) => {
                        vec![(bounded(*yes) / (1.0 - bounded(*yes))).ln()]
                    }
                    _ => shares.into_iter().map(|share| bounded(share).ln()).collect(),
                }
            }
        }
    }

    /// Derivatives of the loss by one of the scores.
    pub(super) fn gradients(
        self,
        sample: &Sample,
        scores: &[Vec<f64>],
        output: usize,
    ) -> Gradients {
        let own = scores.get(output).map(Vec::as_slice).unwrap_or_default();
        let weights = &sample.weights;
        match (&sample.y, self) {
            (Target::Numbers(numbers), _) => {
                let is_squared = matches!(self, Self::Squared);
                let gradient = |((y, score), weight): ((&f64, &f64), &f64)| {
                    let error = score - y;
                    let slope = if is_squared { error } else { sign(error) };
                    [(slope * weight) as f32, *weight as f32]
                };
                numbers.iter().zip(own).zip(weights).map(gradient).collect()
            }
            (Target::Classes { ids, .. }, Self::Softmax { .. }) => {
                let gradient = |(row, (id, weight)): (usize, (&u32, &f64))| {
                    let row_scores = || scores.iter().filter_map(|scores| scores.get(row).copied());
                    let highest = row_scores().fold(f64::MIN, f64::max);
                    let whole: f64 = row_scores().map(|score| (score - highest).exp()).sum();
                    let p = own.get(row).map_or(0.0, |score| (score - highest).exp() / whole);
                    let truth = f64::from(u8::from(*id as usize == output));
                    [((p - truth) * weight) as f32, (p * (1.0 - p) * weight) as f32]
                };
                ids.iter().zip(weights).enumerate().map(gradient).collect()
            }
            (Target::Classes { ids, .. }, _) => {
                let gradient = |((id, score), weight): ((&u32, &f64), &f64)| {
                    let p = sigmoid(*score);
                    [((p - f64::from(*id)) * weight) as f32, (p * (1.0 - p) * weight) as f32]
                };
                ids.iter().zip(own).zip(weights).map(gradient).collect()
            }
        }
    }

    /// The answer of a leaf where the derivatives do not tell it: the median of what is still wrong.
    pub(super) fn leaf(self, sample: &Sample, scores: &[f64], rows: &[u32]) -> Option<f64> {
        let (Self::Absolute, Target::Numbers(numbers)) = (self, &sample.y) else { return None };
        let rest = rows
            .iter()
            .filter_map(|row| Some(numbers.get(*row as usize)? - scores.get(*row as usize)?));
        Some(median(rest.collect()))
    }

    /// Mean loss of some rows.
    pub(super) fn value(self, sample: &Sample, scores: &[Vec<f64>]) -> f64 {
        let n_rows = sample.n_rows().max(1) as f64;
        let mut answers =
            vec![0.0_f32; if let Self::Softmax { n_classes } = self { n_classes } else { 2 }];
        let mut row_scores = Vec::with_capacity(scores.len());
        let mut sum = 0.0;
        for row in 0..sample.n_rows() {
            row_scores.clear();
            row_scores.extend(scores.iter().filter_map(|scores| scores.get(row).copied()));
            sum += match &sample.y {
                Target::Numbers(numbers) => {
                    let error =
                        row_scores.first().unwrap_or(&0.0) - numbers.get(row).unwrap_or(&0.0);
                    if matches!(self, Self::Squared) { error * error } else { error.abs() }
                }
                Target::Classes { ids, .. } => {
                    answers_of(&row_scores, &mut answers);
                    let id = ids.get(row).copied().unwrap_or(0) as usize;
                    -f64::from(answers.get(id).copied().unwrap_or(0.0)).max(1e-12).ln()
                }
            };
        }
        sum / n_rows
    }
}

/// Probabilities of the scores of one row, or the score itself where a single number is asked for.
pub(super) fn answers_of(scores: &[f64], answers: &mut [f32]) {
    match (scores, answers) {
        ([score], [no, yes]) => {
            let p = sigmoid(*score);
            (*no, *yes) = ((1.0 - p) as f32, p as f32);
        }
        ([score], [answer]) => *answer = *score as f32,
        (scores, answers) => crate::solve::softmax(scores, answers),
    }
}

fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

fn sign(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value.signum() }
}

/// The middle value; 0 without values.
fn median(mut values: Vec<f64>) -> f64 {
    let half = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    let (below, &mut middle, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    match below.iter().copied().reduce(f64::max) {
        Some(lower) if values.len().is_multiple_of(2) => f64::midpoint(lower, middle),
        _ => middle,
    }
}
