//! Several targets from the data to predictions, as a person meets them on the command line: numbers, labels in columns,
//! and labels in one column.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

mod binary;

use binary::{json, pyrograph, text};

/// Rows of two features with two numbers, two labels as columns and the same labels in one column.
fn rows(n_rows: usize) -> String {
    let mut csv = String::from("a,b,sum,product,high,wide,tags\n");
    for row in 0..n_rows {
        let (a, b) = ((row * 37 % 101) as f64 / 50.0 - 1.0, (row * 53 % 97) as f64 / 48.0 - 1.0);
        let (high, wide) = (a + b > 0.3, a - b > -0.2);
        let tags: Vec<&str> = [(high, "high"), (wide, "wide")]
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, tag)| *tag)
            .collect();
        let answer = |is_there: bool| if is_there { "yes" } else { "no" };
        let (high, wide, tags) = (answer(high), answer(wide), tags.join(";"));
        let (sum, product) = (100.0 * (a + b), 0.01 * (3.0 - a));
        writeln!(csv, "{a:.3},{b:.3},{sum:.3},{product:.6},{high},{wide},{tags}").expect("a text");
    }
    csv
}

fn project(data: &str, template: &str, target: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("data.csv"), data).expect("the data");
    let output = pyrograph(
        folder.path(),
        &["new", "--template", template, "--data", "data.csv", "--target", target, "-o", "p.pyro"],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    folder
}

fn node<'a>(run: &'a Value, id: &str) -> &'a Value {
    let nodes = run["nodes"].as_array().expect("nodes");
    nodes.iter().find(|node| node["id"] == id).expect("the node ran")
}

/// Trains, judges by a metric, bundles, predicts and exports; returns the head of the predictions.
fn check_road(folder: &Path, sets: &[&str], metric: &str, least: f64) -> String {
    let mut args = vec!["run", "p.pyro", "--out", "out", "--json"];
    for set in sets {
        args.extend(["--set", set]);
    }
    let run = json(folder, &args);
    assert_eq!(run["ok"], true, "{run:#}");
    let found = node(&run, "evaluate")["metrics"][metric].as_f64().expect("the metric");
    assert!(found > least, "{metric}: {found}");
    let targets = node(&run, "evaluate")["targets"].as_object().expect("each target");
    assert_eq!(targets.len(), 2, "{run:#}");
    let predict = ["predict", "out/p.pyromodel", "data.csv", "-o", "done.csv", "--json"];
    let done = json(folder, &predict);
    assert_eq!((&done["rows"], &done["rejected"]), (&200.into(), &0.into()), "{done:#}");
    for format in ["onnx", "safetensors", "bundle", "docker", "rust"] {
        let output =
            pyrograph(folder, &["export", "out/p.pyromodel", "--to", format, "-o", format]);
        assert!(output.status.success(), "{format}: {}", text(&output.stderr));
    }
    let written = fs::read_to_string(folder.join("done.csv")).expect("predictions");
    written.lines().next().unwrap_or_default().to_owned()
}

const QUICK: [&str; 2] = ["train.epochs=40", "mlp.hidden=32"];

#[test]
fn several_numbers_go_the_whole_road() {
    let folder = project(&rows(200), "tabular_regression", "sum,product");
    let ignored = "set_target.ignored=high,wide,tags";
    let head = check_road(folder.path(), &[&QUICK[..], &[ignored]].concat(), "r2", 0.8);
    assert!(head.ends_with("prediction_sum,prediction_product,problem"), "{head}");
}

#[test]
fn labels_in_columns_go_the_whole_road() {
    let folder = project(&rows(200), "tabular_classification", "high,wide");
    let ignored = "set_target.ignored=sum,product,tags";
    let head = check_road(folder.path(), &[&QUICK[..], &[ignored]].concat(), "f1_micro", 0.85);
    let expected = "prediction_high,prediction_wide,probability_high,probability_wide,problem";
    assert!(head.ends_with(expected), "{head}");
}

#[test]
fn labels_in_one_column_go_the_whole_road() {
    let folder = project(&rows(200), "tabular_classification", "tags");
    let sets =
        ["set_target.separator=;", "set_target.ignored=sum,product,high,wide", "mlp.task=auto"];
    let head = check_road(folder.path(), &[&QUICK[..], &sets].concat(), "f1_micro", 0.85);
    let expected =
        "tags,prediction,prediction_high,prediction_wide,probability_high,probability_wide,problem";
    assert!(head.ends_with(expected), "{head}");
}

fn check_fails(data: &str, template: &str, target: &str, sets: &[&str], code: &str) {
    let folder = project(data, template, target);
    let mut args = vec!["run", "p.pyro", "--json"];
    for set in sets {
        args.extend(["--set", set]);
    }
    let output = pyrograph(folder.path(), &args);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{target}: {said}");
    assert!(said.contains(code) && !said.contains("panicked"), "expected {code}: {said}");
}

#[test]
fn targets_that_cannot_be_learnt_are_told() {
    let good = rows(60);
    let classes = "tabular_classification";
    let constant = good.replace(",yes,", ",no,");
    check_fails(&constant, classes, "high,wide", &["set_target.ignored=tags"], "target-one-class");
    check_fails(&good, classes, "high,sum", &["mlp.task=auto"], "target-mixed");
    check_fails(&good, classes, "high,sum", &[], "class-too-rare");
    check_fails(&good, classes, "high,tags", &[], "target-many-classes");
    check_fails(&good, "tabular_regression", "high,sum", &[], "target-not-numeric");
    check_fails(&good, classes, "tags", &["set_target.separator=/"], "param-separator");
    check_fails(&good, classes, "high,wide", &["set_target.separator=;"], "param-separator");
    check_fails(&good, classes, "high,wide", &["split.method=stratified"], "targets-several");
    let weighted = ["set_target.ignored=tags", "train.class_weights=balanced", "train.epochs=1"];
    check_fails(&good, classes, "high,wide", &weighted, "class-weights");
}
