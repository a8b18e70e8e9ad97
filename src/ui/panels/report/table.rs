//! A small table on a card: names and numbers in columns, rows to click, and a file of the same numbers.

use eframe::egui::{
    Align, Align2, Color32, CornerRadius, CursorIcon, Label, Layout, Rect, RichText, Role,
    ScrollArea, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons;

use crate::lang::tr;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Free space between columns, and at both ends of a row.
const GAP: f32 = 18.0;
const END: f32 = 8.0;
const MARGIN: f32 = 13.0;
/// The widest column of texts, and how far one gives way.
const MAX_TEXT: f32 = 260.0;
const MIN_TEXT: f32 = 84.0;
/// Rows that decide how wide a column is.
const N_MEASURED: usize = 200;

/// A column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Column {
    title: String,
    help: String,
    is_number: bool,
    /// Name in a file; empty for the English title in small letters.
    csv_name: String,
}

impl Column {
    pub(super) fn text(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    pub(super) fn number(title: impl Into<String>) -> Self {
        Self { title: title.into(), is_number: true, ..Self::default() }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }

    pub(super) fn csv_name(self, name: impl Into<String>) -> Self {
        Self { csv_name: name.into(), ..self }
    }
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    /// As they are read.
    pub(super) cells: Vec<String>,
    /// As they stand in a file.
    raw: Vec<String>,
    /// What the first cell means; may be empty.
    help: String,
    /// The cell that is wrong.
    marked: Option<usize>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    pub(super) title: String,
    /// Name of the file without its ending.
    pub(super) file_stem: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// Rows at the end that sum the others up.
    pub(super) n_foot: usize,
    /// What a click on a row does; empty where it does nothing.
    pub(super) row_action: String,
}

/// By which column rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sorting {
    column: usize,
    is_descending: bool,
}

impl Sorting {
    /// Numbers begin with the largest, texts with the first; a third click brings the first order back.
    fn after_click(before: Option<Self>, column: usize, table: &Table) -> Option<Self> {
        let starts_descending = table.columns.get(column).is_some_and(|column| column.is_number);
        match before.filter(|before| before.column == column) {
            None => Some(Self { column, is_descending: starts_descending }),
            Some(before) if before.is_descending == starts_descending => {
                Some(Self { column, is_descending: !starts_descending })
            }
            Some(_) => None,
        }
    }
}

/// What was clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableClick {
    /// The button that saves it.
    Save,
    /// The button that shows all rows elsewhere.
    All,
    /// A row.
    Row(usize),
}

impl Table {
    pub(super) fn new(title: impl Into<String>, file_stem: impl Into<String>) -> Self {
        Self { title: title.into(), file_stem: file_stem.into(), ..Self::default() }
    }

    /// Adds a row as it is read, and as it stands in a file.
    pub(super) fn push(&mut self, cells: Vec<String>, raw: Vec<String>) {
        self.push_with_help(cells, raw, "");
    }

    /// The same with an explanation of the first cell.
    pub(super) fn push_with_help(&mut self, cells: Vec<String>, raw: Vec<String>, help: &str) {
        self.rows.push(Row { cells, raw, help: help.to_owned(), marked: None });
    }

    /// Marks a cell of the last row as wrong.
    pub(super) fn mark(&mut self, cell: usize) {
        if let Some(row) = self.rows.last_mut() {
            row.marked = Some(cell);
        }
    }

    /// Positions of the rows in another order; what is no number, and rows that sum up, stay at the end.
    fn order(&self, sorting: Sorting) -> Vec<usize> {
        let n_sorted = self.rows.len().saturating_sub(self.n_foot);
        let mut order: Vec<usize> = (0..n_sorted).collect();
        let before = self.columns.iter().take(sorting.column);
        let at: usize = before.map(|column| column.csv_name.split(',').count()).sum();
        let raw = |row: &usize| {
            self.rows.get(*row).and_then(|row| row.raw.get(at)).map_or("", String::as_str)
        };
        if self.columns.get(sorting.column).is_some_and(|column| column.is_number) {
            let sign = if sorting.is_descending { -1.0 } else { 1.0 };
            let value = |row: &usize| raw(row).parse().map_or(f64::NAN, |value: f64| sign * value);
            order.sort_by_cached_key(|row| {
                let value = value(row);
                // The bits of a number in its order, with NaN last.
                let bits = value.to_bits() as i64;
                (value.is_nan(), bits ^ (((bits >> 63) as u64) >> 1) as i64)
            });
        } else {
            order.sort_by(|a, b| raw(a).cmp(raw(b)));
            if sorting.is_descending {
                order.reverse();
            }
        }
        order.extend(n_sorted..self.rows.len());
        order
    }

