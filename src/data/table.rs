//! A table: frame, schema, source row numbers, parts, origin and recipe; cheap to clone, never changed in place.

use std::sync::{Arc, OnceLock};

use pg_base::{Trouble, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::kept::{Gathering, Kept};
use crate::read::Reading;
use crate::recipe::{Purpose, Recipe, RecipeStep, Step};
pub use crate::rows::Rows;
use crate::schema::Schema;
use crate::shelf::{Scratch, Shelf};

mod look;
mod origin;

/// Reserved frame column: number of the row in its source, from 1 (UInt32).
pub const ROW: &str = "#row";
/// Reserved frame column: the [`Part`] of the row as UInt8; absent before a split.
pub const PART: &str = "#part";
/// Source number of rows that a step added: they come from no row of the source.
pub const ADDED_ROW: u32 = 0;

/// What a row is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The model and every fitted step learn from it.
    Training,
    /// Watched while training (early stopping).
    Validation,
    /// Seen only by evaluation.
    Test,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 3] = [Self::Training, Self::Validation, Self::Test];

    /// The code in the frame.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// Rows with their origin and the recipe between the two.
///
/// The last steps may wait: they are learnt, but applied only when somebody looks at the rows. So a chain of steps holds
/// the values once, not once per step.
#[derive(Clone, Debug)]
pub struct Table {
    origin: Arc<Kept>,
    recipe: Arc<Recipe>,
    /// After the leading steps whose result no assignment of parts can change (decoding pictures is one): those need
    /// not be done again for a split or a fold. Frames share their columns, so keeping it costs little.
    settled: Applied,
    /// After all steps but those that wait. Has the rows of the table, in order, with their numbers and parts.
    done: Applied,
    /// The columns after all steps, without rows.
    form: Rows,
    /// The rows after all steps, once somebody looked.
    looked_at: Arc<OnceLock<Rows>>,
}

/// The rows after the first steps of a recipe.
#[derive(Clone, Debug)]
struct Applied {
    rows: Arc<Kept>,
    n_steps: usize,
}

/// Rows that a step learns from at most: means, quantiles and frequencies of five million rows are those of all.
const MAX_LEARNT_ROWS: usize = 5_000_000;
/// Rows of a quick look at most.
const MAX_GLIMPSED_ROWS: usize = 500_000;

impl Table {
    /// A table as read from a source; numbers its rows.
    pub fn from_source(frame: DataFrame, schema: Schema) -> Result<Self, Trouble> {
        let mut rows = Rows { frame, schema };
        rows.set(row_numbers(rows.n_rows())?)?;
        Self::of_origin(Kept::in_memory(rows))
    }

    /// The same of rows that come in slices; they go to `scratch` where they are too large for memory.
    pub fn from_slices(
        scratch: &Scratch,
        slices: impl Iterator<Item = Result<Rows, Trouble>>,
    ) -> Result<Self, Trouble> {
        let rows = Gathering::of(scratch, slices)?;
        let numbers = row_numbers(rows.n_rows())?;
        Self::of_origin(rows.marked(numbers)?)
    }

    /// The same of columns that are too large for memory.
    pub(crate) fn from_shelf(shelf: Arc<Shelf>, schema: Schema) -> Result<Self, Trouble> {
        let numbers = row_numbers(shelf.n_rows())?;
        let frame = DataFrame::new(numbers.len(), vec![numbers.into()]).map_err(polars_trouble)?;
        Self::of_origin(Kept::on_shelf(Rows { frame, schema }, shelf)?)
    }

    fn of_origin(origin: Kept) -> Result<Self, Trouble> {
        let origin = Arc::new(origin);
        Self::from_parts(origin.clone(), 0, origin, Recipe::default())
    }

    /// The same table, whose source was read in a way that new files are to be read in too.
    pub(crate) fn read_as(mut self, reading: Reading) -> Self {
        Arc::make_mut(&mut self.recipe).reading = reading;
        self
    }

