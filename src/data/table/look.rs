//! Looking at rows: steps that wait are applied to a slice at a time, so that little more than the result is held.

use std::collections::BTreeSet;

use pg_base::Trouble;
use polars::prelude::*;

use crate::kept::Kept;
use crate::recipe::{Purpose, RecipeStep as _};
use crate::table::{MAX_LEARNT_ROWS, PART, Part, ROW, Rows, Table, every, polars_trouble};

impl Table {
    /// The rows of one part; before a split every row is a training row.
    pub fn part(&self, part: Part) -> Result<Rows, Trouble> {
        self.computed(self.part_mask(part)?.as_ref(), None)
    }

    /// Shows the rows of one part a slice at a time, at least once; no more than a slice is held.
    pub(crate) fn each_slice(
        &self,
        part: Part,
        mut each: impl FnMut(&Rows) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mask = self.part_mask(part)?;
        if self.n_rows() == 0 {
            return each(&self.form);
        }
        self.slices(mask.as_ref(), None).try_for_each(|rows| each(&rows?))
    }

    /// Which rows belong to a part; none where all do, as to the training rows before a split.
    pub(crate) fn part_mask(&self, part: Part) -> Result<Option<BooleanChunked>, Trouble> {
        let mask = self.done.rows.marks().part_mask(part)?;
        let is_none = mask.is_none() && part != Part::Training;
        Ok(if is_none {
            Some(BooleanChunked::full(PART.into(), false, self.n_rows()))
        } else {
            mask
        })
    }

    /// All rows with the values of some columns only; the schema stays whole.
    pub fn only(&self, names: &[String]) -> Result<Rows, Trouble> {
        self.columns_of(None, names)
    }

    /// The training rows with the values of some columns only; the schema stays whole.
    pub(crate) fn training_columns(&self, names: &[String]) -> Result<Rows, Trouble> {
        self.columns_of(self.done.rows.marks().part_mask(Part::Training)?, names)
    }

    /// The same for a step to learn from: of very many rows evenly spaced ones.
    pub(super) fn columns_to_learn(&self, names: &[String]) -> Result<Rows, Trouble> {
        let stride = self.n_rows().div_ceil(MAX_LEARNT_ROWS).max(1);
        // A draw of rows by their numbers must know how many there are.
        if stride == 1 || names.len() < 2 {
            return self.training_columns(names);
        }
        let thinned = every(stride, self.n_rows());
        let mask = match self.done.rows.marks().part_mask(Part::Training)? {
            Some(mask) => &mask & &thinned,
            None => thinned,
        };
        self.columns_of(Some(mask), names)
    }

    /// The rows where `mask` is true (all without one) with the values of some columns only.
    fn columns_of(&self, mask: Option<BooleanChunked>, names: &[String]) -> Result<Rows, Trouble> {
        let known =
            names.iter().map(String::as_str).filter(|name| self.schema().get(name).is_some());
        let reserved = [ROW, PART].into_iter().filter(|name| self.form.frame.column(name).is_ok());
        let wanted: BTreeSet<&str> = known.chain(reserved).collect();
        self.computed(mask.as_ref(), Some(&wanted))
    }

    /// Mean of a number column over the training rows; none without values.
    pub fn training_mean(&self, name: &str) -> Result<Option<f64>, Trouble> {
        self.training_columns(&[name.to_owned()])?.mean(name)
    }

    /// The rows after all steps (where `mask` is true) with some columns, or all; the schema stays whole.
    /// Waiting steps see a slice of the rows at a time, so that little more than the result is held.
    pub(super) fn computed(
        &self,
        mask: Option<&BooleanChunked>,
        wanted: Option<&BTreeSet<&str>>,
    ) -> Result<Rows, Trouble> {
        let schema = self.schema().clone();
        let whole =
            if self.waiting().is_empty() { self.done.rows.held() } else { self.looked_at.get() };
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
        for rows in self.slices(mask, wanted) {
            frame.vstack_mut_owned(select(rows?.frame)?).map_err(polars_trouble)?;
        }
        Ok(Rows { frame, schema })
    }

    /// Number of slices that the rows are looked at in.
    pub(crate) fn n_slices(&self) -> usize {
        self.done.rows.n_slices()
    }

    /// The rows of a slice (where `mask` is true) after all steps; at least the wanted columns, where any are named.
    pub(crate) fn slice(
        &self,
        index: usize,
        mask: Option<&BooleanChunked>,
        wanted: Option<&BTreeSet<&str>>,
    ) -> Result<Rows, Trouble> {
        // A step that waits may look at other columns too.
        let wanted = wanted.filter(|_| self.waiting().is_empty());
        let is_wanted = |name: &str| wanted.is_none_or(|wanted| wanted.contains(name));
        if let Some(rows) = self.looked_at.get().filter(|_| !self.is_large()) {
            return Kept::in_memory(rows.clone()).slice(index, mask, is_wanted);
        }
        let slice = self.done.rows.slice(index, mask, is_wanted)?;
        self.waiting().iter().try_fold(slice, |rows, step| step.apply(rows, Purpose::Building))
    }

    pub(super) fn slices(
        &self,
        mask: Option<&BooleanChunked>,
        wanted: Option<&BTreeSet<&str>>,
    ) -> impl Iterator<Item = Result<Rows, Trouble>> {
        (0..self.n_slices()).map(move |index| self.slice(index, mask, wanted))
    }
}
