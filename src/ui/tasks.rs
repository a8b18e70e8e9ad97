//! Work beside the window: a thread per task, with progress and cancel; its answer is fetched while drawing.

use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use eframe::egui::Context;
use pg_base::{CancelToken, Progress, Trouble, Words, say};

use crate::{classes, lang};

/// A task is shown with progress once it takes longer than this.
const SHOWN_AFTER: Duration = Duration::from_millis(500);

/// A running task; dropping it cancels it.
#[derive(Debug)]
pub struct Task<T> {
    answer: Receiver<Result<T, Trouble>>,
    shared: Arc<Shared>,
    started: Instant,
}

#[derive(Debug)]
struct Shared {
    cancel: CancelToken,
    progress: Mutex<(f64, Words)>,
    ctx: Context,
}

/// What a task sees of its own: where it tells its progress and whether it should stop.
#[derive(Clone, Debug)]
pub struct TaskCx(Arc<Shared>);

impl<T: Send + 'static> Task<T> {
    /// Starts a task on a thread of its own; the window is drawn again when it ends.
    pub fn spawn(
        ctx: &Context,
        work: impl FnOnce(&TaskCx) -> Result<T, Trouble> + Send + 'static,
    ) -> Self {
        let (outbox, answer) = mpsc::channel();
        let shared = Arc::new(Shared {
            cancel: CancelToken::default(),
            progress: Mutex::default(),
            ctx: ctx.clone(),
        });
        let cx = TaskCx(Arc::clone(&shared));
        let failed = outbox.clone();
        // Language and colours are a matter of the thread: the task has those of the window.
        let (lang, colors) = (lang::lang(), classes::given());
        let spawned = thread::Builder::new().name("task".to_owned()).spawn(move || {
            lang::set_lang(lang);
            classes::set_given(&colors);
            let work = std::panic::AssertUnwindSafe(|| work(&cx));
            let done = std::panic::catch_unwind(work)
                .unwrap_or_else(|_| Err(Trouble::internal("a task of the window panicked")));
            // Nobody waits for it any more where this fails.
            let _ = outbox.send(done);
            cx.0.ctx.request_repaint();
        });
        if let Err(error) = spawned {
            let _ = failed.send(Err(Trouble::internal(error)));
        }
        Self { answer, shared, started: Instant::now() }
    }

    /// The answer, once; after it nothing comes any more.
    pub fn poll(&mut self) -> Option<Result<T, Trouble>> {
        match self.answer.try_recv() {
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(Trouble::cancelled())),
        }
    }
}

impl<T> Task<T> {
    /// Asks it to stop; its answer is then [`Trouble::cancelled`].
    pub fn cancel(&self) {
        self.shared.cancel.cancel();
    }

    /// How far it is (0..=1) and at what.
    pub fn progress(&self) -> (f64, Words) {
        self.shared.progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it has taken so long that the person wants to see how far it is.
    pub fn is_long(&self) -> bool {
        self.started.elapsed() >= SHOWN_AFTER
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.shared.cancel.cancel();
    }
}

impl TaskCx {
    /// The flag that asks it to stop.
    pub fn cancel(&self) -> &CancelToken {
        &self.0.cancel
    }
}

impl Progress for TaskCx {
    fn report(&self, fraction: f64, message: &Words) {
        *self.0.progress.lock().unwrap_or_else(PoisonError::into_inner) =
            (fraction, message.clone());
        self.0.ctx.request_repaint_after(Duration::from_millis(50));
    }
}

/// What is said while a task without a message of its own runs.
pub fn working() -> Words {
    say!("Working…", "正在处理…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait<T: Send + 'static>(mut task: Task<T>) -> Result<T, Trouble> {
        loop {
            if let Some(answer) = task.poll() {
                return answer;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn answers_come_back_and_panics_are_troubles() {
        let ctx = Context::default();
        assert_eq!(wait(Task::spawn(&ctx, |_| Ok(7))), Ok(7));
        let stopped = Task::spawn(&ctx, |cx: &TaskCx| {
            while !cx.cancel().is_cancelled() {
                thread::sleep(Duration::from_millis(1));
            }
            Err::<(), _>(Trouble::cancelled())
        });
        stopped.cancel();
        assert!(wait(stopped).expect_err("cancelled").is_cancelled());
        let code = wait(Task::<()>::spawn(&ctx, |_| panic!("on purpose"))).expect_err("panic").code;
        assert_eq!(code, Trouble::INTERNAL);
    }
}
