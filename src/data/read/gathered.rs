//! The columns of a table while it is read: in memory, or in a file once they are too large for it.

use std::sync::Arc;

use pg_base::Trouble;
use polars::prelude::*;

use super::cells::{Form, Part, Sightings, join_parts};
use crate::shelf::{MAX_SLICE_BYTES, N_SLICE_ROWS, Scratch, Shelf, ShelfWriter};
use crate::table::polars_trouble;

/// All columns, as far as they were read.
#[derive(Debug)]
pub(super) struct Columns {
    /// In the order of the table.
    pub all: Vec<Gathered>,
    scratch: Option<Scratch>,
    writer: Option<ShelfWriter>,
    /// Rows and bytes that are not in the file.
    n_rows: usize,
    n_bytes: usize,
}

/// A column of the table, as far as it was read.
#[derive(Clone, Debug)]
pub(super) struct Gathered {
    name: String,
    form: Form,
    parts: Vec<Series>,
    is_real: bool,
    has_time: bool,
    n_rows: usize,
    n_missing: usize,
    /// Cells that are no number or date although the column was read as such.
    pub strays: Sightings,
    /// Numbers that became missing because no float can hold them.
    pub infinities: Sightings,
}

impl Columns {
    /// Nothing yet; without a place for them the columns stay in memory.
    pub(super) fn new(names: &[String], forms: &[Form], scratch: Option<Scratch>) -> Self {
        let all = names.iter().zip(forms).map(|(name, form)| Gathered::new(name, *form)).collect();
        Self { all, scratch, writer: None, n_rows: 0, n_bytes: 0 }
    }

    /// Adds the columns of a block; `places` tells which column of the table each is, none where it is left out.
    pub(super) fn add(
        &mut self,
        parts: Vec<Part>,
        places: &[Option<usize>],
        n_rows: usize,
    ) -> Result<(), Trouble> {
        for (part, place) in parts.into_iter().zip(places) {
            if let Some(column) = place.and_then(|place| self.all.get_mut(place)) {
                self.n_bytes += part.series.estimated_size();
                column.add(part);
            }
        }
        self.n_rows += n_rows;
        let Some(scratch) = &self.scratch else { return Ok(()) };
        let is_full = match self.writer {
            Some(_) => self.n_rows >= N_SLICE_ROWS || self.n_bytes >= MAX_SLICE_BYTES,
            None => self.n_bytes > scratch.max_bytes,
        };
        if is_full { self.put_away() } else { Ok(()) }
    }

    /// The first `n_columns`, where they have become too large for memory.
    pub(super) fn shelf(&mut self, n_columns: usize) -> Result<Option<Arc<Shelf>>, Trouble> {
        if self.writer.is_none() {
            return Ok(None);
        }
        self.put_away()?;
        let form = self.all.iter().take(n_columns).map(Gathered::without_rows).collect();
        let form = DataFrame::new(0, form).map_err(polars_trouble)?;
        self.writer.take().map(|writer| writer.finish(&form)).transpose()
    }

    fn put_away(&mut self) -> Result<(), Trouble> {
        let Some(scratch) = &self.scratch else { return Ok(()) };
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(ShelfWriter::new(scratch)?),
        };
        let columns = self.all.iter_mut().map(|column| Ok(column.take()?.into()));
        let columns = columns.collect::<Result<_, Trouble>>()?;
        let frame = DataFrame::new(self.n_rows, columns).map_err(polars_trouble)?;
        (self.n_rows, self.n_bytes) = (0, 0);
        writer.push(&frame)
    }
}

impl Gathered {
    fn new(name: &str, form: Form) -> Self {
        Self {
            name: name.to_owned(),
            form,
            parts: Vec::new(),
            is_real: false,
            has_time: false,
            n_rows: 0,
            n_missing: 0,
            strays: Sightings::default(),
            infinities: Sightings::default(),
        }
    }

    /// The values that are not in the file; they are gone afterwards.
    pub(super) fn take(&mut self) -> Result<Series, Trouble> {
        join_parts(&self.name, self.form, std::mem::take(&mut self.parts), self.has_time)
    }

    /// Whether every value is missing.
    pub(super) fn is_empty(&self) -> bool {
        self.n_missing == self.n_rows
    }

    fn add(&mut self, part: Part) {
        self.strays.extend(&part.strays, self.n_rows);
        self.infinities.extend(&part.infinities, self.n_rows);
        self.is_real |= part.series.dtype().is_float();
        self.has_time |= part.has_time;
        self.n_rows += part.series.len();
        self.n_missing += part.series.null_count();
        self.parts.push(part.series);
    }

    /// The type of all values.
    fn without_rows(&self) -> Column {
        let dtype = match self.form {
            Form::Number if self.is_real => DataType::Float64,
            Form::Number => DataType::Int64,
            Form::Date if self.has_time => DataType::Datetime(TimeUnit::Microseconds, None),
            Form::Date => DataType::Date,
            Form::Text => DataType::String,
        };
        Column::new_empty(self.name.as_str().into(), &dtype)
    }
}
