//! One open project: the document with its undo steps, its file, its journal and its folders.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use directories::UserDirs;
use pg_base::{Trouble, Words, say};
use pg_contract::{Diagnostic, Registry};
use pg_pipeline::{Document, Edit, History, Journal, Recovered, file, journal};

use crate::folders::{self, Lock, Scratch};
use crate::versions;

mod moved;

pub(crate) use moved::Move;

/// Time between two tries to write a journal that could not be written.
const RETRY_EVERY: Duration = Duration::from_secs(5);

/// A document, where it lies, and what can be undone.
///
/// Invariant: every edit that is applied is in the journal, or [`Self::take_trouble`] tells why not.
#[derive(Debug)]
pub struct Project {
    /// None where it was never saved.
    path: Option<PathBuf>,
    /// Stands in for a place of its own until it is saved.
    scratch: Option<Scratch>,
    document: Document,
    history: History,
    file_state: FileState,
    sha256: Option<String>,
    /// Begun with the first edit.
    journal: Option<Journal>,
    journal_failed_at: Option<Instant>,
    is_failure_told: bool,
    trouble: Option<Trouble>,
    lock: Option<Lock>,
    cache_folder: OnceCell<PathBuf>,
}

/// What the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileState {
    /// There is no readable file.
    None,
    /// The document in this state of its history.
    Holds(u64),
    /// Another document than any state of the history.
    Differs,
}

impl Project {
    /// A project that has no file yet; `unsaved_root` is the folder for those.
    pub fn new(document: Document, unsaved_root: &Path) -> Result<Self, Trouble> {
        let mut project = Self::of(None, document);
        let scratch = Scratch::make(unsaved_root)?;
        project.lock =
            Lock::take(&folders::cache_folder_of(&scratch.project()), &scratch.project())?;
        project.scratch = Some(scratch);
        Ok(project)
    }

    /// Reads a project file, and tells what was left out or upgraded. It is not locked: see [`Self::lock`].
    pub fn load(path: &Path, registry: &Registry) -> Result<(Self, Vec<Diagnostic>), Trouble> {
        let path = folders::clean(path);
        let loaded = file::load(&path, registry)?;
        let mut project = Self::of(Some(path), loaded.document);
        project.file_state = FileState::Holds(project.history.state());
        project.sha256 = Some(loaded.sha256);
        Ok((project, loaded.diagnostics))
    }

    /// A project whose file cannot be read but whose journal can.
    pub(crate) fn without_file(path: &Path) -> Self {
        Self::of(Some(folders::clean(path)), Document::new(""))
    }

    /// A project that was never saved, left behind by an earlier process; see [`unsaved`].
    pub(crate) fn left_behind(folder: &Path) -> Result<Self, Trouble> {
        let scratch = Scratch::left(folder.to_owned());
        let mut project = Self::of(None, Document::new(""));
        project.lock =
            Lock::take(&folders::cache_folder_of(&scratch.project()), &scratch.project())?;
        project.scratch = Some(scratch);
        Ok(project)
    }

    fn of(path: Option<PathBuf>, document: Document) -> Self {
        Self {
            path,
            scratch: None,
            document,
            history: History::default(),
            file_state: FileState::None,
            sha256: None,
            journal: None,
            journal_failed_at: None,
            is_failure_told: false,
            trouble: None,
            lock: None,
            cache_folder: OnceCell::new(),
        }
    }

    /// The project file, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What can be undone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Folder that relative paths start from: the file's, else the person's documents.
    pub fn base_folder(&self) -> PathBuf {
        match self.path.as_deref().and_then(Path::parent) {
            Some(folder) => folder.to_owned(),
            None => documents_folder(),
        }
    }

    /// Folder for results and checkpoints.
    pub fn cache_folder(&self) -> PathBuf {
        self.cache_folder.get_or_init(|| folders::cache_folder_of(&self.place())).clone()
    }

    /// Whether the document differs from the file.
    pub fn is_changed(&self) -> bool {
        match self.file_state {
            FileState::Holds(state) => state != self.history.state(),
            FileState::Differs => true,
            FileState::None => {
                self.path.is_some() || self.document.n_nodes() > 0 || self.history.n_undo() > 0
            }
        }
    }

    /// Keeps other windows from opening it until it is closed.
    ///
    /// # Errors
    /// `project-in-use`.
    pub fn lock(&mut self) -> Result<(), Trouble> {
        self.lock = Lock::take(&self.cache_folder(), &self.place())?;
        Ok(())
    }

    /// Lets other windows open it.
    pub(crate) fn unlock(&mut self) {
        self.lock = None;
    }

    /// Whether its file could be read.
    pub(crate) fn has_file(&self) -> bool {
        self.file_state != FileState::None
    }

