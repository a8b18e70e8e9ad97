//! The document as it is laid out: cards with their ports and texts, and wires as lines; made anew when something changes.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::{Pos2, Rect, pos2, vec2};
use pg_base::{ParamKind, ParamSpec, ParamValue, Text};
use pg_contract::{Facts, NodeSpec, PortSpec, PortType, Severity, Stage, ValueSummary};
use pg_pipeline::plan::NEVER_RUN;
use pg_pipeline::{Link, Node, NodeId};
use pg_session::{NodeStatus, Session};

use super::wires;
use crate::lang::{Tr, tr};
use crate::names;
use crate::theme::size::GRID;
use crate::widgets;

/// Width of every card.
pub(crate) const WIDTH: f32 = 7.0 * GRID;
/// Height of the title.
pub(crate) const TITLE: f32 = 36.0;
/// Height of one line of parameters.
pub(crate) const LINE: f32 = 18.0;
/// Lines of parameters at most.
const MAX_LINES: usize = 3;
/// From the top of a card to its first port.
const FIRST_PORT: f32 = 48.0;

/// How a node stands, as the canvas shows it: each with its own colour and shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Light {
    /// Something is missing or wrong.
    NotReady,
    /// Could run.
    Ready,
    /// Ran, but something changed since.
    Stale,
    /// Waits in a run.
    Queued,
    /// Runs.
    Running(Option<f32>),
    /// Its result is there.
    Done,
    /// Its result is there, with a warning.
    Warned,
    /// It failed.
    Failed,
    /// Passed over.
    Muted,
}

/// A port on a card.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) id: String,
    pub(crate) label: Option<Text>,
    /// None for the ports of kinds that are not known.
    pub(crate) port_type: Option<PortType>,
    pub(crate) is_required: bool,
    /// In the world.
    pub(crate) at: Pos2,
    pub(crate) is_wired: bool,
}

/// A node on the canvas.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub(crate) id: NodeId,
    pub(crate) kind: String,
    pub(crate) spec: Option<&'static NodeSpec>,
    pub(crate) stage: Stage,
    pub(crate) title: String,
    /// In the world.
    pub(crate) rect: Rect,
    pub(crate) is_muted: bool,
    pub(crate) is_collapsed: bool,
    pub(crate) inputs: Vec<Port>,
    pub(crate) outputs: Vec<Port>,
    /// Label and value of key parameters.
    pub(crate) lines: Vec<(String, String)>,
    /// What is known of its result.
    pub(crate) badge: String,
    pub(crate) light: Light,
    /// Why the light is as it is.
    pub(crate) why: String,
}

/// A wire as a line.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) link: Link,
    pub(crate) port_type: Option<PortType>,
    pub(crate) to_card: usize,
    /// Place of the input among those of its card, from the top.
    pub(crate) rank: usize,
    pub(crate) from: Pos2,
    pub(crate) to: Pos2,
    pub(crate) bends: Vec<Pos2>,
    /// Its curve in the world.
    pub(crate) points: Vec<Pos2>,
    pub(crate) bounds: Rect,
}

/// Everything that lies on the canvas.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scene {
    pub(crate) cards: Vec<Card>,
    pub(crate) wires: Vec<Wire>,
    index: BTreeMap<NodeId, usize>,
}

impl Scene {
    /// Lays out the document as it is now.
    pub(crate) fn of(session: &Session, statuses: &BTreeMap<NodeId, NodeStatus>) -> Self {
        let document = session.document();
        let wired: BTreeSet<(&str, &str, bool)> = document
            .links()
            .iter()
            .flat_map(|link| {
                [
                    (link.from.node.as_str(), link.from.port.as_str(), true),
                    (link.to.node.as_str(), link.to.port.as_str(), false),
                ]
            })
            .collect();
        let told = Told::of(session);
        let mut scene = Self::default();
        for node in document.nodes() {
            scene.index.insert(node.id.clone(), scene.cards.len());
            scene.cards.push(card(session, node, statuses.get(&node.id), &wired, &told));
        }
        for link in document.links() {
            if let Some(wire) = scene.wire(session, link) {
                scene.wires.push(wire);
            }
        }
        scene
    }

