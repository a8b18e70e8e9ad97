//! Predicts files of any length in bounded memory: the input's columns as they are, with the predictions beside them.

mod added;
mod columns;
mod sink;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use pg_base::{CancelToken, Lang, Progress, Trouble, say};
use pg_data::read::{Source, open_rows};
use polars::prelude::DataFrame;

use crate::score::Scorer;
use added::Added;
use sink::Sink;

pub use columns::{PredictedValues, PredictionColumn, prediction_columns};

/// What was done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PredictSummary {
    /// Rows read.
    pub n_rows: u64,
    /// Rows with a prediction.
    pub n_predicted: u64,
    /// Of these, rows with a cell that could not be read and counted as missing; the column `problem` says which.
    pub n_with_problem: u64,
    /// Rows without one; the column `problem` says why.
    pub n_rejected: u64,
    /// The first reasons, each with its row.
    pub first_rejections: Vec<Trouble>,
    /// The file written; none for standard output.
    pub output: Option<PathBuf>,
}

/// How files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PredictOptions {
    /// Rows in memory at a time.
    pub rows_per_chunk: usize,
    /// The language of the column `problem`.
    pub lang: Lang,
}

impl Default for PredictOptions {
    fn default() -> Self {
        Self { rows_per_chunk: 4096, lang: Lang::En }
    }
}

/// Predicts every row of `input` (CSV, TSV, Parquet, JSON lines, or a folder of pictures).
///
/// `output` is a `.csv`, `.tsv`, `.parquet` or `.jsonl` file, `-` for CSV on standard output, or none for
/// [`default_output`]. The file appears when all rows are done. Added columns: those of [`prediction_columns`], and
/// `problem`; a name that the input uses gets underscores behind it.
///
/// Errors: `column-missing` and other troubles of the reader, `output-is-input`, `format-unknown`.
pub fn predict_file(
    scorer: &mut Scorer,
    input: &Path,
    output: Option<&Path>,
    options: PredictOptions,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<PredictSummary, Trouble> {
    let schema = scorer.needed_columns()?;
    let chunks = open_rows(input, &schema, scorer.reading(), options.rows_per_chunk)?;
    let mut sink = Sink::open(input, output)?;
    let mut summary =
        PredictSummary { output: sink.path().map(Path::to_owned), ..PredictSummary::default() };
    let n_bytes = text_bytes(input);
    let mut n_bytes_read = 0_u64;
    let mut names = None;
    for chunk in chunks {
        cancel.check()?;
        let chunk = chunk?;
        n_bytes_read += cell_bytes(&chunk.original);
        let scored = scorer.score(chunk.rows.clone())?;
        let added = Added::new(scorer.model(), &chunk, scored, &mut summary);
        sink.write(&added.into_frame(chunk.original, &mut names, options.lang)?)?;
        let n_rows = summary.n_rows;
        let fraction =
            n_bytes.map_or(0.0, |n_bytes| (n_bytes_read as f64 / n_bytes as f64).min(0.99));
        progress.report(fraction, &say!("{n_rows} rows", "{n_rows} 行"));
    }
    sink.finish()?;
    let n_rows = summary.n_rows;
    progress.report(1.0, &say!("{n_rows} rows", "{n_rows} 行"));
    Ok(summary)
}

/// Where predictions go when nobody says: `rows.csv` → `rows.predictions.csv`, a folder → `FOLDER.predictions.csv`.
pub fn default_output(input: &Path) -> PathBuf {
    let extension = match Source::of(input) {
        Ok(Source::Parquet) => "parquet",
        Ok(Source::Workbook) => "xlsx",
        Ok(Source::JsonLines) => "jsonl",
        _ => "csv",
    };
    let mut name = if input.is_dir() { input.file_name() } else { input.file_stem() }
        .map_or_else(|| "rows".into(), OsString::from);
    name.push(format!(".predictions.{extension}"));
    // `with_file_name` of `.` or `..` has no place beside the folder.
    if input.file_name().is_some() { input.with_file_name(name) } else { input.join(name) }
}

/// Bytes of a plain text file, by which progress is judged; none for other sources.
fn text_bytes(input: &Path) -> Option<u64> {
    let is_gzip = input.extension().is_some_and(|extension| extension == "gz");
    match Source::of(input) {
        Ok(Source::Delimited | Source::JsonLines) if !is_gzip => std::fs::metadata(input)
            .ok()
            .map(|metadata| metadata.len())
            .filter(|n_bytes| *n_bytes > 0),
        _ => None,
    }
}

/// Bytes that these cells took in the file, delimiters included.
fn cell_bytes(frame: &DataFrame) -> u64 {
    let texts = frame.columns().iter().map(|column| match column.str() {
        Ok(texts) => texts.iter().flatten().map(|cell| cell.len() as u64).sum(),
        // Numbers of JSON lines, with their keys.
        Err(_) => (column.name().len() + 10) as u64 * frame.height() as u64,
    });
    texts.sum::<u64>() + (frame.width() * frame.height()) as u64
}
