//! The precision-recall curve: precision against recall as the threshold rises.

use serde::{Deserialize, Serialize};

use super::ranking::{Ranking, thinned};

/// One threshold of a precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PrPoint {
    /// Share of the positive rows predicted as positive.
    pub recall: f64,
    /// Share of the rows predicted as positive that are.
    pub precision: f64,
    /// Rows with at least this score count as positive; none for the end (recall 0, precision 1).
    pub threshold: Option<f64>,
}

/// The precision-recall curve of one class against all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrCurve {
    pub class: String,
    /// Average precision of the whole curve, before any thinning of the points.
    pub average_precision: f64,
    /// From recall 1 to recall 0.
    pub points: Vec<PrPoint>,
}

/// The points of `sklearn.metrics.precision_recall_curve`: `scores` of rows and whether each is positive.
///
/// With `drop_intermediate` only the first and the last of the points with one recall are kept.
/// None where the lengths differ, a score is not finite, or there is no positive row.
pub fn pr_curve(
    is_positive: &[bool],
    scores: &[f32],
    drop_intermediate: bool,
) -> Option<Vec<PrPoint>> {
    if is_positive.len() != scores.len() || scores.iter().any(|score| !score.is_finite()) {
        return None;
    }
    Ranking::new(scores.iter().copied().zip(is_positive.iter().copied()))
        .pr_points(drop_intermediate)
}

impl Ranking {
    /// The points of the curve; none without a positive row.
    pub(crate) fn pr_points(&self, drop_intermediate: bool) -> Option<Vec<PrPoint>> {
        let n_positive = self.n_positive() as f64;
        if n_positive == 0.0 {
            return None;
        }
        let ends;
        let ranking = if drop_intermediate {
            ends = self.filtered(|i| self.is_recall_end(i));
            &ends
        } else {
            self
        };
        let point = |((n_true, n_false), &threshold): ((f64, f64), &f32)| PrPoint {
            recall: n_true / n_positive,
            precision: n_true / (n_true + n_false),
            threshold: Some(f64::from(threshold)),
        };
        let mut points = vec![PrPoint { recall: 0.0, precision: 1.0, threshold: None }];
        points.extend(ranking.counts().zip(&ranking.thresholds).map(point));
        points.reverse();
        Some(points)
    }

    /// The curve of a class with at most `max_points` points.
    pub(crate) fn pr_curve(&self, class: &str, max_points: usize) -> Option<PrCurve> {
        let points = thinned(self.pr_points(true)?, max_points);
        Some(PrCurve {
            class: class.to_owned(),
            average_precision: self.average_precision()?,
            points,
        })
    }

    /// Whether recall changes before or after threshold `i`; the first and the last always stay.
    fn is_recall_end(&self, i: usize) -> bool {
        match self.n_true_positive.get(i.wrapping_sub(1)..=i.saturating_add(1)) {
            Some(&[before, here, after]) => before != here || here != after,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_ends_at_recall_zero() {
        let points =
            pr_curve(&[true, false, false, false, true], &[0.9, 0.8, 0.7, 0.6, 0.1], false);
        let points = points.expect("a positive row");
        assert_eq!(points.len(), 6);
        assert_eq!(points.last(), Some(&PrPoint { recall: 0.0, precision: 1.0, threshold: None }));
        let dropped =
            pr_curve(&[true, false, false, false, true], &[0.9, 0.8, 0.7, 0.6, 0.1], true);
        assert_eq!(dropped.map(|points| points.len()), Some(4));
    }

    #[test]
    fn undefined_curves_are_none() {
        assert_eq!(pr_curve(&[false], &[0.5], true), None);
        assert_eq!(pr_curve(&[true], &[f32::INFINITY], true), None);
        assert_eq!(pr_curve(&[], &[], true), None);
    }
}
