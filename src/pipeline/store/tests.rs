//! Tests of the store: values come back as they were, damage counts as absence, and memory and disk are bounded.

use std::fs;

use pg_base::StableHasher;

use super::*;
use crate::toy;

fn key(text: &str) -> Fingerprint {
    StableHasher::new().text(text).finish()
}

fn made(port: &'static str, value: Value) -> Made {
    Made {
        kind: "toy".into(),
        seconds: 1.0,
        warnings: Vec::new(),
        outputs: vec![(port, value)],
        may_be_made_again: false,
    }
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").path()) {
        if entry.is_dir() { files_below(&entry, found) } else { found.push(entry) }
    }
}

#[test]
fn values_come_back_from_disk() {
    let folder = tempfile::tempdir().expect("folder");
    let bundle = folder.path().join("a.bundle");
    fs::write(&bundle, "bundle").expect("written");
    let values = [
        toy::value("网络"),
        Value::Table(toy::table(7).expect("table")),
        Value::Bundle(bundle.clone()),
    ];
    let mut store = Store::open(folder.path().join("cache"), 0);
    for (number, value) in values.iter().enumerate() {
        store.put(key(&number.to_string()), made("out", value.clone())).expect("written");
    }
    let mut other = Store::open(folder.path().join("cache"), 0);
    for (number, value) in values.iter().enumerate() {
        let key = key(&number.to_string());
        assert!(other.holds(key));
        assert_eq!(other.entry(key).map(|entry| entry.seconds), Some(1.0));
        let found = other.get(key, "out").expect("there");
        assert_eq!(toy::text_of(&found), toy::text_of(value));
        assert!(other.get(key, "nothing").is_none());
    }
    assert!(other.get(key("unheard"), "out").is_none());
    fs::write(&bundle, "changed").expect("written");
    assert!(other.entry(key("2")).is_none());
}

#[test]
fn damage_of_any_file_counts_as_absence() {
    let folder = tempfile::tempdir().expect("folder");
    for value in [toy::value("a rather long text"), Value::Table(toy::table(50).expect("table"))] {
        let expected = toy::text_of(&value);
        let put = || {
            let mut store = Store::open(folder.path(), 0);
            store.put(key("x"), made("out", value.clone())).expect("written");
        };
        put();
        let mut files = Vec::new();
        files_below(&folder.path().join("values"), &mut files);
        assert!(files.len() >= 2);
        for path in files {
            let whole = fs::read(&path).expect("readable");
            let mut flipped = whole.clone();
            let middle = flipped.len() / 2;
            flipped[middle] ^= 0x10;
            for damaged in [&whole[..middle], &[], &flipped] {
                put();
                fs::write(&path, damaged).expect("written");
                let mut store = Store::open(folder.path(), 0);
                // The entry holds no value; there only a wrong size or broken JSON is told.
                if let Some(found) = store.get(key("x"), "out") {
                    assert_eq!(toy::text_of(&found), expected, "{}", path.display());
                }
            }
            put();
            fs::remove_file(&path).expect("removed");
            let mut store = Store::open(folder.path(), 0);
            assert!(store.get(key("x"), "out").is_none(), "{}", path.display());
        }
    }
}

#[test]
fn memory_is_bounded_and_the_oldest_goes_first() {
    let mut store = Store::in_memory(200 << 10);
    for name in ["a", "b", "c"] {
        store.put(key(name), made("out", toy::value(name))).expect("held");
        assert!(store.get(key("a"), "out").is_some());
    }
    store.put(key("d"), made("out", toy::value("d"))).expect("held");
    assert!(store.held_bytes() <= 200 << 10);
    assert!(store.get(key("a"), "out").is_some() && store.get(key("b"), "out").is_none());
    assert!(store.entry(key("b")).is_some() && !store.holds(key("b")));
}

#[test]
fn garbage_is_collected_from_the_longest_unused() {
    let folder = tempfile::tempdir().expect("folder");
    let mut store = Store::open(folder.path(), 0);
    for name in ["a", "b", "c"] {
        store.put(key(name), made("out", toy::value(name))).expect("written");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(store.collect_garbage(&BTreeSet::new(), u64::MAX).expect("nothing"), 0);
    assert!(store.get(key("a"), "out").is_some());
    let freed = store.collect_garbage(&BTreeSet::from([key("b")]), 1).expect("collected");
    assert!(freed > 0);
    assert!(
        store.entry(key("a")).is_none()
            && store.entry(key("b")).is_some()
            && store.entry(key("c")).is_none()
    );
    assert_eq!(
        Store::open(folder.path().join("absent"), 0)
            .collect_garbage(&BTreeSet::new(), 0)
            .expect("nothing"),
        0
    );
}

#[test]
fn large_tables_that_are_quick_to_make_stay_in_memory() {
    let folder = tempfile::tempdir().expect("folder");
    let table = Value::Table(toy::table(3 << 20).expect("table"));
    let mut store = Store::open(folder.path(), 1 << 30);
    let quick = Made { seconds: 0.001, may_be_made_again: true, ..made("out", table.clone()) };
    let entry = store.put(key("quick"), quick).expect("held");
    assert!(!entry.is_stored && entry.n_bytes > SMALL_BYTES);
    assert!(store.holds(key("quick")));
    let mut other = Store::open(folder.path(), 1 << 30);
    assert!(other.entry(key("quick")).is_some() && !other.holds(key("quick")));
    let slow = Made { seconds: 60.0, may_be_made_again: true, ..made("out", table) };
    assert!(store.put(key("slow"), slow).expect("written").is_stored);
}
