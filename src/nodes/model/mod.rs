//! Networks: where data enters, one node per layer kind, ready-made networks, and the end of a network.

use std::sync::{Arc, LazyLock};

use pg_base::{ParamValue, Trouble, say};
use pg_contract::{Network, NodeSpec};
use pg_data::{Encoder, TargetCodec};
use pg_nn::{Blueprint, Head, Signal};

mod classic;
pub(crate) mod input;
mod layer;
mod lenet;
mod mlp;
mod mlp_ensemble;
mod preset;
mod residual_mlp;
mod table_transformer;
mod text_transformer;
mod wide_deep;

/// Kinds of this stage in palette order: input, presets, classical methods, then every layer of the list below.
pub(crate) fn all() -> &'static [&'static NodeSpec] {
    static ALL: LazyLock<Vec<&'static NodeSpec>> = LazyLock::new(|| {
        let mut all = vec![
            &input::SPEC,
            &mlp::SPEC,
            &residual_mlp::SPEC,
            &wide_deep::SPEC,
            &mlp_ensemble::SPEC,
            &table_transformer::SPEC,
            &lenet::SPEC,
            &text_transformer::SPEC,
        ];
        all.extend(classic::ALL);
        all.extend(layer::specs());
        all
    });
    &ALL
}

/// The signals that an encoder's arrays bring in.
pub(crate) fn signals_of(encoder: &Encoder) -> Vec<Signal> {
    encoder
        .inputs
        .iter()
        .map(|slot| match slot {
            pg_data::InputSlot::Sequence { length, vocabulary, .. } => {
                Signal::ids(*length, *vocabulary)
            }
            other => Signal::numbers(other.shape()),
        })
        .collect()
}

/// What the target needs at the end of a network.
pub(crate) fn head_of(encoder: &Encoder) -> Option<Head> {
    match encoder.targets.as_slice() {
        [] => None,
        [TargetCodec::Classes { names, .. }] => Some(Head::Softmax { n_classes: names.len() }),
        [TargetCodec::Classes { .. }, ..] => Some(Head::Labels { n_labels: encoder.targets.len() }),
        numbers => Some(Head::Linear { n_outputs: numbers.len() }),
    }
}

/// Adds a layer after the tip; its shape problems surface here, at the node that adds it.
pub(crate) fn extend(
    network: &Network,
    id: &str,
    kind: &str,
    params: pg_base::ParamValues,
) -> Result<Network, Trouble> {
    let mut next = network.clone();
    next.blueprint.push(id, kind, params, std::slice::from_ref(&network.tip))?;
    next.blueprint.signals()?;
    id.clone_into(&mut next.tip);
    Ok(next)
}

/// The network of a preset or of an output layer, with its head set.
pub(crate) fn with_output(network: &Network, id: &str, form: &str) -> Result<Network, Trouble> {
    let head = wanted_head(network, form)?;
    let mut params = pg_base::ParamValues::new();
    params.insert("units".to_owned(), ParamValue::Int(head.n_units() as i64));
    params.insert("form".to_owned(), ParamValue::Text(form.to_owned()));
    let mut next = extend(network, id, "output", params)?;
    next.blueprint.head = Some(head);
    Ok(next)
}

fn wanted_head(network: &Network, form: &str) -> Result<Head, Trouble> {
    let head = network.head.ok_or_else(no_target)?;
    match (form, head) {
        ("sigmoid", Head::Softmax { n_classes: 2 }) => Ok(Head::Sigmoid),
        ("sigmoid", Head::Softmax { n_classes }) => Err(Trouble::new(
            "output-form",
            say!("the target has {n_classes} classes", "目标有 {n_classes} 个类别"),
        )
        .expected(say!("two classes for a sigmoid output", "sigmoid 输出需要两个类别"))
        .param("form")),
        ("softmax", Head::Labels { n_labels }) => Err(Trouble::new(
            "output-form",
            say!("the target has {n_labels} labels", "目标有 {n_labels} 个标签"),
        )
        .expected(say!(
            "form `sigmoid` or `auto`: a row may have several labels",
            "`sigmoid` 或 `auto`：一行可以有多个标签"
        ))
        .param("form")),
        ("sigmoid" | "softmax", Head::Linear { .. }) => {
            Err(Trouble::new("output-form", say!("the target is a number", "目标是数值"))
                .expected(say!("form `auto` for a number", "数值目标应使用 `auto`"))
                .param("form"))
        }
        (_, head) => Ok(head),
    }
}

