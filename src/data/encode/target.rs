//! The target: class names or a scaled number, there and back.

use std::collections::BTreeMap;

use pg_base::{Trouble, say};
use serde::{Deserialize, Serialize};

use super::encoded::EncodedTarget;
use super::{Problem, Problems};
use crate::schema::ColumnKind;
use crate::steps::curve::{Curve, CurveKind};
use crate::steps::{column_missing, statistics};
use crate::table::Rows;

/// What kind of answer is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Categories and texts are classified. Numbers are predicted as numbers, unless they are whole and few: two
    /// values, or at most 20 that are at most 5 % of the rows.
    #[default]
    Auto,
    /// One of several classes.
    Classification,
    /// A number.
    Regression,
}

/// How a target becomes what a network is trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "target")]
pub enum TargetCodec {
    /// The class of the row as an index.
    Classes {
        /// Column name.
        column: String,
        /// Class names in the order of code points; numbers by size.
        names: Vec<String>,
    },
    /// `(value - mean) / std`, of the value on a curve where there is one.
    Number {
        /// Column name.
        column: String,
        /// Mean of the training values on the curve.
        mean: f64,
        /// Their population standard deviation; above 0.
        std: f64,
        /// Where the network learns the target on another scale.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        curve: Option<Curve>,
    },
}

/// More classes than this are names or ids, not classes.
const MAX_CLASSES: usize = 10_000;

impl TargetCodec {
    /// Learns class names, or centre and spread, from the training rows.
    pub fn fit(training: &Rows, column: &str, task: Task) -> Result<Self, Trouble> {
        let kind = &training.schema.require(column)?.kind;
        let is_number = *kind == ColumnKind::Number;
        if !is_number && !matches!(kind, ColumnKind::Category | ColumnKind::Text) {
            let label = kind.label();
            let (en, zh) = (label.en, label.zh);
            return Err(Trouble::new(
                "target-kind",
                say!("the target is a {en} column", "目标列是{zh}列"),
            )
            .expected(say!("a number or a category", "数值或类别"))
            .column(column));
        }
        if !is_number && task == Task::Regression {
            return Err(Trouble::new(
                "target-not-numeric",
                say!("the target holds categories", "目标列是类别"),
            )
            .expected(say!("numbers for a regression", "回归需要数值"))
            .advice(say!("Choose classification, or another target.", "请选择分类，或更换目标列。"))
            .column(column));
        }
        let counts = training.label_counts(column)?;
        if counts.is_empty() {
            return Err(Trouble::new(
                "target-all-missing",
                say!("no training row has a target", "训练数据中目标列全部缺失"),
            )
            .advice(say!(
                "Choose another target column, or check how it was read.",
                "请更换目标列，或检查读取方式。"
            ))
            .column(column));
        }
        let is_classes = match task {
            Task::Classification => true,
            Task::Regression => false,
            Task::Auto => !is_number || is_few_whole_numbers(&counts),
        };
        if is_classes {
            Self::fit_classes(column, counts)
        } else {
            Self::fit_number(training, column)
        }
    }

    /// Name of the target column.
    pub fn column(&self) -> &str {
        match self {
            Self::Classes { column, .. } | Self::Number { column, .. } => column,
        }
    }

    /// Class names; empty for a number.
    pub fn class_names(&self) -> &[String] {
        match self {
            Self::Classes { names, .. } => names,
            Self::Number { .. } => &[],
        }
    }

    /// Name of a class; none for a number or beyond the last class.
    pub fn class_name(&self, index: usize) -> Option<&str> {
        self.class_names().get(index).map(String::as_str)
    }

    /// Answers per row: a probability per class, or one number.
    pub fn n_outputs(&self) -> usize {
        self.class_names().len().max(1)
    }

    /// A network's answer in the unit of the column; unchanged for classes.
    pub fn number(&self, answer: f64) -> f64 {
        match self {
            Self::Number { mean, std, curve, .. } => {
                let value = answer * std + mean;
                curve.as_ref().map_or(value, |curve| curve.inverse(value))
            }
            Self::Classes { .. } => answer,
        }
    }