    /// What its journal holds beyond the file; none where there is nothing to recover.
    pub fn recoverable(&self, registry: &Registry) -> Result<Option<Recovered>, Trouble> {
        journal::recover(&self.place(), registry)
    }

    /// Takes over what the journal held.
    pub(crate) fn restore(&mut self, recovered: Recovered) {
        self.document = recovered.document;
        self.history = History::default();
        if self.has_file() {
            self.file_state = FileState::Differs;
        }
        self.restart_journal();
    }

    /// Applies an edit as a step; with `merges` it belongs to the step before where both change the same thing.
    pub fn apply(
        &mut self,
        registry: &Registry,
        edit: Edit,
        name: Words,
        merges: bool,
    ) -> Result<(), Trouble> {
        self.begin_journal();
        let document = &mut self.document;
        if merges {
            self.history.apply_merged(document, registry, edit.clone(), name)?;
        } else {
            self.history.apply(document, registry, edit.clone(), name)?;
        }
        self.record(&edit);
        Ok(())
    }

    /// Ends a run of merged edits.
    pub fn end_merging(&mut self) {
        self.history.end_merging();
    }

    /// Takes the last step back; false where there is none.
    pub fn undo(&mut self, registry: &Registry) -> Result<bool, Trouble> {
        self.begin_journal();
        let done = self.history.undo(&mut self.document, registry)?;
        Ok(self.record_step(done))
    }

    /// Does it again; false where there is nothing.
    pub fn redo(&mut self, registry: &Registry) -> Result<bool, Trouble> {
        self.begin_journal();
        let done = self.history.redo(&mut self.document, registry)?;
        Ok(self.record_step(done))
    }

    /// Saves to its file.
    ///
    /// # Errors
    /// `project-unnamed` where it has none; those of writing, which leave the old file and the journal as they were.
    pub fn save(&mut self) -> Result<(), Trouble> {
        let path = self.path.clone().ok_or_else(|| {
            Trouble::new("project-unnamed", say!("the project has no file yet", "项目还没有文件"))
                .advice(say!("Choose where to save it.", "请选择保存位置。"))
        })?;
        let document = self.document.clone();
        self.write(&path, &document, &self.cache_folder())
    }

