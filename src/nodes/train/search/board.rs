//! What a search tells: the winner and its honest score, the leaderboard, which parameters mattered, how it went.

use pg_base::{Words, say, t};
use pg_metrics::Metric;
use pg_metrics::findings::{Bar, Body, Chart, Findings, Grid, Line, PointGroup};

use super::space::{Axis, Domain, number};
use super::{Found, Trial, scored, suggest, upwards};

/// Rows of the leaderboard at most.
const MAX_ROWS: usize = 1000;

/// All that is told of the repeats of a search; `now` is the score of the settings as they are.
pub(super) fn findings(
    axes: &[Axis],
    searches: &[Found],
    metric: Option<&'static Metric>,
    now: f64,
) -> Findings {
    let mut findings = Findings::default();
    let Some(first) = searches.first() else { return findings };
    for (id, (mean, deviation)) in
        pg_metrics::mean_metrics(searches.iter().map(|found| &found.test))
    {
        findings.measure(&id, mean);
        if searches.len() > 1 {
            findings.measure(&format!("{id}_std"), deviation);
        }
    }
    let best = first.trials.get(first.winner).and_then(|trial| trial.score.as_ref().ok()).copied();
    findings.measure("validation_score", best.unwrap_or(f64::NAN));
    findings.push(t("Winner", "优胜者"), winner(first, best, now), Body::Words);
    let board = leaderboard(axes, first, metric);
    findings.push(
        t("Leaderboard", "排行榜"),
        t(
            "All trials by their score on the validation rows.",
            "按验证数据上的得分排列的全部试验。",
        ),
        Body::Grid(board),
    );
    if searches.len() > 1 {
        findings.push(t("Repeats", "重复"), repeats_note(searches), Body::Grid(repeats(searches)));
    }
    findings.push(
        t("Course of the search", "搜索过程"),
        t(
            "Where the line of the best score has been flat for long, more trials will hardly help.",
            "若最好得分的曲线长期平坦，增加试验次数帮助不大。",
        ),
        Body::Chart(course(first, metric)),
    );
    let scored = scored(axes, &first.trials, metric);
    if !axes.is_empty() && scored.len() > 4 {
        let mut bars: Vec<Bar> = axes
            .iter()
            .zip(suggest::importance(axes, &scored))
            .map(|(axis, value)| Bar { name: axis.name().into(), value, interval: None })
            .collect();
        bars.sort_by(|a, b| b.value.total_cmp(&a.value));
        findings.push(
            t("What mattered", "哪些参数重要"),
            t(
                "Share of the differences between trials that each parameter explains by itself.",
                "每个参数单独能解释的试验间得分差异的比例。",
            ),
            Body::Chart(Chart::Bars { x: t("Share", "比例").into(), bars }),
        );
    }
    for (index, axis) in axes.iter().enumerate() {
        if let Some(chart) = scatter(index, axis, first) {
            findings.push(axis.name(), Words::default(), Body::Chart(chart));
        }
    }
    findings
}

fn winner(found: &Found, best: Option<f64>, now: f64) -> Words {
    let settings = found.trials.get(found.winner).map(settings_of).unwrap_or_default();
    let best = best.unwrap_or(f64::NAN);
    let (id, test) = found.test.headline().unwrap_or(("", f64::NAN));
    let Words { en, zh } = pg_metrics::findings::title_of(id);
    let n_failed = found.trials.iter().filter(|trial| trial.score.is_err()).count();
    let mut words = if settings.is_empty() {
        say!(
            "The settings as they are score {now:.4} on the validation rows.",
            "当前设置在验证数据上的得分为 {now:.4}。"
        )
    } else {
        say!(
            "{settings} scores {best:.4} on the validation rows; the settings as they were, {now:.4}.",
            "{settings} 在验证数据上得分 {best:.4}；原来的设置得分 {now:.4}。"
        )
    };
    let tested = say!(
        " On the test rows, which no trial saw: {en} {test:.4}.",
        "在任何试验都未见过的测试数据上，{zh}为 {test:.4}。"
    );
    words.en.push_str(&tested.en);
    words.zh.push_str(&tested.zh);
    if n_failed > 0 {
        let failed = say!(" {n_failed} trials failed.", "有 {n_failed} 次试验失败。");
        words.en.push_str(&failed.en);
        words.zh.push_str(&failed.zh);
    }
    words
}

fn settings_of(trial: &Trial) -> String {
    let setting = |change: &pg_contract::Change| {
        format!("{}.{} = {}", change.node, change.param, change.value)
    };
    trial.changes.iter().map(setting).collect::<Vec<_>>().join(", ")
}

