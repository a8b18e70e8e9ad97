//! A table that is looked at: what is asked of it, which rows answer, and the work that goes on beside the window.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui::Context;
use pg_base::{Progress as _, Trouble, Words, say};
use pg_data::profile::{ColumnProfile, Profiles, profile};
use pg_data::view::{Order, Query, RowList, RowsView};
use pg_data::{Part, Rows};

use super::filter::Draft;
use super::grid::GridState;
use super::pictures::Pictures;
use crate::tasks::Task;
use crate::values::Key;

/// Rows that another panel chose.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub rows: RowList,
    /// What the chip says.
    pub label: Words,
}

/// One table with everything that the person did to it.
#[derive(Debug)]
pub(super) struct OpenTable {
    pub view: Arc<RowsView>,
    /// Tells a result from others; none for the first rows before a run.
    pub key: Option<Key>,
    pub search: String,
    pub drafts: BTreeMap<String, Draft>,
    pub part: Option<Part>,
    pub order: Option<Order>,
    pub chosen: Option<Chosen>,
    pub hidden: BTreeSet<String>,
    /// Widths that are set, by content or by hand.
    pub widths: BTreeMap<String, f32>,
    pub grid: GridState,
    pub pictures: Pictures,
    pub profiles: Profiles,
    pub part_counts: [usize; 3],
    /// When it was last drawn, to forget the oldest.
    pub used: u64,
    /// What [`Self::rows`] answers.
    answered: Query,
    rows: Option<RowList>,
    selecting: Option<(Query, Task<Answer>)>,
    profiling: Option<Profiling>,
    resolving: Option<(Task<Vec<u32>>, Words)>,
    going: Option<Task<Option<u64>>>,
    copying: Option<Task<String>>,
}

/// Rows that answer, and where the chosen row stands among them.
type Answer = (Option<Vec<u32>>, Option<u64>);

#[derive(Debug)]
struct Profiling {
    task: Task<[usize; 3]>,
    found: Arc<Mutex<Vec<(String, ColumnProfile)>>>,
}

impl OpenTable {
    /// Begins to look at rows.
    pub(super) fn new(ctx: &Context, rows: &Rows, key: Option<Key>) -> Result<Self, Trouble> {
        let mut open = Self {
            view: Arc::new(RowsView::new(rows)?),
            key,
            search: String::new(),
            drafts: BTreeMap::new(),
            part: None,
            order: None,
            chosen: None,
            hidden: BTreeSet::new(),
            widths: BTreeMap::new(),
            grid: GridState::default(),
            pictures: Pictures::default(),
            profiles: Profiles::new(),
            part_counts: [0; 3],
            used: 0,
            answered: Query::default(),
            rows: None,
            selecting: None,
            profiling: None,
            resolving: None,
            going: None,
            copying: None,
        };
        open.begin_profiling(ctx);
        Ok(open)
    }

    /// Goes on with other rows of the same output: filters, widths and hidden columns stay.
    pub(super) fn renew(
        &mut self,
        ctx: &Context,
        rows: &Rows,
        key: Option<Key>,
    ) -> Result<(), Trouble> {
        if self.key == key && (key.is_some() || self.view.is_of(rows)) {
            return Ok(());
        }
        self.view = Arc::new(RowsView::new(rows)?);
        self.key = key;
        self.rows = None;
        self.answered = Query::default();
        self.selecting = None;
        self.chosen = None;
        self.resolving = None;
        self.going = None;
        self.pictures = Pictures::default();
        self.profiles = Profiles::new();
        self.grid.forget_places();
        self.begin_profiling(ctx);
        Ok(())
    }

    /// Rows shown.
    pub(super) fn n_shown(&self) -> u64 {
        self.rows.as_ref().map_or(self.view.n_rows(), |rows| rows.len()) as u64
    }

    /// The row of the table at a place of what is shown.
    pub(super) fn row_at(&self, place: u64) -> Option<usize> {
        let place = usize::try_from(place).ok()?;
        match &self.rows {
            Some(rows) => rows.get(place).map(|row| *row as usize),
            None => (place < self.view.n_rows()).then_some(place),
        }
    }

    /// Rows shown in their order; none for all in the order of the table.
    pub(super) fn rows(&self) -> Option<&RowList> {
        self.rows.as_ref()
    }

