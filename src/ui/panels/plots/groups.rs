//! Rows in groups by a column: by its labels, or by stretches of its numbers where there are many.

use std::collections::BTreeSet;

use pg_base::Trouble;
use pg_data::view::{Filter, Test};
use pg_data::{ColumnKind, Rows};

use crate::figure::{Ink, bin_of, edge_texts, nice_edges};
use crate::lang::tr;
use crate::widgets::number;

/// Numbers with up to so many different values are taken as labels.
const MAX_NUMBER_LABELS: usize = 12;

/// Groups of rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    /// Names in order.
    pub(super) names: Vec<String>,
    /// Group of each row.
    pub(super) codes: Vec<u32>,
    /// What the rows of a group fulfil.
    pub(super) filters: Vec<Filter>,
    /// Colour of each group.
    pub(super) inks: Vec<Ink>,
    /// Whether the order has a meaning (numbers).
    pub(super) is_ordered: bool,
}

impl Groups {
    /// Rows by a column, in `most` groups at most; `n_bins` stretches of numbers where there are many.
    pub(super) fn of(rows: &Rows, name: &str, most: usize, n_bins: usize) -> Result<Self, Trouble> {
        let kind = &rows.schema.require(name)?.kind;
        if !matches!(kind, ColumnKind::Category | ColumnKind::Text) {
            let values = rows.floats(name)?;
            return Ok(Self::of_numbers(name, *kind == ColumnKind::Date, &values, n_bins));
        }
        let coded = rows.coded(name)?;
        let filter = |test: Test| Filter { column: name.to_owned(), test };
        let one_of = |names: BTreeSet<String>| filter(Test::OneOf(names));
        let mut sizes = vec![0_usize; coded.names.len()];
        for code in coded.codes.iter().flatten() {
            if let Some(size) = sizes.get_mut(*code as usize) {
                *size += 1;
            }
        }
        let mut by_size: Vec<usize> = (0..sizes.len()).collect();
        by_size.sort_by_key(|index| std::cmp::Reverse(sizes.get(*index).copied()));
        let n_kept = if sizes.len() > most { most.saturating_sub(1) } else { sizes.len() };
        let kept: BTreeSet<usize> = by_size.iter().take(n_kept).copied().collect();
        let mut groups = Self::default();
        let mut new_codes = vec![0_u32; sizes.len()];
        for (index, label) in coded.names.iter().enumerate() {
            if kept.contains(&index) {
                if let Some(code) = new_codes.get_mut(index) {
                    *code = groups.names.len() as u32;
                }
                groups.push(label.clone(), one_of(BTreeSet::from([label.clone()])), None);
            }
        }
        if kept.len() < sizes.len() {
            let is_other = |(index, _): &(usize, &String)| !kept.contains(index);
            let others: BTreeSet<String> = coded
                .names
                .iter()
                .enumerate()
                .filter(is_other)
                .map(|(_, label)| label.clone())
                .collect();
            let other = groups.names.len() as u32;
            for (index, code) in new_codes.iter_mut().enumerate() {
                if !kept.contains(&index) {
                    *code = other;
                }
            }
            let label = format!("{} ({})", tr("Other", "其他"), others.len());
            groups.push(label, one_of(others), Some(Ink::Weak));
        }
        let missing = groups.names.len() as u32;
        if coded.codes.iter().any(Option::is_none) {
            groups.push(no_value(), filter(Test::Missing), Some(Ink::Weak));
        }
        let code = |code: &Option<u32>| {
            code.and_then(|code| new_codes.get(code as usize).copied()).unwrap_or(missing)
        };
        groups.codes = coded.codes.iter().map(code).collect();
        Ok(groups)
    }

    /// All rows in one group.
    pub(super) fn single(n_rows: usize, name: &str) -> Self {
        let mut groups = Self { codes: vec![0; n_rows], ..Self::default() };
        groups.names.push(name.to_owned());
        groups.inks.push(Ink::Series(1));
        groups
    }

