//! Cells, choices, orders and files of rows, on hostile tables and on ten million rows.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use pg_base::NoProgress;

use super::*;

fn view(columns: Vec<(Column, Series)>) -> RowsView {
    let n_rows = columns.first().map_or(0, |(_, values)| values.len());
    let schema = Schema { columns: columns.iter().map(|(column, _)| column.clone()).collect() };
    let values = columns
        .into_iter()
        .map(|(column, values)| values.with_name(column.name.as_str().into()).into());
    let frame = DataFrame::new(n_rows, values.collect()).expect("columns of one length");
    RowsView::new(&Rows { frame, schema }).expect("the schema's columns are there")
}

fn people() -> RowsView {
    let numbers = Series::new("".into(), [Some(3.5), None, Some(-1.0), Some(f64::NAN), Some(3.5)]);
    let texts = Series::new("".into(), [Some("Ben"), Some("安娜"), None, Some("ann"), Some("Ben")]);
    let days = Series::new("".into(), [Some(0), Some(19782), None, Some(-1), Some(1)])
        .cast(&DataType::Date)
        .expect("days");
    let ids = [&[1_u32, 2][..], &[], &[7; 9], &[3], &[4]].map(|ids| Series::new("".into(), ids));
    let sequence = ColumnKind::Sequence { length: 9, vocabulary: 9 };
    view(vec![
        (Column::new("size", ColumnKind::Number), numbers),
        (Column::new("name", ColumnKind::Text), texts),
        (Column::new("day", ColumnKind::Date), days),
        (Column::new("ids", sequence), Series::new("".into(), ids)),
    ])
}

fn chosen(view: &RowsView, query: &Query) -> Vec<u32> {
    let rows = view.select(query, &CancelToken::default()).expect("a choice");
    rows.unwrap_or_else(|| (0..view.n_rows() as u32).collect())
}

#[test]
fn cells_are_short_texts_and_missing_ones_are_none() {
    let view = people();
    let check = |row: usize, expected: [Option<&str>; 4]| {
        let found: Vec<Option<String>> = (0..4).map(|column| view.cell(row, column)).collect();
        assert_eq!(found, expected.map(|text| text.map(str::to_owned)));
    };
    check(0, [Some("3.5"), Some("Ben"), Some("1970-01-01"), Some("1, 2")]);
    check(1, [None, Some("安娜"), Some("2024-02-29"), Some("")]);
    check(2, [Some("−1.0"), None, None, Some("7, 7, 7, 7, 7, 7, 7, 7 …")]);
    check(3, [None, Some("ann"), Some("1969-12-31"), Some("3")]);
    check(9, [None, None, None, None]);
    assert_eq!(view.exact(2, 3).as_deref(), Some("7 7 7 7 7 7 7 7 7"));
    assert_eq!((view.row_number(2), view.part(2), view.is_split()), (3, None, false));
    assert!(view.is_of(&view.rows().clone()));
    assert!(!view.is_of(people().rows()));
    let found = view.rows_numbered(&[5, 2, 99], &CancelToken::default()).expect("rows");
    assert_eq!(found, [4, 1]);
}

#[test]
fn orders_are_stable_and_end_with_what_is_missing() {
    let view = people();
    let check = |column: &str, is_descending: bool, expected: [u32; 5]| {
        let order = Order { column: column.to_owned(), is_descending };
        let query = Query { order: Some(order), ..Query::default() };
        assert_eq!(chosen(&view, &query), expected, "{column} {is_descending}");
    };
    check("size", false, [2, 0, 4, 1, 3]);
    check("size", true, [0, 4, 2, 1, 3]);
    check("name", false, [0, 4, 3, 1, 2]);
    check("name", true, [1, 3, 0, 4, 2]);
    check("day", false, [3, 0, 4, 1, 2]);
    check("ids", true, [2, 0, 3, 4, 1]);
    check("nothing", true, [0, 1, 2, 3, 4]);
}

