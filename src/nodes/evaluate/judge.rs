//! A model beside rows whose truth is known: what every kind that looks into a model starts from.

use std::collections::BTreeSet;
use std::sync::Arc;

use pg_base::{Param, Rng, Trouble, Words, say, t};
use pg_contract::RunCx;
use pg_data::table::{ROW, polars_trouble};
use pg_data::{Rows, TargetCodec};
use pg_deploy::Model;
use pg_deploy::score::{Predictions, Scorer, Truths, truths};
use pg_metrics::{Compute, Metric, Paired, Scored};
use polars::prelude::*;

/// Rows that are scored at a time where copies of rows are made.
pub(super) const BATCH_ROWS: usize = 16_384;

/// Which of several targets is looked at.
pub(super) const OF_TARGET: Param<String> = Param::text("target", t("Target", "目标"), "")
    .help(t(
        "Which target to look at, where the model has several: a column, or one of the labels.",
        "模型有多个目标时要查看的目标：某一列，或某个标签。",
    ))
    .advanced();

/// A model and rows that it can predict and whose truth is known.
pub(super) struct Judge {
    scorer: Scorer,
    /// The target that is looked at, by its position.
    target: usize,
    /// Raw, as they were read.
    pub(super) rows: Rows,
    pub(super) truth: Truth,
    pub(super) answers: Answers,
    /// Rows that there were.
    pub(super) n_offered: usize,
}

/// One truth per row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Truth {
    Classes(Vec<usize>),
    Numbers(Vec<f64>),
}

/// One answer per row; NaN where the model has none.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answers {
    /// Probabilities, `[rows, classes]`.
    Classes {
        probabilities: Vec<f32>,
        n_classes: usize,
    },
    Numbers(Vec<f64>),
}

impl Judge {
    /// Scores the rows, or `max_rows` of them that are drawn by the seed.
    ///
    /// Errors: `rows-none` where no row has a truth and a prediction, and those of [`Model::target_called`].
    pub(super) fn new(
        cx: &RunCx<'_>,
        model: &Arc<Model>,
        rows: Rows,
        max_rows: usize,
    ) -> Result<Self, Trouble> {
        let n_offered = rows.n_rows();
        let named = cx.param(&OF_TARGET);
        let target =
            model.target_called(&named).map_err(|trouble| trouble.param(OF_TARGET.spec.id))?;
        let codec = model.encoder.targets.get(target).ok_or_else(unusable)?;
        let mut scorer = Scorer::new(model.clone(), cx.env.compute)?;
        let known = truths(model, codec, rows.clone())?;
        let with_truth: Vec<usize> = match &known {
            Truths::Classes(classes) => positions(classes),
            Truths::Numbers(numbers) => positions(numbers),
        };
        let drawn = sample(with_truth, max_rows, cx.seed);
        let rows = take(&rows, &drawn)?;
        cx.check_cancelled()?;
        let answers = answers(&mut scorer, target, rows.clone())?;
        let kept: Vec<usize> = (0..rows.n_rows()).filter(|row| answers.has(*row)).collect();
        if kept.is_empty() {
            return Err(unusable());
        }
        let source: Vec<usize> = kept.iter().filter_map(|row| drawn.get(*row).copied()).collect();
        let truth = match known {
            Truths::Classes(classes) => Truth::Classes(picked(&classes, &source)),
            Truths::Numbers(numbers) => Truth::Numbers(picked(&numbers, &source)),
        };
        let (rows, answers) = (take(&rows, &kept)?, answers.take(&kept));
        Ok(Self { scorer, target, rows, truth, answers, n_offered })
    }

    /// Number of rows.
    pub(super) fn n_rows(&self) -> usize {
        self.rows.n_rows()
    }

    /// The model.
    pub(super) fn model(&self) -> &Arc<Model> {
        self.scorer.model()
    }

    /// Class names; empty for a number.
    pub(super) fn class_names(&self) -> &[String] {
        self.codec().map_or(&[], TargetCodec::class_names)
    }

    /// Name of the target.
    pub(super) fn target(&self) -> &str {
        self.codec().map_or("", TargetCodec::column)
    }

    fn codec(&self) -> Option<&TargetCodec> {
        self.scorer.model().encoder.targets.get(self.target)
    }

    /// What the model answers for other rows of the same form.
    pub(super) fn ask(&mut self, rows: Rows) -> Result<Answers, Trouble> {
        answers(&mut self.scorer, self.target, rows)
    }

