//! The small parts that every panel is made of, so that all of them look alike.

use eframe::egui::{
    self, Align, Align2, Color32, CornerRadius, Frame, Layout, Margin, Rect, Response, RichText,
    Role, Sense, Stroke, StrokeKind, TextWrapMode, Ui, Vec2, WidgetInfo, WidgetText, pos2, vec2,
};
use egui_material_icons::MaterialIcon;
use pg_base::Trouble;

use crate::lang::{Tr, lang, tr};
use crate::theme::{self, size, tokens};

/// The one button of a place that most people want.
pub fn primary_button(ui: &mut Ui, icon: Option<MaterialIcon>, label: &str) -> Response {
    let tokens = tokens(ui);
    let text = RichText::new(label).font(theme::bold(size::BODY)).color(tokens.on_accent);
    let button = match icon {
        Some(icon) => {
            egui::Button::new((icon.rich_text().size(size::ICON).color(tokens.on_accent), text))
        }
        None => egui::Button::new(text),
    };
    let response =
        ui.add(button.fill(tokens.accent).stroke(Stroke::NONE).min_size(vec2(0.0, size::CONTROL)));
    // Without the letter that stands for the icon.
    response.accessible_name(label)
}

/// A button with an icon before its label.
pub fn button(ui: &mut Ui, icon: Option<MaterialIcon>, label: &str) -> Response {
    let button = match icon {
        Some(icon) => egui::Button::new((icon.rich_text().size(size::ICON), RichText::new(label))),
        None => egui::Button::new(RichText::new(label)),
    };
    ui.add(button.min_size(vec2(0.0, size::CONTROL))).accessible_name(label)
}

/// A button that is only an icon; `name` is its tooltip and what a screen reader says.
pub fn icon_button(ui: &mut Ui, icon: MaterialIcon, name: &str) -> Response {
    let tokens = tokens(ui);
    let side = size::CONTROL - 2.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    let is_enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, is_enabled, name));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), tokens.hover);
    }
    focus_ring(ui, &response);
    let color = if !is_enabled {
        tokens.weak.gamma_multiply(0.5)
    } else if response.hovered() {
        tokens.strong
    } else {
        tokens.text
    };
    icon_at(ui, icon, rect, size::ICON + 1.0, color);
    response.on_hover_text(name)
}

/// Paints an icon in the middle of a rectangle.
pub fn icon_at(ui: &Ui, icon: MaterialIcon, rect: Rect, size: f32, color: Color32) {
    let font = egui::FontId::new(size, icon.font_family());
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon.codepoint, font, color);
}

/// The ring around what has the keyboard.
pub fn focus_ring(ui: &Ui, response: &Response) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, tokens(ui).accent);
        ui.painter().rect_stroke(
            response.rect,
            CornerRadius::same(size::RADIUS),
            stroke,
            StrokeKind::Outside,
        );
    }
}

/// Small capitals above a group of rows.
pub fn section_label(ui: &mut Ui, text: &str) -> Response {
    let color = tokens(ui).weak;
    ui.add(egui::Label::new(
        RichText::new(text.to_uppercase()).font(theme::bold(size::SMALL - 0.5)).color(color),
    ))
}

/// The title of a panel.
pub fn heading(ui: &mut Ui, text: &str) -> Response {
    let color = tokens(ui).strong;
    ui.add(egui::Label::new(RichText::new(text).font(theme::bold(size::HEADING)).color(color)))
}

/// A title within a panel.
pub fn subheading(ui: &mut Ui, text: &str) -> Response {
    let color = tokens(ui).strong;
    ui.add(egui::Label::new(RichText::new(text).font(theme::bold(size::BODY)).color(color)))
}

/// Text that steps back.
pub fn weak(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = tokens(ui).weak;
    ui.add(egui::Label::new(RichText::new(text).color(color)))
}

/// A label at the left and a value at the right of one row.
pub fn key_value(ui: &mut Ui, label: &str, value: &str) -> Response {
    let (weak, strong) = (tokens(ui).weak, tokens(ui).strong);
    ui.horizontal(|ui| {
        ui.add(egui::Label::new(RichText::new(label).color(weak)).truncate());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add(egui::Label::new(RichText::new(value).color(strong)).truncate());
        });
    })
    .response
}

/// A raised surface with a margin.
pub fn card_ui<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    card_frame(ui).show(ui, content).inner
}

/// The frame of a card.
pub fn card_frame(ui: &Ui) -> Frame {
    let tokens = tokens(ui);
    Frame::new()
        .fill(tokens.card)
        .stroke(Stroke::new(1.0, tokens.border))
        .corner_radius(CornerRadius::same(size::CARD_RADIUS))
        .inner_margin(Margin::same(12))
}

