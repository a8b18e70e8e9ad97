//! Fairness: whether a classifier treats groups of people alike.

use std::sync::Arc;

use pg_base::{NodeText, Param, ParamValue, Trouble, Words, say, t};
use pg_contract::{
    Diagnostic, Effect, Example, Facts, InferCx, Inferred, NodeSpec, Report, RunCx, Stage, Status,
    Value,
};
use pg_metrics::analysis::{Fairness, GroupRates, fairness};
use pg_metrics::findings::{Bar, Body, Chart, Grid};
use pg_metrics::{Findings, wilson_interval};

use super::groups::groups_of;
use super::judge::{Judge, OF_TARGET, Truth, percent, short};
use super::rows::{self, ROWS};
use super::{MODEL_IN, REPORT_OUT};
use crate::by_step::TABLE_IN;
use crate::examples;

const GROUP: Param<String> = Param::column("group", t("Group column", "分组列"), &[]).help(t(
    "The column that says who belongs to which group, such as sex or age. Numbers are taken in ranges.",
    "说明每行属于哪个群体的列，例如性别或年龄。数值按区间分组。",
));
const FAVOURABLE: Param<String> = Param::text("favourable", t("Favourable class", "有利类别"), "")
    .help(t(
        "The answer that people want, such as “granted”. Empty: the last class.",
        "人们希望得到的结果，例如“批准”。留空则取最后一个类别。",
    ));
/// Groups with fewer rows say little.
const FEW_ROWS: u64 = 30;
/// Selection rates below this share of the largest are taken as unequal (the four-fifths rule).
const FOUR_FIFTHS: f64 = 0.8;
const MAX_GROUPS: usize = 12;

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "fairness",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Evaluate,
    text: NodeText {
        title: t("Fairness", "公平性"),
        summary: t("Compares how a model treats groups of people.", "比较模型对不同人群的对待。"),
        help: t(
            "For each group: how often it gets the favourable answer, how often those who deserve it get it, and how \
             often those who do not. The four-fifths rule holds where no group is selected less than 80 % as often as \
             the most selected one. Which of the measures matters is a decision of people, not of numbers: they cannot \
             all be equal where the groups differ in truth.",
            "对每个群体给出：获得有利结果的比例、应得者中获得的比例、不应得者中获得的比例。若没有任何群体的入选率低于最高群体的 80%，\
             则满足五分之四规则。应以哪个指标为准由人来决定：当各群体真实情况不同时，这些指标不可能同时相等。",
        ),
        keywords: &[
            "fairness",
            "bias",
            "fairlearn",
            "MetricFrame",
            "demographic parity",
            "equalized odds",
            "disparate impact",
            "公平性",
            "偏见",
            "歧视",
        ],
    },
    status: Status::Stable,
    inputs: &[MODEL_IN, TABLE_IN],
    outputs: &[REPORT_OUT],
    params: &[GROUP.spec, FAVOURABLE.spec, ROWS.spec, OF_TARGET.spec],
    effect: Effect::Computes,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || {
            examples::params([
                ("group", ParamValue::Text("y".to_owned())),
                ("rows", ParamValue::Text("all".to_owned())),
            ])
        },
        inputs: examples::model_and_table,
    },
};

fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = rows::infer_one(cx);
    let column = cx.param(&GROUP);
    if let Facts::Table { sample, .. } = cx.input(TABLE_IN.id)
        && !column.is_empty()
        && let Err(trouble) = sample.origin_schema().require(&column)
    {
        inferred.diagnostics.push(Diagnostic::error(trouble.param(GROUP.spec.id)));
    }
    inferred
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let rows = rows::chosen(cx.table(TABLE_IN.id)?, &cx.param(&ROWS))?;
    let column = cx.param(&GROUP);
    if column.is_empty() {
        return Err(Trouble::new(
            "group-none",
            say!("no column says who belongs to which group", "尚未指定分组列"),
        )
        .expected(say!("a column such as sex or age", "例如性别或年龄的列"))
        .param(GROUP.spec.id));
    }
    let judge = Judge::new(cx, cx.model(MODEL_IN.id)?, rows, usize::MAX)?;
    let Truth::Classes(truth) = &judge.truth else {
        return Err(Trouble::new(
            "not-classes",
            say!("the model predicts numbers, not classes", "模型预测的是数值而不是类别"),
        )
        .port(MODEL_IN.id));
    };
    let favourable =
        judge.class(&cx.param(&FAVOURABLE)).map_err(|trouble| trouble.param(FAVOURABLE.spec.id))?;
    let groups = groups_of(&judge.rows, &column, MAX_GROUPS)?;
    let decided = judge.answers.decided(judge.model().decision_threshold());
    let is_selected: Vec<bool> = decided.iter().map(|class| *class == favourable).collect();
    let is_positive: Vec<bool> = truth.iter().map(|class| *class == favourable).collect();
    let found = groups.and_then(|groups| {
        let found = fairness(&groups.codes, groups.names.len(), &is_positive, &is_selected)?;
        Some((groups.names, found))
    });
    let Some((names, fairness)) = found else {
        return Err(Trouble::new(
            "groups-too-few",
            say!("`{column}` does not tell groups apart", "`{column}` 无法区分不同群体"),
        )
        .expected(say!("at least two groups", "至少两个群体"))
        .column(column));
    };
    let answer = judge.class_names().get(favourable).cloned().unwrap_or_default();
    let findings = findings(&judge, &answer, &names, &fairness);
    Ok(vec![Value::Report(Arc::new(Report::Findings(Box::new(findings))))])
}

