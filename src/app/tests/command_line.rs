//! The command line as a person meets it: the whole road on small data, and clear refusals of what cannot work.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

mod binary;

use binary::{json, pyrograph, text};

/// Two clouds of points with gaps, a category and a number for rows.
fn clouds(n_rows: usize) -> String {
    let mut csv = String::from("id,x,y,colour,side\n");
    for row in 0..n_rows {
        let side = if row % 2 == 0 { "left" } else { "right" };
        let x = (row * 37 % 19) as f64 / 19.0 + if row % 2 == 0 { -1.0 } else { 1.0 };
        let y =
            if row % 11 == 0 { String::new() } else { format!("{:.2}", (row * 53 % 23) as f64) };
        let colour = ["red", "blue", "green"][row % 3];
        csv.push_str(&format!("{},{x:.3},{y},{colour},{side}\n", row + 1));
    }
    csv
}

fn project(data: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("data.csv"), data).expect("the data");
    let output = pyrograph(
        folder.path(),
        &[
            "new",
            "--template",
            "tabular_classification",
            "--data",
            "data.csv",
            "--target",
            "side",
            "-o",
            "p.pyro",
        ],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    folder
}

#[test]
fn the_whole_road_and_a_second_run_that_runs_nothing() {
    let folder = project(&clouds(120));
    let at = folder.path();
    let first = json(at, &["run", "p.pyro", "--out", "out", "--json"]);
    assert_eq!(first["ok"], true, "{first:#}");
    let accuracy = |run: &Value| {
        let nodes = run["nodes"].as_array().expect("nodes");
        let node = nodes.iter().find(|node| node["id"] == "evaluate").expect("the evaluation");
        node["metrics"]["accuracy"].as_f64().expect("an accuracy")
    };
    assert!(accuracy(&first) > 0.9, "{}", accuracy(&first));
    let n_run = |run: &Value| {
        run["nodes"]
            .as_array()
            .expect("nodes")
            .iter()
            .filter(|node| node["cached"] == false)
            .count()
    };
    let second = json(at, &["run", "p.pyro", "--out", "out", "--json"]);
    assert_eq!(n_run(&second), 0, "{second:#}");
    let changed = json(at, &["run", "p.pyro", "--out", "out", "--set", "train.epochs=3", "--json"]);
    assert_eq!(n_run(&changed), 3, "{changed:#}");

    let rows = "id,x,y,colour,side\n7,-0.9,3,red,\n8,1.4,oops,blue,\n9,1.2,5,violet,\n";
    fs::write(at.join("rows.csv"), rows).expect("the rows");
    let done = json(at, &["predict", "out/p.pyromodel", "rows.csv", "-o", "done.csv", "--json"]);
    assert_eq!((&done["rows"], &done["with_problem"]), (&3.into(), &1.into()), "{done:#}");
    let written = fs::read_to_string(at.join("done.csv")).expect("predictions");
    assert!(
        written.starts_with("id,x,y,colour,side,prediction,probability_left,probability_right"),
        "{written}"
    );
    assert!(written.lines().nth(1).is_some_and(|line| line.contains("left")), "{written}");

    for format in ["onnx", "safetensors", "bundle", "docker", "rust"] {
        let output = pyrograph(at, &["export", "out/p.pyromodel", "--to", format, "-o", format]);
        assert!(output.status.success(), "{format}: {}", text(&output.stderr));
    }
}

#[test]
fn one_flipped_byte_in_a_bundle_is_noticed() {
    let folder = project(&clouds(60));
    let at = folder.path();
    assert!(
        pyrograph(at, &["run", "p.pyro", "--out", "out", "--set", "train.epochs=2"])
            .status
            .success()
    );
    let path = at.join("out/p.pyromodel");
    let mut bytes = fs::read(&path).expect("the bundle");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("the damage");
    check_fails(at, &["predict", "out/p.pyromodel", "data.csv"], "bundle-damaged");
}

fn check_fails(folder: &Path, args: &[&str], code: &str) {
    check_exit(folder, args, code, 1);
}

fn check_exit(folder: &Path, args: &[&str], code: &str, exit: i32) {
    let output = pyrograph(folder, args);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(exit), "{args:?}: {said}");
    assert!(said.contains(&format!("({code})")), "{args:?}: expected {code}, got {said}");
    assert!(!said.contains("panicked"), "{args:?}: {said}");
}

