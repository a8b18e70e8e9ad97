//! The kinds of layers: one file each, one `mod` line and one entry in the list below.

use burn::module::Module;
use burn::tensor::backend::Backend;
use pg_base::{ParamValues, Trouble, say};

use crate::kernels::{Curve, Kernels};
use crate::spec::{LayerSpec, Signal};
use crate::value::Value;

pub mod activation;
pub mod add;
pub mod avg_pool2d;
pub mod batch_norm;
pub mod class_token;
pub mod concatenate;
pub mod conv1d;
pub mod conv2d;
pub mod conv_transpose2d;
pub mod dense;
pub mod dropout;
pub mod embedding;
pub mod feature_tokens;
pub mod flatten;
pub mod global_pool;
pub mod group_norm;
pub mod input;
pub mod layer_norm;
pub mod max_pool2d;
pub mod members;
pub mod multiply;
pub mod output;
pub mod patches;
pub mod positions;
pub mod recurrent;
pub mod rms_norm;
pub mod sequence_pool;
pub mod transformer_block;

mod attention;
#[cfg(test)]
mod golden;
pub mod init;
mod join;
pub(crate) mod named;
mod parts;
pub(crate) mod pool;
mod shapes;
mod window;

pub use init::Init;

/// The arithmetic of one layer kind.
pub trait LayerModule<B: Backend>: Module<B> {
    /// A new layer for inputs that the shape rule of its record has accepted.
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble>;

    /// What leaves the layer for what enters it. `K` may do steps faster than burn.
    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble>;

    /// The same, then a curve of every number where there is one; a layer that can do both in one pass does.
    fn forward_curved<K: Kernels<B>>(
        &self,
        inputs: Vec<Value<B>>,
        curve: Option<Curve>,
    ) -> Result<Value<B>, Trouble> {
        let value = self.forward::<K>(inputs)?;
        match curve {
            Some(curve) => value.apply::<K>(&curve),
            None => Ok(value),
        }
    }
}

/// Makes the enum of all layers and the ways from a kind's id to its record and its module.
macro_rules! layers {
    ($($variant:ident($module_type:ty) = $file:ident,)*) => {
        pub use enumeration::Layer;

        #[expect(
            clippy::large_enum_variant,
            missing_debug_implementations,
            reason = "a network has few layers, and burn derives records without Debug"
        )]
        mod enumeration {
            use burn::module::Module;
            use burn::tensor::backend::Backend;

            use super::{$($file),*};

            /// A layer with its weights.
            #[derive(Module, Debug)]
            pub enum Layer<B: Backend> {
                $(
                    #[doc = concat!("See [`mod@super::", stringify!($file), "`].")]
                    $variant($module_type),
                )*
            }
        }

        /// The records of all kinds.
        pub static ALL: &[&LayerSpec] = &[$(&$file::SPEC,)*];

        impl<B: Backend> Layer<B> {
            /// A new layer of a kind for inputs that its shape rule has accepted.
            pub fn build(
                kind: &str,
                params: &ParamValues,
                inputs: &[Signal],
                init: &Init<'_, B>,
            ) -> Result<Self, Trouble> {
                $(
                    if kind == $file::SPEC.id {
                        return Ok(Self::$variant(<$module_type as LayerModule<B>>::build(params, inputs, init)?));
                    }
                )*
                Err(unknown(kind))
            }

            /// What leaves the layer for what enters it.
            pub fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
                match self {
                    $(Self::$variant(module) => LayerModule::<B>::forward::<K>(module, inputs),)*
                }
            }

            /// The same, then a curve of every number where there is one.
            pub fn forward_curved<K: Kernels<B>>(
                &self,
                inputs: Vec<Value<B>>,
                curve: Option<Curve>,
            ) -> Result<Value<B>, Trouble> {
                match self {
                    $(Self::$variant(module) => LayerModule::<B>::forward_curved::<K>(module, inputs, curve),)*
                }
            }
        }
    };
}

