//! Reads what PyTorch computed (`src/nn/golden`) and compares layers with it, forward and backward.

use std::collections::BTreeMap;

use burn::backend::Autodiff;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Bool, Tensor, TensorData};
use burn_flex::{Flex, FlexDevice};
use pg_base::{Array, Elements, Trouble};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Init, Layer, named};
use crate::kernels::BurnKernels;
use crate::value::{Numbers, Value};
use crate::weights::Weights;

/// The backend of the tests, with gradients.
pub(super) type AD = Autodiff<Flex>;
type Gradients = <AD as AutodiffBackend>::Gradients;

/// Golden name, our name, and whether PyTorch stores the matrix transposed.
pub(super) type Names<'a> = &'a [(&'a str, &'a str, bool)];

#[derive(Deserialize)]
struct File {
    cases: Vec<RawCase>,
}

#[derive(Deserialize)]
struct RawCase {
    config: Json,
    inputs: BTreeMap<String, RawArray>,
    params: BTreeMap<String, RawArray>,
    output: RawArray,
    output_weights: Option<RawArray>,
    grads: BTreeMap<String, RawArray>,
    #[serde(default)]
    buffers: BTreeMap<String, RawArray>,
    #[serde(default)]
    buffers_after: BTreeMap<String, RawArray>,
}

#[derive(Deserialize)]
struct RawArray {
    shape: Vec<usize>,
    data: Vec<f64>,
}

/// One case of a golden file.
pub(super) struct Case {
    pub(super) config: Json,
    pub(super) inputs: BTreeMap<String, Array>,
    pub(super) params: BTreeMap<String, Array>,
    pub(super) output: Array,
    pub(super) output_weights: Option<Array>,
    pub(super) grads: BTreeMap<String, Array>,
    pub(super) buffers: BTreeMap<String, Array>,
    pub(super) buffers_after: BTreeMap<String, Array>,
}

/// The cases of a golden file.
pub(super) fn cases(json: &str) -> Vec<Case> {
    let file: File = serde_json::from_str(json).expect("a golden file");
    assert!(!file.cases.is_empty());
    let floats = |arrays: BTreeMap<String, RawArray>| {
        arrays.into_iter().map(|(name, raw)| (name, float(raw))).collect()
    };
    let input = |(name, raw): (String, RawArray)| {
        let array = if name == "indices" { int(raw) } else { float(raw) };
        (name, array)
    };
    let case = |raw: RawCase| Case {
        config: raw.config,
        inputs: raw.inputs.into_iter().map(input).collect(),
        params: floats(raw.params),
        output: float(raw.output),
        output_weights: raw.output_weights.map(float),
        grads: floats(raw.grads),
        buffers: floats(raw.buffers),
        buffers_after: floats(raw.buffers_after),
    };
    file.cases.into_iter().map(case).collect()
}

/// Weights that the test replaces anyway.
pub(super) fn init() -> Init<'static, AD> {
    Init::new(1, "layer", &FlexDevice)
}

/// Equal to 1e-5, relative where numbers are above 1.
pub(super) fn assert_close(what: &str, found: &Array, expected: &Array) {
    assert_eq!(found.shape, expected.shape, "{what}");
    let (found, expected) = (found.as_f32().expect("floats"), expected.as_f32().expect("floats"));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs();
        assert!(
            error <= 1e-5 * expected.abs().max(1.0),
            "{what}[{index}]: {found}, PyTorch has {expected}"
        );
    }
}

/// What a layer gave, on the host.
pub(super) fn array_of<B: burn::tensor::backend::Backend>(value: Value<B>) -> Array {
    let array = match value.numbers {
        Numbers::Rank2(tensor) => named::to_array(tensor),
        Numbers::Rank3(tensor) => named::to_array(tensor),
        Numbers::Rank4(tensor) => named::to_array(tensor),
        Numbers::Ids(tensor) => named::to_array(tensor.float()),
    };
    array.expect("readable")
}

impl Case {
    pub(super) fn size(&self, key: &str) -> usize {
        self.config[key].as_u64().expect("a size") as usize
    }

    pub(super) fn pair(&self, key: &str) -> [usize; 2] {
        let size = |index: usize| self.config[key][index].as_u64().expect("a size") as usize;
        [size(0), size(1)]
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.config[key].as_bool().expect("a truth value")
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.config[key].as_str().expect("a text").to_owned()
    }

    /// The parameters under our names, prefixed with `layer.`.
    pub(super) fn weights(&self, names: Names<'_>) -> Weights {
        let known = names.iter().filter_map(|(theirs, ours, is_transposed)| {
            let array = self.params.get(*theirs)?;
            Some((
                format!("layer.{ours}"),
                if *is_transposed { transposed(array) } else { array.clone() },
            ))
        });
        let weights = Weights { arrays: known.collect() };
        assert_eq!(weights.arrays.len(), self.params.len(), "a parameter without a name of ours");
        weights
    }

