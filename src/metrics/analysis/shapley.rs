//! Shapley values: how much each column moves one answer away from the mean answer (Shapley, 1953; Štrumbelj and
//! Kononenko, Journal of Machine Learning Research 11, 2010).

use pg_base::Rng;

/// Up to so many columns every coalition is asked.
pub const MAX_EXACT: usize = 9;

/// One answer, explained. Invariant: `base` and the sum of `values` give `answer`.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// Mean answer where nothing is known of the row.
    pub base: f64,
    /// The answer.
    pub answer: f64,
    /// One per column.
    pub values: Vec<f64>,
    /// Standard error of each value from sampling; 0 where every coalition was asked.
    pub errors: Vec<f64>,
}

/// Explains an answer; `answers_of` gives the answer for each coalition, where `true` marks the columns that are known.
///
/// With more than [`MAX_EXACT`] columns `n_orders` random orders and their reverses are asked (antithetic sampling).
pub fn shapley<E>(
    n_columns: usize,
    n_orders: usize,
    rng: &mut Rng,
    answers_of: impl FnMut(&[Vec<bool>]) -> Result<Vec<f64>, E>,
) -> Result<Explained, E> {
    if n_columns <= MAX_EXACT {
        exact(n_columns, answers_of)
    } else {
        sampled(n_columns, n_orders.max(1), rng, answers_of)
    }
}

fn exact<E>(
    n_columns: usize,
    mut answers_of: impl FnMut(&[Vec<bool>]) -> Result<Vec<f64>, E>,
) -> Result<Explained, E> {
    let coalitions: Vec<Vec<bool>> = (0..1_usize << n_columns)
        .map(|bits| (0..n_columns).map(|column| bits >> column & 1 == 1).collect())
        .collect();
    let answers = answers_of(&coalitions)?;
    let answer = |bits: usize| answers.get(bits).copied().unwrap_or(f64::NAN);
    // size! (n - size - 1)! / n!
    let weight = |size: usize| {
        let mut ways = n_columns as f64;
        for k in 0..size {
            ways *= (n_columns - 1 - k) as f64 / (k + 1) as f64;
        }
        1.0 / ways
    };
    let weights: Vec<f64> = (0..n_columns).map(weight).collect();
    let values = (0..n_columns).map(|column| {
        let without = (0..1_usize << n_columns).filter(|bits| bits >> column & 1 == 0);
        without
            .map(|bits| {
                let weight = weights.get(bits.count_ones() as usize).copied().unwrap_or_default();
                weight * (answer(bits | 1 << column) - answer(bits))
            })
            .sum()
    });
    Ok(Explained {
        base: answer(0),
        answer: answer((1 << n_columns) - 1),
        values: values.collect(),
        errors: vec![0.0; n_columns],
    })
}

fn sampled<E>(
    n_columns: usize,
    n_orders: usize,
    rng: &mut Rng,
    mut answers_of: impl FnMut(&[Vec<bool>]) -> Result<Vec<f64>, E>,
) -> Result<Explained, E> {
    let mut coalitions = vec![vec![false; n_columns], vec![true; n_columns]];
    let mut orders = Vec::with_capacity(2 * n_orders);
    for _ in 0..n_orders {
        let mut order: Vec<usize> = (0..n_columns).collect();
        rng.shuffle(&mut order);
        let reverse: Vec<usize> = order.iter().rev().copied().collect();
        orders.extend([order, reverse]);
    }
    for order in &orders {
        let mut known = vec![false; n_columns];
        for column in order.iter().take(n_columns - 1) {
            if let Some(known) = known.get_mut(*column) {
                *known = true;
            }
            coalitions.push(known.clone());
        }
    }
    let answers = answers_of(&coalitions)?;
    let answer = |at: usize| answers.get(at).copied().unwrap_or(f64::NAN);
    let (base, full) = (answer(0), answer(1));
    // Per pair of an order and its reverse, the mean of what each column adds.
    let mut of_pairs: Vec<Vec<f64>> = vec![vec![0.0; n_columns]; n_orders];
    for (number, order) in orders.iter().enumerate() {
        let start = 2 + number * (n_columns - 1);
        let mut before = base;
        for (step, column) in order.iter().enumerate() {
            let after = if step + 1 == n_columns { full } else { answer(start + step) };
            let added = of_pairs.get_mut(number / 2).and_then(|pair| pair.get_mut(*column));
            if let Some(added) = added {
                *added += (after - before) / 2.0;
            }
            before = after;
        }
    }
    let n = n_orders as f64;
    let column_values =
        |column: usize| of_pairs.iter().filter_map(move |pair| pair.get(column)).copied();
    let values: Vec<f64> =
        (0..n_columns).map(|column| column_values(column).sum::<f64>() / n).collect();
    let errors = values.iter().enumerate().map(|(column, mean)| {
        let squares: f64 = column_values(column).map(|value| (value - mean).powi(2)).sum();
        if n_orders < 2 { 0.0 } else { (squares / (n - 1.0) / n).sqrt() }
    });
    let errors = errors.collect();
    Ok(Explained { base, answer: full, values, errors })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sum with a product of the first two columns.
    fn game(coalitions: &[Vec<bool>]) -> Vec<f64> {
        let value = |known: &Vec<bool>| {
            let sum: f64 = known.iter().zip(1..).map(|(k, i)| f64::from(u8::from(*k) * i)).sum();
            sum + if known[0] && known[1] { 4.0 } else { 0.0 }
        };
        coalitions.iter().map(value).collect()
    }

    #[test]
    fn what_two_columns_do_together_is_shared() {
        let check = |n_columns: usize| {
            let answers_of = |coalitions: &[Vec<bool>]| Ok::<_, ()>(game(coalitions));
            let explained =
                shapley(n_columns, 5, &mut Rng::new(1, "orders"), answers_of).expect("a game");
            for (column, value) in explained.values.iter().enumerate() {
                let own = (column + 1) as f64 + if column < 2 { 2.0 } else { 0.0 };
                assert!((value - own).abs() < 1e-9, "{column} of {n_columns}: {value}");
            }
            let sum: f64 = explained.values.iter().sum();
            assert!((explained.base + sum - explained.answer).abs() < 1e-9);
        };
        // An order and its reverse see a product of two from both sides: exact as well.
        for n_columns in [2, 5, MAX_EXACT, 14] {
            check(n_columns);
        }
        let one = shapley(1, 1, &mut Rng::new(1, ""), |known| {
            Ok::<_, ()>(known.iter().map(|k| f64::from(u8::from(k[0]))).collect())
        });
        assert_eq!(one.map(|one| one.values), Ok(vec![1.0]));
    }
}