fn findings(judge: &Judge, answer: &str, names: &[Words], found: &Fairness) -> Findings {
    let mut findings = Findings::default();
    findings.measure("demographic_parity_difference", found.demographic_parity_difference);
    if let Some(impact) = found.disparate_impact {
        findings.measure("disparate_impact", impact);
    }
    if let Some(odds) = found.equalized_odds_difference {
        findings.measure("equalized_odds_difference", odds);
    }
    findings.measure("n_rows", judge.n_rows() as f64);
    let rate = |end: fn(&GroupRates, &GroupRates) -> bool| {
        let pairs = names.iter().zip(&found.groups);
        pairs.reduce(|best, next| if end(next.1, best.1) { next } else { best })
    };
    let lowest = rate(|next, best| next.selection_rate < best.selection_rate);
    let highest = rate(|next, best| next.selection_rate > best.selection_rate);
    if let (Some((low, low_rate)), Some((high, high_rate))) = (lowest, highest) {
        let impact = found.disparate_impact.unwrap_or(1.0);
        let title = if impact < FOUR_FIFTHS {
            t("The groups are not treated alike", "各群体受到的对待并不一致")
        } else {
            t("The four-fifths rule holds", "满足五分之四规则")
        };
        let (low_share, high_share) =
            (percent(low_rate.selection_rate), percent(high_rate.selection_rate));
        let ratio = short(impact);
        let n_few = found.groups.iter().filter(|group| group.n_rows < FEW_ROWS).count();
        let (few_en, few_zh) = if n_few > 0 {
            (
                format!(" {n_few} groups have fewer than {FEW_ROWS} rows: read them with care."),
                format!("有 {n_few} 个群体不足 {FEW_ROWS} 行，请谨慎解读。"),
            )
        } else {
            (String::new(), String::new())
        };
        let (mend_en, mend_zh) = if impact < FOUR_FIFTHS {
            (
                " To mend it, train once more behind “Balance classes” with equal shares in every group, and compare.",
                "如需改善，可在“平衡类别”中选择“各组类别比例相同”后重新训练并比较。",
            )
        } else {
            ("", "")
        };
        let (low_zh, high_zh, low, high) = (&low.zh, &high.zh, &low.en, &high.en);
        findings.push(
            title,
            say!(
                "“{answer}” is answered for {low_share} of “{low}” and {high_share} of “{high}”: a ratio of {ratio}, where 0.8 is the usual limit.{few_en}{mend_en}",
                "“{low_zh}”中有 {low_share} 得到“{answer}”，“{high_zh}”中有 {high_share}：比值为 {ratio}，通常以 0.8 为界。{few_zh}{mend_zh}"
            ),
            Body::Words,
        );
    }
    let bars = names.iter().zip(&found.groups).map(|(name, group)| {
        let n_selected = (group.selection_rate * group.n_rows as f64).round() as u64;
        let interval = wilson_interval(n_selected, group.n_rows);
        Bar {
            name: name.clone(),
            value: group.selection_rate,
            interval: interval.map(|interval| [interval.low, interval.high]),
        }
    });
    findings.push(
        t("Selection rate of each group", "各群体的入选率"),
        t(
            "Whiskers are 95 % intervals: where they overlap widely, the difference may be chance.",
            "误差线为 95% 区间：大幅重叠时，差异可能只是偶然。",
        ),
        Body::Chart(Chart::Bars {
            x: say!("Share answered “{answer}”", "得到“{answer}”的比例"),
            bars: bars.collect(),
        }),
    );
    let rates = |rate: fn(&GroupRates) -> Option<f64>| {
        found.groups.iter().map(move |group| rate(group).unwrap_or(f64::NAN))
    };
    let grid = Grid::default()
        .texts(t("Group", "群体"), names.iter().cloned())
        .numbers(t("Rows", "行数"), found.groups.iter().map(|group| group.n_rows as f64))
        .shares(t("Selected", "入选率"), rates(|group| Some(group.selection_rate)))
        .shares(
            t("Of those who deserve it", "应得者中入选"),
            rates(|group| group.true_positive_rate),
        )
        .shares(t("Of the others", "其他人中入选"), rates(|group| group.false_positive_rate))
        .shares(t("Right answers", "正确率"), rates(|group| Some(group.accuracy)));
    let odds = found.equalized_odds_difference.map_or_else(|| "–".to_owned(), short);
    findings.push(
        t("Groups side by side", "群体对比"),
        say!(
            "“Of those who deserve it” is the true positive rate, “of the others” the false positive rate; their largest gap is {odds}.",
            "“应得者中入选”即真正率，“其他人中入选”即假正率；最大差距为 {odds}。"
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
    fn groups_that_are_told_apart_by_the_target_are_treated_unlike() {
        // `y` goes with the side, which is what the model answers.
        let findings = testing::findings(&SPEC, &[]);
        assert!(findings.metrics["disparate_impact"] < FOUR_FIFTHS, "{:?}", findings.metrics);
        assert_eq!(findings.sections.len(), 3);
        let without = testing::outputs(&SPEC, &[("group", ParamValue::Text(String::new()))]);
        assert_eq!(without.expect_err("no group").code, "group-none");
    }
}
