//! How a node stands, in one picture and a few words; for lists and the form.

use eframe::egui::{Color32, Rect, Ui};
use egui_material_icons::{MaterialIcon, icons};
use pg_pipeline::Node;
use pg_session::{NodeStatus, Session};

use crate::canvas::{Light, light_of};
use crate::theme::Tokens;
use crate::widgets;

/// What a light says: its picture, its colour and its words.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The picture; each way to stand has its own.
    pub icon: MaterialIcon,
    /// Its colour.
    pub color: Color32,
    /// In words.
    pub text: String,
}

/// The mark of a node: the same light that its card shows, with a picture instead of a shape.
pub fn mark(tokens: &Tokens, session: &Session, node: &Node, status: Option<&NodeStatus>) -> Mark {
    let (light, mut text) = light_of(session, node, status);
    let (icon, color) = match light {
        Light::Muted => (icons::ICON_VOLUME_OFF, tokens.weak),
        Light::Ready => (icons::ICON_RADIO_BUTTON_UNCHECKED, tokens.weak),
        Light::Stale => (icons::ICON_CONTRAST, tokens.warning),
        Light::Queued => (icons::ICON_SCHEDULE, tokens.weak),
        Light::Running(fraction) => {
            if let Some(fraction) = fraction {
                text.push_str(&format!(" · {:.0} %", fraction * 100.0));
            }
            (icons::ICON_CLOCK_LOADER_40, tokens.accent)
        }
        Light::Done => (icons::ICON_CHECK_CIRCLE, tokens.good),
        Light::Warned => (icons::ICON_WARNING, tokens.warning),
        Light::NotReady => (icons::ICON_BLOCK, tokens.bad),
        Light::Failed => (icons::ICON_ERROR, tokens.bad),
    };
    Mark { icon, color, text }
}

/// Paints a mark.
pub fn mark_ui(ui: &Ui, mark: &Mark, rect: Rect) {
    widgets::icon_at(ui, mark.icon, rect, 15.0, mark.color);
}
