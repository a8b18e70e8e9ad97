//! CSV file: reads a delimited text file.

use std::path::Path;

use pg_base::{Choice, Fingerprint, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value};
use pg_data::read::{
    Comments, CsvOptions, DayOrder, Decimal, Encoding, Quoting, read_csv, sample_of,
};

use super::source::{
    CATEGORIES, HEADER, MISSING, NUMBERS, TEXTS, filled, fingerprint, inferred, kinds, output,
    path_of, yes_or_no,
};
use crate::by_step::TABLE_OUT;
use crate::examples;

const PATH: Param<String> = Param::file(
    "path",
    t("File", "文件"),
    &["csv", "tsv", "txt", "data", "dat", "gz", "zip"],
)
.help(t(
    "A file, or a pattern such as sales_*.csv that several files with the same columns fit.",
    "文件，或 sales_*.csv 这样的通配符，可匹配多个列相同的文件。",
));
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
        Choice { id: "blanks", label: t("Blanks", "空白") },
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
const STRAYS_ARE_MISSING: Param<bool> = Param::flag(
    "strays_are_missing",
    t("Text among them counts as missing", "其中的文字按缺失处理"),
    true,
)
.help(t("Otherwise text in such a column is an error.", "否则此类列中出现文字即报错。"));
const SKIP: Param<i64> = Param::int("skip", t("Lines to skip", "跳过的行数"), -1, -1, 1_000_000)
    .help(t(
        "Lines before the table, such as a title; -1 recognises them.",
        "表格之前的行（例如标题）；-1 表示自动识别。",
    ));
const COMMENT: Param<String> =
    Param::text("comment", t("Comment mark", "注释标记"), "auto").help(t(
        "Lines that begin with this character are left out; auto recognises #, empty for none.",
        "以该字符开头的行将被忽略；auto 自动识别 #，留空表示无注释。",
    ));
const DECIMAL: Param<String> = Param::choice(
    "decimal",
    t("Decimal mark", "小数点"),
    "auto",
    &[
        Choice { id: "auto", label: t("Recognise", "自动识别") },
        Choice { id: "point", label: t("Point 1,234.5", "句点 1,234.5") },
        Choice { id: "comma", label: t("Comma 1.234,5", "逗号 1.234,5") },
    ],
);
const DATES: Param<String> = Param::choice(
    "dates",
    t("Dates such as 1/2/2024", "形如 1/2/2024 的日期"),
    "auto",
    &[
        Choice { id: "auto", label: t("Recognise", "自动识别") },
        Choice { id: "day_first", label: t("Day first", "日在前") },
        Choice { id: "month_first", label: t("Month first", "月在前") },
    ],
);
const ENTRY: Param<String> = Param::text("entry", t("File in the archive", "压缩包中的文件"), "")
    .help(t(
        "For zip archives: which file inside; empty for the first table.",
        "用于 zip 压缩包：其中的哪个文件；留空则使用第一个表格。",
    ));
const NAMES_FILES: Param<bool> = Param::flag(
    "names_files",
    t("Add a column with the file", "添加文件名列"),
    false,
)
.help(t(
    "For a pattern such as sales_*.csv, which joins several files: tells where each row comes from.",
    "用于 sales_*.csv 这样的通配符（合并多个文件）：标明每行来自哪个文件。",
));
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
            "Delimiter, header, titles and comments before it, encoding, decimal mark and the kind of each column are \
             recognised; choose them here where the guess is wrong. Files may be compressed with gzip or lie in a zip \
             archive; a pattern joins several files.",
            "分隔符、表头、表头之前的标题和注释、编码、小数点和各列类型均自动识别；识别有误时可在此指定。支持 gzip 和 zip 压缩文件；通配符可合并多个文件。",
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
            "read_csv",
            "CSV File Import",
            "CSV Reader",
            "glob",
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
        SKIP.spec,
        COMMENT.spec,
        DECIMAL.spec,
        DATES.spec,
        MISSING.spec,
        NUMBERS.spec,
        STRAYS_ARE_MISSING.spec,
        CATEGORIES.spec,
        TEXTS.spec,
        TRIM.spec,
        ENTRY.spec,
        NAMES_FILES.spec,
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
    let mut options = CsvOptions::new(path_of(&PATH, params, base)?);
    options.delimiter = match DELIMITER.of(params).as_str() {
        "comma" => Some(b','),
        "semicolon" => Some(b';'),
        "tab" => Some(b'\t'),
        "bar" => Some(b'|'),
        "blanks" => Some(b' '),
        _ => None,
    };
    options.has_header = yes_or_no(&HEADER.of(params));
    options.encoding = Encoding::from_id(&ENCODING.of(params));
    options.quote = match QUOTE.of(params).as_str() {
        "double" => Quoting::With(b'"'),
        "single" => Quoting::With(b'\''),
        "none" => Quoting::Never,
        _ => Quoting::Detected,
    };
    options.missing_marks.extend(MISSING.of(params));
    options.kinds.extend(kinds(params));
    options.n_skipped_lines = usize::try_from(SKIP.of(params)).ok();
    options.comments = match COMMENT.of(params).trim().as_bytes() {
        b"auto" => Comments::Detected,
        [mark, ..] if mark.is_ascii() => Comments::With(*mark),
        _ => Comments::Never,
    };
    options.decimal = match DECIMAL.of(params).as_str() {
        "point" => Some(Decimal::Point),
        "comma" => Some(Decimal::Comma),
        _ => None,
    };
    options.day_order = match DATES.of(params).as_str() {
        "day_first" => Some(DayOrder::DayFirst),
        "month_first" => Some(DayOrder::MonthFirst),
        _ => None,
    };
    options.entry = filled(&ENTRY, params);
    options.names_files = NAMES_FILES.of(params);
    options.trims = TRIM.of(params);
    options.strays_are_missing = STRAYS_ARE_MISSING.of(params);
    Ok(options)
}

fn key(params: &ParamValues, base: &Path) -> Result<Fingerprint, Trouble> {
    fingerprint(&path_of(&PATH, params, base)?)
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let mut options = options(cx.params, cx.env.base_folder)?;
    options.scratch = Some(cx.env.scratch.clone());
    let read = read_csv(&options, cx.cancel(), cx.env)?;
    Ok(output(cx, read))
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    inferred(options(cx.params, cx.base_folder).and_then(|options| sample_of(&options)))
}
