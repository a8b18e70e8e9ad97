//! Runs a project in this process: the one road for command line, tests and worker.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use pg_base::{Fingerprint, Lang, Trouble, files};
use pg_contract::{PortType, Registry, Report, Severity, Value};
use pg_deploy::bundle;
use pg_nn::{Compute, TrainControl};
use pg_pipeline::{
    Analysis, Document, Edit, EngineEvent, Entry, Loan, NodeId, Plan, PlanCx, PlanStep, RunOutcome,
    StepOutcome, StepState, Store, Targets, analyse, file, plan, trainings,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::core::Core;
use crate::project::Project;
use crate::{folders, memory, page};

/// Values that the store of a run holds in memory.
const MEMORY_BYTES: u64 = 1 << 30;
/// Results on disk beyond this go, where nothing else is asked for.
pub const DEFAULT_CACHE_BYTES: u64 = 10 << 30;
/// Checkpoints of trainings that nobody asks for any more are kept this long.
const KEEP_CHECKPOINTS: Duration = Duration::from_hours(7 * 24);

/// Everything that a run needs to know; plain data, because it crosses to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    /// The document as it was when the run was asked for.
    pub document: Document,
    /// Folder that relative paths start from.
    pub base_folder: PathBuf,
    /// Folder for results and checkpoints.
    pub cache_folder: PathBuf,
    /// What to compute.
    pub targets: Targets,
    /// Device: `cpu`, `ndarray`, `cuda:0`.
    pub device: String,
    /// In place of the document's seed.
    pub seed: Option<u64>,
    /// Folder that receives models and reports; none where nobody asked for them.
    pub out_folder: Option<PathBuf>,
    /// Results on disk beyond this go, those first that were used longest ago; those of the document stay.
    pub cache_bytes: u64,
}

impl RunRequest {
    /// Everything in a project, on the CPU.
    pub fn of(project: &Project) -> Self {
        Self {
            document: project.document().clone(),
            base_folder: project.base_folder(),
            cache_folder: project.cache_folder(),
            targets: Targets::All,
            device: "cpu".to_owned(),
            seed: None,
            out_folder: None,
            cache_bytes: DEFAULT_CACHE_BYTES,
        }
    }
}

/// Runs what is asked for and not there yet. Nodes that the analysis finds at fault, and trainings that memory cannot hold,
/// fail with the trouble before anything runs for them; what fails or is cancelled is part of the outcome.
///
/// # Errors
/// An unknown device or target, and files of `out_folder` that cannot be written.
pub fn run(
    core: &Core,
    request: &RunRequest,
    control: &TrainControl,
    on_event: &(dyn Fn(EngineEvent) + Sync),
) -> Result<RunOutcome, Trouble> {
    let registry = core.registry();
    let mut document = request.document.clone();
    if let Some(seed) = request.seed {
        Edit::SetSeed { seed }.apply(&mut document, registry)?;
    }
    // Written the same way whoever asks: the place of a file that a node wrote is a part of its key.
    let base_folder = folders::clean(&request.base_folder);
    let out_folder = request.out_folder.as_deref().map(folders::clean);
    let compute = core.devices().open(&request.device)?;
    // A cache that cannot be written costs time, not the run.
    let _ = folders::prepare_cache(&request.cache_folder);
    let mut store = Store::open(&request.cache_folder, MEMORY_BYTES);
    store.scratch().sweep();
    let mut analysis = analyse(&document, registry, &base_folder);
    let cx = PlanCx {
        base_folder: &base_folder,
        out_folder: out_folder.as_deref(),
        device_class: &compute.info().class,
        seed: None,
    };
    let mut plan = plan(&document, registry, &request.targets, &cx, &mut store)?;
    let needs = trainings(&document, registry, &analysis, &fresh_entries(&plan, &mut store));
    let available = memory::available_bytes(compute.info(), Some(std::process::id()));
    memory::tell_shortages(&mut analysis, &needs, &plan, available);
    block(&mut plan, &analysis, &request.targets);
    let graph_json = file::to_json(&document)?;
    let checkpoint_folder = checkpoint_folder_of(&request.cache_folder);
    let loan = Loan {
        base_folder: &base_folder,
        out_folder: out_folder.as_deref(),
        checkpoint_folder: Some(&checkpoint_folder),
        graph_json: Some(&graph_json),
        graph: Some((&document, registry)),
        compute: &*compute,
        control,
    };
    let outcome = pg_pipeline::run(&plan, &mut store, &loan, on_event);
    if let Some(folder) = &out_folder {
        write_out(folder, &plan, &outcome, &mut store, &graph_json, &*compute)?;
        write_page(folder, &document, registry, &plan, &outcome, &mut store)?;
    }
    tidy_up(&plan, &mut store, &checkpoint_folder, request.cache_bytes);
    Ok(outcome)
}

/// Folder of the checkpoints in a cache folder.
pub(crate) fn checkpoint_folder_of(cache_folder: &Path) -> PathBuf {
    cache_folder.join("checkpoints")
}

/// What is known of the results that are there, by node.
pub(crate) fn fresh_entries(plan: &Plan, store: &mut Store) -> BTreeMap<NodeId, Entry> {
    let fresh = plan.steps.iter().filter(|step| step.state == StepState::Fresh);
    fresh.filter_map(|step| Some((step.node.clone(), store.entry(step.key?)?.clone()))).collect()
}