layers! {
    Input(input::Input) = input,
    Dense(dense::Dense<B>) = dense,
    Activation(activation::Activation) = activation,
    Dropout(dropout::Dropout) = dropout,
    BatchNorm(batch_norm::BatchNorm<B>) = batch_norm,
    LayerNorm(layer_norm::LayerNorm<B>) = layer_norm,
    RmsNorm(rms_norm::RmsNorm<B>) = rms_norm,
    GroupNorm(group_norm::GroupNorm<B>) = group_norm,
    Add(add::Add) = add,
    Multiply(multiply::Multiply) = multiply,
    Concatenate(concatenate::Concatenate) = concatenate,
    Flatten(flatten::Flatten) = flatten,
    Conv2d(conv2d::Conv2d<B>) = conv2d,
    ConvTranspose2d(conv_transpose2d::ConvTranspose2d<B>) = conv_transpose2d,
    MaxPool2d(max_pool2d::MaxPool2d) = max_pool2d,
    AvgPool2d(avg_pool2d::AvgPool2d) = avg_pool2d,
    GlobalPool(global_pool::GlobalPool) = global_pool,
    Embedding(embedding::Embedding<B>) = embedding,
    Patches(patches::Patches) = patches,
    Positions(positions::Positions<B>) = positions,
    FeatureTokens(feature_tokens::FeatureTokens<B>) = feature_tokens,
    ClassToken(class_token::ClassToken<B>) = class_token,
    Members(members::Members<B>) = members,
    Conv1d(conv1d::Conv1d<B>) = conv1d,
    Recurrent(recurrent::Recurrent<B>) = recurrent,
    TransformerBlock(transformer_block::TransformerBlock<B>) = transformer_block,
    SequencePool(sequence_pool::SequencePool) = sequence_pool,
    Output(output::Output<B>) = output,
}

/// The record of a kind.
pub fn spec(kind: &str) -> Result<&'static LayerSpec, Trouble> {
    ALL.iter().copied().find(|spec| spec.id == kind).ok_or_else(|| unknown(kind))
}

fn unknown(kind: &str) -> Trouble {
    Trouble::new(
        "layer-unknown",
        say!("there is no layer of the kind `{kind}`", "没有 `{kind}` 这种层"),
    )
    .advice(say!(
        "The file may come from a newer version of Pyrograph.",
        "该文件可能来自更新版本的 Pyrograph。"
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn records_are_whole_and_ids_unique() {
        let ids: BTreeSet<&str> = ALL.iter().map(|spec| spec.id).collect();
        assert_eq!(ids.len(), ALL.len());
        for spec in ALL {
            let text = &spec.text;
            for part in [text.title, text.summary, text.help] {
                assert!(!part.en.is_empty() && !part.zh.is_empty(), "{}: empty text", spec.id);
            }
            assert!(!text.keywords.is_empty(), "{}", spec.id);
            let params: BTreeSet<&str> = spec.params.iter().map(|param| param.id).collect();
            assert_eq!(params.len(), spec.params.len(), "{}", spec.id);
            for param in spec.params {
                assert_eq!(
                    param.check(&param.default_value()),
                    Ok(param.default_value()),
                    "{}.{}",
                    spec.id,
                    param.id
                );
                assert!(
                    !param.label.en.is_empty() && !param.label.zh.is_empty(),
                    "{}.{}",
                    spec.id,
                    param.id
                );
                assert!(
                    !param.help.en.is_empty() && !param.help.zh.is_empty(),
                    "{}.{}",
                    spec.id,
                    param.id
                );
                if let Some(rule) = param.shown_when {
                    assert!(params.contains(rule.param), "{}.{}", spec.id, param.id);
                }
            }
        }
    }

    #[test]
    fn shape_rules_answer_every_kind_of_input_without_a_panic() {
        let signals = [
            Signal::numbers([8]),
            Signal::numbers([1]),
            Signal::numbers([5, 8]),
            Signal::numbers([3, 2, 2]),
            Signal::ids(6, 20),
            Signal::numbers([1, 1 << 31]),
            Signal::numbers([1 << 31, 1]),
            Signal::ids(1, 1 << 31),
            Signal::numbers(Vec::new()),
            Signal::numbers([2, 2, 2, 2]),
        ];
        for spec in ALL {
            let params = spec
                .params
                .iter()
                .map(|param| (param.id.to_owned(), param.default_value()))
                .collect();
            for first in &signals {
                for second in &signals {
                    let inputs = [first.clone(), second.clone()];
                    let given = if spec.arity == crate::spec::Arity::Many {
                        &inputs[..]
                    } else {
                        &inputs[..1]
                    };
                    if let Ok(output) = (spec.signal)(&params, given) {
                        assert!(output.n_elements() > 0, "{}", spec.id);
                        (spec.cost)(&params, given, &output);
                    }
                }
            }
        }
    }
}
