//! What is typed into fields and is not, or not yet, a value of the document.
//!
//! Invariant: text that cannot be used is never lost; it stays in its field with the reason until it is mended, given up
//! with Escape, or the parameter changes by other means.

use std::collections::BTreeMap;

use eframe::egui::{Rect, Response, Ui};
use pg_base::{ParamValue, Trouble};
use pg_pipeline::NodeId;
use pg_session::Command;

use super::controls::{TextField, was_given_up};
use super::form::Field;
use super::path::Target;
use super::popup::Listing;
use crate::cx::Cx;

/// All drafts, and the state of the one list that can be open.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    typed: BTreeMap<(NodeId, &'static str), Draft>,
    /// Value at which a drag over a number began.
    pub(super) scrubbed_from: Option<f64>,
    /// See [`Listing`].
    pub(super) listing: Listing,
    /// Fields of this frame that take dropped files.
    pub(super) targets: Vec<Target>,
}

#[derive(Debug)]
struct Draft {
    text: String,
    /// Value before the typing.
    before: ParamValue,
    /// Value that the document has while this draft is good.
    stands_for: ParamValue,
    /// Why the text cannot be used.
    trouble: Option<Trouble>,
}

impl Drafts {
    /// Why what stands in a field cannot be used.
    pub(super) fn trouble(&self, field: &Field<'_>) -> Option<&Trouble> {
        self.typed.get(&key(field))?.trouble.as_ref()
    }

    /// Forgets what is typed into a field.
    pub(super) fn forget(&mut self, field: &Field<'_>) {
        self.typed.remove(&key(field));
    }

    /// Text of a field: what is typed, else the value.
    pub(super) fn text(&mut self, field: &Field<'_>, plain: &str) -> String {
        let key = key(field);
        if self.typed.get(&key).is_some_and(|draft| draft.stands_for != *field.value) {
            // Undo, a fix or a slider was quicker.
            self.typed.remove(&key);
        }
        self.typed.get(&key).map_or_else(|| plain.to_owned(), |draft| draft.text.clone())
    }

    /// Takes what is typed; it becomes the value as soon as it can.
    pub(super) fn type_in(&mut self, cx: &mut Cx<'_>, field: &Field<'_>, text: String) {
        let draft = self.typed.entry(key(field)).or_insert_with(|| Draft {
            text: String::new(),
            before: field.value.clone(),
            stands_for: field.value.clone(),
            trouble: None,
        });
        match field.param.parse(&text) {
            Ok(value) => {
                field.set_merged(cx, value.clone());
                draft.stands_for = value;
                draft.trouble = None;
            }
            Err(trouble) => draft.trouble = Some(trouble),
        }
        draft.text = text;
    }

    /// The field is left: what could be used is done, what could not stays, and the value is as it was before.
    fn leave(&mut self, cx: &mut Cx<'_>, field: &Field<'_>) {
        let key = key(field);
        let Some(draft) = self.typed.get_mut(&key) else { return };
        let is_good = draft.trouble.is_none();
        if !is_good {
            // Half of what was typed may have been a value: nobody meant that.
            field.set_merged(cx, draft.before.clone());
            draft.stands_for = draft.before.clone();
        }
        cx.dispatch(Command::EndMerging);
        if is_good {
            self.typed.remove(&key);
        }
    }

    /// The field is given up: the value is as it was before.
    fn give_up(&mut self, cx: &mut Cx<'_>, field: &Field<'_>) {
        if let Some(draft) = self.typed.remove(&key(field)) {
            field.set_merged(cx, draft.before);
            cx.dispatch(Command::EndMerging);
        }
    }

    /// A field for text whose value follows while it is typed.
    pub(super) fn typed_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Cx<'_>,
        field: &Field<'_>,
        rect: Rect,
        plain: &str,
        look: &TextField<'_>,
    ) -> Response {
        let mut text = self.text(field, plain);
        let response = look.show(ui, rect, &mut text);
        if response.changed() {
            self.type_in(cx, field, text);
        }
        self.end(ui, cx, field, &response);
        response
    }

    /// Ends the typing where the field has just lost the keyboard.
    pub(super) fn end(&mut self, ui: &Ui, cx: &mut Cx<'_>, field: &Field<'_>, response: &Response) {
        if was_given_up(ui, response) {
            self.give_up(cx, field);
        } else if response.lost_focus() {
            self.leave(cx, field);
        }
    }

    /// Forgets drafts of nodes that are gone.
    pub(super) fn review(&mut self, is_there: impl Fn(&str) -> bool) {
        self.typed.retain(|(node, _), _| is_there(node));
    }
}

fn key(field: &Field<'_>) -> (NodeId, &'static str) {
    (field.node.id.clone(), field.param.id)
}
