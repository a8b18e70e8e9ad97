//! A figure in the window: painted, with what the pointer is on, its tooltip, and a rectangle to drag.

use eframe::egui::{
    self, Align, Color32, CornerRadius, Id, Layout, Pos2, Rect, Response, RichText, Role, Sense,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
};

use super::hover::{Hover, hover};
use super::keys;
use super::layout::{self, header::spoken};
use super::model::{Figure, Span2};
use super::paint::paint;
use super::plane::Plane;
use super::text;
use crate::classes;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// A dot before a name in a tooltip, with its gap.
const DOT_ROOM: f32 = 14.0;
/// Width of a tooltip at most.
const MAX_TIP: f32 = 360.0;

/// What the pointer is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Number of the layer in the figure.
    pub layer: usize,
    /// Number of the point, bar, box or cell in its layer; cells count row by row.
    pub index: usize,
}

/// What came of drawing a figure.
#[derive(Clone, Debug)]
pub struct FigureResponse {
    /// The whole area.
    pub response: Response,
    /// What the pointer is on.
    pub hovered: Option<Hit>,
    /// What was clicked.
    pub clicked: Option<Hit>,
    /// What became of the rectangle that the person may drag.
    pub brushed: Option<Brushed>,
    /// Whether Enter asked for the menu.
    pub is_entered: bool,
}

/// What became of a rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Brushed {
    /// It was dragged to here and let go, in units of the data.
    To(Span2),
    /// A click took it away.
    Away,
}

/// Draws a figure without a card around it.
pub fn figure_ui(ui: &mut Ui, figure: &Figure, size: Vec2) -> FigureResponse {
    figure_with_corner_ui(ui, figure, size, 0.0)
}

/// The same with free room at the right end of the title.
pub(super) fn figure_with_corner_ui(
    ui: &mut Ui,
    figure: &Figure,
    size: Vec2,
    corner_room: f32,
) -> FigureResponse {
    let sense = if figure.has_brush { Sense::click_and_drag() } else { Sense::click() };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let mut answer =
        FigureResponse { response, hovered: None, clicked: None, brushed: None, is_entered: false };
    if !ui.is_rect_visible(rect) {
        say(&answer.response, figure, None);
        return answer;
    }
    let tokens = classes::tokens_for(figure, tokens(ui));
    let picture = layout::picture(figure, rect.size(), &tokens, corner_room);
    paint(ui, &picture, rect.min);
    let keys = keys::take(ui, &answer.response, figure, &picture.plane);
    answer.is_entered = keys.is_entered;
    let brush = Brush::new(ui, &answer.response, figure, &picture.plane, rect.min);
    if let Some(area) = brush.area() {
        let fill = tokens.accent.gamma_multiply(0.12);
        let edge = Stroke::new(1.0, tokens.accent);
        ui.painter().rect(area, CornerRadius::same(2), fill, edge, StrokeKind::Inside);
    }
    answer.brushed = brush.changed;
    widgets::focus_ring(ui, &answer.response);
    if brush.is_dragging {
        say(&answer.response, figure, None);
        return answer;
    }
    let pointer = answer.response.hover_pos().map(|pointer| pointer - rect.min.to_vec2());
    let pointer = pointer.or(keys.at);
    let found = pointer.and_then(|pointer| hover(figure, &picture.plane, &tokens, pointer));
    say(&answer.response, figure, found.as_ref());
    if let (Some(found), Some(pointer)) = (found, pointer) {
        highlight(ui, &found, &picture.plane, rect.min);
        tooltip_ui(ui, &answer.response, &found, pointer + rect.min.to_vec2());
        answer.hovered = Some(found.hit);
        // Enter is for the menu; a click with the keyboard is the space bar's.
        answer.clicked = (answer.response.clicked() && !keys.is_entered).then_some(found.hit);
    }
    answer
}

/// What a screen reader reads: the figure, and what the pointer or the keyboard is on.
fn say(response: &Response, figure: &Figure, found: Option<&Hover>) {
    response.widget_info(|| {
        let mut text = spoken(figure);
        if let Some(found) = found {
            let rows = found.rows.iter().map(|(_, name, value)| format!("{name} {value}"));
            let rows: Vec<String> = std::iter::once(found.title.clone()).chain(rows).collect();
            text = format!("{text}: {}", rows.join(", "));
        }
        WidgetInfo::labeled(Role::Figure, true, text)
    });
}

