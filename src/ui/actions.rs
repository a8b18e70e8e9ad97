//! One record per thing that a person can do: label, tooltip, icon, keys, when it can be done, and what it does.
//! Menus, buttons, the command palette, the shortcut sheet and the keyboard all read this table.

use std::fmt;
use std::sync::LazyLock;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};
use egui_material_icons::{MaterialIcon, icons};
use pg_base::{Text, t};
use pg_pipeline::Targets;
use pg_session::Command;

use crate::canvas::edits;
use crate::cx::Cx;
use crate::dialogs::{Dialog, projects};
use crate::lang::Tr;
use crate::panels::Tab;

/// Where an action stands in the menus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// Projects and files.
    File,
    /// Changes of the graph.
    Edit,
    /// What is seen.
    View,
    /// Running.
    Run,
    /// Help.
    Help,
}

impl Menu {
    /// All menus in order.
    pub const ALL: [Self; 5] = [Self::File, Self::Edit, Self::View, Self::Run, Self::Help];

    /// What the person reads.
    pub const fn title(self) -> Text {
        match self {
            Self::File => t("File", "文件"),
            Self::Edit => t("Edit", "编辑"),
            Self::View => t("View", "视图"),
            Self::Run => t("Run", "运行"),
            Self::Help => t("Help", "帮助"),
        }
    }
}

