//! Small numerical tools: softmax, a symmetric linear system, and minimising a smooth function.

use std::collections::VecDeque;

use pg_base::{CancelToken, Trouble};

/// Probabilities of the scores of one row.
pub(crate) fn softmax(scores: &[f64], answers: &mut [f32]) {
    let highest = scores.iter().copied().fold(f64::MIN, f64::max);
    let whole: f64 = scores.iter().map(|score| (score - highest).exp()).sum();
    for (answer, score) in answers.iter_mut().zip(scores) {
        *answer = ((score - highest).exp() / whole) as f32;
    }
}

/// Product of two vectors, summed in four lanes; the order of adding is always the same.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let (a_blocks, a_rest) = a.as_chunks::<4>();
    let (b_blocks, b_rest) = b.as_chunks::<4>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

/// Product of a row of numbers with coefficients.
pub(crate) fn dot_row(row: &[f32], coefficients: &[f64]) -> f64 {
    row.iter().zip(coefficients).map(|(value, by)| f64::from(*value) * by).sum()
}

/// Solves `matrix · x = right` for a symmetric matrix without negative eigenvalues (Cholesky); directions that the
/// matrix does not know get next to nothing, as in a least-squares solution of least length.
pub(crate) fn solve_symmetric(mut matrix: Vec<Vec<f64>>, right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let scale: Vec<f64> = matrix
        .iter()
        .enumerate()
        .map(|(at, row)| row.get(at).copied().filter(|value| *value > 0.0).map_or(1.0, f64::sqrt))
        .collect();
    // Unit diagonal: what counts as nothing is then the same for all columns.
    for (row, scale_row) in matrix.iter_mut().zip(&scale) {
        row.iter_mut().zip(&scale).for_each(|(value, scale)| *value /= scale * scale_row);
    }
    let mut lower: Vec<Vec<f64>> = Vec::with_capacity(n);
    for (at, row) in matrix.iter().enumerate() {
        let mut new: Vec<f64> = Vec::with_capacity(at + 1);
        for (other, value) in lower.iter().zip(row) {
            let known = new.len();
            let rest = value - dot(&new, other.get(..known).unwrap_or_default());
            new.push(rest / other.get(known).copied().unwrap_or(1.0));
        }
        let rest = row.get(at).copied().unwrap_or(0.0) - dot(&new, &new);
        new.push(if rest > 1e-10 { rest.sqrt() } else { 1e8 });
        lower.push(new);
    }
    let mut x: Vec<f64> = Vec::with_capacity(n);
    for ((row, right), scale) in lower.iter().zip(right).zip(&scale) {
        let (before, pivot) = row.split_at(x.len().min(row.len()));
        let value = right / scale - dot(before, &x);
        x.push(value / pivot.first().copied().unwrap_or(1.0));
    }
    for at in (0..n).rev() {
        let pivot = lower.get(at).and_then(|row| row.get(at)).copied().unwrap_or(1.0);
        let value = x.get(at).copied().unwrap_or(0.0) / pivot;
        let row = lower.get(at).map(Vec::as_slice).unwrap_or_default();
        x.iter_mut().zip(row).take(at).for_each(|(x, by)| *x -= by * value);
        if let Some(slot) = x.get_mut(at) {
            *slot = value;
        }
    }
    x.iter_mut().zip(scale).for_each(|(x, scale)| *x /= scale);
    x
}

/// Minimises a smooth function by L-BFGS (Nocedal and Wright, algorithm 7.4) from a start.
/// `function` writes the gradient and gives the value; it ends where the gradient is shorter than `tolerance`.
pub(crate) fn minimise(
    mut x: Vec<f64>,
    max_steps: usize,
    tolerance: f64,
    cancel: &CancelToken,
    mut function: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Result<Vec<f64>, Trouble> {
    const MEMORY: usize = 10;
    let mut gradient = vec![0.0; x.len()];
    let mut value = function(&x, &mut gradient);
    let mut past: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::with_capacity(MEMORY);
    for _ in 0..max_steps {
        cancel.check()?;
        if gradient.iter().all(|slope| slope.abs() <= tolerance) {
            break;
        }
        let mut direction = way(&gradient, &past);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            past.clear();
            direction = gradient.iter().map(|slope| -slope).collect();
            slope = -dot(&gradient, &gradient);
        }
        let mut step = if past.is_empty() { 1.0 / slope.abs().sqrt().max(1.0) } else { 1.0 };
        let mut next_gradient = vec![0.0; x.len()];
        let mut moved = None;
        for _ in 0..50 {
            let next: Vec<f64> = x.iter().zip(&direction).map(|(x, d)| x + step * d).collect();
            let next_value = function(&next, &mut next_gradient);
            if next_value.is_finite() && next_value <= value + 1e-4 * step * slope {
                moved = Some((next, next_value));
                break;
            }
            step *= 0.5;
        }
        let Some((next, next_value)) = moved else { break };
        let s: Vec<f64> = next.iter().zip(&x).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curve = dot(&s, &y);
        if curve > 1e-14 * dot(&y, &y) {
            if past.len() == MEMORY {
                past.pop_front();
            }
            past.push_back((s, y, curve));
        }
        (x, value) = (next, next_value);
        std::mem::swap(&mut gradient, &mut next_gradient);
    }
    Ok(x)
}

/// The two-loop recursion: minus the gradient, bent by the remembered steps.
fn way(gradient: &[f64], past: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut q = gradient.to_vec();
    let mut shares = Vec::with_capacity(past.len());
    for (s, y, curve) in past.iter().rev() {
        let share = dot(s, &q) / curve;
        q.iter_mut().zip(y).for_each(|(q, y)| *q -= share * y);
        shares.push(share);
    }
    if let Some((_, y, curve)) = past.back() {
        let scale = curve / dot(y, y);
        for q in &mut q {
            *q *= scale;
        }
    }
    for ((s, y, curve), share) in past.iter().zip(shares.iter().rev()) {
        let back = dot(y, &q) / curve;
        q.iter_mut().zip(s).for_each(|(q, s)| *q += (share - back) * s);
    }
    q.into_iter().map(|q| -q).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_solved_and_unknown_directions_stay_small() {
        let x = solve_symmetric(vec![vec![4.0, 2.0], vec![2.0, 3.0]], &[2.0, 1.0]);
        assert!((x[0] - 0.5).abs() < 1e-12 && x[1].abs() < 1e-12, "{x:?}");
        let x = solve_symmetric(vec![vec![1.0, 1.0], vec![1.0, 1.0]], &[1.0, 1.0]);
        assert!((x[0] + x[1] - 1.0).abs() < 1e-6 && x[1].abs() < 1e-6, "{x:?}");
    }

    #[test]
    fn a_curved_valley_is_followed_to_its_end() {
        let valley = |x: &[f64], g: &mut [f64]| {
            let bend = x[1] - x[0] * x[0];
            g[0] = -400.0 * bend * x[0] - 2.0 * (1.0 - x[0]);
            g[1] = 200.0 * bend;
            100.0 * bend * bend + (1.0 - x[0]).powi(2)
        };
        let x = minimise(vec![-1.2, 1.0], 500, 1e-9, &CancelToken::default(), valley);
        let x = x.expect("not cancelled");
        assert!((x[0] - 1.0).abs() < 1e-6 && (x[1] - 1.0).abs() < 1e-6, "{x:?}");
    }
}
