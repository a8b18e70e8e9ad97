//! Splits that keep something: rows of one group together, the order of time, or parts that the data names itself.

use std::collections::{BTreeMap, BTreeSet};

use pg_base::{Rng, Trouble, say};

use super::{Fractions, rows_too_few, whole};
use crate::table::Part;

/// Part of each row of one run of a cross-validation; none for rows that the run leaves out.
pub type Fold = Vec<Option<Part>>;

/// Assigns whole groups, so that no group is in two parts. Shares are met as closely as the groups allow, with at
/// least one group in each part. A row without a group is a group of its own.
pub fn grouped(
    groups: &[Option<String>],
    fractions: Fractions,
    seed: u64,
) -> Result<Vec<Part>, Trouble> {
    let n_rows = groups.len();
    fractions.check(n_rows)?;
    let groups = shuffled_groups(groups, seed);
    let n_parts = 1 + usize::from(fractions.validation > 0.0) + usize::from(fractions.test > 0.0);
    if groups.len() < n_parts {
        return Err(too_few_groups(groups.len(), n_parts));
    }
    let mut parts = vec![Part::Training; n_rows];
    let mut left: Vec<&Vec<usize>> = groups.iter().collect();
    // One group at least is left for validation, where it is wanted, and one for training.
    let n_kept = 1 + usize::from(fractions.validation > 0.0);
    let wanted =
        [(Part::Test, fractions.test, n_kept), (Part::Validation, fractions.validation, 1)];
    for (part, share, n_kept) in wanted {
        let n_free = left.len().saturating_sub(n_kept);
        for group in taken_groups(&mut left, whole(n_rows, share), n_free) {
            super::assign(&mut parts, group.iter(), part);
        }
    }
    Ok(parts)
}

/// The last rows of an order are tested, those before validate, the first train.
pub fn ordered(order: &[usize], fractions: Fractions) -> Result<Vec<Part>, Trouble> {
    let n_rows = order.len();
    fractions.check(n_rows)?;
    let n_test = whole(n_rows, fractions.test).min(n_rows - 1);
    let n_validation = whole(n_rows, fractions.validation).min(n_rows - 1 - n_test);
    let mut parts = vec![Part::Training; n_rows];
    super::assign(&mut parts, order.iter().rev().take(n_test), Part::Test);
    super::assign(&mut parts, order.iter().rev().skip(n_test).take(n_validation), Part::Validation);
    Ok(parts)
}

/// Rows from the earliest to the latest; rows without a time come first, equal times stay in order.
pub fn by_time(times: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..times.len()).collect();
    let time = |row: &usize| {
        times.get(*row).copied().filter(|time| !time.is_nan()).unwrap_or(f64::NEG_INFINITY)
    };
    order.sort_by(|a, b| time(a).total_cmp(&time(b)));
    order
}

/// Parts as a column says them; names are compared without regard to capitals.
///
/// Errors: `part-unknown` for a value that names no part, `rows-too-few` where no row trains.
pub fn named(labels: &[Option<String>], names: [&[String]; 3]) -> Result<Vec<Part>, Trouble> {
    let plain = |name: &str| name.trim().to_lowercase();
    let mut known: BTreeMap<String, Part> = BTreeMap::new();
    for (part, names) in Part::ALL.into_iter().zip(names) {
        known.extend(names.iter().map(|name| (plain(name), part)));
    }
    let mut unknown: BTreeSet<&str> = BTreeSet::new();
    let parts: Vec<Part> = labels
        .iter()
        .map(|label| {
            let label = label.as_deref().unwrap_or("");
            known.get(&plain(label)).copied().unwrap_or_else(|| {
                unknown.insert(label);
                Part::Training
            })
        })
        .collect();
    if !unknown.is_empty() {
        let list: Vec<String> = unknown.iter().take(5).map(|name| format!("`{name}`")).collect();
        let list = list.join(", ");
        return Err(Trouble::new(
            "column-part-unknown",
            say!("the values {list} name no part", "取值 {list} 不对应任何部分"),
        )
        .expected(say!("values named for training, validation or test", "训练、验证或测试的取值"))
        .advice(say!(
            "Add them to the values of a part, or choose another column.",
            "请将其加入某一部分的取值，或选择其他列。"
        )));
    }
    if parts.contains(&Part::Training) { Ok(parts) } else { Err(rows_too_few(0, 1)) }
}

