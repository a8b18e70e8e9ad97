//! Encoding: which rows are kept, what the arrays hold, and what a target means.

use pg_base::{Array, BatchSource};
use polars::prelude::*;

use super::{Encoder, InputSlot, TargetCodec, Task};
use crate::schema::{Augment, ColumnKind, ImageForm, Role};
use crate::steps::set_roles::SetRoles;
use crate::steps::tests::{numbers, table, texts, with_role};
use crate::steps::tokenise::Tokenise;
use crate::table::Table;

fn target_of(values: &[Option<f64>], task: Task) -> Result<TargetCodec, String> {
    let (kind, series) = numbers(values);
    let (feature, zeros) = numbers(&vec![Some(0.0); values.len()]);
    let table =
        with_role(&table(vec![("y", kind, series), ("x", feature, zeros)]), "y", Role::Target);
    let encoder = Encoder::fit(&table, task).map_err(|trouble| trouble.code)?;
    encoder.only_target().cloned().ok_or_else(|| "none".to_owned())
}

fn small() -> Table {
    let (number, a) =
        numbers(&[Some(1.0), None, Some(3.0), Some(f64::INFINITY), Some(5.0), Some(6.0)]);
    let (_, b) = numbers(&[Some(-1.0), Some(-2.0), Some(-3.0), Some(-4.0), Some(-5.0), Some(-6.0)]);
    let label = [Some("b"), Some("a"), Some("a"), Some("b"), None, Some("b")];
    let (category, label) = texts(ColumnKind::Category, &label);
    let (text, note) = texts(
        ColumnKind::Text,
        &[Some("x y z w"), Some("x"), Some("x"), Some("q"), Some("x"), Some("")],
    );
    let table = table(vec![
        ("a", number.clone(), a),
        ("b", number, b),
        ("label", category, label),
        ("note", text, note),
    ]);
    with_role(&table, "label", Role::Target)
        .then(Tokenise { length: 3, ..Tokenise::default() })
        .expect("fits")
}

#[test]
fn rows_without_a_value_are_rejected_with_a_reason() {
    let table = small();
    let encoder = Encoder::fit(&table, Task::Auto).expect("fits");
    assert_eq!(encoder.inputs.iter().map(InputSlot::shape).collect::<Vec<_>>(), [vec![2], vec![3]]);
    let encoded = encoder.encode(table.rows(), true).expect("encodes");
    let reasons: Vec<(usize, u32, &str)> = encoded
        .rejected
        .iter()
        .map(|one| (one.index, one.row, one.trouble.code.as_str()))
        .collect();
    assert_eq!(
        reasons,
        [(1, 2, "value-missing"), (3, 4, "value-not-finite"), (4, 5, "target-value-missing")]
    );
    assert_eq!(encoded.kept, [0, 2, 5]);
    assert_eq!(encoded.rows.row_numbers(), [1, 3, 6]);
    let batch = encoded.rows.gather(&[2, 0], None).expect("in range");
    assert_eq!(batch.inputs[0], Array::f32([2, 2], vec![6.0, -6.0, 1.0, -1.0]));
    let ids = batch.inputs[1].as_i32().expect("ids");
    assert_eq!((ids[..3].to_vec(), ids[3..].contains(&0)), (vec![1, 0, 0], false));
    assert_eq!(batch.target, Some(Array::i32([2], vec![1, 1])));
    assert_eq!(encoder.training_class_counts(&table).expect("classes"), [2, 3]);
    assert!(encoded.rows.gather(&[3], None).is_err());
    let unlabelled = encoder.encode(table.rows(), false).expect("encodes");
    assert_eq!((unlabelled.kept, unlabelled.rows.class_ids()), (vec![0, 2, 4, 5], None));
    let json = serde_json::to_string(&encoder).expect("plain data");
    assert_eq!(serde_json::from_str::<Encoder>(&json).expect("round trip"), encoder);
}

