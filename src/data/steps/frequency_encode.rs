//! Frequency encode: a category becomes the share, or the number, of training rows that have it.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::labels::map_labels;
use super::{Fitted, chosen, learn};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// How usual the category of a row is; 0 for one not seen in training. Missing counts as a category.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FrequencyEncode {
    /// Category, text or number columns; empty for all category features.
    pub columns: Vec<String>,
    /// Whether the number of rows is given instead of their share.
    pub gives_counts: bool,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Frequencies>>,
}

/// Training rows by label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frequencies {
    /// Rows of each label.
    pub counts: BTreeMap<String, usize>,
    /// Rows without a label.
    pub n_missing: usize,
    /// All rows.
    pub n_rows: usize,
}

const KINDS: &[&str] = &["category", "text", "number"];

impl FrequencyEncode {
    fn kinds(&self) -> &'static [&'static str] {
        if self.columns.is_empty() { &["category"] } else { KINDS }
    }
}

impl RecipeStep for FrequencyEncode {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted = learn(training, &self.columns, self.kinds(), |name| {
            let counts: BTreeMap<String, usize> =
                training.label_counts(name)?.into_iter().collect();
            let n_rows = training.n_rows();
            let n_missing = n_rows.saturating_sub(counts.values().sum());
            Ok(Frequencies { counts, n_missing, n_rows })
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        map_labels(rows, &self.fitted, |learnt| {
            let whole = if self.gives_counts { 1.0 } else { learnt.n_rows.max(1) as f64 };
            move |label: Option<&str>| {
                let count = match label {
                    Some(label) => learnt.counts.get(label).copied().unwrap_or(0),
                    None => learnt.n_missing,
                };
                Some(count as f64 / whole)
            }
        })
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, self.kinds())
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        say!("Encode {n} columns by frequency", "按频率编码 {n} 列")
    }
}
