//! Export: the model as one file of ours, or in the form of another program, in a new folder of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{
    self, Align, Layout, RichText, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, vec2,
};
use egui_material_icons::icons;
use pg_base::{Trouble, Words, say};
use pg_contract::ValueSummary;
use pg_deploy::export::{self, ExportFormat, export};
use pg_deploy::{Bundle, bundle};

use super::oracle::{About, DEVICE};
use super::parts::{Outside, base_folder, failure_ui, file_stem, progress_ui, section_ui};
use crate::cx::Cx;
use crate::files::{Pick, PickKind};
use crate::lang::{Tr, tr};
use crate::tasks::Task;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// A format's card is at least this wide.
const CARD: f32 = 230.0;
/// Margins of a card.
const MARGIN: egui::Vec2 = egui::Vec2::new(12.0, 10.0);
/// Title and space above the summary.
const CARD_HEAD: f32 = 24.0;
/// Folders tried before a name is given up.
const MAX_FOLDERS: u32 = 1000;

/// What is being written, and what was.
#[derive(Debug, Default)]
pub(in crate::panels) struct Exporting {
    run: Option<Task<Written>>,
    written: Option<Written>,
    trouble: Option<Trouble>,
    /// A place that was chosen for the model or a format; the export begins with the next frame.
    wanted: Option<(Option<&'static ExportFormat>, PathBuf)>,
}

#[derive(Debug)]
struct Written {
    what: Words,
    folder: PathBuf,
    files: Vec<(String, u64)>,
}

/// The model with what belongs beside it in a bundle.
struct Parcel {
    about: Arc<About>,
    graph_json: Option<String>,
    metrics: Option<std::collections::BTreeMap<String, f64>>,
}

impl Exporting {
    fn poll(&mut self) {
        if let Some(answer) = self.run.as_mut().and_then(Task::poll) {
            self.run = None;
            match answer {
                Ok(written) => self.written = Some(written),
                Err(trouble) if trouble.is_cancelled() => {}
                Err(trouble) => self.trouble = Some(trouble),
            }
        }
    }

    fn start(
        &mut self,
        cx: &Cx<'_>,
        parcel: Parcel,
        format: Option<&'static ExportFormat>,
        place: PathBuf,
        stem: String,
    ) {
        let core = cx.session.core_arc();
        (self.written, self.trouble) = (None, None);
        self.run = Some(Task::spawn(cx.egui, move |_| {
            let bundle = if let Some(bundle) = &parcel.about.bundle {
                Arc::clone(bundle)
            } else {
                let mut model = (*parcel.about.model).clone();
                model.metrics.extend(parcel.metrics.unwrap_or_default());
                let compute = core.devices().open(DEVICE)?;
                Arc::new(Bundle::new(&model, parcel.graph_json.as_deref(), &*compute)?)
            };
            match format {
                None => save(&bundle, place),
                Some(format) => {
                    let folder = free_folder(&place, &format!("{stem}-{}", format.id))?;
                    let paths = export(&bundle, format.id, &folder)?;
                    Ok(Written { what: format.title.into(), folder, files: listed(&paths) })
                }
            }
        }));
    }
}

/// Writes the bundle; the dialog has asked about overwriting the name that it gave, and about no other.
fn save(bundle: &Bundle, mut path: PathBuf) -> Result<Written, Trouble> {
    if path.extension().is_none_or(|ending| ending != bundle::EXTENSION) {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}", bundle::EXTENSION));
        path.set_file_name(name);
        if path.exists() {
            return Err(Trouble::new(
                "file-exists",
                say!("the file is there already", "该文件已存在"),
            )
            .advice(say!("Choose another name.", "请换一个名称。"))
            .path(path));
        }
    }
    bundle.write(&path)?;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    Ok(Written { what: say!("Model", "模型"), folder, files: listed(&[path]) })
}

fn listed(paths: &[PathBuf]) -> Vec<(String, u64)> {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), size(path))).collect()
}

/// A folder that is not there yet, so that nothing of the person's is overwritten.
fn free_folder(place: &Path, name: &str) -> Result<PathBuf, Trouble> {
    let numbered =
        |number: u32| if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
    let mut candidates = (1..=MAX_FOLDERS).map(|number| place.join(numbered(number)));
    candidates.find(|folder| !folder.exists()).ok_or_else(|| {
        Trouble::new("folder-full", say!("the folder holds too many exports", "文件夹中的导出过多"))
            .advice(say!("Choose another folder.", "请选择其他文件夹。"))
            .path(place)
    })
}

