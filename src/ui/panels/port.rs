//! Which output is shown of a node with several of one type: one choice, and one control, for all panels.

use std::collections::BTreeMap;

use eframe::egui::Ui;
use pg_contract::{PortSpec, PortType};
use pg_pipeline::NodeId;

use crate::cx::Cx;
use crate::lang::Tr;
use crate::widgets;

/// What was picked.
#[derive(Debug, Default)]
pub struct Ports(BTreeMap<(NodeId, PortType), String>);

impl Ports {
    /// The port that was picked at a node, by its id.
    pub fn picked(&self, node: &str, port_type: PortType) -> Option<&str> {
        self.0.get(&(node.to_owned(), port_type)).map(String::as_str)
    }

    /// Shows this port from now on.
    pub fn pick(&mut self, node: &str, port_type: PortType, port: &str) {
        self.0.insert((node.to_owned(), port_type), port.to_owned());
    }

    /// Another project has other nodes.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Whether the node has several outputs of the shown one's type.
pub(super) fn is_choice(cx: &Cx<'_>, node: &str, port: &str) -> bool {
    choices(cx, node, port).len() > 1
}

/// The outputs of the shown one's type side by side, where there are several.
pub(super) fn port_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &str, port: &str) {
    let choices = choices(cx, node, port);
    let options: Vec<(&str, &str)> =
        choices.iter().map(|output| (output.id, output.label.tr())).collect();
    if options.len() > 1
        && let Some(picked) = widgets::segmented(ui, &port, &options)
        && let Some(output) = choices.first()
    {
        cx.view.panels.ports.pick(node, output.port_type, picked);
    }
}

fn choices(cx: &Cx<'_>, node: &str, port: &str) -> Vec<&'static PortSpec> {
    let Some(spec) = cx.spec_of(node) else { return Vec::new() };
    let port_type = spec.output(port).map(|shown| shown.port_type);
    spec.outputs.iter().filter(|output| Some(output.port_type) == port_type).collect()
}
