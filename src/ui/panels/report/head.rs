//! The top of a report: whose it is, how good the model is in one sentence, and what the model is.

use eframe::egui::{Align, Button, Color32, Label, Layout, RichText, Ui};
use egui_material_icons::{MaterialIcon, icons};
use pg_base::{ParamKind, ParamValue, Words, say};
use pg_contract::{PortType, Stage, ValueSummary};

use super::dashboard::Dashboard;
use super::words::Verdict;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{self, Tokens, size, tokens};
use crate::widgets;

/// Size of the one sentence.
const SENTENCE: f32 = 19.0;

/// What the rows are called that a node judges on.
///
/// Nodes that let a person choose them call the parameter `rows`; no kind is named here.
pub(super) fn rows_of(cx: &Cx<'_>, node: &str) -> Words {
    let chosen = || {
        let spec = cx.spec_of(node)?.param("rows")?;
        let ParamKind::Choice { options, .. } = spec.kind else { return None };
        let Some(ParamValue::Text(id)) = cx.session.document().node(node)?.params.get(spec.id)
        else {
            return None;
        };
        let label = options.iter().find(|option| option.id == id)?.label;
        Some(Words { en: label.en.to_lowercase(), zh: label.zh.to_owned() })
    };
    chosen().unwrap_or_else(|| say!("rows", "数据"))
}

/// Draws it; true where the name of the node was clicked.
pub(super) fn head_ui(ui: &mut Ui, cx: &Cx<'_>, board: &Dashboard) -> bool {
    let tokens = tokens(ui);
    let mut is_clicked = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let icon = icons::ICON_FACT_CHECK
            .rich_text()
            .size(size::ICON)
            .color(tokens.stage(Stage::Evaluate));
        ui.label(icon);
        let name = RichText::new(cx.title_of(&board.stamp.node)).color(tokens.text);
        let name = ui.add(Button::new(name).frame(false));
        is_clicked = name.on_hover_text(tr("Show it on the canvas", "在画布上显示")).clicked();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let facts = RichText::new(model_facts(cx, &board.stamp.node))
                .size(size::SMALL)
                .color(tokens.weak);
            ui.add(Label::new(facts).truncate());
        });
    });
    ui.add_space(2.0);
    if board.headline.main.is_empty() {
        return is_clicked;
    }
    let sentence =
        RichText::new(&board.headline.main).font(theme::bold(SENTENCE)).color(tokens.strong);
    ui.add(Label::new(sentence).wrap());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        if let Some(verdict) = board.headline.verdict {
            let (icon, color) = mark(verdict, tokens);
            ui.label(icon.rich_text().size(size::ICON).color(color));
            ui.label(RichText::new(verdict.text()).font(theme::bold(size::BODY)).color(color));
        }
        if !board.headline.beside.is_empty() {
            ui.label(RichText::new(&board.headline.beside).color(tokens.text));
        }
    });
    is_clicked
}

/// Told apart by shape as well as by colour.
fn mark(verdict: Verdict, tokens: &Tokens) -> (MaterialIcon, Color32) {
    match verdict {
        Verdict::Good => (icons::ICON_CHECK_CIRCLE, tokens.good),
        Verdict::Fair => (icons::ICON_TRENDING_UP, tokens.good),
        Verdict::Poor => (icons::ICON_WARNING, tokens.warning),
        Verdict::Useless => (icons::ICON_ERROR, tokens.bad),
    }
}

/// What is known of the model that the node gives, else of the one that leads into it:
/// `563 parameters · 57 epochs, the best was 42 · CPU`.
fn model_facts(cx: &Cx<'_>, node: &str) -> String {
    let model_of = |node: &str, port: &str| {
        let spec = cx.spec_of(node)?;
        let port = spec.output(port)?;
        let entry = cx.session.entry(node).filter(|_| port.port_type == PortType::Model)?;
        // A node that takes a model and hands one on did not train it in its own time.
        let has_trained = spec.inputs.iter().all(|input| input.port_type != PortType::Model);
        let seconds = has_trained.then_some(entry.seconds);
        entry.outputs.get(port.id).map(|summary| (summary, seconds))
    };
    let outputs = cx.spec_of(node).into_iter().flat_map(|spec| spec.outputs);
    let mut models: Vec<_> = outputs.filter_map(|port| model_of(node, port.id)).collect();
    if models.is_empty() {
        let into = cx.session.document().links().iter().filter(|link| link.to.node == node);
        models = into.filter_map(|link| model_of(&link.from.node, &link.from.port)).collect();
    }
    let mut facts = Vec::new();
    let mut has_network = false;
    for (summary, seconds) in models {
        if let ValueSummary::Estimator { method, size, .. } = summary {
            facts.extend([method.tr().to_owned(), size.tr().to_owned()]);
        }
        let ValueSummary::Model { n_params, n_epochs, best_epoch } = summary else { continue };
        has_network = true;
        let params = widgets::count(*n_params);
        facts.push(say!("{params} parameters", "{params} 个参数").tr().to_owned());
        let words = match seconds.map(widgets::duration) {
            Some(time) => say!(
                "{n_epochs} epochs in {time}, the best was {best_epoch}",
                "训练 {n_epochs} 轮，用时 {time}，第 {best_epoch} 轮最佳"
            ),
            None => say!(
                "{n_epochs} epochs, the best was {best_epoch}",
                "训练 {n_epochs} 轮，第 {best_epoch} 轮最佳"
            ),
        };
        facts.push(words.tr().to_owned());
    }
    if has_network {
        let device = cx.session.device();
        let infos = cx.session.core().devices();
        let name =
            infos.infos().find(|info| info.id == device).map_or(device, |info| info.name.as_str());
        facts.push(name.to_owned());
    }
    facts.join(" · ")
}