    pub(super) fn encode(
        &self,
        rows: &Rows,
        problems: &mut Problems,
    ) -> Result<EncodedTarget, Trouble> {
        let name = self.column();
        let Some(found) = rows.schema.get(name) else { return Err(column_missing(name)) };
        let is_number = found.kind == ColumnKind::Number;
        let missing = || Problem::TargetMissing(name.to_owned());
        match self {
            Self::Number { mean, std, curve, .. } => {
                let on_curve =
                    |value: f64| curve.as_ref().map_or(value, |curve| curve.forward(value));
                let mut scaled = Vec::with_capacity(rows.n_rows());
                for (row, value) in rows.numbers(name)?.iter().enumerate() {
                    let value =
                        value.map_or(f32::NAN, |value| ((on_curve(value) - mean) / std) as f32);
                    if !value.is_finite() {
                        problems.add(row, missing);
                    }
                    scaled.push(value);
                }
                Ok(EncodedTarget::numbers(scaled))
            }
            Self::Classes { names, .. } => {
                let unknown =
                    |found: &str| Problem::TargetUnknown(name.to_owned(), found.to_owned());
                let mut ids = Vec::with_capacity(rows.n_rows());
                if is_number {
                    // Adding 0 makes -0 and 0 the same bits.
                    let bits = |name: &String| {
                        name.parse::<f64>().ok().map(|value| (value + 0.0).to_bits())
                    };
                    let by_bits: BTreeMap<u64, i32> = names
                        .iter()
                        .map(bits)
                        .zip(0..)
                        .filter_map(|(b, i)| Some((b?, i)))
                        .collect();
                    for (row, value) in rows.numbers(name)?.iter().enumerate() {
                        let id = value.and_then(|value| by_bits.get(&(value + 0.0).to_bits()));
                        match value {
                            None => problems.add(row, missing),
                            Some(value) if id.is_none() => {
                                problems.add(row, || unknown(&value.to_string()));
                            }
                            Some(_) => {}
                        }
                        ids.push(id.copied().unwrap_or(0));
                    }
                } else {
                    let by_name: BTreeMap<&str, i32> =
                        names.iter().map(String::as_str).zip(0..).collect();
                    for (row, value) in rows.texts(name)?.iter().enumerate() {
                        let id = value.and_then(|value| by_name.get(value));
                        match value {
                            None => problems.add(row, missing),
                            Some(value) if id.is_none() => problems.add(row, || unknown(value)),
                            Some(_) => {}
                        }
                        ids.push(id.copied().unwrap_or(0));
                    }
                }
                Ok(EncodedTarget::classes(ids))
            }
        }
    }

    fn fit_classes(column: &str, counts: Vec<(String, usize)>) -> Result<Self, Trouble> {
        let n_classes = counts.len();
        if let [(only, _)] = counts.as_slice() {
            return Err(Trouble::new(
                "target-one-class",
                say!("every training row has the target `{only}`", "所有训练行的目标都是 `{only}`"),
            )
            .expected(say!("at least two classes", "至少两个类别"))
            .advice(say!(
                "Add rows of another class, or choose another target.",
                "请加入其他类别的数据，或更换目标列。"
            ))
            .column(column));
        }
        let n_single = counts.iter().filter(|(_, count)| *count == 1).count();
        if 2 * n_single > n_classes || n_classes > MAX_CLASSES {
            return Err(Trouble::new(
                "class-too-rare",
                say!(
                    "{n_single} of {n_classes} classes have a single training row",
                    "{n_classes} 个类别中有 {n_single} 个只有一条训练数据"
                ),
            )
            .expected(say!(
                "several training rows per class, and at most {MAX_CLASSES} classes",
                "每个类别有多条训练数据，且不超过 {MAX_CLASSES} 个类别"
            ))
            .advice(say!(
                "The target looks like a name or a measured number: choose another target, or regression.",
                "目标列像是名称或测量值：请更换目标列，或改用回归。"
            ))
            .column(column));
        }
        let names = counts.into_iter().map(|(name, _)| name).collect();
        Ok(Self::Classes { column: column.to_owned(), names })
    }

    fn fit_number(training: &Rows, column: &str) -> Result<Self, Trouble> {
        let values = statistics::finite(&training.numbers(column)?);
        let (low, high) = statistics::range(&values).unwrap_or_default();
        if low == high {
            return Err(Trouble::new(
                "target-constant",
                say!("every training row has the target {low}", "所有训练行的目标都是 {low}"),
            )
            .expected(say!("different values to learn from", "不同的值"))
            .column(column));
        }
        let (mean, std) = statistics::mean_and_scale(&values);
        Ok(Self::Number { column: column.to_owned(), mean, std, curve: None })
    }

    /// The same target on a curve fitted to the training rows; classes stay as they are.
    pub(super) fn on_curve(self, training: &Rows, kind: CurveKind) -> Result<Self, Trouble> {
        let Self::Number { column, .. } = self else { return Ok(self) };
        let mut values = statistics::finite(&training.numbers(&column)?);
        let curve = Curve::fit(kind, &values).map_err(|trouble| trouble.column(&column))?;
        for value in &mut values {
            *value = curve.forward(*value);
        }
        let (mean, std) = statistics::mean_and_scale(&values);
        Ok(Self::Number { column, mean, std, curve: Some(curve) })
    }
}

/// Such numbers are codes of classes: survived 0 or 1, a digit 0 to 9.
pub(super) fn is_few_whole_numbers(counts: &[(String, usize)]) -> bool {
    let n_rows: usize = counts.iter().map(|(_, count)| count).sum();
    let is_whole =
        |(label, _): &(String, usize)| label.parse::<f64>().is_ok_and(|value| value.fract() == 0.0);
    let n = counts.len();
    n <= 20 && (n <= 2 || 20 * n <= n_rows) && counts.iter().all(is_whole)
}
