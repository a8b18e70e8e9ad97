//! Remove duplicates: of rows that are equal in some columns only the first stays.

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::{PART, ROW, Rows, polars_trouble};

/// Drops repeated rows while a table is built, after a split repeated training rows only.
/// A missing value equals a missing value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RemoveDuplicates {
    /// Columns that must be equal; empty for all.
    pub keys: Vec<String>,
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
        let is_training = rows.training_mask()?;
        if let Some(is_training) = &is_training {
            frame = frame.filter(is_training).map_err(polars_trouble)?;
        }
        let first = frame
            .unique_stable(Some(&keys), UniqueKeepStrategy::First, None)
            .map_err(polars_trouble)?;
        let mut keep = match &is_training {
            Some(is_training) => {
                is_training.iter().map(|is_training| is_training != Some(true)).collect()
            }
            None => vec![false; rows.n_rows()],
        };
        let first = first.column(ROW).and_then(|column| column.u32()).map_err(polars_trouble)?;
        for position in first.iter().flatten() {
            if let Some(keep) = keep.get_mut(position as usize) {
                *keep = true;
            }
        }
        rows.filter(&BooleanChunked::from_iter_values(PART.into(), keep.into_iter()))
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
