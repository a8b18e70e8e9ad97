//! Excel file: reads a sheet of a workbook.

use std::path::Path;

use pg_base::{Fingerprint, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value,
};
use pg_data::read::{Sample, SheetOptions, read_sheet};

use super::source::{
    CATEGORIES, HEADER, MISSING, NUMBERS, TEXTS, choices, filled, fingerprint, inferred, output,
    path_of, yes_or_no,
};
use crate::by_step::TABLE_OUT;
use crate::examples;

const PATH: Param<String> =
    Param::file("path", t("File", "文件"), &["xlsx", "xlsm", "xlsb", "xls", "ods"]);
const SHEET: Param<String> = Param::text("sheet", t("Sheet", "工作表"), "").help(t(
    "Name of the sheet; empty for the first one that holds anything.",
    "工作表名称；留空则使用第一个非空工作表。",
));
const SKIP: Param<i64> = Param::int("skip", t("Rows to skip", "跳过的行数"), -1, -1, 1_000_000)
    .help(t(
        "Rows over the table, such as titles; -1 recognises them.",
        "表格上方的行（例如标题）；-1 表示自动识别。",
    ));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "excel_file",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("Excel file", "Excel 文件"),
        summary: t(
            "Reads a table from a sheet of an Excel or OpenDocument workbook.",
            "从 Excel 或 OpenDocument 工作簿的工作表读取表格。",
        ),
        help: t(
            "Titles over the table, the header and the kind of each column are recognised. Formulas give the values that were saved with them.",
            "自动识别表格上方的标题、表头和各列类型。公式取保存时的计算结果。",
        ),
        keywords: &[
            "excel",
            "xlsx",
            "xls",
            "xlsb",
            "ods",
            "spreadsheet",
            "workbook",
            "sheet",
            "read_excel",
            "openpyxl",
            "Excel Reader",
            "LibreOffice",
            "电子表格",
            "工作簿",
            "导入",
        ],
    },
    status: Status::Stable,
    inputs: &[],
    outputs: &[TABLE_OUT],
    params: &[
        PATH.spec,
        SHEET.spec,
        SKIP.spec,
        HEADER.spec,
        MISSING.spec,
        NUMBERS.spec,
        CATEGORIES.spec,
        TEXTS.spec,
    ],
    effect: Effect::Reads(key),
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || {
            examples::params([("path", pg_base::ParamValue::Text(super::fixtures::excel_path()))])
        },
        inputs: || Ok(Vec::new()),
    },
};

fn key(params: &ParamValues, base: &Path) -> Result<Fingerprint, Trouble> {
    fingerprint(&path_of(&PATH, params, base)?)
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let path = path_of(&PATH, cx.params, cx.env.base_folder)?;
    Ok(output(cx, read_sheet(&path, &options(cx.params))?))
}

/// A sheet has to be read as a whole to know its first rows: a large one is not looked at while editing.
fn infer(cx: &InferCx<'_>) -> Inferred {
    const LARGE_BYTES: u64 = 4 << 20;
    let path = match path_of(&PATH, cx.params, cx.base_folder) {
        Ok(path) => path,
        Err(trouble) => return Inferred::error(trouble),
    };
    if std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LARGE_BYTES) {
        return Inferred::of(Facts::Unknown);
    }
    let read = read_sheet(&path, &options(cx.params));
    inferred(read.map(|read| Sample { table: read.table, is_whole: true }))
}

fn options(params: &ParamValues) -> SheetOptions {
    SheetOptions {
        sheet: filled(&SHEET, params),
        n_skipped_rows: usize::try_from(SKIP.of(params)).ok(),
        has_header: yes_or_no(&HEADER.of(params)),
        choices: choices(params),
    }
}
