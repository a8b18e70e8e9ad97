//! Encoded rows in dense memory, from which batches are gathered.

use pg_base::{Array, Batch, BatchSource, Trouble, say};
use polars::prelude::*;
use rayon::prelude::*;

use super::encoded::EncodedTarget;
use super::pixels::PixelForm;
use super::{InputSlot, Problem, Problems};
use crate::schema::{ColumnKind, ImageForm};
use crate::steps::tokenise::UNKNOWN;
use crate::table::{Rows, polars_trouble};

/// Rows ready to be gathered into batches.
#[derive(Clone, Debug)]
pub struct EncodedRows {
    blocks: Vec<Block>,
    target: Option<EncodedTarget>,
    row_numbers: Vec<u32>,
}

/// All rows of one input.
#[derive(Clone, Debug)]
pub(super) enum Block {
    /// Row-major, `width` numbers per row.
    Numbers { width: usize, values: Vec<f32> },
    /// Bytes, channels last; one chunk, shared with the frame.
    Pixels { pixels: BinaryChunked, form: PixelForm },
    /// Row-major, `width` ids per row.
    Ids { width: usize, ids: Vec<i32> },
}

/// Rows scattered at a time: their numbers stay in the processor's cache.
const BLOCK_ROWS: usize = 1024;
/// Columns converted at a time: bounds the memory beside the result.
const GROUP_COLUMNS: usize = 16;
/// Batches with more numbers than this are worth several threads.
const PARALLEL_NUMBERS: usize = 200_000;

impl EncodedRows {
    pub(super) fn new(
        blocks: Vec<Block>,
        target: Option<EncodedTarget>,
        row_numbers: Vec<u32>,
    ) -> Self {
        Self { blocks, target, row_numbers }
    }

    /// Source row of each row, from 1.
    pub fn row_numbers(&self) -> &[u32] {
        &self.row_numbers
    }

    /// Classes of the targets of each row, row-major; none for numbers or without a target.
    pub fn class_ids(&self) -> Option<&[i32]> {
        match &self.target {
            Some(EncodedTarget::Classes { ids, .. }) => Some(ids),
            _ => None,
        }
    }

    /// Scaled numbers of the targets of each row, row-major; none for classes or without a target.
    pub fn target_numbers(&self) -> Option<&[f32]> {
        match &self.target {
            Some(EncodedTarget::Numbers { numbers, .. }) => Some(numbers),
            _ => None,
        }
    }

    /// Adds the rows of another encoding by the same encoder.
    pub(super) fn append(&mut self, next: Self) -> Result<(), Trouble> {
        for (block, next) in self.blocks.iter_mut().zip(next.blocks) {
            match (block, next) {
                (Block::Numbers { values, .. }, Block::Numbers { values: next, .. }) => {
                    values.extend_from_slice(&next);
                }
                (Block::Ids { ids, .. }, Block::Ids { ids: next, .. }) => {
                    ids.extend_from_slice(&next);
                }
                (Block::Pixels { pixels, .. }, Block::Pixels { pixels: next, .. }) => {
                    pixels.append(&next).map_err(polars_trouble)?;
                    *pixels = pixels.rechunk().into_owned();
                }
                _ => return Err(Trouble::internal("encodings of two encoders")),
            }
        }
        match (&mut self.target, next.target) {
            (Some(target), Some(next)) => target.append(next)?,
            (None, None) => {}
            _ => return Err(Trouble::internal("targets of two encoders")),
        }
        self.row_numbers.extend(next.row_numbers);
        Ok(())
    }

    pub(super) fn retain(&mut self, kept: &[usize]) -> Result<(), Trouble> {
        for block in &mut self.blocks {
            match block {
                Block::Numbers { width, values } => compact(values, *width, kept),
                Block::Ids { width, ids } => compact(ids, *width, kept),
                Block::Pixels { pixels, .. } => {
                    let positions = IdxCa::from_iter_values(
                        PlSmallStr::EMPTY,
                        kept.iter().map(|row| *row as IdxSize),
                    );
                    *pixels =
                        pixels.take(&positions).map_err(polars_trouble)?.rechunk().into_owned();
                }
            }
        }
        if let Some(target) = &mut self.target {
            target.retain(kept);
        }
        compact(&mut self.row_numbers, 1, kept);
        Ok(())
    }
}

