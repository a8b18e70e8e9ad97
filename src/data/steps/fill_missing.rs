//! Fill missing values: put a learnt, estimated or given value where there is none, or drop such rows from training.

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::carry::Course;
use super::impute::{Estimator, Neighbours, Regressions, finite_or_nan};
use super::{Fitted, add_marks, chosen, free_name, keep_training, learn, present, statistics};
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
    /// How many rows [`NumberFill::Neighbours`] averages.
    #[serde(default)]
    pub n_neighbours: usize,
    /// Number or date column in whose order values are carried on; empty for the order of the table.
    #[serde(default)]
    pub order_by: String,
    /// Whether columns of 0 and 1 say which values were missing.
    #[serde(default)]
    pub adds_marks: bool,
    /// The columns that get one, with its name: the features with gaps in the training rows.
    #[serde(default)]
    pub marks: Vec<Fitted<String>>,
    /// What estimates the columns of [`Fill::Estimated`], in their order.
    #[serde(default)]
    pub estimator: Option<Estimator>,
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
    /// The value of the training row before; new rows, whose neighbours are not known, get the last training value.
    Forward,
    /// The value of the training row after; new rows get the last training value.
    Backward,
    /// The mean of the most similar training rows.
    Neighbours,
    /// Regression on the other columns.
    Model,
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
    /// The value of the training row before; new rows get the last training value.
    Forward,
    /// The value of the training row after; new rows get the last training value.
    Backward,
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
    /// Whatever the estimator says of the row.
    Estimated,
    /// Nothing: training rows without a value are dropped.
    DropRows,
    /// Nothing.
    Leave,
}

const KINDS: &[&str] = &["number", "category", "text"];

/// Columns that an estimator looks at: the work grows with their third power.
const MAX_ESTIMATED: usize = 100;

impl FillMissing {
    /// Whether the fill of a value depends on nothing but the value.
    pub fn fills_each_value_alone(&self) -> bool {
        self.estimator.is_none() && self.marks.is_empty()
    }

