//! Parquet file: reads a table from Parquet.

use std::path::Path;

use pg_base::{Fingerprint, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value};
use pg_data::read::{read_parquet, sample_of_parquet};

use super::source::{
    CATEGORIES, MISSING, NUMBERS, TEXTS, choices, fingerprint, inferred, output, path_of,
};
use crate::by_step::TABLE_OUT;
use crate::examples;

const PATH: Param<String> = Param::file("path", t("File", "文件"), &["parquet", "pq"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "parquet_file",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("Parquet file", "Parquet 文件"),
        summary: t("Reads a table from a Parquet file.", "从 Parquet 文件读取表格。"),
        help: t(
            "The file knows the types of its columns: numbers, dates and text are taken as they are; few different texts are categories.",
            "文件自带列类型：数值、日期和文本按原样读取；取值较少的文本视为类别。",
        ),
        keywords: &[
            "parquet",
            "pq",
            "read_parquet",
            "columnar",
            "import",
            "Parquet Reader",
            "读取",
            "导入",
            "列式存储",
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
            examples::params([("path", pg_base::ParamValue::Text(super::fixtures::parquet_path()))])
        },
        inputs: || Ok(Vec::new()),
    },
};

fn key(params: &ParamValues, base: &Path) -> Result<Fingerprint, Trouble> {
    fingerprint(&path_of(&PATH, params, base)?)
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let path = path_of(&PATH, cx.params, cx.env.base_folder)?;
    Ok(output(cx, read_parquet(&path, &choices(cx.params))?))
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let path = path_of(&PATH, cx.params, cx.base_folder);
    inferred(path.and_then(|path| sample_of_parquet(&path, &choices(cx.params))))
}
