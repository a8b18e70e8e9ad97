//! `pyrograph run`: runs a project in this process, with bars on a terminal and plain lines elsewhere.

use std::collections::BTreeMap;
use std::path::Path;

use pg_base::{Lang, Trouble, say as words};
use pg_contract::ValueSummary;
use pg_nn::TrainControl;
use pg_pipeline::{Document, Edit, RunOutcome, StepOutcome, StepResult, Targets, file};
use pg_session::{Core, RunRequest, folders, runner};
use serde_json::{Map, Value, json};

use crate::args::Run;
use crate::bars::Bars;
use crate::say;

/// Runs a project; a step that fails is a failure.
pub(crate) fn run(core: &Core, args: &Run) -> Result<bool, Trouble> {
    let loaded = file::load(&args.project, core.registry())?;
    let mut document = loaded.document;
    let lang = Lang::from_env();
    for diagnostic in &loaded.diagnostics {
        eprintln!("{}", diagnostic.trouble.message(lang));
    }
    for assignment in &args.set {
        set(core, &mut document, assignment)?;
    }
    if let Some(node) = &args.to {
        document.require(node)?;
    }
    let request = RunRequest {
        base_folder: folders::base_of(&args.project),
        cache_folder: folders::cache_folder_of(&args.project),
        targets: args.to.as_ref().map_or(Targets::All, Targets::to),
        device: args.device.clone(),
        seed: args.seed,
        out_folder: args.out.clone(),
        cache_bytes: runner::DEFAULT_CACHE_BYTES,
        document,
    };
    let control = TrainControl::default();
    let bars = Bars::new(lang, args.json);
    let outcome = runner::run(core, &request, &control, &|event| bars.show(&event))?;
    bars.finish();
    if args.json {
        say::json(&outcome_json(&outcome));
    } else {
        print_metrics(&outcome, lang);
    }
    Ok(outcome.is_ok())
}

/// Applies `NODE.PARAM=VALUE`; ids of nodes may hold points, those of parameters do not.
fn set(core: &Core, document: &mut Document, assignment: &str) -> Result<(), Trouble> {
    let parts = assignment
        .split_once('=')
        .and_then(|(place, value)| Some((place.rsplit_once('.')?, value)));
    let ((node, param), value) = parts.ok_or_else(|| {
        Trouble::new("set-invalid", words!("--set {assignment}", "--set {assignment}")).expected(
            words!(
                "NODE.PARAM=VALUE, for instance train.epochs=50",
                "节点.参数=值，例如 train.epochs=50"
            ),
        )
    })?;
    let kind = core.registry().require(&document.require(node)?.kind)?;
    let spec = kind.param(param).ok_or_else(|| {
        let known = kind.params.iter().map(|param| param.id).collect::<Vec<_>>().join(", ");
        Trouble::new(
            "param-unknown",
            words!("`{node}` has no parameter `{param}`", "`{node}` 没有参数 `{param}`"),
        )
        .expected(words!("one of {known}", "以下之一：{known}"))
        .node(node)
    })?;
    let value = spec.parse(value).map_err(|trouble| trouble.node(node))?;
    let edit = Edit::SetParam { id: node.to_owned(), param: param.to_owned(), value };
    edit.apply(document, core.registry()).map(|_| ())
}

fn outcome_json(outcome: &RunOutcome) -> Value {
    let nodes: Vec<Value> = outcome.steps.iter().map(step_json).collect();
    json!({ "ok": outcome.is_ok(), "seconds": outcome.seconds, "nodes": nodes })
}

fn step_json(step: &StepResult) -> Value {
    let mut all = Map::new();
    all.insert("id".to_owned(), json!(step.node));
    all.insert("kind".to_owned(), json!(step.kind));
    all.insert("seconds".to_owned(), json!(step.seconds));
    all.insert("cached".to_owned(), json!(step.is_cached));
    match &step.outcome {
        StepOutcome::Done { outputs } => {
            for summary in outputs.values() {
                if let ValueSummary::Report { metrics, targets, .. } = summary {
                    all.insert("metrics".to_owned(), json!(metrics));
                    if !targets.is_empty() {
                        let targets: BTreeMap<_, _> = targets.iter().cloned().collect();
                        all.insert("targets".to_owned(), json!(targets));
                    }
                }
            }
            all.insert("outputs".to_owned(), json!(outputs));
        }
        StepOutcome::Failed { trouble } => {
            all.insert("error".to_owned(), json!(trouble));
        }
        StepOutcome::Skipped { because } => {
            all.insert("skipped_because".to_owned(), json!(because));
        }
        StepOutcome::Cancelled => {
            all.insert("cancelled".to_owned(), json!(true));
        }
    }
    if !step.warnings.is_empty() {
        all.insert("warnings".to_owned(), json!(step.warnings));
    }
    Value::Object(all)
}

fn print_metrics(outcome: &RunOutcome, lang: Lang) {
    for step in &outcome.steps {
        let StepOutcome::Done { outputs } = &step.outcome else { continue };
        for summary in outputs.values() {
            match summary {
                ValueSummary::Report { metrics, targets, conclusions } => {
                    say::line(&step.node);
                    for conclusion in conclusions {
                        say::line(&format!("  {}", conclusion.get(lang)));
                    }
                    let rows: Vec<Vec<String>> = metrics
                        .iter()
                        .map(|(name, value)| vec![format!("  {name}"), format!("{value:.4}")])
                        .collect();
                    say::rows(&rows);
                    say::rows(&rows_of_targets(targets));
                }
                ValueSummary::Bundle { path } => {
                    let path: &Path = path;
                    let path = path.display();
                    say::line(words!("model written: {path}", "模型已写入：{path}").get(lang));
                }
                _ => {}
            }
        }
    }
}

/// One row per target with the metrics that tell most.
fn rows_of_targets(targets: &[(String, BTreeMap<String, f64>)]) -> Vec<Vec<String>> {
    let row = |(name, metrics): &(String, BTreeMap<String, f64>)| {
        let told = ["r2", "mae", "accuracy", "f1_macro", "roc_auc"]
            .iter()
            .filter_map(|id| Some(format!("{id} {:.4}", metrics.get(*id)?)));
        std::iter::once(format!("  {name}")).chain(told).collect()
    };
    targets.iter().map(row).collect()
}
