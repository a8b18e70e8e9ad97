//! Fill missing values: put a learnt or a given value where there is none, or drop such rows from training.

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, keep_training, learn, present, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, Role, Schema};
use crate::table::{Rows, polars_trouble};

/// Fills numbers, categories and texts; the target is never filled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FillMissing {
    /// Columns; empty for all number, category and text features.
    pub columns: Vec<String>,
    /// What happens to missing numbers.
    pub numbers: NumberFill,
    /// The number for [`NumberFill::Constant`].
    pub number_constant: f64,
    /// What happens to missing categories and texts.
    pub texts: TextFill,
    /// The text for [`TextFill::Constant`].
    pub text_constant: String,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Fill>>,
}

/// How missing numbers are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberFill {
    /// Mean of the training values.
    Mean,
    /// Median of the training values.
    #[default]
    Median,
    /// The most frequent training value, of equally frequent ones the smallest.
    MostFrequent,
    /// A given number.
    Constant,
    /// The row is dropped from training; new rows are never dropped.
    DropRows,
    /// Left missing.
    Leave,
}

/// How missing categories and texts are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFill {
    /// The most frequent training value, of equally frequent ones the first in the order of code points.
    #[default]
    MostFrequent,
    /// A given text.
    Constant,
    /// The row is dropped from training; new rows are never dropped.
    DropRows,
    /// Left missing.
    Leave,
}

/// What one column is filled with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Nothing: training rows without a value are dropped.
    DropRows,
    /// Nothing.
    Leave,
}

const KINDS: &[&str] = &["number", "category", "text"];

impl FillMissing {
    fn learn_column(&self, training: &Rows, name: &str) -> Result<Fill, Trouble> {
        let column = training.schema.require(name)?;
        let fill = if column.kind == ColumnKind::Number {
            let values = || Ok(statistics::finite(&training.numbers(name)?));
            match self.numbers {
                NumberFill::Mean => statistics::mean(&values()?).map(Fill::Number),
                NumberFill::Median => statistics::quantile(&mut values()?, 0.5).map(Fill::Number),
                NumberFill::MostFrequent => {
                    statistics::most_frequent(&mut values()?).map(Fill::Number)
                }
                NumberFill::Constant if self.number_constant.is_finite() => {
                    Some(Fill::Number(self.number_constant))
                }
                NumberFill::Constant => {
                    return Err(Trouble::new(
                        "constant-invalid",
                        say!("the constant is no number", "常数不是数字"),
                    ));
                }
                NumberFill::DropRows => Some(Fill::DropRows),
                NumberFill::Leave => Some(Fill::Leave),
            }
        } else {
            match self.texts {
                TextFill::MostFrequent => {
                    most_frequent_text(training.label_counts(name)?).map(Fill::Text)
                }
                TextFill::Constant => Some(Fill::Text(self.text_constant.clone())),
                TextFill::DropRows => Some(Fill::DropRows),
                TextFill::Leave => Some(Fill::Leave),
            }
        };
        if column.role == Role::Target && matches!(fill, Some(Fill::Number(_) | Fill::Text(_))) {
            return Err(Trouble::new(
                "target-filled",
                say!(
                    "`{name}` is the target; invented answers would spoil the model",
                    "`{name}` 是目标列；填补的答案会损害模型"
                ),
            )
            .advice(say!(
                "Leave the target out of the columns: rows without it are not used for training.",
                "请勿选择目标列：缺少目标的行不会用于训练。"
            ))
            .column(name));
        }
        fill.ok_or_else(|| {
            Trouble::new(
                "column-all-missing",
                say!("no training row has a value", "训练数据中该列全部缺失"),
            )
            .expected(say!("at least one value to learn from", "至少有一个可供学习的值"))
            .advice(say!(
                "Drop the column with Select columns, or fill it with a constant.",
                "请用“选择列”删除该列，或用常数填充。"
            ))
            .column(name)
        })
    }
}

impl RecipeStep for FillMissing {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted =
            learn(training, &self.columns, KINDS, |name| self.learn_column(training, name))?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        let present = present(&rows, &self.fitted)?;
        if purpose == Purpose::Building {
            rows = drop_incomplete(rows, &present)?;
        }
        let filled: Vec<Result<Option<Series>, Trouble>> =
            present.par_iter().map(|fitted| fill(&rows, &fitted.column, &fitted.learnt)).collect();
        let filled: Vec<Option<Series>> = filled.into_iter().collect::<Result<_, _>>()?;
        rows.set_all(filled.into_iter().flatten().collect(), None)?;
        Ok(rows)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        say!("Fill missing values in {n} columns", "填充 {n} 列中的缺失值")
    }
}

/// Drops training rows that have no value in a column whose rows are to be dropped.
fn drop_incomplete(rows: Rows, fitted: &[&Fitted<Fill>]) -> Result<Rows, Trouble> {
    let mut complete: Option<BooleanChunked> = None;
    for one in fitted.iter().filter(|one| one.learnt == Fill::DropRows) {
        let is_there = rows.column(&one.column)?.is_not_null();
        complete = Some(match complete {
            Some(complete) => &complete & &is_there,
            None => is_there,
        });
    }
    let Some(complete) = complete else { return Ok(rows) };
    let complete: Vec<bool> = complete.iter().map(|complete| complete == Some(true)).collect();
    keep_training(rows, &complete)
}

/// The filled column; none where it has nothing to fill.
/// The type of a number column becomes Float64 either way, so that chunks of one file agree.
fn fill(rows: &Rows, name: &str, fill: &Fill) -> Result<Option<Series>, Trouble> {
    match fill {
        Fill::Number(number) => {
            let values = rows.numbers(name)?;
            if values.null_count() == 0 {
                return Ok(Some(values.into_series()));
            }
            Ok(Some(values.fill_null_with_values(*number).map_err(polars_trouble)?.into_series()))
        }
        Fill::Text(text) => {
            let values = rows.texts(name)?;
            if values.null_count() == 0 {
                return Ok(None);
            }
            let filled = values.iter().map(|value| value.unwrap_or(text));
            Ok(Some(StringChunked::from_iter_values(name.into(), filled).into_series()))
        }
        Fill::DropRows | Fill::Leave => Ok(None),
    }
}

/// Of equally frequent texts the first.
fn most_frequent_text(counts: Vec<(String, usize)>) -> Option<String> {
    let best = counts.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(text, _)| text)
}
