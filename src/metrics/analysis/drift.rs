//! Whether new rows are distributed as the rows before.

use super::probability::{chi_squared_tail, kolmogorov_tail};

/// A share of no rows counts as this much, so that its logarithm exists.
const LEAST_SHARE: f64 = 1e-4;
/// Bins of numbers: tenths of the reference.
const N_BINS: usize = 10;

/// A test of equal distributions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    pub statistic: f64,
    pub p_value: f64,
}

/// The population stability index of two lists of counts over the same bins; none where one has no rows.
pub fn psi(reference: &[u64], current: &[u64]) -> Option<f64> {
    let (n_reference, n_current) = (reference.iter().sum::<u64>(), current.iter().sum::<u64>());
    if n_reference == 0 || n_current == 0 {
        return None;
    }
    let share = |count: u64, n: u64| (count as f64 / n as f64).max(LEAST_SHARE);
    let terms = reference.iter().zip(current).map(|(before, now)| {
        let (before, now) = (share(*before, n_reference), share(*now, n_current));
        (now - before) * (now / before).ln()
    });
    Some(terms.sum())
}

/// The same of numbers, in tenths of the reference; ascending values.
pub fn psi_of_numbers(reference: &[f64], current: &[f64]) -> Option<f64> {
    let edge = |bin: usize| {
        let position = bin as f64 / N_BINS as f64 * reference.len().checked_sub(1)? as f64;
        let below = *reference.get(position.floor() as usize)?;
        let above = *reference.get(position.ceil() as usize)?;
        Some(below + (above - below) * position.fract())
    };
    let mut edges: Vec<f64> = (1..N_BINS).filter_map(edge).collect();
    edges.dedup();
    let counts = |values: &[f64]| {
        let mut counts = vec![0; edges.len() + 1];
        for value in values {
            let bin = edges.partition_point(|edge| edge <= value);
            if let Some(count) = counts.get_mut(bin) {
                *count += 1;
            }
        }
        counts
    };
    psi(&counts(reference), &counts(current))
}

/// The largest distance of two distribution functions, from ascending values; the chance is the limit for many rows
/// (`scipy.special.kolmogorov`). None where one has no values.
pub fn kolmogorov_smirnov(first: &[f64], second: &[f64]) -> Option<Deviation> {
    if first.is_empty() || second.is_empty() {
        return None;
    }
    let (n, m) = (first.len() as f64, second.len() as f64);
    let mut statistic: f64 = 0.0;
    for value in first.iter().chain(second) {
        let below = |values: &[f64]| values.partition_point(|other| other <= value) as f64;
        statistic = statistic.max((below(first) / n - below(second) / m).abs());
    }
    let p_value = kolmogorov_tail((n * m / (n + m)).sqrt() * statistic);
    Some(Deviation { statistic, p_value })
}

/// Pearson's chi-squared of two lists of counts over the same categories; equals
/// `scipy.stats.chi2_contingency(correction=False)`. None with fewer than two categories or without rows.
pub fn chi_squared(first: &[u64], second: &[u64]) -> Option<Deviation> {
    let (n_first, n_second) = (first.iter().sum::<u64>() as f64, second.iter().sum::<u64>() as f64);
    let pairs: Vec<(f64, f64)> = first
        .iter()
        .zip(second)
        .filter(|(a, b)| **a + **b > 0)
        .map(|(a, b)| (*a as f64, *b as f64))
        .collect();
    if n_first == 0.0 || n_second == 0.0 || pairs.len() < 2 {
        return None;
    }
    let n = n_first + n_second;
    let terms = pairs.iter().map(|(a, b)| {
        let (of_first, of_second) = ((a + b) * n_first / n, (a + b) * n_second / n);
        (a - of_first).powi(2) / of_first + (b - of_second).powi(2) / of_second
    });
    let statistic = terms.sum();
    Some(Deviation { statistic, p_value: chi_squared_tail(statistic, (pairs.len() - 1) as f64) })
}
