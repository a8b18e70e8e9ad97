//! From raw rows to predictions, always through the model's own recipe and encoder.

use std::sync::Arc;

use pg_base::{BatchSource, Trouble, say};
use pg_data::encode::{Encoded, Rejected};
use pg_data::{EncodedRows, Encoder, Rows, Schema, TargetCodec};
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
    /// One prediction per kept row, for each target.
    pub predictions: Vec<Predictions>,
}

/// The answer to one row for one target.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A class.
    Class {
        /// Its index.
        best: usize,
        /// Of all classes.
        probabilities: Vec<f32>,
    },
    /// A number in the unit of the target.
    Number(f64),
}

/// The answers for one target, one per kept row.
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

impl Scored {
    /// The answers at the places of their rows, one per target, or why there are none.
    pub fn by_row(self) -> Vec<Result<Vec<Answer>, Trouble>> {
        let mut rows: Vec<Result<Vec<Answer>, Trouble>> = vec![Ok(Vec::new()); self.n_rows];
        for rejected in self.rejected {
            if let Some(slot) = rows.get_mut(rejected.index) {
                *slot = Err(rejected.trouble);
            }
        }
        for predictions in self.predictions {
            for (row, answer) in self.kept.iter().zip(predictions.into_answers()) {
                if let Some(Ok(answers)) = rows.get_mut(*row) {
                    answers.push(answer);
                }
            }
        }
        rows
    }
}

impl Predictions {
    /// The answers one by one.
    fn into_answers(self) -> Vec<Answer> {
        match self {
            Self::Classes { probabilities, best, names } => {
                let rows = probabilities.chunks_exact(names.len().max(1));
                let answer = |(best, row): (usize, &[f32])| Answer::Class {
                    best,
                    probabilities: row.to_vec(),
                };
                best.into_iter().zip(rows).map(answer).collect()
            }
            Self::Numbers(numbers) => numbers.into_iter().map(Answer::Number).collect(),
        }
    }
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
        Ok(Scored { n_rows, kept, rejected, predictions: self.predictions(&outputs) })
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
        self.model.encoder.n_outputs().max(1)
    }

    fn predictions(&self, outputs: &[f32]) -> Vec<Predictions> {
        let threshold = self.model.decision_threshold();
        let of_target = |(codec, outputs): (&TargetCodec, Vec<f32>)| match codec {
            TargetCodec::Classes { names, .. } => {
                let rows = outputs.chunks_exact(names.len().max(1));
                let best = rows.map(|row| pg_metrics::decided(row, threshold)).collect();
                Predictions::Classes { probabilities: outputs, best, names: names.clone() }
            }
            TargetCodec::Number { .. } => Predictions::Numbers(
                outputs.iter().map(|answer| codec.number(f64::from(*answer))).collect(),
            ),
        };
        by_target(&self.model.encoder, outputs).into_iter().map(of_target).collect()
    }
}

/// The outputs of each target by itself, row-major.
pub(crate) fn by_target<'a>(
    encoder: &'a Encoder,
    outputs: &[f32],
) -> Vec<(&'a TargetCodec, Vec<f32>)> {
    let width = encoder.n_outputs().max(1);
    let mut start = 0;
    let of_target = |codec: &'a TargetCodec| {
        let own = start..start + codec.n_outputs();
        start = own.end;
        let rows = outputs.chunks_exact(width).filter_map(|row| row.get(own.clone()));
        (codec, rows.flatten().copied().collect())
    };
    encoder.targets.iter().map(of_target).collect()
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
    let targets = model.encoder.targets.as_slice();
    let is_number = |target: &TargetCodec| matches!(target, TargetCodec::Number { .. });
    let is_label = |target: &TargetCodec| target.class_names().len() == 2;
    let fits = match (targets, blueprint.head) {
        ([only], Some(Head::Softmax { n_classes })) => {
            !is_number(only) && only.class_names().len() == n_classes && n_classes > 0
        }
        ([only], Some(Head::Sigmoid)) => is_label(only),
        (labels, Some(Head::Labels { n_labels })) => {
            labels.len() == n_labels && n_labels > 1 && labels.iter().all(is_label)
        }
        (numbers, Some(Head::Linear { n_outputs } | Head::Rate { n_outputs })) => {
            numbers.len() == n_outputs && n_outputs > 0 && numbers.iter().all(is_number)
        }
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
        let [Predictions::Classes { probabilities, best, names }] = scored.predictions.as_slice()
        else {
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
        let [Predictions::Numbers(many)] = scored.predictions.as_slice() else { panic!("numbers") };
        let scored = scorer.score(testing::numbers(3)).expect("scored");
        assert_eq!(scored.predictions, [Predictions::Numbers(many[..3].to_vec())]);
        assert_eq!(scorer.score(testing::numbers(0)).expect("no rows").kept.len(), 0);
    }

    #[test]
    fn answers_stand_at_the_place_of_their_rows() {
        let scored = Scored {
            n_rows: 3,
            kept: vec![0, 2],
            rejected: vec![Rejected {
                index: 1,
                row: 2,
                trouble: Trouble::new("value-missing", "no value"),
            }],
            predictions: vec![
                Predictions::Classes {
                    probabilities: vec![0.9, 0.1, 0.2, 0.8],
                    best: vec![0, 1],
                    names: vec!["no".to_owned(), "yes".to_owned()],
                },
                Predictions::Numbers(vec![1.5, 2.5]),
            ],
        };
        let class = |best, probabilities| Answer::Class { best, probabilities };
        let answers = scored.by_row();
        let [first, second, third] = answers.as_slice() else { panic!("three rows") };
        assert_eq!(*first, Ok(vec![class(0, vec![0.9, 0.1]), Answer::Number(1.5)]));
        assert_eq!(second.as_ref().expect_err("rejected").code, "value-missing");
        assert_eq!(*third, Ok(vec![class(1, vec![0.2, 0.8]), Answer::Number(2.5)]));
    }

    #[test]
    fn a_threshold_decides_between_two_classes() {
        let best = |threshold| {
            let model = crate::Model { threshold, ..testing::flowers_model() };
            let mut scorer = Scorer::new(Arc::new(model), &Plain).expect("loads");
            let scored = scorer.score(testing::flowers().origin().clone()).expect("scored");
            let [Predictions::Classes { best, .. }] = scored.predictions.as_slice() else {
                panic!("classes")
            };
            best.clone()
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
