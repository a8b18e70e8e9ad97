//! Opening, saving and closing projects without losing anything.

use pg_session::Session;

use crate::cx::Cx;

/// Does something that gives up the open project, after asking where it is not saved.
pub fn guarded(cx: &mut Cx<'_>, then: impl FnOnce(&mut Cx<'_>) + 'static) {
    then(cx);
}

/// Asks for a project and opens it.
pub fn open(_cx: &mut Cx<'_>) {}

/// Saves, and asks where if there is no file yet.
pub fn save(_cx: &mut Cx<'_>) {}

/// Asks where, and saves there.
pub fn save_as(_cx: &mut Cx<'_>) {}

/// What the person reads as the name of the project.
pub fn name_of(session: &Session) -> String {
    let path = session.project().path().and_then(|path| path.file_name());
    path.map_or_else(|| crate::lang::tr("Untitled", "未命名").to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The window is about to close.
pub fn on_close_requested(_cx: &mut Cx<'_>) {}

/// Files were dropped on the window.
pub fn on_dropped_files(_cx: &mut Cx<'_>) {}
