//! A table: frame, schema, source row numbers, parts, origin and recipe; cheap to clone, never changed in place.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use pg_base::{Trouble, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::read::Reading;
use crate::recipe::{Purpose, Recipe, RecipeStep, Step};
pub use crate::rows::Rows;
use crate::schema::Schema;

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
    origin: Arc<Rows>,
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
    rows: Arc<Rows>,
    n_steps: usize,
}

/// Rows that a step learns from at most: means, quantiles and frequencies of five million rows are those of all.
const MAX_LEARNT_ROWS: usize = 5_000_000;
/// Rows that waiting steps are applied to at a time.
const N_SLICE_ROWS: usize = 1 << 16;

impl Table {
    /// A table as read from a source; numbers its rows.
    pub fn from_source(frame: DataFrame, schema: Schema) -> Result<Self, Trouble> {
        let mut rows = Rows { frame, schema };
        let n_rows = u32::try_from(rows.n_rows())
            .ok()
            .filter(|n_rows| *n_rows < u32::MAX)
            .ok_or_else(|| {
                let n_rows = rows.n_rows();
                Trouble::new(
                    "too-many-rows",
                    say!("the table has {n_rows} rows", "表格有 {n_rows} 行"),
                )
                .expected(say!("at most 4294967294 rows", "不超过 4294967294 行"))
            })?;
        rows.set(UInt32Chunked::from_iter_values(ROW.into(), 1..=n_rows).into_series())?;
        Self::from_parts(rows.clone(), 0, rows, Recipe::default())
    }

    /// The same table, whose source was read in a way that new files are to be read in too.
    pub(crate) fn read_as(mut self, reading: Reading) -> Self {
        Arc::make_mut(&mut self.recipe).reading = reading;
        self
    }

    /// Puts a stored table together again; `done` are the rows after the first `n_done` steps.
    pub(crate) fn from_parts(
        done: Rows,
        n_done: usize,
        origin: Rows,
        recipe: Recipe,
    ) -> Result<Self, Trouble> {
        let origin = Arc::new(origin);
        let done = Applied { rows: Arc::new(done), n_steps: n_done.min(recipe.steps.len()) };
        let settled = if recipe.steps.iter().any(RecipeStep::depends_on_parts) {
            Applied { rows: origin.clone(), n_steps: 0 }
        } else {
            done.clone()
        };
        let mut form = done.rows.without_rows();
        for step in recipe.steps.iter().skip(done.n_steps) {
            form = step.apply(form, Purpose::Building)?;
        }
        let recipe = Arc::new(recipe);
        Ok(Self { origin, recipe, settled, done, form, looked_at: Arc::default() })
    }

    /// The current rows.
    pub fn rows(&self) -> &Rows {
        if self.waiting().is_empty() {
            return &self.done.rows;
        }
        // Steps that wait cannot fail; if one did, no rows are a safer answer than wrong ones.
        self.looked_at
            .get_or_init(|| self.computed(None, None).unwrap_or_else(|_| self.form.clone()))
    }

    /// The rows as they were read.
    pub fn origin(&self) -> &Rows {
        &self.origin
    }

    /// The steps between the two.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The rows after as many steps as are done.
    pub(crate) fn done(&self) -> (&Rows, usize) {
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
        self.done.rows.frame.estimated_size() + looked_at
    }

    /// Whether a split has assigned parts.
    pub fn is_split(&self) -> bool {
        self.done.rows.frame.column(PART).is_ok()
    }

    /// The part of each row, in order; empty before a split.
    pub fn parts(&self) -> Vec<Part> {
        let Ok(codes) = self.done.rows.frame.column(PART) else { return Vec::new() };
        let part = |code: Option<u8>| {
            Part::ALL.into_iter().find(|part| Some(part.code()) == code).unwrap_or(Part::Training)
        };
        codes.u8().map(|codes| codes.iter().map(part).collect()).unwrap_or_default()
    }

    /// The rows of one part; before a split every row is a training row.
    pub fn part(&self, part: Part) -> Result<Rows, Trouble> {
        match self.done.rows.part_mask(part)? {
            Some(mask) => self.computed(Some(&mask), None),
            None if part == Part::Training => self.computed(None, None),
            None => Ok(self.form.clone()),
        }
    }

