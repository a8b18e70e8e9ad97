//! Rows of a table looked up by number (an embedding), and the gradient of the table.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::rows_per_chunk;
use super::simd::copy_row;

/// `y[i] = table[ids[i]]` and 0 for id 0, which is padding; ids `[n]`, table `[vocabulary, width]` and y `[n, width]`.
///
/// # Panics
/// Where an id is not in `0..vocabulary`.
pub fn gather(ids: &[i32], table: &[f32], width: usize, y: &mut [f32]) {
    check(ids, table, width);
    assert_eq!(y.len(), ids.len() * width);
    if width == 0 {
        return;
    }
    let n_rows = rows_per_chunk(ids.len(), width);
    ids.par_chunks(n_rows).zip(y.par_chunks_mut(n_rows * width)).for_each(|(ids, y)| {
        Arch::new().dispatch(CopyRows { ids, table, width, y });
    });
}

/// The gradient of the table: `dtable[id]` is the sum of `dy[i]` over all i with that id, added in the order of i, or
/// 0; dy `[n, width]`, dtable `[vocabulary, width]`.
///
/// # Panics
/// Where an id is not in `0..vocabulary`.
pub fn gather_backward(ids: &[i32], dy: &[f32], width: usize, dtable: &mut [f32]) {
    check(ids, dtable, width);
    assert_eq!(dy.len(), ids.len() * width);
    if width == 0 {
        return;
    }
    let vocabulary = dtable.len() / width;
    let (order, ends) = sorted_positions(ids, vocabulary);
    let n_rows = rows_per_chunk(vocabulary, width);
    dtable.par_chunks_mut(n_rows * width).enumerate().for_each(|(index, dtable)| {
        let ends = &ends[index * n_rows..];
        Arch::new().dispatch(SumRows { order: &order, ends, dy, width, dtable });
    });
}

/// The positions ordered by their id, equal ids in the order of position, and before each id and after the last one
/// how many positions come before (a counting sort).
fn sorted_positions(ids: &[i32], vocabulary: usize) -> (Vec<u32>, Vec<u32>) {
    let mut ends = vec![0; vocabulary + 1];
    for id in ids {
        ends[*id as usize + 1] += 1;
    }
    let mut n_before = 0;
    for end in &mut ends {
        n_before += *end;
        *end = n_before;
    }
    let mut next = ends.clone();
    let mut order = vec![0; ids.len()];
    for (position, id) in ids.iter().enumerate() {
        let next = &mut next[*id as usize];
        order[*next as usize] = position as u32;
        *next += 1;
    }
    (order, ends)
}

fn check(ids: &[i32], table: &[f32], width: usize) {
    assert!(table.len().is_multiple_of(width.max(1)));
    assert!(u32::try_from(ids.len()).is_ok());
    let vocabulary = i32::try_from(table.len() / width.max(1)).unwrap_or(i32::MAX);
    assert!(ids.iter().all(|id| (0..vocabulary).contains(id)), "an id is not in 0..{vocabulary}");
}

#[inline(always)]
fn row(table: &[f32], index: usize, width: usize) -> &[f32] {
    &table[index * width..][..width]
}

struct CopyRows<'a> {
    ids: &'a [i32],
    table: &'a [f32],
    width: usize,
    y: &'a mut [f32],
}

impl WithSimd for CopyRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (id, y) in self.ids.iter().zip(self.y.chunks_exact_mut(self.width)) {
            let row = if *id == 0 { &[] } else { row(self.table, *id as usize, self.width) };
            copy_row(simd, row, y);
        }
    }
}

struct SumRows<'a> {
    order: &'a [u32],
    /// Where the positions of each row begin, and more.
    ends: &'a [u32],
    dy: &'a [f32],
    width: usize,
    dtable: &'a mut [f32],
}

impl WithSimd for SumRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let rows = self.dtable.chunks_exact_mut(self.width);
        for (sum, ends) in rows.zip(self.ends.windows(2)) {
            let [first, rest @ ..] = &self.order[ends[0] as usize..ends[1] as usize] else {
                sum.fill(0.0);
                continue;
            };
            sum.copy_from_slice(row(self.dy, *first as usize, self.width));
            for position in rest {
                for (sum, dy) in sum.iter_mut().zip(row(self.dy, *position as usize, self.width)) {
                    *sum += dy;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(n: usize, vocabulary: usize) -> Vec<i32> {
        (0..n).map(|i| ((i * 7919 + i / 3) % vocabulary) as i32).collect()
    }

    fn numbers(n: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 7919 + 11) % 2003) as f32 / 1001.0 - 1.0).collect()
    }

    fn gradient(ids: &[i32], dy: &[f32], width: usize, vocabulary: usize) -> Vec<f32> {
        let mut dtable = vec![9.0; vocabulary * width];
        gather_backward(ids, dy, width, &mut dtable);
        dtable
    }

    #[test]
    fn both_ways_equal_the_reference() {
        for (n, vocabulary, width) in
            [(0, 5, 4), (1, 1, 1), (7, 3, 5), (100, 1000, 17), (3000, 50, 33), (2000, 3000, 64)]
        {
            let (ids, table) = (ids(n, vocabulary), numbers(vocabulary * width));
            let mut y = vec![9.0; n * width];
            gather(&ids, &table, width, &mut y);
            let mut expected = vec![0.0; vocabulary * width];
            for (i, id) in ids.iter().enumerate() {
                for j in 0..width {
                    let at = *id as usize * width + j;
                    assert_eq!(y[i * width + j], if *id == 0 { 0.0 } else { table[at] });
                    expected[at] += y[i * width + j];
                }
            }
            assert_eq!(gradient(&ids, &y, width, vocabulary), expected);
        }
    }

    #[test]
    fn nan_shows_where_it_belongs() {
        let dtable = gradient(&[2, 0, 2], &[1.0, f32::NAN, 2.0], 1, 4);
        assert_eq!(
            dtable.iter().map(|x| x.is_nan()).collect::<Vec<_>>(),
            [true, false, false, false]
        );
        assert_eq!(dtable[1..], [0.0, 3.0, 0.0]);
    }

    #[test]
    fn an_id_outside_is_refused() {
        let is_refused = |work: fn()| std::panic::catch_unwind(work).is_err();
        assert!(is_refused(|| gather(&[0, 3], &[0.0; 6], 2, &mut [0.0; 4])));
        assert!(is_refused(|| gather_backward(&[-1], &[0.0; 2], 2, &mut [0.0; 6])));
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let (n, vocabulary, width) = (3000, 1500, 64);
        let (ids, dy) = (ids(n, 40), numbers(n * width));
        let on = |n_threads| {
            let pool =
                rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
            pool.install(|| gradient(&ids, &dy, width, vocabulary))
        };
        let expected = on(1);
        assert!([2, 3].map(on).iter().all(|dtable| dtable == &expected));
    }
}