#[test]
fn few_whole_numbers_are_classes_and_others_are_numbers() {
    let digits: Vec<Option<f64>> = (0..200).map(|row| Some(f64::from(row % 10))).collect();
    let names = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"].map(str::to_owned).to_vec();
    assert_eq!(
        target_of(&digits, Task::Auto),
        Ok(TargetCodec::Classes { column: "y".into(), names })
    );
    assert!(matches!(target_of(&digits[..199], Task::Auto), Ok(TargetCodec::Number { .. })));
    let survived = [Some(0.0), Some(1.0), Some(1.0), Some(0.0)];
    assert_eq!(target_of(&survived, Task::Auto).map(|codec| codec.class_names().len()), Ok(2));
    assert_eq!(target_of(&survived, Task::Regression).map(|codec| codec.number(1.0)), Ok(1.0));
    assert_eq!(
        target_of(
            &[Some(10.0), Some(9.0), Some(10.0), Some(9.0), Some(2.0), Some(2.0)],
            Task::Classification
        )
        .map(|codec| codec.class_names().to_vec()),
        Ok(vec!["2".into(), "9".into(), "10".into()])
    );
    assert_eq!(target_of(&[None, None], Task::Auto), Err("target-all-missing".into()));
    assert_eq!(target_of(&[Some(1.0); 4], Task::Auto), Err("target-one-class".into()));
    assert_eq!(target_of(&[Some(1.5); 4], Task::Regression), Err("target-constant".into()));
    assert_eq!(
        target_of(&[Some(1.5), Some(2.5), Some(3.5)], Task::Classification),
        Err("class-too-rare".into())
    );
}

#[test]
fn unready_tables_are_refused_with_advice() {
    let (number, a) = numbers(&[Some(1.0), Some(2.0)]);
    let (category, city) = texts(ColumnKind::Category, &[Some("x"), Some("y")]);
    let raw = table(vec![("a", number.clone(), a.clone()), ("city", category, city)]);
    let code = |table: &Table| {
        Encoder::fit(table, Task::Auto)
            .map_err(|trouble| (trouble.code, trouble.details.place.column))
    };
    assert_eq!(code(&raw), Err(("target-missing".into(), None)));
    let with_target = with_role(&raw, "a", Role::Target);
    assert_eq!(code(&with_target), Err(("feature-not-numeric".into(), Some("city".into()))));
    let alone = with_role(&table(vec![("a", number, a)]), "a", Role::Target);
    assert_eq!(code(&alone), Err(("feature-none".into(), None)));
}

#[test]
fn pictures_become_channels_first_and_flip_by_seed_and_row_alone() {
    let pictures: Vec<Option<Vec<u8>>> =
        vec![Some((0..12).collect()), None, Some(vec![0; 5]), Some((100..112).collect())];
    let form = ImageForm::Pixels {
        height: 2,
        width: 2,
        channels: 3,
        mean: vec![0.0, 0.0, 1.0],
        std: vec![1.0, 0.5, 1.0],
        augment: Augment { flips_horizontally: true, ..Augment::default() },
    };
    let series = BinaryChunked::from_iter_options("p".into(), pictures.into_iter()).into_series();
    let table = table(vec![("p", ColumnKind::Image(form), series)]);
    let encoder = Encoder {
        inputs: Encoder::inputs_of(table.schema()).expect("a picture"),
        targets: Vec::new(),
        accepts_gaps: false,
    };
    let encoded = encoder.encode(table.rows(), false).expect("encodes");
    assert_eq!(encoded.kept, [0, 3]);
    assert_eq!(encoded.rejected[1].trouble.code, "image-unreadable");
    let plain = encoded.rows.gather(&[0], None).expect("in range");
    assert_eq!(plain.inputs[0].shape, [1, 3, 2, 2]);
    let values = plain.inputs[0].as_f32().expect("numbers");
    let expected = [0.0, 3.0, 6.0, 9.0, 2.0, 8.0, 14.0, 20.0, -253.0, -250.0, -247.0, -244.0];
    assert!(
        values
            .iter()
            .zip(expected)
            .all(|(found, expected)| (found * 255.0 - expected).abs() < 1e-3),
        "{values:?}"
    );
    let pictures = |seed: u64, rows: &[usize]| {
        let batch = encoded.rows.gather(rows, Some(seed)).expect("in range");
        batch.inputs[0]
            .as_f32()
            .expect("numbers")
            .chunks(12)
            .map(<[f32]>::to_vec)
            .collect::<Vec<_>>()
    };
    let mirrored = vec![values[1], values[0], values[3], values[2]];
    let firsts: Vec<Vec<f32>> = (0..32).map(|seed| pictures(seed, &[0])[0].clone()).collect();
    assert!(
        firsts.iter().any(|first| first[..4] == mirrored)
            && firsts.iter().any(|first| first == values)
    );
    assert_eq!(pictures(5, &[0, 1])[1], pictures(5, &[1])[0]);
}

