//! Silhouette: how much nearer rows are to their own group than to the next one (Rousseeuw, 1987).

use rayon::prelude::*;

use super::squared;

/// Rows that are measured, spread evenly; all are compared with all of these.
const MAX_ROWS: usize = 2000;

/// Mean over the rows that belong to a group; none for fewer than two groups.
pub(super) fn mean(
    rows: &[f64],
    width: usize,
    labels: &[Option<u32>],
    n_groups: usize,
) -> Option<f64> {
    let step = labels.len().div_ceil(MAX_ROWS).max(1);
    let looked_at: Vec<(&[f64], u32)> = rows
        .chunks(width)
        .zip(labels)
        .step_by(step)
        .filter_map(|(row, label)| Some((row, (*label)?)))
        .collect();
    if n_groups < 2 || looked_at.is_empty() {
        return None;
    }
    let values: Vec<f64> = looked_at
        .par_iter()
        .map(|(row, own)| {
            let mut sums = vec![(0.0, 0_u32); n_groups];
            for (other, label) in &looked_at {
                if let Some((sum, n)) = sums.get_mut(*label as usize) {
                    *sum += squared(row, other).sqrt();
                    *n += 1;
                }
            }
            let of_own = sums.get(*own as usize).copied().unwrap_or((0.0, 0));
            if of_own.1 < 2 {
                return 0.0;
            }
            let within = of_own.0 / f64::from(of_own.1 - 1);
            let others = sums.iter().zip(0..).filter(|((_, n), label)| *n > 0 && label != own);
            let next =
                others.map(|((sum, n), _)| sum / f64::from(*n)).fold(f64::INFINITY, f64::min);
            if next.is_finite() && within.max(next) > 0.0 {
                (next - within) / within.max(next)
            } else {
                0.0
            }
        })
        .collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    mean.is_finite().then_some(mean)
}
