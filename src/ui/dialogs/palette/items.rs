//! What the palette finds.

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui_material_icons::{MaterialIcon, icons};
use pg_base::{Lang, Text, t};
use pg_contract::{Facts, Stage};
use pg_pipeline::NodeId;

use crate::actions::{self, Action};
use crate::cx::Cx;
use crate::dialogs::glossary;
use crate::dialogs::sheet::keys_of;
use crate::lang::{Tr, lang, tr};
use crate::names;
use crate::panels::Tab;

/// Columns offered of one project; wide tables have thousands.
const MAX_COLUMNS: usize = 2000;

/// Groups in the order in which they stand where nothing is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Action,
    Add,
    Node,
    Column,
    Panel,
    Recent,
    Term,
}

/// What choosing an item does.
#[derive(Clone, Debug)]
pub(super) enum What {
    Act(&'static Action),
    Add(&'static str),
    Node(NodeId),
    Panel(Tab),
    Recent(PathBuf),
    Term(&'static str),
}

/// The picture before an item.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    Icon(MaterialIcon),
    Kind(&'static str, Stage),
}

/// One thing that can be found.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) group: Group,
    pub(super) mark: Mark,
    /// What stands there.
    pub(super) title: String,
    /// Other words that find it: the other language, names that other tools use.
    pub(super) aliases: Vec<String>,
    /// What stands at the right.
    pub(super) detail: String,
    pub(super) is_enabled: bool,
    pub(super) what: What,
}

impl Group {
    pub(super) const fn title(self) -> Text {
        match self {
            Self::Action => t("Commands", "命令"),
            Self::Add => t("Add a node", "添加节点"),
            Self::Node => t("Go to a node", "转到节点"),
            Self::Column => t("Columns", "列"),
            Self::Panel => t("Panels", "面板"),
            Self::Recent => t("Recent projects", "最近的项目"),
            Self::Term => t("Words explained", "术语"),
        }
    }
}

/// Everything there is now.
pub(super) fn all(cx: &Cx<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    items.extend(
        actions::ALL
            .iter()
            .filter(|action| action.id != actions::COMMAND_PALETTE.id)
            .map(|action| of_action(cx, action)),
    );
    items.extend(kinds(cx));
    items.extend(nodes(cx));
    items.extend(columns(cx));
    items.extend(Tab::ALL.into_iter().map(of_panel));
    items.extend(recent(cx));
    items.extend(glossary::ALL.iter().map(|term| Item {
        group: Group::Term,
        mark: Mark::Icon(icons::ICON_MENU_BOOK),
        title: term.name.tr().to_owned(),
        aliases: vec![other(term.name).to_owned()],
        detail: String::new(),
        is_enabled: true,
        what: What::Term(term.id),
    }));
    items
}

/// A text in the language that the window does not have.
fn other(text: Text) -> &'static str {
    text.get(if lang() == Lang::En { Lang::Zh } else { Lang::En })
}

fn of_action(cx: &Cx<'_>, action: &'static Action) -> Item {
    let keys = action.keys.first().map(|shortcut| keys_of(cx.egui, *shortcut)).unwrap_or_default();
    Item {
        group: Group::Action,
        mark: Mark::Icon(action.icon),
        title: action.label_now(cx),
        aliases: vec![other(action.label).to_owned(), action.tooltip.tr().to_owned()],
        detail: keys,
        is_enabled: (action.is_enabled)(cx),
        what: What::Act(action),
    }
}

fn kinds<'a>(cx: &'a Cx<'_>) -> impl Iterator<Item = Item> + 'a {
    cx.session.core().registry().all().iter().map(|spec| {
        let mut aliases = vec![other(spec.text.title).to_owned()];
        aliases.extend(spec.text.keywords.iter().map(|word| (*word).to_owned()));
        Item {
            group: Group::Add,
            mark: Mark::Kind(spec.id, spec.stage),
            title: spec.text.title.tr().to_owned(),
            aliases,
            detail: spec.stage.title().tr().to_owned(),
            is_enabled: true,
            what: What::Add(spec.id),
        }
    })
}

fn nodes<'a>(cx: &'a Cx<'_>) -> impl Iterator<Item = Item> + 'a {
    cx.session.document().nodes().map(|node| {
        let spec = cx.session.core().registry().get(&node.kind);
        let mark =
            spec.map_or(Mark::Icon(icons::ICON_HELP), |spec| Mark::Kind(spec.id, spec.stage));
        let mut aliases = vec![node.id.clone()];
        aliases.extend(spec.map(|spec| other(spec.text.title).to_owned()));
        Item {
            group: Group::Node,
            mark,
            title: names::title(cx.session, node),
            aliases,
            detail: node.id.clone(),
            is_enabled: true,
            what: What::Node(node.id.clone()),
        }
    })
}

/// Columns of tables, each at the node where it first appears.
fn columns(cx: &Cx<'_>) -> Vec<Item> {
    let analysis = cx.session.analysis();
    let mut seen = BTreeSet::new();
    let mut items = Vec::new();
    for node in &analysis.order {
        for facts in analysis.facts.get(node).into_iter().flatten() {
            let Facts::Table { sample, .. } = facts else { continue };
            for column in &sample.schema().columns {
                if items.len() >= MAX_COLUMNS || !seen.insert(column.name.clone()) {
                    continue;
                }
                items.push(Item {
                    group: Group::Column,
                    mark: Mark::Icon(icons::ICON_VIEW_COLUMN),
                    title: column.name.clone(),
                    aliases: Vec::new(),
                    detail: format!(
                        "{} · {}",
                        column.kind.label().tr(),
                        names::title_of(cx.session, node)
                    ),
                    is_enabled: true,
                    what: What::Node(node.clone()),
                });
            }
        }
    }
    items
}

fn of_panel(tab: Tab) -> Item {
    Item {
        group: Group::Panel,
        mark: Mark::Icon(icons::ICON_TAB),
        title: tab.title().to_owned(),
        aliases: vec![format!("{tab:?}")],
        detail: tr("Panel", "面板").to_owned(),
        is_enabled: true,
        what: What::Panel(tab),
    }
}

fn recent<'a>(cx: &'a Cx<'_>) -> impl Iterator<Item = Item> + 'a {
    cx.view.settings.recent.iter().map(|path| Item {
        group: Group::Recent,
        mark: Mark::Icon(icons::ICON_ACCOUNT_TREE),
        title: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        aliases: vec![path.display().to_string()],
        detail: path.parent().unwrap_or(path).display().to_string(),
        is_enabled: true,
        what: What::Recent(path.clone()),
    })
}
