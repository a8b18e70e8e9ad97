//! How the rows of a table are kept: in memory, or where they are too many with their columns on a shelf.

use std::sync::{Arc, OnceLock};

use pg_base::memory::{free_bytes, size_text};
use pg_base::{Trouble, say};
use polars::prelude::*;

use crate::schema::Schema;
use crate::shelf::{MAX_SLICE_BYTES, N_SLICE_ROWS, Scratch, Shelf, ShelfWriter};
use crate::table::{PART, ROW, Rows, polars_trouble};

/// Rows in memory, or their numbers and parts in memory and their columns in a file.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// Where there is a shelf its frame has only [`ROW`] and [`PART`]; the schema is whole.
    marks: Rows,
    shelf: Option<Arc<Shelf>>,
    /// All rows of a shelf, once somebody needed them at once.
    whole: OnceLock<Rows>,
}

/// Rows that come a slice after the other; they move into a file when they become too many.
#[derive(Debug)]
pub(crate) struct Gathering {
    scratch: Scratch,
    schema: Schema,
    marks: DataFrame,
    columns: DataFrame,
    writer: Option<ShelfWriter>,
}

impl Kept {
    /// Rows in memory.
    pub(crate) fn in_memory(rows: Rows) -> Self {
        Self { marks: rows, shelf: None, whole: OnceLock::new() }
    }

    /// Rows whose columns are on a shelf; `marks` has their numbers, parts and schema.
    pub(crate) fn on_shelf(marks: Rows, shelf: Arc<Shelf>) -> Result<Self, Trouble> {
        if marks.n_rows() != shelf.n_rows() {
            return Err(Trouble::internal("a shelf with other rows"));
        }
        Ok(Self { marks, shelf: Some(shelf), whole: OnceLock::new() })
    }

    /// The rows of which at least [`ROW`], [`PART`] and the schema are there.
    pub(crate) fn marks(&self) -> &Rows {
        &self.marks
    }

    /// Where the columns are that are not in memory.
    pub(crate) fn shelf(&self) -> Option<&Arc<Shelf>> {
        self.shelf.as_ref()
    }

    /// Number of rows.
    pub(crate) fn n_rows(&self) -> usize {
        self.marks.n_rows()
    }

    /// Memory that they take now.
    pub(crate) fn n_bytes(&self) -> usize {
        let whole = self.whole.get().map_or(0, |rows| rows.frame.estimated_size());
        self.marks.frame.estimated_size() + whole
    }

    /// The columns without rows.
    pub(crate) fn form(&self) -> Result<Rows, Trouble> {
        match &self.shelf {
            Some(shelf) => self.beside(shelf.form().clone(), &self.marks.frame.clear()),
            None => Ok(self.marks.without_rows()),
        }
    }

    /// All rows, where they are in memory.
    pub(crate) fn held(&self) -> Option<&Rows> {
        if self.shelf.is_none() { Some(&self.marks) } else { self.whole.get() }
    }

    /// All rows; those of a shelf are read once and stay in memory with the table.
    ///
    /// Errors: `table-too-large` where they do not fit.
    pub(crate) fn whole(&self) -> Result<&Rows, Trouble> {
        if let Some(rows) = self.held() {
            return Ok(rows);
        }
        self.check_fits()?;
        let mut frame = self.form()?.frame;
        for rows in self.slices(None) {
            frame.vstack_mut_owned(rows?.frame).map_err(polars_trouble)?;
        }
        Ok(self.whole.get_or_init(|| Rows { frame, schema: self.marks.schema.clone() }))
    }

    /// Whether all rows at once fit into memory, and what is made of them too.
    pub(crate) fn check_fits(&self) -> Result<(), Trouble> {
        match (self.held(), &self.shelf, free_bytes()) {
            (None, Some(shelf), Some(free)) => check_room(2 * shelf.n_memory_bytes(), free),
            _ => Ok(()),
        }
    }

    /// Number of slices that the rows are looked at in.
    pub(crate) fn n_slices(&self) -> usize {
        match &self.shelf {
            Some(shelf) => shelf.slice_rows().count(),
            None => self.n_rows().div_ceil(N_SLICE_ROWS),
        }
    }

    /// The rows of a slice where `mask` is true; of those on a shelf only the wanted columns.
    pub(crate) fn slice(
        &self,
        index: usize,
        mask: Option<&BooleanChunked>,
        is_wanted: impl Fn(&str) -> bool + Sync,
    ) -> Result<Rows, Trouble> {
        let (start, n_rows) = match &self.shelf {
            Some(shelf) => (
                shelf.slice_rows().take(index).sum::<usize>() as i64,
                shelf.slice_rows().nth(index).unwrap_or_default(),
            ),
            None => ((index * N_SLICE_ROWS) as i64, N_SLICE_ROWS),
        };
        let marks = self.marks.frame.slice(start, n_rows);
        let rows = match &self.shelf {
            Some(shelf) => self.beside(shelf.slice(index, is_wanted)?, &marks)?,
            None => Rows { frame: marks, schema: self.marks.schema.clone() },
        };
        match mask {
            Some(mask) => rows.filter(&mask.slice(start, n_rows)),
            None => Ok(rows),
        }
    }

