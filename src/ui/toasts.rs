//! Short messages in the lower right corner: done and information go by themselves, troubles stay until they are read.

use std::time::{Duration, Instant};

use eframe::egui::{self, Align2, Area, Context, Frame, Id, Margin, Order, RichText, Stroke};
use egui_material_icons::icons;
use pg_base::{Trouble, Words};

use crate::actions::Action;
use crate::lang::{Tr, tr};
use crate::theme::{self, tokens};
use crate::widgets;

/// How long a message that needs no answer stays.
const STAYS: Duration = Duration::from_secs(5);
/// Messages on the screen at once.
const MAX_SHOWN: usize = 4;

#[derive(Debug)]
enum Body {
    Said(Words),
    Troubled(Trouble),
}

#[derive(Debug)]
struct Toast {
    body: Body,
    action: Option<&'static Action>,
    since: Instant,
}

/// The messages.
#[derive(Debug, Default)]
pub struct Toasts(Vec<Toast>);

impl Toasts {
    /// Says something that goes by itself.
    pub fn say(&mut self, words: impl Into<Words>) {
        self.push(Body::Said(words.into()), None);
    }

    /// Shows a trouble; the same one is not shown twice.
    pub fn trouble(&mut self, trouble: &Trouble) {
        self.trouble_with(trouble, None);
    }

    /// Shows a trouble with something to do about it.
    pub fn trouble_with(&mut self, trouble: &Trouble, action: Option<&'static Action>) {
        if trouble.is_cancelled() {
            return;
        }
        self.0.retain(|toast| !matches!(&toast.body, Body::Troubled(other) if other == trouble));
        self.push(Body::Troubled(trouble.clone()), action);
    }

    /// Takes the newest one back, for somebody who says it in a better place.
    pub fn take_back(&mut self) {
        self.0.pop();
    }

    /// Takes back what offered something to do, once it is being done.
    pub fn forget_actions(&mut self) {
        self.0.retain(|toast| toast.action.is_none());
    }

    fn push(&mut self, body: Body, action: Option<&'static Action>) {
        self.0.push(Toast { body, action, since: Instant::now() });
        let n_over = self.0.len().saturating_sub(MAX_SHOWN);
        self.0.drain(..n_over);
    }

    /// Draws them; gives the action that was clicked.
    pub fn show(&mut self, ctx: &Context) -> Option<&'static Action> {
        self.0.retain(|toast| {
            matches!(toast.body, Body::Troubled(_)) || toast.since.elapsed() < STAYS
        });
        if self.0.is_empty() {
            return None;
        }
        if self.0.iter().any(|toast| matches!(toast.body, Body::Said(_))) {
            ctx.request_repaint_after(Duration::from_millis(500));
        }
        let mut clicked = None;
        let mut dismissed = None;
        let offset = egui::vec2(-16.0, -theme::size::STATUS_BAR - 12.0);
        Area::new(Id::unique("toasts"))
            .order(Order::Foreground)
            .anchor(Align2::RIGHT_BOTTOM, offset)
            .show(ctx, |ui| {
                ui.set_width(340.0);
                for (index, toast) in self.0.iter().enumerate() {
                    let tokens = tokens(ui);
                    let (icon, color) = match &toast.body {
                        Body::Said(_) => (icons::ICON_CHECK_CIRCLE, tokens.good),
                        Body::Troubled(_) => (icons::ICON_ERROR, tokens.bad),
                    };
                    let frame = Frame::new()
                        .fill(tokens.panel)
                        .stroke(Stroke::new(1.0, tokens.border))
                        .corner_radius(8)
                        .inner_margin(Margin::symmetric(12, 10))
                        .shadow(ui.visuals().popup_shadow);
                    frame.show(ui, |ui| {
                        ui.set_width(ui.available_width());
                        ui.horizontal_top(|ui| {
                            ui.label(icon.rich_text().size(18.0).color(color));
                            ui.vertical(|ui| {
                                ui.set_width(ui.available_width() - 34.0);
                                match &toast.body {
                                    Body::Said(words) => {
                                        ui.add(
                                            egui::Label::new(
                                                RichText::new(words.tr()).color(tokens.strong),
                                            )
                                            .wrap(),
                                        );
                                    }
                                    Body::Troubled(trouble) => widgets::trouble_ui(ui, trouble),
                                }
                                if let Some(action) = toast.action
                                    && widgets::link(ui, action.label.tr()).clicked()
                                {
                                    clicked = Some(action);
                                    dismissed = Some(index);
                                }
                            });
                            if widgets::icon_button(ui, icons::ICON_CLOSE, tr("Dismiss", "关闭"))
                                .clicked()
                            {
                                dismissed = Some(index);
                            }
                        });
                    });
                    ui.add_space(4.0);
                }
            });
        if let Some(index) = dismissed {
            self.0.remove(index);
        }
        clicked
    }
}
