//! What the ready-made networks share: table in, finished network out.

use pg_base::{ParamValue, ParamValues, Trouble};
use pg_contract::{InferCx, Inferred, Network, RunCx, Value};
use pg_data::{Encoder, Table};
use pg_nn::Blueprint;

use crate::by_step::TABLE_IN;
use crate::model::input::{begin, infer_from_table, task_of};
use crate::model::{head_of, shared, signals_of, with_output};

/// Adds the hidden layers of a preset: blueprint, prefix of the layer ids, layers to begin at; gives the last layer.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// Takes features of one kind.
    OfOne(fn(&ParamValues, &mut Blueprint, &str, &str) -> Result<String, Trouble>),
    /// Takes a table of numbers, categories, texts and pictures: one input each.
    OfMany(fn(&ParamValues, &mut Blueprint, &str, &[String]) -> Result<String, Trouble>),
}

/// Runs a preset.
pub(crate) fn run(cx: &mut RunCx<'_>, body: Body) -> Result<Vec<Value>, Trouble> {
    Ok(vec![Value::Network(shared(whole(
        cx.any_table(TABLE_IN.id)?,
        cx.params,
        cx.node_id,
        body,
    )?))])
}

/// Runs a preset on the sample.
pub(crate) fn infer(cx: &InferCx<'_>, body: Body) -> Inferred {
    infer_from_table(cx, |table| whole(table, cx.params, cx.node_id, body))
}

fn whole(table: &Table, params: &ParamValues, id: &str, body: Body) -> Result<Network, Trouble> {
    let network = match body {
        Body::OfOne(body) => {
            let mut network = begin(table, params, &format!("{id}.input"))?;
            let start = network.tip.clone();
            network.tip = body(params, &mut network.blueprint, id, &start)?;
            network
        }
        Body::OfMany(body) => {
            let encoder = Encoder::fit(table, task_of(params))?;
            let mut blueprint = Blueprint::new(signals_of(&encoder));
            let n_inputs = encoder.inputs.len();
            let name = |slot| match n_inputs {
                1 => format!("{id}.input"),
                _ => format!("{id}.input_{}", slot + 1),
            };
            let starts: Vec<String> = (0..n_inputs).map(name).collect();
            for (slot, start) in starts.iter().enumerate() {
                let layer = ParamValues::from([("slot".to_owned(), ParamValue::Int(slot as i64))]);
                blueprint.push(start.clone(), "input", layer, &[])?;
            }
            let tip = body(params, &mut blueprint, id, &starts)?;
            Network { blueprint, tip, head: head_of(&encoder), encoder: Some(encoder) }
        }
    };
    with_output(&network, &format!("{id}.output"), "auto")
}
