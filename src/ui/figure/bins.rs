//! Edges of histogram bins that people can read: whole numbers where the values are, else steps of 1, 2 or 5.

use super::ticks::nice_step;

/// Bins at most.
const MAX_BINS: usize = 60;
/// Bins at least, where the values differ.
const MIN_BINS: usize = 12;
/// Whole numbers over a range up to this have a bin each.
const MAX_WHOLE: f64 = 40.0;

/// Edges of bins over the finite values, one more than bins; empty without values.
///
/// The width follows Freedman and Diaconis (twice the distance of the quartiles over the cube root of the number).
pub fn histogram_edges(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(low), Some(high)) = (sorted.first().copied(), sorted.last().copied()) else {
        return Vec::new();
    };
    let span = high - low;
    if !span.is_finite() {
        return vec![low, 0.0, high];
    }
    let is_whole =
        sorted.iter().all(|value| value.fract() == 0.0) && high.abs().max(low.abs()) < 1e15;
    if is_whole && span <= MAX_WHOLE {
        return (0..=span as usize + 1).map(|bin| low - 0.5 + bin as f64).collect();
    }
    if span <= low.abs().max(high.abs()) * 1e-12 {
        let around = if low == 0.0 { 0.5 } else { low.abs() * 0.05 };
        return vec![low - around, low + around];
    }
    let quantile = |share: f64| {
        sorted.get((share * (sorted.len() - 1) as f64) as usize).copied().unwrap_or(low)
    };
    let width = 2.0 * (quantile(0.75) - quantile(0.25)) / (sorted.len() as f64).cbrt();
    let wanted =
        if width > 0.0 { (span / width).ceil() } else { (sorted.len() as f64).sqrt().ceil() };
    let n_bins =
        if wanted.is_finite() { (wanted as usize).clamp(MIN_BINS, MAX_BINS) } else { MAX_BINS };
    let mut step = nice_step(span, n_bins);
    if is_whole {
        step = step.max(1.0).round();
    }
    let first = (low / step).floor();
    let n_bins = (((high - first * step) / step).floor() as usize + 1).min(2 * MAX_BINS);
    (0..=n_bins).map(|bin| (first + bin as f64) * step).collect()
}

/// About `n` stretches of readable width over the finite values; empty without values.
pub fn nice_edges(values: &[f64], n: usize) -> Vec<f64> {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let span = high - low;
    if !(span.is_finite() && span > low.abs().max(high.abs()) * 1e-12) {
        return histogram_edges(values);
    }
    let step = nice_step(span, n);
    let first = (low / step).floor();
    let n_edges = ((high / step).ceil() - first) as usize;
    (0..=n_edges.clamp(1, 2 * MAX_BINS)).map(|edge| (first + edge as f64) * step).collect()
}

/// What stands at the edges of bins: as many decimals as tell neighbours apart.
pub fn edge_texts(edges: &[f64]) -> Vec<String> {
    let step = edges
        .windows(2)
        .map(|pair| pair.iter().rev().copied().reduce(|a, b| a - b).unwrap_or_default());
    let step = step.fold(f64::INFINITY, f64::min);
    let largest = edges.iter().fold(0.0, |largest: f64, edge| largest.max(edge.abs()));
    edges.iter().map(|edge| super::text::tick(*edge, step, largest)).collect()
}

/// The bin of a value: each has its lower edge, the last one both; none outside.
pub fn bin_of(edges: &[f64], value: f64) -> Option<usize> {
    let (first, last) = (*edges.first()?, *edges.last()?);
    if !(first..=last).contains(&value) {
        return None;
    }
    Some(
        edges
            .partition_point(|edge| *edge <= value)
            .saturating_sub(1)
            .min(edges.len().saturating_sub(2)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_readable_and_hold_every_value() {
        let check = |values: &[f64], first: &[f64]| {
            let edges = histogram_edges(values);
            assert_eq!(edges.get(..first.len()), Some(first), "{values:?}: {edges:?}");
            for value in values.iter().filter(|value| value.is_finite()) {
                assert!(bin_of(&edges, *value).is_some(), "{value} in {edges:?}");
            }
            assert!(edges.len() <= 2 * MAX_BINS + 1);
        };
        check(&[], &[]);
        check(&[f64::NAN], &[]);
        check(&[3.0, 1.0, 1.0], &[0.5, 1.5, 2.5, 3.5]);
        check(&[0.25], &[0.2375, 0.2625]);
        check(&[0.5, 1.0, 2.25, 6.0], &[0.5, 1.0, 1.5]);
        check(&[f64::MAX, f64::MIN], &[f64::MIN, 0.0, f64::MAX]);
        check(&[1e16, 1e16 + 2.0], &[]);
        let skewed: Vec<f64> =
            (0..500_u32).map(|index| if index == 0 { 1e6 } else { f64::from(index % 3) }).collect();
        check(&skewed, &[0.0]);
    }
}