    /// Puts a stored table together again; `done` are the rows after the first `n_done` steps.
    pub(crate) fn from_parts(
        done: Arc<Kept>,
        n_done: usize,
        origin: Arc<Kept>,
        recipe: Recipe,
    ) -> Result<Self, Trouble> {
        let done = Applied { rows: done, n_steps: n_done.min(recipe.steps.len()) };
        let settled = if recipe.steps.iter().any(RecipeStep::depends_on_parts) {
            Applied { rows: origin.clone(), n_steps: 0 }
        } else {
            done.clone()
        };
        let mut form = done.rows.form()?;
        for step in recipe.steps.iter().skip(done.n_steps) {
            form = step.apply(form, Purpose::Building)?;
        }
        let recipe = Arc::new(recipe);
        Ok(Self { origin, recipe, settled, done, form, looked_at: Arc::default() })
    }

    /// The current rows, all of them in memory; [`Self::check_fits`] tells whether that is possible.
    pub fn rows(&self) -> &Rows {
        if self.waiting().is_empty() {
            return self.done.rows.whole().unwrap_or(&self.form);
        }
        // Steps that wait cannot fail; if one did, no rows are a safer answer than wrong ones.
        self.looked_at.get_or_init(|| {
            let all = self.check_fits().and_then(|()| self.computed(None, None));
            all.unwrap_or_else(|_| self.form.clone())
        })
    }

    /// Whether the rows are too large for memory and lie in a file.
    pub fn is_large(&self) -> bool {
        self.done.rows.shelf().is_some()
    }

    /// Refuses a table whose rows do not fit into memory, for those who need all of them at once.
    ///
    /// Errors: `table-too-large`.
    pub fn check_fits(&self) -> Result<(), Trouble> {
        self.done.rows.check_fits()
    }

    /// The same table; of one that is too large for memory some evenly spaced rows, for a quick look.
    pub fn glimpse(&self) -> Result<Self, Trouble> {
        let Some(shelf) = self.done.rows.shelf() else { return Ok(self.clone()) };
        let row_bytes = shelf.n_memory_bytes() as usize / self.n_rows().max(1);
        let n_rows = (shelf.scratch().max_bytes / (2 * row_bytes).max(1)).min(MAX_GLIMPSED_ROWS);
        let stride = self.n_rows().div_ceil(n_rows.max(1)).max(1);
        self.sampled(&every(stride, self.n_rows()))
    }

    /// The steps from the origin to the rows.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The rows after as many steps as are done.
    pub(crate) fn done(&self) -> (&Kept, usize) {
        (&self.done.rows, self.done.n_steps)
    }

    /// The visible columns.
    pub fn schema(&self) -> &Schema {
        &self.form.schema
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.done.rows.n_rows()
    }

    /// Memory that the rows take, without those of the origin.
    pub fn n_bytes(&self) -> usize {
        let looked_at = self.looked_at.get().map_or(0, |rows| rows.frame.estimated_size());
        self.done.rows.n_bytes() + looked_at
    }

    /// Whether a split has assigned parts.
    pub fn is_split(&self) -> bool {
        self.done.rows.marks().frame.column(PART).is_ok()
    }

    /// The part of each row, in order; empty before a split.
    pub fn parts(&self) -> Vec<Part> {
        let Ok(codes) = self.done.rows.marks().frame.column(PART) else { return Vec::new() };
        let part = |code: Option<u8>| {
            Part::ALL.into_iter().find(|part| Some(part.code()) == code).unwrap_or(Part::Training)
        };
        codes.u8().map(|codes| codes.iter().map(part).collect()).unwrap_or_default()
    }

    /// The same table with the rows where `mask` is true only; for a quick look, not for learning.
    pub fn sampled(&self, mask: &BooleanChunked) -> Result<Self, Trouble> {
        let done = Applied { rows: Arc::new(self.done.rows.filter(mask)?), ..self.done };
        Ok(Self { done, looked_at: Arc::default(), ..self.clone() })
    }

