//! Settings: each takes effect at once and is kept for this person.

use eframe::egui::{
    self, Align, Align2, ComboBox, Context, CornerRadius, Layout, Rect, RichText, Role, Sense,
    Stroke, StrokeKind, Ui, WidgetInfo, vec2,
};
use egui_material_icons::icons;
use pg_base::Lang;
use pg_session::Command;

use super::sheet::{Sheet, buttons_ui, is_confirmed, named, room_for_scrolling, scroll_ui};
use crate::cx::Cx;
use crate::lang::tr;
use crate::settings::{RendererChoice, Settings, ThemeChoice, Wheel};
use crate::theme::{self, size, tokens};
use crate::widgets;

const LABEL: f32 = 190.0;

/// Draws the dialog; false once it has to go.
pub(super) fn show(ctx: &Context, cx: &mut Cx<'_>) -> bool {
    let sheet = Sheet::new("settings", tr("Settings", "设置"), 620.0);
    let (is_done, is_dismissed) = sheet.show(ctx, |ui, is_new| {
        let height = room_for_scrolling(ui, 60.0).min(560.0);
        scroll_ui(ui, height, |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            window_ui(ui, cx);
            canvas_ui(ui, cx);
            computing_ui(ui, cx);
            projects_ui(ui, cx);
        });
        buttons_ui(ui, |ui| {
            let done = widgets::primary_button(ui, None, tr("Done", "完成"));
            if is_new {
                done.request_focus();
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let reset =
                    widgets::button(ui, Some(icons::ICON_RESTART_ALT), tr("Reset all", "全部重置"));
                if reset.clicked() {
                    reset_all(cx);
                }
            });
            done.clicked() || is_confirmed(ui)
        })
    });
    !is_done && !is_dismissed
}

fn window_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    widgets::section_label(ui, tr("Window", "窗口"));
    let settings = &mut cx.view.settings;
    row_ui(ui, tr("Language", "语言"), "", |ui| {
        let all = [
            (None, tr("As the system", "跟随系统")),
            (Some(Lang::En), "English"),
            (Some(Lang::Zh), "简体中文"),
        ];
        segments_ui(ui, tr("Language", "语言"), &mut settings.lang, &all);
    });
    row_ui(ui, tr("Theme", "主题"), "", |ui| {
        let all = [
            (ThemeChoice::System, tr("As the system", "跟随系统")),
            (ThemeChoice::Dark, tr("Dark", "深色")),
            (ThemeChoice::Light, tr("Light", "浅色")),
        ];
        segments_ui(ui, tr("Theme", "主题"), &mut settings.theme, &all);
    });
    row_ui(ui, tr("Size of everything", "界面大小"), "", |ui| scale_ui(ui, settings));
    row_ui(
        ui,
        tr("Drawing", "绘制方式"),
        tr("From the next start on.", "下次启动时生效。"),
        |ui| {
            let all =
                [(RendererChoice::Auto, tr("Automatic", "自动")), (RendererChoice::Glow, "OpenGL")];
            segments_ui(ui, tr("Drawing", "绘制方式"), &mut settings.renderer, &all);
        },
    );
}

/// Steps instead of a slider: what is dragged must not move away under the pointer.
fn scale_ui(ui: &mut Ui, settings: &mut Settings) {
    let percent = (settings.scale * 100.0).round() as i32;
    let mut wanted = percent;
    ui.add_enabled_ui(percent > 100, |ui| {
        if widgets::icon_button(ui, icons::ICON_REMOVE, tr("Smaller", "缩小")).clicked() {
            wanted -= 10;
        }
    });
    let label = egui::Label::new(RichText::new(format!("{percent} %")).color(tokens(ui).strong));
    ui.add_sized(vec2(56.0, size::CONTROL), label);
    ui.add_enabled_ui(percent < 250, |ui| {
        if widgets::icon_button(ui, icons::ICON_ADD, tr("Larger", "放大")).clicked() {
            wanted += 10;
        }
    });
    if wanted != percent {
        settings.scale = (wanted as f32 / 100.0).clamp(1.0, 2.5);
    }
}

fn canvas_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.add_space(6.0);
    widgets::section_label(ui, tr("Canvas", "画布"));
    let settings = &mut cx.view.settings;
    row_ui(
        ui,
        tr("The wheel", "滚轮"),
        tr("With Ctrl it does the other.", "按住 Ctrl 则相反。"),
        |ui| {
            let all = [(Wheel::Pans, tr("Moves", "移动")), (Wheel::Zooms, tr("Zooms", "缩放"))];
            segments_ui(ui, tr("The wheel", "滚轮"), &mut settings.wheel, &all);
        },
    );
    row_ui(ui, tr("Map", "缩略图"), "", |ui| {
        ui.checkbox(
            &mut settings.shows_minimap,
            tr("Show a map of large graphs", "显示画布缩略图"),
        );
    });
}

fn computing_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.add_space(6.0);
    widgets::section_label(ui, tr("Computing", "计算"));
    row_ui(
        ui,
        tr("Device", "计算设备"),
        tr("For this window and new ones.", "用于此窗口及新窗口。"),
        |ui| device_ui(ui, cx),
    );
    let help = tr(
        "The oldest go first; they are computed again when needed.",
        "超出时先删除最旧的结果，需要时会重新计算。",
    );
    row_ui(ui, tr("Results kept on disk", "磁盘上保留的结果"), help, |ui| {
        let gigabytes = &mut cx.view.settings.cache_gigabytes;
        let value = egui::DragValue::new(gigabytes).range(1..=5000).suffix(" GB");
        let response = ui.add_sized(vec2(110.0, size::CONTROL), value);
        named(ui, &response, tr("Results kept on disk", "磁盘上保留的结果"));
    });
}

