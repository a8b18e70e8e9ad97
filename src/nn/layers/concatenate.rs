//! Concatenate: branches side by side, along features or channels.

use burn::module::Module;
use burn::tensor::{Bool, Tensor, backend::Backend};
use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};

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
    params: &[AXIS.spec],
    arity: Arity::Many,
    signal: |params, inputs| join::joined(inputs, axis_of(params, n_dims(inputs))),
    cost: |_, _, output| Cost { n_kept: output.n_elements(), ..Cost::default() },
    lower: |cx| Ok(lower(cx)),
};

/// What is placed one after the other.
pub const AXIS: Param<String> = Param::choice(
    "axis",
    t("Along", "方向"),
    "features",
    &[
        Choice { id: "features", label: t("Features or channels", "特征或通道") },
        Choice { id: "positions", label: t("Positions of a sequence", "序列位置") },
    ],
)
.help(t(
    "Along positions, sequences follow each other; they must have the same features.",
    "沿位置拼接时，各序列首尾相接，特征数须相同。",
));

/// Joins its inputs along one axis of a row.
#[derive(Module, Clone, Debug)]
pub struct Concatenate {
    axis: usize,
}

/// The axis without the batch.
fn axis_of(params: &ParamValues, n_dims: usize) -> usize {
    if n_dims == 2 && AXIS.of(params) == "positions" { 0 } else { join::feature_axis(n_dims) }
}

fn n_dims(inputs: &[Signal]) -> usize {
    inputs.first().map_or(1, |signal| signal.shape.len())
}

impl<B: Backend> LayerModule<B> for Concatenate {
    fn build(params: &ParamValues, inputs: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self { axis: axis_of(params, n_dims(inputs)) })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let is_along_positions =
            inputs.first().is_some_and(|value| value.dims().len() == 3) && self.axis == 0;
        let padding = if is_along_positions { joined_padding(&inputs) } else { None };
        let joined = Value::join::<K>(inputs, self)?;
        Ok(if is_along_positions { joined.with_padding(padding) } else { joined })
    }
}

impl<B: Backend> JoinAnyRank<B> for Concatenate {
    fn join<K: Kernels<B>, const D: usize>(
        &self,
        first: Tensor<B, D>,
        rest: Vec<Tensor<B, D>>,
    ) -> Tensor<B, D> {
        let mut parts = vec![first];
        parts.extend(rest);
        K::concatenate(parts, 1 + self.axis)
    }
}

/// The masks one after the other, where any sequence has one; none of those without is padding.
fn joined_padding<B: Backend>(inputs: &[Value<B>]) -> Option<Tensor<B, 2, Bool>> {
    let with = inputs.iter().find_map(|value| value.padding.clone())?;
    let masks = inputs.iter().map(|value| match (&value.padding, value.dims().as_slice()) {
        (Some(padding), _) => padding.clone(),
        (None, [n_rows, length, ..]) => Tensor::zeros([*n_rows, *length], &with.device()),
        (None, _) => with.clone(),
    });
    Some(Tensor::cat(masks.collect(), 1))
}

fn lower(cx: &mut Lowering<'_>) -> Lowered {
    let parts: Vec<_> = cx.inputs.iter().map(|input| input.value).collect();
    let axis = axis_of(cx.params, cx.output.shape.len());
    let value = cx.graph.concat(&parts, 1 + axis as i64);
    if axis > 0 || cx.output.shape.len() != 2 || join::padding(cx.inputs).is_none() {
        return Lowered { value, padding: join::padding(cx.inputs) };
    }
    let mut masks = Vec::with_capacity(cx.inputs.len());
    for input in cx.inputs {
        masks.push(input.padding.unwrap_or_else(|| {
            // A number is never unlike itself but for NaN: no position of this sequence is padding.
            let first = cx.graph.slice(input.value, 2, 0, 1);
            let first = cx.graph.squeeze(first, &[2]);
            let equal = cx.graph.node("Equal", &[first, first], &[]);
            cx.graph.node("Not", &[equal], &[])
        }));
    }
    Lowered { value, padding: Some(cx.graph.concat(&masks, 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::BurnKernels;
    use crate::layers::Layer;
    use burn_flex::{Flex, FlexDevice};
    use pg_base::ParamValue;

    fn check(shapes: &[&[usize]], expected: Option<&[usize]>) {
        check_along("features", shapes, expected);
    }

    fn check_along(along: &str, shapes: &[&[usize]], expected: Option<&[usize]>) {
        let params = ParamValues::from([("axis".to_owned(), ParamValue::Text(along.to_owned()))]);
        let inputs: Vec<Signal> = shapes.iter().map(|shape| Signal::numbers(*shape)).collect();
        let output = (SPEC.signal)(&params, &inputs).ok();
        assert_eq!(output.as_ref().map(|signal| signal.shape.as_slice()), expected, "{shapes:?}");
        if let Some(output) = output {
            let values = shapes.iter().map(|shape| {
                let shape = [&[2], *shape].concat();
                let zeros = vec![0.0; shape.iter().product()];
                Value::<Flex>::from_array(&pg_base::Array::f32(shape, zeros), &FlexDevice)
                    .expect("fits")
            });
            let axis = axis_of(&params, n_dims(&inputs));
            let joined = Layer::Concatenate(Concatenate { axis })
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

    #[test]
    fn sequences_follow_each_other() {
        check_along("positions", &[&[5, 3], &[2, 3]], Some(&[7, 3]));
        check_along("positions", &[&[5, 3], &[5, 4]], None);
        check_along("positions", &[&[3], &[4]], Some(&[7]));
    }
}
