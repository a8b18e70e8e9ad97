//! How a node stands, in one picture and a few words; for lists and the form.

use eframe::egui::{Color32, Rect, Ui};
use egui_material_icons::{MaterialIcon, icons};
use pg_session::NodeStatus;

use crate::lang::{Tr, tr};
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

/// The mark of a node.
pub fn mark(tokens: &Tokens, status: Option<&NodeStatus>, is_muted: bool) -> Mark {
    let of = |icon, color, text: &str| Mark { icon, color, text: text.to_owned() };
    if is_muted {
        return of(icons::ICON_VOLUME_OFF, tokens.weak, tr("Muted", "已静音"));
    }
    match status {
        None | Some(NodeStatus::Idle) => of(
            icons::ICON_RADIO_BUTTON_UNCHECKED,
            tokens.weak,
            tr("Runs only when asked", "仅在要求时运行"),
        ),
        Some(NodeStatus::Fresh) => {
            of(icons::ICON_CHECK_CIRCLE, tokens.good, tr("Up to date", "已是最新"))
        }
        Some(NodeStatus::Stale { why }) => {
            of(icons::ICON_RADIO_BUTTON_UNCHECKED, tokens.weak, &widgets::sentence(why.tr()))
        }
        Some(NodeStatus::Queued) => {
            of(icons::ICON_SCHEDULE, tokens.accent, tr("Waiting to run", "等待运行"))
        }
        Some(NodeStatus::Running { fraction }) => {
            let percent = fraction
                .map(|fraction| format!(" · {:.0} %", fraction * 100.0))
                .unwrap_or_default();
            of(
                icons::ICON_CLOCK_LOADER_40,
                tokens.accent,
                &format!("{}{percent}", tr("Running", "正在运行")),
            )
        }
        Some(NodeStatus::Failed { trouble }) => {
            of(icons::ICON_ERROR, tokens.bad, &widgets::sentence(trouble.details.found.tr()))
        }
        Some(NodeStatus::Blocked { trouble }) => {
            of(icons::ICON_WARNING, tokens.warning, &widgets::sentence(trouble.details.found.tr()))
        }
        Some(NodeStatus::CutOff { because }) => {
            of(icons::ICON_BLOCK, tokens.weak, &format!("{} `{because}`", tr("Waits for", "等待")))
        }
    }
}

/// Paints a mark.
pub fn mark_ui(ui: &Ui, mark: &Mark, rect: Rect) {
    widgets::icon_at(ui, mark.icon, rect, 15.0, mark.color);
}
