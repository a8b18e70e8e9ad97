//! Search: tries settings of the nodes before it and keeps the model that does best on the validation rows.
//!
//! Invariant: no trial sees a test row; these judge the winner alone, once per repeat.

use std::sync::Arc;

use pg_base::{Choice, NodeText, Param, Rng, Trouble, Words, say, t};
use pg_contract::{
    Change, Diagnostic, Effect, Example, Facts, InferCx, Inferred, NodeSpec, Report, RunCx, Stage,
    Status, Value,
};
use pg_data::{Part, Table};
use pg_deploy::Model;
use pg_metrics::Metric;

use crate::by_step::TABLE_IN;
use crate::evaluate::{MODEL_IN, REPORT_OUT};
use crate::examples;

mod board;
mod space;
mod suggest;

use space::Axis;
use suggest::Point;

const SPACE: Param<String> = Param::lines("space", t("Vary", "变动的参数"), "").help(t(
    "One line per parameter: NODE.PARAMETER = 0.0001 .. 0.1 log, or a list of values. Lists of lists are separated by \
     bars: mlp.hidden = 32 | 64, 32. A star stands for all choices.",
    "每行一个参数：节点.参数 = 0.0001 .. 0.1 log，或若干取值。列表的列表用竖线分隔：mlp.hidden = 32 | 64, 32。星号表示所有选项。",
));
const METHOD: Param<String> = Param::choice(
    "method",
    t("Method", "方法"),
    "tpe",
    &[
        Choice {
            id: "tpe",
            label: t("Learn from earlier trials (TPE)", "从先前试验中学习（TPE）"),
        },
        Choice { id: "random", label: t("Random", "随机") },
        Choice { id: "grid", label: t("Grid", "网格") },
        Choice { id: "halving", label: t("Successive halving", "逐次减半") },
    ],
);
const TRIALS: Param<i64> = Param::int("trials", t("Trials", "试验次数"), 20, 1, 10_000).help(t(
    "How many settings are tried at most; a grid ends when it is through.",
    "最多尝试多少组设置；网格走完即结束。",
));
const BUDGET: Param<String> = Param::text("budget", t("Budget", "预算"), "train.epochs = 5 .. 45")
    .help(t(
        "Every trial begins with the small end; the best third goes on with three times as much, up to the large end.",
        "每次试验从小端开始；最好的三分之一以三倍预算继续，直到大端。",
    ))
    .shown_when("method", &["halving"]);
const METRIC: Param<String> = Param::choice(
    "metric",
    t("Best by", "评价指标"),
    "auto",
    &[
        Choice { id: "auto", label: t("Automatic", "自动") },
        Choice { id: "accuracy", label: t("Accuracy", "准确率") },
        Choice { id: "balanced_accuracy", label: t("Balanced accuracy", "均衡准确率") },
        Choice { id: "f1_macro", label: t("F1 (macro)", "F1（宏平均）") },
        Choice { id: "roc_auc", label: t("ROC AUC", "ROC AUC") },
        Choice { id: "log_loss", label: t("Log loss", "对数损失") },
        Choice { id: "r2", label: t("R²", "R²") },
        Choice { id: "rmse", label: t("RMSE", "RMSE") },
        Choice { id: "mae", label: t("MAE", "MAE") },
    ],
);
const REPEATS: Param<i64> = Param::int("repeats", t("Repeats", "重复次数"), 1, 1, 50).help(t(
    "The whole search again with another split each time: the mean of the winners' test scores tells honestly what a \
     search like this one is worth.",
    "每次用不同的划分重做整个搜索：各次优胜者测试得分的均值，如实反映这种搜索的价值。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "search",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Train,
    text: NodeText {
        title: t("Search", "参数搜索"),
        summary: t(
            "Tries settings of the nodes before it and keeps the best model.",
            "尝试前面各节点的不同设置，保留最好的模型。",
        ),
        help: t(
            "Wire it behind Train and give it the table that was split. Any parameter of any node before it can be varied: \
             the learning rate, the size of the network, how gaps are filled. Trials are compared on the validation rows; \
             the test rows judge the winner alone. What two trials share runs once, and a search that was stopped goes on \
             where it was.",
            "接在“训练”之后，并连入已划分的表格。前面任何节点的任何参数都可以变动：学习率、网络大小、填补方式等。试验之间用验证数据比较，\
             测试数据只用来评价优胜者。两次试验相同的部分只运行一次，中断的搜索会从断点继续。",
        ),
        keywords: &[
            "hyperparameter",
            "tune",
            "grid search",
            "random search",
            "GridSearchCV",
            "Optuna",
            "TPE",
            "AutoML",
            "Parameter Fitter",
            "optimisation loop",
            "调参",
            "超参数",
            "网格搜索",
        ],
    },
    status: Status::Stable,
    inputs: &[MODEL_IN, TABLE_IN],
    outputs: &[MODEL_IN, REPORT_OUT],
    params: &[SPACE.spec, METHOD.spec, BUDGET.spec, TRIALS.spec, METRIC.spec, REPEATS.spec],
    effect: Effect::Computes,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: examples::defaults,
        inputs: || {
            let clouds = examples::clouds()?;
            let part = |row| Part::ALL.into_iter().cycle().nth(row).unwrap_or(Part::Training);
            let parts: Vec<Part> = (0..clouds.n_rows()).map(part).collect();
            Ok(vec![
                ("model", examples::small_model()?),
                ("table", Value::Table(clouds.with_parts(&parts)?)),
            ])
        },
    },
};

