//! Compare models: several models on the same rows, and whether they differ by more than chance.

use std::sync::Arc;

use pg_base::{NodeText, Trouble, Words, say, t};
use pg_contract::{
    Effect, Example, NodeSpec, PortSpec, PortType, Report, RunCx, Stage, Status, Value,
};
use pg_data::TargetCodec;
use pg_metrics::analysis::{mcnemar, paired_t};
use pg_metrics::findings::{Bar, Body, Chart, Grid};
use pg_metrics::{Findings, Metric, Task, bootstrap_intervals};

use super::REPORT_OUT;
use super::judge::{Answers, Judge, OF_TARGET, Truth, losses, short, value_of};
use super::permutation_importance::MAX_ROWS;
use super::rows::{self, ROWS};
use crate::by_step::TABLE_IN;
use crate::examples;

const MODELS_IN: PortSpec = PortSpec::new("model", t("Models", "模型"), PortType::Model).many();
/// A difference with a smaller chance of being an accident is taken as real.
const SIGNIFICANT: f64 = 0.05;
/// Metrics that stand side by side, by task; the first decides.
const OF_CLASSES: [&str; 6] =
    ["accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "log_loss", "mcc"];
const OF_NUMBERS: [&str; 6] = ["mae", "rmse", "r2", "median_absolute_error", "max_error", "mape"];

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "compare_models",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Evaluate,
    text: NodeText {
        title: t("Compare models", "比较模型"),
        summary: t(
            "Judges several models on the same rows and says whether they differ.",
            "在相同数据上评估多个模型，并判断差异是否真实。",
        ),
        help: t(
            "Wire two or more models, in the order of their numbers. All of them predict the same rows, so row by row \
             the better one can be told. McNemar's test (classes) or the paired t-test (numbers) says how likely the \
             difference is an accident; the interval comes from resampling the rows.",
            "连接两个或更多模型，按连接顺序编号。所有模型预测相同的行，因此可以逐行比较。McNemar 检验（分类）或配对 t 检验（数值）\
             给出差异纯属偶然的可能性；区间来自对行的重采样。",
        ),
        keywords: &[
            "compare",
            "model comparison",
            "McNemar",
            "paired t-test",
            "leaderboard",
            "Test & Score",
            "模型比较",
            "显著性检验",
            "排行榜",
        ],
    },
    status: Status::Stable,
    inputs: &[MODELS_IN, TABLE_IN],
    outputs: &[REPORT_OUT],
    params: &[ROWS.spec, MAX_ROWS.spec, OF_TARGET.spec],
    effect: Effect::Computes,
    is_individual: false,
    infer: rows::infer_one,
    run,
    example: Example {
        params: examples::defaults,
        inputs: || {
            Ok(vec![
                ("model", examples::small_model()?),
                ("model", examples::small_model()?),
                ("table", Value::Table(examples::clouds()?)),
            ])
        },
    },
};

/// One model on the common rows.
struct Contender {
    name: Words,
    answers: Answers,
    losses: Vec<f64>,
    threshold: Option<f64>,
}

