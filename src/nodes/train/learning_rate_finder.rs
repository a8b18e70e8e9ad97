//! Learning rate finder: tries all step sizes in a short training of a copy and says which learns fastest.

use std::sync::Arc;

use pg_base::{Batch, BatchSource, NodeText, Param, ParamSpec, Rng, Trouble, Words, say, t};
use pg_contract::{
    Effect, Example, Facts, Inferred, NodeSpec, Report, RunCx, Stage, Status, Value,
};
use pg_metrics::findings::{Body, Chart, Findings, Line};
use pg_nn::train::ScheduleKind;
use pg_nn::{TrainControl, TrainEvent, TrainJob, TrainSettings};

use crate::by_step::TABLE_IN;
use crate::evaluate::REPORT_OUT;
use crate::examples;
use crate::model::input::NETWORK_OUT;
use crate::train::settings;
use crate::train::work::{Fit, job_of};

/// Step sizes that are tried, about.
const N_TRIED: usize = 100;
/// Memory of the running mean of the loss; fastai's.
const MEMORY: f64 = 0.9;
/// The test ends when the smoothed loss is this many times the lowest; fastai's.
const BLOWN_UP: f64 = 4.0;
/// First points that are left out, because a running mean of so few losses is noise; fastai's.
const N_NOISY: usize = 10;
/// How far below the rate of the lowest loss a suggestion is looked for.
const MAX_BELOW_LOWEST: f64 = 100.0;

const LOWEST: Param<f64> = Param::float("lowest", t("From", "从"), 1e-6, 1e-10, 1.0).advanced();
const HIGHEST: Param<f64> = Param::float("highest", t("To", "到"), 1.0, 1e-6, 100.0).advanced();