impl BatchSource for EncodedRows {
    fn n_rows(&self) -> usize {
        self.row_numbers.len()
    }

    fn gather(&self, rows: &[usize], augment_seed: Option<u64>) -> Result<Batch, Trouble> {
        let n_rows = self.n_rows();
        if let Some(row) = rows.iter().find(|row| **row >= n_rows) {
            return Err(Trouble::internal(format!("row {row} of {n_rows} was asked for")));
        }
        let inputs = self.blocks.iter().map(|block| block.gather(rows, augment_seed)).collect();
        let target = self.target.as_ref().map(|target| target.gather(rows));
        Ok(Batch { inputs, target })
    }
}

impl Block {
    pub(super) fn new(
        slot: &InputSlot,
        rows: &Rows,
        accepts_gaps: bool,
        problems: &mut Problems,
    ) -> Result<Self, Trouble> {
        match slot {
            InputSlot::Numbers { columns } => numbers(columns, rows, accepts_gaps, problems),
            InputSlot::Image { column, height, width, channels } => {
                pixels(column, [*height, *width, *channels], rows, problems)
            }
            InputSlot::Sequence { column, length, vocabulary } => {
                ids(column, *length, *vocabulary, rows, problems)
            }
        }
    }

    fn gather(&self, rows: &[usize], augment_seed: Option<u64>) -> Array {
        match self {
            Self::Numbers { width, values } => {
                Array::f32([rows.len(), *width], pick(values, *width, rows))
            }
            Self::Ids { width, ids } => Array::i32([rows.len(), *width], pick(ids, *width, rows)),
            Self::Pixels { pixels, form } => {
                let size = form.n_bytes();
                let mut values = vec![0.0; rows.len() * size];
                let fill = |(out, row): (&mut [f32], &usize)| {
                    if let Some(picture) = pixels.get(*row) {
                        form.write(picture, *row, augment_seed, out);
                    }
                };
                if values.len() > PARALLEL_NUMBERS {
                    values.par_chunks_mut(size).zip(rows).for_each(fill);
                } else {
                    values.chunks_mut(size).zip(rows).for_each(fill);
                }
                Array::f32([[rows.len()].as_slice(), &form.shape()].concat(), values)
            }
        }
    }
}

fn numbers(
    columns: &[String],
    rows: &Rows,
    accepts_gaps: bool,
    problems: &mut Problems,
) -> Result<Block, Trouble> {
    let width = columns.len();
    let mut values = vec![0.0_f32; width * rows.n_rows()];
    for (group, names) in columns.chunks(GROUP_COLUMNS).enumerate() {
        let cast: Vec<Result<Float32Chunked, Trouble>> = names
            .par_iter()
            .map(|name| {
                let column = rows.column(name)?.cast(&DataType::Float32).map_err(polars_trouble)?;
                let column = column.f32().map_err(polars_trouble)?.rechunk().into_owned();
                if accepts_gaps && column.null_count() > 0 {
                    let filled = column.fill_null_with_values(f32::NAN).map_err(polars_trouble)?;
                    return Ok(filled.rechunk().into_owned());
                }
                Ok(column)
            })
            .collect();
        let cast: Vec<Float32Chunked> = cast.into_iter().collect::<Result<_, _>>()?;
        for (name, column) in names.iter().zip(&cast) {
            let values =
                column.downcast_iter().next().map_or(&[][..], |array| array.values().as_slice());
            if column.null_count() == 0 && values.iter().all(|value| value.is_finite()) {
                continue;
            }
            for (row, value) in column.iter().enumerate() {
                match value {
                    None => problems.add(row, || Problem::Missing(name.clone())),
                    Some(value) if accepts_gaps && value.is_nan() => {}
                    Some(value) if !value.is_finite() => {
                        problems.add(row, || Problem::NotFinite(name.clone()));
                    }
                    Some(_) => {}
                }
            }
        }
        let slices: Vec<&[f32]> = cast
            .iter()
            .map(|column| {
                column.downcast_iter().next().map_or(&[][..], |array| array.values().as_slice())
            })
            .collect();
        values.par_chunks_mut(BLOCK_ROWS * width.max(1)).enumerate().for_each(|(block, out)| {
            for (index, column) in slices.iter().enumerate() {
                let column = column.get(block * BLOCK_ROWS..).unwrap_or_default();
                let slots = out.iter_mut().skip(group * GROUP_COLUMNS + index).step_by(width);
                slots.zip(column).for_each(|(slot, value)| *slot = *value);
            }
        });
    }
    Ok(Block::Numbers { width, values })
}

