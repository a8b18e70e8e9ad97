//! Edits of links: what may be wired, and changes of the list that can be taken back exactly.

use std::collections::{BTreeMap, BTreeSet};

use pg_base::{Trouble, say};
use pg_contract::{PortSpec, Registry};

use crate::document::{Document, Link};
use crate::edit::Edit;
use crate::file_form::MAX_LINKS;

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

/// Takes links out of the list and puts others in; the indices are those of [`Edit::SpliceLinks`].
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
    let mut links = document.links.clone();
    let mut removed: Vec<(usize, Link)> =
        remove.iter().rev().map(|index| (*index, links.remove(*index))).collect();
    removed.reverse();
    for (index, link) in insert {
        links.insert(index, link);
    }
    if !places.is_empty() && links.iter().collect::<BTreeSet<_>>().len() < links.len() {
        return Err(Trouble::new("link-exists", say!("a link would occur twice", "有连线会重复")));
    }
    document.links = links;
    Ok(Edit::SpliceLinks { remove: places, insert: removed })
}

/// Whether values flow from one node to another.
fn reaches(document: &Document, from: &str, to: &str) -> bool {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for link in &document.links {
        next.entry(&link.from.node).or_default().push(&link.to.node);
    }
    let mut seen = BTreeSet::from([from]);
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
