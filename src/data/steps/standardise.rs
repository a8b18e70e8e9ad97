//! Standardise: subtract the mean and divide by the standard deviation.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, map_numbers, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// `(value - mean) / scale`; the same as scikit-learn's `StandardScaler`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standardise {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Scale>>,
}

/// Centre and spread of a column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Mean.
    pub mean: f64,
    /// Population standard deviation; 1 for a constant column.
    pub scale: f64,
}

const KINDS: &[&str] = &["number"];

impl RecipeStep for Standardise {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted = learn(training, &self.columns, KINDS, |name| {
            let (mean, scale) =
                statistics::mean_and_scale(&statistics::finite(&training.numbers(name)?));
            Ok(Scale { mean, scale })
        })?;
        Ok(Self { columns: self.columns.clone(), fitted })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        map_numbers(rows, &self.fitted, |learnt, value| (value - learnt.mean) / learnt.scale)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        say!("Standardise {n} columns", "标准化 {n} 列")
    }
}
