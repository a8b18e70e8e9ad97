//! Tests of runs: nothing runs twice, failures stay in their branch, and damage in the store is mended.

use std::fs;
use std::path::PathBuf;

use pg_base::ParamValue;
use tempfile::TempDir;

use super::*;
use crate::document::Document;
use crate::edit::Edit;
use crate::history::History;
use crate::plan::{PlanCx, Targets, plan};
use crate::toy;

/// A project folder with a document.
struct Bed {
    folder: TempDir,
    document: Document,
    control: TrainControl,
    max_memory_bytes: u64,
}

impl Bed {
    fn new(document: Document) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        Self { folder, document, control: TrainControl::default(), max_memory_bytes: 0 }
    }

    fn store(&self) -> Store {
        Store::open(self.folder.path().join("cache"), self.max_memory_bytes)
    }

    /// A run as a new process would do it.
    fn run(&self, targets: &Targets) -> RunOutcome {
        let mut store = self.store();
        self.run_with(targets, &mut store)
    }

    fn run_with(&self, targets: &Targets, store: &mut Store) -> RunOutcome {
        let plan = self.plan(targets, store);
        let (device, registry) = (toy::NoDevice::default(), toy::registry());
        let loan = Loan {
            base_folder: self.folder.path(),
            out_folder: None,
            checkpoint_folder: None,
            graph_json: None,
            graph: Some((&self.document, &registry)),
            compute: &device,
            control: &self.control,
        };
        run(&plan, store, &loan, &|_| {})
    }

    fn plan(&self, targets: &Targets, store: &mut Store) -> Plan {
        let cx = PlanCx {
            base_folder: self.folder.path(),
            out_folder: None,
            device_class: "none",
            seed: None,
        };
        plan(&self.document, &toy::registry(), targets, &cx, store).expect("plans")
    }

    fn edit(&mut self, edit: Edit) {
        edit.apply(&mut self.document, &toy::registry()).expect("applies");
    }

    /// Ids of the nodes that ran in a run of everything.
    fn ran(&self) -> Vec<NodeId> {
        let outcome = self.run(&Targets::All);
        assert!(outcome.is_ok(), "{outcome:?}");
        let ids = outcome.steps.into_iter().filter(|step| !step.is_cached).map(|step| step.node);
        ids.collect()
    }

    /// What a node gives.
    fn text(&self, node: &str) -> String {
        let mut store = self.store();
        let outcome = self.run_with(&Targets::to(node), &mut store);
        assert!(outcome.is_ok(), "{outcome:?}");
        let key = self
            .plan(&Targets::to(node), &mut store)
            .step(node)
            .and_then(|step| step.key)
            .expect("key");
        toy::text_of(&store.get(key, "out").expect("value"))
    }

    fn entry_folder(&self, node: &str) -> PathBuf {
        let key = self
            .plan(&Targets::All, &mut self.store())
            .step(node)
            .and_then(|step| step.key)
            .expect("key");
        self.folder.path().join("cache/values").join(key.to_string())
    }

    fn why(&self, node: &str) -> String {
        match self.plan(&Targets::All, &mut self.store()).step(node).map(|step| step.state.clone())
        {
            Some(StepState::Stale { why }) => why.to_string(),
            other => format!("{other:?}"),
        }
    }
}

