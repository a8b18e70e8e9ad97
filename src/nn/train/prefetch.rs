//! Batches prepared ahead on a thread of their own, in a bounded queue.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pg_base::{Batch, BatchSource, Trouble};

use super::order::{BatchPlan, augment_seed, row_order};
use crate::guard::panic_text;

/// Batches that wait in the queue; one more is in the making.
const QUEUE_LENGTH: usize = 2;

/// What to prepare.
#[derive(Clone, Copy, Debug)]
pub struct Passes {
    /// How the rows are cut.
    pub plan: BatchPlan,
    /// Shuffles and augments every epoch; none for one pass in the order of the source.
    pub seed: Option<u64>,
    /// First epoch, from 0.
    pub first_epoch: usize,
    /// First batch of the first epoch.
    pub first_batch: usize,
    /// Epoch at which to end.
    pub end_epoch: usize,
}

/// A running preparation. Dropping it ends the thread; it waits at most for the batch in the making.
#[derive(Debug)]
pub struct Prefetch {
    receiver: Option<Receiver<Result<Batch, Trouble>>>,
    thread: Option<JoinHandle<()>>,
    waited: Duration,
}

impl Prefetch {
    /// Begins to prepare.
    pub fn start(source: Arc<dyn BatchSource>, passes: Passes) -> Result<Self, Trouble> {
        let (sender, receiver) = sync_channel(QUEUE_LENGTH);
        let thread = std::thread::Builder::new()
            .name("pyrograph-batches".to_owned())
            .spawn(move || {
                let outcome =
                    catch_unwind(AssertUnwindSafe(|| prepare(source.as_ref(), passes, &sender)));
                if let Err(panic) = outcome {
                    // The loop may be gone already; then nobody is left to be told.
                    let _ = sender.send(Err(Trouble::internal(panic_text(panic.as_ref()))));
                }
            })
            .map_err(|error| {
                Trouble::internal(format!("no thread for preparing batches: {error}"))
            })?;
        Ok(Self { receiver: Some(receiver), thread: Some(thread), waited: Duration::ZERO })
    }

    /// How long the receiving side waited in all.
    pub fn waited(&self) -> Duration {
        self.waited
    }
}

impl Iterator for Prefetch {
    type Item = Result<Batch, Trouble>;

    /// The next batch; none after the last, and the trouble of the source where it fails.
    fn next(&mut self) -> Option<Self::Item> {
        let receiver = self.receiver.as_ref()?;
        if let Ok(batch) = receiver.try_recv() {
            return Some(batch);
        }
        let started = Instant::now();
        let batch = receiver.recv().ok();
        self.waited += started.elapsed();
        batch
    }
}

impl Drop for Prefetch {
    fn drop(&mut self) {
        // Without a receiver the thread's next send fails, which ends it.
        self.receiver = None;
        if let Some(thread) = self.thread.take() {
            // Its panics are caught and sent; there is nothing left to learn here.
            let _ = thread.join();
        }
    }
}

