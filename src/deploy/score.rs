//! From raw rows to predictions, always through the model's own recipe and encoder.

use std::sync::Arc;

use pg_base::{BatchSource, Trouble, say};
use pg_data::encode::{Encoded, Rejected};
use pg_data::{EncodedRows, Rows, Schema, TargetCodec};
use pg_nn::{Compute, Head, Predictor};

use crate::estimate::{self, Estimating};
use crate::inputs;
use crate::model::{Learnt, Model};

pub use crate::evaluate::{Truths, evaluate, evaluate_slices, truths};

/// Rows that a network sees at a time.
const BATCH_ROWS: usize = 256;

/// A model on a device, ready for raw rows.
pub struct Scorer {
    model: Arc<Model>,
    predictor: Box<dyn Predictor>,
    name: String,
    version: String,
    device: String,
}

/// What the model says about some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Rows given.
    pub n_rows: usize,
    /// Position among the given rows of each predicted row.
    pub kept: Vec<usize>,
    /// The other rows, in order, with the reason.
    pub rejected: Vec<Rejected>,
    /// One prediction per kept row.
    pub predictions: Predictions,
}

/// The answers, one per kept row.
#[derive(Clone, Debug, PartialEq)]
pub enum Predictions {
    /// One of several classes.
    Classes {
        /// `[rows, classes]`, row-major; rows sum to 1.
        probabilities: Vec<f32>,
        /// The class answered for each row: the most probable one, the first of equal ones, unless the model has a
        /// threshold.
        best: Vec<usize>,
        /// Class names.
        names: Vec<String>,
    },
    /// Numbers in the unit of the target.
    Numbers(Vec<f64>),
}

impl Scorer {
    /// Puts a model on a device.
    ///
    /// Errors: `model-inconsistent` where encoder and network do not belong together, and those of [`Compute::load`].
    pub fn new(model: Arc<Model>, compute: &dyn Compute) -> Result<Self, Trouble> {
        check_consistent(&model)?;
        let (predictor, device) = match &model.learnt {
            Learnt::Network(network) => {
                (compute.load(&network.blueprint, &network.weights)?, compute.info().id.clone())
            }
            // Estimators know one device only.
            Learnt::Estimator { .. } => {
                let predictor: Box<dyn Predictor> = Box::new(Estimating::new(model.clone()));
                (predictor, "cpu".to_owned())
            }
        };
        let version = model.learnt.version()?;
        Ok(Self { model, predictor, name: "model".to_owned(), version, device })
    }

    /// The same scorer under a name that people know the model by.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Name of the model.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Twelve hexadecimal digits that change with the weights.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Id of the device.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// The raw columns that rows must have.
    pub fn needed_columns(&self) -> Result<Schema, Trouble> {
        inputs::needed_columns(&self.model)
    }

    /// How the cells of files are to be understood.
    pub fn reading(&self) -> &pg_data::read::Reading {
        &self.model.recipe.reading
    }

    /// Predicts raw rows; a row that cannot be used is rejected with the reason, never an error.
    ///
    /// Errors: `column-missing`, `column-changed`, troubles of the device.
    pub fn score(&mut self, raw: Rows) -> Result<Scored, Trouble> {
        let n_rows = raw.n_rows();
        let prepared = self.model.prepare(raw)?;
        if prepared.n_rows() != n_rows {
            return Err(Trouble::internal("the recipe changed the number of rows"));
        }
        let Encoded { rows, mut rejected, mut kept } =
            self.model.encoder.encode(&prepared, false)?;
        let mut outputs = self.outputs(&rows)?;
        let width = self.width();
        if outputs.iter().any(|value| !value.is_finite()) {
            let is_finite: Vec<bool> = outputs
                .chunks_exact(width)
                .map(|row| row.iter().all(|value| value.is_finite()))
                .collect();
            let source_rows = rows.row_numbers();
            for (at, index) in kept.iter().enumerate() {
                if is_finite.get(at) == Some(&false) {
                    let row = source_rows.get(at).copied().unwrap_or_default();
                    rejected.push(Rejected {
                        index: *index,
                        row,
                        trouble: not_finite().row(u64::from(row)),
                    });
                }
            }
            rejected.sort_by_key(|rejected| rejected.index);
            let mut marks = is_finite.iter();
            kept.retain(|_| marks.next() == Some(&true));
            let good =
                outputs.chunks_exact(width).zip(&is_finite).filter(|(_, is_finite)| **is_finite);
            outputs = good.flat_map(|(row, _)| row.iter().copied()).collect();
        }
        Ok(Scored { n_rows, kept, rejected, predictions: self.predictions(outputs)? })
    }

