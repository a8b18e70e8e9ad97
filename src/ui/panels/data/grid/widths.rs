//! Widths of columns: by what is in them, until the person sets them.

use eframe::egui::Ui;
use pg_data::ColumnKind;

use super::PICTURE_ROW;
use crate::panels::data::marks;
use crate::panels::data::open::OpenTable;
use crate::theme::{self, size};

/// Blank at both sides of a cell.
pub(super) const PADDING: f32 = 10.0;
/// No column is made narrower; by itself none is narrower or wider than the next two.
pub(super) const MIN_WIDTH: f32 = 56.0;
const MIN_OWN_WIDTH: f32 = 92.0;
const MAX_OWN_WIDTH: f32 = 260.0;
const MAX_FITTED_WIDTH: f32 = 900.0;
const MAX_NAME_WIDTH: f32 = 190.0;
/// Cells looked at to find a width.
const N_LOOKED_AT: usize = 48;
/// Tables with more columns look at fewer cells of each.
const MANY_COLUMNS: usize = 100;
/// Room for the icon and the menu button beside a name.
const HEADER_EXTRA: f32 = 2.0 * PADDING + 20.0 + 18.0;

/// Width of the column with the numbers of rows.
pub(super) fn numbers_width(ui: &Ui, open: &OpenTable) -> f32 {
    let last = open.view.row_number(open.view.n_rows().saturating_sub(1));
    let digits = crate::widgets::count(last.max(open.view.n_rows() as u64));
    text_width(ui, &digits, size::SMALL) + 2.0 * PADDING + 4.0
}

/// Width of a column; found once.
pub(super) fn width_of(ui: &Ui, open: &mut OpenTable, index: usize) -> f32 {
    let Some(column) = open.view.schema().columns.get(index) else { return MIN_WIDTH };
    if let Some(width) = open.widths.get(&column.name) {
        return *width;
    }
    let n_rows = open.view.n_rows();
    let n_looked_at = if open.view.schema().columns.len() > MANY_COLUMNS { 6 } else { N_LOOKED_AT };
    let step = (n_rows / n_looked_at).max(1);
    let rows = (0..n_rows).step_by(step).take(n_looked_at);
    let content = content_width(ui, open, index, rows);
    let width =
        header_width(ui, open, index).max(content).clamp(MIN_OWN_WIDTH, MAX_OWN_WIDTH).round();
    let name = column.name.clone();
    open.widths.insert(name, width);
    width
}

/// Fits a column to what is seen of it now.
pub(super) fn fit(ui: &Ui, open: &mut OpenTable, index: usize) {
    let Some(name) = open.view.schema().columns.get(index).map(|column| column.name.clone()) else {
        return;
    };
    let first = open.grid.scroll.first_row();
    let rows: Vec<usize> =
        (first..=first + open.grid.n_visible).map_while(|place| open.row_at(place)).collect();
    let width = header_width(ui, open, index).max(content_width(ui, open, index, rows.into_iter()));
    open.widths.insert(name, width.clamp(MIN_WIDTH, MAX_FITTED_WIDTH).round());
}

fn header_width(ui: &Ui, open: &OpenTable, index: usize) -> f32 {
    let Some(column) = open.view.schema().columns.get(index) else { return MIN_WIDTH };
    let name = ui.painter().layout_no_wrap(
        column.name.clone(),
        theme::bold(size::BODY),
        theme::of(true).text,
    );
    let badge = marks::role_label(column.role)
        .map_or(0.0, |label| text_width(ui, label, size::SMALL) + 16.0);
    name.size().x.min(MAX_NAME_WIDTH) + badge + HEADER_EXTRA
}

fn content_width(
    ui: &Ui,
    open: &OpenTable,
    index: usize,
    rows: impl Iterator<Item = usize>,
) -> f32 {
    let mark = match open.view.schema().columns.get(index).map(|column| &column.kind) {
        // Room for the dot of a category's colour, which may come later than the first frame.
        Some(ColumnKind::Category) => 14.0,
        Some(ColumnKind::Image(_)) => PICTURE_ROW,
        _ => 0.0,
    };
    let widest = rows
        .filter_map(|row| open.view.cell(row, index))
        .map(|text| text_width(ui, &text, size::BODY));
    widest.fold(0.0, f32::max) + mark + 2.0 * PADDING + 2.0
}

/// Sum of the widths of the letters: no layout is made for texts that may never be seen.
fn text_width(ui: &Ui, text: &str, font_size: f32) -> f32 {
    let font = theme::regular(font_size);
    ui.fonts_mut(|fonts| text.chars().map(|letter| fonts.glyph_width(&font, letter)).sum())
}
