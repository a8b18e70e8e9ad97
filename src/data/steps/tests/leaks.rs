//! Nothing is learnt from rows outside the training part, and chunks of rows give what the whole gives.

use super::{numbers, table, texts, with_role};
use crate::recipe::Step;
use crate::schema::{ColumnKind, ImageForm, Role};
use crate::steps::clip_outliers::ClipOutliers;
use crate::steps::cluster::Cluster;
use crate::steps::fill_missing::{FillMissing, NumberFill, TextFill};
use crate::steps::min_max::MinMax;
use crate::steps::normalise_images::NormaliseImages;
use crate::steps::one_hot::OneHot;
use crate::steps::remove_duplicates::RemoveDuplicates;
use crate::steps::resize_images::ResizeImages;
use crate::steps::select_columns::{SelectColumns, Selection};
use crate::steps::standardise::Standardise;
use crate::steps::tokenise::Tokenise;
use crate::table::{Part, Rows, Table};

const CITIES: [&str; 5] = ["Oslo", "Bern", "北京", "Rome", "Århus"];

/// 40 rows; every fourth is to be tested, and only those are extreme, have the category `only-test` and its words.
fn sample(extreme: f64) -> (Table, Vec<Part>) {
    let is_test = |row: usize| row % 4 == 3;
    let number: Vec<Option<f64>> = (0..40)
        .map(|row| match row {
            row if is_test(row) => Some(extreme),
            row if row % 7 == 0 => None,
            row => Some((row % 5) as f64),
        })
        .collect();
    let city: Vec<Option<&str>> = (0..40)
        .map(|row| match row {
            row if is_test(row) => Some("only-test"),
            row if row % 9 == 0 => None,
            row => CITIES.get(row % 5).copied(),
        })
        .collect();
    let note: Vec<Option<&str>> = (0..40)
        .map(|row| Some(if is_test(row) { "quite secret 词" } else { "good day, 好" }))
        .collect();
    let label: Vec<Option<&str>> =
        (0..40).map(|row| Some(if row % 3 == 0 { "yes" } else { "no" })).collect();
    let columns = [
        ("n", numbers(&number)),
        ("city", texts(ColumnKind::Category, &city)),
        ("note", texts(ColumnKind::Text, &note)),
        ("label", texts(ColumnKind::Category, &label)),
    ];
    let table =
        table(columns.into_iter().map(|(name, (kind, series))| (name, kind, series)).collect());
    let parts = (0..40).map(|row| if is_test(row) { Part::Test } else { Part::Training }).collect();
    (with_role(&table, "label", Role::Target), parts)
}

fn steps() -> Vec<Step> {
    vec![
        FillMissing { numbers: NumberFill::Mean, ..FillMissing::default() }.into(),
        ClipOutliers::default().into(),
        MinMax::default().into(),
        Standardise::default().into(),
        OneHot::default().into(),
        Cluster { scales: true, ..Cluster::default() }.into(),
        Tokenise { length: 4, ..Tokenise::default() }.into(),
    ]
}

fn then_all(table: &Table, steps: &[Step]) -> Table {
    steps.iter().fold(table.clone(), |table, step| table.then(step.clone()).expect("fits"))
}

fn assert_same(a: &Rows, b: &Rows) {
    assert_eq!(a.schema, b.schema);
    assert!(a.frame.equals_missing(&b.frame), "{} {}", a.frame, b.frame);
}

#[test]
fn a_step_before_the_split_equals_the_same_step_after_it() {
    let (table, parts) = sample(1e6);
    for n_before in 0..=steps().len() {
        let (before, after) = steps().into_iter().partition::<Vec<_>, _>({
            let mut position = 0;
            move |_| {
                position += 1;
                position <= n_before
            }
        });
        let one =
            then_all(&then_all(&table, &before).with_parts(&parts).expect("parts fit"), &after);
        let other = then_all(&table.with_parts(&parts).expect("parts fit"), &steps());
        assert_eq!(one.recipe(), other.recipe());
        assert_same(one.rows(), other.rows());
    }
}

#[test]
fn held_back_rows_teach_nothing() {
    let fitted = |extreme| {
        let (table, parts) = sample(extreme);
        then_all(&table, &steps()).with_parts(&parts).expect("parts fit").recipe().clone()
    };
    assert_eq!(fitted(2.0), fitted(-1e300));
    let json = serde_json::to_string(&fitted(2.0)).expect("plain data");
    assert!(
        !json.contains("secret") && !json.contains("only-test") && !json.contains("1000000"),
        "{json}"
    );
}

#[test]
fn replay_in_chunks_equals_replay_of_the_whole_and_needs_no_target() {
    let (table, parts) = sample(1e6);
    let table = then_all(&table, &steps()).with_parts(&parts).expect("parts fit");
    let origin = table.origin_part(Part::Test).expect("test rows");
    let whole = table.recipe().replay(origin.clone()).expect("replays");
    assert_eq!(whole.n_rows(), 10);
    assert!(
        whole
            .frame
            .equals_missing(&table.part(Part::Test).expect("test").frame.drop_many(["#part"]))
    );
    let mut chunks = Vec::new();
    for start in [0, 3, 6, 9, 12] {
        let chunk = Rows { frame: origin.frame.slice(start, 3), schema: origin.schema.clone() };
        chunks.push(table.recipe().replay(chunk).expect("replays, also no row at all"));
    }
    let stacked = chunks
        .iter()
        .skip(1)
        .fold(chunks[0].frame.clone(), |all, chunk| all.vstack(&chunk.frame).expect("same types"));
    assert!(stacked.equals_missing(&whole.frame));

    let mut unlabelled = origin.clone();
    unlabelled.retain(|column| column.name != "label").expect("drops");
    let replayed = table.recipe().replay(unlabelled.clone()).expect("no target is needed");
    assert_eq!(replayed.schema.columns.len(), whole.schema.columns.len() - 1);
    unlabelled.retain(|column| column.name != "n").expect("drops");
    let missing = table.recipe().replay(unlabelled).expect_err("a feature is missing");
    assert_eq!(
        (missing.code.as_str(), missing.details.place.column.as_deref()),
        ("column-missing", Some("n"))
    );
}

