//! The command line that does the same as the window.

use std::path::Path;

use eframe::egui::{Align, Context, CornerRadius, Frame, Label, Layout, Margin, RichText, Ui};
use egui_material_icons::icons;
use pg_base::say;
use pg_contract::PortType;

use super::projects;
use super::sheet::Sheet;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{size, tokens};
use crate::widgets;

/// Draws the dialog; false once it has to go.
pub(super) fn show(ctx: &Context, cx: &mut Cx<'_>) -> bool {
    let title = tr("The same on the command line", "用命令行完成同样的操作");
    let subtitle = tr(
        "For scripts, for other computers, and for long runs without a window.",
        "适用于脚本、其他电脑，以及无需窗口的长时间运行。",
    );
    let sheet = Sheet::new("command-line", title, 620.0).subtitle(subtitle);
    let (saves, is_dismissed) = sheet.show(ctx, |ui, _| {
        let saves = unsaved_ui(ui, cx);
        let project =
            cx.session.project().path().map_or_else(|| "project.pyro".into(), Path::to_path_buf);
        for (label, line) in lines(cx, &project) {
            line_ui(ui, &label, &line);
        }
        saves
    });
    if saves {
        projects::save(cx);
    }
    !is_dismissed
}

/// What differs from the window while the project is not saved; true where it is to be saved.
fn unsaved_ui(ui: &mut Ui, cx: &Cx<'_>) -> bool {
    let project = cx.session.project();
    if !project.is_changed() {
        return false;
    }
    let text = if project.path().is_some() {
        tr(
            "The command line runs the file as it was saved last, without your newest changes.",
            "命令行运行的是上次保存的文件，不包含最新更改。",
        )
    } else {
        tr(
            "The project has no file yet; the command line needs one.",
            "项目还没有文件，命令行需要项目文件。",
        )
    };
    let saves = widgets::notice_ui(ui, false, |ui| {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let saves = widgets::link(ui, tr("Save now", "立即保存")).clicked();
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(text).color(tokens(ui).text)).wrap());
                });
                saves
            })
            .inner
        })
        .inner
    });
    ui.add_space(6.0);
    saves
}

/// What each line does, and the line.
fn lines(cx: &Cx<'_>, project: &Path) -> Vec<(String, String)> {
    let program = "pyrograph";
    let file = quoted(&project.to_string_lossy());
    let device = match cx.session.device() {
        "cpu" => String::new(),
        device => format!(" --device {device}"),
    };
    let mut lines = vec![
        (
            tr("Run everything that is not up to date", "运行所有未更新的节点").to_owned(),
            format!("{program} run {file}{device}"),
        ),
        (
            tr("Run, and write models and reports into a folder", "运行，并将模型和报告写入文件夹")
                .to_owned(),
            format!("{program} run {file}{device} --out results"),
        ),
    ];
    if let Some(node) = cx.chosen_node() {
        let name = cx.title_of(&node.id);
        let id = quoted(&node.id);
        let label = say!("Run to “{name}”", "运行到“{name}”");
        lines.insert(1, (label.tr().to_owned(), format!("{program} run {file}{device} --to {id}")));
    }
    if let Some(model) = model_node(cx) {
        let model = quoted(&format!("results/{model}.pyromodel"));
        let label = tr("Predict new rows with the model", "用模型预测新数据");
        lines.push((
            label.to_owned(),
            format!("{program} predict {model} rows.csv -o predicted.csv"),
        ));
    }
    lines
}

/// The node that a model comes from.
fn model_node(cx: &Cx<'_>) -> Option<String> {
    let gives_model = |node: &&String| {
        cx.spec_of(node)
            .is_some_and(|spec| spec.outputs.iter().any(|port| port.port_type == PortType::Model))
    };
    cx.session.analysis().order.iter().rev().find(gives_model).cloned()
}

fn line_ui(ui: &mut Ui, label: &str, line: &str) {
    let tokens = tokens(ui);
    widgets::weak(ui, label);
    let frame = Frame::new()
        .fill(tokens.field)
        .corner_radius(CornerRadius::same(size::CARD_RADIUS))
        .inner_margin(Margin { left: 12, right: 4, top: 3, bottom: 3 });
    frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let copy = widgets::icon_button(ui, icons::ICON_CONTENT_COPY, tr("Copy", "复制"));
                if copy.clicked() {
                    ui.copy_text(line.to_owned());
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let font = eframe::egui::FontId::monospace(size::BODY - 0.5);
                    ui.add(
                        Label::new(RichText::new(line).font(font).color(tokens.strong)).truncate(),
                    );
                });
            });
        });
    });
    ui.add_space(6.0);
}

/// A word of a shell's line.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./~:+@%=,".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if cfg!(windows) { format!("\"{word}\"") } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_blanks_are_quoted() {
        let check = |word: &str, expected: &str| assert_eq!(quoted(word), expected);
        check("/a/iris.pyro", "/a/iris.pyro");
        check("/a/花.pyro", "/a/花.pyro");
        if cfg!(not(windows)) {
            check("/a b/it's.pyro", r"'/a b/it'\''s.pyro'");
        }
    }
}
