//! A training while it runs and after: how it stands, its curves, what they say, and the buttons to hold or end it.

mod before;
pub(crate) mod charts;
mod header;
mod live;
mod source;
mod stats;
mod trouble;

use eframe::egui::{Rect, ScrollArea, Sense, Ui, UiBuilder, Vec2, pos2, vec2};
use egui_material_icons::icons;
use pg_base::{Lang, Words, say};
use pg_contract::{Facts, PortSpec, PortType, ValueSummary};
use pg_nn::train::diagnosis::{Remark, diagnose};
use pg_pipeline::NodeId;
use pg_session::{Event, NodeStatus};

use crate::cx::Cx;
use crate::figure::{Figure, figure_card_ui};
use crate::lang::{Tr as _, lang, tr};
use crate::panels::Tab;
use crate::panels::training::charts::Look;
use crate::panels::training::live::{Live, Lives, State};
use crate::panels::training::source::Curves;
use crate::values::{Key, Shown};
use crate::widgets;

/// Width of the numbers beside the curves, and of the panel below which they are left out.
const STATS_WIDTH: f32 = 184.0;
const WIDTH_FOR_STATS: f32 = 540.0;
/// Width of the learning rate's card, and of the panel below which it is left out.
const RATE_WIDTH: f32 = 190.0;
const WIDTH_FOR_RATE: f32 = 1080.0;
/// The curves are never lower than this; a lower panel scrolls.
const MIN_HEIGHT: f32 = 110.0;
/// Space between cards.
const GAP: f32 = 10.0;

/// State of the panel.
#[derive(Debug)]
pub struct TrainingPanel {
    lives: Lives,
    is_paused: bool,
    look: Look,
    picture: Option<Picture>,
    /// The node that the person chose here, and what was chosen on the canvas then.
    pinned: Option<(NodeId, Option<NodeId>)>,
    /// The panel that was shown when the job began.
    tab_at_start: Option<(Tab, bool)>,
}

/// Everything that is drawn of the curves, made anew only when something in it changes.
#[derive(Debug)]
struct Picture {
    stamp: Stamp,
    curves: Curves,
    remarks: Vec<Remark>,
    loss: Figure,
    score: Figure,
    rate: Figure,
}

#[derive(Clone, Debug, PartialEq)]
struct Stamp {
    node: NodeId,
    n_heard: u64,
    value: Option<Key>,
    look: Look,
    lang: Lang,
}

impl Default for TrainingPanel {
    fn default() -> Self {
        Self {
            lives: Lives::default(),
            is_paused: false,
            look: Look { smoothing: 0.0, is_log: false },
            picture: None,
            pinned: None,
            tab_at_start: None,
        }
    }
}

impl TrainingPanel {
    /// Training losses of the epochs of a node's last training in this window; empty where there was none.
    pub fn losses_of(&self, node: &str) -> Vec<f64> {
        let live = self.lives.get(node);
        live.map(|live| live.epochs.iter().map(|epoch| epoch.training_loss).collect())
            .unwrap_or_default()
    }

    /// Whether the training is held.
    pub fn is_paused(&self) -> bool {
        self.is_paused
    }
}

/// Follows what happens; a training that begins comes to the front, unless the person looks elsewhere on purpose.
pub fn hear(cx: &mut Cx<'_>, event: &Event) {
    let here = (cx.view.panels.tab, cx.view.panels.is_open);
    let panel = &mut cx.view.panels.training;
    let has_begun = panel.lives.hear(event);
    panel.is_paused = panel.lives.is_paused();
    match event {
        Event::JobStarted { .. } => panel.tab_at_start = Some(here),
        Event::ProjectOpened { .. } => {
            panel.pinned = None;
            panel.picture = None;
        }
        _ => {}
    }
    if has_begun {
        panel.pinned = None;
        if panel.tab_at_start == Some(here) {
            cx.show_tab(Tab::Training);
        }
    }
}

/// Draws it.
pub fn training_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut panel = std::mem::take(&mut cx.view.panels.training);
    panel.draw_ui(ui, cx);
    cx.view.panels.training = panel;
}

