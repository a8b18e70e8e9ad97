//! Principal components: many number columns become few.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::pca::{Keeps, Pca};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const KEEPS: Param<String> = Param::choice(
    "keeps",
    t("Keep", "保留"),
    "count",
    &[
        Choice { id: "count", label: t("So many components", "固定个数") },
        Choice { id: "variance", label: t("A share of the variance", "方差比例") },
    ],
)
.help(t("What decides how many components stay.", "决定保留多少个主成分。"));
const COUNT: Param<i64> = Param::int("components", t("Components", "主成分数"), 2, 1, 1000)
    .shown_when("keeps", &["count"]);
const VARIANCE: Param<f64> =
    Param::float("variance", t("Share of the variance", "方差比例"), 0.95, 0.01, 1.0)
        .shown_when("keeps", &["variance"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "pca",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Principal components", "主成分分析"),
        summary: t("Condenses many number columns into few.", "把许多数值列压缩为少数几列。"),
        help: t(
            "Columns that rise and fall together are merged into directions of the largest spread. Standardise before it, or the column with the largest numbers decides alone; fill missing values too. The components replace the columns used.",
            "一同升降的列会合并为离散程度最大的方向。请先标准化，否则数值最大的列会独自决定结果；也请填充缺失值。主成分会取代所用的列。",
        ),
        keywords: &[
            "PCA",
            "principal component analysis",
            "dimensionality reduction",
            "eigenvalues",
            "decomposition",
            "主成分",
            "降维",
            "特征值",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, KEEPS.spec, COUNT.spec, VARIANCE.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: || {
            examples::params([(
                "columns",
                pg_base::ParamValue::Texts(vec!["length".to_owned(), "width".to_owned()]),
            )])
        },
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    let keeps = if KEEPS.of(params) == "variance" {
        Keeps::Variance(VARIANCE.of(params))
    } else {
        Keeps::Count(COUNT.of(params).unsigned_abs() as usize)
    };
    Ok(Pca { columns: COLUMNS.of(params), keeps, ..Pca::default() }.into())
}
