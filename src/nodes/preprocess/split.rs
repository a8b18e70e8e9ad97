//! Split: keeps rows apart for validation and test.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, say, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value,
};
use pg_data::encode::Task;
use pg_data::split::{self, Fractions};
use pg_data::steps::set_roles::SetRoles;
use pg_data::{ColumnKind, Role, Rows, Table, TargetCodec};

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
        Choice { id: "grouped", label: t("Groups stay together", "同组不拆分") },
        Choice { id: "time", label: t("By time", "按时间") },
        Choice { id: "order", label: t("In the order of the rows", "按行的顺序") },
        Choice { id: "column", label: t("As a column says", "按列指定") },
    ],
)
.help(t(
    "Stratified keeps the share of each class the same in all parts. Groups keeps all rows of one patient or customer in \
     one part. By time tests the latest rows. Automatic follows the roles: a time column, else a group column, else a \
     class target.",
    "分层使各类别在每部分中的比例相同。同组不拆分让同一病人或客户的数据都在同一部分。按时间则用最新的数据测试。自动会依据角色：先看时间列，再看分组列，再看目标是否为类别。",
));
const COLUMN: Param<String> = Param::column("column", t("Column", "列"), &[])
    .help(t(
        "Column of the groups, times or parts. Empty takes the column in the role group or time.",
        "分组、时间或所属部分所在的列。留空则使用角色为分组或时间的列。",
    ))
    .shown_when("method", &["grouped", "time", "column"]);
const TRAINING_VALUES: Param<String> =
    Param::text("training_values", t("Values for training", "训练的取值"), "train, training, 训练")
        .shown_when("method", &["column"]);
const VALIDATION_VALUES: Param<String> = Param::text(
    "validation_values",
    t("Values for validation", "验证的取值"),
    "validation, valid, val, dev, 验证",
)
.shown_when("method", &["column"]);
const TEST_VALUES: Param<String> =
    Param::text("test_values", t("Values for test", "测试的取值"), "test, holdout, 测试")
        .shown_when("method", &["column"]);

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
            "GroupShuffleSplit",
            "TimeSeriesSplit",
            "group",
            "time",
            "Data Sampler",
            "Partitioning",
            "划分",
            "训练集",
            "测试集",
            "分层",
            "分组",
            "时间",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[
        VALIDATION.spec,
        TEST.spec,
        METHOD.spec,
        COLUMN.spec,
        TRAINING_VALUES.spec,
        VALIDATION_VALUES.spec,
        TEST_VALUES.spec,
    ],
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
    Ok(vec![Value::Table(apply(cx.any_table(TABLE_IN.id)?, cx.params, cx.seed)?)])
}

/// Which rows go where does not matter to what is known while editing, so any seed will do.
fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = by_step::infer_with(cx, |table| apply(table, cx.params, 0));
    if let Facts::Table { sample, .. } = cx.input(TABLE_IN.id) {
        inferred.diagnostics.extend(super::doubts::of(&sample));
    }
    if let Some(Facts::Table { sample, .. }) = inferred.outputs.first() {
        inferred.diagnostics.extend(super::leaks::at_split(sample));
    }
    match (inferred.outputs.as_slice(), cx.input(TABLE_IN.id)) {
        // A sample too small to split says nothing about the whole.
        ([Facts::Unknown], Facts::Table { is_whole: false, .. }) => Inferred::of(Facts::Unknown),
        _ => inferred,
    }
}

/// How rows are assigned, after the roles of the columns are looked at.
enum Way {
    Random,
    Stratified(String),
    Grouped(String),
    Time(String),
    Order,
    Named(String),
}

