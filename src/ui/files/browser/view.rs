//! Drawing of the file dialog, and its keys.

use std::path::PathBuf;

use eframe::egui::{
    self, Align, Align2, Context, Id, Key, Layout, Margin, Modifiers, RichText, ScrollArea, Sense,
    Ui, pos2, vec2,
};
use egui_material_icons::icons;
use pg_base::say;

use super::{Browser, Entry, Outcome};
use crate::cx::Cx;
use crate::dialogs::sheet::{Sheet, buttons_ui, is_entered, named, room_for_scrolling, takes};
use crate::files::{Pick, PickKind};
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::{when, widgets};

const WIDTH: f32 = 760.0;
const SIDE: f32 = 160.0;
const ROW: f32 = 26.0;

/// Draws it.
pub(super) fn browser_ui(
    ctx: &Context,
    cx: &mut Cx<'_>,
    browser: &mut Browser,
    pick: &Pick,
) -> Outcome {
    let sheet = Sheet::new("browser", &pick.title, WIDTH);
    let (outcome, is_dismissed) = sheet.show(ctx, |ui, is_new| {
        let mut outcome = path_ui(ui, browser, pick, is_new && pick.kind != PickKind::Save);
        ui.add_space(4.0);
        let height = room_for_scrolling(ui, 110.0).min(380.0);
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), height),
            Layout::left_to_right(Align::Min),
            |ui| {
                ui.allocate_ui_with_layout(
                    vec2(SIDE, height),
                    Layout::top_down(Align::Min),
                    |ui| side_ui(ui, cx, browser),
                );
                ui.add_space(4.0);
                ui.vertical(|ui| outcome = list_ui(ui, browser, pick, height).or(outcome.take()));
            },
        );
        if pick.kind == PickKind::Save {
            outcome = name_ui(ui, browser, pick, is_new).or(outcome);
        }
        foot_ui(ui, browser, pick).or(outcome)
    });
    match outcome {
        Some(outcome) => outcome,
        None if is_dismissed => Outcome::Cancelled,
        None => Outcome::Open,
    }
}

/// Back, up and the path that completes itself.
fn path_ui(ui: &mut Ui, browser: &mut Browser, pick: &Pick, is_new: bool) -> Option<Outcome> {
    let ctx = ui.ctx().clone();
    let id = Id::unique("browser-path");
    let has_keys = ui.memory(|memory| memory.has_focus(id) || memory.focused().is_none());
    let mut outcome = None;
    if has_keys {
        if takes(ui, Key::ArrowDown) {
            browser.step(pick, 1);
        }
        if takes(ui, Key::ArrowUp) {
            browser.step(pick, -1);
        }
        if takes(ui, Key::PageDown) {
            browser.step(pick, 10);
        }
        if takes(ui, Key::PageUp) {
            browser.step(pick, -10);
        }
        if takes(ui, Key::Enter) {
            outcome = browser.enter(&ctx, pick);
        }
        if browser.chosen.is_some() && takes(ui, Key::Tab) && browser.complete(&ctx) {
            move_to_end(ui, id, &browser.path_text);
        }
    }
    if ui.input_mut(|input| input.consume_key(Modifiers::ALT, Key::ArrowUp)) {
        browser.go_up(&ctx);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.add_enabled_ui(!browser.visited.is_empty(), |ui| {
            if widgets::icon_button(ui, icons::ICON_ARROW_BACK, tr("Back", "后退")).clicked() {
                browser.go_back(&ctx);
            }
        });
        if widgets::icon_button(ui, icons::ICON_ARROW_UPWARD, tr("Up (Alt+↑)", "上一级（Alt+↑）"))
            .clicked()
        {
            browser.go_up(&ctx);
        }
        let field = egui::TextEdit::singleline(&mut browser.path_text)
            .id(id)
            .lock_focus(browser.chosen.is_some())
            .margin(Margin::symmetric(10, 6))
            .desired_width(f32::INFINITY);
        let response = ui.add(field);
        named(ui, &response, tr("Path", "路径"));
        if is_new {
            response.request_focus();
            move_to_end(ui, id, &browser.path_text);
        }
        if response.changed() {
            browser.typed(&ctx, pick);
        }
    });
    outcome
}

