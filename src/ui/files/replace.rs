//! The question whether a file may be replaced.

use std::path::Path;

use eframe::egui::Context;
use pg_base::say;

use crate::dialogs::sheet::{Sheet, buttons_ui, is_confirmed};
use crate::lang::{Tr, tr};
use crate::widgets;

/// Asks; gives the answer once there is one.
pub(super) fn show(ctx: &Context, path: &Path) -> Option<bool> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let title = say!("Replace “{name}”?", "替换“{name}”？");
    let (answer, is_dismissed) =
        Sheet::new("replace", title.tr(), 400.0).show(ctx, |ui, is_new| {
            let folder = path.parent().unwrap_or(path).display().to_string();
            let text = say!(
                "There is already a file of this name in {folder}. Its content would be gone.",
                "{folder} 中已有同名文件，其内容将会丢失。"
            );
            widgets::weak(ui, text.tr());
            buttons_ui(ui, |ui| {
                let replace = widgets::primary_button(ui, None, tr("Replace", "替换"));
                let cancel = widgets::button(ui, None, tr("Cancel", "取消"));
                if is_new {
                    cancel.request_focus();
                }
                if replace.clicked() || is_confirmed(ui) {
                    Some(true)
                } else {
                    cancel.clicked().then_some(false)
                }
            })
        });
    answer.or(is_dismissed.then_some(false))
}
