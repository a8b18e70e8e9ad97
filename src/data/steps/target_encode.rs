//! Target encode: a category becomes the smoothed mean of the target over the training rows that have it.

use std::collections::BTreeMap;

use pg_base::{Rng, Trouble, Words, say};
use polars::prelude::Series;
use serde::{Deserialize, Serialize};

use super::labels::each_label;
use super::{Fitted, chosen, learn, matrix, names, present};
use crate::encode::{TargetCodec, Task};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Column, ColumnKind, Schema};
use crate::table::Rows;

/// The mean of a number target, the share of the second of two classes, or one share per class; as scikit-learn's
/// `TargetEncoder`. While a table is built, a training row gets the mean of the folds that it is not in, so that its
/// own answer never reaches its features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetEncode {
    /// Category, text or number columns; empty for all category features.
    pub columns: Vec<String>,
    /// Rows that the overall mean counts for; none lets the spread of each category decide.
    pub smoothing: Option<f64>,
    /// Folds for the training rows.
    pub n_folds: usize,
    /// Decides who is in which fold.
    pub seed: u64,
    /// Name of the target column.
    #[serde(default)]
    pub target: String,
    /// Classes that get a column; empty for a number target or for two classes.
    #[serde(default)]
    pub classes: Vec<String>,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Encoding>>,
}

/// The encoding of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encoding {
    /// Names of the new columns.
    pub names: Vec<String>,
    /// Numbers of each category, one per new column.
    pub values: BTreeMap<String, Vec<f64>>,
    /// Numbers of rows without a category.
    pub missing: Vec<f64>,
    /// Numbers of rows with a category not seen in training.
    pub unknown: Vec<f64>,
}

const KINDS: &[&str] = &["category", "text", "number"];

impl Default for TargetEncode {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            smoothing: None,
            n_folds: 5,
            seed: 0,
            target: String::new(),
            classes: Vec::new(),
            fitted: Vec::new(),
        }
    }
}

impl TargetEncode {
    fn kinds(&self) -> &'static [&'static str] {
        if self.columns.is_empty() { &["category"] } else { KINDS }
    }

    /// The columns of numbers that are averaged; NaN where a row has no target.
    fn answers(&self, rows: &Rows) -> Result<Vec<Vec<f64>>, Trouble> {
        if self.classes.is_empty() {
            return matrix::columns(rows, &[self.target.as_str()]);
        }
        let labels = rows.labels(&self.target)?;
        let is = |class: &String| {
            let mark = |label: &Option<String>| match label {
                Some(label) => f64::from(u8::from(label == class)),
                None => f64::NAN,
            };
            labels.iter().map(mark).collect()
        };
        // Of two classes the share of the second says all.
        let wanted = if self.classes.len() == 2 { self.classes.get(1..) } else { None };
        Ok(wanted.unwrap_or(&self.classes).iter().map(is).collect())
    }

    fn encoding(
        &self,
        labels: &[Option<String>],
        answers: &[Vec<f64>],
        uses: impl Fn(usize) -> bool,
    ) -> Encoding {
        let mut encoding = Encoding {
            names: Vec::new(),
            values: BTreeMap::new(),
            missing: Vec::new(),
            unknown: Vec::new(),
        };
        for answers in answers {
            let rows = || {
                let pairs = labels.iter().zip(answers).enumerate();
                let used = pairs.filter(|(row, (_, answer))| !answer.is_nan() && uses(*row));
                used.map(|(_, (label, answer))| (label.as_deref(), *answer))
            };
            let all = Sums::of(rows().map(|(_, answer)| answer));
            let mut groups: BTreeMap<Option<&str>, Vec<f64>> = BTreeMap::new();
            for (label, answer) in rows() {
                groups.entry(label).or_default().push(answer);
            }
            for (label, answers) in groups {
                let mean = Sums::of(answers.iter().copied()).smoothed(&all, self.smoothing);
                match label {
                    Some(label) => encoding.values.entry(label.to_owned()).or_default().push(mean),
                    None => encoding.missing.push(mean),
                }
            }
            encoding.unknown.push(all.mean);
            if encoding.missing.len() < encoding.unknown.len() {
                encoding.missing.push(all.mean);
            }
        }
        encoding
    }

    /// Folds of the training rows; none for the other rows.
    fn folds(&self, rows: &Rows) -> Result<Vec<Option<usize>>, Trouble> {
        let is_training: Vec<bool> = match rows.training_mask()? {
            Some(mask) => mask.iter().map(|is_training| is_training == Some(true)).collect(),
            None => vec![true; rows.n_rows()],
        };
        let mut training: Vec<usize> = (0..rows.n_rows())
            .zip(&is_training)
            .filter(|(_, is_training)| **is_training)
            .map(|(row, _)| row)
            .collect();
        Rng::new(self.seed, "target encode").shuffle(&mut training);
        let mut folds = vec![None; rows.n_rows()];
        for (rank, row) in training.into_iter().enumerate() {
            if let Some(fold) = folds.get_mut(row) {
                *fold = Some(rank % self.n_folds.max(2));
            }
        }
        Ok(folds)
    }
}

