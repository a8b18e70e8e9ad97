//! The house rules that a compiler does not check: file heads, file lengths, the floors, and no path of a machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Floor of each crate; a crate may use lower floors only, crates on one floor are strangers.
const FLOORS: &[(&str, u8)] = &[
    ("base", 0),
    ("onnx", 0),
    ("data", 1),
    ("metrics", 1),
    ("nn", 2),
    ("classic", 2),
    ("cpu", 3),
    ("cuda", 3),
    ("deploy", 3),
    ("contract", 4),
    ("nodes", 5),
    ("pipeline", 5),
    ("session", 6),
    ("cli", 7),
    ("ui", 7),
    ("app", 8),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("src/app lies in the repository")
        .to_owned()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in
        fs::read_dir(folder).expect("readable folder").map(|entry| entry.expect("readable entry"))
    {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    rust_files(&root().join("src"), &mut files);
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("UTF-8 source");
            (path, text)
        })
        .collect()
}

#[test]
fn every_file_opens_with_a_sentence_and_stays_short() {
    let mut problems = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//! ") {
            problems.push(format!("{}: no `//!` sentence at the head", path.display()));
        }
        let n_lines = text.lines().count();
        if n_lines > 600 {
            problems.push(format!("{}: {n_lines} lines", path.display()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn crates_use_lower_floors_only() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let mut problems = Vec::new();
    for entry in fs::read_dir(root().join("src")).expect("src").map(|entry| entry.expect("entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(floor) = floors.get(name.as_str()) else {
            problems.push(format!("src/{name} has no floor"));
            continue;
        };
        let manifest = fs::read_to_string(entry.path().join("Cargo.toml"))
            .expect("every folder of src is a crate");
        let normal = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for other in normal.lines().filter_map(|line| line.strip_prefix("pg_")) {
            let other: String = other.chars().take_while(char::is_ascii_alphanumeric).collect();
            if floors.get(other.as_str()).is_some_and(|lower| lower >= floor) {
                problems.push(format!("src/{name} (floor {floor}) uses pg_{other}"));
            }
        }
        for (word, allowed) in [("egui", "ui"), ("burn-cuda", "cuda"), ("burn-flex", "cpu")] {
            if name != allowed && name != "app" && normal.lines().any(|line| line.starts_with(word))
            {
                problems.push(format!("src/{name} uses {word}, which belongs to src/{allowed}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn tests_neither_hide_nor_expect_panics() {
    let mut problems = Vec::new();
    for (path, text) in sources() {
        for forbidden in
            [concat!("#[ig", "nore"), concat!("#[should_", "panic"), concat!("fn te", "st_")]
        {
            if text.contains(forbidden) {
                problems.push(format!("{}: {forbidden}", path.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Sources of the window without their tests.
fn window_sources() -> Vec<(PathBuf, String)> {
    let is_window =
        |path: &Path| path.starts_with(root().join("src/ui")) && !path.ends_with("tests.rs");
    let cut = |text: String| text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
    sources()
        .into_iter()
        .filter(|(path, _)| is_window(path) && !path.starts_with(root().join("src/ui/benches")))
        .map(|(path, text)| (path, cut(text)))
        .collect()
}

#[test]
fn the_window_names_no_node_kind() {
    // Ids that are words of the language too (`add`, `split`) say nothing; those of two words are nobody else's.
    let core = pg_session::Core::new(pg_nn::Devices::default());
    let ids: Vec<String> = core
        .registry()
        .all()
        .iter()
        .filter(|spec| spec.id.contains('_'))
        .map(|spec| format!("\"{}\"", spec.id))
        .collect();
    let mut problems = Vec::new();
    for (path, text) in window_sources() {
        for id in ids.iter().filter(|id| text.contains(id.as_str())) {
            problems.push(format!("{}: {id}", path.display()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn colours_stand_in_the_theme_only() {
    let mut problems = Vec::new();
    for (path, text) in window_sources().into_iter().filter(|(path, _)| !path.ends_with("theme.rs"))
    {
        for literal in [
            "Color32::from_rgb(",
            "Color32::from_gray(",
            "Color32::RED",
            "Color32::BLUE",
            "Color32::GREEN",
            "Color32::GRAY",
        ] {
            if text.contains(literal) {
                problems.push(format!("{}: {literal}", path.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
