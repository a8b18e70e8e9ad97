//! The rows of the table that are seen: cells as text or pictures, and what is chosen.

mod pointer;

use std::sync::Arc;

use eframe::egui::{
    Align2, Color32, CornerRadius, FontId, Painter, Popup, Pos2, Rect, Role, Sense, Ui, WidgetInfo,
    pos2, vec2,
};
use egui_material_icons::icons;
use pg_data::view::RowsView;
use pg_data::{ColumnKind, Role as ColumnRole};

use super::widths::PADDING;
use super::{Frame, GridWish, PlacedColumn, hairline};
use crate::lang::tr;
use crate::panels::data::marks;
use crate::panels::data::open::OpenTable;
use crate::panels::data::pictures::{PictureSize, Thumb};
use crate::theme::{self, Tokens, size, tokens};
use crate::widgets;

/// Cells that a screen reader hears of a row.
const N_CELLS_TOLD: usize = 12;

/// A cell under the pointer.
struct Pointed {
    place: u64,
    /// None over the row numbers.
    column: Option<PlacedColumn>,
}

/// Draws the rows that are seen and obeys the pointer.
pub(super) fn body_ui(
    ui: &mut Ui,
    open: &mut OpenTable,
    frame: &Frame,
    wishes: &mut Vec<GridWish>,
) {
    let response = ui.interact(frame.body, frame.id, Sense::click_and_drag());
    response.widget_info(|| {
        let label = format!("{}, {} × {}", tr("Table", "表格"), frame.n_rows, frame.spans.len());
        WidgetInfo::labeled(Role::Table, true, label)
    });
    let pointed = response
        .hover_pos()
        .filter(|_| response.contains_pointer())
        .and_then(|at| frame.pointed(open, at));
    let mut painter = RowPainter {
        tokens: tokens(ui),
        numbers: ui.painter_at(frame.body),
        cells: ui.painter_at(frame.cells()),
        view: Arc::clone(&open.view),
        is_elided: false,
    };
    let mut top = frame.body.top() - open.grid.scroll.within();
    let mut place = open.grid.scroll.first_row();
    while top < frame.body.bottom() {
        let Some(row) = open.row_at(place) else { break };
        let rect = Rect::from_min_size(
            pos2(frame.body.left(), top),
            vec2(frame.body.width(), frame.row_height),
        );
        let pointed = pointed.as_ref().filter(|pointed| pointed.place == place);
        painter.row(ui, open, frame, rect, (place, row), pointed);
        tell_row(ui, open, frame, rect, (place, row));
        top += frame.row_height;
        place += 1;
    }
    let is_elided = painter.is_elided;
    if response.has_focus() && open.grid.cells.is_none() {
        let ring = frame.body.shrink(1.0);
        let stroke = eframe::egui::Stroke::new(1.0, tokens(ui).accent.gamma_multiply(0.6));
        ui.painter().rect_stroke(
            ring,
            CornerRadius::same(2),
            stroke,
            eframe::egui::StrokeKind::Inside,
        );
    }
    pointer::obey_pointer(ui, open, frame, &response, wishes);
    let response = match &pointed {
        Some(pointed) if is_elided => pointer::tooltip(response, open, pointed),
        _ => response,
    };
    Popup::context_menu(&response)
        .width(220.0)
        .show(|ui| pointer::context_menu_ui(ui, open, wishes));
}

struct RowPainter {
    tokens: &'static Tokens,
    numbers: Painter,
    cells: Painter,
    view: Arc<RowsView>,
    /// Whether the text under the pointer is not shown whole.
    is_elided: bool,
}

impl RowPainter {
    fn row(
        &mut self,
        ui: &Ui,
        open: &mut OpenTable,
        frame: &Frame,
        rect: Rect,
        (place, row): (u64, usize),
        pointed: Option<&Pointed>,
    ) {
        let tokens = self.tokens;
        let chosen = open.grid.cells;
        let is_chosen_row = chosen.is_some_and(|cells| cells.places().contains(&place));
        if is_chosen_row {
            self.numbers.rect_filled(
                rect,
                CornerRadius::ZERO,
                tokens.selected.gamma_multiply(0.55),
            );
        } else if pointed.is_some() {
            self.numbers.rect_filled(rect, CornerRadius::ZERO, tokens.hover.gamma_multiply(0.5));
        }
        self.numbers.hline(rect.x_range(), rect.bottom() - 0.5, hairline(ui));
        if let Some(part) = self.view.part(row) {
            let tick = Rect::from_min_size(
                pos2(rect.left() + 2.0, rect.top() + 5.0),
                vec2(3.0, rect.height() - 10.0),
            );
            self.numbers.rect_filled(tick, CornerRadius::same(1), marks::part_color(tokens, part));
        }
        let number = widgets::count(self.view.row_number(row));
        let at = pos2(rect.left() + frame.numbers_width - PADDING, rect.center().y);
        let color = if is_chosen_row { tokens.text } else { tokens.weak };
        self.numbers.text(at, Align2::RIGHT_CENTER, number, theme::regular(size::SMALL), color);
        for placed in &frame.columns {
            let cell = Rect::from_min_size(
                pos2(placed.left, rect.top()),
                vec2(placed.width, rect.height()),
            );
            let is_chosen = chosen.is_some_and(|cells| cells.holds(place, placed.number));
            if is_chosen && chosen.is_some_and(|cells| !cells.are_rows) {
                self.cells.rect_filled(cell, CornerRadius::ZERO, tokens.selected);
            }
            let is_elided = self.cell(ui, open, cell, row, *placed);
            let is_pointed = pointed
                .and_then(|pointed| pointed.column)
                .is_some_and(|column| column.number == placed.number);
            self.is_elided |= is_pointed && is_elided;
            if chosen.is_some_and(|cells| cells.head == (place, placed.number) && !cells.are_rows) {
                let stroke = eframe::egui::Stroke::new(1.5, tokens.accent);
                self.cells.rect_stroke(
                    cell.shrink(0.75),
                    CornerRadius::same(2),
                    stroke,
                    eframe::egui::StrokeKind::Inside,
                );
            }
        }
    }

