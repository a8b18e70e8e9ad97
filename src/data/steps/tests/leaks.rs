//! Nothing is learnt from rows outside the training part, and chunks of rows give what the whole gives.

use super::{numbers, table, texts, with_role};
use crate::recipe::Step;
use crate::schema::{ColumnKind, ImageForm, Role};
use crate::steps::bin::{Bin, Cuts};
use crate::steps::clean_text::CleanText;
use crate::steps::clip::{Bounds, Clip};
use crate::steps::clip_outliers::{ClipOutliers, OutlierAction, OutlierMethod};
use crate::steps::cluster::Cluster;
use crate::steps::curve::CurveKind;
use crate::steps::drop_constant::DropConstant;
use crate::steps::drop_correlated::DropCorrelated;
use crate::steps::fill_missing::{FillMissing, NumberFill, TextFill};
use crate::steps::filter_rows::{Condition, FilterRows};
use crate::steps::frequency_encode::FrequencyEncode;
use crate::steps::hash_encode::HashEncode;
use crate::steps::hide_personal::HidePersonal;
use crate::steps::map_values::MapValues;
use crate::steps::merge_rare::MergeRare;
use crate::steps::min_max::MinMax;
use crate::steps::normalise_images::NormaliseImages;
use crate::steps::one_hot::OneHot;
use crate::steps::ordinal_encode::OrdinalEncode;
use crate::steps::pca::Pca;
use crate::steps::piecewise::Piecewise;
use crate::steps::polynomial::Polynomial;
use crate::steps::remove_duplicates::RemoveDuplicates;
use crate::steps::reshape::Reshape;
use crate::steps::resize_images::ResizeImages;
use crate::steps::scale::Scale;
use crate::steps::select_best::SelectBest;
use crate::steps::select_columns::{SelectColumns, Selection};
use crate::steps::sort_rows::SortRows;
use crate::steps::standardise::Standardise;
use crate::steps::target_encode::TargetEncode;
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

/// Filling of one sort among other cleaning.
fn cleaning(numbers: NumberFill, texts: TextFill) -> Vec<Step> {
    let method = match numbers {
        NumberFill::Model => OutlierMethod::IsolationForest,
        NumberFill::Neighbours => OutlierMethod::MedianDeviations,
        _ => OutlierMethod::Deviations,
    };
    let mapping = MapValues {
        columns: vec!["city".to_owned()],
        new_values: MapValues::read("Oslo = Kristiania").expect("one pair"),
        ..MapValues::default()
    };
    vec![
        CleanText::default().into(),
        FillMissing { numbers, texts, n_neighbours: 3, adds_marks: true, ..FillMissing::default() }
            .into(),
        mapping.into(),
        MergeRare { min_count: 4, ..MergeRare::default() }.into(),
        ClipOutliers {
            method,
            action: OutlierAction::Mark,
            factor: 0.1,
            ..ClipOutliers::default()
        }
        .into(),
        HidePersonal::default().into(),
        DropConstant { share: 0.95, ..DropConstant::default() }.into(),
        DropCorrelated::default().into(),
    ]
}

fn all_lists() -> Vec<Vec<Step>> {
    vec![
        steps(),
        cleaning(NumberFill::Forward, TextFill::Backward),
        cleaning(NumberFill::Backward, TextFill::Forward),
        cleaning(NumberFill::Neighbours, TextFill::MostFrequent),
        cleaning(NumberFill::Model, TextFill::MostFrequent),
    ]
}

fn then_all(table: &Table, steps: &[Step]) -> Table {
    steps.iter().fold(table.clone(), |table, step| table.then(step.clone()).expect("fits"))
}

fn assert_same(a: &Rows, b: &Rows) {
    assert_eq!(a.schema, b.schema);
    assert!(a.frame.equals_missing(&b.frame), "{} {}", a.frame, b.frame);
}

