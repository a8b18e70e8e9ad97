//! Fitting a classical method to one split table: the work behind Train and Cross-validate.

use pg_base::{Array, BatchSource as _, Trouble, say};
use pg_classic::{Estimator, Job, Matrix, Sample, Target};
use pg_contract::{Plan, RunCx};
use pg_data::{EncodedRows, Encoder, InputSlot, Part, Table, TargetCodec};
use pg_deploy::{Learnt, Model};

use crate::train::work::{encode, model_of};

/// Fits the method to each target by itself and puts the model together.
pub(crate) fn fit(cx: &RunCx<'_>, table: &Table, plan: &Plan) -> Result<Model, Trouble> {
    let Plan { method, encoder } = plan;
    check_inputs(encoder)?;
    let training = encode(cx, encoder, table, Part::Training)?;
    let validation = if method.watches_validation() {
        Some(encode(cx, encoder, table, Part::Validation)?)
    } else {
        None
    };
    let mut estimators = Vec::with_capacity(encoder.targets.len());
    for (at, target) in encoder.targets.iter().enumerate() {
        let sample = |rows: &EncodedRows| sample_of(encoder, rows, at);
        let estimator = method.fit(&Job {
            training: &sample(&training)?,
            validation: validation.as_ref().map(sample).transpose()?.as_ref(),
            seed: cx.seed,
            cancel: cx.cancel(),
            progress: cx.env,
        });
        let of_several = |trouble: Trouble| match encoder.targets.len() {
            1 => trouble,
            _ => trouble.column(target.column()),
        };
        estimators.push(estimator.map_err(of_several)?);
    }
    let learnt = Learnt::Estimator { estimator: Box::new(Estimator::beside(estimators)?) };
    model_of(table, encoder.clone(), learnt)
}

/// Classical methods take numbers side by side and nothing else.
pub(crate) fn check_inputs(encoder: &Encoder) -> Result<(), Trouble> {
    let other = encoder.inputs.iter().find(|slot| !matches!(slot, InputSlot::Numbers { .. }));
    let Some(slot) = other else { return Ok(()) };
    let (name, picture) = (slot.name(), matches!(slot, InputSlot::Image { .. }));
    let what = if picture { say!("pictures", "图像") } else { say!("sequences", "序列") };
    let (en, zh) = (what.en, what.zh);
    Err(Trouble::new("feature-not-numbers", say!("`{name}` holds {en}", "`{name}` 是{zh}"))
        .expected(say!("number columns only", "仅数值列"))
        .advice(say!(
            "Take a network for it, or leave the column out with Select columns.",
            "请改用神经网络，或用“选择列”去掉该列。"
        ))
        .column(name))
}

/// The rows with the answers of one target.
fn sample_of(encoder: &Encoder, rows: &EncodedRows, target: usize) -> Result<Sample, Trouble> {
    let all: Vec<usize> = (0..rows.n_rows()).collect();
    let batch = rows.gather(&all, None)?;
    let numbers = batch.inputs.first().and_then(Array::as_f32).unwrap_or_default().to_vec();
    let n_columns = encoder.inputs.first().map_or(0, |slot| slot.columns().len());
    let n_targets = encoder.targets.len().max(1);
    let y = match (encoder.targets.get(target), rows.class_ids(), rows.target_numbers()) {
        (Some(TargetCodec::Classes { names, .. }), Some(ids), _) => {
            let ids = ids.iter().skip(target).step_by(n_targets);
            Target::Classes {
                ids: ids.map(|id| id.unsigned_abs()).collect(),
                n_classes: names.len(),
            }
        }
        (Some(_), _, Some(numbers)) => {
            let numbers = numbers.iter().skip(target).step_by(n_targets);
            Target::Numbers(numbers.map(|number| f64::from(*number)).collect())
        }
        _ => return Err(Trouble::internal("rows without a target")),
    };
    Sample::new(Matrix::new(numbers, n_columns), y)
}
