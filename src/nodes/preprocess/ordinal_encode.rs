//! Ordinal encode: categories become whole numbers in an order.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::ordinal_encode::{Order, OrdinalEncode};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["category", "text", "number"])
        .help(t("Empty for all category features.", "留空表示所有类别特征。"));
const ORDER: Param<String> = Param::choice(
    "order",
    t("Order", "顺序"),
    "alphabetical",
    &[
        Choice { id: "alphabetical", label: t("Alphabetical", "按字母顺序") },
        Choice { id: "frequency", label: t("Most frequent first", "按频率从高到低") },
        Choice { id: "given", label: t("As listed below", "按下方列出的顺序") },
    ],
)
.help(t("Which category becomes 0, which 1, and so on.", "决定哪个类别为 0、哪个为 1，依此类推。"));
const GIVEN: Param<String> = Param::text("given", t("From first to last", "从前到后"), "")
    .help(t(
        "Categories separated by commas: low, medium, high. Others follow.",
        "用逗号分隔的类别，如：低，中，高。其余的排在后面。",
    ))
    .shown_when("order", &["given"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "ordinal_encode",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Ordinal encode", "序数编码"),
        summary: t("Turns categories into whole numbers in an order.", "把类别变为有顺序的整数。"),
        help: t(
            "For categories with a natural order, such as small, medium, large; list them. Where there is none, one-hot encoding is the better choice, because the network takes the numbers at their word. A category not seen in training becomes -1; missing stays missing.",
            "适用于有自然顺序的类别，如小、中、大；请列出顺序。若没有顺序，独热编码更合适，因为网络会按数值大小理解。训练中未出现的类别为 -1；缺失值保持缺失。",
        ),
        keywords: &[
            "OrdinalEncoder",
            "LabelEncoder",
            "label encoding",
            "rank",
            "Continuize",
            "category to number",
            "序数",
            "标签编码",
            "类别编号",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, ORDER.spec, GIVEN.spec],
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
    let order = match ORDER.of(params).as_str() {
        "frequency" => Order::Frequency,
        "given" => Order::Given,
        _ => Order::Alphabetical,
    };
    let given = super::listed(&GIVEN.of(params));
    Ok(OrdinalEncode { columns: COLUMNS.of(params), order, given, fitted: Vec::new() }.into())
}
