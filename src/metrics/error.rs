//! What can be wrong with the input of a metric, and why a metric has no value.

use std::fmt;

use pg_base::{Text, Words, say};

/// The outcome of one metric: a number, or why there is none.
pub type Value = Result<f64, Absence>;

/// Why a metric has no value on rows that are in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// The metric does not belong to this task, for instance the Brier score with three classes.
    NotApplicable,
    /// The metric belongs to this task, but these rows leave it undefined; the text says why.
    Undefined(Words),
}

/// Input from which nothing can be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricsError {
    /// There is no row.
    Empty,
    /// There is no class.
    NoClasses,
    /// Two inputs that belong together have different lengths.
    SizesDisagree { what: Text, found: usize, expected: usize },
    /// A true class lies outside of the known classes; `row` counts from 0 within the input.
    UnknownClass { row: usize, class: usize, n_classes: usize },
    /// Some rows hold NaN or infinity; `first_row` counts from 0 within the input.
    NotFinite { n_bad: usize, n_rows: usize, first_row: usize },
    /// A decision threshold was given for a number of classes other than two.
    ThresholdNeedsTwoClasses { n_classes: usize },
    /// A decision threshold lies outside of 0 to 1.
    ThresholdOutOfRange { found: String },
}

impl MetricsError {
    /// What was found, what was expected and what to try.
    pub fn words(&self) -> Words {
        match self {
            Self::Empty => say!(
                "Found no rows to evaluate, expected at least one; \
                 check that the split gives this part a share and that no step dropped all its rows",
                "没有可评估的行，至少需要一行；请检查划分是否为这一部分留出了数据，以及是否有步骤删除了它的所有行"
            ),
            Self::NoClasses => say!(
                "Found no classes, expected at least one; check the target column",
                "没有任何类别，至少需要一个；请检查目标列"
            ),
            Self::SizesDisagree { what, found, expected } => {
                let (en, zh) = (what.en, what.zh);
                say!(
                    "Found {found} values for {en}, expected {expected}; \
                     truth, predictions and row numbers must describe the same rows",
                    "{zh}有 {found} 个值，应为 {expected} 个；真实值、预测值和行号必须对应相同的行"
                )
            }
            Self::UnknownClass { row, class, n_classes } => {
                let last = n_classes.saturating_sub(1);
                say!(
                    "Row {row} of the evaluated rows has class number {class}, expected 0 to {last}; \
                     the model must be evaluated with the classes it was trained on",
                    "所评估数据的第 {row} 行的类别编号为 {class}，应在 0 到 {last} 之间；评估时的类别必须与训练时一致"
                )
            }
            Self::NotFinite { n_bad, n_rows, first_row } => say!(
                "Found NaN or infinity in {n_bad} of {n_rows} rows (the first is row {first_row} of them), \
                 expected finite numbers; try a smaller learning rate or gradient clipping, \
                 and check the features for extreme values",
                "{n_rows} 行中有 {n_bad} 行含有 NaN 或无穷大（首个为其中第 {first_row} 行），应为有限的数字；请尝试降低学习率或使用梯度裁剪，并检查特征中是否有极端值"
            ),
            Self::ThresholdNeedsTwoClasses { n_classes } => say!(
                "Found a decision threshold with {n_classes} classes, expected exactly 2; \
                 remove the threshold to predict the most probable class",
                "设置了决策阈值，但有 {n_classes} 个类别，应恰好为 2 个；去掉阈值即可预测概率最大的类别"
            ),
            Self::ThresholdOutOfRange { found } => say!(
                "Found a decision threshold of {found}, expected 0 to 1; 0.5 is usual",
                "决策阈值为 {found}，应在 0 到 1 之间；通常为 0.5"
            ),
        }
    }
}

impl fmt::Display for MetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().en)
    }
}

impl std::error::Error for MetricsError {}

/// Fails unless `found` values of `what` match `expected`.
pub(crate) fn check_len(what: Text, found: usize, expected: usize) -> Result<(), MetricsError> {
    if found == expected {
        Ok(())
    } else {
        Err(MetricsError::SizesDisagree { what, found, expected })
    }
}

/// Shorthand for an undefined value.
pub(crate) fn undefined(why: impl Into<Words>) -> Value {
    Err(Absence::Undefined(why.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_found_and_expected() {
        let errors = [
            MetricsError::Empty,
            MetricsError::NoClasses,
            MetricsError::SizesDisagree {
                what: pg_base::t("predictions", "预测值"),
                found: 1,
                expected: 2,
            },
            MetricsError::UnknownClass { row: 0, class: 3, n_classes: 2 },
            MetricsError::NotFinite { n_bad: 1, n_rows: 2, first_row: 0 },
            MetricsError::ThresholdNeedsTwoClasses { n_classes: 3 },
            MetricsError::ThresholdOutOfRange { found: "2".to_owned() },
        ];
        for error in errors {
            let words = error.words();
            assert!(words.en.contains("expected") && !words.zh.is_ascii(), "{words:?}");
        }
    }
}
