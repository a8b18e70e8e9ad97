//! The choices of a picture: its kind in a row at the top, its columns in a narrow form at the left.

use eframe::egui::{
    self, Align2, CornerRadius, Key, Popup, PopupCloseBehavior, Rect, Response, RichText, Role,
    ScrollArea, Sense, Stroke, StrokeKind, TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons;
use pg_data::{Column, ColumnKind, Part, Role as ColumnRole, Schema};

use super::choices::{Choices, Chosen, Kind, Slot, Spec, measure_of};
use crate::lang::tr;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Lists longer than this have a search field.
const MAX_UNSEARCHED: usize = 14;
const LABEL_HEIGHT: f32 = 18.0;

/// The kinds side by side; without words where there is little room.
pub(super) fn kinds_ui(ui: &mut Ui, chosen: Kind, room: f32) -> Option<Kind> {
    let tokens = tokens(ui);
    let font = theme::regular(size::BODY);
    let galleys: Vec<_> = Kind::ALL
        .into_iter()
        .map(|kind| ui.painter().layout_no_wrap(kind.title().to_owned(), font.clone(), tokens.text))
        .collect();
    let words: f32 = galleys.iter().map(|galley| galley.size().x + 44.0).sum();
    let has_words = words <= room;
    let mut clicked = None;
    ui.spacing_mut().item_spacing.x = 2.0;
    for (kind, galley) in Kind::ALL.into_iter().zip(galleys) {
        let is_chosen = kind == chosen;
        let width = if has_words { galley.size().x + 42.0 } else { 32.0 };
        let (rect, response) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::click());
        response
            .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, kind.title()));
        if is_chosen || response.hovered() {
            let fill = if is_chosen { tokens.selected } else { tokens.hover };
            ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
        }
        widgets::focus_ring(ui, &response);
        let color = if is_chosen || response.hovered() { tokens.strong } else { tokens.text };
        let icon_color = if is_chosen { tokens.accent } else { tokens.weak };
        let icon = Rect::from_center_size(
            pos2(rect.left() + 16.0, rect.center().y),
            vec2(size::ICON, size::ICON),
        );
        widgets::icon_at(ui, kind.icon(), icon, size::ICON + 1.0, icon_color);
        if has_words {
            let at = pos2(rect.left() + 30.0, rect.center().y - galley.size().y / 2.0);
            ui.painter().galley_with_override_text_color(at, galley, color);
        }
        let response = response.on_hover_ui(|ui| {
            if !has_words {
                ui.label(
                    RichText::new(kind.title()).font(theme::bold(size::BODY)).color(tokens.strong),
                );
            }
            ui.label(kind.hint());
        });
        if response.clicked() {
            clicked = Some(kind);
        }
    }
    clicked
}

/// The columns of the picture.
pub(super) fn columns_ui(
    ui: &mut Ui,
    choices: &mut Choices,
    spec: &Spec,
    schema: &Schema,
    is_split: bool,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    for (slot, label, is_required) in spec.kind.slots() {
        let label_rect = label_ui(ui, label);
        if matches!((spec.kind, slot), (Kind::Scatter, Slot::X | Slot::Y) | (Kind::Line, Slot::Y)) {
            log_ui(ui, label_rect, choices, spec, slot);
        }
        let options = options(spec.kind, slot, is_required, schema);
        let chosen = spec.column(slot);
        let text = match chosen {
            Some(name) => schema.get(name).map_or_else(|| name.to_owned(), measure_of),
            None if is_required => tr("No column fits", "没有合适的列").to_owned(),
            None => spec.kind.nothing(slot).to_owned(),
        };
        let is_set = options.len() > usize::from(!is_required);
        let picked =
            ui.add_enabled_ui(is_set, |ui| picker_ui(ui, label, &text, chosen, &options)).inner;
        if let Some(picked) = picked {
            choices.set(slot, picked);
        }
        ui.add_space(6.0);
    }
    if is_split {
        part_ui(ui, choices, spec);
    }
}

