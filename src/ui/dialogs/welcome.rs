//! The first thing anybody sees: templates to begin with, recent projects, and other ways in.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use eframe::egui::{
    self, Align, Align2, Color32, Label, Layout, Mesh, Rect, RichText, Role, ScrollArea, Sense,
    Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::{MaterialIcon, icons};
use pg_session::Command;

use super::gallery::{self, Wish};
use super::projects::{self, guarded};
use crate::actions;
use crate::cx::Cx;
use crate::lang::tr;
use crate::tasks::Task;
use crate::theme::{self, size, tokens};
use crate::{when, widgets};

/// Widest the content grows.
const MAX_WIDTH: f32 = 1080.0;
/// Recent projects shown.
const MAX_RECENT: usize = 5;
const RECENT_ROW: f32 = 44.0;

/// Recent projects, looked up on the disk.
#[derive(Debug, Default)]
pub(crate) struct Welcome {
    asked: Vec<PathBuf>,
    task: Option<Task<Vec<Age>>>,
    ages: Vec<Age>,
}

/// What the disk says about a project.
#[derive(Clone, Copy, Debug, Default)]
enum Age {
    /// Nothing yet.
    #[default]
    Unknown,
    /// It is not there any more.
    Gone,
    /// When it was changed.
    Changed(SystemTime),
}

impl Welcome {
    fn poll(&mut self, ctx: &egui::Context, recent: &[PathBuf]) {
        if self.asked != recent {
            self.asked = recent.to_vec();
            self.ages.clear();
            let paths = self.asked.clone();
            self.task = Some(Task::spawn(ctx, move |_| {
                let changed =
                    |path: &PathBuf| std::fs::metadata(path).and_then(|data| data.modified());
                Ok(paths.iter().map(|path| changed(path).map_or(Age::Gone, Age::Changed)).collect())
            }));
        }
        if let Some(Ok(ages)) = self.task.as_mut().and_then(Task::poll) {
            self.task = None;
            self.ages = ages;
        }
    }
}

/// Draws it over the whole middle of the window.
pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    background(ui);
    let recent: Vec<PathBuf> = cx.view.settings.recent.iter().take(MAX_RECENT).cloned().collect();
    cx.view.dialogs.welcome.poll(cx.egui, &recent);
    let all = ui.available_rect_before_wrap();
    let width = (all.width() - 64.0).min(MAX_WIDTH);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let side = ((all.width() - width) / 2.0).max(0.0);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.add_space(side);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
                ui.add_space((all.height() * 0.06).clamp(18.0, 64.0));
                head_ui(ui, cx);
                ui.add_space(22.0);
                if let Some(wish) = gallery::cards_ui(ui, cx, false) {
                    gallery::obey(cx, wish);
                }
                ui.add_space(14.0);
                below_ui(ui, cx, &recent);
                ui.add_space(24.0);
            });
        });
    });
}

/// The dots of the canvas, and a breath of the accent from above.
fn background(ui: &Ui) {
    let tokens = tokens(ui);
    let rect = ui.max_rect();
    let mut dots = Mesh::default();
    let step = size::GRID;
    let mut y = rect.top() + step / 2.0;
    while y < rect.bottom() {
        let mut x = rect.left() + step / 2.0;
        while x < rect.right() {
            dots.add_colored_rect(Rect::from_center_size(pos2(x, y), vec2(1.5, 1.5)), tokens.grid);
            x += step;
        }
        y += step;
    }
    ui.painter().add(Shape::mesh(dots));
    let mut glow = Mesh::default();
    let strong = tokens.accent.gamma_multiply(if ui.visuals().dark_mode { 0.13 } else { 0.09 });
    let bottom = rect.top() + 320.0;
    let middle = rect.center().x;
    glow.colored_vertex(pos2(middle, rect.top()), strong);
    for (x, y) in [
        (rect.left(), rect.top()),
        (rect.left(), bottom),
        (middle, bottom),
        (rect.right(), bottom),
        (rect.right(), rect.top()),
    ] {
        glow.colored_vertex(pos2(x, y), Color32::TRANSPARENT);
    }
    for corner in 1..5 {
        glow.add_triangle(0, corner, corner + 1);
    }
    ui.painter().add(Shape::mesh(glow));
}

