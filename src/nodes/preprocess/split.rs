//! Split: keeps rows apart for validation and test.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, say, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value,
};
use pg_data::encode::Task;
use pg_data::split::{self, Fractions};
use pg_data::{Table, TargetCodec};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const VALIDATION: Param<f64> =
    Param::float("validation", t("Validation share", "验证比例"), 0.15, 0.0, 0.9).help(t(
        "Rows watched while training, for early stopping.",
        "训练时用于观察和提前停止的数据。",
    ));
const TEST: Param<f64> = Param::float("test", t("Test share", "测试比例"), 0.2, 0.0, 0.9)
    .help(t("Rows seen only by the evaluation.", "只在评估时使用的数据。"));
const METHOD: Param<String> = Param::choice(
    "method",
    t("Method", "方法"),
    "auto",
    &[
        Choice { id: "auto", label: t("Automatic", "自动") },
        Choice { id: "stratified", label: t("Stratified by the target", "按目标分层") },
        Choice { id: "random", label: t("Random", "随机") },
    ],
)
.help(t(
    "Stratified keeps the share of each class the same in all parts; automatic does so when the target is a class.",
    "分层使各类别在每部分中的比例相同；目标为类别时，自动即采用分层。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "split",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Split", "划分"),
        summary: t("Keeps rows apart for validation and test.", "留出用于验证和测试的数据。"),
        help: t(
            "A model must be judged on rows that it has not seen. Steps that learn from data (filling, scaling, encoding) use \
             the training rows only, also when they stand before this node: they are learnt anew here.",
            "模型必须在未见过的数据上评估。需要学习的步骤（填补、缩放、编码）只使用训练数据，即使位于本节点之前也会在此重新学习。",
        ),
        keywords: &[
            "split",
            "train test split",
            "holdout",
            "partition",
            "validation",
            "stratify",
            "划分",
            "训练集",
            "测试集",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[VALIDATION.spec, TEST.spec, METHOD.spec],
    effect: Effect::Seeded,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    Ok(vec![Value::Table(apply(cx.table(TABLE_IN.id)?, cx.params, cx.seed)?)])
}

/// Which rows go where does not matter to what is known while editing, so any seed will do.
fn infer(cx: &InferCx<'_>) -> Inferred {
    let inferred = by_step::infer_with(cx, |table| apply(table, cx.params, 0));
    match (inferred.outputs.as_slice(), cx.input(TABLE_IN.id)) {
        // A sample too small to split says nothing about the whole.
        ([Facts::Unknown], Facts::Table { is_whole: false, .. }) => Inferred::of(Facts::Unknown),
        _ => inferred,
    }
}

fn apply(table: &Table, params: &ParamValues, seed: u64) -> Result<Table, Trouble> {
    let fractions = Fractions { validation: VALIDATION.of(params), test: TEST.of(params) };
    if fractions.validation + fractions.test >= 1.0 {
        return Err(Trouble::new(
            "param-invalid",
            say!("no rows would be left for training", "训练数据将为空"),
        )
        .expected(say!("validation and test together below 1", "验证与测试之和小于 1"))
        .param(TEST.spec.id));
    }
    let method = METHOD.of(params);
    let target = table.schema().target();
    // The same rule that decides the task decides whether the parts are stratified.
    let is_class = target.is_some_and(|target| {
        matches!(
            TargetCodec::fit(table.rows(), &target.name, Task::Auto),
            Ok(TargetCodec::Classes { .. })
        )
    });
    let parts = match target {
        Some(target) if method == "stratified" || (method == "auto" && is_class) => {
            let labels: Vec<Option<String>> = table
                .rows()
                .texts(&target.name)?
                .iter()
                .map(|label| label.map(str::to_owned))
                .collect();
            split::stratified(&labels, fractions, seed)?
        }
        None if method == "stratified" => {
            return Err(Trouble::new(
                "target-missing",
                say!("there is no target to stratify by", "没有可用于分层的目标"),
            )
            .advice(say!(
                "Put Set target before it, or choose a random split.",
                "请先设定目标，或选择随机划分。"
            ))
            .param(METHOD.spec.id));
        }
        _ => split::random(table.n_rows(), fractions, seed)?,
    };
    table.with_parts(&parts)
}