/// Puts the cursor behind the text.
fn move_to_end(ui: &Ui, id: Id, text: &str) {
    let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let end = egui::text::CCursor::new(egui::text::CharIndex(text.chars().count()));
    state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
    state.store(ui.ctx(), id);
}

/// Places, and the folders of recent projects.
fn side_ui(ui: &mut Ui, cx: &Cx<'_>, browser: &mut Browser) {
    let ctx = ui.ctx().clone();
    ui.set_width(SIDE);
    ui.spacing_mut().item_spacing.y = 1.0;
    let mut go = None;
    let mut place = |ui: &mut Ui,
                     icon: egui_material_icons::MaterialIcon,
                     name: &str,
                     path: &PathBuf,
                     is_here: bool| {
        let response = widgets::row_ui(ui, name, is_here, |ui| {
            ui.label(icon.rich_text().size(size::ICON).color(tokens(ui).weak));
            ui.label(RichText::new(name).color(tokens(ui).text));
        });
        if response.on_hover_text(path.display().to_string()).clicked() {
            go = Some(path.clone());
        }
    };
    for entry in &browser.places {
        place(ui, entry.icon, entry.name.tr(), &entry.path, entry.path == browser.folder);
    }
    let mut recent: Vec<PathBuf> = Vec::new();
    for project in &cx.view.settings.recent {
        if let Some(folder) = project.parent().map(PathBuf::from)
            && !recent.contains(&folder)
            && recent.len() < 5
        {
            recent.push(folder);
        }
    }
    if !recent.is_empty() {
        ui.add_space(8.0);
        widgets::section_label(ui, tr("Recent", "最近"));
        for folder in &recent {
            let name =
                folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
            place(ui, icons::ICON_SCHEDULE, &name, folder, *folder == browser.folder);
        }
    }
    if let Some(folder) = go {
        browser.go_to(&ctx, folder);
    }
}

fn list_ui(ui: &mut Ui, browser: &mut Browser, pick: &Pick, height: f32) -> Option<Outcome> {
    let tokens = tokens(ui);
    let frame = egui::Frame::new()
        .fill(tokens.card)
        .corner_radius(size::CARD_RADIUS)
        .inner_margin(Margin::same(4));
    let mut clicked = None;
    let mut entered = None;
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_height(height - 8.0);
        if let Some(trouble) = &browser.trouble {
            ui.add_space(12.0);
            widgets::trouble_ui(ui, trouble);
            return;
        }
        let shown: Vec<Entry> = browser.shown(pick).into_iter().cloned().collect();
        if shown.is_empty() {
            let text = if browser.listing.is_some() {
                tr("Reading…", "正在读取…")
            } else {
                tr("Nothing here that fits", "此处没有符合条件的内容")
            };
            ui.centered_and_justified(|ui| ui.label(RichText::new(text).color(tokens.weak)));
            return;
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let chosen = browser
            .chosen
            .as_ref()
            .and_then(|name| shown.iter().position(|entry| entry.name == *name));
        let mut area =
            ScrollArea::vertical().auto_shrink(false).id_salt(("files", &browser.folder));
        if let Some(at) = chosen.filter(|_| std::mem::take(&mut browser.scrolls_to_chosen)) {
            let middle = (at as f32 + 0.5) * ROW - (height - 8.0) / 2.0;
            area = area.vertical_scroll_offset(middle.max(0.0));
        }
        area.show_rows(ui, ROW, shown.len(), |ui, rows| {
            for (index, entry) in shown.iter().enumerate().take(rows.end).skip(rows.start) {
                let response = entry_ui(ui, entry, chosen == Some(index));
                if response.double_clicked() {
                    entered = Some(entry.name.clone());
                } else if response.clicked() {
                    clicked = Some(entry.clone());
                }
            }
        });
    });
    if let Some(entry) = clicked {
        if pick.kind == PickKind::Save && !entry.is_folder {
            browser.name.clone_from(&entry.name);
        }
        browser.chosen = Some(entry.name);
    }
    entered.and_then(|name| {
        browser.chosen = Some(name);
        browser.enter(&ui.ctx().clone(), pick)
    })
}

