//! Growing one tree: the best question at every node, until the leaves are pure or small.

use pg_base::{CancelToken, Rng, Trouble};

use super::ranks::{GAP, Ranks};
use super::{Criterion, Tree, TreeSettings, part_rows};
use crate::sample::Target;

/// What one tree is grown from.
pub(crate) struct Grower<'a> {
    pub(crate) ranks: &'a Ranks,
    pub(crate) y: &'a Target,
    pub(crate) settings: &'a TreeSettings,
    /// Columns looked at for each question.
    pub(crate) n_tried: usize,
    /// Whether thresholds are drawn at random (extremely randomised trees) rather than searched.
    pub(crate) draws_thresholds: bool,
    pub(crate) cancel: &'a CancelToken,
}

/// A tree with what each column added to its purity.
pub(crate) struct Grown {
    pub(crate) tree: Tree,
    pub(crate) importances: Vec<f64>,
}

/// The best question found for a node.
struct Split {
    score: f64,
    column: usize,
    threshold: f32,
    last_rank: u16,
    gaps_go_left: bool,
}

/// Buffers of one tree.
struct Scratch {
    /// `rank << 32 | row` of a node, sorted.
    keys: Vec<u64>,
    left: Vec<f64>,
    right: Vec<f64>,
    gaps: Vec<f64>,
    columns: Vec<usize>,
}

