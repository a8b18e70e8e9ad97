//! The adapter that turns every layer kind of `pg_nn` into a node kind.

use std::sync::LazyLock;

use pg_base::{ParamValue, Trouble, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, Network, NodeSpec, PortSpec, PortType, RunCx, Stage,
    Status, Value,
};
use pg_nn::layers::output;
use pg_nn::{Arity, LayerSpec, Signal};
use std::sync::Arc;

use crate::model::input::NETWORK_OUT;
use crate::model::{extend, shared, with_output};

const ONE_IN: &[PortSpec] = &[PortSpec::new("network", t("Network", "网络"), PortType::Network)];
const MANY_IN: &[PortSpec] =
    &[PortSpec::new("networks", t("Networks", "网络"), PortType::Network).many()];

/// The width of the output follows from the target, so the person is not asked for it.
const OUTPUT_PARAMS: &[pg_base::ParamSpec] = &[output::FORM.spec];

/// The node kinds of all layers but the input, in the order of the layer list.
pub(crate) fn specs() -> Vec<&'static NodeSpec> {
    static SPECS: LazyLock<Vec<NodeSpec>> = LazyLock::new(|| {
        pg_nn::layers::ALL
            .iter()
            .filter(|layer| layer.arity != Arity::None)
            .map(|layer| node_spec(layer))
            .collect()
    });
    SPECS.iter().collect()
}

fn node_spec(layer: &'static LayerSpec) -> NodeSpec {
    NodeSpec {
        id: layer.id,
        version: layer.version,
        replaces: &[],
        upgrades: &[],
        stage: Stage::Model,
        text: layer.text,
        status: Status::Stable,
        inputs: if layer.arity == Arity::Many { MANY_IN } else { ONE_IN },
        outputs: &[NETWORK_OUT],
        params: if layer.id == output::SPEC.id { OUTPUT_PARAMS } else { layer.params },
        effect: Effect::Pure,
        is_individual: true,
        infer,
        run,
        example: example(layer),
    }
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let mut networks: Vec<Arc<Network>> = Vec::new();
    for (port, value) in cx.inputs.iter().flat_map(|(port, all)| all.iter().map(move |v| (port, v)))
    {
        match value {
            Value::Network(network) => networks.push(network.clone()),
            Value::Plan(plan) => return Err(plan.no_layers().port(port)),
            _ => {}
        }
    }
    Ok(vec![Value::Network(shared(grown(cx.spec, cx.node_id, cx.params, &networks)?))])
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut networks = Vec::new();
    for facts in cx.inputs.values().flatten() {
        match facts {
            Facts::Network(network) => networks.push(network.clone()),
            Facts::Plan(plan) => return Inferred::error(plan.no_layers()),
            _ => return Inferred::of(Facts::Unknown),
        }
    }
    if networks.is_empty() {
        return Inferred::of(Facts::Unknown);
    }
    match grown(cx.spec, cx.node_id, cx.params, &networks) {
        Ok(network) => Inferred::of(Facts::Network(shared(network))),
        Err(trouble) => Inferred::error(trouble),
    }
}

fn grown(
    spec: &NodeSpec,
    id: &str,
    params: &pg_base::ParamValues,
    networks: &[Arc<Network>],
) -> Result<Network, Trouble> {
    let Some((first, rest)) = networks.split_first() else {
        return Err(Trouble::internal("a layer without a network"));
    };
    if spec.id == output::SPEC.id {
        return with_output(first, id, &output::FORM.of(params));
    }
    if rest.is_empty() && ONE_IN == spec.inputs {
        return extend(first, id, spec.id, params.clone());
    }
    let mut joined = (**first).clone();
    for other in rest {
        joined.blueprint = joined.blueprint.union(&other.blueprint);
    }
    let tips: Vec<String> = networks.iter().map(|network| network.tip.clone()).collect();
    joined.blueprint.push(id, spec.id, params.clone(), &tips)?;
    joined.blueprint.signals()?;
    id.clone_into(&mut joined.tip);
    Ok(joined)
}

/// Every layer is tried on a signal that it takes: numbers, pictures, token ids or a sequence of vectors.
fn example(layer: &'static LayerSpec) -> Example {
    if layer.arity == Arity::Many {
        return Example { params: pg_base::ParamValues::new, inputs: two_branches };
    }
    // What a kind takes first; a sequence where it takes none of these.
    let choices: [(Signal, Inputs); 4] = [
        (Signal::numbers([4]), || on_signal(Signal::numbers([4]))),
        (Signal::ids(8, 20), || on_signal(Signal::ids(8, 20))),
        (Signal::numbers([1, 12, 12]), || on_signal(Signal::numbers([1, 12, 12]))),
        (Signal::numbers([32, 6, 6]), || on_signal(Signal::numbers([32, 6, 6]))),
    ];
    let params = defaults(layer);
    let choice = choices
        .into_iter()
        .find(|(signal, _)| (layer.signal)(&params, std::slice::from_ref(signal)).is_ok());
    let inputs =
        choice.map_or((|| on_signal(Signal::numbers([8, 64]))) as Inputs, |(_, inputs)| inputs);
    Example { params: pg_base::ParamValues::new, inputs }
}

type Inputs = fn() -> Result<Vec<(&'static str, Value)>, Trouble>;

fn defaults(layer: &LayerSpec) -> pg_base::ParamValues {
    layer.params.iter().map(|param| (param.id.to_owned(), param.default_value())).collect()
}

fn source(signal: Signal) -> Result<Network, Trouble> {
    let mut blueprint = pg_nn::Blueprint::new(vec![signal]);
    blueprint.push("input_1", "input", [("slot".to_owned(), ParamValue::Int(0))].into(), &[])?;
    let head = Some(pg_nn::Head::Softmax { n_classes: 2 });
    Ok(Network { blueprint, tip: "input_1".to_owned(), encoder: None, head })
}

fn on_signal(signal: Signal) -> Result<Vec<(&'static str, Value)>, Trouble> {
    Ok(vec![("network", Value::Network(shared(source(signal)?)))])
}

fn two_branches() -> Result<Vec<(&'static str, Value)>, Trouble> {
    let start = source(Signal::numbers([4]))?;
    let branch =
        |id: &str| extend(&start, id, "dense", [("units".to_owned(), ParamValue::Int(4))].into());
    Ok(vec![
        ("networks", Value::Network(shared(branch("dense_1")?))),
        ("networks", Value::Network(shared(branch("dense_2")?))),
    ])
}
