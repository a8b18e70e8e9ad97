//! What can be wrong with the input of a metric, and why a metric has no value.

use std::fmt;

use pg_base::Words;

/// The outcome of one metric: a number, or why there is none.
pub type Value = Result<f64, Absence>;

/// Why a metric has no value on rows that are in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// The metric does not belong to this task, for instance the Brier score with three classes.
    NotApplicable,
    /// The metric belongs to this task, but these rows leave it undefined; the text says why.
    Undefined(Words),
}

/// Input from which nothing can be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricsError {
    /// There is no row.
    Empty,
    /// There is no class.
    NoClasses,
    /// Two inputs that belong together have different lengths.
    SizesDisagree { what: &'static str, found: usize, expected: usize },
    /// A true class lies outside of the known classes; `row` counts from 0 within the input.
    UnknownClass { row: usize, class: usize, n_classes: usize },
    /// Some rows hold NaN or infinity; `first_row` counts from 0 within the input.
    NotFinite { n_bad: usize, n_rows: usize, first_row: usize },
    /// A decision threshold was given for a number of classes other than two.
    ThresholdNeedsTwoClasses { n_classes: usize },
    /// A decision threshold lies outside of 0 to 1.
    ThresholdOutOfRange { found: String },
}

impl fmt::Display for MetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(
                f,
                "Found no rows to evaluate, expected at least one; \
                 check that the split gives this part a share and that no step dropped all its rows"
            ),
            Self::NoClasses => {
                write!(f, "Found no classes, expected at least one; check the target column")
            }
            Self::SizesDisagree { what, found, expected } => write!(
                f,
                "Found {found} values for {what}, expected {expected}; \
                 truth, predictions and row numbers must describe the same rows"
            ),
            Self::UnknownClass { row, class, n_classes } => write!(
                f,
                "Row {row} of the evaluated rows has class number {class}, expected 0 to {}; \
                 the model must be evaluated with the classes it was trained on",
                n_classes.saturating_sub(1)
            ),
            Self::NotFinite { n_bad, n_rows, first_row } => write!(
                f,
                "Found NaN or infinity in {n_bad} of {n_rows} rows (the first is row {first_row} of them), \
                 expected finite numbers; try a smaller learning rate or gradient clipping, \
                 and check the features for extreme values"
            ),
            Self::ThresholdNeedsTwoClasses { n_classes } => write!(
                f,
                "Found a decision threshold with {n_classes} classes, expected exactly 2; \
                 remove the threshold to predict the most probable class"
            ),
            Self::ThresholdOutOfRange { found } => {
                write!(f, "Found a decision threshold of {found}, expected 0 to 1; 0.5 is usual")
            }
        }
    }
}

impl std::error::Error for MetricsError {}

/// Fails unless `found` values of `what` match `expected`.
pub(crate) fn check_len(
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), MetricsError> {
    if found == expected {
        Ok(())
    } else {
        Err(MetricsError::SizesDisagree { what, found, expected })
    }
}

/// Shorthand for an undefined value.
pub(crate) fn undefined(why: impl Into<Words>) -> Value {
    Err(Absence::Undefined(why.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_found_and_expected() {
        let errors = [
            MetricsError::Empty,
            MetricsError::NoClasses,
            MetricsError::SizesDisagree { what: "predictions", found: 1, expected: 2 },
            MetricsError::UnknownClass { row: 0, class: 3, n_classes: 2 },
            MetricsError::NotFinite { n_bad: 1, n_rows: 2, first_row: 0 },
            MetricsError::ThresholdNeedsTwoClasses { n_classes: 3 },
            MetricsError::ThresholdOutOfRange { found: "2".to_owned() },
        ];
        for error in errors {
            let text = error.to_string();
            assert!(text.contains("expected"), "{text}");
        }
    }
}
