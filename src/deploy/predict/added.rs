//! The columns that predictions add to a chunk, and the count of what was done.

use std::collections::BTreeSet;

use pg_base::{Lang, Trouble};
use pg_data::read::RowChunk;
use pg_data::table::polars_trouble;
use polars::prelude::*;

use super::PredictSummary;
use crate::score::{Predictions, Scored};

/// Reasons kept in a summary.
const MAX_REASONS: usize = 10;
/// Reasons that make a row unusable even where a step would fill its gaps: its cells are not where they belong.
const BROKEN_ROW: [&str; 2] = ["row-ragged", "json-invalid"];

/// The predictions of one chunk, by position; none for rejected rows.
pub(super) struct Added {
    labels: Option<Vec<Option<String>>>,
    numbers: Vec<Option<f64>>,
    /// One column per class.
    probabilities: Vec<Vec<Option<f64>>>,
    problems: Vec<Option<Trouble>>,
}

/// Names of the added columns; the same for all chunks.
pub(super) struct Names {
    prediction: String,
    probabilities: Vec<String>,
    problem: String,
}

impl Names {
    pub(super) fn new(original: &DataFrame, predictions: &Predictions) -> Self {
        let mut taken: BTreeSet<String> =
            original.get_column_names().into_iter().map(ToString::to_string).collect();
        let mut unique = |name: String| {
            let mut name = name;
            while !taken.insert(name.clone()) {
                name.push('_');
            }
            name
        };
        let prediction = unique("prediction".to_owned());
        let probabilities = match predictions {
            Predictions::Classes { names, .. } => {
                names.iter().map(|name| unique(format!("probability_{name}"))).collect()
            }
            Predictions::Numbers(_) => Vec::new(),
        };
        Self { prediction, probabilities, problem: unique("problem".to_owned()) }
    }
}

impl Added {
    pub(super) fn new(chunk: &RowChunk, scored: Scored, summary: &mut PredictSummary) -> Self {
        let n_rows = scored.n_rows;
        let row_of = |index: usize| chunk.first_row + index as u64;
        let mut problems: Vec<Option<Trouble>> = vec![None; n_rows];
        let mut is_broken = vec![false; n_rows];
        for trouble in &chunk.troubles {
            let index = trouble
                .details
                .place
                .row
                .and_then(|row| usize::try_from(row.checked_sub(chunk.first_row)?).ok());
            let Some(index) = index else { continue };
            if BROKEN_ROW.contains(&trouble.code.as_str())
                && let Some(is_broken) = is_broken.get_mut(index)
            {
                *is_broken = true;
            }
            if let Some(problem) = problems.get_mut(index) {
                problem.get_or_insert_with(|| trouble.clone());
            }
        }
        for rejected in scored.rejected {
            let row = row_of(rejected.index);
            if let Some(problem) = problems.get_mut(rejected.index) {
                problem.get_or_insert_with(|| rejected.trouble.row(row));
            }
        }
        let mut added = Self {
            labels: matches!(scored.predictions, Predictions::Classes { .. })
                .then(|| vec![None; n_rows]),
            numbers: vec![None; n_rows],
            probabilities: Vec::new(),
            problems,
        };
        let mut is_predicted = vec![false; n_rows];
        let is_usable = |row: usize| is_broken.get(row) == Some(&false);
        match scored.predictions {
            Predictions::Classes { probabilities, best, names } => {
                added.probabilities = vec![vec![None; n_rows]; names.len()];
                let answers = scored
                    .kept
                    .iter()
                    .zip(&best)
                    .zip(probabilities.chunks_exact(names.len().max(1)));
                for ((row, class), values) in answers.filter(|((row, _), _)| is_usable(**row)) {
                    set(&mut is_predicted, *row, true);
                    if let Some(labels) = &mut added.labels {
                        set(labels, *row, names.get(*class).cloned());
                    }
                    for (column, value) in added.probabilities.iter_mut().zip(values) {
                        set(column, *row, Some(f64::from(*value)));
                    }
                }
            }
            Predictions::Numbers(numbers) => {
                for (row, number) in
                    scored.kept.iter().zip(numbers).filter(|(row, _)| is_usable(**row))
                {
                    set(&mut is_predicted, *row, true);
                    set(&mut added.numbers, *row, Some(number));
                }
            }
        }
        let n_predicted = is_predicted.iter().filter(|is_predicted| **is_predicted).count() as u64;
        summary.n_rows += n_rows as u64;
        summary.n_predicted += n_predicted;
        summary.n_rejected += n_rows as u64 - n_predicted;
        let has_problem = |(problem, is_predicted): &(&Option<Trouble>, &bool)| {
            problem.is_some() && **is_predicted
        };
        summary.n_with_problem +=
            added.problems.iter().zip(&is_predicted).filter(has_problem).count() as u64;
        let reasons =
            added.problems.iter().zip(&is_predicted).filter(|(_, is_predicted)| !**is_predicted);
        let n_free = MAX_REASONS.saturating_sub(summary.first_rejections.len());
        summary
            .first_rejections
            .extend(reasons.filter_map(|(problem, _)| problem.clone()).take(n_free));
        added
    }

    pub(super) fn into_frame(
        self,
        original: DataFrame,
        names: &Names,
        lang: Lang,
    ) -> Result<DataFrame, Trouble> {
        let n_rows = original.height();
        let mut columns = original.into_columns();
        columns.push(
            match self.labels {
                Some(labels) => Series::new(names.prediction.as_str().into(), labels),
                None => Series::new(names.prediction.as_str().into(), self.numbers),
            }
            .into(),
        );
        for (name, values) in names.probabilities.iter().zip(self.probabilities) {
            columns.push(Series::new(name.as_str().into(), values).into());
        }
        let text = |problem: &Option<Trouble>| problem.as_ref().map(|trouble| told(trouble, lang));
        let problems: Vec<Option<String>> = self.problems.iter().map(text).collect();
        columns.push(Series::new(names.problem.as_str().into(), problems).into());
        DataFrame::new(n_rows, columns).map_err(polars_trouble)
    }
}

/// What was found and where, without advice for programs to repeat a million times.
fn told(trouble: &Trouble, lang: Lang) -> String {
    let details = &trouble.details;
    let mut place = details.place.column.clone().unwrap_or_default();
    if !place.is_empty() {
        place.push_str(": ");
    }
    format!("{place}{}", details.found.get(lang))
}

fn set<T>(values: &mut [T], index: usize, value: T) {
    if let Some(slot) = values.get_mut(index) {
        *slot = value;
    }
}
