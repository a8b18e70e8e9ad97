//! Twenty leaky tables are flagged, twenty clean ones are not.

use pg_base::Rng;
use polars::prelude::{DataFrame, DataType, NamedFrom, Series};

use super::*;
use crate::schema::Schema;

const N: usize = 200;

/// Features and a target of random origin; `signal` of the target is in `x`.
struct Made {
    rng: Rng,
    x: Vec<f64>,
    class: Vec<&'static str>,
    price: Vec<f64>,
}

fn made(seed: u64, n_rows: usize) -> Made {
    let mut rng = Rng::new(seed, "leaks");
    let x: Vec<f64> = (0..n_rows).map(|_| rng.normal()).collect();
    let class = x.iter().map(|x| if x + rng.normal() > 0.0 { "yes" } else { "no" }).collect();
    let price = x.iter().map(|x| 100.0 + 20.0 * x + 5.0 * rng.normal()).collect();
    Made { rng, x, class, price }
}

fn table(columns: Vec<(&str, Series)>, target: &str) -> Table {
    let mut schema = Schema::default();
    for (name, series) in &columns {
        let kind = if series.dtype() == &DataType::String {
            ColumnKind::Category
        } else {
            ColumnKind::Number
        };
        let role = if *name == target { Role::Target } else { Role::Feature };
        schema.columns.push(Column::new(*name, kind).with_role(role));
    }
    let height = columns.first().map_or(0, |(_, series)| series.len());
    let columns = columns.into_iter().map(|(name, series)| series.with_name(name.into()).into());
    Table::from_source(DataFrame::new(height, columns.collect()).expect("same lengths"), schema)
        .expect("few rows")
}

fn numbers(values: impl IntoIterator<Item = f64>) -> Series {
    Series::new("".into(), values.into_iter().collect::<Vec<f64>>())
}

fn texts<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Series {
    Series::new("".into(), values.into_iter().map(Into::into).collect::<Vec<String>>())
}

/// A table of `x`, the target and one more column.
fn with_extra(made: &Made, extra: Series, is_class: bool) -> Table {
    let target = if is_class {
        texts(made.class.iter().copied())
    } else {
        numbers(made.price.iter().copied())
    };
    table(vec![("x", numbers(made.x.iter().copied())), ("extra", extra), ("y", target)], "y")
}

fn flagged(table: &Table) -> bool {
    let leaks = of_target(table.rows()).expect("known columns");
    assert!(leaks.iter().all(|leak| leak.column == "extra"), "{leaks:?}");
    !leaks.is_empty()
}

fn sharing(table: &Table) -> bool {
    let part = |row: usize| if row % 4 == 3 { Part::Test } else { Part::Training };
    let parts: Vec<Part> = (0..table.n_rows()).map(part).collect();
    let split = table.with_parts(&parts).expect("one part per row");
    shared_rows(&split).expect("simple columns").is_some()
}

fn is_yes(made: &Made) -> impl Iterator<Item = bool> + '_ {
    made.class.iter().map(|class| *class == "yes")
}

#[test]
fn leaky_tables_are_flagged() {
    let mut n_found = 0;
    let mut check = |name: &str, is_flagged: bool| {
        assert!(is_flagged, "{name}");
        n_found += 1;
    };
    let m = made(1, N);
    let class = |extra: Series| flagged(&with_extra(&m, extra, true));
    let price = |extra: Series| flagged(&with_extra(&m, extra, false));
    let answer = |yes: f64, no: f64| numbers(is_yes(&m).map(move |is| if is { yes } else { no }));
    check("copy of the class", class(texts(m.class.iter().copied())));
    check(
        "class in another language",
        class(texts(is_yes(&m).map(|is| if is { "是" } else { "否" }))),
    );
    check("class as 0 and 1", class(answer(1.0, 0.0)));
    check("class turned round", class(answer(-3.0, 7.0)));
    check(
        "outcome with noise",
        class({
            let mut rng = m.rng.clone();
            numbers(is_yes(&m).map(|is| if is { 5.0 } else { 1.0 } + rng.unit()))
        }),
    );
    check(
        "filled in only after a yes",
        class(Series::new(
            "".into(),
            is_yes(&m).map(|is| is.then_some("code")).collect::<Vec<_>>(),
        )),
    );
    check(
        "several codes per class",
        class(texts(is_yes(&m).enumerate().map(|(row, is)| format!("{is} {}", row % 4)))),
    );
    check(
        "numbers of codes",
        class(numbers(
            is_yes(&m)
                .enumerate()
                .map(|(row, is)| (row % 5) as f64 * 2.0 + f64::from(u8::from(is))),
        )),
    );
    check("sorted by class, then numbered", {
        let mut order: Vec<(bool, usize)> = is_yes(&m).zip(0..).collect();
        order.sort_unstable();
        let mut number = vec![0.0; N];
        order.iter().enumerate().for_each(|(rank, (_, row))| number[*row] = rank as f64);
        class(numbers(number))
    });
    check(
        "one row mislabelled",
        class({
            let mut copy: Vec<f64> = is_yes(&m).map(|is| if is { 1.0 } else { 0.0 }).collect();
            let mut rng = m.rng.clone();
            for value in &mut copy {
                *value += 0.4 * rng.unit();
            }
            numbers(copy)
        }),
    );
    check("copy of the price", price(numbers(m.price.iter().copied())));
    check("price in another currency", price(numbers(m.price.iter().map(|price| price * 7.1))));
    check("price with tax and fee", price(numbers(m.price.iter().map(|price| price * 1.19 + 3.0))));
    check("negative price", price(numbers(m.price.iter().map(|price| -price))));
    check("logarithm of the price", price(numbers(m.price.iter().map(|price| price.ln()))));
    check(
        "rounded price",
        price(numbers(m.price.iter().map(|price| (price * 10.0).round() / 10.0))),
    );
    check("cube of the price", price(numbers(m.price.iter().map(|price| price.powi(3)))));
    let three = |m: &Made| -> Vec<usize> {
        m.x.iter().map(|x| if *x < -0.5 { 0 } else { usize::from(*x > 0.5) + 1 }).collect()
    };
    let grade = three(&made(2, N));
    let of_three = |extra: Series| {
        let other = made(3, N);
        let y = texts(grade.iter().map(|grade| ["low", "middle", "high"][*grade]));
        flagged(&table(
            vec![("x", numbers(other.x.iter().copied())), ("extra", extra), ("y", y)],
            "y",
        ))
    };
    check(
        "number of one of three classes",
        of_three(numbers(grade.iter().map(|grade| *grade as f64))),
    );
    let repeated = |n: usize| {
        let m = made(4, N);
        let at = |values: &[f64]| numbers((0..N).map(|row| values[row % n]).collect::<Vec<_>>());
        let class = texts((0..N).map(|row| m.class[row % n]));
        table(vec![("x", at(&m.x)), ("extra", at(&m.price)), ("y", class)], "y")
    };
    check("half of the rows repeated", sharing(&repeated(101)));
    check("some rows repeated", sharing(&repeated(190)));
    assert_eq!(n_found, 20);
}

