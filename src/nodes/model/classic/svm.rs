//! Support vector machine: finds the widest gap between classes, or a tube around numbers.

use pg_base::{Choice, NodeText, Param, ParamValues, t};
use pg_classic::{Kernel, Method, SvmSettings};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};

use super::METHOD_OUT;
use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::TASK;

const KERNEL: Param<String> = Param::choice(
    "kernel",
    t("Kernel", "核"),
    "rbf",
    &[
        Choice { id: "rbf", label: t("Bell-shaped (RBF)", "钟形 (RBF)") },
        Choice { id: "linear", label: t("Linear", "线性") },
    ],
);
const COST: Param<f64> =
    Param::float("cost", t("Cost of errors (C)", "误差代价 (C)"), 1.0, 1e-6, 1e6)
        .help(t("Larger fits the training rows closer.", "越大越贴近训练数据。"));
const GAMMA: Param<f64> = Param::float("gamma", t("Gamma", "Gamma"), 0.0, 0.0, 1e6)
    .help(t(
        "How narrow the bells are; 0 chooses by the spread of the columns.",
        "钟形的窄度；0 表示按列的离散程度自动选取。",
    ))
    .shown_when("kernel", &["rbf"]);
const TUBE: Param<f64> = Param::float("tube", t("Tube", "管道"), 0.1, 0.0, 100.0).help(t(
    "For numbers: errors up to this many standard deviations of the target cost nothing.",
    "数值目标：误差在目标的这么多个标准差之内不计代价。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "svm",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("Support vector machine", "支持向量机"),
        summary: t(
            "Finds the widest gap between classes, or a tube around numbers.",
            "寻找类别之间最宽的间隔，或围绕数值的管道。",
        ),
        help: t(
            "Strong on some thousand rows with many columns. Standardise and fill gaps before it. The bell-shaped kernel bends the boundary around the rows, the linear one keeps it straight. The time grows with the square of the rows: at most 20 000. Several classes are each told from the rest; probabilities are measured on held-out parts (Platt).",
            "在几千行、多列的数据上表现出色。请先标准化并填补缺失值。钟形核使边界绕数据弯曲，线性核保持直线。耗时随行数平方增长，最多 20 000 行。多分类时逐类区分其余；概率在留出的部分上测得（Platt 校准）。",
        ),
        keywords: &[
            "support vector machine",
            "SVM",
            "SVC",
            "SVR",
            "LinearSVC",
            "kernel",
            "RBF",
            "支持向量机",
            "核函数",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[METHOD_OUT],
    params: &[KERNEL.spec, COST.spec, GAMMA.spec, TUBE.spec, TASK.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| super::infer(cx, method),
    run: |cx| super::run(cx, method),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::clouds()),
    },
};

fn method(params: &ParamValues) -> Method {
    let kernel = if KERNEL.of(params) == "linear" {
        Kernel::Linear
    } else {
        Kernel::Rbf { gamma: Some(GAMMA.of(params)).filter(|gamma| *gamma > 0.0) }
    };
    Method::Svm(SvmSettings { kernel, cost: COST.of(params), tube: TUBE.of(params) })
}
