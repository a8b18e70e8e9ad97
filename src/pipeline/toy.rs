//! Toy kinds for the tests: the pipeline is proved without a single real node.

use std::path::Path;
use std::sync::Arc;

use pg_base::{
    Array, Batch, Choice, Fingerprint, NodeText, Param, ParamValue, ParamValues, StableHasher,
    Text, Trouble, say, t,
};
use pg_contract::{
    Change, Diagnostic, Effect, Example, Facts, InferCx, Inferred, Network, NodeSpec, PortSpec,
    PortType, Registry, RunCx, Stage, Status, SuggestedFix, Upgrade, Value,
};
use pg_data::{Column, ColumnKind, Schema, Table};
use pg_nn::{
    Blueprint, Compute, DeviceInfo, Predictor, StepTimes, TrainControl, TrainEvent, TrainJob,
    TrainSettings, Trained, Weights,
};
use polars::prelude::{DataFrame, NamedFrom, Series};

use crate::document::{Document, Link, Node};
use crate::edit::Edit;

pub(crate) const AMOUNT: Param<i64> = Param::int("amount", t("Amount", "数量"), 1, 0, 1_000_000);
const MODE: Param<String> = Param::choice(
    "mode",
    t("Mode", "模式"),
    "works",
    &[
        Choice { id: "works", label: t("Works", "正常") },
        Choice { id: "fails", label: t("Fails", "失败") },
        Choice { id: "panics", label: t("Panics", "崩溃") },
        Choice { id: "lies", label: t("Lies", "说谎") },
        Choice { id: "cancels", label: t("Cancels", "取消") },
        Choice { id: "warns", label: t("Warns", "警告") },
    ],
);
/// Matters only in one mode.
const SECRET: Param<i64> =
    Param::int("secret", t("Secret", "秘密"), 0, 0, 9).shown_when("mode", &["warns"]);
const COLOUR: Param<String> = Param::text("colour", t("Colour", "颜色"), "red").without_effect();
const BATCH_SIZE: Param<i64> = Param::int("batch_size", t("Batch size", "批大小"), 16, 1, 1024);
const FILE: Param<String> = Param::file("file", t("File", "文件"), &["txt"]);
const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &[]);

const IN: PortSpec = PortSpec::new("in", t("In", "输入"), PortType::Network);
const OUT: PortSpec = PortSpec::new("out", t("Out", "输出"), PortType::Network);
const TEXT: NodeText = NodeText {
    title: t("Toy", "玩具"),
    summary: t("A toy.", "玩具。"),
    help: t("A toy.", "玩具。"),
    keywords: &["toy"],
};
const NO_EXAMPLE: Example = Example { params: ParamValues::new, inputs: || Ok(Vec::new()) };

const BASE: NodeSpec = NodeSpec {
    id: "base",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: TEXT,
    status: Status::Stable,
    inputs: &[IN],
    outputs: &[OUT],
    params: &[],
    effect: Effect::Pure,
    is_individual: false,
    infer,
    run: run_add,
    example: NO_EXAMPLE,
};

static READ: NodeSpec = NodeSpec {
    id: "read",
    inputs: &[],
    params: &[FILE.spec],
    effect: Effect::Reads(look),
    run: run_read,
    ..BASE
};
static ADD: NodeSpec = NodeSpec {
    id: "add",
    version: 2,
    replaces: &["plus"],
    upgrades: &[Upgrade { from_version: 1, apply: rename_number }],
    inputs: &[IN.optional()],
    params: &[AMOUNT.spec, MODE.spec, SECRET.spec, COLOUR.spec, COLUMNS.spec],
    ..BASE
};
static NEED: NodeSpec = NodeSpec { id: "need", params: &[AMOUNT.spec], infer: infer_need, ..BASE };
static DRAW: NodeSpec = NodeSpec { id: "draw", effect: Effect::Seeded, ..BASE };
static TRAIN: NodeSpec =
    NodeSpec { id: "train", params: &[BATCH_SIZE.spec], effect: Effect::Computes, ..BASE };
/// Turns a network and rows into a model, as far as ports tell.
static FIT: NodeSpec = NodeSpec {
    id: "fit",
    inputs: &[IN, PortSpec::new("table", Text::EMPTY, PortType::Table)],
    outputs: &[PortSpec::new("model", Text::EMPTY, PortType::Model)],
    params: &[BATCH_SIZE.spec],
    effect: Effect::Computes,
    infer: |_| Inferred::of(Facts::Unknown),
    ..BASE
};
static LAYER: NodeSpec = NodeSpec { id: "layer", is_individual: true, ..BASE };
static JOIN: NodeSpec = NodeSpec { id: "join", inputs: &[IN.many()], ..BASE };
static WRITE: NodeSpec = NodeSpec {
    id: "write",
    outputs: &[PortSpec::new("file", t("File", "文件"), PortType::Bundle)],
    effect: Effect::Writes,
    infer: |_| Inferred::of(Facts::Bundle),
    run: run_write,
    ..BASE
};
static ACT: NodeSpec =
    NodeSpec { id: "act", outputs: &[], effect: Effect::Writes, run: |_| Ok(Vec::new()), ..BASE };