    /// What leaves the network, `[rows, width]` row-major.
    pub(crate) fn outputs(&mut self, rows: &EncodedRows) -> Result<Vec<f32>, Trouble> {
        let (n_rows, width) = (rows.n_rows(), self.width());
        let mut outputs = Vec::with_capacity(n_rows * width);
        let positions: Vec<usize> = (0..n_rows).collect();
        for positions in positions.chunks(BATCH_ROWS) {
            let batch = rows.gather(positions, None)?;
            let answer = self.predictor.predict(&batch.inputs)?;
            match answer.as_f32() {
                Some(values) if answer.shape == [positions.len(), width] => {
                    outputs.extend_from_slice(values);
                }
                _ => {
                    return Err(Trouble::internal(format!(
                        "the network answered with the shape {:?}",
                        answer.shape
                    )));
                }
            }
        }
        Ok(outputs)
    }

    fn width(&self) -> usize {
        match &self.model.learnt {
            Learnt::Estimator { estimator } => estimator.n_outputs.max(1),
            Learnt::Network(network) => match network.blueprint.head {
                Some(Head::Softmax { n_classes }) => n_classes,
                Some(Head::Sigmoid) => 2,
                Some(Head::Linear { .. } | Head::Rate { .. }) | None => 1,
            },
        }
    }

    fn predictions(&self, outputs: Vec<f32>) -> Result<Predictions, Trouble> {
        match &self.model.encoder.target {
            Some(TargetCodec::Classes { names, .. }) => {
                let threshold = self.model.decision_threshold();
                let rows = outputs.chunks_exact(names.len().max(1));
                let best = rows.map(|row| pg_metrics::decided(row, threshold)).collect();
                Ok(Predictions::Classes { probabilities: outputs, best, names: names.clone() })
            }
            Some(codec @ TargetCodec::Number { .. }) => Ok(Predictions::Numbers(
                outputs.iter().map(|answer| codec.number(f64::from(*answer))).collect(),
            )),
            None => Err(inconsistent("the encoder has no target")),
        }
    }
}

impl std::fmt::Debug for Scorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scorer")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// Whether encoder, network and target fit together; a bundle from elsewhere may hold anything.
pub(crate) fn check_consistent(model: &Model) -> Result<(), Trouble> {
    let blueprint = match &model.learnt {
        Learnt::Network(network) => &network.blueprint,
        Learnt::Estimator { estimator } => return estimate::check_consistent(model, estimator),
    };
    let slots = &model.encoder.inputs;
    let signals = &blueprint.inputs;
    let fits = slots.len() == signals.len()
        && slots.iter().zip(signals).all(|(slot, signal)| {
            let vocabulary = match slot {
                pg_data::InputSlot::Sequence { vocabulary, .. } => Some(*vocabulary),
                _ => None,
            };
            slot.shape() == signal.shape && vocabulary == signal.vocabulary
        });
    if !fits {
        return Err(inconsistent("the columns do not fit the inputs of the network"));
    }
    let fits = match (&model.encoder.target, blueprint.head) {
        (Some(TargetCodec::Classes { names, .. }), Some(Head::Softmax { n_classes })) => {
            names.len() == n_classes && n_classes > 0
        }
        (Some(TargetCodec::Classes { names, .. }), Some(Head::Sigmoid)) => names.len() == 2,
        (
            Some(TargetCodec::Number { .. }),
            Some(Head::Linear { n_outputs } | Head::Rate { n_outputs }),
        ) => n_outputs == 1,
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(inconsistent("the target does not fit the output of the network"))
    }
}

