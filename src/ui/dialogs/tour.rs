//! The guided tour: five steps beside the real things. Each goes on when it was really done, each can be skipped, and
//! none is in the way of anything.

use eframe::egui::{
    Align, Area, Context, CornerRadius, Frame, Id, Layout, Margin, Order, Pos2, Rect, RichText,
    Shape, Stroke, StrokeKind, Ui, Vec2, containers::PanelState, pos2, vec2,
};
use pg_base::{Text, t};
use pg_session::Event;

use crate::cx::Cx;
use crate::dialogs::{self, Dialog};
use crate::lang::{Tr, tr};
use crate::panels::Tab;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Width of the card.
const WIDTH: f32 = 316.0;
/// Points between the card and what it speaks of.
const GAP: f32 = 14.0;

/// Things that a step speaks of and that tell where they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Spot {
    /// The first template that opens with sample data.
    Welcome,
    /// The button that runs everything.
    Run,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Offer,
    Open,
    Look,
    Run,
    Judge,
    Use,
}

/// Where the tour is.
#[derive(Debug, Default)]
pub(crate) struct Tour {
    step: Option<Step>,
    /// The run of the tour ended, but not well.
    has_failed: bool,
}

impl Step {
    const ALL: [Self; 5] = [Self::Open, Self::Look, Self::Run, Self::Judge, Self::Use];

    fn next(self) -> Option<Self> {
        let at = Self::ALL.iter().position(|step| *step == self);
        Self::ALL.get(at.map_or(0, |at| at + 1)).copied()
    }

    fn title(self) -> Text {
        match self {
            Self::Offer => t("New here?", "第一次使用？"),
            Self::Open => t("Open a template", "打开一个模板"),
            Self::Look => t("The road from data to a model", "从数据到模型的路线"),
            Self::Run => t("Run it", "运行"),
            Self::Judge => t("How good is it?", "效果如何？"),
            Self::Use => t("Use the model", "使用模型"),
        }
    }

    fn text(self) -> Text {
        match self {
            Self::Offer => t(
                "A tour in five short steps shows the way from data to a working model.",
                "五个简短的步骤，带您了解从数据到可用模型的全过程。",
            ),
            Self::Open => t(
                "Choose what you want to do and open it with the sample data that comes along.",
                "选择您想做的事，并用自带的示例数据打开。",
            ),
            Self::Look => t(
                "Each box is a step: data comes in at the left, and a model leaves at the right. Click a box to see and \
                 change its settings.",
                "每个方框是一个步骤：数据从左侧进入，模型从右侧产出。点击任意方框即可查看和修改它的设置。",
            ),
            Self::Run => t(
                "Run computes everything that is not up to date. The boxes show how far it is, and the curves below show \
                 how the model learns.",
                "“运行”会计算所有未更新的步骤。方框会显示进度，下方的曲线展示模型的学习过程。",
            ),
            Self::Judge => t(
                "The report tells how good the model is on rows that it has never seen, and compares it with a simple \
                 guess. That is the number to trust.",
                "报告展示模型在从未见过的数据上的表现，并与简单猜测作比较。这才是值得信赖的数字。",
            ),
            Self::Use => t(
                "Open Deploy to try the model with values of your own, to predict a whole file, or to offer it to other \
                 programs.",
                "打开“部署”，用自己的数值试用模型、预测整个文件，或供其他程序调用。",
            ),
        }
    }
}

/// Tells the tour where something lies in this pass.
pub(crate) fn mark(ui: &Ui, spot: Spot, rect: Rect) {
    let now = ui.ctx().cumulative_pass_nr();
    ui.data_mut(|data| data.insert_temp(spot_id(spot), (now, rect)));
}

/// The same for the first of several.
pub(crate) fn mark_first(ui: &Ui, spot: Spot, rect: Rect) {
    let now = ui.ctx().cumulative_pass_nr();
    let is_marked = ui
        .data(|data| data.get_temp::<(u64, Rect)>(spot_id(spot)))
        .is_some_and(|(pass, _)| pass == now);
    if !is_marked {
        mark(ui, spot, rect);
    }
}