    /// Height of a card that shows every row.
    pub(super) fn height(&self) -> f32 {
        2.0 * MARGIN
            + 30.0
            + size::TABLE_ROW * (self.rows.len() + 1) as f32
            + if self.n_foot > 0 { 5.0 } else { 0.0 }
    }

    /// The numbers in full, as CSV.
    pub(super) fn csv(&self) -> String {
        let head = self.columns.iter().map(|column| match column.csv_name.as_str() {
            "" => column.title.to_lowercase(),
            name => name.to_owned(),
        });
        // A column may stand for several in a file; its name lists them.
        let head: Vec<String> =
            head.flat_map(|name| name.split(',').map(str::to_owned).collect::<Vec<_>>()).collect();
        let mut text = line(head.into_iter());
        for row in &self.rows {
            text.push_str(&line(row.raw.iter().cloned()));
        }
        text
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let quoted = cells.map(|cell| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell
        }
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}

/// Draws the table on a card of this size; rows that do not fit scroll.
pub(super) fn table_card_ui(ui: &mut Ui, table: &Table, size: Vec2) -> Option<TableClick> {
    let mut click = None;
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    if !ui.is_rect_visible(rect) {
        return None;
    }
    let frame = widgets::card_frame(ui);
    ui.painter().rect(
        rect,
        frame.corner_radius,
        frame.fill,
        frame.stroke,
        eframe::egui::StrokeKind::Inside,
    );
    let builder =
        UiBuilder::new().max_rect(rect.shrink(MARGIN)).layout(Layout::top_down(Align::Min));
    // A child that takes no room: the card has its own already.
    let ui = &mut ui.new_child(builder.id_salt(&table.file_stem));
    ui.spacing_mut().item_spacing = vec2(8.0, 0.0);
    title_ui(ui, table, &mut click);
    let (widths, whole) = widths(ui, table, size.x - 2.0 * MARGIN);
    let sorting = ui.unique_id().with("sorting");
    let mut sorted_by: Option<Sorting> = ui.data(|data| data.get_temp(sorting));
    ScrollArea::horizontal().auto_shrink([false, false]).show(ui, |ui| {
        ui.set_width(whole);
        if let Some(column) = head_ui(ui, table, &widths, sorted_by) {
            sorted_by = Sorting::after_click(sorted_by, column, table);
            ui.data_mut(|data| match sorted_by {
                Some(sorted_by) => {
                    data.insert_temp(sorting, sorted_by);
                }
                None => data.remove::<Sorting>(sorting),
            });
        }
        let order = sorted_by.map(|sorted_by| table.order(sorted_by));
        let rows = ScrollArea::vertical().auto_shrink([false, false]);
        rows.show_rows(ui, theme::size::TABLE_ROW, table.rows.len(), |ui, shown| {
            for place in shown {
                let index = order.as_ref().map_or(Some(place), |order| order.get(place).copied());
                let Some(index) = index else { continue };
                if let Some(row) = table.rows.get(index)
                    && row_ui(ui, table, index, row, &widths)
                {
                    click = Some(TableClick::Row(index));
                }
            }
        });
    });
    click
}

fn title_ui(ui: &mut Ui, table: &Table, click: &mut Option<TableClick>) {
    let color = tokens(ui).strong;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    let row = Rect::from_min_size(rect.min - vec2(0.0, 4.0), rect.size());
    let mut child =
        ui.new_child(UiBuilder::new().max_rect(row).layout(Layout::right_to_left(Align::Center)));
    child.spacing_mut().item_spacing.x = 0.0;
    if widgets::icon_button(&mut child, icons::ICON_DOWNLOAD, tr("Save as CSV…", "另存为 CSV…"))
        .clicked()
    {
        *click = Some(TableClick::Save);
    }
    if !table.row_action.is_empty() {
        let name = tr("Show all of them in the data", "在数据中全部显示");
        if widgets::icon_button(&mut child, icons::ICON_TABLE_VIEW, name).clicked() {
            *click = Some(TableClick::All);
        }
    }
    child.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.add(
            Label::new(RichText::new(&table.title).font(theme::bold(size::BODY)).color(color))
                .truncate(),
        );
    });
}