    /// Places of the columns that are not hidden.
    pub(super) fn shown_columns(&self) -> Vec<usize> {
        let columns = self.view.schema().columns.iter().enumerate();
        columns
            .filter(|(_, column)| !self.hidden.contains(&column.name))
            .map(|(index, _)| index)
            .collect()
    }

    /// Whether rows are left out.
    pub(super) fn is_narrowed(&self) -> bool {
        self.answered.narrows()
    }

    /// Whether rows are being looked for.
    pub(super) fn is_selecting(&self) -> bool {
        self.selecting.as_ref().is_some_and(|(_, task)| task.is_long()) || self.resolving.is_some()
    }

    /// Whether nothing goes on beside the window.
    #[cfg(test)]
    pub(super) fn is_settled(&self) -> bool {
        self.selecting.is_none()
            && self.profiling.is_none()
            && self.resolving.is_none()
            && self.going.is_none()
            && self.copying.is_none()
    }

    /// Shows all rows again.
    pub(super) fn clear_filters(&mut self) {
        self.search.clear();
        self.drafts.clear();
        self.part = None;
        self.chosen = None;
    }

    /// Sorts by a column: upwards, downwards, not at all.
    pub(super) fn turn_order(&mut self, column: &str) {
        self.order = match self.order.take() {
            Some(order) if order.column == column && order.is_descending => None,
            Some(order) if order.column == column => Some(Order { is_descending: true, ..order }),
            _ => Some(Order { column: column.to_owned(), is_descending: false }),
        };
    }

    /// Shows the rows with these source numbers, once they are found.
    pub(super) fn choose_numbers(&mut self, ctx: &Context, numbers: Vec<u64>, label: Words) {
        let view = Arc::clone(&self.view);
        self.resolving =
            Some((Task::spawn(ctx, move |cx| view.rows_numbered(&numbers, cx.cancel())), label));
    }

