//! Carrying values on from row to row, between training rows only.

use pg_base::Trouble;

use super::training_rows;
use crate::table::Rows;

/// The order in which values are carried on, and which rows they are carried between.
pub(crate) struct Course {
    places: Vec<usize>,
    is_training: Vec<bool>,
}

impl Course {
    /// The order of a number or date column, rows without a moment last; of the table where none is named.
    pub(crate) fn new(rows: &Rows, order_by: &str) -> Result<Self, Trouble> {
        let mut places: Vec<usize> = (0..rows.n_rows()).collect();
        if !order_by.is_empty() {
            rows.schema.select(&[order_by.to_owned()], &["number", "date"])?;
            let moments = rows.floats(order_by)?;
            let key = |place: &usize| moments.get(*place).copied().unwrap_or(f64::NAN);
            // A missing moment is a NaN without a sign, which comes last.
            places.sort_by(|a, b| key(a).total_cmp(&key(b)));
        }
        Ok(Self { places, is_training: training_rows(rows)? })
    }

    /// The place of the last row.
    pub(crate) fn last(&self) -> Option<usize> {
        self.places.last().copied()
    }

    /// Carries the values of training rows on to the training rows without one, forward or backward; what is left at
    /// the start is filled from the other side.
    pub(crate) fn carry<T: Clone>(&self, values: &mut [Option<T>], is_forward: bool) {
        for is_forward in [is_forward, !is_forward] {
            let mut last: Option<T> = None;
            for at in 0..self.places.len() {
                let at = if is_forward { at } else { self.places.len() - 1 - at };
                let Some(place) = self.places.get(at) else { continue };
                if self.is_training.get(*place) != Some(&true) {
                    continue;
                }
                let Some(value) = values.get_mut(*place) else { continue };
                if value.is_some() {
                    last.clone_from(value);
                } else {
                    value.clone_from(&last);
                }
            }
        }
    }
}
