//! Pictures: classification of a folder with one sub-folder per class.

use pg_base::{CancelToken, ParamValue, Trouble, say, t};
use pg_data::read::{probe_image, scan_image_folder};

use super::{Draft, Template, described, params, text};

pub(super) const CLASSIFICATION: Template = Template {
    id: "picture_classification",
    text: described(
        t("Picture classification", "图像分类"),
        t(
            "Tell pictures apart that lie in one folder per class.",
            "区分按类别分文件夹存放的图像。",
        ),
        t(
            "From a folder of pictures to a small convolutional network, its test report and a model file.",
            "从图像文件夹到小型卷积网络、测试报告和模型文件。",
        ),
        &["images", "cnn", "lenet", "图像"],
    ),
    sample: "digits",
    build,
};

fn build(draft: &mut Draft<'_>) -> Result<(), Trouble> {
    let read = scan_image_folder(draft.data, &CancelToken::default())?;
    let rows = read.table.rows();
    let paths = rows.texts("image")?;
    // The first readable picture speaks for all: a folder of one kind of pictures is the usual case.
    let first = paths.iter().flatten().take(20).find_map(|path| probe_image(path.as_ref()).ok());
    let (side, colour) = match first {
        Some(picture) => (
            picture.height.max(picture.width).clamp(MIN_SIDE, MAX_SIDE),
            if picture.is_grey { "grey" } else { "rgb" },
        ),
        None => (MIN_SIDE, "grey"),
    };
    draft.say(say!(
        "pictures are brought to {side} × {side} pixels ({colour})",
        "图像将调整为 {side} × {side} 像素（{colour}）"
    ));
    draft.then("image_folder", draft.source("folder"), &[])?;
    draft.then("split", params([]), &[("image_folder", "table", "table")])?;
    let size = ParamValue::Int(i64::from(side));
    let resize = params([("height", size.clone()), ("width", size), ("colour", text(colour))]);
    draft.then("resize_images", resize, &[("split", "table", "table")])?;
    draft.then("normalise_images", params([]), &[("resize_images", "table", "table")])?;
    draft.then("move_images", params([]), &[("normalise_images", "table", "table")])?;
    draft.then("lenet", params([]), &[("move_images", "table", "table")])?;
    let training = params([
        ("epochs", ParamValue::Int(40)),
        ("batch_size", ParamValue::Int(32)),
        ("learning_rate", ParamValue::Float(0.002)),
        ("early_stopping", ParamValue::Int(15)),
        ("schedule", text("cosine")),
    ]);
    draft.finish("move_images", "lenet", training)
}

/// LeNet halves a picture twice and then wants something left to look at.
const MIN_SIDE: u32 = 16;
/// Larger pictures train too slowly on a CPU to be a good start.
const MAX_SIDE: u32 = 48;
