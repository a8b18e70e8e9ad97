//! Splits: which rows train, which watch and which test; the same seed gives the same parts everywhere.

use std::collections::BTreeMap;

use pg_base::{Rng, Trouble, say};
use serde::{Deserialize, Serialize};

use crate::table::Part;

mod kept;

pub use kept::{Fold, by_time, grouped, grouped_k_folds, named, ordered, time_folds};

/// Shares of the rows; what is left trains.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fractions {
    /// Share of the validation rows, 0 to below 1.
    pub validation: f64,
    /// Share of the test rows, 0 to below 1.
    pub test: f64,
}

impl Default for Fractions {
    fn default() -> Self {
        Self { validation: 0.15, test: 0.15 }
    }
}

impl Fractions {
    fn check(self, n_rows: usize) -> Result<(), Trouble> {
        let Self { validation, test } = self;
        let is_share = |share: f64| (0.0..1.0).contains(&share);
        if !is_share(validation) || !is_share(test) || validation + test >= 1.0 {
            return Err(Trouble::new(
                "fractions-invalid",
                say!(
                    "validation takes {validation} and test {test} of the rows",
                    "验证集占 {validation}，测试集占 {test}"
                ),
            )
            .expected(say!("shares from 0, together below 1", "不小于 0，且总和小于 1")));
        }
        let n_parts = 1 + usize::from(validation > 0.0) + usize::from(test > 0.0);
        if n_rows < n_parts { Err(rows_too_few(n_rows, n_parts)) } else { Ok(()) }
    }
}

/// Assigns parts by chance alone.
/// Validation and test get their share rounded to whole rows, at least one row each where their share is above 0.
pub fn random(n_rows: usize, fractions: Fractions, seed: u64) -> Result<Vec<Part>, Trouble> {
    fractions.check(n_rows)?;
    let mut order: Vec<usize> = (0..n_rows).collect();
    Rng::new(seed, "split").shuffle(&mut order);
    let n_test = whole(n_rows, fractions.test).min(n_rows - 1);
    let n_validation = whole(n_rows, fractions.validation).min(n_rows - 1 - n_test);
    let mut parts = vec![Part::Training; n_rows];
    for (rank, row) in order.into_iter().enumerate() {
        if let Some(part) = parts.get_mut(row).filter(|_| rank < n_test + n_validation) {
            *part = if rank < n_test { Part::Test } else { Part::Validation };
        }
    }
    Ok(parts)
}

/// Assigns parts so that every label has the same share in each (largest remainder), and each label trains at least
/// one row. Rows without a label count as a label of their own.
pub fn stratified<L: Ord>(
    labels: &[Option<L>],
    fractions: Fractions,
    seed: u64,
) -> Result<Vec<Part>, Trouble> {
    let n_rows = labels.len();
    fractions.check(n_rows)?;
    let classes = shuffled_classes(labels, seed);
    let sizes: Vec<usize> = classes.iter().map(Vec::len).collect();
    let free: Vec<usize> = sizes.iter().map(|size| size - 1).collect();
    let n_test = apportion(&sizes, &free, fractions.test);
    let free: Vec<usize> = free.iter().zip(&n_test).map(|(free, taken)| free - taken).collect();
    let n_validation = apportion(&sizes, &free, fractions.validation);
    let is_empty = |share: f64, counts: &[usize]| share > 0.0 && counts.iter().sum::<usize>() == 0;
    if is_empty(fractions.test, &n_test) || is_empty(fractions.validation, &n_validation) {
        let n_labels = sizes.len();
        return Err(rows_too_few(n_rows, n_labels + 2).advice(say!(
            "The {n_labels} labels have too few rows each; use a random split, or merge rare labels.",
            "{n_labels} 个类别的行数过少；请改用随机划分，或合并稀少的类别。"
        )));
    }
    let mut parts = vec![Part::Training; n_rows];
    for ((class, n_test), n_validation) in classes.iter().zip(n_test).zip(n_validation) {
        assign(&mut parts, class.iter().take(n_test), Part::Test);
        assign(&mut parts, class.iter().skip(n_test).take(n_validation), Part::Validation);
    }
    Ok(parts)
}

/// Parts of each of `n_folds` runs: every row is tested exactly once; of the other rows a share validates.
pub fn k_folds(
    n_rows: usize,
    n_folds: usize,
    validation: f64,
    seed: u64,
) -> Result<Vec<Vec<Part>>, Trouble> {
    folds(vec![shuffled(n_rows, seed)], n_rows, n_folds, validation)
}

