//! Tables as files: asked for by the system's dialog, written beside the window.

use std::path::{Path, PathBuf};

use pg_base::{files, say};

use crate::cx::Cx;
use crate::files::{Pick, PickKind};
use crate::lang::tr;
use crate::tasks::Task;

/// Files that are being written.
#[derive(Debug, Default)]
pub(super) struct Saving(Vec<Task<PathBuf>>);

/// Asks for a place and writes the text there.
pub(super) fn ask(cx: &mut Cx<'_>, name: &str, csv: String) {
    let pick = Pick {
        title: tr("Save as CSV", "另存为 CSV").to_owned(),
        kind: PickKind::Save,
        filter: Some(("CSV".to_owned(), vec!["csv".to_owned()])),
        folder: cx.session.project().path().and_then(Path::parent).map(Path::to_owned),
        file_name: Some(format!("{}.csv", file_stem(name))),
    };
    cx.view.files.pick(cx.egui, pick, move |cx, path| {
        let task = Task::spawn(cx.egui, move |_| {
            let path = if path.extension().is_some() { path } else { path.with_extension("csv") };
            files::write_atomic(&path, csv.as_bytes())?;
            Ok(path)
        });
        cx.view.panels.report.saving.0.push(task);
    });
}

impl Saving {
    /// Says what became of them.
    pub(super) fn poll(&mut self, cx: &mut Cx<'_>) {
        self.0.retain_mut(|task| match task.poll() {
            None => true,
            Some(Ok(path)) => {
                let name = path.display();
                cx.view.toasts.say(say!("Saved to {name}", "已保存到 {name}"));
                false
            }
            Some(Err(trouble)) => {
                cx.view.toasts.trouble(&trouble);
                false
            }
        });
    }
}

/// A name that every file system takes.
fn file_stem(name: &str) -> String {
    name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_hold_letters_and_digits() {
        assert_eq!(file_stem("Test: 评估 metrics"), "Test__评估_metrics");
    }
}
