//! Rows chosen in a picture: found beside the window, counted, and shown in the table on request.

use std::collections::BTreeSet;

use eframe::egui::Context;
use pg_base::Trouble;
use pg_data::view::{Filter, Query, RowsView, Test};
use pg_data::{Part, Table};

use super::make::Picks;
use crate::figure::{Hit, Span2};
use crate::tasks::Task;

/// What was chosen and which rows that is.
#[derive(Debug)]
pub(super) struct Selection {
    /// The rectangle, in units of the figure.
    pub(super) brush: Option<Span2>,
    /// The bar, box or cell.
    pub(super) hit: Option<Hit>,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    Looking(Task<Vec<u32>>),
    Found(Vec<u32>),
    Failed,
}

impl Selection {
    /// The rows in a rectangle.
    pub(super) fn brushed(
        ctx: &Context,
        table: &Table,
        part: Option<Part>,
        picks: &Picks,
        brush: Span2,
    ) -> Option<Self> {
        let [x, y] = picks.axes.clone()?;
        let between = |column: String, [min, max]: [f64; 2]| Filter {
            column,
            test: Test::Between { min: Some(min), max: Some(max) },
        };
        let filters = vec![between(x, brush[0]), between(y, brush[1])];
        Some(Self { brush: Some(brush), hit: None, rows: look(ctx, table, part, filters) })
    }

    /// The rows behind a bar, a box or a cell.
    pub(super) fn of_part(
        ctx: &Context,
        table: &Table,
        part: Option<Part>,
        picks: &Picks,
        hit: Hit,
    ) -> Option<Self> {
        let filters = picks.parts.get(hit.layer)?.get(hit.index)?.clone()?;
        Some(Self { brush: None, hit: Some(hit), rows: look(ctx, table, part, filters) })
    }

    /// How many rows; none while they are looked for.
    pub(super) fn n_rows(&self) -> Option<usize> {
        self.rows().map(<[u32]>::len)
    }

    /// Their places in the table.
    pub(super) fn rows(&self) -> Option<&[u32]> {
        match &self.rows {
            Rows::Found(rows) => Some(rows),
            Rows::Looking(_) | Rows::Failed => None,
        }
    }

    /// Takes over what was found, or gives what went wrong.
    pub(super) fn pump(&mut self) -> Option<Trouble> {
        let Rows::Looking(task) = &mut self.rows else { return None };
        match task.poll()? {
            Ok(rows) => {
                self.rows = Rows::Found(rows);
                None
            }
            Err(trouble) => {
                self.rows = Rows::Failed;
                Some(trouble)
            }
        }
    }
}

fn look(ctx: &Context, table: &Table, part: Option<Part>, filters: Vec<Filter>) -> Rows {
    let table = table.clone();
    Rows::Looking(Task::spawn(ctx, move |cx| {
        let view = RowsView::new(table.rows())?;
        let query = Query { filters, part, ..Query::default() };
        let found = view.select(&query, cx.cancel())?;
        Ok(found.unwrap_or_else(|| (0..table.n_rows() as u32).collect()))
    }))
}

/// A filter in words: `species = setosa`, `age 20 – 30`.
pub(super) fn in_words(filters: &[Filter]) -> String {
    let number = crate::widgets::number;
    let one = |filter: &Filter| {
        let value = match &filter.test {
            Test::OneOf(names) => names_in_words(names),
            Test::Between { min: Some(min), max: Some(max) } if min == max => number(*min),
            Test::Between { min: Some(min), max: Some(max) } => {
                format!("{} – {}", number(*min), number(*max))
            }
            _ => crate::lang::tr("no value", "缺失").to_owned(),
        };
        format!("{}: {value}", filter.column)
    };
    filters.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn names_in_words(names: &BTreeSet<String>) -> String {
    let first = names.first().cloned().unwrap_or_default();
    match names.len() {
        0 | 1 => first,
        n => format!("{first} +{}", n - 1),
    }
}
