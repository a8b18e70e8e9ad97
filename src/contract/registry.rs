//! All node kinds by id.

use std::collections::BTreeMap;

use pg_base::{Trouble, say};

use crate::spec::{NodeSpec, Stage};

/// The kinds a program knows; handed to the pipeline by the session.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    specs: Vec<&'static NodeSpec>,
    by_id: BTreeMap<&'static str, usize>,
}

impl Registry {
    /// A registry of kinds in palette order. Old ids in `replaces` lead to their successor.
    pub fn new(specs: impl IntoIterator<Item = &'static NodeSpec>) -> Self {
        let mut registry = Self::default();
        for spec in specs {
            let index = registry.specs.len();
            registry.specs.push(spec);
            registry.by_id.insert(spec.id, index);
            for old in spec.replaces {
                registry.by_id.insert(old, index);
            }
        }
        registry
    }

    /// The kind of an id, if known.
    pub fn get(&self, id: &str) -> Option<&'static NodeSpec> {
        self.by_id.get(id).and_then(|index| self.specs.get(*index)).copied()
    }

    /// The kind of an id, or a trouble.
    pub fn require(&self, id: &str) -> Result<&'static NodeSpec, Trouble> {
        self.get(id).ok_or_else(|| {
            Trouble::new("kind-unknown", say!("there is no node kind `{id}`", "没有名为 `{id}` 的节点类型")).advice(say!(
                "It may come from a newer version; it is kept in the file unchanged. `pyrograph nodes` lists the kinds.",
                "它可能来自更新的版本；文件中会原样保留。用 `pyrograph nodes` 查看所有类型。"
            ))
        })
    }

    /// All kinds in palette order.
    pub fn all(&self) -> &[&'static NodeSpec] {
        &self.specs
    }

    /// The kinds of a stage.
    pub fn in_stage(&self, stage: Stage) -> impl Iterator<Item = &'static NodeSpec> {
        self.specs.iter().copied().filter(move |spec| spec.stage == stage)
    }
}
