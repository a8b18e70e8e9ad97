//! Looking at rows without copying them: cells as text for people, pictures, and which rows stand where.

mod export;
mod format;
mod select;
mod sort;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use pg_base::{CancelToken, Trouble};
use polars::prelude::*;

pub use self::format::moment_text;
pub use self::select::{Filter, Query, Test};
pub use self::sort::Order;
use crate::read::{decode, parse_moment, probe_image};
use crate::schema::{Column, ColumnKind, ImageForm, Role, Schema};
use crate::table::{PART, Part, ROW, Rows, polars_trouble};

/// Values looked at to find out how many decimals a column needs.
const N_LOOKED_AT: usize = 256;
/// Ids of a sequence that a cell shows.
const N_IDS_SHOWN: usize = 8;

/// Rows as a person looks at them; cheap to make, nothing is copied.
#[derive(Debug)]
pub struct RowsView {
    rows: Rows,
    columns: Vec<ViewColumn>,
    numbers: Option<UInt32Chunked>,
    parts: Option<UInt8Chunked>,
}

#[derive(Debug)]
struct ViewColumn {
    column: Column,
    values: Series,
    /// Found when the first cell is shown.
    decimals: OnceLock<usize>,
}

/// A picture for the screen: red, green and blue bytes, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// `3 * width * height` bytes.
    pub rgb: Vec<u8>,
}

impl RowsView {
    /// A view of rows.
    pub fn new(rows: &Rows) -> Result<Self, Trouble> {
        let mut columns = Vec::with_capacity(rows.schema.columns.len());
        for column in &rows.schema.columns {
            let values = rows.column(&column.name)?.as_materialized_series().clone();
            columns.push(ViewColumn { column: column.clone(), values, decimals: OnceLock::new() });
        }
        let numbers = rows.frame.column(ROW).ok().and_then(|column| column.u32().ok()).cloned();
        let parts = rows.frame.column(PART).ok().and_then(|column| column.u8().ok()).cloned();
        Ok(Self { rows: rows.clone(), columns, numbers, parts })
    }

    /// Whether these rows are the ones in view; content is not compared, only whether it is shared.
    pub fn is_of(&self, rows: &Rows) -> bool {
        let same = |one: &Series, other: &polars::prelude::Column| {
            let (one, other) = (one.chunks(), other.as_materialized_series().chunks());
            let pairs = one.iter().zip(other);
            one.len() == other.len()
                && pairs.into_iter().all(|(a, b)| std::ptr::addr_eq(a.as_ref(), b.as_ref()))
        };
        let part = |rows: &Rows| rows.frame.column(PART).is_ok();
        self.rows.schema == rows.schema
            && self.n_rows() == rows.n_rows()
            && part(&self.rows) == part(rows)
            && self.columns.iter().all(|column| {
                rows.frame
                    .column(&column.column.name)
                    .is_ok_and(|other| same(&column.values, other))
            })
    }

    /// The rows in view.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The visible columns.
    pub fn schema(&self) -> &Schema {
        &self.rows.schema
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.rows.n_rows()
    }

