//! Our training loop against a bare burn loop on the same MLP: ours may cost at most 5 % more.

use std::sync::Arc;
use std::time::Duration;

use burn::backend::Autodiff;
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, Optimizer};
use burn::tensor::{Int, Tensor, TensorData, activation::relu, backend::Backend};
use burn_flex::{Flex, FlexDevice};
use criterion::{Criterion, criterion_group, criterion_main};
use pg_base::{Array, Batch, BatchSource, Rng, StableHasher, Trouble};
use pg_cpu::CpuKernels;
use pg_nn::kernels::{BurnKernels, Kernels};
use pg_nn::presets::Mlp;
use pg_nn::train::fit::fit;
use pg_nn::{Blueprint, Head, Signal, TrainControl, TrainEvent, TrainJob, TrainSettings};

const N_ROWS: usize = 64 * 100;
const BATCH_SIZE: usize = 64;
const N_FEATURES: usize = 784;
const N_CLASSES: usize = 10;

type Training = Autodiff<Flex>;

/// The program's allocator; with the system's, whichever loop runs first pays for growing the heap.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows in memory, as a table of numbers is.
struct Rows {
    inputs: Vec<f32>,
    classes: Vec<i32>,
}

impl Rows {
    fn random() -> Self {
        let mut rng = Rng::new(1, "bench rows");
        let inputs = (0..N_ROWS * N_FEATURES).map(|_| rng.uniform(-1.0, 1.0) as f32).collect();
        Self { inputs, classes: (0..N_ROWS).map(|_| rng.below(N_CLASSES) as i32).collect() }
    }

    fn inputs_of(&self, row: usize) -> &[f32] {
        &self.inputs[row * N_FEATURES..(row + 1) * N_FEATURES]
    }
}

impl BatchSource for Rows {
    fn n_rows(&self) -> usize {
        N_ROWS
    }

    fn gather(&self, rows: &[usize], _augment_seed: Option<u64>) -> Result<Batch, Trouble> {
        let mut inputs = Vec::with_capacity(rows.len() * N_FEATURES);
        for row in rows {
            inputs.extend_from_slice(self.inputs_of(*row));
        }
        let classes = rows.iter().map(|row| self.classes[*row]).collect();
        Ok(Batch {
            inputs: vec![Array::f32([rows.len(), N_FEATURES], inputs)],
            target: Some(Array::i32([rows.len()], classes)),
        })
    }
}

#[derive(Module, Debug)]
struct Bare<B: Backend> {
    first: Linear<B>,
    second: Linear<B>,
}

/// One epoch of the shortest honest loop with burn's own parts; it reads the loss of every step, as ours does.
fn bare_epoch(rows: &Rows) -> f32 {
    let device = FlexDevice;
    let mut net = Bare::<Training> {
        first: LinearConfig::new(N_FEATURES, 512).init(&device),
        second: LinearConfig::new(512, N_CLASSES).init(&device),
    };
    let mut optimizer = AdamConfig::new().init::<Training, Bare<Training>>();
    let criterion = CrossEntropyLossConfig::new().init(&device);
    let mut order: Vec<usize> = (0..N_ROWS).collect();
    Rng::new(1, "order").shuffle(&mut order);
    let mut last = 0.0;
    for indices in order.chunks(BATCH_SIZE) {
        let mut inputs = Vec::with_capacity(indices.len() * N_FEATURES);
        for row in indices {
            inputs.extend_from_slice(rows.inputs_of(*row));
        }
        let classes: Vec<i32> = indices.iter().map(|row| rows.classes[*row]).collect();
        let x = Tensor::<Training, 2>::from_data(
            TensorData::new(inputs, [indices.len(), N_FEATURES]),
            &device,
        );
        let y = Tensor::<Training, 1, Int>::from_data(
            TensorData::new(classes, [indices.len()]),
            &device,
        );
        let loss = criterion.forward(net.second.forward(relu(net.first.forward(x))), y);
        last = loss.clone().into_scalar();
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        net = optimizer.step(1e-3, net, gradients);
    }
    last
}

fn our_epoch<K: Kernels<Training> + Kernels<Flex>>(job: &TrainJob) -> f64 {
    let mut last = 0.0;
    let mut on_event = |event: TrainEvent| {
        if let TrainEvent::Step { loss, .. } = event {
            last = loss;
        }
    };
    let trained = fit::<Training, K>(job, &TrainControl::default(), &mut on_event, &FlexDevice);
    trained.expect("the benchmark's network trains");
    last
}

fn job(training: Arc<Rows>) -> TrainJob {
    let mut blueprint = Blueprint::new(vec![Signal::numbers([N_FEATURES])]);
    let mlp = Mlp {
        hidden: vec![512],
        activation: "relu".to_owned(),
        dropout: 0.0,
        has_batch_norm: false,
    };
    let units = [("units".to_owned(), pg_base::ParamValue::Int(N_CLASSES as i64))].into();
    blueprint.push("input", "input", pg_base::ParamValues::new(), &[]).expect("an input layer");
    let last = mlp.push(&mut blueprint, "mlp", "input").expect("hidden layers");
    blueprint.push("output", "output", units, &[last]).expect("an output layer");
    blueprint.head = Some(Head::Softmax { n_classes: N_CLASSES });
    let settings =
        TrainSettings { n_epochs: 1, batch_size: BATCH_SIZE, ..TrainSettings::default() };
    let key = StableHasher::new().text("bench").finish();
    TrainJob {
        blueprint,
        settings,
        training,
        validation: None,
        seed: 1,
        checkpoint_folder: None,
        key,
    }
}

/// One epoch of 100 steps each: burn alone, our loop with burn's steps, our loop with our steps.
fn loops(criterion: &mut Criterion) {
    let rows = Arc::new(Rows::random());
    let job = job(rows.clone());
    let mut group = criterion.benchmark_group("mlp_epoch_of_100_steps");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(2))
        .measurement_time(Duration::from_secs(10));
    group.bench_function("bare_burn", |bencher| bencher.iter(|| bare_epoch(&rows)));
    group.bench_function("our_loop_burn_steps", |bencher| {
        bencher.iter(|| our_epoch::<BurnKernels>(&job));
    });
    group.bench_function("our_loop_our_steps", |bencher| {
        bencher.iter(|| our_epoch::<CpuKernels>(&job));
    });
    group.finish();
}

criterion_group!(benches, loops);
criterion_main!(benches);
