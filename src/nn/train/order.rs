//! Which rows make which batch: a pure function of seed and epoch, so that a resumed run sees the same batches.

use std::ops::Range;

use pg_base::{Rng, Trouble, say};

/// How the rows of a source are cut into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchPlan {
    /// Rows of the source.
    pub n_rows: usize,
    /// Rows per batch; the last may have fewer.
    pub batch_size: usize,
    /// Batches of one pass.
    pub n_batches: usize,
}

impl BatchPlan {
    /// Cuts all rows into batches.
    pub fn all(n_rows: usize, batch_size: usize) -> Self {
        let batch_size = batch_size.max(1);
        Self { n_rows, batch_size, n_batches: n_rows.div_ceil(batch_size) }
    }

    /// The same for training. Where `needs_two` (batch normalisation cannot take the spread of a single row), a last
    /// batch of one row is left out; in each epoch it is another row.
    pub fn training(n_rows: usize, batch_size: usize, needs_two: bool) -> Result<Self, Trouble> {
        let mut plan = Self::all(n_rows, batch_size);
        if !needs_two {
            return Ok(plan);
        }
        if plan.batch_size.min(n_rows) < 2 {
            let found = if n_rows < 2 {
                say!("there is {n_rows} row to train on", "训练行数为 {n_rows}")
            } else {
                say!("the batch size is {batch_size}", "批大小为 {batch_size}")
            };
            return Err(Trouble::new("batch-of-one", found)
                .expected(say!(
                    "batches of two or more rows, because the network has batch normalisation",
                    "网络含有批归一化，每批至少需要两行"
                ))
                .advice(say!(
                    "Raise the batch size, or use layer normalisation.",
                    "请增大批大小，或改用层归一化。"
                ))
                .param("batch_size"));
        }
        if n_rows % plan.batch_size == 1 {
            plan.n_batches -= 1;
        }
        Ok(plan)
    }

    /// Rows of one pass.
    pub fn n_rows_used(&self) -> usize {
        self.n_rows.min(self.n_batches * self.batch_size)
    }
}

/// The rows in their order in an epoch (from 0): window after window by chance, and the rows of each by chance.
pub fn row_order(
    mut windows: Vec<Range<usize>>,
    seed: u64,
    epoch: usize,
) -> impl Iterator<Item = usize> {
    let mut rng = Rng::new(mixed(seed, epoch), "row order");
    rng.shuffle(&mut windows);
    windows.into_iter().flat_map(move |window| {
        let mut rows: Vec<usize> = window.collect();
        rng.shuffle(&mut rows);
        rows
    })
}

/// Seed of the random changes (flips) of an epoch.
pub fn augment_seed(seed: u64, epoch: usize) -> u64 {
    Rng::new(mixed(seed, epoch), "augmentation").next_u64()
}

/// Seed of a step's dropout.
pub fn step_seed(seed: u64, step: usize) -> u64 {
    Rng::new(mixed(seed, step), "step").next_u64()
}

fn mixed(seed: u64, number: usize) -> u64 {
    Rng::new(seed, "number").next_u64() ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(cuts: &[usize], seed: u64, epoch: usize) -> Vec<usize> {
        let windows = cuts.windows(2).map(|pair| pair[0]..pair[1]);
        row_order(windows.collect(), seed, epoch).collect()
    }

    #[test]
    fn every_row_comes_once_and_epochs_differ() {
        for cuts in [&[0, 100][..], &[0, 30, 31, 100]] {
            let mut sorted = order(cuts, 1, 0);
            assert_eq!(sorted, order(cuts, 1, 0));
            assert_ne!(sorted, order(cuts, 1, 1));
            assert_ne!(sorted, order(cuts, 2, 0));
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..100));
        }
        assert_ne!(augment_seed(1, 0), augment_seed(1, 1));
        assert_ne!(step_seed(1, 0), step_seed(1, 1));
    }

    #[test]
    fn the_rows_of_a_window_stay_together() {
        let ids = |rows: Vec<usize>| rows.into_iter().map(|row| row / 40).collect::<Vec<_>>();
        for epoch in 0..4 {
            let found = ids(order(&[0, 40, 80, 120], 3, epoch));
            assert_eq!(found.chunk_by(|a, b| a == b).count(), 3, "{found:?}");
        }
        let firsts = (0..8).map(|epoch| ids(order(&[0, 40, 80, 120], 3, epoch))[0]);
        assert!(firsts.collect::<std::collections::BTreeSet<_>>().len() > 1);
    }

    #[test]
    fn a_single_last_row_is_left_out_where_it_must_be() {
        assert_eq!(BatchPlan::all(9, 4).n_batches, 3);
        let plan = BatchPlan::training(9, 4, true).expect("fits");
        assert_eq!((plan.n_batches, plan.n_rows_used()), (2, 8));
        assert_eq!(BatchPlan::training(10, 4, true).expect("fits").n_batches, 3);
        assert_eq!(BatchPlan::training(1, 4, true).expect_err("one row").code, "batch-of-one");
        assert_eq!(BatchPlan::training(9, 1, true).expect_err("one row each").code, "batch-of-one");
        assert!(BatchPlan::training(1, 4, false).is_ok());
    }
}