fn highlight(ui: &Ui, found: &Hover, plane: &Plane, origin: Pos2) {
    let tokens = tokens(ui);
    let (shift, plot) = (origin.to_vec2(), plane.rect.translate(origin.to_vec2()));
    if let Some(x) = found.crosshair {
        let x = ui.painter().round_to_pixel_center(x + shift.x);
        ui.painter().vline(x, plot.y_range(), Stroke::new(1.0, tokens.weak.gamma_multiply(0.6)));
    }
    if let Some(rect) = found.lit {
        let rect = rect.translate(shift).intersect(plot);
        ui.painter().rect_filled(rect, CornerRadius::same(2), tokens.strong.gamma_multiply(0.07));
    }
    for (at, color) in &found.rings {
        ui.painter().circle(*at + shift, 4.0, *color, Stroke::new(2.0, tokens.card));
    }
}

fn tooltip_ui(ui: &Ui, response: &Response, found: &Hover, pointer: Pos2) {
    let tokens = tokens(ui);
    let wide = |text: &str| text::width(text, size::SMALL, false);
    let dot_room = |color: &Option<Color32>| if color.is_some() { DOT_ROOM } else { 0.0 };
    let names =
        found.rows.iter().map(|(color, name, _)| wide(name) + dot_room(color)).fold(0.0, f32::max);
    let values = found.rows.iter().map(|(_, _, value)| wide(value)).fold(0.0, f32::max);
    // As narrow as its rows; room for a font of the system that is a little wider than ours.
    let width = ((names + values) * 1.06 + 24.0).max(wide(&found.title) * 1.1).min(MAX_TIP);
    let tip = egui::Tooltip::always_open(ui.ctx().clone(), response.layer_id, response.id, pointer);
    tip.gap(14.0).width(width).show(|ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 2.0);
        ui.spacing_mut().interact_size.y = 0.0;
        if !found.title.is_empty() {
            let title =
                RichText::new(&found.title).font(theme::bold(size::SMALL)).color(tokens.strong);
            ui.add(egui::Label::new(title).truncate());
        }
        for (color, name, value) in &found.rows {
            ui.horizontal(|ui| {
                if let Some(color) = color {
                    dot(ui, *color);
                }
                ui.label(RichText::new(name).size(size::SMALL).color(tokens.weak));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let value = RichText::new(value).size(size::SMALL).color(tokens.strong);
                    ui.add(egui::Label::new(value).truncate());
                });
            });
        }
    });
}

fn dot(ui: &mut Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(8.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.0, color);
}

/// A rectangle that is dragged now, or was before.
struct Brush {
    dragged: Option<Rect>,
    kept: Option<Rect>,
    is_dragging: bool,
    changed: Option<Brushed>,
}

impl Brush {
    fn new(ui: &Ui, response: &Response, figure: &Figure, plane: &Plane, origin: Pos2) -> Self {
        let mut brush = Self { dragged: None, kept: None, is_dragging: false, changed: None };
        if !figure.has_brush {
            return brush;
        }
        let shift = origin.to_vec2();
        let plot = plane.rect.translate(shift);
        if response.hover_pos().is_some_and(|pointer| plot.contains(pointer)) {
            ui.set_cursor_icon(egui::CursorIcon::Crosshair);
        }
        brush.kept = figure.brush.and_then(|[[left, right], [low, high]]| {
            let corners = [plane.place([left, high])?, plane.place([right, low])?];
            Some(Rect::from_two_pos(corners[0], corners[1]).translate(shift).intersect(plot))
        });
        let start_id: Id = response.id.with("brush");
        if response.drag_started() {
            let start = ui
                .input(|input| input.pointer.press_origin())
                .filter(|start| plot.contains(*start));
            ui.data_mut(|data| data.insert_temp(start_id, start));
        }
        let start: Option<Pos2> = ui.data(|data| data.get_temp(start_id)).flatten();
        if let (Some(start), Some(end)) = (start, response.interact_pointer_pos()) {
            let end = pos2(
                end.x.clamp(plot.left(), plot.right()),
                end.y.clamp(plot.top(), plot.bottom()),
            );
            let rect = Rect::from_two_pos(start, end);
            brush.dragged = Some(rect);
            brush.is_dragging = response.dragged();
            if response.drag_stopped() {
                ui.data_mut(|data| data.insert_temp(start_id, None::<Pos2>));
                let local = rect.translate(-shift);
                let span = |track: &super::plane::Track, a: f32, b: f32| {
                    let (a, b) = (track.value(a), track.value(b));
                    [a.min(b), a.max(b)]
                };
                let x = span(&plane.x, local.left(), local.right());
                brush.changed = Some(Brushed::To([x, span(&plane.y, local.top(), local.bottom())]));
            }
        } else if response.clicked() && figure.brush.is_some() {
            brush.changed = Some(Brushed::Away);
        }
        brush
    }

    fn area(&self) -> Option<Rect> {
        self.dragged.or(self.kept)
    }
}
