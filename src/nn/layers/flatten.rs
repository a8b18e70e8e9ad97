//! Flatten: pictures or sequences as one list of numbers per row.

use burn::module::Module;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, ParamValues, Trouble, t};

use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Numbers, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "flatten",
    version: 1,
    text: NodeText {
        title: t("Flatten", "展平"),
        summary: t(
            "Lines up all numbers of a picture or sequence.",
            "将图片或序列的全部数字排成一列。",
        ),
        help: t(
            "Put it between the convolutions and the Dense layers of a network for pictures. Global pooling does a similar job with far fewer weights.",
            "在图片网络中放在卷积部分与全连接层之间。全局池化作用类似，但所需权重少得多。",
        ),
        keywords: &["flatten", "Flatten", "reshape", "view", "展开"],
    },
    params: &[],
    arity: Arity::One,
    signal: |_, inputs| {
        Ok(Signal::numbers([shapes::numbers(inputs)?
            .shape
            .iter()
            .copied()
            .fold(1, usize::saturating_mul)]))
    },
    cost: |_, _, _| Cost::default(),
    lower,
};

/// Drops the shape.
#[derive(Module, Clone, Debug)]
pub struct Flatten;

impl<B: Backend> LayerModule<B> for Flatten {
    fn build(_: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self)
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let flat = match value::only(inputs)?.numbers {
            Numbers::Rank2(x) => x,
            Numbers::Rank3(x) => x.flatten(1, 2),
            Numbers::Rank4(x) => x.flatten(1, 3),
            Numbers::Ids(_) => return Err(Trouble::internal("flattening of ids")),
        };
        Ok(flat.into())
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let n_features = cx.output.n_elements() as i64;
    Ok(cx.graph.reshape(input.value, &[0, n_features]).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_multiply() {
        let check = |shape: &[usize], expected: usize| {
            let output =
                (SPEC.signal)(&ParamValues::new(), &[Signal::numbers(shape)]).expect("fits");
            assert_eq!(output.shape, [expected]);
        };
        check(&[16, 5, 5], 400);
        check(&[12, 3], 36);
        check(&[7], 7);
    }
}
