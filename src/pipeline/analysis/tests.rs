//! Tests of the analysis: it says what is wrong, its fixes apply, and it is quick.

use std::time::Instant;

use super::*;
use crate::file;
use crate::toy;

fn told(document: &Document) -> Vec<String> {
    let analysis = analyse(document, &toy::registry(), Path::new("."));
    let line = |found: &NodeDiagnostic| {
        format!("{}: {} {}", found.node, found.trouble.code, found.fix.is_some())
    };
    analysis.diagnostics.iter().map(line).collect()
}

/// Applies the first fix that is offered.
fn mend(document: &mut Document) {
    let analysis = analyse(document, &toy::registry(), Path::new("."));
    let (_, edit) =
        analysis.diagnostics.into_iter().find_map(|found| found.fix).expect("a fix is offered");
    edit.apply(document, &toy::registry()).expect("the fix applies");
}

fn from_file(nodes: &str, links: &str) -> Document {
    let text = format!(
        r#"{{"format":"pyrograph-project","format_version":1,"nodes":[{nodes}],"links":[{links}]}}"#
    );
    file::parse(text.as_bytes(), &toy::registry()).expect("loads").0
}

#[test]
fn what_is_unfinished_is_told() {
    let mut document = toy::chain(2);
    toy::add(&mut document, "need", "need", &[]);
    assert_eq!(told(&document), ["need: input-open false"]);
    toy::link(&mut document, "add_2.out", "need.in");
    assert!(told(&document).is_empty());
    Edit::SetMuted { id: "add".into(), is_muted: true }
        .apply(&mut document, &toy::registry())
        .expect("applies");
    assert_eq!(told(&document), ["add_2: cut-off true"]);
    mend(&mut document);
    assert!(told(&document).is_empty());
}

#[test]
fn what_files_bring_is_told_and_can_be_mended() {
    let mut document = from_file(
        r#"{"id":"a","kind":"add","version":2,"params":{"amount":-5,"odd":1}},{"id":"q","kind":"quantum"},
           {"id":"r","kind":"rows"},{"id":"n","kind":"need","version":7}"#,
        r#"{"from":"r.table","to":"a.in"},{"from":"q.x","to":"n.in"}"#,
    );
    let expected = [
        "q: kind-unknown false",
        "n: kind-newer false",
        "a: wire-type true",
        "a: param-invalid true",
        "a: param-unknown true",
    ];
    let mut found = told(&document);
    found.sort();
    let mut expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
    expected.sort();
    assert_eq!(found, expected);
    for _ in 0..3 {
        mend(&mut document);
    }
    assert_eq!(told(&document).len(), 2);
}

#[test]
fn of_two_wires_on_one_input_the_first_is_used() {
    let mut document = from_file(
        r#"{"id":"a","kind":"add"},{"id":"b","kind":"add"},{"id":"c","kind":"add"}"#,
        r#"{"from":"b.out","to":"c.in"},{"from":"a.out","to":"c.in"}"#,
    );
    assert_eq!(told(&document), ["c: input-crowded true"]);
    let analysis = analyse(&document, &toy::registry(), Path::new("."));
    assert!(!analysis.has_errors(), "it runs all the same");
    let wiring = Wiring::of(&document, &toy::registry());
    assert_eq!(wiring.nodes["c"].inputs["in"], [Origin::Output { node: "b", index: 0 }]);
    mend(&mut document);
    assert_eq!(document.links(), [toy::wire("b.out", "c.in")]);
}

#[test]
fn cycles_are_told_where_they_are() {
    let mut document = from_file(
        r#"{"id":"a","kind":"add"},{"id":"b","kind":"add"},{"id":"c","kind":"add"},{"id":"before","kind":"add"},
           {"id":"self","kind":"add"}"#,
        r#"{"from":"a.out","to":"b.in"},{"from":"b.out","to":"a.in"},{"from":"b.out","to":"c.in"},
           {"from":"self.out","to":"self.in"}"#,
    );
    assert_eq!(told(&document), ["a: cycle true", "b: cycle true", "self: cycle true"]);
    mend(&mut document);
    assert_eq!(told(&document), ["self: cycle true"]);
    mend(&mut document);
    assert!(told(&document).is_empty());
}

