//! Train: fits a network to the training rows.

use pg_base::{NodeText, Trouble, say, t};
use pg_contract::{
    Diagnostic, Effect, Example, Facts, InferCx, Inferred, NodeSpec, Plan, PortSpec, PortType,
    RunCx, Severity, Stage, Status, SuggestedFix, Value,
};
use std::sync::Arc;

use crate::by_step::TABLE_IN;
use crate::model::input::NETWORK_OUT;
use crate::train::work::{Fit, fit};
use crate::train::{estimate, settings};
use crate::{examples, model};

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "train",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Train,
    text: NodeText {
        title: t("Train", "训练"),
        summary: t(
            "Fits a network or a classical method to the training rows.",
            "让网络或经典方法拟合训练数据。",
        ),
        help: t(
            "Goes over the training rows again and again and moves the weights so that the loss falls. Validation rows are \
             watched: when their loss stops falling, the model has begun to learn by heart, and early stopping gives back the \
             best weights. The result is a model with everything needed to use it on raw rows.",
            "反复遍历训练数据并调整权重，使损失下降。同时观察验证数据：当其损失不再下降，说明模型开始死记硬背，提前停止会恢复最佳权重。\
             结果是一个可直接用于原始数据的完整模型。",
        ),
        keywords: &["train", "fit", "learn", "optimizer", "epochs", "训练", "拟合", "学习"],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN, NETWORK_OUT],
    outputs: &[PortSpec::new("model", t("Model", "模型"), PortType::Model)],
    params: settings::PARAMS,
    effect: Effect::Computes,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || {
            examples::params([
                ("epochs", pg_base::ParamValue::Int(5)),
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
    if let Some(Value::Plan(plan)) = cx.all(NETWORK_OUT.id).first() {
        let model = estimate::fit(cx, cx.table(TABLE_IN.id)?, plan)?;
        return Ok(vec![Value::Model(Arc::new(model))]);
    }
    let table = cx.any_table(TABLE_IN.id)?.clone();
    let network = cx.network(NETWORK_OUT.id)?.clone();
    let what = Fit {
        table: &table,
        network: &network,
        params: cx.params,
        key: cx.key,
        checkpoint_folder: cx.env.checkpoint_folder.clone(),
    };
    let model = fit(cx, &what, &mut |event| cx.training_event(event))?;
    Ok(vec![Value::Model(Arc::new(model))])
}

/// A method has its settings on its own node.
fn no_epochs(plan: &Plan) -> Diagnostic {
    let title = plan.method.title();
    let (en, zh) = (title.en, title.zh);
    Diagnostic {
        severity: Severity::Info,
        trouble: Trouble::new(
            "method-no-epochs",
            say!("{en}: no epochs to learn in", "{zh}：不按轮次学习"),
        )
        .advice(say!(
            "Its settings are on its own node; those of Train are for networks.",
            "其设置在它自己的节点上；“训练”的设置仅用于神经网络。"
        )),
        fix: None,
    }
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = Inferred::of(Facts::Unknown);
    if let Facts::Table { sample, .. } = cx.input(TABLE_IN.id)
        && !sample.is_split()
    {
        inferred.diagnostics.push(
            Diagnostic {
                severity: Severity::Warning,
                trouble: Trouble::new(
                    "not-split",
                    say!("all rows are used for training", "所有数据都用于训练"),
                )
                .expected(say!("rows kept apart for validation and test", "应留出验证和测试数据"))
                .advice(say!("Put a Split node before it.", "请在之前加入“划分”节点。"))
                .port(TABLE_IN.id),
                fix: None,
            }
            .with_fix(
                say!("Insert a split", "插入划分"),
                SuggestedFix::InsertBefore {
                    port: TABLE_IN.id.to_owned(),
                    kind: "split".to_owned(),
                    params: examples::defaults(),
                },
            ),
        );
    }
    if let Facts::Plan(plan) = cx.input(NETWORK_OUT.id) {
        inferred.diagnostics.push(no_epochs(&plan));
        inferred.idle_params = settings::ids();
    }
    if let Facts::Network(network) = cx.input(NETWORK_OUT.id) {
        match model::finished(&network) {
            Ok(blueprint) => {
                let mut network = (*network).clone();
                network.blueprint = blueprint;
                inferred.outputs = vec![Facts::Model(Arc::new(network))];
            }
            Err(trouble) => inferred.diagnostics.push(Diagnostic::error(trouble)),
        }
    }
    inferred
}
