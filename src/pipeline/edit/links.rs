//! Edits of links: what may be wired, and changes of the list that can be taken back exactly.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use pg_base::{Trouble, say};
use pg_contract::{PortSpec, Registry};

use crate::document::{Document, Link};
use crate::edit::{Edit, check_finite};
use crate::file_form::{MAX_BENDS, MAX_LINKS};

/// Draws a wire that the kinds allow; gives the inverse.
pub(super) fn add_link(
    document: &mut Document,
    registry: &Registry,
    link: Link,
) -> Result<Edit, Trouble> {
    let output = port(document, registry, &link, true)?;
    let input = port(document, registry, &link, false)?;
    if output.port_type != input.port_type {
        let (en, zh) = (output.port_type.label().en, output.port_type.label().zh);
        let (wanted_en, wanted_zh) = (input.port_type.label().en, input.port_type.label().zh);
        return Err(Trouble::new("wire-type", say!("the wire carries a {en}", "连线传送的是{zh}"))
            .expected(say!("a {wanted_en}", "{wanted_zh}"))
            .node(link.to.node)
            .port(link.to.port));
    }
    if document.links.contains(&link) {
        return Err(Trouble::new(
            "link-exists",
            say!("there is already a link {link}", "已有连线 {link}"),
        ));
    }
    if reaches(document, &link.to.node, &link.from.node) {
        let (from, to) = (&link.from.node, &link.to.node);
        return Err(Trouble::new(
            "cycle",
            say!("`{from}` already depends on `{to}`", "`{from}` 已经依赖 `{to}`"),
        )
        .expected(say!("wires that run one way", "连线只能单向流动"))
        .node(to.clone()));
    }
    let occupied: Vec<usize> = if input.takes_many {
        Vec::new()
    } else {
        let on_input = |(index, other): (usize, &Link)| (other.to == link.to).then_some(index);
        document.links.iter().enumerate().filter_map(on_input).collect()
    };
    let index = occupied.first().copied().unwrap_or(document.links.len());
    splice(document, &occupied, vec![(index, link)])
}

fn port<'a>(
    document: &Document,
    registry: &'a Registry,
    link: &Link,
    is_output: bool,
) -> Result<&'a PortSpec, Trouble> {
    let end = if is_output { &link.from } else { &link.to };
    let spec = registry.require(&document.require(&end.node)?.kind)?;
    let (found, ports) = if is_output {
        (spec.output(&end.port), spec.outputs)
    } else {
        (spec.input(&end.port), spec.inputs)
    };
    found.ok_or_else(|| port_unknown(&end.node, &end.port, ports))
}

/// A port that the kind does not have.
pub(crate) fn port_unknown(node: &str, port: &str, ports: &[PortSpec]) -> Trouble {
    let known = ports.iter().map(|port| port.id).collect::<Vec<_>>().join(", ");
    let trouble = Trouble::new(
        "port-unknown",
        say!("`{node}` has no port `{port}`", "`{node}` 没有端口 `{port}`"),
    );
    let trouble = if known.is_empty() {
        trouble
    } else {
        trouble.expected(say!("one of {known}", "以下之一：{known}"))
    };
    trouble.node(node).port(port)
}

/// Sets the bends of a wire.
pub(super) fn bend(
    document: &mut Document,
    link: Link,
    points: Vec<[f32; 2]>,
) -> Result<Edit, Trouble> {
    if !document.links.contains(&link) {
        return Err(link_unknown(&link));
    }
    check_finite(&link.to_string(), &points)?;
    if points.len() > MAX_BENDS {
        let n_bends = points.len();
        return Err(Trouble::new(
            "bends-too-many",
            say!("the wire has {n_bends} bends", "连线有 {n_bends} 个弯折点"),
        )
        .expected(say!("at most {MAX_BENDS}", "不超过 {MAX_BENDS} 个")));
    }
    let bends = Arc::make_mut(&mut document.bends);
    let before =
        if points.is_empty() { bends.remove(&link) } else { bends.insert(link.clone(), points) };
    Ok(Edit::BendLink { link, points: before.unwrap_or_default() })
}

