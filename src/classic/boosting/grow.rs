//! Growing one tree leaf by leaf: always the leaf that gains most, found in histograms of the derivatives.

use pg_base::{CancelToken, Trouble};
use rayon::prelude::*;

use super::BoostingSettings;
use super::bins::{Binned, Bins, GAP, N_BINS};
use crate::tree::{Tree, part_rows};

/// Rows of a leaf and curvature of the loss that a side must have.
#[derive(Clone, Copy, Debug)]
pub(super) struct GrowthLimits {
    max_leaves: usize,
    max_depth: usize,
    min_leaf: u32,
    l2: f64,
}

/// Below this curvature a leaf would answer wildly.
const MIN_CURVATURE: f64 = 1e-3;
/// Rows below which threads cost more than they save.
const PARALLEL_ROWS: usize = 2048;

impl From<&BoostingSettings> for GrowthLimits {
    fn from(settings: &BoostingSettings) -> Self {
        Self {
            max_leaves: settings.max_leaves.max(2),
            max_depth: settings.max_depth.unwrap_or(usize::MAX),
            min_leaf: settings.min_leaf.max(1) as u32,
            l2: settings.l2.max(0.0),
        }
    }
}

/// Sums over the rows of one bin.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    slope: f64,
    curve: f64,
    n_rows: u32,
}

type Histogram = Box<[Cell; N_BINS]>;

/// The best split of a leaf.
#[derive(Clone, Copy, Debug)]
struct Split {
    gain: f64,
    column: usize,
    bin: u8,
    gaps_go_left: bool,
}

/// A leaf that may still be split.
struct Open {
    at: usize,
    from: usize,
    to: usize,
    depth: usize,
    whole: Cell,
    histograms: Vec<Histogram>,
    split: Option<Split>,
}

/// What stays the same from tree to tree.
pub(super) struct Grower<'a> {
    bins: &'a Bins,
    limits: GrowthLimits,
    cancel: &'a CancelToken,
    /// Rows, leaf after leaf.
    rows: Vec<u32>,
    /// Derivatives in the order of the rows of one leaf.
    ordered: Vec<[f32; 2]>,
    right_side: Vec<u32>,
    /// What each column gained so far.
    pub(super) gains: Vec<f64>,
}

impl<'a> Grower<'a> {
    pub(super) fn new(bins: &'a Bins, limits: GrowthLimits, cancel: &'a CancelToken) -> Self {
        Self {
            bins,
            limits,
            cancel,
            rows: Vec::new(),
            ordered: Vec::new(),
            right_side: Vec::new(),
            gains: vec![0.0; bins.columns.len()],
        }
    }

    /// Grows a tree, adds its answers to the scores of the rows and gives it back.
    /// `answer` makes the answer of a leaf from its rows, the scores so far and the Newton step.
    pub(super) fn grow(
        &mut self,
        gradients: &[[f32; 2]],
        answer: impl Fn(&[u32], &[f64], f64) -> f64,
        scores: &mut [f64],
    ) -> Result<Tree, Trouble> {
        self.rows.clear();
        self.rows.extend(0..self.bins.n_rows as u32);
        let mut tree = Tree::sprout();
        let mut open = vec![self.root(gradients)];
        let mut n_leaves = 1;
        while n_leaves < self.limits.max_leaves {
            self.cancel.check()?;
            let best = open
                .iter()
                .enumerate()
                .filter_map(|(index, leaf)| Some((index, leaf.split?.gain)))
                .reduce(|best, other| if other.1 > best.1 { other } else { best });
            let Some((index, _)) = best else { break };
            let leaf = open.swap_remove(index);
            let (left, right) = self.split(&mut tree, leaf, gradients);
            open.extend([left, right]);
            n_leaves += 1;
        }
        for leaf in open {
            let rows = self.rows.get(leaf.from..leaf.to).unwrap_or_default();
            let newton = -leaf.whole.slope / (leaf.whole.curve + self.limits.l2).max(1e-12);
            let value = answer(rows, scores, newton) as f32;
            let value = if value.is_finite() { value } else { 0.0 };
            tree.answer(leaf.at, std::iter::once(value));
            for row in rows {
                if let Some(score) = scores.get_mut(*row as usize) {
                    *score += f64::from(value);
                }
            }
        }
        Ok(tree)
    }

