//! Starter graphs: a whole road from data to a bundle, fitted to the person's data.

mod pictures;
mod tables;
mod texts;

use std::path::Path;

use pg_base::param::ParamKind;
use pg_base::{NodeText, ParamValue, ParamValues, Text, Trouble, Words, say};
use pg_contract::{NodeSpec, Registry, Stage};
use pg_data::guess::likely_target;
use pg_data::read::sample_of_file;
use pg_data::{Column, Schema, Table};
use pg_pipeline::{Document, Edit, Link, Node};

use crate::folders::relative_to;

/// A starter graph.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Stable id, for `new --template`.
    pub id: &'static str,
    /// Title, summary, help and keywords.
    pub text: NodeText,
    /// Sample data that it is shown with, beside the program's sample projects.
    pub sample: &'static str,
    build: fn(&mut Draft<'_>) -> Result<(), Trouble>,
}

/// All starter graphs.
pub const ALL: &[Template] =
    &[tables::CLASSIFICATION, tables::REGRESSION, pictures::CLASSIFICATION, texts::CLASSIFICATION];

/// A project made from a template, and what the person should know about the choices made.
#[derive(Debug)]
pub struct Made {
    /// The graph.
    pub document: Document,
    /// One sentence per choice.
    pub said: Vec<Words>,
}

/// Makes a project. `data` is a file or folder; `target` names a column, or several with commas between them; `project`
/// is where the project will be saved.
pub fn make(
    registry: &Registry,
    id: &str,
    data: &Path,
    target: Option<&str>,
    project: &Path,
) -> Result<Made, Trouble> {
    let template = ALL.iter().find(|template| template.id == id).ok_or_else(|| {
        let known = ALL.iter().map(|template| template.id).collect::<Vec<_>>().join(", ");
        Trouble::new(
            "template-unknown",
            say!("there is no template `{id}`", "没有名为 `{id}` 的模板"),
        )
        .expected(say!("one of {known}", "以下之一：{known}"))
    })?;
    let name = project
        .file_stem()
        .map_or_else(|| id.to_owned(), |stem| stem.to_string_lossy().into_owned());
    let folder =
        project.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut draft = Draft {
        registry,
        document: Document::new(name),
        said: Vec::new(),
        data,
        target,
        path_in_project: relative_to(folder, data),
    };
    (template.build)(&mut draft)?;
    Ok(Made { document: draft.document, said: draft.said })
}

/// A graph in the making.
struct Draft<'a> {
    registry: &'a Registry,
    document: Document,
    said: Vec<Words>,
    data: &'a Path,
    target: Option<&'a str>,
    path_in_project: String,
}

