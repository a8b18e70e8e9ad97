//! Floor 5: the node kinds, one record per file, grouped by stage.
//!
//! Adding a kind: one file with its `SPEC`, and two lines in the `mod.rs` of its stage (`mod` and list entry).

#![expect(
    clippy::unnecessary_wraps,
    reason = "the step of every node has one signature, whether it can fail or not"
)]

use pg_contract::{NodeSpec, Registry};

mod by_step;
mod clean;
mod combine;
mod data;
mod deploy;
mod evaluate;
mod examples;
mod model;
mod preprocess;
mod train;

/// All kinds, in palette order.
pub fn registry() -> Registry {
    let fixed: [&[&'static NodeSpec]; 7] = [
        data::ALL,
        clean::ALL,
        combine::ALL,
        preprocess::ALL,
        train::ALL,
        evaluate::ALL,
        deploy::ALL,
    ];
    let [data, clean, combine, preprocess, train, evaluate, deploy] = fixed;
    Registry::new(
        [data, clean, combine, preprocess, model::all(), train, evaluate, deploy]
            .into_iter()
            .flat_map(|specs| specs.iter().copied()),
    )
}