#[test]
fn a_target_declared_after_other_steps_may_be_absent_too() {
    let (table, parts) = sample(1.0);
    let table = with_role(&table, "label", Role::Feature);
    let select = SelectColumns {
        columns: vec!["note".into()],
        selection: Selection::Drop,
        ..SelectColumns::default()
    };
    let table = then_all(&table, &[FillMissing::default().into(), select.into()]);
    let table = with_role(&table, "label", Role::Target).with_parts(&parts).expect("parts fit");
    let mut rows = table.origin().clone();
    rows.retain(|column| column.name != "label").expect("drops");
    let replayed = table.recipe().replay(rows).expect("no target is needed");
    let names: Vec<&str> =
        replayed.schema.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["n", "city"]);
}

#[test]
fn rows_are_dropped_while_building_only_and_after_a_split_from_training_only() {
    let (_, kind_and_values) =
        ("n", numbers(&[Some(1.0), None, Some(1.0), None, Some(1.0), Some(2.0)]));
    let table = table(vec![("n", kind_and_values.0, kind_and_values.1)]);
    let parts =
        [Part::Training, Part::Training, Part::Training, Part::Test, Part::Test, Part::Validation];
    let drop: Step = FillMissing {
        numbers: NumberFill::DropRows,
        texts: TextFill::Leave,
        ..FillMissing::default()
    }
    .into();
    let dedupe: Step = RemoveDuplicates::default().into();
    let rows_of = |table: &Table| table.rows().row_numbers();
    let split = table.with_parts(&parts).expect("parts fit");
    assert_eq!(rows_of(&split.then(drop.clone()).expect("fits")), [1, 3, 4, 5, 6]);
    assert_eq!(rows_of(&split.then(dedupe.clone()).expect("fits")), [1, 2, 4, 5, 6]);
    let both = table.then(dedupe).expect("fits").then(drop).expect("fits");
    assert_eq!(rows_of(&both), [1, 6]);
    let again = both.with_parts(&[Part::Test, Part::Training]).expect("parts fit");
    assert_eq!(rows_of(&again), [1, 6]);
    assert_eq!(again.parts(), [Part::Test, Part::Training]);
    assert_eq!(again.origin_part(Part::Test).expect("origin").row_numbers(), [1]);
    assert_eq!(again.recipe().replay(table.rows().clone()).expect("replays").n_rows(), 6);
}

#[test]
fn a_corrupt_picture_is_dropped_and_named() {
    let (kind, paths) = texts(ColumnKind::Image(ImageForm::Files), &[Some("missing.png"), None]);
    let table = table(vec![("picture", kind, paths)]);
    let resized = table.then(ResizeImages::default()).expect("corrupt files are no error");
    assert_eq!(resized.n_rows(), 0);
    let Some(Step::ResizeImages(step)) = resized.recipe().steps.last() else {
        panic!("the step is there")
    };
    let skipped = step.unreadable(table.rows(), resized.rows()).expect("same columns");
    assert_eq!(skipped.iter().map(|one| one.row).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(skipped[0].path, "missing.png");
    let replayed = resized.recipe().replay(table.rows().clone()).expect("replays");
    assert_eq!(
        (replayed.n_rows(), replayed.frame.column("picture").expect("there").null_count()),
        (2, 2)
    );
}

#[test]
fn pictures_are_decoded_once_and_normalised_by_training_pixels_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |value: u8| {
        let path = folder.path().join(format!("{value}.png"));
        image::GrayImage::from_pixel(3, 2, image::Luma([value])).save(&path).expect("writable");
        path.to_string_lossy().into_owned()
    };
    let paths = [path(0), path(255), path(90)];
    let named: Vec<Option<&str>> = paths.iter().map(|path| Some(path.as_str())).collect();
    let (kind, paths) = texts(ColumnKind::Image(ImageForm::Files), &named);
    let table = table(vec![("picture", kind, paths)]);
    let resize = ResizeImages { height: 2, width: 3, ..ResizeImages::default() };
    let steps: [Step; 2] = [resize.into(), NormaliseImages::default().into()];
    let table = then_all(&table, &steps);
    folder.close().expect("removable");
    let split = table
        .with_parts(&[Part::Training, Part::Training, Part::Test])
        .expect("no file is read again");
    assert_eq!(split.n_rows(), 3);
    let ColumnKind::Image(ImageForm::Pixels { mean, std, .. }) = &split.schema().columns[0].kind
    else {
        panic!("pixels")
    };
    assert_eq!((mean.as_slice(), std.as_slice()), (&[0.5][..], &[0.5][..]));
}

#[test]
fn duplicates_are_found_among_sequences_and_pictures_too() {
    let (kind, notes) = texts(ColumnKind::Text, &[Some("a b"), Some("b"), Some("A b"), None, None]);
    let table = table(vec![("note", kind, notes)]).then(Tokenise::default()).expect("fits");
    let unique = table.then(RemoveDuplicates::default()).expect("sequences can be compared");
    assert_eq!(unique.rows().row_numbers(), [1, 2, 4]);
}
