//! The filters that are on, each with a cross to take it away.

use eframe::egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use egui_material_icons::icons;

use super::filter::{Draft, DraftPart};
use super::marks;
use super::open::OpenTable;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Characters of a chip.
const MAX_CHARS: usize = 48;

/// Draws the chips where there are any.
pub(super) fn chips_ui(ui: &mut Ui, open: &mut OpenTable) {
    let mut tests: Vec<(String, DraftPart, String)> = Vec::new();
    for (name, draft) in &open.drafts {
        let Some(column) = open.view.schema().get(name) else { continue };
        for (part, _) in draft.tests(&column.kind) {
            tests.push((name.clone(), part, draft.describe(name, part)));
        }
    }
    if tests.is_empty() && open.chosen.is_none() && open.part.is_none() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
        if let Some(chosen) = &open.chosen {
            let text =
                format!("{} · {}", chosen.label.tr(), widgets::count(chosen.rows.len() as u64));
            if chip_ui(ui, &text) {
                open.chosen = None;
            }
        }
        if let Some(part) = open.part.filter(|_| open.view.is_split())
            && chip_ui(ui, marks::part_label(part))
        {
            open.part = None;
        }
        let n_tests = tests.len();
        for (name, part, text) in tests {
            if chip_ui(ui, &text)
                && let Some(draft) = open.drafts.get_mut(&name)
            {
                draft.clear(part);
                if *draft == Draft::default() {
                    open.drafts.remove(&name);
                }
            }
        }
        if n_tests > 1 && widgets::link(ui, tr("Remove all", "全部移除")).clicked() {
            open.clear_filters();
        }
    });
}

/// One chip; true where its cross was clicked.
fn chip_ui(ui: &mut Ui, text: &str) -> bool {
    let tokens = tokens(ui);
    let shown = marks::short(text, MAX_CHARS);
    let galley = ui.painter().layout_no_wrap(shown, theme::regular(size::SMALL), tokens.strong);
    let (rect, response) =
        ui.allocate_exact_size(vec2(galley.size().x + 34.0, 24.0), Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Button,
            true,
            format!("{} {text}", tr("Remove the filter:", "移除筛选：")),
        )
    });
    let fill = if response.hovered() { tokens.hover } else { tokens.selected };
    ui.painter().rect_filled(rect, CornerRadius::same(12), fill);
    widgets::focus_ring(ui, &response);
    let at = pos2(rect.left() + 11.0, rect.top());
    let text_rect = Rect::from_min_size(at, vec2(galley.size().x, rect.height()));
    let at = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), text_rect).min;
    ui.painter().galley(at, galley, tokens.strong);
    let cross =
        Rect::from_center_size(pos2(rect.right() - 13.0, rect.center().y), vec2(14.0, 14.0));
    widgets::icon_at(
        ui,
        icons::ICON_CLOSE,
        cross,
        13.0,
        if response.hovered() { tokens.strong } else { tokens.weak },
    );
    response.on_hover_text(text).clicked()
}
