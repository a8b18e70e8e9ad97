//! Select best columns: those that say most about the target.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::select_best::{Score, SelectBest};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const N_KEPT: Param<i64> = Param::int("kept", t("Columns kept", "保留列数"), 10, 1, 100_000);
const SCORE: Param<String> = Param::choice(
    "score",
    t("Judged by", "评分"),
    "f",
    &[
        Choice {
            id: "f", label: t("F value (ANOVA, regression)", "F 值（方差分析、回归）")
        },
        Choice { id: "mutual_information", label: t("Mutual information", "互信息") },
        Choice {
            id: "chi_squared",
            label: t("Chi-squared (counts, classes)", "卡方（计数、类别）"),
        },
        Choice {
            id: "correlation",
            label: t("Correlation (number targets)", "相关系数（数值目标）"),
        },
    ],
)
.help(t(
    "F and correlation see straight-line effects, mutual information any kind.",
    "F 值和相关系数只反映线性影响，互信息可反映任何形式的影响。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "select_best",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Select best columns", "选择最佳列"),
        summary: t(
            "Keeps the columns that say most about the target.",
            "保留与目标关系最密切的列。",
        ),
        help: t(
            "Judges each number column alone against the target, on training rows only, and keeps the best; other columns stay. Useful where there are hundreds of columns and few rows. Two columns that matter only together may both be lost.",
            "只用训练数据，逐个评价数值列与目标的关系并保留最好的；其他列不变。适用于列数成百而行数较少的情况。仅在组合时才有用的两列可能都会被舍弃。",
        ),
        keywords: &[
            "SelectKBest",
            "f_classif",
            "f_regression",
            "chi2",
            "mutual_info",
            "ANOVA",
            "feature selection",
            "Rank",
            "filter",
            "特征选择",
            "方差分析",
            "互信息",
            "卡方",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, N_KEPT.spec, SCORE.spec],
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
    let score = match SCORE.of(params).as_str() {
        "mutual_information" => Score::MutualInformation,
        "chi_squared" => Score::ChiSquared,
        "correlation" => Score::Correlation,
        _ => Score::F,
    };
    Ok(SelectBest {
        columns: COLUMNS.of(params),
        n_kept: N_KEPT.of(params).unsigned_abs() as usize,
        score,
        fitted: Vec::new(),
    }
    .into())
}
