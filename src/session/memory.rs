//! Memory that a training may take, and trainings that would not fit.
//!
//! Invariant: what fits is never refused. A training counts as too large only where even its least need, with the rows
//! that are there for certain, is more than what is free.

use std::collections::BTreeMap;

use pg_base::memory::{free_bytes, resident_bytes, size_text};
use pg_base::{ParamValue, Trouble, Words, say};
use pg_contract::Severity;
use pg_nn::DeviceInfo;
use pg_pipeline::{Analysis, Edit, NodeDiagnostic, NodeId, Plan, StepState, TrainingNeed};

/// Parameter that a fix lowers.
const BATCH_SIZE: &str = "batch_size";

/// Memory that a training on a device may take, where the system tells: for the processor what is free now and what the
/// process holds that will do the work, for others what the device has.
pub(crate) fn available_bytes(info: &DeviceInfo, process_id: Option<u32>) -> Option<u64> {
    if !info.uses_machine_memory() {
        return info.memory_bytes;
    }
    let held = process_id.and_then(resident_bytes).unwrap_or_default();
    Some(free_bytes()?.saturating_add(held))
}

/// Tells at each training that has to run and will not fit; the diagnostics keep the order of the nodes.
pub(crate) fn tell_shortages(
    analysis: &mut Analysis,
    needs: &BTreeMap<NodeId, TrainingNeed>,
    plan: &Plan,
    available_bytes: Option<u64>,
) {
    let Some(available_bytes) = available_bytes else { return };
    let is_stale = |node: &str| {
        plan.step(node).is_some_and(|step| matches!(step.state, StepState::Stale { .. }))
    };
    let short: Vec<NodeDiagnostic> = needs
        .iter()
        .filter(|(_, need)| need.least_bytes(need.batch_size) > available_bytes)
        .filter(|(node, _)| is_stale(node))
        .map(|(node, need)| shortage(node, need, available_bytes))
        .collect();
    if short.is_empty() {
        return;
    }
    analysis.diagnostics.extend(short);
    let places: BTreeMap<&str, usize> =
        analysis.order.iter().enumerate().map(|(place, node)| (node.as_str(), place)).collect();
    analysis.diagnostics.sort_by_key(|found| places.get(found.node.as_str()).copied());
}

fn shortage(node: &str, need: &TrainingNeed, available_bytes: u64) -> NodeDiagnostic {
    let batch_size = need.rows_per_step();
    let (needed, free) = (size_text(need.training_bytes(batch_size)), size_text(available_bytes));
    let fix = fitting_batch_size(need, available_bytes);
    let advice = match fix {
        Some(n_rows) => say!(
            "Use batches of {n_rows} rows, a smaller network, or another device.",
            "请使用 {n_rows} 行的批大小、更小的网络，或其他设备。"
        ),
        None => say!(
            "Even with one row per step it would not fit: use a smaller network or smaller inputs, or another device.",
            "即使每步只用一行也放不下：请使用更小的网络或更小的输入，或换用其他设备。"
        ),
    };
    let trouble = Trouble::new(
        "memory-short",
        say!(
            "training with batches of {batch_size} rows takes about {needed} of memory",
            "以每批 {batch_size} 行训练约需 {needed} 内存"
        ),
    )
    .expected(say!("no more than the {free} that are free", "不超过可用的 {free}"))
    .advice(advice)
    .node(node)
    .param(BATCH_SIZE);
    let fix = fix.map(|n_rows| (use_batches_of(n_rows), set_batch_size(node, n_rows)));
    NodeDiagnostic { node: node.to_owned(), severity: Severity::Error, trouble, fix }
}

/// The first of the halves of the batch size that fits with room to spare, else the smallest that may fit.
fn fitting_batch_size(need: &TrainingNeed, available_bytes: u64) -> Option<u64> {
    let mut n_rows = need.rows_per_step();
    while n_rows > 1 && need.training_bytes(n_rows) > available_bytes {
        n_rows /= 2;
    }
    (need.least_bytes(n_rows) <= available_bytes).then_some(n_rows)
}

fn use_batches_of(n_rows: u64) -> Words {
    say!("Use batches of {n_rows} rows", "使用 {n_rows} 行的批大小")
}

fn set_batch_size(node: &str, n_rows: u64) -> Edit {
    let value = ParamValue::Int(i64::try_from(n_rows).unwrap_or(i64::MAX));
    Edit::SetParam { id: node.to_owned(), param: BATCH_SIZE.to_owned(), value }
}
