//! What is known of a document without running it: facts on every wire, and what is wrong, with fixes.
//!
//! Total and pure: a half-built graph is the normal state of an editor, never an error.

use std::collections::BTreeMap;
use std::path::Path;

use pg_base::{ParamSpec, ParamValues, Trouble, Words, say};
use pg_contract::{Diagnostic, Facts, NodeSpec, Registry, Severity};
use serde::Serialize;

use crate::document::{Document, Node, NodeId};
use crate::edit::Edit;
use crate::fix;
use crate::infer::Analyser;
use crate::wiring::{Origin, Wired, Wiring};

/// Something to tell at a node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeDiagnostic {
    /// The node.
    pub node: NodeId,
    /// How bad.
    pub severity: Severity,
    /// What was found, expected and what to try.
    #[serde(flatten)]
    pub trouble: Trouble,
    /// The change that mends it, with its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<(Words, Edit)>,
}

/// What is known of a document.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// Facts by node, one per output in the order of the kind; empty for unknown kinds.
    pub facts: BTreeMap<NodeId, Vec<Facts>>,
    /// Number of the answer that the facts of a node are from; an [`Analyser`] never gives one twice to different facts.
    pub answers: BTreeMap<NodeId, u64>,
    /// Parameters that change nothing for what arrives, by node.
    pub idle_params: BTreeMap<NodeId, Vec<&'static str>>,
    /// What to tell, in topological order of the nodes.
    pub diagnostics: Vec<NodeDiagnostic>,
    /// All nodes: a node stands behind those it depends on; nodes in and behind cycles come last.
    pub order: Vec<NodeId>,
}

impl Analysis {
    /// Facts of one output; unknown where nothing is known.
    pub fn output(&self, node: &str, index: usize) -> Facts {
        self.facts.get(node).and_then(|facts| facts.get(index)).cloned().unwrap_or_default()
    }

    /// What is told at one node.
    pub fn at<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a NodeDiagnostic> {
        self.diagnostics.iter().filter(move |diagnostic| diagnostic.node == node)
    }

    /// The parameters that matter now: neither those of a choice not made, nor those that change nothing.
    pub fn shown_params<'a>(
        &'a self,
        node: &'a Node,
        spec: &'static NodeSpec,
    ) -> impl Iterator<Item = &'static ParamSpec> + use<'a> {
        let idle = self.idle_params.get(&node.id).map_or(&[][..], Vec::as_slice);
        spec.params
            .iter()
            .filter(|param| param.is_shown(&node.params, spec.params) && !idle.contains(&param.id))
    }

    /// Whether some node cannot run.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Analyses a document; relative paths start from `base_folder`.
pub fn analyse(document: &Document, registry: &Registry, base_folder: &Path) -> Analysis {
    Analyser::default().analyse(document, registry, base_folder)
}

impl Analyser {
    /// Analyses a document; only nodes that see something new since the last time are asked.
    pub fn analyse(
        &mut self,
        document: &Document,
        registry: &Registry,
        base_folder: &Path,
    ) -> Analysis {
        let wiring = Wiring::of(document, registry);
        self.begin(base_folder, document.nodes().map(|node| &node.id));
        let mut analysis = Analysis::default();
        for id in &wiring.order {
            let Some(wired) = wiring.nodes.get(id) else { continue };
            let mut told = Told {
                node: wired.node,
                document,
                registry,
                diagnostics: &mut analysis.diagnostics,
            };
            let facts = match wired.spec {
                None => {
                    told.unknown_kind();
                    Vec::new()
                }
                Some(spec) => {
                    told.wires(wired);
                    let params = told.params(spec);
                    let inferred = self.infer(wired, spec, &params);
                    // A muted node is passed over: what it would say does not matter.
                    if !wired.node.is_muted {
                        inferred
                            .diagnostics
                            .into_iter()
                            .for_each(|diagnostic| told.suggested(diagnostic));
                    }
                    if !inferred.idle_params.is_empty() {
                        analysis.idle_params.insert((*id).to_owned(), inferred.idle_params);
                    }
                    inferred.outputs
                }
            };
            analysis.facts.insert(wired.node.id.clone(), facts);
            if let Some(number) = self.number_of(id) {
                analysis.answers.insert(wired.node.id.clone(), number);
            }
            analysis.order.push(wired.node.id.clone());
        }
        analysis
    }
}

/// Every parameter of the kind in canonical form, or what is wrong with one; parameters that are absent get defaults.
pub(crate) fn checked_params(spec: &NodeSpec, node: &Node) -> (ParamValues, Vec<Trouble>) {
    let mut params = ParamValues::new();
    let mut troubles = Vec::new();
    for param in spec.params {
        let default = || param.default_value();
        let value = match (node.params.get(param.id), node.extra_params.get(param.id)) {
            (Some(value), _) => param.check(value).unwrap_or_else(|trouble| {
                troubles.push(trouble.node(node.id.clone()));
                default()
            }),
            (None, Some(json)) => {
                let (en, zh) = (param.label.en, param.label.zh);
                let found = say!("{en} is `{json}`", "{zh}的值是 `{json}`");
                troubles.push(
                    Trouble::new("param-invalid", found).node(node.id.clone()).param(param.id),
                );
                default()
            }
            (None, None) => default(),
        };
        params.insert(param.id.to_owned(), value);
    }
    (params, troubles)
}

