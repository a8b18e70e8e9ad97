//! Arrow file: reads a table from Arrow IPC or Feather.

use std::path::Path;

use pg_base::{Fingerprint, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value};
use pg_data::read::{read_arrow, sample_of_arrow};

use super::source::{
    CATEGORIES, MISSING, NUMBERS, TEXTS, choices, fingerprint, inferred, output, path_of,
};
use crate::by_step::TABLE_OUT;
use crate::examples;

const PATH: Param<String> = Param::file("path", t("File", "文件"), &["arrow", "feather", "ipc"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "arrow_file",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("Arrow file", "Arrow 文件"),
        summary: t(
            "Reads a table from an Arrow IPC or Feather file.",
            "从 Arrow IPC 或 Feather 文件读取表格。",
        ),
        help: t(
            "Reads files of Feather version 2 and Arrow IPC. The types of the file are kept.",
            "支持 Feather 第 2 版和 Arrow IPC 文件，保留文件中的列类型。",
        ),
        keywords: &[
            "arrow",
            "feather",
            "ipc",
            "read_feather",
            "import",
            "Table Reader",
            "读取",
            "导入",
        ],
    },
    status: Status::Stable,
    inputs: &[],
    outputs: &[TABLE_OUT],
    params: &[PATH.spec, MISSING.spec, NUMBERS.spec, CATEGORIES.spec, TEXTS.spec],
    effect: Effect::Reads(key),
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || {
            examples::params([("path", pg_base::ParamValue::Text(super::fixtures::arrow_path()))])
        },
        inputs: || Ok(Vec::new()),
    },
};

fn key(params: &ParamValues, base: &Path) -> Result<Fingerprint, Trouble> {
    fingerprint(&path_of(&PATH, params, base)?)
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let path = path_of(&PATH, cx.params, cx.env.base_folder)?;
    Ok(output(cx, read_arrow(&path, &choices(cx.params))?))
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let path = path_of(&PATH, cx.params, cx.base_folder);
    inferred(path.and_then(|path| sample_of_arrow(&path, &choices(cx.params))))
}
