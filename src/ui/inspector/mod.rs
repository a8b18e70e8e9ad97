//! The form of what is chosen, at the right: everything in it derives from the records of the kinds.

mod arriving;
mod before;
mod choice;
mod classes;
mod column;
mod columns;
mod controls;
mod drafts;
mod form;
mod notices;
mod number;
mod numbers;
mod path;
mod popup;
mod ports;
mod project;
mod result;
mod sections;
mod selection;
mod text;
mod title;

use std::path::PathBuf;

use eframe::egui::{Frame, Id, Label, Margin, RichText, ScrollArea, Ui};
use pg_pipeline::{Node, NodeId};

use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{size, tokens};

/// State of the form.
#[derive(Debug)]
pub struct Inspector {
    /// Whether it is shown.
    pub is_open: bool,
    drafts: drafts::Drafts,
    /// Parameter to bring into view.
    focus: Option<String>,
    rename: Option<title::Rename>,
    measuring: before::Measuring,
    classes: classes::Classes,
    shows_help: bool,
    shows_more: bool,
    /// Name, title or text that is typed for something that is no node.
    writing: Option<(Id, String)>,
    /// Project that the drafts belong to.
    project: Option<PathBuf>,
}

impl Default for Inspector {
    fn default() -> Self {
        Self {
            is_open: true,
            drafts: drafts::Drafts::default(),
            focus: None,
            rename: None,
            measuring: before::Measuring::default(),
            classes: classes::Classes::default(),
            shows_help: false,
            shows_more: false,
            writing: None,
            project: None,
        }
    }
}

impl Inspector {
    /// Scrolls to a field of the chosen node and puts the cursor into it.
    pub fn focus_param(&mut self, param: &str) {
        self.is_open = true;
        self.focus = Some(param.to_owned());
    }
}

/// Puts dropped files into the field under the pointer; false where there is none.
pub fn take_drop(cx: &mut Cx<'_>, paths: &[PathBuf]) -> bool {
    let targets = if cx.view.inspector.is_open {
        cx.view.inspector.drafts.targets.clone()
    } else {
        Vec::new()
    };
    path::take_drop(cx, &targets, paths)
}

/// Draws it.
pub fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut inspector = std::mem::take(&mut cx.view.inspector);
    inspector.review(cx);
    let chosen = cx.chosen_node().map(|node| node.id.clone());
    let is_one_node = cx.view.selection.frames.is_empty() && cx.view.selection.notes.is_empty();
    let scroll = ScrollArea::vertical().id_salt(("inspector", &chosen)).auto_shrink(false);
    scroll.show(ui, |ui| {
        let margin = Margin {
            left: size::PANEL_PADDING as i8,
            right: size::PANEL_PADDING as i8,
            top: 14,
            bottom: 24,
        };
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.set_width(ui.available_width());
            match chosen.filter(|_| is_one_node) {
                Some(node) => node_ui(ui, cx, &mut inspector, &node),
                None if cx.view.selection.is_empty() => {
                    project::project_ui(ui, cx, &mut inspector.writing);
                }
                None => selection::selection_ui(ui, cx, &mut inspector.writing),
            }
        });
    });
    cx.view.inspector = inspector;
}

fn node_ui(ui: &mut Ui, cx: &mut Cx<'_>, inspector: &mut Inspector, id: &NodeId) {
    let session = cx.session;
    let Some(node) = session.document().node(id) else { return };
    let spec = cx.spec_of(id);
    title::title_ui(ui, cx, &mut inspector.rename, node, spec);
    ui.add_space(10.0);
    let focus = inspector.focus.take();
    if let Some(spec) = spec {
        let look = (focus.as_deref(), &mut inspector.shows_more);
        form::form_ui(ui, cx, &mut inspector.drafts, node, spec, look);
        if !spec.params.is_empty() {
            ui.add_space(4.0);
        }
    } else {
        kept_ui(ui, node);
    }
    ui.spacing_mut().item_spacing.y = 6.0;
    notices::notices_ui(ui, cx, node, spec);
    let Some(spec) = spec else { return };
    before::before_ui(ui, cx, &mut inspector.measuring, node);
    result::result_ui(ui, cx, &mut inspector.classes, node, spec);
    ports::ports_ui(ui, cx, node, spec);
    sections::folded_ui(ui, tr("What it does", "功能说明"), &mut inspector.shows_help, |ui| {
        ui.add(Label::new(RichText::new(spec.text.help.tr()).color(tokens(ui).text)).wrap());
    });
}

/// The settings of a kind that is not known: they are kept, and can be read.
fn kept_ui(ui: &mut Ui, node: &Node) {
    let mut rows = sections::Rows::new(ui);
    for (name, value) in &node.params {
        rows.row(name, &value.to_string());
    }
    for (name, value) in &node.extra_params {
        rows.row(name, &value.to_string());
    }
}

impl Inspector {
    /// Forgets what belongs to another project or to nodes that are gone.
    fn review(&mut self, cx: &Cx<'_>) {
        let project = cx.session.project().path();
        if self.project.as_deref() != project {
            let is_open = self.is_open;
            *self = Self { is_open, project: project.map(PathBuf::from), ..Self::default() };
        }
        self.drafts.targets.clear();
        self.drafts.review(|node| cx.session.document().node(node).is_some());
    }
}

#[cfg(test)]
pub(crate) mod tests;
