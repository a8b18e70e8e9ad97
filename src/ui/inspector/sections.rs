//! Titled parts under the form, and rows of a label and a value.

use eframe::egui::{
    self, Align, Color32, Label, Layout, RichText, Role, Sense, Stroke, Ui, WidgetInfo, vec2,
};
use egui_material_icons::icons;

use crate::theme::{self, size, tokens};
use crate::widgets;

/// A part with a title and a line above.
pub(super) fn section_ui(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui)) {
    line_ui(ui);
    widgets::section_label(ui, title);
    content(ui);
}

/// A part that is folded until its title is clicked.
pub(super) fn folded_ui(
    ui: &mut Ui,
    title: &str,
    is_open: &mut bool,
    content: impl FnOnce(&mut Ui),
) {
    line_ui(ui);
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, *is_open, title));
    let color = if response.hovered() { tokens.text } else { tokens.weak };
    let font = theme::bold(size::SMALL - 0.5);
    ui.painter().text(
        rect.left_center(),
        egui::Align2::LEFT_CENTER,
        title.to_uppercase(),
        font,
        color,
    );
    let icon =
        if *is_open { icons::ICON_KEYBOARD_ARROW_DOWN } else { icons::ICON_KEYBOARD_ARROW_RIGHT };
    let at =
        egui::Rect::from_center_size(rect.right_center() - vec2(8.0, 0.0), egui::Vec2::splat(16.0));
    widgets::icon_at(ui, icon, at, 17.0, color);
    widgets::focus_ring(ui, &response);
    if response.clicked() {
        *is_open ^= true;
    }
    if *is_open {
        content(ui);
    }
}

fn line_ui(ui: &mut Ui) {
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, tokens(ui).border));
    ui.add_space(4.0);
}

/// Rows of a label at the left and a value at the right.
pub(super) struct Rows<'a> {
    ui: &'a mut Ui,
}

impl<'a> Rows<'a> {
    /// Rows in a part.
    pub(super) fn new(ui: &'a mut Ui) -> Self {
        ui.spacing_mut().item_spacing.y = 5.0;
        Self { ui }
    }

    /// One row.
    pub(super) fn row(&mut self, label: &str, value: &str) {
        let color = tokens(self.ui).strong;
        self.row_in(label, value, color);
    }

    /// One row whose value has a colour of its own.
    pub(super) fn row_in(&mut self, label: &str, value: &str, color: Color32) {
        let weak = tokens(self.ui).weak;
        let size = vec2(self.ui.available_width(), 18.0);
        self.ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
            // The value first: where both do not fit, the label is cut.
            let value = ui.add(Label::new(RichText::new(value).color(color)).truncate());
            let width = value.rect.left() - ui.min_rect().left().min(ui.max_rect().left()) - 8.0;
            ui.allocate_ui_with_layout(
                vec2(width.max(20.0), 18.0),
                Layout::left_to_right(Align::Center),
                |ui| {
                    ui.add(Label::new(RichText::new(label).color(weak)).truncate());
                },
            );
        });
    }
}
