//! Pictures of a table: kind and columns at the left and top, the figure beside them; rows chosen in it go to the table.

mod charts;
mod choices;
mod form;
mod groups;
mod make;
mod selection;
mod source;
mod xy;

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui, UiBuilder, vec2};
use egui_material_icons::icons;
use pg_base::{Lang, Trouble};
use pg_contract::PortType;
use pg_data::{ColumnKind, Schema, Table};
use pg_pipeline::NodeId;

use self::choices::{Choices, Kind, Spec, is_number};
use self::make::{Made, make};
use self::selection::{Selection, in_words};
use self::source::{Source, TableKey};
use super::Tab;
use crate::cx::Cx;
use crate::figure::{Brushed, figure_card_ui};
use crate::lang::{lang, tr};
use crate::panels::port::{self, port_ui};
use crate::panels::unrun;
use crate::tasks::Task;
use crate::theme::{size, tokens};
use crate::widgets;

/// Width of the form.
const FORM_WIDTH: f32 = 196.0;
/// Room of what is chosen, below the form.
const SELECTION_HEIGHT: f32 = 74.0;
/// Between the form and the figure.
const GAP: f32 = 14.0;

/// State of the panel.
#[derive(Debug, Default)]
pub struct PlotsPanel {
    choices: Choices,
    picture: Option<Picture>,
}

/// A picture that is made or being made.
#[derive(Debug)]
struct Picture {
    /// What it shows: made again when this changes.
    wanted: Wanted,
    task: Option<Task<Made>>,
    /// The one before stays until the new one is there.
    made: Option<Made>,
    trouble: Option<Trouble>,
    selection: Option<Selection>,
}

#[derive(Clone, Debug, PartialEq)]
struct Wanted {
    table: TableKey,
    spec: Spec,
    lang: Lang,
}

/// Draws it.
pub fn plots_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut panel = std::mem::take(&mut cx.view.panels.plots);
    match cx.subject(PortType::Table) {
        None => source::no_table_ui(ui, cx),
        Some(output) => panel.output_ui(ui, cx, &output),
    }
    cx.view.panels.plots = panel;
}

impl PlotsPanel {
    fn output_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, output: &(NodeId, &'static str)) {
        let (table, key, note) = match source::find(cx, output) {
            Source::Table(table, key, note) => (table, key, note),
            Source::NotRun => {
                port_ui(ui, cx, &output.0, output.1);
                return source::not_run_ui(ui, cx, &output.0);
            }
            Source::Loading => {
                let text = tr("Reading the table…", "正在读取表格…");
                ui.centered_and_justified(|ui| widgets::weak(ui, text));
                return;
            }
            Source::Failed(trouble) => {
                widgets::notice_ui(ui, true, |ui| widgets::trouble_ui(ui, &trouble));
                return;
            }
        };
        let spec = self.choices.resolve(table.schema(), table.is_split());
        self.top_ui(ui, cx, output, &spec, note);
        ui.add_space(4.0);
        let area = ui.available_rect_before_wrap();
        let left = area.with_max_x(area.left() + FORM_WIDTH);
        let right = area.with_min_x(left.right() + GAP);
        let has_selection =
            self.picture.as_ref().is_some_and(|picture| picture.selection.is_some());
        let reserved = if has_selection { SELECTION_HEIGHT } else { 0.0 };
        let form = left.with_max_y((left.bottom() - reserved).max(left.top() + 60.0));
        ui.scope_builder(UiBuilder::new().max_rect(form), |ui| {
            let form = ScrollArea::vertical().id_salt("plot-form").auto_shrink(false);
            form.show(ui, |ui| {
                form::columns_ui(ui, &mut self.choices, &spec, table.schema(), table.is_split());
                self.brush_hint_ui(ui);
            });
        });
        if has_selection {
            let below = left.with_min_y(form.bottom() + 6.0);
            ui.scope_builder(UiBuilder::new().max_rect(below), |ui| {
                self.selection_ui(ui, cx, &key);
            });
        }
        ui.scope_builder(UiBuilder::new().max_rect(right), |ui| {
            if spec.is_lacking(table.schema()) {
                self.lacking_ui(ui, table.schema(), &spec);
            } else if table.n_rows() == 0 {
                unrun::no_rows_ui(ui);
            } else {
                self.figure_ui(ui, cx, &table, Wanted { table: key, spec, lang: lang() });
            }
        });
    }