/// Steps that learn from several columns or from the target.
fn preparation_steps() -> Vec<Step> {
    let named = |name: &str| vec![name.to_owned()];
    vec![
        FillMissing { texts: TextFill::Leave, ..FillMissing::default() }.into(),
        Scale::default().into(),
        Reshape { curve: CurveKind::QuantileNormal, ..Reshape::default() }.into(),
        Bin { cuts: Cuts::Clusters, ..Bin::default() }.into(),
        Piecewise::default().into(),
        Polynomial::default().into(),
        TargetEncode::default().into(),
        HashEncode { columns: named("note"), ..HashEncode::default() }.into(),
        SelectBest { n_kept: 8, ..SelectBest::default() }.into(),
        Pca::default().into(),
    ]
}

/// The same with the other encodings of categories.
fn other_encodings() -> Vec<Step> {
    let named = |name: &str| vec![name.to_owned()];
    vec![
        FillMissing { texts: TextFill::Leave, ..FillMissing::default() }.into(),
        FrequencyEncode::default().into(),
        OrdinalEncode { columns: named("note"), ..OrdinalEncode::default() }.into(),
        Reshape { standardises: true, ..Reshape::default() }.into(),
        Clip {
            columns: Vec::new(),
            bounds: Bounds::Quantiles { low: 0.1, high: 0.9 },
            fitted: Vec::new(),
        }
        .into(),
    ]
}

#[test]
fn preparation_learns_from_training_rows_only_and_replays_row_by_row() {
    for steps in [preparation_steps(), other_encodings()] {
        let prepared = |extreme, n_before: usize| {
            let (table, parts) = sample(extreme);
            let (before, after) = steps.split_at(n_before);
            then_all(&then_all(&table, before).with_parts(&parts).expect("parts fit"), after)
        };
        let table = prepared(2.0, 0);
        for n_before in 1..=steps.len() {
            let other = prepared(2.0, n_before);
            assert_eq!(table.recipe(), other.recipe());
            assert_same(table.rows(), other.rows());
        }
        assert_eq!(table.recipe(), prepared(-1e9, 0).recipe());
        let json = serde_json::to_string(table.recipe()).expect("plain data");
        assert!(!json.contains("secret") && !json.contains("only-test"), "{json}");
        let origin = table.origin_part(Part::Test).expect("test rows");
        let whole = table.recipe().replay(origin.clone()).expect("replays");
        let test = table.part(Part::Test).expect("test rows").frame.drop_many(["#part"]);
        assert!(whole.frame.equals_missing(&test), "{} {test}", whole.frame);
        for row in 0..10 {
            let one = Rows { frame: origin.frame.slice(row, 1), schema: origin.schema.clone() };
            let one = table.recipe().replay(one).expect("replays one row");
            assert!(one.frame.equals_missing(&whole.frame.slice(row, 1)), "{}", one.frame);
        }
    }
}

#[test]
fn a_training_row_never_sees_its_own_answer() {
    let answers: Vec<Option<f64>> = (0..12).map(|row| Some(f64::from(row))).collect();
    let own: Vec<String> = (0..12).map(|row| format!("name {row}")).collect();
    let own: Vec<Option<&str>> = own.iter().map(|name| Some(name.as_str())).collect();
    let (kind, own) = texts(ColumnKind::Category, &own);
    let (number, answers) = numbers(&answers);
    let table = table(vec![("id", kind, own), ("y", number, answers)]);
    let table = with_role(&table, "y", Role::Target);
    let encoded = table.then(TargetEncode::default()).expect("fits");
    let values = encoded.rows().numbers("id").expect("numbers");
    for (row, value) in values.iter().enumerate() {
        // Every name is new to the other folds: their overall mean is all that is known.
        let value = value.expect("a number");
        assert!((value - row as f64).abs() > 1e-9 && (4.0..=7.0).contains(&value), "{row} {value}");
    }
}

