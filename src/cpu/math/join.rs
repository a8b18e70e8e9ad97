//! Tensors side by side in one (a concatenation).

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::rows_per_chunk;
use super::simd::copy_row;

/// A tensor to be joined, rows of `width` numbers.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    pub rows: &'a [f32],
    pub width: usize,
}

/// Each row of y is the rows of the parts, one after the other.
///
/// # Panics
/// Where the parts have different numbers of rows.
pub fn join(parts: &[Part], y: &mut [f32]) {
    let width: usize = parts.iter().map(|part| part.width).sum();
    if width == 0 {
        return;
    }
    let n_rows = y.len() / width;
    assert!(parts.iter().all(|part| part.rows.len() == n_rows * part.width));
    let n_rows = rows_per_chunk(n_rows, width);
    y.par_chunks_mut(n_rows * width).enumerate().for_each(|(index, y)| {
        Arch::new().dispatch(Join { parts, width, first: index * n_rows, y });
    });
}

struct Join<'a> {
    parts: &'a [Part<'a>],
    width: usize,
    /// The first row of `y` among all rows.
    first: usize,
    y: &'a mut [f32],
}

impl WithSimd for Join<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut start = 0;
        for Part { rows, width } in self.parts {
            let rows = rows[self.first * width..].chunks_exact((*width).max(1));
            for (row, y) in rows.zip(self.y.chunks_exact_mut(self.width)) {
                copy_row(simd, row, &mut y[start..start + width]);
            }
            start += width;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_each_other() {
        for (n_rows, widths) in
            [(1, vec![1, 2]), (3, vec![0, 17, 4]), (5, vec![14; 10]), (3000, vec![33, 1, 16])]
        {
            let number = |part: usize, row: usize, i: usize| (part * 7919 + row * 31 + i) as f32;
            let tensors: Vec<Vec<f32>> = (0..widths.len())
                .map(|part| {
                    let rows = 0..n_rows;
                    rows.flat_map(|row| (0..widths[part]).map(move |i| number(part, row, i)))
                        .collect()
                })
                .collect();
            let parts: Vec<Part> = tensors
                .iter()
                .zip(&widths)
                .map(|(rows, width)| Part { rows, width: *width })
                .collect();
            let mut y = vec![9.0; n_rows * widths.iter().sum::<usize>()];
            join(&parts, &mut y);
            let expected: Vec<f32> = (0..n_rows)
                .flat_map(|row| {
                    let parts = widths.iter().enumerate();
                    parts.flat_map(move |(part, width)| {
                        (0..*width).map(move |i| number(part, row, i))
                    })
                })
                .collect();
            assert_eq!(y, expected, "{n_rows} rows of {widths:?}");
        }
    }
}