/// One trial: its settings, and the score of its model or why there is none.
struct Trial {
    point: Point,
    changes: Vec<Change>,
    score: Result<f64, Trouble>,
}

/// What a whole search found.
struct Found {
    trials: Vec<Trial>,
    /// Place of the best one.
    winner: usize,
    model: Arc<Model>,
    test: pg_metrics::Report,
}

/// How trials are judged.
struct Judge<'a> {
    cx: &'a RunCx<'a>,
    metric: Option<&'static Metric>,
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred =
        Inferred { outputs: vec![cx.input(MODEL_IN.id), Facts::Report], ..Inferred::default() };
    if cx.param(&SPACE).trim().is_empty() {
        inferred.diagnostics.push(Diagnostic::warning(
            Trouble::new("search-empty", say!("nothing is varied", "没有要变动的参数"))
                .advice(say!(
                    "Add a line such as `train.learning_rate = 0.0001 .. 0.1 log`.",
                    "请添加一行，例如 `train.learning_rate = 0.0001 .. 0.1 log`。"
                ))
                .param(SPACE.spec.id),
        ));
    }
    if let Facts::Table { sample, .. } = cx.input(TABLE_IN.id)
        && !sample.parts().contains(&Part::Validation)
    {
        inferred.diagnostics.push(Diagnostic::error(no_validation()));
    }
    inferred
}

