//! LeNet: a small convolutional network for pictures.

use pg_base::{NodeText, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_nn::Blueprint;
use pg_nn::presets::lenet;

use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::{NETWORK_OUT, TASK};
use crate::model::preset::{self, Body};

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "lenet",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("LeNet", "LeNet"),
        summary: t("A small ready network for small pictures.", "适用于小图像的现成小型网络。"),
        help: t(
            "Two convolutions, each with ReLU and max pooling, then dense layers and the output (LeCun and others, 1998, with \
             ReLU and max pooling as is usual today). Good for pictures up to about 64 pixels.",
            "两个带 ReLU 与最大池化的卷积，随后是全连接层和输出（LeCun 等，1998；按今日惯例使用 ReLU 与最大池化）。\
             适合约 64 像素以内的图像。",
        ),
        keywords: &[
            "lenet",
            "cnn",
            "convolution",
            "convnet",
            "picture",
            "image",
            "卷积网络",
            "图像",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[NETWORK_OUT],
    params: &[TASK.spec],
    effect: Effect::Pure,
    is_individual: true,
    infer: |cx| preset::infer(cx, Body::OfOne(body)),
    run: |cx| preset::run(cx, Body::OfOne(body)),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::pictures()),
    },
};

fn body(
    _params: &ParamValues,
    blueprint: &mut Blueprint,
    prefix: &str,
    from: &str,
) -> Result<String, Trouble> {
    lenet(blueprint, prefix, from)
}