fn head_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let tokens = tokens(ui);
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            let title = tr("What do you want to do?", "您想做什么？");
            ui.add(Label::new(RichText::new(title).font(theme::bold(28.0)).color(tokens.strong)).selectable(false));
            ui.add_space(2.0);
            let text = tr(
                "Build, train, judge and use a model without writing code. Your data stays on this computer.",
                "无需编写代码，即可构建、训练、评估和使用模型。数据始终留在本机。",
            );
            ui.add(Label::new(RichText::new(text).size(14.0).color(tokens.weak)).selectable(false));
        });
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            let label = tr("中文", "English");
            if widgets::button(ui, Some(icons::ICON_TRANSLATE), label).clicked() {
                cx.act(&actions::LANGUAGE);
            }
        });
    });
}

/// Recent projects at the left, other ways in at the right.
fn below_ui(ui: &mut Ui, cx: &mut Cx<'_>, recent: &[PathBuf]) {
    let width = ui.available_width();
    let is_wide = width > 620.0;
    let left = if is_wide { ((width - 32.0) * 0.56).floor() } else { width };
    let draw = |ui: &mut Ui, cx: &mut Cx<'_>| {
        ui.vertical(|ui| {
            ui.set_width(left);
            if recent.is_empty() {
                widgets::section_label(ui, tr("Your data", "您的数据"));
                ui.add_space(4.0);
                drop_hint_ui(ui, 3.0 * (RECENT_ROW + 2.0) - 2.0);
            } else {
                recent_ui(ui, cx, recent);
            }
        });
        if is_wide {
            ui.add_space(32.0);
        }
        ui.vertical(|ui| {
            ui.set_width(if is_wide { width - left - 32.0 } else { width });
            other_ui(ui, cx, !recent.is_empty());
        });
    };
    if is_wide {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            draw(ui, cx);
        });
    } else {
        draw(ui, cx);
    }
}

fn recent_ui(ui: &mut Ui, cx: &mut Cx<'_>, recent: &[PathBuf]) {
    widgets::section_label(ui, tr("Recent projects", "最近的项目"));
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.add_space(2.0);
    let mut forget = None;
    for (index, path) in recent.iter().enumerate() {
        let age = cx.view.dialogs.welcome.ages.get(index).copied().unwrap_or_default();
        match project_ui(ui, path, age) {
            Some(true) => {
                let path = path.clone();
                guarded(cx, move |cx| cx.dispatch(Command::Open { path }));
            }
            Some(false) => forget = Some(path.clone()),
            None => {}
        }
    }
    if let Some(path) = forget {
        cx.view.settings.recent.retain(|other| *other != path);
    }
}

/// One project: name, folder and age. True where it is to be opened, false where it is to be forgotten.
fn project_ui(ui: &mut Ui, path: &Path, age: Age) -> Option<bool> {
    let tokens = tokens(ui);
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let is_gone = matches!(age, Age::Gone);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), RECENT_ROW), Sense::click());
    let response = response.on_hover_text(path.display().to_string());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.hovered() {
        ui.painter().rect_filled(rect, size::CARD_RADIUS, tokens.hover);
    }
    widgets::focus_ring(ui, &response);
    let icon_rect =
        Rect::from_center_size(pos2(rect.left() + 22.0, rect.center().y), vec2(20.0, 20.0));
    let color = if is_gone { tokens.weak } else { tokens.accent };
    widgets::icon_at(ui, icons::ICON_ACCOUNT_TREE, icon_rect, 20.0, color);
    let mut forget = None;
    let room = Rect::from_min_max(
        pos2(rect.left() + 44.0, rect.top() + 4.0),
        pos2(rect.right() - 12.0, rect.bottom() - 4.0),
    );
    let mut inner = ui.new_child(
        egui::UiBuilder::new().max_rect(room).layout(Layout::right_to_left(Align::Center)),
    );
    if is_gone {
        let label = tr("Remove from this list", "从列表中移除");
        if widgets::icon_button(&mut inner, icons::ICON_CLOSE, label).clicked() {
            forget = Some(false);
        }
    }
    let age = match age {
        Age::Changed(time) => when::since(time),
        Age::Gone => tr("not found", "找不到").to_owned(),
        Age::Unknown => String::new(),
    };
    inner
        .add(Label::new(RichText::new(age).size(size::SMALL).color(tokens.weak)).selectable(false));
    inner.with_layout(Layout::top_down(Align::Min), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(1.0);
        let color = if is_gone { tokens.weak } else { tokens.strong };
        ui.add(Label::new(RichText::new(&name).color(color)).truncate().selectable(false));
        let folder = path.parent().unwrap_or(path).display().to_string();
        let folder = RichText::new(folder).size(size::SMALL).color(tokens.weak);
        ui.add(Label::new(folder).truncate().selectable(false));
    });
    forget.or((response.clicked() && !is_gone).then_some(true))
}

