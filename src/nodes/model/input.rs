//! Input: where a table enters a network.

use pg_base::{Choice, NodeText, Param, ParamValue, ParamValues, Trouble, say, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, Network, NodeSpec, PortSpec, PortType, RunCx, Stage,
    Status, Value,
};
use pg_data::encode::Task;
use pg_data::{Encoder, InputSlot, Table};
use pg_nn::Blueprint;

use crate::by_step::{TABLE_IN, told};
use crate::examples;
use crate::model::{head_of, shared, signals_of};

/// The network that leaves.
pub(crate) const NETWORK_OUT: PortSpec =
    PortSpec::new("network", t("Network", "网络"), PortType::Network);

const FEATURES: Param<String> = Param::choice(
    "features",
    t("Features", "特征"),
    "auto",
    &[
        Choice { id: "auto", label: t("Automatic", "自动") },
        Choice { id: "numbers", label: t("Numbers", "数值") },
        Choice { id: "image", label: t("Pictures", "图像") },
        Choice { id: "sequence", label: t("Text tokens", "文本序列") },
    ],
)
.help(t(
    "Which features enter here. A table with numbers and pictures needs two Input nodes, joined later by Concatenate.",
    "从这里进入的特征。既有数值又有图像的表格需要两个输入节点，之后用“拼接”合并。",
));

/// How the target is understood; shared with the ready-made networks.
pub(crate) const TASK: Param<String> = Param::choice(
    "task",
    t("Task", "任务"),
    "auto",
    &[
        Choice { id: "auto", label: t("Automatic", "自动") },
        Choice { id: "classification", label: t("Classification", "分类") },
        Choice { id: "regression", label: t("Regression", "回归") },
    ],
)
.help(t(
    "Automatic: words and few whole numbers are classes, other numbers are predicted as numbers.",
    "自动：文字和少量整数视为类别，其他数字按数值预测。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "input",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("Input", "输入"),
        summary: t("Brings the features of a table into a network.", "把表格的特征送入网络。"),
        help: t(
            "Every network that you build layer by layer begins here. All feature columns enter; the target decides what \
             the Output must give.",
            "逐层搭建的网络都从这里开始。所有特征列都会进入；目标列决定输出的形式。",
        ),
        keywords: &["input", "InputLayer", "placeholder", "data", "输入层"],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[NETWORK_OUT],
    params: &[FEATURES.spec, TASK.spec],
    effect: Effect::Pure,
    is_individual: true,
    infer,
    run,
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::clouds()),
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let network = begin(cx.any_table(TABLE_IN.id)?, cx.params, cx.node_id)?;
    Ok(vec![Value::Network(shared(network))])
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    infer_from_table(cx, |table| begin(table, cx.params, cx.node_id))
}

/// Facts of a network made from a sample.
pub(crate) fn infer_from_table(
    cx: &InferCx<'_>,
    make: impl FnOnce(&Table) -> Result<Network, Trouble>,
) -> Inferred {
    let Facts::Table { sample, is_whole } = cx.input(TABLE_IN.id) else {
        return Inferred::of(Facts::Unknown);
    };
    match make(&sample) {
        Ok(network) => Inferred::of(Facts::Network(shared(network))),
        // A part of the rows may lack classes or hold one value only: then nothing is told before a run.
        Err(trouble) if !is_whole && is_from_sample(&trouble) => Inferred::of(Facts::Unknown),
        Err(trouble) => told(trouble, &sample),
    }
}

/// Whether the whole table may do where a part of it failed.
pub(crate) fn is_from_sample(trouble: &Trouble) -> bool {
    trouble.code.starts_with("target-") && trouble.code != "target-missing"
}

/// The task that a node's parameters ask for.
pub(crate) fn task_of(params: &ParamValues) -> Task {
    match TASK.of(params).as_str() {
        "classification" => Task::Classification,
        "regression" => Task::Regression,
        _ => Task::Auto,
    }
}

/// A network that holds nothing but the input layer `id`.
pub(crate) fn begin(table: &Table, params: &ParamValues, id: &str) -> Result<Network, Trouble> {
    let encoder = Encoder::fit(table, task_of(params))?;
    let wanted = FEATURES.of(params);
    let fits = |slot: &InputSlot| match slot {
        InputSlot::Numbers { .. } => wanted == "numbers",
        InputSlot::Image { .. } => wanted == "image",
        InputSlot::Sequence { .. } => wanted == "sequence",
    };
    let slot = if wanted == "auto" {
        match encoder.inputs.len() {
            1 => Some(0),
            n_kinds => {
                return Err(Trouble::new(
                    "features-mixed",
                    say!("the features are of {n_kinds} kinds", "特征有 {n_kinds} 种类型"),
                )
                .advice(say!(
                    "Choose which enter here, and add an Input node for each other kind.",
                    "请选择从这里进入的类型，并为其他类型各添加一个输入节点。"
                ))
                .param(FEATURES.spec.id));
            }
        }
    } else {
        encoder.inputs.iter().position(fits)
    };
    let slot = slot.ok_or_else(|| {
        Trouble::new("features-none", say!("the table has no such features", "表格没有这类特征"))
            .param(FEATURES.spec.id)
    })?;
    let mut blueprint = Blueprint::new(signals_of(&encoder));
    let mut layer = ParamValues::new();
    layer.insert("slot".to_owned(), ParamValue::Int(slot as i64));
    blueprint.push(id, "input", layer, &[])?;
    Ok(Network { blueprint, tip: id.to_owned(), head: head_of(&encoder), encoder: Some(encoder) })
}
