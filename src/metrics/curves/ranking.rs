//! Counts of true and false positives at every distinct score, from which all curves and areas follow.

/// Cumulated counts by falling threshold.
///
/// Entry `i` counts the rows whose score is at least `thresholds[i]`; the thresholds are the distinct scores.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranking {
    pub(crate) thresholds: Vec<f32>,
    pub(crate) n_true_positive: Vec<u64>,
    pub(crate) n_false_positive: Vec<u64>,
}

impl Ranking {
    /// Ranks pairs of a finite score and whether the row is positive.
    pub(crate) fn new(rows: impl Iterator<Item = (f32, bool)>) -> Self {
        let mut keys: Vec<u64> =
            rows.map(|(score, is_positive)| sort_key(score, is_positive)).collect();
        keys.sort_unstable();
        let mut ranking = Self {
            thresholds: Vec::new(),
            n_true_positive: Vec::new(),
            n_false_positive: Vec::new(),
        };
        let (mut n_true, mut n_false) = (0, 0);
        for group in keys.chunk_by(|a, b| a >> 1 == b >> 1) {
            let n_positive = group.iter().filter(|&&key| key & 1 == 1).count() as u64;
            n_true += n_positive;
            n_false += group.len() as u64 - n_positive;
            ranking.thresholds.push(group.first().map_or(0.0, |&key| score_of(key)));
            ranking.n_true_positive.push(n_true);
            ranking.n_false_positive.push(n_false);
        }
        ranking
    }

    pub(crate) fn n_positive(&self) -> u64 {
        self.n_true_positive.last().copied().unwrap_or(0)
    }

    pub(crate) fn n_negative(&self) -> u64 {
        self.n_false_positive.last().copied().unwrap_or(0)
    }

    /// Area under the ROC curve by the trapezoidal rule, ties as straight lines; none without both classes.
    pub(crate) fn roc_auc(&self) -> Option<f64> {
        let whole = self.n_positive() as f64 * self.n_negative() as f64;
        if whole == 0.0 {
            return None;
        }
        let (mut area, mut last_true, mut last_false) = (0.0, 0.0, 0.0);
        for (n_true, n_false) in self.counts() {
            area += (n_false - last_false) * (n_true + last_true) / 2.0;
            (last_true, last_false) = (n_true, n_false);
        }
        Some(area / whole)
    }

    /// Sum over the thresholds of precision times gain in recall; none without a positive row.
    pub(crate) fn average_precision(&self) -> Option<f64> {
        let n_positive = self.n_positive() as f64;
        if n_positive == 0.0 {
            return None;
        }
        let (mut sum, mut last_true) = (0.0, 0.0);
        for (n_true, n_false) in self.counts() {
            sum += (n_true - last_true) / n_positive * (n_true / (n_true + n_false));
            last_true = n_true;
        }
        Some(sum)
    }

    /// Keeps the thresholds for which `is_kept` holds.
    pub(crate) fn filtered(&self, is_kept: impl Fn(usize) -> bool) -> Self {
        fn keep<T: Copy>(values: &[T], is_kept: impl Fn(usize) -> bool) -> Vec<T> {
            values
                .iter()
                .enumerate()
                .filter(|&(i, _)| is_kept(i))
                .map(|(_, &value)| value)
                .collect()
        }
        Self {
            thresholds: keep(&self.thresholds, &is_kept),
            n_true_positive: keep(&self.n_true_positive, &is_kept),
            n_false_positive: keep(&self.n_false_positive, &is_kept),
        }
    }

    /// True and false positives at each threshold.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.n_true_positive.iter().zip(&self.n_false_positive).map(|(&t, &f)| (t as f64, f as f64))
    }
}

/// At most `max_points` of `points`, evenly spaced, with the first and the last.
pub(crate) fn thinned<T: Copy>(points: Vec<T>, max_points: usize) -> Vec<T> {
    let max_points = max_points.max(2);
    if points.len() <= max_points {
        return points;
    }
    let last = points.len() - 1;
    (0..max_points).filter_map(|i| points.get(i * last / (max_points - 1)).copied()).collect()
}

/// A number that sorts like the falling score, the positive flag in its lowest bit.
fn sort_key(score: f32, is_positive: bool) -> u64 {
    // Adding zero turns -0 into 0, which is the same threshold.
    let bits = (score + 0.0).to_bits();
    let rising = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
    u64::from(!rising) << 1 | u64::from(is_positive)
}

fn score_of(key: u64) -> f32 {
    let rising = !((key >> 1) as u32);
    f32::from_bits(if rising >> 31 == 1 { rising & !(1 << 31) } else { !rising })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_order_and_the_score() {
        let falling = [f32::MAX, 1.0, 0.5, f32::MIN_POSITIVE, 0.0, -0.25, -3.0, f32::MIN];
        let keys: Vec<u64> = falling.iter().map(|&score| sort_key(score, false)).collect();
        assert!(keys.is_sorted());
        assert!(falling.iter().zip(&keys).all(|(&score, &key)| score_of(key) == score));
        assert_eq!(sort_key(-0.0, true), sort_key(0.0, true));
    }

    #[test]
    fn equal_scores_are_one_threshold() {
        let ranking = Ranking::new([(0.5, true), (0.5, false), (0.9, true)].into_iter());
        assert_eq!(ranking.thresholds, [0.9, 0.5]);
        assert_eq!(ranking.n_true_positive, [1, 2]);
        assert_eq!(ranking.n_false_positive, [0, 1]);
        assert_eq!(ranking.roc_auc(), Some(0.75));
    }

    #[test]
    fn thinning_keeps_the_ends() {
        assert_eq!(thinned((0..=100).collect(), 5), [0, 25, 50, 75, 100]);
        assert_eq!(thinned(vec![1, 2, 3], 0), [1, 3]);
        assert!(thinned(Vec::<u8>::new(), 5).is_empty());
    }
}