static ROWS: NodeSpec = NodeSpec {
    id: "rows",
    inputs: &[],
    outputs: &[PortSpec::new("table", Text::EMPTY, PortType::Table)],
    params: &[AMOUNT.spec],
    run: |cx| {
        Ok(vec![Value::Table(table(usize::try_from(cx.param(&AMOUNT)).unwrap_or_default())?)])
    },
    ..BASE
};
static COUNT: NodeSpec = NodeSpec {
    id: "count",
    inputs: &[PortSpec::new("table", Text::EMPTY, PortType::Table)],
    run: run_count,
    ..BASE
};

static TRY: NodeSpec = NodeSpec { id: "try", effect: Effect::Computes, run: run_try, ..BASE };

pub(crate) fn registry() -> Registry {
    Registry::new([
        &READ, &ADD, &NEED, &DRAW, &TRAIN, &FIT, &LAYER, &JOIN, &WRITE, &ACT, &ROWS, &COUNT, &TRY,
    ])
}

/// `add`, `add_2`, … one behind the other.
pub(crate) fn chain(n_nodes: usize) -> Document {
    let mut document = Document::new("chain");
    for number in 1..=n_nodes {
        let id = document.fresh_id("add", &[]);
        add(&mut document, &id, "add", &[]);
        if number > 1 {
            let before = if number == 2 { "add".to_owned() } else { format!("add_{}", number - 1) };
            link(&mut document, &format!("{before}.out"), &format!("{id}.in"));
        }
    }
    document
}

/// Adds a node.
pub(crate) fn add(document: &mut Document, id: &str, kind: &str, params: &[(&str, ParamValue)]) {
    let registry = registry();
    let spec = registry.get(kind).expect("toy kind");
    let params = params.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
    let node = Box::new(Node::new(id, spec, params, [0.0, 0.0]));
    Edit::AddNode { node }.apply(document, &registry).expect("adds");
}

/// Adds a wire; both ends as `node.port`.
pub(crate) fn link(document: &mut Document, from: &str, to: &str) {
    Edit::AddLink { link: wire(from, to) }.apply(document, &registry()).expect("links");
}

pub(crate) fn wire(from: &str, to: &str) -> Link {
    let end = |text: &str| text.to_owned().try_into().expect("node.port");
    Link { from: end(from), to: end(to) }
}

pub(crate) fn set(id: &str, param: &str, number: i64) -> Edit {
    Edit::SetParam { id: id.to_owned(), param: param.to_owned(), value: ParamValue::Int(number) }
}

pub(crate) fn set_text(id: &str, param: &str, text: &str) -> Edit {
    Edit::SetParam {
        id: id.to_owned(),
        param: param.to_owned(),
        value: ParamValue::Text(text.to_owned()),
    }
}

/// A value that says something.
pub(crate) fn value(text: impl Into<String>) -> Value {
    Value::Network(Arc::new(Network {
        blueprint: Blueprint::new(Vec::new()),
        tip: text.into(),
        encoder: None,
        head: None,
    }))
}

/// What a value says.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::Network(network) => network.tip.clone(),
        Value::Table(table) => format!("{} rows", table.n_rows()),
        other => format!("{:?}", other.port_type()),
    }
}

pub(crate) fn table(n_rows: usize) -> Result<Table, Trouble> {
    let numbers = Series::new("x".into(), (0..n_rows).map(|row| row as f64).collect::<Vec<_>>());
    let frame = DataFrame::new(n_rows, vec![numbers.into()]).map_err(Trouble::internal)?;
    Table::from_source(frame, Schema { columns: vec![Column::new("x", ColumnKind::Number)] })
}

/// A device that can do nothing.
#[derive(Debug)]
pub(crate) struct NoDevice(DeviceInfo);

impl Default for NoDevice {
    fn default() -> Self {
        let text = "none".to_owned();
        Self(DeviceInfo {
            id: text.clone(),
            class: text.clone(),
            name: text,
            memory_bytes: None,
            unavailable: None,
        })
    }
}

