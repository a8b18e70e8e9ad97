//! Text transformer: embedding, positions, transformer blocks and pooling for token sequences.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_nn::Blueprint;
use pg_nn::presets::TransformerText;

use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::{NETWORK_OUT, TASK};
use crate::model::preset::{self, Body};

const WIDTH: Param<i64> = Param::int("width", t("Width", "宽度"), 64, 4, 4096)
    .help(t("Numbers per token; a multiple of the heads.", "每个词元的维数，须为头数的倍数。"));
const HEADS: Param<i64> = Param::int("heads", t("Attention heads", "注意力头数"), 4, 1, 64);
const BLOCKS: Param<i64> = Param::int("blocks", t("Blocks", "层数"), 1, 1, 48);
const FEED_FORWARD: Param<i64> =
    Param::int("feed_forward", t("Feed-forward width", "前馈宽度"), 128, 4, 16384);
const DROPOUT: Param<f64> = Param::float("dropout", t("Dropout", "丢弃率"), 0.1, 0.0, 0.95);
const POOL: Param<String> = Param::choice(
    "pool",
    t("Pooling", "池化"),
    "mean",
    &[
        Choice { id: "mean", label: t("Mean of the tokens", "词元均值") },
        Choice { id: "max", label: t("Maximum of the tokens", "词元最大值") },
        Choice { id: "first", label: t("First token", "首个词元") },
    ],
);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "text_transformer",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("Text transformer", "文本 Transformer"),
        summary: t("A ready network that reads token sequences.", "读取词元序列的现成网络。"),
        help: t(
            "Embedding, positions, encoder blocks (multi-head attention and feed-forward with residuals and layer norm; \
             Vaswani and others, 2017), pooling over the tokens and the output. Put Tokenise before it.",
            "嵌入、位置、编码器块（带残差与层归一化的多头注意力和前馈层；Vaswani 等，2017），对词元池化后输出。请先使用“分词”。",
        ),
        keywords: &[
            "transformer",
            "attention",
            "encoder",
            "text",
            "nlp",
            "bert",
            "文本分类",
            "注意力",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[NETWORK_OUT],
    params: &[
        WIDTH.spec,
        HEADS.spec,
        BLOCKS.spec,
        FEED_FORWARD.spec,
        DROPOUT.spec,
        POOL.spec,
        TASK.spec,
    ],
    effect: Effect::Pure,
    is_individual: true,
    infer: |cx| preset::infer(cx, Body::OfOne(body)),
    run: |cx| preset::run(cx, Body::OfOne(body)),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::tokens()),
    },
};

fn body(
    params: &ParamValues,
    blueprint: &mut Blueprint,
    prefix: &str,
    from: &str,
) -> Result<String, Trouble> {
    let count = |param: &Param<i64>| param.of(params).unsigned_abs() as usize;
    TransformerText {
        dim: count(&WIDTH),
        n_heads: count(&HEADS),
        n_blocks: count(&BLOCKS),
        feed_forward: count(&FEED_FORWARD),
        dropout: DROPOUT.of(params),
        norm: "post".to_owned(),
        activation: "relu".to_owned(),
        pool: POOL.of(params),
    }
    .push(blueprint, prefix, from)
}
