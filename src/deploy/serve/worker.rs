//! The one thread that owns the model: takes waiting requests together and answers each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use pg_base::Trouble;
use pg_data::table::polars_trouble;
use pg_nn::guard::panic_text;
use tokio::sync::oneshot;

use super::ServeOptions;
use crate::json_rows::TypedRows;
use crate::score::{Answer, Scorer};

/// The answers for one row, one per target, or why there are none.
pub(super) type RowAnswer = Result<Vec<Answer>, Trouble>;

/// Requests that wait.
pub(super) struct Queue(SyncSender<Job>);

/// Why a request may not wait.
pub(super) enum Refused {
    /// Too many wait already.
    Full,
    /// The worker is gone.
    Gone,
}

struct Job {
    rows: TypedRows,
    answer: oneshot::Sender<Result<Vec<RowAnswer>, Trouble>>,
}

impl Queue {
    /// Lets a request wait; the answer comes through the receiver.
    pub(super) fn submit(
        &self,
        rows: TypedRows,
    ) -> Result<oneshot::Receiver<Result<Vec<RowAnswer>, Trouble>>, Refused> {
        let (answer, receiver) = oneshot::channel();
        match self.0.try_send(Job { rows, answer }) {
            Ok(()) => Ok(receiver),
            Err(TrySendError::Full(_)) => Err(Refused::Full),
            Err(TrySendError::Disconnected(_)) => Err(Refused::Gone),
        }
    }
}

/// Starts the thread; it ends when the queue is dropped.
pub(super) fn start(scorer: Scorer, options: &ServeOptions) -> Result<Queue, Trouble> {
    let (sender, receiver) = sync_channel(options.queue_len.max(1));
    let (max_batch, delay) =
        (options.max_batch.max(1), Duration::from_millis(options.max_delay_ms));
    std::thread::Builder::new()
        .name("inference".to_owned())
        .spawn(move || work(scorer, &receiver, max_batch, delay))
        .map_err(Trouble::internal)?;
    Ok(Queue(sender))
}

fn work(mut scorer: Scorer, receiver: &Receiver<Job>, max_batch: usize, delay: Duration) {
    while let Ok(first) = receiver.recv() {
        let deadline = Instant::now() + delay;
        let mut n_rows = first.rows.rows.n_rows();
        let mut jobs = vec![first];
        while n_rows < max_batch {
            let Ok(job) = receiver.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            else {
                break;
            };
            n_rows += job.rows.rows.n_rows();
            jobs.push(job);
        }
        // Nobody waits for these any more.
        jobs.retain(|job| !job.answer.is_closed());
        if jobs.is_empty() {
            continue;
        }
        // A fault in one batch must not end the server.
        let answers = catch_unwind(AssertUnwindSafe(|| answer(&mut scorer, &jobs)))
            .unwrap_or_else(|panic| Err(Trouble::internal(panic_text(panic.as_ref()))));
        if let Err(trouble) = &answers {
            tracing::error!(%trouble, "a batch could not be predicted");
        }
        let mut answers = answers.map(Vec::into_iter);
        for job in jobs {
            let own = match &mut answers {
                Ok(answers) => Ok(answers.by_ref().take(job.rows.rows.n_rows()).collect()),
                Err(trouble) => Err(trouble.clone()),
            };
            // The caller may have gone in the meantime.
            let _ = job.answer.send(own);
        }
    }
}

/// The rows of all jobs at once, in order.
fn answer(scorer: &mut Scorer, jobs: &[Job]) -> Result<Vec<RowAnswer>, Trouble> {
    let mut jobs = jobs.iter().map(|job| &job.rows.rows);
    let Some(mut rows) = jobs.next().cloned() else { return Ok(Vec::new()) };
    for more in jobs {
        rows.frame.vstack_mut(&more.frame).map_err(polars_trouble)?;
    }
    rows.frame.rechunk_mut();
    Ok(scorer.score(rows)?.by_row())
}