/// The finished blueprint of a network, for training: where no Output node ends it, a last layer that fits the target
/// is taken as the output (an ending sigmoid or softmax belongs to the loss and is taken off).
pub(crate) fn finished(network: &Network) -> Result<Blueprint, Trouble> {
    let mut blueprint = network.blueprint.clone();
    if blueprint.output() != Some(network.tip.as_str()) {
        return Err(Trouble::internal("the tip of a network is not its last layer"));
    }
    if blueprint.head.is_some() {
        return Ok(blueprint);
    }
    let head = network.head.ok_or_else(no_target)?;
    let ends_with = |blueprint: &Blueprint, name: &str| {
        blueprint.layers.last().is_some_and(|layer| {
            layer.kind == "activation"
                && layer.params.get("kind") == Some(&ParamValue::Text(name.to_owned()))
        })
    };
    let has_sigmoid = ends_with(&blueprint, "sigmoid");
    let has_softmax = ends_with(&blueprint, "softmax");
    let belongs_to_loss = match head {
        Head::Softmax { .. } => has_sigmoid || has_softmax,
        Head::Labels { .. } => has_sigmoid,
        _ => false,
    };
    if belongs_to_loss {
        blueprint.layers.pop();
    }
    let signals = blueprint.signals()?;
    let shape = blueprint
        .output()
        .and_then(|id| signals.get(id))
        .map(|signal| signal.shape.clone())
        .unwrap_or_default();
    blueprint.head = match (head, shape.as_slice()) {
        (Head::Softmax { n_classes: 2 }, [1]) => Some(Head::Sigmoid),
        (Head::Softmax { n_classes }, [units]) if *units == n_classes && !has_sigmoid => Some(head),
        (Head::Labels { n_labels: n }, [units]) if *units == n && !has_softmax => Some(head),
        (Head::Linear { n_outputs }, [units]) if *units == n_outputs => Some(head),
        _ => {
            let found = shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ");
            let wanted = head.n_units();
            return Err(Trouble::new(
                "network-unfinished",
                say!("the network ends with {found} numbers", "网络以 {found} 个数结束"),
            )
            .expected(say!("{wanted} for this target", "此目标需要 {wanted} 个"))
            .advice(say!("Add an Output node at its end.", "请在末尾添加“输出”节点。"))
            .port("network"));
        }
    };
    Ok(blueprint)
}

/// The same network for another encoder (a fold of a cross-validation): other signals, same layers.
pub(crate) fn refitted(network: &Network, encoder: Encoder) -> Result<Network, Trouble> {
    let mut next = network.clone();
    next.blueprint.inputs = signals_of(&encoder);
    next.head = head_of(&encoder);
    if let (Some(Head::Softmax { .. } | Head::Labels { .. } | Head::Linear { .. }), Some(head)) =
        (next.blueprint.head, next.head)
    {
        next.blueprint.head = Some(head);
        if let Some(output) = next.blueprint.layers.iter_mut().find(|layer| layer.kind == "output")
        {
            output.params.insert("units".to_owned(), ParamValue::Int(head.n_units() as i64));
        }
    }
    next.blueprint.signals()?;
    next.encoder = Some(encoder);
    Ok(next)
}

/// A shared network.
pub(crate) fn shared(network: Network) -> Arc<Network> {
    Arc::new(network)
}

fn no_target() -> Trouble {
    Trouble::new("target-missing", say!("the table has no target column", "表格没有目标列"))
        .advice(say!("Add a Set target node after the data.", "请在数据之后添加“设定目标”节点。"))
}
