//! Batch normalisation: brings every feature or channel to mean 0 and spread 1 over the batch.

use burn::module::{Module, Param as Weight, RunningState};
use burn::tensor::{Tensor, backend::Backend};
use pg_base::{NodeText, Param, ParamValues, Trouble, say, t};
use pg_onnx::BatchNorm as OnnxNorm;

use super::{Init, LayerModule, shapes};
use crate::kernels::{BatchNormed, Curve, Kernels, Scaling};
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Numbers, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "batch_norm",
    version: 1,
    text: NodeText {
        title: t("Batch normalisation", "批归一化"),
        summary: t(
            "Brings every feature to mean 0 and spread 1 over the batch.",
            "在批次内将每个特征归一化为均值 0、标准差 1。",
        ),
        help: t(
            "Makes deep networks train faster and less touchy about the learning rate. Put it between a Dense or Convolution layer and its activation. It learns from whole batches, so batches of 16 rows or more are best. For sequences use Layer normalisation.",
            "使深层网络训练更快，对学习率也不那么敏感。放在全连接层或卷积层与其激活函数之间。它依赖整个批次，批大小最好不少于 16。序列请用层归一化。",
        ),
        keywords: &[
            "batch norm",
            "BatchNorm1d",
            "BatchNorm2d",
            "BatchNormalization",
            "normalization",
            "归一化",
        ],
    },
    params: &[MOMENTUM.spec, EPSILON.spec],
    arity: Arity::One,
    signal,
    cost,
    lower,
};

/// Weight of the newest batch in the running statistics.
pub const MOMENTUM: Param<f64> = Param::float("momentum", t("Momentum", "动量"), 0.1, 0.0, 1.0).help(t(
    "Weight of the newest batch in the running statistics that predictions use (PyTorch's meaning; Keras writes 1 minus this).",
    "预测所用的滑动统计中最新批次的权重（与 PyTorch 含义相同；Keras 中为 1 减去该值）。",
));

/// Added to the variance.
pub const EPSILON: Param<f64> = Param::float("epsilon", t("Epsilon", "Epsilon"), 1e-5, 1e-12, 1.0)
    .help(t(
        "A small number that keeps the division safe when a feature is constant.",
        "很小的数，避免特征恒定时除以零。",
    ));

/// Scale, shift and running statistics, each `[features]`.
#[derive(Module, Debug)]
pub struct BatchNorm<B: Backend> {
    weight: Weight<Tensor<B, 1>>,
    bias: Weight<Tensor<B, 1>>,
    running_mean: RunningState<Tensor<B, 1>>,
    running_var: RunningState<Tensor<B, 1>>,
    momentum: f64,
    epsilon: f64,
}

impl<B: Backend> LayerModule<B> for BatchNorm<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self::new(n_channels(inputs)?, MOMENTUM.of(params), EPSILON.of(params), init))
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        self.forward_curved::<K>(inputs, None)
    }

    fn forward_curved<K: Kernels<B>>(
        &self,
        inputs: Vec<Value<B>>,
        curve: Option<Curve>,
    ) -> Result<Value<B>, Trouble> {
        match value::only(inputs)?.numbers {
            Numbers::Rank2(x) => {
                let dims @ [n_rows, n_features] = x.dims();
                let x = x.reshape([n_rows, n_features, 1]);
                Ok(self.normalise::<K>(x, curve).reshape(dims).into())
            }
            Numbers::Rank4(x) => {
                let dims @ [n_rows, n_features, height, width] = x.dims();
                let x = x.reshape([n_rows, n_features, height * width]);
                Ok(self.normalise::<K>(x, curve).reshape(dims).into())
            }
            Numbers::Rank3(_) | Numbers::Ids(_) => {
                Err(Trouble::internal("batch normalisation of sequences or ids"))
            }
        }
    }
}

impl<B: Backend> BatchNorm<B> {
    fn new(n_features: usize, momentum: f64, epsilon: f64, init: &Init<'_, B>) -> Self {
        Self {
            weight: init.constant([n_features], 1.0),
            bias: init.constant([n_features], 0.0),
            running_mean: RunningState::new(init.tensor([n_features], vec![0.0; n_features])),
            running_var: RunningState::new(init.tensor([n_features], vec![1.0; n_features])),
            momentum,
            epsilon,
        }
    }

