//! A network as the panel shows it: names, shapes and costs layer by layer, made anew only when the network changes.

use pg_base::{ParamKind, ParamSpec, ParamValue, ParamValues, Trouble};
use pg_contract::Network;
use pg_nn::{Arity, Blueprint, Cost, LayerNode, LayerSpec};
use pg_session::Session;

use crate::lang::Tr;

/// Parameters named beside a layer's title.
const MAX_DETAILS: usize = 2;

/// What a layer does, as far as its colour goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Data enters.
    Entry,
    /// It learns.
    Learns,
    /// It only computes.
    Fixed,
}

/// One layer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LayerView {
    pub(super) id: String,
    /// Node of the canvas that it comes from.
    pub(super) node: String,
    pub(super) title: String,
    /// The parameters that matter most.
    pub(super) details: String,
    pub(super) summary: &'static str,
    pub(super) role: Role,
    /// What leaves it; none where it is not known.
    pub(super) shape: Option<String>,
    pub(super) cost: Option<Cost>,
    /// Positions of the layers that lead into it.
    pub(super) inputs: Vec<usize>,
}

/// A whole network.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NetworkView {
    pub(super) layers: Vec<LayerView>,
    pub(super) total: Option<Cost>,
    /// Why shapes are not known.
    pub(super) trouble: Option<Trouble>,
}

impl NetworkView {
    /// What to show of a network, in the language of the window.
    pub(super) fn of(network: &Network, session: &Session) -> Self {
        let blueprint = &network.blueprint;
        let summary = blueprint.summary();
        let trouble = summary.as_ref().err().cloned();
        let summary = summary.ok();
        let view = |(index, layer): (usize, &LayerNode)| {
            let row = summary.as_ref().and_then(|summary| summary.rows.get(index));
            layer_view(blueprint, layer, session, row.map(|row| (row.signal.label(), row.cost)))
        };
        Self {
            layers: blueprint.layers.iter().enumerate().map(view).collect(),
            total: summary.map(|summary| summary.total),
            trouble,
        }
    }
}

fn layer_view(
    blueprint: &Blueprint,
    layer: &LayerNode,
    session: &Session,
    known: Option<(String, Cost)>,
) -> LayerView {
    let spec = pg_nn::layers::spec(&layer.kind).ok();
    // Layers of a ready-made network are called `node.kind_number`.
    let node = layer.id.split('.').next().unwrap_or_default().to_owned();
    let own_name = session.document().node(&layer.id).and_then(|node| node.label.clone());
    let title = own_name
        .or_else(|| Some(spec?.text.title.tr().to_owned()))
        .unwrap_or_else(|| layer.kind.clone());
    let (shape, cost) = known.unzip();
    let position = |id: &String| blueprint.layers.iter().position(|other| other.id == *id);
    LayerView {
        id: layer.id.clone(),
        node,
        title,
        details: spec.map(|spec| details(spec, &layer.params)).unwrap_or_default(),
        summary: spec.map(|spec| spec.text.summary.tr()).unwrap_or_default(),
        role: role(spec, cost),
        shape,
        cost,
        inputs: layer.inputs.iter().filter_map(position).collect(),
    }
}

fn role(spec: Option<&LayerSpec>, cost: Option<Cost>) -> Role {
    if spec.is_some_and(|spec| spec.arity == Arity::None) {
        Role::Entry
    } else if cost.is_some_and(|cost| cost.n_params > 0) {
        Role::Learns
    } else {
        Role::Fixed
    }
}

/// The first parameter, and those that were changed.
fn details(spec: &LayerSpec, params: &ParamValues) -> String {
    let is_worth_it = |(index, param): &(usize, &ParamSpec)| {
        let value = params.get(param.id);
        let is_changed = value.is_some_and(|value| *value != param.default_value());
        param.is_shown(params, spec.params)
            && (*index == 0 && spec.arity != Arity::None || is_changed)
    };
    let named = spec.params.iter().enumerate().filter(is_worth_it).filter_map(|(_, param)| {
        let value = params.get(param.id).cloned().unwrap_or_else(|| param.default_value());
        written(param, &value)
    });
    named.take(MAX_DETAILS).collect::<Vec<_>>().join(" · ")
}

fn written(param: &ParamSpec, value: &ParamValue) -> Option<String> {
    match (param.kind, value) {
        (ParamKind::Choice { options, .. }, ParamValue::Text(id)) => {
            options.iter().find(|option| option.id == id).map(|option| option.label.tr().to_owned())
        }
        (ParamKind::Bool { .. }, ParamValue::Bool(_)) => None,
        _ => Some(format!("{} {value}", param.label.tr())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_name_the_first_parameter_and_what_was_changed() {
        use pg_nn::layers::{conv2d, dense, input};
        let check = |spec: &LayerSpec, params: &[(&str, ParamValue)], expected: &str| {
            let mut all: ParamValues = spec
                .params
                .iter()
                .map(|param| (param.id.to_owned(), param.default_value()))
                .collect();
            all.extend(params.iter().map(|(id, value)| ((*id).to_owned(), value.clone())));
            assert_eq!(details(spec, &all), expected);
        };
        check(&dense::SPEC, &[("units", ParamValue::Int(32))], "Units 32");
        check(&dense::SPEC, &[("bias", ParamValue::Bool(false))], "Units 64");
        check(&conv2d::SPEC, &[("stride", ParamValue::Int(2))], "Filters 16 · Stride 2");
        check(&input::SPEC, &[], "");
    }
}
