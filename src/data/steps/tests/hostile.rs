//! No step panics or changes the number of replayed rows, whatever the table holds.

use proptest::prelude::*;

use super::{numbers, table, texts};
use crate::encode::{Encoder, Task};
use crate::recipe::{Purpose, RecipeStep as _, Step};
use crate::schema::{ColumnKind, Role};
use crate::steps::balance::{Balance, BalanceMethod};
use crate::steps::bin::{Bin, Cuts};
use crate::steps::clean_text::{CleanText, Letters};
use crate::steps::clip::{Bounds, Clip};
use crate::steps::clip_outliers::{ClipOutliers, OutlierAction, OutlierMethod};
use crate::steps::cluster::{Cluster, ClusterMethod, Linkage};
use crate::steps::convert_type::{ConvertType, Target};
use crate::steps::curve::CurveKind;
use crate::steps::drop_constant::DropConstant;
use crate::steps::drop_correlated::DropCorrelated;
use crate::steps::fill_missing::{FillMissing, NumberFill, TextFill};
use crate::steps::filter_rows::{Condition, FilterRows, Test};
use crate::steps::flip_images::FlipImages;
use crate::steps::frequency_encode::FrequencyEncode;
use crate::steps::hash_encode::HashEncode;
use crate::steps::hide_personal::{HidePersonal, Hiding};
use crate::steps::map_values::MapValues;
use crate::steps::merge_rare::MergeRare;
use crate::steps::min_max::MinMax;
use crate::steps::normalise_images::NormaliseImages;
use crate::steps::one_hot::OneHot;
use crate::steps::ordinal_encode::OrdinalEncode;
use crate::steps::parse_dates::ParseDates;
use crate::steps::pca::{Keeps, Pca};
use crate::steps::piecewise::Piecewise;
use crate::steps::polynomial::Polynomial;
use crate::steps::remove_duplicates::RemoveDuplicates;
use crate::steps::reshape::Reshape;
use crate::steps::sample_rows::{Amount, RowChoice, SampleRows};
use crate::steps::scale::{Scale, ScaleMethod};
use crate::steps::select_best::{Score, SelectBest};
use crate::steps::select_columns::SelectColumns;
use crate::steps::set_roles::SetRoles;
use crate::steps::sort_rows::SortRows;
use crate::steps::standardise::Standardise;
use crate::steps::target_encode::TargetEncode;
use crate::steps::tokenise::{TokenUnit, Tokenise};
use crate::steps::transform_target::TransformTarget;
use crate::table::{Part, Rows, Table};

fn all_steps() -> Vec<Step> {
    vec![
        SetRoles { roles: [("目标".to_owned(), Role::Target)].into() }.into(),
        SelectColumns::default().into(),
        RemoveDuplicates::default().into(),
        FillMissing { numbers: NumberFill::Mean, ..FillMissing::default() }.into(),
        FillMissing { numbers: NumberFill::MostFrequent, ..FillMissing::default() }.into(),
        FillMissing {
            numbers: NumberFill::DropRows,
            texts: TextFill::DropRows,
            ..FillMissing::default()
        }
        .into(),
        FillMissing {
            numbers: NumberFill::Constant,
            texts: TextFill::Constant,
            ..FillMissing::default()
        }
        .into(),
        ClipOutliers::default().into(),
        Standardise::default().into(),
        MinMax::default().into(),
        OneHot { max_categories: 3, ..OneHot::default() }.into(),
        OneHot { columns: vec!["a".into(), "文本".into()], ..OneHot::default() }.into(),
        Tokenise {
            unit: TokenUnit::Characters,
            length: 3,
            max_vocabulary: 5,
            ..Tokenise::default()
        }
        .into(),
        NormaliseImages::default().into(),
        FlipImages::default().into(),
        Cluster { scales: true, ..Cluster::default() }.into(),
        Cluster {
            method: ClusterMethod::Density { radius: 1.0, min_rows: 2 },
            ..Cluster::default()
        }
        .into(),
        Cluster {
            method: ClusterMethod::Hierarchical { n_clusters: 2, linkage: Linkage::Ward },
            ..Cluster::default()
        }
        .into(),
    ]
    .into_iter()
    .chain(preparation_steps())
    .collect()
}

