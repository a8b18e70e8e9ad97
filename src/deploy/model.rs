//! A trained model: everything that is needed to use it on raw rows, and to say where it came from.

use std::collections::BTreeMap;

use pg_base::Trouble;
use pg_data::{Encoder, Recipe, Rows, Schema, TargetCodec};
use pg_nn::{Blueprint, History, TrainSettings, Weights};
use serde::{Deserialize, Serialize};

/// A trained model as plain data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Columns of the rows as they are read, before the recipe.
    pub input_schema: Schema,
    /// Fitted steps from raw rows to features.
    pub recipe: Recipe,
    /// Features to arrays, target to classes or numbers.
    pub encoder: Encoder,
    /// The network.
    pub blueprint: Blueprint,
    /// Its weights; kept apart from the JSON form (safetensors).
    #[serde(skip)]
    pub weights: Weights,
    /// How it was trained.
    pub settings: TrainSettings,
    /// How training went.
    pub history: History,
    /// Rows of each class (in the encoder's order) in training, or nothing for numbers.
    #[serde(default)]
    pub training_class_counts: Vec<u64>,
    /// Mean of the target in training, for numbers.
    #[serde(default)]
    pub training_target_mean: Option<f64>,
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

impl Model {
    /// Class names, or none for numbers.
    pub fn class_names(&self) -> Option<&[String]> {
        match &self.encoder.target {
            Some(TargetCodec::Classes { names, .. }) => Some(names),
            _ => None,
        }
    }

    /// The threshold, where there are two classes to decide between.
    pub fn decision_threshold(&self) -> Option<f64> {
        self.threshold.filter(|_| self.class_names().is_some_and(|names| names.len() == 2))
    }

    /// Raw rows made ready for the encoder; the number and order of rows stay.
    pub fn prepare(&self, raw: Rows) -> Result<Rows, Trouble> {
        self.recipe.replay(raw)
    }
}
