//! Cross-validate: trains and judges once per fold, with the whole recipe refitted in every fold.

use pg_base::{Choice, NodeText, Param, ParamSpec, Trouble, say, t};
use pg_contract::{Effect, Example, NodeSpec, Report, RunCx, Stage, Status, Value};
use pg_data::split::{self, Fold};
use pg_data::{Encoder, Part, Role, Table, TargetCodec};
use std::sync::Arc;

use crate::by_step::TABLE_IN;
use crate::evaluate::{REPORT_OUT, anew};
use crate::examples;
use crate::model::input::{NETWORK_OUT, TASK, task_of};
use crate::preprocess::split::times;
use crate::train::settings;

const FOLDS: Param<i64> = Param::int("folds", t("Folds", "折数"), 5, 2, 100)
    .help(t("Each row is tested in exactly one fold.", "每一行恰好在其中一折中被测试。"));
const VALIDATION: Param<f64> =
    Param::float("validation", t("Validation share", "验证比例"), 0.15, 0.0, 0.5).help(t(
        "Part of each fold's remaining rows that is watched for early stopping.",
        "每折剩余数据中用于提前停止的比例。",
    ));

const METHOD: Param<String> = Param::choice(
    "method",
    t("Folds by", "分折方式"),
    "auto",
    &[
        Choice { id: "auto", label: t("Automatic", "自动") },
        Choice { id: "stratified", label: t("Stratified by the target", "按目标分层") },
        Choice { id: "random", label: t("Random", "随机") },
        Choice { id: "grouped", label: t("Groups stay together", "同组不拆分") },
        Choice { id: "time", label: t("Time, growing window", "时间（扩展窗口）") },
        Choice { id: "leave_one_out", label: t("Leave one out", "留一法") },
    ],
)
.help(t(
    "Automatic follows the roles: a time column, else a group column, else a class target. A growing window trains on \
     all rows up to a moment and tests the ones that follow. Leave one out trains once per row, for 200 rows at most.",
    "自动会依据角色：先看时间列，再看分组列，再看目标是否为类别。扩展窗口用某一时刻之前的全部数据训练，并测试随后的数据。留一法每行训练一次，最多 200 行。",
));
const COLUMN: Param<String> = Param::column("column", t("Column", "列"), &[])
    .help(t(
        "Column of the groups or times. Empty takes the column in the role group or time.",
        "分组或时间所在的列。留空则使用角色为分组或时间的列。",
    ))
    .shown_when("method", &["grouped", "time"]);
const REPEATS: Param<i64> = Param::int("repeats", t("Repeats", "重复次数"), 1, 1, 20)
    .help(t(
        "Whole cross-validations with other random folds; more of them steady the mean.",
        "以不同的随机分折重复整个交叉验证；次数越多，均值越稳定。",
    ))
    .shown_when("method", &["auto", "stratified", "random", "grouped"]);

/// Rows that leave-one-out takes at most: it trains a network for each.
const MAX_LEFT_OUT: usize = 200;

const OWN: [ParamSpec; 6] =
    [FOLDS.spec, VALIDATION.spec, TASK.spec, METHOD.spec, COLUMN.spec, REPEATS.spec];

const PARAMS: [ParamSpec; settings::PARAMS.len() + OWN.len()] =
    settings::joined(&OWN, settings::PARAMS);

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
            "RepeatedKFold",
            "GroupKFold",
            "TimeSeriesSplit",
            "LeaveOneOut",
            "cross_val_score",
            "交叉验证",
            "折",
            "留一法",
            "时间序列",
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
    let whole = Encoder::fit(&table, task_of(cx.params))?;
    // What an earlier split balanced starts from the rows of the source again.
    let table = table.unbalanced()?;
    let folds = folds(cx, &table, whole.only_target())?;
    let n_folds = folds.len();
    let mut reports = Vec::with_capacity(n_folds);
    for (index, parts) in folds.iter().enumerate() {
        cx.check_cancelled()?;
        let number = index + 1;
        cx.progress(
            index as f64 / n_folds as f64,
            say!("fold {number} of {n_folds}", "第 {number} 折，共 {n_folds} 折"),
        );
        let fold = with_fold(&table, parts)?;
        let checkpoint_folder = cx.env.checkpoint_folder.as_ref();
        let checkpoint_folder =
            checkpoint_folder.map(|folder| folder.join(format!("fold_{number}")));
        let trained = anew::train(cx, &fold, index as u64, checkpoint_folder)?;
        let report = pg_deploy::score::evaluate(
            &Arc::new(trained),
            cx.env.compute,
            fold.origin_part(Part::Test)?,
        )?;
        reports.push(report);
    }
    Ok(vec![Value::Report(Arc::new(Report::CrossValidation { folds: reports }))])
}

