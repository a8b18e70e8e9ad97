//! Figures: pictures of numbers, painted in the window and written as SVG, PNG and CSV, the same everywhere.
//!
//! A [`Figure`] is plain data; `layout` turns it into marks in points; the back ends only paint marks.

mod bins;
mod build;
mod card;
mod csv;
mod dates;
mod hover;
mod keys;
mod layout;
mod model;
mod paint;
mod picture;
mod plane;
mod svg;
mod text;
mod ticks;
mod view;

pub use bins::{bin_of, edge_texts, histogram_edges, nice_edges};
pub use card::figure_card_ui;
pub(crate) use card::menu_item;
pub(crate) use csv::quoted as csv_cell;
pub use csv::to_csv;
pub use dates::text as date_text;
pub use model::{
    Axis, Band, BarMode, Bars, BoxStats, Boxes, Figure, Heat, Ink, Layer, Line, Points, Rule,
    RuleAt, Scale, Span2,
};
pub(crate) use paint::paint_marks;
pub(crate) use picture::{Mark, TextMark};
pub(crate) use svg::{marks_to_svg, svg_to_png};
pub use svg::{to_png, to_svg};
pub(crate) use text::{cut, width as text_width};
pub use view::{Brushed, FigureResponse, Hit, figure_ui};
