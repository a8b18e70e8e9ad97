//! Predict a file: all rows of a table, or all pictures of a folder, into a new file beside it.
//!
//! Invariant: nothing that is there is overwritten without a question; the input and the model never are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, RichText, Ui};
use egui_material_icons::icons;
use pg_base::{Trouble, say};
use pg_deploy::Scorer;
use pg_deploy::inputs::{Input, InputKind};
use pg_deploy::predict::{PredictOptions, PredictSummary, default_output, predict_file};

use pg_data::write::WRITTEN;

use super::oracle::{About, DEVICE};
use super::parts::{
    Outside, base_folder, failure_ui, figure_ui, form_row_ui, path_ui, progress_ui, section_ui,
};
use crate::cx::Cx;
use crate::files::{Pick, PickKind};
use crate::lang::{Tr, lang, tr};
use crate::tasks::Task;
use crate::theme::{size, tokens};
use crate::widgets;

/// Endings of the tables that can be predicted.
const TABLES: [&str; 11] =
    ["csv", "tsv", "txt", "parquet", "arrow", "feather", "jsonl", "json", "xlsx", "ods", "gz"];
/// Columns named before a run at most.
const MAX_NAMED: usize = 24;

/// What is predicted and what came of it.
#[derive(Debug, Default)]
pub(in crate::panels) struct Batch {
    input: Option<PathBuf>,
    output: Option<PathBuf>,
    /// The person has said that the output may be overwritten: here, or in the dialog that asked for it.
    may_overwrite: bool,
    proposal: Option<Task<PathBuf>>,
    run: Option<Task<Outcome>>,
    outcome: Option<Outcome>,
    trouble: Option<Trouble>,
}

/// How a run ended.
#[derive(Debug)]
enum Outcome {
    /// All rows are done.
    Done(PredictSummary),
    /// The output is there already; nothing was done.
    IsThere,
}

impl Batch {
    /// Chooses what is predicted; where to is proposed.
    pub(in crate::panels) fn set_input(&mut self, ctx: &egui::Context, path: PathBuf) {
        let input = path.clone();
        *self = Self { input: Some(path), ..Self::default() };
        // Looks at the disk: a folder is named differently.
        self.proposal = Some(Task::spawn(ctx, move |_| Ok(default_output(&input))));
    }

    /// Chooses where to, after a dialog that asked about overwriting.
    fn set_output(&mut self, path: PathBuf) {
        (self.output, self.may_overwrite, self.proposal) = (Some(path), true, None);
        (self.outcome, self.trouble) = (None, None);
    }

    fn poll(&mut self) {
        if let Some(answer) = self.proposal.as_mut().and_then(Task::poll) {
            self.proposal = None;
            self.output = answer.ok();
        }
        if let Some(answer) = self.run.as_mut().and_then(Task::poll) {
            self.run = None;
            match answer {
                Ok(outcome) => self.outcome = Some(outcome),
                Err(trouble) if trouble.is_cancelled() => {}
                Err(trouble) => self.trouble = Some(trouble),
            }
        }
    }

    fn start(&mut self, cx: &Cx<'_>, about: &About, bundle: Option<&Path>) {
        let (Some(input), Some(output)) = (self.input.clone(), self.output.clone()) else { return };
        let (model, core) = (Arc::clone(&about.model), cx.session.core_arc());
        let (may_overwrite, bundle, lang) =
            (self.may_overwrite, bundle.map(Path::to_owned), lang());
        (self.outcome, self.trouble) = (None, None);
        self.run = Some(Task::spawn(cx.egui, move |task| {
            if bundle.is_some_and(|bundle| is_same(&bundle, &output)) {
                return Err(Trouble::new(
                    "output-is-model",
                    say!("the predictions would overwrite the model", "预测结果会覆盖模型文件"),
                )
                .advice(say!("Choose another file to write.", "请选择另一个输出文件。"))
                .path(output));
            }
            if output.exists() && !may_overwrite && !is_same(&input, &output) {
                return Ok(Outcome::IsThere);
            }
            let compute = core.devices().open(DEVICE)?;
            let mut scorer = Scorer::new(model, &*compute)?;
            let options = PredictOptions { lang, ..PredictOptions::default() };
            predict_file(&mut scorer, &input, Some(&output), options, task, task.cancel())
                .map(Outcome::Done)
        }));
    }
}

