//! Tables that are too large for memory against the same tables in memory.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use pg_base::{BatchSource, CancelToken, NoProgress, Trouble};

use super::check_room;
use crate::encode::{Encoder, Task};
use crate::read::{CsvOptions, ReadTable, read_csv};
use crate::steps::add_formula::AddFormula;
use crate::steps::fill_missing::FillMissing;
use crate::steps::filter_formula::FilterFormula;
use crate::steps::one_hot::OneHot;
use crate::steps::remove_duplicates::RemoveDuplicates;
use crate::steps::set_roles::SetRoles;
use crate::steps::sort_rows::SortRows;
use crate::steps::standardise::Standardise;
use crate::store::{load_table, save_table};
use crate::{Part, Role, Rows, Scratch, Table};

const N_ROWS: usize = 150_000;

/// Whole numbers that become broken ones late, gaps, days that get a time late, and two kinds of words.
fn csv() -> Vec<u8> {
    let mut text = String::from("n,count,day,city,side\n");
    for row in 0..N_ROWS {
        let n = if row % 11 == 3 { String::new() } else { (row * 37 % 1000).to_string() };
        let count = if row > 120_000 { format!("{row}.5") } else { row.to_string() };
        let time = if row > 140_000 { " 10:30" } else { "" };
        let day = 1 + row % 28;
        let city = ["Bonn", "巴黎", "Oslo"][row / 7 % 3];
        let side = if row * 37 % 1000 > 400 { "over" } else { "under" };
        writeln!(text, "{n},{count},2024-03-{day:02}{time},{city},{side}").expect("in memory");
    }
    text.into_bytes()
}

fn read(scratch: Option<Scratch>) -> ReadTable {
    let mut options = CsvOptions::of_bytes(csv());
    options.scratch = scratch;
    read_csv(&options, &CancelToken::default(), &NoProgress).expect("a good file")
}

/// The same table in memory and in a file.
fn pair(folder: &Path) -> (Table, Table) {
    let scratch = Scratch { folder: folder.to_owned(), max_bytes: 100_000 };
    let (small, large) = (read(None).table, read(Some(scratch)).table);
    assert!(large.is_large() && !small.is_large());
    (small, large)
}

fn prepared(table: &Table) -> Result<Table, Trouble> {
    let parts: Vec<Part> = (0..N_ROWS).map(|row| Part::ALL[row % 3]).collect();
    let ignored = ["count", "day"].map(|name| (name.to_owned(), Role::Ignored));
    let roles = ignored.into_iter().chain([("side".to_owned(), Role::Target)]).collect();
    table
        .then(SetRoles { roles })?
        .then(FillMissing::default())?
        .with_parts(&parts)?
        .then(AddFormula {
            column: "twice".into(),
            formula: "n * 2".into(),
            ..AddFormula::default()
        })?
        .then(FilterFormula { formula: "count < 149000".into(), ..FilterFormula::default() })?
        .then(Standardise::default())?
        .then(OneHot::default())
}

fn assert_same(small: &Rows, large: &Rows) {
    assert_eq!(small.schema, large.schema);
    assert!(small.frame.equals_missing(&large.frame), "{} {}", small.frame, large.frame);
}

#[test]
fn a_large_file_is_read_like_a_small_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let scratch = Scratch { folder: folder.path().to_owned(), max_bytes: 100_000 };
    let (small, large) = (read(None), read(Some(scratch)));
    assert_eq!(small.warnings, large.warnings);
    assert_same(small.table.rows(), large.table.rows());
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    drop(large);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn a_large_table_is_prepared_like_a_small_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (small, large) = pair(folder.path());
    let (small, large) = (prepared(&small).expect("prepared"), prepared(&large).expect("prepared"));
    assert!(large.is_large());
    assert_eq!(small.recipe(), large.recipe());
    assert_eq!(small.parts(), large.parts());
    assert_same(small.rows(), large.rows());
    for part in Part::ALL {
        assert_same(&small.part(part).expect("a part"), &large.part(part).expect("a part"));
        let raw = |table: &Table| table.origin_part(part).expect("raw rows");
        assert_same(&raw(&small), &raw(&large));
        let mut slices = large.origin_slices(Some(part)).expect("slices");
        let mut joined = slices.next().expect("a slice").expect("readable").frame;
        for rows in slices {
            joined.vstack_mut(&rows.expect("readable").frame).expect("the same columns");
        }
        assert!(joined.equals_missing(&raw(&small).frame));
    }
    let glimpse = large.glimpse().expect("a glimpse");
    assert!(!glimpse.is_large() && (100..N_ROWS / 10).contains(&glimpse.n_rows()));
    assert_eq!(glimpse.schema(), large.schema());
}

#[test]
fn what_needs_all_rows_gathers_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let (small, large) = pair(folder.path());
    let sorted = |table: &Table| {
        let step = SortRows { columns: vec!["n".into(), "city".into()], is_descending: true };
        table.then(step).and_then(|table| prepared(&table)).expect("sorted and prepared")
    };
    assert_same(sorted(&small).rows(), sorted(&large).rows());
}

