//! The one frame of all dialogs: title, close button, content and a row of buttons; Esc and a click beside it close it.

use eframe::egui::{
    self, Align, Context, CornerRadius, Frame, Id, Key, KeyboardShortcut, Layout, Margin, Modal,
    Modifiers, Response, RichText, ScrollArea, Stroke, Ui, vec2,
};
use egui_material_icons::icons;

use crate::lang::tr;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Free room that a dialog leaves at each side of the window.
const MARGIN: f32 = 24.0;

/// A dialog.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sheet<'a> {
    /// Tells it from other dialogs.
    pub(crate) id: &'static str,
    /// What stands at its top.
    pub(crate) title: &'a str,
    /// A line below the title; may be empty.
    pub(crate) subtitle: &'a str,
    /// Width of the content in points; narrower where the window is.
    pub(crate) width: f32,
    /// Whether it may go without a choice.
    pub(crate) can_be_dismissed: bool,
}

impl<'a> Sheet<'a> {
    /// A dialog that may be dismissed.
    pub(crate) const fn new(id: &'static str, title: &'a str, width: f32) -> Self {
        Self { id, title, subtitle: "", width, can_be_dismissed: true }
    }

    /// Adds a line below the title.
    pub(crate) const fn subtitle(mut self, subtitle: &'a str) -> Self {
        self.subtitle = subtitle;
        self
    }

    /// Stays until a choice is made.
    pub(crate) const fn that_waits(mut self) -> Self {
        self.can_be_dismissed = false;
        self
    }

    /// Draws it. `content` learns whether the dialog has just come up, and then puts the focus where it belongs. Gives
    /// what the content gave, and whether the dialog was dismissed.
    pub(crate) fn show<R>(
        &self,
        ctx: &Context,
        content: impl FnOnce(&mut Ui, bool) -> R,
    ) -> (R, bool) {
        let is_new = is_new(ctx, Id::unique(("sheet-age", self.id)));
        let tokens = theme::of(ctx.global_style().visuals.dark_mode);
        let frame = Frame::new()
            .fill(tokens.panel)
            .stroke(Stroke::new(1.0, tokens.border))
            .corner_radius(CornerRadius::same(12))
            .shadow(ctx.global_style().visuals.window_shadow)
            .inner_margin(Margin { left: 20, right: 20, top: 16, bottom: 18 });
        let mut is_closed = false;
        let modal = Modal::new(Id::unique(("sheet", self.id))).frame(frame);
        let shown = modal.show(ctx, |ui| {
            let room = ui.ctx().content_rect().width() - 2.0 * (MARGIN + 20.0);
            ui.set_width(self.width.min(room));
            // The area only offers what lies below the place where it was in the last pass.
            ui.set_max_height(ui.ctx().content_rect().height() - 2.0 * (MARGIN + 20.0));
            is_closed = self.head_ui(ui);
            content(ui, is_new)
        });
        let is_dismissed = self.can_be_dismissed && shown.should_close();
        (shown.inner, is_closed || is_dismissed)
    }

    fn head_ui(&self, ui: &mut Ui) -> bool {
        let mut is_closed = false;
        let row = vec2(ui.available_width(), size::CONTROL);
        ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
            if self.can_be_dismissed {
                is_closed =
                    widgets::icon_button(ui, icons::ICON_CLOSE, tr("Close", "关闭")).clicked();
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let title = RichText::new(self.title).font(theme::bold(size::HEADING));
                ui.add(egui::Label::new(title.color(tokens(ui).strong)).truncate());
            });
        });
        if !self.subtitle.is_empty() {
            ui.add(egui::Label::new(RichText::new(self.subtitle).color(tokens(ui).weak)).wrap());
        }
        ui.add_space(8.0);
        is_closed
    }
}

/// Height that a scrolled part of a dialog may take: that of the window without head, buttons and margins.
pub(crate) fn room_for_scrolling(ui: &Ui, other_height: f32) -> f32 {
    (ui.ctx().content_rect().height() - 2.0 * MARGIN - 90.0 - other_height).max(120.0)
}

/// Scrolls what is higher than `max_height`; its bar has a place of its own beside the content.
pub(crate) fn scroll_ui<R>(ui: &mut Ui, max_height: f32, content: impl FnOnce(&mut Ui) -> R) -> R {
    let area = ScrollArea::vertical().max_height(max_height).auto_shrink([false, true]);
    area.content_margin(Margin { right: 12, ..Margin::ZERO }).show(ui, content).inner
}

/// Keys as people write them: `Ctrl+,`.
pub(crate) fn keys_of(ctx: &Context, shortcut: KeyboardShortcut) -> String {
    let text = ctx.format_shortcut(&shortcut);
    let name = shortcut.logical_key.name();
    let symbol = match shortcut.logical_key {
        Key::Comma => ",",
        Key::Period => ".",
        Key::Plus => "+",
        Key::Minus => "-",
        Key::Equals => "=",
        _ => return text,
    };
    text.strip_suffix(name).map_or(text.clone(), |keys| format!("{keys}{symbol}"))
}

/// The row of buttons at the end of a dialog; they are added from right to left, the primary one first.
pub(crate) fn buttons_ui<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    ui.add_space(14.0);
    let row = vec2(ui.available_width(), size::CONTROL + 2.0);
    ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), content).inner
}

/// Whether Enter asks for the primary button of a dialog: pressed while nothing else has the keyboard.
pub(crate) fn is_confirmed(ui: &Ui) -> bool {
    let is_free = ui.memory(|memory| memory.focused().is_none());
    is_free && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Whether Enter was pressed in a field that has just been drawn.
pub(crate) fn is_entered(ui: &Ui, field: &Response) -> bool {
    field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Takes a key before the widgets see it.
pub(crate) fn takes(ui: &Ui, key: Key) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
}

/// A field to search in, with its icon and a way to empty it.
pub(crate) fn search_field(ui: &mut Ui, text: &mut String, hint: &str, is_new: bool) -> Response {
    let tokens = tokens(ui);
    let icon = icons::ICON_SEARCH.rich_text().size(size::ICON + 1.0).color(tokens.weak);
    let field = egui::TextEdit::singleline(text)
        .hint_text(RichText::new(hint).color(tokens.weak))
        .prefix(icon)
        .margin(Margin::symmetric(10, 7))
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    named(ui, &response, hint);
    if is_new {
        response.request_focus();
    }
    response
}

/// Gives a field the name that a screen reader says.
pub(crate) fn named(ui: &Ui, field: &Response, name: &str) {
    ui.ctx().accesskit_node_builder(field.id, |node| node.set_label(name));
}

/// Whether something that is drawn in every pass was not drawn in the pass before the last; the first pass of an area
/// only measures it, so newness holds for two.
fn is_new(ctx: &Context, id: Id) -> bool {
    let now = ctx.cumulative_pass_nr();
    ctx.data_mut(|data| {
        let (last, since) = data.get_temp::<(u64, u64)>(id).unwrap_or((u64::MAX, now));
        let since = if last.wrapping_add(2) < now || last == u64::MAX { now } else { since };
        data.insert_temp(id, (now, since));
        now - since <= 1
    })
}
