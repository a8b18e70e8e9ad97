//! Combined tables: what pandas gives, what is refused, what replays.

use polars::prelude::{DataType, NamedFrom, Series};
use proptest::prelude::*;

use super::*;
use crate::recipe::{Purpose, RecipeStep, Step};
use crate::schema::{ColumnKind, Role};
use crate::steps::add_formula::AddFormula;
use crate::steps::date_features::{Cycles, DateFeatures, DatePart};
use crate::steps::fill_missing::FillMissing;
use crate::steps::filter_formula::FilterFormula;
use crate::steps::set_roles::SetRoles;
use crate::steps::standardise::Standardise;
use crate::steps::tests::{numbers, table, texts, with_role};
use crate::table::Part;

fn sales() -> Table {
    let days = Series::new("".into(), [Some(2_i32), Some(0), Some(1), Some(2), Some(0)]);
    table(vec![
        ("day", ColumnKind::Date, days.cast(&DataType::Date).expect("days")),
        (
            "shop",
            ColumnKind::Category,
            texts(ColumnKind::Category, &[Some("a"), Some("b"), Some("a"), None, Some("a")]).1,
        ),
        (
            "sold",
            ColumnKind::Number,
            numbers(&[Some(3.0), Some(5.0), None, Some(7.0), Some(1.0)]).1,
        ),
    ])
}

fn shops() -> Table {
    table(vec![
        (
            "shop",
            ColumnKind::Text,
            texts(ColumnKind::Text, &[Some("a"), Some("c"), None, Some("a")]).1,
        ),
        ("size", ColumnKind::Number, numbers(&[Some(10.0), Some(20.0), Some(30.0), Some(40.0)]).1),
        ("sold", ColumnKind::Number, numbers(&[Some(1.0), None, None, None]).1),
    ])
}

/// A table as lines of labels.
fn shown(table: &Table) -> String {
    let rows = table.rows();
    let mut lines =
        vec![rows.schema.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>().join(" ")];
    for row in 0..rows.n_rows() {
        let cells = rows.schema.columns.iter().map(|column| {
            if column.kind == ColumnKind::Date {
                let moment = rows.moments(&column.name).expect("a date").get(row);
                return moment.map_or("·".into(), crate::calendar::label);
            }
            let label = rows.labels(&column.name).expect("plain")[row].clone();
            label.map_or("·".into(), |label| label.chars().take(7).collect())
        });
        lines.push(cells.collect::<Vec<String>>().join(" "));
    }
    lines.join("\n")
}

fn check(table: Result<Table, Trouble>, expected: &str) {
    let lines: Vec<&str> = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    assert_eq!(shown(&table.expect("works")), lines.join("\n"));
}

fn join_by(kind: JoinKind, duplicates: Duplicates) -> Result<Table, Trouble> {
    join(
        &sales(),
        &shops(),
        &Join { keys: vec!["shop".into()], kind, duplicates, ..Join::default() },
    )
}

#[test]
fn joins_keep_or_drop_rows() {
    check(
        join_by(JoinKind::Left, Duplicates::First),
        "day shop sold size sold (2)
        1970-01-03 a 3 10 1
        1970-01-01 b 5 · ·
        1970-01-02 a · 10 1
        1970-01-03 · 7 · ·
        1970-01-01 a 1 10 1",
    );
    check(
        join_by(JoinKind::Inner, Duplicates::First),
        "day shop sold size sold (2)
        1970-01-03 a 3 10 1
        1970-01-02 a · 10 1
        1970-01-01 a 1 10 1",
    );
    check(
        join_by(JoinKind::Anti, Duplicates::Refuse),
        "day shop sold
        1970-01-01 b 5
        1970-01-03 · 7",
    );
    check(
        join_by(JoinKind::Inner, Duplicates::Multiply),
        "day shop sold size sold (2)
        1970-01-03 a 3 10 1
        1970-01-03 a 3 40 ·
        1970-01-02 a · 10 1
        1970-01-02 a · 40 ·
        1970-01-01 a 1 10 1
        1970-01-01 a 1 40 ·",
    );
    assert_eq!(join_by(JoinKind::Semi, Duplicates::Refuse).expect("works").n_rows(), 3);
    let trouble = join_by(JoinKind::Left, Duplicates::Refuse).expect_err("`a` twice");
    assert_eq!(trouble.code, "join-duplicates");
    assert!(trouble.to_string().contains("`a` in 2 rows"), "{trouble}");
}

