//! Reference networks with random batches, timed by `pyrograph bench`; `resources/scripts/bench_pytorch.py` times the same.

mod networks;

use pg_base::{Array, Batch, Rng, Trouble, say};
use serde::{Deserialize, Serialize};

use crate::blueprint::{Blueprint, Head};
use crate::compute::{Compute, StepTimes};
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
    /// Rows of a batch.
    pub n_rows: usize,
    /// The network.
    pub build: fn() -> Result<Blueprint, Trouble>,
}

/// All networks.
pub static WORKLOADS: &[Workload] = &[
    Workload { name: "mlp", n_steps: 200, n_rows: 64, build: networks::mlp },
    Workload { name: "lenet", n_steps: 100, n_rows: 64, build: networks::lenet },
    Workload { name: "cnn", n_steps: 100, n_rows: 64, build: networks::cnn },
    Workload { name: "resnet18", n_steps: 5, n_rows: 32, build: networks::resnet18 },
    Workload { name: "lstm", n_steps: 40, n_rows: 32, build: networks::lstm },
    Workload { name: "transformer", n_steps: 15, n_rows: 32, build: networks::transformer },
    Workload { name: "vit_tiny", n_steps: 8, n_rows: 32, build: networks::vit_tiny },
    Workload { name: "table_mlp", n_steps: 100, n_rows: 1024, build: networks::table_mlp },
];

impl Workload {
    /// The network and one batch for it.
    pub fn prepared(&self) -> Result<(Blueprint, Batch), Trouble> {
        let blueprint = (self.build)()?;
        let batch = random_batch(&blueprint, head_of(&blueprint)?, self.n_rows);
        Ok((blueprint, batch))
    }
}

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
            let (blueprint, batch) = workload.prepared()?;
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
    let batch = random_batch(blueprint, head_of(blueprint)?, n_rows);
    let settings = TrainSettings { batch_size: n_rows, ..TrainSettings::default() };
    let first = compute.time_steps(blueprint, &settings, &batch, 0, 1)?;
    let n_steps = (TIMED_MS / (first.train_ms + first.infer_ms).max(1e-3)) as usize;
    if n_steps == 0 {
        return Ok(first);
    }
    let n_steps = n_steps.clamp(2, 100);
    compute.time_steps(blueprint, &settings, &batch, n_steps.min(N_WARM_UP), n_steps)
}

fn head_of(blueprint: &Blueprint) -> Result<Head, Trouble> {
    blueprint.head.ok_or_else(|| Trouble::internal("the network has no output layer"))
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
        Head::Labels { n_labels } => {
            let ids = (0..n_rows * n_labels).map(|_| rng.below(2) as i32).collect();
            Array::i32([n_rows, n_labels], ids)
        }
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
            let (blueprint, batch) = workload.prepared().expect("builds");
            assert_eq!(check_inputs(&blueprint, &batch.inputs), Ok(batch.n_rows()), "{name}");
            blueprint.summary().expect("fits").total.n_params
        };
        assert_eq!(n_params("mlp"), 784 * 512 + 512 + 512 * 10 + 10);
        assert_eq!(n_params("lenet"), 61_706);
        // Ten numbers, ten embeddings of 50 × 14.
        let n_first = (10 + 10 * 14) * 128 + 128;
        assert_eq!(n_params("table_mlp"), 10 * 50 * 14 + n_first + 128 * 64 + 64 + 64 * 2 + 2);
        // torchvision's for ten classes with a first window of 3 × 3.
        assert_eq!(n_params("resnet18"), 11_173_962);
        assert_eq!(n_params("lstm"), 4 * 128 * (32 + 128 + 2) + 128 * 10 + 10);
        let block = 4 * (192 * 192 + 192) + 2 * 192 * 768 + 768 + 192 + 4 * 192;
        let ends = 48 * 192 + 192 + 192 + 65 * 192 + 2 * 192 + 192 * 10 + 10;
        assert_eq!(n_params("vit_tiny"), 12 * block + ends);
        assert_eq!(n_params("cnn"), 16 * 9 + 16 + 32 * 16 * 9 + 32 + 32 * 49 * 10 + 10);
        // PyTorch's encoder layer of this size has 198,272 numbers.
        assert_eq!(n_params("transformer"), 8000 * 128 + 2 * 198_272 + 129);
    }
}
