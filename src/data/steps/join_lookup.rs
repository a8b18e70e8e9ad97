//! Join: columns of a lookup table beside each row, by key; the lookup table is a part of the step.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{Fitted, keep_training, put};
use crate::combine::lookup::{JoinKind, Lookup};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Role, Schema};
use crate::table::Rows;

/// Adds the columns of the lookup table; a key that is missing or unknown gives missing values.
/// While a table is built, joins other than the left one drop rows (after a split training rows only).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JoinLookup {
    /// Key columns.
    pub keys: Vec<String>,
    /// Which rows stay.
    pub kind: JoinKind,
    /// The lookup table.
    pub lookup: Lookup,
    /// The key columns, and whether new rows must have them.
    #[serde(default)]
    pub fitted: Vec<Fitted<()>>,
}

impl RecipeStep for JoinLookup {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let mut fitted = Vec::with_capacity(self.keys.len());
        for name in &self.keys {
            let is_feature = training.schema.require(name)?.role != Role::Target;
            fitted.push(Fitted { column: name.clone(), is_feature, learnt: () });
        }
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        if purpose == Purpose::Replaying && matches!(self.kind, JoinKind::Semi | JoinKind::Anti) {
            return Ok(rows);
        }
        let mut has_keys = true;
        for key in &self.fitted {
            has_keys &= key.is_in(&rows)?;
        }
        let places = if has_keys {
            self.lookup.places(&rows, &self.keys)?
        } else {
            vec![None; rows.n_rows()]
        };
        let mut joined = rows;
        for (column, values) in self.lookup.gathered(&places)? {
            put(&mut joined, column, values)?;
        }
        if purpose == Purpose::Replaying || self.kind == JoinKind::Left {
            return Ok(joined);
        }
        let is_match = self.kind != JoinKind::Anti;
        let keep: Vec<bool> = places.iter().map(|place| place.is_some() == is_match).collect();
        keep_training(&joined, &keep)
    }

    fn depends_on_parts(&self) -> bool {
        self.kind != JoinKind::Left
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        Vec::new()
    }

    fn describe(&self) -> Words {
        let (n, keys) = (self.lookup.columns().count(), self.keys.join(", "));
        match self.kind {
            JoinKind::Left | JoinKind::Inner => {
                say!("Join {n} columns by {keys}", "按 {keys} 连接 {n} 列")
            }
            JoinKind::Semi => {
                say!("Keep rows whose {keys} is in the lookup table", "保留 {keys} 在查找表中的行")
            }
            JoinKind::Anti => {
                say!(
                    "Keep rows whose {keys} is not in the lookup table",
                    "保留 {keys} 不在查找表中的行"
                )
            }
        }
    }
}
