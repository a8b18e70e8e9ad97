//! JSON file: reads a table from JSON lines or an array of objects.

use std::path::Path;

use pg_base::{Fingerprint, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value};
use pg_data::read::{read_json, sample_of_json};

use super::source::{
    CATEGORIES, MISSING, NUMBERS, TEXTS, choices, fingerprint, inferred, output, path_of,
};
use crate::by_step::TABLE_OUT;
use crate::examples;

const PATH: Param<String> = Param::file("path", t("File", "文件"), &["jsonl", "ndjson", "json"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "json_lines_file",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("JSON file", "JSON 文件"),
        summary: t(
            "Reads a table from JSON lines or a JSON array.",
            "从 JSON Lines 或 JSON 数组读取表格。",
        ),
        help: t(
            "Each object is a row and each key a column. Objects inside objects become columns such as address.city; lists stay text. The file may be compressed with gzip or lie in a zip archive.",
            "每个对象为一行，每个键为一列。嵌套对象展开为 address.city 这样的列；列表保留为文本。支持 gzip 压缩和 zip 压缩包。",
        ),
        keywords: &[
            "json",
            "jsonl",
            "ndjson",
            "json lines",
            "read_json",
            "json_normalize",
            "JSON Reader",
            "import",
            "读取",
            "导入",
            "嵌套",
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
            examples::params([("path", pg_base::ParamValue::Text(super::fixtures::json_path()))])
        },
        inputs: || Ok(Vec::new()),
    },
};

fn key(params: &ParamValues, base: &Path) -> Result<Fingerprint, Trouble> {
    fingerprint(&path_of(&PATH, params, base)?)
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let path = path_of(&PATH, cx.params, cx.env.base_folder)?;
    Ok(output(cx, read_json(&path, &choices(cx.params), cx.cancel())?))
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let path = path_of(&PATH, cx.params, cx.base_folder);
    inferred(path.and_then(|path| sample_of_json(&path, &choices(cx.params))))
}
