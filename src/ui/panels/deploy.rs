//! Using a trained model without code: trying it, predicting files, serving it, and taking it elsewhere.

mod batch;
mod choices;
mod exporting;
mod fields;
mod form;
mod learnt;
mod oracle;
mod outcome;
mod pad;
mod parts;
mod picture;
mod picture_field;
mod serving;
mod strip;
mod try_it;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, Align, Layout, RichText, Stroke, Ui, UiBuilder};
use egui_material_icons::{MaterialIcon, icons};
use pg_base::Trouble;
use pg_contract::{PortType, Value};
use pg_pipeline::NodeId;
use pg_session::{Event, ValuePlace};

use self::batch::Batch;
use self::exporting::{ExportSource, Exporting};
use self::oracle::{About, News, Oracle, Origin};
use self::parts::Outside;
use self::serving::Serving;
use self::try_it::TryIt;
use crate::actions;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::panels::Tab;
use crate::theme::{self, size, tokens};
use crate::values::{Key, Shown};
use crate::widgets;

/// Width of the list of sections.
const RAIL: f32 = 158.0;

/// What can be done with a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Section {
    #[default]
    TryIt,
    Batch,
    Serve,
    Export,
}

impl Section {
    const ALL: [Self; 4] = [Self::TryIt, Self::Batch, Self::Serve, Self::Export];

    fn title(self) -> &'static str {
        match self {
            Self::TryIt => tr("Try it", "试一试"),
            Self::Batch => tr("Predict a file", "预测文件"),
            Self::Serve => tr("Serve", "提供服务"),
            Self::Export => tr("Export", "导出"),
        }
    }

    fn icon(self) -> MaterialIcon {
        match self {
            Self::TryIt => icons::ICON_TUNE,
            Self::Batch => icons::ICON_TABLE,
            Self::Serve => icons::ICON_DNS,
            Self::Export => icons::ICON_IOS_SHARE,
        }
    }
}

/// Tells one model from another.
#[derive(Clone, Debug, PartialEq)]
enum Identity {
    Node(Key),
    File(PathBuf),
}

/// The model that is shown.
#[derive(Debug)]
struct Opened {
    identity: Identity,
    /// The node that made it, with its output; none for a file.
    node: Option<(NodeId, &'static str)>,
    oracle: Oracle,
    about: Option<Arc<About>>,
    trouble: Option<Trouble>,
    /// Whether the graph is still the one that made it.
    is_fresh: bool,
}

/// State of the panel.
#[derive(Debug, Default)]
pub struct DeployPanel {
    section: Section,
    /// A bundle that the person opened; it goes before the models of the project.
    file: Option<PathBuf>,
    opened: Option<Opened>,
    /// Why there is no model.
    trouble: Option<Trouble>,
    is_loading: bool,
    try_it: TryIt,
    batch: Batch,
    serving: Serving,
    exporting: Exporting,
    outside: Outside,
}

impl DeployPanel {
    /// Shows a model from a file in place of the project's own.
    pub fn open_bundle(&mut self, path: PathBuf) {
        self.file = Some(path);
    }

    /// Whether the model is being served.
    pub fn is_serving(&self) -> bool {
        self.serving.is_on()
    }

    /// Finds the model to show, and opens it where it is another one.
    fn follow(&mut self, cx: &mut Cx<'_>) {
        (self.trouble, self.is_loading) = (None, false);
        if let Some(path) = self.file.clone() {
            self.open(cx, Identity::File(path.clone()), None, || Origin::File(path));
        } else if let Some((node, port)) = cx.subject(PortType::Model) {
            match cx.view.values.get(cx.egui, cx.session, &node, port) {
                Shown::Ready(key, Value::Model(model)) => {
                    let table = training_table(cx, &node);
                    self.open(cx, Identity::Node(key), Some((node, port)), || {
                        Origin::Node(model, table)
                    });
                }
                Shown::Loading => self.is_loading = true,
                Shown::Failed(trouble) => self.trouble = Some(trouble),
                Shown::Ready(..) | Shown::Absent => self.keep_if(|opened| {
                    opened.node.as_ref().is_some_and(|(shown, _)| *shown == node)
                }),
            }
        } else if let Some((node, port)) = cx.subject(PortType::Bundle) {
            match cx.view.values.get(cx.egui, cx.session, &node, port) {
                Shown::Ready(_, Value::Bundle(path)) => {
                    self.open(cx, Identity::File(path.clone()), None, || Origin::File(path));
                }
                Shown::Loading => self.is_loading = true,
                Shown::Failed(trouble) => self.trouble = Some(trouble),
                Shown::Ready(..) | Shown::Absent => self.keep_if(|_| false),
            }
        } else {
            self.keep_if(|_| false);
        }
    }

