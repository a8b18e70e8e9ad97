//! The gain and lift curve: how many of the rows of a class are found among those that the model ranks highest.

use serde::{Deserialize, Serialize};

use super::ranking::{Ranking, thinned};

/// The rows with the highest scores, down to one threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LiftPoint {
    /// Share of all rows that are looked at.
    pub share: f64,
    /// Share of the positive rows that are among them.
    pub gain: f64,
}

/// The gain and lift curve of one class against all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiftCurve {
    pub class: String,
    /// From (0, 0) to (1, 1).
    pub points: Vec<LiftPoint>,
}

impl LiftPoint {
    /// How many times more positive rows than among as many rows taken at random; none for no rows.
    pub fn lift(self) -> Option<f64> {
        (self.share > 0.0).then(|| self.gain / self.share)
    }
}

impl Ranking {
    /// The curve of a class with at most `max_points` points; none without both classes.
    pub(crate) fn lift_curve(&self, class: &str, max_points: usize) -> Option<LiftCurve> {
        let (n_positive, n_negative) = (self.n_positive() as f64, self.n_negative() as f64);
        // A ROC curve sheared: where one is straight, so is the other.
        let point = |point: super::RocPoint| LiftPoint {
            share: (point.tpr * n_positive + point.fpr * n_negative) / (n_positive + n_negative),
            gain: point.tpr,
        };
        let points = self.roc_points(true)?.into_iter().map(point).collect();
        Some(LiftCurve { class: class.to_owned(), points: thinned(points, max_points) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_third_holds_every_positive_row() {
        let rows = [(0.9, true), (0.5, false), (0.1, false)];
        let curve =
            Ranking::new(rows.into_iter()).lift_curve("c", 100).expect("both classes occur");
        let first = curve.points.get(1).copied().expect("a threshold");
        assert_eq!((first.share, first.gain), (1.0 / 3.0, 1.0));
        assert!(first.lift().is_some_and(|lift| (lift - 3.0).abs() < 1e-12));
        assert_eq!(curve.points.first().and_then(|point| point.lift()), None);
        assert_eq!(curve.points.last(), Some(&LiftPoint { share: 1.0, gain: 1.0 }));
        assert_eq!(Ranking::new([(0.9, true)].into_iter()).lift_curve("c", 100), None);
    }
}
