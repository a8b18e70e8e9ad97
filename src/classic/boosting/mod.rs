//! Gradient boosting: small trees one after the other, each correcting what is still wrong, over binned columns.
//!
//! The method of LightGBM (Ke et al., 2017) and of scikit-learn's `HistGradientBoosting`.

mod bins;
mod grow;
mod loss;

use pg_base::{Trouble, say};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::sample::{Job, Matrix, Sample};
use crate::tree::Tree;
use bins::Bins;
use grow::{Grower, GrowthLimits};
use loss::Loss;

/// What numbers are judged by while boosting; classes always use the log loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoostingLoss {
    /// Squared error: predicts the mean.
    #[default]
    Squared,
    /// Absolute error: predicts the median, minds outliers less.
    Absolute,
}

/// How boosting goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoostingSettings {
    /// Rounds at most; each adds one tree per class (one in all for two classes and for numbers).
    pub n_rounds: usize,
    /// Share of each tree's answer that counts.
    pub learning_rate: f64,
    /// Leaves of a tree at most.
    pub max_leaves: usize,
    /// Questions from the root to a leaf at most; none for no limit.
    pub max_depth: Option<usize>,
    /// Rows that a leaf must have.
    pub min_leaf: usize,
    /// Pulls the answers of the leaves to zero.
    pub l2: f64,
    /// Loss for numbers.
    pub loss: BoostingLoss,
    /// Stops when the validation loss has not improved for so many rounds; none never stops early.
    pub patience: Option<usize>,
}

impl Default for BoostingSettings {
    fn default() -> Self {
        Self {
            n_rounds: 100,
            learning_rate: 0.1,
            max_leaves: 31,
            max_depth: None,
            min_leaf: 20,
            l2: 0.0,
            loss: BoostingLoss::Squared,
            patience: Some(10),
        }
    }
}

/// The trees, round by round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Boosted {
    /// Where each score begins.
    base: Vec<f64>,
    /// One tree per score and round; its single answer is added to the score.
    trees: Vec<Tree>,
}

impl Boosted {
    /// The trees and how much each column gained.
    pub(crate) fn fit(
        settings: &BoostingSettings,
        job: &Job<'_>,
    ) -> Result<(Self, Vec<f64>), Trouble> {
        let sample = job.training;
        let loss = Loss::new(&sample.y, settings.loss);
        let bins = Bins::new(&sample.x);
        let mut growing = Grower::new(&bins, GrowthLimits::from(settings), job.cancel);
        let base = loss.base(sample);
        let mut scores: Vec<Vec<f64>> =
            base.iter().map(|base| vec![*base; sample.n_rows()]).collect();
        let mut watch = job
            .validation
            .filter(|validation| validation.n_rows() > 0 && settings.patience.is_some())
            .map(|validation| Watch::new(validation, &base));
        let n_rounds = settings.n_rounds.max(1);
        let mut trees = Vec::with_capacity(n_rounds * base.len());
        for round in 0..n_rounds {
            job.cancel.check()?;
            let number = round + 1;
            job.progress.report(
                round as f64 / n_rounds as f64,
                &say!("round {number} of {n_rounds}", "第 {number} 轮，共 {n_rounds} 轮"),
            );
            // All gradients first: the trees of one round answer the same scores.
            let gradients: Vec<_> =
                (0..base.len()).map(|output| loss.gradients(sample, &scores, output)).collect();
            for (gradients, scores) in gradients.iter().zip(&mut scores) {
                let answer = |rows: &[u32], scores: &[f64], newton: f64| {
                    let best = loss.leaf(sample, scores, rows).unwrap_or(newton);
                    best * settings.learning_rate
                };
                let tree = growing.grow(gradients, answer, scores)?;
                trees.push(tree);
            }
            let newest = trees.get(round * base.len()..).unwrap_or_default();
            if let Some(watch) = &mut watch
                && watch.is_over(&loss, newest, settings.patience.unwrap_or(usize::MAX))
            {
                break;
            }
        }
        if let Some(watch) = watch {
            trees.truncate(watch.best_round.max(1) * base.len());
        }
        Ok((Self { base, trees }, growing.gains))
    }

    /// The answers to a row: probabilities, or one number.
    pub(crate) fn answer(&self, row: &[f32], answers: &mut [f32]) {
        let mut scores = self.base.clone();
        for round in self.trees.chunks(scores.len().max(1)) {
            for (score, tree) in scores.iter_mut().zip(round) {
                *score += tree.ask(row, 1).first().map_or(0.0, |answer| f64::from(*answer));
            }
        }
        loss::answers_of(&scores, answers);
    }

    pub(crate) fn n_trees(&self) -> usize {
        self.trees.len()
    }

    pub(crate) fn n_rounds(&self) -> usize {
        self.trees.len() / self.base.len().max(1)
    }

    pub(crate) fn check(&self, n_columns: usize, n_outputs: usize) -> Result<(), Trouble> {
        let n_scores = if n_outputs == 2 { 1 } else { n_outputs };
        if self.base.len() != n_scores || !self.base.iter().all(|base| base.is_finite()) {
            return Tree::default().check(n_columns, 1);
        }
        self.trees.iter().try_for_each(|tree| tree.check(n_columns, 1))
    }
}

/// The validation rows and their best loss so far.
struct Watch<'a> {
    sample: &'a Sample,
    scores: Vec<Vec<f64>>,
    best_loss: f64,
    best_round: usize,
    round: usize,
}

impl<'a> Watch<'a> {
    fn new(sample: &'a Sample, base: &[f64]) -> Self {
        let scores = base.iter().map(|base| vec![*base; sample.n_rows()]).collect();
        Self { sample, scores, best_loss: f64::INFINITY, best_round: 0, round: 0 }
    }

    fn is_over(&mut self, loss: &Loss, newest: &[Tree], patience: usize) -> bool {
        self.round += 1;
        for (scores, tree) in self.scores.iter_mut().zip(newest) {
            add_answers(tree, &self.sample.x, scores);
        }
        let found = loss.value(self.sample, &self.scores);
        if found < self.best_loss {
            (self.best_loss, self.best_round) = (found, self.round);
        }
        self.round - self.best_round >= patience
    }
}

fn add_answers(tree: &Tree, x: &Matrix, scores: &mut [f64]) {
    const ROWS: usize = 4096;
    let width = x.n_columns().max(1);
    let blocks = scores.par_chunks_mut(ROWS).zip(x.values().par_chunks(ROWS * width));
    blocks.for_each(|(scores, rows)| {
        for (score, row) in scores.iter_mut().zip(rows.chunks_exact(width)) {
            *score += tree.ask(row, 1).first().map_or(0.0, |answer| f64::from(*answer));
        }
    });
}