fn leaderboard(axes: &[Axis], found: &Found, metric: Option<&'static Metric>) -> Grid {
    let mut order: Vec<usize> = (0..found.trials.len()).collect();
    let score_at = |index: &usize| {
        let score = found.trials.get(*index).and_then(|trial| trial.score.as_ref().ok());
        score.map_or(f64::NEG_INFINITY, |score| upwards(metric, *score))
    };
    // The winner first: it had the whole budget, where budgets differ.
    order.sort_by(|a, b| {
        (*b == found.winner).cmp(&(*a == found.winner)).then(score_at(b).total_cmp(&score_at(a)))
    });
    order.truncate(MAX_ROWS);
    let trials: Vec<(usize, &Trial)> =
        order.iter().filter_map(|index| Some((index + 1, found.trials.get(*index)?))).collect();
    let mut grid = Grid::default()
        .numbers(t("Trial", "试验"), trials.iter().map(|(number, _)| *number as f64))
        .numbers(
            t("Score", "得分"),
            trials.iter().map(|(_, trial)| trial.score.as_ref().copied().unwrap_or(f64::NAN)),
        );
    let n_changes = trials.iter().map(|(_, trial)| trial.changes.len()).max().unwrap_or(0);
    for index in 0..n_changes {
        let change = |trial: &Trial| trial.changes.get(index).cloned();
        let Some(name) = trials.iter().find_map(|(_, trial)| change(trial)) else { continue };
        let title = format!("{}.{}", name.node, name.param);
        let is_range =
            axes.get(index).is_none_or(|axis| matches!(axis.domain(), Domain::Range { .. }));
        let values = trials.iter().map(|(_, trial)| change(trial).map(|change| change.value));
        grid = if is_range {
            grid.numbers(title, values.map(|value| value.map_or(f64::NAN, |value| number(&value))))
        } else {
            grid.texts(
                title,
                values.map(|value| value.map(|value| value.to_string()).unwrap_or_default()),
            )
        };
    }
    if trials.iter().any(|(_, trial)| trial.score.is_err()) {
        let why = |trial: &Trial| match &trial.score {
            Ok(_) => Words::default(),
            Err(trouble) => trouble.details.found.clone(),
        };
        grid =
            grid.texts(t("Failed because", "失败原因"), trials.iter().map(|(_, trial)| why(trial)));
    }
    grid
}

fn repeats_note(searches: &[Found]) -> Words {
    let n_repeats = searches.len();
    say!(
        "The whole search, {n_repeats} times with another split each: the spread of the last column is what to expect on \
         new data.",
        "用不同的划分把整个搜索做了 {n_repeats} 次：最后一列的波动就是新数据上可预期的表现。"
    )
}

fn repeats(searches: &[Found]) -> Grid {
    let winner =
        |found: &Found| found.trials.get(found.winner).map(settings_of).unwrap_or_default();
    let validation = |found: &Found| {
        let score = found.trials.get(found.winner).and_then(|trial| trial.score.as_ref().ok());
        score.copied().unwrap_or(f64::NAN)
    };
    let test = |found: &Found| found.test.headline().map_or(f64::NAN, |(_, score)| score);
    Grid::default()
        .numbers(t("Repeat", "重复"), (1..=searches.len()).map(|number| number as f64))
        .texts(t("Winner", "优胜者"), searches.iter().map(winner))
        .numbers(t("Validation", "验证"), searches.iter().map(validation))
        .numbers(t("Test", "测试"), searches.iter().map(test))
}

fn course(found: &Found, metric: Option<&'static Metric>) -> Chart {
    let is_upward = metric.is_none_or(|metric| metric.higher_is_better);
    let scores = found
        .trials
        .iter()
        .enumerate()
        .filter_map(|(index, trial)| Some([(index + 1) as f64, *trial.score.as_ref().ok()?]));
    let scores: Vec<[f64; 2]> = scores.collect();
    let mut best: Option<f64> = None;
    let so_far = scores.iter().map(|[trial, score]| {
        let better = match best {
            Some(best) if is_upward => best.max(*score),
            Some(best) => best.min(*score),
            None => *score,
        };
        best = Some(better);
        [*trial, better]
    });
    let so_far = so_far.collect();
    let line = |name: Words, points| Line { name, points, band: Vec::new() };
    Chart::Lines {
        x: t("Trial", "试验").into(),
        y: t("Score on the validation rows", "验证数据得分").into(),
        is_x_log: false,
        lines: vec![
            line(t("Best so far", "目前最好").into(), so_far),
            line(t("Trial", "单次试验").into(), scores),
        ],
    }
}

/// Scores over the values of one parameter.
fn scatter(index: usize, axis: &Axis, found: &Found) -> Option<Chart> {
    let Domain::Range { is_log, .. } = axis.domain() else { return None };
    let point = |trial: &Trial| {
        let x = number(&trial.changes.get(index)?.value);
        // Points have no logarithmic axis: the exponent is as readable.
        Some([if *is_log { x.log10() } else { x }, *trial.score.as_ref().ok()?])
    };
    let points = found.trials.iter().filter_map(point).collect();
    let name = axis.name();
    let x = if *is_log { format!("log10 {name}") } else { name };
    let group = PointGroup { name: t("Trials", "试验").into(), points };
    Some(Chart::Points { x: x.into(), y: t("Score", "得分").into(), groups: vec![group] })
}
