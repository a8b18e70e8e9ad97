//! Rows: a frame with the schema of its visible columns, and what everybody asks of them.

use std::collections::{BTreeMap, BTreeSet};

use pg_base::Trouble;
use polars::prelude::*;

use crate::schema::{Column, ColumnKind, Schema};
use crate::table::{PART, Part, ROW, number_label, polars_trouble};

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
