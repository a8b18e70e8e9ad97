//! Opening, saving and closing projects without losing anything: whatever gives up work asks first.

mod drop;
mod drop_zone;
mod recovery;

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::{Context, Ui, ViewportCommand};
use pg_base::{Trouble, say};
use pg_pipeline::Document;
use pg_session::{Command, Event, Session};

use crate::cx::Cx;
use crate::dialogs::sheet::{Sheet, buttons_ui, is_confirmed};
use crate::files::{self, Pick, PickKind};
use crate::lang::{Tr, tr};
use crate::widgets;

pub(crate) use drop::sources;
pub use drop::{is_model, on_dropped_files};
pub(crate) use drop_zone::{dashed_rect, drop_zone_ui};

/// What a project file is called.
pub(crate) const EXTENSION: &str = "pyro";
/// After an automatic save that failed, this long until the next.
const RETRY_AUTOSAVE: Duration = Duration::from_mins(1);

type Then = Box<dyn FnOnce(&mut Cx<'_>)>;

/// What is asked and waited for.
#[derive(Default)]
pub(crate) struct Projects {
    /// Goes on once the person decided about work that would be lost.
    question: Option<Then>,
    saving: Option<Saving>,
    failed: Option<(Trouble, Option<Then>)>,
    recovery: recovery::Recovery,
    dropped: drop::Dropped,
    /// The starter graph that the open project began as.
    as_made: Option<Document>,
    /// Since when the project differs from its file, for the automatic save.
    changed_since: Option<Instant>,
}

/// A save that was asked for.
struct Saving {
    is_automatic: bool,
    then: Option<Then>,
}

impl fmt::Debug for Projects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_asking = self.question.is_some();
        f.debug_struct("Projects").field("is_asking", &is_asking).finish_non_exhaustive()
    }
}

impl Projects {
    /// Whether a question stands in front of everything.
    pub(crate) fn is_asking(&self) -> bool {
        self.question.is_some()
            || self.failed.is_some()
            || self.recovery.is_asking()
            || self.dropped.is_asking()
    }
}

/// Does something that gives up the open project, after asking where it is not saved.
pub fn guarded(cx: &mut Cx<'_>, then: impl FnOnce(&mut Cx<'_>) + 'static) {
    if has_something_to_lose(cx) {
        cx.view.dialogs.projects.question = Some(Box::new(then));
    } else {
        then(cx);
    }
}

/// Asks for a project and opens it.
pub fn open(cx: &mut Cx<'_>) {
    let pick = Pick {
        title: tr("Open a project", "打开项目").to_owned(),
        kind: PickKind::Open,
        filter: Some(project_filter()),
        ..Pick::default()
    };
    cx.view.files.pick(cx.egui, pick, |cx, path| cx.dispatch(Command::Open { path }));
}

/// Saves, and asks where if there is no file yet.
pub fn save(cx: &mut Cx<'_>) {
    save_then(cx, None);
}

/// Asks where, and saves there.
pub fn save_as(cx: &mut Cx<'_>) {
    save_as_then(cx, None);
}

/// What the person reads as the name of the project.
pub fn name_of(session: &Session) -> String {
    if let Some(name) = session.project().path().and_then(|path| path.file_name()) {
        return name.to_string_lossy().into_owned();
    }
    match session.document().name() {
        "" => tr("Untitled", "未命名").to_owned(),
        name => name.to_owned(),
    }
}

/// The window is about to close. Called before every frame, so this is also where the automatic save looks at the clock.
pub fn on_close_requested(cx: &mut Cx<'_>) {
    autosave(cx);
    let is_closing = cx.egui.input(|input| input.viewport().close_requested());
    // Edits that wait to be recovered are in the journal and will be found again.
    let waits = cx.view.dialogs.projects.recovery.is_waiting();
    if is_closing && !waits && has_something_to_lose(cx) {
        cx.egui.send_viewport_cmd(ViewportCommand::CancelClose);
        guarded(cx, |cx| {
            // What was given up must not be found as unsaved work by the next start.
            cx.dispatch(Command::Close);
            cx.egui.send_viewport_cmd(ViewportCommand::Close);
        });
    }
}

/// Begins a project with a graph that could be made again in the same way.
pub(crate) fn begin(cx: &mut Cx<'_>, document: Document) {
    cx.view.dialogs.projects.as_made = Some(document.clone());
    cx.dispatch(Command::New { document: Box::new(document) });
}

