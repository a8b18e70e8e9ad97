//! Does what a person asked for: files, edits, undo, runs and versions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use pg_base::{Trouble, Words, say};
use pg_contract::Diagnostic;
use pg_pipeline::{Document, Edit, edit, file};

use super::Session;
use crate::analyst::Answer;
use crate::commands::{Command, Event};
use crate::project::Project;
use crate::runs::RunRecord;
use crate::status::Failures;
use crate::worker::ToWorker;

impl Session {
    pub(super) fn obey(&mut self, command: Command) -> Result<(), Trouble> {
        if self.recovered.is_some() {
            check_may_come_before_the_choice(&command)?;
        }
        let core = Arc::clone(&self.core);
        let registry = core.registry();
        match command {
            Command::New { document } => {
                let project = Project::new(*document, &self.options.unsaved_folder)?;
                self.replace(project, Vec::new())
            }
            Command::Open { path } => self.open(&path),
            Command::OpenUnsaved { folder } => self.open_unsaved(&folder),
            Command::RestoreJournal => {
                if let Some(recovered) = self.recovered.take() {
                    self.project.restore(recovered);
                    self.changed();
                }
                Ok(())
            }
            Command::DiscardJournal => {
                self.project.discard_journal()?;
                if self.recovered.take().is_some() && !self.project.has_file() {
                    // There was nothing but the journal.
                    let project = Project::new(Document::new(""), &self.options.unsaved_folder)?;
                    self.replace(project, Vec::new())?;
                }
                Ok(())
            }
            Command::Save => {
                self.project.save()?;
                self.saved();
                Ok(())
            }
            Command::SaveAs { path } => {
                let moved = self.project.save_as(&path, registry, self.job.is_none())?;
                if let Some(moved) = moved {
                    self.archive.follow(self.project.cache_folder(), moved);
                }
                self.saved();
                self.changed();
                Ok(())
            }
            Command::Close => {
                let project = Project::new(Document::new(""), &self.options.unsaved_folder)?;
                self.replace(project, Vec::new())
            }
            Command::Apply { edit, name, merges } => {
                self.project.apply(registry, edit, name, merges)?;
                self.changed();
                Ok(())
            }
            Command::EndMerging => {
                self.project.end_merging();
                Ok(())
            }
            Command::Undo => {
                if self.project.undo(registry)? {
                    self.changed();
                }
                Ok(())
            }
            Command::Redo => {
                if self.project.redo(registry)? {
                    self.changed();
                }
                Ok(())
            }
            Command::Run { targets } => self.start_job(targets),
            Command::Pause => self.tell(&ToWorker::Pause),
            Command::GoOn => self.tell(&ToWorker::GoOn),
            Command::StopAndKeep => self.tell(&ToWorker::StopAndKeep),
            Command::Cancel => {
                if let Some(job) = &mut self.job {
                    job.cancelled_at.get_or_insert_with(Instant::now);
                }
                self.tell(&ToWorker::Cancel)
            }
            Command::SetDevice { device } => {
                let id = self.core.devices().find(&device)?.info.id.clone();
                self.device = id;
                self.ask();
                Ok(())
            }
            Command::SetCacheLimit { n_bytes } => {
                self.options.cache_bytes = n_bytes;
                Ok(())
            }
            Command::RestoreRun { id } => {
                let document = self.run_mut(id)?.document.clone();
                self.bring_back(&document, say!("Restore run {id}", "恢复第 {id} 次运行"))
            }
            Command::DeleteRun { id } => {
                self.run_mut(id)?;
                self.runs.retain(|run| run.id != id);
                self.archive.remove(id);
                self.events.push(Event::RunsChanged);
                Ok(())
            }
            Command::NoteRun { id, note } => {
                let run = self.run_mut(id)?;
                run.note = note;
                let run = run.clone();
                self.archive.put(run);
                self.events.push(Event::RunsChanged);
                Ok(())
            }
            Command::RestoreVersion { path } => {
                let version = file::load(&path, registry)?.document;
                self.bring_back(&version, say!("Restore a former version", "恢复旧版本"))
            }
            Command::MeasureForecast { node } => {
                self.document().require(&node)?;
                self.stopwatch.want(node);
                Ok(())
            }
        }
    }

