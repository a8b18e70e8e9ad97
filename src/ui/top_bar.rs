//! The bar with name, menus, search, device and run; and the line at the bottom.

use eframe::egui::{self, Align, Layout, RichText, Ui, vec2};
use egui_material_icons::icons;
use pg_contract::Severity;
use pg_session::{Command, NodeStatus};

use crate::actions::{self, Action, Menu};
use crate::cx::Cx;
use crate::dialogs::sheet::keys_of;
use crate::dialogs::{projects, tour};
use crate::lang::{Tr, tr};
use crate::panels::Tab;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Width of the menus; without one they would be as wide as the window allows.
const MENU_WIDTH: f32 = 300.0;

/// The bar at the top.
pub(crate) fn top_bar_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let tokens = tokens(ui);
    let bar = ui.max_rect();
    ui.horizontal_centered(|ui| {
        ui.add(
            egui::Label::new(
                RichText::new("Pyrograph").font(theme::bold(14.0)).color(tokens.strong),
            )
            .selectable(false),
        );
        ui.add_space(10.0);
        let name = projects::name_of(cx.session);
        ui.add(egui::Label::new(RichText::new(name).color(tokens.text)).selectable(false));
        if cx.session.project().is_changed() {
            let dot = ui.label(RichText::new("●").size(9.0).color(tokens.weak));
            dot.on_hover_text(tr(
                "Not saved yet; edits are kept in the journal.",
                "尚未保存；编辑已记入日志。",
            ));
        }
        ui.add_space(14.0);
        for menu in Menu::ALL {
            menu_ui(ui, cx, menu);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| right_ui(ui, cx));
    });
    search_field(ui, cx, bar);
}

fn menu_ui(ui: &mut Ui, cx: &mut Cx<'_>, menu: Menu) {
    ui.scope(|ui| {
        let visuals = ui.visuals_mut();
        for widget in [
            &mut visuals.widgets.inactive,
            &mut visuals.widgets.hovered,
            &mut visuals.widgets.open,
            &mut visuals.widgets.active,
        ] {
            widget.bg_stroke = egui::Stroke::NONE;
        }
        visuals.widgets.inactive.weak_bg_fill = egui::Color32::TRANSPARENT;
        ui.menu_button(menu.title().tr(), |ui| {
            ui.set_width(MENU_WIDTH);
            if menu == Menu::File {
                recent_ui(ui, cx);
            }
            for action in actions::ALL.iter().filter(|action| action.menu.0 == menu) {
                if action.menu.1 {
                    ui.separator();
                }
                menu_item(ui, cx, action);
            }
        });
    });
}

/// One line of a menu.
pub(crate) fn menu_item(ui: &mut Ui, cx: &mut Cx<'_>, action: &'static Action) {
    let is_enabled = (action.is_enabled)(cx);
    let keys = action.keys.first().map(|shortcut| keys_of(ui.ctx(), *shortcut)).unwrap_or_default();
    let button = egui::Button::new((
        action.icon.rich_text().size(size::ICON),
        RichText::new(action.label_now(cx)),
    ))
    .right_text(RichText::new(keys).color(tokens(ui).weak))
    .min_size(vec2(ui.available_width(), size::ROW));
    let mut response = ui.add_enabled(is_enabled, button);
    if !action.tooltip.en.is_empty() {
        response = response.on_hover_text(action.tooltip.tr());
    }
    if response.clicked() {
        cx.act(action);
        ui.close();
    }
}

fn recent_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let recent = cx.view.settings.recent.clone();
    ui.add_enabled_ui(!recent.is_empty(), |ui| {
        let label = (
            icons::ICON_SCHEDULE.rich_text().size(size::ICON),
            tr("Open recent", "打开最近的项目"),
        );
        ui.menu_button(label, |ui| {
            ui.set_width(MENU_WIDTH);
            for path in recent {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let response =
                    ui.add(egui::Button::new(name).min_size(vec2(ui.available_width(), size::ROW)));
                if response.on_hover_text(path.display().to_string()).clicked() {
                    projects::guarded(cx, move |cx| {
                        cx.dispatch(Command::Open { path: path.clone() });
                    });
                    ui.close();
                }
            }
        });
    });
}

fn search_field(ui: &mut Ui, cx: &mut Cx<'_>, bar: egui::Rect) {
    let width = (bar.width() * 0.22).clamp(160.0, 320.0);
    let left = bar.center().x - width / 2.0;
    if ui.min_rect().left() > left || bar.width() < 1100.0 {
        return;
    }
    let rect = egui::Rect::from_center_size(bar.center(), vec2(width, size::CONTROL));
    let tokens = tokens(ui);
    let response = ui.interact(rect, ui.scope_id().with("search"), egui::Sense::click());
    let label = tr("Search nodes, columns, commands…", "搜索节点、列、命令…");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, label));
    let fill = if response.hovered() { tokens.hover } else { tokens.field };
    ui.painter().rect(
        rect,
        size::RADIUS,
        fill,
        egui::Stroke::new(1.0, tokens.border),
        egui::StrokeKind::Inside,
    );
    widgets::focus_ring(ui, &response);
    let font = theme::regular(size::BODY);
    let keys = actions::COMMAND_PALETTE.keys.first().map(|keys| keys_of(ui.ctx(), *keys));
    let at = rect.right_center() - vec2(12.0, 0.0);
    let keys = keys.unwrap_or_default();
    let taken = ui.painter().text(at, egui::Align2::RIGHT_CENTER, keys, font.clone(), tokens.weak);
    let mut job = egui::text::LayoutJob::simple_singleline(label.to_owned(), font, tokens.weak);
    let room = taken.left() - rect.left() - 24.0;
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let at = rect.left_center() + vec2(12.0, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, tokens.weak);
    if response.clicked() {
        cx.act(&actions::COMMAND_PALETTE);
    }
}

