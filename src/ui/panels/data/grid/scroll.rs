//! Where the table is scrolled to, in whole rows and a part of one; the wheel and both scroll bars.

use eframe::egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{BAR, Frame};
use crate::lang::tr;
use crate::panels::data::open::OpenTable;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Thumbs are never shorter: they must be caught with a pointer.
const MIN_THUMB: f32 = 28.0;

/// The first row that is seen, and how much of it is above the edge.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::panels::data) struct Scroll {
    first_row: u64,
    /// Points, less than a row.
    within: f32,
}

impl Scroll {
    /// The first row that is seen.
    pub(in crate::panels::data) fn first_row(self) -> u64 {
        self.first_row
    }

    /// Points of the first row above the edge.
    pub(super) fn within(self) -> f32 {
        self.within
    }

    /// Points above the edge; 64 bits hold a part of a point even beyond 10¹² rows.
    fn position(self, row_height: f32) -> f64 {
        self.first_row as f64 * f64::from(row_height) + f64::from(self.within)
    }

    fn set_position(&mut self, position: f64, row_height: f32) {
        let position = position.max(0.0);
        self.first_row = (position / f64::from(row_height)).floor() as u64;
        self.within = (position - self.first_row as f64 * f64::from(row_height)) as f32;
    }

    /// Moves by points, down where positive.
    pub(super) fn by(&mut self, points: f32, row_height: f32) {
        self.set_position(self.position(row_height) + f64::from(points), row_height);
    }

    /// Stays within the rows that there are.
    pub(super) fn clamp(&mut self, n_rows: u64, row_height: f32, height: f32) {
        let most = max_position(n_rows, row_height, height);
        if self.position(row_height) > most {
            self.set_position(most, row_height);
        }
    }

    /// Moves as little as needed to see a row whole; a row far away comes to the middle.
    pub(super) fn reveal(&mut self, row: u64, n_rows: u64, row_height: f32, height: f32) {
        let (top, position) = (row as f64 * f64::from(row_height), self.position(row_height));
        let bottom = top + f64::from(row_height);
        let is_far =
            bottom < position - f64::from(height) || top > position + 2.0 * f64::from(height);
        if is_far {
            self.set_position(top - f64::from(height - row_height) / 2.0, row_height);
        } else if top < position {
            self.set_position(top, row_height);
        } else if bottom > position + f64::from(height) {
            self.set_position(bottom - f64::from(height), row_height);
        }
        self.clamp(n_rows, row_height, height);
    }

    /// Goes to a share of the way (0 at the top, 1 at the bottom).
    fn go_to_share(&mut self, share: f64, n_rows: u64, row_height: f32, height: f32) {
        self.set_position(
            share.clamp(0.0, 1.0) * max_position(n_rows, row_height, height),
            row_height,
        );
    }
}

fn max_position(n_rows: u64, row_height: f32, height: f32) -> f64 {
    (n_rows as f64 * f64::from(row_height) - f64::from(height)).max(0.0)
}

/// The wheel and trackpads.
pub(super) fn wheel(ui: &mut Ui, open: &mut OpenTable, frame: &Frame) {
    if !ui.rect_contains_pointer(frame.area) {
        return;
    }
    let delta = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta));
    open.grid.scroll.by(-delta.y, frame.row_height);
    open.grid.scroll.clamp(frame.n_rows, frame.row_height, frame.body.height());
    open.grid.scroll_x = (open.grid.scroll_x - delta.x).clamp(0.0, frame.max_scroll_x());
}

/// Both bars, where the content is larger than its place.
pub(super) fn bars_ui(ui: &mut Ui, open: &mut OpenTable, frame: &Frame) {
    if frame.body.right() < frame.area.right() {
        let bar = Rect::from_min_max(
            frame.body.right_top(),
            pos2(frame.area.right(), frame.body.bottom()),
        );
        rows_bar_ui(ui, open, frame, bar);
    }
    let max_x = frame.max_scroll_x();
    if frame.body.bottom() < frame.area.bottom() && max_x > 0.0 {
        let cells = frame.cells();
        let bar = Rect::from_min_max(cells.left_bottom(), pos2(cells.right(), frame.area.bottom()));
        let share = f64::from(open.grid.scroll_x / max_x);
        let part = f64::from(cells.width() / frame.content_width);
        if let Some(share) = bar_ui(ui, open, bar, Side::Bottom, share, part).0 {
            open.grid.scroll_x = share as f32 * max_x;
        }
    }
}