#[test]
fn a_step_before_the_split_equals_the_same_step_after_it() {
    let (table, parts) = sample(1e6);
    for steps in all_lists() {
        let other = then_all(&table.with_parts(&parts).expect("parts fit"), &steps);
        for n_before in 0..=steps.len() {
            let (before, after) = steps.split_at(n_before);
            let one =
                then_all(&then_all(&table, before).with_parts(&parts).expect("parts fit"), after);
            assert_eq!(one.recipe(), other.recipe());
            assert_same(one.rows(), other.rows());
        }
    }
}

#[test]
fn held_back_rows_teach_nothing() {
    for steps in all_lists() {
        let fitted = |extreme| {
            let (table, parts) = sample(extreme);
            then_all(&table, &steps).with_parts(&parts).expect("parts fit").recipe().clone()
        };
        assert_eq!(fitted(2.0), fitted(-1e300));
        let json = serde_json::to_string(&fitted(2.0)).expect("plain data");
        assert!(
            !json.contains("secret") && !json.contains("only-test") && !json.contains("1000000"),
            "{json}"
        );
    }
}

#[test]
fn replay_in_chunks_equals_replay_of_the_whole_and_needs_no_target() {
    for steps in all_lists() {
        check_replay(&steps);
    }
}

fn check_replay(steps: &[Step]) {
    let (table, parts) = sample(1e6);
    let table = then_all(&table, steps).with_parts(&parts).expect("parts fit");
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
fn filters_and_outliers_drop_training_rows_only() {
    let (kind, values) = numbers(&[Some(1.0), Some(50.0), Some(2.0), Some(50.0), None, Some(1.0)]);
    let table = table(vec![("n", kind, values)]);
    let filter = FilterRows {
        conditions: Condition::read("n < 10", table.schema()).expect("reads"),
        ..FilterRows::default()
    };
    let outliers = ClipOutliers { action: OutlierAction::DropRows, ..ClipOutliers::default() };
    let parts =
        [Part::Training, Part::Training, Part::Training, Part::Test, Part::Test, Part::Training];
    let split = table.with_parts(&parts).expect("parts fit");
    let rows_of = |table: &Table, step: Step| table.then(step).expect("fits").rows().row_numbers();
    assert_eq!(rows_of(&table, filter.clone().into()), [1, 3, 6]);
    assert_eq!(rows_of(&split, filter.into()), [1, 3, 4, 5, 6]);
    assert_eq!(rows_of(&split, outliers.clone().into()), [1, 3, 4, 5, 6]);
    let dropped = split.then(outliers).expect("fits");
    assert_eq!(dropped.recipe().replay(table.rows().clone()).expect("replays").n_rows(), 6);
}

#[test]
fn sorted_rows_meet_earlier_steps_in_their_first_order_again() {
    let (kind, values) = numbers(&[Some(9.0), None, Some(1.0), None, Some(5.0)]);
    let (_, order) = numbers(&[Some(2.0), Some(1.0), Some(4.0), Some(3.0), Some(0.0)]);
    let table = table(vec![("n", kind.clone(), values), ("order", kind, order)]);
    let carry = FillMissing { numbers: NumberFill::Forward, ..FillMissing::default() };
    let sort = SortRows { columns: vec!["order".to_owned()], is_descending: false };
    let sorted = table.then(carry).expect("fits").then(sort).expect("fits");
    let seen = |table: &Table| {
        let values = table.rows().numbers("n").expect("numbers");
        (table.rows().row_numbers(), values.iter().flatten().collect::<Vec<_>>())
    };
    assert_eq!(seen(&sorted), (vec![5, 2, 1, 4, 3], vec![5.0, 9.0, 9.0, 1.0, 1.0]));
    let parts = [Part::Training, Part::Training, Part::Test, Part::Training, Part::Training];
    let split = sorted.with_parts(&parts).expect("parts fit");
    // Row 1, which had the value before row 2, is no training row now; row 2 gets the first one after it.
    assert_eq!(seen(&split), (vec![5, 2, 1, 4, 3], vec![5.0, 1.0, 9.0, 1.0, 1.0]));
    assert_eq!(split.parts(), parts);
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
