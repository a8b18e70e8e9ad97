//! Painted parts of the form: fields, a switch, a thin slider, chips. They show and tell; what follows is the form's.

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, Frame, Id, Key, Pos2, Rect, Response, Role,
    ScrollArea, Sense, Stroke, StrokeKind, TextEdit, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons;

use crate::theme::{self, size, tokens};
use crate::widgets;

/// Space between the edge of a field and its text.
pub(super) const INSET: f32 = 10.0;

/// The box of a field.
pub(super) fn box_ui(ui: &Ui, rect: Rect, has_focus: bool, is_bad: bool) {
    let tokens = tokens(ui);
    let is_hovered = ui.is_enabled() && ui.rect_contains_pointer(rect);
    let edge = if is_bad {
        tokens.bad
    } else if has_focus {
        tokens.accent
    } else {
        tokens.border
    };
    let fill = if is_hovered && !has_focus { tokens.hover } else { tokens.field };
    let radius = CornerRadius::same(size::RADIUS);
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
}

/// Space for a field over the available width.
pub(super) fn field_rect(ui: &mut Ui) -> Rect {
    ui.allocate_exact_size(vec2(ui.available_width(), size::CONTROL), Sense::hover()).0
}

/// A field for text.
#[derive(Debug)]
pub(super) struct TextField<'a> {
    /// Stays the same while it is edited.
    pub(super) id: Id,
    /// What a screen reader says.
    pub(super) name: &'a str,
    /// Shown where there is no text.
    pub(super) hint: &'a str,
    /// Shown behind the text.
    pub(super) unit: &'a str,
    /// Whether the text cannot be used.
    pub(super) is_bad: bool,
    /// Whether it may have several lines.
    pub(super) has_lines: bool,
}

impl TextField<'_> {
    /// Draws it in a rectangle.
    pub(super) fn show(&self, ui: &mut Ui, rect: Rect, text: &mut String) -> Response {
        let tokens = tokens(ui);
        let has_focus = ui.memory(|memory| memory.has_focus(self.id));
        box_ui(ui, rect, has_focus, self.is_bad);
        if self.has_lines {
            return self.lines_ui(ui, rect, text);
        }
        let inner = self.inner(ui, rect);
        let edit = TextEdit::singleline(text)
            .id(self.id)
            .frame(Frame::NONE)
            .hint_text(self.hint)
            .text_color(tokens.strong)
            .align(Align2::LEFT_CENTER)
            .min_size(inner.size())
            .desired_width(inner.width());
        let response = ui.put(inner, edit);
        if response.gained_focus() {
            select_all(ui, self.id, text);
        }
        response.accessible_name(self.name)
    }

    fn lines_ui(&self, ui: &mut Ui, rect: Rect, text: &mut String) -> Response {
        let inner = rect.shrink2(vec2(INSET, INSET / 2.0));
        let mut child = ui.new_child(UiBuilder::new().max_rect(inner));
        let edit = TextEdit::multiline(text)
            .id(self.id)
            .frame(Frame::NONE)
            .hint_text(self.hint)
            .text_color(tokens(ui).strong)
            .desired_rows(1)
            .desired_width(inner.width());
        let area = ScrollArea::vertical().id_salt(self.id).auto_shrink(false);
        area.show(&mut child, |ui| ui.add(edit)).inner.accessible_name(self.name)
    }

    /// Where the text goes; paints the unit behind it.
    pub(super) fn inner(&self, ui: &Ui, rect: Rect) -> Rect {
        let mut inner = rect.shrink2(vec2(INSET, 0.0));
        if !self.unit.is_empty() {
            let color = tokens(ui).weak;
            let galley = ui.painter().layout_no_wrap(
                self.unit.to_owned(),
                theme::regular(size::SMALL),
                color,
            );
            let width = galley.size().x;
            // In a narrow form the value matters more.
            if width < inner.width() * 0.55 {
                let at = pos2(inner.right() - width, inner.center().y - galley.size().y / 2.0);
                ui.painter().galley(at, galley, color);
                inner.max.x -= width + 6.0;
            }
        }
        inner
    }
}

/// Lets a field that was painted become one for typing, with all of its text chosen.
pub(super) fn begin_typing(ui: &Ui, response: &Response, text: &str) {
    response.request_focus();
    // From now on keys belong to it, also those that come before it is drawn again.
    select_all(ui, response.id, text);
    ui.request_repaint();
}

/// Chooses all of a text that is about to be edited.
pub(super) fn select_all(ui: &Ui, id: Id, text: &str) {
    let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::two(
        CCursor::default(),
        CCursor::new(text.chars().count()),
    )));
    state.store(ui.ctx(), id);
}

/// A box that opens a list: text at the left, an arrow at the right.
pub(super) fn button_box_ui(
    ui: &mut Ui,
    id: Id,
    rect: Rect,
    name: &str,
    text: &str,
    color: Color32,
    is_bad: bool,
) -> Response {
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, name);
        info.current_text_value = Some(text.to_owned());
        info
    });
    let tokens = tokens(ui);
    box_ui(ui, rect, response.has_focus(), is_bad);
    let arrow =
        Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), Vec2::splat(16.0));
    widgets::icon_at(ui, icons::ICON_KEYBOARD_ARROW_DOWN, arrow, 16.0, tokens.weak);
    let width = arrow.left() - rect.left() - INSET - 2.0;
    text_at(ui, rect.left_center() + vec2(INSET, 0.0), text, width, color);
    response
}

