//! The form of the project, shown while nothing is chosen.

use eframe::egui::{Id, Label, RichText, Sense, Ui, vec2};
use pg_base::say;
use pg_pipeline::Edit;
use pg_session::Command;

use super::controls::{TextField, field_rect, was_given_up};
use super::sections::{Rows, section_ui};
use crate::cx::Cx;
use crate::dialogs::projects::name_of;
use crate::lang::tr;
use crate::theme::{size, tokens};
use crate::widgets;

/// Draws it.
pub(super) fn project_ui(ui: &mut Ui, cx: &mut Cx<'_>, writing: &mut Option<(Id, String)>) {
    let weak = tokens(ui).weak;
    widgets::heading(ui, tr("Project", "项目"));
    ui.add(Label::new(RichText::new(name_of(cx.session)).size(12.0).color(weak)).truncate());
    ui.add_space(10.0);
    let document = cx.session.document();
    ui.spacing_mut().item_spacing.y = 6.0;
    let name = Written {
        id: Id::unique("project-name"),
        label: tr("Name", "名称"),
        help: "",
        hint: tr("Untitled", "未命名"),
    };
    if let Some(name) = name.row_ui(ui, cx, writing, document.name(), |_| true) {
        cx.edit_merged(Edit::SetName { name }, say!("Rename the project", "重命名项目"));
    }
    let help = tr(
        "Decides everything that is random: splits, first weights, dropout. The same seed gives the same numbers.",
        "决定一切随机因素：数据划分、初始权重、随机失活等。种子相同，结果相同。",
    );
    let seed =
        Written {
            id: Id::unique("project-seed"), label: tr("Seed", "随机种子"), help, hint: ""
        };
    let is_seed = |text: &str| text.trim().parse::<u64>().is_ok();
    if let Some(seed) = seed
        .row_ui(ui, cx, writing, &document.seed().to_string(), is_seed)
        .and_then(|text| text.trim().parse().ok())
    {
        cx.edit_merged(Edit::SetSeed { seed }, say!("Set the seed", "设置随机种子"));
    }
    section_ui(ui, tr("Contents", "内容"), |ui| {
        let mut rows = Rows::new(ui);
        let n = |count: usize| widgets::count(count as u64);
        rows.row(tr("Nodes", "节点"), &n(document.n_nodes()));
        rows.row(tr("Wires", "连线"), &n(document.links().len()));
        let (n_frames, n_notes) = (document.frames().count(), document.notes().count());
        if n_frames > 0 {
            rows.row(tr("Frames", "分组框"), &n(n_frames));
        }
        if n_notes > 0 {
            rows.row(tr("Notes", "便签"), &n(n_notes));
        }
    });
    section_ui(ui, tr("Hint", "提示"), |ui| {
        let hint = if document.n_nodes() == 0 {
            tr(
                "Drag a node from the library onto the canvas, or drop a data file there.",
                "从左侧节点库拖一个节点到画布上，或将数据文件拖放到画布。",
            )
        } else {
            tr(
                "Choose a node to see its settings. Drag from a port to wire it; drop on empty canvas to search for what fits.",
                "选中节点即可查看其设置。从端口拖出连线；在空白处松开可搜索适用的节点。",
            )
        };
        ui.add(Label::new(RichText::new(hint).color(weak)).wrap());
    });
}

/// A row with a text that is written to the document while it is typed.
#[derive(Debug)]
pub(super) struct Written<'a> {
    pub(super) id: Id,
    pub(super) label: &'a str,
    pub(super) help: &'a str,
    pub(super) hint: &'a str,
}

impl Written<'_> {
    /// Draws label and field; gives a new text that can be used.
    pub(super) fn row_ui(
        &self,
        ui: &mut Ui,
        cx: &mut Cx<'_>,
        writing: &mut Option<(Id, String)>,
        now: &str,
        is_good: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let mut typed = None;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let labels = (ui.available_width() * 0.46).floor();
            let (rect, label) = ui.allocate_exact_size(vec2(labels, size::CONTROL), Sense::hover());
            let color = tokens(ui).text;
            super::controls::text_at(ui, rect.left_center(), self.label, labels - 8.0, color);
            if !self.help.is_empty() {
                label.on_hover_text(self.help);
            }
            let rect = field_rect(ui);
            let own =
                writing.as_ref().filter(|(id, _)| *id == self.id).map(|(_, text)| text.clone());
            let mut text = own.clone().unwrap_or_else(|| now.to_owned());
            let look = TextField {
                id: self.id,
                name: self.label,
                hint: self.hint,
                unit: "",
                is_bad: !is_good(&text),
                has_lines: false,
            };
            let response = look.show(ui, rect, &mut text);
            if response.changed() {
                *writing = Some((self.id, text.clone()));
                typed = (is_good(&text) && text != now).then_some(text);
            } else if response.lost_focus() {
                cx.dispatch(Command::EndMerging);
                // What cannot be used stays until it is mended or given up.
                if was_given_up(ui, &response) || own.is_none_or(|text| is_good(&text)) {
                    *writing = None;
                }
            }
        });
        typed
    }
}
