//! CSV file: reads a delimited text file.

use std::path::Path;

use pg_base::{Choice, Fingerprint, NodeText, Param, ParamValues, StableHasher, Trouble, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value,
};
use pg_data::read::{CsvOptions, Encoding, Quoting, read_csv, sample_of};

use crate::by_step::TABLE_OUT;
use crate::data::{file_key, no_path, warn_all};
use crate::examples;

const PATH: Param<String> = Param::file("path", t("File", "文件"), &["csv", "tsv", "txt", "gz"]);
const DELIMITER: Param<String> = Param::choice(
    "delimiter",
    t("Delimiter", "分隔符"),
    "auto",
    &[
        Choice { id: "auto", label: t("Recognise", "自动识别") },
        Choice { id: "comma", label: t("Comma ,", "逗号 ,") },
        Choice { id: "semicolon", label: t("Semicolon ;", "分号 ;") },
        Choice { id: "tab", label: t("Tab", "制表符") },
        Choice { id: "bar", label: t("Bar |", "竖线 |") },
    ],
);
const HEADER: Param<String> = Param::choice(
    "header",
    t("First row names the columns", "首行为列名"),
    "auto",
    &[
        Choice { id: "auto", label: t("Recognise", "自动识别") },
        Choice { id: "yes", label: t("Yes", "是") },
        Choice { id: "no", label: t("No", "否") },
    ],
);
const ENCODING: Param<String> = Param::choice(
    "encoding",
    t("Encoding", "编码"),
    "auto",
    &[
        Choice { id: "auto", label: t("Recognise", "自动识别") },
        Choice { id: "utf8", label: t("UTF-8", "UTF-8") },
        Choice { id: "gb18030", label: t("GB18030 (Chinese)", "GB18030（中文）") },
        Choice { id: "latin1", label: t("Latin-1 (western Europe)", "Latin-1（西欧）") },
        Choice { id: "utf16", label: t("UTF-16", "UTF-16") },
    ],
);
const QUOTE: Param<String> = Param::choice(
    "quote",
    t("Quotes", "引号"),
    "auto",
    &[
        Choice { id: "auto", label: t("Recognise", "自动识别") },
        Choice { id: "double", label: t("Double \"", "双引号 \"") },
        Choice { id: "single", label: t("Single '", "单引号 '") },
        Choice { id: "none", label: t("None", "无") },
    ],
);
const MISSING: Param<Vec<String>> = Param::columns("missing", t("Missing marks", "缺失标记"), &[])
    .help(t(
        "Cells that mean missing, besides empty, NA, null, ? and the like.",
        "除空白、NA、null、? 等之外，表示缺失的内容。",
    ));
const NUMBERS: Param<Vec<String>> =
    Param::columns("numbers", t("Read as numbers", "按数值读取"), &[]).help(t(
        "Columns that must be numbers; other kinds are recognised.",
        "必须为数值的列；其他类型自动识别。",
    ));
const STRAYS_ARE_MISSING: Param<bool> = Param::flag(
    "strays_are_missing",
    t("Text among them counts as missing", "其中的文字按缺失处理"),
    true,
)
.help(t("Otherwise text in such a column is an error.", "否则此类列中出现文字即报错。"));
const CATEGORIES: Param<Vec<String>> =
    Param::columns("categories", t("Read as categories", "按类别读取"), &[]);
const TEXTS: Param<Vec<String>> = Param::columns("texts", t("Read as text", "按文本读取"), &[]);
const TRIM: Param<bool> =
    Param::flag("trim", t("Remove blanks around cells", "去除单元格两侧空白"), true);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "csv_file",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("CSV file", "CSV 文件"),
        summary: t("Reads a table from a CSV or TSV file.", "从 CSV 或 TSV 文件读取表格。"),
        help: t(
            "Delimiter, header, encoding and the kind of each column are recognised; choose them here where the guess is \
             wrong. Files may be compressed with gzip.",
            "分隔符、表头、编码和各列类型均自动识别；识别有误时可在此指定。支持 gzip 压缩文件。",
        ),
        keywords: &[
            "csv",
            "tsv",
            "read",
            "open",
            "load",
            "import",
            "file",
            "table",
            "spreadsheet",
            "读取",
            "导入",
            "表格",
        ],
    },
    status: Status::Stable,
    inputs: &[],
    outputs: &[TABLE_OUT],
    params: &[
        PATH.spec,
        DELIMITER.spec,
        HEADER.spec,
        ENCODING.spec,
        QUOTE.spec,
        MISSING.spec,
        NUMBERS.spec,
        STRAYS_ARE_MISSING.spec,
        CATEGORIES.spec,
        TEXTS.spec,
        TRIM.spec,
    ],
    effect: Effect::Reads(key),
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || examples::params([("path", pg_base::ParamValue::Text(examples::csv_path()))]),
        inputs: || Ok(Vec::new()),
    },
};

fn options(params: &ParamValues, base: &Path) -> Result<CsvOptions, Trouble> {
    let path = PATH.of(params);
    if path.is_empty() {
        return Err(no_path(PATH.spec.id));
    }
    let mut options = CsvOptions::new(base.join(path));
    options.delimiter = match DELIMITER.of(params).as_str() {
        "comma" => Some(b','),
        "semicolon" => Some(b';'),
        "tab" => Some(b'\t'),
        "bar" => Some(b'|'),
        _ => None,
    };
    options.has_header = match HEADER.of(params).as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    options.encoding = Encoding::from_id(&ENCODING.of(params));
    options.quote = match QUOTE.of(params).as_str() {
        "double" => Quoting::With(b'"'),
        "single" => Quoting::With(b'\''),
        "none" => Quoting::Never,
        _ => Quoting::Detected,
    };
    options.missing_marks.extend(MISSING.of(params));
    for (param, kind) in [(&NUMBERS, "number"), (&CATEGORIES, "category"), (&TEXTS, "text")] {
        options.kinds.extend(param.of(params).into_iter().map(|name| (name, kind.to_owned())));
    }
    options.trims = TRIM.of(params);
    options.strays_are_missing = STRAYS_ARE_MISSING.of(params);
    Ok(options)
}

fn key(params: &ParamValues, base: &Path) -> Result<Fingerprint, Trouble> {
    let mut hasher = StableHasher::new();
    file_key(&mut hasher, &options(params, base)?.path)?;
    Ok(hasher.finish())
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let read = read_csv(&options(cx.params, cx.env.base_folder)?, cx.cancel(), cx.env)?;
    warn_all(cx, read.warnings);
    Ok(vec![Value::Table(read.table)])
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    match options(cx.params, cx.base_folder).and_then(|options| sample_of(&options)) {
        Ok(sample) => {
            Inferred::of(Facts::Table { sample: sample.table, is_whole: sample.is_whole })
        }
        Err(trouble) => Inferred::error(trouble),
    }
}
