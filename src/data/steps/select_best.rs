//! Select best: of the number columns those stay that say most about the target.

use std::collections::BTreeSet;

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, matrix};
use crate::encode::{TargetCodec, Task};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

mod scores;

/// Keeps the columns with the best score, each judged alone; scikit-learn's `SelectKBest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelectBest {
    /// Number columns to choose from; empty for all number features.
    pub columns: Vec<String>,
    /// Columns kept.
    pub n_kept: usize,
    /// How columns are judged.
    pub score: Score,
    /// Score of each column; not finite ones are the largest number.
    #[serde(default)]
    pub fitted: Vec<Fitted<f64>>,
}

/// How a column is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// F value: of the analysis of variance for classes, of a straight line for numbers.
    #[default]
    F,
    /// Chi-squared between sums per class and what chance would give; values of 0 and more, classes only.
    ChiSquared,
    /// Mutual information in nats, after cutting numbers into ten parts with equally many rows.
    MutualInformation,
    /// Size of the correlation (Pearson); number targets only.
    Correlation,
}

/// What is predicted, per row; NaN where it is missing.
enum Answers {
    Classes(Vec<Option<usize>>),
    Numbers(Vec<f64>),
}

const KINDS: &[&str] = &["number"];

impl Default for SelectBest {
    fn default() -> Self {
        Self { columns: Vec::new(), n_kept: 10, score: Score::F, fitted: Vec::new() }
    }
}

impl SelectBest {
    /// Names of the columns that stay.
    pub fn kept(&self) -> BTreeSet<&str> {
        let mut ranked: Vec<(&str, f64)> =
            self.fitted.iter().map(|one| (one.column.as_str(), one.learnt)).collect();
        // The sort is stable: of equal scores the first columns stay.
        ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        ranked.into_iter().take(self.n_kept.max(1)).map(|(name, _)| name).collect()
    }

    fn score(&self, values: &[f64], answers: &Answers, name: &str) -> Result<f64, Trouble> {
        match (self.score, answers) {
            (Score::F, Answers::Classes(classes)) => Ok(scores::f_of_classes(values, classes)),
            (Score::F, Answers::Numbers(numbers)) => {
                let (r, n) = scores::correlation(values, numbers);
                Ok(r * r / (1.0 - r * r) * (n - 2.0))
            }
            (Score::Correlation, Answers::Numbers(numbers)) => {
                Ok(scores::correlation(values, numbers).0.abs())
            }
            (Score::ChiSquared, Answers::Classes(classes)) => {
                if values.iter().any(|value| *value < 0.0) {
                    return Err(Trouble::new(
                        "column-negative",
                        say!("`{name}` has negative values", "`{name}` 含有负值"),
                    )
                    .expected(say!("counts or amounts of 0 and more", "不小于 0 的计数或数量"))
                    .advice(say!(
                        "Choose another score, or put Min-max scale before it.",
                        "请选择其他评分，或先加入“最小最大缩放”。"
                    ))
                    .column(name));
                }
                Ok(scores::chi_squared(values, classes))
            }
            (Score::MutualInformation, Answers::Classes(classes)) => {
                Ok(scores::mutual_information(&scores::tenths(values), classes))
            }
            (Score::MutualInformation, Answers::Numbers(numbers)) => {
                Ok(scores::mutual_information(&scores::tenths(values), &scores::tenths(numbers)))
            }
            (Score::ChiSquared, Answers::Numbers(_)) => {
                Err(mismatch(say!("chi-squared needs classes", "卡方评分需要类别目标")))
            }
            (Score::Correlation, Answers::Classes(_)) => Err(mismatch(say!(
                "the correlation needs a number to predict",
                "相关系数需要数值目标"
            ))),
        }
    }
}

fn mismatch(found: Words) -> Trouble {
    Trouble::new("param-score-unfit", found).advice(say!(
        "Choose the F value or mutual information, which fit any target.",
        "请选择 F 值或互信息，它们适用于任何目标。"
    ))
}

impl RecipeStep for SelectBest {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let target = training.schema.one_target()?;
        let answers = match TargetCodec::fit(training, &target.name, Task::Auto)? {
            TargetCodec::Classes { .. } => Answers::Classes(
                training
                    .coded(&target.name)?
                    .codes
                    .into_iter()
                    .map(|code| code.map(|code| code as usize))
                    .collect(),
            ),
            TargetCodec::Number { .. } => {
                let mut columns = matrix::columns(training, &[target.name.as_str()])?;
                Answers::Numbers(columns.pop().unwrap_or_default())
            }
        };
        let fitted = learn(training, &self.columns, KINDS, |name| {
            let mut columns = matrix::columns(training, &[name])?;
            let score = self.score(&columns.pop().unwrap_or_default(), &answers, name)?;
            // A column that never varies has no score: it comes last; a perfect one first.
            Ok(if score.is_nan() { 0.0 } else { score.min(f64::MAX) })
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let kept = self.kept();
        let dropped: BTreeSet<&str> = self
            .fitted
            .iter()
            .map(|one| one.column.as_str())
            .filter(|name| !kept.contains(name))
            .collect();
        rows.retain(|column| !dropped.contains(column.name.as_str()))?;
        Ok(rows)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        let mut names = chosen(schema, &self.columns, KINDS);
        names.extend(schema.target().map(|target| target.name.clone()));
        names
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let (n, n_kept) = (self.fitted.len(), self.kept().len());
        say!("Keep the best {n_kept} of {n} columns", "从 {n} 列中保留最好的 {n_kept} 列")
    }
}