    /// Memory that some encoded rows of a large table may take at a time.
    pub(crate) fn window_bytes(&self) -> usize {
        self.done.rows.shelf().map_or(usize::MAX, |shelf| shelf.scratch().max_bytes / 8)
    }

    /// Applies a step whose options are set, after learning from the training rows, and adds it to the recipe.
    pub fn then(&self, step: impl Into<Step>) -> Result<Self, Trouble> {
        let step = step.into();
        let step = step.refit(&self.columns_to_learn(&step.learns_from(self.schema()))?)?;
        let n_steps = self.recipe.steps.len() + 1;
        let is_settled = self.settled.n_steps + 1 == n_steps && !step.depends_on_parts();
        let mut table = self.clone();
        table.looked_at = Arc::default();
        if step.can_wait() && (!is_settled || self.is_large()) {
            table.form = step.apply(self.form.clone(), Purpose::Building)?;
        } else {
            let rows = self.after(&step)?;
            table.form = rows.form()?;
            table.done = Applied { rows: Arc::new(rows), n_steps };
            if is_settled {
                table.settled = table.done.clone();
            }
        }
        Arc::make_mut(&mut table.recipe).steps.push(step);
        Ok(table)
    }

    /// All rows after one more step.
    fn after(&self, step: &Step) -> Result<Kept, Trouble> {
        if let Some(shelf) = self.done.rows.shelf()
            && let Some(keeps) = step.kept_rows(&mut self.slices(None, None))?
        {
            return Gathering::of(shelf.scratch(), self.slices(Some(&keeps), None));
        }
        let Some(shelf) = self.done.rows.shelf().filter(|_| !step.needs_all_rows()) else {
            self.check_fits()?;
            return Ok(Kept::in_memory(step.apply(self.computed(None, None)?, Purpose::Building)?));
        };
        let slices = self.slices(None, None).map(|rows| step.apply(rows?, Purpose::Building));
        Gathering::of(shelf.scratch(), slices)
    }

    /// Assigns a part to each current row (in order) and refits the recipe, so that every step that learns has seen
    /// training rows only, whether it stands before or after the split on the canvas.
    /// Rows that an earlier step dropped stay away; the steps put the others in order again.
    pub fn with_parts(&self, parts: &[Part]) -> Result<Self, Trouble> {
        if parts.len() != self.n_rows() {
            return Err(Trouble::internal("one part per row is needed"));
        }
        let codes = parts.iter().map(|part| part.code());
        let own = self.done.rows.marks().row_numbers();
        let settled = self.settled.rows.marks().row_numbers();
        let (rows, codes) = if own == settled {
            (self.settled.rows.clone(), codes.collect())
        } else {
            // The steps must meet the rows in the order they met them at first: some fill a gap from the row before.
            let mut by_number: Vec<(u32, u8)> = own.into_iter().zip(codes).collect();
            by_number.sort_unstable();
            let code_of = |number: u32| {
                let found = by_number.binary_search_by_key(&number, |(number, _)| *number).ok();
                found.and_then(|at| by_number.get(at)).map(|(_, code)| *code)
            };
            let codes: Vec<Option<u8>> = settled.into_iter().map(code_of).collect();
            let stays: BooleanChunked = codes.iter().map(Option::is_some).collect();
            let rows = Arc::new(self.settled.rows.filter(&stays)?);
            (rows, codes.into_iter().flatten().collect())
        };
        self.restarted(rows.marked(UInt8Chunked::from_vec(PART.into(), codes).into_series())?)
    }

