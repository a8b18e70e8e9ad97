//! The calibration curve: how often a class really occurs where the model gives it a certain probability.

use serde::{Deserialize, Serialize};

/// Bins of equal width between 0 and 1, as many as scikit-learn's plots have.
const N_BINS: usize = 10;

/// The rows whose probability lies in one bin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationPoint {
    /// Mean of the predicted probabilities.
    pub predicted: f64,
    /// Share of the rows that belong to the class.
    pub observed: f64,
    pub n_rows: u64,
}

/// The calibration curve of one class against all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationCurve {
    pub class: String,
    /// The bins that hold rows, by rising probability; on the diagonal the probabilities mean what they say.
    pub points: Vec<CalibrationPoint>,
}

/// The points of `sklearn.calibration.calibration_curve(strategy='uniform')`: probabilities and whether each row is
/// positive.
///
/// None without rows, or where a probability lies outside of 0 to 1.
pub(crate) fn calibration_points(
    rows: impl Iterator<Item = (f32, bool)>,
) -> Option<Vec<CalibrationPoint>> {
    let mut bins = [(0.0, 0_u64, 0_u64); N_BINS];
    for (probability, is_positive) in rows {
        if !(0.0..=1.0).contains(&probability) {
            return None;
        }
        let probability = f64::from(probability);
        // A probability on an edge belongs to the lower bin; the edges are those of numpy's linspace.
        let bin =
            (1..N_BINS).filter(|edge| *edge as f64 * (1.0 / N_BINS as f64) < probability).count();
        if let Some((sum, n_positive, n_rows)) = bins.get_mut(bin) {
            *sum += probability;
            *n_positive += u64::from(is_positive);
            *n_rows += 1;
        }
    }
    let point = |&(sum, n_positive, n_rows): &(f64, u64, u64)| CalibrationPoint {
        predicted: sum / n_rows as f64,
        observed: n_positive as f64 / n_rows as f64,
        n_rows,
    };
    let points: Vec<CalibrationPoint> =
        bins.iter().filter(|(_, _, n_rows)| *n_rows > 0).map(point).collect();
    (!points.is_empty()).then_some(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_belongs_to_the_lower_bin() {
        let points = calibration_points([(0.5, true), (0.45, false), (0.95, true)].into_iter());
        let points = points.expect("three probabilities");
        let found: Vec<(f64, u64)> =
            points.iter().map(|point| (point.observed, point.n_rows)).collect();
        assert_eq!(found, [(0.5, 2), (1.0, 1)]);
    }

    #[test]
    fn scores_that_are_no_probabilities_have_no_curve() {
        assert_eq!(calibration_points([(1.5, true)].into_iter()), None);
        assert_eq!(calibration_points([(f32::NAN, true)].into_iter()), None);
        assert_eq!(calibration_points(std::iter::empty()), None);
    }
}