#[test]
fn a_join_replays_from_its_file_form_and_never_drops_new_rows() {
    let joined = join_by(JoinKind::Inner, Duplicates::First).expect("works");
    let json = serde_json::to_string(joined.recipe()).expect("plain data");
    let recipe: crate::recipe::Recipe = serde_json::from_str(&json).expect("round trip");
    assert_eq!(&recipe, joined.recipe());
    let replayed = recipe.replay(sales().rows().clone()).expect("replays");
    assert_eq!(replayed.n_rows(), 5);
    let sizes: Vec<Option<f64>> = replayed.numbers("size").expect("size").iter().collect();
    assert_eq!(sizes, [Some(10.0), None, Some(10.0), None, Some(10.0)]);
    let mut without = sales().rows().clone();
    without.retain(|column| column.name != "shop").expect("drops");
    assert_eq!(recipe.replay(without).expect_err("the key").code, "column-missing");
}

#[test]
fn a_lookup_that_tells_the_answer_is_refused() {
    let sales = with_role(&sales(), "sold", Role::Target);
    let means = group_by(
        &sales,
        &GroupBy {
            keys: vec!["shop".into()],
            aggregates: vec![(Aggregate::Mean, vec!["sold".into()])],
            counts_rows: true,
        },
    )
    .expect("groups");
    let options = Join { keys: vec!["shop".into()], ..Join::default() };
    assert_eq!(join(&sales, &means, &options).expect_err("target mean").code, "join-target");
    let formula =
        AddFormula { column: "x".into(), formula: "sold * 2".into(), ..AddFormula::default() };
    assert_eq!(sales.then(formula.clone()).expect_err("the target").code, "column-is-target");
    let replaced =
        sales.then(AddFormula { column: "sold".into(), ..formula }).expect("the target itself");
    assert_eq!(replaced.schema().target().map(|column| column.name.as_str()), Some("sold"));
    let mut new = sales.origin().clone();
    new.retain(|column| column.name != "sold").expect("drops");
    replaced.recipe().replay(new).expect("no target is needed");
}

#[test]
fn groups_and_their_figures() {
    let options = GroupBy {
        keys: vec!["shop".into()],
        aggregates: vec![
            (Aggregate::Sum, vec!["sold".into()]),
            (Aggregate::Std, vec!["sold".into()]),
            (Aggregate::Max, vec!["day".into()]),
            (Aggregate::First, vec!["sold".into()]),
            (Aggregate::NDistinct, vec!["day".into()]),
        ],
        counts_rows: true,
    };
    check(
        group_by(&sales(), &options),
        "shop count sold_sum sold_std day_max sold_first day_n_distinct
        a 3 4 1.41421 1970-01-03 3 3
        b 1 5 · 1970-01-01 5 1
        · 1 7 · 1970-01-03 7 1",
    );
    let all = GroupBy {
        aggregates: vec![(Aggregate::MostFrequent, vec!["shop".into()])],
        ..GroupBy::default()
    };
    check(group_by(&sales(), &all), "shop_most_frequent\na");
}

#[test]
fn long_and_wide() {
    let options = Pivot {
        rows: vec!["day".into()],
        columns: "shop".into(),
        values: "sold".into(),
        aggregate: Aggregate::Mean,
    };
    check(
        pivot(&sales(), &options),
        "day a b
        1970-01-03 3 ·
        1970-01-01 1 5
        1970-01-02 · ·",
    );
    let options = Unpivot {
        columns: vec!["size".into(), "sold".into()],
        name_column: "variable".into(),
        value_column: "value".into(),
    };
    check(
        unpivot(&shops(), &options),
        "shop variable value
        a size 10
        c size 20
        · size 30
        a size 40
        a sold 1
        c sold ·
        · sold ·
        a sold ·",
    );
    let same = Unpivot { name_column: "shop".into(), ..options };
    assert_eq!(unpivot(&shops(), &same).expect_err("taken").code, "param-invalid");
}

