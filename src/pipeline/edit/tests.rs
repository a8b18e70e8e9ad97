//! Tests of edits: each inverse is exact, and what fails changes nothing.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Map;

use super::*;
use crate::toy;

/// Edits over few ids, so that most of them hit something; wrong ones are wanted too.
fn any_edit() -> impl Strategy<Value = Edit> {
    let id = || {
        prop::sample::select(vec!["add", "add_2", "need", "join", "rows", "ghost"])
            .prop_map(str::to_owned)
    };
    let port =
        || prop::sample::select(vec!["in", "out", "table", "nothing"]).prop_map(str::to_owned);
    let kind = prop::sample::select(vec!["add", "need", "join", "rows", "count"]);
    let place = || prop::array::uniform2(prop_oneof![-1e3_f32..1e3, Just(f32::NAN)]);
    let color =
        || prop::option::of(prop::sample::select(vec!["blue", "mauve"]).prop_map(str::to_owned));
    let link = (id(), port(), id(), port()).prop_map(|(from, output, to, input)| {
        Link::new((from.as_str(), output.as_str()), (to.as_str(), input.as_str()))
    });
    let common = ((id(), id())
        .prop_map(|(from, to)| Link::new((from.as_str(), "out"), (to.as_str(), "in"))))
    .boxed();
    let link = prop_oneof![3 => common, 1 => link].boxed();
    let node = (id(), kind, place()).prop_map(|(id, kind, place)| {
        let registry = toy::registry();
        let mut node =
            Node::new(id, registry.get(kind).expect("toy kind"), BTreeMap::new(), [0.0; 2]);
        node.position = place;
        Box::new(node)
    });
    let node = node.boxed();
    let value = prop_oneof![
        any::<i64>().prop_map(ParamValue::Int),
        (0_i64..50).prop_map(ParamValue::Int),
        any::<f64>().prop_map(ParamValue::Float),
        any::<String>().prop_map(ParamValue::Text),
    ];
    let param = prop::sample::select(vec!["amount", "colour", "unheard"]).prop_map(str::to_owned);
    let leaf = prop_oneof![
        4 => node.clone().prop_map(|node| Edit::AddNode { node }),
        2 => id().prop_map(|id| Edit::RemoveNode { id }),
        1 => node.prop_map(|node| Edit::PutNode { node }),
        2 => (id(), param, value).prop_map(|(id, param, value)| Edit::SetParam { id, param, value }),
        1 => (id(), any::<Option<String>>()).prop_map(|(id, label)| Edit::SetLabel { id, label }),
        1 => (id(), any::<bool>()).prop_map(|(id, is_muted)| Edit::SetMuted { id, is_muted }),
        1 => (id(), any::<bool>()).prop_map(|(id, is_collapsed)| Edit::SetCollapsed { id, is_collapsed }),
        1 => prop::collection::btree_map(id(), place(), 0..3).prop_map(|positions| Edit::MoveNodes { positions }),
        6 => link.clone().prop_map(|link| Edit::AddLink { link }),
        2 => link.clone().prop_map(|link| Edit::RemoveLink { link }),
        1 => (prop::collection::vec(0_usize..4, 0..3), prop::collection::vec((0_usize..4, link.clone()), 0..3))
            .prop_map(|(remove, insert)| Edit::SpliceLinks { remove, insert }),
        4 => (link, prop::collection::vec(place(), 0..3)).prop_map(|(link, points)| Edit::BendLink { link, points }),
        1 => (id(), any::<String>(), place(), color()).prop_map(|(id, title, position, color)| Edit::PutFrame {
            frame: Frame { id, title, position, size: [1.0, 2.0], color, extra: Map::new() }
        }),
        1 => id().prop_map(|id| Edit::RemoveFrame { id }),
        1 => (id(), any::<String>(), place(), color()).prop_map(|(id, text, position, color)| Edit::PutNote {
            note: Note { id, text, position, size: [1.0, 2.0], color, extra: Map::new() }
        }),
        1 => id().prop_map(|id| Edit::RemoveNote { id }),
        1 => any::<u64>().prop_map(|seed| Edit::SetSeed { seed }),
        1 => any::<String>().prop_map(|name| Edit::SetName { name }),
        1 => (any::<String>(), prop::option::of(any::<[u8; 3]>())).prop_map(|(class, color)| Edit::SetClassColor {
            class, color: color.map(Rgb)
        }),
        1 => (id(), any::<bool>()).prop_map(|(field, value)| Edit::SetExtra {
            extra: Map::from_iter([(field, value.into())])
        }),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(|edits| Edit::Batch { edits })
    })
}

