//! Transformer block: attention and a feed-forward part, each with a residual connection and layer normalisation.

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor};
use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, say, t};
use pg_onnx::Name;

use super::attention::{self, Attention, product};
use super::parts::{Linear, Norm};
use super::{Init, LayerModule, shapes};
use crate::kernels::{Curve, Kernels};
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, AnyRank, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "transformer_block",
    version: 1,
    text: NodeText {
        title: t("Transformer block", "Transformer 模块"),
        summary: t(
            "Lets every position of a sequence look at all others.",
            "让序列中的每个位置都能关注其他所有位置。",
        ),
        help: t(
            "The building block of modern networks for text: multi-head attention, then a feed-forward part. One to four blocks suit small data sets. Put Embedding and Positions before the first and Sequence pooling after the last.",
            "现代文本网络的基本模块：先是多头注意力，然后是前馈部分。小数据集使用一到四个模块即可。第一个模块之前放嵌入层与位置编码，最后一个之后放序列池化。",
        ),
        keywords: &[
            "transformer",
            "TransformerEncoderLayer",
            "MultiHeadAttention",
            "attention",
            "encoder",
            "BERT",
            "self-attention",
            "注意力",
        ],
    },
    params: &[HEADS.spec, FEED_FORWARD.spec, DROPOUT.spec, NORM.spec, ACTIVATION.spec],
    arity: Arity::One,
    signal,
    cost,
    lower,
};

/// Attention heads.
pub const HEADS: Param<i64> = Param::int("heads", t("Heads", "注意力头数"), 4, 1, 256).help(t(
    "Ways of looking at the sequence at once; they share the width evenly, so the width must be a multiple.",
    "同时以多少种方式关注序列；各头平分宽度，因此宽度须为其倍数。",
));

/// Width inside the feed-forward part.
pub const FEED_FORWARD: Param<i64> =
    Param::int("feed_forward", t("Feed-forward width", "前馈宽度"), 256, 1, 65536).help(t(
        "Numbers inside the feed-forward part; 2 to 4 times the width is usual.",
        "前馈部分内部的数字个数，常取宽度的 2 到 4 倍。",
    ));

/// Share of numbers dropped while training.
pub const DROPOUT: Param<f64> = Param::float("dropout", t("Dropout", "随机失活"), 0.1, 0.0, 0.95).help(t(
    "Share of numbers zeroed at random while training: in the attention, inside and after the feed-forward part.",
    "训练时随机置零的比例，作用于注意力以及前馈部分的内部和之后。",
));

/// Normalisation before or after each part.
pub const NORM: Param<String> = Param::choice(
    "norm",
    t("Normalise", "归一化位置"),
    "pre",
    &[
        Choice { id: "pre", label: t("Before each part", "各部分之前") },
        Choice { id: "post", label: t("After each part", "各部分之后") },
    ],
)
.help(t(
    "Before trains more steadily (GPT-2 and later); after is the original form and PyTorch's default.",
    "放在之前训练更稳定（GPT-2 及以后）；放在之后是最初的形式，也是 PyTorch 的默认。",
));

/// Curve inside the feed-forward part.
pub const ACTIVATION: Param<String> = Param::choice(
    "activation",
    t("Activation", "激活函数"),
    "gelu",
    &[
        Choice { id: "gelu", label: t("GELU", "GELU") },
        Choice { id: "relu", label: t("ReLU", "ReLU") },
    ],
)
.help(t(
    "Curve inside the feed-forward part; ReLU is faster.",
    "前馈部分内部的激活函数；ReLU 更快。",
));

const EPSILON: f64 = 1e-5;

/// The weights.
#[derive(Module, Debug)]
pub struct TransformerBlock<B: Backend> {
    attention: Attention<B>,
    norm_1: Norm<B>,
    expand: Linear<B>,
    shrink: Linear<B>,
    norm_2: Norm<B>,
    dropout: f64,
    norms_first: bool,
    #[module(skip)]
    curve: Curve,
}