    /// Kinds at the left, whose table it is at the right.
    fn top_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Cx<'_>,
        (node, port): &(NodeId, &'static str),
        spec: &Spec,
        note: Option<&str>,
    ) {
        ui.horizontal(|ui| {
            ui.set_height(size::CONTROL);
            let taken = if port::is_choice(cx, node, port) { 340.0 } else { 190.0 };
            let room = ui.available_width() - taken;
            if let Some(kind) = form::kinds_ui(ui, spec.kind, room) {
                self.choices.kind = Some(kind);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                port_ui(ui, cx, node, port);
                if let Some(note) = note {
                    source::note_ui(ui, cx, node, note);
                } else {
                    let text = RichText::new(cx.title_of(node)).color(tokens(ui).weak);
                    let label = Label::new(text)
                        .selectable(false)
                        .sense(eframe::egui::Sense::click())
                        .truncate();
                    if ui.add(label).on_hover_text(tr("Show the node", "定位到该节点")).clicked()
                    {
                        cx.go_to(node);
                    }
                }
            });
        });
    }

    fn figure_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, table: &Table, wanted: Wanted) {
        let picture = self.picture_of(cx, table, wanted);
        let size = ui.available_size();
        let Some(made) = &mut picture.made else {
            match &picture.trouble {
                Some(trouble) => {
                    widgets::notice_ui(ui, true, |ui| widgets::trouble_ui(ui, trouble));
                }
                None => {
                    ui.centered_and_justified(|ui| widgets::weak(ui, tr("Drawing…", "正在绘制…")));
                }
            }
            return;
        };
        made.figure.brush = picture.selection.as_ref().and_then(|selection| selection.brush);
        let answer = figure_card_ui(ui, cx, &made.figure, size);
        let part = picture.wanted.spec.part;
        match (answer.brushed, answer.clicked) {
            (Some(Brushed::To(brush)), _) => {
                picture.selection = Selection::brushed(cx.egui, table, part, &made.picks, brush);
            }
            (Some(Brushed::Away), _) => picture.selection = None,
            (None, Some(hit)) => {
                picture.selection = Selection::of_part(cx.egui, table, part, &made.picks, hit);
            }
            (None, None) => {}
        }
    }

    /// The picture that is wanted, as far as it is made.
    fn picture_of(&mut self, cx: &mut Cx<'_>, table: &Table, wanted: Wanted) -> &mut Picture {
        let before = self.picture.take();
        let mut picture = match before {
            Some(picture) if picture.wanted == wanted => picture,
            before => {
                let (table, spec) = (table.clone(), wanted.spec.clone());
                let task = Task::spawn(cx.egui, move |task| make(&table, &spec, task.cancel()));
                let is_same_table =
                    before.as_ref().is_some_and(|before| before.wanted.table == wanted.table);
                let made = before.and_then(|before| before.made).filter(|_| is_same_table);
                Picture { wanted, task: Some(task), made, trouble: None, selection: None }
            }
        };
        if let Some(answer) = picture.task.as_mut().and_then(Task::poll) {
            picture.task = None;
            match answer {
                Ok(made) => (picture.made, picture.trouble) = (Some(made), None),
                Err(trouble) => (picture.made, picture.trouble) = (None, Some(trouble)),
            }
        }
        if let Some(trouble) = picture.selection.as_mut().and_then(Selection::pump) {
            cx.trouble(&trouble);
        }
        self.picture.insert(picture)
    }

    /// That rows can be chosen, while none are.
    fn brush_hint_ui(&self, ui: &mut Ui) {
        let Some(picture) = self.picture.as_ref().filter(|picture| picture.selection.is_none())
        else {
            return;
        };
        if picture.made.as_ref().is_some_and(|made| made.picks.axes.is_some()) {
            ui.add_space(2.0);
            let hint = tr("Drag over the dots to choose rows.", "在图上拖动可框选数据行。");
            let text = RichText::new(hint).size(size::SMALL).color(tokens(ui).weak);
            ui.add(Label::new(text).wrap());
        }
    }

    /// How many rows are chosen, and the way to them.
    fn selection_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, key: &TableKey) {
        let Some(picture) = &mut self.picture else { return };
        let Some(selection) = &picture.selection else { return };
        ui.spacing_mut().item_spacing.y = 2.0;
        let n_rows = selection.n_rows();
        let text = match n_rows {
            None => tr("Looking for the rows…", "正在查找数据行…").to_owned(),
            Some(1) => tr("1 row chosen", "已选 1 行").to_owned(),
            Some(n) => format!(
                "{}{}{}",
                tr("", "已选 "),
                widgets::count(n as u64),
                tr(" rows chosen", " 行")
            ),
        };
        widgets::subheading(ui, &text);
        let filters = selection.hit.and_then(|hit| {
            picture.made.as_ref()?.picks.parts.get(hit.layer)?.get(hit.index)?.as_ref()
        });
        if let Some(filters) = filters {
            let text = RichText::new(in_words(filters)).size(size::SMALL).color(tokens(ui).weak);
            ui.add(Label::new(text).truncate());
        }
        ui.add_space(2.0);
        let mut is_cleared = false;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
            let rows = selection.rows().filter(|rows| !rows.is_empty());
            // Rows of a preview stand in no result.
            if let (Some(rows), TableKey::Result(key)) = (rows, key)
                && widgets::button(
                    ui,
                    Some(icons::ICON_TABLE_ROWS),
                    tr("Show in Data", "在数据中查看"),
                )
                .clicked()
            {
                cx.view.panels.data.show_rows(key.clone(), rows.to_vec());
                cx.show_tab(Tab::Data);
            } else if matches!(key, TableKey::Sample { .. }) {
                let text = RichText::new(tr("of the preview", "（来自预览）"))
                    .size(size::SMALL)
                    .color(tokens(ui).weak);
                ui.label(text);
            }
            is_cleared =
                widgets::icon_button(ui, icons::ICON_CLOSE, tr("Choose nothing", "取消选择"))
                    .clicked();
        });
        if is_cleared {
            picture.selection = None;
        }
    }

    /// What the table lacks for this kind of picture, and what can be drawn instead.
    fn lacking_ui(&mut self, ui: &mut Ui, schema: &Schema, spec: &Spec) {
        let needs = match spec.kind {
            Kind::Correlation => {
                tr("This picture needs two columns with numbers.", "此图需要两个数值列。")
            }
            Kind::Bars | Kind::Heat => tr(
                "This picture needs a column with categories or numbers.",
                "此图需要类别列或数值列。",
            ),
            _ => tr("This picture needs a column with numbers.", "此图需要数值列。"),
        };
        let has = |wanted: fn(&ColumnKind) -> bool| {
            schema.columns.iter().any(|column| wanted(&column.kind))
        };
        let instead = Kind::ALL.into_iter().find(|kind| {
            let choices = Choices { kind: Some(*kind), ..Choices::default() };
            !choices.resolve(schema, false).is_lacking(schema)
        });
        let hint = if has(|kind| matches!(kind, ColumnKind::Image(_) | ColumnKind::Audio)) {
            tr(
                "Pictures and sounds cannot be drawn; their labels can be counted.",
                "图像和音频无法直接绘图，但可以统计它们的标签。",
            )
        } else if has(|kind| matches!(kind, ColumnKind::Text))
            && !schema.columns.iter().any(is_number)
        {
            tr(
                "Of texts the lengths can be drawn, of categories the counts.",
                "文本可以绘制长度分布，类别可以统计数量。",
            )
        } else {
            ""
        };
        let text = format!("{needs} {hint}");
        let label = instead.map(|kind| format!("{}{}", tr("Draw: ", "改为绘制："), kind.title()));
        let title = tr("The table has no such column", "表格中没有合适的列");
        if widgets::empty_state(ui, icons::ICON_INSERT_CHART, title, text.trim(), label.as_deref())
        {
            self.choices = Choices { kind: instead, part: self.choices.part, ..Choices::default() };
        }
    }
}
