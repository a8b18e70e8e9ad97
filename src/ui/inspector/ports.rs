//! What goes into a node and what comes out, and where it comes from and leads to.

use eframe::egui::{self, Align2, RichText, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use pg_contract::{NodeSpec, PortSpec};
use pg_pipeline::{Node, NodeId};

use super::sections::section_ui;
use crate::canvas::port_shape;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Draws it.
pub(super) fn ports_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &Node, spec: &'static NodeSpec) {
    section_ui(ui, tr("Ports", "端口"), |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let links = cx.session.document().links();
        for input in spec.inputs {
            let from: Vec<NodeId> = links
                .iter()
                .filter(|link| link.to.node == node.id && link.to.port == input.id)
                .map(|link| link.from.node.clone())
                .collect();
            port_ui(ui, cx, input, false, &from);
        }
        for output in spec.outputs {
            let to: Vec<NodeId> = links
                .iter()
                .filter(|link| link.from.node == node.id && link.from.port == output.id)
                .map(|link| link.to.node.clone())
                .collect();
            port_ui(ui, cx, output, true, &to);
        }
    });
}

/// One port; a click goes to the node at the other end.
fn port_ui(ui: &mut Ui, cx: &mut Cx<'_>, port: &PortSpec, is_output: bool, others: &[NodeId]) {
    let tokens = tokens(ui);
    let names: Vec<String> = others.iter().map(|id| cx.title_of(id)).collect();
    let other = match (names.is_empty(), is_output) {
        (false, true) => format!("→ {}", names.join(tr(", ", "、"))),
        (false, false) => format!("← {}", names.join(tr(", ", "、"))),
        (true, true) => tr("leads nowhere", "未连出").to_owned(),
        (true, false) if port.is_required => tr("not wired", "未连接").to_owned(),
        (true, false) => tr("optional", "可选").to_owned(),
    };
    let name = widgets::sentence(port.label.tr());
    let sense = if others.is_empty() { Sense::hover() } else { Sense::click() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name} {other}")));
    if response.hovered() && !others.is_empty() {
        ui.painter().rect_filled(rect.expand2(vec2(6.0, 0.0)), size::RADIUS, tokens.hover);
    }
    widgets::focus_ring(ui, &response);
    let color = tokens.port(port.port_type);
    let fill = if others.is_empty() { tokens.panel } else { color };
    let y = rect.center().y;
    port_shape(
        ui.painter(),
        Some(port.port_type),
        pos2(rect.left() + 6.0, y),
        4.5,
        fill,
        Stroke::new(1.5, color),
    );
    let font = theme::regular(size::BODY);
    let label = ui.painter().text(
        pos2(rect.left() + 20.0, y),
        Align2::LEFT_CENTER,
        name,
        font.clone(),
        tokens.text,
    );
    let color = match (others.is_empty(), is_output || !port.is_required) {
        (true, false) => tokens.warning,
        (true, true) => tokens.weak,
        _ => tokens.strong,
    };
    let width = rect.right() - label.right() - 12.0;
    let mut job = egui::text::LayoutJob::simple_singleline(other.clone(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    ui.painter().galley(
        pos2(rect.right() - galley.size().x, y - galley.size().y / 2.0),
        galley,
        color,
    );
    let response = response.on_hover_ui(|ui| {
        ui.label(RichText::new(widgets::sentence(port.port_type.label().tr())).color(tokens.text));
        if !others.is_empty() {
            ui.label(RichText::new(other).color(tokens.weak));
        }
    });
    if response.clicked()
        && let Some(first) = others.first()
    {
        cx.go_to(first);
    }
}