fn has_invariants(document: &Document) -> bool {
    let ends_exist = document.links.iter().all(|link| {
        document.nodes.contains_key(&link.from.node) && document.nodes.contains_key(&link.to.node)
    });
    let links: BTreeSet<&Link> = document.links.iter().collect();
    let bends_are_of_links =
        document.bends.iter().all(|(link, points)| links.contains(link) && !points.is_empty());
    ends_exist && bends_are_of_links && links.len() == document.links.len()
}

/// What some edits make of a chain; those that do not apply are passed over.
fn changed(edits: Vec<Edit>) -> Document {
    let registry = toy::registry();
    let mut document = toy::chain(3);
    for edit in edits {
        let _ = edit.apply(&mut document, &registry);
    }
    document
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn apply_then_inverse_is_identity(edits in prop::collection::vec(any_edit(), 0..40)) {
        let registry = toy::registry();
        let mut document = toy::chain(3);
        let mut states = vec![document.clone()];
        let mut inverses = Vec::new();
        for edit in edits {
            let json = serde_json::to_string(&edit);
            let before = document.clone();
            match edit.apply(&mut document, &registry) {
                Err(_) => prop_assert_eq!(&document, &before),
                Ok(inverse) => {
                    prop_assert!(has_invariants(&document));
                    let after = document.clone();
                    let redo = inverse.clone().apply(&mut document, &registry).expect("an inverse applies");
                    prop_assert_eq!(&document, &before);
                    redo.apply(&mut document, &registry).expect("so does its inverse");
                    prop_assert_eq!(&document, &after);
                    prop_assert!(json.is_ok());
                    states.push(after);
                    inverses.push(inverse);
                }
            }
        }
        while let Some(inverse) = inverses.pop() {
            let expected = states.pop();
            prop_assert_eq!(expected.as_ref(), Some(&document));
            inverse.apply(&mut document, &registry).expect("in reverse order all apply");
        }
        prop_assert_eq!(&document, &toy::chain(3));
    }

    #[test]
    fn the_difference_makes_one_of_the_other_and_back(
        before in prop::collection::vec(any_edit(), 0..30),
        after in prop::collection::vec(any_edit(), 0..30),
    ) {
        let registry = toy::registry();
        let (from, to) = (changed(before), changed(after));
        let mut document = from.clone();
        let inverse = between(&from, &to).apply(&mut document, &registry).expect("applies");
        prop_assert_eq!(&document, &to);
        prop_assert_eq!(between(&document, &to), Edit::Batch { edits: Vec::new() });
        inverse.apply(&mut document, &registry).expect("so does its inverse");
        prop_assert_eq!(&document, &from);
    }

    #[test]
    fn what_edits_made_survives_its_file(edits in prop::collection::vec(any_edit(), 0..40)) {
        let document = changed(edits);
        let text = crate::file::to_json(&document).expect("text");
        let (again, diagnostics) = crate::file::parse(text.as_bytes(), &toy::registry()).expect("reads");
        prop_assert_eq!(&again, &document);
        prop_assert!(diagnostics.is_empty());
    }
}

fn check(edit: Edit, expected: &str) {
    let mut document = toy::chain(3);
    toy::add(&mut document, "rows", "rows", &[]);
    toy::add(&mut document, "join", "join", &[]);
    let before = document.clone();
    let found = match edit.apply(&mut document, &toy::registry()) {
        Ok(_) => "ok".to_owned(),
        Err(trouble) => {
            assert_eq!(document, before);
            trouble.to_string()
        }
    };
    assert_eq!(found, expected);
}

