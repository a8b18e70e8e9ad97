//! Balance classes: as many training rows of each class, by repeating, leaving out or making up rows.

use std::collections::BTreeMap;

use pg_base::{Rng, Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::training_rows;
use crate::encode::{TargetCodec, Task};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::{ADDED_ROW, ROW, Rows, polars_trouble};

mod even;
mod smote;

/// Changes training rows only, and only once parts are assigned: before a split it does nothing, because rows made
/// from rows that are tested later would give the answers away. Added rows have the source number [`ADDED_ROW`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// How.
    pub method: BalanceMethod,
    /// Rows of the same class that a made-up row may lie between.
    pub n_neighbours: usize,
    /// The column whose groups shall have equal shares of every class.
    #[serde(default)]
    pub group: String,
    /// Decides by chance.
    pub seed: u64,
}

/// How classes are balanced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BalanceMethod {
    /// Rows of the smaller classes are repeated.
    #[default]
    Repeat,
    /// Rows of the larger classes are left out.
    LeaveOut,
    /// Rows of the smaller classes are made up between neighbours (SMOTE, Chawla and others, 2002); categories are
    /// the most frequent ones of the neighbours (SMOTE-NC).
    Smote,
    /// Rows are repeated and left out until no group has more of a class than another (reweighing).
    EvenGroups,
}

impl Default for Balance {
    fn default() -> Self {
        Self { method: BalanceMethod::default(), n_neighbours: 5, group: String::new(), seed: 0 }
    }
}

impl RecipeStep for Balance {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let target = training.schema.one_target()?;
        if self.method == BalanceMethod::EvenGroups {
            training.schema.require(&self.group).map_err(|trouble| trouble.param("group"))?;
        }
        match TargetCodec::fit(training, &target.name, Task::Auto)? {
            TargetCodec::Classes { .. } => Ok(self.clone()),
            TargetCodec::Number { .. } => Err(Trouble::new(
                "column-not-classes",
                say!("the target is a number", "目标是数值"),
            )
            .expected(say!("classes to balance", "可供平衡的类别"))
            .column(&target.name)),
        }
    }

    fn apply(&self, rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        let (Purpose::Building, Some(is_training), Some(target)) =
            (purpose, rows.training_mask()?, rows.schema.target())
        else {
            return Ok(rows);
        };
        let labels = rows.labels(&target.name)?;
        let mut classes: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for ((label, is_training), row) in labels.iter().zip(is_training.iter()).zip(0..) {
            if let Some(label) = label.as_deref().filter(|_| is_training == Some(true)) {
                classes.entry(label).or_default().push(row);
            }
        }
        let mut rng = Rng::new(self.seed, "balance");
        if self.method == BalanceMethod::LeaveOut {
            return leave_out(&rows, &classes, &mut rng);
        }
        if self.method == BalanceMethod::EvenGroups {
            let kept = even::places(&rows, &classes, &self.group, &mut rng)?;
            return with_training_rows(&rows, &kept);
        }
        let largest = classes.values().map(Vec::len).max().unwrap_or(0);
        let mut added = Vec::new();
        for class in classes.values() {
            let n_added = largest - class.len();
            if self.method == BalanceMethod::Smote && class.len() > 1 && n_added > 0 {
                added.push(smote::made_up(&rows, class, n_added, self.n_neighbours, &mut rng)?);
            } else {
                let picked: Vec<u32> = (0..n_added)
                    .filter_map(|_| class.get(rng.below(class.len())).copied())
                    .collect();
                added.push(take(&rows.frame, picked)?);
            }
        }
        with_added(rows, added)
    }

    fn needs_all_rows(&self) -> bool {
        true
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        let group = Some(&self.group).filter(|_| self.method == BalanceMethod::EvenGroups);
        schema.target().map(|target| &target.name).into_iter().chain(group).cloned().collect()
    }

    fn describe(&self) -> Words {
        match self.method {
            BalanceMethod::Repeat => {
                say!("Repeat training rows of smaller classes", "重复较少类别的训练数据")
            }
            BalanceMethod::LeaveOut => {
                say!("Leave out training rows of larger classes", "减少较多类别的训练数据")
            }
            BalanceMethod::EvenGroups => {
                let group = &self.group;
                say!(
                    "Give all groups of `{group}` equal shares of classes",
                    "使“{group}”的各组类别比例相同"
                )
            }
            BalanceMethod::Smote => {
                say!("Make up training rows of smaller classes", "合成较少类别的训练数据")
            }
        }
    }
}

/// The rows at these places.
fn take(frame: &DataFrame, places: Vec<u32>) -> Result<DataFrame, Trouble> {
    frame.take(&IdxCa::from_vec(ROW.into(), places)).map_err(polars_trouble)
}

/// The rows with training rows only at these places, in rising order; what is there again is an added row.
fn with_training_rows(rows: &Rows, places: &[u32]) -> Result<Rows, Trouble> {
    let mut kept = Vec::with_capacity(rows.n_rows());
    let mut repeated = Vec::new();
    let mut places = places.iter().copied().peekable();
    for (row, is_training) in training_rows(rows)?.into_iter().enumerate() {
        let row = row as u32;
        let mut n_wanted = usize::from(!is_training);
        while places.next_if_eq(&row).is_some() {
            n_wanted += 1;
        }
        kept.extend((n_wanted > 0).then_some(row));
        repeated.extend(std::iter::repeat_n(row, n_wanted.saturating_sub(1)));
    }
    let frame = take(&rows.frame, kept)?;
    with_added(Rows { frame, schema: rows.schema.clone() }, vec![take(&rows.frame, repeated)?])
}

/// The rows with more rows behind them, which have no number of their own.
fn with_added(rows: Rows, added: Vec<DataFrame>) -> Result<Rows, Trouble> {
    let mut frame = rows.frame;
    for mut more in added {
        let numbers = UInt32Chunked::full(ROW.into(), ADDED_ROW, more.height());
        more.with_column(numbers.into_series().into()).map_err(polars_trouble)?;
        frame = frame.vstack(&more).map_err(polars_trouble)?;
    }
    Ok(Rows { frame, schema: rows.schema })
}

/// As many rows of each class as the smallest one has; the order of the rows stays.
fn leave_out(
    rows: &Rows,
    classes: &BTreeMap<&str, Vec<u32>>,
    rng: &mut Rng,
) -> Result<Rows, Trouble> {
    let smallest = classes.values().map(Vec::len).min().unwrap_or(0);
    let mut keep = vec![true; rows.n_rows()];
    for class in classes.values() {
        let mut class = class.clone();
        rng.shuffle(&mut class);
        for row in class.into_iter().skip(smallest) {
            if let Some(keep) = keep.get_mut(row as usize) {
                *keep = false;
            }
        }
    }
    rows.filter(&BooleanChunked::from_iter_values(ROW.into(), keep.into_iter()))
}
