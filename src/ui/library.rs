//! The panel at the left: the palette of node kinds, or the nodes of the project as a list.

pub mod add;
mod card;
mod outline;
mod rows;
pub mod search;
pub mod status;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use eframe::egui::{self, Align2, CursorIcon, Frame, Margin, Role, Sense, Ui, WidgetInfo, vec2};
use pg_contract::Stage;
use pg_pipeline::NodeId;

use crate::cx::Cx;
use crate::lang::tr;
use crate::theme::{self, size, tokens};

/// A kind that is dragged from here to the canvas: the payload of the drag.
#[derive(Clone, Copy, Debug)]
pub struct NewNode {
    /// Id of the kind.
    pub kind: &'static str,
}

/// What the panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Page {
    #[default]
    Library,
    Outline,
}

/// State of the panel.
#[derive(Debug)]
pub struct Library {
    /// Whether it is shown.
    pub is_open: bool,
    page: Page,
    filter: String,
    /// Row that the arrow keys have reached, counted from the top.
    cursor: Option<usize>,
    /// A node that was just asked for: shown once it is there.
    added: Option<NodeId>,
    /// Stages whose kinds are hidden.
    folded: BTreeSet<Stage>,
    outline_filter: String,
    outline_cursor: Option<NodeId>,
    /// Frames whose nodes are hidden.
    folded_frames: BTreeSet<String>,
}

impl Default for Library {
    fn default() -> Self {
        Self {
            is_open: true,
            page: Page::Library,
            filter: String::new(),
            cursor: None,
            added: None,
            folded: BTreeSet::new(),
            outline_filter: String::new(),
            outline_cursor: None,
            folded_frames: BTreeSet::new(),
        }
    }
}

/// Draws it.
pub fn library_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut library = std::mem::take(&mut cx.view.library);
    let is_open = library.is_open;
    if let Some(node) = library.added.take_if(|node| cx.session.document().node(node).is_some()) {
        cx.view.canvas.reveal(&node);
    }
    Frame::new().inner_margin(Margin { left: 12, right: 12, top: 12, bottom: 8 }).show(ui, |ui| {
        library.page = switch_ui(ui, library.page);
    });
    match library.page {
        Page::Library => rows::rows_ui(ui, cx, &mut library),
        Page::Outline => outline::outline_ui(ui, cx, &mut library),
    }
    cx.view.library = Library { is_open, ..library };
}

/// Two words in one field; the one that is shown is raised.
fn switch_ui(ui: &mut Ui, page: Page) -> Page {
    let tokens = tokens(ui);
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::CONTROL), Sense::hover());
    ui.painter().rect_filled(rect, size::RADIUS, tokens.field);
    let (left, right) = rect.split_left_right_at_fraction(0.5);
    let mut chosen = page;
    let pages = [
        (Page::Library, tr("Library", "节点库"), left),
        (Page::Outline, tr("Outline", "大纲"), right),
    ];
    for (other, label, rect) in pages {
        let response = ui.interact(rect, ui.scope_id().with(label), Sense::click());
        let is_chosen = other == page;
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_chosen, label));
        if is_chosen {
            let edge = egui::Stroke::new(1.0, tokens.border);
            ui.painter().rect(
                rect.shrink(2.0),
                size::RADIUS - 1,
                tokens.card,
                edge,
                egui::StrokeKind::Inside,
            );
        }
        let (font, color) = if is_chosen {
            (theme::bold(size::BODY), tokens.strong)
        } else {
            (
                theme::regular(size::BODY),
                if response.hovered() { tokens.strong } else { tokens.weak },
            )
        };
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, label, font, color);
        crate::widgets::focus_ring(ui, &response);
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            chosen = other;
        }
    }
    chosen
}
