//! Table from text: a table that was pasted.

use pg_base::{NodeText, Param, ParamValue, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value};
use pg_data::read::{CsvOptions, Encoding, read_csv, sample_of};

use super::no_path;
use super::source::{
    CATEGORIES, HEADER, MISSING, NUMBERS, TEXTS, choices, inferred, output, yes_or_no,
};
use crate::by_step::TABLE_OUT;
use crate::examples;

const TEXT: Param<String> = Param::lines("text", t("Text", "文本"), "").help(t(
    "The table itself: copy it in a spreadsheet or on a web page and paste it here.",
    "表格内容：在电子表格或网页中复制后粘贴到此处。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "table_text",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("Table from text", "文本表格"),
        summary: t("A table pasted from the clipboard.", "从剪贴板粘贴的表格。"),
        help: t(
            "The text is kept in the project. Tabs, commas, semicolons and bars between cells, the header and the kind of each column are recognised.",
            "文本保存在项目中。自动识别单元格之间的制表符、逗号、分号或竖线，以及表头和各列类型。",
        ),
        keywords: &[
            "paste",
            "clipboard",
            "type in",
            "text",
            "read_clipboard",
            "Table Creator",
            "Data Table",
            "粘贴",
            "剪贴板",
            "输入",
        ],
    },
    status: Status::Stable,
    inputs: &[],
    outputs: &[TABLE_OUT],
    params: &[TEXT.spec, HEADER.spec, MISSING.spec, NUMBERS.spec, CATEGORIES.spec, TEXTS.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || {
            let text = "length\tcolour\n5.1\tred\n7.0\tblue\n6.2\tred\n";
            examples::params([("text", ParamValue::Text(text.to_owned()))])
        },
        inputs: || Ok(Vec::new()),
    },
};

fn options(params: &ParamValues) -> Result<CsvOptions, Trouble> {
    let text = TEXT.of(params);
    if text.trim().is_empty() {
        return Err(no_path(TEXT.spec.id));
    }
    let choices = choices(params);
    let mut options = CsvOptions::of_bytes(text.into_bytes());
    options.encoding = Some(Encoding::Utf8);
    options.has_header = yes_or_no(&HEADER.of(params));
    options.missing_marks.extend(choices.missing_marks);
    options.kinds = choices.kinds;
    options.strays_are_missing = true;
    Ok(options)
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let read = read_csv(&options(cx.params)?, cx.cancel(), cx.env);
    Ok(output(cx, read.map_err(Trouble::without_path)?))
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let sample = options(cx.params).and_then(|options| sample_of(&options));
    inferred(sample.map_err(Trouble::without_path))
}
