//! What the pointer is doing: the state of a drag until it is dropped, and how it is drawn.

use std::collections::BTreeSet;

use eframe::egui::{
    Align2, Color32, CornerRadius, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, vec2,
};
use pg_base::Words;
use pg_pipeline::{Link, NodeId};

use super::Canvas;
use super::connect::Loose;
use super::paint::{Brush, Detail};
use super::scene::Wire;
use super::wires;
use crate::cx::Cx;
use crate::lang::Tr;

/// A guide line of the world where edges meet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Guide {
    Vertical(f32),
    Horizontal(f32),
}

/// What a frame or note is dragged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grip {
    Body,
    Corner,
}

/// What is going on.
#[derive(Clone, Debug, Default)]
pub(crate) enum Doing {
    #[default]
    Nothing,
    Pan,
    /// From where, and what was chosen before.
    Box {
        from: Pos2,
        to: Pos2,
        before: BTreeSet<NodeId>,
        inside: BTreeSet<NodeId>,
    },
    /// Nodes, notes and frames that are moved, and by how much.
    Move {
        nodes: BTreeSet<NodeId>,
        notes: BTreeSet<String>,
        frames: BTreeSet<String>,
        start: Pos2,
        delta: Vec2,
        guides: Vec<Guide>,
        onto: Option<Link>,
    },
    /// A wire that is drawn; `at` in the world.
    Wire {
        loose: Loose,
        at: Pos2,
        landing: Option<(NodeId, String)>,
        verdict: Option<Result<Link, Words>>,
    },
    /// A bend that is moved.
    Bend {
        link: Link,
        bends: Vec<Pos2>,
        index: usize,
    },
    /// The corner of a frame or note.
    Resize {
        id: String,
        is_note: bool,
        size: Vec2,
        start: Vec2,
        from: Pos2,
    },
    /// A stroke that cuts wires.
    Cut {
        stroke: Vec<Pos2>,
    },
}

/// The state of the pointer over the canvas.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gesture {
    pub(crate) doing: Doing,
    pub(crate) hover_node: Option<NodeId>,
    pub(crate) hover_link: Option<Link>,
    pub(crate) hover_port: Option<(NodeId, String, bool)>,
}

impl Gesture {
    pub(crate) fn hovered_node(&self) -> Option<&str> {
        self.hover_node.as_deref()
    }

    pub(crate) fn hovered_link(&self) -> Option<&Link> {
        match &self.doing {
            Doing::Move { onto, .. } => onto.as_ref(),
            _ => self.hover_link.as_ref(),
        }
    }

    pub(crate) fn moved_nodes(&self) -> BTreeSet<NodeId> {
        match &self.doing {
            Doing::Move { nodes, .. } => nodes.clone(),
            _ => BTreeSet::new(),
        }
    }

    /// How far a frame or note is dragged.
    pub(crate) fn offset_of_thing(&self, id: &str, is_note: bool) -> Vec2 {
        match &self.doing {
            Doing::Move { notes, frames, delta, .. }
                if (if is_note { notes } else { frames }).contains(id) =>
            {
                *delta
            }
            _ => Vec2::ZERO,
        }
    }

    /// Size of a frame or note while its corner is dragged.
    pub(crate) fn size_of_thing(&self, id: &str, is_note: bool) -> Option<Vec2> {
        match &self.doing {
            Doing::Resize { id: other, is_note: note, size, .. }
                if other == id && *note == is_note =>
            {
                Some(*size)
            }
            _ => None,
        }
    }

    pub(crate) fn offset(&self) -> Vec2 {
        match &self.doing {
            Doing::Move { delta, .. } => *delta,
            _ => Vec2::ZERO,
        }
    }

    pub(crate) fn loose(&self) -> Option<&Loose> {
        match &self.doing {
            Doing::Wire { loose, .. } => Some(loose),
            _ => None,
        }
    }

    pub(crate) fn boxed(&self) -> Option<&BTreeSet<NodeId>> {
        match &self.doing {
            Doing::Box { inside, .. } => Some(inside),
            _ => None,
        }
    }

    /// Bends of a wire while one of them is dragged.
    pub(crate) fn bends_of(&self, wire: &Wire) -> Option<Vec<Pos2>> {
        match &self.doing {
            Doing::Bend { link, bends, .. } if *link == wire.link => Some(bends.clone()),
            _ => None,
        }
    }
}

