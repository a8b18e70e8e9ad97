//! A project that is saved elsewhere: paths in documents are rewritten so that they lead to the same files.

use std::path::{Path, PathBuf};

use pg_base::{ParamKind, ParamValue};
use pg_contract::Registry;
use pg_pipeline::{Document, Edit};

use crate::folders;

/// Where a project lay and where it lies now: paths in it are written so that they lead to the same files.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub(super) old_base: PathBuf,
    pub(super) new_base: PathBuf,
    /// Then absolute paths were chosen to be absolute.
    pub(super) had_file: bool,
}

impl Move {
    /// Writes the paths of a document anew.
    pub(crate) fn apply(&self, document: &mut Document, registry: &Registry) {
        if let Some(edit) = self.edit(document, registry) {
            // It sets parameters that are there to texts, which cannot fail.
            let _ = edit.apply(document, registry);
        }
    }

    pub(super) fn edit(&self, document: &Document, registry: &Registry) -> Option<Edit> {
        let mut edits = Vec::new();
        for node in document.nodes() {
            let Some(spec) = registry.get(&node.kind) else { continue };
            for param in
                spec.params.iter().filter(|param| matches!(param.kind, ParamKind::Path { .. }))
            {
                let Some(ParamValue::Text(text)) = node.params.get(param.id) else { continue };
                let was_chosen_absolute = self.had_file && Path::new(text).is_absolute();
                if text.is_empty() || was_chosen_absolute {
                    continue;
                }
                let moved = folders::relative_to(&self.new_base, &self.old_base.join(text));
                if moved != *text {
                    let (id, param) = (node.id.clone(), param.id.to_owned());
                    edits.push(Edit::SetParam { id, param, value: ParamValue::Text(moved) });
                }
            }
        }
        (!edits.is_empty()).then_some(Edit::Batch { edits })
    }
}