    /// The card of a node.
    pub(crate) fn card(&self, node: &str) -> Option<&Card> {
        self.index.get(node).and_then(|index| self.cards.get(*index))
    }

    /// What all nodes cover together.
    pub(crate) fn bounds(&self) -> Option<Rect> {
        bounds_of(self.cards.iter())
    }

    /// What some nodes cover together.
    pub(crate) fn bounds_of_nodes<'a>(
        &self,
        nodes: impl IntoIterator<Item = &'a NodeId>,
    ) -> Option<Rect> {
        bounds_of(nodes.into_iter().filter_map(|node| self.card(node)))
    }

    /// The topmost card under a point of the world.
    pub(crate) fn card_at(&self, world: Pos2) -> Option<&Card> {
        self.cards.iter().rev().find(|card| card.rect.contains(world))
    }

    /// The port within `reach` of a point of the world, outputs before inputs: its card, and whether it is an output.
    pub(crate) fn port_at(&self, world: Pos2, reach: f32) -> Option<(&Card, &Port, bool)> {
        let near = self.cards.iter().rev().filter(|card| card.rect.expand(reach).contains(world));
        let ports = near.flat_map(|card| {
            let outputs = card.outputs.iter().map(move |port| (card, port, true));
            outputs.chain(card.inputs.iter().map(move |port| (card, port, false)))
        });
        let distance = |port: &Port| port.at.distance(world);
        ports
            .filter(|(_, port, _)| distance(port) <= reach)
            .min_by(|(_, a, _), (_, b, _)| distance(a).total_cmp(&distance(b)))
    }

    /// The wire within `reach` of a point of the world.
    pub(crate) fn wire_at(&self, world: Pos2, reach: f32) -> Option<&Wire> {
        let near = self.wires.iter().filter(|wire| wire.bounds.expand(reach).contains(world));
        near.map(|wire| (wires::distance(&wire.points, world), wire))
            .filter(|(distance, _)| *distance <= reach)
            .min_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, wire)| wire)
    }

    fn wire(&self, session: &Session, link: &Link) -> Option<Wire> {
        let to_card = *self.index.get(&link.to.node)?;
        let port = |ports: &[Port], id: &str| {
            ports.iter().find(|port| port.id == id).map(|port| (port.at, port.port_type))
        };
        let (from, port_type) = port(&self.card(&link.from.node)?.outputs, &link.from.port)?;
        let (to, _) = port(&self.cards.get(to_card)?.inputs, &link.to.port)?;
        let bends: Vec<Pos2> =
            session.document().bends(link).iter().map(|[x, y]| pos2(*x, *y)).collect();
        let inputs = &self.cards.get(to_card)?.inputs;
        let rank = inputs.iter().position(|port| port.id == link.to.port).unwrap_or_default();
        let points = wires::curve(from, to, &bends, rank);
        let bounds = Rect::from_points(&points);
        Some(Wire { link: link.clone(), port_type, to_card, rank, from, to, bends, points, bounds })
    }
}

fn bounds_of<'a>(cards: impl Iterator<Item = &'a Card>) -> Option<Rect> {
    cards.map(|card| card.rect).reduce(Rect::union)
}

/// What is told about nodes, gathered once for all cards.
struct Told<'a> {
    diagnostics: BTreeMap<&'a str, (Severity, String)>,
    shapes: BTreeMap<&'a str, String>,
}

impl<'a> Told<'a> {
    fn of(session: &'a Session) -> Self {
        let mut diagnostics: BTreeMap<&str, (Severity, String)> = BTreeMap::new();
        for diagnostic in &session.analysis().diagnostics {
            let is_worse = diagnostics
                .get(diagnostic.node.as_str())
                .is_none_or(|(severity, _)| *severity < diagnostic.severity);
            if is_worse {
                let found = widgets::sentence(diagnostic.trouble.details.found.tr());
                diagnostics.insert(&diagnostic.node, (diagnostic.severity, found));
            }
        }
        let mut shapes = BTreeMap::new();
        for forecast in session.forecasts() {
            let n_params = forecast.summary.total.n_params;
            let shape = forecast.shape.clone().unwrap_or_default();
            let text = if n_params > 0 {
                format!("{shape} · {} {}", widgets::count(n_params), tr("par.", "参数"))
            } else {
                shape
            };
            shapes.insert(forecast.node.as_str(), text);
        }
        Self { diagnostics, shapes }
    }
}

