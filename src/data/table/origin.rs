//! The rows of a table as they were read: all of them, those of a part, or some.

use pg_base::Trouble;
use polars::prelude::*;

use crate::kept::Kept;
use crate::schema::Schema;
use crate::table::{ADDED_ROW, Part, ROW, Rows, Table, polars_trouble};

impl Table {
    /// The rows as they were read; without values where they are too large for memory.
    pub fn origin(&self) -> &Rows {
        self.origin.whole().unwrap_or_else(|_| self.origin.marks())
    }

    /// The rows as they were read.
    ///
    /// Errors: `table-too-large`.
    pub fn whole_origin(&self) -> Result<&Rows, Trouble> {
        self.origin.whole()
    }

    /// The columns as they were read.
    pub fn origin_schema(&self) -> &Schema {
        &self.origin.marks().schema
    }

    /// The columns as they were read, without rows.
    pub(crate) fn origin_form(&self) -> Result<Rows, Trouble> {
        self.origin.form()
    }

    /// The rows as they are kept since they were read.
    pub(crate) fn kept_origin(&self) -> &Kept {
        &self.origin
    }

    /// The origin rows of one part, in the order of the current rows; before a split all rows for `Test`.
    pub fn origin_part(&self, part: Part) -> Result<Rows, Trouble> {
        self.picked(&self.numbers_of(part)?)
    }

    /// The same a slice at a time, all rows of the origin where no part is named; those of a large table come in the
    /// order of the origin.
    pub fn origin_slices(
        &self,
        part: Option<Part>,
    ) -> Result<impl Iterator<Item = Result<Rows, Trouble>>, Trouble> {
        let numbers = part.map(|part| self.numbers_of(part)).transpose()?;
        let is_held = self.origin.held().is_some();
        let mask = numbers.as_ref().filter(|_| !is_held).map(|numbers| self.origin_mask(numbers));
        let whole = is_held.then(|| match &numbers {
            Some(numbers) => self.picked(numbers),
            None => Ok(self.origin().clone()),
        });
        let n_slices = if is_held { 0 } else { self.origin.n_slices() };
        let origin = self.origin.clone();
        let slices = (0..n_slices).map(move |index| origin.slice(index, mask.as_ref(), |_| true));
        Ok(whole.into_iter().chain(slices))
    }

    /// Some origin rows of one part, spread evenly over all of them.
    pub fn some_origin_rows(&self, part: Part, n_rows: usize) -> Result<Rows, Trouble> {
        let numbers = self.numbers_of(part)?;
        let n_taken = n_rows.min(numbers.len());
        let at = |index: usize| numbers.get(index * numbers.len() / n_taken).copied();
        self.picked(&(0..n_taken).filter_map(at).collect::<Vec<_>>())
    }

    /// The origin rows of all rows that come from the source, in the order of the current rows.
    pub fn origin_rows(&self) -> Result<Rows, Trouble> {
        self.picked(&from_source(self.done.rows.marks().row_numbers()))
    }

    /// Source numbers of the rows of one part; before a split all for `Test` and `Training`.
    fn numbers_of(&self, part: Part) -> Result<Vec<u32>, Trouble> {
        let rows = self.done.rows.marks();
        Ok(from_source(match rows.part_mask(part)? {
            Some(mask) => {
                let numbers = rows.frame.select([ROW]).map_err(polars_trouble)?;
                Rows { frame: numbers, schema: Schema::default() }.filter(&mask)?.row_numbers()
            }
            None if part == Part::Validation => Vec::new(),
            None => rows.row_numbers(),
        }))
    }

    /// The origin rows with these source numbers, in their order.
    fn picked(&self, numbers: &[u32]) -> Result<Rows, Trouble> {
        if let Some(rows) = self.origin.held() {
            return rows.pick(numbers);
        }
        let mut found = self.origin.form()?;
        for rows in self.origin.slices(Some(&self.origin_mask(numbers))) {
            found.frame.vstack_mut_owned(rows?.frame).map_err(polars_trouble)?;
        }
        found.pick(numbers)
    }

    /// Which origin rows have one of these source numbers.
    fn origin_mask(&self, numbers: &[u32]) -> BooleanChunked {
        let own = self.origin.marks().row_numbers();
        let n_places = own.iter().max().map_or(0, |most| *most as usize + 1);
        let mut is_wanted = vec![false; n_places];
        for number in numbers {
            if let Some(is_wanted) = is_wanted.get_mut(*number as usize) {
                *is_wanted = true;
            }
        }
        own.iter().map(|number| is_wanted.get(*number as usize).copied()).collect()
    }
}

/// The numbers of rows that come from the source.
fn from_source(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.retain(|number| *number != ADDED_ROW);
    numbers
}
