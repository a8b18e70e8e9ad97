//! Running sums of one pass over rows: mean loss and accuracy or R², from plain numbers on the host.

use pg_base::{Array, Elements, Trouble};
use serde::{Deserialize, Serialize};

use crate::blueprint::Head;

/// What has been seen of a pass so far; saved in checkpoints, so that a resumed pass ends with the same numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Rows seen.
    pub n_rows: usize,
    loss_sum: f64,
    n_correct: usize,
    outputs: Vec<OutputTally>,
    /// What the rows weigh in the loss beyond 1 each.
    #[serde(default)]
    extra_weight: f64,
    /// Rows per class.
    #[serde(default)]
    class_counts: Vec<usize>,
}

/// Mean and spread of one output's target, and the squared error on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct OutputTally {
    mean: f64,
    spread: f64,
    error: f64,
}

impl Tally {
    /// Adds a batch: its mean loss with the weight of its rows, its outputs `[rows, units]` row-major, and the answers.
    pub fn add(
        &mut self,
        (loss, weight): (f64, f64),
        outputs: &[f32],
        target: &Array,
        head: Head,
    ) -> Result<(), Trouble> {
        let n_units = head.n_units();
        let n_rows = target.n_rows();
        if outputs.len() != n_rows * n_units || n_units == 0 {
            return Err(Trouble::internal(format!(
                "{} outputs for {n_rows} rows of {n_units}",
                outputs.len()
            )));
        }
        self.loss_sum += loss * weight;
        self.extra_weight += weight - n_rows as f64;
        match &target.elements {
            Elements::I32(ids) if matches!(head, Head::Labels { .. }) => {
                let rows = outputs.chunks_exact(n_units).zip(ids.chunks_exact(n_units));
                let is_right = |(logit, id): (&f32, &i32)| (*logit > 0.0) == (*id > 0);
                let right = rows.filter(|(row, ids)| row.iter().zip(*ids).all(is_right));
                self.n_correct += right.count();
                self.n_rows += n_rows;
            }
            Elements::I32(ids) => {
                let right = outputs
                    .chunks_exact(n_units)
                    .zip(ids)
                    .filter(|(row, id)| class_of(row) == **id as usize);
                self.n_correct += right.count();
                self.n_rows += n_rows;
                self.count_classes(ids);
            }
            Elements::F32(numbers) => {
                self.outputs.resize(n_units, OutputTally::default());
                for (row, answers) in
                    outputs.chunks_exact(n_units).zip(numbers.chunks_exact(n_units))
                {
                    self.n_rows += 1;
                    for ((tally, output), answer) in self.outputs.iter_mut().zip(row).zip(answers) {
                        let number = head.number(f64::from(*output));
                        tally.add(number, f64::from(*answer), self.n_rows);
                    }
                }
            }
        }
        Ok(())
    }

    /// Mean loss over the rows seen; 0 when none were.
    pub fn loss(&self) -> f64 {
        if self.n_rows == 0 {
            return 0.0;
        }
        self.loss_sum / (self.n_rows as f64 + self.extra_weight)
    }

    /// Score of the best constant answer on the same rows; none of several labels.
    pub fn baseline_score(&self) -> Option<f64> {
        if self.n_rows == 0 {
            return None;
        }
        if !self.outputs.is_empty() {
            return Some(0.0);
        }
        Some(*self.class_counts.iter().max()? as f64 / self.n_rows as f64)
    }

    /// Accuracy (of labels the share of rows with every label right), or R² (the mean over the outputs, 0 for an output whose target does not vary).
    pub fn score(&self) -> f64 {
        if self.outputs.is_empty() {
            return self.n_correct as f64 / self.n_rows.max(1) as f64;
        }
        self.outputs.iter().map(OutputTally::r2).sum::<f64>() / self.outputs.len() as f64
    }

    /// Scikit-learn's name of [`Tally::score`].
    pub fn score_name(head: Head) -> &'static str {
        match head {
            Head::Softmax { .. } | Head::Sigmoid | Head::Labels { .. } => "accuracy",
            Head::Linear { .. } | Head::Rate { .. } => "r2",
        }
    }

    fn count_classes(&mut self, ids: &[i32]) {
        for id in ids.iter().filter_map(|id| usize::try_from(*id).ok()) {
            if id >= self.class_counts.len() {
                self.class_counts.resize(id + 1, 0);
            }
            if let Some(count) = self.class_counts.get_mut(id) {
                *count += 1;
            }
        }
    }
}

impl OutputTally {
    /// Welford's recurrence for mean and sum of squared deviations, exact enough for targets far from 0.
    fn add(&mut self, output: f64, answer: f64, n_seen: usize) {
        let deviation = answer - self.mean;
        self.mean += deviation / n_seen as f64;
        self.spread += deviation * (answer - self.mean);
        self.error += (output - answer) * (output - answer);
    }

    fn r2(&self) -> f64 {
        if self.spread > 0.0 { 1.0 - self.error / self.spread } else { 0.0 }
    }
}

/// The class of a row of logits: the largest, or for a single logit whether it is above 0.
fn class_of(logits: &[f32]) -> usize {
    if let [logit] = logits {
        return usize::from(*logit > 0.0);
    }
    let mut best = 0;
    for (class, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = class;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_rows_and_losses_are_weighted_by_rows() {
        let mut tally = Tally::default();
        let head = Head::Softmax { n_classes: 3 };
        tally
            .add((1.0, 2.0), &[0.0, 2.0, 1.0, 5.0, 0.0, 0.0], &Array::i32([2], vec![1, 2]), head)
            .expect("fits");
        tally.add((4.0, 1.0), &[0.0, 0.0, 1.0], &Array::i32([1], vec![2]), head).expect("fits");
        assert_eq!(tally.loss(), 2.0);
        assert_eq!(tally.score(), 2.0 / 3.0);
        assert_eq!(tally.baseline_score(), Some(2.0 / 3.0));
        assert!(tally.add((0.0, 1.0), &[1.0], &Array::i32([1], vec![2]), head).is_err());

        let mut tally = Tally::default();
        tally
            .add((0.0, 2.0), &[-1.0, 0.5], &Array::i32([2], vec![0, 1]), Head::Sigmoid)
            .expect("fits");
        assert_eq!(tally.score(), 1.0);
    }

    #[test]
    fn a_row_of_labels_is_right_where_all_are() {
        let mut tally = Tally::default();
        let target = Array::i32([2, 2], vec![1, 0, 1, 1]);
        let head = Head::Labels { n_labels: 2 };
        tally.add((0.5, 2.0), &[2.0, -1.0, 3.0, -0.5], &target, head).expect("fits");
        assert_eq!((tally.score(), tally.baseline_score()), (0.5, None));
    }

    #[test]
    fn r2_is_the_mean_over_outputs() {
        let mut tally = Tally::default();
        let target = Array::f32([3, 2], vec![1001.0, 5.0, 1002.0, 5.0, 1003.0, 5.0]);
        tally
            .add(
                (0.0, 3.0),
                &[1001.0, 5.0, 1002.0, 5.0, 1002.0, 5.0],
                &target,
                Head::Linear { n_outputs: 2 },
            )
            .expect("fits");
        assert_eq!(tally.score(), (1.0 - 1.0 / 2.0) / 2.0);
        assert_eq!(Tally::default().loss(), 0.0);
    }
}
