//! Any column as a few named groups of rows: bins of numbers, frequent values of everything else.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words, say, t};
use pg_data::table::number_label;
use pg_data::{ColumnKind, Rows};

use super::judge::{same, short};

/// Numbers with more different values than this are binned.
const MAX_VALUES: usize = 6;
/// Bins of numbers, of equally many rows.
const N_BINS: usize = 4;

/// The group of each row, and what the groups are called; groups of numbers by size, others by frequency.
pub(super) struct Groups {
    pub(super) codes: Vec<usize>,
    pub(super) names: Vec<Words>,
}

/// The groups of a column; at most `max_values` of a column that is no number, the rest together as “other”. None for
/// columns that have no values to group by, such as pictures.
pub(super) fn groups_of(
    rows: &Rows,
    column: &str,
    max_values: usize,
) -> Result<Option<Groups>, Trouble> {
    let groups = match &rows.schema.require(column)?.kind {
        ColumnKind::Number => of_numbers(&rows.numbers(column)?.iter().collect::<Vec<_>>()),
        ColumnKind::Category | ColumnKind::Text => of_labels(&rows.labels(column)?, max_values),
        _ => return Ok(None),
    };
    Ok(Some(groups))
}

fn of_numbers(values: &[Option<f64>]) -> Groups {
    let finite = |value: &Option<f64>| value.filter(|value| value.is_finite());
    let mut sorted: Vec<f64> = values.iter().filter_map(finite).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut different = sorted.clone();
    different.dedup();
    // Each group begins at its edge.
    let (edges, mut names): (Vec<f64>, Vec<Words>) = if different.len() <= MAX_VALUES {
        let names = different.iter().map(|value| same(number_label(*value))).collect();
        (different, names)
    } else {
        let at = |bin: usize| sorted.get(bin * sorted.len() / N_BINS).copied();
        let mut edges: Vec<f64> = (0..N_BINS).filter_map(at).collect();
        edges.dedup();
        let name = |(index, low): (usize, &f64)| {
            let low_text = short(*low);
            match (index, edges.get(index + 1)) {
                (0, Some(high)) => same(format!("< {}", short(*high))),
                (_, Some(high)) => same(format!("{low_text} – {}", short(*high))),
                (_, None) => same(format!("≥ {low_text}")),
            }
        };
        let names = edges.iter().enumerate().map(name).collect();
        (edges, names)
    };
    let missing = names.len();
    let code = |value: &Option<f64>| match finite(value) {
        Some(value) => edges.partition_point(|edge| *edge <= value).saturating_sub(1),
        None => missing,
    };
    let codes: Vec<usize> = values.iter().map(code).collect();
    if codes.contains(&missing) {
        names.push(t("missing", "缺失").into());
    }
    Groups { codes, names }
}

fn of_labels(labels: &[Option<String>], max_values: usize) -> Groups {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for label in labels.iter().flatten() {
        *counts.entry(label).or_default() += 1;
    }
    let mut frequent: Vec<(&str, usize)> = counts.into_iter().collect();
    frequent.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let n_more = frequent.len().saturating_sub(max_values);
    frequent.truncate(max_values);
    let mut names: Vec<Words> = frequent.iter().map(|(label, _)| same(*label)).collect();
    let by_label: BTreeMap<&str, usize> =
        frequent.iter().zip(0..).map(|((label, _), code)| (*label, code)).collect();
    let other = names.len();
    if n_more > 0 {
        names.push(say!("{n_more} others", "其他 {n_more} 种"));
    }
    let missing = names.len();
    let code = |label: &Option<String>| match label {
        Some(label) => by_label.get(label.as_str()).copied().unwrap_or(other),
        None => missing,
    };
    let codes: Vec<usize> = labels.iter().map(code).collect();
    if codes.contains(&missing) {
        names.push(t("missing", "缺失").into());
    }
    Groups { codes, names }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_binned_and_rare_labels_joined() {
        let names =
            |groups: &Groups| groups.names.iter().map(|name| name.en.clone()).collect::<Vec<_>>();
        let mut values: Vec<Option<f64>> = (0..40).map(|value| Some(f64::from(value))).collect();
        values.push(None);
        let found = of_numbers(&values);
        assert_eq!(names(&found), ["< 10", "10 – 20", "20 – 30", "≥ 30", "missing"]);
        assert_eq!((found.codes[0], found.codes[10], found.codes[40]), (0, 1, 4));
        let few = of_numbers(&[Some(1.0), Some(3.0), Some(1.0)]);
        assert_eq!((names(&few), few.codes), (vec!["1".into(), "3".into()], vec![0, 1, 0]));
        assert!(of_numbers(&[]).names.is_empty());
        let labels = ["a", "b", "a", "c"].map(|label| Some(label.to_owned()));
        let found = of_labels(&labels, 1);
        assert_eq!(
            (names(&found), found.codes),
            (vec!["a".into(), "2 others".into()], vec![0, 1, 0, 1])
        );
    }
}
