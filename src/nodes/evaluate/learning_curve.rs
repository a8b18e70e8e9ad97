//! Learning curve: whether more rows would make the model better.

use std::sync::Arc;

use pg_base::{NodeText, Param, ParamSpec, ParamValue, Rng, Trouble, Words, say, t};
use pg_contract::{Effect, Example, NodeSpec, Report, RunCx, Stage, Status, Value};
use pg_data::{Part, Table};
use pg_metrics::Findings;
use pg_metrics::findings::{Body, Chart, Grid, Line};
use polars::prelude::{BooleanChunked, NewChunkedArray};

use super::judge::short;
use super::{REPORT_OUT, anew};
use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::{NETWORK_OUT, TASK};
use crate::train::settings;

const N_STEPS: Param<i64> = Param::int("steps", t("Steps", "步数"), 5, 2, 20)
    .help(t("How many sizes of the training rows are tried.", "尝试多少种训练数据量。"));
const N_REPEATS: Param<i64> = Param::int("repeats", t("Repeats", "重复次数"), 3, 1, 50).help(t(
    "How often each size is tried, with other rows each time.",
    "每种数据量重复的次数，每次抽取不同的行。",
));
/// The smallest share of the training rows.
const SMALLEST: f64 = 0.1;

const OWN: [ParamSpec; 3] = [N_STEPS.spec, N_REPEATS.spec, TASK.spec];

const PARAMS: [ParamSpec; settings::PARAMS.len() + OWN.len()] =
    settings::joined(&OWN, settings::PARAMS);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "learning_curve",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Evaluate,
    text: NodeText {
        title: t("Learning curve", "学习曲线"),
        summary: t(
            "Trains on growing shares of the rows to see whether more data would help.",
            "用越来越多的数据训练，判断更多数据是否有帮助。",
        ),
        help: t(
            "Trains a fresh model on a tenth of the training rows, then on more and more, and judges each on the same \
             test rows. A curve that still rises at its end says that more rows would help; a flat one says that \
             better columns or another network would. A wide gap to the training rows is overfitting.",
            "先用十分之一的训练数据训练一个全新的模型，再逐步增加，并在相同的测试数据上评估。曲线末端仍在上升说明更多数据会有帮助；\
             已经走平则应改进特征或更换网络。与训练数据上的成绩差距大说明过拟合。",
        ),
        keywords: &[
            "learning_curve",
            "LearningCurveDisplay",
            "sample size",
            "data size",
            "学习曲线",
            "样本量",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN, NETWORK_OUT],
    outputs: &[REPORT_OUT],
    params: &PARAMS,
    effect: Effect::Computes,
    is_individual: false,
    infer: anew::infer,
    run,
    example: Example {
        params: || {
            examples::params([
                ("epochs", ParamValue::Int(2)),
                ("steps", ParamValue::Int(2)),
                ("repeats", ParamValue::Int(2)),
            ])
        },
        inputs: || {
            Ok(vec![
                ("table", Value::Table(examples::clouds()?)),
                ("network", examples::small_network()?),
            ])
        },
    },
};

/// Scores at one size: one per repeat, on the judged rows and on the training rows.
struct Step {
    n_rows: usize,
    judged: Vec<f64>,
    training: Vec<f64>,
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?.clone();
    let parts = table.parts();
    let judged = if parts.contains(&Part::Test) { Part::Test } else { Part::Validation };
    if !parts.contains(&judged) {
        return Err(Trouble::new("rows-none", say!("there are no test rows", "没有测试数据"))
            .advice(say!("Split the table first.", "请先划分数据。"))
            .port(TABLE_IN.id));
    }
    let training: Vec<usize> =
        (0..parts.len()).filter(|row| parts.get(*row) == Some(&Part::Training)).collect();
    let (n_steps, n_repeats) =
        (cx.param(&N_STEPS).unsigned_abs() as usize, cx.param(&N_REPEATS).unsigned_abs() as usize);
    let mut steps: Vec<Step> = Vec::with_capacity(n_steps);
    for step in 0..n_steps {
        let share = SMALLEST + (1.0 - SMALLEST) * step as f64 / (n_steps - 1).max(1) as f64;
        let n_rows = ((training.len() as f64 * share).round() as usize).clamp(1, training.len());
        steps.push(Step { n_rows, judged: Vec::new(), training: Vec::new() });
    }
    let (mut id, mut failed) = ("", None);
    for repeat in 0..n_repeats {
        let mut order = training.clone();
        Rng::new(cx.seed, &format!("learning curve {repeat}")).shuffle(&mut order);
        for (number, step) in steps.iter_mut().enumerate() {
            cx.check_cancelled()?;
            let done = (repeat * n_steps + number) as f64 / (n_steps * n_repeats) as f64;
            let n = step.n_rows;
            cx.progress(done, say!("training on {n} rows", "正在用 {n} 行训练"));
            let smaller = with_training_rows(&table, &parts, order.get(..n).unwrap_or(&order))?;
            let trained = anew::train(cx, &smaller, (repeat * n_steps + number) as u64, None);
            let trained = match trained {
                Ok(trained) => Arc::new(trained),
                // So few rows may lack a class; larger steps can still be tried.
                Err(trouble) if number + 1 < n_steps && trouble.code != Trouble::INTERNAL => {
                    cx.check_cancelled()?;
                    failed = Some(trouble);
                    continue;
                }
                Err(trouble) => return Err(trouble),
            };
            for (part, values) in [(judged, &mut step.judged), (Part::Training, &mut step.training)]
            {
                let rows = smaller.origin_part(part)?;
                let report = pg_deploy::score::evaluate(&trained, cx.env.compute, rows)?;
                let metrics = report.metrics();
                id = if metrics.contains_key("accuracy") { "accuracy" } else { "r2" };
                values.extend(metrics.get(id).copied());
            }
        }
    }
    steps.retain(|step| !step.judged.is_empty());
    if let Some(trouble) = failed.filter(|_| steps.is_empty()) {
        return Err(trouble);
    }
    let findings = findings(&steps, id, judged);
    Ok(vec![Value::Report(Arc::new(Report::Findings(Box::new(findings))))])
}