    /// `[rows, features, pixels]`; with gradients switched on it uses and records the batch's own statistics.
    fn normalise<K: Kernels<B>>(&self, x: Tensor<B, 3>, curve: Option<Curve>) -> Tensor<B, 3> {
        let [n_rows, _, n_pixels] = x.dims();
        let (weight, bias) = (self.weight.val(), self.bias.val());
        let scaling = Scaling { weight, bias, epsilon: self.epsilon };
        if !B::ad_enabled(&x.device()) {
            let statistics = [self.running_mean.value(), self.running_var.value()];
            return K::batch_norm_with(x, scaling, statistics, curve);
        }
        let BatchNormed { normed, mean, variance } = K::batch_norm(x, scaling, curve);
        // PyTorch normalises with the biased variance and records the unbiased one.
        let n = n_rows * n_pixels;
        let unbiased = if n > 1 { n as f64 / (n - 1) as f64 } else { 1.0 };
        self.record(&self.running_mean, mean);
        self.record(&self.running_var, variance.mul_scalar(unbiased));
        normed
    }

    fn record(&self, state: &RunningState<Tensor<B, 1>>, new: Tensor<B, 1>) {
        let old = state.value();
        state.update(old.mul_scalar(1.0 - self.momentum).add(new.mul_scalar(self.momentum)));
        // burn shows an update only at the next one unless it is asked to.
        state.value_sync();
    }
}

fn n_channels(inputs: &[Signal]) -> Result<usize, Trouble> {
    let signal = shapes::numbers(inputs)?;
    match signal.shape.as_slice() {
        [n] | [n, _, _] => Ok(*n),
        _ => Err(shapes::unfit(
            signal,
            say!("numbers per row, or pictures", "每行一组数字，或图片"),
            say!("Use Layer normalisation for sequences.", "序列请使用层归一化。"),
        )),
    }
}

fn signal(_: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    n_channels(inputs)?;
    Ok(shapes::first(inputs)?.clone())
}

fn cost(_: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let n_params = 2 * n_channels(inputs).unwrap_or_default() as u64;
    Cost { n_params, n_macs: output.n_elements(), n_kept: 2 * output.n_elements() }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let n = n_channels(cx.signals)?;
    let norm = OnnxNorm {
        scale: cx.weight("weight", &[n])?,
        bias: cx.weight("bias", &[n])?,
        mean: cx.weight("running_mean", &[n])?,
        variance: cx.weight("running_var", &[n])?,
        epsilon: EPSILON.of(cx.params) as f32,
    };
    let hint = cx.name("norm");
    Ok(cx.graph.batch_norm(&hint, input.value, &norm).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::AutodiffModule;
    use burn_flex::FlexDevice;

    use crate::kernels::BurnKernels;
    use crate::layers::golden::{AD, assert_close, cases, init};
    use crate::layers::{Layer, named};
    use crate::weights::Weights;

    const NAMES: &[(&str, &str, bool)] = &[("weight", "weight", false), ("bias", "bias", false)];

    #[test]
    fn equals_pytorch_in_training_and_prediction() {
        for case in cases(include_str!("../golden/batch_norm.json")) {
            let mut weights = case.weights(NAMES);
            weights.arrays.extend(
                case.buffers.iter().map(|(name, array)| (format!("layer.{name}"), array.clone())),
            );
            let layer = Layer::BatchNorm(BatchNorm::<AD>::new(3, 0.1, 1e-5, &init()));
            let layer = named::write(layer, "layer", &weights);
            if case.flag("training") {
                case.check_gradients(&layer, NAMES);
            } else {
                let input = Value::from_array(&case.inputs["input"], &FlexDevice).expect("fits");
                let output = layer.valid().forward::<BurnKernels>(vec![input]).expect("fits");
                assert_close("output", &crate::layers::golden::array_of(output), &case.output);
            }
            let mut after = Weights::default();
            named::read(&layer, "layer", &mut after).expect("readable");
            for (name, expected) in &case.buffers_after {
                assert_close(name, &after.arrays[&format!("layer.{name}")], expected);
            }
        }
    }

    #[test]
    fn a_batch_of_one_row_stays_finite() {
        let layer = BatchNorm::<AD>::new(2, 0.1, 1e-5, &init());
        let x = Tensor::<AD, 2>::from_data([[3.0, -1.0]], &FlexDevice);
        let y = LayerModule::forward::<BurnKernels>(&layer, vec![x.into()])
            .and_then(Value::rank2)
            .expect("a matrix");
        assert_eq!(y.into_data().to_vec::<f32>().expect("floats"), [0.0, 0.0]);
        assert!(
            layer
                .running_var
                .value()
                .into_data()
                .to_vec::<f32>()
                .expect("floats")
                .iter()
                .all(|v| v.is_finite())
        );
    }
}
