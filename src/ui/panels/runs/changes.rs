//! What differs between two documents, in words a person would use; where things lie on the canvas does not count.

use pg_base::{ParamKind, ParamSpec, ParamValue, Words, say, t};
use pg_contract::Registry;
use pg_pipeline::{Document, Link, Node};

/// All differences, from what is there at all to single settings.
pub(super) fn changes(before: &Document, after: &Document, registry: &Registry) -> Vec<Words> {
    let mut all = Vec::new();
    for node in before.nodes().filter(|node| after.node(&node.id).is_none()) {
        let Words { en, zh } = title(node, registry);
        all.push(say!("{en} removed", "移除{zh}"));
    }
    for node in after.nodes().filter(|node| before.node(&node.id).is_none()) {
        let Words { en, zh } = title(node, registry);
        all.push(say!("{en} added", "添加{zh}"));
    }
    for new in after.nodes() {
        if let Some(old) = before.node(&new.id) {
            node_changes(old, new, registry, &mut all);
        }
    }
    if wires_between_common_nodes(before, after) != wires_between_common_nodes(after, before) {
        all.push(say!("other wires", "连线不同"));
    }
    if before.seed() != after.seed() {
        let (old, new) = (before.seed(), after.seed());
        all.push(say!("seed {old} → {new}", "随机种子 {old} → {new}"));
    }
    all
}

/// What the person reads for a node of a document that may be long past.
pub(super) fn title(node: &Node, registry: &Registry) -> Words {
    match (&node.label, registry.get(&node.kind)) {
        (Some(label), _) => label.as_str().into(),
        (None, Some(spec)) => spec.text.title.into(),
        (None, None) => node.kind.as_str().into(),
    }
}

/// A value as the form shows it.
pub(super) fn value_text(spec: &ParamSpec, value: &ParamValue) -> Words {
    let words: Words = match (value, &spec.kind) {
        (ParamValue::Bool(true), _) => t("on", "开").into(),
        (ParamValue::Bool(false), _) => t("off", "关").into(),
        (ParamValue::Text(id), ParamKind::Choice { options, .. }) => {
            let option = options.iter().find(|option| option.id == id);
            option.map_or_else(|| id.as_str().into(), |option| option.label.into())
        }
        (ParamValue::Text(text), _) if text.is_empty() => "–".into(),
        (ParamValue::Ints(numbers), _) if numbers.is_empty() => "–".into(),
        (ParamValue::Texts(texts), _) if texts.is_empty() => "–".into(),
        (value, _) => value.to_string().into(),
    };
    if spec.unit.en.is_empty() {
        return words;
    }
    Words {
        en: format!("{} {}", words.en, spec.unit.en),
        zh: format!("{} {}", words.zh, spec.unit.zh),
    }
}

/// Parameters that matter with the values that a node has, each with its text.
pub(super) fn settings(node: &Node, registry: &Registry) -> Vec<(&'static ParamSpec, Words)> {
    let params = registry.get(&node.kind).map_or(&[][..], |spec| spec.params);
    let shown =
        params.iter().filter(|param| param.affects_output && param.is_shown(&node.params, params));
    shown
        .map(|param| {
            let value = node.params.get(param.id).cloned().unwrap_or_else(|| param.default_value());
            (param, value_text(param, &value))
        })
        .collect()
}

