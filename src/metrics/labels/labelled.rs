//! Checked input of every metric of labels, and the ways to average over them.

use pg_base::t;

use crate::classification::Tally;
use crate::error::{MetricsError, check_len};

/// Which labels rows have, beside those that they are said to have, checked once; both row by row.
///
/// Invariants: at least one row and one label, both of the same size.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'a> {
    truth: &'a [bool],
    predicted: &'a [bool],
    n_labels: usize,
}

impl<'a> Labelled<'a> {
    /// `truth` and `predicted` hold rows of `n_labels` marks each.
    ///
    /// Errors: no rows, no labels, or sizes that disagree.
    pub fn new(
        truth: &'a [bool],
        predicted: &'a [bool],
        n_labels: usize,
    ) -> Result<Self, MetricsError> {
        if n_labels == 0 {
            return Err(MetricsError::NoClasses);
        }
        if truth.is_empty() {
            return Err(MetricsError::Empty);
        }
        let n_whole = truth.len() - truth.len() % n_labels;
        check_len(t("the labels of the rows", "各行的标签"), truth.len(), n_whole)?;
        check_len(t("the predicted labels", "预测的标签"), predicted.len(), truth.len())?;
        Ok(Self { truth, predicted, n_labels })
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.truth.len() / self.n_labels
    }

    /// What each row has and what it is said to have.
    pub fn rows(&self) -> impl Iterator<Item = (&'a [bool], &'a [bool])> + '_ {
        self.truth.chunks_exact(self.n_labels).zip(self.predicted.chunks_exact(self.n_labels))
    }

    /// The share of rows with every label right.
    pub fn subset_accuracy(&self) -> f64 {
        self.rows().filter(|(truth, predicted)| truth == predicted).count() as f64
            / self.n_rows() as f64
    }

    /// The share of labels that are wrong.
    pub fn hamming_loss(&self) -> f64 {
        let n_wrong = self.truth.iter().zip(self.predicted).filter(|(a, b)| a != b).count();
        n_wrong as f64 / self.truth.len() as f64
    }

    /// A score of all labels together.
    pub fn micro(&self, score: fn(Tally) -> f64) -> f64 {
        score(tally(self.truth.iter().zip(self.predicted)))
    }

    /// The mean of a score over the labels, each of which counts the same.
    pub fn macro_mean(&self, score: fn(Tally) -> f64) -> f64 {
        let of_label = |label: usize| {
            let own = |marks: &'a [bool]| marks.iter().skip(label).step_by(self.n_labels);
            score(tally(own(self.truth).zip(own(self.predicted))))
        };
        (0..self.n_labels).map(of_label).sum::<f64>() / self.n_labels as f64
    }

    /// The mean of a score over the rows.
    pub fn sample_mean(&self, score: fn(Tally) -> f64) -> f64 {
        let of_row =
            |(truth, predicted): (&[bool], &[bool])| score(tally(truth.iter().zip(predicted)));
        self.rows().map(of_row).sum::<f64>() / self.n_rows() as f64
    }
}

fn tally<'a>(pairs: impl Iterator<Item = (&'a bool, &'a bool)>) -> Tally {
    let mut tally = Tally::default();
    for (truth, predicted) in pairs {
        tally.n_true += u64::from(*truth);
        tally.n_predicted += u64::from(*predicted);
        tally.n_right += u64::from(*truth && *predicted);
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_sizes_are_errors() {
        let code = |truth: &[bool], predicted: &[bool], n_labels| {
            Labelled::new(truth, predicted, n_labels).map(|_| ()).expect_err("refused")
        };
        assert_eq!(code(&[], &[], 2), MetricsError::Empty);
        assert_eq!(code(&[true], &[true], 0), MetricsError::NoClasses);
        assert!(matches!(code(&[true; 3], &[true; 3], 2), MetricsError::SizesDisagree { .. }));
        assert!(matches!(code(&[true; 2], &[true; 4], 2), MetricsError::SizesDisagree { .. }));
    }

    #[test]
    fn a_row_is_right_where_all_its_labels_are() {
        let truth = [true, false, true, true];
        let labels = Labelled::new(&truth, &[true, false, true, false], 2).expect("two rows");
        assert_eq!((labels.subset_accuracy(), labels.hamming_loss()), (0.5, 0.25));
        assert_eq!(labels.micro(Tally::recall), 2.0 / 3.0);
        assert_eq!(
            (labels.macro_mean(Tally::recall), labels.sample_mean(Tally::recall)),
            (0.5, 0.75)
        );
    }
}