    fn root(&mut self, gradients: &[[f32; 2]]) -> Open {
        let mut whole = Cell::default();
        for gradient in gradients {
            whole.add(*gradient);
        }
        let histograms = self.histograms(0, self.rows.len(), gradients);
        let mut root =
            Open { at: 0, from: 0, to: self.rows.len(), depth: 0, whole, histograms, split: None };
        self.find_split(&mut root);
        root
    }

    /// Turns a leaf into a question with two leaves.
    fn split(&mut self, tree: &mut Tree, leaf: Open, gradients: &[[f32; 2]]) -> (Open, Open) {
        let Open { at, from, to, depth, whole, mut histograms, split } = leaf;
        let split = split.unwrap_or(Split { gain: 0.0, column: 0, bin: 0, gaps_go_left: false });
        let (mut threshold, mut n_left) = (f32::MAX, 0);
        if let Some(column) = self.bins.columns.get(split.column) {
            threshold = column.edge(usize::from(split.bin));
            let rows = self.rows.get_mut(from..to).unwrap_or_default();
            n_left = part_rows(rows, &mut self.right_side, |row| {
                let code = column.codes.get(row).copied().unwrap_or(GAP);
                if code == GAP { split.gaps_go_left } else { code <= split.bin }
            });
        }
        if let Some(gain) = self.gains.get_mut(split.column) {
            *gain += split.gain;
        }
        let (left_at, right_at) = tree.split(at, split.column, threshold, split.gaps_go_left);
        let middle = from + n_left;
        let left_is_smaller = 2 * n_left <= to - from;
        let (small_from, small_to) = if left_is_smaller { (from, middle) } else { (middle, to) };
        let is_last = depth + 1 >= self.limits.max_depth;
        // Of two sides only the smaller one is summed up, the other is what remains.
        let small = if is_last {
            Vec::new()
        } else {
            let small = self.histograms(small_from, small_to, gradients);
            let pairs = histograms.iter_mut().zip(&small);
            pairs.for_each(|(large, small)| {
                large
                    .iter_mut()
                    .zip(small.iter())
                    .for_each(|(large, small)| large.subtract(*small));
            });
            small
        };
        let mut small_whole = Cell::default();
        for row in self.rows.get(small_from..small_to).unwrap_or_default() {
            small_whole.add(gradients.get(*row as usize).copied().unwrap_or_default());
        }
        let mut large_whole = whole;
        large_whole.subtract(small_whole);
        let (left, right) = if left_is_smaller {
            ((small_whole, small), (large_whole, histograms))
        } else {
            ((large_whole, histograms), (small_whole, small))
        };
        let child = |at, from, to, (whole, histograms): (Cell, Vec<Histogram>)| {
            let mut child = Open { at, from, to, depth: depth + 1, whole, histograms, split: None };
            if !is_last {
                self.find_split(&mut child);
            }
            if child.split.is_none() {
                child.histograms = Vec::new();
            }
            child
        };
        (child(left_at, from, middle, left), child(right_at, middle, to, right))
    }

