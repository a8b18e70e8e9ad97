//! A table: frame, schema, source row numbers, parts, origin and recipe; cheap to clone, never changed in place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use pg_base::{Trouble, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::recipe::{Purpose, Recipe, RecipeStep, Step};
use crate::schema::{Column, ColumnKind, Schema};

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

/// A frame with the schema of its visible columns; the frame may also hold [`ROW`] and [`PART`].
#[derive(Clone, Debug)]
pub struct Rows {
    /// The values; columns in the order of the schema, reserved columns anywhere.
    pub frame: DataFrame,
    /// The visible columns.
    pub schema: Schema,
}

impl Rows {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.frame.height()
    }

    /// The values of a column.
    pub fn column(&self, name: &str) -> Result<&polars::prelude::Column, Trouble> {
        self.schema.require(name)?;
        self.frame.column(name).map_err(polars_trouble)
    }

    /// The values of a number column as Float64; missing is null.
    pub fn numbers(&self, name: &str) -> Result<Float64Chunked, Trouble> {
        let series = self.column(name)?.cast(&DataType::Float64).map_err(polars_trouble)?;
        Ok(series.f64().map_err(polars_trouble)?.clone())
    }

    /// The values of a text, category or file column.
    pub fn texts(&self, name: &str) -> Result<StringChunked, Trouble> {
        let series = self.column(name)?.cast(&DataType::String).map_err(polars_trouble)?;
        Ok(series.str().map_err(polars_trouble)?.clone())
    }

    /// The values of a category, text or number column as labels; whole numbers have no decimal point.
    pub fn labels(&self, name: &str) -> Result<Vec<Option<String>>, Trouble> {
        if self.schema.require(name)?.kind == ColumnKind::Number {
            let label =
                |value: Option<f64>| value.filter(|value| value.is_finite()).map(number_label);
            return Ok(self.numbers(name)?.iter().map(label).collect());
        }
        Ok(self.texts(name)?.iter().map(|value| value.map(str::to_owned)).collect())
    }

    /// How often each label occurs, numbers by size and texts in the order of code points.
    pub fn label_counts(&self, name: &str) -> Result<Vec<(String, usize)>, Trouble> {
        if self.schema.require(name)?.kind == ColumnKind::Number {
            let mut values: Vec<f64> =
                self.numbers(name)?.iter().flatten().filter(|value| value.is_finite()).collect();
            values.sort_unstable_by(f64::total_cmp);
            let runs = values.chunk_by(|a, b| a == b);
            return Ok(runs
                .filter_map(|run| Some((number_label(*run.first()?), run.len())))
                .collect());
        }
        let texts = self.texts(name)?;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for text in texts.iter().flatten() {
            *counts.entry(text).or_default() += 1;
        }
        Ok(counts.into_iter().map(|(text, count)| (text.to_owned(), count)).collect())
    }

    /// Replaces or adds the values of a column; the caller keeps the schema right.
    pub fn set(&mut self, series: Series) -> Result<(), Trouble> {
        let series = match self.frame.columns().first() {
            Some(first) => laid_like(first.as_materialized_series(), series)?,
            None => series,
        };
        self.frame.with_column(series.into()).map_err(polars_trouble)?;
        Ok(())
    }

    /// Puts new columns in the place of old ones, by the old name; frame and schema keep the same order.
    /// Another column that has the name of a new one gives way.
    pub fn replace(
        &mut self,
        mut new: BTreeMap<String, Vec<(Column, Series)>>,
    ) -> Result<(), Trouble> {
        let taken: BTreeSet<String> =
            new.values().flatten().map(|(column, _)| column.name.clone()).collect();
        let mut schema = Schema::default();
        let mut columns = Vec::with_capacity(self.frame.width());
        for column in std::mem::take(&mut self.schema.columns) {
            if let Some(parts) = new.remove(&column.name) {
                for (column, series) in parts {
                    columns.push(series.with_name(column.name.as_str().into()).into());
                    schema.columns.push(column);
                }
            } else if !taken.contains(&column.name) {
                columns.push(self.frame.column(&column.name).map_err(polars_trouble)?.clone());
                schema.columns.push(column);
            }
        }
        let reserved =
            [ROW, PART].into_iter().filter_map(|name| self.frame.column(name).ok().cloned());
        columns.extend(reserved);
        self.frame = DataFrame::new(self.frame.height(), columns).map_err(polars_trouble)?;
        self.schema = schema;
        Ok(())
    }

    /// Replaces the values of columns whose kinds become `kind`.
    pub(crate) fn set_all(
        &mut self,
        values: Vec<Series>,
        kind: Option<&ColumnKind>,
    ) -> Result<(), Trouble> {
        let mut new = BTreeMap::new();
        for series in values {
            let mut column = self.schema.require(series.name())?.clone();
            if let Some(kind) = kind {
                column.kind = kind.clone();
            }
            new.insert(column.name.clone(), vec![(column, series)]);
        }
        self.replace(new)
    }

    /// Keeps only the columns that `keep` accepts, and the reserved ones.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Column) -> bool) -> Result<(), Trouble> {
        let dropped = self.schema.columns.iter().filter(|column| !keep(column));
        self.replace(dropped.map(|column| (column.name.clone(), Vec::new())).collect())
    }

    /// Source row numbers; empty where the frame has none.
    pub fn row_numbers(&self) -> Vec<u32> {
        let Ok(column) = self.frame.column(ROW) else { return Vec::new() };
        column
            .u32()
            .map(|numbers| numbers.iter().map(Option::unwrap_or_default).collect())
            .unwrap_or_default()
    }

    /// Which rows are training rows; none before a split, when all are.
    pub(crate) fn training_mask(&self) -> Result<Option<BooleanChunked>, Trouble> {
        self.part_mask(Part::Training)
    }

    /// Which rows belong to a part; none before a split.
    pub(crate) fn part_mask(&self, part: Part) -> Result<Option<BooleanChunked>, Trouble> {
        let Ok(codes) = self.frame.column(PART) else { return Ok(None) };
        Ok(Some(codes.u8().map_err(polars_trouble)?.equal(part.code())))
    }

    /// The columns without rows.
    pub(crate) fn without_rows(&self) -> Self {
        Self { frame: self.frame.clear(), schema: self.schema.clone() }
    }

    /// The rows where `mask` is true.
    pub fn filter(&self, mask: &BooleanChunked) -> Result<Self, Trouble> {
        if mask.len() != self.n_rows() {
            return Err(Trouble::internal("one mark per row is needed"));
        }
        Ok(Self {
            frame: self.frame.filter(mask).map_err(polars_trouble)?,
            schema: self.schema.clone(),
        })
    }

    /// The rows with these source numbers, in their order, without parts.
    pub(crate) fn pick(&self, numbers: &[u32]) -> Result<Self, Trouble> {
        let frame = self.frame.drop_many([PART]);
        let own = self.row_numbers();
        if own == numbers {
            return Ok(Self { frame, schema: self.schema.clone() });
        }
        let mut by_number: Vec<(u32, u32)> = own.into_iter().zip(0..).collect();
        by_number.sort_unstable();
        let positions = numbers.iter().map(|number| {
            let found = by_number.binary_search_by_key(number, |(number, _)| *number).ok();
            found.and_then(|at| by_number.get(at)).map(|(_, position)| *position)
        });
        let positions: Option<Vec<u32>> = positions.collect();
        let positions = positions
            .ok_or_else(|| Trouble::internal("a row is not among the rows of the origin"))?;
        let frame = frame.take(&IdxCa::from_vec(ROW.into(), positions)).map_err(polars_trouble)?;
        Ok(Self { frame, schema: self.schema.clone() })
    }
}

/// Rows with their origin and the recipe between the two.
///
/// The last steps may wait: they are learnt, but applied only when somebody looks at the rows. So a chain of steps holds
/// the values once, not once per step.
#[derive(Clone, Debug)]
pub struct Table {
    origin: Arc<Rows>,
    recipe: Recipe,
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
const N_SLICE_ROWS: usize = 1 << 18;

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
        table.recipe.steps.push(step);
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
            recipe: Recipe { steps: kept.to_vec() },
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

/// The same values in pieces as long as those of another column: a frame in unequal pieces is copied as a whole when it
/// is written.
fn laid_like(other: &Series, series: Series) -> Result<Series, Trouble> {
    if other.n_chunks() < 2 || other.len() != series.len() {
        return Ok(series);
    }
    let mut start = 0;
    let mut laid: Option<Series> = None;
    for length in other.chunk_lengths() {
        let piece = series.slice(start, length);
        start += length as i64;
        match &mut laid {
            Some(laid) => _ = laid.append(&piece).map_err(polars_trouble)?,
            None => laid = Some(piece),
        }
    }
    Ok(laid.unwrap_or(series))
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