/// Draws what is going on.
pub(crate) fn gesture_ui(brush: &Brush<'_>, canvas: &Canvas, cx: &Cx<'_>) {
    let tokens = brush.tokens;
    let camera = &canvas.camera;
    match &canvas.gesture.doing {
        Doing::Box { from, to, .. } => {
            let rect = camera.rect_to_screen(Rect::from_two_pos(*from, *to));
            let fill = tokens.accent.gamma_multiply(0.08);
            brush.painter.rect(
                rect,
                CornerRadius::same(2),
                fill,
                Stroke::new(1.0, tokens.accent),
                StrokeKind::Inside,
            );
        }
        Doing::Move { guides, .. } => {
            let stroke = Stroke::new(1.0, tokens.accent.gamma_multiply(0.7));
            for guide in guides {
                match guide {
                    Guide::Vertical(x) => brush.painter.vline(
                        camera.to_screen(Pos2::new(*x, 0.0)).x,
                        camera.viewport.y_range(),
                        stroke,
                    ),
                    Guide::Horizontal(y) => brush.painter.hline(
                        camera.viewport.x_range(),
                        camera.to_screen(Pos2::new(0.0, *y)).y,
                        stroke,
                    ),
                };
            }
        }
        Doing::Wire { loose, at, landing, verdict } => {
            wire_ui(brush, canvas, loose, *at, landing.as_ref(), verdict.as_ref());
        }
        Doing::Cut { stroke } => {
            let screen: Vec<Pos2> = stroke.iter().map(|point| camera.to_screen(*point)).collect();
            let line = Stroke::new(1.5, tokens.bad);
            brush.painter.extend(Shape::dashed_line(&screen, line, 5.0, 4.0));
        }
        Doing::Nothing => port_label_ui(brush, canvas, cx),
        Doing::Pan | Doing::Bend { .. } | Doing::Resize { .. } => {}
    }
}

fn wire_ui(
    brush: &Brush<'_>,
    canvas: &Canvas,
    loose: &Loose,
    at: Pos2,
    landing: Option<&(NodeId, String)>,
    verdict: Option<&Result<Link, Words>>,
) {
    let tokens = brush.tokens;
    let color = loose.port_type.map_or(tokens.weak, |port_type| tokens.port(port_type));
    let Some(card) = canvas.scene.card(&loose.node) else { return };
    let ports = if loose.is_output { &card.outputs } else { &card.inputs };
    let Some(start) = ports.iter().find(|port| port.id == loose.port) else { return };
    for other in &canvas.scene.cards {
        for (port, is_output) in other
            .inputs
            .iter()
            .map(|port| (port, false))
            .chain(other.outputs.iter().map(|port| (port, true)))
        {
            let is_landing = landing.is_some_and(|(node, id)| *node == other.id && *id == port.id);
            if loose.verdict(other, port, is_output).is_ok() || is_landing {
                brush.port(
                    port,
                    super::Look::default(),
                    loose.verdict(other, port, is_output).is_ok(),
                );
            }
        }
    }
    let target = landing.and_then(|(node, id)| {
        let card = canvas.scene.card(node)?;
        card.inputs.iter().chain(&card.outputs).find(|port| port.id == *id).map(|port| port.at)
    });
    let end = match verdict {
        Some(Ok(_)) => target.unwrap_or(at),
        _ => at,
    };
    let (from, to) = if loose.is_output { (start.at, end) } else { (end, start.at) };
    brush.line(&wires::curve(from, to, &[], 0), color, 2.5, false, Detail::Full);
    if let Some(Err(why)) = verdict {
        bubble(
            brush,
            canvas.camera.to_screen(at) + vec2(14.0, 18.0),
            &crate::widgets::sentence(why.tr()),
            tokens.bad,
        );
    }
}

/// A small text in a box beside the pointer.
fn bubble(brush: &Brush<'_>, at: Pos2, text: &str, color: Color32) {
    let tokens = brush.tokens;
    let galley = brush.painter.layout(text.to_owned(), crate::theme::regular(12.0), color, 300.0);
    let rect = Rect::from_min_size(at, galley.size() + vec2(16.0, 10.0));
    brush.painter.rect(
        rect,
        CornerRadius::same(5),
        tokens.panel,
        Stroke::new(1.0, tokens.border),
        StrokeKind::Outside,
    );
    brush.painter.galley(rect.min + vec2(8.0, 5.0), galley, color);
}

/// The name and type of the port under the pointer.
fn port_label_ui(brush: &Brush<'_>, canvas: &Canvas, _cx: &Cx<'_>) {
    let Some((node, id, is_output)) = &canvas.gesture.hover_port else { return };
    let Some(card) = canvas.scene.card(node) else { return };
    let ports = if *is_output { &card.outputs } else { &card.inputs };
    let Some(port) = ports.iter().find(|port| port.id == *id) else { return };
    let label =
        port.label.map_or_else(|| port.id.clone(), |label| crate::widgets::sentence(label.tr()));
    let kind =
        port.port_type.map(|port_type| port_type.label().tr().to_owned()).unwrap_or_default();
    let must = if *is_output || !port.is_required {
        ""
    } else {
        crate::lang::tr(" · needed", " · 必需")
    };
    let text = format!("{label} · {kind}{must}");
    brush.port(port, super::Look::default(), true);
    let center = canvas.camera.to_screen(port.at);
    let galley = brush.painter.layout_no_wrap(text, crate::theme::regular(12.0), brush.tokens.text);
    let align = if *is_output { Align2::LEFT_CENTER } else { Align2::RIGHT_CENTER };
    let gap = if *is_output { vec2(14.0, 0.0) } else { vec2(-14.0, 0.0) };
    let rect = align.anchor_size(center + gap, galley.size() + vec2(14.0, 8.0));
    brush.painter.rect(
        rect,
        CornerRadius::same(5),
        brush.tokens.panel,
        Stroke::new(1.0, brush.tokens.border),
        StrokeKind::Outside,
    );
    brush.painter.galley(rect.min + vec2(7.0, 4.0), galley, brush.tokens.text);
}
