//! Reference networks with random batches, timed by `pyrograph bench`; `resources/scripts/bench_pytorch.py` times the same.

use pg_base::{Array, Batch, ParamValue, Rng, Trouble, say};
use serde::{Deserialize, Serialize};

use crate::blueprint::{Blueprint, Head};
use crate::compute::{Compute, StepTimes};
use crate::layers::{
    activation, conv2d, embedding, flatten, input, max_pool2d, output, pool, positions,
};
use crate::layers::{sequence_pool, transformer_block};
use crate::presets::{self, Mlp};
use crate::spec::Signal;
use crate::train::TrainSettings;

/// Steps before the clock runs.
const N_WARM_UP: usize = 5;
/// A training is timed for about as long as this after its first step.
const TIMED_MS: f64 = 300.0;

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchRow {
    /// Name of the network.
    pub name: String,
    /// Median milliseconds of a training step: forward, backward, Adam.
    pub train_ms: f64,
    /// Median milliseconds of a prediction for the same batch.
    pub infer_ms: f64,
}

/// A network to time.
#[derive(Debug)]
pub struct Workload {
    /// Stable name.
    pub name: &'static str,
    /// Timed steps.
    pub n_steps: usize,
    /// The network and one batch for it.
    pub build: fn() -> Result<(Blueprint, Batch), Trouble>,
}

/// All networks.
pub static WORKLOADS: &[Workload] = &[
    Workload { name: "mlp", n_steps: 200, build: mlp },
    Workload { name: "table_mlp", n_steps: 200, build: table_mlp },
    Workload { name: "cnn", n_steps: 40, build: cnn },
    Workload { name: "lenet", n_steps: 60, build: lenet },
    Workload { name: "transformer", n_steps: 15, build: transformer },
];

/// Times all networks, or the one with a name.
pub fn run(compute: &dyn Compute, only: Option<&str>) -> Result<Vec<BenchRow>, Trouble> {
    if let Some(name) = only.filter(|name| WORKLOADS.iter().all(|workload| workload.name != *name))
    {
        let known = WORKLOADS.iter().map(|workload| workload.name).collect::<Vec<_>>().join(", ");
        return Err(Trouble::new(
            "bench-unknown",
            say!("there is no network `{name}` to time", "没有名为 `{name}` 的基准网络"),
        )
        .expected(say!("one of {known}", "以下之一：{known}")));
    }
    let chosen = WORKLOADS.iter().filter(|workload| only.is_none_or(|name| workload.name == name));
    chosen
        .map(|workload| {
            let (blueprint, batch) = (workload.build)()?;
            let settings = TrainSettings { batch_size: batch.n_rows(), ..TrainSettings::default() };
            let times =
                compute.time_steps(&blueprint, &settings, &batch, N_WARM_UP, workload.n_steps)?;
            Ok(BenchRow {
                name: workload.name.to_owned(),
                train_ms: times.train_ms,
                infer_ms: times.infer_ms,
            })
        })
        .collect()
}

/// Times the steps of a training with random batches of so many rows: one step where it is slow, else a few.
pub fn time_training(
    compute: &dyn Compute,
    blueprint: &Blueprint,
    n_rows: usize,
) -> Result<StepTimes, Trouble> {
    let head =
        blueprint.head.ok_or_else(|| Trouble::internal("the network has no output layer"))?;
    let batch = random_batch(blueprint, head, n_rows);
    let settings = TrainSettings { batch_size: n_rows, ..TrainSettings::default() };
    let first = compute.time_steps(blueprint, &settings, &batch, 0, 1)?;
    let n_steps = (TIMED_MS / (first.train_ms + first.infer_ms).max(1e-3)) as usize;
    if n_steps == 0 {
        return Ok(first);
    }
    let n_steps = n_steps.clamp(2, 100);
    compute.time_steps(blueprint, &settings, &batch, n_steps.min(N_WARM_UP), n_steps)
}

