//! Set target: says what is predicted and what the model must not see.

use std::collections::BTreeMap;

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::set_roles::SetRoles;
use pg_data::{Role, Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

pub(crate) const TARGET: Param<String> = Param::column("target", t("Target", "目标"), &[]).help(t(
    "The column to predict. Empty keeps the target that the data already has.",
    "要预测的列。留空则保持数据已有的目标。",
));
const IGNORED: Param<Vec<String>> =
    Param::columns("ignored", t("Ignored columns", "忽略的列"), &[])
        .help(t("Kept in the table, never seen by the model.", "保留在表格中，但模型不会看到。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "set_target",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Set target", "设定目标"),
        summary: t(
            "Says which column is predicted and which are ignored.",
            "指定要预测的列和忽略的列。",
        ),
        help: t(
            "The target is what the model learns to predict; all other columns are features unless they are ignored. Ignore names, ids, and anything that is known only after the outcome.",
            "目标是模型要学会预测的列；其余列都是特征，除非被忽略。请忽略姓名、编号，以及结果之后才知道的内容。",
        ),
        keywords: &[
            "target",
            "label",
            "class",
            "outcome",
            "role",
            "edit domain",
            "目标",
            "标签",
            "角色",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[TARGET.spec, IGNORED.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: || examples::params([("target", pg_base::ParamValue::Text("colour".to_owned()))]),
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, table: &Table) -> Result<Step, Trouble> {
    let mut roles = BTreeMap::new();
    for name in IGNORED.of(params) {
        table.schema().require(&name).map_err(|trouble| trouble.param(IGNORED.spec.id))?;
        roles.insert(name, Role::Ignored);
    }
    let target = TARGET.of(params);
    if !target.is_empty() {
        table.schema().require(&target).map_err(|trouble| trouble.param(TARGET.spec.id))?;
        roles.insert(target, Role::Target);
    }
    Ok(SetRoles { roles }.into())
}
