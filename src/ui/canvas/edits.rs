//! What a person does to the chosen things.
use crate::cx::Cx;
/// Cuts.
pub fn cut(_cx: &mut Cx<'_>) {}
/// Copies.
pub fn copy(_cx: &mut Cx<'_>) {}
/// Doubles.
pub fn duplicate(_cx: &mut Cx<'_>) {}
/// Deletes.
pub fn delete(_cx: &mut Cx<'_>) {}
/// Deletes and joins.
pub fn delete_and_heal(_cx: &mut Cx<'_>) {}
/// Chooses all.
pub fn select_all(_cx: &mut Cx<'_>) {}
/// Names.
pub fn rename(_cx: &mut Cx<'_>) {}
/// Mutes.
pub fn mute(_cx: &mut Cx<'_>) {}
/// Folds.
pub fn collapse(_cx: &mut Cx<'_>) {}
/// Frames.
pub fn frame(_cx: &mut Cx<'_>) {}
/// Adds a note.
pub fn note(_cx: &mut Cx<'_>) {}
/// Arranges.
pub fn tidy(_cx: &mut Cx<'_>) {}
