//! Tests of models with several targets: judged, bundled, asked for files, and refused where one target is needed.

use std::fs;
use std::sync::Arc;

use pg_base::{CancelToken, NoProgress};
use pg_metrics::Report;

use crate::bundle::Bundle;
use crate::predict::{PredictOptions, predict_file};
use crate::score::{Scorer, evaluate};
use crate::testing::{self, Plain};
use crate::{Answer, Model};

/// The names and metrics of the targets, and the averages.
fn judged(model: &Model, raw: pg_data::Rows) -> pg_metrics::SeveralReport {
    match evaluate(&Arc::new(model.clone()), &Plain, raw).expect("a report") {
        Report::Several(report) => report,
        other => panic!("one target: {other:?}"),
    }
}

#[test]
fn several_numbers_are_judged_each_and_together() {
    let model = testing::pair_model();
    let report = judged(&model, testing::pairs(30));
    let [y, z] = report.targets.as_slice() else { panic!("two targets") };
    assert_eq!((y.name.as_str(), z.name.as_str()), ("y", "z"));
    let r2 = |report: &Report| report.metrics()["r2"];
    assert!(r2(&y.report) > 0.9999 && r2(&z.report) < 0.0, "{report:?}");
    let mean = f64::midpoint(r2(&y.report), r2(&z.report));
    assert!((report.metrics["r2"] - mean).abs() < 1e-12);
    assert!(report.worst.iter().all(|worst| worst.truth.contains("y = ")));
}

#[test]
fn labels_of_one_column_are_judged_each_and_together() {
    let report = judged(&testing::labels_model(), testing::tagged(33));
    assert_eq!(report.metrics["accuracy"], 1.0);
    assert_eq!(report.metrics["hamming_loss"], 0.0);
    assert!(report.baseline["accuracy"] < 1.0 && report.is_of_labels());
    let names: Vec<&str> = report.targets.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["large", "positive"]);
    let without = evaluate(&Arc::new(testing::labels_model()), &Plain, testing::numbers(5));
    assert_eq!(without.expect_err("no labels").code, "column-missing");
}

#[test]
fn bundles_come_back_as_they_were() {
    for model in [testing::pair_model(), testing::labels_model()] {
        let bundle = Bundle::new(&model, None, &Plain).expect("a bundle");
        assert!(bundle.golden.expected.iter().flatten().all(|answers| answers.len() >= 2));
        let bytes = bundle.to_bytes().expect("bytes");
        let read = Bundle::from_bytes(&bytes).expect("reads back");
        assert_eq!(read, bundle);
        assert_eq!(read.to_bytes().expect("bytes"), bytes);
        read.into_scorer(&Plain).expect("the golden rows agree");
    }
}

#[test]
fn files_get_a_column_per_target() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("rows.csv");
    fs::write(&input, "x,tags\n2,\n0.5,\n-2,\n,\n").expect("written");
    let check = |model: Model, expected: &[&str]| {
        let mut scorer = Scorer::new(Arc::new(model), &Plain).expect("loads");
        let output = folder.path().join("out.csv");
        let options = PredictOptions::default();
        predict_file(
            &mut scorer,
            &input,
            Some(&output),
            options,
            &NoProgress,
            &CancelToken::default(),
        )
        .expect("predicted");
        let written = fs::read_to_string(&output).expect("text");
        for (line, expected) in written.lines().zip(expected) {
            assert!(line.starts_with(expected), "{line}, not {expected}");
        }
    };
    check(
        testing::labels_model(),
        &[
            "x,tags,prediction,prediction_large,prediction_positive,probability_large,probability_positive,problem",
            "2,,large;positive,1,1,0.99",
            "0.5,,positive,0,1,0.01",
            "-2,,\"\",0,0,",
            ",,,,,,,x: no value",
        ],
    );
    check(testing::pair_model(), &["x,tags,prediction_y,prediction_z,problem", "2,,4.99999"]);
}

#[test]
fn targets_are_found_by_their_names() {
    let called = |model: &Model, name: &str| model.target_called(name).map_err(|found| found.code);
    assert_eq!(called(&testing::pair_model(), ""), Err("targets-several".to_owned()));
    assert_eq!(called(&testing::pair_model(), "z"), Ok(1));
    assert_eq!(called(&testing::labels_model(), "positive"), Ok(1));
    assert_eq!(called(&testing::labels_model(), "small"), Err("target-unknown".to_owned()));
    assert_eq!(called(&testing::flowers_model(), ""), Ok(0));
    let label = |best| Answer::Class { best, probabilities: Vec::new() };
    let set = |model: &Model, answers: &[Answer]| model.label_set(answers);
    assert_eq!(set(&testing::labels_model(), &[label(0), label(0)]), Some(String::new()));
    assert_eq!(set(&testing::flowers_model(), &[label(1)]), None);
}