fn pixels(
    name: &str,
    size: [usize; 3],
    rows: &Rows,
    problems: &mut Problems,
) -> Result<Block, Trouble> {
    let [height, width, channels] = size;
    let ColumnKind::Image(ImageForm::Pixels {
        height: found_height,
        width: found_width,
        channels: found_channels,
        mean,
        std,
        augment,
    }) = &rows.schema.require(name)?.kind
    else {
        return Err(column_changed(name));
    };
    if [*found_height, *found_width, *found_channels] != size || height * width * channels == 0 {
        return Err(column_changed(name));
    }
    let pixels = rows.column(name)?.binary().map_err(polars_trouble)?.rechunk().into_owned();
    for (row, picture) in pixels.iter().enumerate() {
        if picture.is_none_or(|picture| picture.len() != height * width * channels) {
            problems.add(row, || Problem::WrongPixels(name.to_owned()));
        }
    }
    let form = PixelForm::new(size, mean, std, *augment);
    Ok(Block::Pixels { pixels, form })
}

fn ids(
    name: &str,
    length: usize,
    vocabulary: usize,
    rows: &Rows,
    problems: &mut Problems,
) -> Result<Block, Trouble> {
    if !matches!(rows.schema.require(name)?.kind, ColumnKind::Sequence { .. }) {
        return Err(column_changed(name));
    }
    let lists = rows.column(name)?.list().map_err(polars_trouble)?.rechunk().into_owned();
    let inner = lists.get_inner().cast(&DataType::UInt32).map_err(polars_trouble)?.rechunk();
    let inner = inner.u32().map_err(polars_trouble)?;
    let known = inner.downcast_iter().next().map_or(&[][..], |array| array.values().as_slice());
    let id_of = |id: &u32| if (*id as usize) < vocabulary { *id as i32 } else { UNKNOWN as i32 };
    let mut ids = vec![0; length * rows.n_rows()];
    if let Some(array) = lists.downcast_iter().next() {
        let is_missing = |row: usize| {
            array.validity().is_some_and(|validity| !validity.get(row).unwrap_or(false))
        };
        for (row, slots) in ids.chunks_mut(length.max(1)).enumerate() {
            if is_missing(row) {
                problems.add(row, || Problem::Missing(name.to_owned()));
                continue;
            }
            let (start, end) = array.offsets().start_end(row);
            slots
                .iter_mut()
                .zip(known.get(start..end).unwrap_or_default())
                .for_each(|(slot, id)| *slot = id_of(id));
        }
    }
    Ok(Block::Ids { width: length, ids })
}

fn column_changed(name: &str) -> Trouble {
    Trouble::new(
        "column-changed",
        say!(
            "`{name}` has another kind or size than in training",
            "`{name}` 的类型或尺寸与训练时不同"
        ),
    )
    .advice(say!("Prepare the rows with the recipe of the model.", "请用模型的处理流程准备数据。"))
    .column(name)
}

/// The rows with these indices, `width` values each.
pub(super) fn pick<T: Copy>(values: &[T], width: usize, rows: &[usize]) -> Vec<T> {
    let mut picked = Vec::with_capacity(rows.len() * width);
    for row in rows {
        picked.extend_from_slice(values.get(row * width..(row + 1) * width).unwrap_or_default());
    }
    picked
}

/// Keeps these rows (ascending) in place.
pub(super) fn compact<T: Copy>(values: &mut Vec<T>, width: usize, kept: &[usize]) {
    for (to, from) in kept.iter().enumerate() {
        if to != *from && (from + 1) * width <= values.len() {
            values.copy_within(from * width..(from + 1) * width, to * width);
        }
    }
    values.truncate(kept.len() * width);
}
