//! Predictions as columns beside the rows that they are for.

use pg_data::{ColumnKind, TargetCodec};
use polars::prelude::*;

use crate::model::Model;
use crate::score::{Answer, Scored};

/// One column of predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictionColumn {
    /// `prediction` or `probability_CLASS`; of several targets `prediction_TARGET` and `probability_LABEL`.
    pub name: String,
    /// One value per row that was scored; none where the row has no prediction.
    pub values: PredictedValues,
}

/// The values of a column of predictions.
#[derive(Clone, Debug, PartialEq)]
pub enum PredictedValues {
    /// Classes, or sets of labels.
    Texts(Vec<Option<String>>),
    /// Numbers and probabilities.
    Numbers(Vec<Option<f64>>),
}

impl PredictionColumn {
    fn texts(name: String, n_rows: usize) -> Self {
        Self { name, values: PredictedValues::Texts(vec![None; n_rows]) }
    }

    fn numbers(name: String, n_rows: usize) -> Self {
        Self { name, values: PredictedValues::Numbers(vec![None; n_rows]) }
    }

    fn set_text(&mut self, row: usize, text: Option<String>) {
        if let PredictedValues::Texts(texts) = &mut self.values
            && let Some(slot) = texts.get_mut(row)
        {
            *slot = text;
        }
    }

    fn set_number(&mut self, row: usize, number: f64) {
        if let PredictedValues::Numbers(numbers) = &mut self.values
            && let Some(slot) = numbers.get_mut(row)
        {
            *slot = Some(number);
        }
    }

    /// What the values mean in a table.
    pub fn kind(&self) -> ColumnKind {
        match self.values {
            PredictedValues::Texts(_) => ColumnKind::Category,
            PredictedValues::Numbers(_) => ColumnKind::Number,
        }
    }

    /// The values under a name.
    pub fn into_series(self, name: &str) -> Series {
        match self.values {
            PredictedValues::Texts(texts) => Series::new(name.into(), texts),
            PredictedValues::Numbers(numbers) => Series::new(name.into(), numbers),
        }
    }
}

/// The columns of one target.
struct TargetColumns<'a> {
    target: &'a TargetCodec,
    prediction: PredictionColumn,
    /// Of the last classes; of a label that it is there.
    probabilities: Vec<PredictionColumn>,
}

impl<'a> TargetColumns<'a> {
    /// The columns of the only target where it has no name, else of one of several.
    fn new(target: &'a TargetCodec, name: Option<&str>, n_rows: usize) -> Self {
        let classes = target.class_names();
        let own = name.map_or_else(|| "prediction".to_owned(), |name| format!("prediction_{name}"));
        let prediction = if classes.is_empty() {
            PredictionColumn::numbers(own, n_rows)
        } else {
            PredictionColumn::texts(own, n_rows)
        };
        let told: Vec<&str> = match name {
            Some(name) if !classes.is_empty() => vec![name],
            Some(_) => Vec::new(),
            None => classes.iter().map(String::as_str).collect(),
        };
        let column = |name: &str| PredictionColumn::numbers(format!("probability_{name}"), n_rows);
        Self { target, prediction, probabilities: told.into_iter().map(column).collect() }
    }

    fn set(&mut self, row: usize, answer: Answer) {
        match answer {
            Answer::Number(number) => self.prediction.set_number(row, number),
            Answer::Class { best, probabilities } => {
                self.prediction.set_text(row, self.target.class_name(best).map(str::to_owned));
                let last = probabilities.into_iter().rev();
                for (column, value) in self.probabilities.iter_mut().rev().zip(last) {
                    column.set_number(row, f64::from(value));
                }
            }
        }
    }
}

/// What is said of all scored rows that are `usable`: a class with the probabilities of all, or a number; of several
/// targets a column each, for labels their probabilities, and where they come from one column the set of them first.
pub fn prediction_columns(
    model: &Model,
    scored: Scored,
    is_usable: impl Fn(usize) -> bool,
) -> Vec<PredictionColumn> {
    let n_rows = scored.n_rows;
    let is_only = model.encoder.targets.len() == 1;
    let mut set =
        model.split_labels().map(|_| PredictionColumn::texts("prediction".to_owned(), n_rows));
    let targets = model.encoder.targets.iter().zip(model.target_names());
    let mut columns: Vec<TargetColumns<'_>> = targets
        .map(|(target, name)| TargetColumns::new(target, (!is_only).then_some(name), n_rows))
        .collect();
    for (row, answers) in scored.by_row().into_iter().enumerate() {
        let Some(answers) = answers.ok().filter(|_| is_usable(row)) else { continue };
        if let Some(set) = &mut set {
            set.set_text(row, model.label_set(&answers));
        }
        columns.iter_mut().zip(answers).for_each(|(columns, answer)| columns.set(row, answer));
    }
    let (predictions, probabilities): (Vec<_>, Vec<_>) =
        columns.into_iter().map(|one| (one.prediction, one.probabilities)).unzip();
    set.into_iter().chain(predictions).chain(probabilities.into_iter().flatten()).collect()
}