/// The table with some of its training rows only; its recipe learns from them alone.
fn with_training_rows(table: &Table, parts: &[Part], kept: &[usize]) -> Result<Table, Trouble> {
    let mut is_kept: Vec<bool> = parts.iter().map(|part| *part != Part::Training).collect();
    for row in kept {
        if let Some(is_kept) = is_kept.get_mut(*row) {
            *is_kept = true;
        }
    }
    let mask = BooleanChunked::from_slice("kept".into(), &is_kept);
    let parts: Vec<Part> = parts
        .iter()
        .zip(&is_kept)
        .filter(|(_, is_kept)| **is_kept)
        .map(|(part, _)| *part)
        .collect();
    table.sampled(&mask)?.with_parts(&parts)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    (squares / (values.len() as f64 - 1.0).max(1.0)).sqrt()
}

fn findings(steps: &[Step], id: &str, judged: Part) -> Findings {
    let mut findings = Findings::default();
    let [.., before, last] = steps else {
        findings.push(
            t("Too few rows for a curve", "行数太少，无法绘制曲线"),
            Words::default(),
            Body::Words,
        );
        return findings;
    };
    let (end, gain) = (mean(&last.judged), mean(&last.judged) - mean(&before.judged));
    let noise = deviation(&last.judged).max(deviation(&before.judged)).max(0.002);
    let gap = mean(&last.training) - end;
    findings.measure(id, end);
    findings.measure("n_rows", last.n_rows as f64);
    let title = if gain > noise {
        t("More rows would help", "更多数据会有帮助")
    } else {
        t("More rows alone will hardly help", "仅增加数据帮助不大")
    };
    let (now, gain_text, gap_text) = (short(end), short(gain), short(gap));
    let (from, to) = (before.n_rows, last.n_rows);
    let (gap_en, gap_zh) = if gap > 0.05 {
        (
            format!(" On its training rows the model is better by {gap_text}: it overfits."),
            format!("模型在训练数据上高出 {gap_text}：存在过拟合。"),
        )
    } else {
        (String::new(), String::new())
    };
    let title_of = pg_metrics::findings::title_of(id);
    let (metric_en, metric_zh) = (&title_of.en, &title_of.zh);
    findings.push(
        title,
        say!(
            "{metric_en} is {now} with {to} training rows; the last step, from {from} rows, brought {gain_text}.{gap_en}",
            "使用 {to} 行训练数据时{metric_zh}为 {now}；从 {from} 行增加到此带来 {gain_text}。{gap_zh}"
        ),
        Body::Words,
    );
    let line = |name: Words, values: fn(&Step) -> &[f64]| Line {
        name,
        points: steps.iter().map(|step| [step.n_rows as f64, mean(values(step))]).collect(),
        band: steps
            .iter()
            .map(|step| {
                let (middle, spread) = (mean(values(step)), deviation(values(step)));
                [middle - spread, middle + spread]
            })
            .collect(),
    };
    let rows = if judged == Part::Test {
        t("Test rows", "测试数据")
    } else {
        t("Validation rows", "验证数据")
    };
    findings.push(
        t("Score by number of training rows", "成绩随训练数据量的变化"),
        t("The bands are one standard deviation over the repeats.", "阴影为重复之间的一个标准差。"),
        Body::Chart(Chart::Lines {
            x: t("Training rows", "训练行数").into(),
            y: title_of.clone(),
            is_x_log: false,
            lines: vec![
                line(rows.into(), |step| &step.judged),
                line(t("Training rows", "训练数据").into(), |step| &step.training),
            ],
        }),
    );
    let grid = Grid::default()
        .numbers(t("Training rows", "训练行数"), steps.iter().map(|step| step.n_rows as f64))
        .numbers(rows, steps.iter().map(|step| mean(&step.judged)))
        .numbers(t("Deviation", "标准差"), steps.iter().map(|step| deviation(&step.judged)))
        .numbers(
            t("On training rows", "训练数据上"),
            steps.iter().map(|step| mean(&step.training)),
        );
    findings.push(t("All steps", "全部步骤"), Words::default(), Body::Grid(grid));
    findings
}