/// Scaling, encoding, choosing and balancing; steps that drop columns other steps name come last.
fn preparation_steps() -> Vec<Step> {
    let methods = [ScaleMethod::Robust, ScaleMethod::MaxAbs, ScaleMethod::UnitLength];
    let curves = [
        CurveKind::Log,
        CurveKind::BoxCox,
        CurveKind::YeoJohnson,
        CurveKind::QuantileUniform,
        CurveKind::QuantileNormal,
    ];
    let scores = [Score::F, Score::ChiSquared, Score::MutualInformation, Score::Correlation];
    let numbers = || vec!["a".to_owned(), "empty".to_owned()];
    let mut steps: Vec<Step> = Vec::new();
    for method in methods {
        steps.push(Scale { method, ..Scale::default() }.into());
    }
    for curve in curves {
        steps.push(Reshape { curve, standardises: true, ..Reshape::default() }.into());
        steps.push(TransformTarget { curve }.into());
    }
    for cuts in [Cuts::EqualWidth, Cuts::EqualFrequency, Cuts::Clusters] {
        steps.push(Bin { cuts, ..Bin::default() }.into());
    }
    for bounds in
        [Bounds::Values { low: -5.0, high: 5.0 }, Bounds::Quantiles { low: 0.1, high: 0.9 }]
    {
        steps.push(Clip { columns: Vec::new(), bounds, fitted: Vec::new() }.into());
    }
    for score in scores {
        steps.push(SelectBest { columns: numbers(), n_kept: 1, score, fitted: Vec::new() }.into());
    }
    for method in [BalanceMethod::Repeat, BalanceMethod::LeaveOut, BalanceMethod::Smote] {
        steps.push(Balance { method, ..Balance::default() }.into());
    }
    let texts = || vec!["文本".to_owned(), "类 别".to_owned()];
    steps.extend([
        Piecewise { columns: numbers(), ..Piecewise::default() }.into(),
        Polynomial { columns: numbers(), degree: 3, ..Polynomial::default() }.into(),
        TargetEncode { columns: texts(), ..TargetEncode::default() }.into(),
        FrequencyEncode { columns: texts(), ..FrequencyEncode::default() }.into(),
        OrdinalEncode { columns: texts(), ..OrdinalEncode::default() }.into(),
        HashEncode { n_columns: 3, ..HashEncode::default() }.into(),
        Bin { gives_categories: true, ..Bin::default() }.into(),
        Pca { keeps: Keeps::Variance(0.9), ..Pca::default() }.into(),
        Pca::default().into(),
    ]);
    steps
}

