//! The panels at the bottom: what came out, each for one type of value, and what is wrong.

pub mod data;
pub mod deploy;
pub mod network;
pub mod plots;
mod port;
pub mod problems;
pub mod report;
pub mod runs;
pub mod training;
mod unrun;

use eframe::egui::scroll_area::ScrollBarVisibility;
use eframe::egui::{Align, Frame, Layout, Margin, ScrollArea, Ui};
use egui_material_icons::icons;
use pg_contract::{PortType, ValueSummary};
use pg_pipeline::{EngineEvent, StepOutcome};
use pg_session::Event;

use crate::actions;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::widgets;

/// One panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// A table of rows.
    #[default]
    Data,
    /// Pictures of a table.
    Plots,
    /// A network layer by layer.
    Network,
    /// A training while it runs and after.
    Training,
    /// How good a model is.
    Report,
    /// Using a model.
    Deploy,
    /// What is wrong.
    Problems,
    /// Runs so far.
    Runs,
}

impl Tab {
    /// All panels in order.
    pub const ALL: [Self; 8] = [
        Self::Data,
        Self::Plots,
        Self::Network,
        Self::Training,
        Self::Report,
        Self::Deploy,
        Self::Problems,
        Self::Runs,
    ];

    /// What the person reads.
    pub fn title(self) -> &'static str {
        match self {
            Self::Data => tr("Data", "数据"),
            Self::Plots => tr("Plots", "图表"),
            Self::Network => tr("Network", "网络"),
            Self::Training => tr("Training", "训练"),
            Self::Report => tr("Report", "报告"),
            Self::Deploy => tr("Deploy", "部署"),
            Self::Problems => tr("Problems", "问题"),
            Self::Runs => tr("Runs", "运行记录"),
        }
    }

    /// The panel that shows values of a type.
    pub fn of(port_type: PortType) -> Self {
        match port_type {
            PortType::Table => Self::Data,
            PortType::Network => Self::Network,
            PortType::Model => Self::Training,
            PortType::Report => Self::Report,
            PortType::Bundle => Self::Deploy,
        }
    }
}

/// State of all panels.
#[derive(Debug)]
pub struct Panels {
    /// Whether they are shown.
    pub is_open: bool,
    /// Whether they cover the canvas.
    pub is_maximised: bool,
    /// Which one is shown.
    pub tab: Tab,
    /// Which output of a node with several is shown.
    pub ports: port::Ports,
    /// See [`Tab::Data`].
    pub data: data::DataPanel,
    /// See [`Tab::Plots`].
    pub plots: plots::PlotsPanel,
    /// See [`Tab::Network`].
    pub network: network::NetworkPanel,
    /// See [`Tab::Training`].
    pub training: training::TrainingPanel,
    /// See [`Tab::Report`].
    pub report: report::ReportPanel,
    /// See [`Tab::Deploy`].
    pub deploy: deploy::DeployPanel,
    /// See [`Tab::Problems`].
    pub problems: problems::ProblemsPanel,
    /// See [`Tab::Runs`].
    pub runs: runs::RunsPanel,
}

impl Default for Panels {
    fn default() -> Self {
        Self {
            is_open: true,
            is_maximised: false,
            tab: Tab::Data,
            ports: port::Ports::default(),
            data: data::DataPanel::default(),
            plots: plots::PlotsPanel::default(),
            network: network::NetworkPanel::default(),
            training: training::TrainingPanel::default(),
            report: report::ReportPanel::default(),
            deploy: deploy::DeployPanel::default(),
            problems: problems::ProblemsPanel::default(),
            runs: runs::RunsPanel::default(),
        }
    }
}

impl Panels {
    /// Shows a panel.
    pub fn show(&mut self, tab: Tab) {
        self.is_open = true;
        self.tab = tab;
    }
}

/// Draws the tabs and the panel that is chosen.
pub fn panels_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let bar = Frame::new().inner_margin(Margin::symmetric(16, 0));
    bar.show(ui, |ui| {
        ui.set_height(34.0);
        ui.horizontal_centered(|ui| {
            let n_problems = problems::count(cx);
            let label = |tab: Tab| match tab {
                Tab::Problems if n_problems > 0 => format!("{} {n_problems}", tab.title()),
                tab => tab.title().to_owned(),
            };
            let tabs: Vec<(Tab, String)> =
                Tab::ALL.into_iter().map(|tab| (tab, label(tab))).collect();
            // Two buttons stay at the right, however many words the tabs need.
            let width = ui.available_width() - 72.0;
            let strip = ScrollArea::horizontal()
                .id_salt("tabs")
                .max_width(width)
                .scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden);
            strip.show(ui, |ui| {
                if let Some(tab) = widgets::tabs(ui, cx.view.panels.tab, &tabs) {
                    cx.view.panels.tab = tab;
                }
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                if widgets::icon_button(
                    ui,
                    icons::ICON_KEYBOARD_ARROW_DOWN,
                    actions::PANELS.label.tr(),
                )
                .clicked()
                {
                    cx.act(&actions::PANELS);
                }
                let icon = if cx.view.panels.is_maximised {
                    icons::ICON_CLOSE_FULLSCREEN
                } else {
                    icons::ICON_OPEN_IN_FULL
                };
                if widgets::icon_button(ui, icon, actions::MAXIMISE.label.tr()).clicked() {
                    cx.act(&actions::MAXIMISE);
                }
            });
        });
    });
    let line = ui.available_rect_before_wrap();
    ui.painter().hline(
        line.x_range(),
        line.top(),
        eframe::egui::Stroke::new(1.0, crate::theme::tokens(ui).border),
    );
    Frame::new().inner_margin(Margin::same(12)).show(ui, |ui| {
        ui.take_available_space();
        match cx.view.panels.tab {
            Tab::Data => data::data_ui(ui, cx),
            Tab::Plots => plots::plots_ui(ui, cx),
            Tab::Network => network::network_ui(ui, cx),
            Tab::Training => training::training_ui(ui, cx),
            Tab::Report => report::report_ui(ui, cx),
            Tab::Deploy => deploy::deploy_ui(ui, cx),
            Tab::Problems => problems::problems_ui(ui, cx),
            Tab::Runs => runs::runs_ui(ui, cx),
        }
    });
}

/// Panels that follow what happens; the one that matters now comes to the front.
pub fn hear(cx: &mut Cx<'_>, event: &Event) {
    training::hear(cx, event);
    runs::hear(cx, event);
    deploy::hear(cx, event);
    if let Event::Job { event: EngineEvent::Ended { result }, .. } = event
        && !result.is_cached
        && let StepOutcome::Done { outputs } = &result.outcome
        && outputs.values().any(|summary| matches!(summary, ValueSummary::Report { .. }))
    {
        cx.show_tab(Tab::Report);
    }
}