/// One thing that can be done.
pub struct Action {
    /// Stable id.
    pub id: &'static str,
    /// What a menu says.
    pub label: Text,
    /// What it does, where the label does not say it all; may be empty.
    pub tooltip: Text,
    /// Its picture.
    pub icon: MaterialIcon,
    /// Its menu, and whether a line stands above it there.
    pub menu: (Menu, bool),
    /// Keys that do it; the first is shown.
    pub keys: &'static [KeyboardShortcut],
    /// Whether it can be done now.
    pub is_enabled: fn(&Cx<'_>) -> bool,
    /// Does it.
    pub run: fn(&mut Cx<'_>),
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const SHIFT: Modifiers = Modifiers::SHIFT;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const ALT: Modifiers = Modifiers::ALT;
const CTRL_ALT: Modifiers = Modifiers::COMMAND.plus(Modifiers::ALT);

const fn key(modifiers: Modifiers, key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(modifiers, key)
}

const fn action(
    id: &'static str,
    label: Text,
    icon: MaterialIcon,
    menu: Menu,
    keys: &'static [KeyboardShortcut],
    run: fn(&mut Cx<'_>),
) -> Action {
    Action {
        id,
        label,
        tooltip: Text::EMPTY,
        icon,
        menu: (menu, false),
        keys,
        is_enabled: |_| true,
        run,
    }
}

impl Action {
    const fn when(mut self, is_enabled: fn(&Cx<'_>) -> bool) -> Self {
        self.is_enabled = is_enabled;
        self
    }

    const fn under_a_line(mut self) -> Self {
        self.menu.1 = true;
        self
    }

    const fn tooltip(mut self, tooltip: Text) -> Self {
        self.tooltip = tooltip;
        self
    }

    /// What a menu says now: undo and redo name their step.
    pub fn label_now(&self, cx: &Cx<'_>) -> String {
        let history = cx.session.project().history();
        let step = match self.id {
            "undo" => history.undo_name(),
            "redo" => history.redo_name(),
            _ => None,
        };
        match step {
            Some(step) => format!("{}: {}", self.label.tr(), step.tr()),
            None => self.label.tr().to_owned(),
        }
    }
}

fn has_nodes(cx: &Cx<'_>) -> bool {
    cx.session.document().n_nodes() > 0
}

fn has_selection(cx: &Cx<'_>) -> bool {
    !cx.view.selection.is_empty()
}

fn has_chosen_nodes(cx: &Cx<'_>) -> bool {
    !cx.view.selection.nodes.is_empty()
}

fn is_running(cx: &Cx<'_>) -> bool {
    cx.session.job().is_some()
}

fn can_run(cx: &Cx<'_>) -> bool {
    has_nodes(cx) && !is_running(cx)
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $action:expr;)*) => {
        $($(#[$doc])* pub static $name: Action = $action;)*
        /// All actions in the order of the menus.
        pub static ALL: &[&Action] = &[$(&$name),*];
    };
}

actions! {
    /// Starts a project from a template.
    NEW = action("new", t("New project…", "新建项目…"), icons::ICON_ADD, Menu::File, &[key(CTRL, Key::N)],
        |cx| cx.view.dialogs.open(Dialog::Gallery));
    /// Opens a project.
    OPEN = action("open", t("Open…", "打开…"), icons::ICON_FOLDER_OPEN, Menu::File, &[key(CTRL, Key::O)],
        |cx| projects::guarded(cx, projects::open));
    /// Saves.
    SAVE = action("save", t("Save", "保存"), icons::ICON_SAVE, Menu::File, &[key(CTRL, Key::S)], projects::save).under_a_line();
    /// Saves elsewhere.
    SAVE_AS = action("save-as", t("Save as…", "另存为…"), icons::ICON_SAVE_AS, Menu::File, &[key(CTRL_SHIFT, Key::S)],
        projects::save_as);
    /// Earlier versions.
    VERSIONS = action("versions", t("Earlier versions…", "历史版本…"), icons::ICON_HISTORY, Menu::File, &[],
        |cx| cx.view.dialogs.open(Dialog::Versions)).when(|cx| cx.session.project().path().is_some());
    /// The command line that does the same.
    COMMAND_LINE = action("command-line", t("Show as command line…", "显示为命令行…"), icons::ICON_TERMINAL, Menu::File, &[],
        |cx| cx.view.dialogs.open(Dialog::CommandLine)).when(has_nodes);
    /// Settings.
    SETTINGS = action("settings", t("Settings…", "设置…"), icons::ICON_SETTINGS, Menu::File, &[key(CTRL, Key::Comma)],
        |cx| cx.view.dialogs.open(Dialog::Settings)).under_a_line();
    /// Closes the project.
    CLOSE = action("close", t("Close project", "关闭项目"), icons::ICON_CLOSE, Menu::File, &[key(CTRL, Key::W)],
        |cx| projects::guarded(cx, |cx| cx.dispatch(Command::Close)));
    /// Closes the window.
    QUIT = action("quit", t("Quit", "退出"), icons::ICON_LOGOUT, Menu::File, &[key(CTRL, Key::Q)],
        |cx| cx.egui.send_viewport_cmd(eframe::egui::ViewportCommand::Close));

    /// Takes the last step back.
    UNDO = action("undo", t("Undo", "撤销"), icons::ICON_UNDO, Menu::Edit, &[key(CTRL, Key::Z)],
        |cx| cx.dispatch(Command::Undo)).when(|cx| cx.session.project().history().undo_name().is_some());
    /// Does it again.
    REDO = action("redo", t("Redo", "重做"), icons::ICON_REDO, Menu::Edit, &[key(CTRL_SHIFT, Key::Z), key(CTRL, Key::Y)],
        |cx| cx.dispatch(Command::Redo)).when(|cx| cx.session.project().history().redo_name().is_some());
    /// Cuts.
    CUT = action("cut", t("Cut", "剪切"), icons::ICON_CONTENT_CUT, Menu::Edit, &[key(CTRL, Key::X)], edits::cut)
        .when(has_selection).under_a_line();
    /// Copies.
    COPY = action("copy", t("Copy", "复制"), icons::ICON_CONTENT_COPY, Menu::Edit, &[key(CTRL, Key::C)], edits::copy).when(has_selection);
    /// Pastes.
    PASTE = action("paste", t("Paste", "粘贴"), icons::ICON_CONTENT_PASTE, Menu::Edit, &[key(CTRL, Key::V)],
        |cx| cx.egui.send_viewport_cmd(eframe::egui::ViewportCommand::RequestPaste));
    /// Doubles what is chosen.
    DUPLICATE = action("duplicate", t("Duplicate", "创建副本"), icons::ICON_CONTROL_POINT_DUPLICATE, Menu::Edit, &[key(CTRL, Key::D)],
        edits::duplicate).when(has_selection);
    /// Deletes.
    DELETE = action("delete", t("Delete", "删除"), icons::ICON_DELETE, Menu::Edit, &[key(NONE, Key::Delete), key(NONE, Key::Backspace)],
        edits::delete).when(has_selection);
    /// Deletes nodes and joins what they stood between.
    DELETE_AND_HEAL = action("delete-heal", t("Delete and reconnect", "删除并重新连接"), icons::ICON_HEALING, Menu::Edit,
        &[key(CTRL, Key::Delete), key(CTRL, Key::Backspace)], edits::delete_and_heal).when(has_chosen_nodes);
    /// Chooses everything.
    SELECT_ALL = action("select-all", t("Select all", "全选"), icons::ICON_SELECT_ALL, Menu::Edit, &[key(CTRL, Key::A)], edits::select_all)
        .when(has_nodes).under_a_line();
    /// Names a node.
    RENAME = action("rename", t("Rename", "重命名"), icons::ICON_EDIT, Menu::Edit, &[key(NONE, Key::F2)], edits::rename)
        .when(|cx| cx.chosen_node().is_some());
    /// Passes over nodes.
    MUTE = action("mute", t("Mute or unmute", "静音或取消静音"), icons::ICON_VOLUME_OFF, Menu::Edit, &[key(CTRL, Key::M)], edits::mute)
        .when(has_chosen_nodes).tooltip(t("The data passes a muted node unchanged.", "数据会原样通过已静音的节点。"));
    /// Folds nodes.
    COLLAPSE = action("collapse", t("Collapse or expand", "折叠或展开"), icons::ICON_UNFOLD_LESS, Menu::Edit, &[key(ALT, Key::C)],
        edits::collapse).when(has_chosen_nodes);
    /// Frames nodes.
    FRAME = action("frame", t("Frame the selection", "为所选添加分组框"), icons::ICON_SELECT, Menu::Edit, &[key(CTRL, Key::G)],
        edits::frame).when(has_chosen_nodes);
    /// Adds a note.
    NOTE = action("note", t("Add a note", "添加便签"), icons::ICON_STICKY_NOTE_2, Menu::Edit, &[key(CTRL_SHIFT, Key::N)], edits::note);
    /// Wires the chosen node by keyboard.
    CONNECT = action("connect", t("Connect to…", "连接到…"), icons::ICON_CABLE, Menu::Edit, &[key(NONE, Key::C)],
        |cx| cx.view.canvas.connect_chosen()).when(|cx| cx.chosen_node().is_some());
    /// Gives the keyboard to the settings of a node.
    EDIT_SETTINGS = action("edit-settings", t("Edit the settings", "编辑设置"), icons::ICON_TUNE, Menu::Edit, &[key(NONE, Key::F4)],
        edits::edit_settings).when(|cx| cx.chosen_node().is_some());
    /// Gives the keyboard to the canvas.
    FOCUS_CANVAS = action("focus-canvas", t("Go to the canvas", "转到画布"), icons::ICON_KEYBOARD_RETURN, Menu::Edit,
        &[key(NONE, Key::F7)], |cx| cx.view.canvas.focus());
    /// Adds a node.
    ADD_NODE = action("add-node", t("Add a node…", "添加节点…"), icons::ICON_ADD_BOX, Menu::Edit,
        &[key(CTRL_SHIFT, Key::A)], |cx| cx.view.canvas.open_search_in_middle());

    /// Searches everything.
    COMMAND_PALETTE = action("palette", t("Command palette…", "命令面板…"), icons::ICON_SEARCH, Menu::View,
        &[key(CTRL, Key::P), key(CTRL, Key::K)], |cx| cx.view.dialogs.open(Dialog::Palette));
    /// Shows the whole graph.
    FIT = action("fit", t("Fit the graph", "适应画布"), icons::ICON_FIT_SCREEN, Menu::View, &[key(NONE, Key::Home), key(NONE, Key::Period)],
        |cx| cx.view.canvas.fit()).when(has_nodes).under_a_line();
    /// Zooms to what is chosen.
    ZOOM_SELECTION = action("zoom-selection", t("Zoom to the selection", "缩放到所选"), icons::ICON_CENTER_FOCUS_STRONG, Menu::View,
        &[key(NONE, Key::F)], |cx| cx.view.canvas.fit_selection()).when(has_selection);
    /// Zooms in.
    ZOOM_IN = action("zoom-in", t("Zoom in", "放大画布"), icons::ICON_ZOOM_IN, Menu::View, &[key(NONE, Key::Plus), key(NONE, Key::Equals)],
        |cx| cx.view.canvas.zoom_by(1.25));
    /// Zooms out.
    ZOOM_OUT = action("zoom-out", t("Zoom out", "缩小画布"), icons::ICON_ZOOM_OUT, Menu::View, &[key(NONE, Key::Minus)],
        |cx| cx.view.canvas.zoom_by(0.8));
    /// Full size.
    ZOOM_RESET = action("zoom-reset", t("Zoom to 100 %", "缩放至 100 %"), icons::ICON_CROP_FREE, Menu::View, &[key(NONE, Key::Num0)],
        |cx| cx.view.canvas.zoom_to(1.0));
    /// Arranges the graph.
    TIDY = action("tidy", t("Tidy the graph", "整理画布"), icons::ICON_ACCOUNT_TREE, Menu::View, &[key(SHIFT, Key::A)], edits::tidy)
        .when(has_nodes).tooltip(t("Arranges the nodes from left to right; one step of undo.", "将节点从左到右排列；可一步撤销。"));
    /// The map.
    MINIMAP = action("minimap", t("Show or hide the map", "显示或隐藏缩略图"), icons::ICON_MAP, Menu::View, &[key(SHIFT, Key::M)],
        |cx| cx.view.settings.shows_minimap ^= true);
    /// The panel of node kinds.
    LIBRARY = action("library", t("Show or hide the library", "显示或隐藏节点库"), icons::ICON_LEFT_PANEL_CLOSE, Menu::View,
        &[key(CTRL, Key::B)], |cx| cx.view.library.is_open ^= true).under_a_line();
    /// The form.
    INSPECTOR = action("inspector", t("Show or hide the inspector", "显示或隐藏属性面板"), icons::ICON_RIGHT_PANEL_CLOSE, Menu::View,
        &[key(CTRL, Key::I)], |cx| cx.view.inspector.is_open ^= true);
    /// The panels at the bottom.
    PANELS = action("panels", t("Show or hide the results", "显示或隐藏结果面板"), icons::ICON_BOTTOM_PANEL_CLOSE, Menu::View,
        &[key(CTRL, Key::J)], |cx| cx.view.panels.is_open ^= true);
    /// Results over the whole middle.
    MAXIMISE = action("maximise", t("Enlarge or shrink the results", "放大或缩小结果面板"), icons::ICON_OPEN_IN_FULL, Menu::View,
        &[key(CTRL_SHIFT, Key::J)], |cx| { cx.view.panels.is_open = true; cx.view.panels.is_maximised ^= true; });
    /// Larger.
    SCALE_UP = action("scale-up", t("Enlarge everything", "放大界面"), icons::ICON_TEXT_INCREASE, Menu::View, &[key(CTRL, Key::Plus), key(CTRL, Key::Equals)],
        |cx| cx.view.settings.scale = (cx.view.settings.scale + 0.1).min(2.5)).under_a_line();
    /// Smaller.
    SCALE_DOWN = action("scale-down", t("Shrink everything", "缩小界面"), icons::ICON_TEXT_DECREASE, Menu::View, &[key(CTRL, Key::Minus)],
        |cx| cx.view.settings.scale = (cx.view.settings.scale - 0.1).max(1.0));
    /// The other language.
    LANGUAGE = action("language", t("中文", "English"), icons::ICON_TRANSLATE, Menu::View, &[], |cx| {
        let other = match crate::lang::lang() { pg_base::Lang::En => pg_base::Lang::Zh, pg_base::Lang::Zh => pg_base::Lang::En };
        cx.view.settings.lang = Some(other);
    });

    /// Runs everything that is not fresh.
    RUN = action("run", t("Run", "运行"), icons::ICON_PLAY_ARROW, Menu::Run, &[key(CTRL, Key::Enter), key(NONE, Key::F5)],
        |cx| cx.run(Targets::All)).when(can_run).tooltip(t("Runs what is not up to date.", "运行所有未更新的节点。"));
    /// Runs to the chosen nodes.
    RUN_SELECTED = action("run-selected", t("Run to the selection", "运行到所选节点"), icons::ICON_STEP_OVER, Menu::Run,
        &[key(SHIFT, Key::Enter), key(NONE, Key::F6)], |cx| {
            let ids = cx.view.selection.nodes.iter().cloned().collect();
            cx.run(Targets::Nodes { ids });
        }).when(|cx| can_run(cx) && has_chosen_nodes(cx)).tooltip(t("Runs these nodes and what they need.", "运行这些节点及其所需的节点。"));
    /// Holds or goes on.
    PAUSE = action("pause", t("Pause or go on", "暂停或继续"), icons::ICON_PAUSE, Menu::Run, &[key(NONE, Key::F8)], |cx| {
        let command = if cx.view.panels.training.is_paused() { Command::GoOn } else { Command::Pause };
        cx.dispatch(command);
    }).when(is_running);
    /// Ends the training and keeps what was learnt.
    STOP = action("stop", t("Stop and keep", "停止并保留"), icons::ICON_STOP_CIRCLE, Menu::Run, &[key(SHIFT, Key::F5)],
        |cx| cx.dispatch(Command::StopAndKeep)).when(is_running)
        .tooltip(t("Ends the training now and keeps what was learnt.", "立即结束训练，并保留已学到的内容。"));
    /// Throws the run away.
    CANCEL = action("cancel", t("Cancel the run", "取消运行"), icons::ICON_CANCEL, Menu::Run, &[key(CTRL_ALT, Key::Enter)],
        |cx| cx.dispatch(Command::Cancel)).when(is_running);

    /// The tour.
    TOUR = action("tour", t("Guided tour", "新手引导"), icons::ICON_SCHOOL, Menu::Help, &[], |cx| cx.view.dialogs.start_tour());
    /// All keys.
    SHORTCUTS = action("shortcuts", t("Keyboard shortcuts", "键盘快捷键"), icons::ICON_KEYBOARD, Menu::Help,
        &[key(NONE, Key::F1)], |cx| cx.view.dialogs.open(Dialog::Shortcuts));
    /// Words explained.
    GLOSSARY = action("glossary", t("Glossary", "术语表"), icons::ICON_MENU_BOOK, Menu::Help, &[],
        |cx| cx.view.dialogs.open(Dialog::Glossary));
    /// Problems.
    PROBLEMS = action("problems", t("Show the problems", "查看问题"), icons::ICON_WARNING, Menu::Help, &[key(ALT, Key::P)],
        |cx| cx.show_tab(Tab::Problems));
    /// The program.
    ABOUT = action("about", t("About Pyrograph", "关于 Pyrograph"), icons::ICON_INFO, Menu::Help, &[],
        |cx| cx.view.dialogs.open(Dialog::About)).under_a_line();
}

/// All shortcuts, those with more modifiers first: one also takes what is pressed with Shift beside it.
pub fn shortcuts() -> &'static [(&'static Action, &'static KeyboardShortcut)] {
    static ORDERED: LazyLock<Vec<(&Action, &KeyboardShortcut)>> = LazyLock::new(|| {
        let all = ALL.iter().flat_map(|action| action.keys.iter().map(move |keys| (*action, keys)));
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|(_, keys)| std::cmp::Reverse(n_modifiers(keys.modifiers)));
        all
    });
    &ORDERED
}

fn n_modifiers(modifiers: Modifiers) -> usize {
    [modifiers.command || modifiers.ctrl, modifiers.shift, modifiers.alt]
        .into_iter()
        .filter(|is_held| *is_held)
        .count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_and_keys_belong_to_one_action() {
        let ids: BTreeSet<&str> = ALL.iter().map(|action| action.id).collect();
        assert_eq!(ids.len(), ALL.len());
        let mut keys = BTreeSet::new();
        for action in ALL {
            assert!(!action.label.en.is_empty() && !action.label.zh.is_empty(), "{}", action.id);
            for shortcut in action.keys {
                assert!(keys.insert(format!("{shortcut:?}")), "{}: {shortcut:?}", action.id);
            }
        }
    }
}