fn node_changes(old: &Node, new: &Node, registry: &Registry, all: &mut Vec<Words>) {
    let name = title(new, registry);
    if old.kind != new.kind {
        let before = title(old, registry);
        all.push(Words {
            en: format!("{} → {}", before.en, name.en),
            zh: format!("{} → {}", before.zh, name.zh),
        });
        return;
    }
    let Words { en, zh } = &name;
    match (old.is_muted, new.is_muted) {
        (false, true) => all.push(say!("{en} muted", "{zh}已静音")),
        (true, false) => all.push(say!("{en} no longer muted", "{zh}取消静音")),
        _ => {}
    }
    let before = settings(old, registry);
    let (mut said_en, mut said_zh) = (Vec::new(), Vec::new());
    for (param, value) in settings(new, registry) {
        let former = before.iter().find(|(other, _)| other.id == param.id).map(|(_, value)| value);
        if former == Some(&value) {
            continue;
        }
        let former = former.cloned().unwrap_or_else(|| "–".into());
        said_en.push(format!("{} {} → {}", lower(param.label.en), former.en, value.en));
        said_zh.push(format!("{} {} → {}", param.label.zh, former.zh, value.zh));
    }
    if !said_en.is_empty() {
        all.push(Words {
            en: format!("{en}: {}", said_en.join(", ")),
            zh: format!("{zh}：{}", said_zh.join("，")),
        });
    }
}

fn wires_between_common_nodes<'a>(document: &'a Document, other: &Document) -> Vec<&'a Link> {
    let is_common =
        |link: &&Link| [&link.from, &link.to].iter().all(|end| other.node(&end.node).is_some());
    document.links().iter().filter(is_common).collect()
}

/// A label within a sentence; names and abbreviations keep their capitals.
fn lower(label: &str) -> String {
    let mut letters = label.chars();
    let (Some(first), second) = (letters.next(), letters.next()) else { return String::new() };
    let is_word = second.is_none_or(|second| second.is_lowercase() || second == ' ');
    if is_word {
        first.to_lowercase().chain(label.chars().skip(1)).collect()
    } else {
        label.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use pg_base::{Choice, Param, ParamValues};

    use super::*;

    const KIND: Param<String> = Param::choice(
        "kind",
        t("Kind", "方法"),
        "fast",
        &[
            Choice { id: "fast", label: t("Fast", "快速") },
            Choice { id: "exact", label: t("Exact", "精确") },
        ],
    );
    const RATE: Param<f64> = Param::float("rate", t("Rate", "比例"), 0.5, 0.0, 1.0);
    const EPOCHS: Param<i64> =
        Param::int("epochs", t("Epochs", "轮数"), 5, 1, 9).unit(t("rounds", "轮"));

    #[test]
    fn values_are_shown_as_in_the_form() {
        let check = |spec: &ParamSpec, value: ParamValue, en: &str, zh: &str| {
            let words = value_text(spec, &value);
            assert_eq!((words.en.as_str(), words.zh.as_str()), (en, zh));
        };
        check(&KIND.spec, ParamValue::Text("exact".to_owned()), "Exact", "精确");
        check(&RATE.spec, ParamValue::Float(0.25), "0.25", "0.25");
        check(&EPOCHS.spec, ParamValue::Int(7), "7 rounds", "7 轮");
        check(&RATE.spec, ParamValue::Texts(Vec::new()), "–", "–");
        assert_eq!(lower("Learning rate"), "learning rate");
        assert_eq!(lower("L2 penalty"), "L2 penalty");
    }

    #[test]
    fn documents_of_unknown_kinds_differ_by_their_nodes() {
        let registry = Registry::default();
        let mut before = Document::new("");
        let node = |id: &str| Node {
            id: id.to_owned(),
            kind: id.to_owned(),
            version: 1,
            params: ParamValues::new(),
            label: None,
            position: [0.0, 0.0],
            is_muted: false,
            is_collapsed: false,
            extra_params: serde_json::Map::new(),
            extra: serde_json::Map::new(),
        };
        let put = |document: &mut Document, node: Node| {
            let edit = pg_pipeline::Edit::AddNode { node: Box::new(node) };
            edit.apply(document, &registry).expect("added");
        };
        put(&mut before, node("one"));
        put(&mut before, node("two"));
        let mut after = Document::new("");
        put(&mut after, Node { is_muted: true, position: [9.0, 9.0], ..node("two") });
        put(&mut after, node("three"));
        let said: Vec<String> =
            changes(&before, &after, &registry).into_iter().map(|words| words.en).collect();
        assert_eq!(said, ["one removed", "three added", "two muted"]);
        assert_eq!(changes(&before, &before, &registry), []);
    }
}
