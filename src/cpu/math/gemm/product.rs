//! The product on one thread, block by block, so that what is used again and again stays in the caches.

use std::ops::Range;

use pulp::Arch;

use super::kernel::{Out, Strip, widths};
use super::pack::{BUFFER, Packed, at_least, strips};
use super::{Finish, Mat, Source, Start};

/// Steps of the sum taken at once, so that a strip of the right factor stays in the second-level cache.
pub(super) const DEPTH: usize = 512;
/// Numbers of the left factor that serve one strip after the other: a quarter of a second-level cache.
pub(super) const BLOCK: usize = 32 * 1024;
/// Up to so many rows a right factor whose rows are slices is used where it lies: copying it takes longer than the
/// scattered reading (measured with AVX-512 and AVX2).
const IN_PLACE_ROWS: usize = 128;

/// The right factor of a product: laid out, or still to be read.
pub(super) enum Right<'a, B> {
    Packed(&'a Packed),
    Source(&'a B),
}

impl<B: Source> Right<'_, B> {
    fn n_cols(&self) -> usize {
        match self {
            Self::Packed(b) => b.size()[1],
            Self::Source(b) => b.size()[1],
        }
    }
}

/// The product on the calling thread.
pub(super) fn multiply<B: Source>(
    arch: Arch,
    a: Mat<'_>,
    b: &Right<'_, B>,
    mut c: Out<'_>,
    start: Start<'_>,
    finish: Finish,
) {
    let [n_rows, n_steps, n_cols] = [a.n_rows, a.n_cols, b.n_cols()];
    if !a.has_rows() && !a.has_columns() {
        let mut rows = vec![0.0; n_rows * n_steps];
        a.read(0..n_rows, 0..n_steps, &mut rows, n_steps.max(1));
        return multiply(arch, Mat::new(&rows, n_rows, n_steps), b, c, start, finish);
    }
    let (_, width) = widths(arch);
    let n_depths = n_steps.div_ceil(DEPTH).max(1);
    let depth = n_steps.div_ceil(n_depths);
    let block = (BLOCK / depth.max(1)).next_multiple_of(24);
    let mut factor = Strips::new(arch, b, depth, n_rows, block);
    for depth in (0..n_depths).map(|i| i * depth..((i + 1) * depth).min(n_steps)) {
        let start = if depth.start == 0 { start } else { Start::Keep };
        let finish = if depth.end == n_steps { finish } else { Finish::Nothing };
        for rows in (0..n_rows).step_by(block).map(|i| i..(i + block).min(n_rows)) {
            let a = a.block(rows.clone(), depth.clone());
            for cols in strips(n_cols, width) {
                let (b, pitch) = factor.get(depth.clone(), cols.clone(), rows.start == 0);
                arch.dispatch(Strip {
                    a,
                    b,
                    pitch,
                    c: &mut c,
                    first_row: rows.start,
                    cols,
                    start,
                    finish,
                });
            }
        }
    }
    factor.give_back();
}

/// The strips of a right factor, laid out when they are first asked for unless they can be used as they are.
struct Strips<'a, B> {
    b: &'a Right<'a, B>,
    /// The factor itself where copying it does not pay.
    in_place: Option<Mat<'a>>,
    n_lanes: usize,
    /// Whether each strip is asked for once only, so that all may use the same memory.
    once: bool,
    buffer: Vec<f32>,
    start: usize,
}

impl<'a, B: Source> Strips<'a, B> {
    fn new(arch: Arch, b: &'a Right<'a, B>, depth: usize, n_rows: usize, block: usize) -> Self {
        let (n_lanes, width) = widths(arch);
        let once = n_rows <= block;
        let (mut in_place, mut buffer, mut start) = (None, Vec::new(), 0);
        if let Right::Source(b) = b {
            let n_cols = b.size()[1];
            in_place = b
                .as_mat()
                .filter(|b| n_rows <= IN_PLACE_ROWS && b.has_rows() && b.row_stride >= n_cols);
            let width = if once { n_cols.min(width) } else { n_cols };
            (buffer, start) = at_least(BUFFER.take(), depth * width.next_multiple_of(n_lanes));
        }
        Self { b, in_place, n_lanes, once, buffer, start }
    }

    /// Some rows of a strip and their distance; `first` when they are asked for the first time.
    fn get(&mut self, rows: Range<usize>, cols: Range<usize>, first: bool) -> (&[f32], usize) {
        let width = cols.len().next_multiple_of(self.n_lanes);
        match (self.b, self.in_place) {
            (Right::Packed(b), _) => b.strip(rows, &cols),
            (_, Some(b)) if cols.len() == width => (b.block(rows, cols).data, b.row_stride),
            (Right::Source(b), _) => {
                let offset = if self.once { 0 } else { cols.start * rows.len() };
                let strip = &mut self.buffer[self.start + offset..][..rows.len() * width];
                if first {
                    b.read(rows, cols, strip, width);
                }
                (strip, width)
            }
        }
    }

    fn give_back(self) {
        if !self.buffer.is_empty() {
            BUFFER.set(self.buffer);
        }
    }
}