    /// A model stays to be used while its node is changed; it is then said that it is from before.
    fn keep_if(&mut self, is_kept: impl FnOnce(&Opened) -> bool) {
        self.opened = self.opened.take().filter(is_kept);
        if let Some(opened) = &mut self.opened {
            opened.is_fresh = false;
        }
    }

    fn open(
        &mut self,
        cx: &Cx<'_>,
        identity: Identity,
        node: Option<(NodeId, &'static str)>,
        origin: impl FnOnce() -> Origin,
    ) {
        match &mut self.opened {
            Some(opened) if opened.identity == identity => opened.is_fresh = true,
            _ => {
                let oracle = Oracle::open(cx.egui, cx.session.core_arc(), origin());
                self.opened = Some(Opened {
                    identity,
                    node,
                    oracle,
                    about: None,
                    trouble: None,
                    is_fresh: true,
                });
            }
        }
    }

    /// Takes in what the model told.
    fn listen(&mut self, cx: &mut Cx<'_>) {
        self.outside.poll(cx);
        self.serving.poll();
        let Some(opened) = &mut self.opened else { return };
        for news in opened.oracle.poll() {
            match news {
                News::Opened(about) => {
                    self.try_it.begin(cx.egui, &about);
                    opened.about = Some(about);
                }
                News::Learnt(learnt) => self.try_it.learn(learnt),
                News::Answered(id, answer) => self.try_it.answered(id, answer),
                News::Probed(id, field, curve) => self.try_it.probed(id, &field, curve),
                News::Failed(trouble) => opened.trouble = Some(trouble),
            }
        }
    }
}

/// Draws it.
pub fn deploy_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut panel = std::mem::take(&mut cx.view.panels.deploy);
    panel.follow(cx);
    panel.listen(cx);
    panel_ui(ui, cx, &mut panel);
    cx.view.panels.deploy = panel;
}

/// Takes a file that was dropped on the window, where the section on the screen has a use for it.
pub fn take_drop(cx: &mut Cx<'_>, path: &Path) -> bool {
    let panels = &mut cx.view.panels;
    if !panels.is_open || panels.tab != Tab::Deploy || panels.deploy.opened.is_none() {
        return false;
    }
    let panel = &mut panels.deploy;
    match panel.section {
        Section::TryIt if panel.try_it.takes(path) => {
            panel.try_it.take_picture(cx.egui, None, path.to_owned());
        }
        Section::Batch if batch::takes(path) => panel.batch.set_input(cx.egui, path.to_owned()),
        _ => return false,
    }
    true
}

/// Follows what happens.
pub fn hear(cx: &mut Cx<'_>, event: &Event) {
    if let Event::ProjectOpened { .. } = event {
        let section = cx.view.panels.deploy.section;
        // Dropping them ends the server and the model's thread.
        cx.view.panels.deploy = DeployPanel { section, ..DeployPanel::default() };
    }
}

fn panel_ui(ui: &mut Ui, cx: &mut Cx<'_>, panel: &mut DeployPanel) {
    let trouble =
        panel.opened.as_ref().and_then(|opened| opened.trouble.as_ref()).or(panel.trouble.as_ref());
    if let Some(trouble) = trouble.cloned() {
        parts::failure_ui(ui, &trouble);
        if panel.file.is_some()
            && widgets::link(ui, tr("Back to the project's model", "返回项目中的模型")).clicked()
        {
            panel.file = None;
        }
        return;
    }
    let Some(about) = panel.opened.as_ref().and_then(|opened| opened.about.clone()) else {
        if panel.is_loading || panel.opened.is_some() {
            ui.centered_and_justified(Ui::spinner);
        } else {
            empty_ui(ui, cx);
        }
        return;
    };
    let whole = ui.available_rect_before_wrap();
    let (rail, content) = whole.split_left_right_at_x(whole.left() + RAIL);
    ui.painter().vline(
        rail.right(),
        whole.y_range().expand(12.0),
        Stroke::new(1.0, tokens(ui).border),
    );
    let layout = Layout::top_down(Align::Min);
    let mut rail_area = ui
        .new_child(UiBuilder::new().max_rect(rail.with_max_x(rail.right() - 12.0)).layout(layout));
    rail_ui(&mut rail_area, cx, panel, &about);
    let mut area = ui.new_child(
        UiBuilder::new().max_rect(content.with_min_x(content.left() + 20.0)).layout(layout),
    );
    let area = &mut area;
    if panel.opened.as_ref().is_some_and(|opened| !opened.is_fresh) {
        stale_ui(area, cx);
    }
    let Some(opened) = &panel.opened else { return };
    let file = match &opened.identity {
        Identity::File(path) => Some(path.as_path()),
        Identity::Node(_) => None,
    };
    match panel.section {
        Section::TryIt => try_it::try_it_ui(area, cx, &mut panel.try_it, &about, &opened.oracle),
        Section::Batch => {
            batch::batch_ui(area, cx, &mut panel.batch, &about, file, &mut panel.outside);
        }
        Section::Serve => {
            let name = parts::file_stem(cx.session, file);
            serving::serving_ui(
                area,
                cx,
                &mut panel.serving,
                &about,
                &name,
                &panel.try_it,
                &mut panel.outside,
            );
        }
        Section::Export => {
            let node = opened.node.as_ref().map(|(node, port)| (node.as_str(), *port));
            let source = ExportSource { node, file, is_fresh: opened.is_fresh };
            exporting::exporting_ui(
                area,
                cx,
                &mut panel.exporting,
                &about,
                source,
                &mut panel.outside,
            );
        }
    }
    ui.advance_cursor_after_rect(whole);
}

/// The sections, and below them which model it is.
fn rail_ui(ui: &mut Ui, cx: &mut Cx<'_>, panel: &mut DeployPanel, about: &About) {
    let tokens = tokens(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    for section in Section::ALL {
        let is_chosen = panel.section == section;
        let row = widgets::row_ui(ui, section.title(), is_chosen, |ui| {
            let color = if is_chosen { tokens.strong } else { tokens.text };
            ui.label(section.icon().rich_text().size(size::ICON).color(color));
            ui.label(RichText::new(section.title()).color(color));
            if section == Section::Serve && panel.serving.is_on() {
                let (rect, _) = ui.allocate_exact_size(egui::vec2(8.0, 8.0), egui::Sense::hover());
                ui.painter().circle_filled(rect.center(), 3.5, tokens.good);
            }
        });
        if row.clicked() {
            panel.section = section;
        }
    }
    ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.style_mut().interaction.selectable_labels = false;
        let small = |text: String| RichText::new(text).size(size::SMALL).color(tokens.weak);
        if panel.file.is_some() && widgets::link(ui, tr("Close this file", "关闭此文件")).clicked()
        {
            panel.file = None;
        }
        widgets::truncated(ui, small(about.size.tr().to_owned()));
        let name = match panel.opened.as_ref().map(|opened| (&opened.node, &opened.identity)) {
            Some((Some((node, _)), _)) => cx.title_of(node),
            Some((None, Identity::File(path))) => {
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
            _ => String::new(),
        };
        widgets::truncated(
            ui,
            RichText::new(name).font(theme::bold(size::BODY)).color(tokens.text),
        );
        widgets::section_label(ui, tr("Model", "模型"));
    });
}

/// The graph has changed since the model was trained.
fn stale_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let tokens = tokens(ui);
    ui.horizontal(|ui| {
        ui.label(icons::ICON_HISTORY.rich_text().size(size::ICON).color(tokens.warning));
        let text = tr(
            "The project was changed; this is the model from before.",
            "项目已更改；这是更改之前的模型。",
        );
        ui.label(RichText::new(text).color(tokens.text));
        if (actions::RUN.is_enabled)(cx)
            && widgets::link(ui, tr("Train again", "重新训练")).clicked()
        {
            cx.act(&actions::RUN);
        }
    });
    ui.add_space(4.0);
}

