//! Our own file dialog: folders, files by filter, a path that completes itself while it is typed; all of it by keyboard.
//!
//! The disk is only read in tasks.

mod view;

use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use directories::UserDirs;
use eframe::egui::Context;
use pg_base::Trouble;

use super::listing::{self, Entry, Place};
use super::{Pick, PickKind, documents_folder};
use crate::cx::Cx;
use crate::tasks::Task;

type Listed = (PathBuf, Result<Vec<Entry>, Trouble>);

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The person still looks.
    Open,
    /// Given up.
    Cancelled,
    /// This place.
    Chosen(PathBuf),
    /// This file, which is there already.
    Exists(PathBuf),
}

/// The dialog.
#[derive(Debug, Default)]
pub(super) struct Browser {
    folder: PathBuf,
    /// The path field: the folder, and the beginning of a name in it.
    path_text: String,
    /// Name of the file to write.
    name: String,
    entries: Vec<Entry>,
    trouble: Option<Trouble>,
    listing: Option<Task<Listed>>,
    places: Vec<Place>,
    places_task: Option<Task<Vec<Place>>>,
    /// Finds out whether the file to write is there.
    checking: Option<Task<(PathBuf, bool)>>,
    /// Name of the chosen entry.
    chosen: Option<String>,
    visited: Vec<PathBuf>,
    shows_all: bool,
    shows_hidden: bool,
    scrolls_to_chosen: bool,
}

impl Browser {
    pub(super) fn new(ctx: &Context, pick: &Pick, folder: Option<PathBuf>) -> Self {
        let mut browser = Self {
            name: pick.file_name.clone().unwrap_or_default(),
            places_task: Some(Task::spawn(ctx, |_| Ok(listing::places()))),
            ..Self::default()
        };
        let folder = folder.or_else(documents_folder).unwrap_or_else(|| PathBuf::from("/"));
        browser.go_to(ctx, folder);
        browser
    }

    /// Whether it still has to be told where to begin.
    pub(super) fn is_unset(&self) -> bool {
        self.folder.as_os_str().is_empty()
    }

    /// Shows a folder and writes it into the path field.
    fn go_to(&mut self, ctx: &Context, folder: PathBuf) {
        self.path_text = with_separator(&folder);
        if folder != self.folder && !self.is_unset() {
            self.visited.push(self.folder.clone());
        }
        self.read(ctx, folder);
    }

    fn go_back(&mut self, ctx: &Context) {
        if let Some(folder) = self.visited.pop() {
            self.path_text = with_separator(&folder);
            self.read(ctx, folder);
        }
    }

    fn go_up(&mut self, ctx: &Context) {
        if let Some(parent) = self.folder.parent().map(Path::to_owned) {
            let from = self.folder.file_name().map(|name| name.to_string_lossy().into_owned());
            self.go_to(ctx, parent);
            self.chosen = from;
            self.scrolls_to_chosen = true;
        }
    }

    fn read(&mut self, ctx: &Context, folder: PathBuf) {
        self.folder.clone_from(&folder);
        self.chosen = None;
        self.entries.clear();
        self.trouble = None;
        self.listing = Some(Task::spawn(ctx, move |_| {
            let entries = listing::read(&folder);
            Ok((folder, entries))
        }));
    }

    /// Takes in what tasks found.
    fn poll(&mut self, pick: &Pick) {
        if let Some(Ok((folder, entries))) = self.listing.as_mut().and_then(Task::poll) {
            self.listing = None;
            if folder == self.folder {
                match entries {
                    Ok(entries) => {
                        self.entries = entries;
                        self.choose_typed(pick);
                    }
                    Err(trouble) => self.trouble = Some(trouble),
                }
            }
        }
        if let Some(Ok(places)) = self.places_task.as_mut().and_then(Task::poll) {
            self.places_task = None;
            self.places = places;
        }
    }