/// Data that the project then finds in place of good data.
#[test]
fn bad_tables_fail_at_their_node_with_a_clear_code() {
    let good = clouds(60);
    let ragged = good.replacen("2,", "2,9,9,", 1);
    let unlabelled: String = good
        .lines()
        .map(|line| line.rsplit_once(',').map_or("", |(row, _)| row).to_owned() + ",\n")
        .collect();
    let unlabelled = unlabelled.replacen("colour,", "colour,side", 1);
    for (data, code) in [
        ("", "file-empty"),
        ("id,x,y,colour,side\n", "table-empty"),
        (good.replace("right", "left").as_str(), "target-one-class"),
        (unlabelled.as_str(), "target-all-missing"),
        (good.replace("side", "flank").as_str(), "column-unknown"),
        (ragged.as_str(), "row-ragged"),
    ] {
        let folder = project(&good);
        fs::write(folder.path().join("data.csv"), data).expect("the bad data");
        check_fails(folder.path(), &["run", "p.pyro"], code);
    }
    let folder = project(&good);
    fs::remove_file(folder.path().join("data.csv")).expect("the file was there");
    check_fails(folder.path(), &["run", "p.pyro"], "file-missing");
    fs::create_dir(folder.path().join("data.csv")).expect("a folder in its place");
    check_fails(folder.path(), &["run", "p.pyro"], "file-is-folder");
}

#[test]
fn bad_projects_and_requests_are_refused() {
    let folder = project(&clouds(60));
    let at = folder.path();
    let whole = fs::read_to_string(at.join("p.pyro")).expect("the project");
    fs::write(at.join("cut.pyro"), &whole[..whole.len() / 2]).expect("a cut project");
    check_fails(at, &["run", "cut.pyro"], "project-damaged");
    let newer = whole.replacen("\"format_version\": 1", "\"format_version\": 999", 1);
    fs::write(at.join("newer.pyro"), newer).expect("a newer project");
    check_fails(at, &["run", "newer.pyro"], "project-newer");
    check_fails(at, &["run", "absent.pyro"], "file-missing");
    check_exit(at, &["run", "p.pyro", "--to", "nothing"], "node-unknown", 2);
    check_fails(at, &["run", "p.pyro", "--set", "train.epochs=many"], "param-invalid");
    check_exit(at, &["run", "p.pyro", "--set", "train.color=red"], "param-unknown", 2);
    check_exit(at, &["run", "p.pyro", "--device", "abacus"], "device-unknown", 2);
    check_exit(at, &["nodes", "nothing"], "kind-unknown", 2);
    check_fails(at, &["run", "p.pyro", "--set", "bundle.file=data.csv"], "bundle-name");
    let refused = json(at, &["run", "cut.pyro", "--json"]);
    assert_eq!(refused["error"]["code"], "project-damaged", "{refused:#}");
    assert_eq!(pyrograph(at, &["run"]).status.code(), Some(2));
}

#[test]
fn pictures_go_the_whole_road() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    for row in 0..40_u8 {
        let class = if row % 2 == 0 { "dark" } else { "light" };
        let shade = if row % 2 == 0 { 20 + row } else { 180 + row };
        fs::create_dir_all(at.join("pictures").join(class)).expect("a folder");
        fs::write(at.join("pictures").join(class).join(format!("{row}.bmp")), bmp(shade))
            .expect("a picture");
    }
    fs::write(at.join("pictures/dark/broken.png"), b"no picture").expect("a broken picture");
    let new = ["new", "--template", "picture_classification", "--data", "pictures", "-o", "p.pyro"];
    assert!(pyrograph(at, &new).status.success());
    let run = json(at, &["run", "p.pyro", "--out", "out", "--set", "train.epochs=8", "--json"]);
    assert_eq!(run["ok"], true, "{run:#}");
    let warned = run["nodes"].to_string();
    assert!(warned.contains("broken.png"), "{warned}");
    let done =
        json(at, &["predict", "out/p.pyromodel", "pictures/light", "-o", "done.csv", "--json"]);
    assert_eq!(done["predicted"], 20, "{done:#}");
}

/// A picture of 6 by 4 pixels of one shade as an uncompressed 24-bit BMP.
fn bmp(shade: u8) -> Vec<u8> {
    let (width, height, row_bytes) = (6_u32, 4_u32, 20_u32);
    let mut bytes = b"BM".to_vec();
    for value in [
        54 + row_bytes * height,
        0,
        54,
        40,
        width,
        height,
        1 | (24 << 16),
        0,
        row_bytes * height,
        2835,
        2835,
        0,
        0,
    ] {
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(std::iter::repeat_n(shade, (row_bytes * height) as usize));
    bytes
}
