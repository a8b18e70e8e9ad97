//! Encoding: from the columns of a prepared table to the arrays a network takes, and from its answers back.

mod encoded;
mod fit;
mod pixels;
mod rows;
mod several;
mod streamed;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use pg_base::{Trouble, say};
use serde::{Deserialize, Serialize};

pub use rows::EncodedRows;
pub use streamed::StreamedRows;
pub use target::{TargetCodec, Task};

use encoded::EncodedTarget;

use crate::steps::column_missing;
use crate::table::{Part, Rows, Table};

/// Which columns feed a network, and what its answer means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    /// Inputs of the network: first all number features together, then pictures and sequences in column order.
    pub inputs: Vec<InputSlot>,
    /// What is predicted, a codec per target column; nothing for features alone.
    #[serde(default, rename = "target", with = "pg_base::one_or_many")]
    pub targets: Vec<TargetCodec>,
    /// Whether a missing number becomes NaN, for a method that knows gaps, rather than a reason to reject the row.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepts_gaps: bool,
}

/// One input of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "input")]
pub enum InputSlot {
    /// Number columns side by side: f32 `[rows, features]`.
    Numbers {
        /// Column names, in order.
        columns: Vec<String>,
    },
    /// A column of pictures: f32 `[rows, channels, height, width]`.
    Image {
        /// Column name.
        column: String,
        /// Pixels.
        height: usize,
        /// Pixels.
        width: usize,
        /// 1 or 3.
        channels: usize,
    },
    /// A column of token ids: i32 `[rows, length]`, padded with 0 at the end.
    Sequence {
        /// Column name.
        column: String,
        /// Ids per row.
        length: usize,
        /// Number of ids; every id is smaller.
        vocabulary: usize,
    },
}

/// Encoded rows and those that could not be used.
#[derive(Debug)]
pub struct Encoded {
    /// The usable rows.
    pub rows: EncodedRows,
    /// The other rows, in order, with the reason.
    pub rejected: Vec<Rejected>,
    /// Position among the given rows of each usable row.
    pub kept: Vec<usize>,
}

/// A row that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Position among the given rows, from 0.
    pub index: usize,
    /// Row of the source, from 1.
    pub row: u32,
    /// Why.
    pub trouble: Trouble,
}

impl Encoded {
    /// Adds rows behind these.
    fn append(&mut self, next: Self) -> Result<(), Trouble> {
        let n_before = self.kept.len() + self.rejected.len();
        self.rows.append(next.rows)?;
        let moved = |rejected: Rejected| Rejected { index: rejected.index + n_before, ..rejected };
        self.rejected.extend(next.rejected.into_iter().map(moved));
        self.kept.extend(next.kept.into_iter().map(|index| index + n_before));
        Ok(())
    }
}

impl InputSlot {
    /// `numbers`, or the name of the column.
    pub fn name(&self) -> &str {
        match self {
            Self::Numbers { .. } => "numbers",
            Self::Image { column, .. } | Self::Sequence { column, .. } => column,
        }
    }

    /// Sizes without the rows: `[features]`, `[channels, height, width]` or `[length]`.
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Self::Numbers { columns } => vec![columns.len()],
            Self::Image { height, width, channels, .. } => vec![*channels, *height, *width],
            Self::Sequence { length, .. } => vec![*length],
        }
    }

    /// Numbers or ids per row.
    fn n_numbers(&self) -> usize {
        self.shape().iter().product()
    }

    /// Names of the columns it is made of.
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Numbers { columns } => columns,
            Self::Image { column, .. } | Self::Sequence { column, .. } => {
                std::slice::from_ref(column)
            }
        }
    }
}

impl Encoder {
    /// The same encoder for a method that knows gaps.
    pub fn accepting_gaps(mut self, accepts_gaps: bool) -> Self {
        self.accepts_gaps = accepts_gaps;
        self
    }

    /// Encodes prepared rows; a row with a missing or unknown value is rejected, never an error.
    ///
    /// Errors: `column-missing`, `column-changed` (another kind or size than in training).
    pub fn encode(&self, rows: &Rows, with_target: bool) -> Result<Encoded, Trouble> {
        for column in self.inputs.iter().flat_map(InputSlot::columns) {
            if rows.schema.get(column).is_none() {
                return Err(column_missing(column));
            }
        }
        let mut problems = Problems::default();
        let mut blocks = Vec::with_capacity(self.inputs.len());
        for slot in &self.inputs {
            blocks.push(rows::Block::new(slot, rows, self.accepts_gaps, &mut problems)?);
        }
        let mut target = None;
        if with_target {
            let encode = |codec: &TargetCodec| codec.encode(rows, &mut problems);
            let targets = self.targets.iter().map(encode).collect::<Result<_, _>>()?;
            target = Some(EncodedTarget::beside(targets)?);
        }
        let row_numbers = source_rows(rows);
        let rejected = problems.describe(&row_numbers);
        let kept: Vec<usize> =
            (0..rows.n_rows()).filter(|row| !problems.0.contains_key(row)).collect();
        let mut encoded = EncodedRows::new(blocks, target, row_numbers);
        if !rejected.is_empty() {
            encoded.retain(&kept)?;
        }
        Ok(Encoded { rows: encoded, rejected, kept })
    }

