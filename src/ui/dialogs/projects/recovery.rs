//! Work that a killed program left behind: edits that a journal holds beyond a file, and projects that never had one.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use eframe::egui::{self, Align, Context, Layout, RichText, Ui};
use egui_material_icons::icons;
use pg_base::{Trouble, Words, say};
use pg_contract::Registry;
use pg_pipeline::{Document, journal};
use pg_session::{Command, Event};

use super::guarded;
use crate::cx::Cx;
use crate::dialogs::sheet::{Sheet, buttons_ui, is_confirmed, room_for_scrolling, scroll_ui};
use crate::lang::{Tr, tr};
use crate::tasks::Task;
use crate::theme::{size, tokens};
use crate::{when, widgets};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    journal: Option<Found>,
    unsaved: Option<Unsaved>,
}

/// Edits of the open project that wait for a choice.
#[derive(Debug)]
struct Found {
    n_edits: u64,
    file_has_changed: bool,
    /// What the edits and the file differ in, once it is known.
    task: Option<Task<Vec<Words>>>,
    differences: Vec<Words>,
}

/// Projects that were never saved.
#[derive(Debug)]
struct Unsaved {
    task: Option<Task<Vec<Left>>>,
    projects: Vec<Left>,
}

/// One of them.
#[derive(Clone, Debug)]
struct Left {
    folder: PathBuf,
    name: String,
    n_nodes: usize,
    changed: Option<SystemTime>,
}

impl Recovery {
    /// Whether it stands in front of everything.
    pub(super) fn is_asking(&self) -> bool {
        self.journal.is_some() || self.unsaved.is_some()
    }

    /// Whether nothing may be changed before the person chose.
    pub(super) fn is_waiting(&self) -> bool {
        self.journal.is_some()
    }
}

/// Takes note of what was found.
pub(super) fn hear(cx: &mut Cx<'_>, event: &Event) {
    let registry = cx.session.core().registry();
    match event {
        Event::JournalFound { n_edits, file_has_changed } => {
            let task = cx.session.project().path().map(|path| {
                let (path, registry) = (path.to_owned(), registry.clone());
                let on_disk = cx.session.document().clone();
                Task::spawn(cx.egui, move |_| {
                    let recovered = journal::recover(&path, &registry)?;
                    Ok(recovered.map_or_else(Vec::new, |recovered| {
                        differences(&on_disk, &recovered.document)
                    }))
                })
            });
            cx.view.dialogs.projects.recovery.journal = Some(Found {
                n_edits: *n_edits,
                file_has_changed: *file_has_changed,
                task,
                differences: Vec::new(),
            });
        }
        Event::UnsavedFound { folders } => {
            let (folders, registry) = (folders.clone(), registry.clone());
            let look = move |folder: PathBuf| look_into(folder, &registry);
            let task =
                Task::spawn(cx.egui, move |_| Ok(folders.into_iter().filter_map(look).collect()));
            let unsaved = Unsaved { task: Some(task), projects: Vec::new() };
            cx.view.dialogs.projects.recovery.unsaved = Some(unsaved);
        }
        Event::ProjectOpened { .. } => cx.view.dialogs.projects.recovery.journal = None,
        _ => {}
    }
}

/// Draws the questions.
pub(super) fn show(ctx: &Context, cx: &mut Cx<'_>) {
    if let Some(mut found) = cx.view.dialogs.projects.recovery.journal.take() {
        if let Some(Ok(differences)) = found.task.as_mut().and_then(Task::poll) {
            found.differences = differences;
        }
        match journal_ui(ctx, cx, &found) {
            Some(command) => cx.dispatch(command),
            None => cx.view.dialogs.projects.recovery.journal = Some(found),
        }
        return;
    }
    if let Some(mut unsaved) = cx.view.dialogs.projects.recovery.unsaved.take() {
        if let Some(answer) = unsaved.task.as_mut().and_then(Task::poll) {
            unsaved.projects = answer.unwrap_or_default();
            unsaved.task = None;
        }
        if unsaved.task.is_none() && unsaved.projects.is_empty() {
            return;
        }
        if unsaved.task.is_some() || unsaved_ui(ctx, cx, &mut unsaved) {
            cx.view.dialogs.projects.recovery.unsaved = Some(unsaved);
        }
    }
}

