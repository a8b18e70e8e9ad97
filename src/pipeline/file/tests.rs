//! Tests of project files: what goes in comes out, old files are upgraded, and no bytes cause a panic.

use pg_base::ParamValue;
use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::color::Rgb;
use crate::document::{Frame, Note};
use crate::edit::Edit;
use crate::toy;

fn sample() -> Document {
    let registry = toy::registry();
    let mut document = toy::chain(2);
    toy::add(&mut document, "join", "join", &[]);
    toy::link(&mut document, "add.out", "join.in");
    toy::link(&mut document, "add_2.out", "join.in");
    let edits = vec![
        Edit::SetLabel { id: "add".into(), label: Some("加一".into()) },
        Edit::SetMuted { id: "add_2".into(), is_muted: true },
        Edit::MoveNodes { positions: [("join".to_owned(), [120.5, -7.25])].into() },
        Edit::PutFrame {
            frame: Frame {
                id: "frame".into(),
                title: "Data".into(),
                position: [0.0; 2],
                size: [9.0; 2],
                color: Some("blue".into()),
                extra: Map::new(),
            },
        },
        Edit::BendLink {
            link: toy::wire("add.out", "join.in"),
            points: vec![[10.5, 2.0], [3.0, -4.0]],
        },
        Edit::PutNote {
            note: Note {
                id: "note".into(),
                text: "why\n\"so\"".into(),
                position: [0.0; 2],
                size: [9.0; 2],
                color: None,
                extra: Map::new(),
            },
        },
        Edit::SetClassColor { class: "猫".into(), color: Some(Rgb([1, 2, 255])) },
        Edit::SetSeed { seed: u64::MAX },
    ];
    Edit::Batch { edits }.apply(&mut document, &registry).expect("applies");
    document
}

fn read(text: &str) -> Result<(Document, Vec<Diagnostic>), Trouble> {
    parse(text.as_bytes(), &toy::registry())
}

#[test]
fn a_document_survives_its_file_and_reads_well() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("sub/花.pyro");
    let document = sample();
    let sha256 = save(&path, &document).expect("saved");
    let loaded = load(&path, &toy::registry()).expect("loaded");
    assert_eq!(loaded.document, document);
    assert_eq!(loaded.sha256, sha256);
    assert!(loaded.diagnostics.is_empty());
    let text = to_json(&document).expect("text");
    assert_eq!(to_json(&loaded.document).expect("text"), text);
    assert!(
        text.starts_with("{\n  \"format\": \"pyrograph-project\",\n  \"format_version\": 1,\n"),
        "{text}"
    );
    assert!(text.contains("\n      \"position\": [120.5, -7.25]"), "{text}");
    assert!(text.contains("\"from\": \"add_2.out\",\n      \"to\": \"join.in\"\n"), "{text}");
    assert!(
        text.contains("\"to\": \"join.in\",\n      \"bends\": [[10.5, 2.0], [3.0, -4.0]]\n"),
        "{text}"
    );
    assert_eq!(text.matches("\"color\"").count(), 1, "{text}");
}

#[test]
fn what_is_unknown_is_kept() {
    let text = r#"{"format":"pyrograph-project","format_version":1,"future":{"a":[1,{"b":null}]},"nodes":[
        {"id":"x.y","kind":"quantum","version":9,"params":{"p":[1.5,"a"],"q":{"r":1},"s":18446744073709551615,"t":[]},
         "position":[1,2],"shape":"round"},
        {"id":"add","kind":"add","version":2,"params":{"amount":3,"later":null}}],
        "links":[{"from":"x.y.left","to":"add.in"}]}"#;
    let (document, diagnostics) = read(text).expect("loads");
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let saved: serde_json::Value =
        serde_json::from_str(&to_json(&document).expect("text")).expect("JSON");
    let given: serde_json::Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(saved["future"], given["future"]);
    assert_eq!(saved["links"], given["links"]);
    let node = |id: &str| {
        saved["nodes"]
            .as_array()
            .and_then(|nodes| nodes.iter().find(|node| node["id"] == id).cloned())
    };
    let quantum = node("x.y").expect("kept");
    assert_eq!(quantum["params"], given["nodes"][0]["params"]);
    assert_eq!((&quantum["shape"], &quantum["version"]), (&json!("round"), &json!(9)));
    let add = node("add").expect("kept");
    assert_eq!((&add["params"]["amount"], &add["params"]["later"]), (&json!(3), &json!(null)));
    assert_eq!(add["params"]["colour"], json!("red"));
}

#[test]
fn what_is_no_colour_is_left_out_and_the_rest_is_read() {
    let text = r##"{"format": "pyrograph-project", "format_version": 1,
        "class_colors": {"a": "#0102FF", "b": "red", "c": 7}}"##;
    let (document, _) = read(text).expect("reads");
    let names: Vec<&String> = document.class_colors().keys().collect();
    assert_eq!(names, ["a"]);
    assert!(read(&text.replace(r##"{"a": "#0102FF", "b": "red", "c": 7}"##, "[]")).is_ok());
}

#[test]
fn older_nodes_are_upgraded_and_newer_ones_left_alone() {
    let text = r#"{"format":"pyrograph-project","format_version":1,"nodes":[
        {"id":"a","kind":"plus","version":1,"params":{"number":7}},
        {"id":"b","kind":"add","version":3,"params":{"number":7}}]}"#;
    let (document, diagnostics) = read(text).expect("loads");
    let node = document.node("a").expect("kept");
    assert_eq!((node.kind.as_str(), node.version), ("add", 2));
    assert_eq!(node.params.get("amount"), Some(&ParamValue::Int(7)));
    assert_eq!(diagnostics.len(), 1);
    let newer = document.node("b").expect("kept");
    assert_eq!((newer.version, newer.params.len()), (3, 1));
}