    /// The raw columns that the model looks at; the wanted ones, or all.
    ///
    /// Errors: `column-unused` for a wanted column that the model does not look at.
    pub(super) fn columns(&self, wanted: &[String]) -> Result<Vec<String>, Trouble> {
        let encoder = &self.scorer.model().encoder;
        let needed: Vec<String> = self
            .scorer
            .needed_columns()?
            .columns
            .into_iter()
            .map(|column| column.name)
            .filter(|name| !encoder.is_target(name) && self.rows.schema.get(name).is_some())
            .collect();
        if wanted.is_empty() {
            return Ok(needed);
        }
        let known: BTreeSet<&String> = needed.iter().collect();
        match wanted.iter().find(|name| !known.contains(name)) {
            Some(name) => {
                let known = needed.join(", ");
                let found = say!(
                    "the model does not look at the column `{name}`",
                    "模型没有用到列 `{name}`"
                );
                Err(Trouble::new("column-unused", found)
                    .expected(say!("one of {known}", "以下之一：{known}"))
                    .column(name))
            }
            None => Ok(wanted.to_vec()),
        }
    }

    /// The position of a class by its name; the last class where none is named.
    ///
    /// Errors: `class-unknown`.
    pub(super) fn class(&self, name: &str) -> Result<usize, Trouble> {
        let names = self.class_names();
        if name.is_empty() {
            return Ok(names.len().saturating_sub(1));
        }
        names.iter().position(|known| known == name).ok_or_else(|| {
            let known = names.join(", ");
            Trouble::new("class-unknown", say!("there is no class `{name}`", "没有类别 `{name}`"))
                .expected(say!("one of {known}", "以下之一：{known}"))
        })
    }

    /// A note where not all rows were judged.
    pub(super) fn sample_note(&self) -> Words {
        let (n, all) = (self.n_rows(), self.n_offered);
        if n == all {
            say!("From {n} rows.", "基于 {n} 行。")
        } else {
            say!("From {n} of {all} rows.", "基于 {all} 行中的 {n} 行。")
        }
    }
}

impl Truth {
    /// The truths of some rows.
    pub(super) fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Classes(classes) => Self::Classes(at(classes, rows)),
            Self::Numbers(numbers) => Self::Numbers(at(numbers, rows)),
        }
    }
}

impl Answers {
    /// Number of rows.
    pub(super) fn n_rows(&self) -> usize {
        match self {
            Self::Classes { probabilities, n_classes } => probabilities.len() / (*n_classes).max(1),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    /// Whether a row has an answer.
    pub(super) fn has(&self, row: usize) -> bool {
        match self {
            Self::Classes { probabilities, n_classes } => {
                probabilities.get(row * n_classes).is_some_and(|value| value.is_finite())
            }
            Self::Numbers(numbers) => numbers.get(row).is_some_and(|value| value.is_finite()),
        }
    }

    /// The answers for some rows.
    pub(super) fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Classes { probabilities, n_classes } => Self::Classes {
                probabilities: rows
                    .iter()
                    .filter_map(|row| probabilities.get(row * n_classes..(row + 1) * n_classes))
                    .flatten()
                    .copied()
                    .collect(),
                n_classes: *n_classes,
            },
            Self::Numbers(numbers) => Self::Numbers(at(numbers, rows)),
        }
    }

    /// One number per row: the probability of a class, or the predicted number.
    pub(super) fn of_class(&self, class: usize) -> Vec<f64> {
        match self {
            Self::Classes { probabilities, n_classes } => probabilities
                .iter()
                .skip(class)
                .step_by((*n_classes).max(1))
                .map(|value| f64::from(*value))
                .collect(),
            Self::Numbers(numbers) => numbers.clone(),
        }
    }

    /// The class answered for each row; nothing for numbers.
    pub(super) fn decided(&self, threshold: Option<f64>) -> Vec<usize> {
        match self {
            Self::Classes { probabilities, n_classes } => probabilities
                .chunks_exact((*n_classes).max(1))
                .map(|row| pg_metrics::decided(row, threshold))
                .collect(),
            Self::Numbers(_) => Vec::new(),
        }
    }
}

/// A metric of some answers; none where it is undefined.
pub(super) fn value_of(
    metric: &Metric,
    truth: &Truth,
    answers: &Answers,
    threshold: Option<f64>,
) -> Option<f64> {
    let known: Vec<usize> = (0..answers.n_rows()).filter(|row| answers.has(*row)).collect();
    let (truth, answers) = (truth.take(&known), answers.take(&known));
    let value = match (&metric.compute, &truth, &answers) {
        (
            Compute::Classification(compute),
            Truth::Classes(truth),
            Answers::Classes { probabilities, n_classes },
        ) => compute(&Scored::new(truth, probabilities, *n_classes, threshold).ok()?),
        (Compute::Regression(compute), Truth::Numbers(truth), Answers::Numbers(numbers)) => {
            compute(&Paired::new(truth, numbers).ok()?)
        }
        _ => return None,
    };
    value.ok().filter(|value| value.is_finite())
}