/// Marks the steps that would run although the analysis knows that they cannot, and those that are then not needed.
pub(crate) fn block(plan: &mut Plan, analysis: &Analysis, targets: &Targets) {
    let mut errors: BTreeMap<&str, &Trouble> = BTreeMap::new();
    for diagnostic in
        analysis.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error)
    {
        errors.entry(&diagnostic.node).or_insert(&diagnostic.trouble);
    }
    let mut needed: BTreeSet<String> = BTreeSet::new();
    for step in plan.steps.iter_mut().rev() {
        if let (StepState::Stale { .. }, Some(trouble)) =
            (&step.state, errors.get(step.node.as_str()))
        {
            step.state = StepState::Blocked { trouble: (*trouble).clone() };
        }
        step.is_needed = *targets == Targets::All || step.is_named || needed.contains(&step.node);
        match &step.state {
            StepState::Stale { .. } if step.is_needed => {
                needed.extend(step.inputs.values().flatten().map(|input| input.node.clone()));
            }
            StepState::CutOff { because } if step.is_needed => {
                needed.insert(because.clone());
            }
            _ => {}
        }
    }
}

/// The steps whose results are there.
fn done<'a>(plan: &'a Plan, outcome: &'a RunOutcome) -> impl Iterator<Item = &'a PlanStep> {
    plan.steps.iter().filter(|step| {
        let result = outcome.step(&step.node);
        result.is_some_and(|result| matches!(result.outcome, StepOutcome::Done { .. }))
    })
}

/// Writes every model and report of the run, also those that were there already.
fn write_out(
    folder: &Path,
    plan: &Plan,
    outcome: &RunOutcome,
    store: &mut Store,
    graph_json: &str,
    compute: &dyn Compute,
) -> Result<(), Trouble> {
    fs::create_dir_all(folder).map_err(|error| Trouble::io(&error, folder))?;
    let mut metrics_of: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for step in done(plan, outcome) {
        for (name, value) in values(step, PortType::Report, store) {
            let Value::Report(report) = value else { continue };
            let json = json!({ "node": step.node, "kind": step.kind, "metrics": report.metrics(), "report": &*report });
            let bytes = serde_json::to_vec_pretty(&json).map_err(Trouble::internal)?;
            files::write_atomic(&folder.join(format!("{name}.json")), &bytes)?;
            if matches!(&*report, Report::Evaluation(_)) {
                let judged = step
                    .inputs
                    .values()
                    .flatten()
                    .map(|input| (input.node.clone(), report.metrics()));
                metrics_of.extend(judged);
            }
        }
    }
    for step in done(plan, outcome) {
        for (name, value) in values(step, PortType::Model, store) {
            let Value::Model(model) = value else { continue };
            let mut model = Arc::unwrap_or_clone(model);
            if let Some(metrics) =
                metrics_of.remove(&step.node).filter(|_| model.metrics.is_empty())
            {
                model.metrics = metrics;
            }
            bundle::save(
                &model,
                Some(graph_json),
                &folder.join(format!("{name}.pyromodel")),
                compute,
            )?;
        }
    }
    Ok(())
}

/// Writes what the whole run shows as one page.
fn write_page(
    folder: &Path,
    document: &Document,
    registry: &Registry,
    plan: &Plan,
    outcome: &RunOutcome,
    store: &mut Store,
) -> Result<(), Trouble> {
    let mut results = Vec::new();
    for step in done(plan, outcome) {
        let mut all = Vec::new();
        for port_type in [PortType::Table, PortType::Model, PortType::Report] {
            // Of tables only the sources are described.
            if port_type != PortType::Table || step.inputs.is_empty() {
                all.extend(values(step, port_type, store));
            }
        }
        results.push(page::Result { node: &step.node, values: all });
    }
    let html = page::page(document, registry, &results, Lang::from_env());
    files::write_atomic(&folder.join("report.html"), html.as_bytes())
}

/// The values of one type that a step gave, each with the stem of its file.
fn values(step: &PlanStep, port_type: PortType, store: &mut Store) -> Vec<(String, Value)> {
    let (Some(spec), Some(key)) = (step.spec, step.key) else { return Vec::new() };
    let ports: Vec<&str> = spec
        .outputs
        .iter()
        .filter(|port| port.port_type == port_type)
        .map(|port| port.id)
        .collect();
    let is_single = ports.len() == 1;
    let stem = |port: &str| {
        if is_single { file_stem(&step.node) } else { file_stem(&format!("{}.{port}", step.node)) }
    };
    ports.into_iter().filter_map(|port| Some((stem(port), store.get(key, port)?))).collect()
}

/// Ids may hold what a file name may not.
fn file_stem(id: &str) -> String {
    let is_reserved = |c: char| {
        c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
    };
    let stem: String = id.chars().map(|c| if is_reserved(c) { '_' } else { c }).collect();
    if stem.chars().all(|c| c == '.') { "_".to_owned() } else { stem }
}

/// What cannot be removed now is removed after another run.
fn tidy_up(plan: &Plan, store: &mut Store, checkpoints: &Path, cache_bytes: u64) {
    let keep: BTreeSet<Fingerprint> = plan.steps.iter().filter_map(|step| step.key).collect();
    if let Err(trouble) = store.collect_garbage(&keep, cache_bytes) {
        tracing::debug!(%trouble, "results could not be collected");
    }
    let wanted: BTreeSet<String> = keep.iter().map(ToString::to_string).collect();
    for entry in fs::read_dir(checkpoints).into_iter().flatten().flatten() {
        let modified =
            entry.metadata().and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::now());
        let is_old = modified.elapsed().is_ok_and(|age| age > KEEP_CHECKPOINTS);
        if is_old && !wanted.contains(&*entry.file_name().to_string_lossy()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
