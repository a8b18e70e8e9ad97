//! Flip images: mirrors training pictures at random.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::flip_images::FlipImages;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["image"])
    .help(t("Empty for all image features.", "留空表示所有图像特征。"));
const HORIZONTALLY: Param<bool> = Param::flag("horizontally", t("Left to right", "左右翻转"), true);
const VERTICALLY: Param<bool> = Param::flag("vertically", t("Top to bottom", "上下翻转"), false);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "flip_images",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Flip images", "翻转图像"),
        summary: t(
            "Mirrors training pictures at random, so that the model sees more variety.",
            "随机翻转训练图像，让模型见到更多变化。",
        ),
        help: t(
            "Each training picture is mirrored or not, anew in every epoch; validation, test and prediction never are. Do not use it where left and right matter, as with digits and letters.",
            "每一轮训练中，每张训练图像随机翻转与否；验证、测试和预测时从不翻转。左右有意义时（如数字、字母）请勿使用。",
        ),
        keywords: &[
            "flip",
            "mirror",
            "augment",
            "augmentation",
            "RandomHorizontalFlip",
            "翻转",
            "增强",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, HORIZONTALLY.spec, VERTICALLY.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::pictures()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(FlipImages {
        columns: COLUMNS.of(params),
        flips_horizontally: HORIZONTALLY.of(params),
        flips_vertically: VERTICALLY.of(params),
        fitted: Vec::new(),
    }
    .into())
}
