//! The worker process: runs jobs for a window over standard input and output, one at a time.
//!
//! Invariant: while it serves, nothing but frames goes to standard output; what must be said otherwise goes to standard
//! error. A window that is gone closes the pipe, and the worker ends with it.

use std::io::{self, BufReader, BufWriter, Write};
use std::process;
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use pg_base::{CancelToken, Trouble};
use pg_contract::RunEvent;
use pg_nn::{Blueprint, StepTimes, TrainControl, TrainEvent, bench};
use pg_pipeline::{EngineEvent, RunOutcome};
use serde::{Deserialize, Serialize};

use crate::core::Core;
use crate::frames;
use crate::runner::{RunRequest, run};

/// Number of a job within its session, from 1.
pub type JobId = u64;

/// Steps of a training told per second at most; epochs are all told.
const STEP_PAUSE: Duration = Duration::from_millis(25);
/// How long a job may take to notice that nobody listens any more.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// From the window to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum ToWorker {
    /// Run this; waits for the job before it.
    Run {
        /// Number of the job.
        job: JobId,
        /// What.
        request: Box<RunRequest>,
    },
    /// Time some steps of a training; waits for the job before it.
    Measure {
        /// What.
        request: Box<MeasureRequest>,
    },
    /// Hold after the current step.
    Pause,
    /// Go on after a pause.
    GoOn,
    /// End the training and keep what was learnt.
    StopAndKeep,
    /// Throw the job away.
    Cancel,
    /// Cancel the job and end the process.
    Quit,
}

/// A training to time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasureRequest {
    /// The network, with its output.
    pub blueprint: Blueprint,
    /// Rows per step.
    pub n_rows: usize,
    /// Device: `cpu`, `ndarray`, `cuda:0`.
    pub device: String,
}

/// From the worker to the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum FromWorker {
    /// The process is up.
    Ready {
        /// Version of the program, which must be the window's.
        version: String,
    },
    /// The job goes on.
    Event {
        /// Which job.
        job: JobId,
        /// What happened.
        event: EngineEvent,
    },
    /// The job came to its end; single nodes may have failed.
    Finished {
        /// Which job.
        job: JobId,
        /// What became of every node.
        outcome: RunOutcome,
    },
    /// Steps were timed.
    Measured {
        /// The times, or why there are none.
        times: Result<StepTimes, Trouble>,
    },
    /// The job could not be run at all, or was cancelled.
    Failed {
        /// Which job.
        job: JobId,
        /// Why.
        trouble: Trouble,
    },
}

/// Version that both ends must have: messages are no stable format.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Serves until the pipe ends or `Quit` comes.
pub fn serve(core: &Core) -> Result<(), Trouble> {
    let out = Mutex::new(BufWriter::new(io::stdout()));
    say(&out, &FromWorker::Ready { version: VERSION.to_owned() }).map_err(Trouble::internal)?;
    let (jobs, inbox) = mpsc::channel();
    thread::Builder::new()
        .name("worker-inbox".to_owned())
        .spawn(move || listen(jobs))
        .map_err(Trouble::internal)?;
    for work in inbox {
        match work {
            Work::Run { job, request, control } => {
                serve_job(core, &out, job, &request, &control);
            }
            Work::Measure { request } => {
                let times = measure(core, &request);
                // A window that is gone cannot be told; the end of standard input ends the process.
                let _ = say(&out, &FromWorker::Measured { times });
            }
        }
    }
    Ok(())
}

/// What the main thread does, one after the other.
enum Work {
    Run { job: JobId, request: Box<RunRequest>, control: TrainControl },
    Measure { request: Box<MeasureRequest> },
}

fn measure(core: &Core, request: &MeasureRequest) -> Result<StepTimes, Trouble> {
    let compute = core.devices().open(&request.device)?;
    bench::time_training(&*compute, &request.blueprint, request.n_rows)
}

fn serve_job(
    core: &Core,
    out: &Mutex<impl Write + Send>,
    job: JobId,
    request: &RunRequest,
    control: &TrainControl,
) {
    let last_step = Mutex::new(None::<Instant>);
    let on_event = |event: EngineEvent| {
        if is_step(&event) {
            let mut last = last_step.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| last.elapsed() < STEP_PAUSE) {
                return;
            }
            *last = Some(Instant::now());
        }
        if say(out, &FromWorker::Event { job, event }).is_err() {
            // Nobody listens any more.
            control.cancel.cancel();
        }
    };
    let end = match run(core, request, control, &on_event) {
        Ok(outcome) => FromWorker::Finished { job, outcome },
        Err(trouble) => FromWorker::Failed { job, trouble },
    };
    // A window that is gone cannot be told; the end of standard input ends the process.
    let _ = say(out, &end);
}

/// Takes messages off the pipe until it ends; controls reach the job at once, from beside it.
fn listen(jobs: Sender<Work>) {
    let mut pipe = BufReader::new(io::stdin());
    let mut control = TrainControl::new(CancelToken::default());
    loop {
        match frames::read(&mut pipe) {
            Ok(Some(ToWorker::Run { job, request })) => {
                control = TrainControl::new(CancelToken::default());
                if jobs.send(Work::Run { job, request, control: control.clone() }).is_err() {
                    return;
                }
            }
            Ok(Some(ToWorker::Measure { request })) => {
                if jobs.send(Work::Measure { request }).is_err() {
                    return;
                }
            }
            Ok(Some(ToWorker::Pause)) => control.pause(),
            Ok(Some(ToWorker::GoOn)) => control.go_on(),
            Ok(Some(ToWorker::StopAndKeep)) => control.stop_and_keep(),
            Ok(Some(ToWorker::Cancel)) => control.cancel.cancel(),
            Ok(Some(ToWorker::Quit) | None) => break,
            Err(error) => {
                eprintln!("pyrograph worker: {error}");
                break;
            }
        }
    }
    control.cancel.cancel();
    // Now the main thread ends after the job, and the process with it.
    drop(jobs);
    thread::sleep(LAST_WORDS);
    // A step inside a driver or a library may not notice the wish; checkpoints are whole at any moment.
    process::exit(0);
}

fn say(out: &Mutex<impl Write>, message: &FromWorker) -> io::Result<()> {
    frames::write(&mut *out.lock().unwrap_or_else(PoisonError::into_inner), message)
}

fn is_step(event: &EngineEvent) -> bool {
    matches!(event, EngineEvent::Running { event: RunEvent::Training(TrainEvent::Step { .. }), .. })
}