/// A word at the right of a label that switches the scale of the axis.
fn log_ui(ui: &mut Ui, row: Rect, choices: &mut Choices, spec: &Spec, slot: Slot) {
    let tokens = tokens(ui);
    let is_log = spec.is_log.get(slot as usize).copied().unwrap_or_default();
    let label = tr("Log scale", "对数刻度");
    let galley =
        ui.painter().layout_no_wrap(label.to_owned(), theme::regular(size::SMALL), tokens.weak);
    let rect = Align2::RIGHT_TOP
        .anchor_size(row.right_top(), vec2(galley.size().x + 12.0, LABEL_HEIGHT - 2.0));
    let response = ui.interact(rect, ui.scope_id().with(("log", slot as usize)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_log, label));
    if is_log || response.hovered() {
        let fill = if is_log { tokens.selected } else { tokens.hover };
        ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
    }
    widgets::focus_ring(ui, &response);
    let color = if is_log || response.hovered() { tokens.strong } else { tokens.weak };
    let at = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size()).min;
    ui.painter().galley_with_override_text_color(at, galley, color);
    let hint = tr(
        "Equal steps for equal factors; values of zero and below are left out.",
        "等距表示等倍数；小于等于零的值不显示。",
    );
    if response.on_hover_text(hint).clicked()
        && let Some(place) = choices.is_log.get_mut(slot as usize)
    {
        *place = !is_log;
    }
}

fn label_ui(ui: &mut Ui, label: &str) -> Rect {
    let tokens = tokens(ui);
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), LABEL_HEIGHT), Sense::hover());
    ui.painter().text(
        rect.left_top(),
        Align2::LEFT_TOP,
        label,
        theme::regular(size::SMALL),
        tokens.weak,
    );
    rect
}

/// The parts of a split table.
fn part_ui(ui: &mut Ui, choices: &mut Choices, spec: &Spec) {
    label_ui(ui, tr("Rows", "行"));
    let all = tr("All parts", "全部");
    let options: Vec<Choice> = std::iter::once(None)
        .chain(Part::ALL.map(Some))
        .map(|part| Choice {
            chosen: Chosen::Nothing,
            name: part_title(part).to_owned(),
            icon: None,
            group: part,
        })
        .collect();
    let text = spec.part.map_or(all, |part| part_title(Some(part)));
    let response = field_ui(ui, tr("Rows", "行"), text);
    Popup::menu(&response).width(response.rect.width()).show(|ui| {
        for option in &options {
            if option_ui(ui, option, option.group == spec.part).clicked() {
                choices.part = option.group;
                ui.close();
            }
        }
    });
}

fn part_title(part: Option<Part>) -> &'static str {
    match part {
        None => tr("All parts", "全部"),
        Some(Part::Training) => tr("Training rows", "训练集"),
        Some(Part::Validation) => tr("Validation rows", "验证集"),
        Some(Part::Test) => tr("Test rows", "测试集"),
    }
}

/// A line of a list.
struct Choice {
    chosen: Chosen,
    name: String,
    icon: Option<MaterialIcon>,
    group: Option<Part>,
}

fn options(kind: Kind, slot: Slot, is_required: bool, schema: &Schema) -> Vec<Choice> {
    let nothing = Choice {
        chosen: Chosen::Nothing,
        name: kind.nothing(slot).to_owned(),
        icon: None,
        group: None,
    };
    let fitting =
        schema.columns.iter().filter(|column| kind.fits(slot, column)).map(|column| Choice {
            chosen: Chosen::Column(column.name.clone()),
            name: measure_of(column),
            icon: Some(icon_of(column)),
            group: None,
        });
    (!is_required).then_some(nothing).into_iter().chain(fitting).collect()
}

