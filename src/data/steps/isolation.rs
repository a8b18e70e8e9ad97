//! Isolation forest (Liu, Ting and Zhou, 2008): rows that few random cuts set apart from the others are unusual.

use pg_base::Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::statistics;

/// Random trees grown on training rows; the stream of random numbers is always the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// Stand in for missing and infinite values: the medians of the columns.
    pub medians: Vec<f64>,
    /// The trees.
    pub trees: Vec<Vec<Node>>,
    /// Rows each tree was grown on.
    pub n_sampled: usize,
    /// A row with a score above it is unusual.
    pub threshold: f64,
}

/// A node of a tree; the first one is the root.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Node {
    /// Rows whose value is below the cut go on at the next node, the others at `right`.
    Cut {
        /// Number of the column.
        column: usize,
        /// The cut.
        cut: f64,
        /// Position of the node for larger values.
        right: usize,
    },
    /// The end of the way.
    Leaf {
        /// How many training rows came here.
        n_rows: usize,
    },
}

const N_TREES: usize = 100;
const N_SAMPLED: usize = 256;
const EULER: f64 = 0.577_215_664_901_532_9;

impl Forest {
    /// Grows the trees; `share` is the part of the training rows that counts as unusual.
    pub fn learn(columns: &[Vec<f64>], share: f64) -> Self {
        let n_rows = columns.first().map_or(0, Vec::len);
        let medians: Vec<f64> = columns
            .iter()
            .map(|column| {
                let finite = column.iter().copied().filter(|value| value.is_finite());
                statistics::quantile(&mut finite.collect::<Vec<_>>(), 0.5).unwrap_or_default()
            })
            .collect();
        let rows: Vec<Vec<f64>> = (0..n_rows)
            .map(|row| columns.iter().filter_map(|column| column.get(row).copied()).collect())
            .map(|row: Vec<f64>| whole(&row, &medians))
            .collect();
        let n_sampled = n_rows.min(N_SAMPLED);
        let max_depth = n_sampled.max(2).ilog2() + u32::from(!n_sampled.max(2).is_power_of_two());
        let trees = (0..N_TREES as u64)
            .into_par_iter()
            .map(|tree| {
                let mut rng = Rng::new(tree, "isolation forest");
                let mut places: Vec<usize> = (0..n_rows).collect();
                for at in 0..n_sampled {
                    places.swap(at, at + rng.below(n_rows - at));
                }
                places.truncate(n_sampled);
                let sample = places.iter().filter_map(|place| rows.get(*place).map(Vec::as_slice));
                let mut nodes = Vec::new();
                grow(sample.collect(), columns.len(), max_depth, &mut rng, &mut nodes);
                nodes
            })
            .collect();
        let mut forest = Self { medians, trees, n_sampled, threshold: 1.0 };
        let mut scores: Vec<f64> = rows.par_iter().map(|row| forest.score(row)).collect();
        forest.threshold = statistics::quantile(&mut scores, 1.0 - share).unwrap_or(1.0);
        forest
    }

    /// Whether a row is unusual.
    pub fn is_unusual(&self, row: &[f64]) -> bool {
        self.score(&whole(row, &self.medians)) > self.threshold
    }

    /// Near 1 for rows that stand apart, below 0.5 for ordinary ones.
    fn score(&self, row: &[f64]) -> f64 {
        let total: f64 = self.trees.iter().map(|tree| path_length(tree, row)).sum();
        let mean = total / self.trees.len().max(1) as f64;
        2_f64.powf(-mean / expected_length(self.n_sampled).max(f64::MIN_POSITIVE))
    }
}

/// The row with finite numbers only.
fn whole(row: &[f64], medians: &[f64]) -> Vec<f64> {
    let cells = row.iter().zip(medians);
    cells.map(|(value, median)| if value.is_finite() { *value } else { *median }).collect()
}

fn grow(
    rows: Vec<&[f64]>,
    n_columns: usize,
    depth_left: u32,
    rng: &mut Rng,
    nodes: &mut Vec<Node>,
) {
    let leaf = Node::Leaf { n_rows: rows.len() };
    let of = |row: &[f64], column: usize| row.get(column).copied().unwrap_or_default();
    // A column of equal values cannot be cut: the next one is tried.
    let first = rng.below(n_columns);
    let found = (0..n_columns).map(|step| (first + step) % n_columns.max(1)).find_map(|column| {
        let values: Vec<f64> = rows.iter().map(|row| of(row, column)).collect();
        statistics::range(&values).filter(|(low, high)| low < high).map(|range| (column, range))
    });
    let Some((column, (low, high))) = found.filter(|_| depth_left > 0 && rows.len() > 1) else {
        nodes.push(leaf);
        return;
    };
    let share = rng.unit();
    let cut = (low * (1.0 - share) + high * share).max(low.next_up()).min(high);
    let (left, right): (Vec<&[f64]>, Vec<&[f64]>) =
        rows.into_iter().partition(|row| of(row, column) < cut);
    let at = nodes.len();
    nodes.push(leaf);
    grow(left, n_columns, depth_left - 1, rng, nodes);
    let start_of_right = nodes.len();
    grow(right, n_columns, depth_left - 1, rng, nodes);
    if let Some(node) = nodes.get_mut(at) {
        *node = Node::Cut { column, cut, right: start_of_right };
    }
}

fn path_length(tree: &[Node], row: &[f64]) -> f64 {
    let (mut at, mut depth) = (0, 0.0);
    loop {
        match tree.get(at) {
            Some(Node::Cut { column, cut, right }) => {
                let is_below = row.get(*column).is_some_and(|value| value < cut);
                // Nodes point onward only, so the way ends.
                at = if is_below { at + 1 } else { (*right).max(at + 1) };
                depth += 1.0;
            }
            Some(Node::Leaf { n_rows }) => return depth + expected_length(*n_rows),
            None => return depth,
        }
    }
}

/// Mean length of an unsuccessful search in a binary search tree of `n` entries.
fn expected_length(n: usize) -> f64 {
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        n => {
            let last = (n - 1) as f64;
            2.0 * (last.ln() + EULER) - 2.0 * last / n as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_apart_from_a_cloud_are_unusual() {
        let mut rng = Rng::new(3, "cloud");
        let mut columns = vec![Vec::new(), Vec::new()];
        for row in 0..500 {
            let is_apart = row % 100 == 50;
            for column in &mut columns {
                column.push(if is_apart { 8.0 + rng.unit() } else { rng.normal() });
            }
        }
        let forest = Forest::learn(&columns, 0.01);
        let found: Vec<usize> = (0..500)
            .filter(|row| forest.is_unusual(&[columns[0][*row], columns[1][*row]]))
            .collect();
        assert_eq!(found, [50, 150, 250, 350, 450]);
        assert_eq!(forest, Forest::learn(&columns, 0.01));
        assert!(!forest.is_unusual(&[f64::NAN, f64::INFINITY]));
    }

    #[test]
    fn tables_without_anything_to_cut_have_no_unusual_row() {
        for columns in
            [vec![], vec![vec![]], vec![vec![1.0]], vec![vec![2.0; 9], vec![f64::NAN; 9]]]
        {
            let forest = Forest::learn(&columns, 0.1);
            assert!(!forest.is_unusual(&vec![2.0; columns.len()]), "{columns:?}");
        }
    }
}
