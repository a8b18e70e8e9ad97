//! A field for a file or folder: typed, browsed for, or dropped on; kept relative to the project.

use std::path::{Path, PathBuf};

use eframe::egui::{CornerRadius, Rect, Response, Stroke, StrokeKind, Ui, UiBuilder, pos2};
use egui_material_icons::icons;
use pg_base::{ParamKind, ParamSpec, ParamValue, say};
use pg_pipeline::{Edit, NodeId};
use pg_session::folders;

use super::controls::{TextField, field_rect};
use super::drafts::Drafts;
use super::form::Field;
use crate::cx::Cx;
use crate::files::{Pick, PickKind};
use crate::lang::{Tr, tr};
use crate::theme::{size, tokens};
use crate::widgets;

/// A field that takes what is dropped on it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    rect: Rect,
    node: NodeId,
    param: &'static ParamSpec,
}

/// Draws it.
pub(super) fn path_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    field: &Field<'_>,
) -> Response {
    let rect = field_rect(ui);
    let button = size::CONTROL;
    let is_folder = matches!(field.param.kind, ParamKind::Path { is_folder: true, .. });
    let hint = if is_folder {
        tr("Choose a folder", "选择文件夹")
    } else {
        tr("Choose a file", "选择文件")
    };
    let look = TextField {
        id: field.id(),
        name: field.name(),
        hint,
        unit: "",
        is_bad: field.is_bad,
        has_lines: false,
    };
    let text = Rect::from_min_max(rect.min, pos2(rect.right() - button - 4.0, rect.bottom()));
    let plain = field.value.to_string();
    let response = drafts.typed_ui(ui, cx, field, text, &plain, &look);
    let at = Rect::from_min_max(pos2(rect.right() - button, rect.top()), rect.max);
    let mut child = ui.new_child(UiBuilder::new().max_rect(at.shrink(1.0)));
    let icon = if is_folder { icons::ICON_FOLDER_OPEN } else { icons::ICON_FILE_OPEN };
    if widgets::icon_button(&mut child, icon, hint).clicked() {
        browse(cx, field);
    }
    drafts.targets.push(Target { rect, node: field.node.id.clone(), param: field.param });
    let (has_files, pointer) =
        ui.input(|input| (!input.raw.hovered_files.is_empty(), input.pointer.hover_pos()));
    if has_files {
        let is_over = pointer.is_some_and(|pointer| rect.contains(pointer));
        let width = if is_over { 2.0 } else { 1.0 };
        let edge = Stroke::new(width, tokens(ui).accent);
        ui.painter().rect_stroke(rect, CornerRadius::same(size::RADIUS), edge, StrokeKind::Outside);
    }
    if plain.is_empty() { response } else { response.on_hover_text(plain) }
}

fn browse(cx: &mut Cx<'_>, field: &Field<'_>) {
    let ParamKind::Path { is_folder, extensions } = field.param.kind else { return };
    let base = cx.session.project().base_folder();
    let now = base.join(field.value.to_string());
    let folder = if is_folder { Some(now.as_path()) } else { now.parent() };
    let filter = (!extensions.is_empty()).then(|| {
        (
            field.spec.text.title.tr().to_owned(),
            extensions.iter().map(|extension| (*extension).to_owned()).collect(),
        )
    });
    let pick = Pick {
        title: field.name().to_owned(),
        kind: if is_folder { PickKind::Folder } else { PickKind::Open },
        filter,
        folder: Some(folder.unwrap_or(&base).to_owned()),
        file_name: None,
    };
    let (node, param) = (field.node.id.clone(), field.param);
    let ctx = cx.egui.clone();
    cx.view.files.pick(&ctx, pick, move |cx, path| put(cx, &node, param, &path));
}

/// Sets a path parameter.
fn put(cx: &mut Cx<'_>, node: &str, param: &'static ParamSpec, path: &Path) {
    let text = folders::relative_to(&cx.session.project().base_folder(), path);
    let (en, zh) = (param.label.en, param.label.zh);
    let edit = Edit::SetParam {
        id: node.to_owned(),
        param: param.id.to_owned(),
        value: ParamValue::Text(text),
    };
    cx.edit(edit, say!("Set “{en}”", "设置“{zh}”"));
}

/// Puts a dropped file or folder into the field under the pointer; false where there is none that takes it.
pub(super) fn take_drop(cx: &mut Cx<'_>, targets: &[Target], paths: &[PathBuf]) -> bool {
    let [path] = paths else { return false };
    let Some(pointer) = cx.egui.input(|input| input.pointer.hover_pos()) else { return false };
    let Some(target) = targets.iter().find(|target| target.rect.contains(pointer)) else {
        return false;
    };
    put(cx, &target.node, target.param, path);
    true
}
