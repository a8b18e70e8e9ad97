//! Rows by the values of a column: stable, missing values last, quick on tens of millions of rows.

use pg_base::{CancelToken, Trouble};
use polars::prelude::*;
use rayon::prelude::*;

use super::{is_text, numbers_behind};
use crate::schema::ColumnKind;
use crate::table::polars_trouble;

/// Bits of a key that one pass sorts by.
const DIGIT_BITS: u32 = 11;
/// Fewer rows are sorted by comparison.
const MIN_ROWS_FOR_DIGITS: usize = 4096;

/// The order of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Name of the column; a column that is not there gives no order.
    pub column: String,
    /// Whether the greatest comes first.
    pub is_descending: bool,
}

/// `rows` in the order of their values; columns without an order (pixels) leave it as it is.
pub(super) fn sorted(
    values: &Series,
    kind: &ColumnKind,
    rows: Vec<u32>,
    is_descending: bool,
    cancel: &CancelToken,
) -> Result<Vec<u32>, Trouble> {
    if is_text(kind) {
        return by_text(values.str().map_err(polars_trouble)?, rows, is_descending, cancel);
    }
    if matches!(kind, ColumnKind::Image(_)) {
        return Ok(rows);
    }
    cancel.check()?;
    let numbers = numbers_behind(values, kind)?;
    let numbers: Vec<Option<f64>> =
        numbers.iter().map(|number| number.filter(|number| !number.is_nan())).collect();
    let mut keyed = Vec::with_capacity(rows.len());
    let mut missing = Vec::new();
    for row in rows {
        match numbers.get(row as usize).copied().flatten() {
            Some(number) => keyed.push((directed(number_key(number), is_descending), row)),
            None => missing.push(row),
        }
    }
    drop(numbers);
    let mut rows: Vec<u32> = by_key(keyed, cancel)?.into_iter().map(|(_, row)| row).collect();
    rows.append(&mut missing);
    Ok(rows)
}

/// By the first eight bytes that differ, then rows that agree in these by the whole text.
fn by_text(
    texts: &StringChunked,
    rows: Vec<u32>,
    is_descending: bool,
    cancel: &CancelToken,
) -> Result<Vec<u32>, Trouble> {
    let texts: Vec<Option<&str>> = texts.iter().collect();
    let text_of = |row: u32| texts.get(row as usize).copied().flatten();
    cancel.check()?;
    let mut present = rows.iter().filter_map(|row| text_of(*row));
    let first = present.next().unwrap_or_default().as_bytes();
    let n_shared = present.fold(first.len(), |n_shared, text| {
        first.iter().zip(text.as_bytes()).take(n_shared).take_while(|(a, b)| a == b).count()
    });
    let mut keyed = Vec::with_capacity(rows.len());
    let mut missing = Vec::new();
    for row in rows {
        match text_of(row) {
            Some(text) => keyed.push((directed(text_key(text, n_shared), is_descending), row)),
            None => missing.push(row),
        }
    }
    let mut keyed = by_key(keyed, cancel)?;
    let runs: Vec<&mut [(u64, u32)]> = keyed.chunk_by_mut(|(a, _), (b, _)| a == b).collect();
    runs.into_par_iter().try_for_each(|run| {
        cancel.check()?;
        let is_long =
            |(_, row): &(u64, u32)| text_of(*row).is_some_and(|text| text.len() > n_shared + 8);
        if run.len() > 1 && run.iter().any(is_long) {
            run.sort_by(|(_, one), (_, other)| {
                let ordering = text_of(*one).cmp(&text_of(*other));
                if is_descending { ordering.reverse() } else { ordering }
            });
        }
        Ok(())
    })?;
    let mut rows: Vec<u32> = keyed.into_iter().map(|(_, row)| row).collect();
    rows.append(&mut missing);
    Ok(rows)
}

/// Sorts by key and keeps the order of equal keys: digit by digit from the least, which a cancel may interrupt.
fn by_key(mut keyed: Vec<(u64, u32)>, cancel: &CancelToken) -> Result<Vec<(u64, u32)>, Trouble> {
    if keyed.len() < MIN_ROWS_FOR_DIGITS {
        keyed.sort_by_key(|(key, _)| *key);
        return Ok(keyed);
    }
    let mut other = vec![(0, 0); keyed.len()];
    for shift in (0..u64::BITS).step_by(DIGIT_BITS as usize) {
        cancel.check()?;
        let digit = |key: u64| (key >> shift) as usize & ((1 << DIGIT_BITS) - 1);
        let mut places = [0_usize; 1 << DIGIT_BITS];
        for (key, _) in &keyed {
            if let Some(count) = places.get_mut(digit(*key)) {
                *count += 1;
            }
        }
        if places.contains(&keyed.len()) {
            continue;
        }
        let mut n_before = 0;
        for place in &mut places {
            n_before += std::mem::replace(place, n_before);
        }
        for pair in &keyed {
            if let Some(place) = places.get_mut(digit(pair.0))
                && let Some(slot) = other.get_mut(*place)
            {
                *slot = *pair;
                *place += 1;
            }
        }
        std::mem::swap(&mut keyed, &mut other);
    }
    Ok(keyed)
}

fn directed(key: u64, is_descending: bool) -> u64 {
    if is_descending { !key } else { key }
}

/// Keys are in the order of their numbers; both zeros are one.
fn number_key(number: f64) -> u64 {
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The eight bytes after the first `n_shared`, the first one weighing most.
fn text_key(text: &str, n_shared: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes
        .iter_mut()
        .zip(text.as_bytes().iter().skip(n_shared))
        .for_each(|(slot, byte)| *slot = *byte);
    u64::from_be_bytes(bytes)
}
