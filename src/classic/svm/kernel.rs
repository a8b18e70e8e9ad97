//! Similarity of rows, and the rows of its matrix as they are needed.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::sample::Matrix;

/// How similar two rows are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kernel", rename_all = "snake_case")]
pub enum Kernel {
    /// Their product: a straight boundary.
    Linear,
    /// A bell around each row: a bent boundary.
    Rbf {
        /// How narrow; none for one over the number of columns times their variance.
        gamma: Option<f64>,
    },
}

/// A kernel with its width known; none for a straight boundary.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Fixed {
    gamma: Option<f64>,
}

/// Numbers of the matrix kept at a time: 256 MiB.
const MAX_KEPT: usize = 64 << 20;

/// Rows of the similarity matrix.
pub(super) struct Rows<'a> {
    kernel: Fixed,
    x: &'a Matrix,
    members: &'a [usize],
    kept: BTreeMap<usize, Arc<[f32]>>,
}

impl Kernel {
    pub(super) fn fixed(self, x: &Matrix) -> Fixed {
        let Self::Rbf { gamma } = self else { return Fixed { gamma: None } };
        let gamma = gamma.unwrap_or_else(|| {
            let n = x.values().len().max(1) as f64;
            let mean = x.values().iter().map(|value| f64::from(*value)).sum::<f64>() / n;
            let spread = x.values().iter().map(|value| (f64::from(*value) - mean).powi(2));
            let variance = spread.sum::<f64>() / n;
            if variance > 0.0 { 1.0 / (x.n_columns() as f64 * variance) } else { 1.0 }
        });
        Fixed { gamma: Some(gamma) }
    }
}

impl Fixed {
    pub(super) fn similarity(self, a: &[f32], b: &[f32]) -> f64 {
        let pairs = a.iter().zip(b).map(|(a, b)| (f64::from(*a), f64::from(*b)));
        match self.gamma {
            None => pairs.map(|(a, b)| a * b).sum(),
            Some(gamma) => (-gamma * pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f64>()).exp(),
        }
    }
}

impl<'a> Rows<'a> {
    pub(super) fn new(kernel: Fixed, x: &'a Matrix, members: &'a [usize]) -> Self {
        Self { kernel, x, members, kept: BTreeMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Similarity of each row to itself.
    pub(super) fn diagonal(&self) -> Vec<f64> {
        let own = |row: &usize| self.kernel.similarity(self.x.row(*row), self.x.row(*row));
        self.members.iter().map(own).collect()
    }

    /// Similarity of one row to all.
    pub(super) fn get(&mut self, index: usize) -> Arc<[f32]> {
        if let Some(row) = self.kept.get(&index) {
            return row.clone();
        }
        if (self.kept.len() + 1) * self.len() > MAX_KEPT {
            self.kept.clear();
        }
        let own = self.members.get(index).map_or(&[][..], |row| self.x.row(*row));
        let similar = |other: &usize| self.kernel.similarity(own, self.x.row(*other)) as f32;
        let row: Arc<[f32]> = if self.len() * self.x.n_columns() > 20_000 {
            self.members.par_iter().map(similar).collect::<Vec<_>>().into()
        } else {
            self.members.iter().map(similar).collect()
        };
        self.kept.insert(index, row.clone());
        row
    }
}