/// The same with every label spread evenly over the folds.
/// A label with a single row is tested in one fold without having been trained there.
pub fn stratified_k_folds<L: Ord>(
    labels: &[Option<L>],
    n_folds: usize,
    validation: f64,
    seed: u64,
) -> Result<Vec<Vec<Part>>, Trouble> {
    folds(shuffled_classes(labels, seed), labels.len(), n_folds, validation)
}

fn folds(
    classes: Vec<Vec<usize>>,
    n_rows: usize,
    n_folds: usize,
    validation: f64,
) -> Result<Vec<Vec<Part>>, Trouble> {
    if n_folds < 2 {
        return Err(Trouble::new(
            "folds-invalid",
            say!("there are {n_folds} folds", "折数为 {n_folds}"),
        )
        .expected(say!("at least 2", "至少 2")));
    }
    let n_needed = n_folds.max(if validation > 0.0 { 3 } else { 2 });
    if n_rows < n_needed {
        return Err(rows_too_few(n_rows, n_needed));
    }
    Fractions { validation, test: 0.0 }.check(n_rows - n_rows.div_ceil(n_folds))?;
    // Dealing goes on from class to class, so that the folds differ by one row at most.
    let dealt: Vec<Vec<(usize, usize)>> = {
        let mut turn = 0..;
        let mut deal = |row: usize| (row, turn.next().unwrap_or(0) % n_folds);
        classes.into_iter().map(|class| class.into_iter().map(&mut deal).collect()).collect()
    };
    let mut runs = Vec::with_capacity(n_folds);
    for fold in 0..n_folds {
        let mut parts = vec![Part::Test; n_rows];
        let others: Vec<Vec<usize>> = dealt
            .iter()
            .map(|class| {
                class.iter().filter(|(_, of)| *of != fold).map(|(row, _)| *row).collect::<Vec<_>>()
            })
            .filter(|class| !class.is_empty())
            .collect();
        let sizes: Vec<usize> = others.iter().map(Vec::len).collect();
        let free: Vec<usize> = sizes.iter().map(|size| size - 1).collect();
        for (class, n_validation) in others.iter().zip(apportion(&sizes, &free, validation)) {
            assign(&mut parts, class.iter(), Part::Training);
            assign(&mut parts, class.iter().take(n_validation), Part::Validation);
        }
        runs.push(parts);
    }
    Ok(runs)
}

fn assign<'a>(parts: &mut [Part], rows: impl Iterator<Item = &'a usize>, part: Part) {
    for &row in rows {
        if let Some(slot) = parts.get_mut(row) {
            *slot = part;
        }
    }
}

fn shuffled(n_rows: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n_rows).collect();
    Rng::new(seed, "split").shuffle(&mut order);
    order
}

/// The rows of each label in random order, labels in their own order; never an empty class.
fn shuffled_classes<L: Ord>(labels: &[Option<L>], seed: u64) -> Vec<Vec<usize>> {
    let mut classes: BTreeMap<Option<&L>, Vec<usize>> = BTreeMap::new();
    for row in shuffled(labels.len(), seed) {
        if let Some(label) = labels.get(row) {
            classes.entry(label.as_ref()).or_default().push(row);
        }
    }
    classes.into_values().collect()
}

/// A share of `n_rows` in whole rows; at least 1 where the share is above 0.
fn whole(n_rows: usize, share: f64) -> usize {
    let n = (n_rows as f64 * share).round() as usize;
    if share > 0.0 { n.max(1) } else { 0 }
}

