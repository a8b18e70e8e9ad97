//! Balancing changes training rows only, and every new split starts from the rows of the source.

use std::collections::BTreeMap;

use super::{numbers, table, texts, with_role};
use crate::recipe::Step;
use crate::schema::{ColumnKind, Role};
use crate::steps::balance::{Balance, BalanceMethod};
use crate::steps::standardise::Standardise;
use crate::table::{ADDED_ROW, Part, Table};

/// 40 rows, 8 of them of class `rare`; every fourth is to be tested.
fn sample() -> (Table, Vec<Part>) {
    let value: Vec<Option<f64>> =
        (0..40).map(|row| (row != 7).then_some(f64::from(row % 5 * 10 + row))).collect();
    let colour: Vec<Option<&str>> =
        (0..40).map(|row| Some(if row % 2 == 0 { "red" } else { "blue" })).collect();
    let label: Vec<Option<&str>> =
        (0..40).map(|row| Some(if row % 5 == 0 { "rare" } else { "usual" })).collect();
    let columns = [
        ("value", numbers(&value)),
        ("colour", texts(ColumnKind::Category, &colour)),
        ("label", texts(ColumnKind::Category, &label)),
    ];
    let table =
        table(columns.into_iter().map(|(name, (kind, series))| (name, kind, series)).collect());
    let part = |row| if row % 4 == 3 { Part::Test } else { Part::Training };
    (with_role(&table, "label", Role::Target), (0..40).map(part).collect())
}

fn counts(table: &Table, part: Part) -> BTreeMap<String, usize> {
    table.part(part).expect("rows").label_counts("label").expect("labels").into_iter().collect()
}

const METHODS: [BalanceMethod; 3] =
    [BalanceMethod::Repeat, BalanceMethod::LeaveOut, BalanceMethod::Smote];

#[test]
fn training_rows_are_balanced_and_no_other() {
    let (table, parts) = sample();
    let split = table.with_parts(&parts).expect("parts fit");
    for method in METHODS {
        let step = Balance { method, ..Balance::default() };
        let balanced = split.then(step.clone()).expect("classes");
        let found: Vec<usize> = counts(&balanced, Part::Training).into_values().collect();
        let expected = if method == BalanceMethod::LeaveOut { [6, 6] } else { [24, 24] };
        assert_eq!(found, expected, "{method:?}");
        assert_eq!(counts(&balanced, Part::Test), counts(&split, Part::Test), "{method:?}");
        let again = split.then(step).expect("classes");
        assert!(again.rows().frame.equals_missing(&balanced.rows().frame), "{method:?}");
        let origin = balanced.origin_part(Part::Training).expect("added rows have no origin");
        assert!(origin.row_numbers().iter().all(|number| *number != ADDED_ROW));
        assert_eq!(balanced.recipe().replay(table.origin().clone()).expect("replays").n_rows(), 40);
    }
}

#[test]
fn groups_get_equal_shares_of_the_classes() {
    let n = 80;
    let is_man = |row: usize| row.is_multiple_of(2);
    let is_hired =
        |row: usize| if is_man(row) { !row.is_multiple_of(3) } else { row.is_multiple_of(5) };
    let sex: Vec<Option<&str>> =
        (0..n).map(|row| Some(if is_man(row) { "m" } else { "f" })).collect();
    let hired: Vec<Option<&str>> =
        (0..n).map(|row| Some(if is_hired(row) { "yes" } else { "no" })).collect();
    let columns = [
        ("sex", texts(ColumnKind::Category, &sex)),
        ("hired", texts(ColumnKind::Category, &hired)),
    ];
    let table =
        table(columns.into_iter().map(|(name, (kind, series))| (name, kind, series)).collect());
    let table = with_role(&table, "hired", Role::Target);
    let part = |row: usize| if row % 8 > 5 { Part::Test } else { Part::Training };
    let split = table.with_parts(&(0..n).map(part).collect::<Vec<_>>()).expect("parts fit");
    let step = Balance {
        method: BalanceMethod::EvenGroups,
        group: "sex".to_owned(),
        ..Balance::default()
    };
    let even = split.then(step.clone()).expect("classes");
    let shares = |table: &Table| {
        let rows = table.part(Part::Training).expect("rows");
        let (sexes, answers) =
            (rows.labels("sex").expect("labels"), rows.labels("hired").expect("labels"));
        ["m", "f"].map(|sex| {
            let of = |answer| {
                let pairs = sexes.iter().zip(&answers);
                pairs
                    .filter(|(s, a)| s.as_deref() == Some(sex) && a.as_deref() == Some(answer))
                    .count()
            };
            (of("yes"), of("no"))
        })
    };
    // 30 of each sex learn, 20 + 6 of them hired: 13 and 17 in each.
    assert_eq!(shares(&split), [(20, 10), (6, 24)]);
    assert_eq!(shares(&even), [(13, 17), (13, 17)]);
    assert_eq!(even.part(Part::Test).expect("rows").n_rows(), 20);
    let unknown = Balance { group: "age".to_owned(), ..step };
    assert_eq!(
        split.then(unknown).expect_err("no such column").details.place.param.as_deref(),
        Some("group")
    );
}

#[test]
fn a_step_before_a_split_changes_nothing_until_there_are_parts() {
    let (table, parts) = sample();
    for method in METHODS {
        let step = Balance { method, ..Balance::default() };
        let before = table.then(step.clone()).expect("classes");
        assert_eq!(before.n_rows(), 40);
        let one = before.with_parts(&parts).expect("parts fit");
        let other = table.with_parts(&parts).expect("parts fit").then(step).expect("classes");
        assert!(one.rows().frame.equals_missing(&other.rows().frame), "{method:?}");
    }
}

#[test]
fn new_parts_start_from_the_rows_of_the_source() {
    let (table, parts) = sample();
    let split = table.with_parts(&parts).expect("parts fit");
    for method in METHODS {
        let step: Step = Balance { method, ..Balance::default() }.into();
        let balanced =
            split.then(step).expect("classes").then(Standardise::default()).expect("fits");
        let whole = balanced.unbalanced().expect("rebuilds");
        let all: Vec<u32> = (1..=40).collect();
        assert_eq!(whole.rows().row_numbers(), all);
        assert!(!whole.is_split());
        let turned: Vec<Part> = parts
            .iter()
            .map(|part| if *part == Part::Test { Part::Training } else { Part::Test })
            .collect();
        let fold = whole.with_parts(&turned).expect("parts fit");
        assert_eq!(fold.part(Part::Test).expect("rows").n_rows(), 30);
        let training: Vec<usize> = counts(&fold, Part::Training).into_values().collect();
        assert_eq!(training[0], training[1], "{method:?}");
    }
}

#[test]
fn made_up_rows_lie_between_rows_of_their_class() {
    let (table, parts) = sample();
    let split = table.with_parts(&parts).expect("parts fit");
    let step = Balance { method: BalanceMethod::Smote, ..Balance::default() };
    let balanced = split.then(step).expect("classes");
    let rows = balanced.rows();
    let (values, labels) =
        (rows.numbers("value").expect("there"), rows.labels("label").expect("there"));
    let mut n_made = 0;
    for ((value, label), number) in values.iter().zip(labels).zip(rows.row_numbers()) {
        if number == ADDED_ROW {
            n_made += 1;
            assert_eq!(label.as_deref(), Some("rare"));
            assert!((0.0..=35.0).contains(&value.expect("no value is missing in the class")));
        }
    }
    assert_eq!(n_made, 18);
}