    /// Place of a column.
    pub fn index_of(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|own| own.column.name == column)
    }

    /// A cell as one short line for people; none where it is missing.
    pub fn cell(&self, row: usize, column: usize) -> Option<String> {
        let (own, value) = self.value(row, column)?;
        Some(match &value {
            AnyValue::String(text) => match own.column.kind {
                ColumnKind::Image(_) | ColumnKind::Audio => format::file_name(text),
                _ => format::one_line(text),
            },
            AnyValue::Binary(_) => match &own.column.kind {
                ColumnKind::Image(ImageForm::Pixels { height, width, .. }) => {
                    format!("{width} × {height}")
                }
                _ => return None,
            },
            AnyValue::List(ids) => {
                let shown: Vec<String> =
                    ids.iter().take(N_IDS_SHOWN).map(|id| format::exact(&id)).collect();
                let more = if ids.len() > N_IDS_SHOWN { " …" } else { "" };
                shown.join(", ") + more
            }
            value if value.is_primitive_numeric() => {
                let decimals =
                    *own.decimals.get_or_init(|| format::decimals_of(&own.values, N_LOOKED_AT));
                format::number(value, decimals, own.column.role != Role::Id)
            }
            value => format::exact(value),
        })
    }

    /// A cell in full, as it is copied and written; none where it is missing or has no text (pixels).
    pub fn exact(&self, row: usize, column: usize) -> Option<String> {
        let (_, value) = self.value(row, column)?;
        match value {
            AnyValue::Binary(_) => None,
            value => Some(format::exact(&value)),
        }
    }

    /// Number of the row in its source, from 1.
    pub fn row_number(&self, row: usize) -> u64 {
        let number = self.numbers.as_ref().and_then(|numbers| numbers.get(row));
        number.map_or(row as u64 + 1, u64::from)
    }

    /// What the row is used for; none before a split.
    pub fn part(&self, row: usize) -> Option<Part> {
        let code = self.parts.as_ref()?.get(row)?;
        Part::ALL.into_iter().find(|part| part.code() == code)
    }

    /// Whether a split has assigned parts.
    pub fn is_split(&self) -> bool {
        self.parts.is_some()
    }

    /// Rows of each part in the order of [`Part::ALL`]; looks at every row.
    pub fn part_counts(&self) -> [usize; 3] {
        let Some(parts) = &self.parts else { return [self.n_rows(), 0, 0] };
        let mut counts = [0; 3];
        for code in parts.iter().flatten() {
            if let Some(count) = counts.get_mut(usize::from(code)) {
                *count += 1;
            }
        }
        counts
    }

    /// Where the rows with these source numbers stand, in the order asked; numbers that are not there are left out.
    pub fn rows_numbered(
        &self,
        numbers: &[u64],
        cancel: &CancelToken,
    ) -> Result<Vec<u32>, Trouble> {
        let wanted: BTreeMap<u64, usize> =
            numbers.iter().enumerate().rev().map(|(rank, number)| (*number, rank)).collect();
        let mut found = Vec::new();
        for row in 0..self.n_rows() {
            if row % 65_536 == 0 {
                cancel.check()?;
            }
            if let Some(rank) = wanted.get(&self.row_number(row)) {
                found.push((*rank, row as u32));
            }
        }
        found.sort_unstable();
        Ok(found.into_iter().map(|(_, row)| row).collect())
    }

    /// The picture in a cell, no side longer than `max_side` where it comes from a file; none where it is missing.
    /// Reads and decodes a file: for a thread of its own.
    pub fn picture(
        &self,
        row: usize,
        column: usize,
        max_side: u32,
    ) -> Result<Option<Picture>, Trouble> {
        let Some((own, value)) = self.value(row, column) else { return Ok(None) };
        match (&own.column.kind, value) {
            (ColumnKind::Image(ImageForm::Files), AnyValue::String(path)) => {
                let path = Path::new(path);
                let head = probe_image(path)?;
                let scale =
                    (f64::from(max_side) / f64::from(head.width.max(head.height).max(1))).min(1.0);
                let side = |n_pixels: u32| ((f64::from(n_pixels) * scale).round() as usize).max(1);
                let (width, height) = (side(head.width), side(head.height));
                Ok(Some(Picture { width, height, rgb: decode(path, height, width, 3)? }))
            }
            (
                ColumnKind::Image(ImageForm::Pixels { height, width, channels, .. }),
                AnyValue::Binary(bytes),
            ) => {
                let rgb = match channels {
                    1 => bytes.iter().flat_map(|grey| [*grey; 3]).collect(),
                    _ => bytes.to_vec(),
                };
                let is_whole = rgb.len() == 3 * width * height;
                Ok(is_whole.then_some(Picture { width: *width, height: *height, rgb }))
            }
            _ => Ok(None),
        }
    }

    /// A value that is not missing, with its column.
    fn value(&self, row: usize, column: usize) -> Option<(&ViewColumn, AnyValue<'_>)> {
        let own = self.columns.get(column)?;
        let value = own.values.get(row).ok()?;
        let is_missing = match &value {
            AnyValue::Null => true,
            AnyValue::Float64(number) => number.is_nan(),
            AnyValue::Float32(number) => number.is_nan(),
            _ => false,
        };
        (!is_missing).then_some((own, value))
    }
}

/// The seconds since 1970 of a day or a moment as people write it, and whether it has a time of the day.
pub fn parse_date(text: &str) -> Option<(f64, bool)> {
    let moment = parse_moment(text.trim())?;
    Some((moment.micros as f64 / 1e6, moment.has_time))
}

/// Numbers behind a column: numbers themselves, dates as seconds since 1970, sequences by their length; missing is null.
pub(crate) fn numbers_behind(
    values: &Series,
    kind: &ColumnKind,
) -> Result<Float64Chunked, Trouble> {
    let numbers = match kind {
        ColumnKind::Number => values.cast(&DataType::Float64).map_err(polars_trouble)?,
        ColumnKind::Date => {
            let micros = values
                .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
                .map_err(polars_trouble)?;
            let micros =
                micros.to_physical_repr().cast(&DataType::Float64).map_err(polars_trouble)?;
            let seconds = micros
                .f64()
                .map_err(polars_trouble)?
                .iter()
                .map(|micros| micros.map(|micros| micros / 1e6));
            seconds.collect::<Float64Chunked>().into_series()
        }
        ColumnKind::Sequence { .. } => {
            let lists = values.list().map_err(polars_trouble)?;
            let lengths = lists.downcast_iter().flat_map(|array| {
                let is_there =
                    |index: usize| array.validity().is_none_or(|bits| bits.get_bit(index));
                (0..array.len()).map(move |index| {
                    is_there(index).then(|| array.offsets().length_at(index) as f64)
                })
            });
            lengths.collect::<Float64Chunked>().into_series()
        }
        _ => Series::full_null(values.name().clone(), values.len(), &DataType::Float64),
    };
    let numbers = numbers.f64().map_err(polars_trouble)?;
    Ok(numbers.clone())
}

/// Whether the values of a kind are held as text.
pub(crate) fn is_text(kind: &ColumnKind) -> bool {
    matches!(
        kind,
        ColumnKind::Category
            | ColumnKind::Text
            | ColumnKind::Audio
            | ColumnKind::Image(ImageForm::Files)
    )
}

/// Shares rows among threads and notices a cancel between blocks.
fn blocks(n_rows: usize) -> impl rayon::iter::IndexedParallelIterator<Item = (usize, usize)> {
    use rayon::prelude::*;
    const BLOCK: usize = 65_536;
    (0..n_rows.div_ceil(BLOCK)).into_par_iter().map(move |block| {
        let start = block * BLOCK;
        (start, BLOCK.min(n_rows - start))
    })
}

/// Rows chosen by their place, shared because a choice may be long.
pub type RowList = Arc<Vec<u32>>;