fn card(
    session: &Session,
    node: &Node,
    status: Option<&NodeStatus>,
    wired: &BTreeSet<(&str, &str, bool)>,
    told: &Told<'_>,
) -> Card {
    let spec = session.core().registry().get(&node.kind);
    let lines = if node.is_collapsed {
        Vec::new()
    } else {
        spec.map(|spec| key_lines(session, spec, node)).unwrap_or_default()
    };
    let n_ports = spec.map_or(1, |spec| spec.inputs.len().max(spec.outputs.len()));
    let by_lines = TITLE + lines.len() as f32 * LINE + 32.0;
    let by_ports = FIRST_PORT + n_ports.saturating_sub(1) as f32 * GRID + GRID;
    let height =
        if node.is_collapsed { TITLE } else { (by_lines.max(by_ports) / GRID).ceil() * GRID };
    let rect = Rect::from_min_size(pos2(node.position[0], node.position[1]), vec2(WIDTH, height));
    let ports = |specs: &'static [PortSpec], is_output: bool| -> Vec<Port> {
        let x = if is_output { rect.right() } else { rect.left() };
        let place = |index: usize| {
            let y = if node.is_collapsed {
                rect.top() + TITLE * (index as f32 + 1.0) / (specs.len() as f32 + 1.0)
            } else {
                rect.top() + FIRST_PORT + index as f32 * GRID
            };
            pos2(x, y)
        };
        let port = |(index, spec): (usize, &PortSpec)| Port {
            id: spec.id.to_owned(),
            label: Some(spec.label),
            port_type: Some(spec.port_type),
            is_required: spec.is_required,
            at: place(index),
            is_wired: wired.contains(&(node.id.as_str(), spec.id, is_output)),
        };
        specs.iter().enumerate().map(port).collect()
    };
    let (inputs, outputs) = match spec {
        Some(spec) => (ports(spec.inputs, false), ports(spec.outputs, true)),
        None => (unknown_ports(node, wired, rect, false), unknown_ports(node, wired, rect, true)),
    };
    let (light, why) = light(session, node, status, told.diagnostics.get(node.id.as_str()));
    Card {
        id: node.id.clone(),
        kind: node.kind.clone(),
        stage: spec.map_or(Stage::Data, |spec| spec.stage),
        spec,
        title: names::title(session, node),
        rect,
        is_muted: node.is_muted,
        is_collapsed: node.is_collapsed,
        inputs,
        outputs,
        lines,
        badge: badge(session, node, told),
        light,
        why,
    }
}

/// A kind that is not known keeps its wires: its ports are those that are wired.
fn unknown_ports(
    node: &Node,
    wired: &BTreeSet<(&str, &str, bool)>,
    rect: Rect,
    is_output: bool,
) -> Vec<Port> {
    let own = wired.iter().filter(|(id, _, output)| *id == node.id && *output == is_output);
    let x = if is_output { rect.right() } else { rect.left() };
    own.enumerate()
        .map(|(index, (_, id, _))| Port {
            id: (*id).to_owned(),
            label: None,
            port_type: None,
            is_required: false,
            at: pos2(x, rect.top() + FIRST_PORT + index as f32 * GRID),
            is_wired: true,
        })
        .collect()
}

