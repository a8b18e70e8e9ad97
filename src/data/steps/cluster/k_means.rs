//! K-means: centres move to the middle of the rows that are nearest to them (Lloyd), from spread starts (k-means++).

use pg_base::Rng;
use rayon::prelude::*;

use super::{Found, nearest, squared};

/// Ends where no centre moves further, relative to the spread of the rows (scikit-learn's `tol`).
const TOLERANCE: f64 = 1e-8;

/// Sizes: groups, starts, moves at most.
pub(super) fn find(rows: &[f64], width: usize, sizes: [usize; 3], seed: u64) -> Found {
    let [n_clusters, n_starts, max_moves] = sizes;
    let n_clusters = n_clusters.clamp(1, rows.len() / width);
    let starts = (0..n_starts.max(1)).map(|start| {
        let mut rng = Rng::new(seed, &format!("k-means {start}"));
        let mut centres = spread(rows, width, n_clusters, &mut rng);
        let inertia = settle(rows, width, &mut centres, max_moves.max(1));
        (inertia, centres)
    });
    let best = starts.reduce(|best, other| if other.0 < best.0 { other } else { best });
    let points = best.map(|(_, centres)| centres).unwrap_or_default();
    let labels = (0..(points.len() / width) as u32).collect();
    Found { points, labels, radius: None }
}

/// First centres: each row is drawn the likelier the further it lies from those drawn before.
fn spread(rows: &[f64], width: usize, n_clusters: usize, rng: &mut Rng) -> Vec<f64> {
    let n_rows = rows.len() / width;
    let row = |index: usize| rows.get(index * width..(index + 1) * width).unwrap_or_default();
    let mut centres = row(rng.below(n_rows)).to_vec();
    let mut away = vec![f64::INFINITY; n_rows];
    for _ in 1..n_clusters {
        let newest = centres.get(centres.len() - width..).unwrap_or_default().to_vec();
        for (away, row) in away.iter_mut().zip(rows.chunks(width)) {
            *away = away.min(squared(row, &newest));
        }
        let whole: f64 = away.iter().sum();
        let mut left = rng.unit() * whole;
        let drawn = away.iter().position(|away| {
            left -= away;
            left < 0.0
        });
        let index = drawn.unwrap_or_else(|| rng.below(n_rows));
        centres.extend_from_slice(row(index));
    }
    centres
}

/// Moves the centres until they rest; gives the sum of squared distances.
fn settle(rows: &[f64], width: usize, centres: &mut [f64], max_moves: usize) -> f64 {
    let labels: Vec<u32> = (0..(centres.len() / width) as u32).collect();
    let mut inertia = f64::INFINITY;
    for _ in 0..max_moves {
        let of_rows: Vec<(u32, f64)> = rows
            .par_chunks(width)
            .map(|row| nearest(centres, &labels, row).unwrap_or((0, 0.0)))
            .collect();
        inertia = of_rows.iter().map(|(_, away)| away).sum();
        let mut sums = vec![0.0; centres.len()];
        let mut counts = vec![0_u64; labels.len()];
        for (row, (label, _)) in rows.chunks(width).zip(&of_rows) {
            let at = *label as usize;
            let sum = sums.iter_mut().skip(at * width).take(width);
            sum.zip(row).for_each(|(sum, value)| *sum += value);
            if let Some(count) = counts.get_mut(at) {
                *count += 1;
            }
        }
        let mut moved = 0.0;
        let all = centres.chunks_mut(width).zip(sums.chunks(width)).zip(&counts);
        for ((centre, sum), count) in all.filter(|(_, count)| **count > 0) {
            for (value, sum) in centre.iter_mut().zip(sum) {
                let next = sum / *count as f64;
                moved += (next - *value) * (next - *value);
                *value = next;
            }
        }
        // A centre that nobody is near to moves to the row that is worst off.
        let furthest = of_rows.iter().enumerate().max_by(|a, b| a.1.1.total_cmp(&b.1.1));
        if let (Some(empty), Some((row, (_, away)))) =
            (counts.iter().position(|count| *count == 0), furthest)
            && *away > 0.0
        {
            let from = rows.chunks(width).nth(row).unwrap_or_default();
            let centre = centres.iter_mut().skip(empty * width);
            centre.zip(from).for_each(|(value, new)| *value = *new);
            continue;
        }
        if moved <= TOLERANCE * inertia / (rows.len() / width) as f64 {
            break;
        }
    }
    inertia
}