/// Rows taken from each class: its share rounded down, then one more for the largest remainders until the whole is
/// reached; never more than `free`.
fn apportion(sizes: &[usize], free: &[usize], share: f64) -> Vec<usize> {
    let total = whole(sizes.iter().sum(), share);
    let quotas: Vec<f64> = sizes.iter().map(|size| *size as f64 * share).collect();
    let mut taken: Vec<usize> = quotas
        .iter()
        .zip(free)
        .map(|(quota, free)| ((quota + 1e-9).floor() as usize).min(*free))
        .collect();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    let remainder =
        |class: &usize| quotas.get(*class).map_or(0.0, |quota| quota - (quota + 1e-9).floor());
    by_remainder.sort_by(|a, b| remainder(b).total_cmp(&remainder(a)));
    let mut left = total.saturating_sub(taken.iter().sum());
    // One more round for each row that full classes could not give.
    while left > 0 {
        let before = left;
        for &class in &by_remainder {
            if let (Some(n), Some(free)) = (taken.get_mut(class), free.get(class))
                && left > 0
                && *n < *free
            {
                *n += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    taken
}

fn rows_too_few(n_rows: usize, n_needed: usize) -> Trouble {
    Trouble::new("rows-too-few", say!("there are {n_rows} rows", "共有 {n_rows} 行"))
        .expected(say!("at least {n_needed}", "至少 {n_needed} 行"))
        .advice(say!("Add rows, or ask for fewer parts.", "请增加数据，或减少划分的份数。"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(parts: &[Part], part: Part) -> usize {
        parts.iter().filter(|one| **one == part).count()
    }

    fn labels(sizes: &[(&str, usize)]) -> Vec<Option<String>> {
        sizes.iter().flat_map(|(name, n)| vec![Some((*name).to_owned()); *n]).collect()
    }

    const FRACTIONS: Fractions = Fractions { validation: 0.2, test: 0.25 };

    #[test]
    fn random_split_has_the_shares_and_depends_on_the_seed() {
        let parts = random(100, FRACTIONS, 1).expect("enough rows");
        assert_eq!(Part::ALL.map(|part| count(&parts, part)), [55, 20, 25]);
        assert_eq!(parts, random(100, FRACTIONS, 1).expect("enough rows"));
        assert_ne!(parts, random(100, FRACTIONS, 2).expect("enough rows"));
        assert_eq!(
            Part::ALL.map(|part| count(&random(3, FRACTIONS, 1).expect("three"), part)),
            [1, 1, 1]
        );
        assert_eq!(random(2, FRACTIONS, 1).expect_err("two rows").code, "rows-too-few");
        let all = Fractions { validation: 0.5, test: 0.5 };
        assert_eq!(random(9, all, 1).expect_err("nothing left").code, "fractions-invalid");
        assert_eq!(
            random(9, Fractions { test: f64::NAN, ..all }, 1).expect_err("nan").code,
            "fractions-invalid"
        );
    }

    #[test]
    fn stratified_split_keeps_proportions_and_trains_every_class() {
        let labels = labels(&[("a", 60), ("b", 30), ("c", 10), ("d", 2), ("e", 1)]);
        let parts = stratified(&labels, FRACTIONS, 3).expect("enough rows");
        let of = |name: &str, part: Part| {
            let pairs = labels.iter().zip(&parts);
            pairs.filter(|(label, found)| label.as_deref() == Some(name) && **found == part).count()
        };
        assert_eq!(of("a", Part::Test), 15);
        assert_eq!(of("a", Part::Validation), 12);
        assert!((7..=8).contains(&of("b", Part::Test)));
        for name in ["a", "b", "c", "d", "e"] {
            assert!(of(name, Part::Training) >= 1, "{name}");
        }
        assert_eq!(count(&parts, Part::Test), 26);
        let lonely: Vec<Option<String>> = (0..9).map(|n| Some(n.to_string())).collect();
        assert_eq!(
            stratified(&lonely, FRACTIONS, 1).expect_err("one row each").code,
            "rows-too-few"
        );
    }

    #[test]
    fn folds_test_every_row_once() {
        let labels = labels(&[("a", 11), ("b", 7), ("c", 5)]);
        for runs in [k_folds(23, 5, 0.2, 1), stratified_k_folds(&labels, 5, 0.2, 1)] {
            let runs = runs.expect("enough rows");
            assert_eq!(runs.len(), 5);
            for row in 0..23 {
                assert_eq!(runs.iter().filter(|parts| parts[row] == Part::Test).count(), 1);
            }
            for parts in &runs {
                assert!((4..=5).contains(&count(parts, Part::Test)), "{parts:?}");
                assert!((3..=4).contains(&count(parts, Part::Validation)), "{parts:?}");
            }
        }
        assert!(k_folds(5, 5, 0.0, 1).is_ok());
        assert_eq!(k_folds(4, 5, 0.0, 1).expect_err("too few").code, "rows-too-few");
        assert_eq!(k_folds(4, 1, 0.0, 1).expect_err("one fold").code, "folds-invalid");
    }
}
