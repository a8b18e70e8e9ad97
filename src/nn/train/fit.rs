//! The training loop: pauses, stops, resumes bit for bit and reports every step.

use std::time::{Duration, Instant};

use burn::tensor::backend::AutodiffBackend;
use pg_base::{Array, Batch, Trouble, say};

use super::checkpoint::{CheckpointPace, CheckpointStore, Progress};
use super::order::{BatchPlan, step_seed};
use super::prefetch::{Passes, Prefetch};
use super::schedule::Place;
use super::speed::Speed;
use super::step::{Frame, Learner, Outcome, StepPlan};
use super::{TrainControl, TrainEvent, TrainJob, Trained};
use crate::kernels::Kernels;
use crate::weights::Weights;

mod epoch;
mod resume;

/// How long a pause sleeps before it looks again.
const NAP: Duration = Duration::from_millis(20);

/// Trains a network on a device, from the job's checkpoint where one fits.
///
/// Everything random depends on the job's seed and on numbers of epochs and steps alone, so that on the CPU a resumed
/// training gives the same bits as one that was never interrupted.
pub fn fit<B, K>(
    job: &TrainJob,
    control: &TrainControl,
    on_event: &mut dyn FnMut(TrainEvent),
    device: &B::Device,
) -> Result<Trained, Trouble>
where
    B: AutodiffBackend,
    K: Kernels<B> + Kernels<B::InnerBackend>,
{
    fit_at_pace::<B, K>(job, control, on_event, device, CheckpointPace::default())
}

/// The same with checkpoints at another pace.
pub fn fit_at_pace<B, K>(
    job: &TrainJob,
    control: &TrainControl,
    on_event: &mut dyn FnMut(TrainEvent),
    device: &B::Device,
    pace: CheckpointPace,
) -> Result<Trained, Trouble>
where
    B: AutodiffBackend,
    K: Kernels<B> + Kernels<B::InnerBackend>,
{
    job.settings.check()?;
    let frame = Frame::new(&job.blueprint, &job.settings, device)?;
    let n_rows = job.training.n_rows();
    if n_rows == 0 {
        return Err(Trouble::new(
            "no-training-rows",
            say!("there are no rows to train on", "没有可用于训练的行"),
        )
        .advice(say!(
            "Check the split and the steps that drop rows.",
            "请检查数据划分以及会删除行的步骤。"
        )));
    }
    let needs_two =
        job.blueprint.layers.iter().any(|layer| layer.kind == crate::layers::batch_norm::SPEC.id);
    let plan = BatchPlan::training(n_rows, job.settings.batch_size, needs_two)?;
    let mut run = Run::<'_, B> {
        job,
        control,
        on_event,
        frame,
        plan,
        n_steps: plan.n_batches * job.settings.n_epochs,
        store: job
            .checkpoint_folder
            .as_deref()
            .map(|folder| CheckpointStore::new(folder, job.key, pace)),
        progress: Progress::default(),
        best: None,
        unread: Vec::new(),
        speed: Speed::default(),
        clock: Instant::now(),
    };
    let learner = run.open::<K>()?;
    run.go(learner)
}

/// Why a training is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Finished,
    EarlyStopping,
    TimeLimit,
    Stopped,
}

/// A step whose loss has not been read yet.
struct Unread<B: AutodiffBackend> {
    outcome: Outcome<B::InnerBackend>,
    step: usize,
    n_rows: usize,
    learning_rate: f64,
}

/// A training under way, apart from the network itself.
struct Run<'a, B: AutodiffBackend> {
    job: &'a TrainJob,
    control: &'a TrainControl,
    on_event: &'a mut dyn FnMut(TrainEvent),
    frame: Frame<'a, B::Device>,
    plan: BatchPlan,
    n_steps: usize,
    store: Option<CheckpointStore>,
    progress: Progress,
    best: Option<Weights>,
    unread: Vec<Unread<B>>,
    speed: Speed,
    clock: Instant,
}

