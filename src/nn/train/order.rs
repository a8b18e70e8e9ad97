//! Which rows make which batch: a pure function of seed and epoch, so that a resumed run sees the same batches.

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

    /// The rows of batch `index` out of an order of all rows.
    pub fn batch<'a>(&self, order: &'a [usize], index: usize) -> &'a [usize] {
        let start = index.saturating_mul(self.batch_size).min(order.len());
        let end = start.saturating_add(self.batch_size).min(order.len());
        &order[start..end]
    }
}

/// The order of the rows in an epoch (from 0).
pub fn row_order(n_rows: usize, seed: u64, epoch: usize) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..n_rows).collect();
    Rng::new(mixed(seed, epoch), "row order").shuffle(&mut rows);
    rows
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

    #[test]
    fn every_row_comes_once_and_epochs_differ() {
        let order = row_order(100, 1, 0);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..100));
        assert_eq!(order, row_order(100, 1, 0));
        assert_ne!(order, row_order(100, 1, 1));
        assert_ne!(order, row_order(100, 2, 0));
        assert_ne!(augment_seed(1, 0), augment_seed(1, 1));
        assert_ne!(step_seed(1, 0), step_seed(1, 1));
    }

    #[test]
    fn batches_cover_the_rows_and_a_single_last_row_is_left_out_where_it_must_be() {
        let order: Vec<usize> = (0..9).collect();
        let plan = BatchPlan::all(9, 4);
        let sizes: Vec<usize> =
            (0..plan.n_batches).map(|index| plan.batch(&order, index).len()).collect();
        assert_eq!(sizes, [4, 4, 1]);
        assert!(plan.batch(&order, 3).is_empty());
        let plan = BatchPlan::training(9, 4, true).expect("fits");
        assert_eq!((plan.n_batches, plan.n_rows_used()), (2, 8));
        assert_eq!(BatchPlan::training(10, 4, true).expect("fits").n_batches, 3);
        assert_eq!(BatchPlan::training(1, 4, true).expect_err("one row").code, "batch-of-one");
        assert_eq!(BatchPlan::training(9, 1, true).expect_err("one row each").code, "batch-of-one");
        assert!(BatchPlan::training(1, 4, false).is_ok());
    }
}
