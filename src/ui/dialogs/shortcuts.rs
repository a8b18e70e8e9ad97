//! All keys and what the mouse does on the canvas, from the table of actions.

use eframe::egui::{
    Align, Align2, Context, CornerRadius, Label, Layout, RichText, Sense, Stroke, StrokeKind, Ui,
    vec2,
};
use pg_base::{Text, t};

use super::sheet::{Sheet, keys_of, room_for_scrolling, scroll_ui, search_field};
use crate::actions::{self, Menu};
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

const ROW: f32 = 27.0;

/// What the pointer does on the canvas: words, and what to do.
static GESTURES: &[(Text, &[Text])] = &[
    (t("Choose", "选择"), &[t("Click", "单击")]),
    (t("Choose several", "选择多个"), &[t("Shift", "Shift"), t("Click", "单击")]),
    (t("Choose with a box", "框选"), &[t("Drag on empty canvas", "在空白处拖动")]),
    (t("Move the view", "移动视图"), &[t("Middle button or right button, drag", "中键或右键拖动")]),
    (t("Move the view", "移动视图"), &[t("Space", "空格"), t("Drag", "拖动")]),
    (t("Zoom", "缩放"), &[t("Ctrl", "Ctrl"), t("Wheel", "滚轮")]),
    (t("Connect", "连接"), &[t("Drag from port to port", "从端口拖到端口")]),
    (
        t("Add a connected node", "添加并连接节点"),
        &[t("Drop a wire on empty canvas", "将连线拖到空白处")],
    ),
    (t("Take a wire off", "取下连线"), &[t("Drag from a connected input", "从已连接的输入端拖动")]),
    (t("Cut wires", "剪断连线"), &[t("Ctrl", "Ctrl"), t("Right button, drag", "右键拖动")]),
    (t("Put a node on a wire", "将节点插入连线"), &[t("Drop it on the wire", "拖放到连线上")]),
    (t("Move freely", "自由移动"), &[t("Alt", "Alt"), t("Drag", "拖动")]),
    (t("Rename", "重命名"), &[t("Double click the title", "双击标题")]),
    (t("See the result", "查看结果"), &[t("Double click the box", "双击方框")]),
    (
        t("Search for a node to add", "搜索要添加的节点"),
        &[t("Double click empty canvas", "双击空白处")],
    ),
    (t("Everything else", "更多操作"), &[t("Right click", "右键单击")]),
];

/// What is searched for.
#[derive(Debug, Default)]
pub(super) struct Shortcuts {
    typed: String,
}

/// A row of the sheet.
struct Row {
    label: String,
    /// Alternatives, each several keys pressed together.
    keys: Vec<Vec<String>>,
}

/// Draws the dialog; false once it has to go.
pub(super) fn show(ctx: &Context, cx: &mut Cx<'_>) -> bool {
    let title = tr("Keyboard and mouse", "键盘与鼠标");
    let sheet = Sheet::new("shortcuts", title, 860.0);
    let typed = &mut cx.view.dialogs.shortcuts.typed;
    let ((), is_dismissed) = sheet.show(ctx, |ui, is_new| {
        search_field(ui, typed, tr("Search what to do, or a key", "搜索操作或按键"), is_new);
        ui.add_space(8.0);
        let height = room_for_scrolling(ui, 50.0).min(560.0);
        let groups = groups(ctx, &typed.trim().to_lowercase());
        scroll_ui(ui, height, |ui| {
            if groups.is_empty() {
                ui.add_space(24.0);
                ui.vertical_centered(|ui| {
                    widgets::weak(ui, tr("Nothing of this name", "没有匹配的内容"))
                });
            }
            columns_ui(ui, &groups);
        });
    });
    !is_dismissed
}

