//! A template with the person's own data: looks into it, asks which column is to be predicted where that is not plain
//! from the data itself, and makes the project.

use std::path::{Path, PathBuf};

use eframe::egui::{
    self, Align2, ComboBox, Context, CornerRadius, Layout, Rect, RichText, Role, ScrollArea, Sense,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons;
use pg_base::{Text, Trouble, Words, say};
use pg_contract::{Facts, Registry};
use pg_data::Table;
use pg_data::read::sample_of_file;
use pg_pipeline::{Document, analyse};
use pg_session::templates::{self, Template};

use super::{own_folder, project_for};
use crate::cx::Cx;
use crate::dialogs::sheet::{Sheet, buttons_ui, is_confirmed};
use crate::lang::{Tr, tr};
use crate::tasks::Task;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Rows of the preview.
const N_ROWS: usize = 6;
/// Columns of the preview; the list above it holds all.
const MAX_COLUMNS: usize = 60;
const COLUMN_WIDTH: f32 = 146.0;
const ROW: f32 = 25.0;

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The person still looks.
    Open,
    /// Given up.
    Cancelled,
    /// A graph, and what to know about it.
    Made(Box<Document>, Vec<Words>),
}

/// Data, and what is known of it.
#[derive(Debug)]
pub(super) struct OwnData {
    template: &'static Template,
    data: PathBuf,
    registry: Registry,
    target: Option<String>,
    task: Option<Task<Look>>,
    look: Option<Look>,
}

/// What a look into the data gave.
#[derive(Debug)]
struct Look {
    /// The graph, or why the template does not suit the data.
    made: Result<(Document, Vec<Words>), Trouble>,
    target: Option<String>,
    /// Whether the person has to say what is predicted.
    needs_target: bool,
    preview: Preview,
}

/// The first rows.
#[derive(Debug, Default)]
struct Preview {
    columns: Vec<(String, Text)>,
    cells: Vec<Vec<String>>,
    /// Rows of the table, where all were read.
    n_rows: Option<usize>,
}

impl OwnData {
    /// Looks into data.
    pub(super) fn new(
        ctx: &Context,
        registry: Registry,
        template: &'static Template,
        data: PathBuf,
    ) -> Self {
        let mut own = Self { template, data, registry, target: None, task: None, look: None };
        own.look_again(ctx);
        own
    }

    fn look_again(&mut self, ctx: &Context) {
        let (template, data, registry) = (self.template, self.data.clone(), self.registry.clone());
        let target = self.target.clone();
        self.task = Some(Task::spawn(ctx, move |_| Ok(look(template, &data, &registry, target))));
    }
}

/// Makes the graph and looks at what its first node reads.
fn look(template: &Template, data: &Path, registry: &Registry, target: Option<String>) -> Look {
    let made = templates::make(registry, template.id, data, target.as_deref(), &project_for(data));
    match made {
        Ok(made) => {
            let analysis = analyse(&made.document, registry, &own_folder());
            let tables: Vec<(Table, bool)> = analysis
                .order
                .iter()
                .filter_map(|node| match analysis.output(node, 0) {
                    Facts::Table { sample, is_whole } => Some((sample, is_whole)),
                    _ => None,
                })
                .collect();
            let target_of =
                |table: &Table| table.schema().target().map(|column| column.name.clone());
            let of_data = tables.first().and_then(|(table, _)| target_of(table));
            let found = tables.iter().find_map(|(table, _)| target_of(table));
            Look {
                needs_target: of_data.is_none() && found.is_some(),
                target: target.or(found),
                preview: tables
                    .first()
                    .map(|(table, is_whole)| preview(table, *is_whole))
                    .unwrap_or_default(),
                made: Ok((made.document, made.said)),
            }
        }
        Err(trouble) => {
            let sample = sample_of_file(data, std::collections::BTreeMap::new()).ok();
            Look {
                needs_target: sample.is_some(),
                target,
                preview: sample
                    .map(|sample| preview(&sample.table, sample.is_whole))
                    .unwrap_or_default(),
                made: Err(trouble),
            }
        }
    }
}

