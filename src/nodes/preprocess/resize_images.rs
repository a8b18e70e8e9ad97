//! Resize images: decodes picture files to one size.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, say, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value,
};
use pg_data::steps::resize_images::ResizeImages;
use pg_data::{Step, Table};
use polars::prelude::*;

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["image"])
    .help(t("Empty for all image features.", "留空表示所有图像特征。"));
const HEIGHT: Param<i64> =
    Param::int("height", t("Height", "高度"), 28, 1, 2048).unit(t("pixels", "像素"));
const WIDTH: Param<i64> =
    Param::int("width", t("Width", "宽度"), 28, 1, 2048).unit(t("pixels", "像素"));
const COLOUR: Param<String> = Param::choice(
    "colour",
    t("Colour", "颜色"),
    "grey",
    &[
        Choice { id: "grey", label: t("Grey", "灰度") },
        Choice { id: "rgb", label: t("Colour", "彩色") },
    ],
);

/// Unreadable pictures named one by one.
const MAX_WARNINGS: usize = 20;
/// Pictures decoded while editing: enough to know the shape, too few to be felt.
const N_SAMPLE: usize = 24;

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "resize_images",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Resize images", "调整图像大小"),
        summary: t(
            "Reads picture files and brings them to one size.",
            "读取图像文件并调整为统一大小。",
        ),
        help: t(
            "Pictures are decoded on all cores. A file that cannot be read is named in a warning and its row is left out of \
             training. Small sizes learn fast; 28 is enough for digits, 64 to 224 for photographs.",
            "图像会使用所有核心解码。无法读取的文件会在警告中指出，其所在行不参与训练。尺寸小学得快；数字 28 像素足够，照片用 64 到 224。",
        ),
        keywords: &[
            "resize",
            "scale images",
            "decode",
            "pictures",
            "thumbnail",
            "图像",
            "尺寸",
            "缩放",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, HEIGHT.spec, WIDTH.spec, COLOUR.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::files()),
    },
};

fn step(params: &ParamValues) -> ResizeImages {
    ResizeImages {
        columns: COLUMNS.of(params),
        height: HEIGHT.of(params).unsigned_abs() as usize,
        width: WIDTH.of(params).unsigned_abs() as usize,
        channels: if COLOUR.of(params) == "rgb" { 3 } else { 1 },
        fitted: Vec::new(),
    }
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?;
    let resized = table.then(step(cx.params))?;
    let skipped = match resized.recipe().steps.last() {
        Some(Step::ResizeImages(fitted)) => fitted.unreadable(table.rows(), resized.rows())?,
        _ => Vec::new(),
    };
    for skipped in skipped.into_iter().take(MAX_WARNINGS) {
        let (en, zh) = (&skipped.reason.en, &skipped.reason.zh);
        let words = say!("picture skipped: {en}", "已跳过图像：{zh}");
        cx.warn(
            Trouble::new("image-skipped", words).row(u64::from(skipped.row)).path(skipped.path),
        );
    }
    Ok(vec![Value::Table(resized)])
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut is_part = false;
    let mut inferred = by_step::infer_with(cx, |table| {
        let few = few(table)?;
        is_part = few.n_rows() < table.n_rows();
        few.then(Step::from(step(cx.params)))
    });
    if let Some(Facts::Table { is_whole, .. }) = inferred.outputs.first_mut() {
        *is_whole &= !is_part;
    }
    inferred
}

/// A few rows spread over the table, and one of every class, so that the classes stay known.
fn few(table: &Table) -> Result<Table, Trouble> {
    let stride = (table.n_rows() / N_SAMPLE).max(1);
    let labels = match table.schema().target() {
        Some(target) => {
            table.rows().texts(&target.name)?.iter().map(|label| label.map(str::to_owned)).collect()
        }
        None => vec![None; table.n_rows()],
    };
    let mut seen = std::collections::BTreeSet::new();
    let mask: BooleanChunked = labels
        .into_iter()
        .enumerate()
        .map(|(row, label)| seen.insert(label) || row % stride == 0)
        .collect();
    table.sampled(&mask)
}