/// One model beside the best one.
struct Duel {
    name: Words,
    /// Mean loss beyond that of the best.
    difference: f64,
    interval: Option<[f64; 2]>,
    p_value: f64,
    n_only_best: usize,
    n_only_other: usize,
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let models: Vec<_> = cx
        .all(MODELS_IN.id)
        .iter()
        .filter_map(
            |value| if let Value::Model(model) = value { Some(model.clone()) } else { None },
        )
        .collect();
    let Some((first, others)) = models.split_first().filter(|(_, others)| !others.is_empty())
    else {
        return Err(Trouble::new("models-few", say!("there is one model", "只有一个模型"))
            .expected(say!("at least two models to compare", "至少两个模型"))
            .port(MODELS_IN.id));
    };
    let target = |model: &pg_deploy::Model| {
        let target =
            |target: &TargetCodec| (target.column().to_owned(), target.class_names().to_vec());
        model.encoder.targets.iter().map(target).collect::<Vec<_>>()
    };
    if let Some(at) = others.iter().position(|other| target(other) != target(first)) {
        let number = at + 2;
        return Err(Trouble::new(
            "targets-differ",
            say!(
                "model {number} predicts something else than model 1",
                "模型 {number} 与模型 1 的预测目标不同"
            ),
        )
        .expected(say!("the same target with the same classes", "相同的目标列与类别"))
        .port(MODELS_IN.id));
    }
    let rows = rows::chosen(cx.table(TABLE_IN.id)?, &cx.param(&ROWS))?;
    let max_rows = cx.param(&MAX_ROWS).unsigned_abs() as usize;
    let judge = Judge::new(cx, first, rows, max_rows)?;
    let mut all = vec![(judge.answers.clone(), first.decision_threshold())];
    for (number, model) in others.iter().enumerate() {
        cx.check_cancelled()?;
        let n = number + 2;
        cx.progress(
            number as f64 / others.len() as f64,
            say!("judging model {n}", "正在评估模型 {n}"),
        );
        let mut scorer = Judge::new(cx, model, judge.rows.clone(), usize::MAX)?;
        all.push((scorer.ask(judge.rows.clone())?, model.decision_threshold()));
    }
    // Rows that every model can predict.
    let common: Vec<usize> = (0..judge.n_rows())
        .filter(|row| all.iter().all(|(answers, _)| answers.has(*row)))
        .collect();
    if common.is_empty() {
        return Err(Trouble::new(
            "rows-none",
            say!("no row can be predicted by all models", "没有任何一行能被所有模型预测"),
        )
        .port(TABLE_IN.id));
    }
    let truth = judge.truth.take(&common);
    let contenders: Vec<Contender> = all
        .into_iter()
        .zip(1..)
        .map(|((answers, threshold), number): (_, usize)| {
            let answers = answers.take(&common);
            Contender {
                name: say!("Model {number}", "模型 {number}"),
                losses: losses(&truth, &answers, threshold),
                answers,
                threshold,
            }
        })
        .collect();
    let findings = findings(&judge, &truth, &contenders, common.len());
    Ok(vec![Value::Report(Arc::new(Report::Findings(Box::new(findings))))])
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn duel(best: &Contender, other: &Contender, is_classes: bool) -> Duel {
    let differences: Vec<f64> =
        best.losses.iter().zip(&other.losses).map(|(best, other)| other - best).collect();
    let count = |sign: f64| differences.iter().filter(|value| **value * sign > 0.0).count();
    let (n_only_best, n_only_other) = (count(1.0), count(-1.0));
    let p_value = if is_classes {
        mcnemar(n_only_best as u64, n_only_other as u64).p_value
    } else {
        paired_t(&differences).map_or(1.0, |test| test.p_value)
    };
    let interval = bootstrap_intervals(differences.len(), 1, |sample| {
        let drawn: Vec<f64> =
            sample.iter().filter_map(|row| differences.get(*row).copied()).collect();
        std::collections::BTreeMap::from([("difference".to_owned(), mean(&drawn))])
    });
    let interval = interval.get("difference").map(|interval| [interval.low, interval.high]);
    Duel {
        name: other.name.clone(),
        difference: mean(&differences),
        interval,
        p_value,
        n_only_best,
        n_only_other,
    }
}

fn findings(judge: &Judge, truth: &Truth, contenders: &[Contender], n_rows: usize) -> Findings {
    let is_classes = matches!(truth, Truth::Classes(_));
    let mut findings = Findings::default();
    findings.measure("n_rows", n_rows as f64);
    let mut order: Vec<&Contender> = contenders.iter().collect();
    order.sort_by(|a, b| mean(&a.losses).total_cmp(&mean(&b.losses)));
    let Some((best, others)) = order.split_first() else { return findings };
    let duels: Vec<Duel> = others.iter().map(|other| duel(best, other, is_classes)).collect();
    if let Some(next) = duels.first() {
        let (a, b) = (&best.name, &next.name);
        let (a_zh, b_zh, a, b) = (&a.zh, &b.zh, &a.en, &b.en);
        let p = short(next.p_value);
        let (what, difference) = if is_classes {
            let points = format!("{:.1}", 100.0 * next.difference);
            let difference = say!("{points} percentage points", "{points} 个百分点");
            (t("share of wrong answers", "错误率"), difference)
        } else {
            (t("mean absolute error", "平均绝对误差"), Words::from(short(next.difference)))
        };
        let (what_en, what_zh) = (what.en, what.zh);
        let (difference_en, difference_zh) = (difference.en, difference.zh);
        let (title, verdict) = if next.difference == 0.0 && next.n_only_best == 0 {
            (
                say!("{a} and {b} are equally good", "{a_zh}与{b_zh}同样好"),
                say!("They err on the same rows.", "它们在相同的行上出错。"),
            )
        } else if next.p_value < SIGNIFICANT {
            (
                say!("{a} is better than {b}", "{a_zh}优于{b_zh}"),
                say!("The difference is real (p = {p}).", "差异是真实的（p = {p}）。"),
            )
        } else {
            (
                say!(
                    "{a} is ahead of {b}, but it may be chance",
                    "{a_zh}领先于{b_zh}，但可能只是偶然"
                ),
                say!(
                    "Such a difference also comes about between equally good models (p = {p}): more test rows would tell.",
                    "同样好的模型之间也会出现这样的差异（p = {p}）：需要更多测试数据才能判断。"
                ),
            )
        };
        let (en, zh) = (verdict.en, verdict.zh);
        findings.measure("p_value", next.p_value);
        findings.push(
            title,
            say!(
                "On {n_rows} rows the {what_en} of {b} is {difference_en} higher. {en}",
                "在 {n_rows} 行上，{b_zh}的{what_zh}高出 {difference_zh}。{zh}"
            ),
            Body::Words,
        );
    }
    let ids: &[&str] = if is_classes { &OF_CLASSES } else { &OF_NUMBERS };
    let task = if is_classes { Task::Classification } else { Task::Regression };
    let metrics: Vec<&Metric> = ids
        .iter()
        .filter_map(|id| pg_metrics::metric(id))
        .filter(|metric| metric.task() == task)
        .collect();
    let mut grid =
        Grid::default().texts(t("Model", "模型"), order.iter().map(|one| one.name.clone()));
    for metric in metrics {
        let values = order
            .iter()
            .map(|one| value_of(metric, truth, &one.answers, one.threshold).unwrap_or(f64::NAN));
        let title = Words { en: metric.title.to_owned(), zh: metric.title_zh.to_owned() };
        grid = if metric.is_percentage {
            grid.shares(title, values)
        } else {
            grid.numbers(title, values)
        };
    }
    let sampled = judge.sample_note();
    findings.push(t("Metrics side by side", "指标对比"), sampled, Body::Grid(grid));
    let bars = duels.iter().map(|duel| Bar {
        name: duel.name.clone(),
        value: duel.difference,
        interval: duel.interval,
    });
    let best_name = (&best.name.en, &best.name.zh);
    let (best_en, best_zh) = best_name;
    let x = if is_classes {
        say!("More wrong answers than {best_en} (share)", "比{best_zh}多的错误率")
    } else {
        say!("More mean absolute error than {best_en}", "比{best_zh}多的平均绝对误差")
    };
    findings.push(
        say!("Distance from {best_en}", "与{best_zh}的差距"),
        t(
            "Whiskers are 95 % intervals over resampled rows; one that holds 0 may be chance.",
            "误差线为对行重采样得到的 95% 区间；若包含 0，则可能只是偶然。",
        ),
        Body::Chart(Chart::Bars { x, bars: bars.collect() }),
    );
    let end = |at: usize| {
        duels.iter().map(move |duel| {
            duel.interval.and_then(|ends| ends.get(at).copied()).unwrap_or(f64::NAN)
        })
    };
    let grid = Grid::default()
        .texts(t("Model", "模型"), duels.iter().map(|duel| duel.name.clone()))
        .numbers(t("Difference", "差异"), duels.iter().map(|duel| duel.difference))
        .numbers(t("From", "下限"), end(0))
        .numbers(t("To", "上限"), end(1))
        .numbers(t("p-value", "p 值"), duels.iter().map(|duel| duel.p_value))
        .numbers(
            say!("Rows where {best_en} is better", "{best_zh}更好的行"),
            duels.iter().map(|duel| duel.n_only_best as f64),
        )
        .numbers(
            t("Rows where it is worse", "更差的行"),
            duels.iter().map(|duel| duel.n_only_other as f64),
        );
    let test = if is_classes {
        t("p-values by McNemar's test.", "p 值来自 McNemar 检验。")
    } else {
        t("p-values by the paired t-test of absolute errors.", "p 值来自绝对误差的配对 t 检验。")
    };
    findings.push(
        say!("Row by row against {best_en}", "与{best_zh}逐行比较"),
        test,
        Body::Grid(grid),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn a_model_and_its_copy_are_equally_good() {
        let findings = testing::findings(&SPEC, &[]);
        assert!(findings.sections[0].title.en.ends_with("equally good"), "{findings:?}");
        assert_eq!(findings.metrics["p_value"], 1.0);
    }

    #[test]
    fn the_better_one_is_named_and_doubt_too() {
        let contender = |name: &str, losses: Vec<f64>| Contender {
            name: super::super::judge::same(name),
            answers: Answers::Numbers(Vec::new()),
            losses,
            threshold: None,
        };
        let best = contender("a", vec![0.0; 40]);
        let check = |n_wrong: usize, is_real: bool| {
            let other =
                contender("b", (0..40).map(|row| f64::from(u8::from(row < n_wrong))).collect());
            let duel = duel(&best, &other, true);
            assert_eq!(duel.p_value < SIGNIFICANT, is_real, "{n_wrong}: {}", duel.p_value);
            assert_eq!((duel.n_only_best, duel.n_only_other), (n_wrong, 0));
        };
        check(3, false);
        check(12, true);
    }
}
