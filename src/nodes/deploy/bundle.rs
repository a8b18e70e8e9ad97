//! Bundle: writes the model to one file that predicts and serves anywhere.

use pg_base::{NodeText, Param, ParamValues, Trouble, say, t};
use pg_contract::{
    Diagnostic, Effect, Example, Facts, InferCx, Inferred, NodeSpec, PortSpec, PortType, RunCx,
    Stage, Status, Value,
};

use crate::evaluate::{MODEL_IN, REPORT_OUT};
use crate::examples;

const FILE: Param<String> = Param::text("file", t("File", "文件"), "model.pyromodel").help(t(
    "Name of the file, beside the project unless an output folder is given.",
    "文件名；除非指定输出文件夹，否则与项目放在一起。",
));

const EXTENSION: &str = ".pyromodel";

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "bundle",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Deploy,
    text: NodeText {
        title: t("Bundle", "模型包"),
        summary: t(
            "Writes the model to one file for predicting and serving.",
            "把模型写成一个文件，用于预测和服务。",
        ),
        help: t(
            "The file holds the network, its weights, every preparing step, the columns it wants, the metrics (wire a report \
             to include them), a model card and a few rows with their expected predictions, which every load replays. Use it \
             with `pyrograph predict` and `pyrograph serve`.",
            "文件包含网络、权重、所有预处理步骤、所需的列、指标（连接报告即可写入）、模型卡，以及若干行及其应有的预测，每次加载都会核对。\
             可配合 `pyrograph predict` 和 `pyrograph serve` 使用。",
        ),
        keywords: &[
            "bundle",
            "save model",
            "export",
            "deploy",
            "package",
            "pickle",
            "保存模型",
            "导出",
            "部署",
        ],
    },
    status: Status::Stable,
    inputs: &[MODEL_IN, REPORT_OUT.optional()],
    outputs: &[PortSpec::new("bundle", t("Bundle", "模型包"), PortType::Bundle)],
    params: &[FILE.spec],
    effect: Effect::Writes,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: examples::defaults,
        inputs: || Ok(vec![("model", examples::small_model()?)]),
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let file = file_name(cx.params)?;
    let mut model = (**cx.model(MODEL_IN.id)?).clone();
    if !cx.all(REPORT_OUT.id).is_empty() {
        model.metrics = cx.report(REPORT_OUT.id)?.metrics();
    }
    let folder = cx.env.out_folder.unwrap_or(cx.env.base_folder);
    let path = folder.join(file);
    pg_deploy::bundle::save(&model, cx.env.graph_json, &path, cx.env.compute)?;
    Ok(vec![Value::Bundle(path)])
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let diagnostics = file_name(cx.params).err().map(Diagnostic::error).into_iter().collect();
    Inferred { outputs: vec![Facts::Bundle], diagnostics, ..Inferred::default() }
}

/// A plain name with our extension: a project from somebody else must not write over other files.
fn file_name(params: &ParamValues) -> Result<String, Trouble> {
    let name = FILE.of(params);
    let is_plain = name.len() > EXTENSION.len()
        && name.ends_with(EXTENSION)
        && !name.starts_with('.')
        && !name.contains(['/', '\\', ':', '\0']);
    if is_plain {
        return Ok(name);
    }
    Err(Trouble::new("bundle-name", say!("the file is called `{name}`", "文件名为 `{name}`"))
        .expected(say!(
            "a name without folders that ends in {EXTENSION}",
            "不含文件夹、以 {EXTENSION} 结尾的文件名"
        ))
        .param(FILE.spec.id))
}
