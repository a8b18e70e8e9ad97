//! Golden rows: a few raw rows with the model's answers, replayed by every load to prove that nothing has changed.

use std::path::Path;

use image::ExtendedColorType;
use image::ImageEncoder as _;
use image::codecs::png::PngEncoder;
use pg_base::{Trouble, say};
use pg_data::read::decode;
use pg_data::{Rows, Step, TargetCodec};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::inputs::{Input, InputKind, inputs_of};
use crate::json_rows::{JsonRow, picture_to_json, rows_from_json, rows_to_json};
use crate::model::Model;
use crate::score::{Answer, Scorer};

/// Golden rows at most.
pub const MAX_ROWS: usize = 16;
/// How far an answer may be off, absolutely for probabilities and in standard deviations for numbers.
pub const TOLERANCE: f64 = 1e-4;

/// Rows and what the model said about them.
///
/// Pictures are kept inside, as PNG of the size that the network sees: decoding those gives exactly the pixels that
/// the original files gave, wherever the bundle is opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Golden {
    /// Raw rows with the fields that the model needs.
    pub rows: Vec<JsonRow>,
    /// Probabilities of the classes, or one number, target after target; none for a row that the model rejects.
    pub expected: Vec<Option<Vec<f64>>>,
}

/// Some raw rows as JSON, spread evenly over the given ones; kept in a [`Model`] until a bundle is made.
pub fn raw_rows(rows: &Rows, n_rows: usize) -> Result<Vec<JsonRow>, Trouble> {
    rows_to_json(rows, n_rows)
}

impl Golden {
    /// Asks the model about its own sample rows.
    ///
    /// Empty for a model whose rows have no JSON form. A row whose picture is no longer there is left out.
    pub fn record(scorer: &mut Scorer) -> Result<Self, Trouble> {
        let model = scorer.model().clone();
        let Ok(inputs) = inputs_of(&model) else { return Ok(Self::default()) };
        let rows = model
            .sample_rows
            .iter()
            .take(MAX_ROWS)
            .filter_map(|row| portable(&model, &inputs, row));
        let rows: Vec<JsonRow> = rows.collect();
        let expected = answers(scorer, &inputs, &rows)?;
        Ok(Self { rows, expected })
    }

    /// Asks the model again.
    ///
    /// Errors: `bundle-disagrees` with the row whose answer differs by more than [`TOLERANCE`].
    pub fn replay(&self, scorer: &mut Scorer) -> Result<(), Trouble> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let inputs = inputs_of(&scorer.model().clone())?;
        let found = answers(scorer, &inputs, &self.rows)?;
        let targets = &scorer.model().encoder.targets;
        let scales: Vec<f64> = targets.iter().flat_map(scales_of).collect();
        for (row, (found, expected)) in found.iter().zip(&self.expected).enumerate() {
            let agrees = match (found, expected) {
                (None, None) => true,
                (Some(found), Some(expected)) => {
                    let mut pairs = found.iter().zip(expected).zip(&scales);
                    found.len() == expected.len()
                        && pairs
                            .all(|((a, b), scale)| (a - b).abs() <= TOLERANCE * (scale + b.abs()))
                }
                _ => false,
            };
            if !agrees {
                return Err(disagrees(row, found.as_deref(), expected.as_deref()));
            }
        }
        if found.len() == self.expected.len() {
            Ok(())
        } else {
            Err(disagrees(found.len(), None, None))
        }
    }
}

fn answers(
    scorer: &mut Scorer,
    inputs: &[Input],
    rows: &[JsonRow],
) -> Result<Vec<Option<Vec<f64>>>, Trouble> {
    let known = scorer.model().input_schema.clone();
    let typed = rows_from_json(inputs, &known, rows).map_err(|troubles| {
        troubles.into_iter().next().unwrap_or_else(|| Trouble::internal("rows without a trouble"))
    })?;
    let values = |answer| match answer {
        Answer::Class { probabilities, .. } => probabilities.into_iter().map(f64::from).collect(),
        Answer::Number(number) => vec![number],
    };
    let scored = scorer.score(typed.rows)?.by_row();
    let row = |row: Result<Vec<Answer>, Trouble>| {
        row.ok().map(|answers| answers.into_iter().flat_map(values).collect())
    };
    Ok(scored.into_iter().map(row).collect())
}