/// Whether a dropped file or folder can be meant to be predicted.
pub(super) fn takes(path: &Path) -> bool {
    path.extension()
        .is_none_or(|ending| TABLES.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Draws the section.
pub(super) fn batch_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut Batch,
    about: &About,
    bundle: Option<&Path>,
    outside: &mut Outside,
) {
    state.poll();
    section_ui(ui, "batch", |ui| {
        let takes_pictures = match &about.inputs {
            Ok(inputs) => inputs.iter().any(|input| input.kind == InputKind::Picture),
            Err(_) => true,
        };
        let is_running = state.run.is_some();
        let field = (ui.available_width() - 340.0).clamp(200.0, 480.0);
        ui.add_enabled_ui(!is_running, |ui| {
            form_row_ui(ui, tr("Rows to predict", "要预测的数据"), |ui| {
                path_ui(ui, state.input.as_deref(), tr("No file yet", "尚未选择文件"), field);
                if widgets::button(ui, Some(icons::ICON_UPLOAD_FILE), tr("File…", "文件…"))
                    .clicked()
                {
                    choose_input(cx, bundle, PickKind::Open);
                }
                if takes_pictures
                    && widgets::button(ui, Some(icons::ICON_FOLDER_OPEN), tr("Folder…", "文件夹…"))
                        .clicked()
                {
                    choose_input(cx, bundle, PickKind::Folder);
                }
            });
            if let Some(output) = state.output.clone() {
                form_row_ui(ui, tr("Predictions go to", "预测结果保存到"), |ui| {
                    path_ui(ui, Some(&output), "", field);
                    if widgets::button(ui, None, tr("Change…", "更改…")).clicked() {
                        choose_output(cx, &output);
                    }
                });
            }
        });
        match &about.inputs {
            Ok(inputs) if state.input.is_none() => needs_ui(ui, inputs, takes_pictures),
            _ => {}
        }
        if let Some(task) = &state.run {
            form_row_ui(ui, "", |ui| progress_ui(ui, task));
            return;
        }
        let is_asking = matches!(state.outcome, Some(Outcome::IsThere));
        if state.output.is_some() && !is_asking {
            form_row_ui(ui, "", |ui| {
                let again = tr("Predict again", "重新预测");
                let button = match state.outcome {
                    Some(_) => widgets::button(ui, Some(icons::ICON_REPLAY), again),
                    None => widgets::primary_button(
                        ui,
                        Some(icons::ICON_PLAY_ARROW),
                        tr("Predict", "预测"),
                    ),
                };
                if button.clicked() {
                    // What was written by us just now may be written again.
                    state.may_overwrite |= matches!(state.outcome, Some(Outcome::Done(_)));
                    state.start(cx, about, bundle);
                }
            });
        }
        if let Some(trouble) = &state.trouble {
            failure_ui(ui, trouble);
        }
        match &state.outcome {
            Some(Outcome::Done(summary)) => done_ui(ui, cx, summary, outside),
            Some(Outcome::IsThere) => overwrite_ui(ui, cx, state, about, bundle),
            None => {}
        }
    });
}

/// Which columns a file must have.
fn needs_ui(ui: &mut Ui, inputs: &[Input], takes_pictures: bool) {
    let tokens = tokens(ui);
    ui.add_space(4.0);
    let text = if takes_pictures && inputs.len() == 1 {
        tr(
            "Choose a folder of pictures, or a table with the paths of pictures in this column:",
            "请选择图片文件夹，或一个在以下列中写有图片路径的表格：",
        )
    } else {
        tr(
            "The file needs these columns; it may have others, and they stay:",
            "文件需包含以下列；其他列会原样保留：",
        )
    };
    ui.add(egui::Label::new(RichText::new(text).color(tokens.weak)).wrap());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 6.0);
        for input in inputs.iter().take(MAX_NAMED) {
            let kind = input.column.kind.label();
            let frame = egui::Frame::new()
                .fill(tokens.field)
                .corner_radius(4)
                .inner_margin(egui::Margin::symmetric(7, 2));
            let name = RichText::new(&input.column.name).size(size::SMALL).color(tokens.text);
            frame
                .show(ui, |ui| ui.label(name))
                .response
                .on_hover_text(widgets::sentence(kind.tr()));
        }
        if inputs.len() > MAX_NAMED {
            let text = format!("+ {}", inputs.len() - MAX_NAMED);
            ui.label(RichText::new(text).size(size::SMALL).color(tokens.weak));
        }
    });
    let text = tr(
        "CSV, TSV, Parquet or JSON lines; drop it here if you like.",
        "支持 CSV、TSV、Parquet 或 JSON Lines；也可直接拖放到此处。",
    );
    ui.label(RichText::new(text).size(size::SMALL).color(tokens.weak));
}

