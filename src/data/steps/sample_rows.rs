//! Sample rows: a part of the training rows, at random, class by class, or the first ones.

use std::collections::BTreeMap;

use pg_base::{Rng, Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::keep_training;
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// Keeps some rows while a table is built, after a split some training rows; new rows all stay.
///
/// Each row draws a number that depends on the seed and its place in the source alone, and those with small ones stay.
/// So the same rows stay whenever the step is done again, which a split after it causes: nothing is sampled twice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SampleRows {
    /// How many.
    pub amount: Amount,
    /// Which.
    pub choice: RowChoice,
    /// Column whose values keep their shares, for [`RowChoice::Stratified`].
    pub by: String,
    /// Seed of the draw.
    pub seed: u64,
    /// What was drawn at first; never learnt anew.
    #[serde(default)]
    pub drawn: Option<Drawn>,
}

/// How many rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// So many, or all where there are fewer.
    Count(usize),
    /// A share of them, rounded.
    Share(f64),
}

/// Which rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowChoice {
    /// Each with the same chance.
    #[default]
    Random,
    /// The first ones in the order of the table.
    First,
    /// At random, each value of a column as often as in the whole.
    Stratified,
}

/// What was drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawn {
    /// The first so many.
    First(usize),
    /// Rows of a label whose number is not above the bound; those of other labels all stay.
    Bounds(Vec<Bound>),
}

/// The largest number that stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// Value of the column; none where it is missing or all rows are one group.
    pub label: Option<String>,
    /// The number; none where no row stays.
    pub largest: Option<u64>,
}

impl Default for Amount {
    fn default() -> Self {
        Self::Share(0.1)
    }
}

impl SampleRows {
    fn number(&self, row: u32) -> u64 {
        Rng::new(self.seed ^ (u64::from(row) << 32), "sample of rows").next_u64()
    }

    /// The labels of the groups; one group where nothing is stratified.
    fn labels(&self, rows: &Rows) -> Result<Vec<Option<String>>, Trouble> {
        match self.choice {
            RowChoice::Stratified => rows.labels(&self.by),
            _ => Ok(vec![None; rows.n_rows()]),
        }
    }

    fn draw(&self, training: &Rows) -> Result<Drawn, Trouble> {
        let n_rows = training.n_rows();
        let n_kept = match self.amount {
            Amount::Count(count) => count.min(n_rows),
            Amount::Share(share) => ((n_rows as f64 * share).round() as usize).min(n_rows),
        };
        if self.choice == RowChoice::First {
            return Ok(Drawn::First(n_kept));
        }
        let mut groups: BTreeMap<Option<String>, Vec<u64>> = BTreeMap::new();
        for (row, label) in training.row_numbers().into_iter().zip(self.labels(training)?) {
            groups.entry(label).or_default().push(self.number(row));
        }
        let sizes: Vec<usize> = groups.values().map(Vec::len).collect();
        let bounds =
            groups.into_iter().zip(shared_out(n_kept, &sizes)).map(|((label, mut numbers), n)| {
                numbers.sort_unstable();
                Bound {
                    label,
                    largest: n.checked_sub(1).and_then(|last| numbers.get(last).copied()),
                }
            });
        Ok(Drawn::Bounds(bounds.collect()))
    }
}

impl RecipeStep for SampleRows {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        if self.choice == RowChoice::Stratified {
            training
                .schema
                .select(std::slice::from_ref(&self.by), &["category", "text", "number"])?;
        }
        if let Amount::Share(share) = self.amount
            && !(0.0..=1.0).contains(&share)
        {
            return Err(Trouble::new(
                "param-invalid",
                say!("the share is {share}", "比例为 {share}"),
            )
            .expected(say!("between 0 and 1", "介于 0 与 1 之间"))
            .param("share"));
        }
        let drawn = match &self.drawn {
            Some(drawn) => drawn.clone(),
            None => self.draw(training)?,
        };
        Ok(Self { drawn: Some(drawn), ..self.clone() })
    }

    fn apply(&self, rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        let Some(drawn) = self.drawn.as_ref().filter(|_| purpose == Purpose::Building) else {
            return Ok(rows);
        };
        let keeps: Vec<bool> = match drawn {
            Drawn::First(n) => {
                let mut n_left = *n;
                let is_training = super::training_rows(&rows)?.into_iter();
                is_training
                    .map(|is_training| {
                        let keeps = n_left > 0;
                        n_left -= usize::from(is_training && keeps);
                        keeps
                    })
                    .collect()
            }
            Drawn::Bounds(bounds) => {
                let bounds: BTreeMap<&Option<String>, Option<u64>> =
                    bounds.iter().map(|bound| (&bound.label, bound.largest)).collect();
                let labels = self.labels(&rows)?;
                let rows = rows.row_numbers().into_iter().zip(&labels);
                rows.map(|(row, label)| match bounds.get(label) {
                    Some(largest) => largest.is_some_and(|largest| self.number(row) <= largest),
                    None => true,
                })
                .collect()
            }
        };
        keep_training(&rows, &keeps)
    }

    fn needs_all_rows(&self) -> bool {
        self.choice == RowChoice::First
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        if self.choice == RowChoice::Stratified { vec![self.by.clone()] } else { Vec::new() }
    }

    fn describe(&self) -> Words {
        match self.amount {
            Amount::Count(n) => say!("Sample {n} training rows", "抽取 {n} 行训练数据"),
            Amount::Share(share) => {
                let percent = share * 100.0;
                say!("Sample {percent:.0} % of the training rows", "抽取 {percent:.0}% 的训练数据")
            }
        }
    }
}

