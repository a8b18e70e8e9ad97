//! Hash encode: categories or words spread over a fixed number of columns.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::hash_encode::HashEncode;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["category", "text"])
        .help(t("Empty for all category and text features.", "留空表示所有类别和文本特征。"));
const N_COLUMNS: Param<i64> = Param::int("size", t("New columns each", "每列生成"), 16, 2, 4096)
    .unit(t("columns", "列"))
    .help(t("More columns, fewer values that share one.", "列越多，不同取值共用一列的情况越少。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "hash_encode",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Hash encode", "哈希编码"),
        summary: t(
            "Spreads categories or words over a fixed number of columns.",
            "把类别或词分散到固定数量的列。",
        ),
        help: t(
            "Each value, or each word of a text, adds 1 or -1 to a column that its name alone decides. Nothing is learnt, new values need no special case and the width never grows; in exchange some values share a column.",
            "每个取值或文本中的每个词，按其名称在某一列加 1 或减 1。无需学习，新值不必特殊处理，宽度固定；代价是部分取值会共用一列。",
        ),
        keywords: &[
            "FeatureHasher",
            "HashingVectorizer",
            "hashing trick",
            "bag of words",
            "high cardinality",
            "哈希",
            "特征哈希",
            "词袋",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, N_COLUMNS.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(HashEncode {
        columns: COLUMNS.of(params),
        n_columns: N_COLUMNS.of(params).unsigned_abs() as usize,
        fitted: Vec::new(),
    }
    .into())
}