fn apply(table: &Table, params: &ParamValues, seed: u64) -> Result<Table, Trouble> {
    let table = table.unbalanced()?;
    let fractions = Fractions { validation: VALIDATION.of(params), test: TEST.of(params) };
    let way = way(&table, params)?;
    if fractions.validation + fractions.test >= 1.0 && !matches!(way, Way::Named(_)) {
        return Err(Trouble::new(
            "param-invalid",
            say!("no rows would be left for training", "训练数据将为空"),
        )
        .expected(say!("validation and test together below 1", "验证与测试之和小于 1"))
        .param(TEST.spec.id));
    }
    let only = |column: &str| table.only(&[column.to_owned()]);
    let named = if let Way::Named(column) = &way { Some(column.clone()) } else { None };
    let parts = match way {
        Way::Random => split::random(table.n_rows(), fractions, seed)?,
        Way::Stratified(column) => {
            split::stratified(&only(&column)?.coded(&column)?.codes, fractions, seed)?
        }
        Way::Grouped(column) => split::grouped(&only(&column)?.labels(&column)?, fractions, seed)?,
        Way::Time(column) => {
            split::ordered(&split::by_time(&times(&only(&column)?, &column)?), fractions)?
        }
        Way::Order => split::ordered(&(0..table.n_rows()).collect::<Vec<_>>(), fractions)?,
        Way::Named(column) => {
            let names = [&TRAINING_VALUES, &VALIDATION_VALUES, &TEST_VALUES]
                .map(|param| super::listed(&param.of(params)));
            split::named(&only(&column)?.labels(&column)?, names.each_ref().map(Vec::as_slice))
                .map_err(|trouble| trouble.column(&column).param(COLUMN.spec.id))?
        }
    };
    let table = match named {
        // It says nothing about new rows, which have none of its values.
        Some(column) if table.schema().get(&column).is_none_or(|own| own.role != Role::Target) => {
            table.then(SetRoles { roles: [(column, Role::Ignored)].into() })?
        }
        _ => table,
    };
    table.with_parts(&parts)
}

fn way(table: &Table, params: &ParamValues) -> Result<Way, Trouble> {
    let schema = table.schema();
    let in_role = |role| schema.in_role(role).next().map(|column| column.name.clone());
    let chosen = COLUMN.of(params);
    if !chosen.is_empty() {
        schema.require(&chosen).map_err(|trouble| trouble.param(COLUMN.spec.id))?;
    }
    let column = |role: Option<Role>| {
        let named = Some(chosen.clone()).filter(|name| !name.is_empty());
        named.or_else(|| role.and_then(in_role)).ok_or_else(column_unchosen)
    };
    Ok(match METHOD.of(params).as_str() {
        "grouped" => Way::Grouped(column(Some(Role::Group))?),
        "time" => Way::Time(column(Some(Role::Time))?),
        "column" => Way::Named(column(None)?),
        "order" => Way::Order,
        "random" => Way::Random,
        "stratified" => Way::Stratified(schema.one_target().map_err(not_stratified)?.name.clone()),
        // Several targets have no classes in common that could be spread evenly.
        _ => match (in_role(Role::Time), in_role(Role::Group), schema.one_target().ok()) {
            (Some(time), ..) => Way::Time(time),
            (None, Some(group), _) => Way::Grouped(group),
            (None, None, Some(target)) if is_class(table, &target.name)? => {
                Way::Stratified(target.name.clone())
            }
            _ => Way::Random,
        },
    })
}

fn not_stratified(trouble: Trouble) -> Trouble {
    trouble
        .expected(say!("one target to stratify by", "一个可用于分层的目标"))
        .advice(say!(
            "Put Set target with one column before it, or choose a random split.",
            "请先设定单个目标，或选择随机划分。"
        ))
        .param(METHOD.spec.id)
}

/// The same rule that decides the task decides whether the parts are stratified.
fn is_class(table: &Table, target: &str) -> Result<bool, Trouble> {
    let codec = TargetCodec::fit(&table.only(&[target.to_owned()])?, target, Task::Auto);
    Ok(matches!(codec, Ok(TargetCodec::Classes { .. })))
}

/// Numbers that order the rows: times, or numbers such as years.
pub(crate) fn times(rows: &Rows, column: &str) -> Result<Vec<f64>, Trouble> {
    let kind = &rows.schema.require(column)?.kind;
    if matches!(kind, ColumnKind::Date | ColumnKind::Number) {
        return rows.floats(column);
    }
    let label = kind.label();
    let (en, zh) = (label.en, label.zh);
    Err(Trouble::new("column-kind", say!("`{column}` is a {en} column", "`{column}` 是{zh}列"))
        .expected(say!("dates or numbers, which have an order", "有先后顺序的日期或数值"))
        .column(column))
}

fn column_unchosen() -> Trouble {
    Trouble::new("param-column-missing", say!("no column is chosen", "没有选择列"))
        .expected(say!("the column that the split follows", "划分所依据的列"))
        .advice(say!(
            "Choose it here, or give it the role with Set target.",
            "请在此选择该列，或用“设定目标”为其设定角色。"
        ))
        .param(COLUMN.spec.id)
}
