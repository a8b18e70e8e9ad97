//! Nearest neighbours: a row is answered as the most similar training rows were.

use pg_base::{Trouble, say};
use serde::{Deserialize, Serialize};

use crate::sample::{Job, Target};

/// How far two rows are apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// Straight line.
    #[default]
    Euclidean,
    /// Sum of the differences.
    Manhattan,
}

/// How neighbours answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeighboursSettings {
    /// Neighbours asked.
    pub n_neighbours: usize,
    /// Whether nearer ones count more, by one over the distance.
    pub weighs_by_distance: bool,
    /// Measure.
    pub distance: Distance,
}

impl Default for NeighboursSettings {
    fn default() -> Self {
        Self { n_neighbours: 5, weighs_by_distance: false, distance: Distance::Euclidean }
    }
}

/// The training rows with their answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Neighbours {
    settings: NeighboursSettings,
    /// Row after row.
    x: Vec<f32>,
    y: Known,
    /// Weight of each row; nothing where all count the same.
    weights: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Known {
    Classes(Vec<u32>),
    Numbers(Vec<f64>),
}

impl Neighbours {
    pub(crate) fn fit(settings: &NeighboursSettings, job: &Job<'_>) -> Self {
        let sample = job.training;
        let y = match &sample.y {
            Target::Classes { ids, .. } => Known::Classes(ids.clone()),
            Target::Numbers(numbers) => Known::Numbers(numbers.clone()),
        };
        let are_equal = sample.weights.iter().all(|weight| *weight == 1.0);
        let weights = if are_equal { Vec::new() } else { sample.weights.clone() };
        Self { settings: settings.clone(), x: sample.x.values().to_vec(), y, weights }
    }

    pub(crate) fn n_rows(&self) -> usize {
        match &self.y {
            Known::Classes(ids) => ids.len(),
            Known::Numbers(numbers) => numbers.len(),
        }
    }

    pub(crate) fn answer(&self, row: &[f32], answers: &mut [f32]) {
        let away = |other: &[f32]| {
            let differences = row.iter().zip(other).map(|(a, b)| f64::from(*a) - f64::from(*b));
            match self.settings.distance {
                Distance::Euclidean => differences.map(|d| d * d).sum::<f64>().sqrt(),
                Distance::Manhattan => differences.map(f64::abs).sum(),
            }
        };
        let mut near: Vec<(f64, usize)> =
            self.x.chunks_exact(row.len().max(1)).map(away).zip(0..).collect();
        let n = self.settings.n_neighbours.clamp(1, near.len().max(1));
        let nearer = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if near.len() > n {
            near.select_nth_unstable_by(n - 1, nearer);
            near.truncate(n);
        }
        near.sort_unstable_by(nearer);
        let touches = near.first().is_some_and(|(distance, _)| *distance == 0.0);
        let weight = |(distance, index): &(f64, usize)| {
            let own = self.weights.get(*index).copied().unwrap_or(1.0);
            own * match (self.settings.weighs_by_distance, touches) {
                (false, _) => 1.0,
                // A row that is already known is answered by its likes alone.
                (true, true) => f64::from(u8::from(*distance == 0.0)),
                (true, false) => 1.0 / distance,
            }
        };
        let whole: f64 = near.iter().map(weight).sum::<f64>().max(f64::MIN_POSITIVE);
        match &self.y {
            Known::Numbers(numbers) => {
                let weighted =
                    near.iter().map(|one| weight(one) * numbers.get(one.1).copied().unwrap_or(0.0));
                let mean = weighted.sum::<f64>() / whole;
                answers.fill(mean as f32);
            }
            Known::Classes(ids) => {
                let mut sums = vec![0.0; answers.len()];
                for one in &near {
                    let class = ids.get(one.1).copied().unwrap_or(0) as usize;
                    if let Some(sum) = sums.get_mut(class) {
                        *sum += weight(one);
                    }
                }
                answers
                    .iter_mut()
                    .zip(sums)
                    .for_each(|(answer, sum)| *answer = (sum / whole) as f32);
            }
        }
    }

    pub(crate) fn check(&self, n_columns: usize, n_outputs: usize) -> Result<(), Trouble> {
        let known = match &self.y {
            Known::Classes(ids) => n_outputs > 1 && ids.iter().all(|id| (*id as usize) < n_outputs),
            Known::Numbers(_) => n_outputs == 1,
        };
        if known && self.n_rows() > 0 && self.x.len() == self.n_rows() * n_columns {
            Ok(())
        } else {
            Err(Trouble::new(
                "model-inconsistent",
                say!("the known rows do not fit their answers", "已知数据与其答案不匹配"),
            ))
        }
    }
}