fn cleaning_steps() -> Vec<Step> {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let filling = |numbers, texts| FillMissing {
        numbers,
        texts,
        adds_marks: true,
        order_by: "a".to_owned(),
        ..FillMissing::default()
    };
    let outliers = |method, action| {
        Step::from(ClipOutliers { method, action, factor: 0.2, ..ClipOutliers::default() })
    };
    let convert = |names: &[&str], to| {
        Step::from(ConvertType { columns: named(names), to, ..ConvertType::default() })
    };
    let missing = Condition { column: "a".to_owned(), test: Test::Missing { is_wanted: false } };
    vec![
        filling(NumberFill::Forward, TextFill::Backward).into(),
        filling(NumberFill::Backward, TextFill::Forward).into(),
        filling(NumberFill::Neighbours, TextFill::Leave).into(),
        filling(NumberFill::Model, TextFill::Leave).into(),
        // Without the empty column, which cannot be estimated.
        FillMissing {
            columns: named(&["a"]),
            numbers: NumberFill::Model,
            ..FillMissing::default()
        }
        .into(),
        outliers(OutlierMethod::Deviations, OutlierAction::Clip),
        outliers(OutlierMethod::MedianDeviations, OutlierAction::Missing),
        outliers(OutlierMethod::IsolationForest, OutlierAction::Mark),
        outliers(OutlierMethod::IsolationForest, OutlierAction::Missing),
        outliers(OutlierMethod::Quartiles, OutlierAction::DropRows),
        CleanText {
            unifies_characters: true,
            drops_accents: true,
            drops_punctuation: true,
            letters: Letters::Title,
            empty_is_missing: true,
            ..CleanText::default()
        }
        .into(),
        MergeRare { min_count: 2, ..MergeRare::default() }.into(),
        MapValues {
            columns: named(&["a", "文本"]),
            new_values: [("a".to_owned(), "1".to_owned()), (String::new(), "0".to_owned())].into(),
            ..MapValues::default()
        }
        .into(),
        ParseDates { columns: named(&["文本"]), ..ParseDates::default() }.into(),
        convert(&["a", "文本"], Target::Text),
        convert(&["a", "类 别"], Target::Date),
        convert(&["a", "类 别"], Target::Category),
        convert(&["a", "类 别", "文本"], Target::Number),
        FilterRows { conditions: vec![missing], any_is_enough: true, drops_matches: true }.into(),
        SampleRows {
            amount: Amount::Share(0.8),
            choice: RowChoice::Stratified,
            by: "类 别".to_owned(),
            ..SampleRows::default()
        }
        .into(),
        SampleRows { amount: Amount::Count(3), ..SampleRows::default() }.into(),
        SortRows { columns: named(&["a", "文本"]), is_descending: true }.into(),
        RemoveDuplicates { keeps_last: true, ..RemoveDuplicates::default() }.into(),
        HidePersonal::default().into(),
        HidePersonal { action: Hiding::Code, key: "键".to_owned(), ..HidePersonal::default() }
            .into(),
        HidePersonal { action: Hiding::Drop, ..HidePersonal::default() }.into(),
        DropConstant { share: 0.9, ..DropConstant::default() }.into(),
        DropCorrelated::default().into(),
    ]
}

fn number() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        2 => Just(None),
        3 => (-3..3_i32).prop_map(|value| Some(f64::from(value))),
        1 => prop::sample::select(vec![f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY, 1e-320, -0.0]).prop_map(Some),
        2 => (-1e9..1e9_f64).prop_map(Some),
    ]
}

fn text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        prop::sample::select(vec!["", " ", "a", "好", "e\u{301}", "a=b"])
            .prop_map(|text| Some(text.to_owned())),
        ".{0,6}".prop_map(Some)
    ]
}

