//! Gathers what is wrong from the analysis, from runs that failed, and from what nodes warned of while they ran.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words};
use pg_contract::Severity;
use pg_pipeline::{Edit, NodeId};
use pg_session::{NodeStatus, Session};

/// Something to tell at a node.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    pub(super) severity: Severity,
    pub(super) node: &'a str,
    pub(super) trouble: &'a Trouble,
    /// What mends it, and what that is called.
    pub(super) fix: Option<&'a (Words, Edit)>,
}

/// What keeps nodes from having a result: they failed, or they cannot run.
pub(super) fn troubled(statuses: &BTreeMap<NodeId, NodeStatus>) -> Vec<(NodeId, Trouble, bool)> {
    let trouble = |(node, status): (&NodeId, &NodeStatus)| match status {
        NodeStatus::Failed { trouble } => Some((node.clone(), trouble.clone(), true)),
        NodeStatus::Blocked { trouble } => Some((node.clone(), trouble.clone(), false)),
        _ => None,
    };
    statuses.iter().filter_map(trouble).collect()
}

/// Everything that is wrong: the worst first, and alike in the order of the graph.
pub(super) fn collect<'a>(
    session: &'a Session,
    troubled: &'a [(NodeId, Trouble, bool)],
) -> Vec<Problem<'a>> {
    let analysis = session.analysis();
    let mut problems: Vec<Problem<'a>> = analysis
        .diagnostics
        .iter()
        .map(|told| Problem {
            severity: told.severity,
            node: &told.node,
            trouble: &told.trouble,
            fix: told.fix.as_ref(),
        })
        .collect();
    for (node, trouble, is_failed) in troubled {
        // What keeps a node from running is usually told by the analysis already, with a fix.
        let is_told = problems.iter().any(|told| {
            told.node == node
                && told.severity == Severity::Error
                && (!is_failed || same(told.trouble, trouble))
        });
        if !is_told {
            problems.push(Problem { severity: Severity::Error, node, trouble, fix: None });
        }
    }
    for node in &analysis.order {
        for trouble in session.entry(node).into_iter().flat_map(|entry| &entry.warnings) {
            if !problems.iter().any(|told| told.node == node && same(told.trouble, trouble)) {
                problems.push(Problem { severity: Severity::Warning, node, trouble, fix: None });
            }
        }
    }
    let place: BTreeMap<&str, usize> =
        analysis.order.iter().enumerate().map(|(place, node)| (node.as_str(), place)).collect();
    problems.sort_by_key(|problem| {
        (
            std::cmp::Reverse(problem.severity),
            place.get(problem.node).copied().unwrap_or(usize::MAX),
        )
    });
    problems
}

/// Whether two troubles say the same; where they were found does not matter.
fn same(one: &Trouble, other: &Trouble) -> bool {
    one.code == other.code && one.details.found == other.details.found
}

#[cfg(test)]
mod tests {
    use pg_base::say;

    use super::*;

    #[test]
    fn only_nodes_without_a_way_to_a_result_are_troubled() {
        let trouble = Trouble::new("x", say!("it broke", "出错"));
        let statuses = BTreeMap::from([
            ("a".to_owned(), NodeStatus::Failed { trouble: trouble.clone() }),
            ("b".to_owned(), NodeStatus::Fresh),
            ("c".to_owned(), NodeStatus::Blocked { trouble: trouble.clone() }),
            ("d".to_owned(), NodeStatus::CutOff { because: "c".to_owned() }),
        ]);
        let found: Vec<(String, bool)> =
            troubled(&statuses).into_iter().map(|(node, _, failed)| (node, failed)).collect();
        assert_eq!(found, [("a".to_owned(), true), ("c".to_owned(), false)]);
        assert!(same(&trouble, &trouble.clone().node("a").row(3)));
    }
}