fn rows_bar_ui(ui: &mut Ui, open: &mut OpenTable, frame: &Frame, bar: Rect) {
    let height = frame.body.height();
    let most = max_position(frame.n_rows, frame.row_height, height);
    let share = open.grid.scroll.position(frame.row_height) / most.max(1.0);
    let part = f64::from(height) / (most + f64::from(height));
    let (moved, thumb) = bar_ui(ui, open, bar, Side::Right, share, part);
    let Some(share) = moved else { return };
    open.grid.scroll.go_to_share(share, frame.n_rows, frame.row_height, height);
    // A point of the bar may be many thousands of rows: the number says where the person is.
    let tokens = tokens(ui);
    let text = widgets::count(open.grid.scroll.first_row() + 1);
    let galley = ui.painter().layout_no_wrap(text, theme::bold(size::BODY), tokens.strong);
    let at = pos2(
        bar.left() - 8.0,
        thumb.center().y.clamp(bar.top() + 14.0, (bar.bottom() - 14.0).max(bar.top() + 14.0)),
    );
    let rect = Align2::RIGHT_CENTER.anchor_size(at, galley.size() + vec2(16.0, 8.0));
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), tokens.hover);
    ui.painter().galley(rect.min + vec2(8.0, 4.0), galley, tokens.strong);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Right,
    Bottom,
}

/// A bar with a thumb; gives the share it is moved to while it is moved, and where the thumb is.
fn bar_ui(
    ui: &mut Ui,
    open: &mut OpenTable,
    bar: Rect,
    side: Side,
    share: f64,
    part: f64,
) -> (Option<f64>, Rect) {
    let along = |rect: Rect| if side == Side::Right { rect.y_range() } else { rect.x_range() };
    let length = along(bar).span();
    let thumb_length = (length * part as f32).clamp(MIN_THUMB.min(length), length);
    let room = length - thumb_length;
    let begin = along(bar).min + room * share as f32;
    let thumb = match side {
        Side::Right => {
            Rect::from_min_size(pos2(bar.left(), begin), vec2(bar.width(), thumb_length))
        }
        Side::Bottom => {
            Rect::from_min_size(pos2(begin, bar.top()), vec2(thumb_length, bar.height()))
        }
    };
    let response = ui.interact(
        bar,
        ui.scope_id().with(("data-scroll", side == Side::Right)),
        Sense::click_and_drag(),
    );
    let name = if side == Side::Right {
        tr("Scroll the rows", "滚动行")
    } else {
        tr("Scroll the columns", "滚动列")
    };
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, name));
    let mut moved = None;
    if let Some(pointer) =
        response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on())
    {
        let pointer = if side == Side::Right { pointer.y } else { pointer.x };
        let is_begin = ui.input(|input| input.pointer.any_pressed());
        if is_begin {
            // A click beside the thumb brings its middle there.
            let is_on = (begin..=begin + thumb_length).contains(&pointer);
            open.grid.held_at = if is_on { pointer - begin } else { thumb_length / 2.0 };
        }
        if room > 0.0 {
            moved = Some(
                f64::from((pointer - open.grid.held_at - along(bar).min) / room).clamp(0.0, 1.0),
            );
        }
    }
    let tokens = tokens(ui);
    let is_active = response.hovered() || moved.is_some();
    let color = if is_active { tokens.weak } else { tokens.weak.gamma_multiply(0.45) };
    let thickness = if is_active { BAR - 4.0 } else { BAR - 6.0 };
    let size = if side == Side::Right {
        vec2(thickness, thumb_length - 2.0)
    } else {
        vec2(thumb_length - 2.0, thickness)
    };
    let painted = Rect::from_center_size(thumb.center(), size);
    ui.painter().rect_filled(painted, CornerRadius::same(3), color);
    (moved, thumb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_billion_rows_scroll_exactly() {
        let n_rows = 10_000_000_000;
        let mut scroll = Scroll::default();
        scroll.go_to_share(1.0, n_rows, 24.0, 240.0);
        assert_eq!((scroll.first_row(), scroll.within()), (n_rows - 10, 0.0));
        scroll.by(-7.5, 24.0);
        assert_eq!((scroll.first_row(), scroll.within()), (n_rows - 11, 16.5));
        scroll.by(1e9, 24.0);
        scroll.clamp(n_rows, 24.0, 240.0);
        assert_eq!(scroll.first_row(), n_rows - 10);
        scroll.reveal(5_000_000_000, n_rows, 24.0, 240.0);
        assert!((4_999_999_990..=5_000_000_000).contains(&scroll.first_row()));
        let before = scroll;
        scroll.reveal(5_000_000_000, n_rows, 24.0, 240.0);
        assert_eq!(scroll, before);
        scroll.by(f32::MIN, 24.0);
        assert_eq!(scroll, Scroll::default());
        scroll.clamp(0, 24.0, 240.0);
        assert_eq!(scroll, Scroll::default());
    }
}
