//! Checked input of every regression metric: true values beside predicted ones.

use pg_base::t;

use crate::classification::check_finite;
use crate::error::{MetricsError, check_len};

/// True and predicted values in units of the target, checked once.
///
/// Invariants: at least one row, equal lengths, every number finite.
#[derive(Debug, Clone, Copy)]
pub struct Paired<'a> {
    y_true: &'a [f64],
    y_pred: &'a [f64],
}

impl<'a> Paired<'a> {
    pub fn new(y_true: &'a [f64], y_pred: &'a [f64]) -> Result<Self, MetricsError> {
        if y_true.is_empty() {
            return Err(MetricsError::Empty);
        }
        check_len(t("the predictions", "预测值"), y_pred.len(), y_true.len())?;
        check_finite(
            y_true
                .iter()
                .zip(y_pred)
                .map(|(truth, prediction)| truth.is_finite() && prediction.is_finite()),
        )?;
        Ok(Self { y_true, y_pred })
    }

    pub fn n_rows(&self) -> usize {
        self.y_true.len()
    }

    /// True and predicted value of each row.
    pub fn pairs(&self) -> impl Iterator<Item = (f64, f64)> + 'a {
        self.y_true.iter().copied().zip(self.y_pred.iter().copied())
    }

    /// The mean over the rows of a function of true and predicted value.
    pub fn mean_of(&self, value: impl Fn(f64, f64) -> f64) -> f64 {
        self.pairs().map(|(truth, prediction)| value(truth, prediction)).sum::<f64>()
            / self.n_rows() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_input_is_an_error() {
        let check = |y_true: &[f64], y_pred: &[f64], expected: MetricsError| {
            assert_eq!(Paired::new(y_true, y_pred).map(|_| ()), Err(expected));
        };
        check(&[], &[], MetricsError::Empty);
        check(
            &[1.0],
            &[],
            MetricsError::SizesDisagree {
                what: t("the predictions", "预测值"),
                found: 0,
                expected: 1,
            },
        );
        check(&[1.0], &[f64::NAN], MetricsError::NotFinite { n_bad: 1, n_rows: 1, first_row: 0 });
        check(
            &[f64::INFINITY],
            &[1.0],
            MetricsError::NotFinite { n_bad: 1, n_rows: 1, first_row: 0 },
        );
    }
}
