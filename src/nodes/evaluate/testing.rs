//! Runs the examples of the kinds here on a device in plain arithmetic, for tests.

use std::collections::BTreeMap;
use std::path::Path;

use pg_base::{Array, Batch, ParamValue, StableHasher, Trouble};
use pg_contract::{NodeSpec, Report, RunCx, RunEnv, Value};
use pg_data::Scratch;
use pg_metrics::Findings;
use pg_nn::{
    Blueprint, Compute, DeviceInfo, Predictor, StepTimes, TrainControl, TrainEvent, TrainJob,
    TrainSettings, Trained, Weights,
};

/// Computes `input · weight + bias` of the layer `output_1` and its softmax.
#[derive(Debug)]
struct Plain;

#[derive(Debug)]
struct PlainPredictor {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Compute for Plain {
    fn info(&self) -> &DeviceInfo {
        static INFO: DeviceInfo = DeviceInfo {
            id: String::new(),
            class: String::new(),
            name: String::new(),
            memory_bytes: None,
            unavailable: None,
        };
        &INFO
    }

    fn train(
        &self,
        _: &TrainJob,
        _: &TrainControl,
        _: &mut dyn FnMut(TrainEvent),
    ) -> Result<Trained, Trouble> {
        Err(Trouble::internal("this device cannot train"))
    }

    fn load(&self, _: &Blueprint, weights: &Weights) -> Result<Box<dyn Predictor>, Trouble> {
        let [weight, bias] = ["output_1.weight", "output_1.bias"].map(|name| weights.f32(name));
        Ok(Box::new(PlainPredictor { weight: weight?.to_vec(), bias: bias?.to_vec() }))
    }

    fn time_steps(
        &self,
        _: &Blueprint,
        _: &TrainSettings,
        _: &Batch,
        _: usize,
        _: usize,
    ) -> Result<StepTimes, Trouble> {
        Err(Trouble::internal("this device keeps no time"))
    }
}

impl Predictor for PlainPredictor {
    fn predict(&mut self, inputs: &[Array]) -> Result<Array, Trouble> {
        let input = inputs.first().ok_or_else(|| Trouble::internal("no input"))?;
        let values = input.as_f32().ok_or_else(|| Trouble::internal("ids"))?;
        let (n_rows, n_out) = (input.n_rows(), self.bias.len());
        let mut answers = Vec::with_capacity(n_rows * n_out);
        for row in values.chunks((values.len() / n_rows.max(1)).max(1)) {
            let mut sums = self.bias.clone();
            for (value, weights) in row.iter().zip(self.weight.chunks(n_out)) {
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
            }
            let total: f32 = sums.iter().map(|sum| sum.exp()).sum();
            answers.extend(sums.iter().map(|sum| sum.exp() / total));
        }
        Ok(Array::f32([n_rows, n_out], answers))
    }
}

/// What the kind gives for its example with some other parameters.
pub(super) fn outputs(
    spec: &'static NodeSpec,
    params: &[(&str, ParamValue)],
) -> Result<Vec<Value>, Trouble> {
    outputs_of(spec, (spec.example.inputs)()?, params)
}

/// The same with other inputs.
pub(super) fn outputs_of(
    spec: &'static NodeSpec,
    values: Vec<(&'static str, Value)>,
    params: &[(&str, ParamValue)],
) -> Result<Vec<Value>, Trouble> {
    let mut inputs: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (port, value) in values {
        inputs.entry(port.to_owned()).or_default().push(value);
    }
    let mut values = spec.default_params();
    values.extend((spec.example.params)());
    values.extend(params.iter().map(|(id, value)| ((*id).to_owned(), value.clone())));
    let control = TrainControl::default();
    let env = RunEnv {
        base_folder: Path::new("."),
        out_folder: None,
        checkpoint_folder: None,
        scratch: &Scratch::new(std::env::temp_dir()),
        graph_json: None,
        compute: &Plain,
        control: &control,
        trials: None,
        on_event: &|_| {},
    };
    let key = StableHasher::new().text(spec.id).finish();
    let mut cx = RunCx {
        spec,
        node_id: "example",
        params: &values,
        inputs: &inputs,
        seed: 42,
        key,
        env: &env,
    };
    (spec.run)(&mut cx)
}

/// The findings among them.
pub(super) fn findings(spec: &'static NodeSpec, params: &[(&str, ParamValue)]) -> Findings {
    match outputs(spec, params).expect("the example runs").first() {
        Some(Value::Report(report)) => match &**report {
            Report::Findings(findings) => (**findings).clone(),
            _ => panic!("findings"),
        },
        _ => panic!("a report"),
    }
}