/// A table with a feature and these number columns as its targets.
fn with_targets(targets: &[&[Option<f64>]]) -> Table {
    let (number, feature) = numbers(&vec![Some(0.5); targets.first().map_or(0, |one| one.len())]);
    let mut columns = vec![("x", number, feature)];
    for (name, values) in ["a", "b", "c"].into_iter().zip(targets) {
        let (number, values) = numbers(values);
        columns.push((name, number, values));
    }
    let roles: Vec<_> = columns.iter().skip(1).map(|(name, ..)| (*name).to_owned()).collect();
    let roles = roles.into_iter().map(|name| (name, Role::Target)).collect();
    table(columns).then(SetRoles { roles }).expect("columns that are there")
}

#[test]
fn several_numbers_are_scaled_each_by_itself() {
    let (a, b) =
        ([Some(1.5), Some(2.5), None, Some(3.5)], [Some(10.0), Some(20.5), Some(1.0), None]);
    let table = with_targets(&[&a, &b]);
    let encoder = Encoder::fit(&table, Task::Auto).expect("numbers");
    assert_eq!((encoder.targets.len(), encoder.n_outputs()), (2, 2));
    let encoded = encoder.encode(table.rows(), true).expect("encodes");
    assert_eq!(encoded.kept, [0, 1]);
    let gap: Vec<_> = encoded
        .rejected
        .iter()
        .map(|one| (one.trouble.code.as_str(), one.trouble.details.place.column.as_deref()))
        .collect();
    assert_eq!(gap, [("target-value-missing", Some("a")), ("target-value-missing", Some("b"))]);
    let target = encoded.rows.gather(&[1, 0], None).expect("two rows").target.expect("targets");
    assert_eq!(target.shape, [2, 2]);
    let scaled = target.as_f32().expect("numbers");
    let number = |target: usize, at: usize| encoder.targets[target].number(f64::from(scaled[at]));
    let found = [number(0, 0), number(1, 1), number(0, 2), number(1, 3)];
    for (found, expected) in found.into_iter().zip([2.5, 20.5, 1.5, 10.0]) {
        assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
    }
}

#[test]
fn several_columns_of_two_values_are_labels() {
    let (a, b) = ([Some(0.0), Some(1.0), Some(1.0)], [Some(2.0), Some(2.0), Some(1.0)]);
    let table = with_targets(&[&a, &b]);
    let encoder = Encoder::fit(&table, Task::Auto).expect("labels");
    assert_eq!(encoder.training_class_counts(&table), Ok(vec![1, 2, 1, 2]));
    let encoded = encoder.encode(table.rows(), true).expect("encodes");
    let target = encoded.rows.gather(&[0, 1, 2], None).expect("three rows").target;
    assert_eq!(target, Some(Array::i32([3, 2], vec![0, 1, 1, 1, 1, 0])));
}

#[test]
fn targets_that_do_not_belong_together_are_refused() {
    let code = |targets: &[&[Option<f64>]], task: Task| {
        let fitted = Encoder::fit(&with_targets(targets), task);
        fitted.map_err(|trouble| (trouble.code, trouble.details.place.column))
    };
    let refused = |code: &str, column: &str| Err((code.to_owned(), Some(column.to_owned())));
    let label = [Some(0.0), Some(1.0), Some(0.0), Some(1.0)];
    let measured = [Some(0.5), Some(1.5), Some(7.0), Some(0.25)];
    let digits = [Some(1.0), Some(2.0), Some(3.0), Some(1.0)].repeat(2);
    let constant = [Some(1.0); 4];
    assert_eq!(code(&[&measured, &label], Task::Auto), refused("target-mixed", "b"));
    assert!(code(&[&measured, &label], Task::Regression).is_ok());
    assert!(code(&[&measured, &measured], Task::Auto).is_ok());
    assert!(code(&[&measured.repeat(2), &digits], Task::Auto).is_ok());
    let many = code(&[&label.repeat(2), &digits], Task::Classification);
    assert_eq!(many, refused("target-many-classes", "b"));
    assert_eq!(code(&[&label, &constant], Task::Auto), refused("target-one-class", "b"));
    assert_eq!(code(&[&label, &[None; 4]], Task::Auto), refused("target-all-missing", "b"));
}