    /// Encodes the rows of one part of a table with their targets, a slice at a time: little more than the arrays is
    /// held.
    pub fn encode_part(&self, table: &Table, part: Part) -> Result<Encoded, Trouble> {
        let mut whole: Option<Encoded> = None;
        table.each_slice(part, |rows| {
            let next = self.encode(rows, true)?;
            if let Some(whole) = &mut whole {
                return whole.append(next);
            }
            whole = Some(next);
            Ok(())
        })?;
        whole.ok_or_else(|| Trouble::internal("a part without a slice"))
    }

    /// Number of training rows of each class in the order of the class names, target after target; empty for numbers.
    pub fn training_class_counts(&self, table: &Table) -> Result<Vec<usize>, Trouble> {
        let columns: Vec<String> =
            self.targets.iter().map(|target| target.column().to_owned()).collect();
        let training = table.training_columns(&columns)?;
        let mut all = Vec::new();
        for target in &self.targets {
            let TargetCodec::Classes { column, names } = target else { continue };
            let counts: BTreeMap<String, usize> =
                training.label_counts(column)?.into_iter().collect();
            all.extend(names.iter().map(|name| counts.get(name).copied().unwrap_or(0)));
        }
        Ok(all)
    }

    /// The only target; none where there are several or none.
    pub fn only_target(&self) -> Option<&TargetCodec> {
        match self.targets.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether a column is predicted.
    pub fn is_target(&self, column: &str) -> bool {
        self.targets.iter().any(|target| target.column() == column)
    }

    /// Answers per row, target after target.
    pub fn n_outputs(&self) -> usize {
        self.targets.iter().map(TargetCodec::n_outputs).sum()
    }
}

/// What is wrong with one row; the first finding counts.
#[derive(Clone, Debug)]
enum Problem {
    Missing(String),
    NotFinite(String),
    WrongPixels(String),
    TargetMissing(String),
    TargetUnknown(String, String),
}

/// The first problem of each unusable row.
#[derive(Debug, Default)]
struct Problems(BTreeMap<usize, Problem>);

impl Problems {
    fn add(&mut self, row: usize, problem: impl FnOnce() -> Problem) {
        self.0.entry(row).or_insert_with(problem);
    }

    fn describe(&self, row_numbers: &[u32]) -> Vec<Rejected> {
        let describe = |(&index, problem): (&usize, &Problem)| {
            let row = row_numbers.get(index).copied().unwrap_or_default();
            Rejected { index, row, trouble: problem.trouble().row(u64::from(row)) }
        };
        self.0.iter().map(describe).collect()
    }
}

impl Problem {
    fn trouble(&self) -> Trouble {
        match self {
            Self::Missing(column) => Trouble::new("value-missing", say!("no value", "缺少值"))
                .advice(say!("Add a Fill missing values node.", "请加入“填充缺失值”节点。"))
                .column(column),
            Self::NotFinite(column) => Trouble::new(
                "value-not-finite",
                say!("the value is infinite or too large", "值为无穷或过大"),
            )
            .expected(say!("a number below 3.4e38", "小于 3.4e38 的数字"))
            .column(column),
            Self::WrongPixels(column) => Trouble::new(
                "image-unreadable",
                say!("the picture could not be read", "无法读取该图像"),
            )
            .advice(say!("Replace the file or remove its row.", "请替换该文件或删除该行。"))
            .column(column),
            Self::TargetMissing(column) => Trouble::new(
                "target-value-missing",
                say!("the target has no value", "目标列缺少值"),
            )
            .column(column),
            Self::TargetUnknown(column, found) => Trouble::new(
                "target-unknown",
                say!("`{found}` is not among the training classes", "`{found}` 不在训练类别之中"),
            )
            .column(column),
        }
    }
}

/// Source row numbers, or 1, 2, 3 … where the rows have none.
fn source_rows(rows: &Rows) -> Vec<u32> {
    let numbers = rows.row_numbers();
    if numbers.len() == rows.n_rows() { numbers } else { (1..=rows.n_rows() as u32).collect() }
}
