//! Tests of the concerns: what is doubtful is found with its number, and sound columns raise none.

use pg_base::CancelToken;

use super::*;
use crate::schema::Column;
use crate::steps::tests::{numbers, table, texts, with_role};

/// `column: code` of each concern about these columns.
fn check(columns: Vec<(&str, (ColumnKind, Series))>, target: Option<&str>, expected: &[&str]) {
    let columns = columns.into_iter().map(|(name, (kind, series))| (name, kind, series)).collect();
    let mut table = table(columns);
    if let Some(target) = target {
        table = with_role(&table, target, Role::Target);
    }
    let quality = quality(table.rows(), &CancelToken::default()).expect("a quality");
    let found: Vec<String> = quality
        .concerns
        .iter()
        .map(|concern| {
            let code = concern.trouble(table.schema()).code;
            format!("{}: {code}", concern.column.as_deref().unwrap_or("table"))
        })
        .collect();
    assert_eq!(found, expected);
    for share in [quality.completeness, quality.uniqueness, quality.variety] {
        assert!((0.0..=1.0).contains(&share), "{share}");
    }
}

fn measured(n_rows: usize) -> (ColumnKind, Series) {
    numbers(&(0..n_rows).map(|row| Some(((row * 37) % 101) as f64 * 0.7)).collect::<Vec<_>>())
}

fn labels(n_rows: usize, names: &[&str]) -> (ColumnKind, Series) {
    let label = |row: usize| names.get((row * 7 + row / 3) % names.len()).copied();
    texts(ColumnKind::Category, &(0..n_rows).map(label).collect::<Vec<_>>())
}

#[test]
fn sound_columns_raise_no_concern() {
    let columns = || vec![("x", measured(60)), ("c", labels(60, &["a", "b", "c"]))];
    check(columns(), Some("c"), &[]);
    check(vec![("x", measured(1))], None, &[]);
    check(vec![("x", numbers(&[]))], None, &[]);
}

#[test]
fn columns_that_say_nothing_are_found() {
    let counting = numbers(&(0..60).map(|row| Some(1000.0 + row as f64)).collect::<Vec<_>>());
    let empty: Vec<Option<f64>> = (0..60).map(|row| (row % 4 == 0).then_some(row as f64)).collect();
    let columns = vec![
        ("x", measured(60)),
        ("number", counting),
        ("same", numbers(&[Some(3.0); 60])),
        ("empty", numbers(&empty)),
    ];
    check(
        columns,
        None,
        &["number: quality-id", "empty: quality-missing", "same: quality-constant"],
    );
}

#[test]
fn what_repeats_is_found() {
    let x: Vec<Option<f64>> = (0..60).map(|row| Some(f64::from(row % 50) * 1.5)).collect();
    let doubled: Vec<Option<f64>> = x.iter().map(|x| x.map(|x| 3.0 - 2.0 * x)).collect();
    check(
        vec![("x", numbers(&x)), ("y", numbers(&doubled))],
        None,
        &["table: quality-duplicates", "y: quality-twin"],
    );
    let renamed = (labels(60, &["a", "b", "c"]), labels(60, &["甲", "乙", "丙"]));
    check(
        vec![("x", measured(60)), ("c", renamed.0), ("d", renamed.1)],
        None,
        &["d: quality-twin"],
    );
}

#[test]
fn strays_and_rare_classes_are_found() {
    let mixed: Vec<String> = (0..60).map(|row| format!("{}", row % 20)).collect();
    let mixed: Vec<Option<&str>> = mixed
        .iter()
        .enumerate()
        .map(|(row, text)| Some(if row == 5 { "n/k" } else { text.as_str() }))
        .collect();
    let rare: Vec<Option<&str>> =
        (0..60).map(|row| Some(if row == 9 { "fraud" } else { "fine" })).collect();
    let columns = vec![
        ("x", measured(60)),
        ("m", texts(ColumnKind::Category, &mixed)),
        ("y", texts(ColumnKind::Category, &rare)),
    ];
    check(columns, Some("y"), &["m: quality-mixed", "y: quality-rare-class"]);
}

#[test]
fn impossible_dates_are_counted() {
    let days = Series::new("d".into(), [0_i32, 60_000, 3]).cast(&DataType::Date).expect("days");
    let frame = DataFrame::new(3, vec![days.into()]).expect("a frame");
    let schema = Schema { columns: vec![Column::new("d", ColumnKind::Date)] };
    let quality = quality(&Rows { frame, schema }, &CancelToken::default()).expect("a quality");
    let doubts: Vec<&Doubt> = quality.concerns.iter().map(|concern| &concern.doubt).collect();
    assert_eq!(doubts, [&Doubt::ImpossibleDates { n_rows: 1 }]);
}
