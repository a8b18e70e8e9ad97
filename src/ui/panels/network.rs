//! A network layer by layer: what each layer gives and costs, and how they are joined; known before anything runs.

mod diagram;
mod drawing;
mod layout;
mod list;
mod save;
mod scene;
mod view;

use std::sync::Arc;

use eframe::egui::{Align, Layout as UiLayout, RichText, Ui, Vec2, vec2};
use egui_material_icons::icons;
use pg_base::{Lang, say};
use pg_contract::{Facts, Network, PortType, Severity, Stage, Value};
use pg_pipeline::{Forecast, NodeId};

use crate::actions;
use crate::cx::Cx;
use crate::lang::{Tr, lang, tr};
use crate::panels::Tab;
use crate::panels::network::diagram::Click;
use crate::panels::network::layout::Layout;
use crate::panels::network::scene::Camera;
use crate::panels::network::view::NetworkView;
use crate::theme::{self, size, tokens};
use crate::values::Shown;
use crate::widgets;

/// Below this width the diagram stands under the list.
const WIDTH_FOR_TWO: f32 = 820.0;
const GAP: f32 = 12.0;

/// State of the panel.
#[derive(Debug, Default)]
pub struct NetworkPanel {
    camera: Camera,
    /// Id of the layer that is chosen.
    chosen: Option<String>,
    /// Layer to bring into view in the next frame.
    revealed: Option<usize>,
    shown: Option<Picture>,
}

/// The network that is drawn, made anew only when it changes.
#[derive(Debug)]
struct Picture {
    node: NodeId,
    network: Arc<Network>,
    lang: Lang,
    revision: u64,
    view: NetworkView,
    layout: Layout,
}

/// Draws it.
pub fn network_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some((node, port)) = cx.subject(PortType::Network) else {
        let text = tr(
            "Add a network: a ready-made one, or layer by layer. Its shapes and costs are shown here before anything runs.",
            "请添加一个网络：可用现成的，也可逐层搭建。其形状和开销在运行前就会显示在这里。",
        );
        let button = actions::ADD_NODE.label.tr();
        if widgets::empty_state(
            ui,
            icons::ICON_ACCOUNT_TREE,
            tr("No network yet", "还没有网络"),
            text,
            Some(button),
        ) {
            cx.act(&actions::ADD_NODE);
        }
        return;
    };
    let Some(network) = network_of(cx, &node, port) else {
        unknown_ui(ui, cx, &node);
        return;
    };
    let mut panel = std::mem::take(&mut cx.view.panels.network);
    panel.update(cx, &node, network);
    panel.draw_ui(ui, cx, port);
    cx.view.panels.network = panel;
}

/// The network on an output: as the analysis knows it, else as it came out of a run.
fn network_of(cx: &mut Cx<'_>, node: &str, port: &str) -> Option<Arc<Network>> {
    let index = cx.spec_of(node)?.outputs.iter().position(|output| output.id == port)?;
    if let Facts::Network(network) = cx.session.analysis().output(node, index) {
        return Some(network);
    }
    match cx.view.values.get(cx.egui, cx.session, node, port) {
        Shown::Ready(_, Value::Network(network)) => Some(network),
        _ => None,
    }
}

fn unknown_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &str) {
    let is_wrong = cx.session.analysis().at(node).any(|told| told.severity == Severity::Error);
    let title = cx.title_of(node);
    let facts = cx.session.analysis().facts.get(node);
    if facts.into_iter().flatten().any(|facts| matches!(facts, Facts::Plan(_))) {
        let words = say!("“{title}” is no network", "“{title}”不是网络");
        let text = tr(
            "It has no layers to draw. Wire it into Train; the result then tells what counted most.",
            "没有可绘制的层。请将其连接到“训练”，结果会显示影响最大的列。",
        );
        widgets::empty_state(ui, icons::ICON_ACCOUNT_TREE, words.tr(), text, None);
        return;
    }
    let words = say!("The layers of “{title}” are not known yet", "尚不清楚“{title}”有哪些层");
    let (text, button) = if is_wrong {
        (
            tr("Something is missing or does not fit.", "缺少内容，或有内容不匹配。"),
            Some(actions::PROBLEMS.label.tr()),
        )
    } else {
        (
            tr(
                "They follow from the data: connect what leads into it.",
                "它们取决于数据：请连接其输入。",
            ),
            None,
        )
    };
    if widgets::empty_state(ui, icons::ICON_ACCOUNT_TREE, words.tr(), text, button) {
        cx.show_tab(Tab::Problems);
    }
}