/// Draws the section.
pub(super) fn exporting_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut Exporting,
    about: &Arc<About>,
    source: ExportSource<'_>,
    outside: &mut Outside,
) {
    state.poll();
    if let Some((format, place)) = state.wanted.take() {
        let parcel = Parcel {
            about: Arc::clone(about),
            graph_json: source.graph_json(cx),
            metrics: source.metrics(cx),
        };
        state.start(cx, parcel, format, place, file_stem(cx.session, source.file));
    }
    section_ui(ui, "export", |ui| {
        let is_running = state.run.is_some();
        ui.add_enabled_ui(!is_running, |ui| {
            ui.horizontal(|ui| {
                if widgets::primary_button(ui, Some(icons::ICON_SAVE), tr("Save model…", "保存模型…")).clicked() {
                    choose_file(cx, source.file);
                }
                let text = tr(
                    "One file with everything: preparation, network and weights. It opens here and on any computer with Pyrograph.",
                    "一个文件包含全部内容：预处理、网络和权重。可在此处以及任何装有 Pyrograph 的电脑上打开。",
                );
                let color = tokens(ui).weak;
                ui.add(egui::Label::new(RichText::new(text).color(color)).wrap());
            });
        });
        if let Some(task) = &state.run {
            progress_ui(ui, task);
        }
        if let Some(trouble) = &state.trouble {
            failure_ui(ui, trouble);
        }
        if let Some(written) = &state.written {
            written_ui(ui, cx, written, outside);
        }
        ui.add_space(6.0);
        widgets::section_label(ui, tr("For other programs", "用于其他程序"));
        let formats: Vec<&'static ExportFormat> =
            export::ALL.iter().copied().filter(|format| format.id != export::BUNDLE.id).collect();
        let gap = 12.0;
        let n_columns =
            (((ui.available_width() + gap) / (CARD + gap)) as usize).clamp(1, formats.len().max(1));
        let width = (ui.available_width() - gap * (n_columns - 1) as f32) / n_columns as f32;
        for row in formats.chunks(n_columns) {
            let height =
                row.iter().map(|format| card_height(ui, format, width)).fold(0.0, f32::max);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = gap;
                for format in row {
                    if format_ui(ui, format, vec2(width, height), !is_running) {
                        choose_folder(cx, format, source.file);
                    }
                }
            });
        }
    });
}

/// Where the exported model comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExportSource<'a> {
    /// The node and its output.
    pub node: Option<(&'a str, &'a str)>,
    /// The bundle that was opened.
    pub file: Option<&'a Path>,
    /// Whether the graph is still the one that the model was trained with.
    pub is_fresh: bool,
}

impl ExportSource<'_> {
    fn graph_json(&self, cx: &Cx<'_>) -> Option<String> {
        self.node
            .filter(|_| self.is_fresh)
            .and_then(|_| pg_pipeline::file::to_json(cx.session.document()).ok())
    }

    /// What a report on this model found, where there is one.
    fn metrics(&self, cx: &Cx<'_>) -> Option<std::collections::BTreeMap<String, f64>> {
        let (node, port) = self.node?;
        let links = cx.session.document().links();
        let readers = links.iter().filter(|link| link.from.node == node && link.from.port == port);
        readers.filter_map(|link| cx.session.entry(&link.to.node)).find_map(|entry| {
            entry.outputs.values().find_map(|summary| match summary {
                ValueSummary::Report { metrics, .. } => Some(metrics.clone()),
                _ => None,
            })
        })
    }
}

/// Code in a sentence needs no marks here.
fn summary_of(format: &ExportFormat) -> String {
    format.summary.tr().replace('`', "")
}

fn card_height(ui: &Ui, format: &ExportFormat, width: f32) -> f32 {
    let color = tokens(ui).weak;
    let summary = ui.painter().layout(
        summary_of(format),
        theme::regular(size::SMALL),
        color,
        width - 2.0 * MARGIN.x,
    );
    CARD_HEAD + summary.size().y + 2.0 * MARGIN.y
}