/// Parameters that tell most: those the person set, then the first of the form.
fn key_lines(session: &Session, spec: &'static NodeSpec, node: &Node) -> Vec<(String, String)> {
    let shown: Vec<&ParamSpec> = session.analysis().shown_params(node, spec).collect();
    let value = |param: &ParamSpec| {
        node.params.get(param.id).cloned().unwrap_or_else(|| param.default_value())
    };
    let is_set = |param: &ParamSpec| value(param) != param.default_value();
    let mut chosen: Vec<&ParamSpec> =
        shown.iter().copied().filter(|param| is_set(param)).take(MAX_LINES).collect();
    for param in &shown {
        if chosen.len() >= MAX_LINES.min(2) {
            break;
        }
        if !chosen.iter().any(|other| other.id == param.id) {
            chosen.push(param);
        }
    }
    chosen.sort_by_key(|param| shown.iter().position(|other| other.id == param.id));
    chosen
        .into_iter()
        .map(|param| (param.label.tr().to_owned(), value_text(param, &value(param))))
        .collect()
}

/// A parameter's value as a person reads it.
pub(crate) fn value_text(param: &ParamSpec, value: &ParamValue) -> String {
    let with_unit = |text: String| {
        if param.unit.en.is_empty() { text } else { format!("{text} {}", param.unit.tr()) }
    };
    match (&param.kind, value) {
        (_, ParamValue::Bool(is_on)) => {
            (if *is_on { tr("yes", "是") } else { tr("no", "否") }).to_owned()
        }
        (_, ParamValue::Int(number)) => with_unit(number.to_string()),
        (_, ParamValue::Float(number)) => with_unit(number.to_string()),
        (ParamKind::Choice { options, .. }, ParamValue::Text(id)) => options
            .iter()
            .find(|option| option.id == id)
            .map_or_else(|| id.clone(), |option| option.label.tr().to_owned()),
        (ParamKind::Path { .. }, ParamValue::Text(path)) => {
            let name = std::path::Path::new(path).file_name();
            name.map_or_else(
                || tr("not chosen", "未选择").to_owned(),
                |name| name.to_string_lossy().into_owned(),
            )
        }
        (ParamKind::Column { .. }, ParamValue::Text(name)) if name.is_empty() => {
            tr("automatic", "自动").to_owned()
        }
        (_, ParamValue::Text(text)) => text.clone(),
        (ParamKind::Columns { kinds }, value) if is_empty_list(value) => {
            // Where any kind fits, the node says itself what none chosen means.
            (if kinds.is_empty() { "–" } else { tr("all that fit", "所有适用列") }).to_owned()
        }
        (_, ParamValue::Texts(names)) if names.len() == 1 => {
            names.first().cloned().unwrap_or_default()
        }
        (_, ParamValue::Texts(names)) => format!("{} {}", names.len(), tr("columns", "列")),
        (_, ParamValue::Ints(numbers)) => {
            numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
    }
}

/// An empty list reads back from a file without a type.
fn is_empty_list(value: &ParamValue) -> bool {
    match value {
        ParamValue::Texts(names) => names.is_empty(),
        ParamValue::Ints(numbers) => numbers.is_empty(),
        _ => false,
    }
}

/// The last line of a card: what its result is, or what is known before it ran.
fn badge(session: &Session, node: &Node, told: &Told<'_>) -> String {
    if let Some(entry) = session.entry(&node.id)
        && let Some(summary) = entry.outputs.values().next()
        && !matches!(summary, ValueSummary::Network { .. })
    {
        return summary_text(summary);
    }
    if let Some(shape) = told.shapes.get(node.id.as_str()) {
        return shape.clone();
    }
    match session.analysis().output(&node.id, 0) {
        Facts::Table { sample, is_whole } => {
            let n_columns = sample.schema().columns.len();
            if is_whole {
                format!("{} × {n_columns}", widgets::count(sample.n_rows() as u64))
            } else {
                format!("{n_columns} {}", tr("columns", "列"))
            }
        }
        _ => String::new(),
    }
}

/// A result in a few words.
pub(crate) fn summary_text(summary: &ValueSummary) -> String {
    match summary {
        ValueSummary::Table { n_rows, n_columns } => {
            format!("{} × {n_columns}", widgets::count(*n_rows as u64))
        }
        ValueSummary::Network { n_params, .. } => {
            format!("{} {}", widgets::count(*n_params), tr("par.", "参数"))
        }
        ValueSummary::Plan { method } => method.tr().to_owned(),
        ValueSummary::Estimator { method, size, .. } => format!("{} · {}", method.tr(), size.tr()),
        ValueSummary::Model { n_params, n_epochs, .. } => {
            format!(
                "{} {} · {n_epochs} {}",
                widgets::count(*n_params),
                tr("par.", "参数"),
                tr("epochs", "轮")
            )
        }
        ValueSummary::Report { metrics, .. } => {
            let main = ["accuracy", "r2", "roc_auc", "rmse"]
                .iter()
                .find_map(|id| Some((*id, *metrics.get(*id)?)));
            main.or_else(|| metrics.iter().next().map(|(id, value)| (id.as_str(), *value)))
                .map_or_else(String::new, |(id, value)| format!("{} {value:.3}", metric_name(id)))
        }
        ValueSummary::Bundle { path } => {
            path.file_name().unwrap_or_default().to_string_lossy().into_owned()
        }
    }
}

/// A metric as a person reads it.
fn metric_name(id: &str) -> String {
    pg_metrics::findings::title_of(id).get(crate::lang::lang()).to_owned()
}

/// How a node stands and why, as its card shows it; for lists and the form.
pub(crate) fn light_of(
    session: &Session,
    node: &Node,
    status: Option<&NodeStatus>,
) -> (Light, String) {
    let mut worst: Option<(Severity, String)> = None;
    for diagnostic in session.analysis().diagnostics.iter().filter(|told| told.node == node.id) {
        if worst.as_ref().is_none_or(|(severity, _)| *severity < diagnostic.severity) {
            let found = widgets::sentence(diagnostic.trouble.details.found.tr());
            worst = Some((diagnostic.severity, found));
        }
    }
    light(session, node, status, worst.as_ref())
}

fn light(
    session: &Session,
    node: &Node,
    status: Option<&NodeStatus>,
    diagnostic: Option<&(Severity, String)>,
) -> (Light, String) {
    if node.is_muted {
        return (
            Light::Muted,
            tr("Muted: the data passes it unchanged", "已静音：数据原样通过").to_owned(),
        );
    }
    let has_error = diagnostic.is_some_and(|(severity, _)| *severity == Severity::Error);
    let told_text = || diagnostic.map(|(_, found)| found.clone());
    match status {
        Some(NodeStatus::Running { fraction }) => (
            Light::Running(fraction.map(|fraction| fraction as f32)),
            tr("Running", "运行中").to_owned(),
        ),
        Some(NodeStatus::Queued) => {
            (Light::Queued, tr("Waits for its turn", "排队等待运行").to_owned())
        }
        Some(NodeStatus::Failed { trouble }) => {
            (Light::Failed, widgets::sentence(trouble.details.found.tr()))
        }
        _ if has_error => (Light::NotReady, told_text().unwrap_or_default()),
        Some(NodeStatus::Blocked { trouble }) => {
            (Light::NotReady, widgets::sentence(trouble.details.found.tr()))
        }
        Some(NodeStatus::CutOff { because }) => {
            let title = names::title_of(session, because);
            (Light::NotReady, format!("{} {title}", tr("Waits for", "等待")))
        }
        Some(NodeStatus::Fresh) => {
            let warned = session.entry(&node.id).and_then(|entry| entry.warnings.first());
            let is_warned = diagnostic.is_some_and(|(severity, _)| *severity == Severity::Warning);
            match warned {
                Some(trouble) => (Light::Warned, widgets::sentence(trouble.details.found.tr())),
                None if is_warned => (Light::Warned, told_text().unwrap_or_default()),
                None => (Light::Done, tr("Up to date", "已是最新").to_owned()),
            }
        }
        Some(NodeStatus::Stale { why }) if *why == NEVER_RUN.into() => {
            (Light::Ready, tr("Ready to run", "可以运行").to_owned())
        }
        Some(NodeStatus::Stale { why }) => (Light::Stale, widgets::sentence(why.tr())),
        Some(NodeStatus::Idle) | None => {
            (Light::Ready, tr("Runs when it is asked to", "在被要求时运行").to_owned())
        }
    }
}
