//! Rows of a large table, encoded a window at a time whenever they are asked for.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use pg_base::{Array, Batch, BatchSource, Elements, Trouble};
use polars::prelude::BooleanChunked;

use super::{Encoded, EncodedRows, Encoder, InputSlot, Rejected};
use crate::table::{Part, Table};

/// The usable rows of one part. A window is made of slices from all over the table, so that one by itself is a fair
/// sample even where the table is sorted.
#[derive(Debug)]
pub struct StreamedRows {
    table: Table,
    encoder: Encoder,
    mask: Option<BooleanChunked>,
    windows: Vec<Window>,
    /// The windows that were made last, the newest first.
    at_hand: Mutex<Vec<(usize, Arc<EncodedRows>)>>,
}

#[derive(Clone, Debug)]
struct Window {
    slices: Vec<usize>,
    rows: Range<usize>,
}

/// A batch may begin in one window and end in the next.
const N_AT_HAND: usize = 2;

impl Encoder {
    /// The rows of one part of a table that is too large to be encoded as a whole: looks at all of them once to see
    /// which are usable. `hear` is told of the others slice by slice and may end it.
    pub fn stream_part(
        &self,
        table: &Table,
        part: Part,
        mut hear: impl FnMut(Vec<Rejected>) -> Result<(), Trouble>,
    ) -> Result<StreamedRows, Trouble> {
        let mask = table.part_mask(part)?;
        let mut n_usable = Vec::with_capacity(table.n_slices());
        for index in 0..table.n_slices() {
            let Encoded { rejected, kept, .. } =
                self.encode(&table.slice(index, mask.as_ref(), None)?, true)?;
            n_usable.push(kept.len());
            hear(rejected)?;
        }
        let row_bytes = 4 * self.inputs.iter().map(InputSlot::n_numbers).sum::<usize>();
        let most = n_usable.iter().max().copied().unwrap_or_default();
        let n_per_window = (table.window_bytes() / (row_bytes * most).max(1)).max(1);
        let n_windows = n_usable.len().div_ceil(n_per_window);
        let mut windows: Vec<Window> = Vec::with_capacity(n_windows);
        for first in 0..n_windows {
            let slices: Vec<usize> = (first..n_usable.len()).step_by(n_windows).collect();
            let start = windows.last().map_or(0, |window| window.rows.end);
            let n_rows: usize = slices.iter().filter_map(|slice| n_usable.get(*slice)).sum();
            windows.push(Window { slices, rows: start..start + n_rows });
        }
        Ok(StreamedRows {
            table: table.clone(),
            encoder: self.clone(),
            mask,
            windows,
            at_hand: Mutex::default(),
        })
    }
}

impl StreamedRows {
    /// The rows of a window.
    fn window(&self, index: usize) -> Result<Arc<EncodedRows>, Trouble> {
        // Held while a window is made: nobody else could go on without it.
        let mut at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, rows)) = at_hand.iter().find(|(found, _)| *found == index) {
            return Ok(rows.clone());
        }
        at_hand.truncate(N_AT_HAND - 1);
        let rows = Arc::new(self.encoded(index)?);
        at_hand.insert(0, (index, rows.clone()));
        Ok(rows)
    }

    fn encoded(&self, index: usize) -> Result<EncodedRows, Trouble> {
        let slices = self.windows.get(index).map_or(&[][..], |window| &window.slices);
        let encode = |slice: &usize| {
            self.encoder.encode(&self.table.slice(*slice, self.mask.as_ref(), None)?, true)
        };
        let mut encoded = slices.iter().map(encode);
        let mut whole =
            encoded.next().ok_or_else(|| Trouble::internal("a window without slices"))??;
        encoded.try_for_each(|next| whole.append(next?))?;
        Ok(whole.rows)
    }
}

impl BatchSource for StreamedRows {
    fn n_rows(&self) -> usize {
        self.windows.last().map_or(0, |window| window.rows.end)
    }

    fn windows(&self) -> Vec<Range<usize>> {
        self.windows.iter().map(|window| window.rows.clone()).collect()
    }

    fn gather(&self, rows: &[usize], augment_seed: Option<u64>) -> Result<Batch, Trouble> {
        let index_of = |row: usize| self.windows.partition_point(|window| window.rows.end <= row);
        let mut gathered: Option<Batch> = None;
        for run in rows.chunk_by(|a, b| index_of(*a) == index_of(*b)) {
            let index = run.first().map_or(0, |row| index_of(*row));
            let start = self.windows.get(index).map_or(0, |window| window.rows.start);
            let own: Vec<usize> = run.iter().map(|row| row - start).collect();
            let batch = self.window(index)?.gather(&own, augment_seed)?;
            match &mut gathered {
                Some(gathered) => add(gathered, batch)?,
                None => gathered = Some(batch),
            }
        }
        gathered.ok_or_else(|| Trouble::internal("a batch without rows"))
    }
}

/// Adds the rows of a batch behind those of another.
fn add(batch: &mut Batch, next: Batch) -> Result<(), Trouble> {
    let pairs = batch.inputs.iter_mut().zip(next.inputs);
    for (array, next) in pairs.chain(batch.target.as_mut().zip(next.target)) {
        let n_rows = array.n_rows() + next.n_rows();
        match (&mut array.elements, next.elements) {
            (Elements::F32(numbers), Elements::F32(next)) => numbers.extend(next),
            (Elements::I32(ids), Elements::I32(next)) => ids.extend(next),
            _ => return Err(Trouble::internal("batches of two encoders")),
        }
        set_n_rows(array, n_rows);
    }
    Ok(())
}

fn set_n_rows(array: &mut Array, n_rows: usize) {
    if let Some(size) = array.shape.first_mut() {
        *size = n_rows;
    }
}