    /// Sums of the derivatives per column and bin over the rows of a leaf.
    fn histograms(&mut self, from: usize, to: usize, gradients: &[[f32; 2]]) -> Vec<Histogram> {
        let rows = self.rows.get(from..to).unwrap_or_default();
        let is_all = rows.len() == gradients.len();
        if !is_all {
            self.ordered.clear();
            let gradient = |row: &u32| gradients.get(*row as usize).copied().unwrap_or_default();
            self.ordered.extend(rows.iter().map(gradient));
        }
        let ordered = if is_all { gradients } else { &self.ordered };
        let sum = |column: &Binned| {
            let mut histogram: Histogram = Box::new([Cell::default(); N_BINS]);
            let mut add = |code: u8, gradient: &[f32; 2]| {
                if let Some(cell) = histogram.get_mut(usize::from(code)) {
                    cell.add(*gradient);
                }
            };
            if is_all {
                // At the root the rows are still in their own order.
                column.codes.iter().zip(ordered).for_each(|(code, gradient)| add(*code, gradient));
            } else {
                for (row, gradient) in rows.iter().zip(ordered) {
                    add(column.codes.get(*row as usize).copied().unwrap_or(GAP), gradient);
                }
            }
            histogram
        };
        if rows.len() * self.bins.columns.len() > PARALLEL_ROWS * 4 {
            self.bins.columns.par_iter().map(sum).collect()
        } else {
            self.bins.columns.iter().map(sum).collect()
        }
    }

    fn find_split(&self, leaf: &mut Open) {
        if leaf.whole.n_rows < 2 * self.limits.min_leaf {
            return;
        }
        let columns = self.bins.columns.iter().zip(&leaf.histograms).enumerate();
        let found = columns.filter_map(|(index, (column, histogram))| {
            self.best_of(index, column, histogram, leaf.whole)
        });
        leaf.split = found.reduce(|best, other| if other.gain > best.gain { other } else { best });
    }

    fn best_of(
        &self,
        index: usize,
        column: &Binned,
        histogram: &Histogram,
        whole: Cell,
    ) -> Option<Split> {
        let Self { limits, .. } = self;
        let before = limits.purity(whole);
        let gaps = histogram.get(usize::from(GAP)).copied().unwrap_or_default();
        let mut best: Option<Split> = None;
        let mut left = Cell::default();
        // The split after the last bin parts values from gaps.
        let n_edges = column.n_bins() - usize::from(!column.has_gaps);
        for (bin, cell) in histogram.iter().enumerate().take(n_edges) {
            left.slope += cell.slope;
            left.curve += cell.curve;
            left.n_rows += cell.n_rows;
            if cell.n_rows == 0 {
                continue;
            }
            for gaps_go_left in [false, true] {
                if gaps_go_left && gaps.n_rows == 0 {
                    continue;
                }
                let mut side = left;
                if gaps_go_left {
                    side.slope += gaps.slope;
                    side.curve += gaps.curve;
                    side.n_rows += gaps.n_rows;
                }
                let mut other = whole;
                other.subtract(side);
                if side.n_rows < limits.min_leaf
                    || other.n_rows < limits.min_leaf
                    || side.curve < MIN_CURVATURE
                    || other.curve < MIN_CURVATURE
                {
                    continue;
                }
                let gain = limits.purity(side) + limits.purity(other) - before;
                if gain > 1e-12 * before.abs().max(1e-12)
                    && best.is_none_or(|best| gain > best.gain)
                {
                    // Where nothing is missing a later gap follows the larger side.
                    let goes_left =
                        if gaps.n_rows == 0 { side.n_rows >= other.n_rows } else { gaps_go_left };
                    best = Some(Split {
                        gain,
                        column: index,
                        bin: bin as u8,
                        gaps_go_left: goes_left,
                    });
                }
            }
        }
        best
    }
}

impl GrowthLimits {
    /// How much a leaf lowers the loss, times two.
    fn purity(self, cell: Cell) -> f64 {
        cell.slope * cell.slope / (cell.curve + self.l2).max(1e-12)
    }
}

impl Cell {
    fn add(&mut self, [slope, curve]: [f32; 2]) {
        self.slope += f64::from(slope);
        self.curve += f64::from(curve);
        self.n_rows += 1;
    }

    fn subtract(&mut self, other: Self) {
        self.slope -= other.slope;
        self.curve -= other.curve;
        self.n_rows -= other.n_rows.min(self.n_rows);
    }
}
