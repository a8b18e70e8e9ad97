//! What each training of a document needs: rows, steps and memory, as far as it is known before it runs.
//!
//! A training is a node that turns a network into a model and has a parameter `batch_size`; no kind is named here.

use std::collections::BTreeMap;

use pg_base::{Fingerprint, ParamValue};
use pg_contract::{Facts, NodeSpec, PortType, Registry, ValueSummary};
use pg_data::Part;
use pg_nn::Blueprint;

use crate::analysis::Analysis;
use crate::document::{Document, NodeId};
use crate::forecast::N_SLOTS;
use crate::store::Entry;
use crate::wiring::{Origin, Wired, Wiring};

/// What one training needs.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingNeed {
    /// The network with its output, ready to be trained.
    pub blueprint: Blueprint,
    /// Key of the network.
    pub network: Fingerprint,
    /// Numbers that are trained.
    pub n_params: u64,
    /// Rows per step as they are set.
    pub batch_size: u64,
    /// Passes over the rows, where the node says how many.
    pub n_epochs: Option<u64>,
    /// Rows to learn from; none where the table is not known whole.
    pub n_training_rows: Option<u64>,
    /// Rows to watch.
    pub n_validation_rows: Option<u64>,
    /// Rows to learn from that are there for certain.
    pub n_certain_rows: u64,
    /// Numbers kept for the backward pass, per row of a step.
    n_kept: u64,
}

impl TrainingNeed {
    /// Rows of one step: never more than there are.
    pub fn rows_per_step(&self) -> u64 {
        self.batch_size.min(self.n_training_rows.unwrap_or(u64::MAX)).max(1)
    }

    /// Steps of one pass over the training rows.
    pub fn steps_per_epoch(&self) -> Option<u64> {
        Some(self.n_training_rows?.div_ceil(self.rows_per_step()))
    }

    /// Memory of training with steps of so many rows, about.
    pub fn training_bytes(&self, n_rows: u64) -> u64 {
        let of_weights = self.n_params.saturating_mul(2 + N_SLOTS as u64);
        let of_rows = self.n_kept.saturating_mul(2).saturating_mul(n_rows);
        of_weights.saturating_add(of_rows).saturating_mul(4)
    }

    /// Memory that training with this batch size takes at the very least: what is not known for certain counts as nothing.
    pub fn least_bytes(&self, batch_size: u64) -> u64 {
        // Weights and gradients are there with every optimizer. Of the numbers kept for the backward pass our fused steps
        // were measured to need about seven in ten; a half is below what any device needs.
        let n_rows = batch_size.min(self.n_training_rows.unwrap_or(self.n_certain_rows));
        let of_weights = self.n_params.saturating_mul(2);
        of_weights.saturating_add(self.n_kept.saturating_mul(n_rows) / 2).saturating_mul(4)
    }
}

/// What the trainings need whose network is known; `entries` are the results that are there.
pub fn trainings(
    document: &Document,
    registry: &Registry,
    analysis: &Analysis,
    entries: &BTreeMap<NodeId, Entry>,
) -> BTreeMap<NodeId, TrainingNeed> {
    let wiring = Wiring::of(document, registry);
    let need = |(id, wired): (&&str, &Wired<'_>)| {
        let spec = wired.spec.filter(|spec| trains(spec))?;
        let blueprint = facts_of(analysis, id, spec, PortType::Model).find_map(|facts| {
            if let Facts::Model(network) = facts { Some(network.blueprint.clone()) } else { None }
        })?;
        let total = blueprint.summary().ok()?.total;
        let rows = rows_of(wired, spec, analysis, entries);
        let need = TrainingNeed {
            network: blueprint.fingerprint(),
            blueprint,
            n_params: total.n_params,
            batch_size: whole(wired, "batch_size")?.max(1),
            n_epochs: whole(wired, "epochs"),
            n_training_rows: rows.training,
            n_validation_rows: rows.validation,
            n_certain_rows: rows.certain,
            n_kept: total.n_kept,
        };
        Some(((*id).to_owned(), need))
    };
    wiring.nodes.iter().filter_map(need).collect()
}

fn trains(spec: &NodeSpec) -> bool {
    spec.inputs.iter().any(|port| port.port_type == PortType::Network)
        && spec.outputs.iter().any(|port| port.port_type == PortType::Model)
        && spec.param("batch_size").is_some()
}

fn facts_of<'a>(
    analysis: &'a Analysis,
    node: &str,
    spec: &NodeSpec,
    port_type: PortType,
) -> impl Iterator<Item = &'a Facts> {
    let facts = analysis.facts.get(node).into_iter().flatten();
    let ports: Vec<bool> = spec.outputs.iter().map(|port| port.port_type == port_type).collect();
    facts.zip(ports).filter(|(_, fits)| *fits).map(|(facts, _)| facts)
}

