//! Remove duplicates: of rows that are equal in some columns only the first or the last stays.

use std::collections::HashMap;

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{keep_training, training_rows};
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

impl RemoveDuplicates {
    /// Names of the columns that must be equal.
    fn compared(&self, schema: &Schema) -> Vec<String> {
        let mut names = self.keys.clone();
        if names.is_empty() {
            names = schema.columns.iter().map(|column| column.name.clone()).collect();
        }
        names.sort();
        names.dedup();
        names
    }
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
        let keys = self.compared(&rows.schema);
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

    fn needs_all_rows(&self) -> bool {
        true
    }

    fn kept_rows(
        &self,
        slices: &mut dyn Iterator<Item = Result<Rows, Trouble>>,
    ) -> Result<Option<BooleanChunked>, Trouble> {
        let mut known: HashMap<[u64; 2], usize> = HashMap::new();
        let mut keeps: Vec<bool> = Vec::new();
        for rows in slices {
            let rows = rows?;
            let names = self.compared(&rows.schema);
            if names.is_empty() {
                return Ok(None);
            }
            let keys = row_keys(&rows, &names)?;
            for (key, is_training) in keys.into_iter().zip(training_rows(&rows)?) {
                let row = keeps.len();
                keeps.push(true);
                if !is_training {
                    continue;
                }
                let Some(earlier) = known.insert(key, row) else { continue };
                let leaves = if self.keeps_last { earlier } else { row };
                if let Some(keeps) = keeps.get_mut(leaves) {
                    *keeps = false;
                }
            }
        }
        Ok(Some(BooleanChunked::from_slice(PlSmallStr::EMPTY, &keeps)))
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

/// A key of 128 bits for each row; rows that agree in these columns have the same, others but for bad luck another.
fn row_keys(rows: &Rows, names: &[String]) -> Result<Vec<[u64; 2]>, Trouble> {
    let mut keys = vec![0_u128; rows.n_rows()];
    for name in names {
        let values = rows.column(name)?.as_materialized_series().to_physical_repr().into_owned();
        match values.dtype() {
            DataType::String => {
                let texts = values.str().map_err(polars_trouble)?;
                mix_all(&mut keys, texts.iter().map(|text| text.map(str::as_bytes)));
            }
            DataType::Binary => {
                let bytes = values.binary().map_err(polars_trouble)?;
                mix_all(&mut keys, bytes.iter());
            }
            dtype if dtype.is_integer() => {
                let numbers = values.cast(&DataType::Int64).map_err(polars_trouble)?;
                let numbers = numbers.i64().map_err(polars_trouble)?;
                mix_all(&mut keys, numbers.iter().map(|number| Some(number?.to_le_bytes())));
            }
            dtype if dtype.is_float() => {
                let numbers = values.cast(&DataType::Float64).map_err(polars_trouble)?;
                let numbers = numbers.f64().map_err(polars_trouble)?;
                // Zero has no sign here, and what is no number is equal to itself.
                let plain = |n: f64| if n.is_nan() { f64::NAN } else { n + 0.0 };
                mix_all(&mut keys, numbers.iter().map(|n| Some(plain(n?).to_le_bytes())));
            }
            _ => {
                let texts = values.iter().map(|value| {
                    if value.is_null() { None } else { Some(value.to_string().into_bytes()) }
                });
                mix_all(&mut keys, texts);
            }
        }
    }
    Ok(keys.into_iter().map(|key| [key as u64, (key >> 64) as u64]).collect())
}

fn mix_all<B: AsRef<[u8]>>(keys: &mut [u128], values: impl Iterator<Item = Option<B>>) {
    for (key, value) in keys.iter_mut().zip(values) {
        let Some(value) = value else {
            mix(key, u64::MAX);
            continue;
        };
        let (words, rest) = value.as_ref().as_chunks::<8>();
        for word in words {
            mix(key, u64::from_le_bytes(*word));
        }
        let last = rest.iter().fold(0, |last, byte| (last << 8) | u64::from(*byte));
        // The length tells a missing value from any other, and where a text ends.
        mix(key, last ^ ((value.as_ref().len() as u64) << 56));
    }
}

/// Each word changes all bits: a product with an odd number and a shift of a sum of bits can be undone.
fn mix(key: &mut u128, word: u64) {
    const FACTOR: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
    *key = (*key ^ u128::from(word)).wrapping_mul(FACTOR);
    *key ^= *key >> 67;
}
