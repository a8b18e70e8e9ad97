//! No step panics or changes the number of replayed rows, whatever the table holds.

use proptest::prelude::*;

use super::{numbers, table, texts};
use crate::encode::{Encoder, Task};
use crate::recipe::Step;
use crate::schema::{ColumnKind, Role};
use crate::steps::clip_outliers::ClipOutliers;
use crate::steps::cluster::{Cluster, ClusterMethod, Linkage};
use crate::steps::fill_missing::{FillMissing, NumberFill, TextFill};
use crate::steps::flip_images::FlipImages;
use crate::steps::min_max::MinMax;
use crate::steps::normalise_images::NormaliseImages;
use crate::steps::one_hot::OneHot;
use crate::steps::remove_duplicates::RemoveDuplicates;
use crate::steps::select_columns::SelectColumns;
use crate::steps::set_roles::SetRoles;
use crate::steps::standardise::Standardise;
use crate::steps::tokenise::{TokenUnit, Tokenise};
use crate::table::{Part, Table};

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
        let steps = all_steps();
        let mut order = steps.clone();
        pg_base::Rng::new(seed, "order").shuffle(&mut order);
        for step in steps.into_iter().chain(order) {
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