    /// Draws a cell; true where it does not show the whole value.
    fn cell(
        &self,
        ui: &Ui,
        open: &mut OpenTable,
        rect: Rect,
        row: usize,
        placed: PlacedColumn,
    ) -> bool {
        let tokens = self.tokens;
        let Some(column) = self.view.schema().columns.get(placed.index) else { return false };
        let is_number = column.kind == ColumnKind::Number;
        let inner = rect.shrink2(vec2(PADDING, 0.0));
        let Some(text) = self.view.cell(row, placed.index) else {
            let (at, align) = if is_number {
                (inner.right_center(), Align2::RIGHT_CENTER)
            } else {
                (inner.left_center(), Align2::LEFT_CENTER)
            };
            self.cells.text(
                at,
                align,
                "–",
                theme::regular(size::BODY),
                tokens.weak.gamma_multiply(0.7),
            );
            return false;
        };
        if matches!(column.kind, ColumnKind::Image(_)) {
            self.picture(ui, open, inner, row, placed.index, text);
            return true;
        }
        let color = if column.role == ColumnRole::Ignored { tokens.weak } else { tokens.text };
        let mut left = inner.left();
        if column.kind == ColumnKind::Category
            && let Some(dot) = open
                .profiles
                .get(&column.name)
                .and_then(|profile| marks::label_color(tokens, profile, &text))
        {
            self.cells.circle_filled(pos2(left + 4.0, rect.center().y), 3.5, dot);
            left += 14.0;
        }
        let galley = marks::cut(ui, text, theme::regular(size::BODY), color, inner.right() - left);
        let is_elided = galley.elided;
        let x = if is_number { inner.right() - galley.size().x } else { left };
        self.cells.galley(pos2(x, rect.center().y - galley.size().y / 2.0), galley, color);
        // The decimals of a column are even; what was rounded can be read in full.
        is_elided || is_number || matches!(column.kind, ColumnKind::Sequence { .. })
    }

    fn picture(
        &self,
        ui: &Ui,
        open: &mut OpenTable,
        inner: Rect,
        row: usize,
        index: usize,
        text: String,
    ) {
        let tokens = self.tokens;
        let side = inner.height() - 8.0;
        let place = Rect::from_min_size(pos2(inner.left(), inner.top() + 4.0), vec2(side, side));
        match open.pictures.get(row, index, PictureSize::Small) {
            Thumb::Ready(texture) => {
                let scale = side / texture.size_vec2().max_elem().max(1.0);
                let fitted = Rect::from_center_size(place.center(), texture.size_vec2() * scale);
                let uv = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
                self.cells.image(texture.id(), fitted, uv, Color32::WHITE);
            }
            Thumb::Loading => {
                self.cells.rect_filled(place, CornerRadius::same(3), tokens.field);
            }
            Thumb::Failed(_) => {
                self.cells.rect_filled(place, CornerRadius::same(3), tokens.field);
                let font = FontId::new(size::ICON, icons::ICON_BROKEN_IMAGE.font_family());
                self.cells.text(
                    place.center(),
                    Align2::CENTER_CENTER,
                    icons::ICON_BROKEN_IMAGE.codepoint,
                    font,
                    tokens.weak,
                );
            }
        }
        let left = place.right() + 10.0;
        if inner.right() - left > 20.0 {
            let galley = marks::cut(
                ui,
                text,
                theme::regular(size::SMALL),
                tokens.weak,
                inner.right() - left,
            );
            self.cells.galley(
                pos2(left, inner.center().y - galley.size().y / 2.0),
                galley,
                tokens.weak,
            );
        }
    }
}

/// What a screen reader hears of a row.
fn tell_row(ui: &Ui, open: &OpenTable, frame: &Frame, rect: Rect, (place, row): (u64, usize)) {
    let response = ui.interact(
        rect,
        frame.id.with(("row", place - open.grid.scroll.first_row())),
        Sense::hover(),
    );
    response.widget_info(|| {
        let cells = frame.columns.iter().take(N_CELLS_TOLD);
        let cells: Vec<String> = cells
            .map(|placed| open.view.cell(row, placed.index).unwrap_or_else(|| "–".to_owned()))
            .collect();
        let label =
            format!("{} {}: {}", tr("Row", "行"), open.view.row_number(row), cells.join(", "));
        let is_chosen = open.grid.cells.is_some_and(|cells| cells.places().contains(&place));
        WidgetInfo::selected(Role::Row, true, is_chosen, label)
    });
}