    /// The path field was typed into: its folder is shown, and what follows narrows the list.
    fn typed(&mut self, ctx: &Context, pick: &Pick) {
        // A path that is pasted behind another one begins anew.
        if let Some(at) = self.path_text.rfind("//").filter(|at| *at > 0 || cfg!(not(windows))) {
            self.path_text.drain(..=at);
        }
        let (folder, _) = split(&self.path_text);
        if folder != self.folder && !folder.as_os_str().is_empty() {
            self.read(ctx, folder);
        }
        self.chosen = None;
        self.choose_typed(pick);
    }

    /// Where the beginning of a name is typed, the first that has it is meant.
    fn choose_typed(&mut self, pick: &Pick) {
        let is_typed = !split(&self.path_text).1.is_empty();
        if is_typed && self.chosen.is_none() {
            self.chosen = self.shown(pick).first().map(|entry| entry.name.clone());
        }
    }

    /// Entries that fit the filter and what is typed. Those that begin with it come first.
    fn shown(&self, pick: &Pick) -> Vec<&Entry> {
        let (_, prefix) = split(&self.path_text);
        let prefix = prefix.to_lowercase();
        let extensions = pick.filter.as_ref().map(|(_, extensions)| extensions);
        let wants_folders = pick.kind == PickKind::Folder;
        let fits = |entry: &&Entry| {
            let has_extension = |extensions: &Vec<String>| {
                let extension = Path::new(&entry.name).extension().unwrap_or_default();
                extensions.is_empty()
                    || extensions.iter().any(|known| extension.eq_ignore_ascii_case(known))
            };
            let is_hidden = entry.name.starts_with('.') && !prefix.starts_with('.');
            (self.shows_hidden || !is_hidden)
                && (entry.is_folder || !wants_folders)
                && (entry.is_folder || self.shows_all || extensions.is_none_or(has_extension))
                && entry.name.to_lowercase().contains(&prefix)
        };
        let mut shown: Vec<&Entry> = self.entries.iter().filter(fits).collect();
        if !prefix.is_empty() {
            shown.sort_by_key(|entry| !entry.name.to_lowercase().starts_with(&prefix));
        }
        shown
    }

    /// Moves the choice up or down.
    fn step(&mut self, pick: &Pick, by: isize) {
        let names: Vec<String> =
            self.shown(pick).into_iter().map(|entry| entry.name.clone()).collect();
        if names.is_empty() {
            return;
        }
        let at =
            self.chosen.as_ref().and_then(|chosen| names.iter().position(|name| name == chosen));
        let last = names.len() - 1;
        let next = match at {
            None if by > 0 => 0,
            None => last,
            Some(at) => at.saturating_add_signed(by).min(last),
        };
        self.chosen = names.into_iter().nth(next);
        self.scrolls_to_chosen = true;
    }

    /// Writes the chosen entry into the path field.
    fn complete(&mut self, ctx: &Context) -> bool {
        let Some(entry) = self.chosen_entry().cloned() else { return false };
        let path = self.folder.join(&entry.name);
        if entry.is_folder {
            self.go_to(ctx, path);
        } else {
            self.path_text = path.to_string_lossy().into_owned();
        }
        true
    }

    fn chosen_entry(&self) -> Option<&Entry> {
        let chosen = self.chosen.as_ref()?;
        self.entries.iter().find(|entry| entry.name == *chosen)
    }

    /// Enter, or a double click: goes into a folder, takes a file.
    fn enter(&mut self, ctx: &Context, pick: &Pick) -> Option<Outcome> {
        let Some(entry) = self.chosen_entry().cloned() else { return self.accept(ctx, pick) };
        if entry.is_folder {
            self.go_to(ctx, self.folder.join(&entry.name));
            return None;
        }
        if pick.kind == PickKind::Save {
            self.name = entry.name;
        }
        self.accept(ctx, pick)
    }

