//! Piecewise-linear encoding: a number becomes how far it has come through each interval of its range.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bin::Bin;
use super::{Fitted, chosen, learn, names, present, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::table::Rows;

/// Gorishniy, Rubachev and Babenko, On Embeddings for Numerical Features in Tabular Deep Learning (2022), section 3.2:
/// one column per interval between quantiles of the training rows; 0 before it, 1 behind it, the share of the way in
/// it. The first and the last interval go on beyond the training range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piecewise {
    /// Number columns; empty for all number features. A target is never cut up.
    pub columns: Vec<String>,
    /// Intervals wanted; few different values give fewer.
    pub n_bins: usize,
    /// What each column becomes; nothing for a column without two different values, which stays as it is.
    #[serde(default)]
    pub fitted: Vec<Fitted<Vec<Interval>>>,
}

/// One new column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Name.
    pub name: String,
    /// Where it begins.
    pub low: f64,
    /// Where it ends; above `low`.
    pub high: f64,
}

const KINDS: &[&str] = &["number"];

impl Default for Piecewise {
    fn default() -> Self {
        Self { columns: Vec::new(), n_bins: 8, fitted: Vec::new() }
    }
}

impl RecipeStep for Piecewise {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let bins = Bin { n_bins: self.n_bins, ..Bin::default() };
        let found = learn(training, &self.columns, KINDS, |name| {
            if training.schema.require(name)?.role == Role::Target {
                return Err(target_cut_up(name));
            }
            let values = statistics::finite(&training.numbers(name)?);
            let range = statistics::range(&values).filter(|(low, high)| low < high);
            Ok(range.map_or_else(Vec::new, |(low, high)| {
                let inner = bins.edges(values);
                std::iter::once(low).chain(inner).chain(std::iter::once(high)).collect::<Vec<f64>>()
            }))
        })?;
        let mut taken = names::taken(&training.schema);
        let fitted = found
            .into_iter()
            .map(|Fitted { column, is_feature, learnt: knots }| {
                let pairs = knots.iter().zip(knots.iter().skip(1)).zip(1..);
                let intervals = pairs.map(|((low, high), number)| Interval {
                    name: names::claim(&format!("{column}_{number}"), &mut taken),
                    low: *low,
                    high: *high,
                });
                Fitted { learnt: intervals.collect(), column, is_feature }
            })
            .collect();
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let present = present(&rows, &self.fitted)?;
        let made: Vec<Result<_, Trouble>> = present
            .par_iter()
            .filter(|fitted| !fitted.learnt.is_empty())
            .map(|fitted| Ok((fitted.column.clone(), encoded(&rows, fitted)?)))
            .collect();
        rows.replace(made.into_iter().collect::<Result<BTreeMap<_, _>, _>>()?)?;
        Ok(rows)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        let n_new: usize = self.fitted.iter().map(|fitted| fitted.learnt.len()).sum();
        say!("Encode {n} columns piecewise into {n_new}", "将 {n} 列分段线性编码为 {n_new} 列")
    }
}

fn encoded(
    rows: &Rows,
    Fitted { column, learnt: intervals, .. }: &Fitted<Vec<Interval>>,
) -> Result<Vec<(Column, Series)>, Trouble> {
    let values = rows.numbers(column)?;
    let role = rows.schema.require(column)?.role;
    let last = intervals.len() - 1;
    let columns = intervals.iter().enumerate().map(|(index, Interval { name, low, high })| {
        let share = |value: f64| {
            let share = (value - low) / (high - low);
            let share = if index == 0 { share } else { share.max(0.0) };
            statistics::bounded(if index == last { share } else { share.min(1.0) })
        };
        let series = values.apply_values(share).with_name(name.as_str().into()).into_series();
        (Column::new(name, ColumnKind::Number).with_role(role), series)
    });
    Ok(columns.collect())
}

fn target_cut_up(name: &str) -> Trouble {
    Trouble::new("column-is-target", say!("`{name}` is the target", "`{name}` 是目标列"))
        .expected(say!("a feature", "一个特征"))
        .param("columns")
        .column(name)
}
