//! Error slices: the groups of rows where a model errs more than elsewhere.

use std::sync::Arc;

use pg_base::{NodeText, Param, ParamValue, Trouble, Words, say, t};
use pg_contract::{Effect, Example, NodeSpec, Report, RunCx, Stage, Status, Value};
use pg_metrics::Findings;
use pg_metrics::analysis::{Coded, Slice, find_slices};
use pg_metrics::findings::{Bar, Body, Chart, Grid};

use super::groups::{Groups, groups_of};
use super::judge::{Judge, OF_TARGET, Truth, losses, percent, short};
use super::permutation_importance::MAX_ROWS;
use super::rows::{self, ROWS};
use super::{MODEL_IN, REPORT_OUT};
use crate::by_step::TABLE_IN;
use crate::examples;

const MIN_ROWS: Param<i64> = Param::int("min_rows", t("Rows at least", "最少行数"), 10, 2, 100_000)
    .help(t("Smaller groups are left out.", "忽略更小的群体。"));
/// Columns that are looked at, and values of each.
const MAX_COLUMNS: usize = 40;
const MAX_VALUES: usize = 8;
/// Groups that are listed.
const N_SLICES: usize = 10;

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "error_slices",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Evaluate,
    text: NodeText {
        title: t("Weak spots", "薄弱群体"),
        summary: t(
            "Finds groups of rows where the model errs most.",
            "找出模型错误最多的数据群体。",
        ),
        help: t(
            "Looks at every value or range of every column, and at every pair of them, and lists the groups whose error \
             is clearly above that of the other rows. More data, or better features, for these groups helps most.",
            "逐一查看每列的每个取值或区间，以及两列的组合，列出错误明显高于其他行的群体。为这些群体补充数据或改进特征，收益最大。",
        ),
        keywords: &[
            "error analysis",
            "slice finder",
            "slicing",
            "failure modes",
            "subgroup",
            "错误分析",
            "切片",
            "分组误差",
        ],
    },
    status: Status::Stable,
    inputs: &[MODEL_IN, TABLE_IN],
    outputs: &[REPORT_OUT],
    params: &[ROWS.spec, MIN_ROWS.spec, MAX_ROWS.spec, OF_TARGET.spec],
    effect: Effect::Computes,
    is_individual: false,
    infer: rows::infer_one,
    run,
    example: Example {
        params: || examples::params([("min_rows", ParamValue::Int(3))]),
        inputs: examples::model_and_table,
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let rows = rows::chosen(cx.table(TABLE_IN.id)?, &cx.param(&ROWS))?;
    let max_rows = cx.param(&MAX_ROWS).unsigned_abs() as usize;
    let judge = Judge::new(cx, cx.model(MODEL_IN.id)?, rows, max_rows)?;
    let losses = losses(&judge.truth, &judge.answers, judge.model().decision_threshold());
    let encoder = &judge.model().encoder;
    let mut names = Vec::new();
    let mut groups: Vec<Groups> = Vec::new();
    let columns = judge.rows.schema.columns.iter();
    let others = columns.filter(|column| !encoder.is_target(&column.name));
    for column in others.take(MAX_COLUMNS) {
        cx.check_cancelled()?;
        let found = groups_of(&judge.rows, &column.name, MAX_VALUES)?;
        if let Some(found) = found.filter(|found| found.names.len() > 1) {
            names.push(column.name.clone());
            groups.push(found);
        }
    }
    let coded: Vec<Coded> = groups
        .iter()
        .map(|groups| Coded { codes: groups.codes.clone(), n_codes: groups.names.len() })
        .collect();
    let min_rows = cx.param(&MIN_ROWS).unsigned_abs() as usize;
    let slices = find_slices(&coded, &losses, min_rows, N_SLICES);
    let describe = |slice: &Slice| describe(slice, &names, &groups);
    let findings = findings(&judge, &losses, &slices, &describe);
    Ok(vec![Value::Report(Arc::new(Report::Findings(Box::new(findings))))])
}