    /// Saves to another file and goes on with that one. Paths in the document are rewritten so that they lead to the
    /// same files; that is a step of its own. With `moves_results` the results of a project that was never saved go along.
    /// Gives the move, where there was one.
    pub(crate) fn save_as(
        &mut self,
        path: &Path,
        registry: &Registry,
        moves_results: bool,
    ) -> Result<Option<Move>, Trouble> {
        let path = folders::clean(path);
        if self.path.as_deref() == Some(&path) {
            return self.save().map(|()| None);
        }
        // Made first: relative paths and the lock depend on it.
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Trouble::io(&error, folder))?;
        }
        let old_cache = self.cache_folder();
        let moved = Move {
            old_base: self.base_folder(),
            new_base: folders::base_of(&path),
            had_file: self.path.is_some(),
        };
        let rebase = moved.edit(&self.document, registry);
        let mut document = self.document.clone();
        if let Some(edit) = &rebase {
            edit.clone().apply(&mut document, registry)?;
        }
        let new_cache = folders::cache_folder_of(&path);
        let lock = Lock::take(&new_cache, &path)?;
        self.write(&path, &document, &new_cache)?;
        // A journal of an older project of this name would be taken for ours.
        journal::discard(&path)?;
        if let Some(edit) = rebase {
            self.history.apply(
                &mut self.document,
                registry,
                edit,
                say!("Save elsewhere", "另存"),
            )?;
        }
        self.file_state = FileState::Holds(self.history.state());
        self.lock = lock;
        self.path = Some(path);
        self.cache_folder = OnceCell::from(new_cache.clone());
        if moves_results && let Some(scratch) = self.scratch.take() {
            move_results(&old_cache, &new_cache);
            scratch.remove();
        }
        Ok(Some(moved))
    }

    /// Brings edits to the disk that have waited for a second, and tries again where that failed.
    pub fn sync(&mut self) {
        if let Some(journal) = &mut self.journal {
            if let Err(trouble) = journal.sync_if_due() {
                self.journal_failed(trouble);
            }
        } else if self.journal_failed_at.is_some_and(|at| at.elapsed() >= RETRY_EVERY) {
            self.restart_journal();
        }
    }

    /// Why edits could not be written to the journal; told once.
    pub fn take_trouble(&mut self) -> Option<Trouble> {
        self.trouble.take()
    }

    /// Gives up what was not saved and everything that stood in for a file.
    pub fn close(mut self) -> Result<(), Trouble> {
        self.discard_journal()?;
        self.remove_scratch();
        Ok(())
    }

    /// Gives up what the journal holds.
    pub(crate) fn discard_journal(&mut self) -> Result<(), Trouble> {
        self.journal = None;
        journal::discard(&self.place())
    }

    /// Removes what stood in for a place; only once no job works in it.
    pub(crate) fn remove_scratch(&mut self) {
        if let Some(scratch) = self.scratch.take() {
            scratch.remove();
        }
    }

    /// The file, or where it would be.
    fn place(&self) -> PathBuf {
        let scratch = || self.scratch.as_ref().map(Scratch::project);
        self.path.clone().or_else(scratch).unwrap_or_default()
    }

    fn write(
        &mut self,
        path: &Path,
        document: &Document,
        cache_folder: &Path,
    ) -> Result<(), Trouble> {
        let text = file::to_json(document)?;
        versions::keep(path, cache_folder, text.as_bytes());
        self.sha256 = Some(file::save_text(path, &text)?);
        self.file_state = FileState::Holds(self.history.state());
        // The next edit begins a new one; killed in between, the old one is found to hold nothing more than the file.
        self.journal_failed_at = None;
        self.discard_journal()
    }

    fn begin_journal(&mut self) {
        if self.journal.is_some() || self.journal_failed_at.is_some() {
            return;
        }
        match Journal::begin(&self.place(), &self.document, self.sha256.as_deref()) {
            Ok(journal) => {
                self.journal = Some(journal);
                self.is_failure_told = false;
            }
            Err(trouble) => self.journal_failed(trouble),
        }
    }

    /// Begins anew with the present state, which the file does not hold. The new journal takes the place of the old one
    /// only when it is whole.
    fn restart_journal(&mut self) {
        self.journal = None;
        self.journal_failed_at = None;
        match self.whole_journal() {
            Ok(journal) => {
                self.journal = Some(journal);
                self.is_failure_told = false;
            }
            Err(trouble) => self.journal_failed(trouble),
        }
    }

    fn whole_journal(&self) -> Result<Journal, Trouble> {
        let place = self.place();
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push("~");
        let beside = place.with_file_name(name);
        let mut journal = Journal::begin(&beside, &self.document, self.sha256.as_deref())?;
        // A journal without edits holds nothing to recover; this one marks its first state as worth it.
        journal.append(&Edit::SetName { name: self.document.name().to_owned() })?;
        journal.flush()?;
        let path = journal::path_of(&place);
        fs::rename(journal::path_of(&beside), &path).map_err(|error| Trouble::io(&error, &path))?;
        Ok(journal)
    }

    fn record_step(&mut self, done: Option<(Words, Edit)>) -> bool {
        let Some((_, edit)) = done else { return false };
        self.record(&edit);
        true
    }

    fn record(&mut self, edit: &Edit) {
        if let Some(journal) = &mut self.journal
            && let Err(trouble) = journal.append(edit)
        {
            self.journal_failed(trouble);
        }
    }

    /// A journal with a gap would give back another document: it ends here, and begins anew when it can.
    fn journal_failed(&mut self, trouble: Trouble) {
        tracing::warn!(%trouble, "the journal cannot be written");
        self.journal = None;
        self.journal_failed_at = Some(Instant::now());
        if !std::mem::replace(&mut self.is_failure_told, true) {
            let found = say!("edits are not kept until you save", "保存之前，编辑内容不会被保留");
            let reason = trouble.details.place.path.clone();
            let told = Trouble::new("journal-off", found).advice(trouble.details.found.clone());
            self.trouble = Some(match reason {
                Some(path) => told.path(path),
                None => told,
            });
        }
    }
}

/// Projects that were never saved and whose process is gone, as folders for `Command::OpenUnsaved`; what holds nothing is
/// removed.
pub fn unsaved(root: &Path, registry: &Registry) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders::left_behind(root) {
        let scratch = Scratch::left(folder.clone());
        match journal::recover(&scratch.project(), registry) {
            Ok(None) => scratch.remove(),
            Ok(Some(_)) | Err(_) => found.push(folder),
        }
    }
    found
}

fn move_results(from: &Path, to: &Path) {
    let is_new = fs::read_dir(to)
        .is_ok_and(|entries| entries.flatten().all(|entry| entry.file_name() == ".gitignore"));
    if !is_new {
        return;
    }
    let moved = fs::remove_file(to.join(".gitignore"))
        .and_then(|()| fs::remove_dir(to))
        .and_then(|()| fs::rename(from, to));
    if let Err(error) = moved {
        // Results are made again when they are wanted.
        tracing::debug!(%error, "results stay behind");
    }
}

fn documents_folder() -> PathBuf {
    let user = UserDirs::new();
    let documents = user.as_ref().and_then(UserDirs::document_dir);
    documents
        .or(user.as_ref().map(UserDirs::home_dir))
        .map_or_else(std::env::temp_dir, Path::to_owned)
}