/// Whole groups are tested, each once; folds get nearly equally many rows. Of the other groups a share validates.
pub fn grouped_k_folds(
    groups: &[Option<String>],
    n_folds: usize,
    validation: f64,
    seed: u64,
) -> Result<Vec<Fold>, Trouble> {
    let n_rows = groups.len();
    let mut groups = shuffled_groups(groups, seed);
    let n_needed = n_folds.max(if validation > 0.0 { 3 } else { 2 });
    if groups.len() < n_needed {
        return Err(too_few_groups(groups.len(), n_needed));
    }
    // The largest first, each to the smallest fold.
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut folds: Vec<(usize, Vec<&Vec<usize>>)> = vec![(0, Vec::new()); n_folds];
    for group in &groups {
        if let Some((n, fold)) = folds.iter_mut().min_by_key(|(n, _)| *n) {
            *n += group.len();
            fold.push(group);
        }
    }
    let mut runs = Vec::with_capacity(n_folds);
    for tested in 0..n_folds {
        let mut parts = vec![Part::Test; n_rows];
        let others = folds.iter().enumerate().filter(|(fold, _)| *fold != tested);
        let mut others: Vec<&Vec<usize>> =
            others.flat_map(|(_, (_, groups))| groups.iter().copied()).collect();
        for group in &others {
            super::assign(&mut parts, group.iter(), Part::Training);
        }
        Rng::new(seed, "validation groups").shuffle(&mut others);
        let n_others: usize = others.iter().map(|group| group.len()).sum();
        let n_free = others.len().saturating_sub(1);
        for group in taken_groups(&mut others, whole(n_others, validation), n_free) {
            super::assign(&mut parts, group.iter(), Part::Validation);
        }
        runs.push(parts.into_iter().map(Some).collect());
    }
    Ok(runs)
}

/// Each run trains on all rows up to a moment and tests the block that follows (scikit-learn's `TimeSeriesSplit`);
/// later rows are left out. The last training rows validate.
pub fn time_folds(order: &[usize], n_folds: usize, validation: f64) -> Result<Vec<Fold>, Trouble> {
    let n_rows = order.len();
    let n_block = n_rows / (n_folds + 1);
    if n_folds < 1 || n_block == 0 || n_rows - n_folds * n_block < 2 {
        return Err(rows_too_few(n_rows, 2 * (n_folds + 1)));
    }
    let mut runs = Vec::with_capacity(n_folds);
    for fold in 0..n_folds {
        let n_known = n_rows - (n_folds - fold) * n_block;
        let n_validation = whole(n_known, validation).min(n_known - 1);
        let mut parts: Fold = vec![None; n_rows];
        for (rank, row) in order.iter().take(n_known + n_block).enumerate() {
            let part = match rank {
                rank if rank >= n_known => Part::Test,
                rank if rank >= n_known - n_validation => Part::Validation,
                _ => Part::Training,
            };
            if let Some(slot) = parts.get_mut(*row) {
                *slot = Some(part);
            }
        }
        runs.push(parts);
    }
    Ok(runs)
}

/// Groups for a part, first come, as long as they bring it closer to its size; at least one where any is wanted.
fn taken_groups<'a>(
    left: &mut Vec<&'a Vec<usize>>,
    n_wanted: usize,
    n_free: usize,
) -> Vec<&'a Vec<usize>> {
    let (mut taken, mut n_taken): (Vec<&Vec<usize>>, usize) = (Vec::new(), 0);
    if n_wanted == 0 {
        return taken;
    }
    let (mut n_free, mut rest) = (n_free, Vec::with_capacity(left.len()));
    for group in left.drain(..) {
        let is_closer = (n_taken + group.len()).abs_diff(n_wanted) < n_taken.abs_diff(n_wanted);
        if n_free > 0 && is_closer {
            n_taken += group.len();
            n_free -= 1;
            taken.push(group);
        } else {
            rest.push(group);
        }
    }
    // Every group alone overshoots: the smallest does least.
    if taken.is_empty() && n_free > 0 {
        let smallest = (0..rest.len()).min_by_key(|at| rest.get(*at).map_or(0, |one| one.len()));
        taken.extend(smallest.map(|at| rest.remove(at)));
    }
    *left = rest;
    taken
}

/// The rows of each group, groups in random order.
fn shuffled_groups(groups: &[Option<String>], seed: u64) -> Vec<Vec<usize>> {
    let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut all = Vec::new();
    for (row, group) in groups.iter().enumerate() {
        match group {
            Some(group) => named.entry(group).or_default().push(row),
            None => all.push(vec![row]),
        }
    }
    all.extend(named.into_values());
    Rng::new(seed, "split groups").shuffle(&mut all);
    all
}