/// Tabs in a row; gives the one that was clicked.
pub fn tabs<T: Copy + PartialEq>(ui: &mut Ui, chosen: T, all: &[(T, String)]) -> Option<T> {
    let mut clicked = None;
    ui.spacing_mut().item_spacing.x = 18.0;
    for (tab, label) in all {
        let is_chosen = *tab == chosen;
        let tokens = tokens(ui);
        let font = if is_chosen { theme::bold(size::BODY) } else { theme::regular(size::BODY) };
        let galley = ui.painter().layout_no_wrap(label.clone(), font, tokens.text);
        let height = ui.available_height().min(36.0);
        let (rect, response) =
            ui.allocate_exact_size(vec2(galley.size().x, height), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_chosen, label));
        focus_ring(ui, &response);
        let color = if is_chosen || response.hovered() { tokens.strong } else { tokens.weak };
        let at = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), rect).min;
        ui.painter().galley_with_override_text_color(at, galley, color);
        if is_chosen {
            let line = rect.with_min_y(rect.bottom() - 2.0).expand2(vec2(4.0, 0.0));
            ui.painter().rect_filled(line, CornerRadius::same(1), tokens.accent);
        }
        if response.clicked() {
            clicked = Some(*tab);
        }
    }
    clicked
}

/// One of a few: words side by side in one field; gives what was clicked.
pub fn segmented<T: Clone + PartialEq>(
    ui: &mut Ui,
    chosen: &T,
    options: &[(T, &str)],
) -> Option<T> {
    let tokens = tokens(ui);
    let galleys: Vec<_> = options
        .iter()
        .map(|(_, label)| {
            ui.painter().layout_no_wrap(
                (*label).to_owned(),
                theme::regular(size::BODY),
                Color32::PLACEHOLDER,
            )
        })
        .collect();
    let width: f32 = galleys.iter().map(|galley| galley.size().x + 20.0).sum();
    let (rect, whole) = ui.allocate_exact_size(vec2(width + 4.0, size::CONTROL), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), tokens.field);
    let mut clicked = None;
    let mut left = rect.left() + 2.0;
    for (index, ((option, label), galley)) in options.iter().zip(galleys).enumerate() {
        let part = Rect::from_min_size(
            pos2(left, rect.top() + 2.0),
            vec2(galley.size().x + 20.0, rect.height() - 4.0),
        );
        left = part.right();
        let is_chosen = option == chosen;
        let response = ui.interact(part, whole.id.with(index), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, *label));
        if is_chosen {
            ui.painter().rect_filled(part, CornerRadius::same(size::RADIUS - 1), tokens.hover);
        }
        focus_ring(ui, &response);
        let color = if is_chosen || response.hovered() { tokens.strong } else { tokens.weak };
        let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), part).min;
        ui.painter().galley_with_override_text_color(at, galley, color);
        if response.clicked() && !is_chosen {
            clicked = Some(option.clone());
        }
    }
    clicked
}

/// A place with nothing in it yet: what will be here, and the next step. True where its button was clicked.
pub fn empty_state(
    ui: &mut Ui,
    icon: MaterialIcon,
    title: &str,
    text: &str,
    button_label: Option<&str>,
) -> bool {
    let mut is_clicked = false;
    let (weak, strong) = (tokens(ui).weak, tokens(ui).strong);
    let height = ui.available_height();
    ui.vertical_centered(|ui| {
        ui.add_space(((height - 130.0) / 2.0).max(8.0));
        ui.label(icon.rich_text().size(30.0).color(weak));
        ui.add(egui::Label::new(RichText::new(title).font(theme::bold(14.0)).color(strong)));
        ui.add(egui::Label::new(RichText::new(text).color(weak)));
        if let Some(label) = button_label {
            ui.add_space(6.0);
            is_clicked = primary_button(ui, None, label).clicked();
        }
    });
    is_clicked
}

/// A trouble in words: what was found, what was expected, what to try.
pub fn trouble_ui(ui: &mut Ui, trouble: &Trouble) {
    let tokens = tokens(ui);
    let details = &trouble.details;
    ui.add(
        egui::Label::new(RichText::new(sentence(details.found.tr())).color(tokens.strong)).wrap(),
    );
    if !details.expected.is_empty() {
        let expected = details.expected.tr();
        let text = format!("{}{expected}", tr("Expected: ", "应为："));
        ui.add(egui::Label::new(RichText::new(text).color(tokens.text)).wrap());
    }
    if !details.advice.is_empty() {
        ui.add(egui::Label::new(RichText::new(details.advice.tr()).color(tokens.text)).wrap());
    }
    if let Some(path) = &details.place.path {
        let text = RichText::new(path.display().to_string()).size(size::SMALL).color(tokens.weak);
        ui.add(egui::Label::new(text).wrap());
    }
}