    /// The rows where `mask` is true, a slice at a time.
    pub(crate) fn slices(
        &self,
        mask: Option<&BooleanChunked>,
    ) -> impl Iterator<Item = Result<Rows, Trouble>> {
        (0..self.n_slices()).map(move |index| self.slice(index, mask, |_| true))
    }

    /// The rows where `mask` is true.
    pub(crate) fn filter(&self, mask: &BooleanChunked) -> Result<Self, Trouble> {
        let Some(shelf) = &self.shelf else {
            return Ok(Self::in_memory(self.marks.filter(mask)?));
        };
        if mask.len() != self.n_rows() {
            return Err(Trouble::internal("one mark per row is needed"));
        }
        Gathering::of(shelf.scratch(), self.slices(Some(mask)))
    }

    /// The same rows with a reserved column more, or another one in its place.
    pub(crate) fn marked(&self, mark: Series) -> Result<Self, Trouble> {
        let mut marks = self.marks.clone();
        marks.set(mark)?;
        Ok(Self { marks, shelf: self.shelf.clone(), whole: OnceLock::new() })
    }

    /// The same rows without parts.
    pub(crate) fn unmarked(&self) -> Self {
        let frame = self.marks.frame.drop_many([PART]);
        let marks = Rows { frame, schema: self.marks.schema.clone() };
        Self { marks, shelf: self.shelf.clone(), whole: OnceLock::new() }
    }

    /// Columns with the marks behind them.
    fn beside(&self, mut columns: DataFrame, marks: &DataFrame) -> Result<Rows, Trouble> {
        columns.hstack_mut(marks.columns()).map_err(polars_trouble)?;
        Ok(Rows { frame: columns, schema: self.marks.schema.clone() })
    }
}

impl Gathering {
    /// All rows of some slices, of which there is at least one.
    pub(crate) fn of(
        scratch: &Scratch,
        mut slices: impl Iterator<Item = Result<Rows, Trouble>>,
    ) -> Result<Kept, Trouble> {
        let first = slices.next().ok_or_else(|| Trouble::internal("rows without a slice"))??;
        let (marks, columns) = apart(&first.frame.clear())?;
        let (scratch, schema) = (scratch.clone(), first.schema.clone());
        let mut gathering = Self { scratch, schema, marks, columns, writer: None };
        gathering.push(first)?;
        for rows in slices {
            gathering.push(rows?)?;
        }
        gathering.finish()
    }

    /// Adds rows behind the others.
    fn push(&mut self, rows: Rows) -> Result<(), Trouble> {
        let (marks, columns) = apart(&rows.frame)?;
        self.marks.vstack_mut_owned(marks).map_err(polars_trouble)?;
        self.columns.vstack_mut_owned(columns).map_err(polars_trouble)?;
        let is_full = match self.writer {
            Some(_) => {
                self.columns.height() >= N_SLICE_ROWS
                    || self.columns.estimated_size() >= MAX_SLICE_BYTES
            }
            None => self.columns.estimated_size() > self.scratch.max_bytes,
        };
        if is_full { self.put_away() } else { Ok(()) }
    }

    fn finish(mut self) -> Result<Kept, Trouble> {
        if self.writer.is_some() {
            self.put_away()?;
        }
        let Self { schema, mut marks, mut columns, writer, .. } = self;
        if let Some(writer) = writer {
            marks.rechunk_mut();
            return Kept::on_shelf(Rows { frame: marks, schema }, writer.finish(&columns)?);
        }
        columns.hstack_mut(marks.columns()).map_err(polars_trouble)?;
        Ok(Kept::in_memory(Rows { frame: columns, schema }))
    }

    fn put_away(&mut self) -> Result<(), Trouble> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(ShelfWriter::new(&self.scratch)?),
        };
        writer.push(&self.columns)?;
        self.columns = self.columns.clear();
        Ok(())
    }
}

/// Whether so many bytes are free.
fn check_room(n_needed: u64, n_free: u64) -> Result<(), Trouble> {
    if n_needed <= n_free {
        return Ok(());
    }
    let (needed, free) = (size_text(n_needed), size_text(n_free));
    Err(Trouble::new(
        "table-too-large",
        say!(
            "this step needs all rows at once, which takes about {needed} of memory",
            "该步骤需要同时使用所有行，约需 {needed} 内存"
        ),
    )
    .expected(say!("no more than the {free} that are free", "不超过可用的 {free}"))
    .advice(say!(
        "Put Sample rows or Filter rows behind the source, or leave the step out: filling, scaling, encoding, Remove duplicates, Split, networks and Evaluate take tables of any size.",
        "请在数据源之后加入“抽样”或“筛选行”，或去掉该步骤：填充、缩放、编码、删除重复行、划分、神经网络和评估可处理任意大小的表格。"
    )))
}

/// The reserved columns, and the others.
fn apart(frame: &DataFrame) -> Result<(DataFrame, DataFrame), Trouble> {
    let marks = [ROW, PART].into_iter().filter(|name| frame.column(name).is_ok());
    Ok((frame.select(marks).map_err(polars_trouble)?, frame.drop_many([ROW, PART])))
}

#[cfg(test)]
mod tests;