/// Collects what is told at one node.
struct Told<'a> {
    node: &'a Node,
    document: &'a Document,
    registry: &'a Registry,
    diagnostics: &'a mut Vec<NodeDiagnostic>,
}

impl Told<'_> {
    fn push(&mut self, severity: Severity, trouble: Trouble, fix: Option<(Words, Edit)>) {
        let trouble = trouble.node(self.node.id.clone());
        self.diagnostics.push(NodeDiagnostic {
            node: self.node.id.clone(),
            severity,
            trouble,
            fix,
        });
    }

    fn unknown_kind(&mut self) {
        if let Err(trouble) = self.registry.require(&self.node.kind) {
            self.push(Severity::Error, trouble, None);
        }
    }

    fn wires(&mut self, wired: &Wired<'_>) {
        if let Some(trouble) = wired.too_new() {
            self.push(Severity::Error, trouble, None);
        }
        if let Some(link) = wired.cycle.first() {
            let (from, to) = (&link.from.node, &link.to.node);
            let found = say!(
                "`{to}` depends on itself, by the wire from `{from}`",
                "`{to}` 通过来自 `{from}` 的连线依赖于自身"
            );
            let trouble = Trouble::new("cycle", found)
                .expected(say!("wires that run one way", "连线只能单向流动"));
            let fix =
                (say!("Remove the wire", "删除该连线"), Edit::RemoveLink { link: (*link).clone() });
            self.push(Severity::Error, trouble, Some(fix));
        }
        let bad = wired.bad_links.iter().map(|bad| (Severity::Error, bad));
        let surplus = wired.surplus_links.iter().map(|bad| (Severity::Warning, bad));
        for (severity, bad) in bad.chain(surplus) {
            let fix = (
                say!("Remove the wire", "删除该连线"),
                Edit::RemoveLink { link: bad.link.clone() },
            );
            self.push(severity, bad.trouble.clone(), Some(fix));
        }
        if self.node.is_muted {
            return;
        }
        for port in wired.open_inputs() {
            self.push(Severity::Error, wired.input_open(port), None);
        }
        for (port, origins) in &wired.inputs {
            for origin in origins {
                if let Origin::CutOff { node } = origin
                    && self.document.node(node).is_some_and(|node| node.is_muted)
                {
                    let found = say!(
                        "nothing arrives here: `{node}` is muted",
                        "此处没有输入：`{node}` 已静音"
                    );
                    let label = say!("Unmute `{node}`", "取消静音 `{node}`");
                    let fix = (label, Edit::SetMuted { id: (*node).to_owned(), is_muted: false });
                    self.push(
                        Severity::Warning,
                        Trouble::new("cut-off", found).port(*port),
                        Some(fix),
                    );
                }
            }
        }
    }

    fn params(&mut self, spec: &NodeSpec) -> ParamValues {
        let (params, troubles) = checked_params(spec, self.node);
        for trouble in troubles {
            let fix =
                trouble.details.place.param.as_deref().and_then(|param| spec.param(param)).map(
                    |param| {
                        let value = param.default_value();
                        let (en, zh) = (param.label.en, param.label.zh);
                        let label = say!("Reset {en} to `{value}`", "将{zh}重置为 `{value}`");
                        (
                            label,
                            Edit::SetParam {
                                id: self.node.id.clone(),
                                param: param.id.to_owned(),
                                value,
                            },
                        )
                    },
                );
            self.push(Severity::Error, trouble, fix);
        }
        let known = |id: &String| spec.param(id).is_some();
        let unknown: Vec<&String> = self
            .node
            .params
            .keys()
            .chain(self.node.extra_params.keys())
            .filter(|id| !known(id))
            .collect();
        for id in unknown {
            let found = say!(
                "the node has a setting `{id}` that this version does not know",
                "该节点有此版本不认识的设置 `{id}`"
            );
            let trouble = Trouble::new("param-unknown", found)
                .advice(say!(
                    "It is kept in the file and has no effect.",
                    "它会保留在文件中，但不起作用。"
                ))
                .param(id);
            let mut without = self.node.clone();
            without.params.remove(id);
            without.extra_params.remove(id);
            let fix =
                (say!("Remove `{id}`", "删除 `{id}`"), Edit::PutNode { node: Box::new(without) });
            self.push(Severity::Warning, trouble, Some(fix));
        }
        params
    }

    fn suggested(&mut self, diagnostic: Diagnostic) {
        let fix = diagnostic.fix.and_then(|(label, fix)| {
            let edit = fix::edit_of(fix, self.node, self.document, self.registry)?;
            Some((label, edit))
        });
        self.push(diagnostic.severity, diagnostic.trouble, fix);
    }
}

#[cfg(test)]
mod tests;