/// Shares `n` out among groups by their sizes, the largest remainders first.
fn shared_out(n: usize, sizes: &[usize]) -> Vec<usize> {
    let total: u128 = sizes.iter().map(|size| *size as u128).sum::<u128>().max(1);
    let exact = |size: usize| n as u128 * size as u128;
    let mut shares: Vec<usize> = sizes.iter().map(|size| (exact(*size) / total) as usize).collect();
    let mut order: Vec<(u128, usize)> =
        sizes.iter().enumerate().map(|(group, size)| (exact(*size) % total, group)).collect();
    order.sort_by_key(|(remainder, _)| std::cmp::Reverse(*remainder));
    let n_left = n.saturating_sub(shares.iter().sum());
    for (_, group) in order.into_iter().take(n_left) {
        if let Some(share) = shares.get_mut(group) {
            *share += 1;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ColumnKind;
    use crate::steps::tests::{table, texts};
    use crate::table::{Part, Table};

    fn people() -> Table {
        let labels: Vec<Option<&str>> =
            (0..40).map(|row| Some(if row % 4 == 0 { "rare" } else { "usual" })).collect();
        let (kind, labels) = texts(ColumnKind::Category, &labels);
        table(vec![("label", kind, labels)])
    }

    fn sampled(table: &Table, amount: Amount, choice: RowChoice) -> Table {
        let step = SampleRows { amount, choice, by: "label".to_owned(), seed: 5, drawn: None };
        table.then(step).expect("fits")
    }

    #[test]
    fn as_many_rows_stay_as_asked() {
        let people = people();
        let first = sampled(&people, Amount::Count(3), RowChoice::First);
        assert_eq!(first.rows().row_numbers(), [1, 2, 3]);
        for (amount, n) in [
            (Amount::Count(7), 7),
            (Amount::Share(0.5), 20),
            (Amount::Count(99), 40),
            (Amount::Share(0.0), 0),
        ] {
            let found = sampled(&people, amount, RowChoice::Random);
            assert_eq!(found.n_rows(), n);
            assert_eq!(
                found.rows().row_numbers(),
                sampled(&people, amount, RowChoice::Random).rows().row_numbers()
            );
        }
        let found = sampled(&people, Amount::Count(8), RowChoice::Stratified);
        assert_eq!(
            found.rows().label_counts("label").expect("labels"),
            [("rare".into(), 2), ("usual".into(), 6)]
        );
    }

    #[test]
    fn a_split_afterwards_samples_no_second_time_and_one_before_keeps_the_other_parts() {
        for choice in [RowChoice::Random, RowChoice::First, RowChoice::Stratified] {
            let mut table = people();
            // A step that is done again after the split makes the sample be done again too.
            table = table.then(crate::steps::merge_rare::MergeRare::default()).expect("fits");
            let sample = sampled(&table, Amount::Share(0.5), choice);
            let parts: Vec<Part> =
                (0..20).map(|row| if row < 5 { Part::Test } else { Part::Training }).collect();
            let split = sample.with_parts(&parts).expect("parts fit");
            assert_eq!(split.rows().row_numbers(), sample.rows().row_numbers());
            assert_eq!(split.parts(), parts);
            let parts: Vec<Part> =
                (0..40).map(|row| if row < 20 { Part::Test } else { Part::Training }).collect();
            let sample =
                sampled(&table.with_parts(&parts).expect("parts fit"), Amount::Share(0.5), choice);
            assert_eq!(sample.part(Part::Test).expect("test").n_rows(), 20);
            assert_eq!(sample.part(Part::Training).expect("training").n_rows(), 10);
        }
    }
}
