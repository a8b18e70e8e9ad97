//! Pictures of the window, dark and light, in English and Chinese, compared with those that were looked at and approved.
//! `UPDATE_SNAPSHOTS=1` renews them.

use std::path::Path;

use crate::stage::{Setting, Stage};
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::SnapshotOptions;
use pg_base::Lang;
use pg_ui::settings::ThemeChoice;

/// Software renderers round a little differently from machine to machine: a picture may differ in this share of its
/// pixels, a broken lay-out differs in far more.
const MAX_DIFFERENT: f32 = 0.02;

fn open(folder: &Path, lang: Lang, theme: ThemeChoice) -> Stage {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_data");
    for name in ["iris.csv", "iris.pyro"] {
        std::fs::copy(sample.join(name), folder.join(name)).expect("copied");
    }
    let project = Some(folder.join("iris.pyro"));
    Stage::open(folder, Setting { lang, theme, project, renders: true, size: vec2(1200.0, 750.0) })
}

fn check(stage: &mut Stage, name: &str) {
    stage.harness.remove_cursor();
    for _ in 0..30 {
        // The system's fonts are looked for on a thread of their own.
        std::thread::sleep(std::time::Duration::from_millis(20));
        stage.harness.step();
    }
    let options = SnapshotOptions::new()
        .output_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/window/snapshots"))
        .threshold(2.0)
        .max_failed_pixels((1200.0 * 750.0 * MAX_DIFFERENT) as usize);
    stage.harness.snapshot_options(name, &options);
}

fn run(stage: &mut Stage) {
    stage.press_with(Modifiers::COMMAND, Key::Enter);
}

#[test]
fn canvas_and_table() {
    let folder = tempfile::tempdir().expect("folder");
    let mut stage = open(folder.path(), Lang::En, ThemeChoice::Dark);
    check(&mut stage, "canvas_dark_en");
    stage.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::J);
    check(&mut stage, "table_dark_en");
}

#[test]
fn canvas_in_light_and_chinese() {
    let folder = tempfile::tempdir().expect("folder");
    let mut stage = open(folder.path(), Lang::Zh, ThemeChoice::Light);
    check(&mut stage, "canvas_light_zh");
    run(&mut stage);
    check(&mut stage, "report_light_zh");
}

#[test]
fn report_and_training() {
    let folder = tempfile::tempdir().expect("folder");
    let mut stage = open(folder.path(), Lang::En, ThemeChoice::Light);
    run(&mut stage);
    stage.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::J);
    check(&mut stage, "report_light_en");
    stage.click("Training");
    check(&mut stage, "training_light_en");
}
