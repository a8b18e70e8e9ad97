//! Hash encode: categories or the words of a text are spread over a fixed number of columns.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words, say};
use polars::prelude::Series;
use serde::{Deserialize, Serialize};

use super::labels::each_label;
use super::tokenise::TokenUnit;
use super::{Fitted, chosen, learn, matrix, names, present};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Column, ColumnKind, Schema};
use crate::table::Rows;

/// Each token adds 1 or -1 to one of the columns; the same as scikit-learn's `FeatureHasher` on lists of strings.
/// A category is one token, a text one per word. Learns no values, so a new value is as good as a known one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HashEncode {
    /// Category or text columns; empty for all such features.
    pub columns: Vec<String>,
    /// New columns for each old one.
    pub n_columns: usize,
    /// Names of the new columns.
    #[serde(default)]
    pub fitted: Vec<Fitted<Vec<String>>>,
}

const KINDS: &[&str] = &["category", "text"];

impl Default for HashEncode {
    fn default() -> Self {
        Self { columns: Vec::new(), n_columns: 16, fitted: Vec::new() }
    }
}

impl RecipeStep for HashEncode {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let mut fitted = learn(training, &self.columns, KINDS, |_| Ok(Vec::new()))?;
        let mut taken = names::taken(&training.schema);
        for one in &mut fitted {
            let name = |index| names::claim(&format!("{}#{index}", one.column), &mut taken);
            one.learnt = (1..=self.n_columns).map(name).collect();
        }
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let mut new = BTreeMap::new();
        for one in present(&rows, &self.fitted)? {
            let Column { kind, role, .. } = rows.schema.require(&one.column)?.clone();
            let mut columns = vec![vec![0.0_f64; rows.n_rows()]; one.learnt.len()];
            let mut row = 0;
            each_label(&rows, &one.column, |label| {
                let mut add = |token: &str| {
                    let (index, sign) = place(token, columns.len());
                    if let Some(slot) = columns.get_mut(index).and_then(|of| of.get_mut(row)) {
                        *slot += sign;
                    }
                };
                match label {
                    Some(text) if kind == ColumnKind::Text => {
                        TokenUnit::Words.tokens(text).iter().for_each(|token| add(token));
                    }
                    Some(label) => add(label),
                    None => {}
                }
                row += 1;
            })?;
            let made: Vec<(Column, Series)> = one
                .learnt
                .iter()
                .zip(columns)
                .map(|(name, values)| {
                    let column = Column::new(name, ColumnKind::Number).with_role(role);
                    (column, matrix::series(name, values))
                })
                .collect();
            new.insert(one.column.clone(), made);
        }
        rows.replace(new)?;
        Ok(rows)
    }

    fn depends_on_parts(&self) -> bool {
        false
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let (n, n_new) = (self.fitted.len(), self.n_columns);
        say!("Hash {n} columns into {n_new} each", "将 {n} 列各哈希为 {n_new} 列")
    }
}

/// The column of a token and what it adds there.
fn place(token: &str, n_columns: usize) -> (usize, f64) {
    let hash = murmur3(token.as_bytes()) as i32;
    let n = n_columns.max(1) as u32;
    // The smallest number has no positive twin; scikit-learn places it so.
    let index =
        if hash == i32::MIN { (i32::MAX as u32 - (n - 1)) % n } else { hash.unsigned_abs() % n };
    (index as usize, if hash < 0 { -1.0 } else { 1.0 })
}

/// MurmurHash3, 32 bits, seed 0 (Appleby).
fn murmur3(bytes: &[u8]) -> u32 {
    let mix =
        |block: u32| block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let (blocks, rest) = bytes.as_chunks::<4>();
    let mut hash = 0_u32;
    for block in blocks {
        hash ^= mix(u32::from_le_bytes(*block));
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let last = rest.iter().rev().fold(0_u32, |last, byte| (last << 8) | u32::from(*byte));
    if !rest.is_empty() {
        hash ^= mix(last);
    }
    hash ^= bytes.len() as u32;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