impl<B: AutodiffBackend> Run<'_, B> {
    fn go<K>(mut self, mut learner: Learner<B, K>) -> Result<Trained, Trouble>
    where
        K: Kernels<B> + Kernels<B::InnerBackend>,
    {
        let waited_before = self.progress.history.data_wait_seconds;
        let mut batches = Prefetch::start(
            self.job.training.clone(),
            Passes {
                plan: self.plan,
                seed: Some(self.job.seed),
                first_epoch: self.progress.n_epochs,
                first_batch: self.progress.n_batches,
                end_epoch: self.job.settings.n_epochs,
            },
        )?;
        let ending = loop {
            if self.progress.n_epochs >= self.job.settings.n_epochs {
                break Ending::Finished;
            }
            if self.is_out_of_patience() {
                break Ending::EarlyStopping;
            }
            let ending;
            (learner, ending) = self.train_epoch(learner, &mut batches, waited_before)?;
            if self.progress.tally.n_rows > 0 {
                self.end_epoch(&learner)?;
            }
            if let Some(ending) = ending {
                break ending;
            }
            self.save_when_due(&learner, true);
        };
        drop(batches);
        self.finish(&learner, ending)
    }

    /// Does the rest of an epoch; says why it is the last, where it ended early.
    fn train_epoch<K>(
        &mut self,
        mut learner: Learner<B, K>,
        batches: &mut Prefetch,
        waited_before: f64,
    ) -> Result<(Learner<B, K>, Option<Ending>), Trouble>
    where
        K: Kernels<B> + Kernels<B::InnerBackend>,
    {
        let mut ending = None;
        while self.progress.n_batches < self.plan.n_batches {
            if self.is_stopped_or_waits(&learner)? {
                ending = Some(Ending::Stopped);
                break;
            }
            if self.is_out_of_time() {
                ending = Some(Ending::TimeLimit);
                break;
            }
            let batch = batches
                .next()
                .unwrap_or_else(|| Err(Trouble::internal("the batches ended early")))?;
            let is_first = self.progress.n_batches == 0;
            if is_first {
                self.progress.signs.largest_input = largest_number(&batch);
            }
            let n_rows = batch.n_rows();
            let n_after = self.progress.n_batches + 1;
            let learning_rate = self.learning_rate(self.progress.n_batches);
            let plan = StepPlan {
                seed: step_seed(self.job.seed, self.progress.n_steps),
                learning_rate,
                moves: n_after == self.plan.n_batches
                    || n_after.is_multiple_of(self.job.settings.n_accumulated),
                wants_norm: is_first,
            };
            let outcome;
            (learner, outcome) = learner.step(batch, &self.frame, plan)?;
            if is_first {
                self.progress.signs.gradient_norm =
                    outcome.gradient_norm.filter(|norm| norm.is_finite());
            }
            self.progress.n_steps += 1;
            self.progress.n_batches += 1;
            self.unread.push(Unread {
                outcome,
                step: self.progress.n_steps,
                n_rows,
                learning_rate,
            });
            if self.unread.len() >= <K as Kernels<B>>::STEPS_PER_READ {
                self.read()?;
            }
            self.progress.history.data_wait_seconds =
                waited_before + batches.waited().as_secs_f64();
            self.save_when_due(&learner, false);
        }
        self.read()?;
        Ok((learner, ending))
    }

    /// Step size of a batch of the epoch under way.
    fn learning_rate(&self, batch: usize) -> f64 {
        let settings = &self.job.settings;
        let steps_per_epoch = self.plan.n_batches.div_ceil(settings.n_accumulated);
        let place = Place {
            step: self.progress.n_epochs * steps_per_epoch + batch / settings.n_accumulated,
            n_warm_up: settings.n_warm_up_steps,
            n_steps: steps_per_epoch * settings.n_epochs,
            steps_per_epoch,
        };
        settings.learning_rate
            * settings.schedule.fraction(place)
            * self.progress.plateau.fraction(settings.schedule)
    }

    fn is_out_of_time(&self) -> bool {
        let seconds = self.progress.history.seconds + self.clock.elapsed().as_secs_f64();
        self.progress.n_steps > 0 && self.job.settings.max_seconds.is_some_and(|max| seconds >= max)
    }

    /// Obeys the person: holds during a pause, ends with a trouble on cancel, says whether to stop and keep.
    fn is_stopped_or_waits<K: Kernels<B::InnerBackend>>(
        &mut self,
        learner: &Learner<B, K>,
    ) -> Result<bool, Trouble> {
        self.control.cancel.check()?;
        // Gathered gradients are in no checkpoint: it holds once they have led to a step.
        if self.control.is_paused() && learner.gathered.is_none() {
            self.read()?;
            self.tick();
            (self.on_event)(TrainEvent::Paused);
            self.save(learner);
            while self.control.is_paused() {
                self.control.cancel.check()?;
                std::thread::sleep(NAP);
            }
            self.clock = Instant::now();
            (self.on_event)(TrainEvent::GoesOn);
            self.control.cancel.check()?;
        }
        Ok(self.control.is_stopped())
    }

    fn finish<K: Kernels<B::InnerBackend>>(
        mut self,
        learner: &Learner<B, K>,
        ending: Ending,
    ) -> Result<Trained, Trouble> {
        let weights = if let Some(best) = self.best.take() {
            best
        } else {
            self.progress.history.best_epoch = self.progress.n_epochs;
            learner.valid().weights()?
        };
        self.tick();
        let mut history = self.progress.history;
        history.n_steps = self.progress.n_steps;
        let ended_by = match ending {
            Ending::Finished => "finished",
            Ending::EarlyStopping => "early_stopping",
            Ending::TimeLimit => "time_limit",
            Ending::Stopped => "stopped",
        };
        ended_by.clone_into(&mut history.ended_by);
        if let Some(store) = &self.store {
            store.remove();
        }
        (self.on_event)(TrainEvent::Ended { history: history.clone() });
        Ok(Trained { weights, history })
    }

    /// Adds the time since the last call to the run's and the epoch's, and returns it.
    fn tick(&mut self) -> f64 {
        let now = Instant::now();
        let seconds = (now - self.clock).as_secs_f64();
        self.clock = now;
        self.progress.history.seconds += seconds;
        self.progress.epoch_seconds += seconds;
        seconds
    }
}

/// The largest number that enters, without its sign; none where ids enter only.
fn largest_number(batch: &Batch) -> Option<f64> {
    let numbers = batch.inputs.iter().filter_map(Array::as_f32).flatten();
    let largest = numbers.map(|number| number.abs()).reduce(f32::max)?;
    Some(f64::from(largest)).filter(|largest| largest.is_finite())
}
