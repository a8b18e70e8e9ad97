//! The targets of rows as they are gathered into batches: one value per row and target.

use pg_base::{Array, Trouble};

use super::rows::{compact, pick};

/// Encoded targets of rows, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum EncodedTarget {
    Classes { ids: Vec<i32>, width: usize },
    Numbers { numbers: Vec<f32>, width: usize },
}

impl EncodedTarget {
    pub(super) fn classes(ids: Vec<i32>) -> Self {
        Self::Classes { ids, width: 1 }
    }

    pub(super) fn numbers(numbers: Vec<f32>) -> Self {
        Self::Numbers { numbers, width: 1 }
    }

    /// Single targets of the same rows side by side.
    pub(super) fn beside(targets: Vec<Self>) -> Result<Self, Trouble> {
        let (mut all_ids, mut all_numbers) = (Vec::new(), Vec::new());
        for target in targets {
            match target {
                Self::Classes { ids, .. } => all_ids.push(ids),
                Self::Numbers { numbers, .. } => all_numbers.push(numbers),
            }
        }
        match (all_ids.len(), all_numbers.len()) {
            (0, 0) => Err(Trouble::internal("the encoder has no target")),
            (width, 0) => Ok(Self::Classes { ids: interleaved(all_ids), width }),
            (0, width) => Ok(Self::Numbers { numbers: interleaved(all_numbers), width }),
            _ => Err(Trouble::internal("classes beside numbers")),
        }
    }

    pub(super) fn append(&mut self, next: Self) -> Result<(), Trouble> {
        match (self, next) {
            (Self::Classes { ids, .. }, Self::Classes { ids: next, .. }) => ids.extend(next),
            (Self::Numbers { numbers, .. }, Self::Numbers { numbers: next, .. }) => {
                numbers.extend(next);
            }
            _ => return Err(Trouble::internal("targets of two encoders")),
        }
        Ok(())
    }

    pub(super) fn retain(&mut self, kept: &[usize]) {
        match self {
            Self::Classes { ids, width } => compact(ids, *width, kept),
            Self::Numbers { numbers, width } => compact(numbers, *width, kept),
        }
    }

    /// The targets of these rows: numbers `[rows, targets]`, classes the same, or `[rows]` of a single target.
    pub(super) fn gather(&self, rows: &[usize]) -> Array {
        match self {
            Self::Classes { ids, width: 1 } => Array::i32([rows.len()], pick(ids, 1, rows)),
            Self::Classes { ids, width } => {
                Array::i32([rows.len(), *width], pick(ids, *width, rows))
            }
            Self::Numbers { numbers, width } => {
                Array::f32([rows.len(), *width], pick(numbers, *width, rows))
            }
        }
    }
}

/// Columns as rows.
fn interleaved<T: Copy>(mut columns: Vec<Vec<T>>) -> Vec<T> {
    if columns.len() == 1 {
        return columns.pop().unwrap_or_default();
    }
    let n_rows = columns.first().map_or(0, Vec::len);
    let row = |row: usize| columns.iter().filter_map(move |column| column.get(row));
    (0..n_rows).flat_map(row).copied().collect()
}