impl Draft<'_> {
    /// Adds a node behind the last and wires the last node's output into it: `(node, port)` to `port`.
    fn then(
        &mut self,
        kind: &str,
        params: ParamValues,
        from: &[(&str, &str, &str)],
    ) -> Result<(), Trouble> {
        let spec = self.registry.require(kind)?;
        let id = self.document.fresh_id(kind, &[]);
        let (column, row) =
            (self.document.n_nodes() % N_COLUMNS, self.document.n_nodes() / N_COLUMNS);
        let position = [column as f32 * GAP, row as f32 * GAP];
        let node = Node::new(id.clone(), spec, params, position);
        self.edit(Edit::AddNode { node: Box::new(node) })?;
        for (node, output, input) in from {
            self.edit(Edit::AddLink { link: Link::new((node, output), (&id, input)) })?;
        }
        Ok(())
    }

    /// Adds a node that turns the table of the last one into another.
    fn step(
        &mut self,
        last: &mut &'static str,
        kind: &'static str,
        params: ParamValues,
    ) -> Result<(), Trouble> {
        self.then(kind, params, &[(*last, "table", "table")])?;
        *last = kind;
        Ok(())
    }

    /// The end of every road: train, evaluate, bundle.
    fn finish(&mut self, table: &str, network: &str, training: ParamValues) -> Result<(), Trouble> {
        self.then(
            "train",
            training,
            &[(table, "table", "table"), (network, "network", "network")],
        )?;
        self.then(
            "evaluate",
            params([]),
            &[("train", "model", "model"), (table, "table", "table")],
        )?;
        // Several projects may lie in one folder: each writes a file of its own.
        let file = params([("file", text(&format!("{}.pyromodel", self.document.name())))]);
        self.then("bundle", file, &[("train", "model", "model"), ("evaluate", "report", "report")])
    }

    fn edit(&mut self, edit: Edit) -> Result<(), Trouble> {
        edit.apply(&mut self.document, self.registry).map(|_| ())
    }

    fn say(&mut self, words: Words) {
        self.said.push(words);
    }

    /// The first rows of the table file.
    fn sample(&self) -> Result<Table, Trouble> {
        self.sample_with(&[])
    }

    /// The same with some columns read as numbers.
    fn sample_with(&self, numbers: &[String]) -> Result<Table, Trouble> {
        if self.data.is_dir() {
            return Err(Trouble::io(
                &std::io::Error::from(std::io::ErrorKind::IsADirectory),
                self.data,
            )
            .advice(say!(
                "This template wants a table file; for pictures use picture_classification.",
                "此模板需要表格文件；图像请使用 picture_classification。"
            )));
        }
        let kinds = numbers.iter().map(|name| (name.clone(), "number".to_owned())).collect();
        Ok(sample_of_file(self.data, kinds)?.table)
    }

    /// The kind that reads the table file, by its extension: the first that says it reads such files.
    fn table_kind(&self) -> &'static str {
        let name = self.data.to_string_lossy().to_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let reads = |spec: &NodeSpec| {
            spec.inputs.is_empty()
                && spec.params.iter().any(|param| {
                    param.id == "path"
                        && matches!(param.kind, ParamKind::Path { extensions, .. } if extensions.contains(&extension))
                })
        };
        self.registry
            .in_stage(Stage::Data)
            .find(|spec| reads(spec))
            .map_or("csv_file", |spec| spec.id)
    }

    /// The targets that the person named, else a column named like one, else the last one that `fits`; where none does,
    /// the same of those that are `possible`.
    fn choose_targets(
        &mut self,
        schema: &Schema,
        fits: impl Fn(&Column) -> bool,
        is_possible: impl Fn(&Column) -> bool,
    ) -> Result<Vec<String>, Trouble> {
        if let Some(named) = self.target {
            let column = |name: &str| Ok(schema.require(name)?.name.clone());
            if schema.get(named).is_some() || !named.contains([',', '，']) {
                return Ok(vec![column(named)?]);
            }
            let names = named.split([',', '，']).map(str::trim).filter(|name| !name.is_empty());
            return names.map(column).collect();
        }
        let chosen = likely_target(schema, fits).or_else(|| likely_target(schema, is_possible));
        let chosen = chosen.map(|column| column.name.clone()).ok_or_else(|| {
            Trouble::new(
                "target-missing",
                say!("no column can be the target of this template", "没有列可以作为此模板的目标"),
            )
            .advice(say!(
                "Name it with --target, or choose another template.",
                "请用 --target 指定，或选择其他模板。"
            ))
            .path(self.data)
        })?;
        self.say(say!(
            "the target is `{chosen}`; name another with --target",
            "目标列为 `{chosen}`；可用 --target 指定其他列"
        ));
        Ok(vec![chosen])
    }

    /// The parameters of the source node.
    fn source(&self, param: &str) -> ParamValues {
        params([(param, text(&self.path_in_project))])
    }
}

/// Nodes beside each other before the next row begins, so that the whole graph can be read in a window.
const N_COLUMNS: usize = 4;
/// Points between two columns and two rows of nodes: a card and its wires on the 24-point grid.
const GAP: f32 = 216.0;

fn params<const N: usize>(values: [(&str, ParamValue); N]) -> ParamValues {
    values.into_iter().map(|(id, value)| (id.to_owned(), value)).collect()
}

fn text(value: &str) -> ParamValue {
    ParamValue::Text(value.to_owned())
}

/// A title and a summary as a template's text.
const fn described(
    title: Text,
    summary: Text,
    help: Text,
    keywords: &'static [&'static str],
) -> NodeText {
    NodeText { title, summary, help, keywords }
}

#[cfg(test)]
mod tests;