/// 784-512-10 with ReLU, batch 64.
fn mlp() -> Result<(Blueprint, Batch), Trouble> {
    let (mut blueprint, entry) = entered(Signal::numbers([784]))?;
    let last = hidden(&[512]).push(&mut blueprint, "mlp", &entry)?;
    finished(blueprint, &last, Head::Softmax { n_classes: 10 }, 64)
}

/// 20-64-32-2 with ReLU, batch 64: the size of most tables.
fn table_mlp() -> Result<(Blueprint, Batch), Trouble> {
    let (mut blueprint, entry) = entered(Signal::numbers([20]))?;
    let last = hidden(&[64, 32]).push(&mut blueprint, "mlp", &entry)?;
    finished(blueprint, &last, Head::Softmax { n_classes: 2 }, 64)
}

/// Two 3×3 convolutions with 16 and 32 filters, ReLU and 2×2 pooling, on 28×28 pictures, batch 64.
fn cnn() -> Result<(Blueprint, Batch), Trouble> {
    let (mut blueprint, mut last) = entered(Signal::numbers([1, 28, 28]))?;
    for (block, filters) in [16, 32].into_iter().enumerate() {
        let window = [
            (conv2d::FILTERS.spec.id, ParamValue::Int(filters)),
            (conv2d::KERNEL.spec.id, ParamValue::Int(3)),
            (conv2d::PADDING.spec.id, ParamValue::Text("same".to_owned())),
        ];
        let halved = [
            (pool::KERNEL.spec.id, ParamValue::Int(2)),
            (pool::STRIDE.spec.id, ParamValue::Int(2)),
        ];
        for (kind, params) in [
            (conv2d::SPEC.id, &window[..]),
            (activation::SPEC.id, &[]),
            (max_pool2d::SPEC.id, &halved),
        ] {
            last = added(&mut blueprint, &format!("{kind}_{block}"), kind, params, &last)?;
        }
    }
    last = added(&mut blueprint, "flatten", flatten::SPEC.id, &[], &last)?;
    finished(blueprint, &last, Head::Softmax { n_classes: 10 }, 64)
}

/// LeNet-5 on 28×28 pictures, batch 64.
fn lenet() -> Result<(Blueprint, Batch), Trouble> {
    let (mut blueprint, entry) = entered(Signal::numbers([1, 28, 28]))?;
    let last = presets::lenet(&mut blueprint, "lenet", &entry)?;
    finished(blueprint, &last, Head::Softmax { n_classes: 10 }, 64)
}

/// Two encoder blocks of width 128 with 4 heads, feed-forward 512 and dropout 0.1, on 128 of 8000 tokens, batch 32.
fn transformer() -> Result<(Blueprint, Batch), Trouble> {
    let (mut blueprint, mut last) = entered(Signal::ids(128, 8000))?;
    let block = [
        (transformer_block::HEADS.spec.id, ParamValue::Int(4)),
        (transformer_block::FEED_FORWARD.spec.id, ParamValue::Int(512)),
        (transformer_block::DROPOUT.spec.id, ParamValue::Float(0.1)),
        (transformer_block::NORM.spec.id, ParamValue::Text("post".to_owned())),
        (transformer_block::ACTIVATION.spec.id, ParamValue::Text("relu".to_owned())),
    ];
    let mean = [(sequence_pool::KIND.spec.id, ParamValue::Text("mean".to_owned()))];
    let steps = [
        ("embedding", embedding::SPEC.id, &[(embedding::DIM.spec.id, ParamValue::Int(128))][..]),
        ("positions", positions::SPEC.id, &[]),
        ("block_1", transformer_block::SPEC.id, &block),
        ("block_2", transformer_block::SPEC.id, &block),
        ("pool", sequence_pool::SPEC.id, &mean),
    ];
    for (id, kind, params) in steps {
        last = added(&mut blueprint, id, kind, params, &last)?;
    }
    finished(blueprint, &last, Head::Sigmoid, 32)
}

