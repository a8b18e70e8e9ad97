//! Project files: pretty-printed JSON with ordered keys, read with limits, upgraded, and saved whole or not at all.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use pg_base::{ParamValues, Trouble, files, hash, say};
use pg_contract::{Diagnostic, NodeSpec, Registry, Severity};
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};

use crate::document::{Document, Node};
use crate::file_form::{FORMAT, FORMAT_VERSION, FileProject, Header, damaged};
use crate::journal;

/// A larger file is no project.
pub const MAX_BYTES: u64 = 64 << 20;

/// A project file as it was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The document, upgraded to the kinds of this program.
    pub document: Document,
    /// What was left out or upgraded.
    pub diagnostics: Vec<Diagnostic>,
    /// SHA-256 of the file, which the journal is bound to.
    pub sha256: String,
}

/// Reads a project.
///
/// # Errors
/// `project-newer` (made by a newer version), `project-damaged` (with line and column), `file-missing` and the like.
pub fn load(path: &Path, registry: &Registry) -> Result<Loaded, Trouble> {
    let bytes = files::read_limited(path, MAX_BYTES)?;
    let journal = journal::path_of(path);
    let (document, diagnostics) = parse(&bytes, registry).map_err(|trouble| {
        let trouble = trouble.path(path);
        if journal.exists() && trouble.code == "project-damaged" {
            let journal = journal.display();
            return trouble.advice(say!(
                "The last state is in the journal beside it ({journal}) and can be recovered from there.",
                "最近的状态保存在旁边的日志（{journal}）中，可以从中恢复。"
            ));
        }
        trouble
    })?;
    Ok(Loaded { document, diagnostics, sha256: hash::sha256_hex(&bytes) })
}

/// Saves a project; gives the SHA-256 of the file. A failure leaves the old file as it was.
pub fn save(path: &Path, document: &Document) -> Result<String, Trouble> {
    save_text(path, &to_json(document)?)
}

/// The same with the text that [`to_json`] gave.
pub fn save_text(path: &Path, text: &str) -> Result<String, Trouble> {
    files::write_atomic(path, text.as_bytes())?;
    Ok(hash::sha256_hex(text.as_bytes()))
}

/// The text of a project file.
pub fn to_json(document: &Document) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Layout::default());
    FileProject::from(document.clone()).serialize(&mut serializer).map_err(Trouble::internal)?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(Trouble::internal)
}

/// Reads the text of a project file.
pub fn parse(bytes: &[u8], registry: &Registry) -> Result<(Document, Vec<Diagnostic>), Trouble> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let header: Header = serde_json::from_slice(bytes).map_err(|error| unreadable(&error))?;
    if header.format != FORMAT {
        let found = header.format;
        return Err(damaged(say!(
            "this is no Pyrograph project (format `{found}`)",
            "这不是 Pyrograph 项目（格式为 `{found}`）"
        ))
        .advice(say!("Choose a file that Pyrograph saved.", "请选择由 Pyrograph 保存的文件。")));
    }
    let version = header.format_version;
    if version > FORMAT_VERSION {
        let program = header.program;
        return Err(Trouble::new(
            "project-newer",
            say!("the project was made by a newer version of Pyrograph ({program}, format {version})", "该项目由更新版本的 Pyrograph 创建（{program}，格式 {version}）"),
        )
        .expected(say!("format {FORMAT_VERSION} at most", "格式不高于 {FORMAT_VERSION}"))
        .advice(say!("Install the newest version; the file was not changed.", "请安装最新版本；文件未被改动。")));
    }
    let file: FileProject = serde_json::from_slice(bytes).map_err(|error| unreadable(&error))?;
    let (mut document, mut diagnostics) = file.into_document()?;
    diagnostics.extend(upgrade(&mut document, registry));
    Ok((document, diagnostics))
}

/// Brings the nodes to the kinds of this program: old ids of kinds, older versions, parameters that came later.
/// Nodes of unknown kinds and of newer versions stay as they are.
pub fn upgrade(document: &mut Document, registry: &Registry) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for node in Arc::make_mut(&mut document.nodes).values_mut().map(Arc::make_mut) {
        let Some(spec) = registry.get(&node.kind) else { continue };
        if node.version > spec.version {
            continue;
        }
        let old_version = node.version;
        if upgrade_node(node, spec) {
            let version = spec.version;
            let found = say!(
                "settings of version {old_version} were brought to version {version}",
                "版本 {old_version} 的设置已升级到版本 {version}"
            );
            let trouble = Trouble::new("node-upgraded", found).node(node.id.clone());
            diagnostics.push(Diagnostic { severity: Severity::Info, trouble, fix: None });
        }
    }
    diagnostics
}

/// Whether the version changed.
fn upgrade_node(node: &mut Node, spec: &NodeSpec) -> bool {
    spec.id.clone_into(&mut node.kind);
    let is_older = node.version < spec.version;
    while node.version < spec.version {
        for upgrade in spec.upgrades.iter().filter(|upgrade| upgrade.from_version == node.version) {
            (upgrade.apply)(&mut node.params);
        }
        node.version += 1;
    }
    let mut added = ParamValues::new();
    for param in spec.params {
        match node.params.get_mut(param.id) {
            Some(value) => {
                if let Ok(canonical) = param.check(value) {
                    *value = canonical;
                }
            }
            None if !node.extra_params.contains_key(param.id) => {
                added.insert(param.id.to_owned(), param.default_value());
            }
            None => {}
        }
    }
    node.params.extend(added);
    is_older
}

fn unreadable(error: &serde_json::Error) -> Trouble {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    damaged(say!("line {line}, column {column}: {reason}", "第 {line} 行第 {column} 列：{reason}")).advice(say!(
        "The file was cut short or changed by hand; mend it there or take a copy from a backup.",
        "文件不完整或被手工改动过；请在该处修正，或使用备份。"
    ))
}

/// Pretty-printing that keeps a list inside an entry (a position, layer sizes) on one line.
#[derive(Default)]
struct Layout {
    pretty: PrettyFormatter<'static>,
    n_open_arrays: usize,
}

impl Layout {
    fn is_inline(&self) -> bool {
        self.n_open_arrays > 1
    }
}

impl Formatter for Layout {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.n_open_arrays += 1;
        if self.is_inline() { writer.write_all(b"[") } else { self.pretty.begin_array(writer) }
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let was_inline = self.is_inline();
        self.n_open_arrays = self.n_open_arrays.saturating_sub(1);
        if was_inline { writer.write_all(b"]") } else { self.pretty.end_array(writer) }
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        match (self.is_inline(), first) {
            (true, true) => Ok(()),
            (true, false) => writer.write_all(b", "),
            (false, _) => self.pretty.begin_array_value(writer, first),
        }
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.is_inline() { Ok(()) } else { self.pretty.end_array_value(writer) }
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.is_inline() { writer.write_all(b"{") } else { self.pretty.begin_object(writer) }
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.is_inline() { writer.write_all(b"}") } else { self.pretty.end_object(writer) }
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        match (self.is_inline(), first) {
            (true, true) => Ok(()),
            (true, false) => writer.write_all(b", "),
            (false, _) => self.pretty.begin_object_key(writer, first),
        }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.is_inline() { Ok(()) } else { self.pretty.end_object_value(writer) }
    }
}

#[cfg(test)]
mod tests;
