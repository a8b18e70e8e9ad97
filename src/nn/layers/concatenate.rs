//! Concatenate: branches side by side, along features or channels.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};
use pg_base::{NodeText, ParamValues, Trouble, t};

use super::{Init, LayerModule, join};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{JoinAnyRank, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "concatenate",
    version: 1,
    text: NodeText {
        title: t("Concatenate", "拼接"),
        summary: t("Puts the features of branches side by side.", "将各分支的特征并排拼接。"),
        help: t(
            "Joins what several branches have found. Sequences and pictures are joined along features or channels and must agree in their other sizes.",
            "汇合多个分支得到的结果。序列沿特征、图片沿通道拼接，其余尺寸须一致。",
        ),
        keywords: &["concatenate", "Concatenate", "cat", "concat", "merge", "join", "合并"],
    },
    params: &[],
    arity: Arity::Many,
    signal: |_, inputs| join::joined_features(inputs),
    cost: |_, _, output| Cost { n_kept: output.n_elements(), ..Cost::default() },
    lower: |cx| Ok(lower(cx)),
};

/// Joins its inputs along features or channels.
#[derive(Module, Clone, Debug)]
pub struct Concatenate;

impl<B: Backend> LayerModule<B> for Concatenate {
    fn build(_: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self)
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        Value::join(inputs, self)
    }
}

impl<B: Backend> JoinAnyRank<B> for Concatenate {
    fn join<const D: usize>(&self, first: Tensor<B, D>, rest: Vec<Tensor<B, D>>) -> Tensor<B, D> {
        let mut parts = vec![first];
        parts.extend(rest);
        Tensor::cat(parts, 1 + join::feature_axis(D - 1))
    }
}

fn lower(cx: &mut Lowering<'_>) -> Lowered {
    let parts: Vec<_> = cx.inputs.iter().map(|input| input.value).collect();
    let axis = 1 + join::feature_axis(cx.output.shape.len());
    Lowered { value: cx.graph.concat(&parts, axis as i64), padding: join::padding(cx.inputs) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::BurnKernels;
    use crate::layers::Layer;
    use burn_flex::{Flex, FlexDevice};

    fn check(shapes: &[&[usize]], expected: Option<&[usize]>) {
        let inputs: Vec<Signal> = shapes.iter().map(|shape| Signal::numbers(*shape)).collect();
        let output = (SPEC.signal)(&ParamValues::new(), &inputs).ok();
        assert_eq!(output.as_ref().map(|signal| signal.shape.as_slice()), expected, "{shapes:?}");
        if let Some(output) = output {
            let values = shapes.iter().map(|shape| {
                let shape = [&[2], *shape].concat();
                let zeros = vec![0.0; shape.iter().product()];
                Value::<Flex>::from_array(&pg_base::Array::f32(shape, zeros), &FlexDevice)
                    .expect("fits")
            });
            let joined = Layer::Concatenate(Concatenate)
                .forward::<BurnKernels>(values.collect())
                .expect("fits");
            assert_eq!(joined.dims()[1..], output.shape);
        }
    }

    #[test]
    fn features_and_channels_add_up() {
        check(&[&[3], &[4], &[1]], Some(&[8]));
        check(&[&[5, 3], &[5, 4]], Some(&[5, 7]));
        check(&[&[1, 6, 6], &[2, 6, 6]], Some(&[3, 6, 6]));
        check(&[&[5, 3], &[6, 3]], None);
        check(&[&[5], &[5, 3]], None);
        check(&[&[1, 6, 6], &[2, 6, 5]], None);
    }
}
