//! Asking for files and folders: the system's dialog on a thread of its own, so that the window never waits for it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::Context;

use crate::cx::Cx;
use crate::tasks::Task;

/// What a dialog asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pick {
    /// Title of the dialog.
    pub title: String,
    /// What kind of place.
    pub kind: PickKind,
    /// Name of the filter and its file name extensions; empty for any.
    pub filter: Option<(String, Vec<String>)>,
    /// Folder to begin in.
    pub folder: Option<PathBuf>,
    /// Name to begin with, where something is written.
    pub file_name: Option<String>,
}

/// Reading a file, reading a folder, or writing a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PickKind {
    /// A file that is there.
    #[default]
    Open,
    /// A folder that is there.
    Folder,
    /// A file to write.
    Save,
}

/// Asks the person; tests answer by themselves.
pub trait Picker: Send + Sync {
    /// The place that was chosen; none where the person gave up.
    fn pick(&self, pick: &Pick) -> Option<PathBuf>;
}

/// The dialog of the system.
#[derive(Clone, Copy, Debug)]
pub struct NativePicker;

impl Picker for NativePicker {
    fn pick(&self, pick: &Pick) -> Option<PathBuf> {
        let mut dialog = rfd::FileDialog::new().set_title(&pick.title);
        if let Some((name, extensions)) = &pick.filter {
            dialog = dialog.add_filter(name, extensions);
        }
        if let Some(folder) = &pick.folder {
            dialog = dialog.set_directory(folder);
        }
        if let Some(name) = &pick.file_name {
            dialog = dialog.set_file_name(name);
        }
        match pick.kind {
            PickKind::Open => dialog.pick_file(),
            PickKind::Folder => dialog.pick_folder(),
            PickKind::Save => dialog.save_file(),
        }
    }
}

/// Done with the place that was chosen.
type Then = Box<dyn FnOnce(&mut Cx<'_>, PathBuf)>;

/// The dialog that is open; there is one at most.
pub struct Files {
    picker: Arc<dyn Picker>,
    open: Option<(Task<Option<PathBuf>>, Then)>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("is_open", &self.open.is_some()).finish_non_exhaustive()
    }
}

impl Files {
    /// Dialogs of this kind.
    pub fn new(picker: Arc<dyn Picker>) -> Self {
        Self { picker, open: None }
    }

    /// Asks for a place and goes on with it; a second question while one is open is passed over.
    pub fn pick(&mut self, ctx: &Context, pick: Pick, then: impl FnOnce(&mut Cx<'_>, PathBuf) + 'static) {
        if self.open.is_some() {
            return;
        }
        let picker = Arc::clone(&self.picker);
        self.open = Some((Task::spawn(ctx, move |_| Ok(picker.pick(&pick))), Box::new(then)));
    }

    /// The answer, when there is one: what to do and with which place.
    pub(crate) fn poll(&mut self) -> Option<(Then, PathBuf)> {
        let (task, _) = self.open.as_mut()?;
        let answer = task.poll()?;
        let (_, then) = self.open.take()?;
        answer.ok().flatten().map(|path| (then, path))
    }
}
