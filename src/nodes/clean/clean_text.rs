//! Clean text: blanks, case, accents, punctuation and replacing.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::clean_text::{Blanks, CleanText, Letters};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["category", "text"])
        .help(t("Empty for all category and text features.", "留空表示所有类别和文本特征。"));
const UNIFIES: Param<bool> = Param::flag("unify", t("Make characters one", "统一字符"), true).help(t(
    "Unicode NFKC: full-width letters and digits become usual ones, composed accents one character.",
    "Unicode NFKC：全角字母和数字变为半角，组合重音变为单个字符。",
));
const ACCENTS: Param<bool> = Param::flag("drop_accents", t("Drop accents", "去除重音"), false)
    .help(t("`é` becomes `e`.", "`é` 变为 `e`。"));
const PUNCTUATION: Param<bool> =
    Param::flag("drop_punctuation", t("Drop punctuation", "去除标点"), false)
        .help(t("Marks and symbols become blanks.", "标点和符号变为空格。"));
const LETTERS: Param<String> = Param::choice(
    "letters",
    t("Letters", "大小写"),
    "keep",
    &[
        Choice { id: "keep", label: t("As they are", "保持不变") },
        Choice { id: "lower", label: t("small letters", "小写") },
        Choice { id: "upper", label: t("CAPITAL LETTERS", "大写") },
        Choice { id: "title", label: t("Each Word Capital", "单词首字母大写") },
    ],
);
const FIND: Param<String> = Param::text("find", t("Find", "查找"), "")
    .help(t("Empty to replace nothing.", "留空表示不替换。"));
const IS_PATTERN: Param<bool> =
    Param::flag("is_pattern", t("Regular expression", "正则表达式"), false)
        .help(t("Whether the text to find is a pattern.", "查找内容是否为正则表达式。"));
const REPLACEMENT: Param<String> = Param::text("replacement", t("Replace by", "替换为"), "");
const BLANKS: Param<String> = Param::choice(
    "blanks",
    t("Blanks", "空白"),
    "collapse",
    &[
        Choice { id: "keep", label: t("As they are", "保持不变") },
        Choice { id: "trim", label: t("Trim the ends", "去除首尾") },
        Choice { id: "collapse", label: t("Trim, and one between words", "去除首尾并合并") },
        Choice { id: "remove", label: t("Remove all", "全部去除") },
    ],
);
const EMPTY: Param<bool> =
    Param::flag("empty_is_missing", t("Empty is missing", "空文本视为缺失"), true).help(t(
        "Whether a text without any character becomes missing.",
        "没有任何字符的文本是否变为缺失。",
    ));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "clean_text",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Clean text", "清洗文本"),
        summary: t(
            "Makes different spellings of the same text one.",
            "把同一文本的不同写法统一起来。",
        ),
        help: t(
            "`Oslo`, `oslo ` and `OSLO` are three categories to a model. Each text is changed alone, in this order: characters made one (full-width letters and digits become usual ones), accents, replacing, punctuation, case, blanks. Nothing is learnt, so new rows are treated in the same way. In a regular expression, `$1` stands for the first group.",
            "对模型来说，`Oslo`、`oslo `、`OSLO` 是三个类别。每个文本单独处理，顺序为：统一字符（全角变半角）、重音、替换、标点、大小写、空白。此步骤不学习任何内容，新数据以同样方式处理。在正则表达式中，`$1` 表示第一个分组。",
        ),
        keywords: &[
            "trim",
            "strip",
            "lower",
            "upper",
            "case",
            "whitespace",
            "replace",
            "regex",
            "normalize unicode",
            "NFKC",
            "Edit Domain",
            "String Manipulation",
            "str.strip",
            "str.replace",
            "清洗",
            "空格",
            "大小写",
            "全角",
            "替换",
            "正则",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[
        COLUMNS.spec,
        UNIFIES.spec,
        ACCENTS.spec,
        FIND.spec,
        IS_PATTERN.spec,
        REPLACEMENT.spec,
        PUNCTUATION.spec,
        LETTERS.spec,
        BLANKS.spec,
        EMPTY.spec,
    ],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::orders()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(CleanText {
        columns: COLUMNS.of(params),
        unifies_characters: UNIFIES.of(params),
        drops_accents: ACCENTS.of(params),
        drops_punctuation: PUNCTUATION.of(params),
        letters: match LETTERS.of(params).as_str() {
            "lower" => Letters::Lower,
            "upper" => Letters::Upper,
            "title" => Letters::Title,
            _ => Letters::Keep,
        },
        find: FIND.of(params),
        is_pattern: IS_PATTERN.of(params),
        replacement: REPLACEMENT.of(params),
        blanks: match BLANKS.of(params).as_str() {
            "keep" => Blanks::Keep,
            "trim" => Blanks::Trim,
            "remove" => Blanks::Remove,
            _ => Blanks::Collapse,
        },
        empty_is_missing: EMPTY.of(params),
        fitted: Vec::new(),
    }
    .into())
}