    fn open(&mut self, path: &Path) -> Result<(), Trouble> {
        let registry = self.core.registry();
        let (mut project, diagnostics) = match Project::load(path, registry) {
            Ok(loaded) => loaded,
            // The file cannot be read, but its journal may hold everything.
            Err(trouble) => {
                let project = Project::without_file(path);
                if project.recoverable(registry).ok().flatten().is_none() {
                    return Err(trouble);
                }
                (project, vec![Diagnostic::error(trouble)])
            }
        };
        if self.project.path() == project.path() {
            // It is our own lock.
            self.project.unlock();
        }
        project.lock()?;
        let recovered = project.recoverable(registry)?;
        self.replace(project, diagnostics)?;
        if let Some(recovered) = recovered {
            let (n_edits, file_has_changed) = (recovered.n_edits, recovered.file_has_changed);
            self.recovered = Some(recovered);
            self.events.push(Event::JournalFound { n_edits, file_has_changed });
        }
        Ok(())
    }

    fn open_unsaved(&mut self, folder: &Path) -> Result<(), Trouble> {
        if folder.parent() != Some(&self.options.unsaved_folder) {
            // Its folder is removed when it is closed: no other may come here.
            return Err(Trouble::internal("not a folder of a project that was never saved"));
        }
        let project = Project::left_behind(folder)?;
        let recovered = project.recoverable(self.core.registry())?;
        self.replace(project, Vec::new())?;
        if let Some(recovered) = recovered {
            self.project.restore(recovered);
            self.changed();
        }
        Ok(())
    }

    /// Closes the project and goes on with another.
    fn replace(&mut self, project: Project, diagnostics: Vec<Diagnostic>) -> Result<(), Trouble> {
        if self.job.is_some() {
            // It works in folders that are about to go.
            self.worker = None;
            self.end_job(Err(Trouble::cancelled()));
        }
        let is_same = self.project.path().is_some() && self.project.path() == project.path();
        let old = std::mem::replace(&mut self.project, project);
        if old.path().is_none() {
            // Its folder goes.
            self.archive.wait();
        }
        self.recovered = None;
        self.failures = Failures::default();
        self.known = Answer { number: self.known.number, ..Answer::default() };
        self.statuses.clear();
        self.lost = None;
        self.stopwatch.clear();
        self.runs.clear();
        self.archive.open(self.project.cache_folder());
        self.events.push(Event::ProjectOpened {
            path: self.project.path().map(PathBuf::from),
            diagnostics,
        });
        self.changed();
        // Opened again, its journal is what was just looked at.
        if is_same { Ok(()) } else { old.close() }
    }

    fn saved(&mut self) {
        if let Some(path) = self.project.path() {
            self.events.push(Event::Saved { path: path.to_owned() });
        }
    }

    /// Makes the document what it once was, as one step.
    fn bring_back(&mut self, document: &Document, name: Words) -> Result<(), Trouble> {
        let edit = edit::between(self.document(), document);
        if edit == (Edit::Batch { edits: Vec::new() }) {
            return Ok(());
        }
        let core = Arc::clone(&self.core);
        self.project.apply(core.registry(), edit, name, false)?;
        self.changed();
        Ok(())
    }

    fn run_mut(&mut self, id: u64) -> Result<&mut RunRecord, Trouble> {
        self.runs.iter_mut().find(|run| run.id == id).ok_or_else(|| {
            Trouble::new("run-unknown", say!("there is no run {id}", "没有第 {id} 次运行"))
        })
    }
}

/// Until the person chose, only what does not touch the journal may happen.
fn check_may_come_before_the_choice(command: &Command) -> Result<(), Trouble> {
    match command {
        Command::RestoreJournal
        | Command::DiscardJournal
        | Command::SetDevice { .. }
        | Command::SetCacheLimit { .. }
        | Command::Cancel => Ok(()),
        _ => Err(Trouble::new(
            "journal-waits",
            say!("edits of an earlier session wait to be recovered", "有上次会话的编辑等待恢复"),
        )
        .advice(say!("Restore them or discard them first.", "请先恢复或放弃这些编辑。"))),
    }
}
