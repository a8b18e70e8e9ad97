//! What a drop would do, said while files are held over the window.

use std::path::Path;

use eframe::egui::{
    Align2, Area, Context, Id, Order, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::{MaterialIcon, icons};
use pg_base::say;

use super::drop::{MODEL_EXTENSION, extension_of};
use super::{EXTENSION, sources};
use crate::cx::Cx;
use crate::dialogs::{self, Dialog};
use crate::lang::{Tr, tr};
use crate::theme;
use crate::widgets;

/// Draws over everything while files are held over the window.
pub(crate) fn drop_zone_ui(ctx: &Context, cx: &Cx<'_>) {
    let paths: Vec<_> = ctx.input(|input| {
        input.raw.hovered_files.iter().filter_map(|file| file.path.clone()).collect()
    });
    let Some(first) = paths.first() else { return };
    let (icon, text) = purpose(cx, first, paths.len());
    let area = Area::new(Id::unique("drop-zone")).order(Order::Tooltip).interactable(false);
    area.fixed_pos(pos2(0.0, 0.0)).show(ctx, |ui| {
        let response = ui.interact(ctx.content_rect(), Id::unique("drop-purpose"), Sense::HOVER);
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &text));
        paint(ui, icon, &text);
    });
}

fn paint(ui: &mut Ui, icon: MaterialIcon, text: &str) {
    let tokens = theme::tokens(ui);
    let all = ui.ctx().content_rect();
    ui.painter().rect_filled(all, 0, tokens.canvas.gamma_multiply(0.86));
    let frame = all.shrink(20.0);
    dashed_rect(ui, frame, 14.0, Stroke::new(2.0, tokens.accent));
    let middle = frame.center();
    let icon_rect = Rect::from_center_size(middle - vec2(0.0, 30.0), vec2(48.0, 48.0));
    widgets::icon_at(ui, icon, icon_rect, 44.0, tokens.accent);
    let font = theme::bold(18.0);
    ui.painter().text(middle + vec2(0.0, 18.0), Align2::CENTER_CENTER, text, font, tokens.strong);
}

/// A rounded rectangle of dashes.
pub(crate) fn dashed_rect(ui: &Ui, rect: Rect, radius: f32, stroke: Stroke) {
    let corner = |center: eframe::egui::Pos2, from: f32| {
        (0..=6).map(move |step| {
            let angle = from + std::f32::consts::FRAC_PI_2 * step as f32 / 6.0;
            center + radius * vec2(angle.cos(), angle.sin())
        })
    };
    let inner = rect.shrink(radius);
    let quarter = std::f32::consts::FRAC_PI_2;
    let mut path: Vec<_> = corner(inner.left_top(), 2.0 * quarter)
        .chain(corner(inner.right_top(), 3.0 * quarter))
        .chain(corner(inner.right_bottom(), 0.0))
        .chain(corner(inner.left_bottom(), quarter))
        .collect();
    path.extend(path.first().copied());
    ui.painter().extend(Shape::dashed_line(&path, stroke, 7.0, 5.0));
}

/// Told by the name alone: drawing asks no disk.
fn purpose(cx: &Cx<'_>, path: &Path, n_files: usize) -> (MaterialIcon, String) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let extension = extension_of(path);
    if extension == EXTENSION {
        return (
            icons::ICON_FOLDER_OPEN,
            say!("Open the project “{name}”", "打开项目“{name}”").tr().to_owned(),
        );
    }
    if extension == MODEL_EXTENSION {
        return (
            icons::ICON_ROCKET_LAUNCH,
            say!("Use the model “{name}”", "使用模型“{name}”").tr().to_owned(),
        );
    }
    let all = sources(cx.session.core().registry());
    let is_known = extension.is_empty()
        || all.iter().any(|source| source.extensions.contains(&extension.as_str()));
    if !is_known {
        return (icons::ICON_HELP, tr("Try to read this as data", "尝试作为数据读取").to_owned());
    }
    if dialogs::is_welcome(cx) || cx.view.dialogs.is_open(Dialog::Gallery) {
        return (
            icons::ICON_ADD_CIRCLE,
            say!("Start a project with “{name}”", "用“{name}”新建项目").tr().to_owned(),
        );
    }
    let text = match n_files {
        1 => say!("Add “{name}” as data", "将“{name}”添加为数据"),
        n => say!("Add {n} files as data", "将 {n} 个文件添加为数据"),
    };
    (icons::ICON_ADD_CIRCLE, text.tr().to_owned())
}
