//! The generated reference of node kinds: Markdown pages and the JSON of `pyrograph nodes`.

use pg_base::{ParamKind, ParamSpec};
use serde_json::{Value, json};

use crate::registry::Registry;
use crate::spec::{NodeSpec, PortSpec, Stage, Status};

/// The JSON of all kinds, or of one.
pub fn json_of<'a>(specs: impl IntoIterator<Item = &'a &'static NodeSpec>) -> Value {
    json!({ "nodes": specs.into_iter().map(|spec| node_json(spec)).collect::<Vec<_>>() })
}

/// One Markdown page per stage, as (file name, text), and an index.
pub fn markdown(registry: &Registry) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut index =
        String::from("# Node kinds\n\nGenerated from the node records; do not edit by hand.\n");
    for stage in Stage::ALL {
        let mut page = format!(
            "# {} ({})\n\nGenerated from the node records; do not edit by hand.\n",
            stage.title().en,
            stage.title().zh
        );
        index.push_str(&format!("\n## [{}]({}.md)\n\n", stage.title().en, stage.id()));
        for spec in registry.in_stage(stage) {
            page.push_str(&node_markdown(spec));
            index.push_str(&format!("- `{}`: {}\n", spec.id, spec.text.summary.en));
        }
        pages.push((format!("{}.md", stage.id()), page));
    }
    pages.push(("README.md".to_owned(), index));
    pages
}

fn node_json(spec: &NodeSpec) -> Value {
    json!({
        "id": spec.id,
        "version": spec.version,
        "stage": spec.stage.id(),
        "title": spec.text.title.en,
        "title_zh": spec.text.title.zh,
        "summary": spec.text.summary.en,
        "summary_zh": spec.text.summary.zh,
        "status": match spec.status { Status::Stable => "stable", Status::Preview => "preview", Status::Deprecated { .. } => "deprecated" },
        "keywords": spec.text.keywords,
        "inputs": spec.inputs.iter().map(port_json).collect::<Vec<_>>(),
        "outputs": spec.outputs.iter().map(port_json).collect::<Vec<_>>(),
        "params": spec.params.iter().map(param_json).collect::<Vec<_>>(),
    })
}

fn port_json(port: &PortSpec) -> Value {
    json!({ "id": port.id, "type": port.port_type.id(), "label": port.label.en, "required": port.is_required, "many": port.takes_many })
}

fn param_json(param: &ParamSpec) -> Value {
    let mut value = json!({
        "id": param.id, "label": param.label.en, "label_zh": param.label.zh, "help": param.help.en,
        "type": kind_name(&param.kind), "default": param.default_value(),
    });
    let limits = match param.kind {
        ParamKind::Int { min, max, .. } | ParamKind::Ints { min, max, .. } => {
            Some((json!(min), json!(max)))
        }
        ParamKind::Float { min, max, .. } => Some((json!(min), json!(max))),
        _ => None,
    };
    if let Some((min, max)) = limits {
        value["min"] = min;
        value["max"] = max;
    }
    if let ParamKind::Choice { options, .. } = param.kind {
        value["options"] = options.iter().map(|option| option.id).collect();
    }
    if !param.unit.en.is_empty() {
        value["unit"] = json!(param.unit.en);
    }
    value
}

fn kind_name(kind: &ParamKind) -> &'static str {
    match kind {
        ParamKind::Bool { .. } => "bool",
        ParamKind::Int { .. } => "int",
        ParamKind::Float { .. } => "float",
        ParamKind::Choice { .. } => "choice",
        ParamKind::Text { .. } => "text",
        ParamKind::Path { is_folder: true, .. } => "folder",
        ParamKind::Path { .. } => "file",
        ParamKind::Column { .. } => "column",
        ParamKind::Columns { .. } => "columns",
        ParamKind::Ints { .. } => "ints",
    }
}

/// The page of one kind.
pub fn node_markdown(spec: &NodeSpec) -> String {
    let text = &spec.text;
    let mut page = format!(
        "\n## {} · {}\n\n`{}`\n\n{}\n\n{}\n",
        text.title.en, text.title.zh, spec.id, text.summary.en, text.help.en
    );
    page.push_str(&format!("\n{}\n\n{}\n", text.summary.zh, text.help.zh));
    for (heading, ports) in [("Inputs", spec.inputs), ("Outputs", spec.outputs)] {
        if ports.is_empty() {
            continue;
        }
        page.push_str(&format!("\n{heading}:\n\n"));
        for port in ports {
            let optional = if port.is_required { "" } else { ", optional" };
            let many = if port.takes_many { ", several" } else { "" };
            page.push_str(&format!("- `{}`: {}{optional}{many}\n", port.id, port.port_type.id()));
        }
    }
    if !spec.params.is_empty() {
        page.push_str("\n| parameter | type | default | meaning |\n| --- | --- | --- | --- |\n");
        for param in spec.params {
            page.push_str(&format!(
                "| `{}` | {} | {} | {} |\n",
                param.id,
                type_text(&param.kind),
                cell(&param.default_value().to_string()),
                cell(&format!("{}. {}", param.label.en, param.help.en)),
            ));
        }
    }
    page
}

fn type_text(kind: &ParamKind) -> String {
    match kind {
        ParamKind::Int { min, max, .. } => format!("int {min} to {max}"),
        ParamKind::Float { min, max, .. } => format!("float {min} to {max}"),
        ParamKind::Choice { options, .. } => {
            options.iter().map(|option| option.id).collect::<Vec<_>>().join(", ")
        }
        other => kind_name(other).to_owned(),
    }
}

fn cell(text: &str) -> String {
    let text = text.trim().replace('|', "\\|").replace('\n', " ");
    if text.is_empty() { "–".to_owned() } else { text }
}
