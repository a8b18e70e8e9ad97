//! Columns cut into at most 255 bins of about equally many rows, so that a histogram finds a split.

use rayon::prelude::*;

use crate::sample::Matrix;
use crate::tree::middle;

/// Bins of a column, the one for gaps among them.
pub(super) const N_BINS: usize = 256;
/// The bin of gaps.
pub(super) const GAP: u8 = u8::MAX;
/// Rows looked at to place the edges.
const MAX_LOOKED_AT: usize = 200_000;

/// A matrix in bins.
pub(super) struct Bins {
    pub(super) columns: Vec<Binned>,
    pub(super) n_rows: usize,
}

/// A column in bins.
pub(super) struct Binned {
    /// Bin of each row.
    pub(super) codes: Vec<u8>,
    /// Upper ends of all bins but the last, which has none.
    edges: Vec<f32>,
    pub(super) has_gaps: bool,
}

impl Bins {
    pub(super) fn new(x: &Matrix) -> Self {
        let columns: Vec<usize> = (0..x.n_columns()).collect();
        let binned =
            columns.par_iter().map(|column| Binned::new(&x.column(*column).collect::<Vec<_>>()));
        Self { columns: binned.collect(), n_rows: x.n_rows() }
    }
}

impl Binned {
    fn new(column: &[f32]) -> Self {
        let step = column.len().div_ceil(MAX_LOOKED_AT).max(1);
        let known = column.iter().step_by(step).copied().filter(|value| !value.is_nan());
        let mut sorted: Vec<f32> = known.collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let mut different = sorted.clone();
        different.dedup();
        let max_bins = N_BINS - 1;
        let mut edges: Vec<f32> = if different.len() <= max_bins {
            let pairs = different.iter().zip(different.iter().skip(1));
            pairs.map(|(low, high)| middle(*low, *high)).collect()
        } else {
            (1..max_bins)
                .filter_map(|bin| {
                    let at = bin * sorted.len() / max_bins;
                    let (low, high) = (*sorted.get(at.checked_sub(1)?)?, *sorted.get(at)?);
                    Some(if low < high { middle(low, high) } else { low })
                })
                .collect()
        };
        edges.dedup();
        let code = |value: &f32| {
            if value.is_nan() { GAP } else { edges.partition_point(|edge| edge < value) as u8 }
        };
        let codes: Vec<u8> = column.iter().map(code).collect();
        let has_gaps = codes.contains(&GAP);
        Self { codes, edges, has_gaps }
    }

    /// Bins used for values.
    pub(super) fn n_bins(&self) -> usize {
        self.edges.len() + 1
    }

    /// The threshold above a bin; the last bin has everything below.
    pub(super) fn edge(&self, bin: usize) -> f32 {
        self.edges.get(bin).copied().unwrap_or(f32::MAX)
    }
}
