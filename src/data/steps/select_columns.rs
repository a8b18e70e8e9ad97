//! Select columns: keep some columns or drop some.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::column_missing;
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Column, Role, Schema};
use crate::table::Rows;

/// Keeps or drops columns; the target is never dropped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SelectColumns {
    /// Columns kept or dropped; with none named nothing changes.
    pub columns: Vec<String>,
    /// What happens to them.
    pub selection: Selection,
    /// Features that are left, which new rows must have.
    #[serde(default)]
    pub features: Vec<String>,
}

/// What happens to the named columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// They stay, all others go.
    #[default]
    Keep,
    /// They go, all others stay.
    Drop,
}

impl SelectColumns {
    fn keeps(&self, column: &Column) -> bool {
        let is_named = self.columns.contains(&column.name);
        self.columns.is_empty()
            || column.role == Role::Target
            || is_named == (self.selection == Selection::Keep)
    }
}

impl RecipeStep for SelectColumns {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        for name in &self.columns {
            training.schema.require(name)?;
        }
        let features = training.schema.in_role(Role::Feature).filter(|column| self.keeps(column));
        let features = features.map(|column| column.name.clone()).collect();
        Ok(Self { features, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        if let Some(name) = self.features.iter().find(|name| rows.schema.get(name).is_none()) {
            return Err(column_missing(name));
        }
        rows.retain(|column| self.keeps(column))?;
        Ok(rows)
    }

    fn depends_on_parts(&self) -> bool {
        false
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        Vec::new()
    }

    fn describe(&self) -> Words {
        let n = self.columns.len();
        match self.selection {
            Selection::Keep => say!("Keep {n} columns", "保留 {n} 列"),
            Selection::Drop => say!("Drop {n} columns", "删除 {n} 列"),
        }
    }
}