/// `Sex = female and Age ≥ 38`.
fn describe(slice: &Slice, names: &[String], groups: &[Groups]) -> Words {
    let conditions = slice.conditions.iter().filter_map(|condition| {
        let name = names.get(condition.column)?;
        let value = groups.get(condition.column)?.names.get(condition.code)?;
        let said = |value: &str| {
            if value.starts_with(['<', '≥']) {
                format!("{name} {value}")
            } else {
                format!("{name} = {value}")
            }
        };
        Some((said(&value.en), said(&value.zh)))
    });
    let (en, zh): (Vec<String>, Vec<String>) = conditions.unzip();
    Words { en: en.join(" and "), zh: zh.join(" 且 ") }
}

fn findings(
    judge: &Judge,
    losses: &[f64],
    slices: &[Slice],
    describe: &dyn Fn(&Slice) -> Words,
) -> Findings {
    let mean = losses.iter().sum::<f64>() / losses.len().max(1) as f64;
    let is_classes = matches!(judge.truth, Truth::Classes(_));
    let read = |loss: f64| if is_classes { percent(loss) } else { short(loss) };
    let mut findings = Findings::default();
    findings.measure(if is_classes { "hamming_loss" } else { "mae" }, mean);
    findings.measure("n_slices", slices.len() as f64);
    findings.measure("n_rows", losses.len() as f64);
    let everywhere = read(mean);
    let sampled = judge.sample_note();
    let (from_en, from_zh) = (sampled.en, sampled.zh);
    let Some(worst) = slices.first() else {
        findings.push(
            t("No group of rows is clearly worse than the rest", "没有明显比其他数据更差的群体"),
            say!(
                "The error is {everywhere} everywhere, as far as this many rows can tell. {from_en}",
                "就这些数据而言，各处的误差都在 {everywhere} 左右。{from_zh}"
            ),
            Body::Words,
        );
        return findings;
    };
    let Words { en, zh } = describe(worst);
    let (n, share, own) = (worst.n_rows, percent(worst.share_of_loss), read(worst.mean_loss));
    let of_rows = percent(worst.n_rows as f64 / losses.len().max(1) as f64);
    findings.push(
        say!("The weakest spot: {en}", "最薄弱的群体：{zh}"),
        say!(
            "The error is {own} there and {everywhere} on average. These {n} rows are {of_rows} of all and have {share} of all errors. {from_en}",
            "该群体的误差为 {own}，平均为 {everywhere}。这 {n} 行占全部的 {of_rows}，却占全部误差的 {share}。{from_zh}"
        ),
        Body::Words,
    );
    let bars = slices.iter().map(|slice| Bar {
        name: describe(slice),
        value: slice.mean_loss,
        interval: None,
    });
    let x = if is_classes {
        t("Share of wrong answers", "错误率")
    } else {
        t("Mean absolute error", "平均绝对误差")
    };
    findings.push(
        t("Error in each group", "各群体的误差"),
        say!("All rows together: {everywhere}.", "全部数据：{everywhere}。"),
        Body::Chart(Chart::Bars { x: x.into(), bars: bars.collect() }),
    );
    let grid = Grid::default()
        .texts(t("Group", "群体"), slices.iter().map(describe))
        .numbers(t("Rows", "行数"), slices.iter().map(|slice| slice.n_rows as f64));
    let means = slices.iter().map(|slice| slice.mean_loss);
    let grid = if is_classes { grid.shares(x, means) } else { grid.numbers(x, means) };
    let grid = grid
        .shares(
            t("Share of all errors", "占全部误差"),
            slices.iter().map(|slice| slice.share_of_loss),
        )
        .numbers(
            t("Errors beyond the average", "超出平均的误差"),
            slices.iter().map(|slice| slice.excess),
        );
    findings.push(
        t("Groups", "群体"),
        t(
            "Ordered by the error beyond what as many average rows would have. Groups that mostly hold the same rows are listed once.",
            "按超出同等数量平均行的误差排序。主要由相同行组成的群体只列一次。",
        ),
        Body::Grid(grid),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn a_model_without_errors_has_no_weak_spot() {
        let findings = testing::findings(&SPEC, &[]);
        assert!(findings.sections[0].title.en.starts_with("No group"), "{findings:?}");
    }
}