/// The left edge and the width of every column, and the width of all; texts give way, numbers do not.
fn widths(ui: &Ui, table: &Table, space: f32) -> (Vec<(f32, f32)>, f32) {
    let measure = |text: &str, font| {
        ui.painter().layout_no_wrap(text.to_owned(), font, Color32::WHITE).size().x
    };
    let mut widths: Vec<f32> = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let title = measure(&column.title, theme::regular(size::SMALL));
        let foot = table.rows.len().saturating_sub(table.n_foot);
        let rows =
            table.rows.iter().take(N_MEASURED).chain(table.rows.iter().skip(foot.max(N_MEASURED)));
        let cells = rows
            .filter_map(|row| row.cells.get(index))
            .map(|cell| measure(cell, theme::regular(size::BODY)));
        let widest = cells.fold(title, f32::max) + 2.0;
        widths.push(if column.is_number { widest } else { widest.min(MAX_TEXT) });
    }
    let gaps = GAP * widths.len().saturating_sub(1) as f32 + 2.0 * END;
    let free = space - gaps - widths.iter().sum::<f32>();
    let n = widths.len().max(1) as f32;
    if free < 0.0 {
        let texts = || widths.iter().zip(&table.columns).filter(|(_, column)| !column.is_number);
        let of_texts: f32 = texts().map(|(width, _)| width).sum();
        let share = if of_texts > 0.0 { (1.0 + free / of_texts).max(0.0) } else { 1.0 };
        let narrow = |(width, column): (&f32, &Column)| {
            if column.is_number { *width } else { (width * share).max(width.min(MIN_TEXT)) }
        };
        let narrowed: Vec<f32> = widths.iter().zip(&table.columns).map(narrow).collect();
        // A table that scrolls sideways all the same gains nothing from texts that were cut.
        if gaps + narrowed.iter().sum::<f32>() <= space + 0.5 {
            widths = narrowed;
        }
    } else {
        for width in &mut widths {
            *width += free / n;
        }
    }
    let mut left = END;
    let places = widths.into_iter().map(|width| {
        let place = (left, width);
        left += width + GAP;
        place
    });
    let places = places.collect();
    (places, (left - GAP + END).max(space))
}

/// The titles; the column that was clicked.
fn head_ui(
    ui: &mut Ui,
    table: &Table,
    widths: &[(f32, f32)],
    sorting: Option<Sorting>,
) -> Option<usize> {
    let tokens = tokens(ui);
    let mut clicked = None;
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::TABLE_ROW), Sense::hover());
    for (number, (column, (left, width))) in table.columns.iter().zip(widths).enumerate() {
        let cell = Rect::from_min_size(rect.min + vec2(*left, 0.0), vec2(*width, rect.height()));
        cell_ui(
            ui,
            cell,
            &title_of(column, sorting.filter(|sorting| sorting.column == number)),
            column.is_number,
            theme::regular(size::SMALL),
            tokens.weak,
        );
        let mut response = ui.interact(cell, ui.unique_id().with(("head", number)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &column.title));
        if !column.help.is_empty() {
            response = response.on_hover_text(&column.help);
        }
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            clicked = Some(number);
        }
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, tokens.border));
    clicked
}

fn title_of(column: &Column, sorting: Option<Sorting>) -> String {
    match sorting {
        None => column.title.clone(),
        Some(Sorting { is_descending: true, .. }) => format!("{} ↓", column.title),
        Some(Sorting { is_descending: false, .. }) => format!("{} ↑", column.title),
    }
}