impl Tour {
    /// Begins it.
    pub(crate) fn start(&mut self) {
        *self = Self { step: Some(Step::Open), has_failed: false };
    }

    /// Asks whether it is wanted.
    fn offer(&mut self) {
        self.step.get_or_insert(Step::Offer);
    }
}

/// Follows what is really done.
pub(crate) fn hear(cx: &mut Cx<'_>, event: &Event) {
    let tour = &mut cx.view.dialogs.tour;
    match event {
        Event::ProjectOpened { .. } => {
            let is_sample = std::mem::take(&mut cx.view.dialogs.gallery.wants_tour);
            if is_sample && !cx.view.settings.has_seen_tour {
                tour.offer();
            }
        }
        Event::JobStarted { .. } => tour.has_failed = false,
        Event::JobEnded { outcome, .. } if tour.step == Some(Step::Run) => {
            if outcome.as_ref().is_ok_and(pg_pipeline::RunOutcome::is_ok) {
                tour.step = Some(Step::Judge);
            } else {
                tour.has_failed = true;
            }
        }
        _ => {}
    }
}

/// Draws the step.
pub(crate) fn show(ctx: &Context, cx: &mut Cx<'_>) {
    let Some(step) = cx.view.dialogs.tour.step else { return };
    if is_done(cx, step) {
        cx.view.dialogs.tour.step = step.next();
        ctx.request_repaint();
        return;
    }
    // A dialog has the word.
    if cx.view.dialogs.takes_keys() {
        return;
    }
    let target = target(ctx, cx, step);
    if let Some(target) = target {
        ring(ctx, target);
    }
    let has_failed = cx.view.dialogs.tour.has_failed;
    let (at, caret) = place(ctx, step, target);
    let answer = Area::new(Id::unique("tour"))
        .order(Order::Foreground)
        .fixed_pos(at)
        .constrain(true)
        .show(ctx, |ui| step_ui(ui, cx, step, has_failed))
        .inner;
    if let Some((tip, side)) = caret {
        paint_caret(ctx, tip, side);
    }
    match answer {
        Some(Answer::Next) => {
            cx.view.dialogs.tour.step = step.next();
            if cx.view.dialogs.tour.step.is_none() {
                cx.view.settings.has_seen_tour = true;
            }
        }
        Some(Answer::End) => {
            cx.view.dialogs.tour.step = None;
            cx.view.settings.has_seen_tour = true;
        }
        Some(Answer::Gallery) => cx.view.dialogs.open(Dialog::Gallery),
        None => {}
    }
}

/// What the person did already without being told.
fn is_done(cx: &Cx<'_>, step: Step) -> bool {
    match step {
        Step::Open => cx.session.document().n_nodes() > 0,
        Step::Look => !cx.view.selection.nodes.is_empty() || cx.session.job().is_some(),
        Step::Judge => cx.view.panels.is_open && cx.view.panels.tab == Tab::Deploy,
        Step::Offer | Step::Run | Step::Use => false,
    }
}

/// Where what a step speaks of lies.
fn target(ctx: &Context, cx: &Cx<'_>, step: Step) -> Option<Rect> {
    match step {
        Step::Offer => None,
        Step::Open => spot(ctx, Spot::Welcome),
        Step::Look => Some(canvas(ctx, cx)),
        Step::Run => spot(ctx, Spot::Run),
        Step::Judge | Step::Use => panel(ctx, "panels").filter(|_| cx.view.panels.is_open),
    }
}

fn spot(ctx: &Context, spot: Spot) -> Option<Rect> {
    let now = ctx.cumulative_pass_nr();
    let (pass, rect) = ctx.data(|data| data.get_temp::<(u64, Rect)>(spot_id(spot)))?;
    (pass + 1 >= now).then_some(rect)
}