#[test]
fn concatenation_matches_names_and_kinds() {
    let (sales, shops) = (sales(), shops());
    let both = concatenate(&[&with_role(&shops, "size", Role::Target), &sales], Some("from"));
    let both = both.expect("works");
    assert_eq!(both.schema().target().map(|column| column.name.as_str()), Some("size"));
    assert_eq!(both.schema().get("shop").map(|column| column.kind.clone()), Some(ColumnKind::Text));
    assert!(both.recipe().steps.is_empty());
    check(
        Ok(both),
        "shop size sold day from
        a 10 1 · 1
        c 20 · · 1
        · 30 · · 1
        a 40 · · 1
        a · 3 1970-01-03 2
        b · 5 1970-01-01 2
        a · · 1970-01-02 2
        · · 7 1970-01-03 2
        a · 1 1970-01-01 2",
    );
    let (kind, values) = texts(ColumnKind::Category, &[Some("many")]);
    let other = table(vec![("sold", kind, values)]);
    check(
        concatenate(
            &[&other, &table(vec![("sold", ColumnKind::Number, numbers(&[Some(2.0)]).1)])],
            None,
        ),
        "sold\nmany\n2",
    );
}

#[test]
fn lags_look_back_in_time_within_groups() {
    let options = LagFeatures {
        columns: vec!["sold".into()],
        lags: vec![1],
        windows: vec![2],
        statistics: vec![RollingStatistic::Mean],
        groups: vec!["shop".into()],
        ..LagFeatures::default()
    };
    check(
        lag_features(&sales(), &options),
        "day shop sold sold_lag_1 sold_mean_2
        1970-01-01 b 5 · ·
        1970-01-01 a 1 · ·
        1970-01-02 a · 1 ·
        1970-01-03 a 3 · ·
        1970-01-03 · 7 · ·",
    );
    let series =
        table(vec![("y", ColumnKind::Number, numbers(&[1.0, 4.0, 9.0, 16.0, 25.0].map(Some)).1)]);
    let options = LagFeatures {
        lags: vec![1, 2],
        changes: vec![1],
        windows: vec![2],
        statistics: vec![
            RollingStatistic::Mean,
            RollingStatistic::Std,
            RollingStatistic::Min,
            RollingStatistic::Max,
        ],
        drops_incomplete: true,
        ..LagFeatures::default()
    };
    check(
        lag_features(&with_role(&series, "y", Role::Target), &options),
        "y y_lag_1 y_lag_2 y_change_1 y_mean_2 y_std_2 y_min_2 y_max_2
        9 4 1 3 2.5 2.12132 1 4
        16 9 4 5 6.5 3.53553 4 9
        25 16 9 7 12.5 4.94974 9 16",
    );
    let far = LagFeatures { lags: vec![9], drops_incomplete: true, ..LagFeatures::default() };
    assert_eq!(lag_features(&series, &far).expect_err("too far").code, "lag-no-rows");
}

/// The columns of a table equal those that `resources/scripts/golden_combine.py` wrote.
fn equals_pandas(table: &Table, expected: &serde_json::Value) {
    for (name, expected) in expected.as_object().expect("columns") {
        let expected = expected.as_array().expect("values");
        if name == "k" {
            let found = table.rows().texts(name).expect("keys");
            assert!(found.iter().eq(expected.iter().map(serde_json::Value::as_str)));
            continue;
        }
        let found = table.rows().numbers(name).expect("numbers");
        assert_eq!(found.len(), expected.len(), "{name}");
        for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
            match (found, expected.as_f64()) {
                (Some(found), Some(expected)) => {
                    assert!((found - expected).abs() < 1e-6, "{name} {row}: {found} {expected}");
                }
                (found, expected) => assert_eq!(found, expected, "{name} {row}"),
            }
        }
    }
}

