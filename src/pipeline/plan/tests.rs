//! Tests of the plan: what a key depends on, what is needed, and why a node is stale.

use super::*;
use crate::edit::Edit;
use crate::toy;

fn cx() -> PlanCx<'static> {
    PlanCx { base_folder: Path::new("."), out_folder: None, device_class: "cpu", seed: None }
}

fn keys(document: &Document, cx: &PlanCx<'_>) -> BTreeMap<NodeId, Option<Fingerprint>> {
    let mut store = Store::in_memory(0);
    let plan = plan(document, &toy::registry(), &Targets::All, cx, &mut store).expect("plans");
    plan.steps.into_iter().map(|step| (step.node, step.key)).collect()
}

fn road() -> Document {
    let mut document = toy::chain(2);
    for kind in ["draw", "train", "layer"] {
        toy::add(&mut document, kind, kind, &[]);
    }
    toy::link(&mut document, "add_2.out", "draw.in");
    toy::link(&mut document, "draw.out", "train.in");
    toy::link(&mut document, "add.out", "layer.in");
    document
}

/// Nodes whose keys an edit changes.
fn changed(edit: Edit) -> Vec<NodeId> {
    let mut document = road();
    let before = keys(&document, &cx());
    edit.apply(&mut document, &toy::registry()).expect("applies");
    let after = keys(&document, &cx());
    after.into_iter().filter(|(id, key)| before.get(id) != Some(key)).map(|(id, _)| id).collect()
}

#[test]
fn keys_depend_on_what_shapes_results_and_on_nothing_else() {
    let none: [&str; 0] = [];
    assert_eq!(
        changed(Edit::MoveNodes { positions: [("add".to_owned(), [5.0, 5.0])].into() }),
        none
    );
    assert_eq!(changed(Edit::SetLabel { id: "add".into(), label: Some("x".into()) }), none);
    assert_eq!(changed(Edit::SetName { name: "x".into() }), none);
    let color = Some(crate::color::Rgb([1, 2, 3]));
    assert_eq!(changed(Edit::SetClassColor { class: "x".into(), color }), none);
    assert_eq!(changed(Edit::SetCollapsed { id: "add".into(), is_collapsed: true }), none);
    assert_eq!(changed(toy::set_text("add_2", "colour", "blue")), none);
    assert_eq!(changed(toy::set("add_2", "secret", 5)), none);
    assert_eq!(changed(toy::set("add_2", "amount", 5)), ["add_2", "draw", "train"]);
    assert_eq!(changed(toy::set("add", "amount", 5)), ["add", "add_2", "draw", "layer", "train"]);
    assert_eq!(changed(Edit::SetSeed { seed: 9 }), ["draw", "train"]);
    let document = road();
    let other = PlanCx { device_class: "cuda", ..cx() };
    let (cpu, cuda) = (keys(&document, &cx()), keys(&document, &other));
    assert!(cpu.iter().all(|(id, key)| (cuda.get(id) == Some(key)) == (id != "train")));
    assert_eq!(keys(&document, &PlanCx { seed: Some(42), ..cx() }), cpu);
}

#[test]
fn equal_nodes_share_a_key_unless_they_are_individuals() {
    let mut document = road();
    toy::add(&mut document, "draw_2", "draw", &[]);
    toy::add(&mut document, "layer_2", "layer", &[]);
    toy::link(&mut document, "add_2.out", "draw_2.in");
    toy::link(&mut document, "add.out", "layer_2.in");
    let keys = keys(&document, &cx());
    assert_eq!(keys.get("draw"), keys.get("draw_2"));
    assert_ne!(keys.get("layer"), keys.get("layer_2"));
}

#[test]
fn muted_nodes_are_passed_over() {
    let registry = toy::registry();
    let mut document = toy::chain(3);
    let short = keys(&toy::chain(2), &cx());
    Edit::SetMuted { id: "add_2".into(), is_muted: true }
        .apply(&mut document, &registry)
        .expect("applies");
    let muted = keys(&document, &cx());
    assert_eq!(muted.get("add_3"), short.get("add_2"));
    assert!(!muted.contains_key("add_2"));

    toy::add(&mut document, "need", "need", &[]);
    toy::add(&mut document, "read", "read", &[]);
    toy::link(&mut document, "read.out", "need.in");
    Edit::SetMuted { id: "read".into(), is_muted: true }
        .apply(&mut document, &registry)
        .expect("applies");
    let plan =
        plan(&document, &registry, &Targets::All, &cx(), &mut Store::in_memory(0)).expect("plans");
    let state = plan.step("need").map(|step| step.state.clone());
    assert_eq!(state, Some(StepState::CutOff { because: "read".into() }));
}

#[test]
fn only_what_a_target_needs_is_planned() {
    let document = road();
    let registry = toy::registry();
    let mut store = Store::in_memory(0);
    let to = |node: &str, store: &mut Store| {
        plan(&document, &registry, &Targets::to(node), &cx(), store)
    };
    let found = to("draw", &mut store).expect("plans");
    let ids: Vec<&str> = found.steps.iter().map(|step| step.node.as_str()).collect();
    assert_eq!(ids, ["add", "add_2", "draw"]);
    assert_eq!(found.n_to_run(), 3);
    let trouble = to("nobody", &mut store).expect_err("unknown");
    assert_eq!(trouble.code, "node-unknown");
}

#[test]
fn what_cannot_run_is_blocked_and_what_hangs_on_it_cut_off() {
    let mut document = Document::new("blocked");
    toy::add(&mut document, "need", "need", &[]);
    toy::add(&mut document, "draw", "draw", &[]);
    toy::add(&mut document, "train", "train", &[]);
    toy::link(&mut document, "need.out", "draw.in");
    toy::link(&mut document, "draw.out", "train.in");
    let plan = plan(&document, &toy::registry(), &Targets::All, &cx(), &mut Store::in_memory(0))
        .expect("plans");
    let code = |node: &str| match plan.step(node).map(|step| &step.state) {
        Some(StepState::Blocked { trouble }) => trouble.code.clone(),
        Some(StepState::CutOff { because }) => format!("after {because}"),
        other => format!("{other:?}"),
    };
    assert_eq!(
        [code("need"), code("draw"), code("train")],
        ["input-open", "after need", "after need"]
    );
}