/// One format as a card that is a button.
fn format_ui(ui: &mut Ui, format: &ExportFormat, card: egui::Vec2, is_enabled: bool) -> bool {
    let tokens = tokens(ui);
    let sense = if is_enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(card, sense);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, is_enabled, format.title.tr()));
    let is_hot = is_enabled && (response.hovered() || response.has_focus());
    let fill = if is_hot { tokens.hover } else { tokens.card };
    ui.painter().rect_filled(rect, size::CARD_RADIUS, fill);
    ui.painter().rect_stroke(
        rect,
        size::CARD_RADIUS,
        Stroke::new(1.0, tokens.border),
        StrokeKind::Inside,
    );
    widgets::focus_ring(ui, &response);
    let inside = rect.shrink2(MARGIN);
    let mut child =
        ui.new_child(UiBuilder::new().max_rect(inside).layout(Layout::top_down(Align::Min)));
    child.style_mut().interaction.selectable_labels = false;
    if !is_enabled {
        child.set_opacity(0.5);
    }
    child.spacing_mut().item_spacing.y = 4.0;
    child.allocate_ui_with_layout(
        vec2(inside.width(), CARD_HEAD - 4.0),
        Layout::left_to_right(Align::Center),
        |ui| {
            ui.label(
                RichText::new(format.title.tr()).font(theme::bold(size::BODY)).color(tokens.strong),
            );
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let color = if is_hot { tokens.accent } else { tokens.weak };
                ui.label(icons::ICON_DOWNLOAD.rich_text().size(size::ICON).color(color));
            });
        },
    );
    child.add(
        egui::Label::new(RichText::new(summary_of(format)).size(size::SMALL).color(tokens.weak))
            .wrap(),
    );
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

fn written_ui(ui: &mut Ui, cx: &Cx<'_>, written: &Written, outside: &mut Outside) {
    let tokens = tokens(ui);
    widgets::card_ui(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.horizontal(|ui| {
            ui.label(icons::ICON_CHECK_CIRCLE.rich_text().size(size::ICON).color(tokens.good));
            let what = written.what.tr();
            let text = format!("{}{what}", tr("Written: ", "已写入："));
            ui.label(RichText::new(text).font(theme::bold(size::BODY)).color(tokens.strong));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if widgets::link(ui, tr("Show the folder", "打开所在文件夹")).clicked() {
                    outside.open(cx, &written.folder);
                }
                let folder = RichText::new(written.folder.display().to_string())
                    .size(size::SMALL)
                    .color(tokens.weak);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    widgets::truncated(ui, folder)
                });
            });
        });
        ui.spacing_mut().interact_size.y = 18.0;
        for (name, n_bytes) in &written.files {
            widgets::key_value(ui, name, &widgets::bytes(*n_bytes));
        }
    });
}

fn choose_file(cx: &mut Cx<'_>, file: Option<&Path>) {
    let pick = Pick {
        title: tr("Save model", "保存模型").to_owned(),
        kind: PickKind::Save,
        filter: Some((tr("Models", "模型").to_owned(), vec![bundle::EXTENSION.to_owned()])),
        folder: Some(base_folder(cx.session, file)),
        file_name: Some(format!("{}.{}", file_stem(cx.session, file), bundle::EXTENSION)),
    };
    cx.view.files.pick(cx.egui, pick, |cx, path| {
        cx.view.panels.deploy.exporting.wanted = Some((None, path));
    });
}

fn choose_folder(cx: &mut Cx<'_>, format: &'static ExportFormat, file: Option<&Path>) {
    let title = say!("Choose where to put the export", "选择导出位置");
    let pick = Pick {
        title: title.tr().to_owned(),
        kind: PickKind::Folder,
        folder: Some(base_folder(cx.session, file)),
        ..Pick::default()
    };
    cx.view.files.pick(cx.egui, pick, move |cx, path| {
        cx.view.panels.deploy.exporting.wanted = Some((Some(format), path));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_never_enters_a_folder_that_is_there() {
        let place = tempfile::tempdir().expect("a folder");
        let first = free_folder(place.path(), "iris-onnx").expect("free");
        assert_eq!(first.file_name().and_then(|name| name.to_str()), Some("iris-onnx"));
        std::fs::create_dir(&first).expect("made");
        let second = free_folder(place.path(), "iris-onnx").expect("free");
        assert_eq!(second.file_name().and_then(|name| name.to_str()), Some("iris-onnx-2"));
    }
}
