//! Training what is wired in anew on other rows: the work of the nodes that train more than once.

use std::path::PathBuf;

use pg_base::{StableHasher, Trouble};
use pg_contract::{Facts, InferCx, Inferred, Plan, RunCx, Value};
use pg_data::{Encoder, Table};
use pg_deploy::Model;

use crate::model;
use crate::model::input::{NETWORK_OUT, task_of};
use crate::train::work::{Fit, fit};
use crate::train::{estimate, settings};

/// Fits a fresh copy of the network, or the classical method, to the table; `number` tells the trainings apart.
pub(super) fn train(
    cx: &RunCx<'_>,
    table: &Table,
    number: u64,
    checkpoint_folder: Option<PathBuf>,
) -> Result<Model, Trouble> {
    let encoder = Encoder::fit(table, task_of(cx.params))?;
    if let Some(Value::Plan(plan)) = cx.all(NETWORK_OUT.id).first() {
        let encoder = encoder.accepting_gaps(plan.encoder.accepts_gaps);
        return estimate::fit(cx, table, &Plan { method: plan.method.clone(), encoder });
    }
    let network = model::refitted(cx.network(NETWORK_OUT.id)?, encoder)?;
    let key = StableHasher::new().key(cx.key).number(number).finish();
    let what = Fit { table, network: &network, params: cx.params, key, checkpoint_folder };
    fit(cx, &what, &mut |event| cx.training_event(event))
}

/// A report; the settings of a training matter to networks alone.
pub(super) fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = Inferred::of(Facts::Report);
    if let Facts::Plan(_) = cx.input(NETWORK_OUT.id) {
        inferred.idle_params = settings::ids();
    }
    inferred
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use pg_base::ParamValue;

    use super::*;
    use crate::evaluate::testing::{outputs, outputs_of};
    use crate::evaluate::{cross_validate, learning_curve};
    use crate::examples;

    #[test]
    fn a_classical_method_is_trained_anew_and_needs_no_settings_of_networks() {
        let tree = crate::registry().get("decision_tree").expect("known");
        let plan = outputs(tree, &[]).expect("the example runs").remove(0);
        let few = [("repeats", ParamValue::Int(1))];
        for spec in [&cross_validate::SPEC, &learning_curve::SPEC] {
            let table = Value::Table(examples::clouds().expect("a table"));
            let values = vec![("table", table), ("network", plan.clone())];
            let found = outputs_of(spec, values, &few).expect("runs");
            let [Value::Report(report)] = &found[..] else { panic!("a report") };
            assert!(report.metrics()["accuracy"] > 0.8, "{}: {:?}", spec.id, report.metrics());

            let Value::Plan(plan) = &plan else { panic!("a plan") };
            let inputs = [("network".to_owned(), vec![Facts::Plan(plan.clone())])].into();
            let params = spec.default_params();
            let cx = InferCx {
                spec,
                node_id: "node",
                params: &params,
                inputs: &inputs,
                base_folder: Path::new("."),
            };
            let idle = (spec.infer)(&cx).idle_params;
            assert!(idle.contains(&"epochs") && !idle.contains(&"repeats"), "{idle:?}");
        }
    }
}
