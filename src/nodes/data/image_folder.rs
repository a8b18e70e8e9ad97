//! Image folder: pictures in one sub-folder per class.

use std::path::{Path, PathBuf};

use pg_base::{CancelToken, Fingerprint, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value,
};
use pg_data::read::scan_image_folder;

use crate::by_step::TABLE_OUT;
use crate::data::{no_path, path_key, warn_all};
use crate::examples;

const FOLDER: Param<String> = Param::folder("folder", t("Folder", "文件夹"))
    .help(t("Holds one sub-folder of pictures per class.", "每个类别一个子文件夹，内含图像。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "image_folder",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("Image folder", "图像文件夹"),
        summary: t(
            "Lists the pictures of a folder, with the sub-folder as the class.",
            "列出文件夹中的图像，子文件夹名即类别。",
        ),
        help: t(
            "Reads PNG, JPEG, BMP, GIF and WebP. The pictures are decoded later, by Resize images. The class is the target \
             already.",
            "支持 PNG、JPEG、BMP、GIF 和 WebP。图像稍后由“调整图像大小”解码。类别已设为目标。",
        ),
        keywords: &[
            "image",
            "picture",
            "photo",
            "folder",
            "ImageFolder",
            "import images",
            "图像",
            "图片",
            "照片",
        ],
    },
    status: Status::Stable,
    inputs: &[],
    outputs: &[TABLE_OUT],
    params: &[FOLDER.spec],
    effect: Effect::Reads(key),
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || {
            examples::params([("folder", pg_base::ParamValue::Text(examples::picture_folder()))])
        },
        inputs: || Ok(Vec::new()),
    },
};

fn folder(params: &ParamValues, base: &Path) -> Result<PathBuf, Trouble> {
    let folder = FOLDER.of(params);
    if folder.is_empty() { Err(no_path(FOLDER.spec.id)) } else { Ok(base.join(folder)) }
}

fn key(params: &ParamValues, base: &Path) -> Result<Fingerprint, Trouble> {
    path_key(&folder(params, base)?)
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let read = scan_image_folder(&folder(cx.params, cx.env.base_folder)?, cx.cancel())?;
    warn_all(cx, read.warnings);
    Ok(vec![Value::Table(read.table)])
}

/// Names of files only: thousands are listed in milliseconds, none is opened.
fn infer(cx: &InferCx<'_>) -> Inferred {
    let read = folder(cx.params, cx.base_folder)
        .and_then(|folder| scan_image_folder(&folder, &CancelToken::default()));
    match read {
        Ok(read) => Inferred::of(Facts::Table { sample: read.table, is_whole: true }),
        Err(trouble) => Inferred::error(trouble),
    }
}
