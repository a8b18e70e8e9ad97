//! A trained model: everything that is needed to use it on raw rows, and to say where it came from.

use std::collections::BTreeMap;

use pg_base::{StableHasher, Trouble, say};
use pg_classic::Estimator;
use pg_data::schema::several_targets;
use pg_data::steps::split_labels::SplitLabels;
use pg_data::{Encoder, Recipe, Rows, Schema, TargetCodec};
use pg_nn::{Blueprint, History, TrainSettings, Weights};
use serde::{Deserialize, Serialize};

use crate::score::{Answer, inconsistent};

/// A trained model as plain data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Columns of the rows as they are read, before the recipe.
    pub input_schema: Schema,
    /// Fitted steps from raw rows to features.
    pub recipe: Recipe,
    /// Features to arrays, target to classes or numbers.
    pub encoder: Encoder,
    /// What turns features into answers.
    #[serde(flatten)]
    pub learnt: Learnt,
    /// Rows of each class (in the encoder's order, target after target) in training, or nothing for numbers.
    #[serde(default)]
    pub training_class_counts: Vec<u64>,
    /// Mean of each target in training, for numbers.
    #[serde(default, rename = "training_target_mean", with = "pg_base::one_or_many")]
    pub training_target_means: Vec<f64>,
    /// For two classes: the second is answered where its probability is at least this; none to answer the more
    /// probable one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Metrics on test rows once evaluated, under scikit-learn's names.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
    /// Raw rows kept with the model so that every load can prove itself (at most 16), as JSON objects by column.
    #[serde(default)]
    pub sample_rows: Vec<serde_json::Map<String, serde_json::Value>>,
}

/// What a training leaves behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Learnt {
    /// A network with its weights.
    Network(Box<TrainedNetwork>),
    /// A classical method.
    Estimator {
        /// What it learnt.
        estimator: Box<Estimator>,
    },
}

/// A network that was trained, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedNetwork {
    /// The network.
    pub blueprint: Blueprint,
    /// Its weights; kept apart from the JSON form (safetensors).
    #[serde(skip)]
    pub weights: Weights,
    /// How it was trained.
    pub settings: TrainSettings,
    /// How training went.
    pub history: History,
}

impl Learnt {
    /// Number of trained weights of a network; none for an estimator.
    pub fn n_params(&self) -> Result<Option<u64>, Trouble> {
        match self {
            Self::Network(network) => Ok(Some(network.blueprint.summary()?.total.n_params)),
            Self::Estimator { .. } => Ok(None),
        }
    }

    /// Twelve hexadecimal digits that change with what was learnt.
    pub(crate) fn version(&self) -> Result<String, Trouble> {
        let fingerprint = match self {
            Self::Network(network) => network.weights.fingerprint(),
            Self::Estimator { estimator } => {
                let bytes = serde_json::to_vec(estimator).map_err(Trouble::internal)?;
                StableHasher::new().bytes(&bytes).finish()
            }
        };
        Ok(fingerprint.to_string().chars().take(12).collect())
    }
}

impl Model {
    /// The network; none where an estimator learnt.
    pub fn network(&self) -> Option<&TrainedNetwork> {
        match &self.learnt {
            Learnt::Network(network) => Some(network),
            Learnt::Estimator { .. } => None,
        }
    }

    /// The network, for changing it.
    pub fn network_mut(&mut self) -> Option<&mut TrainedNetwork> {
        match &mut self.learnt {
            Learnt::Network(network) => Some(network),
            Learnt::Estimator { .. } => None,
        }
    }

    /// The estimator; none where a network learnt.
    pub fn estimator(&self) -> Option<&Estimator> {
        match &self.learnt {
            Learnt::Network(_) => None,
            Learnt::Estimator { estimator } => Some(estimator),
        }
    }

    /// Class names of the only target; none for numbers and for several targets.
    pub fn class_names(&self) -> Option<&[String]> {
        match self.encoder.only_target() {
            Some(TargetCodec::Classes { names, .. }) => Some(names),
            _ => None,
        }
    }

    /// The position of a target by what it is called; without a name, that of the only one.
    ///
    /// Errors: `targets-several`, `target-unknown`, and `model-inconsistent` without any.
    pub fn target_called(&self, name: &str) -> Result<usize, Trouble> {
        let names = self.target_names();
        match names.len() {
            0 => Err(inconsistent("the encoder has no target")),
            1 if name.is_empty() => Ok(0),
            n if name.is_empty() => {
                let known = names.join(", ");
                Err(several_targets(n).expected(say!("one of {known}", "以下之一：{known}")))
            }
            _ => names.iter().position(|known| *known == name).ok_or_else(|| {
                let known = names.join(", ");
                Trouble::new(
                    "target-unknown",
                    say!("the model does not predict `{name}`", "模型不预测 `{name}`"),
                )
                .expected(say!("one of {known}", "以下之一：{known}"))
            }),
        }
    }

    /// Whether it says of several labels which ones a row has.
    pub fn has_labels(&self) -> bool {
        matches!(self.encoder.targets.as_slice(), [TargetCodec::Classes { .. }, _, ..])
    }

    /// The step that made its targets out of the labels of one column, where one did.
    pub fn split_labels(&self) -> Option<&SplitLabels> {
        let splits = self.recipe.split_labels(self.encoder.targets.iter().map(TargetCodec::column));
        splits.filter(|_| self.encoder.targets.len() > 1)
    }

    /// The labels that a row is said to have, written as in the one column that they come from.
    pub fn label_set(&self, answers: &[Answer]) -> Option<String> {
        let splits = self.split_labels()?;
        let is_there = |answer: &Answer| matches!(answer, Answer::Class { best: 1, .. });
        let names = self.target_names().into_iter().zip(answers);
        let there = names.filter(|(_, answer)| is_there(answer)).map(|(name, _)| name);
        Some(there.collect::<Vec<_>>().join(&splits.separator))
    }

    /// What the targets are called, in their order: labels of one column by themselves, others by their columns.
    pub fn target_names(&self) -> Vec<&str> {
        let labels = self.split_labels().map_or(&[][..], |splits| splits.fitted.as_slice());
        let columns = self.encoder.targets.iter().map(TargetCodec::column);
        let name = |column| {
            let label = labels.iter().find(|label| label.column == column);
            label.map_or(column, |label| label.value.as_str())
        };
        columns.map(name).collect()
    }

    /// The threshold, where there are two classes to decide between.
    pub fn decision_threshold(&self) -> Option<f64> {
        self.threshold.filter(|_| self.class_names().is_some_and(|names| names.len() == 2))
    }

    /// Share of each encoded column in what an estimator learnt, the largest first; empty where it is not known.
    pub fn importances(&self) -> Vec<(String, f64)> {
        let names = self.encoder.inputs.iter().flat_map(pg_data::InputSlot::columns);
        let shares = self.estimator().map(|estimator| estimator.importances.as_slice());
        let pairs = names.zip(shares.unwrap_or_default());
        let mut pairs: Vec<(String, f64)> =
            pairs.map(|(name, share)| (name.clone(), *share)).collect();
        pairs.sort_by(|one, other| other.1.total_cmp(&one.1));
        pairs
    }

    /// Raw rows made ready for the encoder; the number and order of rows stay.
    pub fn prepare(&self, raw: Rows) -> Result<Rows, Trouble> {
        self.recipe.replay(raw)
    }
}