fn preview(table: &Table, is_whole: bool) -> Preview {
    let rows = table.rows();
    let columns = &rows.schema.columns;
    let column_cells = |name: &str| {
        let texts = rows.texts(name).ok();
        let cells = texts.iter().flat_map(|texts| texts.iter().take(N_ROWS));
        cells.map(|cell| cell.unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    Preview {
        columns: columns.iter().map(|column| (column.name.clone(), column.kind.label())).collect(),
        cells: columns.iter().take(MAX_COLUMNS).map(|column| column_cells(&column.name)).collect(),
        n_rows: is_whole.then_some(table.n_rows()),
    }
}

/// Draws the question, where there is one.
pub(super) fn show(ctx: &Context, cx: &mut Cx<'_>, own: &mut OwnData) -> Outcome {
    if let Some(answer) = own.task.as_mut().and_then(Task::poll) {
        own.task = None;
        let is_first = own.look.is_none();
        match answer {
            Ok(look) => own.look = Some(look),
            Err(trouble) => {
                cx.trouble(&trouble);
                return Outcome::Cancelled;
            }
        }
        if let Some(outcome) = own.look.as_mut().filter(|_| is_first).and_then(without_question) {
            return outcome;
        }
        own.target = own.look.as_ref().and_then(|look| look.target.clone());
    }
    own_ui(ctx, own)
}

/// Data that says itself what is predicted needs no question.
fn without_question(look: &mut Look) -> Option<Outcome> {
    match &look.made {
        Ok((document, said)) if !look.needs_target => {
            Some(Outcome::Made(Box::new(document.clone()), said.clone()))
        }
        _ => None,
    }
}

fn own_ui(ctx: &Context, own: &mut OwnData) -> Outcome {
    let title = own.template.text.title.tr();
    let subtitle = describe(own);
    let sheet = Sheet::new("own-data", title, 760.0).subtitle(&subtitle);
    let mut chosen: Option<String> = None;
    let (outcome, is_dismissed) = sheet.show(ctx, |ui, is_new| {
        let Some(look) = &own.look else {
            ui.allocate_ui_with_layout(
                vec2(ui.available_width(), 160.0),
                Layout::centered_and_justified(egui::Direction::TopDown),
                |ui| {
                    ui.label(
                        RichText::new(tr("Looking into the data…", "正在查看数据…"))
                            .color(tokens(ui).weak),
                    );
                },
            );
            return buttons_ui(ui, |ui| {
                widgets::button(ui, None, tr("Cancel", "取消"))
                    .clicked()
                    .then_some(Outcome::Cancelled)
            });
        };
        if !look.preview.columns.is_empty() {
            chosen = target_ui(ui, &look.preview, own.target.as_deref(), is_new);
            ui.add_space(8.0);
            chosen = preview_ui(ui, &look.preview, own.target.as_deref()).or(chosen.take());
        }
        ui.add_space(8.0);
        notes_ui(ui, look);
        let can_create = look.made.is_ok() && own.task.is_none();
        buttons_ui(ui, |ui| {
            let label = tr("Create the project", "创建项目");
            let create = ui
                .add_enabled_ui(can_create, |ui| {
                    widgets::primary_button(ui, Some(icons::ICON_ADD), label)
                })
                .inner;
            let cancel = widgets::button(ui, None, tr("Back", "返回"));
            match &look.made {
                Ok((document, said)) if create.clicked() || (can_create && is_confirmed(ui)) => {
                    let said = said.iter().filter(|words| !is_about_target(words, look)).cloned();
                    Some(Outcome::Made(Box::new(document.clone()), said.collect()))
                }
                _ => cancel.clicked().then_some(Outcome::Cancelled),
            }
        })
    });
    if chosen.is_some() && chosen != own.target {
        own.target = chosen;
        own.look_again(ctx);
    }
    match outcome {
        Some(outcome) => outcome,
        None if is_dismissed => Outcome::Cancelled,
        None => Outcome::Open,
    }
}

/// File, rows and columns.
fn describe(own: &OwnData) -> String {
    let name = own.data.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Some(look) = own.look.as_ref().filter(|look| !look.preview.columns.is_empty()) else {
        return name;
    };
    let n_columns = look.preview.columns.len();
    let words = match look.preview.n_rows {
        Some(n_rows) => {
            let n_rows = widgets::count(n_rows as u64);
            say!(
                "{name} · {n_rows} rows · {n_columns} columns",
                "{name} · {n_rows} 行 · {n_columns} 列"
            )
        }
        None => say!("{name} · {n_columns} columns", "{name} · {n_columns} 列"),
    };
    words.tr().to_owned()
}

/// The column to predict, from a list of all.
fn target_ui(ui: &mut Ui, preview: &Preview, target: Option<&str>, is_new: bool) -> Option<String> {
    let mut chosen = None;
    ui.horizontal(|ui| {
        let text = tr("Column to predict", "要预测的列");
        let label =
            ui.label(RichText::new(text).font(theme::bold(size::BODY)).color(tokens(ui).strong));
        let shown = target.unwrap_or_else(|| tr("Choose a column", "请选择一列"));
        let combo =
            ComboBox::from_id_salt("target").selected_text(shown).width(240.0).show_ui(ui, |ui| {
                for (name, kind) in &preview.columns {
                    let button =
                        egui::Button::selectable(Some(name.as_str()) == target, name.as_str())
                            .right_text(RichText::new(kind.tr()).color(tokens(ui).weak));
                    if ui.add(button.min_size(vec2(ui.available_width(), size::ROW))).clicked() {
                        chosen = Some(name.clone());
                    }
                }
            });
        let response = combo.response.labelled_by(label.id);
        if is_new {
            response.request_focus();
        }
        widgets::weak(ui, tr("or click it in the table", "或在表格中点击"));
    });
    chosen
}

/// The first rows; the chosen column stands out, and each can be chosen.
fn preview_ui(ui: &mut Ui, preview: &Preview, target: Option<&str>) -> Option<String> {
    let mut chosen = None;
    let height = 46.0 + ROW * N_ROWS as f32 + 10.0;
    let frame = egui::Frame::new().fill(tokens(ui).card).corner_radius(size::CARD_RADIUS);
    frame.show(ui, |ui| {
        ui.set_height(height);
        ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                for ((name, kind), cells) in preview.columns.iter().zip(&preview.cells) {
                    if column_ui(ui, name, *kind, cells, Some(name.as_str()) == target) {
                        chosen = Some(name.clone());
                    }
                }
            });
        });
    });
    chosen
}

