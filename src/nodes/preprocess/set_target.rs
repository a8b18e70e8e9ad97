//! Set target: says what is predicted and what the model must not see.

use std::collections::BTreeMap;

use pg_base::{NodeText, Param, ParamValue, ParamValues, Trouble, say, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, Stage, Status, SuggestedFix, Upgrade,
};
use pg_data::steps::set_roles::SetRoles;
use pg_data::steps::split_labels::SplitLabels;
use pg_data::{Role, Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

pub(crate) const TARGET: Param<Vec<String>> =
    Param::columns("target", t("Target", "目标"), &[]).help(t(
        "The column to predict. Several are predicted by one model: numbers, or columns of two values each. Empty keeps the target that the data already has.",
        "要预测的列。多列由同一个模型预测：全为数值，或每列都只有两个值。留空则保持数据已有的目标。",
    ));
const SEPARATOR: Param<String> =
    Param::text("separator", t("Labels separated by", "标签分隔符"), "")
        .help(t(
            "Where a cell of the target holds several labels (news;sport): what stands between them. A row may then have any number of them. Empty: one class per cell.",
            "目标单元格含多个标签（新闻;体育）时，标签之间的分隔符；一行可以有任意多个标签。留空：每个单元格一个类别。",
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
    version: 2,
    replaces: &[],
    upgrades: &[Upgrade { from_version: 1, apply: to_several_targets }],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Set target", "设定目标"),
        summary: t(
            "Says which column is predicted and which are ignored.",
            "指定要预测的列和忽略的列。",
        ),
        help: t(
            "The target is what the model learns to predict; all other columns are features unless they are ignored. Ignore names, ids, and anything that is known only after the outcome. Several number columns give one model that predicts them all; several columns of two values, or one column of labels with a separator, give a model that says of each label whether a row has it.",
            "目标是模型要学会预测的列；其余列都是特征，除非被忽略。请忽略姓名、编号，以及结果之后才知道的内容。选择多个数值列时，一个模型会同时预测它们；选择多个只有两个值的列，或一个带分隔符的标签列时，模型会逐一判断每行是否具有各标签。",
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
            "multi-target",
            "multi-output",
            "multi-label",
            "MultiLabelBinarizer",
            "MultiOutputRegressor",
            "多目标",
            "多标签",
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
    params: &[TARGET.spec, SEPARATOR.spec, IGNORED.spec, GROUP.spec, TIME.spec, IDS.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer,
    run: |cx| by_step::run_with(cx, |table| apply(cx.params, table)),
    example: Example {
        params: || examples::params([("target", ParamValue::Texts(vec!["colour".to_owned()]))]),
        inputs: || examples::on_table(examples::flowers()),
    },
};

/// A target of the first version was one column.
fn to_several_targets(params: &mut ParamValues) {
    if let Some(value) = params.get_mut(TARGET.spec.id)
        && let ParamValue::Text(column) = value
    {
        let columns = Some(std::mem::take(column)).filter(|column| !column.is_empty());
        *value = ParamValue::Texts(columns.into_iter().collect());
    }
}

fn apply(params: &ParamValues, table: &Table) -> Result<Table, Trouble> {
    let with_roles = table.then(roles(params, table)?)?;
    let separator = SEPARATOR.of(params);
    if separator.is_empty() {
        return Ok(with_roles);
    }
    match TARGET.of(params).as_slice() {
        [column] => with_roles.then(SplitLabels::new(column, separator)),
        targets => {
            let n = targets.len();
            Err(Trouble::new(
                "param-separator",
                say!("a separator is given, and {n} targets", "设置了分隔符，但有 {n} 个目标"),
            )
            .expected(say!("one column that holds the labels", "一个存放标签的列"))
            .advice(say!(
                "Choose that column alone, or leave the separator empty.",
                "请只选择该列，或将分隔符留空。"
            ))
            .param(SEPARATOR.spec.id))
        }
    }
}

fn roles(params: &ParamValues, table: &Table) -> Result<Step, Trouble> {
    let mut roles = BTreeMap::new();
    let known = |name: &str, param: &'static str| {
        table.schema().require(name).map(|_| ()).map_err(|trouble| trouble.param(param))
    };
    for (param, role) in [(&IGNORED, Role::Ignored), (&IDS, Role::Id), (&TARGET, Role::Target)] {
        for name in param.of(params) {
            known(&name, param.spec.id)?;
            give(&mut roles, name, role, param.spec.id)?;
        }
    }
    for (param, role) in [(&GROUP, Role::Group), (&TIME, Role::Time)] {
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
    let mut inferred = by_step::infer_with(cx, |table| apply(cx.params, table));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_of_an_older_file_becomes_a_list() {
        let check = |old: &str, expected: &[&str]| {
            let mut params: ParamValues =
                [(TARGET.spec.id.to_owned(), ParamValue::Text(old.to_owned()))].into();
            to_several_targets(&mut params);
            assert_eq!(TARGET.of(&params), expected);
        };
        check("", &[]);
        check("a, b", &["a, b"]);
    }

    #[test]
    fn several_targets_and_labels_get_their_roles() {
        let table = examples::flowers().expect("flowers");
        let targets = |columns: &[&str], separator: &str| {
            let columns = columns.iter().map(|column| (*column).to_owned()).collect();
            let params = examples::params([
                ("target", ParamValue::Texts(columns)),
                ("separator", ParamValue::Text(separator.to_owned())),
            ]);
            let table = apply(&params, &table).map_err(|trouble| trouble.code)?;
            Ok(table.schema().in_role(Role::Target).map(|column| column.name.clone()).collect())
        };
        let named = |names: &[&str]| -> Result<Vec<String>, String> {
            Ok(names.iter().map(|name| (*name).to_owned()).collect())
        };
        assert_eq!(targets(&["length", "width"], ""), named(&["length", "width"]));
        assert_eq!(targets(&["length", "length"], ""), named(&["length"]));
        assert_eq!(targets(&["length", "depth"], ""), Err("column-unknown".to_owned()));
        assert_eq!(targets(&["length", "width"], ";"), Err("param-separator".to_owned()));
        assert_eq!(targets(&[], ";"), Err("param-separator".to_owned()));
        assert_eq!(targets(&["colour"], ";"), Err("param-separator".to_owned()));
    }
}