/// Draws the questions that are open.
pub(crate) fn show(ctx: &Context, cx: &mut Cx<'_>) {
    recovery::show(ctx, cx);
    drop::show(ctx, cx);
    if let Some(then) = cx.view.dialogs.projects.question.take() {
        question_ui(ctx, cx, then);
    }
    if let Some((trouble, then)) = cx.view.dialogs.projects.failed.take() {
        failed_ui(ctx, cx, trouble, then);
    }
}

/// Follows saves to their end.
pub(crate) fn hear(cx: &mut Cx<'_>, event: &Event) {
    recovery::hear(cx, event);
    match event {
        Event::Saved { .. } => {
            cx.view.dialogs.projects.changed_since = None;
            let Some(saving) = cx.view.dialogs.projects.saving.take() else { return };
            if saving.is_automatic {
                cx.view.toasts.take_back();
            }
            if let Some(then) = saving.then {
                then(cx);
            }
        }
        // The journal has its own words, and no save fails because of it.
        Event::Troubled { trouble } if trouble.code != "journal-off" => {
            let Some(saving) = cx.view.dialogs.projects.saving.take() else { return };
            if saving.is_automatic {
                let later = Instant::now().checked_add(RETRY_AUTOSAVE);
                cx.view.dialogs.projects.changed_since = later;
            } else {
                cx.view.toasts.take_back();
                cx.view.dialogs.projects.failed = Some((trouble.clone(), saving.then));
            }
        }
        _ => {}
    }
}

/// Name of the filter and extension of project files.
pub(crate) fn project_filter() -> (String, Vec<String>) {
    (tr("Pyrograph projects", "Pyrograph 项目").to_owned(), vec![EXTENSION.to_owned()])
}

/// A running job, or edits that are on no disk. A starter graph as it was made can be made again.
fn has_something_to_lose(cx: &Cx<'_>) -> bool {
    let session = cx.session;
    let as_made = cx.view.dialogs.projects.as_made.as_ref();
    if session.job().is_some() {
        return true;
    }
    let project = session.project();
    let is_as_made = project.path().is_none() && as_made == Some(session.document());
    let has_results = session.document().nodes().any(|node| session.entry(&node.id).is_some());
    project.is_changed() && (!is_as_made || has_results)
}

fn save_then(cx: &mut Cx<'_>, then: Option<Then>) {
    if cx.session.project().path().is_none() {
        save_as_then(cx, then);
        return;
    }
    cx.view.dialogs.projects.saving = Some(Saving { is_automatic: false, then });
    cx.dispatch(Command::Save);
}

fn save_as_then(cx: &mut Cx<'_>, then: Option<Then>) {
    let project = cx.session.project();
    let name = name_of(cx.session);
    let stem = name.strip_suffix(".pyro").unwrap_or(&name);
    let folder = project.path().and_then(|path| path.parent()).map(PathBuf::from);
    let pick = Pick {
        title: tr("Save the project as", "项目另存为").to_owned(),
        kind: PickKind::Save,
        filter: Some(project_filter()),
        folder: folder.or_else(files::documents_folder),
        file_name: Some(format!("{stem}.{EXTENSION}")),
    };
    cx.view.files.pick(cx.egui, pick, |cx, path| {
        cx.view.dialogs.projects.saving = Some(Saving { is_automatic: false, then });
        cx.dispatch(Command::SaveAs { path });
    });
}

/// Saves a project that has a file some time after it was changed, while nothing else is going on with it.
fn autosave(cx: &mut Cx<'_>) {
    let project = cx.session.project();
    let is_due_at_all = cx.view.settings.autosave_secs > 0
        && project.path().is_some()
        && project.is_changed()
        && !cx.view.dialogs.projects.is_asking()
        && !cx.view.dialogs.projects.recovery.is_waiting()
        && cx.view.dialogs.projects.saving.is_none();
    if !is_due_at_all {
        if !project.is_changed() {
            cx.view.dialogs.projects.changed_since = None;
        }
        return;
    }
    let wait = Duration::from_secs(cx.view.settings.autosave_secs);
    let since = *cx.view.dialogs.projects.changed_since.get_or_insert_with(Instant::now);
    if since.elapsed() >= wait {
        cx.view.dialogs.projects.saving = Some(Saving { is_automatic: true, then: None });
        cx.dispatch(Command::Save);
    } else {
        cx.egui.request_repaint_after(wait.saturating_sub(since.elapsed()));
    }
}

