//! Frames and notes behind the nodes, and texts that are written on the canvas itself.

use eframe::egui::{
    self, Align2, Color32, CornerRadius, Key, Painter, Pos2, Rect, Stroke, StrokeKind, TextEdit,
    Ui, Vec2, pos2, vec2,
};
use pg_base::say;
use pg_pipeline::{Document, Edit, Frame, Note};

use super::camera::Camera;
use super::gesture::Grip;
use super::paint::{Brush, Detail};
use super::{Canvas, Writing};
use crate::cx::Cx;
use crate::theme::{self, Tokens, size::GRID, tokens};

/// Height of a frame's title.
const TITLE: f32 = 28.0;

/// The colours that frames and notes may have, by the id that is saved: a name and a place in the table of series.
pub const COLORS: [(&str, usize); 6] =
    [("orange", 0), ("blue", 1), ("green", 2), ("yellow", 3), ("purple", 4), ("grey", 7)];

/// The colour of an id; that of the model stage where there is none.
pub fn color_of(tokens: &Tokens, id: Option<&str>) -> Color32 {
    let index = COLORS.iter().find(|(name, _)| Some(*name) == id).map(|(_, index)| *index);
    tokens.series(index.unwrap_or(4))
}

/// A rectangle of the world.
pub(crate) fn rect_of(position: [f32; 2], size: [f32; 2]) -> Rect {
    Rect::from_min_size(position.into(), size.into())
}

/// The frame that surrounds nodes at these places.
pub(crate) fn around(places: impl Iterator<Item = [f32; 2]>) -> Option<Rect> {
    let card =
        |[x, y]: [f32; 2]| Rect::from_min_size(pos2(x, y), vec2(super::scene::WIDTH, 5.0 * GRID));
    let all = places.map(card).reduce(Rect::union)?;
    Some(Rect::from_min_max(all.min - vec2(GRID, 2.0 * GRID), all.max + vec2(GRID, GRID)))
}

/// The frame or note under a point: its id, whether it is a note, what it is held by, and where it is. A frame is held
/// by its title and its corner; what lies within belongs to the canvas.
pub(crate) fn thing_at(
    document: &Document,
    world: Pos2,
    zoom: f32,
) -> Option<(String, bool, Grip, Rect)> {
    let corner = 14.0 / zoom;
    let grip = |rect: Rect| {
        let is_corner = (rect.max - world).x.abs() < corner && (rect.max - world).y.abs() < corner;
        if is_corner { Some(Grip::Corner) } else { rect.contains(world).then_some(Grip::Body) }
    };
    let note = document.notes().find_map(|note| {
        let rect = rect_of(note.position, note.size);
        Some((note.id.clone(), true, grip(rect)?, rect))
    });
    note.or_else(|| {
        document.frames().find_map(|frame| {
            let rect = rect_of(frame.position, frame.size);
            let grip = grip(rect)?;
            let in_title = world.y < rect.top() + TITLE;
            (grip == Grip::Corner || in_title).then(|| (frame.id.clone(), false, grip, rect))
        })
    })
}

/// Gives a frame or note another size.
pub(crate) fn resize(cx: &mut Cx<'_>, id: &str, is_note: bool, size: Vec2) {
    let document = cx.session.document();
    let edit = if is_note {
        document
            .notes()
            .find(|note| note.id == id)
            .map(|note| Edit::PutNote { note: Note { size: size.into(), ..note.clone() } })
    } else {
        let frame = document.frames().find(|frame| frame.id == id);
        frame.map(|frame| Edit::PutFrame { frame: Frame { size: size.into(), ..frame.clone() } })
    };
    if let Some(edit) = edit {
        cx.edit(edit, say!("Resize", "调整大小"));
    }
}

