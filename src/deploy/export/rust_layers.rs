//! The layers of the Rust export: one function call each, weights by their place in one array.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pg_base::{Trouble, say};
use pg_nn::layers::{activation, batch_norm, layer_norm};
use pg_nn::{Blueprint, LayerNode, Weights};

use super::rust::numbers_of;
use super::unsupported;

/// Code and weights of a network.
pub(super) struct Layers {
    /// The function `network`.
    pub text: String,
    /// All weights, in the order of use.
    pub weights: Vec<f32>,
}

/// What the generated functions stand on.
pub(super) const PRELUDE: &str = r#"
use std::sync::OnceLock;

/// All weights, decoded once.
fn weights() -> &'static [f32] {
    static WEIGHTS: OnceLock<Vec<f32>> = OnceLock::new();
    WEIGHTS.get_or_init(|| {
        let bytes = include_bytes!("weights.bin");
        bytes.chunks_exact(4).map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
    })
}

/// `x · weight + bias`; the weight is `[inputs, outputs]`, row by row.
#[allow(dead_code)]
fn dense(x: &[f32], weight: &[f32], bias: &[f32], n_outputs: usize) -> Vec<f32> {
    let mut sums = if bias.is_empty() { vec![0.0; n_outputs] } else { bias.to_vec() };
    for (value, row) in x.iter().zip(weight.chunks_exact(n_outputs)) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += value * weight;
        }
    }
    sums
}

#[allow(dead_code)]
fn batch_norm(x: &[f32], scale: &[f32], shift: &[f32], mean: &[f32], variance: &[f32], epsilon: f32) -> Vec<f32> {
    (0..x.len()).map(|i| (x[i] - mean[i]) / (variance[i] + epsilon).sqrt() * scale[i] + shift[i]).collect()
}

#[allow(dead_code)]
fn layer_norm(x: &[f32], scale: &[f32], shift: &[f32], epsilon: f32) -> Vec<f32> {
    let n = x.len() as f32;
    let mean = x.iter().sum::<f32>() / n;
    let variance = x.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / n;
    (0..x.len()).map(|i| (x[i] - mean) / (variance + epsilon).sqrt() * scale[i] + shift[i]).collect()
}

#[allow(dead_code)]
fn join(parts: &[&[f32]], both: fn(f32, f32) -> f32) -> Vec<f32> {
    let mut joined = parts[0].to_vec();
    for part in &parts[1..] {
        for (value, other) in joined.iter_mut().zip(*part) {
            *value = both(*value, *other);
        }
    }
    joined
}

#[allow(dead_code)]
fn each(x: &[f32], curve: impl Fn(f32) -> f32) -> Vec<f32> {
    x.iter().map(|value| curve(*value)).collect()
}

#[allow(dead_code)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Abramowitz and Stegun 7.1.26 for the error function, to 1.5e-7.
#[allow(dead_code)]
fn gelu(x: f32) -> f32 {
    let z = f64::from(x.abs()) / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let tail = ((((1.061_405_429 * t - 1.453_152_027) * t) + 1.421_413_741) * t - 0.284_496_736) * t + 0.254_829_592;
    let erf = 1.0 - tail * t * (-z * z).exp();
    let erf = if x < 0.0 { -erf } else { erf };
    (f64::from(x) * 0.5 * (1.0 + erf)) as f32
}

#[allow(dead_code)]
fn softmax(x: &[f32]) -> Vec<f32> {
    let largest = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = x.iter().map(|value| (value - largest).exp()).collect();
    let total: f32 = powers.iter().sum();
    powers.iter().map(|power| power / total).collect()
}
"#;

/// Writes the network out.
///
/// Errors: `export-unsupported` for a layer or a shape that this form does not know.
pub(super) fn code(blueprint: &Blueprint, weights: &Weights) -> Result<Layers, Trouble> {
    let signals = blueprint.signals()?;
    let mut writer = Writer { text: String::new(), stored: Vec::new(), weights };
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    let n_inputs: usize = blueprint.inputs.iter().flat_map(|signal| signal.shape.iter()).product();
    let _ = writeln!(
        writer.text,
        "\n/// What leaves the network, before probabilities are made of it.\npub fn network(input: &[f32; {n_inputs}]) -> Vec<f32> {{\n    let w = weights();"
    );
    let mut last = "input".to_owned();
    for (index, layer) in blueprint.layers.iter().enumerate() {
        let signal =
            signals.get(&layer.id).ok_or_else(|| Trouble::internal("a layer without a signal"))?;
        let kind = layer.kind.as_str();
        if signal.shape.len() != 1 || signal.vocabulary.is_some() {
            return Err(unsupported(say!(
                "the layer `{kind}` gives more than one number per feature",
                "层 `{kind}` 的输出不是一维特征"
            )));
        }
        let inputs: Vec<String> =
            layer.inputs.iter().filter_map(|id| names.get(id.as_str()).cloned()).collect();
        let n_outputs = signal.shape.first().copied().unwrap_or(0);
        let call = writer.call(layer, &inputs, n_outputs)?;
        let name = format!("x{}", index + 1);
        let _ = writeln!(writer.text, "    let {name} = {call};");
        names.insert(&layer.id, name.clone());
        last = name;
    }
    let _ = writeln!(writer.text, "    {last}\n}}");
    Ok(Layers { text: writer.text, weights: writer.stored })
}