enum Answer {
    Keep,
    GiveUp,
    Cancel,
}

fn question_ui(ctx: &Context, cx: &mut Cx<'_>, then: Then) {
    let name = name_of(cx.session);
    let is_running = cx.session.job().is_some();
    let is_changed = cx.session.project().is_changed();
    let title = if is_changed {
        say!("Save changes to “{name}”?", "保存对“{name}”的更改？")
    } else {
        say!("Stop the run?", "停止运行？")
    };
    let (answer, is_dismissed) = Sheet::new("guard", title.tr(), 420.0).show(ctx, |ui, is_new| {
        if is_changed {
            let text = tr("Changes that are not saved will be lost.", "未保存的更改将会丢失。");
            widgets::weak(ui, text);
        }
        if is_running {
            let text = tr(
                "A run is under way; going on stops it. Results that are finished stay.",
                "有任务正在运行；继续操作将停止它。已完成的结果会保留。",
            );
            widgets::weak(ui, text);
        }
        if is_changed { unsaved_buttons_ui(ui, is_new) } else { running_buttons_ui(ui, is_new) }
    });
    match answer {
        Some(Answer::Keep) => save_then(cx, Some(then)),
        Some(Answer::GiveUp) => then(cx),
        Some(Answer::Cancel) => {}
        None if is_dismissed => {}
        None => cx.view.dialogs.projects.question = Some(then),
    }
}

fn unsaved_buttons_ui(ui: &mut Ui, is_new: bool) -> Option<Answer> {
    buttons_ui(ui, |ui| {
        let save = widgets::primary_button(ui, None, tr("Save", "保存"));
        if is_new {
            save.request_focus();
        }
        let discard = widgets::button(ui, None, tr("Don’t save", "不保存"));
        let cancel = widgets::button(ui, None, tr("Cancel", "取消"));
        if save.clicked() || is_confirmed(ui) {
            Some(Answer::Keep)
        } else if discard.clicked() {
            Some(Answer::GiveUp)
        } else {
            cancel.clicked().then_some(Answer::Cancel)
        }
    })
}

fn running_buttons_ui(ui: &mut Ui, is_new: bool) -> Option<Answer> {
    buttons_ui(ui, |ui| {
        let keep = widgets::primary_button(ui, None, tr("Keep running", "继续运行"));
        if is_new {
            keep.request_focus();
        }
        let stop = widgets::button(ui, None, tr("Stop it", "停止"));
        if stop.clicked() {
            Some(Answer::GiveUp)
        } else {
            (keep.clicked() || is_confirmed(ui)).then_some(Answer::Cancel)
        }
    })
}

fn failed_ui(ctx: &Context, cx: &mut Cx<'_>, trouble: Trouble, then: Option<Then>) {
    let title = tr("The project could not be saved", "项目未能保存");
    let (answer, is_dismissed) = Sheet::new("save-failed", title, 440.0).show(ctx, |ui, is_new| {
        widgets::trouble_ui(ui, &trouble);
        ui.add_space(4.0);
        let text =
            tr("Nothing is lost: your edits are still here.", "内容没有丢失：您的编辑仍在。");
        widgets::weak(ui, text);
        buttons_ui(ui, |ui| {
            let elsewhere =
                widgets::primary_button(ui, None, tr("Save elsewhere…", "另存到其他位置…"));
            if is_new {
                elsewhere.request_focus();
            }
            let again = widgets::button(ui, None, tr("Try again", "重试"));
            let cancel = widgets::button(ui, None, tr("Cancel", "取消"));
            if elsewhere.clicked() || is_confirmed(ui) {
                Some(Answer::Keep)
            } else if again.clicked() {
                Some(Answer::GiveUp)
            } else {
                cancel.clicked().then_some(Answer::Cancel)
            }
        })
    });
    match answer {
        Some(Answer::Keep) => save_as_then(cx, then),
        Some(Answer::GiveUp) => save_then(cx, then),
        Some(Answer::Cancel) => {}
        None if is_dismissed => {}
        None => cx.view.dialogs.projects.failed = Some((trouble, then)),
    }
}