fn device_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let session = cx.session;
    let devices = session.core().devices();
    let chosen = cx.view.settings.device.clone();
    let name = devices
        .infos()
        .find(|info| info.id == chosen)
        .map_or(chosen.clone(), |info| info.name.clone());
    let combo = ComboBox::from_id_salt("device")
        .selected_text(name)
        .width(280.0)
        .truncate()
        .show_ui(ui, |ui| {
            for info in devices.infos() {
                let is_there = info.unavailable.is_none();
                let button = egui::Button::selectable(info.id == chosen, &info.name);
                let response = ui
                    .add_enabled(is_there, button.min_size(vec2(ui.available_width(), size::ROW)));
                match &info.unavailable {
                    Some(trouble) => {
                        response.on_disabled_hover_ui(|ui| widgets::trouble_ui(ui, trouble));
                    }
                    None if response.clicked() => {
                        cx.view.settings.device.clone_from(&info.id);
                        cx.dispatch(Command::SetDevice { device: info.id.clone() });
                    }
                    None => {}
                }
            }
        });
    named(ui, &combo.response, tr("Device", "计算设备"));
}

fn projects_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.add_space(6.0);
    widgets::section_label(ui, tr("Projects and files", "项目与文件"));
    let has_native = cx.view.files.has_native();
    let settings = &mut cx.view.settings;
    let help = tr(
        "Every edit is kept in a journal in any case, even if the program ends suddenly.",
        "无论如何，每次编辑都会记入日志，即使程序意外结束也不会丢失。",
    );
    row_ui(ui, tr("Save automatically", "自动保存"), help, |ui| {
        let all = [
            (0, tr("Never", "从不")),
            (60, tr("Every minute", "每分钟")),
            (300, tr("Every 5 minutes", "每 5 分钟")),
        ];
        segments_ui(ui, tr("Save automatically", "自动保存"), &mut settings.autosave_secs, &all);
    });
    let help = if has_native {
        ""
    } else {
        tr(
            "This system offers none; Pyrograph’s own are used.",
            "此系统未提供，将使用 Pyrograph 自带的对话框。",
        )
    };
    row_ui(ui, tr("File dialogs", "文件对话框"), help, |ui| {
        ui.add_enabled_ui(has_native, |ui| {
            let all = [
                (true, tr("Those of the system", "系统自带")),
                (false, tr("Pyrograph’s own", "Pyrograph 自带")),
            ];
            segments_ui(
                ui,
                tr("File dialogs", "文件对话框"),
                &mut settings.uses_native_dialogs,
                &all,
            );
        });
    });
}

/// Everything as it was at first, except what the person did: recent projects, favourites, the size of the window.
fn reset_all(cx: &mut Cx<'_>) {
    let settings = &mut cx.view.settings;
    settings.reset();
    let device = settings.device.clone();
    cx.dispatch(Command::SetDevice { device });
}

/// A label at the left, a control at the right, and a line of help below it.
fn row_ui(ui: &mut Ui, label: &str, help: &str, control: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let text = RichText::new(label).color(tokens(ui).text);
        let row = vec2(LABEL, size::CONTROL);
        ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(LABEL);
            ui.add(egui::Label::new(text).truncate());
        });
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let row = vec2(ui.available_width(), size::CONTROL);
            ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), control);
            if !help.is_empty() {
                let text = RichText::new(help).size(size::SMALL).color(tokens(ui).weak);
                ui.add(egui::Label::new(text).wrap());
            }
        });
    });
}

/// A few options beside each other, one of them chosen.
fn segments_ui<T: Copy + PartialEq>(ui: &mut Ui, name: &str, chosen: &mut T, all: &[(T, &str)]) {
    let tokens = tokens(ui);
    let font = theme::regular(size::BODY);
    let widths: Vec<f32> = all
        .iter()
        .map(|(_, label)| {
            ui.painter().layout_no_wrap((*label).to_owned(), font.clone(), tokens.text).size().x
                + 24.0
        })
        .collect();
    let (rect, _) = ui.allocate_exact_size(vec2(widths.iter().sum(), size::CONTROL), Sense::HOVER);
    let radius = CornerRadius::same(size::RADIUS);
    ui.painter().rect(
        rect,
        radius,
        tokens.field,
        Stroke::new(1.0, tokens.border),
        StrokeKind::Inside,
    );
    let mut left = rect.left();
    for ((value, label), width) in all.iter().zip(widths) {
        let part = Rect::from_min_size(egui::pos2(left, rect.top()), vec2(width, size::CONTROL));
        left += width;
        let sense = if ui.is_enabled() { Sense::click() } else { Sense::HOVER };
        let response = ui.interact(part, ui.scope_id().with(("segment", name, *label)), sense);
        let is_chosen = *value == *chosen;
        let is_enabled = ui.is_enabled();
        response.widget_info(|| {
            WidgetInfo::selected(
                Role::RadioButton,
                is_enabled,
                is_chosen,
                format!("{name}: {label}"),
            )
        });
        if is_chosen {
            ui.painter().rect_filled(
                part.shrink(2.0),
                CornerRadius::same(size::RADIUS - 1),
                tokens.selected,
            );
        } else if response.hovered() && is_enabled {
            ui.painter().rect_filled(
                part.shrink(2.0),
                CornerRadius::same(size::RADIUS - 1),
                tokens.hover,
            );
        }
        widgets::focus_ring(ui, &response);
        let color = match (is_chosen, is_enabled) {
            (true, true) => tokens.accent,
            (false, true) => tokens.text,
            (_, false) => tokens.weak,
        };
        ui.painter().text(part.center(), Align2::CENTER_CENTER, label, font.clone(), color);
        if response.clicked() {
            *chosen = *value;
        }
    }
}