/// Groups in two columns of about the same height.
fn columns_ui(ui: &mut Ui, groups: &[(String, Vec<Row>)]) {
    let heights: Vec<usize> = groups.iter().map(|(_, rows)| rows.len() + 2).collect();
    let total: usize = heights.iter().sum();
    let mut sum = 0;
    let split = heights.iter().take_while(|height| {
        sum += **height;
        sum * 2 <= total + **height
    });
    let (left, right) = groups.split_at(split.count().max(1).min(groups.len()));
    let width = ((ui.available_width() - 32.0) / 2.0).floor();
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 32.0;
        for groups in [left, right] {
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 0.0;
                for (title, rows) in groups {
                    widgets::section_label(ui, title);
                    ui.add_space(4.0);
                    for row in rows {
                        row_ui(ui, row);
                    }
                    ui.add_space(14.0);
                }
            });
        }
    });
}

fn row_ui(ui: &mut Ui, row: &Row) {
    let room = vec2(ui.available_width(), ROW);
    ui.allocate_ui_with_layout(room, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (index, together) in row.keys.iter().enumerate().rev() {
            for key in together.iter().rev() {
                key_ui(ui, key);
            }
            if index > 0 {
                ui.label(RichText::new(tr("or", "或")).size(size::SMALL).color(tokens(ui).weak));
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(Label::new(RichText::new(&row.label).color(tokens(ui).text)).truncate());
        });
    });
}

/// A key as a cap.
fn key_ui(ui: &mut Ui, key: &str) {
    let tokens = tokens(ui);
    let galley =
        ui.painter().layout_no_wrap(key.to_owned(), theme::regular(size::SMALL), tokens.text);
    let width = (galley.size().x + 12.0).max(22.0);
    let (rect, _) = ui.allocate_exact_size(vec2(width, 20.0), Sense::HOVER);
    let radius = CornerRadius::same(4);
    ui.painter().rect(
        rect,
        radius,
        tokens.field,
        Stroke::new(1.0, tokens.border),
        StrokeKind::Inside,
    );
    let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
    ui.painter().galley(at, galley, tokens.text);
}

/// Actions with keys by menu, then the gestures; only rows that hold what is typed.
fn groups(ctx: &Context, typed: &str) -> Vec<(String, Vec<Row>)> {
    let mut groups: Vec<(String, Vec<Row>)> = Vec::new();
    for menu in Menu::ALL {
        let actions =
            actions::ALL.iter().filter(|action| action.menu.0 == menu && !action.keys.is_empty());
        let rows = actions.map(|action| Row {
            label: action.label.tr().trim_end_matches('…').to_owned(),
            keys: action.keys.iter().take(2).map(|keys| parts(&keys_of(ctx, *keys))).collect(),
        });
        groups.push((menu.title().tr().to_owned(), rows.collect()));
    }
    let rows = GESTURES.iter().map(|(label, keys)| Row {
        label: label.tr().to_owned(),
        keys: vec![keys.iter().map(|key| key.tr().to_owned()).collect()],
    });
    groups.push((tr("Mouse on the canvas", "画布上的鼠标操作").to_owned(), rows.collect()));
    let holds = |row: &Row| {
        row.label.to_lowercase().contains(typed)
            || row.keys.iter().any(|together| together.join("+").to_lowercase().contains(typed))
    };
    for (_, rows) in &mut groups {
        rows.retain(holds);
    }
    groups.retain(|(_, rows)| !rows.is_empty());
    groups
}

/// `Ctrl+Shift+Z` as its keys; a plus may be the last of them.
fn parts(shortcut: &str) -> Vec<String> {
    let (body, last) = match shortcut.strip_suffix('+') {
        Some(body) => (body.trim_end_matches('+'), Some("+".to_owned())),
        None => (shortcut, None),
    };
    body.split('+').filter(|part| !part.is_empty()).map(str::to_owned).chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortcut_is_shown_key_by_key() {
        let check = |text: &str, expected: &[&str]| assert_eq!(parts(text), expected, "{text}");
        check("Ctrl+Shift+Z", &["Ctrl", "Shift", "Z"]);
        check("F1", &["F1"]);
        check("Ctrl++", &["Ctrl", "+"]);
    }

    #[test]
    fn the_sheet_is_searched_by_words_and_keys() {
        let ctx = Context::default();
        assert!(groups(&ctx, "").len() > 4);
        assert!(!groups(&ctx, "undo").is_empty());
        assert!(groups(&ctx, "no such thing").is_empty());
    }
}