struct Settings {
    width: usize,
    n_heads: usize,
    n_inner: usize,
    dropout: f64,
    norms_first: bool,
    curve: Curve,
}

impl Settings {
    fn of(params: &ParamValues, width: usize) -> Result<Self, Trouble> {
        Ok(Self {
            width,
            n_heads: shapes::size(&HEADS, params),
            n_inner: shapes::size(&FEED_FORWARD, params),
            dropout: DROPOUT.of(params),
            norms_first: NORM.of(params) == "pre",
            curve: Curve::from_id(&ACTIVATION.of(params), 0.0)?,
        })
    }
}

impl<B: Backend> LayerModule<B> for TransformerBlock<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let [_, width] = shapes::sequence(inputs)?;
        Ok(Self::new(&Settings::of(params, width)?, init))
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let value = value::only(inputs)?;
        let padding = value.padding.clone();
        let x = value.rank3()?;
        let x = if self.norms_first {
            let x = x.clone().add(self.look::<K>(self.norm_1.on::<K, 3>(x), padding.clone()));
            x.clone().add(self.think::<K>(self.norm_2.on::<K, 3>(x)))
        } else {
            let x = self.norm_1.on::<K, 3>(x.clone().add(self.look::<K>(x, padding.clone())));
            self.norm_2.on::<K, 3>(x.clone().add(self.think::<K>(x)))
        };
        Ok(Value::from(x).with_padding(padding))
    }
}

impl<B: Backend> TransformerBlock<B> {
    fn new(settings: &Settings, init: &Init<'_, B>) -> Self {
        let Settings { width, n_heads, n_inner, dropout, norms_first, curve } = *settings;
        Self {
            attention: Attention::new("attention.", width, n_heads, dropout, init),
            norm_1: Norm::new(width, EPSILON, init),
            expand: Linear::new("expand.", width, n_inner, true, init),
            shrink: Linear::new("shrink.", n_inner, width, true, init),
            norm_2: Norm::new(width, EPSILON, init),
            dropout,
            norms_first,
            curve,
        }
    }

    fn look<K: Kernels<B>>(
        &self,
        x: Tensor<B, 3>,
        padding: Option<Tensor<B, 2, Bool>>,
    ) -> Tensor<B, 3> {
        K::dropout(self.attention.forward::<K>(x, padding), self.dropout)
    }

    fn think<K: Kernels<B>>(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let inner = self.expand.forward_sequence::<K>(x, Some(self.curve));
        let inner = K::dropout(inner, self.dropout);
        K::dropout(self.shrink.forward_sequence::<K>(inner, None), self.dropout)
    }
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    let [length, width] = shapes::sequence(inputs)?;
    let n_heads = shapes::size(&HEADS, params);
    if width.is_multiple_of(n_heads) {
        return Ok(Signal::numbers([length, width]));
    }
    Err(Trouble::new(
        "attention-heads",
        say!("a width of {width} and {n_heads} heads", "宽度为 {width}，注意力头数为 {n_heads}"),
    )
    .expected(say!("a width that the heads divide evenly", "宽度能被头数整除"))
    .advice(say!(
        "Change the width of the Embedding layer or the number of heads.",
        "请修改嵌入层的维度或头数。"
    ))
    .param(HEADS.spec.id))
}