/// A coloured box around something to be looked at.
pub fn notice_ui<R>(ui: &mut Ui, is_bad: bool, content: impl FnOnce(&mut Ui) -> R) -> R {
    let tokens = tokens(ui);
    let (fill, edge) =
        if is_bad { (tokens.bad_fill, tokens.bad) } else { (tokens.warning_fill, tokens.warning) };
    Frame::new()
        .fill(fill)
        .stroke(Stroke::new(1.0, edge.gamma_multiply(0.45)))
        .corner_radius(CornerRadius::same(size::CARD_RADIUS))
        .inner_margin(Margin::symmetric(12, 10))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            content(ui)
        })
        .inner
}

/// A text that acts like a link: the one-click fix of a diagnostic.
pub fn link(ui: &mut Ui, label: &str) -> Response {
    let color = tokens(ui).accent;
    let text = RichText::new(label).font(theme::bold(size::BODY)).color(color);
    let response = ui.add(egui::Label::new(text).sense(Sense::click()).selectable(false).wrap());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A row over the whole width that can be clicked and chosen. `content` draws on it.
pub fn row_ui(ui: &mut Ui, name: &str, is_chosen: bool, content: impl FnOnce(&mut Ui)) -> Response {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_chosen, name));
    let tokens = tokens(ui);
    let fill = if is_chosen {
        Some(tokens.selected)
    } else if response.hovered() {
        Some(tokens.hover)
    } else {
        None
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
    }
    focus_ring(ui, &response);
    let mut child = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(rect.shrink2(vec2(8.0, 0.0)))
            .layout(Layout::left_to_right(Align::Center)),
    );
    child.style_mut().interaction.selectable_labels = false;
    child.style_mut().wrap_mode = Some(TextWrapMode::Truncate);
    content(&mut child);
    response
}

/// A number for people: thin spaces between thousands, as few decimals as it needs.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "–".to_owned() } else { value.to_string() };
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        return format!("{value:.3e}");
    }
    let decimals = match size {
        s if s >= 1000.0 || value.fract() == 0.0 => 0,
        s if s >= 100.0 => 1,
        s if s >= 10.0 => 2,
        s if s >= 0.1 => 3,
        _ => 5,
    };
    grouped(&format!("{value:.decimals$}"))
}

/// A whole number for people.
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// Digits with a comma between thousands and a true minus sign.
pub(crate) fn grouped(digits: &str) -> String {
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let (sign, whole) = match whole.strip_prefix('-') {
        Some(whole) => ("−", whole),
        None => ("", whole),
    };
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 && whole.len() > 4 {
            text.push(',');
        }
        text.push(digit);
    }
    if !rest.is_empty() {
        text.push('.');
        text.push_str(rest);
    }
    text
}

/// A size in bytes for people.
pub fn bytes(n_bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut value = n_bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(value < 10.0 && unit > 0);
    format!("{value:.decimals$} {}", units.get(unit).copied().unwrap_or("B"))
}

/// A time span for people.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "–".to_owned();
    }
    let whole = seconds.round() as u64;
    let is_zh = lang() == pg_base::Lang::Zh;
    match whole {
        _ if seconds < 1.0 => {
            let ms = (seconds * 1000.0).round();
            format!("{ms} {}", if is_zh { "毫秒" } else { "ms" })
        }
        _ if seconds < 10.0 => format!("{seconds:.1} {}", if is_zh { "秒" } else { "s" }),
        0..=59 => format!("{whole} {}", if is_zh { "秒" } else { "s" }),
        60..=3599 => {
            let (minutes, rest) = (whole / 60, whole % 60);
            if is_zh {
                format!("{minutes} 分 {rest} 秒")
            } else {
                format!("{minutes} min {rest} s")
            }
        }
        _ => {
            let (hours, minutes) = (whole / 3600, whole % 3600 / 60);
            if is_zh {
                format!("{hours} 小时 {minutes} 分")
            } else {
                format!("{hours} h {minutes} min")
            }
        }
    }
}

/// Begins with a capital letter, as a sentence does.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A label that is cut where it does not fit, with the whole text as its tooltip.
pub fn truncated(ui: &mut Ui, text: impl Into<WidgetText>) -> Response {
    ui.add(egui::Label::new(text).truncate())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        let check = |value: f64, expected: &str| assert_eq!(number(value), expected, "{value}");
        check(0.0, "0");
        check(0.9667, "0.967");
        check(1234567.0, "1,234,567");
        check(-1234.5, "−1234");
        check(61706.0, "61,706");
        check(1e-9, "1.000e-9");
        check(f64::NAN, "–");
        assert_eq!(bytes(48_300_000), "48 MB");
        assert_eq!(bytes(1500), "1.5 kB");
        assert_eq!(duration(0.0423), "42 ms");
        assert_eq!(duration(125.0), "2 min 5 s");
        assert_eq!(sentence("there is"), "There is");
    }
}