fn other_ui(ui: &mut Ui, cx: &mut Cx<'_>, hints_at_dropping: bool) {
    widgets::section_label(ui, tr("Other ways to begin", "其他开始方式"));
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.add_space(2.0);
    let open = tr("Open a project", "打开项目");
    if way_ui(
        ui,
        icons::ICON_FOLDER_OPEN,
        open,
        tr("One that you saved or were given", "您保存过或收到的项目"),
    ) {
        cx.act(&actions::OPEN);
    }
    let empty = tr("Empty canvas", "空白画布");
    if way_ui(ui, icons::ICON_ADD, empty, tr("Put the steps together yourself", "自行搭建每个步骤"))
    {
        gallery::obey(cx, Wish::Empty);
    }
    let tour = tr("Take the tour", "新手引导");
    if way_ui(
        ui,
        icons::ICON_SCHOOL,
        tour,
        tr("Five short steps on sample data", "用示例数据走完五个简短步骤"),
    ) {
        cx.act(&actions::TOUR);
    }
    if hints_at_dropping {
        ui.add_space(8.0);
        drop_hint_ui(ui, 74.0);
    }
}

/// A row with an icon, a title and what it means.
fn way_ui(ui: &mut Ui, icon: MaterialIcon, title: &str, text: &str) -> bool {
    let tokens = tokens(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), RECENT_ROW), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, title));
    if response.hovered() {
        ui.painter().rect_filled(rect, size::CARD_RADIUS, tokens.hover);
    }
    widgets::focus_ring(ui, &response);
    let icon_rect =
        Rect::from_center_size(pos2(rect.left() + 22.0, rect.center().y), vec2(20.0, 20.0));
    widgets::icon_at(ui, icon, icon_rect, 20.0, tokens.accent);
    let at = |dy: f32| pos2(rect.left() + 44.0, rect.center().y + dy);
    let painter = ui.painter();
    painter.text(at(-8.5), Align2::LEFT_CENTER, title, theme::regular(size::BODY), tokens.strong);
    painter.text(at(8.5), Align2::LEFT_CENTER, text, theme::regular(size::SMALL), tokens.weak);
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

fn drop_hint_ui(ui: &mut Ui, height: f32) {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::HOVER);
    projects::dashed_rect(
        ui,
        rect.shrink(1.0),
        8.0,
        Stroke::new(1.0, tokens.weak.gamma_multiply(0.6)),
    );
    let icon_rect =
        Rect::from_center_size(pos2(rect.left() + 34.0, rect.center().y), vec2(24.0, 24.0));
    widgets::icon_at(ui, icons::ICON_UPLOAD_FILE, icon_rect, 24.0, tokens.weak);
    let text = tr(
        "Drop a data file, a folder of pictures or a project anywhere in the window",
        "将数据文件、图片文件夹或项目拖到窗口任意位置",
    );
    let room =
        Rect::from_min_max(pos2(rect.left() + 62.0, rect.top() + 8.0), rect.max - vec2(16.0, 8.0));
    let mut inner = ui.new_child(
        egui::UiBuilder::new().max_rect(room).layout(Layout::left_to_right(Align::Center)),
    );
    inner.add(Label::new(RichText::new(text).color(tokens.weak)).wrap().selectable(false));
}
