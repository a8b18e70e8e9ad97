//! Tokenise: text becomes a sequence of token ids.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::tokenise::{TokenUnit, Tokenise};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["text", "category"])
        .help(t("Empty for all text features.", "留空表示所有文本特征。"));
const UNIT: Param<String> = Param::choice(
    "unit",
    t("Tokens are", "词元为"),
    "words",
    &[
        Choice { id: "words", label: t("Words", "词") },
        Choice { id: "characters", label: t("Characters", "字符") },
    ],
)
.help(t(
    "Words are lower-cased; Chinese characters count as words of their own.",
    "词会转为小写；每个汉字单独成词。",
));
const LENGTH: Param<i64> =
    Param::int("length", t("Length", "长度"), 48, 1, 8192).unit(t("tokens", "词元")).help(t(
        "Tokens kept per text; longer texts are cut, shorter ones padded.",
        "每段文本保留的词元数；过长截断，过短补齐。",
    ));
const VOCABULARY: Param<i64> =
    Param::int("vocabulary", t("Vocabulary", "词表大小"), 8000, 10, 1_000_000)
        .unit(t("tokens", "词元"));
const MIN_COUNT: Param<i64> =
    Param::int("min_count", t("Seen at least", "最少出现"), 2, 1, 1_000_000)
        .unit(t("times", "次"))
        .help(t("Rarer tokens count as unknown.", "更少见的词元视为未知。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "tokenise",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Tokenise", "分词"),
        summary: t("Turns text into a sequence of token ids.", "把文本变成词元编号的序列。"),
        help: t(
            "The vocabulary is learnt from the training rows. Id 0 is padding, 1 is any unknown token. Put an Embedding or the Text transformer after it.",
            "词表从训练数据学得。编号 0 为补齐，1 为未知词元。之后请接“嵌入”或“文本 Transformer”。",
        ),
        keywords: &[
            "tokenize",
            "tokenizer",
            "words",
            "characters",
            "vocabulary",
            "nlp",
            "text",
            "分词",
            "词表",
            "词元",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, UNIT.spec, LENGTH.spec, VOCABULARY.spec, MIN_COUNT.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::sentences()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    let count = |param: &Param<i64>| param.of(params).unsigned_abs() as usize;
    Ok(Tokenise {
        columns: COLUMNS.of(params),
        unit: if UNIT.of(params) == "characters" {
            TokenUnit::Characters
        } else {
            TokenUnit::Words
        },
        length: count(&LENGTH),
        max_vocabulary: count(&VOCABULARY),
        min_count: count(&MIN_COUNT),
        fitted: Vec::new(),
    }
    .into())
}
