//! The change that turns one document into another: restoring an older state is a step like any other.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, Link};
use crate::edit::Edit;

/// The edits, as one, that make `to` of `from`; an empty batch where they are equal.
pub fn between(from: &Document, to: &Document) -> Edit {
    let mut edits = Vec::new();
    let kept = kept_links(&from.links, &to.links);
    // Wires go first and come last, because both of their ends must be there.
    let remove: Vec<usize> =
        (0..from.links.len()).filter(|index| !kept.contains_key(index)).collect();
    if !remove.is_empty() {
        edits.push(Edit::SpliceLinks { remove, insert: Vec::new() });
    }
    let is_gone = |id: &&String| !to.nodes.contains_key(*id);
    edits.extend(from.nodes.keys().filter(is_gone).map(|id| Edit::RemoveNode { id: id.clone() }));
    for (id, node) in to.nodes.iter() {
        let copy = || Box::new(node.as_ref().clone());
        match from.nodes.get(id) {
            None => edits.push(Edit::AddNode { node: copy() }),
            Some(old) if old != node => edits.push(Edit::PutNode { node: copy() }),
            Some(_) => {}
        }
    }
    let stays: BTreeSet<usize> = kept.values().copied().collect();
    let insert: Vec<(usize, Link)> = to
        .links
        .iter()
        .enumerate()
        .filter(|(index, _)| !stays.contains(index))
        .map(|(index, link)| (index, link.clone()))
        .collect();
    if !insert.is_empty() {
        edits.push(Edit::SpliceLinks { remove: Vec::new(), insert });
    }
    edits.extend(bends(from, to, &kept));
    edits.extend(parts(
        &from.frames,
        &to.frames,
        |frame| Edit::PutFrame { frame },
        |id| Edit::RemoveFrame { id },
    ));
    edits.extend(parts(
        &from.notes,
        &to.notes,
        |note| Edit::PutNote { note },
        |id| Edit::RemoveNote { id },
    ));
    if from.seed != to.seed {
        edits.push(Edit::SetSeed { seed: to.seed });
    }
    if from.name != to.name {
        edits.push(Edit::SetName { name: to.name.clone() });
    }
    let (now, then) = (&from.class_colors, &to.class_colors);
    let classes: BTreeSet<&String> = now.keys().chain(then.keys()).collect();
    let differs = |class: &&String| now.get(*class) != then.get(*class);
    edits.extend(classes.into_iter().filter(differs).map(|class| Edit::SetClassColor {
        class: class.clone(),
        color: then.get(class).copied(),
    }));
    if from.extra != to.extra {
        edits.push(Edit::SetExtra { extra: to.extra.clone() });
    }
    Edit::Batch { edits }
}

/// Links that can stay where they are, from their old index to the new one; both rise together.
fn kept_links(from: &[Link], to: &[Link]) -> BTreeMap<usize, usize> {
    let places: BTreeMap<&Link, usize> =
        to.iter().enumerate().map(|(index, link)| (link, index)).collect();
    let mut kept = BTreeMap::new();
    let mut next = 0;
    for (index, link) in from.iter().enumerate() {
        if let Some(place) = places.get(link).filter(|place| **place >= next) {
            kept.insert(index, *place);
            next = *place + 1;
        }
    }
    kept
}

/// Bends that differ once the links are those of `to`: a link that was taken out has lost its own.
fn bends(from: &Document, to: &Document, kept: &BTreeMap<usize, usize>) -> Vec<Edit> {
    let stayed: BTreeSet<&Link> = kept.keys().filter_map(|index| from.links.get(*index)).collect();
    let now = |link: &Link| if stayed.contains(link) { from.bends(link) } else { &[] };
    let candidates: BTreeSet<&Link> = from.bends.keys().chain(to.bends.keys()).collect();
    candidates
        .into_iter()
        .filter(|link| now(link) != to.bends(link))
        .map(|link| Edit::BendLink { link: link.clone(), points: to.bends(link).to_vec() })
        .collect()
}

fn parts<T: Clone + PartialEq>(
    from: &BTreeMap<String, T>,
    to: &BTreeMap<String, T>,
    put: impl Fn(T) -> Edit,
    remove: impl Fn(String) -> Edit,
) -> Vec<Edit> {
    let gone = from.keys().filter(|id| !to.contains_key(*id)).map(|id| remove(id.clone()));
    let new = to.iter().filter(|(id, part)| from.get(*id) != Some(part));
    gone.chain(new.map(|(_, part)| put(part.clone()))).collect()
}