/// Sends batches until all are sent, one fails, or nobody wants them any more.
fn prepare(source: &dyn BatchSource, passes: Passes, sender: &SyncSender<Result<Batch, Trouble>>) {
    let Passes { plan, seed, first_epoch, first_batch, end_epoch } = passes;
    for epoch in first_epoch..end_epoch {
        let rows: Box<dyn Iterator<Item = usize>> = match seed {
            Some(seed) => Box::new(row_order(source.windows(), seed, epoch)),
            None => Box::new(0..plan.n_rows),
        };
        let first = if epoch == first_epoch { first_batch } else { 0 };
        let mut rows = rows.skip(first * plan.batch_size);
        for _ in first..plan.n_batches {
            let some: Vec<usize> = rows.by_ref().take(plan.batch_size).collect();
            let batch = source.gather(&some, seed.map(|seed| augment_seed(seed, epoch)));
            let is_last = batch.is_err();
            if sender.send(batch).is_err() || is_last {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use pg_base::Array;

    use super::*;

    #[derive(Default)]
    struct Counting {
        cut: usize,
        n_gathered: AtomicUsize,
        fails_at: Option<usize>,
        panics_at: Option<usize>,
    }

    impl BatchSource for Counting {
        fn n_rows(&self) -> usize {
            10
        }

        fn windows(&self) -> Vec<Range<usize>> {
            vec![0..self.cut, self.cut..10]
        }

        fn gather(&self, rows: &[usize], _augment_seed: Option<u64>) -> Result<Batch, Trouble> {
            let index = self.n_gathered.fetch_add(1, Ordering::Relaxed);
            assert_ne!(Some(index), self.panics_at, "a broken source");
            if Some(index) == self.fails_at {
                return Err(Trouble::new("file-missing", "gone"));
            }
            let ids = rows.iter().map(|row| *row as i32).collect();
            Ok(Batch { inputs: vec![Array::i32([rows.len()], ids)], target: None })
        }
    }

    fn passes(seed: Option<u64>, first_batch: usize, end_epoch: usize) -> Passes {
        Passes { plan: BatchPlan::all(10, 4), seed, first_epoch: 0, first_batch, end_epoch }
    }

    fn rows(prefetch: Prefetch) -> Vec<i32> {
        let mut rows = Vec::new();
        for batch in prefetch {
            rows.extend_from_slice(batch.expect("source works").inputs[0].as_i32().expect("ids"));
        }
        rows
    }

    #[test]
    fn batches_come_in_order_and_a_later_start_gives_the_rest() {
        let start =
            |passes| Prefetch::start(Arc::new(Counting::default()), passes).expect("thread");
        assert!(rows(start(passes(None, 0, 1))).into_iter().eq(0..10));
        let all = rows(start(passes(Some(7), 0, 3)));
        assert_eq!(all.len(), 30);
        assert_eq!(rows(start(passes(Some(7), 2, 3))), all[8..]);
    }

    #[test]
    fn windows_come_one_after_the_other() {
        let start = |passes| {
            let source = Counting { cut: 6, ..Counting::default() };
            rows(Prefetch::start(Arc::new(source), passes).expect("thread"))
        };
        let all = start(passes(Some(7), 0, 8));
        let firsts = all.chunks(10).map(|epoch| {
            let mut windows = epoch.chunk_by(|a, b| (*a < 6) == (*b < 6));
            let first = windows.next().expect("rows").len();
            assert_eq!(windows.next().map(<[i32]>::len), Some(10 - first), "{epoch:?}");
            first
        });
        assert_eq!(firsts.collect::<std::collections::BTreeSet<_>>(), [4, 6].into());
        assert_eq!(start(passes(Some(7), 1, 8)), all[4..]);
    }

    #[test]
    fn errors_and_panics_of_the_source_arrive_and_end_it() {
        let source = Counting { fails_at: Some(1), ..Counting::default() };
        let mut prefetch = Prefetch::start(Arc::new(source), passes(None, 0, 1)).expect("thread");
        assert!(prefetch.next().is_some_and(|batch| batch.is_ok()));
        assert_eq!(prefetch.next().expect("told").expect_err("fails").code, "file-missing");
        assert!(prefetch.next().is_none());

        let source = Counting { panics_at: Some(0), ..Counting::default() };
        let mut prefetch = Prefetch::start(Arc::new(source), passes(None, 0, 1)).expect("thread");
        assert_eq!(prefetch.next().expect("told").expect_err("panics").code, Trouble::INTERNAL);
        assert!(prefetch.next().is_none());
    }

    #[test]
    fn dropping_ends_the_thread_without_preparing_everything() {
        let source = Arc::new(Counting::default());
        let mut prefetch =
            Prefetch::start(source.clone(), passes(Some(1), 0, 1000)).expect("thread");
        assert!(prefetch.next().is_some());
        drop(prefetch);
        let n_gathered = source.n_gathered.load(Ordering::Relaxed);
        assert!(n_gathered <= 1 + QUEUE_LENGTH + 2, "{n_gathered}");
        assert_eq!(Arc::strong_count(&source), 1);
    }
}