fn column_ui(ui: &mut Ui, name: &str, kind: Text, cells: &[String], is_target: bool) -> bool {
    let tokens = tokens(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(COLUMN_WIDTH, 46.0 + ROW * N_ROWS as f32), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ColumnHeader, true, is_target, name));
    if is_target || response.hovered() {
        let fill = if is_target { tokens.selected } else { tokens.hover };
        ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
    }
    widgets::focus_ring(ui, &response);
    let painter = ui.painter().with_clip_rect(rect.shrink2(vec2(10.0, 0.0)));
    let left = rect.left() + 12.0;
    let put = |y: f32, text: &str, font, color| {
        let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
        job.wrap = egui::text::TextWrapping::truncate_at_width(COLUMN_WIDTH - 22.0);
        let galley = painter.layout_job(job);
        painter.galley(pos2(left, y - galley.size().y / 2.0), galley, color);
    };
    put(
        rect.top() + 15.0,
        name,
        theme::bold(size::BODY),
        if is_target { tokens.accent } else { tokens.strong },
    );
    let small = theme::regular(size::SMALL);
    put(rect.top() + 33.0, kind.tr(), small, tokens.weak);
    ui.painter().hline(rect.x_range(), rect.top() + 45.0, Stroke::new(1.0, tokens.border));
    let is_number = cells.iter().all(|cell| cell.parse::<f64>().is_ok() || cell.is_empty());
    for (index, cell) in cells.iter().enumerate() {
        let y = rect.top() + 46.0 + ROW * (index as f32 + 0.5);
        if is_number {
            let at = pos2(rect.right() - 14.0, y);
            painter.text(at, Align2::RIGHT_CENTER, cell, theme::regular(size::BODY), tokens.text);
        } else {
            put(y, cell, theme::regular(size::BODY), tokens.text);
        }
    }
    if is_target {
        let line = Rect::from_min_max(rect.left_top(), pos2(rect.right(), rect.top() + 2.0));
        ui.painter().rect_filled(line, CornerRadius::same(1), tokens.accent);
    }
    response.clicked()
}

/// What was decided, or why it cannot be done.
fn notes_ui(ui: &mut Ui, look: &Look) {
    match &look.made {
        Err(trouble) => widgets::notice_ui(ui, true, |ui| widgets::trouble_ui(ui, trouble)),
        Ok((_, said)) => {
            for words in said.iter().filter(|words| !is_about_target(words, look)) {
                ui.horizontal_top(|ui| {
                    ui.label(icons::ICON_INFO.rich_text().size(size::ICON).color(tokens(ui).weak));
                    let text = widgets::sentence(words.tr());
                    ui.add(egui::Label::new(RichText::new(text).color(tokens(ui).weak)).wrap());
                });
            }
        }
    }
}

/// The choice of the target stands above in words of its own.
fn is_about_target(words: &Words, look: &Look) -> bool {
    look.target.as_ref().is_some_and(|target| words.en.contains(&format!("`{target}`")))
}
