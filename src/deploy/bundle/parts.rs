//! The parts of a bundle: readable JSON, the weights as safetensors, the model card and the golden rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use pg_base::{Trouble, say};
use pg_nn::{History, TrainSettings, Weights};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::container::{ESTIMATOR, WEIGHTS, damaged};
use super::{Bundle, card};
use crate::model::{Learnt, Model, TrainedNetwork};

/// How the model came about.
#[derive(Debug, Serialize, Deserialize)]
struct Training {
    /// Of a network.
    #[serde(flatten)]
    network: Option<NetworkTraining>,
    /// Training rows of each class, target after target; empty for numbers.
    class_counts: Vec<u64>,
    /// Mean of each target in training, for numbers.
    #[serde(rename = "target_mean", default, with = "pg_base::one_or_many")]
    target_means: Vec<f64>,
    /// Of the second of two classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
}

/// How a network was trained.
#[derive(Debug, Serialize, Deserialize)]
struct NetworkTraining {
    settings: TrainSettings,
    history: History,
}

/// All parts in the order of the file.
pub(super) fn write(bundle: &Bundle) -> Result<Vec<(&'static str, Vec<u8>)>, Trouble> {
    let model = &*bundle.model;
    let training = Training {
        network: model.network().map(|network| NetworkTraining {
            settings: network.settings.clone(),
            history: network.history.clone(),
        }),
        class_counts: model.training_class_counts.clone(),
        target_means: model.training_target_means.clone(),
        threshold: model.threshold,
    };
    let mut parts = vec![
        ("README.md", card::model_card(bundle)?.into_bytes()),
        ("schema.json", json(&model.input_schema)?),
        ("recipe.json", json(&model.recipe)?),
        ("encoder.json", json(&model.encoder)?),
        ("classes.json", json(&model.class_names().unwrap_or_default())?),
        ("training.json", json(&training)?),
        ("metrics.json", json(&model.metrics)?),
        ("golden.json", json(&bundle.golden)?),
    ];
    if let Some(graph) = &bundle.graph_json {
        parts.push(("graph.json", graph.clone().into_bytes()));
    }
    match &model.learnt {
        Learnt::Network(network) => {
            parts.push(("blueprint.json", json(&network.blueprint)?));
            parts.push((WEIGHTS, network.weights.to_safetensors(&BTreeMap::new())?));
        }
        // Not pretty: one number a line would make a forest ten times as long.
        Learnt::Estimator { estimator } => {
            parts.push((ESTIMATOR, serde_json::to_vec(estimator).map_err(Trouble::internal)?));
        }
    }
    Ok(parts)
}

/// The bundle of the parts.
pub(super) fn read(parts: &BTreeMap<String, Vec<u8>>) -> Result<Bundle, Trouble> {
    let training: Training = parse(parts, "training.json")?;
    let golden: crate::golden::Golden = parse(parts, "golden.json")?;
    let learnt = if parts.contains_key(ESTIMATOR) {
        Learnt::Estimator { estimator: parse(parts, ESTIMATOR)? }
    } else {
        let (weights, _) = Weights::from_safetensors(part(parts, WEIGHTS)?)
            .map_err(|trouble| damaged(WEIGHTS, &trouble.details.found))?;
        let NetworkTraining { settings, history } = training.network.ok_or_else(|| {
            damaged("training.json", &say!("the settings are missing", "缺少训练设置"))
        })?;
        Learnt::Network(Box::new(TrainedNetwork {
            blueprint: parse(parts, "blueprint.json")?,
            weights,
            settings,
            history,
        }))
    };
    let model = Model {
        input_schema: parse(parts, "schema.json")?,
        recipe: parse(parts, "recipe.json")?,
        encoder: parse(parts, "encoder.json")?,
        learnt,
        training_class_counts: training.class_counts,
        training_target_means: training.target_means,
        threshold: training.threshold,
        metrics: parse(parts, "metrics.json")?,
        sample_rows: golden.rows.clone(),
    };
    let classes: Vec<String> = parse(parts, "classes.json")?;
    if classes != model.class_names().unwrap_or_default() {
        return Err(damaged(
            "classes.json",
            &say!("it differs from the encoder's classes", "与编码器的类别不一致"),
        ));
    }
    let graph_json = match parts.get("graph.json") {
        None => None,
        Some(bytes) => Some(
            String::from_utf8(bytes.clone())
                .map_err(|_| damaged("graph.json", &say!("it is no text", "不是文本")))?,
        ),
    };
    Ok(Bundle { model: Arc::new(model), graph_json, golden })
}

/// Pretty JSON that ends with a line end.
pub(crate) fn json(value: &impl Serialize) -> Result<Vec<u8>, Trouble> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(Trouble::internal)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn part<'a>(parts: &'a BTreeMap<String, Vec<u8>>, name: &str) -> Result<&'a [u8], Trouble> {
    let missing = || damaged(name, &say!("it is missing", "缺少该部分"));
    parts.get(name).map(Vec::as_slice).ok_or_else(missing)
}

fn parse<T: DeserializeOwned>(parts: &BTreeMap<String, Vec<u8>>, name: &str) -> Result<T, Trouble> {
    serde_json::from_slice(part(parts, name)?)
        .map_err(|error| damaged(name, &say!("{error}", "{error}")))
}