#[test]
fn what_does_not_fit_is_told_with_both_sizes() {
    assert_eq!(check_room(5_000_000_000, 5_000_000_000), Ok(()));
    let trouble = check_room(5_000_000_001, 400_000_000).expect_err("too large");
    assert_eq!(trouble.code, "table-too-large");
    assert!(trouble.details.found.en.contains("5.0 GB"));
    assert!(trouble.details.expected.zh.contains("400 MB"));
}

#[test]
fn duplicates_of_a_large_table_are_found_slice_by_slice() {
    let folder = tempfile::tempdir().expect("a folder");
    let (small, large) = pair(folder.path());
    for (keys, keeps_last) in [(vec!["n", "city"], false), (vec!["day", "side", "n"], true)] {
        let keys = keys.into_iter().map(str::to_owned).collect();
        let step = RemoveDuplicates { keys, keeps_last };
        let unique = |table: &Table| {
            let parts: Vec<Part> = (0..N_ROWS).map(|row| Part::ALL[row % 3]).collect();
            let split = table.with_parts(&parts).expect("one part per row");
            [table, &split].map(|table| table.then(step.clone()).expect("columns that exist"))
        };
        for (small, large) in unique(&small).iter().zip(&unique(&large)) {
            assert!(small.n_rows() < N_ROWS);
            assert_same(small.rows(), large.rows());
        }
    }
    let step = RemoveDuplicates::default();
    assert_eq!(large.then(step).expect("unlike rows").n_rows(), N_ROWS);
}

#[test]
fn a_large_table_is_stored_without_gathering_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (scratch, stored) = (folder.path().join("scratch"), folder.path().join("stored"));
    let table = prepared(&pair(&scratch).1).expect("prepared");
    save_table(&table, &stored).expect("saved");
    let rows = table.rows().clone();
    drop(table);
    assert_eq!(fs::read_dir(&scratch).expect("a folder").count(), 0);
    let again = load_table(&stored, &Scratch::new(&scratch)).expect("loaded");
    assert!(again.is_large());
    assert_same(&rows, again.rows());
    let path = stored.join("rows.shelf");
    let mut bytes = fs::read(&path).expect("a file");
    bytes[1000] ^= 0x55;
    fs::write(&path, bytes).expect("writable");
    let damaged = load_table(&stored, &Scratch::new(&scratch)).expect("the marks are whole");
    assert_eq!(damaged.part(Part::Test).expect_err("damaged").code, "store-damaged");
}

#[test]
fn files_of_killed_processes_are_swept_and_others_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let scratch = Scratch { folder: folder.path().to_owned(), max_bytes: 100_000 };
    let large = read(Some(scratch.clone())).table;
    fs::write(folder.path().join("left behind.shelf"), "x").expect("writable");
    fs::write(folder.path().join("other.txt"), "x").expect("writable");
    scratch.sweep();
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
    assert_eq!(large.rows().n_rows(), N_ROWS);
}

#[test]
fn streamed_rows_are_the_encoded_rows_window_by_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let (small, large) = pair(folder.path());
    let (small, large) = (prepared(&small).expect("prepared"), prepared(&large).expect("prepared"));
    let encoder = Encoder::fit(&small, Task::Auto).expect("fits");
    assert_eq!(encoder, Encoder::fit(&large, Task::Auto).expect("fits"));
    let whole = encoder.encode_part(&small, Part::Training).expect("encoded").rows;
    let mut n_rejected = 0;
    let hear = |rejected: Vec<_>| {
        n_rejected += rejected.len();
        Ok(())
    };
    let streamed = encoder.stream_part(&large, Part::Training, hear).expect("encoded");
    assert_eq!((streamed.n_rows(), n_rejected), (whole.n_rows(), 0));
    let windows = streamed.windows();
    assert!(windows.len() > 1 && windows.iter().map(ExactSizeIterator::len).sum::<usize>() > 0);
    // Rows of both ends and across the border of two windows.
    let border = windows[0].end;
    let some = [0, border - 1, border, streamed.n_rows() - 1, 5];
    let batch = streamed.gather(&some, Some(1)).expect("rows");
    let singles = some.map(|row| streamed.gather(&[row], Some(1)).expect("a row"));
    let numbers = |batch: &pg_base::Batch| batch.inputs[0].as_f32().expect("numbers").to_vec();
    assert_eq!(numbers(&batch), singles.iter().flat_map(numbers).collect::<Vec<_>>());
    assert!(streamed.gather(&[streamed.n_rows()], None).is_err());
    let sorted = |source: &dyn BatchSource| {
        let all: Vec<usize> = (0..source.n_rows()).collect();
        let batch = source.gather(&all, None).expect("all rows");
        let width = batch.inputs[0].shape[1];
        let classes = batch.target.as_ref().and_then(|target| target.as_i32()).expect("classes");
        let mut rows: Vec<(Vec<u32>, i32)> = numbers(&batch)
            .chunks(width)
            .map(|row| row.iter().map(|value| value.to_bits()).collect())
            .zip(classes.iter().copied())
            .collect();
        rows.sort_unstable();
        rows
    };
    assert!(sorted(&whole) == sorted(&streamed));
}
