//! The virtual table: painted in screen space, only what is seen is formatted; rows are counted in whole numbers, so
//! that ten million of them scroll as exactly as ten.

mod body;
mod header;
mod keys;
mod scroll;
mod widths;

use eframe::egui::{Id, Rect, Stroke, Ui, UiBuilder, pos2};

use self::scroll::Scroll;
use super::open::OpenTable;
use crate::theme::{size, tokens};

pub(super) use self::keys::GridKey;

/// Height of the names above the columns.
pub(super) const HEADER_HEIGHT: f32 = 54.0;
/// Height of rows with pictures.
pub(super) const PICTURE_ROW: f32 = 52.0;
/// Thickness of scroll bars.
const BAR: f32 = 11.0;

/// Where the person is in a table.
#[derive(Debug, Default)]
pub(super) struct GridState {
    pub scroll: Scroll,
    /// Points that the columns are moved to the left.
    pub scroll_x: f32,
    /// What is chosen.
    pub cells: Option<Cells>,
    /// A place that is brought into view by the next frame.
    reveal: Option<(u64, Option<usize>)>,
    /// Keys that were pressed while the table has the keyboard.
    pub keys: Vec<GridKey>,
    /// Rows of the last frame, for page keys.
    n_visible: u64,
    /// Where on the thumb of a scroll bar the pointer took hold.
    held_at: f32,
}

/// A rectangle of cells, or whole rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cells {
    /// Where it was begun: place of the row, number of the column among those shown.
    pub anchor: (u64, usize),
    /// Where it was ended.
    pub head: (u64, usize),
    /// Whether it reaches over all columns.
    pub are_rows: bool,
}

/// What the panel around has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GridWish {
    /// The row that is chosen is to be seen with all its values.
    InspectRow,
}

/// The parts of the table on the screen, and which rows and columns are seen.
struct Frame {
    /// Of the widget that has the keyboard.
    id: Id,
    area: Rect,
    header: Rect,
    body: Rect,
    numbers_width: f32,
    row_height: f32,
    n_rows: u64,
    /// Those that are seen.
    columns: Vec<PlacedColumn>,
    /// Where every shown column begins and how wide it is, before it is moved.
    spans: Vec<(f32, f32)>,
    content_width: f32,
}

/// A column on the screen.
#[derive(Clone, Copy, Debug)]
struct PlacedColumn {
    /// Among those shown.
    number: usize,
    /// In the schema.
    index: usize,
    left: f32,
    width: f32,
}

impl GridState {
    /// Chooses a row and brings it into view.
    pub(super) fn choose_row(&mut self, place: u64) {
        let column = self.cells.map_or(0, |cells| cells.head.1);
        self.cells = Some(Cells { anchor: (place, column), head: (place, column), are_rows: true });
        self.reveal = Some((place, None));
    }

    /// The row that is looked at.
    pub(super) fn chosen_place(&self) -> Option<u64> {
        self.cells.map(|cells| cells.head.0)
    }

    /// Brings a column into view; `number` counts those shown.
    pub(super) fn reveal_column(&mut self, number: usize) {
        self.reveal = Some((self.scroll.first_row(), Some(number)));
    }

    /// The chosen row stands elsewhere because the order is another; the table is looked at from the top.
    pub(super) fn follow_order(&mut self, place: Option<u64>) {
        match place {
            Some(place) => self.choose_row(place),
            None => self.cells = None,
        }
        self.reveal = None;
        self.scroll = Scroll::default();
    }

    /// Rows are others now.
    pub(super) fn forget_places(&mut self) {
        self.cells = None;
        self.scroll = Scroll::default();
    }
}

impl Cells {
    /// From the first to the last row.
    pub(super) fn places(&self) -> std::ops::RangeInclusive<u64> {
        self.anchor.0.min(self.head.0)..=self.anchor.0.max(self.head.0)
    }

    /// Whether a cell is in it.
    fn holds(&self, place: u64, number: usize) -> bool {
        let (from, to) = (self.anchor.1.min(self.head.1), self.anchor.1.max(self.head.1));
        self.places().contains(&place) && (self.are_rows || (from..=to).contains(&number))
    }

    /// The columns in it, by their places in the schema.
    pub(super) fn columns(&self, shown: &[usize]) -> Vec<usize> {
        let (from, to) = (self.anchor.1.min(self.head.1), self.anchor.1.max(self.head.1));
        if self.are_rows {
            shown.to_vec()
        } else {
            shown.get(from..=to.min(shown.len().saturating_sub(1))).unwrap_or_default().to_vec()
        }
    }
}

/// Fits the width of a column to what is seen of it.
pub(super) fn fit_width(ui: &Ui, open: &mut OpenTable, index: usize) {
    widths::fit(ui, open, index);
}

