//! The columns that predictions add to a chunk, and the count of what was done.

use std::collections::BTreeSet;

use pg_base::{Lang, Trouble};
use pg_data::read::RowChunk;
use pg_data::table::polars_trouble;
use polars::prelude::*;

use super::PredictSummary;
use super::columns::{PredictionColumn, prediction_columns};
use crate::model::Model;
use crate::score::Scored;

/// Reasons kept in a summary.
const MAX_REASONS: usize = 10;
/// Reasons that make a row unusable even where a step would fill its gaps: its cells are not where they belong.
const BROKEN_ROW: [&str; 2] = ["row-ragged", "json-invalid"];

/// The predictions of one chunk, by position; none for rejected rows.
pub(super) struct Added {
    columns: Vec<PredictionColumn>,
    problems: Vec<Option<Trouble>>,
}

/// Names of the added columns; the same for all chunks.
pub(super) struct Names {
    predictions: Vec<String>,
    problem: String,
}

impl Names {
    fn new(original: &DataFrame, added: &Added) -> Self {
        let mut taken: BTreeSet<String> =
            original.get_column_names().into_iter().map(ToString::to_string).collect();
        let mut unique = |name: &str| {
            let mut name = name.to_owned();
            while !taken.insert(name.clone()) {
                name.push('_');
            }
            name
        };
        let predictions = added.columns.iter().map(|column| unique(&column.name)).collect();
        Self { predictions, problem: unique("problem") }
    }
}

impl Added {
    pub(super) fn new(
        model: &Model,
        chunk: &RowChunk,
        scored: Scored,
        summary: &mut PredictSummary,
    ) -> Self {
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
        for rejected in &scored.rejected {
            let row = row_of(rejected.index);
            if let Some(problem) = problems.get_mut(rejected.index) {
                problem.get_or_insert_with(|| rejected.trouble.clone().row(row));
            }
        }
        let is_usable = |row: usize| is_broken.get(row) == Some(&false);
        let mut is_predicted = vec![false; n_rows];
        for row in scored.kept.iter().filter(|row| is_usable(**row)) {
            if let Some(is_predicted) = is_predicted.get_mut(*row) {
                *is_predicted = true;
            }
        }
        let columns = prediction_columns(model, scored, is_usable);
        let n_predicted = is_predicted.iter().filter(|is_predicted| **is_predicted).count() as u64;
        summary.n_rows += n_rows as u64;
        summary.n_predicted += n_predicted;
        summary.n_rejected += n_rows as u64 - n_predicted;
        let has_problem = |(problem, is_predicted): &(&Option<Trouble>, &bool)| {
            problem.is_some() && **is_predicted
        };
        summary.n_with_problem +=
            problems.iter().zip(&is_predicted).filter(has_problem).count() as u64;
        let reasons =
            problems.iter().zip(&is_predicted).filter(|(_, is_predicted)| !**is_predicted);
        let n_free = MAX_REASONS.saturating_sub(summary.first_rejections.len());
        summary
            .first_rejections
            .extend(reasons.filter_map(|(problem, _)| problem.clone()).take(n_free));
        Self { columns, problems }
    }

    /// The columns of the input with the predictions beside them; the first chunk names them.
    pub(super) fn into_frame(
        self,
        original: DataFrame,
        names: &mut Option<Names>,
        lang: Lang,
    ) -> Result<DataFrame, Trouble> {
        let n_rows = original.height();
        let names = names.get_or_insert_with(|| Names::new(&original, &self));
        let mut columns = original.into_columns();
        for (name, column) in names.predictions.iter().zip(self.columns) {
            columns.push(column.into_series(name).into());
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