fn row_ui(ui: &mut Ui, table: &Table, index: usize, row: &Row, widths: &[(f32, f32)]) -> bool {
    let tokens = tokens(ui);
    let is_foot = index + table.n_foot >= table.rows.len();
    let can_click = !table.row_action.is_empty() && !is_foot;
    let sense = if can_click { Sense::click() } else { Sense::hover() };
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::TABLE_ROW), sense);
    let name = row.cells.join(", ");
    response.widget_info(|| {
        WidgetInfo::labeled(if can_click { Role::Button } else { Role::Row }, true, &name)
    });
    if can_click && response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), tokens.hover);
    }
    widgets::focus_ring(ui, &response);
    if is_foot && index + table.n_foot == table.rows.len() {
        ui.painter().hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, tokens.border));
    }
    for (position, ((cell, column), (left, width))) in
        row.cells.iter().zip(&table.columns).zip(widths).enumerate()
    {
        let at = Rect::from_min_size(rect.min + vec2(*left, 0.0), vec2(*width, rect.height()));
        let font = if is_foot { theme::bold(size::BODY) } else { theme::regular(size::BODY) };
        let color = match position {
            _ if row.marked == Some(position) => tokens.bad,
            0 => tokens.strong,
            _ if is_foot => tokens.strong,
            _ => tokens.text,
        };
        cell_ui(ui, at, cell, column.is_number, font, color);
    }
    if !can_click {
        if !row.help.is_empty() {
            response.on_hover_text(&row.help);
        }
        return false;
    }
    let is_clicked = response.clicked();
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(&table.row_action);
    is_clicked
}

fn cell_ui(
    ui: &Ui,
    rect: Rect,
    text: &str,
    is_number: bool,
    font: eframe::egui::FontId,
    color: Color32,
) {
    let mut job = eframe::egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = ui.painter().layout_job(job);
    let align = if is_number { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
    let at = align.align_size_within_rect(galley.size(), rect).min;
    ui.painter().galley(pos2(at.x, at.y), galley, color);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_hold_the_numbers_in_full_and_quote_names() {
        let mut table = Table::new("Classes", "classes");
        table.columns = vec![Column::text("Class"), Column::number("Recall").csv_name("recall")];
        table.push(
            vec!["a, b".to_owned(), "66.7 %".to_owned()],
            vec!["a, b".to_owned(), "0.6666666".to_owned()],
        );
        assert_eq!(table.csv(), "class,recall\n\"a, b\",0.6666666\n");
    }

    #[test]
    fn rows_are_sorted_by_number_or_by_text() {
        let mut table = Table::new("", "t");
        table.columns = vec![Column::text("Name"), Column::number("Value")];
        for (name, value) in [("b", "-2"), ("c", ""), ("a", "10"), ("d", "3")] {
            table.push(vec![name.to_owned(), value.to_owned()], vec![name.into(), value.into()]);
        }
        let check = |column, is_descending, expected: &[usize]| {
            assert_eq!(table.order(Sorting { column, is_descending }), expected);
        };
        check(0, false, &[2, 0, 1, 3]);
        check(1, true, &[2, 3, 0, 1]);
        check(1, false, &[0, 3, 2, 1]);
    }

    #[test]
    fn rows_can_be_clicked_where_they_do_something() {
        use std::cell::Cell;
        use std::rc::Rc;

        use egui_kittest::Harness;
        use egui_kittest::kittest::Queryable as _;

        let mut table = Table::new("Mistakes", "mistakes");
        table.columns = vec![Column::number("Row"), Column::text("Truth")];
        table.push(vec!["7".to_owned(), "yes".to_owned()], vec![]);
        table.push(vec!["9".to_owned(), "no".to_owned()], vec![]);
        "Show it".clone_into(&mut table.row_action);
        let clicked = Rc::new(Cell::new(None));
        let seen = clicked.clone();
        let builder =
            Harness::builder().with_size(vec2(500.0, 300.0)).with_context_setup(theme::install);
        let mut harness = builder.build_ui(move |ui| {
            if let Some(click) = table_card_ui(ui, &table, vec2(400.0, 200.0)) {
                seen.set(Some(click));
            }
        });
        harness.run();
        harness.get_by_label("9, no").click();
        harness.run();
        assert_eq!(clicked.get(), Some(TableClick::Row(1)));
        harness.get_by_label("Save as CSV…").click();
        harness.run();
        assert_eq!(clicked.get(), Some(TableClick::Save));
    }
}
