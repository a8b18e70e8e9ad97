//! Dropout: forgets some numbers at random while training, so that the network relies on none alone.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, Param, ParamValues, Trouble, t};

use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, AnyRank, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "dropout",
    version: 1,
    text: NodeText {
        title: t("Dropout", "随机失活"),
        summary: t(
            "Zeroes numbers at random while training, against overfitting.",
            "训练时随机将部分数字置零，以减轻过拟合。",
        ),
        help: t(
            "Use it when the training score is much better than the validation score. It acts in training only; predictions use every number.",
            "当训练得分远高于验证得分时使用。仅在训练中起作用，预测时使用全部数字。",
        ),
        keywords: &[
            "dropout",
            "Dropout",
            "regularization",
            "regularisation",
            "overfitting",
            "正则化",
            "过拟合",
        ],
    },
    params: &[RATE.spec],
    arity: Arity::One,
    signal: |_, inputs| Ok(shapes::numbers(inputs)?.clone()),
    cost,
    lower,
};

/// Share of numbers set to zero.
pub const RATE: Param<f64> = Param::float("rate", t("Rate", "比例"), 0.2, 0.0, 0.95).help(t(
    "Share of numbers that are zeroed in each step; the others are scaled up to make good for them. 0.1 to 0.5 is usual.",
    "每一步被置零的数字所占比例，其余数字相应放大。常用 0.1 至 0.5。",
));

/// How much to drop.
#[derive(Module, Clone, Debug)]
pub struct Dropout {
    rate: f64,
}

impl<B: Backend> LayerModule<B> for Dropout {
    fn build(params: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self { rate: RATE.of(params) })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        value::only(inputs)?.apply::<K>(self)
    }
}

impl<B: Backend> AnyRank<B> for Dropout {
    fn on<K: Kernels<B>, const D: usize>(&self, tensor: Tensor<B, D>) -> Tensor<B, D> {
        K::dropout(tensor, self.rate)
    }
}

fn cost(params: &ParamValues, _: &[Signal], output: &Signal) -> Cost {
    // The result and the mask.
    let n_kept = if RATE.of(params) == 0.0 { 0 } else { 2 * output.n_elements() };
    Cost { n_kept, ..Cost::default() }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    Ok(cx.only()?.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::BurnKernels;
    use burn::backend::Autodiff;
    use burn::tensor::Tensor;
    use burn_flex::{Flex, FlexDevice};

    #[test]
    fn drops_the_share_in_training_and_nothing_in_prediction() {
        let layer = Dropout { rate: 0.25 };
        let ones = Tensor::<Autodiff<Flex>, 2>::ones([100, 200], &FlexDevice);
        let dropped = layer.on::<BurnKernels, 2>(ones).into_data().to_vec::<f32>().expect("floats");
        let n_zero = dropped.iter().filter(|number| **number == 0.0).count();
        assert!((4_600..5_400).contains(&n_zero), "{n_zero} of 20000");
        assert!(dropped.iter().all(|number| *number == 0.0 || (number - 4.0 / 3.0).abs() < 1e-6));

        let ones = Tensor::<Flex, 2>::ones([10, 10], &FlexDevice);
        let kept = layer.on::<BurnKernels, 2>(ones).into_data().to_vec::<f32>().expect("floats");
        assert!(kept.iter().all(|number| *number == 1.0));
    }
}