    /// Shows the rows of one part a slice at a time, at least once; no more than a slice is held.
    pub(crate) fn each_slice(
        &self,
        part: Part,
        mut each: impl FnMut(&Rows) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mask = self.done.rows.part_mask(part)?;
        let is_empty = mask.is_none() && part != Part::Training;
        if is_empty || self.n_rows() == 0 {
            return each(&self.form);
        }
        self.slices(mask.as_ref()).try_for_each(|rows| each(&rows?))
    }

    /// The same table with the rows where `mask` is true only; for a quick look, not for learning.
    pub fn sampled(&self, mask: &BooleanChunked) -> Result<Self, Trouble> {
        let done = Applied { rows: Arc::new(self.done.rows.filter(mask)?), ..self.done };
        Ok(Self { done, looked_at: Arc::default(), ..self.clone() })
    }

    /// Applies a step whose options are set, after learning from the training rows, and adds it to the recipe.
    pub fn then(&self, step: impl Into<Step>) -> Result<Self, Trouble> {
        let step = step.into();
        let step = step.refit(&self.columns_to_learn(&step.learns_from(self.schema()))?)?;
        let n_steps = self.recipe.steps.len() + 1;
        let is_settled = self.settled.n_steps + 1 == n_steps && !step.depends_on_parts();
        let mut table = self.clone();
        table.looked_at = Arc::default();
        if step.can_wait() && !is_settled {
            table.form = step.apply(self.form.clone(), Purpose::Building)?;
        } else {
            let rows = step.apply(self.computed(None, None)?, Purpose::Building)?;
            table.form = rows.without_rows();
            table.done = Applied { rows: Arc::new(rows), n_steps };
            if is_settled {
                table.settled = table.done.clone();
            }
        }
        Arc::make_mut(&mut table.recipe).steps.push(step);
        Ok(table)
    }

    /// Assigns a part to each current row (in order) and refits the recipe, so that every step that learns has seen
    /// training rows only, whether it stands before or after the split on the canvas.
    /// Rows that an earlier step dropped stay away; the steps put the others in order again.
    pub fn with_parts(&self, parts: &[Part]) -> Result<Self, Trouble> {
        if parts.len() != self.n_rows() {
            return Err(Trouble::internal("one part per row is needed"));
        }
        let codes = parts.iter().map(|part| part.code());
        let (own, settled) = (self.done.rows.row_numbers(), self.settled.rows.row_numbers());
        let (mut rows, codes) = if own == settled {
            ((*self.settled.rows).clone(), codes.collect())
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
            (self.settled.rows.filter(&stays)?, codes.into_iter().flatten().collect())
        };
        rows.set(UInt8Chunked::from_vec(PART.into(), codes).into_series())?;
        self.restarted(rows)
    }

    /// The origin rows of one part, in the order of the current rows; before a split all rows for `Test`.
    pub fn origin_part(&self, part: Part) -> Result<Rows, Trouble> {
        let rows = &self.done.rows;
        let numbers = match rows.part_mask(part)? {
            Some(mask) => {
                let numbers = rows.frame.select([ROW]).map_err(polars_trouble)?;
                Rows { frame: numbers, schema: Schema::default() }.filter(&mask)?.row_numbers()
            }
            None if part == Part::Validation => Vec::new(),
            None => rows.row_numbers(),
        };
        self.origin.pick(&from_source(numbers))
    }

    /// The origin rows of all rows that come from the source, in the order of the current rows.
    pub fn origin_rows(&self) -> Result<Rows, Trouble> {
        self.origin.pick(&from_source(self.done.rows.row_numbers()))
    }

    /// The same table as before any parts, where a step made training rows more or fewer: what it added is gone and
    /// what it left out is back, so that parts can be assigned anew; the step balances them again then.
    pub fn unbalanced(&self) -> Result<Self, Trouble> {
        if !self.recipe.steps.iter().any(|step| matches!(step, Step::Balance(_))) {
            return Ok(self.clone());
        }
        let rows = &self.settled.rows;
        let frame = rows.frame.drop_many([PART]);
        self.restarted(Rows { frame, schema: rows.schema.clone() })
    }

