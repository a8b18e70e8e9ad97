//! The help of a node kind: what it does, and a picture of its ports as they look on the canvas.

use eframe::egui::{
    self, Align2, CornerRadius, Frame, Margin, Rect, RichText, Sense, Stroke, StrokeKind, Ui, Vec2,
    pos2, vec2,
};
use pg_contract::{NodeSpec, PortSpec, Status};

use crate::canvas::port_shape;
use crate::icons;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Width of the help.
pub(super) const WIDTH: f32 = 300.0;
const PORT_PITCH: f32 = 22.0;

/// Draws it.
pub(super) fn card_ui(ui: &mut Ui, spec: &NodeSpec) {
    Frame::new().inner_margin(Margin::same(6)).show(ui, |ui| {
        ui.set_width(WIDTH - 12.0);
        ui.spacing_mut().item_spacing.y = 6.0;
        text_ui(ui, spec);
    });
}

fn text_ui(ui: &mut Ui, spec: &NodeSpec) {
    let tokens = tokens(ui);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
        icons::kind_icon_ui(ui, spec.id, spec.stage, rect, tokens.stage(spec.stage));
        ui.label(RichText::new(spec.text.title.tr()).font(theme::bold(14.0)).color(tokens.strong));
        if spec.status == Status::Preview {
            preview_badge(ui);
        }
    });
    ui.add(egui::Label::new(RichText::new(spec.text.summary.tr()).color(tokens.text)).wrap());
    ui.add_space(2.0);
    ports_ui(ui, spec);
    ui.add_space(2.0);
    ui.add(egui::Label::new(RichText::new(spec.text.help.tr()).color(tokens.weak)).wrap());
    let hint = tr("Drag it onto the canvas, or press Enter.", "拖到画布上，或按 Enter 键添加。");
    ui.add(egui::Label::new(RichText::new(hint).size(size::SMALL).color(tokens.weak)).wrap());
}

/// The mark of kinds that may still change.
pub(super) fn preview_badge(ui: &mut Ui) {
    let tokens = tokens(ui);
    let text = tr("Preview", "预览");
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::regular(10.5), tokens.weak);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(10.0, 3.0), Sense::hover());
    ui.painter().rect_stroke(
        rect,
        CornerRadius::same(4),
        Stroke::new(1.0, tokens.border),
        StrokeKind::Inside,
    );
    ui.painter().galley(
        Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min,
        galley,
        tokens.weak,
    );
    response.on_hover_text(tr("This kind may still change.", "该节点类型仍可能变动。"));
}

/// A small node with its ports and their names.
fn ports_ui(ui: &mut Ui, spec: &NodeSpec) {
    let tokens = tokens(ui);
    let n_lines = spec.inputs.len().max(spec.outputs.len()).max(1);
    let height = PORT_PITCH * n_lines as f32 + 10.0;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let (inputs, outputs) = (names(spec.inputs), names(spec.outputs));
    response.widget_info(|| {
        let text =
            format!("{}: {inputs}. {}: {outputs}", tr("Inputs", "输入"), tr("Outputs", "输出"));
        egui::WidgetInfo::labeled(egui::Role::Label, true, text)
    });
    let body = Rect::from_center_size(rect.center(), vec2(rect.width() - 12.0, height));
    let edge = Stroke::new(1.0, tokens.border);
    ui.painter().rect(
        body,
        CornerRadius::same(size::CARD_RADIUS),
        tokens.card,
        edge,
        StrokeKind::Inside,
    );
    let port = |index: usize, n_ports: usize, port: &PortSpec, is_output: bool| {
        let y = body.center().y + (index as f32 - (n_ports as f32 - 1.0) / 2.0) * PORT_PITCH;
        let (x, align, dx) = if is_output {
            (body.right(), Align2::RIGHT_CENTER, -14.0)
        } else {
            (body.left(), Align2::LEFT_CENTER, 14.0)
        };
        let color = tokens.port(port.port_type);
        let fill = if port.is_required { color } else { tokens.card };
        port_shape(
            ui.painter(),
            Some(port.port_type),
            pos2(x, y),
            5.0,
            fill,
            Stroke::new(1.5, color),
        );
        let font = theme::regular(size::SMALL);
        ui.painter().text(pos2(x + dx, y), align, name(port), font, tokens.text);
    };
    for (index, input) in spec.inputs.iter().enumerate() {
        port(index, spec.inputs.len(), input, false);
    }
    for (index, output) in spec.outputs.iter().enumerate() {
        port(index, spec.outputs.len(), output, true);
    }
}

fn name(port: &PortSpec) -> String {
    let mut name = widgets::sentence(port.label.tr());
    if port.takes_many {
        name.push_str(tr(" (several)", "（多条）"));
    } else if !port.is_required {
        name.push_str(tr(" (optional)", "（可选）"));
    }
    name
}

fn names(ports: &[PortSpec]) -> String {
    ports.iter().map(name).collect::<Vec<_>>().join(", ")
}