impl NetworkPanel {
    fn update(&mut self, cx: &Cx<'_>, node: &str, network: Arc<Network>) {
        let (lang, revision) = (lang(), cx.session.revision());
        let is_same = |shown: &Picture| {
            shown.node == node
                && shown.lang == lang
                && shown.revision == revision
                && shown.network == network
        };
        if self.shown.as_ref().is_some_and(is_same) {
            return;
        }
        let view = NetworkView::of(&network, cx.session);
        let inputs: Vec<Vec<usize>> =
            view.layers.iter().map(|layer| layer.inputs.clone()).collect();
        let layout = Layout::of(&inputs);
        let is_alike =
            self.shown.as_ref().is_some_and(|shown| shown.node == node && shown.layout == layout);
        if !is_alike {
            self.camera = Camera::default();
        }
        self.shown = Some(Picture { node: node.to_owned(), network, lang, revision, view, layout });
    }

    fn draw_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, port: &str) {
        let Some(shown) = &self.shown else { return };
        let node = shown.node.clone();
        let is_this = |forecast: &&Forecast| forecast.node == node && forecast.port == port;
        let forecast = cx.session.forecasts().iter().find(is_this);
        let title = cx.title_of(&node);
        let forecast = forecast.cloned();
        ui.horizontal(|ui| {
            if head_ui(ui, &title, &shown.view, forecast.as_ref()) {
                cx.go_to(&node);
            }
            ui.with_layout(UiLayout::right_to_left(Align::Center), |ui| {
                let (view, layout) = (&shown.view, &shown.layout);
                save::save_ui(ui, cx, &title, view, layout, self.camera.is_flowing_down());
            });
        });
        ui.add_space(6.0);
        if let Some(trouble) = &shown.view.trouble {
            widgets::notice_ui(ui, true, |ui| widgets::trouble_ui(ui, trouble));
            ui.add_space(6.0);
        }
        let chosen = self
            .chosen
            .as_ref()
            .and_then(|id| shown.view.layers.iter().position(|layer| layer.id == *id));
        let revealed = self.revealed.take();
        let place = Place::of(ui, shown.view.layers.len());
        let (mut clicked, mut in_diagram) = (None, None);
        ui.allocate_ui_with_layout(place.space, place.layout, |ui| {
            ui.spacing_mut().item_spacing = place.gap;
            ui.allocate_ui_with_layout(place.list, UiLayout::top_down(Align::Min), |ui| {
                ui.set_width(place.list.x);
                clicked = list::list_ui(ui, &shown.view, chosen, revealed);
            });
            let (view, layout) = (&shown.view, &shown.layout);
            in_diagram = diagram::diagram_ui(ui, &mut self.camera, view, layout, chosen, revealed);
        });
        let layer = |index: usize| shown.view.layers.get(index);
        let (index, is_open) = match (clicked, in_diagram) {
            (Some((index, is_open)), _) => (index, is_open),
            (None, Some(Click::Layer(index))) => (index, false),
            (None, Some(Click::Open(index))) => (index, true),
            (None, Some(Click::Nothing)) => {
                self.chosen = None;
                return;
            }
            (None, None) => return,
        };
        if is_open && let Some(node) = layer(index).map(|layer| layer.node.clone()) {
            cx.go_to(&node);
        }
        self.chosen = layer(index).map(|layer| layer.id.clone());
        self.revealed = Some(index);
    }
}

