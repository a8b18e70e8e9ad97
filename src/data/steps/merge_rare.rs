//! Merge rare categories: what few training rows have becomes one category.

use std::borrow::Cow;
use std::collections::BTreeSet;

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, map_texts};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// Keeps the frequent categories; all others, unknown ones of new rows included, become one. Missing stays missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MergeRare {
    /// Category columns, or text columns by name; empty for all category features.
    pub columns: Vec<String>,
    /// A category of fewer training rows is rare.
    pub min_count: usize,
    /// A category of a smaller share of the training rows that have a value is rare.
    pub min_share: f64,
    /// At most so many stay, the most frequent ones; 0 for no bound.
    pub max_categories: usize,
    /// What the others become.
    pub other: String,
    /// The categories that stay.
    #[serde(default)]
    pub fitted: Vec<Fitted<BTreeSet<String>>>,
}

impl Default for MergeRare {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            min_count: 10,
            min_share: 0.0,
            max_categories: 0,
            other: "other".to_owned(),
            fitted: Vec::new(),
        }
    }
}

impl MergeRare {
    fn kinds(&self) -> &'static [&'static str] {
        if self.columns.is_empty() { &["category"] } else { &["category", "text"] }
    }

    fn frequent(&self, counts: Vec<(String, usize)>) -> BTreeSet<String> {
        let n_rows: usize = counts.iter().map(|(_, count)| count).sum();
        let is_frequent = |count: usize| {
            count >= self.min_count && count as f64 >= self.min_share * n_rows as f64
        };
        let mut kept: Vec<(String, usize)> =
            counts.into_iter().filter(|(_, count)| is_frequent(*count)).collect();
        if self.max_categories > 0 {
            // The sort is stable: of equally frequent categories the first ones stay.
            kept.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            kept.truncate(self.max_categories);
        }
        kept.into_iter().map(|(label, _)| label).collect()
    }
}

impl RecipeStep for MergeRare {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted = learn(training, &self.columns, self.kinds(), |name| {
            Ok(self.frequent(training.label_counts(name)?))
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        map_texts(rows, &self.fitted, |frequent, label| {
            let is_frequent = frequent.contains(label);
            Some(if is_frequent { Cow::Borrowed(label) } else { Cow::Owned(self.other.clone()) })
        })
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, self.kinds())
    }

    fn describe(&self) -> Words {
        let (n, other) = (self.fitted.len(), &self.other);
        say!(
            "Merge rare categories of {n} columns into “{other}”",
            "将 {n} 列中的罕见类别合并为“{other}”"
        )
    }
}