/// From right to left: language, pause and stop, run, device.
fn right_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    if widgets::button(ui, None, tr("中文", "English")).clicked() {
        cx.act(&actions::LANGUAGE);
    }
    if cx.session.job().is_some() {
        for action in [&actions::CANCEL, &actions::STOP] {
            if widgets::icon_button(ui, action.icon, action.label.tr()).clicked() {
                cx.act(action);
            }
        }
        let is_paused = cx.view.panels.training.is_paused();
        let icon = if is_paused { icons::ICON_PLAY_ARROW } else { icons::ICON_PAUSE };
        if widgets::icon_button(ui, icon, actions::PAUSE.label.tr()).clicked() {
            cx.act(&actions::PAUSE);
        }
        ui.add(egui::Spinner::new().size(16.0).color(tokens(ui).accent));
    } else {
        let is_enabled = (actions::RUN.is_enabled)(cx);
        let clicked = ui
            .add_enabled_ui(is_enabled, |ui| {
                let run = widgets::primary_button(
                    ui,
                    Some(icons::ICON_PLAY_ARROW),
                    actions::RUN.label.tr(),
                );
                tour::mark(ui, tour::Spot::Run, run.rect);
                run.on_hover_text(actions::RUN.tooltip.tr()).clicked()
            })
            .inner;
        if clicked {
            cx.act(&actions::RUN);
        }
    }
    device_ui(ui, cx);
}

fn device_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let devices = cx.session.core().devices();
    let chosen = cx.session.device().to_owned();
    let name = devices
        .infos()
        .find(|info| info.id == chosen)
        .map_or(chosen.clone(), |info| info.name.clone());
    let short = name.split(['·', '(']).next().unwrap_or(&name).trim().to_owned();
    let label = (icons::ICON_MEMORY.rich_text().size(size::ICON), RichText::new(short));
    ui.menu_button(label, |ui| {
        ui.set_width(MENU_WIDTH);
        widgets::section_label(ui, tr("Device", "计算设备"));
        for info in devices.infos() {
            let is_there = info.unavailable.is_none();
            let response = ui.add_enabled(
                is_there,
                egui::Button::selectable(info.id == chosen, &info.name)
                    .min_size(vec2(ui.available_width(), size::ROW)),
            );
            if let Some(trouble) = &info.unavailable {
                response.on_disabled_hover_ui(|ui| widgets::trouble_ui(ui, trouble));
            } else if response.clicked() {
                cx.dispatch(Command::SetDevice { device: info.id.clone() });
                ui.close();
            }
        }
    });
}

/// The line at the bottom: how the project stands, and that it stays here.
pub(crate) fn status_bar_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let weak = tokens(ui).weak;
    let small = |text: String| RichText::new(text).size(size::SMALL).color(weak);
    ui.horizontal_centered(|ui| {
        let n_nodes = cx.session.document().n_nodes();
        let count = |wanted: fn(&NodeStatus) -> bool| {
            cx.view.statuses.values().filter(|status| wanted(status)).count()
        };
        let n_fresh = count(|status| matches!(status, NodeStatus::Fresh));
        let n_running = count(|status| matches!(status, NodeStatus::Running { .. }));
        let mut text = format!(
            "{n_nodes} {} · {n_fresh} {}",
            tr("nodes", "个节点"),
            tr("up to date", "个最新")
        );
        if n_running > 0 {
            text.push_str(&format!(" · {n_running} {}", tr("running", "个运行中")));
        }
        ui.label(small(text));
        let errors = |severity| {
            cx.session
                .analysis()
                .diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.severity == severity)
                .count()
        };
        let (n_errors, n_warnings) = (errors(Severity::Error), errors(Severity::Warning));
        if n_errors + n_warnings > 0 {
            let text = format!("{} {}", n_errors + n_warnings, tr("problems", "个问题"));
            if ui.add(egui::Label::new(small(text)).sense(egui::Sense::click())).clicked() {
                cx.show_tab(Tab::Problems);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = if cx.view.panels.deploy.is_serving() {
                tr("a model is being served", "模型服务正在运行")
            } else {
                tr("offline · no data leaves this computer", "离线运行 · 数据不会离开本机")
            };
            ui.label(small(text.to_owned()));
        });
    });
}
