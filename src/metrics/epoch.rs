//! Small functions and running sums for the numbers that training shows after each epoch.

/// Counts right predictions over batches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunningAccuracy {
    n_right: u64,
    n_rows: u64,
}

impl RunningAccuracy {
    /// Adds a batch: true classes and, row by row, `n_classes` probabilities (or logits) each.
    ///
    /// Rows without a full row of scores are not counted; a row with NaN counts as wrong.
    pub fn add(&mut self, y_true: &[usize], scores: &[f32], n_classes: usize) {
        for (&truth, row) in y_true.iter().zip(scores.chunks_exact(n_classes.max(1))) {
            let is_finite = row.iter().all(|score| !score.is_nan());
            self.n_right += u64::from(is_finite && argmax(row) == truth);
            self.n_rows += 1;
        }
    }

    /// The share of right predictions so far; none before the first row.
    pub fn value(&self) -> Option<f64> {
        (self.n_rows > 0).then(|| self.n_right as f64 / self.n_rows as f64)
    }
}

/// Sums the errors of a regression over batches.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunningRegression {
    n_rows: u64,
    sum_absolute: f64,
    sum_squared: f64,
    mean_true: f64,
    /// Sum of squared distances of the truth from its mean, kept by Welford's update (Technometrics 4, 1962).
    spread_true: f64,
}

impl RunningRegression {
    /// Adds a batch of true and predicted values; the longer slice is cut to the shorter.
    pub fn add<T: Copy + Into<f64>>(&mut self, y_true: &[T], y_pred: &[T]) {
        for (&truth, &prediction) in y_true.iter().zip(y_pred) {
            let (truth, prediction) = (truth.into(), prediction.into());
            let error = truth - prediction;
            self.n_rows += 1;
            self.sum_absolute += error.abs();
            self.sum_squared += error * error;
            let step = truth - self.mean_true;
            self.mean_true += step / self.n_rows as f64;
            self.spread_true += step * (truth - self.mean_true);
        }
    }

    /// Mean absolute error so far; none before the first row or where a number was not finite.
    pub fn mae(&self) -> Option<f64> {
        self.mean_of(self.sum_absolute)
    }

    /// Mean squared error so far.
    pub fn mse(&self) -> Option<f64> {
        self.mean_of(self.sum_squared)
    }

    /// Root of the mean squared error so far, in units of the target.
    pub fn rmse(&self) -> Option<f64> {
        self.mse().map(f64::sqrt)
    }

    /// Coefficient of determination so far; needs two rows.
    pub fn r2(&self) -> Option<f64> {
        if self.n_rows < 2 {
            return None;
        }
        finite(share_explained(self.sum_squared, self.spread_true))
    }

    fn mean_of(&self, sum: f64) -> Option<f64> {
        if self.n_rows == 0 { None } else { finite(sum / self.n_rows as f64) }
    }
}

/// The position of the largest score, the first of equal ones; 0 for an empty row.
pub fn argmax(row: &[f32]) -> usize {
    let mut best = (0, f32::NEG_INFINITY);
    for (class, &score) in row.iter().enumerate() {
        if score > best.1 {
            best = (class, score);
        }
    }
    best.0
}

/// The share of rows whose largest of `n_classes` scores is at the true class.
pub fn accuracy(y_true: &[usize], scores: &[f32], n_classes: usize) -> Option<f64> {
    let mut running = RunningAccuracy::default();
    running.add(y_true, scores, n_classes);
    running.value()
}

/// Mean absolute error.
pub fn mae<T: Copy + Into<f64>>(y_true: &[T], y_pred: &[T]) -> Option<f64> {
    sums(y_true, y_pred).mae()
}

/// Mean squared error.
pub fn mse<T: Copy + Into<f64>>(y_true: &[T], y_pred: &[T]) -> Option<f64> {
    sums(y_true, y_pred).mse()
}

/// Root of the mean squared error.
pub fn rmse<T: Copy + Into<f64>>(y_true: &[T], y_pred: &[T]) -> Option<f64> {
    sums(y_true, y_pred).rmse()
}

/// Coefficient of determination.
pub fn r2<T: Copy + Into<f64>>(y_true: &[T], y_pred: &[T]) -> Option<f64> {
    sums(y_true, y_pred).r2()
}

/// `1 - unexplained / total`; without spread in the truth it is 1 for a perfect prediction, else 0 (as scikit-learn).
pub(crate) fn share_explained(unexplained: f64, total: f64) -> f64 {
    if total != 0.0 {
        1.0 - unexplained / total
    } else if unexplained == 0.0 {
        1.0
    } else {
        0.0
    }
}

fn sums<T: Copy + Into<f64>>(y_true: &[T], y_pred: &[T]) -> RunningRegression {
    let mut running = RunningRegression::default();
    running.add(y_true, y_pred);
    running
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_add_up_to_the_whole() {
        let (y_true, scores) = ([0, 1, 1, 0], [0.9, 0.1, 0.2, 0.8, 0.7, 0.3, 0.5, 0.5_f32]);
        let mut running = RunningAccuracy::default();
        running.add(&y_true[..1], &scores[..2], 2);
        running.add(&y_true[1..], &scores[2..], 2);
        assert_eq!(running.value(), Some(0.75));
        assert_eq!(running.value(), accuracy(&y_true, &scores, 2));

        let (y_true, y_pred) = ([3.0_f32, -0.5, 2.0, 7.0], [2.5_f32, 0.0, 2.0, 8.0]);
        assert_eq!(mse(&y_true, &y_pred), Some(0.375));
        assert_eq!(mae(&y_true, &y_pred), Some(0.5));
        let r2 = r2(&y_true, &y_pred).expect("four rows define r2");
        assert!((r2 - 0.948_608_137_044_967).abs() < 1e-12, "{r2}");
    }

    #[test]
    fn nothing_and_nan_have_no_value() {
        assert_eq!(accuracy(&[], &[], 0), None);
        assert_eq!(accuracy(&[0], &[f32::NAN, 0.1], 2), Some(0.0));
        assert_eq!(mse::<f64>(&[], &[]), None);
        assert_eq!(rmse(&[1.0_f64], &[f64::NAN]), None);
        assert_eq!(r2(&[1.0_f64], &[1.0]), None);
        assert_eq!(r2(&[1.0_f64, 1.0], &[1.0, 2.0]), Some(0.0));
    }
}
