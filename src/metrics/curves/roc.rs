//! The ROC curve: true against false positive rate as the threshold falls.

use serde::{Deserialize, Serialize};

use super::ranking::{Ranking, thinned};

/// One threshold of a ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// False positive rate: share of the negative rows predicted as positive.
    pub fpr: f64,
    /// True positive rate: share of the positive rows predicted as positive.
    pub tpr: f64,
    /// Rows with at least this score count as positive; none for the start (0, 0), where no row does.
    pub threshold: Option<f64>,
}

/// The ROC curve of one class against all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RocCurve {
    pub class: String,
    /// Area under the whole curve, before any thinning of the points.
    pub auc: f64,
    /// From (0, 0) to (1, 1).
    pub points: Vec<RocPoint>,
}

/// The points of `sklearn.metrics.roc_curve`: `scores` of rows and whether each is positive.
///
/// With `drop_intermediate` points that lie on a straight line between others are left out.
/// None where the lengths differ, a score is not finite, or a class is missing.
pub fn roc_curve(
    is_positive: &[bool],
    scores: &[f32],
    drop_intermediate: bool,
) -> Option<Vec<RocPoint>> {
    if is_positive.len() != scores.len() || scores.iter().any(|score| !score.is_finite()) {
        return None;
    }
    Ranking::new(scores.iter().copied().zip(is_positive.iter().copied()))
        .roc_points(drop_intermediate)
}

impl Ranking {
    /// The points of the curve; none without both classes.
    pub(crate) fn roc_points(&self, drop_intermediate: bool) -> Option<Vec<RocPoint>> {
        let (n_positive, n_negative) = (self.n_positive() as f64, self.n_negative() as f64);
        if n_positive == 0.0 || n_negative == 0.0 {
            return None;
        }
        let corners;
        let ranking = if drop_intermediate {
            corners = self.filtered(|i| self.is_roc_corner(i));
            &corners
        } else {
            self
        };
        let start = RocPoint { fpr: 0.0, tpr: 0.0, threshold: None };
        let rest =
            ranking.counts().zip(&ranking.thresholds).map(|((n_true, n_false), &threshold)| {
                RocPoint {
                    fpr: n_false / n_negative,
                    tpr: n_true / n_positive,
                    threshold: Some(f64::from(threshold)),
                }
            });
        Some(std::iter::once(start).chain(rest).collect())
    }

    /// The curve of a class with at most `max_points` points.
    pub(crate) fn roc_curve(&self, class: &str, max_points: usize) -> Option<RocCurve> {
        let points = thinned(self.roc_points(true)?, max_points);
        Some(RocCurve { class: class.to_owned(), auc: self.roc_auc()?, points })
    }

    /// Whether the steps before and after threshold `i` differ; the first and the last are always corners.
    fn is_roc_corner(&self, i: usize) -> bool {
        let bends = |counts: &[u64]| match counts.get(i.wrapping_sub(1)..=i.saturating_add(1)) {
            Some(&[before, here, after]) => here - before != after - here,
            _ => true,
        };
        bends(&self.n_true_positive) || bends(&self.n_false_positive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_points_are_dropped() {
        let is_positive = [true, true, true, false];
        let scores = [0.9, 0.8, 0.7, 0.1];
        let thresholds = |drop| {
            let points = roc_curve(&is_positive, &scores, drop).expect("both classes occur");
            points.iter().map(|point| point.threshold.map(|t| t as f32)).collect::<Vec<_>>()
        };
        assert_eq!(thresholds(true), [None, Some(0.9), Some(0.7), Some(0.1)]);
        assert_eq!(thresholds(false).len(), 5);
    }

    #[test]
    fn undefined_curves_are_none() {
        assert_eq!(roc_curve(&[true], &[0.5], true), None);
        assert_eq!(roc_curve(&[true, false], &[0.5], true), None);
        assert_eq!(roc_curve(&[true, false], &[0.5, f32::NAN], true), None);
        assert_eq!(roc_curve(&[], &[], false), None);
    }
}
