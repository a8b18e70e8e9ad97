//! Columns as ranks of their values, so that a tree sorts small whole numbers.

use rayon::prelude::*;

use crate::sample::Matrix;

/// Rank of a gap: after all values.
pub(crate) const GAP: u16 = u16::MAX;
/// Different values that keep a rank of their own; beyond, neighbours share one.
const MAX_RANKS: usize = 65_000;

/// The columns of a matrix as ranks.
#[derive(Debug)]
pub(crate) struct Ranks {
    columns: Vec<Ranked>,
}

/// A column as ranks.
#[derive(Debug)]
pub(crate) struct Ranked {
    /// Rank of each row.
    pub(crate) ranks: Vec<u16>,
    /// The largest value of each rank.
    values: Vec<f32>,
    /// Whether each value has its own rank.
    is_exact: bool,
}

impl Ranks {
    pub(crate) fn new(x: &Matrix) -> Self {
        let columns: Vec<usize> = (0..x.n_columns()).collect();
        let ranked =
            columns.par_iter().map(|column| Ranked::new(&x.column(*column).collect::<Vec<_>>()));
        Self { columns: ranked.collect() }
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.columns.len()
    }

    pub(crate) fn column(&self, index: usize) -> Option<&Ranked> {
        self.columns.get(index)
    }
}

impl Ranked {
    fn new(column: &[f32]) -> Self {
        let mut values: Vec<f32> = column.iter().copied().filter(|value| !value.is_nan()).collect();
        values.sort_unstable_by(f32::total_cmp);
        values.dedup();
        let is_exact = values.len() <= MAX_RANKS;
        if !is_exact {
            let n = values.len();
            values = (1..=MAX_RANKS)
                .filter_map(|rank| values.get(rank * n / MAX_RANKS - 1).copied())
                .collect();
        }
        let rank = |value: &f32| {
            if value.is_nan() { GAP } else { values.partition_point(|known| known < value) as u16 }
        };
        let ranks = column.iter().map(rank).collect();
        Self { ranks, values, is_exact }
    }

    /// Value of a rank.
    pub(crate) fn value(&self, rank: u16) -> f32 {
        self.values.get(rank as usize).copied().unwrap_or(f32::MAX)
    }

    /// The threshold between a rank and the next one found in a node: the middle, which never reaches the next value.
    pub(crate) fn between(&self, rank: u16, next: u16) -> f32 {
        let (low, high) = (self.value(rank), self.value(next));
        if !self.is_exact || next == GAP {
            return low;
        }
        middle(low, high)
    }
}

/// The middle of two values in order, always below the second.
pub(crate) fn middle(low: f32, high: f32) -> f32 {
    let middle = f64::midpoint(f64::from(low), f64::from(high)) as f32;
    if middle < high { middle } else { low }
}