impl RecipeStep for TargetEncode {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let target = training.schema.one_target()?;
        if self.columns.contains(&target.name) {
            return Err(Trouble::new(
                "column-is-target",
                say!("the target cannot be encoded by itself", "目标列不能用自身编码"),
            )
            .column(&target.name));
        }
        let codec = TargetCodec::fit(training, &target.name, Task::Auto)?;
        let mut step = Self {
            target: target.name.clone(),
            classes: codec.class_names().to_vec(),
            fitted: Vec::new(),
            ..self.clone()
        };
        let answers = step.answers(training)?;
        let mut fitted = learn(training, &self.columns, self.kinds(), |name| {
            Ok(step.encoding(&training.labels(name)?, &answers, |_| true))
        })?;
        let mut taken = names::taken(&training.schema);
        for one in &mut fitted {
            one.learnt.names = if step.classes.len() > 2 {
                let name = |class| names::claim(&format!("{}: {class}", one.column), &mut taken);
                step.classes.iter().map(name).collect()
            } else {
                vec![one.column.clone()]
            };
        }
        step.fitted = fitted;
        Ok(step)
    }

    fn apply(&self, mut rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        let building = match purpose {
            Purpose::Building => Some((self.folds(&rows)?, self.answers(&rows)?)),
            Purpose::Replaying => None,
        };
        let mut new = BTreeMap::new();
        for one in present(&rows, &self.fitted)? {
            let labels = match &building {
                Some(_) => rows.labels(&one.column)?,
                None => Vec::new(),
            };
            let by_fold: Vec<Encoding> = match &building {
                Some((folds, answers)) => (0..self.n_folds.max(2))
                    .map(|fold| {
                        let is_other = |row: usize| {
                            folds.get(row).copied().flatten().is_some_and(|of| of != fold)
                        };
                        self.encoding(&labels, answers, is_other)
                    })
                    .collect(),
                None => Vec::new(),
            };
            let mut columns = vec![Vec::with_capacity(rows.n_rows()); one.learnt.names.len()];
            let mut row = 0;
            each_label(&rows, &one.column, |label| {
                let fold =
                    building.as_ref().and_then(|(folds, _)| folds.get(row).copied().flatten());
                let encoding = fold.and_then(|fold| by_fold.get(fold)).unwrap_or(&one.learnt);
                let values = encoding.of(label);
                // Without any other row to learn from (a single row) the whole mean stands in.
                let whole = one.learnt.unknown.iter().chain(std::iter::repeat(&0.0));
                let finite =
                    values.iter().zip(whole).map(|(v, whole)| if v.is_nan() { whole } else { v });
                columns.iter_mut().zip(finite).for_each(|(column, value)| column.push(*value));
                row += 1;
            })?;
            let role = rows.schema.require(&one.column)?.role;
            let made: Vec<(Column, Series)> = one
                .learnt
                .names
                .iter()
                .zip(columns)
                .map(|(name, values)| {
                    (
                        Column::new(name, ColumnKind::Number).with_role(role),
                        matrix::series(name, values),
                    )
                })
                .collect();
            new.insert(one.column.clone(), made);
        }
        rows.replace(new)?;
        Ok(rows)
    }

    fn needs_all_rows(&self) -> bool {
        true
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        let mut names = chosen(schema, &self.columns, self.kinds());
        names.extend(schema.target().map(|target| target.name.clone()));
        names
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        say!("Encode {n} columns by the mean of the target", "用目标均值编码 {n} 列")
    }
}

impl Encoding {
    fn of(&self, label: Option<&str>) -> &[f64] {
        match label {
            Some(label) => self.values.get(label).unwrap_or(&self.unknown),
            None => &self.missing,
        }
    }
}

/// Number, mean and variance of answers; the mean is NaN without any.
#[derive(Clone, Copy, Debug)]
struct Sums {
    n: f64,
    mean: f64,
    variance: f64,
}

impl Sums {
    fn of(answers: impl Iterator<Item = f64> + Clone) -> Self {
        let n = answers.clone().count() as f64;
        let mean = answers.clone().sum::<f64>() / n;
        let variance = answers.map(|answer| (answer - mean).powi(2)).sum::<f64>() / n;
        Self { n, mean, variance }
    }

    /// The mean drawn towards the mean of all rows; without a given weight by empirical Bayes
    /// (Micci-Barreca, 2001): the more, the wider the category and the narrower the whole.
    fn smoothed(&self, all: &Self, smoothing: Option<f64>) -> f64 {
        let own = match smoothing {
            Some(weight) => self.n / (self.n + weight),
            None => all.variance * self.n / (all.variance * self.n + self.variance),
        };
        if own.is_nan() { all.mean } else { own * self.mean + (1.0 - own) * all.mean }
    }
}
