//! Checks that hold for every registered kind; a test of the application runs them over the whole registry.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use pg_base::{Fingerprint, ParamValues, StableHasher, Text, Trouble};
use pg_data::{Column, ColumnKind, Role, Schema, Scratch, Table};
use pg_nn::{Compute, TrainControl};
use polars::prelude::*;

use crate::cx::{InferCx, RunCx, RunEnv};
use crate::spec::{Effect, NodeSpec};
use crate::value::{Facts, PortType, Value};

/// What is wrong with a kind; nothing when it keeps the contract.
pub fn problems(spec: &'static NodeSpec, compute: &dyn Compute, scratch: &Path) -> Vec<String> {
    let mut found = record_problems(spec);
    let inputs = match (spec.example.inputs)() {
        Ok(inputs) => inputs,
        Err(trouble) => return vec![format!("example inputs: {trouble}")],
    };
    let mut params = spec.default_params();
    params.extend((spec.example.params)());
    let inputs = grouped(inputs);

    let first = guarded_run(spec, &params, &inputs, compute, scratch);
    match &first {
        Err(problem) => found.push(format!("example panicked: {problem}")),
        // What needs a server cannot run where there is none; it must say so.
        Ok(Err(trouble)) if trouble.code == "server-unreachable" => return found,
        Ok(Err(trouble)) => found.push(format!("example failed: {trouble}")),
        Ok(Ok(outputs)) => {
            let types: Vec<PortType> = outputs.iter().map(Value::port_type).collect();
            let declared: Vec<PortType> = spec.outputs.iter().map(|port| port.port_type).collect();
            if types != declared {
                found.push(format!("example gives {types:?}, declared are {declared:?}"));
            }
            found.extend(infer_problems(spec, &params, &inputs, outputs));
            if !matches!(spec.effect, Effect::Writes) {
                match guarded_run(spec, &params, &inputs, compute, scratch) {
                    Ok(Ok(again)) if digest(&again) == digest(outputs) => {}
                    _ => found.push("two runs of the example differ".to_owned()),
                }
            }
        }
    }
    for (name, hostile) in hostile_tables() {
        let mut changed = inputs.clone();
        for values in changed.values_mut() {
            for value in values.iter_mut().filter(|value| value.port_type() == PortType::Table) {
                *value = Value::Table(hostile.clone());
            }
        }
        match guarded_run(spec, &params, &changed, compute, scratch) {
            Err(problem) => found.push(format!("table `{name}` panicked: {problem}")),
            Ok(Err(trouble)) if trouble.code == Trouble::INTERNAL => {
                found.push(format!("table `{name}`: {trouble}"));
            }
            Ok(_) => {}
        }
    }
    found
}

fn record_problems(spec: &NodeSpec) -> Vec<String> {
    let mut found = Vec::new();
    let mut need = |what: &str, text: Text| {
        if text.en.trim().is_empty() || text.zh.trim().is_empty() {
            found.push(format!("{what} lacks a language"));
        }
    };
    need("title", spec.text.title);
    need("summary", spec.text.summary);
    need("help", spec.text.help);
    for port in spec.inputs.iter().chain(spec.outputs) {
        need(&format!("port {}", port.id), port.label);
    }
    for param in spec.params {
        need(&format!("parameter {}", param.id), param.label);
    }
    let is_id = |id: &str| {
        !id.is_empty()
            && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let ids = |ids: Vec<&'static str>, what: &str| {
        let mut seen = BTreeSet::new();
        let bad: Vec<_> = ids.into_iter().filter(|id| !is_id(id) || !seen.insert(*id)).collect();
        if bad.is_empty() { None } else { Some(format!("{what}: bad or repeated ids {bad:?}")) }
    };
    found.extend(ids(vec![spec.id], "kind"));
    found.extend(ids(spec.params.iter().map(|param| param.id).collect(), "parameters"));
    found.extend(ids(spec.inputs.iter().map(|port| port.id).collect(), "inputs"));
    found.extend(ids(spec.outputs.iter().map(|port| port.id).collect(), "outputs"));
    for param in spec.params {
        match param.check(&param.default_value()) {
            Ok(value) if value == param.default_value() => {}
            _ => found.push(format!("the default of {} does not pass its own check", param.id)),
        }
        if let Some(rule) = param.shown_when
            && spec.param(rule.param).is_none()
        {
            found.push(format!("{} is shown by an unknown parameter {}", param.id, rule.param));
        }
    }
    if spec.text.keywords.is_empty() {
        found.push("no keywords".to_owned());
    }
    found
}

