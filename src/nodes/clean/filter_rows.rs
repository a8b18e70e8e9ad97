//! Filter rows: keeps or drops training rows by conditions.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::filter_rows::{Condition, FilterRows};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const CONDITIONS: Param<String> = Param::lines("conditions", t("Conditions", "条件"), "").help(t(
    "One per line, or with semicolons between: column, one of = != < <= > >= contains, in, is missing, and a value.",
    "每行一个，或用分号隔开：列名、运算符（= ≠ < ≤ > ≥ 包含、属于、缺失）和值。",
));
const MATCH: Param<String> = Param::choice(
    "match",
    t("Rows that meet", "满足"),
    "all",
    &[
        Choice { id: "all", label: t("all conditions", "所有条件") },
        Choice { id: "any", label: t("any condition", "任一条件") },
    ],
);
const ACTION: Param<String> = Param::choice(
    "action",
    t("Such rows", "这些行"),
    "keep",
    &[
        Choice { id: "keep", label: t("Keep", "保留") },
        Choice { id: "drop", label: t("Drop", "删除") },
    ],
);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "filter_rows",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Filter rows", "筛选行"),
        summary: t("Keeps or drops rows by simple conditions.", "按简单条件保留或删除行。"),
        help: t(
            "Write one condition per line, or put semicolons between: `age >= 18`, `city in Oslo, Bern`, `city not in Rome`, `name contains smith`, `income is missing`, `date < 2024-01-01`. A missing value meets no condition but `is missing`. Rows are dropped while building only, after a split from the training rows only: when predicting, every row gets an answer.",
            "每行写一个条件，或用分号隔开：`age >= 18`、`city 属于 北京, 上海`、`city 不属于 广州`、`name 包含 王`、`income 缺失`、`date < 2024-01-01`。缺失值只满足“缺失”这一条件。仅在构建时删除行，位于划分之后则只删除训练行；预测时每一行都会得到结果。",
        ),
        keywords: &[
            "filter",
            "select rows",
            "query",
            "where",
            "Row Filter",
            "Select Rows",
            "condition",
            "subset",
            "筛选",
            "过滤",
            "条件",
            "行",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[CONDITIONS.spec, MATCH.spec, ACTION.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: || {
            examples::params([(
                "conditions",
                pg_base::ParamValue::Text("length < 50\ncolour != white".to_owned()),
            )])
        },
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, table: &Table) -> Result<Step, Trouble> {
    Ok(FilterRows {
        conditions: Condition::read(&CONDITIONS.of(params), table.schema())?,
        any_is_enough: MATCH.of(params) == "any",
        drops_matches: ACTION.of(params) == "drop",
    }
    .into())
}