fn hidden(units: &[usize]) -> Mlp {
    Mlp {
        hidden: units.to_vec(),
        activation: "relu".to_owned(),
        dropout: 0.0,
        has_batch_norm: false,
    }
}

fn entered(signal: Signal) -> Result<(Blueprint, String), Trouble> {
    let mut blueprint = Blueprint::new(vec![signal]);
    blueprint.push("input", input::SPEC.id, pg_base::ParamValues::new(), &[])?;
    Ok((blueprint, "input".to_owned()))
}

fn added(
    blueprint: &mut Blueprint,
    id: &str,
    kind: &str,
    params: &[(&str, ParamValue)],
    from: &str,
) -> Result<String, Trouble> {
    let params = params.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
    blueprint.push(id, kind, params, &[from.to_owned()])?;
    Ok(id.to_owned())
}

/// Adds the output layer and makes a random batch.
fn finished(
    mut blueprint: Blueprint,
    last: &str,
    head: Head,
    n_rows: usize,
) -> Result<(Blueprint, Batch), Trouble> {
    let units = ParamValue::Int(i64::try_from(head.n_units()).unwrap_or(i64::MAX));
    added(&mut blueprint, "output", output::SPEC.id, &[(output::UNITS.spec.id, units)], last)?;
    blueprint.head = Some(head);
    let batch = random_batch(&blueprint, head, n_rows);
    Ok((blueprint, batch))
}

/// Rows that a network takes, with right answers for its head.
fn random_batch(blueprint: &Blueprint, head: Head, n_rows: usize) -> Batch {
    let mut rng = Rng::new(1, "bench");
    let inputs = blueprint.inputs.iter().map(|signal| random(signal, n_rows, &mut rng)).collect();
    let mut classes =
        |n: usize| Array::i32([n_rows], (0..n_rows).map(|_| rng.below(n) as i32).collect());
    let target = match head {
        Head::Softmax { n_classes } => classes(n_classes),
        Head::Sigmoid => classes(2),
        Head::Linear { n_outputs } | Head::Rate { n_outputs } => {
            random(&Signal::numbers([n_outputs]), n_rows, &mut rng)
        }
    };
    Batch { inputs, target: Some(target) }
}

fn random(signal: &Signal, n_rows: usize, rng: &mut Rng) -> Array {
    let mut shape = vec![n_rows];
    shape.extend(&signal.shape);
    let n_elements = shape.iter().product();
    match signal.vocabulary {
        // Id 0 is padding.
        Some(size) => Array::i32(
            shape,
            (0..n_elements).map(|_| 1 + rng.below(size.saturating_sub(1)) as i32).collect(),
        ),
        None => Array::f32(shape, (0..n_elements).map(|_| rng.normal() as f32).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::check_inputs;

    #[test]
    fn workloads_are_the_networks_that_pytorch_is_timed_with() {
        let n_params = |name: &str| {
            let workload = WORKLOADS.iter().find(|workload| workload.name == name).expect("known");
            let (blueprint, batch) = (workload.build)().expect("builds");
            assert_eq!(check_inputs(&blueprint, &batch.inputs), Ok(batch.n_rows()), "{name}");
            blueprint.summary().expect("fits").total.n_params
        };
        assert_eq!(n_params("mlp"), 784 * 512 + 512 + 512 * 10 + 10);
        assert_eq!(n_params("lenet"), 61_706);
        assert_eq!(n_params("table_mlp"), 20 * 64 + 64 + 64 * 32 + 32 + 32 * 2 + 2);
        assert_eq!(n_params("cnn"), 16 * 9 + 16 + 32 * 16 * 9 + 32 + 32 * 49 * 10 + 10);
        // PyTorch's encoder layer of this size has 198,272 numbers.
        assert_eq!(n_params("transformer"), 8000 * 128 + 2 * 198_272 + 129);
    }
}
