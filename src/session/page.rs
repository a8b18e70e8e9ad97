//! The report of a whole project as one HTML file that needs nothing beside it: the graph, the settings, what the data
//! holds, how the training went, how good the model is.
//!
//! Invariant: every text of the person's goes through [`escaped`], so that no name of a column can become markup.

use std::fmt::Write as _;

use pg_base::{Lang, Text, Words, t};
use pg_contract::{Registry, Value};
use pg_metrics::findings::{Body, Cells, Findings, Grid, Section, title_of};
use pg_pipeline::Document;

mod chart;
mod graph;
mod sections;
#[cfg(test)]
mod tests;

/// Rows of a table that are shown; a page is read, not searched.
const MAX_ROWS: usize = 60;

/// What one node gave.
#[derive(Debug)]
pub struct Result<'a> {
    /// Id of the node.
    pub node: &'a str,
    /// Its values, by output port.
    pub values: Vec<(String, Value)>,
}

/// The page of a document and what its nodes gave, in the order in which they ran.
pub fn page(
    document: &Document,
    registry: &Registry,
    results: &[Result<'_>],
    lang: Lang,
) -> String {
    let mut html = String::new();
    let title = escaped(document.name());
    let code = match lang {
        Lang::En => "en",
        Lang::Zh => "zh-CN",
    };
    let _ = write!(
        html,
        "<!doctype html><html lang=\"{code}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main><header><h1>{title}</h1><p class=\"weak\">{}</p>\
         </header>",
        t("Made with Pyrograph", "由 Pyrograph 生成").get(lang)
    );
    heading(&mut html, t("Graph", "流程图"), lang);
    html.push_str(&graph::svg(document, registry, lang));
    for result in results {
        chapter(&mut html, document, registry, result, lang);
    }
    heading(&mut html, t("Settings", "设置"), lang);
    settings(&mut html, document, registry, lang);
    html.push_str("</main></body></html>\n");
    html
}

/// The text without what HTML reads as markup.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

fn heading(html: &mut String, title: Text, lang: Lang) {
    let _ = write!(html, "<h2>{}</h2>", escaped(title.get(lang)));
}

/// Name of a node: its label, or the title of its kind.
fn name_of(document: &Document, registry: &Registry, id: &str, lang: Lang) -> String {
    let Some(node) = document.node(id) else { return id.to_owned() };
    let title = registry.get(&node.kind).map_or(&*node.kind, |spec| spec.text.title.get(lang));
    node.label.clone().filter(|label| !label.is_empty()).unwrap_or_else(|| title.to_owned())
}

fn chapter(
    html: &mut String,
    document: &Document,
    registry: &Registry,
    result: &Result<'_>,
    lang: Lang,
) {
    let found: Vec<Findings> =
        result.values.iter().filter_map(|(_, value)| sections::of(value)).collect();
    if found.is_empty() {
        return;
    }
    let name = name_of(document, registry, result.node, lang);
    let is_shared = document
        .nodes()
        .any(|node| node.id != result.node && name_of(document, registry, &node.id, lang) == name);
    let _ = write!(html, "<h2>{}", escaped(&name));
    if is_shared {
        let _ = write!(html, " <span class=\"weak\">{}</span>", escaped(result.node));
    }
    html.push_str("</h2>");
    for findings in found {
        cards(html, &findings, lang);
        for section in &findings.sections {
            part(html, section, lang);
        }
    }
}

fn cards(html: &mut String, findings: &Findings, lang: Lang) {
    if findings.metrics.is_empty() {
        return;
    }
    html.push_str("<div class=\"cards\">");
    for (id, value) in findings.metrics.iter().take(12) {
        let (title, value) = (escaped(title_of(id).get(lang)), number(*value));
        let _ = write!(html, "<div class=\"card\"><b>{value}</b><span>{title}</span></div>");
    }
    html.push_str("</div>");
}

fn part(html: &mut String, section: &Section, lang: Lang) {
    let words = |words: &Words| escaped(words.get(lang));
    let _ = write!(html, "<section><h3>{}</h3>", words(&section.title));
    if !section.note.is_empty() {
        let _ = write!(html, "<p>{}</p>", words(&section.note));
    }
    match &section.body {
        Body::Words => {}
        Body::Grid(grid) => table(html, grid, lang),
        Body::Chart(chart) => html.push_str(&chart::svg(chart, lang)),
    }
    html.push_str("</section>");
}

fn table(html: &mut String, grid: &Grid, lang: Lang) {
    html.push_str("<div class=\"scroll\"><table><thead><tr>");
    for column in &grid.columns {
        let class = if matches!(column.cells, Cells::Texts(_)) { "" } else { " class=\"n\"" };
        let _ = write!(html, "<th{class}>{}</th>", escaped(column.title.get(lang)));
    }
    html.push_str("</tr></thead><tbody>");
    for row in 0..grid.n_rows().min(MAX_ROWS) {
        html.push_str("<tr>");
        for column in &grid.columns {
            match &column.cells {
                Cells::Numbers(cells) => {
                    let cell = cells.get(row).copied().flatten().map(number).unwrap_or_default();
                    let _ = write!(html, "<td class=\"n\">{cell}</td>");
                }
                Cells::Shares(cells) => {
                    let cell = cells.get(row).copied().flatten();
                    let cell = cell.map(|share| format!("{} %", number(100.0 * share)));
                    let _ = write!(html, "<td class=\"n\">{}</td>", cell.unwrap_or_default());
                }
                Cells::Texts(cells) => {
                    let cell = cells.get(row).map(|cell| escaped(cell.get(lang)));
                    let _ = write!(html, "<td>{}</td>", cell.unwrap_or_default());
                }
            }
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
    let n_left = grid.n_rows().saturating_sub(MAX_ROWS);
    if n_left > 0 {
        let more = pg_base::say!("{n_left} more rows", "另有 {n_left} 行");
        let _ = write!(html, "<p class=\"weak\">{}</p>", more.get(lang));
    }
}

/// The parameters that differ from their defaults, node by node.
fn settings(html: &mut String, document: &Document, registry: &Registry, lang: Lang) {
    let mut grid = (Vec::new(), Vec::new(), Vec::new());
    for node in document.nodes() {
        let Some(spec) = registry.get(&node.kind) else { continue };
        let defaults = spec.default_params();
        let changed: Vec<_> = spec
            .params
            .iter()
            .filter_map(|param| Some((param, node.params.get(param.id)?)))
            .filter(|(param, value)| defaults.get(param.id) != Some(*value))
            .collect();
        let name = name_of(document, registry, &node.id, lang);
        if changed.is_empty() {
            grid.0.push(Words::from(name.clone()));
            grid.1.push(Words::from(t("all as they come", "均为默认值")));
            grid.2.push(Words::default());
        }
        for (param, value) in changed {
            grid.0.push(Words::from(name.clone()));
            grid.1.push(Words::from(param.label));
            grid.2.push(Words::from(value.to_string()));
        }
    }
    let grid = Grid::default()
        .texts(t("Node", "节点"), grid.0)
        .texts(t("Parameter", "参数"), grid.1)
        .texts(t("Value", "值"), grid.2);
    table(html, &grid, lang);
}

/// A number as people read it: four digits that matter.
fn number(value: f64) -> String {
    let size = value.abs();
    if value == value.trunc() && size < 1e15 {
        return format!("{value:.0}");
    }
    if !(1e-4..1e9).contains(&size) {
        return format!("{value:.3e}");
    }
    let n_decimals = (3 - size.log10().floor() as i32).clamp(0, 7) as usize;
    let text = format!("{value:.n_decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#fff;--text:#1c1d21;--weak:#6b6f7a;--line:#e3e5ea;--card:#f6f7f9;--accent:#c2410c;\
--c0:#c2410c;--c1:#2563eb;--c2:#0d9488;--c3:#a16207;--c4:#7c3aed;--c5:#475569}\
@media(prefers-color-scheme:dark){:root{--bg:#16171b;--text:#e8e9ed;--weak:#9aa0ad;--line:#2c2e35;--card:#1e2026;\
--accent:#fb923c;--c0:#fb923c;--c1:#60a5fa;--c2:#2dd4bf;--c3:#facc15;--c4:#a78bfa;--c5:#94a3b8}}\
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--text);\
font:15px/1.55 system-ui,'Noto Sans','Noto Sans CJK SC','Microsoft YaHei',sans-serif}\
main{max-width:960px;margin:0 auto;padding:40px 24px 80px}h1{font-size:28px;margin:0}h2{font-size:20px;margin:44px 0 12px;\
padding-top:16px;border-top:1px solid var(--line)}h3{font-size:15px;margin:26px 0 6px}p{margin:4px 0 10px;max-width:70ch}\
.weak{color:var(--weak)}.cards{display:flex;flex-wrap:wrap;gap:10px;margin:10px 0}.card{background:var(--card);\
border-radius:8px;padding:10px 14px;min-width:116px}.card b{display:block;font-size:20px;font-weight:600}\
.card span{color:var(--weak);font-size:13px}.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13.5px;\
margin:6px 0;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:5px 14px 5px 0;border-bottom:1px solid var(--line);\
vertical-align:top}th{color:var(--weak);font-weight:500;white-space:nowrap}.n{text-align:right}svg{max-width:100%;height:auto;display:block}\
svg text{fill:var(--text);font-size:12px}svg .w{fill:var(--weak)}svg .g{stroke:var(--line);fill:none}\
svg .b{fill:var(--card);stroke:var(--line)}@media print{main{padding:0}}";