#[test]
fn links_keep_their_rules() {
    let link = |from, to| Edit::AddLink { link: toy::wire(from, to) };
    check(
        link("add_3.out", "add.in"),
        "`add_3` already depends on `add`; expected: wires that run one way",
    );
    check(
        link("add.out", "add.in"),
        "`add` already depends on `add`; expected: wires that run one way",
    );
    check(link("rows.table", "add.in"), "the wire carries a table; expected: a network");
    check(link("add.out", "add_2.in"), "there is already a link add.out → add_2.in");
    check(link("add.left", "add_2.in"), "`add` has no port `left`; expected: one of out");
    check(
        link("ghost.out", "add.in"),
        "there is no node `ghost`; expected: one of add, add_2, add_3, join, rows",
    );
    check(link("add.out", "join.in"), "ok");
    let twice =
        vec![link("add.out", "join.in"), link("add_2.out", "join.in"), link("add.out", "join.in")];
    check(Edit::Batch { edits: twice }, "there is already a link add.out → join.in");
}

#[test]
fn a_new_wire_takes_the_place_of_the_old_one() {
    let registry = toy::registry();
    let mut document = toy::chain(3);
    let before = document.clone();
    let inverse = Edit::AddLink { link: toy::wire("add.out", "add_3.in") }
        .apply(&mut document, &registry)
        .expect("links");
    assert_eq!(
        document.links(),
        [toy::wire("add.out", "add_2.in"), toy::wire("add.out", "add_3.in")]
    );
    inverse.apply(&mut document, &registry).expect("undo");
    assert_eq!(document, before);
}

#[test]
fn bends_go_with_their_wire_and_come_back_with_it() {
    let registry = toy::registry();
    let mut document = toy::chain(3);
    let link = toy::wire("add.out", "add_2.in");
    let bend = |points: Vec<[f32; 2]>| Edit::BendLink { link: link.clone(), points };
    bend(vec![[1.0, 2.0], [3.0, 4.0]]).apply(&mut document, &registry).expect("a link");
    let bent = document.clone();
    let check = |edit: Edit| {
        let mut document = bent.clone();
        let inverse = edit.apply(&mut document, &registry).expect("applies");
        assert!(document.bends.is_empty(), "{document:?}");
        inverse.apply(&mut document, &registry).expect("undo");
        assert_eq!(document, bent);
    };
    check(bend(Vec::new()));
    check(Edit::RemoveLink { link: link.clone() });
    check(Edit::RemoveNode { id: "add".to_owned() });
    check(Edit::RemoveNode { id: "add_2".to_owned() });
    check(Edit::Batch {
        edits: vec![
            Edit::RemoveLink { link: toy::wire("add_2.out", "add_3.in") },
            Edit::RemoveLink { link: link.clone() },
        ],
    });

    // Taken out and put in by one edit, it is the same wire.
    let edit = Edit::SpliceLinks {
        remove: vec![0, 1],
        insert: vec![(0, document.links[1].clone()), (1, link.clone())],
    };
    edit.apply(&mut document, &registry).expect("applies");
    assert_eq!(document.bends(&link), [[1.0, 2.0], [3.0, 4.0]]);

    let ghost = Edit::BendLink { link: toy::wire("add.out", "add_3.in"), points: vec![[0.0; 2]] };
    assert_eq!(
        ghost.apply(&mut document, &registry).expect_err("no such link").code,
        "link-unknown"
    );
}

#[test]
fn values_are_checked_and_made_canonical() {
    check(toy::set("add", "amount", -1), "Amount is `-1`; expected: between 0 and 1000000");
    check(
        toy::set("add", "amout", 1),
        "`add` (add) has no parameter `amout`; expected: one of amount, mode, secret, colour, columns",
    );
    let empty = Edit::SetParam {
        id: "add".into(),
        param: "columns".into(),
        value: ParamValue::Ints(Vec::new()),
    };
    let mut document = toy::chain(1);
    empty.apply(&mut document, &toy::registry()).expect("fits");
    assert_eq!(
        document.node("add").and_then(|node| node.params.get("columns")),
        Some(&ParamValue::Texts(Vec::new()))
    );
}

#[test]
fn ids_are_free_and_readable() {
    let document = toy::chain(3);
    assert_eq!(document.fresh_id("add", &[]), "add_4");
    assert_eq!(document.fresh_id("add", &["add_4".to_owned()]), "add_5");
    assert_eq!(document.fresh_id("need", &[]), "need");
}