fn overwrite_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut Batch,
    about: &About,
    bundle: Option<&Path>,
) {
    let Some(output) = state.output.clone() else { return };
    let strong = tokens(ui).strong;
    widgets::notice_ui(ui, false, |ui| {
        let name = output.file_name().unwrap_or_default().to_string_lossy();
        let text = say!("{name} is there already. Overwrite it?", "{name} 已存在，要覆盖它吗？");
        ui.add(egui::Label::new(RichText::new(text.tr()).color(strong)).wrap());
        ui.horizontal(|ui| {
            if widgets::button(ui, None, tr("Overwrite", "覆盖")).clicked() {
                state.may_overwrite = true;
                state.start(cx, about, bundle);
            }
            if widgets::button(ui, None, tr("Choose another file…", "选择其他文件…")).clicked()
            {
                choose_output(cx, &output);
            }
        });
    });
}

fn done_ui(ui: &mut Ui, cx: &mut Cx<'_>, summary: &PredictSummary, outside: &mut Outside) {
    let tokens = tokens(ui);
    ui.add_space(4.0);
    widgets::card_ui(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 32.0;
            let count = widgets::count;
            figure_ui(ui, &count(summary.n_rows), tr("rows", "行"), tokens.strong);
            let color = if summary.n_predicted > 0 { tokens.good } else { tokens.weak };
            figure_ui(ui, &count(summary.n_predicted), tr("predicted", "已预测"), color);
            let color_of = |n: u64, color| if n > 0 { color } else { tokens.weak };
            figure_ui(
                ui,
                &count(summary.n_with_problem),
                tr("with an unreadable cell", "含无法读取的单元格"),
                color_of(summary.n_with_problem, tokens.warning),
            );
            figure_ui(
                ui,
                &count(summary.n_rejected),
                tr("not usable", "无法使用"),
                color_of(summary.n_rejected, tokens.bad),
            );
        });
        if let Some(output) = &summary.output {
            ui.horizontal(|ui| {
                ui.label(icons::ICON_CHECK_CIRCLE.rich_text().size(size::ICON).color(tokens.good));
                let name = output.file_name().unwrap_or_default().to_string_lossy();
                ui.add(egui::Label::new(RichText::new(name).color(tokens.strong)))
                    .on_hover_text(output.display().to_string());
                if widgets::link(ui, tr("Show the folder", "打开所在文件夹")).clicked()
                    && let Some(folder) = output.parent()
                {
                    outside.open(cx, folder);
                }
            });
        }
    });
    if summary.first_rejections.is_empty() {
        return;
    }
    widgets::subheading(ui, tr("Rows that could not be used", "无法使用的行"));
    for rejection in &summary.first_rejections {
        ui.add(
            egui::Label::new(
                RichText::new(widgets::sentence(&rejection.message(lang()))).color(tokens.text),
            )
            .wrap(),
        );
    }
    let n_more = summary.n_rejected.saturating_sub(summary.first_rejections.len() as u64);
    if n_more > 0 {
        let text = say!(
            "and {n_more} more; the column `problem` of the file says why",
            "还有 {n_more} 行；文件中的 `problem` 列说明了原因"
        );
        widgets::weak(ui, text.tr());
    }
}

fn choose_input(cx: &mut Cx<'_>, bundle: Option<&Path>, kind: PickKind) {
    let filter = (kind == PickKind::Open)
        .then(|| (tr("Tables", "表格").to_owned(), TABLES.map(str::to_owned).to_vec()));
    let title = if kind == PickKind::Open {
        tr("Choose the rows to predict", "选择要预测的数据")
    } else {
        tr("Choose a folder of pictures", "选择图片文件夹")
    };
    let folder = Some(base_folder(cx.session, bundle));
    let pick = Pick { title: title.to_owned(), kind, filter, folder, ..Pick::default() };
    let ctx = cx.egui.clone();
    cx.view
        .files
        .pick(cx.egui, pick, move |cx, path| cx.view.panels.deploy.batch.set_input(&ctx, path));
}

fn choose_output(cx: &mut Cx<'_>, output: &Path) {
    let pick = Pick {
        title: tr("Where the predictions go", "预测结果保存到").to_owned(),
        kind: PickKind::Save,
        filter: Some((tr("Table", "表格").to_owned(), WRITTEN.map(str::to_owned).to_vec())),
        folder: output.parent().map(Path::to_owned),
        file_name: output.file_name().map(|name| name.to_string_lossy().into_owned()),
    };
    cx.view.files.pick(cx.egui, pick, |cx, path| cx.view.panels.deploy.batch.set_output(path));
}