fn spot_id(spot: Spot) -> Id {
    Id::unique(("tour-spot", spot))
}

/// The rectangle of a panel in the last pass.
fn panel(ctx: &Context, name: &str) -> Option<Rect> {
    PanelState::load(ctx, ctx.viewport_id().root_ui_id().with(name)).map(|state| state.outer_rect)
}

/// What the panels leave.
fn canvas(ctx: &Context, cx: &Cx<'_>) -> Rect {
    let mut rect = ctx.content_rect();
    rect.min.y += size::TOP_BAR;
    rect.max.y -= size::STATUS_BAR;
    if let Some(library) = panel(ctx, "library").filter(|_| cx.view.library.is_open) {
        rect.min.x = library.right();
    }
    if let Some(inspector) = panel(ctx, "inspector").filter(|_| cx.view.inspector.is_open) {
        rect.max.x = inspector.left();
    }
    if let Some(panels) = panel(ctx, "panels").filter(|_| cx.view.panels.is_open) {
        rect.max.y = panels.top();
    }
    rect
}

/// Which edge of the card the caret stands on.
#[derive(Clone, Copy)]
enum Side {
    Top,
    Left,
    Bottom,
}

/// Where the card goes, and where its caret points to.
fn place(ctx: &Context, step: Step, target: Option<Rect>) -> (Pos2, Option<(Pos2, Side)>) {
    let all = ctx.content_rect();
    let height = 170.0;
    let Some(target) = target else {
        return (
            pos2(all.right() - WIDTH - 40.0, all.bottom() - size::STATUS_BAR - height - 24.0),
            None,
        );
    };
    match step {
        Step::Look => (pos2(target.right() - WIDTH - 20.0, target.bottom() - height - 20.0), None),
        Step::Judge | Step::Use => {
            let tip = pos2(target.left() + 300.0, target.top() - 2.0);
            (pos2(tip.x - 60.0, tip.y - GAP - height), Some((tip, Side::Bottom)))
        }
        _ if target.bottom() + GAP + height < all.bottom() => {
            let x = (target.center().x - WIDTH / 2.0)
                .clamp(all.left() + 12.0, all.right() - WIDTH - 12.0);
            let tip = pos2(target.center().x, target.bottom() + 4.0);
            (pos2(x, tip.y + GAP), Some((tip, Side::Top)))
        }
        _ => {
            let tip = pos2(target.right() + 4.0, target.center().y);
            (pos2(tip.x + GAP, target.center().y - 40.0), Some((tip, Side::Left)))
        }
    }
}

enum Answer {
    Next,
    End,
    Gallery,
}

fn step_ui(ui: &mut Ui, cx: &Cx<'_>, step: Step, has_failed: bool) -> Option<Answer> {
    let tokens = tokens(ui);
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(1.0, tokens.accent))
        .corner_radius(CornerRadius::same(10))
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin { left: 16, right: 16, top: 14, bottom: 12 });
    frame.show(ui, |ui| {
        ui.set_width(WIDTH - 32.0);
        let title = RichText::new(step.title().tr()).font(theme::bold(14.5)).color(tokens.strong);
        ui.label(title);
        let text = match step {
            Step::Run if has_failed => t(
                "Something went wrong. The red box says what, and Problems lists it with a way to mend it. Then run again.",
                "出了点问题。红色方框会说明原因，“问题”面板会列出它以及解决办法。修复后请再次运行。",
            ),
            Step::Run if cx.session.job().is_some() => t(
                "It is running. The light on each box turns green when its result is there.",
                "正在运行。方框上的指示灯变绿，表示结果已就绪。",
            ),
            Step::Use if cx.view.panels.is_open && cx.view.panels.tab == Tab::Deploy => t(
                "That is the whole road. Now try it with data of your own: New project, “Use my own data”.",
                "这就是完整的流程。现在用自己的数据试试吧：新建项目，“使用我的数据”。",
            ),
            step => step.text(),
        };
        ui.add(eframe::egui::Label::new(RichText::new(text.tr()).color(tokens.text)).wrap());
        ui.add_space(8.0);
        foot_ui(ui, cx, step)
    })
    .inner
}

