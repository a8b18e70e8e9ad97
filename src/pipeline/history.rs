//! Undo and redo: inverses on two stacks, each with the name of its step.

use pg_base::{Trouble, Words};
use pg_contract::Registry;

use crate::document::Document;
use crate::edit::Edit;

/// Steps kept; older ones are forgotten.
const MAX_STEPS: usize = 1000;

#[derive(Clone, Debug)]
struct Step {
    name: Words,
    /// Takes the step back, or does it again.
    edit: Edit,
    /// State of the document once this has been applied (redo: once it is applied again).
    state: u64,
    /// What a run of small steps (typing, a slider) has in common.
    subject: Option<String>,
}

/// What can be undone and redone.
#[derive(Clone, Debug, Default)]
pub struct History {
    undo: Vec<Step>,
    redo: Vec<Step>,
    /// State below the oldest step.
    first_state: u64,
    n_states: u64,
}

impl History {
    /// Applies an edit as a step of its own.
    pub fn apply(
        &mut self,
        document: &mut Document,
        registry: &Registry,
        edit: Edit,
        name: impl Into<Words>,
    ) -> Result<(), Trouble> {
        let inverse = edit.apply(document, registry)?;
        let state = self.new_state();
        self.push(Step { name: name.into(), edit: inverse, state, subject: None });
        Ok(())
    }

    /// Applies an edit that belongs to the step before where both change the same parameter or place: a slider that is
    /// dragged, a text that is typed.
    pub fn apply_merged(
        &mut self,
        document: &mut Document,
        registry: &Registry,
        edit: Edit,
        name: impl Into<Words>,
    ) -> Result<(), Trouble> {
        let subject = subject_of(&edit);
        let inverse = edit.apply(document, registry)?;
        let state = self.new_state();
        match self.undo.last_mut().filter(|last| subject.is_some() && last.subject == subject) {
            Some(last) => {
                last.state = state;
                self.redo.clear();
            }
            None => self.push(Step { name: name.into(), edit: inverse, state, subject }),
        }
        Ok(())
    }

    /// Ends a run of merged edits: the next one is a step of its own.
    pub fn end_merging(&mut self) {
        if let Some(last) = self.undo.last_mut() {
            last.subject = None;
        }
    }

    /// Takes the last step back; gives its name and the edit that was applied, for the journal.
    pub fn undo(
        &mut self,
        document: &mut Document,
        registry: &Registry,
    ) -> Result<Option<(Words, Edit)>, Trouble> {
        turn(&mut self.undo, &mut self.redo, document, registry)
    }

    /// Does the last step that was taken back again.
    pub fn redo(
        &mut self,
        document: &mut Document,
        registry: &Registry,
    ) -> Result<Option<(Words, Edit)>, Trouble> {
        turn(&mut self.redo, &mut self.undo, document, registry)
    }

    /// Number of the state that the document is in: equal numbers of one history mean equal documents.
    pub fn state(&self) -> u64 {
        self.undo.last().map_or(self.first_state, |step| step.state)
    }

    /// Name of the step that [`Self::undo`] takes back.
    pub fn undo_name(&self) -> Option<&Words> {
        self.undo.last().map(|step| &step.name)
    }

    /// Name of the step that [`Self::redo`] does again.
    pub fn redo_name(&self) -> Option<&Words> {
        self.redo.last().map(|step| &step.name)
    }

    /// Steps that can be taken back.
    pub fn n_undo(&self) -> usize {
        self.undo.len()
    }

    fn new_state(&mut self) -> u64 {
        self.n_states += 1;
        self.n_states
    }

    fn push(&mut self, step: Step) {
        self.redo.clear();
        if self.undo.len() == MAX_STEPS {
            self.first_state = self.undo.remove(0).state;
        }
        self.undo.push(step);
    }
}

fn turn(
    from: &mut Vec<Step>,
    to: &mut Vec<Step>,
    document: &mut Document,
    registry: &Registry,
) -> Result<Option<(Words, Edit)>, Trouble> {
    let Some(step) = from.last().cloned() else { return Ok(None) };
    let inverse = step.edit.clone().apply(document, registry)?;
    from.pop();
    let name = step.name.clone();
    to.push(Step { name, edit: inverse, state: step.state, subject: None });
    Ok(Some((step.name, step.edit)))
}

fn subject_of(edit: &Edit) -> Option<String> {
    match edit {
        Edit::SetParam { id, param, .. } => Some(format!("param {id} {param}")),
        Edit::SetLabel { id, .. } => Some(format!("label {id}")),
        Edit::MoveNodes { positions } => {
            Some(format!("move {}", positions.keys().cloned().collect::<Vec<_>>().join(" ")))
        }
        Edit::BendLink { link, .. } => Some(format!("bend {link}")),
        Edit::PutFrame { frame } => Some(format!("frame {}", frame.id)),
        Edit::PutNote { note } => Some(format!("note {}", note.id)),
        Edit::SetSeed { .. } => Some("seed".to_owned()),
        Edit::SetClassColor { class, .. } => Some(format!("class color {class}")),
        Edit::SetName { .. } => Some("name".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;

    #[test]
    fn steps_go_back_and_forth_and_runs_merge() {
        let registry = toy::registry();
        let mut document = toy::chain(3);
        let start = document.clone();
        let mut history = History::default();
        for amount in 1..=5 {
            let edit = toy::set("add_2", "amount", amount);
            history.apply_merged(&mut document, &registry, edit, "Set amount").expect("applies");
        }
        assert_eq!(history.n_undo(), 1);
        let merged_state = history.state();
        assert_eq!(merged_state, 5, "each merged edit is a state of its own");
        history.end_merging();
        history
            .apply_merged(&mut document, &registry, toy::set("add_2", "amount", 9), "Set amount")
            .expect("applies");
        let end = document.clone();
        assert_eq!(history.n_undo(), 2);

        let refused = Edit::RemoveNode { id: "nobody".to_owned() };
        assert!(history.apply(&mut document, &registry, refused, "Remove").is_err());
        assert_eq!(history.n_undo(), 2);

        let end_state = history.state();
        while history.undo(&mut document, &registry).expect("undo").is_some() {}
        assert_eq!(document, start);
        assert_eq!(history.state(), History::default().state());
        assert_eq!(history.redo_name().map(ToString::to_string).as_deref(), Some("Set amount"));
        while history.redo(&mut document, &registry).expect("redo").is_some() {}
        assert_eq!(document, end);
        assert_eq!(history.state(), end_state);
        history.undo(&mut document, &registry).expect("undo");
        history
            .apply(&mut document, &registry, Edit::SetSeed { seed: 7 }, "Seed")
            .expect("applies");
        assert!(history.redo_name().is_none());
    }
}