struct Writer<'a> {
    text: String,
    stored: Vec<f32>,
    weights: &'a Weights,
}

impl Writer<'_> {
    /// The expression that computes a layer.
    fn call(
        &mut self,
        layer: &LayerNode,
        inputs: &[String],
        n_outputs: usize,
    ) -> Result<String, Trouble> {
        let first = inputs.first().map_or("", String::as_str);
        let all = || inputs.iter().map(|name| format!("&{name}")).collect::<Vec<_>>().join(", ");
        let kind = layer.kind.as_str();
        Ok(match kind {
            "input" => "input.to_vec()".to_owned(),
            // Nothing is dropped when predicting, and rows of features are flat already.
            "dropout" | "flatten" => format!("{first}.clone()"),
            "dense" | "output" => {
                let weight = self.store(layer, "weight")?;
                let bias = if self.weights.arrays.contains_key(&format!("{}.bias", layer.id)) {
                    self.store(layer, "bias")?
                } else {
                    "&[]".to_owned()
                };
                format!("dense(&{first}, {weight}, {bias}, {n_outputs})")
            }
            "batch_norm" => {
                let parts = ["weight", "bias", "running_mean", "running_var"]
                    .map(|part| self.store(layer, part));
                let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?.join(", ");
                format!(
                    "batch_norm(&{first}, {parts}, {:?})",
                    batch_norm::EPSILON.of(&layer.params) as f32
                )
            }
            "layer_norm" => {
                let (scale, shift) = (self.store(layer, "weight")?, self.store(layer, "bias")?);
                format!(
                    "layer_norm(&{first}, {scale}, {shift}, {:?})",
                    layer_norm::EPSILON.of(&layer.params) as f32
                )
            }
            "add" => format!("join(&[{}], |a, b| a + b)", all()),
            "multiply" => format!("join(&[{}], |a, b| a * b)", all()),
            "concatenate" => format!(
                "[{}].concat()",
                inputs
                    .iter()
                    .map(|name| format!("{name}.as_slice()"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            "activation" => curve(
                &activation::KIND.of(&layer.params),
                activation::SLOPE.of(&layer.params),
                first,
            )?,
            _ => {
                return Err(unsupported(say!(
                    "the layer `{kind}` cannot be written as plain Rust",
                    "层 `{kind}` 无法写成纯 Rust 代码"
                )));
            }
        })
    }

    /// Puts a weight behind the others; gives the expression of its place.
    fn store(&mut self, layer: &LayerNode, part: &str) -> Result<String, Trouble> {
        let values = numbers_of(self.weights, &format!("{}.{part}", layer.id))?;
        let start = self.stored.len();
        self.stored.extend_from_slice(values);
        Ok(format!("&w[{start}..{}]", self.stored.len()))
    }
}

fn curve(kind: &str, slope: f64, x: &str) -> Result<String, Trouble> {
    Ok(match kind {
        "relu" => format!("each(&{x}, |x| x.max(0.0))"),
        "leaky_relu" => {
            format!("each(&{x}, |x| if x > 0.0 {{ x }} else {{ {:?} * x }})", slope as f32)
        }
        "gelu" => format!("each(&{x}, gelu)"),
        "silu" => format!("each(&{x}, |x| x * sigmoid(x))"),
        "elu" => format!("each(&{x}, |x| if x > 0.0 {{ x }} else {{ x.exp_m1() }})"),
        "tanh" => format!("each(&{x}, f32::tanh)"),
        "sigmoid" => format!("each(&{x}, sigmoid)"),
        "softmax" => format!("softmax(&{x})"),
        _ => {
            return Err(unsupported(say!(
                "the curve `{kind}` cannot be written as plain Rust",
                "激活函数 `{kind}` 无法写成纯 Rust 代码"
            )));
        }
    })
}
