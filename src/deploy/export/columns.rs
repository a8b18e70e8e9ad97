//! The way of every number that enters a network back to its raw column: what other languages need to prepare rows.

use std::collections::BTreeMap;

use pg_base::{Trouble, say};
use pg_data::steps::clip::Clip;
use pg_data::steps::fill_missing::Fill;
use pg_data::steps::scale::ScaleMethod;
use pg_data::{ColumnKind, InputSlot, RecipeStep as _, Step};

use super::unsupported;
use crate::inputs::needed_columns;
use crate::model::Model;

/// One number that enters the network.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Feature {
    /// Name of the raw column.
    pub raw: String,
    /// Whether the raw column holds texts.
    pub is_text: bool,
    /// What happens to its value, in order.
    pub ops: Vec<Op>,
}

/// One operation on one value, which may be missing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Op {
    /// A missing number becomes this one.
    FillNumber(f64),
    /// A missing text becomes this one.
    FillText(String),
    /// Held between two limits.
    Clip { low: f64, high: f64 },
    /// `(value − center) / divisor`.
    Scale { center: f64, divisor: f64 },
    /// 1 where the text is this one, else 0.
    IsText(String),
    /// 1 where the number is this one, else 0.
    IsNumber(f64),
}

impl Op {
    /// The kind alone: values with the same kinds of operations can be computed side by side.
    pub(super) fn kind(&self) -> char {
        match self {
            Self::FillNumber(_) => 'f',
            Self::FillText(_) => 't',
            Self::Clip { .. } => 'c',
            Self::Scale { .. } => 's',
            Self::IsText(_) => 'e',
            Self::IsNumber(_) => 'n',
        }
    }
}

/// The raw columns that are needed, with whether they hold texts, in the order of the source.
pub(super) fn raw_columns(
    features: &[Feature],
    model: &Model,
) -> Result<Vec<(String, bool)>, Trouble> {
    let needed = needed_columns(model)?;
    let mut columns: Vec<(String, bool)> = Vec::new();
    for column in needed.columns {
        if let Some(feature) = features.iter().find(|feature| feature.raw == column.name) {
            columns.push((column.name, feature.is_text));
        }
    }
    Ok(columns)
}

/// The features in the order in which the network takes them.
///
/// Errors: `export-unsupported` for pictures and sequences, and for a step that does more than change single values.
pub(super) fn features_of(model: &Model) -> Result<Vec<Feature>, Trouble> {
    let [InputSlot::Numbers { columns }] = model.encoder.inputs.as_slice() else {
        return Err(unsupported(say!(
            "the network takes pictures or sequences",
            "该网络以图片或序列为输入"
        )));
    };
    let mut known: BTreeMap<String, Feature> = BTreeMap::new();
    for column in &model.input_schema.columns {
        let is_text = match column.kind {
            ColumnKind::Number => false,
            ColumnKind::Category | ColumnKind::Text => true,
            _ => continue,
        };
        known.insert(
            column.name.clone(),
            Feature { raw: column.name.clone(), is_text, ops: Vec::new() },
        );
    }
    for step in &model.recipe.steps {
        apply(step, &mut known)?;
    }
    columns
        .iter()
        .map(|name| {
            known.get(name).cloned().ok_or_else(|| {
                unsupported(say!("nobody knows how `{name}` is made", "无法得知 `{name}` 的来源"))
            })
        })
        .collect()
}