#[test]
fn clean_tables_are_not_flagged() {
    let mut n_clean = 0;
    let mut check = |name: &str, is_flagged: bool| {
        assert!(!is_flagged, "{name}");
        n_clean += 1;
    };
    let mut m = made(1, N);
    let noise: Vec<f64> = (0..N).map(|_| m.rng.normal()).collect();
    let class = |extra: Series| flagged(&with_extra(&m, extra, true));
    let price = |extra: Series| flagged(&with_extra(&m, extra, false));
    check("noise for a class", class(numbers(noise.iter().copied())));
    check("noise for a price", price(numbers(noise.iter().copied())));
    check("unique names", class(texts((0..N).map(|row| format!("name {row}")))));
    check("unique names for a price", price(texts((0..N).map(|row| format!("name {row}")))));
    check("row numbers", class(numbers((0..N).map(|row| row as f64))));
    check("a constant", class(numbers(vec![1.0; N])));
    check("nothing but gaps", class(Series::new("".into(), vec![None::<f64>; N])));
    check(
        "a strong but honest feature",
        class({
            let strong =
                is_yes(&m).zip(&noise).map(|(is, noise)| if is { 1.0 } else { -1.0 } + 0.7 * noise);
            numbers(strong.collect::<Vec<_>>())
        }),
    );
    check(
        "a strong feature of a price",
        price(numbers(
            m.price.iter().zip(&noise).map(|(price, noise)| price + noise).collect::<Vec<_>>(),
        )),
    );
    check("area of a house", price(numbers(m.x.iter().copied())));
    check("four cities", class(texts((0..N).map(|row| format!("city {}", row % 4)))));
    check(
        "a category that helps",
        class(texts(
            is_yes(&m).enumerate().map(|(row, is)| if is && row % 10 > 0 { "a" } else { "b" }),
        )),
    );
    check("postcodes with few rows each", class(texts((0..N).map(|row| format!("{}", row % 120)))));
    check(
        "a category of a price",
        price(texts(m.price.iter().map(|price| if *price > 100.0 { "dear" } else { "cheap" }))),
    );
    check("counts", class(numbers((0..N).map(|row| (row * 7 % 13) as f64))));
    let tiny = made(5, 12);
    check(
        "too few rows to say",
        flagged(&with_extra(&tiny, texts(tiny.class.iter().copied()), true)),
    );
    let lonely = {
        let y = texts((0..N).map(|row| if row < 3 { "rare" } else { "usual" }));
        let x = numbers(noise.iter().copied());
        table(vec![("x", x), ("extra", numbers((0..N).map(|row| row as f64))), ("y", y)], "y")
    };
    check("three rows of a class", flagged(&lonely));
    check("different rows", sharing(&with_extra(&m, numbers(noise.iter().copied()), true)));
    check(
        "few possible rows",
        sharing(&{
            let digit =
                |n: usize| numbers((0..N).map(|row| (row * row % n) as f64).collect::<Vec<_>>());
            table(
                vec![
                    ("x", digit(3)),
                    ("extra", digit(2)),
                    ("y", texts((0..N).map(|row| if row % 3 == 0 { "a" } else { "b" }))),
                ],
                "y",
            )
        }),
    );
    let unsplit = with_extra(&m, numbers(noise.iter().copied()), true);
    check("not split", shared_rows(&unsplit).expect("simple columns").is_some());
    assert_eq!(n_clean, 20);
}