impl Grower<'_> {
    /// Grows on the rows with a weight above 0.
    pub(crate) fn grow(&self, weights: &[f64], rng: &mut Rng) -> Result<Grown, Trouble> {
        let mut rows: Vec<u32> = weights
            .iter()
            .zip(0..)
            .filter(|(weight, _)| **weight > 0.0)
            .map(|(_, row)| row)
            .collect();
        let mut tree = Tree::sprout();
        let mut importances = vec![0.0; self.ranks.n_columns()];
        let width = self.width();
        let mut scratch = Scratch {
            keys: Vec::with_capacity(rows.len()),
            left: vec![0.0; width],
            right: vec![0.0; width],
            gaps: vec![0.0; width],
            columns: (0..self.ranks.n_columns()).collect(),
        };
        let mut other_side = Vec::new();
        let mut open = vec![(0_usize, 0, rows.len(), 0_usize)];
        while let Some((at, from, to, depth)) = open.pop() {
            self.cancel.check()?;
            let inside = rows.get_mut(from..to).unwrap_or_default();
            let mut total = vec![0.0; width];
            for row in inside.iter() {
                self.add(&mut total, *row, weights);
            }
            let may_split = inside.len() >= self.settings.min_split.max(2)
                && self.settings.max_depth.is_none_or(|max| depth < max)
                && !self.is_pure(&total);
            let split = may_split
                .then(|| self.best_split(inside, weights, &total, rng, &mut scratch))
                .flatten();
            let Some(split) = split else {
                self.answer(&mut tree, at, &total);
                continue;
            };
            if let Some(importance) = importances.get_mut(split.column) {
                *importance += (split.score - self.purity(&total)).max(0.0);
            }
            let Some(ranked) = self.ranks.column(split.column) else { continue };
            let middle = from
                + part_rows(inside, &mut other_side, |row| {
                    let rank = ranked.ranks.get(row).copied().unwrap_or(GAP);
                    if rank == GAP { split.gaps_go_left } else { rank <= split.last_rank }
                });
            let (left, right) = tree.split(at, split.column, split.threshold, split.gaps_go_left);
            open.push((right, middle, to, depth + 1));
            open.push((left, from, middle, depth + 1));
        }
        Ok(Grown { tree, importances })
    }

    /// Numbers that sum up a node: weight per class, or weight, weighted sum and sum of squares.
    fn width(&self) -> usize {
        match self.y {
            Target::Classes { n_classes, .. } => *n_classes,
            Target::Numbers(_) => 3,
        }
    }

    fn add(&self, total: &mut [f64], row: u32, weights: &[f64]) {
        let row = row as usize;
        let weight = weights.get(row).copied().unwrap_or(0.0);
        match self.y {
            Target::Classes { ids, .. } => {
                let class = ids.get(row).copied().unwrap_or(0);
                if let Some(sum) = total.get_mut(class as usize) {
                    *sum += weight;
                }
            }
            Target::Numbers(numbers) => {
                let value = numbers.get(row).copied().unwrap_or(0.0);
                if let [n, sum, squares] = total {
                    *n += weight;
                    *sum += weight * value;
                    *squares += weight * value * value;
                }
            }
        }
    }

    /// The larger the purer; the gain of a split is the sum of its sides less the whole.
    fn purity(&self, total: &[f64]) -> f64 {
        if let (Target::Numbers(_), [n, sum, _]) = (self.y, total) {
            return if *n > 0.0 { sum * sum / n } else { 0.0 };
        }
        let n: f64 = total.iter().sum();
        if n <= 0.0 {
            return 0.0;
        }
        match self.settings.criterion {
            Criterion::Gini => total.iter().map(|count| count * count).sum::<f64>() / n,
            Criterion::Entropy => {
                let term = |count: &f64| if *count > 0.0 { count * count.log2() } else { 0.0 };
                total.iter().map(term).sum::<f64>() - n * n.log2()
            }
        }
    }

    fn is_pure(&self, total: &[f64]) -> bool {
        if let (Target::Numbers(_), [n, sum, squares]) = (self.y, total) {
            return squares - sum * sum / n <= 1e-14 * squares.max(f64::MIN_POSITIVE);
        }
        total.iter().filter(|count| **count > 0.0).count() <= 1
    }

    fn answer(&self, tree: &mut Tree, at: usize, total: &[f64]) {
        if let (Target::Numbers(_), [n, sum, _]) = (self.y, total) {
            let mean = if *n > 0.0 { sum / n } else { 0.0 };
            tree.answer(at, std::iter::once(mean as f32));
        } else {
            let n: f64 = total.iter().sum();
            tree.answer(at, total.iter().map(|count| (count / n.max(f64::MIN_POSITIVE)) as f32));
        }
    }

    /// The best of the columns drawn; columns with one value in this node do not count as drawn.
    fn best_split(
        &self,
        rows: &[u32],
        weights: &[f64],
        total: &[f64],
        rng: &mut Rng,
        scratch: &mut Scratch,
    ) -> Option<Split> {
        let n_columns = scratch.columns.len();
        let mut best: Option<Split> = None;
        let mut n_tried = 0;
        for drawn in 0..n_columns {
            if n_tried >= self.n_tried {
                break;
            }
            if self.n_tried < n_columns {
                scratch.columns.swap(drawn, drawn + rng.below(n_columns - drawn));
            }
            let column = scratch.columns.get(drawn).copied().unwrap_or(0);
            let Some((differs, found)) = self.best_of(column, rows, weights, total, rng, scratch)
            else {
                continue;
            };
            n_tried += usize::from(differs);
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| found.score > best.score)
            {
                best = Some(found);
            }
        }
        best
    }

    /// Whether the column differs within the node, and its best threshold.
    fn best_of(
        &self,
        column: usize,
        rows: &[u32],
        weights: &[f64],
        total: &[f64],
        rng: &mut Rng,
        scratch: &mut Scratch,
    ) -> Option<(bool, Option<Split>)> {
        let ranked = self.ranks.column(column)?;
        let Scratch { keys, left, right, gaps, .. } = scratch;
        keys.clear();
        keys.extend(rows.iter().map(|row| {
            u64::from(ranked.ranks.get(*row as usize).copied().unwrap_or(GAP)) << 32
                | u64::from(*row)
        }));
        keys.sort_unstable();
        let rank_of = |key: &u64| (key >> 32) as u16;
        let n_known = keys.partition_point(|key| rank_of(key) != GAP);
        let (known, unknown) = keys.split_at(n_known);
        let (first, last) = (known.first().map(rank_of)?, known.last().map(rank_of)?);
        let differs = first != last || !unknown.is_empty();
        if !differs {
            return Some((false, None));
        }
        gaps.fill(0.0);
        for key in unknown {
            self.add(gaps, *key as u32, weights);
        }
        let drawn = (self.draws_thresholds && first != last).then(|| {
            let (low, high) = (f64::from(ranked.value(first)), f64::from(ranked.value(last)));
            (rng.uniform(low, high) as f32)
                .clamp(ranked.value(first), ranked.value(last).next_down())
        });
        let min_leaf = self.settings.min_leaf.max(1);
        left.fill(0.0);
        let mut best: Option<Split> = None;
        let mut n_left = 0;
        for run in known.chunk_by(|one, other| rank_of(one) == rank_of(other)) {
            let Some(rank) = run.first().map(rank_of) else { continue };
            for key in run {
                self.add(left, *key as u32, weights);
            }
            n_left += run.len();
            let next = known.get(n_left).map_or(GAP, rank_of);
            if drawn.is_some_and(|drawn| {
                ranked.value(rank) > drawn || next != GAP && ranked.value(next) <= drawn
            }) {
                continue;
            }
            for gaps_go_left in [false, true] {
                // Without gaps both are the same; gaps on the left of everything would leave nothing on the right.
                if gaps_go_left && (unknown.is_empty() || next == GAP) {
                    continue;
                }
                let n_here = n_left + if gaps_go_left { unknown.len() } else { 0 };
                if n_here < min_leaf || rows.len() - n_here < min_leaf {
                    continue;
                }
                let moved = |gap: f64| if gaps_go_left { gap } else { 0.0 };
                let sides = left.iter().zip(gaps.iter()).zip(total);
                for (right, ((left, gap), total)) in right.iter_mut().zip(sides) {
                    *right = total - left - moved(*gap);
                }
                let mut score = self.purity(right);
                if gaps_go_left {
                    left.iter_mut().zip(gaps.iter()).for_each(|(left, gap)| *left += gap);
                    score += self.purity(left);
                    left.iter_mut().zip(gaps.iter()).for_each(|(left, gap)| *left -= gap);
                } else {
                    score += self.purity(left);
                }
                if best.as_ref().is_none_or(|best| score > best.score) {
                    // Where nothing is missing a later gap follows the larger side.
                    let goes_left =
                        if unknown.is_empty() { 2 * n_left >= rows.len() } else { gaps_go_left };
                    best = Some(Split {
                        score,
                        column,
                        threshold: drawn.unwrap_or_else(|| ranked.between(rank, next)),
                        last_rank: rank,
                        gaps_go_left: goes_left,
                    });
                }
            }
        }
        Some((true, best))
    }
}