    /// The primary button.
    fn accept(&mut self, ctx: &Context, pick: &Pick) -> Option<Outcome> {
        let chosen = self.chosen_entry();
        match pick.kind {
            PickKind::Folder => {
                let folder = chosen
                    .map_or_else(|| self.folder.clone(), |entry| self.folder.join(&entry.name));
                self.trouble.is_none().then_some(Outcome::Chosen(folder))
            }
            PickKind::Open => match chosen {
                Some(entry) if !entry.is_folder => {
                    Some(Outcome::Chosen(self.folder.join(&entry.name)))
                }
                Some(_) => {
                    let name = self.chosen.clone().unwrap_or_default();
                    self.go_to(ctx, self.folder.join(name));
                    None
                }
                None => None,
            },
            PickKind::Save => {
                let name = self.name.trim();
                if !name.is_empty() && self.checking.is_none() {
                    let path = pick.completed(self.folder.join(name));
                    self.checking = Some(Task::spawn(ctx, move |_| {
                        let is_there = path.exists();
                        Ok((path, is_there))
                    }));
                }
                None
            }
        }
    }

    /// Whether the primary button does something.
    fn can_accept(&self, pick: &Pick) -> bool {
        match pick.kind {
            PickKind::Folder => self.trouble.is_none(),
            PickKind::Open => self.chosen.is_some(),
            PickKind::Save => !self.name.trim().is_empty() && self.trouble.is_none(),
        }
    }
}

/// Draws it and does what was asked for.
pub(super) fn show(ctx: &Context, cx: &mut Cx<'_>, browser: &mut Browser, pick: &Pick) -> Outcome {
    browser.poll(pick);
    if let Some(Ok((path, is_there))) = browser.checking.as_mut().and_then(Task::poll) {
        return if is_there { Outcome::Exists(path) } else { Outcome::Chosen(path) };
    }
    view::browser_ui(ctx, cx, browser, pick)
}

/// Folder of what is typed, and the beginning of a name in it.
fn split(text: &str) -> (PathBuf, &str) {
    let at = text.rfind(['/', MAIN_SEPARATOR]).map_or(0, |at| at + 1);
    let (folder, prefix) = text.split_at(at);
    let home = folder
        .strip_prefix("~/")
        .and_then(|rest| UserDirs::new().map(|user| user.home_dir().join(rest)));
    let folder = home.unwrap_or_else(|| PathBuf::from(folder));
    // Without the separator at its end, as a folder that was clicked.
    (folder.components().collect(), prefix)
}

fn with_separator(folder: &Path) -> String {
    let mut text = folder.to_string_lossy().into_owned();
    if !text.ends_with(MAIN_SEPARATOR) {
        text.push(MAIN_SEPARATOR);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_folder_and_the_beginning_of_a_name() {
        let check = |text: &str, folder: &str, prefix: &str| {
            assert_eq!(split(text), (PathBuf::from(folder), prefix), "{text}");
        };
        check("/data/花", "/data", "花");
        check("/data/", "/data", "");
        check("/", "/", "");
        check("name", "", "name");
    }

    #[test]
    fn the_list_follows_the_filter_and_what_is_typed() {
        let entry = |name: &str, is_folder| Entry {
            name: name.to_owned(),
            is_folder,
            n_bytes: 0,
            changed: None,
        };
        let mut browser = Browser {
            folder: PathBuf::from("/d"),
            path_text: "/d/".to_owned(),
            entries: vec![
                entry("sub", true),
                entry("a.csv", false),
                entry("iris.csv", false),
                entry("n.txt", false),
            ],
            ..Browser::default()
        };
        let filter = Some(("Tables".to_owned(), vec!["csv".to_owned()]));
        let pick = Pick { filter, ..Pick::default() };
        let check = |browser: &Browser, expected: &[&str]| {
            let names: Vec<&str> =
                browser.shown(&pick).into_iter().map(|entry| entry.name.as_str()).collect();
            assert_eq!(names, expected);
        };
        check(&browser, &["sub", "a.csv", "iris.csv"]);
        browser.path_text.push('i');
        check(&browser, &["iris.csv"]);
        browser.step(&pick, 1);
        assert!(browser.can_accept(&pick));
        let outcome = browser.enter(&Context::default(), &pick);
        assert!(matches!(outcome, Some(Outcome::Chosen(path)) if path == Path::new("/d/iris.csv")));
    }
}
