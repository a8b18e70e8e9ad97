//! Files that the window writes for a person: asked for by a dialog, made and written beside the window, then told.

use std::path::{Path, PathBuf};

use pg_base::{Trouble, files, say};

use crate::cx::Cx;
use crate::files::{Pick, PickKind};
use crate::tasks::Task;

/// Files being written; they outlive the panel that asked for them.
#[derive(Debug, Default)]
pub struct Writes(Vec<Task<PathBuf>>);

/// Asks for a place for a file of this name, makes its content on a thread and writes it there.
pub fn save_as(
    cx: &mut Cx<'_>,
    title: &str,
    name: &str,
    extension: &'static str,
    make: impl FnOnce() -> Result<Vec<u8>, Trouble> + Send + 'static,
) {
    let pick = Pick {
        title: title.to_owned(),
        kind: PickKind::Save,
        filter: Some((extension.to_uppercase(), vec![extension.to_owned()])),
        folder: cx.session.project().path().and_then(Path::parent).map(Path::to_owned),
        file_name: Some(format!("{}.{extension}", file_stem(name))),
    };
    cx.view.files.pick(cx.egui, pick, move |cx, path| {
        let task = Task::spawn(cx.egui, move |_| {
            let path =
                if path.extension().is_some() { path } else { path.with_extension(extension) };
            files::write_atomic(&path, &make()?)?;
            Ok(path)
        });
        cx.view.writes.0.push(task);
    });
}

/// Says what became of the files that were written since the last frame.
pub(crate) fn hear(cx: &mut Cx<'_>) {
    cx.view.writes.0.retain_mut(|task| match task.poll() {
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

/// A name that every file system takes.
fn file_stem(name: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_ ()".contains(letter);
    let stem: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    if stem.trim().is_empty() { "pyrograph".to_owned() } else { stem.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_taken_everywhere() {
        assert_eq!(file_stem("Test: 评估 a/b"), "Test_ 评估 a_b");
        assert_eq!(file_stem(" "), "pyrograph");
    }
}
