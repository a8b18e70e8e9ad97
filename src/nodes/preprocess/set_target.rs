//! Set target: says what is predicted and what the model must not see.

use std::collections::BTreeMap;

use pg_base::{NodeText, Param, ParamValue, ParamValues, Trouble, say, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, Stage, Status, SuggestedFix,
};
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

const GROUP: Param<String> = Param::column("group", t("Group column", "分组列"), &[]).help(t(
    "Rows of one group (a patient, a customer) stay together when the data is split.",
    "划分数据时，同一组（如同一病人或客户）的行不会被拆开。",
));
const TIME: Param<String> = Param::column("time", t("Time column", "时间列"), &["date", "number"])
    .help(t(
        "Orders the rows: a split then tests on the latest ones.",
        "决定行的先后：划分时用最新的数据测试。",
    ));
const IDS: Param<Vec<String>> = Param::columns("ids", t("Id columns", "编号列"), &[])
    .help(t("Name the rows; the model never sees them.", "用于标识各行，模型不会看到。"));

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
            "group",
            "time",
            "id",
            "edit domain",
            "目标",
            "标签",
            "角色",
            "分组",
            "时间",
            "编号",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[TARGET.spec, IGNORED.spec, GROUP.spec, TIME.spec, IDS.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer,
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: || examples::params([("target", pg_base::ParamValue::Text("colour".to_owned()))]),
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, table: &Table) -> Result<Step, Trouble> {
    let mut roles = BTreeMap::new();
    let known = |name: &str, param: &'static str| {
        table.schema().require(name).map(|_| ()).map_err(|trouble| trouble.param(param))
    };
    for (param, role) in [(&IGNORED, Role::Ignored), (&IDS, Role::Id)] {
        for name in param.of(params) {
            known(&name, param.spec.id)?;
            give(&mut roles, name, role, param.spec.id)?;
        }
    }
    for (param, role) in [(&GROUP, Role::Group), (&TIME, Role::Time), (&TARGET, Role::Target)] {
        let name = param.of(params);
        if !name.is_empty() {
            known(&name, param.spec.id)?;
            give(&mut roles, name, role, param.spec.id)?;
        }
    }
    Ok(SetRoles { roles }.into())
}

/// Gives a column its role; it can have only one.
fn give(
    roles: &mut BTreeMap<String, Role>,
    name: String,
    role: Role,
    param: &'static str,
) -> Result<(), Trouble> {
    match roles.insert(name.clone(), role) {
        Some(other) if other != role => Err(Trouble::new(
            "param-invalid",
            say!("`{name}` is given two roles", "`{name}` 被设了两种角色"),
        )
        .expected(say!("one role for each column", "每列只有一种角色"))
        .column(name)
        .param(param)),
        _ => Ok(()),
    }
}

/// Names features that are the answer in disguise, where the person chooses the target here.
fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = by_step::infer(cx, step);
    if let Some(Facts::Table { sample, .. }) = inferred.outputs.first()
        && !TARGET.of(cx.params).is_empty()
    {
        let ignored = IGNORED.of(cx.params);
        inferred.diagnostics.extend(super::leaks::of_target(sample, |column| {
            let all = ignored.iter().cloned().chain([column.to_owned()]).collect();
            SuggestedFix::SetParam {
                param: IGNORED.spec.id.to_owned(),
                value: ParamValue::Texts(all),
            }
        }));
    }
    inferred
}