#[test]
fn a_suggested_node_is_put_on_the_wire() {
    let mut document = Document::new("fix");
    toy::add(&mut document, "train", "train", &[]);
    toy::add(&mut document, "need", "need", &[]);
    toy::add(&mut document, "add", "add", &[]);
    toy::link(&mut document, "add.out", "train.in");
    toy::link(&mut document, "train.out", "need.in");
    let positions = [("need".to_owned(), [100.0, 40.0])].into();
    Edit::MoveNodes { positions }.apply(&mut document, &toy::registry()).expect("moves");
    assert_eq!(told(&document), ["need: needs-add true"]);
    mend(&mut document);
    assert!(told(&document).is_empty());
    let added = document.node("add_2").expect("added");
    assert_eq!(added.position, [50.0, 188.0], "below the cards");
    assert_eq!(added.params.get("amount"), Some(&pg_base::ParamValue::Int(5)));
    let links: Vec<String> = document.links().iter().map(ToString::to_string).collect();
    assert_eq!(links, ["add.out → train.in", "add_2.out → need.in", "train.out → add_2.in"]);
}

#[test]
fn a_suggested_node_is_put_where_the_values_come_from() {
    let mut document = toy::chain(3);
    toy::add(&mut document, "side", "add", &[]);
    toy::link(&mut document, "add.out", "side.in");
    let registry = toy::registry();
    let node = document.node("add_3").expect("a node").clone();
    let fix = |port: &str| pg_contract::SuggestedFix::InsertAtOrigin {
        port: port.to_owned(),
        kind: "need".to_owned(),
        params: ParamValues::new(),
    };
    let edit = crate::fix::edit_of(fix("in"), &node, &document, &registry).expect("fits");
    let inverse = edit.apply(&mut document, &registry).expect("applies");
    let links = |document: &Document| {
        document.links().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        links(&document),
        "need.out → add_2.in, add_2.out → add_3.in, need.out → side.in, add.out → need.in"
    );
    inverse.apply(&mut document, &registry).expect("goes back");
    assert_eq!(links(&document), "add.out → add_2.in, add_2.out → add_3.in, add.out → side.in");
    assert!(crate::fix::edit_of(fix("nothing"), &node, &document, &registry).is_none());
}

#[test]
fn a_kind_that_breaks_its_contract_does_not_end_the_editor() {
    let mut document = toy::chain(1);
    toy::add(&mut document, "need", "need", &[("amount", pg_base::ParamValue::Int(13))]);
    toy::link(&mut document, "add.out", "need.in");
    assert_eq!(told(&document), ["need: internal false"]);
}

#[test]
fn hundreds_of_nodes_take_milliseconds() {
    let document = toy::chain(500);
    let registry = toy::registry();
    analyse(&document, &registry, Path::new("."));
    let started = Instant::now();
    let analysis = analyse(&document, &registry, Path::new("."));
    let millis = started.elapsed().as_millis();
    assert_eq!(analysis.order.len(), 500);
    assert!(analysis.diagnostics.is_empty());
    assert!(millis < 50, "{millis} ms");
}

#[test]
fn an_analyser_that_remembers_says_the_same() {
    let registry = toy::registry();
    let folder = tempfile::tempdir().expect("folder");
    let mut document = toy::chain(3);
    toy::add(
        &mut document,
        "read",
        "read",
        &[("file", pg_base::ParamValue::Text("in.txt".into()))],
    );
    toy::add(&mut document, "need", "need", &[]);
    toy::link(&mut document, "read.out", "need.in");
    let edits = [
        toy::set("add_2", "amount", 7),
        Edit::AddLink { link: toy::wire("add_3.out", "need.in") },
        toy::set("need", "amount", 13),
        toy::set("need", "amount", 1),
        Edit::SetMuted { id: "add_3".into(), is_muted: true },
        Edit::RemoveNode { id: "add_2".into() },
    ];
    let mut analyser = Analyser::default();
    for edit in edits {
        edit.apply(&mut document, &registry).expect("applies");
        for _ in 0..2 {
            let remembered = analyser.analyse(&document, &registry, folder.path());
            let fresh = analyse(&document, &registry, folder.path());
            assert_eq!(remembered.diagnostics, fresh.diagnostics);
            assert_eq!(format!("{:?}", remembered.facts), format!("{:?}", fresh.facts));
        }
    }
}
