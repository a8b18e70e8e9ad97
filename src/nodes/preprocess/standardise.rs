//! Standardise: mean 0 and deviation 1, learnt from the training rows.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::standardise::Standardise;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "standardise",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Standardise", "标准化"),
        summary: t("Brings numbers to mean 0 and deviation 1.", "把数值变为均值 0、标准差 1。"),
        help: t(
            "Networks learn best when all numbers have a similar size. Mean and deviation come from the training rows only and are used again for every later row.",
            "当所有数值大小相近时，网络学得最好。均值和标准差只来自训练数据，并用于之后的每一行。",
        ),
        keywords: &[
            "standardize",
            "z-score",
            "StandardScaler",
            "normalise",
            "scale",
            "标准化",
            "归一化",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec],
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
    Ok(Standardise { columns: COLUMNS.of(params), fitted: Vec::new() }.into())
}
