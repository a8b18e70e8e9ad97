//! The confusion matrix and the scores of each class.

use serde::{Deserialize, Serialize};

use crate::classification::Scored;

/// Beyond this a matrix is neither readable nor small: a thousand classes have a million cells.
pub(crate) const MAX_CONFUSION_CLASSES: usize = 1000;

/// How often each true class was predicted as each class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    pub class_names: Vec<String>,
    /// `counts[true class][predicted class]`, square; empty with more than 1000 classes.
    pub counts: Vec<Vec<u64>>,
}

/// The scores of one class against all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    pub class: String,
    /// Share of the rows predicted as this class that belong to it; 0 if none was predicted.
    pub precision: f64,
    /// Share of the rows of this class that were predicted as it; 0 if there is none.
    pub recall: f64,
    /// Harmonic mean of precision and recall; 0 if both are.
    pub f1: f64,
    /// Number of rows of this class.
    pub support: u64,
    /// Number of rows predicted as this class.
    pub n_predicted: u64,
}

impl ConfusionMatrix {
    /// Counts the pairs of true and predicted class; pairs outside of the classes are left out.
    pub fn new(y_true: &[usize], y_pred: &[usize], class_names: &[String]) -> Self {
        let n_classes = class_names.len();
        if n_classes > MAX_CONFUSION_CLASSES {
            return Self { class_names: class_names.to_vec(), counts: Vec::new() };
        }
        let mut counts = vec![vec![0; n_classes]; n_classes];
        for (&truth, &prediction) in y_true.iter().zip(y_pred) {
            if let Some(count) =
                counts.get_mut(truth).and_then(|row: &mut Vec<u64>| row.get_mut(prediction))
            {
                *count += 1;
            }
        }
        Self { class_names: class_names.to_vec(), counts }
    }
}

/// Precision, recall, F1 and support of every class, in the order of the classes.
pub(crate) fn class_scores(scored: &Scored<'_>, class_names: &[String]) -> Vec<ClassScore> {
    let tallies = scored.tallies();
    let score = |(tally, class): (&crate::classification::Tally, &String)| ClassScore {
        class: class.clone(),
        precision: tally.precision(),
        recall: tally.recall(),
        f1: tally.f1(),
        support: tally.n_true,
        n_predicted: tally.n_predicted,
    };
    tallies.iter().zip(class_names).map(score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_true_classes() {
        let names = ["a".to_owned(), "b".to_owned()];
        let matrix = ConfusionMatrix::new(&[0, 0, 1, 7], &[0, 1, 1, 0], &names);
        assert_eq!(matrix.counts, [[1, 1], [0, 1]]);
    }

    #[test]
    fn too_many_classes_have_no_matrix() {
        let names = vec![String::new(); MAX_CONFUSION_CLASSES + 1];
        assert!(ConfusionMatrix::new(&[0], &[0], &names).counts.is_empty());
    }
}
