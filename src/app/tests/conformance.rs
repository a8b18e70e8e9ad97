//! Every registered node kind keeps the contract: texts, parameters, example, the same bytes twice, hostile tables.

use pg_contract::conformance;
use pg_session::Core;

fn core() -> Core {
    Core::new(pg_nn::Devices { entries: pg_cpu::entries() })
}

#[test]
fn every_kind_keeps_the_contract() {
    let core = core();
    let compute = core.devices().open("cpu").expect("the CPU computes");
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let mut problems = Vec::new();
    for spec in core.registry().all() {
        let found = conformance::problems(spec, &*compute, scratch.path());
        problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", spec.id)));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn ids_of_kinds_are_never_used_twice() {
    let core = core();
    let mut ids: Vec<&str> = core
        .registry()
        .all()
        .iter()
        .flat_map(|spec| spec.replaces.iter().copied().chain([spec.id]))
        .collect();
    let n_ids = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), n_ids);
}