/// A link that the document does not hold.
pub(super) fn link_unknown(link: &Link) -> Trouble {
    Trouble::new("link-unknown", say!("there is no link {link}", "没有连线 {link}"))
}

/// Takes links out of the list and puts others in; the indices are those of [`Edit::SpliceLinks`]. Links that are gone
/// lose their bends; the inverse gives them back.
pub(super) fn splice(
    document: &mut Document,
    remove: &[usize],
    insert: Vec<(usize, Link)>,
) -> Result<Edit, Trouble> {
    let is_ascending = |indices: &[usize]| indices.is_sorted_by(|a, b| a < b);
    let places: Vec<usize> = insert.iter().map(|(index, _)| *index).collect();
    let n_left = document.links.len().checked_sub(remove.len());
    let fits = is_ascending(remove)
        && is_ascending(&places)
        && remove.last().is_none_or(|last| *last < document.links.len())
        && n_left.is_some_and(|n_left| {
            places.iter().enumerate().all(|(nth, place)| *place <= n_left + nth)
        });
    if !fits {
        return Err(Trouble::internal("links to be changed are not where they were"));
    }
    if n_left.unwrap_or_default() + insert.len() > MAX_LINKS {
        return Err(Trouble::new(
            "project-too-large",
            say!("the project has {MAX_LINKS} links", "项目已有 {MAX_LINKS} 条连线"),
        ));
    }
    for (_, link) in &insert {
        document.require(&link.from.node)?;
        document.require(&link.to.node)?;
    }
    let taken: BTreeSet<usize> = remove.iter().copied().collect();
    let mut inserted: HashSet<&Link> = HashSet::with_capacity(insert.len());
    let is_twice = insert.iter().any(|(_, link)| !inserted.insert(link))
        || (!inserted.is_empty()
            && document
                .links
                .iter()
                .enumerate()
                .any(|(index, link)| inserted.contains(link) && !taken.contains(&index)));
    if is_twice {
        return Err(Trouble::new("link-exists", say!("a link would occur twice", "有连线会重复")));
    }
    let links = Arc::make_mut(&mut document.links);
    let mut removed: Vec<(usize, Link)> = Vec::with_capacity(remove.len());
    if let Some(first) = remove.first() {
        let behind = links.split_off(*first);
        for (index, link) in (*first..).zip(behind) {
            if taken.contains(&index) {
                removed.push((index, link));
            } else {
                links.push(link);
            }
        }
    }
    put_in(links, insert);
    let still_there: HashSet<&Link> =
        places.iter().filter_map(|index| document.links.get(*index)).collect();
    let mut bent = Vec::new();
    if !document.bends.is_empty() {
        for (_, link) in removed.iter().filter(|(_, link)| !still_there.contains(link)) {
            if document.bends.contains_key(link)
                && let Some(points) = Arc::make_mut(&mut document.bends).remove(link)
            {
                bent.push(Edit::BendLink { link: link.clone(), points });
            }
        }
    }
    let links = Edit::SpliceLinks { remove: places, insert: removed };
    if bent.is_empty() {
        return Ok(links);
    }
    bent.insert(0, links);
    Ok(Edit::Batch { edits: bent })
}

/// Puts links in at ascending indices of the resulting list.
fn put_in(links: &mut Vec<Link>, insert: Vec<(usize, Link)>) {
    let Some(first) = insert.first().map(|(index, _)| *index) else { return };
    let mut behind = links.split_off(first).into_iter();
    for (index, link) in insert {
        links.extend(behind.by_ref().take(index - links.len()));
        links.push(link);
    }
    links.extend(behind);
}

/// Whether values flow from one node to another.
fn reaches(document: &Document, from: &str, to: &str) -> bool {
    let mut next: HashMap<&str, Vec<&str>> = HashMap::new();
    for link in document.links.iter() {
        next.entry(&link.from.node).or_default().push(&link.to.node);
    }
    let mut seen = HashSet::from([from]);
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        if node == to {
            return true;
        }
        open.extend(
            next.get(node).into_iter().flatten().copied().filter(|node| seen.insert(*node)),
        );
    }
    false
}