/// How list and diagram share the panel: side by side where it is wide, else the diagram below.
struct Place {
    space: Vec2,
    layout: UiLayout,
    gap: Vec2,
    list: Vec2,
}

impl Place {
    fn of(ui: &Ui, n_layers: usize) -> Self {
        let (space, usual) = (ui.available_size(), ui.spacing().item_spacing);
        if space.x >= WIDTH_FOR_TWO {
            let width = (space.x * 0.42).clamp(list::MIN_WIDTH, 640.0).min(space.x * 0.6);
            let layout = UiLayout::left_to_right(Align::Min);
            Self { space, layout, gap: vec2(GAP, usual.y), list: vec2(width, space.y) }
        } else {
            let height = (space.y * 0.5).min(size::ROW * (n_layers + 1) as f32 + 8.0);
            let layout = UiLayout::top_down(Align::Min);
            Self { space, layout, gap: usual, list: vec2(space.x, height) }
        }
    }
}

/// The name of the node and what the whole network costs; true where the name was clicked.
fn head_ui(ui: &mut Ui, title: &str, view: &NetworkView, forecast: Option<&Forecast>) -> bool {
    let tokens = tokens(ui);
    let mut is_clicked = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let icon = icons::ICON_ACCOUNT_TREE.rich_text().size(size::ICON).color(tokens.stage(Stage::Model));
        ui.label(icon);
        let name = RichText::new(title).font(theme::bold(size::BODY + 1.0)).color(tokens.strong);
        let name = ui.add(eframe::egui::Button::new(name).frame(false));
        is_clicked = name.on_hover_text(tr("Show it on the canvas", "在画布上显示")).clicked();
        ui.add_space(8.0);
        let mut fact = |value: &str, label: &str, help: &str| {
            let label = RichText::new(label).size(size::SMALL).color(tokens.weak);
            let value = RichText::new(value).font(theme::bold(size::BODY)).color(tokens.text);
            let response = ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 5.0;
                ui.label(value);
                ui.label(label);
            });
            if !help.is_empty() {
                response.response.on_hover_text(help);
            }
            ui.add_space(6.0);
        };
        fact(&widgets::count(view.layers.len() as u64), tr("layers", "层"), "");
        if let Some(total) = view.total {
            fact(
                &widgets::count(total.n_params),
                tr("parameters", "个参数"),
                tr("Numbers that training adjusts.", "训练所调整的数值个数。"),
            );
            fact(
                &compact(total.n_macs),
                tr("multiply-adds per row", "次乘加/行"),
                tr("Work for one prediction.", "一次预测所需的计算量。"),
            );
        }
        if let Some((bytes, n_rows)) = forecast.and_then(|forecast| forecast.training_bytes.zip(forecast.batch_size)) {
            let help = say!(
                "An estimate for batches of {n_rows} rows: weights, gradients, the optimizer's memory and what is kept of each row.",
                "按每批 {n_rows} 行估算：权重、梯度、优化器状态以及每行保留的中间结果。"
            );
            fact(&widgets::bytes(bytes), tr("while training", "训练时内存"), help.tr());
        }
    });
    is_clicked
}

/// A large count in a few signs: `61.7 k`.
fn compact(number: u64) -> String {
    let value = number as f64;
    let (value, unit) = match number {
        0..=9_999 => return widgets::count(number),
        10_000..=999_999 => (value / 1e3, "k"),
        1_000_000..=999_999_999 => (value / 1e6, "M"),
        _ => (value / 1e9, "G"),
    };
    let decimals = usize::from(value < 100.0);
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_counts_are_short() {
        let check = |number: u64, expected: &str| assert_eq!(compact(number), expected);
        check(9_999, "9999");
        check(61_706, "61.7 k");
        check(416_520, "417 k");
        check(25_600_000, "25.6 M");
        check(7_000_000_000, "7.0 G");
    }
}
