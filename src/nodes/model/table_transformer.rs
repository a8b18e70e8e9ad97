//! Table transformer: attention over the columns of a table, as FT-Transformer does it.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_nn::Blueprint;
use pg_nn::presets::TableTransformer;

use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::{NETWORK_OUT, TASK};
use crate::model::preset::{self, Body};

const DIM: Param<i64> = Param::int("dim", t("Width", "宽度"), 32, 4, 4096)
    .help(t("Numbers per column; a multiple of the heads.", "每列的维数，须为头数的倍数。"));
const HEADS: Param<i64> = Param::int("heads", t("Attention heads", "注意力头数"), 4, 1, 64);
const BLOCKS: Param<i64> = Param::int("blocks", t("Blocks", "层数"), 2, 1, 48);
const FEED_FORWARD: Param<i64> =
    Param::int("feed_forward", t("Feed-forward width", "前馈宽度"), 64, 4, 16384);
const DROPOUT: Param<f64> = Param::float("dropout", t("Dropout", "丢弃率"), 0.1, 0.0, 0.95);
const TOKENS: Param<String> = Param::choice(
    "tokens",
    t("Numbers enter", "数值输入方式"),
    "linear",
    &[
        Choice { id: "linear", label: t("Linear", "线性") },
        Choice { id: "periodic", label: t("Periodic", "周期") },
    ],
)
.help(t(
    "Periodic follows fine steps in a number and costs more.",
    "周期式能跟随数值的细微变化，但代价更高。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "table_transformer",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("Table transformer (FT)", "表格 Transformer（FT）"),
        summary: t(
            "A ready network with attention over the columns of a table.",
            "对表格各列使用注意力的现成网络。",
        ),
        help: t(
            "Every column becomes a token, and attention finds which of them matter together (FT-Transformer, Gorishniy and \
             others, 2021). Slower than an MLP; good where columns interact. Scale numbers and give categories as Category \
             codes.",
            "每列成为一个词元，由注意力发现哪些列共同起作用（FT-Transformer，Gorishniy 等，2021）。比 MLP 慢，适合各列相互影响的表格。\
             请缩放数值，并用“类别编号”处理类别。",
        ),
        keywords: &[
            "FT-Transformer",
            "TabTransformer",
            "attention",
            "tabular",
            "transformer",
            "表格注意力",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[NETWORK_OUT],
    params: &[
        DIM.spec,
        HEADS.spec,
        BLOCKS.spec,
        FEED_FORWARD.spec,
        DROPOUT.spec,
        TOKENS.spec,
        TASK.spec,
    ],
    effect: Effect::Pure,
    is_individual: true,
    infer: |cx| preset::infer(cx, Body::OfMany(body)),
    run: |cx| preset::run(cx, Body::OfMany(body)),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::clouds()),
    },
};

fn body(
    params: &ParamValues,
    blueprint: &mut Blueprint,
    prefix: &str,
    starts: &[String],
) -> Result<String, Trouble> {
    let count = |param: &Param<i64>| param.of(params).unsigned_abs() as usize;
    TableTransformer {
        dim: count(&DIM),
        n_heads: count(&HEADS),
        n_blocks: count(&BLOCKS),
        feed_forward: count(&FEED_FORWARD),
        dropout: DROPOUT.of(params),
        tokens: TOKENS.of(params),
    }
    .push(blueprint, prefix, starts)
}
