//! Drop constant columns: features that say the same in all or nearly all training rows.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{chosen, learn};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Role, Schema};
use crate::table::Rows;

/// Drops number, category and text columns that hardly vary; the target is never dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DropConstant {
    /// Columns that may go; empty for all features.
    pub columns: Vec<String>,
    /// A column goes when at least this share of the training rows has one and the same value, a gap being one too.
    /// With 1, only columns without two different values go.
    pub share: f64,
    /// The columns that go.
    #[serde(default)]
    pub dropped: Vec<String>,
}

const KINDS: &[&str] = &["number", "category", "text", "date"];

impl Default for DropConstant {
    fn default() -> Self {
        Self { columns: Vec::new(), share: 1.0, dropped: Vec::new() }
    }
}

impl DropConstant {
    fn is_constant(&self, training: &Rows, name: &str) -> Result<bool, Trouble> {
        let counts = training.label_counts(name)?;
        let n_rows = training.n_rows();
        let n_labelled: usize = counts.iter().map(|(_, count)| count).sum();
        let largest = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
        // Gaps and infinite numbers have no label.
        let largest = largest.max(n_rows - n_labelled.min(n_rows));
        Ok(n_rows > 0 && (counts.len() < 2 || largest as f64 >= self.share * n_rows as f64))
    }
}

impl RecipeStep for DropConstant {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let found = learn(training, &self.columns, KINDS, |name| {
            let is_target = training.schema.require(name)?.role == Role::Target;
            Ok(!is_target && self.is_constant(training, name)?)
        })?;
        let dropped = found.into_iter().filter(|found| found.learnt).map(|found| found.column);
        Ok(Self { dropped: dropped.collect(), ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        rows.retain(|column| !self.dropped.contains(&column.name))?;
        Ok(rows)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let n = self.dropped.len();
        say!("Drop {n} constant columns", "删除 {n} 个常量列")
    }
}
