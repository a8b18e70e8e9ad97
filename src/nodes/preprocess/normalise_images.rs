//! Normalise images: brings pixel values to a common scale, learnt from the training rows.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::normalise_images::{ImageScale, NormaliseImages};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["image"])
    .help(t("Empty for all image features.", "留空表示所有图像特征。"));
const METHOD: Param<String> = Param::choice(
    "method",
    t("Scale", "尺度"),
    "learnt",
    &[
        Choice {
            id: "learnt",
            label: t("Mean and deviation of the training pictures", "训练图像的均值与标准差"),
        },
        Choice { id: "half", label: t("From -1 to 1", "从 -1 到 1") },
    ],
);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "normalise_images",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Normalise images", "图像归一化"),
        summary: t(
            "Brings the pixel values of each channel to a common scale.",
            "把每个通道的像素值调到统一尺度。",
        ),
        help: t(
            "Pictures learn faster when their pixels have mean 0 and deviation 1. Mean and deviation come from training pictures only.",
            "像素均值为 0、标准差为 1 时，图像学得更快。均值和标准差只来自训练图像。",
        ),
        keywords: &[
            "normalize",
            "images",
            "pixels",
            "mean",
            "std",
            "transforms.Normalize",
            "图像",
            "归一化",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, METHOD.spec],
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
    let method = if METHOD.of(params) == "half" { ImageScale::Half } else { ImageScale::Learnt };
    Ok(NormaliseImages { columns: COLUMNS.of(params), method, fitted: Vec::new() }.into())
}
