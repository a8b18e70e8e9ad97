//! Statistics of one column of numbers; the results are always finite, so that a recipe can be written as JSON.

use polars::prelude::Float64Chunked;

/// The finite values, in order.
pub(crate) fn finite(values: &Float64Chunked) -> Vec<f64> {
    let mut found = Vec::with_capacity(values.len() - values.null_count());
    if values.null_count() == 0 {
        for chunk in values.downcast_iter() {
            found.extend(chunk.values_iter().filter(|value| value.is_finite()));
        }
    } else {
        found.extend(values.iter().flatten().filter(|value| value.is_finite()));
    }
    found
}

/// Mean and population standard deviation (divided by n), in two passes; (0, 1) without values.
/// The deviation of a constant column, up to rounding, is 1, as in scikit-learn's `StandardScaler`.
pub(crate) fn mean_and_scale(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 1.0);
    }
    let n = values.len() as f64;
    let moments = |shrink: f64| {
        let mean = sum(values, |value| value * shrink) / n;
        (mean, sum(values, |value| (value * shrink - mean).powi(2)) / n)
    };
    let (mut unit, (mut mean, mut variance)) = (1.0, moments(1.0));
    if !variance.is_finite() {
        // Squares beyond 1e308 overflow: such columns are computed in units of their largest value.
        unit = values.iter().fold(1.0, |largest: f64, value| largest.max(value.abs()));
        (mean, variance) = moments(1.0 / unit);
    }
    let rounding = n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2);
    let scale = if variance <= rounding { 1.0 } else { bounded(variance.sqrt() * unit) };
    (bounded(mean * unit), scale)
}

/// Sum in eight lanes, which the processor adds side by side; the order of adding is always the same.
fn sum(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    let (blocks, rest) = values.as_chunks::<8>();
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane += term(*value);
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|value| term(*value)).sum::<f64>()
}

/// Mean; none without values.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| mean_and_scale(values).0)
}

/// Smallest and largest; none without values.
pub(crate) fn range(values: &[f64]) -> Option<(f64, f64)> {
    let (&first, rest) = values.split_first()?;
    Some(rest.iter().fold((first, first), |(low, high), &value| (low.min(value), high.max(value))))
}

/// The value below which a `fraction` of the values lies, by linear interpolation between neighbours
/// (NumPy's default); none without values. Reorders the values.
pub(crate) fn quantile(values: &mut [f64], fraction: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let position = fraction.clamp(0.0, 1.0) * last as f64;
    let index = (position.floor() as usize).min(last);
    let (_, &mut low, above) = values.select_nth_unstable_by(index, f64::total_cmp);
    let high = above.iter().copied().reduce(f64::min).unwrap_or(low);
    let share = position - index as f64;
    Some(bounded(low * (1.0 - share) + high * share))
}

/// The most frequent value, of equally frequent ones the smallest; none without values. Reorders the values.
pub(crate) fn most_frequent(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let mut best: Option<(usize, f64)> = None;
    for run in values.chunk_by(|a, b| a == b) {
        let Some(&value) = run.first() else { continue };
        if best.is_none_or(|(n, _)| run.len() > n) {
            best = Some((run.len(), value));
        }
    }
    best.map(|(_, value)| value)
}

/// The nearest finite number.
pub(crate) fn bounded(value: f64) -> f64 {
    value.clamp(f64::MIN, f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huge_values_stay_finite() {
        let (mean, scale) = mean_and_scale(&[1e308, -1e308, 1e308]);
        assert!(mean.is_finite() && scale.is_finite() && scale > 1e307, "{mean} {scale}");
        assert_eq!(mean_and_scale(&[0.5; 10]), (0.5, 1.0));
        assert_eq!(mean_and_scale(&[]), (0.0, 1.0));
        assert!(quantile(&mut [f64::MAX, f64::MIN, f64::MAX], 0.25).is_some_and(f64::is_finite));
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&mut [4.0, 1.0, 3.0, 2.0], 0.5), Some(2.5));
        assert_eq!(quantile(&mut [7.0], 0.9), Some(7.0));
        assert_eq!(quantile(&mut [], 0.5), None);
        assert_eq!(most_frequent(&mut [3.0, 2.0, 3.0, 2.0, 9.0]), Some(2.0));
    }
}