impl TrainingPanel {
    fn draw_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let nodes = self.nodes(cx);
        let Some(node) = self.node(cx, &nodes) else {
            before::nothing_trains_ui(ui, cx);
            return;
        };
        let is_drawn = self.look_at(cx, &node);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            if nodes.len() > 1 {
                self.chooser_ui(ui, cx, &nodes, &node);
            }
            if let Some(method) = method_of(cx, &node).filter(|_| !is_drawn) {
                no_epochs_ui(ui, &method);
                return;
            }
            let (Some(picture), true) = (&self.picture, is_drawn) else {
                before::before_ui(ui, cx, &node);
                return;
            };
            let live = self.lives.get(&node);
            let mut standing = header::standing(live, &picture.curves);
            if live.is_some_and(|live| live.state == State::Done) && is_outdated(cx, &node) {
                standing.add(tr("settings have changed since", "此后设置已更改"));
            }
            let mut look = self.look;
            header::header_ui(ui, cx, live, &standing, &picture.remarks, &mut look);
            if let Some(live) = live.filter(|live| live.is_active()) {
                header::bars_ui(ui, live);
            }
            ui.add_space(2.0);
            body_ui(ui, cx, &node, live, picture);
            self.look = look;
        });
    }

    /// Nodes that give a model or were heard training, without those that only hand a model on.
    fn nodes(&self, cx: &Cx<'_>) -> Vec<NodeId> {
        let is_model = |port: &PortSpec| port.port_type == PortType::Model;
        let gives_model = |node: &NodeId| {
            let Some(spec) = cx.spec_of(node) else { return false };
            let trains = || cx.session.forecast_of(node).is_some() || has_history(cx, node);
            spec.outputs.iter().any(is_model) && (!spec.inputs.iter().any(is_model) || trains())
        };
        let order = &cx.session.analysis().order;
        let trains = |node: &&NodeId| gives_model(node) || self.lives.get(node).is_some();
        order.iter().filter(trains).cloned().collect()
    }

    /// The node that is shown: the one chosen here, the one that trains, the one chosen on the canvas, the last one.
    fn node(&mut self, cx: &Cx<'_>, nodes: &[NodeId]) -> Option<NodeId> {
        let on_canvas = cx.chosen_node().map(|node| node.id.clone());
        if self
            .pinned
            .as_ref()
            .is_some_and(|(node, before)| *before != on_canvas || !nodes.contains(node))
        {
            self.pinned = None;
        }
        let is_there = |node: &NodeId| nodes.contains(node);
        let pinned = self.pinned.as_ref().map(|(node, _)| node.clone());
        let current = self.lives.current().cloned();
        let subject = || cx.subject(PortType::Model).map(|(node, _)| node);
        let found = pinned.or(current).or_else(|| on_canvas.filter(is_there)).or_else(subject);
        found.filter(is_there).or_else(|| nodes.last().cloned())
    }

    /// Makes the picture of a node; false where there is nothing to show of it.
    fn look_at(&mut self, cx: &mut Cx<'_>, node: &str) -> bool {
        let live = self.lives.get(node);
        let spec = cx.spec_of(node);
        let port = spec
            .and_then(|spec| spec.outputs.iter().find(|port| port.port_type == PortType::Model));
        let value = match port.filter(|_| !live.is_some_and(Live::is_active)) {
            Some(port) => cx.view.values.get(cx.egui, cx.session, node, port.id),
            None => Shown::Absent,
        };
        let (key, value) = match value {
            Shown::Ready(key, value) => (Some(key), Some(value)),
            // What was drawn stays until the new one is read.
            Shown::Loading if live.is_none() => {
                return self.picture.as_ref().is_some_and(|old| old.stamp.node == node);
            }
            Shown::Absent | Shown::Loading | Shown::Failed(_) => (None, None),
        };
        let n_heard = live.map_or(0, |live| live.n_heard);
        let stamp =
            Stamp { node: node.to_owned(), n_heard, value: key, look: self.look, lang: lang() };
        if self.picture.as_ref().is_some_and(|picture| picture.stamp == stamp) {
            return true;
        }
        let of_value = value.and_then(|value| Curves::of_value(&value, live));
        let heard = || live.map(|live| Curves::of_live(live, source::score_name(cx.session, node)));
        let Some(curves) = of_value.or_else(heard) else { return false };
        self.picture = Some(Picture {
            loss: charts::loss(&curves, self.look),
            score: charts::score(&curves, self.look),
            rate: charts::rate(&curves),
            remarks: diagnose(&curves.history()),
            curves,
            stamp,
        });
        true
    }

    fn chooser_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, nodes: &[NodeId], node: &str) {
        ui.horizontal(|ui| {
            let titles: Vec<String> = nodes.iter().map(|id| cx.title_of(id)).collect();
            let mut tabs: Vec<(usize, String)> = Vec::new();
            for (index, title) in titles.iter().enumerate() {
                // Equal titles are told apart by a number.
                let n_alike = |n_first: usize| {
                    titles.iter().take(n_first).filter(|other| *other == title).count()
                };
                let shown = if n_alike(titles.len()) > 1 {
                    format!("{title} {}", n_alike(index + 1))
                } else {
                    title.clone()
                };
                tabs.push((index, shown));
            }
            let chosen = nodes.iter().position(|id| id == node).unwrap_or_default();
            if let Some(id) = widgets::tabs(ui, chosen, &tabs).and_then(|index| nodes.get(index)) {
                self.pinned = Some((id.clone(), cx.chosen_node().map(|node| node.id.clone())));
            }
        });
    }
}

