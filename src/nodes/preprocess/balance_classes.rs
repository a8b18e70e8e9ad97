//! Balance classes: as many training rows of each class.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, say, t};
use pg_contract::{
    Effect, Example, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, SuggestedFix, Value,
};
use pg_data::Table;
use pg_data::steps::balance::{Balance, BalanceMethod};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const METHOD: Param<String> = Param::choice("method", t("Method", "方法"), "repeat", &[Choice { id: "repeat", label: t("Repeat small classes", "重复较少类别") },
Choice { id: "leave_out", label: t("Leave out rows of larger classes", "减少较多类别的数据") },
Choice { id: "smote", label: t("Make up rows (SMOTE)", "合成数据（SMOTE）") },
Choice { id: "even_groups", label: t("Equal shares in every group (fairness)", "各组类别比例相同（公平性）") },
])
.help(t("Repeating is simple and safe; leaving out loses data; made-up rows lie between neighbours of one class. Equal shares repeat and leave out rows until a group, such as men or women, no longer foretells the answer (reweighing); groups and classes keep their sizes.", "重复简单稳妥；减少会丢失数据；合成的数据位于同类相邻数据之间。“各组比例相同”通过重复和减少数据，使分组（如性别）不再预示答案（重加权）；各组和各类的大小保持不变。"));
const NEIGHBOURS: Param<i64> = Param::int("neighbours", t("Neighbours", "近邻数"), 5, 1, 100)
    .help(t(
        "Rows of the same class that a made-up row may lie between.",
        "合成数据可介于多少条同类近邻之间。",
    ))
    .shown_when("method", &["smote"]);
const GROUP: Param<String> = Param::column("group", t("Groups of", "分组列"), &[])
    .help(t(
        "The column that shall not foretell the answer, such as sex or age group.",
        "不应预示答案的列，例如性别或年龄段。",
    ))
    .shown_when("method", &["even_groups"]);

/// Told while editing too, whatever the sample.
const NOT_SPLIT: &str = "column-parts-missing";

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "balance_classes",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Balance classes", "平衡类别"),
        summary: t("Gives every class as many training rows.", "使每个类别的训练数据一样多。"),
        help: t(
            "Where one answer is rare, a network learns to never give it. Balancing changes training rows only: validation and test keep the shares of real life, so the report stays honest. It must stand after Split, because a copy of a training row must never be tested; a cross-validation balances each fold anew.",
            "当某个答案很少见时，网络会学成从不给出它。平衡只改变训练数据：验证和测试保持真实比例，评估因此可信。它必须位于“划分”之后，因为训练数据的副本绝不能进入测试；交叉验证会在每一折重新平衡。",
        ),
        keywords: &[
            "SMOTE",
            "oversampling",
            "undersampling",
            "RandomOverSampler",
            "RandomUnderSampler",
            "imbalanced",
            "imblearn",
            "Equal Size Sampling",
            "reweighing",
            "fairness",
            "不平衡",
            "过采样",
            "欠采样",
            "类别平衡",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[METHOD.spec, NEIGHBOURS.spec, GROUP.spec],
    effect: Effect::Seeded,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::clouds()),
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?;
    Ok(vec![Value::Table(balanced(table, step(cx.params, cx.seed))?)])
}

/// Before a split every row would be changed, the later test rows too: that is an error, mended by a Split.
fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = by_step::infer_with(cx, |table| balanced(table, step(cx.params, 0)));
    for diagnostic in &mut inferred.diagnostics {
        if diagnostic.trouble.code == NOT_SPLIT {
            diagnostic.fix = Some((
                say!("Put Split before it", "在其之前加入“划分”"),
                SuggestedFix::InsertBefore {
                    port: TABLE_IN.id.to_owned(),
                    kind: "split".to_owned(),
                    params: ParamValues::new(),
                },
            ));
        }
    }
    inferred
}

fn balanced(table: &Table, step: Balance) -> Result<Table, Trouble> {
    if table.is_split() {
        return table.then(step);
    }
    Err(Trouble::new(NOT_SPLIT, say!("the rows are not split yet", "数据尚未划分"))
        .expected(say!("a Split before this node", "在此节点之前有“划分”"))
        .advice(say!(
            "Rows made from rows that are tested later give the answers away: split first.",
            "由之后用于测试的数据生成的行会泄漏答案：请先划分。"
        )))
}

fn step(params: &ParamValues, seed: u64) -> Balance {
    let method = match METHOD.of(params).as_str() {
        "leave_out" => BalanceMethod::LeaveOut,
        "smote" => BalanceMethod::Smote,
        "even_groups" => BalanceMethod::EvenGroups,
        _ => BalanceMethod::Repeat,
    };
    Balance {
        method,
        n_neighbours: NEIGHBOURS.of(params).unsigned_abs() as usize,
        group: GROUP.of(params),
        seed,
    }
}