fn road() -> Document {
    let mut document = toy::chain(3);
    for kind in ["draw", "train", "join"] {
        toy::add(&mut document, kind, kind, &[]);
    }
    toy::link(&mut document, "add_2.out", "draw.in");
    toy::link(&mut document, "draw.out", "train.in");
    toy::link(&mut document, "add_3.out", "join.in");
    toy::link(&mut document, "train.out", "join.in");
    document
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_second_run_runs_nothing() {
    let bed = Bed::new(road());
    assert_eq!(bed.ran(), ["add", "add_2", "add_3", "draw", "train", "join"]);
    assert_eq!(bed.ran(), NOTHING);
    let outcome = bed.run(&Targets::All);
    assert_eq!((outcome.steps.len(), outcome.n_run()), (6, 0));
    assert_eq!(bed.text("join"), "+1+1+1|+1+1~42+1+1");
}

#[test]
fn trials_run_what_is_new_and_change_nothing() {
    let mut document = toy::chain(2);
    toy::add(&mut document, "try", "try", &[]);
    toy::link(&mut document, "add_2.out", "try.in");
    let mut bed = Bed::new(document);
    assert_eq!(bed.ran(), ["add", "add_2", "try"]);
    assert_eq!(bed.text("try"), "+5+1 +7+1 +5+1 trial-node");
    assert_eq!(bed.text("add_2"), "+1+1");
    assert_eq!(bed.ran(), NOTHING);
    // What a trial made is there for others.
    bed.edit(toy::set("add", "amount", 7));
    assert_eq!(bed.ran(), ["try"]);
}

#[test]
fn one_changed_parameter_reruns_what_depends_on_it() {
    let mut bed = Bed::new(road());
    bed.ran();
    bed.edit(toy::set("add_3", "amount", 5));
    assert_eq!(bed.why("add_3"), "“Amount” changed");
    assert_eq!(bed.why("join"), "`add_3` before it changed");
    assert_eq!(bed.ran(), ["add_3", "join"]);
    bed.edit(Edit::SetSeed { seed: 7 });
    assert_eq!(bed.why("draw"), "the seed changed");
    assert_eq!(bed.ran(), ["draw", "train", "join"]);
    bed.edit(Edit::SetSeed { seed: 42 });
    bed.edit(toy::set("add_3", "amount", 1));
    assert_eq!(bed.ran(), NOTHING);
}

#[test]
fn moving_naming_and_undo_run_nothing() {
    let mut bed = Bed::new(road());
    let mut history = History::default();
    let registry = toy::registry();
    bed.ran();
    let mut apply = |bed: &mut Bed, edit| {
        history.apply(&mut bed.document, &registry, edit, "Step").expect("applies");
    };
    apply(&mut bed, Edit::MoveNodes { positions: [("add".to_owned(), [700.0, 5.0])].into() });
    apply(&mut bed, Edit::SetLabel { id: "draw".into(), label: Some("Ziehen".into()) });
    apply(&mut bed, toy::set_text("add", "colour", "green"));
    assert_eq!(bed.ran(), NOTHING);
    apply(&mut bed, toy::set("add", "amount", 3));
    assert_eq!(bed.ran().len(), 6);
    apply(&mut bed, Edit::RemoveNode { id: "draw".into() });
    history.undo(&mut bed.document, &registry).expect("undo");
    history.undo(&mut bed.document, &registry).expect("undo");
    assert_eq!(bed.ran(), NOTHING);
    history.redo(&mut bed.document, &registry).expect("redo");
    assert_eq!(bed.ran(), NOTHING);
}

#[test]
fn equal_branches_run_once() {
    let mut document = toy::chain(1);
    for id in ["left", "right"] {
        toy::add(&mut document, id, "add", &[("amount", ParamValue::Int(9))]);
        toy::link(&mut document, "add.out", &format!("{id}.in"));
    }
    let bed = Bed::new(document);
    assert_eq!(bed.ran(), ["add", "left"]);
}

#[test]
fn a_failing_branch_stops_and_the_others_go_on() {
    for (mode, code) in [("fails", "toy-failed"), ("panics", "internal"), ("lies", "internal")] {
        let mut bed = Bed::new(road());
        bed.edit(toy::set_text("add_3", "mode", mode));
        let outcome = bed.run(&Targets::All);
        let trouble = outcome.troubles().next().expect("failed");
        assert_eq!(
            (trouble.code.as_str(), trouble.details.place.node.as_deref()),
            (code, Some("add_3"))
        );
        let because = StepOutcome::Skipped { because: "add_3".into() };
        assert_eq!(outcome.step("join").map(|step| &step.outcome), Some(&because));
        assert!(
            outcome
                .step("train")
                .is_some_and(|step| matches!(step.outcome, StepOutcome::Done { .. }))
        );
        assert!(!outcome.is_ok() && outcome.n_run() == 5);
        bed.edit(toy::set_text("add_3", "mode", "works"));
        assert_eq!(bed.ran(), ["add_3", "join"]);
    }
}

#[test]
fn a_cancelled_run_keeps_what_was_done() {
    let mut bed = Bed::new(toy::chain(4));
    bed.edit(toy::set_text("add_3", "mode", "cancels"));
    let outcome = bed.run(&Targets::All);
    assert!(outcome.is_cancelled() && outcome.n_run() == 2);
    let outcomes: Vec<bool> =
        outcome.steps.iter().map(|step| step.outcome == StepOutcome::Cancelled).collect();
    assert_eq!(outcomes, [false, false, true, true]);
    bed.control = TrainControl::default();
    bed.edit(toy::set_text("add_3", "mode", "works"));
    assert_eq!(bed.ran(), ["add_3", "add_4"]);
}

#[test]
fn damaged_values_are_made_again() {
    let mut bed = Bed::new(toy::chain(4));
    bed.ran();
    // Of the same size, so that only reading it tells.
    let value = bed.entry_folder("add_3").join("out.json");
    let mut bytes = fs::read(&value).expect("stored");
    bytes[3] ^= 1;
    fs::write(&value, bytes).expect("written");
    bed.edit(toy::set("add_4", "amount", 8));
    assert_eq!(bed.ran(), ["add_3", "add_4"]);

    fs::remove_dir_all(bed.entry_folder("add_2")).expect("removed");
    assert_eq!(bed.why("add_2"), "its result was not kept");
    assert_eq!(bed.ran(), ["add_2"]);

    fs::remove_dir_all(bed.entry_folder("add_2")).expect("removed");
    let outcome = bed.run(&Targets::to("add_4"));
    assert!(outcome.is_ok() && outcome.n_run() == 0);
}

#[test]
fn a_store_that_keeps_nothing_still_runs_everything_once() {
    let bed = Bed::new(road());
    let mut store = Store::in_memory(0);
    let outcome = bed.run_with(&Targets::All, &mut store);
    assert!(outcome.is_ok() && outcome.n_run() == 6);
    let outcome = bed.run_with(&Targets::to("join"), &mut store);
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[test]
fn what_is_read_and_written_outside_counts() {
    let mut document = Document::new("files");
    toy::add(&mut document, "read", "read", &[("file", ParamValue::Text("in.txt".into()))]);
    for (id, kind) in [("write", "write"), ("act", "act")] {
        toy::add(&mut document, id, kind, &[]);
        toy::link(&mut document, "read.out", &format!("{id}.in"));
    }
    let bed = Bed::new(document);
    let outcome = bed.run(&Targets::All);
    let trouble = outcome.troubles().next().expect("no file");
    assert_eq!(
        (trouble.code.as_str(), trouble.details.place.node.as_deref()),
        ("file-missing", Some("read"))
    );
    let input = bed.folder.path().join("in.txt");
    fs::write(&input, "one").expect("written");
    assert_eq!(bed.ran(), ["read", "write"]);
    assert_eq!(bed.ran(), NOTHING);
    fs::write(&input, "two").expect("written");
    assert_eq!(bed.why("read"), "what it reads changed");
    assert_eq!(bed.ran(), ["read", "write"]);
    let bundle = bed.folder.path().join("toy.bundle");
    fs::remove_file(&bundle).expect("removed");
    assert_eq!(bed.ran(), ["write"]);
    assert_eq!(fs::read_to_string(&bundle).expect("written"), "two");
    for _ in 0..2 {
        let outcome = bed.run(&Targets::to("act"));
        assert!(outcome.is_ok() && outcome.n_run() == 1);
    }
}

#[test]
fn tables_and_warnings_survive_between_runs() {
    let mut document = Document::new("table");
    toy::add(&mut document, "rows", "rows", &[("amount", ParamValue::Int(12))]);
    toy::add(&mut document, "count", "count", &[]);
    toy::link(&mut document, "rows.table", "count.table");
    toy::add(&mut document, "add", "add", &[("mode", ParamValue::Text("warns".into()))]);
    let mut bed = Bed::new(document);
    bed.ran();
    assert_eq!(bed.text("count"), "12 rows");
    let outcome = bed.run(&Targets::All);
    let warned = outcome.step("add").map(|step| (step.is_cached, step.warnings.len()));
    assert_eq!(warned, Some((true, 1)));
    let rows = outcome.step("rows").map(|step| step.outcome.clone());
    let outputs = [("table".to_owned(), ValueSummary::Table { n_rows: 12, n_columns: 1 })].into();
    assert_eq!(rows, Some(StepOutcome::Done { outputs }));
    bed.edit(Edit::RemoveNode { id: "rows".into() });
    let outcome = bed.run(&Targets::All);
    assert_eq!(outcome.troubles().next().map(|trouble| trouble.code.as_str()), Some("input-open"));
}

#[test]
fn hundreds_of_equal_steps_are_planned_and_run() {
    let mut bed = Bed::new(toy::chain(300));
    bed.max_memory_bytes = 64 << 20;
    assert_eq!(bed.ran().len(), 300);
    assert_eq!(bed.ran(), NOTHING);
}

#[test]
fn a_cache_that_cannot_be_written_is_a_warning() {
    let bed = Bed::new(road());
    fs::write(bed.folder.path().join("cache"), "a file where a folder is wanted").expect("written");
    let outcome = bed.run(&Targets::All);
    assert!(outcome.is_ok() && outcome.n_run() == 6);
    let warned = outcome
        .steps
        .iter()
        .all(|step| step.warnings.iter().any(|trouble| trouble.code == "result-not-kept"));
    assert!(warned, "{outcome:?}");
}

#[test]
fn results_survive_the_pipe_to_a_window() {
    let mut bed = Bed::new(road());
    bed.edit(toy::set_text("add_3", "mode", "fails"));
    let outcome = bed.run(&Targets::All);
    let json = serde_json::to_string(&outcome).expect("plain data");
    assert_eq!(serde_json::from_str::<RunOutcome>(&json).expect("round trip"), outcome);
    let json = serde_json::to_string(&bed.document).expect("plain data");
    let mut document: Document = serde_json::from_str(&json).expect("round trip");
    crate::file::upgrade(&mut document, &toy::registry());
    assert_eq!(document, bed.document);
}
