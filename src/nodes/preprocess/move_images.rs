//! Move images: shifts, turns and zooms training pictures a little at random.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::move_images::MoveImages;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["image"])
    .help(t("Empty for all image features.", "留空表示所有图像特征。"));
const SHIFT: Param<f64> = Param::float("shift", t("Shift", "平移"), 0.1, 0.0, 0.5).help(t(
    "Largest move as a share of the side, each way.",
    "每个方向的最大移动，占边长的比例。",
));
const TURN: Param<f64> = Param::float("turn", t("Turn", "旋转"), 12.0, 0.0, 180.0)
    .unit(t("degrees", "度"))
    .help(t("Largest turn, each way.", "每个方向的最大旋转角度。"));
const ZOOM: Param<f64> = Param::float("zoom", t("Zoom", "缩放"), 0.1, 0.0, 0.5)
    .help(t("Largest change of size as a share.", "大小的最大变化比例。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "move_images",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Move images", "移动图像"),
        summary: t(
            "Shifts, turns and zooms training pictures a little at random.",
            "随机轻微平移、旋转和缩放训练图像。",
        ),
        help: t(
            "With few pictures this is the best medicine against over-fitting: each training picture looks a little different in \
             every epoch. Validation, test and prediction see pictures as they are.",
            "图像较少时，这是防止过拟合的良方：每一轮训练中，每张图像都略有不同。验证、测试和预测使用原图。",
        ),
        keywords: &[
            "augment",
            "augmentation",
            "shift",
            "rotate",
            "zoom",
            "RandomAffine",
            "RandomRotation",
            "增强",
            "旋转",
            "平移",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, SHIFT.spec, TURN.spec, ZOOM.spec],
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
    Ok(MoveImages {
        columns: COLUMNS.of(params),
        max_shift: SHIFT.of(params) as f32,
        max_turn: TURN.of(params) as f32,
        max_zoom: ZOOM.of(params) as f32,
        fitted: Vec::new(),
    }
    .into())
}
