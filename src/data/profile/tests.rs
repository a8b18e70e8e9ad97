//! Profiles of ordinary and of hostile columns.

use super::*;

fn check(kind: ColumnKind, values: Series) -> ColumnProfile {
    let n_rows = values.len();
    let schema = crate::Schema { columns: vec![Column::new("x", kind)] };
    let frame =
        DataFrame::new(n_rows, vec![values.with_name("x".into()).into()]).expect("one column");
    let found = profile(&Rows { frame, schema }, "x", &CancelToken::default()).expect("a profile");
    if let Spread::Numbers(numbers) | Spread::Dates(numbers) = &found.spread {
        let n_in_bins: usize = numbers.bins.iter().map(|bin| bin.count).sum();
        assert_eq!(
            n_in_bins,
            found.n_rows - found.n_missing - found.n_unusable,
            "every value has a bin"
        );
        assert!(
            numbers.bins.len() <= MAX_BINS && numbers.bins.iter().all(|bin| bin.from <= bin.to)
        );
    }
    found
}

fn numbers(values: &[Option<f64>]) -> ColumnProfile {
    check(ColumnKind::Number, Series::new("".into(), values))
}

fn described(profile: &ColumnProfile) -> &Numbers {
    match &profile.spread {
        Spread::Numbers(numbers) | Spread::Dates(numbers) => numbers,
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_are_described_as_numpy_does() {
    let found = numbers(&[
        Some(4.0),
        Some(1.0),
        None,
        Some(2.5),
        Some(f64::NAN),
        Some(4.0),
        Some(f64::INFINITY),
    ]);
    assert_eq!((found.n_rows, found.n_missing, found.n_unusable), (7, 2, 1));
    assert_eq!(found.distinct, Distinct::Exactly(3));
    assert_eq!(found.quality(), Some(4.0 / 7.0));
    let numbers = described(&found);
    assert_eq!((numbers.min, numbers.max, numbers.mean), (1.0, 4.0, 2.875));
    assert_eq!(numbers.quartiles, [2.125, 3.25, 4.0]);
    assert!((numbers.std - 1.436_140_66).abs() < 1e-6);
}

#[test]
fn whole_numbers_of_few_values_have_a_bin_each() {
    let found = numbers(&[Some(3.0), Some(1.0), Some(3.0), Some(-0.0), Some(0.0)]);
    let bins: Vec<(f64, usize)> =
        described(&found).bins.iter().map(|bin| (bin.from, bin.count)).collect();
    assert_eq!(bins, [(-0.5, 2), (0.5, 1), (1.5, 0), (2.5, 2)]);
    assert_eq!(found.distinct, Distinct::Exactly(3));
}

#[test]
fn hostile_numbers() {
    assert_eq!(numbers(&[]).quality(), None);
    assert_eq!(numbers(&[]).spread, Spread::Nothing);
    let missing = numbers(&[None, None]);
    assert_eq!(
        (missing.quality(), missing.missing_share(), missing.spread),
        (Some(0.0), 1.0, Spread::Nothing)
    );
    let one = numbers(&[Some(0.5)]);
    assert_eq!((described(&one).std, described(&one).bins.len()), (0.0, 1));
    assert_eq!(described(&numbers(&[Some(1e-300); 9])).quartiles, [1e-300; 3]);
    let huge = numbers(&[Some(f64::MAX), Some(f64::MIN), Some(f64::MAX)]);
    assert!(described(&huge).mean.is_finite() && described(&huge).bins.len() == 5);
    let whole = check(ColumnKind::Number, Series::new("".into(), [i64::MAX, 0]));
    assert_eq!(whole.distinct, Distinct::Exactly(2));
    let many: Vec<Option<f64>> = (0..10_000).map(|row| Some(f64::from(row).sin())).collect();
    assert_eq!(described(&numbers(&many)).bins.len(), MAX_BINS);
}

#[test]
fn texts_are_counted_and_measured() {
    let texts = Series::new(
        "".into(),
        [Some("猫"), Some("dog"), None, Some("dog"), Some("  "), Some("猫"), Some("a")],
    );
    let found = check(ColumnKind::Category, texts);
    assert_eq!((found.n_missing, found.n_unusable, found.distinct), (1, 1, Distinct::Exactly(3)));
    let Spread::Labels(labels) = &found.spread else { panic!("{found:?}") };
    let top: Vec<(&str, usize)> =
        labels.top.iter().map(|(text, count)| (text.as_str(), *count)).collect();
    assert_eq!(top, [("dog", 2), ("猫", 2), ("a", 1)]);
    assert_eq!((labels.min_chars, labels.mean_chars, labels.max_chars), (1, 1.8, 3));
    let nothing = check(ColumnKind::Text, Series::full_null("".into(), 3, &DataType::String));
    assert_eq!((nothing.n_missing, nothing.spread), (3, Spread::Nothing));
    let many: Vec<String> = (0..=MAX_TEXTS).map(|row| row.to_string()).collect();
    let many = check(ColumnKind::Text, Series::new("".into(), many));
    assert_eq!(many.distinct, Distinct::MoreThan(MAX_TEXTS));
}

#[test]
fn dates_and_sequences() {
    let days = Series::new("".into(), [Some(0_i32), None, Some(19_782)])
        .cast(&DataType::Date)
        .expect("days");
    let found = check(ColumnKind::Date, days);
    assert_eq!(described(&found).date_range(), ("1970-01-01".to_owned(), "2024-02-29".to_owned()));
    let ids = [&[1_u32, 2][..], &[], &[3]].map(|ids| Series::new("".into(), ids));
    let found =
        check(ColumnKind::Sequence { length: 2, vocabulary: 9 }, Series::new("".into(), ids));
    assert_eq!(
        (described(&found).max, found.n_unusable, found.distinct),
        (2.0, 1, Distinct::Unknown)
    );
}

#[test]
fn a_cancel_is_noticed() {
    let cancel = CancelToken::default();
    cancel.cancel();
    let schema = crate::Schema { columns: vec![Column::new("x", ColumnKind::Text)] };
    let frame = DataFrame::new(1, vec![Series::new("x".into(), ["a"]).into()]).expect("one column");
    let rows = Rows { frame, schema };
    assert!(profile(&rows, "x", &cancel).expect_err("cancelled").is_cancelled());
    assert_eq!(
        profile(&rows, "y", &CancelToken::default()).expect_err("unknown").code,
        "column-unknown"
    );
}
