//! An estimator behind the same trait as a network on a device.

use std::sync::Arc;

use pg_base::{Array, Trouble};
use pg_classic::Matrix;
use pg_data::InputSlot;
use pg_nn::Predictor;

use crate::model::Model;
use crate::score::inconsistent;

/// Answers batches with the estimator of a model.
pub(crate) struct Estimating(Arc<Model>);

impl Estimating {
    pub(crate) fn new(model: Arc<Model>) -> Self {
        Self(model)
    }
}

impl Predictor for Estimating {
    fn predict(&mut self, inputs: &[Array]) -> Result<Array, Trouble> {
        let (Some(estimator), [input]) = (self.0.estimator(), inputs) else {
            return Err(Trouble::internal("an estimator takes one block of numbers"));
        };
        let values =
            input.as_f32().ok_or_else(|| Trouble::internal("an estimator takes numbers"))?;
        let answers = estimator.answer(&Matrix::new(values.to_vec(), estimator.n_columns))?;
        Ok(Array::f32([input.n_rows(), estimator.n_outputs], answers))
    }
}

/// Whether encoder, estimator and target fit together.
pub(crate) fn check_consistent(
    model: &Model,
    estimator: &pg_classic::Estimator,
) -> Result<(), Trouble> {
    estimator.check()?;
    let n_columns = match model.encoder.inputs.as_slice() {
        [InputSlot::Numbers { columns }] => columns.len(),
        _ => return Err(inconsistent("an estimator takes numbers only")),
    };
    if (n_columns, model.encoder.n_outputs()) == (estimator.n_columns, estimator.n_outputs) {
        Ok(())
    } else {
        Err(inconsistent("the columns or the target do not fit the estimator"))
    }
}
