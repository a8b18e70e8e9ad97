//! What several sections are made of: a row with a path, an answer in numbers, and opening things outside the window.

use std::path::{Path, PathBuf};

use eframe::egui::{
    self, Align, CornerRadius, Frame, Layout, Margin, ProgressBar, RichText, ScrollArea, Stroke,
    Ui, vec2,
};
use egui_material_icons::icons;
use pg_base::{Trouble, say};
use pg_session::Session;

use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::tasks::Task;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Width of the labels of a form.
const LABEL: f32 = 132.0;

/// Opens folders and pages with the programs of the system.
#[derive(Debug, Default)]
pub(super) struct Outside(Option<Task<()>>);

impl Outside {
    /// Opens a folder or an address.
    pub(super) fn open(&mut self, cx: &Cx<'_>, what: impl Into<std::ffi::OsString>) {
        let what = what.into();
        self.0 = Some(Task::spawn(cx.egui, move |_| {
            open::that_detached(&what).map_err(|error| {
                let shown = what.to_string_lossy();
                Trouble::new(
                    "cannot-open",
                    say!("`{shown}` cannot be opened: {error}", "无法打开 `{shown}`：{error}"),
                )
                .advice(say!("Open it by hand.", "请手动打开。"))
            })
        }));
    }

    /// Tells where it did not work.
    pub(super) fn poll(&mut self, cx: &mut Cx<'_>) {
        if let Some(answer) = self.0.as_mut().and_then(Task::poll) {
            self.0 = None;
            if let Err(trouble) = answer {
                cx.trouble(&trouble);
            }
        }
    }
}

/// A place to scroll in, with the margin of a section and a title over what it is for.
pub(super) fn section_ui<R>(ui: &mut Ui, id: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    let scroll = ScrollArea::vertical().id_salt(("deploy", id)).auto_shrink(false);
    scroll
        .show(ui, |ui| {
            ui.set_max_width((ui.available_width() - 10.0).min(860.0));
            ui.spacing_mut().item_spacing.y = 8.0;
            content(ui)
        })
        .inner
}

/// A row of a form: its label, and what stands beside it.
pub(super) fn form_row_ui<R>(ui: &mut Ui, label: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    let color = tokens(ui).weak;
    ui.horizontal(|ui| {
        ui.set_min_height(size::CONTROL);
        ui.allocate_ui_with_layout(
            vec2(LABEL, size::CONTROL),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_min_width(LABEL);
                widgets::truncated(ui, RichText::new(label).color(color));
            },
        );
        content(ui)
    })
    .inner
}

/// A path in a field: its name in full, its folder where there is room.
pub(super) fn path_ui(ui: &mut Ui, path: Option<&Path>, hint: &str, width: f32) {
    let tokens = tokens(ui);
    let frame = Frame::new()
        .fill(tokens.field)
        .stroke(Stroke::new(1.0, tokens.border))
        .corner_radius(CornerRadius::same(size::RADIUS))
        .inner_margin(Margin::symmetric(9, 0));
    frame.show(ui, |ui| {
        ui.allocate_ui_with_layout(
            vec2((width - 20.0).max(80.0), size::CONTROL - 2.0),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_min_width((width - 20.0).max(80.0));
                ui.spacing_mut().item_spacing.x = 8.0;
                let Some(path) = path else {
                    widgets::truncated(ui, RichText::new(hint).color(tokens.weak));
                    return;
                };
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                let whole = path.display().to_string();
                ui.add(egui::Label::new(RichText::new(name).color(tokens.strong)).truncate())
                    .on_hover_text(&whole);
                if let Some(folder) = path.parent() {
                    let folder = RichText::new(folder.display().to_string())
                        .size(size::SMALL)
                        .color(tokens.weak);
                    ui.add(egui::Label::new(folder).truncate()).on_hover_text(&whole);
                }
            },
        );
    });
}

/// A large number over what it counts.
pub(super) fn figure_ui(ui: &mut Ui, number: &str, label: &str, color: egui::Color32) {
    let weak = tokens(ui).weak;
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.label(RichText::new(number).font(theme::bold(20.0)).color(color));
        ui.label(RichText::new(label).size(size::SMALL).color(weak));
    });
}

/// How far a task is, and the way to stop it.
pub(super) fn progress_ui<T>(ui: &mut Ui, task: &Task<T>) {
    let (fraction, words) = task.progress();
    let words = if words.is_empty() { crate::tasks::working() } else { words };
    let tokens = tokens(ui);
    ui.horizontal(|ui| {
        if fraction > 0.0 {
            let bar = ProgressBar::new(fraction as f32)
                .desired_width(240.0)
                .desired_height(6.0)
                .fill(tokens.accent);
            ui.add(bar.corner_radius(CornerRadius::same(3)));
        } else {
            ui.add(egui::Spinner::new().size(16.0));
        }
        ui.label(RichText::new(words.tr()).color(tokens.text));
        if widgets::button(ui, Some(icons::ICON_CLOSE), tr("Cancel", "取消")).clicked() {
            task.cancel();
        }
    });
}

/// A trouble that came back from a task.
pub(super) fn failure_ui(ui: &mut Ui, trouble: &Trouble) {
    widgets::notice_ui(ui, true, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        widgets::trouble_ui(ui, trouble);
    });
}

/// A name for files made of this project.
pub(super) fn file_stem(session: &Session, bundle: Option<&Path>) -> String {
    let from = bundle.or(session.project().path());
    let stem = from.and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_else(|| "model".to_owned())
}

/// The folder in which a dialog begins.
pub(super) fn base_folder(session: &Session, bundle: Option<&Path>) -> PathBuf {
    let beside = bundle.and_then(Path::parent).map(Path::to_owned);
    beside.unwrap_or_else(|| session.project().base_folder())
}
