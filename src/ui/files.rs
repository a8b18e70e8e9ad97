//! Asking for files and folders: the system's dialog on a thread of its own, so that the window never waits for it, or
//! our own where the system has none or the person wants it so.

mod browser;
mod listing;
mod native;
mod replace;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use directories::UserDirs;
use eframe::egui::Context;

use crate::cx::Cx;
use crate::tasks::Task;
use browser::Browser;

pub use native::NativePicker;

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

    /// Whether it can ask at all; where it cannot, the window asks by itself.
    fn is_there(&self) -> bool {
        true
    }
}

/// Done with the place that was chosen.
type Then = Box<dyn FnOnce(&mut Cx<'_>, PathBuf)>;

/// The dialog that is open; there is one at most.
pub struct Files {
    picker: Arc<dyn Picker>,
    prefers_native: bool,
    open: Option<(Asking, Pick, Then)>,
    /// Where the last place was, for a dialog that does not say where to begin.
    last_folder: Option<PathBuf>,
}

enum Asking {
    /// The system asks. With the place comes whether the person has still to allow that it is replaced.
    Native(Task<(Option<PathBuf>, bool)>),
    /// We ask.
    Browser(Box<Browser>),
    /// We ask whether a file may be replaced.
    Replace(PathBuf),
    /// The answer is there.
    Answered(PathBuf),
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("is_open", &self.open.is_some()).finish_non_exhaustive()
    }
}

impl Pick {
    /// Adds the filter's extension to a name without one, where something is written.
    fn completed(&self, path: PathBuf) -> PathBuf {
        let extensions = self.filter.as_ref().map_or(&[][..], |(_, extensions)| extensions);
        let has_one = path.extension().is_some_and(|extension| {
            extensions.iter().any(|known| extension.eq_ignore_ascii_case(known))
        });
        match extensions.first() {
            Some(extension) if self.kind == PickKind::Save && !has_one => {
                let mut name = path.file_name().unwrap_or_default().to_owned();
                name.push(".");
                name.push(extension);
                path.with_file_name(name)
            }
            _ => path,
        }
    }
}

impl Files {
    /// Dialogs of this kind.
    pub fn new(picker: Arc<dyn Picker>) -> Self {
        Self { picker, prefers_native: true, open: None, last_folder: None }
    }

    /// Asks for a place and goes on with it; a second question while one is open is passed over.
    pub fn pick(
        &mut self,
        ctx: &Context,
        pick: Pick,
        then: impl FnOnce(&mut Cx<'_>, PathBuf) + 'static,
    ) {
        if self.open.is_some() {
            return;
        }
        let asking = if self.prefers_native && self.picker.is_there() {
            self.ask_system(ctx, &pick)
        } else {
            self.ask_ourselves(ctx, &pick)
        };
        self.open = Some((asking, pick, Box::new(then)));
    }

    /// Whether the system's dialogs are wanted, where there are any.
    pub(crate) fn prefer_native(&mut self, is_wanted: bool) {
        self.prefers_native = is_wanted;
    }

    /// Whether the system has dialogs of its own.
    pub(crate) fn has_native(&self) -> bool {
        self.picker.is_there()
    }

    /// Whether our own dialog stands in front of everything.
    pub(crate) fn is_asking(&self) -> bool {
        matches!(self.open, Some((Asking::Browser(_) | Asking::Replace(_), ..)))
    }

    /// The answer, when there is one: what to do and with which place.
    pub(crate) fn poll(&mut self) -> Option<(Then, PathBuf)> {
        let (asking, pick, then) = self.open.take()?;
        let asking = match asking {
            Asking::Native(mut task) => match task.poll() {
                None => Asking::Native(task),
                Some(Ok((Some(path), false))) => Asking::Answered(path),
                Some(Ok((Some(path), true))) => Asking::Replace(path),
                // A dialog that turned out not to be there was never seen.
                Some(_) if !self.picker.is_there() => Asking::Browser(Box::default()),
                Some(_) => return None,
            },
            asking => asking,
        };
        if let Asking::Answered(path) = asking {
            self.last_folder = path.parent().map(Path::to_owned);
            return Some((then, path));
        }
        self.open = Some((asking, pick, then));
        None
    }

    fn ask_system(&self, ctx: &Context, pick: &Pick) -> Asking {
        let mut pick = pick.clone();
        pick.folder = pick.folder.or_else(|| self.last_folder.clone());
        let picker = Arc::clone(&self.picker);
        Asking::Native(Task::spawn(ctx, move |_| {
            let Some(path) = picker.pick(&pick) else { return Ok((None, false)) };
            let completed = pick.completed(path.clone());
            // The system asked about the name that was typed, not about the one that it became.
            let must_ask = completed != path && completed.exists();
            Ok((Some(completed), must_ask))
        }))
    }

    fn ask_ourselves(&self, ctx: &Context, pick: &Pick) -> Asking {
        let folder = pick.folder.clone().or_else(|| self.last_folder.clone());
        Asking::Browser(Box::new(Browser::new(ctx, pick, folder)))
    }
}

/// Draws our own dialog, where one is open.
pub(crate) fn show(ctx: &Context, cx: &mut Cx<'_>) {
    let Some((asking, pick, then)) = cx.view.files.open.take() else { return };
    let asking = match asking {
        Asking::Browser(mut browser) => {
            if browser.is_unset() {
                *browser = Browser::new(ctx, &pick, cx.view.files.last_folder.clone());
            }
            match browser::show(ctx, cx, &mut browser, &pick) {
                browser::Outcome::Open => Some(Asking::Browser(browser)),
                browser::Outcome::Cancelled => None,
                browser::Outcome::Chosen(path) => Some(Asking::Answered(path)),
                browser::Outcome::Exists(path) => Some(Asking::Replace(path)),
            }
        }
        Asking::Replace(path) => match replace::show(ctx, &path) {
            None => Some(Asking::Replace(path)),
            Some(true) => Some(Asking::Answered(path)),
            Some(false) => None,
        },
        other => Some(other),
    };
    if let Some(asking) = asking {
        if matches!(asking, Asking::Answered(_)) {
            ctx.request_repaint();
        }
        cx.view.files.open = Some((asking, pick, then));
    }
}

/// The person's folder for documents, else their own folder.
pub(crate) fn documents_folder() -> Option<PathBuf> {
    let user = UserDirs::new()?;
    Some(user.document_dir().filter(|folder| folder.is_dir()).unwrap_or(user.home_dir()).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_an_extension_get_that_of_the_filter() {
        let check = |kind, typed: &str, expected: &str| {
            let filter = Some(("Projects".to_owned(), vec!["pyro".to_owned()]));
            let pick = Pick { kind, filter, ..Pick::default() };
            assert_eq!(pick.completed(PathBuf::from(typed)), PathBuf::from(expected), "{typed}");
        };
        check(PickKind::Save, "/a/b", "/a/b.pyro");
        check(PickKind::Save, "/a/b.pyro", "/a/b.pyro");
        check(PickKind::Save, "/a/v1.2", "/a/v1.2.pyro");
        check(PickKind::Open, "/a/b", "/a/b");
    }
}
