//! Looks at the newest state of the document on a thread of its own, so that a slow disk never holds up the window.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use pg_base::Trouble;
use pg_pipeline::{
    Analyser, Analysis, Document, Entry, Forecast, NodeId, Plan, PlanCx, StepState, Store, Targets, forecast,
    plan,
};

use crate::core::Core;
use crate::runner;

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
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) number: u64,
    pub(crate) revision: u64,
    pub(crate) analysis: Analysis,
    pub(crate) forecasts: Vec<Forecast>,
    /// How every node stands; none only for a fault of ours.
    pub(crate) plan: Option<Plan>,
    /// Results that are there.
    pub(crate) entries: BTreeMap<NodeId, Entry>,
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
    let Question { number, revision, document, base_folder, cache_folder, device_class } = question;
    let registry = core.registry();
    let analysis = analyser.analyse(&document, registry, &base_folder);
    let forecasts = forecast(&document, registry, &analysis);
    let cx = PlanCx {
        base_folder: &base_folder,
        out_folder: None,
        device_class: &device_class,
        seed: None,
    };
    let mut store = Store::open(cache_folder, 0);
    let mut plan = plan(&document, registry, &Targets::All, &cx, &mut store).ok();
    if let Some(plan) = &mut plan {
        runner::block(plan, &analysis, &Targets::All);
    }
    let fresh = plan.iter().flat_map(|plan| &plan.steps).filter(|step| step.state == StepState::Fresh);
    let entries = fresh
        .filter_map(|step| Some((step.node.clone(), store.entry(step.key?)?.clone())))
        .collect();
    Answer { number, revision, analysis, forecasts, plan, entries }
}
