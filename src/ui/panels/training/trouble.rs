//! What is said beside the curves when a training did not come to its end, with the button that goes on.

use eframe::egui::{RichText, Ui};
use egui_material_icons::icons;
use pg_base::{Trouble, Words, say};

use super::live::{Live, State};
use crate::actions;
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{size, tokens};
use crate::widgets;

/// Width of the column.
pub(crate) const WIDTH: f32 = 270.0;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notice {
    title: Words,
    body: Words,
    /// How the process died, in one line.
    reason: Words,
    trouble: Option<Trouble>,
    /// What the button says; none where there is nothing to press.
    button: Option<Words>,
}

/// The notice for a node, where one is due.
pub(crate) fn notice(cx: &Cx<'_>, node: &str, live: Option<&Live>) -> Option<Notice> {
    if cx.session.job().is_some() {
        return None;
    }
    let lost = cx.session.lost_job().and_then(|lost| Some((lost, lost.trainings.get(node)?)));
    if let Some((lost, reached)) = lost {
        let (epoch, n_epochs) = (reached.epoch, reached.n_epochs);
        let can_resume = cx.session.can_resume(node);
        return Some(Notice {
            title: say!(
                "The training ended at epoch {epoch} of {n_epochs}",
                "训练在第 {epoch} / {n_epochs} 轮中断"
            ),
            body: if can_resume {
                say!(
                    "The process that trained it is gone; your work is not. It can go on from the last checkpoint.",
                    "执行训练的进程已退出，但您的工作没有丢失。可以从最近的检查点继续。"
                )
            } else {
                say!(
                    "The process that trained it is gone; your work is not.",
                    "执行训练的进程已退出，但您的工作没有丢失。"
                )
            },
            reason: lost.trouble.details.found.clone(),
            trouble: None,
            button: Some(if can_resume {
                say!("Resume from the checkpoint", "从检查点继续")
            } else {
                say!("Train again", "重新训练")
            }),
        });
    }
    match &live?.state {
        State::Failed(trouble) => Some(Notice {
            title: say!("The training could not go on", "训练无法继续"),
            body: Words::default(),
            reason: Words::default(),
            trouble: Some(trouble.clone()),
            button: None,
        }),
        State::Cancelled if cx.session.can_resume(node) => Some(Notice {
            title: say!("The training was cancelled", "训练已取消"),
            body: say!("The last checkpoint is still there.", "最近的检查点仍然保留。"),
            reason: Words::default(),
            trouble: None,
            button: Some(say!("Resume from the checkpoint", "从检查点继续")),
        }),
        _ => None,
    }
}

/// Draws it.
pub(crate) fn notice_ui(ui: &mut Ui, cx: &mut Cx<'_>, notice: &Notice) {
    let is_bad = notice.trouble.is_some() || !notice.reason.is_empty();
    widgets::notice_ui(ui, is_bad, |ui| {
        widgets::subheading(ui, notice.title.tr());
        if !notice.body.is_empty() {
            ui.label(RichText::new(notice.body.tr()).color(tokens(ui).text));
        }
        if !notice.reason.is_empty() {
            let reason = widgets::sentence(notice.reason.tr());
            ui.label(RichText::new(reason).size(size::SMALL).color(tokens(ui).weak));
        }
        if let Some(trouble) = &notice.trouble {
            widgets::trouble_ui(ui, trouble);
        }
        if let Some(button) = &notice.button {
            ui.add_space(4.0);
            if widgets::primary_button(ui, Some(icons::ICON_PLAY_ARROW), button.tr()).clicked() {
                cx.act(&actions::RUN);
            }
        } else if widgets::link(ui, tr("Run again", "重新运行")).clicked() {
            cx.act(&actions::RUN);
        }
    });
}