#[test]
fn figures_and_lags_equal_pandas() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../golden/combine.json")).expect("a golden file");
    let values = |name: &str| golden["rows"][name].as_array().expect("values");
    let k: Vec<Option<&str>> = values("k").iter().map(serde_json::Value::as_str).collect();
    let y: Vec<Option<f64>> = values("y").iter().map(serde_json::Value::as_f64).collect();
    let table = table(vec![
        ("k", ColumnKind::Category, texts(ColumnKind::Category, &k).1),
        ("y", ColumnKind::Number, numbers(&y).1),
    ]);
    let aggregates = Aggregate::ALL.into_iter().map(|one| (one, vec!["y".to_owned()])).collect();
    let options = GroupBy { keys: vec!["k".into()], aggregates, counts_rows: false };
    equals_pandas(&group_by(&table, &options).expect("groups"), &golden["group_by"]);
    let options = LagFeatures {
        columns: vec!["y".into()],
        lags: vec![1, 4],
        changes: vec![2],
        windows: vec![3],
        statistics: vec![
            RollingStatistic::Mean,
            RollingStatistic::Std,
            RollingStatistic::Min,
            RollingStatistic::Max,
        ],
        groups: vec!["k".into()],
        ..LagFeatures::default()
    };
    equals_pandas(&lag_features(&table, &options).expect("lags"), &golden["lags"]);
}