fn no_validation() -> Trouble {
    Trouble::new("rows-none", say!("there are no validation rows", "没有验证数据"))
        .expected(say!("a split with a share for validation", "划分时为验证留出比例"))
        .advice(say!(
            "Give the split a validation share: trials are compared on these rows.",
            "请在划分中留出验证比例：试验用这些数据比较。"
        ))
        .port(TABLE_IN.id)
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let cx = &*cx;
    let id = cx.param(&METRIC);
    let judge = Judge { cx, metric: pg_metrics::metric(&id) };
    let now = judge.score(cx.model(MODEL_IN.id)?, cx.table(TABLE_IN.id)?)?;
    let space = cx.param(&SPACE);
    let lines = space.split(['\n', ';', '；']).map(str::trim).filter(|line| !line.is_empty());
    let axes: Vec<Axis> = match cx.env.trials {
        Some(trials) => lines.map(|line| Axis::parse(line, trials)).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    let n_repeats = if axes.is_empty() { 1 } else { cx.param(&REPEATS).unsigned_abs() };
    let mut searches = Vec::new();
    for repeat in 0..n_repeats {
        let done = repeat as f64 / n_repeats as f64;
        let progress = |share: f64, words: Words| {
            cx.progress(done + share / n_repeats as f64, words);
        };
        searches.push(search(&judge, &axes, cx.seed.wrapping_add(repeat), &progress)?);
    }
    let Some(first) = searches.first() else {
        return Err(Trouble::internal("a search without a repeat"));
    };
    let model = first.model.clone();
    let findings = board::findings(&axes, &searches, judge.metric, now);
    Ok(vec![Value::Model(model), Value::Report(Arc::new(Report::Findings(Box::new(findings))))])
}

/// One search from the first trial to the winner's test.
fn search(
    judge: &Judge<'_>,
    axes: &[Axis],
    seed: u64,
    progress: &dyn Fn(f64, Words),
) -> Result<Found, Trouble> {
    let mut search = Search { judge, axes, seed, progress, trials: Vec::new(), best: None };
    let n_trials = judge.cx.param(&TRIALS).unsigned_abs() as usize;
    let mut rng = Rng::new(seed, "search");
    match judge.cx.param(&METHOD).as_str() {
        _ if axes.is_empty() => search.make(Point::new(), &[], 1)?,
        "grid" => {
            let points = suggest::grid(axes);
            let n_points = points.len().min(n_trials);
            for point in points.into_iter().take(n_points) {
                search.make(point, &[], n_points)?;
            }
        }
        "random" => {
            for _ in 0..n_trials {
                search.make(suggest::random(axes, &mut rng), &[], n_trials)?;
            }
        }
        "halving" => search.halve(n_trials, &mut rng)?,
        _ => {
            for _ in 0..n_trials {
                let point =
                    suggest::parzen(axes, &scored(axes, &search.trials, judge.metric), &mut rng);
                search.make(point, &[], n_trials)?;
            }
        }
    }
    if !axes.is_empty() {
        // The settings as they are take part, last: a search never gives a worse model than it was given.
        search.make(Point::new(), &[], n_trials + 1)?;
    }
    search.end()
}

/// A search under way.
struct Search<'a> {
    judge: &'a Judge<'a>,
    axes: &'a [Axis],
    seed: u64,
    progress: &'a dyn Fn(f64, Words),
    trials: Vec<Trial>,
    /// Place of the best trial, its model and its table.
    best: Option<(usize, Arc<Model>, Table)>,
}

impl Search<'_> {
    /// Makes one trial of about `n_trials`. A trial that fails is part of the result, a cancel is not.
    fn make(&mut self, point: Point, more: &[Change], n_trials: usize) -> Result<(), Trouble> {
        self.judge.cx.check_cancelled()?;
        let number = self.trials.len() + 1;
        let best = self.best.as_ref().and_then(|(best, _, _)| self.trials.get(*best));
        let best = best.and_then(|trial| trial.score.as_ref().ok()).copied();
        (self.progress)((number - 1) as f64 / n_trials as f64, words_of(number, n_trials, best));
        let mut changes: Vec<Change> =
            self.axes.iter().zip(&point).map(|(axis, place)| axis.change(*place)).collect();
        changes.extend_from_slice(more);
        let made = self.judge.model(&changes, self.seed);
        let made =
            made.and_then(|(model, table)| Ok((self.judge.score(&model, &table)?, model, table)));
        let score = match made {
            Ok((score, model, table)) => {
                if best.is_none_or(|best| self.judge.is_better(score, best)) {
                    self.best = Some((self.trials.len(), model, table));
                }
                Ok(score)
            }
            Err(trouble) if trouble.is_cancelled() => return Err(trouble),
            Err(trouble) => Err(trouble),
        };
        self.trials.push(Trial { point, changes, score });
        Ok(())
    }

    /// All points with the least budget, the best third of them with three times as much, and so on. The winner is the
    /// best of those that had the whole budget.
    fn halve(&mut self, n_points: usize, rng: &mut Rng) -> Result<(), Trouble> {
        const FACTOR: f64 = 3.0;
        let Some(trials) = self.judge.cx.env.trials else { return Ok(()) };
        let budget = Axis::parse(&self.judge.cx.param(&BUDGET), trials)?;
        let (least, whole) = match budget.domain() {
            space::Domain::Range { low, high, .. } if *low > 0.0 => (*low, *high),
            _ => {
                return Err(Trouble::new(
                    "param-invalid",
                    say!("the budget has no two ends", "预算没有两端"),
                )
                .expected(say!("train.epochs = 5 .. 45", "train.epochs = 5 .. 45"))
                .param(BUDGET.spec.id));
            }
        };
        let n_rounds = ((whole / least).ln() / FACTOR.ln()).floor() as i32 + 1;
        let n_trials: usize =
            (0..n_rounds).map(|round| (n_points as f64 / FACTOR.powi(round)).ceil() as usize).sum();
        let mut points: Vec<Point> =
            (0..n_points).map(|_| suggest::random(self.axes, rng)).collect();
        for round in 0..n_rounds {
            let part = if round + 1 == n_rounds { whole } else { least * FACTOR.powi(round) };
            let share = budget.change((part - least) / (whole - least));
            self.best = None;
            let first = self.trials.len();
            for point in std::mem::take(&mut points) {
                self.make(point, std::slice::from_ref(&share), n_trials)?;
            }
            let tried = self.trials.get(first..).unwrap_or_default();
            let mut ranked = scored(self.axes, tried, self.judge.metric);
            ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
            ranked.truncate((ranked.len() as f64 / FACTOR).ceil() as usize);
            points = ranked.into_iter().map(|(point, _)| point).collect();
        }
        Ok(())
    }

    /// Judges the winner on the test rows.
    fn end(self) -> Result<Found, Trouble> {
        let Some((winner, model, table)) = self.best else {
            let failed = self.trials.into_iter().find_map(|trial| trial.score.err());
            return Err(failed.unwrap_or_else(|| Trouble::internal("a search without a trial")));
        };
        let rows = table.origin_part(Part::Test)?;
        let test = pg_deploy::score::evaluate(&model, self.judge.cx.env.compute, rows)?;
        Ok(Found { trials: self.trials, winner, model, test })
    }
}