    /// The same table as before any parts, where a step made training rows more or fewer: what it added is gone and
    /// what it left out is back, so that parts can be assigned anew; the step balances them again then.
    pub fn unbalanced(&self) -> Result<Self, Trouble> {
        if !self.recipe.steps.iter().any(|step| matches!(step, Step::Balance(_))) {
            return Ok(self.clone());
        }
        self.restarted(self.settled.rows.unmarked())
    }

    /// The recipe learnt and applied anew on these settled rows.
    fn restarted(&self, rows: Kept) -> Result<Self, Trouble> {
        let n_steps = self.settled.n_steps;
        let (kept, to_redo) = self.recipe.steps.split_at(n_steps.min(self.recipe.steps.len()));
        let mut table = Self {
            origin: self.origin.clone(),
            recipe: Arc::new(Recipe { reading: self.recipe.reading.clone(), steps: kept.to_vec() }),
            settled: self.settled.clone(),
            form: rows.form()?,
            done: Applied { rows: Arc::new(rows), n_steps },
            looked_at: Arc::default(),
        };
        for step in to_redo {
            table = table.then(step.clone())?;
        }
        Ok(table)
    }

    /// The steps that are learnt and not applied yet.
    fn waiting(&self) -> &[Step] {
        self.recipe.steps.get(self.done.n_steps..).unwrap_or_default()
    }
}

/// The numbers of the rows of a source.
fn row_numbers(n_rows: usize) -> Result<Series, Trouble> {
    let last = u32::try_from(n_rows).ok().filter(|last| *last < u32::MAX).ok_or_else(|| {
        Trouble::new("too-many-rows", say!("the table has {n_rows} rows", "表格有 {n_rows} 行"))
            .expected(say!("at most 4294967294 rows", "不超过 4294967294 行"))
    })?;
    Ok(UInt32Chunked::from_iter_values(ROW.into(), 1..=last).into_series())
}

/// Marks the first row and every `stride`-th after it.
fn every(stride: usize, n_rows: usize) -> BooleanChunked {
    (0..n_rows).map(|row| row.is_multiple_of(stride)).collect()
}

/// A number as a label: `3` rather than `3.0`.
pub fn number_label(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value}") }
}

/// A Polars error that our checks should have made impossible, in our form.
pub fn polars_trouble(error: PolarsError) -> Trouble {
    Trouble::internal(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, ColumnKind};

    #[test]
    fn rows_are_picked_by_source_number_in_the_order_asked() {
        let schema = Schema { columns: vec![Column::new("a", ColumnKind::Number)] };
        let values = Float64Chunked::from_vec("a".into(), vec![10.0, 20.0, 30.0, 40.0]);
        let frame = DataFrame::new(4, vec![values.into_series().into()]).expect("one column");
        let table = Table::from_source(frame, schema).expect("few rows");
        let picked = |numbers: &[u32]| {
            let rows = table.rows().pick(numbers).expect("known rows");
            (rows.row_numbers(), rows.numbers("a").expect("a").iter().flatten().collect::<Vec<_>>())
        };
        assert_eq!(picked(&[4, 1, 3]), (vec![4, 1, 3], vec![40.0, 10.0, 30.0]));
        assert_eq!(picked(&[1, 2, 3, 4]).1, [10.0, 20.0, 30.0, 40.0]);
        assert_eq!(picked(&[]), (vec![], vec![]));
        assert_eq!(table.rows().pick(&[5]).expect_err("no such row").code, Trouble::INTERNAL);
        let parts = [Part::Test, Part::Training, Part::Validation, Part::Training];
        let split = table.with_parts(&parts).expect("one part per row");
        assert_eq!(split.parts(), parts);
        assert_eq!(split.origin_part(Part::Training).expect("origin").row_numbers(), [2, 4]);
        assert_eq!(table.with_parts(&parts[..2]).expect_err("too few").code, Trouble::INTERNAL);
        assert_eq!(
            (number_label(3.0), number_label(-0.0), number_label(2.5)),
            ("3".into(), "0".into(), "2.5".into())
        );
    }
}