fn foot_ui(ui: &mut Ui, cx: &Cx<'_>, step: Step) -> Option<Answer> {
    let row = vec2(ui.available_width(), size::CONTROL);
    ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
        let mut answer = None;
        let is_homeless = step == Step::Open && !dialogs::is_welcome(cx);
        let (label, meaning) = match step {
            Step::Offer => (tr("Show me", "带我看看"), Answer::Next),
            Step::Open if is_homeless => (tr("Open the gallery", "打开模板库"), Answer::Gallery),
            Step::Judge => (tr("Next", "下一步"), Answer::Next),
            Step::Use => (tr("Done", "完成"), Answer::End),
            _ => (tr("Skip", "跳过"), Answer::Next),
        };
        let is_primary = is_homeless || matches!(step, Step::Offer | Step::Judge | Step::Use);
        let button = if is_primary {
            widgets::primary_button(ui, None, label)
        } else {
            widgets::button(ui, None, label)
        };
        if button.clicked() {
            answer = Some(meaning);
        }
        let end = if step == Step::Offer {
            tr("No, thanks", "不用了")
        } else {
            tr("End the tour", "结束引导")
        };
        if step != Step::Use && widgets::button(ui, None, end).clicked() {
            answer = Some(Answer::End);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| dots_ui(ui, step));
        answer
    })
    .inner
}

/// How far the tour is.
fn dots_ui(ui: &mut Ui, step: Step) {
    let Some(at) = Step::ALL.iter().position(|other| *other == step) else { return };
    let tokens = tokens(ui);
    let (rect, _) = ui
        .allocate_exact_size(vec2(12.0 * Step::ALL.len() as f32, 8.0), eframe::egui::Sense::HOVER);
    for index in 0..Step::ALL.len() {
        let color = if index == at { tokens.accent } else { tokens.border };
        ui.painter().circle_filled(
            pos2(rect.left() + 4.0 + 12.0 * index as f32, rect.center().y),
            3.0,
            color,
        );
    }
}

/// The ring around what a step speaks of.
fn ring(ctx: &Context, target: Rect) {
    let layer = eframe::egui::LayerId::new(Order::Middle, Id::unique("tour-ring"));
    let tokens = theme::of(ctx.global_style().visuals.dark_mode);
    let painter = ctx.layer_painter(layer);
    let radius = CornerRadius::same(8);
    painter.rect_stroke(
        target.expand(3.0),
        radius,
        Stroke::new(2.0, tokens.accent),
        StrokeKind::Middle,
    );
    let halo = Stroke::new(4.0, tokens.accent.gamma_multiply(0.25));
    painter.rect_stroke(target.expand(6.0), CornerRadius::same(10), halo, StrokeKind::Middle);
}

fn paint_caret(ctx: &Context, tip: Pos2, side: Side) {
    let layer = eframe::egui::LayerId::new(Order::Middle, Id::unique("tour-ring"));
    let tokens = theme::of(ctx.global_style().visuals.dark_mode);
    let (along, out) = match side {
        Side::Top => (Vec2::X, Vec2::Y),
        Side::Bottom => (Vec2::X, -Vec2::Y),
        Side::Left => (Vec2::Y, Vec2::X),
    };
    let base = tip + out * GAP;
    let points = vec![tip, base + along * 9.0, base - along * 9.0];
    ctx.layer_painter(layer).add(Shape::convex_polygon(points, tokens.accent, Stroke::NONE));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tour_has_five_steps_and_an_end() {
        let mut step = Step::Offer.next();
        let mut n_steps = 0;
        while let Some(now) = step {
            assert!(!now.title().zh.is_empty() && !now.text().zh.is_empty());
            n_steps += 1;
            step = now.next();
        }
        assert_eq!(n_steps, 5);
    }
}
