//! Map values: old values become new ones by a list.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::map_values::MapValues;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["number", "category", "text"])
        .help(t("With none named nothing changes.", "未指定则不改变。"));
const VALUES: Param<String> = Param::lines("values", t("Values", "取值"), "").help(t(
    "One pair per line, or with semicolons between: old value = new value.",
    "每行一对，或用分号隔开：旧值 = 新值。",
));
const OTHERS: Param<String> = Param::choice(
    "others",
    t("All other values", "其余取值"),
    "keep",
    &[
        Choice { id: "keep", label: t("Keep", "保留") },
        Choice { id: "missing", label: t("Make missing", "变为缺失") },
    ],
);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "map_values",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Map values", "映射取值"),
        summary: t(
            "Replaces values by a list of old and new ones.",
            "按“旧值 = 新值”列表替换取值。",
        ),
        help: t(
            "Write one pair per line, or put semicolons between: `NYC = New York; LA = Los Angeles`. Nothing behind the sign makes the value missing; nothing before it fills missing values. Quotes keep blanks and equals signs: `\"a=b\" = c`. A number column stays one when all new values are numbers, otherwise it becomes a category.",
            "每行写一对，或用分号隔开：`NYC = 纽约; LA = 洛杉矶`。等号后为空表示变为缺失；等号前为空表示填补缺失。引号可保留空格和等号：`\"a=b\" = c`。若新值全是数字，数值列保持为数值，否则变为类别。",
        ),
        keywords: &[
            "map",
            "replace",
            "recode",
            "rename categories",
            "dictionary",
            "Edit Domain",
            "Rule Engine",
            "Value Lookup",
            "映射",
            "替换",
            "重编码",
            "字典",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, VALUES.spec, OTHERS.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: || {
            examples::params([
                ("columns", pg_base::ParamValue::Texts(vec!["colour".to_owned()])),
                ("values", pg_base::ParamValue::Text("red = warm\nblue = cold".to_owned())),
            ])
        },
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(MapValues {
        columns: COLUMNS.of(params),
        new_values: MapValues::read(&VALUES.of(params))?,
        drops_others: OTHERS.of(params) == "missing",
        fitted: Vec::new(),
    }
    .into())
}