#[test]
fn no_row_of_a_lag_table_knows_itself_or_what_comes_after_it() {
    let values = |changed: f64| {
        let values: Vec<Option<f64>> =
            (0..20).map(|row| Some(if row >= 10 { changed } else { f64::from(row) })).collect();
        let table = table(vec![("y", ColumnKind::Number, numbers(&values).1)]);
        let options = LagFeatures {
            lags: vec![1, 3],
            changes: vec![2],
            windows: vec![4],
            statistics: vec![RollingStatistic::Mean, RollingStatistic::Max],
            ..LagFeatures::default()
        };
        let lagged = lag_features(&table, &options).expect("works");
        // Row 10 is the first that changes: what stands beside it must not.
        shown(&lagged)
            .lines()
            .take(12)
            .map(|line| line.split_once(' ').expect("cells").1.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(values(1.0), values(1e6));
}

#[test]
fn reshaping_comes_before_splits_and_before_what_learns() {
    let options = GroupBy { keys: vec!["shop".into()], counts_rows: true, ..GroupBy::default() };
    let refused = |table: &Table| group_by(table, &options).expect_err("too late").code;
    let parts = [Part::Training, Part::Test, Part::Training, Part::Test, Part::Training];
    assert_eq!(refused(&sales().with_parts(&parts).expect("parts")), "reshape-after-split");
    assert_eq!(
        refused(&sales().then(Standardise::default()).expect("fits")),
        "reshape-after-learning"
    );
    let filled = sales().then(FillMissing::default()).expect("fits");
    assert_eq!(
        concatenate(&[&sales(), &filled], None).expect_err("late").code,
        "reshape-after-learning"
    );
    assert_eq!(
        lag_features(&filled, &LagFeatures::default()).expect_err("late").code,
        "reshape-after-learning"
    );
    let harmless: Vec<Step> = vec![
        SetRoles { roles: [("sold".to_owned(), Role::Target)].into() }.into(),
        FilterFormula { formula: "sold > 2".into(), ..FilterFormula::default() }.into(),
        AddFormula { column: "m".into(), formula: "month(day)".into(), ..AddFormula::default() }
            .into(),
        DateFeatures { parts: vec![DatePart::Year], keeps_date: true, ..DateFeatures::default() }
            .into(),
    ];
    let table = harmless.into_iter().fold(sales(), |table, step| table.then(step).expect("fits"));
    assert_eq!(group_by(&table, &options).expect("row by row only").n_rows(), 3);
}

#[test]
fn dates_give_numbers_and_points_on_a_circle() {
    let step = DateFeatures {
        parts: vec![DatePart::Month, DatePart::Weekday, DatePart::DaysSince],
        cycles: Cycles::Circle,
        ..DateFeatures::default()
    };
    let dated = sales().then(step.clone()).expect("fits");
    check(
        Ok(dated.clone()),
        "day_month_sin day_month_cos day_weekday_sin day_weekday_cos day_days_since shop sold
        0 1 -0.9749 -0.2225 2 a 3
        0 1 0.43388 -0.9009 0 b 5
        0 1 -0.4338 -0.9009 1 a ·
        0 1 -0.9749 -0.2225 2 · 7
        0 1 0.43388 -0.9009 0 a 1",
    );
    // The first day is learnt from training rows only.
    let parts = [Part::Training, Part::Test, Part::Training, Part::Training, Part::Test];
    let split = dated.with_parts(&parts).expect("parts");
    let since: Vec<Option<f64>> =
        split.rows().numbers("day_days_since").expect("there").iter().collect();
    assert_eq!(since, [Some(1.0), Some(-1.0), Some(0.0), Some(1.0), Some(-1.0)]);
}

#[test]
fn filters_drop_training_rows_only() {
    let parts = [Part::Training, Part::Test, Part::Training, Part::Test, Part::Training];
    let filter = FilterFormula { formula: "sold > 2".into(), ..FilterFormula::default() };
    let split = sales().with_parts(&parts).expect("parts").then(filter.clone()).expect("fits");
    assert_eq!(split.rows().row_numbers(), [1, 2, 4]);
    let step = split.recipe().steps.last().expect("one").clone();
    let replayed = step.apply(sales().rows().clone(), Purpose::Replaying).expect("replays");
    assert_eq!(replayed.n_rows(), 5);
    let number = FilterFormula { formula: "sold + 2".into(), ..filter };
    assert_eq!(sales().then(number).expect_err("no condition").code, "param-formula");
}

fn hostile() -> impl Strategy<Value = Table> {
    let number = prop_oneof![
        Just(None),
        (-2..3_i32).prop_map(|n| Some(f64::from(n))),
        prop::sample::select(vec![f64::MAX, f64::INFINITY, -0.0, 1e-320]).prop_map(Some)
    ];
    let text =
        prop::sample::select(vec![None, Some(""), Some("a"), Some("好"), Some("#row"), Some("x")]);
    (0..9_usize).prop_flat_map(move |n| {
        (prop::collection::vec(number.clone(), n), prop::collection::vec(text.clone(), n)).prop_map(
            |(x, c)| {
                table(vec![
                    ("x", ColumnKind::Number, numbers(&x).1),
                    ("c", ColumnKind::Category, texts(ColumnKind::Category, &c).1),
                ])
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_table_breaks_them(a in hostile(), b in hostile()) {
        let mut results = vec![concatenate(&[&a, &b], Some("s"))];
        for keys in [vec!["c".to_owned()], vec!["x".to_owned(), "c".to_owned()], vec![]] {
            for aggregate in Aggregate::ALL {
                let aggregates = vec![(aggregate, vec!["x".to_owned()])];
                results.push(group_by(&a, &GroupBy { keys: keys.clone(), aggregates, counts_rows: true }));
                results.push(pivot(&a, &Pivot {
                    rows: keys.clone(), columns: "c".into(), values: "x".into(), aggregate,
                }));
            }
            for kind in [JoinKind::Left, JoinKind::Inner, JoinKind::Semi, JoinKind::Anti] {
                for duplicates in [Duplicates::Refuse, Duplicates::First, Duplicates::Multiply] {
                    results.push(join(&a, &b, &Join { keys: keys.clone(), kind, duplicates, ..Join::default() }));
                }
            }
            results.push(lag_features(&a, &LagFeatures {
                lags: vec![1, 3], changes: vec![1], windows: vec![1, 2],
                statistics: vec![RollingStatistic::Std], groups: keys, ..LagFeatures::default()
            }));
        }
        results.push(unpivot(&a, &Unpivot { columns: vec!["x".into(), "c".into()], name_column: "n".into(), value_column: "v".into() }));
        for result in results {
            match result {
                Ok(table) => {
                    prop_assert_eq!(table.rows().row_numbers().len(), table.n_rows());
                    let replayed = table.recipe().replay(table.origin().clone()).expect("replays");
                    prop_assert_eq!(replayed.n_rows(), table.origin().n_rows());
                }
                Err(trouble) => prop_assert_ne!(trouble.code, Trouble::INTERNAL),
            }
        }
    }
}