pub(crate) fn inconsistent(why: &str) -> Trouble {
    Trouble::new(
        "model-inconsistent",
        say!("the parts of the model do not belong together: {why}", "模型的各部分不一致：{why}"),
    )
    .advice(say!("Train the model again.", "请重新训练模型。"))
}

fn not_finite() -> Trouble {
    Trouble::new("prediction-not-finite", say!("the prediction is not a number", "预测结果不是有效数字"))
        .advice(say!(
            "Check the row for extreme values; if many rows are affected, train again with a smaller learning rate.",
            "请检查该行是否有极端值；如果影响多行，请用更小的学习率重新训练。"
        ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Plain};

    #[test]
    fn gaps_are_filled_or_named() {
        let model = Arc::new(testing::flowers_model());
        let mut scorer = Scorer::new(model, &Plain).expect("loads");
        let scored = scorer.score(testing::flowers().origin().clone()).expect("scored");
        assert_eq!(scored.n_rows, 10);
        assert_eq!(scored.kept.len() + scored.rejected.len(), 10);
        let first = scored.rejected.first().expect("a row without width");
        assert_eq!((first.index, first.row, first.trouble.code.as_str()), (3, 4, "value-missing"));
        let Predictions::Classes { probabilities, best, names } = scored.predictions else {
            panic!("classes")
        };
        assert_eq!((names.len(), probabilities.len(), best.len()), (2, 18, 9));
        assert!(probabilities.chunks(2).all(|row| (row[0] + row[1] - 1.0).abs() < 1e-6));
    }

    #[test]
    fn more_rows_than_a_batch_give_the_same_answers() {
        let model = Arc::new(testing::numbers_model());
        let mut scorer = Scorer::new(model, &Plain).expect("loads");
        let scored = scorer.score(testing::numbers(1000)).expect("scored");
        let Predictions::Numbers(many) = scored.predictions else { panic!("numbers") };
        let scored = scorer.score(testing::numbers(3)).expect("scored");
        let Predictions::Numbers(few) = scored.predictions else { panic!("numbers") };
        assert_eq!(many.get(..3), few.get(..3));
        assert_eq!(scorer.score(testing::numbers(0)).expect("no rows").kept.len(), 0);
    }

    #[test]
    fn a_threshold_decides_between_two_classes() {
        let best = |threshold| {
            let model = crate::Model { threshold, ..testing::flowers_model() };
            let mut scorer = Scorer::new(Arc::new(model), &Plain).expect("loads");
            let scored = scorer.score(testing::flowers().origin().clone()).expect("scored");
            let Predictions::Classes { best, .. } = scored.predictions else { panic!("classes") };
            best
        };
        assert!(best(Some(0.0)).iter().all(|class| *class == 1));
        assert!(best(Some(1.0)).iter().all(|class| *class == 0));
        assert!(best(None).contains(&0) && best(None).contains(&1));
        assert_eq!(best(Some(0.5)), best(None));
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let mut model = testing::flowers_model();
        model.network_mut().expect("a network").blueprint.head =
            Some(Head::Softmax { n_classes: 3 });
        assert_eq!(
            Scorer::new(Arc::new(model), &Plain).expect_err("three classes").code,
            "model-inconsistent"
        );
        let mut model = testing::flowers_model();
        model.encoder.inputs.clear();
        assert_eq!(
            Scorer::new(Arc::new(model), &Plain).expect_err("no inputs").code,
            "model-inconsistent"
        );
    }
}
