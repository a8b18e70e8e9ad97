//! Checked input of every classification metric: true classes, probabilities and what follows from them.

use pg_base::t;

use crate::epoch::argmax;
use crate::error::{MetricsError, Value, check_len};

/// True classes beside predicted probabilities, checked once.
///
/// Invariants: at least one row and one class, every true class below `n_classes`, every probability finite.
#[derive(Debug, Clone)]
pub struct Scored<'a> {
    y_true: &'a [usize],
    probabilities: &'a [f32],
    n_classes: usize,
    /// Distance between the rows in `probabilities`; 0 where one row of probabilities stands for all.
    stride: usize,
    y_pred: Vec<usize>,
    tallies: Vec<Tally>,
}

/// Row counts of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub n_true: u64,
    pub n_predicted: u64,
    pub n_right: u64,
}

impl Tally {
    /// Right among predicted; 0 if none was predicted.
    pub fn precision(self) -> f64 {
        ratio(self.n_right, self.n_predicted)
    }

    /// Right among true; 0 if there is none.
    pub fn recall(self) -> f64 {
        ratio(self.n_right, self.n_true)
    }

    /// Harmonic mean of precision and recall; 0 if the class is neither true nor predicted anywhere.
    pub fn f1(self) -> f64 {
        ratio(2 * self.n_right, self.n_true + self.n_predicted)
    }

    /// Precision and recall in one number, where recall counts `beta` times as much; 0 as for [`Self::f1`].
    pub fn f_beta(self, beta: f64) -> f64 {
        let whole = beta * beta * self.n_true as f64 + self.n_predicted as f64;
        if whole == 0.0 { 0.0 } else { (1.0 + beta * beta) * self.n_right as f64 / whole }
    }

    /// Right among true or predicted; 0 if there is none.
    pub fn jaccard(self) -> f64 {
        ratio(self.n_right, self.n_true + self.n_predicted - self.n_right)
    }

    /// Whether the class is true or predicted in any row; scikit-learn averages over these classes.
    pub fn is_present(self) -> bool {
        self.n_true + self.n_predicted > 0
    }
}

impl<'a> Scored<'a> {
    /// `probabilities` holds `y_true.len()` rows of `n_classes` values each.
    ///
    /// The predicted class is the most probable one (the first of equals). With a `threshold`, for two
    /// classes only, class 1 is predicted where its probability is at least the threshold.
    pub fn new(
        y_true: &'a [usize],
        probabilities: &'a [f32],
        n_classes: usize,
        threshold: Option<f64>,
    ) -> Result<Self, MetricsError> {
        let n_expected = y_true.len().saturating_mul(n_classes);
        check_shape(y_true, n_classes)?;
        check_len(
            t("the probabilities (rows × classes)", "概率（行 × 类别）"),
            probabilities.len(),
            n_expected,
        )?;
        check_threshold(threshold, n_classes)?;
        let rows = || probabilities.chunks_exact(n_classes);
        check_finite(rows().map(|row| row.iter().all(|p| p.is_finite())))?;
        let y_pred = rows().map(|row| decided(row, threshold)).collect();
        Ok(Self::assemble(y_true, probabilities, n_classes, n_classes, y_pred))
    }

    /// The same `probabilities`, one per class, for every row: a model that ignores the features.
    pub fn constant(y_true: &'a [usize], probabilities: &'a [f32]) -> Result<Self, MetricsError> {
        let n_classes = probabilities.len();
        check_shape(y_true, n_classes)?;
        check_finite(std::iter::once(probabilities.iter().all(|p| p.is_finite())))?;
        let y_pred = vec![argmax(probabilities); y_true.len()];
        Ok(Self::assemble(y_true, probabilities, n_classes, 0, y_pred))
    }

    pub fn n_rows(&self) -> usize {
        self.y_true.len()
    }

    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    pub fn y_true(&self) -> &'a [usize] {
        self.y_true
    }

    /// The predicted class of each row.
    pub fn y_pred(&self) -> &[usize] {
        &self.y_pred
    }

    /// One tally per class.
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// True class and probabilities of each row.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &'a [f32])> + '_ {
        self.y_true.iter().enumerate().map(|(row, &truth)| {
            let start = row * self.stride;
            (truth, self.probabilities.get(start..start + self.n_classes).unwrap_or_default())
        })
    }

    /// The probability of `class` and whether it is the true one, row by row.
    pub fn one_vs_rest(&self, class: usize) -> impl Iterator<Item = (f32, bool)> + '_ {
        self.rows()
            .map(move |(truth, row)| (row.get(class).copied().unwrap_or(0.0), truth == class))
    }

    /// The classes that have curves: class 1 of two, else each class against the rest.
    pub fn curve_classes(&self) -> std::ops::Range<usize> {
        if self.n_classes == 2 { 1..2 } else { 0..self.n_classes }
    }

    /// Whether every probability lies within 0 to 1.
    pub fn has_probabilities(&self) -> bool {
        self.probabilities.iter().all(|p| (0.0..=1.0).contains(p))
    }

    fn assemble(
        y_true: &'a [usize],
        probabilities: &'a [f32],
        n_classes: usize,
        stride: usize,
        y_pred: Vec<usize>,
    ) -> Self {
        let mut tallies = vec![Tally::default(); n_classes];
        for (&truth, &prediction) in y_true.iter().zip(&y_pred) {
            if let Some(tally) = tallies.get_mut(truth) {
                tally.n_true += 1;
                tally.n_right += u64::from(truth == prediction);
            }
            if let Some(tally) = tallies.get_mut(prediction) {
                tally.n_predicted += 1;
            }
        }
        Self { y_true, probabilities, n_classes, stride, y_pred, tallies }
    }
}

