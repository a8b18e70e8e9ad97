//! Looks at the newest state of the document on a thread of its own, so that a slow disk never holds up the window.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use pg_base::Trouble;
use pg_nn::DeviceInfo;
use pg_pipeline::{
    Analyser, Analysis, Document, Entry, Forecast, NodeId, Plan, PlanCx, StepState, Store, Targets,
    TrainingNeed, forecast, plan, trainings,
};

use crate::core::Core;
use crate::{memory, runner};

/// A state of the project to look at.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Raised with every change of the document, the device or the results.
    pub(crate) number: u64,
    pub(crate) revision: u64,
    pub(crate) document: Document,
    pub(crate) base_folder: PathBuf,
    pub(crate) cache_folder: PathBuf,
    pub(crate) device_class: String,
    /// None where the device is unknown or cannot be used.
    pub(crate) device: Option<DeviceInfo>,
    /// Process whose memory will be used.
    pub(crate) worker_process_id: Option<u32>,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) number: u64,
    pub(crate) revision: u64,
    pub(crate) analysis: Analysis,
    pub(crate) forecasts: Vec<Forecast>,
    /// How every node stands; none only for a fault of ours.
    pub(crate) plan: Option<Plan>,
    /// Results that are there.
    pub(crate) entries: BTreeMap<NodeId, Entry>,
    pub(crate) trainings: BTreeMap<NodeId, TrainingNeed>,
    /// Memory for trainings on the device, where it is known.
    pub(crate) available_bytes: Option<u64>,
    /// Nodes that have to run and have a checkpoint to go on from.
    pub(crate) resumable: BTreeSet<NodeId>,
}

/// The thread; it ends when this is dropped and its last answer is given.
#[derive(Debug)]
pub(crate) struct Analyst {
    questions: Sender<Question>,
    answers: Receiver<Answer>,
}

impl Analyst {
    /// Starts it.
    pub(crate) fn start(core: Arc<Core>) -> Result<Self, Trouble> {
        let (questions, inbox) = mpsc::channel();
        let (outbox, answers) = mpsc::channel();
        thread::Builder::new()
            .name("analyst".to_owned())
            .spawn(move || work(&core, &inbox, &outbox))
            .map_err(Trouble::internal)?;
        Ok(Self { questions, answers })
    }

    /// Asks; questions that were not begun when a newer one comes are passed over.
    pub(crate) fn ask(&self, question: Question) {
        // The thread ends only with this handle: `infer` cannot take it down, the analysis catches its panics.
        let _ = self.questions.send(question);
    }

    /// The newest answer, if one came.
    pub(crate) fn poll(&self) -> Option<Answer> {
        self.answers.try_iter().last()
    }
}

fn work(core: &Core, inbox: &Receiver<Question>, outbox: &Sender<Answer>) {
    let mut analyser = Analyser::default();
    while let Ok(question) = inbox.recv() {
        let newest = inbox.try_iter().last().unwrap_or(question);
        if outbox.send(answer(core, &mut analyser, newest)).is_err() {
            return;
        }
    }
}

fn answer(core: &Core, analyser: &mut Analyser, question: Question) -> Answer {
    let Question { number, revision, document, base_folder, cache_folder, .. } = question;
    let registry = core.registry();
    let mut analysis = analyser.analyse(&document, registry, &base_folder);
    let forecasts = forecast(&document, registry, &analysis);
    let cx = PlanCx {
        base_folder: &base_folder,
        out_folder: None,
        device_class: &question.device_class,
        seed: None,
    };
    let mut store = Store::open(&cache_folder, 0);
    let mut plan = plan(&document, registry, &Targets::All, &cx, &mut store).ok();
    let entries = plan.as_ref().map(|plan| runner::fresh_entries(plan, &mut store));
    let entries = entries.unwrap_or_default();
    let trainings = trainings(&document, registry, &analysis, &entries);
    let available_bytes = question
        .device
        .as_ref()
        .and_then(|device| memory::available_bytes(device, question.worker_process_id));
    if let Some(plan) = &mut plan {
        memory::tell_shortages(&mut analysis, &trainings, plan, available_bytes);
        runner::block(plan, &analysis, &Targets::All);
    }
    let resumable = plan.as_ref().map(|plan| resumable(plan, &cache_folder)).unwrap_or_default();
    Answer {
        number,
        revision,
        analysis,
        forecasts,
        plan,
        entries,
        trainings,
        available_bytes,
        resumable,
    }
}

fn resumable(plan: &Plan, cache_folder: &Path) -> BTreeSet<NodeId> {
    let checkpoints = runner::checkpoint_folder_of(cache_folder);
    let entries = fs::read_dir(&checkpoints).into_iter().flatten().flatten();
    let has_files =
        |folder: &Path| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    let keys: BTreeSet<String> = entries
        .filter(|entry| has_files(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    if keys.is_empty() {
        return BTreeSet::new();
    }
    let stale = plan.steps.iter().filter(|step| matches!(step.state, StepState::Stale { .. }));
    stale
        .filter(|step| step.key.is_some_and(|key| keys.contains(&key.to_string())))
        .map(|step| step.node.clone())
        .collect()
}
