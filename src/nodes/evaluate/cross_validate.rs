//! Cross-validate: trains and judges once per fold, with the whole recipe refitted in every fold.

use pg_base::{NodeText, Param, ParamSpec, StableHasher, Trouble, say, t};
use pg_contract::{
    Effect, Example, Facts, Inferred, NodeSpec, Plan, Report, RunCx, Stage, Status, Value,
};
use pg_data::{Encoder, Part, TargetCodec, split};
use std::sync::Arc;

use crate::by_step::TABLE_IN;
use crate::evaluate::REPORT_OUT;
use crate::model::input::{NETWORK_OUT, TASK, task_of};
use crate::train::work::{Fit, fit};
use crate::train::{estimate, settings};
use crate::{examples, model};

const FOLDS: Param<i64> = Param::int("folds", t("Folds", "折数"), 5, 2, 100)
    .help(t("Each row is tested in exactly one fold.", "每一行恰好在其中一折中被测试。"));
const VALIDATION: Param<f64> =
    Param::float("validation", t("Validation share", "验证比例"), 0.15, 0.0, 0.5).help(t(
        "Part of each fold's remaining rows that is watched for early stopping.",
        "每折剩余数据中用于提前停止的比例。",
    ));

const PARAMS: [ParamSpec; settings::PARAMS.len() + 3] = {
    let mut all = [FOLDS.spec; settings::PARAMS.len() + 3];
    all[1] = VALIDATION.spec;
    all[2] = TASK.spec;
    let mut index = 0;
    while index < settings::PARAMS.len() {
        all[index + 3] = settings::PARAMS[index];
        index += 1;
    }
    all
};

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "cross_validate",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Evaluate,
    text: NodeText {
        title: t("Cross-validate", "交叉验证"),
        summary: t(
            "Trains and tests on every part of the data in turn.",
            "轮流在数据的每一部分上训练和测试。",
        ),
        help: t(
            "Splits the rows into folds; each fold is the test set once while the rest trains a fresh network. Every fitted \
             step (filling, scaling, one-hot levels, vocabularies) is learnt anew from the training rows of the fold, so \
             nothing leaks. Gives the mean and the deviation of each metric. An earlier split is replaced.",
            "把数据分成若干折；每折轮流作为测试集，其余用于训练一个全新的网络。所有需要学习的步骤（填补、缩放、独热级别、词表）\
             都在该折的训练数据上重新学习，因此不会泄漏。给出每个指标的均值与标准差。之前的划分会被取代。",
        ),
        keywords: &[
            "cross-validation",
            "k-fold",
            "KFold",
            "StratifiedKFold",
            "cross_val_score",
            "交叉验证",
            "折",
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
        params: || {
            examples::params([
                ("epochs", pg_base::ParamValue::Int(3)),
                ("folds", pg_base::ParamValue::Int(2)),
                ("learning_rate", pg_base::ParamValue::Float(0.05)),
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

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?.clone();
    let plan = match cx.all(NETWORK_OUT.id).first() {
        Some(Value::Plan(plan)) => Some(plan.clone()),
        _ => None,
    };
    let n_folds = cx.param(&FOLDS).unsigned_abs() as usize;
    let whole = Encoder::fit(&table, task_of(cx.params))?;
    let labels = match &whole.target {
        Some(TargetCodec::Classes { column, .. }) => Some(
            table
                .rows()
                .texts(column)?
                .iter()
                .map(|label| label.map(str::to_owned))
                .collect::<Vec<_>>(),
        ),
        _ => None,
    };
    let folds = match &labels {
        Some(labels) => split::stratified_k_folds(labels, n_folds, cx.param(&VALIDATION), cx.seed)?,
        None => split::k_folds(table.n_rows(), n_folds, cx.param(&VALIDATION), cx.seed)?,
    };
    let mut reports = Vec::with_capacity(n_folds);
    for (index, parts) in folds.iter().enumerate() {
        cx.check_cancelled()?;
        let number = index + 1;
        cx.progress(
            index as f64 / n_folds as f64,
            say!("fold {number} of {n_folds}", "第 {number} 折，共 {n_folds} 折"),
        );
        let fold = table.with_parts(parts)?;
        let encoder = Encoder::fit(&fold, task_of(cx.params))?;
        let trained = if let Some(plan) = &plan {
            let encoder = encoder.accepting_gaps(plan.encoder.accepts_gaps);
            estimate::fit(cx, &fold, &Plan { method: plan.method.clone(), encoder })?
        } else {
            let network = model::refitted(cx.network(NETWORK_OUT.id)?, encoder)?;
            let key = StableHasher::new().key(cx.key).number(index as u64).finish();
            let checkpoint_folder = cx.env.checkpoint_folder.as_ref();
            let what = Fit {
                table: &fold,
                network: &network,
                params: cx.params,
                key,
                checkpoint_folder: checkpoint_folder
                    .map(|folder| folder.join(format!("fold_{number}"))),
            };
            fit(cx, &what, &mut |event| cx.training_event(event))?
        };
        let report = pg_deploy::score::evaluate(
            &Arc::new(trained),
            cx.env.compute,
            fold.origin_part(Part::Test)?,
        )?;
        reports.push(report);
    }
    Ok(vec![Value::Report(Arc::new(Report::CrossValidation { folds: reports }))])
}