/// What `infer` says of the example must be what `run` gives: same columns, same network.
fn infer_problems(
    spec: &'static NodeSpec,
    params: &ParamValues,
    inputs: &Inputs,
    outputs: &[Value],
) -> Vec<String> {
    let facts: BTreeMap<String, Vec<Facts>> = inputs
        .iter()
        .map(|(port, values)| (port.clone(), values.iter().map(facts_of).collect()))
        .collect();
    let cx =
        InferCx { spec, node_id: "example", params, inputs: &facts, base_folder: Path::new(".") };
    let Ok(inferred) = catch_unwind(AssertUnwindSafe(|| (spec.infer)(&cx))) else {
        return vec!["infer panicked".to_owned()];
    };
    let empty = BTreeMap::new();
    let cx =
        InferCx { spec, node_id: "example", params, inputs: &empty, base_folder: Path::new(".") };
    if catch_unwind(AssertUnwindSafe(|| (spec.infer)(&cx))).is_err() {
        return vec!["infer without inputs panicked".to_owned()];
    }
    let mut found: Vec<String> = inferred
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == crate::cx::Severity::Error)
        .map(|diagnostic| format!("infer finds an error in the example: {}", diagnostic.trouble))
        .collect();
    for (facts, value) in inferred.outputs.iter().zip(outputs) {
        let agrees = match (facts, value) {
            (Facts::Table { sample, is_whole: true }, Value::Table(table)) => {
                sample.schema() == table.schema()
            }
            (Facts::Network(expected), Value::Network(network)) => {
                expected.blueprint == network.blueprint
            }
            (Facts::Plan(expected), Value::Plan(plan)) => expected == plan,
            _ => true,
        };
        if !agrees {
            found.push("infer and run disagree".to_owned());
        }
    }
    found
}

fn facts_of(value: &Value) -> Facts {
    match value {
        Value::Table(table) => Facts::Table { sample: table.clone(), is_whole: true },
        Value::Network(network) => Facts::Network(network.clone()),
        Value::Plan(plan) => Facts::Plan(plan.clone()),
        Value::Report(_) => Facts::Report,
        Value::Bundle(_) => Facts::Bundle,
        Value::Model(_) => Facts::Unknown,
    }
}

type Inputs = BTreeMap<String, Vec<Value>>;

fn grouped(inputs: Vec<(&'static str, Value)>) -> Inputs {
    let mut all = Inputs::new();
    for (port, value) in inputs {
        all.entry(port.to_owned()).or_default().push(value);
    }
    all
}

fn guarded_run(
    spec: &'static NodeSpec,
    params: &ParamValues,
    inputs: &Inputs,
    compute: &dyn Compute,
    scratch: &Path,
) -> Result<Result<Vec<Value>, Trouble>, String> {
    let control = TrainControl::default();
    let env = RunEnv {
        base_folder: scratch,
        out_folder: Some(scratch),
        checkpoint_folder: None,
        scratch: &Scratch::new(scratch),
        graph_json: None,
        compute,
        control: &control,
        trials: None,
        on_event: &|_| {},
    };
    let key = StableHasher::new().text(spec.id).finish();
    let mut cx = RunCx { spec, node_id: "example", params, inputs, seed: 42, key, env: &env };
    catch_unwind(AssertUnwindSafe(|| (spec.run)(&mut cx))).map_err(|panic| {
        panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    })
}

/// A key of the content of values, for "same bytes twice"; wall times are left out.
fn digest(values: &[Value]) -> Fingerprint {
    let mut hasher = StableHasher::new();
    for value in values {
        match value {
            Value::Table(table) => {
                hasher.text(&format!("{:?}", table.rows().frame.schema()));
                hasher.text(&serde_json::to_string(table.recipe()).unwrap_or_default());
                for column in table.rows().frame.columns() {
                    for index in 0..column.len() {
                        hasher.text(
                            &column.get(index).map(|cell| format!("{cell:?}")).unwrap_or_default(),
                        );
                    }
                }
            }
            Value::Network(network) => {
                hasher.text(&serde_json::to_string(&**network).unwrap_or_default());
            }
            Value::Plan(plan) => {
                hasher.text(&serde_json::to_string(&**plan).unwrap_or_default());
            }
            Value::Model(model) => {
                let learnt = match (model.network(), model.estimator()) {
                    (Some(network), _) => serde_json::to_string(&network.weights),
                    (_, estimator) => serde_json::to_string(&estimator),
                };
                hasher.text(&learnt.unwrap_or_default());
            }
            Value::Report(report) => {
                hasher.text(&serde_json::to_string(&**report).unwrap_or_default());
            }
            Value::Bundle(_) => {}
        }
    }
    hasher.finish()
}

/// Tables that break careless code.
pub fn hostile_tables() -> Vec<(&'static str, Table)> {
    let make = |x: Vec<Option<f64>>, c: Vec<Option<&str>>, y: Vec<Option<&str>>| {
        let frame = DataFrame::new(
            x.len(),
            vec![
                Series::new("x".into(), x).into(),
                Series::new("类别".into(), c).into(),
                Series::new("y".into(), y).into(),
            ],
        );
        let schema = Schema {
            columns: vec![
                Column::new("x", ColumnKind::Number),
                Column::new("类别", ColumnKind::Category),
                Column::new("y", ColumnKind::Category).with_role(Role::Target),
            ],
        };
        frame.ok().and_then(|frame| Table::from_source(frame, schema).ok())
    };
    let cases = [
        ("empty", make(vec![], vec![], vec![])),
        ("one row", make(vec![Some(1.0)], vec![Some("a")], vec![Some("是")])),
        ("all missing", make(vec![None; 5], vec![None; 5], vec![None; 5])),
        ("constant", make(vec![Some(2.0); 6], vec![Some("é"); 6], vec![Some("z"); 6])),
        (
            "huge",
            make(
                vec![Some(1e300), Some(-1e300), None],
                vec![Some(""), None, Some("\u{1F600}")],
                vec![Some("p"), Some("q"), Some("p")],
            ),
        ),
    ];
    cases.into_iter().filter_map(|(name, table)| table.map(|table| (name, table))).collect()
}
