//! Sort rows: puts the rows of a table in the order of some columns.

use std::cmp::Ordering;

use pg_base::{Trouble, Words, say};
use polars::prelude::IdxCa;
use serde::{Deserialize, Serialize};

use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, Schema};
use crate::table::{ROW, Rows, polars_trouble};

/// Sorts while a table is built, all parts alike: no value changes, so nothing can leak. New rows keep their order.
/// Equal rows keep theirs too; missing values come last either way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SortRows {
    /// Number, category, text or date columns, the most important first; with none named nothing changes.
    pub columns: Vec<String>,
    /// Whether large values come first.
    pub is_descending: bool,
}

const KINDS: &[&str] = &["number", "category", "text", "date"];

enum Keys {
    Numbers(Vec<f64>),
    Texts(Vec<Option<String>>),
}

impl Keys {
    fn of(rows: &Rows, name: &str) -> Result<Self, Trouble> {
        Ok(match rows.schema.require(name)?.kind {
            ColumnKind::Number | ColumnKind::Date => Self::Numbers(rows.floats(name)?),
            _ => Self::Texts(rows.labels(name)?),
        })
    }

    fn compare(&self, a: usize, b: usize, is_descending: bool) -> Ordering {
        let (order, is_missing) = match self {
            Self::Numbers(values) => {
                let of = |at: usize| values.get(at).copied().unwrap_or(f64::NAN);
                // Zero has no sign here.
                let order = (of(a) + 0.0).total_cmp(&(of(b) + 0.0));
                (order, [of(a).is_nan(), of(b).is_nan()])
            }
            Self::Texts(values) => {
                let of = |at: usize| values.get(at).and_then(Option::as_deref);
                (of(a).cmp(&of(b)), [of(a).is_none(), of(b).is_none()])
            }
        };
        match is_missing {
            [false, false] if is_descending => order.reverse(),
            [false, false] => order,
            [a, b] => a.cmp(&b),
        }
    }
}

impl RecipeStep for SortRows {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        if !self.columns.is_empty() {
            training.schema.select(&self.columns, KINDS)?;
        }
        Ok(self.clone())
    }

    fn apply(&self, rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        if purpose == Purpose::Replaying || self.columns.is_empty() {
            return Ok(rows);
        }
        let keys: Vec<Keys> =
            self.columns.iter().map(|name| Keys::of(&rows, name)).collect::<Result<_, _>>()?;
        let mut places: Vec<u32> = (0..rows.n_rows() as u32).collect();
        places.sort_by(|a, b| {
            let of_key = |key: &Keys| key.compare(*a as usize, *b as usize, self.is_descending);
            keys.iter().map(of_key).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        let places = IdxCa::from_vec(ROW.into(), places);
        let frame = rows.frame.take(&places).map_err(polars_trouble)?;
        Ok(Rows { frame, schema: rows.schema })
    }

    fn depends_on_parts(&self) -> bool {
        false
    }

    fn needs_all_rows(&self) -> bool {
        true
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        Vec::new()
    }

    fn describe(&self) -> Words {
        let names = self.columns.join(", ");
        say!("Sort the rows by {names}", "按 {names} 排序")
    }
}
