//! What every part of the window sees while it draws: the session to read, the view to change, and a list of wishes.
//!
//! Invariant: drawing never changes the session. What a person asks for is collected here and done before the next frame.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::Context;
use pg_base::{Trouble, Words};
use pg_contract::{NodeSpec, PortType};
use pg_pipeline::{Edit, Link, Node, NodeId, Targets};
use pg_session::{Command, NodeStatus, Session};

use crate::actions::Action;
use crate::canvas::Canvas;
use crate::dialogs::Dialogs;
use crate::files::Files;
use crate::inspector::Inspector;
use crate::library::Library;
use crate::panels::{Panels, Tab};
use crate::settings::Settings;
use crate::toasts::Toasts;
use crate::values::Values;
use crate::writes::Writes;

/// Something a person asked for while the window was drawn.
#[derive(Debug)]
pub enum Ask {
    /// A command of the session.
    Do(Command),
    /// An action of the table.
    Act(&'static Action),
}

/// What is chosen on the canvas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Nodes.
    pub nodes: BTreeSet<NodeId>,
    /// Frames.
    pub frames: BTreeSet<String>,
    /// Notes.
    pub notes: BTreeSet<String>,
    /// A wire.
    pub link: Option<Link>,
}

impl Selection {
    /// One node.
    pub fn of(node: impl Into<NodeId>) -> Self {
        Self { nodes: BTreeSet::from([node.into()]), ..Self::default() }
    }

    /// Whether nothing is chosen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// All that the window remembers between frames and the session does not.
#[derive(Debug)]
pub struct View {
    /// What the person set.
    pub settings: Settings,
    /// What is chosen.
    pub selection: Selection,
    /// How every node stands; renewed with the events of the session.
    pub statuses: BTreeMap<NodeId, NodeStatus>,
    /// Results read from the disk.
    pub values: Values,
    /// Short messages.
    pub toasts: Toasts,
    /// Dialogs of the system, or our own.
    pub files: Files,
    /// Files being written.
    pub writes: Writes,
    /// The canvas.
    pub canvas: Canvas,
    /// The palette of node kinds.
    pub library: Library,
    /// The form at the right.
    pub inspector: Inspector,
    /// The panels at the bottom.
    pub panels: Panels,
    /// What stands in front of everything.
    pub dialogs: Dialogs,
}

/// What a part of the window draws with.
#[derive(Debug)]
pub struct Cx<'a> {
    /// The application without a face.
    pub session: &'a Session,
    /// What the window remembers.
    pub view: &'a mut View,
    /// What was asked for.
    pub asks: &'a mut Vec<Ask>,
    /// For tasks and repaints.
    pub egui: &'a Context,
}

impl Cx<'_> {
    /// Asks the session for something.
    pub fn dispatch(&mut self, command: Command) {
        self.asks.push(Ask::Do(command));
    }

    /// Asks for an action of the table.
    pub fn act(&mut self, action: &'static Action) {
        self.asks.push(Ask::Act(action));
    }

    /// Changes the document as one step with a name.
    pub fn edit(&mut self, edit: Edit, name: impl Into<Words>) {
        self.dispatch(Command::Apply { edit, name: name.into(), merges: false });
    }

    /// Changes the document; small changes of the same thing are one step.
    pub fn edit_merged(&mut self, edit: Edit, name: impl Into<Words>) {
        self.dispatch(Command::Apply { edit, name: name.into(), merges: true });
    }

    /// Runs something.
    pub fn run(&mut self, targets: Targets) {
        self.dispatch(Command::Run { targets });
    }

    /// Shows a trouble as a message that stays.
    pub fn trouble(&mut self, trouble: &Trouble) {
        self.view.toasts.trouble(trouble);
    }

    /// The node that is chosen, where it is one.
    pub fn chosen_node(&self) -> Option<&Node> {
        let mut nodes = self.view.selection.nodes.iter();
        let first = nodes.next()?;
        if nodes.next().is_some() { None } else { self.session.document().node(first) }
    }

    /// Kind of a node.
    pub fn spec_of(&self, node: &str) -> Option<&'static NodeSpec> {
        self.session.core().registry().get(&self.session.document().node(node)?.kind)
    }

    /// What the person reads as the name of a node.
    pub fn title_of(&self, node: &str) -> String {
        crate::names::title_of(self.session, node)
    }

    /// Shows a panel at the bottom.
    pub fn show_tab(&mut self, tab: Tab) {
        self.view.panels.show(tab);
    }

    /// Chooses one node and brings it into view.
    pub fn go_to(&mut self, node: &str) {
        self.view.selection = Selection::of(node);
        self.view.canvas.reveal(node);
    }

    /// The output that a panel for values of a type shows: of the chosen node, else of what leads into it, else of the
    /// last node that has a result of this type.
    pub fn subject(&self, port_type: PortType) -> Option<(NodeId, &'static str)> {
        let document = self.session.document();
        let output = |node: &str| {
            let spec = self.spec_of(node)?;
            let mut ports = spec.outputs.iter().filter(|port| port.port_type == port_type);
            let picked = self.view.panels.ports.picked(node, port_type);
            let first = ports.clone().next()?;
            let port = ports.find(|port| Some(port.id) == picked).unwrap_or(first);
            Some((node.to_owned(), port.id))
        };
        if let Some(node) = self.chosen_node() {
            if let Some(found) = output(&node.id) {
                return Some(found);
            }
            let into = document.links().iter().filter(|link| link.to.node == node.id);
            for link in into {
                let port =
                    self.spec_of(&link.from.node).and_then(|spec| spec.output(&link.from.port));
                if let Some(port) = port.filter(|port| port.port_type == port_type) {
                    return Some((link.from.node.clone(), port.id));
                }
            }
        }
        let order = self.session.analysis().order.iter().rev();
        let has_result = |node: &&NodeId| self.session.entry(node).is_some();
        order.clone().filter(has_result).chain(order).find_map(|node| output(node))
    }
}