    /// Brings the row with a source number into view, once it is found.
    pub(super) fn go_to_number(&mut self, ctx: &Context, number: u64) {
        let (view, rows) = (Arc::clone(&self.view), self.rows.clone());
        self.going = Some(Task::spawn(ctx, move |_| {
            let row = |place: usize| {
                rows.as_ref().map_or(Some(place), |rows| rows.get(place).map(|row| *row as usize))
            };
            let n_shown = rows.as_ref().map_or(view.n_rows(), |rows| rows.len());
            let is_it =
                |place: &usize| row(*place).is_some_and(|row| view.row_number(row) == number);
            // Tables are mostly numbered without gaps: then the row stands where its number says.
            let guess =
                usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).filter(is_it);
            Ok(guess.or_else(|| (0..n_shown).find(is_it)).map(|place| place as u64))
        }));
    }

    /// Copies cells as text with tabs: `places` of rows, `columns` by their place.
    pub(super) fn copy(
        &mut self,
        ctx: &Context,
        places: std::ops::RangeInclusive<u64>,
        columns: Vec<usize>,
        has_header: bool,
    ) {
        let (view, rows) = (Arc::clone(&self.view), self.rows.clone());
        self.copying = Some(Task::spawn(ctx, move |cx| {
            let mut text = String::new();
            let mut write_line = |cells: &mut dyn Iterator<Item = String>| {
                if !text.is_empty() {
                    text.push('\n');
                }
                let cells: Vec<String> =
                    cells.map(|cell| cell.replace(['\t', '\n', '\r'], " ")).collect();
                text.push_str(&cells.join("\t"));
            };
            if has_header {
                let names = &view.schema().columns;
                write_line(
                    &mut columns.iter().filter_map(|column| Some(names.get(*column)?.name.clone())),
                );
            }
            for place in places {
                cx.cancel().check()?;
                let row = match &rows {
                    Some(rows) => rows.get(place as usize).map(|row| *row as usize),
                    None => Some(place as usize),
                };
                let Some(row) = row else { break };
                write_line(
                    &mut columns.iter().map(|column| view.exact(row, *column).unwrap_or_default()),
                );
            }
            Ok(text)
        }));
    }

    /// Takes in the answers of tasks, and asks again where the person asked for something else.
    pub(super) fn pump(&mut self, ctx: &Context) -> Option<Trouble> {
        let mut trouble = None;
        let mut complain = |found: Trouble| {
            if !found.is_cancelled() {
                trouble = Some(found);
            }
        };
        if let Some(profiling) = &mut self.profiling {
            let found = std::mem::take(
                &mut *profiling.found.lock().unwrap_or_else(PoisonError::into_inner),
            );
            self.profiles.extend(found);
            if let Some(answer) = profiling.task.poll() {
                // What came between the two lines above.
                let found = std::mem::take(
                    &mut *profiling.found.lock().unwrap_or_else(PoisonError::into_inner),
                );
                self.profiles.extend(found);
                self.profiling = None;
                match answer {
                    Ok(counts) => self.part_counts = counts,
                    Err(found) => complain(found),
                }
            }
        }
        if let Some(answer) = self.resolving.as_mut().and_then(|(task, _)| task.poll())
            && let Some((_, label)) = self.resolving.take()
        {
            match answer {
                Ok(rows) => self.chosen = Some(Chosen { rows: Arc::new(rows), label }),
                Err(found) => complain(found),
            }
        }
        if let Some(answer) = self.going.as_mut().and_then(Task::poll) {
            self.going = None;
            match answer {
                Ok(Some(place)) => self.grid.choose_row(place),
                Ok(None) => complain(row_unknown()),
                Err(found) => complain(found),
            }
        }
        if let Some(answer) = self.copying.as_mut().and_then(Task::poll) {
            self.copying = None;
            match answer {
                Ok(text) => ctx.copy_text(text),
                Err(found) => complain(found),
            }
        }
        if let Some(answer) = self.selecting.as_mut().and_then(|(_, task)| task.poll())
            && let Some((query, _)) = self.selecting.take()
        {
            match answer {
                Ok((rows, place)) => self.take_rows(query, rows, place),
                Err(found) => complain(found),
            }
        }
        self.ask(ctx);
        self.pictures.pump(ctx, &self.view);
        trouble
    }

    fn take_rows(&mut self, query: Query, rows: Option<Vec<u32>>, place: Option<u64>) {
        let is_new_order = query.order != self.answered.order;
        self.answered = query;
        self.rows = rows.map(Arc::new);
        match place {
            Some(place) if !is_new_order => self.grid.choose_row(place),
            place => self.grid.follow_order(place),
        }
    }

    fn query(&self) -> Query {
        let filters = self.drafts.iter().filter_map(|(name, draft)| {
            let column = self.view.schema().get(name)?;
            Some(draft.filters(name, &column.kind))
        });
        Query {
            search: self.search.trim().to_owned(),
            filters: filters.flatten().collect(),
            part: self.part,
            among: self.chosen.as_ref().map(|chosen| Arc::clone(&chosen.rows)),
            order: self.order.clone(),
        }
    }

    fn ask(&mut self, ctx: &Context) {
        let query = self.query();
        let asked = self.selecting.as_ref().map_or(&self.answered, |(query, _)| query);
        if *asked == query {
            return;
        }
        let kept = self.grid.chosen_place().and_then(|place| self.row_at(place));
        let view = Arc::clone(&self.view);
        let task_query = query.clone();
        let task = Task::spawn(ctx, move |cx| {
            let rows = view.select(&task_query, cx.cancel())?;
            let place = kept.and_then(|kept| match &rows {
                Some(rows) => {
                    rows.iter().position(|row| *row as usize == kept).map(|place| place as u64)
                }
                None => Some(kept as u64),
            });
            Ok((rows, place))
        });
        self.selecting = Some((query, task));
    }

    fn begin_profiling(&mut self, ctx: &Context) {
        let found: Arc<Mutex<Vec<(String, ColumnProfile)>>> = Arc::default();
        let (view, inbox) = (Arc::clone(&self.view), Arc::clone(&found));
        let task = Task::spawn(ctx, move |cx| {
            let counts = view.part_counts();
            let columns = &view.schema().columns;
            for (index, column) in columns.iter().enumerate() {
                let seen = profile(view.rows(), &column.name, cx.cancel())?;
                inbox
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push((column.name.clone(), seen));
                cx.report(index as f64 / columns.len() as f64, &crate::tasks::working());
            }
            Ok(counts)
        });
        self.profiling = Some(Profiling { task, found });
    }
}

fn row_unknown() -> Trouble {
    Trouble::new(
        "row-unknown",
        say!("there is no such row among the rows shown", "显示的行中没有这一行"),
    )
    .advice(say!("Remove the filters, or give another number.", "请移除筛选条件，或输入其他行号。"))
}
