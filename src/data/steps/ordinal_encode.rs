//! Ordinal encode: categories become whole numbers in an order.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::labels::map_labels;
use super::{Fitted, chosen, learn};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// The place of the category in an order, from 0; -1 for one not seen in training. Missing stays missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrdinalEncode {
    /// Category, text or number columns; empty for all category features.
    pub columns: Vec<String>,
    /// What comes first.
    pub order: Order,
    /// The categories in [`Order::Given`]; those of the training rows that are not named follow.
    pub given: Vec<String>,
    /// Categories in order.
    #[serde(default)]
    pub fitted: Vec<Fitted<Vec<String>>>,
}

/// How categories are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Code points; numbers by size.
    #[default]
    Alphabetical,
    /// The most frequent first.
    Frequency,
    /// As the person says.
    Given,
}

/// Code of a category that no training row has.
const UNKNOWN: f64 = -1.0;
const KINDS: &[&str] = &["category", "text", "number"];

impl OrdinalEncode {
    fn kinds(&self) -> &'static [&'static str] {
        if self.columns.is_empty() { &["category"] } else { KINDS }
    }

    fn ordered(&self, mut counts: Vec<(String, usize)>) -> Vec<String> {
        if self.order == Order::Frequency {
            // The sort is stable: of equally frequent categories the first ones stay first.
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        }
        let found = counts.into_iter().map(|(name, _)| name);
        if self.order != Order::Given {
            return found.collect();
        }
        let mut ordered = self.given.clone();
        ordered.extend(found.filter(|name| !self.given.contains(name)));
        ordered
    }
}

impl RecipeStep for OrdinalEncode {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        if self.order == Order::Given && self.given.is_empty() {
            return Err(Trouble::new(
                "param-order-missing",
                say!("no order is given", "没有给出顺序"),
            )
            .expected(say!("categories from first to last", "从前到后的类别"))
            .advice(say!(
                "Name the categories separated by commas, or choose another order.",
                "请用逗号分隔列出类别，或选择其他顺序。"
            )));
        }
        let fitted = learn(training, &self.columns, self.kinds(), |name| {
            Ok(self.ordered(training.label_counts(name)?))
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        map_labels(rows, &self.fitted, |names| {
            let places: BTreeMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
            move |label: Option<&str>| {
                label.map(|label| places.get(label).map_or(UNKNOWN, |place| *place as f64))
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
        say!("Number the categories of {n} columns", "为 {n} 列的类别编号")
    }
}
