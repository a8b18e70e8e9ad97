//! Sequence pooling: one list of numbers for a whole sequence, padding left out.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_onnx::ElemType;

use super::{Init, LayerModule, shapes};
use crate::kernels::{FILL, Kernels};
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "sequence_pool",
    version: 1,
    text: NodeText {
        title: t("Sequence pooling", "序列池化"),
        summary: t("One list of numbers for a whole sequence.", "将整个序列汇总为一组数字。"),
        help: t(
            "Put it between the layers for sequences and Dense or Output. The mean is a good first choice; the maximum suits texts in which one word decides. Padding does not count.",
            "放在序列层与全连接层或输出层之间。平均值是稳妥的首选；当个别词起决定作用时可用最大值。填充不计入。",
        ),
        keywords: &[
            "sequence pooling",
            "GlobalAveragePooling1D",
            "GlobalMaxPooling1D",
            "mean pooling",
            "CLS",
            "first token",
            "池化",
        ],
    },
    params: &[KIND.spec],
    arity: Arity::One,
    signal: |_, inputs| Ok(Signal::numbers([shapes::sequence(inputs)?[1]])),
    cost,
    lower,
};

/// Mean, maximum or the first position.
pub const KIND: Param<String> = Param::choice(
    "kind",
    t("Take", "取"),
    "mean",
    &[
        Choice { id: "mean", label: t("Mean", "平均值") },
        Choice { id: "max", label: t("Maximum", "最大值") },
        Choice { id: "first", label: t("First position", "首个位置") },
    ],
)
.help(t(
    "The mean or the maximum over the positions, or only the first position.",
    "取各位置的平均值或最大值，或只取首个位置。",
));

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Mean,
    Max,
    First,
}

/// What is taken.
#[derive(Module, Clone, Debug)]
pub struct SequencePool {
    #[module(skip)]
    kind: Kind,
}

impl<B: Backend> LayerModule<B> for SequencePool {
    fn build(params: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self { kind: kind_of(params) })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let value = value::only(inputs)?;
        let padding = value.padding.clone();
        let x = value.rank3()?;
        let [n_rows, length, width] = x.dims();
        if length == 1 {
            return Ok(x.reshape([n_rows, width]).into());
        }
        let pooled: Tensor<B, 3> = match (self.kind, padding) {
            (Kind::First, _) => x.narrow(1, 0, 1),
            (Kind::Mean, None) => x.mean_dim(1),
            (Kind::Max, None) => x.max_dim(1),
            (Kind::Mean, Some(padding)) => {
                let counts = padding.bool_not().float().reshape([n_rows, 1, length]);
                let n_counted = counts.clone().sum_dim(2);
                counts.matmul(x).div(n_counted)
            }
            (Kind::Max, Some(padding)) => {
                let padding = padding.unsqueeze_dim::<3>(2).expand([n_rows, length, width]);
                x.mask_fill(padding, FILL).max_dim(1)
            }
        };
        Ok(pooled.reshape([n_rows, width]).into())
    }
}

fn kind_of(params: &ParamValues) -> Kind {
    match KIND.of(params).as_str() {
        "max" => Kind::Max,
        "first" => Kind::First,
        _ => Kind::Mean,
    }
}

fn cost(_: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let n_in = inputs.first().map_or(0, Signal::n_elements);
    Cost { n_params: 0, n_macs: n_in, n_kept: n_in + output.n_elements() }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let x = input.value;
    let value = match (kind_of(cx.params), input.padding) {
        (Kind::First, _) => {
            let first = cx.graph.slice(x, 1, 0, 1);
            cx.graph.squeeze(first, &[1])
        }
        (Kind::Mean, None) => cx.graph.reduce("ReduceMean", x, &[1], false),
        (Kind::Max, None) => cx.graph.reduce("ReduceMax", x, &[1], false),
        (Kind::Mean, Some(padding)) => {
            let counts = cx.graph.node("Not", &[padding], &[]);
            let counts = cx.graph.cast(counts, ElemType::F32);
            let counts = cx.graph.unsqueeze(counts, &[2]);
            let kept = cx.graph.node("Mul", &[x, counts], &[]);
            let sum = cx.graph.reduce("ReduceSum", kept, &[1], false);
            let n_counted = cx.graph.reduce("ReduceSum", counts, &[1], false);
            cx.graph.node("Div", &[sum, n_counted], &[])
        }
        (Kind::Max, Some(padding)) => {
            let padding = cx.graph.unsqueeze(padding, &[2]);
            let fill = cx.graph.scalar("fill", FILL);
            let kept = cx.graph.node("Where", &[padding, fill, x], &[]);
            cx.graph.reduce("ReduceMax", kept, &[1], false)
        }
    };
    Ok(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::BurnKernels;
    use burn::tensor::Bool;
    use burn_flex::{Flex, FlexDevice};

    fn check(kind: Kind, padded: bool, expected: [f32; 2]) {
        let x = Tensor::<Flex, 3>::from_data([[[1.0, -5.0], [3.0, -1.0], [8.0, 9.0]]], &FlexDevice);
        let padding =
            padded.then(|| Tensor::<Flex, 2, Bool>::from_data([[false, false, true]], &FlexDevice));
        let value = Value::from(x).with_padding(padding);
        let pooled = SequencePool { kind }
            .forward::<BurnKernels>(vec![value])
            .and_then(Value::rank2)
            .expect("a matrix");
        assert_eq!(
            pooled.into_data().to_vec::<f32>().expect("floats"),
            expected,
            "{kind:?} {padded}"
        );
    }

    #[test]
    fn padding_does_not_count() {
        check(Kind::Mean, false, [4.0, 1.0]);
        check(Kind::Mean, true, [2.0, -3.0]);
        check(Kind::Max, false, [8.0, 9.0]);
        check(Kind::Max, true, [3.0, -1.0]);
        check(Kind::First, true, [1.0, -5.0]);
    }
}
