//! Files dropped on the window: a project opens, a model goes to the deploy panel, data becomes a node that reads it.
//!
//! Which kind of node reads a file is found in the records: a source whose path parameter fits, and whose own look at
//! the file finds nothing wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use eframe::egui::{Context, RichText};
use pg_base::{ParamKind, ParamSpec, ParamValue, ParamValues, Trouble, say};
use pg_contract::{InferCx, NodeSpec, Registry, Severity, Stage};
use pg_pipeline::{Edit, Node};
use pg_session::{Command, folders};

use super::{EXTENSION, guarded};
use crate::cx::{Cx, Selection};
use crate::dialogs::sheet::Sheet;
use crate::dialogs::{self, Dialog};
use crate::lang::{Tr, tr};
use crate::tasks::Task;
use crate::theme::tokens;
use crate::widgets;

/// Extension of a model that was written for use elsewhere.
pub(super) const MODEL_EXTENSION: &str = "pyromodel";
/// Points between nodes that one drop adds.
const STEP: f32 = 48.0;

/// A node kind that reads a file or a folder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    /// The kind.
    pub(crate) spec: &'static NodeSpec,
    /// Its path parameter.
    param: &'static ParamSpec,
    /// Whether it reads a folder.
    pub(crate) is_folder: bool,
    /// File name extensions that it reads; empty for any.
    pub(crate) extensions: &'static [&'static str],
}

/// A drop that is being looked into.
#[derive(Debug, Default)]
pub(super) struct Dropped {
    /// A hidden window shows the input of its last pass again: each pass counts once.
    last_pass: Option<u64>,
    task: Option<Task<Vec<Fit>>>,
    /// Files that several kinds read.
    choices: Vec<Fit>,
}

/// A file or folder, and what reads it.
#[derive(Clone, Debug)]
struct Fit {
    path: PathBuf,
    /// The path as the project writes it.
    text: String,
    sources: Vec<Source>,
}

impl Dropped {
    /// Whether it stands in front of everything.
    pub(super) fn is_asking(&self) -> bool {
        !self.choices.is_empty()
    }
}

impl Source {
    fn takes(&self, path: &Path, is_folder: bool) -> bool {
        let extension = extension_of(path);
        self.is_folder == is_folder
            && (is_folder
                || self.extensions.is_empty()
                || self.extensions.contains(&extension.as_str()))
    }
}

/// All kinds that read a file or a folder and want no input, in palette order.
pub(crate) fn sources(registry: &Registry) -> Vec<Source> {
    let source = |spec: &'static NodeSpec| {
        let param =
            spec.params.iter().find(|param| matches!(param.kind, ParamKind::Path { .. }))?;
        let ParamKind::Path { is_folder, extensions } = param.kind else { return None };
        spec.inputs.is_empty().then_some(Source { spec, param, is_folder, extensions })
    };
    registry.in_stage(Stage::Data).filter_map(source).collect()
}

/// Files were dropped on the window.
pub fn on_dropped_files(cx: &mut Cx<'_>) {
    let dropped = cx.egui.input(|input| input.raw.dropped_files.clone());
    if dropped.is_empty() {
        return;
    }
    let pass = Some(cx.egui.cumulative_pass_nr());
    if cx.view.dialogs.projects.dropped.last_pass == pass {
        return;
    }
    cx.view.dialogs.projects.dropped.last_pass = pass;
    let paths = dropped.iter().map(|file| file.path().to_owned());
    let paths: Vec<PathBuf> =
        paths.filter(|path| !crate::panels::deploy::take_drop(cx, path)).collect();
    if !paths.is_empty() && !crate::inspector::take_drop(cx, &paths) {
        take_in(cx, paths);
    }
}

/// Does with files what a drop of them does.
pub(super) fn take_in(cx: &mut Cx<'_>, paths: Vec<PathBuf>) {
    if cx.view.dialogs.projects.is_asking() {
        return;
    }
    let has_extension = |path: &&PathBuf, wanted: &str| extension_of(path) == wanted;
    if let Some(path) = paths.iter().find(|path| has_extension(path, EXTENSION)).cloned() {
        guarded(cx, move |cx| cx.dispatch(Command::Open { path }));
        return;
    }
    if let Some(path) = paths.iter().find(|path| has_extension(path, MODEL_EXTENSION)) {
        dialogs::open_model(cx, path.clone());
        return;
    }
    if dialogs::is_welcome(cx) || cx.view.dialogs.is_open(Dialog::Gallery) {
        if let Some(path) = paths.into_iter().next() {
            cx.view.dialogs.gallery.use_data(cx.egui, path);
            cx.view.dialogs.open(Dialog::Gallery);
        }
        return;
    }
    let registry = cx.session.core().registry().clone();
    let base = cx.session.project().base_folder();
    let look = move |path| look_into(path, &registry, &base);
    cx.view.dialogs.projects.dropped.task =
        Some(Task::spawn(cx.egui, move |_| Ok(paths.into_iter().map(look).collect())));
}

