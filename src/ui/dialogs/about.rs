//! The program: version, devices, licences.

use eframe::egui::{Context, Label, Rect, RichText, Sense, Ui, vec2};
use egui_material_icons::icons;
use pg_base::say;

use super::sheet::{Sheet, buttons_ui, is_confirmed};
use crate::cx::Cx;
use crate::icons::mark_ui;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Draws the dialog; false once it has to go.
pub(super) fn show(ctx: &Context, cx: &Cx<'_>) -> bool {
    let sheet = Sheet::new("about", tr("About Pyrograph", "关于 Pyrograph"), 480.0);
    let (is_done, is_dismissed) = sheet.show(ctx, |ui, is_new| {
        head_ui(ui);
        ui.add_space(12.0);
        widgets::section_label(ui, tr("Devices", "计算设备"));
        for info in cx.session.core().devices().infos() {
            let (icon, color) = match info.unavailable {
                None => (icons::ICON_CHECK_CIRCLE, tokens(ui).good),
                Some(_) => (icons::ICON_BLOCK, tokens(ui).weak),
            };
            let row = ui.horizontal(|ui| {
                ui.label(icon.rich_text().size(size::ICON).color(color));
                ui.add(Label::new(RichText::new(&info.name).color(tokens(ui).text)).truncate());
            });
            if let Some(trouble) = &info.unavailable {
                let reason = trouble.details.found.tr();
                row.response.on_hover_ui(|ui| widgets::trouble_ui(ui, trouble));
                let text = RichText::new(widgets::sentence(reason))
                    .size(size::SMALL)
                    .color(tokens(ui).weak);
                ui.add(Label::new(text).wrap());
            }
        }
        ui.add_space(12.0);
        licences_ui(ui);
        buttons_ui(ui, |ui| {
            let done = widgets::primary_button(ui, None, tr("Close", "关闭"));
            if is_new {
                done.request_focus();
            }
            let copy = widgets::button(
                ui,
                Some(icons::ICON_CONTENT_COPY),
                tr("Copy for a report", "复制信息"),
            );
            if copy.clicked() {
                ui.copy_text(details(cx));
            }
            done.clicked() || is_confirmed(ui)
        })
    });
    !is_done && !is_dismissed
}

fn head_ui(ui: &mut Ui) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(56.0, 56.0), Sense::HOVER);
        mark_ui(ui, Rect::from_center_size(rect.center(), vec2(52.0, 52.0)));
        ui.add_space(6.0);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add_space(4.0);
            ui.label(RichText::new("Pyrograph").font(theme::bold(20.0)).color(tokens(ui).strong));
            let text = say!("Version {VERSION}", "版本 {VERSION}");
            widgets::weak(ui, text.tr());
        });
    });
    ui.add_space(4.0);
    let text = tr(
        "Machine learning without code, on your own computer.",
        "在自己的电脑上，无需编写代码的机器学习。",
    );
    ui.label(RichText::new(text).color(tokens(ui).text));
}

fn licences_ui(ui: &mut Ui) {
    widgets::section_label(ui, tr("Licences", "许可"));
    for (what, licence) in [
        ("Pyrograph", "MIT / Apache-2.0"),
        (tr("Networks: burn", "神经网络：burn"), "MIT / Apache-2.0"),
        (tr("Window: egui", "窗口界面：egui"), "MIT / Apache-2.0"),
        (tr("Tables: Polars", "数据表：Polars"), "MIT"),
        (tr("Typeface: Inter", "字体：Inter"), "SIL OFL 1.1"),
        (tr("Icons: Material Symbols", "图标：Material Symbols"), "Apache-2.0"),
    ] {
        widgets::key_value(ui, what, licence);
    }
}

/// What somebody who helps wants to know.
fn details(cx: &Cx<'_>) -> String {
    let mut lines =
        vec![format!("Pyrograph {VERSION} ({} {})", std::env::consts::OS, std::env::consts::ARCH)];
    for info in cx.session.core().devices().infos() {
        let state =
            info.unavailable.as_ref().map_or_else(|| "available".to_owned(), ToString::to_string);
        lines.push(format!("{}: {} — {state}", info.id, info.name));
    }
    lines.join("\n")
}
