//! What the networks of a document cost, known before anything runs.

use std::collections::BTreeMap;

use pg_base::ParamValue;
use pg_contract::{Facts, Network, PortType, Registry};
use pg_nn::Summary;
use serde::Serialize;

use crate::analysis::Analysis;
use crate::document::{Document, NodeId};
use crate::wiring::{Origin, Wiring};

mod training;

pub use training::{TrainingNeed, trainings};

/// Moments per weight that Adam keeps; other optimizers keep fewer, so the forecast is an upper bound.
const N_SLOTS: usize = 2;

/// The cost of the network on one output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// The node.
    pub node: NodeId,
    /// Its output.
    pub port: String,
    /// What leaves the network here, for one row: `28 × 28 × 1`.
    pub shape: Option<String>,
    /// Layer by layer, with sums: numbers trained, multiply-adds of a forward pass per row.
    pub summary: Summary,
    /// Rows per training step, where the network leads to a node that trains.
    pub batch_size: Option<usize>,
    /// Bytes of memory for training with that many rows.
    pub training_bytes: Option<u64>,
}

/// The cost on every wire that carries a network whose shapes are known, in topological order.
pub fn forecast(document: &Document, registry: &Registry, analysis: &Analysis) -> Vec<Forecast> {
    let wiring = Wiring::of(document, registry);
    let batch_sizes = batch_sizes(&wiring);
    let mut all = Vec::new();
    for id in &analysis.order {
        let Some(spec) = wiring.nodes.get(id.as_str()).and_then(|wired| wired.spec) else {
            continue;
        };
        for (output, facts) in spec.outputs.iter().zip(analysis.facts.get(id).into_iter().flatten())
        {
            let Facts::Network(network) = facts else { continue };
            let Ok(summary) = network.blueprint.summary() else { continue };
            let batch_size = batch_sizes.get(id.as_str()).copied();
            all.push(Forecast {
                node: id.clone(),
                port: output.id.to_owned(),
                shape: shape_at_tip(network, &summary),
                batch_size,
                training_bytes: batch_size.map(|n_rows| summary.training_bytes(n_rows, N_SLOTS)),
                summary,
            });
        }
    }
    all
}

fn shape_at_tip(network: &Network, summary: &Summary) -> Option<String> {
    summary.rows.iter().find(|row| row.id == network.tip).map(|row| row.signal.label())
}

/// For each node the batch size of the nearest node behind it that turns a network into a model.
/// Such nodes call the parameter `batch_size`; no kind is named here.
fn batch_sizes<'a>(wiring: &Wiring<'a>) -> BTreeMap<&'a str, usize> {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for id in wiring.order.iter().rev() {
        let Some(wired) = wiring.nodes.get(id) else { continue };
        let Some(spec) = wired.spec else { continue };
        let takes_network = spec.inputs.iter().any(|port| port.port_type == PortType::Network);
        let own = match wired.node.params.get("batch_size") {
            Some(ParamValue::Int(n_rows)) if takes_network => usize::try_from(*n_rows).ok(),
            _ => None,
        };
        let Some(n_rows) = own.or_else(|| known.get(id).copied()) else { continue };
        for origin in wired.inputs.values().flatten() {
            if let Origin::Output { node, .. } = origin {
                known.entry(node).or_insert(n_rows);
            }
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pg_base::ParamValues;
    use pg_nn::{Blueprint, Signal};

    use super::*;
    use crate::toy;

    #[test]
    fn networks_on_the_way_to_a_training_say_what_it_needs() {
        let mut blueprint = Blueprint::new(vec![Signal::numbers([4])]);
        blueprint.push("input", "input", ParamValues::new(), &[]).expect("layer");
        let units = ParamValues::from([("units".to_owned(), ParamValue::Int(3))]);
        blueprint.push("dense", "dense", units, &["input".to_owned()]).expect("layer");
        let network =
            Arc::new(Network { blueprint, tip: "dense".to_owned(), encoder: None, head: None });
        let mut document = toy::chain(2);
        toy::add(&mut document, "train", "train", &[]);
        toy::link(&mut document, "add_2.out", "train.in");
        toy::add(&mut document, "layer", "layer", &[]);
        let mut analysis = Analysis {
            order: vec!["add".into(), "add_2".into(), "layer".into()],
            ..Analysis::default()
        };
        for id in &analysis.order {
            analysis.facts.insert(id.clone(), vec![Facts::Network(network.clone())]);
        }
        analysis.facts.insert("add_2".into(), vec![Facts::Unknown]);

        let found = forecast(&document, &toy::registry(), &analysis);
        let line = |forecast: &Forecast| {
            let n_params = forecast.summary.total.n_params;
            format!("{} {:?} {n_params} {:?}", forecast.node, forecast.shape, forecast.batch_size)
        };
        let lines: Vec<String> = found.iter().map(line).collect();
        assert_eq!(lines, ["add Some(\"3\") 15 Some(16)", "layer Some(\"3\") 15 None"]);
        let bytes = found.first().and_then(|forecast| forecast.training_bytes);
        assert_eq!(
            bytes,
            found.first().map(|forecast| forecast.summary.training_bytes(16, N_SLOTS))
        );
        assert!(bytes.is_some_and(|bytes| bytes > 0));
    }
}