const OWN: [ParamSpec; 2] = [LOWEST.spec, HIGHEST.spec];
const PARAMS: [ParamSpec; settings::PARAMS_OF_STEP.len() + OWN.len()] =
    settings::joined(settings::PARAMS_OF_STEP, &OWN);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "learning_rate_finder",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Train,
    text: NodeText {
        title: t("Learning rate finder", "学习率查找"),
        summary: t(
            "Tries many learning rates and says which to take.",
            "尝试多种学习率并给出建议。",
        ),
        help: t(
            "Trains a copy of the network for about a hundred steps while the learning rate grows from tiny to huge, and draws the loss \
             over it. Where the loss falls fastest the network learns best; where it rises the steps are too large. The suggestion is the \
             rate of the steepest fall, at most a tenth of the rate with the lowest loss. Choose the same optimizer, loss and batch size as in Train.",
            "用约一百步训练网络的一个副本，同时让学习率从极小增到极大，并画出损失曲线。损失下降最快处学习效果最好，损失上升处步子太大。\
             建议值是下降最快处的学习率，且不超过最低损失处学习率的十分之一。优化器、损失函数和批大小请与“训练”保持一致。",
        ),
        keywords: &[
            "learning rate",
            "lr_find",
            "range test",
            "fastai",
            "lightning",
            "学习率",
            "查找",
            "范围测试",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN, NETWORK_OUT],
    outputs: &[REPORT_OUT],
    params: &PARAMS,
    effect: Effect::Computes,
    is_individual: false,
    infer: |_| Inferred::of(Facts::Report),
    run,
    example: Example {
        params: || examples::params([("batch_size", pg_base::ParamValue::Int(8))]),
        inputs: || {
            Ok(vec![
                ("table", Value::Table(examples::clouds()?)),
                ("network", examples::small_network()?),
            ])
        },
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let table = cx.any_table(TABLE_IN.id)?.glimpse()?;
    let network = cx.network(NETWORK_OUT.id)?.clone();
    let (lowest, highest) = (cx.param(&LOWEST), cx.param(&HIGHEST));
    if lowest >= highest {
        return Err(Trouble::new(
            "range-empty",
            say!("the range goes from {lowest} to {highest}", "范围是从 {lowest} 到 {highest}"),
        )
        .expected(say!("a highest rate above the lowest", "上限应大于下限"))
        .param(HIGHEST.spec.id));
    }
    let what = Fit {
        table: &table,
        network: &network,
        params: cx.params,
        key: cx.key,
        checkpoint_folder: None,
    };
    let (job, _) = job_of(cx, &what)?;
    let tried = sweep(cx, job, lowest, highest)?;
    Ok(vec![Value::Report(Arc::new(Report::Findings(Box::new(findings(&tried)?))))])
}

/// Learning rates in rising order, each with the loss of its batch, up to where the loss blows up.
fn sweep(
    cx: &RunCx<'_>,
    job: TrainJob,
    lowest: f64,
    highest: f64,
) -> Result<Vec<[f64; 2]>, Trouble> {
    let training = some_rows(job.training, N_TRIED * job.settings.batch_size, cx.seed);
    let n_batches = training.n_rows().div_ceil(job.settings.batch_size).max(1);
    let settings = TrainSettings {
        n_epochs: N_TRIED.div_ceil(n_batches),
        learning_rate: highest,
        schedule: ScheduleKind::Sweep { start_fraction: lowest / highest },
        ..job.settings
    };
    let job = TrainJob { settings, training, validation: None, checkpoint_folder: None, ..job };
    let control = TrainControl::new(cx.cancel().clone());
    let mut tried: Vec<[f64; 2]> = Vec::new();
    let mut smooth = Smooth::default();
    let mut least = f64::INFINITY;
    let trained = cx.env.compute.train(&job, &control, &mut |event| {
        let TrainEvent::Step { step, loss, learning_rate, .. } = event else { return };
        tried.push([learning_rate, loss]);
        let mean = smooth.add(loss);
        least = least.min(mean);
        if tried.len() > N_TRIED / 10 && mean > least + (BLOWN_UP - 1.0) * least.abs() {
            control.stop_and_keep();
        }
        let fraction = (step as f64 / N_TRIED as f64).min(1.0);
        cx.progress(
            fraction,
            say!("learning rate {learning_rate:.1e}", "学习率 {learning_rate:.1e}"),
        );
    });
    match trained {
        // The loss ran away at the last rate that was tried: that is what the test is for.
        Err(trouble) if trouble.code == "loss-not-finite" => {}
        Err(trouble) => return Err(trouble),
        Ok(_) => {}
    }
    Ok(tried)
}

/// Running mean that corrects for its start at zero.
#[derive(Default)]
struct Smooth {
    mean: f64,
    n_added: i32,
}

impl Smooth {
    fn add(&mut self, loss: f64) -> f64 {
        self.n_added += 1;
        self.mean = MEMORY * self.mean + (1.0 - MEMORY) * loss;
        self.mean / (1.0 - MEMORY.powi(self.n_added))
    }
}

/// The learning rate of the steepest fall over the logarithm, at most a tenth of that of the lowest loss.
fn suggestion(curve: &[[f64; 2]]) -> Option<f64> {
    let curve = curve.get(N_NOISY..)?;
    let lowest = curve.iter().min_by(|one, other| one[1].total_cmp(&other[1]))?;
    let before = curve.iter().position(|point| point[0] >= lowest[0])?;
    // The slope over five points, because neighbours go up and down by chance.
    let steepest = curve
        .get(..=before)?
        .windows(5)
        .filter_map(|window| {
            let [first, _, middle, _, last] = window else { return None };
            Some((last[1] - first[1], middle[0]))
        })
        .filter(|(fall, rate)| *fall < 0.0 && *rate >= lowest[0] / MAX_BELOW_LOWEST)
        .min_by(|one, other| one.0.total_cmp(&other.0))?;
    Some(steepest.1.min(lowest[0] / 10.0))
}

fn findings(tried: &[[f64; 2]]) -> Result<Findings, Trouble> {
    let mut smooth = Smooth::default();
    let curve: Vec<[f64; 2]> =
        tried.iter().map(|[rate, loss]| [*rate, smooth.add(*loss)]).collect();
    let Some(rate) = suggestion(&curve) else {
        let n_tried = tried.len();
        return Err(Trouble::new(
            "learning-rate-none",
            say!(
                "the loss did not fall with any of {n_tried} learning rates",
                "试过的 {n_tried} 个学习率都没有使损失下降"
            ),
        )
        .expected(say!("a loss that falls somewhere", "损失应在某处下降"))
        .advice(say!(
            "Standardise the inputs, widen the range, or check whether the inputs tell anything about the target.",
            "请对输入做标准化、扩大范围，或检查输入是否与目标有关。"
        )));
    };
    let rate = two_digits(rate);
    let mut findings = Findings::default();
    findings.measure("learning_rate", rate);
    let line = |name: Words, points: Vec<[f64; 2]>| Line { name, points, band: Vec::new() };
    let chart = Chart::Lines {
        x: say!("Learning rate", "学习率"),
        y: say!("Loss", "损失"),
        is_x_log: true,
        lines: vec![
            line(say!("Smoothed loss", "平滑后的损失"), curve),
            line(say!("Loss of the batch", "单批损失"), tried.to_vec()),
        ],
    };
    findings.push(
        say!("Learning rate {rate}", "学习率 {rate}"),
        say!(
            "Set the learning rate of Train to {rate}: the loss falls well there and is still far from where it blows up.",
            "请把“训练”的学习率设为 {rate}：此处损失下降得快，离发散还很远。"
        ),
        Body::Chart(chart),
    );
    Ok(findings)
}

fn two_digits(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}

/// At most so many rows of a source, chosen at random.
fn some_rows(source: Arc<dyn BatchSource>, n_rows: usize, seed: u64) -> Arc<dyn BatchSource> {
    if source.n_rows() <= n_rows {
        return source;
    }
    let mut rows: Vec<usize> = (0..source.n_rows()).collect();
    Rng::new(seed, "learning rate finder").shuffle(&mut rows);
    rows.truncate(n_rows);
    Arc::new(SomeRows { source, rows })
}

struct SomeRows {
    source: Arc<dyn BatchSource>,
    rows: Vec<usize>,
}

impl BatchSource for SomeRows {
    fn n_rows(&self) -> usize {
        self.rows.len()
    }

    fn gather(&self, rows: &[usize], augment_seed: Option<u64>) -> Result<Batch, Trouble> {
        let rows: Option<Vec<usize>> =
            rows.iter().map(|row| self.rows.get(*row).copied()).collect();
        let rows = rows.ok_or_else(|| Trouble::internal("a row beyond the chosen ones"))?;
        self.source.gather(&rows, augment_seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steepest_fall_is_suggested_but_no_more_than_a_tenth_of_the_lowest() {
        let curve = |lowest_at: f64, width: f64| -> Vec<[f64; 2]> {
            let log_rates = (0..60).map(|index| -6.0 + f64::from(index) * 0.1);
            let loss = |log_rate: f64| {
                let fall = 1.0 / (1.0 + ((log_rate - lowest_at + 2.0) / width).exp());
                let rise = ((log_rate - lowest_at) * 3.0).exp();
                fall + rise
            };
            log_rates.map(|log_rate| [10f64.powf(log_rate), loss(log_rate)]).collect()
        };
        let rate = suggestion(&curve(-1.0, 0.3)).expect("falls");
        assert!((-3.3..-2.6).contains(&rate.log10()), "{rate}");
        // The first means fall from chance alone.
        let mut noisy = curve(-1.0, 0.3);
        (0..10).zip(&mut noisy).for_each(|(index, point)| point[1] = 9.0 - f64::from(index));
        assert_eq!(suggestion(&noisy), Some(rate));
        let rises: Vec<[f64; 2]> =
            (0..60).map(|index| [f64::from(index) + 1.0, f64::from(index)]).collect();
        assert_eq!(suggestion(&rises), None);
        assert_eq!(suggestion(&[]), None);
        assert_eq!(two_digits(0.001_234), 0.0012);
    }
}
