//! A histogram with bins of equal width.

use serde::{Deserialize, Serialize};

/// More bins than this are narrower than the bars of a window.
const MAX_BINS: usize = 50;

/// Counts in bins of equal width, as `numpy.histogram`: each bin has its left edge, the last one both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// `counts.len() + 1` ascending edges, in units of the values.
    pub edges: Vec<f64>,
    pub counts: Vec<u64>,
}

impl Histogram {
    /// The histogram of `values` with `n_bins` bins between the smallest and the largest value.
    ///
    /// None without values, without bins, or where the range is not finite.
    pub fn new(values: &[f64], n_bins: usize) -> Option<Self> {
        let mut low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let mut high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low == high {
            (low, high) = (low - 0.5, high + 0.5);
        }
        let width = (high - low) / n_bins as f64;
        let is_usable =
            n_bins > 0 && width.is_finite() && values.iter().all(|value| value.is_finite());
        if !is_usable {
            return None;
        }
        let mut edges: Vec<f64> = (0..n_bins).map(|bin| low + width * bin as f64).collect();
        edges.push(high);
        let mut counts = vec![0; n_bins];
        for value in values {
            // Rounding in the edges decides, not rounding in a division: the count agrees with the edges shown.
            let bin = edges.partition_point(|edge| edge <= value).saturating_sub(1).min(n_bins - 1);
            if let Some(count) = counts.get_mut(bin) {
                *count += 1;
            }
        }
        Some(Self { edges, counts })
    }

    /// The histogram with about the square root of the number of values as bins, 50 at most.
    pub fn of(values: &[f64]) -> Option<Self> {
        Self::new(values, ((values.len() as f64).sqrt().ceil() as usize).clamp(1, MAX_BINS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bin_has_both_edges() {
        let histogram = Histogram::new(&[0.0, 1.0, 2.0, 3.0, 4.0], 2).expect("five finite values");
        assert_eq!(histogram, Histogram { edges: vec![0.0, 2.0, 4.0], counts: vec![2, 3] });
    }

    #[test]
    fn hostile_values_give_a_histogram_or_none() {
        assert_eq!(Histogram::of(&[]), None);
        assert_eq!(Histogram::of(&[f64::NAN, 1.0]), None);
        assert_eq!(Histogram::of(&[f64::MAX, f64::MIN]), None);
        let constant = Histogram::of(&[2.0; 9]).expect("a constant is a histogram");
        assert_eq!((constant.edges.first(), constant.edges.last()), (Some(&1.5), Some(&2.5)));
        assert_eq!(constant.counts.iter().sum::<u64>(), 9);
    }
}
