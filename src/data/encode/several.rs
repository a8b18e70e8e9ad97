//! Several targets of one model: what they are together, and why some cannot be.

use pg_base::{Trouble, say};

use super::target::is_few_whole_numbers;
use super::{TargetCodec, Task};
use crate::schema::ColumnKind;
use crate::table::Rows;

impl TargetCodec {
    /// Learns every target. Several of them are either numbers or labels: classes of two values each, of which the
    /// second says that the label is there.
    ///
    /// Errors: those of [`TargetCodec::fit`], and `target-mixed`, `target-many-classes` for several.
    pub fn fit_all(training: &Rows, columns: &[String], task: Task) -> Result<Vec<Self>, Trouble> {
        if let [only] = columns {
            return Ok(vec![Self::fit(training, only, task)?]);
        }
        let task = if task == Task::Auto { task_of(training, columns)? } else { task };
        let fit = |column: &String| {
            let codec = Self::fit(training, column, task)?;
            match codec.class_names().len() {
                0 | 2 => Ok(codec),
                n_classes => Err(many_classes(column, n_classes)),
            }
        };
        columns.iter().map(fit).collect()
    }
}

/// What several targets are together, where nobody said: columns of two values are labels, other numbers are numbers.
fn task_of(training: &Rows, columns: &[String]) -> Result<Task, Trouble> {
    let (mut labels, mut numbers) = (Vec::new(), Vec::new());
    for column in columns {
        let is_number = training.schema.require(column)?.kind == ColumnKind::Number;
        let is_measured = is_number && {
            let counts = training.label_counts(column)?;
            counts.len() > 2 || !is_few_whole_numbers(&counts)
        };
        if is_measured { &mut numbers } else { &mut labels }.push(column);
    }
    let (Some(label), Some(number)) = (labels.first(), numbers.first()) else {
        return Ok(if numbers.is_empty() { Task::Classification } else { Task::Regression });
    };
    Err(Trouble::new(
        "target-mixed",
        say!(
            "among the targets, `{number}` is measured and `{label}` has classes",
            "目标列中，`{number}` 是数值，而 `{label}` 是类别"
        ),
    )
    .expected(say!(
        "either numbers only, or columns of two values each",
        "要么全是数值，要么每列都只有两个值"
    ))
    .advice(say!(
        "Predict the two kinds with a model each, or set the task to regression where all targets are numbers.",
        "请为两类目标各建一个模型；若所有目标都是数值，也可将任务设为回归。"
    ))
    .column(*label))
}

fn many_classes(column: &str, n_classes: usize) -> Trouble {
    Trouble::new(
        "target-many-classes",
        say!(
            "one of several targets has {n_classes} classes",
            "多个目标之一有 {n_classes} 个类别"
        ),
    )
    .expected(say!("two values, such as 0 and 1 or no and yes", "两个值，例如 0 和 1，或否和是"))
    .advice(say!(
        "Predict it with a model of its own, or make a column of two values per class with One-hot encode.",
        "请为它单独建立模型，或先用“独热编码”把每个类别变成一列两个值。"
    ))
    .column(column)
}
