//! One-hot encode: one column of zeros and ones per category.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, names, present};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Column, ColumnKind, Schema};
use crate::table::Rows;

/// Replaces a column by number columns `name=value`, 1 where the row has the value and 0 elsewhere.
/// A value not seen in training, or missing, gives zeros.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OneHot {
    /// Category, text or number columns; empty for all category features.
    pub columns: Vec<String>,
    /// Categories kept per column, the most frequent ones; 0 for all.
    pub max_categories: usize,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Vec<Category>>>,
}

/// One category and its new column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Value.
    pub value: String,
    /// Name of the new column.
    pub column: String,
}

/// Without a limit of the person's own, more categories than this are a mistake (an id, a name).
const MAX_UNLIMITED: usize = 2000;
const KINDS: &[&str] = &["category", "text", "number"];

impl OneHot {
    fn kinds(&self) -> &'static [&'static str] {
        if self.columns.is_empty() { &["category"] } else { KINDS }
    }

    /// The categories in the order of code points, numbers by size.
    fn categories(&self, training: &Rows, name: &str) -> Result<Vec<String>, Trouble> {
        let counts = training.label_counts(name)?;
        let n_found = counts.len();
        if self.max_categories == 0 && n_found > MAX_UNLIMITED {
            return Err(Trouble::new(
                "too-many-categories",
                say!("the column has {n_found} different values", "该列有 {n_found} 个不同的值"),
            )
            .expected(say!("at most {MAX_UNLIMITED}, for each becomes a column", "不超过 {MAX_UNLIMITED} 个，因为每个值都会成为一列"))
            .advice(say!(
                "Limit the number of categories, or drop the column if it is a name or a number of the row.",
                "请限制类别数量；如果该列是名称或编号，请将其删除。"
            ))
            .column(name));
        }
        let mut ranked: Vec<(usize, (String, usize))> = counts.into_iter().enumerate().collect();
        if self.max_categories > 0 {
            // The sort is stable: of equally frequent categories the first ones stay.
            ranked.sort_by_key(|(_, (_, count))| std::cmp::Reverse(*count));
            ranked.truncate(self.max_categories);
            ranked.sort_by_key(|(position, _)| *position);
        }
        Ok(ranked.into_iter().map(|(_, (value, _))| value).collect())
    }
}

impl RecipeStep for OneHot {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let found =
            learn(training, &self.columns, self.kinds(), |name| self.categories(training, name))?;
        let mut taken = names::taken(&training.schema);
        let mut fitted = Vec::with_capacity(found.len());
        for Fitted { column, is_feature, learnt } in found {
            let mut name_of = |value: String| {
                let name = names::claim(&format!("{column}={value}"), &mut taken);
                Category { value, column: name }
            };
            let learnt = learnt.into_iter().map(&mut name_of).collect();
            fitted.push(Fitted { column, is_feature, learnt });
        }
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let present = present(&rows, &self.fitted)?;
        let encoded: Vec<Result<Vec<(Column, Series)>, Trouble>> =
            present.par_iter().map(|fitted| encode(&rows, fitted)).collect();
        let mut new = BTreeMap::new();
        for (fitted, encoded) in present.into_iter().zip(encoded) {
            new.insert(fitted.column.clone(), encoded?);
        }
        rows.replace(new)?;
        Ok(rows)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, self.kinds())
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        let n_new: usize = self.fitted.iter().map(|fitted| fitted.learnt.len()).sum();
        say!("One-hot encode {n} columns into {n_new}", "将 {n} 列独热编码为 {n_new} 列")
    }
}

fn encode(rows: &Rows, fitted: &Fitted<Vec<Category>>) -> Result<Vec<(Column, Series)>, Trouble> {
    let index: BTreeMap<&str, usize> = fitted
        .learnt
        .iter()
        .enumerate()
        .map(|(index, category)| (category.value.as_str(), index))
        .collect();
    let role = rows.schema.require(&fitted.column)?.role;
    let mut marks = vec![vec![0_u8; rows.n_rows()]; fitted.learnt.len()];
    let mut mark = |row: usize, label: Option<&str>| {
        let found = label.and_then(|label| index.get(label));
        if let Some(mark) =
            found.and_then(|index| marks.get_mut(*index)).and_then(|column| column.get_mut(row))
        {
            *mark = 1;
        }
    };
    if rows.schema.require(&fitted.column)?.kind == ColumnKind::Number {
        for (row, label) in rows.labels(&fitted.column)?.iter().enumerate() {
            mark(row, label.as_deref());
        }
    } else {
        for (row, label) in rows.texts(&fitted.column)?.iter().enumerate() {
            mark(row, label);
        }
    }
    let columns = fitted.learnt.iter().zip(marks).map(|(category, marks)| {
        let column = Column::new(&category.column, ColumnKind::Number).with_role(role);
        (column, UInt8Chunked::from_vec(category.column.as_str().into(), marks).into_series())
    });
    Ok(columns.collect())
}