fn journal_ui(ctx: &Context, cx: &Cx<'_>, found: &Found) -> Option<Command> {
    let name = super::name_of(cx.session);
    let n_edits = found.n_edits;
    let title = match n_edits {
        0 => say!("The file of “{name}” cannot be read", "无法读取“{name}”的文件"),
        1 => say!("1 edit was not saved", "有 1 处编辑尚未保存"),
        _ => say!("{n_edits} edits were not saved", "有 {n_edits} 处编辑尚未保存"),
    };
    let sheet = Sheet::new("journal", title.tr(), 460.0).that_waits();
    let (command, _) = sheet.show(ctx, |ui, is_new| {
        let text = say!(
            "Pyrograph ended before “{name}” was saved. The edits since then were kept.",
            "Pyrograph 在保存“{name}”之前结束了。此后的编辑已被保留。"
        );
        ui.add(egui::Label::new(RichText::new(text.tr()).color(tokens(ui).text)).wrap());
        for difference in &found.differences {
            ui.horizontal_top(|ui| {
                widgets::weak(ui, "·");
                ui.add(egui::Label::new(RichText::new(widgets::sentence(difference.tr())).color(tokens(ui).text)).wrap());
            });
        }
        if found.file_has_changed {
            ui.add_space(4.0);
            widgets::notice_ui(ui, false, |ui| {
                let text = tr(
                    "The file itself was changed since, perhaps on another computer. Restoring shows your edits; the \
                     file stays as it is until you save.",
                    "此后文件本身也被改动过，可能来自另一台电脑。恢复后将显示您的编辑；在您保存之前，文件保持不变。",
                );
                ui.add(egui::Label::new(RichText::new(text).color(tokens(ui).text)).wrap());
            });
        }
        buttons_ui(ui, |ui| {
            let restore = widgets::primary_button(ui, Some(icons::ICON_RESTORE), tr("Restore", "恢复"));
            if is_new {
                restore.request_focus();
            }
            let discard = widgets::button(ui, None, tr("Discard the edits", "放弃这些编辑"));
            if restore.clicked() || is_confirmed(ui) {
                Some(Command::RestoreJournal)
            } else {
                discard.clicked().then_some(Command::DiscardJournal)
            }
        })
    });
    command
}

/// Whether the dialog stays.
fn unsaved_ui(ctx: &Context, cx: &mut Cx<'_>, unsaved: &mut Unsaved) -> bool {
    let n = unsaved.projects.len();
    let title = match n {
        1 => say!("A project was never saved", "有一个项目从未保存"),
        _ => say!("{n} projects were never saved", "有 {n} 个项目从未保存"),
    };
    let subtitle = tr(
        "Pyrograph ended before they had a file. Open one and save it, or leave them for later.",
        "Pyrograph 在它们有文件之前就结束了。可以打开并保存，或留待以后处理。",
    );
    let sheet = Sheet::new("unsaved", title.tr(), 480.0).subtitle(subtitle);
    let ((opened, is_later), is_dismissed) = sheet.show(ctx, |ui, is_new| {
        let mut opened = None;
        let height = room_for_scrolling(ui, 60.0).min(280.0);
        scroll_ui(ui, height, |ui| {
            for (index, left) in unsaved.projects.iter().enumerate() {
                if left_ui(ui, left, is_new && index == 0) {
                    opened = Some(index);
                }
            }
        });
        let is_later =
            buttons_ui(ui, |ui| widgets::button(ui, None, tr("Later", "以后再说")).clicked());
        (opened, is_later)
    });
    if let Some(index) = opened {
        let left = unsaved.projects.remove(index);
        guarded(cx, move |cx| cx.dispatch(Command::OpenUnsaved { folder: left.folder }));
        return false;
    }
    !is_later && !is_dismissed
}