/// The parts of every run, repeats one after the other.
fn folds(
    cx: &RunCx<'_>,
    table: &Table,
    target: Option<&TargetCodec>,
) -> Result<Vec<Fold>, Trouble> {
    let (rows, n_rows) = (table.rows(), table.n_rows());
    let n_folds = cx.param(&FOLDS).unsigned_abs() as usize;
    let validation = cx.param(&VALIDATION);
    let classes = match target {
        Some(TargetCodec::Classes { column, .. }) => Some(rows.labels(column)?),
        _ => None,
    };
    // Groups and times are those of the source: steps may have made other columns of theirs.
    let source = table.origin_rows()?;
    let in_role = |role| table.schema().in_role(role).next().map(|column| column.name.clone());
    let chosen = Some(cx.param(&COLUMN)).filter(|name| !name.is_empty());
    let column = |role| chosen.clone().or_else(|| in_role(role)).ok_or_else(column_unchosen);
    let method = cx.param(&METHOD);
    let method = match method.as_str() {
        "auto" if in_role(Role::Time).is_some() => "time",
        "auto" if in_role(Role::Group).is_some() => "grouped",
        "auto" if classes.is_some() => "stratified",
        "stratified" if classes.is_none() => return Err(not_classes()),
        other => other,
    };
    let whole = |runs: Vec<Vec<Part>>| -> Vec<Fold> {
        runs.into_iter().map(|parts| parts.into_iter().map(Some).collect()).collect()
    };
    match method {
        "time" => {
            let times = times(&source, &column(Role::Time)?)?;
            return split::time_folds(&split::by_time(&times), n_folds, validation);
        }
        "leave_one_out" if n_rows > MAX_LEFT_OUT => {
            return Err(Trouble::new(
                "rows-too-many",
                say!(
                    "leaving one out would train {n_rows} networks",
                    "留一法需要训练 {n_rows} 个网络"
                ),
            )
            .expected(say!("at most {MAX_LEFT_OUT} rows", "不超过 {MAX_LEFT_OUT} 行"))
            .advice(say!("Choose 5 or 10 folds instead.", "请改用 5 折或 10 折。"))
            .param(METHOD.spec.id));
        }
        "leave_one_out" => return Ok(whole(split::k_folds(n_rows, n_rows, validation, cx.seed)?)),
        _ => {}
    }
    let groups =
        if method == "grouped" { source.labels(&column(Role::Group)?)? } else { Vec::new() };
    let mut all = Vec::new();
    for repeat in 0..cx.param(&REPEATS).unsigned_abs() {
        let seed = cx.seed.wrapping_add(repeat);
        all.extend(match (method, &classes) {
            ("grouped", _) => split::grouped_k_folds(&groups, n_folds, validation, seed)?,
            ("stratified", Some(labels)) => {
                whole(split::stratified_k_folds(labels, n_folds, validation, seed)?)
            }
            _ => whole(split::k_folds(n_rows, n_folds, validation, seed)?),
        });
    }
    Ok(all)
}

/// The table with the parts of one run; rows that the run leaves out are gone.
fn with_fold(table: &Table, fold: &Fold) -> Result<Table, Trouble> {
    let parts: Vec<Part> = fold.iter().copied().flatten().collect();
    if parts.len() == fold.len() {
        return table.with_parts(&parts);
    }
    table.sampled(&fold.iter().map(Option::is_some).collect())?.with_parts(&parts)
}

fn column_unchosen() -> Trouble {
    Trouble::new("param-column-missing", say!("no column is chosen", "没有选择列"))
        .expected(say!("the column that the folds follow", "分折所依据的列"))
        .advice(say!(
            "Choose it here, or give it the role with Set target.",
            "请在此选择该列，或用“设定目标”为其设定角色。"
        ))
        .param(COLUMN.spec.id)
}

fn not_classes() -> Trouble {
    Trouble::new(
        "param-invalid",
        say!("there is no single target with classes", "没有单个类别型目标"),
    )
    .expected(say!("classes to stratify by", "可用于分层的类别"))
    .advice(say!("Choose random folds.", "请选择随机分折。"))
    .param(METHOD.spec.id)
}