/// How wrong each answer is: 1 for a wrong class and 0 for the right one, or the distance of the numbers.
pub(super) fn losses(truth: &Truth, answers: &Answers, threshold: Option<f64>) -> Vec<f64> {
    match (truth, answers) {
        (Truth::Classes(truth), answers @ Answers::Classes { .. }) => truth
            .iter()
            .zip(answers.decided(threshold))
            .map(|(truth, answer)| f64::from(u8::from(*truth != answer)))
            .collect(),
        (Truth::Numbers(truth), Answers::Numbers(numbers)) => {
            truth.iter().zip(numbers).map(|(truth, number)| (truth - number).abs()).collect()
        }
        _ => Vec::new(),
    }
}

/// Rows at positions, in their order, repeated where a position is.
pub(super) fn take(rows: &Rows, positions: &[usize]) -> Result<Rows, Trouble> {
    let index: Vec<IdxSize> = positions.iter().map(|position| *position as IdxSize).collect();
    let frame = rows.frame.take(&IdxCa::from_vec(ROW.into(), index)).map_err(polars_trouble)?;
    Ok(Rows { frame, schema: rows.schema.clone() })
}

/// The same rows with the values of one column from other rows.
pub(super) fn with_column_from(
    rows: &mut Rows,
    name: &str,
    source: &Rows,
    positions: &[usize],
) -> Result<(), Trouble> {
    let index: Vec<IdxSize> = positions.iter().map(|position| *position as IdxSize).collect();
    let values = source
        .column(name)?
        .take(&IdxCa::from_vec(ROW.into(), index))
        .map_err(polars_trouble)?
        .take_materialized_series();
    rows.set(values)
}

/// At most `n` of some positions, drawn by the seed, in their order.
pub(super) fn sample(mut positions: Vec<usize>, n: usize, seed: u64) -> Vec<usize> {
    if positions.len() > n {
        Rng::new(seed, "rows to judge on").shuffle(&mut positions);
        positions.truncate(n);
        positions.sort_unstable();
    }
    positions
}

/// A name or a number that is the same in every language.
pub(super) fn same(text: impl Into<String>) -> Words {
    let text = text.into();
    Words { en: text.clone(), zh: text }
}

/// Three digits that say something.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return "–".to_owned();
    }
    if size >= 1e6 || (size < 1e-4 && size > 0.0) {
        return format!("{value:.2e}");
    }
    let decimals = if size == 0.0 { 0 } else { (2 - size.log10().floor() as i32).clamp(0, 6) };
    let text = format!("{value:.*}", decimals as usize);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn answers(scorer: &mut Scorer, target: usize, rows: Rows) -> Result<Answers, Trouble> {
    let scored = scorer.score(rows)?;
    Ok(match scored.predictions.into_iter().nth(target) {
        Some(Predictions::Classes { probabilities, names, .. }) => {
            let n_classes = names.len();
            let mut all = vec![f32::NAN; scored.n_rows * n_classes];
            for (row, own) in scored.kept.iter().zip(probabilities.chunks_exact(n_classes.max(1))) {
                if let Some(place) = all.get_mut(row * n_classes..(row + 1) * n_classes) {
                    place.copy_from_slice(own);
                }
            }
            Answers::Classes { probabilities: all, n_classes }
        }
        Some(Predictions::Numbers(numbers)) => {
            let mut all = vec![f64::NAN; scored.n_rows];
            for (row, number) in scored.kept.iter().zip(numbers) {
                if let Some(place) = all.get_mut(*row) {
                    *place = number;
                }
            }
            Answers::Numbers(all)
        }
        None => return Err(unusable()),
    })
}

fn positions<T>(values: &[Option<T>]) -> Vec<usize> {
    values.iter().zip(0..).filter_map(|(value, row)| value.as_ref().map(|_| row)).collect()
}

fn picked<T: Copy>(values: &[Option<T>], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|row| values.get(*row).copied().flatten()).collect()
}

fn at<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|row| values.get(*row).copied()).collect()
}

fn unusable() -> Trouble {
    Trouble::new(
        "rows-none",
        say!("no row has both a truth and a prediction", "没有任何一行同时具有真实值和预测值"),
    )
    .advice(say!(
        "Check the target column, and whether gaps in the features are filled before training.",
        "请检查目标列，并确认训练前已填补特征中的缺失值。"
    ))
}
