//! Sequential minimal optimisation with second-order choice of the pair (Fan, Chen and Lin, 2005), as in LIBSVM.

use pg_base::{CancelToken, Trouble};

use super::kernel::Rows;

/// How far the conditions of the optimum may be missed.
const TOLERANCE: f64 = 1e-3;
const MAX_STEPS: usize = 2_000_000;

/// One bounded variable.
#[derive(Clone, Copy)]
struct Variable {
    /// Row of the kernel.
    row: usize,
    sign: f64,
    cost: f64,
    value: f64,
    /// Slope of the goal.
    slope: f64,
}

impl Variable {
    fn may_rise(&self) -> bool {
        if self.sign > 0.0 { self.value < self.cost } else { self.value > 0.0 }
    }

    fn may_fall(&self) -> bool {
        if self.sign > 0.0 { self.value > 0.0 } else { self.value < self.cost }
    }

    fn room_up(&self) -> f64 {
        if self.sign > 0.0 { self.cost - self.value } else { self.value }
    }

    fn room_down(&self) -> f64 {
        if self.sign > 0.0 { self.value } else { self.cost - self.value }
    }
}

/// Parts two classes (signs 1 and -1); gives a coefficient per row and the bias.
pub(super) fn gap(
    rows: &mut Rows<'_>,
    signs: &[f64],
    costs: &[f64],
    cancel: &CancelToken,
) -> Result<(Vec<f64>, f64), Trouble> {
    let variable = |(row, (sign, cost)): (usize, (&f64, &f64))| Variable {
        row,
        sign: *sign,
        cost: *cost,
        value: 0.0,
        slope: -1.0,
    };
    solve(rows, signs.iter().zip(costs).enumerate().map(variable).collect(), cancel)
}

/// Lays a tube around numbers; gives a coefficient per row and the bias.
pub(super) fn tube(
    rows: &mut Rows<'_>,
    numbers: &[f64],
    half_width: f64,
    costs: &[f64],
    cancel: &CancelToken,
) -> Result<(Vec<f64>, f64), Trouble> {
    let side = |sign: f64| {
        let known = numbers.iter().zip(costs).enumerate();
        known.map(move |(row, (number, cost))| Variable {
            row,
            sign,
            cost: *cost,
            value: 0.0,
            slope: half_width - sign * number,
        })
    };
    solve(rows, side(1.0).chain(side(-1.0)).collect(), cancel)
}

fn solve(
    rows: &mut Rows<'_>,
    mut all: Vec<Variable>,
    cancel: &CancelToken,
) -> Result<(Vec<f64>, f64), Trouble> {
    let diagonal = rows.diagonal();
    let own = |row: usize| diagonal.get(row).copied().unwrap_or(0.0);
    for step in 0..MAX_STEPS {
        if step % 256 == 0 {
            cancel.check()?;
        }
        let up = all.iter().enumerate().filter(|(_, one)| one.may_rise());
        let highest = up
            .map(|(at, one)| (at, -one.sign * one.slope))
            .reduce(|best, other| if other.1 > best.1 { other } else { best });
        let Some((first, highest)) = highest else { break };
        let Some(one) = all.get(first).copied() else { break };
        let near = rows.get(one.row);
        let mut second: Option<(usize, f64)> = None;
        let mut lowest = f64::INFINITY;
        for (at, other) in all.iter().enumerate().filter(|(_, other)| other.may_fall()) {
            let pull = -other.sign * other.slope;
            lowest = lowest.min(pull);
            let between = highest - pull;
            if between > 0.0 {
                let similar = f64::from(near.get(other.row).copied().unwrap_or(0.0));
                let curve = (own(one.row) + own(other.row) - 2.0 * similar).max(1e-12);
                let gain = between * between / curve;
                if second.is_none_or(|(_, best)| gain > best) {
                    second = Some((at, gain));
                }
            }
        }
        let Some((second, _)) = second.filter(|_| highest - lowest >= TOLERANCE) else { break };
        let Some(other) = all.get(second).copied() else { break };
        let far = rows.get(other.row);
        let similar = f64::from(near.get(other.row).copied().unwrap_or(0.0));
        let curve = (own(one.row) + own(other.row) - 2.0 * similar).max(1e-12);
        let wanted = (highest + other.sign * other.slope) / curve;
        let move_by = wanted.min(one.room_up()).min(other.room_down());
        if let Some(one) = all.get_mut(first) {
            one.value = (one.value + one.sign * move_by).clamp(0.0, one.cost);
        }
        if let Some(other) = all.get_mut(second) {
            other.value = (other.value - other.sign * move_by).clamp(0.0, other.cost);
        }
        for each in &mut all {
            let (near, far) = (near.get(each.row), far.get(each.row));
            let change =
                f64::from(near.copied().unwrap_or(0.0)) - f64::from(far.copied().unwrap_or(0.0));
            each.slope += each.sign * move_by * change;
        }
    }
    Ok((coefficients(&all, rows.len()), bias(&all)))
}

fn coefficients(all: &[Variable], n_rows: usize) -> Vec<f64> {
    let mut coefficients = vec![0.0; n_rows];
    for one in all {
        if let Some(coefficient) = coefficients.get_mut(one.row) {
            *coefficient += one.sign * one.value;
        }
    }
    coefficients
}

/// From the variables strictly between their bounds, else the middle of what is allowed.
fn bias(all: &[Variable]) -> f64 {
    let pull = |one: &Variable| -one.sign * one.slope;
    let free: Vec<f64> =
        all.iter().filter(|one| one.may_rise() && one.may_fall()).map(pull).collect();
    if !free.is_empty() {
        return free.iter().sum::<f64>() / free.len() as f64;
    }
    let up = all.iter().filter(|one| one.may_rise()).map(pull).fold(f64::MIN, f64::max);
    let down = all.iter().filter(|one| one.may_fall()).map(pull).fold(f64::MAX, f64::min);
    if up > f64::MIN && down < f64::MAX { f64::midpoint(up, down) } else { 0.0 }
}