    fn of_numbers(name: &str, is_date: bool, values: &[f64], n_bins: usize) -> Self {
        let between = |min: f64, max: f64| Filter {
            column: name.to_owned(),
            test: Test::Between { min: Some(min), max: Some(max) },
        };
        let mut distinct: Vec<f64> =
            values.iter().copied().filter(|value| value.is_finite()).collect();
        distinct.sort_unstable_by(f64::total_cmp);
        distinct.dedup();
        let mut groups = Self { is_ordered: true, ..Self::default() };
        let text =
            |value: f64| if is_date { crate::figure::date_text(value) } else { number(value) };
        let code: Box<dyn Fn(f64) -> Option<usize>> = if distinct.len() <= MAX_NUMBER_LABELS {
            for value in &distinct {
                groups.push(text(*value), between(*value, *value), None);
            }
            Box::new(move |value| distinct.binary_search_by(|other| other.total_cmp(&value)).ok())
        } else {
            let edges = nice_edges(values, n_bins);
            let n_edges = edges.len();
            let texts = if is_date {
                edges.iter().map(|edge| text(*edge)).collect()
            } else {
                edge_texts(&edges)
            };
            for (index, (pair, names)) in edges.windows(2).zip(texts.windows(2)).enumerate() {
                let [from, to] = *pair else { continue };
                // Bins have their lower edge; filters have both.
                let last = if index + 2 == n_edges { to } else { to.next_down() };
                groups.push(names.join(" – "), between(from, last), None);
            }
            Box::new(move |value| bin_of(&edges, value))
        };
        let missing = groups.names.len() as u32;
        if values.iter().any(|value| !value.is_finite()) {
            let filter = Filter { column: name.to_owned(), test: Test::Missing };
            groups.push(no_value(), filter, Some(Ink::Weak));
        }
        groups.codes =
            values.iter().map(|value| code(*value).map_or(missing, |code| code as u32)).collect();
        groups
    }

    fn push(&mut self, name: String, filter: Filter, ink: Option<Ink>) {
        self.inks.push(ink.unwrap_or(Ink::Series(self.names.len())));
        self.names.push(name);
        self.filters.push(filter);
    }

    /// Number of groups.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Rows in each group.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.len()];
        for code in &self.codes {
            if let Some(size) = sizes.get_mut(*code as usize) {
                *size += 1;
            }
        }
        sizes
    }

    /// Values by group, those that are not finite left out.
    pub(super) fn split(&self, values: &[f64]) -> Vec<Vec<f64>> {
        let mut split = vec![Vec::new(); self.len()];
        for (code, value) in self.codes.iter().zip(values) {
            if let Some(own) = split.get_mut(*code as usize).filter(|_| value.is_finite()) {
                own.push(*value);
            }
        }
        split
    }

    /// The groups in another order.
    pub(super) fn ordered(mut self, order: &[usize]) -> Self {
        let mut new_codes = vec![0_u32; self.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(code) = new_codes.get_mut(*old) {
                *code = new as u32;
            }
        }
        for code in &mut self.codes {
            *code = new_codes.get(*code as usize).copied().unwrap_or_default();
        }
        self.names = pick(&self.names, order);
        self.filters = pick(&self.filters, order);
        self.inks = pick(&self.inks, order);
        self
    }
}

fn pick<T: Clone>(items: &[T], order: &[usize]) -> Vec<T> {
    order.iter().filter_map(|index| items.get(*index).cloned()).collect()
}

fn no_value() -> String {
    tr("No value", "缺失").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_are_labels_and_many_are_stretches() {
        let few = Groups::of_numbers("a", false, &[1.0, 0.0, f64::NAN, 1.0], 6);
        assert_eq!(few.names, ["0", "1", "No value"]);
        assert_eq!(few.codes, [1, 0, 2, 1]);
        let many: Vec<f64> = (0..100_u32).map(f64::from).collect();
        let stretches = Groups::of_numbers("a", false, &many, 5);
        assert_eq!(stretches.names.first().map(String::as_str), Some("0 – 20"));
        assert_eq!(stretches.sizes().iter().sum::<usize>(), 100);
        let empty = Groups::of_numbers("a", false, &[], 5);
        assert_eq!((empty.len(), empty.sizes().len()), (0, 0));
        let turned = few.ordered(&[1, 0, 2]);
        assert_eq!(
            (turned.names[0].as_str(), turned.codes.as_slice()),
            ("1", [0, 1, 2, 0].as_slice())
        );
    }
}