/// Draws frames and notes.
pub(crate) fn frames_ui(ui: &Ui, cx: &Cx<'_>, canvas: &Canvas, painter: &Painter) {
    let tokens = tokens(ui);
    let brush = Brush { ui, painter: painter.clone(), camera: canvas.camera, tokens, time: 0.0 };
    let is_readable = Detail::of(canvas.camera.zoom) > Detail::Block;
    let zoom = canvas.camera.zoom;
    let radius = CornerRadius::same((10.0 * zoom).round().clamp(2.0, 20.0) as u8);
    let place = |id: &str, is_note: bool, position: [f32; 2], size: [f32; 2]| {
        let size = canvas.gesture.size_of_thing(id, is_note).unwrap_or(size.into());
        let rect = Rect::from_min_size(
            Pos2::from(position) + canvas.gesture.offset_of_thing(id, is_note),
            size,
        );
        canvas.camera.rect_to_screen(rect)
    };
    for frame in cx.session.document().frames() {
        let rect = place(&frame.id, false, frame.position, frame.size);
        if !rect.intersects(canvas.camera.viewport) {
            continue;
        }
        let color = color_of(tokens, frame.color.as_deref());
        let is_selected = cx.view.selection.frames.contains(&frame.id);
        let edge = if is_selected {
            Stroke::new(2.0, tokens.accent)
        } else {
            Stroke::new(1.0, color.gamma_multiply(0.55))
        };
        painter.rect(rect, radius, color.gamma_multiply(0.05), edge, StrokeKind::Inside);
        if is_readable {
            brush.text(
                rect.min + vec2(14.0, 15.0) * zoom,
                Align2::LEFT_CENTER,
                &frame.title,
                12.0,
                true,
                color,
            );
            corner_mark(painter, rect, color.gamma_multiply(0.6));
        }
    }
    for note in cx.session.document().notes() {
        let rect = place(&note.id, true, note.position, note.size);
        if !rect.intersects(canvas.camera.viewport) {
            continue;
        }
        let color = color_of(tokens, Some(note.color.as_deref().unwrap_or("yellow")));
        let is_selected = cx.view.selection.notes.contains(&note.id);
        let edge = if is_selected {
            Stroke::new(2.0, tokens.accent)
        } else {
            Stroke::new(1.0, color.gamma_multiply(0.4))
        };
        painter.rect(
            rect,
            CornerRadius::same(4),
            tokens.card.lerp_to_gamma(color, 0.16),
            edge,
            StrokeKind::Inside,
        );
        let is_written =
            matches!(&canvas.writing, Some(Writing::Note { note: id, .. }) if *id == note.id);
        if is_readable && !is_written {
            let font = theme::regular((13.0 * zoom * 2.0).round() / 2.0);
            let text = if note.text.is_empty() {
                crate::lang::tr("Double-click to write", "双击书写").to_owned()
            } else {
                note.text.clone()
            };
            let text_color = if note.text.is_empty() { tokens.weak } else { tokens.text };
            let galley = painter.layout(text, font, text_color, rect.width() - 20.0 * zoom);
            painter.with_clip_rect(rect.intersect(painter.clip_rect())).galley(
                rect.min + vec2(10.0, 8.0) * zoom,
                galley,
                text_color,
            );
            corner_mark(painter, rect, color.gamma_multiply(0.6));
        }
    }
}

/// Two strokes in the corner by which it is resized.
fn corner_mark(painter: &Painter, rect: Rect, color: Color32) {
    for gap in [4.0, 8.0] {
        let [a, b] = [
            pos2(rect.right() - gap - 3.0, rect.bottom() - 4.0),
            pos2(rect.right() - 4.0, rect.bottom() - gap - 3.0),
        ];
        painter.line_segment([a, b], Stroke::new(1.0, color));
    }
}

