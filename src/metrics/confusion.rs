//! The confusion matrix and the scores of each class.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::classification::Scored;

/// Beyond this a matrix is neither readable nor small: a thousand classes have a million cells.
pub(crate) const MAX_CONFUSION_CLASSES: usize = 1000;
/// Rows kept per cell, and in all cells together: a person looks at some of them.
const MAX_ROWS_PER_CELL: usize = 500;
const MAX_ROWS_OF_ALL_CELLS: usize = 20_000;

/// How often each true class was predicted as each class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    pub class_names: Vec<String>,
    /// `counts[true class][predicted class]`, square; empty with more than 1000 classes.
    pub counts: Vec<Vec<u64>>,
    /// The rows behind the cells, mistakes first; absent in reports of older versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<CellRows>,
}

/// The rows behind one cell of a confusion matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellRows {
    /// Number of the true class.
    pub truth: usize,
    /// Number of the predicted class.
    pub prediction: usize,
    /// Their numbers in the source, in the order of the rows; the first 500 of the cell, and in very large reports fewer.
    pub rows: Vec<u64>,
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
            return Self { class_names: class_names.to_vec(), ..Self::default() };
        }
        let mut counts = vec![vec![0; n_classes]; n_classes];
        for (&truth, &prediction) in y_true.iter().zip(y_pred) {
            if let Some(count) =
                counts.get_mut(truth).and_then(|row: &mut Vec<u64>| row.get_mut(prediction))
            {
                *count += 1;
            }
        }
        Self { class_names: class_names.to_vec(), counts, cells: Vec::new() }
    }

    /// Keeps which rows of the source stand behind each cell; all slices in the same order.
    pub(crate) fn with_rows(
        mut self,
        y_true: &[usize],
        y_pred: &[usize],
        source_rows: &[u64],
    ) -> Self {
        if self.counts.is_empty() {
            return self;
        }
        let mut lists: BTreeMap<(bool, usize, usize), Vec<u64>> = BTreeMap::new();
        for ((&truth, &prediction), &row) in y_true.iter().zip(y_pred).zip(source_rows) {
            let list = lists.entry((truth == prediction, truth, prediction)).or_default();
            if list.len() < MAX_ROWS_PER_CELL {
                list.push(row);
            }
        }
        let mut n_free = MAX_ROWS_OF_ALL_CELLS;
        for ((_, truth, prediction), mut rows) in lists {
            rows.truncate(n_free);
            n_free -= rows.len();
            if !rows.is_empty() {
                self.cells.push(CellRows { truth, prediction, rows });
            }
        }
        self
    }

    /// The rows behind a cell that are known.
    pub fn rows_of(&self, truth: usize, prediction: usize) -> &[u64] {
        let is_meant = |cell: &&CellRows| cell.truth == truth && cell.prediction == prediction;
        self.cells.iter().find(is_meant).map_or(&[], |cell| cell.rows.as_slice())
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
    fn cells_know_their_rows_mistakes_first() {
        let names = ["a".to_owned(), "b".to_owned()];
        let (y_true, y_pred) = ([0, 0, 1, 0], [0, 1, 1, 1]);
        let matrix = ConfusionMatrix::new(&y_true, &y_pred, &names).with_rows(
            &y_true,
            &y_pred,
            &[10, 20, 30, 40],
        );
        assert_eq!(matrix.rows_of(0, 1), [20, 40]);
        assert_eq!(matrix.rows_of(1, 0), [0_u64; 0]);
        assert_eq!(matrix.cells.first().map(|cell| (cell.truth, cell.prediction)), Some((0, 1)));
        let old = r#"{"class_names":["a","b"],"counts":[[1,2],[0,1]]}"#;
        let old: ConfusionMatrix = serde_json::from_str(old).expect("a matrix of an older version");
        assert_eq!((old.counts, old.cells), (matrix.counts, Vec::new()));
    }

    #[test]
    fn cells_keep_few_rows() {
        let n_rows = 3 * MAX_ROWS_OF_ALL_CELLS;
        let (y_true, y_pred): (Vec<usize>, Vec<usize>) =
            (0..n_rows).map(|row| (row % 100, row % 3)).unzip();
        let names = vec![String::new(); 100];
        let source_rows: Vec<u64> = (0..n_rows as u64).collect();
        let matrix = ConfusionMatrix::new(&y_true, &y_pred, &names).with_rows(
            &y_true,
            &y_pred,
            &source_rows,
        );
        assert_eq!(
            matrix.cells.iter().map(|cell| cell.rows.len()).sum::<usize>(),
            MAX_ROWS_OF_ALL_CELLS
        );
        assert!(matrix.cells.iter().all(|cell| cell.rows.len() <= MAX_ROWS_PER_CELL));
    }

    #[test]
    fn too_many_classes_have_no_matrix() {
        let names = vec![String::new(); MAX_CONFUSION_CLASSES + 1];
        assert!(ConfusionMatrix::new(&[0], &[0], &names).counts.is_empty());
    }
}
