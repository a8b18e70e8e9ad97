//! A tree of yes-or-no questions about one column each, as a flat list.

mod grow;
mod ranks;

use pg_base::{Trouble, say};
use serde::{Deserialize, Serialize};

pub(crate) use grow::Grower;
pub(crate) use ranks::{Ranks, middle};

/// What a split of a classification tree should make pure; trees for numbers use the squared error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Gini impurity.
    #[default]
    Gini,
    /// Entropy.
    Entropy,
}

/// How a tree grows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeSettings {
    /// Measure of purity.
    pub criterion: Criterion,
    /// Questions from the root to a leaf at most; none for no limit.
    pub max_depth: Option<usize>,
    /// Rows that a node must have to be split.
    pub min_split: usize,
    /// Rows that a leaf must have.
    pub min_leaf: usize,
}

impl Default for TreeSettings {
    fn default() -> Self {
        Self { criterion: Criterion::Gini, max_depth: None, min_split: 2, min_leaf: 1 }
    }
}

/// A grown tree. Invariant: children stand after their parent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// The answers of the leaves, one leaf after the other.
    values: Vec<f32>,
}

/// A question or a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
struct Node {
    /// Column asked about, or [`LEAF`].
    column: u32,
    /// Values up to it go left.
    threshold: f32,
    /// Left child, followed by the right one; for a leaf its number.
    child: u32,
    /// Where a gap goes.
    gaps_go_left: bool,
}

/// A node in files: short, because forests have many.
type Packed = (u32, f32, u32, bool);

const LEAF: u32 = u32::MAX;

impl From<Packed> for Node {
    fn from((column, threshold, child, gaps_go_left): Packed) -> Self {
        Self { column, threshold, child, gaps_go_left }
    }
}

impl From<Node> for Packed {
    fn from(node: Node) -> Self {
        (node.column, node.threshold, node.child, node.gaps_go_left)
    }
}

impl Tree {
    /// A tree that is one leaf still without an answer.
    pub(crate) fn sprout() -> Self {
        Self { nodes: vec![Node::leaf(0)], values: Vec::new() }
    }

    /// Turns a leaf into a question; gives the positions of its children.
    pub(crate) fn split(
        &mut self,
        at: usize,
        column: usize,
        threshold: f32,
        gaps_go_left: bool,
    ) -> (usize, usize) {
        let left = self.nodes.len();
        if let Some(node) = self.nodes.get_mut(at) {
            *node = Node { column: column as u32, threshold, child: left as u32, gaps_go_left };
        }
        self.nodes.extend([Node::leaf(0), Node::leaf(0)]);
        (left, left + 1)
    }

    /// Gives a leaf its answers; every leaf must have as many.
    pub(crate) fn answer(&mut self, at: usize, answers: impl ExactSizeIterator<Item = f32>) {
        let number = self.values.len() / answers.len().max(1);
        self.values.extend(answers);
        if let Some(node) = self.nodes.get_mut(at) {
            *node = Node::leaf(number as u32);
        }
    }

    /// The answers to a row, `n_outputs` numbers; nothing from a tree that did not pass [`Self::check`].
    pub(crate) fn ask(&self, row: &[f32], n_outputs: usize) -> &[f32] {
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            if node.column == LEAF {
                let from = node.child as usize * n_outputs;
                return self.values.get(from..from + n_outputs).unwrap_or_default();
            }
            let value = row.get(node.column as usize).copied().unwrap_or(f32::NAN);
            let goes_left =
                if value.is_nan() { node.gaps_go_left } else { value <= node.threshold };
            let next = node.child as usize + usize::from(!goes_left);
            if next <= at {
                break;
            }
            at = next;
        }
        &[]
    }

    /// Questions from the root to the deepest leaf.
    pub(crate) fn depth(&self) -> usize {
        let mut depths = vec![0_usize; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            let depth = depths.get(at).copied().unwrap_or(0) + 1;
            if node.column != LEAF {
                let child = node.child as usize;
                depths.iter_mut().skip(child).take(2).for_each(|child| *child = depth);
            }
        }
        depths.into_iter().max().unwrap_or(0)
    }

    /// Number of leaves.
    pub(crate) fn n_leaves(&self) -> usize {
        self.nodes.iter().filter(|node| node.column == LEAF).count()
    }

    /// Whether a tree from a file can be walked.
    pub(crate) fn check(&self, n_columns: usize, n_outputs: usize) -> Result<(), Trouble> {
        let n_leaves = self.values.len() / n_outputs.max(1);
        let is_sound = |(at, node): (usize, &Node)| {
            let child = node.child as usize;
            if node.column == LEAF {
                child < n_leaves
            } else {
                (node.column as usize) < n_columns
                    && child > at
                    && child + 1 < self.nodes.len()
                    && node.threshold.is_finite()
            }
        };
        let are_finite = self.values.iter().all(|value| value.is_finite());
        if !self.nodes.is_empty() && are_finite && self.nodes.iter().enumerate().all(is_sound) {
            Ok(())
        } else {
            Err(Trouble::new("model-inconsistent", say!("a tree is broken", "决策树已损坏")))
        }
    }
}

/// Puts the rows that go left in front, both sides in order; gives their number. `buffer` is working space.
pub(crate) fn part_rows(
    rows: &mut [u32],
    buffer: &mut Vec<u32>,
    goes_left: impl Fn(usize) -> bool,
) -> usize {
    buffer.clear();
    let mut n_left = 0;
    for index in 0..rows.len() {
        let Some(row) = rows.get(index).copied() else { continue };
        if !goes_left(row as usize) {
            buffer.push(row);
        } else if let Some(slot) = rows.get_mut(n_left) {
            *slot = row;
            n_left += 1;
        }
    }
    rows.iter_mut().skip(n_left).zip(buffer).for_each(|(slot, row)| *slot = *row);
    n_left
}

impl Node {
    fn leaf(number: u32) -> Self {
        Self { column: LEAF, threshold: 0.0, child: number, gaps_go_left: false }
    }
}
