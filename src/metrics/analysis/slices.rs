//! Groups of rows, by one or two columns, where a model errs more than elsewhere.

/// A column as small numbers, one per row.
#[derive(Debug, Clone, PartialEq)]
pub struct Coded {
    pub codes: Vec<usize>,
    pub n_codes: usize,
}

/// The rows whose column has this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    pub column: usize,
    pub code: usize,
}

/// A group of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// One or two; all of them hold.
    pub conditions: Vec<Condition>,
    pub n_rows: usize,
    pub mean_loss: f64,
    /// Part of the loss of all rows that this group has.
    pub share_of_loss: f64,
    /// Loss beyond that of as many average rows.
    pub excess: f64,
}

/// A mean so many standard errors above that of the other rows is more than chance, although many groups are tried.
const MIN_Z: f64 = 3.0;
/// A second condition has to make the mean loss of a group so much larger.
const MIN_GAIN: f64 = 1.25;
/// Groups that share more of their rows than this are the same group twice.
const MAX_OVERLAP: f64 = 0.6;

/// Groups of at least `min_rows` rows with the largest excess of loss, at most `n_wanted`, the largest first.
pub fn find_slices(
    columns: &[Coded],
    losses: &[f64],
    min_rows: usize,
    n_wanted: usize,
) -> Vec<Slice> {
    let whole = Sums::of(losses.iter().copied());
    if whole.n_rows < 2.0 || whole.sum <= 0.0 || !whole.squares.is_finite() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut singles: Vec<Vec<Sums>> = Vec::new();
    for (column, coded) in columns.iter().enumerate() {
        let mut sums = vec![Sums::default(); coded.n_codes];
        for (code, loss) in coded.codes.iter().zip(losses) {
            if let Some(sums) = sums.get_mut(*code) {
                sums.add(*loss);
            }
        }
        for (code, sums) in sums.iter().enumerate() {
            found.extend(sums.slice(vec![Condition { column, code }], &whole, min_rows));
        }
        singles.push(sums);
    }
    for (first, coded) in columns.iter().enumerate() {
        for (second, other) in columns.iter().enumerate().skip(first + 1) {
            let mut sums = vec![Sums::default(); coded.n_codes * other.n_codes];
            for ((a, b), loss) in coded.codes.iter().zip(&other.codes).zip(losses) {
                if let Some(sums) = sums.get_mut(a * other.n_codes + b) {
                    sums.add(*loss);
                }
            }
            for (at, sums) in sums.iter().enumerate() {
                let conditions = [(first, at / other.n_codes), (second, at % other.n_codes)]
                    .map(|(column, code)| Condition { column, code });
                let parents = conditions.map(|Condition { column, code }| {
                    singles.get(column).and_then(|sums| sums.get(code)).map_or(0.0, Sums::mean)
                });
                let is_worse = parents.iter().all(|mean| sums.mean() > MIN_GAIN * mean);
                let slice = sums.slice(conditions.to_vec(), &whole, min_rows);
                found.extend(slice.filter(|_| is_worse));
            }
        }
    }
    found.sort_by(|a, b| b.excess.total_cmp(&a.excess));
    let mut kept: Vec<(Slice, Vec<usize>)> = Vec::new();
    for slice in found {
        if kept.len() == n_wanted {
            break;
        }
        let rows = rows_of(columns, &slice.conditions);
        if kept.iter().all(|(_, other)| overlap(&rows, other) <= MAX_OVERLAP) {
            kept.push((slice, rows));
        }
    }
    kept.into_iter().map(|(slice, _)| slice).collect()
}

/// Positions of the rows where all conditions hold, ascending.
fn rows_of(columns: &[Coded], conditions: &[Condition]) -> Vec<usize> {
    let n_rows = columns.first().map_or(0, |column| column.codes.len());
    let holds = |row: usize, condition: &Condition| {
        let code = columns.get(condition.column).and_then(|column| column.codes.get(row));
        code == Some(&condition.code)
    };
    (0..n_rows).filter(|row| conditions.iter().all(|condition| holds(*row, condition))).collect()
}

/// Shared rows over all rows of both; ascending positions.
fn overlap(first: &[usize], second: &[usize]) -> f64 {
    let n_both = first.iter().filter(|row| second.binary_search(row).is_ok()).count();
    n_both as f64 / (first.len() + second.len() - n_both).max(1) as f64
}

/// Number, sum and sum of squares of losses.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    n_rows: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn of(losses: impl Iterator<Item = f64>) -> Self {
        let mut sums = Self::default();
        losses.for_each(|loss| sums.add(loss));
        sums
    }

    fn add(&mut self, loss: f64) {
        self.n_rows += 1.0;
        self.sum += loss;
        self.squares += loss * loss;
    }

    fn mean(&self) -> f64 {
        if self.n_rows == 0.0 { 0.0 } else { self.sum / self.n_rows }
    }

    /// Variance of the mean.
    fn error(&self) -> f64 {
        let variance = (self.squares - self.sum * self.mean()).max(0.0) / (self.n_rows - 1.0);
        variance / self.n_rows
    }

    fn slice(&self, conditions: Vec<Condition>, whole: &Self, min_rows: usize) -> Option<Slice> {
        let rest = Self {
            n_rows: whole.n_rows - self.n_rows,
            sum: whole.sum - self.sum,
            squares: whole.squares - self.squares,
        };
        if self.n_rows < min_rows.max(2) as f64 || rest.n_rows < 2.0 {
            return None;
        }
        let z = (self.mean() - rest.mean()) / (self.error() + rest.error()).sqrt().max(1e-300);
        (z >= MIN_Z).then(|| Slice {
            conditions,
            n_rows: self.n_rows as usize,
            mean_loss: self.mean(),
            share_of_loss: self.sum / whole.sum,
            excess: self.sum - self.n_rows * whole.mean(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_pair_is_found_and_even_losses_give_nothing() {
        let n = 400;
        let first = Coded { codes: (0..n).map(|row| row % 2).collect(), n_codes: 2 };
        let second = Coded { codes: (0..n).map(|row| row / 2 % 3).collect(), n_codes: 3 };
        let columns = [first, second];
        let weak = |row: usize| row % 2 == 1 && row / 2 % 3 == 2;
        let losses: Vec<f64> =
            (0..n).map(|row| if weak(row) || row % 20 == 0 { 1.0 } else { 0.0 }).collect();
        let found = find_slices(&columns, &losses, 10, 5);
        let first = found.first().expect("a weak group");
        let conditions = [Condition { column: 0, code: 1 }, Condition { column: 1, code: 2 }];
        assert_eq!((first.conditions.as_slice(), first.mean_loss), (&conditions[..], 1.0));
        assert!(first.share_of_loss > 0.7, "{first:?}");
        let even: Vec<f64> = (0..n).map(|row| f64::from(u8::from(row * 7 % 10 < 2))).collect();
        assert_eq!(find_slices(&columns, &even, 10, 5), []);
        assert_eq!(find_slices(&[], &[], 10, 5), []);
    }
}
