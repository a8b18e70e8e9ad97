//! One tree, or many that each see other rows and columns and answer together.

use std::sync::atomic::{AtomicUsize, Ordering};

use pg_base::{Rng, Trouble, say};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::sample::{Job, Target};
use crate::tree::{Grower, Ranks, Tree, TreeSettings};

/// How a forest grows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForestSettings {
    /// Number of trees.
    pub n_trees: usize,
    /// How each tree grows.
    pub tree: TreeSettings,
    /// Share of the columns looked at for each question; none for the usual: the square root for classes, all for
    /// numbers.
    pub column_share: Option<f64>,
    /// Whether each tree learns from rows drawn with replacement.
    pub draws_rows: bool,
    /// Whether thresholds are drawn at random: extremely randomised trees.
    pub draws_thresholds: bool,
}

impl Default for ForestSettings {
    fn default() -> Self {
        Self {
            n_trees: 100,
            tree: TreeSettings::default(),
            column_share: None,
            draws_rows: true,
            draws_thresholds: false,
        }
    }
}

/// Trees that answer together by their mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Forest {
    trees: Vec<Tree>,
}

impl Forest {
    /// The forest and how much each column added to its purity.
    pub(crate) fn fit(
        settings: &ForestSettings,
        job: &Job<'_>,
    ) -> Result<(Self, Vec<f64>), Trouble> {
        let sample = job.training;
        let ranks = Ranks::new(&sample.x);
        let n_columns = sample.x.n_columns();
        let n_tried = match (settings.column_share, &sample.y) {
            (Some(share), _) => (share * n_columns as f64) as usize,
            (None, Target::Classes { .. }) => (n_columns as f64).sqrt() as usize,
            (None, Target::Numbers(_)) => n_columns,
        };
        let grower = Grower {
            ranks: &ranks,
            y: &sample.y,
            settings: &settings.tree,
            n_tried: n_tried.clamp(1, n_columns.max(1)),
            draws_thresholds: settings.draws_thresholds,
            cancel: job.cancel,
        };
        let n_trees = settings.n_trees.max(1);
        let n_done = AtomicUsize::new(0);
        let grown: Vec<_> = (0..n_trees)
            .into_par_iter()
            .map(|number| {
                let mut rng = Rng::new(job.seed, &format!("tree {number}"));
                let grown = if settings.draws_rows {
                    grower.grow(&drawn(&sample.weights, &mut rng), &mut rng)
                } else {
                    grower.grow(&sample.weights, &mut rng)
                };
                let n_done = 1 + n_done.fetch_add(1, Ordering::Relaxed);
                job.progress.report(
                    n_done as f64 / n_trees as f64,
                    &say!("tree {n_done} of {n_trees}", "第 {n_done} 棵树，共 {n_trees} 棵"),
                );
                grown
            })
            .collect();
        let mut trees = Vec::with_capacity(n_trees);
        let mut importances = vec![0.0; n_columns];
        for grown in grown {
            let grown = grown?;
            let whole: f64 = grown.importances.iter().sum();
            if whole > 0.0 {
                let own = importances.iter_mut().zip(&grown.importances);
                own.for_each(|(sum, one)| *sum += one / whole);
            }
            trees.push(grown.tree);
        }
        Ok((Self { trees }, importances))
    }

    /// Adds the mean answer of the trees to `answers`.
    pub(crate) fn answer(&self, row: &[f32], answers: &mut [f32]) {
        let n_trees = self.trees.len().max(1) as f64;
        let mut sums = vec![0.0_f64; answers.len()];
        for tree in &self.trees {
            for (sum, answer) in sums.iter_mut().zip(tree.ask(row, answers.len())) {
                *sum += f64::from(*answer);
            }
        }
        answers.iter_mut().zip(sums).for_each(|(answer, sum)| *answer = (sum / n_trees) as f32);
    }

    pub(crate) fn n_trees(&self) -> usize {
        self.trees.len()
    }

    pub(crate) fn n_leaves(&self) -> usize {
        self.trees.iter().map(Tree::n_leaves).sum()
    }

    pub(crate) fn depth(&self) -> usize {
        self.trees.iter().map(Tree::depth).max().unwrap_or(0)
    }

    pub(crate) fn check(&self, n_columns: usize, n_outputs: usize) -> Result<(), Trouble> {
        if self.trees.is_empty() {
            return Tree::default().check(n_columns, n_outputs);
        }
        self.trees.iter().try_for_each(|tree| tree.check(n_columns, n_outputs))
    }
}

/// Weights of as many rows drawn with replacement.
fn drawn(weights: &[f64], rng: &mut Rng) -> Vec<f64> {
    let mut drawn = vec![0.0; weights.len()];
    for _ in 0..weights.len() {
        let row = rng.below(weights.len());
        if let (Some(slot), Some(weight)) = (drawn.get_mut(row), weights.get(row)) {
            *slot += weight;
        }
    }
    drawn
}