#[test]
fn bends_and_ids_that_no_edit_could_make_are_mended() {
    let text = r#"{"format":"pyrograph-project","format_version":1,
        "nodes":[{"id":"a","kind":"add"},{"id":"b","kind":"add"},{"id":"c","kind":"add"}],
        "links":[{"from":"a.out","to":"b.in","bends":[[1,2],[-3.5,3]]},{"from":"z.out","to":"b.in","bends":[[1,2]]},
                 {"from":"b.out","to":"c.in","bends":[]}],
        "frames":[{"id":" ","position":[0,0],"size":[1,1],"color":"violet"}],
        "notes":[{"id":"","position":[0,0],"size":[1,1]}]}"#;
    let (document, _) = read(text).expect("loads");
    assert_eq!(document.bends(&toy::wire("a.out", "b.in")), [[1.0, 2.0], [-3.5, 3.0]]);
    assert_eq!(document.bends.len(), 1);
    let mut restored = Document::new("");
    crate::edit::between(&restored, &document)
        .apply(&mut restored, &toy::registry())
        .expect("applies");
    assert_eq!(restored, document);
    assert_eq!(document.frames().next().and_then(|frame| frame.color.as_deref()), Some("violet"));
}

fn refused(text: &str, code: &str, words: &str) {
    let trouble = read(text).expect_err("refused");
    assert_eq!(trouble.code, code, "{trouble}");
    assert!(trouble.to_string().contains(words), "{trouble}");
}

#[test]
fn damage_is_told_with_its_place() {
    refused("", "project-damaged", "line 1, column 0: EOF");
    refused(
        "{\"format\":\"pyrograph-project\",\n \"nodes\": [",
        "project-damaged",
        "line 2, column 11",
    );
    refused("[1]", "project-damaged", "line 1");
    refused("{}", "project-damaged", "no Pyrograph project");
    refused(
        r#"{"format":"pyrograph-project","format_version":2,"nodes":7}"#,
        "project-newer",
        "newer version",
    );
    refused(
        r#"{"format":"pyrograph-project","format_version":1,"nodes":7}"#,
        "project-damaged",
        "invalid type",
    );
    refused(
        r#"{"format":"pyrograph-project","format_version":1,"links":[{"from":"a","to":"b.c"}]}"#,
        "project-damaged",
        "node.port",
    );
    let twice = r#"{"format":"pyrograph-project","format_version":1,"nodes":[{"id":"a","kind":"k"},{"id":"a","kind":"k"}]}"#;
    refused(twice, "project-damaged", "`a`");
    refused(&"[".repeat(100_000), "project-damaged", "line 1");
    let nodes: Vec<String> =
        (0..10_001).map(|n| format!("{{\"id\":\"n{n}\",\"kind\":\"k\"}}")).collect();
    let many = format!(
        "{{\"format\":\"pyrograph-project\",\"format_version\":1,\"nodes\":[{}]}}",
        nodes.join(",")
    );
    refused(&many, "project-too-large", "10001");
    assert_eq!(
        parse(b"{\"format\":\"\xff\"}", &toy::registry()).expect_err("bytes").code,
        "project-damaged"
    );
    let folder = tempfile::tempdir().expect("folder");
    assert_eq!(load(folder.path(), &toy::registry()).expect_err("folder").code, "file-is-folder");
    assert_eq!(
        load(&folder.path().join("no"), &toy::registry()).expect_err("absent").code,
        "file-missing"
    );
}

#[test]
fn dangling_links_are_left_out_and_told() {
    let text = r#"{"format":"pyrograph-project","format_version":1,"nodes":[{"id":"a","kind":"add"},{"id":"b","kind":"add"}],
        "links":[{"from":"a.out","to":"b.in"},{"from":"a.out","to":"b.in"},{"from":"z.out","to":"b.in"}]}"#;
    let (document, diagnostics) = read(text).expect("loads");
    assert_eq!(document.links().len(), 1);
    let told =
        diagnostics.iter().filter(|diagnostic| diagnostic.trouble.code == "link-dropped").count();
    assert_eq!(told, 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes, &toy::registry());
    }

    #[test]
    fn changed_files_are_read_without_a_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = to_json(&sample()).expect("text").into_bytes();
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if is_cut {
            bytes.truncate(length.index(bytes.len()));
        }
        if let Ok((document, _)) = parse(&bytes, &toy::registry()) {
            let text = to_json(&document).expect("text");
            let (again, _) = parse(text.as_bytes(), &toy::registry()).expect("what is saved can be read");
            prop_assert_eq!(&again, &document);
            let analysis = crate::analyse(&document, &toy::registry(), Path::new("."));
            prop_assert_eq!(analysis.order.len(), document.n_nodes());
        }
    }
}
