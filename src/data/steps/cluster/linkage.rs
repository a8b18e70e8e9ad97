//! Hierarchical clustering: the two nearest groups are joined until few are left (nearest-neighbour chain).

use pg_base::Trouble;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Found, squared, too_many};

/// What near means for groups of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Linkage {
    /// The spread within groups grows least.
    #[default]
    Ward,
    /// Mean distance of their rows.
    Average,
    /// Largest distance of their rows.
    Complete,
    /// Smallest distance of their rows.
    Single,
}

/// The distances of all pairs are kept.
const MAX_ROWS: usize = 6000;

/// Distances between groups; an absorbed group is never near.
struct Distances {
    values: Vec<f32>,
    sizes: Vec<f32>,
    linkage: Linkage,
}

pub(super) fn find(
    rows: &[f64],
    width: usize,
    n_clusters: usize,
    linkage: Linkage,
) -> Result<Found, Trouble> {
    let n_rows = rows.len() / width;
    if n_rows > MAX_ROWS {
        return Err(too_many(n_rows, MAX_ROWS));
    }
    let mut joins = joins(Distances::new(rows, width, linkage));
    joins.sort_by(|one, other| one.2.total_cmp(&other.2));
    let mut parents: Vec<usize> = (0..n_rows).collect();
    for (one, other, _) in joins.iter().take(n_rows.saturating_sub(n_clusters.max(1))) {
        let (one, other) = (root(&mut parents, *one), root(&mut parents, *other));
        if let Some(parent) = parents.get_mut(other) {
            *parent = one;
        }
    }
    let mut names: Vec<usize> = Vec::new();
    let labels = (0..n_rows).map(|row| {
        let root = root(&mut parents, row);
        let known = names.iter().position(|name| *name == root);
        known.unwrap_or_else(|| {
            names.push(root);
            names.len() - 1
        }) as u32
    });
    let labels = labels.collect();
    Ok(Found { points: rows.to_vec(), labels, radius: None })
}

/// All joins with their heights, in the order of the chain.
fn joins(mut distances: Distances) -> Vec<(usize, usize, f32)> {
    let n_rows = distances.sizes.len();
    let mut joins = Vec::with_capacity(n_rows.saturating_sub(1));
    let mut chain: Vec<usize> = Vec::new();
    while joins.len() + 1 < n_rows {
        if chain.is_empty() {
            chain.extend(distances.sizes.iter().position(|size| *size > 0.0));
        }
        let Some(tip) = chain.last().copied() else { break };
        let before = chain.len().checked_sub(2).and_then(|at| chain.get(at)).copied();
        let Some((near, height)) = distances.nearest(tip, before) else { break };
        if before == Some(near) {
            chain.truncate(chain.len() - 2);
            distances.join(near, tip);
            joins.push((near, tip, height));
        } else {
            chain.push(near);
        }
    }
    joins
}

impl Distances {
    fn new(rows: &[f64], width: usize, linkage: Linkage) -> Self {
        let n_rows = rows.len() / width;
        let is_squared = linkage == Linkage::Ward;
        let values = rows
            .par_chunks(width)
            .flat_map_iter(|row| {
                rows.chunks(width).map(move |other| {
                    let away = squared(row, other);
                    (if is_squared { away } else { away.sqrt() }) as f32
                })
            })
            .collect();
        Self { values, sizes: vec![1.0; n_rows], linkage }
    }

    fn row(&self, at: usize) -> &[f32] {
        let n_rows = self.sizes.len();
        self.values.get(at * n_rows..(at + 1) * n_rows).unwrap_or_default()
    }

    /// The nearest other group; of equal ones the one before in the chain, so that the chain ends.
    fn nearest(&self, at: usize, before: Option<usize>) -> Option<(usize, f32)> {
        let others = self.row(at).iter().zip(&self.sizes).enumerate();
        let open = others.filter(|(other, (_, size))| *other != at && **size > 0.0);
        let best = open
            .map(|(other, (away, _))| (other, *away))
            .reduce(|best, other| if other.1 < best.1 { other } else { best })?;
        let kept = before.and_then(|before| Some((before, *self.row(at).get(before)?)));
        Some(kept.filter(|(_, away)| *away <= best.1).unwrap_or(best))
    }

    /// Puts a group into another (the recurrence of Lance and Williams).
    fn join(&mut self, into: usize, from: usize) {
        let n_rows = self.sizes.len();
        let size = |at: usize| self.sizes.get(at).copied().unwrap_or(0.0);
        let (n_into, n_from) = (size(into), size(from));
        let between = self.row(into).get(from).copied().unwrap_or(0.0);
        let others = self.row(into).iter().zip(self.row(from)).zip(&self.sizes);
        let joined: Vec<f32> = others
            .map(|((a, b), n)| match self.linkage {
                Linkage::Single => a.min(*b),
                Linkage::Complete => a.max(*b),
                Linkage::Average => (n_into * a + n_from * b) / (n_into + n_from),
                Linkage::Ward => {
                    ((n_into + n) * a + (n_from + n) * b - n * between) / (n_into + n_from + n)
                }
            })
            .collect();
        for (other, away) in joined.into_iter().enumerate() {
            for at in [into * n_rows + other, other * n_rows + into] {
                if let Some(slot) = self.values.get_mut(at) {
                    *slot = away;
                }
            }
        }
        if let Some(slot) = self.sizes.get_mut(into) {
            *slot = n_into + n_from;
        }
        if let Some(slot) = self.sizes.get_mut(from) {
            *slot = 0.0;
        }
    }
}

/// The representative of a row's group; shortens the way there.
fn root(parents: &mut [usize], mut at: usize) -> usize {
    while let Some(parent) = parents.get(at).copied().filter(|parent| *parent != at) {
        let above = parents.get(parent).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(at) {
            *slot = above;
        }
        at = parent;
    }
    at
}