/// No model yet: what will be here, and how to get one.
fn empty_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let can_be_made = cx.subject(PortType::Model).is_some();
    let is_running = cx.session.job().is_some();
    let text = if is_running {
        tr(
            "Once the training is done, the model can be tried, served and exported here.",
            "训练完成后，即可在此试用、部署和导出模型。",
        )
    } else if can_be_made {
        tr(
            "Then you can try it here, predict files, serve it and export it.",
            "之后即可在此试用模型、预测文件、提供服务并导出。",
        )
    } else {
        tr(
            "Add a node that trains, or open a model file by dropping it here.",
            "请添加训练节点，或将模型文件拖放到此处打开。",
        )
    };
    let label = (can_be_made && (actions::RUN.is_enabled)(cx)).then(|| actions::RUN.label.tr());
    if widgets::empty_state(
        ui,
        icons::ICON_ROCKET_LAUNCH,
        tr("Train a model first", "请先训练模型"),
        text,
        label,
    ) {
        cx.act(&actions::RUN);
        cx.show_tab(Tab::Training);
    }
}

/// The stored table that a node was trained on, for the spans of its columns.
fn training_table(cx: &Cx<'_>, node: &str) -> Option<ValuePlace> {
    let mut into = cx.session.document().links().iter().filter(|link| link.to.node == node);
    into.find_map(|link| {
        let port = cx.spec_of(&link.from.node)?.output(&link.from.port)?;
        (port.port_type == PortType::Table)
            .then(|| cx.session.place_of(&link.from.node, port.id))?
    })
}
