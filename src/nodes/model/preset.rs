//! What the ready-made networks share: table in, finished network out.

use pg_base::{ParamValues, Trouble};
use pg_contract::{InferCx, Inferred, Network, RunCx, Value};
use pg_data::Table;
use pg_nn::Blueprint;

use crate::by_step::TABLE_IN;
use crate::model::input::{begin, infer_from_table};
use crate::model::{shared, with_output};

/// Adds the hidden layers of a preset: blueprint, prefix of the layer ids, layer to begin at; gives the last layer.
pub(crate) type Body = fn(&ParamValues, &mut Blueprint, &str, &str) -> Result<String, Trouble>;

/// Runs a preset.
pub(crate) fn run(cx: &mut RunCx<'_>, body: Body) -> Result<Vec<Value>, Trouble> {
    Ok(vec![Value::Network(shared(whole(cx.table(TABLE_IN.id)?, cx.params, cx.node_id, body)?))])
}

/// Runs a preset on the sample.
pub(crate) fn infer(cx: &InferCx<'_>, body: Body) -> Inferred {
    infer_from_table(cx, |table| whole(table, cx.params, cx.node_id, body))
}

fn whole(table: &Table, params: &ParamValues, id: &str, body: Body) -> Result<Network, Trouble> {
    let mut network = begin(table, params, &format!("{id}.input"))?;
    let start = network.tip.clone();
    network.tip = body(params, &mut network.blueprint, id, &start)?;
    with_output(&network, &format!("{id}.output"), "auto")
}
