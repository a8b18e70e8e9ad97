//! What a model must beat: the class shares or the mean of the training rows, whatever the features say.

use std::collections::BTreeMap;

use crate::classification::Scored;
use crate::registry::{classification_metrics, regression_metrics};
use crate::regression::Paired;

/// Metrics of always predicting the most frequent training class, with the class shares as probabilities.
///
/// Equals scikit-learn's `DummyClassifier(strategy="prior")`; empty without training rows.
pub(crate) fn classification_baseline(
    y_true: &[usize],
    train_class_counts: &[usize],
) -> BTreeMap<String, f64> {
    let n_train: f64 = train_class_counts.iter().map(|&count| count as f64).sum();
    if n_train == 0.0 {
        return BTreeMap::new();
    }
    let shares: Vec<f32> =
        train_class_counts.iter().map(|&count| (count as f64 / n_train) as f32).collect();
    Scored::constant(y_true, &shares)
        .map(|scored| classification_metrics(&scored).0)
        .unwrap_or_default()
}

/// Metrics of always predicting the mean of the training rows.
///
/// Equals scikit-learn's `DummyRegressor(strategy="mean")`; empty where the mean or the truth is not finite.
pub(crate) fn regression_baseline(y_true: &[f64], train_mean: f64) -> BTreeMap<String, f64> {
    let y_pred = vec![train_mean; y_true.len()];
    Paired::new(y_true, &y_pred).map(|paired| regression_metrics(&paired).0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_training_class_is_predicted() {
        let baseline = classification_baseline(&[0, 1, 1, 1], &[30, 10]);
        assert_eq!(baseline.get("accuracy"), Some(&0.25));
        assert_eq!(baseline.get("roc_auc"), Some(&0.5));
    }

    #[test]
    fn no_training_rows_no_baseline() {
        assert!(classification_baseline(&[0, 1], &[0, 0]).is_empty());
        assert!(classification_baseline(&[0, 1], &[]).is_empty());
        assert!(regression_baseline(&[1.0, 2.0], f64::NAN).is_empty());
        assert_eq!(regression_baseline(&[1.0, 3.0], 2.0).get("r2"), Some(&0.0));
    }
}