fn whole(wired: &Wired<'_>, param: &str) -> Option<u64> {
    match wired.node.params.get(param) {
        Some(ParamValue::Int(number)) => u64::try_from(*number).ok(),
        _ => None,
    }
}

#[derive(Default)]
struct RowCounts {
    training: Option<u64>,
    validation: Option<u64>,
    certain: u64,
}

/// Rows of the table that enters. Where only a sample of it is known, the result of the node before it says how many
/// rows there are, and the sample how they are shared out.
fn rows_of(
    wired: &Wired<'_>,
    spec: &NodeSpec,
    analysis: &Analysis,
    entries: &BTreeMap<NodeId, Entry>,
) -> RowCounts {
    let mut tables = spec.inputs.iter().filter(|port| port.port_type == PortType::Table);
    let origin = tables.find_map(|port| wired.inputs.get(port.id)?.first());
    let Some(Origin::Output { node, index }) = origin else { return RowCounts::default() };
    let facts = analysis.facts.get(*node).and_then(|facts| facts.get(*index));
    let Some(Facts::Table { sample, is_whole }) = facts else { return RowCounts::default() };
    let (parts, n_rows) = (sample.parts(), sample.n_rows() as u64);
    let count = |part: Part| parts.iter().filter(|other| **other == part).count() as u64;
    // Before a split every row is a training row.
    let training = if parts.is_empty() { n_rows } else { count(Part::Training) };
    let validation = count(Part::Validation);
    if *is_whole {
        return RowCounts {
            training: Some(training),
            validation: Some(validation),
            certain: training,
        };
    }
    let total = entries.get(*node).and_then(|entry| {
        entry.outputs.values().find_map(|summary| match summary {
            ValueSummary::Table { n_rows, .. } => Some(*n_rows as u64),
            _ => None,
        })
    });
    let share = |part: u64| {
        let total = total.filter(|_| n_rows > 0)?;
        Some((total as f64 * part as f64 / n_rows as f64).round() as u64)
    };
    RowCounts { training: share(training), validation: share(validation), certain: training }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pg_base::ParamValues;
    use pg_contract::Network;
    use pg_nn::{Head, Signal};

    use super::*;
    use crate::toy;

    fn network() -> Arc<Network> {
        let mut blueprint = Blueprint::new(vec![Signal::numbers([4])]);
        blueprint.push("input", "input", ParamValues::new(), &[]).expect("layer");
        let units = ParamValues::from([("units".to_owned(), ParamValue::Int(3))]);
        blueprint.push("output", "output", units, &["input".to_owned()]).expect("layer");
        blueprint.head = Some(Head::Softmax { n_classes: 3 });
        Arc::new(Network { blueprint, tip: "output".to_owned(), encoder: None, head: None })
    }

    fn need_of(n_rows: usize, is_whole: bool, n_rows_known: Option<usize>) -> TrainingNeed {
        let mut document = toy::chain(1);
        toy::add(&mut document, "rows", "rows", &[]);
        toy::add(&mut document, "fit", "fit", &[]);
        toy::link(&mut document, "add.out", "fit.in");
        toy::link(&mut document, "rows.table", "fit.table");
        let mut analysis = Analysis::default();
        let sample = toy::table(n_rows).expect("table");
        analysis.facts.insert("rows".into(), vec![Facts::Table { sample, is_whole }]);
        analysis.facts.insert("fit".into(), vec![Facts::Model(network())]);
        let entries = n_rows_known.map(|n_rows| {
            let summary = ValueSummary::Table { n_rows, n_columns: 1 };
            ("rows".to_owned(), Entry::with_output("table", summary))
        });
        let mut all =
            trainings(&document, &toy::registry(), &analysis, &entries.into_iter().collect());
        all.remove("fit").expect("it trains")
    }

    #[test]
    fn rows_are_counted_where_they_are_known() {
        let whole = need_of(10, true, None);
        assert_eq!((whole.n_params, whole.batch_size, whole.n_epochs), (15, 16, None));
        assert_eq!((whole.n_training_rows, whole.n_validation_rows), (Some(10), Some(0)));
        assert_eq!((whole.rows_per_step(), whole.steps_per_epoch()), (10, Some(1)));

        let sampled = need_of(10, false, None);
        assert_eq!((sampled.n_training_rows, sampled.n_certain_rows), (None, 10));
        assert_eq!((sampled.rows_per_step(), sampled.steps_per_epoch()), (16, None));

        let ran = need_of(10, false, Some(1000));
        assert_eq!((ran.n_training_rows, ran.steps_per_epoch()), (Some(1000), Some(63)));
    }

    #[test]
    fn the_least_is_less_and_counts_certain_rows_only() {
        let need = need_of(10, false, None);
        assert!(need.least_bytes(16) < need.training_bytes(16));
        assert_eq!(need.least_bytes(10), need.least_bytes(1_000_000));
        assert!(need.least_bytes(4) < need.least_bytes(8));
    }
}