/// One line of text, cut where it does not fit.
pub(super) fn text_at(ui: &Ui, left: Pos2, text: &str, width: f32, color: Color32) -> Rect {
    let mut job = eframe::egui::text::LayoutJob::simple_singleline(
        text.to_owned(),
        theme::regular(size::BODY),
        color,
    );
    job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(width);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let at = left - vec2(0.0, galley.size().y / 2.0);
    let rect = Rect::from_min_size(at, galley.size());
    ui.painter().galley(at, galley, color);
    rect
}

/// A switch; tells whether it was turned.
pub(super) fn switch_ui(ui: &mut Ui, id: Id, rect: Rect, name: &str, is_on: bool) -> Response {
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Switch, true, is_on, name));
    let tokens = tokens(ui);
    let how_on = ui.ctx().animate_bool_responsive(id, is_on);
    let bed = Rect::from_center_size(rect.center(), vec2(30.0, 17.0));
    let off = if response.hovered() { tokens.hover } else { tokens.field };
    let fill = off.lerp_to_gamma(tokens.accent, how_on);
    let edge = Stroke::new(1.0, tokens.border.lerp_to_gamma(tokens.accent, how_on));
    ui.painter().rect(bed, CornerRadius::same(9), fill, edge, StrokeKind::Inside);
    let x = eframe::egui::lerp(bed.left() + 8.5..=bed.right() - 8.5, how_on);
    let knob = tokens.weak.lerp_to_gamma(tokens.on_accent, how_on);
    ui.painter().circle_filled(pos2(x, bed.center().y), 5.5, knob);
    if response.has_focus() {
        let ring = Stroke::new(1.5, tokens.accent);
        ui.painter().rect_stroke(
            bed.expand(2.0),
            CornerRadius::same(11),
            ring,
            StrokeKind::Outside,
        );
    }
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// A thin slider under a field; gives the new fraction (0..=1) while it is dragged.
///
/// It takes no keys: those belong to the field above it.
pub(super) fn slider_ui(
    ui: &mut Ui,
    id: Id,
    name: &str,
    fraction: f32,
    value: f64,
) -> (Response, Option<f32>) {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
    let response = ui.interact(rect, id, Sense::CLICK | Sense::DRAG);
    response.widget_info(|| WidgetInfo::slider(true, value, name));
    let line = Rect::from_center_size(rect.center(), vec2(rect.width() - 2.0, 3.0));
    let knob_range = line.left() + 5.0..=line.right() - 5.0;
    let radius = CornerRadius::same(2);
    ui.painter().rect_filled(line, radius, tokens.border);
    let x = eframe::egui::lerp(knob_range.clone(), fraction.clamp(0.0, 1.0));
    let done = Rect::from_min_max(line.min, pos2(x, line.bottom()));
    ui.painter().rect_filled(done, radius, tokens.accent);
    let knob = if response.hovered() || response.dragged() { 5.5 } else { 4.5 };
    ui.painter().circle(
        pos2(x, line.center().y),
        knob,
        tokens.strong,
        Stroke::new(1.0, tokens.panel),
    );
    let moved =
        response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked());
    let fraction = moved.map(|pointer| {
        ((pointer.x - knob_range.start()) / (knob_range.end() - knob_range.start())).clamp(0.0, 1.0)
    });
    (response.on_hover_cursor(CursorIcon::ResizeHorizontal), fraction)
}

/// A short text in a rounded box, with a cross where `remove` is the name of what the cross does; true where it was clicked.
pub(super) fn chip_ui(ui: &mut Ui, text: &str, color: Color32, remove: Option<&str>) -> bool {
    let tokens = tokens(ui);
    let font = theme::regular(size::SMALL);
    let max_width = (ui.max_rect().width() - 40.0).max(40.0);
    let mut job = eframe::egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(max_width);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let cross = if remove.is_some() { 16.0 } else { 0.0 };
    let (rect, response) =
        ui.allocate_exact_size(vec2(galley.size().x + 14.0 + cross, 22.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), tokens.field);
    let at = pos2(rect.left() + 7.0, rect.center().y - galley.size().y / 2.0);
    let is_cut = galley.elided;
    ui.painter().galley(at, galley, color);
    if is_cut {
        response.on_hover_text(text);
    }
    let Some(remove) = remove else { return false };
    let at = Rect::from_center_size(pos2(rect.right() - 12.0, rect.center().y), Vec2::splat(18.0));
    let response = ui.interact(at, ui.scope_id().with(("remove", text)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{remove} {text}")));
    let color =
        if response.hovered() || response.has_focus() { tokens.strong } else { tokens.weak };
    widgets::icon_at(ui, icons::ICON_CLOSE, at, 13.0, color);
    response.clicked()
}

/// Whether a field was left with Escape: what was typed is to be forgotten.
pub(super) fn was_given_up(ui: &Ui, response: &Response) -> bool {
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape))
}