/// The field in which a name, a title or a note is written.
pub(crate) fn writing_ui(ui: &mut Ui, cx: &mut Cx<'_>, canvas: &mut Canvas) {
    let Some(mut writing) = canvas.writing.take() else { return };
    let Some(rect) = place_of_writing(cx, canvas, &writing, &canvas.camera) else { return };
    let (text, is_new) = match &mut writing {
        Writing::Label { text, is_new, .. }
        | Writing::Title { text, is_new, .. }
        | Writing::Note { text, is_new, .. } => (text, is_new),
    };
    let is_new = std::mem::take(is_new);
    let is_note_rect = rect.height() > 40.0;
    let zoom = canvas.camera.zoom;
    let font =
        if is_note_rect { theme::regular(13.0 * zoom) } else { theme::bold(13.0 * zoom.max(0.7)) };
    let edit = if is_note_rect { TextEdit::multiline(text) } else { TextEdit::singleline(text) };
    let name = crate::lang::tr("Text on the canvas", "画布上的文字");
    let response = ui
        .put(
            rect,
            edit.font(font).margin(egui::Margin::symmetric(6, 3)).desired_width(rect.width()),
        )
        .accessible_name(name);
    if is_new {
        response.request_focus();
        select_all(ui, response.id, text.chars().count());
    }
    let is_given_up = ui.input(|input| input.key_pressed(Key::Escape));
    if is_given_up {
        return;
    }
    if response.lost_focus() && !is_new {
        write(cx, writing);
    } else {
        canvas.writing = Some(writing);
    }
}

fn select_all(ui: &Ui, id: egui::Id, n_chars: usize) {
    let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let range = egui::text::CCursorRange::two(
        egui::text::CCursor::new(0),
        egui::text::CCursor::new(n_chars),
    );
    state.cursor.set_char_range(Some(range));
    state.store(ui.ctx(), id);
}

fn place_of_writing(
    cx: &Cx<'_>,
    canvas: &Canvas,
    writing: &Writing,
    camera: &Camera,
) -> Option<Rect> {
    let document = cx.session.document();
    let line = |min: Pos2, width: f32| {
        Rect::from_min_size(camera.to_screen(min), vec2((width * camera.zoom).max(140.0), 26.0))
    };
    match writing {
        Writing::Label { node, .. } => {
            let card = canvas.scene.card(node)?;
            Some(line(card.rect.min + vec2(30.0, 5.0), card.rect.width() - 36.0))
        }
        Writing::Title { frame, .. } => {
            let frame = document.frames().find(|other| other.id == *frame)?;
            Some(line(Pos2::from(frame.position) + vec2(6.0, 3.0), frame.size[0] - 12.0))
        }
        Writing::Note { note, .. } => {
            let note = document.notes().find(|other| other.id == *note)?;
            let rect = camera.rect_to_screen(rect_of(note.position, note.size)).shrink(4.0);
            Some(Rect::from_min_size(rect.min, rect.size().max(vec2(120.0, 44.0))))
        }
    }
}

fn write(cx: &mut Cx<'_>, writing: Writing) {
    let document = cx.session.document();
    let (edit, name) = match writing {
        Writing::Label { node, text, .. } => {
            let title = cx.spec_of(&node).map(|spec| crate::lang::Tr::tr(&spec.text.title));
            let label = Some(text.trim().to_owned())
                .filter(|text| !text.is_empty() && Some(text.as_str()) != title);
            if document.node(&node).is_none_or(|node| node.label == label) {
                return;
            }
            (Edit::SetLabel { id: node, label }, say!("Rename", "重命名"))
        }
        Writing::Title { frame, text, .. } => {
            let Some(frame) =
                document.frames().find(|other| other.id == frame && other.title != text)
            else {
                return;
            };
            (
                Edit::PutFrame { frame: Frame { title: text, ..frame.clone() } },
                say!("Name a frame", "命名分组框"),
            )
        }
        Writing::Note { note, text, .. } => {
            let Some(note) = document.notes().find(|other| other.id == note && other.text != text)
            else {
                return;
            };
            (
                Edit::PutNote { note: Note { text, ..note.clone() } },
                say!("Write a note", "编辑便签"),
            )
        }
    };
    cx.edit(edit, name);
}