fn hostile() -> impl Strategy<Value = (Table, u64)> {
    let rows = prop_oneof![Just(0_usize), Just(1), 2..12_usize];
    (rows, any::<u64>()).prop_flat_map(|(n, seed)| {
        let of = prop::collection::vec(number(), n);
        let is_constant = prop::bool::ANY;
        (of, prop::collection::vec(text(), n), prop::collection::vec(text(), n), is_constant)
            .prop_map(move |(values, words, labels, is_constant)| {
                let values =
                    if is_constant { vec![values.first().copied().flatten(); n] } else { values };
                let words: Vec<Option<&str>> = words.iter().map(Option::as_deref).collect();
                let labels: Vec<Option<&str>> = labels.iter().map(Option::as_deref).collect();
                let columns = [
                    ("a", numbers(&values)),
                    ("empty", numbers(&vec![None; n])),
                    ("文本", texts(ColumnKind::Text, &words)),
                    ("类 别", texts(ColumnKind::Category, &words)),
                    ("目标", texts(ColumnKind::Category, &labels)),
                ];
                (
                    table(
                        columns
                            .into_iter()
                            .map(|(name, (kind, series))| (name, kind, series))
                            .collect(),
                    ),
                    seed,
                )
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn steps_never_panic_and_replay_keeps_rows((table, seed) in hostile()) {
        let mut current = table.clone();
        let mut steps = all_steps();
        steps.extend(cleaning_steps());
        let mut order = steps.clone();
        pg_base::Rng::new(seed, "order").shuffle(&mut order);
        let (first, second) = if seed % 2 == 0 { (steps, order) } else { (order, steps) };
        for step in first.into_iter().chain(second) {
            // A step may refuse a table with a clear message; then the next one is tried.
            let Ok(next) = current.then(step) else { continue };
            current = next;
        }
        let parts: Vec<Part> = (0..current.n_rows()).map(|row| Part::ALL[row % 3]).collect();
        if let Ok(split) = current.with_parts(&parts) {
            prop_assert!(split.n_rows() <= current.n_rows());
            current = split;
        }
        let replayed = current.recipe().replay(table.rows().clone()).expect("the columns are there");
        prop_assert_eq!(replayed.n_rows(), table.n_rows());
        prop_assert_eq!(replayed.row_numbers(), table.rows().row_numbers());
        let json = serde_json::to_string(current.recipe()).expect("plain data");
        prop_assert_eq!(&serde_json::from_str::<crate::recipe::Recipe>(&json).expect("round trip"), current.recipe());
        if let Ok(encoder) = Encoder::fit(&current, Task::Auto) {
            let encoded = encoder.encode(&replayed, true).expect("the columns are there");
            prop_assert_eq!(encoded.kept.len() + encoded.rejected.len(), table.n_rows());
        }
    }

    #[test]
    fn steps_that_need_not_see_all_rows_give_the_same_in_slices((table, _) in hostile()) {
        let (rows, middle) = (table.rows(), table.n_rows() / 2);
        for step in all_steps().into_iter().chain(cleaning_steps()) {
            let Ok(step) = step.refit(rows) else { continue };
            let Ok(whole) = step.apply(rows.clone(), Purpose::Building) else { continue };
            if step.needs_all_rows() {
                continue;
            }
            let slice = |start: usize, end: usize| {
                let frame = rows.frame.slice(start as i64, end - start);
                let slice = Rows { frame, schema: rows.schema.clone() };
                step.apply(slice, Purpose::Building).expect("what works on the whole").frame
            };
            let mut joined = slice(0, middle);
            joined.vstack_mut(&slice(middle, table.n_rows())).expect("the same columns");
            prop_assert!(joined.equals_missing(&whole.frame), "{}", step.id());
        }
    }

    #[test]
    fn tokenising_never_panics(text in "\\PC{0,40}", length in 1..5_usize) {
        let step = Tokenise { length, ..Tokenise::default() };
        let ids = step.ids(&vec!["a".to_owned()].into(), &text);
        prop_assert!((1..=length).contains(&ids.len()));
    }
}

#[test]
fn names_stay_unique_when_a_new_column_meets_an_old_one() {
    let (kind, values) = texts(ColumnKind::Category, &[Some("x"), Some("y")]);
    let (number, zeros) = numbers(&[Some(5.0), Some(6.0)]);
    let table = table(vec![("c", kind, values), ("c=x", number, zeros)]);
    let encoded = table.then(OneHot::default()).expect("fits");
    let names: Vec<&str> =
        encoded.schema().columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["c=x (2)", "c=y", "c=x"]);
    assert_eq!(encoded.rows().numbers("c=x").expect("old").get(0), Some(5.0));
}

#[test]
fn steps_that_learn_from_one_target_refuse_several() {
    let (number, y) = numbers(&[Some(0.0), Some(1.0), Some(1.0)]);
    let (_, z) = numbers(&[Some(1.0), Some(0.0), Some(1.0)]);
    let (category, city) = texts(ColumnKind::Category, &[Some("a"), Some("b"), Some("a")]);
    let roles = ["y", "z"].map(|name| (name.to_owned(), Role::Target)).into();
    let table = table(vec![("y", number.clone(), y), ("z", number, z), ("city", category, city)])
        .then(SetRoles { roles })
        .expect("two targets");
    let steps: [Step; 3] =
        [TargetEncode::default().into(), SelectBest::default().into(), Balance::default().into()];
    for step in steps {
        let id = step.id();
        assert_eq!(table.then(step).expect_err("two targets").code, "targets-several", "{id}");
    }
}
