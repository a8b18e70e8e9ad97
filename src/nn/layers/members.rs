//! Members: copies of a row, each seen through its own learnt scales, so that one network serves as many.

use burn::module::{Module, Param as Weight};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, Param, ParamValues, Trouble, t};

use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "members",
    version: 1,
    text: NodeText {
        title: t("Members", "集成成员"),
        summary: t(
            "Copies each row for the members of an ensemble in one network.",
            "为同一网络中的各集成成员复制每一行。",
        ),
        help: t(
            "Each member sees the features through scales of its own, the layers after it are shared, and Sequence pooling \
             takes the mean of their answers: nearly as good as training many networks, at the price of one (TabM, \
             Gorishniy and others, 2024).",
            "每个成员通过自己的缩放系数看到特征，其后的各层共享，再由序列池化取各成员结果的均值：效果接近训练许多网络，代价只相当于一个\
             （TabM，Gorishniy 等，2024）。",
        ),
        keywords: &["ensemble", "TabM", "BatchEnsemble", "members", "集成"],
    },
    params: &[COUNT.spec],
    arity: Arity::One,
    signal,
    cost: |_, _, output| {
        let n_elements = output.n_elements();
        Cost { n_params: n_elements, n_macs: n_elements, n_kept: n_elements }
    },
    lower,
};

/// How many.
pub const COUNT: Param<i64> = Param::int("count", t("Members", "成员数"), 16, 1, 256).help(t(
    "More are steadier and take longer; 16 to 32 are usual.",
    "越多越稳定，也越慢；常用 16 到 32。",
));

/// `[members, features]`.
#[derive(Module, Debug)]
pub struct Members<B: Backend> {
    weight: Weight<Tensor<B, 2>>,
}

impl<B: Backend> LayerModule<B> for Members<B> {
    /// Scales of +1 or −1 by chance: the members begin as different as can be.
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let shape @ [n_members, n_features] =
            [shapes::size(&COUNT, params), shapes::vector(inputs)?];
        let signs = init.normals("weight", n_members * n_features, 1.0);
        let signs = signs.into_iter().map(f32::signum).collect();
        Ok(Self { weight: init.given(shape, signs) })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let x = value::only(inputs)?.rank2()?.unsqueeze_dim::<3>(1);
        Ok(x.mul(self.weight.val().unsqueeze::<3>()).into())
    }
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    Ok(Signal::numbers([shapes::size(&COUNT, params), shapes::vector(inputs)?]))
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let shape = [shapes::size(&COUNT, cx.params), shapes::vector(cx.signals)?];
    let weight = cx.weight("weight", &shape)?;
    let hint = cx.name("weight");
    let weight = cx.graph.constant_f32(&hint, &shape, weight);
    let x = cx.graph.unsqueeze(input.value, &[1]);
    Ok(cx.graph.node("Mul", &[x, weight], &[]).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::BurnKernels;
    use crate::layers::golden::{AD, init};
    use burn_flex::FlexDevice;
    use pg_base::Array;

    #[test]
    fn members_see_the_row_with_signs_of_their_own() {
        let (params, inputs) = (ParamValues::new(), [Signal::numbers([8])]);
        let layer = Members::<AD>::build(&params, &inputs, &init()).expect("fits");
        let x = Value::from_array(&Array::f32([1, 8], vec![2.0; 8]), &FlexDevice);
        let y = LayerModule::forward::<BurnKernels>(&layer, vec![x.expect("numbers")]);
        let y = y.and_then(Value::rank3).expect("members");
        assert_eq!(y.dims(), [1, 16, 8]);
        let y = y.into_data().to_vec::<f32>().expect("numbers");
        assert!(y.iter().all(|number| number.abs() == 2.0));
        assert!(y[..8] != y[8..16]);
    }
}