impl Judge<'_> {
    /// The model and the table that some changes give.
    fn model(&self, changes: &[Change], seed: u64) -> Result<(Arc<Model>, Table), Trouble> {
        let values = match self.cx.env.trials {
            Some(trials) if !changes.is_empty() || seed != self.cx.seed => {
                trials.values(&[MODEL_IN.id, TABLE_IN.id], changes, seed)?
            }
            _ => {
                [MODEL_IN, TABLE_IN].iter().flat_map(|port| self.cx.all(port.id)).cloned().collect()
            }
        };
        match values.as_slice() {
            [Value::Model(model), Value::Table(table)] => Ok((model.clone(), table.clone())),
            _ => Err(Trouble::internal("a trial gave other values than asked for")),
        }
    }

    fn score(&self, model: &Arc<Model>, table: &Table) -> Result<f64, Trouble> {
        let rows = table.origin_part(Part::Validation)?;
        if rows.n_rows() == 0 {
            return Err(no_validation());
        }
        let report = pg_deploy::score::evaluate(model, self.cx.env.compute, rows)?;
        let wanted = self.metric.map(|metric| metric.id);
        let score = match wanted {
            Some(id) => report.metrics().get(id).copied(),
            None => report.headline().map(|(_, score)| score),
        };
        score.filter(|score| score.is_finite()).ok_or_else(|| {
            let all = report.metrics().keys().cloned().collect::<Vec<_>>().join(", ");
            let id = wanted.unwrap_or("auto");
            Trouble::new(
                "metric-absent",
                say!("these predictions have no `{id}`", "这些预测没有指标 `{id}`"),
            )
            .expected(say!("one of: {all}", "以下之一：{all}"))
            .param(METRIC.spec.id)
        })
    }

    fn is_better(&self, score: f64, other: f64) -> bool {
        upwards(self.metric, score) > upwards(self.metric, other)
    }
}

/// The score so that higher is better.
fn upwards(metric: Option<&Metric>, score: f64) -> f64 {
    if metric.is_none_or(|metric| metric.higher_is_better) { score } else { -score }
}

/// Points and scores of the trials that varied every axis and have a score, higher being better.
fn scored(axes: &[Axis], trials: &[Trial], metric: Option<&Metric>) -> Vec<(Point, f64)> {
    let scored =
        |trial: &Trial| Some((trial.point.clone(), upwards(metric, *trial.score.as_ref().ok()?)));
    let is_searched = |trial: &&Trial| trial.point.len() == axes.len();
    trials.iter().filter(is_searched).filter_map(scored).collect()
}

fn words_of(number: usize, n_trials: usize, best: Option<f64>) -> Words {
    match best {
        Some(best) => {
            say!(
                "trial {number} of {n_trials}, best so far {best:.4}",
                "第 {number} 次试验，共 {n_trials} 次，目前最好 {best:.4}"
            )
        }
        None => say!("trial {number} of {n_trials}", "第 {number} 次试验，共 {n_trials} 次"),
    }
}
