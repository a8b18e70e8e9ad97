//! Remove duplicates: of rows that are equal in some columns only the first or the last stays.

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::keep_training;
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::{ROW, Rows, polars_trouble};

/// Drops repeated rows while a table is built, after a split repeated training rows only.
/// A missing value equals a missing value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RemoveDuplicates {
    /// Columns that must be equal; empty for all.
    pub keys: Vec<String>,
    /// Whether the last of equal rows stays; else the first.
    #[serde(default)]
    pub keeps_last: bool,
}

impl RecipeStep for RemoveDuplicates {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        for name in &self.keys {
            training.schema.require(name)?;
        }
        Ok(self.clone())
    }

    fn apply(&self, rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        if purpose == Purpose::Replaying || rows.n_rows() < 2 {
            return Ok(rows);
        }
        let mut keys = self.keys.clone();
        if keys.is_empty() {
            keys = rows.schema.columns.iter().map(|column| column.name.clone()).collect();
        }
        keys.sort();
        keys.dedup();
        if keys.is_empty() {
            return Ok(rows);
        }
        let mut frame = rows.frame.select(&keys).map_err(polars_trouble)?;
        let positions = UInt32Chunked::from_iter_values(ROW.into(), 0..rows.n_rows() as u32);
        frame.with_column(positions.into_series().into()).map_err(polars_trouble)?;
        if let Some(is_training) = rows.training_mask()? {
            frame = frame.filter(&is_training).map_err(polars_trouble)?;
        }
        let strategy =
            if self.keeps_last { UniqueKeepStrategy::Last } else { UniqueKeepStrategy::First };
        let unique = frame.unique_stable(Some(&keys), strategy, None).map_err(polars_trouble)?;
        let unique = unique.column(ROW).and_then(|column| column.u32()).map_err(polars_trouble)?;
        let mut keeps = vec![false; rows.n_rows()];
        for position in unique.iter().flatten() {
            if let Some(keeps) = keeps.get_mut(position as usize) {
                *keeps = true;
            }
        }
        keep_training(&rows, &keeps)
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        Vec::new()
    }

    fn describe(&self) -> Words {
        let n = self.keys.len();
        match n {
            0 => say!("Remove duplicate rows", "删除重复行"),
            _ => say!("Remove rows that repeat {n} columns", "删除在 {n} 列上重复的行"),
        }
    }
}
