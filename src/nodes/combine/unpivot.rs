//! Unpivot: columns become values.

use pg_base::{NodeText, Param, ParamValue, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::Table;
use pg_data::combine::{self, Unpivot};

use crate::by_step::{TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &[]).help(t(
    "They become values; all others are repeated. Empty for all number features.",
    "这些列变为值，其余列逐行重复。留空表示所有数值特征。",
));
const NAME: Param<String> =
    Param::text("name_column", t("Column for the names", "名称列"), "variable");
const VALUE: Param<String> =
    Param::text("value_column", t("Column for the values", "值列"), "value");

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "unpivot",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Unpivot", "逆透视"),
        summary: t(
            "Turns columns into values: one row per row and column.",
            "将多列变为值：每行每列各成一行。",
        ),
        help: t(
            "From wide to long: a column of names and a column of values take the place of the chosen columns. Columns of different kinds become \
             categories. The result is a new table: put it before the split and before steps that learn from data. A model made from it takes \
             rows of the result.",
            "由宽表变长表：所选各列由一个名称列和一个值列取代。类型不同的列统一为类别。结果是一个新表：请放在划分以及需要学习的步骤之前。由它得到的模型以结果表的行为输入。",
        ),
        keywords: &[
            "unpivot",
            "melt",
            "wide to long",
            "gather",
            "pivot_longer",
            "stack columns",
            "逆透视",
            "宽表转长表",
            "融合",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, NAME.spec, VALUE.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| super::infer(cx, make),
    run: |cx| super::run(cx, make),
    example: Example {
        params: || {
            examples::params([(
                "columns",
                ParamValue::Texts(vec!["length".to_owned(), "width".to_owned()]),
            )])
        },
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn make(params: &ParamValues, tables: &[&Table]) -> Result<Table, Trouble> {
    let options = Unpivot {
        columns: COLUMNS.of(params),
        name_column: NAME.of(params),
        value_column: VALUE.of(params),
    };
    combine::unpivot(super::only(tables)?, &options)
}