/// Whether the model that a node has given learnt there: its epochs are not those of a model that came in.
fn has_history(cx: &Cx<'_>, node: &str) -> bool {
    let models = |node: &str| {
        let outputs = cx.session.entry(node).into_iter().flat_map(|entry| entry.outputs.values());
        outputs.filter(|summary| matches!(summary, ValueSummary::Model { .. })).collect::<Vec<_>>()
    };
    let links = cx.session.document().links().iter().filter(|link| link.to.node == node);
    let came_in: Vec<&ValueSummary> = links.flat_map(|link| models(&link.from.node)).collect();
    models(node).iter().any(|summary| !came_in.contains(summary))
}

/// The classical method that a node fits or has fitted, in words; none for a network.
fn method_of(cx: &Cx<'_>, node: &str) -> Option<Words> {
    let learnt = cx.session.entry(node).into_iter().flat_map(|entry| entry.outputs.values());
    let learnt = learnt.filter_map(|summary| match summary {
        ValueSummary::Estimator { method, size, .. } => {
            let (en, zh, size_zh) = (&method.en, &method.zh, &size.zh);
            Some(say!("{en}: {size}", "{zh}：{size_zh}"))
        }
        _ => None,
    });
    let links = cx.session.document().links().iter().filter(|link| link.to.node == node);
    let facts = links.filter_map(|link| cx.session.analysis().facts.get(&link.from.node)).flatten();
    let planned = facts.filter_map(|facts| match facts {
        Facts::Plan(plan) => Some(Words::from(plan.method.title())),
        _ => None,
    });
    learnt.chain(planned).next()
}

fn no_epochs_ui(ui: &mut Ui, method: &Words) {
    let text = tr(
        "It does not learn in epochs, so there is no curve to follow. Its result is beside the node, its quality in the report.",
        "该方法不按轮次学习，因此没有曲线。结果显示在节点旁，质量见报告。",
    );
    widgets::empty_state(ui, icons::ICON_ACCOUNT_TREE, method.tr(), text, None);
}

/// Whether the settings are not those of the training that was heard.
fn is_outdated(cx: &Cx<'_>, node: &str) -> bool {
    matches!(cx.view.statuses.get(node), Some(NodeStatus::Stale { .. }))
}

/// Cards side by side, and the numbers or what went wrong at the right.
fn body_ui(ui: &mut Ui, cx: &mut Cx<'_>, node: &str, live: Option<&Live>, picture: &Picture) {
    let notice = trouble::notice(cx, node, live);
    let size = vec2(ui.available_width(), ui.available_height().max(MIN_HEIGHT));
    let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
    let side = match &notice {
        Some(_) => trouble::WIDTH,
        None if size.x >= WIDTH_FOR_STATS => STATS_WIDTH,
        None => 0.0,
    };
    let rate = if size.x >= WIDTH_FOR_RATE && notice.is_none() { RATE_WIDTH } else { 0.0 };
    let with_gap = |width: f32| if width > 0.0 { width + GAP } else { 0.0 };
    let card = ((size.x - with_gap(side) - with_gap(rate) - GAP) / 2.0).floor().max(120.0);
    let mut left = whole.left();
    let mut part = |ui: &mut Ui, width: f32, content: &mut dyn FnMut(&mut Ui, Vec2)| {
        if width > 0.0 {
            let rect = Rect::from_min_size(pos2(left, whole.top()), vec2(width, size.y));
            ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| content(ui, rect.size()));
            left += width + GAP;
        }
    };
    for (figure, width) in [(&picture.loss, card), (&picture.score, card), (&picture.rate, rate)] {
        part(ui, width, &mut |ui, size| {
            figure_card_ui(ui, cx, figure, size);
        });
    }
    part(ui, side, &mut |ui, size| {
        if let Some(notice) = &notice {
            ScrollArea::vertical()
                .id_salt("notice")
                .show(ui, |ui| trouble::notice_ui(ui, cx, notice));
        } else {
            let rows = stats::rows(cx.session, live, &picture.curves);
            let curve = if rate > 0.0 { &[][..] } else { &picture.curves.rates };
            stats::stats_ui(ui, &rows, curve, size.y);
        }
    });
}
