//! Earlier contents of the project file, and the way back to one of them.

use std::path::PathBuf;

use eframe::egui::{Align, Context, Label, Layout, RichText, Ui, vec2};
use egui_material_icons::icons;
use pg_base::say;
use pg_session::{Command, Version, versions};

use super::sheet::{Sheet, room_for_scrolling, scroll_ui};
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::tasks::Task;
use crate::theme::{size, tokens};
use crate::{when, widgets};

const ROW: f32 = 46.0;

/// The list, read from the disk.
#[derive(Debug, Default)]
pub(super) struct Versions {
    task: Option<Task<Vec<Version>>>,
    all: Option<Vec<Version>>,
}

/// Draws the dialog; false once it has to go.
pub(super) fn show(ctx: &Context, cx: &mut Cx<'_>) -> bool {
    let cache = cx.session.project().cache_folder();
    let list = &mut cx.view.dialogs.versions;
    if list.all.is_none() {
        let task =
            list.task.get_or_insert_with(|| Task::spawn(ctx, move |_| Ok(versions::list(&cache))));
        list.all = task.poll().map(Result::unwrap_or_default);
    }
    let title = tr("Earlier versions", "历史版本");
    let subtitle = tr(
        "Each save that changed something kept what was there before. Going back is one step: undo takes it back.",
        "每次保存更改时都会保留之前的内容。恢复算作一步，可以撤销。",
    );
    let sheet = Sheet::new("versions", title, 520.0).subtitle(subtitle);
    let (restored, is_dismissed) = sheet.show(ctx, |ui, _| versions_ui(ui, cx));
    let is_open = restored.is_none() && !is_dismissed;
    if let Some(path) = restored {
        cx.dispatch(Command::RestoreVersion { path });
        cx.view.toasts.say(say!(
            "The earlier version is back; undo returns to the present one",
            "已恢复历史版本；撤销可回到当前版本"
        ));
    }
    if !is_open {
        cx.view.dialogs.versions = Versions::default();
    }
    is_open
}

fn versions_ui(ui: &mut Ui, cx: &Cx<'_>) -> Option<PathBuf> {
    let Some(all) = &cx.view.dialogs.versions.all else {
        ui.add_space(24.0);
        ui.vertical_centered(|ui| widgets::weak(ui, tr("Reading…", "正在读取…")));
        ui.add_space(24.0);
        return None;
    };
    if all.is_empty() {
        let title = tr("No earlier versions yet", "暂无历史版本");
        let text = tr("They appear here once you save changes.", "保存更改后会显示在这里。");
        ui.allocate_ui(vec2(ui.available_width(), 170.0), |ui| {
            widgets::empty_state(ui, icons::ICON_HISTORY, title, text, None);
        });
        return None;
    }
    let mut restored = None;
    let height = room_for_scrolling(ui, 30.0).min(420.0);
    scroll_ui(ui, height, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for version in all {
            if version_ui(ui, version) {
                restored = Some(version.path.clone());
            }
        }
    });
    restored
}

fn version_ui(ui: &mut Ui, version: &Version) -> bool {
    let tokens = tokens(ui);
    let room = vec2(ui.available_width(), ROW);
    ui.allocate_ui_with_layout(room, Layout::right_to_left(Align::Center), |ui| {
        let restore = widgets::button(ui, Some(icons::ICON_RESTORE), tr("Restore", "恢复"));
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.add_space(6.0);
            let (saved, now) = (version.saved_unix_secs, when::now_unix_secs());
            let text = format!("{} · {}", when::clock(saved, now), when::ago(saved, now).tr());
            let text = RichText::new(text).color(tokens.strong);
            ui.add(Label::new(text).truncate()).on_hover_text(when::exact(saved));
            let n_nodes = version.n_nodes;
            let text = say!("{n_nodes} nodes", "{n_nodes} 个节点");
            ui.add(Label::new(RichText::new(text.tr()).size(size::SMALL).color(tokens.weak)));
        });
        restore.clicked()
    })
    .inner
}