/// Mean of a per-class score over the classes that are true or predicted in any row.
#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
pub(super) fn macro_mean(scored: &Scored<'_>, score: fn(Tally) -> f64) -> Value {
    let present = || scored.tallies().iter().filter(|tally| tally.is_present());
    Ok(present().map(|&tally| score(tally)).sum::<f64>() / present().count() as f64)
}

/// Mean of a per-class score, each class weighted by its number of true rows.
#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
pub(super) fn weighted_mean(scored: &Scored<'_>, score: fn(Tally) -> f64) -> Value {
    let sum: f64 = scored.tallies().iter().map(|&tally| score(tally) * tally.n_true as f64).sum();
    Ok(sum / scored.n_rows() as f64)
}

/// Fails where a threshold makes no sense.
pub(crate) fn check_threshold(
    threshold: Option<f64>,
    n_classes: usize,
) -> Result<(), MetricsError> {
    match threshold {
        Some(_) if n_classes != 2 => Err(MetricsError::ThresholdNeedsTwoClasses { n_classes }),
        Some(value) if !(0.0..=1.0).contains(&value) => {
            Err(MetricsError::ThresholdOutOfRange { found: value.to_string() })
        }
        _ => Ok(()),
    }
}

/// Fails with the number and the first of the rows that are not finite.
pub(crate) fn check_finite(is_finite: impl Iterator<Item = bool>) -> Result<(), MetricsError> {
    let (mut n_rows, mut n_bad, mut first_bad) = (0, 0, None);
    for (row, is_finite) in is_finite.enumerate() {
        n_rows += 1;
        if !is_finite {
            n_bad += 1;
            first_bad.get_or_insert(row);
        }
    }
    first_bad.map_or(Ok(()), |first_row| Err(MetricsError::NotFinite { n_bad, n_rows, first_row }))
}

fn check_shape(y_true: &[usize], n_classes: usize) -> Result<(), MetricsError> {
    if y_true.is_empty() {
        return Err(MetricsError::Empty);
    }
    if n_classes == 0 {
        return Err(MetricsError::NoClasses);
    }
    match y_true.iter().enumerate().find(|&(_, &class)| class >= n_classes) {
        Some((row, &class)) => Err(MetricsError::UnknownClass { row, class, n_classes }),
        None => Ok(()),
    }
}

/// The class answered for a row of probabilities: the most probable one, or class 1 of two from the threshold on.
///
/// The comparison is made in the precision of the probabilities: a threshold of 0.7 includes a probability of 0.7.
pub fn decided(row: &[f32], threshold: Option<f64>) -> usize {
    match (threshold, row) {
        (Some(threshold), [_, positive]) => usize::from(*positive >= threshold as f32),
        _ => argmax(row),
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_input_is_an_error() {
        let check = |y_true: &[usize], p: &[f32], n_classes, threshold, expected: MetricsError| {
            let found = Scored::new(y_true, p, n_classes, threshold).map(|_| ());
            assert_eq!(found, Err(expected));
        };
        check(&[], &[], 2, None, MetricsError::Empty);
        check(&[0], &[], 0, None, MetricsError::NoClasses);
        check(
            &[2],
            &[0.5, 0.5],
            2,
            None,
            MetricsError::UnknownClass { row: 0, class: 2, n_classes: 2 },
        );
        check(
            &[0],
            &[0.1; 3],
            3,
            Some(0.5),
            MetricsError::ThresholdNeedsTwoClasses { n_classes: 3 },
        );
        check(
            &[0],
            &[0.5; 2],
            2,
            Some(f64::NAN),
            MetricsError::ThresholdOutOfRange { found: "NaN".to_owned() },
        );
        let not_finite = MetricsError::NotFinite { n_bad: 1, n_rows: 2, first_row: 1 };
        check(&[0, 1], &[0.5, 0.5, f32::NAN, 0.5], 2, None, not_finite);
        assert!(Scored::new(&[0], &[0.5], 2, None).is_err());
    }

    #[test]
    fn a_threshold_includes_its_own_value() {
        let p = [0.3, 0.7, 0.31, 0.69_f32];
        let predicted = |threshold| {
            Scored::new(&[1, 1], &p, 2, threshold).map(|scored| scored.y_pred().to_vec())
        };
        assert_eq!(predicted(Some(0.7)), Ok(vec![1, 0]));
        assert_eq!(predicted(None), Ok(vec![1, 1]));
    }

    #[test]
    fn one_row_of_probabilities_stands_for_all() {
        let scored =
            Scored::constant(&[0, 1, 1], &[0.25, 0.75]).expect("two classes and three rows");
        assert_eq!(scored.rows().count(), 3);
        assert!(scored.rows().all(|(_, row)| row == [0.25, 0.75]));
        assert_eq!(scored.y_pred(), [1, 1, 1]);
    }
}