fn icon_of(column: &Column) -> MaterialIcon {
    match column.kind {
        _ if column.role == ColumnRole::Target => icons::ICON_TARGET,
        ColumnKind::Number => icons::ICON_TAG,
        ColumnKind::Category => icons::ICON_LABEL,
        ColumnKind::Date => icons::ICON_CALENDAR_TODAY,
        ColumnKind::Image(_) => icons::ICON_IMAGE,
        ColumnKind::Audio => icons::ICON_MUSIC_NOTE,
        ColumnKind::Text | ColumnKind::Sequence { .. } => icons::ICON_NOTES,
    }
}

/// A field with what is chosen and a list below it.
fn picker_ui(
    ui: &mut Ui,
    label: &str,
    text: &str,
    chosen: Option<&str>,
    options: &[Choice],
) -> Option<Chosen> {
    let response = field_ui(ui, label, text);
    let mut picked = None;
    let search_id = response.id.with("search");
    let width = response.rect.width().max(200.0);
    Popup::menu(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(width)
        .show(|ui| {
            let mut search: String = ui.data(|data| data.get_temp(search_id)).unwrap_or_default();
            if options.len() > MAX_UNSEARCHED {
                let hint = tr("Find a column", "查找列");
                let field = ui.add(
                    TextEdit::singleline(&mut search)
                        .hint_text(hint)
                        .margin(vec2(8.0, 5.0))
                        .desired_width(f32::INFINITY),
                );
                if !field.has_focus() && !ui.input(|input| input.key_down(Key::Tab)) {
                    field.request_focus();
                }
                ui.data_mut(|data| data.insert_temp(search_id, search.clone()));
            }
            let needle = search.to_lowercase();
            let shown: Vec<&Choice> = options
                .iter()
                .filter(|option| option.name.to_lowercase().contains(&needle))
                .collect();
            ScrollArea::vertical().max_height(300.0).show_rows(
                ui,
                size::ROW,
                shown.len(),
                |ui, range| {
                    for option in shown.get(range).unwrap_or_default() {
                        let is_chosen = match &option.chosen {
                            Chosen::Column(name) => Some(name.as_str()) == chosen,
                            _ => chosen.is_none(),
                        };
                        if option_ui(ui, option, is_chosen).clicked() {
                            picked = Some(option.chosen.clone());
                            ui.data_mut(|data| data.remove::<String>(search_id));
                            ui.close();
                        }
                    }
                },
            );
        });
    picked
}

fn option_ui(ui: &mut Ui, option: &Choice, is_chosen: bool) -> Response {
    let response = widgets::row_ui(ui, &option.name, is_chosen, |ui| {
        let tokens = tokens(ui);
        let color = if is_chosen { tokens.strong } else { tokens.text };
        if let Some(icon) = option.icon {
            ui.label(icon.rich_text().size(size::ICON - 1.0).color(tokens.weak));
        }
        ui.label(RichText::new(&option.name).color(color));
    });
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A field that opens a list, over the whole width.
fn field_ui(ui: &mut Ui, label: &str, text: &str) -> Response {
    let tokens = tokens(ui);
    let is_enabled = ui.is_enabled();
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::CONTROL), Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::ComboBox, is_enabled, format!("{label}: {text}"))
    });
    let fill = if response.hovered() { tokens.hover } else { tokens.field };
    let radius = CornerRadius::same(size::RADIUS);
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, tokens.border), StrokeKind::Inside);
    widgets::focus_ring(ui, &response);
    let color = if is_enabled { tokens.strong } else { tokens.weak };
    let room = rect.width() - 36.0;
    let mut job = egui::text::LayoutJob::simple_singleline(
        text.to_owned(),
        theme::regular(size::BODY),
        color,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let galley = ui.painter().layout_job(job);
    let is_cut = galley.elided;
    let at =
        Align2::LEFT_CENTER.anchor_size(rect.left_center() + vec2(10.0, 0.0), galley.size()).min;
    ui.painter().galley(at, galley, color);
    let arrow =
        Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), vec2(14.0, 14.0));
    widgets::icon_at(ui, icons::ICON_KEYBOARD_ARROW_DOWN, arrow, size::ICON, tokens.weak);
    if is_cut { response.on_hover_text(text) } else { response }
}