fn cost(params: &ParamValues, inputs: &[Signal], _: &Signal) -> Cost {
    let [length, width] = shapes::sequence(inputs).unwrap_or_default().map(|size| size as u64);
    let n_inner = shapes::size(&FEED_FORWARD, params) as u64;
    let attention = attention::cost(length, width, shapes::size(&HEADS, params) as u64);
    let (flat, inner) = (product(&[length, width]), product(&[length, n_inner]));
    // Two normalisations and the two feed-forward maps with their biases.
    let n_maps = product(&[2, width, n_inner]).saturating_add(n_inner);
    let n_own_params = product(&[5, width]).saturating_add(n_maps);
    Cost {
        n_params: attention.n_params.saturating_add(n_own_params),
        n_macs: attention.n_macs.saturating_add(product(&[2, flat, n_inner + 1])),
        // Inside: the expanded numbers, their curve and dropout; outside: two residual sums, norms and dropouts.
        n_kept: attention
            .n_kept
            .saturating_add(product(&[3, inner]))
            .saturating_add(product(&[8, flat])),
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let shape @ [_, width] = shapes::sequence(cx.signals)?;
    let settings = Settings::of(cx.params, width)?;
    let look = |cx: &mut Lowering<'_>, x| {
        attention::lower(cx, "attention", x, input.padding, shape, settings.n_heads)
    };
    let add = |cx: &mut Lowering<'_>, a: Name, b: Name| cx.graph.node("Add", &[a, b], &[]);
    let x = input.value;
    let value = if settings.norms_first {
        let calm = cx.layer_norm("norm_1", x, width, EPSILON)?;
        let seen = look(cx, calm)?;
        let x = add(cx, x, seen);
        let calm = cx.layer_norm("norm_2", x, width, EPSILON)?;
        let thought = lower_think(cx, calm, &settings)?;
        add(cx, x, thought)
    } else {
        let seen = look(cx, x)?;
        let sum = add(cx, x, seen);
        let x = cx.layer_norm("norm_1", sum, width, EPSILON)?;
        let thought = lower_think(cx, x, &settings)?;
        let sum = add(cx, x, thought);
        cx.layer_norm("norm_2", sum, width, EPSILON)?
    };
    Ok(Lowered { value, padding: input.padding })
}

fn lower_think(cx: &mut Lowering<'_>, x: Name, settings: &Settings) -> Result<Name, Trouble> {
    let inner = cx.linear("expand", x, 3, [settings.width, settings.n_inner], true)?;
    let inner = settings.curve.lower(cx.graph, inner, 3);
    cx.linear("shrink", inner, 3, [settings.n_inner, settings.width], true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Layer;
    use crate::layers::golden::{AD, cases, init};

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/transformer_encoder_layer.json")) {
            let settings = Settings {
                width: case.size("d_model"),
                n_heads: case.size("num_heads"),
                n_inner: case.size("dim_feedforward"),
                dropout: 0.0,
                norms_first: case.flag("norm_first"),
                curve: Curve::from_id(&case.text("activation"), 0.0).expect("known"),
            };
            let layer = Layer::TransformerBlock(TransformerBlock::<AD>::new(&settings, &init()));
            let names = [
                ("wq", "attention.query.weight", true),
                ("bq", "attention.query.bias", false),
                ("wk", "attention.key.weight", true),
                ("bk", "attention.key.bias", false),
                ("wv", "attention.value.weight", true),
                ("bv", "attention.value.bias", false),
                ("wo", "attention.output.weight", true),
                ("bo", "attention.output.bias", false),
                ("linear1.weight", "expand.weight", true),
                ("linear1.bias", "expand.bias", false),
                ("linear2.weight", "shrink.weight", true),
                ("linear2.bias", "shrink.bias", false),
                ("norm1.weight", "norm_1.weight", false),
                ("norm1.bias", "norm_1.bias", false),
                ("norm2.weight", "norm_2.weight", false),
                ("norm2.bias", "norm_2.bias", false),
            ];
            case.check(layer, &names);
        }
    }

    #[test]
    fn parameters_are_counted_as_in_pytorch() {
        // nn.TransformerEncoderLayer(128, 4, 512) has 198 272 parameters.
        let params =
            ParamValues::from([("feed_forward".to_owned(), pg_base::ParamValue::Int(512))]);
        let inputs = [Signal::numbers([128, 128])];
        let output = (SPEC.signal)(&params, &inputs).expect("fits");
        assert_eq!((SPEC.cost)(&params, &inputs, &output).n_params, 198_272);
    }
}