#[test]
fn filters_and_the_search_hold_together() {
    let view = people();
    let filter = |column: &str, test: Test| Query {
        filters: vec![Filter { column: column.to_owned(), test }],
        ..Query::default()
    };
    let check =
        |query: Query, expected: &[u32]| assert_eq!(chosen(&view, &query), expected, "{query:?}");
    check(filter("size", Test::Between { min: Some(0.0), max: None }), &[0, 4]);
    check(filter("size", Test::Missing), &[1, 3]);
    check(filter("name", Test::Contains("N".to_owned())), &[0, 3, 4]);
    check(filter("name", Test::Contains("娜".to_owned())), &[1]);
    check(filter("name", Test::OneOf(BTreeSet::from(["ann".to_owned()]))), &[3]);
    check(filter("size", Test::OneOf(BTreeSet::from(["-1".to_owned()]))), &[2]);
    check(filter("day", Test::Between { min: Some(0.0), max: Some(86_400.0) }), &[0, 4]);
    check(filter("day", Test::Present), &[0, 1, 3, 4]);
    check(filter("gone", Test::Missing), &[0, 1, 2, 3, 4]);
    check(Query { search: " 3.5 ".to_owned(), ..Query::default() }, &[0, 4]);
    check(Query { search: "2024-02".to_owned(), ..Query::default() }, &[1]);
    check(
        Query { search: "BEN".to_owned(), ..filter("ids", Test::Contains("4".to_owned())) },
        &[4],
    );
    check(Query { among: Some(Arc::new(vec![4, 1, 77, 0])), ..Query::default() }, &[4, 1, 0]);
    let cancel = CancelToken::default();
    cancel.cancel();
    let query = filter("size", Test::Present);
    assert!(view.select(&query, &cancel).expect_err("cancelled").is_cancelled());
    let empty =
        RowsView::new(&Rows { frame: view.rows.frame.clear(), schema: view.rows.schema.clone() });
    assert_eq!(chosen(&empty.expect("a view"), &query), [0_u32; 0]);
}

#[test]
fn what_is_shown_is_written() {
    let view = people();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.csv");
    let write = |rows: Option<&[u32]>| {
        view.write(&path, rows, &[1, 0], &NoProgress, &CancelToken::default()).expect("written");
        std::fs::read_to_string(&path).expect("text")
    };
    assert_eq!(write(Some(&[3, 0])), "name,size\nann,NaN\nBen,3.5\n");
    assert_eq!(write(Some(&[])), "name,size\n");
    assert_eq!(write(None).lines().count(), 6);
}

#[test]
fn pixels_become_pictures() {
    let form = ImageForm::Pixels {
        height: 1,
        width: 2,
        channels: 1,
        mean: vec![0.0],
        std: vec![1.0],
        augment: crate::Augment::default(),
    };
    let bytes = Series::new("".into(), [Some([1_u8, 2].as_slice()), None, Some(&[3])]);
    let view = view(vec![(Column::new("image", ColumnKind::Image(form)), bytes)]);
    let picture = view.picture(0, 0, 64).expect("decoded");
    assert_eq!(picture, Some(Picture { width: 2, height: 1, rgb: vec![1, 1, 1, 2, 2, 2] }));
    assert_eq!(view.picture(1, 0, 64), Ok(None));
    assert_eq!(view.picture(2, 0, 64), Ok(None));
    assert_eq!((view.cell(0, 0).as_deref(), view.exact(0, 0)), (Some("2 × 1"), None));
}

#[test]
fn ten_million_rows_are_filtered_and_sorted_quickly() {
    const N_ROWS: u32 = 10_000_000;
    let scattered = |row: u32| row.wrapping_mul(2_654_435_761);
    let numbers = Float64Chunked::from_iter_values(
        "".into(),
        (0..N_ROWS).map(|row| f64::from(scattered(row)) - 1e9),
    );
    let labels = StringChunked::from_iter_values(
        "".into(),
        (0..N_ROWS).map(|row| ["red", "green", "blue"][row as usize % 3]),
    );
    let view = view(vec![
        (Column::new("x", ColumnKind::Number), numbers.into_series()),
        (Column::new("y", ColumnKind::Category), labels.into_series()),
    ]);
    let timed = |name: &str, query: Query| {
        let start = Instant::now();
        let rows = chosen(&view, &query);
        let seconds = start.elapsed().as_secs_f64();
        println!("{name}: {} rows in {seconds:.2} s", rows.len());
        assert!(seconds < 20.0, "{name} took {seconds} s");
        rows
    };
    let order = |column: &str| Some(Order { column: column.to_owned(), is_descending: false });
    let rows = timed("sort numbers", Query { order: order("x"), ..Query::default() });
    assert!(rows.windows(2).all(|pair| scattered(pair[0]) <= scattered(pair[1])));
    timed("sort labels", Query { order: order("y"), ..Query::default() });
    let search = Query { search: "GREE".to_owned(), ..Query::default() };
    assert_eq!(timed("search", search).len(), 3_333_333);
    let test = Test::Between { min: Some(0.0), max: None };
    let filters = vec![Filter { column: "x".to_owned(), test }];
    timed("filter", Query { filters, ..Query::default() });
}
