//! Bin: numbers become the number or the name of the interval they lie in.

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, map_numbers, present, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, Schema};
use crate::table::{Rows, number_label};

/// Cuts the range of numbers into intervals; the same as scikit-learn's `KBinsDiscretizer`.
/// Values beyond the training range belong to the first or the last interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// Intervals wanted; equal quantiles give fewer.
    pub n_bins: usize,
    /// Where the cuts are.
    pub cuts: Cuts,
    /// Whether the result is a category (`2.5 – 4`) instead of a number from 0.
    pub gives_categories: bool,
    /// Inner edges of each column, rising.
    #[serde(default)]
    pub fitted: Vec<Fitted<Vec<f64>>>,
}

/// How edges are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cuts {
    /// Intervals of one width.
    EqualWidth,
    /// Intervals with equally many training rows.
    #[default]
    EqualFrequency,
    /// Half way between the centres of clusters.
    Clusters,
}

impl Default for Bin {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            n_bins: 5,
            cuts: Cuts::default(),
            gives_categories: false,
            fitted: Vec::new(),
        }
    }
}

const KINDS: &[&str] = &["number"];
/// Edges closer than this are one, as in scikit-learn.
const MIN_WIDTH: f64 = 1e-8;
const MAX_ROUNDS: usize = 300;

impl Bin {
    /// Inner edges; none for a column without two different values.
    pub(super) fn edges(&self, mut values: Vec<f64>) -> Vec<f64> {
        let n_bins = self.n_bins.max(2);
        let Some((low, high)) = statistics::range(&values).filter(|(low, high)| low < high) else {
            return Vec::new();
        };
        let at = |share: f64| statistics::bounded(low * (1.0 - share) + high * share);
        match self.cuts {
            Cuts::EqualWidth => (1..n_bins).map(|edge| at(edge as f64 / n_bins as f64)).collect(),
            Cuts::EqualFrequency => {
                let mut edges = Vec::with_capacity(n_bins - 1);
                let mut last = low;
                for edge in 1..n_bins {
                    let share = edge as f64 / n_bins as f64;
                    let edge = statistics::quantile(&mut values, share).unwrap_or(low);
                    if edge - last > MIN_WIDTH {
                        edges.push(edge);
                        last = edge;
                    }
                }
                // An inner edge at the largest value would leave the last interval without width.
                if edges.last().is_some_and(|edge| high - edge <= MIN_WIDTH) {
                    edges.pop();
                }
                edges
            }
            Cuts::Clusters => {
                values.sort_unstable_by(f64::total_cmp);
                let centre = |bin: usize| at((bin as f64 + 0.5) / n_bins as f64);
                cluster_edges(&values, (0..n_bins).map(centre).collect())
            }
        }
    }
}

impl RecipeStep for Bin {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted = learn(training, &self.columns, KINDS, |name| {
            Ok(self.edges(statistics::finite(&training.numbers(name)?)))
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        if !self.gives_categories {
            return map_numbers(rows, &self.fitted, |edges, value| bin_of(edges, value) as f64);
        }
        let mut named = Vec::with_capacity(self.fitted.len());
        for Fitted { column, learnt: edges, .. } in present(&rows, &self.fitted)? {
            let names = names(edges);
            let name_of = |value: Option<f64>| {
                value.and_then(|value| names.get(bin_of(edges, value))).map(String::as_str)
            };
            let values: StringChunked = rows.numbers(column)?.iter().map(name_of).collect();
            named.push(values.with_name(column.as_str().into()).into_series());
        }
        rows.set_all(named, Some(&ColumnKind::Category))?;
        Ok(rows)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let (n, n_bins) = (self.fitted.len(), self.n_bins);
        say!("Bin {n} columns into {n_bins} intervals", "将 {n} 列分为 {n_bins} 个区间")
    }
}

fn bin_of(edges: &[f64], value: f64) -> usize {
    edges.partition_point(|edge| *edge <= value)
}

/// What each interval is called: `< 2.5`, `2.5 – 4`, `≥ 4`.
fn names(edges: &[f64]) -> Vec<String> {
    let label = |edge: &f64| number_label((edge * 1e6).round() / 1e6);
    let (Some(first), Some(last)) = (edges.first(), edges.last()) else {
        return vec!["all".to_owned()];
    };
    let between = edges.iter().zip(edges.iter().skip(1));
    std::iter::once(format!("< {}", label(first)))
        .chain(between.map(|(low, high)| format!("{} – {}", label(low), label(high))))
        .chain(std::iter::once(format!("≥ {}", label(last))))
        .collect()
}

/// Lloyd's algorithm on sorted values; edges are half way between the centres.
fn cluster_edges(sorted: &[f64], mut centres: Vec<f64>) -> Vec<f64> {
    let half_way = |centres: &[f64]| -> Vec<f64> {
        let pairs = centres.iter().zip(centres.iter().skip(1));
        pairs.map(|(low, high)| low / 2.0 + high / 2.0).collect()
    };
    for _ in 0..MAX_ROUNDS {
        let mut start = 0;
        let edges = half_way(&centres);
        let ends = edges.iter().map(|edge| sorted.partition_point(|value| value < edge));
        let ends: Vec<usize> = ends.chain(std::iter::once(sorted.len())).collect();
        let mut clusters: Vec<Vec<f64>> = Vec::with_capacity(centres.len());
        for end in ends {
            clusters.push(sorted.get(start..end).unwrap_or_default().to_vec());
            start = end.max(start);
        }
        fill_empty(&mut clusters, &centres);
        let mut moved: Vec<f64> = clusters
            .iter()
            .zip(&centres)
            .map(|(members, centre)| statistics::mean(members).unwrap_or(*centre))
            .collect();
        moved.sort_unstable_by(f64::total_cmp);
        if moved == centres {
            break;
        }
        centres = moved;
    }
    let mut edges = half_way(&centres);
    edges.dedup_by(|next, edge| *next - *edge <= MIN_WIDTH);
    edges
}

/// Gives each empty cluster the value that lies farthest from its own centre, of equally far ones the largest, as
/// scikit-learn does.
fn fill_empty(clusters: &mut [Vec<f64>], centres: &[f64]) {
    for empty in 0..clusters.len() {
        if clusters.get(empty).is_none_or(|members| !members.is_empty()) {
            continue;
        }
        let mut farthest: Option<(f64, usize, usize)> = None;
        for (cluster, (members, centre)) in clusters.iter().zip(centres).enumerate() {
            for (place, value) in members.iter().enumerate() {
                let distance = (value - centre).abs();
                if members.len() > 1 && farthest.is_none_or(|(most, ..)| distance >= most) {
                    farthest = Some((distance, cluster, place));
                }
            }
        }
        let Some((_, from, place)) = farthest.filter(|(distance, ..)| *distance > 0.0) else {
            return;
        };
        let value = clusters.get_mut(from).map(|members| members.remove(place));
        if let Some(cluster) = clusters.get_mut(empty) {
            cluster.extend(value);
        }
    }
}