fn too_few_groups(n_groups: usize, n_needed: usize) -> Trouble {
    Trouble::new("groups-too-few", say!("there are {n_groups} groups", "共有 {n_groups} 个组"))
        .expected(say!("at least {n_needed}", "至少 {n_needed} 个"))
        .advice(say!(
            "Ask for fewer parts, or choose another group column.",
            "请减少划分的份数，或选择其他分组列。"
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRACTIONS: Fractions = Fractions { validation: 0.2, test: 0.25 };

    fn groups(n_rows: usize, n_groups: usize) -> Vec<Option<String>> {
        (0..n_rows).map(|row| Some((row * row % n_groups).to_string())).collect()
    }

    fn count(parts: &[Part], part: Part) -> usize {
        parts.iter().filter(|one| **one == part).count()
    }

    #[test]
    fn no_group_is_in_two_parts() {
        for seed in 0..20 {
            let groups = groups(200, 23);
            let parts = grouped(&groups, FRACTIONS, seed).expect("enough groups");
            let mut seen: BTreeMap<&Option<String>, BTreeSet<Part>> = BTreeMap::new();
            groups.iter().zip(&parts).for_each(|(group, part)| {
                seen.entry(group).or_default().insert(*part);
            });
            assert!(seen.values().all(|parts| parts.len() == 1));
            for part in Part::ALL {
                assert!(count(&parts, part) > 0, "{seed} {part:?}");
            }
            let n_test = count(&parts, Part::Test);
            assert!((35..=65).contains(&n_test), "{n_test}");
        }
        let three = groups(9, 2);
        assert_eq!(grouped(&three, FRACTIONS, 1).expect_err("two groups").code, "groups-too-few");
    }

    #[test]
    fn every_group_is_tested_once() {
        let groups = groups(200, 23);
        let runs = grouped_k_folds(&groups, 4, 0.2, 1).expect("enough groups");
        for row in 0..200 {
            assert_eq!(runs.iter().filter(|run| run[row] == Some(Part::Test)).count(), 1);
        }
        for run in &runs {
            let mut seen: BTreeMap<&Option<String>, BTreeSet<Option<Part>>> = BTreeMap::new();
            groups.iter().zip(run).for_each(|(group, part)| {
                seen.entry(group).or_default().insert(*part);
            });
            assert!(seen.values().all(|parts| parts.len() == 1));
            assert!(run.contains(&Some(Part::Validation)) && run.contains(&Some(Part::Training)));
        }
    }

    #[test]
    fn time_never_runs_backwards() {
        let times: Vec<f64> =
            (0..50).map(|row| if row == 3 { f64::NAN } else { f64::from(row * 37 % 50) }).collect();
        let order = by_time(&times);
        assert_eq!(order[0], 3);
        let latest = |parts: &[Option<Part>], part: Part| {
            let of = times.iter().zip(parts).filter(|(_, one)| **one == Some(part));
            of.map(|(time, _)| *time).fold(f64::NEG_INFINITY, f64::max)
        };
        let earliest_test = |parts: &[Option<Part>]| {
            let of = times.iter().zip(parts).filter(|(_, one)| **one == Some(Part::Test));
            of.map(|(time, _)| *time).fold(f64::INFINITY, f64::min)
        };
        let parts = ordered(&order, FRACTIONS).expect("enough rows");
        assert_eq!(Part::ALL.map(|part| count(&parts, part)), [27, 10, 13]);
        let mut runs = time_folds(&order, 4, 0.2).expect("enough rows");
        runs.push(parts.into_iter().map(Some).collect());
        for run in runs {
            assert!(latest(&run, Part::Training) < latest(&run, Part::Validation));
            assert!(latest(&run, Part::Validation) < earliest_test(&run));
        }
        assert_eq!(time_folds(&order[..4], 4, 0.2).expect_err("few").code, "rows-too-few");
    }

    #[test]
    fn a_column_may_name_the_parts() {
        let of = |names: &[&str]| names.iter().map(|name| Some((*name).to_owned())).collect();
        let names = |name: &str| vec![name.to_owned()];
        let (training, validation, test) = (names("train"), names("dev"), names("test"));
        let names = [training.as_slice(), validation.as_slice(), test.as_slice()];
        let labels: Vec<Option<String>> = of(&["Train", "test", " dev", "train"]);
        let parts = named(&labels, names).expect("known names");
        assert_eq!(parts, [Part::Training, Part::Test, Part::Validation, Part::Training]);
        let labels: Vec<Option<String>> = of(&["train", "holdout"]);
        assert_eq!(named(&labels, names).expect_err("unknown").code, "column-part-unknown");
    }
}