fn left_ui(ui: &mut Ui, left: &Left, is_first: bool) -> bool {
    let mut is_opened = false;
    ui.horizontal(|ui| {
        ui.set_height(40.0);
        ui.vertical(|ui| {
            let name = match left.name.as_str() {
                "" => tr("Untitled", "未命名"),
                name => name,
            };
            ui.add(egui::Label::new(RichText::new(name).color(tokens(ui).strong)).truncate());
            let n_nodes = left.n_nodes;
            let mut text = say!("{n_nodes} nodes", "{n_nodes} 个节点").tr().to_owned();
            if let Some(changed) = left.changed {
                text.push_str(&format!(" · {}", when::since(changed)));
            }
            ui.label(RichText::new(text).size(size::SMALL).color(tokens(ui).weak));
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let open = widgets::button(ui, None, tr("Open", "打开"));
            if is_first {
                open.request_focus();
            }
            is_opened = open.clicked();
        });
    });
    is_opened
}

/// Name, size and age of a project without a file, from its journal.
fn look_into(folder: PathBuf, registry: &Registry) -> Option<Left> {
    let files = fs::read_dir(&folder).ok()?;
    let journal_file = files
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "journal"));
    let journal_file = journal_file?;
    let changed = fs::metadata(&journal_file).and_then(|data| data.modified()).ok();
    let stem = journal_file.file_name()?.to_str()?.strip_prefix('.')?.strip_suffix(".journal")?;
    let recovered: Result<_, Trouble> = journal::recover(&folder.join(stem), registry);
    let document = recovered.ok().flatten().map(|recovered| recovered.document);
    Some(Left {
        name: document.as_ref().map(|document| document.name().to_owned()).unwrap_or_default(),
        n_nodes: document.as_ref().map_or(0, Document::n_nodes),
        folder,
        changed,
    })
}

/// What restoring would change in what the file holds now.
fn differences(file: &Document, edits: &Document) -> Vec<Words> {
    let ids = |document: &Document| -> BTreeSet<String> {
        document.nodes().map(|node| node.id.clone()).collect()
    };
    let (in_file, in_edits) = (ids(file), ids(edits));
    let list = |names: Vec<String>| {
        let n_more = names.len().saturating_sub(4);
        let mut text = names.iter().take(4).map(String::as_str).collect::<Vec<_>>().join(", ");
        if n_more > 0 {
            text.push_str(&format!(" +{n_more}"));
        }
        text
    };
    let mut said = Vec::new();
    let added: Vec<String> = in_edits.difference(&in_file).cloned().collect();
    if !added.is_empty() {
        let names = list(added);
        said.push(say!("nodes added: {names}", "新增节点：{names}"));
    }
    let removed: Vec<String> = in_file.difference(&in_edits).cloned().collect();
    if !removed.is_empty() {
        let names = list(removed);
        said.push(say!("nodes removed: {names}", "删除节点：{names}"));
    }
    let has_changed = |id: &&String| file.node(id) != edits.node(id);
    let changed: Vec<String> =
        in_file.intersection(&in_edits).filter(has_changed).cloned().collect();
    if !changed.is_empty() {
        let names = list(changed);
        said.push(say!("nodes changed: {names}", "更改节点：{names}"));
    }
    if file.links() != edits.links() {
        said.push(say!("wires changed", "连线有变化"));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_what_restoring_would_change() {
        let check = |edits: Document, expected: &[&str]| {
            let said: Vec<String> = differences(&Document::new("a"), &edits)
                .into_iter()
                .map(|words| words.en)
                .collect();
            assert_eq!(said, expected);
        };
        check(Document::new("b"), &[]);
        let registry = pg_session::Core::new(pg_nn::Devices { entries: Vec::new() });
        let spec = registry.registry().all().first().copied().expect("a kind");
        let node = pg_pipeline::Node::new("x", spec, pg_base::ParamValues::new(), [0.0, 0.0]);
        let mut edits = Document::new("a");
        let edit = pg_pipeline::Edit::AddNode { node: Box::new(node) };
        edit.apply(&mut edits, registry.registry()).expect("added");
        check(edits, &["nodes added: x"]);
    }
}