/// Adds the nodes once it is known which, and asks where several kinds fit.
pub(super) fn show(ctx: &Context, cx: &mut Cx<'_>) {
    let dropped = &mut cx.view.dialogs.projects.dropped;
    if let Some(answer) = dropped.task.as_mut().and_then(Task::poll) {
        dropped.task = None;
        let (certain, unclear): (Vec<Fit>, Vec<Fit>) =
            answer.unwrap_or_default().into_iter().partition(|fit| fit.sources.len() < 2);
        dropped.choices = unclear;
        add(cx, &certain);
    }
    let Some(fit) = cx.view.dialogs.projects.dropped.choices.first().cloned() else { return };
    let (chosen, is_dismissed) = choice_ui(ctx, &fit);
    if chosen.is_some() || is_dismissed {
        cx.view.dialogs.projects.dropped.choices.remove(0);
    }
    if let Some(source) = chosen {
        add(cx, &[Fit { sources: vec![source], ..fit }]);
    }
}

fn choice_ui(ctx: &Context, fit: &Fit) -> (Option<Source>, bool) {
    let name = file_name(&fit.path);
    let title = say!("How should “{name}” be read?", "“{name}”应如何读取？");
    Sheet::new("drop-choice", title.tr(), 440.0).show(ctx, |ui, is_new| {
        let mut chosen = None;
        for (index, source) in fit.sources.iter().enumerate() {
            let text = &source.spec.text;
            let response = widgets::row_ui(ui, text.title.tr(), false, |ui| {
                ui.label(RichText::new(text.title.tr()).color(tokens(ui).strong));
                ui.label(RichText::new(text.summary.tr()).color(tokens(ui).weak));
            });
            if is_new && index == 0 {
                response.request_focus();
            }
            if response.clicked() {
                chosen = Some(*source);
            }
        }
        chosen
    })
}

/// Adds a node for each, as one step.
fn add(cx: &mut Cx<'_>, fits: &[Fit]) {
    let [x, y] = cx.view.canvas.middle();
    let mut ids = Vec::new();
    let mut edits = Vec::new();
    for fit in fits {
        let Some(source) = fit.sources.first() else {
            let trouble = unreadable(cx, &fit.path);
            cx.trouble(&trouble);
            continue;
        };
        let id = cx.session.document().fresh_id(source.spec.id, &ids);
        let params =
            ParamValues::from([(source.param.id.to_owned(), ParamValue::Text(fit.text.clone()))]);
        let shift = STEP * edits.len() as f32;
        let node = Node::new(id.clone(), source.spec, params, [x + shift, y + shift]);
        edits.push(Edit::AddNode { node: Box::new(node) });
        cx.view.settings.remember_kind(source.spec.id);
        ids.push(id);
    }
    if edits.is_empty() {
        return;
    }
    cx.view.selection = Selection { nodes: ids.into_iter().collect(), ..Selection::default() };
    cx.edit(Edit::Batch { edits }, say!("Add data", "添加数据"));
}

fn unreadable(cx: &Cx<'_>, path: &Path) -> Trouble {
    let name = file_name(path);
    let mut known: Vec<&str> = sources(cx.session.core().registry())
        .iter()
        .flat_map(|source| source.extensions.iter().copied())
        .collect();
    known.sort_unstable();
    known.dedup();
    let known = known.join(", ");
    Trouble::new("drop-unknown", say!("no node reads “{name}”", "没有节点可以读取“{name}”"))
        .expected(say!(
            "a project, a model, a folder, or a file of type {known}",
            "项目、模型、文件夹，或以下类型的文件：{known}"
        ))
}

/// What reads a file or folder: kinds whose parameter fits and whose look at it finds no error; where none is left, all
/// that fit by name, because the node then tells what is wrong.
fn look_into(path: PathBuf, registry: &Registry, base: &Path) -> Fit {
    let is_folder = path.is_dir();
    let text = folders::relative_to(base, &path);
    let by_name: Vec<Source> =
        sources(registry).into_iter().filter(|source| source.takes(&path, is_folder)).collect();
    let is_fine = |source: &&Source| {
        let mut params = source.spec.default_params();
        params.insert(source.param.id.to_owned(), ParamValue::Text(text.clone()));
        let inputs = BTreeMap::new();
        let cx = InferCx {
            spec: source.spec,
            node_id: "",
            params: &params,
            inputs: &inputs,
            base_folder: base,
        };
        let found = (source.spec.infer)(&cx);
        found.diagnostics.iter().all(|diagnostic| diagnostic.severity < Severity::Error)
    };
    let fitting: Vec<Source> = match by_name.len() {
        0 | 1 => Vec::new(),
        _ => by_name.iter().filter(is_fine).copied().collect(),
    };
    Fit { sources: if fitting.is_empty() { by_name } else { fitting }, path, text }
}

/// Whether a file is a model that was written for use elsewhere.
pub fn is_model(path: &Path) -> bool {
    extension_of(path) == MODEL_EXTENSION
}

pub(super) fn extension_of(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn file_name(path: &Path) -> String {
    match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => tr("this file", "此文件").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_folders_find_a_kind_that_reads_them() {
        let core = pg_session::Core::new(pg_nn::Devices { entries: Vec::new() });
        let folder = tempfile::tempdir().expect("folder");
        let table = folder.path().join("a.CSV");
        std::fs::write(&table, "x,y\n1,2\n3,4\n").expect("written");
        let check = |path: PathBuf, is_found: bool| {
            let fit = look_into(path.clone(), core.registry(), folder.path());
            assert_eq!(!fit.sources.is_empty(), is_found, "{}", path.display());
            fit
        };
        assert_eq!(check(table, true).text, "a.CSV");
        check(folder.path().to_owned(), true);
        check(folder.path().join("a.docx"), false);
    }
}