fn apply(step: &Step, known: &mut BTreeMap<String, Feature>) -> Result<(), Trouble> {
    match step {
        // These change no value of a new row; a column of clusters is missed only where the model learnt from it.
        Step::SetRoles(_)
        | Step::SplitLabels(_)
        | Step::SelectColumns(_)
        | Step::SelectBest(_)
        | Step::RemoveDuplicates(_)
        | Step::FilterRows(_)
        | Step::SampleRows(_)
        | Step::SortRows(_)
        | Step::DropConstant(_)
        | Step::DropCorrelated(_)
        | Step::FilterFormula(_)
        | Step::Cluster(_)
        | Step::Balance(_)
        | Step::TransformTarget(_) => {}
        Step::JoinLookup(step) if step.lookup.columns().next().is_none() => {}
        Step::FillMissing(step) if step.fills_each_value_alone() => {
            for fitted in &step.fitted {
                match &fitted.learnt {
                    Fill::Number(number) => push(known, &fitted.column, [Op::FillNumber(*number)]),
                    Fill::Text(text) => push(known, &fitted.column, [Op::FillText(text.clone())]),
                    Fill::DropRows | Fill::Leave | Fill::Estimated => {}
                }
            }
        }
        Step::ClipOutliers(step) if step.clips_each_value() => {
            for fitted in &step.fitted {
                push(
                    known,
                    &fitted.column,
                    [Op::Clip { low: fitted.learnt.low, high: fitted.learnt.high }],
                );
            }
        }
        Step::Clip(Clip { fitted, .. }) => {
            for fitted in fitted {
                push(
                    known,
                    &fitted.column,
                    [Op::Clip { low: fitted.learnt.low, high: fitted.learnt.high }],
                );
            }
        }
        Step::Scale(step) if step.method != ScaleMethod::UnitLength => {
            for fitted in &step.fitted {
                let (center, divisor) = (fitted.learnt.centre, fitted.learnt.size);
                push(known, &fitted.column, [Op::Scale { center, divisor }]);
            }
        }
        Step::Standardise(step) => {
            for fitted in &step.fitted {
                push(
                    known,
                    &fitted.column,
                    [Op::Scale { center: fitted.learnt.mean, divisor: fitted.learnt.scale }],
                );
            }
        }
        Step::MinMax(step) => {
            for fitted in &step.fitted {
                let width = fitted.learnt.max - fitted.learnt.min;
                // A constant column is only moved.
                let divisor = if width == 0.0 { 1.0 } else { width } / (step.high - step.low);
                let scale = Op::Scale { center: fitted.learnt.min - step.low * divisor, divisor };
                push(known, &fitted.column, [scale]);
                if step.clips {
                    push(known, &fitted.column, [Op::Clip { low: step.low, high: step.high }]);
                }
            }
        }
        Step::OneHot(step) => {
            for fitted in &step.fitted {
                let Some(source) = known.remove(&fitted.column) else { continue };
                for category in &fitted.learnt {
                    let op = match (source.is_text, category.value.parse::<f64>()) {
                        (true, _) => Op::IsText(category.value.clone()),
                        (false, Ok(number)) => Op::IsNumber(number),
                        (false, Err(_)) => continue,
                    };
                    let mut feature = source.clone();
                    feature.ops.push(op);
                    known.insert(category.column.clone(), feature);
                }
            }
        }
        _ => {
            let words = step.describe();
            let (en, zh) = (words.en, words.zh);
            return Err(unsupported(say!(
                "the step “{en}” cannot be written in this form",
                "步骤“{zh}”无法写成此格式"
            )));
        }
    }
    Ok(())
}

fn push<const N: usize>(known: &mut BTreeMap<String, Feature>, column: &str, ops: [Op; N]) {
    if let Some(feature) = known.get_mut(column) {
        feature.ops.extend(ops);
    }
}

/// What the recipe makes of single values, for tests of what is generated from it.
#[cfg(test)]
fn value_of(feature: &Feature, number: Option<f64>, text: Option<&str>) -> Option<f64> {
    let (mut number, mut text) = (number, text.map(str::to_owned));
    for op in &feature.ops {
        match op {
            Op::FillNumber(fill) => number = number.or(Some(*fill)),
            Op::FillText(fill) => text = text.or_else(|| Some(fill.clone())),
            Op::Clip { low, high } => number = number.map(|value| value.max(*low).min(*high)),
            Op::Scale { center, divisor } => {
                number = number.map(|value| (value - center) / divisor);
            }
            Op::IsText(value) => number = Some(f64::from(text.as_deref() == Some(value))),
            Op::IsNumber(value) => number = Some(f64::from(number == Some(*value))),
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use pg_base::BatchSource as _;

    use super::*;
    use crate::testing;

    #[test]
    fn features_equal_the_recipe() {
        let model = testing::flowers_model();
        let features = features_of(&model).expect("features");
        let table = testing::flowers();
        let raw = table.origin();
        let encoded = model
            .encoder
            .encode(&model.prepare(raw.clone()).expect("prepared"), false)
            .expect("encoded");
        let all: Vec<usize> = (0..encoded.kept.len()).collect();
        let batch = encoded.rows.gather(&all, None).expect("a batch");
        let expected = batch.inputs[0].as_f32().expect("numbers");
        for (row, expected) in encoded.kept.iter().zip(expected.chunks(features.len())) {
            for (feature, expected) in features.iter().zip(expected) {
                let found = if feature.is_text {
                    value_of(feature, None, raw.texts(&feature.raw).expect("texts").get(*row))
                } else {
                    value_of(feature, raw.numbers(&feature.raw).expect("numbers").get(*row), None)
                };
                assert!((found.expect("a value") as f32 - expected).abs() < 1e-6, "{feature:?}");
            }
        }
        let names = raw_columns(&features, &model).expect("columns");
        assert_eq!(
            names,
            [
                ("length".to_owned(), false),
                ("width".to_owned(), false),
                ("colour".to_owned(), true)
            ]
        );
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(
            features_of(&testing::pictures_model(folder.path())).expect_err("pictures").code,
            "export-unsupported"
        );
    }
}