    fn learn_column(
        &self,
        training: &Rows,
        course: Option<&Course>,
        name: &str,
    ) -> Result<Fill, Trouble> {
        let last = || course.and_then(Course::last);
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
                NumberFill::Forward | NumberFill::Backward => {
                    let mut numbers = optional_numbers(training, name)?;
                    if let Some(course) = course {
                        course.carry(&mut numbers, true);
                    }
                    let last = last().and_then(|last| numbers.get(last).copied().flatten());
                    last.map(|value| Fill::Number(statistics::bounded(value)))
                }
                NumberFill::Neighbours | NumberFill::Model => {
                    (!values()?.is_empty()).then_some(Fill::Estimated)
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
                TextFill::Forward | TextFill::Backward => {
                    let mut texts = optional_texts(training, name)?;
                    if let Some(course) = course {
                        course.carry(&mut texts, true);
                    }
                    let last = last().and_then(|last| texts.get(last).cloned().flatten());
                    last.map(Fill::Text)
                }
                TextFill::DropRows => Some(Fill::DropRows),
                TextFill::Leave => Some(Fill::Leave),
            }
        };
        if column.role == Role::Target && !matches!(fill, Some(Fill::DropRows | Fill::Leave)) {
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

impl FillMissing {
    fn carries(&self, kind: &ColumnKind) -> Option<bool> {
        if *kind == ColumnKind::Number {
            return match self.numbers {
                NumberFill::Forward => Some(true),
                NumberFill::Backward => Some(false),
                _ => None,
            };
        }
        match self.texts {
            TextFill::Forward => Some(true),
            TextFill::Backward => Some(false),
            _ => None,
        }
    }

    fn carries_any(&self) -> bool {
        [ColumnKind::Number, ColumnKind::Text].iter().any(|kind| self.carries(kind).is_some())
    }

    /// None where nothing is carried.
    fn course(&self, rows: &Rows) -> Result<Option<Course>, Trouble> {
        if !self.carries_any() {
            return Ok(None);
        }
        Course::new(rows, &self.order_by).map(Some)
    }

    fn learn_marks(
        &self,
        training: &Rows,
        fitted: &[Fitted<Fill>],
    ) -> Result<Vec<Fitted<String>>, Trouble> {
        let mut marks: Vec<Fitted<String>> = Vec::new();
        if !self.adds_marks {
            return Ok(marks);
        }
        for one in fitted.iter().filter(|one| one.is_feature && one.learnt != Fill::DropRows) {
            if training.column(&one.column)?.null_count() == 0 {
                continue;
            }
            let column = &one.column;
            let is_taken = |name: &str| {
                training.schema.get(name).is_some() || marks.iter().any(|mark| mark.learnt == name)
            };
            let learnt = free_name(&format!("{column}_missing"), is_taken);
            marks.push(Fitted { column: column.clone(), is_feature: true, learnt });
        }
        Ok(marks)
    }

    fn learn_estimator(
        &self,
        training: &Rows,
        fitted: &[Fitted<Fill>],
    ) -> Result<Option<Estimator>, Trouble> {
        let names: Vec<&str> = estimated(fitted).collect();
        if names.is_empty() {
            return Ok(None);
        }
        let n = names.len();
        if n > MAX_ESTIMATED {
            return Err(Trouble::new(
                "too-many-columns",
                say!(
                    "{n} columns are to be estimated from each other",
                    "需要相互估计的列有 {n} 个"
                ),
            )
            .expected(say!("at most {MAX_ESTIMATED}", "不超过 {MAX_ESTIMATED} 个"))
            .advice(say!(
                "Name the columns that matter, or fill with the median.",
                "请指定重要的列，或改用中位数填补。"
            )));
        }
        let columns = names.iter().map(|name| Ok(finite_or_nan(&training.numbers(name)?)));
        let columns = columns.collect::<Result<Vec<_>, Trouble>>()?;
        Ok(Some(if self.numbers == NumberFill::Model {
            Estimator::Regressions(Regressions::learn(&columns))
        } else {
            Estimator::Neighbours(Neighbours::learn(&columns, self.n_neighbours.max(1)))
        }))
    }

    /// The filled column; none where it has nothing to fill.
    /// The type of a number column becomes Float64 either way, so that chunks of one file agree.
    fn fill(
        &self,
        rows: &Rows,
        course: Option<&Course>,
        name: &str,
        fill: &Fill,
    ) -> Result<Option<Series>, Trouble> {
        let kind = &rows.schema.require(name)?.kind;
        let course = self.carries(kind).and_then(|is_forward| Some((course?, is_forward)));
        match fill {
            Fill::Number(number) => {
                let mut values = rows.numbers(name)?;
                if values.null_count() == 0 {
                    return Ok(Some(values.into_series()));
                }
                if let Some((course, is_forward)) = course {
                    let mut numbers = optional_numbers(rows, name)?;
                    course.carry(&mut numbers, is_forward);
                    values = numbers.into_iter().collect::<Float64Chunked>().with_name(name.into());
                }
                let filled = values.fill_null_with_values(*number).map_err(polars_trouble)?;
                Ok(Some(filled.into_series()))
            }
            Fill::Text(text) => {
                let values = rows.texts(name)?;
                if values.null_count() == 0 {
                    return Ok(None);
                }
                let filled: StringChunked = if let Some((course, is_forward)) = course {
                    let mut texts = optional_texts(rows, name)?;
                    course.carry(&mut texts, is_forward);
                    texts.iter().map(|value| Some(value.as_deref().unwrap_or(text))).collect()
                } else {
                    values.iter().map(|value| Some(value.unwrap_or(text))).collect()
                };
                Ok(Some(filled.with_name(name.into()).into_series()))
            }
            Fill::Estimated | Fill::DropRows | Fill::Leave => Ok(None),
        }
    }

    /// The estimated columns that the rows have.
    fn estimate(&self, rows: &Rows) -> Result<Vec<Series>, Trouble> {
        let Some(estimator) = &self.estimator else { return Ok(Vec::new()) };
        let names: Vec<&str> = estimated(&self.fitted).collect();
        let mut columns: Vec<Option<Vec<Option<f64>>>> = Vec::with_capacity(names.len());
        for name in &names {
            let is_there = rows.schema.get(name).is_some();
            columns.push(if is_there { Some(optional_numbers(rows, name)?) } else { None });
        }
        let cell = |column: &Option<Vec<Option<f64>>>, row: usize| {
            column.as_ref().and_then(|column| column.get(row).copied().flatten())
        };
        let filled: Vec<Option<Vec<f64>>> = (0..rows.n_rows())
            .into_par_iter()
            .map(|row| {
                let cells = columns.iter().map(|column| cell(column, row));
                let mut row: Vec<f64> = cells
                    .map(|cell| cell.filter(|value| value.is_finite()).unwrap_or(f64::NAN))
                    .collect();
                let has_gap = row.iter().any(|value| value.is_nan());
                has_gap.then(|| {
                    estimator.fill(&mut row);
                    row
                })
            })
            .collect();
        let mut found = Vec::with_capacity(names.len());
        for (index, (name, column)) in names.iter().zip(columns).enumerate() {
            let Some(values) = column else { continue };
            let values = values.into_iter().zip(&filled).map(|(value, filled)| {
                value.or_else(|| filled.as_ref().and_then(|row| row.get(index).copied()))
            });
            let values: Float64Chunked = values.collect();
            found.push(values.with_name((*name).into()).into_series());
        }
        Ok(found)
    }
}

impl RecipeStep for FillMissing {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let course = self.course(training)?;
        let fitted = learn(training, &self.columns, KINDS, |name| {
            self.learn_column(training, course.as_ref(), name)
        })?;
        let marks = self.learn_marks(training, &fitted)?;
        let estimator = self.learn_estimator(training, &fitted)?;
        Ok(Self { marks, estimator, fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        let present = present(&rows, &self.fitted)?;
        let mut course = None;
        if purpose == Purpose::Building {
            rows = drop_incomplete(rows, &present)?;
            course = self.course(&rows)?;
        }
        let mut marks = Vec::with_capacity(self.marks.len());
        for mark in &self.marks {
            let is_missing = rows.column(&mark.column)?.is_null();
            marks.push((
                mark.learnt.clone(),
                is_missing.iter().map(|is| is == Some(true)).collect(),
            ));
        }
        let filled: Vec<Result<Option<Series>, Trouble>> = present
            .par_iter()
            .map(|fitted| self.fill(&rows, course.as_ref(), &fitted.column, &fitted.learnt))
            .collect();
        let filled: Vec<Option<Series>> = filled.into_iter().collect::<Result<_, _>>()?;
        let mut filled: Vec<Series> = filled.into_iter().flatten().collect();
        filled.extend(self.estimate(&rows)?);
        rows.set_all(filled, None)?;
        if !marks.is_empty() {
            add_marks(&mut rows, marks)?;
        }
        Ok(rows)
    }

    fn can_wait(&self) -> bool {
        let drops = self.fitted.iter().any(|fitted| fitted.learnt == Fill::DropRows);
        self.fills_each_value_alone() && !self.carries_any() && !drops
    }

    fn needs_all_rows(&self) -> bool {
        self.carries_any()
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        let mut names = chosen(schema, &self.columns, KINDS);
        if !self.order_by.is_empty() {
            names.push(self.order_by.clone());
        }
        names
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        say!("Fill missing values in {n} columns", "填充 {n} 列中的缺失值")
    }
}

/// Drops training rows that have no value in a column whose rows are to be dropped.
fn drop_incomplete(rows: Rows, fitted: &[&Fitted<Fill>]) -> Result<Rows, Trouble> {
    let mut is_complete = vec![true; rows.n_rows()];
    let mut drops = false;
    for one in fitted.iter().filter(|one| one.learnt == Fill::DropRows) {
        drops = true;
        let is_there = rows.column(&one.column)?.is_not_null();
        for (is_complete, is_there) in is_complete.iter_mut().zip(is_there.iter()) {
            *is_complete &= is_there == Some(true);
        }
    }
    if drops { keep_training(&rows, &is_complete) } else { Ok(rows) }
}

fn estimated(fitted: &[Fitted<Fill>]) -> impl Iterator<Item = &str> {
    fitted.iter().filter(|one| one.learnt == Fill::Estimated).map(|one| one.column.as_str())
}

fn optional_numbers(rows: &Rows, name: &str) -> Result<Vec<Option<f64>>, Trouble> {
    Ok(rows.numbers(name)?.iter().collect())
}

fn optional_texts(rows: &Rows, name: &str) -> Result<Vec<Option<String>>, Trouble> {
    Ok(rows.texts(name)?.iter().map(|text| text.map(str::to_owned)).collect())
}

/// Of equally frequent texts the first.
fn most_frequent_text(counts: Vec<(String, usize)>) -> Option<String> {
    let best = counts.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(text, _)| text)
}