/// What an answer may be off in: 1 for a probability, the deviation of a number.
fn scales_of(target: &TargetCodec) -> Vec<f64> {
    match target {
        TargetCodec::Number { std, .. } => vec![std.abs()],
        TargetCodec::Classes { names, .. } => vec![1.0; names.len()],
    }
}

/// The fields that the model needs, pictures inside.
fn portable(model: &Model, inputs: &[Input], row: &JsonRow) -> Option<JsonRow> {
    let mut taken = JsonRow::new();
    for input in inputs {
        let name = &input.column.name;
        let value = row.get(name)?;
        let value = match (&input.kind, value) {
            (InputKind::Picture, Value::String(text)) if !text.starts_with("data:") => {
                picture(model, name, Path::new(text))?
            }
            (_, value) => value.clone(),
        };
        taken.insert(name.clone(), value);
    }
    Some(taken)
}

fn picture(model: &Model, column: &str, path: &Path) -> Option<Value> {
    let step = model.recipe.steps.iter().find_map(|step| match step {
        Step::ResizeImages(step) if step.fitted.iter().any(|fitted| fitted.column == column) => {
            Some(step)
        }
        _ => None,
    })?;
    let pixels = decode(path, step.height, step.width, step.channels).ok()?;
    let color = if step.channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let (width, height) = (u32::try_from(step.width).ok()?, u32::try_from(step.height).ok()?);
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(&pixels, width, height, color).ok()?;
    Some(picture_to_json("image/png", &png))
}

fn disagrees(row: usize, found: Option<&[f64]>, expected: Option<&[f64]>) -> Trouble {
    let shown = |answer: Option<&[f64]>| match answer {
        None => "-".to_owned(),
        Some(values) => {
            values.iter().take(5).map(|value| format!("{value:.5}")).collect::<Vec<_>>().join(", ")
        }
    };
    let (found, expected) = (shown(found), shown(expected));
    Trouble::new(
        "bundle-disagrees",
        say!("the model answers a golden row with {found}", "模型对校验行的回答为 {found}"),
    )
    .expected(say!("{expected}, as when it was bundled", "{expected}，与打包时一致"))
    .advice(say!(
        "Try another device; if they all disagree, train and bundle the model again.",
        "请换一个设备；如果都不一致，请重新训练并打包模型。"
    ))
    .row(row as u64 + 1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::testing::{self, Plain};

    #[test]
    fn answers_are_replayed_and_differences_found() {
        let mut scorer = Scorer::new(Arc::new(testing::flowers_model()), &Plain).expect("loads");
        let golden = Golden::record(&mut scorer).expect("recorded");
        assert_eq!((golden.rows.len(), golden.expected.len()), (10, 10));
        assert!(golden.expected[3].is_none() && golden.expected[0].is_some());
        golden.replay(&mut scorer).expect("the same");
        let mut other = golden.clone();
        other.expected[0].as_mut().expect("answered")[0] += 1e-3;
        assert_eq!(other.replay(&mut scorer).expect_err("differs").code, "bundle-disagrees");
        let mut other = golden;
        other.expected[3] = Some(vec![0.5, 0.5]);
        assert_eq!(other.replay(&mut scorer).expect_err("differs").details.place.row, Some(4));
    }

    #[test]
    fn pictures_travel_inside() {
        let folder = tempfile::tempdir().expect("a folder");
        let model = Arc::new(testing::pictures_model(folder.path()));
        let mut scorer = Scorer::new(model, &Plain).expect("loads");
        let golden = Golden::record(&mut scorer).expect("recorded");
        assert_eq!(golden.rows.len(), 4);
        drop(folder);
        golden.replay(&mut scorer).expect("the files are not needed");
    }
}
