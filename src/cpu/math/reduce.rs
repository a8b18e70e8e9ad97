//! Sums over the rows of a matrix.

use rayon::prelude::*;

use super::simd::vectorized;

/// Chunks at most; their sums are added in order, so that the result does not depend on the threads.
const MAX_CHUNKS: usize = 8;
/// Numbers that are worth a chunk of their own.
const MIN_CHUNK: usize = 64 * 1024;

/// The sum of each column of a matrix with rows of `width` numbers.
pub fn sum_rows(matrix: &[f32], width: usize) -> Vec<f32> {
    if width == 0 {
        return Vec::new();
    }
    assert_eq!(matrix.len() % width, 0, "sum_rows: the last row is not whole");
    let n_chunks = (matrix.len() / MIN_CHUNK).clamp(1, MAX_CHUNKS);
    let n_rows = matrix.len() / width;
    let chunk = n_rows.div_ceil(n_chunks).max(1) * width;
    let parts: Vec<Vec<f32>> = if n_chunks == 1 {
        vec![summed(matrix, width)]
    } else {
        matrix.par_chunks(chunk).map(|rows| summed(rows, width)).collect()
    };
    let mut sums = vec![0.0; width];
    add_up(parts.iter().map(Vec::as_slice), &mut sums);
    sums
}

/// The sum of the parts, number by number, in their order.
pub fn add_up<'a>(parts: impl Iterator<Item = &'a [f32]>, total: &mut [f32]) {
    total.fill(0.0);
    vectorized(
        #[inline(always)]
        || {
            for part in parts {
                add(total, part);
            }
        },
    );
}

/// Adds number by number.
#[inline(always)]
pub fn add(sums: &mut [f32], numbers: &[f32]) {
    for (sum, number) in sums.iter_mut().zip(numbers) {
        *sum += number;
    }
}

fn summed(matrix: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0.0; width];
    add_up(matrix.chunks_exact(width), &mut sums);
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_summed_alike_by_any_number_of_threads() {
        for (n_rows, width) in [(0, 3), (1, 1), (5, 7), (4096, 33), (100_000, 6)] {
            let matrix: Vec<f32> =
                (0..n_rows * width).map(|i| ((i * 37) % 101) as f32 - 50.0).collect();
            let sums = sum_rows(&matrix, width);
            for (column, sum) in sums.iter().enumerate() {
                let exact: f64 = matrix
                    .iter()
                    .skip(column)
                    .step_by(width)
                    .map(|number| f64::from(*number))
                    .sum();
                assert!(
                    (f64::from(*sum) - exact).abs() <= 1e-5 * n_rows as f64,
                    "{n_rows} × {width}"
                );
            }
            for n_threads in [1, 2, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
                let again = pool.expect("a pool").install(|| sum_rows(&matrix, width));
                assert_eq!(again, sums, "{n_threads} threads");
            }
        }
    }
}