/// The widget that has the keyboard while the person moves in the table; there is one table at a time.
pub(super) fn keyboard_id() -> Id {
    Id::unique("data-table")
}

/// Draws the table into the room that is left.
pub(super) fn grid_ui(ui: &mut Ui, open: &mut OpenTable) -> Vec<GridWish> {
    let area = ui.available_rect_before_wrap();
    let mut wishes = Vec::new();
    let frame = Frame::new(ui, open, area);
    let mut inside = ui.new_child(UiBuilder::new().max_rect(area));
    inside.shrink_clip_rect(area);
    keys::obey(&mut inside, open, &frame, &mut wishes);
    scroll::wheel(&mut inside, open, &frame);
    open.grid.follow(&frame);
    // Placed again: keys and the wheel may have moved everything.
    let frame = Frame::new(ui, open, area);
    body::body_ui(&mut inside, open, &frame, &mut wishes);
    header::header_ui(&mut inside, open, &frame);
    scroll::bars_ui(&mut inside, open, &frame);
    ui.advance_cursor_after_rect(area);
    wishes
}

impl Frame {
    fn new(ui: &Ui, open: &mut OpenTable, area: Rect) -> Self {
        let shown = open.shown_columns();
        let has_pictures = shown.iter().any(|index| {
            let column = open.view.schema().columns.get(*index);
            column.is_some_and(|column| matches!(column.kind, pg_data::ColumnKind::Image(_)))
        });
        let row_height = if has_pictures { PICTURE_ROW } else { size::TABLE_ROW };
        let numbers_width = widths::numbers_width(ui, open);
        let widths: Vec<f32> =
            shown.iter().map(|index| widths::width_of(ui, open, *index)).collect();
        let content_width: f32 = widths.iter().sum();
        let n_rows = open.n_shown();
        let content_height = n_rows as f64 * f64::from(row_height);
        // A bar at one side takes room from the other.
        let below = |width: f32| content_width > area.width() - numbers_width - width;
        let right_bar =
            if content_height > f64::from(area.height() - HEADER_HEIGHT) { BAR } else { 0.0 };
        let bottom_bar = if below(right_bar) { BAR } else { 0.0 };
        let header = Rect::from_min_max(
            area.min,
            pos2(area.right() - right_bar, area.top() + HEADER_HEIGHT),
        );
        let body = Rect::from_min_max(
            header.left_bottom(),
            pos2(header.right(), (area.bottom() - bottom_bar).max(header.bottom())),
        );
        let view_width = (body.width() - numbers_width).max(1.0);
        open.grid.scroll_x = open.grid.scroll_x.clamp(0.0, (content_width - view_width).max(0.0));
        open.grid.scroll.clamp(n_rows, row_height, body.height());
        open.grid.n_visible = (body.height() / row_height).floor().max(1.0) as u64;
        let (mut columns, mut spans, mut begin) =
            (Vec::new(), Vec::with_capacity(shown.len()), 0.0);
        for (number, (index, width)) in shown.into_iter().zip(widths).enumerate() {
            let left = body.left() + numbers_width - open.grid.scroll_x + begin;
            if left + width > body.left() + numbers_width && left < body.right() {
                columns.push(PlacedColumn { number, index, left, width });
            }
            spans.push((begin, width));
            begin += width;
        }
        Self {
            id: keyboard_id(),
            area,
            header,
            body,
            numbers_width,
            row_height,
            n_rows,
            columns,
            spans,
            content_width,
        }
    }

    /// Where the cells are: the body without the row numbers.
    fn cells(&self) -> Rect {
        self.body.with_min_x(self.body.left() + self.numbers_width)
    }

    /// Points that the columns can be moved at most.
    fn max_scroll_x(&self) -> f32 {
        (self.content_width - self.cells().width()).max(0.0)
    }
}

impl GridState {
    /// Brings what was asked for into view.
    fn follow(&mut self, frame: &Frame) {
        let Some((place, number)) = self.reveal.take() else { return };
        self.scroll.reveal(place, frame.n_rows, frame.row_height, frame.body.height());
        let Some((begin, width)) = number.and_then(|number| frame.spans.get(number)).copied()
        else {
            return;
        };
        let view_width = frame.cells().width();
        if begin < self.scroll_x {
            self.scroll_x = begin;
        } else if begin + width > self.scroll_x + view_width {
            self.scroll_x = (begin + width - view_width).min(begin);
        }
        self.scroll_x = self.scroll_x.clamp(0.0, frame.max_scroll_x());
    }
}

/// The hairline between rows and columns.
fn hairline(ui: &Ui) -> Stroke {
    Stroke::new(1.0, tokens(ui).border.gamma_multiply(0.55))
}