    /// Puts the parameters into the layer and compares output and gradients.
    pub(super) fn check(&self, layer: Layer<AD>, names: Names<'_>) {
        self.check_module(layer, names, |layer, value| layer.forward::<BurnKernels>(vec![value]));
    }

    /// The same for a part that is no layer.
    pub(super) fn check_module<M: Module<AD>>(
        &self,
        module: M,
        names: Names<'_>,
        forward: impl Fn(&M, Value<AD>) -> Result<Value<AD>, Trouble>,
    ) {
        let weights = self.weights(names);
        let entries = named::list(&module, "layer");
        named::check(&entries, &weights).expect("the same weights");
        let module = named::write(module, "layer", &weights);
        self.compare(&module, names, forward);
    }

    /// Compares output and gradients of a layer that holds the parameters already.
    pub(super) fn check_gradients(&self, layer: &Layer<AD>, names: Names<'_>) {
        self.compare(layer, names, |layer, value| layer.forward::<BurnKernels>(vec![value]));
    }

    fn compare<M: Module<AD>>(
        &self,
        module: &M,
        names: Names<'_>,
        forward: impl Fn(&M, Value<AD>) -> Result<Value<AD>, Trouble>,
    ) {
        let name = if self.inputs.contains_key("indices") { "indices" } else { "input" };
        let input = Value::from_array(&self.inputs[name], &FlexDevice).expect("fits");
        let padding = self.inputs.get("key_padding_mask").map(|mask| {
            let data: Vec<bool> =
                mask.as_f32().expect("floats").iter().map(|number| *number != 0.0).collect();
            Tensor::<AD, 2, Bool>::from_data(TensorData::new(data, mask.shape.clone()), &FlexDevice)
        });
        let input = tracked(input).with_padding(padding);
        let output = forward(module, input.clone()).expect("fits");
        assert_close("output", &array_of(output.clone()), &self.output);
        let output_weights = self.output_weights.as_ref().expect("weights of the output");
        let output_weights = Value::<AD>::from_array(output_weights, &FlexDevice).expect("fits");
        let sum = match (output.numbers, output_weights.numbers) {
            (Numbers::Rank2(y), Numbers::Rank2(w)) => y.mul(w).sum(),
            (Numbers::Rank3(y), Numbers::Rank3(w)) => y.mul(w).sum(),
            (Numbers::Rank4(y), Numbers::Rank4(w)) => y.mul(w).sum(),
            _ => panic!("output and its weights differ in rank"),
        };
        let gradients = sum.backward();
        if let Some(expected) = self.grads.get(name) {
            assert_close("gradient of the input", &gradient_of(&input, &gradients), expected);
        }
        let mut visitor = GradientReader { gradients: &gradients, ids: BTreeMap::new() };
        module.visit(&mut visitor);
        for entry in named::list(module, "layer").iter().filter(|entry| entry.is_trained) {
            let (theirs, _, is_transposed) = names
                .iter()
                .find(|(_, ours, _)| entry.name == format!("layer.{ours}"))
                .expect("a named weight");
            let expected = &self.grads[*theirs];
            let expected = if *is_transposed { transposed(expected) } else { expected.clone() };
            assert_close(&entry.name, &visitor.ids[&entry.id.to_string()], &expected);
        }
    }
}

struct GradientReader<'a> {
    gradients: &'a Gradients,
    ids: BTreeMap<String, Array>,
}

impl ModuleVisitor<AD> for GradientReader<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<AD, D>>) {
        if let Some(gradient) = param.val().grad(self.gradients) {
            self.ids.insert(param.id.to_string(), named::to_array(gradient).expect("readable"));
        }
    }
}

fn tracked(value: Value<AD>) -> Value<AD> {
    match value.numbers {
        Numbers::Rank2(tensor) => tensor.require_grad().into(),
        Numbers::Rank3(tensor) => tensor.require_grad().into(),
        Numbers::Rank4(tensor) => tensor.require_grad().into(),
        Numbers::Ids(_) => value,
    }
}

fn gradient_of(value: &Value<AD>, gradients: &Gradients) -> Array {
    let array = match &value.numbers {
        Numbers::Rank2(tensor) => tensor.grad(gradients).map(named::to_array),
        Numbers::Rank3(tensor) => tensor.grad(gradients).map(named::to_array),
        Numbers::Rank4(tensor) => tensor.grad(gradients).map(named::to_array),
        Numbers::Ids(_) => None,
    };
    array.expect("a gradient").expect("readable")
}

fn float(raw: RawArray) -> Array {
    Array::f32(raw.shape, raw.data.into_iter().map(|number| number as f32).collect())
}

fn int(raw: RawArray) -> Array {
    Array::i32(raw.shape, raw.data.into_iter().map(|number| number as i32).collect())
}

fn transposed(array: &Array) -> Array {
    let (Elements::F32(data), [n_rows, n_columns]) = (&array.elements, array.shape.as_slice())
    else {
        panic!("not a matrix");
    };
    let at = |index: usize| data[(index % n_rows) * n_columns + index / n_rows];
    Array::f32([*n_columns, *n_rows], (0..data.len()).map(at).collect())
}