impl Compute for NoDevice {
    fn info(&self) -> &DeviceInfo {
        &self.0
    }

    fn train(
        &self,
        _: &TrainJob,
        _: &TrainControl,
        _: &mut dyn FnMut(TrainEvent),
    ) -> Result<Trained, Trouble> {
        Err(Trouble::internal("no device"))
    }

    fn load(&self, _: &Blueprint, _: &Weights) -> Result<Box<dyn Predictor>, Trouble> {
        Ok(Box::new(Self::default()))
    }

    fn time_steps(
        &self,
        _: &Blueprint,
        _: &TrainSettings,
        _: &Batch,
        _: usize,
        _: usize,
    ) -> Result<StepTimes, Trouble> {
        Err(Trouble::internal("no device"))
    }
}

impl Predictor for NoDevice {
    fn predict(&mut self, _: &[Array]) -> Result<Array, Trouble> {
        Err(Trouble::internal("no device"))
    }
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let Value::Network(network) = value(cx.spec.id) else { return Inferred::default() };
    Inferred::of(Facts::Network(network))
}

/// Wants an `add` right before it.
fn infer_need(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = infer(cx);
    if let Facts::Network(network) = cx.input("in")
        && network.tip != "add"
    {
        let params = ParamValues::from([("amount".to_owned(), ParamValue::Int(5))]);
        let fix =
            SuggestedFix::InsertBefore { port: "in".to_owned(), kind: "add".to_owned(), params };
        let trouble = Trouble::new("needs-add", say!("nothing was added", "未添加"));
        inferred.diagnostics.push(Diagnostic::warning(trouble).with_fix("Insert Add", fix));
    }
    if cx.param(&AMOUNT) == 13 {
        unreachable!("a kind that breaks its contract");
    }
    inferred
}

fn rename_number(params: &mut ParamValues) {
    if let Some(value) = params.remove("number") {
        params.insert("amount".to_owned(), value);
    }
}

fn look(params: &ParamValues, base_folder: &Path) -> Result<Fingerprint, Trouble> {
    let bytes = pg_base::files::read_limited(&base_folder.join(FILE.of(params)), 1 << 20)?;
    Ok(StableHasher::new().bytes(&bytes).finish())
}

fn inputs_text(cx: &RunCx<'_>) -> String {
    cx.all("in").iter().map(text_of).collect::<Vec<_>>().join("|")
}

fn run_read(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let bytes = pg_base::files::read_limited(&cx.path(&FILE), 1 << 20)?;
    Ok(vec![value(String::from_utf8_lossy(&bytes))])
}

fn run_add(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    cx.check_cancelled()?;
    if cx.spec.id == "draw" {
        return Ok(vec![value(format!("{}~{}", inputs_text(cx), cx.seed))]);
    }
    let text = format!("{}+{}", inputs_text(cx), cx.param(&AMOUNT));
    match cx.param(&MODE).as_str() {
        "fails" => Err(Trouble::new("toy-failed", say!("it failed", "失败了"))),
        "panics" => unreachable!("a toy that panics"),
        "lies" => Ok(Vec::new()),
        "cancels" => {
            cx.cancel().cancel();
            cx.check_cancelled()?;
            Ok(vec![value(text)])
        }
        "warns" => {
            cx.warn(Trouble::new("toy-warning", say!("careful", "小心")));
            Ok(vec![value(text)])
        }
        _ => Ok(vec![value(text)]),
    }
}

/// What would arrive with other amounts of `add`; a trial that fails says so.
fn run_try(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let trials = cx.env.trials.ok_or_else(|| Trouble::internal("no trials are lent"))?;
    trials.param("add", "amount")?;
    let tried = [5, 7, 5].map(|amount| {
        let (node, param) = ("add".to_owned(), "amount".to_owned());
        let change = Change { node, param, value: ParamValue::Int(amount) };
        match trials.values(&["in"], &[change], cx.seed) {
            Ok(values) => values.iter().map(text_of).collect(),
            Err(trouble) => trouble.code.clone(),
        }
    });
    let unknown =
        trials.param("try", "amount").map_or_else(|trouble| trouble.code, |_| "none".into());
    Ok(vec![value(format!("{} {unknown}", tried.join(" ")))])
}

fn run_write(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let path = cx.env.out_folder.unwrap_or(cx.env.base_folder).join("toy.bundle");
    pg_base::files::write_atomic(&path, inputs_text(cx).as_bytes())?;
    Ok(vec![Value::Bundle(path)])
}

fn run_count(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let n_rows = cx.table("table")?.n_rows();
    Ok(vec![value(format!("{n_rows} rows"))])
}