/// Icon, name, size and age.
fn entry_ui(ui: &mut Ui, entry: &Entry, is_chosen: bool) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::ListItem, true, is_chosen, &entry.name)
    });
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let tokens = tokens(ui);
    if is_chosen || response.hovered() {
        let fill = if is_chosen { tokens.selected } else { tokens.hover };
        ui.painter().rect_filled(rect, size::RADIUS, fill);
    }
    let icon = if entry.is_folder { icons::ICON_FOLDER } else { icons::ICON_DRAFT };
    let color = if entry.is_folder { tokens.accent } else { tokens.weak };
    let icon_rect =
        egui::Rect::from_center_size(pos2(rect.left() + 16.0, rect.center().y), vec2(16.0, 16.0));
    widgets::icon_at(ui, icon, icon_rect, size::ICON, color);
    let right = |x: f32, text: &str| {
        let font = theme::regular(size::SMALL);
        ui.painter().text(pos2(x, rect.center().y), Align2::RIGHT_CENTER, text, font, tokens.weak);
    };
    if let Some(changed) = entry.changed {
        right(rect.right() - 10.0, &when::since(changed));
    }
    if !entry.is_folder {
        right(rect.right() - 116.0, &widgets::bytes(entry.n_bytes));
    }
    let room = egui::Rect::from_min_max(
        pos2(rect.left() + 32.0, rect.top()),
        pos2(rect.right() - 190.0, rect.bottom()),
    );
    let mut inner = ui.new_child(
        egui::UiBuilder::new().max_rect(room).layout(Layout::left_to_right(Align::Center)),
    );
    let text =
        RichText::new(&entry.name).color(if is_chosen { tokens.strong } else { tokens.text });
    inner.add(egui::Label::new(text).truncate().selectable(false));
    response
}

/// The name of the file to write.
fn name_ui(ui: &mut Ui, browser: &mut Browser, pick: &Pick, is_new: bool) -> Option<Outcome> {
    let ctx = ui.ctx().clone();
    let id = Id::unique("browser-name");
    ui.add_space(8.0);
    let mut outcome = None;
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(tr("Name", "名称")).color(tokens(ui).weak));
        let field = egui::TextEdit::singleline(&mut browser.name)
            .id(id)
            .margin(Margin::symmetric(10, 6))
            .desired_width(f32::INFINITY);
        let response = ui.add(field).labelled_by(label.id);
        if is_new {
            response.request_focus();
            select_stem(ui, id, &browser.name);
        }
        if is_entered(ui, &response) {
            browser.chosen = None;
            outcome = browser.accept(&ctx, pick);
            response.request_focus();
        }
    });
    outcome
}

/// Selects a file name up to its extension: typing replaces what the person wants to replace.
fn select_stem(ui: &Ui, id: Id, name: &str) {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let at = |n| egui::text::CCursor::new(egui::text::CharIndex(n));
    state
        .cursor
        .set_char_range(Some(egui::text::CCursorRange::two(at(0), at(stem.chars().count()))));
    state.store(ui.ctx(), id);
}

fn foot_ui(ui: &mut Ui, browser: &mut Browser, pick: &Pick) -> Option<Outcome> {
    let ctx = ui.ctx().clone();
    let label = match (pick.kind, &browser.chosen) {
        (PickKind::Open, _) => tr("Open", "打开").to_owned(),
        (PickKind::Folder, Some(name)) => say!("Choose “{name}”", "选择“{name}”").tr().to_owned(),
        (PickKind::Folder, None) => tr("Choose this folder", "选择此文件夹").to_owned(),
        (PickKind::Save, _) => tr("Save", "保存").to_owned(),
    };
    buttons_ui(ui, |ui| {
        let can_accept = browser.can_accept(pick);
        let accept =
            ui.add_enabled_ui(can_accept, |ui| widgets::primary_button(ui, None, &label)).inner;
        let cancel = widgets::button(ui, None, tr("Cancel", "取消"));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if let Some((name, extensions)) =
                pick.filter.as_ref().filter(|_| pick.kind != PickKind::Folder)
            {
                let kinds = extensions
                    .iter()
                    .map(|extension| format!("*.{extension}"))
                    .collect::<Vec<_>>()
                    .join("  ");
                let all = ui.checkbox(&mut browser.shows_all, tr("All files", "所有文件"));
                all.on_hover_text(format!("{name}: {kinds}"));
            }
            ui.checkbox(&mut browser.shows_hidden, tr("Hidden files", "隐藏文件"));
        });
        if accept.clicked() {
            browser.accept(&ctx, pick)
        } else {
            cancel.clicked().then_some(Outcome::Cancelled)
        }
    })
}
