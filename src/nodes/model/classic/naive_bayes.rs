//! Naive Bayes: takes every column of every class as a bell curve of its own.

use pg_base::{NodeText, Param, ParamValues, t};
use pg_classic::{BayesSettings, Method};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};

use super::METHOD_OUT;
use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::TASK;

const SMOOTHING: Param<f64> = Param::float("smoothing", t("Smoothing", "平滑"), 1e-9, 0.0, 1.0)
    .help(t(
        "Share of the largest variance that is added to all variances.",
        "把最大方差的这一比例加到所有方差上。",
    ));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "naive_bayes",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("Naive Bayes", "朴素贝叶斯"),
        summary: t(
            "Takes every column of every class as a bell curve of its own.",
            "把每个类别的每一列各看作一条正态曲线。",
        ),
        help: t(
            "Learns in one pass, from very few rows; a good baseline for classes. It takes the columns as independent of each other: where they are not, the probabilities come out too sure. For classes only; fill gaps before it.",
            "一遍即可学完，数据很少也能用；是分类的良好基线。它假设各列相互独立，不成立时给出的概率会过于自信。仅用于分类；请先填补缺失值。",
        ),
        keywords: &[
            "naive bayes",
            "GaussianNB",
            "bayes",
            "probability",
            "朴素贝叶斯",
            "高斯贝叶斯",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[METHOD_OUT],
    params: &[SMOOTHING.spec, TASK.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| super::infer(cx, method),
    run: |cx| super::run(cx, method),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::clouds()),
    },
};

fn method(params: &ParamValues) -> Method {
    Method::NaiveBayes(BayesSettings { smoothing: SMOOTHING.of(params) })
}