    /// The recipe learnt and applied anew on these settled rows.
    fn restarted(&self, rows: Rows) -> Result<Self, Trouble> {
        let n_steps = self.settled.n_steps;
        let (kept, to_redo) = self.recipe.steps.split_at(n_steps.min(self.recipe.steps.len()));
        let mut table = Self {
            origin: self.origin.clone(),
            recipe: Arc::new(Recipe { reading: self.recipe.reading.clone(), steps: kept.to_vec() }),
            settled: self.settled.clone(),
            form: rows.without_rows(),
            done: Applied { rows: Arc::new(rows), n_steps },
            looked_at: Arc::default(),
        };
        for step in to_redo {
            table = table.then(step.clone())?;
        }
        Ok(table)
    }

    /// The training rows with the values of some columns only; the schema stays whole.
    pub(crate) fn training_columns(&self, names: &[String]) -> Result<Rows, Trouble> {
        self.columns_of(self.done.rows.part_mask(Part::Training)?, names)
    }

    /// The same for a step to learn from: of very many rows evenly spaced ones.
    fn columns_to_learn(&self, names: &[String]) -> Result<Rows, Trouble> {
        let stride = self.n_rows().div_ceil(MAX_LEARNT_ROWS).max(1);
        if stride == 1 {
            return self.training_columns(names);
        }
        let thinned: BooleanChunked =
            (0..self.n_rows()).map(|row| row.is_multiple_of(stride)).collect();
        let mask = match self.done.rows.part_mask(Part::Training)? {
            Some(mask) => &mask & &thinned,
            None => thinned,
        };
        self.columns_of(Some(mask), names)
    }

    /// The rows where `mask` is true (all without one) with the values of some columns only.
    fn columns_of(&self, mask: Option<BooleanChunked>, names: &[String]) -> Result<Rows, Trouble> {
        let known =
            names.iter().map(String::as_str).filter(|name| self.schema().get(name).is_some());
        let reserved =
            [ROW, PART].into_iter().filter(|name| self.done.rows.frame.column(name).is_ok());
        let wanted: BTreeSet<&str> = known.chain(reserved).collect();
        self.computed(mask.as_ref(), Some(&wanted))
    }

    /// Mean of a number column over the training rows; none without values.
    pub fn training_mean(&self, name: &str) -> Result<Option<f64>, Trouble> {
        self.training_columns(&[name.to_owned()])?.mean(name)
    }

    /// The steps that are learnt and not applied yet.
    fn waiting(&self) -> &[Step] {
        self.recipe.steps.get(self.done.n_steps..).unwrap_or_default()
    }

    /// The rows after all steps (where `mask` is true) with some columns, or all; the schema stays whole.
    /// Waiting steps see a slice of the rows at a time, so that little more than the result is held.
    fn computed(
        &self,
        mask: Option<&BooleanChunked>,
        wanted: Option<&BTreeSet<&str>>,
    ) -> Result<Rows, Trouble> {
        let schema = self.schema().clone();
        let whole =
            if self.waiting().is_empty() { Some(&*self.done.rows) } else { self.looked_at.get() };
        let select = |frame: DataFrame| match wanted {
            Some(wanted) => frame.select(wanted.iter().copied()).map_err(polars_trouble),
            None => Ok(frame),
        };
        if let Some(whole) = whole {
            let rows = Rows { frame: select(whole.frame.clone())?, schema };
            return match mask {
                Some(mask) => rows.filter(mask),
                None => Ok(rows),
            };
        }
        let mut frame = select(self.form.frame.clone())?;
        for rows in self.slices(mask) {
            frame.vstack_mut_owned(select(rows?.frame)?).map_err(polars_trouble)?;
        }
        Ok(Rows { frame, schema })
    }

    /// The rows after all steps (where `mask` is true), a slice at a time.
    fn slices(&self, mask: Option<&BooleanChunked>) -> impl Iterator<Item = Result<Rows, Trouble>> {
        let looked_at = self.looked_at.get();
        let rows = looked_at.unwrap_or(&self.done.rows);
        let waiting = if looked_at.is_some() { &[] } else { self.waiting() };
        (0..self.n_rows()).step_by(N_SLICE_ROWS).map(move |start| {
            let frame = rows.frame.slice(start as i64, N_SLICE_ROWS);
            let mut slice = Rows { frame, schema: rows.schema.clone() };
            if let Some(mask) = mask {
                slice = slice.filter(&mask.slice(start as i64, N_SLICE_ROWS))?;
            }
            waiting.iter().try_fold(slice, |rows, step| step.apply(rows, Purpose::Building))
        })
    }
}

/// The numbers of rows that come from the source.
fn from_source(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.retain(|number| *number != ADDED_ROW);
    numbers
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
